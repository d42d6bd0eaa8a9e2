// Package moves keeps requests to move a system of the register from one state
// to another, with what was decided, and why records were changed by hand.
//
// Who may ask and who may decide is for the flow and the policies to say; that
// nobody decides on their own request, and that a system has one request at a
// time, is held here.
package moves

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/phohien/phohien/internal/core/registry"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/internal/foundation/store"
)

// MostWords bounds a reason, in characters: it becomes the basis of the state in
// the register, which holds no more.
const MostWords = 500

// A State is how far a request has come.
type State string

// The states. All but Waiting are final.
const (
	Waiting   State = "waiting"
	Approved  State = "approved"
	Refused   State = "refused"
	Withdrawn State = "withdrawn"
	Void      State = "void" // the system has left the state that it was asked from
)

// A Request asks for a move.
type Request struct {
	ID        string
	System    string // code in the register
	From, To  registry.State
	Why       string
	By        actor.Actor
	MadeAt    time.Time
	State     State
	Decided   actor.Actor // who decided or ended it; zero while it waits
	Said      string      // what they said
	DecidedAt time.Time   // zero while it waits
	Batch     string      // that wrote the new state, "" without
}

// Own reports whether somebody made the request.
func (r *Request) Own(by actor.Actor) bool { return r.By.Kind == by.Kind && r.By.ID == by.ID }

// A Store keeps requests and reasons in the control database.
type Store struct{ db *store.DB }

// NewStore makes a Store.
func NewStore(db *store.DB) *Store { return &Store{db} }

// Reason puts a reason in order, on one line, as [reason.Of] does; one that is
// missing is a fault "moves.no-why".
func Reason(text string) (string, error) {
	return reason.Of(strings.Join(strings.Fields(text), " "), MostWords, fault.New(fault.Invalid, "moves.no-why"))
}

// Ask keeps a request. A system with one that waits is a fault "moves.waits"; one
// from a state that the system has left is ended instead.
func (s *Store) Ask(ctx context.Context, by actor.Actor, system string, from, to registry.State, why string) (r *Request, err error) {
	if why, err = Reason(why); err != nil {
		return nil, err
	}
	id := strings.ToLower(ulid.Make().String())
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		waiting, err := requests(ctx, tx, `system = $1 AND state = $2`, system, string(Waiting))
		if err != nil {
			return err
		}
		for _, w := range waiting {
			if w.From == from {
				return fault.New(fault.Conflict, "moves.waits", system, w.By.Name)
			}
			if err := end(ctx, tx, w.ID, Void, by, "", ""); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO system_moves (id, system, from_state, to_state, why, by_kind, by_id, by_name, by_org, made_at, state,
				decided_kind, decided_id, decided_name, decided_org, said, decided_at, batch)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', '', '', '', '', '', '')`,
			id, system, string(from), string(to), why, by.Kind, by.ID, by.Name, by.Org, tx.Now, string(Waiting))
		if err != nil {
			return err
		}
		r, err = get(ctx, tx, id)
		return err
	})
	return r, err
}

// Get gives one request; one that is not there is a fault "moves.unknown".
func (s *Store) Get(ctx context.Context, id string) (r *Request, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		r, err = get(ctx, tx, id)
		return err
	})
	return r, err
}

// Of lists the requests of a system, the newest first.
func (s *Store) Of(ctx context.Context, system string) (list []*Request, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		list, err = requests(ctx, tx, `system = $1`, system)
		return err
	})
	return list, err
}

// Open lists the requests that wait, the newest first, limit at most.
func (s *Store) Open(ctx context.Context, limit int) (list []*Request, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		list, err = requests(ctx, tx, `state = $1`, string(Waiting))
		return err
	})
	return list[:min(limit, len(list))], err
}

// Decidable refuses a decision by somebody: on a request that is over, or their
// own.
func (r *Request) Decidable(by actor.Actor) error {
	switch {
	case r.State != Waiting:
		return fault.New(fault.Conflict, "moves.over", r.System)
	case r.Own(by):
		return fault.New(fault.Denied, "moves.own")
	}
	return nil
}

// Approve keeps that a request was approved and which batch wrote the new state.
func (s *Store) Approve(ctx context.Context, by actor.Actor, id, said, batch string) (*Request, error) {
	if said != "" {
		var err error
		if said, err = Reason(said); err != nil {
			return nil, err
		}
	}
	return s.finish(ctx, by, id, Approved, said, batch, func(r *Request) error { return r.Decidable(by) })
}

// Refuse keeps that a request was refused, with the reason.
func (s *Store) Refuse(ctx context.Context, by actor.Actor, id, why string) (*Request, error) {
	why, err := Reason(why)
	if err != nil {
		return nil, err
	}
	return s.finish(ctx, by, id, Refused, why, "", func(r *Request) error { return r.Decidable(by) })
}

// Withdraw ends a request; only who made it may.
func (s *Store) Withdraw(ctx context.Context, by actor.Actor, id string) (*Request, error) {
	return s.finish(ctx, by, id, Withdrawn, "", "", func(r *Request) error {
		switch {
		case r.State != Waiting:
			return fault.New(fault.Conflict, "moves.over", r.System)
		case !r.Own(by):
			return fault.New(fault.Denied, "moves.not-own")
		}
		return nil
	})
}

func (s *Store) finish(ctx context.Context, by actor.Actor, id string, to State, said, batch string, may func(*Request) error) (r *Request, err error) {
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		if r, err = get(ctx, tx, id); err != nil {
			return err
		}
		if err := may(r); err != nil {
			return err
		}
		if err := end(ctx, tx, id, to, by, said, batch); err != nil {
			return err
		}
		r, err = get(ctx, tx, id)
		return err
	})
	return r, err
}

func end(ctx context.Context, tx *store.Tx, id string, to State, by actor.Actor, said, batch string) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE system_moves SET state = $1, decided_kind = $2, decided_id = $3, decided_name = $4, decided_org = $5, said = $6, decided_at = $7, batch = $8
		WHERE id = $9`,
		string(to), by.Kind, by.ID, by.Name, by.Org, said, tx.Now, batch, id)
	return err
}

func get(ctx context.Context, tx *store.Tx, id string) (*Request, error) {
	list, err := requests(ctx, tx, `id = $1`, id)
	return store.First(list, err, fault.New(fault.NotFound, "moves.unknown", id))
}

func requests(ctx context.Context, tx *store.Tx, where string, args ...any) (list []*Request, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT id, system, from_state, to_state, why, by_kind, by_id, by_name, by_org, made_at, state,
			decided_kind, decided_id, decided_name, decided_org, said, decided_at, batch
		FROM system_moves WHERE `+where+` ORDER BY id DESC`, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

func scan(rows *sql.Rows) (*Request, error) {
	var r Request
	var from, to, made, state, decided string
	err := rows.Scan(&r.ID, &r.System, &from, &to, &r.Why, &r.By.Kind, &r.By.ID, &r.By.Name, &r.By.Org, &made, &state,
		&r.Decided.Kind, &r.Decided.ID, &r.Decided.Name, &r.Decided.Org, &r.Said, &decided, &r.Batch)
	if err != nil {
		return nil, err
	}
	r.From, r.To, r.State = registry.State(from), registry.State(to), State(state)
	if r.MadeAt, err = store.ParseStamp(made); err == nil && decided != "" {
		r.DecidedAt, err = store.ParseStamp(decided)
	}
	if err != nil {
		return nil, fmt.Errorf("request %s: %w", r.ID, err)
	}
	return &r, nil
}

// Note keeps why a batch that a form made changes a record. The first word on a
// batch stays.
func (s *Store) Note(ctx context.Context, batch, why string) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO edit_notes (batch, why) VALUES ($1, $2) ON CONFLICT (batch) DO NOTHING`, batch, why)
		return err
	})
}

// Notes gives the reasons of batches, by their ids; those without are left out.
func (s *Store) Notes(ctx context.Context, batches []string) (map[string]string, error) {
	all := map[string]string{}
	if len(batches) == 0 {
		return all, nil
	}
	marks, args := make([]string, len(batches)), make([]any, len(batches))
	for i, id := range batches {
		marks[i], args[i] = "$"+strconv.Itoa(i+1), id
	}
	err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
		rows, err := tx.QueryContext(ctx, `SELECT batch, why FROM edit_notes WHERE batch IN (`+strings.Join(marks, ", ")+`)`, args...)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var id, why string
			if err := rows.Scan(&id, &why); err != nil {
				return err
			}
			all[id] = why
		}
		return rows.Err()
	})
	return all, err
}
