package charset

import (
	"bytes"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/phohien/phohien/viet"
)

// Why FixText leaves a cell as it is though it may be wrong.
var (
	ErrMixed        = errors.New("charset: letters of two encodings in one text")
	ErrAmbiguous    = errors.New("charset: sound both as it is and turned")
	ErrIrreversible = errors.New("charset: turning the text could not be undone")
)

// FixText mends a text that is Unicode but holds the bytes of an old font read
// as Windows-1252, or VIQR; c says which. Text that is sound as it is stays:
// ASCII, Vietnamese in Unicode, names with foreign accents. Of a text that is
// Vietnamese both as it is and turned ("Hoà" is "Hồ" in VNI) it cannot know:
// ErrAmbiguous. A text that mixes both gives ErrMixed; one that Unfix could not
// give back gives ErrIrreversible; all three leave it as it is. If nothing
// changed, out is s, and nothing was allocated.
//
// TCVN3Capitals turns all letters into capitals and cannot be undone.
func FixText(c Charset, s []byte) (out []byte, changed bool, err error) {
	return fix(c, s, false)
}

// FixColumn is FixText for a cell of a column of which [Evidence] was sure, that
// is in which no cell is Unicode: what could be both is turned, and so are words
// in other languages of Viet Nam, which FixText cannot tell from foreign ones.
func FixColumn(c Charset, s []byte) (out []byte, changed bool, err error) {
	return fix(c, s, true)
}

func fix(c Charset, s []byte, pure bool) (out []byte, changed bool, err error) {
	switch c {
	case TCVN3, VNI, TCVN3Capitals:
		if c != TCVN3Capitals && !hasLatin1(s) {
			return s, false, nil
		}
		out, err = fixFont(c, s, pure)
	case VIQR:
		if !hasVIQR(s) {
			return s, false, nil
		}
		v := viqrReader{names: pure && fewWords(s)}
		out = v.cell(make([]byte, 0, len(s)+8), s)
	default:
		return s, false, fmt.Errorf("%w to mend text in: %q", ErrCharset, string(c))
	}
	if err != nil || out == nil || string(out) == string(s) {
		return s, false, err
	}
	if c != TCVN3Capitals {
		if back, ok := Unfix(c, out); !ok || string(back) != string(s) {
			return s, false, ErrIrreversible
		}
	}
	return out, true, nil
}

// fewWords tells a name or a place from a sentence, which may end in a full stop.
func fewWords(s []byte) bool { return bytes.Count(s, []byte(" ")) < 6 }

// Unfix gives back what FixText was given. ok is false for TCVN3Capitals, where
// that is not known, and for what is no font or VIQR.
func Unfix(c Charset, s []byte) (out []byte, ok bool) {
	switch c {
	case TCVN3:
		return appendMapped(make([]byte, 0, len(s)), s, tcvn3Back), true
	case VNI:
		return appendMapped(make([]byte, 0, len(s)+len(s)/4), s, vniBack), true
	case VIQR:
		return appendUnVIQR(make([]byte, 0, len(s)+len(s)/4), s), true
	}
	return s, false
}

// The ways back, from letters to what stands for them.
var (
	tcvn3Back = func() map[rune]string {
		back := map[rune]string{}
		for b, r := range tcvn3Letters {
			if r != 0 {
				back[r] = string(rune(b))
			}
		}
		return back
	}()
	vniBack = func() map[rune]string {
		back := map[rune]string{}
		add := func(to rune, from ...rune) {
			back[to] = string(from)
			for i := range from {
				from[i] = unicode.ToUpper(from[i])
			}
			back[unicode.ToUpper(to)] = string(from)
		}
		for from, to := range vniAlone {
			add(to, from)
		}
		for _, p := range vniPairs {
			add(p.to, p.first, p.mark)
		}
		return back
	}()
)

func appendMapped(dst, s []byte, back map[rune]string) []byte {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			dst = append(dst, s[i])
			i++
			continue
		}
		r, n := utf8.DecodeRune(s[i:])
		if to, ok := back[r]; ok {
			dst = append(dst, to...)
		} else {
			dst = append(dst, s[i:i+n]...)
		}
		i += n
	}
	return dst
}

// ascii tells whether b has no byte beyond ASCII.
func ascii(b []byte) bool {
	for len(b) >= 8 {
		if (b[0]|b[1]|b[2]|b[3]|b[4]|b[5]|b[6]|b[7])&0x80 != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// hasLatin1 tells whether a character from U+0080 to U+00FF is in b, as which the
// bytes of the fonts show.
func hasLatin1(b []byte) bool {
	for _, c := range b {
		if c == 0xC2 || c == 0xC3 { // no other character has these bytes
			return true
		}
	}
	return false
}

// fixFont turns a whole cell, or gives nil if it is to stay.
func fixFont(c Charset, s []byte, pure bool) ([]byte, error) {
	var all words
	all.look(s, c)
	switch {
	case all.foreign > 0 && all.proof > 0:
		return nil, ErrMixed
	case all.foreign > 0, all.words == 0 && !pure && c != TCVN3Capitals:
		return nil, nil
	case pure, c == TCVN3Capitals && all.proof == all.words:
	case all.proof > 0:
	case all.sound > 0 && all.fixed > 0:
		return nil, ErrAmbiguous
	default:
		return nil, nil // Vietnamese as it is, and not after; or a foreign name
	}
	return appendFont(make([]byte, 0, len(s)+len(s)/2), s, c), nil
}

// words is what the words of a cell that are not plain ASCII are.
type words struct {
	words   int
	sound   int // Vietnamese syllables as they are
	fixed   int // Vietnamese syllables, or abbreviations, after turning
	proof   int // the second and not the first
	foreign int // with letters that the font cannot have
}

func (a *words) look(s []byte, c Charset) {
	var buf [64]byte
	for len(s) > 0 {
		var tok token
		s = tok.next(s)
		if !tok.word() || len(tok.text) > len(buf)/2 {
			continue
		}
		a.words++
		sound := tok.sound()
		if sound {
			a.sound++
		}
		if !tok.fontable(c) {
			a.foreign++
			continue
		}
		turned := appendFont(buf[:0], tok.text, c)
		if viet.IsSyllable(string(turned)) || abbreviation(turned) {
			a.fixed++
			if !sound {
				a.proof++
			}
		}
	}
}

// abbreviation tells whether a word is capitals of Vietnamese, "ĐHQG".
func abbreviation(word []byte) bool {
	n, high := 0, false
	for _, r := range string(word) {
		if !(r >= 'A' && r <= 'Z') && !vietnamese(r) || !unicode.IsUpper(r) {
			return false
		}
		high = high || r >= utf8.RuneSelf
		n++
	}
	return high && n >= 2 && n <= 6
}

// A token is a run of letters and of what may stand for letters.
type token struct {
	text   []byte
	high   bool // not plain ASCII
	latin  bool // all of it is in Latin-1
	symbol bool // has what is no letter in Unicode
	letter bool // has a letter of ASCII
	marks  bool // has combining marks
}

// next cuts the first token off s and gives the rest.
func (t *token) next(s []byte) (rest []byte) {
	start := 0
	for start < len(s) && s[start] < utf8.RuneSelf && !asciiLetter(s[start]) {
		start++
	}
	*t = token{latin: true}
	i := start
	for i < len(s) {
		if s[i] < utf8.RuneSelf {
			if !asciiLetter(s[i]) {
				break
			}
			t.letter = true
			i++
			continue
		}
		r, n := utf8.DecodeRune(s[i:])
		if !wordRune(r) {
			if i > start {
				break
			}
			i += n
			start = i
			continue
		}
		i += n
		t.high = true
		switch {
		case r > 0xFF:
			t.latin = false
			t.marks = t.marks || unicode.Is(unicode.Mn, r)
		case !unicode.IsLetter(r) || r == 'µ' || r == 'ª' || r == 'º':
			t.symbol = true
		}
	}
	t.text = s[start:i]
	return s[i:]
}

// word tells whether the token says anything about encodings: it is not plain
// ASCII, no symbol by itself («, ¬, a soft hyphen) and no µm.
func (t *token) word() bool {
	return t.high && (t.letter || !t.symbol || utf8.RuneCount(t.text) > 1) && string(t.text) != "µm"
}

// wordRune tells whether a character beyond ASCII is a letter, or is one in one
// of the fonts. In VNI the times sign is none; in TCVN3 × is ì.
func wordRune(r rune) bool {
	if r >= 0xA1 && r <= 0xFF {
		return true
	}
	return unicode.IsLetter(r) || unicode.Is(unicode.Mn, r)
}

// sound tells whether the word is Vietnamese as it stands.
func (t *token) sound() bool {
	if t.marks {
		out, _ := viet.NFC(string(t.text))
		return viet.IsSyllable(out)
	}
	return viet.IsSyllable(string(t.text))
}

// fontable tells whether all of the word can have been typed in the font.
func (t *token) fontable(c Charset) bool {
	if !t.latin {
		return false
	}
	if c == VNI {
		return vniSpelt(t.text)
	}
	for _, r := range string(t.text) {
		if r >= utf8.RuneSelf && tcvn3Letters[r] == 0 && (unicode.IsLetter(r) || r == '÷' || r == '×') {
			return false
		}
	}
	return true
}

// vniSpelt tells whether each letter beyond ASCII is one of VNI or the mark of
// the letter before it.
func vniSpelt(word []byte) bool {
	for i := 0; i < len(word); {
		r, n := utf8.DecodeRune(word[i:])
		_, both := vniPairAt(r, word[i+n:])
		if r >= utf8.RuneSelf && both == 0 && vniSingle(r) == r && r != 'í' && r != 'ì' && r != 'Í' && r != 'Ì' {
			return false
		}
		i += n + both
	}
	return true
}

// appendFont appends s with its letters turned; what is no letter of the font
// stays.
func appendFont(dst, s []byte, c Charset) []byte {
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(s[i:])
		}
		if c == VNI {
			if to, both := vniPairAt(r, s[i+n:]); both > 0 {
				dst = utf8.AppendRune(dst, to)
				i += n + both
				continue
			}
		}
		switch {
		case r == utf8.RuneError:
			dst = append(dst, s[i:i+n]...)
		case c == VNI:
			dst = utf8.AppendRune(dst, vniSingle(r))
		case r < 256 && tcvn3Letters[r] != 0:
			dst = utf8.AppendRune(dst, cased(tcvn3Letters[r], c))
		default:
			dst = utf8.AppendRune(dst, cased(r, c))
		}
		i += n
	}
	return dst
}

func cased(r rune, c Charset) rune {
	if c == TCVN3Capitals {
		return unicode.ToUpper(r)
	}
	return r
}

// vniPairAt reads the pair that r begins; size is of the mark.
func vniPairAt(r rune, rest []byte) (to rune, size int) {
	if r > 0xFF || vniTable.lead[r] == 0 || len(rest) == 0 || rest[0] < utf8.RuneSelf {
		return 0, 0
	}
	mark, size := utf8.DecodeRune(rest)
	if mark > 0xFF {
		return 0, 0
	}
	g := &vniTable.pair[vniTable.lead[r]-1][mark]
	if g.n == 0 {
		return 0, 0
	}
	to, _ = utf8.DecodeRune(g.b[:g.n])
	return to, size
}

func vniSingle(r rune) rune {
	if to, ok := vniAlone[r]; ok {
		return to
	}
	if small := unicode.ToLower(r); small != r {
		if to, ok := vniAlone[small]; ok {
			return unicode.ToUpper(to)
		}
	}
	return r
}
