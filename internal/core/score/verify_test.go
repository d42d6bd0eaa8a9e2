package score_test

import (
	"context"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A recount that does not find what is kept says so, by name and figure, and
// puts it right; the next one agrees again.
func TestVerify(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		c := w.weighing("tram", "1", 90)
		right := w.score(c)
		verify := func() score.Check {
			t.Helper()
			if err := w.scorer.VerifyAll(ctx, func(_ score.Check, err error) {
				if err != nil {
					t.Error(err)
				}
			}); err != nil {
				t.Fatal(err)
			}
			checks, err := w.scorer.Checks(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return checks["tram"]
		}
		if k := verify(); !k.Agrees || k.Difference != "" || k.Seq != 1 || !k.At.Equal(start) {
			t.Errorf("nothing is wrong: %+v", k)
		}
		err := w.scorer.Control.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE score_counts SET counts = replace(counts, '"giuong.range":10', '"giuong.range":3')`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if wrong, err := w.scorer.Current(ctx, "tram"); err != nil || dump(wrong) == dump(right) {
			t.Fatalf("the counts were not changed: %v", err)
		}
		if k := verify(); k.Agrees || !strings.Contains(k.Difference, "tram: giuong.range 3 → 10") {
			t.Errorf("kept counts are wrong: %+v", k)
		}
		if now, err := w.scorer.Current(ctx, "tram"); err != nil || dump(now) != dump(right) {
			t.Errorf("it is not put right: %v %s", err, dump(now))
		}
		if k := verify(); !k.Agrees {
			t.Errorf("put right: %+v", k)
		}
	})
}
