package contract_test

import (
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
)

// A rule may speak of the bounds of a geometry: they are parts of its column,
// which the rule then is about. Parts that a column does not have are no names.
func TestSQL_partsOfColumns(t *testing.T) {
	of := func(condition string) (*contract.Contract, string) {
		t.Helper()
		c, findings := contract.Resolve(read(t, contractWith("", "quality:\n  - {id: khung, type: custom, engine: phohien, implementation: \""+condition+"\"}",
			"logicalType: object\ncustomProperties:\n  - {property: phohien.geometry, value: point}")), contract.Options{})
		var says []string
		for _, f := range findings {
			says = append(says, f.MessageVi)
		}
		return c, strings.Join(says, " ")
	}
	c, says := of("x__minx >= 102 AND X__maxy <= 24")
	if says != "" {
		t.Fatal(says)
	}
	found := false
	for _, r := range c.Objects[0].Rules {
		if r.ID == "khung" {
			found = true
			if r.SQL != `"x__minx" >= 102 AND "x__maxy" <= 24` || len(r.Columns) != 1 || c.Objects[0].Columns[r.Columns[0]].Name != "x" {
				t.Errorf("%s about %v", r.SQL, r.Columns)
			}
		}
	}
	if !found {
		t.Error("no rule")
	}
	for _, bad := range []string{"x__area > 1", "ngay__minx > 1"} {
		if _, says := of(bad); !strings.Contains(says, "không nhắc đến trường nào") {
			t.Errorf("%s: %q", bad, says)
		}
	}
}
