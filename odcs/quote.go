package odcs

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// looksTyped matches text that some YAML reader, of version 1.1 or 1.2, takes
// for something else than text when it stands without quotes.
var looksTyped = regexp.MustCompile(`^(` + strings.Join([]string{
	`[-+]?[0-9][0-9_]*`, `[-+]?0b[01_]+`, `[-+]?0o?[0-7_]+`, `[-+]?0x[0-9a-fA-F_]+`, // whole numbers
	`[-+]?([0-9][0-9_]*)?\.[0-9_]*([eE][-+]?[0-9]+)?`, `[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+`, // fractions
	`[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`, // base 60, and so times of day
	`[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?`,   // dates
	`[-+]?\.(inf|Inf|INF)`, `\.(nan|NaN|NAN)`,
	`y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF`,
	`true|True|TRUE|false|False|FALSE|null|Null|NULL|~|<<|=`,
}, "|") + `)$`)

// plainSafe tells whether text can stand without quotes and still be read as
// this text. In flow style commas and brackets end it.
func plainSafe(s string, flow bool) bool {
	if s == "" || looksTyped.MatchString(s) || !printable(s) {
		return false
	}
	if s[0] == ' ' || s[len(s)-1] == ' ' || strings.ContainsAny(s[:1], ",[]{}#&*!|>'\"%@`") {
		return false
	}
	if strings.ContainsAny(s[:1], "-?:") && (len(s) == 1 || s[1] == ' ' || s[1] == s[0]) {
		return false
	}
	if strings.HasPrefix(s, "...") || strings.HasPrefix(s, "<<") {
		return false
	}
	if strings.Contains(s, ": ") || strings.HasSuffix(s, ":") || strings.Contains(s, " #") {
		return false
	}
	return !flow || !strings.ContainsAny(s, ",[]{}:?#")
}

// printable tells whether text has only characters that may stand in a scalar on
// one line without an escape.
func printable(s string) bool {
	for _, r := range s {
		if mustEscape(r) {
			return false
		}
	}
	return true
}

func mustEscape(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r <= 0x9f: // control characters and line breaks
		return true
	case r == 0x2028, r == 0x2029, r == 0xfeff, r == utf8.RuneError:
		return true
	}
	return r > 0xff && !unicode.IsPrint(r) && !unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Zs, r)
}

// singleQuoted needs printable text.
func singleQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// doubleQuoted can say any text.
func doubleQuoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case !mustEscape(r) || r == utf8.RuneError:
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			fmt.Fprintf(&b, `\u%04X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// inline spells a scalar on one line, without quotes where that is safe.
func inline(v any, flow bool) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		if v {
			return "true"
		}
		return "false"
	case string:
		if plainSafe(v, flow) {
			return v
		}
		if printable(v) && strings.Contains(v, `"`) {
			return singleQuoted(v)
		}
		return doubleQuoted(v)
	}
	return numberText(v)
}

// literalMark returns the header for text written as a literal block (|), or ""
// where a block would be unsafe or pointless: it must have several lines, none
// of them with white space at an end.
func literalMark(s string) string {
	body := strings.TrimSuffix(s, "\n")
	if body == "" || strings.HasSuffix(body, "\n") || strings.HasPrefix(body, "\n") {
		return ""
	}
	for i, line := range strings.Split(body, "\n") {
		if !printable(line) || strings.HasSuffix(line, " ") || i == 0 && strings.HasPrefix(line, " ") {
			return ""
		}
	}
	if body == s {
		return "|-"
	}
	return "|"
}

// blockLines indents the lines of a block scalar; empty lines stay empty.
func blockLines(s, indent, newline string) string {
	var b strings.Builder
	for _, line := range strings.Split(strings.TrimSuffix(s, "\n"), "\n") {
		b.WriteString(newline)
		if line != "" {
			b.WriteString(indent + line)
		}
	}
	return b.String()
}
