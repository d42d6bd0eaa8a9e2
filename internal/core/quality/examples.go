package quality

import (
	"context"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
)

// An Act is what becomes of rows that are shown as examples.
type Act int

// The acts that examples are given of.
const (
	ToInsert Act = actInsert
	ToUpdate Act = actUpdate
)

// An ExampleRow is an accepted row: its line in the file, its key as text ("" for
// rows without key) and its cells as a file would hold them, by column.
type ExampleRow struct {
	Line  int64
	Key   string
	Cells []string
}

// Examples gives up to n rows of the file that will be inserted or updated, in
// the order of the file.
func (w *Workshop) Examples(ctx context.Context, m *Moves, act Act, n int) ([]ExampleRow, error) {
	o := w.object
	from := "staged s" + w.without(m.verdict)
	switch {
	case m.table:
		from = "staged s JOIN moves v ON s._n = v._n WHERE v.act = " + strconv.Itoa(int(act))
	case act == ToUpdate:
		return nil, nil // without comparison every accepted row is an insert
	}
	fields := append([]contract.Field{lineField, {Name: "_key", Kind: contract.KindText, Column: -1}}, o.Fields()...)
	rr, err := w.stream(ctx, fields, "SELECT s._line, "+w.lineKey(o)+" AS _key, "+list("s.", o.Fields())+" FROM "+from+" ORDER BY s._n LIMIT "+strconv.Itoa(n))
	if err != nil {
		return nil, err
	}
	defer rr.Release()
	var out []ExampleRow
	for rr.Next() {
		rec := rr.RecordBatch()
		for i := range int(rec.NumRows()) {
			e := ExampleRow{Line: rec.Column(0).(*array.Int64).Value(i), Cells: make([]string, len(o.Columns))}
			if k := rec.Column(1).(*array.String); k.IsValid(i) {
				e.Key = string([]byte(k.Value(i))) // the record goes, the text stays
			}
			at := 2
			for c := range o.Columns {
				e.Cells[c] = string(CellText(&o.Columns[c], rec, at, i))
				at += len(o.Columns[c].Fields(c))
			}
			out = append(out, e)
		}
	}
	return out, rr.Err()
}

// GoingKeys gives up to n keys that will be withdrawn.
func (w *Workshop) GoingKeys(ctx context.Context, m *Moves, n int) ([]string, error) {
	if m.gone == "" {
		return nil, nil
	}
	rows, err := w.conn.Query(ctx, "SELECT "+KeyTextSQL("e.", w.object.KeyFields())+" FROM ("+m.gone+") e LIMIT "+strconv.Itoa(n))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var keys []string
	for rows.Next() {
		var k string
		if err := rows.Scan(&k); err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, rows.Err()
}

// Knows tells whether a heading is one of an object's, as it stands or folded.
func Knows(o *contract.Object) func(heading string) bool {
	return func(heading string) bool {
		m, err := MapBy(o, []string{heading}, nil)
		if err != nil {
			return true // it is known twice over
		}
		for _, at := range m.Cell {
			if at == 0 {
				return true
			}
		}
		return m.Token == 0
	}
}
