package contract_test

import (
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/odcs"
)

func unitFrom(t *testing.T, kind, value string) (*contract.Contract, []contract.Finding) {
	t.Helper()
	doc, err := odcs.Read([]byte(`apiVersion: v3.1.0
kind: DataContract
id: thu
version: 1.0.0
status: active
schema:
  - name: dong
    properties:
      - {name: so, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}
      - name: don_vi
        logicalType: ` + kind + `
        customProperties:
          - {property: phohien.unitFrom, value: ` + value + `}
      - {name: xa, logicalType: string}
      - {name: huyen, logicalType: string}
      - {name: ngay, logicalType: date}
`))
	if err != nil {
		t.Fatal(err)
	}
	return contract.Resolve(doc, contract.Options{})
}

func TestUnitFrom(t *testing.T) {
	c, findings := unitFrom(t, "string", `{commune: xa, district: huyen, province: "=33, 34", on: ngay, as: code, convertTo: "2025-07-01"}`)
	if contract.Broken(findings) {
		t.Fatalf("%+v", findings)
	}
	o := c.Objects[0]
	f := o.Columns[o.Column("don_vi")].UnitFrom
	if f == nil || f.Commune != o.Column("xa") || f.District != o.Column("huyen") || f.Province != -1 || f.ProvinceIs != "33, 34" ||
		f.On != o.Column("ngay") || f.OnDay != units.NoDay || !f.Code || f.Today || f.ConvertTo.String() != "2025-07-01" {
		t.Errorf("%+v", f)
	}
	for _, r := range o.Rules {
		if r.Kind == contract.RuleResolve {
			if r.ID != "don_vi.resolve" || r.Severity != contract.Reject || r.Group != contract.Referential || r.Columns[0] != o.Column("don_vi") || len(r.Columns) != 4 {
				t.Errorf("%+v", r)
			}
			return
		}
	}
	t.Error("there is no rule")
}

func TestUnitFrom_literalDay(t *testing.T) {
	c, findings := unitFrom(t, "string", `{commune: xa, on: "=31/12/2024", convertTo: today}`)
	if contract.Broken(findings) {
		t.Fatalf("%+v", findings)
	}
	f := c.Objects[0].Columns[1].UnitFrom
	if f.OnDay.String() != "2024-12-31" || f.On != -1 || !f.Today || f.Code || f.ConvertTo != units.NoDay {
		t.Errorf("%+v", f)
	}
}

// TestUnitFrom_changed: following units to another day is another demand.
func TestUnitFrom_changed(t *testing.T) {
	before, _ := unitFrom(t, "string", `{commune: xa, on: ngay}`)
	after, _ := unitFrom(t, "string", `{commune: xa, on: ngay, convertTo: today}`)
	if d := contract.Diff(before, after); len(d) == 0 {
		t.Error("no difference is seen")
	}
}

func TestUnitFrom_wrong(t *testing.T) {
	for _, c := range []struct{ kind, value, says string }{
		{"integer", `{commune: xa}`, "logicalType: string"},
		{"string", `{commune: khong_co}`, "khong_co"},
		{"string", `{commune: ngay}`, "ngay"},
		{"string", `{commune: xa, on: huyen}`, "huyen"},
		{"string", `{commune: xa, on: "=mai"}`, "mai"},
		{"string", `{commune: xa, convertTo: "32/13/2025"}`, "32/13/2025"},
		{"string", `{commune: don_vi}`, "không tự suy ra"},
		{"string", `{district: huyen}`, "phohien.unitFrom"},
		{"string", `{commune: xa, as: ten}`, "phohien.unitFrom"},
		{"string", `xa`, "phohien.unitFrom"},
	} {
		_, findings := unitFrom(t, c.kind, c.value)
		said := ""
		for _, f := range findings {
			said += f.MessageVi + "\n"
		}
		if !contract.Broken(findings) || !strings.Contains(said, c.says) {
			t.Errorf("%s %s: %q, want %q", c.kind, c.value, said, c.says)
		}
	}
}
