package workbook

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/viet"
)

// exampleWord begins the token of an example row.
const exampleWord = "vi-du:"

// IsExample reports whether a row of a template is its example as it was
// written, and so no data: token is its cell under TokenHeading, cells its
// others by column of the object. A row that differs in one cell is data.
func IsExample(o *contract.Object, token string, cells []string) bool {
	return strings.HasPrefix(token, exampleWord) && token == exampleMark(o, cells)
}

// exampleMark names the content of an example row, the same however a
// spreadsheet spells its numbers.
func exampleMark(o *contract.Object, cells []string) string {
	h := sha256.New()
	for i := range o.Columns {
		cell := ""
		if i < len(cells) {
			cell = spelled(&o.Columns[i], cells[i])
		}
		h.Write([]byte(cell))
		h.Write([]byte{0})
	}
	return exampleWord + hex.EncodeToString(h.Sum(nil)[:8])
}

func spelled(c *contract.Column, cell string) string {
	clean, _ := viet.Clean([]byte(cell))
	switch c.Type {
	case contract.Integer, contract.Decimal, contract.Float:
		if v, _, err := viet.ParseFloat(clean, viet.StylePlain); err == nil {
			return string(viet.AppendFloat(nil, v))
		}
	case contract.Date:
		if d, _, err := viet.ParseDate(clean); err == nil {
			return d.String()
		}
	}
	return string(clean)
}

// example gives the cells of the example row.
func (b *templateBook) example(o *contract.Object) []string {
	cells := make([]string, len(o.Columns))
	for i := range cells {
		cells[i] = b.exampleOf(o, i)
	}
	return cells
}

// exampleOf is one right value of a column, "" when none is known.
func (b *templateBook) exampleOf(o *contract.Object, i int) string {
	c := &o.Columns[i]
	if c.Type == contract.Boolean {
		return "có"
	}
	if c.Example != "" {
		return dayShown(c, c.Example)
	}
	if r := ruleOf(o, i, contract.RuleValues); r != nil && len(r.Values) > 0 {
		return r.Values[0]
	}
	if r := ruleOf(o, i, contract.RuleCodeList); r != nil && b.in.Lists != nil {
		if list := b.in.Lists(r.CodeList); list != nil {
			if codes := b.lists.valid(list, r); len(codes) > 0 {
				return codes[0].Code
			}
		}
		return ""
	}
	r := ruleOf(o, i, contract.RuleRange)
	switch c.Type {
	case contract.Integer, contract.Decimal, contract.Float:
		switch {
		case low(r) != "" && !r.MinOut:
			return r.Min
		case high(r) != "" && !r.MaxOut:
			return r.Max
		case r == nil:
			return "1"
		case high(r) == "": // above a bound that is no value itself
			if n, err := strconv.ParseFloat(r.Min, 64); err == nil {
				return string(viet.AppendFloat(nil, n+1))
			}
		}
	case contract.PartialDate:
		if r == nil {
			return map[string]string{"year": "1990", "month": "05/1990", "day": "19/05/1990"}[c.Finest]
		}
		return dayShown(c, first(low(r), high(r)))
	case contract.Date:
		return dayShown(c, first(low(r), first(high(r), "2026-11-22")))
	case contract.Time:
		return first(low(r), "08:30:00")
	case contract.Timestamp:
		return "22/11/2026 08:30:00"
	}
	return ""
}

// dayShown writes a canonical day as people do.
func dayShown(c *contract.Column, text string) string {
	if c.Type == contract.Date || c.Type == contract.PartialDate {
		if d, std, err := viet.ParseDate([]byte(text)); err == nil && !std {
			return d.Display()
		}
	}
	return text
}

// exampleCell is the value of an example's cell.
func exampleCell(c *contract.Column, text string, k look) (any, look) {
	switch c.Type {
	case contract.Integer, contract.Decimal, contract.Float:
		if v, ok := plainNumber(text); ok {
			k.format = templateLook(c).format
			return v, k
		}
	}
	k.format = "@"
	return text, k
}
