package secrecy

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// possible tells, very fast, whether the text of a mark or of a heading that
// ends with "mật" may stand somewhere in data. It looks for the rare last byte
// of ậ and Ậ and for the marks of decomposed letters; everything dearer is for
// the few places found so.
func possible(data []byte) bool {
	return possibleAt(data, 0xAD, composedAt) || possibleAt(data, 0xAC, composedAt) || possibleAt(data, 0xCC, decomposedAt)
}

func possibleAt(data []byte, last byte, check func([]byte, int) bool) bool {
	for at := 0; ; at++ {
		n := bytes.IndexByte(data[at:], last)
		if n < 0 {
			return false
		}
		at += n
		if check(data, at) {
			return true
		}
	}
}

// composedAt checks for "mật" around the last byte of ậ.
func composedAt(d []byte, i int) bool {
	return i >= 3 && d[i-1] == 0xBA && d[i-2] == 0xE1 && mayBe(d[i-3], 'm') && i+1 < len(d) && mayBe(d[i+1], 't') && aloneBehind(d[i+1:])
}

// decomposedAt checks for "mật" around a dot below or a circumflex that stands
// by itself.
func decomposedAt(d []byte, i int) bool {
	isMark := func(i int) bool {
		return i+1 < len(d) && d[i] == 0xCC && (d[i+1] == 0xA3 || d[i+1] == 0x82)
	}
	if !isMark(i) {
		return false
	}
	j := i + 2
	if isMark(j) {
		j += 2
	}
	if j >= len(d) || !mayBe(d[j], 't') || !aloneBehind(d[j:]) {
		return false
	}
	_, n := utf8.DecodeLastRune(d[:i])
	return i-n-1 >= 0 && mayBe(d[i-n-1], 'm')
}

// mayBe tells whether a byte is a letter in either case, or part of a rune that
// may be another form of it.
func mayBe(c, letter byte) bool { return c|0x20 == letter || c >= utf8.RuneSelf }

// aloneBehind tells whether the word that begins with the t at the beginning of
// d may be the last of its text. A second word rules that out, but for the
// words of urgency, "hỏa tốc" and "khẩn".
func aloneBehind(d []byte) bool {
	_, n := utf8.DecodeRune(d)
	for i := n; i < len(d) && i < n+longestLine; {
		r, n := utf8.DecodeRune(d[i:])
		i += n
		switch {
		case r == ' ' || r == 0xA0 || unicode.Is(unicode.Cf, r):
		case r == 'h' || r == 'H' || r == 'k' || r == 'K':
			return i > 1+n && (d[i-n-1] == ' ' || d[i-n-1] >= utf8.RuneSelf) // not "mậth"
		case r < utf8.RuneSelf:
			return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
		default:
			return !unicode.IsLetter(r)
		}
	}
	return true
}
