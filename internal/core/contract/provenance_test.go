package contract_test

import (
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
)

// What the contract says of whose data these are is kept; a contract that says
// nothing holds data of the province's own; a kind that is none of the four, or
// none at all, is an error that lists them; a change is told and breaks nothing.
func TestProvenance(t *testing.T) {
	of := func(value string) (*contract.Contract, []string) {
		t.Helper()
		top := ""
		if value != "" {
			top = "customProperties:\n  - {property: phohien.provenance, value: " + value + "}"
		}
		c, findings := contract.Resolve(read(t, contractWith(top, "", "logicalType: string")), contract.Options{})
		var says []string
		for _, f := range findings {
			says = append(says, f.MessageVi)
		}
		return c, says
	}
	plain, says := of("")
	if len(says) > 0 || plain.Provenance != (contract.Provenance{Kind: contract.OwnData}) {
		t.Errorf("without the property: %+v, %v", plain.Provenance, says)
	}
	sample, says := of(`{kind: sample, source: a, licence: ODbL-1.0, attribution: "© b"}`)
	want := contract.Provenance{Kind: contract.SampleData, Source: "a", Licence: "ODbL-1.0", Attribution: "© b"}
	if len(says) > 0 || sample.Provenance != want {
		t.Errorf("got %+v, %v; want %+v", sample.Provenance, says, want)
	}
	for _, bad := range []string{"{kind: mau}", "{licence: MIT}", "{kind: own, author: x}", "sample"} {
		if _, says := of(bad); !strings.Contains(strings.Join(says, " "), "own, public, sample hoặc generated") {
			t.Errorf("%s: %v", bad, says)
		}
	}
	changes := contract.Diff(plain, sample)
	if len(changes) != 4 || contract.Breaking(changes) {
		t.Errorf("changes: %+v", changes)
	}
}
