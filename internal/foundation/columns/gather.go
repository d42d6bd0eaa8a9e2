//go:build duckdb_arrow

package columns

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// gather puts small batches of a reader together: DuckDB makes a small table of
// each, and puts those together again. For a file it cuts the rows into batches of
// exactly RowGroup, the last one aside; in memory, where row groups are longer,
// batches of half of that are given as they are. The reader it gives does not own
// the other.
func gather(rr array.RecordReader, file bool) array.RecordReader {
	return &gathered{RecordReader: rr, cut: file}
}

type gathered struct {
	array.RecordReader
	cut   bool
	parts []arrow.RecordBatch // of the next batch
	rest  arrow.RecordBatch   // what the batch before had too much
	now   arrow.RecordBatch
	err   error
}

func (g *gathered) Next() bool {
	g.letGo(&g.now)
	if g.err != nil {
		return false
	}
	for have := int64(0); have < RowGroup; {
		r := g.take()
		if r == nil {
			break
		}
		if n := r.NumRows(); g.cut && have+n > RowGroup {
			g.rest = r.NewSlice(RowGroup-have, n)
			whole := r
			r = whole.NewSlice(0, RowGroup-have)
			whole.Release()
		}
		g.parts = append(g.parts, r)
		if have += r.NumRows(); !g.cut && have >= RowGroup/2 && len(g.parts) == 1 {
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

// take gives the rows that come next, nil at the end.
func (g *gathered) take() arrow.RecordBatch {
	if r := g.rest; r != nil {
		g.rest = nil
		return r
	}
	for g.RecordReader.Next() {
		if r := g.RecordReader.RecordBatch(); r.NumRows() > 0 {
			r.Retain()
			return r
		}
	}
	return nil
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

func (g *gathered) letGo(r *arrow.RecordBatch) {
	if *r != nil {
		(*r).Release()
		*r = nil
	}
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

// Release lets go of what is out, and of what was never taken.
func (g *gathered) Release() {
	g.letGo(&g.now)
	g.letGo(&g.rest)
	g.drop()
}
