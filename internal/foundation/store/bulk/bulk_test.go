package bulk

import (
	"context"
	"database/sql"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"
)

// everyType is a schema with each stored type, and the column definitions that
// take it on each engine.
var everyType = arrow.NewSchema([]arrow.Field{
	{Name: "n", Type: arrow.PrimitiveTypes.Int64},
	{Name: "text", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "big", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
	{Name: "money", Type: &arrow.Decimal128Type{Precision: 18, Scale: 2}, Nullable: true},
	{Name: "tiny", Type: &arrow.Decimal128Type{Precision: 5, Scale: 5}, Nullable: true},
	{Name: "ratio", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
	{Name: "yes", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
	{Name: "day", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
	{Name: "moment", Type: &arrow.TimestampType{Unit: arrow.Microsecond}, Nullable: true},
	{Name: "doc", Type: arrow.BinaryTypes.String, Nullable: true, Metadata: arrow.NewMetadata([]string{"phohien.kind"}, []string{"json"})},
	{Name: "raw", Type: arrow.BinaryTypes.Binary, Nullable: true},
}, nil)

var createTable = map[string]string{
	SQLite: `CREATE TABLE "every type" (n INTEGER, text TEXT, big INTEGER, money INTEGER, tiny INTEGER, ratio REAL, yes INTEGER,
		day TEXT, moment TEXT, doc TEXT, raw BLOB)`,
	Postgres: `CREATE TEMP TABLE "every type" (n bigint, text text, big bigint, money numeric(18,2), tiny numeric(5,5), ratio double precision,
		yes boolean, day date, moment timestamptz, doc jsonb, raw bytea)`,
}

// each runs a test over one connection of each engine.
func each(t *testing.T, f func(t *testing.T, conn *sql.Conn, engine string)) {
	for _, engine := range []string{SQLite, Postgres} {
		t.Run(engine, func(t *testing.T) {
			driver, source := "sqlite3", filepath.Join(t.TempDir(), "t.db")
			if engine == Postgres {
				driver, source = "pgx", os.Getenv("PHOHIEN_TEST_POSTGRES")
				if source == "" {
					t.Fatal("PHOHIEN_TEST_POSTGRES is not set: run the tests with `make test`, or under tools/with-postgres")
				}
			}
			if err := Register(); err != nil {
				t.Fatal(err)
			}
			db, err := sql.Open(driver, source)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			conn, err := db.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			f(t, conn, engine)
		})
	}
}

// records builds batches of rows that cover the edges of every type.
func records(t *testing.T, rows, size int) []arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, everyType)
	defer b.Release()
	texts := []string{"", "Phố Hiến", "a'b\"c", "dòng 1\ndòng 2", "𠀋", " "}
	ints := []int64{0, -1, math.MaxInt64, math.MinInt64, 1 << 53, 42}
	cents := []int64{0, 1, -1, 999999999999999999, -999999999999999999, 123456, 10000, 100000000}
	floats := []float64{0, -0.5, math.MaxFloat64, math.SmallestNonzeroFloat64, 1e21, 0.1}
	days := []arrow.Date32{0, -1, -719162, 2932896, 11016, 20780} // 0001-01-01 … 9999-12-31
	docs := []string{`{}`, `[]`, `{"a":1,"bb":[1.50,true,null,"ế"]}`, `"x"`}
	var out []arrow.RecordBatch
	for i := range rows {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		for c := 1; c < everyType.NumFields(); c++ {
			if (i+c)%7 == 0 {
				b.Field(c).AppendNull()
				continue
			}
			switch f := b.Field(c).(type) {
			case *array.StringBuilder:
				if c == 9 {
					f.Append(docs[i%len(docs)])
				} else {
					f.Append(texts[i%len(texts)])
				}
			case *array.Int64Builder:
				f.Append(ints[i%len(ints)])
			case *array.Decimal128Builder:
				v := cents[i%len(cents)]
				if c == 4 {
					v %= 100000
				}
				f.Append(decimal128.FromI64(v))
			case *array.Float64Builder:
				f.Append(floats[i%len(floats)])
			case *array.BooleanBuilder:
				f.Append(i%2 == 0)
			case *array.Date32Builder:
				f.Append(days[i%len(days)])
			case *array.TimestampBuilder:
				f.Append(arrow.Timestamp(int64(days[i%len(days)])*86400_000_000 + int64(i%86400)*999_983))
			case *array.BinaryBuilder:
				f.Append([]byte{byte(i), 0, 255}[:i%4%3])
			}
		}
		if (i+1)%size == 0 {
			out = append(out, b.NewRecordBatch())
		}
	}
	if rest := b.NewRecordBatch(); rest.NumRows() > 0 {
		out = append(out, rest)
	}
	return out
}

func reader(t *testing.T, recs []arrow.RecordBatch) array.RecordReader {
	rr, err := array.NewRecordReader(everyType, recs)
	if err != nil {
		t.Fatal(err)
	}
	return rr
}

func TestEveryValueComesBack(t *testing.T) {
	each(t, func(t *testing.T, conn *sql.Conn, engine string) {
		if _, err := conn.ExecContext(t.Context(), createTable[engine]); err != nil {
			t.Fatal(err)
		}
		// More rows than one block of either direction holds, in odd sizes.
		want := records(t, 70_001, 9_999)
		n, err := Insert(t.Context(), conn, engine, "every type", reader(t, want))
		if err != nil || n != 70_001 {
			t.Fatalf("%d rows, %v", n, err)
		}
		rr, err := Query(t.Context(), conn, engine, everyType, `SELECT n, text, big, money, tiny, ratio, yes, day, moment, doc, raw
			FROM "every type" WHERE n >= $1 ORDER BY n`, int64(0))
		if err != nil {
			t.Fatal(err)
		}
		compare(t, rr, want)
		rr.Release()

		// A reader let go in the middle leaves the connection usable.
		rr, err = Query(t.Context(), conn, engine, everyType, `SELECT * FROM "every type" ORDER BY n`)
		if err != nil {
			t.Fatal(err)
		}
		if !rr.Next() {
			t.Fatal(rr.Err())
		}
		rr.Release()
		var left int
		if err := conn.QueryRowContext(t.Context(), `SELECT count(*) FROM "every type"`).Scan(&left); err != nil || left != 70_001 {
			t.Fatalf("%d rows, %v", left, err)
		}
	})
}

// compare flattens both sides to single rows, as text, and reports the first difference.
func compare(t *testing.T, rr array.RecordReader, want []arrow.RecordBatch) {
	t.Helper()
	at, inside := 0, 0
	for rr.Next() {
		got := rr.RecordBatch()
		for i := range int(got.NumRows()) {
			for inside == int(want[at].NumRows()) {
				at, inside = at+1, 0
			}
			for c := range int(got.NumCols()) {
				g, w := got.Column(c).ValueStr(i), want[at].Column(c).ValueStr(inside)
				if g != w || got.Column(c).IsNull(i) != want[at].Column(c).IsNull(inside) {
					t.Fatalf("row %d, column %s: got %q, want %q", i, got.ColumnName(c), g, w)
				}
			}
			inside++
		}
	}
	if err := rr.Err(); err != nil {
		t.Fatal(err)
	}
	if at != len(want)-1 || inside != int(want[at].NumRows()) {
		t.Fatalf("rows are missing after batch %d, row %d", at, inside)
	}
}

func TestWrongInputIsRefused(t *testing.T) {
	each(t, func(t *testing.T, conn *sql.Conn, engine string) {
		recs := records(t, 3, 3)
		if _, err := Insert(t.Context(), conn, engine, "no such table", reader(t, recs)); err == nil {
			t.Error("a missing table takes rows")
		}
		if _, err := conn.ExecContext(t.Context(), createTable[engine]); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := Insert(ctx, conn, engine, "every type", reader(t, recs)); err == nil {
			t.Error("a cancelled context writes rows")
		}
		if engine == SQLite {
			for _, q := range []string{`SELECT * FROM phohien_rows`, `SELECT * FROM phohien_rows(1)`, `SELECT * FROM phohien_rows(-1)`, `SELECT phohien_collect(99, 1)`} {
				if rows, err := conn.QueryContext(t.Context(), q); err == nil {
					if rows.Next() || rows.Err() == nil {
						t.Errorf("%s: answers without a handle", q)
					}
					_ = rows.Close()
				}
			}
		}
	})
}

func TestNumericRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := rapid.IntRange(0, 18).Draw(t, "scale")
		u := rapid.Int64Range(-999_999_999_999_999_999, 999_999_999_999_999_999).Draw(t, "unscaled")
		got, err := numeric(appendNumeric(nil, u, scale)[4:], scale)
		if err != nil || got != decimal128.FromI64(u) {
			t.Fatalf("%d at scale %d: got %v, %v", u, scale, got, err)
		}
	})
}
