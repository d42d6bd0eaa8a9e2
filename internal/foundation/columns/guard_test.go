//go:build duckdb_arrow

package columns_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/fault"
)

func knownSets(name string) bool {
	return name == "benh-vien" || name == "xa" || name == "hoc-sinh.diem"
}

// sets opens an instance with the data sets of knownSets and a table that is
// none.
func sets(t *testing.T) *columns.Conn {
	t.Helper()
	c := conn(t, open(t, columns.Options{}))
	run(t, c, `CREATE SCHEMA m; CREATE TABLE m.kin AS SELECT 1 AS a; CREATE TABLE kin AS SELECT 1 AS a;
		CREATE TABLE "benh-vien" AS SELECT 1::BIGINT AS ma, 'Bệnh viện Phố Nối' AS ten, 10 AS giuong, DATE '2024-01-01' AS ngay, '{"a": [1]}'::JSON AS j;
		CREATE TABLE xa AS SELECT 1::BIGINT AS ma, 'Xã Yên Mỹ' AS ten;
		CREATE TABLE "hoc-sinh.diem" AS SELECT 1::BIGINT AS ma, 7.5 AS diem`)
	return c
}

// Every question here is let through, names these sets, and runs.
func TestInspectLetsThrough(t *testing.T) {
	c := sets(t)
	for _, q := range []struct {
		sql    string
		tables string
	}{
		{`SELECT * FROM "benh-vien"`, "benh-vien"},
		{`SELECT count(*), sum(giuong) FROM "benh-vien" WHERE ten ILIKE '%phố%' AND ngay BETWEEN '2020-01-01' AND now()`, "benh-vien"},
		{`FROM xa`, "xa"},
		{`TABLE xa`, "xa"},
		{`SELECT ten FROM xa;`, "xa"},
		{`SELECT ten FROM xa -- ghi chú; DROP TABLE xa`, "xa"},
		{`/* read_csv('x') */ SELECT 'read_csv(''/etc/passwd'')' FROM xa`, "xa"},
		{`SELECT b.ten, x.ten FROM "benh-vien" b LEFT JOIN xa x USING (ma) ORDER BY 1 NULLS LAST LIMIT 5`, "benh-vien xa"},
		{`SELECT avg(diem) OVER (PARTITION BY ma ORDER BY diem ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM "hoc-sinh.diem"`, "hoc-sinh.diem"},
		{`WITH a AS (SELECT * FROM xa), b AS (SELECT * FROM a) SELECT * FROM b UNION ALL SELECT * FROM A`, "xa"},
		{`WITH xa AS (SELECT 1 AS ma) SELECT * FROM xa`, ""},
		{`WITH xa AS (SELECT * FROM xa) SELECT * FROM xa`, "xa"},
		{`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) FROM n`, ""},
		{`SELECT (SELECT max(ma) FROM xa), EXISTS (SELECT 1 FROM "benh-vien")`, "benh-vien xa"},
		{`SELECT * FROM xa, LATERAL (SELECT xa.ma + 1)`, "xa"},
		{`SELECT * FROM generate_series(1, 3) g(i), range(2), unnest([1, 2]) u`, ""},
		{`SELECT unnest([1, 2])`, ""},
		{`VALUES (1, 'a'), (2, 'b')`, ""},
		{`SELECT COLUMNS(*) FROM xa`, "xa"},
		{`SELECT min(COLUMNS('ma|ten')) FROM xa`, "xa"},
		{`SELECT * EXCLUDE (ten) REPLACE (ma + 1 AS ma) FROM xa`, "xa"},
		{`SELECT list_transform([1, 2], lambda x: x * 2), [x + 1 FOR x IN [1, 2] IF x > 1]`, ""},
		{`SELECT * FROM (PIVOT xa ON ma IN (1, 2) USING count(*))`, "xa"},
		{`UNPIVOT xa ON ma INTO NAME n VALUE v`, "xa"},
		{`SELECT j->>'$.a[0]', j->'a', json_extract_string(j, '$.a') FROM "benh-vien"`, "benh-vien"},
		{`SELECT CASE WHEN giuong > 5 THEN 'lớn' ELSE 'nhỏ' END, giuong::DECIMAL(9,2), TRY_CAST(ten AS INTEGER), coalesce(ten, ''), nullif(ten, 'x') FROM "benh-vien"`, "benh-vien"},
		{`SELECT DISTINCT ON (ma) ma, ten FROM xa QUALIFY row_number() OVER (PARTITION BY ma) = 1`, "xa"},
		{`SELECT ten, count(*) FROM xa GROUP BY ALL HAVING count(*) > 0 ORDER BY ALL`, "xa"},
		{`SELECT ma, grouping(ma) FROM xa GROUP BY ROLLUP (ma)`, "xa"},
		{`SELECT ngay + INTERVAL 1 DAY, date_trunc('month', ngay), strftime(ngay, '%d/%m/%Y'), EXTRACT(year FROM ngay), current_date FROM "benh-vien"`, "benh-vien"},
		{`SELECT * FROM xa USING SAMPLE 10 ROWS`, "xa"},
		{`SELECT ten COLLATE NOCASE FROM xa ORDER BY ten COLLATE VI`, "xa"},
		{`SELECT 1 UNION SELECT 2 EXCEPT SELECT 3 INTERSECT SELECT 3`, ""},
		{`SELECT string_agg(ten, ', ' ORDER BY ten) FILTER (WHERE ma > 0) FROM xa`, "xa"},
		{`SELECT {'type': 'BASE_TABLE', 'class': 'X'}.type, ROW(1, 2), MAP {'a': 1}`, ""},
		{`SELECT ten.upper(), ('x').upper() FROM xa`, "xa"},
		{`SELECT ma FROM xa WHERE ma IN (SELECT ma FROM "benh-vien") AND ma = ANY (SELECT 1) AND NOT ma IS NULL`, "benh-vien xa"},
		{`SELECT * FROM xa LIMIT 50%`, "xa"},
	} {
		tables, err := c.Inspect(t.Context(), q.sql, knownSets)
		if err != nil {
			t.Errorf("%s: %v", q.sql, err)
			continue
		}
		if got := strings.Join(tables, " "); got != q.tables {
			t.Errorf("%s: names %q, want %q", q.sql, got, q.tables)
		}
		rr, err := c.Arrow(t.Context(), q.sql)
		if err != nil {
			t.Errorf("%s: let through, but: %v", q.sql, err)
			continue
		}
		for rr.Next() {
		}
		if rr.Err() != nil {
			t.Errorf("%s: let through, but: %v", q.sql, rr.Err())
		}
		rr.Release()
	}
}

func TestInspectRefuses(t *testing.T) {
	c := sets(t)
	for _, q := range []struct{ sql, key string }{
		// not one SELECT
		{``, "query.not-select"},
		{`;`, "query.not-select"},
		{`-- chỉ có ghi chú`, "query.not-select"},
		{`SELEC 1`, "query.syntax"},
		{`SELECT 'chưa đóng`, "query.syntax"},
		{`SELECT 1; SELECT 2`, "query.many"},
		{`SELECT 1; DROP TABLE xa`, "query.not-select"},
		{`SELECT 1;;DELETE FROM xa`, "query.not-select"},
		{`DELETE FROM xa`, "query.not-select"},
		{`INSERT INTO xa VALUES (1, 'x')`, "query.not-select"},
		{`UPDATE xa SET ten = ''`, "query.not-select"},
		{`MERGE INTO xa USING xa b ON true WHEN MATCHED THEN DELETE`, "query.not-select"},
		{`CREATE TABLE y AS SELECT * FROM xa`, "query.not-select"},
		{`CREATE MACRO f(a) AS getenv(a)`, "query.not-select"},
		{`CREATE TEMP VIEW v AS SELECT 1`, "query.not-select"},
		{`DROP VIEW xa`, "query.not-select"},
		{`COPY xa TO '/tmp/x.csv'`, "query.not-select"},
		{`COPY (SELECT 1) TO '/tmp/x.csv'`, "query.not-select"},
		{`ATTACH '/tmp/x.db'`, "query.not-select"},
		{`DETACH memory`, "query.not-select"},
		{`USE m`, "query.not-select"},
		{`SET threads = 1`, "query.not-select"},
		{`SET VARIABLE x = 1`, "query.not-select"},
		{`PRAGMA database_list`, "query.not-select"},
		{`PRAGMA table_info('xa')`, "query.not-select"},
		{`CALL pragma_version()`, "query.not-select"},
		{`INSTALL httpfs`, "query.not-select"},
		{`LOAD httpfs`, "query.not-select"},
		{`EXPLAIN SELECT 1`, "query.not-select"},
		{`EXPLAIN ANALYZE SELECT * FROM xa`, "query.not-select"},
		{`EXPORT DATABASE '/tmp/x'`, "query.not-select"},
		{`PREPARE p AS SELECT 1`, "query.not-select"},
		{`EXECUTE p`, "query.not-select"},
		{`BEGIN`, "query.not-select"},
		{`CHECKPOINT`, "query.not-select"},
		{`PIVOT xa ON ten USING count(*)`, "query.not-select"},
		{`WITH d AS (DELETE FROM xa RETURNING *) SELECT * FROM d`, "query.syntax"},
		{`SHOW TABLES`, "query.construct"},
		{`SHOW ALL TABLES`, "query.construct"},
		{`DESCRIBE xa`, "query.construct"},
		{`SUMMARIZE xa`, "query.construct"},
		{`SELECT * FROM (SHOW ALL TABLES)`, "query.construct"},
		{`SELECT * FROM (DESCRIBE kin)`, "query.construct"},
		{`FROM (SUMMARIZE kin)`, "query.construct"},

		// tables that are no data sets
		{`SELECT * FROM kin`, "query.table"},
		{`SELECT * FROM m.kin`, "query.table"},
		{`SELECT * FROM m."benh-vien"`, "query.table"},
		{`SELECT * FROM main.xa`, "query.table"},
		{`SELECT * FROM memory.main.kin`, "query.table"},
		{`SELECT * FROM temp.xa`, "query.table"},
		{`SELECT * FROM information_schema.tables`, "query.table"},
		{`SELECT * FROM duckdb_tables`, "query.table"},
		{`SELECT * FROM sqlite_master`, "query.table"},
		{`SELECT * FROM pg_catalog.pg_class`, "query.table"},
		{`SELECT * FROM pg_class`, "query.table"},
		{`SELECT * FROM system.information_schema.columns`, "query.table"},
		{`FROM kin`, "query.table"},
		{`TABLE kin`, "query.table"},
		{`SELECT * FROM '/etc/passwd'`, "query.table"},
		{`SELECT * FROM 'x.csv'`, "query.table"},
		{`SELECT * FROM "x.parquet"`, "query.table"},
		{`SELECT * FROM "https://example.org/x.csv"`, "query.table"},
		{`SELECT * FROM 's3://x/*.parquet'`, "query.table"},
		{`SELECT * FROM xa WHERE ma IN (SELECT a FROM kin)`, "query.table"},
		{`SELECT (SELECT a FROM kin)`, "query.table"},
		{`SELECT * FROM xa ORDER BY (SELECT a FROM kin)`, "query.table"},
		{`SELECT * FROM xa LIMIT (SELECT a FROM kin)`, "query.table"},
		{`SELECT * FROM xa OFFSET (SELECT a FROM kin)`, "query.table"},
		{`SELECT * FROM xa GROUP BY ALL HAVING (SELECT a FROM kin) > 0`, "query.table"},
		{`SELECT count(*) FILTER (WHERE (SELECT a FROM kin) > 0) FROM xa`, "query.table"},
		{`SELECT sum(ma) OVER (ORDER BY (SELECT a FROM kin)) FROM xa`, "query.table"},
		{`SELECT list_transform([1], lambda x: (SELECT a FROM kin))`, "query.table"},
		{`SELECT * REPLACE ((SELECT a FROM kin) AS ma) FROM xa`, "query.table"},
		{`SELECT * FROM xa JOIN kin ON true`, "query.table"},
		{`SELECT * FROM xa JOIN xa b ON (SELECT a FROM kin) = 1`, "query.table"},
		{`SELECT * FROM xa, LATERAL (SELECT * FROM kin)`, "query.table"},
		{`SELECT 1 UNION ALL SELECT a FROM kin`, "query.table"},
		{`VALUES ((SELECT a FROM kin))`, "query.table"},
		{`SELECT * FROM (PIVOT kin ON a IN (1) USING count(*))`, "query.table"},
		{`UNPIVOT kin ON a INTO NAME n VALUE v`, "query.table"},
		{`SELECT * FROM range((SELECT a FROM kin))`, "query.table"},
		{`SELECT DISTINCT ON ((SELECT a FROM kin)) ma FROM xa`, "query.table"},
		{`SELECT ma FROM xa QUALIFY (SELECT a FROM kin) = 1`, "query.table"},
		// a name that is a common table expression elsewhere is none here
		{`SELECT * FROM (WITH kin AS (SELECT 1) SELECT * FROM kin) x, kin`, "query.table"},
		{`WITH a AS (SELECT * FROM kin), kin AS (SELECT 1 AS a) SELECT * FROM a, kin`, "query.table"},
		{`WITH kin AS (SELECT * FROM kin) SELECT * FROM kin`, "query.table"},
		{`WITH RECURSIVE kin AS (SELECT * FROM kin) SELECT * FROM kin`, "query.table"},
		{`WITH kin AS (SELECT 1) SELECT * FROM m.kin`, "query.table"},
		{`WITH a AS (WITH kin AS (SELECT 1) SELECT * FROM kin) SELECT * FROM a, kin`, "query.table"},
		{`SELECT 1 WHERE EXISTS (WITH kin AS (SELECT 1) SELECT 1) AND EXISTS (SELECT * FROM kin)`, "query.table"},
		{`WITH RECURSIVE t(a) USING KEY (a) AS (SELECT 1 UNION SELECT a FROM recurring.t) SELECT * FROM t`, "query.table"},
		{`SELECT * FROM xa AT (VERSION => 1)`, "query.construct"},

		// functions
		{`SELECT * FROM read_csv('/etc/passwd')`, "query.function"},
		{`SELECT * FROM read_csv_auto('/etc/passwd')`, "query.function"},
		{`SELECT * FROM read_text('/etc/passwd')`, "query.function"},
		{`SELECT * FROM read_blob('/etc/passwd')`, "query.function"},
		{`SELECT * FROM read_json('/etc/passwd')`, "query.function"},
		{`SELECT * FROM read_parquet('x.parquet')`, "query.function"},
		{`SELECT * FROM READ_PARQUET('x.parquet')`, "query.function"},
		{`SELECT * FROM main.read_csv('x')`, "query.function"},
		{`SELECT * FROM "read_csv"('x')`, "query.function"},
		{`SELECT * FROM read_/* */csv('x')`, "query.table"},
		{`SELECT * FROM parquet_metadata('x')`, "query.function"},
		{`SELECT * FROM sniff_csv('x')`, "query.function"},
		{`SELECT * FROM glob('/*')`, "query.function"},
		{`SELECT * FROM query('SELECT * FROM kin')`, "query.function"},
		{`SELECT * FROM query_table('kin')`, "query.function"},
		{`SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))`, "query.function"},
		{`SELECT * FROM duckdb_settings()`, "query.function"},
		{`SELECT * FROM duckdb_secrets()`, "query.function"},
		{`SELECT * FROM duckdb_columns()`, "query.function"},
		{`SELECT * FROM pragma_database_size()`, "query.function"},
		{`SELECT * FROM pragma_table_info('kin')`, "query.function"},
		{`SELECT * FROM pragma_storage_info('kin')`, "query.function"},
		{`SELECT * FROM sql_auto_complete('SEL')`, "query.function"},
		{`SELECT * FROM arrow_scan(0, 0, 0)`, "query.function"},
		{`SELECT * FROM seq_scan('kin')`, "query.function"},
		{`SELECT * FROM repeat('x', 1000000000)`, "query.function"},
		{`SELECT * FROM test_all_types()`, "query.function"},
		{`SELECT * FROM which_secret('x', 's3')`, "query.function"},
		{`SELECT * FROM histogram_values(kin, a)`, "query.function"},
		{`SELECT * FROM range(getenv('HOME')::INTEGER)`, "query.function"},
		{`SELECT getenv('HOME')`, "query.function"},
		{`SELECT current_setting('secret_directory')`, "query.function"},
		{`SELECT getvariable('x')`, "query.function"},
		{`SELECT version()`, "query.function"},
		{`SELECT current_database()`, "query.function"},
		{`SELECT current_catalog`, "query.function"},
		{`SELECT current_user`, "query.function"},
		{`SELECT CURRENT_SCHEMA`, "query.function"},
		{`SELECT current_query()`, "query.function"},
		{`SELECT nextval('s')`, "query.function"},
		{`SELECT txid_current()`, "query.function"},
		{`SELECT pg_sleep(10)`, "query.function"},
		{`SELECT sleep_ms(10)`, "query.function"},
		{`SELECT write_log('x')`, "query.function"},
		{`SELECT error('x')`, "query.function"},
		{`SELECT setseed(0.5)`, "query.function"},
		{`SELECT repeat('x', 2000000000)`, "query.function"},
		{`SELECT lpad('x', 2000000000, 'y')`, "query.function"},
		{`SELECT printf('%1000000000d', 1)`, "query.function"},
		{`SELECT range(10000000000)`, "query.function"},
		{`SELECT list_resize([1], 1000000000)`, "query.function"},
		{`SELECT json_serialize_sql('SELECT 1')`, "query.function"},
		{`SELECT ('HOME').getenv()`, "query.function"},
		{`SELECT ten.repeat(1000000) FROM xa`, "query.function"},
		{`SELECT xa.getenv(ten) FROM xa`, "query.function"},
		{`SELECT list_transform(['HOME'], lambda x: getenv(x))`, "query.function"},
		{`SELECT [getenv(x) FOR x IN ['HOME']]`, "query.function"},
		{`SELECT [x FOR x IN ['HOME'] IF getenv(x) = '']`, "query.function"},
		{`SELECT COLUMNS(lambda c: getenv(c) = '') FROM xa`, "query.function"},
		{`SELECT * FROM xa ORDER BY getenv('HOME')`, "query.function"},
		{`SELECT sum(ma) OVER (PARTITION BY getenv('HOME')) FROM xa`, "query.function"},
		{`SELECT sum(ma ORDER BY getenv('HOME')) FROM xa`, "query.function"},
		{`SELECT CASE WHEN getenv('HOME') = '' THEN 1 END`, "query.function"},
		{`SELECT * FROM (PIVOT xa ON ma IN (1) USING first(getenv('HOME')))`, "query.function"},
		{`SELECT * FROM xa LIMIT getenv('HOME')::INTEGER`, "query.function"},
		{`SELECT __internal_decompress_string(1::UTINYINT)`, "query.function"},
		{`SELECT has_table_privilege('kin', 'SELECT')`, "query.function"},
		{`SELECT pg_get_viewdef(1)`, "query.function"},
		{`SELECT stats(ten) FROM xa`, "query.function"},
		{`SELECT $1`, "query.construct"},
		{`SELECT ?`, "query.construct"},
		{"SELECT 1\x00; DROP TABLE xa", "query.syntax"},
		{`SELECT 1e400`, "query.syntax"},
	} {
		tables, err := c.Inspect(t.Context(), q.sql, knownSets)
		if err == nil {
			t.Errorf("%s: let through, names %v", q.sql, tables)
			continue
		}
		if !fault.Is(err, q.key) {
			t.Errorf("%s: %v, want %s", q.sql, err, q.key)
		}
		if kind := fault.KindOf(err); kind != fault.Invalid && kind != fault.Denied {
			t.Errorf("%s: kind %v", q.sql, kind)
		}
	}
}

func TestInspectDeepNesting(t *testing.T) {
	c := sets(t)
	for _, sql := range []string{
		"SELECT " + strings.Repeat("(", 20000) + "1" + strings.Repeat(")", 20000),
		"SELECT 1" + strings.Repeat(" + 1", 20000),
		strings.Repeat("SELECT * FROM (", 3000) + "SELECT 1" + strings.Repeat(")", 3000),
		"SELECT " + strings.Repeat("NOT ", 20000) + "true",
	} {
		tables, err := c.Inspect(t.Context(), sql, knownSets)
		if err == nil && len(tables) > 0 {
			t.Errorf("%.40s…: names %v", sql, tables)
		}
	}
	run(t, c, "SELECT 1") // still alive
}

// Each function on the list exists: a name that DuckDB has dropped or that is
// mistyped would promise what is not there.
func TestFunctionsExist(t *testing.T) {
	c := conn(t, open(t, columns.Options{}))
	rows, err := c.Query(t.Context(), "SELECT DISTINCT lower(function_name) FROM duckdb_functions()")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var have []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		have = append(have, name)
	}
	// Spelled by the parser itself, not functions of the catalogue.
	have = append(have, "coalesce", "ifnull", "map", "row", "list_count", "current_date", "equal_null", "unnest")
	for _, name := range columns.Functions() {
		if !slices.Contains(have, name) {
			t.Errorf("no function %s", name)
		}
	}
}
