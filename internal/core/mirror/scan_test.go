package mirror_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/foundation/cql2"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// scanned is a mirror with 40 hospitals, some updated and withdrawn later.
func scanned(t *testing.T) *world {
	t.Helper()
	w := sqlite(t)
	var first, changed, gone []row
	for k := range 40 {
		first = append(first, hospital(k, k))
		switch {
		case k%5 == 0:
			changed = append(changed, hospital(k, k+100))
		case k%11 == 1:
			gone = append(gone, key(k))
		}
	}
	w.both(w.set, change{insert: first})
	w.both(w.set, change{update: changed, withdraw: gone})
	return w
}

func TestScanFilters(t *testing.T) {
	w := scanned(t)
	for _, c := range []struct {
		filter string
		want   string
	}{
		{`ma = 'BV0003'`, "BV0003"},
		{`ma = 'BV0003'' OR true --'`, ""},
		{`giuong < 40`, "BV0002 BV0003"},
		{`giuong <= 30`, "BV0002 BV0003"},
		{`gia = 3.25`, "BV0003"},
		{`ty_le >= 16.25`, "BV0030 BV0035"},
		{`"tên" LIKE '%số 3%'`, "BV0003 BV0031 BV0032 BV0033 BV0036 BV0037 BV0038 BV0039"},
		{`ma LIKE 'BV000%'`, "BV0000 BV0002 BV0003 BV0004 BV0005 BV0006 BV0007 BV0008 BV0009"},
		{`"tên" IS NULL`, "BV0005 BV0007 BV0014 BV0021 BV0028"},
		{`ngay <> DATE('1945-09-02')`, ""},
		{`luc < TIMESTAMP('1969-12-31T23:59:59.999998Z')`, ""},
		{`_seq > 1`, "BV0000 BV0005 BV0010 BV0015 BV0020 BV0025 BV0030 BV0035"},
	} {
		o := mirror.ScanOptions{Columns: []string{"ma"}, Where: filter(t, c.filter)}
		rows, err := w.mirror.Scan(t.Context(), w.set.Objects[0], o)
		if err != nil {
			t.Errorf("%+v: %v", c.filter, err)
			continue
		}
		got := list(t, rows)
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v: %v, want %s", c.filter, got, c.want)
		}
		n, seq, err := w.mirror.Count(t.Context(), w.set.Objects[0], o)
		if err != nil || n != int64(len(got)) || seq != 2 {
			t.Errorf("%+v: count %d at %d, %v", c.filter, n, seq, err)
		}
	}
}

func TestScanRefuses(t *testing.T) {
	w := scanned(t)
	for name, c := range map[string]struct {
		o   mirror.ScanOptions
		key string
	}{
		"unknown column":    {mirror.ScanOptions{Columns: []string{`ma" FROM m._tables --`}}, "column.unknown"},
		"unknown filter":    {mirror.ScanOptions{Where: filter(t, "x = 1")}, "column.unknown"},
		"unknown sort":      {mirror.ScanOptions{Sort: []mirror.Sort{{Column: "x"}}}, "column.unknown"},
		"unknown operator":  {mirror.ScanOptions{Where: cql2.Compare{Property: cql2.Property{Name: "ma"}, Op: "= '' OR true --"}}, "filter.operator"},
		"text of a number":  {mirror.ScanOptions{Where: filter(t, "giuong LIKE '%1%'")}, "filter.not-text"},
		"value of no sense": {mirror.ScanOptions{Where: cql2.Compare{Property: cql2.Property{Name: "giuong"}, Op: "=", Value: cql2.Value{Kind: cql2.Number, Text: "mười"}}}, "filter.value"},
		"date of no sense":  {mirror.ScanOptions{Where: filter(t, "ngay = '31/02/2024'")}, "filter.value"},
		"no columns":        {mirror.ScanOptions{Columns: []string{}}, "scan.no-columns"},
		"short cursor":      {mirror.ScanOptions{After: []any{}}, "scan.cursor"},
		"later than known":  {mirror.ScanOptions{AsOf: 3}, mirror.ErrRebuilding},
	} {
		rows, err := w.mirror.Scan(t.Context(), w.set.Objects[0], c.o)
		if err == nil {
			for rows.Next() {
			}
			err = rows.Err()
			rows.Release()
		}
		if !fault.Is(err, c.key) {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
}

func TestScanAsOf(t *testing.T) {
	w := scanned(t)
	for asOf, want := range map[int64]int{1: 40, 2: 36} {
		rows, err := w.mirror.Scan(t.Context(), w.set.Objects[0], mirror.ScanOptions{AsOf: asOf, Columns: []string{"ma", "giuong"}})
		if err != nil {
			t.Fatal(err)
		}
		got := list(t, rows)
		if len(got) != want || rows.Seq != asOf {
			t.Errorf("as of %d: %d rows at %d, want %d", asOf, len(got), rows.Seq, want)
		}
		ten := map[int64]string{1: "BV0010|100", 2: "BV0010|1100"}[asOf]
		if !slices.Contains(got, ten) {
			t.Errorf("as of %d: no %s in %v", asOf, ten, got)
		}
	}
}

// Pages of any size, in any order, together are the whole scan.
func TestScanPages(t *testing.T) {
	w := scanned(t)
	o := w.set.Objects[0]
	for _, sort := range [][]mirror.Sort{
		nil,
		{{Column: "cong"}},
		{{Column: "cong", Desc: true}, {Column: "tên"}},
		{{Column: "giuong", Desc: true}},
		{{Column: "ngay"}, {Column: "gia", Desc: true}},
	} {
		columns := []string{}
		for _, s := range sort {
			columns = append(columns, s.Column)
		}
		columns = append(columns, "ma")
		rows, err := w.mirror.Scan(t.Context(), o, mirror.ScanOptions{Columns: columns, Sort: sort, AsOf: 1})
		if err != nil {
			t.Fatal(err)
		}
		whole := list(t, rows)
		if len(whole) != 40 {
			t.Fatalf("%v: %d rows", sort, len(whole))
		}
		var paged []string
		var after []any
		for {
			page := int64(1 + rand.IntN(9))
			rows, err := w.mirror.Scan(t.Context(), o, mirror.ScanOptions{Columns: columns, Sort: sort, AsOf: 1, After: after, Limit: page})
			if err != nil {
				t.Fatal(err)
			}
			got := list(t, rows)
			paged = append(paged, got...)
			if int64(len(got)) < page {
				break
			}
			after = nil
			for _, v := range strings.Split(got[len(got)-1], "|") {
				if v == "(null)" {
					after = append(after, nil)
				} else {
					after = append(after, v)
				}
			}
		}
		if !slices.Equal(paged, whole) {
			t.Errorf("%v: pages give\n%v\nwant\n%v", sort, paged, whole)
		}
	}
}

func TestScanKeyless(t *testing.T) {
	w := sqlite(t)
	var all []row
	for i := range 5 {
		all = append(all, row{"viec": fmt.Sprint(i)})
	}
	w.both(w.log, change{insert: all})
	rows, err := w.mirror.Scan(t.Context(), w.log.Objects[0], mirror.ScanOptions{After: []any{int64(1<<32 + 3)}, Columns: []string{"viec"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := list(t, rows); !slices.Equal(got, []string{"3", "4"}) {
		t.Errorf("%v", got)
	}
}
