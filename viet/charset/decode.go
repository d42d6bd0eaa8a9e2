package charset

import (
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// ErrCharset is what an encoding that this package does not know gives.
var ErrCharset = errors.New("charset: no such charset")

// Decode turns bytes in c into UTF-8, without a byte order mark. A byte that
// means nothing in c becomes U+FFFD. In VIQR only words that become Vietnamese
// syllables are turned, so that "a.b", "what?" and addresses stay.
func Decode(c Charset, b []byte) ([]byte, error) {
	t, err := decoder(c)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(b)+len(b)/2+utf8.UTFMax)
	for {
		n, used, err := t.Transform(out[len(out):cap(out)], b, true)
		out, b = out[:len(out)+n], b[used:]
		switch {
		case err == nil:
			return out, nil
		case !errors.Is(err, transform.ErrShortDst):
			return nil, err
		}
		bigger := make([]byte, len(out), 2*cap(out)+longestToken)
		copy(bigger, out)
		out = bigger
	}
}

// NewReader gives what r holds in c as UTF-8, as Decode does. If c is not a
// charset, reading gives ErrCharset.
func NewReader(r io.Reader, c Charset) io.Reader {
	t, err := decoder(c)
	if err != nil {
		return failing{err}
	}
	return transform.NewReader(r, t)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func decoder(c Charset) (transform.Transformer, error) {
	switch c {
	case UTF8:
		return &utf8Decoder{}, nil
	case UTF16LE:
		return &utf16Decoder{high: 1}, nil
	case UTF16BE:
		return &utf16Decoder{low: 1}, nil
	case Windows1258:
		return tableDecoder{cp1258Table}, nil
	case TCVN3:
		return tableDecoder{tcvn3Table}, nil
	case TCVN3Capitals:
		return tableDecoder{capitalTable}, nil
	case VNI:
		return tableDecoder{vniTable}, nil
	case VIQR:
		return &viqrDecoder{}, nil
	}
	return nil, fmt.Errorf("%w: %q", ErrCharset, string(c))
}

// A tableDecoder reads a charset of 8 bits.
type tableDecoder struct{ *table }

func (tableDecoder) Reset() {}

func (t tableDecoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		if nDst+3 > len(dst) { // a glyph is copied with all its bytes
			return nDst, nSrc, transform.ErrShortDst
		}
		c := src[nSrc]
		g := &t.one[c]
		used := 1
		if lead := t.lead[c]; lead != 0 {
			if nSrc+1 < len(src) {
				if p := &t.pair[lead-1][src[nSrc+1]]; p.n != 0 {
					g, used = p, 2
				}
			} else if !atEOF {
				return nDst, nSrc, transform.ErrShortSrc
			}
		}
		to := dst[nDst : nDst+3]
		to[0], to[1], to[2] = g.b[0], g.b[1], g.b[2]
		nDst += int(g.n)
		nSrc += used
	}
	return nDst, nSrc, nil
}

// A utf16Decoder reads units of two bytes: low and high say which is which.
type utf16Decoder struct {
	low, high int
	begun     bool
}

func (d *utf16Decoder) Reset() { d.begun = false }

func (d *utf16Decoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		if nSrc+2 > len(src) {
			if !atEOF {
				return nDst, nSrc, transform.ErrShortSrc
			}
			if nDst+3 > len(dst) {
				return nDst, nSrc, transform.ErrShortDst
			}
			return nDst + utf8.EncodeRune(dst[nDst:], utf8.RuneError), len(src), nil // half a unit
		}
		if nDst+utf8.UTFMax > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		u := rune(src[nSrc+d.low]) | rune(src[nSrc+d.high])<<8
		switch {
		case u < utf8.RuneSelf:
			dst[nDst] = byte(u)
			nDst++
			nSrc += 2
			d.begun = true
			continue
		case u == byteOrderMark && !d.begun:
			nSrc += 2
			d.begun = true
			continue
		}
		d.begun = true
		used := 2
		if u >= 0xD800 && u < 0xDC00 {
			if nSrc+4 > len(src) {
				if !atEOF {
					return nDst, nSrc, transform.ErrShortSrc
				}
				u = utf8.RuneError
			} else if v := rune(src[nSrc+2+d.low]) | rune(src[nSrc+2+d.high])<<8; v >= 0xDC00 && v < 0xE000 {
				u, used = 0x10000+(u-0xD800)<<10+(v-0xDC00), 4
			}
		}
		nDst += utf8.EncodeRune(dst[nDst:], u) // a lone surrogate becomes U+FFFD
		nSrc += used
	}
	return nDst, nSrc, nil
}

const byteOrderMark = 0xFEFF

// A utf8Decoder takes the byte order mark off and lets nothing through that is
// not UTF-8.
type utf8Decoder struct{ begun bool }

func (d *utf8Decoder) Reset() { d.begun = false }

func (d *utf8Decoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	if !d.begun {
		if len(src) < 3 && !atEOF && string(src) == "\xEF\xBB\xBF"[:len(src)] {
			return 0, 0, transform.ErrShortSrc
		}
		d.begun = true
		if len(src) >= 3 && string(src[:3]) == "\xEF\xBB\xBF" {
			nSrc = 3
		}
	}
	for nSrc < len(src) {
		if n := min(whole(src[nSrc:]), len(dst)-nDst); n > 0 && utf8.Valid(src[nSrc:nSrc+n]) {
			copy(dst[nDst:], src[nSrc:nSrc+n])
			nDst += n
			nSrc += n
			continue
		}
		if !atEOF && !utf8.FullRune(src[nSrc:]) {
			return nDst, nSrc, transform.ErrShortSrc
		}
		if nDst+utf8.UTFMax > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		r, n := utf8.DecodeRune(src[nSrc:])
		nDst += utf8.EncodeRune(dst[nDst:], r)
		nSrc += n
	}
	return nDst, nSrc, nil
}

// whole gives the length of b, at most a block's, without the character at its
// end that is cut.
func whole(b []byte) int {
	n := min(len(b), 1024)
	for back := 1; back <= 3 && back <= n; back++ {
		if c := b[n-back]; c >= 0xC0 {
			if !utf8.FullRune(b[n-back : n]) {
				return n - back
			}
			break
		} else if c < utf8.RuneSelf {
			break
		}
	}
	return n
}
