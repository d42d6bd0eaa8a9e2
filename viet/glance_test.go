package viet

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// fixEveryTone is FixTone without looking for what need not be looked at.
func fixEveryTone(b []byte) []byte {
	b = bytes.Clone(b)
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if !inWord(r) {
			i += n
			continue
		}
		from, to := wordAround(b, i)
		movables := 0
		for _, r := range string(b[from:to]) {
			if movable(r) != 0 {
				movables++
			}
		}
		var w toneWord
		if at, ok := w.misplaced(b[from:to]); ok && movables > 0 {
			b = w.write(b, from, to, at)
			to = from + w.size
		}
		i = to
	}
	return b
}

// plainly is GlancePlain, letter by letter.
func plainly(b []byte) bool {
	if !utf8.Valid(b) || len(b) > 0 && (b[0] == ' ' || b[len(b)-1] == ' ') {
		return false
	}
	for _, r := range string(b) {
		if (r < ' ' || r > '~') && (r < 0xC0 || r > 0x1BF) && (r < 0x1E00 || r > 0x1EFF) {
			return false
		}
	}
	return true
}

// checkLook compares a glance, and FixTone, with the long way round.
func checkLook(t interface{ Fatalf(string, ...any) }, b []byte) {
	before := bytes.Clone(b)
	fixed := fixEveryTone(b)
	if out, changed := FixTone(b); !bytes.Equal(out, fixed) || changed != !bytes.Equal(out, b) {
		t.Fatalf("FixTone(%q) = %q, %v; want %q", b, out, changed, fixed)
	}
	look := Look(b)
	if !bytes.Equal(b, before) {
		t.Fatalf("Look and FixTone changed %q to %q", before, b)
	}
	if !plainly(b) {
		if look != 0 {
			t.Fatalf("Look(%q) = %b; it is not plain", b, look)
		}
		return
	}
	if look&GlancePlain == 0 {
		t.Fatalf("Look(%q) = %b; it is plain", b, look)
	}
	if out, changed := Clean(b); changed || !bytes.Equal(out, b) {
		t.Fatalf("Clean(%q) = %q; Look says there is nothing to clean", b, out)
	}
	if r, at, bad := BadRune(string(b)); bad {
		t.Fatalf("BadRune(%q) = %q at %d; Look says there is none", b, r, at)
	}
	if gaps := bytes.Contains(b, []byte("  ")); gaps != (look&GlanceGaps != 0) {
		t.Fatalf("Look(%q) = %b; two spaces side by side: %v", b, look, gaps)
	}
	if out, changed := FixSpaces(b); changed && look&GlanceGaps == 0 {
		t.Fatalf("FixSpaces(%q) = %q; Look says there is nothing to do", b, out)
	}
	if look&GlanceTones == 0 && !bytes.Equal(fixed, b) {
		t.Fatalf("FixTone(%q) = %q; Look says there is nothing to do", b, fixed)
	}
}

func TestLook(t *testing.T) {
	for text, want := range map[string]Glance{
		"": GlancePlain, "a": GlancePlain, "HS000000001": GlancePlain, "Xã Phố Hiến": GlancePlain, "Ệ": GlancePlain,
		"Nguyễn Văn Hoàng": GlancePlain, "Bùi Thị Quỳnh, hòa, hoà, thuỷ": GlancePlain,
		"Nguyễn  Văn An": GlancePlain | GlanceGaps, "1234567  ": 0, "12345678  9": GlancePlain | GlanceGaps, "1234567  9": GlancePlain | GlanceGaps,
		"ấ  b": GlancePlain | GlanceGaps, "a  ấ": GlancePlain | GlanceGaps, " a": 0, "a ": 0, " ": 0,
		"cuả": GlancePlain | GlanceTones, "hòan": GlancePlain | GlanceTones, "qúy": GlancePlain | GlanceTones, "gìa": GlancePlain | GlanceTones,
		"số 12 — không": 0, "a\tb": 0, "a\x7f": 0, "\xff": 0, "e\u0301": 0, "abcdefg\xc3": 0, "abcdefgh\xe1\xbb": 0, "\u00a0": 0,
	} {
		if got := Look([]byte(text)); got != want {
			t.Errorf("Look(%q) = %b, want %b", text, got, want)
		}
		checkLook(t, []byte(text))
	}
}

// Every beginning, every one to three vowels with a tone on each, every ending.
func TestLook_Syllables(t *testing.T) {
	var letters []rune
	for _, line := range vowels {
		letters = append(letters, []rune(line)[0])
	}
	onsets := []string{"", "b", "g", "q", "ngh", "đ", "Q", "G", "ba", "k "}
	codas := []string{"", "c", "ch", "nh", "t", "b", " a", "đ", "ông", "."}
	check := func(nucleus []rune) {
		for at, r := range nucleus {
			toned := append([]rune(nil), nucleus...)
			toned[at] = withTone(r)
			for _, o := range onsets {
				for _, c := range codas {
					checkLook(t, []byte(o+string(toned)+c))
				}
			}
		}
	}
	for _, a := range letters {
		check([]rune{a})
		for _, b := range letters {
			check([]rune{a, b})
			if testing.Short() {
				continue
			}
			for _, c := range letters {
				check([]rune{a, b, c})
			}
		}
	}
}

// withTone is a vowel with the tone sắc.
func withTone(r rune) rune { return joinTone(toned{r, 4}) }

func TestLook_Property(t *testing.T) {
	pieces := rapid.SampledFrom([]string{
		"a", "o", "u", "y", "i", "g", "q", "n", "h", "t", " ", "  ", "Ế", "ư", "đ", "à", "Ò", "ú", "ỳ", "ỉ", "ạ", "uỷ", "oà", "quý", "giá", "ừa", "abcdefgh",
		"\u0301", "\x00", "\x7f", "\xff", "\xc3", "\u00a0", "\u200b", "\t", "\n", "𠀋", "\xe1\xbb", "Ǆ", "ợợợ", "-",
	})
	rapid.Check(t, func(t *rapid.T) {
		checkLook(t, []byte(strings.Join(rapid.SliceOfN(pieces, 0, 24).Draw(t, "pieces"), "")))
	})
}

func FuzzLook(f *testing.F) {
	for _, s := range []string{"", "Xã Phố Hiến", "cuả hòan qúy gìa", "a  b", "số 12 — không", "\xe1\xbb", "abcdefg\x7f", "Quỳnh Hoàng Bùi", "e\u0301", "ưở ừa ƯỜI"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) { checkLook(t, b) })
}
