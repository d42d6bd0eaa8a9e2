package plan

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet"
)

// A Kind is how a plan says when something is due.
type Kind string

// The kinds.
const (
	ByDay      Kind = "day"
	ByMonth    Kind = "month"   // the last day of it
	ByQuarter  Kind = "quarter" // likewise
	ByYear     Kind = "year"    // likewise
	Yearly     Kind = "yearly"  // by the end of every year
	Continuous Kind = "continuous"
	AfterAct   Kind = "condition" // an outside act, guidance or timetable decides
	Unsaid     Kind = "none"
)

// A Due is when something is due.
type Due struct {
	Kind Kind
	Text string    // as the plan has it: 2026-10-15, 2026-10, 2026-Q3, 2026
	Last viet.Date // the last day; 0 where Kind has none
	Act  string    // what it waits for, of AfterAct
}

// Dated reports whether there is a last day.
func (d Due) Dated() bool {
	switch d.Kind {
	case ByDay, ByMonth, ByQuarter, ByYear:
		return true
	}
	return false
}

var quarter = regexp.MustCompile(`^(\d{4})-Q([1-4])$`)

// DueOf reads a due date as plans write it: a day, a month, a quarter or a year in the
// manner of ISO 8601, "yearly" or "continuous"; "" with a condition is due after that,
// without one nobody has said. What is not as written here is a fault.
func DueOf(text, condition string) (Due, error) {
	text, condition = strings.TrimSpace(text), strings.TrimSpace(condition)
	d := Due{Text: text, Act: condition}
	switch {
	case text == "" && condition != "":
		d.Kind = AfterAct
		return d, nil
	case text == "":
		d.Kind = Unsaid
		return d, nil
	case text == string(Yearly) || text == string(Continuous):
		d.Kind = Kind(text)
		return d, nil
	}
	if m := quarter.FindStringSubmatch(text); m != nil {
		year, errYear := strconv.Atoi(m[1])
		q, errQuarter := strconv.Atoi(m[2])
		if errYear != nil || errQuarter != nil || year == 0 {
			return d, fault.New(fault.Invalid, "plan.bad-due", text)
		}
		_, last := viet.PartialDate{Year: year, Month: 3 * q}.Span()
		d.Kind, d.Last = ByQuarter, last
		return d, nil
	}
	p, _, err := viet.ParsePartialDate([]byte(text))
	if err != nil {
		return d, fault.New(fault.Invalid, "plan.bad-due", text).Because(err)
	}
	_, d.Last = p.Span()
	switch p.Precision() {
	case viet.PrecisionDay:
		d.Kind = ByDay
	case viet.PrecisionMonth:
		d.Kind = ByMonth
	default:
		d.Kind = ByYear
	}
	return d, nil
}
