package viet

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

func TestFold(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"ha noi", "ha noi"},
		{"  Hà   Nội ", "ha noi"},
		{"ĐƯỜNG Đào Duy Từ", "duong dao duy tu"},
		{"Ðường Ɖào", "duong dao"},
		{"Xã Thái Thuỵ", "xa thai thuy"},
		{"Thái Thuỵ", "thai thuy"},
		{"a\u00a0\u3000b\u200b", "a b"},
		{"ƀ Ñ ç Œ ß", "b n c oe ss"},
		{"Đắk Lắk – K'Dang", "dak lak – k'dang"},
		{"Ngu\u0323c\u0301", "nguc"},
		{" ", ""},
		{"Ǣ", "ae"},
		{"a ", "a"},
		{"Ё Ж 日", "е ж 日"},
		{"한", "한"},
	}
	for _, tt := range tests {
		if got := Fold(tt.in); got != tt.want {
			t.Errorf("Fold(%q) = %q, want %q", tt.in, got, tt.want)
		}
		if got := Fold(tt.want); got != tt.want {
			t.Errorf("Fold(%q) = %q, not itself", tt.want, got)
		}
		if got := Fold(norm.NFD.String(tt.in)); got != tt.want {
			t.Errorf("Fold(NFD %q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestAppendFold(t *testing.T) {
	if got := string(AppendFold([]byte("x "), " Hà Nội ")); got != "x ha noi" {
		t.Errorf("got %q", got)
	}
}

// The official spelling of communes without marks is a referee for Fold.
func TestFold_Communes(t *testing.T) {
	b, err := os.ReadFile("testdata/english.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		name, english, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if got, want := Fold(name), strings.ToLower(english); got != want {
			t.Errorf("Fold(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestFoldTone(t *testing.T) {
	same := [][]string{
		{"hòa", "hoà", "HOÀ", "Hòa", " hoà "},
		{"thụy", "thuỵ", "THUỴ"},
		{"khỏe", "khoẻ"},
		{"thủy", "thuỷ"},
		{"úy", "uý", "Uý"},
		{"quý", "qúy", "QUÝ"},
		{"già", "gìa"},
		{"quà", "qùa"},
		{"hoàn", "hòan"},
		{"huỳnh", "hùynh"},
		{"khuỷu", "khủyu"},
		{"của", "cuả"},
		{"thuở", "thủơ"},
		{"khánh hòa", "Khánh  Hoà"},
		{"xã thái thụy", "Xã Thái Thuỵ"},
		{"hòa-bình", "Hoà-Bình"},
		{"(hòa)", "(Hoà)"},
		{"đông", "Ðông", "Ɖông"},
	}
	for _, group := range same {
		for _, s := range group {
			for _, s := range []string{s, norm.NFD.String(s)} {
				if got := FoldTone(s); got != group[0] {
					t.Errorf("FoldTone(%q) = %q, want %q", s, got, group[0])
				}
			}
		}
	}
	stay := []string{
		"quý", "giá", "giày", "quà", "quả", "giếng", "gì", "gìn", "giặc", "quốc", "quên", "mùa", "tía", "người",
		"nghiêng", "nghiễng", "khuya", "nguyễn", "yến", "ỷ", "đường", "rượu", "xoáy", "ngoèo", "quýt", "huýt", "thuế",
		"café", "résumé", "đắk", "ê", "việt nam", "mướp", "cừu", "chứa", "khuyến", "toán", "hóa", "tòa", "lũy", "séoul",
	}
	for _, s := range stay {
		if got := FoldTone(s); got != s {
			t.Errorf("FoldTone(%q) = %q, want it unchanged", s, got)
		}
	}
	different := [][2]string{{"hoa", "hòa"}, {"má", "mà"}, {"qua", "quà"}, {"đa", "da"}, {"tâm", "tăm"}}
	for _, d := range different {
		if FoldTone(d[0]) == FoldTone(d[1]) {
			t.Errorf("FoldTone(%q) = FoldTone(%q)", d[0], d[1])
		}
	}
}

// On names as the state writes them only oa, oe and uy may move.
func TestFoldTone_Names(t *testing.T) {
	newStyle := regexp.MustCompile(`o[àảãáạèẻẽéẹ]|u[ỳỷỹýỵ]`)
	for _, name := range names(t) {
		lower := strings.ReplaceAll(strings.ToLower(norm.NFC.String(name)), "ð", "đ")
		got := FoldTone(name)
		if got != lower && !newStyle.MatchString(lower) {
			t.Errorf("FoldTone(%q) = %q", name, got)
		}
		if Fold(got) != Fold(name) {
			t.Errorf("FoldTone(%q) = %q changes letters", name, got)
		}
	}
}

func TestSortKey_Collate(t *testing.T) {
	list := names(t)
	list = append(list, "", "a", "A", "ă", "Ă", "â", "Â", "à", "ả", "ã", "á", "ạ", "ằ", "ậ", "b", "d", "đ", "Đ", "e", "ê", "đa", "da",
		"z", "0", "9", "10", " a", "a b", "ab", "a-b", "a_b", "a.b", "a(b)", "K'Dang", "KDang", "hoa", "Hoa", "hòa", "Hòa", "hoá", "hóa",
		"Xuân Hương - Đà Lạt", "Số 1", "Số 10", "Số 2", "Điểm 1/2", "a&b", "a@b", "w", "f", "j", "ñ", "n", "o", "ng", "ô", "ơ", "ư", "u")
	slices.Sort(list)
	list = slices.Compact(list)
	c := collate.New(language.Vietnamese)
	var buf collate.Buffer
	byCollation, byKey := slices.Clone(list), slices.Clone(list)
	theirs := map[string]string{}
	for _, s := range list {
		theirs[s] = string(c.KeyFromString(&buf, strings.ReplaceAll(norm.NFC.String(s), "Ð", "Đ")))
		buf.Reset()
	}
	slices.SortStableFunc(byCollation, func(a, b string) int { return strings.Compare(theirs[a], theirs[b]) })
	slices.SortStableFunc(byKey, func(a, b string) int { return strings.Compare(SortKey(a), SortKey(b)) })
	wrong := 0
	for i := range byKey {
		if byKey[i] != byCollation[i] {
			if wrong++; wrong < 20 {
				t.Errorf("place %d: %q (%q), want %q (%q)", i, byKey[i], SortKey(byKey[i]), byCollation[i], SortKey(byCollation[i]))
			}
		}
	}
	t.Logf("%d names, %d out of place", len(list), wrong)
}

func TestSortKey_Order(t *testing.T) {
	want := strings.Fields("a A à ả ã á ạ ă Ă ằ ẳ ẵ ắ ặ â ầ ẩ ẫ ấ ậ b c d đ e è é ê ề ế g h i k l m n o ô ơ p q r s t u ư v x y")
	for i := 1; i < len(want); i++ {
		if a, b := SortKey(want[i-1]), SortKey(want[i]); a >= b {
			t.Errorf("SortKey(%q) = %q is not before SortKey(%q) = %q", want[i-1], a, want[i], b)
		}
	}
	if SortKey("hoà") == SortKey("hòa") {
		t.Error("the two placements of a tone have one key")
	}
}

func TestIdentifier(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Mã đơn vị (2025)", "ma_don_vi_2025"},
		{"", "c"},
		{"%%%", "c"},
		{"2025 dự toán", "c_2025_du_toan"},
		{"__id__", "id"},
		{"Tỷ lệ (%)", "ty_le"},
		{"Ngày/tháng - năm sinh", "ngay_thang_nam_sinh"},
		{"日本", "c"},
		{strings.Repeat("ă", 60), strings.Repeat("a", 48)},
		{strings.Repeat("a", 47) + " b", strings.Repeat("a", 47)},
	}
	for _, tt := range tests {
		if got := Identifier(tt.in); got != tt.want {
			t.Errorf("Identifier(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzKeys(f *testing.F) {
	for _, s := range []string{"", "Hoà Bình", "Mã đơn vị (2025)", "q\u0323uý", "\xff", "İ ſ K", "1 2", "한\u0301"} {
		f.Add(s)
	}
	identifier := regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		folded := Fold(s)
		if again := Fold(folded); again != folded {
			t.Errorf("Fold(%q) = %q, and that again gives %q", s, folded, again)
		}
		toned := FoldTone(s)
		if again := FoldTone(toned); again != toned {
			t.Errorf("FoldTone(%q) = %q, and that again gives %q", s, toned, again)
		}
		id := Identifier(s)
		if !identifier.MatchString(id) || Identifier(id) != id {
			t.Errorf("Identifier(%q) = %q", s, id)
		}
		if key := SortKey(s); !utf8.ValidString(key) || key != SortKey(norm.NFD.String(s)) {
			t.Errorf("SortKey(%q) = %q", s, key)
		}
	})
}
