package catalog

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/foundation/spelling"
	"github.com/phohien/phohien/viet"
)

func TestLexicon(t *testing.T) {
	l, err := readLexicon()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, want string }{
		{"CSDL đất đai", "cơ sở dữ liệu đất đai"},
		{"Cơ sở dữ liệu đất đai", "csdl đất đai"},
		{"Sở KH&CN Huế", "sở khoa học và công nghệ huế|sở khcn huế"},
		{"Sở Khoa học và Công nghệ", "skhcn|sở khcn"},
		{"Cơ sở dữ liệu quốc gia về y tế", "csdlqg về y tế|csdl quốc gia về y tế"},
		{"Ai đã khai thác", ""},
		{"Ứng dụng AI", "ứng dụng trí tuệ nhân tạo"},
		{"KH & CN", ""}, // not one piece
		{"Bệnh viện", ""},
		{"", ""},
	} {
		var got []string
		all, _ := l.readings(words(c.text), c.text)
		for _, ws := range all {
			var tones []string
			for _, w := range ws {
				tones = append(tones, w.tone)
			}
			got = append(got, strings.Join(tones, " "))
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
	for first, list := range l.shorts {
		for _, p := range list {
			if !slices.ContainsFunc(l.longs[p.long[0].ascii], func(q phrase) bool { return sameWords(q.seq, p.long) && q.canon == p.canon }) {
				t.Errorf("%s of %s does not lead back", first, p.canon.ascii)
			}
		}
	}
}

func TestLexicon_Refuses(t *testing.T) {
	for name, fill := range map[string]func(*lexicon) error{
		"two meanings": func(l *lexicon) error {
			l.short([]string{"AB", "an bình"})
			return l.short([]string{"AB", "âm binh"})
		},
		"one word":       func(l *lexicon) error { return l.short([]string{"AB", "an"}) },
		"nothing":        func(l *lexicon) error { return l.short([]string{"", "an bình"}) },
		"one name":       func(l *lexicon) error { return l.alike([]string{"một cửa", ""}) },
		"an empty name":  func(l *lexicon) error { return l.alike([]string{"một cửa | ", ""}) },
		"no such kind":   func(l *lexicon) error { return l.common([]string{"và", "other"}) },
		"no such a file": func(l *lexicon) error { return table("none", l.short) },
	} {
		l := &lexicon{shorts: map[string][]phrase{}, longs: map[string][]phrase{}, same: map[string][]phrase{}, stop: map[string]bool{}, canon: map[string]bool{}}
		if err := fill(l); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Thái Thuỵ", "thai/thái thuy/thụy+"},
		{"KH&CN", "kh/kh cn/cn="},
		{"Sở KH&CN", "so/sở kh/kh+ cn/cn="},
		{"  a,b ;c ", "a/a b/b= c/c+"},
		{"2352/QĐ-UBND", "2352/2352 qd/qđ= ubnd/ubnd="},
		{"ky\u0303 thua\u0323\u0302t", "ky/kỹ thuat/thuật+"},
		{"\u0301", ""},
		{"…—!", ""},
		{"\xff\xfeđất", "dat/đất"},
	} {
		var got []string
		for i, w := range words(c.text) {
			sign := ""
			if i > 0 {
				sign = map[bool]string{true: "=", false: "+"}[w.joined]
			}
			got = append(got, w.ascii+"/"+w.tone+sign)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
	for text, want := range map[string]string{"lí": "lý", "lý": "lí", "mĩ": "mỹ", "kỹ": "kĩ", "chi": "chy", "tai": "", "nghi": "nghy", "y": "", "kinh": ""} {
		w, _ := wordOf(text)
		other, ok := iy(w)
		if ok != (want != "") || ok && (other.tone != want || other.ascii != viet.Fold(want)) {
			t.Errorf("%s: %v %v, want %q", text, other, ok, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		most int
		want int
	}{
		{"thong", "thong", 1, 0}, {"thogn", "thong", 1, 1}, {"thon", "thong", 1, 1}, {"thongg", "thong", 1, 1}, {"thang", "thong", 1, 1},
		{"htong", "thong", 1, 1}, {"hton", "thong", 1, 2}, {"cameraa", "camera", 2, 1}, {"", "ab", 2, 2}, {"abc", "", 2, 3},
		{strings.Repeat("a", longestMended+1), strings.Repeat("a", longestMended+1), 2, 3},
	} {
		if got, back := distance(c.a, c.b, c.most), distance(c.b, c.a, c.most); got != c.want || back != c.want {
			t.Errorf("%q %q: %d and %d, want %d", c.a, c.b, got, back, c.want)
		}
	}
	// A swap is one slip here and two there; else they agree.
	r := rand.New(rand.NewPCG(1, 1))
	word := func() string {
		b := make([]byte, r.IntN(9))
		for i := range b {
			b[i] = "abcd"[r.IntN(4)]
		}
		return string(b)
	}
	swapped := 0
	for range 20000 {
		a, b := word(), word()
		got, plain := distance(a, b, 3), spelling.Distance(a, b)
		if got > min(plain, 4) || plain > 2*got && got <= 3 {
			t.Fatalf("%q %q: %d, without swaps %d", a, b, got, plain)
		}
		if got < plain && got <= 3 {
			swapped++
		}
	}
	if swapped == 0 {
		t.Error("no swap was tried")
	}
}

func TestSortFirst(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	less := func(a, b scored) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return int(a.doc) - int(b.doc)
	}
	for range 2000 {
		all := make([]scored, r.IntN(300))
		for i := range all {
			all[i] = scored{uint32(i), float32(r.IntN(1 + r.IntN(50)))}
		}
		want := slices.Clone(all)
		slices.SortFunc(want, less)
		k := r.IntN(len(all) + 20)
		sortFirst(all, k, less)
		k = min(k, len(all))
		if !slices.Equal(all[:k], want[:k]) {
			t.Fatalf("first %d of %d", k, len(all))
		}
		slices.SortFunc(all, less)
		if !slices.Equal(all, want) {
			t.Fatal("something is lost")
		}
	}
}

// Whatever is typed is read without failing, within the bounds, and as the same
// again when its words are typed plainly.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "dân cư", `"y tế" xã`, "“y tế", "KH&CN, GD&ĐT", "hy-ubnd", "2352/QĐ-UBND", "\xff\"\"", "và của các", "dulieu", strings.Repeat("a ", 600), "Thái Thuỵ"} {
		f.Add(s)
	}
	x := newIndex([]*segment{newSegment([]Entry{
		{Kind: Dataset, ID: "a", Title: "Dân cư xã Thái Thuỵ", Text: "Sở KH&CN, CSDL"}, {Kind: Code, ID: "b", Title: "y tế", Codes: []string{"2352/QĐ-UBND"}, Sight: "s"},
	})}, nil, counts{})
	f.Fuzz(func(t *testing.T, text string) {
		w := parse(text)
		if len(w.units) > mostUnits {
			t.Fatalf("%d words", len(w.units))
		}
		required := false
		for i, u := range w.units {
			if u.ascii == "" || strings.ContainsAny(u.ascii, " \t\n") || u.phrase > w.phrases || u.last != (i == len(w.units)-1 && u.phrase == 0) {
				t.Fatalf("%+v", u)
			}
			if !utf8.ValidString(u.ascii) || !utf8.ValidString(u.tone) {
				t.Fatalf("%q is not text", u.tone)
			}
			required = required || !u.optional
		}
		if len(w.units) > 0 && !required {
			t.Fatal("nothing must be there")
		}
		if again := parse(strings.Join(keys(unitWords(w)), " ")); !strings.ContainsAny(text, quotes) && len(text) < mostText && len(again.units) != len(w.units) {
			t.Fatalf("%q and again %q", keys(unitWords(w)), keys(unitWords(again)))
		}
		for _, q := range []Query{{Text: text}, {Text: text, Typing: true, Sort: ByTitle}} {
			r := x.Search(q)
			if r.Total != len(r.Hits) || slices.ContainsFunc(r.Hits, func(h Hit) bool { return h.Entry.Sight != "" }) {
				t.Fatalf("%+v", r)
			}
			for _, h := range r.Hits {
				for _, at := range h.Title {
					if at.From < 0 || at.To > len(h.Entry.Title) || at.From >= at.To {
						t.Fatalf("%v of %q", at, h.Entry.Title)
					}
				}
			}
		}
		x.Suggest(Query{Text: text})
		for _, m := range x.Similar(Entry{Title: text}, Like{Least: 1e-9}) {
			if !(m.Measure > 0 && m.Measure <= 1) {
				t.Fatalf("%v", m)
			}
		}
	})
}

func unitWords(w wanted) (all []word) {
	for _, u := range w.units {
		all = append(all, u.word)
	}
	return all
}
