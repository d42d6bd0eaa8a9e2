// Package finder is the page of the one search: everything that is described and
// that the reader may know of, narrowed by facets. It works without a script; with
// one, the box completes what is typed.
package finder

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/lookup"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/systems"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// Deps is what the page stands on.
type Deps struct {
	*site.Site
	Finder  *lookup.Finder
	Systems *systems.Desk // names the codes of the register; nil: there is none
	// Units gives the register of administrative units; nil: there is none.
	Units func(ctx context.Context) (*units.Index, error)
	Now   func() time.Time // has a default
}

type pages struct{ Deps }

// New adds the page to the site.
func New(d Deps) {
	p := &pages{d}
	if p.Now == nil {
		p.Now = time.Now
	}
	p.Handle("GET /search", door.Each(policy.Describe, policy.KindDataset).ForAll(), p.search)
}

// shown is how many hits stand on a page, and mostPages how far one may leaf.
const (
	shown     = 20
	mostPages = 50
	mostUnits = 3
)

type view struct {
	Words       string
	Asked       bool
	Total       int64
	Loose       bool
	Hits        []hitView
	Kinds       []kindView
	Facets      []facetView
	Chosen      bool
	Kept        []keptView // what is chosen besides words, for the form of the box
	Suggestions []link
	Units       []link // administrative units of today that are called so
	Sorts       []choice
	At, Of      int64
	Before      string
	Behind      string
	Clear       string
}

type keptView struct{ Name, Value string }

type link struct{ Text, Address string }

type kindView struct {
	Text, Address string
	N             string
	Current       bool
}

type facetView struct {
	Name, Label string
	Options     []choice
}

type choice struct {
	Value, Text string
	Chosen      bool
}

type hitView struct {
	Kind, KindText string
	Title          []piece
	Text           []piece
	Address        string
	Owner          string
	State          string
}

// A piece of a text, marked where it fits.
type piece struct {
	Text string
	Hit  bool
}

// offered are the facets that the page narrows by, besides the kind.
var offered = []catalog.Facet{catalog.ByOwner, catalog.BySector, catalog.ByLayer, catalog.ByAccess, catalog.ByState, catalog.ByScore, catalog.ByFreshness, catalog.ByDescribed}

// units finds the administrative units of today that are called by the words, the
// best first.
func (p *pages) units(ctx context.Context, v *view) error {
	if p.Units == nil || v.Words == "" {
		return nil
	}
	ix, err := p.Units(ctx)
	if err != nil {
		return err
	}
	for _, u := range ix.Search(v.Words, viet.DateOf(p.Now().In(viet.Zone)), mostUnits) {
		v.Units = append(v.Units, link{ix.Title(u), "/units/" + url.PathEscape(u.UID)})
	}
	return nil
}

func (p *pages) search(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	in := r.URL.Query()
	q, at := read(in)
	res := p.Finder.Search(ctx, q)
	words, err := p.Systems.FacetWords(ctx)
	if err != nil {
		return err
	}
	v := view{Words: q.Text, Asked: q.Text != "" || len(q.Facets) > 0, Total: int64(res.Total), Loose: res.Loose, Chosen: len(q.Facets) > 0, Clear: ui.AddressBut("/search", in, "q", "")}
	for _, h := range res.Hits {
		v.Hits = append(v.Hits, hit(l, words, h))
	}
	v.kinds(l, in, q, res)
	v.facets(l, words, q, res)
	for _, s := range res.Suggestions {
		v.Suggestions = append(v.Suggestions, link{s, ui.AddressBut("/search", url.Values{}, "q", s)})
	}
	if err := p.units(ctx, &v); err != nil {
		return err
	}
	for _, s := range []string{"", string(catalog.ByTitle), string(catalog.Newest)} {
		v.Sorts = append(v.Sorts, choice{s, l.T("find.sort-" + sortName(s)), s == string(q.Sort)})
	}
	of := min(max(1, (res.Total+shown-1)/shown), mostPages)
	v.At, v.Of = int64(at), int64(of)
	if at > 1 {
		v.Before = ui.AddressBut("/search", in, "page", strconv.Itoa(at-1))
	}
	if at < of {
		v.Behind = ui.AddressBut("/search", in, "page", strconv.Itoa(at+1))
	}
	title := l.T("find.title")
	if q.Text != "" {
		title = l.T("find.title-of", q.Text)
	}
	return p.Show(w, r, p.Page(r, title, "search"), searchPage(v))
}

func sortName(s string) string {
	if s == "" {
		return "relevance"
	}
	return s
}

// read reads a query from an address. What there is not is left aside: the page
// shows what it could make of the address.
func read(in url.Values) (q catalog.Query, at int) {
	q = catalog.Query{Text: strings.TrimSpace(in.Get("q")), Limit: shown, Facets: map[catalog.Facet][]string{}}
	for _, f := range append([]catalog.Facet{catalog.ByKind}, offered...) {
		if v := in.Get(string(f)); v != "" {
			q.Facets[f] = []string{v}
		}
	}
	if s := catalog.Sort(in.Get("sort")); s == catalog.ByTitle || s == catalog.Newest {
		q.Sort = s
	}
	at, err := strconv.Atoi(in.Get("page"))
	if err != nil || at < 1 || at > mostPages {
		at = 1
	}
	q.Offset = (at - 1) * shown
	return q, at
}

// kinds are the ways to look at one kind alone, with how many there are.
func (v *view) kinds(l locale.Lang, in url.Values, q catalog.Query, res catalog.Result) {
	counts := map[string]int{}
	all := 0
	for _, c := range res.Facets[catalog.ByKind] {
		counts[c.Value] = c.N
		all += c.N
	}
	chosen := ""
	if len(q.Facets[catalog.ByKind]) > 0 {
		chosen = q.Facets[catalog.ByKind][0]
	}
	v.Kinds = []kindView{{l.T("find.all"), ui.AddressBut("/search", in, "kind", ""), l.Number(int64(all)), chosen == ""}}
	for _, k := range catalog.Kinds() {
		if n := counts[string(k)]; n > 0 || chosen == string(k) {
			v.Kinds = append(v.Kinds, kindView{l.T("find.kind." + string(k)), ui.AddressBut("/search", in, "kind", string(k)), l.Number(int64(n)), chosen == string(k)})
		}
	}
	if chosen != "" {
		v.Kept = append(v.Kept, keptView{"kind", chosen})
	}
}

func (v *view) facets(l locale.Lang, words systems.FacetWords, q catalog.Query, res catalog.Result) {
	for _, f := range offered {
		chosen := ""
		if len(q.Facets[f]) > 0 {
			chosen = q.Facets[f][0]
		}
		counts := res.Facets[f]
		if len(counts) < 2 && chosen == "" {
			continue
		}
		one := facetView{Name: string(f), Label: l.T("find.facet." + string(f)), Options: []choice{{"", l.T("list.all"), chosen == ""}}}
		for _, c := range counts {
			one.Options = append(one.Options, choice{c.Value, l.T("list.option", words.Of(l, f, c), int64(c.N)), c.Value == chosen})
		}
		v.Facets = append(v.Facets, one)
	}
}

func hit(l locale.Lang, words systems.FacetWords, h catalog.Hit) hitView {
	e := h.Entry
	v := hitView{
		Kind: string(e.Kind), KindText: l.T("find.kind." + string(e.Kind)), Title: pieces(e.Title, h.Title, len(e.Title)), Text: around(e.Text, h.Text),
		Address: e.Address, Owner: e.Owner.Name,
	}
	if e.Title == "" {
		v.Title = []piece{{e.ID, false}}
	}
	if e.Kind == catalog.System && e.Facets.State != "" {
		v.State = words.State(l, e.Facets.State)
	}
	return v
}

// pieces cuts a text at its ranges, as far as most bytes.
func pieces(text string, all []catalog.Range, most int) (out []piece) {
	from := 0
	for _, r := range all {
		if r.From < from || r.To > most {
			break
		}
		if r.From > from {
			out = append(out, piece{text[from:r.From], false})
		}
		out = append(out, piece{text[r.From:r.To], true})
		from = r.To
	}
	if from < most {
		out = append(out, piece{text[from:most], false})
	}
	return out
}

// mostText is how much of a description stands on the page, in bytes, and lead
// how much of it before what fits.
const (
	mostText = 260
	lead     = 80
)

// around is the part of a description in which something fits, or its beginning.
func around(text string, all []catalog.Range) []piece {
	begin := 0
	if len(all) > 0 && all[0].To > mostText {
		begin = backTo(text, all[0].From-lead)
	}
	end := len(text)
	if end-begin > mostText {
		end = backTo(text, begin+mostText)
	}
	part := text[begin:end]
	moved := slices.Clone(all)
	moved = slices.DeleteFunc(moved, func(r catalog.Range) bool { return r.From < begin || r.To > end })
	for i := range moved {
		moved[i] = catalog.Range{From: moved[i].From - begin, To: moved[i].To - begin}
	}
	out := pieces(part, moved, len(part))
	if begin > 0 {
		out = append([]piece{{"… ", false}}, out...)
	}
	if end < len(text) {
		out = append(out, piece{" …", false})
	}
	return out
}

// backTo is the beginning of the word at a place.
func backTo(text string, at int) int {
	at = max(0, min(at, len(text)))
	for at > 0 && !utf8.RuneStart(text[at]) {
		at--
	}
	if space := strings.LastIndexByte(text[:at], ' '); space > 0 {
		return space + 1
	}
	return at
}
