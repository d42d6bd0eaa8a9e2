package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// notes is the one step that homes have in these tests.
func notes(ctx context.Context, tx *store.Tx) error {
	_, err := tx.ExecContext(ctx, `CREATE TABLE notes (id BIGINT PRIMARY KEY, body TEXT NOT NULL)`)
	return err
}

func home(t *testing.T, s *store.Store, id string) *store.DB {
	t.Helper()
	db, release, err := s.Dataset(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	return db
}

func add(id int, body string) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO notes (id, body) VALUES ($1, $2)`, id, body)
		return err
	}
}

func count(t testing.TB, db *store.DB) (n int) {
	t.Helper()
	if err := db.Read(context.Background(), func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM notes`).Scan(&n)
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestHomesAreApartAndLast(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		cfg.Dir = filepath.Join(cfg.Dir, "dữ liệu? 100%")
		s := storetest.Open(t, cfg)
		s.SetHome(notes)
		for _, id := range []string{"b", "a"} {
			if there, err := s.Exists(t.Context(), id); there || err != nil {
				t.Fatalf("%s exists: %v, %v", id, there, err)
			}
			if err := home(t, s, id).Write(t.Context(), add(1, "của "+id)); err != nil {
				t.Fatal(err)
			}
		}
		if ids, err := s.List(t.Context()); err != nil || strings.Join(ids, " ") != "a b" {
			t.Errorf("list %v, %v", ids, err)
		}
		for _, bad := range []string{"", "A", "a b", "../a", "a/b", "-a", strings.Repeat("a", 61)} {
			if _, _, err := s.Dataset(t.Context(), bad); !fault.Is(err, "dataset.bad-id") {
				t.Errorf("id %q: %v", bad, err)
			}
		}

		again := storetest.Open(t, cfg)
		again.SetHome(notes, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `ALTER TABLE notes ADD COLUMN more TEXT`)
			return err
		})
		var body string
		if err := home(t, again, "a").Read(t.Context(), func(tx *store.Tx) error {
			return tx.QueryRow(`SELECT body FROM notes WHERE more IS NULL`).Scan(&body)
		}); err != nil || body != "của a" {
			t.Errorf("reopened: %q, %v", body, err)
		}
		older := storetest.Open(t, cfg)
		older.SetHome(notes)
		if _, _, err := older.Dataset(t.Context(), "a"); !fault.Is(err, "store.newer-file") {
			t.Errorf("a home of a newer program: %v", err)
		}
	})
}

func TestWriteIsAllOrNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		s.SetHome(notes)
		db := home(t, s, "a")
		wrong := errors.New("wrong")
		if err := db.Write(t.Context(), func(tx *store.Tx) error { return errors.Join(add(1, "x")(tx), wrong) }); !errors.Is(err, wrong) {
			t.Errorf("error of the caller: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		committed := false
		err := db.Write(ctx, func(tx *store.Tx) error {
			tx.OnCommit(func() { committed = true })
			cancel()
			return add(2, "x")(tx)
		})
		if !errors.Is(err, context.Canceled) || committed {
			t.Errorf("cancelled: %v, committed %v", err, committed)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = db.Write(t.Context(), func(tx *store.Tx) error { panic(add(3, "x")(tx)) })
		}()
		if n := count(t, db); n != 0 {
			t.Errorf("%d rows left behind", n)
		}
		if err := db.Write(t.Context(), func(tx *store.Tx) error {
			tx.OnCommit(func() { committed = true })
			return add(1, "x")(tx)
		}); err != nil || !committed || count(t, db) != 1 {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// TestCancelledWriteDoesNotLeakStatements is the trap of database/sql: a
// transaction that follows its context is rolled back behind the writer's back,
// and what is then written over the same connection stands alone.
func TestCancelledWriteDoesNotLeakStatements(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		s.SetHome(notes)
		db := home(t, s, "a")
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Write(ctx, func(tx *store.Tx) error {
			if err := add(1, "x")(tx); err != nil {
				return err
			}
			cancel()
			time.Sleep(20 * time.Millisecond) // time for a rollback behind our back
			_, err := tx.Conn.ExecContext(context.WithoutCancel(ctx), `INSERT INTO notes (id, body) VALUES (2, 'y')`)
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		if n := count(t, db); n != 0 {
			t.Errorf("%d rows stand alone", n)
		}
	})
}

func TestWritersTakeTurns(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		s, other := storetest.Open(t, cfg), storetest.Open(t, cfg)
		if s.Engine() == store.SQLite {
			other = s // one process owns a data folder
		}
		s.SetHome(notes)
		other.SetHome(notes)
		var g sync.WaitGroup
		for w := range 8 {
			db := home(t, s, "a")
			if w%2 == 1 {
				db = home(t, other, "a")
			}
			g.Go(func() {
				for range 5 {
					// Read, then write what was read plus one: lost updates show.
					err := db.Write(context.Background(), func(tx *store.Tx) error {
						var n int
						if err := tx.QueryRow(`SELECT count(*) FROM notes`).Scan(&n); err != nil {
							return err
						}
						return add(n+1, "x")(tx)
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		g.Wait()
		if n := count(t, home(t, s, "a")); n != 40 {
			t.Errorf("%d rows of 40", n)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		db := home(t, s, "a")
		if err := db.Write(t.Context(), func(*store.Tx) error {
			if err := db.Write(ctx, add(99, "x")); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("waiting for the turn: %v", err)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
}

func TestReadersSeeOneState(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		s.SetHome(notes)
		db := home(t, s, "a")
		tx, end, err := db.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer end()
		if err := db.Write(t.Context(), add(1, "x")); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := tx.QueryRow(`SELECT count(*) FROM notes`).Scan(&n); err != nil || n != 0 {
			t.Errorf("the reader sees %d rows of a later commit, %v", n, err)
		}
		if _, err := tx.Exec(`INSERT INTO notes (id, body) VALUES (9, 'x')`); err == nil {
			t.Error("a reader wrote")
		}
		if n := count(t, db); n != 1 {
			t.Errorf("a new reader sees %d rows", n)
		}
	})
}

func TestAtMostSomeFilesAreOpen(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	s.SetHome(notes)
	held := home(t, s, "giu")
	for i := range 150 {
		db, release, err := s.Dataset(t.Context(), fmt.Sprintf("d-%d", i))
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Write(t.Context(), add(1, "x")); err != nil {
			t.Fatal(err)
		}
		release()
		if n := s.OpenHomes(); n > store.MostHomes {
			t.Fatalf("%d files open", n)
		}
	}
	if err := held.Write(t.Context(), add(1, "x")); err != nil {
		t.Errorf("the home in use was closed: %v", err)
	}
	if db := home(t, s, "d-0"); count(t, db) != 1 {
		t.Error("a closed home lost its row")
	}
	// All in use: the next waits until one is given back.
	var releases []func()
	for i := range store.MostHomes - 2 {
		_, release, err := s.Dataset(t.Context(), fmt.Sprintf("d-%d", i+1))
		if err != nil {
			t.Fatal(err)
		}
		releases = append(releases, release)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, _, err := s.Dataset(ctx, "d-100"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one more: %v", err)
	}
	got := make(chan error)
	go func() {
		_, release, err := s.Dataset(context.Background(), "d-100")
		if err == nil {
			release()
		}
		got <- err
	}()
	for _, r := range releases {
		r()
	}
	if err := <-got; err != nil {
		t.Errorf("after one was given back: %v", err)
	}
}

func TestDrop(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		s.SetHome(notes)
		db, release, err := s.Dataset(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Write(t.Context(), add(1, "x")); err != nil {
			t.Fatal(err)
		}
		if err := s.Drop(t.Context(), "a"); !fault.Is(err, "store.in-use") {
			t.Errorf("dropped in use: %v", err)
		}
		release()
		for range 2 {
			if err := s.Drop(t.Context(), "a"); err != nil {
				t.Fatal(err)
			}
		}
		if there, err := s.Exists(t.Context(), "a"); there || err != nil {
			t.Errorf("still there: %v, %v", there, err)
		}
		if n := count(t, home(t, s, "a")); n != 0 {
			t.Errorf("%d rows came back", n)
		}
	})
}

func TestControlIsMigrated(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		for range 2 {
			s := storetest.Open(t, cfg)
			if err := s.Control().Write(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec(`INSERT INTO instance (id, made_at) VALUES ($1, $2)`, tx.Now, tx.Now)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestNoSpace(t *testing.T) {
	cfg := storetest.SQLite(t)
	cfg.Free = func(string) (int64, error) { return 100 << 20, nil }
	s := storetest.Open(t, cfg)
	s.SetHome(notes)
	db := home(t, s, "a")
	if err := db.CheckSpace(10 << 20); err != nil {
		t.Error(err)
	}
	if err := db.CheckSpace(50 << 20); !fault.Is(err, "store.no-space") || fault.KindOf(err) != fault.Unavailable {
		t.Errorf("no space: %v", err)
	}
	if free, err := store.FreeBytes(cfg.Dir); err != nil || free <= 0 {
		t.Errorf("free %d, %v", free, err)
	}
}

// TestDiskFull lets SQLite run into a bound of its file, which it reports as it
// reports a full disk.
func TestDiskFull(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	s.SetHome(notes)
	db := home(t, s, "a")
	if err := db.Write(t.Context(), add(1, "x")); err != nil {
		t.Fatal(err)
	}
	err := db.Write(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.Exec(`PRAGMA max_page_count = 20`); err != nil {
			return err
		}
		for i := range 1000 {
			if err := add(i+2, strings.Repeat("đầy", 1000))(tx); err != nil {
				return err
			}
		}
		return nil
	})
	var full sqlite3.Error
	if !fault.Is(err, "store.disk-full") || !errors.As(err, &full) || full.Code != sqlite3.ErrFull {
		t.Errorf("disk full: %v", err)
	}
	if n := count(t, db); n != 1 {
		t.Errorf("%d rows, want the one from before", n)
	}
}

func TestLogIsEmptied(t *testing.T) {
	cfg := storetest.SQLite(t)
	s := storetest.Open(t, cfg)
	s.SetHome(notes)
	db := home(t, s, "a")
	if err := db.Write(t.Context(), func(tx *store.Tx) error {
		for i := range 3000 {
			if err := add(i, strings.Repeat("x", 4000))(tx); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(cfg.Dir, "data", "a.db-wal"))
	if err != nil || info.Size() != 0 {
		t.Errorf("log of %d bytes, %v", info.Size(), err)
	}
	if mode, err := os.Stat(filepath.Join(cfg.Dir, "data", "a.db")); err != nil || mode.Mode().Perm() != 0o600 {
		t.Errorf("file mode %v, %v", mode.Mode(), err)
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1"} {
		if err := db.Write(t.Context(), func(tx *store.Tx) error {
			var got string
			if err := tx.QueryRow(`PRAGMA ` + pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s is %s, %v; want %s", pragma, got, err, want)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "moi")
	if _, held, err := store.Holder(dir); held || err != nil {
		t.Errorf("a folder that is not there is held: %v, %v", held, err)
	}
	l, err := store.Lock(dir, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Announce("127.0.0.1:8080", "token"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Lock(dir, "", ""); !fault.Is(err, "store.locked") || !strings.Contains(err.Error(), "127.0.0.1:8080") {
		t.Errorf("locked twice: %v", err)
	}
	want := store.Owner{PID: os.Getpid(), Address: "127.0.0.1:8080", TokenFile: "token"}
	if owner, held, err := store.Holder(dir); !held || err != nil || owner != want {
		t.Errorf("holder %+v, %v, %v", owner, held, err)
	}
	if err := l.Announce("[::1]:1", ""); err != nil { // shorter than before
		t.Fatal(err)
	}
	if owner, _, err := store.Holder(dir); err != nil || owner.Address != "[::1]:1" {
		t.Errorf("holder %+v, %v", owner, err)
	}
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	if _, held, err := store.Holder(dir); held || err != nil {
		t.Errorf("held after release: %v, %v", held, err)
	}
	l, err = store.Lock(dir, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestBackupAndRestore(t *testing.T) {
	cfg := storetest.SQLite(t)
	s := storetest.Open(t, cfg)
	s.SetHome(notes)
	if err := home(t, s, "a").Write(t.Context(), add(1, "x")); err != nil {
		t.Fatal(err)
	}
	dest := filepath.Join(t.TempDir(), "sao luu")
	made, err := s.Backup(t.Context(), dest)
	if err != nil || len(made.Files) != 2 || made.Files[0].Path != "control.db" {
		t.Fatalf("backup %+v, %v", made, err)
	}
	if _, err := s.Backup(t.Context(), dest); !fault.Is(err, "backup.not-empty") {
		t.Errorf("into a full folder: %v", err)
	}
	// What comes after the backup is not in it.
	if err := home(t, s, "a").Write(t.Context(), add(2, "y")); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := store.Restore(t.Context(), dest, dir); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Restore(t.Context(), dest, dir); !fault.Is(err, "restore.not-empty") {
		t.Errorf("over a store: %v", err)
	}
	back := storetest.Open(t, store.Config{Dir: dir})
	back.SetHome(notes)
	if n := count(t, home(t, back, "a")); n != 1 {
		t.Errorf("%d rows came back, want 1", n)
	}
	path := filepath.Join(dest, "data", "a.db")
	bytes, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bytes[len(bytes)/2] ^= 1
	if err := os.WriteFile(path, bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Restore(t.Context(), dest, t.TempDir()); !fault.Is(err, "backup.damaged") {
		t.Errorf("a damaged backup: %v", err)
	}
	if err := os.Remove(filepath.Join(dest, "backup.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Restore(t.Context(), dest, t.TempDir()); !fault.Is(err, "backup.incomplete") {
		t.Errorf("a backup that was broken off: %v", err)
	}
}

func TestPostgresIsNotBackedUpHere(t *testing.T) {
	s := storetest.Open(t, storetest.Postgres(t))
	if _, err := s.Backup(t.Context(), t.TempDir()); !fault.Is(err, "backup.postgres") {
		t.Errorf("backup of PostgreSQL: %v", err)
	}
}

func TestBadAddresses(t *testing.T) {
	for url, key := range map[string]string{
		"mysql://x":                       "store.bad-url",
		"postgres://u:secret@h:port/":     "store.bad-url",
		"postgres://u:secret@127.0.0.1:1": "store.unreachable",
	} {
		_, err := store.Open(t.Context(), store.Config{Dir: t.TempDir(), URL: url})
		if !fault.Is(err, key) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestDamagedFile(t *testing.T) {
	cfg := storetest.SQLite(t)
	s := storetest.Open(t, cfg)
	s.SetHome(notes)
	if err := os.WriteFile(filepath.Join(cfg.Dir, "data", "a.db"), []byte(strings.Repeat("không phải SQLite ", 300)), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, _, err := s.Dataset(t.Context(), "a"); !fault.Is(err, "store.damaged") {
			t.Errorf("a file that is no database: %v", err)
		}
	}
}
