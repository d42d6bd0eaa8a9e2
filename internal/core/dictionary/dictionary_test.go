package dictionary_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/viet"
)

const list = `kind: CodeList
id: loai-xa
name: Loại đơn vị cấp xã
version: "1"
licence: CC0-1.0
codes:
  - {code: xa, name: Xã}
  - {code: phuong, name: Phường, aliases: [P., "Phường (đô thị)"]}
  - {code: thi-tran, name: Thị trấn, validTo: 2025-06-30}
  - {code: dac-khu, name: Đặc khu, validFrom: 2025-07-01}
`

func none(name string) ([]byte, error) { return nil, os.ErrNotExist }

func parse(t *testing.T, text string) *dictionary.CodeList {
	t.Helper()
	l, err := dictionary.Parse([]byte(text), none)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func day(t *testing.T, s string) viet.Date {
	t.Helper()
	d, _, err := viet.ParseDate([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestValid(t *testing.T) {
	l := parse(t, list)
	for _, c := range []struct {
		code, on string
		want     bool
	}{
		{"xa", "1990-01-01", true}, {"thi-tran", "2025-06-30", true}, {"thi-tran", "2025-07-01", false},
		{"dac-khu", "2025-06-30", false}, {"dac-khu", "2025-07-01", true}, {"XA", "2025-07-01", false}, {"", "2025-07-01", false},
	} {
		if got := l.Valid(c.code, day(t, c.on)); got != c.want {
			t.Errorf("%q on %s: %v", c.code, c.on, got)
		}
	}
	for text, want := range map[string]string{"phuong do thi": "", "phường (đô thị)": "phuong", "p.": "phuong", "ĐẶC KHU": "dac-khu", "": ""} {
		if got, ok := l.Suggest(text, day(t, "2026-01-01")); got.Code != want && (ok || want != "") {
			t.Errorf("Suggest(%q) = %q", text, got.Code)
		}
	}
	if _, ok := l.Suggest("thị trấn", day(t, "2026-01-01")); ok {
		t.Error("a code that is over is suggested")
	}
	if !l.Known("thi-tran") || l.Known("khac") {
		t.Error("Known")
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"kind: CodeList\nid: a\nname: A\ncolour: red\ncodes: [{code: x}]":                                "4:",
		"kind: CodeList\nid: a\nname: A\ncodes:\n  - {code: x, nme: y}":                                  "5:",
		"kind: CodeLst\nid: a\nname: A\ncodes: [{code: x}]":                                              "kind",
		"kind: CodeList\nid: A b\nname: A\ncodes: [{code: x}]":                                           "id",
		"kind: CodeList\nid: a\ncodes: [{code: x}]":                                                      "name",
		"kind: CodeList\nid: a\nname: A":                                                                 "Exactly one",
		"kind: CodeList\nid: a\nname: A\nfile: x.csv\ncodes: [{code: x}]":                                "Exactly one",
		"kind: CodeList\nid: a\nname: A\nfile: x.csv":                                                    "cannot be opened",
		"kind: CodeList\nid: a\nname: A\ncodes:\n  - {code: x}\n  - {name: y}":                           "6:",
		"kind: CodeList\nid: a\nname: A\ncodes:\n  - {code: x}\n  - {code: x}":                           "twice",
		"kind: CodeList\nid: a\nname: A\ncodes: [{code: x, validFrom: 31/12/2020}]":                      "yyyy-mm-dd",
		"kind: CodeList\nid: a\nname: A\ncodes: [{code: x, validFrom: 2020-02-02, validTo: 2020-01-01}]": "after the last",
		"":                      "kind",
		"kind: CodeList\nid: [": "read",
	} {
		l, err := dictionary.Parse([]byte(text), none)
		var e *dictionary.Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %v, %v", text, l, err)
			continue
		}
		place := strings.TrimSuffix(want, ":")
		if strings.HasSuffix(want, ":") {
			if place != string(rune('0'+e.Line)) {
				t.Errorf("%q: line %d, want %s (%s)", text, e.Line, place, e.En)
			}
		} else if !strings.Contains(e.En, want) || e.Vi == "" {
			t.Errorf("%q: %q, want %q", text, e.En, want)
		}
	}
}

func TestFile(t *testing.T) {
	open := func(text string) func(string) ([]byte, error) {
		return func(string) ([]byte, error) { return []byte(text), nil }
	}
	head := "kind: CodeList\nid: a\nname: A\nfile: data/a.csv\n"
	l, err := dictionary.Parse([]byte(head), open("\ufeffcode,name,valid_from,valid_to,aliases\n01,Một,2020-01-01,2020-12-31,mot|1\n01,Một mới,2021-01-01,,\n\"0,2\",Hai,,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := l.Find("01", day(t, "2022-01-01")); !ok || c.Name != "Một mới" {
		t.Errorf("01 in 2022 is %+v", c)
	}
	if !l.Valid("0,2", day(t, "2022-01-01")) || len(l.Codes[0].Aliases) != 2 {
		t.Errorf("codes %+v", l.Codes)
	}
	for text, line := range map[string]int{"": 1, "code,colour\n": 1, "name\nx\n": 1, "code,name\n01,Một\n02\n": 3, "code,valid_from\n01,\n02,hôm qua\n": 3, "code\n01\n\"\"\n": 3} {
		_, err := dictionary.Parse([]byte(head), open(text))
		var e *dictionary.Error
		if !errors.As(err, &e) || e.Line != line || e.Path != "data/a.csv" {
			t.Errorf("%q: %+v", text, err)
		}
	}
}

func TestDiff(t *testing.T) {
	old := parse(t, list)
	for _, c := range []struct {
		from, to string
		want     string
	}{
		{"", "", ""},
		{"name: Xã}", "name: Xã (nông thôn)}", "compatible"},
		{"  - {code: xa, name: Xã}\n", "", "breaking"},
		{"  - {code: xa, name: Xã}\n", "  - {code: xa, name: Xã}\n  - {code: khac, name: Khác}\n", "compatible"},
		{"validTo: 2025-06-30", "validTo: 2024-06-30", "breaking"},
		{"aliases: [P., ", "aliases: [Ph., P., ", "compatible"},
		{"name: Phường, aliases: [P., ", "name: Phường mới, aliases: [", "compatiblecompatible"},
	} {
		got := ""
		for _, d := range dictionary.Diff(old, parse(t, strings.Replace(list, c.from, c.to, 1))) {
			got += map[bool]string{true: "breaking", false: "compatible"}[d.Breaking]
		}
		if got != c.want {
			t.Errorf("%q → %q: %q", c.from, c.to, got)
		}
	}
}

func TestStore(t *testing.T) {
	by := actor.Actor{Kind: "person", ID: "an"}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		lists := dictionary.NewStore(s.Control())
		a, b := parse(t, list), parse(t, strings.Replace(list, "name: Xã}", "name: Xã mới}", 1))
		for _, l := range []*dictionary.CodeList{a, a, b, a} {
			if err := lists.Put(ctx, by, l); err != nil {
				t.Fatal(err)
			}
		}
		got, err := dictionary.NewStore(s.Control()).Current(ctx, "loai-xa") // without a cache
		if err != nil || got.Digest != a.Digest || !got.Valid("dac-khu", day(t, "2026-01-01")) {
			t.Fatalf("current %+v %v", got, err)
		}
		want, _ := json.Marshal(a)
		if text, _ := json.Marshal(got); string(text) != string(want) {
			t.Errorf("read back\n%s\nwant\n%s", text, want)
		}
		if old, err := lists.Version(ctx, "loai-xa", b.Digest); err != nil || old.Codes[0].Name != "Xã mới" {
			t.Errorf("second version %+v %v", old, err)
		}
		if all, err := lists.List(ctx, "", 10); err != nil || len(all) != 1 {
			t.Errorf("list %v %v", all, err)
		}
		if err := lists.Remove(ctx, by, "loai-xa"); err != nil {
			t.Fatal(err)
		}
		if got, err := lists.Current(ctx, "loai-xa"); err != nil || !got.Retired {
			t.Errorf("after removal %+v %v", got, err)
		}
		if _, err := lists.Current(ctx, "khac"); fault.KindOf(err) != fault.NotFound {
			t.Errorf("an unknown list: %v", err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(list))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := dictionary.Parse(text, none)
		if err == nil && (len(l.Codes) == 0 || l.ID == "" || l.Digest == "") {
			t.Errorf("accepted %+v", l)
		}
	})
}
