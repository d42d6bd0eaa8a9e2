package bulk

/*
#cgo LDFLAGS: -Wl,--unresolved-symbols=ignore-all -lpthread
#include <stdlib.h>
#include "sqlite_rows.h"
*/
import "C"

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"runtime/cgo"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	_ "github.com/mattn/go-sqlite3" // links SQLite, whose symbols the C side uses
)

// Register makes phohien_rows and phohien_collect known to every SQLite
// connection opened from now on. It is safe to call more than once; package
// store calls it before it opens the first file.
var Register = sync.OnceValue(func() error {
	if rc := C.ph_register(); rc != 0 {
		return fmt.Errorf("SQLite refuses the bulk extension: code %d", int(rc))
	}
	return nil
})

func columnType(f arrow.Field) (C.int32_t, error) {
	switch f.Type.ID() {
	case arrow.STRING:
		return C.PH_TEXT, nil
	case arrow.BINARY:
		return C.PH_BYTES, nil
	case arrow.INT64:
		return C.PH_INT64, nil
	case arrow.DECIMAL128:
		return C.PH_DEC128, nil
	case arrow.FLOAT64:
		return C.PH_FLOAT64, nil
	case arrow.BOOL:
		return C.PH_BOOL, nil
	case arrow.DATE32:
		return C.PH_DATE32, nil
	case arrow.TIMESTAMP:
		if f.Type.(*arrow.TimestampType).Unit == arrow.Microsecond {
			return C.PH_TIME_US, nil
		}
	}
	return 0, fmt.Errorf("column %s: type %s has no place in SQLite", f.Name, f.Type)
}

func insertSQLite(ctx context.Context, conn *sql.Conn, table string, rr array.RecordReader) (int64, error) {
	schema := rr.Schema()
	n := schema.NumFields()
	cs := make([]string, n)
	for i := range cs {
		cs[i] = "c" + strconv.Itoa(i)
	}
	stmt, err := conn.PrepareContext(ctx, "INSERT INTO "+quote(table)+" ("+columnList(schema)+") SELECT "+strings.Join(cs, ",")+" FROM phohien_rows($1)")
	if err != nil {
		return 0, fmt.Errorf("bulk insert into %s: %w", table, err)
	}
	defer func() { _ = stmt.Close() }() // the insert's own error is the one that counts
	block, err := newBlock(schema)
	if err != nil {
		return 0, err
	}
	defer block.free()
	var total int64
	for rr.Next() {
		if err := ctx.Err(); err != nil {
			return total, err
		}
		rec := rr.RecordBatch()
		if err := block.insert(ctx, stmt, rec); err != nil {
			return total, fmt.Errorf("bulk insert into %s: %w", table, err)
		}
		total += rec.NumRows()
	}
	return total, rr.Err()
}

// A block is the C side's view of one record batch.
type block struct {
	rows   *C.ph_rows
	types  []C.int32_t
	handle C.int64_t
}

func newBlock(schema *arrow.Schema) (*block, error) {
	b := &block{types: make([]C.int32_t, schema.NumFields())}
	for i, f := range schema.Fields() {
		t, err := columnType(f)
		if err != nil {
			return nil, err
		}
		b.types[i] = t
	}
	b.rows = (*C.ph_rows)(C.calloc(1, C.size_t(unsafe.Sizeof(C.ph_rows{}))))
	b.rows.column = (*C.ph_column)(C.calloc(C.size_t(len(b.types)), C.size_t(unsafe.Sizeof(C.ph_column{}))))
	b.rows.columns = C.int32_t(len(b.types))
	b.handle = C.ph_open(unsafe.Pointer(b.rows))
	if b.handle == 0 {
		b.free()
		return nil, errors.New("bulk: too many statements at once")
	}
	return b, nil
}

func (b *block) free() {
	C.ph_close(b.handle)
	C.free(unsafe.Pointer(b.rows.column))
	C.free(unsafe.Pointer(b.rows))
}

func (b *block) insert(ctx context.Context, stmt *sql.Stmt, rec arrow.RecordBatch) error {
	if rec.NumRows() == 0 {
		return nil
	}
	// The C side keeps addresses of Arrow's buffers while the statement runs;
	// pinning makes that lawful when the buffers are Go memory.
	var pin runtime.Pinner
	defer pin.Unpin()
	columns := unsafe.Slice(b.rows.column, len(b.types))
	for i := range columns {
		if err := fill(&columns[i], b.types[i], rec.Column(i).Data(), &pin); err != nil {
			return fmt.Errorf("column %s: %w", rec.ColumnName(i), err)
		}
	}
	b.rows.rows = C.int64_t(rec.NumRows())
	res, err := stmt.ExecContext(ctx, int64(b.handle))
	runtime.KeepAlive(rec)
	if err != nil {
		return err
	}
	if got, err := res.RowsAffected(); err != nil || got != rec.NumRows() {
		return fmt.Errorf("%d of %d rows written: %w", got, rec.NumRows(), err)
	}
	return nil
}

func fill(c *C.ph_column, t C.int32_t, d arrow.ArrayData, pin *runtime.Pinner) error {
	*c = C.ph_column{_type: t, offset: C.int64_t(d.Offset())}
	buffers := d.Buffers()
	if d.NullN() != 0 && len(buffers) > 0 && buffers[0] != nil {
		c.valid = (*C.uint8_t)(address(buffers[0], pin))
	}
	if len(buffers) < 2 || buffers[1] == nil {
		return errors.New("no values")
	}
	c.values = address(buffers[1], pin)
	if t == C.PH_TEXT || t == C.PH_BYTES {
		if len(buffers) > 2 && buffers[2] != nil {
			c.data = (*C.uint8_t)(address(buffers[2], pin))
		}
	}
	if t == C.PH_DEC128 {
		return fits(d)
	}
	return nil
}

// fits checks that decimals need no more than the 64 bits SQLite has.
func fits(d arrow.ArrayData) error {
	a := array.NewDecimal128Data(d)
	defer a.Release()
	for i, v := range a.Values() {
		if a.IsValid(i) && v.HighBits() != int64(v.LowBits())>>63 {
			return fmt.Errorf("row %d: decimal of more than 18 digits", i)
		}
	}
	return nil
}

func address(b *memory.Buffer, pin *runtime.Pinner) unsafe.Pointer {
	if b.Len() == 0 {
		return nil
	}
	p := unsafe.Pointer(unsafe.SliceData(b.Bytes()))
	pin.Pin(p)
	return p
}

// blockRows is how many rows phohien_collect gathers at most before it hands
// them over.
const blockRows = 32768

// collector is the Go side of one running query.
type collector struct {
	schema *arrow.Schema
	out    chan arrow.RecordBatch
	stop   chan struct{}
}

// A sqliteReader reads what a collector hands over.
type sqliteReader struct {
	*collector
	cancel context.CancelFunc
	done   chan struct{}
	refs   atomic.Int64
	once   sync.Once
	cur    arrow.RecordBatch
	ended  bool  // Next has seen the end
	err    error // set before out is closed
}

func querySQLite(ctx context.Context, conn *sql.Conn, schema *arrow.Schema, room int, query string, args []any) (array.RecordReader, error) {
	n := schema.NumFields()
	types := make([]C.int32_t, n)
	names := make([]string, n)
	for i, f := range schema.Fields() {
		t, err := columnType(f)
		if err != nil {
			return nil, err
		}
		types[i], names[i] = t, "c"+strconv.Itoa(i)
	}
	list := strings.Join(names, ",")
	wrapped := "WITH q(" + list + ") AS (" + query + ") SELECT phohien_collect($" + strconv.Itoa(len(args)+1) + "," + list + ") FROM q"

	ctx, cancel := context.WithCancel(ctx)
	r := &sqliteReader{
		collector: &collector{schema: schema, out: make(chan arrow.RecordBatch, 2), stop: make(chan struct{})},
		cancel:    cancel, done: make(chan struct{}),
	}
	r.refs.Store(1)
	go func() {
		defer close(r.done)
		defer close(r.out)
		r.err = r.run(ctx, conn, types, room, wrapped, args)
	}()
	return r, nil
}

func (r *sqliteReader) run(ctx context.Context, conn *sql.Conn, types []C.int32_t, room int, query string, args []any) error {
	owner := cgo.NewHandle(r.collector)
	defer owner.Delete()
	sink := C.ph_sink_new(C.int32_t(len(types)), unsafe.SliceData(types), C.int64_t(room), C.uintptr_t(owner))
	if sink == nil {
		return errors.New("bulk query: no memory")
	}
	defer C.ph_sink_free(sink)
	handle := C.ph_open(unsafe.Pointer(sink))
	if handle == 0 {
		return errors.New("bulk query: too many statements at once")
	}
	defer C.ph_close(handle)
	var none any
	if err := conn.QueryRowContext(ctx, query, append(append([]any{}, args...), int64(handle))...).Scan(&none); err != nil {
		return fmt.Errorf("bulk query: %w", err)
	}
	if sink.rows > 0 && r.flush(sink) != 0 {
		return context.Canceled
	}
	return nil
}

//export phohienFlush
func phohienFlush(sink *C.ph_sink) C.int {
	c := cgo.Handle(sink.owner).Value().(*collector)
	return c.flush(sink)
}

func (c *collector) flush(sink *C.ph_sink) C.int {
	rec := c.record(sink)
	C.ph_sink_reset(sink)
	select {
	case c.out <- rec:
		return 0
	case <-c.stop:
		rec.Release()
		return 1
	}
}

func (c *collector) record(sink *C.ph_sink) arrow.RecordBatch {
	n := int(sink.rows)
	buffers := unsafe.Slice(sink.buffer, int(sink.columns))
	columns := make([]arrow.Array, len(buffers))
	for i := range buffers {
		columns[i] = columnOf(c.schema.Field(i), &buffers[i], n)
	}
	rec := array.NewRecordBatch(c.schema, columns, int64(n))
	for _, a := range columns {
		a.Release()
	}
	return rec
}

func columnOf(f arrow.Field, b *C.ph_buffer, n int) arrow.Array {
	valid := unsafe.Slice((*byte)(b.valid), n)
	bits := make([]byte, (n+7)/8)
	nulls := 0
	for i, v := range valid {
		if v != 0 {
			bits[i>>3] |= 1 << (i & 7)
		} else {
			nulls++
		}
	}
	values := func(width int) *memory.Buffer {
		return memory.NewBufferBytes(C.GoBytes(unsafe.Pointer(b.values), C.int(n*width)))
	}
	buffers := []*memory.Buffer{memory.NewBufferBytes(bits)}
	switch b._type {
	case C.PH_TEXT, C.PH_BYTES:
		offsets := memory.NewBufferBytes(C.GoBytes(unsafe.Pointer(b.values), C.int((n+1)*4)))
		data := memory.NewBufferBytes(C.GoBytes(unsafe.Pointer(b.data), C.int(b.data_len)))
		buffers = append(buffers, offsets, data)
	case C.PH_BOOL:
		packed := make([]byte, (n+7)/8)
		for i, v := range unsafe.Slice((*byte)(b.values), n) {
			packed[i>>3] |= v << (i & 7)
		}
		buffers = append(buffers, memory.NewBufferBytes(packed))
	case C.PH_DATE32:
		buffers = append(buffers, values(arrow.Date32SizeBytes))
	case C.PH_DEC128:
		buffers = append(buffers, values(int(unsafe.Sizeof(decimal128.Num{}))))
	default:
		buffers = append(buffers, values(8))
	}
	d := array.NewData(f.Type, n, buffers, nil, nulls, 0)
	defer d.Release()
	return array.MakeFromData(d)
}

// The rest is array.RecordReader.

func (r *sqliteReader) Schema() *arrow.Schema { return r.schema }
func (r *sqliteReader) Retain()               { r.refs.Add(1) }

// Release stops the query when it is still running and waits for it, so that
// the connection is free afterwards.
func (r *sqliteReader) Release() {
	if r.refs.Add(-1) > 0 {
		return
	}
	r.once.Do(func() {
		close(r.stop)
		r.cancel()
		for rec := range r.out {
			rec.Release()
		}
		<-r.done
		if r.cur != nil {
			r.cur.Release()
			r.cur = nil
		}
	})
}

func (r *sqliteReader) Next() bool {
	if r.cur != nil {
		r.cur.Release()
		r.cur = nil
	}
	rec, ok := <-r.out
	if ok {
		r.cur = rec
	}
	r.ended = !ok
	return ok
}

func (r *sqliteReader) RecordBatch() arrow.RecordBatch { return r.cur }
func (r *sqliteReader) Record() arrow.RecordBatch      { return r.cur }

// Err is the query's error, known once Next has said false.
func (r *sqliteReader) Err() error {
	if r.ended {
		return r.err
	}
	return nil
}
