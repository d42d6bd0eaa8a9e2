package signin

import (
	"encoding/base64"
	"net/http"
	"slices"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// A place is where factors are shown or set up: in a sign-in under way or in a
// session. Both have the same pages.
type place struct {
	Base string // "/login" or "/me"
	Form string // token of the session's forms, "" in a sign-in
	Back string
	key  string // what the service knows the sign-in or session by
}

func inSignIn(r *http.Request) place {
	return place{Base: "/login", Back: backOf(r), key: pending(r)}
}

func inSession(r *http.Request) place {
	p := place{Base: "/me", Form: door.From(r.Context()).CSRF, Back: backOf(r)}
	if c, err := r.Cookie(door.AccountCookie); err == nil {
		p.key = c.Value
	}
	return p
}

func (s *pages) enrolRoutes() {
	in := func(f func(http.ResponseWriter, *http.Request, place) error) func(http.ResponseWriter, *http.Request) error {
		return func(w http.ResponseWriter, r *http.Request) error { return f(w, r, inSignIn(r)) }
	}
	mine := func(f func(http.ResponseWriter, *http.Request, place) error) func(http.ResponseWriter, *http.Request, identity.Session) error {
		return func(w http.ResponseWriter, r *http.Request, _ identity.Session) error { return f(w, r, inSession(r)) }
	}
	s.open("POST /login/enrol/{kind}", in(s.setUp))
	s.open("POST /login/enrol/{kind}/confirm", in(s.confirmFactor))
	s.own("POST /me/enrol/{kind}", mine(s.setUp))
	s.own("POST /me/enrol/{kind}/confirm", mine(s.confirmFactor))
}

type setUpView struct {
	place
	Problem string
	QR      string // data: address of the picture, "" when it is not shown again
	Secret  string
	SentTo  string
}

// setUp begins to set a factor up.
func (s *pages) setUp(w http.ResponseWriter, r *http.Request, at place) error {
	v := setUpView{place: at}
	switch kind := identity.Factor(r.PathValue("kind")); kind {
	case identity.FactorTOTP:
		setup, err := s.Accounts.SetUpTOTP(r.Context(), at.key)
		if err != nil {
			return s.notSetUp(w, r, at, err)
		}
		v.QR, v.Secret = "data:image/png;base64,"+base64.StdEncoding.EncodeToString(setup.QR), spaced(setup.Secret)
		return s.Show(w, r, s.enrolFrame(r, at, kind), totpPage(v))
	case identity.FactorSMS:
		sent, err := s.Accounts.SetUpSMS(r.Context(), at.key)
		if err != nil {
			return s.notSetUp(w, r, at, err)
		}
		v.SentTo = sent
		return s.Show(w, r, s.enrolFrame(r, at, kind), smsPage(v))
	case identity.FactorPasskey:
		c, err := s.Accounts.SetUpPasskey(r.Context(), at.key)
		if err != nil {
			return tell(w, r, err)
		}
		return give(w, c.Options)
	default:
		return fault.New(fault.NotFound, "page.no-such-page")
	}
}

// spaced groups a secret by four, as people copy it.
func spaced(text string) string {
	out := ""
	for i, r := range text {
		if i > 0 && i%4 == 0 {
			out += " "
		}
		out += string(r)
	}
	return out
}

func (s *pages) enrolFrame(r *http.Request, at place, kind identity.Factor) ui.Page {
	title := "signin.enrol." + string(kind) + ".title"
	if at.Base == "/me" {
		p := s.page(r, title, "/me/security")
		p.Place = "me"
		return p
	}
	return s.page(r, title, ui.Address("/login/step", "back", at.Back, "by", string(kind)))
}

// notSetUp goes back to where a factor was chosen, with what was wrong.
func (s *pages) notSetUp(w http.ResponseWriter, r *http.Request, at place, err error) error {
	if at.Base == "/login" {
		return s.again(w, r, err)
	}
	return s.securityWrong(w, r, err)
}

// confirmFactor keeps a factor once it has shown that it works.
func (s *pages) confirmFactor(w http.ResponseWriter, r *http.Request, at place) error {
	kind, name, code := identity.Factor(r.PathValue("kind")), r.PostFormValue("name"), r.PostFormValue("code")
	var step identity.Step
	var err error
	switch kind {
	case identity.FactorTOTP:
		step, err = s.Accounts.ConfirmTOTP(r.Context(), at.key, code, name)
	case identity.FactorSMS:
		step, err = s.Accounts.ConfirmSMS(r.Context(), at.key, code)
	case identity.FactorPasskey:
		step, err = s.Accounts.ConfirmPasskey(r.Context(), at.key, []byte(r.PostFormValue("answer")), name)
	default:
		err = fault.New(fault.NotFound, "page.no-such-page")
	}
	if fault.Is(err, "identity.code.wrong") && kind != identity.FactorPasskey {
		return s.codeAgain(w, r, at, kind, err)
	}
	if err != nil {
		return s.notSetUp(w, r, at, err)
	}
	if at.Base == "/login" {
		return s.advance(w, r, step)
	}
	if len(step.Recovery) > 0 {
		return s.showRecovery(w, r, step.Recovery, "/me/security")
	}
	return to(w, r, "/me/security", "done", "factor")
}

// codeAgain asks for the code once more. The picture is not shown again: what
// was scanned still counts.
func (s *pages) codeAgain(w http.ResponseWriter, r *http.Request, at place, kind identity.Factor, wrong error) error {
	v := setUpView{place: at, Problem: problem(r, wrong), SentTo: r.PostFormValue("sent")}
	body := totpPage(v)
	if kind == identity.FactorSMS {
		body = smsPage(v)
	}
	return s.ShowWrong(w, r, wrong, s.enrolFrame(r, at, kind), body)
}

type recoveryView struct {
	Codes []string
	Next  string
	Day   string
}

// showRecovery shows codes this once.
func (s *pages) showRecovery(w http.ResponseWriter, r *http.Request, codes []string, next string) error {
	v := recoveryView{Codes: codes, Next: next, Day: locale.From(r.Context()).Date(s.Now())}
	p := s.page(r, "signin.recovery.title", next)
	return s.Show(w, r, p, recoveryPage(v))
}

func has(list []identity.Factor, f identity.Factor) bool { return slices.Contains(list, f) }

// way is the address of this page with another factor.
func (v stepView) way(f identity.Factor) string {
	if v.Base == "/me" {
		return ui.Address("/me/confirm", "back", v.Back, "by", string(f))
	}
	return ui.Address("/login/step", "back", v.Back, "by", string(f))
}

// offered are the factors that an account can add. Whether codes can be sent is
// for the service to say.
func (v securityView) offered() []identity.Factor {
	list := []identity.Factor{identity.FactorPasskey, identity.FactorTOTP}
	if v.SMS {
		list = append(list, identity.FactorSMS)
	}
	return list
}
