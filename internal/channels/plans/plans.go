// Package plans is the pages about plans: how all of them stand together by unit and by
// the five states, one plan, its tasks, targets and reporting duties, and what one unit
// owes.
package plans

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/apps/plan"
	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/plandesk"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// Deps is what the pages stand on.
type Deps struct {
	*site.Site
	Desk *plandesk.Desk
}

type pages struct{ Deps }

// The place of these pages in the navigation, and their addresses.
const (
	place       = "plans"
	front       = "/plans"
	tasksPath   = "/plans/tasks"
	targetsPath = "/plans/targets"
	dutiesPath  = "/plans/duties"
)

// New adds the pages to the site, and an entry to the menu for who reads the register of
// plans.
func New(d Deps) {
	p := &pages{d}
	read := door.Each(policy.Read, policy.KindDataset)
	p.Offer(ui.Entry{Place: place, Address: front, Text: "plan.menu", Group: ui.MenuPlans}, p.Desk.Reads)
	p.Handle("GET "+front, read, p.overview)
	p.Handle("GET /plans/documents/{id}", read, p.document)
	p.Handle("GET "+tasksPath, read, p.tasks)
	p.Handle("GET "+tasksPath+"/{id}", read, p.task)
	p.Handle("GET "+targetsPath, read, p.targets)
	p.Handle("GET "+targetsPath+"/{id}", read, p.target)
	p.Handle("GET "+dutiesPath, read, p.duties)
	p.Handle("GET /plans/units/{id}", read, p.unit)
}

// wording is what names things on these pages.
type wording struct {
	l        locale.Lang
	agency   func(string) string
	shelf    *plan.Shelf
	words    plandesk.Wording
	register *contract.Contract
}

func (p *pages) wording(ctx context.Context, register string) (w wording, err error) {
	w.l = locale.From(ctx)
	if w.agency, err = p.Desk.Agencies(ctx); err != nil {
		return w, err
	}
	if w.shelf, err = p.Desk.Beside(ctx); err != nil {
		return w, err
	}
	if register == "" {
		return w, nil
	}
	if w.register, err = p.Desk.Set(ctx, register); err != nil {
		return w, err
	}
	w.words, err = p.Desk.Wording(ctx, register)
	return w, err
}

// unitName is what a unit is called.
func (w wording) unitName(id string) string {
	if id == "" {
		return w.l.T("plan.nobody")
	}
	return w.agency(id)
}

// A link is a name with the address of its page, "" = it has none.
type link struct{ Text, Address string }

func (w wording) units(ids []string) []link {
	all := make([]link, len(ids))
	for i, id := range ids {
		all[i] = link{w.agency(id), api.PlanUnitPath(id)}
	}
	return all
}

func documents(list []*plan.Document) []link {
	all := make([]link, len(list))
	for i, d := range list {
		all[i] = link{fullName(d), api.PlanPath(d.ID)}
	}
	return all
}

// fullName is the number and the title of a document.
func fullName(d *plan.Document) string {
	if d.Number == "" {
		return d.Title
	}
	return d.Number + " – " + d.Title
}

// planName is what a plan is called in lists.
func (w wording) planName(id string) string {
	if d, err := w.shelf.Find(id); err == nil {
		return cmpName(d)
	}
	return id
}

// cmpName prefers the title: numbers tell people little.
func cmpName(d *plan.Document) string {
	if d.Title == "" {
		return d.Number
	}
	return d.Title
}

type taskRow struct {
	ID, Title, Address string
	Plan               string
	Lead               link
	More               int // further units that lead
	Due                string
	State              plan.State
	StateText, Reason  string
}

func (w wording) task(t *plandesk.Task) taskRow {
	r := taskRow{
		ID: t.ID, Title: t.Title, Address: api.PlanTaskPath(t.ID), Plan: w.planName(t.Document), Lead: link{Text: w.l.T("plan.nobody")}, More: max(0, len(t.Leads)-1),
		Due: plandesk.Due(w.l, t.Due), State: t.State, StateText: plandesk.StateName(w.l, t.State), Reason: plandesk.Reason(w.l, t.Standing, t.Due),
	}
	if t.Lead != "" {
		r.Lead = link{w.agency(t.Lead), api.PlanUnitPath(t.Lead)}
	}
	return r
}

func (w wording) tasks(list []plandesk.Task, most int) (rows []taskRow) {
	for i := range list[:min(most, len(list))] {
		rows = append(rows, w.task(&list[i]))
	}
	return rows
}

type targetRow struct {
	ID, Title, Address string
	Plan               string
	Lead               link
	Due                string
	Asked, Now, Why    string
	Source             string
	Verdict            plan.Verdict
	VerdictText        string
	Share              string // percent of what is asked, "" = it cannot be said
}

func (w wording) target(t *plandesk.Target) targetRow {
	r := targetRow{
		ID: t.ID, Title: t.Title, Address: api.PlanTargetPath(t.ID), Plan: w.planName(t.Document), Lead: link{Text: w.l.T("plan.nobody")}, Due: plandesk.Due(w.l, t.Due),
		Asked: t.Asked(w.l), Why: t.WhyNone(w.l), Source: w.l.T("plan.from." + string(t.From)), Verdict: t.Verdict, VerdictText: plandesk.VerdictName(w.l, t.Verdict),
	}
	if t.Lead != "" {
		r.Lead = link{w.agency(t.Lead), api.PlanUnitPath(t.Lead)}
	}
	if t.Now != nil {
		r.Now = plandesk.Amount(w.l, *t.Now, t.Unit)
	}
	if share, ok := t.Share(t.Now); ok {
		r.Share = strconv.Itoa(int(share * 100))
	}
	return r
}

func (w wording) targets(list []plandesk.Target, most int) (rows []targetRow) {
	for i := range list[:min(most, len(list))] {
		rows = append(rows, w.target(&list[i]))
	}
	return rows
}

type dutyRow struct {
	ID, Title, Plan, Section string
	Leads, To                []link
	Cadence, Cut, Due        string
	Channel, Note            string
}

func (w wording) duty(y *plan.Duty) dutyRow {
	r := dutyRow{ID: y.ID, Title: y.Title, Plan: w.planName(y.Document), Section: y.Section, Leads: w.units(y.Leads), To: w.units(y.To), Channel: y.Channel, Note: y.Note}
	var cadences []string
	for _, c := range y.Cadences {
		cadences = append(cadences, w.words.Of(plan.ColCadence, c))
	}
	r.Cadence = strings.Join(cadences, "; ")
	switch {
	case y.Day > 0 && y.Month > 0:
		r.Cut = w.l.T("plan.cut-date", int64(y.Day), int64(y.Month))
	case y.Day > 0:
		r.Cut = w.l.T("plan.cut-day", int64(y.Day))
	case y.Due.Dated():
		r.Cut = plandesk.Due(w.l, y.Due)
	}
	return r
}

func (w wording) duties(list []plan.Duty, most int) (rows []dutyRow) {
	for i := range list[:min(most, len(list))] {
		rows = append(rows, w.duty(&list[i]))
	}
	return rows
}

// A stateCount is one of the five states with how many tasks are in it.
type stateCount struct {
	State   plan.State
	Text    string
	N       int
	Address string
}

// tally counts the five states; in narrows the list of tasks that each leads to.
func (w wording) tally(t plan.Tally, in url.Values) []stateCount {
	var all []stateCount
	for _, s := range plan.States() {
		all = append(all, stateCount{s, plandesk.StateName(w.l, s), t[s], ui.AddressBut(tasksPath, in, "state", string(s))})
	}
	return all
}

type planRow struct {
	Name, Number, Address string
	Issuer                string
	Tasks                 []stateCount
	Total                 int
	Targets               string
	Duties                int
}

type unitRow struct {
	Unit  link
	Tasks []stateCount
	Total int
}

type overviewView struct {
	Own, Others []planRow
	States      []stateCount
	Total       int
	Units       []unitRow
	Late, Soon  []taskRow
	LateAll     int
	SoonAll     int
	Loops       []string
}

// shownRows is how many rows of a kind stand on a page that leads to the whole list.
const shownRows = 10

func (p *pages) overview(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	words, err := p.wording(ctx, "")
	if err != nil {
		return err
	}
	province, err := p.Desk.Province(ctx)
	if err != nil {
		return err
	}
	all, err := p.Desk.Overview(ctx, nil)
	if err != nil {
		return err
	}
	own := all
	others := slices.ContainsFunc(all.Plans, func(one plandesk.Plan) bool { return !one.Own })
	if others { // what other provinces order is no business of the leader's
		if own, err = p.Desk.Overview(ctx, func(d *plan.Document) bool { return d.Own(province) }); err != nil {
			return err
		}
	}
	v := overviewView{States: words.tally(own.States, nil), Total: own.States.Of(), LateAll: len(own.Late), SoonAll: len(own.Soon)}
	for i := range all.Plans {
		one := &all.Plans[i]
		row := planRow{
			Name: cmpName(one.Document), Number: one.Number, Address: api.PlanPath(one.ID), Issuer: words.unitName(one.Issuer), Total: one.Tasks, Duties: one.Duties,
			Tasks: words.tally(one.States, url.Values{"plan": {one.ID}}),
		}
		if one.Targets > 0 {
			row.Targets = words.l.T("plan.reached-of", int64(one.Reached), int64(one.Targets), int64(one.Valued))
		}
		if one.Own {
			v.Own = append(v.Own, row)
		} else {
			v.Others = append(v.Others, row)
		}
	}
	for _, u := range own.Units {
		row := unitRow{Unit: link{Text: words.unitName(u.ID)}, Total: u.Tasks}
		in := url.Values{"unit": {plandesk.Unset}}
		if u.ID != "" {
			row.Unit.Address, in = api.PlanUnitPath(u.ID), url.Values{"unit": {u.ID}}
		}
		row.Tasks = words.tally(u.States, in)
		v.Units = append(v.Units, row)
	}
	v.Late, v.Soon = words.tasks(own.Late, shownRows), words.tasks(own.Soon, shownRows)
	for _, loop := range all.Loops {
		v.Loops = append(v.Loops, strings.Join(loop, " → "))
	}
	return p.Show(w, r, p.Page(r, ui.Say(ctx, "plan.title"), place), overviewPage(v))
}

type documentView struct {
	Name, Number, Kind, Date, Note string
	Issuer                         link
	Bases, Below                   []link
	States                         []stateCount
	Total                          int
	Groups                         []groupView
	Targets                        []targetRow
	Duties                         []dutyRow
	Plan                           bool
	Record                         string
}

// A groupView is a part of the tasks under a heading.
type groupView struct {
	Name string
	Rows []taskRow
	All  int    // of which Rows are the first
	List string // address of the list of all
}

func (p *pages) document(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	words, err := p.wording(ctx, contract.RegisterPlans)
	if err != nil {
		return err
	}
	shelf, err := p.Desk.Shelf(ctx)
	if err != nil {
		return err
	}
	d, err := shelf.Find(r.PathValue("id"))
	if err != nil {
		return err
	}
	o, err := p.Desk.Overview(ctx, func(one *plan.Document) bool { return one.ID == d.ID })
	if err != nil {
		return err
	}
	v := documentView{
		Name: cmpName(d), Number: d.Number, Kind: words.words.Of(plan.ColKind, d.Kind), Date: d.Date, Note: d.Note, Bases: documents(shelf.Bases(d.ID)), Below: documents(shelf.Below(d.ID)),
		States: words.tally(o.States, url.Values{"plan": {d.ID}}), Total: o.States.Of(), Targets: words.targets(o.Targets, len(o.Targets)), Plan: d.Plan, Record: words.record(d.ID),
	}
	if d.Issuer != "" {
		v.Issuer = link{words.agency(d.Issuer), api.PlanUnitPath(d.Issuer)}
	}
	at := map[string]int{}
	for i := range o.Tasks {
		t := &o.Tasks[i]
		if _, ok := at[t.Group]; !ok {
			at[t.Group] = len(v.Groups)
			group := t.Group
			if group == "" {
				group = plandesk.Unset
			}
			v.Groups = append(v.Groups, groupView{Name: t.Group, List: ui.AddressBut(tasksPath, url.Values{"plan": {d.ID}}, "group", group)})
		}
		v.Groups[at[t.Group]].add(words, t)
	}
	if words.words, err = p.Desk.Wording(ctx, contract.RegisterDuties); err != nil {
		return err
	}
	v.Duties = words.duties(o.Duties, len(o.Duties))
	return p.Show(w, r, p.Page(r, v.Name, place), documentPage(v))
}

// record is the address of a row's own page, with its history.
func (w wording) record(id string) string {
	if w.register == nil || len(w.register.Objects) == 0 {
		return ""
	}
	return "/datasets/" + url.PathEscape(w.register.Objects[0].Dataset) + "/records/" + url.PathEscape(id)
}

type unitView struct {
	Name    string
	Parent  link
	States  []stateCount
	Total   int
	Lead    groupView
	Shared  []groupView // by collective
	Support groupView
	Targets []targetRow
	Duties  []dutyRow
}

// add puts a task into a group whose first rows are shown.
func (g *groupView) add(w wording, t *plandesk.Task) {
	if g.All++; len(g.Rows) < shownRows {
		g.Rows = append(g.Rows, w.task(t))
	}
}

func (p *pages) unit(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("id")
	words, err := p.wording(ctx, contract.RegisterDuties)
	if err != nil {
		return err
	}
	o, err := p.Desk.Overview(ctx, nil)
	if err != nil {
		return err
	}
	province, err := p.Desk.Province(ctx)
	if err != nil {
		return err
	}
	plandesk.Order(o.Tasks, province)
	shared, err := p.Desk.Collectives(ctx, id)
	if err != nil {
		return err
	}
	v := unitView{Name: words.agency(id), Lead: groupView{List: ui.AddressBut(tasksPath, nil, "unit", id)}, Support: groupView{List: ui.AddressBut(tasksPath, nil, "with", id)}}
	tally := plan.Tally{}
	groups := make([]groupView, len(shared))
	for i := range o.Tasks {
		t := &o.Tasks[i]
		switch {
		case slices.Contains(t.Leads, id):
			tally[t.State]++
			v.Lead.add(words, t)
			continue
		case slices.Contains(t.Support, id):
			v.Support.add(words, t)
			continue
		}
		for g, name := range shared {
			if slices.Contains(t.Leads, name) {
				groups[g].add(words, t)
			}
		}
	}
	for g, name := range shared {
		if groups[g].Name = words.agency(name); groups[g].All > 0 {
			groups[g].List = ui.AddressBut(tasksPath, nil, "unit", name)
			v.Shared = append(v.Shared, groups[g])
		}
	}
	owes := func(leads []string) bool {
		return slices.ContainsFunc(leads, func(u string) bool { return u == id || slices.Contains(shared, u) })
	}
	for i := range o.Targets {
		if owes(o.Targets[i].Leads) {
			v.Targets = append(v.Targets, words.target(&o.Targets[i]))
		}
	}
	for i := range o.Duties {
		if owes(o.Duties[i].Leads) {
			v.Duties = append(v.Duties, words.duty(&o.Duties[i]))
		}
	}
	known, err := p.Desk.Knows(ctx, id)
	if err != nil {
		return err
	}
	if !known && v.Lead.All+v.Support.All+len(v.Targets)+len(v.Duties) == 0 {
		return fault.New(fault.NotFound, "plan.no-unit", id)
	}
	v.States, v.Total = words.tally(tally, url.Values{"unit": {id}}), tally.Of()
	return p.Show(w, r, p.Page(r, v.Name, place), unitPage(v))
}
