package record

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/geojson"

	"github.com/phohien/phohien/internal/core/contract"
)

// VietnamTime is the zone in which instants are shown: UTC+7 all year since 1975.
var VietnamTime = time.FixedZone("+07", 7*3600)

// A Reading turns Arrow rows of an object into Rows: values in the JSON form of
// docs/types.md. It serves readers of the truth and of the mirror alike; columns
// that a schema does not carry are left out.
type Reading struct {
	obj                          *contract.Object
	first                        []int // position of each column's first field, -1 when absent
	key                          []int
	seq, hash, nils, flags, ends int
	truth                        *Truth // opens what is sealed; nil: rows are in clear, or stay as they are
}

// NewReading prepares for rows of a schema that has at least the key fields.
func NewReading(obj *contract.Object, schema *arrow.Schema) (*Reading, error) {
	at := func(name string) int {
		if i := schema.FieldIndices(name); len(i) == 1 {
			return i[0]
		}
		return -1
	}
	r := &Reading{obj: obj, seq: at("_seq"), hash: at("_hash"), nils: at("_nil"), flags: at("_flags"), ends: at("_end")}
	for i := range obj.Columns {
		first := -1
		for j, f := range obj.Columns[i].Fields(i) {
			p := at(f.Name)
			if j == 0 {
				first = p
			} else if p != first+j {
				first = -1 // not all of the column's fields side by side
			}
		}
		r.first = append(r.first, first)
	}
	for _, f := range obj.KeyFields() {
		p := at(f.Name)
		if p < 0 {
			return nil, fmt.Errorf("rows of %s without key column %s", obj.Dataset, f.Name)
		}
		r.key = append(r.key, p)
	}
	return r, nil
}

// Opening makes the reading open what is sealed.
func (r *Reading) Opening(t *Truth) *Reading {
	r.truth = t
	return r
}

// open opens a value of a sealed column.
func (r *Reading) open(c *contract.Column, value any) (any, error) {
	sealed, ok := value.(string)
	if !ok || !c.Sealed || r.truth == nil {
		return value, nil
	}
	return r.truth.texts.Open(sealed)
}

// Key returns the key of row i as KeyText writes it.
func (r *Reading) Key(rec arrow.RecordBatch, i int) (string, error) {
	fields := r.obj.KeyFields()
	values := make([]any, len(r.key))
	for k, p := range r.key {
		v, err := keyValue(fields[k], rec.Column(p), i)
		if err != nil {
			return "", err
		}
		values[k] = v
	}
	return KeyText(r.obj, values), nil
}

// keyValue is a key component as ParseKey returns it.
func keyValue(f contract.Field, a arrow.Array, i int) (any, error) {
	if a.IsNull(i) {
		return nil, fmt.Errorf("key column %s is empty", f.Name)
	}
	switch a := a.(type) {
	case *array.String:
		return strings.Clone(a.Value(i)), nil
	case *array.Int64:
		return a.Value(i), nil
	case *array.Decimal128:
		return json.Number(a.Value(i).ToString(int32(f.Scale))), nil
	case *array.Float64:
		return a.Value(i), nil
	case *array.Boolean:
		return a.Value(i), nil
	case *array.Date32:
		return a.Value(i).ToTime().Format(time.DateOnly), nil
	case *array.Timestamp:
		return time.UnixMicro(int64(a.Value(i))).UTC(), nil
	}
	return nil, fmt.Errorf("key column %s: %s", f.Name, a.DataType())
}

// Row returns row i whole.
func (r *Reading) Row(rec arrow.RecordBatch, i int) (Row, error) {
	key, err := r.Key(rec, i)
	if err != nil {
		return Row{}, err
	}
	row := Row{Key: key, Seq: number(rec, r.seq, i), End: number(rec, r.ends, i)}
	return r.fill(row, word(rec, r.nils, i), word(rec, r.flags, i), func(c *contract.Column, p int) (any, error) { return columnValue(c, rec, p, i) })
}

// fill completes a row: with its values, of which value gives one by the position
// of its first field, and with what is stored of why values are absent and of
// judgements.
func (r *Reading) fill(row Row, nils, flags string, value func(c *contract.Column, p int) (any, error)) (Row, error) {
	row.Values = make(map[string]any, len(r.first))
	for c, p := range r.first {
		if p < 0 {
			continue
		}
		col := &r.obj.Columns[c]
		v, err := value(col, p)
		if err == nil {
			v, err = r.open(col, v)
		}
		if err != nil {
			return Row{}, fmt.Errorf("column %s of %s: %w", col.Name, row.Key, err)
		}
		row.Values[col.Name] = v
	}
	if nils != "" {
		if err := json.Unmarshal([]byte(nils), &row.Nil); err != nil {
			return Row{}, fmt.Errorf("absent values of %s: %w", row.Key, err)
		}
	}
	row.Flags = strings.Fields(flags)
	return row, nil
}

func number(rec arrow.RecordBatch, p, i int) int64 {
	if p < 0 || rec.Column(p).IsNull(i) {
		return 0
	}
	return rec.Column(p).(*array.Int64).Value(i)
}

func word(rec arrow.RecordBatch, p, i int) string {
	if p < 0 || rec.Column(p).IsNull(i) {
		return ""
	}
	return strings.Clone(rec.Column(p).(*array.String).Value(i))
}

// exactInteger is the largest magnitude up to which every integer is a JSON
// number that all readers understand.
const exactInteger = 1 << 53

// columnValue is a value in its JSON form; p is the position of the column's
// first field.
func columnValue(c *contract.Column, rec arrow.RecordBatch, p, i int) (any, error) {
	a := rec.Column(p)
	if a.IsNull(i) {
		return nil, nil
	}
	switch a := a.(type) {
	case *array.Int64:
		return wholeValue(a.Value(i)), nil
	case *array.Decimal128:
		return json.Number(a.Value(i).ToString(int32(c.Scale))), nil
	case *array.Float64:
		return realValue(a.Value(i)), nil
	case *array.Boolean:
		return a.Value(i), nil
	case *array.Date32:
		return a.Value(i).ToTime().Format(time.DateOnly), nil
	case *array.Timestamp:
		return instantValue(time.UnixMicro(int64(a.Value(i)))), nil
	case *array.Binary:
		return geometryValue(a.Value(i))
	case *array.String:
		switch c.Type {
		case contract.JSON:
			return json.RawMessage(strings.Clone(a.Value(i))), nil
		case contract.File:
			bytes := rec.Column(p + 3)
			return fileValue(word(rec, p, i), word(rec, p+1, i), word(rec, p+2, i), number(rec, p+3, i), bytes.IsValid(i)), nil
		}
		return strings.Clone(a.Value(i)), nil
	}
	return nil, fmt.Errorf("no JSON form for %s", a.DataType())
}

func geometryValue(b []byte) (any, error) {
	g, err := wkb.Unmarshal(b)
	if err != nil {
		return nil, err
	}
	text, err := geojson.NewGeometry(g).MarshalJSON()
	return json.RawMessage(text), err
}

// fileValue names a file that lies beside the record.
func fileValue(digest, name, mediaType string, bytes int64, measured bool) map[string]any {
	v := map[string]any{"sha256": digest, "name": nil, "mediaType": nil, "bytes": nil}
	if name != "" {
		v["name"] = name
	}
	if mediaType != "" {
		v["mediaType"] = mediaType
	}
	if measured {
		v["bytes"] = bytes
	}
	return v
}

func wholeValue(v int64) any {
	if v > exactInteger || v < -exactInteger {
		return strconv.FormatInt(v, 10)
	}
	return v
}

func realValue(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return v
}

func instantValue(at time.Time) string {
	return at.In(VietnamTime).Format("2006-01-02T15:04:05.999999-07:00")
}
