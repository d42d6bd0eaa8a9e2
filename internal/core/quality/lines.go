package quality

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/geojson"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/jsontext"
	"github.com/phohien/phohien/viet"
)

// Lines gives the rejected rows in the order of the file, in the given schema:
// line, key, raw cells as a JSON list in the order of the object's columns, and
// the ids of the broken rules (record.QuarantineSchema).
func (w *Workshop) Lines(ctx context.Context, p *Program, v *Verdict, schema *arrow.Schema) (array.RecordReader, error) {
	o := p.Object
	fields := []contract.Field{lineField, {Name: "_key", Kind: contract.KindText, Column: -1}}
	fields = append(fields, o.Fields()...)
	fields = append(fields, wasField)
	query := "SELECT s._line, " + w.lineKey(o) + " AS _key, " + list("s.", o.Fields()) + ", s._was"
	for i := range v.words {
		m := "_m" + strconv.Itoa(i)
		fields = append(fields, contract.Field{Name: m, Kind: contract.KindInteger, Column: -1})
		query += ", r." + m
	}
	query += " FROM staged s JOIN verdict r ON s._n = r._n WHERE " + v.rejects("r.") + " ORDER BY s._n"
	rr, err := w.stream(ctx, fields, query)
	if err != nil {
		return nil, err
	}
	l := &lines{RecordReader: rr, program: p, words: v.words, schema: schema}
	return l, nil
}

func (w *Workshop) lineKey(o *contract.Object) string {
	if !o.HasKey() {
		return "CAST(NULL AS VARCHAR)"
	}
	return "CASE WHEN " + present("s.", o.KeyFields()) + " THEN " + KeyTextSQL("s.", o.KeyFields()) + " END"
}

// lines turns rejected rows into quarantine lines, block by block.
type lines struct {
	array.RecordReader
	program *Program
	words   int
	schema  *arrow.Schema
	cur     arrow.RecordBatch
	raw     []byte
	err     error
}

func (l *lines) Schema() *arrow.Schema { return l.schema }

func (l *lines) Next() bool {
	l.drop()
	if l.err != nil || !l.RecordReader.Next() {
		return false
	}
	l.cur, l.err = l.convert(l.RecordReader.RecordBatch())
	return l.err == nil
}

func (l *lines) drop() {
	if l.cur != nil {
		l.cur.Release()
		l.cur = nil
	}
}

func (l *lines) RecordBatch() arrow.RecordBatch { return l.cur }
func (l *lines) Record() arrow.RecordBatch      { return l.cur }
func (l *lines) Release()                       { l.drop(); l.RecordReader.Release() }
func (l *lines) Err() error {
	if l.err != nil {
		return l.err
	}
	return l.RecordReader.Err()
}

func (l *lines) convert(in arrow.RecordBatch) (arrow.RecordBatch, error) {
	o := l.program.Object
	b := array.NewRecordBuilder(memory.DefaultAllocator, l.schema)
	defer b.Release()
	n := int(in.NumRows())
	b.Reserve(n)
	line, key := in.Column(0).(*array.Int64), in.Column(1).(*array.String)
	was := in.Column(2 + len(o.Fields())).(*array.String)
	words := make([]*array.Int64, l.words)
	for i := range words {
		words[i] = in.Column(3 + len(o.Fields()) + i).(*array.Int64)
	}
	for i := range n {
		b.Field(0).(*array.Int64Builder).Append(line.Value(i))
		if key.IsNull(i) {
			b.Field(1).AppendNull()
		} else {
			b.Field(1).(*array.StringBuilder).Append(key.Value(i))
		}
		raw, err := l.cells(in, i, was)
		if err != nil {
			return nil, err
		}
		b.Field(2).(*array.StringBuilder).BinaryBuilder.Append(raw)
		b.Field(3).(*array.StringBuilder).Append(l.broken(words, i))
	}
	return b.NewRecordBatch(), nil
}

// broken names the rules that row i breaks.
func (l *lines) broken(words []*array.Int64, i int) string {
	var ids []string
	for r := range l.program.Rules {
		if uint64(words[r/wordBits].Value(i))&(1<<(r%wordBits)) != 0 {
			ids = append(ids, l.program.Rules[r].ID)
		}
	}
	return strings.Join(ids, " ")
}

// cells gives a row's cells as they were sent: those that CellText does not give
// back are kept in _was.
func (l *lines) cells(in arrow.RecordBatch, i int, was *array.String) ([]byte, error) {
	var sent map[string]json.RawMessage
	if was.IsValid(i) {
		if err := json.Unmarshal([]byte(was.Value(i)), &sent); err != nil {
			return nil, err
		}
		if whole, ok := sent["*"]; ok {
			return whole, nil
		}
	}
	o := l.program.Object
	out := append(l.raw[:0], '[')
	at := 2
	for c := range o.Columns {
		if c > 0 {
			out = append(out, ',')
		}
		if raw, ok := sent[strconv.Itoa(c)]; ok {
			out = append(out, raw...)
		} else {
			var err error
			if out, err = jsontext.AppendString(out, string(CellText(&o.Columns[c], in, at, i))); err != nil {
				return nil, err
			}
		}
		at += len(o.Columns[c].Fields(c))
	}
	l.raw = append(out, ']')
	return l.raw, nil
}

// CellText writes a typed value as a file would hold it, "" for null; at is the
// place of the column's first field in the record. A moment is written in the
// time of Viet Nam.
func CellText(c *contract.Column, rec arrow.RecordBatch, at, i int) []byte {
	a := rec.Column(at)
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.Int64:
		return viet.AppendInteger(nil, a.Value(i))
	case *array.Decimal128:
		return viet.AppendDecimal(nil, int64(a.Value(i).LowBits()), c.Scale)
	case *array.Float64:
		return viet.AppendFloat(nil, a.Value(i))
	case *array.Boolean:
		return viet.AppendBool(nil, a.Value(i))
	case *array.Date32:
		return viet.AppendDate(nil, viet.Date(a.Value(i)))
	case *array.Timestamp:
		return viet.AppendTime(nil, int64(a.Value(i)))
	case *array.Binary:
		return geometryText(a.Value(i))
	case *array.String:
		if c.Type == contract.File {
			return fileText(rec, at, i)
		}
		return []byte(a.Value(i))
	}
	return nil
}

func geometryText(b []byte) []byte {
	g, err := wkb.Unmarshal(b)
	if err != nil {
		return nil // written by ourselves: cannot happen
	}
	text, err := geojson.NewGeometry(g).MarshalJSON()
	if err != nil {
		return nil
	}
	return text
}

func fileText(rec arrow.RecordBatch, at, i int) []byte {
	text := func(k int) string { return rec.Column(at + k).(*array.String).Value(i) }
	b, err := json.Marshal(FileRef{SHA256: text(0), Name: text(1), MediaType: text(2), Bytes: rec.Column(at + 3).(*array.Int64).Value(i)})
	if err != nil {
		return nil // plain strings and a number: cannot happen
	}
	return b
}
