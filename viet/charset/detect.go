package charset

import (
	"bytes"
	"unicode/utf8"
)

// longestSample is how much of a sample is looked at.
const longestSample = 256 << 10

// Detect says which encoding a file is in, from its first bytes, and whether
// that is sure. A byte order mark is; so is UTF-16 without one, if nearly all
// units are of Vietnamese text; so is what is valid UTF-8, plain ASCII among
// it. Among the encodings of 8 bits, words that become Vietnamese syllables in
// one and not in the others decide. If they are too few, sure is false and c
// the likeliest. The sample may end in the midst of a character.
//
// A file in VIQR is ASCII, where only single columns may be VIQR: ask
// [Evidence] for each.
func Detect(sample []byte) (c Charset, sure bool) {
	if len(sample) > longestSample {
		sample = sample[:longestSample]
	}
	switch {
	case bytes.HasPrefix(sample, []byte("\xEF\xBB\xBF")):
		return UTF8, true
	case bytes.HasPrefix(sample, []byte("\xFF\xFE")):
		return UTF16LE, true
	case bytes.HasPrefix(sample, []byte("\xFE\xFF")):
		return UTF16BE, true
	}
	if c, ok := detect16(sample); ok {
		return c, true
	}
	if n := wholeSample(sample); utf8.Valid(sample[:n]) {
		return UTF8, n == len(sample) || !ascii(sample[:n]) // one odd byte at the end shows nothing
	}
	return detect8(sample)
}

// wholeSample gives the length of b without a character that is cut at its end.
func wholeSample(b []byte) int {
	for back := 1; back <= 3 && back <= len(b); back++ {
		if c := b[len(b)-back]; c >= 0xC0 {
			if !utf8.FullRune(b[len(b)-back:]) {
				return len(b) - back
			}
			break
		}
	}
	return len(b)
}

// detect16 looks for UTF-16 without its mark: Vietnamese text has a high byte
// of nothing but 0, 1, 3, 1E and 20, and 0 often.
func detect16(b []byte) (Charset, bool) {
	var zero, usual [2]int
	n := len(b) / 2
	if n < 4 {
		return "", false
	}
	for i := range 2 * n {
		switch b[i] {
		case 0:
			zero[i&1]++
			usual[i&1]++
		case 1, 3, 0x1E, 0x20:
			usual[i&1]++
		}
	}
	switch {
	case zero[1] > n/4 && usual[1] > n-n/16 && zero[0] <= n/64:
		return UTF16LE, true
	case zero[0] > n/4 && usual[0] > n-n/16 && zero[1] <= n/64:
		return UTF16BE, true
	}
	return "", false
}

// detect8 decodes the sample in each encoding of 8 bits and counts the words
// that are Vietnamese in it.
func detect8(b []byte) (Charset, bool) {
	type score struct {
		c         Charset
		good, bad int
	}
	var best, second score
	for _, c := range []Charset{TCVN3, VNI, Windows1258} {
		s := score{c: c}
		text, err := Decode(c, b)
		if err != nil { // none of these gives one
			continue
		}
		s.good, s.bad = soundWords(text)
		if d := s.good - s.bad; best.c == "" || d > best.good-best.bad {
			best, second = s, best
		} else if second.c == "" || d > second.good-second.bad {
			second = s
		}
	}
	if best.good == 0 {
		return Windows1258, false // the superset of what other countries write
	}
	ahead, behind := best.good-best.bad, max(second.good-second.bad, 0)
	return best.c, best.good >= enough && ahead-behind >= enough && ahead >= 2*behind
}

// enough is how many words that are Vietnamese in one way only make it sure.
const enough = 3

// soundWords counts the words with letters beyond ASCII.
func soundWords(text []byte) (good, bad int) {
	for len(text) > 0 {
		var tok token
		text = tok.next(text)
		switch {
		case !tok.word():
		case tok.sound():
			good++
		default:
			bad++
		}
	}
	return good, bad
}
