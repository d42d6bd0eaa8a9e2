// Package cells is what readers of spreadsheets share: runs of rows being
// gathered, and values spelled as package ingest promises (numbers, days and
// moments by the number format of their cell, texts of page margins).
package cells

import (
	"bytes"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A run ends after so many rows or bytes: large enough that handing it over
// costs nothing, small enough that memory stays flat.
const (
	runRows  = 1000
	runBytes = 1 << 20
)

type span struct{ from, to int32 }

// Rows gathers rows into runs. Cells of a row may come in any order; a cell
// that is set twice keeps what came last.
type Rows struct {
	table  string
	limits ingest.Limits

	run   *run
	line  int64
	start int    // of the row in run.data
	row   []span // cells of the row that is being gathered, by column
}

// NewRows gathers the rows of a table; its name is for messages.
func NewRows(table string, limits ingest.Limits) *Rows {
	return &Rows{table: table, limits: limits, run: &run{}}
}

// Begin starts row n, counted from 1.
func (r *Rows) Begin(n int64) error {
	if n > r.limits.Rows {
		return fault.New(fault.TooLarge, "grid.too-many-rows", r.table, r.limits.Rows)
	}
	r.line, r.start, r.row = n, len(r.run.data), r.row[:0]
	return nil
}

// Data is where the bytes of cells are appended to; Set takes it back.
func (r *Rows) Data() []byte { return r.run.data }

// Set makes of the bytes that were appended to Data since from a cell of the
// row. Columns count from 0.
func (r *Rows) Set(column int, data []byte, from int) error {
	r.run.data = data
	if len(data)-r.start > r.limits.RecordBytes {
		return fault.New(fault.TooLarge, "grid.row-too-long", r.table, r.line, r.limits.RecordBytes)
	}
	if from == len(data) {
		return nil
	}
	if column >= r.limits.Columns {
		if len(bytes.TrimSpace(data[from:])) == 0 {
			return nil
		}
		return fault.New(fault.TooLarge, "grid.too-many-columns", r.table, r.line, Column(column), r.limits.Columns)
	}
	for len(r.row) <= column {
		r.row = append(r.row, span{})
	}
	r.row[column] = span{int32(from), int32(len(data))}
	return nil
}

// Put appends a cell of text.
func (r *Rows) Put(column int, text []byte) error {
	data := r.run.data
	return r.Set(column, append(data, text...), len(data))
}

// End finishes the row and tells whether it was kept: blank rows are dropped.
func (r *Rows) End() bool {
	if r.line == 0 {
		return false
	}
	line := r.line
	r.line = 0
	for _, s := range r.row {
		if len(bytes.TrimSpace(r.run.data[s.from:s.to])) > 0 {
			r.keep(line)
			return true
		}
	}
	r.run.data = r.run.data[:r.start]
	return false
}

// A Row is a copy of a row, for rows that a file holds once and counts.
type Row struct {
	text  []byte
	cells []span
	start int
}

// Last copies the row that was kept last, before the run is taken.
func (r *Rows) Last() Row {
	return Row{append([]byte(nil), r.run.data[r.start:]...), append([]span(nil), r.row...), r.start}
}

// Add puts a copied row as row n.
func (r *Rows) Add(n int64, row Row) error {
	if err := r.Begin(n); err != nil {
		return err
	}
	shift := int32(r.start - row.start)
	r.run.data = append(r.run.data, row.text...)
	for _, s := range row.cells {
		if s.from < s.to {
			s.from, s.to = s.from+shift, s.to+shift
		}
		r.row = append(r.row, s)
	}
	r.keep(n)
	r.line = 0
	return nil
}

func (r *Rows) keep(line int64) {
	c := r.run
	c.lines = append(c.lines, line)
	c.cells = append(c.cells, r.row...)
	c.ends = append(c.ends, int32(len(c.cells)))
}

// Full tells that a run should be taken, once no row is being gathered.
func (r *Rows) Full() bool { return len(r.run.lines) >= runRows || len(r.run.data) >= runBytes }

// Take hands over the rows gathered, nil when there are none.
func (r *Rows) Take() ingest.Chunk {
	c := r.run
	if len(c.lines) == 0 {
		return nil
	}
	r.run = &run{
		data:  make([]byte, 0, len(c.data)+len(c.data)/8),
		cells: make([]span, 0, len(c.cells)+len(c.cells)/8),
		lines: make([]int64, 0, len(c.lines)), ends: make([]int32, 0, len(c.ends)),
	}
	return c
}

// A run is a Chunk.
type run struct {
	data  []byte
	lines []int64
	cells []span
	ends  []int32
}

// Parse implements ingest.Chunk.
func (c *run) Parse(b *ingest.Block) {
	b.Reset(c.data)
	first := int32(0)
	for i, line := range c.lines {
		for _, s := range c.cells[first:c.ends[i]] {
			b.Refer(int(s.from), int(s.to))
		}
		first = c.ends[i]
		b.End(line, ingest.Sound)
	}
}

// Column names a column by its letters: 0 is A, 26 is AA.
func Column(n int) string {
	name := ""
	for n++; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}
