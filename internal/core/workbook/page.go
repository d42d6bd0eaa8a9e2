package workbook

import (
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// A page writes cells one by one and keeps the first error.
type page struct {
	f       *excelize.File
	looks   *looks
	sheet   string
	widths  map[int]float64 // by column, as set here
	heights map[int]float64 // by row, as its texts need
	err     error
}

func (p *page) put(column, row int, value any, k look) {
	if p.err != nil {
		return
	}
	at := ref(column, row)
	text, isText := value.(string)
	if isText {
		p.err = p.f.SetCellStr(p.sheet, at, text)
	} else {
		p.err = p.f.SetCellValue(p.sheet, at, value)
	}
	if p.err != nil {
		return
	}
	var id int
	if id, p.err = p.looks.id(k); p.err != nil {
		return
	}
	p.err = p.f.SetCellStyle(p.sheet, at, at, id)
	if isText && k.wrap {
		p.fit(row, rowHeight(text, p.widths[column]))
	}
}

// fit makes a row high enough. Not every spreadsheet does so by itself when it
// opens a file.
func (p *page) fit(row int, height float64) {
	if p.err != nil || height <= max(p.heights[row], lineHeight) {
		return
	}
	have, err := p.f.GetRowHeight(p.sheet, row)
	if err == nil && have < height {
		err = p.f.SetRowHeight(p.sheet, row, height)
	}
	if p.heights == nil {
		p.heights = map[int]float64{}
	}
	p.heights[row], p.err = height, err
}

func (p *page) width(column int, w float64) {
	if p.err != nil {
		return
	}
	if p.widths == nil {
		p.widths = map[int]float64{}
	}
	p.widths[column] = w
	p.err = p.f.SetColWidth(p.sheet, letter(column), letter(column), w)
}

func (p *page) height(row int, h float64) {
	if p.err == nil {
		p.err = p.f.SetRowHeight(p.sheet, row, h)
	}
}

const (
	lineHeight = 15.75 // points of a line of text
	mostLines  = 12    // a cell that needs more is read by opening it
)

// rowHeight is how high a row must be to show a wrapped text in a column so many
// characters wide.
func rowHeight(text string, width float64) float64 {
	if width == 0 {
		return lineHeight
	}
	lines := 0
	for line := range strings.Lines(text) {
		lines += 1 + int(float64(utf8.RuneCountInString(strings.TrimSuffix(line, "\n")))/(width*1.05))
	}
	return lineHeight * float64(min(max(lines, 1), mostLines))
}
