package store_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// TestPurge deletes texts from a table whose pages have split, merged and been
// freed, and looks for them in the files.
func TestPurge(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		s.SetHome()
		db, release, err := s.Dataset(t.Context(), "thu")
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		const secret = "bí-mật-033095001234"
		must(db.Write(t.Context(), func(tx *store.Tx) error {
			if _, err := tx.ExecContext(t.Context(), `CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT NOT NULL)`); err != nil {
				return err
			}
			for i := range 2000 {
				if _, err := tx.ExecContext(t.Context(), `INSERT INTO t (k, v) VALUES ($1, $2)`, fmt.Sprintf("%s-%d", secret, i*7919%2000), strings.Repeat(secret, i%9)); err != nil {
					return err
				}
			}
			return nil
		}))
		must(db.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.ExecContext(t.Context(), `DELETE FROM t`)
			return err
		}))
		// A reader that began before keeps the log; it ends meanwhile.
		_, end, err := db.Snapshot(t.Context())
		must(err)
		go end()
		must(db.Purge(t.Context(), secret))
		if s.Engine() != store.SQLite {
			return
		}
		files, err := filepath.Glob(filepath.Join(s.Dir(), "data", "thu.db*"))
		must(err)
		for _, f := range files {
			text, err := os.ReadFile(f)
			must(err)
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s holds what was purged", filepath.Base(f))
			}
		}
	})
}

func TestReaderHoldsText(t *testing.T) {
	for _, at := range []int{0, 1, 1<<20 - 6, 1<<20 - 1, 1 << 20, 3<<20 + 5} {
		for _, text := range []string{"033095001234", "0\x003\x003\x000\x009\x005\x00", "\x000\x003\x003\x000\x009\x005"} {
			b := append(bytes.Repeat([]byte("x"), at), text...)
			for _, wanted := range []string{"033095"} {
				if yes, err := store.ReaderHoldsText(bytes.NewReader(b), wanted); err != nil || !yes {
					t.Errorf("%q at %d: %t, %v", text, at, yes, err)
				}
			}
			if yes, err := store.ReaderHoldsText(bytes.NewReader(b), "033096", ""); err != nil || yes {
				t.Errorf("found what is not there: %t, %v", yes, err)
			}
		}
	}
	if yes, err := store.HoldsText(filepath.Join(t.TempDir(), "none"), "x"); yes || err != nil {
		t.Errorf("a file that is not there: %t, %v", yes, err)
	}
}
