package explore

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/atlas"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
)

// figures are what is told of the units of a table.
type figures struct {
	sheets   []*atlas.Sheet
	of       map[string]*figure // by code
	smallest int
	leftOut  int64 // records of units that are too small to be told of
	blank    int64 // records without a unit
	drawn    int   // units with figures that have a boundary
}

// A figure is that of one unit.
type figure struct {
	code  string
	value string // as the column has it, for the address of its records
	count int64
	sum   *mirror.Measure
}

// covered reports whether there are boundaries for most of the units.
func (f *figures) covered() bool { return f.drawn > 0 && 2*f.drawn >= len(f.of) }

// figures asks for what a choice tells, and finds the boundaries for it.
func (m *mapping) figures(ctx context.Context, c choice) (*figures, error) {
	q := mirror.GroupQuery{By: []mirror.GroupBy{{Column: m.obj.Columns[c.unit.Column].Name}}}
	if c.column >= 0 {
		q.Measures = []mirror.MeasureOf{{Column: m.obj.Columns[c.column].Name}}
	}
	groups, err := m.Mirror.Groups(ctx, m.obj, m.Door.AsksFigures(ctx, m.con, m.obj, q), q)
	if err != nil {
		return nil, err
	}
	f := &figures{of: map[string]*figure{}, smallest: groups.Smallest, leftOut: groups.LeftOut}
	for _, g := range groups.Groups {
		if g.Values[0] == nil {
			f.blank += g.Count
			continue
		}
		one := &figure{code: *g.Values[0], value: *g.Values[0], count: g.Count}
		if len(g.Measures) > 0 {
			one.sum = g.Measures[0]
		}
		f.of[one.code] = one
	}
	if c.unit.UID {
		if err := m.coded(ctx, f); err != nil {
			return nil, err
		}
	}
	return f, m.bounded(ctx, c.unit, f)
}

// coded puts codes in the place of uids. A uid that the register lacks keeps its
// own.
func (m *mapping) coded(ctx context.Context, f *figures) error {
	if m.Units == nil {
		return nil
	}
	index, err := m.Units.Index(ctx)
	if err != nil {
		return err
	}
	by := map[string]*figure{}
	for uid, one := range f.of {
		if u, ok := index.ByUID(uid); ok && by[u.Code] == nil {
			one.code = u.Code
		}
		by[one.code] = one
	}
	f.of = by
	return nil
}

// bounded finds the boundaries that have some of the units: of a table of
// boundaries its own alone.
func (m *mapping) bounded(ctx context.Context, u atlas.UnitColumn, f *figures) error {
	sheets, err := m.sheets(ctx, u.Level)
	if err != nil {
		return err
	}
	own := slices.IndexFunc(sheets, func(s *atlas.Sheet) bool { return s.Object.Dataset == m.obj.Dataset && s.Border.Code == u.Column })
	if own >= 0 {
		sheets = sheets[own : own+1]
	}
	found := map[string]bool{}
	for _, s := range sheets {
		some := false
		for _, shape := range s.Shapes {
			if f.of[shape.Code] != nil {
				found[shape.Code], some = true, true
			}
		}
		if some {
			f.sheets = append(f.sheets, s)
		}
	}
	f.drawn = len(found)
	return nil
}

// number is what a figure comes to; ok is false when there is nothing to tell.
func (c choice) number(f *figure) (n float64, ok bool) {
	switch {
	case f == nil:
		return 0, false
	case c.column < 0:
		return float64(f.count), true
	case f.sum == nil:
		return 0, false
	case c.average:
		n = f.sum.Average
	default:
		var err error
		if n, err = strconv.ParseFloat(f.sum.Sum, 64); err != nil {
			return 0, false
		}
	}
	return n, !math.IsNaN(n) && !math.IsInf(n, 0)
}

// write writes a number as the column has it.
func (m *mapping) write(c choice, n float64) string {
	switch {
	case c.column < 0:
		return m.lang.Number(int64(n))
	case c.average:
		return m.lang.Float(math.Round(n*100)/100, -1)
	}
	column := &m.obj.Columns[c.column]
	if column.Type == contract.Decimal {
		return m.lang.Float(n, min(column.Scale, 2))
	}
	return m.lang.Float(n, -1)
}

// drawUnits is the map of figures by administrative units.
func (m *mapping) drawUnits(ctx context.Context, v *mapView, c choice) error {
	f, err := m.figures(ctx, c)
	if err != nil {
		return err
	}
	v.Measure = c.Text
	var numbers []float64
	for _, one := range f.of {
		if n, ok := c.number(one); ok {
			numbers = append(numbers, n)
		}
	}
	switch {
	case len(f.of) == 0:
		v.Empty = ui.Say(ctx, "explore.map-no-units")
	case len(f.sheets) == 0:
		v.Empty = ui.Say(ctx, "explore.map-no-borders")
	}
	classes := m.legend(ctx, v, c, f)
	m.unitTable(ctx, v, c, f, classes)
	m.unitNotes(ctx, v, f)
	if len(f.sheets) == 0 || len(numbers) == 0 {
		return nil
	}
	if v.Picture, err = m.unitPicture(ctx, c, f, classes); err != nil {
		return err
	}
	v.Sources = m.sources(ctx, f.sheets)
	return nil
}

// legend makes the classes of what is drawn and says what they are.
func (m *mapping) legend(ctx context.Context, v *mapView, c choice, f *figures) []atlas.Class {
	var numbers []float64
	none := 0
	for _, s := range f.sheets {
		for _, shape := range s.Shapes {
			if n, ok := c.number(f.of[shape.Code]); ok {
				numbers = append(numbers, n)
			} else {
				none++
			}
		}
	}
	classes := atlas.Quantiles(numbers)
	for i := len(classes) - 1; i >= 0; i-- {
		one := classes[i]
		text := m.write(c, one.Most)
		if least := m.write(c, one.Least); least != text {
			text = least + " – " + text
		}
		v.Legend = append(v.Legend, legendRow{classOf(i, len(classes)), text, ui.Say(ctx, "explore.map-units", int64(one.Count))})
	}
	if none > 0 {
		text := ui.Say(ctx, "explore.map-none")
		if f.smallest > 1 {
			text = ui.Say(ctx, "explore.map-none-small", int64(f.smallest))
		}
		v.Legend = append(v.Legend, legendRow{"map-none", text, ui.Say(ctx, "explore.map-units", int64(none))})
	}
	return classes
}

// classOf names a colour: few classes take the stronger ones.
func classOf(i, of int) string {
	if of == 1 {
		return "map-class-2"
	}
	return "map-class-" + strconv.Itoa(i*(atlas.Classes-1)/(of-1))
}

func (m *mapping) unitNotes(ctx context.Context, v *mapView, f *figures) {
	if off := len(f.of) - f.drawn; off > 0 && len(f.sheets) > 0 {
		v.Notes = append(v.Notes, ui.Say(ctx, "explore.map-off", int64(off)))
	}
	if f.blank > 0 {
		v.Notes = append(v.Notes, ui.Say(ctx, "explore.map-blank", f.blank))
	}
	if f.leftOut > 0 {
		v.Notes = append(v.Notes, ui.Say(ctx, "explore.map-left-out", f.leftOut, int64(f.smallest)))
	}
}

// mostRows is how many rows the table below a map has.
const mostRows = 250

// unitTable has all units with their figures, the greatest first.
func (m *mapping) unitTable(ctx context.Context, v *mapView, c choice, f *figures, classes []atlas.Class) {
	names := map[string]string{}
	for _, s := range f.sheets {
		for _, shape := range s.Shapes {
			names[shape.Code] = shape.Name
		}
	}
	type told struct {
		*figure
		n  float64
		ok bool
	}
	var all []told
	for _, one := range f.of {
		n, ok := c.number(one)
		all = append(all, told{one, n, ok})
	}
	slices.SortFunc(all, func(a, b told) int {
		if a.ok != b.ok {
			if a.ok {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.n, a.n), strings.Compare(a.code, b.code))
	})
	t := &mapTable{Heads: []string{ui.Say(ctx, "explore.map-unit"), ui.Say(ctx, "explore.map-code"), c.Text}}
	for i, one := range all {
		if i == mostRows {
			t.More = ui.Say(ctx, "explore.map-more", int64(len(all)-mostRows))
			break
		}
		row := mapRow{Name: names[one.code], Link: m.rowsOf(c.unit.Column, one.value), Cells: []string{one.code, "–"}}
		if row.Name == "" {
			row.Name = one.code
		} else if one.ok {
			row.Class = classOf(atlas.ClassOf(classes, one.n), len(classes))
		}
		if one.ok {
			row.Cells[1] = m.write(c, one.n)
		}
		t.Rows = append(t.Rows, row)
	}
	v.Table = t
}
