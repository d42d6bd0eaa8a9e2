package mirror

import (
	"context"
	"math"
	"math/big"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/foundation/cql2"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// InUnits says in the units of which day figures are asked for, and how the
// column by which they are grouped holds units.
type InUnits struct {
	Index  *units.Index
	Column string      // of GroupQuery.By, without a bucket
	Level  units.Level // of its codes
	UID    bool        // it holds ids of units: they need no day
	Dated  string      // own column with the day on which a row's code is meant, "" without: all are meant on From
	From   viet.Date
	At     viet.Date
}

// UnitGroups are figures in the units of a day. The sum over Units and Unplaced
// is that of the groups that were recast.
type UnitGroups struct {
	Seq      int64
	Smallest int
	LeftOut  int64
	Units    []UnitGroup // by the values beside the unit, then by the unit's code
	Unplaced []UnplacedGroup
	Warnings []units.Warning

	// The whole, what of it was divided by shares, and what could not be placed:
	// numbers of rows, then measures.
	Count, EstimatedCount, UnplacedCount int64
	Total, Estimated, Open               []*Measure
}

// A UnitGroup is figures of one unit. Its value in the column of units is its
// code, or its id where the column holds ids.
type UnitGroup struct {
	Group
	Unit      units.Unit
	Estimated bool
	Shares    []units.Division // by which parts of divided units came in
}

// An UnplacedGroup keeps the value that stands in the data.
type UnplacedGroup struct {
	Group
	Unit       units.Unit // "" when the register has none of this value on that day
	Why        units.Why
	Candidates []units.Unit
}

// GroupsInUnits counts groups as Groups does and recasts them to the units of
// another day. Only what may be added up can be recast: counts and sums. Nothing
// is dropped: what cannot be placed stands apart.
func (m *Mirror) GroupsInUnits(ctx context.Context, obj *contract.Object, d policy.Decision, q GroupQuery, in InUnits) (UnitGroups, error) {
	r := &recasting{obj: obj, q: q, in: in}
	if err := r.check(d); err != nil {
		return UnitGroups{}, err
	}
	for i, part := range r.parts() {
		asked := q
		asked.Rows.Where = part.where
		if i > 0 { // all parts of one state
			asked.Rows.AsOf = r.out.Seq
		}
		found, err := m.Groups(ctx, obj, d, asked)
		if err != nil {
			return UnitGroups{}, err
		}
		r.out.Seq, r.out.Smallest = found.Seq, found.Smallest
		r.out.LeftOut += found.LeftOut
		for _, g := range found.Groups {
			r.rows = append(r.rows, dated{g, part.on})
		}
	}
	if err := r.sum(); err != nil {
		return UnitGroups{}, err
	}
	return r.out, nil
}

// A recasting is one question under way.
type recasting struct {
	obj  *contract.Object
	q    GroupQuery
	in   InUnits
	at   int // of the column of units in By
	rows []dated
	out  UnitGroups
}

// dated is a group with the day on which its code is meant.
type dated struct {
	Group
	on viet.Date
}

func (r *recasting) check(d policy.Decision) error {
	r.at = slices.IndexFunc(r.q.By, func(b GroupBy) bool { return b.Column == r.in.Column && b.Bucket == None && b.Keep == nil })
	if r.at < 0 {
		return fault.New(fault.Invalid, "groups.units-by", r.in.Column)
	}
	if len(r.q.Order) > 0 || r.q.Limit > 0 {
		return fault.New(fault.Invalid, "groups.units-order")
	}
	for _, of := range r.q.Measures {
		switch of.Func {
		case Sum, Count, SumAndAverage:
		default:
			return fault.New(fault.Invalid, "groups.units-measure", of.String())
		}
	}
	if d.SmallestGroup > 1 && len(r.split()) > 1 {
		return fault.New(fault.Denied, "groups.units-few", d.SmallestGroup)
	}
	return nil
}

// A part is the rows whose codes are meant alike.
type unitPart struct {
	where cql2.Expr
	on    viet.Date
}

// split lists the first days of the stretches of time in which codes mean the
// same; units.NoDay is the beginning.
func (r *recasting) split() []viet.Date {
	if r.in.UID || r.in.Dated == "" {
		return []viet.Date{units.NoDay}
	}
	return append([]viet.Date{units.NoDay}, r.in.Index.Turns(r.in.Level)...)
}

func (r *recasting) parts() (all []unitPart) {
	switch {
	case r.in.UID:
		return []unitPart{{r.q.Rows.Where, units.NoDay}}
	case r.in.Dated == "":
		return []unitPart{{r.q.Rows.Where, r.in.From}}
	}
	days := r.split()
	day := func(op string, on viet.Date) cql2.Expr {
		return cql2.Compare{Property: cql2.Property{Name: r.in.Dated}, Op: op, Value: cql2.Value{Kind: cql2.Date, Text: on.String()}}
	}
	both := func(more ...cql2.Expr) cql2.Expr {
		if r.q.Rows.Where != nil {
			more = append(more, r.q.Rows.Where)
		}
		if len(more) == 1 {
			return more[0]
		}
		return cql2.And(more)
	}
	if len(days) == 1 { // nothing has ever changed
		return []unitPart{{r.q.Rows.Where, r.in.From}}
	}
	all = []unitPart{
		{both(cql2.Null{Property: cql2.Property{Name: r.in.Dated}}), units.NoDay}, // no day: right where the code never changed
		{both(day("<", days[1])), days[1] - 1},
	}
	for i, from := range days[1:] {
		limits := []cql2.Expr{day(">=", from)}
		if i+2 < len(days) {
			limits = append(limits, day("<", days[i+2]))
		}
		all = append(all, unitPart{both(limits...), from})
	}
	return all
}

// without is the values of a group beside its unit, as a key.
func (r *recasting) without(values []*string) string {
	var b strings.Builder
	for i, v := range values {
		switch {
		case i == r.at:
		case v == nil:
			b.WriteString("\x00-")
		default:
			b.WriteString("\x00=" + *v)
		}
	}
	return b.String()
}

// sum recasts all groups: the rows of each, and every measure by itself, so that
// a figure that is not told is not taken for nothing.
func (r *recasting) sum() error {
	var order []string
	beside := map[string][]dated{}
	for _, g := range r.rows {
		key := r.without(g.Values)
		if beside[key] == nil {
			order = append(order, key)
		}
		beside[key] = append(beside[key], g)
	}
	r.out.Total, r.out.Estimated, r.out.Open = make([]*Measure, len(r.q.Measures)), make([]*Measure, len(r.q.Measures)), make([]*Measure, len(r.q.Measures))
	totals := make([]tally, len(r.q.Measures))
	warned := map[string]*units.Warning{}
	for _, key := range order {
		if err := r.sumOf(beside[key], totals, warned); err != nil {
			return err
		}
	}
	for k := range totals {
		t, of := &totals[k], r.q.Measures[k]
		r.out.Total[k], r.out.Estimated[k], r.out.Open[k] = r.measure(of, &t.total), r.measure(of, &t.estimated), r.measure(of, &t.open)
	}
	for _, w := range []string{units.WarnRecast, units.WarnShares, units.WarnUnplaced, units.WarnUnknown} {
		if warned[w] != nil {
			r.out.Warnings = append(r.out.Warnings, *warned[w])
		}
	}
	return nil
}

// tally adds up a measure over all groups.
type tally struct{ total, estimated, open big.Int }

func (r *recasting) sumOf(groups []dated, totals []tally, warned map[string]*units.Warning) error {
	figures := make([]units.Figure, len(groups))
	for i, g := range groups {
		figures[i] = units.Figure{Unit: r.unit(g), On: g.on, Numbers: []int64{g.Count}}
	}
	sums, err := r.in.Index.SumOn(figures, r.in.At, nil)
	if err != nil {
		return err
	}
	found := map[string]*UnitGroup{}
	var list []*UnitGroup
	for _, s := range sums.Units {
		values := slices.Clone(groups[0].Values)
		code := s.Unit.Code
		if r.in.UID {
			code = s.Unit.UID
		}
		values[r.at] = &code
		one := &UnitGroup{Group: Group{Values: values, Count: s.Numbers[0], Measures: make([]*Measure, len(r.q.Measures))}, Unit: s.Unit, Estimated: s.Estimated, Shares: s.Shares}
		found[s.Unit.UID] = one
		list = append(list, one)
	}
	for _, g := range groups {
		r.out.Count += g.Count
	}
	if len(sums.Estimated) > 0 {
		r.out.EstimatedCount += sums.Estimated[0]
		r.out.UnplacedCount += sums.Remainder[0]
	}
	for _, w := range sums.Warnings {
		if have := warned[w.Key]; have != nil {
			have.Count += w.Count
			for _, u := range w.Units {
				if !slices.ContainsFunc(have.Units, func(o units.Unit) bool { return o.UID == u.UID }) {
					have.Units = append(have.Units, u)
				}
			}
			continue
		}
		warned[w.Key] = &w
	}
	for k := range r.q.Measures {
		if err := r.sumMeasure(k, groups, found, &totals[k]); err != nil {
			return err
		}
	}
	for _, one := range list {
		r.out.Units = append(r.out.Units, *one)
	}
	for _, u := range sums.Unplaced {
		one := UnplacedGroup{Group: groups[u.Figure].Group, Unit: u.Unit, Why: u.Why, Candidates: u.Candidates}
		if one.Values[r.at] == nil {
			one.Why = units.WhyEmpty
		}
		r.out.Unplaced = append(r.out.Unplaced, one)
	}
	return nil
}

// sumMeasure recasts one measure of the groups that have it.
func (r *recasting) sumMeasure(k int, groups []dated, found map[string]*UnitGroup, all *tally) error {
	of := r.q.Measures[k]
	var figures []units.Figure
	for _, g := range groups {
		if g.Measures[k] == nil {
			continue
		}
		n, err := r.whole(of, g.Measures[k])
		if err != nil {
			return err
		}
		figures = append(figures, units.Figure{Unit: r.unit(g), On: g.on, Numbers: []int64{n}})
		all.total.Add(&all.total, big.NewInt(n))
	}
	sums, err := r.in.Index.SumOn(figures, r.in.At, nil)
	if err != nil || len(figures) == 0 {
		return err
	}
	all.estimated.Add(&all.estimated, big.NewInt(sums.Estimated[0]))
	all.open.Add(&all.open, big.NewInt(sums.Remainder[0]))
	for _, s := range sums.Units {
		found[s.Unit.UID].Measures[k] = r.measure(of, big.NewInt(s.Numbers[0]))
	}
	return nil
}

// unit is what a group says of its unit: its id, or a code of several. A code that
// means none on its day must not be taken for an id, nor for one of another level.
func (r *recasting) unit(g dated) string {
	v := g.Values[r.at]
	if v == nil {
		return ""
	}
	if r.in.UID {
		return *v
	}
	switch list := r.in.Index.Codes(r.in.Level, *v, g.on); len(list) {
	case 0:
		return ""
	case 1:
		return list[0].UID
	}
	return *v
}

// floatDecimals is how many decimals of a number without a fixed scale count.
const floatDecimals = 6

func (r *recasting) scale(of MeasureOf) int {
	c := &r.obj.Columns[r.obj.Column(of.Column)]
	switch {
	case of.Func == Count || c.Type == contract.Integer:
		return 0
	case c.Type == contract.Decimal:
		return c.Scale
	}
	return floatDecimals
}

// whole writes a measure as a whole number of its smallest part.
func (r *recasting) whole(of MeasureOf, m *Measure) (int64, error) {
	text := m.Value
	if of.Func == SumAndAverage {
		text = m.Sum
	}
	n, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, fault.New(fault.Invalid, "groups.units-number", text)
	}
	n.Mul(n, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(r.scale(of))), nil)))
	i, ok := new(big.Int).SetString(n.FloatString(0), 10)
	if !ok || !i.IsInt64() {
		return 0, fault.New(fault.Invalid, "groups.units-number", text)
	}
	return i.Int64(), nil
}

// measure writes a whole number back as the column writes numbers.
func (r *recasting) measure(of MeasureOf, n *big.Int) *Measure {
	scale := r.scale(of)
	text := new(big.Rat).SetFrac(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)).FloatString(scale)
	if of.Func != Count && r.obj.Columns[r.obj.Column(of.Column)].Type == contract.Float {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	if of.Func == SumAndAverage {
		return &Measure{Sum: text, Average: math.NaN()} // parts of units have no average
	}
	return &Measure{Value: text}
}
