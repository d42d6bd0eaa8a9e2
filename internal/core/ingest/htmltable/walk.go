package htmltable

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A node is a table of the page, layout or data.
type node struct {
	parent int
	inner  bool  // it holds other tables
	rows   int64 // with two cells or more of its own
	filled int64 // cells with something in them
	texts  []string
	table  ingest.Table
}

// A walker goes through a page. It either scans all of it, or gathers the rows
// of one table.
type walker struct {
	b    *book
	only int // table whose rows are gathered; -1: scan
	rows *cells.Rows
	done bool

	nodes   []node
	count   int // tables seen
	open    []level
	skip    atom.Atom // element whose text nobody sees
	style   []byte
	text    []byte // outside of tables
	short   []string
	above   string
	caption bool
	merged  int
}

// A level is a table that is open.
type level struct {
	node   int
	row    int64
	column int
	cells  int // of the row, with something in them
	spans  []span
	cell   []byte
	inRow  bool
	inCell bool
	value  value
	hidden bool
}

// A span is a cell that reaches down into the next rows.
type span struct{ from, to, left int }

func (w *walker) top() *level {
	if len(w.open) == 0 {
		return nil
	}
	return &w.open[len(w.open)-1]
}

// between tells that no row of the table that is gathered is being read.
func (w *walker) between() bool {
	l := w.wanted()
	return l != nil && !l.inRow
}

// wanted is the level whose rows are gathered, when it is open.
func (w *walker) wanted() *level {
	for i := range w.open {
		if w.open[i].node == w.only {
			return &w.open[i]
		}
	}
	return nil
}

func (w *walker) token(z *html.Tokenizer, kind html.TokenType) error {
	switch kind {
	case html.TextToken:
		return w.write(z)
	case html.StartTagToken, html.SelfClosingTagToken:
		name, attrs := z.TagName()
		return w.start(z, atom.Lookup(name), attrs)
	case html.EndTagToken:
		name, _ := z.TagName()
		return w.end(atom.Lookup(name))
	}
	return nil
}

func (w *walker) start(z *html.Tokenizer, tag atom.Atom, attrs bool) error {
	switch tag {
	case atom.Script, atom.Style, atom.Template, atom.Title, atom.Noscript, atom.Textarea, atom.Select:
		w.skip = tag
	case atom.Table:
		w.skip = 0
		return w.startTable()
	case atom.Tr:
		w.skip = 0
		return w.startRow(attributes(z, attrs))
	case atom.Td, atom.Th:
		return w.startCell(attributes(z, attrs))
	case atom.Br:
		return w.add([]byte("\n"))
	case atom.P, atom.Div, atom.Li, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return w.breakLine()
	case atom.Caption:
		w.caption = len(w.open) > 0
		w.text = w.text[:0]
	}
	return nil
}

func (w *walker) end(tag atom.Atom) error {
	if tag == w.skip && tag != 0 {
		if tag == atom.Style {
			w.b.readStyle(w.style)
			w.style = nil
		}
		w.skip = 0
		return nil
	}
	switch tag {
	case atom.Table:
		return w.endTable()
	case atom.Tr:
		return w.endRow()
	case atom.Td, atom.Th:
		return w.endCell()
	case atom.P, atom.Div, atom.Li, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return w.breakLine()
	case atom.Caption:
		w.endCaption()
	}
	return nil
}

func (w *walker) startTable() error {
	w.paragraph()
	if len(w.open) >= mostDepth {
		return fault.New(fault.Invalid, "html.too-deep", mostDepth)
	}
	parent := -1
	if t := w.top(); t != nil {
		parent = t.node
	}
	if w.only < 0 {
		if len(w.nodes) >= 100*w.b.file.Limits.Tables {
			return fault.New(fault.TooLarge, "grid.too-many-tables", w.b.file.Limits.Tables)
		}
		w.nodes = append(w.nodes, node{parent: parent, table: ingest.Table{Note: w.above}})
		if parent >= 0 {
			w.nodes[parent].inner = true
		}
		w.above = ""
	}
	w.open = append(w.open, level{node: w.count})
	w.count++
	return nil
}

func (w *walker) endTable() error {
	t := w.top()
	if t == nil {
		return nil
	}
	if err := w.endRow(); err != nil {
		return err
	}
	if t.node == w.only {
		w.done = true
	}
	w.open = w.open[:len(w.open)-1]
	if len(w.open) > 0 {
		return w.breakLine()
	}
	return nil
}

func (w *walker) startRow(a attrs) error {
	if err := w.endRow(); err != nil {
		return err
	}
	t := w.top()
	if t == nil {
		return nil
	}
	t.row++
	t.column, t.cells = 0, 0
	for i := 0; i < len(t.spans); { // what reached down to the row before and no further
		if t.spans[i].left--; t.spans[i].left < 0 {
			t.spans = append(t.spans[:i], t.spans[i+1:]...)
		} else {
			i++
		}
	}
	t.hidden, t.inRow = hides(a.style), true
	if t.node == w.only {
		return w.rows.Begin(t.row)
	}
	return nil
}

func (w *walker) endRow() error {
	t := w.top()
	if t == nil {
		return nil
	}
	if err := w.endCell(); err != nil {
		return err
	}
	if t.cells > 0 && w.only < 0 {
		n := &w.nodes[t.node]
		n.filled += int64(t.cells)
		if t.cells > 1 {
			n.rows++
		}
		if t.hidden {
			n.table.HiddenRows++
		}
	}
	t.cells, t.inRow = 0, false
	if t.node == w.only {
		w.rows.End()
	}
	return nil
}

func (w *walker) startCell(a attrs) error {
	t := w.top()
	if t == nil {
		return nil
	}
	if err := w.endCell(); err != nil {
		return err
	}
	if !t.inRow { // a cell without a row
		if err := w.startRow(attrs{}); err != nil {
			return err
		}
	}
	t.column = t.free(t.column)
	t.inCell, t.cell = true, t.cell[:0]
	t.value = value{attrs: a, column: t.column}
	columns, down := a.span(a.colspan), a.span(a.rowspan)
	t.column = min(t.column+columns, 1<<20)
	if down > 1 && len(t.spans) < mostSpan {
		t.spans = append(t.spans, span{t.value.column, t.column, down - 1})
		slices.SortFunc(t.spans, func(a, b span) int { return a.from - b.from })
	}
	if (columns > 1 || down > 1) && w.only < 0 && w.merged < mostMerged {
		w.merged++
		n := &w.nodes[t.node]
		n.table.Merged = append(n.table.Merged, ingest.Range{
			FirstRow: t.row, LastRow: t.row + int64(down) - 1, FirstColumn: t.value.column, LastColumn: t.column - 1,
		})
	}
	return nil
}

// free is the first column from c that no cell of an earlier row reaches into.
// Those of this row lie before c.
func (t *level) free(c int) int {
	for _, s := range t.spans {
		if c >= s.from && c < s.to {
			c = s.to
		}
	}
	return c
}

func (w *walker) endCell() error {
	t := w.top()
	if t == nil || !t.inCell {
		return nil
	}
	t.inCell = false
	text := tidy(t.cell)
	if len(text) > 0 {
		t.cells++
		if w.only < 0 {
			w.keep(t.node, text)
		}
	}
	if t.node == w.only {
		data := w.rows.Data()
		return w.rows.Set(t.value.column, t.value.append(data, text, w.b.formats), len(data))
	}
	// The text of an inner table is also text of the cell around it, should the
	// outer one turn out to be the data.
	if len(text) > 0 && len(w.open) > 1 {
		return w.toOuter(text)
	}
	return nil
}

func (w *walker) toOuter(text []byte) error {
	outer := &w.open[len(w.open)-2]
	if !outer.inCell {
		return nil
	}
	if w.only < 0 { // of a layout only its own texts count
		return nil
	}
	outer.cell = append(append(outer.cell, '\n'), text...)
	return w.bounded(outer.cell, outer.row)
}

// keep notes a short text of a table, in case the table is layout.
func (w *walker) keep(n int, text []byte) {
	if len(w.nodes[n].texts) < mostMargins && utf8.RuneCount(text) <= shortText && w.nodes[n].rows < 50 {
		w.nodes[n].texts = append(w.nodes[n].texts, string(text))
	}
}

func (w *walker) finish() error {
	for len(w.open) > 0 {
		if err := w.endTable(); err != nil {
			return err
		}
	}
	w.paragraph()
	return nil
}

func (w *walker) endCaption() {
	if w.caption && w.only < 0 && len(w.open) > 0 {
		name := string(tidy(w.text))
		if utf8.RuneCountInString(name) <= shortText {
			w.nodes[w.top().node].table.Name = name
		} else {
			w.nodes[w.top().node].table.Note = name
		}
	}
	w.caption, w.text = false, w.text[:0]
}

func (w *walker) write(z *html.Tokenizer) error {
	if w.skip != 0 {
		if w.skip == atom.Style && w.only < 0 && len(w.style) < mostStyleBytes {
			w.style = append(w.style, z.Text()...)
		}
		return nil
	}
	return w.add(spaces(z.Text()))
}

// add appends to the cell, or to the paragraph outside of tables.
func (w *walker) add(text []byte) error {
	t := w.top()
	switch {
	case w.caption || t == nil:
		if len(w.text) < 4*shortText*utf8.UTFMax {
			w.text = append(w.text, text...)
		}
		return nil
	case !t.inCell:
		return nil
	}
	if w.only >= 0 && t.node != w.only && w.wanted() == nil {
		return nil
	}
	t.cell = append(t.cell, text...)
	return w.bounded(t.cell, t.row)
}

func (w *walker) bounded(cell []byte, row int64) error {
	if len(cell) > w.b.file.Limits.RecordBytes {
		return fault.New(fault.TooLarge, "grid.row-too-long", "HTML", row, w.b.file.Limits.RecordBytes)
	}
	return nil
}

// breakLine begins a new line in a cell, a new paragraph outside.
func (w *walker) breakLine() error {
	if w.top() == nil {
		w.paragraph()
		return nil
	}
	if t := w.top(); t.inCell && len(t.cell) > 0 && t.cell[len(t.cell)-1] != '\n' {
		return w.add([]byte("\n"))
	}
	return nil
}

// paragraph ends a paragraph outside of tables.
func (w *walker) paragraph() {
	if len(w.open) > 0 {
		return
	}
	text := string(tidy(w.text))
	w.text = w.text[:0]
	if text == "" || w.only >= 0 {
		return
	}
	w.above = text
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); utf8.RuneCountInString(line) <= shortText && len(w.short) < mostMargins {
			w.short = append(w.short, line)
		}
	}
}

// spaces makes line breaks of the source spaces: HTML has its own. What it
// changes is the tokenizer's copy.
func spaces(text []byte) []byte {
	for i, c := range text {
		if c == '\n' || c == '\r' || c == '\t' {
			text[i] = ' '
		}
	}
	return text
}

// tidy makes one space of several, no-break ones too, and cuts them off the
// ends of lines. It works in place.
func tidy(text []byte) []byte {
	out := text[:0]
	space := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == 0xC2 && i+1 < len(text) && text[i+1] == 0xA0 {
			c = ' '
			i++
		}
		switch {
		case c == ' ':
			space = true
			continue
		case c == '\n':
			space = false
		case space && len(out) > 0 && out[len(out)-1] != '\n':
			out = append(out, ' ')
		}
		space = false
		out = append(out, c)
	}
	return bytes.Trim(out, "\n")
}

// span is the number of cells that an attribute says.
func (a attrs) span(v string) int {
	n, err := strconv.Atoi(strings.TrimSpace(v))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, mostSpan)
}
