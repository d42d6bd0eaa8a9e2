package explore

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/atlas"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/foundation/cql2"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// register is what the map needs of the register of administrative units.
type register interface {
	Index(ctx context.Context) (*units.Index, error)
}

// sets is what the map needs to go through all data sets.
type sets interface {
	List(ctx context.Context, after string, limit int) ([]*contract.Contract, error)
}

// mapPlace is the last part of the page's address.
const mapPlace = "map"

// A mapping is one map that is being made.
type mapping struct {
	*Pages
	table
	lang     locale.Lang
	decision policy.Decision // on figures of groups
	view     *record.View    // rows as they may be read, nil: none
	units    []atlas.UnitColumn
	place    contract.Place
	placed   bool // rows have a place of their own
	query    url.Values
}

// showMap is the page of a table whose rows have a place, or belong to
// administrative units.
func showMap(p *Pages, w http.ResponseWriter, r *http.Request, t table) error {
	ctx := r.Context()
	m := &mapping{Pages: p, table: t, lang: locale.From(ctx), query: r.URL.Query(), view: p.Door.Peek(ctx, policy.Read, t.con, t.obj)}
	var err error
	if m.decision, err = p.Door.May(ctx, policy.Aggregate, t.con.What(t.obj)); err != nil {
		return err
	}
	m.units = slices.DeleteFunc(atlas.UnitColumns(t.obj), func(u atlas.UnitColumn) bool { return !m.clear(u.Column) })
	if m.place, m.placed = t.obj.Place(); m.placed {
		border, is := atlas.BorderOf(t.obj)
		m.placed = !is || border.Shape != m.place.Shape // boundaries are the map, not rows on it
	}
	v, err := m.draw(ctx)
	if err != nil {
		return err
	}
	return p.Show(w, r, p.Page(r, ui.Say(ctx, "explore.map-title", t.con.Name), "datasets"), mapPage(v))
}

// clear reports whether figures may be told by a column.
func (m *mapping) clear(column int) bool {
	return m.decision.Columns[m.obj.Columns[column].Name].Mask == policy.Clear
}

// mapView is the page.
type mapView struct {
	Head    ui.SetHead
	Path    string
	Options []mapOption // what can be shown; one: nothing to choose
	Chosen  string
	Measure string // words of what the colours tell
	Picture *picture
	Empty   string // why there is no picture
	Legend  []legendRow
	Notes   []string
	Table   *mapTable
	Sources []mapSource
	Own     mapSource // whose the figures are
}

// A mapOption is one way to show the table on a map.
type mapOption struct {
	Value, Text, Group string
}

// A legendRow explains a colour.
type legendRow struct {
	Class string // of the style sheet
	Text  string
	Units string // how many there are, in words
}

// A mapTable has the same in words and figures.
type mapTable struct {
	Heads []string
	Rows  []mapRow
	More  string // how many are left out
}

type mapRow struct {
	Name, Link string
	Class      string
	Cells      []string
}

// A mapSource is a data set that was drawn from.
type mapSource struct {
	Name, Address string
	Attribution   string
	Licence       string
}

// draw makes the page as the query asks.
func (m *mapping) draw(ctx context.Context) (*mapView, error) {
	v := &mapView{Head: m.head, Path: m.address(mapPlace), Own: sourceOf(m.con, m.obj)}
	head, err := m.state(ctx)
	if err != nil {
		return nil, err
	}
	if head == 0 {
		v.Empty = ui.Say(ctx, "explore.map-no-rows")
		return v, nil
	}
	choices := m.choices(ctx)
	for _, c := range choices {
		v.Options = append(v.Options, c.mapOption)
	}
	if len(choices) == 0 {
		v.Empty = ui.Say(ctx, "explore.map-nothing")
		return v, nil
	}
	chosen, err := m.chosen(ctx, choices)
	if err != nil {
		return nil, err
	}
	v.Chosen = chosen.Value
	if chosen.points {
		return v, m.drawPoints(ctx, v)
	}
	return v, m.drawUnits(ctx, v, chosen)
}

// state brings the columnar copy up and tells the batch that it shows.
func (m *mapping) state(ctx context.Context) (int64, error) {
	head, _, err := m.Records.Head(ctx, m.con.ID)
	if err != nil || head == 0 {
		return 0, err
	}
	return m.Mirror.CatchUp(ctx, m.obj, head)
}

// A choice is a mapOption with what it stands for.
type choice struct {
	mapOption
	points  bool
	unit    atlas.UnitColumn
	column  int // that is summed, -1: records are counted
	average bool
	single  bool // one record for each unit: its value is told
}

// choices are the ways to show the table, the likeliest first.
func (m *mapping) choices(ctx context.Context) (all []choice) {
	points := m.placed && m.view != nil && !slices.ContainsFunc(m.place.Columns(), func(i int) bool { return !m.view.Clear(i) })
	for _, u := range m.units {
		all = append(all, m.measures(ctx, u)...)
	}
	if points {
		all = append(all, choice{mapOption: mapOption{Value: "points", Text: ui.Say(ctx, "explore.map-points"), Group: ui.Say(ctx, "explore.map-by-place")}, points: true})
	}
	return all
}

// measures are what can be told of units.
func (m *mapping) measures(ctx context.Context, u atlas.UnitColumn) (all []choice) {
	c := &m.obj.Columns[u.Column]
	group := ui.Say(ctx, "explore.map-by", c.Title)
	single := slices.Equal(m.obj.Key, []int{u.Column})
	add := func(value, text string, column int, average bool) {
		all = append(all, choice{mapOption: mapOption{c.Name + "." + value, text, group}, unit: u, column: column, average: average, single: single})
	}
	for i := range m.obj.Columns {
		n := &m.obj.Columns[i]
		if !ui.IsNumber(n) || n.Array || n.Sealed || !m.clear(i) {
			continue
		}
		if single {
			add("value."+n.Name, n.Title, i, false)
			continue
		}
		add("sum."+n.Name, ui.Say(ctx, "explore.map-sum", n.Title), i, false)
		add("average."+n.Name, ui.Say(ctx, "explore.map-average", n.Title), i, true)
	}
	count := choice{mapOption: mapOption{c.Name + ".count", ui.Say(ctx, "explore.map-count"), group}, unit: u, column: -1}
	if single {
		return append(all, count)
	}
	return append([]choice{count}, all...)
}

// chosen is what the address asks for, or the first that boundaries are there
// for.
func (m *mapping) chosen(ctx context.Context, all []choice) (choice, error) {
	if asked := m.query.Get("show"); asked != "" {
		if i := slices.IndexFunc(all, func(c choice) bool { return c.Value == asked }); i >= 0 {
			return all[i], nil
		}
		return choice{}, fault.New(fault.Invalid, "explore.map-show", asked)
	}
	tried := map[int]bool{}
	for i, c := range all {
		if c.points {
			return c, nil
		}
		if tried[c.unit.Column] {
			continue
		}
		tried[c.unit.Column] = true
		f, err := m.figures(ctx, choice{unit: c.unit, column: -1})
		if err != nil {
			return choice{}, err
		}
		if f.covered() {
			return m.telling(all[i:]), nil
		}
	}
	return all[0], nil
}

// telling is the first of the measures of one column of units that is likely to
// tell something: an amount rather than a number of things.
func (m *mapping) telling(all []choice) choice {
	for _, c := range all {
		if c.unit.Column != all[0].unit.Column || !c.single {
			break
		}
		if c.column >= 0 && m.obj.Columns[c.column].Type != contract.Integer {
			return c
		}
	}
	return all[0]
}

// rowsOf is the address of the records that have a value.
func (m *mapping) rowsOf(column int, value string) string {
	if m.view == nil || !m.view.Clear(column) {
		return ""
	}
	c := &m.obj.Columns[column]
	filter := cql2.Compare{Property: cql2.Property{Name: c.Name}, Op: "=", Value: mirror.ValueOf(c, value)}
	return m.address("records") + "?filter=" + url.QueryEscape(cql2.Write(filter))
}

// sheets are the boundaries of a level that the reader may see, those with the
// most units first.
func (p *Pages) sheets(ctx context.Context, level string) (all []*atlas.Sheet, err error) {
	for con, err := range contract.All(ctx, p.Sets) {
		if err != nil {
			return nil, err
		}
		for _, obj := range con.Objects {
			if b, ok := atlas.BorderOf(obj); !ok || b.Level != level {
				continue
			}
			view := p.Door.Peek(ctx, policy.Read, con, obj)
			if view == nil {
				continue
			}
			sheet, err := p.Borders.Of(ctx, con, view)
			if err != nil {
				return nil, err
			}
			if sheet != nil {
				all = append(all, sheet)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *atlas.Sheet) int { return len(b.Shapes) - len(a.Shapes) })
	return all, nil
}

func sourceOf(con *contract.Contract, obj *contract.Object) mapSource {
	return mapSource{Name: con.Name, Address: address(obj, ""), Attribution: con.Provenance.Attribution, Licence: con.Provenance.Licence}
}
