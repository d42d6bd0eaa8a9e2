package xls

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// latin1 appends bytes as the characters of the same number. Old workbooks keep
// text in the bytes of whatever code page and font were in use, TCVN3 and VNI
// among them; which one it was is found later, column by column, and needs the
// bytes as they are.
func latin1(dst, b []byte) []byte {
	for _, c := range b {
		if c < utf8.RuneSelf {
			dst = append(dst, c)
		} else {
			dst = utf8.AppendRune(dst, rune(c))
		}
	}
	return dst
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// text appends n characters, [MS-XLS] 2.5.293: one byte each, or two when wide.
// Where the text goes on in a CONTINUE record, a byte says the width anew.
func (x *body) text(dst []byte, n int, wide bool) ([]byte, error) {
	high := rune(0) // first half of a pair
	for n > 0 {
		if len(x.b) == 0 {
			if err := x.more(); err != nil {
				return dst, err
			}
			if len(x.b) == 0 {
				return dst, errDamaged()
			}
			wide = x.b[0]&1 != 0
			x.b = x.b[1:]
		}
		if !wide {
			k := min(n, len(x.b))
			dst = latin1(dst, x.b[:k])
			x.b, n = x.b[k:], n-k
			continue
		}
		k := min(n, len(x.b)/2)
		if k == 0 {
			return dst, errDamaged()
		}
		for i := range k {
			c := rune(binary.LittleEndian.Uint16(x.b[2*i:]))
			if high != 0 {
				if pair := utf16.DecodeRune(high, c); pair != utf8.RuneError {
					dst = utf8.AppendRune(dst, pair)
					high = 0
					continue
				}
				dst = utf8.AppendRune(dst, utf8.RuneError)
				high = 0
			}
			if c >= 0xD800 && c < 0xDC00 {
				high = c
				continue
			}
			dst = utf8.AppendRune(dst, c)
		}
		x.b, n = x.b[2*k:], n-k
	}
	if high != 0 {
		dst = utf8.AppendRune(dst, utf8.RuneError)
	}
	return dst, nil
}

// rich appends a text of the shared table, XLUnicodeRichExtendedString, and
// passes over its fonts and its phonetic help.
func (x *body) rich(dst []byte) ([]byte, error) {
	n, err := x.uint(2)
	if err != nil {
		return dst, err
	}
	flags, err := x.uint(1)
	if err != nil {
		return dst, err
	}
	rest := 0
	if flags&8 != 0 {
		runs, err := x.uint(2)
		if err != nil {
			return dst, err
		}
		rest += 4 * runs
	}
	if flags&4 != 0 {
		k, err := x.uint(4)
		if err != nil {
			return dst, err
		}
		rest += k & (1<<31 - 1)
	}
	if dst, err = x.text(dst, n, flags&1 != 0); err != nil {
		return dst, err
	}
	return dst, x.skip(rest)
}

// string appends a text with its length before it, of two bytes or one:
// XLUnicodeString, or bytes in workbooks of Excel 5 and 95.
func (x *body) string(dst []byte, length int, old bool) ([]byte, error) {
	n, err := x.uint(length)
	if err != nil {
		return dst, err
	}
	if old {
		for from := len(dst); ; {
			k := min(n, len(x.b))
			dst, x.b, n = latin1(dst, x.b[:k]), x.b[k:], n-k
			if n > 0 {
				if err := x.more(); err != nil {
					return dst, err
				}
				continue
			}
			if !ascii(dst[from:]) {
				x.r.high.Store(true)
			}
			return dst, nil
		}
	}
	if n == 0 {
		return dst, nil
	}
	flags, err := x.uint(1)
	if err != nil {
		return dst, err
	}
	return x.text(dst, n, flags&1 != 0)
}

// A table of shared texts, in one piece of memory.
type texts struct {
	bytes []byte
	ends  []uint32
}

func (t *texts) at(i uint32) ([]byte, bool) {
	if uint64(i) >= uint64(len(t.ends)) {
		return nil, false
	}
	from := uint32(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	return t.bytes[from:t.ends[i]], true
}
