package units_test

import (
	"fmt"
	"testing"

	"github.com/phohien/phohien/internal/core/units/unitstest"
)

func BenchmarkAddress(b *testing.B) {
	all := unitstest.Questions(vietnam)
	if len(all) < 5000 {
		b.Fatalf("only %d texts", len(all))
	}
	i, sure := 0, 0
	for b.Loop() {
		q := &all[i%len(all)]
		if vietnam.Address(q.Text, q.On).Sure {
			sure++
		}
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "addresses/s")
	b.ReportMetric(100*float64(sure)/float64(b.N), "%sure")
}

// BenchmarkAddress_styles shows each way of writing by itself.
func BenchmarkAddress_styles(b *testing.B) {
	for i, text := range []string{
		"Số 5 ngõ 3 đường Trần Phú, phường Phố Hiến, tỉnh Hưng Yên", "Thôn Đông, xã Lạc Đạo, huyện Văn Lâm, Hưng Yên",
		"thon dong xa lac dao huyen van lam hung yen", "P.Hiến Nam, TP. Hưng Yên",
	} {
		b.Run(fmt.Sprint(i), func(b *testing.B) {
			on := day("2026-01-01")
			for b.Loop() {
				vietnam.Address(text, on)
			}
		})
	}
}
