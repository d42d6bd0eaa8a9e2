package layout

import (
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/phohien/phohien/internal/core/ingest"
)

// A Drop counts the rows of one role that were not read.
type Drop struct {
	Role  RowRole `json:"role"`
	Count int64   `json:"count"`
	Lines []int64 `json:"lines"` // the first of them
}

// dropLines is how many lines of a role are named.
const dropLines = 5

// A Source gives the data of a table as its Layout says.
type Source struct {
	grid   ingest.Grid
	layout Layout
	rules  *rules
	fast   *fast
	ruled  bool
	header []string
	fixed  []int // crosstab: the columns that every row keeps
	spread []int // and those that become rows
	labels []string
	cells  [][]int // by label and measure: the Spread column, -1 none
	quiet  []int   // columns without heading, taken for blank
	fills  []fill  // cells merged over several rows, of columns that are filled

	ahead     []ingest.Chunk // read, not handed out
	ends      []int64        // by chunk of ahead: the Offset behind it
	eof       bool
	below     map[int64]RowRole // what stands below the table, once the end was seen
	belowFrom int64             // its first line, 0 = nothing
	group     string            // label of the group at the place where ahead begins
	block     ingest.Block      // for what is looked at before it is handed out

	mu    sync.Mutex
	drops map[RowRole]*Drop
	stray Drop // rows with cells where no column was seen
}

// Apply reads a grid by a layout. The grid must be at its beginning. A layout
// that cannot be applied to any grid is refused.
//
// The rows of the file are handed out one run late, so that what stands at its
// end is judged with the end in sight.
func (l Layout) Apply(g ingest.Grid, t ingest.Table) (*Source, error) {
	if err := l.Check(); err != nil {
		return nil, err
	}
	s := &Source{grid: g, layout: l, drops: map[RowRole]*Drop{}}
	s.rules = newRules(&s.layout, t.Merged)
	s.ruled = ruled(t)
	s.fills = newFills(&s.layout, t.Merged)
	if l.Cross != nil {
		s.crossHeader()
	} else {
		s.plainHeader()
	}
	for c, col := range l.Columns {
		if col.Role == Ignore && col.Heading == "" {
			s.quiet = append(s.quiet, c)
		}
	}
	if err := s.learn(); err != nil {
		return nil, err
	}
	s.fast = newFast(s.rules)
	return s, nil
}

// ruled tells whether each row should have as many cells as the heading, so
// that one with fewer has lost a piece: in a text file, the only table without
// a name and without headings of its own. In a sheet the empty cells at the end
// of a row may simply not have been written.
func ruled(t ingest.Table) bool {
	return t.Name == "" && t.Note == "" && t.Header == nil && len(t.Merged) == 0
}

func (s *Source) plainHeader() {
	for _, c := range s.layout.Columns {
		if c.Role == Data {
			s.header = append(s.header, c.Heading)
		} else {
			s.header = append(s.header, "")
		}
	}
	if s.layout.Section != "" {
		s.header = append(s.header, s.layout.Section)
	}
}

func (s *Source) crossHeader() {
	x := s.layout.Cross
	for c, col := range s.layout.Columns {
		switch col.Role {
		case Data:
			s.fixed = append(s.fixed, c)
			s.header = append(s.header, col.Heading)
		case Spread:
			s.spread = append(s.spread, c)
		}
	}
	if s.layout.Section != "" {
		s.header = append(s.header, s.layout.Section)
	}
	s.header = append(s.header, x.Label)
	measures := []string{x.Value}
	if len(x.Measures) > 0 {
		measures = nil
		for _, m := range x.Measures {
			if !slices.Contains(measures, m) {
				measures = append(measures, m)
			}
		}
	}
	s.header = append(s.header, measures...)
	at := map[string]int{}
	for i, label := range x.Labels {
		m := 0
		if len(x.Measures) > 0 {
			m = slices.Index(measures, x.Measures[i])
		}
		k, ok := at[label]
		// A label that stands twice over one measure gives two rows: whether one
		// is wrong is for the checks to say.
		if !ok || s.cells[k][m] >= 0 {
			k = len(s.labels)
			at[label] = k
			s.labels = append(s.labels, label)
			s.cells = append(s.cells, slices.Repeat([]int{-1}, len(measures)))
		}
		s.cells[k][m] = s.spread[i]
	}
}

// learn reads up to the first rows behind the heading, to know it when it comes
// again.
func (s *Source) learn() error {
	var heading, following []Row
	for len(following) < 4 {
		chunk, err := s.grid.Next()
		if errors.Is(err, io.EOF) {
			s.eof = true
			break
		}
		if err != nil {
			return err
		}
		s.hold(chunk)
		chunk.Parse(&s.block)
		for i := 0; i < s.block.Records() && len(following) < 4; i++ {
			switch line := s.block.Lines[i]; {
			case line > s.layout.HeaderTo:
				following = append(following, rowOf(&s.block, i, nil))
			case s.layout.HeaderFrom > 0 && line >= s.layout.HeaderFrom:
				heading = append(heading, rowOf(&s.block, i, nil))
			}
		}
	}
	if s.layout.HeaderFrom > 0 && len(heading) == 0 {
		return refused("layout.no-heading", s.layout.HeaderFrom)
	}
	s.rules.learn(heading, following)
	return nil
}

// Header implements ingest.Source: by place in the sheet, "" for columns that
// are not read; behind them the column of groups. Of a crosstab: the fixed
// columns, the group, the label, the values.
func (s *Source) Header() []string { return s.header }

// Offset implements ingest.Source.
func (s *Source) Offset() int64 { return s.grid.Offset() }

// Place tells in which column of the sheet the cell under heading h of a row
// stands, -1 when it was made from the heading or from a row above. Of the
// values of a crosstab the label of the row tells which it is.
func (s *Source) Place(h int, label string) int {
	if s.layout.Cross == nil {
		if h < len(s.layout.Columns) && s.header[h] != "" {
			return h
		}
		return -1
	}
	if h < len(s.fixed) {
		return s.fixed[h]
	}
	first := len(s.fixed) + 1
	if s.layout.Section != "" {
		first++
	}
	if k := slices.Index(s.labels, label); k >= 0 && h >= first && h-first < len(s.cells[k]) {
		return s.cells[k][h-first]
	}
	return -1
}

// Next implements ingest.Source.
func (s *Source) Next() (ingest.Chunk, error) {
	for !s.eof && !s.enough() {
		chunk, err := s.grid.Next()
		switch {
		case errors.Is(err, io.EOF):
			s.eof = true
		case err != nil:
			return nil, err
		default:
			s.hold(chunk)
		}
	}
	if s.eof && s.below == nil {
		s.seeEnd()
	}
	if len(s.ahead) == 0 {
		return nil, io.EOF
	}
	c := &chunk{inner: s.ahead[0], source: s, group: s.group, below: s.below, belowFrom: s.belowFrom}
	s.ahead[0], s.ends = nil, s.ends[1:]
	s.ahead = s.ahead[1:]
	if s.layout.Section != "" || len(s.fills) > 0 {
		c.inner.Parse(&s.block)
		s.nextGroup()
		c.fills = s.nextFills()
	}
	return c, nil
}

// aheadBytes is how much of the file is held back at least, so that small
// chunks, too, show a table's end together with some of its rows.
const (
	aheadBytes  = 128 << 10
	aheadChunks = 32
)

func (s *Source) hold(c ingest.Chunk) {
	s.ahead = append(s.ahead, c)
	s.ends = append(s.ends, s.grid.Offset())
}

// enough tells whether the first chunk can be handed out before the end has
// been seen.
func (s *Source) enough() bool {
	n := len(s.ahead)
	if s.layout.Own || s.layout.Last > 0 {
		return n > 0
	}
	return n >= aheadChunks || n >= 3 && s.ends[n-1]-s.ends[0] >= aheadBytes
}

// seeEnd judges the last rows of the grid.
func (s *Source) seeEnd() {
	s.below = map[int64]RowRole{}
	if s.layout.Last > 0 || s.layout.Own {
		return
	}
	var rows []Row
	for _, c := range s.ahead {
		c.Parse(&s.block)
		for i := max(0, s.block.Records()-tailWindow); i < s.block.Records(); i++ {
			rows = append(rows, rowOf(&s.block, i, nil))
		}
	}
	for line, role := range s.rules.tail(rows) {
		s.below[line] = role
		if s.belowFrom == 0 || line < s.belowFrom {
			s.belowFrom = line
		}
	}
}

// nextGroup finds the group in which the rows behind a chunk stand.
func (s *Source) nextGroup() {
	if s.layout.Section == "" {
		return
	}
	for i := s.block.Records() - 1; i >= 0; i-- {
		if s.fast.data(&s.block, i) {
			continue
		}
		row := rowOf(&s.block, i, nil)
		if role, _ := s.rules.at(row, s.below); role == Section {
			s.group = s.rules.sectionLabel(row)
			return
		}
	}
}

// Dropped lists what was not read, by role. It is complete once all chunks have
// been parsed.
func (s *Source) Dropped() []Drop {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Drop
	for _, role := range RowRoles {
		if d := s.drops[role]; d != nil {
			out = append(out, Drop{d.Role, d.Count, slices.Clone(d.Lines)})
		}
	}
	return out
}

// Findings tells what a person should know about the rows that were read,
// complete once all chunks have been parsed.
func (s *Source) Findings() []ingest.Finding {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stray.Count == 0 {
		return nil
	}
	return []ingest.Finding{{Key: "layout.stray", Args: []any{s.stray.Count, s.stray.Lines[0]}}}
}
