package layout

import (
	"math"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/viet"
)

// A group row is one numbered I or A, with figures of its own, among rows
// numbered 1, 2, 3. It is the sum of those below it, or data: only adding up
// tells.

// candidates are the group rows of a region, by place in rows, and for each the
// rows numbered 1, 2, 3 that follow it.
func groupRows(r *rules, rows []Row) (groups []int, children map[int][]int) {
	children = map[int][]int{}
	current := -1
	for i, row := range rows {
		if role, _ := r.of(row); role != DataRow && role != Section {
			if role == Total {
				current = -1
			}
			continue
		}
		filled := row.filled()
		if len(filled) < 2 {
			continue
		}
		first := row.at(filled[0])
		switch {
		case r.isGroup(row, filled):
			groups = append(groups, i)
			current = i
		case current >= 0 && running.MatchString(first):
			children[current] = append(children[current], i)
		}
	}
	return groups, children
}

// isGroup tells whether a row of label and figures has the mark of a group.
func (r *rules) isGroup(row Row, filled []int) bool {
	c := filled[0]
	if c >= r.width {
		return false
	}
	if r.role[c] == Number && groupMark.MatchString(row.at(c)) && len(filled) >= 3 && kindOf(row.at(filled[1])) == words {
		return r.onlyFigures(row, filled[2:])
	}
	return marked.MatchString(row.at(c)) && r.onlyFigures(row, filled[1:])
}

// sums sets l.Sums when every group row of the sample adds up.
func (s *sheet) sums(l *Layout, t ingest.Table, k region) {
	r := newRules(l, t.Merged)
	rows := s.rows[k.to+1 : k.end]
	groups, children := groupRows(r, rows)
	if len(groups) > 0 && s.more && k.end == len(s.rows) {
		groups = groups[:len(groups)-1] // its rows may go on behind the sample
	}
	tried := 0
	for _, g := range groups {
		if len(children[g]) == 0 {
			continue
		}
		if !addsUp(rows, g, children[g], l) {
			return
		}
		tried++
	}
	l.Sums = tried > 0
}

// addsUp tells whether the figures of a group row are the sums of its rows, in
// all columns where they can be read but the running numbers, of which there
// must be one.
func addsUp(rows []Row, g int, children []int, l *Layout) bool {
	columns := 0
	for c := range l.Columns {
		want, ok := value(rows[g].at(c))
		if l.Columns[c].Role == Number || !ok {
			continue
		}
		sum, all := 0.0, true
		for _, i := range children {
			v, ok := value(rows[i].at(c))
			all = all && (ok || rows[i].at(c) == "")
			sum += v
		}
		if !all {
			continue
		}
		if math.Abs(sum-want) > 1e-6*math.Max(1, math.Abs(want)) {
			return false
		}
		columns++
	}
	return columns > 0
}

func value(s string) (float64, bool) {
	if kindOf(s) != number {
		return 0, false
	}
	if s == "-" || s == "–" {
		return 0, true
	}
	v, _, err := viet.ParseFloat([]byte(s), viet.StyleAuto)
	return v, err == nil
}

// groups asks about group rows that do not add up: they are read as data.
func (p *Proposal) groups(sh *sheet, t ingest.Table) {
	if p.Layout.Sums {
		return
	}
	r := newRules(&p.Layout, t.Merged)
	groups, children := groupRows(r, sh.rows)
	for _, g := range groups {
		if len(children[g]) > 0 && r.keptAsData(sh.rows[g]) {
			p.doubt("layout.doubt.groups", sh.rows[g].Line, sh.rows[g].at(sh.rows[g].filled()[0]))
			p.Sure = false
			return
		}
	}
}

func (r *rules) keptAsData(row Row) bool {
	role, _ := r.of(row)
	return role == DataRow
}
