package layout

import (
	"slices"
	"sort"
	"strings"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/viet"
)

// rules say what a row of a table is, by the row alone and what stands in the
// heading. The end of the table, where names stand under signatures, is judged
// by tail.go, which sees it whole.
type rules struct {
	l         *Layout
	width     int
	role      []Role // by column
	read      int    // how many columns are read
	heading   []Row  // rows of the heading, as they stand in the file
	numbering Row    // the row of column numbers under it, if there is one
	wide      []wide // merged cells of one row and several columns, by row
	keep      map[RowRole]bool
	saidFrom  int64
	saidTo    int64
}

// A wide merged cell.
type wide struct {
	row      int64
	from, to int
}

func newRules(l *Layout, merged []ingest.Range) *rules {
	r := &rules{l: l, width: len(l.Columns), keep: map[RowRole]bool{}}
	for _, c := range l.Columns {
		r.role = append(r.role, c.Role)
		if c.Role == Data || c.Role == Spread {
			r.read++
		}
	}
	for _, k := range l.Keep {
		r.keep[k] = true
	}
	for line := range l.Said {
		if r.saidTo == 0 || line < r.saidFrom {
			r.saidFrom = line
		}
		r.saidTo = max(r.saidTo, line)
	}
	for _, m := range merged {
		if m.FirstRow == m.LastRow && m.LastColumn > m.FirstColumn {
			r.wide = append(r.wide, wide{m.FirstRow, m.FirstColumn, m.LastColumn})
		}
	}
	sort.Slice(r.wide, func(i, j int) bool { return r.wide[i].row < r.wide[j].row })
	return r
}

// learn takes the rows of the heading, and the row of column numbers if it is
// one of those that follow.
func (r *rules) learn(heading, following []Row) {
	r.heading = heading
	for i, row := range following {
		if i > 2 {
			return
		}
		var next Row
		if i+1 < len(following) {
			next = following[i+1]
		}
		if r.numbers(row, next) {
			r.numbering = row
			return
		}
	}
}

func (r *rules) inside(c int) bool { return c < r.width && (r.role[c] == Data || r.role[c] == Spread) }

// of says what a row is and why. Data needs no reason.
func (r *rules) of(row Row) (RowRole, string) {
	if role, ok := r.l.Said[row.Line]; ok {
		return role, "layout.why.said"
	}
	if role, why := r.place(row.Line); role != DataRow {
		return role, why
	}
	if r.l.Own {
		return DataRow, ""
	}
	role, why := r.form(row)
	if r.keep[role] {
		return DataRow, "layout.why.kept"
	}
	return role, why
}

// place is what a row is by where it stands.
func (r *rules) place(line int64) (RowRole, string) {
	l := r.l
	switch {
	case line < l.First || l.Last > 0 && line > l.Last:
		return OtherTable, "layout.why.other-table"
	case l.HeaderFrom > 0 && line >= l.HeaderFrom && line <= l.HeaderTo:
		return Heading, "layout.why.heading"
	case line <= l.HeaderTo:
		return Title, "layout.why.title"
	}
	return DataRow, ""
}

// form is what a row is by what stands in it.
func (r *rules) form(row Row) (RowRole, string) {
	var room [8]int
	filled := room[:0]
	for c := range row.Cells {
		if c >= r.width {
			break
		}
		if row.at(c) != "" {
			filled = append(filled, c)
		}
	}
	switch {
	case len(filled) == 0:
		return BlankRow, "layout.why.blank"
	case r.repeats(row, filled):
		return Repeat, "layout.why.repeat"
	case r.same(row, r.numbering):
		return Numbering, "layout.why.numbering"
	case len(filled) <= 2 && r.note(row, filled):
		return Note, "layout.why.note"
	case len(filled) == 1 && r.read > 1 && hasPrefix(viet.Fold(row.at(filled[0])), pageTitles):
		return Title, "layout.why.title-again"
	case r.total(row, filled):
		return Total, "layout.why.total"
	}
	if why := r.section(row, filled); why != "" {
		return Section, why
	}
	for _, c := range filled {
		if r.inside(c) {
			return DataRow, ""
		}
	}
	return BlankRow, "layout.why.number-only"
}

// repeats tells whether the row is a row of the heading, printed again.
func (r *rules) repeats(row Row, filled []int) bool {
	for _, h := range r.heading {
		n := 0
		for c := range h.Cells {
			if h.at(c) != "" {
				n++
			}
		}
		if n == 0 || len(filled)*2 < n || len(filled) < min(2, r.read) {
			continue
		}
		if !slices.ContainsFunc(filled, func(c int) bool { return !sameText(row.at(c), h.at(c)) }) {
			return true
		}
	}
	return false
}

func sameText(a, b string) bool { return a == b || viet.Fold(a) == viet.Fold(b) }

func (r *rules) same(row, other Row) bool {
	if len(other.Cells) == 0 {
		return false
	}
	for c := range max(len(row.Cells), len(other.Cells)) {
		if row.at(c) != other.at(c) {
			return false
		}
	}
	return true
}

// numbers tells whether a row numbers the columns: (1) (2) (3), A B 1 2 3,
// 5=3+4. A row of bare figures could be the first row of data: it must count
// from 1 over nearly all columns, and the row behind it not go on from it.
func (r *rules) numbers(row, next Row) bool {
	bare, tokens, last, lastLetter := true, 0, 0, byte(0)
	headed := 0
	for c := range r.width {
		if r.l.Columns[c].Heading != "" && r.role[c] != Ignore {
			headed++
		}
		s := row.at(c)
		if s == "" {
			continue
		}
		tokens++
		t := strings.TrimSuffix(strings.TrimPrefix(s, "("), ")")
		if len(t) < len(s) {
			bare = false
		}
		if i := strings.IndexByte(t, '='); i > 0 {
			t = strings.Trim(t[:i], " ()")
			bare = false
		}
		switch n, letter := columnNumber(t); {
		case letter != 0 && (lastLetter == 0 && letter == 'A' && last == 0 || lastLetter != 0 && letter == lastLetter+1):
			lastLetter = letter
		case n > 0 && (last == 0 && n == 1 || last > 0 && n > last && n-last <= 3):
			if n != last+1 && bare {
				return false
			}
			last = n
		default:
			return false
		}
	}
	if lastLetter != 0 && last > 0 {
		bare = false
	}
	if tokens < 2 || tokens*10 < headed*6 || tokens != headed && bare {
		return false
	}
	if !bare {
		return true
	}
	first := next.at(row.filled()[0])
	return tokens >= 3 && first != "2" && (tokens >= 4 || first == "1" || kindOf(first) == words)
}

// columnNumber reads a whole number up to 999, or one capital letter.
func columnNumber(s string) (n int, letter byte) {
	if len(s) == 1 && (s[0] >= 'A' && s[0] <= 'Z' || s[0] >= 'a' && s[0] <= 'z') {
		return 0, s[0] &^ 0x20
	}
	if s == "" || len(s) > 3 {
		return 0, 0
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, 0
		}
		n = n*10 + int(c-'0')
	}
	return n, 0
}

// note tells whether the row is nothing but a remark.
func (r *rules) note(row Row, filled []int) bool {
	if len(filled) == 2 && r.read <= 2 {
		return false
	}
	return hasPrefix(viet.Fold(row.at(filled[0]))+" ", notes)
}

// label is the first cell that is not the running number, and where it stands.
func (r *rules) label(row Row, filled []int) (at int, numbered bool) {
	c := filled[0]
	if r.role[c] == Number && len(filled) > 1 && running.MatchString(row.at(c)) {
		return filled[1], true
	}
	if r.role[c] == Number && len(filled) > 1 && groupMark.MatchString(row.at(c)) {
		return filled[1], false
	}
	return c, false
}

// total tells whether the row is a sum of others: the word of a total, and
// besides nothing but figures. A person named Cộng has an address, a unit named
// Cộng Hòa another word, an indicator "Tổng số" its own number or unit.
func (r *rules) total(row Row, filled []int) bool {
	at, numbered := r.label(row, filled)
	label := row.at(at)
	strength := totalWord(label)
	if strength == 0 || numbered && strength == 1 {
		return false
	}
	for _, c := range filled {
		if c <= at {
			continue
		}
		if s := row.at(c); kindOf(s) != number && s != label {
			return false
		}
	}
	if strength == 1 && len(filled) == 1 { // nothing but "Tổng": a name as well as a sum
		return r.read > 1 || r.role[at] == Number
	}
	return true
}

// section says why a row is the label of a group, "" when it is not: a label
// and nothing else is not enough, since a row of data may lack everything but
// its name.
func (r *rules) section(row Row, filled []int) string {
	if r.read < 2 && !r.hasNumber() {
		return ""
	}
	c := filled[0]
	first := row.at(c)
	switch {
	case len(filled) == 1 && kindOf(first) == words && !groupMark.MatchString(first) && !running.MatchString(first):
		switch {
		case r.role[c] == Number:
			return "layout.why.section-number"
		case r.across(row.Line, c):
			return "layout.why.section-merged"
		case marked.MatchString(first):
			return "layout.why.section-mark"
		case strings.HasSuffix(first, ":"):
			return "layout.why.section-colon"
		}
	case len(filled) >= 2 && r.role[c] == Number && groupMark.MatchString(first) && kindOf(row.at(filled[1])) == words:
		if len(filled) == 2 {
			return "layout.why.section-mark"
		}
		if r.l.Sums && r.onlyFigures(row, filled[2:]) {
			return "layout.why.section-sums"
		}
	case len(filled) >= 2 && r.l.Sums && marked.MatchString(first) && r.onlyFigures(row, filled[1:]):
		return "layout.why.section-sums"
	}
	return ""
}

func (r *rules) onlyFigures(row Row, cs []int) bool {
	for _, c := range cs {
		if kindOf(row.at(c)) != number {
			return false
		}
	}
	return true
}

func (r *rules) hasNumber() bool { return slices.Contains(r.role, Number) }

// across tells whether a merged cell that begins here spans half of the table.
func (r *rules) across(line int64, c int) bool {
	i := sort.Search(len(r.wide), func(i int) bool { return r.wide[i].row >= line })
	for ; i < len(r.wide) && r.wide[i].row == line; i++ {
		if r.wide[i].from == c && 2*(min(r.wide[i].to, r.width-1)-c+1) >= r.extent() && r.wide[i].to > c {
			return true
		}
	}
	return false
}

// extent is how many columns the table has, those that are blank aside.
func (r *rules) extent() int {
	n := 0
	for _, x := range r.role {
		if x != Ignore {
			n++
		}
	}
	return n
}

// sectionLabel is the label of a group without its mark.
func (r *rules) sectionLabel(row Row) string {
	filled := row.filled()
	if len(filled) == 0 {
		return ""
	}
	s := row.at(filled[0])
	if len(filled) > 1 && filled[0] < r.width && r.role[filled[0]] == Number {
		s = row.at(filled[1])
	}
	if m := marked.FindStringSubmatch(s); m != nil {
		s = m[2]
	}
	return strings.TrimSpace(strings.TrimSuffix(s, ":"))
}
