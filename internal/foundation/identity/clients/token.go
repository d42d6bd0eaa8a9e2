package clients

import (
	"context"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// A TokenRequest is what came to the token endpoint.
type TokenRequest struct {
	Authorization string     // that header, "" for none
	Form          url.Values // of the body only: what stands in an address ends up in logs
}

// A TokenResponse is the answer (RFC 6749 §5.1). It goes out with
// Cache-Control: no-store.
type TokenResponse struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"` // seconds
	Scope       string `json:"scope,omitempty"`

	Client string `json:"-"` // who got it, for the audit entry
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// Token answers the token endpoint. Its errors are *Refusal.
func (r *Registry) Token(ctx context.Context, q TokenRequest) (TokenResponse, error) {
	if err := r.clockHolds(); err != nil {
		return TokenResponse{}, refuse(Unavailable, err)
	}
	if err := q.check(); err != nil {
		return TokenResponse{}, refuse(InvalidRequest, err)
	}
	if q.Form.Get("grant_type") != "client_credentials" {
		return TokenResponse{}, refuse(UnsupportedGrantType, fault.New(fault.Invalid, "clients.grant-type"))
	}
	b, err := r.current(ctx)
	if err != nil {
		return TokenResponse{}, refuse(Unavailable, err)
	}
	c, credential, err := r.authenticate(ctx, b, q)
	if err != nil {
		return TokenResponse{}, refuse(InvalidClient, err)
	}
	now := r.now()
	if err := c.usable(now); err != nil {
		return TokenResponse{}, refuse(UnauthorizedClient, err)
	}
	scope, err := grantScope(c, credential, q.Form.Get("scope"))
	if err != nil {
		return TokenResponse{}, refuse(InvalidScope, err)
	}
	token, expires, err := r.issue(c, credential, scope, now)
	if err != nil {
		return TokenResponse{}, refuse(ServerError, err)
	}
	r.touch(credential.ID, now)
	return TokenResponse{AccessToken: token, TokenType: "Bearer", ExpiresIn: int(expires.Sub(now) / time.Second), Scope: scope, Client: c.ID}, nil
}

// check refuses requests that could be read in two ways.
func (q TokenRequest) check() error {
	size := len(q.Authorization)
	for name, values := range q.Form {
		// RFC 6749 §3.2: parameters must not be included more than once.
		if len(values) != 1 {
			return fault.New(fault.Invalid, "clients.twice", name)
		}
		size += len(name) + len(values[0])
	}
	if size > 2*largest {
		return fault.New(fault.TooLarge, "clients.large", size, 2*largest)
	}
	ways := 0
	for _, used := range []bool{q.Authorization != "", q.Form.Has("client_secret"), q.Form.Has("client_assertion")} {
		if used {
			ways++
		}
	}
	if ways > 1 {
		return fault.New(fault.Invalid, "clients.several-ways")
	}
	return nil
}

// authenticate finds out which client asks.
func (r *Registry) authenticate(ctx context.Context, b *book, q TokenRequest) (*Client, *Credential, error) {
	id := q.Form.Get("client_id")
	switch {
	case q.Form.Has("client_assertion"):
		if q.Form.Get("client_assertion_type") != assertionType {
			return nil, nil, refuse(InvalidRequest, fault.New(fault.Invalid, "clients.assertion-type", assertionType))
		}
		return r.byAssertion(ctx, b, q.Form.Get("client_assertion"), id)
	case q.Authorization != "":
		name, secret, ok := basic(q.Authorization)
		if !ok || id != "" && id != name {
			return nil, nil, errUnknown
		}
		return r.bySecret(b, name, secret)
	default:
		return r.bySecret(b, id, q.Form.Get("client_secret"))
	}
}

// basic reads client_secret_basic: both halves are form-encoded (RFC 6749
// §2.3.1).
func basic(header string) (id, secret string, ok bool) {
	if len(header) < 6 || !strings.EqualFold(header[:6], "basic ") {
		return "", "", false
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(header[6:]))
	if err != nil {
		return "", "", false
	}
	id, secret, ok = strings.Cut(string(raw), ":")
	if !ok {
		return "", "", false
	}
	id, err1 := url.QueryUnescape(id)
	secret, err2 := url.QueryUnescape(secret)
	return id, secret, err1 == nil && err2 == nil
}

// bySecret signs in with a client secret.
func (r *Registry) bySecret(b *book, id, secret string) (*Client, *Credential, error) {
	credential, err := r.compare(b, prefixSecret, secret)
	if err != nil {
		return nil, nil, err
	}
	c := b.clients[credential.Subject]
	if c == nil || c.ID != id {
		return nil, nil, errUnknown
	}
	return c, credential, nil
}

// compare finds the credential whose secret this is.
func (r *Registry) compare(b *book, prefix, secret string) (*Credential, error) {
	id, ok := parseSecret(prefix, secret)
	if !ok {
		return nil, errUnknown
	}
	c, digest := b.credentials[id], r.digest(secret)
	if c == nil || !same(digest, c.digest) {
		return nil, errUnknown
	}
	// Who holds the secret may know that it is over.
	if !r.now().Before(c.Expires) {
		return nil, fault.New(fault.Denied, "clients.expired-credential", c.Label, day(c.Expires))
	}
	return c, nil
}

// grantScope gives what is asked for if all of it is allowed, or all that is
// allowed when nothing is asked for.
func grantScope(c *Client, credential *Credential, asked string) (string, error) {
	if asked == "" {
		return strings.Join(narrower(c.Scopes, credential.Scopes), " "), nil
	}
	list := strings.Fields(asked)
	if len(list) > 200 {
		return "", fault.New(fault.Invalid, "clients.many-scopes", len(list), 200)
	}
	for _, s := range list {
		if !knownScope(s) || !within(s, c.Scopes) || !within(s, credential.Scopes) {
			return "", fault.New(fault.Denied, "clients.scope-denied", s)
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), " "), nil
}

// narrower is what two lists of scopes both allow; an empty one allows all. It
// is never empty when one of them is not: "none" then says that nothing is left.
func narrower(a, b []string) []string {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	var both []string
	for _, s := range a {
		if within(s, b) {
			both = append(both, s)
		}
	}
	for _, s := range b {
		if within(s, a) && !slices.Contains(both, s) {
			both = append(both, s)
		}
	}
	if len(both) == 0 {
		return []string{scopeNone}
	}
	return both
}

// scopeNone allows nothing.
const scopeNone = "none"
