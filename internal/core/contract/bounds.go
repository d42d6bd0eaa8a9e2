package contract

import (
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/phohien/phohien/viet"
)

// A bound is one end of a range: its canonical text, and how people read it.
type bound struct {
	text   string
	said   Sentence
	strict bool // exclusive
}

// bounds reads the two ends of a range from logicalTypeOptions. Since v3.1
// exclusiveMinimum is a bound of its own; in v3.0 it may be a truth value that
// speaks of minimum.
func (b *builder) bounds(i int) (low, high bound) {
	o := b.in.Properties[i].LogicalTypeOptions
	read := func(plain, exclusive string) bound {
		at := b.at(i) + "/logicalTypeOptions/"
		strict, isFlag := o[exclusive].(bool)
		if v, ok := o[exclusive]; ok && !isFlag {
			return b.bound(i, at+exclusive, v, true)
		}
		if v, ok := o[plain]; ok {
			return b.bound(i, at+plain, v, strict)
		}
		return bound{}
	}
	return read("minimum", "exclusiveMinimum"), read("maximum", "exclusiveMaximum")
}

// bound reads one bound by the column's type.
func (b *builder) bound(i int, at string, v any, strict bool) bound {
	c := &b.obj.Columns[i]
	text := plainText(v)
	e := bound{text: text, strict: strict, said: Sentence{text, text}}
	ok := false
	switch c.Type {
	case Integer, Decimal, Float:
		e.text, ok = canonicalNumber(v)
		if c.Type == Integer && ok {
			_, std, err := viet.ParseInteger([]byte(e.text), viet.StylePlain)
			ok = err == nil && !std
		}
		e.said = Sentence{vietnameseNumber(e.text), e.text}
	case Date:
		var d viet.Date
		var std bool
		var err error
		d, std, err = viet.ParseDate([]byte(text))
		ok = err == nil && !std
		e.said = Sentence{d.Display(), text}
	case PartialDate:
		p, std, err := viet.ParsePartialDate([]byte(text))
		ok = err == nil && !std
		e.said = Sentence{p.Display(), text}
	case Timestamp:
		micros, _, err := viet.ParseTime([]byte(text))
		ok = err == nil
		if ok {
			e.text = string(viet.AppendTimeUTC(nil, micros))
			local := string(viet.AppendTime(nil, micros))
			e.said = Sentence{displayMoment(local), local}
		}
	case Time:
		e.text, ok = clock(text)
		e.said = Sentence{e.text, e.text}
	default:
		b.warn(CodeOption, at, "Trường “%s” kiểu %s không có giới hạn lớn nhỏ; bỏ qua.", "The property %q of type %s has no bounds; left aside.", c.Name, c.Type)
		return bound{}
	}
	if !ok {
		b.fail(CodeBound, at, "Giới hạn “%s” không phải %s. Ví dụ đúng: %s.", "The bound %q is not %s. For example: %s.",
			text, bilingual{noun(c).Vi, noun(c).En}, boundExample[c.Type])
		return bound{}
	}
	return e
}

var boundExample = map[Type]string{
	Integer: "150", Decimal: "99.5", Float: "99.5", Date: "2025-07-01", PartialDate: "1900",
	Timestamp: "2025-07-01T00:00:00+07:00", Time: "07:30:00",
}

// canonicalNumber writes a number without exponent.
func canonicalNumber(v any) (string, bool) {
	switch v.(type) {
	case int64, float64, json.Number:
	case string:
		return "", false
	}
	text := plainText(v)
	if f, err := strconv.ParseFloat(text, 64); err != nil || f != 0 && math.Abs(f) < 1e-30 {
		return "", false // 1e999999 would fill the memory
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return "", false
	}
	digits, exactly := r.FloatPrec()
	if !exactly || digits > 40 {
		return "", false
	}
	return r.FloatString(digits), true
}

// vietnameseNumber writes 1234567.5 as 1.234.567,5. Numbers of four digits stay
// as they are: most of them are years.
func vietnameseNumber(plain string) string {
	sign := ""
	if strings.HasPrefix(plain, "-") {
		sign, plain = "-", plain[1:]
	}
	whole, frac, has := strings.Cut(plain, ".")
	if len(whole) > 4 {
		var b strings.Builder
		for i, c := range whole {
			if i > 0 && (len(whole)-i)%3 == 0 {
				b.WriteByte('.')
			}
			b.WriteRune(c)
		}
		whole = b.String()
	}
	if has {
		whole += "," + frac
	}
	return sign + whole
}

// displayMoment writes 2006-01-02T15:04:05+07:00 as 02/01/2006 15:04:05.
func displayMoment(local string) string {
	d, clock, _ := strings.Cut(local, "T")
	clock = strings.TrimSuffix(clock, "+07:00")
	day, _, err := viet.ParseDate([]byte(d))
	if err != nil {
		return local
	}
	return day.Display() + " " + clock
}

// settle gives the bounds as the rule keeps them. Days are moved so that both
// ends are inclusive; of a partial date the first and last possible day count.
func settle(t Type, low, high bound, rule *Rule) {
	rule.Min, rule.MinOut, rule.Max, rule.MaxOut = low.text, low.strict, high.text, high.strict
	if t != Date && t != PartialDate {
		return
	}
	rule.MinOut, rule.MaxOut = false, false
	rule.Min, rule.Max = firstDay(low), lastDay(high)
}

func firstDay(b bound) string {
	p, _, err := viet.ParsePartialDate([]byte(b.text))
	if b.text == "" || err != nil {
		return ""
	}
	first, last := p.Span()
	if b.strict {
		first = last + 1
	}
	return first.String()
}

func lastDay(b bound) string {
	p, _, err := viet.ParsePartialDate([]byte(b.text))
	if b.text == "" || err != nil {
		return ""
	}
	first, last := p.Span()
	if b.strict {
		last = first - 1
	}
	return last.String()
}
