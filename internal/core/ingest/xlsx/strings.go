package xlsx

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"github.com/phohien/phohien/internal/foundation/fault"
)

const (
	segmentBytes = 4 << 20
	stringsHeld  = 64 << 20 // of shared strings, with their places; more goes to a file
	lengthBits   = 24
	longest      = 1<<lengthBits - 1
)

// Shared strings are the texts of a workbook, each once. Cells name them by
// number. A place is the offset of a text and its length.
type sharedStrings struct {
	n      int64
	places []uint64
	// In memory: a text lies in one segment.
	segments [][]byte
	// Or, when there are too many, in two files.
	texts, index       *os.File
	textsMap, indexMap []byte // nil where files cannot be mapped
}

// get returns text i; it may use scratch, at its end, for it.
func (s *sharedStrings) get(i int64, scratch *[]byte) (t []byte, ok bool) {
	if i < 0 || i >= s.n {
		return nil, false
	}
	if s.texts == nil {
		p := s.places[i]
		seg, at := p>>lengthBits/segmentBytes, p>>lengthBits%segmentBytes
		return s.segments[seg][at : at+p&longest], true
	}
	return s.fromFile(i, scratch)
}

func (s *sharedStrings) fromFile(i int64, scratch *[]byte) ([]byte, bool) {
	var word [8]byte
	if s.indexMap != nil {
		copy(word[:], s.indexMap[8*i:])
	} else if _, err := s.index.ReadAt(word[:], 8*i); err != nil {
		return nil, false
	}
	p := binary.LittleEndian.Uint64(word[:])
	at, n := int64(p>>lengthBits), int64(p&longest) //nolint:gosec // 40 bits
	if s.textsMap != nil {
		return s.textsMap[at : at+n], true
	}
	from := len(*scratch)
	*scratch = append(*scratch, make([]byte, n)...)
	if _, err := s.texts.ReadAt((*scratch)[from:], at); err != nil {
		return nil, false
	}
	return (*scratch)[from:], true
}

func (s *sharedStrings) close() error {
	if s == nil {
		return nil
	}
	err := errors.Join(unmap(s.textsMap), unmap(s.indexMap), discard(s.texts), discard(s.index))
	*s = sharedStrings{}
	return err
}

// A stringsReader fills sharedStrings.
type stringsReader struct {
	*sharedStrings
	dir       string
	max       int // bytes of one text
	held      int // stringsHeld; tests take less
	unmapped  bool
	offset    uint64 // in the texts' file
	toTexts   *bufio.Writer
	toIndex   *bufio.Writer
	one, work []byte
}

// read takes all texts of the part.
func (r *stringsReader) read(t *tokens) error {
	for {
		if done, err := r.quick(t); done || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		tok, err := t.next()
		if err != nil {
			return err
		}
		if tok.kind == partEnd {
			return r.finish()
		}
		if tok.kind == tagStart && tok.is("si") {
			if err := r.item(t, tok); err != nil {
				return err
			}
		}
	}
}

var (
	itemStart = []byte("<si><t>")
	itemKept  = []byte(`<si><t xml:space="preserve">`)
	itemEnd   = []byte("</t></si>")
)

// quick reads an item of the form nearly all have.
func (r *stringsReader) quick(t *tokens) (done bool, err error) {
	d := t.buf[t.at:]
	var from int
	switch {
	case bytes.HasPrefix(d, itemStart):
		from = len(itemStart)
	case bytes.HasPrefix(d, itemKept):
		from = len(itemKept)
	default:
		return false, nil
	}
	n := bytes.IndexByte(d[from:], '<')
	if n < 0 || !bytes.HasPrefix(d[from+n:], itemEnd) {
		return false, nil
	}
	t.at += from + n + len(itemEnd)
	s := d[from : from+n]
	if !plain(s) {
		if r.one, err = unescape(r.one[:0], s); err != nil {
			return true, xmlFault(t.part, err)
		}
		s = r.one
	}
	return true, r.add(t.part, s)
}

// item reads an item with runs of fonts, phonetic texts and what else there
// is.
func (r *stringsReader) item(t *tokens, start token) error {
	r.one = r.one[:0]
	if start.closed {
		return r.add(t.part, nil)
	}
	var phonetic, inText int
	for {
		tok, err := t.next()
		if err != nil {
			return err
		}
		switch {
		case tok.kind == partEnd:
			return xmlFault(t.part, errMalformed)
		case tok.kind == text:
			if inText > 0 && phonetic == 0 {
				if r.one, err = tok.appendText(r.one); err != nil {
					return xmlFault(t.part, err)
				}
			}
			if len(r.one) > r.max {
				return fault.New(fault.TooLarge, "file.xlsx.text", r.max)
			}
		case tok.kind == tagEnd && tok.is("si"):
			return r.add(t.part, r.one)
		case tok.closed:
		case tok.is("t"):
			inText = depth(inText, tok)
		case tok.is("rPh"):
			phonetic = depth(phonetic, tok)
		}
	}
}

func depth(d int, tok token) int {
	if tok.kind == tagStart {
		return d + 1
	}
	return max(0, d-1)
}

func (r *stringsReader) add(part string, s []byte) error {
	if i := bytes.Index(s, []byte("_x")); i >= 0 {
		r.work = decodeEscapes(r.work[:0], s)
		s = r.work
	}
	if len(s) > min(r.max, longest) {
		return fault.New(fault.TooLarge, "file.xlsx.text", r.max)
	}
	r.n++
	if r.texts != nil {
		return r.spill(s)
	}
	if len(s) > segmentBytes { // longer than a segment: the limit was raised beyond what we hold
		return fault.New(fault.TooLarge, "file.xlsx.text", segmentBytes)
	}
	if len(r.segments)*segmentBytes+8*len(r.places) > r.held {
		if err := r.toFile(); err != nil {
			return err
		}
		return r.spill(s)
	}
	last := len(r.segments) - 1
	if last < 0 || cap(r.segments[last])-len(r.segments[last]) < len(s) {
		r.segments = append(r.segments, make([]byte, 0, segmentBytes))
		last++
	}
	seg := &r.segments[last]
	at := uint64(last)*segmentBytes + uint64(len(*seg))
	*seg = append(*seg, s...)
	r.places = append(r.places, at<<lengthBits|uint64(len(s)))
	return nil
}

// toFile moves what is in memory into two files.
func (r *stringsReader) toFile() (err error) {
	if r.texts, err = temporary(r.dir); err != nil {
		return err
	}
	if r.index, err = temporary(r.dir); err != nil {
		return err
	}
	r.toTexts, r.toIndex = bufio.NewWriterSize(r.texts, 1<<20), bufio.NewWriterSize(r.index, 1<<20)
	for _, seg := range r.segments {
		if _, err := r.toTexts.Write(seg[:segmentBytes]); err != nil {
			return spillFailed(err)
		}
		r.offset += segmentBytes
	}
	for _, p := range r.places {
		if err := r.place(p); err != nil {
			return err
		}
	}
	r.segments, r.places = nil, nil
	return nil
}

func (r *stringsReader) place(p uint64) error {
	var word [8]byte
	binary.LittleEndian.PutUint64(word[:], p)
	_, err := r.toIndex.Write(word[:])
	return spillFailed(err)
}

func (r *stringsReader) spill(s []byte) error {
	if _, err := r.toTexts.Write(s); err != nil {
		return spillFailed(err)
	}
	p := r.offset<<lengthBits | uint64(len(s))
	r.offset += uint64(len(s))
	return r.place(p)
}

func spillFailed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("unpacking the workbook's texts: %w", err)
}

func (r *stringsReader) finish() error {
	if r.texts == nil {
		return nil
	}
	if err := errors.Join(r.toTexts.Flush(), r.toIndex.Flush()); err != nil {
		return spillFailed(err)
	}
	if r.unmapped {
		return nil
	}
	r.textsMap = mapped(r.texts, int64(r.offset)) //nolint:gosec // below 1<<40
	r.indexMap = mapped(r.index, 8*r.n)
	return nil
}

// decodeEscapes appends s with _x000D_ and its like resolved, as Excel does.
// _x0000_ stays: no text holds a NUL.
func decodeEscapes(to, s []byte) []byte {
	for {
		i := bytes.Index(s, []byte("_x"))
		if i < 0 {
			return append(to, s...)
		}
		to = append(to, s[:i]...)
		s = s[i:]
		r, ok := escape(s)
		if !ok || r == 0 {
			to, s = append(to, s[:2]...), s[2:]
			continue
		}
		s = s[escapeBytes:]
		if low, ok := escape(s); ok && isPair(r, low) {
			r = 0x10000 + (r-0xD800)<<10 + (low - 0xDC00)
			s = s[escapeBytes:]
		}
		to = append(to, string(r)...)
	}
}

const escapeBytes = len("_x000D_")

func isPair(high, low rune) bool {
	return 0xD800 <= high && high < 0xDC00 && 0xDC00 <= low && low < 0xE000
}

func escape(s []byte) (r rune, ok bool) {
	if len(s) < escapeBytes || s[0] != '_' || s[1] != 'x' || s[6] != '_' {
		return 0, false
	}
	for _, c := range s[2:6] {
		switch {
		case c-'0' <= 9:
			r = r<<4 + rune(c-'0')
		case lower(c)-'a' <= 5:
			r = r<<4 + rune(lower(c)-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
