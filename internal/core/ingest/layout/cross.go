package layout

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/phohien/phohien/viet"
)

// A span of time that headings of crosstabs name.
type period uint8

const (
	none period = iota
	month
	quarter
	year
	week
)

var (
	monthText   = regexp.MustCompile(`^(?:thang|th|t)[ .\-]*(1[0-2]|0?[1-9])(?:\s*[/\-.]\s*((?:19|20)\d\d|\d\d))?$|^(1[0-2]|0?[1-9])\s*[/\-]\s*((?:19|20)\d\d)$|^thang (1[0-2]|0?[1-9]) nam ((?:19|20)\d\d)$`)
	quarterText = regexp.MustCompile(`^(?:quy|q)[ .\-]*(iv|i{1,3}|[1-4])(?:\s*[/\-.]?\s*(?:nam )?((?:19|20)\d\d))?$`)
	yearText    = regexp.MustCompile(`^(?:nam[ ]*)?((?:19|20)\d\d)$`)
	weekText    = regexp.MustCompile(`^tuan[ ]*\d{1,2}$`)
	firstOfDay  = regexp.MustCompile(`^(?:19|20)\d\d-(0[1-9]|1[0-2])-\d\d( 00:00:00)?$`)
)

// periodOf tells what span of time a heading names, by its last part.
func periodOf(heading string) period {
	if i := strings.LastIndex(heading, " / "); i >= 0 {
		heading = heading[i+3:]
	}
	if len(heading) > 40 {
		return none
	}
	f := viet.Fold(heading)
	switch {
	case monthText.MatchString(f), firstOfDay.MatchString(f):
		return month
	case quarterText.MatchString(f):
		return quarter
	case yearText.MatchString(f):
		return year
	case weekText.MatchString(f):
		return week
	}
	return none
}

// periodWord tells whether a heading is the name of spans of time, so that bare
// figures under it are some. Marks count: năm is a year, nam a sex.
func periodWord(heading string) bool {
	f := viet.FoldTone(heading)
	if len(f) > 80 {
		return false
	}
	for _, w := range []string{"tháng", "quý", "năm", "tuần", "kỳ"} {
		if f == w || strings.HasPrefix(f, w+" ") || strings.HasPrefix(f, "các "+w) || strings.HasSuffix(f, " theo "+w) || strings.HasSuffix(f, " các "+w) || strings.HasSuffix(f, " trong "+w) {
			return true
		}
	}
	return false
}

// periods are the runs of a row whose cells are years, or the first days of
// months, that go on by one: figures that are headings.
func periods(r Row) [][]int {
	var runs [][]int
	var run []int
	last, step := 0, 0
	end := func() {
		if len(run) >= 3 {
			runs = append(runs, run)
		}
		run, last, step = nil, 0, 0
	}
	for c := range r.Cells {
		s := r.at(c)
		v := 0
		if len(s) == 4 && yearText.MatchString(s) {
			v, _ = strconv.Atoi(s)
		} else if len(s) >= 10 && firstOfDay.MatchString(s) {
			y, _ := strconv.Atoi(s[:4])
			m, _ := strconv.Atoi(s[5:7])
			v = y*12 + m
		}
		if v == 0 {
			end()
			continue
		}
		if d := v - last; len(run) > 0 && (d != 1 && d != -1 || step != 0 && d != step) {
			end()
		}
		if len(run) > 0 {
			step = v - last
		}
		run = append(run, c)
		last = v
	}
	end()
	return runs
}

var periodName = map[period]string{month: "Tháng", quarter: "Quý", year: "Năm", week: "Tuần"}

// crosstab finds columns that say the same of several spans of time and makes
// them Spread; a contract that has columns of these names wants them as they
// are.
func (s *sheet) crosstab(l *Layout) {
	spans := make([]period, len(l.Columns))
	level := make([]bool, len(l.Columns)) // the span stands above the measure
	count := map[period]int{}
	for c, col := range l.Columns {
		if col.Role != Data {
			continue
		}
		p := s.spanOf(col.Heading)
		if p == none { // "Tháng 1 / Số vụ"
			if first, _, ok := strings.Cut(col.Heading, " / "); ok {
				p = periodOf(first)
				level[c] = p != none
			}
		}
		if s.known != nil && (s.known(col.Heading) || s.known(viet.Fold(col.Heading))) {
			p = none
		}
		spans[c] = p
		count[p]++
	}
	best := none
	for _, p := range []period{month, quarter, week, year} {
		if count[p] >= 3 && count[p] > count[best] || best == none && count[p] >= 3 {
			best = p
		}
	}
	if best == none {
		return
	}
	s.spread(l, spans, level, best)
}

// spanOf is periodOf, and knows figures under a heading "Tháng".
func (s *sheet) spanOf(heading string) period {
	if p := periodOf(heading); p != none {
		return p
	}
	i := strings.LastIndex(heading, " / ")
	if i < 0 {
		return none
	}
	n, err := strconv.Atoi(heading[i+3:])
	if err != nil {
		return none
	}
	group := heading[:i]
	if j := strings.LastIndex(group, " / "); j >= 0 {
		group = group[j+3:]
	}
	if !periodWord(group) {
		return none
	}
	group = viet.FoldTone(group)
	switch {
	case n >= 1 && n <= 12 && strings.Contains(group, "tháng"):
		return month
	case n >= 1 && n <= 4 && strings.Contains(group, "quý"):
		return quarter
	case n >= 1 && n <= 53 && strings.Contains(group, "tuần"):
		return week
	}
	return none
}

func (s *sheet) spread(l *Layout, spans []period, level []bool, best period) {
	x := &Cross{Label: periodName[best], Value: "Giá trị"}
	measures := false
	for c := range l.Columns {
		measures = measures || spans[c] == best && level[c]
	}
	common := ""
	for c := range l.Columns {
		if spans[c] != best {
			if l.Columns[c].Role == Data && sumHeading(l.Columns[c].Heading) && (s.known == nil || !s.known(l.Columns[c].Heading) && !s.known(viet.Fold(l.Columns[c].Heading))) {
				l.Columns[c].Role = Ignore // the sum of the columns beside it
			}
			continue
		}
		h := l.Columns[c].Heading
		l.Columns[c].Role = Spread
		label, measure := h, x.Value
		switch {
		case level[c]:
			label, measure, _ = strings.Cut(h, " / ")
		default:
			if i := strings.LastIndex(h, " / "); i >= 0 {
				// "Năm 2024 / Quý I" names the span; "Số vụ / Tháng 1" what is counted.
				if group := h[:i]; periodOf(group) != none {
					label = h
				} else {
					label = h[i+3:]
					if countsSomething(group) {
						measure = group
						if common != "" && common != group {
							measures = true
						}
						common = group
					}
				}
			}
		}
		x.Labels = append(x.Labels, label)
		x.Measures = append(x.Measures, measure)
	}
	if !measures {
		if common != "" {
			x.Value = common
		}
		x.Measures = nil
	}
	l.Cross = x
}

// countsSomething tells whether a heading over spans of time says what is
// counted, and not only that they follow.
func countsSomething(group string) bool {
	last := group[strings.LastIndex(group, "/")+1:]
	switch f := viet.FoldTone(last); f {
	case "chia ra", "trong đó":
		return false
	default:
		return !periodWord(last) || strings.Contains(f, " theo ")
	}
}

// sumHeading is a column that adds up the spread ones.
func sumHeading(h string) bool {
	if i := strings.LastIndex(h, " / "); i >= 0 {
		h = h[i+3:]
	}
	f := viet.Fold(h)
	return totalWord(h) > 0 || strings.HasPrefix(f, "ca nam") || strings.HasPrefix(f, "tong nam") || strings.HasPrefix(f, "cong nam")
}
