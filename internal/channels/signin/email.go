package signin

import (
	"net/http"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
)

func (s *pages) emailRoutes() {
	s.own("POST /me/email", s.askEmail)
	s.own("POST /me/email/confirm", s.confirmEmail)
	s.own("POST /me/email/remove", s.dropEmail)
}

// An emailView is the part of one's own page about the address of notices.
type emailView struct {
	New     string // address as it was typed
	Pending string // address that a code was sent to and that waits for it
	Problem string
}

// askEmail mails a code to a new address. The address comes back within the page
// and not within its own address, which stands in logs.
func (s *pages) askEmail(w http.ResponseWriter, r *http.Request, ses identity.Session) error {
	if err := s.Limits.SignIn(r); err != nil {
		return err
	}
	typed := r.PostFormValue("email")
	email, err := s.mailCode(r, ses, typed)
	if err != nil {
		return s.emailWrong(w, r, ses, err, emailView{New: typed})
	}
	return s.meWith(w, r, ses, nil, emailView{Pending: email})
}

func (s *pages) mailCode(r *http.Request, ses identity.Session, typed string) (string, error) {
	if s.Letter == nil {
		return "", fault.New(fault.Unavailable, "notify.no-mail")
	}
	ctx, l := r.Context(), locale.From(r.Context())
	email, code, err := s.Accounts.AskEmail(ctx, ses.Account, typed)
	if err != nil {
		return "", err
	}
	return email, s.Letter(ctx, email, l, l.T("signin.email-letter"), l.T("signin.email-letter.text", code))
}

func (s *pages) confirmEmail(w http.ResponseWriter, r *http.Request, ses identity.Session) error {
	if err := s.Limits.SignIn(r); err != nil {
		return err
	}
	email := r.PostFormValue("email")
	if err := s.Accounts.ConfirmEmail(r.Context(), ses.Account, email, r.PostFormValue("code")); err != nil {
		return s.emailWrong(w, r, ses, err, emailView{Pending: email})
	}
	return to(w, r, "/me", "done", "email")
}

func (s *pages) dropEmail(w http.ResponseWriter, r *http.Request, ses identity.Session) error {
	if err := s.Accounts.DropEmail(r.Context(), ses.Account); err != nil {
		return err
	}
	return to(w, r, "/me", "done", "email-gone")
}

// emailWrong shows the page again with what was wrong.
func (s *pages) emailWrong(w http.ResponseWriter, r *http.Request, ses identity.Session, wrong error, v emailView) error {
	if fault.KindOf(wrong) == fault.Internal {
		return wrong
	}
	v.Problem = problem(r, wrong)
	return s.meWith(w, r, ses, wrong, v)
}
