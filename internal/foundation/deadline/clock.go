package deadline

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// A Unit is what a clock counts in.
type Unit string

// The units. A clock of FixedDay has a day instead of an amount.
const (
	WorkingDays Unit = "wd"
	Hours24     Unit = "h"
	Days        Unit = "d"
	Months      Unit = "month"
	Years       Unit = "year"
	FixedDay    Unit = "day"
)

// A Direction is how the limit stands to what it is counted from.
type Direction string

// The directions.
const (
	Within Direction = "within" // at most so long after the start; of a fixed day: on it at the latest
	Before Direction = "before" // at least so long before an event; of a fixed day: before it
	Every  Direction = "every"  // again after so long at the latest
	Keep   Direction = "keep"   // kept at least so long: no deadline runs under it
)

// A Sureness is how we know a limit (STANDARDS.md §0).
type Sureness string

// The degrees of sureness.
const (
	FromText    Sureness = "T" // the rule's own text was read
	FromPage    Sureness = "P" // a page about the rule says so
	FromCode    Sureness = "C" // public code or data implement it
	General     Sureness = "G" // general knowledge
	Unconfirmed Sureness = "U"
)

// A Definition is what a clock says.
type Definition struct {
	ID        string    `json:"id"` // CLK-11; of several limits in one rule: CLK-22.notice, CLK-22.report
	EventVi   string    `json:"eventVi"`
	EventEn   string    `json:"eventEn"`
	DutyVi    string    `json:"dutyVi"`
	DutyEn    string    `json:"dutyEn"`
	Direction Direction `json:"direction"`
	Amount    int       `json:"amount,omitempty"` // in units
	Unit      Unit      `json:"unit"`
	On        string    `json:"on,omitempty"`        // of a fixed day: 31/12/2026, 15/12 each year, 15 each month
	Extension int       `json:"extension,omitempty"` // in units: it may be moved once, by no more; 0 = the rule does not say
	Act       string    `json:"act"`
	Article   string    `json:"article,omitempty"`
	Sure      Sureness  `json:"sure"`
	NoteVi    string    `json:"noteVi,omitempty"`
	NoteEn    string    `json:"noteEn,omitempty"`
	ValidFrom string    `json:"validFrom,omitempty"` // yyyy-mm-dd, "" = open
	ValidTo   string    `json:"validTo,omitempty"`   // the last day
}

// A Clock is one version of a definition.
type Clock struct {
	Definition
	Version int
	Pack    string // that brought this version, "" = made by hand
	By      actor.Actor
	Why     string
	MadeAt  time.Time
	Retired bool // none of its versions is for new deadlines any more
}

var (
	clockID = regexp.MustCompile(`^[A-Z][A-Z0-9]{1,11}-[0-9]{2,4}(\.[a-z0-9-]{1,24})?$`)
	onDay   = regexp.MustCompile(`^(\d{1,2})(?:/(\d{1,2})(?:/(\d{4}))?)?$`)
)

// mostAmount bounds the amount of a definition.
const mostAmount = 10_000

// Check says what is wrong with a definition.
func (d *Definition) Check() error {
	switch {
	case !clockID.MatchString(d.ID):
		return fault.New(fault.Invalid, "deadline.clock.id", d.ID)
	case strings.TrimSpace(d.EventVi) == "" || strings.TrimSpace(d.DutyVi) == "":
		return fault.New(fault.Invalid, "deadline.clock.words", d.ID)
	case strings.TrimSpace(d.Act) == "":
		return fault.New(fault.Invalid, "deadline.clock.act", d.ID)
	case !known(d.Direction, Within, Before, Every, Keep):
		return fault.New(fault.Invalid, "deadline.clock.direction", d.ID, string(d.Direction))
	case !known(d.Unit, WorkingDays, Hours24, Days, Months, Years, FixedDay):
		return fault.New(fault.Invalid, "deadline.clock.unit", d.ID, string(d.Unit))
	case !known(d.Sure, FromText, FromPage, FromCode, General, Unconfirmed):
		return fault.New(fault.Invalid, "deadline.clock.sure", d.ID, string(d.Sure))
	case d.Extension < 0 || d.Extension > mostAmount || d.Unit == FixedDay && d.Extension != 0:
		return fault.New(fault.Invalid, "deadline.clock.extension", d.ID)
	case !span(d.ValidFrom, d.ValidTo):
		return fault.New(fault.Invalid, "deadline.clock.valid", d.ID)
	}
	if d.Unit != FixedDay {
		if d.Amount < 1 || d.Amount > mostAmount || d.On != "" {
			return fault.New(fault.Invalid, "deadline.clock.amount", d.ID, mostAmount)
		}
		return nil
	}
	if _, err := readDay(d.On); err != nil || d.Amount != 0 || !known(d.Direction, Within, Before) {
		return fault.New(fault.Invalid, "deadline.clock.on", d.ID, d.On)
	}
	return nil
}

func known[T comparable](v T, all ...T) bool {
	for _, a := range all {
		if a == v {
			return true
		}
	}
	return false
}

// span reports whether both ends are days, or nothing, in order.
func span(from, to string) bool {
	for _, text := range []string{from, to} {
		if _, err := isoDay(text); text != "" && err != nil {
			return false
		}
	}
	return from == "" || to == "" || from <= to
}

// isoDay reads yyyy-mm-dd and nothing else.
func isoDay(text string) (viet.Date, error) {
	d, std, err := viet.ParseDate([]byte(text))
	if err == nil && (std || d.String() != text) {
		err = fault.New(fault.Invalid, "deadline.day", text)
	}
	return d, err
}

// InForce reports whether the clock holds for what starts on a day.
func (c *Clock) InForce(on viet.Date) bool {
	day := on.String()
	return !c.Retired && (c.ValidFrom == "" || c.ValidFrom <= day) && (c.ValidTo == "" || day <= c.ValidTo)
}

// A fixed is a day that a rule names; month and year are 0 where it comes round.
type fixed struct{ day, month, year int }

func readDay(on string) (f fixed, err error) {
	m := onDay.FindStringSubmatch(on)
	if m == nil {
		return f, fault.New(fault.Invalid, "deadline.day", on)
	}
	for i, into := range []*int{&f.day, &f.month, &f.year} {
		if m[i+1] != "" {
			if *into, err = strconv.Atoi(m[i+1]); err != nil {
				return f, err
			}
		}
	}
	year, month := f.year, f.month
	if year == 0 {
		year = 2024 // has a 29 February
	}
	if month == 0 {
		month = 1
	}
	if _, err := viet.NewDate(year, month, f.day); err != nil {
		return f, fault.New(fault.Invalid, "deadline.day", on)
	}
	return f, nil
}

// next is the first such day from a day on, that day included; a day that does
// not come round is itself. In a month that is too short it is the last day.
func (f fixed) next(from viet.Date) viet.Date {
	year, month, _ := from.YMD()
	if f.year != 0 {
		return clipped(f.year, f.month, f.day)
	}
	if f.month != 0 {
		if d := clipped(year, f.month, f.day); d >= from {
			return d
		}
		return clipped(year+1, f.month, f.day)
	}
	if d := clipped(year, month, f.day); d >= from {
		return d
	}
	return clipped(year, month+1, f.day)
}

// clipped is the day of a month, or its last one; months beyond 12 are of later
// years.
func clipped(year, month, day int) viet.Date {
	year, month = year+(month-1)/12, (month-1)%12+1
	for d := day; ; d-- {
		if date, err := viet.NewDate(year, month, d); err == nil || d <= 1 {
			return date
		}
	}
}

// Event, Duty and Note say the clock in the reader's language.
func (d Definition) Event(l locale.Lang) string { return l.Of(d.EventVi, d.EventEn) }

// Duty says what has to be done.
func (d Definition) Duty(l locale.Lang) string { return l.Of(d.DutyVi, d.DutyEn) }

// Note says what is particular about the clock, "" = nothing.
func (d Definition) Note(l locale.Lang) string { return l.Of(d.NoteVi, d.NoteEn) }

// Limit says how long: "5 ngày làm việc", "trước ngày 31/12 hằng năm".
func (d Definition) Limit(l locale.Lang) string {
	if d.Unit == FixedDay {
		return d.fixedLimit(l)
	}
	span := Amount(l, d.Unit, d.Amount)
	switch d.Direction {
	case Before:
		return l.T("deadline.limit.before", span)
	case Every:
		return l.T("deadline.limit.every", span)
	case Keep:
		return l.T("deadline.limit.keep", span)
	}
	return span
}

func (d Definition) fixedLimit(l locale.Lang) string {
	before := d.Direction == Before
	switch slashes := strings.Count(d.On, "/"); {
	case slashes == 2 && before:
		return l.T("deadline.limit.before-day", d.On)
	case slashes == 2:
		return l.T("deadline.limit.on-day", d.On)
	case slashes == 1 && before:
		return l.T("deadline.limit.before-year", d.On)
	case slashes == 1:
		return l.T("deadline.limit.on-year", d.On)
	case before:
		return l.T("deadline.limit.before-month", d.On)
	}
	return l.T("deadline.limit.on-month", d.On)
}

// Amount says so many units: "5 ngày làm việc", "1 working day".
func Amount(l locale.Lang, u Unit, n int) string {
	one := n == 1
	switch u {
	case WorkingDays:
		if one {
			return l.T("deadline.one.wd", n)
		}
		return l.T("deadline.many.wd", n)
	case Hours24:
		if one {
			return l.T("deadline.one.h", n)
		}
		return l.T("deadline.many.h", n)
	case Months:
		if one {
			return l.T("deadline.one.month", n)
		}
		return l.T("deadline.many.month", n)
	case Years:
		if one {
			return l.T("deadline.one.year", n)
		}
		return l.T("deadline.many.year", n)
	}
	if one {
		return l.T("deadline.one.d", n)
	}
	return l.T("deadline.many.d", n)
}
