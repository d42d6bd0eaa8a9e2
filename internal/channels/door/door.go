// Package door is what every way in has in common: it finds out who knocks,
// asks the policies what they may do, makes the views through which rows are
// read, and writes down what was refused and what was seen.
//
// A route says which action it is for. One that answers without having asked
// the policies for that action is answered with an error instead: what was
// forgotten stays shut.
package door

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A Door asks on behalf of all who knock at it.
type Door struct {
	Policies Policies
	Known    func(r *http.Request) (*Caller, error) // who knocks; nil, nil = nobody known
	Record   func(ctx context.Context, e Entry) error
	Use      func(ctx context.Context, u Use) error
	Seen     func(dataset string, c *Caller) // counts a use of what tells of no person; nil: nobody counts
	Secrets  record.Secrets
	Records  interface {
		Through(v *record.View) *record.Reader
	}
	Log *slog.Logger
}

// Policies is what this package needs of policy.Policies.
type Policies interface {
	Allow(who policy.Who, action policy.Action, what policy.What, purpose policy.Purpose) policy.Decision
}

// An Entry is what the audit log is told; nothing of a record's values is in it.
type Entry struct {
	At       time.Time
	Caller   *Caller
	Action   policy.Action
	Kind, ID string // of what was asked for
	Result   string // allow, deny, done, failed
	Why      string // ids of the policies that decided, or the fault's key
	Detail   map[string]string
}

// A Use is personal data that somebody was shown.
type Use struct {
	At       time.Time
	Caller   *Caller
	Dataset  string
	Fields   []string // kinds of personal data
	Subjects []string // personal numbers of the rows, as far as these have any
	Rows     int64
}

// A Caller is who knocks in one request.
type Caller struct {
	Who     policy.Who
	Actor   actor.Actor
	Purpose policy.Purpose
	Session string // id of the session, "" for programs
	CSRF    string // what forms of the session carry, "" for programs
	Until   time.Time
	// Scopes narrows what a key may do below what its owner may; nil: as wide.
	Scopes   func(action policy.Action, dataset string) bool
	SignedIn *identity.Session // nil for programs
	IP       string
	Host     string // name that was asked
	Trace    string // id of the request
	At       string // which door: "api", "console", "operate", "inbox"

	mu    sync.Mutex
	asked []policy.Action
	noted bool // what the request did has been written down
	views []*watched
	used  []string // tables of which the request asked for rows or figures, until Told counts them
}

// Known reports whether the caller has shown who they are.
func (c *Caller) Known() bool { return c.Who.Kind != "" }

// Asked reports whether the policies were asked for an action.
func (c *Caller) Asked(a policy.Action) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Contains(c.asked, a)
}

type callerKey struct{}

// With puts a caller into a context.
func With(ctx context.Context, c *Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// From is who knocks; nobody known when the context does not say.
func From(ctx context.Context) *Caller {
	if c, ok := ctx.Value(callerKey{}).(*Caller); ok {
		return c
	}
	return &Caller{Who: policy.Anonymous}
}

// Actor is who signs what the request does.
func Actor(ctx context.Context) actor.Actor { return From(ctx).Actor }

// Asks asks the policies without writing anything down: for what a page offers.
func (d *Door) Asks(ctx context.Context, action policy.Action, what policy.What) policy.Decision {
	return d.decide(From(ctx), action, what)
}

// decide asks the policies, and narrows their answer to what the caller's key is
// for.
func (d *Door) decide(c *Caller, action policy.Action, what policy.What) policy.Decision {
	if c.Scopes != nil && !c.Scopes(action, what.ID) {
		return policy.Decision{Because: []policy.Reason{{Policy: "key.scope", Effect: "forbid",
			Vi: "Khóa kết nối đang dùng không được cấp cho việc này.", En: "The key in use was not issued for this."}}}
	}
	return d.Policies.Allow(c.Who, action, what, c.Purpose)
}

// Can reports whether the caller may do something.
func (d *Door) Can(ctx context.Context, action policy.Action, what policy.What) bool {
	return d.Asks(ctx, action, what).Allowed
}

// May asks the policies. A refusal is written down and says what would help.
func (d *Door) May(ctx context.Context, action policy.Action, what policy.What) (policy.Decision, error) {
	c := From(ctx)
	c.mu.Lock()
	c.asked = append(c.asked, action)
	c.mu.Unlock()
	decision := d.decide(c, action, what)
	if decision.Allowed {
		return decision, nil
	}
	err := refusal(c, decision)
	if e := d.note(ctx, action, what, "deny", reasons(decision), nil); e != nil {
		return decision, e
	}
	return decision, err
}

// Done writes down that something was done, or that it failed.
func (d *Door) Done(ctx context.Context, action policy.Action, what policy.What, err error, detail map[string]string) error {
	c := From(ctx)
	c.mu.Lock()
	c.noted = true
	c.mu.Unlock()
	if err == nil {
		return d.note(ctx, action, what, "done", "", detail)
	}
	why := "internal"
	if f := fault.Of(err); f != nil {
		why = f.Key
	}
	return d.note(ctx, action, what, "failed", why, detail)
}

// Did is Done for who gives err on: it gives err back, or what kept it from being written
// down where there was none.
func (d *Door) Did(ctx context.Context, action policy.Action, what policy.What, err error, detail map[string]string) error {
	noted := d.Done(ctx, action, what, err, detail)
	if err != nil {
		return err
	}
	return noted
}

func (d *Door) note(ctx context.Context, action policy.Action, what policy.What, result, why string, detail map[string]string) error {
	return d.Record(context.WithoutCancel(ctx), Entry{
		At: time.Now(), Caller: From(ctx), Action: action, Kind: what.Kind, ID: what.ID, Result: result, Why: why, Detail: detail,
	})
}

func reasons(d policy.Decision) string {
	text := ""
	for i, r := range d.Because {
		if i > 0 {
			text += " "
		}
		text += r.Policy
	}
	return text
}

// refusal says what was refused and what would help: signing in, a purpose, a
// second factor, or the one who wrote the policy.
func refusal(c *Caller, d policy.Decision) error {
	switch {
	case !c.Known():
		return fault.New(fault.Denied, SignIn)
	case d.NeedsPurpose:
		return fault.New(fault.Denied, NeedsPurpose)
	case d.NeedsStrong:
		return fault.New(fault.Denied, NeedsStrong)
	}
	for _, r := range d.Because {
		if r.Effect == "forbid" && r.Vi != "" {
			return fault.New(fault.Denied, "door.forbidden", words{r.Vi, r.En})
		}
	}
	return fault.New(fault.Denied, "door.denied")
}

// NotSignedIn is the refusal of who has not shown who they are.
func NotSignedIn() error { return fault.New(fault.Denied, SignIn) }

// NotStrong is the refusal of who has to show a second factor first.
func NotStrong() error { return fault.New(fault.Denied, NeedsStrong) }

// Keys of the refusals that a page answers with more than words.
const (
	SignIn       = "door.sign-in"
	NeedsPurpose = "door.purpose"
	NeedsStrong  = "door.strong"
)

// words are a sentence in both languages.
type words struct{ vi, en string }

// In makes words a value of a sentence.
func (w words) In(l locale.Lang) string {
	return l.Of(w.vi, w.en)
}

// See asks whether rows of an object may be seen for an action, and makes the
// view through which they are.
func (d *Door) See(ctx context.Context, action policy.Action, con *contract.Contract, obj *contract.Object) (*record.View, error) {
	decision, err := d.May(ctx, action, con.What(obj))
	if err != nil {
		return nil, err
	}
	if action == policy.Read || action == policy.Export {
		From(ctx).uses(obj)
	}
	return d.through(ctx, action, decision, con, obj)
}

// through makes the view that a decision allows, and watches it.
func (d *Door) through(ctx context.Context, action policy.Action, decision policy.Decision, con *contract.Contract, obj *contract.Object) (*record.View, error) {
	view, err := record.NewView(obj, decision, d.Secrets)
	if err != nil {
		return nil, err
	}
	d.held(ctx, action, view, con, obj)
	From(ctx).watch(view)
	return view, nil
}

// held shows records that are held to those who hold and release them; as a file
// they leave by no door.
func (d *Door) held(ctx context.Context, action policy.Action, view *record.View, con *contract.Contract, obj *contract.Object) {
	if action != policy.Export {
		view.ShowHeldIf(func() bool { return d.Can(ctx, policy.Hold, con.What(obj)) })
	}
}
