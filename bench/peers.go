package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/duckdb/duckdb-go/v2"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// duckdbReads times DuckDB reading a file into a typed table in memory, with
// its own threads.
func (b *bench) duckdbReads(file string) (took time.Duration, err error) {
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return 0, err
	}
	db := sql.OpenDB(connector)
	defer func() { err = firstError(err, db.Close()) }()
	start := time.Now()
	_, err = db.ExecContext(b.ctx, "CREATE TABLE t AS SELECT * FROM read_csv('"+file+"', header = true, columns = "+duckColumns+")")
	return time.Since(start), err
}

// sqliteImports times the sqlite3 shell, with its default settings but for the
// journal and synchronous setting that ours has.
func (b *bench) sqliteImports(file string) (took time.Duration, err error) {
	dir, err := os.MkdirTemp(b.dir, "peer-")
	if err != nil {
		return 0, err
	}
	defer func() { err = firstError(err, os.RemoveAll(dir)) }()
	db := filepath.Join(dir, "t.db")
	if out, err := exec.CommandContext(b.ctx, "sqlite3", db, "PRAGMA journal_mode=WAL; "+sqliteTable).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%w: %s", err, out)
	}
	cmd := exec.CommandContext(b.ctx, "sqlite3", db, "PRAGMA synchronous=FULL;", ".mode csv", ".import --skip 1 "+file+" t")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	start := time.Now()
	err = cmd.Run()
	took = time.Since(start)
	if errs.Len() > 0 {
		err = errors.Join(err, errors.New(errs.String()))
	}
	return took, err
}

// postgresURL names the server to measure on; tools/with-postgres starts one.
func postgresURL() (string, error) {
	u := os.Getenv("PHOHIEN_TEST_POSTGRES")
	if u == "" {
		return "", errors.New("PHOHIEN_TEST_POSTGRES is not set: run `make bench`")
	}
	return u, nil
}

// database makes an empty database on the server.
func (b *bench) database() (address string, drop func() error, err error) {
	base, err := postgresURL()
	if err != nil {
		return "", nil, err
	}
	db, err := sql.Open("pgx", base)
	if err != nil {
		return "", nil, err
	}
	var r [8]byte
	_, _ = rand.Read(r[:]) // never fails
	name := "bench_" + hex.EncodeToString(r[:])
	if _, err := db.ExecContext(b.ctx, `CREATE DATABASE "`+name+`"`); err != nil {
		return "", nil, errors.Join(err, db.Close())
	}
	u, err := url.Parse(base)
	if err != nil {
		return "", nil, errors.Join(err, db.Close())
	}
	u.Path = "/" + name
	return u.String(), func() error {
		_, err := db.ExecContext(context.Background(), `DROP DATABASE "`+name+`" WITH (FORCE)`)
		return errors.Join(err, db.Close())
	}, nil
}

// postgresCopies times psql's \copy into a table with the same key.
func (b *bench) postgresCopies(file string) (took time.Duration, err error) {
	address, drop, err := b.database()
	if err != nil {
		return 0, err
	}
	defer func() { err = firstError(err, drop()) }()
	if out, err := exec.CommandContext(b.ctx, "psql", "-q", address, "-c", postgresTable).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%w: %s", err, out)
	}
	start := time.Now()
	out, err := exec.CommandContext(b.ctx, "psql", "-q", address, "-c", `\copy t FROM '`+file+`' WITH (FORMAT csv, HEADER)`).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, out)
	}
	return time.Since(start), nil
}
