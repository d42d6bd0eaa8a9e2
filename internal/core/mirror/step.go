package mirror

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/crashpoint"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A Step writes one batch into the mirror while the truth writes it too. It
// ends with Commit, after the truth has committed, or with Abandon.
type Step struct {
	t     tables
	conn  *columns.Conn
	seq   int64
	leave func()
	m     *Mirror
	done  bool
	// WithoutHistory is set before Write for contracts that keep none: as in
	// the truth, a withdrawal then leaves only its key.
	WithoutHistory bool
}

// ErrBehind is the key of the fault that Begin returns when the table does not
// stand exactly where the batch begins: Follow first, or leave it to Follow
// afterwards.
const ErrBehind = "mirror.behind"

// Begin opens a step for the batch after from. The table must stand at exactly
// from; a set whose first batch this is gets its table now.
func (m *Mirror) Begin(ctx context.Context, obj *contract.Object, from int64) (*Step, error) {
	leave, err := m.enter(ctx, obj.Dataset)
	if err != nil {
		return nil, err
	}
	s, err := m.begin(ctx, obj, from)
	if err != nil {
		leave()
		return nil, err
	}
	s.leave = leave
	return s, nil
}

func (m *Mirror) begin(ctx context.Context, obj *contract.Object, from int64) (*Step, error) {
	c, err := m.conn(ctx)
	if err != nil {
		return nil, err
	}
	s := &Step{t: of(obj), conn: c, seq: from + 1, m: m}
	err = c.Begin(ctx)
	if err == nil {
		err = s.ready(ctx, from)
	}
	if err != nil {
		return nil, errors.Join(err, c.Rollback(), m.give(c))
	}
	return s, nil
}

// ready checks where the table stands, and makes the first one.
func (s *Step) ready(ctx context.Context, from int64) error {
	have, ok, err := standing(ctx, s.conn, s.t.obj.Dataset)
	switch {
	case err != nil:
		return err
	case !ok && from == 0:
		return s.t.create(ctx, s.conn)
	case !ok || have.seq != from || have.shape != shape(s.t.obj):
		return fault.New(fault.Unavailable, ErrBehind, s.t.obj.Dataset, have.seq, from)
	}
	return nil
}

// Write applies the batch's streams, those of record.Batch; nil streams have
// no rows. It may be called once; after an error only Abandon is left.
func (s *Step) Write(ctx context.Context, inserts, updates, withdraws, reflags record.Stream) error {
	inserts, updates = s.m.truth.Seal(s.t.obj, inserts), s.m.truth.Seal(s.t.obj, updates)
	if err := s.write(ctx, inserts, updates, withdraws, reflags); err != nil {
		return fmt.Errorf("mirror of %s: %w", s.t.obj.Dataset, err)
	}
	return nil
}

func (s *Step) write(ctx context.Context, inserts, updates, withdraws, reflags record.Stream) error {
	if err := s.with(ctx, "_updates", s.numbered(updates), s.update); err != nil {
		return err
	}
	if err := s.with(ctx, "_withdraws", withdraws, s.withdraw); err != nil {
		return err
	}
	crashpoint.Hit(crashpoint.MidMirror)
	// Judgements before inserts: they are about rows that were there.
	if err := s.with(ctx, "_reflags", reflags, s.reflag); err != nil {
		return err
	}
	if inserts == nil {
		return nil
	}
	return s.m.appendAll(ctx, s.conn, s.t.current, s.numbered(inserts))
}

// with hands one stream to fn as a temporary table.
func (s *Step) with(ctx context.Context, name string, rows record.Stream, fn func(ctx context.Context, table string) error) error {
	if rows == nil {
		return nil
	}
	release, err := register(ctx, s.conn, name, rows)
	if err != nil {
		return err
	}
	defer release()
	return fn(ctx, columns.Table{Temp: true, Name: name}.SQL())
}

func (s *Step) update(ctx context.Context, table string) error {
	var err error
	if s.WithoutHistory {
		err = s.t.remove(ctx, s.conn, table)
	} else {
		err = s.t.close(ctx, s.conn, table, s.t.kept, s.seq)
	}
	if err != nil {
		return err
	}
	names := list("", s.t.kept)
	_, err = s.conn.Exec(ctx, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s", s.t.current.SQL(), names, names, table))
	return err
}

func (s *Step) withdraw(ctx context.Context, table string) error {
	kept := s.t.kept
	if s.WithoutHistory {
		kept = append(s.t.obj.KeyFields(), contract.SeqField)
	}
	return s.t.close(ctx, s.conn, table, kept, s.seq)
}

func (s *Step) reflag(ctx context.Context, table string) error {
	_, err := s.conn.Exec(ctx, fmt.Sprintf("UPDATE %s AS t SET _flags = r._flags FROM %s AS r WHERE %s", s.t.current.SQL(), table, s.t.same("t", "r")))
	return err
}

// Commit makes the step visible. seq is the number that the truth gave the
// batch; another than expected means that the rows carry the wrong one, and
// the step is dropped: Follow brings the table up instead.
func (s *Step) Commit(ctx context.Context, seq int64) error {
	if s.done {
		return errors.New("mirror: step has ended")
	}
	if seq != s.seq {
		return errors.Join(fault.New(fault.Unavailable, ErrBehind, s.t.obj.Dataset, s.seq-1, seq-1), s.Abandon())
	}
	if err := stand(ctx, s.conn, s.t.obj, seq); err != nil {
		return errors.Join(err, s.Abandon())
	}
	crashpoint.Hit(crashpoint.MidMirror)
	return errors.Join(s.conn.Commit(ctx), s.end())
}

// Abandon drops the step; the table stands where it stood. After Commit it
// does nothing, so it may be deferred.
func (s *Step) Abandon() error {
	if s.done {
		return nil
	}
	return errors.Join(s.conn.Rollback(), s.end())
}

func (s *Step) end() error {
	s.done = true
	err := s.m.give(s.conn)
	s.leave()
	return err
}

// numbered adds to a batch's rows what the truth adds while writing: the
// batch's number, and for an object without key each row's own; and what is made
// of words here.
func (s *Step) numbered(rows record.Stream) record.Stream {
	if rows == nil {
		return nil
	}
	return func() (array.RecordReader, error) {
		rr, err := rows()
		if err != nil {
			return nil, err
		}
		return spell(number(rr, s.seq, !s.t.obj.HasKey()), s.t.words)
	}
}

// A numberedReader adds to each record the columns that the truth adds.
type numberedReader struct {
	array.RecordReader
	schema *arrow.Schema
	made   []func(place int64) int64 // of each added column, by the row's place in the batch
	gone   int64                     // rows handed out
	now    arrow.RecordBatch
}

// number adds _seq, and _row to rows of an object without key that do not
// bring their number along (an undo's do): batch × 2³² + place, the first
// place being 1, as package record numbers them.
func number(rr array.RecordReader, seq int64, rows bool) *numberedReader {
	r := &numberedReader{RecordReader: rr}
	fields := rr.Schema().Fields()
	add := func(f contract.Field, value func(int64) int64) {
		fields = append(fields, contract.ArrowField(f))
		r.made = append(r.made, value)
	}
	add(contract.SeqField, func(int64) int64 { return seq })
	if rows && !rr.Schema().HasField(contract.RowField.Name) {
		add(contract.RowField, func(place int64) int64 { return seq<<32 + place })
	}
	r.schema = arrow.NewSchema(fields, nil)
	return r
}

func (r *numberedReader) Schema() *arrow.Schema { return r.schema }

func (r *numberedReader) Next() bool {
	r.drop()
	if !r.RecordReader.Next() {
		return false
	}
	rec := r.RecordReader.RecordBatch()
	cols := append([]arrow.Array{}, rec.Columns()...)
	for _, value := range r.made {
		a := int64s(rec.NumRows(), func(i int64) int64 { return value(r.gone + i + 1) })
		defer a.Release()
		cols = append(cols, a)
	}
	r.gone += rec.NumRows()
	r.now = array.NewRecordBatch(r.schema, cols, rec.NumRows())
	return true
}

func (r *numberedReader) RecordBatch() arrow.RecordBatch { return r.now }
func (r *numberedReader) Record() arrow.RecordBatch      { return r.now }

func (r *numberedReader) drop() {
	if r.now != nil {
		r.now.Release()
		r.now = nil
	}
}

func (r *numberedReader) Release() {
	r.drop()
	r.RecordReader.Release()
}

func int64s(n int64, value func(i int64) int64) arrow.Array {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	defer b.Release()
	b.Reserve(int(n))
	for i := range n {
		b.UnsafeAppend(value(i))
	}
	return b.NewArray()
}
