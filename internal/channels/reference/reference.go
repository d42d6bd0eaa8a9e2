package reference

import (
	"maps"
	"net/http"
	"slices"
	"strings"

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
	book *book
}

// New reads the OpenAPI document and adds its pages to the site. They are open,
// as the document is.
func New(s *site.Site, document []byte) error {
	b, err := readBook(document)
	if err != nil {
		return err
	}
	p := &pages{s, b}
	s.Handle("GET "+Path, door.Open, p.index)
	s.Handle("GET "+Path+"/{group}", door.Open, p.group)
	return nil
}

// index lists all operations; q keeps those that have its words.
func (p *pages) index(w http.ResponseWriter, r *http.Request) error {
	l := locale.From(r.Context())
	v := indexView{Base: base(r), Query: strings.TrimSpace(r.URL.Query().Get("q")), Version: p.book.Info.Version}
	words := strings.Fields(viet.Fold(v.Query))
	for i := range p.book.groups {
		g := groupLine{Name: p.book.groups[i].tag, Title: half(l, p.book.groups[i].about)}
		for _, op := range p.book.groups[i].operations {
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
	g := p.book.group(r.PathValue("group"))
	if g == nil {
		return fault.New(fault.NotFound, "page.no-such-page")
	}
	l := locale.From(r.Context())
	v := groupView{Title: half(l, g.about)}
	for i := range p.book.groups {
		other := &p.book.groups[i]
		v.Groups = append(v.Groups, ui.Tab{Address: Path + "/" + other.tag, Text: half(l, other.about), Current: other == g})
	}
	for _, op := range g.operations {
		v.Operations = append(v.Operations, p.book.shown(l, base(r), g.tag, op))
	}
	for _, name := range p.book.schemas(g) {
		v.Schemas = append(v.Schemas, p.book.schemaOf(l, name))
	}
	for _, name := range slices.Sorted(maps.Keys(p.book.Components.Schemas)) {
		if strings.HasPrefix(name, problem) {
			v.Problem = append(v.Problem, p.book.schemaOf(l, name))
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
