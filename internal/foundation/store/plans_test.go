package store_test

import (
	"context"
	"testing"

	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// The same text asks tables of other types in another data set: a plan cached
// by its text must not be used for both.
func TestSameTextInTwoDataSets(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ask := func(id, typ, value string) {
			t.Helper()
			db, release, err := s.Dataset(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			defer release()
			if err := db.Write(t.Context(), func(tx *store.Tx) error {
				if _, err := tx.ExecContext(t.Context(), "CREATE TABLE IF NOT EXISTS tram (ngay "+typ+")"); err != nil {
					return err
				}
				_, err := tx.ExecContext(t.Context(), "INSERT INTO tram (ngay) VALUES ('"+value+"')")
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if err := db.Read(context.Background(), func(tx *store.Tx) error {
				var v any
				return tx.QueryRowContext(t.Context(), "SELECT max(ngay) FROM tram").Scan(&v)
			}); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
		for range 3 {
			ask("mot", "date", "2026-01-01")
			ask("hai", "text", "2026-01-01")
		}
	})
}
