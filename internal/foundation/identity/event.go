package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// The results of what an Event tells.
const (
	ResultDone    = "done"
	ResultRefused = "refused"
)

// An Event is something that the audit log must hold. It never carries a
// secret, nor more of a person than the account's id and the actor.
type Event struct {
	ID      string            `json:"id"` // one event, however often it is handed over
	Time    time.Time         `json:"time"`
	Action  string            `json:"action"`            // e.g. "sign-in", "password.change"
	Account string            `json:"account,omitempty"` // id of the account it is about
	By      Actor             `json:"by"`
	Result  string            `json:"result"`
	Why     string            `json:"why,omitempty"` // key of the sentence that says why
	IP      string            `json:"ip,omitempty"`
	Detail  map[string]string `json:"detail,omitempty"`
	Loud    bool              `json:"loud,omitempty"` // somebody must look at it now
}

// nobody is who shows no account.
var nobody = Actor{Kind: "nobody"}

// keep puts an event beside the change it tells of.
func (s *Service) keep(ctx context.Context, tx *store.Tx, e Event) (Event, error) {
	e.Time = s.now()
	e.ID = newID(e.Time)
	if e.Result == "" {
		e.Result = ResultDone
	}
	text, err := json.Marshal(e)
	if err != nil {
		return e, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO account_events (id, event) VALUES ($1, $2)`, e.ID, string(text))
	return e, err
}

// handOver gives events to the log and forgets those that it took.
func (s *Service) handOver(ctx context.Context, events []Event) error {
	ctx = context.WithoutCancel(ctx) // what has happened is recorded
	var taken []string
	var refused error
	for _, e := range events {
		if e.Loud && s.d.Alarm != nil {
			s.d.Alarm(ctx, e)
		}
		if err := s.d.Record(ctx, e); err != nil {
			refused = errors.Join(refused, err)
			continue
		}
		taken = append(taken, e.ID)
	}
	if err := s.forgetEvents(ctx, taken); err != nil {
		return err
	}
	if refused != nil {
		return fault.New(fault.Unavailable, "identity.not-recorded").Because(refused)
	}
	return nil
}

func (s *Service) forgetEvents(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, `DELETE FROM account_events WHERE id = $1`, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Relay hands over the events that the log has not taken yet.
func (s *Service) Relay(ctx context.Context) error {
	s.relaying.Lock()
	defer s.relaying.Unlock()
	var events []Event
	// Younger ones are on their way already.
	before := newID(s.now().Add(-relayAfter))
	err := s.read(ctx, func(tx *store.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT event FROM account_events WHERE id < $1 ORDER BY id`, before)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				return err
			}
			var e Event
			if err := json.Unmarshal([]byte(text), &e); err != nil {
				return fmt.Errorf("event: %w", err)
			}
			e.Loud = false // the alarm was given when it happened
			events = append(events, e)
		}
		return rows.Err()
	})
	if err != nil {
		return err
	}
	return s.handOver(ctx, events)
}

const relayAfter = 10 * time.Second
