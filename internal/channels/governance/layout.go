package governance

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/apps/govern"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// layoutPath is the page of the dossier's layout.
const layoutPath = "/governance/dossier"

// How many empty places the form has.
const (
	spareSections = 2
	spareParts    = 2
)

type layoutView struct {
	Title, Match string
	Sections     []sectionView
	Versions     []versionView
	Fill         string
	Why, Token   string
	Problem      string
	Done         bool
	Dossier      bool // the reader may fetch the dossier itself
}

// A sectionView is a section as it is filled in.
type sectionView struct {
	N                           string // from 1
	Order, Heading, Text, Table string
	New                         bool
	Parts                       [][]partOption // one list for each place
}

type partOption struct {
	Code, Title string
	Chosen      bool
}

func (s *pages) layout(w http.ResponseWriter, r *http.Request) error {
	now, err := s.Desk.Layout(r.Context())
	if err != nil {
		return err
	}
	v := layoutForm(locale.From(r.Context()), now.Title, now.Sections, nil)
	v.Match, v.Done = now.Digest, r.URL.Query().Get("done") != ""
	return s.showLayout(w, r, v, nil)
}

func (s *pages) showLayout(w http.ResponseWriter, r *http.Request, v layoutView, wrong error) error {
	ctx := r.Context()
	l := locale.From(ctx)
	all, err := s.Desk.Layouts(ctx)
	if err != nil {
		return err
	}
	for _, one := range all {
		v.Versions = append(v.Versions, versionView{
			State: l.T("governance.state." + one.State), When: l.Stamp(one.MadeAt), Who: one.By.Name, Why: one.Why, Digest: one.Digest, Current: one.State == "current",
		})
	}
	v.Dossier = s.Door.Can(ctx, policy.Approve, policy.What{Kind: policy.KindCodeList})
	v.Fill, v.Token = l.T("dossier.fill-hint", "{nam}", "{luc}"), door.From(ctx).CSRF
	page := s.Page(r, l.T("dossier.title"), place)
	if wrong == nil {
		return s.Show(w, r, page, layoutPage(v))
	}
	v.Problem = l.Error(wrong)
	return s.ShowWrong(w, r, wrong, page, layoutPage(v))
}

// layoutForm makes a layout ready to be changed. orders are what was written as the
// order of sections, nil for 1, 2, ….
func layoutForm(l locale.Lang, title string, sections []govern.Section, orders []string) layoutView {
	v := layoutView{Title: title}
	for i := range len(sections) + spareSections {
		one := sectionView{N: strconv.Itoa(i + 1), New: i >= len(sections)}
		var parts []string
		if !one.New {
			sec := sections[i]
			one.Order, one.Heading, one.Text, one.Table, parts = one.N, sec.Heading, sec.Text, sec.Table, sec.Parts
			if orders != nil {
				one.Order = orders[i]
			}
		}
		for k := range len(parts) + spareParts {
			chosen := ""
			if k < len(parts) {
				chosen = parts[k]
			}
			options := []partOption{{"", l.T("dossier.no-part"), chosen == ""}}
			for _, p := range govern.DossierParts() {
				options = append(options, partOption{p.Code, p.Title.In(l), p.Code == chosen})
			}
			one.Parts = append(one.Parts, options)
		}
		v.Sections = append(v.Sections, one)
	}
	return v
}

// A writtenSection is a section of the form with the order that was written.
type writtenSection struct {
	govern.Section
	order string
	rank  float64
}

// sectionsOf reads the sections of the form, as they stand there.
func sectionsOf(f url.Values) (all []writtenSection) {
	for i := 1; i <= govern.MostSections+spareSections && f.Has("heading-"+strconv.Itoa(i)); i++ {
		n := strconv.Itoa(i)
		one := writtenSection{govern.Section{Heading: f.Get("heading-" + n), Text: f.Get("text-" + n), Table: f.Get("table-" + n)}, strings.TrimSpace(f.Get("order-" + n)), 0}
		for _, part := range f["part-"+n] {
			if part != "" {
				one.Parts = append(one.Parts, part)
			}
		}
		empty := strings.TrimSpace(one.Heading+one.Text) == "" && len(one.Parts) == 0
		if f.Get("drop-"+n) == "" && !(empty && f.Get("new-"+n) != "") {
			all = append(all, one)
		}
	}
	return all
}

// inOrder sorts sections by the order that was written; one without comes last.
func inOrder(all []writtenSection) ([]govern.Section, error) {
	for i := range all {
		one := &all[i]
		one.rank = float64(govern.MostSections + spareSections)
		if one.order == "" {
			continue
		}
		n, err := number(one.order)
		if err != nil {
			return nil, fault.New(fault.Invalid, "dossier.order-wrong", int64(i+1), one.order)
		}
		one.rank = *n
	}
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b writtenSection) int { return cmp.Compare(a.rank, b.rank) })
	var sections []govern.Section
	for _, one := range sorted {
		sections = append(sections, one.Section)
	}
	return sections, nil
}

// changeLayout puts what the form says in force.
func (s *pages) changeLayout(w http.ResponseWriter, r *http.Request) error {
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	ctx := r.Context()
	written := sectionsOf(f)
	sections, err := inOrder(written)
	if err == nil {
		err = s.Desk.PutLayout(ctx, f.Get("match"), f.Get("why"), &govern.Layout{Title: f.Get("title"), Sections: sections})
	}
	if err == nil {
		http.Redirect(w, r, layoutPath+"?done=1", http.StatusSeeOther)
		return nil
	}
	if !site.Mendable(err) {
		return err
	}
	var orders []string
	if sections == nil { // in the order of the form, with what was written
		for _, one := range written {
			sections, orders = append(sections, one.Section), append(orders, one.order)
		}
	}
	v := layoutForm(locale.From(ctx), f.Get("title"), sections, orders)
	v.Match, v.Why = f.Get("match"), f.Get("why")
	return s.showLayout(w, r, v, err)
}

// layoutAgain puts a former version in force: it undoes a change.
func (s *pages) layoutAgain(w http.ResponseWriter, r *http.Request) error {
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	ctx := r.Context()
	if err := s.Desk.LayoutAgain(ctx, f.Get("match"), f.Get("digest"), f.Get("why")); err != nil {
		if !site.Mendable(err) {
			return err
		}
		now, e := s.Desk.Layout(ctx)
		if e != nil {
			return e
		}
		v := layoutForm(locale.From(ctx), now.Title, now.Sections, nil)
		v.Match = now.Digest
		return s.showLayout(w, r, v, err)
	}
	http.Redirect(w, r, layoutPath+"?done=1", http.StatusSeeOther)
	return nil
}
