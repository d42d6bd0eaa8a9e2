package deadline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

func newID(tx *store.Tx) string {
	return strings.ToLower(ulid.MustNew(ulid.Timestamp(tx.Time), ulid.DefaultEntropy()).String())
}

// Get gives one deadline; "deadline.unknown" when there is none.
func (s *Store) Get(ctx context.Context, id string) (d *Deadline, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		d, err = s.GetIn(ctx, tx, id)
		return err
	})
	return d, err
}

// GetIn is Get within a transaction.
func (s *Store) GetIn(ctx context.Context, tx *store.Tx, id string) (*Deadline, error) {
	list, err := deadlines(ctx, tx, `id = $1`, id)
	return store.First(list, err, fault.New(fault.NotFound, "deadline.unknown", id))
}

// Of gives all deadlines of one subject, the oldest first.
func (s *Store) Of(ctx context.Context, kind, id string) (list []*Deadline, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = s.OfIn(ctx, tx, kind, id)
		return err
	})
	return list, err
}

// OfIn is Of within a transaction.
func (s *Store) OfIn(ctx context.Context, tx *store.Tx, kind, id string) ([]*Deadline, error) {
	return deadlines(ctx, tx, `subject_kind = $1 AND subject_id = $2 ORDER BY id`, kind, id)
}

// change takes a running deadline through one step and keeps what was done.
func (s *Store) change(ctx context.Context, tx *store.Tx, by actor.Actor, id, what, why string, step func(d *Deadline, c Clock, o *Office) error) (*Deadline, error) {
	d, err := s.GetIn(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if d.Ended() {
		return nil, fault.New(fault.Conflict, "deadline.ended")
	}
	c, err := version(ctx, tx, d.Clock, d.Version)
	if err != nil {
		return nil, err
	}
	o, err := s.OfficeIn(ctx, tx)
	if err != nil {
		return nil, err
	}
	if err := step(d, c, o); err != nil {
		return nil, err
	}
	if err := o.remind(d); err != nil {
		return nil, err
	}
	if err := update(ctx, tx, d); err != nil {
		return nil, err
	}
	return d, remember(ctx, tx, by, d, what, why)
}

const columns = `id, clock, version, unit, subject_kind, subject_id, path, title_vi, title_en, org, account,
	started_at, event_at, due_at, allowed, pauses, done_at, cancelled_at, why, breached_at, given, moved, soon_at, next_notice_at, edition`

// deadlines reads the rows that fit.
func deadlines(ctx context.Context, tx *store.Tx, where string, args ...any) (list []*Deadline, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		d := &Deadline{}
		var started, event, due, pauses, done, cancelled, breached, soon, next string
		var allowed int64
		if err := scan(&d.ID, &d.Clock, &d.Version, &d.Unit, &d.Kind, &d.Subject.ID, &d.Path, &d.TitleVi, &d.TitleEn, &d.Org, &d.Account,
			&started, &event, &due, &allowed, &pauses, &done, &cancelled, &d.Why, &breached, &d.Given, &d.Moved, &soon, &next, &d.edition); err != nil {
			return err
		}
		d.allowed = time.Duration(allowed) * time.Microsecond
		if err := json.Unmarshal([]byte(pauses), &d.Pauses); err != nil {
			return fmt.Errorf("deadline %s: pauses: %w", d.ID, err)
		}
		list = append(list, d)
		return errors.Join(store.StampInto(&d.StartedAt, started), store.StampInto(&d.EventAt, event), store.StampInto(&d.DueAt, due), store.StampInto(&d.DoneAt, done),
			store.StampInto(&d.CancelledAt, cancelled), store.StampInto(&d.BreachedAt, breached), store.StampInto(&d.soonAt, soon), store.StampInto(&d.nextAt, next))
	}, `SELECT `+columns+` FROM deadlines WHERE `+where, args...)
	return list, err
}

// values are what changes in a deadline, in the order of insert and update.
func (d *Deadline) values() ([]any, error) {
	pauses, err := json.Marshal(append([]Pause{}, d.Pauses...))
	running := !d.Ended()
	return []any{
		text(d.DueAt), d.allowed.Microseconds(), string(pauses), number(running), number(running && d.Paused()), text(d.DoneAt), text(d.CancelledAt),
		d.Why, text(d.BreachedAt), d.Given, d.Moved, text(d.soonAt), text(d.nextAt), d.edition,
	}, err
}

func insert(ctx context.Context, tx *store.Tx, d *Deadline) error {
	values, err := d.values()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO deadlines (due_at, allowed, pauses, running, paused, done_at, cancelled_at, why, breached_at, given, moved, soon_at, next_notice_at, edition,
			id, clock, version, unit, subject_kind, subject_id, path, title_vi, title_en, org, account, started_at, event_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)`,
		append(values, d.ID, d.Clock, d.Version, string(d.Unit), d.Kind, d.Subject.ID, d.Path, d.TitleVi, d.TitleEn, d.Org, d.Account,
			text(d.StartedAt), text(d.EventAt))...)
	return err
}

func update(ctx context.Context, tx *store.Tx, d *Deadline) error {
	values, err := d.values()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE deadlines SET due_at = $1, allowed = $2, pauses = $3, running = $4, paused = $5, done_at = $6, cancelled_at = $7, why = $8,
			breached_at = $9, given = $10, moved = $11, soon_at = $12, next_notice_at = $13, edition = $14
		WHERE id = $15`, append(values, d.ID)...)
	return err
}

// An Entry is something that was done with a deadline.
type Entry struct {
	When  time.Time
	By    actor.Actor
	What  string // started, paused, resumed, done, cancelled, moved, recounted, breached, notice-50, notice-80, notice-100
	Why   string
	DueAt time.Time // after it
}

// remember keeps what was done, by whom and when.
func remember(ctx context.Context, tx *store.Tx, by actor.Actor, d *Deadline, what, why string) error {
	who, err := json.Marshal(by)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO deadline_history (id, deadline, what, why, due_at, by_actor, happened_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		newID(tx), d.ID, what, why, text(d.DueAt), string(who), tx.Now)
	return err
}

// History gives what was done with a deadline, the oldest first.
func (s *Store) History(ctx context.Context, id string) (list []Entry, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		return tx.Each(ctx, func(scan func(...any) error) error {
			var e Entry
			var who, due, when string
			if err := scan(&e.What, &e.Why, &due, &who, &when); err != nil {
				return err
			}
			err := errors.Join(json.Unmarshal([]byte(who), &e.By), store.StampInto(&e.DueAt, due), store.StampInto(&e.When, when))
			list = append(list, e)
			return err
		}, `SELECT what, why, due_at, by_actor, happened_at FROM deadline_history WHERE deadline = $1 ORDER BY id`, id)
	})
	return list, err
}

// text is an instant as the tables hold it, "" for none.
func text(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return store.Stamp(t)
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
