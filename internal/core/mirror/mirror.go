// Package mirror keeps a columnar copy of the truth for scans and questions:
// one DuckDB instance per process, derived and disposable.
//
// Every object of a contract has four things here: m."<address>", its current
// rows as the truth stores them; h."<address>", its closed versions; k."<address>",
// the keys of the records that are held; and the view main."<address>", which
// shows people the contract's columns and _seq.
// Values of sealed columns are sealed here too, as in the truth.
// m._tables says which batch each table has reached and is written in the same
// transaction as the rows, so a table is never half way between two batches.
//
// The truth commits first. A table found ahead of it, of another shape or in a
// file that cannot be read is dropped and made again; nothing is lost, because
// nothing here is the only copy. Nothing is rebuilt at start: a table comes up
// when it is first asked for.
package mirror

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// format is the layout of the file; another number in it means: made by
// another version, make it again.
const format = 3

// A Mirror is the process's one columnar copy.
type Mirror struct {
	options columns.Options
	truth   *record.Truth

	mu      sync.Mutex
	turns   map[string]chan struct{} // by address: who writes its tables now
	now     *generation
	retired []*generation
	lent    map[*columns.Conn]*generation

	renewing sync.Mutex
}

// Open opens the mirror's file, or makes it. A file that cannot be used
// (damaged, of another version) is deleted: its tables come back from the
// truth when they are asked for.
func Open(ctx context.Context, o columns.Options, t *record.Truth) (*Mirror, error) {
	if err := latest(o.Path); err != nil {
		return nil, fmt.Errorf("open mirror: %w", err)
	}
	db, err := prepare(ctx, o)
	if err != nil && o.Path != "" && replaceable(err) {
		slog.WarnContext(ctx, "mirror file cannot be used and is made again", "file", o.Path, "err", err)
		if err := remove(o.Path); err != nil {
			return nil, err
		}
		db, err = prepare(ctx, o)
	}
	if err != nil {
		return nil, fmt.Errorf("open mirror: %w", err)
	}
	return &Mirror{
		options: o, truth: t, turns: map[string]chan struct{}{},
		now: &generation{db: db, path: o.Path}, lent: map[*columns.Conn]*generation{},
	}, nil
}

// prepare opens the file, brings it to this version's layout and locks it.
func prepare(ctx context.Context, o columns.Options) (*columns.DB, error) {
	db, err := columns.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(layout(ctx, db), db.Lock(ctx)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func layout(ctx context.Context, db *columns.DB) error {
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Exec(ctx, fmt.Sprintf(`
		CREATE SCHEMA IF NOT EXISTS m;
		CREATE SCHEMA IF NOT EXISTS h;
		CREATE SCHEMA IF NOT EXISTS k;
		CREATE TABLE IF NOT EXISTS m._format AS SELECT %d AS number;
		CREATE TABLE IF NOT EXISTS m._tables (address VARCHAR, seq BIGINT, contract VARCHAR, shape VARCHAR)`, format))
	if err != nil {
		return err
	}
	var have int
	if err := c.Row(ctx, "SELECT number FROM m._format").Scan(&have); err != nil {
		return err
	}
	if have != format {
		return fmt.Errorf("mirror file has layout %d, this program %d", have, format)
	}
	return nil
}

// replaceable reports whether deleting the file mends the error: not when
// another process holds it, when it was called off or when the path is wrong.
func replaceable(err error) bool {
	return !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) &&
		!errors.Is(err, os.ErrPermission) && fault.Of(err) == nil &&
		!strings.Contains(err.Error(), "Could not set lock") &&
		!strings.Contains(err.Error(), "Permission denied") &&
		!strings.Contains(err.Error(), "No such file or directory")
}

func remove(path string) error {
	for _, p := range []string{path, path + ".wal"} {
		if err := os.Remove(p); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Close closes the mirror. Readers and steps must have been released.
func (m *Mirror) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.now.db.Close()
	for _, g := range m.retired {
		err = errors.Join(err, g.db.Close(), remove(g.path))
	}
	return err
}

// A state is what m._tables says of one address.
type state struct {
	seq   int64
	shape string
}

// standing reads where a table stands in the connection's snapshot; ok is
// false when there is none.
func standing(ctx context.Context, c *columns.Conn, address string) (s state, ok bool, err error) {
	err = c.Row(ctx, "SELECT seq, shape FROM m._tables WHERE address = $1", address).Scan(&s.seq, &s.shape)
	if errors.Is(err, sql.ErrNoRows) {
		return s, false, nil
	}
	return s, err == nil, err
}

// stand records, in the open transaction, that a table has reached seq.
func stand(ctx context.Context, c *columns.Conn, obj *contract.Object, seq int64) error {
	if _, err := c.Exec(ctx, "DELETE FROM m._tables WHERE address = $1", obj.Dataset); err != nil {
		return err
	}
	_, err := c.Exec(ctx, "INSERT INTO m._tables VALUES ($1, $2, $3, $4)", obj.Dataset, seq, obj.Contract, shape(obj))
	return err
}

// Seq returns the batch that the table of an address has reached; ok is false
// when it has no table yet.
func (m *Mirror) Seq(ctx context.Context, address string) (seq int64, ok bool, err error) {
	c, err := m.conn(ctx)
	if err != nil {
		return 0, false, err
	}
	defer func() { _ = m.give(c) }() // only read
	s, ok, err := standing(ctx, c, address)
	return s.seq, ok, err
}

// Has reports whether an address has a table: small sets get one only when
// they are first scanned.
func (m *Mirror) Has(ctx context.Context, address string) (bool, error) {
	_, ok, err := m.Seq(ctx, address)
	return ok, err
}

// Drop removes an address with its history; a set that was removed leaves
// nothing here.
func (m *Mirror) Drop(ctx context.Context, address string) error {
	leave, err := m.enter(ctx, address)
	if err != nil {
		return err
	}
	defer leave()
	c, err := m.conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = m.give(c) }() // what is open is rolled back
	if err := c.Begin(ctx); err != nil {
		return err
	}
	if err := drop(ctx, c, address); err != nil {
		return errors.Join(err, c.Rollback())
	}
	return c.Commit(ctx)
}

// enter waits for the turn to write an address's tables: one writer at a time,
// readers go on in their own snapshots.
func (m *Mirror) enter(ctx context.Context, address string) (leave func(), err error) {
	m.mu.Lock()
	turn, ok := m.turns[address]
	if !ok {
		turn = make(chan struct{}, 1)
		m.turns[address] = turn
	}
	m.mu.Unlock()
	select {
	case turn <- struct{}{}:
		var once sync.Once
		return func() { once.Do(func() { <-turn }) }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// shape names the table that an object needs: fields, types, key and columns of
// words.
func shape(obj *contract.Object) string {
	h := sha256.New()
	for _, f := range obj.StoredFields() {
		fmt.Fprintf(h, "%q %d %d %d\n", f.Name, f.Kind, f.Precision, f.Scale)
		if f.Sealed {
			fmt.Fprintln(h, "sealed")
		}
	}
	for _, f := range obj.KeyFields() {
		fmt.Fprintf(h, "key %q\n", f.Name)
	}
	for _, w := range spokenOf(obj) {
		fmt.Fprintf(h, "words %q\n", w.value.Name)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
