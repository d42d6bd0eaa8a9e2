package xmlrows

import (
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet/charset"
)

// deepest is how many elements may be open at once.
const deepest = 200

// A reader gives the tokens of a file, judged.
type reader struct {
	ctx      context.Context
	decoder  *xml.Decoder
	budget   *budget
	limits   ingest.Limits
	depth    int
	tokens   int
	root     bool              // was seen
	prefixes map[string]string // of namespaces, as first declared
	charset  string            // declared and unknown
}

// newReader begins a file.
func newReader(ctx context.Context, f ingest.File) (*reader, error) {
	r := &reader{ctx: ctx, limits: f.Limits, prefixes: map[string]string{}}
	if f.Size > f.Limits.Bytes {
		return nil, fault.New(fault.TooLarge, "file.too-large", f.Limits.Bytes)
	}
	in, err := decoded(f)
	if err != nil {
		return nil, err
	}
	r.budget = &budget{r: in}
	r.decoder = xml.NewDecoder(r.budget)
	r.decoder.CharsetReader = r.declared
	return r, nil
}

// decoded is the text behind the mark of its encoding. UTF-16 is turned here,
// since nothing can be declared in what cannot be read yet.
func decoded(f ingest.File) (io.Reader, error) {
	in := bufio.NewReaderSize(f.All(), 64<<10)
	head, err := in.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading the file: %w", err)
	}
	order := unicode.LittleEndian
	switch {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		_, err := in.Discard(3)
		return in, errors.Join(err, begins(head[3:]))
	case bytes.HasPrefix(head, []byte("\xFE\xFF")), bytes.HasPrefix(head, []byte("\x00<")):
		order = unicode.BigEndian
	case bytes.HasPrefix(head, []byte("\xFF\xFE")), bytes.HasPrefix(head, []byte("<\x00")):
	default:
		return in, begins(head)
	}
	return unicode.UTF16(order, unicode.UseBOM).NewDecoder().Reader(in), nil
}

// begins tells whether a text begins as XML does.
func begins(head []byte) error {
	head = bytes.TrimLeft(head, " \t\r\n")
	if len(head) == 0 || head[0] != '<' {
		return fault.New(fault.Invalid, "file.xml.not").Because(ErrNotXML)
	}
	return nil
}

// declared turns the encoding that the file's first line names.
func (r *reader) declared(name string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(name) {
	case "utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii":
		return in, nil
	case "windows-1258", "cp1258":
		return charset.NewReader(in, charset.Windows1258), nil
	case "windows-1252", "iso-8859-1", "latin1":
		return charmap.Windows1252.NewDecoder().Reader(in), nil
	}
	r.charset = name
	return nil, errors.New("unknown encoding")
}

// A budget bounds how much is read for one token.
type budget struct {
	r    io.Reader
	left int
	n    int64 // read, all told
}

var errBudget = errors.New("a token is too long")

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errBudget
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	b.n += int64(n)
	return n, err
}

// line is where the reader stands.
func (r *reader) line() int64 {
	line, _ := r.decoder.InputPos()
	return int64(line)
}

// next gives the next start, end or text; io.EOF behind the root element.
// Comments and instructions are dropped.
func (r *reader) next() (xml.Token, error) {
	for {
		if r.tokens++; r.tokens&1023 == 0 {
			if err := r.ctx.Err(); err != nil {
				return nil, err
			}
		}
		r.budget.left = r.limits.RecordBytes + 8192
		token, err := r.decoder.Token()
		if err != nil {
			return nil, r.cause(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			return token, r.start(t)
		case xml.EndElement:
			r.depth--
			return token, nil
		case xml.CharData:
			if r.depth > 0 {
				return token, nil
			}
			if len(bytes.TrimSpace(t)) > 0 {
				return nil, fault.New(fault.Invalid, "file.xml.outside-root", r.line())
			}
		case xml.Directive:
			return nil, fault.New(fault.Invalid, "file.xml.dtd", r.line())
		}
	}
}

// start judges the beginning of an element.
func (r *reader) start(t xml.StartElement) error {
	if r.depth == 0 && r.root {
		return fault.New(fault.Invalid, "file.xml.outside-root", r.line())
	}
	if r.depth == 0 && strings.EqualFold(t.Name.Local, "html") {
		return fault.New(fault.Invalid, "file.xml.html").Because(ErrNotXML)
	}
	r.root = true
	if r.depth++; r.depth > deepest {
		return fault.New(fault.TooLarge, "file.xml.too-deep", r.line(), deepest)
	}
	for _, a := range t.Attr {
		if a.Name.Space == "xmlns" {
			if _, has := r.prefixes[a.Value]; !has && len(r.prefixes) < 1000 {
				r.prefixes[a.Value] = a.Name.Local
			}
		}
	}
	return nil
}

// cause turns a decoder's error into a fault.
func (r *reader) cause(err error) error {
	var syntax *xml.SyntaxError
	switch {
	case errors.Is(err, errBudget):
		return fault.New(fault.TooLarge, "file.xml.token-too-long", r.line(), r.limits.RecordBytes)
	case r.charset != "":
		return fault.New(fault.Invalid, "file.xml.charset", r.charset)
	case errors.Is(err, io.EOF) && !r.root:
		return fault.New(fault.Invalid, "file.xml.not").Because(ErrNotXML)
	case errors.Is(err, io.EOF) && r.depth == 0:
		return io.EOF
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fault.New(fault.Invalid, "file.xml.truncated", r.line())
	case !errors.As(err, &syntax):
		if strings.HasPrefix(err.Error(), "xml: ") {
			return fault.New(fault.Invalid, "file.xml.syntax", r.line()).Because(err)
		}
		return fmt.Errorf("reading the file: %w", err)
	}
	line := int64(syntax.Line)
	switch msg := syntax.Msg; {
	case strings.Contains(msg, "unexpected EOF"):
		return fault.New(fault.Invalid, "file.xml.truncated", line)
	case strings.Contains(msg, "closed by") || strings.Contains(msg, "unexpected end element"):
		return fault.New(fault.Invalid, "file.xml.mismatch", line).Because(err)
	case strings.Contains(msg, "character entity"):
		return fault.New(fault.Invalid, "file.xml.entity", line).Because(err)
	case strings.Contains(msg, "invalid UTF-8"):
		return fault.New(fault.Invalid, "file.xml.encoding", line).Because(err)
	case strings.Contains(msg, "illegal character code"):
		return fault.New(fault.Invalid, "file.xml.control", line).Because(err)
	}
	return fault.New(fault.Invalid, "file.xml.syntax", line).Because(err)
}

// prefixed is a name as its file writes it, where the namespace has a prefix.
func (r *reader) prefixed(n xml.Name) string {
	if p := r.prefixes[n.Space]; p != "" && n.Space != "" {
		return p + ":" + n.Local
	}
	return n.Local
}

// instance is the namespace of attributes that speak to validators.
const instance = "http://www.w3.org/2001/XMLSchema-instance"

// counts tells whether an attribute is data.
func counts(a xml.Attr) bool {
	return a.Name.Space != "xmlns" && a.Name.Space != instance && (a.Name.Space != "" || a.Name.Local != "xmlns")
}
