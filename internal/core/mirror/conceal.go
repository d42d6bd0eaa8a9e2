package mirror

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// conceal keeps what may be shown. A group of a question is hidden by its size
// and what it is part of alone, so that asking again, in another order or by
// more columns shows nothing that was hidden before.
func conceal(out *Groups, all []whole, by []groupColumn, measures int) {
	sizes := make([]int64, len(all))
	values := make([][]*string, len(all))
	for i := range all {
		sizes[i], values[i] = all[i].Count, all[i].Values
	}
	levels := levelsOf(values, by)
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

// A level is the groups by some of the columns, times more or less coarsely;
// level 0, by none of them, is the total, and the last is as asked for.
type level struct {
	grain []int // by column: 0 = not grouped by, then from coarse to as asked for
	of    []int // by group of the last level: which of this level's it is part of
	first []int // by group of this level: one of the last level's in it
	names func(group int) string
}

// within reports whether each of the level's groups is part of one of a coarser
// level's.
func (l level) within(coarser level) bool {
	for i, grain := range l.grain {
		if grain < coarser.grain[i] {
			return false
		}
	}
	return true
}

// levelsOf groups in every way that is coarser; coarser levels come first.
func levelsOf(values [][]*string, by []groupColumn) []level {
	count := 1
	for _, c := range by {
		count *= 1 + c.grains()
	}
	levels := make([]level, count)
	for n := range levels {
		grain := make([]int, len(by))
		for i, rest := len(by)-1, n; i >= 0; i-- {
			grain[i], rest = rest%(1+by[i].grains()), rest/(1+by[i].grains())
		}
		l := level{grain: grain, of: make([]int, len(values))}
		known := map[string]int{}
		for i, v := range values {
			name := nameOf(v, by, grain)
			at, ok := known[name]
			if !ok {
				at = len(l.first)
				known[name] = at
				l.first = append(l.first, i)
			}
			l.of[i] = at
		}
		l.names = func(group int) string { return nameOf(values[l.first[group]], by, grain) }
		levels[n] = l
	}
	return levels
}

// nameOf names the group that a row of values belongs to at a level.
func nameOf(values []*string, by []groupColumn, grain []int) string {
	var b strings.Builder
	for i, v := range values {
		switch {
		case grain[i] == 0:
		case v == nil:
			b.WriteString("-;")
		default:
			s := by[i].coarse(*v, grain[i])
			fmt.Fprintf(&b, "%d:%s;", len(s), s)
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
			for m, part := range levels[:n] {
				if m > 0 && l.within(part) && hidden[m][part.of[i]] {
					hidden[n][at] = true
				}
			}
		}
		for again := true; again; {
			again = false
			for _, total := range levels[:n] {
				if l.within(total) {
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
		// By size, then by name: in whatever order the question found them.
		slices.SortFunc(shown, func(a, b int) int {
			return cmp.Or(cmp.Compare(size[a], size[b]), strings.Compare(l.names(a), l.names(b)))
		})
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
