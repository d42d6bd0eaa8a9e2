package form

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// A Problem is what is wrong with one field, or (Column "") with the record.
type Problem struct {
	Column string // name, "" for the whole record
	contract.Sentence
}

// In is the problem in a language.
func (p Problem) In(l locale.Lang) string { return l.Of(p.Vi, p.En) }

func problem(column, key string, args ...any) Problem {
	return Problem{column, contract.Sentence{Vi: locale.Vi.T(key, args...), En: locale.En.T(key, args...)}}
}

// A Style is how numbers were written.
type Style int

// The styles.
const (
	Plain      Style = iota // 1234.5: what programs write
	Vietnamese              // 1.234,5
	English                 // 1,234.5
)

// StyleOf is how people who read a language write numbers.
func StyleOf(l locale.Lang) Style {
	if l == locale.Vi {
		return Vietnamese
	}
	return English
}

// Read turns what was written into canonical texts (docs/types.md). Names that
// are no column's are told as wrong; what cannot be read as its column's type
// stands among the problems, in the contract's order.
func Read(obj *contract.Object, style Style, values map[string]string) (cells map[string]string, wrong []Problem) {
	cells = map[string]string{}
	for i := range obj.Columns {
		c := &obj.Columns[i]
		text, there := values[c.Name]
		if !there {
			continue
		}
		if !Asked(c) {
			wrong = append(wrong, problem(c.Name, "form.file", c.Title))
			continue
		}
		cell, bad := read(c, style, text)
		if bad != nil {
			bad.Column = c.Name
			wrong = append(wrong, *bad)
			continue
		}
		cells[c.Name] = cell
	}
	var unknown []string
	for name := range values {
		if obj.Column(name) < 0 {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		wrong = append(wrong, problem("", "form.unknown", name, obj.Title))
	}
	return cells, wrong
}

var clock = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$`)

// read is one value in canonical form, or what is wrong with it.
func read(c *contract.Column, style Style, text string) (cell string, wrong *Problem) {
	if c.Type == contract.Text {
		text, _ = viet.NFC(strings.ReplaceAll(text, "\r\n", "\n"))
		return strings.TrimSpace(text), nil
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", nil
	}
	b := []byte(text)
	switch c.Type {
	case contract.Integer:
		if v, _, err := viet.ParseInteger(b, style.of(text, 0)); err == nil {
			return strconv.FormatInt(v, 10), nil
		}
		return "", told(problem("", "form.bad-integer", text))
	case contract.Decimal, contract.Float:
		return readNumber(c, style, text)
	case contract.Boolean:
		if v, _, err := viet.ParseBool(b); err == nil {
			return strconv.FormatBool(v), nil
		}
		return "", told(problem("", "form.bad-boolean", text))
	case contract.Date:
		if d, _, err := viet.ParseDate(b); err == nil {
			return d.String(), nil
		}
		return "", told(problem("", "form.bad-date", text))
	case contract.PartialDate:
		if p, _, err := viet.ParsePartialDate(b); err == nil {
			return p.String(), nil
		}
		return "", told(problem("", "form.bad-partial-date", text))
	case contract.Timestamp:
		if micros, _, err := viet.ParseTime(b); err == nil {
			return string(viet.AppendTime(nil, micros)), nil
		}
		return "", told(problem("", "form.bad-moment", text))
	case contract.Time:
		if clock.MatchString(text) {
			return text, nil
		}
		return "", told(problem("", "form.bad-time", text))
	case contract.JSON, contract.Geometry:
		if json.Valid(b) {
			return text, nil
		}
		return "", told(problem("", "form.bad-json", text))
	}
	return text, nil
}

// readNumber reads a number with decimals. "99.712" is 99712 for one reader and
// 99,712 for the next: neither is guessed.
func readNumber(c *contract.Column, style Style, text string) (cell string, wrong *Problem) {
	how := style.of(text, c.Scale)
	if how == viet.StyleAuto {
		return "", told(problem("", "form.two-ways", text))
	}
	if c.Type == contract.Float {
		if v, _, err := viet.ParseFloat([]byte(text), how); err == nil {
			return string(viet.AppendFloat(nil, v)), nil
		}
		return "", told(problem("", "form.bad-number", text))
	}
	v, _, err := viet.ParseDecimal([]byte(text), c.Precision, c.Scale, how)
	if err != nil {
		return "", told(problem("", "form.bad-number", text))
	}
	return string(viet.AppendDecimal(nil, v, c.Scale)), nil
}

// Number reads a number that is in no column, with any decimals, as readNumber does.
func Number(style Style, text string) (float64, error) {
	how := style.of(text, 1)
	if how == viet.StyleAuto {
		return 0, fault.New(fault.Invalid, "form.two-ways", text)
	}
	v, _, err := viet.ParseFloat([]byte(text), how)
	if err != nil {
		return 0, fault.New(fault.Invalid, "form.bad-number", text).Because(err)
	}
	return v, nil
}

// told is what is wrong, to be returned.
func told(p Problem) *Problem { return &p }

var onePoint = regexp.MustCompile(`^[+-]?\d+\.\d+$`)

// of settles how one number is read. A Vietnamese reader who writes a single point
// means decimals, unless three digits follow, of which nobody knows; StyleAuto
// says so. scale 0 is a whole number, in which points part thousands.
func (s Style) of(text string, scale int) viet.Style {
	switch s {
	case Plain:
		return viet.StylePlain
	case English:
		return viet.StyleEnglish
	}
	if onePoint.MatchString(text) {
		_, behind, _ := strings.Cut(text, ".")
		switch {
		case len(behind) != 3:
			return viet.StylePlain
		case scale > 0:
			return viet.StyleAuto
		}
	}
	return viet.StyleVietnamese
}

// Cells are a record's values in canonical form, by the column's name. Files are
// left out.
func Cells(obj *contract.Object, row record.Row) map[string]string {
	cells := map[string]string{}
	for i := range obj.Columns {
		if c := &obj.Columns[i]; Asked(c) {
			cells[c.Name] = Text(row.Values[c.Name])
		}
	}
	return cells
}

// Text is a value of a record in canonical form, "" for none.
func Text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case json.Number:
		return v.String()
	case float64:
		return string(viet.AppendFloat(nil, v))
	case json.RawMessage:
		return string(v)
	}
	return fmt.Sprint(v)
}

// Body is a record as a file of one line, as the corridor reads it. It is JSON
// and not CSV: there 1.234 in a column of decimals could be 1,234 too.
func Body(obj *contract.Object, cells map[string]string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i := range obj.Columns {
		c := &obj.Columns[i]
		if !Asked(c) {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(c.Name)
		if err != nil {
			return nil, err
		}
		b.Write(append(name, ':'))
		if err := appendValue(&b, c, cells[c.Name]); err != nil {
			return nil, fmt.Errorf("field %s: %w", c.Name, err)
		}
	}
	b.WriteByte('}')
	return append(append([]byte{'['}, b.Bytes()...), ']'), nil
}

func appendValue(b *bytes.Buffer, c *contract.Column, cell string) error {
	var v any = cell
	switch {
	case cell == "":
		v = nil
	case c.Type == contract.Integer, c.Type == contract.Decimal, c.Type == contract.Float:
		v = json.Number(cell)
	case c.Type == contract.Boolean:
		v = cell == "true"
	}
	text, err := json.Marshal(v)
	b.Write(text)
	return err
}
