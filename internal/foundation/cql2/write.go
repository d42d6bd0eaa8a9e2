package cql2

import "strings"

// Write writes an expression as text that Parse reads as the same. Properties of
// a Compare and of what is like it get the functions that their flags name.
func Write(e Expr) string {
	var b strings.Builder
	write(&b, e, 0)
	return b.String()
}

// write puts brackets around what binds less than where it stands: 0 anywhere,
// 1 within AND, 2 behind NOT.
func write(b *strings.Builder, e Expr, bind int) {
	several := func(all []Expr, word string, own int) {
		if len(all) == 1 {
			write(b, all[0], bind)
			return
		}
		if own < bind {
			b.WriteByte('(')
			defer b.WriteByte(')')
		}
		for i, x := range all {
			if i > 0 {
				b.WriteString(word)
			}
			write(b, x, own+1)
		}
	}
	switch e := e.(type) {
	case Or:
		several(e, " OR ", 0)
	case And:
		several(e, " AND ", 1)
	case Not:
		b.WriteString("NOT (")
		write(b, e.Expr, 0)
		b.WriteByte(')')
	case Compare:
		b.WriteString(name(e.Property) + " " + e.Op + " " + e.Property.wrap(value(e.Value)))
	case Like:
		b.WriteString(name(e.Property) + " LIKE " + e.Property.wrap(quote(e.Pattern)))
	case Between:
		b.WriteString(name(e.Property) + " BETWEEN " + value(e.Low) + " AND " + value(e.High))
	case In:
		b.WriteString(name(e.Property) + " IN (")
		for i, v := range e.Values {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(e.Property.wrap(value(v)))
		}
		b.WriteByte(')')
	case Null:
		b.WriteString(Name(e.Property.Name) + " IS NULL")
	}
}

func name(p Property) string { return p.wrap(Name(p.Name)) }

func (p Property) wrap(s string) string {
	if p.AnyCase {
		s = "CASEI(" + s + ")"
	}
	if p.AnyAccent {
		s = "ACCENTI(" + s + ")"
	}
	return s
}

// Name writes the name of a property, in double quotes when it needs them.
func Name(s string) string {
	if plain(s) && !reserved[strings.ToUpper(s)] {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func value(v Value) string {
	switch v.Kind {
	case Number:
		return v.Text
	case Boolean:
		return strings.ToUpper(v.Text)
	case Date:
		return "DATE(" + quote(v.Text) + ")"
	case Timestamp:
		return "TIMESTAMP(" + quote(v.Text) + ")"
	}
	return quote(v.Text)
}
