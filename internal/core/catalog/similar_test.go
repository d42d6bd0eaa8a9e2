package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/core/catalog/catalogtest"
)

func TestSimilar_Judged(t *testing.T) {
	x := real(t)
	systems := catalog.Like{Kinds: []catalog.Kind{catalog.System}, Limit: 3}
	for _, c := range []struct {
		title, want string
		least, most float64
		shared      string // one of the reasons
	}{
		{"Hệ thống một cửa điện tử xã", "A29", 0.6, 0.99, "Hệ thống một cửa điện tử"},
		{"Cơ sở dữ liệu quốc gia về dân cư", "C01", 1, 1, "dân cư"},
		{"csdl quoc gia ve dan cu", "C01", 1, 1, "dan cu"},
		{"Trung tâm giám sát, điều hành thông minh (IOC)", "A12", 1, 1, "IOC"},
		{"Hệ thống quan trắc môi trường tự động", "C87", 0.6, 0.99, "quan trắc môi trường"},
		{"Từ điển dữ liệu", "A05", 0.6, 0.99, "Từ điển"},
		{"Đăng nhập một lần", "A23", 0.6, 0.99, "Đăng nhập một lần"},
		{"Hồ sơ sức khoẻ điện tử", "C78", 0.8, 0.99, "sức khoẻ"},
		{"Học bạ điện tử", "C98", 0.6, 0.99, "Học bạ"},
		{"Trợ lý ảo cho công chức", "A26", 0.6, 0.99, "Trợ lý ảo"},
		{"Phần mềm thư viện trường học", "C103", 0.5, 0.99, "thư viện"},
		{"Hệ thống camera giao thông", "C32", 0.5, 0.99, "camera giao thông"},
		{"Hệ thống họp trực tuyến", "B23", 0.7, 0.99, "họp trực tuyến"},
		{"Cổng dịch vụ công của tỉnh", "B13", 0.6, 0.99, "dịch vụ công"},
		{"Trục liên thông dữ liệu LGSP", "A01", 0.6, 0.99, "LGSP"},
		{"Phần mềm quản lí văn bản và điều hành", "A37", 0.8, 0.99, "văn bản và điều hành"},
		{"Nền tảng điện toán đám mây", "A43", 0.7, 0.99, "điện toán đám mây"},
	} {
		got := x.Similar(catalog.Entry{Kind: catalog.System, Title: c.title}, systems)
		if len(got) == 0 || got[0].Entry.ID != c.want {
			t.Errorf("%s: %v", c.title, describe(got))
			continue
		}
		m := got[0]
		if m.Measure < c.least || m.Measure > c.most || m.Same != (m.Measure == 1) {
			t.Errorf("%s: %s", c.title, describe(got))
		}
		if !strings.Contains(strings.Join(m.Shared, "|"), c.shared) {
			t.Errorf("%s: shares %q, want %q", c.title, m.Shared, c.shared)
		}
	}
	for _, title := range []string{"Hệ thống nuôi tôm trên sao Hoả", "Phần mềm", "Hệ thống quản lý", "", "???"} {
		if got := x.Similar(catalog.Entry{Title: title}, systems); len(got) > 0 && got[0].Measure > 0.6 {
			t.Errorf("%q: %s", title, describe(got))
		}
	}
}

// Pairs among the systems that do the same, in the province and in the nation.
func TestSimilar_Pairs(t *testing.T) {
	x := real(t)
	for _, pair := range [][2]string{
		{"A01", "B01"}, {"A17", "B17"}, {"A38", "B21"}, {"A39", "B23"}, {"A43", "B10"}, {"B24", "C22"}, {"C02", "C89"}, {"C10", "C65"}, {"C76", "C79"}, {"A33", "A34"},
	} {
		e, ok := x.Entry(catalog.Ref{Kind: catalog.System, ID: pair[0]})
		if !ok {
			t.Fatalf("no system %s", pair[0])
		}
		got := x.Similar(*e, catalog.Like{Kinds: []catalog.Kind{catalog.System}, Limit: 4})
		at := slices.IndexFunc(got, func(m catalog.Match) bool { return m.Entry.ID == pair[1] })
		if at < 0 || got[at].Measure < 0.4 {
			t.Errorf("%s: %s, want %s", pair[0], describe(got), pair[1])
		}
		for _, m := range got {
			if m.Entry.ID == pair[0] {
				t.Errorf("%s is like itself", pair[0])
			}
		}
	}
}

// Each system, asked for under another id, is found as the same.
func TestSimilar_Same(t *testing.T) {
	entries, err := catalogtest.Real()
	if err != nil {
		t.Fatal(err)
	}
	x, n := build(t, entries...), 0
	for _, e := range entries {
		if e.Kind != catalog.System {
			continue
		}
		n++
		got := x.Similar(catalog.Entry{Kind: e.Kind, ID: "new", Title: strings.ToUpper(e.Title)}, catalog.Like{Kinds: []catalog.Kind{catalog.System}})
		if len(got) == 0 || !got[0].Same || got[0].Measure != 1 {
			t.Errorf("%s %s: %s", e.ID, e.Title, describe(got))
		}
		for i, m := range got {
			if m.Measure < 0 || m.Measure > 1 || i > 0 && m.Measure > got[i-1].Measure {
				t.Errorf("%s: %s", e.ID, describe(got))
			}
		}
	}
	if n < 249 {
		t.Errorf("%d systems", n)
	}
}

func describe(all []catalog.Match) string {
	var parts []string
	for _, m := range all {
		parts = append(parts, m.Entry.ID+" "+m.Entry.Title)
	}
	return strings.Join(parts, "; ")
}
