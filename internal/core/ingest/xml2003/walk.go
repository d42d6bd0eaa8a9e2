package xml2003

import (
	"bytes"
	"strconv"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells"
	"github.com/phohien/phohien/internal/core/ingest/cells/xmlscan"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A walker goes through a spreadsheet. It either scans all of it, or gathers
// the rows of one sheet. Elements are known by their names without prefix:
// rich text inside of cells changes the default namespace.
type walker struct {
	b    *book
	only int // sheet whose rows are gathered; -1: scan
	rows *cells.Rows
	done bool

	style  string // whose definition is read
	sheets int
	row    int64
	inRow  bool
	column int // of the next cell
	shown  []byte
}

func (w *walker) scan() bool { return w.only < 0 }

func (w *walker) gathers() bool { return w.only >= 0 && w.sheets-1 == w.only }

func (w *walker) token(x *xmlscan.Scanner, k xmlscan.Kind) error {
	if k == xmlscan.Text {
		return nil
	}
	name := string(x.Local())
	if k == xmlscan.End {
		switch name {
		case "Row":
			w.endRow()
		case "Worksheet":
			w.done = w.gathers()
		}
		return nil
	}
	switch name {
	case "Style":
		v, _ := x.Attr("ss:ID")
		w.style = string(v)
	case "NumberFormat":
		if v, ok := x.Attr("ss:Format"); ok && w.scan() && len(w.b.formats) < mostStyles {
			w.b.formats[w.style] = cells.ParseFormat(string(v))
		}
	case "Worksheet":
		return w.startSheet(x)
	case "Column", "Header", "Footer", "Visible":
		if w.scan() && len(w.b.tables) > 0 {
			return w.about(x, name)
		}
	case "Row":
		return w.startRow(x)
	case "Cell":
		return w.cell(x)
	}
	return nil
}

func (w *walker) startSheet(x *xmlscan.Scanner) error {
	w.sheets++
	w.row, w.inRow = 0, false
	if !w.scan() {
		return nil
	}
	if len(w.b.tables) == w.b.file.Limits.Tables {
		return fault.New(fault.TooLarge, "grid.too-many-tables", w.b.file.Limits.Tables)
	}
	v, _ := x.Attr("ss:Name")
	w.b.tables = append(w.b.tables, ingest.Table{Name: string(v)})
	return nil
}

func (w *walker) current() *ingest.Table { return &w.b.tables[len(w.b.tables)-1] }

// about notes what is told of a sheet.
func (w *walker) about(x *xmlscan.Scanner, name string) error {
	t := w.current()
	switch name {
	case "Column":
		if v, _ := x.Attr("ss:Hidden"); string(v) == "1" {
			t.HiddenColumns += 1 + x.Number("ss:Span", 0, mostColumn)
		}
	case "Header", "Footer":
		if v, ok := x.Attr("x:Data"); ok && len(t.Margins) < 100 {
			t.Margins = append(t.Margins, cells.Margins(string(v))...)
		}
	case "Visible":
		k, err := x.Next()
		if err != nil {
			return cut(err)
		}
		t.Hidden = k == xmlscan.Text && bytes.Contains(x.Text(), []byte("Hidden"))
	}
	return nil
}

func (w *walker) startRow(x *xmlscan.Scanner) error {
	w.row = int64(max(int(min(w.row, mostRow))+1, x.Number("ss:Index", 0, mostRow)))
	w.column, w.inRow = 0, true
	if w.scan() && w.sheets > 0 {
		if v, _ := x.Attr("ss:Hidden"); string(v) == "1" {
			w.current().HiddenRows++
		}
	}
	if w.gathers() {
		return w.rows.Begin(w.row)
	}
	return nil
}

func (w *walker) endRow() {
	if w.gathers() && w.inRow {
		w.rows.End()
	}
	w.inRow = false
}

func (w *walker) cell(x *xmlscan.Scanner) error {
	if i := x.Number("ss:Index", 0, mostColumn); i > 0 {
		w.column = i - 1
	}
	column := w.column
	across, down := x.Number("ss:MergeAcross", 0, mostColumn), x.Number("ss:MergeDown", 0, mostRow)
	w.column = min(column+across+1, 1<<20)
	if !w.gathers() || !w.inRow {
		if w.scan() && w.inRow && w.sheets > 0 && (across > 0 || down > 0) && len(w.current().Merged) < mostMerged {
			t := w.current()
			t.Merged = append(t.Merged, ingest.Range{FirstRow: w.row, LastRow: w.row + int64(down), FirstColumn: column, LastColumn: column + across})
		}
		return nil
	}
	id, _ := x.Attr("ss:StyleID")
	format, known := w.b.formats[string(id)]
	kind, err := w.data(x)
	if err != nil {
		return err
	}
	data := w.rows.Data()
	return w.rows.Set(column, spell(data, w.shown, kind, format, known), len(data))
}

// data reads a cell to its end: the type of its value, which then is in shown.
func (w *walker) data(x *xmlscan.Scanner) (kind string, err error) {
	w.shown = w.shown[:0]
	cell, inside := x.Depth(), 0
	for {
		k, err := x.Next()
		if err != nil {
			return kind, cut(err)
		}
		switch {
		case k == xmlscan.End && x.Depth() < cell:
			return kind, nil
		case k == xmlscan.End && x.Depth() < inside:
			inside = 0
		case k == xmlscan.Text && inside > 0:
			if w.shown = append(w.shown, x.Text()...); len(w.shown) > w.b.file.Limits.RecordBytes {
				return kind, fault.New(fault.TooLarge, "grid.row-too-long", w.b.tables[w.only].Name, w.row, w.b.file.Limits.RecordBytes)
			}
		case k == xmlscan.Start && string(x.Local()) == "Data" && x.Depth() == cell+1:
			v, _ := x.Attr("ss:Type")
			kind, inside = string(v), x.Depth()
		case k == xmlscan.Start && inside == 0: // comments, named cells
			if err := x.Skip(); err != nil {
				return kind, err
			}
		}
	}
}

// spell puts a value as ingest.Grid promises.
func spell(dst, shown []byte, kind string, format cells.Format, known bool) []byte {
	switch kind {
	case "Number":
		f, err := strconv.ParseFloat(string(bytes.TrimSpace(shown)), 64)
		if err == nil {
			return cells.AppendValue(dst, f, format, false)
		}
	case "Boolean":
		if string(shown) == "1" {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case "DateTime":
		return moment(dst, shown, format, known)
	}
	return append(dst, shown...)
}

// moment spells 2026-01-31T08:30:00.000 by the format of its cell; without one,
// midnight is a day, and a time on the first day is a time.
func moment(dst, v []byte, format cells.Format, known bool) []byte {
	if len(v) < len("2026-01-31T08:30:00") || v[10] != 'T' {
		return append(dst, v...)
	}
	day, clock := v[:10], v[11:19]
	switch {
	case known && format.Kind == cells.Day:
		return append(dst, day...)
	case known && format.Kind == cells.Clock, string(day) == "1899-12-31":
		return append(dst, clock...)
	case !(known && format.Kind == cells.Moment) && string(clock) == "00:00:00":
		return append(dst, day...)
	}
	return append(append(append(dst, day...), ' '), clock...)
}
