package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
)

// What is gathered before it is written: rows and bytes of a batch, rows and
// bytes of a row group of Parquet. A group stands in memory until it is full.
const (
	batchRows  = 8 << 10
	batchBytes = 4 << 20
	groupRows  = 128 << 10
	groupBytes = 32 << 20
)

// table is a Writer of typed columns.
type table struct {
	fields  []string
	columns []column
	builder *array.RecordBuilder
	rows    int
	bytes   int // of texts and shapes in the batch, about
	sink    sink
}

// A sink takes batches of rows.
type sink interface {
	write(batch arrow.RecordBatch) error
	close() error
}

// newTable begins a file of typed columns. A column that the view masks is text:
// what the mask leaves is no number and no day any more.
func newTable(k Kind, w io.Writer, v *record.View, o Options) (Writer, error) {
	t := &table{fields: o.Fields}
	var fields []arrow.Field
	geo := ""
	for _, name := range o.Fields {
		i := v.Object().Column(name)
		c := columnOf(&v.Object().Columns[i], v.Clear(i))
		if c.shape && geo == "" {
			geo = name
		}
		t.columns = append(t.columns, c)
		fields = append(fields, c.field)
	}
	schema, err := schemaOf(fields, o, geo)
	if err != nil {
		return nil, err
	}
	t.builder = array.NewRecordBuilder(memory.DefaultAllocator, schema)
	if k == Arrow {
		t.sink = ipcSink{ipc.NewWriter(w, ipc.WithSchema(schema))}
		return t, nil
	}
	t.sink, err = newParquet(w, schema)
	return t, err
}

// schemaOf is the schema of a file with whose data it holds.
func schemaOf(fields []arrow.Field, o Options, geo string) (*arrow.Schema, error) {
	var names, values []string
	for _, m := range o.Source.members(o.Language) {
		names, values = append(names, "phohien."+m.name), append(values, m.value)
	}
	if geo != "" { // GeoParquet 1.1; longitude, latitude (OGC:CRS84) is what it takes for granted
		about, err := json.Marshal(map[string]any{"version": "1.1.0", "primary_column": geo,
			"columns": map[string]any{geo: map[string]any{"encoding": "WKB", "geometry_types": []string{}}}})
		if err != nil {
			return nil, err
		}
		names, values = append(names, "geo"), append(values, string(about))
	}
	meta := arrow.NewMetadata(names, values)
	return arrow.NewSchema(fields, &meta), nil
}

// Row adds a record.
func (t *table) Row(row record.Row) error {
	for i, name := range t.fields {
		b := t.builder.Field(i)
		v := row.Values[name]
		if v == nil {
			b.AppendNull()
			continue
		}
		n, err := t.columns[i].add(b, v)
		if err != nil {
			return fmt.Errorf("column %s: %w", name, err)
		}
		t.bytes += n
	}
	t.rows++
	if t.rows < batchRows && t.bytes < batchBytes {
		return nil
	}
	return t.flush()
}

// flush writes the rows gathered.
func (t *table) flush() error {
	if t.rows == 0 {
		return nil
	}
	batch := t.builder.NewRecordBatch()
	defer batch.Release()
	t.rows, t.bytes = 0, 0
	return t.sink.write(batch)
}

// Close writes what is left and the end of the file.
func (t *table) Close() error {
	defer t.builder.Release()
	return errors.Join(t.flush(), t.sink.close())
}

// Cancel leaves the file without its end, so that nobody takes it for whole.
func (t *table) Cancel() error {
	t.builder.Release()
	return nil
}

// ipcSink is an Arrow stream.
type ipcSink struct{ w *ipc.Writer }

func (s ipcSink) write(batch arrow.RecordBatch) error { return s.w.Write(batch) }
func (s ipcSink) close() error                        { return s.w.Close() }

// parquetSink is a Parquet file.
type parquetSink struct {
	w    *pqarrow.FileWriter
	rows int64 // of the group that is open
}

func newParquet(w io.Writer, schema *arrow.Schema) (*parquetSink, error) {
	props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd), parquet.WithMaxRowGroupLength(groupRows), parquet.WithCreatedBy("Phố Hiến"))
	// What the writer closes at its end is not ours to close.
	fw, err := pqarrow.NewFileWriter(schema, struct{ io.Writer }{w}, props, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	return &parquetSink{w: fw}, err
}

func (s *parquetSink) write(batch arrow.RecordBatch) error {
	if s.rows >= groupRows || s.rows > 0 && s.w.RowGroupTotalBytesWritten() >= groupBytes {
		s.w.NewBufferedRowGroup()
		s.rows = 0
	}
	s.rows += batch.NumRows()
	return s.w.WriteBuffered(batch)
}

func (s *parquetSink) close() error { return s.w.Close() }

// A column says how values of a field become those of a typed column. add takes
// a value in the JSON form of docs/types.md and tells about how long it is.
type column struct {
	field arrow.Field
	shape bool // a geometry
	add   func(b array.Builder, v any) (int, error)
}

// Metadata of fields that are more than their type says.
const (
	extensionName = "ARROW:extension:name"
	titleName     = "phohien.title"
	kindName      = "phohien.kind"
)

func columnOf(c *contract.Column, clear bool) column {
	keys, values := []string{titleName}, []string{c.Title}
	mark := func(key, value string) { keys, values = append(keys, key), append(values, value) }
	out := column{field: arrow.Field{Name: c.Name, Type: arrow.BinaryTypes.String, Nullable: true}, add: addText}
	switch {
	case !clear:
		mark(kindName, "masked")
	case c.Type == contract.Integer:
		out.field.Type, out.add = arrow.PrimitiveTypes.Int64, addInteger
	case c.Type == contract.Decimal:
		out.field.Type, out.add = &arrow.Decimal128Type{Precision: int32(c.Precision), Scale: int32(c.Scale)}, addText
	case c.Type == contract.Float:
		out.field.Type, out.add = arrow.PrimitiveTypes.Float64, addFloat
	case c.Type == contract.Boolean:
		out.field.Type, out.add = arrow.FixedWidthTypes.Boolean, addBoolean
	case c.Type == contract.Date:
		out.field.Type, out.add = arrow.FixedWidthTypes.Date32, addText
	case c.Type == contract.Timestamp:
		out.field.Type, out.add = arrow.FixedWidthTypes.Timestamp_us, addMoment
	case c.Type == contract.JSON, c.Type == contract.File:
		mark(kindName, "json")
	case c.Type == contract.Geometry:
		out.field.Type, out.add, out.shape = arrow.BinaryTypes.Binary, addShape, true
		mark(extensionName, "geoarrow.wkb")
	}
	out.field.Metadata = arrow.NewMetadata(keys, values)
	return out
}

// addText adds what the column's own builder reads out of a text: texts, days,
// exact numbers.
func addText(b array.Builder, v any) (int, error) {
	text, err := textOf(v)
	if err != nil {
		return 0, err
	}
	return len(text), b.AppendValueFromString(text)
}

// textOf is the canonical text of a value.
func textOf(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case json.RawMessage:
		return string(v), nil
	}
	text, err := plainJSON(v)
	return string(text), err
}

func addInteger(b array.Builder, v any) (int, error) {
	n, ok := v.(int64)
	if !ok { // beyond 2^53 it comes as text
		var err error
		if n, err = strconv.ParseInt(fmt.Sprint(v), 10, 64); err != nil {
			return 0, err
		}
	}
	b.(*array.Int64Builder).Append(n)
	return 8, nil
}

func addFloat(b array.Builder, v any) (int, error) {
	n, ok := v.(float64)
	if !ok { // what is no number of JSON comes as text
		var err error
		if n, err = strconv.ParseFloat(fmt.Sprint(v), 64); err != nil {
			return 0, err
		}
	}
	b.(*array.Float64Builder).Append(n)
	return 8, nil
}

func addBoolean(b array.Builder, v any) (int, error) {
	yes, ok := v.(bool)
	if !ok {
		return 0, fmt.Errorf("%T in the place of a boolean", v)
	}
	b.(*array.BooleanBuilder).Append(yes)
	return 1, nil
}

func addMoment(b array.Builder, v any) (int, error) {
	text := fmt.Sprint(v)
	late, beyond := strings.CutPrefix(text, "10000-01-01") // 9999-12-31 in UTC, seen from Viet Nam
	if beyond {
		text = "9999-12-31" + late
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return 0, err
	}
	if beyond {
		at = at.AddDate(0, 0, 1)
	}
	b.(*array.TimestampBuilder).Append(arrow.Timestamp(at.UnixMicro()))
	return 8, nil
}

func addShape(b array.Builder, v any) (int, error) {
	text, err := shapeOf(v)
	if err != nil {
		return 0, err
	}
	b.(*array.BinaryBuilder).Append(text)
	return len(text), nil
}
