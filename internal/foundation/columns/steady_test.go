//go:build duckdb_arrow

package columns_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/columns"
)

// TestLook_steady tells questions whose answer changes by itself.
func TestLook_steady(t *testing.T) {
	c := sets(t)
	for _, q := range []struct {
		sql     string
		columns string
		steady  bool
	}{
		{`SELECT ma, upper(x.TEN) FROM xa AS x WHERE ma > 1 ORDER BY ten`, "ma ten x", true},
		{`SELECT count(*) FROM "benh-vien" WHERE ngay < DATE '2024-01-01'`, "ngay", true},
		{`SELECT count(*) FROM "benh-vien" WHERE ngay < now()`, "ngay", false},
		{`SELECT Today()`, "", false},
		{`SELECT current_date`, "", false},
		{`SELECT CURRENT_TIMESTAMP`, "", false},
		{`SELECT current_time`, "", false},
		{`SELECT localtime`, "", false},
		{`SELECT localtimestamp`, "", false},
		{`SELECT age(TIMESTAMP '2020-01-01')`, "", false},
		{`SELECT * FROM xa ORDER BY random()`, "", false},
		{`SELECT list_transform([1], lambda x: x + random())`, "", false},
		{`SELECT * FROM xa USING SAMPLE 1 ROWS`, "", false},
		{`SELECT * FROM xa TABLESAMPLE 10%`, "", false},
		{`SELECT * FROM range(9) TABLESAMPLE 10%`, "", false},
		{`WITH a AS (SELECT now() AS luc) SELECT * FROM a`, "", false},
		{`SELECT (SELECT max(ma) FROM xa WHERE ma < random())`, "ma", false},
	} {
		got, err := c.Look(t.Context(), q.sql, knownSets)
		if err != nil {
			// What the guard refuses needs not be told apart.
			if q.steady {
				t.Errorf("%s: %v", q.sql, err)
			}
			continue
		}
		names := strings.Join(slices.DeleteFunc(got.Columns, columns.Changing), " ")
		if got.Steady != q.steady || q.columns != "" && names != q.columns {
			t.Errorf("%s: %+v, want steady %v and %q", q.sql, got, q.steady, q.columns)
		}
	}
	for _, text := range []string{"now", "today", "tomorrow", "yesterday", "current_date"} {
		for _, typ := range []string{"TIMESTAMP", "DATE", "TIMESTAMPTZ", "TIME"} {
			if rr, err := c.Arrow(t.Context(), "SELECT '"+text+"'::"+typ); err == nil {
				for rr.Next() {
				}
				if rr.Err() == nil {
					t.Errorf("a text %q is read as a %s of now: no question with it is steady", text, typ)
				}
				rr.Release()
			}
		}
	}
}

// TestChanging: what DuckDB itself says is not the same each time, and a question
// may call, keeps a question from being steady.
func TestChanging(t *testing.T) {
	c := conn(t, open(t, columns.Options{}))
	rows, err := c.Query(t.Context(), "SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE stability <> 'CONSISTENT' AND stability IS NOT NULL")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	found := 0
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(columns.Functions(), name) {
			continue
		}
		if found++; !columns.Changing(name) {
			t.Errorf("%s gives something else each time, and is not among those that do", name)
		}
	}
	if found < 3 || rows.Err() != nil {
		t.Errorf("%d such functions, %v", found, rows.Err())
	}
}
