package record

import (
	"math"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"pgregory.net/rapid"
)

func TestPlainDecimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-1000, 1000), rapid.SampledFrom([]int64{0, math.MinInt64, math.MaxInt64})).Draw(t, "v")
		scale := rapid.IntRange(0, 18).Draw(t, "scale")
		if got, want := string(plainDecimal(v, scale)), decimal128.FromI64(v).ToString(int32(scale)); got != want {
			t.Errorf("%d with %d decimals: %s, want %s", v, scale, got, want)
		}
	})
}
