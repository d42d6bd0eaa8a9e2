package viet

import (
	"unicode"
	"unicode/utf8"
)

// The Fix functions mend what typing and spreadsheets spoil, one fault each, so
// that a caller can switch each on, count what it changed, and keep what was
// there before. They change nothing of which they are not sure, and where there
// is nothing to mend they give b back without allocating. Only FixZeros can be
// undone from its result alone (UnfixZeros); who must be able to undo the others
// keeps the old text.

// What a character is to FixDigits.
const (
	digitClass  = 1
	letterClass = 2 // taken for a digit
	markClass   = 4
	otherClass  = 8
)

var digitClasses = func() (classes [256]uint8) {
	for c := range classes {
		classes[c] = otherClass
	}
	for c := '0'; c <= '9'; c++ {
		classes[c] = digitClass
	}
	for _, c := range "OolI" {
		classes[c] = letterClass
	}
	for _, c := range ".,-+/ " {
		classes[c] = markClass
	}
	return classes
}()

// FixDigits gives the digits for the letters O and o (0), l and I (1) in a cell
// that otherwise is a number, a date or a number of an identity: "33O95OO1234"
// gives "33095001234". Each run between marks must have a digit, and there must be
// at least two more digits than letters, so that "I.2" and "II/2024" stay. A
// single l at the end is litres unless nine digits stand before it.
func FixDigits(b []byte) (out []byte, changed bool) {
	seen := uint8(0)
	for _, c := range b {
		if seen |= digitClasses[c]; seen >= otherClass {
			return b, false
		}
	}
	if seen&letterClass == 0 || !digitsTyped(b) {
		return b, false
	}
	out = make([]byte, len(b))
	for i, c := range b {
		switch c {
		case 'O', 'o':
			c = '0'
		case 'l', 'I':
			c = '1'
		}
		out[i] = c
	}
	return out, true
}

// digitsTyped tells whether the letters of a cell of digits, marks and such
// letters are digits.
func digitsTyped(b []byte) bool {
	digits, letters, run, runLetters := 0, 0, 0, 0
	for i := 0; i <= len(b); i++ {
		if i == len(b) || digitClasses[b[i]] == markClass {
			if runLetters > 0 && run == 0 {
				return false
			}
			digits, letters, run, runLetters = digits+run, letters+runLetters, 0, 0
			continue
		}
		if digitClasses[b[i]] == digitClass {
			run++
		} else {
			runLetters++
		}
	}
	if b[len(b)-1] == 'l' && digits < 9 {
		return false
	}
	return digits >= letters+2
}

// longestZeros is the widest identifier FixZeros fills.
const longestZeros = 32

// FixZeros gives back the zeros that a spreadsheet took off the beginning of an
// identifier of so many digits: "33095001234" with width 12 gives
// "033095001234". What begins with a zero lost none, and stays; so does what is
// not all digits, or too long, and zero itself.
func FixZeros(b []byte, width int) (out []byte, changed bool) {
	if len(b) == 0 || len(b) >= width || width > longestZeros || b[0] == '0' {
		return b, false
	}
	for _, c := range b {
		if c-'0' > 9 {
			return b, false
		}
	}
	out = make([]byte, width)
	lost := width - len(b)
	for i := range lost {
		out[i] = '0'
	}
	copy(out[lost:], b)
	return out, true
}

// UnfixZeros gives what FixZeros made its argument of.
func UnfixZeros(b []byte) []byte {
	for len(b) > 0 && b[0] == '0' {
		b = b[1:]
	}
	return b
}

// FixExponent writes a whole number out that a spreadsheet shortened,
// "3.3095001234E+10" as "33095001234". That is right only where all digits are
// there, as many behind the mark as the exponent says, and no more than the 15
// that spreadsheets keep; otherwise digits are lost, or may be, and the error
// says so. What is not of that form stays, without an error.
func FixExponent(b []byte) (out []byte, changed bool, err error) {
	if len(b) < 5 || b[0]-'0' > 9 && b[0] != '-' {
		return b, false, nil
	}
	at := -1
	for i, c := range b {
		if c|0x20 == 'e' {
			at = i
			break
		}
		if c > '9' {
			return b, false, nil
		}
	}
	if at < 0 {
		return b, false, nil
	}
	sign, mantissa := 0, b[:at]
	if mantissa[0] == '-' {
		sign = 1
	}
	exponent := b[at+1:]
	if len(exponent) > 0 && exponent[0] == '+' {
		exponent = exponent[1:]
	}
	power, ok := figure(exponent)
	if !ok || len(exponent) > 2 || len(mantissa) < sign+1 || !scientific(mantissa[sign:]) {
		return b, false, nil
	}
	decimals := max(len(mantissa)-sign-2, 0)
	if decimals != power || power >= 15 {
		return b, false, fail(CodeNumberExponent, b)
	}
	out = append(out, mantissa[:sign+1]...)
	return append(out, mantissa[min(sign+2, len(mantissa)):]...), true, nil
}

// scientific tells whether b is one digit but zero, or that and a mark and more.
func scientific(b []byte) bool {
	if b[0] < '1' || b[0] > '9' {
		return false
	}
	if len(b) == 1 {
		return true
	}
	_, ok := figure(b[2:])
	return ok && (b[1] == '.' || b[1] == ',')
}

// FixSpaces makes one space of each run of spaces of any width, no-break ones
// and tabs among them, and takes them off both ends. Line breaks stay, for cells
// of several lines.
func FixSpaces(b []byte) (out []byte, changed bool) {
	if spaced(b) {
		return b, false
	}
	out = make([]byte, 0, len(b))
	gap := false
	for i := 0; i < len(b); {
		n := 1
		if b[i] == ' ' || b[i] == '\t' || b[i] >= utf8.RuneSelf {
			var wide bool
			if n, wide = spaceAt(b[i:]); wide {
				gap = true
				i += n
				continue
			}
		}
		if gap && len(out) > 0 && b[i] != '\n' && out[len(out)-1] != '\n' {
			out = append(out, ' ')
		}
		gap = false
		out = append(out, b[i:i+n]...)
		i += n
	}
	return out, len(out) != len(b) || string(out) != string(b)
}

// spaced tells quickly whether the spaces of b are certainly in order.
func spaced(b []byte) bool {
	last := byte(' ')
	for _, c := range b {
		switch {
		case c == ' ':
			if last == ' ' || last == '\n' {
				return false
			}
		case c == '\t', c == 0xC2, c == 0xE2, c == 0xE3, c == '\n' && last == ' ':
			return false // may begin a space: no letter of Vietnamese has these bytes
		}
		last = c
	}
	return last != ' ' || len(b) == 0
}

// spaceAt tells whether b begins with a space but a line break, and the size of
// its first character.
func spaceAt(b []byte) (n int, wide bool) {
	r, n := utf8.DecodeRune(b)
	switch {
	case r == ' ', r == '\t', r == 0xA0, r >= 0x2000 && r <= 0x200A, r == 0x202F, r == 0x205F, r == 0x3000:
		return n, true
	}
	return n, false
}

// FixTone moves tone marks that stand where no style of spelling puts them:
// "qúy" gives "quý", "gìa" "già", "cuả" "của", "hòan" "hoàn". Both styles, "hoà"
// and "hòa", "thuỷ" and "thủy", "khoẻ" and "khỏe", stay as they are, and so do
// words that are no Vietnamese syllables.
func FixTone(b []byte) (out []byte, changed bool) {
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		base, n := tonedVowel(b[i:])
		if n == 0 {
			_, n = utf8.DecodeRune(b[i:])
		}
		if base == 0 || toneSettled(b, i, i+n, base) {
			i += n
			continue
		}
		from, to := wordAround(b, i)
		var w toneWord
		if at, ok := w.misplaced(b[from:to]); ok {
			if !changed {
				b, changed = append([]byte(nil), b...), true
			}
			b = w.write(b, from, to, at)
			to = from + w.size
		}
		i = to
	}
	return b, changed
}

// wordAround finds the word that has a letter at i.
func wordAround(b []byte, i int) (from, to int) {
	for from = i; from > 0; {
		r, n := utf8.DecodeLastRune(b[:from])
		if !inWord(r) {
			break
		}
		from -= n
	}
	for to = i; to < len(b); {
		r, n := utf8.DecodeRune(b[to:])
		if !inWord(r) {
			break
		}
		to += n
	}
	return from, to
}

func inWord(r rune) bool {
	return vietnamese(r) || r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.Is(unicode.M, r))
}

// A toneWord is a syllable taken apart.
type toneWord struct {
	letters  [longestSyllable]rune // in small letters, without the tone
	capitals [longestSyllable]bool
	n        int
	now      int // the letter that has the tone
	tone     uint8
	size     int // of the word written
}

// misplaced gives the place where the tone of a word must be, if it is in one
// that no style has.
func (w *toneWord) misplaced(word []byte) (at int, wrong bool) {
	for i := 0; i < len(word); {
		r, n := utf8.DecodeRune(word[i:])
		i += n
		if w.n == longestSyllable {
			return 0, false
		}
		small := lower(r)
		t := splitTone(small)
		if t.tone > 0 {
			if w.tone > 0 {
				return 0, false
			}
			w.now, w.tone = w.n, t.tone
		}
		w.letters[w.n], w.capitals[w.n] = t.base, small != r
		w.n++
	}
	from, to, ok := nucleus(w.letters[:w.n])
	if !ok || w.now < from-1 || w.now >= to {
		return 0, false
	}
	at = from + toneAt(w.letters[from:to], to < w.n)
	if at == w.now || w.newStyle(from, to) || !IsSyllable(string(word)) {
		return 0, false
	}
	return at, true
}

// newStyle tells whether the tone is on the second vowel of an open oa, oe or
// uy, where the newer style puts it.
func (w *toneWord) newStyle(from, to int) bool {
	if to-from != 2 || to < w.n || w.now != from+1 {
		return false
	}
	switch a, b := w.letters[from], w.letters[from+1]; a {
	case 'o':
		return b == 'a' || b == 'e'
	case 'u':
		return b == 'y'
	}
	return false
}

// write puts the word with its tone at the right place into b instead of
// b[from:to].
func (w *toneWord) write(b []byte, from, to, at int) []byte {
	var buf [longestSyllable * utf8.UTFMax]byte
	word := buf[:0]
	for i, r := range w.letters[:w.n] {
		if i == at {
			r = joinTone(toned{r, w.tone})
		}
		if w.capitals[i] {
			r = unicode.ToUpper(r)
		}
		word = utf8.AppendRune(word, r)
	}
	w.size = len(word)
	rest := append([]byte(nil), b[to:]...)
	return append(append(b[:from], word...), rest...)
}
