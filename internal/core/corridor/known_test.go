package corridor_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// Finding unchanged rows before the workshop is a shortcut: two houses that are
// sent the same files, one with it and one without, answer and hold the same.
func TestTheShortcutChangesNothing(t *testing.T) {
	fewCases(t, 20)
	long := openKnowing(t, storetest.SQLite(t), t.TempDir(), 1<<40)
	short := openKnowing(t, storetest.SQLite(t), t.TempDir(), 1)
	n, skipped := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		id := fmt.Sprintf("ho-%d", n)
		for _, h := range []*house{long, short} {
			h.put(strings.Replace(people, "id: ho-gia-dinh", "id: "+id, 1))
		}
		line := func(label string) string {
			key := rapid.IntRange(1, 25).Draw(t, label+" key")
			name := rapid.SampledFrom([]string{"A", "B", " A", "", "C"}).Draw(t, label+" name")
			income := rapid.SampledFrom([]string{"1", "1.00", "", "-1", "2"}).Draw(t, label+" income")
			if rapid.IntRange(0, 3).Draw(t, label+" plain") > 0 {
				name, income = "A", "1"
			}
			return fmt.Sprintf("H%d,%s,1,%s,\n", key, name, income)
		}
		for b := range rapid.IntRange(2, 6).Draw(t, "batches") {
			var csv strings.Builder
			csv.WriteString("ma,chu_ho,so_nguoi,thu_nhap,ngay\n")
			lines := rapid.IntRange(1, 30).Draw(t, "lines")
			if rapid.Bool().Draw(t, "each key once") { // files with twins take the long way
				for k := range lines {
					csv.WriteString(fmt.Sprintf("H%d,%s,1,1,\n", k+1, rapid.SampledFrom([]string{"A", "A", "A", "B"}).Draw(t, "name")))
				}
			} else {
				for range lines {
					csv.WriteString(line(fmt.Sprint(b)))
				}
			}
			var reports [2]corridor.Report
			for i, h := range []*house{long, short} {
				reports[i] = h.send(id, csv.String())
				_, obj, err := h.contracts.Object(h.t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := h.mirror.Follow(h.t.Context(), obj); err != nil {
					t.Fatal(err)
				}
			}
			if got, want := counts(reports[1]), counts(reports[0]); got != want {
				t.Fatalf("file\n%s\nshort %s\nlong  %s", csv.String(), got, want)
			}
			if got, want := short.rows(id), long.rows(id); got != want {
				t.Fatalf("rows: short\n%slong\n%s", got, want)
			}
			if got, want := short.lines(id), long.lines(id); got != want {
				t.Fatalf("lines: short\n%slong\n%s", got, want)
			}
			if reports[1].Unchanged > 0 {
				skipped++
			}
		}
	})
	if skipped == 0 {
		t.Error("no file had an unchanged row")
	}
}
