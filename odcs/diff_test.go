package odcs

import (
	"slices"
	"strings"
	"testing"
)

const before = head + `schema:
- id: t_id
  name: t
  description: bảng
  properties:
  - {id: p_id, name: p, logicalType: integer, primaryKey: true, primaryKeyPosition: 1, required: true}
  - {name: q, logicalType: string, physicalType: "varchar(18)", logicalTypeOptions: {maxLength: 18, pattern: "^a"}}
  - name: r
    logicalType: number
    logicalTypeOptions: {minimum: 0, maximum: 10}
    quality:
    - {metric: invalidValues, mustBe: 0, arguments: {validValues: [1, 2, 3]}}
    - {metric: nullValues, mustBeLessThan: 10, severity: error}
  - {name: s, logicalType: date, logicalTypeOptions: {minimum: "2020-01-01"}, businessName: Ngày}
- name: u
`

func TestDiff(t *testing.T) {
	const breaks, fits, words = "breaking", "compatible", "documentation"
	tests := []struct {
		name, cut, put string
		want           []string // "kind path verdict"
	}{
		{"nothing", "", "", nil},
		{"object removed", "- name: u\n", "", []string{"object-removed /schema/1 " + breaks}},
		{"object added", "- name: u\n", "- name: u\n- name: v\n", []string{"object-added /schema/2 " + fits}},
		{"object renamed", "name: t\n", "name: t2\n", []string{"object-renamed /schema/0 " + breaks}},
		{"object renamed without id", "- name: u\n", "- name: v\n", []string{"object-added /schema/1 " + fits, "object-removed /schema/1 " + breaks}},
		{"description", "description: bảng", "description: bảng mới", []string{"field-changed /schema/0/description " + words}},
		{"business name", "businessName: Ngày", "businessName: Ngày cấp", []string{"field-changed /schema/0/properties/3/businessName " + words}},
		{"property renamed", "name: p,", "name: pp,", []string{"property-renamed /schema/0/properties/0 " + breaks}},
		{"property removed", "  - {name: s, logicalType: date, logicalTypeOptions: {minimum: \"2020-01-01\"}, businessName: Ngày}\n", "", []string{"property-removed /schema/0/properties/3 " + breaks}},
		{"optional property added", "- name: u", "  - {name: n}\n- name: u", []string{"property-added /schema/0/properties/4 " + fits}},
		{"required property added", "- name: u", "  - {name: n, required: true}\n- name: u", []string{"property-added /schema/0/properties/4 " + breaks}},
		{"integer to number", "logicalType: integer", "logicalType: number", []string{"type-changed /schema/0/properties/0/logicalType " + fits}},
		{"integer to string", "logicalType: integer", "logicalType: string", []string{"type-changed /schema/0/properties/0/logicalType " + breaks}},
		{"number to integer", "logicalType: number", "logicalType: integer", []string{"type-changed /schema/0/properties/2/logicalType " + breaks}},
		{"longer varchar", "varchar(18)", "varchar(20)", []string{"type-changed /schema/0/properties/1/physicalType " + fits}},
		{"shorter varchar", "varchar(18)", "varchar(9)", []string{"type-changed /schema/0/properties/1/physicalType " + breaks}},
		{"another storage type", "varchar(18)", "text", []string{"type-changed /schema/0/properties/1/physicalType " + fits}},
		{"no longer required", ", required: true", "", []string{"required-changed /schema/0/properties/0/required " + fits}},
		{"made required", "{name: q,", "{name: q, required: true,", []string{"required-changed /schema/0/properties/1/required " + breaks}},
		{"made unique", "{name: q,", "{name: q, unique: true,", []string{"unique-changed /schema/0/properties/1/unique " + breaks}},
		{"key removed", "primaryKey: true, primaryKeyPosition: 1, ", "", []string{"primary-key-changed /schema/0/properties " + breaks}},
		{"key added", "{name: q,", "{name: q, primaryKey: true, primaryKeyPosition: 2,", []string{"primary-key-changed /schema/0/properties " + breaks}},
		{"key position only", "primaryKeyPosition: 1", "primaryKeyPosition: 2", nil},
		{"longer", "maxLength: 18", "maxLength: 20", []string{"option-changed /schema/0/properties/1/logicalTypeOptions/maxLength " + fits}},
		{"shorter", "maxLength: 18", "maxLength: 10", []string{"option-changed /schema/0/properties/1/logicalTypeOptions/maxLength " + breaks}},
		{"limit lifted", "maxLength: 18, ", "", []string{"option-changed /schema/0/properties/1/logicalTypeOptions/maxLength " + fits}},
		{"pattern changed", "^a", "^b", []string{"option-changed /schema/0/properties/1/logicalTypeOptions/pattern " + breaks}},
		{"minimum lower", "minimum: 0", "minimum: -1", []string{"option-changed /schema/0/properties/2/logicalTypeOptions/minimum " + fits}},
		{"minimum higher", "minimum: 0", "minimum: 1", []string{"option-changed /schema/0/properties/2/logicalTypeOptions/minimum " + breaks}},
		{"maximum lower", "maximum: 10", "maximum: 9", []string{"option-changed /schema/0/properties/2/logicalTypeOptions/maximum " + breaks}},
		{"earliest date later", "2020-01-01", "2021-01-01", []string{"option-changed /schema/0/properties/3/logicalTypeOptions/minimum " + breaks}},
		{"earliest date earlier", "2020-01-01", "2019-01-01", []string{"option-changed /schema/0/properties/3/logicalTypeOptions/minimum " + fits}},
		{"value list shorter", "[1, 2, 3]", "[1, 2]", []string{"valid-values-changed /schema/0/properties/2/quality/0 " + breaks}},
		{"value list longer", "[1, 2, 3]", "[1, 2, 3, 4]", []string{"valid-values-changed /schema/0/properties/2/quality/0 " + fits}},
		{"rule tightened", "mustBeLessThan: 10", "mustBeLessThan: 5", []string{"rule-changed /schema/0/properties/2/quality/1 " + breaks}},
		{"rule loosened", "mustBeLessThan: 10", "mustBeLessThan: 50", []string{"rule-changed /schema/0/properties/2/quality/1 " + fits}},
		{"rule softened", "severity: error", "severity: warning", []string{"rule-changed /schema/0/properties/2/quality/1/severity " + fits}},
		{"rule removed", "    - {metric: nullValues, mustBeLessThan: 10, severity: error}\n", "", []string{"rule-removed /schema/0/properties/2/quality/1 " + fits}},
		{"rule added", "- name: u\n", "- name: u\n  quality: [{metric: rowCount, mustBeGreaterThan: 0, severity: error}]\n", []string{"rule-added /schema/1/quality/0 " + breaks}},
		{"warning added", "- name: u\n", "- name: u\n  quality: [{metric: rowCount, mustBeGreaterThan: 0, severity: warning}]\n", []string{"rule-added /schema/1/quality/0 " + fits}},
		{"custom property", "- name: u\n", "- name: u\n  customProperties: [{property: x, value: 1}]\n", []string{"custom-property-changed /schema/1/customProperties/0 " + fits}},
		{"another contract", "id: a\n", "id: b\n", []string{"field-changed /id " + breaks}},
		{"new version", "version: 1.0.0", "version: 1.1.0", []string{"field-changed /version " + fits}},
		{"spelling only", "- name: u\n", "- {\"name\": 'u'} # như cũ\n", nil},
	}
	old := mustRead(t, before)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(before, test.cut) {
				t.Fatalf("nothing to cut: %q", test.cut)
			}
			changes := Diff(old, mustRead(t, strings.Replace(before, test.cut, test.put, 1)))
			var got []string
			for _, c := range changes {
				verdict := fits
				if c.Breaking {
					verdict = breaks
				} else if c.Documentation {
					verdict = words
				}
				got = append(got, c.Kind+" "+c.Path+" "+verdict)
				if c.ReasonVi == "" || c.ReasonEn == "" {
					t.Errorf("no reason: %+v", c)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if want := !strings.Contains(strings.Join(test.want, ""), breaks); Compatible(changes) != want {
				t.Errorf("Compatible is %v", !want)
			}
		})
	}
}

func TestDiffWithItself(t *testing.T) {
	for name, text := range documents(t) {
		d, err := Read(text)
		if err != nil {
			t.Fatal(err)
		}
		if changes := Diff(d, d); len(changes) != 0 {
			t.Errorf("%s: %v", name, changes)
		}
	}
}

func TestDiffOrder(t *testing.T) {
	a := mustRead(t, "schema: [{name: t, properties: [{name: p}, {name: q}]}]\n")
	b := mustRead(t, "schema: [{name: t, properties: [{name: q}, {name: p}]}]\n")
	changes := Diff(a, b)
	if len(changes) != 1 || changes[0].Kind != ChangedOrder || changes[0].Breaking {
		t.Errorf("changes %+v", changes)
	}
}
