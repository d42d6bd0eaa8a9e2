// Package workbook writes what goes back to offices as workbooks (XLSX): the
// return slip with the lines that did not pass, the template of a data set to
// fill in, and the export of its records, which also comes as CSV.
//
// What a workbook of ours needs to be recognised when it comes back stands in
// it, out of the clerk's way: a hidden sheet says what the workbook is (Mark),
// a hidden last column, headed TokenHeading, names each line. No text of a
// sender is ever a formula: text cells are written as text and stay text when
// they are edited.
package workbook

import (
	"archive/zip"
	"io"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// TokenHeading heads the hidden column that names each line. The row in which
// it stands is the last row of the heading.
const TokenHeading = "_phohien"

// NoteToken stands in the token column of rows that are words to the clerk and
// no data: whoever reads the workbook leaves them out.
const NoteToken = "ghi-chu"

// The bounds of the format.
const (
	maxSheetRows = 1_048_576
	maxCellUnits = 32_767 // UTF-16 units of one cell
	maxWidth     = 60     // of a column, in characters
)

// Fonts and colours. Official documents are set in Times New Roman.
const (
	fontName   = "Times New Roman"
	wrongFill  = "FFC7CE" // light red; the text dark red, so that it shows on paper too
	wrongText  = "9C0006"
	headFill   = "DCE6F1"
	sampleText = "7F7F7F"
	lineColour = "BFBFBF"
)

// newFile makes an empty workbook with one sheet of this name.
func newFile(first, title, temp string, now time.Time) (*excelize.File, error) {
	f := excelize.NewFile(excelize.Options{TmpDir: temp})
	if err := f.SetSheetName("Sheet1", first); err != nil {
		return nil, err
	}
	if err := f.SetDefaultFont(fontName); err != nil {
		return nil, err
	}
	stamp := now.UTC().Format("2006-01-02T15:04:05Z")
	return f, f.SetDocProps(&excelize.DocProperties{
		Creator: "Phố Hiến", LastModifiedBy: "Phố Hiến", Title: title, Created: stamp, Modified: stamp, Language: "vi-VN",
	})
}

// write sends a workbook to w as it is packed: excelize itself would hold it
// whole in memory first.
func write(f *excelize.File, w io.Writer) error {
	f.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(w) })
	_, err := f.WriteToBuffer()
	return err
}

// headings are the texts under which the platform recognises the columns of an
// object when the workbook comes back: the title, or the name in the contract
// where the title could be taken for another column.
func headings(o *contract.Object) []string {
	all := make([]string, len(o.Columns))
	for i := range o.Columns {
		all[i] = o.Columns[i].Title
		if recognised(o, all[i]) != i {
			all[i] = o.Columns[i].Name
		}
	}
	return all
}

// recognised is the column that a heading alone is matched to, -1 for none.
func recognised(o *contract.Object, heading string) int {
	m, _ := quality.MapHeader(o, []string{heading}) // that it lacks the other columns is no news
	if m == nil {
		return -1 // two columns could be meant
	}
	for i, at := range m.Cell {
		if at == 0 {
			return i
		}
	}
	return -1
}

// own is the first of some headings that no column of the object answers to.
func own(o *contract.Object, wishes ...string) string {
	for _, h := range wishes {
		if recognised(o, h) < 0 {
			return h
		}
	}
	return "_" + strings.Repeat("_", len(wishes)) + wishes[0]
}

// cut shortens a text to what a cell holds. The rest is named, so that nobody
// takes the beginning for the whole.
func cut(text string, lang locale.Lang) (string, bool) {
	if len(text) <= maxCellUnits || units(text) <= maxCellUnits {
		return text, false
	}
	note := lang.T("workbook.cut", len([]rune(text)))
	room := maxCellUnits - units(note)
	used := 0
	for i, r := range text {
		if used += utf16.RuneLen(r); used > room {
			return text[:i] + note, true
		}
	}
	return text, false
}

// units counts the UTF-16 units of a text, by which the format measures.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// shorten cuts a text to n UTF-16 units with "…" at its end, as prompts and
// messages of cells need.
func shorten(s string, n int) string {
	if units(s) <= n {
		return s
	}
	used := 1
	for i, r := range s {
		if used += max(utf16.RuneLen(r), 1); used > n {
			return strings.TrimRight(s[:i], " ") + "…"
		}
	}
	return s
}

// sheetName makes a text fit to name a sheet that no other of the workbook has.
func sheetName(f *excelize.File, title string, reserved ...string) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]`, r) || r < ' ' {
			return ' '
		}
		return r
	}, title)
	name = strings.Trim(strings.Join(strings.Fields(name), " "), "'")
	if name == "" {
		name = "Dữ liệu"
	}
	taken := func(n string) bool {
		for _, have := range append(f.GetSheetList(), reserved...) {
			if strings.EqualFold(have, n) {
				return true
			}
		}
		return false
	}
	short := clip(name, excelize.MaxSheetNameLength)
	for n := 2; taken(short); n++ {
		suffix := " (" + locale.En.Number(int64(n)) + ")"
		short = clip(name, excelize.MaxSheetNameLength-len(suffix)) + suffix
	}
	return short
}

// clip cuts a text to n UTF-16 units.
func clip(s string, n int) string {
	used := 0
	for i, r := range s {
		if used += max(utf16.RuneLen(r), 1); used > n {
			return strings.TrimSpace(s[:i])
		}
	}
	return s
}

// ref is the name of a cell, columns from 0 and rows from 1.
func ref(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column+1, row)
	if err != nil {
		return "" // beyond the format: columns and rows are bounded by who calls
	}
	return name
}

// letter is the name of a column from 0.
func letter(column int) string {
	name, err := excelize.ColumnNumberToName(column + 1)
	if err != nil {
		return ""
	}
	return name
}
