package layout

import (
	"cmp"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/viet"
)

// A Proposal is how a sheet was understood, for a person to look at.
type Proposal struct {
	Layout Layout
	Rows   []Guess // what each row of the sample is
	// Sure: no other reading is as likely. When it is false a person must
	// decide before anything is read.
	Sure   bool
	Doubts []ingest.Finding // what to ask, or at least to show
	Others []Layout         // the other tables of the sheet
}

// Recognise proposes a Layout. known says whether a heading is one of the data
// set's, as it stands or folded (viet.Fold); nil when there is no data set yet.
func Recognise(t ingest.Table, s Sample, known func(heading string) bool) Proposal {
	if t.Header != nil {
		return own(t, s)
	}
	sh := newSheet(t, s, known)
	if len(s.Rows) == 0 || sh.width() == 0 {
		return Proposal{Doubts: []ingest.Finding{{Key: "layout.doubt.empty"}}}
	}
	p := Proposal{Sure: true}
	tables := sh.tables()
	if len(tables) == 0 {
		p.headless(sh)
	} else {
		p.choose(sh, t, tables)
	}
	p.look(sh, t)
	p.Rows = Explain(p.Layout, t, s)
	return p
}

// own is the layout of a format that has headings of its own.
func own(t ingest.Table, s Sample) Proposal {
	l := Layout{Own: true}
	for _, h := range t.Header {
		l.Columns = append(l.Columns, Column{Heading: h, Role: Data})
	}
	return Proposal{Layout: l, Rows: Explain(l, t, s), Sure: true}
}

// Explain tells what each row of a sample is by a layout, also one that a
// person has corrected.
func Explain(l Layout, t ingest.Table, s Sample) []Guess {
	r := newRules(&l, t.Merged)
	heading, following := headingRows(&l, s.Rows)
	r.learn(heading, following)
	var below map[int64]RowRole
	if !s.More && l.Last == 0 {
		below = r.tail(s.Rows)
	}
	out := make([]Guess, len(s.Rows))
	for i, row := range s.Rows {
		role, why := r.at(row, below)
		out[i] = Guess{Line: row.Line, Role: role, Why: ingest.Finding{Key: why}}
	}
	return out
}

// at is of, knowing what stands below the table.
func (r *rules) at(row Row, below map[int64]RowRole) (RowRole, string) {
	role, why := r.of(row)
	if why == "layout.why.said" {
		return role, why
	}
	if end, ok := below[row.Line]; ok && !r.keep[end] {
		if end == Note {
			return Note, "layout.why.note"
		}
		return Signature, "layout.why.signature"
	}
	return role, why
}

// headingRows are the rows of the heading, and those behind it.
func headingRows(l *Layout, rows []Row) (heading, following []Row) {
	for i, r := range rows {
		switch {
		case r.Line > l.HeaderTo:
			return heading, rows[i:min(len(rows), i+4)]
		case l.HeaderFrom > 0 && r.Line >= l.HeaderFrom:
			heading = append(heading, r)
		}
	}
	return heading, nil
}

func (s *sheet) width() int {
	w := 0
	for _, ks := range s.kinds {
		for c, k := range ks {
			if k != empty {
				w = max(w, c+1)
			}
		}
	}
	return w
}

// A region is one table of a sheet: its heading and where it begins and ends in
// the sample.
type region struct {
	block
	first, end int // places of rows; end is behind the last
}

// tables finds the heading that fits best, and those of other tables above and
// below it.
func (s *sheet) tables() []region {
	all := s.blocks(0, len(s.rows))
	if len(all) == 0 || all[0].words == 0 && all[0].known == 0 && all[0].contrast == 0 && s.spoken(all[0]) {
		return nil
	}
	found := []region{{block: all[0]}}
	for i := range s.rows {
		if k, ok := s.another(i, found); ok {
			found = append(found, region{block: k})
		}
	}
	slices.SortFunc(found, func(a, b region) int { return a.from - b.from })
	for i := range found {
		found[i].end = len(s.rows)
		if i > 0 {
			found[i].first = s.titlesAbove(found[i].block, found[i-1].to+1)
			found[i-1].end = found[i].first
		}
	}
	return found
}

// spoken tells whether a heading without any word that headings have is a row
// of data: its figures say so.
func (s *sheet) spoken(k block) bool {
	for i := k.from; i <= k.to; i++ {
		for c := range s.rows[i].Cells {
			if strings.ContainsAny(s.rows[i].at(c), "0123456789@") {
				return true
			}
		}
	}
	return false
}

// another tells whether row i ends the heading of a table besides those found:
// words of headings, set off by a blank row or a title, with rows below.
func (s *sheet) another(i int, found []region) (block, bool) {
	n := s.filled(i)
	if n < 2 || i+1 >= len(s.rows) {
		return block{}, false
	}
	for _, f := range found {
		if i >= f.from-1 && i <= f.to+1 || s.sameHeading(i, f.block) {
			return block{}, false
		}
	}
	for _, k := range s.kinds[i] {
		if k != empty && k != words {
			return block{}, false
		}
	}
	var best block
	ok := false
	for u := i; u >= 0 && i-u < headingDepth; u-- {
		if u < i && !s.joins(u, i) {
			break
		}
		k, good := s.judge(u, i, 0, len(s.rows))
		if !good || k.columns < 2 || k.words*float64(k.columns) < 2 && k.known == 0 || k.words < 0.5 && k.known < 0.5 || u > 0 && !s.setOff(u, k.columns) {
			continue
		}
		if s.filled(i+1)*2 < k.columns || s.sameHeading(u, found[0].block) {
			continue
		}
		if !ok || k.score > best.score {
			best, ok = k, true
		}
	}
	return best, ok
}

// setOff tells whether a blank row or a title stands above row i.
func (s *sheet) setOff(i, columns int) bool {
	return !s.adjacent(i-1) || s.filled(i-1) <= max(1, columns/3) && s.filled(i-1) < columns
}

// sameHeading tells whether row i is a row of a heading, printed again.
func (s *sheet) sameHeading(i int, k block) bool {
	for h := k.from; h <= k.to; h++ {
		same, all := 0, 0
		for c := range s.rows[i].Cells {
			if t := s.rows[i].at(c); t != "" {
				all++
				if sameText(t, s.rows[h].at(c)) {
					same++
				}
			}
		}
		if all > 0 && same*10 >= all*8 {
			return true
		}
	}
	return false
}

// titlesAbove is the first of the rows above a heading that are its titles.
func (s *sheet) titlesAbove(k block, from int) int {
	i := k.from
	for i-1 >= from && s.filled(i-1) <= max(1, k.columns/3) && s.filled(i-1) < k.columns && s.texts(i-1) {
		i--
		if !s.adjacent(i) && i < k.from-1 && i-1 >= from && s.filled(i-1) > 1 {
			break
		}
	}
	return i
}

func (s *sheet) texts(i int) bool {
	return !slices.ContainsFunc(s.kinds[i], func(k kind) bool { return k == number || k == day })
}

// choose takes the table that the data set knows best, else the longest.
func (p *Proposal) choose(sh *sheet, t ingest.Table, tables []region) {
	main := 0
	for i, r := range tables {
		m := tables[main]
		if r.known > m.known+0.01 || r.known > m.known-0.01 && r.end-r.to > m.end-m.to {
			main = i
		}
	}
	for i, r := range tables {
		l := sh.layout(r, t, len(tables) > 1)
		if i == main {
			p.Layout = l
		} else {
			p.Others = append(p.Others, l)
		}
	}
	k := tables[main]
	for i, r := range tables {
		if i == main {
			continue
		}
		p.doubt("layout.doubt.tables", sh.rows[k.from].Line, sh.rows[r.from].Line)
		p.Sure = p.Sure && k.known > r.known+0.01
	}
	if k.words == 0 && k.known == 0 && k.contrast == 0 && k.from == k.to {
		p.doubt("layout.doubt.heading", sh.rows[k.from].Line)
		p.Sure = false
	}
}

func (p *Proposal) doubt(key string, args ...any) {
	p.Doubts = append(p.Doubts, ingest.Finding{Key: key, Args: args})
}

// headless is the layout of a sheet without a heading.
func (p *Proposal) headless(sh *sheet) {
	width := sh.width()
	typical := 0
	for i := range sh.rows {
		typical = max(typical, sh.filled(i))
	}
	l := Layout{}
	for i, r := range sh.rows {
		if 2*sh.filled(i) > typical && (typical > 2 || !titleText(viet.Fold(r.at(r.filled()[0])))) {
			break
		}
		if i+1 < len(sh.rows) {
			l.HeaderTo = r.Line
		}
	}
	for c := range width {
		col := Column{Role: Ignore}
		for i, r := range sh.rows {
			if r.Line > l.HeaderTo && sh.kind(i, c) != empty {
				col = Column{Heading: Letters(c), Role: Data}
				break
			}
		}
		l.Columns = append(l.Columns, col)
	}
	if !slices.ContainsFunc(l.Columns, func(c Column) bool { return c.Role == Data }) { // nothing below what looked like a title
		l.HeaderTo = 0
		for c := range l.Columns {
			l.Columns[c] = Column{Heading: Letters(c), Role: Data}
		}
	}
	p.Layout = l
	line := sh.rows[0].Line
	for _, r := range sh.rows {
		if r.Line > l.HeaderTo {
			line = r.Line
			break
		}
	}
	p.doubt("layout.doubt.no-heading", line)
	p.Sure = false
}

// layout makes a Layout of a heading and the rows below it.
func (s *sheet) layout(r region, t ingest.Table, several bool) Layout {
	l := Layout{HeaderFrom: s.rows[r.from].Line, HeaderTo: s.rows[r.to].Line}
	if r.first > 0 {
		l.First = s.rows[r.first].Line
	}
	width := len(r.paths)
	for i := r.to + 1; i < r.end; i++ {
		width = max(width, len(s.rows[i].Cells))
	}
	for c := range width {
		col := Column{Role: Data}
		if c < len(r.paths) {
			col.Heading = r.paths[c]
		}
		if serial[viet.Fold(col.Heading)] && (s.known == nil || !s.known(col.Heading) && !s.known(viet.Fold(col.Heading))) {
			col.Role = Number
		}
		l.Columns = append(l.Columns, col)
	}
	stats := s.columns(&l, t, r.to+1, r.end)
	for c := range l.Columns {
		col := &l.Columns[c]
		n := stats[c]
		switch {
		case col.Role == Number && n.marks*20 < n.filled*19:
			col.Role = Data
		case col.Heading != "":
		case n.filled == 0:
			col.Role = Ignore
		case n.rising && n.filled >= 2 && s.leads(&l, c):
			col.Role = Number
		default:
			col.Heading = Letters(c)
		}
	}
	for len(l.Columns) > 0 && l.Columns[len(l.Columns)-1] == (Column{Role: Ignore}) {
		l.Columns = l.Columns[:len(l.Columns)-1]
	}
	if !slices.ContainsFunc(l.Columns, func(c Column) bool { return c.Role == Data }) {
		for c := range l.Columns { // nothing but running numbers: then they are what was sent
			if l.Columns[c].Role == Number {
				l.Columns[c] = Column{Heading: cmp.Or(l.Columns[c].Heading, Letters(c)), Role: Data}
			}
		}
	}
	s.crosstab(&l)
	s.sums(&l, t, r)
	if r.end < len(s.rows) {
		l.Last = s.lastRow(&l, t, r)
	}
	s.fill(&l)
	return l
}

// leads tells whether no named column stands left of c.
func (s *sheet) leads(l *Layout, c int) bool {
	return !slices.ContainsFunc(l.Columns[:c], func(x Column) bool { return x.Role == Data })
}

// lastRow is the last line of a table that another one follows.
func (s *sheet) lastRow(l *Layout, t ingest.Table, r region) int64 {
	rows := s.rows[:r.end]
	rules := newRules(l, t.Merged)
	heading, following := headingRows(l, rows)
	rules.learn(heading, following)
	below := rules.tail(rows[r.to+1:])
	for i := r.end - 1; i > r.to; i-- {
		if _, ok := below[rows[i].Line]; !ok {
			return rows[i].Line
		}
	}
	return rows[r.end-1].Line
}

// A stat is what the rows of data have in a column.
type stat struct {
	filled, marks int
	rising        bool // 1, 2, 3 …
	last          string
}

// columns looks at the rows of data, from and to being places in the sample.
func (s *sheet) columns(l *Layout, t ingest.Table, from, to int) []stat {
	stats := make([]stat, len(l.Columns))
	r := newRules(l, t.Merged)
	heading, following := headingRows(l, s.rows)
	r.learn(heading, following)
	below := r.tail(s.rows[from:to])
	for c := range stats {
		stats[c].rising = true
	}
	for i := from; i < to; i++ {
		row := s.rows[i]
		if role, _ := r.at(row, below); role != DataRow && role != BlankRow {
			continue
		}
		for c := range stats {
			v := row.at(c)
			if v == "" {
				continue
			}
			x := &stats[c]
			x.filled++
			if marker.MatchString(v) {
				x.marks++
			}
			x.rising = x.rising && follows(x.last, v)
			x.last = v
		}
	}
	return stats
}

// follows tells whether b is the running number after a.
func follows(a, b string) bool {
	n, ok := whole(b)
	if !ok {
		return false
	}
	if a == "" {
		return n == 1
	}
	m, _ := whole(a)
	return n == m+1
}

func whole(s string) (n int, ok bool) {
	s = strings.TrimRight(s, ".)")
	if s == "" || len(s) > 7 {
		return 0, false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// look adds what a person should know or be asked about the columns.
func (p *Proposal) look(sh *sheet, t ingest.Table) {
	l := &p.Layout
	at := map[string]int{}
	twice := 0
	side := -1
	for c, col := range l.Columns {
		if col.Heading == "" {
			continue
		}
		f := viet.Fold(col.Heading)
		if have, ok := at[f]; ok && col.Role != Spread {
			twice++
			p.doubt("layout.doubt.twice", col.Heading, Letters(have), Letters(c))
			if side < 0 {
				side = c
			}
		}
		at[f] = c
		switch {
		case col.Role == Ignore:
			p.doubt("layout.doubt.sum-column", col.Heading, Letters(c))
		case l.HeaderFrom > 0 && col.Heading == Letters(c) && sh.heading(l, c) == "":
			p.doubt("layout.doubt.unnamed", Letters(c))
		}
	}
	if twice >= 2 && side > 0 {
		p.doubt("layout.doubt.side", Letters(side))
		p.Sure = false
	}
	if x := l.Cross; x != nil {
		p.doubt("layout.doubt.cross", len(x.Labels), x.Label, x.Labels[0], x.Labels[len(x.Labels)-1])
	}
	p.groups(sh, t)
	p.mergedDown(sh)
}

// mergedDown tells of columns with cells merged over several rows.
func (p *Proposal) mergedDown(sh *sheet) {
	l := &p.Layout
	told := map[int]bool{}
	for _, m := range sh.mergedData(l) {
		c := m.FirstColumn
		if told[c] {
			continue
		}
		told[c] = true
		if l.Columns[c].Fill {
			p.doubt("layout.doubt.filled", l.Columns[c].Heading, m.FirstRow, m.LastRow)
		} else {
			p.doubt("layout.doubt.merged-down", l.Columns[c].Heading, m.FirstRow, m.LastRow)
		}
	}
}

// heading is what stands in the lowest row of the heading over a column.
func (s *sheet) heading(l *Layout, c int) string {
	for _, r := range s.rows {
		if r.Line >= l.HeaderFrom && r.Line <= l.HeaderTo && r.at(c) != "" {
			return r.at(c)
		}
	}
	return ""
}
