package viet

import "testing"

func TestKindName(t *testing.T) {
	for _, k := range Kinds() {
		if KindNameVi(k) == string(k) || KindNameEn(k) == string(k) {
			t.Errorf("%q has no name", k)
		}
	}
	if len(kindNames) != len(Kinds()) {
		t.Errorf("%d names for %d kinds", len(kindNames), len(Kinds()))
	}
	if KindNameVi("x") != "x" || KindNameEn(KindTaxCode) != "tax code" {
		t.Error("names differ")
	}
}
