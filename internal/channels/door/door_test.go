package door_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// a world answers by what the test has put into it, and remembers.
type world struct {
	decision policy.Decision
	asked    int
	entries  []door.Entry
	uses     []door.Use
	seen     []string
	broken   error // of the log
}

func (w *world) Allow(policy.Who, policy.Action, policy.What, policy.Purpose) policy.Decision {
	w.asked++
	return w.decision
}

func (w *world) Key(purpose string) []byte {
	sum := sha256.Sum256([]byte(purpose))
	return sum[:]
}

func (w *world) door() *door.Door {
	return &door.Door{
		Policies: w, Secrets: w, Log: slog.New(slog.DiscardHandler),
		Record: func(_ context.Context, e door.Entry) error { w.entries = append(w.entries, e); return w.broken },
		Use:    func(_ context.Context, u door.Use) error { w.uses = append(w.uses, u); return w.broken },
		Seen:   func(dataset string, _ *door.Caller) { w.seen = append(w.seen, dataset) },
	}
}

func steward() *door.Caller {
	return &door.Caller{Who: policy.Who{Kind: "person", ID: "1"}, Actor: actor.Actor{Kind: "person", ID: "1"}}
}

// ask runs one route for a caller.
func (w *world) ask(method string, c *door.Caller, n door.Need, f func(d *door.Door, w http.ResponseWriter, r *http.Request) error) (status int, failed error) {
	d := w.door()
	fail := func(rw http.ResponseWriter, _ *http.Request, err error) {
		failed = err
		rw.WriteHeader(http.StatusTeapot)
	}
	r := httptest.NewRequest(method, "/x", nil)
	if c != nil {
		r = r.WithContext(door.With(r.Context(), c))
	}
	rec := httptest.NewRecorder()
	d.Guarded(n, fail, func(rw http.ResponseWriter, r *http.Request) error { return f(d, rw, r) })(rec, r)
	return rec.Code, failed
}

func hello(_ *door.Door, w http.ResponseWriter, _ *http.Request) error {
	_, err := w.Write([]byte("hello"))
	return err
}

func TestGuarded(t *testing.T) {
	each, kind := door.Each(policy.Read, policy.KindDataset), door.Of(policy.Operate, policy.KindServer)
	t.Run("nobody known is told to sign in, and nothing runs", func(t *testing.T) {
		w := &world{decision: policy.Everything}
		ran := false
		_, err := w.ask("GET", nil, kind, func(*door.Door, http.ResponseWriter, *http.Request) error { ran = true; return nil })
		if ran || !fault.Is(err, door.SignIn) {
			t.Errorf("ran %t, %v", ran, err)
		}
	})
	t.Run("a route that forgets to ask stays shut", func(t *testing.T) {
		w := &world{decision: policy.Everything}
		if status, err := w.ask("GET", steward(), each, hello); status != http.StatusTeapot || !fault.Is(err, "door.not-asked") {
			t.Errorf("%d, %v", status, err)
		}
	})
	t.Run("one that asks is answered", func(t *testing.T) {
		w := &world{decision: policy.Everything}
		status, err := w.ask("GET", steward(), each, func(d *door.Door, rw http.ResponseWriter, r *http.Request) error {
			if _, err := d.May(r.Context(), policy.Read, policy.What{}); err != nil {
				return err
			}
			return hello(d, rw, r)
		})
		if status != 200 || err != nil || len(w.entries) != 0 {
			t.Errorf("%d, %v, %+v", status, err, w.entries)
		}
	})
	t.Run("a refusal is in the log, once", func(t *testing.T) {
		w := &world{}
		_, err := w.ask("POST", steward(), kind, hello)
		if !fault.Is(err, "door.denied") || len(w.entries) != 1 || w.entries[0].Result != "deny" {
			t.Errorf("%v, %+v", err, w.entries)
		}
	})
	t.Run("what is done is in the log, also without an answer", func(t *testing.T) {
		for _, f := range []func(*door.Door, http.ResponseWriter, *http.Request) error{
			hello, func(*door.Door, http.ResponseWriter, *http.Request) error { return nil },
			func(_ *door.Door, rw http.ResponseWriter, _ *http.Request) error {
				rw.WriteHeader(http.StatusSeeOther)
				return nil
			},
		} {
			w := &world{decision: policy.Everything}
			if _, err := w.ask("POST", steward(), kind, f); err != nil || len(w.entries) != 1 || w.entries[0].Result != "done" || w.entries[0].ID != "/x" {
				t.Errorf("%v, %+v", err, w.entries)
			}
		}
	})
	t.Run("what fails is in the log as failed", func(t *testing.T) {
		w := &world{decision: policy.Everything}
		_, err := w.ask("POST", steward(), kind, func(*door.Door, http.ResponseWriter, *http.Request) error {
			return fault.New(fault.Conflict, "batch.unknown", "x", "y")
		})
		if !fault.Is(err, "batch.unknown") || len(w.entries) != 1 || w.entries[0].Result != "failed" || w.entries[0].Why != "batch.unknown" {
			t.Errorf("%v, %+v", err, w.entries)
		}
	})
	t.Run("what cannot be written down is not said to be done", func(t *testing.T) {
		w := &world{decision: policy.Everything, broken: errors.New("disk full")}
		if status, err := w.ask("POST", steward(), kind, hello); status != http.StatusTeapot || err == nil {
			t.Errorf("%d, %v", status, err)
		}
	})
	t.Run("a key is no wider than what it was issued for", func(t *testing.T) {
		w := &world{decision: policy.Everything}
		c := steward()
		c.Scopes = func(policy.Action, string) bool { return false }
		if _, err := w.ask("GET", c, kind, hello); !fault.Is(err, "door.forbidden") || w.asked != 0 {
			t.Errorf("%v, asked %d times", err, w.asked)
		}
	})
}

// TestTold: personal data that were seen in clear are written down with whose
// they are, before the answer begins; masked ones are not.
func TestTold(t *testing.T) {
	obj := &contract.Object{
		Dataset: "nguoi", Title: "Người", ScopeUnit: -1, ScopeAgency: -1,
		Columns: []contract.Column{
			{Name: "so", Personal: contract.Personal{Class: contract.BasicPersonal, Kind: "personal_id"}},
			{Name: "ten", Personal: contract.Personal{Class: contract.BasicPersonal, Kind: "name"}},
		},
	}
	con := &contract.Contract{ID: "nguoi", Objects: []*contract.Object{obj}}
	see := func(d *door.Door, rw http.ResponseWriter, r *http.Request) error {
		view, err := d.See(r.Context(), policy.Read, con, obj)
		if err != nil {
			return err
		}
		for _, number := range []string{"001090000001", "001090000002"} {
			view.Row(record.Row{Values: map[string]any{"so": number, "ten": "Nguyễn Văn A"}})
		}
		return hello(d, rw, r)
	}
	w := &world{decision: policy.Everything}
	if _, err := w.ask("GET", steward(), door.Each(policy.Read, policy.KindDataset), see); err != nil || len(w.uses) != 1 {
		t.Fatalf("%v, %+v", err, w.uses)
	}
	if u := w.uses[0]; u.Rows != 2 || strings.Join(u.Subjects, " ") != "001090000001 001090000002" || strings.Join(u.Fields, " ") != "personal_id name" || u.Dataset != "nguoi" {
		t.Errorf("%+v", u)
	}
	hidden := map[string]policy.Sight{"so": {Mask: policy.LastFour}, "ten": {Mask: policy.Hidden}}
	w = &world{decision: policy.Decision{Allowed: true, Rows: policy.Rows{All: true}, Columns: hidden}}
	if _, err := w.ask("GET", steward(), door.Each(policy.Read, policy.KindDataset), see); err != nil || len(w.uses) != 0 {
		t.Errorf("%v, %+v", err, w.uses)
	}
	// A use of which no line is due is counted, once a request; the other is counted
	// by its line.
	if strings.Join(w.seen, " ") != "nguoi" {
		t.Errorf("counted: %q", w.seen)
	}
	w = &world{decision: policy.Everything}
	if _, err := w.ask("GET", steward(), door.Each(policy.Read, policy.KindDataset), func(d *door.Door, rw http.ResponseWriter, r *http.Request) error {
		return errors.Join(see(d, rw, r), see(d, rw, r))
	}); err != nil || len(w.uses) == 0 || len(w.seen) != 0 {
		t.Errorf("%v, %d lines, counted besides: %q", err, len(w.uses), w.seen)
	}
	w = &world{decision: policy.Everything, broken: errors.New("disk full")}
	if status, err := w.ask("GET", steward(), door.Each(policy.Read, policy.KindDataset), see); status != http.StatusTeapot || err == nil {
		t.Errorf("shown though it could not be written down: %d, %v", status, err)
	}
}
