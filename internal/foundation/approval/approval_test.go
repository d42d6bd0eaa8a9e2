package approval_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/approval"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

var (
	an   = actor.Actor{Kind: "person", ID: "an", Name: "An", Org: "hy-syt"}
	binh = actor.Actor{Kind: "person", ID: "binh", Name: "Bình", Org: "hy-syt"}
	chi  = actor.Actor{Kind: "person", ID: "chi", Name: "Chi", Org: "hy-skhcn"}
)

func wish() approval.Ask {
	return approval.Ask{
		Dataset: "benh-nhan", Fields: []string{"ma", "ten"}, Where: []approval.Equal{{Field: "xa", Value: "11953"}}, State: 3, Records: 12,
		Scope: policy.Rows{All: true}, Masked: map[string]string{"ten": "hidden"}, Format: "csv", Lang: "vi",
		Purpose: policy.Purpose{Code: "thong-ke-bao-cao", Text: "báo cáo quý", Basis: "Luật thử, Điều 1"},
		Class:   approval.Class{Class: "important", Access: "restricted", Fields: map[string]string{"ma": "none", "ten": "basic"}}, Fetches: 2,
	}
}

// A clock is set by the test.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// each runs a test on every engine, with a store and its clock.
func each(t *testing.T, f func(t *testing.T, s *approval.Store, c *clock)) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		c := &clock{now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
		cfg.Now = c.time
		f(t, approval.NewStore(storetest.Open(t, cfg).Control()), c)
	})
}

func asked(t *testing.T, s *approval.Store) *approval.Request {
	t.Helper()
	r, err := s.Ask(t.Context(), an, wish(), s.Now().AddDate(0, 0, 7))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func decide(t *testing.T, s *approval.Store, by actor.Actor, r *approval.Request, approve bool) *approval.Request {
	t.Helper()
	r, err := s.Decide(t.Context(), by, r.Ask.ID, r.Digest, approve, "đã xem")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func want(t *testing.T, err error, key string) {
	t.Helper()
	if !fault.Is(err, key) {
		t.Errorf("got %v, want %s", err, key)
	}
}

// TestTwoApprove: two different persons, neither of whom asks; then it is fetched
// as often as was asked for, by who asked.
func TestTwoApprove(t *testing.T) {
	each(t, func(t *testing.T, s *approval.Store, c *clock) {
		ctx := t.Context()
		r := asked(t, s)
		if r.State(s.Now()) != approval.Waiting || r.By != an || r.Ask.By != "person:an" || len(r.Digest) != 64 {
			t.Fatalf("%+v", r)
		}
		_, err := s.Decide(ctx, an, r.Ask.ID, r.Digest, true, "")
		want(t, err, "approval.own")
		_, err = s.Decide(ctx, binh, r.Ask.ID, "khac", true, "")
		want(t, err, "approval.digest")
		_, _, err = s.Take(ctx, an, r.Ask.ID)
		want(t, err, "approval.waiting")
		r = decide(t, s, binh, r, true)
		_, err = s.Decide(ctx, binh, r.Ask.ID, r.Digest, true, "")
		want(t, err, "approval.twice")
		_, _, err = s.Take(ctx, an, r.Ask.ID)
		want(t, err, "approval.waiting")
		c.forward(time.Minute)
		if r = decide(t, s, chi, r, true); r.State(s.Now()) != approval.Approved || r.Approvals() != 2 || r.Decisions[1].By != chi {
			t.Fatalf("%+v", r)
		}
		_, _, err = s.Take(ctx, binh, r.Ask.ID)
		want(t, err, "approval.not-own")
		got, n, err := s.Take(ctx, an, r.Ask.ID)
		if err != nil || n != 1 || got.Ask.Where[0].Value != "11953" || got.Ask.Fields[1] != "ten" {
			t.Fatalf("%+v %d %v", got, n, err)
		}
		if _, n, err = s.Take(ctx, an, r.Ask.ID); err != nil || n != 2 {
			t.Fatal(n, err)
		}
		if err := s.GiveBack(ctx, r.Ask.ID, 1); err != nil { // nothing of the first went out
			t.Fatal(err)
		}
		if _, n, err = s.Take(ctx, an, r.Ask.ID); err != nil || n != 3 {
			t.Fatal(n, err)
		}
		_, _, err = s.Take(ctx, an, r.Ask.ID)
		want(t, err, "approval.ended.used")
		_, err = s.Withdraw(ctx, an, r.Ask.ID)
		want(t, err, "approval.ended.used")
	})
}

// TestTake_once: of many fetches at once no more get through than were asked for.
func TestTake_once(t *testing.T) {
	each(t, func(t *testing.T, s *approval.Store, _ *clock) {
		r := asked(t, s)
		decide(t, s, binh, r, true)
		decide(t, s, chi, r, true)
		var all sync.WaitGroup
		var mu sync.Mutex
		got := 0
		for range 16 {
			all.Go(func() {
				_, _, err := s.Take(context.Background(), an, r.Ask.ID)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					got++
				} else if !fault.Is(err, "approval.ended.used") {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got != r.Ask.Fetches {
			t.Errorf("%d fetches, want %d", got, r.Ask.Fetches)
		}
	})
}

// TestEnds: refused, also by who has approved, withdrawn, void and expired
// requests give nothing.
func TestEnds(t *testing.T) {
	each(t, func(t *testing.T, s *approval.Store, c *clock) {
		ctx := t.Context()
		approved := func() *approval.Request {
			r := asked(t, s)
			decide(t, s, binh, r, true)
			return decide(t, s, chi, r, true)
		}
		gone := func(r *approval.Request, state approval.State) {
			t.Helper()
			now, err := s.Get(ctx, r.Ask.ID)
			if err != nil || now.State(s.Now()) != state {
				t.Fatalf("%+v %v, want %s", now, err, state)
			}
			_, _, err = s.Take(ctx, an, r.Ask.ID)
			want(t, err, "approval.ended."+string(state))
			_, err = s.Decide(ctx, binh, r.Ask.ID, r.Digest, true, "")
			want(t, err, "approval.ended."+string(state))
		}
		refused := approved()
		_, err := s.Decide(ctx, binh, refused.Ask.ID, refused.Digest, false, " ")
		want(t, err, "approval.no-why")
		_, err = s.Decide(ctx, binh, refused.Ask.ID, refused.Digest, false, "Đơn của ông 033099001234")
		want(t, err, "reason.number")
		decide(t, s, binh, refused, false)
		gone(refused, approval.Refused)

		withdrawn := approved()
		_, err = s.Withdraw(ctx, chi, withdrawn.Ask.ID)
		want(t, err, "approval.not-own")
		if _, err := s.Withdraw(ctx, an, withdrawn.Ask.ID); err != nil {
			t.Fatal(err)
		}
		gone(withdrawn, approval.Withdrawn)

		void := approved()
		if _, err := s.MakeVoid(ctx, void.Ask.ID, "phân loại cao hơn"); err != nil {
			t.Fatal(err)
		}
		gone(void, approval.Void)

		late := approved()
		c.forward(7*24*time.Hour - time.Second)
		if now, err := s.Get(ctx, late.Ask.ID); err != nil || now.State(s.Now()) != approval.Approved {
			t.Fatalf("%+v %v", now, err)
		}
		c.forward(time.Second)
		gone(late, approval.Expired)
		var told []string
		broken := errors.New("nhật ký không ghi được")
		if err := s.Expire(ctx, func(context.Context, *approval.Request) error { return broken }); !errors.Is(err, broken) {
			t.Fatal(err)
		}
		for range 2 {
			err := s.Expire(ctx, func(_ context.Context, r *approval.Request) error { told = append(told, r.Ask.ID); return nil })
			if err != nil {
				t.Fatal(err)
			}
		}
		if len(told) != 1 || told[0] != late.Ask.ID {
			t.Errorf("told of %v", told)
		}
		gone(late, approval.Expired)
		list, err := s.List(ctx, "", 2)
		if err != nil || len(list) != 2 {
			t.Fatal(list, err)
		}
		more, err := s.List(ctx, list[1].Ask.ID, 10)
		if err != nil || len(more) != 2 {
			t.Fatal(more, err)
		}
	})
}

// TestDamaged: a request whose text was changed behind our back is not read, even
// if somebody made the digest fit: the approvals name another.
func TestDamaged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		s, ctx := approval.NewStore(db.Control()), t.Context()
		r := asked(t, s)
		decide(t, s, binh, r, true)
		decide(t, s, chi, r, true)
		set := func(column, value string) {
			t.Helper()
			err := db.Control().Write(ctx, func(tx *store.Tx) error {
				_, err := tx.ExecContext(ctx, `UPDATE export_requests SET `+column+` = $1`, value)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		other := wish()
		other.Fields = []string{"so_dinh_danh"}
		bait, err := s.Ask(ctx, an, other, s.Now().AddDate(0, 0, 1))
		if err != nil {
			t.Fatal(err)
		}
		err = db.Control().Write(ctx, func(tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE export_requests SET asked = (SELECT asked FROM export_requests WHERE id = $1), digest = $2,
				until_at = (SELECT until_at FROM export_requests WHERE id = $3) WHERE id = $4`, bait.Ask.ID, bait.Digest, bait.Ask.ID, r.Ask.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Get(ctx, r.Ask.ID)
		want(t, err, "approval.damaged")
		set("asked", `{"fields":["so_dinh_danh"]}`)
		_, _, err = s.Take(ctx, an, bait.Ask.ID)
		want(t, err, "approval.damaged")
	})
}

// TestAsk_refused: what cannot be judged, or would be worth too much, is not kept.
func TestAsk_refused(t *testing.T) {
	each(t, func(t *testing.T, s *approval.Store, _ *clock) {
		for key, change := range map[string]func(a *approval.Ask, until *time.Time){
			"approval.no-fields":  func(a *approval.Ask, _ *time.Time) { a.Fields = nil },
			"approval.no-purpose": func(a *approval.Ask, _ *time.Time) { a.Purpose.Code = "" },
			"approval.no-task":    func(a *approval.Ask, _ *time.Time) { a.Purpose.Text = " " },
			"approval.no-basis":   func(a *approval.Ask, _ *time.Time) { a.Purpose.Basis = "" },
			"approval.number":     func(a *approval.Ask, _ *time.Time) { a.Purpose.Text = "hồ sơ của 033 270 001 000" },
			"approval.fetches":    func(a *approval.Ask, _ *time.Time) { a.Fetches = 11 },
			"approval.until":      func(_ *approval.Ask, until *time.Time) { *until = until.AddDate(1, 0, 0) },
		} {
			a, until := wish(), s.Now().AddDate(0, 0, 7)
			change(&a, &until)
			_, err := s.Ask(t.Context(), an, a, until)
			want(t, err, key)
		}
		_, err := s.Ask(t.Context(), an, wish(), s.Now())
		want(t, err, "approval.until")
		_, err = s.Get(t.Context(), "khong-co")
		want(t, err, "approval.unknown")
	})
}

func TestAbove(t *testing.T) {
	class := func(class, access, level string) approval.Class {
		return approval.Class{Class: class, Access: access, Fields: map[string]string{"ten": level}}
	}
	was := class("important", "shared", "basic")
	for _, c := range []struct {
		now   approval.Class
		above bool
	}{
		{was, false}, {class("core", "shared", "basic"), true}, {class("important", "restricted", "basic"), true}, {class("important", "", "basic"), true},
		{class("important", "shared", "sensitive"), true}, {class("other", "open", "none"), false}, {class("core", "open", "none"), true},
	} {
		if got := c.now.Above(was); got != c.above {
			t.Errorf("%+v above %+v: %v", c.now, was, got)
		}
	}
}
