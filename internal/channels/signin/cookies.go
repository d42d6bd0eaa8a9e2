package signin

import (
	"net/http"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// pendingCookie names the cookie of a sign-in under way.
const pendingCookie = "phohien_signin"

// pendingPath is where that cookie is sent, and nowhere else.
const pendingPath = "/login"

// isWayIn reports whether an address is one of the pages that let people in.
func isWayIn(address string) bool {
	path, _, _ := strings.Cut(address, "?")
	switch path {
	case "/activate", "/first", "/emergency", "/logout":
		return true
	}
	return path == pendingPath || strings.HasPrefix(path, pendingPath+"/")
}

func pending(r *http.Request) string {
	c, err := r.Cookie(pendingCookie)
	if err != nil {
		return ""
	}
	return c.Value
}

// keep holds a sign-in under way in the browser for as long as it lasts.
func keep(w http.ResponseWriter, r *http.Request, token string, lasts time.Duration) {
	// Not an instant: the browser's clock may be another than ours.
	http.SetCookie(w, &http.Cookie{Name: pendingCookie, Value: token, Path: pendingPath, MaxAge: max(1, int(lasts.Seconds())),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: guard.Secure(r)})
}

// forget ends what keep holds.
func forget(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: pendingCookie, Path: pendingPath, MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: guard.Secure(r)})
}

// account holds a session in the browser; "" forgets it. Links from e-mails must
// find it, so it goes along when another site leads here (Lax); with forms that
// another site sends it does not.
func account(w http.ResponseWriter, r *http.Request, token string) {
	c := &http.Cookie{Name: door.AccountCookie, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: guard.Secure(r)}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// forgetOperator ends the standing of a browser that has shown the token of the
// start: whoever signs in acts as themselves.
func forgetOperator(w http.ResponseWriter, r *http.Request) {
	if _, err := r.Cookie(door.SessionCookie); err == nil {
		http.SetCookie(w, &http.Cookie{Name: door.SessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: guard.Secure(r)})
	}
}

// let lets somebody in, unless a policy keeps the account out.
func (s *pages) let(w http.ResponseWriter, r *http.Request, issued identity.Issued) error {
	who, err := s.Accounts.Who(r.Context(), issued.Session, s.Now())
	if err != nil {
		return err
	}
	d := s.Policies.Allow(who, policy.SignIn, policy.What{Kind: policy.KindSelf}, policy.Purpose{})
	if !d.Allowed {
		if err := s.Accounts.SignOut(r.Context(), issued.Session); err != nil {
			return err
		}
		return fault.New(fault.Denied, "signin.not-allowed")
	}
	forget(w, r)
	forgetOperator(w, r)
	account(w, r, issued.Token)
	return nil
}

func to(w http.ResponseWriter, r *http.Request, path string, pairs ...string) error {
	http.Redirect(w, r, ui.Address(path, pairs...), http.StatusSeeOther)
	return nil
}
