package app

import (
	"errors"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/odcs"
)

// TestRulesAreTried: a contract with a rule that no batch could be judged by does
// not come into force in a platform as it is wired.
func TestRulesAreTried(t *testing.T) {
	p := open(t, config(t.TempDir()))
	doc, err := odcs.Read([]byte("apiVersion: v3.1.0\nkind: DataContract\nid: the\nversion: 1.0.0\nstatus: active\nschema:\n- name: the\n  properties:\n" +
		"  - {name: so, logicalType: string, primaryKey: true}\n  - {name: ngay_cap, logicalType: date}\n" +
		"  - {name: ngay_sinh, logicalType: date, customProperties: [{property: phohien.precision, value: year}]}\n" +
		"  quality:\n  - {type: custom, engine: phohien, id: cap-sau-sinh, implementation: 'ngay_cap > ngay_sinh'}\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = p.Contracts.Put(t.Context(), actor.System, doc, "")
	var refused *contract.Refused
	if !errors.As(err, &refused) {
		t.Fatalf("put: %v", err)
	}
	for _, f := range refused.Findings {
		if strings.Contains(f.MessageVi, "“cap-sau-sinh”") && strings.Contains(f.MessageVi, "CAST(left(ngay_sinh, 4) AS INTEGER)") {
			return
		}
	}
	t.Errorf("%+v", refused.Findings)
}
