package xlsx

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// The kinds of tokens. Comments and processing instructions are none.
const (
	partEnd = iota
	tagStart
	tagEnd
	text
	aside // a comment or a processing instruction, never given
)

// A token is a tag or a run of text. Its bytes are valid until the next one.
type token struct {
	kind   int
	name   []byte // without its prefix
	prefix []byte // with the colon
	attrs  []byte
	closed bool   // <a/>
	text   []byte // escaped, unless it is of a CDATA section
	cdata  bool
	raw    []byte
}

func (t *token) is(name string) bool { return string(t.name) == name }

var (
	errMalformed = errors.New("malformed XML")
	errDoctype   = errors.New("a document type declaration")
	errTooLong   = errors.New("a tag or text without end")
)

// lex reads the token at the beginning of d and its length; 0 when its end is
// not there.
func lex(d []byte) (t token, n int, err error) {
	if len(d) < 2 {
		return t, 0, nil
	}
	if d[0] != '<' {
		n = bytes.IndexByte(d, '<')
		if n < 0 {
			return t, 0, nil
		}
		return token{kind: text, text: d[:n], raw: d[:n]}, n, nil
	}
	switch d[1] {
	case '!':
		return lexDeclared(d)
	case '?':
		return until(d, 2, "?>", token{kind: aside})
	case '/':
		n = bytes.IndexByte(d, '>')
		if n < 0 {
			return t, 0, nil
		}
		t.kind, t.raw = tagEnd, d[:n+1]
		t.setName(bytes.TrimRight(d[2:n], " \t\r\n"))
		return t, n + 1, nil
	}
	return lexStart(d)
}

func lexStart(d []byte) (t token, n int, err error) {
	i := 1
	for i < len(d) && d[i] > ' ' && d[i] != '>' && d[i] != '/' && d[i] != '<' {
		i++
	}
	name := i
	var quote byte
	for ; i < len(d); i++ {
		switch c := d[i]; {
		case quote != 0:
			if c != quote {
				continue
			}
			quote = 0
			if i+1 < len(d) && d[i+1] > ' ' && d[i+1] != '>' && d[i+1] != '/' {
				return t, 0, errMalformed // a quote too many: it would swallow what follows
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '<':
			return t, 0, errMalformed
		case c == '>':
			if name == 1 {
				return t, 0, errMalformed
			}
			t.kind, t.raw = tagStart, d[:i+1]
			t.setName(d[1:name])
			t.attrs = d[name:i]
			if d[i-1] == '/' && i-1 >= name {
				t.closed, t.attrs = true, d[name:i-1]
			}
			return t, i + 1, nil
		}
	}
	return t, 0, nil
}

// lexDeclared reads what begins with <!.
func lexDeclared(d []byte) (t token, n int, err error) {
	const comment, cdata = "<!--", "<![CDATA["
	switch {
	case bytes.HasPrefix(d, []byte(comment)):
		return until(d, len(comment), "-->", token{kind: aside})
	case bytes.HasPrefix(d, []byte(cdata)):
		t, n, err = until(d, len(cdata), "]]>", token{kind: text, cdata: true})
		if n > 0 {
			t.text = d[len(cdata) : n-3]
		}
		return t, n, err
	case len(d) < len(cdata) && (bytes.HasPrefix([]byte(comment), d) || bytes.HasPrefix([]byte(cdata), d)):
		return t, 0, nil
	}
	return t, 0, errDoctype
}

func until(d []byte, from int, end string, t token) (token, int, error) {
	n := bytes.Index(d[from:], []byte(end))
	if n < 0 {
		return token{}, 0, nil
	}
	n += from + len(end)
	t.raw = d[:n]
	return t, n, nil
}

func (t *token) setName(name []byte) {
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		t.prefix, name = name[:i+1], name[i+1:]
	}
	t.name = name
}

// An attribute of a tag; value is escaped.
type attribute struct{ prefix, name, value []byte }

// nextAttribute reads the first attribute of a, and what is behind it.
func nextAttribute(a []byte) (at attribute, rest []byte, ok bool) {
	a = bytes.TrimLeft(a, " \t\r\n")
	eq := bytes.IndexByte(a, '=')
	if eq <= 0 {
		return at, nil, false
	}
	name := bytes.TrimRight(a[:eq], " \t\r\n")
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		at.prefix, name = name[:i+1], name[i+1:]
	}
	at.name = name
	a = bytes.TrimLeft(a[eq+1:], " \t\r\n")
	if len(a) < 2 || a[0] != '"' && a[0] != '\'' {
		return at, nil, false
	}
	end := bytes.IndexByte(a[1:], a[0])
	if end < 0 {
		return at, nil, false
	}
	at.value = a[1 : end+1]
	return at, a[end+2:], true
}

// attr is the attribute of a name without prefix, unescaped.
func (t *token) attr(name string) string {
	v, _ := t.find(name, false)
	return v
}

// related is the attribute of a name with any prefix: r:id.
func (t *token) related(name string) string {
	v, _ := t.find(name, true)
	return v
}

func (t *token) find(name string, prefixed bool) (string, bool) {
	for a := t.attrs; ; {
		at, rest, ok := nextAttribute(a)
		if !ok {
			return "", false
		}
		if string(at.name) == name && prefixed == (len(at.prefix) > 0) {
			v, err := unescape(nil, at.value)
			if err != nil {
				return "", false
			}
			return string(v), true
		}
		a = rest
	}
}

// flag is an attribute that is true or false.
func (t *token) flag(name string) bool {
	v := t.attr(name)
	return v == "1" || v == "true" || v == "on"
}

func (t *token) number(name string) (int64, bool) {
	n, err := strconv.ParseInt(t.attr(name), 10, 64)
	return n, err == nil
}

// An entityError names an entity that no workbook may use.
type entityError string

func (e entityError) Error() string { return "entity " + string(e) }

// plain says that text needs no unescaping.
func plain(s []byte) bool {
	return bytes.IndexByte(s, '&') < 0 && bytes.IndexByte(s, '\r') < 0
}

// unescape appends text with its entities and ends of lines resolved.
func unescape(to, s []byte) ([]byte, error) {
	for len(s) > 0 {
		i := bytes.IndexAny(s, "&\r")
		if i < 0 {
			return append(to, s...), nil
		}
		to = append(to, s[:i]...)
		if s[i] == '\r' {
			to = append(to, '\n')
			if s = s[i+1:]; len(s) > 0 && s[0] == '\n' {
				s = s[1:]
			}
			continue
		}
		end := bytes.IndexByte(s[i:min(len(s), i+32)], ';')
		if end < 0 {
			return to, entityError(shown(string(s[i:min(len(s), i+12)])))
		}
		r, ok := entity(s[i+1 : i+end])
		if !ok {
			return to, entityError(shown(string(s[i : i+end+1])))
		}
		to = utf8.AppendRune(to, r)
		s = s[i+end+1:]
	}
	return to, nil
}

// entity resolves the five names and numbers; others need a DTD, which no
// workbook has.
func entity(name []byte) (rune, bool) {
	switch string(name) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(string(digits), base, 32)
	if err != nil || n > utf8.MaxRune || n == 0 {
		return 0, false
	}
	return rune(n), true
}

// xmlFault says what is wrong in a part in words for its sender.
func xmlFault(part string, err error) error {
	var e entityError
	switch {
	case errors.As(err, &e):
		return fault.New(fault.Invalid, "file.xlsx.entity", shown(part), string(e))
	case errors.Is(err, errDoctype):
		return fault.New(fault.Invalid, "file.xlsx.doctype", shown(part))
	case errors.Is(err, errMalformed), errors.Is(err, errTooLong):
		return damaged(part).Because(err)
	}
	return err
}

// Tokens are read from a part, or from bytes.
type tokens struct {
	part string
	r    io.Reader
	buf  []byte
	at   int // of the next token
	eof  bool
	max  int // bytes of one token
}

const (
	bufferBytes = 64 << 10
	tokenBytes  = 16 << 20 // of one tag, comment or text
)

func (p *pack) tokens(name string) (*tokens, error) {
	o, err := p.open(name)
	if err != nil {
		return nil, err
	}
	return readTokens(name, o)
}

// readTokens looks how the part is encoded and begins to read it.
func readTokens(name string, r io.Reader) (*tokens, error) {
	t := &tokens{part: name, r: r, max: tokenBytes, buf: make([]byte, 0, bufferBytes)}
	for !t.eof && len(t.buf) < 256 {
		if err := t.fill(); err != nil {
			return nil, err
		}
	}
	b := t.buf
	wide := len(b) >= 2 && (b[0] == 0xFF && b[1] == 0xFE || b[0] == 0xFE && b[1] == 0xFF || b[0] == 0 && b[1] == '<' || b[0] == '<' && b[1] == 0)
	if wide {
		order := unicode.LittleEndian
		if b[0] == 0 {
			order = unicode.BigEndian
		}
		whole := io.MultiReader(bytes.NewReader(bytes.Clone(b)), r)
		t = &tokens{part: name, max: tokenBytes, buf: make([]byte, 0, bufferBytes)}
		t.r = unicode.UTF16(order, unicode.UseBOM).NewDecoder().Reader(whole)
		return t, nil
	}
	if bytes.HasPrefix(b, []byte("\xEF\xBB\xBF")) {
		t.at = 3
	}
	return t, t.checkEncoding()
}

// checkEncoding refuses parts that say they are not UTF-8.
func (t *tokens) checkEncoding() error {
	b := t.buf[t.at:min(len(t.buf), t.at+256)]
	end := bytes.Index(b, []byte("?>"))
	if !bytes.HasPrefix(b, []byte("<?xml")) || end < 0 {
		return nil
	}
	declared := token{attrs: b[len("<?xml"):end]}
	switch enc := declared.attr("encoding"); string(bytes.ToLower([]byte(enc))) {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return nil
	default:
		return fault.New(fault.Invalid, "file.xlsx.encoding", shown(t.part), shown(enc))
	}
}

// next returns the next token; one of kind partEnd at the end.
func (t *tokens) next() (token, error) {
	for {
		tok, n, err := lex(t.buf[t.at:])
		if err != nil {
			return tok, xmlFault(t.part, err)
		}
		if n > 0 {
			t.at += n
			if tok.kind == aside {
				continue
			}
			return tok, nil
		}
		if t.eof {
			if len(bytes.TrimSpace(t.buf[t.at:])) > 0 {
				return tok, xmlFault(t.part, errMalformed)
			}
			return token{}, nil
		}
		if err := t.fill(); err != nil {
			return tok, err
		}
	}
}

// fill reads on, with room for at least as much again when one token has taken
// all there was.
func (t *tokens) fill() error {
	kept := len(t.buf) - t.at
	if kept > t.max {
		return xmlFault(t.part, errTooLong)
	}
	if t.at > 0 {
		copy(t.buf, t.buf[t.at:])
		t.buf, t.at = t.buf[:kept], 0
	}
	if kept == cap(t.buf) {
		t.buf = append(make([]byte, 0, 2*cap(t.buf)), t.buf...)
	}
	for range 100 { // a reader that gives nothing a hundred times is broken
		n, err := t.r.Read(t.buf[kept:cap(t.buf)])
		t.buf = t.buf[:kept+n]
		if errors.Is(err, io.EOF) {
			t.eof = true
			return nil
		}
		if err != nil {
			return err
		}
		if n > 0 {
			return nil
		}
	}
	return io.ErrNoProgress
}

// skip reads to the end of the element that begins with start.
func (t *tokens) skip(start token) error { return t.whole(start, func(token) {}) }

// whole hands out what stands in the element that begins with start, its end
// included.
func (t *tokens) whole(start token, each func(token)) error {
	if start.closed {
		return nil
	}
	for depth := 1; depth > 0; {
		tok, err := t.next()
		if err != nil {
			return err
		}
		switch {
		case tok.kind == partEnd:
			return xmlFault(t.part, errMalformed)
		case tok.kind == tagStart && !tok.closed:
			depth++
		case tok.kind == tagEnd:
			depth--
		}
		each(tok)
	}
	return nil
}

// textOf reads the text of the element that begins with start, and its end.
func (t *tokens) textOf(start token) (string, error) {
	if start.closed {
		return "", nil
	}
	var out []byte
	for depth := 1; depth > 0; {
		tok, err := t.next()
		if err != nil {
			return "", err
		}
		switch tok.kind {
		case partEnd:
			return "", xmlFault(t.part, errMalformed)
		case tagStart:
			if !tok.closed {
				depth++
			}
		case tagEnd:
			depth--
		case text:
			if out, err = tok.appendText(out); err != nil {
				return "", xmlFault(t.part, err)
			}
			if len(out) > t.max {
				return "", xmlFault(t.part, errTooLong)
			}
		}
	}
	return string(out), nil
}

func (t *token) appendText(to []byte) ([]byte, error) {
	if t.cdata {
		return append(to, t.text...), nil
	}
	return unescape(to, t.text)
}
