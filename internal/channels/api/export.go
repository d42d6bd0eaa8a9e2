package api

import (
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"

	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/workbook"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// ExportFilter says which records are exported, as the list of records does.
type ExportFilter struct {
	AsOf string `query:"as_of" maxLength:"40" doc:"State as the platform knew it: a batch's number, or a time"`
	Narrowing
	Fields string `query:"fields" maxLength:"4000" doc:"Names of fields, separated by commas; all when absent"`
	MinSeq int64  `query:"min_seq" minimum:"0" doc:"At least this state: for who has just written"`
	Names  bool   `query:"names" doc:"Headings are the contract's names instead of the titles"`
}

type exportBook struct {
	Addressed
	ExportFilter
}

type exportCSV struct {
	Addressed
	ExportFilter
	Separator string `query:"separator" enum:"comma,semicolon,tab" doc:"Excel set to Vietnamese splits at semicolons; comma when absent"`
	Plain     bool   `query:"plain" doc:"For programs: no byte order mark, no ' before cells that a spreadsheet would run as a formula"`
}

var separators = map[string]rune{"": ',', "comma": ',', "semicolon": ';', "tab": '\t'}

func (s *Server) exportRoutes() {
	about := "Every record that fits, in key order or as sort says, at one state. Any other parameter named like a field, or eq.<field>, keeps the records whose field has that value."
	register(s, door.Each(policy.Export, policy.KindDataset), huma.Operation{
		OperationID: "export-records-csv", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/records.csv",
		Summary: "Xuất dữ liệu dạng CSV / Export as CSV", Tags: []string{"records"}, Description: about,
		Responses: map[string]*huma.Response{"200": fileOf("text/csv", "")},
	}, func(ctx context.Context, in *exportCSV) (*huma.StreamResponse, error) {
		o := workbook.ExportOptions{Separator: separators[in.Separator], Plain: in.Plain}
		return s.export(ctx, in.ID, in.ExportFilter, o, ".csv", []string{"names", "separator", "plain"})
	})
	register(s, door.Each(policy.Export, policy.KindDataset), huma.Operation{
		OperationID: "export-records-xlsx", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/records.xlsx",
		Summary: "Xuất dữ liệu dạng Excel / Export as a workbook", Tags: []string{"records"}, Description: about,
		Responses: map[string]*huma.Response{"200": fileOf(mediaXLSX, "binary")},
	}, func(ctx context.Context, in *exportBook) (*huma.StreamResponse, error) {
		return s.export(ctx, in.ID, in.ExportFilter, workbook.ExportOptions{}, ".xlsx", []string{"names"})
	})
}

// export answers with the records that fit a filter as a file.
func (s *Server) export(ctx context.Context, id string, f ExportFilter, o workbook.ExportOptions, ending string, own []string) (*huma.StreamResponse, error) {
	con, obj, view, err := s.see(ctx, policy.Export, id)
	if err != nil {
		return nil, err
	}
	fields, err := chosen(obj, f.Fields)
	if err != nil {
		return nil, err
	}
	q := &recordQuery{s: s, in: &recordsInput{AsOf: f.AsOf, MinSeq: f.MinSeq}, con: con, obj: obj, view: view, fields: fields}
	if q.equal, err = equalities(exchangeOf(ctx).r, obj, own...); err != nil {
		return nil, err
	}
	if err := unnumbered(obj, q.equal, f.Filter); err != nil {
		return nil, err
	}
	if q.Narrowed, err = f.Narrowing.Read(obj); err != nil {
		return nil, err
	}
	seq, err := q.state(ctx, cursor{})
	if err != nil {
		return nil, err
	}
	for _, name := range fields {
		o.Columns = append(o.Columns, obj.Column(name))
	}
	o.Title, o.Names, o.Language, o.Temp = obj.Title, f.Names, locale.From(ctx), s.Temp
	begin, mediaType := workbook.NewExport, mediaXLSX
	if ending == ".csv" {
		begin, mediaType = workbook.NewCSV, mediaCSV
	}
	return s.streamed(ctx, mediaType, obj.Dataset+ending, func(d *download) error {
		// The rows are looked for before the first byte goes out.
		rows, err := q.stream(ctx, seq)
		if err != nil {
			return err
		}
		defer rows.close()
		x, err := begin(d, obj, o)
		if err != nil {
			return err
		}
		if err := rows.into(x, fields, d.alive); err != nil {
			_ = x.Cancel() // tidies up; what broke is the news
			return err
		}
		return x.Close()
	}), nil
}

// stream finds the records at a state, from the mirror, which is brought up to
// the truth first; nil for a state without any.
func (q *recordQuery) stream(ctx context.Context, seq int64) (*exported, error) {
	if seq == 0 { // to the mirror 0 means the newest state
		return nil, nil
	}
	if _, err := q.s.Mirror.CatchUp(ctx, q.obj, seq); err != nil {
		return nil, err
	}
	rows, err := q.s.Mirror.Through(q.view).Scan(ctx, mirror.ScanOptions{AsOf: seq, Filters: filters(q.equal), Where: q.Where, Sort: q.Sort})
	if err != nil {
		return nil, err
	}
	return &exported{rows}, nil
}

// exported are the rows of an export on their way; nil for a state without any.
type exported struct{ rows *mirror.Records }

func (e *exported) close() {
	if e != nil {
		e.rows.Release()
	}
}

// into writes the fields of every row.
func (e *exported) into(x workbook.Export, fields []string, alive func()) error {
	if e == nil {
		return nil
	}
	values := make([]any, len(fields))
	for n := 0; e.rows.Next(); n++ {
		if n%1000 == 0 {
			alive()
		}
		row := e.rows.Row()
		for c, name := range fields {
			values[c] = row.Values[name]
		}
		if err := x.Row(values); err != nil {
			return err
		}
	}
	alive()
	return e.rows.Err()
}

// filters are equalities as the mirror takes them.
func filters(equal []equality) (list []mirror.Filter) {
	for _, e := range equal {
		list = append(list, mirror.Filter{Column: e.column, Op: "=", Value: e.value})
	}
	return list
}
