package signin

import (
	"net/http"
	"slices"

	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
)

// confirmRoutes show a second factor in a session, for what asks for one.
func (s *pages) confirmRoutes() {
	s.own("GET /me/confirm", func(w http.ResponseWriter, r *http.Request, ses identity.Session) error {
		return s.confirm(w, r, ses, r.URL.Query().Get("sent"), nil)
	})
	s.own("POST /me/factor", s.strengthen)
	s.own("POST /me/challenge/passkey", func(w http.ResponseWriter, r *http.Request, _ identity.Session) error {
		c, err := s.Accounts.Challenge(r.Context(), inSession(r).key, identity.FactorPasskey)
		if err != nil {
			return tell(w, r, err)
		}
		return give(w, c.Options)
	})
	s.own("POST /me/challenge/sms", func(w http.ResponseWriter, r *http.Request, ses identity.Session) error {
		c, err := s.Accounts.Challenge(r.Context(), inSession(r).key, identity.FactorSMS)
		if err != nil {
			return s.confirm(w, r, ses, "", err)
		}
		return to(w, r, "/me/confirm", "back", backOf(r), "by", string(identity.FactorSMS), "sent", c.SentTo)
	})
}

func (s *pages) confirm(w http.ResponseWriter, r *http.Request, ses identity.Session, sent string, wrong error) error {
	list, err := s.Accounts.Methods(r.Context(), ses.Account.ID)
	if err != nil {
		return err
	}
	v := stepView{place: inSession(r), Name: ses.Account.Name, Problem: problem(r, wrong), SentTo: sent}
	v.InApp, v.Passkeys = identity.InApp(r.UserAgent())
	for _, m := range list {
		usable := !m.Blocked && (m.Kind != identity.FactorRecovery || m.Left > 0)
		if usable && !slices.Contains(v.Factors, m.Kind) {
			v.Factors = append(v.Factors, m.Kind)
		}
	}
	if i := slices.Index(v.Factors, identity.FactorPasskey); i > 0 {
		v.Factors = slices.Insert(slices.Delete(v.Factors, i, i+1), 0, identity.FactorPasskey)
	}
	v.By = chosen(r, v.Factors, v.Passkeys)
	p := s.mine(r, "signin.confirm.title", ui.Address("/me/confirm", "back", v.Back, "by", string(v.By)))
	if !hasFactor(list) {
		return s.shown(w, r, wrong, p, noFactorPage(v))
	}
	return s.shown(w, r, wrong, p, factorPage(v))
}

func (s *pages) strengthen(w http.ResponseWriter, r *http.Request, ses identity.Session) error {
	if err := s.Limits.SignIn(r); err != nil {
		return err
	}
	if _, err := s.Accounts.Strengthen(r.Context(), ses, proof(r), from(r)); err != nil {
		if fault.KindOf(err) == fault.Internal {
			return err
		}
		return s.confirm(w, r, ses, r.PostFormValue("sent"), err)
	}
	return to(w, r, backOf(r))
}
