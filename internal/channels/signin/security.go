package signin

import (
	"net/http"
	"slices"
	"time"

	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
)

func (s *pages) securityRoutes() {
	s.own("GET /me/security", func(w http.ResponseWriter, r *http.Request, ses identity.Session) error {
		return s.security(w, r, ses, nil)
	})
	s.own("POST /me/password", s.changePassword)
	s.own("POST /me/sessions", s.endSessions)
	s.own("POST /me/factors/remove", s.removeFactor)
	s.own("POST /me/recovery", s.newRecovery)
}

type securityView struct {
	frame
	place
	Problem     string
	InApp       string
	Passkeys    bool
	HasPassword bool
	Set         string // when the password was chosen
	Need        int
	Alone       bool
	Methods     []methodView
	Left        int // recovery codes not used yet; -1: there are none to have
	Fresh       bool
	HasFactor   bool
	Emergency   bool
	SMS         bool // codes can be sent to the account's telephone
	Sessions    []sessionView
	Others      bool
}

type methodView struct {
	ID, Kind, Name, Made, Used string
	Blocked                    bool
}

type sessionView struct {
	ID, Device, IP, Made, Seen, By string
	This                           bool
}

// freshFor is how long ago somebody must have proved who it is to change what
// proves it; the service refuses later.
const freshFor = 15 * time.Minute

// hasFactor reports whether a second factor is set up; recovery codes are none.
func hasFactor(list []identity.Method) bool {
	return slices.ContainsFunc(list, func(m identity.Method) bool { return m.Kind != identity.FactorRecovery })
}

// fresh reports whether somebody has proved lately who it is.
func (s *pages) fresh(ses identity.Session, list []identity.Method) bool {
	since := ses.MadeAt
	if hasFactor(list) {
		since = ses.StrongAt
	}
	return s.Now().Sub(since) <= freshFor
}

func (s *pages) security(w http.ResponseWriter, r *http.Request, ses identity.Session, wrong error) error {
	list, err := s.Accounts.Methods(r.Context(), ses.Account.ID)
	if err != nil {
		return err
	}
	rules, err := s.Accounts.Rules(r.Context())
	if err != nil {
		return err
	}
	l, a := locale.From(r.Context()), ses.Account
	v := securityView{
		frame: s.frame(r, "security"), place: inSession(r), Problem: problem(r, wrong), HasPassword: !a.PasswordSet.IsZero(), Set: l.Date(a.PasswordSet),
		Left: -1, Fresh: s.fresh(ses, list), HasFactor: hasFactor(list), Emergency: a.Kind == identity.KindEmergency, SMS: s.SMS && a.Phone != "",
	}
	v.place.Back = "/me/security"
	v.InApp, v.Passkeys = identity.InApp(r.UserAgent())
	if v.Need, v.Alone = rules.Length, !v.HasFactor; v.Alone {
		v.Need = rules.LengthAlone
	}
	for _, m := range list {
		if m.Kind == identity.FactorRecovery {
			v.Left = m.Left
			continue
		}
		name := m.Name
		if name == "" {
			name = l.T("signin.factor." + string(m.Kind))
		}
		v.Methods = append(v.Methods, methodView{m.ID, string(m.Kind), name, l.Date(m.MadeAt), used(l, m.UsedAt, s.Now()), m.Blocked})
	}
	sessions, err := s.Accounts.Sessions(r.Context(), a.ID)
	if err != nil {
		return err
	}
	for _, o := range sessions {
		by := "signin.by.password"
		if o.Strong() {
			by = "signin.by." + string(o.StrongBy)
		}
		v.Sessions = append(v.Sessions, sessionView{o.ID, device(l, o.Agent), o.IP, l.Time(o.MadeAt), ui.Ago(l, o.SeenAt, s.Now()), l.T(by), o.ID == ses.ID})
		v.Others = v.Others || o.ID != ses.ID
	}
	return s.shown(w, r, wrong, s.mine(r, "signin.security", "/me/security"), securityPage(v))
}

// securityWrong shows the page with what was wrong. Who has to prove again who it
// is, is asked to.
func (s *pages) securityWrong(w http.ResponseWriter, r *http.Request, wrong error) error {
	if fault.Is(wrong, "identity.show-factor") {
		return to(w, r, "/me/confirm", "back", "/me/security")
	}
	if fault.KindOf(wrong) == fault.Internal {
		return wrong
	}
	ses, err := s.Accounts.Check(r.Context(), inSession(r).key, from(r))
	if err != nil {
		return err
	}
	return s.security(w, r, ses, wrong)
}

func (s *pages) changePassword(w http.ResponseWriter, r *http.Request, ses identity.Session) error {
	if err := s.Limits.SignIn(r); err != nil {
		return err
	}
	password, err := twice(r)
	if err == nil {
		err = s.Accounts.ChangePassword(r.Context(), ses, r.PostFormValue("old"), password, from(r))
	}
	if err != nil {
		return s.securityWrong(w, r, err)
	}
	return to(w, r, "/me/security", "done", "password")
}

// endSessions ends one session of the account, or all but this one.
func (s *pages) endSessions(w http.ResponseWriter, r *http.Request, ses identity.Session) error {
	id := r.PostFormValue("id")
	if id == "" {
		if err := s.Accounts.EndSessions(r.Context(), ses.Actor(), ses.Account.ID, ses.ID); err != nil {
			return err
		}
		return to(w, r, "/me/security", "done", "sessions")
	}
	if err := s.Accounts.EndSession(r.Context(), ses.Actor(), ses.Account.ID, id); err != nil {
		return s.securityWrong(w, r, err)
	}
	if id == ses.ID {
		account(w, r, "")
		return to(w, r, "/login", "bye", "1")
	}
	return to(w, r, "/me/security", "done", "session")
}

func (s *pages) removeFactor(w http.ResponseWriter, r *http.Request, _ identity.Session) error {
	if err := s.Accounts.RemoveMethod(r.Context(), inSession(r).key, r.PostFormValue("id")); err != nil {
		return s.securityWrong(w, r, err)
	}
	return to(w, r, "/me/security", "done", "removed")
}

func (s *pages) newRecovery(w http.ResponseWriter, r *http.Request, _ identity.Session) error {
	codes, err := s.Accounts.NewRecovery(r.Context(), inSession(r).key)
	if err != nil {
		return s.securityWrong(w, r, err)
	}
	return s.showRecovery(w, r, codes, "/me/security")
}
