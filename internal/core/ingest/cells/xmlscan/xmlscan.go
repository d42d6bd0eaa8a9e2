// Package xmlscan reads the XML of office documents piece by piece, several
// times as fast as encoding/xml and with memory that does not grow: a sheet of
// a million cells is one element. It knows no DTD, and refuses files that have
// one: no document of an office program does, and entities are how small files
// become large ones.
package xmlscan

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Errors of Next.
var (
	ErrDoctype = errors.New("XML with a document type")
	ErrSyntax  = errors.New("not well-formed XML")
	ErrCut     = errors.New("XML ends too early")
	ErrTooLong = errors.New("XML tag is too long")
)

// A Kind is a kind of token.
type Kind uint8

// The kinds. An element that is closed in its own tag gives Start, then End.
const (
	Start Kind = iota + 1
	End
	Text
)

const (
	firstBuffer = 64 << 10
	maxDepth    = 10_000
	maxName     = 1000
)

// A Scanner reads tokens.
type Scanner struct {
	r       io.Reader
	maxTag  int
	names   map[string]string // prefix of a namespace that we know, by its address
	aliases map[string]string // prefixes of this file that are others than ours

	buf    []byte
	at     int // of the next byte in buf
	eof    bool
	read   int64
	depth  int
	open   []byte // names of the elements that are open, one behind the other
	ends   []int  // where they end
	closed bool   // an End is due for the tag just given
	cdata  bool

	name  []byte
	attrs []byte
	text  []byte
	word  []byte // a name put together anew
	value []byte
}

// New reads from r. A tag may have maxTag bytes. Names tells, by the address of
// a namespace, the prefix by which its elements and attributes are to be known,
// whatever the file calls it.
func New(r io.Reader, maxTag int, names map[string]string) *Scanner {
	return &Scanner{r: r, maxTag: max(maxTag, firstBuffer), names: names, buf: make([]byte, 0, firstBuffer)}
}

// Read is how many bytes were read.
func (s *Scanner) Read() int64 { return s.read - int64(len(s.buf)-s.at) }

// Depth is how many elements are open; at a Start it counts the element, at an
// End no more.
func (s *Scanner) Depth() int { return s.depth }

// Name is the name of the element, with its prefix.
func (s *Scanner) Name() []byte { return s.name }

// Local is the name of the element without its prefix.
func (s *Scanner) Local() []byte {
	if i := bytes.IndexByte(s.name, ':'); i >= 0 {
		return s.name[i+1:]
	}
	return s.name
}

// Text is the text read, entities replaced, good until the next call of Next. A
// long text comes in several pieces.
func (s *Scanner) Text() []byte { return s.text }

// more reads on, keeping what is not used yet.
func (s *Scanner) more() error {
	if s.eof {
		return io.EOF
	}
	if s.at > 0 {
		s.buf = s.buf[:copy(s.buf, s.buf[s.at:])]
		s.at = 0
	}
	if len(s.buf) == cap(s.buf) {
		if len(s.buf) >= s.maxTag {
			return ErrTooLong
		}
		grown := make([]byte, len(s.buf), min(2*cap(s.buf), s.maxTag))
		copy(grown, s.buf)
		s.buf = grown
	}
	for range 100 {
		n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		s.read += int64(n)
		if errors.Is(err, io.EOF) {
			s.eof = true
			if n == 0 {
				return io.EOF
			}
			return nil
		}
		if err != nil || n > 0 {
			return err
		}
	}
	return io.ErrNoProgress
}

// until makes the input available up to the end of mark and gives the distance,
// counted from the place after skip bytes.
func (s *Scanner) until(skip int, mark string) (int, error) {
	for from := skip; ; {
		if rest := s.buf[s.at:]; from <= len(rest) {
			if i := bytes.Index(rest[from:], []byte(mark)); i >= 0 {
				return from + i + len(mark), nil
			}
			from = max(skip, len(rest)-len(mark)+1)
		}
		if err := s.more(); err != nil {
			return 0, cut(err)
		}
	}
}

func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return ErrCut
	}
	return err
}

// Next reads a token; io.EOF after the end of the document.
func (s *Scanner) Next() (Kind, error) {
	if s.closed {
		s.closed = false
		s.pop()
		return End, nil
	}
	for {
		if s.at == len(s.buf) {
			if err := s.more(); err != nil {
				if errors.Is(err, io.EOF) && s.depth > 0 {
					return 0, ErrCut
				}
				return 0, err
			}
		}
		switch {
		case s.cdata:
			return Text, s.inCDATA()
		case s.buf[s.at] != '<':
			return Text, s.readText()
		}
		for len(s.buf)-s.at < 9 && !s.eof {
			if err := s.more(); err != nil && !errors.Is(err, io.EOF) {
				return 0, err
			}
		}
		switch rest := s.buf[s.at:]; {
		case bytes.HasPrefix(rest, []byte("<!--")):
			if err := s.skip(4, "-->"); err != nil {
				return 0, err
			}
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			s.at += 9
			s.cdata = true
		case bytes.HasPrefix(rest, []byte("<!")):
			return 0, ErrDoctype
		case bytes.HasPrefix(rest, []byte("<?")):
			if err := s.skip(2, "?>"); err != nil {
				return 0, err
			}
		case bytes.HasPrefix(rest, []byte("</")):
			return End, s.endTag()
		default:
			return Start, s.startTag()
		}
	}
}

// skip passes over a comment or an instruction, however long.
func (s *Scanner) skip(skip int, mark string) error {
	s.at += skip
	for {
		if i := bytes.Index(s.buf[s.at:], []byte(mark)); i >= 0 {
			s.at += i + len(mark)
			return nil
		}
		s.at = max(s.at, len(s.buf)-len(mark)+1)
		if err := s.more(); err != nil {
			return cut(err)
		}
	}
}

func (s *Scanner) inCDATA() error {
	for {
		rest := s.buf[s.at:]
		if i := bytes.Index(rest, []byte("]]>")); i >= 0 {
			s.text = append(s.text[:0], rest[:i]...)
			s.at += i + 3
			s.cdata = false
			return nil
		}
		if n := len(rest) - 2; n > 0 {
			s.text = append(s.text[:0], rest[:n]...)
			s.at += n
			return nil
		}
		if err := s.more(); err != nil {
			return cut(err)
		}
	}
}

// maxEntity is the longest spelling of an entity, "&#x10FFFF;".
const maxEntity = 12

func (s *Scanner) readText() error {
	rest := s.buf[s.at:]
	n := bytes.IndexByte(rest, '<')
	if n < 0 {
		n = len(rest)
		// An entity may be cut by the end of the buffer.
		if i := bytes.LastIndexByte(rest, '&'); i >= 0 && n-i < maxEntity && !s.eof && bytes.IndexByte(rest[i:], ';') < 0 {
			if n = i; n == 0 {
				if err := s.more(); err != nil && !errors.Is(err, io.EOF) {
					return err
				}
				return s.readText()
			}
		}
	}
	s.text = decode(s.text[:0], rest[:n])
	s.at += n
	return nil
}

func (s *Scanner) endTag() error {
	n, err := s.until(2, ">")
	if err != nil {
		return err
	}
	name := bytes.TrimRight(s.buf[s.at+2:s.at+n-1], " \t\r\n")
	if s.depth == 0 || !bytes.Equal(name, s.open[s.begin():]) {
		return ErrSyntax
	}
	s.setName(name)
	s.at += n
	s.pop()
	return nil
}

// begin is where the name of the innermost open element begins.
func (s *Scanner) begin() int {
	if s.depth == 1 {
		return 0
	}
	return s.ends[s.depth-2]
}

func (s *Scanner) pop() {
	s.open = s.open[:s.begin()]
	s.depth--
	s.ends = s.ends[:s.depth]
}

func (s *Scanner) startTag() error {
	n, err := s.tagEnd()
	if err != nil {
		return err
	}
	tag := s.buf[s.at+1 : s.at+n-1]
	s.at += n
	if len(tag) > 0 && tag[len(tag)-1] == '/' {
		s.closed = true
		tag = tag[:len(tag)-1]
	}
	end := bytes.IndexAny(tag, " \t\r\n")
	if end < 0 {
		end = len(tag)
	}
	if end == 0 {
		return ErrSyntax
	}
	s.attrs = tag[end:]
	if bytes.Contains(s.attrs, []byte("xmlns")) {
		s.declare()
	}
	s.setName(tag[:end])
	if s.depth++; s.depth > maxDepth || end > maxName {
		return ErrSyntax
	}
	s.open = append(s.open, tag[:end]...)
	s.ends = append(s.ends, len(s.open))
	return nil
}

// tagEnd finds the end of a tag, which may have > in its values.
func (s *Scanner) tagEnd() (int, error) {
	quote := byte(0)
	for i := 1; ; i++ {
		if s.at+i >= len(s.buf) {
			if err := s.more(); err != nil {
				return 0, cut(err)
			}
			i-- // more may have moved the buffer, not the distance
			continue
		}
		switch c := s.buf[s.at+i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1, nil
		}
	}
}

// declare notes the prefixes that a tag declares for namespaces we know.
func (s *Scanner) declare() {
	s.each(func(name, raw []byte) bool {
		if !bytes.HasPrefix(name, []byte("xmlns")) {
			return true
		}
		prefix := strings.TrimPrefix(string(name[5:]), ":")
		ours, known := s.names[string(raw)]
		switch {
		case known && ours != prefix:
			if s.aliases == nil {
				s.aliases = map[string]string{}
			}
			if len(s.aliases) < 100 {
				s.aliases[prefix] = ours
			}
		case s.aliases != nil:
			delete(s.aliases, prefix)
		}
		return true
	})
}

func (s *Scanner) setName(name []byte) { s.name = s.known(name, true) }

// known spells a name with our prefix. Attributes without a prefix belong to no
// namespace.
func (s *Scanner) known(name []byte, element bool) []byte {
	if len(s.aliases) == 0 {
		return name
	}
	prefix, local := []byte(nil), name
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		prefix, local = name[:i], name[i+1:]
	} else if !element {
		return name
	}
	ours, ok := s.aliases[string(prefix)]
	if !ok {
		return name
	}
	s.word = append(append(append(s.word[:0], ours...), ':'), local...)
	return s.word
}

// each gives the attributes of the tag until f says enough.
func (s *Scanner) each(f func(name, raw []byte) bool) {
	for rest := s.attrs; ; {
		rest = bytes.TrimLeft(rest, " \t\r\n")
		eq := bytes.IndexByte(rest, '=')
		if eq < 0 {
			return
		}
		name := bytes.TrimRight(rest[:eq], " \t\r\n")
		rest = bytes.TrimLeft(rest[eq+1:], " \t\r\n")
		if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
			return
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 || !f(name, rest[1:1+end]) {
			return
		}
		rest = rest[end+2:]
	}
}

// Attr is the value of an attribute of the Start just read, good until the next
// call of Attr or Next.
func (s *Scanner) Attr(want string) ([]byte, bool) {
	var found []byte
	ok := false
	word := s.word
	s.word = nil // the element's name may lie there
	s.each(func(name, raw []byte) bool {
		if string(s.known(name, false)) == want {
			found, ok = raw, true
		}
		return !ok
	})
	s.word = word
	if ok && bytes.IndexByte(found, '&') >= 0 {
		s.value = decode(s.value[:0], found)
		found = s.value
	}
	return found, ok
}

// Number is an attribute that is a whole number between 0 and most, or def.
func (s *Scanner) Number(want string, def, most int) int {
	v, ok := s.Attr(want)
	if !ok {
		return def
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(v)), 10, 64)
	switch {
	case err != nil && errors.Is(err, strconv.ErrRange) && n > 0:
		return most
	case err != nil || n < 0:
		return def
	}
	return int(min(n, int64(most)))
}

// Skip passes over the rest of the element whose Start was just read.
func (s *Scanner) Skip() error {
	for depth := s.depth; s.depth >= depth; {
		if _, err := s.Next(); err != nil {
			return cut(err)
		}
	}
	return nil
}

// decode appends text with its entities replaced. What is no entity stays.
func decode(dst, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '&')
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		text = text[i:]
		end := bytes.IndexByte(text[:min(len(text), maxEntity)], ';')
		if end > 0 {
			if r, ok := entity(string(text[1:end])); ok {
				dst, text = utf8.AppendRune(dst, r), text[end+1:]
				continue
			}
		}
		dst, text = append(dst, '&'), text[1:]
	}
}

func entity(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, number := strings.CutPrefix(name, "#")
	if !number {
		return 0, false
	}
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 21)
	return rune(n), err == nil && n > 0 && utf8.ValidRune(rune(n))
}

// Each hands out what comes, until the text ends, f refuses or ctx does.
func (s *Scanner) Each(ctx context.Context, f func(*Scanner, Kind) error) error {
	for n := 0; ; n++ {
		if n&0xFFFF == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		k, err := s.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = f(s, k)
		}
		if err != nil {
			return err
		}
	}
}
