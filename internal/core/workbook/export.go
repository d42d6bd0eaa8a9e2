package workbook

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// An Export writes the rows of a data set, one after the other.
type Export interface {
	// Row adds a row: its values by column of the export, in the JSON form in
	// which package record gives them (docs/types.md); nil is an empty cell.
	Row(values []any) error
	// Close finishes the file. It does not close what is written to. After a
	// row that failed it only tidies up and gives that error again.
	Close() error
	// Cancel gives the export up, in place of Close.
	Cancel() error
}

// ExportOptions say what is exported.
type ExportOptions struct {
	Columns  []int // positions of columns of the object; nil = all
	Title    string
	Names    bool // headings are the names in the contract instead of the titles
	Language locale.Lang
	Temp     string // folder for what does not fit into memory
	Now      time.Time
	// Separator of CSV; 0 = a comma. Excel set to Vietnamese splits at ";".
	Separator rune
	Plain     bool // CSV: no byte order mark, no guard before risky cells: for programs
	// About is label and text of whose data these are: in a workbook they stand
	// on a sheet of their own, and the texts in its properties.
	About [][2]string
}

// columns lists what is exported, with headings that find their way back.
func (x ExportOptions) columns(o *contract.Object) (columns []*contract.Column, heads []string) {
	at := x.Columns
	if at == nil {
		for i := range o.Columns {
			at = append(at, i)
		}
	}
	titles := headings(o)
	for _, i := range at {
		columns = append(columns, &o.Columns[i])
		if x.Names {
			heads = append(heads, o.Columns[i].Name)
		} else {
			heads = append(heads, titles[i])
		}
	}
	return columns, heads
}

// NewExport begins a workbook. Numbers stay numbers and days days; text, and
// whatever a spreadsheet could not keep digit by digit, is text. After
// 1,048,575 rows comes another sheet with the same heading. Rows wait in a
// temporary file; w is written by Close.
func NewExport(w io.Writer, o *contract.Object, opts ExportOptions) (Export, error) {
	if opts.Now.IsZero() {
		opts.Now = time.Now()
	}
	title := opts.Title
	if title == "" {
		title = o.Title
	}
	name := opts.Language.T("workbook.export.sheet")
	f, err := newFile(name, title, opts.Temp, opts.Now)
	if err != nil {
		return nil, err
	}
	if err := described(f, opts.About); err != nil {
		f.Close()
		return nil, err
	}
	b := &bookExport{w: w, f: f, looks: newLooks(f), opts: opts, name: name, rows: maxSheetRows}
	b.columns, b.heads = opts.columns(o)
	if err := b.styles(); err != nil {
		f.Close()
		return nil, err
	}
	return b, nil
}

// A bookExport is an Export as XLSX.
type bookExport struct {
	w       io.Writer
	f       *excelize.File
	looks   *looks
	opts    ExportOptions
	columns []*contract.Column
	heads   []string
	name    string
	rows    int // rows that one sheet holds
	sheets  int
	row     int // row written last
	sw      *excelize.StreamWriter
	plain   []int // style of each column
	text    int   // style of text
	cells   []excelize.Cell
	values  []any
	bad     error
}

// styles makes the style of each column once.
func (b *bookExport) styles() error {
	var err error
	if b.text, err = b.looks.id(look{format: "@"}); err != nil {
		return err
	}
	for _, c := range b.columns {
		k := templateLook(c)
		switch c.Type {
		case contract.Date:
			k.format = "dd/mm/yyyy"
		case contract.Timestamp:
			k.format = "dd/mm/yyyy hh:mm:ss"
		}
		id, err := b.looks.id(k)
		if err != nil {
			return err
		}
		b.plain = append(b.plain, id)
	}
	b.cells, b.values = make([]excelize.Cell, len(b.columns)), make([]any, len(b.columns))
	return nil
}

// Row adds a row.
func (b *bookExport) Row(values []any) error {
	if b.bad != nil {
		return b.bad
	}
	if len(values) != len(b.columns) {
		return fmt.Errorf("a row of %d values for %d columns", len(values), len(b.columns))
	}
	if b.sw == nil || b.row == b.rows {
		if b.bad = b.nextSheet(); b.bad != nil {
			return b.bad
		}
	}
	for i, v := range values {
		value, typed, err := b.cell(b.columns[i], v)
		if err != nil {
			return fmt.Errorf("column %s: %w", b.columns[i].Name, err)
		}
		if value == nil {
			b.values[i] = nil
			continue
		}
		b.cells[i] = excelize.Cell{Value: value, StyleID: b.text}
		if typed {
			b.cells[i].StyleID = b.plain[i]
		}
		b.values[i] = &b.cells[i]
	}
	b.row++
	b.bad = b.sw.SetRow("A"+strconv.Itoa(b.row), b.values)
	return b.bad
}

// nextSheet begins a sheet with the heading.
func (b *bookExport) nextSheet() error {
	if err := b.flush(); err != nil {
		return err
	}
	b.sheets++
	name := b.name
	if b.sheets > 1 {
		name = sheetName(b.f, b.name+" "+strconv.Itoa(b.sheets))
		if _, err := b.f.NewSheet(name); err != nil {
			return err
		}
	}
	if err := freeze(b.f, name, 1); err != nil {
		return err
	}
	if err := printed(b.f, name, 1, true); err != nil {
		return err
	}
	var err error
	if b.sw, err = b.f.NewStreamWriter(name); err != nil {
		return err
	}
	id, err := b.looks.id(lookHead)
	if err != nil {
		return err
	}
	head := make([]any, len(b.heads))
	for i, h := range b.heads {
		wide := max(utf8.RuneCountInString(h), len(b.columns[i].Example), 10)
		if err := b.sw.SetColWidth(i+1, i+1, float64(min(wide+4, maxWidth))); err != nil {
			return err
		}
		head[i] = excelize.Cell{StyleID: id, Value: h}
	}
	b.row = 1
	return b.sw.SetRow("A1", head)
}

func (b *bookExport) flush() error {
	if b.sw == nil {
		return nil
	}
	return b.sw.Flush()
}

// Cancel removes what waited in a temporary file.
func (b *bookExport) Cancel() error { return b.f.Close() }

// Close writes the workbook.
func (b *bookExport) Close() error {
	defer b.f.Close()
	if b.bad != nil {
		return b.bad
	}
	if b.sw == nil { // no rows: the heading all the same
		if err := b.nextSheet(); err != nil {
			return err
		}
	}
	if err := b.flush(); err != nil {
		return err
	}
	if err := b.about(); err != nil {
		return err
	}
	return write(b.f, b.w)
}

// cell is a value as the sheet keeps it; typed says that it is a number or a
// day, not text.
func (b *bookExport) cell(c *contract.Column, v any) (value any, typed bool, err error) {
	switch c.Type {
	case contract.Integer, contract.Decimal, contract.Float:
		if n, ok := sheetNumber(v); ok {
			return n, true, nil
		}
	case contract.Date:
		if s, ok := v.(string); ok {
			if n, ok := sheetDay(s); ok {
				return n, true, nil
			}
		}
	case contract.Timestamp:
		if s, ok := v.(string); ok {
			if n, ok := sheetMoment(s); ok {
				return n, true, nil
			}
		}
	case contract.Boolean:
		if yes, ok := v.(bool); ok {
			if yes {
				return b.opts.Language.T("workbook.true"), false, nil
			}
			return b.opts.Language.T("workbook.false"), false, nil
		}
	}
	text, err := valueText(v)
	if err != nil || v == nil {
		return nil, false, err
	}
	if c.Type == contract.Date { // before 1 March 1900, which spreadsheets count wrongly
		text = dayShown(c, text)
	}
	text, _ = cut(text, b.opts.Language)
	return text, false, nil
}

// sheetNumber is a number that a spreadsheet keeps digit by digit.
func sheetNumber(v any) (any, bool) {
	switch v := v.(type) {
	case int64:
		return v, v > -1e15 && v < 1e15
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	case json.Number:
		if len(v) > exactDigits { // with its point and sign: at most fifteen digits
			return nil, false
		}
		f, err := v.Float64()
		return f, err == nil
	}
	return nil, false
}

// firstSheetDay is 1 March 1900: before it spreadsheets count a day that never
// was.
const firstSheetDay = 61

// sheetDay is the number by which a spreadsheet keeps a canonical day.
func sheetDay(text string) (int64, bool) {
	d, std, err := viet.ParseDate([]byte(text))
	if err != nil || std {
		return 0, false
	}
	n := int64(d) + daysTo1970
	return n, n >= firstSheetDay
}

// daysTo1970 is the number of 1 January 1970 in a spreadsheet.
const daysTo1970 = 25569

// sheetMoment is a moment in the time of Viet Nam as a spreadsheet keeps it.
func sheetMoment(text string) (float64, bool) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || t.Nanosecond() != 0 { // the format shows whole seconds: others stay text
		return 0, false
	}
	_, offset := t.In(locale.Zone).Zone()
	seconds := t.Unix() + int64(offset)
	n := float64(seconds)/86400 + daysTo1970
	return n, n >= firstSheetDay
}

// valueText is the canonical text of a value.
func valueText(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case int:
		return strconv.Itoa(v), nil
	case float64:
		return string(viet.AppendFloat(nil, v)), nil
	case bool:
		return strconv.FormatBool(v), nil
	case json.Number:
		return v.String(), nil
	case json.RawMessage:
		return string(v), nil
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}
