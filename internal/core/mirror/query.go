package mirror

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// QueryOptions limit a question.
type QueryOptions struct {
	Rows    int64         // rows to answer at most; 0 = DefaultRows
	Timeout time.Duration // for the whole answer, reading included; 0 = DefaultTimeout
	Memory  int64         // bytes that the process may grow by meanwhile; 0 = DefaultMemory
}

// Limits of a question that names none.
const (
	DefaultRows    = 100_000
	DefaultTimeout = 30 * time.Second
	DefaultMemory  = 2 << 30
)

// Datasets checks a question and returns the addresses it names, so that the
// caller can bring them up first. known says which names are data sets that
// the asker may read; any other table, function or statement is refused with a
// fault that says what is allowed.
func (m *Mirror) Datasets(ctx context.Context, sql string, known func(address string) bool) (addresses []string, err error) {
	q, err := m.Look(ctx, sql, known)
	return q.Tables, err
}

// Look is Datasets that says more of the question.
func (m *Mirror) Look(ctx context.Context, sql string, known func(address string) bool) (q columns.Question, err error) {
	c, err := m.conn(ctx)
	if err != nil {
		return q, err
	}
	defer func() { _ = m.give(c) }() // only read
	return c.Look(ctx, sql, known)
}

// Query answers one SELECT over data sets, named by address in double quotes.
// Each is what its view shows, and no more. It is checked as by Datasets,
// whoever checked it before. A data set that the
// mirror does not have yet is Unavailable. The caller releases the answer.
func (m *Mirror) Query(ctx context.Context, sql string, views Views, o QueryOptions) (*Answer, error) {
	return m.query(ctx, sql, views.has, views, o)
}

// QueryWhole is Query for the platform's own questions, over all rows of the
// data sets that known allows. No door hands its answers to anybody.
func (m *Mirror) QueryWhole(ctx context.Context, sql string, known func(address string) bool, o QueryOptions) (*Answer, error) {
	return m.query(ctx, sql, known, nil, o)
}

func (m *Mirror) query(ctx context.Context, sql string, known func(string) bool, views Views, o QueryOptions) (*Answer, error) {
	o = o.filled()
	for _, v := range views {
		if err := m.knowHolds(ctx, v); err != nil {
			return nil, err
		}
	}
	c, err := m.conn(ctx)
	if err != nil {
		return nil, err
	}
	a, err := m.ask(ctx, c, sql, known, views, o)
	if err != nil {
		return nil, errors.Join(err, m.finish(c))
	}
	return a, nil
}

func (o QueryOptions) filled() QueryOptions {
	if o.Rows <= 0 {
		o.Rows = DefaultRows
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Memory <= 0 {
		o.Memory = DefaultMemory
	}
	return o
}

func (m *Mirror) ask(ctx context.Context, c *columns.Conn, sql string, known func(string) bool, views Views, o QueryOptions) (*Answer, error) {
	q, err := c.Look(ctx, sql, known)
	if err != nil {
		return nil, err
	}
	names := q.Tables
	if err := c.Begin(ctx); err != nil {
		return nil, err
	}
	states := make([]string, len(names))
	for i, name := range names {
		s, ok, err := standing(ctx, c, name)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fault.New(fault.Unavailable, ErrRebuilding, name)
		}
		states[i] = s.made
	}
	sealed := sealedNames(names, views)
	if len(sealed) > 0 {
		if sql, err = sealQuestion(ctx, c, m.truth, sql, sealed); err != nil {
			return nil, err
		}
	}
	if sql, err = m.veiled(ctx, c, sql, names, views); err != nil {
		return nil, err
	}
	var a *Answer
	if q.Steady && len(names) > 0 && len(sealed) == 0 {
		a, err = m.together(ctx, c, names, states, sql, o)
	} else {
		a, err = m.alone(ctx, c, sql, o)
	}
	if err != nil {
		return nil, err
	}
	if len(sealed) > 0 {
		a.reader = m.truth.OpenedAnswer(a.reader)
	}
	for _, name := range names {
		if v := views[name]; v != nil && v.SeenRows != nil {
			a.seen = append(a.seen, v.SeenRows)
		}
	}
	return a, nil
}

// The reasons for which a question is stopped.
var (
	errSlow   = errors.New("question takes too long")
	errGreedy = errors.New("question takes too much memory")
)

// limit stops a question that takes too long or makes the process grow too
// much. DuckDB's own limit counts its tables and joins, but not the memory of
// single long values, which a recursion can double at each step.
func limit(ctx context.Context, o QueryOptions) (context.Context, context.CancelFunc) {
	timed, cancel := context.WithTimeoutCause(ctx, o.Timeout, errSlow)
	watched, stop := context.WithCancelCause(timed)
	ended := make(chan struct{})
	begin := resident()
	go func() {
		defer close(ended)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-watched.Done():
				return
			case <-tick.C:
				if begin > 0 && resident()-begin > o.Memory {
					stop(errGreedy)
					return
				}
			}
		}
	}()
	return watched, func() { stop(context.Canceled); cancel(); <-ended }
}

// resident returns the bytes that the process holds, 0 where the system does
// not tell.
func resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// explain turns what stopped a question into a fault: what DuckDB says about a
// statement that the guard let through is about the asker's SQL.
func explain(ctx context.Context, err error, o QueryOptions) error {
	text := err.Error()
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errSlow):
		return fault.New(fault.TooLarge, "query.timeout", o.Timeout.String()).Because(err)
	case errors.Is(cause, errGreedy), outOfMemory(err):
		return fault.New(fault.TooLarge, "query.memory").Because(err)
	case cause != nil:
		return cause
	case strings.HasPrefix(text, "INTERNAL Error"), strings.HasPrefix(text, "FATAL Error"), strings.HasPrefix(text, "IO Error"):
		return err
	}
	first, _, _ := strings.Cut(text, "\n")
	return fault.New(fault.Invalid, "query.wrong", first).Because(err)
}

func outOfMemory(err error) bool { return strings.HasPrefix(err.Error(), "Out of Memory Error") }

// An Answer streams the rows of a question, at most as many as its limit.
type Answer struct {
	reader array.RecordReader
	ctx    context.Context
	o      QueryOptions
	close  func()
	seen   []func(rows int64) // told of the rows that are handed out

	rows int64
	more bool
	now  arrow.RecordBatch
}

// Schema names the answer's columns.
func (a *Answer) Schema() *arrow.Schema { return a.reader.Schema() }

// Next goes to the next record.
func (a *Answer) Next() bool {
	a.drop()
	if a.more || !a.reader.Next() {
		return false
	}
	a.now = a.reader.RecordBatch()
	a.now.Retain()
	if left := a.o.Rows - a.rows; a.now.NumRows() > left {
		a.more = true
		part := a.now.NewSlice(0, left)
		a.now.Release()
		a.now = part
	}
	a.rows += a.now.NumRows()
	for _, tell := range a.seen {
		tell(a.now.NumRows())
	}
	return a.now.NumRows() > 0
}

// RecordBatch is the record that Next went to; its texts are gone with the
// next call of Next.
func (a *Answer) RecordBatch() arrow.RecordBatch { return a.now }

// More reports, after the last record, whether the limit cut rows off.
func (a *Answer) More() bool { return a.more }

// Err tells why the answer ended early.
func (a *Answer) Err() error {
	if err := a.reader.Err(); err != nil {
		return explain(a.ctx, err, a.o)
	}
	return nil
}

func (a *Answer) drop() {
	if a.now != nil {
		a.now.Release()
		a.now = nil
	}
}

// Release ends the question.
func (a *Answer) Release() {
	a.drop()
	a.reader.Release()
	a.close()
}
