package layout

import (
	"slices"
	"sort"
	"strings"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/viet"
)

// A fill is a cell of a filled column that is merged over several rows: what
// stands in it holds for each of them.
type fill struct {
	column     int
	first, end int64 // its rows, the last included
	value      []byte
	known      bool // its first row has been seen
}

// newFills are the merged cells of the filled columns, by their first row.
func newFills(l *Layout, merged []ingest.Range) []fill {
	var all []fill
	for _, m := range merged {
		if c := m.FirstColumn; c >= 0 && c < len(l.Columns) && l.Columns[c].Fill && m.FirstRow > l.HeaderTo && m.LastRow > m.FirstRow {
			all = append(all, fill{column: c, first: m.FirstRow, end: m.LastRow})
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].first < all[j].first })
	ends := map[int]int64{} // by column; cells that overlap no spreadsheet writes
	return slices.DeleteFunc(all, func(f fill) bool {
		if f.first <= ends[f.column] {
			return true
		}
		ends[f.column] = f.end
		return false
	})
}

// nextFills takes the values of merged cells from the block that was just
// parsed, and gives those that reach into it. Those that end in it are done.
func (s *Source) nextFills() []fill {
	n := s.block.Records()
	if n == 0 || len(s.fills) == 0 {
		return nil
	}
	last := s.block.Lines[n-1]
	var reach []fill
	at := 0
	for i := range s.fills {
		f := &s.fills[i]
		if f.first > last {
			break
		}
		if !f.known {
			for at < n && s.block.Lines[at] < f.first {
				at++
			}
			if at < n && s.block.Lines[at] == f.first && f.column < s.block.Cells(at) {
				f.value = slices.Clone(s.block.Cell(at, f.column))
			}
			f.known = true
		}
		if len(f.value) > 0 {
			reach = append(reach, *f)
		}
	}
	s.fills = slices.DeleteFunc(s.fills, func(f fill) bool { return f.known && f.end <= last })
	return reach
}

// fillDown writes merged values into the empty cells that they cover.
func fillDown(b *ingest.Block, fills []fill) {
	if len(fills) == 0 {
		return
	}
	texts := make([]ingest.Text, len(fills))
	held := make([]bool, len(fills))
	from := 0
	b.Rewrite(func(i int, w *ingest.Rewriter) {
		line, n := b.Lines[i], b.Cells(i)
		for from < len(fills) && fills[from].end < line && fills[from].first < line {
			from++
		}
		over := map[int]int{}
		for k := from; k < len(fills) && fills[k].first < line; k++ {
			if f := fills[k]; line <= f.end && (f.column >= n || ingest.Blank(b.Cell(i, f.column))) {
				over[f.column] = k
				n = max(n, f.column+1)
			}
		}
		for c := range n {
			k, ok := over[c]
			if !ok {
				w.Copy(c)
				continue
			}
			if !held[k] {
				texts[k], held[k] = w.Hold(fills[k].value), true
			}
			w.Write(texts[k])
		}
		w.End()
	})
}

// fill decides for each column whether cells merged over several rows count for
// all of them: words and days do, of a figure, which may be shared, a person is
// asked.
func (s *sheet) fill(l *Layout) {
	asked := map[int]bool{}
	for _, m := range s.mergedData(l) {
		switch kindOf(s.rows[s.place(m.FirstRow)].at(m.FirstColumn)) {
		case words, day:
			l.Columns[m.FirstColumn].Fill = true
		case number:
			asked[m.FirstColumn] = true
		}
	}
	for c := range asked {
		l.Columns[c].Fill = false
	}
}

// mergedData are the cells of rows of data that are merged over several rows,
// those of a heading printed again left out.
func (s *sheet) mergedData(l *Layout) []ingest.Range {
	var all []ingest.Range
	for _, m := range s.merged {
		c := m.FirstColumn
		if m.FirstRow <= l.HeaderTo || m.LastRow <= m.FirstRow || l.Last > 0 && m.FirstRow > l.Last || c < 0 || c >= len(l.Columns) || l.Columns[c].Role != Data {
			continue
		}
		i := s.place(m.FirstRow)
		if i == len(s.rows) || s.rows[i].Line != m.FirstRow {
			continue
		}
		if v := s.rows[i].at(c); v != "" && !strings.HasPrefix(viet.Fold(l.Columns[c].Heading), viet.Fold(v)) {
			all = append(all, m)
		}
	}
	return all
}
