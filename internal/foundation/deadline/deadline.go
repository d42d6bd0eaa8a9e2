package deadline

import (
	"time"

	"github.com/phohien/phohien/internal/foundation/locale"
)

// A Subject is what a deadline belongs to.
type Subject struct {
	Kind string // "issue", "request", …
	ID   string
	Path string // address of its page
}

// A Pause is a time that does not count.
type Pause struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to,omitzero"` // zero while it lasts
	Why  string    `json:"why"`
}

// A Deadline is a clock that runs, or has run.
type Deadline struct {
	ID      string
	Clock   string
	Version int // of the clock, under which it was started
	Unit    Unit
	Subject
	TitleVi, TitleEn string
	Org              string // that owes it
	Account          string // who looks after it, "" = nobody in particular

	StartedAt   time.Time // what arrived, arrived then
	EventAt     time.Time // what the duty precedes, zero = nothing
	DueAt       time.Time
	Pauses      []Pause
	DoneAt      time.Time
	CancelledAt time.Time
	Why         string    // it was cancelled
	BreachedAt  time.Time // it was due then and not done
	Given       int       // last notice: 0, 50, 80, 100
	Moved       int       // how often it was extended

	allowed time.Duration // from the start until due without pauses, in the clock's own unit
	soonAt  time.Time     // 80 % are gone
	nextAt  time.Time     // next notice, zero = none to come
	edition int64         // of the calendar
}

// A State is how a deadline stands.
type State string

// The states. Open, Soon, Breached and Held still run.
const (
	Open      State = "open"
	Soon      State = "soon" // 80 % of the time are gone
	Breached  State = "breached"
	Held      State = "held" // paused
	Done      State = "done"
	DoneLate  State = "done-late"
	Cancelled State = "cancelled"
)

// The marks at which notice is given, in percent of the time.
var marks = []int{50, 80, 100}

const soonMark = 80

// Title is what the deadline is for.
func (d *Deadline) Title(l locale.Lang) string { return l.Of(d.TitleVi, d.TitleEn) }

// Paused reports whether its time stands still.
func (d *Deadline) Paused() bool {
	return len(d.Pauses) > 0 && d.Pauses[len(d.Pauses)-1].To.IsZero()
}

// Ended reports whether it is done or cancelled.
func (d *Deadline) Ended() bool { return !d.DoneAt.IsZero() || !d.CancelledAt.IsZero() }

// State is how the deadline stands at a time.
func (d *Deadline) State(now time.Time) State {
	switch {
	case !d.CancelledAt.IsZero():
		return Cancelled
	case !d.DoneAt.IsZero() && d.DoneAt.After(d.DueAt):
		return DoneLate
	case !d.DoneAt.IsZero():
		return Done
	case d.Paused():
		return Held
	case now.After(d.DueAt):
		return Breached
	case !now.Before(d.soonAt):
		return Soon
	}
	return Open
}

// A Standing is how much of a deadline's time is gone and left.
type Standing struct {
	State       State
	Share       float64       // of the time, 0 to 1; more when it is late. Pauses are left out
	WorkingDays int           // of a working-day clock: left after today, less than zero when late
	Left        time.Duration // until due, in the clock's own unit: office time, or time; less than zero when late
	Unit        Unit
}

// Standing counts how a deadline stands at a time. What has ended stands as it
// did then.
func (o *Office) Standing(d *Deadline, now time.Time) (s Standing, err error) {
	s = Standing{State: d.State(now), Unit: d.Unit}
	at := now
	switch {
	case !d.CancelledAt.IsZero():
		at = d.CancelledAt
	case !d.DoneAt.IsZero():
		at = d.DoneAt
	case d.Paused():
		at = d.Pauses[len(d.Pauses)-1].From
	}
	if s.Share, err = o.share(d, at); err != nil {
		return s, err
	}
	if s.Left, err = o.elapsed(d.Unit, at, d.DueAt); err != nil {
		return s, err
	}
	if d.Unit == WorkingDays {
		s.WorkingDays, err = o.cal.Between(dayOf(at), dayOf(d.DueAt))
	}
	return s, worded(err)
}

// share is how much of the time is gone at a moment. Before the deadline it is
// at most 1, also where a limit was rounded up to closing time; afterwards it
// grows on by what it is late.
func (o *Office) share(d *Deadline, at time.Time) (float64, error) {
	if at.After(d.DueAt) {
		late, err := o.elapsed(d.Unit, d.DueAt, at)
		return 1 + float64(late)/float64(d.allowed), err
	}
	gone, err := o.gone(d, at)
	return min(max(float64(gone)/float64(d.allowed), 0), 1), err
}

// gone is the time in the clock's own unit from the start to a moment, without
// pauses.
func (o *Office) gone(d *Deadline, at time.Time) (time.Duration, error) {
	from, err := o.begin(d.Unit, d.StartedAt)
	if err != nil {
		return 0, err
	}
	sum, err := o.elapsed(d.Unit, from, at)
	if err != nil {
		return 0, err
	}
	for _, p := range d.Pauses {
		to := p.To
		if to.IsZero() || to.After(at) {
			to = at
		}
		if !to.After(p.From) {
			continue
		}
		held, err := o.elapsed(d.Unit, p.From, to)
		if err != nil {
			return 0, err
		}
		sum -= held
	}
	return sum, nil
}

// paused is the time of all pauses that are over, in the clock's own unit.
func (o *Office) paused(d *Deadline) (sum time.Duration, err error) {
	for _, p := range d.Pauses {
		if p.To.IsZero() {
			continue
		}
		held, err := o.elapsed(d.Unit, p.From, p.To)
		if err != nil {
			return 0, err
		}
		sum += held
	}
	return sum, nil
}

// spend sets how long the deadline has from its start until it is due, pauses
// aside. It is never nothing: a share of it is asked for.
func (o *Office) spend(d *Deadline) error {
	from, err := o.begin(d.Unit, d.StartedAt)
	if err != nil {
		return err
	}
	all, err := o.elapsed(d.Unit, from, d.DueAt)
	if err != nil {
		return err
	}
	held, err := o.paused(d)
	if err != nil {
		return err
	}
	d.allowed = max(all-held, time.Microsecond).Truncate(time.Microsecond)
	return nil
}

// reset counts again when a running deadline is due, after a change of the
// calendar or a pause that has ended.
func (o *Office) reset(d *Deadline, c Clock) error {
	held, err := o.paused(d)
	if err != nil || held == 0 {
		return err
	}
	from, err := o.begin(d.Unit, d.StartedAt)
	if err != nil {
		return err
	}
	end, err := o.advance(d.Unit, from, d.allowed+held)
	if err != nil {
		return err
	}
	due, err := o.rounded(c, end)
	if err == nil && due.After(d.DueAt) { // a pause never shortens
		d.DueAt = due
	}
	return err
}

// remind sets when the deadline becomes urgent and when the next notice is due.
func (o *Office) remind(d *Deadline) (err error) {
	d.nextAt = time.Time{}
	if d.soonAt, err = o.reaches(d, soonMark); err != nil {
		return err
	}
	if d.Ended() || d.Paused() {
		return nil
	}
	for _, m := range marks {
		if m > d.Given {
			d.nextAt, err = o.reaches(d, m)
			return err
		}
	}
	return nil
}

// reaches is when so many percent of the time are gone.
func (o *Office) reaches(d *Deadline, mark int) (time.Time, error) {
	if mark == 100 {
		return d.DueAt.Add(time.Microsecond), nil // what is done when it is due is done in time
	}
	from, err := o.begin(d.Unit, d.StartedAt)
	if err != nil {
		return from, err
	}
	// Pauses are walked through in order: time stands still in each of them.
	need := time.Duration(float64(d.allowed) * float64(mark) / 100)
	for _, p := range d.Pauses {
		run, err := o.elapsed(d.Unit, from, p.From)
		if err != nil {
			return from, err
		}
		if run >= need || p.To.IsZero() {
			break
		}
		need, from = need-run, p.To
	}
	at, err := o.advance(d.Unit, from, need)
	if err == nil && at.After(d.DueAt) {
		at = d.DueAt
	}
	return at.Truncate(time.Microsecond), err
}

// Words says what is left: "còn 3 ngày làm việc", "quá hạn 5 giờ".
func (st Standing) Words(l locale.Lang) string {
	switch st.State {
	case Cancelled:
		return l.T("deadline.state.cancelled")
	case Done:
		return l.T("deadline.state.done")
	case DoneLate:
		return l.T("deadline.state.done-late", st.span(l))
	case Held:
		return l.T("deadline.state.held", st.span(l))
	case Breached:
		return l.T("deadline.state.breached", st.span(l))
	}
	if st.Unit == WorkingDays && st.WorkingDays == 0 {
		return l.T("deadline.state.today")
	}
	return l.T("deadline.state.left", st.span(l))
}

// span says the time left, or the time it is late, in whole units; less than a
// day is said in hours, less than an hour in minutes.
func (st Standing) span(l locale.Lang) string {
	if n := max(st.WorkingDays, -st.WorkingDays); st.Unit == WorkingDays && n > 0 {
		return Amount(l, WorkingDays, n)
	}
	left := max(st.Left, -st.Left)
	switch {
	case st.Unit != WorkingDays && st.Unit != Hours24 && left >= 24*time.Hour:
		return Amount(l, Days, int(left/(24*time.Hour)))
	case left >= time.Hour:
		return Amount(l, Hours24, int(left/time.Hour))
	}
	if minutes := int(left / time.Minute); minutes != 1 {
		return l.T("deadline.many.minute", minutes)
	}
	return l.T("deadline.one.minute", 1)
}
