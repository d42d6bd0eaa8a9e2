package org

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/oklog/ulid/v2"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// Deps are the questions that rooms above answer. Each may be nil. They are
// asked inside the one writer of the control database, so they read and never
// write.
type Deps struct {
	// Conflict says, by a fault, why one person may not hold these roles together.
	Conflict func(roles []string) error
	// Handing says what else passes over with a post: batches on their way,
	// tasks, drafts.
	Handing []func(ctx context.Context, from Post, to Person) ([]Item, error)
	// Acted reports whether somebody has acted in a post.
	Acted func(ctx context.Context, post string) (bool, error)
	// Referred reports whether data refer to an organisation, so that it may be
	// ended but not deleted.
	Referred func(ctx context.Context, org string) (bool, error)
}

// Store keeps organisations, people and posts in the control database.
type Store struct {
	db   *store.DB
	deps Deps

	// Each counts the writes; what was read before a write is not used after it.
	trees, held atomic.Int64
	now         atomic.Pointer[kept]
	reading     sync.Mutex
}

// A kept snapshot is good while the counts are those it was read at.
type kept struct {
	Snapshot
	trees, held int64
}

// NewStore makes a Store over the control database.
func NewStore(control *store.DB, deps Deps) *Store { return &Store{db: control, deps: deps} }

// Today is the date in Viet Nam by the store's clock.
func (s *Store) Today() viet.Date { return Today(s.db.Now()) }

// Snapshot gives all organisations and posts as they are now. It is kept until
// the next write, so asking again costs nothing.
func (s *Store) Snapshot(ctx context.Context) (*Snapshot, error) {
	if k := s.fresh(); k != nil {
		return &k.Snapshot, nil
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	if k := s.fresh(); k != nil {
		return &k.Snapshot, nil
	}
	// The counts are taken before reading: a write meanwhile makes this old.
	next := &kept{trees: s.trees.Load(), held: s.held.Load()}
	if was := s.now.Load(); was != nil && was.trees == next.trees {
		next.tree = was.tree
	}
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		if next.tree == nil {
			all, err := load(ctx, tx)
			if err != nil {
				return err
			}
			next.tree = newTree(plain(all))
		}
		posts, err := allPosts(ctx, tx)
		next.posts = indexPosts(posts)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("organisations: %w", err)
	}
	s.now.Store(next)
	return &next.Snapshot, nil
}

// fresh gives the kept snapshot when nothing was written since.
func (s *Store) fresh() *kept {
	if k := s.now.Load(); k != nil && k.trees == s.trees.Load() && k.held == s.held.Load() {
		return k
	}
	return nil
}

func (s *Store) changedOrgs(tx *store.Tx)  { tx.OnCommit(func() { s.trees.Add(1) }) }
func (s *Store) changedPosts(tx *store.Tx) { tx.OnCommit(func() { s.held.Add(1) }) }

// Get gives an organisation that is there on a day; another is a fault
// "org.unknown".
func (s *Store) Get(ctx context.Context, id string, on viet.Date) (Org, error) {
	snap, err := s.Snapshot(ctx)
	if err != nil {
		return Org{}, err
	}
	o, ok := snap.Get(id, on)
	if !ok {
		return Org{}, fault.New(fault.NotFound, "org.unknown", id, on.Display())
	}
	return o.Clone(), nil
}

// Kept is an organisation as it is kept, and how a pack last brought it.
type Kept struct {
	Org     Org
	Pack    string // pack that brings it, "" = none now
	Brought *Org   // nil = made by hand
}

// Load gives all organisations inside a transaction.
func (s *Store) Load(ctx context.Context, tx *store.Tx) (map[string]*Kept, error) {
	return load(ctx, tx)
}

func load(ctx context.Context, tx *store.Tx) (all map[string]*Kept, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT content, pack, brought FROM orgs`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	all = map[string]*Kept{}
	for rows.Next() {
		var k Kept
		var content, brought string
		if err := rows.Scan(&content, &k.Pack, &brought); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(content), &k.Org); err != nil {
			return nil, fmt.Errorf("organisation: %w", err)
		}
		if brought != "" {
			k.Brought = &Org{}
			if err := json.Unmarshal([]byte(brought), k.Brought); err != nil {
				return nil, fmt.Errorf("organisation %s as brought: %w", k.Org.ID, err)
			}
		}
		all[k.Org.ID] = &k
	}
	return all, rows.Err()
}

// plain leaves only the organisations.
func plain(all map[string]*Kept) map[string]*Org {
	orgs := make(map[string]*Org, len(all))
	for id, k := range all {
		orgs[id] = &k.Org
	}
	return orgs
}

// Keep writes organisations as they are given, those of before into the
// history. The caller has checked all of them together.
func (s *Store) Keep(ctx context.Context, tx *store.Tx, by actor.Actor, list ...Kept) error {
	s.changedOrgs(tx)
	for _, k := range list {
		if err := remember(ctx, tx, by, k.Org.ID); err != nil {
			return err
		}
		content, brought, err := k.texts()
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO orgs (id, content, pack, brought, changed_at, by_kind, by_id, by_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (id) DO UPDATE SET content = excluded.content, pack = excluded.pack, brought = excluded.brought,
				changed_at = excluded.changed_at, by_kind = excluded.by_kind, by_id = excluded.by_id, by_name = excluded.by_name`,
			k.Org.ID, content, k.Pack, brought, tx.Now, by.Kind, by.ID, by.Name); err != nil {
			return fmt.Errorf("organisation %s: %w", k.Org.ID, err)
		}
	}
	return nil
}

func (k *Kept) texts() (content, brought string, err error) {
	b, err := json.Marshal(&k.Org)
	if err != nil || k.Brought == nil {
		return string(b), "", err
	}
	was, err := json.Marshal(k.Brought)
	return string(b), string(was), err
}

// remember keeps what stands there now.
func remember(ctx context.Context, tx *store.Tx, by actor.Actor, id string) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO org_history (id, org, content, changed_at, by_kind, by_id, by_name)
		VALUES ($1, $2, COALESCE((SELECT content FROM orgs WHERE id = $2), ''), $3, $4, $5, $6)`,
		newID(tx), id, tx.Now, by.Kind, by.ID, by.Name)
	return err
}

func newID(tx *store.Tx) string {
	return ulid.MustNew(ulid.Timestamp(tx.Time), ulid.DefaultEntropy()).String()
}

// Delete removes organisations that nothing refers to.
func (s *Store) Delete(ctx context.Context, tx *store.Tx, by actor.Actor, ids ...string) error {
	s.changedOrgs(tx)
	for _, id := range ids {
		if err := remember(ctx, tx, by, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM orgs WHERE id = $1`, id); err != nil {
			return err
		}
	}
	return nil
}

// Used says which of these organisations posts, hand-overs or data refer to.
func (s *Store) Used(ctx context.Context, tx *store.Tx, ids []string) (map[string]bool, error) {
	used := map[string]bool{}
	for _, id := range ids {
		var n int
		if err := tx.QueryRowContext(ctx, `
			SELECT (SELECT count(*) FROM posts WHERE org = $1) + (SELECT count(*) FROM hand_overs WHERE org = $1)`, id).Scan(&n); err != nil {
			return nil, err
		}
		used[id] = n > 0
		if n == 0 && s.deps.Referred != nil {
			refers, err := s.deps.Referred(ctx, id)
			if err != nil {
				return nil, err
			}
			used[id] = refers
		}
	}
	return used, nil
}
