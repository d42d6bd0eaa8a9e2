// Package storetest runs one test on every SQL engine, each with a fresh
// database. An engine that is missing fails the test: a promise that was not
// tried is not kept.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/phohien/phohien/internal/foundation/store"
)

// Each runs f as subtests "sqlite" and "postgres".
func Each(t *testing.T, f func(t *testing.T, s *store.Store)) {
	t.Helper()
	EachConfig(t, func(t *testing.T, cfg store.Config) { f(t, Open(t, cfg)) })
}

// EachConfig is Each for tests that open, close and open again.
func EachConfig(t *testing.T, f func(t *testing.T, cfg store.Config)) {
	t.Helper()
	t.Run(store.SQLite, func(t *testing.T) { f(t, SQLite(t)) })
	t.Run(store.Postgres, func(t *testing.T) { f(t, Postgres(t)) })
}

// Open opens a store and closes it when the test ends.
func Open(t testing.TB, cfg store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing the store: %v", err)
		}
	})
	return s
}

// SQLite returns a store of its own in a new folder.
func SQLite(t testing.TB) store.Config {
	t.Helper()
	return store.Config{Dir: t.TempDir()}
}

// Postgres returns a store of its own in a new database of the server named by
// PHOHIEN_TEST_POSTGRES.
func Postgres(t testing.TB) store.Config {
	t.Helper()
	server := os.Getenv("PHOHIEN_TEST_POSTGRES")
	if server == "" {
		t.Fatal("PHOHIEN_TEST_POSTGRES is not set: every store test runs on PostgreSQL too.\n" +
			"Run it as: tools/with-postgres go test …")
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	name := "t_" + strings.ToLower(rand.Text())
	if _, err := admin.Exec(`CREATE DATABASE ` + store.Quote(name) + ` TEMPLATE template0 ENCODING 'UTF8'`); err != nil {
		t.Fatalf("a database for the test: %v", err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec(`DROP DATABASE ` + store.Quote(name) + ` WITH (FORCE)`); err != nil {
			t.Errorf("dropping the test's database: %v", err)
		}
		if err := admin.Close(); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return store.Config{Dir: t.TempDir(), URL: u.String()}
}
