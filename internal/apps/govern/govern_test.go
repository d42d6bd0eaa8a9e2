package govern_test

import (
	"os"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/apps/govern"
)

func shipped(t *testing.T) []*govern.Measure {
	t.Helper()
	text, err := os.ReadFile("../../../packs/viet-nam/measures.yaml")
	if err != nil {
		t.Fatal(err)
	}
	list, err := govern.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestSixteen: the frame has sixteen measures in three groups, and the five groups of
// the architecture are there.
func TestSixteen(t *testing.T) {
	n, groups := 0, map[string]bool{}
	for _, m := range shipped(t) {
		if m.Set == "quan-tri" {
			n++
			if len(m.Scale) != 5 {
				t.Errorf("%s has no scale", m.ID)
			}
		}
		groups[m.Set+"/"+m.Group] = true
	}
	if n != 16 {
		t.Errorf("%d measures of the frame, not sixteen", n)
	}
	for _, g := range govern.Groups {
		if !groups[g.Set+"/"+g.ID] {
			t.Errorf("nothing is measured in %s/%s", g.Set, g.ID)
		}
	}
}

func TestScore(t *testing.T) {
	rising := &govern.Measure{Scale: []float64{10, 30, 50, 70, 90}}
	falling := &govern.Measure{Scale: []float64{12, 6, 3, 1, 0}}
	for _, c := range []struct {
		m     *govern.Measure
		value float64
		want  int
	}{
		{rising, 0, 0}, {rising, 9.99, 0}, {rising, 10, 1}, {rising, 89.9, 4}, {rising, 90, 5}, {rising, 100, 5},
		{falling, 13, 0}, {falling, 12, 1}, {falling, 1, 4}, {falling, 0, 5},
	} {
		if got, ok := c.m.Score(c.value); !ok || got != c.want {
			t.Errorf("%v: %v gives %d, want %d", c.m.Scale, c.value, got, c.want)
		}
	}
	if _, ok := (&govern.Measure{}).Score(1); ok {
		t.Error("a score without a scale")
	}
}

// TestBands: half open, and 4.5 is the best.
func TestBands(t *testing.T) {
	for mean, want := range map[float64]string{0: "Không có năng lực", 0.99: "Không có năng lực", 1: "Không ổn định", 2: "Đang phát triển", 3.99: "Đã xác định", 4: "Quản lý hiệu quả", 4.49: "Quản lý hiệu quả", 4.5: "Tối ưu", 5: "Tối ưu"} {
		if got := govern.BandOf(mean).Title.Vi; got != want {
			t.Errorf("%v: %s, want %s", mean, got, want)
		}
	}
}

func TestMaturity(t *testing.T) {
	five, three := 5, 3
	m := govern.MaturityOf([]govern.Figure{
		{Measure: &govern.Measure{Set: "quan-tri", Scale: []float64{1, 2, 3, 4, 5}}, Score: &five, Auto: true},
		{Measure: &govern.Measure{Set: "quan-tri", Scale: []float64{1, 2, 3, 4, 5}}, Score: &three},
		{Measure: &govern.Measure{Set: "quan-tri", Scale: []float64{1, 2, 3, 4, 5}}},
		{Measure: &govern.Measure{Set: "kien-truc", Scale: []float64{1, 2, 3, 4, 5}}, Score: &five},
	}, "quan-tri")
	if m.Of != 3 || m.Measured != 2 || m.Auto != 1 || *m.Mean != 4 || m.Band.Title.En != "Managed" {
		t.Errorf("%+v", m)
	}
	if none := govern.MaturityOf(nil, "quan-tri"); none.Mean != nil {
		t.Error("a maturity of nothing")
	}
}

func TestParse(t *testing.T) {
	for text, says := range map[string]string{
		"kind: Measure":                       "kind",
		"kind: Measures\nmeasures: [{id: x}]": "Mã chỉ số",
		"kind: Measures\nmeasures: [{id: QT-01, set: quan-tri, group: khac, title: a, about: b, source: c, kind: kpi, unit: percent, period: year}]":                             "nhóm",
		"kind: Measures\nmeasures: [{id: QT-01, set: quan-tri, group: nen-tang, title: a, about: b, source: c, kind: kpi, unit: percent, period: year, scale: [1, 3, 2, 4, 5]}]": "scale",
		"kind: Measures\nmeasures: [{id: QT-01, la: x}]": "la",
	} {
		_, err := govern.Parse([]byte(text))
		e, ok := err.(*govern.Error)
		if !ok || e.Line < 1 || !strings.Contains(e.Vi, says) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
