package mirror

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// Rows are the answer of a read: a stream over one snapshot of the mirror. The
// caller releases it; a record's texts are gone once the record is released.
type Rows struct {
	array.RecordReader
	Seq int64 // batch that the table had reached; 0 for a question over several

	close func()
}

// Release ends the read and gives its connection back.
func (r *Rows) Release() {
	r.RecordReader.Release()
	r.close()
}

// ErrRebuilding is the key of the fault that reads return while an object has
// no table in its present shape, or one that has not reached what was asked
// for: point reads and short lists come from the truth meanwhile.
const ErrRebuilding = "mirror.rebuilding"

// snapshot opens a connection whose reads all see one state, and says where
// the object stands in it.
func (m *Mirror) snapshot(ctx context.Context, obj *contract.Object) (*columns.Conn, int64, error) {
	c, s, err := m.snapshotOf(ctx, obj)
	return c, s.seq, err
}

func (m *Mirror) snapshotOf(ctx context.Context, obj *contract.Object) (*columns.Conn, state, error) {
	c, err := m.conn(ctx)
	if err != nil {
		return nil, state{}, err
	}
	if err := c.Begin(ctx); err != nil {
		return nil, state{}, errors.Join(err, m.give(c))
	}
	s, ok, err := standing(ctx, c, obj.Dataset)
	if err == nil && (!ok || s.shape != shape(obj)) {
		err = fault.New(fault.Unavailable, ErrRebuilding, obj.Dataset)
	}
	if err != nil {
		return nil, state{}, errors.Join(err, m.finish(c))
	}
	return c, s, nil
}

// finish ends a read: there is nothing to keep of its transaction.
func (m *Mirror) finish(c *columns.Conn) error { return errors.Join(c.Rollback(), m.give(c)) }

// stream runs a query on a snapshot and hands the connection to its reader.
func (m *Mirror) stream(ctx context.Context, c *columns.Conn, seq int64, schema *arrow.Schema, query string, args ...any) (*Rows, error) {
	rr, err := c.ArrowAs(ctx, schema, query, args...)
	if err != nil {
		return nil, errors.Join(err, m.finish(c))
	}
	var once sync.Once
	return &Rows{RecordReader: rr, Seq: seq, close: func() { once.Do(func() { _ = m.finish(c) }) }}, nil
}

// Existing streams what classification joins with, the columns of
// record.ExistingFields of every current row. ok is false when the table does
// not stand exactly at the truth's head; then the truth must be asked.
func (m *Mirror) Existing(ctx context.Context, obj *contract.Object) (rows *Rows, ok bool, err error) {
	head, _, err := m.truth.Head(ctx, obj.Contract)
	if err != nil {
		return nil, false, err
	}
	c, seq, err := m.snapshot(ctx, obj)
	if fault.Is(err, ErrRebuilding) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	if seq != head {
		return nil, false, m.finish(c)
	}
	fields := record.ExistingFields(obj)
	rows, err = m.stream(ctx, c, seq, contract.ArrowSchema(fields), fmt.Sprintf("SELECT %s FROM %s", list("", fields), of(obj).current.SQL()))
	if err != nil {
		return nil, false, err
	}
	rows.RecordReader = m.truth.Opened(obj, rows.RecordReader)
	return rows, true, nil
}

// A Digest tells whether two copies hold the same rows, whatever their order.
type Digest struct {
	Rows, Closed       int64
	RowsSum, ClosedSum uint64
}

// Digest sums up an object's table and the batch it stands at.
func (m *Mirror) Digest(ctx context.Context, obj *contract.Object) (d Digest, seq int64, err error) {
	c, seq, err := m.snapshot(ctx, obj)
	if err != nil {
		return d, 0, err
	}
	defer func() { err = errors.Join(err, m.finish(c)) }()
	t := of(obj)
	d.Rows, d.RowsSum, err = sumQuery(ctx, c, "SELECT _seq, _hash, _flags, _nil FROM "+t.current.SQL())
	if err != nil {
		return d, 0, err
	}
	d.Closed, d.ClosedSum, err = sumQuery(ctx, c, "SELECT _seq, _hash, _flags, _nil, _end FROM "+t.history.SQL())
	return d, seq, err
}

// TruthDigest sums up the same of the truth, through its own streams.
func (m *Mirror) TruthDigest(ctx context.Context, obj *contract.Object) (d Digest, seq int64, err error) {
	feed, err := m.truth.Follow(ctx, obj)
	if err != nil {
		return d, 0, err
	}
	defer feed.Close()
	rows, err := feed.Rows(0)
	if err != nil {
		return d, 0, err
	}
	d.Rows, d.RowsSum, err = sum(rows)
	rows.Release()
	if err != nil {
		return d, 0, err
	}
	closed, err := feed.History(0)
	if err != nil {
		return d, 0, err
	}
	defer closed.Release()
	d.Closed, d.ClosedSum, err = sum(closed)
	return d, feed.Seq, err
}

func sumQuery(ctx context.Context, c *columns.Conn, query string) (int64, uint64, error) {
	rr, err := c.Arrow(ctx, query)
	if err != nil {
		return 0, 0, err
	}
	defer rr.Release()
	return sum(rr)
}

// sum adds up a hash of each row's system fields: _hash stands for the values,
// the others for what two copies could disagree about beside them.
func sum(rr array.RecordReader) (rows int64, total uint64, err error) {
	for rr.Next() {
		rec := rr.RecordBatch()
		cells := make([]cell, 0, 5)
		for _, name := range []string{"_seq", "_hash", "_flags", "_nil", "_end"} {
			at := rec.Schema().FieldIndices(name)
			if len(at) == 1 {
				cells = append(cells, cellOf(rec.Column(at[0])))
			}
		}
		for i := range int(rec.NumRows()) {
			h := fnv.New64a()
			for _, c := range cells {
				c(h.Write, i)
			}
			total += h.Sum64()
		}
		rows += rec.NumRows()
	}
	return rows, total, rr.Err()
}

// A cell writes one value of a column, told apart from what stands beside it.
type cell func(write func([]byte) (int, error), row int)

func cellOf(a arrow.Array) cell {
	bytes := func(int) []byte { return nil }
	switch a := a.(type) {
	case *array.Int64:
		bytes = func(i int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(a.Value(i))) }
	case *array.String:
		bytes = func(i int) []byte { return []byte(a.Value(i)) }
	case *array.Binary:
		bytes = a.Value
	}
	return func(write func([]byte) (int, error), i int) {
		if a.IsNull(i) {
			_, _ = write([]byte{0})
			return
		}
		_, _ = write([]byte{1})
		_, _ = write(bytes(i))
	}
}
