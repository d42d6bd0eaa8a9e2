package charset

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/phohien/phohien/viet"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// VIQR (RFC 1456) writes the marks after the vowel, first the one that makes
// another letter, then the tone: "Vie^.t". "dd" is đ, a backslash before a mark
// keeps it.

// viqrBytes are those without which no VIQR can be, but for dd.
var viqrBytes = func() (set [256]bool) {
	for _, c := range []byte("^(+'`?~.") {
		set[c] = true
	}
	return set
}()

// hasVIQR is a quick look: false only if nothing in b can be VIQR.
func hasVIQR(b []byte) bool {
	last := byte(0)
	for _, c := range b {
		if viqrBytes[c] || c|0x20 == 'd' && last|0x20 == 'd' {
			return true
		}
		last = c
	}
	return false
}

// combined makes letters of a letter and a mark.
var combined = func() map[[2]rune]rune {
	marks := map[rune]rune{'^': 0x302, '(': 0x306, '+': 0x31B, '`': 0x300, '?': 0x309, '~': 0x303, '\'': 0x301, '.': 0x323}
	all := map[[2]rune]rune{}
	for _, base := range "aeiouyAEIOUYăâêôơưĂÂÊÔƠƯ" {
		for mark, combining := range marks {
			made := []rune(norm.NFC.String(string(base) + string(combining)))
			if _, ok := marks[mark]; ok && len(made) == 1 && vietnamese(made[0]) {
				all[[2]rune{base, mark}] = made[0]
			}
		}
	}
	return all
}()

// vietnamese tells whether a letter with marks is one of Vietnamese.
func vietnamese(r rune) bool {
	for _, c := range vietnameseLetters {
		if c == r {
			return true
		}
	}
	return false
}

const vietnameseLetters = "àảãáạăằẳẵắặâầẩẫấậèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵđ" +
	"ÀẢÃÁẠĂẰẲẴẮẶÂẦẨẪẤẬÈẺẼÉẸÊỀỂỄẾỆÌỈĨÍỊÒỎÕÓỌÔỒỔỖỐỘƠỜỞỠỚỢÙỦŨÚỤƯỪỬỮỨỰỲỶỸÝỴĐ"

// A viqrCount counts the words with marks in a text.
type viqrCount struct {
	strong int // became a syllable, with a mark that other texts do not have
	inner  int // became a syllable, with a mark of any kind before its last letter
	bad    int // did not, and has a mark that other texts do not have
}

// A viqrReader turns tokens, and counts.
type viqrReader struct {
	viqrCount
	escapes bool // backslashes before marks go, as in a file; in a cell they stay
	ends    bool // "." and "?" at the end of a word may be tones
	names   bool // and are, since there are no sentences
}

// cell appends the text of a cell with its VIQR words turned. A full stop or a
// question mark between words is a tone only in a cell that shows by other words
// that it is VIQR.
func (v *viqrReader) cell(dst, text []byte) []byte {
	before := v.viqrCount
	out := v.text(dst, text)
	if v.strong+v.inner == before.strong+before.inner {
		return out
	}
	after := v.viqrCount
	v.ends = true
	out = v.text(dst, text)
	v.ends, v.viqrCount = false, after
	return out
}

func (v *viqrReader) text(dst, text []byte) []byte {
	for len(text) > 0 {
		n := 0
		for n < len(text) && !viqrBreak(text[n]) {
			n++
		}
		dst = v.token(dst, text[:n], text[n:])
		for n < len(text) && viqrBreak(text[n]) {
			dst = append(dst, text[n])
			n++
		}
		text = text[n:]
	}
	return dst
}

// viqrBreak tells where a token ends: a space, or a mark between cells.
func viqrBreak(c byte) bool {
	return c <= ' ' || c == ',' || c == ';' || c == '|' || c == '"'
}

// token appends a token; next is what follows it.
func (v *viqrReader) token(dst, tok, next []byte) []byte {
	if bytes.IndexByte(tok, '@') >= 0 || bytes.Contains(tok, []byte("://")) {
		return append(dst, tok...) // an address
	}
	before := byte(0) // what stands before the word
	for len(tok) > 0 {
		c := tok[0]
		if c == '\\' && v.escapes && len(tok) > 1 && (viqrBytes[tok[1]] || tok[1] == '\\' || tok[1]|0x20 == 'd') {
			dst = append(dst, tok[1])
			before, tok = tok[1], tok[2:]
			continue
		}
		if !asciiLetter(c) {
			dst = append(dst, c)
			before, tok = c, tok[1:]
			continue
		}
		var w viqrWord
		n := w.read(tok)
		if v.turn(&w, tok[n:], next, before) {
			dst = append(dst, w.buf[:w.size]...)
		} else {
			dst = append(dst, tok[:n]...)
		}
		before, tok = 'a', tok[n:]
	}
	return dst
}

func asciiLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// A viqrWord is one word as it would be read.
type viqrWord struct {
	buf     [32]byte
	size    int
	letters int
	marks   int  // marks and dd found
	strong  bool // one of them is no punctuation
	last    byte // the last byte of the word
	long    bool
}

// read reads a word at the beginning of b and says how many bytes it takes.
func (w *viqrWord) read(b []byte) (n int) {
	toned := false
	for n < len(b) && asciiLetter(b[n]) {
		r := rune(b[n])
		n++
		if w.letters == 0 && r|0x20 == 'd' && n < len(b) && b[n]|0x20 == 'd' && !(r == 'd' && b[n] == 'D') {
			r += 'đ' - 'd'
			if b[n-1] == 'D' {
				r = 'Đ'
			}
			n++
			w.marks++
		}
		if n < len(b) && (b[n] == '^' || b[n] == '(' || b[n] == '+') {
			if made, ok := combined[[2]rune{r, rune(b[n])}]; ok {
				r = made
				n++
				w.marks++
				w.strong = true
			}
		}
		if n < len(b) && !toned && viqrBytes[b[n]] {
			if made, ok := combined[[2]rune{r, rune(b[n])}]; ok {
				r, toned = made, true
				n++
				w.marks++
			}
		}
		w.add(r)
	}
	w.last = b[n-1]
	return n
}

func (w *viqrWord) add(r rune) {
	if w.size+utf8.UTFMax > len(w.buf) {
		w.long = true
		return
	}
	w.size += utf8.EncodeRune(w.buf[w.size:], r)
	w.letters++
}

// turn tells whether a word is VIQR: a syllable whose marks are not the
// punctuation they look like. rest is the token after it, next what follows
// that.
func (v *viqrReader) turn(w *viqrWord, rest, next []byte, before byte) bool {
	if w.marks == 0 {
		return false
	}
	if w.long || !viet.IsSyllable(string(w.buf[:w.size])) {
		switch {
		case w.strong && v.names && !w.long: // in a column of VIQR, a name of another language
			return true
		case w.strong:
			v.bad++
		}
		return false
	}
	if w.marks == 1 && !v.tone(w, rest, next, before) {
		return false
	}
	switch {
	case w.letters > 1 && (w.strong || w.marks > 1):
		v.strong++
	case asciiLetter(w.last):
		v.inner++
	}
	return true
}

// tone tells whether the one mark at the end of a word is a tone: not a full
// stop, a question mark, or the quotation mark that closes one before the word;
// not the one of O'Neil.
func (v *viqrReader) tone(w *viqrWord, rest, next []byte, before byte) bool {
	switch w.last {
	case '\'':
		return before != '\'' && !(w.letters == 1 && w.buf[0] == 0xC3 && w.buf[1]|0x20 == 0xB3) // ó, Ó
	case '.', '?':
		switch {
		case v.names:
			return len(rest) == 0
		case !v.ends || len(rest) > 0 || len(next) < 2:
			return false
		case next[0] != ' ':
			return next[0] != '\r' && next[0] != '\n' // a mark between cells
		}
		c := next[1]
		// A sentence ends in a small word and begins with a capital; the middle
		// of a name ("Thi. Ngo.c") is a capital between capitals.
		return c >= 'a' && c <= 'z' || asciiLetter(c) && (w.last == '?' || w.buf[0] < 'a')
	}
	return true
}

// appendUnVIQR appends text with its Vietnamese letters in VIQR.
func appendUnVIQR(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		i += n
		switch {
		case r < utf8.RuneSelf:
			dst = append(dst, byte(r))
		case r == 'đ':
			dst = append(dst, "dd"...)
		case r == 'Đ':
			if next, _ := utf8.DecodeRune(text[i:]); unicode.IsLower(next) {
				dst = append(dst, "Dd"...)
			} else {
				dst = append(dst, "DD"...)
			}
		default:
			if s, ok := viqrOf[r]; ok {
				dst = append(dst, s...)
			} else {
				dst = utf8.AppendRune(dst, r)
			}
		}
	}
	return dst
}

// viqrOf gives the VIQR of a letter.
var viqrOf = func() map[rune]string {
	all := map[rune]string{}
	for {
		size := len(all)
		for from, to := range combined {
			if from[0] < utf8.RuneSelf {
				all[to] = string(from[:])
			} else if base, ok := all[from[0]]; ok {
				all[to] = base + string(from[1])
			}
		}
		if len(all) == size {
			return all
		}
	}
}()

// longestToken is how many bytes of a file without a space are looked at
// together; a longer one is no word and stays.
const longestToken = 256

// A viqrDecoder reads a file in VIQR, token by token.
type viqrDecoder struct {
	long bool // within a token that is too long
	buf  []byte
}

func (d *viqrDecoder) Reset() { d.long = false }

func (d *viqrDecoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		rest := src[nSrc:]
		n := 0
		for n < len(rest) && n <= longestToken && !viqrBreak(rest[n]) {
			n++
		}
		var out []byte
		switch {
		case n == 0:
			n, out = 1, rest[:1]
			d.long = false
		case d.long || n > longestToken:
			out = rest[:n]
			d.long = true
		case n+2 > len(rest) && !atEOF: // the two bytes after a token tell a full stop
			return nDst, nSrc, transform.ErrShortSrc
		default:
			v := viqrReader{escapes: true, ends: true}
			d.buf = v.token(d.buf[:0], rest[:n], rest[n:])
			out = d.buf
		}
		out = asUTF8(out)
		if nDst+len(out) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += copy(dst[nDst:], out)
		nSrc += n
	}
	return nDst, nSrc, nil
}

// asUTF8 replaces bytes beyond ASCII, which VIQR has none of, where they are not
// UTF-8.
func asUTF8(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	return bytes.ToValidUTF8(b, []byte("\uFFFD"))
}
