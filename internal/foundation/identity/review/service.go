package review

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// A Service keeps reviews in the control database.
type Service struct {
	Deps
	db *store.DB
}

// New makes a Service.
func New(db *store.DB, d Deps) *Service { return &Service{d, db} }

// Today is the day in Viet Nam.
func (s *Service) Today() viet.Date { return org.Today(s.db.Now()) }

// Begin begins a review of all accounts that can be used, or could be once they
// are activated or unlocked. due is its last day, "" = the usual one.
func (s *Service) Begin(ctx context.Context, by actor.Actor, due string) (Campaign, error) {
	today := s.Today()
	if due == "" {
		due = (today + UsualDays).String()
	}
	if due < today.String() || due > (today+MostDays).String() {
		return Campaign{}, fault.New(fault.Invalid, "review.due", MostDays)
	}
	lines, err := s.look(ctx)
	if err != nil {
		return Campaign{}, err
	}
	who, err := encoded(by)
	if err != nil {
		return Campaign{}, err
	}
	id := strings.ToLower(ulid.Make().String())
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		var open int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM account_reviews WHERE ended_at = ''`).Scan(&open); err != nil {
			return err
		}
		if open > 0 {
			return fault.New(fault.Conflict, "review.open")
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO account_reviews (id, begun_at, begun_by, due_on, ended_at, ended_by, why) VALUES ($1, $2, $3, $4, '', '', '')`, id, tx.Now, who, due)
		if err != nil {
			return err
		}
		for _, l := range lines {
			had, err := encoded(l.Had)
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `
				INSERT INTO account_review_lines (review, account, org, had, verdict, why, decided_by, decided_at) VALUES ($1, $2, $3, $4, '', '', '', '')`,
				id, l.Account, l.Org, had)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Campaign{}, err
	}
	return s.Get(ctx, id)
}

// look is what all accounts have now.
func (s *Service) look(ctx context.Context) (lines []Line, err error) {
	all, err := s.Accounts.Review(ctx)
	if err != nil {
		return nil, err
	}
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if !inUse(r.Account) {
			continue
		}
		had, err := s.has(ctx, r, snap, s.Today())
		if err != nil {
			return nil, err
		}
		lines = append(lines, Line{Account: r.Account.ID, Org: r.Account.OrgID, Had: had})
	}
	return lines, nil
}

// inUse reports whether somebody gets in with an account, now or once it is
// activated or unlocked.
func inUse(a identity.Account) bool {
	return a.State != identity.Disabled && a.State != identity.Erased
}

// BeginDue begins a review when one is due: six months after the last one began,
// or after the first account was made. ok tells whether it did.
func (s *Service) BeginDue(ctx context.Context, by actor.Actor) (c Campaign, ok bool, err error) {
	list, err := s.List(ctx, 1)
	if err != nil {
		return c, false, err
	}
	var last time.Time
	if len(list) > 0 {
		if list[0].Open() {
			return c, false, nil
		}
		last = list[0].BegunAt
	} else {
		if last, err = s.firstAccount(ctx); err != nil || last.IsZero() {
			return c, false, err
		}
	}
	if s.db.Now().Before(last.AddDate(0, EveryMonths, 0)) {
		return c, false, nil
	}
	c, err = s.Begin(ctx, by, "")
	return c, err == nil, err
}

// NextOn is the day on which the next review begins by itself, "" while one is
// open or while there is no account.
func (s *Service) NextOn(ctx context.Context) (string, error) {
	list, err := s.List(ctx, 1)
	if err != nil || len(list) > 0 && list[0].Open() {
		return "", err
	}
	var last time.Time
	if len(list) > 0 {
		last = list[0].BegunAt
	} else if last, err = s.firstAccount(ctx); err != nil || last.IsZero() {
		return "", err
	}
	return org.Today(last.AddDate(0, EveryMonths, 0)).String(), nil
}

// firstAccount is when the first account was made, zero without any.
func (s *Service) firstAccount(ctx context.Context) (at time.Time, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		var text string
		if err := tx.QueryRowContext(ctx, `SELECT coalesce(min(created_at), '') FROM accounts`).Scan(&text); err != nil || text == "" {
			return err
		}
		at, err = store.ParseStamp(text)
		return err
	})
	return at, err
}

// List gives the newest reviews.
func (s *Service) List(ctx context.Context, limit int) (list []Campaign, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		list, err = campaigns(ctx, tx, `1 = 1 ORDER BY r.id DESC LIMIT $1`, limit)
		return err
	})
	return list, err
}

// Get gives one review.
func (s *Service) Get(ctx context.Context, id string) (c Campaign, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		c, err = get(ctx, tx, id)
		return err
	})
	return c, err
}

func get(ctx context.Context, tx *store.Tx, id string) (Campaign, error) {
	list, err := campaigns(ctx, tx, `r.id = $1`, id)
	return store.First(list, err, fault.New(fault.NotFound, "review.unknown", id))
}

func campaigns(ctx context.Context, tx *store.Tx, where string, args ...any) (list []Campaign, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT r.id, r.begun_at, r.begun_by, r.due_on, r.ended_at, r.ended_by, r.why,
			(SELECT count(*) FROM account_review_lines l WHERE l.review = r.id),
			(SELECT count(*) FROM account_review_lines l WHERE l.review = r.id AND l.verdict <> '')
		FROM account_reviews r WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var c Campaign
		var begun, begunBy, ended, endedBy string
		if err := rows.Scan(&c.ID, &begun, &begunBy, &c.DueOn, &ended, &endedBy, &c.Why, &c.Lines, &c.Done); err != nil {
			return nil, err
		}
		if err := errors.Join(store.StampInto(&c.BegunAt, begun), store.StampInto(&c.EndedAt, ended), decoded(&c.BegunBy, begunBy), decoded(&c.EndedBy, endedBy)); err != nil {
			return nil, fmt.Errorf("review %s: %w", c.ID, err)
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// Lines gives the accounts of a review, by agency.
func (s *Service) Lines(ctx context.Context, id string) (list []Line, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		list, err = lines(ctx, tx, `review = $1 ORDER BY org, account`, id)
		return err
	})
	return list, err
}

func lines(ctx context.Context, tx *store.Tx, where string, args ...any) (list []Line, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT account, org, had, verdict, why, decided_by, decided_at FROM account_review_lines WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var l Line
		var had, verdict, by, at string
		if err := rows.Scan(&l.Account, &l.Org, &had, &verdict, &l.Why, &by, &at); err != nil {
			return nil, err
		}
		l.Verdict = Verdict(verdict)
		if err := errors.Join(decoded(&l.Had, had), decoded(&l.By, by), store.StampInto(&l.At, at)); err != nil {
			return nil, fmt.Errorf("review of account %s: %w", l.Account, err)
		}
		list = append(list, l)
	}
	return list, rows.Err()
}

// Decide keeps what a person decided of an account. An account with marks is kept
// for a reason; one that was changed differs from what it was; one that is closed
// has been disabled.
func (s *Service) Decide(ctx context.Context, by actor.Actor, id, account string, v Verdict, why string) (l Line, err error) {
	return s.decide(ctx, by, id, account, v, why, false)
}

// DecideFirst is Decide where nobody has decided: else it is a Conflict
// "review.decided".
func (s *Service) DecideFirst(ctx context.Context, by actor.Actor, id, account string, v Verdict, why string) (Line, error) {
	return s.decide(ctx, by, id, account, v, why, true)
}

func (s *Service) decide(ctx context.Context, by actor.Actor, id, account string, v Verdict, why string, first bool) (l Line, err error) {
	if why, err = reason.Of(why, reason.Most, nil); err != nil {
		return l, err
	}
	now, state, err := s.now(ctx, account)
	if err != nil {
		return l, err
	}
	who, err := encoded(by)
	if err != nil {
		return l, err
	}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		c, err := get(ctx, tx, id)
		if err != nil {
			return err
		}
		if !c.Open() {
			return fault.New(fault.Conflict, "review.ended")
		}
		list, err := lines(ctx, tx, `review = $1 AND account = $2`, id, account)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return fault.New(fault.NotFound, "review.no-line", account)
		}
		l = list[0]
		if first && l.Verdict != "" {
			return fault.New(fault.Conflict, "review.decided", l.By.Name)
		}
		if err := decidable(by, l, v, why, now, state); err != nil {
			return err
		}
		l.Verdict, l.Why, l.By, l.At = v, why, by, tx.Time
		_, err = tx.ExecContext(ctx, `UPDATE account_review_lines SET verdict = $1, why = $2, decided_by = $3, decided_at = $4 WHERE review = $5 AND account = $6`,
			string(v), why, who, tx.Now, id, account)
		return err
	})
	return l, err
}

// now is what an account has now, and its state.
func (s *Service) now(ctx context.Context, account string) (Had, identity.State, error) {
	a, err := s.Accounts.Account(ctx, account)
	if err != nil {
		return Had{}, "", err
	}
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return Had{}, "", err
	}
	roles, err := s.Accounts.Roles(ctx, a)
	if err != nil {
		return Had{}, "", err
	}
	h, err := s.has(ctx, identity.Reviewed{Account: a, Roles: roles}, snap, s.Today())
	return h, a.State, err
}

func decidable(by actor.Actor, l Line, v Verdict, why string, now Had, state identity.State) error {
	closed := state == identity.Disabled || state == identity.Erased
	switch {
	case by.ID == l.Account:
		return fault.New(fault.Denied, "review.own")
	case v == Kept && closed:
		return fault.New(fault.Conflict, "review.closed-already")
	case v == Kept && len(l.Had.Marks) > 0 && why == "":
		return fault.New(fault.Invalid, "review.kept-why")
	case v == Changed && now.Print == l.Had.Print:
		return fault.New(fault.Conflict, "review.not-changed")
	case v == Closed && !closed:
		return fault.New(fault.Conflict, "review.not-closed")
	case !slices.Contains([]Verdict{Kept, Changed, Closed}, v):
		return fault.New(fault.Invalid, "review.verdict", string(v))
	}
	return nil
}

// Finish ends a review. With accounts that nobody has decided on it needs a
// reason, which the report names.
func (s *Service) Finish(ctx context.Context, by actor.Actor, id, why string) (c Campaign, err error) {
	if why, err = reason.Of(why, reason.Most, nil); err != nil {
		return c, err
	}
	who, err := encoded(by)
	if err != nil {
		return c, err
	}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		if c, err = get(ctx, tx, id); err != nil {
			return err
		}
		if !c.Open() {
			return fault.New(fault.Conflict, "review.ended")
		}
		if left := c.Lines - c.Done; left > 0 && why == "" {
			return fault.New(fault.Conflict, "review.left", left)
		}
		if _, err = tx.ExecContext(ctx, `UPDATE account_reviews SET ended_at = $1, ended_by = $2, why = $3 WHERE id = $4`, tx.Now, who, why, id); err != nil {
			return err
		}
		c, err = get(ctx, tx, id)
		return err
	})
	return c, err
}

func decoded(into any, text string) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), into)
}
