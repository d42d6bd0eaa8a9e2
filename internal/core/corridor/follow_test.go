package corridor_test

import (
	"github.com/phohien/phohien/internal/core/contract"
)

// mirrored checks that the mirror holds what the truth holds, at the same
// batch.
func (h *house) mirrored(obj *contract.Object) {
	h.t.Helper()
	got, at, err := h.mirror.Digest(h.t.Context(), obj)
	if err != nil {
		h.t.Fatal(err)
	}
	want, head, err := h.mirror.TruthDigest(h.t.Context(), obj)
	if err != nil {
		h.t.Fatal(err)
	}
	if got != want || at != head {
		h.t.Errorf("the mirror of %s at %d holds %+v, its truth at %d %+v", obj.Dataset, at, got, head, want)
	}
}
