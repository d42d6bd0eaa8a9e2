// Package guard stands before every door that speaks HTTP, until accounts
// exist. Loopback is not a wall: any page in a browser can send requests to it,
// and a name that resolves to 127.0.0.1 makes such a page "same origin". So the
// Host header must be a name we answer to, and whoever writes must show the
// token that the start printed and, when a browser says where the request comes
// from, come from our own pages.
package guard

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// CookieName names the cookie by which a browser shows that it once had the
// token.
const CookieName = "phohien_session"

// A Guard knows the names we answer to and the token that writes need.
type Guard struct {
	Hosts []string // without port, lower case; IPv6 without brackets
	Token string   // never empty: app makes one
}

// Loopback are the names under which a program on the same machine finds us.
var Loopback = []string{"localhost", "127.0.0.1", "::1"}

// CheckHost refuses a request that was made for another name.
func (g *Guard) CheckHost(r *http.Request) error {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if slices.Contains(g.Hosts, host) {
		return nil
	}
	return fault.New(fault.Denied, "door.host", r.Host)
}

// CheckOrigin refuses a request that a page of another site made. A request
// without Origin comes from a program, or is a plain link.
func (g *Guard) CheckOrigin(r *http.Request) error {
	origin := r.Header.Get("Origin")
	if origin == "" {
		if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
			return fault.New(fault.Denied, "door.origin", site)
		}
		return nil
	}
	u, err := url.Parse(origin)
	scheme := "http"
	if Secure(r) {
		scheme = "https"
	}
	if err != nil || u.Scheme != scheme || !strings.EqualFold(u.Host, r.Host) {
		return fault.New(fault.Denied, "door.origin", origin)
	}
	return nil
}

// CheckToken refuses a request whose headers do not carry the token.
func (g *Guard) CheckToken(r *http.Request) error {
	shown := r.Header.Get("X-Phohien-Token")
	if shown == "" {
		scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if strings.EqualFold(scheme, "Bearer") {
			shown = strings.TrimSpace(value)
		}
	}
	if shown == "" {
		return fault.New(fault.Denied, "door.token-missing")
	}
	return g.Match(shown)
}

// Match refuses a text that is not the token.
func (g *Guard) Match(shown string) error {
	if g.Token != "" && subtle.ConstantTimeCompare([]byte(shown), []byte(g.Token)) == 1 {
		return nil
	}
	return fault.New(fault.Denied, "door.token-wrong")
}

// CheckWrite refuses a write that may not be: the origin first, then the token.
func (g *Guard) CheckWrite(r *http.Request) error {
	if err := g.CheckOrigin(r); err != nil {
		return err
	}
	return g.CheckToken(r)
}

// Session is the cookie for a browser that has shown the token. Its value is
// derived from the token, so that a copy of the cookie is not the token, and is
// worth nothing after a start with another one.
func (g *Guard) Session(r *http.Request) *http.Cookie {
	return &http.Cookie{
		Name: CookieName, Value: g.proof(), Path: "/",
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: Secure(r),
	}
}

// InSession reports whether a browser has shown the token before.
func (g *Guard) InSession(r *http.Request) bool {
	c, err := r.Cookie(CookieName)
	return err == nil && g.Token != "" && subtle.ConstantTimeCompare([]byte(c.Value), []byte(g.proof())) == 1
}

// CSRF is what the forms of such a browser carry.
func (g *Guard) CSRF() string {
	h := hmac.New(sha256.New, []byte(g.Token))
	h.Write([]byte("phohien browser forms"))
	return hex.EncodeToString(h.Sum(nil))
}

func (g *Guard) proof() string {
	h := hmac.New(sha256.New, []byte(g.Token))
	h.Write([]byte("phohien browser session"))
	return hex.EncodeToString(h.Sum(nil))
}
