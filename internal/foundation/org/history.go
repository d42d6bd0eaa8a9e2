package org

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Base says what an editor had before them. What is there now is compared with
// it in the transaction that writes, so that nobody writes over what they have
// not seen.
type Base string

const (
	Whatever Base = ""     // what is there does not matter
	Nothing  Base = "none" // there must be nothing yet
)

// Base is what an editor of this organisation has before them.
func (o *Org) Base() Base { return baseOf(o) }

// Base is what an editor of this post has before them.
func (p *Post) Base() Base { return baseOf(p) }

func baseOf(v any) Base {
	text, err := json.Marshal(v)
	if err != nil { // of plain texts and days, so it does not happen; then nothing is like it
		return Base(err.Error())
	}
	sum := sha256.Sum256(text)
	return Base(hex.EncodeToString(sum[:8]))
}

// is reports whether an editor had before them what is there; have is Nothing
// where there is nothing.
func (b Base) is(have Base) bool { return b == Whatever || b == have }

// A Changed is the refusal of who has not seen the last change of an organisation or
// a post: the fault that says who made it, with what they would have made of the
// thing and what it is now.
type Changed[T any] struct {
	Wanted, Now T
	fault       *fault.Error
}

// Error is the fault's.
func (c *Changed[T]) Error() string { return c.fault.Error() }

// Unwrap is the fault.
func (c *Changed[T]) Unwrap() error { return c.fault }

// lastBy is who changed an organisation or a post last, and when.
func lastBy(ctx context.Context, tx *store.Tx, table, id string) (who string, when time.Time, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var text string
		if err := scan(&who, &text); err != nil {
			return err
		}
		return store.StampInto(&when, text)
	}, `SELECT by_name, changed_at FROM `+table+` WHERE id = $1`, id)
	return who, when, err
}

// A Revision is one change of an organisation or a post.
type Revision[T any] struct {
	ID        string
	Before    *T // nil = it was not there
	ChangedAt string
	By        actor.Actor
}

// History gives the changes of an organisation, the newest first.
func (s *Store) History(ctx context.Context, id string) (list []Revision[Org], err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		list, err = revisions[Org](ctx, tx, `org_history WHERE org = $1`, id)
		return err
	})
	return list, err
}

// PostHistory gives the changes of a post, the newest first. Of those before the
// platform kept them it knows nothing.
func (s *Store) PostHistory(ctx context.Context, id string) (list []Revision[Post], err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		list, err = revisions[Post](ctx, tx, `post_history WHERE post = $1`, id)
		return err
	})
	return list, err
}

func revisions[T any](ctx context.Context, tx *store.Tx, from string, args ...any) (list []Revision[T], err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var r Revision[T]
		var content string
		if err := scan(&r.ID, &content, &r.ChangedAt, &r.By.Kind, &r.By.ID, &r.By.Name); err != nil {
			return err
		}
		if content != "" {
			r.Before = new(T)
			if err := json.Unmarshal([]byte(content), r.Before); err != nil {
				return fmt.Errorf("history %s: %w", r.ID, err)
			}
		}
		list = append(list, r)
		return nil
	}, `SELECT id, content, changed_at, by_kind, by_id, by_name FROM `+from+` ORDER BY id DESC`, args...)
	return list, err
}

// former is what stood there before a change; before the first there was nothing
// to go back to.
func former[T any](ctx context.Context, tx *store.Tx, from, id, revision string) (T, error) {
	list, err := revisions[T](ctx, tx, from+` AND id = $2`, id, revision)
	if err == nil && (len(list) == 0 || list[0].Before == nil) {
		err = fault.New(fault.NotFound, "org.no-former", id)
	}
	if err != nil {
		var none T
		return none, err
	}
	return *list[0].Before, nil
}

// Restore puts an organisation back to what it was before one of its changes. It
// is a change like others: checked among all that are there now, and kept.
func (s *Store) Restore(ctx context.Context, by actor.Actor, id string, base Base, revision string) error {
	return s.change(ctx, by, id, base, func(tx *store.Tx, o *Org) (err error) {
		*o, err = former[Org](ctx, tx, `org_history WHERE org = $1`, id, revision)
		return err
	})
}

// RestorePost puts a post back to what it was before one of its changes. What was
// handed over goes back by undoing the hand-over, which takes it from the new
// holder too.
func (s *Store) RestorePost(ctx context.Context, by actor.Actor, id string, base Base, revision string) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		have, err := seen(ctx, tx, id, base, nil)
		if err != nil {
			return err
		}
		p, err := former[Post](ctx, tx, `post_history WHERE post = $1`, id, revision)
		if err != nil {
			return err
		}
		handed, err := handOvers(ctx, tx, `org = $1 AND undone_at = '' ORDER BY id DESC`, have.Org)
		if err != nil {
			return err
		}
		for _, h := range handed {
			if h.Old.ID == id && p.Covers(h.On.Date) {
				return fault.New(fault.Conflict, "org.post-handed", h.On.Display())
			}
		}
		if p.Base() == have.Base() {
			return nil
		}
		return s.assign(ctx, tx, by, p)
	})
}

// seen gives a post, when an editor had it before them as it is; wanted is what they
// would make of it, nil = that is not known yet.
func seen(ctx context.Context, tx *store.Tx, id string, base Base, wanted func(*Post)) (Post, error) {
	p, err := post(ctx, tx, id)
	if err != nil || base.is(p.Base()) {
		return p, err
	}
	who, when, err := lastBy(ctx, tx, "posts", id)
	if err != nil {
		return p, err
	}
	told := fault.New(fault.Conflict, "org.post-changed", p.Title, who, when)
	if wanted == nil {
		return p, told
	}
	w := p
	wanted(&w)
	return p, &Changed[Post]{Wanted: w, Now: p, fault: told}
}
