package mirror

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// Groups are the groups that are shown. They may be shared with others who ask
// the same: nobody changes them.
type Groups struct {
	Seq      int64 // batch that the mirror had reached, or the one asked for
	Smallest int   // groups of fewer are left out; 1 = none are
	Groups   []Group
	LeftOut  int64 // rows of groups that are not shown: Smallest at least, or none
	More     bool  // the limit of the question cut groups off
}

// A Group is one of them. A value that is nil is absent in the rows.
type Group struct {
	Values   []*string // by GroupQuery.By, in canonical form
	Count    int64
	Measures []*Measure // by GroupQuery.Measures; nil: too few of its rows have a value
}

// A Measure sums up a column over the rows that have a value.
type Measure struct {
	Sum     string  // of SumAndAverage: exact, as the column writes numbers
	Average float64 // of SumAndAverage
	Value   string  // of every other function, in canonical form
}

// Groups counts the rows that a decision allows, by groups. Where the decision
// has a smallest group, groups below it are left out, and with them as many
// larger ones as it takes that neither the total nor another answer by fewer of
// the same columns or by coarser times tells how many were in them; then there
// are no filters and no past states, because two answers that differ by one
// condition would tell of the rows between them. Columns that are not seen in
// clear are neither grouped by nor measured. Not guarded against: answers before
// and after a batch of few rows, and systems of equations over answers by
// different columns.
func (m *Mirror) Groups(ctx context.Context, obj *contract.Object, d policy.Decision, q GroupQuery) (Groups, error) {
	smallest := max(d.SmallestGroup, 1)
	d.SmallestGroup = 0 // the view serves the query below alone; no row leaves it
	v, err := record.NewView(obj, d, nil)
	if err != nil {
		return Groups{}, err
	}
	g, err := newGrouping(v, q, smallest)
	if err != nil {
		return Groups{}, err
	}
	if err := m.knowHolds(ctx, v); err != nil {
		return Groups{}, err
	}
	b := &scan{tables: of(obj), truth: m.truth, o: q.Rows.whichRows(), view: v}
	if _, err := b.conditions(); err != nil {
		return Groups{}, err
	}
	if q.Rows.Where != nil && smallest > 1 {
		return Groups{}, fault.New(fault.Denied, "groups.few-filter", smallest)
	}
	p, err := m.picture(ctx, b)
	if err != nil {
		return Groups{}, err
	}
	out, err := remembered(ctx, m.answers, p, g.question(p), func() (Groups, error) { return g.answer(ctx, p) })
	return out, errors.Join(err, p.close())
}

// A grouping is a question for groups, checked and with its columns found.
type grouping struct {
	v        *record.View
	by       []groupColumn // as asked; as they stand in the object where groups are concealed
	asked    []int         // by place in the question: which of by
	measures []measure
	order    []groupOrder
	limit    int
	smallest int
}

// A groupOrder is one term of the order, by place.
type groupOrder struct {
	by, measure int // -1: not this one; both -1: the count
	desc        bool
}

func newGrouping(v *record.View, q GroupQuery, smallest int) (*grouping, error) {
	g := &grouping{v: v, limit: q.Limit, smallest: smallest}
	if len(q.By) > MostGroupColumns || len(q.Measures) > MostMeasures || len(q.By) == 0 && (smallest > 1 || len(q.Measures) == 0) {
		return nil, fault.New(fault.Invalid, "groups.columns", MostGroupColumns, MostMeasures)
	}
	for _, by := range q.By {
		c, err := newGroupColumn(v, by)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(g.by, func(other groupColumn) bool { return other.at == c.at }) {
			return nil, fault.New(fault.Invalid, "groups.twice", c.column.Title)
		}
		g.asked = append(g.asked, len(g.by))
		g.by = append(g.by, c)
	}
	for _, of := range q.Measures {
		one, err := newMeasure(v, of)
		if err != nil {
			return nil, err
		}
		one.few = smallest > 1
		g.measures = append(g.measures, one)
	}
	if smallest > 1 {
		if err := g.concealable(q); err != nil {
			return nil, err
		}
		g.sortBy()
	}
	return g, g.orderBy(q)
}

// sortBy puts the columns in one order, whatever that of the question: what is
// hidden is found in it.
func (g *grouping) sortBy() {
	asked := slices.Clone(g.by)
	slices.SortFunc(g.by, func(a, b groupColumn) int { return a.at - b.at })
	for i, a := range asked {
		g.asked[i] = slices.IndexFunc(g.by, func(b groupColumn) bool { return a.at == b.at })
	}
}

// concealable refuses what would tell of few.
func (g *grouping) concealable(q GroupQuery) error {
	if q.Rows.AsOf != 0 {
		return fault.New(fault.Denied, "groups.few-as-of", g.smallest)
	}
	levels := 1
	for _, c := range g.by {
		if c.keep != nil {
			return fault.New(fault.Denied, "groups.few-keep", g.smallest)
		}
		if c.bucket == Week || c.column.Type == contract.PartialDate && c.bucket != None && c.bucket != Year {
			return fault.New(fault.Denied, "groups.few-bucket", string(c.bucket), g.smallest)
		}
		levels *= 1 + c.grains()
	}
	if levels > mostLevels {
		return fault.New(fault.Denied, "groups.few-times", g.smallest)
	}
	for _, one := range g.measures {
		switch one.of.Func {
		case SumAndAverage, Sum, Average:
		default:
			return fault.New(fault.Denied, "groups.few-measure", one.of.String(), g.smallest)
		}
	}
	return nil
}

// mostLevels is how many ways of grouping more coarsely a concealed answer is
// held against.
const mostLevels = 64

// orderBy finds the terms of the order among what is asked for.
func (g *grouping) orderBy(q GroupQuery) error {
	if q.Limit < 0 {
		return fault.New(fault.Invalid, "groups.limit", mostGroups)
	}
	for _, o := range q.Order {
		term := groupOrder{by: -1, measure: -1, desc: o.Desc}
		if i := slices.IndexFunc(q.By, func(b GroupBy) bool { return b.String() == o.Term || b.Column == o.Term }); i >= 0 {
			term.by = g.asked[i]
		} else if i := slices.IndexFunc(q.Measures, func(m MeasureOf) bool { return m.String() == o.Term }); i >= 0 {
			term.measure = i
		} else if o.Term != CountTerm {
			return fault.New(fault.Invalid, "groups.order", o.Term)
		}
		g.order = append(g.order, term)
	}
	return nil
}

// question writes what is asked of a picture: all that the answer depends on.
func (g *grouping) question(p *picture) string {
	return fmt.Sprintf("groups %d %d %v %v\n%s", g.smallest, g.limit, g.asked, g.order, g.sql(p))
}

// sql writes the query. Groups are found by the values themselves and written
// out afterwards: a text of each row would cost more than all the rest.
func (g *grouping) sql(p *picture) string {
	var inner, outer, keys, order []string
	for n, c := range g.by {
		inner = append(inner, fmt.Sprintf("%s AS g%d", c.expression(), n))
		outer = append(outer, c.label(fmt.Sprintf("g%d", n)))
		keys = append(keys, strconv.Itoa(n+1))
	}
	inner, outer = append(inner, "count(*) AS n"), append(outer, "CAST(n AS VARCHAR)")
	for n, one := range g.measures {
		for k, part := range one.parts() {
			name := fmt.Sprintf("m%d_%d", n, k)
			inner = append(inner, part+" AS "+name)
			outer = append(outer, "CAST("+name+" AS VARCHAR)")
		}
	}
	most := mostGroups + 1
	if g.smallest <= 1 { // otherwise order and limit are for what is shown
		for _, o := range g.order {
			order = append(order, o.sql(g))
		}
		if g.limit > 0 {
			most = min(g.limit, mostGroups) + 1
		}
	}
	for n := range g.by {
		order = append(order, fmt.Sprintf("g%d NULLS LAST", n))
	}
	query := fmt.Sprintf("SELECT %s FROM (SELECT %s FROM %s%s", strings.Join(outer, ", "), strings.Join(inner, ", "), p.from, p.where)
	if len(keys) > 0 {
		query += " GROUP BY " + strings.Join(keys, ", ")
	}
	query += ")"
	if len(order) > 0 {
		query += " ORDER BY " + strings.Join(order, ", ")
	}
	return fmt.Sprintf("%s LIMIT %d", query, most)
}

func (o groupOrder) sql(g *grouping) string {
	name := "n"
	switch {
	case o.by >= 0:
		name = fmt.Sprintf("g%d", o.by)
	case o.measure >= 0:
		name = fmt.Sprintf("m%d_%d", o.measure, g.measures[o.measure].sortedBy())
	}
	if o.desc {
		name += " DESC"
	}
	return name + " NULLS LAST"
}

// answer runs the question.
func (g *grouping) answer(ctx context.Context, p *picture) (Groups, error) {
	out := Groups{Seq: p.seq, Smallest: g.smallest, Groups: []Group{}}
	all, err := g.read(ctx, p)
	if err != nil {
		return out, err
	}
	if g.smallest > 1 {
		conceal(&out, all, g.by, len(g.measures))
		g.sort(out.Groups)
	} else {
		for i := range all {
			out.Groups = append(out.Groups, all[i].Group)
		}
	}
	if g.limit > 0 && len(out.Groups) > g.limit {
		out.Groups, out.More = out.Groups[:g.limit], true
	}
	for i := range out.Groups {
		values := make([]*string, len(g.asked))
		for n, at := range g.asked {
			values[n] = out.Groups[i].Values[at]
		}
		out.Groups[i].Values = values
	}
	return out, nil
}

// A whole is a group with all that is known of it, before anything is left out.
type whole struct {
	Group
	with []int64 // how many rows have a value, by measure
}

func (g *grouping) read(ctx context.Context, p *picture) (all []whole, err error) {
	most := mostGroups
	if g.smallest <= 1 && g.limit > 0 {
		most = min(g.limit, mostGroups) + 1
	}
	err = p.each(ctx, g.sql(p), func(cell func(int) *string) error {
		w, err := g.readWhole(cell)
		if err != nil {
			return err
		}
		if all = append(all, w); len(all) > most {
			return fault.New(fault.TooLarge, "groups.too-many", mostGroups)
		}
		return nil
	})
	return all, err
}

func (g *grouping) readWhole(cell func(int) *string) (w whole, err error) {
	for i := range g.by {
		w.Values = append(w.Values, cell(i))
	}
	if w.Count, err = strconv.ParseInt(*cell(len(g.by)), 10, 64); err != nil {
		return w, err
	}
	at := len(g.by) + 1
	for _, one := range g.measures {
		n, figure, err := one.read(func(i int) *string { return cell(at + i) })
		if err != nil {
			return w, err
		}
		w.with, w.Measures = append(w.with, n), append(w.Measures, figure)
		at += len(one.parts())
	}
	return w, nil
}

// sort orders what is shown of concealed groups, which is little.
func (g *grouping) sort(all []Group) {
	if len(g.order) == 0 {
		return
	}
	slices.SortStableFunc(all, func(a, b Group) int {
		for _, o := range g.order {
			var x, y *float64
			switch {
			case o.by >= 0 && g.by[o.by].column.Type != contract.Integer:
				if c := compareTexts(a.Values[o.by], b.Values[o.by], o.desc); c != 0 {
					return c
				}
				continue
			case o.by >= 0:
				x, y = numberOf(a.Values[o.by]), numberOf(b.Values[o.by])
			case o.measure >= 0:
				x, y = a.Measures[o.measure].number(), b.Measures[o.measure].number()
			default:
				m, n := float64(a.Count), float64(b.Count)
				x, y = &m, &n
			}
			if c := compareNumbers(x, y, o.desc); c != 0 {
				return c
			}
		}
		return 0
	})
}

func numberOf(text *string) *float64 {
	if text == nil {
		return nil
	}
	f, err := strconv.ParseFloat(*text, 64)
	if err != nil || math.IsNaN(f) {
		return nil
	}
	return &f
}

// number is the measure as it is put in order.
func (m *Measure) number() *float64 {
	if m == nil {
		return nil
	}
	if m.Value == "" {
		return numberOf(&m.Sum)
	}
	return numberOf(&m.Value)
}

// texts reads a row of an answer in which every column is a text.
func texts(columns []*array.String, row int) func(int) *string {
	return func(i int) *string {
		if columns[i].IsNull(row) {
			return nil
		}
		s := strings.Clone(columns[i].Value(row)) // it is gone with its record
		return &s
	}
}
