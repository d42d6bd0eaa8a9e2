package explore

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/atlas"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// unitsPlace is the last part of the page's address.
const unitsPlace = "units"

func hasUnits(obj *contract.Object) bool { return len(atlas.UnitColumns(obj)) > 0 }

type unitFiguresView struct {
	Head          ui.SetHead
	Action, API   string
	Problem       string
	Empty         string
	Fields, Ofs   []choiceView
	At, From      string
	Dated         string // field with the day on which codes are meant
	Title         string
	Measure       string
	Notes         []string
	Rows, Waiting []unitFigure
	Total         unitTotal
}

type unitFigure struct {
	Code, Name, Link string
	Count, Sum       string
	Note             string
}

type unitTotal struct{ Count, Sum, EstimatedCount, EstimatedSum, OpenCount, OpenSum string }

// unitFigures shows figures of a table in the units of a day.
func (p *Pages) unitFigures(w http.ResponseWriter, r *http.Request, t table) error {
	ctx := r.Context()
	lang := locale.From(ctx)
	decision, err := p.Door.May(ctx, policy.Aggregate, t.con.What(t.obj))
	if err != nil {
		return err
	}
	v := unitFiguresView{Head: t.head, Action: t.address(unitsPlace)}
	page := p.Page(r, lang.T("explore.units")+" · "+t.con.Name, "datasets")
	show := func(err error) error {
		if err == nil {
			return p.Show(w, r, page, unitFiguresPage(v))
		}
		if k := fault.KindOf(err); k != fault.Invalid && !(k == fault.Denied && fault.Is(err, "groups.units-few")) {
			return err
		}
		v.Problem = lang.Error(err)
		return p.ShowWrong(w, r, err, page, unitFiguresPage(v))
	}
	query := r.URL.Query()
	q, u, err := v.choose(lang, t.obj, decision, query)
	if err != nil || q == nil {
		if q == nil && err == nil {
			v.Empty = lang.T("explore-units.none")
		}
		return show(err)
	}
	v.At, v.From = strings.TrimSpace(query.Get("units_at")), strings.TrimSpace(query.Get("units_from"))
	if v.At == "" {
		v.At = viet.DateOf(p.Now().In(viet.Zone)).Display()
	}
	head, sent, err := p.Records.Head(ctx, t.con.ID)
	if err != nil {
		return err
	}
	if head == 0 {
		v.Empty = lang.T("explore.map-no-rows")
		return show(nil)
	}
	in, err := api.InUnits(ctx, p.Units, t.obj, q.By, v.At, v.From, sent, p.Now())
	if err != nil {
		return show(err)
	}
	v.At = in.At.Display()
	if in.Dated != "" {
		v.Dated = t.obj.Columns[u.On].Title
	} else if !in.UID {
		v.From = in.From.Display()
	}
	if decision, err = p.Door.Figures(ctx, t.con, t.obj, api.Dated(t.obj, *q, true)); err != nil {
		return err
	}
	if _, err := p.Mirror.CatchUp(ctx, t.obj, head); err != nil {
		return err
	}
	found, err := p.Mirror.GroupsInUnits(ctx, t.obj, decision, *q, in)
	if err != nil {
		return show(err)
	}
	v.fill(lang, in, found)
	v.API = "/api/v1" + t.address("groups") + "?" + asked(*q, in).Encode()
	return show(nil)
}

// choose reads what is to be shown: the field of units, and what is added up.
func (v *unitFiguresView) choose(l locale.Lang, obj *contract.Object, decision policy.Decision, query url.Values) (*mirror.GroupQuery, atlas.UnitColumn, error) {
	columns := slices.DeleteFunc(atlas.UnitColumns(obj), func(u atlas.UnitColumn) bool { return !decision.Sees(obj.Columns[u.Column].Name) })
	if len(columns) == 0 {
		return nil, atlas.UnitColumn{}, nil
	}
	at := 0
	if name := query.Get("by"); name != "" {
		if at = slices.IndexFunc(columns, func(u atlas.UnitColumn) bool { return obj.Columns[u.Column].Name == name }); at < 0 {
			return nil, atlas.UnitColumn{}, fault.New(fault.Invalid, "explore-chart.column", name)
		}
	}
	for i, u := range columns {
		c := &obj.Columns[u.Column]
		v.Fields = append(v.Fields, choiceView{c.Name, c.Title, i == at})
	}
	q := &mirror.GroupQuery{By: []mirror.GroupBy{{Column: obj.Columns[columns[at].Column].Name}}}
	numbers := measurable(obj, &drawing{time: -1}, decision)
	name, of := query.Get("of"), -1
	switch {
	case name == countRows:
	case name != "":
		if of = obj.Column(name); !slices.Contains(numbers, of) {
			return nil, columns[at], fault.New(fault.Invalid, "explore-chart.column", name)
		}
	default: // the first that may be added up
		if i := slices.IndexFunc(numbers, func(i int) bool { return isAmount(&obj.Columns[i]) }); i >= 0 {
			of = numbers[i]
		}
	}
	v.Ofs = append(v.Ofs, choiceView{countRows, l.T("explore-chart.rows"), of < 0})
	for _, i := range numbers {
		v.Ofs = append(v.Ofs, choiceView{obj.Columns[i].Name, obj.Columns[i].Title, i == of})
	}
	if of >= 0 {
		q.Measures = []mirror.MeasureOf{{Func: mirror.Sum, Column: obj.Columns[of].Name}}
		v.Measure = l.T("explore-units.sum", obj.Columns[of].Title)
	}
	return q, columns[at], nil
}

func asked(q mirror.GroupQuery, in mirror.InUnits) url.Values {
	all := url.Values{"by": {q.By[0].String()}, "units_at": {in.At.String()}}
	if len(q.Measures) > 0 {
		all.Set("measure", q.Measures[0].String())
	}
	if !in.UID && in.Dated == "" {
		all.Set("units_from", in.From.String())
	}
	return all
}

// fill makes the figures ready to be shown.
func (v *unitFiguresView) fill(l locale.Lang, in mirror.InUnits, found mirror.UnitGroups) {
	v.Title = l.T("explore-units.of-day", v.At)
	sum := func(all []*mirror.Measure) string {
		if len(all) == 0 || all[0] == nil {
			return "–"
		}
		f, err := strconv.ParseFloat(all[0].Value, 64)
		if err != nil {
			return all[0].Value
		}
		return l.Float(f, -1)
	}
	for _, g := range found.Units {
		row := unitFigure{Code: g.Unit.Code, Name: g.Unit.Full, Link: "/units/" + url.PathEscape(g.Unit.UID), Count: l.Number(g.Count), Sum: sum(g.Measures)}
		var shares []string
		for _, s := range g.Shares {
			shares = append(shares, l.T("explore-units.share", l.Float(float64(s.Share)*100/float64(units.Whole), 4), s.Unit.Full))
		}
		if g.Estimated {
			row.Note = l.T("explore-units.estimated", strings.Join(shares, "; "))
		}
		v.Rows = append(v.Rows, row)
	}
	for _, g := range found.Unplaced {
		row := unitFigure{Name: g.Unit.Full, Count: l.Number(g.Count), Sum: sum(g.Measures), Note: units.Result{Why: g.Why}.Say(l)}
		if value := g.Values[0]; value != nil {
			row.Code = *value
		}
		if row.Name == "" {
			row.Name = l.T("explore-units.unnamed")
		}
		var names []string
		for _, u := range g.Candidates {
			names = append(names, u.Full)
		}
		if len(names) > 0 {
			row.Note += " " + l.T("explore-units.candidates", strings.Join(names, ", "))
		}
		v.Waiting = append(v.Waiting, row)
	}
	for _, w := range found.Warnings {
		v.Notes = append(v.Notes, w.Say(l))
	}
	if found.EstimatedCount > 0 {
		v.Notes = append(v.Notes, l.T("explore-units.part", l.Number(found.EstimatedCount), l.Number(found.Count), sum(found.Estimated), sum(found.Total)))
	}
	if found.Smallest > 1 {
		v.Notes = append(v.Notes, l.T("explore-chart.few", found.Smallest, found.LeftOut))
	}
	v.Total = unitTotal{
		l.Number(found.Count), sum(found.Total), l.Number(found.EstimatedCount), sum(found.Estimated), l.Number(found.UnplacedCount), sum(found.Open),
	}
	if len(v.Rows)+len(v.Waiting) == 0 {
		v.Empty = l.T("explore.map-no-units")
	}
}
