package mirror

import (
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/cql2"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet"
)

// expr writes a filter. Every column is asked for at the view; values are bound.
// negated tells that the condition stands behind NOT: then it tells more than
// that a value is the one that was asked for.
func (b *scan) expr(e cql2.Expr, negated bool) (string, error) {
	switch e := e.(type) {
	case cql2.And:
		return b.joined(e, " AND ", negated)
	case cql2.Or:
		return b.joined(e, " OR ", negated)
	case cql2.Not:
		s, err := b.expr(e.Expr, !negated)
		return "(NOT " + s + ")", err
	case cql2.Compare:
		return b.compare(e, negated)
	case cql2.Like:
		return b.like(e)
	case cql2.Between:
		low, err := b.compare(cql2.Compare{Property: e.Property, Op: ">=", Value: e.Low}, negated)
		if err != nil {
			return "", err
		}
		high, err := b.compare(cql2.Compare{Property: e.Property, Op: "<=", Value: e.High}, negated)
		return "(" + low + " AND " + high + ")", err
	case cql2.In:
		var any []string
		for _, v := range e.Values {
			s, err := b.compare(cql2.Compare{Property: e.Property, Op: "=", Value: v}, negated)
			if err != nil {
				return "", err
			}
			any = append(any, s)
		}
		return "(" + strings.Join(any, " OR ") + ")", nil
	case cql2.Null:
		field, err := b.compared(e.Property.Name, false)
		return columns.QuoteIdent(field.Name) + " IS NULL", err
	}
	return "", fault.New(fault.Invalid, "filter.operator", "")
}

func (b *scan) joined(all []cql2.Expr, word string, negated bool) (string, error) {
	parts := make([]string, len(all))
	for i, e := range all {
		var err error
		if parts[i], err = b.expr(e, negated); err != nil {
			return "", err
		}
	}
	return "(" + strings.Join(parts, word) + ")", nil
}

// compared is the field that a condition is about, if the view lets it be.
func (b *scan) compared(name string, equal bool) (contract.Field, error) {
	field, err := b.field(name)
	if err == nil {
		err = b.mayCompare(name, equal)
	}
	return field, err
}

// comparisons are the operators, which SQL writes as CQL2 does.
var comparisons = []string{"=", "<>", "<", "<=", ">", ">="}

func (b *scan) compare(e cql2.Compare, negated bool) (string, error) {
	if !slices.Contains(comparisons, e.Op) { // the language has no others; code might
		return "", fault.New(fault.Invalid, "filter.operator", e.Op)
	}
	exact := !e.Property.AnyCase && !e.Property.AnyAccent
	field, err := b.compared(e.Property.Name, e.Op == "=" && exact && !negated)
	if err != nil {
		return "", err
	}
	if field.Sealed {
		if !exact || e.Op != "=" && e.Op != "<>" || e.Value.Kind != cql2.Text {
			return "", sealedColumn(b.obj, field)
		}
		place, err := b.bind(field, b.truth.SealText(e.Value.Text))
		return columns.QuoteIdent(field.Name) + " " + e.Op + " " + place, err
	}
	if err := b.fits(field, e.Value); err != nil {
		return "", err
	}
	text, _ := viet.NFC(e.Value.Text)
	if !exact {
		return b.loosely(field, e.Property, text, func(name, place string) string { return name + " " + e.Op + " " + place })
	}
	if field.Kind == contract.KindTimestamp {
		return b.when(field, e)
	}
	name := columns.QuoteIdent(field.Name)
	if w := b.spoken(field); w != nil && e.Op != "=" && e.Op != "<>" { // in the order of the lists
		name, text = columns.QuoteIdent(w.sort.Name), sortKey(text)
	}
	place, err := b.bind(field, text)
	return name + " " + e.Op + " " + place, err
}

// when compares moments. A day is all of it, in Viet Nam; a moment without zone
// is of there too.
func (b *scan) when(f contract.Field, e cql2.Compare) (string, error) {
	const stored = "2006-01-02 15:04:05.999999"
	name := columns.QuoteIdent(f.Name)
	at := func(op string, t time.Time) (string, error) {
		place, err := b.bind(f, t.UTC().Format(stored))
		return name + " " + op + " " + place, err
	}
	text := strings.TrimSpace(e.Value.Text)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, text, viet.Zone); err == nil {
			return at(e.Op, t)
		}
	}
	day, err := time.ParseInLocation(time.DateOnly, text, viet.Zone)
	if err != nil {
		return "", fault.New(fault.Invalid, "filter.kind", b.titled(f), wanted(f.Kind), text)
	}
	next := day.AddDate(0, 0, 1)
	switch e.Op {
	case "<", ">=":
		return at(e.Op, day)
	case "<=":
		return at("<", next)
	case ">":
		return at(">=", next)
	}
	from, err := at(">=", day)
	if err != nil {
		return "", err
	}
	to, err := at("<", next)
	if e.Op == "=" {
		return "(" + from + " AND " + to + ")", err
	}
	return "(NOT (" + from + " AND " + to + "))", err
}

// ValueOf is a value of a column by its canonical text, as filters have it.
func ValueOf(c *contract.Column, text string) cql2.Value {
	kind := cql2.Text
	switch {
	case c.Sealed:
	case c.Type == contract.Integer || c.Type == contract.Decimal || c.Type == contract.Float:
		kind = cql2.Number
	case c.Type == contract.Boolean:
		kind = cql2.Boolean
	case c.Type == contract.Date:
		kind = cql2.Date
	case c.Type == contract.Timestamp:
		kind = cql2.Timestamp
	}
	return cql2.Value{Kind: kind, Text: text}
}

// fits refuses a value of a kind that a column's are not of: what the engine
// would make of it is not what was meant.
func (b *scan) fits(f contract.Field, v cql2.Value) error {
	ok := true
	switch f.Kind {
	case contract.KindText:
		// A partial date is kept as text.
		ok = v.Kind == cql2.Text || v.Kind == cql2.Date && f.Column >= 0 && b.obj.Columns[f.Column].Type == contract.PartialDate
	case contract.KindInteger, contract.KindDecimal, contract.KindFloat:
		ok = v.Kind == cql2.Number
	case contract.KindBoolean:
		ok = v.Kind == cql2.Boolean
	case contract.KindDate:
		ok = v.Kind == cql2.Date || v.Kind == cql2.Text
	case contract.KindTimestamp:
		ok = v.Kind == cql2.Date || v.Kind == cql2.Timestamp || v.Kind == cql2.Text
	default:
		return fault.New(fault.Invalid, "filter.type", b.titled(f))
	}
	if !ok {
		return fault.New(fault.Invalid, "filter.kind", b.titled(f), wanted(f.Kind), v.Text)
	}
	return nil
}

// wanted is how a value of a kind is written.
func wanted(k contract.Kind) string {
	switch k {
	case contract.KindInteger, contract.KindDecimal, contract.KindFloat:
		return "100"
	case contract.KindBoolean:
		return "TRUE, FALSE"
	case contract.KindDate:
		return "DATE('2026-11-22')"
	case contract.KindTimestamp:
		return "TIMESTAMP('2026-11-22T08:00:00+07:00')"
	}
	return "'abc'"
}

func (b *scan) titled(f contract.Field) string {
	if f.Column >= 0 && f.Column < len(b.obj.Columns) {
		return b.obj.Columns[f.Column].Title
	}
	return f.Name
}

// spoken is what is made of a column's words, nil for a column of none.
func (b *scan) spoken(f contract.Field) *spoken {
	for i := range b.words {
		if b.words[i].value.Name == f.Name {
			return &b.words[i]
		}
	}
	return nil
}

func (b *scan) like(e cql2.Like) (string, error) {
	field, err := b.compared(e.Property.Name, false)
	switch {
	case err != nil:
		return "", err
	case field.Sealed:
		return "", sealedColumn(b.obj, field)
	case field.Kind != contract.KindText:
		return "", fault.New(fault.Invalid, "filter.not-text", b.titled(field), "LIKE")
	}
	pattern, _ := viet.NFC(e.Pattern)
	pattern, match := matching(pattern)
	if !e.Property.AnyCase && !e.Property.AnyAccent {
		place, err := b.bind(field, pattern)
		return match(columns.QuoteIdent(field.Name), place), err
	}
	return b.loosely(field, e.Property, pattern, match)
}

// matching is the condition of a pattern, and the text that is bound in it: looking
// for a text, at the beginning, at the end or anywhere, takes two thirds of what
// a pattern takes.
func matching(pattern string) (text string, condition func(name, place string) string) {
	rest, begins := strings.CutPrefix(pattern, "%")
	text, ends, ok := literal(rest)
	called := func(function string) func(name, place string) string {
		return func(name, place string) string { return function + "(" + name + ", " + place + ")" }
	}
	switch {
	case !ok || !begins && !ends:
		return pattern, func(name, place string) string { return name + " LIKE " + place + ` ESCAPE '\'` }
	case begins && ends:
		return text, called("contains")
	case begins:
		return text, called("ends_with")
	}
	return text, called("starts_with")
}

// literal is the text that a pattern stands for, but for a last % that takes any
// rest; ok is false when the pattern is no such text.
func literal(pattern string) (text string, rest, ok bool) {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '%':
			return b.String(), true, i == len(pattern)-1
		case c == '_' || c == '\\' && i == len(pattern)-1:
			return "", false, false
		case c == '\\':
			i++
			fallthrough
		default:
			b.WriteByte(pattern[i])
		}
	}
	return b.String(), false, true
}

// loosely compares texts without their case, their accents, or both.
func (b *scan) loosely(f contract.Field, p cql2.Property, text string, condition func(name, place string) string) (string, error) {
	if f.Kind != contract.KindText {
		return "", fault.New(fault.Invalid, "filter.not-text", b.titled(f), "CASEI, ACCENTI")
	}
	both := p.AnyCase && p.AnyAccent
	if w := b.spoken(f); both && w != nil {
		place, err := b.bind(w.fold, viet.Fold(text))
		return condition(columns.QuoteIdent(w.fold.Name), place), err
	}
	loose := func(s string) string {
		if p.AnyAccent {
			s = "strip_accents(translate(" + s + ", 'Đđ', 'Dd'))"
		}
		if p.AnyCase {
			s = "lower(" + s + ")"
		}
		return s
	}
	place, err := b.bind(f, text)
	return condition(loose(columns.QuoteIdent(f.Name)), loose(place)), err
}
