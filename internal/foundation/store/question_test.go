package store_test

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"testing"

	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// TestQuestion: what is asked outside a transaction sees what was committed and
// nothing else, from many readers at once, also when the context has ended.
func TestQuestion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		db := s.Control()
		write := func(value string) {
			t.Helper()
			err := db.Write(t.Context(), func(tx *store.Tx) error {
				_, err := tx.ExecContext(t.Context(), `INSERT INTO signin_marks (name, value) VALUES ('thu', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, value)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		q := db.Question(`SELECT m.value FROM {signin_marks} m WHERE m.name = $1`)
		ask := func(name string) (value string, err error) {
			ended, end := context.WithCancel(t.Context())
			end()
			err = q.One(ended, func(row *sql.Row) error { return row.Scan(&value) }, name)
			return value, err
		}
		if _, err := ask("thu"); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("nothing there: %v", err)
		}
		for _, want := range []string{"một", "hai"} {
			write(want)
			if got, err := ask("thu"); got != want || err != nil {
				t.Errorf("%q, %v; want %q", got, err, want)
			}
		}
		err := db.Write(t.Context(), func(tx *store.Tx) error {
			if _, err := tx.ExecContext(t.Context(), `UPDATE signin_marks SET value = 'ba' WHERE name = 'thu'`); err != nil {
				return err
			}
			if got, err := ask("thu"); got != "hai" || err != nil {
				t.Errorf("before the commit: %q, %v", got, err)
			}
			return nil
		})
		if got, e := ask("thu"); got != "ba" || err != nil || e != nil {
			t.Errorf("after the commit: %q, %v, %v", got, err, e)
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 50 {
					if got, err := ask("thu"); got != "ba" || err != nil {
						t.Errorf("%q, %v", got, err)
					}
				}
			})
		}
		all.Wait()
	})
}
