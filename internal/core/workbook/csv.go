package workbook

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/core/contract"
)

// NewCSV begins a CSV file: UTF-8 with a byte order mark, so that Excel takes it
// for what it is, values in their canonical spelling (2026-11-22, 1234.5), and a
// "'" before cells that a spreadsheet would run as a formula (Harmless). With
// Plain both are left out.
func NewCSV(w io.Writer, o *contract.Object, opts ExportOptions) (Export, error) {
	x := &csvExport{w: csv.NewWriter(w), plain: opts.Plain}
	if opts.Separator != 0 {
		x.w.Comma = opts.Separator
	}
	var heads []string
	x.columns, heads = opts.columns(o)
	x.cells = make([]string, len(x.columns))
	if !opts.Plain {
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return nil, err
		}
		for i := range heads {
			heads[i] = Harmless(heads[i])
		}
	}
	return x, x.w.Write(heads)
}

type csvExport struct {
	w       *csv.Writer
	columns []*contract.Column
	cells   []string
	plain   bool
}

// Row adds a row.
func (x *csvExport) Row(values []any) error {
	if len(values) != len(x.columns) {
		return fmt.Errorf("a row of %d values for %d columns", len(values), len(x.columns))
	}
	for i, v := range values {
		text, err := valueText(v)
		if err != nil {
			return fmt.Errorf("column %s: %w", x.columns[i].Name, err)
		}
		if !x.plain {
			text = Harmless(text)
		}
		x.cells[i] = text
	}
	return x.w.Write(x.cells)
}

// Close writes what is left.
func (x *csvExport) Close() error {
	x.w.Flush()
	return x.w.Error()
}

// Cancel has nothing to tidy up.
func (x *csvExport) Cancel() error { return nil }

// Harmless keeps a spreadsheet from taking a cell of a CSV file for a formula:
// a cell that begins like one gets a "'" before it. Numbers keep their sign. A
// cell that begins with "'" by itself gets another, so that nothing is lost:
// Original gives every cell back.
func Harmless(s string) string {
	if risky(s) || strings.HasPrefix(s, "'") {
		return "'" + s
	}
	return s
}

// Original undoes Harmless.
func Original(s string) string { return strings.TrimPrefix(s, "'") }

// risky reports whether a spreadsheet may run a cell: it begins with a sign of a
// formula, in ASCII or full width, or with white space that is left out before
// one.
func risky(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	if !strings.ContainsRune("=+-@\t\r\n＝＋－＠", r) || s == "" {
		return false
	}
	_, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", "."), 64)
	return err != nil || strings.ContainsAny(s, "iInNpPxX_") // no names of numbers
}
