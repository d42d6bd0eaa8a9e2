package layout

import "github.com/phohien/phohien/internal/core/ingest"

// shape gives the rows their cells.
func (s *Source) shape(b *ingest.Block, group string, changes []change) {
	width := len(s.layout.Columns)
	if s.ruled {
		b.Judge(width)
	}
	switch {
	case s.layout.Cross != nil:
		s.unpivot(b, group, changes)
	case s.layout.Section != "":
		s.grouped(b, group, changes)
	case !s.ruled:
		b.Pad(width)
	}
}

// A grouping writes the label of the group in which a row stands.
type grouping struct {
	label   string
	changes []change
	text    ingest.Text
	held    bool
}

func (g *grouping) write(line int64, w *ingest.Rewriter) {
	for len(g.changes) > 0 && g.changes[0].line < line {
		g.label, g.held = g.changes[0].label, false
		g.changes = g.changes[1:]
	}
	if !g.held {
		g.text, g.held = w.Hold([]byte(g.label)), true
	}
	w.Write(g.text)
}

func (s *Source) grouped(b *ingest.Block, group string, changes []change) {
	g := grouping{label: group, changes: changes}
	width := len(s.layout.Columns)
	b.Rewrite(func(i int, w *ingest.Rewriter) {
		if b.Broken[i] != ingest.Sound { // as sent
			for c := range b.Cells(i) {
				w.Copy(c)
			}
			w.End()
			return
		}
		for c := range width {
			w.Copy(c)
		}
		g.write(b.Lines[i], w)
		w.End()
	})
}

// unpivot makes rows of the Spread columns.
func (s *Source) unpivot(b *ingest.Block, group string, changes []change) {
	g := grouping{label: group, changes: changes}
	labels := make([]ingest.Text, len(s.labels))
	held := false
	b.Rewrite(func(i int, w *ingest.Rewriter) {
		if !held {
			for k, label := range s.labels {
				labels[k] = w.Hold([]byte(label))
			}
			held = true
		}
		if b.Broken[i] != ingest.Sound {
			for c := range b.Cells(i) {
				w.Copy(c)
			}
			w.End()
			return
		}
		for k := range labels {
			if !s.any(b, i, s.cells[k]) {
				continue
			}
			for _, c := range s.fixed {
				w.Copy(c)
			}
			if s.layout.Section != "" {
				g.write(b.Lines[i], w)
			}
			w.Write(labels[k])
			for _, c := range s.cells[k] {
				w.Copy(c)
			}
			w.End()
		}
	})
}

// any tells whether something stands in one of these cells.
func (s *Source) any(b *ingest.Block, i int, columns []int) bool {
	n := b.Cells(i)
	for _, c := range columns {
		if c >= 0 && c < n && !ingest.Blank(b.Cell(i, c)) {
			return true
		}
	}
	return false
}
