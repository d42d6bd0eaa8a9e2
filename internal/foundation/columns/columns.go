//go:build duckdb_arrow

// Package columns opens DuckDB: one instance per Open, with limits, which the
// caller may lock once it is set up, so that whatever SQL runs afterwards can
// reach neither files nor network nor settings. Rows go in and out as Arrow;
// a cancelled context interrupts the query that runs.
package columns

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// Options say where an instance lives and how much it may use.
type Options struct {
	Path        string // database file; "" = in memory
	TempDir     string // where large sorts and joins spill; made 0700; "" = no spilling
	MemoryLimit int64  // bytes; 0 = DuckDB's own default, 80 % of the machine
	Threads     int    // 0 = all cores
	ReadOnly    bool   // of a file that exists
}

// A DB is one DuckDB instance. It is safe for concurrent use; each query runs
// on a Conn of its own.
type DB struct {
	sql *sql.DB
}

// Open opens an instance with its limits set and extensions shut off. A file
// must be opened by one DB only, never attached or read by another (DuckDB
// drops the file's lock when the second handle closes).
func Open(ctx context.Context, o Options) (*DB, error) {
	dsn, err := o.dsn()
	if err != nil {
		return nil, err
	}
	connector, err := duckdb.NewConnector(dsn, nil)
	if err != nil {
		return nil, fmt.Errorf("open duckdb: %w", err)
	}
	db := &DB{sql: sql.OpenDB(connector)}
	// A connection that went back into a pool would keep its temporary tables.
	db.sql.SetMaxIdleConns(-1)
	if err := db.limit(ctx, o); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// dsn names the file for the driver, which splits it at "?" and reads it as a
// URL: a path that would not survive that is refused.
func (o Options) dsn() (string, error) {
	if o.Path == "" {
		return "", nil
	}
	if _, err := url.Parse(o.Path); err != nil || strings.ContainsAny(o.Path, "?#") {
		return "", fault.New(fault.Invalid, "columns.path", o.Path)
	}
	if o.ReadOnly {
		return o.Path + "?access_mode=READ_ONLY", nil
	}
	return o.Path, nil
}

// limit applies the limits and shuts what no room needs.
func (db *DB) limit(ctx context.Context, o Options) error {
	set := []string{
		"SET GLOBAL autoinstall_known_extensions = false",
		"SET GLOBAL autoload_known_extensions = false",
		"SET GLOBAL allow_community_extensions = false",
		// Instants are stored in UTC without a zone; nothing may depend on
		// where the machine stands.
		"SET GLOBAL TimeZone = 'UTC'",
		"SET GLOBAL temp_directory = " + QuoteText(o.TempDir),
		// Each thread would keep five row groups in memory before it writes
		// them into the file.
		"SET GLOBAL write_buffer_row_group_count = 1",
	}
	if o.TempDir != "" {
		if err := os.MkdirAll(o.TempDir, 0o700); err != nil {
			return fmt.Errorf("temporary folder: %w", err)
		}
		if err := os.Chmod(o.TempDir, 0o700); err != nil {
			return fmt.Errorf("temporary folder: %w", err)
		}
	}
	if o.MemoryLimit > 0 {
		set = append(set, fmt.Sprintf("SET GLOBAL memory_limit = '%dB'", o.MemoryLimit))
	}
	if o.Threads > 0 {
		set = append(set, fmt.Sprintf("SET GLOBAL threads = %d", o.Threads))
	}
	return db.each(ctx, set)
}

// Lock shuts the instance: no file, no network, no extension, no setting can
// be reached or changed any more, by any connection, until it is closed. The
// file that was opened and the temporary folder stay in use.
func (db *DB) Lock(ctx context.Context) error {
	return db.each(ctx, []string{
		"SET GLOBAL enable_external_access = false",
		"SET GLOBAL lock_configuration = true",
	})
}

func (db *DB) each(ctx context.Context, statements []string) error {
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, s := range statements {
		if _, err := c.Exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

// Conn opens a connection; the caller closes it. Temporary tables and views
// live as long as their connection.
func (db *DB) Conn(ctx context.Context) (*Conn, error) {
	sc, err := db.sql.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("duckdb connection: %w", err)
	}
	c := &Conn{sql: sc}
	err = sc.Raw(func(dc any) error {
		c.raw, err = handle(dc.(driver.Conn))
		return err
	})
	if err != nil {
		return nil, errors.Join(err, sc.Close())
	}
	return c, nil
}

// Close closes the instance. Connections must be closed before.
func (db *DB) Close() error { return db.sql.Close() }

// QuoteIdent writes a name as a quoted SQL identifier.
func QuoteIdent(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// QuoteText writes a text as an SQL literal.
func QuoteText(text string) string {
	return `'` + strings.ReplaceAll(text, `'`, `''`) + `'`
}
