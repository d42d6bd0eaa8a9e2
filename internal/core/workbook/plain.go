package workbook

import (
	"encoding/csv"
	"errors"
	"io"

	"github.com/xuri/excelize/v2"
)

// WriteCSV writes rows of texts as CSV for spreadsheets: UTF-8 with a byte order
// mark, and a "'" before cells that a spreadsheet would run (Harmless).
func WriteCSV(w io.Writer, rows [][]string) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	for _, row := range rows {
		safe := make([]string, len(row))
		for n, cell := range row {
			safe[n] = Harmless(cell)
		}
		if err := c.Write(safe); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// WriteXLSX writes rows of texts as a workbook of one sheet, the first one as
// headings that stay in sight. Every cell is text, those that are still empty too:
// codes keep their zeros, and none is a formula.
func WriteXLSX(w io.Writer, sheet string, rows [][]string) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	s, err := f.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	wrap := &excelize.Alignment{WrapText: true, Vertical: "top"}
	head, e1 := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, NumFmt: 49, Alignment: wrap})
	body, e2 := f.NewStyle(&excelize.Style{NumFmt: 49, Alignment: wrap})
	last := 1
	if len(rows) > 0 {
		last = max(len(rows[0]), 1)
	}
	if err := errors.Join(e1, e2, s.SetColStyle(1, last, body), s.SetColWidth(1, last, 24),
		s.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})); err != nil {
		return err
	}
	for n, row := range rows {
		style := body
		if n == 0 {
			style = head
		}
		cells := make([]any, len(row))
		for c, text := range row {
			cells[c] = excelize.Cell{StyleID: style, Value: text}
		}
		at, err := excelize.CoordinatesToCellName(1, n+1)
		if err != nil {
			return err
		}
		if err := s.SetRow(at, cells); err != nil {
			return err
		}
	}
	if err := s.Flush(); err != nil {
		return err
	}
	_, err = f.WriteTo(w)
	return err
}
