package layout

import (
	"slices"

	"github.com/phohien/phohien/viet"
)

const (
	tailWindow = 400 // last rows that are looked at for signatures and notes
	tailRows   = 40  // rows that these may take
	tailShort  = 15  // the same where rows of data look like rows of names
)

// tail tells what stands below the table, given its last rows: signatures and
// notes begin at a word that begins them and reach to the end. They are not
// taken for such when a row of data follows.
func (r *rules) tail(rows []Row) map[int64]RowRole {
	if len(rows) == 0 || r.l.Own {
		return nil
	}
	if len(rows) > tailWindow {
		rows = rows[len(rows)-tailWindow:]
	}
	e := r.newEnd(rows)
	last := -1
	for i := range rows {
		if e.dataLike(i) {
			last = i
		}
	}
	start := -1
	for i := last + 1; i < len(rows) && start < 0; i++ {
		// A word of signatures beside other words may be data ("Công ty A |
		// Đại diện pháp luật"): the block begins where nothing else stands.
		if e.signs[i] && e.onlyNames[i] || e.notes(i) {
			start = i
		}
	}
	if start < 0 {
		return nil
	}
	for start-1 > last && e.onlyNames[start-1] {
		start--
	}
	limit := tailRows
	if !e.telling() {
		limit = tailShort
	}
	if len(rows)-start > limit {
		return nil
	}
	found := map[int64]RowRole{}
	role := Note
	for i := start; i < len(rows); i++ {
		if e.signs[i] || e.onlyNames[i] {
			role = Signature
		}
		found[rows[i].Line] = role
		if role == Signature && e.notes(i) && !e.signs[i] {
			found[rows[i].Line] = Note
		}
	}
	return found
}

// An end is the last rows of a table, looked at together.
type end struct {
	r         *rules
	rows      []Row
	roles     []RowRole
	signs     []bool // the row begins a block of signatures
	onlyNames []bool // nothing but such words and offices stands in it
	anchored  int    // first row that could begin the block
	core      []kind // by column: what most rows of data have there; empty = nothing certain
	cores     int
}

func (r *rules) newEnd(rows []Row) *end {
	e := &end{r: r, rows: rows, anchored: len(rows)}
	for i, row := range rows {
		role, _ := r.of(row)
		e.roles = append(e.roles, role)
		signs, only := false, true
		for c := range row.Cells {
			s := row.at(c)
			if s == "" {
				continue
			}
			f := viet.Fold(s)
			a := anchor(f)
			signs = signs || a
			only = only && (a || officer(f))
		}
		e.signs, e.onlyNames = append(e.signs, signs), append(e.onlyNames, only && signs || only && len(row.filled()) > 0)
		if signs && e.anchored == len(rows) && e.open(i) {
			e.anchored = i
		}
	}
	e.learn()
	return e
}

// open tells whether the form of row i leaves it open whether it is data.
func (e *end) open(i int) bool {
	return e.roles[i] == DataRow || e.roles[i] == Section || e.roles[i] == Note
}

// learn finds what rows of data have in each column: those above the first that
// could be a signature, or all when there are none.
func (e *end) learn() {
	counts := make([][4]int, e.r.width)
	n := 0
	to := e.anchored
	if !slices.Contains(e.roles[:to], DataRow) {
		to = len(e.rows)
	}
	for i := range to {
		if e.roles[i] != DataRow || e.onlyNames[i] {
			continue
		}
		n++
		for c := range min(e.r.width, len(e.rows[i].Cells)) {
			counts[c][kindOf(e.rows[i].at(c))]++
		}
	}
	e.core = make([]kind, e.r.width)
	for c := range counts {
		if n == 0 || counts[c][empty]*5 > n || n > counts[c][empty]+counts[c][number]+counts[c][day]+counts[c][words]+n/5 {
			continue
		}
		e.core[c] = words
		for _, k := range []kind{number, day} {
			if counts[c][k] > counts[c][words] {
				e.core[c] = k
			}
		}
		e.cores++
	}
}

// telling tells whether a row of data can be told from a row of names.
func (e *end) telling() bool {
	for _, k := range e.core {
		if k == number || k == day {
			return true
		}
	}
	return e.cores >= 3 || e.r.hasNumber()
}

func (e *end) notes(i int) bool {
	filled := e.rows[i].filled()
	if len(filled) == 0 || len(filled) > 2 {
		return false
	}
	f := viet.Fold(e.rows[i].at(filled[0])) + " "
	return hasPrefix(f, notes) || hasPrefix(f, endNotes)
}

// dataLike tells whether row i must be read, so that the end of the sheet
// begins behind it.
func (e *end) dataLike(i int) bool {
	switch e.roles[i] {
	case Total, Repeat, Numbering, Title, Heading:
		return true
	case DataRow:
	default:
		return false
	}
	row := e.rows[i]
	filled := row.filled()
	for c, role := range e.r.role {
		if role == Number && running.MatchString(row.at(c)) && len(filled) > 1 {
			return true
		}
	}
	if e.onlyNames[i] && e.signs[i] {
		return false
	}
	match, figures := 0, false
	for c, k := range e.core {
		if got := kindOf(row.at(c)); k != empty && (got == k || k == words && got != empty) {
			match++
			figures = figures || k == number || k == day
		}
	}
	if e.cores == 0 {
		return !e.signs[i] && i < e.anchored
	}
	like := match*10 >= e.cores*8
	switch {
	case i < e.anchored:
		return like || !e.notes(i) && !e.onlyNames[i]
	case i == e.anchored:
		return like
	}
	return like && (figures || e.cores >= 3) || len(filled) >= 4 && figures
}
