package viet

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// SortKey gives a text that sorts by bytes as s sorts in Vietnamese order, to
// be stored beside s: a ă â b c d đ e ê … first, for the whole text; then the
// tones ngang, huyền, hỏi, ngã, sắc, nặng; then small letters before capitals.
// Spaces and punctuation come before digits, those before letters, those before
// other scripts. That is the order of the Unicode collation for Vietnamese. The
// key is plain ASCII for text in Vietnamese. Ð and Ɖ, typed for Đ, sort as Đ. Two texts that differ only in
// invisible characters may have the same key.
func SortKey(s string) string {
	s, _ = NFC(s)
	var room [3][shortText]byte
	buf, marks, cases := room[0][:0], room[1][:0], room[2][:0]
	for _, r := range s {
		if r < utf8.RuneSelf {
			if w := asciiWeight[r]; w != 0 {
				buf, marks, cases = append(buf, w), append(marks, '0'), append(cases, capital(r))
			}
			continue
		}
		buf, marks, cases = weigh(buf, marks, cases, r)
	}
	// The separator ' ' is below every weight. Ordinary letters at the end of a
	// level say nothing, so they go.
	buf = append(append(buf, ' '), trimZeros(marks)...)
	buf = append(append(buf, ' '), trimZeros(cases)...)
	return string(bytes.TrimRight(buf, " "))
}

func trimZeros(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b
}

func capital(r rune) byte {
	if r != lower(r) {
		return '1'
	}
	return '0'
}

// weigh appends the weights of a character beyond ASCII.
func weigh(buf, marks, cases []byte, r rune) (b, m, c []byte) {
	small := lower(r)
	t := splitTone(small)
	if w := letterWeight(t.base); w != 0 {
		return append(buf, w), append(marks, '0'+t.tone), append(cases, capital(r))
	}
	switch {
	case unicode.IsSpace(r):
		return append(buf, asciiWeight[' ']), append(marks, '0'), append(cases, '0')
	case blank(r), unicode.IsControl(r):
		return buf, marks, cases
	case unicode.Is(unicode.Mn, r): // a mark that did not compose is part of its letter
		if len(marks) > 0 {
			marks[len(marks)-1] = foreignMark
		}
		return buf, marks, cases
	}
	// é is Vietnamese, ñ is not: n with a mark that comes after all tones.
	d := []rune(norm.NFD.String(string(small)))
	if len(d) > 1 && d[0] < utf8.RuneSelf && asciiWeight[d[0]] != 0 {
		return append(buf, asciiWeight[d[0]]), append(marks, foreignMark), append(cases, capital(r))
	}
	return utf8.AppendRune(buf, small), append(marks, '0'), append(cases, capital(r))
}

const foreignMark = '6' // after the tones, '0' to '5'

// order lists all characters with a weight of their own, in Unicode's order for
// punctuation. There are fewer of them than printable ASCII characters, so one
// such character is the weight of each.
const order = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"

var asciiWeight, vietnameseWeight = weights()

func weights() (ascii [utf8.RuneSelf]byte, vietnamese ['ư' + 1]byte) {
	w := byte('!')
	for _, r := range order {
		if r < utf8.RuneSelf {
			ascii[r] = w
			ascii[unicode.ToUpper(r)] = w
		} else {
			vietnamese[r] = w
		}
		w++
	}
	return ascii, vietnamese
}

func letterWeight(r rune) byte {
	switch {
	case r < utf8.RuneSelf:
		return asciiWeight[r]
	case r < rune(len(vietnameseWeight)):
		return vietnameseWeight[r]
	}
	return 0
}
