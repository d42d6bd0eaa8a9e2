package app

import (
	"context"
	"encoding/json"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/packs"
)

// TestSearch_feed: every room is found by who may know of it, and a change is found
// after the next look.
func TestSearch_feed(t *testing.T) {
	l := settle(t, storetest.SQLite(t), population{})
	if err := l.refreshSearch(t.Context()); err != nil {
		t.Fatal(err)
	}
	asks := func(who policy.Who, text string, kinds ...catalog.Kind) (found []string) {
		t.Helper()
		ctx := door.With(context.Background(), &door.Caller{Who: who})
		r := l.described.finder.Search(ctx, catalog.Query{Text: text, Kinds: kinds, Limit: 1000})
		for _, h := range r.Hits {
			found = append(found, string(h.Entry.Kind)+":"+h.Entry.ID)
		}
		return found
	}
	official := policy.Who{Kind: "person", ID: "thu", Org: "hy-snv", Roles: []string{"public", "official"}}
	for _, c := range []struct {
		name  string
		who   policy.Who
		text  string
		kinds []catalog.Kind
		want  string
		found bool
	}{
		{"an organisation, by anybody", policy.Anonymous, "so y te", []catalog.Kind{catalog.Organisation}, "organisation:hy-syt", true},
		{"a code list, by anybody", policy.Anonymous, "trang thai cua he thong", []catalog.Kind{catalog.CodeList}, "code-list:trang-thai-he-thong", true},
		{"its codes", policy.Anonymous, "van hanh thu", []catalog.Kind{catalog.Code}, "code:trang-thai-he-thong/van-hanh-thu", true},
		{"the contract of a shared set, by an official", official, "so dang ky he thong", []catalog.Kind{catalog.Dataset}, "dataset:hy-he-thong", true},
		{"and not by a stranger", policy.Anonymous, "so dang ky he thong", []catalog.Kind{catalog.Dataset}, "dataset:hy-he-thong", false},
		{"a restricted set, by who answers for it", policy.Who{Kind: "person", ID: "y", Org: "hy-syt", Orgs: []string{"hy-syt"}, Covers: []string{"hy-syt"}, Roles: []string{"public", "official"}}, "nguoi-huong", nil, "dataset:nguoi-huong", true},
		{"and not by another agency's official", official, "nguoi-huong", nil, "dataset:nguoi-huong", false},
		{"nor by its fields", official, "so dinh danh", []catalog.Kind{catalog.Column}, "column:nguoi-huong/so_dinh_danh", false},
	} {
		if got := asks(c.who, c.text, c.kinds...); slices.Contains(got, c.want) != c.found {
			t.Errorf("%s: %q finds %v", c.name, c.text, got[:min(10, len(got))])
		}
	}
	// Nothing has changed: nothing is gathered again.
	l.described.mu.Lock()
	before := l.described.whole
	l.described.mu.Unlock()
	if err := l.refreshSearch(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !l.described.whole.Equal(before) {
		t.Error("gathered again although nothing has changed")
	}
}

func TestFreshness(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	for age, want := range map[time.Duration]string{
		time.Hour: "day", 24 * time.Hour: "day", 25 * time.Hour: "week", 20 * 24 * time.Hour: "month", 60 * 24 * time.Hour: "quarter", 300 * 24 * time.Hour: "year", 400 * 24 * time.Hour: "older",
	} {
		if got := freshness(now.Add(-age), now); got != want {
			t.Errorf("%v: %q, want %q", age, got, want)
		}
	}
	if got := freshness(time.Time{}, now); got != "" {
		t.Errorf("never: %q", got)
	}
}

// TestSearch_names: what the list is narrowed by bears names in the reader's
// language, on the page and beside the codes that the API gives; no code stands
// alone, and nothing stands there twice.
func TestSearch_names(t *testing.T) {
	l := &dutyLand{land: settle(t, storetest.SQLite(t), population{}), t: t}
	shipped(t, l.App, "ha-tinh", "quang-ngai") // agencies there run systems of the register, too
	files, _ := packs.Open("hung-yen")
	for dataset, file := range map[string]string{"hy-he-thong.he_thong": "hy-he-thong.csv", "hy-he-thong-quy-trinh.buoc": "hy-he-thong-buoc.csv"} {
		body, err := fs.ReadFile(files, "data/"+file)
		if err != nil {
			t.Fatal(err)
		}
		(&province{l.App}).send(t, dataset, file, body)
	}
	if err := l.refreshSearch(t.Context()); err != nil {
		t.Fatal(err)
	}
	v := &visitor{}
	l.signIn(t, v, policy.RoleGovernor, "hy-skhcn", 961)
	code := regexp.MustCompile(`^[a-z0-9]+([-_][a-z0-9]+)*$`)
	for lang, wants := range map[string][]string{
		"vi": {"Y tế", "Đơn vị hành chính", "danh mục", "Dữ liệu mở", "Đang áp dụng", "Bộ dữ liệu", "Vận hành", "Dân cư"},
		"en": {"Health", "Administrative units", "reference", "Open", "In force", "Data set", "In operation", "Population"},
	} {
		r := get("/api/v1/search?limit=1")
		r.Header.Set("Accept-Language", lang)
		w := l.ask(v, r)
		var out struct {
			Facets map[string][]api.SearchCount
		}
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != 200 {
			t.Fatalf("%d %v %.500s", w.Code, err, w.Body)
		}
		said := map[string]bool{}
		for facet, counts := range out.Facets {
			here := map[string]bool{}
			for _, c := range counts {
				if c.Name == "" || c.Name == c.Value && code.MatchString(c.Value) {
					t.Errorf("%s, %s: %q is called %q", lang, facet, c.Value, c.Name)
				}
				if here[c.Name] && facet != "owner" {
					t.Errorf("%s, %s: %q stands there twice", lang, facet, c.Name)
				}
				here[c.Name], said[c.Name] = true, true
			}
		}
		page := l.page(v, "/search?lang="+lang, 200)
		for _, want := range wants {
			if !said[want] || !strings.Contains(page, want) {
				t.Errorf("%s: %q is not offered", lang, want)
			}
		}
	}
}
