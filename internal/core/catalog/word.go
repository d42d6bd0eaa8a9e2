package catalog

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/phohien/phohien/viet"
)

// A word is a part of a text: bytes from..to of it and its keys.
type word struct {
	from, to int
	ascii    string // viet.Fold: decides what is found
	tone     string // viet.FoldTone: decides how well it fits
	joined   bool   // no blank between it and the word before: the DT of "GD&ĐT"
}

// words cuts a text. Each call gives the same words for the same text, so that
// the tokens of an index can be laid upon the text again.
func words(s string) []word { return cut(s, wordOf) }

// cut is words with the keys of each word from of.
func cut(s string, of func(string) (word, bool)) []word {
	var all []word
	for i, blank := 0, true; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !letter(r) {
			blank = blank || unicode.IsSpace(r)
			i += n
			continue
		}
		from := i
		for i < len(s) {
			r, n := utf8.DecodeRuneInString(s[i:])
			if !letter(r) {
				break
			}
			i += n
		}
		if w, ok := of(s[from:i]); ok {
			w.from, w.to, w.joined = from, i, !blank
			all = append(all, w)
			blank = false
		}
	}
	return all
}

// wordOf gives the keys of one word; false when nothing of it is left, as of a
// mark alone.
func wordOf(s string) (word, bool) {
	w := word{ascii: viet.Fold(s), tone: viet.FoldTone(s)}
	return w, w.ascii != ""
}

func letter(r rune) bool {
	if r < utf8.RuneSelf {
		return r|0x20 >= 'a' && r|0x20 <= 'z' || r >= '0' && r <= '9'
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r))
}

// iy gives the other spelling of a syllable that ends in i or y after a
// consonant: quản lý, quản lí; Mỹ, Mĩ. Both stand in schoolbooks and laws.
func iy(w word) (word, bool) {
	n := len(w.ascii)
	if n < 2 || n > 4 || vowel(w.ascii[n-2]) || !plain(w.ascii) {
		return w, false
	}
	last, size := utf8.DecodeLastRuneInString(w.tone)
	other, ok := twin(last)
	if !ok {
		return w, false
	}
	ascii := byte('i')
	if w.ascii[n-1] == 'i' {
		ascii = 'y'
	}
	w.ascii = w.ascii[:n-1] + string(ascii)
	w.tone = w.tone[:len(w.tone)-size] + string(other)
	return w, true
}

var twins = []rune("iyìỳỉỷĩỹíýịỵ")

func twin(r rune) (rune, bool) {
	for i, t := range twins {
		if t == r {
			return twins[i^1], true
		}
	}
	return r, false
}

func vowel(c byte) bool { return strings.IndexByte("aeiouy", c) >= 0 }

// plain tells words of nothing but the letters a to z.
func plain(ascii string) bool {
	for i := 0; i < len(ascii); i++ {
		if ascii[i] < 'a' || ascii[i] > 'z' {
			return false
		}
	}
	return true
}

// agreement says how well the accents of an entry's word fit those of a word of
// the search, both with the same letters. marked: the search has accents
// somewhere, so its words without are meant without.
func agreement(query, have string, marked bool) float32 {
	switch {
	case query == have:
		return 1
	case bare(query) && !marked:
		return 0.92
	case bare(query):
		return 0.6
	case bare(have): // the entry was written without accents
		return 0.5
	}
	return 0.35
}

func bare(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
