package jsonrows

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// chunkBytes is how much of a file is read at once, and how much one chunk holds.
const chunkBytes = 1 << 20

// A form is how the text of a file is written.
type form struct {
	skip  int64              // bytes of its mark
	utf16 unicode.Endianness // with wide
	wide  bool
}

// formOf looks at a file's first bytes.
func formOf(head []byte) form {
	at := func(i int) byte {
		if i < len(head) {
			return head[i]
		}
		return 1
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		return form{skip: 3}
	case at(0) == 0xFE && at(1) == 0xFF:
		return form{2, unicode.BigEndian, true}
	case at(0) == 0xFF && at(1) == 0xFE:
		return form{2, unicode.LittleEndian, true}
	case at(0) == 0 && at(1) != 0:
		return form{0, unicode.BigEndian, true}
	case at(0) != 0 && at(1) == 0:
		return form{0, unicode.LittleEndian, true}
	}
	return form{}
}

// text reads a file as UTF-8. counted counts bytes of the file as it lies.
func text(f ingest.File, o form) (r io.Reader, counted *counter) {
	c := &counter{r: io.NewSectionReader(f, o.skip, f.Size-o.skip), n: o.skip}
	if !o.wide {
		return c, c
	}
	return unicode.UTF16(o.utf16, unicode.IgnoreBOM).NewDecoder().Reader(c), c
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// A stream is a text being read for the first time.
type stream struct {
	ctx    context.Context
	r      io.Reader
	limits ingest.Limits
	buf    []byte
	at     int // of what has not been used
	eof    bool
	offset int64 // of buf[at] in the text
	line   int64 // of buf[at], from 1
	column int64 // of buf[at], in letters, from 1
	walker walker
}

func newStream(ctx context.Context, r io.Reader, limits ingest.Limits, chunk int) *stream {
	return &stream{ctx: ctx, r: r, limits: limits, buf: make([]byte, 0, chunk), line: 1, column: 1}
}

// fill reads on; what is kept moves to the front of the buffer.
func (s *stream) fill() error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	keep := len(s.buf) - s.at
	if keep > s.limits.RecordBytes {
		return fault.New(fault.TooLarge, "file.json.record-too-long", s.line, s.limits.RecordBytes)
	}
	if keep > cap(s.buf)/2 {
		grown := make([]byte, keep, 2*cap(s.buf))
		copy(grown, s.buf[s.at:])
		s.buf = grown
	} else {
		copy(s.buf[:keep], s.buf[s.at:])
		s.buf = s.buf[:keep]
	}
	s.at = 0
	n, err := io.ReadFull(s.r, s.buf[keep:cap(s.buf)])
	s.buf = s.buf[:keep+n]
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		s.eof = true
	case err != nil:
		return fmt.Errorf("reading the file: %w", err)
	}
	return nil
}

// use moves on by n bytes.
func (s *stream) use(n int) {
	s.line, s.column = s.place(n)
	s.at += n
	s.offset += int64(n)
}

// place is the line and column n bytes from here.
func (s *stream) place(n int) (line, column int64) {
	part := s.buf[s.at:min(s.at+n, len(s.buf))]
	line, column = s.line, s.column
	if k := bytes.Count(part, []byte{'\n'}); k > 0 {
		line, column = line+int64(k), 1
		part = part[bytes.LastIndexByte(part, '\n')+1:]
	}
	for _, c := range part { // letters; utf8.RuneCount copies what it counts
		if c&0xC0 != 0x80 {
			column++
		}
	}
	return line, column
}

// space moves to the next byte that is not white space and returns it; eof when
// there is none.
func (s *stream) space() (c byte, eof bool, err error) {
	for {
		rest := s.buf[s.at:]
		n := 0
		for n < len(rest) && (rest[n] == ' ' || rest[n] == '\t' || rest[n] == '\n' || rest[n] == '\r') {
			n++
		}
		s.use(n)
		if n < len(rest) {
			return rest[n], false, nil
		}
		if s.eof {
			return 0, true, nil
		}
		if err := s.fill(); err != nil {
			return 0, false, err
		}
	}
}

// must is space where the file may not end.
func (s *stream) must() (byte, error) {
	c, eof, err := s.space()
	if err == nil && eof {
		err = s.report(wrong{what: truncated})
	}
	return c, err
}

// walk reads one thing that has to lie in memory whole, and returns how long it
// is. It is not used yet.
func (s *stream) walk(learn *columns, one func(w *walker) status) (int, error) {
	for {
		w := &s.walker
		w.data, w.at, w.whole, w.learn, w.names = s.buf[s.at:], 0, s.eof, learn, w.names[:0]
		if learn != nil {
			learn.begin()
		}
		switch one(w) {
		case bad:
			return 0, s.report(w.wrong)
		case more:
			if err := s.fill(); err != nil {
				return 0, err
			}
			continue
		}
		if w.at > s.limits.RecordBytes {
			return 0, fault.New(fault.TooLarge, "file.json.record-too-long", s.line, s.limits.RecordBytes)
		}
		if !utf8.Valid(w.data[:w.at]) {
			return 0, s.report(wrong{at: invalidAt(w.data[:w.at]), what: encoding})
		}
		return w.at, nil
	}
}

func invalidAt(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(b)
}
