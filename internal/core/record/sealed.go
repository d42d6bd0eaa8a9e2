package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/seal"
)

// Sealed columns (DESIGN §4.12) are encrypted at this store's border: what goes
// into a table is sealed, what comes out of one is in clear, but for a Feed,
// from which the mirror copies rows as they are kept. Equal values are equal
// when sealed, so the tables themselves work as for any column.

// rawField names the cells of quarantine lines in QuarantineSchema.
const rawField = "raw"

// errNoKey is about programs that opened a Truth without keys.
var errNoKey = errors.New("a sealed column and no key to seal it with")

// Seal seals the rows of a stream of an object for those who keep them: the
// truth, the mirror.
func (t *Truth) Seal(obj *contract.Object, rows Stream) Stream {
	return t.recoded(rows, sealedFields(obj), func(s string) (string, error) { return t.texts.Seal(s), nil })
}

// Opened is rows in clear. It owns the reader.
func (t *Truth) Opened(obj *contract.Object, rr array.RecordReader) array.RecordReader {
	return newRecoder(rr, sealedFields(obj), t.texts.Open)
}

// OpenedAnswer is rows with every text opened that is a sealed one: the answer to
// a question over objects whose sealed columns the asker sees in clear. It owns
// the reader.
func (t *Truth) OpenedAnswer(rr array.RecordReader) array.RecordReader {
	var texts []string
	for _, f := range rr.Schema().Fields() {
		if f.Type.ID() == arrow.STRING {
			texts = append(texts, f.Name)
		}
	}
	return newRecoder(rr, texts, func(s string) (string, error) {
		if !seal.Is(s) {
			return s, nil
		}
		if clear, err := t.texts.Open(s); err == nil {
			return clear, nil
		}
		return s, nil // a text of the asker's own
	})
}

// Sighted lets a trace look into what is sealed.
func (t *Truth) Sighted(trace Trace) Trace {
	trace.texts, trace.sealed = t.texts, nil
	if t.texts != nil {
		for _, s := range trace.Texts {
			trace.sealed = append(trace.sealed, t.texts.Seal(s))
		}
	}
	return trace
}

// SealText and OpenText seal what is kept of an object beside its tables.
func (t *Truth) SealText(text string) string { return t.texts.Seal(text) }

// OpenText opens what SealText gave.
func (t *Truth) OpenText(sealed string) (string, error) { return t.texts.Open(sealed) }

// sealLines seals the cells of quarantine lines.
func (t *Truth) sealLines(obj *contract.Object, lines Stream) Stream {
	if !obj.Sealed() {
		return lines
	}
	return t.recoded(lines, []string{rawField}, func(raw string) (string, error) { return t.sealRaw(obj, raw) })
}

func (t *Truth) recoded(rows Stream, fields []string, do func(string) (string, error)) Stream {
	if rows == nil || len(fields) == 0 {
		return rows
	}
	return func() (array.RecordReader, error) {
		rr, err := rows()
		if err != nil {
			return nil, err
		}
		return newRecoder(rr, fields, do), nil
	}
}

func sealedFields(obj *contract.Object) (names []string) {
	for i := range obj.Columns {
		if obj.Columns[i].Sealed {
			names = append(names, obj.Columns[i].Store)
		}
	}
	return names
}

// sealRaw seals the cells of a line, a JSON list, that stand in sealed columns;
// of a line that was not divided by columns, all.
func (t *Truth) sealRaw(obj *contract.Object, raw string) (string, error) {
	return recodeCells(obj, raw, func(cell string, _ bool) (string, error) { return t.texts.Seal(cell), nil })
}

// openRaw gives the cells of a line as they were sent. A cell that is not sealed
// was put there before its column was.
func (t *Truth) openRaw(obj *contract.Object, raw string) (string, error) {
	if !obj.Sealed() {
		return raw, nil
	}
	return recodeCells(obj, raw, func(cell string, known bool) (string, error) {
		if !seal.Is(cell) {
			return cell, nil
		}
		clear, err := t.texts.Open(cell)
		if err != nil && !known { // somebody has sent a text that looks like ours
			return cell, nil
		}
		return clear, err
	})
}

// recodeCells changes the cells that may be sealed; known says that the cell is
// of a sealed column.
func recodeCells(obj *contract.Object, raw string, do func(cell string, known bool) (string, error)) (string, error) {
	var cells []string
	if err := json.Unmarshal([]byte(raw), &cells); err != nil {
		return "", fmt.Errorf("cells of a quarantine line: %w", err)
	}
	whole := len(cells) == len(obj.Columns)
	for i := range cells {
		if whole && !obj.Columns[i].Sealed {
			continue
		}
		var err error
		if cells[i], err = do(cells[i], whole); err != nil {
			return "", err
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(cells)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// A recoder is a reader whose texts in some columns are others than those of the
// reader below, which it owns.
type recoder struct {
	array.RecordReader
	columns []int
	do      func(string) (string, error)
	cur     arrow.RecordBatch
	err     error
	refs    atomic.Int64
}

// newRecoder changes the named columns, as far as the reader has them.
func newRecoder(rr array.RecordReader, fields []string, do func(string) (string, error)) array.RecordReader {
	r := &recoder{RecordReader: rr, do: do}
	r.refs.Store(1)
	for i, f := range rr.Schema().Fields() {
		if slices.Contains(fields, f.Name) {
			r.columns = append(r.columns, i)
		}
	}
	if len(r.columns) == 0 {
		return rr
	}
	return r
}

func (r *recoder) Next() bool {
	r.drop()
	if r.err != nil || !r.RecordReader.Next() {
		return false
	}
	r.cur, r.err = r.recode(r.RecordReader.RecordBatch())
	return r.err == nil
}

func (r *recoder) recode(in arrow.RecordBatch) (arrow.RecordBatch, error) {
	cols := slices.Clone(in.Columns())
	for _, c := range r.columns {
		a, err := r.recodeColumn(cols[c])
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", in.ColumnName(c), err)
		}
		defer a.Release()
		cols[c] = a
	}
	return array.NewRecordBatch(in.Schema(), cols, in.NumRows()), nil
}

func (r *recoder) recodeColumn(in arrow.Array) (arrow.Array, error) {
	texts, ok := in.(*array.String)
	if !ok {
		return nil, fmt.Errorf("%s instead of text", in.DataType())
	}
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	b.Reserve(texts.Len())
	for i := range texts.Len() {
		if texts.IsNull(i) {
			b.AppendNull()
			continue
		}
		s, err := r.do(texts.Value(i))
		if err != nil {
			return nil, err
		}
		b.Append(s)
	}
	return b.NewArray(), nil
}

func (r *recoder) drop() {
	if r.cur != nil {
		r.cur.Release()
		r.cur = nil
	}
}

func (r *recoder) RecordBatch() arrow.RecordBatch { return r.cur }
func (r *recoder) Record() arrow.RecordBatch      { return r.cur }
func (r *recoder) Retain()                        { r.refs.Add(1) }

// Release releases the reader below with its last user.
func (r *recoder) Release() {
	if r.refs.Add(-1) == 0 {
		r.drop()
		r.RecordReader.Release()
	}
}

func (r *recoder) Err() error {
	if r.err != nil {
		return r.err
	}
	return r.RecordReader.Err()
}
