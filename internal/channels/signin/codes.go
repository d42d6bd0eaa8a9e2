package signin

import (
	"net/http"

	"github.com/phohien/phohien/internal/foundation/identity"
)

// codeRoutes are the ways in with a code that somebody was given: an activation
// slip, the link for the first administrator, the sealed code for emergencies.
func (s *pages) codeRoutes() {
	s.open("GET "+identity.ActivatePath, func(w http.ResponseWriter, r *http.Request) error { return s.showActivate(w, r, nil) })
	s.open("POST "+identity.ActivatePath, s.activate)
	s.open("GET /first", func(w http.ResponseWriter, r *http.Request) error { return s.showFirst(w, r, nil) })
	s.open("POST /first", s.first)
	s.open("GET /emergency", func(w http.ResponseWriter, r *http.Request) error { return s.showEmergency(w, r, nil) })
	s.open("POST /emergency", s.emergency)
}

type codeView struct {
	Problem                          string
	InApp                            string
	Code, Name, Login, Email, Reason string
}

func codeOf(r *http.Request, wrong error) codeView {
	v := codeView{Problem: problem(r, wrong)}
	v.InApp, _ = identity.InApp(r.UserAgent())
	if r.Method == http.MethodPost {
		v.Code, v.Name, v.Login = r.PostFormValue("code"), r.PostFormValue("name"), r.PostFormValue("login")
		v.Email, v.Reason = r.PostFormValue("email"), r.PostFormValue("why")
	}
	return v
}

func (s *pages) showActivate(w http.ResponseWriter, r *http.Request, wrong error) error {
	return s.shown(w, r, wrong, s.page(r, "signin.activate.title", identity.ActivatePath), activatePage(codeOf(r, wrong)))
}

func (s *pages) activate(w http.ResponseWriter, r *http.Request) error {
	step, err := s.Accounts.Activate(r.Context(), r.PostFormValue("code"), from(r))
	if err != nil {
		return s.showActivate(w, r, err)
	}
	return s.advance(w, r, step)
}

func (s *pages) showFirst(w http.ResponseWriter, r *http.Request, wrong error) error {
	return s.shown(w, r, wrong, s.page(r, "signin.first.title", "/first"), firstPage(codeOf(r, wrong)))
}

func (s *pages) first(w http.ResponseWriter, r *http.Request) error {
	n := identity.NewAccount{Login: r.PostFormValue("login"), Name: r.PostFormValue("name"), Email: r.PostFormValue("email")}
	step, err := s.Accounts.Claim(r.Context(), r.PostFormValue("code"), n, from(r))
	if err != nil {
		return s.showFirst(w, r, err)
	}
	return s.advance(w, r, step)
}

func (s *pages) showEmergency(w http.ResponseWriter, r *http.Request, wrong error) error {
	return s.shown(w, r, wrong, s.page(r, "signin.emergency.title", "/emergency"), emergencyPage(codeOf(r, wrong)))
}

// emergency opens the emergency account. No policy is asked whether it may sign
// in: it is there for the day on which policies keep everybody out.
func (s *pages) emergency(w http.ResponseWriter, r *http.Request) error {
	issued, events, err := s.Accounts.UseEmergency(r.Context(), r.PostFormValue("code"), r.PostFormValue("why"), from(r))
	if err != nil {
		return s.showEmergency(w, r, err)
	}
	for _, e := range events {
		s.Log.WarnContext(r.Context(), "the emergency account is in use", "event", e.ID, "account", e.Account, "ip", e.IP)
	}
	forgetOperator(w, r)
	account(w, r, issued.Token)
	return to(w, r, "/me")
}
