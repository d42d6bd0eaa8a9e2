package viet

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// A Glance is what one quick look at a text tells, as bits. Nearly all cells of
// nearly all files have nothing to mend; a glance says so at a fraction of the
// price of trying.
type Glance uint8

const (
	// GlancePlain says that the text is empty or begins and ends with something
	// to see, and is made of printable ASCII and of the precomposed letters of
	// U+00C0–U+01BF and U+1E00–U+1EFF, which are all that Vietnamese needs: Clean,
	// NFC and BadRune have nothing to say of it. Without it no other bit is set.
	GlancePlain Glance = 1 << iota
	// GlanceGaps says that two spaces stand side by side.
	GlanceGaps
	// GlanceTones says that a tone mark may be misplaced; without it FixTone
	// changes nothing.
	GlanceTones
)

// Patterns of eight equal bytes.
const (
	ones   = 0x0101010101010101
	highs  = 0x80 * ones
	blanks = ' ' * ones
	dels   = 0x7F * ones
)

// Look takes a glance at a text.
func Look(b []byte) Glance {
	n := len(b)
	if n == 0 {
		return GlancePlain
	}
	if b[0] == ' ' || b[n-1] == ' ' {
		return 0
	}
	g := GlancePlain
	behind := uint64(0) // the byte before the word is a space
	for i := 0; i < n; {
		var x uint64
		if i+8 <= n {
			x = binary.LittleEndian.Uint64(b[i:])
		} else {
			x = lastEight(b, i)
		}
		y := x ^ dels // a zero byte where x has DEL
		odd := (x | (x-blanks)&^x | (y-ones)&^y) & highs
		z := x ^ blanks
		spaces := ^((z&dels + dels) | z | dels)
		if odd == 0 {
			if spaces&(spaces<<8|behind) != 0 {
				g |= GlanceGaps
			}
			behind = spaces >> 56
			i += 8
			continue
		}
		at := bits.TrailingZeros64(odd) &^ 7 // the lowest is exact, those above may be echoes of it
		spaces &= 1<<at - 1
		if spaces&(spaces<<8|behind) != 0 {
			g |= GlanceGaps
		}
		behind = 0
		i += at / 8
		base, size := tonedVowel(b[i:])
		if size == 0 {
			return 0
		}
		if base != 0 && !toneSettled(b, i, i+size, base) {
			g |= GlanceTones
		}
		i += size
	}
	return g
}

// lastEight gives the fewer than eight bytes of b from i on, the first one lowest,
// and letters for the others.
func lastEight(b []byte, i int) uint64 {
	const letters = 'a' * ones
	switch n, rest := len(b), len(b)-i; {
	case n >= 8:
		return binary.LittleEndian.Uint64(b[n-8:])>>(8*(8-rest)) | letters<<(8*rest)
	case rest >= 4:
		lower, upper := binary.LittleEndian.Uint32(b[i:]), binary.LittleEndian.Uint32(b[n-4:])
		return uint64(lower) | uint64(upper)<<(8*(rest-4)) | letters<<(8*rest)
	default:
		x := uint64(letters) << (8 * rest)
		for k, c := range b[i:] {
			x |= uint64(c) << (8 * k)
		}
		return x
	}
}

// tonedVowel looks at the letter that b begins with. Size is 0 when it is none of
// the precomposed letters of GlancePlain; base is the ASCII vowel under its tone,
// 'w' for ư, when the tone may be in the wrong place, else 0.
func tonedVowel(b []byte) (base byte, size int) {
	switch c := b[0]; {
	case c-0xC3 < 4 && len(b) >= 2 && b[1]>>6 == 2:
		return movableLow[(c-0xC3)<<6|b[1]&0x3F], 2
	case c == 0xE1 && len(b) >= 3 && b[1]-0xB8 < 4 && b[2]>>6 == 2:
		return movableHigh[(b[1]-0xB8)<<6|b[2]&0x3F], 3
	}
	return 0, 0
}

// movableLow and movableHigh give the vowels under tones that may be in the wrong
// place, by the last bytes of their UTF-8: U+00C0–U+01BF and U+1E00–U+1EFF. On ă,
// â, ê, ô and ơ a tone never is.
var movableLow, movableHigh = func() (low, high [256]byte) {
	for i := range low {
		low[i], high[i] = movable(rune(0xC0+i)), movable(rune(0x1E00+i))
	}
	return low, high
}()

func movable(r rune) byte {
	t := splitTone(lower(r))
	switch {
	case t.tone == 0:
		return 0
	case t.base == 'ư':
		return 'w'
	case t.base < utf8.RuneSelf:
		return byte(t.base)
	}
	return 0
}

// toneSettled tells that the tone of the letter b[from:to] is certainly not
// misplaced, or cannot be moved: no vowel stands beside it, or one does in the
// way that most words have it. It looks at bytes and may say no too often.
func toneSettled(b []byte, from, to int, base byte) bool {
	near := func(i int) byte { // 0 where b ends
		if i < 0 || i >= len(b) {
			return 0
		}
		return b[i]
	}
	before, behind := near(from-1), near(to)
	switch {
	case !vowelByte[before] && !vowelByte[behind]: // "Bình"
		return true
	case !vowelByte[behind]:
		if before >= utf8.RuneSelf || vowelByte[near(from-2)] {
			return false
		}
		if asciiLetter(behind) { // "Hoàng", "Quỳnh": two vowels and a consonant
			return true
		}
		before |= 0x20 // "hoà", "khoẻ", "thuỷ" by the newer style
		return before == 'o' && (base == 'a' || base == 'e') || before == 'u' && base == 'y'
	case !vowelByte[before]: // "Bùi", "hòa", "của" and nothing behind
		second := near(to + 1)
		return behind < utf8.RuneSelf && second < utf8.RuneSelf && !asciiLetter(second) && before|0x20 != 'g' && before|0x20 != 'q'
	}
	return false
}

func asciiLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// vowelByte marks ASCII vowels, and all bytes of other letters.
var vowelByte = func() (t [256]bool) {
	for _, c := range []byte("aeiouyAEIOUY") {
		t[c] = true
	}
	for i := utf8.RuneSelf; i < len(t); i++ {
		t[i] = true
	}
	return t
}()
