package viet

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// NFC gives s with its letters precomposed (dựng sẵn), the only form allowed
// in exchange between agencies, and whether that changed anything. Text that
// is composed already is returned as it is, without allocating.
func NFC(s string) (out string, changed bool) {
	if composed(s) || norm.NFC.IsNormalString(s) {
		return s, false
	}
	out = norm.NFC.String(s)
	return out, out != s
}

// Clean makes the bytes of one cell fit to be parsed or stored: spaces and
// invisible characters at both ends go, and letters are precomposed. Nothing
// inside is removed. The result is a part of b unless letters had to be
// composed.
func Clean(b []byte) (out []byte, changed bool) {
	out = Trim(b)
	changed = len(out) != len(b)
	if composed(out) || norm.NFC.IsNormal(out) {
		return out, changed
	}
	return norm.NFC.Bytes(out), true
}

// Trim cuts spaces (also the no-break and ideographic ones) and invisible
// characters (zero width, byte order mark, direction marks) off both ends.
func Trim(b []byte) []byte {
	for len(b) > 0 {
		if c := b[0]; c > ' ' && c < utf8.RuneSelf {
			break
		}
		r, n := utf8.DecodeRune(b)
		if !blank(r) {
			break
		}
		b = b[n:]
	}
	for len(b) > 0 {
		if c := b[len(b)-1]; c > ' ' && c < utf8.RuneSelf {
			break
		}
		r, n := utf8.DecodeLastRune(b)
		if !blank(r) {
			break
		}
		b = b[:len(b)-n]
	}
	return b
}

// blank tells whether a character at the end of a cell is invisible.
func blank(r rune) bool {
	switch {
	case r == ' ', r == 0xA0, r == 0xFEFF, r == 0x2060:
		return true
	case r >= 0x200B && r <= 0x200F: // zero width space and joiners, direction marks
		return true
	}
	return unicode.IsSpace(r)
}

// composed is a quick look that answers true only if s is certainly in NFC:
// it has no characters but ASCII, U+0080 to U+02FF and U+1E00 to U+1EFF, which
// is where all Vietnamese letters are and no combining mark is.
func composed[T ~string | ~[]byte](s T) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c < utf8.RuneSelf:
		case c >= 0xC2 && c <= 0xCB:
			if i++; i >= len(s) || s[i]&0xC0 != 0x80 {
				return false
			}
		case c == 0xE1:
			if i+2 >= len(s) || s[i+1] < 0xB8 || s[i+1] > 0xBB || s[i+2]&0xC0 != 0x80 {
				return false
			}
			i += 2
		default:
			return false
		}
	}
	return true
}

// BadRune finds the first character that has no place in stored text and its
// place in bytes: control characters except \n and \t, bytes that are not
// UTF-8, the replacement character U+FFFD (what other programs write for
// bytes they could not read), noncharacters, marks that turn the direction of
// text, and combining marks with nothing to stand on. A mark on a letter is
// kept even where no precomposed letter exists (ơ̆ is written in Ê Đê).
// For bytes that are not UTF-8, r is U+FFFD.
func BadRune(s string) (r rune, pos int, bad bool) {
	carries := false // the character before can carry a combining mark
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if (c < ' ' && c != '\n' && c != '\t') || c == 0x7F {
				return rune(c), i, true
			}
			carries = c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError, unicode.IsControl(r), noncharacter(r), turns(r):
			return r, i, true
		case r < 0x300 || r >= 0x1E00 && r <= 0x1EFF:
			carries = true
		case unicode.Is(unicode.M, r):
			if !carries {
				return r, i, true
			}
		default:
			carries = unicode.In(r, unicode.L, unicode.N, unicode.S)
		}
		i += n
	}
	return 0, 0, false
}

func noncharacter(r rune) bool {
	return r >= 0xFDD0 && r <= 0xFDEF || r&0xFFFE == 0xFFFE
}

// turns tells whether r overrides or isolates the direction of text.
func turns(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}
