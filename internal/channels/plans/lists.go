package plans

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/apps/plan"
	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/plandesk"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
)

// shown is how many rows stand on a page of a list.
const shown = 50

type facetOption struct {
	Value, Text string
	Chosen      bool
}

type facetView struct {
	Name, Label string
	Options     []facetOption
}

// A listView is what the lists of tasks, targets and duties have in common.
type listView struct {
	Tab, Path, Search, Found string
	Words                    string
	Narrowed                 bool
	Facets                   []facetView
	At, Of                   int
	Before, Behind           string
}

// filter reads the address of a list.
func filter(in url.Values, facets []plandesk.Facet) plandesk.Filter {
	f := plandesk.Filter{Words: strings.TrimSpace(in.Get("q")), Chosen: map[plandesk.Facet]string{}}
	for _, facet := range facets {
		f.Chosen[facet] = in.Get(string(facet))
	}
	return f
}

// list makes the head of a list and says which of its rows stand on the page.
func (w wording) list(in url.Values, tab, path string, f plandesk.Filter, facets []plandesk.Facet, counts plandesk.Counts, n int) (v listView, from, to int) {
	v = listView{Tab: tab, Path: path, Search: w.l.T("plan.search-" + tab), Found: w.l.T("plan.found-"+tab, int64(n)), Words: f.Words, Narrowed: f.Narrows()}
	for _, facet := range facets {
		chosen := f.Chosen[facet]
		one := facetView{Name: string(facet), Label: w.l.T("plan.facet." + string(facet)), Options: []facetOption{{Text: w.l.T("list.all"), Chosen: chosen == ""}}}
		for _, c := range counts[facet] {
			one.Options = append(one.Options, facetOption{c.Value, w.l.T("list.option", w.value(facet, c.Value), int64(c.N)), c.Value == chosen})
		}
		if len(one.Options) > 2 || chosen != "" {
			v.Facets = append(v.Facets, one)
		}
	}
	v.Of = max(1, (n+shown-1)/shown)
	at, err := strconv.Atoi(in.Get("page"))
	if err != nil || at < 1 || at > v.Of {
		at = 1
	}
	v.At = at
	if at > 1 {
		v.Before = ui.AddressBut(path, in, "page", strconv.Itoa(at-1))
	}
	if at < v.Of {
		v.Behind = ui.AddressBut(path, in, "page", strconv.Itoa(at+1))
	}
	return v, (at - 1) * shown, min(at*shown, n)
}

// value is what a value of a facet is called.
func (w wording) value(facet plandesk.Facet, value string) string {
	if value == plandesk.Unset {
		if facet == plandesk.ByUnit || facet == plandesk.BySupport {
			return w.l.T("plan.nobody")
		}
		return w.l.T("plan.unset")
	}
	switch facet {
	case plandesk.ByPlan:
		return w.planName(value)
	case plandesk.ByUnit, plandesk.BySupport:
		return w.agency(value)
	case plandesk.ByState:
		return plandesk.StateName(w.l, plan.State(value))
	case plandesk.ByVerdict:
		return plandesk.VerdictName(w.l, plan.Verdict(value))
	case plandesk.ByKind:
		return w.words.Of(plan.ColKind, value)
	case plandesk.ByPriority:
		return w.words.Of(plan.ColPriority, value)
	case plandesk.ByArea:
		return w.words.Of(plan.ColArea, value)
	case plandesk.ByHow:
		return w.words.Of(plan.ColHow, value)
	case plandesk.ByCadence:
		return w.words.Of(plan.ColCadence, value)
	}
	return value
}

func (p *pages) tasks(w http.ResponseWriter, r *http.Request) error {
	ctx, in := r.Context(), r.URL.Query()
	all, err := p.Desk.Tasks(ctx)
	if err != nil {
		return err
	}
	province, err := p.Desk.Province(ctx)
	if err != nil {
		return err
	}
	plandesk.Order(all, province)
	words, err := p.wording(ctx, contract.RegisterTasks)
	if err != nil {
		return err
	}
	f := filter(in, plandesk.TaskFacets())
	kept, counts := plandesk.NarrowTasks(all, f)
	v, from, to := words.list(in, "tasks", tasksPath, f, plandesk.TaskFacets(), counts, len(kept))
	return p.Show(w, r, p.Page(r, ui.Say(ctx, "plan.tab.tasks"), place), tasksPage(v, words.tasks(kept[from:to], shown)))
}

func (p *pages) targets(w http.ResponseWriter, r *http.Request) error {
	ctx, in := r.Context(), r.URL.Query()
	all, err := p.Desk.Targets(ctx)
	if err != nil {
		return err
	}
	province, err := p.Desk.Province(ctx)
	if err != nil {
		return err
	}
	plandesk.OrderTargets(all, province)
	words, err := p.wording(ctx, contract.RegisterTargets)
	if err != nil {
		return err
	}
	f := filter(in, plandesk.TargetFacets())
	kept, counts := plandesk.NarrowTargets(all, f)
	v, from, to := words.list(in, "targets", targetsPath, f, plandesk.TargetFacets(), counts, len(kept))
	return p.Show(w, r, p.Page(r, ui.Say(ctx, "plan.tab.targets"), place), targetsPage(v, words.targets(kept[from:to], shown)))
}

func (p *pages) duties(w http.ResponseWriter, r *http.Request) error {
	ctx, in := r.Context(), r.URL.Query()
	all, err := p.Desk.Duties(ctx)
	if err != nil {
		return err
	}
	province, err := p.Desk.Province(ctx)
	if err != nil {
		return err
	}
	plandesk.OrderDuties(all, province)
	words, err := p.wording(ctx, contract.RegisterDuties)
	if err != nil {
		return err
	}
	f := filter(in, plandesk.DutyFacets())
	kept, counts := plandesk.NarrowDuties(all, f)
	v, from, to := words.list(in, "duties", dutiesPath, f, plandesk.DutyFacets(), counts, len(kept))
	return p.Show(w, r, p.Page(r, ui.Say(ctx, "plan.tab.duties"), place), dutiesPage(v, words.duties(kept[from:to], shown)))
}

type taskView struct {
	taskRow
	PlanLink       link
	Section, Group string
	Kind, Priority string
	Start          string
	Leads, Support []link
	To             []link
	Clear          []clearPoint
	Systems        []link
	Record         string
}

// A clearPoint is one of the six points by which officials are told what is theirs.
type clearPoint struct {
	Label string
	Text  string // "" = the plan does not say
	Links []link
}

func (p *pages) task(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	t, err := p.Desk.Task(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	words, err := p.wording(ctx, contract.RegisterTasks)
	if err != nil {
		return err
	}
	v := taskView{
		taskRow: words.task(&t), PlanLink: link{words.planName(t.Document), api.PlanPath(t.Document)}, Section: t.Section, Group: t.Group, Kind: words.words.Of(plan.ColKind, t.Kind),
		Priority: words.words.Of(plan.ColPriority, t.Priority), Start: t.Begins, Leads: words.units(t.Leads), Support: words.units(t.Support), To: words.units(t.To),
		Record: words.record(t.ID),
	}
	for _, s := range t.Systems {
		v.Systems = append(v.Systems, link{s, api.SystemPath(s)})
	}
	v.Clear = []clearPoint{
		{words.l.T("plan.clear-who"), "", v.Leads}, {words.l.T("plan.clear-what"), t.Title, nil}, {words.l.T("plan.clear-when"), dated(words, &t), nil},
		{words.l.T("plan.clear-duty"), t.Row["trach_nhiem"], nil}, {words.l.T("plan.clear-product"), t.Product, nil}, {words.l.T("plan.clear-power"), t.Row["tham_quyen"], nil},
	}
	return p.Show(w, r, p.Page(r, t.Title, place), taskPage(v))
}

// dated is when a task is due; "" where the plan does not say.
func dated(w wording, t *plandesk.Task) string {
	if t.Due.Kind == plan.Unsaid {
		return ""
	}
	return plandesk.Due(w.l, t.Due)
}

type targetView struct {
	targetRow
	PlanLink       link
	Section, Area  string
	Leads, Support []link
	AsOf           string
	About          string
	Fraction       string
	Evidence       string
	How            string
	Measure        link
	Systems        []link
	Record         string
}

func (p *pages) target(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	t, err := p.Desk.Target(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	words, err := p.wording(ctx, contract.RegisterTargets)
	if err != nil {
		return err
	}
	v := targetView{
		targetRow: words.target(&t), PlanLink: link{words.planName(t.Document), api.PlanPath(t.Document)}, Section: t.Section, Area: words.words.Of(plan.ColArea, t.Area),
		Leads: words.units(t.Leads), Support: words.units(t.Support), How: words.words.Of(plan.ColHow, string(t.How)), Record: words.record(t.ID),
	}
	if t.Now != nil {
		v.AsOf = words.l.Time(t.At())
	}
	if f := t.Figure; f != nil {
		v.About = f.About
		if f.Numerator != nil && f.Denominator != nil {
			v.Fraction = words.l.T("plan.fraction", plandesk.Amount(words.l, *f.Numerator, ""), plandesk.Amount(words.l, *f.Denominator, ""))
		}
		if f.Declared != nil {
			v.Evidence = f.Declared.Evidence
		}
		v.Measure = link{words.l.T("plan.measure-page", f.ID), "/governance/" + url.PathEscape(f.ID)}
	}
	for _, s := range t.Systems {
		v.Systems = append(v.Systems, link{s, api.SystemPath(s)})
	}
	return p.Show(w, r, p.Page(r, t.Title, place), targetPage(v))
}
