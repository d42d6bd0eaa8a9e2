package viet

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Three keys make text comparable, from strict to loose: the text itself in
// NFC, FoldTone and Fold. Only the first decides whether two things are the
// same; the others are for finding.

// Fold gives the key that search without marks uses: lower case, no
// diacritics, đ as d, runs of spaces as one, none at the ends. Text that is
// folded already is returned as it is.
func Fold(s string) string {
	if folded(s) {
		return s
	}
	var room [shortText]byte
	return string(AppendFold(room[:0], s))
}

// shortText is the size in bytes up to which keys are made on the stack.
const shortText = 96

// AppendFold appends Fold(s) to dst.
func AppendFold(dst []byte, s string) []byte {
	if !composed(s) {
		s, _ = NFC(s) // other scripts compose to one letter too
	}
	start := len(dst)
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= 'A' && c <= 'Z':
			dst = append(dst, c+'a'-'A')
			i++
			continue
		case c > ' ' && c < utf8.RuneSelf:
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if base := baseOf(r); base != 0 {
			dst = append(dst, base)
			continue
		}
		dst = foldRune(dst, start, r)
	}
	if n := len(dst); n > start && dst[n-1] == ' ' {
		dst = dst[:n-1]
	}
	return dst
}

// foldRune appends what no table holds: spaces, marks, and letters of other
// languages.
func foldRune(dst []byte, start int, r rune) []byte {
	switch {
	case unicode.IsSpace(r):
		if n := len(dst); n > start && dst[n-1] != ' ' {
			dst = append(dst, ' ')
		}
		return dst
	case blank(r):
		return dst
	}
	var one [utf8.UTFMax]byte
	parts := one[:utf8.EncodeRune(one[:], unicode.ToLower(r))]
	if d := norm.NFD.Properties(parts).Decomposition(); d != nil {
		parts = d
	}
	for len(parts) > 0 {
		r, n := utf8.DecodeRune(parts)
		parts = parts[n:]
		if more, ok := otherLetters[r]; ok {
			dst = append(dst, more...)
		} else if !unicode.Is(unicode.Mn, r) {
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// folded tells whether s is its own Fold: plain ASCII without capitals and with
// single spaces only between words.
func folded(s string) bool {
	space := true
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c > ' ' && c < utf8.RuneSelf && (c < 'A' || c > 'Z'):
			space = false
		case c == ' ' && !space:
			space = true
		case c < ' ' && (c < '\t' || c > '\r'):
			space = false
		default:
			return false
		}
	}
	return !space || s == ""
}

// otherLetters are Latin letters that Unicode does not take apart. Ð and Ɖ look
// like Đ and are typed for it; ƀ is a letter of Ê Đê and Ba Na.
var otherLetters = map[rune]string{
	'đ': "d", 'Đ': "d", 'ð': "d", 'Ð': "d", 'ɖ': "d", 'Ɖ': "d",
	'ƀ': "b", 'ɓ': "b", 'Ɓ': "b", 'ł': "l", 'Ł': "l", 'ø': "o", 'Ø': "o",
	'æ': "ae", 'Æ': "ae", 'œ': "oe", 'Œ': "oe", 'ß': "ss", 'ı': "i",
}

// baseOf gives the ASCII letter below the marks of a Latin letter, in lower
// case; 0 if r is not such a letter.
func baseOf(r rune) byte {
	switch {
	case r >= 0xC0 && r < 0x250:
		return latinBase[r-0xC0]
	case r >= 0x1E00 && r < 0x1F00:
		return additionalBase[r-0x1E00]
	}
	return 0
}

var (
	latinBase      = baseTable(0xC0, 0x250)
	additionalBase = baseTable(0x1E00, 0x1F00)
)

func baseTable(from, to rune) []byte {
	table := make([]byte, to-from)
	for r := from; r < to; r++ {
		base := []rune(norm.NFD.String(string(r)))[0]
		if more, ok := otherLetters[r]; ok && len(more) == 1 {
			base = rune(more[0])
		}
		if base |= 0x20; base >= 'a' && base <= 'z' {
			table[r-from] = byte(base)
		}
	}
	return table
}

// Identifier makes a name for a table or a column from a heading: letters a to
// z, digits and "_" between words, at most 48 bytes, beginning with a letter;
// "Mã đơn vị (2025)" gives "ma_don_vi_2025". A name that would begin with a
// digit gets "c_" before it; a heading without letters and digits gives "c".
// Different headings may give the same name, and a name may be a word that SQL
// keeps for itself: quote it.
func Identifier(s string) string {
	dst := make([]byte, 0, longestIdentifier)
	gap := false
	for _, c := range []byte(Fold(s)) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			gap = true
			continue
		}
		switch {
		case len(dst) == 0 && c <= '9':
			dst = append(dst, "c_"...)
		case len(dst) > 0 && gap:
			dst = append(dst, '_')
		}
		gap = false
		dst = append(dst, c)
		if len(dst) >= longestIdentifier {
			dst = dst[:longestIdentifier]
			break
		}
	}
	if id := strings.TrimRight(string(dst), "_"); id != "" {
		return id
	}
	return "c"
}

const longestIdentifier = 48
