package workbook

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/core/ingest/xlsx"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// The bounds of what is marked in the sender's own workbook, which must be held
// in memory whole for it.
const (
	MaxOwnBytes = 20 << 20
	MaxOwnLines = 20_000

	maxOwnHeading  = 1000
	maxOwnCells    = 500_000
	maxOwnUnpacked = 512 << 20
)

// ownSlip marks the lines in the sender's workbook. The caller closes it.
func ownSlip(ctx context.Context, in *SlipInput) (f *excelize.File, err error) {
	// excelize trusts what it opens; a broken table of styles can make it panic.
	defer func() {
		if r := recover(); r != nil {
			f, err = nil, fmt.Errorf("marking %q: %v", in.Own.File.Name, r)
		}
	}()
	rows, err := in.ownRows()
	if err != nil {
		return nil, err
	}
	f, err = reduced(ctx, in.Own, rows)
	if err != nil {
		return nil, err
	}
	// Without a theme where it looks for one, excelize reads the colours of
	// styles as none; it must not write one into the sender's workbook either.
	borrowed := f.Theme == nil
	if borrowed {
		f.Theme = excelize.NewFile().Theme
	}
	o := &ownBook{in: in, f: f, looks: newLooks(f), made: map[int]int{}, said: map[string][]SlipFault{}}
	if err := o.mark(rows); err != nil {
		f.Close()
		return nil, err
	}
	if borrowed {
		f.Theme = nil
	}
	return f, nil
}

// ownRows are the rows of the bad lines, in order and each once: a crosstab
// gives several lines of one row.
func (in *SlipInput) ownRows() ([]int64, error) {
	switch {
	case in.Own.File.Size > MaxOwnBytes:
		return nil, fault.New(fault.TooLarge, "workbook.own.large", in.Own.File.Name, in.Own.File.Size, int64(MaxOwnBytes))
	case len(in.Lines) > MaxOwnLines || in.left() > 0:
		return nil, fault.New(fault.TooLarge, "workbook.own.many", in.Total, int64(MaxOwnLines))
	case in.Own.HeaderTo < 1 || in.Own.HeaderTo > maxOwnHeading:
		return nil, fault.New(fault.Invalid, "workbook.own.heading", in.Own.File.Name)
	}
	rows := make([]int64, 0, len(in.Lines))
	for i := range in.Lines {
		if in.Lines[i].Row <= in.Own.HeaderTo {
			return nil, fault.New(fault.Invalid, "workbook.own.row", in.Lines[i].Row)
		}
		rows = append(rows, in.Lines[i].Row)
	}
	slices.Sort(rows)
	return slices.Compact(rows), nil
}

// reduced opens the sender's workbook with the heading and the bad rows alone.
func reduced(ctx context.Context, own *Own, rows []int64) (*excelize.File, error) {
	tmp, err := os.CreateTemp(own.File.Temp, "phieu-*.xlsx")
	if err != nil {
		return nil, err
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	keep := func(row int64) bool {
		_, bad := slices.BinarySearch(rows, row)
		return bad || row <= own.HeaderTo
	}
	if err := xlsx.Filter(ctx, own.File, tmp, own.Sheet, keep); err != nil {
		return nil, err
	}
	if _, err := tmp.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return excelize.OpenReader(tmp, excelize.Options{TmpDir: own.File.Temp, UnzipSizeLimit: maxOwnUnpacked})
}

// An ownBook is the sender's workbook being marked.
type ownBook struct {
	in    *SlipInput
	f     *excelize.File
	looks *looks
	sheet string
	first int         // row of the first bad line
	last  int         // place of the column behind all others
	made  map[int]int // style as sent → the same with the colour of a fault
	wrong []string    // cells with faults, in the order of the lines
	said  map[string][]SlipFault
	again bool // a slip that came back: it has our columns, and colours of the last time
}

func (b *ownBook) mark(rows []int64) error {
	if err := b.find(len(rows)); err != nil {
		return err
	}
	if err := b.heads(); err != nil {
		return err
	}
	reasons := map[int]string{}
	tokens := map[int]string{}
	for i := range b.in.Lines {
		l := &b.in.Lines[i]
		k, _ := slices.BinarySearch(rows, l.Row)
		row := b.first + k
		reasons[row] = joined(reasons[row], b.in.reason(l), "\n")
		tokens[row] = joined(tokens[row], l.Token, " ")
		if err := b.faults(row, l); err != nil {
			return err
		}
	}
	if b.again {
		if err := b.clear(len(rows)); err != nil {
			return err
		}
	}
	p := &page{f: b.f, looks: b.looks, sheet: b.sheet, widths: map[int]float64{b.last: reasonWidth}}
	for k := range rows {
		row := b.first + k
		text, _ := cut(reasons[row], b.in.Language)
		p.put(b.last, row, text, lookReason)
		p.put(b.last+1, row, rows[k], look{border: true, format: "0"})
		p.put(b.last+2, row, tokens[row], lookToken)
	}
	if p.err != nil {
		return p.err
	}
	if err := b.notes(); err != nil {
		return err
	}
	return b.finish()
}

func joined(have, more, between string) string {
	if have == "" {
		return more
	}
	return have + between + more
}

// find looks where the kept rows ended up: the bad ones are the last.
func (b *ownBook) find(bad int) error {
	b.sheet = b.f.GetSheetName(0) // the copy has one sheet
	rows, err := b.f.Rows(b.sheet)
	if err != nil {
		return err
	}
	defer rows.Close()
	n, count := 0, 0
	var head []string
	var all [][]string
	for rows.Next() {
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return err
		}
		n++
		if count += len(cells); count > maxOwnCells {
			return fault.New(fault.TooLarge, "workbook.own.cells", b.in.Own.File.Name, int64(maxOwnCells))
		}
		b.last = max(b.last, len(cells))
		if len(all) < maxOwnHeading {
			all = append(all, cells)
		}
	}
	if err := rows.Error(); err != nil {
		return err
	}
	if n <= bad || n-bad > len(all) {
		return fault.New(fault.Invalid, "workbook.own.heading", b.in.Own.File.Name)
	}
	b.first = n - bad + 1
	head = all[n-bad-1]
	if len(all[0]) > 0 && ours(all[0][0]) {
		return fault.New(fault.Invalid, "workbook.own.slip", b.in.Own.File.Name)
	}
	b.reuse(head)
	return nil
}

// ours reports whether a text is the title of a slip: its words above the table
// are about another sending.
func ours(text string) bool {
	return slices.ContainsFunc(locale.Languages(), func(l locale.Lang) bool { return l.T("workbook.slip.title") == text })
}

// reuse takes the columns that a slip or a template of ours brings back.
func (b *ownBook) reuse(head []string) {
	at := slices.Index(head, TokenHeading)
	if at < 0 {
		return
	}
	b.last, b.again = at, true
	if at >= 2 && recognised(b.in.Object, head[at-1]) < 0 && recognised(b.in.Object, head[at-2]) < 0 {
		for _, l := range locale.Languages() {
			if head[at-2] == l.T("workbook.slip.reason") || head[at-2] == l.T("workbook.slip.reason-long") {
				b.last = at - 2
			}
		}
	}
}

// heads writes the headings of our columns in the look of the sender's.
func (b *ownBook) heads() error {
	t, o := b.in.Language.T, b.in.Object
	for i, h := range []string{
		own(o, t("workbook.slip.reason"), t("workbook.slip.reason-long")), own(o, t("workbook.slip.row"), t("workbook.slip.row-long")), TokenHeading,
	} {
		at := ref(b.last+i, b.first-1)
		if err := b.f.SetCellStr(b.sheet, at, h); err != nil {
			return err
		}
		style, err := b.f.GetCellStyle(b.sheet, ref(max(b.last-1, 0), b.first-1))
		if err != nil {
			return err
		}
		if err := b.f.SetCellStyle(b.sheet, at, at, style); err != nil {
			return err
		}
		if err := b.show(b.last + i); err != nil {
			return err
		}
		width := []float64{reasonWidth, 12, 12}[i]
		if err := b.f.SetColWidth(b.sheet, letter(b.last+i), letter(b.last+i), width); err != nil {
			return err
		}
	}
	return b.f.SetColVisible(b.sheet, letter(b.last+2), false)
}

// place is where a column of the object lies in the sheet; faults of the whole
// line, and of columns that the sheet lacks, are shown at the reason.
func (b *ownBook) place(column int) int {
	if column >= 0 && column < len(b.in.Own.Places) && b.in.Own.Places[column] >= 0 {
		return b.in.Own.Places[column]
	}
	return b.last
}

// faults colours the wrong cells of a row and collects what their notes say.
func (b *ownBook) faults(row int, l *SlipLine) error {
	for i := range l.Faults {
		place := b.place(l.Faults[i].Column)
		at := ref(place, row)
		if len(b.said[at]) == 0 {
			b.wrong = append(b.wrong, at)
			if place != b.last {
				if err := b.colour(at); err != nil {
					return err
				}
				if err := b.show(place); err != nil {
					return err
				}
			}
		}
		b.said[at] = append(b.said[at], l.Faults[i])
	}
	return nil
}

// notes writes one note on each wrong cell, as far as there is room.
func (b *ownBook) notes() error {
	for _, at := range b.wrong[:min(len(b.wrong), maxComments)] {
		if err := note(b.f, b.sheet, at, b.in.comment(b.said[at])); err != nil {
			return err
		}
	}
	return nil
}

// show brings a hidden column into sight.
func (b *ownBook) show(place int) error {
	seen, err := b.f.GetColVisible(b.sheet, letter(place))
	if err == nil && !seen {
		err = b.f.SetColVisible(b.sheet, letter(place), true)
	}
	return err
}

// colour gives a cell the colour of a fault and leaves the rest of its look.
func (b *ownBook) colour(at string) error {
	have, err := b.f.GetCellStyle(b.sheet, at)
	if err != nil {
		return err
	}
	id, ok := b.made[have]
	if !ok {
		s, err := b.f.GetStyle(have)
		if err != nil {
			return err
		}
		s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{wrongFill}}
		if s.Font == nil {
			s.Font = &excelize.Font{Family: fontName, Size: 11}
		}
		s.Font.Color, s.Font.ColorTheme, s.Font.ColorIndexed = wrongText, nil, 0
		if id, err = b.f.NewStyle(s); err != nil {
			return err
		}
		b.made[have] = id
	}
	return b.f.SetCellStyle(b.sheet, at, at, id)
}

// clear takes our colour off the cells that are right now.
func (b *ownBook) clear(rows int) error {
	plain := map[int]int{} // style with our colour → without; others stand for themselves
	for row := b.first; row < b.first+rows; row++ {
		for c := range b.last {
			at := ref(c, row)
			if len(b.said[at]) > 0 {
				continue
			}
			have, err := b.f.GetCellStyle(b.sheet, at)
			if err != nil {
				return err
			}
			id, ok := plain[have]
			if !ok {
				if id, err = b.plain(have); err != nil {
					return err
				}
				plain[have] = id
			}
			if id != have {
				if err := b.f.SetCellStyle(b.sheet, at, at, id); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// plain is a style without the colour of a fault.
func (b *ownBook) plain(have int) (int, error) {
	s, err := b.f.GetStyle(have)
	if err != nil || len(s.Fill.Color) != 1 || s.Fill.Color[0] != wrongFill || s.Font == nil || s.Font.Color != wrongText {
		return have, err
	}
	s.Fill = excelize.Fill{}
	s.Font.Color = "000000"
	return b.f.NewStyle(s)
}

// finish adds the guide and the mark, and opens the workbook at the lines.
func (b *ownBook) finish() error {
	if _, err := b.in.guide(b.f, b.looks, true); err != nil {
		return err
	}
	if err := b.in.mark(b.sheet, int64(b.first-1)).write(b.f); err != nil {
		return err
	}
	panes, err := b.f.GetPanes(b.sheet)
	if err != nil {
		return err
	}
	if !panes.Freeze {
		if err := freeze(b.f, b.sheet, b.first-1); err != nil {
			return err
		}
	}
	at, err := b.f.GetSheetIndex(b.sheet)
	if err != nil {
		return err
	}
	b.f.SetActiveSheet(at)
	return nil
}
