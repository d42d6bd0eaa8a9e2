package mirror

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/phohien/phohien/internal/foundation/columns"
)

// Short answers of questions in SQL are kept and shared as figures are, see
// [answers]: by the states of all tables that are named and by the question as
// it is asked of them, which says what the asker may see. Left out are questions
// that ask for the time or for chance, that name no table, or that open sealed
// texts, which are kept nowhere in clear.

// longest is how many bytes of an answer are kept at most. Who asks for more
// gets a stream of their own.
const longest = 1 << 20

// A keptAnswer is a short answer, in Arrow's stream format: each reader reads their own
// copy.
type keptAnswer []byte

func (k keptAnswer) size() int64 { return int64(len(k)) }

// errLong is the end of a flight whose answer nobody can share.
var errLong = errors.New("mirror: the answer is too long to be kept")

// answerKeyOf names a question over tables in their states.
func answerKeyOf(names, states []string, sql string, o QueryOptions) answerKey {
	var b strings.Builder
	fmt.Fprintf(&b, "sql %+v %d", o, len(names))
	for i, name := range names {
		fmt.Fprintf(&b, " %d %s%d %s", len(name), name, len(states[i]), states[i])
	}
	b.WriteString(sql)
	return sha256.Sum256([]byte(b.String()))
}

// together answers a question for all who ask the same of the same states. The
// connection goes back to the mirror with the answer, or at once where there is
// one already.
func (m *Mirror) together(ctx context.Context, c *columns.Conn, names, states []string, sql string, o QueryOptions) (*Answer, error) {
	var own *Answer // of who asked first, when it is too long
	v, err := m.answers.do(ctx, names, answerKeyOf(names, states, sql, o), func() (k sized, err error) {
		k, own, err = m.gather(ctx, c, sql, o)
		return k, err
	})
	switch {
	case own != nil:
		return own, nil
	case errors.Is(err, errLong):
		return m.alone(ctx, c, sql, o)
	case err != nil:
		return nil, err
	}
	rr, err := ipc.NewReader(bytes.NewReader(v.(keptAnswer)))
	if err != nil {
		return nil, fmt.Errorf("kept answer: %w", err)
	}
	_ = m.finish(c) // only read
	return &Answer{reader: rr, ctx: ctx, o: o, close: func() {}}, nil
}

// alone streams the answer of one question.
func (m *Mirror) alone(ctx context.Context, c *columns.Conn, sql string, o QueryOptions) (*Answer, error) {
	r, err := begin(ctx, c, sql, o)
	if err != nil {
		return nil, err
	}
	return r.answer(m, c), nil
}

// A run is a question while the engine answers it.
type run struct {
	array.RecordReader
	ctx  context.Context
	stop context.CancelFunc
	o    QueryOptions
}

// begin lets the engine answer a question, within its limits.
func begin(ctx context.Context, c *columns.Conn, sql string, o QueryOptions) (*run, error) {
	limited, stop := limit(ctx, o)
	rr, err := c.Arrow(limited, sql)
	if err != nil {
		err = explain(limited, err, o)
		stop()
		return nil, err
	}
	return &run{rr, limited, stop, o}, nil
}

// answer hands a run with its connection to a reader.
func (r *run) answer(m *Mirror, c *columns.Conn) *Answer {
	return &Answer{reader: r.RecordReader, ctx: r.ctx, o: r.o, close: sync.OnceFunc(func() { r.stop(); _ = m.finish(c) })}
}

func (r *run) end() {
	r.Release()
	r.stop()
}

// gather reads an answer to its end, or gives it back as far as it has come with
// errLong.
func (m *Mirror) gather(ctx context.Context, c *columns.Conn, sql string, o QueryOptions) (k keptAnswer, own *Answer, err error) {
	r, err := begin(ctx, c, sql, o)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if own == nil {
			r.end()
		}
	}()
	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(r.Schema()))
	rows := int64(0)
	// One record behind the limit is kept too: it says that there are more.
	for rows <= o.Rows && b.Len() <= longest && r.Next() {
		rec := r.RecordBatch()
		if err := w.Write(rec); err != nil { // a type that the format has not
			return nil, nil, errLong
		}
		rows += rec.NumRows()
	}
	if err := r.Err(); err != nil {
		return nil, nil, explain(r.ctx, err, o)
	}
	if err := w.Close(); err != nil {
		return nil, nil, fmt.Errorf("keeping an answer: %w", err)
	}
	if b.Len() <= longest {
		return b.Bytes(), nil, nil
	}
	first, err := ipc.NewReader(&b)
	if err != nil {
		return nil, nil, fmt.Errorf("keeping an answer: %w", err)
	}
	r.RecordReader = &followed{first: first, then: r.RecordReader}
	return nil, r.answer(m, c), errLong
}

// A followed reader gives what was read ahead, and then the rest.
type followed struct {
	first, then array.RecordReader
	rest        bool
}

func (f *followed) Retain() { f.first.Retain(); f.then.Retain() }

func (f *followed) Release() { f.first.Release(); f.then.Release() }

func (f *followed) Schema() *arrow.Schema { return f.then.Schema() }

func (f *followed) Next() bool {
	if !f.rest && f.first.Next() {
		return true
	}
	f.rest = true
	return f.first.Err() == nil && f.then.Next()
}

func (f *followed) now() array.RecordReader {
	if f.rest {
		return f.then
	}
	return f.first
}

func (f *followed) RecordBatch() arrow.RecordBatch { return f.now().RecordBatch() }

// Record implements array.RecordReader.
//
// Deprecated: Use RecordBatch.
func (f *followed) Record() arrow.RecordBatch { return f.RecordBatch() }

func (f *followed) Err() error {
	if err := f.first.Err(); err != nil {
		return err
	}
	return f.then.Err()
}
