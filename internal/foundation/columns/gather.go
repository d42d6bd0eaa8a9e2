//go:build duckdb_arrow

package columns

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Rows that a record batch has at least before DuckDB gets it, and the batches
// that are large enough to be given as they are: DuckDB makes a small table of
// each batch, and puts those together again.
const (
	gatherRows = 16384
	largeBatch = gatherRows / 2
)

// gather puts small batches of a reader together. The reader it gives does not
// own the other.
func gather(rr array.RecordReader) array.RecordReader { return &gathered{RecordReader: rr} }

type gathered struct {
	array.RecordReader
	parts []arrow.RecordBatch
	now   arrow.RecordBatch
	err   error
}

func (g *gathered) Next() bool {
	g.Release()
	if g.err != nil {
		return false
	}
	for rows := int64(0); rows < gatherRows && g.RecordReader.Next(); {
		r := g.RecordReader.RecordBatch()
		r.Retain()
		g.parts = append(g.parts, r)
		if rows += r.NumRows(); rows >= largeBatch && len(g.parts) == 1 {
			break
		}
	}
	switch len(g.parts) {
	case 0:
		return false
	case 1:
		g.now, g.parts = g.parts[0], g.parts[:0]
		return true
	}
	g.now, g.err = concatenated(g.Schema(), g.parts)
	g.drop()
	return g.err == nil
}

func concatenated(schema *arrow.Schema, parts []arrow.RecordBatch) (arrow.RecordBatch, error) {
	columns, rows := make([]arrow.Array, 0, schema.NumFields()), int64(0)
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	for _, p := range parts {
		rows += p.NumRows()
	}
	pieces := make([]arrow.Array, len(parts))
	for i := range schema.NumFields() {
		for k, p := range parts {
			pieces[k] = p.Column(i)
		}
		c, err := array.Concatenate(pieces, memory.DefaultAllocator)
		if err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	return array.NewRecordBatch(schema, columns, rows), nil
}

func (g *gathered) drop() {
	for _, p := range g.parts {
		p.Release()
	}
	g.parts = g.parts[:0]
}

func (g *gathered) RecordBatch() arrow.RecordBatch { return g.now }
func (g *gathered) Record() arrow.RecordBatch      { return g.now }
func (g *gathered) Retain()                        {} // one owner

// Err is what went wrong here or in the reader below.
func (g *gathered) Err() error {
	if g.err != nil {
		return g.err
	}
	return g.RecordReader.Err()
}

// Release lets go of the batch that is out.
func (g *gathered) Release() {
	if g.now != nil {
		g.now.Release()
		g.now = nil
	}
}
