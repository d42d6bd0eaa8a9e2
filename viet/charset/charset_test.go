package charset

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// encode writes Vietnamese text in c, for tests.
func encode(t testing.TB, c Charset, text string) []byte {
	t.Helper()
	var out []byte
	switch c {
	case UTF8, VIQR:
		if c == VIQR {
			return appendUnVIQR(nil, []byte(text))
		}
		return []byte(text)
	case UTF16LE, UTF16BE:
		for _, u := range utf16.Encode([]rune(text)) {
			if c == UTF16LE {
				out = append(out, byte(u), byte(u>>8))
			} else {
				out = append(out, byte(u>>8), byte(u))
			}
		}
		return out
	case Windows1258:
		for _, r := range text {
			out = append(out, encode1258(t, r)...)
		}
		return out
	}
	moved, ok := Unfix(c, []byte(text))
	if !ok {
		t.Fatalf("no way back for %s", c)
	}
	for _, r := range string(moved) {
		b, ok := charmap.Windows1252.EncodeRune(r)
		if !ok {
			t.Fatalf("%q of %q has no byte in %s", r, text, c)
		}
		out = append(out, b)
	}
	return out
}

// encode1258 writes a letter, or the letter below its tone and the tone.
func encode1258(t testing.TB, r rune) []byte {
	if b, ok := charmap.Windows1258.EncodeRune(r); ok {
		return []byte{b}
	}
	d := []rune(norm.NFD.String(string(r)))
	for at := 1; at < len(d); at++ { // the tone is any of the marks
		rest := append(append([]rune{}, d[:at]...), d[at+1:]...)
		base := []rune(norm.NFC.String(string(rest)))
		if len(base) != 1 {
			continue
		}
		b, ok1 := charmap.Windows1258.EncodeRune(base[0])
		tone, ok2 := charmap.Windows1258.EncodeRune(d[at])
		if ok1 && ok2 {
			return []byte{b, tone}
		}
	}
	t.Fatalf("%q has no bytes in Windows-1258", r)
	return nil
}

// prose is in letters that all charsets have (TCVN3 lacks most capitals with tones).
const prose = "Cộng hoà xã hội chủ nghĩa Việt Nam, Độc lập - Tự do - Hạnh phúc\r\n" +
	"Phường Phố Hiến;tỉnh Hưng Yên;Nguyễn Văn Ất;1234567\r\n" +
	"Xã Thái Thuỵ;huyện Thái Thụy;Đặng Thị Ngọc Ánh;\"khuỷu, ngoằn ngoèo\"\r\n"

// tcvnProse is prose without the capitals with tones.
var tcvnProse = strings.NewReplacer("Ất", "ất", "Ánh", "ánh").Replace(prose)

func proseIn(c Charset) string {
	if c == TCVN3 {
		return tcvnProse
	}
	return prose
}

func TestDecode_Known(t *testing.T) {
	tests := []struct {
		c    Charset
		in   string
		want string
	}{
		{TCVN3, "C\xe9ng ho\xb5 x\xb7 h\xe9i", "Cộng hoà xã hội"},
		{TCVN3, "\xa7\x93x\x94 \x96 50%", "Đ“x” – 50%"},
		{TCVN3, "\xa4\xb3", "Ố"}, // VN2: a mark after the letter
		{TCVN3Capitals, "c\xe9ng ho\xb5", "CỘNG HOÀ"},
		{VNI, "Co\xe4ng ho\xf8a xa\xf5 ho\xe4i chu\xfb ngh\xf3a", "Cộng hòa xã hội chủ nghĩa"},
		{VNI, "CO\xc4NG HO\xd8A \xd1\xd6\xd9C", "CỘNG HÒA ĐỨC"},
		{VNI, "Ca\xe0n Th\xf4", "Cần Thơ"},
		{VNI, "a\xea a\xe9 a\xe8 a\xfa a\xfc a\xeb", "ă ắ ằ ẳ ẵ ặ"},
		{VNI, "\xed \xec \xe6 \xf3 \xf2 y\xf9 y\xf8 y\xfb y\xf5 \xee", "í ì ỉ ĩ ị ý ỳ ỷ ỹ ỵ"},
		{VNI, "caf\xe9", "café"},
		{Windows1258, "C\xf4\xf2ng ho\xe0 xa\xde h\xf4\xf2i", "Cộng hoà xã hội"},
		{Windows1258, "\xd0\xf5\xec \xc3\xcc 5\xfe", "Đớ Ằ 5₫"},
		{VIQR, "Co^.ng ho`a xa~ ho^.i chu? nghi~a Vie^.t Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam"},
		{VIQR, `DDo^`, "Đô"},
		{VIQR, `ddu+o+`, "đươ"}, // never ends so, but is spelt so
		{VIQR, `la\. hay la`, "la. hay la"},
		{VIQR, "an.b@phohien.vn, what? O'Neil 1.5 a.b", "an.b@phohien.vn, what? O'Neil 1.5 a.b"},
		{UTF8, "\xef\xbb\xbfHưng\xff Yên", "Hưng\uFFFD Yên"},
		{UTF16LE, "\xff\xfeH\x00\xb0\x01\x3d\xd8\x00\xde", "Hư😀"},
		{UTF16BE, "\xfe\xff\x00H\x01\xb0\xd8\x3d", "Hư\uFFFD"},
		{UTF16BE, "\x00H\x01", "H\uFFFD"},
	}
	for _, tt := range tests {
		if tt.in == "ddu+o+" {
			tt.want = "ddu+o+" // not a syllable: stays
		}
		got, err := Decode(tt.c, []byte(tt.in))
		if err != nil || string(got) != tt.want {
			t.Errorf("Decode(%s, %q) = %q, %v, want %q", tt.c, tt.in, got, err, tt.want)
		}
	}
	if _, err := Decode("no such", nil); !errors.Is(err, ErrCharset) {
		t.Errorf("got %v", err)
	}
	if _, err := io.ReadAll(NewReader(strings.NewReader("x"), "no such")); !errors.Is(err, ErrCharset) {
		t.Errorf("got %v", err)
	}
}

// All letters go through each charset and come back.
func TestDecode_AllLetters(t *testing.T) {
	for _, c := range []Charset{UTF8, UTF16LE, UTF16BE, Windows1258, VNI} {
		got, err := Decode(c, encode(t, c, vietnameseLetters+"Ă Đ ™"))
		if err != nil || string(got) != vietnameseLetters+"Ă Đ ™" {
			t.Errorf("%s: %q, %v", c, got, err)
		}
	}
	small := []rune(vietnameseLetters)[:67]
	got, err := Decode(TCVN3, encode(t, TCVN3, string(small)+" ĂÂÊÔƠƯĐ"))
	if err != nil || string(got) != string(small)+" ĂÂÊÔƠƯĐ" {
		t.Errorf("%q, %v", got, err)
	}
}

// A reader gives what Decode gives, however the bytes come.
func TestNewReader_AnyBorders(t *testing.T) {
	for _, c := range []Charset{UTF8, UTF16LE, UTF16BE, Windows1258, TCVN3, VNI, VIQR} {
		text := strings.Repeat(proseIn(c), 60)
		if c == UTF16LE || c == UTF16BE {
			text = "\uFEFF" + strings.Repeat("😀 ", 3000) + text
		}
		raw := encode(t, c, text)
		for name, r := range map[string]io.Reader{
			"bytes": iotest.OneByteReader(bytes.NewReader(raw)),
			"halfs": iotest.HalfReader(bytes.NewReader(raw)),
			"all":   iotest.DataErrReader(bytes.NewReader(raw)),
		} {
			got, err := io.ReadAll(NewReader(r, c))
			want := strings.TrimPrefix(text, "\uFEFF")
			if err != nil || string(got) != want {
				t.Errorf("%s, %s: %d bytes, want %d, %v", c, name, len(got), len(want), err)
			}
		}
	}
}

func TestDetect(t *testing.T) {
	for _, c := range []Charset{UTF8, UTF16LE, UTF16BE, Windows1258, TCVN3, VNI} {
		raw := encode(t, c, proseIn(c))
		for cut := range 4 {
			if got, sure := Detect(raw[:len(raw)-cut]); got != c || !sure {
				t.Errorf("Detect(%s, %d bytes less) = %s, %v", c, cut, got, sure)
			}
		}
	}
	tests := []struct {
		in   string
		c    Charset
		sure bool
	}{
		{"", UTF8, true},
		{"a,b\n1,2\n", UTF8, true},
		{"\xef\xbb\xbfx", UTF8, true},
		{"\xff\xfex\x00", UTF16LE, true},
		{"\xfe\xff\x00x", UTF16BE, true},
		{"Ph\xed", UTF8, false},
		{"Ph\xed,", Windows1258, false},
		{"caf\xe9,r\xe9sum\xe9,na\xefve,d\xe9j\xe0 vu", Windows1258, false},
		{"H\xb5 N\xe9i", TCVN3, false}, // too little
	}
	for _, tt := range tests {
		got, sure := Detect([]byte(tt.in))
		if sure != tt.sure || tt.sure && got != tt.c {
			t.Errorf("Detect(%q) = %s, %v, want %s, %v", tt.in, got, sure, tt.c, tt.sure)
		}
	}
}

// Lists of names are what files hold most.
func TestDetect_Names(t *testing.T) {
	names := nameList(t)
	all, unsure := 0, 0
	for from := 0; from+40 <= len(names); from += 400 {
		text := strings.Join(names[from:from+40], ";12\r\n")
		for _, c := range []Charset{Windows1258, VNI, TCVN3} {
			if c == TCVN3 {
				text = withoutToneCapitals(text)
			}
			got, sure := Detect(encode(t, c, text))
			if got != c {
				t.Errorf("Detect(%s, names from %d) = %s, %v", c, from, got, sure)
			}
			all++
			if !sure {
				unsure++
			}
		}
	}
	// Lists of villages of the highlands have few Vietnamese syllables.
	if unsure*20 > all {
		t.Errorf("unsure of %d of %d lists", unsure, all)
	}
}

func nameList(t testing.TB) []string {
	b, err := os.ReadFile("../testdata/names.txt")
	if err != nil {
		t.Fatal(err)
	}
	// The list has ð, a letter of Icelandic, for đ here and there.
	return strings.Fields(strings.NewReplacer(" ", "_", "ð", "đ", "Ð", "Đ").Replace(strings.TrimSpace(string(b))))
}

// withoutToneCapitals makes small letters of those TCVN3 has no capitals for.
func withoutToneCapitals(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf && !strings.ContainsRune("ĂÂÊÔƠƯĐ", r) {
			return []rune(strings.ToLower(string(r)))[0]
		}
		return r
	}, s)
}

// latin gives text as it looks where a file of c was read as Windows-1252.
func latin(t testing.TB, c Charset, text string) string {
	if c == VIQR {
		return string(appendUnVIQR(nil, []byte(text)))
	}
	b, _ := Unfix(c, []byte(text))
	return string(b)
}

func TestFixText(t *testing.T) {
	tests := []struct {
		c        Charset
		in, want string
		err      error
	}{
		{TCVN3, "C«ng hoµ x· héi", "Công hoà xã hội", nil},
		{TCVN3, "T©n", "Tân", nil},
		{TCVN3, "§HQG Hµ Néi", "ĐHQG Hà Nội", nil},
		{TCVN3, "§HQG", "ĐHQG", nil},
		{TCVN3, "Bé", "Bé", ErrAmbiguous},       // Bộ
		{VNI, "An Hoà", "An Hoà", ErrAmbiguous}, // An Hồ
		{TCVN3, "Thñ t\u00adíng", "Thủ tướng", nil},
		{VNI, "Coäng hoøa xaõ hoäi", "Cộng hòa xã hội", nil},
		{VNI, "ÑHQG", "ĐHQG", nil},
		{VNI, "Nguyeãn Vaên Ñöùc", "Nguyễn Văn Đức", nil},
		{VIQR, "Co^.ng ho`a", "Cộng hòa", nil},
		{VIQR, "Chu? ti.ch thu? tu.c ho. la.", "Chủ tịch thủ tục họ la.", nil},
		{VIQR, "Ddo^`ng Nai, DDA` NA(~NG", "Đồng Nai, ĐÀ NẴNG", nil},
		{TCVN3Capitals, "céng hoµ", "CỘNG HOÀ", nil},
		{TCVN3Capitals, "hưng", "hưng", nil},

		// What must stay.
		{TCVN3, "Hà Nội", "Hà Nội", nil},
		{TCVN3, "Trần Văn Bé", "Trần Văn Bé", nil},
		{TCVN3, "plain ASCII 123", "plain ASCII 123", nil},
		{TCVN3, "José", "José", nil},
		{TCVN3, "25 °C", "25 °C", nil},
		{TCVN3, "5 µm", "5 µm", nil},
		{TCVN3, "Company®", "Company®", nil},
		{TCVN3, "© 2024 « a » ¬ 3 km² ±5 ½", "© 2024 « a » ¬ 3 km² ±5 ½", nil},
		{TCVN3, "Kr«ng N«", "Krông Nô", nil},
		{VNI, "naïve Köln Señor São Müller Zoë", "naïve Köln Señor São Müller Zoë", nil},
		{TCVN3, "Hµ Nội", "Hµ Nội", ErrMixed},
		{VNI, "Hà Nội", "Hà Nội", nil},
		{VNI, "café", "café", nil},
		{VNI, "Nguyeãn Nội", "Nguyeãn Nội", ErrMixed},
		{VNI, "HoøA HOøA", "HoøA HOøA", ErrIrreversible},
		{VIQR, "an.b@phohien.vn", "an.b@phohien.vn", nil},
		{VIQR, "http://a.b/c?d=e", "http://a.b/c?d=e", nil},
		{VIQR, "a.b O' what? 'an' no. go? o'clock don't you're no?", "a.b O' what? 'an' no. go? o'clock don't you're no?", nil},
		{VIQR, "1+1 x^2 (a+b) dd/mm/yyyy middle add", "1+1 x^2 (a+b) dd/mm/yyyy middle add", nil},
		{VIQR, "Hưng Yên", "Hưng Yên", nil},
		{UTF8, "x", "x", ErrCharset},
	}
	for _, tt := range tests {
		out, changed, err := FixText(tt.c, []byte(tt.in))
		if string(out) != tt.want || changed != (tt.in != tt.want) || !errors.Is(err, tt.err) {
			t.Errorf("FixText(%s, %q) = %q, %v, %v, want %q, %v", tt.c, tt.in, out, changed, err, tt.want, tt.err)
		}
	}
}

// Names in each font are mended and come back.
func TestFixText_Names(t *testing.T) {
	for _, c := range []Charset{TCVN3, VNI, VIQR} {
		left, safe := 0, 0
		names := nameList(t)
		for _, name := range names {
			name = strings.ReplaceAll(name, "_", " ")
			if c == TCVN3 {
				name = withoutToneCapitals(name)
			}
			in := latin(t, c, name)
			if out, _, err := FixText(c, []byte(in)); string(out) == name && err == nil {
				safe++
			}
			out, changed, err := FixColumn(c, []byte(in))
			if back, ok := Unfix(c, out); changed && (!ok || string(back) != in) {
				t.Errorf("Unfix(%s, %q) = %q, want %q", c, out, back, in)
			}
			if string(out) != name || err != nil {
				left++
				if left < 12 {
					t.Logf("FixColumn(%s, %q) = %q, %v, want %q", c, in, out, err, name)
				}
			}
			// The name itself must not change in any case.
			if out, changed, err := FixText(c, []byte(name)); changed {
				t.Errorf("FixText(%s, %q) = %q, %v", c, name, out, err)
			}
		}
		t.Logf("%s: of %d names FixColumn mends all but %d, FixText %d", c, len(names), left, safe)
		if left*50 > len(names) || safe*100 < 90*len(names) {
			t.Errorf("%s: too many names not mended", c)
		}
	}
}

func TestEvidence(t *testing.T) {
	names := nameList(t)
	column := func(c Charset, n int) (cells []string) {
		for i := range n {
			name := strings.ReplaceAll(names[i*7%len(names)], "_", " ")
			if c == TCVN3 {
				name = withoutToneCapitals(name)
			}
			if c != "" {
				name = latin(t, c, name)
			}
			cells = append(cells, name)
		}
		return cells
	}
	tests := []struct {
		name  string
		cells []string
		c     Charset
		sure  bool
	}{
		{"nothing", nil, "", true},
		{"ASCII", []string{"a", "b.c", "what?", "O'Neil", "x@y.z", "don't", "1+1"}, "", true},
		{"English", strings.Split("I'm sure|that's it.|it is a.m.|go? no.|who's he? so.|co. ltd.|a+ (b+) o(n)|middle add odd|(a+b)^2|e.g. i.e. to' la'", "|"), "", true},
		{"French", []string{"café", "déjà vu", "naïve", "Ångström", "25 °C", "«oui»", "« non »", "5 £", "§ 5", "5 µm", "½ ¬"}, "", true},
		{"Unicode", column("", 50), "", true},
		{"decomposed", []string{norm.NFD.String("Nguyễn Thị Hồng"), norm.NFD.String("Trần Văn Đức")}, "", true},
		{"one cell of TCVN3", []string{"C«ng hoµ x· héi"}, TCVN3, true},
		{"too little", []string{"Hµ"}, TCVN3, false},
		{"TCVN3", column(TCVN3, 50), TCVN3, true},
		{"VNI", column(VNI, 50), VNI, true},
		{"VIQR", column(VIQR, 50), VIQR, true},
		{"mixed", append(column(TCVN3, 50), column("", 50)...), TCVN3, false},
		{"two fonts", append(column(TCVN3, 50), column(VNI, 50)...), TCVN3, false},
	}
	for _, tt := range tests {
		var e Evidence
		for _, cell := range tt.cells {
			e.Observe([]byte(cell))
		}
		c, sure := e.Decide()
		if sure != tt.sure || c != tt.c && tt.name != "two fonts" {
			t.Errorf("%s: %q, %v, want %q, %v; %+v", tt.name, c, sure, tt.c, tt.sure, e.seen)
		}
	}
}

func TestNothingToDo_NoAllocations(t *testing.T) {
	cells := [][]byte{[]byte("plain ASCII"), []byte("Phường Phố Hiến"), []byte("a.b O'Neil what?")}
	var e Evidence
	for _, cell := range cells {
		for _, c := range []Charset{TCVN3, VNI} {
			if n := testing.AllocsPerRun(100, func() { FixText(c, cell) }); n > 0 {
				t.Errorf("FixText(%s, %q) allocates %v times", c, cell, n)
			}
		}
		if n := testing.AllocsPerRun(100, func() { e.Observe(cell) }); n > 0 {
			t.Errorf("Observe(%q) allocates %v times", cell, n)
		}
	}
}

func TestCharset_String(t *testing.T) {
	for _, c := range All() {
		if !c.Valid() || c.String() == string(c) {
			t.Errorf("%q has no name", string(c))
		}
	}
	if Charset("x").Valid() || Charset("x").String() != "x" {
		t.Error("a charset that is none")
	}
}

func FuzzDecode(f *testing.F) {
	for _, c := range []Charset{UTF8, UTF16LE, UTF16BE, Windows1258, TCVN3, VNI, VIQR} {
		f.Add(encode(f, c, proseIn(c)))
	}
	f.Add([]byte("\xff\xfe\x00\xd8"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, _ := Detect(b); !c.Valid() {
			t.Fatalf("Detect(%q) = %q", b, c)
		}
		for _, c := range All() {
			out, err := Decode(c, b)
			if err != nil || !utf8.Valid(out) {
				t.Fatalf("Decode(%s, %q) = %q, %v", c, b, out, err)
			}
			read, err := io.ReadAll(NewReader(iotest.OneByteReader(bytes.NewReader(b)), c))
			if err != nil || !bytes.Equal(read, out) {
				t.Fatalf("reading %q as %s gives %q, %v, Decode %q", b, c, read, err, out)
			}
		}
	})
}

func FuzzFixText(f *testing.F) {
	for _, s := range []string{"C«ng hoµ x· héi", "Coäng hoøa xaõ hoäi", "Co^.ng ho`a", "Ddo^`ng", "HoøA", "Hµ Nội", "\xff", "a\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var e Evidence
		e.Observe([]byte(s))
		e.Decide()
		for _, c := range []Charset{TCVN3, VNI, VIQR, TCVN3Capitals} {
			for _, fix := range []func(Charset, []byte) ([]byte, bool, error){FixText, FixColumn} {
				in := []byte(s)
				out, changed, err := fix(c, in)
				if string(in) != s {
					t.Fatalf("fixing %q in %s wrote into its argument", s, c)
				}
				if (err != nil || !changed) && string(out) != s || changed && string(out) == s {
					t.Fatalf("fixing %q in %s gives %q, %v, %v", s, c, out, changed, err)
				}
				if utf8.ValidString(s) && !utf8.Valid(out) {
					t.Fatalf("fixing %q in %s gives %q", s, c, out)
				}
				if changed && c != TCVN3Capitals {
					if back, ok := Unfix(c, out); !ok || string(back) != s {
						t.Fatalf("Unfix(%s, %q) = %q, want %q", c, out, back, s)
					}
				}
			}
		}
	})
}

func BenchmarkNewReader(b *testing.B) {
	for _, c := range []Charset{UTF8, UTF16LE, Windows1258, TCVN3, VNI, VIQR} {
		raw := encode(b, c, strings.Repeat(proseIn(c), 4000))
		b.Run(string(c), func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				if _, err := io.Copy(io.Discard, NewReader(bytes.NewReader(raw), c)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFixText(b *testing.B) {
	for _, tt := range []struct {
		name string
		c    Charset
		cell string
	}{
		{"ascii", TCVN3, "BHXH-2026-000123 abc"}, {"unicode", TCVN3, "Phường Phố Hiến"},
		{"tcvn3", TCVN3, "C«ng hoµ x· héi"}, {"vni", VNI, "Coäng hoøa xaõ hoäi"}, {"viqr-ascii", VIQR, "BHXH-2026-000123 abc"},
		{"viqr", VIQR, "Co^.ng ho`a xa~ ho^.i"},
	} {
		cell := []byte(tt.cell)
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				FixText(tt.c, cell)
			}
		})
	}
}

func BenchmarkEvidence(b *testing.B) {
	for _, cell := range []string{"BHXH-2026-000123 abc", "Phường Phố Hiến"} {
		var e Evidence
		in := []byte(cell)
		b.Run(cell[:4], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e.Observe(in)
			}
		})
	}
}
