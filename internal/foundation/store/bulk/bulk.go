// Package bulk moves blocks of rows between Arrow and the SQL engines as fast
// as the engine can take them: SQLite through a table that reads Arrow memory
// in place, PostgreSQL through COPY in binary form.
//
// The columns of a reader are matched to the table's columns by name. How each
// Arrow type is stored is the table of DESIGN §4.4 (docs/types.md):
//
//	Arrow           SQLite                      PostgreSQL
//	string          TEXT                        text, jsonb
//	int64           INTEGER                     bigint
//	decimal128(p,s) INTEGER × 10^s              numeric(p,s)
//	float64         REAL                        double precision
//	bool            INTEGER 0/1                 boolean
//	date32          TEXT yyyy-mm-dd             date
//	timestamp[us]   TEXT, UTC, 27 characters    timestamptz
//	binary          BLOB                        bytea
package bulk

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// The engines.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// MaxColumns is the most columns a table may have on its way through this
// package.
const MaxColumns = 990

// An Execer runs a statement: *sql.Tx, *sql.Conn and *store.Tx are ones.
type Execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// Insert adds all rows of rr to table over conn, inside the transaction that
// conn is in, and returns their number. The reader is not released.
func Insert(ctx context.Context, conn *sql.Conn, engine, table string, rr array.RecordReader) (int64, error) {
	if n := rr.Schema().NumFields(); n > MaxColumns {
		return 0, fmt.Errorf("bulk insert into %s: %d columns, at most %d", table, n, MaxColumns)
	}
	switch engine {
	case SQLite:
		return insertSQLite(ctx, conn, table, rr)
	case Postgres:
		return insertPostgres(ctx, conn, table, rr)
	}
	return 0, fmt.Errorf("bulk insert: unknown engine %q", engine)
}

// Query runs a query over conn and reads its columns, in order, as schema says.
// SQLite runs ahead of the reader by a few blocks at most. The caller must
// release the reader before it uses conn for anything else.
func Query(ctx context.Context, conn *sql.Conn, engine string, schema *arrow.Schema, query string, args ...any) (array.RecordReader, error) {
	return Few(ctx, conn, engine, schema, blockRows, query, args...)
}

// Few is Query for an answer of about so many rows: for few it takes little room.
func Few(ctx context.Context, conn *sql.Conn, engine string, schema *arrow.Schema, rows int, query string, args ...any) (array.RecordReader, error) {
	if n := schema.NumFields(); n > MaxColumns {
		return nil, fmt.Errorf("bulk query: %d columns, at most %d", n, MaxColumns)
	}
	switch engine {
	case SQLite:
		return querySQLite(ctx, conn, schema, min(max(rows, 1), blockRows), query, args)
	case Postgres:
		return queryPostgres(ctx, conn, schema, query, args)
	}
	return nil, fmt.Errorf("bulk query: unknown engine %q", engine)
}

// IsJSON reports whether a field holds canonical JSON in a string.
func IsJSON(f arrow.Field) bool {
	v, ok := f.Metadata.GetValue("phohien.kind")
	return ok && v == "json"
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func columnList(schema *arrow.Schema) string {
	names := make([]string, schema.NumFields())
	for i, f := range schema.Fields() {
		names[i] = quote(f.Name)
	}
	return strings.Join(names, ", ")
}
