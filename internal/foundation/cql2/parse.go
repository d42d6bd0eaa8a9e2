package cql2

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// What a filter may be at most: who needs more asks by a data set of keys.
const (
	Longest    = 8_000 // characters
	deepest    = 50    // brackets within brackets
	mostValues = 1_000 // conditions and values in all
)

// Parse reads a filter. What is wrong is a fault with the place and what to
// write instead; keys begin with "cql2.".
func Parse(text string) (Expr, error) {
	if n := utf8.RuneCountInString(text); n > Longest {
		return nil, fault.New(fault.TooLarge, "cql2.long", n, Longest)
	}
	all, err := tokens(text)
	if err != nil {
		return nil, err
	}
	p := &parser{rest: all}
	e, err := p.or()
	if err == nil && p.rest[0].kind != tokenEnd {
		err = p.unexpected()
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

type parser struct {
	rest  []token
	depth int
	count int
}

func (p *parser) next() token {
	t := p.rest[0]
	if t.kind != tokenEnd {
		p.rest = p.rest[1:]
	}
	return t
}

// is takes the next token when it is this word or sign.
func (p *parser) is(text string) bool {
	if t := p.rest[0]; (t.kind == tokenWord || t.kind == tokenSign) && t.text == text {
		p.next()
		return true
	}
	return false
}

func (p *parser) unexpected() error {
	t := p.rest[0]
	if t.kind == tokenEnd {
		return wrong("cql2.end", t.at)
	}
	return wrong("cql2.unexpected", t.at, t.text)
}

func (p *parser) want(sign string) error {
	if !p.is(sign) {
		if t := p.rest[0]; t.kind != tokenEnd {
			return wrong("cql2.wanted", t.at, sign, t.text)
		}
		return wrong("cql2.wanted-end", p.rest[0].at, sign)
	}
	return nil
}

// counted keeps a filter within its bounds.
func (p *parser) counted() error {
	if p.count++; p.count > mostValues {
		return fault.New(fault.TooLarge, "cql2.many", mostValues)
	}
	return nil
}

func (p *parser) or() (Expr, error) {
	return several(p, "OR", p.and, func(all []Expr) Expr { return Or(all) })
}

func (p *parser) and() (Expr, error) {
	return several(p, "AND", p.not, func(all []Expr) Expr { return And(all) })
}

func several(p *parser, word string, one func() (Expr, error), join func([]Expr) Expr) (Expr, error) {
	var all []Expr
	for {
		e, err := one()
		if err != nil {
			return nil, err
		}
		all = append(all, e)
		if !p.is(word) {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return join(all), nil
}

func (p *parser) not() (Expr, error) {
	if p.depth++; p.depth > deepest {
		return nil, fault.New(fault.TooLarge, "cql2.deep", deepest)
	}
	defer func() { p.depth-- }()
	if p.is("NOT") {
		e, err := p.not()
		if err != nil {
			return nil, err
		}
		return Not{e}, nil
	}
	if p.is("(") {
		e, err := p.or()
		if err == nil {
			err = p.want(")")
		}
		return e, err
	}
	return p.condition()
}

// An operand is a side of a comparison.
type operand struct {
	property  *Property
	value     Value
	anyCase   bool
	anyAccent bool
	at        int
}

func (p *parser) operand() (operand, error) {
	t := p.rest[0]
	o := operand{at: t.at}
	switch t.kind {
	case tokenName:
		p.next()
		if s := p.rest[0]; s.kind == tokenSign && s.text == "(" {
			return o, wrong("cql2.function", t.at, t.text)
		}
		o.property = &Property{Name: t.text}
		return o, nil
	case tokenText:
		p.next()
		o.value = Value{Text, t.text}
		return o, nil
	case tokenNumber:
		p.next()
		o.value = Value{Number, t.text}
		return o, nil
	case tokenWord:
		return p.word(t)
	}
	return o, p.unexpected()
}

func (p *parser) word(t token) (o operand, err error) {
	switch t.text {
	case "TRUE", "FALSE":
		p.next()
		return operand{value: Value{Boolean, strings.ToLower(t.text)}, at: t.at}, nil
	case "DATE", "TIMESTAMP":
		p.next()
		return p.moment(t)
	case "CASEI", "ACCENTI":
		if p.depth++; p.depth > deepest {
			return o, fault.New(fault.TooLarge, "cql2.deep", deepest)
		}
		defer func() { p.depth-- }()
		p.next()
		if err = p.want("("); err != nil {
			return o, err
		}
		if o, err = p.operand(); err != nil {
			return o, err
		}
		if o.property == nil && o.value.Kind != Text {
			return o, wrong("cql2.not-text", o.at, t.text)
		}
		o.anyCase, o.anyAccent = o.anyCase || t.text == "CASEI", o.anyAccent || t.text == "ACCENTI"
		return o, p.want(")")
	}
	return o, p.unexpected()
}

// moment reads DATE('…') and TIMESTAMP('…').
func (p *parser) moment(t token) (o operand, err error) {
	if err := p.want("("); err != nil {
		return o, err
	}
	text := p.rest[0]
	if text.kind != tokenText {
		return o, p.unexpected()
	}
	p.next()
	kind := Date
	if t.text == "TIMESTAMP" {
		kind = Timestamp
		if _, err := time.Parse(time.RFC3339Nano, text.text); err != nil {
			return o, wrong("cql2.timestamp", text.at, text.text)
		}
	} else if _, err := time.Parse(time.DateOnly, text.text); err != nil {
		return o, wrong("cql2.date", text.at, text.text)
	}
	return operand{value: Value{kind, text.text}, at: t.at}, p.want(")")
}

func (p *parser) condition() (Expr, error) {
	if err := p.counted(); err != nil {
		return nil, err
	}
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	if t := p.rest[0]; t.kind == tokenSign && operators[t.text] {
		p.next()
		return p.comparison(left, t)
	}
	if left.property == nil {
		return nil, wrong("cql2.property-first", left.at)
	}
	column := left.named()
	not := p.is("NOT")
	e, err := p.predicate(column, not)
	if err != nil {
		return nil, err
	}
	if not {
		return Not{e}, nil
	}
	return e, nil
}

// named is an operand's property with what its comparison overlooks.
func (o operand) named() Property {
	p := *o.property
	p.AnyCase, p.AnyAccent = o.anyCase, o.anyAccent
	return p
}

var operators = map[string]bool{"=": true, "<>": true, "<": true, "<=": true, ">": true, ">=": true}

// turned are the operators with their sides exchanged.
var turned = map[string]string{"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func (p *parser) comparison(left operand, op token) (Expr, error) {
	right, err := p.operand()
	if err != nil {
		return nil, err
	}
	sign := op.text
	if left.property == nil {
		left, right, sign = right, left, turned[sign]
	}
	if left.property == nil || right.property != nil {
		return nil, wrong("cql2.one-property", op.at)
	}
	column := left.named()
	if err := overlook(&column, right); err != nil {
		return nil, err
	}
	return Compare{column, sign, right.value}, nil
}

// overlook takes over what the other side wants overlooked: one side that says
// so is enough.
func overlook(p *Property, o operand) error {
	p.AnyCase, p.AnyAccent = p.AnyCase || o.anyCase, p.AnyAccent || o.anyAccent
	if (p.AnyCase || p.AnyAccent) && o.value.Kind != Text {
		return wrong("cql2.not-text", o.at, "CASEI, ACCENTI")
	}
	return nil
}

// predicate reads what stands behind a property, and behind NOT: LIKE, BETWEEN,
// IN; or IS.
func (p *parser) predicate(column Property, not bool) (Expr, error) {
	switch {
	case p.is("LIKE"):
		o, err := p.constant()
		if err != nil {
			return nil, err
		}
		if o.value.Kind != Text {
			return nil, wrong("cql2.not-text", o.at, "LIKE")
		}
		if err := overlook(&column, o); err != nil {
			return nil, err
		}
		return Like{column, o.value.Text}, nil
	case p.is("BETWEEN"):
		return p.between(column)
	case p.is("IN"):
		return p.in(column)
	case !not && p.is("IS"):
		absent := !p.is("NOT")
		if !p.is("NULL") {
			return nil, p.unexpected()
		}
		if absent {
			return Null{column}, nil
		}
		return Not{Null{column}}, nil
	}
	if p.rest[0].kind == tokenEnd {
		return nil, wrong("cql2.no-operator", p.rest[0].at, column.Name)
	}
	return nil, wrong("cql2.operator", p.rest[0].at, column.Name, p.rest[0].text)
}

// constant is an operand that is no property.
func (p *parser) constant() (operand, error) {
	o, err := p.operand()
	if err == nil && o.property != nil {
		err = wrong("cql2.constant", o.at, o.property.Name)
	}
	return o, err
}

func (p *parser) between(column Property) (Expr, error) {
	low, err := p.constant()
	if err != nil {
		return nil, err
	}
	if err := p.want("AND"); err != nil {
		return nil, err
	}
	high, err := p.constant()
	if err != nil {
		return nil, err
	}
	if column.AnyCase || column.AnyAccent || low.anyCase || high.anyCase || low.anyAccent || high.anyAccent {
		return nil, wrong("cql2.between", low.at)
	}
	return Between{column, low.value, high.value}, nil
}

func (p *parser) in(column Property) (Expr, error) {
	if err := p.want("("); err != nil {
		return nil, err
	}
	var all []Value
	for {
		if err := p.counted(); err != nil {
			return nil, err
		}
		o, err := p.constant()
		if err == nil {
			err = overlook(&column, o)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, o.value)
		if !p.is(",") {
			break
		}
	}
	// What a later value wants overlooked holds for the earlier ones too.
	if column.AnyCase || column.AnyAccent {
		for _, v := range all {
			if v.Kind != Text {
				return nil, wrong("cql2.not-text", p.rest[0].at, "CASEI, ACCENTI")
			}
		}
	}
	return In{column, all}, p.want(")")
}

// String names a kind as the language writes it.
func (k Kind) String() string {
	switch k {
	case Text:
		return "'…'"
	case Number:
		return "number"
	case Boolean:
		return "TRUE/FALSE"
	case Date:
		return "DATE('…')"
	case Timestamp:
		return "TIMESTAMP('…')"
	}
	return fmt.Sprintf("Kind(%d)", int(k))
}
