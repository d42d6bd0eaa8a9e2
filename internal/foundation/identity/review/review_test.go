package review_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/review"
	"github.com/phohien/phohien/internal/foundation/keys"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/viet"
)

var admin = actor.Actor{Kind: "person", ID: "quan-tri", Name: "Quản trị (thử)"}

// A world is an office with people, whose clock the test sets.
type world struct {
	t        *testing.T
	reviews  *review.Service
	accounts *identity.Service
	orgs     *org.Store

	mu  sync.Mutex
	now time.Time
}

func (w *world) time() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) forward(days int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.AddDate(0, 0, days)
}

func each(t *testing.T, f func(w *world)) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		w := &world{t: t, now: time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)}
		cfg.Now = w.time
		db := storetest.Open(t, cfg).Control()
		ring, err := keys.Open(filepath.Join(t.TempDir(), "keys", "master.key"))
		if err != nil {
			t.Fatal(err)
		}
		w.orgs = org.NewStore(db, org.Deps{})
		w.accounts, err = identity.New(t.Context(), identity.Deps{
			DB: db, Keys: ring, Cost: identity.Cost{KiB: 64, Passes: 1, Threads: 1}, Now: w.time, Record: func(context.Context, identity.Event) error { return nil },
			Alarm:   func(context.Context, identity.Event) {},
			OrgName: func(_ context.Context, id string) (string, bool, error) { return id, id == "so-mau", nil },
			Posts: func(ctx context.Context, person string, on time.Time) (all []identity.Post, err error) {
				s, err := w.orgs.Snapshot(ctx)
				if err != nil {
					return nil, err
				}
				for _, p := range s.Posts(person, viet.DateOf(on.In(viet.Zone))) {
					all = append(all, identity.Post{ID: p.ID, Org: p.Org, Title: p.Title, Roles: p.Roles})
				}
				return all, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.orgs.Put(t.Context(), actor.Actor{Kind: "system", ID: "thu"}, org.Whatever, org.Org{ID: "so-mau", Name: "Sở Mẫu", Level: org.Province}); err != nil {
			t.Fatal(err)
		}
		w.reviews = review.New(db, review.Deps{Accounts: w.accounts, Orgs: w.orgs})
		f(w)
	})
}

// person makes a person with a post that ends on a day (zero: does not), and an
// account.
func (w *world) person(n int, ends viet.Date, roles ...string) identity.Account {
	w.t.Helper()
	row := org.ImportRow{Name: "Nguyễn Văn Mẫu", Email: fmt.Sprintf("mau.%d@phohien.example", n), OrgCode: "so-mau", Title: fmt.Sprintf("Chức vụ %d", n), Roles: roles,
		From: org.On(w.reviews.Today() - 300), Generated: true}
	rep, err := w.orgs.ImportPeople(w.t.Context(), actor.Actor{Kind: "system", ID: "thu"}, []org.ImportRow{row}, false)
	if err != nil || rep.Rows[0].Err != nil {
		w.t.Fatal(err, rep.Rows)
	}
	if ends != 0 {
		if err := w.orgs.EndPost(w.t.Context(), actor.Actor{Kind: "system", ID: "thu"}, rep.Rows[0].Post, org.Whatever, ends); err != nil {
			w.t.Fatal(err)
		}
	}
	a, err := w.accounts.Add(w.t.Context(), actor.System, identity.NewAccount{Login: fmt.Sprintf("mau.%d", n), Name: row.Name, PersonID: rep.Rows[0].Person, OrgID: "so-mau"})
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) line(id, account string) review.Line {
	w.t.Helper()
	list, err := w.reviews.Lines(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(l review.Line) bool { return l.Account == account })
	if i < 0 {
		w.t.Fatalf("account %s is not in the review", account)
	}
	return list[i]
}

func (w *world) refused(err error, key string) {
	w.t.Helper()
	if !fault.Is(err, key) {
		w.t.Errorf("got %v, want %s", err, key)
	}
}

// TestReview walks a review through: what deserves a look is marked, every account
// is kept, changed or closed for good reason, and the end says who was left out.
func TestReview(t *testing.T) {
	each(t, func(w *world) {
		ctx := t.Context()
		plain, ended, beyond := w.person(1, 0, policy.RoleEntry), w.person(2, w.reviews.Today()+3, policy.RoleEntry), w.person(3, 0, policy.RoleEntry)
		gone := w.person(4, 0)
		if err := w.accounts.SetState(ctx, admin, gone.ID, identity.Disabled, "nghỉ việc"); err != nil {
			t.Fatal(err)
		}
		grant, err := w.accounts.Grant(ctx, admin, identity.Grant{Account: beyond.ID, Role: policy.RoleSteward})
		if err != nil {
			t.Fatal(err)
		}
		w.forward(5)
		_, err = w.reviews.Begin(ctx, admin, (w.reviews.Today() - 1).String())
		w.refused(err, "review.due")
		c, err := w.reviews.Begin(ctx, admin, "")
		if err != nil || c.Lines != 3 || c.Done != 0 || !c.Open() || c.BegunBy != admin {
			t.Fatalf("%+v %v", c, err)
		}
		_, err = w.reviews.Begin(ctx, admin, "")
		w.refused(err, "review.open")
		for account, want := range map[string][]review.Mark{plain.ID: nil, ended.ID: {review.PostEnded}, beyond.ID: {review.Beyond}} {
			if l := w.line(c.ID, account); !slices.Equal(l.Had.Marks, want) || l.Org != "so-mau" || l.Verdict != "" {
				t.Errorf("%+v, want marks %v", l, want)
			}
		}
		if l := w.line(c.ID, beyond.ID); !slices.Equal(l.Had.Beyond, []string{policy.RoleSteward}) || len(l.Had.Posts) != 1 {
			t.Errorf("%+v", l.Had)
		}
		decide := func(account string, v review.Verdict, why string) error {
			_, err := w.reviews.Decide(ctx, admin, c.ID, account, v, why)
			return err
		}
		_, err = w.reviews.Decide(ctx, plain.Actor(), c.ID, plain.ID, review.Kept, "")
		w.refused(err, "review.own")
		w.refused(decide(beyond.ID, review.Kept, ""), "review.kept-why")
		w.refused(decide(beyond.ID, review.Changed, ""), "review.not-changed")
		w.refused(decide(ended.ID, review.Closed, ""), "review.not-closed")
		w.refused(decide("khong-co", review.Kept, ""), "identity.no-account")
		w.refused(decide(gone.ID, review.Kept, ""), "review.no-line")
		w.refused(decide(plain.ID, "khac", ""), "review.verdict")
		if err := w.accounts.Revoke(ctx, admin, grant.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.accounts.SetState(ctx, admin, ended.ID, identity.Disabled, "rà soát"); err != nil {
			t.Fatal(err)
		}
		w.refused(decide(ended.ID, review.Kept, "để lại"), "review.closed-already")
		for account, v := range map[string]review.Verdict{beyond.ID: review.Changed, ended.ID: review.Closed} {
			if err := decide(account, v, ""); err != nil {
				t.Fatal(err)
			}
		}
		if l := w.line(c.ID, beyond.ID); l.Verdict != review.Changed || l.By != admin || l.At.IsZero() {
			t.Errorf("%+v", l)
		}
		_, err = w.reviews.Finish(ctx, admin, c.ID, "Đơn của ông 033099001234")
		w.refused(err, "reason.number")
		_, err = w.reviews.Finish(ctx, admin, c.ID, "")
		w.refused(err, "review.left")
		if c, err = w.reviews.Get(ctx, c.ID); err != nil || c.Done != 2 || c.Overdue(w.reviews.Today()) {
			t.Fatalf("%+v %v", c, err)
		}
		w.forward(review.UsualDays + 1)
		if !c.Overdue(w.reviews.Today()) {
			t.Error("not overdue")
		}
		if c, err = w.reviews.Finish(ctx, admin, c.ID, "người rà soát nghỉ phép"); err != nil || c.Open() || c.Why == "" || c.EndedBy != admin {
			t.Fatalf("%+v %v", c, err)
		}
		w.refused(decide(plain.ID, review.Kept, ""), "review.ended")
		_, err = w.reviews.Finish(ctx, admin, c.ID, "Đơn của ông 033099001234")
		w.refused(err, "reason.number")
		_, err = w.reviews.Finish(ctx, admin, c.ID, "")
		w.refused(err, "review.ended")
	})
}

// TestBeginDue: a review begins by itself six months after the last began, or
// after the first account was made, and never beside another.
func TestBeginDue(t *testing.T) {
	each(t, func(w *world) {
		ctx := t.Context()
		due := func(want bool) {
			t.Helper()
			if _, ok, err := w.reviews.BeginDue(ctx, actor.System); err != nil || ok != want {
				t.Fatalf("begun %v, want %v: %v", ok, want, err)
			}
		}
		due(false) // nobody is there
		w.person(1, 0)
		w.forward(170)
		due(false)
		if next, err := w.reviews.NextOn(ctx); err != nil || next != "2027-05-02" {
			t.Errorf("next on %q, %v", next, err)
		}
		w.forward(20)
		due(true)
		due(false)
		if next, err := w.reviews.NextOn(ctx); err != nil || next != "" {
			t.Errorf("next on %q while one is open, %v", next, err)
		}
		list, err := w.reviews.List(ctx, 5)
		if err != nil || len(list) != 1 || list[0].BegunBy != actor.System || !slices.Contains(w.line(list[0].ID, w.only()).Had.Marks, review.Never) {
			t.Fatalf("%+v %v", list, err)
		}
		if _, err := w.reviews.Finish(ctx, admin, list[0].ID, "thử"); err != nil {
			t.Fatal(err)
		}
		w.forward(100)
		due(false)
		w.forward(90)
		due(true)
	})
}

// only is the one account.
func (w *world) only() string {
	w.t.Helper()
	all, err := w.accounts.Accounts(w.t.Context(), identity.Filter{})
	if err != nil || len(all) != 1 {
		w.t.Fatal(all, err)
	}
	return all[0].ID
}
