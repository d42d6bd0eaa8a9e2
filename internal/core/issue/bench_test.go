package issue_test

import (
	"testing"

	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// What follows a batch of a data set of ten thousand records: in which all holds,
// and in which a sender has some that wait.
func BenchmarkRoute(b *testing.B) {
	for name, lines := range map[string][]line{"clean": nil, "faulty": {{"T90001", "A", "giuong.range"}, {"T90002", "B", "giuong.range"}}} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, storetest.SQLite(b))
			c := w.install("tram")
			w.send(c, change{insert: many(0, 10_000, "A"), lines: lines})
			sc, err := w.Scores.Update(b.Context(), c.ID)
			w.ok(err)
			for b.Loop() {
				w.ok(w.RouteScored(b.Context(), sc))
			}
		})
	}
}
