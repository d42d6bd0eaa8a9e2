// Package cql2 reads filters written in CQL2 text, the Common Query Language of
// the OGC (21-065r2, December 2024): which rows of a table are meant.
//
// It reads the conformance classes Basic CQL2, Advanced Comparison Operators,
// Case-insensitive Comparison and Accent-insensitive Comparison, as far as each
// condition compares one property with constants:
//
//	so_ho > 100 AND NOT (loai IN ('A', 'B') OR ngay IS NULL)
//	ngay BETWEEN DATE('2026-01-01') AND DATE('2026-03-31')
//	ACCENTI(CASEI(ten)) LIKE ACCENTI(CASEI('%thái thụy%'))
//
// Names that are not plain words stand in double quotes, texts in single ones;
// a quote within them is doubled. What a filter means in SQL is for who has the
// rows to say: nothing of its text becomes SQL here.
package cql2

// An Expr is a condition: And, Or, Not, Compare, Like, Between, In or Null.
type Expr interface{ expr() }

// And holds when all hold.
type And []Expr

// Or holds when one holds.
type Or []Expr

// Not holds when the other is known not to hold.
type Not struct{ Expr Expr }

// Compare compares a property with a value; Op is = <> < <= > >=.
type Compare struct {
	Property Property
	Op       string
	Value    Value
}

// Like compares a text with a pattern: % any characters, _ one, \ takes the next
// one as it is.
type Like struct {
	Property Property
	Pattern  string
}

// Between holds from Low to High, both included.
type Between struct {
	Property  Property
	Low, High Value
}

// In holds for one of the values.
type In struct {
	Property Property
	Values   []Value
}

// Null holds when there is no value.
type Null struct{ Property Property }

func (And) expr()     {}
func (Or) expr()      {}
func (Not) expr()     {}
func (Compare) expr() {}
func (Like) expr()    {}
func (Between) expr() {}
func (In) expr()      {}
func (Null) expr()    {}

// A Property is a column by its name, and what its comparison overlooks.
type Property struct {
	Name      string
	AnyCase   bool // CASEI
	AnyAccent bool // ACCENTI
}

// A Kind is how a value was written.
type Kind int

// The kinds of values.
const (
	Text Kind = iota
	Number
	Boolean
	Date      // 2026-11-22
	Timestamp // 2026-11-22T08:00:00Z
)

// A Value is a constant: its text without quotes, "true" or "false" for Boolean.
type Value struct {
	Kind Kind
	Text string
}

// Properties are the names that an expression is about, each once, in order.
func Properties(e Expr) (names []string) {
	seen := map[string]bool{}
	add := func(p Property) {
		if !seen[p.Name] {
			seen[p.Name] = true
			names = append(names, p.Name)
		}
	}
	var walk func(Expr)
	walk = func(e Expr) {
		switch e := e.(type) {
		case And:
			for _, x := range e {
				walk(x)
			}
		case Or:
			for _, x := range e {
				walk(x)
			}
		case Not:
			walk(e.Expr)
		case Compare:
			add(e.Property)
		case Like:
			add(e.Property)
		case Between:
			add(e.Property)
		case In:
			add(e.Property)
		case Null:
			add(e.Property)
		}
	}
	walk(e)
	return names
}
