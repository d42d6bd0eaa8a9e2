package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// controlSchema holds the control tables, beside the schemas ds_<id>.
const controlSchema = "phohien"

// poolSize leaves room under PostgreSQL's default of 100 connections.
const poolSize = 48

func (s *Store) openPostgres(ctx context.Context) error {
	cfg, err := pgx.ParseConfig(s.cfg.URL)
	if err != nil {
		// The cause would show the address with its password.
		return fault.New(fault.Invalid, "store.bad-url")
	}
	// pgx would cache plans by the text of the query, which is the same for
	// every data set: only the search path differs.
	cfg.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec
	s.pool = stdlib.OpenDB(*cfg)
	s.pool.SetMaxOpenConns(poolSize)
	s.pool.SetMaxIdleConns(8)
	if err := checkServer(ctx, s.pool); err != nil {
		return err
	}
	if err := makeSchema(ctx, s.pool, controlSchema); err != nil {
		return err
	}
	s.control = s.schemaDB("control", controlSchema)
	return s.migratePostgres(ctx, cfg)
}

// migratePostgres runs the migrations over a connection of its own whose search
// path is the control schema. An advisory lock keeps two starting nodes apart.
func (s *Store) migratePostgres(ctx context.Context, cfg *pgx.ConnConfig) (err error) {
	lock, err := s.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if _, err := lock.ExecContext(ctx, `SELECT pg_advisory_lock(hashtextextended('phohien/migrate', 0))`); err != nil {
		return err
	}
	defer func() {
		_, e := lock.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock(hashtextextended('phohien/migrate', 0))`)
		err = errors.Join(err, e)
	}()
	own := cfg.Copy()
	own.RuntimeParams["search_path"] = controlSchema
	db := stdlib.OpenDB(*own)
	defer func() { err = errors.Join(err, db.Close()) }()
	return migrateControl(ctx, Postgres, db)
}

// checkServer refuses a database that would cut or change text.
func checkServer(ctx context.Context, db *sql.DB) error {
	var encoding string
	if err := db.QueryRowContext(ctx, `SELECT current_setting('server_encoding')`).Scan(&encoding); err != nil {
		return fault.New(fault.Unavailable, "store.unreachable").Because(err)
	}
	if encoding != "UTF8" {
		return fault.New(fault.Invalid, "store.encoding", encoding)
	}
	return nil
}

func (s *Store) schemaDB(name, schema string) *DB {
	return &DB{
		Engine: Postgres, Name: name, cfg: &s.cfg, schema: schema,
		writer: s.pool, reader: s.pool, turn: make(chan struct{}, 1),
	}
}

// schemaHome makes the schema of a data set.
func (s *Store) schemaHome(ctx context.Context, id string) (*DB, error) {
	schema := schemaOf(id)
	if err := makeSchema(ctx, s.pool, schema); err != nil {
		return nil, translate(err, id)
	}
	db := s.schemaDB(id, schema)
	db.cfg = &s.home
	return db, nil
}

// makeSchema makes a schema unless it is there. IF NOT EXISTS alone fails when
// two do it at once.
func makeSchema(ctx context.Context, db *sql.DB, schema string) error {
	there, err := schemaExists(ctx, db, schema)
	if err != nil || there {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // ErrTxDone after the commit
	if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, "phohien/"+schema); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `CREATE SCHEMA IF NOT EXISTS `+Quote(schema)); err != nil {
		return fmt.Errorf("schema %s: %w", schema, err)
	}
	return tx.Commit()
}

func schemaExists(ctx context.Context, db *sql.DB, schema string) (there bool, err error) {
	err = db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)`, schema).Scan(&there)
	return there, translate(err, schema)
}

func listSchemas(ctx context.Context, db *sql.DB) (ids []string, err error) {
	rows, err := db.QueryContext(ctx, `SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'ds\_%' ORDER BY nspname::text COLLATE "C"`)
	if err != nil {
		return nil, translate(err, "control")
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var schema string
		if err := rows.Scan(&schema); err != nil {
			return nil, err
		}
		if id := strings.TrimPrefix(schema, "ds_"); datasetID.MatchString(id) {
			ids = append(ids, id)
		}
	}
	return ids, rows.Err()
}
