package docx

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells"
	"github.com/phohien/phohien/internal/core/ingest/cells/xmlscan"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A walker goes through the text of a document. It either scans all of it, or
// gathers the rows of one table.
type walker struct {
	b    *book
	scan bool
	only int // table whose rows are gathered; -1: none
	rows *cells.Rows
	done bool

	table  int // tables of the document seen so far
	depth  int // tables that are open
	row    int64
	drop   bool // the row was deleted
	column int
	inCell bool
	cell   []byte
	span   int
	merge  string // "", "restart", "continue"

	boxes []box // paragraphs outside of tables: of the text, and of text boxes in it
	above string

	tables  []ingest.Table
	open    map[int]ingest.Range // cells merged downwards, by column
	short   []string
	lines   []string
	nested  int
	deleted int
}

// A box is where paragraphs stand: the text, a text box.
type box struct {
	depth int // tables that were open when it began
	text  []byte
}

// outside gives the box that text belongs to; nil when it belongs to a cell.
func (w *walker) outside() *box {
	if len(w.boxes) == 0 {
		w.boxes = append(w.boxes, box{})
	}
	if b := &w.boxes[len(w.boxes)-1]; b.depth == w.depth {
		return b
	}
	return nil
}

// between tells that no row is being read.
func (w *walker) between() bool { return w.row == 0 || w.column < 0 }

func (w *walker) token(x *xmlscan.Scanner, k xmlscan.Kind) error {
	switch k {
	case xmlscan.Start:
		return w.start(x, string(x.Name()))
	case xmlscan.End:
		return w.end(string(x.Name()))
	}
	return nil
}

// start also reads to the end of elements that are left out, and of texts.
func (w *walker) start(x *xmlscan.Scanner, name string) error {
	switch name {
	case "w:pPr", "w:rPr", "w:sectPr", "w:tblPr", "w:tblGrid", "w:sdtPr", "w:instrText", "mc:Fallback",
		"w:tcPrChange", "w:trPrChange", "w:tblPrExChange", "w:tblPrEx":
		return x.Skip()
	case "w:del", "w:moveFrom": // also in the properties of a row: the row was deleted
		if w.depth == 1 && !w.inCell && w.row > 0 {
			w.drop = true
		}
		w.deleted++
		return x.Skip()
	case "w:t", "m:t":
		return w.text(x)
	case "w:tab", "w:ptab":
		return w.write("\t")
	case "w:br", "w:cr":
		return w.write("\n")
	case "w:noBreakHyphen":
		return w.write("-")
	case "w:tbl":
		return w.startTable()
	case "w:txbxContent":
		w.outside() // the first is there
		w.boxes = append(w.boxes, box{depth: w.depth})
	case "w:p":
		w.startParagraph()
	}
	if w.depth == 1 {
		return w.startInTable(x, name)
	}
	return nil
}

func (w *walker) startInTable(x *xmlscan.Scanner, name string) error {
	switch name {
	case "w:tr":
		w.row++
		w.column, w.drop = 0, false
		if w.gathers() {
			return w.rows.Begin(w.row)
		}
	case "w:gridBefore":
		w.column = x.Number("w:val", 0, mostSpan)
	case "w:hidden":
		if !w.inCell && w.scan {
			w.current().HiddenRows++
		}
	case "w:tc":
		w.inCell, w.cell, w.span, w.merge = true, w.cell[:0], 1, ""
	case "w:gridSpan":
		w.span = max(1, x.Number("w:val", 1, mostSpan))
	case "w:vMerge":
		v, _ := x.Attr("w:val")
		if w.merge = "continue"; string(v) == "restart" {
			w.merge = "restart"
		}
	}
	return nil
}

func (w *walker) end(name string) error {
	switch name {
	case "w:p":
		w.endParagraph()
	case "w:txbxContent":
		if len(w.boxes) > 1 {
			w.boxes = w.boxes[:len(w.boxes)-1]
		}
	case "w:tbl":
		w.endTable()
	}
	if w.depth != 1 {
		return nil
	}
	switch name {
	case "w:tc":
		if w.inCell {
			return w.endCell()
		}
	case "w:tr":
		if w.gathers() && w.row > 0 {
			w.rows.End()
		}
		if w.drop {
			w.row--
		}
		w.column = -1
	}
	return nil
}

// gathers tells that this is the table whose rows are wanted.
func (w *walker) gathers() bool { return w.only >= 0 && w.table-1 == w.only }

func (w *walker) current() *ingest.Table { return &w.tables[len(w.tables)-1] }

func (w *walker) startTable() error {
	if w.depth++; w.depth > 1 {
		w.nested++
		return nil
	}
	w.table++
	w.row, w.column, w.inCell = 0, -1, false
	if !w.scan {
		return nil
	}
	if len(w.tables) == w.b.limits.Tables {
		return fault.New(fault.TooLarge, "grid.too-many-tables", w.b.limits.Tables)
	}
	w.tables = append(w.tables, ingest.Table{Name: tableName(w.table), Note: w.above})
	w.above, w.open = "", map[int]ingest.Range{}
	return nil
}

func (w *walker) endTable() {
	if w.depth--; w.depth > 0 {
		return
	}
	w.depth = 0
	if w.scan {
		for column := range w.open {
			w.close(column)
		}
		sortRanges(w.current().Merged)
	}
	w.row, w.column = 0, -1
	w.done = w.gathers()
}

func (w *walker) endCell() error {
	w.inCell = false
	column, row := w.column, w.row
	w.column = min(w.column+w.span, 1<<20)
	if w.drop {
		return nil
	}
	if w.scan {
		w.merged(row, column)
		return nil
	}
	if !w.gathers() || w.merge == "continue" {
		return nil
	}
	return w.rows.Put(column, bytes.Trim(w.cell, "\n"))
}

// merged notes cells that span columns or rows.
func (w *walker) merged(row int64, column int) {
	if w.merge == "continue" {
		if r, ok := w.open[column]; ok {
			r.LastRow = row
			w.open[column] = r
			return
		}
	}
	w.close(column)
	r := ingest.Range{FirstRow: row, LastRow: row, FirstColumn: column, LastColumn: column + w.span - 1}
	if w.merge == "restart" || w.span > 1 {
		w.open[column] = r
	}
}

func (w *walker) close(column int) {
	r, ok := w.open[column]
	delete(w.open, column)
	if t := w.current(); ok && (r.LastRow > r.FirstRow || r.LastColumn > r.FirstColumn) && len(t.Merged) < mostMerged {
		t.Merged = append(t.Merged, r)
	}
}

// text reads w:t.
func (w *walker) text(x *xmlscan.Scanner) error {
	for depth := x.Depth(); ; {
		k, err := x.Next()
		if err != nil {
			return cut(err)
		}
		switch {
		case k == xmlscan.Text:
			if err := w.write(string(x.Text())); err != nil {
				return err
			}
		case k == xmlscan.End && x.Depth() < depth:
			return nil
		}
	}
}

// write adds to the cell, or to the paragraph outside of tables. Text boxes of
// a table belong to no cell.
func (w *walker) write(s string) error {
	if p := w.outside(); p != nil {
		if len(p.text) < longestNote*utf8.UTFMax {
			p.text = append(p.text, s...)
		}
		return nil
	}
	if !w.inCell {
		return nil
	}
	if w.cell = append(w.cell, s...); len(w.cell) > w.b.limits.RecordBytes {
		return fault.New(fault.TooLarge, "grid.row-too-long", tableName(w.table), w.row, w.b.limits.RecordBytes)
	}
	return nil
}

func (w *walker) startParagraph() {
	if p := w.outside(); p != nil {
		p.text = p.text[:0]
	} else if w.inCell && len(w.cell) > 0 && len(w.cell) < w.b.limits.RecordBytes {
		w.cell = append(w.cell, '\n')
	}
}

func (w *walker) endParagraph() {
	p := w.outside()
	if p == nil {
		return
	}
	for line := range strings.Lines(string(p.text)) {
		if line = strings.TrimSpace(line); line != "" && len(w.lines) < mostMargins {
			w.lines = append(w.lines, line)
			if utf8.RuneCountInString(line) <= shortParagraph {
				w.short = append(w.short, line)
			}
		}
	}
	if note := strings.TrimSpace(string(p.text)); note != "" && w.depth == 0 {
		w.above = shorten(note)
	}
	p.text = p.text[:0]
}
