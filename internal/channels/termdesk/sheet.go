package termdesk

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/ingest/sheet"
	"github.com/phohien/phohien/internal/core/workbook"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// MostFile bounds the file of terms that is brought in, in bytes, and MostTerms
// its rows.
const (
	MostFile  = 20 << 20
	MostTerms = 5000
)

// heading is a column's, with the number of its attribute.
func heading(l locale.Lang, c Column) string {
	if c.Number == 0 {
		return c.In(l)
	}
	return fmt.Sprintf("%d. %s", c.Number, c.In(l))
}

// rowsOf are the heading and the rows of a sheet of terms.
func rowsOf(l locale.Lang, terms []*dictionary.Term) ([][]string, error) {
	head := make([]string, len(columns))
	for i, c := range columns {
		head[i] = heading(l, c)
	}
	rows := [][]string{head}
	for _, t := range terms {
		one, err := lineOf(t)
		if err != nil {
			return nil, fmt.Errorf("term %s: %w", t.ID, err)
		}
		row := make([]string, len(columns))
		for i, c := range columns {
			row[i] = c.get(one)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// CSV writes terms as a sheet that can be brought in again: UTF-8 with a byte
// order mark for Excel, and a "'" before cells that a spreadsheet would run.
func CSV(w io.Writer, l locale.Lang, terms []*dictionary.Term) error {
	rows, err := rowsOf(l, terms)
	if err != nil {
		return err
	}
	return WriteCSV(w, rows)
}

// WriteCSV writes rows as CSV for spreadsheets.
func WriteCSV(w io.Writer, rows [][]string) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = workbook.Harmless(cell)
		}
		if err := c.Write(safe); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// XLSX writes terms as a workbook that can be brought in again.
func XLSX(w io.Writer, l locale.Lang, terms []*dictionary.Term) error {
	rows, err := rowsOf(l, terms)
	if err != nil {
		return err
	}
	return WriteXLSX(w, l.T("lexicon.sheet"), rows)
}

// WriteXLSX writes rows as a workbook of one sheet; every cell is text, so that
// codes keep their zeros and no cell is a formula.
func WriteXLSX(w io.Writer, sheet string, rows [][]string) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	head, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, NumFmt: 49, Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}})
	if err != nil {
		return err
	}
	cells, err := f.NewStyle(&excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	last, err := excelize.ColumnNumberToName(max(len(rows[0]), 1))
	if err != nil {
		return err
	}
	if err := errors.Join(f.SetColStyle(sheet, "A:"+last, cells), f.SetColWidth(sheet, "A", last, 24), f.SetRowStyle(sheet, 1, 1, head),
		f.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})); err != nil {
		return err
	}
	for i, row := range rows {
		for j, text := range row {
			at, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				return err
			}
			if err := f.SetCellStr(sheet, at, text); err != nil {
				return err
			}
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

// A SheetRow is a row of a sheet of terms: its cells by column, those that the
// sheet lacks left out.
type SheetRow struct {
	Line  int               `json:"l"`
	Cells map[string]string `json:"c"`
}

// termList is a sheet of terms: a table with a title and a definition.
var termList = sheet.List{
	Column: columnOf, Needed: []int{named("title"), named("definition")}, Most: MostFile, MostRows: MostTerms,
	Large: fault.New(fault.TooLarge, "lexicon.import.large", int64(MostFile)),
	None:  fault.New(fault.Invalid, "lexicon.import.no-terms"),
	Many:  fault.New(fault.TooLarge, "lexicon.import.many", int64(MostTerms)),
	Empty: fault.New(fault.Invalid, "lexicon.import.empty"),
}

// readSheet reads terms out of a file of any kind that uploads may have.
func readSheet(ctx context.Context, body io.Reader, name string) ([]SheetRow, error) {
	lines, err := termList.Read(ctx, body, name)
	if err != nil {
		return nil, err
	}
	rows := make([]SheetRow, len(lines))
	for i, line := range lines {
		r := SheetRow{Line: line.Line, Cells: map[string]string{}}
		for c, text := range line.Cells {
			r.Cells[columns[c].Name] = strings.TrimSpace(workbook.Original(text))
		}
		rows[i] = r
	}
	return rows, nil
}
