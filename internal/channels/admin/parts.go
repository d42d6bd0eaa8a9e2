package admin

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/parts"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// A screenView is one page, ready to show: sections one below the other, each
// with facts, a table and forms.
type screenView struct {
	Crumbs   []linkView
	Place    string // entry of the menu; "" = admin
	Title    string
	Vi       bool // the title is data: Vietnamese in any language
	Lead     string
	Bands    []bandView
	Tabs     []linkView
	Done     string // what has just been done
	Problem  string // why it was not
	Sections []sectionView
}

// What the pages are made of, under short names.
type (
	linkView   = parts.Link
	bandView   = parts.Band
	factView   = parts.Fact
	formView   = parts.Form
	hiddenView = parts.Hidden
	fieldView  = parts.Field
	pickView   = parts.Pick
)

// head is what stands above the sections.
func (v *screenView) head() parts.Head {
	return parts.Head{Crumbs: v.Crumbs, Title: v.Title, Vi: v.Vi, Lead: v.Lead, Bands: v.Bands, Tabs: v.Tabs, Done: v.Done, Problem: v.Problem}
}

type sectionView struct {
	ID, Title, Lead string
	Notes           []string
	Facts           []factView
	Table           *tableView
	Forms           []formView
	Body            templ.Component // what the parts have no form for
}

type tableView struct {
	Caption string
	Head    []string
	Rows    [][]cellView
	Empty   string // said instead of a table without rows
}

type cellView struct {
	Text, Link string
	Under      string // a second line, softer
	Code, Vi   bool
	Bands      []bandView
	Forms      []formView // buttons
}

// show answers with a page.
func (s *pages) show(w http.ResponseWriter, r *http.Request, v screenView) error {
	if v.Done == "" {
		v.Done = doneWords(r.Context(), r.URL.Query().Get("done"))
	}
	return s.Show(w, r, s.Page(r, v.Title, cmp.Or(v.Place, "admin")), screenPage(v))
}

// act reads a form of ours and does what it asks for. What the unit can mend is
// said on the page that the form stands on, which again makes.
func (s *pages) act(w http.ResponseWriter, r *http.Request, again func() (screenView, error), do func(f url.Values) (to string, err error)) error {
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	to, err := do(f)
	if err != nil {
		return s.refuse(w, r, err, func() (screenView, error) {
			v, e := again()
			v.keep(r.URL.Path, f)
			return v, e
		})
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// seen is the hidden field that names what the reader had before them. Where that has
// changed, the words that were written stay all the same.
const seen = "seen"

// keep leaves in the form of a path the words that were written into it, and opens it.
func (v *screenView) keep(path string, f url.Values) {
	for _, section := range v.Sections {
		for i := range section.Forms {
			form := &section.Forms[i]
			if form.Path != path || slices.ContainsFunc(form.Hidden, func(h hiddenView) bool { return h.Name != seen && f.Get(h.Name) != h.Value }) {
				continue
			}
			form.Folded = false
			for j := range form.Fields {
				if one := &form.Fields[j]; one.Kind == "" || one.Kind == "area" {
					one.Value = cmp.Or(f.Get(one.Name), one.Value)
				}
			}
		}
	}
}

// refuse says on a page what was wrong; what the page cannot mend is an error
// like any other.
func (s *pages) refuse(w http.ResponseWriter, r *http.Request, err error, again func() (screenView, error)) error {
	if !site.Mendable(err) {
		return err
	}
	v, e := again()
	if e != nil {
		return err // the page itself is not there
	}
	v.Problem = s.explained(r.Context(), err)
	return ui.Render(w, r, api.Status(err), wholePage(s.Page(r, v.Title, cmp.Or(v.Place, "admin")), screenPage(v)))
}

// mostForm bounds a form: a list of five thousand people fits.
const mostForm = 16 << 20

// token is what forms of the caller's session carry.
func token(ctx context.Context) string { return door.From(ctx).CSRF }

// did writes down that something was done, or that it failed, and gives err back.
func (s *pages) did(ctx context.Context, action policy.Action, kind, id string, err error, detail map[string]string) error {
	return s.Door.Did(ctx, action, policy.What{Kind: kind, ID: id}, err, detail)
}

// shownDay writes a day kept as 2026-11-22 for people.
func shownDay(iso string) string {
	d, _, err := viet.ParseDate([]byte(iso))
	if err != nil {
		return iso
	}
	return d.Display()
}

// agoWords says when something happened, or that it never has.
func agoWords(l locale.Lang, at time.Time) string {
	if at.IsZero() {
		return l.T("people.never")
	}
	return ui.Ago(l, at, time.Now())
}

// with adds a value to an address of ours.
func with(path, name, value string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// An entryView is a page of the index with what it is for.
type entryView struct{ Path, Title, Lead string }
