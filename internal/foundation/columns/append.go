//go:build duckdb_arrow

package columns

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// A Table names a table of the instance. The zero Schema is main; Temp tables
// belong to one connection.
type Table struct {
	Temp   bool
	Schema string
	Name   string
}

// SQL writes the table's quoted name.
func (t Table) SQL() string {
	s := QuoteIdent(t.schema()) + "." + QuoteIdent(t.Name)
	if t.Temp {
		return "temp." + s
	}
	return s
}

func (t Table) schema() string {
	if t.Schema == "" {
		return "main"
	}
	return t.Schema
}

// Register copies the rows of rr into a temporary table, where any number of
// statements of this connection can read them until release drops it. (DuckDB's
// own view over an Arrow stream can be read once only, and crashes when a
// query asks for some of its columns.)
func (c *Conn) Register(ctx context.Context, rr array.RecordReader, name string) (release func(), err error) {
	ddl, err := CreateTable(Table{Temp: true, Name: name}, rr.Schema())
	if err != nil {
		return nil, err
	}
	if _, err := c.Exec(ctx, ddl); err != nil {
		return nil, err
	}
	// Dropping is a courtesy to memory: the table ends with its connection.
	release = func() { _, _ = c.Exec(context.Background(), "DROP TABLE IF EXISTS temp.main."+QuoteIdent(name)) }
	if _, err := c.Append(ctx, rr, Table{Temp: true, Name: name}); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// CreateTable writes the statement that makes a table for rows of a schema.
func CreateTable(t Table, schema *arrow.Schema) (string, error) {
	defs := make([]string, schema.NumFields())
	for i, f := range schema.Fields() {
		typ, err := SQLType(f)
		if err != nil {
			return "", err
		}
		defs[i] = QuoteIdent(f.Name) + " " + typ
	}
	temp := ""
	if t.Temp {
		temp = "TEMP "
	}
	return "CREATE " + temp + "TABLE " + t.SQL() + " (" + strings.Join(defs, ", ") + ")", nil
}

// KindKey is the metadata of an Arrow field that says what its text means;
// KindJSON as its value makes a column of DuckDB's type JSON.
const (
	KindKey  = "phohien.kind"
	KindJSON = "json"
)

// SQLType names DuckDB's type for an Arrow field.
func SQLType(f arrow.Field) (string, error) {
	switch t := f.Type.(type) {
	case *arrow.StringType:
		if kind, _ := f.Metadata.GetValue(KindKey); kind == KindJSON {
			return "JSON", nil
		}
		return "VARCHAR", nil
	case *arrow.Int64Type:
		return "BIGINT", nil
	case *arrow.Int32Type:
		return "INTEGER", nil
	case *arrow.Decimal128Type:
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Precision, t.Scale), nil
	case *arrow.Float64Type:
		return "DOUBLE", nil
	case *arrow.BooleanType:
		return "BOOLEAN", nil
	case *arrow.Date32Type:
		return "DATE", nil
	case *arrow.BinaryType:
		return "BLOB", nil
	case *arrow.TimestampType:
		if t.Unit == arrow.Microsecond && t.TimeZone == "" {
			return "TIMESTAMP", nil
		}
	case *arrow.ListType:
		item, err := SQLType(t.ElemField())
		return item + "[]", err
	}
	return "", fmt.Errorf("column %s: no type for %s", f.Name, f.Type)
}

// Append adds the rows of rr at the end of a table, in the transaction that
// Begin opened, or else in one of its own; columns are matched by name and
// those that rr lacks get their default. After an error no row has been added
// when the transaction was its own; one that Begin opened must be rolled back.
func (c *Conn) Append(ctx context.Context, rr array.RecordReader, t Table) (rows int64, err error) {
	return c.insert(ctx, rr, t, "")
}

// AppendSlim is Append for rows that come no faster than one thread can add
// them: it holds the rows of one row group of the table, a tenth of what all
// threads hold side by side.
func (c *Conn) AppendSlim(ctx context.Context, rr array.RecordReader, t Table) (rows int64, err error) {
	// A limit that leaves nothing out has rows taken up by one thread, in order.
	return c.insert(ctx, rr, t, fmt.Sprintf(" LIMIT %d", int64(math.MaxInt64)))
}

func (c *Conn) insert(ctx context.Context, rr array.RecordReader, t Table, limit string) (rows int64, err error) {
	if c.tx {
		return c.append(ctx, rr, t, limit)
	}
	// With one, the view that the rows come through is never seen by others.
	if err := c.Begin(ctx); err != nil {
		return 0, err
	}
	rows, err = c.append(ctx, rr, t, limit)
	if err != nil {
		return 0, errors.Join(err, c.Rollback())
	}
	return rows, c.Commit(ctx)
}

// views numbers the views that Append makes: connections of one instance make
// them in one catalogue.
var views atomic.Int64

// append copies through DuckDB's view over an Arrow stream, which reads and
// writes with all threads; the appender writes with one, and takes twice as
// long. Every column is selected, in order: the view crashes otherwise.
func (c *Conn) append(ctx context.Context, rr array.RecordReader, t Table, limit string) (rows int64, err error) {
	name := fmt.Sprintf("_stream_%d", views.Add(1))
	rr = gather(rr, c.file)
	defer rr.Release()
	release, err := c.view(rr, name)
	if err != nil {
		return 0, err
	}
	// The view is dropped before what it points at; after an error it goes with
	// the transaction, which has to be rolled back.
	defer release()
	rows, err = c.Exec(ctx, fmt.Sprintf("INSERT INTO %s (%s) FROM %s%s", t.SQL(), names(rr.Schema()), QuoteIdent(name), limit))
	if err == nil {
		err = rr.Err()
	}
	if err != nil {
		return 0, fmt.Errorf("append to %s: %w", t.Name, err)
	}
	if _, err := c.Exec(ctx, "DROP VIEW "+QuoteIdent(name)); err != nil {
		return 0, err
	}
	return rows, nil
}

// A Query computes rows from rows: "SELECT Lists[n] … FROM (SELECT Lists[0] FROM
// rows) WHERE Where", each level with the rows under the name s.
type Query struct {
	Lists []string
	Where string // about the rows of the last level but one; "" = all rows
}

// over writes the query over a table.
func (q Query) over(table string) string {
	from := table
	for i, list := range q.Lists {
		if i > 0 {
			from = "(" + from + ")"
		}
		from = "SELECT " + list + " FROM " + from + " s"
	}
	if q.Where != "" {
		from += " WHERE " + q.Where
	}
	return from
}

// CreateAs makes a table of what a query computes from the rows of rr, as they
// come. Its first list must name every column of rr in a way that cannot be
// optimised away, since DuckDB's view over a stream crashes when a column of it
// is not read; a list that does not is refused.
func (c *Conn) CreateAs(ctx context.Context, rr array.RecordReader, t Table, q Query) (rows int64, err error) {
	for _, f := range rr.Schema().Fields() {
		if first := q.Lists[0]; first != "*" && !strings.HasPrefix(first, "*,") && !strings.Contains(first, QuoteIdent(f.Name)) {
			return 0, fmt.Errorf("create %s: column %s is not read", t.Name, f.Name)
		}
	}
	if err := c.Begin(ctx); err != nil {
		return 0, err
	}
	rows, err = c.createAs(ctx, rr, t, q)
	if err != nil {
		return 0, errors.Join(err, c.Rollback())
	}
	return rows, c.Commit(ctx)
}

func (c *Conn) createAs(ctx context.Context, rr array.RecordReader, t Table, q Query) (rows int64, err error) {
	name := fmt.Sprintf("_stream_%d", views.Add(1))
	rr = gather(rr, c.file)
	defer rr.Release()
	release, err := c.view(rr, name)
	if err != nil {
		return 0, err
	}
	defer release()
	_, err = c.Exec(ctx, "CREATE TABLE "+t.SQL()+" AS "+q.over(QuoteIdent(name)))
	if err == nil {
		err = rr.Err()
	}
	if err != nil {
		return 0, fmt.Errorf("create %s: %w", t.Name, err)
	}
	if _, err := c.Exec(ctx, "DROP VIEW "+QuoteIdent(name)); err != nil {
		return 0, err
	}
	err = c.Row(ctx, "SELECT count(*) FROM "+t.SQL()).Scan(&rows)
	return rows, err
}

func names(schema *arrow.Schema) string {
	all := make([]string, schema.NumFields())
	for i, f := range schema.Fields() {
		all[i] = QuoteIdent(f.Name)
	}
	return strings.Join(all, ", ")
}
