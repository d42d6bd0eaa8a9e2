package store

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"strconv"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"
)

// openFile opens one SQLite file, making it when it is not there.
//
// synchronous=FULL makes a commit durable in WAL mode; the log is emptied by
// checkpointWhenLarge instead of inside somebody's commit; secure_delete writes
// zeros over what is removed, so that erased values are gone from the file.
func openFile(ctx context.Context, cfg *Config, name, path string) (*DB, error) {
	d := &DB{Engine: SQLite, Name: name, cfg: cfg, path: path, turn: make(chan struct{}, 1)}
	var err error
	for _, part := range []struct {
		into  **sql.DB
		conns int
		query string
	}{
		// The writer is first: it makes the file and sets its journal mode.
		{&d.writer, 1, "_txlock=immediate&_busy_timeout=10000&_cache_size=-16384"},
		// Statements that are asked again and again are not made again.
		{&d.reader, 16, "_txlock=deferred&_busy_timeout=10000&_query_only=1&_cache_size=-4096&_stmt_cache_size=32"},
		{&d.keeper, 1, "_busy_timeout=0"},
	} {
		*part.into, err = sql.Open("sqlite3", dsn(path, part.query))
		if err != nil {
			return nil, errors.Join(err, d.closeOpened())
		}
		(*part.into).SetMaxOpenConns(part.conns)
		// Opening a connection takes longer than most reads do. Those that nobody
		// has used for a while are closed.
		(*part.into).SetMaxIdleConns(part.conns)
		(*part.into).SetConnMaxIdleTime(idleTime)
	}
	// The file is made private before SQLite opens it: it may hold personal data.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, errors.Join(err, d.closeOpened())
	}
	if err := f.Close(); err != nil {
		return nil, errors.Join(err, d.closeOpened())
	}
	for _, pragma := range []string{`PRAGMA wal_autocheckpoint = 0`, `PRAGMA soft_heap_limit = ` + strconv.Itoa(pageCaches)} {
		if _, err := d.writer.ExecContext(ctx, pragma); err != nil {
			return nil, errors.Join(translate(err, name), d.closeOpened())
		}
	}
	return d, nil
}

// pageCaches is how many bytes the page caches of all connections of the process
// hold together, about: each fills its own as its file grows, and there are
// seventeen to a file. Beyond it a cache takes in a page for one that it gives up.
const pageCaches = 64 << 20

const idleTime = 20 * time.Second

func (d *DB) closeOpened() error {
	var err error
	for _, db := range []*sql.DB{d.keeper, d.reader, d.writer} {
		if db != nil {
			err = errors.Join(err, db.Close())
		}
	}
	return err
}

// dsn escapes the path: a folder may be called "dữ liệu?".
func dsn(path, query string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	u.RawQuery = "_journal_mode=WAL&_synchronous=FULL&_foreign_keys=on&_secure_delete=on&" + query
	return u.String()
}
