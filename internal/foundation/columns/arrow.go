//go:build duckdb_arrow

package columns

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	bindings "github.com/duckdb/duckdb-go-bindings"
)

// Arrow runs one query and streams its result: rows are made as they are
// read. A record's memory, strings above all, belongs to DuckDB and is gone
// once the record is released. When ctx is cancelled the query is interrupted
// and the reader ends with the context's error. The caller releases the reader
// before it uses the connection again.
//
// Arguments are nil, bool, int, int64, float64, string, []byte or time.Time.
func (c *Conn) Arrow(ctx context.Context, query string, args ...any) (array.RecordReader, error) {
	r, err := c.stream(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// ArrowAs is Arrow with the schema that the caller counts on: columns must
// have its types in its order; names and metadata are taken from it.
func (c *Conn) ArrowAs(ctx context.Context, schema *arrow.Schema, query string, args ...any) (array.RecordReader, error) {
	r, err := c.stream(ctx, query, args)
	if err != nil {
		return nil, err
	}
	if err := r.as(schema); err != nil {
		r.Release()
		return nil, err
	}
	return r, nil
}

func (c *Conn) stream(ctx context.Context, query string, args []any) (*reader, error) {
	stmt, err := prepare(c.raw, query)
	if err != nil {
		return nil, err
	}
	if err := bind(stmt, args); err != nil {
		bindings.DestroyPrepare(&stmt)
		return nil, err
	}
	r := &reader{ctx: ctx, stmt: stmt, stop: watch(ctx, c.raw)}
	r.refs.Store(1)
	if err := r.start(); err != nil {
		r.Release()
		return nil, cause(ctx, err)
	}
	return r, nil
}

// prepare compiles exactly one statement.
func prepare(conn bindings.Connection, query string) (bindings.PreparedStatement, error) {
	var all bindings.ExtractedStatements
	n := bindings.ExtractStatements(conn, query, &all)
	defer bindings.DestroyExtracted(&all)
	if n != 1 {
		if text := bindings.ExtractStatementsError(all); text != "" {
			return bindings.PreparedStatement{}, errors.New(text)
		}
		return bindings.PreparedStatement{}, fmt.Errorf("want one statement, have %d", n)
	}
	var stmt bindings.PreparedStatement
	if bindings.PrepareExtractedStatement(conn, all, 0, &stmt) == bindings.StateError {
		err := errors.New(bindings.PrepareError(stmt))
		bindings.DestroyPrepare(&stmt)
		return bindings.PreparedStatement{}, err
	}
	return stmt, nil
}

func bind(stmt bindings.PreparedStatement, args []any) error {
	if want := int(bindings.NParams(stmt)); want != len(args) {
		return fmt.Errorf("the query has %d parameters, %d arguments given", want, len(args))
	}
	for i, a := range args {
		if err := bindOne(stmt, bindings.IdxT(i+1), a); err != nil {
			return err
		}
	}
	return nil
}

func bindOne(stmt bindings.PreparedStatement, i bindings.IdxT, a any) error {
	var state bindings.State
	switch v := a.(type) {
	case nil:
		state = bindings.BindNull(stmt, i)
	case bool:
		state = bindings.BindBoolean(stmt, i, v)
	case int:
		state = bindings.BindInt64(stmt, i, int64(v))
	case int64:
		state = bindings.BindInt64(stmt, i, v)
	case float64:
		state = bindings.BindDouble(stmt, i, v)
	case string:
		state = bindings.BindVarcharLength(stmt, i, v, bindings.IdxT(len(v)))
	case []byte:
		state = bindings.BindBlob(stmt, i, v)
	case time.Time:
		ts := bindings.NewTimestamp(v.UnixMicro())
		state = bindings.BindTimestamp(stmt, i, ts)
	default:
		return fmt.Errorf("argument %d: cannot bind a %T", i, a)
	}
	if state == bindings.StateError {
		return fmt.Errorf("argument %d: %s", i, bindings.PrepareError(stmt))
	}
	return nil
}

// watch interrupts the connection when ctx ends, again and again until stop is
// called: DuckDB forgets an interrupt that comes just before a query starts.
func watch(ctx context.Context, conn bindings.Connection) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-done:
			return
		case <-ctx.Done():
		}
		again := time.NewTicker(20 * time.Millisecond)
		defer again.Stop()
		for {
			bindings.Interrupt(conn)
			select {
			case <-done:
				return
			case <-again.C:
			}
		}
	}()
	var once sync.Once
	return func() { once.Do(func() { close(done); <-ended }) }
}

// A reader streams one result.
type reader struct {
	ctx     context.Context
	stmt    bindings.PreparedStatement
	res     bindings.Result
	opts    bindings.ArrowOptions
	schema  *arrow.Schema // as DuckDB gives it
	asked   *arrow.Schema // as the caller wants it named; nil = schema
	stop    func()
	started bool
	ended   bool
	refs    atomic.Int64
	current arrow.RecordBatch
	err     error
}

func (r *reader) start() error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	var pending bindings.PendingResult
	defer bindings.DestroyPending(&pending)
	// Marked deprecated in DuckDB's C interface for years, and still the only
	// way to stream.
	if bindings.PendingPreparedStreaming(r.stmt, &pending) == bindings.StateError {
		return errors.New(bindings.PendingError(pending))
	}
	r.started = true
	if bindings.ExecutePending(pending, &r.res) == bindings.StateError {
		return errors.New(bindings.ResultError(&r.res))
	}
	return r.describe()
}

// describe asks DuckDB for the Arrow schema of the result.
func (r *reader) describe() error {
	r.opts = bindings.ResultGetArrowOptions(&r.res)
	n := bindings.ColumnCount(&r.res)
	names, types := make([]string, n), make([]bindings.LogicalType, n)
	for i := range n {
		names[i], types[i] = bindings.ColumnName(&r.res, i), bindings.ColumnLogicalType(&r.res, i)
	}
	defer func() {
		for i := range types {
			bindings.DestroyLogicalType(&types[i])
		}
	}()
	var data bindings.ErrorData
	r.schema, data = bindings.NewArrowSchema(r.opts, types, names)
	return errorOf(data)
}

func (r *reader) as(want *arrow.Schema) error {
	if want.NumFields() != r.schema.NumFields() {
		return fmt.Errorf("the query gives %d columns, %d wanted", r.schema.NumFields(), want.NumFields())
	}
	for i, f := range want.Fields() {
		if got := r.schema.Field(i).Type; !arrow.TypeEqual(got, f.Type) {
			return fmt.Errorf("column %s is a %s, wanted a %s", f.Name, got, f.Type)
		}
	}
	r.asked = want
	return nil
}

func (r *reader) Schema() *arrow.Schema {
	if r.asked != nil {
		return r.asked
	}
	return r.schema
}

func (r *reader) Next() bool {
	r.drop()
	if r.err != nil || r.ended {
		return false
	}
	if err := r.ctx.Err(); err != nil {
		r.err = err
		return false
	}
	chunk := bindings.FetchChunk(r.res)
	if chunk.Ptr == nil {
		r.ended = true
		if text := bindings.ResultError(&r.res); text != "" {
			r.err = cause(r.ctx, errors.New(text))
		}
		return false
	}
	defer bindings.DestroyDataChunk(&chunk)
	rec, data := bindings.DataChunkToArrowArray(r.opts, r.schema, chunk)
	if err := errorOf(data); err != nil {
		r.err = err
		return false
	}
	r.current = rec
	if r.asked != nil {
		r.current = array.NewRecordBatch(r.asked, rec.Columns(), rec.NumRows())
		rec.Release()
	}
	return true
}

func (r *reader) drop() {
	if r.current != nil {
		r.current.Release()
		r.current = nil
	}
}

func (r *reader) RecordBatch() arrow.RecordBatch { return r.current }
func (r *reader) Record() arrow.RecordBatch      { return r.current }
func (r *reader) Err() error                     { return r.err }
func (r *reader) Retain()                        { r.refs.Add(1) }

func (r *reader) Release() {
	if r.refs.Add(-1) != 0 {
		return
	}
	r.drop()
	r.stop()
	if r.opts.Ptr != nil {
		bindings.DestroyArrowOptions(&r.opts)
	}
	if r.started {
		bindings.DestroyResult(&r.res)
	}
	bindings.DestroyPrepare(&r.stmt)
}

func errorOf(data bindings.ErrorData) error {
	defer bindings.DestroyErrorData(&data)
	if bindings.ErrorDataHasError(data) {
		return errors.New(bindings.ErrorDataMessage(data))
	}
	return nil
}
