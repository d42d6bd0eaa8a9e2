package org_test

import (
	"testing"
	"time"

	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/viet"
)

// TestHoldersIn: who holds a post is read inside a transaction, by agency and role,
// on a day.
func TestHoldersIn(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		cfg.Now = func() time.Time { return clock }
		db := storetest.Open(t, cfg).Control()
		s := org.NewStore(db, org.Deps{})
		ctx := t.Context()
		for _, o := range small() {
			if err := s.Put(ctx, clerk, org.Whatever, o); err != nil {
				t.Fatal(err)
			}
		}
		a, b := add(t, s, "Cán bộ A"), add(t, s, "Cán bộ B")
		for _, p := range []org.Post{
			{Person: a.ID, Org: "hy-syt", Title: "Giám đốc", Roles: []string{"unit_head", "cdo"}, Span: from("2026-01-01")},
			{Person: b.ID, Org: "hy-syt", Title: "Chuyên viên", Roles: []string{"data_steward"}},
			{Person: b.ID, Org: "hy-ubnd-pho-hien", Title: "Đầu mối", Roles: []string{"dataXsteward"}, Span: from("2026-01-01")},
		} {
			must[org.Post](t)(s.Assign(ctx, clerk, p))
		}
		for _, c := range []struct {
			name, org, role, on string
			want                int
		}{
			{"all of an agency", "hy-syt", "", "2026-11-23", 2},
			{"its stewards", "hy-syt", "data_steward", "2026-11-23", 1},
			{"a role that reads alike", "hy-ubnd-pho-hien", "data_steward", "2026-11-23", 0},
			{"wherever it is", "", "cdo", "2026-11-23", 1},
			{"before it began", "", "cdo", "2025-12-31", 0},
			{"nobody", "ht-stc", "", "2026-11-23", 0},
			{"no such agency", "khong-co", "", "2026-11-23", 0},
			{"before the agency was there", "hy-ubnd-pho-hien", "", "2025-06-30", 0},
		} {
			if got := holdersIn(t, db, s, c.org, c.role, day(c.on)); len(got) != c.want {
				t.Errorf("%s: %+v", c.name, got)
			}
		}
	})
}

func holdersIn(t *testing.T, db *store.DB, s *org.Store, id, role string, on viet.Date) (got []org.Post) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *store.Tx) (err error) {
		got, err = s.HoldersIn(t.Context(), tx, id, role, on)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}
