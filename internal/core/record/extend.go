package record

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/phohien/phohien/internal/foundation/crashpoint"
)

// An extender is a reader with columns added behind those of another: what the
// system knows only when it writes. It does not own the inner reader.
type extender struct {
	inner    array.RecordReader
	fields   []arrow.Field
	made     []maker
	progress func(int64)

	schema *arrow.Schema
	cur    arrow.RecordBatch
	rows   int64 // handed out before the current batch
}

// A maker makes a column for n rows of which before have gone by.
type maker func(before, n int64) arrow.Array

func newExtender(inner array.RecordReader) *extender { return &extender{inner: inner} }

func (r *extender) has(name string) bool { return len(r.inner.Schema().FieldIndices(name)) > 0 }

func (r *extender) add(name string, t arrow.DataType, m maker) {
	r.fields = append(r.fields, arrow.Field{Name: name, Type: t})
	r.made = append(r.made, m)
}

// constant adds a column of one number.
func (r *extender) constant(name string, v int64) {
	r.add(name, arrow.PrimitiveTypes.Int64, int64s(func(int64) int64 { return v }))
}

// rowBits is how many rows a batch may number: 2³².
const rowBits = 32

// number adds a column that numbers the rows of a batch: batch × 2³² + place,
// the first place being 1.
func (r *extender) number(name string, seq int64) {
	r.add(name, arrow.PrimitiveTypes.Int64, int64s(func(i int64) int64 { return seq<<rowBits + i + 1 }))
}

func int64s(value func(i int64) int64) maker {
	return func(before, n int64) arrow.Array {
		b := array.NewInt64Builder(memory.DefaultAllocator)
		defer b.Release()
		b.Reserve(int(n))
		for i := range n {
			b.UnsafeAppend(value(before + i))
		}
		return b.NewArray()
	}
}

// text adds a column of one text.
func (r *extender) text(name, v string) {
	r.add(name, arrow.BinaryTypes.String, func(_, n int64) arrow.Array {
		b := array.NewStringBuilder(memory.DefaultAllocator)
		defer b.Release()
		b.Reserve(int(n))
		b.ReserveData(int(n) * len(v))
		for range n {
			b.Append(v)
		}
		return b.NewArray()
	})
}

// Schema is the inner schema and the added columns.
func (r *extender) Schema() *arrow.Schema {
	if r.schema == nil {
		inner := r.inner.Schema().Fields()
		r.schema = arrow.NewSchema(append(append([]arrow.Field{}, inner...), r.fields...), nil)
	}
	return r.schema
}

// Next passes one batch on. What stands between two batches is the middle of
// the rows: the first is written, the next is not.
func (r *extender) Next() bool {
	if r.cur != nil {
		r.rows += r.cur.NumRows()
		if r.progress != nil {
			r.progress(r.rows)
		}
		r.drop()
		crashpoint.Hit(crashpoint.MidRows)
	}
	if !r.inner.Next() {
		return false
	}
	rec := r.inner.RecordBatch()
	if len(r.made) == 0 {
		rec.Retain()
		r.cur = rec
		return true
	}
	cols := append([]arrow.Array{}, rec.Columns()...)
	for _, m := range r.made {
		a := m(r.rows, rec.NumRows())
		defer a.Release()
		cols = append(cols, a)
	}
	r.cur = array.NewRecordBatch(r.Schema(), cols, rec.NumRows())
	return true
}

func (r *extender) drop() {
	if r.cur != nil {
		r.cur.Release()
		r.cur = nil
	}
}

// The rest is array.RecordReader.

func (r *extender) RecordBatch() arrow.RecordBatch { return r.cur }
func (r *extender) Record() arrow.RecordBatch      { return r.cur }
func (r *extender) Err() error                     { return r.inner.Err() }
func (r *extender) Retain()                        {}

// Release drops the batch in hand; the inner reader is its owner's.
func (r *extender) Release() { r.drop() }
