package scores

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// A Point is what a day ended with.
type Point struct {
	Day     string   // 2006-01-02
	Value   *float64 // nil: not measured, or not yet there
	Formula string   // version of the formulas, "" where there is no value
}

// A Trend is a value by day, ready to be drawn.
type Trend struct {
	Label   string
	lang    locale.Lang
	points  []Point
	low     float64 // value at the bottom of the picture
	summary string
}

// Days are the days up to one, the oldest first.
func Days(today time.Time, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = score.DayOf(today.AddDate(0, 0, i-n+1))
	}
	return all
}

// OfSet follows one figure of a data set over days: a day on which nothing
// changed is as the one before. criterion "" is the overall score.
func OfSet(all []score.Day, days []string, criterion contract.Criterion) []Point {
	points := make([]Point, len(days))
	for i, day := range days {
		points[i].Day = day
		d, there := score.On(all, day)
		if !there || d.Weight == 0 {
			continue
		}
		if points[i].Value = valueOf(d.Overall, d.Criteria, criterion); points[i].Value != nil {
			points[i].Formula = d.Formula
		}
	}
	return points
}

func valueOf(overall *float64, criteria []score.Criterion, id contract.Criterion) *float64 {
	if id == "" {
		return overall
	}
	for _, c := range criteria {
		if c.ID == id {
			return c.Value
		}
	}
	return nil
}

// OfSeveral follows the overall score of several data sets together.
func OfSeveral(book *score.Book, datasets, days []string) []Point {
	points := make([]Point, len(days))
	for i, m := range book.Means(datasets, days) {
		points[i] = Point{days[i], m.Value, m.Formula}
	}
	return points
}

// NewTrend makes a trend of points; now, when it is not nil, is what the last
// day stands at this moment.
func NewTrend(lang locale.Lang, label string, points []Point, now *float64) Trend {
	t := Trend{Label: label, lang: lang, points: points}
	if n := len(points); n > 0 {
		points[n-1].Value, points[n-1].Formula = now, score.Formula
	}
	low := 100.0
	for _, p := range points {
		if p.Value != nil {
			low = min(low, *p.Value)
		}
	}
	t.low = max(0, math.Floor((low-5)/10)*10)
	t.low = min(t.low, 70)
	t.summary = t.words()
	return t
}

// Empty reports whether there is no value to draw.
func (t Trend) Empty() bool { return t.measured() == 0 }

func (t Trend) measured() (n int) {
	for _, p := range t.points {
		if p.Value != nil {
			n++
		}
	}
	return n
}

// words says the picture to who does not see it.
func (t Trend) words() string {
	var first, last *Point
	for i := range t.points {
		if t.points[i].Value == nil {
			continue
		}
		if first == nil {
			first = &t.points[i]
		}
		last = &t.points[i]
	}
	if first == nil {
		return t.lang.T("trend.none", t.Label)
	}
	return t.lang.T("trend.summary", t.Label, ui.Score(t.lang, first.Value), t.day(first.Day), ui.Score(t.lang, last.Value), t.day(last.Day))
}

func (t Trend) day(day string) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.lang.Date(at)
}

// The picture: its size and the place of the curve within it.
const (
	wide, high              = 420, 170
	left, right, top, under = 34, 12, 12, 24
)

func (t Trend) x(i int) float64 {
	if len(t.points) < 2 {
		return wide - right
	}
	return left + float64(i)*(wide-left-right)/float64(len(t.points)-1)
}

func (t Trend) y(v float64) float64 {
	return top + (100-v)*(high-top-under)/(100-t.low)
}

func at(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }

// runs are the stretches of days with a value; between them are gaps.
func (t Trend) runs() (all []string) {
	var run []string
	end := func() {
		if len(run) > 0 {
			all = append(all, strings.Join(run, " "))
		}
		run = nil
	}
	for i, p := range t.points {
		if p.Value == nil {
			end()
			continue
		}
		run = append(run, at(t.x(i))+","+at(t.y(*p.Value)))
	}
	end()
	return all
}

// A mark is a line across the picture with its value.
type mark struct {
	Y, Text string
	Band    string
}

func (t Trend) marks() (all []mark) {
	for _, v := range []float64{100, 90, 75, t.low} {
		if v < t.low || v == 75 && t.low > 65 {
			continue
		}
		all = append(all, mark{at(t.y(v)), t.lang.Float(v, 0), map[float64]string{90: "good", 75: "watch"}[v]})
	}
	return all
}

// A dot is a day alone, or the last one, with its words.
type dot struct{ X, Y, Text string }

// dots are what a reader can point at: every day with a value.
func (t Trend) dots() (all []dot) {
	for i, p := range t.points {
		if p.Value != nil {
			all = append(all, dot{at(t.x(i)), at(t.y(*p.Value)), t.day(p.Day) + ": " + ui.Score(t.lang, p.Value)})
		}
	}
	return all
}

// alone are days with a value between two without: a line of one point is none.
func (t Trend) alone() (all []dot) {
	for i, p := range t.points {
		before := i > 0 && t.points[i-1].Value != nil
		behind := i+1 < len(t.points) && t.points[i+1].Value != nil
		if p.Value != nil && (!before && !behind || i == len(t.points)-1) {
			all = append(all, dot{X: at(t.x(i)), Y: at(t.y(*p.Value))})
		}
	}
	return all
}

// A turn is a day from which other formulas hold.
type turn struct{ X, Day, Formula string }

func (t Trend) turns() (all []turn) {
	was := ""
	for i, p := range t.points {
		if p.Formula != "" && was != "" && p.Formula != was {
			all = append(all, turn{at(t.x(i)), t.day(p.Day), p.Formula})
		}
		if p.Formula != "" {
			was = p.Formula
		}
	}
	return all
}

// A row is a day on which the value changed.
type row struct{ Day, Value, Delta, Band, Note string }

// rows are the days on which something changed, the newest first.
func (t Trend) rows() (all []row) {
	var was *float64
	formula := ""
	for i, p := range t.points {
		same := i > 0 && (was == nil) == (p.Value == nil) && (was == nil || math.Abs(*was-*p.Value) < 1e-9) && (p.Formula == "" || p.Formula == formula)
		if !same {
			r := row{Day: t.day(p.Day), Value: ui.Score(t.lang, p.Value)}
			if i > 0 {
				r.Delta, r.Band = Delta(t.lang, p.Value, was)
			}
			if formula != "" && p.Formula != "" && p.Formula != formula {
				r.Note = t.lang.T("trend.formula", p.Formula)
			}
			all = append([]row{r}, all...)
		}
		was = p.Value
		if p.Formula != "" {
			formula = p.Formula
		}
	}
	return all
}

// Delta words a difference; without one of the two there is none. band colours
// what a sign says already.
func Delta(lang locale.Lang, now, was *float64) (text, band string) {
	switch {
	case now == nil || was == nil:
		return lang.T("scores.no-delta"), "none"
	case math.Abs(*now-*was) < Least:
		return lang.T("scores.same"), "none"
	case *now > *was:
		return "▲ +" + lang.Float(*now-*was, 1), "good"
	}
	return "▼ −" + lang.Float(*was-*now, 1), "poor"
}

// first and last are the ends of the picture in words.
func (t Trend) first() string { return t.short(0) }
func (t Trend) last() string  { return t.short(len(t.points) - 1) }

func (t Trend) short(i int) string {
	if i < 0 || i >= len(t.points) {
		return ""
	}
	return t.day(t.points[i].Day)
}
