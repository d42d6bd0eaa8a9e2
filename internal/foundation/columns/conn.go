//go:build duckdb_arrow

package columns

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"strings"

	bindings "github.com/duckdb/duckdb-go-bindings"
	"github.com/duckdb/duckdb-go/v2"
)

// A Conn is one connection. It runs one statement at a time: a reader that
// Arrow gave must be released before the next statement. Not safe for
// concurrent use; several Conns of one DB are.
type Conn struct {
	sql *sql.Conn
	raw bindings.Connection
	tx  bool // Begin opened a transaction

	file bool // the instance has a file
}

// handle returns DuckDB's own connection under the driver's: the driver
// gathers every result in memory, and only DuckDB's interface can stream it.
func handle(dc driver.Conn) (bindings.Connection, error) {
	c, ok := dc.(*duckdb.Conn)
	if !ok {
		return bindings.Connection{}, fmt.Errorf("columns: connection is a %T", dc)
	}
	f := reflect.ValueOf(c).Elem().FieldByName("conn")
	if !f.IsValid() || f.Type() != reflect.TypeFor[bindings.Connection]() {
		return bindings.Connection{}, errors.New("columns: this version of duckdb-go hides its connection elsewhere")
	}
	return bindings.Connection{Ptr: f.FieldByName("Ptr").UnsafePointer()}, nil
}

// Exec runs statements and returns how many rows the last one changed.
// Arguments belong to the last statement.
func (c *Conn) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := c.sql.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, cause(ctx, err)
	}
	return res.RowsAffected()
}

// Query runs a query whose result is small: it is gathered in memory before
// the first row is seen. Use Arrow for anything that may be long.
func (c *Conn) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := c.sql.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, cause(ctx, err)
	}
	return rows, nil
}

// Row runs a query for at most one row.
func (c *Conn) Row(ctx context.Context, query string, args ...any) *sql.Row {
	return c.sql.QueryRowContext(ctx, query, args...)
}

// Begin opens a transaction; the statements until Commit or Rollback belong to
// it.
func (c *Conn) Begin(ctx context.Context) error {
	if _, err := c.Exec(ctx, "BEGIN"); err != nil {
		return err
	}
	c.tx = true
	return nil
}

// Commit makes what was done since Begin durable; after an error nothing of it
// is.
func (c *Conn) Commit(ctx context.Context) error {
	_, err := c.Exec(ctx, "COMMIT")
	if err != nil {
		return errors.Join(err, c.Rollback())
	}
	c.tx = false
	return nil
}

// Rollback undoes what was done since Begin; without an open transaction it
// does nothing. No context: undoing is never called off.
func (c *Conn) Rollback() error {
	if !c.tx {
		return nil
	}
	c.tx = false
	_, err := c.Exec(context.Background(), "ROLLBACK")
	if err != nil && strings.Contains(err.Error(), "no transaction is active") {
		return nil // a failed COMMIT has ended it
	}
	return err
}

// Close ends the connection with its temporary tables; an open transaction is
// rolled back.
func (c *Conn) Close() error { return c.sql.Close() }

// cause puts the context's error in front of what DuckDB said when it was
// interrupted.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		return fmt.Errorf("%w (%w)", context.Cause(ctx), err)
	}
	return err
}
