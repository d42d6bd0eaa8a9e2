package workbook

import (
	"testing"

	"github.com/phohien/phohien/internal/foundation/locale"
)

// BenchmarkFaults words a line with two faults, one with a suggestion.
func BenchmarkFaults(b *testing.B) {
	in := slipInput(b, locale.Vi)
	l := in.Lines[2]
	for b.Loop() {
		Faults(in.Object, []string{"dinh_danh.pattern", "gioi.values"}, l.Cells, in.Lists, locale.Vi)
	}
}
