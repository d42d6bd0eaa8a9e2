package termdesk

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/odcs"
	"pgregory.net/rapid"
)

// TestFields: taken apart and put together, a fragment is the same.
func TestFields(t *testing.T) {
	for name, text := range map[string]string{
		"simple":        `{"logicalType":"string","logicalTypeOptions":{"minLength":2,"maxLength":50,"pattern":"^[a-z]+$"}}`,
		"numbers":       `{"logicalType":"number","logicalTypeOptions":{"minimum":-1.5,"maximum":10,"exclusiveMaximum":true},"physicalType":"decimal(9,2)"}`,
		"days":          `{"logicalType":"date","logicalTypeOptions":{"minimum":"2020-01-01","format":"yyyy-MM-dd"}}`,
		"customs":       `{"logicalType":"string","customProperties":[{"property":"phohien.identifier","value":"cccd"},{"property":"phohien.personal","value":{"class":"basic","kind":"personal_id"}}]}`,
		"not personal":  `{"logicalType":"string","customProperties":[{"property":"phohien.personal","value":{"class":"none"}}]}`,
		"not simple":    `{"logicalType":"string","customProperties":[{"property":"phohien.codeList","value":{"list":"dan-toc","severity":"warn"}}]}`,
		"quality":       `{"logicalType":"string","quality":[{"type":"library","metric":"nullValues","mustBe":0}]}`,
		"no type":       `{"physicalType":"text"}`,
		"nothing":       `{}`,
		"mixed customs": `{"logicalType":"date","customProperties":[{"property":"phohien.precision","value":"month"},{"property":"phohien.personal","value":{"class":"basic","kind":"birth"}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			var was dictionary.Fragment
			if err := json.Unmarshal([]byte(text), &was); err != nil {
				t.Fatal(err)
			}
			f, err := FieldsOf(was)
			if err != nil {
				t.Fatal(err)
			}
			is, err := f.Fragment()
			if err != nil {
				t.Fatal(err)
			}
			back, err := json.Marshal(is)
			if err != nil {
				t.Fatal(err)
			}
			var again dictionary.Fragment
			if err := json.Unmarshal(back, &again); err != nil || !reflect.DeepEqual(again, was) {
				t.Errorf("%s\n%s\n%+v", text, back, f)
			}
		})
	}
	for field, f := range map[string]Fields{
		"term.field-number": {Type: "string", MaxLength: "nhiều"},
		"term.field-yaml":   {Type: "string", Rest: "a: ["},
	} {
		if _, err := f.Fragment(); !fault.Is(err, field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := (Fields{Rest: "- a\n- b"}).Fragment(); !fault.Is(err, "term.field-yaml") {
		t.Errorf("a list is no fragment: %v", err)
	}
}

// TestCells: a list written into a cell is read back.
func TestCells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.String(), 1, 4).Draw(t, "list")
		for i := range all {
			all[i] = strings.ToValidUTF8(all[i], "")
		}
		back, err := parted(joined(all))
		if err != nil || !reflect.DeepEqual(back, all) {
			t.Fatalf("%q is read as %q (%v)", joined(all), back, err)
		}
	})
	for cell, want := range map[string][]string{"a | b": {"a", "b"}, " a ||b| ": {"a", "b"}, "a\nb\r\n": {"a", "b"}, "": nil, `["a|b"]`: {"a|b"}, "[a": {"[a"}} {
		if got, err := parted(cell); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q %v", cell, got, err)
		}
	}
	if _, err := parted(`["a`); !fault.Is(err, "term.cell-list") {
		t.Error(err)
	}
}

func TestColumnOf(t *testing.T) {
	for heading, want := range map[string]string{
		"id": "id", "1. Mã thuật ngữ": "id", "MA THUAT NGU": "id", "Định nghĩa *": "definition", "3. Definition": "definition", "Kiểu RDF/OWL": "rdf_type", "16. data_type": "data_type",
	} {
		if i := columnOf(heading); i < 0 || columns[i].Name != want {
			t.Errorf("%q: %d", heading, i)
		}
	}
	for _, heading := range []string{"", "STT", "x. Định nghĩa"} {
		if i := columnOf(heading); i >= 0 {
			t.Errorf("%q is taken for %s", heading, columns[i].Name)
		}
	}
	seen := map[string]bool{}
	for _, c := range columns {
		if seen[c.Name] || c.Vi == "" || c.En == "" || c.Number > 25 {
			t.Errorf("%+v", c)
		}
		seen[c.Name] = true
	}
}

const contractOfTest = `# đầu tệp
schema:
  - name: nguoi
    properties:
      - name: a # một
      - {name: b, customProperties: [{property: phohien.notMapped, value: dac-thu}]}
      - name: c
        customProperties:
          - {property: phohien.aliases, value: [x]}
          # giữ lại
          - {property: phohien.term, value: "ph:ID-001"}
      - {name: d, customProperties: [{property: phohien.volatile, value: true}]}
`

// TestDecided writes choices into a contract and changes nothing else of it.
func TestDecided(t *testing.T) {
	for _, c := range []struct {
		choice    Choice
		has, gone []string
	}{
		{Choice{"nguoi", "a", "ph:ID-002", ""}, []string{"# một", "phohien.term", "ph:ID-002", "phohien.notMapped"}, nil},
		{Choice{"nguoi", "b", "ph:ID-002", ""}, []string{`{property: phohien.term, value: "ph:ID-002"}`}, []string{"phohien.notMapped"}},
		{Choice{"nguoi", "b", "", ""}, []string{"{name: b}"}, []string{"phohien.notMapped", "customProperties: []"}},
		{Choice{"nguoi", "c", "", "tu-do"}, []string{"phohien.aliases", "# giữ lại", `value: "tu-do"`}, []string{"ph:ID-001"}},
		{Choice{"nguoi", "c", "", ""}, []string{"phohien.aliases"}, []string{"ph:ID-001"}},
		{Choice{"nguoi", "d", "", "ky-thuat"}, []string{"phohien.volatile", "ky-thuat"}, nil},
		{Choice{"nguoi", "a", "", ""}, []string{"ph:ID-001"}, nil},
	} {
		doc, err := odcs.Read([]byte(contractOfTest))
		if err != nil {
			t.Fatal(err)
		}
		text, err := Decided(doc, []Choice{c.choice})
		if err != nil {
			t.Errorf("%+v: %v", c.choice, err)
			continue
		}
		for _, want := range append(c.has, "# đầu tệp") {
			if !strings.Contains(string(text), want) {
				t.Errorf("%+v lacks %q:\n%s", c.choice, want, text)
			}
		}
		for _, gone := range c.gone {
			if strings.Contains(string(text), gone) {
				t.Errorf("%+v has %q:\n%s", c.choice, gone, text)
			}
		}
	}
	doc, err := odcs.Read([]byte(contractOfTest))
	if err != nil {
		t.Fatal(err)
	}
	for key, c := range map[string]Choice{
		"lexicon.no-column": {"nguoi", "z", "ph:ID-001", ""}, "lexicon.choice": {"nguoi", "a", "", "vui"},
	} {
		if _, err := Decided(doc, []Choice{c}); !fault.Is(err, key) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := Decided(doc, []Choice{{"nguoi", "a", "ph:ID-001", "tu-do"}}); !fault.Is(err, "lexicon.choice") {
		t.Errorf("a term and a reason: %v", err)
	}
}
