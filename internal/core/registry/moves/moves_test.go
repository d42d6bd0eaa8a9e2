package moves_test

import (
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/registry"
	"github.com/phohien/phohien/internal/core/registry/moves"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

var (
	an   = actor.Actor{Kind: "person", ID: "an", Name: "An", Org: "hy-syt"}
	binh = actor.Actor{Kind: "person", ID: "binh", Name: "Bình", Org: "hy-skhcn"}
)

func each(t *testing.T, f func(t *testing.T, s *moves.Store)) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		f(t, moves.NewStore(storetest.Open(t, cfg).Control()))
	})
}

func ask(t *testing.T, s *moves.Store, from, to registry.State) *moves.Request {
	t.Helper()
	r, err := s.Ask(t.Context(), an, "A01", from, to, "  đã đủ \n hồ sơ ")
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

// TestApprove: another person decides, once.
func TestApprove(t *testing.T) {
	each(t, func(t *testing.T, s *moves.Store) {
		r := ask(t, s, registry.Trial, registry.Running)
		if r.State != moves.Waiting || r.Why != "đã đủ hồ sơ" || r.By != an || r.MadeAt.IsZero() || !r.DecidedAt.IsZero() {
			t.Fatalf("%+v", r)
		}
		_, err := s.Approve(t.Context(), an, r.ID, "", "lo-1")
		want(t, err, "moves.own")
		_, err = s.Refuse(t.Context(), an, r.ID, "không")
		want(t, err, "moves.own")
		_, err = s.Ask(t.Context(), binh, "A01", registry.Trial, registry.Stopped, "khác")
		want(t, err, "moves.waits")
		got, err := s.Approve(t.Context(), binh, r.ID, "đồng ý", "lo-1")
		if err != nil || got.State != moves.Approved || got.Decided != binh || got.Batch != "lo-1" || got.Said != "đồng ý" || got.DecidedAt.IsZero() {
			t.Fatalf("%+v %v", got, err)
		}
		_, err = s.Approve(t.Context(), binh, r.ID, "", "lo-2")
		want(t, err, "moves.over")
		_, err = s.Get(t.Context(), "khong-co")
		want(t, err, "moves.unknown")
	})
}

// TestEnds: a request is refused with a reason, withdrawn by who made it, and
// void once the system has left the state.
func TestEnds(t *testing.T) {
	each(t, func(t *testing.T, s *moves.Store) {
		first := ask(t, s, registry.Proposed, registry.Appraised)
		_, err := s.Refuse(t.Context(), binh, first.ID, " ")
		want(t, err, "moves.no-why")
		if _, err = s.Refuse(t.Context(), binh, first.ID, "thiếu dự toán"); err != nil {
			t.Fatal(err)
		}
		second := ask(t, s, registry.Proposed, registry.Appraised)
		_, err = s.Withdraw(t.Context(), binh, second.ID)
		want(t, err, "moves.not-own")
		if _, err = s.Withdraw(t.Context(), an, second.ID); err != nil {
			t.Fatal(err)
		}
		third := ask(t, s, registry.Proposed, registry.Appraised)
		ask(t, s, registry.Appraised, registry.Building)
		if got, err := s.Get(t.Context(), third.ID); err != nil || got.State != moves.Void {
			t.Errorf("%+v %v", got, err)
		}
		all, err := s.Of(t.Context(), "A01")
		if err != nil || len(all) != 4 || all[0].To != registry.Building {
			t.Errorf("%d requests, %v", len(all), err)
		}
		open, err := s.Open(t.Context(), 10)
		if err != nil || len(open) != 1 || open[0].ID != all[0].ID {
			t.Errorf("waiting: %+v, %v", open, err)
		}
	})
}

func TestReason(t *testing.T) {
	for text, key := range map[string]string{
		"": "moves.no-why", strings.Repeat("a", moves.MostWords+1): "reason.long", "theo số 033 090 001 234": "reason.number",
		"Quyết định 2352/QĐ-UBND ngày 22/11/2026": "",
	} {
		if _, err := moves.Reason(text); key == "" && err != nil || key != "" && !fault.Is(err, key) {
			t.Errorf("%.40q: %v, want %q", text, err, key)
		}
	}
}

func TestNotes(t *testing.T) {
	each(t, func(t *testing.T, s *moves.Store) {
		for _, why := range []string{"lần đầu", "lần sau"} {
			if err := s.Note(t.Context(), "lo-1", why); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Notes(t.Context(), []string{"lo-1", "lo-2"})
		if err != nil || len(got) != 1 || got["lo-1"] != "lần đầu" {
			t.Errorf("%v %v", got, err)
		}
		if got, err = s.Notes(t.Context(), nil); err != nil || len(got) != 0 {
			t.Errorf("%v %v", got, err)
		}
	})
}
