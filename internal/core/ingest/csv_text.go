package ingest

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/phohien/phohien/viet/charset"
)

// decoded is a piece of text as UTF-8.
func decoded(b []byte, cs charset.Charset) ([]byte, error) {
	if cs == charset.UTF8 {
		return b, nil
	}
	text, err := io.ReadAll(charset.NewReader(bytes.NewReader(b), cs))
	if err != nil {
		return nil, fmt.Errorf("decoding from %s: %w", cs, err)
	}
	return text, nil
}

// A lineDecoder turns a file in a charset from before Unicode into UTF-8, but
// for the lines that are UTF-8 already: offices append what one program writes
// to what another wrote.
type lineDecoder struct {
	r    io.Reader
	cs   charset.Charset
	note func(line int64) // told of each line that is UTF-8

	in, out []byte
	line    int64
	err     error
}

func newLineDecoder(r io.Reader, cs charset.Charset, note func(int64)) *lineDecoder {
	return &lineDecoder{r: r, cs: cs, note: note, line: 1}
}

// Read implements io.Reader.
func (d *lineDecoder) Read(p []byte) (int, error) {
	for len(d.out) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		if err := d.fill(); err != nil {
			d.err = err
		}
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

// fill reads on and decodes the whole lines of what was read.
func (d *lineDecoder) fill() error {
	const step = 128 << 10
	at := len(d.in)
	d.in = append(d.in, make([]byte, step)...)
	n, err := io.ReadFull(d.r, d.in[at:])
	d.in = d.in[:at+n]
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	ready := len(d.in)
	if err == nil {
		if ready = bytes.LastIndexAny(d.in, "\r\n") + 1; ready == 0 {
			if len(d.in) < 8*step {
				return nil // one long line: more of it first
			}
			ready = len(d.in)
		}
	}
	out, derr := d.decode(d.in[:ready])
	if derr != nil {
		return derr
	}
	d.out = out
	d.in = append(d.in[:0], d.in[ready:]...)
	return err
}

func (d *lineDecoder) decode(b []byte) ([]byte, error) {
	out := make([]byte, 0, len(b)+len(b)/2)
	legacy := 0 // b[legacy:at] waits to be decoded together
	at := 0
	flush := func() error {
		text, err := decoded(b[legacy:at], d.cs)
		out = append(out, text...)
		return err
	}
	for line := range bytes.Lines(b) {
		if twoRunes(line) && utf8.Valid(line) {
			if err := flush(); err != nil {
				return nil, err
			}
			out = append(out, line...)
			legacy = at + len(line)
			d.note(d.line)
		}
		at += len(line)
		if line[len(line)-1] == '\n' {
			d.line++
		}
	}
	return out, flush()
}

// twoRunes tells whether a line holds at least two places that look like runes
// of UTF-8; one may be two letters of another charset by chance.
func twoRunes(line []byte) bool {
	n := 0
	for i := 0; i < len(line); i++ {
		if line[i] >= 0xC3 && line[i] < 0xF0 && i+1 < len(line) && line[i+1]&0xC0 == 0x80 {
			n++
			i++
		}
	}
	return n >= 2
}

// An endsReader gives the lines that end with CR alone the LF of the others.
// Quoted cells stay as they are.
type endsReader struct {
	r     io.Reader
	ends  ends
	held  bool // a CR was read whose next byte is not known yet
	stuck error
	buf   []byte
	out   []byte
}

// Read implements io.Reader.
func (e *endsReader) Read(p []byte) (int, error) {
	for len(e.out) == 0 {
		if e.stuck != nil {
			return 0, e.stuck
		}
		if e.buf == nil {
			e.buf = make([]byte, 64<<10)
		}
		n, err := e.r.Read(e.buf[1:])
		in := e.buf[1 : 1+n]
		if e.held && n > 0 {
			e.buf[0] = '\r'
			in, e.held = e.buf[:1+n], false
		}
		if k := len(in); err == nil && k > 0 && in[k-1] == '\r' {
			in, e.held = in[:k-1], true
		}
		if e.held && err != nil {
			e.buf[0], in = '\r', e.buf[:1+n]
		}
		e.out = e.ends.even(in)
		e.stuck = err
	}
	n := copy(p, e.out)
	e.out = e.out[n:]
	return n, nil
}

// ends remembers between two pieces of a file whether a quote is open: one that
// begins a cell, whatever the separator is.
type ends struct {
	open, inside bool // in a quoted cell; in a cell
}

// even turns each CR that stands alone outside of quotes into LF, in place.
func (e *ends) even(b []byte) []byte {
	for i, c := range b {
		switch {
		case e.open:
			e.open = c != '"'
			e.inside = true
		case c == '"' && (!e.inside || i > 0 && b[i-1] == '"'): // the latter is a doubled quote
			e.open = true
		case c == '\r' || c == '\n':
			e.inside = false
			if c == '\r' && (i+1 >= len(b) || b[i+1] != '\n') {
				b[i] = '\n'
			}
		default:
			e.inside = bytes.IndexByte([]byte(common+rare), c) < 0
		}
	}
	return b
}

func evenEnds(text []byte) []byte {
	var e ends
	return e.even(bytes.Clone(text))
}

// countingReader counts the bytes read of the file itself, for progress.
type countingReader struct {
	r io.Reader
	n int64
}

// Read implements io.Reader.
func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
