package door

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/telemetry"
)

// SessionCookie names the cookie of a browser that has signed in.
const SessionCookie = "phohien_session"

// AccountCookie names the cookie of a browser in which a person has signed in;
// SessionCookie's is the operator's, who has shown the token of the start.
const AccountCookie = "phohien_account"

// TokenPath is where programs get access tokens (RFC 6749).
const TokenPath = "/api/v1/oauth/token"

// Knock finds out who makes a request at one of the doors.
func (d *Door) Knock(r *http.Request, at string) (*Caller, error) {
	c, err := d.Known(r)
	if err != nil {
		return nil, err
	}
	if c == nil {
		c = &Caller{Who: policy.Anonymous}
	}
	c.At, c.Host, c.Trace, c.IP = at, r.Host, trace(r), guard.Client(r).String()
	return c, nil
}

// trace is the id of a request, the same as in the program's log and in traces:
// the caller's own (W3C Trace Context) or a new one.
func trace(r *http.Request) string {
	if id := telemetry.Request(r.Context()); id != "" {
		return id
	}
	if parts := strings.Split(r.Header.Get("Traceparent"), "-"); len(parts) == 4 && len(parts[1]) == 32 {
		if _, err := hex.DecodeString(parts[1]); err == nil {
			return parts[1]
		}
	}
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// Bearer is the secret that a program shows, "" without.
func Bearer(r *http.Request) string {
	if shown := r.Header.Get("X-Phohien-Token"); shown != "" {
		return shown
	}
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(value)
	}
	return ""
}
