// Package store holds the SQL engines: one control database for the whole
// installation and one home for each data set, on SQLite (a file each) or on
// PostgreSQL (a schema each in one database).
//
// A home is read and written through a DB. On both engines a home has one
// writer at a time and readers that see one unchanging state. Callers write SQL
// in the subset that both engines share: arguments $1, $2 in order of first use,
// our own ids, times as Stamp writes them (Tx.Now), NULLS LAST where it matters,
// full GROUP BY. What only one engine can do stays behind a method here.
//
//	s, err := store.Open(ctx, store.Config{Dir: dir})
//	db, release, err := s.Dataset(ctx, "co-so-y-te")
//	defer release()
//	err = db.Write(ctx, func(tx *store.Tx) error { … })
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store/bulk"
)

// The engines.
const (
	SQLite   = bulk.SQLite
	Postgres = bulk.Postgres
)

// Config says where the databases are.
type Config struct {
	Dir string // data folder; on PostgreSQL it may be empty
	URL string // "" = SQLite files in Dir; postgres://… = that database

	// Now is the clock, time.Now when nil.
	Now func() time.Time
	// HomeNow is the clock of the data sets' homes, Now when nil.
	HomeNow func() time.Time
	// Free says how many bytes a folder's file system has left, FreeBytes when nil.
	Free func(dir string) (int64, error)
}

// A Store is the open control database and the homes in use. It is safe for
// use by many goroutines.
type Store struct {
	cfg     Config
	home    Config // the same with the clock of homes
	engine  string
	control *DB
	pool    *sql.DB // PostgreSQL: connections of all homes
	homes   homes
	stop    chan struct{}
	done    sync.WaitGroup
}

// Open opens the control database, making and migrating it when needed. Homes
// are opened by Dataset.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Free == nil {
		cfg.Free = FreeBytes
	}
	s := &Store{cfg: cfg, home: cfg, stop: make(chan struct{})}
	if cfg.HomeNow != nil {
		s.home.Now = cfg.HomeNow
	}
	s.homes.open = map[string]*home{}
	s.homes.freed = make(chan struct{})
	var err error
	switch {
	case cfg.URL == "":
		s.engine = SQLite
		err = s.openSQLite(ctx)
	case strings.HasPrefix(cfg.URL, "postgres://"), strings.HasPrefix(cfg.URL, "postgresql://"):
		s.engine = Postgres
		err = s.openPostgres(ctx)
	default:
		return nil, fault.New(fault.Invalid, "store.bad-url")
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.done.Go(s.sweep)
	return s, nil
}

func (s *Store) openSQLite(ctx context.Context) error {
	if s.cfg.Dir == "" {
		return fault.New(fault.Invalid, "store.no-dir")
	}
	if err := bulk.Register(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(s.cfg.Dir, "data"), 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	db, err := openFile(ctx, &s.cfg, "control", filepath.Join(s.cfg.Dir, "control.db"))
	if err != nil {
		return err
	}
	s.control = db
	return migrateControl(ctx, SQLite, db.writer)
}

// Engine names the engine, SQLite or Postgres.
func (s *Store) Engine() string { return s.engine }

// Dir is the data folder.
func (s *Store) Dir() string { return s.cfg.Dir }

// Control is the control database.
func (s *Store) Control() *DB { return s.control }

// Close closes everything. Homes still in use are closed under their users, so
// it comes last.
func (s *Store) Close() error {
	select {
	case <-s.stop:
		return nil
	default:
		close(s.stop)
	}
	s.done.Wait()
	err := s.homes.closeAll()
	if s.control != nil {
		err = errors.Join(err, s.control.close())
	}
	if s.pool != nil {
		err = errors.Join(err, s.pool.Close())
	}
	return err
}

var datasetID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,59}$`)

// checkID keeps paths and schema names from being made of anything else.
func checkID(id string) error {
	if !datasetID.MatchString(id) {
		return fault.New(fault.Invalid, "dataset.bad-id", id)
	}
	return nil
}

func (s *Store) path(id string) string { return filepath.Join(s.cfg.Dir, "data", id+".db") }

func schemaOf(id string) string { return "ds_" + id }

// Exists reports whether a data set has a home.
func (s *Store) Exists(ctx context.Context, id string) (bool, error) {
	if err := checkID(id); err != nil {
		return false, err
	}
	if s.homes.has(id, s.engine) {
		return true, nil
	}
	if s.engine == Postgres {
		return schemaExists(ctx, s.pool, schemaOf(id))
	}
	_, err := os.Stat(s.path(id))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// List returns the ids of all data sets with a home, in order.
func (s *Store) List(ctx context.Context) ([]string, error) {
	if s.engine == Postgres {
		return listSchemas(ctx, s.pool)
	}
	entries, err := os.ReadDir(filepath.Join(s.cfg.Dir, "data"))
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), ".db"); ok && datasetID.MatchString(id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// Drop removes a data set's home with all its rows. It refuses while somebody
// uses it. A home that does not exist is no error.
func (s *Store) Drop(ctx context.Context, id string) error {
	if err := checkID(id); err != nil {
		return err
	}
	return s.homes.without(id, func() error {
		if s.engine == Postgres {
			_, err := s.pool.ExecContext(ctx, `DROP SCHEMA IF EXISTS `+Quote(schemaOf(id))+` CASCADE`)
			return translate(err, id)
		}
		// The main file goes last: while it is there, the home is.
		var err error
		for _, suffix := range []string{"-shm", "-wal", ""} {
			if e := os.Remove(s.path(id) + suffix); e != nil && !errors.Is(e, os.ErrNotExist) {
				err = errors.Join(err, e)
			}
		}
		return err
	})
}

// Quote writes a name as an identifier of both engines.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

const stampForm = "2006-01-02T15:04:05.000000Z"

// Stamp writes an instant as control tables hold it: UTC text of fixed width
// that sorts by time.
func Stamp(t time.Time) string { return t.UTC().Format(stampForm) }

// ParseStamp reads what Stamp wrote.
func ParseStamp(s string) (time.Time, error) { return time.Parse(stampForm, s) }
