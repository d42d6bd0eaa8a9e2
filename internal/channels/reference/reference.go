package reference

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// Path is the address of the reference.
const Path = "/api/docs"

// pages are the pages of this package.
type pages struct {
	*site.Site
	book func() (*book, error) // read when a page is first opened
}

// New adds the pages of an OpenAPI document to the site. They are open, as the
// document is.
func New(s *site.Site, document func() ([]byte, error)) {
	p := &pages{s, sync.OnceValues(func() (*book, error) {
		text, err := document()
		if err != nil {
			return nil, err
		}
		return readBook(text)
	})}
	s.Handle("GET "+Path, door.Open, p.index)
	s.Handle("GET "+Path+"/{group}", door.Open, p.group)
}

// index lists all operations; q keeps those that have its words.
func (p *pages) index(w http.ResponseWriter, r *http.Request) error {
	book, err := p.book()
	if err != nil {
		return err
	}
	l := locale.From(r.Context())
	v := indexView{Base: base(r), Query: strings.TrimSpace(r.URL.Query().Get("q")), Version: book.Info.Version}
	words := strings.Fields(viet.Fold(v.Query))
	for i := range book.groups {
		g := groupLine{Name: book.groups[i].tag, Title: half(l, book.groups[i].about)}
		for _, op := range book.groups[i].operations {
			if op.fits(words) {
				g.Operations = append(g.Operations, lineOf(l, g.Name, op))
			}
		}
		if len(g.Operations) > 0 {
			v.Groups = append(v.Groups, g)
		}
	}
	return p.Show(w, r, p.Page(r, ui.Say(r.Context(), "reference.title"), ""), indexPage(v))
}

// group shows the operations of one group in full.
func (p *pages) group(w http.ResponseWriter, r *http.Request) error {
	book, err := p.book()
	if err != nil {
		return err
	}
	g := book.group(r.PathValue("group"))
	if g == nil {
		return fault.New(fault.NotFound, "page.no-such-page")
	}
	l := locale.From(r.Context())
	v := groupView{Title: half(l, g.about)}
	for i := range book.groups {
		other := &book.groups[i]
		v.Groups = append(v.Groups, ui.Tab{Address: Path + "/" + other.tag, Text: half(l, other.about), Current: other == g})
	}
	for _, op := range g.operations {
		v.Operations = append(v.Operations, book.shown(l, base(r), g.tag, op))
	}
	for _, name := range book.schemas(g) {
		v.Schemas = append(v.Schemas, book.schemaOf(l, name))
	}
	for _, name := range slices.Sorted(maps.Keys(book.Components.Schemas)) {
		if strings.HasPrefix(name, problem) {
			v.Problem = append(v.Problem, book.schemaOf(l, name))
		}
	}
	return p.Show(w, r, p.Page(r, v.Title, ""), groupPage(v))
}

// base is the address under which the reader has found us.
func base(r *http.Request) string {
	if guard.Secure(r) {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
