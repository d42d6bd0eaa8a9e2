package termdesk

import (
	"context"
	"fmt"
	"io"
	"strings"

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
	return workbook.WriteCSV(w, rows)
}

// XLSX writes terms as a workbook that can be brought in again.
func XLSX(w io.Writer, l locale.Lang, terms []*dictionary.Term) error {
	rows, err := rowsOf(l, terms)
	if err != nil {
		return err
	}
	return workbook.WriteXLSX(w, l.T("lexicon.sheet"), rows)
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
