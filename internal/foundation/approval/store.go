package approval

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/oklog/ulid/v2"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/internal/foundation/store"
)

// The bounds of a request.
const (
	MostDays    = 30 // until it is worth nothing
	MostFetches = 10
	mostWords   = 2000
)

// A Store keeps requests in the control database.
type Store struct{ db *store.DB }

// NewStore makes a Store.
func NewStore(db *store.DB) *Store { return &Store{db} }

// Now is the time by which requests end.
func (s *Store) Now() time.Time { return s.db.Now() }

// Ask keeps a request. It fills in who asks and the id of the request.
func (s *Store) Ask(ctx context.Context, by actor.Actor, a Ask, until time.Time) (*Request, error) {
	now := s.db.Now()
	if err := check(&a, now, until); err != nil {
		return nil, err
	}
	a.ID, a.By, a.Org, a.Until = strings.ToLower(ulid.Make().String()), by.Kind+":"+by.ID, by.Org, store.Stamp(until)
	text, err := a.text()
	if err != nil {
		return nil, fmt.Errorf("request of an export: %w", err)
	}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO export_requests (id, dataset, by_kind, by_id, by_name, by_org, asked, digest, state, why, made_at, until_at, ended_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', '', $9, $10, '')`,
			a.ID, a.Dataset, by.Kind, by.ID, by.Name, by.Org, text, digestOf(text), tx.Now, a.Until)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.Get(ctx, a.ID)
}

// check refuses a request that cannot be judged or would be worth too much.
func check(a *Ask, now, until time.Time) error {
	switch {
	case len(a.Fields) == 0:
		return fault.New(fault.Invalid, "approval.no-fields")
	case strings.TrimSpace(a.Purpose.Code) == "":
		return fault.New(fault.Invalid, "approval.no-purpose")
	case strings.TrimSpace(a.Purpose.Text) == "":
		return fault.New(fault.Invalid, "approval.no-task")
	case strings.TrimSpace(a.Purpose.Basis) == "":
		return fault.New(fault.Invalid, "approval.no-basis")
	case utf8.RuneCountInString(a.Purpose.Text+a.Purpose.Basis) > mostWords:
		return fault.New(fault.Invalid, "approval.long", mostWords)
	case reason.Number(a.Purpose.Text + " " + a.Purpose.Basis):
		return fault.New(fault.Invalid, "approval.number")
	case a.Fetches < 1 || a.Fetches > MostFetches:
		return fault.New(fault.Invalid, "approval.fetches", MostFetches)
	case !until.After(now) || until.After(now.AddDate(0, 0, MostDays+1)):
		return fault.New(fault.Invalid, "approval.until", MostDays)
	}
	return nil
}

// Get gives one request.
func (s *Store) Get(ctx context.Context, id string) (r *Request, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		r, err = get(ctx, tx, id)
		return err
	})
	return r, err
}

func get(ctx context.Context, tx *store.Tx, id string) (*Request, error) {
	list, err := requests(ctx, tx, `id = $1`, id)
	return store.First(list, err, fault.New(fault.NotFound, "approval.unknown", id))
}

// List gives the newest requests; before is the id of the last one seen, "" for
// the newest of all.
func (s *Store) List(ctx context.Context, before string, limit int) (list []*Request, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		list, err = requests(ctx, tx, `(id < $1 OR $2 = '') ORDER BY id DESC LIMIT $3`, before, before, limit)
		return err
	})
	return list, err
}

// Decide keeps what a person says of a request whose digest they were shown. A
// refusal ends it, one by somebody who has approved it before as well.
func (s *Store) Decide(ctx context.Context, by actor.Actor, id, digest string, approve bool, why string) (r *Request, err error) {
	if why, err = reason.Of(why, mostWords, nil); err != nil {
		return nil, err
	}
	if !approve && why == "" {
		return nil, fault.New(fault.Invalid, "approval.no-why")
	}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		if r, err = get(ctx, tx, id); err != nil {
			return err
		}
		if err := r.decidable(by, tx.Time, digest, approve); err != nil {
			return err
		}
		verdict := "approve"
		if !approve {
			verdict = "refuse"
			if err := end(ctx, tx, id, Refused, why); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO export_decisions (request, by_kind, by_id, by_name, by_org, verdict, why, digest, decided_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			id, by.Kind, by.ID, by.Name, by.Org, verdict, why, digest, tx.Now)
		if err != nil {
			return err
		}
		r, err = get(ctx, tx, id)
		return err
	})
	return r, err
}

// decidable refuses a decision that may not be.
func (r *Request) decidable(by actor.Actor, now time.Time, digest string, approve bool) error {
	who := by.Kind + ":" + by.ID
	if s := r.State(now); s.Final() {
		return ended(s)
	}
	if digest != r.Digest {
		return fault.New(fault.Conflict, "approval.digest")
	}
	if who == r.Ask.By {
		return fault.New(fault.Denied, "approval.own")
	}
	for _, d := range r.Decisions {
		if approve && d.By.Kind+":"+d.By.ID == who {
			return fault.New(fault.Conflict, "approval.twice")
		}
	}
	return nil
}

// ended says why nothing more comes of a request.
func ended(s State) error {
	switch s {
	case Refused:
		return fault.New(fault.Conflict, "approval.ended.refused")
	case Withdrawn:
		return fault.New(fault.Conflict, "approval.ended.withdrawn")
	case Void:
		return fault.New(fault.Conflict, "approval.ended.void")
	case Used:
		return fault.New(fault.Conflict, "approval.ended.used")
	}
	return fault.New(fault.Conflict, "approval.ended.expired")
}

// Ready says why a request cannot be fetched, nil when it can.
func (r *Request) Ready(now time.Time) error {
	switch state := r.State(now); {
	case state.Final():
		return ended(state)
	case state != Approved:
		return fault.New(fault.Conflict, "approval.waiting", r.Approvals(), Needed)
	}
	return nil
}

// Withdraw ends a request by who made it.
func (s *Store) Withdraw(ctx context.Context, by actor.Actor, id string) (*Request, error) {
	return s.finish(ctx, id, Withdrawn, "", func(r *Request) error {
		if r.Ask.By != by.Kind+":"+by.ID {
			return fault.New(fault.Denied, "approval.not-own")
		}
		return nil
	})
}

// MakeVoid ends a request whose approvals no longer say what would be exported.
func (s *Store) MakeVoid(ctx context.Context, id, why string) (*Request, error) {
	return s.finish(ctx, id, Void, why, func(*Request) error { return nil })
}

func (s *Store) finish(ctx context.Context, id string, to State, why string, may func(*Request) error) (r *Request, err error) {
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		if r, err = get(ctx, tx, id); err != nil {
			return err
		}
		if err := may(r); err != nil {
			return err
		}
		if s := r.State(tx.Time); s.Final() {
			return ended(s)
		}
		if err := end(ctx, tx, id, to, why); err != nil {
			return err
		}
		r, err = get(ctx, tx, id)
		return err
	})
	return r, err
}

func end(ctx context.Context, tx *store.Tx, id string, to State, why string) error {
	_, err := tx.ExecContext(ctx, `UPDATE export_requests SET state = $1, why = $2, ended_at = $3 WHERE id = $4 AND state = 'open'`, string(to), why, tx.Now, id)
	return err
}

// Take counts one fetch of an approved request by who made it, before anything
// goes out: what is counted is not given twice. n is its number.
func (s *Store) Take(ctx context.Context, by actor.Actor, id string) (r *Request, n int, err error) {
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		if r, err = get(ctx, tx, id); err != nil {
			return err
		}
		if r.Ask.By != by.Kind+":"+by.ID {
			return fault.New(fault.Denied, "approval.not-own")
		}
		if err := r.Ready(tx.Time); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(n), 0) + 1 FROM export_fetches WHERE request = $1`, id).Scan(&n); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO export_fetches (request, n, fetched_at) VALUES ($1, $2, $3)`, id, n, tx.Now)
		return err
	})
	return r, n, err
}

// GiveBack takes a fetch back of which nothing has gone out.
func (s *Store) GiveBack(ctx context.Context, id string, n int) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM export_fetches WHERE request = $1 AND n = $2`, id, n)
		return err
	})
}

// Expire ends the requests whose time is over. Each is told first, so that none
// ends without a trace.
func (s *Store) Expire(ctx context.Context, tell func(context.Context, *Request) error) error {
	var list []*Request
	err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = requests(ctx, tx, `state = 'open' AND until_at <= $1 ORDER BY id`, store.Stamp(s.db.Now()))
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range list {
		if r.Left() == 0 {
			continue // used up: nothing has expired
		}
		if err := tell(ctx, r); err != nil {
			return err
		}
		if err := s.db.Write(ctx, func(tx *store.Tx) error { return end(ctx, tx, r.Ask.ID, Expired, "") }); err != nil {
			return err
		}
	}
	return nil
}

// requests reads requests with all that belongs to them.
func requests(ctx context.Context, tx *store.Tx, where string, args ...any) (list []*Request, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		r := &Request{}
		var id, asked, state, made, until, ended string
		if err := scan(&id, &asked, &r.Digest, &state, &r.Why, &made, &until, &ended, &r.By.Kind, &r.By.ID, &r.By.Name, &r.By.Org); err != nil {
			return err
		}
		// What is not as it was written is not what was approved.
		if digestOf(asked) != r.Digest {
			return fault.New(fault.Internal, "approval.damaged")
		}
		if err := json.Unmarshal([]byte(asked), &r.Ask); err != nil {
			return fmt.Errorf("request of an export: %w", err)
		}
		r.state = State(state)
		if r.Ask.ID != id || r.Ask.Until != until {
			return fault.New(fault.Internal, "approval.damaged")
		}
		list = append(list, r)
		return errors.Join(store.StampInto(&r.MadeAt, made), store.StampInto(&r.Until, until), store.StampInto(&r.EndedAt, ended))
	}, `SELECT id, asked, digest, state, why, made_at, until_at, ended_at, by_kind, by_id, by_name, by_org FROM export_requests WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	for _, r := range list {
		if err := r.fill(ctx, tx); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// fill reads what was decided and fetched.
func (r *Request) fill(ctx context.Context, tx *store.Tx) error {
	err := tx.Each(ctx, func(scan func(...any) error) error {
		var d Decision
		var verdict, decided string
		if err := scan(&d.By.Kind, &d.By.ID, &d.By.Name, &d.By.Org, &verdict, &d.Why, &d.Digest, &decided); err != nil {
			return err
		}
		d.Approve = verdict == "approve"
		err := store.StampInto(&d.At, decided)
		r.Decisions = append(r.Decisions, d)
		return err
	}, `SELECT by_kind, by_id, by_name, by_org, verdict, why, digest, decided_at FROM export_decisions WHERE request = $1 ORDER BY decided_at, by_id`, r.Ask.ID)
	if err != nil {
		return err
	}
	return tx.Each(ctx, func(scan func(...any) error) error {
		var text string
		if err := scan(&text); err != nil {
			return err
		}
		var at time.Time
		err := store.StampInto(&at, text)
		r.Fetched = append(r.Fetched, at)
		return err
	}, `SELECT fetched_at FROM export_fetches WHERE request = $1 ORDER BY n`, r.Ask.ID)
}
