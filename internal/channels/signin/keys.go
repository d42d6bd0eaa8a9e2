package signin

import (
	"net/http"
	"strconv"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

func (s *pages) keyRoutes() {
	s.own("GET /me/keys", func(w http.ResponseWriter, r *http.Request, ses identity.Session) error {
		return s.keys(w, r, ses, keysView{}, nil)
	})
	s.own("POST /me/keys", s.makeKey)
	s.own("POST /me/keys/revoke", s.revokeKey)
}

type keysView struct {
	frame
	Problem string
	Label   string
	Made    string // a new key, shown this once
	Keys    []keyView
	Days    []int
	None    bool // accounts of this kind have no keys
}

type keyView struct {
	ID, Label, Scope, Made, Used, Ends string
	Over                               bool
}

// keyDays are how long a key may last, the usual first.
var keyDays = []int{90, 30, 365}

func (s *pages) keys(w http.ResponseWriter, r *http.Request, ses identity.Session, v keysView, wrong error) error {
	l, now := locale.From(r.Context()), s.Now()
	list, err := s.Clients.Credentials(r.Context(), clients.Account, ses.Account.ID)
	if err != nil {
		return err
	}
	v.frame, v.Problem, v.Days, v.None = s.frame(r, "keys"), problem(r, wrong), keyDays, ses.Account.Kind == identity.KindEmergency
	for _, c := range list {
		k := keyView{ID: c.ID, Label: c.Label, Scope: l.T("signin.key.all"), Made: l.Date(c.MadeAt), Used: used(l, c.Used, now), Ends: l.Date(c.Expires)}
		if len(c.Scopes) > 0 {
			k.Scope = l.T("signin.key.read")
		}
		switch {
		case !c.Revoked.IsZero():
			k.Over, k.Ends = true, l.T("signin.key.revoked", l.Date(c.Revoked))
		case !now.Before(c.Expires):
			k.Over, k.Ends = true, l.T("signin.key.over", l.Date(c.Expires))
		}
		v.Keys = append(v.Keys, k)
	}
	return s.shown(w, r, wrong, s.mine(r, "signin.keys", "/me/keys"), keysPage(v))
}

// makeKey makes a key that acts for the account. A key outlives the session, so
// whoever makes one has proved lately who it is.
func (s *pages) makeKey(w http.ResponseWriter, r *http.Request, ses identity.Session) error {
	if ses.Account.Kind == identity.KindEmergency {
		return fault.New(fault.Denied, "signin.key.emergency")
	}
	list, err := s.Accounts.Methods(r.Context(), ses.Account.ID)
	if err != nil {
		return err
	}
	label := r.PostFormValue("label")
	if !s.fresh(ses, list) {
		if hasFactor(list) {
			return to(w, r, "/me/confirm", "back", "/me/keys")
		}
		return s.keys(w, r, ses, keysView{Label: label}, fault.New(fault.Denied, "signin.key.again"))
	}
	days, err := strconv.Atoi(r.PostFormValue("days"))
	if err != nil {
		days = keyDays[0]
	}
	wish := clients.Wish{Label: label, For: time.Duration(days) * 24 * time.Hour}
	if r.PostFormValue("scope") != "all" {
		wish.Scopes = []string{"read"}
	}
	text, made, err := s.Clients.NewPersonal(r.Context(), ses.Actor(), ses.Account.ID, wish)
	if err := s.noted(r, ses, "key.make", made.ID, err); err != nil {
		if fault.KindOf(err) == fault.Internal {
			return err
		}
		return s.keys(w, r, ses, keysView{Label: label}, err)
	}
	return s.keys(w, r, ses, keysView{Made: text}, nil)
}

func (s *pages) revokeKey(w http.ResponseWriter, r *http.Request, ses identity.Session) error {
	id := r.PostFormValue("id")
	err := s.Clients.Revoke(r.Context(), clients.Account, ses.Account.ID, id)
	if err := s.noted(r, ses, "key.revoke", id, err); err != nil {
		return err
	}
	return to(w, r, "/me/keys", "done", "key")
}

// noted writes down what was done with a key of one's own.
func (s *pages) noted(r *http.Request, ses identity.Session, did, key string, err error) error {
	what := policy.What{Kind: policy.KindSelf, ID: ses.Account.ID}
	if e := s.Door.Done(r.Context(), policy.OwnAccount, what, err, map[string]string{"did": did, "key": key}); e != nil && err == nil {
		return e
	}
	return err
}
