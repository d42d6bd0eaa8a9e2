package layout

import (
	"bytes"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/core/ingest"
)

// fast sees in a few bytes that a row is data, so that nothing has to be
// folded for the many rows that are. It never says so of a row that rules.form
// takes for something else; of a row it is not sure of it says nothing.
type fast struct {
	rules  *rules
	firsts []first // how rows of the heading and of numbers begin
	from   int64   // lines below it stand above the data
	to     int64   // lines above it stand below the table
}

type first struct {
	column int
	text   []byte
}

func newFast(r *rules) *fast {
	f := &fast{rules: r, from: max(r.l.HeaderTo+1, r.l.First), to: r.l.Last}
	for _, h := range append([]Row{r.numbering}, r.heading...) {
		for c := range h.Cells {
			if h.at(c) != "" {
				f.firsts = append(f.firsts, first{c, []byte(h.at(c))})
				break
			}
		}
	}
	return f
}

// data tells whether record i is certainly data.
func (f *fast) data(b *ingest.Block, i int) bool {
	r, line := f.rules, b.Lines[i]
	if line < f.from || f.to > 0 && line > f.to || r.saidTo > 0 && line >= r.saidFrom && line <= r.saidTo {
		return false
	}
	if r.l.Own {
		return true
	}
	n := min(b.Cells(i), r.width)
	filled, inside := 0, false
	looked := false // the label has been looked at
	for c := 0; c < n; c++ {
		cell := b.Cell(i, c)
		if len(cell) == 0 || (cell[0] <= ' ' || cell[0] >= 0xC2) && len(bytes.TrimSpace(cell)) == 0 {
			continue
		}
		filled++
		if filled == 1 && f.begins(c, cell) {
			return false
		}
		if !looked {
			if r.role[c] == Number {
				if cell[0] < '0' || cell[0] > '9' {
					return false
				}
			} else {
				looked = true
				if suspicious(cell, r.l.Sums) {
					return false
				}
			}
		}
		inside = inside || r.role[c] != Number && r.role[c] != Ignore
		if filled > 2 && inside && looked {
			return true
		}
	}
	return false
}

func (f *fast) begins(c int, cell []byte) bool {
	for _, x := range f.firsts {
		if x.column == c && alike(cell[0], x.text[0]) && (len(cell) < 2 || len(x.text) < 2 || alike(cell[1], x.text[1])) {
			return true
		}
	}
	return false
}

// alike tells whether two bytes can begin the same text when capitals and marks
// are left aside.
func alike(a, b byte) bool {
	return a >= utf8.RuneSelf || b >= utf8.RuneSelf || a|0x20 == b|0x20 || a <= ' ' || b <= ' '
}

// suspicious tells whether a cell could begin with the word of a total or, with
// sums, the mark of a group.
func suspicious(cell []byte, sums bool) bool {
	if len(cell) < 3 {
		return cell[0] < '0' || cell[0] > '9'
	}
	c, second, third := cell[0], cell[1], cell[2]
	low, next := c|0x20, second|0x20
	switch low {
	case 't': // tổng, toàn, total, t.cộng, trung bình
		if next == 'o' || second >= utf8.RuneSelf || second == '.' || next == 'r' && third|0x20 == 'u' {
			return true
		}
	case 'c': // cộng, cả, chuyển sang
		if next == 'o' || next == 'a' || second >= utf8.RuneSelf || next == 'h' && third|0x20 == 'u' {
			return true
		}
	case 'b': // bình quân
		if next == 'i' || second >= utf8.RuneSelf {
			return true
		}
	case 'l', 's': // luỹ kế, sum, subtotal
		if next == 'u' || second >= utf8.RuneSelf {
			return true
		}
	case 'm': // mang sang
		if next == 'a' {
			return true
		}
	case 'g': // grand total
		if next == 'r' {
			return true
		}
	}
	if sums && (!letter(second) || !letter(third) || low == 'i' || low == 'v' || low == 'x' || low == 'p' || low == 'm') {
		return true
	}
	// Anything but a letter or a figure (a dash, a star, a space) may stand
	// before the word.
	return !letter(c)
}

func letter(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= 0xC3 && c <= 0xE1
}
