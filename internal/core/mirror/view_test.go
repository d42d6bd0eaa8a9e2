package mirror_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

type secrets struct{}

func (secrets) Key(purpose string) []byte {
	sum := sha256.Sum256([]byte("a test's master " + purpose))
	return sum[:]
}

// people are persons of two communes; the personal number is the key.
func people() *contract.Contract {
	o := &contract.Object{
		Contract: "nguoi", Name: "nguoi", Title: "Người", Dataset: "nguoi", Table: "nguoi", Key: []int{0}, Mode: contract.Merge,
		OrderBy: -1, Sender: -1, Period: -1, ValidFrom: -1, ValidTo: -1, ScopeUnit: 3, ScopeAgency: -1,
		Columns: []contract.Column{
			{Name: "cccd", Title: "Số định danh", Store: "cccd", Type: contract.Text},
			{Name: "ten", Title: "Họ và tên", Store: "ten", Type: contract.Text},
			{Name: "sinh", Title: "Ngày sinh", Store: "sinh", Type: contract.Date},
			{Name: "xa", Title: "Xã", Store: "xa", Type: contract.Text},
			{Name: "noi_o", Title: "Nơi ở", Store: "noi_o", Type: contract.Text},
			{Name: "tro_cap", Title: "Trợ cấp", Store: "tro_cap", Type: contract.Integer},
		},
	}
	return &contract.Contract{ID: "nguoi", Version: "1.0.0", Digest: "d", Objects: []*contract.Object{o}}
}

// masks that leave the number's end, the year, the commune, and no name.
var masks = map[string]policy.Sight{
	"cccd": {Mask: policy.LastFour}, "ten": {Mask: policy.Hidden}, "sinh": {Mask: policy.Year}, "noi_o": {Mask: policy.Commune},
}

// fill gives both worlds the same persons but for what their masks leave out.
func fill(t *testing.T, w *world, c *contract.Contract, other bool) {
	t.Helper()
	var all []row
	for i := range 40 {
		number, name, day, street := fmt.Sprintf("0010900%05d", i), fmt.Sprintf("Người Thử %d", i), 1+i%28, "Thôn Đông"
		if other {
			number, name, day, street = fmt.Sprintf("%03d%05d%04d", 900-i, 12345-i, i), fmt.Sprintf("Ai Khác %d", 40-i), 28-i%28, "Thôn Đoài"
		}
		hash := sha256.Sum256([]byte(number + name))
		all = append(all, row{
			"cccd": number, "ten": name, "sinh": fmt.Sprintf("1988-03-%02d", day), "xa": []string{"11953", "12004"}[i%2],
			"noi_o": street + ", Xã Lạc Đạo, Hưng Yên", "tro_cap": i, "_hash": hash[:16],
		})
	}
	slices.SortFunc(all, func(a, b row) int { return strings.Compare(a["cccd"].(string), b["cccd"].(string)) })
	w.both(c, change{insert: all})
}

// TestView_tellsNothing asks two worlds that differ only in what the masks leave
// out, and wants the same answers to the letter: what the same answer is given
// to cannot be told apart by it.
func TestView_tellsNothing(t *testing.T) {
	for name, config := range map[string]func(testing.TB) store.Config{store.SQLite: storetest.SQLite, store.Postgres: storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			one, two := interrogate(t, config(t), false), interrogate(t, config(t), true)
			if len(one) < 20 || len(one) != len(two) {
				t.Fatalf("%d and %d answers", len(one), len(two))
			}
			for i := range one {
				if one[i] != two[i] {
					t.Errorf("tells them apart:\n%s\n%s", one[i], two[i])
				}
			}
		})
	}
}

// interrogate puts every kind of question. Opaque ids come from the values and
// differ between two worlds as any two secrets do; they are left out, and with
// them the order.
func interrogate(t *testing.T, cfg store.Config, other bool) (all []string) {
	t.Helper()
	w := newWorld(t, storetest.Open(t, cfg))
	c := people()
	fill(t, w, c, other)
	obj := c.Objects[0]
	d := policy.Decision{Allowed: true, Rows: policy.Rows{Units: []string{"11953"}}, Columns: masks}
	v, err := record.NewView(obj, d, secrets{})
	if err != nil {
		t.Fatal(err)
	}
	say := func(question string, lines []string, err error) {
		slices.Sort(lines)
		text := strings.Join(lines, "\n")
		if err != nil {
			text = fault.Of(err).Key
		}
		all = append(all, question+":\n"+text)
	}
	show := func(r record.Row) string {
		if !strings.HasPrefix(r.Key, "~") {
			t.Errorf("the key is shown: %s", r.Key)
		}
		return fmt.Sprint(r.Values, r.Nil, r.Flags)
	}
	truth := w.truth.Through(v)
	var seen []record.Row
	for after := ""; ; {
		page, err := truth.List(t.Context(), after, 7, record.Latest)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			after = r.Key
			seen = append(seen, r)
			one, err := truth.Get(t.Context(), r.Key, record.Latest)
			if err != nil || show(one) != show(r) {
				t.Errorf("%+v, %v", one, err)
			}
		}
		if len(page) < 7 {
			break
		}
	}
	if len(seen) != 20 {
		t.Errorf("%d rows of 20", len(seen))
	}
	var lines []string
	for _, r := range seen {
		lines = append(lines, show(r))
	}
	say("list", lines, nil)
	_, err = truth.Get(t.Context(), "001090000000", record.Latest)
	say("get", nil, err)

	// The mirror shows the same rows.
	reader := w.mirror.Through(v)
	lines = nil
	for after := ""; ; {
		rows, err := reader.Scan(t.Context(), mirror.ScanOptions{AfterKey: after, Limit: 6})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for rows.Next() {
			n++
			after = rows.Row().Key
			lines = append(lines, show(rows.Row()))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Release()
		if n < 6 {
			break
		}
	}
	say("scan", lines, nil)
	for _, f := range []string{"cccd = '001090000000'", "ten LIKE '%Thử%'", "sinh < DATE('1990-01-01')", "noi_o LIKE 'Thôn Đông%'", "ten IS NULL"} {
		_, _, err := reader.Count(t.Context(), mirror.ScanOptions{Where: filter(t, f)})
		say("filter "+f, nil, err)
		if !fault.Is(err, "view.column") {
			t.Errorf("filter %s: %v", f, err)
		}
	}
	for _, column := range []string{"cccd", "ten", "sinh", "noi_o"} {
		_, err := reader.Scan(t.Context(), mirror.ScanOptions{Sort: []mirror.Sort{{Column: column}}})
		say("sort "+column, nil, err)
	}
	for _, sql := range []string{
		`SELECT * EXCLUDE (_seq) FROM "nguoi" ORDER BY cccd, tro_cap`,
		`SELECT ten, count(*) FROM "nguoi" GROUP BY ten`,
		`SELECT count(DISTINCT cccd), min(cccd), max(sinh) FROM "nguoi"`,
		`SELECT tro_cap FROM "nguoi" WHERE cccd LIKE '001%'`,
		`SELECT tro_cap FROM "nguoi" WHERE noi_o LIKE '%Đông%' -- ends here`,
		`SELECT CAST(cccd AS BIGINT) FROM "nguoi"`,
		`SELECT CAST(ten AS INTEGER) FROM "nguoi" WHERE xa = '12004'`,
		`SELECT CASE WHEN xa = '12004' THEN CAST('x' || tro_cap AS INTEGER) END FROM "nguoi"`,
		`WITH n AS (SELECT * FROM "nguoi") SELECT a.tro_cap, b.tro_cap FROM n a JOIN "nguoi" b ON a.cccd = b.cccd WHERE a.tro_cap < b.tro_cap`,
		`WITH "nguoi" AS (SELECT 1 AS x) SELECT * FROM "nguoi"`,
		`SELECT rowid FROM "nguoi"`,
		`SELECT _hash FROM "nguoi"`,
		`SELECT cccd FROM main."nguoi" ORDER BY 1`,
		`SELECT (SELECT string_agg(xa, '') FROM "nguoi") AS a`,
	} {
		lines = nil
		a, err := w.mirror.Query(t.Context(), sql, mirror.Views{"nguoi": v}, mirror.QueryOptions{})
		if err == nil {
			for a.Next() {
				rec := a.RecordBatch()
				for i := range int(rec.NumRows()) {
					line := ""
					for c := range int(rec.NumCols()) {
						line += "|" + rec.Column(c).ValueStr(i)
					}
					lines = append(lines, line)
				}
			}
			err = a.Err()
			a.Release()
		}
		if strings.Contains(strings.Join(lines, "\n"), "12004") {
			t.Errorf("%s shows rows of another commune:\n%s", sql, strings.Join(lines, "\n"))
		}
		say(sql, lines, err)
	}
	return all
}

// TestView_order: rows whose key is hidden do not come in its order, in which
// they lie. In one world that is the order of another column, in the other its
// reverse.
func TestView_order(t *testing.T) {
	for _, other := range []bool{false, true} {
		w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
		c := people()
		fill(t, w, c, other)
		for name, rows := range map[string]policy.Rows{"all rows": {All: true}, "some rows": {Units: []string{"11953"}}} {
			v, err := record.NewView(c.Objects[0], policy.Decision{Allowed: true, Rows: rows, Columns: masks}, secrets{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.mirror.CatchUp(t.Context(), c.Objects[0], 1); err != nil {
				t.Fatal(err)
			}
			a, err := w.mirror.Query(t.Context(), `SELECT tro_cap FROM "nguoi"`, mirror.Views{"nguoi": v}, mirror.QueryOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var came []string
			for a.Next() {
				for i := range int(a.RecordBatch().NumRows()) {
					came = append(came, fmt.Sprintf("%02s", a.RecordBatch().Column(0).ValueStr(i)))
				}
			}
			if err := a.Err(); err != nil {
				t.Error(err)
			}
			a.Release()
			back := slices.Clone(came)
			slices.Reverse(back)
			if len(came) < 20 || slices.IsSorted(came) || slices.IsSorted(back) {
				t.Errorf("%s come in the order of the key: %v", name, came)
			}
		}
	}
}

// TestView_withoutPermission: nobody makes a view of what a decision denies, or
// allows in groups alone.
func TestView_withoutPermission(t *testing.T) {
	obj := people().Objects[0]
	for _, d := range []policy.Decision{{}, {Rows: policy.Rows{All: true}}, {Allowed: true, Rows: policy.Rows{All: true}, SmallestGroup: 10}} {
		if v, err := record.NewView(obj, d, secrets{}); v != nil || !fault.Is(err, "view.no-rows") {
			t.Errorf("%+v: %v, %v", d, v, err)
		}
	}
}
