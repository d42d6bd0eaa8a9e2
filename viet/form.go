package viet

import (
	"bytes"
	"slices"
	"unicode"
	"unicode/utf8"
)

// A Form is a way in which a kind of text is written: a rule that puts a value
// right without changing what it says.
type Form string

// The forms.
const (
	FormWords    Form = "words"    // NGUYỄN VĂN AN → Nguyễn Văn An
	FormSentence Form = "sentence" // đang xử lý → Đang xử lý
	FormUpper    Form = "upper"    // h31.14 → H31.14
	FormLower    Form = "lower"    // Phohien@Example.VN → phohien@example.vn
	FormDigits   Form = "digits"   // 033 095 001-234 → 033095001234
	FormCompact  Form = "compact"  // 2352 / QĐ-UBND → 2352/QĐ-UBND
)

// Forms are all of them.
var Forms = []Form{FormWords, FormSentence, FormUpper, FormLower, FormDigits, FormCompact}

// Valid reports whether there is such a form.
func (f Form) Valid() bool { return slices.Contains(Forms, f) }

// Write puts a text into the form. It returns the text itself when nothing has to
// be changed; b is never written to.
func (f Form) Write(b []byte) (out []byte, changed bool) {
	switch f {
	case FormWords:
		out = capitals(b)
	case FormSentence:
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError || unicode.ToUpper(r) == r {
			return b, false
		}
		out = append(utf8.AppendRune(make([]byte, 0, len(b)+1), unicode.ToUpper(r)), b[n:]...)
	case FormUpper:
		out = bytes.ToUpper(b)
	case FormLower:
		out = bytes.ToLower(b)
	case FormDigits:
		out = closeDigits(b)
	case FormCompact:
		out = bytes.Join(bytes.Fields(b), nil)
	default:
		return b, false
	}
	if bytes.Equal(out, b) {
		return b, false
	}
	return out, true
}

// capitals writes each word that is all in capitals, or all in small letters, with
// one capital at its beginning and behind each apostrophe (H'Hen Niê). Words in
// mixed letters are as somebody wanted them.
func capitals(b []byte) []byte {
	out := make([]byte, 0, len(b)+2)
	for len(b) > 0 {
		n := bytes.IndexFunc(b, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '\'' && r != '’' })
		if n == 0 {
			_, k := utf8.DecodeRune(b)
			out, b = append(out, b[:k]...), b[k:]
			continue
		}
		if n < 0 {
			n = len(b)
		}
		out, b = capitalise(out, b[:n]), b[n:]
	}
	return out
}

func capitalise(out, word []byte) []byte {
	upper, lower := 0, 0
	for _, r := range string(word) {
		switch {
		case unicode.IsUpper(r):
			upper++
		case unicode.IsLower(r):
			lower++
		}
	}
	if upper > 0 && lower > 0 {
		return append(out, word...)
	}
	first := true
	for _, r := range string(word) {
		if first {
			out = utf8.AppendRune(out, unicode.ToUpper(r))
		} else {
			out = utf8.AppendRune(out, unicode.ToLower(r))
		}
		first = r == '\'' || r == '’'
	}
	return out
}

// closeDigits drops spaces, points and hyphens between two digits.
func closeDigits(b []byte) []byte {
	digit := func(i int) bool { return i >= 0 && i < len(b) && b[i] >= '0' && b[i] <= '9' }
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		end := i
		for end < len(b) && (b[end] == ' ' || b[end] == '.' || b[end] == '-') {
			end++
		}
		if end > i {
			if !digit(i-1) || !digit(end) {
				out = append(out, b[i:end]...)
			}
			i = end
			continue
		}
		out = append(out, b[i])
		i++
	}
	return out
}
