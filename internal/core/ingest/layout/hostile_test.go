package layout

import (
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/ingest"
)

// TestHostile: merged cells without number or measure do not hold up the work.
func TestHostile(t *testing.T) {
	var p paper
	p.name, p.chunk = "x", 100
	for i := range SampleRows {
		row := make([]string, 200)
		for c := range row {
			row[c] = "ô " + itoa(i*c%97)
		}
		p.rows = append(p.rows, row)
	}
	for i := range int64(1 << 16) {
		p.merged = append(p.merged, ingest.Range{FirstRow: i % 400, LastRow: i%400 + i%60, FirstColumn: int(i % 211), LastColumn: int(i%211) + int(i%50)})
	}
	p.merged = append(p.merged, ingest.Range{FirstRow: 1, LastRow: 1 << 62, FirstColumn: 0, LastColumn: 1 << 62},
		ingest.Range{FirstRow: -5, LastRow: -9, FirstColumn: -3, LastColumn: -7}, ingest.Range{FirstRow: 2, LastRow: 3, FirstColumn: 5, LastColumn: 1 << 62})
	begin := time.Now()
	shown(t, p)
	if d := time.Since(begin); d > 20*time.Second {
		t.Errorf("took %v", d)
	}
}
