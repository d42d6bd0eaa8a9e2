package corridor_test

import (
	"testing"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

const ofCommunes = `
apiVersion: v3.1.0
kind: DataContract
id: ho-theo-xa
name: Hộ theo xã
version: 1.0.0
status: active
schema:
  - name: ho
    customProperties:
      - {property: phohien.scope, value: {unit: xa}}
    properties:
      - {name: ma, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: xa, logicalType: string}
      - {name: so, logicalType: integer}
`

// TestWithin: a sender who may write the rows of one commune writes no others,
// takes none over, and learns nothing of them; also when a held batch goes on.
func TestWithin(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(ofCommunes)
		h.send("ho-theo-xa", "ma,xa,so\nA,11953,1\nB,12004,2\n")
		mine := func(r *corridor.Request) { r.Rows = &policy.Rows{Units: []string{"11953"}} }
		before := h.rows("ho-theo-xa")
		for what, c := range map[string]struct{ csv, key string }{
			"a row of another commune":            {"ma,xa,so\nC,12004,3\n", "batch.outside"},
			"a row of no commune":                 {"ma,xa,so\nC,,3\n", "batch.outside"},
			"a row of another that is there":      {"ma,xa,so\nB,12004,2\n", "batch.outside"},
			"a row of another taken over":         {"ma,xa,so\nB,11953,2\n", "batch.outside-there"},
			"one's own beside a row of another's": {"ma,xa,so\nA,11953,9\nC,12004,3\n", "batch.outside"},
		} {
			if _, err := h.try("ho-theo-xa", c.csv, mine); !fault.Is(err, c.key) {
				t.Errorf("%s: %v, want %s", what, err, c.key)
			}
			if now := h.rows("ho-theo-xa"); now != before {
				t.Fatalf("%s: written\n%s", what, now)
			}
		}
		h.want(h.send("ho-theo-xa", "ma,xa,so\nA,11953,9\nC,11953,3\n", mine), "scored read 2 skipped 0 acc 2 (ins 1 upd 1 same 0) quar 0 wd 0 late 0 miss 0 mended 0")
		// Replacing is all or nothing: what is another's stays.
		if _, err := h.try("ho-theo-xa", "ma,xa,so\nA,11953,9\n", mine, func(r *corridor.Request) { r.Mode = "replace"; r.Confirm = true }); !fault.Is(err, "batch.outside-there") {
			t.Errorf("replace: %v", err)
		}
	})
}
