// Package signin is the pages by which people come in and look after their own
// account: signing in with its second factors, activation slips, the first
// administrator, and what each may see and end of their own.
//
// All of it works with forms alone, but for passkeys, which browsers give to
// scripts only.
package signin

import (
	"context"
	"net/http"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// Deps is what the pages stand on.
type Deps struct {
	*site.Site
	Accounts *identity.Service
	Clients  *clients.Registry
	Orgs     *org.Store // nil: organisations are shown by their ids, posts not at all
	Policies *policy.Policies
	Limits   *guard.Limits
	SMS      bool // codes can be sent to telephones
	// Letter mails a code to an address that is to be proved; nil: none is mailed.
	Letter func(ctx context.Context, address string, l locale.Lang, subject, text string) error
	Now    func() time.Time // time.Now when nil
}

type pages struct{ Deps }

// New adds the pages to the site.
func New(d Deps) {
	if d.Now == nil {
		d.Now = time.Now
	}
	s := &pages{d}
	s.enterRoutes()
	s.codeRoutes()
	s.enrolRoutes()
	s.meRoutes()
	s.emailRoutes()
	s.securityRoutes()
	s.keyRoutes()
	s.purposeRoutes()
	s.confirmRoutes()
}

// mostForm bounds a form: the answer of a passkey is the longest thing in one.
const mostForm = 128 << 10

// read reads a form.
func read(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "page.form").Because(err)
	}
	return nil
}

// open adds a page that those use who have not signed in. What is sent to one
// counts as an attempt to sign in.
func (s *pages) open(pattern string, f func(http.ResponseWriter, *http.Request) error) {
	s.Handle(pattern, door.Open, func(w http.ResponseWriter, r *http.Request) error {
		if r.Method == http.MethodPost {
			if err := s.Limits.SignIn(r); err != nil {
				return err
			}
			if err := read(w, r); err != nil {
				return err
			}
		}
		return f(w, r)
	})
}

// own adds a page of one's own account. Forms must be those of the session.
func (s *pages) own(pattern string, f func(http.ResponseWriter, *http.Request, identity.Session) error) {
	s.Handle(pattern, door.Of(policy.OwnAccount, policy.KindSelf), func(w http.ResponseWriter, r *http.Request) error {
		if r.Method == http.MethodPost {
			if err := read(w, r); err != nil {
				return err
			}
			if err := s.FormToken(r.Context(), r.PostFormValue("token")); err != nil {
				return err
			}
		}
		session := door.From(r.Context()).SignedIn
		if session == nil {
			return s.noAccount(w, r)
		}
		return f(w, r, *session)
	})
}

func from(r *http.Request) identity.Origin {
	return identity.Origin{IP: guard.Client(r), Agent: r.UserAgent()}
}

// backOf is where a sign-in leads to: a page of ours, never one of these.
func backOf(r *http.Request) string {
	back := site.Local(r.FormValue("back"))
	if isWayIn(back) {
		return "/"
	}
	return back
}
