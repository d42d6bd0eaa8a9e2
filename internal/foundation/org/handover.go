package org

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// An Item is one thing that passes over with a post.
type Item struct {
	Vi    string `json:"vi"`
	En    string `json:"en"`
	Count int    `json:"count,omitempty"` // how many, 0 when it is not counted
	Link  string `json:"link,omitempty"`  // page that shows them
}

// A HandOver is the passing of a post from one person to another.
type HandOver struct {
	ID     string      `json:"id"` // ULID
	Org    string      `json:"org"`
	Old    Post        `json:"old"` // as it was before
	New    Post        `json:"new"` // as it is after
	On     Day         `json:"on"`  // first day of the new holder
	Note   string      `json:"note,omitempty"`
	Items  []Item      `json:"items"`
	By     actor.Actor `json:"by"`
	MadeAt string      `json:"madeAt"` // as store.Stamp writes it

	UndoneAt string      `json:"undoneAt,omitempty"`
	UndoneBy actor.Actor `json:"undoneBy,omitzero"`
}

// HandOver passes a post to another person from a day on: the old holder's ends
// on the day before, the new one has the same organisation, title, roles and
// units. It says what passes over with it.
func (s *Store) HandOver(ctx context.Context, by actor.Actor, postID, to string, on viet.Date, note string) (HandOver, error) {
	return s.handOver(ctx, by, postID, to, on, note, false)
}

// PreviewHandOver says what HandOver would do, and does nothing.
func (s *Store) PreviewHandOver(ctx context.Context, by actor.Actor, postID, to string, on viet.Date) (HandOver, error) {
	return s.handOver(ctx, by, postID, to, on, "", true)
}

// errLook ends the transaction of a preview, which must leave nothing.
var errLook = errors.New("org: only looking")

func (s *Store) handOver(ctx context.Context, by actor.Actor, postID, to string, on viet.Date, note string, look bool) (h HandOver, err error) {
	if note, err = reason.Of(clean(note), reason.Most, nil); err != nil {
		return h, err
	}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		old, err := post(ctx, tx, postID)
		if err != nil {
			return err
		}
		receiver, err := person(ctx, tx, to)
		if err != nil {
			return err
		}
		if err := passable(&old, to, on); err != nil {
			return err
		}
		h = HandOver{ID: newID(tx), Org: old.Org, Old: old, On: On(on), Note: note, By: signed(by), MadeAt: tx.Now}
		h.New = old
		// The decision is the old holder's; the new one's is filled in when given.
		h.New.ID, h.New.Person, h.New.From, h.New.MandateNo, h.New.MandateDate = newID(tx), to, On(on), "", Day{}
		if old.To.Set && old.To.Date < on {
			h.New.To = Day{}
		}
		if h.Items, err = s.passing(ctx, tx, old, receiver); err != nil {
			return err
		}
		ended := old
		ended.To = On(on - 1)
		if err := s.keepPost(ctx, tx, by, ended); err != nil {
			return err
		}
		if err := s.assign(ctx, tx, by, h.New); err != nil {
			return err
		}
		if look {
			return errLook
		}
		return keepHandOver(ctx, tx, &h)
	})
	if look && errors.Is(err, errLook) {
		err = nil
	}
	return h, err
}

// passable refuses to hand over what is not held up to that day.
func passable(old *Post, to string, on viet.Date) error {
	switch {
	case old.Person == to:
		return fault.New(fault.Invalid, "org.hand-same")
	case old.From.Set && old.From.Date >= on:
		return fault.New(fault.Invalid, "org.hand-early", old.From.Display())
	case old.To.Set && old.To.Date < on-1:
		return fault.New(fault.Conflict, "org.post-ended", old.To.Display())
	}
	return nil
}

// passing lists what passes over: what the post gives, and what others say.
func (s *Store) passing(ctx context.Context, tx *store.Tx, old Post, receiver Person) ([]Item, error) {
	o, err := one(ctx, tx, old.Org)
	if err != nil {
		return nil, err
	}
	if o == nil {
		return nil, fault.New(fault.NotFound, "org.never", old.Org)
	}
	items := []Item{{Vi: locale.Vi.T("org.passes.post", old.Title, o.Name), En: locale.En.T("org.passes.post", old.Title, englishName(o))}}
	if n := len(old.Roles); n > 0 {
		list := strings.Join(old.Roles, ", ")
		items = append(items, Item{Vi: locale.Vi.T("org.passes.roles", list), En: locale.En.T("org.passes.roles", list), Count: n})
	}
	if n := len(old.Units); n > 0 {
		list := strings.Join(old.Units, ", ")
		items = append(items, Item{Vi: locale.Vi.T("org.passes.units", list), En: locale.En.T("org.passes.units", list), Count: n})
	}
	for _, ask := range s.deps.Handing {
		more, err := ask(ctx, old, receiver)
		if err != nil {
			return nil, fmt.Errorf("what passes over with the post: %w", err)
		}
		items = append(items, more...)
	}
	return items, nil
}

// englishName is the name of an organisation in English, where it has one.
func englishName(o *Org) string {
	if o.NameEn != "" {
		return o.NameEn
	}
	return o.Name
}

func keepHandOver(ctx context.Context, tx *store.Tx, h *HandOver) error {
	record, err := json.Marshal(h)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO hand_overs (id, org, record, made_at, undone_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET record = excluded.record, undone_at = excluded.undone_at`,
		h.ID, h.Org, string(record), h.MadeAt, h.UndoneAt)
	return err
}

// UndoHandOver gives a post back, as if it had not been handed over, unless the
// new holder has acted in it or it has been changed since. The record stays.
func (s *Store) UndoHandOver(ctx context.Context, by actor.Actor, id string) (h HandOver, err error) {
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		var err error
		if h, err = handOver(ctx, tx, id); err != nil {
			return err
		}
		if err := s.undoable(ctx, tx, &h); err != nil {
			return err
		}
		s.changedPosts(tx)
		if err := rememberPost(ctx, tx, by, h.New.ID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM posts WHERE id = $1`, h.New.ID); err != nil {
			return err
		}
		if err := s.assign(ctx, tx, by, h.Old); err != nil {
			return err
		}
		h.UndoneAt, h.UndoneBy = tx.Now, signed(by)
		return keepHandOver(ctx, tx, &h)
	})
	return h, err
}

// undoable refuses to undo what others have built upon.
func (s *Store) undoable(ctx context.Context, tx *store.Tx, h *HandOver) error {
	if h.UndoneAt != "" {
		return fault.New(fault.Conflict, "org.hand-undone")
	}
	now, err := postsWhere(ctx, tx, `id = $1 OR id = $2`, h.Old.ID, h.New.ID)
	if err != nil {
		return err
	}
	ended := h.Old
	ended.To = On(h.On.Date - 1)
	for _, p := range []Post{ended, h.New} {
		if !slices.ContainsFunc(now, func(q *Post) bool { return equal(&p, q) }) {
			return fault.New(fault.Conflict, "org.hand-changed")
		}
	}
	if s.deps.Acted == nil {
		return nil
	}
	acted, err := s.deps.Acted(ctx, h.New.ID)
	if err != nil {
		return err
	}
	if acted {
		return fault.New(fault.Conflict, "org.hand-acted")
	}
	return nil
}

func equal(p, q *Post) bool {
	return p.ID == q.ID && p.Title == q.Title && p.Span == q.Span && p.Deputy == q.Deputy && slices.Equal(p.Roles, q.Roles) && slices.Equal(p.Units, q.Units)
}

// HandOvers lists the hand-overs in an organisation, the newest first; "" = in
// all.
func (s *Store) HandOvers(ctx context.Context, org string, limit int) (list []HandOver, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		if org == "" {
			list, err = handOvers(ctx, tx, `1 = 1 ORDER BY id DESC LIMIT $1`, limit)
			return err
		}
		list, err = handOvers(ctx, tx, `org = $1 ORDER BY id DESC LIMIT $2`, org, limit)
		return err
	})
	return list, err
}

// OneHandOver gives one hand-over.
func (s *Store) OneHandOver(ctx context.Context, id string) (h HandOver, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		h, err = handOver(ctx, tx, id)
		return err
	})
	return h, err
}

func handOvers(ctx context.Context, tx *store.Tx, where string, args ...any) (list []HandOver, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT record FROM hand_overs WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var record sql.RawBytes
		if err := rows.Scan(&record); err != nil {
			return nil, err
		}
		var h HandOver
		if err := json.Unmarshal(record, &h); err != nil {
			return nil, fmt.Errorf("hand-over: %w", err)
		}
		list = append(list, h)
	}
	return list, rows.Err()
}

func handOver(ctx context.Context, tx *store.Tx, id string) (HandOver, error) {
	list, err := handOvers(ctx, tx, `id = $1`, id)
	return store.First(list, err, fault.New(fault.NotFound, "org.no-hand-over", id))
}

// signed is who handed over, as it is kept: the organisation that they acted for
// is no part of it.
func signed(by actor.Actor) actor.Actor {
	by.Org = ""
	return by
}
