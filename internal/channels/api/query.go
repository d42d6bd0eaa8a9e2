package api

import (
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"

	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
)

type queryInput struct {
	Body struct {
		SQL    string `json:"sql" minLength:"1" maxLength:"100000" example:"SELECT count(*) FROM \"hy-xa\"" doc:"One SELECT; data sets by address in double quotes"`
		Format string `json:"format,omitempty" enum:"json,csv" default:"json"`
		Rows   int64  `json:"rows,omitempty" minimum:"1" maximum:"1000000" doc:"Rows to answer at most, 100,000 when absent"`
	}
}

// A QueryRow is a row of an answer: a value for each column, in their order.
type QueryRow []any

// Schema says that a row is never null, which its values may be.
func (QueryRow) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "array", Items: &huma.Schema{}}
}

// QueryAnswer is a table.
type QueryAnswer struct {
	Columns []QueryColumn `json:"columns" nullable:"false"`
	Rows    []QueryRow    `json:"rows" nullable:"false"`
	More    bool          `json:"more" doc:"The limit cut rows off"`
}

// QueryColumn is a column of an answer.
type QueryColumn struct {
	Name string `json:"name"`
	Type string `json:"type" doc:"integer, decimal, float, boolean, date, timestamp, text or other"`
}

func (s *Server) queryRoutes() {
	answer := jsonOf[QueryAnswer](s)
	answer.Content["text/csv"] = &huma.MediaType{Schema: &huma.Schema{Type: "string"}}
	register(s, door.Each(policy.Read, policy.KindDataset), huma.Operation{
		OperationID: "query", Method: http.MethodPost, Path: Prefix + "/query", DefaultStatus: http.StatusOK,
		Summary: "Truy vấn SQL / Ask in SQL", Tags: []string{"query"},
		Description: "The data sets it names are brought up to date first. Nothing but data sets can be read, nothing written.",
		Responses:   map[string]*huma.Response{"200": answer},
	}, s.query)
}

func (s *Server) query(ctx context.Context, in *queryInput) (*huma.StreamResponse, error) {
	if err := s.Limits.Search(exchangeOf(ctx).r); err != nil {
		return nil, err
	}
	ask := s.asker()
	named, err := ask.Look(ctx, in.Body.SQL)
	if err != nil {
		return nil, err
	}
	action := policy.Read
	if in.Body.Format == "csv" { // a file: no way around the approvals that exports need
		action = policy.Export
	}
	guard.Extend(exchangeOf(ctx).w, 5*time.Minute)
	a, err := ask.Ask(ctx, named, action, mirror.QueryOptions{Rows: in.Body.Rows})
	if err != nil {
		return nil, err
	}
	defer a.Release()
	body, mediaType, err := table(a, in.Body.Format)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		_, w := humago.Unwrap(hc)
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("X-Phohien-More", strconv.FormatBool(a.More()))
		w.WriteHeader(http.StatusOK)
		// A reader who has gone away is no fault of ours.
		_, _ = w.Write(body)
	}}, nil
}

func (s *Server) asker() *Asker { return &Asker{s.Door, s.Contracts, s.Records, s.Mirror} }

func table(a *mirror.Answer, format string) ([]byte, string, error) {
	if format == "csv" {
		body, err := TableCSV(a)
		return body, "text/csv; charset=utf-8", err
	}
	out := QueryAnswer{Columns: []QueryColumn{}, Rows: []QueryRow{}}
	for _, f := range a.Schema().Fields() {
		out.Columns = append(out.Columns, QueryColumn{f.Name, TypeWord(f.Type)})
	}
	for a.Next() {
		rec := a.RecordBatch()
		for i := range int(rec.NumRows()) {
			row := make([]any, rec.NumCols())
			for c := range row {
				row[c] = Cell(rec.Column(c), i)
			}
			out.Rows = append(out.Rows, row)
		}
	}
	if err := a.Err(); err != nil {
		return nil, "", err
	}
	out.More = a.More()
	body, err := marshal(out)
	return append(body, '\n'), "application/json", err
}

// TableCSV writes an answer as a file.
func TableCSV(a *mirror.Answer) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	var head []string
	for _, f := range a.Schema().Fields() {
		head = append(head, f.Name)
	}
	if err := w.Write(head); err != nil {
		return nil, err
	}
	for a.Next() {
		rec := a.RecordBatch()
		for i := range int(rec.NumRows()) {
			row := make([]string, rec.NumCols())
			for c := range row {
				row[c] = CellText(rec.Column(c), i)
			}
			if err := w.Write(row); err != nil {
				return nil, err
			}
		}
	}
	w.Flush()
	if err := a.Err(); err != nil {
		return nil, err
	}
	return b.Bytes(), w.Error()
}

// TypeWord names the type of an answer's column.
func TypeWord(t arrow.DataType) string {
	switch t.ID() {
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64, arrow.UINT8, arrow.UINT16, arrow.UINT32, arrow.UINT64:
		return "integer"
	case arrow.DECIMAL128, arrow.DECIMAL256:
		return "decimal"
	case arrow.FLOAT32, arrow.FLOAT64:
		return "float"
	case arrow.BOOL:
		return "boolean"
	case arrow.DATE32, arrow.DATE64:
		return "date"
	case arrow.TIMESTAMP:
		return "timestamp"
	case arrow.STRING, arrow.LARGE_STRING:
		return "text"
	}
	return "other"
}

// exact is the largest magnitude up to which every integer is a JSON number
// that all readers understand.
const exact = 1 << 53

// Cell is a value in the JSON form of docs/types.md.
func Cell(a arrow.Array, i int) any {
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.Int64:
		if v := a.Value(i); v <= exact && v >= -exact {
			return v
		}
		return a.ValueStr(i)
	case *array.Uint64:
		if v := a.Value(i); v <= exact {
			return v
		}
		return a.ValueStr(i)
	case *array.Decimal128:
		return decimalCell(a, i)
	case *array.Timestamp:
		return instant(a, i).Format("2006-01-02T15:04:05.999999-07:00")
	case *array.Date32:
		return a.Value(i).FormattedString()
	case *array.String:
		return string([]byte(a.Value(i))) // the record's memory is not ours
	}
	return json.RawMessage(mustJSON(a.GetOneForMarshal(i)))
}

// mustJSON writes what Arrow prepared for JSON; not-a-number and the infinities,
// which JSON has not, as text.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte(`"NaN"`)
	}
	return b
}

// decimalCell is a number with all its decimals; a sum of many digits, which
// readers would round, is text.
func decimalCell(a *array.Decimal128, i int) any {
	t := a.DataType().(*arrow.Decimal128Type)
	text := a.Value(i).ToString(t.Scale)
	if len(text) > 17 {
		return text
	}
	return json.Number(text)
}

func instant(a *array.Timestamp, i int) time.Time {
	unit := a.DataType().(*arrow.TimestampType).Unit
	return a.Value(i).ToTime(unit).In(record.VietnamTime)
}

// CellText is a value as files have it.
func CellText(a arrow.Array, i int) string {
	switch v := Cell(a, i).(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case json.RawMessage:
		var s string
		if json.Unmarshal(v, &s) == nil {
			return s
		}
		return string(v)
	case int64:
		return strconv.FormatInt(v, 10)
	}
	return a.ValueStr(i)
}
