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
		{Day: "2026-11-03", Weight: 1, Formula: "2025.9", Overall: value(80)},
		{Day: "2026-11-05", Weight: 1, Formula: "2025.9"},
		{Day: "2026-11-07", Weight: 1, Formula: score.Formula, Overall: value(92)},
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
	want := "02 –|03 80 2025.9|04 80 2025.9|05 –|06 –|07 92 " + score.Formula + "|08 92 " + score.Formula
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
}

// TestTrend draws a line with a gap and marks the change of the formulas.
func TestTrend(t *testing.T) {
	trend := NewTrend(locale.Vi, "Điểm chung", OfSet(days(), Days(today, 7), ""), value(92))
	if got := len(trend.runs()); got != 2 {
		t.Errorf("%d stretches, want two with a gap between", got)
	}
	if turns := trend.turns(); len(turns) != 1 || turns[0].Day != "07/11/2026" || turns[0].Formula != score.Formula {
		t.Errorf("changes of the formulas: %+v", turns)
	}
	var b bytes.Buffer
	if err := Chart(trend).Render(locale.With(t.Context(), locale.Vi), &b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`role="img"`, "80 điểm ngày 03/11/2026", "92 điểm ngày 08/11/2026", "chưa đo", "<table", "Từ ngày 07/11/2026"} {
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
