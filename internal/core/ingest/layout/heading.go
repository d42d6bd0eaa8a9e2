package layout

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/viet"
)

const (
	headingDepth = 6   // rows that a heading may have
	searchRows   = 200 // rows within which headings are looked for
	bodyRows     = 30  // rows below a heading that are compared with it
)

// A sheet is a sample made ready for questions.
type sheet struct {
	rows   []Row
	merged []ingest.Range
	kinds  [][]kind
	known  func(string) bool
	more   bool
	over   [][]ingest.Range // by row: merged cells that cover a part of it, from left to right
	tallAt []bool           // by row: a cell of it is merged with the row below
}

// tallest is how many rows a merged cell of a heading covers at most.
const tallest = 50

func newSheet(t ingest.Table, s Sample, known func(string) bool) *sheet {
	sh := &sheet{rows: s.Rows, known: known, more: s.More}
	var last int64
	if n := len(s.Rows); n > 0 {
		last = s.Rows[n-1].Line
	}
	for _, m := range t.Merged {
		if m.FirstRow <= last {
			sh.merged = append(sh.merged, m)
		}
	}
	for _, r := range s.Rows {
		ks := make([]kind, len(r.Cells))
		for c := range r.Cells {
			ks[c] = kindOf(r.at(c))
		}
		for _, run := range periods(r) {
			for _, c := range run {
				ks[c] = words // 2023, 2024, 2025 above columns is a heading
			}
		}
		sh.kinds = append(sh.kinds, ks)
	}
	sh.index()
	return sh
}

// index sorts merged cells by the rows they cover. Those that overlap, which no
// spreadsheet writes, are left out: the work must not grow with them.
func (s *sheet) index() {
	s.over, s.tallAt = make([][]ingest.Range, len(s.rows)), make([]bool, len(s.rows))
	for _, m := range s.merged {
		if m.FirstColumn < 0 || m.LastColumn < m.FirstColumn || m.LastRow < m.FirstRow || m.LastRow-m.FirstRow >= tallest {
			continue
		}
		for i := s.place(m.FirstRow); i < len(s.rows) && s.rows[i].Line <= m.LastRow; i++ {
			s.over[i] = append(s.over[i], m)
			if s.rows[i].Line < m.LastRow && m.LastColumn-m.FirstColumn < 3 {
				s.tallAt[i] = true
			}
		}
	}
	for i, ms := range s.over {
		slices.SortStableFunc(ms, func(a, b ingest.Range) int { return a.FirstColumn - b.FirstColumn })
		end := -1
		s.over[i] = slices.DeleteFunc(ms, func(m ingest.Range) bool {
			if m.FirstColumn <= end {
				return true
			}
			end = m.LastColumn
			return false
		})
	}
}

// place is the first row of the sample on this line or below it.
func (s *sheet) place(line int64) int {
	i, _ := slices.BinarySearchFunc(s.rows, line, func(r Row, line int64) int { return cmp.Compare(r.Line, line) })
	return i
}

// begins is the merged cell that begins in row i and column c.
func (s *sheet) begins(i, c int) (ingest.Range, bool) {
	k, ok := slices.BinarySearchFunc(s.over[i], c, func(m ingest.Range, c int) int { return m.FirstColumn - c })
	if !ok || s.over[i][k].FirstRow != s.rows[i].Line {
		return ingest.Range{}, false
	}
	return s.over[i][k], true
}

func (s *sheet) kind(i, c int) kind {
	if c >= len(s.kinds[i]) {
		return empty
	}
	return s.kinds[i][c]
}

func (s *sheet) filled(i int) int {
	n := 0
	for _, k := range s.kinds[i] {
		if k != empty {
			n++
		}
	}
	return n
}

// adjacent tells whether no blank row lies between rows i and i+1.
func (s *sheet) adjacent(i int) bool {
	return s.rows[i+1].Line-s.rows[i].Line <= s.rows[i].span()
}

// A block is rows that may be a heading.
type block struct {
	from, to int // places in the sample, ends included
	paths    []string
	score    float64
	words    float64 // share of headings that are words of headings
	known    float64 // share that the contract knows
	contrast float64 // share of columns whose cells are of another kind
	columns  int
}

// blocks are all candidates, the best first; among equals the highest.
func (s *sheet) blocks(from, to int) []block {
	var all []block
	for b := from; b < min(to, from+searchRows); b++ {
		for u := b; u >= from && b-u < headingDepth; u-- {
			if u < b && !s.joins(u, b) {
				break
			}
			if k, ok := s.judge(u, b, from, to); ok {
				all = append(all, k)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b block) int {
		switch {
		case a.score > b.score+1e-9:
			return -1
		case b.score > a.score+1e-9:
			return 1
		}
		return 0
	})
	return all
}

// joins tells whether row u is the upper part of a heading that goes on in u+1.
func (s *sheet) joins(u, bottom int) bool {
	if !s.adjacent(u) {
		return false
	}
	up, low := s.rows[u], s.rows[u+1]
	cs := up.filled()
	if len(cs) == 0 {
		return false
	}
	for _, c := range cs {
		if f := viet.Fold(up.at(c)); s.kind(u, c) != words || titleText(f) && !headingWord(f) {
			return false
		}
	}
	for c := range low.Cells {
		if k := s.kind(u+1, c); k != empty && k != words && !s.monthUnder(u, c) {
			return false
		}
	}
	if len(cs) == 1 && !s.crowns(u, cs[0]) {
		return false
	}
	groups := 0
	for at, c := range cs {
		end := s.groupEnd(u, bottom, cs, at)
		below := 0
		for k := c; k < end; k++ {
			if low.at(k) != "" {
				below++
			}
		}
		switch {
		case below >= 2:
			groups++
		case below == 1 && low.at(c) != "" && end-c == 1 && !unitOnly(low.at(c)) && !s.tallAt[u]:
			// One above the other: a heading and its first row of data, unless
			// cells merged downwards say that the heading has two rows.
			return false
		case below == 1 && unitOnly(low.at(c)):
			groups++
		}
	}
	if groups == 0 && !s.tallAt[u] {
		return false
	}
	// What stands below must stand under something, or lead its own column.
	return true
}

// monthUnder tells whether the figure below row u is a month or year: under a
// group of that name figures that go on by one are headings.
func (s *sheet) monthUnder(u, c int) bool {
	low := s.rows[u+1]
	n, ok := whole(low.at(c))
	if !ok || n > 2100 {
		return false
	}
	before, after := n, n
	if m, ok := whole(low.at(c - 1)); ok {
		before = m
	}
	if m, ok := whole(low.at(c + 1)); ok {
		after = m
	}
	if before != n-1 && after != n+1 {
		return false
	}
	for k := min(c, len(s.rows[u].Cells)-1); k >= 0; k-- {
		if t := s.rows[u].at(k); t != "" {
			return periodWord(t)
		}
	}
	return false
}

// crowns tells whether the only text of a row stands above a part of a heading
// and not above a table as its title.
func (s *sheet) crowns(u, c int) bool {
	f := viet.Fold(s.rows[u].at(c))
	if strings.Contains(f, ":") || titleText(f) {
		return false
	}
	below := s.rows[u+1].filled()
	if m, ok := s.begins(u, c); ok && m.LastColumn > c {
		inside := 0
		for _, k := range below {
			if k >= c && k <= m.LastColumn {
				inside++
			}
		}
		return inside >= 2 && inside < len(below)
	}
	return c > 0 && (headings[f] || periodWord(s.rows[u].at(c))) && len(below) >= 3 && below[0] < c
}

// groupEnd is the column behind the group that begins in cs[at].
func (s *sheet) groupEnd(u, bottom int, cs []int, at int) int {
	c := cs[at]
	if m, ok := s.begins(u, c); ok {
		return min(m.LastColumn, maxColumns) + 1
	}
	if s.mergedIn(u, bottom) {
		return c + 1
	}
	if at+1 < len(cs) {
		return cs[at+1]
	}
	return max(len(s.rows[u+1].Cells), c+1)
}

// mergedIn tells whether cells are merged in these rows: then only merged cells
// are groups.
func (s *sheet) mergedIn(from, to int) bool {
	return slices.ContainsFunc(s.over[from:to+1], func(ms []ingest.Range) bool { return len(ms) > 0 })
}

// unitOnly is a unit under a heading, "(người)".
func unitOnly(s string) bool { return len(s) > 2 && s[0] == '(' && s[len(s)-1] == ')' && !figure(s) }

// paths are the headings that rows u to b give, by column.
func (s *sheet) paths(u, b int) []string {
	width := 0
	for i := u; i <= b; i++ {
		width = max(width, len(s.rows[i].Cells))
	}
	grid := make([][]string, b-u+1)
	for i := range grid {
		grid[i] = make([]string, width)
		for c := range width {
			grid[i][c] = strings.Join(strings.Fields(s.rows[u+i].at(c)), " ")
		}
	}
	if s.mergedIn(u, b) {
		s.spreadMerged(grid, u, b)
	} else {
		spreadBlank(grid)
	}
	out := make([]string, width)
	for c := range width {
		var parts []string
		for i := range grid {
			if t := grid[i][c]; t != "" && (len(parts) == 0 || parts[len(parts)-1] != t) {
				parts = append(parts, t)
			}
		}
		out[c] = joined(parts)
	}
	return out
}

// joined makes one heading of the texts over a column; a unit is part of the
// text above it.
func joined(parts []string) string {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			if !unitOnly(p) {
				b.WriteString(" /")
			}
			b.WriteByte(' ')
		}
		b.WriteString(p)
	}
	return b.String()
}

// spreadMerged writes the text of a merged cell into all that it covers.
func (s *sheet) spreadMerged(grid [][]string, u, b int) {
	for i := u; i <= b; i++ {
		for _, m := range s.over[i] {
			top := s.place(m.FirstRow)
			if top < u || top > b || s.rows[top].Line != m.FirstRow || m.FirstColumn >= len(grid[0]) {
				continue
			}
			text := grid[top-u][m.FirstColumn]
			for c := m.FirstColumn; c <= min(m.LastColumn, len(grid[0])-1); c++ {
				if grid[i-u][c] == "" {
					grid[i-u][c] = text
				}
			}
		}
	}
}

// spreadBlank writes a text into the blank cells to its right where the rows
// below show that it is a group: something stands under it and under them.
func spreadBlank(grid [][]string) {
	for i := 0; i+1 < len(grid); i++ {
		under := func(c int) bool {
			for k := i + 1; k < len(grid); k++ {
				if grid[k][c] != "" {
					return true
				}
			}
			return false
		}
		for c := 1; c < len(grid[i]); c++ {
			above := false
			for k := range i {
				// A new group above ends the one on the left.
				above = above || grid[k][c] != "" && grid[k][c] != grid[k][c-1]
			}
			if grid[i][c] == "" && grid[i][c-1] != "" && under(c) && under(c-1) && !above {
				grid[i][c] = grid[i][c-1]
			}
		}
	}
}

// judge gives rows u to b points as a heading of what stands below them.
func (s *sheet) judge(u, b, from, to int) (block, bool) {
	k := block{from: u, to: b, paths: s.paths(u, b)}
	var distinct = map[string]bool{}
	texts, titles, long := 0, 0, 0
	for c, p := range k.paths {
		if p == "" {
			continue
		}
		k.columns++
		f := viet.Fold(p)
		distinct[f] = true
		if s.headed(u, b, c) {
			texts++
		}
		if titleText(f) && !headingWord(f) {
			titles++
		}
		if len(p) > 120 {
			long++
		}
		if headingWord(f) || headingWord(viet.Fold(lowestPart(p))) || periodOf(p) != none {
			k.words++
		}
		if s.known != nil && (s.known(f) || s.known(p)) {
			k.known++
		}
	}
	if k.columns == 0 {
		return k, false
	}
	n := float64(k.columns)
	k.words, k.known = k.words/n, k.known/n
	if float64(texts)/n < 0.8 || k.known == 0 && (2*titles >= k.columns || k.columns == 1 && k.words == 0 && s.columnsBelow(b, to) > 1) {
		return k, false
	}
	cover := s.compare(&k, b, to)
	if k.columns == 1 && (cover < 0.6 || b+1 >= to) {
		return k, false
	}
	k.score = 3*cover + float64(texts)/n + float64(len(distinct))/n + k.contrast + 2*k.words + 4*k.known -
		float64(titles)/n - float64(long)/n + 0.2*float64(b-u) - 0.6*math.Min(3, float64(s.likeBody(&k, u, b, from, to)))
	return k, true
}

// lowestPart is the last row of a heading of several.
func lowestPart(path string) string {
	if at := strings.LastIndex(path, " / "); at >= 0 {
		return path[at+len(" / "):]
	}
	return path
}

// headed tells whether the lowest text over a column is one, not a figure.
func (s *sheet) headed(u, b, c int) bool {
	for i := b; i >= u; i-- {
		if k := s.kind(i, c); k != empty {
			return k == words || i > u && s.monthUnder(i-1, c)
		}
	}
	return true // covered by a merged cell
}

// body is the rows below b that are compared with it.
func (s *sheet) body(b, to int) (first, last int) { return b + 1, min(to, b+1+bodyRows) }

func (s *sheet) columnsBelow(b, to int) int {
	first, last := s.body(b, to)
	most := 0
	for i := first; i < last; i++ {
		most = max(most, s.filled(i))
	}
	return most
}

// compare measures how well the headings cover the columns below, and in how
// many the cells are of another kind than the heading.
func (s *sheet) compare(k *block, b, to int) (cover float64) {
	first, last := s.body(b, to)
	width, rows := len(k.paths), 0
	for i := first; i < last; i++ {
		width = max(width, len(s.kinds[i]))
	}
	counts := make([][4]int, width)
	wide := (s.columnsBelow(b, to) + 1) / 2
	for i := first; i < last; i++ {
		if s.filled(i) < wide {
			continue
		}
		rows++
		for c, x := range s.kinds[i] {
			counts[c][x]++
		}
	}
	both, either, other := 0, 0, 0
	for c, n := range counts {
		in := n[number]+n[day]+n[words] > rows*15/100
		headed := c < len(k.paths) && k.paths[c] != ""
		if in || headed {
			either++
		}
		if in && headed {
			both++
			if n[number]+n[day] > n[words] {
				other++
			}
		}
	}
	if both == 0 {
		return 0
	}
	k.contrast = float64(other) / float64(both)
	return float64(both) / float64(either)
}

// likeBody counts rows above the heading that look like those below it: then
// the heading is a row of data.
func (s *sheet) likeBody(k *block, u, b, from, to int) int {
	first, last := s.body(b, to)
	if first >= last {
		return 0
	}
	model := first
	for i := first; i < last; i++ {
		if s.filled(i) > s.filled(model) {
			model = i
		}
	}
	n := 0
	for i := from; i < u; i++ {
		same, all := 0, 0
		for c, x := range s.kinds[model] {
			if x == empty {
				continue
			}
			all++
			if s.kind(i, c) == x {
				same++
			}
		}
		if all > 0 && same*10 >= all*8 {
			n++
		}
	}
	return n
}
