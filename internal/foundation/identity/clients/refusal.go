package clients

import (
	"errors"
	"net/http"
	"strings"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// The codes of RFC 6749 §5.2 and RFC 6750 §3.1 that we answer with.
const (
	InvalidRequest       = "invalid_request"
	InvalidClient        = "invalid_client"
	UnauthorizedClient   = "unauthorized_client"
	UnsupportedGrantType = "unsupported_grant_type"
	InvalidScope         = "invalid_scope"
	InvalidToken         = "invalid_token"
	Unavailable          = "temporarily_unavailable"
	ServerError          = "server_error"
)

// A Refusal is an error of the token endpoint or of Verify as the protocol
// wants it told. It wraps the fault with the sentence for people.
type Refusal struct {
	Code      string // one of the codes
	Status    int    // of HTTP
	Challenge string // WWW-Authenticate, "" for none
	// Holder is set when who was refused has shown a right secret, which has
	// expired, was withdrawn, or whose account is not in use: they may be told so.
	Holder bool
	err    error
}

func (e *Refusal) Error() string { return e.Code + ": " + e.err.Error() }

// Unwrap returns the fault.
func (e *Refusal) Unwrap() error { return e.err }

// Body is what the answer says (RFC 6749 §5.2). error_description may hold
// ASCII only, so the sentence in Vietnamese stands beside it.
func (e *Refusal) Body() map[string]string {
	return map[string]string{
		"error":             e.Code,
		"error_description": ascii(locale.En.Error(e.err)),
		"detail_vi":         locale.Vi.Error(e.err),
	}
}

// ascii leaves out what RFC 6749 does not allow in error_description.
func ascii(text string) string {
	text = strings.NewReplacer("“", "'", "”", "'", `"`, "'", "–", "-", "…", "...", "’", "'").Replace(text)
	return strings.Map(func(c rune) rune {
		if c < 0x20 || c > 0x7e || c == '\\' {
			return '?'
		}
		return c
	}, text)
}

// refuse makes a Refusal of what went wrong. What is our own trouble stays so.
func refuse(code string, err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	r = &Refusal{Code: code, Status: http.StatusBadRequest, Holder: errors.As(err, new(refusedHolder)), err: err}
	switch fault.KindOf(err) {
	case fault.Unavailable:
		r.Code, r.Status = Unavailable, http.StatusServiceUnavailable
	case fault.Internal, fault.Cancelled:
		r.Code, r.Status = ServerError, http.StatusInternalServerError
	default:
		switch code {
		case InvalidClient:
			r.Status, r.Challenge = http.StatusUnauthorized, `Basic realm="phohien", charset="UTF-8"`
		case InvalidToken:
			r.Status, r.Challenge = http.StatusUnauthorized, `Bearer realm="phohien", error="invalid_token"`
		}
	}
	return r
}
