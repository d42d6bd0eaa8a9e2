package explore

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/foundation/locale"
)

type chartView struct {
	Head   ui.SetHead
	Action string
	Script string // that draws
	Empty  string // why there is nothing to draw

	Times, Ofs, Functions, Buckets, Splits []choiceView
	From, To                               string
	Period                                 bool // may be chosen

	Title, Describes string
	Kind             string // of the drawing: line or bar
	Bucket           string
	TimeTitle        string
	Series           []string
	Rows             []chartRow // the newest first
	Notes            []string
	API              string
}

type choiceView struct {
	Value, Text string
	Chosen      bool
}

type chartRow struct {
	Label, At string
	Cells     []chartCell // by series
}

// A chartCell is one figure: as people read it, and as the drawing does.
type chartCell struct{ Text, Value string }

// show makes figures ready to be shown.
func (v *chartView) show(l locale.Lang, t table, d *drawing, names dictionary.Names, found mirror.Groups) {
	v.form(l, t.obj, d)
	v.Bucket = string(d.bucket)
	v.TimeTitle = t.obj.Columns[d.time].Title
	v.Title = d.title(l, t.obj)
	v.API = d.address(t)
	series := d.series(l, t.obj, names, found)
	for _, s := range series {
		v.Series = append(v.Series, s.name)
	}
	rows := map[string]*chartRow{}
	var order []string
	var without int64
	for _, g := range found.Groups {
		if g.Values[0] == nil {
			without += g.Count
			continue
		}
		label := *g.Values[0]
		row := rows[label]
		if row == nil {
			at, ok := timeOf(label)
			if !ok {
				continue
			}
			row = &chartRow{Label: bucketText(l, d.bucket, label), At: at.Format("2006-01-02T15:04:05"), Cells: make([]chartCell, len(series))}
			rows[label] = row
			order = append(order, label)
		}
		row.Cells[seriesOf(series, g, d)] = d.cell(l, t.obj, g)
	}
	slices.SortFunc(order, func(a, b string) int { return cmp.Compare(rows[b].At, rows[a].At) })
	for _, label := range order {
		v.Rows = append(v.Rows, *rows[label])
	}
	v.notes(l, d, found, without)
	if len(v.Rows) == 0 {
		v.Empty = l.T("explore-chart.nothing")
		return
	}
	v.Kind = "line"
	if (d.of < 0 || d.fn == mirror.Sum) && len(series) == 1 && len(v.Rows) <= 60 {
		v.Kind = "bar"
	}
	v.Describes = l.T("explore-chart.describes", v.Title, len(series), v.Rows[len(v.Rows)-1].Label, v.Rows[0].Label)
}

func (v *chartView) notes(l locale.Lang, d *drawing, found mirror.Groups, without int64) {
	if found.More {
		v.Notes = append(v.Notes, l.T("explore-chart.more", len(v.Rows)))
	}
	if without > 0 {
		v.Notes = append(v.Notes, l.T("explore-chart.without", without))
	}
	if found.Smallest > 1 {
		v.Notes = append(v.Notes, l.T("explore-chart.few", found.Smallest, found.LeftOut))
	}
}

// A series is one line of the drawing.
type series struct {
	value *string
	name  string
}

// series are the lines in the order of their names, the rest and what has no
// value last.
func (d *drawing) series(l locale.Lang, obj *contract.Object, names dictionary.Names, found mirror.Groups) (all []series) {
	if d.split < 0 {
		return []series{{name: d.measured(l, obj)}}
	}
	c := &obj.Columns[d.split]
	seen := map[string]bool{}
	nothing, other := false, false
	for _, g := range found.Groups {
		switch value := g.Values[1]; {
		case g.Values[0] == nil:
		case value == nil:
			nothing = true
		case *value == mirror.Other:
			other = true
		case !seen[*value]:
			seen[*value] = true
			name := names.Name(c.CodeList, *value)
			if name == "" {
				name = valueText(l, c, *value)
			}
			all = append(all, series{value, name})
		}
	}
	slices.SortFunc(all, func(a, b series) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(*a.value, *b.value)) })
	if other {
		rest := mirror.Other
		all = append(all, series{&rest, l.T("explore-chart.other")})
	}
	if nothing {
		all = append(all, series{nil, l.T("page.nil.unknown")})
	}
	return all
}

func seriesOf(all []series, g mirror.Group, d *drawing) int {
	if d.split < 0 {
		return 0
	}
	return slices.IndexFunc(all, func(s series) bool {
		return s.value == nil && g.Values[1] == nil || s.value != nil && g.Values[1] != nil && *s.value == *g.Values[1]
	})
}

func (d *drawing) cell(l locale.Lang, obj *contract.Object, g mirror.Group) chartCell {
	if d.of < 0 {
		return chartCell{l.Number(g.Count), strconv.FormatInt(g.Count, 10)}
	}
	m := g.Measures[0]
	if m == nil {
		return chartCell{}
	}
	f, err := strconv.ParseFloat(m.Value, 64)
	if err != nil {
		return chartCell{m.Value, ""}
	}
	if d.fn == mirror.Sum || d.fn == mirror.Least || d.fn == mirror.Greatest {
		if c := &obj.Columns[d.of]; c.Type != contract.Float {
			return chartCell{l.Float(f, -1), m.Value}
		}
	}
	return chartCell{number(l, f), m.Value}
}

// form is what may be chosen, with what is.
func (v *chartView) form(l locale.Lang, obj *contract.Object, d *drawing) {
	column := func(i int, chosen bool) choiceView {
		return choiceView{obj.Columns[i].Name, obj.Columns[i].Title, chosen}
	}
	for _, i := range d.times {
		v.Times = append(v.Times, column(i, i == d.time))
	}
	for _, i := range d.ofs {
		v.Ofs = append(v.Ofs, column(i, i == d.of))
	}
	v.Ofs = append(v.Ofs, choiceView{countRows, l.T("explore-chart.rows"), d.of < 0})
	for _, name := range d.functions() {
		v.Functions = append(v.Functions, choiceView{name, l.T("explore-chart.fn." + name), name == d.functionName()})
	}
	for _, b := range bucketsOf(&obj.Columns[d.time], d.few) {
		v.Buckets = append(v.Buckets, choiceView{string(b), l.T("explore-chart.by." + string(b)), b == d.bucket})
	}
	if len(d.splits) > 0 {
		v.Splits = append(v.Splits, choiceView{noSplit, l.T("explore-chart.no-split"), d.split < 0})
		for _, i := range d.splits {
			v.Splits = append(v.Splits, column(i, i == d.split))
		}
	}
	v.Period = !d.few
	v.From, v.To = dayOf(l, d.from), dayOf(l, d.to)
}

func dayOf(l locale.Lang, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return l.Date(t)
}

// measured says in words what the figures are.
func (d *drawing) measured(l locale.Lang, obj *contract.Object) string {
	if d.of < 0 {
		return l.T("explore-chart.rows")
	}
	return l.T("explore-chart.measured", l.T("explore-chart.fn."+d.functionName()), obj.Columns[d.of].Title)
}

func (d *drawing) title(l locale.Lang, obj *contract.Object) string {
	by := l.T("explore-chart.by.year")
	if d.bucket != mirror.None {
		by = l.T("explore-chart.by." + string(d.bucket))
	}
	if d.split >= 0 {
		return l.T("explore-chart.title-split", d.measured(l, obj), by, obj.Columns[d.split].Title)
	}
	return l.T("explore-chart.title", d.measured(l, obj), by)
}
