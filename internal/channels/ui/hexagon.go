package ui

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/foundation/locale"
)

// A Criterion is one of the six, ready to show.
type Criterion struct {
	ID    string   // dung
	Label string   // Đúng
	Value *float64 // 0 to 100, nil when it is not measured
	Text  string   // 98,2 or chưa đo; of dùng chung, which is not scored, how many use it
	Why   string   // how it came about, or why it is not measured: the first sentence
	More  string   // the others
	Grade Grade
}

// Criteria are the six, in the order of the law's phrase.
type Criteria []Criterion

// A Grade is the band of a figure: good, watch, poor or none.
type Grade struct{ Band string }

// GradeOf finds the band of a figure; nil is not measured.
func GradeOf(v *float64) Grade {
	switch {
	case v == nil:
		return Grade{"none"}
	case *v >= 90:
		return Grade{"good"}
	case *v >= 75:
		return Grade{"watch"}
	}
	return Grade{"poor"}
}

// Score writes a figure with one decimal, or that it is not measured.
func Score(l locale.Lang, v *float64) string {
	if v == nil {
		return l.T("score.not-measured")
	}
	// Rounded down: 99,96 is not 100.
	return strings.TrimSuffix(l.Float(math.Floor(*v*10)/10, 1), l.Float(0.5, 1)[1:2]+"0")
}

// Summary says the picture in words.
func (h Criteria) Summary(ctx context.Context) string {
	parts := make([]string, len(h))
	for i, c := range h {
		parts[i] = c.Label + " " + c.Text
	}
	return Say(ctx, "page.hexagon", strings.Join(parts, "; "))
}

// chart is what the script draws.
func (h Criteria) chart() any {
	type criterion struct {
		Label string   `json:"label"`
		Value *float64 `json:"value"`
	}
	all := make([]criterion, len(h))
	for i, c := range h {
		all[i] = criterion{c.Label, c.Value}
	}
	return map[string]any{"criteria": all}
}

func radius(size int) float64 { return float64(size) * 0.36 }

// at is where a value stands on an axis: the first points up, the others follow
// clockwise.
func at(size, axis int, r float64) (x, y float64) {
	angle := -math.Pi/2 + float64(axis)*math.Pi/3
	c := float64(size) / 2
	return c + r*math.Cos(angle), c + r*math.Sin(angle)
}

func short(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }

func mid(size int) string { return short(float64(size) / 2) }

func axisX(size, axis int, value float64) string {
	x, _ := at(size, axis, radius(size)*value/100)
	return short(x)
}

func axisY(size, axis int, value float64) string {
	_, y := at(size, axis, radius(size)*value/100)
	return short(y)
}

func labelX(size, axis int) string {
	x, _ := at(size, axis, radius(size)+30)
	return short(x)
}

func labelY(size, axis int) string {
	_, y := at(size, axis, radius(size)+24)
	return short(y)
}

func valueY(size, axis int) string {
	_, y := at(size, axis, radius(size)+24)
	return short(y + 15)
}

func viewBox(size int, words bool) string {
	if words {
		return fmt.Sprintf("-40 0 %d %d", size+80, size)
	}
	m := int(float64(size) * 0.1)
	return fmt.Sprintf("%d %d %d %d", m, m, size-2*m, size-2*m)
}

func rings(words bool) []float64 {
	if words {
		return []float64{25, 50, 75, 100}
	}
	return []float64{100}
}

func ringPoints(size int, value float64) string {
	parts := make([]string, 6)
	for i := range parts {
		parts[i] = axisX(size, i, value) + "," + axisY(size, i, value)
	}
	return strings.Join(parts, " ")
}

// A slice is one run of measured neighbours: what is not measured is a gap, not
// nought.
type slice struct{ area, edge string }

func (h Criteria) slices(size int) []slice {
	n := len(h)
	point := func(i int) string { return axisX(size, i, *h[i].Value) + "," + axisY(size, i, *h[i].Value) }
	gap := -1
	for i := range h {
		if h[i].Value == nil {
			gap = i
		}
	}
	if gap < 0 && n > 0 {
		all := make([]string, 0, n+1)
		for i := range h {
			all = append(all, point(i))
		}
		return []slice{{strings.Join(all, " "), strings.Join(append(all, all[0]), " ")}}
	}
	var found []slice
	var run []string
	flush := func() {
		if len(run) > 0 {
			found = append(found, slice{mid(size) + "," + mid(size) + " " + strings.Join(run, " "), strings.Join(run, " ")})
		}
		run = nil
	}
	for k := 1; k <= n; k++ {
		if i := (gap + k) % n; h[i].Value != nil {
			run = append(run, point(i))
		} else {
			flush()
		}
	}
	return found
}
