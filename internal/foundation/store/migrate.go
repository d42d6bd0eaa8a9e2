package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/pressly/goose/v3"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// Migrations of the control database. Each room owns a range of numbers and
// adds its files here: 0001–0009 store, 0010–0019 contract, dictionary and
// pack, 0020–0029 corridor, 0030–0039 score. They are written in the SQL that
// both engines share and are never changed once released.
//
//go:embed migrations/*.sql
var migrations embed.FS

func migrateControl(ctx context.Context, engine string, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	dialect := goose.DialectSQLite3
	if engine == Postgres {
		dialect = goose.DialectPostgres
	}
	// Rooms grow side by side, so a lower number may come later than a higher.
	p, err := goose.NewProvider(dialect, db, files, goose.WithAllowOutofOrder(true), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrations of the control database: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return translate(fmt.Errorf("migrating the control database: %w", err), "control")
	}
	return nil
}

// A Step brings the home of a data set one version further. Released steps
// never change; new ones are added at the end.
type Step func(ctx context.Context, tx *Tx) error

// SetHome names the steps that every home goes through when it is opened. It is
// called once, before the first Dataset, by the room that owns the tables in it.
func (s *Store) SetHome(steps ...Step) {
	s.homes.mu.Lock()
	defer s.homes.mu.Unlock()
	s.homes.steps = steps
}

// migrateHome runs the steps that a home has not had.
func (s *Store) migrateHome(ctx context.Context, h *home) error {
	s.homes.mu.Lock()
	steps, have := s.homes.steps, h.steps
	s.homes.mu.Unlock()
	if have == len(steps) {
		return nil
	}
	version, err := h.db.version(ctx)
	if err != nil {
		return err
	}
	switch {
	case version > len(steps):
		return fault.New(fault.Conflict, "store.newer-file", h.db.Name)
	case version < len(steps):
		err = h.db.Write(ctx, func(tx *Tx) error { return upgrade(ctx, tx, steps) })
	}
	if err != nil {
		return err
	}
	s.homes.mu.Lock()
	h.steps = len(steps)
	s.homes.mu.Unlock()
	return nil
}

// upgrade asks for the version again: another writer may have been faster.
func upgrade(ctx context.Context, tx *Tx, steps []Step) error {
	version, err := versionIn(ctx, tx)
	if err != nil {
		return err
	}
	for i := version; i < len(steps); i++ {
		if err := steps[i](ctx, tx); err != nil {
			return fmt.Errorf("home step %d: %w", i+1, err)
		}
	}
	if tx.Engine == SQLite {
		_, err = tx.ExecContext(ctx, `PRAGMA user_version = `+strconv.Itoa(len(steps)))
		return err
	}
	_, err = tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS _meta (name text PRIMARY KEY, value text NOT NULL)`)
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO _meta (name, value) VALUES ('version', $1)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value`, strconv.Itoa(len(steps)))
	}
	return err
}

// version is the number of steps that the home has had.
func (d *DB) version(ctx context.Context) (n int, err error) {
	err = d.Read(ctx, func(tx *Tx) error {
		n, err = versionIn(ctx, tx)
		return err
	})
	return n, err
}

func versionIn(ctx context.Context, tx *Tx) (n int, err error) {
	if tx.Engine == SQLite {
		err = tx.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&n)
		return n, err
	}
	var made bool
	if err := tx.QueryRowContext(ctx, `SELECT to_regclass('_meta') IS NOT NULL`).Scan(&made); err != nil || !made {
		return 0, err
	}
	var text string
	if err := tx.QueryRowContext(ctx, `SELECT value FROM _meta WHERE name = 'version'`).Scan(&text); err != nil {
		return 0, err
	}
	return strconv.Atoi(text)
}
