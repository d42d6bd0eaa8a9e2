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
	"os"
	"strings"
	"sync/atomic"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/phohien/phohien/internal/foundation/heap"
)

// latePage is up to how many rows a page of an order is read in two steps. Ten
// million rows of which a tenth fits: 0.13 s instead of 0.3.
const latePage = 1001

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
	sql    *sql.DB
	file   atomic.Bool // a file is attached
	memory int64       // as Options said
	usual  string      // the limit of memory when no lower one is set, as DuckDB writes it
}

// Open opens an instance with its limits set and extensions shut off. A file
// must be opened by one DB only, never attached or read by another (DuckDB
// drops the file's lock when the second handle closes).
func Open(ctx context.Context, o Options) (*DB, error) {
	db := &DB{memory: o.MemoryLimit}
	connector, err := duckdb.NewConnector("", db.use)
	if err != nil {
		return nil, fmt.Errorf("open duckdb: %w", err)
	}
	db.sql = sql.OpenDB(connector)
	// A connection that went back into a pool would keep its temporary tables.
	db.sql.SetMaxIdleConns(-1)
	if err := db.limit(ctx, o); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if o.Path == "" {
		return db, nil
	}
	if err := db.each(ctx, []string{o.attach()}); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	db.file.Store(true)
	return db, nil
}

// attach writes the statement that opens the file: beside an instance in memory,
// since only so can it be told how long its row groups are.
func (o Options) attach() string {
	how := fmt.Sprintf("TYPE duckdb, ROW_GROUP_SIZE %d", RowGroup)
	if o.ReadOnly {
		how += ", READ_ONLY"
	}
	return "ATTACH " + QuoteText(o.Path) + " AS store (" + how + ")"
}

// use makes the file what a new connection's names are looked up in.
func (db *DB) use(c driver.ExecerContext) error {
	if !db.file.Load() {
		return nil
	}
	_, err := c.ExecContext(context.Background(), "USE store", nil)
	return err
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
		// The first rows of an order are found by what orders them, and the other
		// fields read for those alone: of fifty rows by default, and a page of them
		// asks for one more.
		fmt.Sprintf("SET GLOBAL late_materialization_max_rows = %d", latePage),
		fmt.Sprintf("SET GLOBAL dynamic_or_filter_threshold = %d", latePage),
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
		db.usual = inBytes(o.MemoryLimit)
		set = append(set, "SET GLOBAL memory_limit = "+QuoteText(db.usual))
	}
	if o.Threads > 0 {
		set = append(set, fmt.Sprintf("SET GLOBAL threads = %d", o.Threads))
	}
	if err := db.each(ctx, set); err != nil || db.usual != "" {
		return err
	}
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Row(ctx, "SELECT current_setting('memory_limit')").Scan(&db.usual)
}

// Lock shuts the instance: no file, no network, no extension, no setting but the
// limit of memory can be reached or changed any more, by any connection, until
// it is closed. The file that was opened and the temporary folder stay in use.
func (db *DB) Lock(ctx context.Context) error {
	return db.each(ctx, []string{
		"SET GLOBAL allowed_configs = ['memory_limit']", // see Limit
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
	c := &Conn{sql: sc, file: db.file.Load()}
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
func (db *DB) Close() error {
	defer heap.Trim() // after db is closed
	return db.sql.Close()
}

// QuoteIdent writes a name as a quoted SQL identifier.
func QuoteIdent(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// QuoteText writes a text as an SQL literal.
func QuoteText(text string) string {
	return `'` + strings.ReplaceAll(text, `'`, `''`) + `'`
}
