package catalog_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/core/catalog/catalogtest"
	"github.com/phohien/phohien/viet"
)

// real is the index of what the packs describe.
func real(t testing.TB) *catalog.Index {
	t.Helper()
	entries, err := catalogtest.Real()
	if err != nil {
		t.Fatal(err)
	}
	return build(t, entries...)
}

func build(t testing.TB, entries ...catalog.Entry) *catalog.Index {
	t.Helper()
	x, err := catalog.Build(entries)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// titled makes data sets that have nothing but a title; the id is its place.
func titled(titles ...string) (all []catalog.Entry) {
	for i, title := range titles {
		all = append(all, catalog.Entry{Kind: catalog.Dataset, ID: fmt.Sprint("n", i), Title: title})
	}
	return all
}

func titles(r catalog.Result) (all []string) {
	for _, h := range r.Hits {
		all = append(all, h.Entry.Title)
	}
	return all
}

func ids(r catalog.Result) (all []string) {
	for _, h := range r.Hits {
		all = append(all, h.Entry.ID)
	}
	return all
}

// What officials would type, and what they expect first: an id, or "=" and a
// title that several may have. Packs grow; a query here must name its answer so
// well that more entries do not change it.
var judged = []struct{ query, want string }{
	// without accents, with them, the tone mark elsewhere
	{"thai thuy", "hy-ubnd-thai-thuy"},
	{"Thái Thụy", "hy-ubnd-thai-thuy"},
	{"Thái Thuỵ", "hy-ubnd-thai-thuy"},
	{"THÁI THỤY", "hy-ubnd-thai-thuy"},
	{"ủy ban nhân dân phường phố hiến", "hy-ubnd-pho-hien"},
	{"uỷ ban nhân dân phường Phố Hiến", "hy-ubnd-pho-hien"},
	{"so y te", "hy-syt"},
	{"học bạ", "C98"},
	{"hoc ba so", "C98"},
	{"bệnh án điện tử", "C74"},
	{"ho so suc khoe", "C78"},
	{"nhiệt độ", "hy-thoi-tiet-gio"},
	{"quan trac moi truong", "C87"},
	{"đất quốc phòng", "C113"},
	{"hiến máu", "C114"},
	{"cá nhân tổ chức kho dữ liệu điện tử", "A30"},

	// abbreviations, both ways
	{"ubnd pho hien", "hy-ubnd-pho-hien"},
	{"UBND tỉnh Hưng Yên", "hy-ubnd"},
	{"csdl dân cư", "C01"},
	{"cơ sở dữ liệu dân cư", "C01"},
	{"cơ sở dữ liệu quốc gia về đất đai", "C02"},
	{"sở khcn", "=Sở Khoa học và Công nghệ"},
	{"Sở KH&CN", "=Sở Khoa học và Công nghệ"},
	{"sở khoa học và công nghệ", "=Sở Khoa học và Công nghệ"},
	{"sở gd&đt", "=Sở Giáo dục và Đào tạo"},
	{"sgddt", "=Sở Giáo dục và Đào tạo"},
	{"tthc tinh", "A29"},
	{"giải quyết thủ tục hành chính", "A29"},
	{"IOC", "A12"},
	{"SOC", "A45"},
	{"lgsp", "A01"},
	{"thương mại điện tử cấp tỉnh", "C49"},
	{"san tmdt cap tinh", "C49"},
	{"hội nghị truyền hình", "A39"},

	// pairs of syllables
	{"kho dữ liệu dùng chung", "A03"},
	{"du lieu mo", "A04"},
	{"nhiệm vụ chuyển đổi số", "hy-nhiem-vu"},
	{"ranh giới xã", "hy-xa-ranh-gioi"},
	{"ranh giới 34 tỉnh", "vn-tinh-ranh-gioi"},
	{"tuyển sinh lớp 10", "C100"},
	{"trợ cấp xã hội", "hy-tro-cap-xa-hoi"},
	{"giá hàng hóa chợ", "mau-gia-hang-hoa"},
	{"ngày nghỉ lễ", "vn-ngay-nghi-le"},
	{"danh mục dân tộc", "dan-toc"},

	// typos, the last word unfinished, words run together
	{"bệnh việnn", "vn-co-so-y-te-ha-noi"},
	{"cameraa giám sát giao thông", "C32"},
	{"truy xuat nguno goc ocop", "C94"},
	{"thư vieen điện tử", "C103"},
	{"truy xuất ngu", "C51"},
	{"tuyen sinh dau c", "C99"},
	{"dulieu mo", "A04"},
	{"quản lí văn bản", "A37"},

	// codes and ids
	{"11953", "hy-ubnd-pho-hien"},
	{"A29", "A29"},
	{"a29", "A29"},
	{"kh-he-thong", "kh-he-thong"},
	{"hy-ubnd-pho-h", "hy-ubnd-pho-hien"},
	{"V-APEX", "B03"},
	{"Ê-đê", "dan-toc/12"},

	// English
	{"electronic medical", "C74"},
	{"provincial open data portal", "A04"},
	{"health department", "hy-syt"},
}

func TestSearch_Judged(t *testing.T) {
	x := real(t)
	for _, c := range judged {
		r := x.Search(catalog.Query{Text: c.query, Limit: 3})
		got := ""
		if len(r.Hits) > 0 {
			got = r.Hits[0].Entry.ID
			if strings.HasPrefix(c.want, "=") {
				got = "=" + r.Hits[0].Entry.Title
			}
		}
		if got != c.want {
			t.Errorf("%q: first is %q of %d, want %q; %q", c.query, got, r.Total, c.want, titles(r))
		}
	}
}

func TestSearch_Accents(t *testing.T) {
	x := build(t, titled("Má", "Mã", "Mạ", "Ma", "Sổ mã", "Thái Thuỵ", "Thai Thuy", "Thái Thúy", "Thải thủy", "Đường", "Dương", "Xã Mĩ Lộc")...)
	for _, c := range []struct {
		query string
		want  string // the first titles, in order
	}{
		{"má", "Má"},
		{"mã", "Mã,Sổ mã"},
		{"ma", "Ma"},
		{"Thái Thụy", "Thái Thuỵ"},
		{"Thái Thuỵ", "Thái Thuỵ"},
		{"Thái Thúy", "Thái Thúy"},
		{"thai thuy", "Thai Thuy"},
		{"đường", "Đường"},
		{"dương", "Dương"},
		{"Mỹ Lộc", "Xã Mĩ Lộc"},
	} {
		got := titles(x.Search(catalog.Query{Text: c.query}))
		if first := strings.Join(got[:min(len(got), strings.Count(c.want, ",")+1)], ","); first != c.want {
			t.Errorf("%q: %q, want first %q", c.query, got, c.want)
		}
	}
	// Other accents are found, lower, and without accents all are.
	for query, want := range map[string]int{"má": 5, "mã": 5, "ma": 5, "Thái Thụy": 4, "thai thuy": 4, "duong": 2} {
		if r := x.Search(catalog.Query{Text: query}); r.Total != want {
			t.Errorf("%q: %q, want %d", query, titles(r), want)
		}
	}
	// A text whose marks stand apart is the same text.
	if got := titles(x.Search(catalog.Query{Text: "Thái Thụy"})); got[0] != "Thái Thuỵ" {
		t.Errorf("decomposed: %q", got)
	}
}

func TestSearch_Order(t *testing.T) {
	entries := []catalog.Entry{
		{Kind: catalog.Dataset, ID: "a", Title: "Dân cư"},
		{Kind: catalog.Dataset, ID: "b", Title: "Cư dân vùng ven", Text: "người dân và nơi cư trú"},
		{Kind: catalog.Dataset, ID: "c", Title: "Hộ nghèo", Text: "số hộ dân cư"},
		{Kind: catalog.Dataset, ID: "d", Title: "Nhà ở", Keywords: []string{"dân cư"}},
		{Kind: catalog.Dataset, ID: "e", Title: "Nơi cư trú của người dân trong khu vực"},
		{Kind: catalog.Column, ID: "f", Title: "Dân cư"},
	}
	r := build(t, entries...).Search(catalog.Query{Text: "dân cư"})
	if got := strings.Join(ids(r), " "); !strings.HasPrefix(got, "a f d ") || len(r.Hits) != 6 {
		t.Errorf("%s", got)
	}
	for i := range r.Hits[1:] {
		if r.Hits[i].Score < r.Hits[i+1].Score {
			t.Errorf("%v before %v", r.Hits[i], r.Hits[i+1])
		}
	}
	heavy := slices.Clone(entries)
	heavy[0].Weight, heavy[5].Weight = 0.1, 10
	if got := ids(build(t, heavy...).Search(catalog.Query{Text: "dân cư"}))[0]; got != "f" {
		t.Errorf("what weighs most is not first but %s", got)
	}
}

func TestSearch_Quotes(t *testing.T) {
	x := build(t, titled("Y tế xã", "Kinh tế và y học", "Kinh tế y tế", "Tế bào y sinh")...)
	for query, want := range map[string]int{"y tế": 4, `"y tế"`: 2, "“y tế” kinh": 1, `"tế y"`: 1, `"y te`: 2, `"y tế" "xã"`: 1, `"học y"`: 0} {
		if r := x.Search(catalog.Query{Text: query}); r.Total != want {
			t.Errorf("%s: %q, want %d", query, titles(r), want)
		}
	}
}

func TestSearch_Typing(t *testing.T) {
	x := build(t, titled("Công an", "Công chức", "Công ty", "Công", "Cộng")...)
	if r := x.Search(catalog.Query{Text: "công c", Typing: true}); titles(r)[0] != "Công chức" {
		t.Errorf("%q", titles(r))
	}
	if r := x.Search(catalog.Query{Text: "công"}); r.Total != 5 || titles(r)[0] != "Công" {
		t.Errorf("%q", titles(r))
	}
}

func TestSearch_Suggestions(t *testing.T) {
	x := real(t)
	for _, c := range []struct{ query, want string }{
		{"bệnh việnn", "bệnh viện"},
		{"thuw viện", "thư viện"},
		{"dulieu mo", "dữ liệu mở"},
		{"cameraa giao thông", "camera giao thông"},
		{"thư vieen", "thư viện"},
		{"má", "mã"},
	} {
		if got := x.Search(catalog.Query{Text: c.query}).Suggestions; !slices.Contains(got, c.want) {
			t.Errorf("%q: %q, want %q", c.query, got, c.want)
		}
	}
	for _, query := range []string{"", "thai thuy", "Thái Thụy", "Thái Thuỵ", "dân cư", "A29", "kho dữ liệu dùng chung", "quản lí văn bản", "qqqqzzzzxxxx"} {
		if got := x.Search(catalog.Query{Text: query}).Suggestions; got != nil {
			t.Errorf("%q: %q", query, got)
		}
	}
}

func TestSearch_Loose(t *testing.T) {
	x := real(t)
	r := x.Search(catalog.Query{Text: "phần mềm thư viện điện tử trung ương xyzqwk"})
	if !r.Loose || len(r.Hits) == 0 || r.Hits[0].Entry.ID != "C103" {
		t.Errorf("%v %q", r.Loose, titles(r))
	}
	if r := x.Search(catalog.Query{Text: "thư viện điện tử"}); r.Loose {
		t.Error("all words are there")
	}
	if r := x.Search(catalog.Query{Text: "qqqqzzzzxxxx"}); r.Total != 0 || r.Loose && len(r.Hits) > 0 {
		t.Errorf("%q", titles(r))
	}
}

func TestSearch_NotVisible(t *testing.T) {
	entries := titled("Danh sách kín", "Danh sách mở", "Danh mục mật thất", "Danh mục mở")
	entries[0].Sight, entries[2].Sight = "so-y-te", "cong-an"
	entries[0].Owner = catalog.Owner{ID: "secret", Name: "Bí mật"}
	x := build(t, entries...)
	for _, c := range []struct {
		sees func(string) bool
		want int
	}{
		{nil, 2},
		{func(string) bool { return false }, 2},
		{func(s string) bool { return s == "so-y-te" }, 3},
		{func(string) bool { return true }, 4},
	} {
		for _, text := range []string{"", "danh", "danh sahc"} {
			r := x.Search(catalog.Query{Text: text, Sees: c.sees})
			if want := c.want; text != "danh sahc" && (r.Total != want || len(r.Hits) != want || r.Facets[catalog.ByKind][0].N != want) {
				t.Errorf("%q: %d, want %d", text, r.Total, want)
			}
			for _, n := range r.Facets[catalog.ByOwner] {
				if c.want == 2 && n.Value == "secret" {
					t.Error("the owner of what is hidden is counted")
				}
			}
		}
	}
	// Nothing of what is hidden shows: not in suggestions, not by likeness.
	hidden := catalog.Query{Text: "mật thấtt"}
	if r := x.Search(hidden); r.Total != 0 || r.Suggestions != nil {
		t.Errorf("%q %q", titles(r), r.Suggestions)
	}
	if s := x.Suggest(catalog.Query{Text: "mật"}); s != nil {
		t.Errorf("%v", s)
	}
	if m := x.Similar(catalog.Entry{Title: "Danh mục mật thất"}, catalog.Like{}); len(m) > 0 && m[0].Same {
		t.Errorf("%v", m[0])
	}
	asked := 0
	x.Search(catalog.Query{Sees: func(string) bool { asked++; return true }})
	if asked != 2 {
		t.Errorf("asked %d times for two sights", asked)
	}
	r := x.Search(catalog.Query{Text: "danh", On: func(e *catalog.Entry) bool { return e.ID == "n3" }})
	if got := ids(r); !slices.Equal(got, []string{"n3"}) || r.Total != 1 {
		t.Errorf("%q", got)
	}
}

func TestSearch_Sorts(t *testing.T) {
	x := build(t, titled("Đê", "Dê", "Bê", "Âm", "An", "Ăn", "Zê", "Ê")...)
	if got := strings.Join(titles(x.Search(catalog.Query{Sort: catalog.ByTitle})), " "); got != "An Ăn Âm Bê Dê Đê Ê Zê" {
		t.Error(got)
	}
	entries, err := catalogtest.Real()
	if err != nil {
		t.Fatal(err)
	}
	x = build(t, entries...)
	r := x.Search(catalog.Query{Sort: catalog.Newest, Text: "xã", Limit: 100})
	for i := range r.Hits[1:] {
		if r.Hits[i].Entry.Changed.Before(r.Hits[i+1].Entry.Changed) {
			t.Fatalf("%s before %s", r.Hits[i].Entry.Changed, r.Hits[i+1].Entry.Changed)
		}
	}
	// Pages put together are the whole.
	for _, sort := range []catalog.Sort{catalog.Relevance, catalog.ByTitle, catalog.Newest} {
		for _, text := range []string{"", "dữ liệu", "xã"} {
			whole := ids(x.Search(catalog.Query{Text: text, Sort: sort, Limit: 1000}))
			var parts []string
			for at := 0; at < len(whole); at += 7 {
				parts = append(parts, ids(x.Search(catalog.Query{Text: text, Sort: sort, Limit: 7, Offset: at}))...)
			}
			if !slices.Equal(whole, parts[:min(len(parts), len(whole))]) {
				t.Errorf("%q by %q: pages differ from the whole", text, sort)
			}
		}
	}
	if r := x.Search(catalog.Query{Offset: 1 << 20}); len(r.Hits) != 0 || r.Total != x.Len() {
		t.Errorf("%d hits of %d", len(r.Hits), r.Total)
	}
}

// Facets, counted by hand over everything found.
func TestSearch_Facets(t *testing.T) {
	entries, err := catalogtest.Entries(3000, 7)
	if err != nil {
		t.Fatal(err)
	}
	x := build(t, entries...)
	all := func(string) bool { return true }
	for _, q := range []catalog.Query{
		{},
		{Text: "dữ liệu"},
		{Text: "dữ liệu", Kinds: []catalog.Kind{catalog.Dataset, catalog.System}},
		{Text: "xã", Facets: map[catalog.Facet][]string{catalog.ByAccess: {"open", catalog.Unset}, catalog.ByScore: {"a"}}},
		{Facets: map[catalog.Facet][]string{catalog.ByState: {"draft"}, catalog.ByLayer: {"mo"}, catalog.ByKind: {"dataset"}}},
		{Facets: map[catalog.Facet][]string{catalog.ByState: {"no such"}}},
	} {
		q.Sees, q.Limit = all, 1000
		everything := map[catalog.Ref]*catalog.Entry{}
		for at := 0; ; at += 1000 {
			r := x.Search(catalog.Query{Text: q.Text, Sees: all, Limit: 1000, Offset: at})
			for _, h := range r.Hits {
				everything[h.Entry.Ref()] = h.Entry
			}
			if len(r.Hits) == 0 {
				break
			}
		}
		r := x.Search(q)
		want, total := byHand(everything, q)
		if r.Total != total {
			t.Errorf("%v: %d, want %d", q.Facets, r.Total, total)
		}
		for f, counts := range r.Facets {
			listed := 0
			for _, c := range counts {
				listed += c.N
				if want[f][c.Value] != c.N {
					t.Errorf("%q %v: %s %q is %d, want %d", q.Text, q.Facets, f, c.Value, c.N, want[f][c.Value])
				}
				if f == catalog.ByOwner && c.Name == "" && c.Value != catalog.Unset && c.N > 0 && c.Value != "tw-chinh-phu" {
					t.Errorf("owner %q has no name", c.Value)
				}
			}
			if listed == 0 && len(want[f]) > 0 {
				t.Errorf("%q: nothing is counted by %s", q.Text, f)
			}
		}
	}
}

func byHand(all map[catalog.Ref]*catalog.Entry, q catalog.Query) (map[catalog.Facet]map[string]int, int) {
	chosen := map[catalog.Facet][]string{}
	for f, v := range q.Facets {
		chosen[f] = v
	}
	for _, k := range q.Kinds {
		chosen[catalog.ByKind] = append(chosen[catalog.ByKind], string(k))
	}
	value := func(e *catalog.Entry, f catalog.Facet) string {
		v := map[catalog.Facet]string{catalog.ByKind: string(e.Kind), catalog.ByOwner: e.Owner.ID, catalog.BySector: e.Facets.Sector,
			catalog.ByLayer: e.Facets.Layer, catalog.ByAccess: e.Facets.Access, catalog.ByFreshness: e.Facets.Freshness,
			catalog.ByScore: e.Facets.Score, catalog.ByState: e.Facets.State}[f]
		if v == "" {
			return catalog.Unset
		}
		return v
	}
	fits := func(e *catalog.Entry, but catalog.Facet) bool {
		for f, v := range chosen {
			if f != but && !slices.Contains(v, value(e, f)) {
				return false
			}
		}
		return true
	}
	want, total := map[catalog.Facet]map[string]int{}, 0
	for _, f := range catalog.AllFacets() {
		want[f] = map[string]int{}
	}
	for _, e := range all {
		if fits(e, "") {
			total++
		}
		for _, f := range catalog.AllFacets() {
			if fits(e, f) {
				want[f][value(e, f)]++
			}
		}
	}
	return want, total
}

func TestSearch_Ranges(t *testing.T) {
	for _, c := range []struct{ title, query, want string }{
		{"Ủy ban nhân dân xã Thái Thụy", "thai thuy", "Thái Thụy"},
		{"CSDL quốc gia về đất đai", "cơ sở dữ liệu đất đai", "CSDL|đất đai"},
		{"Cơ sở dữ liệu tổng hợp quốc gia", "csdl", "Cơ sở dữ liệu"},
		{"Đào tạo tại Sở KH&CN Huế", "khcn", "KH&CN"},
		{"Kho dữ liệu, dữ liệu mở", "du lieu", "dữ liệu|dữ liệu"},
		{"Xa\u0303 Thụy", "xã", "Xa\u0303"}, // marks apart
		{"Bệnh viện, cơ sở y tế", "bệnh việnn", "Bệnh viện"},
		{"Cửa hàng số và tài khoản", "so va tai khoan", "số|tài khoản"},
	} {
		r := build(t, titled(c.title)...).Search(catalog.Query{Text: c.query})
		if len(r.Hits) != 1 {
			t.Errorf("%q does not find %q", c.query, c.title)
			continue
		}
		var got []string
		for _, at := range r.Hits[0].Title {
			got = append(got, c.title[at.From:at.To])
		}
		if c.query == "so va tai khoan" { // "va" is bare here, so it must be there and is marked
			c.want = "số và tài khoản"
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("%q in %q: %q, want %q", c.query, c.title, got, c.want)
		}
	}
	x := real(t)
	for _, c := range judged {
		for _, h := range x.Search(catalog.Query{Text: c.query, Limit: 50}).Hits {
			checkRanges(t, h.Entry.Title, h.Title)
			checkRanges(t, h.Entry.Text, h.Text)
			if len(h.Title) == 0 && slices.Contains(h.In, catalog.InTitle) || len(h.In) == 0 && h.Score < 50 {
				t.Errorf("%q: %s %q matches nowhere: %v", c.query, h.Entry.ID, h.Entry.Title, h.In)
			}
		}
	}
}

func checkRanges(t *testing.T, text string, ranges []catalog.Range) {
	t.Helper()
	last := -1
	for _, r := range ranges {
		if r.From <= last || r.To <= r.From || r.To > len(text) || !utf8.ValidString(text[r.From:r.To]) || strings.TrimSpace(text[r.From:r.To]) != text[r.From:r.To] {
			t.Errorf("%v of %q", ranges, text)
		}
		last = r.To
	}
}

func TestSuggest(t *testing.T) {
	x := real(t)
	for _, c := range []struct{ typed, want string }{
		{"thai th", "Ủy ban nhân dân xã Thái Thụy"},
		{"so kho", "Sở Khoa học và Công nghệ"},
		{"dân c", "CSDL quốc gia về dân cư"},
		{"he thong ca", "Hệ thống camera giám sát giao thông, an ninh"},
		{"hoc b", "Học bạ số"},
		{"benh an di", "Bệnh án điện tử"},
		{"A29", "Hệ thống thông tin giải quyết TTHC tỉnh"},
		{"benhh an", "Bệnh án điện tử"},
	} {
		var got []string
		for _, s := range x.Suggest(catalog.Query{Text: c.typed}) {
			got = append(got, s.Title)
			checkRanges(t, s.Title, s.Ranges)
			if s.Entry.Title != s.Title {
				t.Errorf("%q: %q is called %q", c.typed, s.Entry.ID, s.Title)
			}
		}
		if !slices.Contains(got, c.want) || len(got) > 8 {
			t.Errorf("%q: %q, want %q", c.typed, got, c.want)
		}
		folded := map[string]bool{}
		for _, g := range got {
			if folded[viet.FoldTone(g)] {
				t.Errorf("%q: %q twice", c.typed, g)
			}
			folded[viet.FoldTone(g)] = true
		}
	}
	if got := x.Suggest(catalog.Query{}); got != nil {
		t.Errorf("nothing typed: %v", got)
	}
	if got := x.Suggest(catalog.Query{Text: "so", Kinds: []catalog.Kind{catalog.Organisation}, Limit: 3}); len(got) != 3 || got[0].Entry.Kind != catalog.Organisation {
		t.Errorf("%v", got)
	}
}

func TestBuild_Refuses(t *testing.T) {
	for name, entries := range map[string][]catalog.Entry{
		"no kind":  {{ID: "a"}},
		"no id":    {{Kind: catalog.Term}},
		"two same": {{Kind: catalog.Term, ID: "a"}, {Kind: catalog.Term, ID: "a"}},
	} {
		if _, err := catalog.Build(entries); err == nil {
			t.Errorf("%s: taken", name)
		}
		if _, err := build(t).Update(entries, nil); err == nil {
			t.Errorf("%s: taken by Update", name)
		}
	}
	if _, err := catalog.Build([]catalog.Entry{{Kind: catalog.Term, ID: "a"}, {Kind: catalog.Code, ID: "a"}}); err != nil {
		t.Error(err)
	}
	if e, ok := real(t).Entry(catalog.Ref{Kind: catalog.System, ID: "A29"}); !ok || e.TitleEn == "" {
		t.Error("A29 is not there")
	}
	if _, ok := real(t).Entry(catalog.Ref{Kind: catalog.Dataset, ID: "A29"}); ok {
		t.Error("A29 is no data set")
	}
}
