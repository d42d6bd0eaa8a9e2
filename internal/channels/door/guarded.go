package door

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A Need is what a route is for.
type Need struct {
	Action policy.Action
	Kind   string // of what it is done to
	// Each is set where the route asks for each thing by itself (a data set, a
	// batch); otherwise the kind as a whole is asked for before it begins.
	Each bool
	// Open routes need no policy: signing in, words, assets, health.
	Open bool
	// Public routes may be asked for by those who have not signed in: the
	// policies decide what they see. All others answer that one has to sign in.
	Public bool
}

// The routes that everybody may use.
var Open = Need{Open: true}

// Of is a need of a kind as a whole.
func Of(a policy.Action, kind string) Need { return Need{Action: a, Kind: kind} }

// Each is a need that the route asks for by itself.
func Each(a policy.Action, kind string) Need { return Need{Action: a, Kind: kind, Each: true} }

// ForAll is a need of a route that may be asked for without an account.
func (n Need) ForAll() Need {
	n.Public = true
	return n
}

// Enter asks what a route needs before it begins.
func (d *Door) Enter(ctx context.Context, n Need) error {
	if !n.Open && !n.Public && !From(ctx).Known() {
		return fault.New(fault.Denied, SignIn)
	}
	if n.Open || n.Each {
		return nil
	}
	_, err := d.May(ctx, n.Action, policy.What{Kind: n.Kind})
	return err
}

// Leave checks, before an answer begins, that the policies were asked, and writes
// down what the answer shows of persons.
func (d *Door) Leave(ctx context.Context, n Need) error {
	if !n.Open && !From(ctx).Asked(n.Action) {
		d.Log.ErrorContext(ctx, "a route answered without asking the policies", slog.String("action", string(n.Action)), slog.String("kind", n.Kind))
		return fault.New(fault.Internal, "door.not-asked")
	}
	return d.Told(ctx)
}

// remembered are actions that leave an entry even where they only read.
var remembered = []policy.Action{policy.Export, policy.ReadAudit, policy.ReadUsage, policy.TestPolicy, policy.Operate}

// Note writes down what a route did, unless it has done so itself: every request
// that may change something, and the readings that are to be remembered.
// Refusals stand in the log already.
func (d *Door) Note(ctx context.Context, n Need, r *http.Request, err error) error {
	c := From(ctx)
	c.mu.Lock()
	noted := c.noted
	c.mu.Unlock()
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
	if n.Open || noted || fault.KindOf(err) == fault.Denied || reads && !slices.Contains(remembered, n.Action) {
		return nil
	}
	return d.Done(ctx, n.Action, policy.What{Kind: n.Kind, ID: r.URL.Path}, err, map[string]string{"method": r.Method})
}

// Guarded runs a handler of net/http between Enter and Leave; fail answers with
// an error. Answers of redirects and errors need no asking.
func (d *Door) Guarded(n Need, fail func(http.ResponseWriter, *http.Request, error), f func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if err := d.Enter(ctx, n); err != nil {
			fail(w, r, err)
			return
		}
		g := &gate{
			ResponseWriter: w, leave: func() error { return d.Leave(ctx, n) }, note: func() error { return d.Note(ctx, n, r, nil) },
		}
		err := f(g, r)
		switch {
		case g.refused != nil:
			err = g.refused
		case err != nil && !g.begun:
			err = errors.Join(err, d.Note(ctx, n, r, err))
		case !g.begun: // nothing to say is an answer too
			g.WriteHeader(http.StatusOK)
			err = g.refused
		}
		if err != nil {
			fail(w, r, err)
			return
		}
		if err := d.Told(ctx); err != nil {
			d.Log.ErrorContext(ctx, "use of personal data not written down", slog.Any("err", err))
		}
	}
}

// A gate holds an answer back until the policies are known to have been asked,
// and until what it tells is written down.
type gate struct {
	http.ResponseWriter
	leave   func() error
	note    func() error
	begun   bool
	refused error
}

// Unwrap lets http.ResponseController find deadlines and flushing.
func (g *gate) Unwrap() http.ResponseWriter { return g.ResponseWriter }

func (g *gate) WriteHeader(status int) {
	if g.begun {
		return
	}
	g.begun = true
	if status < 300 {
		g.refused = g.leave()
	}
	if g.refused == nil && status < 400 {
		g.refused = g.note()
	}
	if g.refused != nil {
		return
	}
	g.ResponseWriter.WriteHeader(status)
}

func (g *gate) Write(b []byte) (int, error) {
	if !g.begun {
		g.WriteHeader(http.StatusOK)
	}
	if g.refused != nil {
		return 0, g.refused
	}
	return g.ResponseWriter.Write(b)
}

// Flush sends what has been written.
func (g *gate) Flush() {
	if g.refused == nil {
		_ = http.NewResponseController(g.ResponseWriter).Flush() // not every writer can
	}
}
