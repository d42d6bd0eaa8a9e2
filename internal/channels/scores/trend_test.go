package scores

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/locale"
)

func value(v float64) *float64 { return &v }

// days of a set: scored on the 3rd, unmeasured on the 5th, back on the 7th by
// other formulas.
func days() []score.Day {
	return []score.Day{
		{Day: "2026-11-03", Weight: 1, Formula: "2026.1", Overall: value(80)},
		{Day: "2026-11-05", Weight: 1, Formula: "2026.1"},
		{Day: "2026-11-07", Weight: 1, Formula: "2026.2", Overall: value(92)},
	}
}

var today = time.Date(2026, 11, 8, 5, 0, 0, 0, time.UTC)

func TestOfSet(t *testing.T) {
	points := OfSet(days(), Days(today, 7), "")
	var got []string
	for _, p := range points {
		text := p.Day[8:] + " –"
		if p.Value != nil {
			text = p.Day[8:] + " " + locale.En.Float(*p.Value, 0) + " " + p.Formula
		}
		got = append(got, text)
	}
	want := "02 –|03 80 2026.1|04 80 2026.1|05 –|06 –|07 92 2026.2|08 92 2026.2"
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
}

func TestOfSeveral(t *testing.T) {
	all := map[string][]score.Day{
		"a": {{Day: "2026-11-06", Weight: 3, Overall: value(100)}},
		"b": {{Day: "2026-11-07", Weight: 1, Overall: value(60)}, {Day: "2026-11-08", Weight: 0, Overall: value(60)}},
		"c": {{Day: "2026-11-01", Weight: 9, Overall: value(1)}},
	}
	points := OfSeveral(all, Days(today, 4), func(id string) bool { return id != "c" })
	for i, want := range []*float64{nil, value(100), value(90), value(100)} {
		if got := points[i].Value; (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%s: %v, want %v", points[i].Day, got, want)
		}
	}
}

// TestTrend draws a line with a gap and marks the change of the formulas.
func TestTrend(t *testing.T) {
	trend := NewTrend(locale.Vi, "Điểm chung", OfSet(days(), Days(today, 7), ""), value(92))
	if got := len(trend.runs()); got != 2 {
		t.Errorf("%d stretches, want two with a gap between", got)
	}
	if turns := trend.turns(); len(turns) != 1 || turns[0].Day != "07/11/2026" || turns[0].Formula != "2026.2" {
		t.Errorf("changes of the formulas: %+v", turns)
	}
	var b bytes.Buffer
	if err := Chart(trend).Render(locale.With(t.Context(), locale.Vi), &b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`role="img"`, "80 điểm ngày 03/11/2026", "92 điểm ngày 08/11/2026", "chưa đo", "<table", "2026.2"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the chart is without %q", want)
		}
	}
	if strings.Contains(b.String(), "style=") {
		t.Error("the policy of pages forbids styles within them")
	}
}

func TestTrend_empty(t *testing.T) {
	trend := NewTrend(locale.En, "Overall", OfSet(nil, Days(today, 7), ""), nil)
	if !trend.Empty() {
		t.Error("there is something to draw")
	}
}
