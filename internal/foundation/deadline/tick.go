package deadline

import (
	"context"
	"errors"
	"fmt"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Notifier is told, once each, of the deadlines of which 50, 80 or 100 % of the
// time are gone. It writes in tx, so that the mark and the notice stand or fall
// together; what else it does would be done again after a crash. At 100 the
// deadline is breached.
type Notifier interface {
	Crossed(ctx context.Context, tx *store.Tx, d *Deadline, mark int) error
}

// batch is how many deadlines one transaction of Tick takes: others write too.
const batch = 100

// Tick counts again what a change of the calendar has moved, then hands over
// every mark that has been passed since the last time, those of one deadline in
// their order. given counts them. What fails for one deadline is tried again by
// the next Tick and does not keep the others from their notice.
func (s *Store) Tick(ctx context.Context, n Notifier) (given int, err error) {
	if err := s.recount(ctx); err != nil {
		return 0, err
	}
	now := store.Stamp(s.db.Now())
	var failed error
	for after := (place{}); ; {
		// The condition <> '' says what the index says.
		due, err := s.pick(ctx, `next_notice_at <> '' AND next_notice_at <= $1 AND (next_notice_at, id) > ($2, $3) ORDER BY next_notice_at, id LIMIT $4`,
			func(d *Deadline) place { return place{due: text(d.nextAt), id: d.ID} }, now, after.due, after.id, batch)
		if err != nil || len(due) == 0 {
			return given, errors.Join(failed, err)
		}
		after = due[len(due)-1]
		more, err := s.inBatches(ctx, due, func(tx *store.Tx, id string) (int, error) { return s.give(ctx, tx, n, id, now) })
		given, failed = given+more, errors.Join(failed, err)
		if ctx.Err() != nil {
			return given, failed
		}
	}
}

// A place is where a page of rows ended.
type place struct {
	due     string // of notices
	edition int64  // of what is counted again
	id      string
}

// pick gives the places of rows.
func (s *Store) pick(ctx context.Context, where string, at func(*Deadline) place, args ...any) (list []place, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		found, err := deadlines(ctx, tx, where, args...)
		for _, d := range found {
			list = append(list, at(d))
		}
		return err
	})
	return list, err
}

// inBatches takes deadlines through one step, all in one transaction; when that
// fails, one by one, so that only what cannot be done is left. done sums up what
// the steps count.
func (s *Store) inBatches(ctx context.Context, list []place, step func(tx *store.Tx, id string) (int, error)) (done int, failed error) {
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		done = 0
		for _, p := range list {
			n, err := step(tx, p.id)
			if err != nil {
				return err
			}
			done += n
		}
		return nil
	})
	if err == nil || ctx.Err() != nil {
		return done, err
	}
	done = 0
	for _, p := range list {
		n := 0
		err := s.db.Write(ctx, func(tx *store.Tx) (err error) {
			n, err = step(tx, p.id)
			return err
		})
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("deadline %s: %w", p.id, err))
			continue
		}
		done += n
	}
	return done, failed
}

// give hands over the marks of one deadline that are passed. It is read again
// within the transaction: somebody may have ended it meanwhile.
func (s *Store) give(ctx context.Context, tx *store.Tx, n Notifier, id, now string) (given int, err error) {
	d, err := s.GetIn(ctx, tx, id)
	if err != nil {
		return 0, err
	}
	o, err := s.OfficeIn(ctx, tx)
	if err != nil {
		return 0, err
	}
	for !d.nextAt.IsZero() && text(d.nextAt) <= now {
		for _, m := range marks {
			if m > d.Given {
				d.Given = m
				break
			}
		}
		if d.Given == 100 && d.BreachedAt.IsZero() {
			d.BreachedAt = d.DueAt
			if err := remember(ctx, tx, actor.System, d, "breached", ""); err != nil {
				return 0, err
			}
		}
		if err := o.remind(d); err != nil {
			return 0, err
		}
		if err := remember(ctx, tx, actor.System, d, fmt.Sprintf("notice-%d", d.Given), ""); err != nil {
			return 0, err
		}
		if err := n.Crossed(ctx, tx, d, d.Given); err != nil {
			return 0, err
		}
		given++
	}
	if given == 0 {
		return 0, nil
	}
	return given, update(ctx, tx, d)
}

// recount counts again the running deadlines that were counted by an older
// calendar.
func (s *Store) recount(ctx context.Context) error {
	o, err := s.Office(ctx)
	if err != nil {
		return err
	}
	var failed error
	for after := (place{edition: -1}); ; {
		old, err := s.pick(ctx, `running = 1 AND edition < $1 AND (edition, id) > ($2, $3) ORDER BY edition, id LIMIT $4`,
			func(d *Deadline) place { return place{edition: d.edition, id: d.ID} }, o.edition, after.edition, after.id, batch)
		if err != nil || len(old) == 0 {
			return errors.Join(failed, err)
		}
		after = old[len(old)-1]
		_, err = s.inBatches(ctx, old, func(tx *store.Tx, id string) (int, error) { return 1, s.countAgain(ctx, tx, id) })
		failed = errors.Join(failed, err)
		if ctx.Err() != nil {
			return failed
		}
	}
}

// countAgain sets when one deadline is due by the calendar of now. One that was
// moved by a person stays where it is, unless that is a day off now.
func (s *Store) countAgain(ctx context.Context, tx *store.Tx, id string) error {
	d, err := s.GetIn(ctx, tx, id)
	if err != nil || d.Ended() {
		return err
	}
	o, err := s.OfficeIn(ctx, tx)
	if err != nil {
		return err
	}
	c, err := version(ctx, tx, d.Clock, d.Version)
	if err != nil {
		return err
	}
	was := d.DueAt
	if err := o.again(d, c); err != nil {
		return err
	}
	if !d.DueAt.Equal(was) {
		if err := o.rearm(d, tx.Time); err != nil {
			return err
		}
		if err := remember(ctx, tx, actor.System, d, "recounted", ""); err != nil {
			return err
		}
	}
	d.edition = o.edition
	if err := o.remind(d); err != nil {
		return err
	}
	return update(ctx, tx, d)
}

// again counts when a deadline is due from its start.
func (o *Office) again(d *Deadline, c Clock) (err error) {
	if d.Moved > 0 {
		if d.DueAt, err = o.rounded(c, d.DueAt); err != nil {
			return err
		}
		return o.spend(d)
	}
	pauses := d.Pauses
	d.Pauses = nil
	if d.DueAt, err = o.Due(c, d.StartedAt, d.EventAt); err != nil {
		return err
	}
	if err := o.spend(d); err != nil {
		return err
	}
	d.Pauses = pauses
	return o.reset(d, c)
}
