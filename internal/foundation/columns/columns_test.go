//go:build duckdb_arrow

package columns_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/foundation/columns"
)

func open(t *testing.T, o columns.Options) *columns.DB {
	t.Helper()
	db, err := columns.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func conn(t *testing.T, db *columns.DB) *columns.Conn {
	t.Helper()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func run(t *testing.T, c *columns.Conn, sql string) {
	t.Helper()
	if _, err := c.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// text reads a whole stream as text.
func text(t *testing.T, rr array.RecordReader) string {
	t.Helper()
	var b strings.Builder
	for rr.Next() {
		rec := rr.RecordBatch()
		for row := range int(rec.NumRows()) {
			for col := range int(rec.NumCols()) {
				b.WriteString(rec.Column(col).ValueStr(row) + "|")
			}
			b.WriteString("\n")
		}
	}
	if err := rr.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// everyType is a table with each type of the design and values at the edges.
const everyType = `SELECT * FROM (VALUES
	(1::BIGINT, 'Phố Hiến ₫ 𠮷', 0.1::DECIMAL(4,1), 0.01::DECIMAL(9,2), 0.01::DECIMAL(18,2), 0.5::DOUBLE, true, DATE '1999-12-31', TIMESTAMP '2025-07-01 00:00:00.000001', '{"a":[1,"ệ"]}'::JSON, '\x00\xFF'::BLOB),
	(9223372036854775807, '', 999.9, 9999999.99, 9999999999999999.99, 1.7976931348623157e308, false, DATE '1899-12-30', TIMESTAMP '1900-01-01 00:00:00.999999', 'null', ''),
	(-9223372036854775808, 'một chuỗi dài hơn mười hai byte để không nằm trong chính ô', -999.9, -9999999.99, -9999999999999999.99, -5e-324, NULL, DATE '9999-12-31', TIMESTAMP '9999-12-31 23:59:59.999999', '""', 'x'),
	(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
) t(i, s, d4, d9, d18, f, b, dt, ts, j, x)`

func everySchema() *arrow.Schema {
	field := func(name string, typ arrow.DataType) arrow.Field {
		return arrow.Field{Name: name, Type: typ, Nullable: true}
	}
	json := field("j", arrow.BinaryTypes.String)
	json.Metadata = arrow.NewMetadata([]string{columns.KindKey}, []string{columns.KindJSON})
	return arrow.NewSchema([]arrow.Field{
		field("i", arrow.PrimitiveTypes.Int64), field("s", arrow.BinaryTypes.String),
		field("d4", &arrow.Decimal128Type{Precision: 4, Scale: 1}), field("d9", &arrow.Decimal128Type{Precision: 9, Scale: 2}), field("d18", &arrow.Decimal128Type{Precision: 18, Scale: 2}),
		field("f", arrow.PrimitiveTypes.Float64), field("b", arrow.FixedWidthTypes.Boolean), field("dt", arrow.FixedWidthTypes.Date32),
		field("ts", &arrow.TimestampType{Unit: arrow.Microsecond}), json, field("x", arrow.BinaryTypes.Binary),
	}, nil)
}

func TestEveryTypeThereAndBack(t *testing.T) {
	db := open(t, columns.Options{})
	from, to := conn(t, db), conn(t, db)
	rr, err := from.ArrowAs(t.Context(), everySchema(), everyType)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.Register(t.Context(), rr, "back"); err != nil {
		t.Fatal(err)
	}
	rr.Release()
	// DuckDB itself compares: whatever either way bent would differ.
	rr, err = to.Arrow(t.Context(), `(SELECT * FROM back EXCEPT `+everyType+`) UNION ALL (`+everyType+` EXCEPT SELECT * FROM back)`)
	if err != nil {
		t.Fatal(err)
	}
	if diff := text(t, rr); diff != "" {
		t.Errorf("changed on the way:\n%s", diff)
	}
	rr.Release()
	rows, err := to.Query(t.Context(), `SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'back' ORDER BY column_index`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var types []string
	for rows.Next() {
		var name, typ string
		if err := rows.Scan(&name, &typ); err != nil {
			t.Fatal(err)
		}
		types = append(types, typ)
	}
	want := "[BIGINT VARCHAR DECIMAL(4,1) DECIMAL(9,2) DECIMAL(18,2) DOUBLE BOOLEAN DATE TIMESTAMP JSON BLOB]"
	if got := fmt.Sprint(types); got != want {
		t.Errorf("types %s, want %s", got, want)
	}
}

func TestArrowValues(t *testing.T) {
	c := conn(t, open(t, columns.Options{}))
	rr, err := c.ArrowAs(t.Context(), everySchema(), everyType)
	if err != nil {
		t.Fatal(err)
	}
	defer rr.Release()
	if !rr.Schema().Equal(everySchema()) {
		t.Errorf("schema %s", rr.Schema())
	}
	if !rr.Next() {
		t.Fatal(rr.Err())
	}
	rec := rr.RecordBatch()
	for col, want := range [][]string{
		{"1", "9223372036854775807", "-9223372036854775808"},
		{"Phố Hiến ₫ 𠮷", "", "một chuỗi dài hơn mười hai byte để không nằm trong chính ô"},
		{"0.1", "999.9", "-999.9"},
		{"0.01", "9999999.99", "-9999999.99"},
		{"0.01", "9999999999999999.99", "-9999999999999999.99"},
	} {
		for row, w := range want {
			if got := rec.Column(col).ValueStr(row); got != w {
				t.Errorf("column %d row %d: %q, want %q", col, row, got, w)
			}
		}
	}
	for col := range int(rec.NumCols()) {
		if !rec.Column(col).IsNull(3) || rec.Column(col).IsNull(0) {
			t.Errorf("column %d: nulls are in the wrong place", col)
		}
	}
}

func TestArrowAsRefusesAnotherShape(t *testing.T) {
	c := conn(t, open(t, columns.Options{}))
	if _, err := c.ArrowAs(t.Context(), everySchema(), "SELECT 1"); err == nil {
		t.Error("one column passed for eleven")
	}
	want := arrow.NewSchema([]arrow.Field{{Name: "a", Type: arrow.PrimitiveTypes.Int64}}, nil)
	if _, err := c.ArrowAs(t.Context(), want, "SELECT 1::INTEGER"); err == nil {
		t.Error("int32 passed for int64")
	}
	run(t, c, "SELECT 1") // the connection is free again
}

func TestArrowArguments(t *testing.T) {
	c := conn(t, open(t, columns.Options{}))
	rr, err := c.Arrow(t.Context(), "SELECT $1::BIGINT, $2::VARCHAR, $3::DOUBLE, $4::BOOLEAN, $5::BLOB = '\\x00a'::BLOB, $6::TIMESTAMP::VARCHAR, $7::VARCHAR IS NULL",
		1<<62, "Ưu tiên'\x00x", 0.5, true, []byte("\x00a"), time.Date(1945, 9, 2, 14, 0, 0, 1000, time.UTC), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rr.Release()
	want := "4611686018427387904|Ưu tiên'\x00x|0.5|true|true|1945-09-02 14:00:00.000001|true|\n"
	if got := text(t, rr); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestArrowRefusals(t *testing.T) {
	c := conn(t, open(t, columns.Options{}))
	for name, call := range map[string]func() (array.RecordReader, error){
		"two statements":   func() (array.RecordReader, error) { return c.Arrow(t.Context(), "SELECT 1; SELECT 2") },
		"none":             func() (array.RecordReader, error) { return c.Arrow(t.Context(), "") },
		"syntax":           func() (array.RecordReader, error) { return c.Arrow(t.Context(), "SELEC") },
		"unknown table":    func() (array.RecordReader, error) { return c.Arrow(t.Context(), "SELECT * FROM khong_co") },
		"too few args":     func() (array.RecordReader, error) { return c.Arrow(t.Context(), "SELECT $1") },
		"strange argument": func() (array.RecordReader, error) { return c.Arrow(t.Context(), "SELECT $1", struct{}{}) },
		"fails at once":    func() (array.RecordReader, error) { return c.Arrow(t.Context(), "SELECT error('x')") },
	} {
		if rr, err := call(); err == nil {
			rr.Release()
			t.Errorf("%s: accepted", name)
		}
	}
	run(t, c, "SELECT 1")
}

func TestArrowFailsHalfWay(t *testing.T) {
	c := conn(t, open(t, columns.Options{}))
	rr, err := c.Arrow(t.Context(), "SELECT CASE WHEN i = 1500000 THEN error('hỏng') ELSE i END FROM range(2000000) t(i)")
	if err != nil {
		t.Fatal(err)
	}
	defer rr.Release()
	rows := int64(0)
	for rr.Next() {
		rows += rr.RecordBatch().NumRows()
	}
	if rr.Err() == nil || !strings.Contains(rr.Err().Error(), "hỏng") {
		t.Errorf("after %d rows: %v", rows, rr.Err())
	}
}

func TestCancelInterrupts(t *testing.T) {
	c := conn(t, open(t, columns.Options{Threads: 2}))
	const endless = "FROM range(1000000000) a(i), range(1000000) b(j)"
	drain := func(ctx context.Context, sql string) error {
		rr, err := c.Arrow(ctx, sql)
		if err != nil {
			return err
		}
		defer rr.Release()
		for rr.Next() {
		}
		return rr.Err()
	}
	for name, call := range map[string]func(context.Context) error{
		"exec": func(ctx context.Context) error {
			_, err := c.Exec(ctx, "CREATE TEMP TABLE x AS SELECT sum(i * j) "+endless)
			return err
		},
		"query": func(ctx context.Context) error {
			_, err := c.Query(ctx, "SELECT count(*) "+endless+" WHERE (i * j) % 7 = 3")
			return err
		},
		"arrow start": func(ctx context.Context) error {
			return drain(ctx, "SELECT count(*) "+endless+" WHERE (i * j) % 7 = 3")
		},
		"arrow rows": func(ctx context.Context) error { return drain(ctx, "SELECT i * j "+endless) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			began := time.Now()
			err := call(ctx)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("ended with %v", err)
			}
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("took %v to stop", took)
			}
			run(t, c, "SELECT 1") // not interrupted by what came before
		})
	}
}

func TestCancelBeforeStart(t *testing.T) {
	c := conn(t, open(t, columns.Options{}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Arrow(ctx, "SELECT 1"); !errors.Is(err, context.Canceled) {
		t.Errorf("arrow: %v", err)
	}
	if _, err := c.Exec(ctx, "SELECT 1"); !errors.Is(err, context.Canceled) {
		t.Errorf("exec: %v", err)
	}
}

func TestManyConnectionsAtOnce(t *testing.T) {
	db := open(t, columns.Options{})
	run(t, conn(t, db), "CREATE TABLE so AS SELECT range AS i FROM range(100000)")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			c, err := db.Conn(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			rr, err := c.Arrow(t.Context(), "SELECT i FROM so")
			if err != nil {
				t.Error(err)
				return
			}
			defer rr.Release()
			rows := int64(0)
			for rr.Next() {
				rows += rr.RecordBatch().NumRows()
			}
			if rows != 100000 || rr.Err() != nil {
				t.Errorf("%d rows, %v", rows, rr.Err())
			}
		})
	}
	all.Wait()
}

func TestRegisterAnyColumnsAnyNumberOfTimes(t *testing.T) {
	db := open(t, columns.Options{})
	from, to := conn(t, db), conn(t, db)
	rr, err := from.Arrow(t.Context(), "SELECT i, 'dòng ' || i AS s, i * 2 AS k FROM range(5000) t(i)")
	if err != nil {
		t.Fatal(err)
	}
	release, err := to.Register(t.Context(), rr, `tên "lạ"`)
	if err != nil {
		t.Fatal(err)
	}
	rr.Release()
	for range 2 {
		var k, n int64
		if err := to.Row(t.Context(), `SELECT max(k), count(*) FROM "tên ""lạ""" WHERE s LIKE 'dòng 49%'`).Scan(&k, &n); err != nil {
			t.Fatal(err)
		}
		if k != 9998 || n != 111 {
			t.Errorf("max %d of %d", k, n)
		}
	}
	release()
	release()
	if _, err := to.Exec(t.Context(), `SELECT * FROM "tên ""lạ"""`); err == nil {
		t.Error("still there after release")
	}
}

// failing gives one record and then an error, as a source that breaks does.
type failing struct{ array.RecordReader }

func (f failing) Next() bool { return f.RecordReader.Next() }
func (f failing) Err() error { return errors.New("nguồn hỏng") }

func TestCreateAs(t *testing.T) {
	db := open(t, columns.Options{})
	from, to := conn(t, db), conn(t, db)
	numbers := func() array.RecordReader {
		rr, err := from.Arrow(t.Context(), "SELECT i, 'dòng ' || i AS s FROM range(5000) t(i)")
		if err != nil {
			t.Fatal(err)
		}
		return rr
	}
	for _, c := range []struct {
		query columns.Query
		want  string // count, least and greatest k
		rows  int64
	}{
		{columns.Query{Lists: []string{"*, i * 2 AS k", "s, k"}}, "5000 0 9998", 5000},
		{columns.Query{Lists: []string{"*, i * 2 AS k", "s, k"}, Where: "k >= 9990"}, "5 9990 9998", 5},
		{columns.Query{Lists: []string{"*, i * 2 AS k", "*, k + 1 AS l", "s, l AS k"}, Where: "l < 0"}, "0 - -", 0},
		{columns.Query{Lists: []string{`"i" AS k, "s"`}}, "5000 0 4999", 5000},
	} {
		rr := numbers()
		n, err := to.CreateAs(t.Context(), rr, columns.Table{Name: "made"}, c.query)
		rr.Release()
		if err != nil || n != c.rows {
			t.Fatalf("%+v: %d rows, %v", c.query, n, err)
		}
		var got string
		if err := to.Row(t.Context(), "SELECT concat_ws(' ', count(*), coalesce(min(k)::VARCHAR, '-'), coalesce(max(k)::VARCHAR, '-')) FROM made").Scan(&got); err != nil || got != c.want {
			t.Errorf("%+v: %s, want %s (%v)", c.query, got, c.want, err)
		}
		run(t, to, "DROP TABLE made")
	}
	rr := numbers()
	defer rr.Release()
	if _, err := to.CreateAs(t.Context(), rr, columns.Table{Name: "made"}, columns.Query{Lists: []string{`"s"`}}); err == nil {
		t.Error("a query that does not read every column was run")
	}
}

func TestAppendIsAllOrNothing(t *testing.T) {
	db := open(t, columns.Options{})
	from, to := conn(t, db), conn(t, db)
	run(t, to, "CREATE TABLE b (i BIGINT, s VARCHAR DEFAULT 'mặc định')")
	rr, err := from.Arrow(t.Context(), "SELECT i FROM range(300000) t(i)")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.Append(t.Context(), failing{rr}, columns.Table{Name: "b"}); err == nil {
		t.Error("a broken source passed")
	}
	rr.Release()
	var n int64
	if err := to.Row(t.Context(), "SELECT count(*) FROM b").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows of a broken source stayed, %v", n, err)
	}
	rr, err = from.Arrow(t.Context(), "SELECT i FROM range(3) t(i)")
	if err != nil {
		t.Fatal(err)
	}
	defer rr.Release()
	if n, err := to.Append(t.Context(), rr, columns.Table{Name: "b"}); err != nil || n != 3 {
		t.Errorf("appended %d, %v", n, err)
	}
	if err := to.Row(t.Context(), "SELECT count(*) FROM b WHERE s = 'mặc định'").Scan(&n); err != nil || n != 3 {
		t.Errorf("%d rows with the default, %v", n, err)
	}
}

func TestAppendFollowsItsTransaction(t *testing.T) {
	db := open(t, columns.Options{})
	from, to := conn(t, db), conn(t, db)
	run(t, to, "CREATE TABLE b (i BIGINT)")
	if err := to.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	rr, err := from.Arrow(t.Context(), "SELECT i FROM range(200000) t(i)")
	if err != nil {
		t.Fatal(err)
	}
	defer rr.Release()
	if _, err := to.Append(t.Context(), rr, columns.Table{Name: "b"}); err != nil {
		t.Fatal(err)
	}
	if err := to.Rollback(); err != nil {
		t.Fatal(err)
	}
	var n int64
	if err := to.Row(t.Context(), "SELECT count(*) FROM b").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows after the rollback, %v", n, err)
	}
}

func TestAppendsAtOnce(t *testing.T) {
	db := open(t, columns.Options{Path: filepath.Join(t.TempDir(), "a.duckdb"), Threads: 2})
	c := conn(t, db)
	var all sync.WaitGroup
	for i := range 8 {
		table := columns.Table{Name: fmt.Sprintf("t%d", i)}
		run(t, c, "CREATE TABLE "+table.SQL()+" (i BIGINT, s VARCHAR)")
		all.Go(func() { appendOften(t, db, table) })
	}
	all.Wait()
	for i := range 8 {
		var n, sum int64
		if err := c.Row(t.Context(), fmt.Sprintf("SELECT count(*), sum(i) FROM t%d", i)).Scan(&n, &sum); err != nil || n != 50000 || sum != 5*49995000 {
			t.Errorf("t%d: %d rows, sum %d, %v", i, n, sum, err)
		}
	}
	var left int
	if err := c.Row(t.Context(), "SELECT count(*) FROM duckdb_views() WHERE NOT internal").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d views left, %v", left, err)
	}
}

func appendOften(t *testing.T, db *columns.DB, table columns.Table) {
	from, err := db.Conn(t.Context())
	if err != nil {
		t.Error(err)
		return
	}
	defer from.Close()
	to, err := db.Conn(t.Context())
	if err != nil {
		t.Error(err)
		return
	}
	defer to.Close()
	for range 5 {
		rr, err := from.Arrow(t.Context(), "SELECT i, 'dòng ' || i AS s FROM range(10000) t(i)")
		if err != nil {
			t.Error(err)
			return
		}
		if _, err := to.Append(t.Context(), rr, table); err != nil {
			t.Error(err)
		}
		rr.Release()
	}
}

// endless is a source that never ends; only being called off stops it.
type endless struct{ array.RecordReader }

func (endless) Next() bool { return true }

func TestAppendIsCalledOff(t *testing.T) {
	db := open(t, columns.Options{})
	from, to := conn(t, db), conn(t, db)
	run(t, to, "CREATE TABLE b (i BIGINT)")
	rr, err := from.Arrow(t.Context(), "SELECT i FROM range(2000) t(i)")
	if err != nil {
		t.Fatal(err)
	}
	defer rr.Release()
	if !rr.Next() {
		t.Fatal(rr.Err())
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := to.Append(ctx, endless{rr}, columns.Table{Name: "b"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ended with %v", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("took %v to stop", took)
	}
	var n int64
	if err := to.Row(t.Context(), "SELECT count(*) FROM b").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows stayed, %v", n, err)
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(dir, "ngoai.csv")
	if err := os.WriteFile(outside, []byte("a,b\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	temp := filepath.Join(dir, "tam")
	db := open(t, columns.Options{Path: filepath.Join(dir, "dữ liệu.duckdb"), TempDir: temp, MemoryLimit: 256 << 20, Threads: 2})
	c := conn(t, db)
	run(t, c, "CREATE TABLE t AS SELECT * FROM read_csv("+columns.QuoteText(outside)+")")
	if err := db.Lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	out := columns.QuoteText(filepath.Join(dir, "ra.csv"))
	file := columns.QuoteText(outside)
	for _, sql := range []string{
		"SELECT * FROM read_csv(" + file + ")",
		"SELECT * FROM read_text(" + file + ")",
		"SELECT * FROM read_blob(" + file + ")",
		"SELECT * FROM read_json(" + file + ")",
		"SELECT * FROM read_parquet(" + file + ")",
		"SELECT * FROM sniff_csv(" + file + ")",
		"SELECT * FROM glob('/etc/*')",
		"SELECT * FROM " + file,
		`SELECT * FROM "` + outside + `"`,
		"SELECT * FROM read_csv('https://127.0.0.1/a.csv')",
		"SELECT * FROM read_csv('s3://a/b.csv')",
		"COPY t TO " + out,
		"COPY t FROM " + file,
		"EXPORT DATABASE " + out,
		"IMPORT DATABASE " + out,
		"ATTACH " + columns.QuoteText(filepath.Join(dir, "khac.duckdb")),
		"ATTACH " + out + " AS x (TYPE sqlite)",
		"INSTALL httpfs",
		"LOAD httpfs",
		"LOAD " + columns.QuoteText(filepath.Join(dir, "x.duckdb_extension")),
		"UPDATE EXTENSIONS",
		"CREATE SECRET (TYPE s3)",
		"SET threads = 8",
		"SET temp_directory = '/'",
		"SET enable_external_access = true",
		"SET lock_configuration = false",
		"SET autoload_known_extensions = true",
		"SET home_directory = '/'",
		"SET GLOBAL allowed_directories = ['/']",
		"RESET threads",
		"RESET enable_external_access",
		"PRAGMA threads = 8",
		"PRAGMA default_null_order = 'nulls_last'",
		"SELECT getenv('HOME')",
	} {
		if _, err := c.Exec(t.Context(), sql); err == nil {
			t.Errorf("allowed: %s", sql)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "ra.csv")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was written: %v", err)
	}
	// What the instance itself needs goes on: its own file, and spilling.
	run(t, c, "CREATE TABLE u AS SELECT i, repeat('x', 200) || i AS s FROM range(2000000) x(i) ORDER BY hash(i)")
	run(t, c, "CHECKPOINT")
	info, err := os.Stat(temp)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("temporary folder: %v, %v", info, err)
	}
}

func TestMemoryLimit(t *testing.T) {
	c := conn(t, open(t, columns.Options{MemoryLimit: 64 << 20, Threads: 1}))
	if _, err := c.Exec(t.Context(), "CREATE TABLE t AS SELECT i, repeat('x', 500) || i AS s FROM range(1000000) x(i)"); err == nil {
		t.Error("500 MB fitted into 64 MB")
	}
	run(t, c, "SELECT 1")
}

func TestReopenAndReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b.duckdb")
	db, err := columns.Open(t.Context(), columns.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	run(t, c, "CREATE TABLE t AS SELECT 7 AS i")
	if err := errors.Join(c.Close(), db.Close()); err != nil {
		t.Fatal(err)
	}
	c = conn(t, open(t, columns.Options{Path: path, ReadOnly: true}))
	var i int
	if err := c.Row(t.Context(), "SELECT i FROM t").Scan(&i); err != nil || i != 7 {
		t.Errorf("%d, %v", i, err)
	}
	if _, err := c.Exec(t.Context(), "DELETE FROM t"); err == nil {
		t.Error("a read-only file was changed")
	}
}

func TestPathsOfAllSpellings(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a?b", "a#b", "50%", "dữ liệu", "o'clock"} {
		path := filepath.Join(dir, name)
		run(t, conn(t, open(t, columns.Options{Path: path})), "CREATE TABLE t AS SELECT 7 AS i")
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestQuote(t *testing.T) {
	c := conn(t, open(t, columns.Options{}))
	for _, s := range []string{`a`, `a"b`, `a'b`, `"; DROP TABLE x; --`, `Phố "Hiến"`} {
		rr, err := c.Arrow(t.Context(), "SELECT "+columns.QuoteText(s)+" AS "+columns.QuoteIdent(s))
		if err != nil {
			t.Fatal(err)
		}
		if got := rr.Schema().Field(0).Name + "|" + text(t, rr); got != s+"|"+s+"|\n" {
			t.Errorf("%q came back as %q", s, got)
		}
		rr.Release()
	}
}
