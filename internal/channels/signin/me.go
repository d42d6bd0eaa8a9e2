package signin

import (
	"net/http"
	"slices"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

func (s *pages) meRoutes() {
	s.own("GET /me", s.me)
	s.own("POST /me/org", s.actFor)
}

// A frame is what the pages of one's own account share.
type frame struct {
	Tab  string // "me", "security", "keys"
	Form string
	Done string // what has just been done, in words
}

func (s *pages) frame(r *http.Request, tab string) frame {
	f := frame{Tab: tab, Form: door.From(r.Context()).CSRF}
	if key := "signin.done." + r.URL.Query().Get("done"); locale.From(r.Context()).Has(key) {
		f.Done = ui.Say(r.Context(), key)
	}
	return f
}

// mine is the frame of a page of one's own account.
func (s *pages) mine(r *http.Request, title, path string) ui.Page {
	p := s.page(r, title, path)
	p.Place = "me"
	return p
}

type meView struct {
	frame
	Name, Login, Kind, Email, Phone, Org string
	Since, Last                          string
	Posts                                []postView
	Grants                               []grantView
	Roles                                []string // in this session
	Orgs                                 []orgView
	Acting                               string
	Purpose                              *purposeView
	Mandate                              string
	Mail                                 emailView
	Emergency                            bool
	Ends                                 string // when an emergency session does
}

type postView struct {
	Title, Org, Roles, Until string
}

type grantView struct {
	Role, Org, Until string
}

type orgView struct {
	ID, Name string
	Chosen   bool
}

type purposeView struct{ Name, Text, Basis, Until string }

func (s *pages) me(w http.ResponseWriter, r *http.Request, ses identity.Session) error {
	return s.meWith(w, r, ses, nil, emailView{})
}

// meWith shows one's own page with how far the address of notices has come.
func (s *pages) meWith(w http.ResponseWriter, r *http.Request, ses identity.Session, wrong error, mail emailView) error {
	l, a := locale.From(r.Context()), ses.Account
	book, err := s.book(r)
	if err != nil {
		return err
	}
	v := meView{
		frame: s.frame(r, "me"), Mail: mail, Name: a.Name, Login: a.Login, Email: a.Email, Phone: a.Phone, Org: book.name(a.OrgID), Kind: l.T("signin.kind." + a.Kind),
		Since: l.Date(a.CreatedAt), Last: l.Time(ses.MadeAt), Acting: book.name(ses.Org), Emergency: a.Kind == identity.KindEmergency, Ends: l.Time(ses.EndsAt),
		Roles: s.roles(r, door.From(r.Context()).Who.Roles),
	}
	if a.Kind == identity.KindCompany {
		v.Mandate = l.T("signin.mandate", book.name(a.OrgID), a.MandatePaper, l.Day(a.MandateFrom), l.Day(a.MandateTo))
	}
	for _, p := range book.posts(a.PersonID, org.Today(s.Now())) {
		v.Posts = append(v.Posts, postView{Title: p.Title, Org: book.name(p.Org), Roles: listed(s.roles(r, p.Roles)), Until: p.To.Display()})
	}
	grants, err := s.Accounts.Grants(r.Context(), a.ID)
	if err != nil {
		return err
	}
	today := org.Today(s.Now()).String()
	for _, g := range grants {
		if g.To == "" || g.To >= today {
			v.Grants = append(v.Grants, grantView{Role: listed(s.roles(r, []string{g.Role})), Org: book.name(g.Org), Until: l.Day(g.To)})
		}
	}
	orgs, err := s.Accounts.Orgs(r.Context(), a)
	if err != nil {
		return err
	}
	for _, id := range orgs {
		v.Orgs = append(v.Orgs, orgView{id, book.name(id), id == ses.Org})
	}
	v.Purpose = s.purposeOf(r, ses)
	return s.shown(w, r, wrong, s.mine(r, "site.me", "/me"), mePage(v))
}

// actFor chooses the organisation that the session acts for.
func (s *pages) actFor(w http.ResponseWriter, r *http.Request, ses identity.Session) error {
	if err := s.Accounts.ActFor(r.Context(), ses, r.PostFormValue("org")); err != nil {
		return err
	}
	return to(w, r, "/me", "done", "org")
}

// noAccount says to the operator and to programs that this is for people's own
// accounts.
func (s *pages) noAccount(w http.ResponseWriter, r *http.Request) error {
	return s.Show(w, r, s.mine(r, "site.me", "/me"), noAccountPage(s.frame(r, "")))
}

// A book knows the names of organisations and who has which post today.
type book struct{ *org.Snapshot }

func (s *pages) book(r *http.Request) (b book, err error) {
	if s.Orgs != nil {
		b.Snapshot, err = s.Orgs.Snapshot(r.Context())
	}
	return b, err
}

// name is an organisation's name, or its id where nobody knows it.
func (b book) name(id string) string { return b.Name(id) }

func (b book) posts(person string, today viet.Date) []org.Post {
	if b.Snapshot == nil || person == "" {
		return nil
	}
	return b.Snapshot.Posts(person, today)
}

// roles are roles in words, those that the program gives everybody left out.
func (s *pages) roles(r *http.Request, ids []string) (words []string) {
	known := s.Policies.Roles()
	for _, id := range ids {
		if id == policy.RolePublic {
			continue
		}
		i := slices.IndexFunc(known, func(k policy.Role) bool { return k.ID == id })
		if i < 0 {
			words = append(words, id)
		} else {
			words = append(words, locale.From(r.Context()).Of(known[i].Vi, known[i].En))
		}
	}
	return words
}
