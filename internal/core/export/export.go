// Package export writes the records of a table as files to carry away: CSV and
// workbooks for people (package workbook makes them), GeoJSON, Parquet and Arrow
// for programs. Rows come one by one, as a view shows them, so that no kind of
// file tells more than the others; each file says whose data it holds.
package export

import (
	"io"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/workbook"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A Kind is a kind of file.
type Kind string

// The kinds.
const (
	CSV     Kind = "csv"
	XLSX    Kind = "xlsx"
	GeoJSON Kind = "geojson"
	Parquet Kind = "parquet"
	Arrow   Kind = "arrow" // Arrow IPC stream
)

// Kinds are all of them, those for people first.
func Kinds() []Kind { return []Kind{CSV, XLSX, GeoJSON, Parquet, Arrow} }

// Name is the kind as people call it.
func (k Kind) Name() string {
	switch k {
	case XLSX:
		return "Excel (XLSX)"
	case GeoJSON:
		return "GeoJSON"
	case Parquet:
		return "Parquet"
	case Arrow:
		return "Arrow"
	}
	return strings.ToUpper(string(k))
}

// MediaType is what the file says it is.
func (k Kind) MediaType() string {
	switch k {
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case GeoJSON:
		return "application/geo+json"
	case Parquet:
		return "application/vnd.apache.parquet"
	case Arrow:
		return "application/vnd.apache.arrow.stream"
	}
	return "text/csv; charset=utf-8"
}

// Ending is that of the file's name. An Arrow stream has one of its own, by which
// programs tell it from an Arrow file.
func (k Kind) Ending() string {
	if k == Arrow {
		return ".arrows"
	}
	return "." + string(k)
}

// Check refuses what is no kind, and one that cannot hold these fields of a table:
// GeoJSON needs a place among them.
func (k Kind) Check(obj *contract.Object, fields []string) error {
	if !slices.Contains(Kinds(), k) {
		return fault.New(fault.Invalid, "export.kind", string(k))
	}
	if k == GeoJSON && !placed(obj, fields) {
		return fault.New(fault.Invalid, "export.no-place", obj.Title)
	}
	return nil
}

// KindsOf lists the kinds that can hold a table, all its fields.
func KindsOf(obj *contract.Object) []Kind {
	_, ok := obj.Place()
	return slices.DeleteFunc(slices.Clone(Kinds()), func(k Kind) bool { return k == GeoJSON && !ok })
}

// placed reports whether fields of a table tell where its records lie.
func placed(obj *contract.Object, fields []string) bool {
	p, ok := obj.Place()
	return ok && !slices.ContainsFunc(p.Columns(), func(i int) bool { return !slices.Contains(fields, obj.Columns[i].Name) })
}

// A Writer writes records, one after the other.
type Writer interface {
	// Row adds a record as the view shows it.
	Row(row record.Row) error
	// Close finishes the file; it does not close what is written to.
	Close() error
	// Cancel gives the file up, in place of Close.
	Cancel() error
}

// Options say what is exported.
type Options struct {
	workbook.ExportOptions          // for people: Columns and About are filled in here
	Fields                 []string // names in the contract, in the order of the file
	Source                 Source
}

// New begins a file of a kind.
func New(k Kind, w io.Writer, v *record.View, o Options) (Writer, error) {
	if err := k.Check(v.Object(), o.Fields); err != nil {
		return nil, err
	}
	switch k {
	case GeoJSON:
		return newFeatures(w, v, o)
	case Parquet, Arrow:
		return newTable(k, w, v, o)
	}
	return newSheet(k, w, v, o)
}

// newSheet begins a file that package workbook writes.
func newSheet(k Kind, w io.Writer, v *record.View, o Options) (Writer, error) {
	begin := workbook.NewCSV
	if k == XLSX {
		begin = workbook.NewExport
		o.About = o.Source.Lines(o.Language)
	}
	obj := v.Object()
	o.Columns = nil
	for _, name := range o.Fields {
		o.Columns = append(o.Columns, obj.Column(name))
	}
	x, err := begin(w, obj, o.ExportOptions)
	if err != nil {
		return nil, err
	}
	return &sheet{Export: x, fields: o.Fields, values: make([]any, len(o.Fields))}, nil
}

// A sheet hands the values of records to package workbook.
type sheet struct {
	workbook.Export
	fields []string
	values []any
}

// Row adds a record.
func (s *sheet) Row(row record.Row) error {
	for i, name := range s.fields {
		s.values[i] = row.Values[name]
	}
	return s.Export.Row(s.values)
}
