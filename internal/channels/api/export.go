package api

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/export"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/workbook"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// ExportFilter says which records are exported, as the list of records does.
type ExportFilter struct {
	AsOf string `query:"as_of" maxLength:"40" doc:"State as the platform knew it: a batch's number, or a time"`
	Narrowing
	Fields string `query:"fields" maxLength:"4000" doc:"Names of fields, separated by commas; all when absent"`
	MinSeq int64  `query:"min_seq" minimum:"0" doc:"At least this state: for who has just written"`
}

type exportBook struct {
	Addressed
	ExportFilter
	Names bool `query:"names" doc:"Headings are the contract's names instead of the titles"`
}

type exportCSV struct {
	Addressed
	ExportFilter
	Names     bool   `query:"names" doc:"Headings are the contract's names instead of the titles"`
	Separator string `query:"separator" enum:"comma,semicolon,tab" doc:"Excel set to Vietnamese splits at semicolons; comma when absent"`
	Plain     bool   `query:"plain" doc:"For programs: no byte order mark, no ' before cells that a spreadsheet would run as a formula"`
}

type exportTyped struct {
	Addressed
	ExportFilter
}

var separators = map[string]rune{"": ',', "comma": ',', "semicolon": ';', "tab": '\t'}

const aboutExport = "Every record that fits, in key order or as sort says, at one state. Any other parameter named like a field, or eq.<field>, keeps the records whose field has that value. " +
	"The headers Link (rel=license) and X-Phohien-Provenance say whose data it is."

func (s *Server) exportRoutes() {
	registerExport(s, export.CSV, "Xuất dữ liệu dạng CSV / Export as CSV", "", func(in *exportCSV) wish {
		o := workbook.ExportOptions{Names: in.Names, Separator: separators[in.Separator], Plain: in.Plain}
		return wish{in.ID, in.ExportFilter, o, []string{"names", "separator", "plain"}}
	})
	registerExport(s, export.XLSX, "Xuất dữ liệu dạng Excel / Export as a workbook", "A sheet of its own says whose data it is.", func(in *exportBook) wish {
		return wish{in.ID, in.ExportFilter, workbook.ExportOptions{Names: in.Names}, []string{"names"}}
	})
	typed := func(in *exportTyped) wish { return wish{id: in.ID, filter: in.ExportFilter} }
	registerExport(s, export.GeoJSON, "Xuất dữ liệu dạng GeoJSON / Export as GeoJSON (RFC 7946)",
		"For tables with a geometry, or with a longitude and a latitude, among the fields exported. A feature's id is the record's _key; its geometry is null where the place is not known, or not seen in clear.", typed)
	registerExport(s, export.Parquet, "Xuất dữ liệu dạng Parquet / Export as Parquet",
		"Columns by the contract's names, typed as docs/types.md says, zstd; a geometry is WKB with the metadata of GeoParquet. A masked column is text.", typed)
	registerExport(s, export.Arrow, "Xuất dữ liệu dạng Arrow / Export as an Arrow IPC stream",
		"Columns by the contract's names, typed as docs/types.md says. A masked column is text.", typed)
}

// A wish is an export as it was asked for.
type wish struct {
	id     string
	filter ExportFilter
	sheet  workbook.ExportOptions
	own    []string // parameters of the address that are not fields
}

// registerExport adds the export of one kind of file.
func registerExport[I any](s *Server, kind export.Kind, summary, about string, read func(*I) wish) {
	register(s, door.Each(policy.Export, policy.KindDataset), huma.Operation{
		OperationID: "export-records-" + string(kind), Method: http.MethodGet, Path: Prefix + "/datasets/{id}/records." + string(kind),
		Summary: summary, Tags: []string{"records"}, Description: strings.TrimSpace(aboutExport + " " + about),
		Parameters: []*huma.Param{byField()}, Responses: map[string]*huma.Response{"200": exportOf(kind)},
	}, func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
		return s.export(ctx, kind, read(in))
	})
}

// exportOf documents a file that is exported.
func exportOf(kind export.Kind) *huma.Response {
	r := fileOf(kind.MediaType(), "binary")
	if kind == export.CSV {
		r = fileOf("text/csv", "")
	}
	text := &huma.Schema{Type: "string"}
	if kind == export.GeoJSON {
		r.Content[kind.MediaType()].Schema = &huma.Schema{
			Type: "object", Description: "A FeatureCollection.", AdditionalProperties: true,
			Properties: map[string]*huma.Schema{
				"type":     {Type: "string", Enum: []any{"FeatureCollection"}},
				"name":     text,
				"phohien":  {Type: "object", Description: "Whose data it is", AdditionalProperties: true},
				"features": {Type: "array", Items: &huma.Schema{Type: "object", AdditionalProperties: true}},
			},
			Required: []string{"type", "features"},
		}
	}
	r.Headers = map[string]*huma.Param{
		"Link":                 {Schema: text, Description: "RFC 8288: rel=license, where the licence has an address; rel=describedby, the data set"},
		"X-Phohien-Provenance": {Schema: text, Description: "kind (own, public, sample, generated), seq, publisher*, source*, licence*, attribution* (RFC 8187)"},
	}
	return r
}

// export answers with the records that fit a filter as a file.
func (s *Server) export(ctx context.Context, kind export.Kind, wish wish) (*huma.StreamResponse, error) {
	f := wish.filter
	con, obj, view, err := s.see(ctx, policy.Export, wish.id)
	if err != nil {
		return nil, err
	}
	fields, err := chosen(obj, f.Fields)
	if err != nil {
		return nil, err
	}
	if err := kind.Check(obj, fields); err != nil {
		return nil, err
	}
	q := &recordQuery{s: s, in: &recordsInput{AsOf: f.AsOf, MinSeq: f.MinSeq}, con: con, obj: obj, view: view, fields: fields}
	if q.Narrowed, err = which(exchangeOf(ctx).r, obj, f.Narrowing, wish.own...); err != nil {
		return nil, err
	}
	seq, err := q.state(ctx, cursor{})
	if err != nil {
		return nil, err
	}
	wish.sheet.Language = locale.From(ctx)
	return s.streamed(ctx, kind.MediaType(), obj.Dataset+kind.Ending(), func(d *download) error {
		d.head = sourceHead(export.SourceOf(con, obj, seq))
		return q.file(ctx, kind, d, seq, wish.sheet, d.alive)
	}), nil
}

// sourceHead is the head of an answer that says whose data it holds.
func sourceHead(s export.Source) http.Header {
	return http.Header{
		"Link":                 s.Links(Prefix + "/datasets/" + url.PathEscape(s.Dataset)),
		"X-Phohien-Provenance": {s.Header()},
	}
}

// file writes the records of a query at a state. They are looked for before the
// first byte goes out.
func (q *recordQuery) file(ctx context.Context, kind export.Kind, w io.Writer, seq int64, sheet workbook.ExportOptions, alive func()) error {
	rows, err := q.stream(ctx, seq)
	if err != nil {
		return err
	}
	defer rows.close()
	sheet.Title, sheet.Temp = q.obj.Title, q.s.Temp
	x, err := export.New(kind, w, q.view, export.Options{ExportOptions: sheet, Fields: q.fields, Source: export.SourceOf(q.con, q.obj, seq)})
	if err != nil {
		return err
	}
	if err := rows.into(x, alive); err != nil {
		if e := x.Cancel(); e != nil { // what broke is the news
			q.s.log.WarnContext(ctx, "tidying up an export", slog.Any("err", e))
		}
		return err
	}
	return x.Close()
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
	rows, err := q.s.Mirror.Through(q.view).Scan(ctx, mirror.ScanOptions{AsOf: seq, Where: q.Where, Sort: q.Sort})
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

// into writes every row.
func (e *exported) into(x export.Writer, alive func()) error {
	if e == nil {
		return nil
	}
	for n := 0; e.rows.Next(); n++ {
		if n%1000 == 0 {
			alive()
		}
		if err := x.Row(e.rows.Row()); err != nil {
			return err
		}
	}
	alive()
	return e.rows.Err()
}
