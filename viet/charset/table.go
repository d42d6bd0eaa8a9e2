package charset

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// A table decodes a charset of 8 bits. Some bytes lead a pair: the letter and
// its mark, which become one letter.
type table struct {
	one  [256]glyph
	lead [256]uint8 // 1 + the index in pair; 0 for a byte that leads none
	pair [][256]glyph
}

// A glyph is one character in UTF-8; n is 0 where there is none.
type glyph struct {
	n uint8
	b [3]byte
}

func glyphOf(r rune) (g glyph) {
	var buf [utf8.UTFMax]byte
	g.n = uint8(utf8.EncodeRune(buf[:], r))
	copy(g.b[:], buf[:])
	return g
}

// tables are made once, at the first use of the package's decoders.
var (
	tcvn3Letters = letters(tcvn3High)
	tcvn3Table   = newTCVN3(false)
	capitalTable = newTCVN3(true)
	vniTable     = newVNI()
	cp1258Table  = newWindows1258()
)

// tcvn3High are the letters of VN3 from A1 to FE; '.' has none.
const tcvn3High = "ĂÂÊÔƠƯĐăâêôơưđ" + "......àảãáạ.ằẳẵắ......." + "ặầẩẫấậè.ẻẽéẹềểễếệìỉ...ĩíịò" + ".ỏõóọồổỗốộờởỡớợù.ủũúụừửữứựỳỷỹýỵ"

// vn1Capitals are the capitals with tones that only VN1 has in that range.
var vn1Capitals = map[byte]rune{
	0xAF: 'Ằ', 0xBA: 'Ẳ', 0xBF: 'Ẵ', 0xC0: 'Ắ', 0xC1: 'Ầ', 0xC2: 'Ẩ', 0xC3: 'Ẫ', 0xC4: 'Ấ', 0xC5: 'Ề',
	0xCD: 'Ể', 0xD9: 'Ễ', 0xDA: 'Ế', 0xDB: 'Ồ', 0xE0: 'Ổ', 0xF0: 'Ỗ', 0xFF: 'Ố',
}

// vn2Marks are the tones that VN2 writes after the vowel.
var vn2Marks = map[byte]rune{0xB0: 0x300, 0xB1: 0x309, 0xB2: 0x303, 0xB3: 0x301, 0xB4: 0x323}

// letters maps the bytes from A1 on to the letters of a line.
func letters(line string) (to [256]rune) {
	at := 0xA1
	for _, r := range line {
		if r != '.' {
			to[at] = r
		}
		at++
	}
	return to
}

// newTable begins with Windows-1252, in whose places the old fonts leave
// punctuation. Bytes without a character become U+FFFD.
func newTable(base *charmap.Charmap) *table {
	t := new(table)
	for i := range t.one {
		t.one[i] = glyphOf(base.DecodeByte(byte(i)))
	}
	return t
}

func newTCVN3(capitals bool) *table {
	t := newTable(charmap.Windows1252)
	for b, r := range vn1Capitals {
		t.one[b] = glyphOf(r)
	}
	for b, r := range tcvn3Letters {
		if r != 0 {
			t.one[b] = glyphOf(r)
		}
	}
	t.compose(vn2Marks)
	if !capitals {
		return t
	}
	for i, g := range t.one {
		t.one[i] = upper(g)
	}
	for p := range t.pair {
		for i, g := range t.pair[p] {
			t.pair[p][i] = upper(g)
		}
	}
	return t
}

func upper(g glyph) glyph {
	r, _ := utf8.DecodeRune(g.b[:g.n])
	if g.n == 0 || r == 'µ' {
		return g
	}
	return glyphOf(unicode.ToUpper(r))
}

func newWindows1258() *table {
	t := newTable(charmap.Windows1258)
	marks := map[byte]rune{}
	for i := 0x80; i < 0x100; i++ {
		if r := charmap.Windows1258.DecodeByte(byte(i)); unicode.Is(unicode.Mn, r) {
			marks[byte(i)] = r
		}
	}
	t.compose(marks)
	return t
}

// compose adds the pairs of a letter and a combining mark that make one letter.
// The mark alone stays a combining mark.
func (t *table) compose(marks map[byte]rune) {
	for b, r := range marks {
		t.one[b] = glyphOf(r)
	}
	for first := range 256 {
		base, _ := utf8.DecodeRune(t.one[first].b[:t.one[first].n])
		if !unicode.IsLetter(base) {
			continue
		}
		for b, mark := range marks {
			made := []rune(norm.NFC.String(string(base) + string(mark)))
			if len(made) == 1 {
				t.addPair(byte(first), b, made[0])
			}
		}
	}
}

func (t *table) addPair(first, second byte, r rune) {
	if t.lead[first] == 0 {
		t.pair = append(t.pair, [256]glyph{})
		t.lead[first] = uint8(len(t.pair))
	}
	t.pair[t.lead[first]-1][second] = glyphOf(r)
}

// A vniPair is a letter and what stands for its mark.
type vniPair struct {
	first, mark, to rune
}

// The marks of VNI: those for tones, the same for all vowels but i; a
// circumflex with each tone on a, e, o; a breve with each tone on a.
var (
	vniTones      = []rune("øûõùï") // huyền, hỏi, ngã, sắc, nặng
	vniCircumflex = []rune("âàåãáä")
	vniBreve      = []rune("êèúüéë")
	vniAlone      = map[rune]rune{'ô': 'ơ', 'ö': 'ư', 'ñ': 'đ', 'ì': 'ì', 'æ': 'ỉ', 'ó': 'ĩ', 'í': 'í', 'ò': 'ị', 'î': 'ỵ'}
)

// vniPairs lists all pairs of small letters.
var vniPairs = func() (pairs []vniPair) {
	tones := func(first rune, line string) {
		for i, to := range []rune(line) {
			pairs = append(pairs, vniPair{first, vniTones[i], to})
		}
	}
	tones('a', "àảãáạ")
	tones('e', "èẻẽéẹ")
	tones('o', "òỏõóọ")
	tones('u', "ùủũúụ")
	tones('y', "ỳỷỹý") // ỵ is a letter of its own
	tones('ô', "ờởỡớợ")
	tones('ö', "ừửữứự")
	marks := func(first rune, marks []rune, line string) {
		for i, to := range []rune(line) {
			pairs = append(pairs, vniPair{first, marks[i], to})
		}
	}
	marks('a', vniCircumflex, "âầẩẫấậ")
	marks('e', vniCircumflex, "êềểễếệ")
	marks('o', vniCircumflex, "ôồổỗốộ")
	marks('a', vniBreve, "ăằẳẵắặ")
	return pairs
}()

// newVNI reads capitals too, and a small mark after a capital and the other way
// round, as typing with the Caps Lock key leaves them; the letter decides.
func newVNI() *table {
	t := newTable(charmap.Windows1252)
	for from, to := range vniAlone {
		t.one[from] = glyphOf(to)
		t.one[unicode.ToUpper(from)] = glyphOf(unicode.ToUpper(to))
	}
	for _, p := range vniPairs {
		for _, mark := range []rune{p.mark, unicode.ToUpper(p.mark)} {
			t.addPair(byte(p.first), byte(mark), p.to)
			t.addPair(byte(unicode.ToUpper(p.first)), byte(mark), unicode.ToUpper(p.to))
		}
	}
	return t
}
