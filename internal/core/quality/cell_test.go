package quality

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/viet"
)

// straightColumns are columns that are read straight where that is possible, each
// with what may be known of it.
func straightColumns() (columns []contract.Column, hints []Hint, widths []int) {
	add := func(c contract.Column, h Hint, width int) {
		columns, hints, widths = append(columns, c), append(hints, h), append(widths, width)
	}
	for _, off := range []uint32{0, 1<<RescueSpaces | 1<<RescueTone, 1 << RescueNumber, 1<<RescueZeros | 1<<RescueDigits} {
		add(contract.Column{Type: contract.Text}, Hint{Off: off}, 0)
		add(contract.Column{Type: contract.Text}, Hint{Off: off}, 5)
		add(contract.Column{Type: contract.Text, Identifier: viet.KindCCCD}, Hint{Off: off}, 12)
		for _, style := range []viet.Style{viet.StyleAuto, viet.StyleVietnamese, viet.StyleEnglish} {
			add(contract.Column{Type: contract.Integer}, Hint{Off: off, Style: style}, 0)
			add(contract.Column{Type: contract.Decimal, Precision: 9, Scale: 2}, Hint{Off: off, Style: style}, 0)
			add(contract.Column{Type: contract.Float}, Hint{Off: off, Style: style}, 0)
		}
		add(contract.Column{Type: contract.Boolean}, Hint{Off: off}, 0)
		add(contract.Column{Type: contract.Time}, Hint{Off: off}, 0)
		for _, order := range []viet.DateOrder{viet.DayFirst, viet.MonthFirst, viet.Serial, viet.ShortYears} {
			add(contract.Column{Type: contract.Date}, Hint{Off: off, Order: order}, 0)
			add(contract.Column{Type: contract.PartialDate}, Hint{Off: off, Order: order}, 0)
			add(contract.Column{Type: contract.Timestamp}, Hint{Off: off, Order: order}, 0)
		}
	}
	return columns, hints, widths
}

// readings reads cells one after the other, straight or the long way, and tells
// all that there is to tell.
func readings(c contract.Column, h Hint, width int, spell, straight bool, cells []string) string {
	r := newReader(&c, scratch(&c))
	r.hint, r.width, r.spell = h, width, spell
	if c.Identifier != "" {
		r.check, _ = viet.Checker(c.Identifier)
	}
	if r.choose(); !straight {
		r.way = wayLong
	}
	var out strings.Builder
	for _, cell := range cells {
		raw := []byte(cell)
		canon, present, std, err := r.read(raw, []byte("…"))
		if err != nil {
			r.null()
		}
		fmt.Fprintf(&out, "%q: %q %v %v %v %d %v\n", raw, canon, present, std, err, r.used, r.hinted)
	}
	for _, v := range r.into {
		a := v.array()
		fmt.Fprintln(&out, a)
		a.Release()
	}
	return out.String()
}

// Read straight or the long way, a cell is the same.
func TestStraightIsAsLong(t *testing.T) {
	cells := []string{
		"", " ", "a", " a", "a ", "Xã Phố Hiến", "cuả", "hòan  toàn", "số — 1", "e\u0301", "\xff", "a\x00", "\u00a0x",
		"0", "1", "-1", "12", "007", "12345", "1234", "33095001234", "033095001234", "1.5", "1,5", "1.234", "1,234", "1.234.567,5", "1 234", "1\u2000234", "1\u00a0234", "\u22121", "1e5", "1O23", "9999999999.9", "-0.0", " 5", "5\u200b", "12.50",
		"true", "false", "TRUE", "có", "x", "1 ", "đu\u0301ng", "không",
		"2026-01-02", "02/01/2026", "1/2/26", "13/14/2026", "2026-02-30", "2026", "2026-01", "01/2026", "ngày 2 tháng 9 năm 1945", "46387", "2/1/2026 0:00:00", "7:30", "07:30", "07:30:15", "25:00",
		"2026-01-02T03:04:05+07:00", "2026-01-02 03:04:05", "2026-01-02T03:04:05Z", "2/1/2026 3:04 CH",
	}
	pieces := rapid.SampledFrom(append(cells, "0", "1", "2", "3", "9", ".", ",", "-", "/", ":", "T", "Z", "+07:00", " ", "  ", "O", "l", "à", "o", "y", "\u0301", "\n", "\t", "20", "12"))
	columns, hints, widths := straightColumns()
	for i, c := range columns {
		for _, spell := range []bool{true, false} {
			compare := func(fatalf func(string, ...any), cells []string) {
				if a, b := readings(c, hints[i], widths[i], spell, true, cells), readings(c, hints[i], widths[i], spell, false, cells); a != b {
					fatalf("column %s %s %+v, width %d, spelled %v: straight\n%sthe long way\n%s", c.Type, c.Identifier, hints[i], widths[i], spell, a, b)
				}
			}
			compare(t.Fatalf, cells)
			rapid.Check(t, func(t *rapid.T) {
				var cells []string
				for range rapid.IntRange(1, 20).Draw(t, "cells") {
					cells = append(cells, strings.Join(rapid.SliceOfN(pieces, 0, 4).Draw(t, "cell"), ""))
				}
				compare(t.Fatalf, cells)
			})
		}
	}
}

// What is longer than any value may be is refused either way.
func TestStraightTooLong(t *testing.T) {
	for _, column := range []contract.Column{{Type: contract.Text}, {Type: contract.Integer}} {
		r := newReader(&column, scratch(&column))
		if _, _, _, err := r.read([]byte(strings.Repeat("1", maxCell+1)), nil); err != errTooLong {
			t.Errorf("%s: %v", column.Type, err)
		}
	}
}
