package mirror_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

func known(address string) bool {
	return address == "benh-vien" || address == "nhat-ky" || address == "chua-co"
}

// views are all data sets whole.
func views(t *testing.T, w *world) mirror.Views {
	t.Helper()
	all := mirror.Views{}
	for _, c := range []*contract.Contract{w.set, w.log, hospitals("chua-co")} {
		v, err := record.NewView(c.Objects[0], policy.Everything, secrets{})
		if err != nil {
			t.Fatal(err)
		}
		all[c.Objects[0].Dataset] = v
	}
	return all
}

// answer runs a question to its end.
func answer(t *testing.T, w *world, sql string, o mirror.QueryOptions) (rows []string, more bool, err error) {
	t.Helper()
	a, err := w.mirror.Query(t.Context(), sql, views(t, w), o)
	if err != nil {
		return nil, false, err
	}
	defer a.Release()
	for a.Next() {
		rec := a.RecordBatch()
		for i := range int(rec.NumRows()) {
			line := ""
			for c := range int(rec.NumCols()) {
				line += "|" + rec.Column(c).ValueStr(i)
			}
			rows = append(rows, line[1:])
		}
	}
	return rows, a.More(), a.Err()
}

func TestQuery(t *testing.T) {
	w := scanned(t)
	names, err := w.mirror.Datasets(t.Context(), `SELECT * FROM "nhat-ky", "benh-vien" a, "benh-vien" b`, known)
	if err != nil || !slices.Equal(names, []string{"benh-vien", "nhat-ky"}) {
		t.Errorf("names %v, %v", names, err)
	}
	rows, more, err := answer(t, w, `SELECT ma, giuong FROM "benh-vien" WHERE giuong < 40 ORDER BY giuong DESC`, mirror.QueryOptions{})
	if err != nil || more || !slices.Equal(rows, []string{"BV0003|30", "BV0002|20"}) {
		t.Errorf("%v, more %v, %v", rows, more, err)
	}
}

// People see the contract's columns and the batch number, nothing else.
func TestQueryShowsTheContractsColumns(t *testing.T) {
	w := scanned(t)
	a, err := w.mirror.Query(t.Context(), `SELECT * FROM "benh-vien"`, views(t, w), mirror.QueryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Release()
	var names []string
	for _, f := range a.Schema().Fields() {
		names = append(names, f.Name)
	}
	want := "ma ten giuong gia ty_le cong ngay luc khoa vi_tri vi_tri__minx vi_tri__miny vi_tri__maxx vi_tri__maxy anh anh__name anh__type anh__bytes _seq"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("columns %s", got)
	}
}

func TestQueryCutsRows(t *testing.T) {
	w := scanned(t)
	for _, c := range []struct {
		limit int64
		rows  int
		more  bool
	}{{1, 1, true}, {35, 35, true}, {36, 36, false}, {37, 36, false}} {
		rows, more, err := answer(t, w, `SELECT ma FROM "benh-vien"`, mirror.QueryOptions{Rows: c.limit})
		if err != nil || len(rows) != c.rows || more != c.more {
			t.Errorf("limit %d: %d rows, more %v, %v", c.limit, len(rows), more, err)
		}
	}
	rows, more, err := answer(t, w, `SELECT * FROM generate_series(1, 100000000000)`, mirror.QueryOptions{Rows: 5000})
	if err != nil || len(rows) != 5000 || !more {
		t.Errorf("endless: %d rows, more %v, %v", len(rows), more, err)
	}
}

func TestQueryRefuses(t *testing.T) {
	w := scanned(t)
	for sql, key := range map[string]string{
		`SELECT * FROM "chua-co"`:                             mirror.ErrRebuilding,
		`SELECT * FROM m."benh-vien"`:                         "query.table",
		`SELECT * FROM h."benh-vien"`:                         "query.table",
		`SELECT * FROM m._tables`:                             "query.table",
		`SELECT * FROM _tables`:                               "query.table",
		`DROP TABLE m."benh-vien"`:                            "query.not-select",
		`SELECT * FROM read_blob('mirror.duckdb')`:            "query.function",
		`SELECT khong_co FROM "benh-vien"`:                    "query.wrong",
		`SELECT ten + 1 FROM "benh-vien"`:                     "query.wrong",
		`SELECT CAST(ma AS INTEGER) FROM "benh-vien"`:         "query.wrong",
		`SELECT _hash FROM "benh-vien"`:                       "query.wrong",
		`SELECT ma FROM "benh-vien" WHERE ten LIKE 'a' LIMIT`: "query.syntax",
	} {
		if _, _, err := answer(t, w, sql, mirror.QueryOptions{}); !fault.Is(err, key) {
			t.Errorf("%s: %v, want %s", sql, err, key)
		}
	}
}

// Bombs are stopped by one limit or another, and the mirror goes on.
func TestQueryBombs(t *testing.T) {
	w := scanned(t)
	for _, sql := range []string{
		`SELECT count(*) FROM generate_series(1, 10000000000) a, generate_series(1, 10000000000) b WHERE a.generate_series % 7 = b.generate_series`,
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n`,
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT n.i FROM n, n m) SELECT count(*) FROM n`,
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM (SELECT i FROM n UNION ALL SELECT i FROM n)) SELECT count(*) FROM n`,
		`WITH RECURSIVE s(x) AS (SELECT 'xxxxxxxx' UNION ALL SELECT x || x FROM s) SELECT max(length(x)) FROM s`,
		`SELECT array_agg(a.generate_series) FROM generate_series(1, 100000000000) a`,
		`SELECT string_agg(a.generate_series, ',') FROM generate_series(1, 100000000000) a`,
		`SELECT DISTINCT hash(a.generate_series), sha256(CAST(a.generate_series AS VARCHAR)) FROM generate_series(1, 100000000000) a ORDER BY 2`,
		`SELECT regexp_replace(string_agg(ten, ''), '(.*)*x', '') FROM "benh-vien", generate_series(1, 100000000000)`,
	} {
		began := time.Now()
		_, _, err := answer(t, w, sql, mirror.QueryOptions{Timeout: 500 * time.Millisecond, Memory: 700 << 20})
		if fault.KindOf(err) != fault.TooLarge {
			t.Errorf("%s: %v", sql, err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: stopped after %v", sql, took)
		}
	}
	w.equal(w.set)
}

func TestQueryCancelled(t *testing.T) {
	w := scanned(t)
	ctx, cancel := context.WithCancel(t.Context())
	a, err := w.mirror.Query(ctx, `SELECT a.generate_series FROM generate_series(1, 100000000000) a`, views(t, w), mirror.QueryOptions{Rows: 1 << 40})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Release()
	if !a.Next() {
		t.Fatal(a.Err())
	}
	cancel()
	for a.Next() {
	}
	if err := a.Err(); !errors.Is(err, context.Canceled) || fault.Of(err) != nil {
		t.Errorf("%v", err)
	}
}
