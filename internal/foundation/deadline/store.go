package deadline

import (
	"context"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Store keeps clocks, the calendar and deadlines in the control database.
type Store struct {
	db     *store.DB
	office atomic.Pointer[Office]
}

// NewStore makes a Store over the control database.
func NewStore(control *store.DB) *Store { return &Store{db: control} }

// Now is the time by which deadlines are judged.
func (s *Store) Now() time.Time { return s.db.Now() }

// A Spec is a deadline to be started.
type Spec struct {
	Clock            string
	Subject          Subject
	TitleVi, TitleEn string // En may be ""
	Org, Account     string
	At               time.Time // what arrived, arrived then; zero = now
	Event            time.Time // what the duty precedes, for clocks that count back from something
}

// The bounds of a Spec, in characters.
const (
	mostTitle = 500
	mostName  = 200
)

// check refuses what cannot be kept.
func (p *Spec) check() error {
	switch {
	case strings.TrimSpace(p.TitleVi) == "":
		return fault.New(fault.Invalid, "deadline.no-title")
	case p.Org == "":
		return fault.New(fault.Invalid, "deadline.no-org")
	case p.Subject.Kind == "" || p.Subject.ID == "":
		return fault.New(fault.Invalid, "deadline.no-subject")
	case p.Subject.Path != "" && !strings.HasPrefix(p.Subject.Path, "/"):
		return fault.New(fault.Invalid, "deadline.path", p.Subject.Path)
	}
	for _, text := range []string{p.TitleVi, p.TitleEn, p.Subject.Path} {
		if utf8.RuneCountInString(text) > mostTitle {
			return fault.New(fault.Invalid, "deadline.long", mostTitle)
		}
	}
	for _, text := range []string{p.Org, p.Account, p.Subject.Kind, p.Subject.ID} {
		if utf8.RuneCountInString(text) > mostName {
			return fault.New(fault.Invalid, "deadline.long", mostName)
		}
	}
	return nil
}

// Reason puts the words in order in which a person has to say why; nothing is a
// fault "deadline.no-why".
func Reason(why string) (string, error) {
	return reason.Of(why, reason.Most, fault.New(fault.Invalid, "deadline.no-why"))
}

// write runs one step in a transaction of its own.
func (s *Store) write(ctx context.Context, step func(tx *store.Tx) (*Deadline, error)) (d *Deadline, err error) {
	err = s.db.Write(ctx, func(tx *store.Tx) (err error) {
		d, err = step(tx)
		return err
	})
	return d, err
}

// Start starts a deadline in a transaction of its own; see StartIn.
func (s *Store) Start(ctx context.Context, by actor.Actor, p Spec) (*Deadline, error) {
	return s.write(ctx, func(tx *store.Tx) (*Deadline, error) { return s.StartIn(ctx, tx, by, p) })
}

// StartIn starts a deadline under the newest version of a clock, in the caller's
// transaction of the control database. Faults: "deadline.clock.unknown",
// "deadline.clock.out" when the clock is not in force, "deadline.clock.keep" when
// it only says how long something is kept, "deadline.year" when the calendar does
// not reach far enough.
func (s *Store) StartIn(ctx context.Context, tx *store.Tx, by actor.Actor, p Spec) (*Deadline, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if p.At.IsZero() {
		p.At = tx.Time
	}
	p.At, p.Event = p.At.UTC().Truncate(time.Microsecond), p.Event.UTC().Truncate(time.Microsecond)
	c, err := s.ClockIn(ctx, tx, p.Clock)
	if err != nil {
		return nil, err
	}
	switch on := dayOf(p.At); {
	case !c.InForce(on):
		return nil, fault.New(fault.Conflict, "deadline.clock.out", c.ID, on.Display())
	case c.Direction == Keep:
		return nil, fault.New(fault.Invalid, "deadline.clock.keep", c.ID)
	}
	o, err := s.OfficeIn(ctx, tx)
	if err != nil {
		return nil, err
	}
	d := &Deadline{
		ID: newID(tx), Clock: c.ID, Version: c.Version, Unit: c.Unit, Subject: p.Subject, TitleVi: p.TitleVi, TitleEn: p.TitleEn,
		Org: p.Org, Account: p.Account, StartedAt: p.At, EventAt: p.Event,
	}
	if d.DueAt, err = o.Due(c, p.At, p.Event); err != nil {
		return nil, err
	}
	if err := o.spend(d); err != nil {
		return nil, err
	}
	if err := o.remind(d); err != nil {
		return nil, err
	}
	d.edition = o.edition
	if err := insert(ctx, tx, d); err != nil {
		return nil, err
	}
	return d, remember(ctx, tx, by, d, "started", "")
}

// Pause stops a deadline's time in a transaction of its own; see PauseIn.
func (s *Store) Pause(ctx context.Context, by actor.Actor, id, why string) (*Deadline, error) {
	return s.write(ctx, func(tx *store.Tx) (*Deadline, error) { return s.PauseIn(ctx, tx, by, id, why) })
}

// PauseIn stops a deadline's time for a reason. What is late already, and what is
// due on a day that the rule names, is not paused ("deadline.late",
// "deadline.no-pause").
func (s *Store) PauseIn(ctx context.Context, tx *store.Tx, by actor.Actor, id, why string) (*Deadline, error) {
	why, err := Reason(why)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, tx, by, id, "paused", why, func(d *Deadline, _ Clock, _ *Office) error {
		switch {
		case d.Paused():
			return fault.New(fault.Conflict, "deadline.paused")
		case d.Unit == FixedDay:
			return fault.New(fault.Conflict, "deadline.no-pause")
		case tx.Time.After(d.DueAt):
			return fault.New(fault.Conflict, "deadline.late", d.DueAt)
		}
		d.Pauses = append(d.Pauses, Pause{From: tx.Time, Why: why})
		return nil
	})
}

// Resume lets time go on in a transaction of its own; see ResumeIn.
func (s *Store) Resume(ctx context.Context, by actor.Actor, id string) (*Deadline, error) {
	return s.write(ctx, func(tx *store.Tx) (*Deadline, error) { return s.ResumeIn(ctx, tx, by, id) })
}

// ResumeIn ends a pause. The deadline is due later by the time of the clock's own
// unit that has been paused, all pauses together; a clock that counts days ends
// when the office closes on the day on which that falls.
func (s *Store) ResumeIn(ctx context.Context, tx *store.Tx, by actor.Actor, id string) (*Deadline, error) {
	return s.change(ctx, tx, by, id, "resumed", "", func(d *Deadline, c Clock, o *Office) error {
		if !d.Paused() {
			return fault.New(fault.Conflict, "deadline.not-paused")
		}
		d.Pauses[len(d.Pauses)-1].To = tx.Time
		return o.reset(d, c)
	})
}

// Done ends a deadline in a transaction of its own; see DoneIn.
func (s *Store) Done(ctx context.Context, by actor.Actor, id string) (*Deadline, error) {
	return s.write(ctx, func(tx *store.Tx) (*Deadline, error) { return s.DoneIn(ctx, tx, by, id) })
}

// DoneIn says that the duty is done. What is late stays marked as breached.
func (s *Store) DoneIn(ctx context.Context, tx *store.Tx, by actor.Actor, id string) (*Deadline, error) {
	return s.change(ctx, tx, by, id, "done", "", func(d *Deadline, c Clock, o *Office) error {
		if d.Paused() {
			d.Pauses[len(d.Pauses)-1].To = tx.Time
			if err := o.reset(d, c); err != nil {
				return err
			}
		}
		d.DoneAt = tx.Time
		if d.BreachedAt.IsZero() && d.DoneAt.After(d.DueAt) {
			d.BreachedAt = d.DueAt
		}
		return nil
	})
}

// Cancel ends a deadline in a transaction of its own; see CancelIn.
func (s *Store) Cancel(ctx context.Context, by actor.Actor, id, why string) (*Deadline, error) {
	return s.write(ctx, func(tx *store.Tx) (*Deadline, error) { return s.CancelIn(ctx, tx, by, id, why) })
}

// CancelIn ends a deadline whose duty is no more, for a reason.
func (s *Store) CancelIn(ctx context.Context, tx *store.Tx, by actor.Actor, id, why string) (*Deadline, error) {
	why, err := Reason(why)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, tx, by, id, "cancelled", why, func(d *Deadline, _ Clock, _ *Office) error {
		d.CancelledAt, d.Why = tx.Time, why
		return nil
	})
}

// Move extends a deadline in a transaction of its own; see MoveIn.
func (s *Store) Move(ctx context.Context, by actor.Actor, id string, to time.Time, basis string) (*Deadline, error) {
	return s.write(ctx, func(tx *store.Tx) (*Deadline, error) { return s.MoveIn(ctx, tx, by, id, to, basis) })
}

// MoveIn extends a deadline on a legal basis. Clocks that count days end when the
// office closes on the day of to, which must be a working day for those that count
// working days ("deadline.move-off"). Where the rule says by how much a limit may
// be extended, that is all there is, and once ("deadline.extension"). Notices
// whose share of the longer time is not reached are given again.
func (s *Store) MoveIn(ctx context.Context, tx *store.Tx, by actor.Actor, id string, to time.Time, basis string) (*Deadline, error) {
	basis, err := Reason(basis)
	if err != nil {
		return nil, err
	}
	to = to.UTC().Truncate(time.Microsecond)
	return s.change(ctx, tx, by, id, "moved", basis, func(d *Deadline, c Clock, o *Office) error {
		if d.Paused() {
			return fault.New(fault.Conflict, "deadline.paused")
		}
		if d.Unit != Hours24 {
			if err := o.workable(c, dayOf(to)); err != nil {
				return err
			}
			to = o.closing(dayOf(to))
		}
		if !to.After(d.DueAt) {
			return fault.New(fault.Invalid, "deadline.move-back", d.DueAt)
		}
		if err := o.mayMove(d, c, to); err != nil {
			return err
		}
		d.DueAt, d.Moved = to, d.Moved+1
		if err := o.spend(d); err != nil {
			return err
		}
		return o.rearm(d, tx.Time)
	})
}
