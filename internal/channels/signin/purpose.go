package signin

import (
	"net/http"
	"slices"

	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

func (s *pages) purposeRoutes() {
	s.own("GET /me/purpose", func(w http.ResponseWriter, r *http.Request, ses identity.Session) error {
		v := choiceView{Back: backOf(r)}
		if p := ses.Purpose; p != nil {
			v.Code, v.Text = p.Code, p.Text
		}
		return s.choosePurpose(w, r, ses, v, nil)
	})
	s.own("POST /me/purpose", s.setPurpose)
}

type choiceView struct {
	frame
	Back, Code, Text string
	Problem          string
	Purposes         []purposeOption
	Current          *purposeView
	Lasts            int // minutes, 0 = as long as the session
}

type purposeOption struct{ Code, Name, Basis string }

// nameOf is a purpose in the reader's language.
func nameOf(r *http.Request, p policy.PurposeOf) string {
	return locale.From(r.Context()).Of(p.Vi, p.En)
}

// purposeOf is the purpose that a session has named, nil for none in force.
func (s *pages) purposeOf(r *http.Request, ses identity.Session) *purposeView {
	p := ses.Purpose
	if p == nil {
		return nil
	}
	v := &purposeView{Name: p.Code, Text: p.Text, Basis: p.Basis}
	if !p.Until.IsZero() {
		v.Until = locale.From(r.Context()).Time(p.Until)
	}
	if named, ok := s.purpose(p.Code); ok {
		v.Name = nameOf(r, named)
	}
	return v
}

// purpose finds a purpose among those that may be named.
func (s *pages) purpose(code string) (policy.PurposeOf, bool) {
	all := s.Policies.Purposes()
	i := slices.IndexFunc(all, func(p policy.PurposeOf) bool { return p.Code == code })
	if i < 0 {
		return policy.PurposeOf{}, false
	}
	return all[i], true
}

func (s *pages) choosePurpose(w http.ResponseWriter, r *http.Request, ses identity.Session, v choiceView, wrong error) error {
	rules, err := s.Accounts.Rules(r.Context())
	if err != nil {
		return err
	}
	v.frame, v.Problem, v.Current, v.Lasts = s.frame(r, ""), problem(r, wrong), s.purposeOf(r, ses), rules.PurposeMinutes
	for _, p := range s.Policies.Purposes() {
		v.Purposes = append(v.Purposes, purposeOption{p.Code, nameOf(r, p), p.Basis})
	}
	return s.shown(w, r, wrong, s.mine(r, "signin.purpose.title", ui.Address("/me/purpose", "back", v.Back)), purposePage(v))
}

// setPurpose keeps the purpose with the basis that the policies name for it.
func (s *pages) setPurpose(w http.ResponseWriter, r *http.Request, ses identity.Session) error {
	v := choiceView{Back: backOf(r), Code: r.PostFormValue("purpose"), Text: r.PostFormValue("text")}
	p, ok := s.purpose(v.Code)
	if !ok {
		return s.choosePurpose(w, r, ses, v, fault.New(fault.Invalid, "signin.purpose.none"))
	}
	if err := s.Accounts.SetPurpose(r.Context(), ses, p.Code, v.Text, p.Basis); err != nil {
		if fault.KindOf(err) == fault.Invalid {
			return s.choosePurpose(w, r, ses, v, err)
		}
		return err
	}
	return to(w, r, v.Back)
}
