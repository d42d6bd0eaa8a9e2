package viet

import (
	"sync"
	"unicode/utf8"
)

// The spelling of a Vietnamese syllable: an initial consonant, a rime, a tone.
// The lists follow the tables of initials and rimes in the spelling books; a
// final k and the rimes of words from other languages of the country ("Đắk
// Lắk", "xoong") are in, since names of places have them.

var initials = []string{
	"", "b", "c", "ch", "d", "đ", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh", "nh", "p", "ph",
	"qu", "r", "s", "t", "th", "tr", "v", "x",
}

var rimes = []string{
	"a", "ac", "ach", "ai", "ak", "am", "an", "ang", "anh", "ao", "ap", "at", "au", "ay",
	"ăc", "ăk", "ăm", "ăn", "ăng", "ăp", "ăt",
	"âc", "âm", "ân", "âng", "âp", "ât", "âu", "ây",
	"e", "ec", "em", "en", "eng", "eo", "ep", "et",
	"ê", "êch", "êm", "ên", "ênh", "êp", "êt", "êu",
	"i", "ia", "ich", "iêc", "iêm", "iên", "iêng", "iêp", "iêt", "iêu", "im", "in", "inh", "ip", "it", "iu",
	"o", "oa", "oac", "oach", "oai", "oam", "oan", "oang", "oanh", "oao", "oap", "oat", "oay",
	"oăc", "oăm", "oăn", "oăng", "oăt", "oc", "oe", "oen", "oeo", "oet", "oi", "ok", "om", "on", "ong", "ooc", "oong", "op", "ot",
	"ô", "ôc", "ôi", "ôk", "ôm", "ôn", "ông", "ôp", "ôt",
	"ơ", "ơi", "ơm", "ơn", "ơp", "ơt",
	"u", "ua", "uâc", "uân", "uâng", "uât", "uây", "uc", "uê", "uêch", "uên", "uênh", "uêt", "uêu", "ui", "uk", "um", "un", "ung",
	"uôc", "uôi", "uôm", "uôn", "uông", "uôt", "uơ", "up", "ut", "uy", "uya", "uych", "uyên", "uyêt", "uyn", "uynh", "uyp", "uyt", "uyu",
	"ư", "ưa", "ưc", "ưi", "ưm", "ưng", "ưt", "ưu", "ươc", "ươi", "ươm", "ươn", "ương", "ươp", "ươt", "ươu",
	"y", "yêm", "yên", "yêng", "yêt", "yêu", "ym", "ynh", "yt",
}

// fits tells whether spelling lets the initial stand before the rime.
func fits(initial, rime string) bool {
	first, _ := utf8.DecodeRuneInString(rime)
	front := first == 'e' || first == 'ê' || first == 'i' || first == 'y'
	switch initial {
	case "c":
		return !front
	case "gh", "ngh":
		return front && first != 'y'
	case "g", "ng":
		return first != 'e' && first != 'ê'
	case "gi":
		return first != 'i' && first != 'y'
	case "qu":
		return first != 'u' && first != 'ư' && !(first == 'o' && len(rime) > 1)
	}
	return true
}

// letters of syllables, in the order of their codes from 1 on.
const syllableLetters = "aăâbcdđeêghiklmnoôơpqrstuưvxy"

var letterCode = func() (codes ['ư' + 1]uint8) {
	n := uint8(0)
	for _, r := range syllableLetters {
		n++
		codes[r] = n
	}
	return codes
}()

// A stop says which tones a syllable may bear.
type stop uint8

const (
	open    stop = 1 + iota
	stopped      // ends in c, ch, p or t: only sắc and nặng
	loose        // ends in k, a spelling of names: those, or none written
)

// syllables holds all of them without tones, by the codes of their letters, 5
// bits each.
var syllables = sync.OnceValue(func() map[uint64]stop {
	all := make(map[uint64]stop, len(initials)*len(rimes))
	for _, rime := range rimes {
		kind := open
		switch rime[len(rime)-1] {
		case 'c', 'p', 't':
			kind = stopped
		case 'k':
			kind = loose
		case 'h':
			if rime[len(rime)-2] == 'c' {
				kind = stopped
			}
		}
		for _, initial := range initials {
			if fits(initial, rime) {
				key := uint64(0)
				for _, r := range initial + rime {
					key = key<<5 | uint64(letterCode[r])
				}
				all[key] = kind
			}
		}
	}
	return all
})

// IsSyllable tells whether a word, in NFC and in small letters or capitals, can
// be a Vietnamese syllable: letters that go together and a tone they can bear,
// wherever among the vowels its mark was put ("quý" and also "qúy"). English
// words can be syllables too ("can", "the"); what tells is a word with marks
// that is one, or is not.
func IsSyllable(word string) bool {
	key, tone, ok := syllableKey(word)
	if !ok {
		return false
	}
	switch syllables()[key] {
	case open:
		return true
	case stopped:
		return tone >= 4
	case loose:
		return tone >= 4 || tone == 0
	}
	return false
}

// syllableKey gives the code of the letters of a word and its tone.
func syllableKey(word string) (key uint64, tone uint8, ok bool) {
	n := 0
	for _, r := range word {
		t := splitTone(lower(r))
		if t.base >= rune(len(letterCode)) || letterCode[t.base] == 0 || n == longestSyllable || t.tone > 0 && tone > 0 {
			return 0, 0, false
		}
		if t.tone > 0 {
			tone = t.tone
		}
		key = key<<5 | uint64(letterCode[t.base])
		n++
	}
	return key, tone, n > 0
}
