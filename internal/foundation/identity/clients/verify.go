package clients

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Principal is who a token speaks for.
type Principal struct {
	Kind       string   // Program or Account
	ID         string   // of the client or the account
	Client     *Client  // of a program; not to be changed
	Credential string   // id of what it signed in with
	Scopes     []string // empty: whatever the roles allow
	Claims     Claims   // of an access token; empty for an API key
	Expires    time.Time
}

// Verify finds out who a token speaks for: an access token or an API key, as it
// stood behind "Bearer". It asks no database, but for a look every other second
// whether something has changed. Its errors are *Refusal.
func (r *Registry) Verify(ctx context.Context, token string) (Principal, error) {
	p, err := r.verify(ctx, token)
	if err != nil {
		return Principal{}, refuse(InvalidToken, err)
	}
	return p, nil
}

func (r *Registry) verify(ctx context.Context, token string) (Principal, error) {
	if len(token) > largest {
		return Principal{}, fault.New(fault.TooLarge, "clients.large", len(token), largest)
	}
	b, err := r.current(ctx)
	if err != nil {
		return Principal{}, err
	}
	now := r.now()
	var p Principal
	if strings.HasPrefix(token, prefixKey+"_") {
		p, err = r.byKey(ctx, b, token)
	} else {
		p, err = r.byAccess(b, token, now)
	}
	if err != nil {
		return Principal{}, err
	}
	if p.Kind == Program {
		if err := p.Client.usable(now); err != nil {
			return Principal{}, held(err)
		}
	}
	r.touchNow(p.Credential, now)
	return p, nil
}

func (r *Registry) byKey(ctx context.Context, b *book, token string) (Principal, error) {
	c, err := r.compare(b, prefixKey, token)
	if fault.Is(err, errUnknown.Key) {
		return Principal{}, r.over(ctx, token)
	}
	if err != nil {
		return Principal{}, held(err)
	}
	p := Principal{Kind: c.SubjectKind, ID: c.Subject, Credential: c.ID, Scopes: c.Scopes, Expires: c.Expires}
	if c.SubjectKind == Program {
		if p.Client = b.clients[c.Subject]; p.Client == nil { // only closed ones are not in the book
			return Principal{}, held(fault.New(fault.Denied, "clients.closed", c.Subject))
		}
		p.Scopes = narrower(p.Client.Scopes, c.Scopes)
	}
	return p, nil
}

// over says why a key that is not in force opens nothing: to who holds it, that
// it was withdrawn or has expired; of any other, what is said of every wrong one.
// The book holds only keys in force.
func (r *Registry) over(ctx context.Context, token string) error {
	id, ok := parseSecret(prefixKey, token)
	if !ok {
		return errBadToken
	}
	var list []Credential
	err := r.Control.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = readCredentials(ctx, tx, ` WHERE id = $1 AND kind = $2`, id, string(Key))
		return err
	})
	if err != nil {
		return fault.New(fault.Unavailable, "clients.blind").Because(err)
	}
	kept, digest := "", r.digest(token)
	if len(list) > 0 {
		kept = list[0].digest
	}
	if !same(digest, kept) {
		return errBadToken
	}
	switch c := &list[0]; {
	case !c.Revoked.IsZero():
		return held(fault.New(fault.Denied, "clients.revoked-credential", c.Label, day(c.Revoked)))
	case !r.now().Before(c.Expires):
		return held(fault.New(fault.Denied, "clients.expired-credential", c.Label, day(c.Expires)))
	}
	return errBadToken // made a moment ago elsewhere: the book will have it
}

// held marks a refusal of somebody who has shown the right secret.
func held(err error) error { return refusedHolder{err} }

type refusedHolder struct{ error }

func (h refusedHolder) Unwrap() error { return h.error }

func (r *Registry) byAccess(b *book, token string, now time.Time) (Principal, error) {
	claims, err := r.readAccess(token, now)
	if fault.Is(err, errBadToken.Key) {
		return Principal{}, err
	}
	if err != nil { // we have signed it
		return Principal{}, held(err)
	}
	client, credential := b.clients[claims.Client], b.credentials[claims.Credential]
	if client == nil || credential == nil || credential.Subject != client.ID || !now.Before(credential.Expires) {
		return Principal{}, held(fault.New(fault.Denied, "clients.token-revoked"))
	}
	// Scopes may have become fewer since the token was made.
	scopes := narrower(narrower(client.Scopes, credential.Scopes), strings.Fields(claims.Scope))
	return Principal{Kind: Program, ID: client.ID, Client: client, Credential: credential.ID, Scopes: scopes,
		Claims: claims, Expires: time.Unix(claims.Expires, 0).UTC()}, nil
}

// touchNow notes a use, at most once in a while for each credential.
func (r *Registry) touchNow(id string, now time.Time) {
	r.touched.Lock()
	defer r.touched.Unlock()
	if now.Sub(r.touched.at[id]) > flushUsed/2 {
		r.touched.at[id] = now
	}
}

// Permits reports whether the scopes allow an action, on a data set or, with
// "", on all of them. Roles and policies are asked besides.
func (p Principal) Permits(action policy.Action, dataset string) bool {
	if len(p.Scopes) == 0 {
		return true
	}
	if dataset == "" {
		return slices.Contains(p.Scopes, string(action))
	}
	return within(string(action)+":"+dataset, p.Scopes)
}

// Who is the principal as policies see it; of programs only, an account's is
// made where accounts are.
func (r *Registry) Who(ctx context.Context, p Principal) (policy.Who, error) {
	if p.Kind != Program {
		return policy.Who{}, fault.New(fault.Invalid, "clients.not-a-program", p.ID)
	}
	c := p.Client
	// Copies: others hold the client too.
	w := policy.Who{Kind: Program, ID: c.ID, Org: c.Org, Units: slices.Clone(c.Units), Roles: slices.Clone(c.Roles)}
	var err error
	if w.Orgs, err = r.Above(ctx, c.Org); err != nil {
		return policy.Who{}, err
	}
	covers := c.Covers
	if len(covers) == 0 {
		covers = []string{c.Org}
	}
	for _, org := range covers {
		below, err := r.Below(ctx, org)
		if err != nil {
			return policy.Who{}, err
		}
		w.Covers = append(w.Covers, below...)
	}
	slices.Sort(w.Covers)
	w.Covers = slices.Compact(w.Covers)
	return w, nil
}
