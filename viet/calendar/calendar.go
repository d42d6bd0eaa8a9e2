// Package calendar counts working days as the clocks of administrative
// procedures do: Saturdays, Sundays, public holidays, Tết, and the days that the
// yearly decision on holidays exchanges are data, and nothing is computed from
// the moon on the way to a due date.
//
// A [Calendar] knows only the years it was given days of. For any other it says
// so, with an [*UnknownYearError]; it never assumes that a year has no holidays.
//
// Sources: Labour Code 45/2019/QH14, articles 111 and 112, for the holidays;
// Civil Code 91/2015/QH13, articles 147 and 148, for how limits in days are
// counted: the day on which a limit begins is not counted, and a limit that
// would end on a day off ends on the next working day.
package calendar

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/phohien/phohien/viet"
)

// A Kind says what a day is.
type Kind string

// The kinds of days. Without an entry, Monday to Friday are worked and Saturday
// and Sunday are not.
const (
	Work     Kind = "work"      // worked though it would be off, or said to be worked
	Off      Kind = "off"       // a holiday
	SwapWork Kind = "swap_work" // worked, by exchange for another day
	SwapOff  Kind = "swap_off"  // off, by exchange for another day or to make up for a holiday
)

// Valid tells whether k is one of the kinds.
func (k Kind) Valid() bool { return slices.Contains([]Kind{Work, Off, SwapWork, SwapOff}, k) }

// working tells whether a day of kind k is worked.
func (k Kind) working() bool { return k == Work || k == SwapWork }

// A Day is one entry of a calendar.
type Day struct {
	Date viet.Date
	Kind Kind
	Act  string // the decision that says so, "6150/TB-BLĐTBXH"
	Name string // what the day is, "Tết Nguyên đán"
}

// A Calendar says which days are worked. It does not change, and may be used by
// several goroutines.
type Calendar struct {
	days  map[viet.Date]Day
	years []int // known, in order
}

// fewestOff is how many days off make a year known where the years are not
// named: Tết alone has five.
const fewestOff = 5

// New makes a calendar of days; of two entries for a day the later one counts,
// so that a decision can follow general data. years are those whose days are all
// there. If none is named, they are the years with at least five days off.
func New(days []Day, years ...int) (*Calendar, error) {
	c := &Calendar{days: make(map[viet.Date]Day, len(days))}
	off := map[int]int{}
	for i, d := range days {
		if !d.Date.Valid() || !d.Kind.Valid() {
			return nil, fmt.Errorf("calendar: day %d of %d: %s is %q, want a day of the years 1 to 9999 and work, off, swap_work or swap_off", i+1, len(days), d.Date, d.Kind)
		}
		c.days[d.Date] = d
	}
	if len(years) > 0 {
		c.years = slices.Compact(slices.Sorted(slices.Values(years)))
		return c, nil
	}
	for date, d := range c.days {
		if !d.Kind.working() {
			off[year(date)]++
		}
	}
	for y, n := range off {
		if n >= fewestOff {
			c.years = append(c.years, y)
		}
	}
	slices.Sort(c.years)
	return c, nil
}

func year(d viet.Date) int {
	y, _, _ := d.YMD()
	return y
}

// Years lists the years the calendar knows.
func (c *Calendar) Years() []int { return slices.Clone(c.years) }

// Known tells whether the calendar knows the year of d.
func (c *Calendar) Known(d viet.Date) bool {
	_, ok := slices.BinarySearch(c.years, year(d))
	return ok && d.Valid()
}

// Day gives the entry of a day, if it has one.
func (c *Calendar) Day(d viet.Date) (Day, bool) {
	day, ok := c.days[d]
	return day, ok
}

// Days lists all entries in order.
func (c *Calendar) Days() []Day {
	days := make([]Day, 0, len(c.days))
	for _, d := range c.days {
		days = append(days, d)
	}
	slices.SortFunc(days, func(a, b Day) int { return int(a.Date - b.Date) })
	return days
}

// An UnknownYearError says that a calendar has no days of a year.
type UnknownYearError struct{ Year int }

func (e *UnknownYearError) Error() string {
	return fmt.Sprintf("calendar: the days off of %d are not known", e.Year)
}

// IsWorking tells whether a day is worked.
func (c *Calendar) IsWorking(d viet.Date) (bool, error) {
	if !c.Known(d) {
		return false, &UnknownYearError{year(d)}
	}
	if day, ok := c.days[d]; ok {
		return day.Kind.working(), nil
	}
	weekday := d.Weekday()
	return weekday != time.Saturday && weekday != time.Sunday, nil
}

// Next gives d if it is worked, else the next working day.
func (c *Calendar) Next(d viet.Date) (viet.Date, error) { return c.seek(d, 1) }

// seek gives d if it is worked, else the nearest working day in the direction of
// step.
func (c *Calendar) seek(d, step viet.Date) (viet.Date, error) {
	for {
		switch working, err := c.IsWorking(d); {
		case err != nil:
			return 0, err
		case working:
			return d, nil
		}
		d += step
	}
}

// AddWorkingDays gives the nth working day after start, or before it if n is
// negative; start itself is not counted. With n = 0 it is Next(start).
func (c *Calendar) AddWorkingDays(start viet.Date, n int) (viet.Date, error) {
	if n == 0 {
		return c.Next(start)
	}
	if !c.Known(start) {
		return 0, &UnknownYearError{year(start)}
	}
	step := viet.Date(1)
	if n < 0 {
		step, n = -1, -n
	}
	d := start
	for ; n > 0; n-- {
		var err error
		if d, err = c.seek(d+step, step); err != nil {
			return 0, err
		}
	}
	return d, nil
}

// Between counts the working days after from, up to and with to; less than zero
// if to is before from. Between(d, AddWorkingDays(d, n)) is n.
func (c *Calendar) Between(from, to viet.Date) (int, error) {
	if to < from {
		// Backwards the last day is not counted and the first one is, as
		// AddWorkingDays counts.
		return c.count(to, from-1, -1)
	}
	return c.count(from+1, to, 1)
}

// count adds sign for each working day from first to last.
func (c *Calendar) count(first, last viet.Date, sign int) (int, error) {
	n := 0
	for d := first; d <= last; d++ {
		working, err := c.IsWorking(d)
		if err != nil {
			return 0, err
		}
		if working {
			n += sign
		}
	}
	return n, nil
}

// DefaultCutoff is when an office's day ends for what it receives, 17:00.
const DefaultCutoff = 17 * time.Hour

// ErrDays is what a limit of less than no days gives.
var ErrDays = errors.New("calendar: a limit has no less than 0 days")

// Start gives the day on which the clock of something received begins: the day
// itself, or the next working day if it is a day off or later than cutoff, a
// time of day in Viet Nam. A cutoff of 0 is DefaultCutoff.
func (c *Calendar) Start(received time.Time, cutoff time.Duration) (viet.Date, error) {
	if cutoff <= 0 {
		cutoff = DefaultCutoff
	}
	at := received.In(viet.Zone)
	d := viet.DateOf(at)
	if at.Sub(d.Time()) <= cutoff {
		return c.Next(d)
	}
	if !c.Known(d) {
		return 0, &UnknownYearError{year(d)}
	}
	return c.Next(d + 1)
}

// Due gives the day on which a limit of so many working days ends, for something
// received at a moment. The day on which the clock begins (see Start) is not
// counted. The result is always a working day.
func (c *Calendar) Due(received time.Time, days int, cutoff time.Duration) (viet.Date, error) {
	if days < 0 {
		return 0, ErrDays
	}
	start, err := c.Start(received, cutoff)
	if err != nil {
		return 0, err
	}
	return c.AddWorkingDays(start, days)
}
