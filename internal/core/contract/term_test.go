package contract_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/odcs"
	"github.com/phohien/phohien/viet"
)

const termsText = `kind: Terms
source: Phố Hiến biên soạn
terms:
  - id: ph:ID-001
    title: Họ và tên
    name: HoVaTen
    definition: Tên gọi đầy đủ của một người như ghi trên giấy tờ tùy thân.
    usage: Dùng khi cần gọi đúng tên một người.
    group: Dân cư
    version: "1.0"
    synonyms: [Họ tên, Tên]
    normalise: [words]
    property:
      logicalType: string
      logicalTypeOptions: {minLength: 2, maxLength: 255}
      quality:
        - {id: dai, type: custom, engine: phohien, implementation: "length(${property}) <= 50", severity: warning}
      customProperties:
        - {property: phohien.personal, value: {class: basic, kind: name}}
    valid: [Nguyễn Văn An, Trần Thị Bình]
    invalid: [A, B]
`

func bookOf(t *testing.T, text string) *dictionary.Book {
	t.Helper()
	list, err := dictionary.ParseTerms([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return dictionary.NewBook(list)
}

var lan = actor.Actor{Kind: "person", ID: "lan", Name: "Lan (mẫu)"}

const people = `apiVersion: v3.1.0
kind: DataContract
id: nguoi
version: 1.0.0
status: active
schema:
  - name: nguoi
    properties:
      - {name: ma, logicalType: integer, primaryKey: true, primaryKeyPosition: 1}
      - name: ho_ten
        logicalType: string
        logicalTypeOptions: {maxLength: 100}
        customProperties: [{property: phohien.term, value: "ph:ID-001"}]
      - {name: ten_goi, businessName: Tên, logicalType: string, customProperties: [{property: phohien.notMapped, value: dac-thu}]}
`

func withTerms(t *testing.T, text string, terms contract.Terms) (*contract.Contract, []contract.Finding) {
	t.Helper()
	doc, err := odcs.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c, findings := contract.Resolve(doc, contract.Options{Terms: terms})
	return c, findings
}

func TestInherit(t *testing.T) {
	book := bookOf(t, termsText)
	c, findings := withTerms(t, people, book)
	if c == nil {
		t.Fatal(findings)
	}
	o := c.Objects[0]
	col := &o.Columns[1]
	if col.Title != "Họ và tên" || !strings.HasPrefix(col.About, "Tên gọi đầy đủ") || col.Example != "Nguyễn Văn An" {
		t.Errorf("words: %+v", col)
	}
	if col.Personal.Kind != "name" || !slices.Equal(col.Normalise, []viet.Form{viet.FormWords}) || col.Term != "ph:ID-001" {
		t.Errorf("%+v", col)
	}
	// A heading that would mean two columns means neither by inheritance.
	if slices.Contains(col.Aliases, "Tên") {
		t.Errorf("headings: %q", col.Aliases)
	}
	var length, long *contract.Rule
	for i := range o.Rules {
		switch r := &o.Rules[i]; {
		case r.Kind == contract.RuleLength && r.Columns[0] == 1:
			length = r
		case r.ID == "ho_ten.dai":
			long = r
		}
	}
	if length == nil || length.Min != "2" || length.Max != "100" {
		t.Errorf("the property's own bound counts, the term's where it has none: %+v", length)
	}
	if long == nil || long.Severity != contract.Warn {
		t.Errorf("the term's own rule: %+v", long)
	}
	if o.Columns[2].NotMapped != "dac-thu" {
		t.Error("the reason is lost")
	}
	plain, _ := withTerms(t, people, nil)
	if plain.Digest != c.Digest || plain.Basis == c.Basis || plain.Objects[0].Columns[1].Personal.Is() {
		t.Error("the basis must tell what was inherited")
	}

	if c.Objects[0].Columns[1].TermDiffers || plain.Terms != nil || c.Terms == nil {
		t.Error("a contract must tell whether it was read with a dictionary")
	}
	if other, _ := withTerms(t, strings.Replace(people, `logicalType: string
        logicalTypeOptions: {maxLength: 100}`, "logicalType: integer", 1), book); !other.Objects[0].Columns[1].TermDiffers {
		t.Error("a column of another type than its term")
	}

	for _, x := range []struct{ from, to, says string }{
		{`logicalType: string
        logicalTypeOptions: {maxLength: 100}`, "logicalType: integer", "khác kiểu"},
		{"ph:ID-001", "ph:ID-999", "không có thuật ngữ"},
		{"value: dac-thu", "value: luoi", "phohien.notMapped"},
	} {
		_, findings := withTerms(t, strings.Replace(people, x.from, x.to, 1), book)
		if !slices.ContainsFunc(findings, func(f contract.Finding) bool { return strings.Contains(f.MessageVi, x.says) }) {
			t.Errorf("%s: %v", x.to, findings)
		}
	}
}

// TestTermsInForce: a contract follows its terms, and a term that would break a
// data set is refused.
func TestTermsInForce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		d, s := dictionary.NewStore(st.Control()), contract.NewStore(st.Control())
		s.Terms, d.TryTerm = d, s.TryTerm
		list, err := dictionary.ParseTerms([]byte(termsText))
		if err != nil {
			t.Fatal(err)
		}
		put := func(text string) {
			t.Helper()
			doc, err := odcs.Read([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := s.Put(ctx, lan, doc, ""); err != nil {
				t.Fatal(err)
			}
		}
		personal := func() bool {
			t.Helper()
			c, err := s.Current(ctx, "nguoi")
			if err != nil {
				t.Fatal(err)
			}
			return c.Objects[0].Columns[1].Personal.Is()
		}
		put(people)
		if personal() {
			t.Fatal("inherited from a term that is not in force")
		}
		publish := func(term *dictionary.Term) error {
			v, err := d.Propose(ctx, lan, term, "")
			if err != nil {
				return err
			}
			other := lan
			other.ID = "nguoi-khac"
			for _, m := range []dictionary.Move{{To: dictionary.Reviewed}, {To: dictionary.Consulted, Until: "2999-12-31"}} {
				m.ID, m.Digest = v.ID, v.Digest
				if err := d.Move(ctx, other, m); err != nil {
					return err
				}
			}
			if err := d.Say(ctx, v.ID, dictionary.Opinion{Digest: v.Digest, Agrees: true, By: other}); err != nil {
				return err
			}
			for _, to := range []dictionary.State{dictionary.Approved, dictionary.Published} {
				if err := d.Move(ctx, other, dictionary.Move{ID: v.ID, Digest: v.Digest, To: to}); err != nil {
					return err
				}
			}
			return nil
		}
		if err := publish(list[0]); err != nil {
			t.Fatal(err)
		}
		if !personal() {
			t.Error("the contract did not follow its term")
		}
		// Open data hold nothing personal: the next version would break the set.
		neutral := *list[0]
		neutral.Version, neutral.Property = "1.1", dictionary.Fragment{"logicalType": "string", "logicalTypeOptions": map[string]any{"minLength": 2}}
		if err := publish(&neutral); err != nil {
			t.Fatal(err)
		}
		if personal() {
			t.Fatal("the contract did not follow the new version")
		}
		put(people + "customProperties: [{property: phohien.access, value: open}]\n")
		back := *list[0]
		back.Version = "1.2"
		f := fault.Of(publish(&back))
		if f == nil || f.Key != "term.breaks" {
			t.Errorf("a term that breaks a data set: %v", f)
		}
	})
}
