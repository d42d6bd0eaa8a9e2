package contract

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// RE2 writes an ECMA regular expression, which ODCS prescribes for patterns, in
// the syntax of RE2, which runs in linear time whatever the text. It keeps
// ECMA's meaning where the two differ (".", "\s", "[^]", "\uXXXX", …). What RE2
// cannot express, look-around and back references above all, is an error.
func RE2(ecma string) (string, error) {
	t := translator{in: ecma}
	if rest, ok := strings.CutPrefix(t.in, "(?i)"); ok { // no ECMA, but often written and clear
		t.in = rest
		t.out.WriteString("(?i)")
	}
	for t.pos < len(t.in) {
		if err := t.step(); err != nil {
			return "", err
		}
	}
	out := t.out.String()
	if _, err := regexp.Compile(out); err != nil {
		return "", &PatternError{Vi: "sai cú pháp: " + cause(err), En: "broken syntax: " + cause(err)}
	}
	return out, nil
}

// A PatternError says what in a pattern cannot be used.
type PatternError struct{ Vi, En string }

func (e *PatternError) Error() string { return "contract: pattern: " + e.En }

func cause(err error) string {
	return strings.TrimPrefix(err.Error(), "error parsing regexp: ")
}

const (
	anyButLines = `[^\n\r\x{2028}\x{2029}]`
	anyRune     = `[\x{0}-\x{10FFFF}]`
	noRune      = `[^\x{0}-\x{10FFFF}]`
	// What ECMA calls white space, as content of a class, and all the rest.
	spaces    = `\t\n\x{B}\f\r \x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}`
	notSpaces = `\x{0}-\x{8}\x{E}-\x{1F}!-\x{9F}\x{A1}-\x{167F}\x{1681}-\x{1FFF}\x{200B}-\x{2027}\x{202A}-\x{202E}\x{2030}-\x{205E}\x{2060}-\x{2FFF}\x{3001}-\x{FEFE}\x{FF00}-\x{10FFFF}`
)

// A translator walks a pattern from left to right.
type translator struct {
	in  string
	pos int
	out strings.Builder
}

func (t *translator) next() rune {
	r, n := utf8.DecodeRuneInString(t.in[t.pos:])
	t.pos += n
	return r
}

func (t *translator) take(prefix string) bool {
	if strings.HasPrefix(t.in[t.pos:], prefix) {
		t.pos += len(prefix)
		return true
	}
	return false
}

func (t *translator) step() error {
	switch c := t.next(); c {
	case '.':
		t.out.WriteString(anyButLines)
	case '^':
		t.out.WriteString(`\A`)
	case '$':
		t.out.WriteString(`\z`)
	case '[':
		return t.class()
	case '\\':
		return t.escape()
	case '(':
		return t.group()
	case '{':
		t.brace()
	case '}', ']': // alone they stand for themselves
		t.out.WriteByte('\\')
		t.out.WriteRune(c)
	case '*', '+', '?', '|', ')':
		t.out.WriteRune(c)
	default:
		t.literal(c)
	}
	return nil
}

func (t *translator) literal(c rune) {
	if c < ' ' { // SQL ends at a NUL
		fmt.Fprintf(&t.out, `\x{%X}`, c)
		return
	}
	t.out.WriteString(regexp.QuoteMeta(string(c)))
}

var repeat = regexp.MustCompile(`^\d+(,\d*)?\}`)

// brace takes a "{" that begins a repetition, or stands for itself.
func (t *translator) brace() {
	m := repeat.FindString(t.in[t.pos:])
	t.pos += len(m)
	if m == "" {
		t.out.WriteByte('\\')
	}
	t.out.WriteString("{" + m)
}

func (t *translator) group() error {
	switch {
	case !t.take("?"):
		t.out.WriteString("(?:") // nothing refers to a group
	case t.take(":"):
		t.out.WriteString("(?:")
	case t.take("i:"):
		t.out.WriteString("(?i:")
	case t.take("="), t.take("!"), t.take("<="), t.take("<!"):
		return &PatternError{
			Vi: "không dùng được phép nhìn trước, nhìn sau (?=…), (?!…), (?<=…), (?<!…)",
			En: "look-ahead and look-behind, (?=…), (?!…), (?<=…), (?<!…), cannot be used",
		}
	case t.take("<"):
		end := strings.IndexByte(t.in[t.pos:], '>')
		if end < 1 {
			return broken("(?<")
		}
		t.pos += end + 1
		t.out.WriteString("(?:")
	default:
		return broken("(?" + head(t.in[t.pos:]))
	}
	return nil
}

func head(s string) string {
	if s == "" {
		return ""
	}
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}

func broken(what string) error {
	return &PatternError{Vi: fmt.Sprintf("không hiểu “%s”", what), En: fmt.Sprintf("%q is not understood", what)}
}

// escape takes what follows a "\" outside a class.
func (t *translator) escape() error {
	switch {
	case t.take("b"):
		t.out.WriteString(`\b`)
		return nil
	case t.take("B"):
		t.out.WriteString(`\B`)
		return nil
	}
	if c := head(t.in[t.pos:]); c == "k" || c >= "1" && c <= "9" {
		return &PatternError{
			Vi: `không dùng được tham chiếu ngược \1, \k<…>`,
			En: `back references, \1, \k<…>, cannot be used`,
		}
	}
	set, r, err := t.classEscape()
	switch {
	case err != nil:
		return err
	case set != "":
		t.out.WriteString("[" + set + "]")
	default:
		t.literal(r)
	}
	return nil
}

// classEscape takes an escape that means one character, or a set of them,
// given as the content of a class.
func (t *translator) classEscape() (set string, r rune, err error) {
	if t.pos == len(t.in) {
		return "", 0, &PatternError{Vi: `dấu “\” đứng cuối`, En: `a "\" stands at the end`}
	}
	switch c := t.next(); c {
	case 'd', 'D', 'w', 'W':
		return `\` + string(c), 0, nil
	case 's':
		return spaces, 0, nil
	case 'S':
		return notSpaces, 0, nil
	case 't':
		return "", '\t', nil
	case 'n':
		return "", '\n', nil
	case 'v':
		return "", '\v', nil
	case 'f':
		return "", '\f', nil
	case 'r':
		return "", '\r', nil
	case 'p', 'P':
		set, err = t.property(string(c))
		return set, 0, err
	case 'x':
		r, err = t.hex(2)
		return "", r, err
	case 'u':
		r, err = t.unicode()
		return "", r, err
	case 'c':
		if l := head(t.in[t.pos:]); len(l) == 1 && (l[0]|0x20) >= 'a' && (l[0]|0x20) <= 'z' {
			t.pos++
			return "", rune(l[0] & 0x1F), nil
		}
		return "", 0, broken(`\c`)
	case '0':
		if l := head(t.in[t.pos:]); l >= "0" && l <= "9" && l != "" {
			return "", 0, broken(`\0` + l)
		}
		return "", 0, nil
	default:
		if c < utf8.RuneSelf && (c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '1' && c <= '9') {
			return "", 0, broken(`\` + string(c))
		}
		return "", c, nil
	}
}

// property takes the braces of \p{…}.
func (t *translator) property(letter string) (string, error) {
	end := strings.IndexByte(t.in[t.pos:], '}')
	if !strings.HasPrefix(t.in[t.pos:], "{") || end < 2 {
		return "", broken(`\` + letter)
	}
	name := t.in[t.pos+1 : t.pos+end]
	t.pos += end + 1
	if _, value, ok := strings.Cut(name, "="); ok { // Script=Latin, General_Category=Lu
		name = value
	}
	out := `\` + letter + "{" + name + "}"
	if _, err := regexp.Compile(out); err != nil {
		return "", broken(out)
	}
	return out, nil
}

func (t *translator) hex(digits int) (rune, error) {
	if len(t.in) < t.pos+digits {
		return 0, broken(t.in[t.pos-2:])
	}
	n, err := strconv.ParseUint(t.in[t.pos:t.pos+digits], 16, 32)
	if err != nil {
		return 0, broken(t.in[t.pos-2 : t.pos+digits])
	}
	t.pos += digits
	return rune(n), nil
}

// unicode takes XXXX, {X…} or the two halves of a surrogate pair.
func (t *translator) unicode() (rune, error) {
	if t.take("{") {
		end := strings.IndexByte(t.in[t.pos:], '}')
		if end < 1 {
			return 0, broken(`\u{`)
		}
		n, err := strconv.ParseUint(t.in[t.pos:t.pos+end], 16, 32)
		if err != nil || !utf8.ValidRune(rune(n)) {
			return 0, broken(`\u{` + t.in[t.pos:t.pos+end] + `}`)
		}
		t.pos += end + 1
		return rune(n), nil
	}
	high, err := t.hex(4)
	if err != nil || high < 0xD800 || high > 0xDFFF {
		return high, err
	}
	if high < 0xDC00 && t.take(`\u`) {
		low, err := t.hex(4)
		if err == nil && low >= 0xDC00 && low <= 0xDFFF {
			return 0x10000 + (high-0xD800)<<10 + (low - 0xDC00), nil
		}
	}
	return 0, broken(fmt.Sprintf(`\u%04X`, high))
}

// class takes a "[…]" whose "[" is behind.
func (t *translator) class() error {
	not := t.take("^")
	var body strings.Builder
	for {
		if t.pos == len(t.in) {
			return &PatternError{Vi: "thiếu dấu “]”", En: `a "]" is missing`}
		}
		if t.take("]") {
			break
		}
		if err := t.member(&body); err != nil {
			return err
		}
	}
	switch {
	case body.Len() == 0 && not:
		t.out.WriteString(anyRune)
	case body.Len() == 0:
		t.out.WriteString(noRune)
	case not:
		t.out.WriteString("[^" + body.String() + "]")
	default:
		t.out.WriteString("[" + body.String() + "]")
	}
	return nil
}

// member takes one character, range or set of a class.
func (t *translator) member(body *strings.Builder) error {
	set, low, err := t.atom()
	if err != nil {
		return err
	}
	rest := t.in[t.pos:]
	if len(rest) < 2 || rest[0] != '-' || rest[1] == ']' {
		body.WriteString(set)
		if set == "" {
			member(body, low)
		}
		return nil
	}
	t.pos++
	to, high, err := t.atom()
	switch {
	case err != nil:
		return err
	case set != "" || to != "": // a set is no end of a range: the "-" stands for itself
		for _, end := range []struct {
			set string
			r   rune
		}{{set, low}, {"", '-'}, {to, high}} {
			body.WriteString(end.set)
			if end.set == "" {
				member(body, end.r)
			}
		}
		return nil
	case low > high:
		return broken(string(low) + "-" + string(high))
	}
	member(body, low)
	body.WriteByte('-')
	member(body, high)
	return nil
}

// atom takes one element of a class: a set, or a character.
func (t *translator) atom() (set string, r rune, err error) {
	if !t.take(`\`) {
		return "", t.next(), nil
	}
	if t.take("b") {
		return "", '\b', nil
	}
	return t.classEscape()
}

// member writes one character so that it means itself in a class.
func member(body *strings.Builder, r rune) {
	if r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' {
		body.WriteRune(r)
		return
	}
	fmt.Fprintf(body, `\x{%X}`, r)
}
