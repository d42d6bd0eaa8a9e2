package app

import (
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/record"
)

// TestRecountDue: scores are counted anew once a night by the clock of Viet Nam,
// and by day only when nights were missed.
func TestRecountDue(t *testing.T) {
	at := func(day, hour, minute int) time.Time {
		return time.Date(2026, 11, day, hour, minute, 0, 0, record.VietnamTime).UTC()
	}
	for _, c := range []struct {
		name      string
		now, last time.Time
		want      bool
	}{
		{"the evening before", at(22, 23, 59), at(22, 1, 5), false},
		{"midnight", at(23, 0, 30), at(22, 1, 5), false},
		{"the night begins", at(23, 1, 0), at(22, 1, 5), true},
		{"done this night", at(23, 4, 50), at(23, 1, 10), false},
		{"late in the night", at(23, 4, 50), at(22, 1, 10), true},
		{"the night is over", at(23, 5, 0), at(22, 1, 10), false},
		{"two nights missed", at(24, 12, 0), at(22, 1, 10), true},
		{"started in the night", at(23, 2, 10), at(23, 2, 0), false},
	} {
		if got := recountDue(c.now, c.last); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
