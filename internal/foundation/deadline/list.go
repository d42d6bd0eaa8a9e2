package deadline

import (
	"context"
	"fmt"
	"strings"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// A Filter says which deadlines to list.
type Filter struct {
	Orgs    []string // any of them; none = all
	Account string
	Subject Subject   // its Kind, or Kind and ID; "" = any
	Clock   string    // "" = any
	State   State     // Open = all that run; Done = done, in time or late; "" = all
	Before  viet.Date // due before this day in Viet Nam; 0 = any time
	After   string    // what the last List gave as next
	Limit   int       // 0 = 50
}

// The bounds of a list.
const (
	usualLimit = 50
	mostLimit  = 500
	mostOrgs   = 500
)

// A query is put together with its arguments numbered in order.
type query struct {
	parts []string
	args  []any
}

// and adds a condition; each ? in it stands for one value.
func (q *query) and(condition string, values ...any) {
	for _, v := range values {
		q.args = append(q.args, v)
		condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(q.args)), 1)
	}
	q.parts = append(q.parts, condition)
}

func (q *query) where() string {
	if len(q.parts) == 0 {
		return "1 = 1"
	}
	return strings.Join(q.parts, " AND ")
}

// List gives deadlines by the time they are due, then by id. next goes into the
// Filter of the page that follows, "" after the last one.
func (s *Store) List(ctx context.Context, f Filter) (list []*Deadline, next string, err error) {
	if f.Limit <= 0 {
		f.Limit = usualLimit
	}
	f.Limit = min(f.Limit, mostLimit)
	q, err := f.query(store.Stamp(s.db.Now()))
	if err != nil {
		return nil, "", err
	}
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = deadlines(ctx, tx, q.where()+fmt.Sprintf(` ORDER BY due_at, id LIMIT %d`, f.Limit+1), q.args...)
		return err
	})
	if err == nil && len(list) > f.Limit {
		list = list[:f.Limit]
		last := list[f.Limit-1]
		next = text(last.DueAt) + "_" + last.ID
	}
	return list, next, err
}

func (f *Filter) query(now string) (*query, error) {
	q := &query{}
	if len(f.Orgs) > mostOrgs {
		return nil, fault.New(fault.TooLarge, "deadline.many-orgs", mostOrgs)
	}
	if len(f.Orgs) > 0 {
		var ids []any
		for _, id := range f.Orgs {
			ids = append(ids, id)
		}
		q.and(`org IN (?`+strings.Repeat(`, ?`, len(ids)-1)+`)`, ids...)
	}
	for _, c := range []struct{ column, value string }{
		{"account", f.Account}, {"subject_kind", f.Subject.Kind}, {"subject_id", f.Subject.ID}, {"clock", f.Clock},
	} {
		if c.value != "" {
			q.and(c.column+` = ?`, c.value)
		}
	}
	if f.Account != "" {
		q.and(`account <> ''`) // says the same, and so the index fits
	}
	if err := f.State.condition(q, now); err != nil {
		return nil, err
	}
	if f.Before != 0 {
		q.and(`due_at < ?`, store.Stamp(f.Before.Time()))
	}
	if f.After != "" {
		due, id, ok := strings.Cut(f.After, "_")
		if _, err := store.ParseStamp(due); err != nil || !ok {
			return nil, fault.New(fault.Invalid, "deadline.page")
		}
		q.and(`(due_at, id) > (?, ?)`, due, id)
	}
	return q, nil
}

// condition is a state in the words of the table, as State judges it.
func (s State) condition(q *query, now string) error {
	switch s {
	case "":
	case Open:
		q.and(`running = 1`)
	case Soon:
		q.and(`running = 1 AND paused = 0 AND soon_at <= ? AND due_at >= ?`, now, now)
	case Breached:
		q.and(`running = 1 AND paused = 0 AND due_at < ?`, now)
	case Held:
		q.and(`running = 1 AND paused = 1`)
	case Done:
		q.and(`done_at <> ''`)
	case DoneLate:
		q.and(`done_at <> '' AND done_at > due_at`)
	case Cancelled:
		q.and(`cancelled_at <> ''`)
	default:
		return fault.New(fault.Invalid, "deadline.state", string(s))
	}
	return nil
}

// Counts are how many deadlines stand how.
type Counts struct {
	Open      int // all that run: those soon due, breached and paused too
	Soon      int
	Breached  int
	Held      int
	Done      int // in time
	DoneLate  int
	Cancelled int
}

// Counts counts the deadlines of an organisation, of all for "".
func (s *Store) Counts(ctx context.Context, org string) (c Counts, err error) {
	now := store.Stamp(s.db.Now())
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		return tx.QueryRowContext(ctx, `
			SELECT coalesce(sum(running), 0),
				coalesce(sum(CASE WHEN running = 1 AND paused = 0 AND soon_at <= $1 AND due_at >= $1 THEN 1 ELSE 0 END), 0),
				coalesce(sum(CASE WHEN running = 1 AND paused = 0 AND due_at < $1 THEN 1 ELSE 0 END), 0),
				coalesce(sum(CASE WHEN running = 1 AND paused = 1 THEN 1 ELSE 0 END), 0),
				coalesce(sum(CASE WHEN done_at <> '' AND done_at <= due_at THEN 1 ELSE 0 END), 0),
				coalesce(sum(CASE WHEN done_at <> '' AND done_at > due_at THEN 1 ELSE 0 END), 0),
				coalesce(sum(CASE WHEN cancelled_at <> '' THEN 1 ELSE 0 END), 0)
			FROM deadlines WHERE org = $2 OR $2 = ''`, now, org).
			Scan(&c.Open, &c.Soon, &c.Breached, &c.Held, &c.Done, &c.DoneLate, &c.Cancelled)
	})
	return c, err
}
