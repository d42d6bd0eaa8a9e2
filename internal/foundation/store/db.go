package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/phohien/phohien/internal/foundation/crashpoint"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A DB is the control database or the home of one data set.
type DB struct {
	Engine string
	Name   string // data set id, or "control"

	cfg    *Config
	writer *sql.DB // SQLite: one connection
	reader *sql.DB
	turn   chan struct{} // who holds it may write; waiting costs no connection

	// commits is counted up after each commit: before it, somebody might keep the
	// state before under the number of the state after.
	commits atomic.Int64

	path   string  // SQLite: the file
	keeper *sql.DB // SQLite: the connection for checkpoints, which never waits
	keep   sync.Mutex
	tasks  sync.WaitGroup

	schema string // PostgreSQL
}

// A Tx is one transaction. It embeds the transaction of database/sql; Conn is
// the connection it runs on, for package bulk, and must not be used after the
// transaction has ended.
type Tx struct {
	*sql.Tx
	Conn   *sql.Conn
	Engine string
	Now    string    // start of the transaction as Stamp writes it, ready for a query
	Time   time.Time // the same instant

	after []func()
}

// OnCommit adds a call to be made right after a successful commit, before Write
// returns.
func (tx *Tx) OnCommit(f func()) { tx.after = append(tx.after, f) }

// Write runs fn in a transaction that excludes all other writers of this
// database and commits when fn returns nil and ctx still holds. Until then a
// cancelled ctx, an error or a panic leaves nothing behind. Waiting for the turn
// ends with ctx.
//
// fn must return the errors of its statements: after some of them the engine
// has rolled back by itself.
func (d *DB) Write(ctx context.Context, fn func(tx *Tx) error) error {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	// The transaction itself does not follow ctx: database/sql would roll back
	// behind fn's back, and what fn then writes over Conn would stand alone.
	tx, end, err := d.begin(ctx, d.writer, nil)
	if err != nil {
		return translate(err, d.Name)
	}
	defer end()
	if err := d.enterWriter(ctx, tx); err != nil {
		return translate(err, d.Name)
	}
	err = fn(tx)
	if fault.Is(translate(err, d.Name), "store.disk-full") {
		end()
		d.giveBack()
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		// What a called-off statement says about itself is of no use to anybody.
		return errors.Join(cause, err)
	}
	if err != nil {
		return translate(err, d.Name)
	}
	err = tx.Commit()
	d.commits.Add(1)
	if err := translate(err, d.Name); err != nil {
		if fault.Is(err, "store.disk-full") {
			end()
			d.giveBack()
		}
		return err
	}
	for _, f := range tx.after {
		f()
	}
	d.checkpointWhenLarge()
	return nil
}

// Commits counts the transactions that have been committed, for who keeps what
// was read: it is as it was while the count, taken before reading, is the same.
// ok is false where other processes may write too.
func (d *DB) Commits() (n int64, ok bool) { return d.commits.Load(), d.Engine != Postgres }

// Read runs fn on one unchanging state of the database.
func (d *DB) Read(ctx context.Context, fn func(tx *Tx) error) error {
	tx, end, err := d.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer end()
	return translate(fn(tx), d.Name)
}

// Snapshot begins a read that lasts until end is called, for readers that hand
// out rows as they go. It must be short: on SQLite it keeps the log from being
// emptied.
func (d *DB) Snapshot(ctx context.Context) (tx *Tx, end func(), err error) {
	var opts *sql.TxOptions
	if d.Engine == Postgres {
		opts = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	tx, end, err = d.begin(ctx, d.reader, opts)
	if err != nil {
		return nil, nil, translate(err, d.Name)
	}
	// Both engines take the snapshot at the first question.
	var ignored string
	if d.Engine == Postgres {
		err = tx.QueryRowContext(ctx, `SELECT set_config('search_path', $1, true)`, Quote(d.schema)).Scan(&ignored)
	} else {
		err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sqlite_master)`).Scan(&ignored)
	}
	if err != nil {
		end()
		return nil, nil, translate(err, d.Name)
	}
	return tx, end, nil
}

// begin opens a transaction on a connection of its own; end rolls back what was
// not committed and gives the connection back. end may be called twice.
func (d *DB) begin(ctx context.Context, pool *sql.DB, opts *sql.TxOptions) (*Tx, func(), error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, nil, err
	}
	inner, err := conn.BeginTx(context.WithoutCancel(ctx), opts)
	if err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	now := d.Now()
	tx := &Tx{Tx: inner, Conn: conn, Engine: d.Engine, Now: Stamp(now), Time: now}
	end := func() {
		// A rollback after the commit says ErrTxDone; one that fails drops the
		// connection, and the engine rolls back. Neither is news.
		_ = inner.Rollback()
		_ = conn.Close()
	}
	return tx, end, nil
}

// enterWriter finishes the start of a writing transaction. SQLite has locked
// the file with BEGIN IMMEDIATE already.
func (d *DB) enterWriter(ctx context.Context, tx *Tx) error {
	if d.Engine != Postgres {
		return nil
	}
	_, err := tx.ExecContext(ctx, `SELECT set_config('search_path', $1, true), pg_advisory_xact_lock(hashtextextended($2, 0))`,
		Quote(d.schema), "phohien/"+d.schema)
	return err
}

// Now is the store's clock, in UTC and whole microseconds.
func (d *DB) Now() time.Time { return d.cfg.Now().UTC().Truncate(time.Microsecond) }

// CheckSpace refuses, before a big transaction starts, when the disk cannot
// hold it: SQLite writes need bytes into its log and then once more into the
// file. A PostgreSQL server knows its own disk.
func (d *DB) CheckSpace(need int64) error {
	if d.Engine == Postgres {
		return nil
	}
	free, err := d.cfg.Free(d.cfg.Dir)
	if err != nil {
		return fmt.Errorf("free space: %w", err)
	}
	if want := 2*need + spareBytes; free < want {
		return fault.New(fault.Unavailable, "store.no-space", d.Name, want, free)
	}
	return nil
}

// spareBytes stay free for everything else on the disk.
const spareBytes = 16 << 20

// checkpointBytes is the size of SQLite's log from which it is emptied into the
// file after a commit.
const checkpointBytes = 8 << 20

// checkpointWhenLarge empties a grown log behind the caller's back: the commit
// it follows is durable already.
func (d *DB) checkpointWhenLarge() {
	if d.Engine != SQLite {
		return
	}
	if info, err := os.Stat(d.path + "-wal"); err != nil || info.Size() < checkpointBytes {
		return
	}
	if !d.keep.TryLock() {
		return // one is running
	}
	d.tasks.Go(func() {
		defer d.keep.Unlock()
		// Failing leaves the log as it was; the next commit tries again, and
		// closing the file empties it too.
		_ = d.checkpoint(context.Background())
	})
}

// Checkpoint empties SQLite's log into the file and cuts it to nothing, unless
// a reader still needs it.
func (d *DB) Checkpoint(ctx context.Context) error {
	if d.Engine != SQLite {
		return nil
	}
	d.keep.Lock()
	defer d.keep.Unlock()
	return translate(d.checkpoint(ctx), d.Name)
}

// giveBack cuts the log after a write that filled the disk: SQLite leaves what
// was rolled back lying in it, and everybody else would find the disk full.
func (d *DB) giveBack() {
	if d.Engine != SQLite {
		return
	}
	d.keep.Lock()
	defer d.keep.Unlock()
	// Failing leaves the log as it was, and the disk as full as it was.
	_ = d.checkpoint(context.Background())
}

// checkpoint copies first, which hinders nobody, and then cuts, which needs a
// moment without writers; it does not wait for that moment.
func (d *DB) checkpoint(ctx context.Context) error {
	if _, err := d.keeper.ExecContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`); err != nil {
		return err
	}
	crashpoint.Hit(crashpoint.MidCheckpoint)
	_, err := d.keeper.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
	return err
}

// close waits for checkpoints and closes the connections that are this
// database's own.
func (d *DB) close() error {
	d.tasks.Wait()
	if d.Engine != SQLite {
		return nil
	}
	return errors.Join(d.keeper.Close(), d.reader.Close(), d.writer.Close())
}
