package contract_test

import (
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/odcs"
)

func personalContract(t *testing.T, access, plate string) (*contract.Contract, []contract.Finding) {
	t.Helper()
	text := `apiVersion: v3.1.0
kind: DataContract
id: bai-xe
name: Bãi xe
version: 1.0.0
status: active
customProperties:
  - {property: phohien.access, value: ` + access + `}
schema:
  - name: luot
    customProperties:
      - {property: phohien.scope, value: {unit: xa}}
    properties:
      - {name: so, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: xa, logicalType: string}
      - name: bien_so
        businessName: Biển số xe
        logicalType: string
        customProperties: [{property: phohien.identifier, value: plate}` + plate + `]
`
	doc, err := odcs.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return contract.Resolve(doc, contract.Options{})
}

// TestPersonal: a plate number is personal data, so a data set with one is not
// opened, and the article is named (acceptance case 7).
func TestPersonal(t *testing.T) {
	c, findings := personalContract(t, "open", "")
	if c != nil || len(findings) != 1 || findings[0].Code != contract.CodeOpenPersonal ||
		!strings.Contains(findings[0].MessageVi, "Luật 91/2025/QH15 Điều 16") || !strings.Contains(findings[0].MessageVi, "“Biển số xe”") {
		t.Fatalf("%v, %+v", c, findings)
	}
	c, findings = personalContract(t, "shared", "")
	if c == nil || len(findings) != 0 {
		t.Fatalf("%+v", findings)
	}
	w := c.What(c.Objects[0])
	if w.Access != policy.AccessShared || w.UnitColumn != "xa" || w.OrgColumn != "" || w.Columns[2] != (policy.Column{Name: "bien_so", PII: "basic", Kind: "plate"}) {
		t.Errorf("%+v", w)
	}
	// A person has decided otherwise: the plates of a museum's old cars.
	if c, findings = personalContract(t, "open", ", {property: phohien.personal, value: {class: none}}"); c == nil {
		t.Errorf("%+v", findings)
	}
}
