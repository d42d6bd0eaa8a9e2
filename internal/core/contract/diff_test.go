package contract_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
)

func TestDiff(t *testing.T) {
	text, err := os.ReadFile("testdata/rich.odcs.yaml")
	if err != nil {
		t.Fatal(err)
	}
	base := string(text)
	for _, c := range []struct {
		old, new string   // replaced in the rich contract
		want     []string // "code breaking"
	}{
		{"Theo dõi", "Theo dõi", nil},
		{"# none", "", nil},
		{"version: 1.2.0", "version: 1.3.0", []string{"version compatible"}},
		{"value: P5Y", "value: P3Y", []string{"history breaking"}},
		{"value: P5Y", "value: forever", []string{"history compatible"}},
		{"{property: phohien.mode, value: slice}", "{property: phohien.mode, value: merge}", []string{"mode breaking"}},
		{"primaryKeyPosition: 2", "primaryKeyPosition: 1", []string{"key breaking"}},
		{"value: {list: loai-dat, on: Ngày nhận, severity: warn}", "value: {list: loai-dat, on: Ngày nhận, severity: reject}", []string{"rule-severity breaking"}},
		{"severity: reject}}\n          - {property: phohien.aliases", "severity: warn}}\n          - {property: phohien.aliases", []string{"rule-severity compatible"}},
		{"value: dan-toc", "value: dan-toc-khac", []string{"rule-changed breaking"}},
		{"[Nam, Nữ]", "[Nam, Nữ, Khác]", []string{"rule-changed compatible"}},
		{"[Nam, Nữ]", "[Nam]", []string{"rule-changed breaking"}},
		{"minimum: 1}", "minimum: 0}", []string{"rule-changed compatible"}},
		{"minimum: 1}", "minimum: 2}", []string{"rule-changed breaking"}},
		{"exclusiveMaximum: 20000", "maximum: 20000", []string{"rule-changed compatible"}},
		{"decimal(12,2)", "decimal(14,2)", []string{"type compatible"}},
		{"decimal(12,2)", "decimal(12,3)", []string{"type breaking"}},
		{"      - name: Đã cấp giấy\n        logicalType: boolean\n", "", []string{"column-removed breaking"}},
		{"      - name: Đã cấp giấy\n", "      - {name: Ghi chú, logicalType: string}\n      - name: Đã cấp giấy\n", []string{"column-added compatible"}},
		{"      - name: Đã cấp giấy\n", "      - {name: Ghi chú, logicalType: string, required: true}\n      - name: Đã cấp giấy\n", []string{"column-added breaking"}},
		{"        unique: true\n", "", []string{"rule-removed compatible"}},
		{"      - name: Đã cấp giấy\n", "      - name: Đã cấp giấy\n        required: true\n", []string{"rule-added breaking"}},
		{"[Mã ĐVHC, Mã phường]", "[Mã ĐVHC]", []string{"aliases breaking"}},
		{"physicalName: dien_tich\n", "physicalName: dt\n", []string{"store-name breaking", "rule-changed compatible", "rule-removed compatible", "rule-added breaking"}},
		{"unit: m, element", "unit: q, element", []string{"frequency breaking"}},
		{"unit: m, element", "unit: w, element", []string{"frequency compatible"}},
		{"value: so-nnmt", "value: so-tnmt", []string{"owner compatible"}},
		{"physicalType: varchar(20)", "logicalType: integer", []string{"type breaking"}},
		{"required: [nguon]", "required: [nguon, so_trang]", []string{"rule-changed breaking"}},
	} {
		old := resolved(t, base)
		changed := strings.Replace(base, c.old, c.new, 1)
		if c.old != "# none" && !strings.Contains(base, c.old) {
			t.Fatalf("the contract has no %q", c.old)
		}
		if strings.HasPrefix(c.old, "primaryKeyPosition") { // swap the two
			changed = strings.Replace(strings.Replace(strings.Replace(base, "primaryKeyPosition: 1", "primaryKeyPosition: 9", 1), "primaryKeyPosition: 2", "primaryKeyPosition: 1", 1), "primaryKeyPosition: 9", "primaryKeyPosition: 2", 1)
		}
		if strings.HasPrefix(c.old, "physicalName") {
			changed = strings.Replace(changed, "WHERE dien_tich >", "WHERE dt >", 1)
		}
		var got []string
		for _, one := range contract.Diff(old, resolved(t, changed)) {
			verdict := "compatible"
			if one.Breaking {
				verdict = "breaking"
			}
			got = append(got, one.Code+" "+verdict)
			if one.Text.Vi == "" || one.Text.En == "" || strings.Contains(one.Text.Vi+one.Text.En, "%!") {
				t.Errorf("words of %+v", one)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%q → %q:\n got %q\nwant %q", c.old, c.new, got, c.want)
		}
	}
}

func resolved(t *testing.T, text string) *contract.Contract {
	t.Helper()
	c, findings := contract.Resolve(read(t, text), contract.Options{})
	if c == nil {
		t.Fatalf("%v", findings)
	}
	return c
}
