package ingest

import "sync"

// Keep drops the records for which keep answers false; it is asked once for
// each, in order. Nothing is moved before the first that goes.
func (b *Block) Keep(keep func(i int) bool) {
	n := b.Records()
	i := 0
	for i < n && keep(i) {
		i++
	}
	if i == n {
		return
	}
	to, at := i, b.start[i]
	for i++; i < n; i++ {
		from, end := b.start[i], b.start[i+1]
		if !keep(i) {
			continue
		}
		copy(b.cells[at:], b.cells[from:end])
		at += end - from
		b.Lines[to], b.Broken[to] = b.Lines[i], b.Broken[i]
		to++
		b.start[to] = at
	}
	b.Lines, b.Broken = b.Lines[:to], b.Broken[:to]
	b.start, b.cells = b.start[:to+1], b.cells[:at]
}

// Judge marks the records that have fewer cells than width, or more with
// something in them. It is for text files, where such a record has lost a
// separator or gained one.
func (b *Block) Judge(width int) {
	for i, d := range b.Broken {
		if d != Sound {
			continue
		}
		n := b.Cells(i)
		switch {
		case n < width:
			b.Broken[i] = FewCells
		case n > width && !b.emptyFrom(i, width):
			b.Broken[i] = ManyCells
		}
	}
}

func (b *Block) emptyFrom(i, c int) bool {
	for ; c < b.Cells(i); c++ {
		if !Blank(b.Cell(i, c)) {
			return false
		}
	}
	return true
}

// Blank reports whether nothing but spaces and control characters stands in a
// cell.
func Blank(cell []byte) bool {
	for i, c := range cell {
		switch {
		case c <= ' ':
		case c == 0xC2 && i+1 < len(cell) && cell[i+1] == 0xA0: // no-break space
		case c == 0xA0 && i > 0 && cell[i-1] == 0xC2:
		default:
			return false
		}
	}
	return true
}

// Pad gives every record at least width cells: in a sheet the empty cells at
// the end of a row are often not written.
func (b *Block) Pad(width int) {
	for i := range b.Records() {
		if b.Cells(i) < width {
			b.Rewrite(func(i int, w *Rewriter) {
				for c := range max(width, b.Cells(i)) {
					w.Copy(c)
				}
				w.End()
			})
			return
		}
	}
}

// Rewrite makes each record anew: each is called once for every record, in
// order, and may write none, one or several in its place.
func (b *Block) Rewrite(each func(i int, w *Rewriter)) {
	w, _ := rewriters.Get().(*Rewriter)
	w.b = b
	w.cells, w.start, w.lines, w.broken = w.cells[:0], append(w.start[:0], 0), w.lines[:0], w.broken[:0]
	for i := range b.Records() {
		w.at = i
		each(i, w)
	}
	b.cells, w.cells = w.cells, b.cells
	b.start, w.start = w.start, b.start
	b.Lines, w.lines = w.lines, b.Lines
	b.Broken, w.broken = w.broken, b.Broken
	w.b = nil
	rewriters.Put(w)
}

// rewriters keep the room of old records for the next.
var rewriters = sync.Pool{New: func() any { return new(Rewriter) }}

// A Rewriter writes the new records of a Block.
type Rewriter struct {
	b      *Block
	at     int // the record that is being replaced
	cells  []span
	start  []int32
	lines  []int64
	broken []Defect
}

// A Text is a text held by the Block, to be written into many cells.
type Text struct{ span }

// Hold puts a text into the Block's memory.
func (w *Rewriter) Hold(text []byte) Text {
	at := len(w.b.arena)
	w.b.arena = append(w.b.arena, text...)
	return Text{span{^int32(at), int32(len(w.b.arena))}}
}

// Copy writes cell c of the record that is being replaced, an empty one when it
// has no such cell (-1 is none).
func (w *Rewriter) Copy(c int) {
	if c < 0 || c >= w.b.Cells(w.at) {
		w.cells = append(w.cells, span{})
		return
	}
	w.cells = append(w.cells, w.b.cells[int(w.b.start[w.at])+c])
}

// Write writes a held text as a cell.
func (w *Rewriter) Write(t Text) { w.cells = append(w.cells, t.span) }

// End finishes a record. It has the line and the defect of the one it replaces.
func (w *Rewriter) End() {
	w.start = append(w.start, int32(len(w.cells)))
	w.lines = append(w.lines, w.b.Lines[w.at])
	w.broken = append(w.broken, w.b.Broken[w.at])
}
