package mirror

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// Limits of a question for groups.
const (
	MostGroupColumns = 3
	MostMeasures     = 8
	mostGroups       = 100_000
)

// A GroupQuery says by which columns rows are grouped, and of which columns sum
// and average are told. There are no filters: two answers that differ by one
// condition would tell of the rows between them.
type GroupQuery struct {
	By       []string
	Measures []string
}

// Groups are the groups that are large enough to be shown.
type Groups struct {
	Seq      int64 // batch that the mirror had reached
	Smallest int   // groups of fewer are left out; 1 = none are
	Groups   []Group
	LeftOut  int64 // rows of groups that are not shown: Smallest at least, or none
}

// A Group is one of them. A value that is nil is absent in the rows.
type Group struct {
	Values   []*string // by GroupQuery.By, in canonical form
	Count    int64
	Measures []*Measure // by GroupQuery.Measures; nil: too few of its rows have a value
}

// A Measure sums up a column over the rows that have a value.
type Measure struct {
	Sum     string // exact, as the column writes numbers
	Average float64
}

// Groups counts the rows that a decision allows, by groups. Groups smaller than
// the decision's smallest are left out, and with them as many larger ones as it
// takes that neither the total nor another answer by fewer of the same columns
// tells how many were in them. Columns that are not seen in clear are neither
// grouped by nor summed. Not guarded against: answers before and after a batch
// of few rows, and systems of equations over answers by different columns.
func (m *Mirror) Groups(ctx context.Context, obj *contract.Object, d policy.Decision, q GroupQuery) (Groups, error) {
	out := Groups{Smallest: max(d.SmallestGroup, 1), Groups: []Group{}}
	d.SmallestGroup = 0 // the view serves the query below alone; no row leaves it
	v, err := record.NewView(obj, d, nil)
	if err != nil {
		return out, err
	}
	by, measures, err := grouping(v, q)
	if err != nil {
		return out, err
	}
	if err := m.knowHolds(ctx, v); err != nil {
		return out, err
	}
	// Whatever the order of the question, what is hidden is found in one.
	sorted := slices.Sorted(slices.Values(by))
	all, seq, err := m.groups(ctx, v, sorted, measures)
	if err != nil {
		return out, err
	}
	out.Seq = seq
	conceal(&out, all, len(measures))
	for g, group := range out.Groups {
		values := make([]*string, len(by))
		for i, column := range by {
			values[i] = group.Values[slices.Index(sorted, column)]
		}
		out.Groups[g].Values = values
	}
	return out, nil
}

// grouping finds the columns of a question, and refuses those that it may not
// be about.
func grouping(v *record.View, q GroupQuery) (by, measures []int, err error) {
	if len(q.By) == 0 || len(q.By) > MostGroupColumns || len(q.Measures) > MostMeasures {
		return nil, nil, fault.New(fault.Invalid, "groups.columns", MostGroupColumns, MostMeasures)
	}
	obj := v.Object()
	find := func(name string) (int, error) {
		i := obj.Column(name)
		if i < 0 {
			return 0, fault.New(fault.Invalid, "column.unknown", name, obj.Dataset)
		}
		return i, v.Column(i, false)
	}
	for _, name := range q.By {
		i, err := find(name)
		switch {
		case err != nil:
			return nil, nil, err
		case obj.Columns[i].Sealed:
			return nil, nil, sealedColumn(obj, obj.Columns[i].Fields(i)[0])
		case !groupable(obj.Columns[i]):
			return nil, nil, fault.New(fault.Invalid, "groups.by", obj.Columns[i].Title)
		case slices.Contains(by, i):
			return nil, nil, fault.New(fault.Invalid, "groups.twice", obj.Columns[i].Title)
		}
		by = append(by, i)
	}
	for _, name := range q.Measures {
		i, err := find(name)
		switch {
		case err != nil:
			return nil, nil, err
		case !measurable(obj.Columns[i]):
			return nil, nil, fault.New(fault.Invalid, "groups.measure", obj.Columns[i].Title)
		}
		measures = append(measures, i)
	}
	return by, measures, nil
}

func groupable(c contract.Column) bool {
	switch c.Type {
	case contract.Text, contract.Integer, contract.Boolean, contract.Date, contract.PartialDate:
		return !c.Array
	}
	return false
}

func measurable(c contract.Column) bool {
	switch c.Type {
	case contract.Integer, contract.Decimal, contract.Float:
		return !c.Array
	}
	return false
}

// A whole is a group with all that is known of it, before anything is left out.
type whole struct {
	Group
	with []int64 // how many rows have a value, by measure
}

func (m *Mirror) groups(ctx context.Context, v *record.View, by, measures []int) (all []whole, seq int64, err error) {
	obj := v.Object()
	b := &scan{tables: of(obj), view: v}
	where, err := b.scoped()
	if err != nil {
		return nil, 0, err
	}
	if where != "" {
		where = " WHERE " + where
	}
	c, seq, err := m.snapshot(ctx, obj)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, m.finish(c)) }()
	_, from, err := b.from(seq)
	if err == nil {
		from, err = b.unheld(ctx, c, from)
	}
	if err != nil {
		return nil, 0, err
	}
	quoted := func(i int) string { return list("", obj.Columns[i].Fields(i)[:1]) }
	var shown, keys []string
	for n, i := range by {
		shown = append(shown, "CAST("+quoted(i)+" AS VARCHAR)")
		keys = append(keys, strconv.Itoa(n+1))
	}
	shown = append(shown, "CAST(count(*) AS VARCHAR)")
	for _, i := range measures {
		name := quoted(i)
		shown = append(shown, "CAST(count("+name+") AS VARCHAR)", "CAST(sum("+name+") AS VARCHAR)", "CAST(CAST(avg("+name+") AS DOUBLE) AS VARCHAR)")
	}
	order := strings.Join(keys, " NULLS LAST, ") + " NULLS LAST"
	rr, err := c.Arrow(ctx, fmt.Sprintf("SELECT %s FROM %s%s GROUP BY %s ORDER BY %s LIMIT %d",
		strings.Join(shown, ", "), from, where, strings.Join(keys, ", "), order, mostGroups+1), b.args...)
	if err != nil {
		return nil, 0, err
	}
	defer rr.Release()
	for rr.Next() {
		rec := rr.RecordBatch()
		for row := range int(rec.NumRows()) {
			cell := func(col int) *string {
				a := rec.Column(col).(*array.String)
				if a.IsNull(row) {
					return nil
				}
				s := strings.Clone(a.Value(row))
				return &s
			}
			w, err := readWhole(cell, len(by), len(measures))
			if err != nil {
				return nil, 0, err
			}
			if all = append(all, w); len(all) > mostGroups {
				return nil, 0, fault.New(fault.TooLarge, "groups.too-many", mostGroups)
			}
		}
	}
	return all, seq, rr.Err()
}

func readWhole(cell func(int) *string, by, measures int) (w whole, err error) {
	for i := range by {
		w.Values = append(w.Values, cell(i))
	}
	if w.Count, err = strconv.ParseInt(*cell(by), 10, 64); err != nil {
		return w, err
	}
	for i := range measures {
		at := by + 1 + 3*i
		n, err := strconv.ParseInt(*cell(at), 10, 64)
		if err != nil {
			return w, err
		}
		w.with = append(w.with, n)
		if n == 0 {
			w.Measures = append(w.Measures, nil)
			continue
		}
		average, err := strconv.ParseFloat(*cell(at + 2), 64)
		if err != nil {
			return w, err
		}
		w.Measures = append(w.Measures, &Measure{Sum: *cell(at + 1), Average: average})
	}
	return w, nil
}

// conceal keeps what may be shown. A group of a question is hidden by its size
// and what it is part of alone, so that asking again, in another order or by
// more columns shows nothing that was hidden before.
func conceal(out *Groups, all []whole, measures int) {
	sizes := make([]int64, len(all))
	values := make([][]*string, len(all))
	for i := range all {
		sizes[i], values[i] = all[i].Count, all[i].Values
	}
	levels := levelsOf(values)
	hidden := hide(levels, sizes, int64(out.Smallest), nil)
	// What a group's few values come to is theirs in the same way, whether or not
	// the group itself is shown.
	unsummed := make([][]bool, measures)
	for k := range measures {
		with := make([]int64, len(all))
		for i := range all {
			with[i] = all[i].with[k]
		}
		unsummed[k] = hide(levels, with, int64(out.Smallest), hidden)[len(levels)-1]
	}
	for i := range all {
		if hidden[len(levels)-1][i] {
			out.LeftOut += all[i].Count
			continue
		}
		for k := range measures {
			if unsummed[k][i] {
				all[i].Measures[k] = nil
			}
		}
		out.Groups = append(out.Groups, all[i].Group)
	}
	if out.LeftOut < int64(out.Smallest) {
		out.LeftOut = 0 // so few in all that even this is not told
	}
}

// A level is the groups by some of the columns; level 0, by none of them, is the
// total, and the last is by all.
type level struct {
	set   int   // bits of the columns
	of    []int // by group of the last level: which of this level's it is part of
	first []int // by group of this level: one of the last level's in it
}

func levelsOf(values [][]*string) []level {
	columns := 0
	if len(values) > 0 {
		columns = len(values[0])
	}
	levels := make([]level, 1<<columns)
	for set := range levels {
		l := level{set: set, of: make([]int, len(values))}
		known := map[string]int{}
		for i, v := range values {
			name := nameOf(v, set)
			at, ok := known[name]
			if !ok {
				at = len(l.first)
				known[name] = at
				l.first = append(l.first, i)
			}
			l.of[i] = at
		}
		levels[set] = l
	}
	return levels
}

// nameOf names the group that a row of values belongs to by some of the columns.
func nameOf(values []*string, set int) string {
	var b strings.Builder
	for i, v := range values {
		switch {
		case set&(1<<i) == 0:
		case v == nil:
			b.WriteString("-;")
		default:
			fmt.Fprintf(&b, "%d:%s;", len(*v), *v)
		}
	}
	return b.String()
}

// hide says for every level which groups are hidden: those below the smallest
// size, those that are also hidden for another reason, those that are part of a
// hidden group of fewer columns, and so many others that no group of fewer
// columns, less what is shown of it, tells of one group alone or of fewer than
// the smallest size.
func hide(levels []level, sizes []int64, smallest int64, also [][]bool) [][]bool {
	hidden := make([][]bool, len(levels))
	for n, l := range levels { // the levels of fewer columns come first
		size := make([]int64, len(l.first))
		for i, at := range l.of {
			size[at] += sizes[i]
		}
		hidden[n] = make([]bool, len(l.first))
		if smallest <= 1 || n == 0 {
			continue
		}
		for at, i := range l.first {
			hidden[n][at] = size[at] < smallest || also != nil && also[n][at]
			for _, part := range levels[1:n] {
				if part.set&^l.set == 0 && hidden[part.set][part.of[i]] {
					hidden[n][at] = true
				}
			}
		}
		for again := true; again; {
			again = false
			for _, total := range levels[:n] {
				if total.set&^l.set == 0 {
					again = complement(l, total, size, hidden[n], smallest) || again
				}
			}
		}
	}
	return hidden
}

// complement hides more groups of a level where a total would tell of the hidden
// ones.
func complement(l, total level, size []int64, hidden []bool, smallest int64) (more bool) {
	parts := make([][]int, len(total.first))
	for at, i := range l.first {
		parts[total.of[i]] = append(parts[total.of[i]], at)
	}
	for _, part := range parts {
		n, rows := 0, int64(0)
		var shown []int
		for _, at := range part {
			if hidden[at] {
				n++
				rows += size[at]
			} else {
				shown = append(shown, at)
			}
		}
		if n == 0 || n > 1 && rows >= smallest {
			continue
		}
		slices.SortStableFunc(shown, func(a, b int) int { return cmp.Compare(size[a], size[b]) })
		for _, at := range shown {
			hidden[at], more = true, true
			n++
			if rows += size[at]; n > 1 && rows >= smallest {
				break
			}
		}
	}
	return more
}
