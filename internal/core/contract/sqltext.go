package contract

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The SQL of a rule is read here only as a row of words: enough to refuse what
// no rule may hold, to give columns their names in the stores, and to know
// which columns a rule speaks of. What a rule may do is decided by the engine
// that runs it, from its parsed form.

// A token is one word of SQL.
type token struct {
	kind tokenKind
	text string // as written
	name string // of an identifier: without quotes
}

type tokenKind uint8

const (
	other      tokenKind = iota // blanks, numbers, operators
	identifier                  // bare
	quoted                      // "identifier"
	literal                     // 'text'
	variable                    // ${name}
	comment
	semicolon
	unclosed
)

// tokens cuts SQL text into words; joined they are the text again.
func tokens(sql string) []token {
	var all []token
	for sql != "" {
		t := nextToken(sql)
		all = append(all, t)
		sql = sql[len(t.text):]
	}
	return all
}

func nextToken(s string) token {
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r == '\'':
		return delimited(s, '\'', literal)
	case r == '"':
		return delimited(s, '"', quoted)
	case r == ';':
		return token{kind: semicolon, text: s[:1]}
	case strings.HasPrefix(s, "--"):
		if i := strings.IndexByte(s, '\n'); i >= 0 {
			return token{kind: comment, text: s[:i]}
		}
		return token{kind: comment, text: s}
	case strings.HasPrefix(s, "/*"):
		if i := strings.Index(s[2:], "*/"); i >= 0 {
			return token{kind: comment, text: s[:i+4]}
		}
		return token{kind: unclosed, text: s}
	case strings.HasPrefix(s, "${"):
		if i := strings.IndexByte(s, '}'); i >= 0 {
			return token{kind: variable, text: s[:i+1], name: strings.TrimSpace(s[2:i])}
		}
		return token{kind: unclosed, text: s}
	case r == '$' && len(s) > 1:
		// $$text$$ or $tag$text$tag$ would hide words from this reading.
		return token{kind: unclosed, text: s}
	case unicode.IsLetter(r) || r == '_':
		end := strings.IndexFunc(s, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) && r != '_'
		})
		if end < 0 {
			end = len(s)
		}
		return token{kind: identifier, text: s[:end], name: s[:end]}
	case unicode.IsDigit(r): // with its exponent, which is no identifier
		end := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '_' })
		if end < 0 {
			end = len(s)
		}
		return token{text: s[:end]}
	}
	return token{text: s[:n]}
}

// delimited takes a text between quotes; a doubled quote stands for itself.
func delimited(s string, quote byte, kind tokenKind) token {
	for i := 1; i < len(s); i++ {
		if s[i] != quote {
			continue
		}
		if i+1 < len(s) && s[i+1] == quote {
			i++
			continue
		}
		q := string(quote)
		return token{kind: kind, text: s[:i+1], name: strings.ReplaceAll(s[1:i], q+q, q)}
	}
	return token{kind: unclosed, text: s}
}

// ruleSQL is the outcome of reading a rule's SQL.
type ruleSQL struct {
	text    string // columns under their names in the stores, ${object} left to the engine
	columns []int  // in the order of mention
	first   string // first word in lower case
}

// readSQL reads the SQL of a rule on column own (-1 on the object). It reports
// what cannot be used and gives false then.
func (b *builder) readSQL(at, sql string, own int) (ruleSQL, bool) {
	var out strings.Builder
	var r ruleSQL
	all := tokens(strings.TrimSpace(sql))
	for i, t := range all {
		if t.kind != comment && r.first == "" {
			r.first = strings.ToLower(strings.TrimSpace(t.text))
		}
		switch t.kind {
		case semicolon:
			b.fail(CodeSQL, at, "Quy tắc SQL không được chứa dấu “;”: chỉ một biểu thức hoặc một câu SELECT.", "The SQL of a rule must not hold \";\": one expression or one SELECT.")
			return r, false
		case unclosed:
			b.fail(CodeSQL, at, "Quy tắc SQL có dấu nháy hoặc chú thích chưa đóng, hoặc có dấu “$”, từ chỗ: %s", "The SQL of a rule has an open quote or comment, or a \"$\", from: %s", clip(t.text))
			return r, false
		case variable:
			if !b.variable(at, t, own, &out, &r) {
				return r, false
			}
		case identifier, quoted:
			out.WriteString(b.named(all, i, &r))
		case comment:
			out.WriteByte(' ')
		default:
			out.WriteString(t.text)
		}
	}
	r.text = strings.TrimSpace(out.String())
	if r.text == "" {
		b.fail(CodeSQL, at, "Quy tắc SQL để trống.", "The SQL of a rule is empty.")
		return r, false
	}
	return r, true
}

// variable writes ${object} as it is and ${property} as the column's name.
func (b *builder) variable(at string, t token, own int, out *strings.Builder, r *ruleSQL) bool {
	switch t.name {
	case "object", "table", "schema.name", "model":
		out.WriteString("${object}")
		return true
	case "property", "column", "field":
		if own >= 0 {
			out.WriteString(quote(b.obj.Columns[own].Store))
			r.mention(own)
			return true
		}
	}
	b.fail(CodeSQL, at, "Không có biến %s ở đây. Dùng ${object} cho bảng, ${property} cho trường mà quy tắc đặt trên đó.",
		"There is no variable %s here. Use ${object} for the table, ${property} for the property on which the rule stands.", t.text)
	return false
}

// named writes an identifier: the name in the stores if it is a property's.
// What stands before "(" is a function, before or behind "." part of a longer
// name whose last part may be a column.
func (b *builder) named(all []token, i int, r *ruleSQL) string {
	t := all[i]
	next := ""
	if i+1 < len(all) {
		next = all[i+1].text
	}
	if next == "(" || next == "." {
		return t.text
	}
	column := b.obj.columnNamed(t.name)
	if column < 0 {
		if i, field := b.obj.partNamed(t.name); field != "" {
			r.mention(i)
			return quote(field)
		}
		return t.text
	}
	if t.kind == identifier && keyword[strings.ToLower(t.name)] && b.obj.Columns[column].Name != t.name {
		return t.text
	}
	r.mention(column)
	if t.kind == identifier && typed[strings.ToLower(t.name)] && beforeLiteral(all, i) {
		return t.text // DATE '2025-01-01', not the column "date"
	}
	return quote(b.obj.Columns[column].Store)
}

// partNamed finds a field that is a part of a column by its name in the stores: a
// bound of a geometry, "x__minx", or what is known of a file, "x__bytes".
func (o *Object) partNamed(name string) (column int, field string) {
	if !strings.Contains(name, "__") {
		return -1, ""
	}
	for i := range o.Columns {
		for _, f := range o.Columns[i].Fields(i)[1:] {
			if strings.EqualFold(f.Name, name) {
				return i, f.Name
			}
		}
	}
	return -1, ""
}

// keyword are words that are hardly a column when their case differs.
var keyword = map[string]bool{"and": true, "or": true, "not": true, "in": true, "is": true, "null": true, "case": true, "when": true,
	"then": true, "else": true, "end": true, "like": true, "between": true, "select": true, "from": true, "where": true, "as": true,
	"group": true, "order": true, "by": true, "true": true, "false": true, "on": true, "having": true, "distinct": true}

var typed = map[string]bool{"date": true, "time": true, "timestamp": true, "interval": true}

func beforeLiteral(all []token, i int) bool {
	for _, t := range all[i+1:] {
		if strings.TrimSpace(t.text) != "" {
			return t.kind == literal
		}
	}
	return false
}

func (r *ruleSQL) mention(column int) {
	if !slices.Contains(r.columns, column) {
		r.columns = append(r.columns, column)
	}
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// clip keeps a message short.
func clip(s string) string {
	r := []rune(s)
	if len(r) <= 60 {
		return s
	}
	return string(r[:60]) + "…"
}
