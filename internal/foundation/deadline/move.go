package deadline

import (
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// workable refuses a day off where working days are counted.
func (o *Office) workable(c Clock, d viet.Date) error {
	if c.Unit != WorkingDays {
		return o.ready()
	}
	working, err := o.cal.IsWorking(d)
	if err == nil && !working {
		return fault.New(fault.Invalid, "deadline.move-off", d.Display())
	}
	return worded(err)
}

// mayMove refuses more than the rule gives.
func (o *Office) mayMove(d *Deadline, c Clock, to time.Time) error {
	if c.Extension == 0 {
		return nil
	}
	refused := fault.New(fault.Conflict, "deadline.extension", amount{c.Unit, c.Extension})
	if d.Moved > 0 {
		return refused
	}
	most, err := o.later(c, d.DueAt)
	if err == nil && to.After(most) {
		return refused
	}
	return err
}

// An amount is said in the reader's language.
type amount struct {
	unit Unit
	n    int
}

// In says so many units.
func (a amount) In(l locale.Lang) string { return Amount(l, a.unit, a.n) }

// later is when a limit ends that is extended by all that its rule gives.
func (o *Office) later(c Clock, due time.Time) (time.Time, error) {
	switch c.Unit {
	case Hours24:
		return due.Add(time.Duration(c.Extension) * time.Hour), nil
	case WorkingDays:
		d, err := o.cal.AddWorkingDays(dayOf(due), c.Extension)
		return o.closing(d), worded(err)
	}
	return o.settle(c, after(dayOf(due), c.Unit, c.Extension))
}

// rearm takes back the notices of shares that are not reached any more, and the
// breach of what is not due yet.
func (o *Office) rearm(d *Deadline, now time.Time) error {
	given := 0
	for _, m := range marks {
		reached, err := o.reaches(d, m)
		if err != nil {
			return err
		}
		if m <= d.Given && !now.Before(reached) {
			given = m
		}
	}
	d.Given = given
	if d.DueAt.After(now) {
		d.BreachedAt = time.Time{}
	}
	return nil
}
