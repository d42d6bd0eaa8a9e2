package explore

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/cql2"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// isYear reports whether a column of whole numbers holds years.
func isYear(c *contract.Column) bool {
	if c.Type != contract.Integer || c.CodeList != "" {
		return false
	}
	name := strings.ToLower(c.Store)
	return name == "nam" || name == "year" || strings.HasPrefix(name, "nam_") && strings.HasPrefix(c.Title, "Năm")
}

// isTime reports whether figures can be drawn along a column. What tells of
// persons (a day of birth) is no time of the data.
func isTime(c *contract.Column) bool {
	switch c.Type {
	case contract.Date, contract.PartialDate, contract.Timestamp:
		return !c.Sealed && !c.Personal.Is()
	}
	return isYear(c) && !c.Sealed && !c.Personal.Is()
}

func hasTime(obj *contract.Object) bool {
	return slices.ContainsFunc(obj.Columns, func(c contract.Column) bool { return isTime(&c) })
}

// times are the columns along which a reader may draw, the likeliest first: the
// one that the contract names as the data's own time, then those of the key, the
// period, the time of change, then moments, days and years.
func times(con *contract.Contract, obj *contract.Object, sees func(name string) bool) (all []int) {
	add := func(i int) {
		if i >= 0 && isTime(&obj.Columns[i]) && sees(obj.Columns[i].Name) && !slices.Contains(all, i) {
			all = append(all, i)
		}
	}
	if f := con.Frequency; f.Object >= 0 && f.Object < len(con.Objects) && con.Objects[f.Object] == obj {
		add(f.Column)
	}
	for _, i := range obj.Key {
		add(i)
	}
	for _, i := range []int{obj.Period, obj.OrderBy, obj.ValidFrom} {
		add(i)
	}
	for _, t := range []contract.Type{contract.Timestamp, contract.Date, contract.PartialDate, contract.Integer} {
		for i := range obj.Columns {
			if obj.Columns[i].Type == t {
				add(i)
			}
		}
	}
	return all
}

// bucketsOf are the stretches that a column is drawn by; none for years.
func bucketsOf(c *contract.Column, few bool) []mirror.Bucket {
	if c.Type == contract.Integer {
		return nil
	}
	if few && c.Type == contract.PartialDate {
		return []mirror.Bucket{mirror.Year}
	}
	_, all := mirror.Groupable(c)
	return slices.DeleteFunc(slices.Clone(all), func(b mirror.Bucket) bool { return few && b == mirror.Week })
}

// usual is how many points a drawing has at most unless somebody asks for more.
const usual = 750

// bucketFor is a stretch that suits the time between two values: fine enough to
// see what moves, and not more points than a screen shows.
func bucketFor(c *contract.Column, first, last string) mirror.Bucket {
	choice := map[contract.Type][]mirror.Bucket{
		contract.Timestamp:   {mirror.Hour, mirror.Day, mirror.Month, mirror.Year},
		contract.Date:        {mirror.Day, mirror.Month, mirror.Year},
		contract.PartialDate: {mirror.Year},
	}[c.Type]
	a, okA := timeOf(first)
	b, okB := timeOf(last)
	if len(choice) == 0 {
		return mirror.None
	}
	if !okA || !okB {
		return choice[len(choice)-1]
	}
	most := map[mirror.Bucket]time.Duration{mirror.Hour: 7 * 24 * time.Hour, mirror.Day: usual * 24 * time.Hour, mirror.Month: 20 * 365 * 24 * time.Hour}
	for _, bucket := range choice {
		if limit, ok := most[bucket]; !ok || b.Sub(a) <= limit {
			return bucket
		}
	}
	return choice[len(choice)-1]
}

// timeOf reads a value or the name of a stretch: when it begins.
func timeOf(text string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02T15:04:05.999999-07:00", time.DateOnly, "2006-01", "2006"} {
		if t, err := time.ParseInLocation(layout, text, record.VietnamTime); err == nil {
			return t.In(record.VietnamTime), true
		}
	}
	year, rest, found := strings.Cut(text, "-")
	y, err := strconv.Atoi(year)
	if !found || err != nil || len(rest) < 2 {
		return time.Time{}, false
	}
	n, err := strconv.Atoi(rest[1:])
	switch {
	case err != nil:
	case rest[0] == 'Q':
		return time.Date(y, time.Month(3*n-2), 1, 0, 0, 0, 0, record.VietnamTime), true
	case rest[0] == 'W': // the week with 4 January is the first
		fourth := time.Date(y, 1, 4, 0, 0, 0, 0, record.VietnamTime)
		monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
		return monday.AddDate(0, 0, 7*(n-1)), true
	}
	return time.Time{}, false
}

var roman = []string{"", "I", "II", "III", "IV"}

// bucketText writes a stretch as officials read it.
func bucketText(l locale.Lang, bucket mirror.Bucket, label string) string {
	at, ok := timeOf(label)
	if !ok {
		return label
	}
	vi := l == locale.Vi
	switch {
	case bucket == mirror.Hour && vi:
		return at.Format("15:04 02/01/2006")
	case bucket == mirror.Hour:
		return at.Format("2006-01-02 15:04")
	case bucket == mirror.Day && vi:
		return at.Format("02/01/2006")
	case bucket == mirror.Month && vi:
		return at.Format("01/2006")
	case bucket == mirror.Week:
		year, week := at.ISOWeek()
		return l.T("explore-chart.week", strconv.Itoa(week), strconv.Itoa(year))
	case bucket == mirror.Quarter:
		return l.T("explore-chart.quarter", roman[(int(at.Month())+2)/3], at.Format("2006"))
	case bucket == "decade" || bucket == "century":
		return l.T("explore-chart."+string(bucket), at.Format("2006"))
	}
	return label
}

// between keeps a period of days, both ends included, of a column of times; nil
// for all of them.
func between(c *contract.Column, from, to time.Time) cql2.Expr {
	var all cql2.And
	add := func(op string, at time.Time) {
		v := cql2.Value{Kind: cql2.Date, Text: at.Format(time.DateOnly)}
		if c.Type != contract.Timestamp && c.Type != contract.Date { // of which perhaps the year alone is known
			v = mirror.ValueOf(c, at.Format("2006"))
		}
		all = append(all, cql2.Compare{Property: cql2.Property{Name: c.Name}, Op: op, Value: v})
	}
	if !from.IsZero() {
		add(">=", from)
	}
	switch {
	case to.IsZero():
	case c.Type == contract.PartialDate: // also all days of that year
		add("<", to.AddDate(1, 0, 0))
	default:
		add("<=", to)
	}
	if len(all) == 0 {
		return nil
	}
	return all
}
