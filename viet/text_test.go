package viet

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// names reads the list of names, one a line.
func names(tb testing.TB) []string {
	tb.Helper()
	b, err := os.ReadFile("testdata/names.txt")
	if err != nil {
		tb.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

func TestNFC_EveryRune(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		s := "a" + string(r) + "b"
		got, changed := NFC(s)
		if want := norm.NFC.String(s); got != want || changed != (want != s) {
			t.Fatalf("NFC(%+q) = %+q, %v, want %+q", s, got, changed, want)
		}
	}
}

func TestNFC_Names(t *testing.T) {
	for _, name := range names(t) {
		apart := norm.NFD.String(name)
		got, changed := NFC(apart)
		if got != norm.NFC.String(name) || changed != (apart != got) {
			t.Fatalf("NFC(%+q) = %+q, %v", apart, got, changed)
		}
	}
}

func TestClean(t *testing.T) {
	tests := []struct {
		in, want string
		changed  bool
	}{
		{"", "", false},
		{"Phố Hiến", "Phố Hiến", false},
		{"  Phố  Hiến\t\r\n", "Phố  Hiến", true},
		{"\u00a0\u200b\ufeff12\u2060\u202f", "12", true},
		{"\ufeffmã", "mã", true},
		{"a\u200cb", "a\u200cb", false},
		{"\u200d\u200c", "", true},
		{" \u3000 ", "", true},
		{"Hiê\u0301n", "Hiến", true},
		{" Hie\u0302\u0301n ", "Hiến", true},
		{"\xff ", "\xff", true},
	}
	for _, tt := range tests {
		got, changed := Clean([]byte(tt.in))
		if string(got) != tt.want || changed != tt.changed {
			t.Errorf("Clean(%q) = %q, %v, want %q, %v", tt.in, got, changed, tt.want, tt.changed)
		}
	}
}

func TestBadRune(t *testing.T) {
	tests := []struct {
		in  string
		r   rune
		pos int
		bad bool
	}{
		{"", 0, 0, false},
		{"Phố Hiến\n\tHưng Yên – “2026”", 0, 0, false},
		{"a\x00", 0, 1, true},
		{"ab\r", '\r', 2, true},
		{"\x7f", 0x7f, 0, true},
		{"é\u0085", 0x85, 2, true},
		{"a\xffb", utf8.RuneError, 1, true},
		{"Nguy\uFFFDn", utf8.RuneError, 4, true},
		{"\u0301a", 0x301, 0, true},
		{"a \u0301", 0x301, 2, true},
		{"a.\u0301", 0x301, 2, true},
		{"ơ\u0306", 0, 0, false}, // Ê Đê
		{"x\u0302\u0301", 0, 0, false},
		{"\uFDD0", 0xFDD0, 0, true},
		{"\U0001FFFE", 0x1FFFE, 0, true},
		{"a\u202Eb", 0x202E, 1, true},
		{"हिन्दी 日本", 0, 0, false},
		{"😀\uFE0F", 0, 0, false},
	}
	for _, tt := range tests {
		r, pos, bad := BadRune(tt.in)
		if r != tt.r || pos != tt.pos || bad != tt.bad {
			t.Errorf("BadRune(%q) = %U, %d, %v, want %U, %d, %v", tt.in, r, pos, bad, tt.r, tt.pos, tt.bad)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", " a ", "e\u0302\u0301", "\u200b x\ufeff", "\xff\u0301", "\u1100\u1161\u11a8"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		given := bytes.Clone(b)
		got, changed := Clean(b)
		if !bytes.Equal(b, given) {
			t.Fatalf("Clean wrote into its argument %q", given)
		}
		if changed == bytes.Equal(got, b) {
			t.Fatalf("Clean(%q) = %q, changed %v", b, got, changed)
		}
		if !norm.NFC.IsNormal(got) {
			t.Fatalf("Clean(%q) = %q is not NFC", b, got)
		}
		again, changed := Clean(got)
		if changed || !bytes.Equal(again, got) {
			t.Fatalf("Clean(%q) = %q, and that again gives %q", b, got, again)
		}
		if _, _, bad := BadRune(string(got)); !bad && !utf8.Valid(got) {
			t.Fatalf("BadRune passes %q", got)
		}
	})
}
