// Package ingest reads what offices send into runs of records, each cell as it
// was written. It knows files, not contracts: what a cell means is decided by
// package quality.
//
// A Source is read in two steps so that the work spreads over the processors:
// Next cuts the file at the borders of records, one call after the other;
// Parse, which costs more, may run on any goroutine.
package ingest

import "github.com/phohien/phohien/internal/foundation/fault"

// A Source is a file, or anything else that gives records, being read.
type Source interface {
	// Header returns the headings as sent.
	Header() []string
	// Next returns the next run of records, io.EOF after the last. Calls must
	// not overlap.
	Next() (Chunk, error)
	// Offset is how many bytes have been read, for progress.
	Offset() int64
}

// A Chunk is a run of whole records, not parsed yet. Parse puts them into a
// Block, dropping what it held; chunks may be parsed side by side.
type Chunk interface{ Parse(b *Block) }

// Reset empties the block for a Chunk that adds records one by one. Cells added
// by Refer lie in data, which must not change while the block is used.
func (b *Block) Reset(data []byte) { b.reset(data) }

// Add appends a sound record.
func (b *Block) Add(line int64, cells ...[]byte) {
	for _, c := range cells {
		b.Put(c)
	}
	b.Lines = append(b.Lines, line)
	b.start = append(b.start, int32(len(b.cells)))
	b.Broken = append(b.Broken, Sound)
}

// Put appends a copy of a cell to the record that is being added.
func (b *Block) Put(cell []byte) {
	at := len(b.arena)
	b.arena = append(b.arena, cell...)
	b.cells = append(b.cells, span{^int32(at), int32(len(b.arena))})
}

// Refer appends the cell that lies in the data given to Reset.
func (b *Block) Refer(from, to int) { b.cells = append(b.cells, span{int32(from), int32(to)}) }

// Skip appends n empty cells.
func (b *Block) Skip(n int) {
	for range n {
		b.cells = append(b.cells, span{})
	}
}

// Pending is the number of cells of the record that is being added.
func (b *Block) Pending() int { return len(b.cells) - int(b.start[len(b.start)-1]) }

// End finishes the record that is being added. A record of nothing but blanks
// is dropped and counted.
func (b *Block) End(line int64, d Defect) {
	first := int(b.start[len(b.start)-1])
	if b.empty(first) {
		b.cells = b.cells[:first]
		b.Skipped++
		return
	}
	b.Lines = append(b.Lines, line)
	b.start = append(b.start, int32(len(b.cells)))
	b.Broken = append(b.Broken, d)
}

// A Block holds the parsed records of a chunk. It is reused: what it gives is
// valid until the next Parse into it.
type Block struct {
	Lines   []int64  // physical line on which each record begins
	Broken  []Defect // per record: what is wrong with its form
	Skipped int64    // blank lines
	start   []int32  // record i is cells[start[i]:start[i+1]]
	cells   []span
	data    []byte
	arena   []byte // unescaped cells
}

// A span is where a cell lies: in the chunk's data or, with from < 0, at ^from
// in the arena. Places instead of slices keep twenty million pointers away from
// the garbage collector.
type span struct{ from, to int32 }

// Records is the number of records.
func (b *Block) Records() int { return len(b.Lines) }

// Cells is the number of cells of record i.
func (b *Block) Cells(i int) int { return int(b.start[i+1] - b.start[i]) }

// Cell returns cell c of record i.
func (b *Block) Cell(i, c int) []byte { return b.bytes(b.cells[int(b.start[i])+c]) }

// A Record is one record of a Block, for who looks at many of its cells.
type Record struct {
	block *Block
	cells []span
}

// Record returns record i.
func (b *Block) Record(i int) Record { return Record{b, b.cells[b.start[i]:b.start[i+1]]} }

// Cell returns cell c of the record.
func (r Record) Cell(c int) []byte { return r.block.bytes(r.cells[c]) }

func (b *Block) bytes(s span) []byte {
	if s.from < 0 {
		return b.arena[^s.from:s.to]
	}
	return b.data[s.from:s.to]
}

// A Defect is a fault in the form of one record.
type Defect uint8

// The defects.
const (
	Sound     Defect = iota
	FewCells         // fewer cells than headings
	ManyCells        // more cells than headings, and not all of the rest are empty
	Quotes           // text stands behind a closing quote
)

func refused(key string, args ...any) error { return fault.New(fault.Invalid, key, args...) }
