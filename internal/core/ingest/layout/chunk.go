package layout

import (
	"slices"
	"sync/atomic"

	"github.com/phohien/phohien/internal/core/ingest"
)

// A chunk is a run of rows, those that are not data among them until Parse.
type chunk struct {
	inner     ingest.Chunk
	source    *Source
	group     string
	below     map[int64]RowRole
	fills     []fill // those that reach into it
	belowFrom int64
	counted   atomic.Bool
}

// Parse implements ingest.Chunk.
func (c *chunk) Parse(b *ingest.Block) {
	c.inner.Parse(b)
	s := c.source
	t := tally{below: c.below}
	look := len(s.quiet) > 0 || !s.ruled
	b.Keep(func(i int) bool {
		certain := (c.belowFrom == 0 || b.Lines[i] < c.belowFrom) && s.fast.data(b, i)
		if !certain && !s.keep(b, i, &t) {
			return false
		}
		if look {
			s.strays(b, i, &t, s.ruled)
		}
		return true
	})
	fillDown(b, c.fills)
	s.shape(b, c.group, t.groups)
	if !c.counted.Swap(true) {
		s.count(&t)
	}
}

// A tally is what one Parse has seen.
type tally struct {
	below  map[int64]RowRole
	row    []string
	drops  map[RowRole]*Drop
	stray  Drop
	groups []change
}

// A change of the group: rows from line on stand in it.
type change struct {
	line  int64
	label string
}

// keep looks closely at a row that may not be data.
func (s *Source) keep(b *ingest.Block, i int, t *tally) bool {
	row := rowOf(b, i, t.row[:0])
	t.row = row.Cells
	role, _ := s.rules.at(row, t.below)
	if role == DataRow {
		return true
	}
	if role == BlankRow {
		s.strays(b, i, t, false)
	}
	if role == Section && s.layout.Section != "" {
		t.groups = append(t.groups, change{row.Line, s.rules.sectionLabel(row)})
	}
	if t.drops == nil {
		t.drops = map[RowRole]*Drop{}
	}
	d := t.drops[role]
	if d == nil {
		d = &Drop{Role: role}
		t.drops[role] = d
	}
	d.add(row.Line)
	return false
}

func (d *Drop) add(line int64) {
	d.Count++
	if len(d.Lines) < dropLines {
		d.Lines = append(d.Lines, line)
	}
}

// strays counts a row that has something where the layout saw no column; of a
// judged row what stands behind the last column is a defect already.
func (s *Source) strays(b *ingest.Block, i int, t *tally, judged bool) {
	n := b.Cells(i)
	for _, c := range s.quiet {
		if c < n && !ingest.Blank(b.Cell(i, c)) {
			t.stray.add(b.Lines[i])
			return
		}
	}
	for c := len(s.layout.Columns); !judged && c < n; c++ {
		if !ingest.Blank(b.Cell(i, c)) {
			t.stray.add(b.Lines[i])
			return
		}
	}
}

// count adds a tally to those of the other chunks, which may come in any order.
func (s *Source) count(t *tally) {
	if len(t.drops) == 0 && t.stray.Count == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for role, d := range t.drops {
		if s.drops[role] == nil {
			s.drops[role] = &Drop{Role: role}
		}
		s.drops[role].join(d)
	}
	s.stray.join(&t.stray)
}

func (d *Drop) join(more *Drop) {
	d.Count += more.Count
	d.Lines = append(d.Lines, more.Lines...)
	slices.Sort(d.Lines)
	d.Lines = d.Lines[:min(len(d.Lines), dropLines)]
}
