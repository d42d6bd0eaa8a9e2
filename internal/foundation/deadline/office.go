package deadline

import (
	"errors"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet"
	"github.com/phohien/phohien/viet/calendar"
)

// An Office counts time: the calendar of working days with the office's hours,
// as they were at one moment. It does not change.
type Office struct {
	cal     *calendar.Calendar
	hours   Hours
	edition int64
}

// NewOffice makes an Office of a calendar and hours.
func NewOffice(cal *calendar.Calendar, h Hours) (*Office, error) {
	if err := h.Check(); err != nil {
		return nil, err
	}
	return &Office{cal: cal, hours: h}, nil
}

// Calendar is the calendar of working days.
func (o *Office) Calendar() *calendar.Calendar { return o.cal }

// Hours are the office's hours.
func (o *Office) Hours() Hours { return o.hours }

// worded says which year is not in the calendar.
func worded(err error) error {
	var unknown *calendar.UnknownYearError
	if errors.As(err, &unknown) {
		return fault.New(fault.Unavailable, "deadline.year", unknown.Year).Because(err)
	}
	return err
}

func dayOf(t time.Time) viet.Date { return viet.DateOf(t.In(viet.Zone)) }

// timeOf is the time of day in Viet Nam.
func timeOf(t time.Time) time.Duration { return t.Sub(dayOf(t).Time()) }

// closing is when the office closes on a day.
func (o *Office) closing(d viet.Date) time.Time {
	return d.Time().Add(time.Duration(o.hours.Closes)).UTC()
}

// begin is from when on a clock counts for what arrives at a moment.
func (o *Office) begin(u Unit, received time.Time) (time.Time, error) {
	if u != WorkingDays {
		return received, nil
	}
	if err := o.ready(); err != nil {
		return time.Time{}, err
	}
	d, err := o.cal.Start(received, time.Duration(o.hours.Cutoff))
	if err != nil {
		return time.Time{}, worded(err)
	}
	if d == dayOf(received) {
		return received, nil
	}
	return d.Time().Add(time.Duration(o.hours.Opens)), nil
}

// ready refuses to count days as long as nobody has said the office's hours.
func (o *Office) ready() error {
	if o.hours.length() == 0 {
		return fault.New(fault.Unavailable, "deadline.hours.none")
	}
	return nil
}

// elapsed is the time from one moment to another in a clock's own unit: office
// time of working-day clocks, else the time that passes. It is less than zero
// when to comes first.
func (o *Office) elapsed(u Unit, from, to time.Time) (time.Duration, error) {
	if u != WorkingDays {
		return to.Sub(from), nil
	}
	if to.Before(from) {
		d, err := o.elapsed(u, to, from)
		return -d, err
	}
	first, last := dayOf(from), dayOf(to)
	whole, err := o.cal.Between(first-1, last) // working days from first to last
	if err != nil {
		return 0, worded(err)
	}
	sum := time.Duration(whole) * o.hours.length()
	for _, end := range []struct {
		day viet.Date
		off time.Duration // what of the day does not count
	}{{first, o.hours.until(timeOf(from))}, {last, o.hours.length() - o.hours.until(timeOf(to))}} {
		working, err := o.cal.IsWorking(end.day)
		if err != nil {
			return 0, worded(err)
		}
		if working {
			sum -= end.off
		}
	}
	return sum, nil
}

// advance is the first moment at which so much time, in a clock's own unit, has
// passed since from.
func (o *Office) advance(u Unit, from time.Time, by time.Duration) (time.Time, error) {
	if u != WorkingDays {
		return from.Add(by), nil
	}
	if err := o.ready(); err != nil || by <= 0 {
		return from, err
	}
	day, gone := dayOf(from), o.hours.until(timeOf(from))
	for {
		working, err := o.cal.IsWorking(day)
		if err != nil {
			return time.Time{}, worded(err)
		}
		if working {
			if left := o.hours.length() - gone; by <= left {
				return day.Time().Add(o.hours.when(gone + by)).UTC(), nil
			} else {
				by -= left
			}
		}
		day, gone = day+1, 0
	}
}

// Due is when a limit ends for what arrives at a moment. event is what the duty
// precedes, for clocks that count back from something.
func (o *Office) Due(c Clock, at, event time.Time) (time.Time, error) {
	if c.Direction == Before && c.Unit != FixedDay {
		if event.IsZero() {
			return time.Time{}, fault.New(fault.Invalid, "deadline.event", c.ID)
		}
		return o.before(c, event)
	}
	if c.Unit == Hours24 {
		return at.Add(time.Duration(c.Amount) * time.Hour), nil
	}
	if err := o.ready(); err != nil {
		return time.Time{}, err
	}
	if c.Unit == WorkingDays {
		d, err := o.cal.Due(at, c.Amount, time.Duration(o.hours.Cutoff))
		return o.closing(d), worded(err)
	}
	if c.Unit == FixedDay {
		f, err := readDay(c.On)
		if err != nil {
			return time.Time{}, err
		}
		if c.Direction == Before {
			return o.closing(f.next(dayOf(at)+1) - 1), nil
		}
		return o.closing(f.next(dayOf(at))), nil
	}
	return o.settle(c, after(dayOf(at), c.Unit, c.Amount))
}

// before counts back from an event.
func (o *Office) before(c Clock, event time.Time) (time.Time, error) {
	if c.Unit == Hours24 {
		return event.Add(-time.Duration(c.Amount) * time.Hour), nil
	}
	if err := o.ready(); err != nil {
		return time.Time{}, err
	}
	d := dayOf(event)
	if c.Unit == WorkingDays {
		d, err := o.cal.AddWorkingDays(d, -c.Amount)
		return o.closing(d), worded(err)
	}
	return o.closing(after(d, c.Unit, -c.Amount)), nil
}

// after is the day so many days, months or years later. Where a month is too
// short it is its last day (Civil Code, article 148, clause 4).
func after(d viet.Date, u Unit, n int) viet.Date {
	year, month, day := d.YMD()
	switch u {
	case Months:
		months := year*12 + month - 1 + n
		return clipped(months/12, months%12+1, day)
	case Years:
		return clipped(year+n, month, day)
	}
	return d + viet.Date(n)
}

// settle is closing time of the last day of a limit, moved to the next working
// day where the rule gives so much time after something.
func (o *Office) settle(c Clock, d viet.Date) (time.Time, error) {
	if c.Direction != Within {
		return o.closing(d), nil
	}
	d, err := o.cal.Next(d)
	return o.closing(d), worded(err)
}

// rounded is when a limit ends that would end at a moment: of clocks that count
// days, when the office closes.
func (o *Office) rounded(c Clock, t time.Time) (time.Time, error) {
	if c.Unit == Hours24 {
		return t, nil
	}
	d := dayOf(t)
	if timeOf(t) > time.Duration(o.hours.Closes) {
		d++
	}
	if c.Unit == WorkingDays {
		next, err := o.cal.Next(d)
		return o.closing(next), worded(err)
	}
	return o.settle(c, d)
}
