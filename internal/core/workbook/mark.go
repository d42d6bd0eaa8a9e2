package workbook

import (
	"errors"
	"github.com/phohien/phohien/internal/foundation/locale"
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/core/ingest"
)

// MarkSheet is the hidden sheet that holds the Mark.
const MarkSheet = "_phohien"

// The kinds of workbooks of ours.
const (
	KindSlip     = "slip"
	KindTemplate = "template"
)

// A Mark says what a workbook of ours is, for when it comes back: which of its
// sheets hold data of which object. All its other sheets are for people.
type Mark struct {
	Kind                      string
	Contract, Version, Digest string // of the contract it was made for
	Batch                     string // KindSlip: the batch whose lines it holds
	Sheets                    []DataSheet
}

// A DataSheet is a sheet that holds data.
type DataSheet struct {
	Sheet   string
	Dataset string // address of the object
	Heading int64  // last row of the heading when the workbook was made; TokenHeading stands in it
}

// write adds the sheet, in place of an older one.
func (m Mark) write(f *excelize.File) error {
	if at, err := f.GetSheetIndex(MarkSheet); err != nil {
		return err
	} else if at >= 0 {
		if err := f.DeleteSheet(MarkSheet); err != nil {
			return err
		}
	}
	if _, err := f.NewSheet(MarkSheet); err != nil {
		return err
	}
	rows := [][]string{
		{"phohien", m.Kind}, {"contract", m.Contract}, {"version", m.Version}, {"digest", m.Digest}, {"batch", m.Batch},
	}
	for _, s := range m.Sheets {
		rows = append(rows, []string{"sheet", s.Sheet, s.Dataset, strconv.FormatInt(s.Heading, 10)})
	}
	for i, row := range rows {
		for c, text := range row {
			if err := f.SetCellStr(MarkSheet, ref(c, i+1), text); err != nil {
				return err
			}
		}
	}
	return f.SetSheetVisible(MarkSheet, false, true)
}

// ReadMark reads the mark of a workbook that came in, false when it is none of
// ours. What it says was in the sender's hands and may be wrong: it names
// sheets, and opens nothing.
func ReadMark(b ingest.Book) (Mark, bool, error) {
	for i, t := range b.Tables() {
		if t.Name != MarkSheet || !t.Hidden {
			continue
		}
		g, err := b.Open(i)
		if err != nil {
			return Mark{}, false, err
		}
		m, err := readMark(g)
		return m, m.Kind != "", err
	}
	return Mark{}, false, nil
}

// maxMarkRows is more than any mark has: an object of a contract is a row.
const maxMarkRows = 1000

func readMark(g ingest.Grid) (Mark, error) {
	var m Mark
	var b ingest.Block
	for rows := 0; rows < maxMarkRows; rows += b.Records() {
		chunk, err := g.Next()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return m, err
		}
		chunk.Parse(&b)
		for i := range b.Records() {
			m.take(&b, i)
		}
	}
	return m, nil
}

// take reads one row of the mark.
func (m *Mark) take(b *ingest.Block, i int) {
	cell := func(c int) string {
		if c < b.Cells(i) {
			return string(b.Cell(i, c))
		}
		return ""
	}
	switch cell(0) {
	case "phohien":
		m.Kind = cell(1)
	case "contract":
		m.Contract = cell(1)
	case "version":
		m.Version = cell(1)
	case "digest":
		m.Digest = cell(1)
	case "batch":
		m.Batch = cell(1)
	case "sheet":
		heading, err := strconv.ParseInt(cell(3), 10, 64)
		if err != nil {
			heading = 0 // somebody wrote into it: the heading is found by TokenHeading
		}
		m.Sheets = append(m.Sheets, DataSheet{Sheet: cell(1), Dataset: cell(2), Heading: heading})
	}
}

// OwnHeading reports whether a heading is one that slips add for the clerk to
// read: no data set knows it.
func OwnHeading(heading string) bool {
	for _, l := range []locale.Lang{locale.Vi, locale.En} {
		for _, key := range []string{"workbook.slip.reason", "workbook.slip.reason-long", "workbook.slip.row", "workbook.slip.row-long"} {
			if heading == l.T(key) {
				return true
			}
		}
	}
	return false
}
