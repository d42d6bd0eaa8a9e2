package app

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// operator is whoever owns the data folder: the command line and a browser that
// shows the token of this start. It is an administrator, no more: personal
// columns are masked for it too.
var operator = actor.Actor{Kind: "program", ID: "operator", Name: "Người vận hành máy chủ"}

// known finds out who makes a request: a browser by its session, a program by
// what it shows.
func (a *App) known(r *http.Request) (*door.Caller, error) {
	if shown := door.Bearer(r); shown != "" {
		return a.program(r, shown)
	}
	if a.guard.InSession(r) {
		return a.operatorCaller(a.guard.CSRF()), nil
	}
	cookie, err := r.Cookie(door.AccountCookie)
	if err != nil {
		return nil, nil // nobody known
	}
	session, err := a.Accounts.Check(r.Context(), cookie.Value, identity.Origin{IP: guard.Client(r), Agent: r.UserAgent()})
	if fault.KindOf(err) == fault.Denied || fault.KindOf(err) == fault.NotFound || fault.KindOf(err) == fault.Invalid {
		return nil, nil // the session has ended: sign in again
	}
	if err != nil {
		return nil, err
	}
	who, err := a.Accounts.Who(r.Context(), session, time.Now())
	if err != nil {
		return nil, err
	}
	caller := &door.Caller{Who: who, Actor: session.Actor(), Session: session.ID, CSRF: a.Accounts.CSRF(session), Until: session.IdleUntil(), SignedIn: &session}
	caller.Actor.Org = session.Org
	if session.Purpose != nil {
		caller.Purpose = session.Purpose.Purpose
	}
	return caller, nil
}

func (a *App) operatorCaller(csrf string) *door.Caller {
	return &door.Caller{
		Who:   policy.Who{Kind: "program", ID: operator.ID, Roles: []string{policy.RoleAdmin}, Strong: true, Inside: true},
		Actor: operator, CSRF: csrf,
	}
}

// program finds out who shows a secret.
func (a *App) program(r *http.Request, shown string) (*door.Caller, error) {
	if a.guard.Match(shown) == nil {
		c := a.operatorCaller("")
		c.Purpose = a.purposeOf(r)
		return c, nil
	}
	p, err := a.Clients.Verify(r.Context(), shown)
	if err != nil {
		var refusal *clients.Refusal
		if errors.As(err, &refusal) && refusal.Status < http.StatusInternalServerError {
			if refusal.Holder { // who has shown the right key may know what became of it
				return nil, guard.Unauthorized(fault.Of(err))
			}
			return nil, fault.New(fault.Denied, "door.token-wrong").Because(err)
		}
		return nil, err
	}
	if p.Kind == clients.Account {
		return a.personal(r, p)
	}
	who, err := a.Clients.Who(r.Context(), p)
	if err != nil {
		return nil, err
	}
	c := &door.Caller{Who: who, Actor: actor.Actor{Kind: "program", ID: p.ID, Name: p.ID, Org: who.Org}, Scopes: p.Permits}
	if p.Client != nil {
		c.Actor.Name = p.Client.Name
	}
	// A program states why it asks in headers: there is nobody to ask.
	c.Purpose = a.purposeOf(r)
	return c, nil
}

// purposeOf is the purpose that a program states, with the basis that the
// province has given it; one that is not in force is none.
func (a *App) purposeOf(r *http.Request) policy.Purpose {
	code := strings.TrimSpace(r.Header.Get("X-Phohien-Purpose"))
	if code == "" {
		return policy.Purpose{}
	}
	for _, p := range a.Policies.Purposes() {
		if p.Code == code {
			return policy.Purpose{Code: code, Text: strings.TrimSpace(r.Header.Get("X-Phohien-Task")), Basis: p.Basis}
		}
	}
	return policy.Purpose{}
}

// personal is an account that acts through a key of its own.
func (a *App) personal(r *http.Request, p clients.Principal) (*door.Caller, error) {
	account, err := a.Accounts.Account(r.Context(), p.ID)
	if err != nil {
		return nil, err
	}
	who, err := a.Accounts.WhoOf(r.Context(), account, time.Now())
	if err != nil {
		return nil, err
	}
	return &door.Caller{Who: who, Actor: account.Actor(), Purpose: a.purposeOf(r), Scopes: p.Permits}, nil
}

// inboxMay asks the policies whether the watched folder may send to a data set:
// who puts files there owns the data folder, as the operator does.
func (a *App) inboxMay(ctx context.Context, address string) error {
	con, obj, err := door.Lookup(ctx, a.Contracts, address)
	if err != nil {
		return err
	}
	caller := a.operatorCaller("")
	caller.At = "inbox"
	return a.door.MaySet(door.With(ctx, caller), policy.Send, con, obj)
}
