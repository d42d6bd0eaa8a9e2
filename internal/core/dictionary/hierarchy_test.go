package dictionary_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

const sectors = `kind: CodeList
id: nganh
name: Ngành kinh tế (mẫu)
version: "1"
codes:
  - {code: A, name: Nông nghiệp}
  - {code: "01", name: Trồng trọt, parent: A}
  - {code: "011", name: Cây hằng năm, parent: "01", validTo: 2025-06-30}
  - {code: B, name: Khai khoáng, validFrom: 2020-01-01}
  - {code: "05", name: Than, parent: B, validFrom: 2020-01-01}
`

func TestHierarchy(t *testing.T) {
	l := parse(t, sectors)
	if !l.Hierarchic() || parse(t, list).Hierarchic() {
		t.Error("which lists have a hierarchy is not known")
	}
	shown := func(on string) (all []string) {
		for _, b := range l.Tree(day(t, on)) {
			all = append(all, strings.Repeat("-", b.Depth)+b.Code.Code)
		}
		return all
	}
	if got := strings.Join(shown("2025-01-01"), " "); got != "A -01 --011 B -05" {
		t.Error(got)
	}
	if got := strings.Join(shown("2019-01-01"), " "); got != "A -01 --011" {
		t.Error(got)
	}
	if got := strings.Join(shown("2026-01-01"), " "); got != "A -01 B -05" {
		t.Error(got)
	}
	for _, c := range []struct {
		from, to, says string
		line           int
	}{
		{"parent: B, validFrom: 2020-01-01}", "parent: B}", "không có hiệu lực vào 31/12/2019", 10},
		{`parent: "01", validTo`, `parent: "09", validTo`, "“09” không có trong danh mục", 8},
		{"{code: A, name: Nông nghiệp}", `{code: A, name: Nông nghiệp, parent: "01"}`, "quay lại", 6},
		{"{code: A, name: Nông nghiệp}", `{code: A, name: Nông nghiệp, parent: A}`, "quay lại", 6},
		{"parent: B, validFrom: 2020-01-01}\n", "parent: B, validFrom: 2021-01-01}\n  - {code: \"05\", name: Than cũ, parent: B, validFrom: 2018-01-01, validTo: 2020-12-31}\n", "01/01/2018", 11},
	} {
		_, err := dictionary.Parse([]byte(strings.Replace(sectors, c.from, c.to, 1)), none)
		var e *dictionary.Error
		if !errors.As(err, &e) || !strings.Contains(e.Vi, c.says) || e.Line != c.line {
			t.Errorf("%q: %+v", c.to, err)
		}
	}
	file := func(text string) (*dictionary.CodeList, error) {
		return dictionary.Parse([]byte("kind: CodeList\nid: a\nname: A\nfile: a.csv\n"), func(string) ([]byte, error) { return []byte(text), nil })
	}
	if l, err := file("code,parent\n1,\n11,1\n"); err != nil || l.Codes[1].Parent != "1" {
		t.Errorf("%v %v", l, err)
	}
	var e *dictionary.Error
	if _, err := file("code,parent\n1,\n11,2\n"); !errors.As(err, &e) || e.Line != 3 || e.Path != "a.csv" {
		t.Errorf("%+v", err)
	}
	moved := parse(t, strings.Replace(sectors, `Trồng trọt, parent: A}`, `Trồng trọt}`, 1))
	details := dictionary.Diff(l, moved)
	if len(details) != 1 || !strings.Contains(details[0].Vi, "đổi mã cấp trên") || details[0].Breaking {
		t.Errorf("%+v", details)
	}
}

// TestProposeAll: all of a list become proposals, or none.
func TestProposeAll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx, s := context.Background(), dictionary.NewStore(st.Control())
		terms := parseTerms(t, termFile)
		broken := *terms[1]
		broken.Usage = ""
		if _, err := s.ProposeAll(ctx, lan, []*dictionary.Term{terms[0], &broken}, "thử"); key(err) != "term.wrong" {
			t.Errorf("%v", err)
		}
		if _, err := s.TermVersions(ctx, terms[0].ID); key(err) != "term.unknown" {
			t.Errorf("half of a list is there: %v", err)
		}
		list, err := s.ProposeAll(ctx, lan, terms, "thử")
		if err != nil || len(list) != 2 || list[1].State != dictionary.Proposed {
			t.Errorf("%v %v", list, err)
		}
	})
}

// TestDiffTerms: a fragment read from YAML is the same as one that was kept.
func TestDiffTerms(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx, s := context.Background(), dictionary.NewStore(st.Control())
		term := parseTerms(t, termFile)[0]
		if _, err := s.Propose(ctx, lan, term, "thử"); err != nil {
			t.Fatal(err)
		}
		kept, err := s.TermVersions(ctx, term.ID)
		if err != nil {
			t.Fatal(err)
		}
		if d := dictionary.DiffTerms(kept[0].Term, term); len(d) != 0 {
			t.Errorf("%+v", d)
		}
		other := *term
		other.Synonyms, other.Entity = []string{"Họ tên"}, "CaNhan"
		other.Property = dictionary.Fragment{"logicalType": "string"}
		if d := dictionary.DiffTerms(term, &other); len(d) != 3 || !d[2].Breaking {
			t.Errorf("%+v", d)
		}
	})
}
