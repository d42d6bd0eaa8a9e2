package viet

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFix(t *testing.T) {
	zeros := func(width int) func([]byte) ([]byte, bool) {
		return func(b []byte) ([]byte, bool) { return FixZeros(b, width) }
	}
	rules := map[string]func([]byte) ([]byte, bool){
		"digits": FixDigits, "spaces": FixSpaces, "tone": FixTone,
		"zeros12": zeros(12), "zeros5": zeros(5), "zeros99": zeros(99),
	}
	tests := []struct{ rule, in, want string }{
		{"digits", "33O95OO1234", "33095001234"},
		{"digits", "o33095001234", "033095001234"},
		{"digits", "l2.345.678", "12.345.678"},
		{"digits", "2O/I1/2O24", "20/11/2024"},
		{"digits", "03309500123l", "033095001231"},
		{"digits", "09l2 345 678", "0912 345 678"},
		{"zeros12", "33095001234", "033095001234"},
		{"zeros12", "1095001234", "001095001234"},
		{"zeros5", "4", "00004"},
		{"spaces", "  Nguyễn   Văn\u00a0 A ", "Nguyễn Văn A"},
		{"spaces", "a\tb", "a b"},
		{"spaces", "a \n b", "a\nb"},
		{"spaces", "1\u202f234\u3000", "1 234"},
		{"tone", "qúy", "quý"}, {"tone", "Qúy", "Quý"}, {"tone", "QÚY", "QUÝ"},
		{"tone", "gìa", "già"}, {"tone", "gía", "giá"}, {"tone", "cuả", "của"}, {"tone", "Thaí", "Thái"},
		{"tone", "hòan", "hoàn"}, {"tone", "hùynh", "huỳnh"}, {"tone", "muà xuân", "mùa xuân"},
		{"tone", "qủa, gía và (tòan)", "quả, giá và (toàn)"},
		{"tone", "trừơng", "trường"}, {"tone", "NGÒAI", "NGOÀI"}, {"tone", "bìêt", "bìêt"}, // t with a huyền is no syllable
		{"tone", "tíên", "tiến"},
	}
	for _, tt := range tests {
		in := []byte(tt.in)
		out, changed := rules[tt.rule](in)
		if string(out) != tt.want || changed != (tt.in != tt.want) {
			t.Errorf("%s of %q = %q, %v, want %q", tt.rule, tt.in, out, changed, tt.want)
		}
		if string(in) != tt.in {
			t.Errorf("%s of %q wrote into its argument", tt.rule, tt.in)
		}
	}
	stay := map[string][]string{
		"digits":  {"", "O", "Olli", "I", "l.234.567", "II/2024", "I.2", "I.2024", "10l", "500 l", "1.000l", "LOl", "O.5", "12/QĐ-UBND", "89A-12345", "1O", "O2", "2.Io", "1234", "-"},
		"zeros12": {"", "0", "033", "1234.0", "123456789012", "1234567890123", "12 34", "-1", "A1"},
		"zeros5":  {"12345", "00000", "0"},
		"zeros99": {"1"},
		"spaces":  {"", "a b c", "Phường Phố Hiến", "a\nb", "“x” – y…", "x²"},
		"tone": {"", "plain", "hoà", "hòa", "thuỷ", "thủy", "khoẻ", "khỏe", "Hoà Bình", "Hòa Bình", "Thuỵ", "Thụy", "quý", "già", "gìn giữ", "gì",
			"của", "mùa", "khuỷu", "ngoằn ngoèo", "Zoé", "Noël", "Hélène", "José", "Huế", "thuở", "giường", "Đắk Lắk", "Krông Nô", "quà", "quí", "quẻ", "xoèn"},
	}
	for rule, cells := range stay {
		for _, s := range cells {
			in := []byte(s)
			if out, changed := rules[rule](in); changed || string(out) != s {
				t.Errorf("%s of %q = %q, %v", rule, s, out, changed)
			}
		}
	}
}

func TestFixExponent(t *testing.T) {
	tests := []struct{ in, want, code string }{
		{"3.3095001234E+10", "33095001234", ""},
		{"3,3095001234E+10", "33095001234", ""},
		{"3.3095001234e10", "33095001234", ""},
		{"-1.25E+2", "-125", ""},
		{"5E+0", "5E+0", ""}, // below five bytes nothing was shortened
		{"3.31E+10", "3.31E+10", CodeNumberExponent},
		{"3.3095001234E+11", "3.3095001234E+11", CodeNumberExponent},
		{"1.234567890123456E+15", "1.234567890123456E+15", CodeNumberExponent},
		{"1.25E-02", "1.25E-02", ""},
		{"12.5E+1", "12.5E+1", ""},
		{"0.5E+1", "0.5E+1", ""},
		{"33095001234", "33095001234", ""},
		{"E+10", "E+10", ""}, {"3E+", "3E+", ""}, {"-E+10", "-E+10", ""}, {"1.E+10", "1.E+10", ""},
		{"12E45678", "12E45678", ""}, // a code
		{"Phường", "Phường", ""}, {"", "", ""},
	}
	for _, tt := range tests {
		out, changed, err := FixExponent([]byte(tt.in))
		if string(out) != tt.want || Code(err) != tt.code || changed != (tt.in != tt.want) {
			t.Errorf("FixExponent(%q) = %q, %v, %v, want %q, %q", tt.in, out, changed, err, tt.want, tt.code)
		}
	}
}

func TestUnfixZeros(t *testing.T) {
	for _, s := range []string{"33095001234", "1", "100"} {
		out, changed := FixZeros([]byte(s), 13)
		if back := UnfixZeros(out); !changed || string(back) != s {
			t.Errorf("UnfixZeros(%q) = %q, want %q", out, back, s)
		}
	}
}

// The names of a country are spelt right: FixTone must not touch them.
func TestFixTone_Names(t *testing.T) {
	b, err := os.ReadFile("testdata/names.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range strings.Split(string(b), "\n") {
		out, changed := FixTone([]byte(name))
		if !changed {
			continue
		}
		// The list has some misspelt names itself; what changes must only move a tone.
		if Fold(name) != Fold(string(out)) || FoldTone(name) != FoldTone(string(out)) {
			t.Errorf("FixTone(%q) = %q", name, out)
		}
		if n++; n <= 5 {
			t.Logf("%q becomes %q", name, out)
		}
	}
	if n > 20 {
		t.Errorf("%d names change", n)
	}
}

func TestIsSyllable(t *testing.T) {
	for _, s := range strings.Fields("nghiêng khuỷu Quý qúy gì gìn giữ giường hoà hòa Đắk Lắk Đăk Nông yêu yến oăm ngoằn ngoèo quốc xoong a ơi ở HUỲNH thuở khuya quyển tuýp") {
		if !IsSyllable(s) {
			t.Errorf("%q is a syllable", s)
		}
	}
	for _, s := range strings.Fields("hoµ héi café naïve bad nghà cê gê tôt bìêt àá nghiêngg qa w x2 José Krông") {
		if IsSyllable(s) {
			t.Errorf("%q is no syllable", s)
		}
	}
	if IsSyllable("") {
		t.Error("nothing is no syllable")
	}
}

// Most words of the official names of communes are syllables.
func TestIsSyllable_Names(t *testing.T) {
	b, err := os.ReadFile("testdata/names.txt")
	if err != nil {
		t.Fatal(err)
	}
	all, good := 0, 0
	for _, w := range strings.FieldsFunc(string(b), func(r rune) bool { return !inWord(r) }) {
		if composed(w) && len(w) > 1 {
			all++
			if IsSyllable(w) {
				good++
			}
		}
	}
	if good*100 < 97*all {
		t.Errorf("%d of %d words are syllables", good, all)
	}
}

func FuzzFix(f *testing.F) {
	for _, s := range []string{"33O95OO1234", "33095001234", "3.3095001234E+10", " a \u00a0 b\n ", "qúy HÒAN gìa", "\xff", "a\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		in := []byte(s)
		exponent := func(b []byte) ([]byte, bool) {
			out, changed, err := FixExponent(b)
			if err != nil && changed {
				t.Fatalf("FixExponent(%q) = %q, %v", b, out, err)
			}
			return out, changed
		}
		zeros := func(b []byte) ([]byte, bool) {
			out, changed := FixZeros(b, 12)
			if changed && string(UnfixZeros(out)) != s {
				t.Fatalf("UnfixZeros(%q), want %q", out, s)
			}
			return out, changed
		}
		for _, fix := range []func([]byte) ([]byte, bool){FixDigits, FixSpaces, FixTone, zeros, exponent} {
			out, changed := fix(in)
			if string(in) != s || changed != (string(out) != s) || utf8.ValidString(s) && !utf8.Valid(out) {
				t.Fatalf("%q gives %q, %v", s, out, changed)
			}
			if again, more := fix(bytes.Clone(out)); more {
				t.Fatalf("%q gives %q, then %q", s, out, again)
			}
		}
	})
}

func TestNothingToFix_NoAllocations(t *testing.T) {
	for _, s := range []string{"BHXH-2026-000123 abc", "033095001234", "Phường Phố Hiến"} {
		b := []byte(s)
		for _, fix := range []func(){
			func() { FixDigits(b) }, func() { FixSpaces(b) }, func() { FixTone(b) }, func() { FixZeros(b, 12) }, func() { FixExponent(b) },
		} {
			if n := testing.AllocsPerRun(100, fix); n > 0 {
				t.Errorf("%q: %v allocations", s, n)
			}
		}
	}
}

func BenchmarkFix(b *testing.B) {
	for _, s := range []string{"20 bytes of no fault", "03309500123412345678", "Phường Phố Hiến"} {
		in := []byte(s)
		for name, fix := range map[string]func(){
			"digits": func() { FixDigits(in) }, "spaces": func() { FixSpaces(in) }, "tone": func() { FixTone(in) },
			"zeros": func() { FixZeros(in, 12) }, "exponent": func() { FixExponent(in) },
		} {
			b.Run(name+"/"+strings.Fields(s)[0], func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					fix()
				}
			})
		}
	}
}
