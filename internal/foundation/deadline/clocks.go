package deadline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Clocks gives the newest version of each clock, by id.
func (s *Store) Clocks(ctx context.Context) (list []Clock, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = clocks(ctx, tx, `c.version = h.version ORDER BY c.id`)
		return err
	})
	return list, err
}

// Clock gives the newest version of a clock; "deadline.clock.unknown" when there
// is none.
func (s *Store) Clock(ctx context.Context, id string) (c Clock, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		c, err = s.ClockIn(ctx, tx, id)
		return err
	})
	return c, err
}

// ClockIn is Clock within a transaction.
func (s *Store) ClockIn(ctx context.Context, tx *store.Tx, id string) (Clock, error) {
	return one(ctx, tx, id, `c.id = $1 AND c.version = h.version`, id)
}

// Versions gives all versions of a clock, the newest first.
func (s *Store) Versions(ctx context.Context, id string) (list []Clock, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = clocks(ctx, tx, `c.id = $1 ORDER BY c.version DESC`, id)
		return err
	})
	return list, err
}

// Version gives one version of a clock.
func (s *Store) Version(ctx context.Context, id string, n int) (c Clock, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		c, err = version(ctx, tx, id, n)
		return err
	})
	return c, err
}

func version(ctx context.Context, tx *store.Tx, id string, n int) (Clock, error) {
	return one(ctx, tx, id, `c.id = $1 AND c.version = $2`, id, n)
}

func one(ctx context.Context, tx *store.Tx, id, where string, args ...any) (Clock, error) {
	list, err := clocks(ctx, tx, where, args...)
	return store.First(list, err, fault.New(fault.NotFound, "deadline.clock.unknown", id))
}

func clocks(ctx context.Context, tx *store.Tx, where string, args ...any) (list []Clock, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var c Clock
		var content, who, made, retired string
		if err := scan(&content, &c.Version, &c.Pack, &c.Why, &who, &made, &retired); err != nil {
			return err
		}
		c.Retired = retired != ""
		err := errors.Join(json.Unmarshal([]byte(content), &c.Definition), json.Unmarshal([]byte(who), &c.By), store.StampInto(&c.MadeAt, made))
		list = append(list, c)
		return err
	}, `SELECT c.content, c.version, c.pack, c.why, c.by_actor, c.made_at, h.retired_at FROM clocks c JOIN clock_heads h ON h.id = c.id WHERE `+where, args...)
	return list, err
}

// PutClock adds a version of a clock, made by hand. Deadlines that run keep
// theirs; a pack that brings another leaves this one in place and says so.
func (s *Store) PutClock(ctx context.Context, by actor.Actor, why string, c Clock) (Clock, error) {
	why, err := Reason(why)
	if err != nil {
		return Clock{}, err
	}
	if err := c.Check(); err != nil {
		return Clock{}, err
	}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		heads, err := s.Heads(ctx, tx)
		if err != nil {
			return err
		}
		h := heads[c.ID]
		if h == nil {
			h = &Head{}
		}
		h.Clock.Definition = c.Definition
		if err := s.KeepClock(ctx, tx, by, why, "", *h); err != nil {
			return err
		}
		c, err = s.ClockIn(ctx, tx, c.ID)
		return err
	})
	return c, err
}

// A Head is the newest version of a clock and how a pack brought it.
type Head struct {
	Clock   Clock
	Pack    string      // pack that brings the clock, "" = none
	Brought *Definition // as the pack last brought it, nil = never
	Retired bool
}

// Heads gives all clocks within a transaction, retired ones too.
func (s *Store) Heads(ctx context.Context, tx *store.Tx) (map[string]*Head, error) {
	list, err := clocks(ctx, tx, `c.version = h.version`)
	if err != nil {
		return nil, err
	}
	all := map[string]*Head{}
	for _, c := range list {
		all[c.ID] = &Head{Clock: c, Retired: c.Retired}
	}
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var id, from, brought string
		if err := scan(&id, &from, &brought); err != nil || all[id] == nil {
			return err
		}
		all[id].Pack = from
		if brought == "" {
			return nil
		}
		all[id].Brought = &Definition{}
		return json.Unmarshal([]byte(brought), all[id].Brought)
	}, `SELECT id, pack, brought FROM clock_heads`)
	return all, err
}

// KeepClock writes a head as it is given: a new version where what the clock says
// is new, brought by the pack from, "" = made by hand. The caller has checked it.
func (s *Store) KeepClock(ctx context.Context, tx *store.Tx, by actor.Actor, why, from string, h Head) error {
	id, n := h.Clock.ID, 0
	if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM clocks WHERE id = $1`, id).Scan(&n); err != nil {
		return err
	}
	was, err := clocks(ctx, tx, `c.id = $1 AND c.version = h.version`, id)
	if err != nil {
		return err
	}
	if len(was) == 0 || was[0].Definition != h.Clock.Definition {
		n++
		content, who, err := pair(h.Clock.Definition, by)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO clocks (id, version, content, pack, why, by_actor, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			id, n, content, from, why, who, tx.Now); err != nil {
			return fmt.Errorf("clock %s: %w", id, err)
		}
	}
	brought := ""
	if h.Brought != nil {
		text, err := json.Marshal(h.Brought)
		if err != nil {
			return err
		}
		brought = string(text)
	}
	retired := time.Time{}
	if h.Retired {
		retired = tx.Time
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO clock_heads (id, version, pack, brought, retired_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET version = excluded.version, pack = excluded.pack, brought = excluded.brought, retired_at = excluded.retired_at`,
		id, n, h.Pack, brought, text(retired))
	return err
}

func pair(content, by any) (string, string, error) {
	a, err := json.Marshal(content)
	if err != nil {
		return "", "", err
	}
	b, err := json.Marshal(by)
	return string(a), string(b), err
}

// OwnIn keeps a clock that the platform proposes itself, in the caller's
// transaction, where there is none of its id: what a person or a pack has said of it
// stays.
func (s *Store) OwnIn(ctx context.Context, tx *store.Tx, c Definition) error {
	if err := c.Check(); err != nil {
		return err
	}
	heads, err := s.Heads(ctx, tx)
	if err != nil || heads[c.ID] != nil {
		return err
	}
	return s.KeepClock(ctx, tx, actor.System, locale.Vi.T("deadline.clock.own"), "", Head{Clock: Clock{Definition: c}})
}

// AfterIn is the first working day after so many working days from now on have
// gone: the event that a clock of one working day before precedes.
func (s *Store) AfterIn(ctx context.Context, tx *store.Tx, days int) (time.Time, error) {
	o, err := s.OfficeIn(ctx, tx)
	if err != nil {
		return time.Time{}, err
	}
	if err := o.ready(); err != nil {
		return time.Time{}, err
	}
	last, err := o.cal.Due(tx.Time, days, time.Duration(o.hours.Cutoff))
	if err != nil {
		return time.Time{}, worded(err)
	}
	next, err := o.cal.AddWorkingDays(last, 1)
	return next.Time(), worded(err)
}
