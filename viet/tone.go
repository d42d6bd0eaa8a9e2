package viet

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// vowels has a line for each vowel, with its tones in the order of Vietnamese
// dictionaries: ngang, huyền, hỏi, ngã, sắc, nặng.
var vowels = [...]string{
	"aàảãáạ", "ăằẳẵắặ", "âầẩẫấậ",
	"eèẻẽéẹ", "êềểễếệ",
	"iìỉĩíị",
	"oòỏõóọ", "ôồổỗốộ", "ơờởỡớợ",
	"uùủũúụ", "ưừửữứự",
	"yỳỷỹýỵ",
}

// A toned is a letter taken apart: the letter without its tone, and the tone,
// 0 to 5 in the order of vowels.
type toned struct {
	base rune
	tone uint8
}

// splitTone takes a lower-case letter apart.
func splitTone(r rune) toned {
	switch {
	case r >= 0xC0 && r < 0x1B8:
		return latinTones[r-0xC0]
	case r >= 0x1EA0 && r < 0x1F00:
		return additionalTones[r-0x1EA0]
	}
	return toned{r, 0}
}

// joinTone puts a letter and a tone together.
func joinTone(t toned) rune {
	for _, line := range vowelRunes {
		if line[0] == t.base {
			return line[t.tone]
		}
	}
	return t.base
}

var vowelRunes = func() (lines [len(vowels)][]rune) {
	for i, line := range vowels {
		lines[i] = []rune(line)
	}
	return lines
}()

// All Vietnamese vowels with marks are in these two ranges.
var (
	latinTones      = toneTable(0xC0, 0x1B8)
	additionalTones = toneTable(0x1EA0, 0x1F00)
)

func toneTable(from, to rune) []toned {
	table := make([]toned, to-from)
	for i := range table {
		table[i].base = from + rune(i)
	}
	for _, line := range vowels {
		all := []rune(line)
		for tone, r := range all {
			if r >= from && r < to {
				table[r-from] = toned{all[0], uint8(tone)}
			}
		}
	}
	return table
}

// FoldTone gives the key that finds a name in whichever way its tone mark was
// placed: lower case, NFC, spaces as in Fold, and the tone of each syllable
// where the older style puts it. "Thuỵ" and "Thụy", "hoà" and "hòa", "khoẻ" and
// "khỏe" become one; "quý", "giá" and "quà", which have one right place, keep
// it, and "qúy" joins "quý". Words that are not Vietnamese syllables keep their
// marks.
func FoldTone(s string) string {
	if folded(s) {
		return s
	}
	s, _ = NFC(s)
	var room [shortText]byte
	var letters [2 * longestSyllable]rune
	dst, word := room[:0], letters[:0]
	for _, r := range s {
		if vietnamese(r) || unicode.IsLetter(r) || unicode.Is(unicode.M, r) {
			word = append(word, lower(r))
			continue
		}
		dst, word = appendWord(dst, word), word[:0]
		switch {
		case unicode.IsSpace(r):
			if n := len(dst); n > 0 && dst[n-1] != ' ' {
				dst = append(dst, ' ')
			}
		case !blank(r):
			dst = utf8.AppendRune(dst, r)
		}
	}
	dst = appendWord(dst, word)
	return strings.TrimSuffix(string(dst), " ")
}

// vietnamese tells quickly of most letters of Vietnamese that they are letters.
func vietnamese(r rune) bool {
	return r|0x20 >= 'a' && r|0x20 <= 'z' || r >= 0x1EA0 && r <= 0x1EF9
}

// lower is unicode.ToLower, and takes Ð and Ɖ, which are typed for Đ, as that.
func lower(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z':
		return r
	case r >= 0x1EA0 && r <= 0x1EF9: // pairs of a capital and a small letter
		return r | 1
	case r == 'Ð', r == 'ð', r == 'Ɖ', r == 'ɖ':
		return 'đ'
	}
	return unicode.ToLower(r)
}

// appendWord appends the letters of a word with the tone in its place.
func appendWord(dst []byte, word []rune) []byte {
	if len(word) <= longestSyllable {
		placeTone(word)
	}
	for _, r := range word {
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

const longestSyllable = 7 // letters; "nghiêng"

// placeTone moves the tone of a lower-case syllable to its place. It leaves
// alone what is not one syllable with one tone.
func placeTone(w []rune) {
	var bare [longestSyllable]rune
	tone, marks, now := uint8(0), 0, 0
	for i, r := range w {
		t := splitTone(r)
		bare[i] = t.base
		if t.tone > 0 {
			tone, now = t.tone, i
			marks++
		}
	}
	if marks != 1 {
		return
	}
	from, to, ok := nucleus(bare[:len(w)])
	if !ok {
		return
	}
	at := from + toneAt(bare[from:to], to < len(w))
	if at == now {
		return
	}
	w[now] = bare[now]
	w[at] = joinTone(toned{bare[at], tone})
}

// nucleus finds the vowels of a syllable, w[from:to], after qu and gi, whose
// second letter belongs to the consonant if a vowel follows.
func nucleus(w []rune) (from, to int, ok bool) {
	for from < len(w) && !vowel(w[from]) {
		from++
	}
	if from == 1 && len(w) > 2 && vowel(w[2]) {
		if w[0] == 'q' && w[1] == 'u' || w[0] == 'g' && w[1] == 'i' {
			from++
		}
	}
	for to = from; to < len(w) && vowel(w[to]); to++ {
	}
	if to == from || to-from > 3 {
		return 0, 0, false
	}
	switch string(w[to:]) {
	case "", "c", "ch", "m", "n", "ng", "nh", "p", "t", "k":
		return from, to, true
	}
	return 0, 0, false
}

func vowel(r rune) bool {
	switch r {
	case 'a', 'ă', 'â', 'e', 'ê', 'i', 'o', 'ô', 'ơ', 'u', 'ư', 'y':
		return true
	}
	return false
}

// toneAt says which of the vowels bears the tone. coda: a consonant follows.
func toneAt(v []rune, coda bool) int {
	for i := len(v) - 1; i >= 0; i-- {
		switch v[i] {
		case 'ă', 'â', 'ê', 'ô', 'ơ', 'ư':
			return i // thuở, giường: the last of them
		}
	}
	switch {
	case len(v) == 3: // khuỷu, ngoài
		return 1
	case len(v) == 2 && coda: // hoàn, huýt
		return 1
	}
	return 0 // mùa, and by the older style hòa, thủy
}
