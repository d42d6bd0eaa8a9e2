package mirror_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

func TestScanWhere(t *testing.T) {
	w := scanned(t)
	for text, want := range map[string]string{
		`ma = 'BV0003'`:                                                "BV0003",
		`ma IN ('BV0003', 'BV0004', 'x')`:                              "BV0003 BV0004",
		`giuong < 40 AND NOT ma = 'BV0002'`:                            "BV0003",
		`giuong BETWEEN 20 AND 30 OR ma LIKE '%39'`:                    "BV0002 BV0003 BV0039",
		`"tên" IS NULL AND giuong IS NULL`:                             "BV0005 BV0007 BV0014 BV0021 BV0028",
		`ACCENTI(CASEI("tên")) LIKE '%SO 3%'`:                          "BV0003 BV0031 BV0032 BV0033 BV0036 BV0037 BV0038 BV0039",
		`CASEI("tên") LIKE '%SỐ 39%'`:                                  "BV0039",
		`ACCENTI("tên") LIKE '%so 39%'`:                                "BV0039",
		`"tên" LIKE '%số 3_' AND giuong >= 380`:                        "BV0038 BV0039",
		`"tên" LIKE '%số 3\_'`:                                         "",
		`gia = 3.25`:                                                   "BV0003",
		`cong = TRUE AND giuong <= 60`:                                 "BV0002 BV0004 BV0006",
		`ngay = '1945-09-02' AND giuong < 40`:                          "BV0002 BV0003",
		`ngay <> DATE('1945-09-02')`:                                   "",
		`luc < TIMESTAMP('1970-01-01T06:59:59+07:00')`:                 "",
		`luc < TIMESTAMP('1970-01-01T07:00:00+07:00') AND giuong < 40`: "BV0002 BV0003",
		`luc = '1970-01-01' AND giuong < 40`:                           "BV0002 BV0003",
		`luc <= DATE('1970-01-01') AND giuong < 40`:                    "BV0002 BV0003",
		`luc > DATE('1970-01-01') OR luc < DATE('1970-01-01')`:         "",
		`luc <> '1970-01-01 06:59:59' AND giuong < 40`:                 "BV0002 BV0003",
		`ma = 'BV0003'' OR true --'`:                                   "",
		`_seq > 1 AND giuong < 1020`:                                   "BV0000",
		`NOT (giuong < 390 OR giuong >= 1000)`:                         "BV0039",
		`ma > 'BV0037'`:                                                "BV0038 BV0039",
	} {
		o := mirror.ScanOptions{Columns: []string{"ma"}, Where: filter(t, text)}
		rows, err := w.mirror.Scan(t.Context(), w.set.Objects[0], o)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := list(t, rows)
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", text, got, want)
		}
		n, _, err := w.mirror.Count(t.Context(), w.set.Objects[0], o)
		if err != nil || n != int64(len(got)) {
			t.Errorf("%s: count %d, %v", text, n, err)
		}
	}
	for text, want := range map[string]string{
		`x = 1`:               "column.unknown",
		`giuong = 'mười'`:     "filter.kind",
		`ma = 12`:             "filter.kind",
		`cong = 'TRUE'`:       "filter.kind",
		`ngay = 2024`:         "filter.kind",
		`luc > '31/02/2024'`:  "filter.kind",
		`ngay = '31/02/2024'`: "filter.value",
		`giuong LIKE '1%'`:    "filter.not-text",
		`giuong = 1e400`:      "filter.value",
		`_hash = 'x'`:         "column.unknown",
	} {
		rows, err := w.mirror.Scan(t.Context(), w.set.Objects[0], mirror.ScanOptions{Where: filter(t, text)})
		if err == nil {
			for rows.Next() {
			}
			err = rows.Err()
			rows.Release()
		}
		if !fault.Is(err, want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// What is made of words is there for every row, however it came: in a step, by
// following, by making the table again, in the history.
func TestScanWords(t *testing.T) {
	w := sqlite(t)
	obj := w.set.Objects[0]
	names := []string{"Đặng Thuỳ Trâm", "An Bình", "Ân Thi", "Ấp Bắc", "ăn", "Đa khoa", "da khoa", "zê", "An  bình", "Dương"}
	named := func(k, n int) row {
		r := hospital(k, n)
		r["ten"] = names[(k+n)%len(names)]
		return r
	}
	var first []row
	for k := range 50 {
		first = append(first, named(k, 0))
	}
	w.both(w.set, change{insert: first})
	w.apply(w.set, change{update: []row{named(1, 3), named(2, 5)}, withdraw: []row{key(7)}})
	if _, err := w.mirror.Follow(t.Context(), obj); err != nil {
		t.Fatal(err)
	}
	w.both(w.set, change{update: []row{named(1, 4), named(9, 5)}})
	check := func(asOf int64) {
		t.Helper()
		rows, err := w.mirror.Scan(t.Context(), obj, mirror.ScanOptions{Columns: []string{"tên", "ma"}, AsOf: asOf, Sort: []mirror.Sort{{Column: "tên"}}})
		if err != nil {
			t.Fatal(err)
		}
		all := list(t, rows)
		sorted := slices.Clone(all)
		slices.SortStableFunc(sorted, func(a, b string) int {
			x, i, _ := strings.Cut(a, "|")
			y, j, _ := strings.Cut(b, "|")
			if c := strings.Compare(viet.SortKey(x), viet.SortKey(y)); c != 0 {
				return c
			}
			return strings.Compare(i, j)
		})
		if !slices.Equal(all, sorted) {
			t.Errorf("as of %d the order is %v", asOf, all)
		}
		want := 0
		for _, r := range all {
			if name, _, _ := strings.Cut(r, "|"); viet.Fold(name) == "da khoa" {
				want++
			}
		}
		n, _, err := w.mirror.Count(t.Context(), obj, mirror.ScanOptions{Where: filter(t, `ACCENTI(CASEI("tên")) = 'da khoa'`), AsOf: asOf})
		if err != nil || n != int64(want) || want == 0 {
			t.Errorf("as of %d: %d are found of %d, %v", asOf, n, want, err)
		}
	}
	for _, asOf := range []int64{1, 2, 3} {
		check(asOf)
	}
	if err := w.mirror.Drop(t.Context(), obj.Dataset); err != nil {
		t.Fatal(err)
	}
	if _, err := w.mirror.Follow(t.Context(), obj); err != nil {
		t.Fatal(err)
	}
	for _, asOf := range []int64{1, 2, 3} {
		check(asOf)
	}
}

// Pages behind a key, in any order, are together the whole; another's row is no
// place to begin.
func TestReaderPages(t *testing.T) {
	w := sqlite(t)
	obj := w.set.Objects[0]
	placeless := func(k, n int) row {
		r := hospital(k, n)
		delete(r, "vi_tri")
		return r
	}
	var first []row
	for k := range 40 {
		first = append(first, placeless(k, k))
	}
	w.both(w.set, change{insert: first})
	w.both(w.set, change{update: []row{placeless(3, 50), placeless(4, 17)}, withdraw: []row{key(7), key(11)}})
	for _, hidden := range []bool{false, true} {
		d := policy.Decision{Allowed: true, Rows: policy.Rows{All: true}}
		if hidden {
			d.Columns = map[string]policy.Sight{"ma": {Mask: policy.Hidden}}
		}
		v, err := record.NewView(obj, d, secrets{})
		if err != nil {
			t.Fatal(err)
		}
		read := func(o mirror.ScanOptions) (keys []string) {
			rows, err := w.mirror.Through(v).Scan(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Release()
			for rows.Next() {
				keys = append(keys, rows.Row().Key)
			}
			if rows.Err() != nil {
				t.Fatal(rows.Err())
			}
			return keys
		}
		for _, sort := range [][]mirror.Sort{nil, {{Column: "tên"}}, {{Column: "cong", Desc: true}, {Column: "tên", Desc: true}}, {{Column: "giuong"}}} {
			for _, asOf := range []int64{1, 2} {
				whole := read(mirror.ScanOptions{Sort: sort, AsOf: asOf})
				var paged []string
				after := ""
				for {
					limit := 1 + rand.IntN(9)
					page := read(mirror.ScanOptions{Sort: sort, AsOf: asOf, AfterKey: after, Limit: int64(limit)})
					paged = append(paged, page...)
					if len(page) < limit {
						break
					}
					after = page[len(page)-1]
				}
				if !slices.Equal(paged, whole) || len(whole) < 30 {
					t.Errorf("hidden %v, %v as of %d: pages give\n%v\nwant\n%v", hidden, sort, asOf, paged, whole)
				}
			}
		}
	}
	c := people()
	fill(t, w, c, false)
	if _, err := w.mirror.CatchUp(t.Context(), c.Objects[0], 1); err != nil {
		t.Fatal(err)
	}
	read := func(rows policy.Rows, o mirror.ScanOptions) (keys []string, err error) {
		v, err := record.NewView(c.Objects[0], policy.Decision{Allowed: true, Rows: rows}, secrets{})
		if err != nil {
			t.Fatal(err)
		}
		all, err := w.mirror.Through(v).Scan(t.Context(), o)
		if err != nil {
			return nil, err
		}
		defer all.Release()
		for all.Next() {
			keys = append(keys, all.Row().Key)
		}
		return keys, all.Err()
	}
	theirs, err := read(policy.Rows{All: true}, mirror.ScanOptions{Where: filter(t, "xa = '12004'"), Limit: 1})
	if err != nil || len(theirs) != 1 {
		t.Fatal(theirs, err)
	}
	_, err = read(policy.Rows{Units: []string{"11953"}}, mirror.ScanOptions{Sort: []mirror.Sort{{Column: "tro_cap"}}, AfterKey: theirs[0]})
	if !fault.Is(err, "scan.cursor") {
		t.Errorf("a row outside the view is a place to begin: %v", err)
	}
}
