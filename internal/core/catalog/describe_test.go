package catalog_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/odcs"
)

// resolved is a contract of the text below with these custom properties besides.
func resolved(t *testing.T, custom ...string) *contract.Contract {
	t.Helper()
	doc, err := odcs.Read([]byte(`apiVersion: v3.1.0
kind: DataContract
id: thu
name: Thử
version: 1.0.0
status: active
domain: y-te
description: {purpose: Để thử}
slaProperties:
  - {property: frequency, value: 6, unit: m}
  - {property: retention, value: 10, unit: y}
schema:
  - name: tram
    description: Mỗi dòng là một trạm.
    properties:
      - {name: ma, businessName: Mã, logicalType: string, customProperties: [{property: phohien.term, value: "ph:ID-001"}]}
      - {name: ghi_chu, businessName: Ghi chú, logicalType: string, customProperties: [{property: phohien.notMapped, value: tu-do}]}
      - {name: cho, businessName: Chờ, logicalType: string, customProperties: [{property: phohien.notMapped, value: cho-thuat-ngu}]}
customProperties:
  - {property: phohien.owner, value: hy-syt}
  - ` + strings.Join(custom, "\n  - ") + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	con, findings := contract.Resolve(doc, contract.Options{})
	if con == nil {
		t.Fatal(findings)
	}
	return con
}

// What follows from the contract is taken from it, and nothing else.
func TestOf(t *testing.T) {
	d := catalog.Of(resolved(t, "{property: phohien.access, value: open}", "{property: phohien.class, value: other}", "{property: phohien.provenance, value: {kind: public, source: Cổng dữ liệu}}"),
		catalog.Known{OwnerCode: "H31.05", Measured: true, Methods: []string{"api"}})
	for key, want := range map[string]string{
		"dataset_id": "thu", "title_vi": "Thử", "owner_agency_code": "H31.05", "purpose": "Để thử", "content": "Mỗi dòng là một trạm.", "domain": "y-te", "share_mode": "mo",
		"sensitivity": "cong_khai", "personal_data": "khong", "update_period": "P6M", "source_system": "Cổng dữ liệu", "retention": "P10Y", "access_methods": "api",
		"title_en": "", "layer": "", "share_scope": "", "lineage": "", "archive_rule": "", "original": "",
	} {
		if got := d.Text(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	want := []string{"title_en", "steward_user", "head", "technical_unit", "legal_basis", "scope", "layer", "share_scope", "collection_method", "update_mechanism", "item_terms", "lineage", "archive_rule"}
	if got := missing(d); !slices.Equal(got, want) {
		t.Errorf("missing %q,\n   want %q", got, want)
	}
	for _, l := range d.Missing() {
		if l.Key == "item_terms" && !slices.Equal(l.Items, []string{"Chờ"}) {
			t.Errorf("without a term: %q", l.Items)
		}
		if l.Vi == "" || l.En == "" {
			t.Errorf("%s has no name", l.Key)
		}
	}
	d = catalog.Of(resolved(t, "{property: phohien.access, value: restricted}", "{property: phohien.catalogue, value: {domain: con_nguoi, share_mode: dac_thu, retention: P1Y, original: true, item_modes: {ma: khong}, access_methods: [package]}}"),
		catalog.Known{Methods: []string{"api"}})
	for key, want := range map[string]string{"domain": "con_nguoi", "share_mode": "dac_thu", "retention": "P1Y", "original": "true", "access_methods": "package", "sensitivity": "", "personal_data": ""} {
		if got := d.Text(key); got != want {
			t.Errorf("said %s: %q, want %q", key, got, want)
		}
	}
	if d.Items[0].Mode != "khong" || d.Items[1].Mode != "dac_thu" {
		t.Errorf("%+v", d.Items)
	}
	// Restricted does not say whether it is shared at all: that has to be said.
	if d = catalog.Of(resolved(t, "{property: phohien.access, value: restricted}"), catalog.Known{}); d.ShareMode != "" {
		t.Errorf("share mode of restricted data: %q", d.ShareMode)
	}
}

func TestOf_period(t *testing.T) {
	const day = 24 * time.Hour
	for every, want := range map[time.Duration]string{
		0: "", 365 * day: "P1Y", 730 * day: "P2Y", 30 * day: "P1M", 180 * day: "P6M", 91 * day: "P3M", 182 * day: "P6M", 7 * day: "P1W", 14 * day: "P2W", day: "P1D",
		6 * time.Hour: "PT6H", 15 * time.Minute: "PT15M",
	} {
		d := catalog.Of(&contract.Contract{Frequency: contract.Frequency{Every: every}}, catalog.Known{})
		if d.UpdatePeriod != want {
			t.Errorf("%v: %q, want %q", every, d.UpdatePeriod, want)
		}
	}
}
