package workbook

import (
	"context"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// maxComments is how many cells of a slip carry a note. Notes are drawings, kept
// whole in memory by this program and by spreadsheets; the cells beyond have
// their colour, and the reason at the end of their line.
const maxComments = 2000

// reasonWidth is how wide the column of reasons is, in characters.
const reasonWidth = 80

// A slipSheet is the sheet "Cần sửa" being written.
type slipSheet struct {
	in     *SlipInput
	f      *excelize.File
	looks  *looks
	sheet  string
	typed  []look // by column of the object
	cells  []excelize.Cell
	values []any

	heading int // row of the heading, below the words of the slip
}

// newSlip writes the slip as a new workbook.
func newSlip(ctx context.Context, w io.Writer, in *SlipInput) error {
	t := in.Language.T
	f, err := newFile(t("workbook.slip.sheet"), t("workbook.slip.title"), in.Temp, in.Now)
	if err != nil {
		return err
	}
	defer f.Close()
	s := &slipSheet{in: in, f: f, looks: newLooks(f), sheet: t("workbook.slip.sheet")}
	s.heading = len(s.words()) + 1
	if _, err := in.guide(f, s.looks, false); err != nil {
		return err
	}
	if err := s.choices(); err != nil {
		return err
	}
	if err := in.mark(s.sheet, int64(s.heading)).write(f); err != nil {
		return err
	}
	if err := printed(f, s.sheet, s.heading, true); err != nil {
		return err
	}
	// What stands around the cells must be there before they are streamed.
	if err := s.comments(); err != nil {
		return err
	}
	if err := s.stream(ctx); err != nil {
		return err
	}
	f.SetActiveSheet(0)
	return write(f, w)
}

// choices offers the values of the columns that have few.
func (s *slipSheet) choices() error {
	l := &lister{
		f: s.f, looks: s.looks, lang: s.in.Language, lists: s.in.Lists, today: viet.DateOf(s.in.Now.In(locale.Zone)), ranges: map[string]string{},
	}
	for i := range s.in.Object.Columns {
		dv, err := l.choice(s.in.Object, i)
		if err != nil {
			return err
		}
		if dv == nil || len(s.in.Lines) == 0 {
			continue
		}
		dv.SetSqref(ref(i, s.heading+1) + ":" + ref(i, s.heading+len(s.in.Lines)))
		dv.SetError(excelize.DataValidationErrorStyleWarning, s.in.Language.T("workbook.list.title"), s.in.Language.T("workbook.list.error"))
		if err := s.f.AddDataValidation(s.sheet, dv); err != nil {
			return err
		}
	}
	return nil
}

func (s *slipSheet) comments() error {
	n, reasons := 0, len(s.in.Object.Columns)
	for i := range s.in.Lines {
		l := &s.in.Lines[i]
		columns, faults := about(l)
		for _, c := range columns {
			if n++; n > maxComments {
				return nil
			}
			at := c
			if c < 0 {
				at = reasons
			}
			if err := note(s.f, s.sheet, ref(at, s.heading+1+i), s.in.comment(faults[c])); err != nil {
				return err
			}
		}
	}
	return nil
}

// note puts a comment on a cell, as large as its text.
func note(f *excelize.File, sheet, cell, text string) error {
	const lineOf, pixels = 48, 17
	lines := 1
	for line := range strings.Lines(text) {
		lines += 1 + utf8.RuneCountInString(line)/lineOf
	}
	return f.AddComment(sheet, excelize.Comment{
		Cell: cell, Author: "Phố Hiến", Text: text, Width: 340, Height: uint(min(lines, 20) * pixels),
	})
}

// stream writes the cells of the sheet.
func (s *slipSheet) stream(ctx context.Context) error {
	o, t := s.in.Object, s.in.Language.T
	if err := freeze(s.f, s.sheet, s.heading); err != nil {
		return err
	}
	sw, err := s.f.NewStreamWriter(s.sheet)
	if err != nil {
		return err
	}
	heads := append(headings(o), own(o, t("workbook.slip.reason"), t("workbook.slip.reason-long")),
		own(o, t("workbook.slip.row"), t("workbook.slip.row-long")), TokenHeading)
	n := len(o.Columns)
	for i, h := range heads {
		if err := sw.SetColWidth(i+1, i+1, s.width(i, h)); err != nil {
			return err
		}
	}
	if err := sw.SetColVisible(n+3, n+3, false); err != nil {
		return err
	}
	for i, line := range s.words() {
		id, err := s.looks.id(line.look)
		if err != nil {
			return err
		}
		if err := sw.SetRow(ref(0, i+1), []any{excelize.Cell{StyleID: id, Value: line.text}}); err != nil {
			return err
		}
	}
	if err := s.head(sw, heads); err != nil {
		return err
	}
	s.cells, s.values = make([]excelize.Cell, n+3), make([]any, n+3)
	for i := range o.Columns {
		s.typed = append(s.typed, typedLook(&o.Columns[i]))
	}
	for i := range s.in.Lines {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := s.line(sw, s.heading+1+i, &s.in.Lines[i]); err != nil {
			return err
		}
	}
	if s.in.left() > 0 {
		if err := s.last(sw, s.heading+1+len(s.in.Lines)); err != nil {
			return err
		}
	}
	return sw.Flush()
}

// A wording is a row of words above the table.
type wording struct {
	text string
	look look
}

// words are the rows above the heading.
func (s *slipSheet) words() []wording {
	in, t := s.in, s.in.Language.T
	all := []wording{
		{t("workbook.slip.title"), lookTitle},
		{t("workbook.slip.to", in.unit()), lookStrong},
		{t("workbook.slip.about", in.Title, in.Batch, in.File, in.Language.Time(in.Received), in.Total), lookPlain},
		{t("workbook.slip.short"), lookPlain},
		{t("workbook.slip.short-send"), lookPlain},
	}
	if in.left() > 0 {
		all = append(all, wording{in.rest(), lookStrong})
	}
	return all
}

func (s *slipSheet) head(sw *excelize.StreamWriter, heads []string) error {
	id, err := s.looks.id(lookHead)
	if err != nil {
		return err
	}
	row := make([]any, len(heads))
	for i, h := range heads {
		row[i] = excelize.Cell{StyleID: id, Value: h}
	}
	return sw.SetRow(ref(0, s.heading), row, excelize.RowOpts{Height: 36})
}

func (s *slipSheet) line(sw *excelize.StreamWriter, row int, l *SlipLine) error {
	o := s.in.Object
	n := len(o.Columns)
	split := len(l.Cells) == n
	for i := range n {
		s.cells[i] = excelize.Cell{}
		k := s.typed[i]
		if split {
			s.cells[i].Value, k = shown(&o.Columns[i], l.Cells[i], k, s.in)
		}
		if err := s.set(i, k, wrong(l, i)); err != nil {
			return err
		}
	}
	reason := s.in.reason(l)
	s.cells[n].Value, s.cells[n+1].Value, s.cells[n+2].Value = reason, l.Row, l.Token
	if err := s.set(n, lookReason, wrong(l, -1)); err != nil {
		return err
	}
	if err := s.set(n+1, look{border: true, format: "0"}, false); err != nil {
		return err
	}
	if err := s.set(n+2, lookToken, false); err != nil {
		return err
	}
	return sw.SetRow(ref(0, row), s.values, excelize.RowOpts{Height: rowHeight(reason, reasonWidth)})
}

func (s *slipSheet) set(i int, k look, bad bool) error {
	if bad {
		k = k.wrong()
	}
	var err error
	s.cells[i].StyleID, err = s.looks.id(k)
	s.values[i] = &s.cells[i]
	return err
}

func wrong(l *SlipLine, column int) bool {
	for i := range l.Faults {
		if l.Faults[i].Column == column {
			return true
		}
	}
	return false
}

// last says below the lines how many more there are.
func (s *slipSheet) last(sw *excelize.StreamWriter, row int) error {
	strong, err := s.looks.id(lookStrong)
	if err != nil {
		return err
	}
	cells := make([]any, len(s.in.Object.Columns)+3)
	cells[0] = excelize.Cell{StyleID: strong, Value: s.in.rest()}
	cells[len(cells)-1] = NoteToken
	return sw.SetRow(ref(0, row), cells)
}

// typedLook is the look of a column's cells. Only numbers are numbers: days stay
// text, because a spreadsheet set to American dates turns 05/04/2025, once it is
// edited, into the fourth of May.
func typedLook(c *contract.Column) look {
	switch c.Type {
	case contract.Integer:
		return look{format: "0", border: true}
	case contract.Decimal, contract.Float:
		return look{format: "General", border: true}
	}
	return lookText
}

// shown is a cell as sent in the form in which a clerk mends it best: numbers
// that are written in full as numbers, days as dd/mm/yyyy, all else as the text
// it was.
func shown(c *contract.Column, cell string, k look, in *SlipInput) (any, look) {
	switch c.Type {
	case contract.Integer, contract.Decimal, contract.Float:
		if v, ok := plainNumber(cell); ok {
			return v, k
		}
	case contract.Date:
		if d, std, err := viet.ParseDate([]byte(cell)); err == nil && !std {
			return d.Display(), k
		}
	}
	text, _ := cut(cell, in.Language)
	k.format = "@"
	return text, k
}

// plainNumber reads a number that a spreadsheet keeps digit by digit and that
// can be read in one way only: canonical, of at most fifteen digits, and not like
// 1.234, which somebody wrote for a thousand or not.
func plainNumber(text string) (any, bool) {
	switch point := strings.IndexByte(text, '.'); {
	case point >= 0 && len(text)-point == 4:
		return nil, false
	case point >= 0 && len(text)-point == 5:
		text = strings.TrimSuffix(text, "0") // 1.2340 is how a number cell of 1.234 is read
	}
	digits := 0
	for i := range len(text) {
		if text[i] >= '0' && text[i] <= '9' {
			digits++
		}
	}
	if digits == 0 || digits > exactDigits {
		return nil, false
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
		return n, true
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && strconv.FormatFloat(f, 'f', -1, 64) == text {
		return f, true
	}
	return nil, false
}

// exactDigits is how many digits of a number a spreadsheet keeps.
const exactDigits = 15

// width of a column of the slip, by its heading and what its first lines hold.
func (s *slipSheet) width(i int, heading string) float64 {
	n := len(s.in.Object.Columns)
	switch {
	case i == n:
		return reasonWidth
	case i > n:
		return 12
	}
	longest := min(utf8.RuneCountInString(heading), 24)
	for j := range min(len(s.in.Lines), 200) {
		if l := &s.in.Lines[j]; i < len(l.Cells) {
			longest = max(longest, utf8.RuneCountInString(l.Cells[i]))
		}
	}
	return float64(min(max(longest+3, 10), 40))
}

// freeze keeps all rows to the heading in sight.
func freeze(f *excelize.File, sheet string, heading int) error {
	cell := ref(0, heading+1)
	return f.SetPanes(sheet, &excelize.Panes{
		Freeze: true, YSplit: heading, TopLeftCell: cell, ActivePane: "bottomLeft",
		Selection: []excelize.Selection{{SQRef: cell, ActiveCell: cell, Pane: "bottomLeft"}},
	})
}

func itoa(n int) string { return strconv.Itoa(n) }
