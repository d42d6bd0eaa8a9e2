// Package orgpack takes organisations from packs: files of kind "Organisations".
// A pack owns what it brings; a field that an administrator has changed since
// stays as it is, and the plan says so. What a pack no longer holds is deleted,
// or ended where something refers to it.
package orgpack

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// KindName is the kind of a file of organisations in a pack.
const KindName = "Organisations"

// Kind takes organisations from packs into a store.
func Kind(s *org.Store) pack.Kind { return kind{s} }

type kind struct{ s *org.Store }

func (kind) Name() string { return KindName }

// A step is what Diff hands to Apply: an organisation to keep, an id to delete,
// or neither where nothing changes.
type step struct {
	keep   *org.Kept
	delete string
}

// Diff reads the files and compares them with what is there.
func (k kind) Diff(ctx context.Context, tx *store.Tx, p *pack.Pack, docs []pack.Document) ([]pack.Change, []pack.Problem, error) {
	var items []item
	var problems []pack.Problem
	for _, d := range docs {
		more, found := parse(d)
		items, problems = append(items, more...), append(problems, found...)
	}
	if len(problems) > 0 {
		return nil, problems, nil
	}
	all, err := k.s.Load(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	c := comparer{pack: p.ID, have: all, next: map[string]*org.Kept{}, items: map[string]*item{}}
	maps.Copy(c.next, all)
	for i := range items {
		if err := c.bring(&items[i]); err != nil {
			return nil, nil, err
		}
	}
	gone := c.gone(func(id string) bool { return c.items[id] == nil })
	changes, err := k.remove(ctx, tx, &c, gone)
	if err != nil {
		return nil, nil, err
	}
	c.changes = append(c.changes, changes...)
	c.check(docs)
	return c.changes, c.problems, nil
}

// A comparer holds what is there beside what will be there.
type comparer struct {
	pack       string
	have, next map[string]*org.Kept
	items      map[string]*item
	changes    []pack.Change
	problems   []pack.Problem
}

// bring compares one organisation of the pack with what is there.
func (c *comparer) bring(it *item) error {
	o := &it.org
	if c.items[o.ID] != nil {
		c.problems = append(c.problems, it.problem("id", 0, fault.New(fault.Invalid, "org.pack.twice", o.ID)))
		return nil
	}
	c.items[o.ID] = it
	change := pack.Change{Kind: KindName, ID: o.ID, Name: o.Name, Path: it.from.Path, Action: pack.Added}
	brought := o.Clone()
	kept := &org.Kept{Org: o.Clone(), Pack: c.pack, Brought: &brought}
	if have := c.have[o.ID]; have != nil {
		if have.Pack != "" && have.Pack != c.pack {
			c.problems = append(c.problems, it.problem("id", 0, fault.New(fault.Conflict, "org.pack.other", o.ID, have.Pack)))
			return nil
		}
		m, err := merge(have.Brought, &have.Org, o)
		if err != nil {
			return fmt.Errorf("organisation %s: %w", o.ID, err)
		}
		kept.Org, change.Details = m.org, m.details
		for _, f := range m.kept {
			warning := it.problem(f.name, 0, f.err)
			warning.Severity = "warning"
			c.problems = append(c.problems, warning)
		}
		change.Action = pack.Changed
		if !m.changed && have.Pack == c.pack {
			change.Action = pack.Same
			if same, err := equal(have.Brought, o); err != nil || same {
				change.Content = step{}
				c.changes = append(c.changes, change)
				return err
			}
		}
	}
	c.next[o.ID] = kept
	change.Content = step{keep: kept}
	c.changes = append(c.changes, change)
	return nil
}

// gone lists the pack's organisations that it no longer holds.
func (c *comparer) gone(left func(id string) bool) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(c.have)) {
		if c.have[id].Pack == c.pack && left(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// check judges all organisations as they will be. What was wrong before without
// the pack does not stand in its way.
func (c *comparer) check(docs []pack.Document) {
	before := org.Check(plain(c.have))
	for _, f := range org.Check(plain(c.next)) {
		if it := c.items[f.Org]; it != nil {
			c.problems = append(c.problems, it.problem(f.Field, f.Entry, f.Err))
			continue
		}
		known := slices.ContainsFunc(before, func(b org.Finding) bool { return b.Org == f.Org && b.Field == f.Field && b.Err.Key == f.Err.Key })
		if !known && len(docs) > 0 {
			c.problems = append(c.problems, pack.Source{Path: docs[0].Path}.Problem("", f.Err))
		}
	}
}

func plain(all map[string]*org.Kept) map[string]*org.Org {
	orgs := make(map[string]*org.Org, len(all))
	for id, k := range all {
		orgs[id] = &k.Org
	}
	return orgs
}

// remove plans to delete organisations, or to end those that something refers
// to. It changes what will be there.
func (k kind) remove(ctx context.Context, tx *store.Tx, c *comparer, gone []string) ([]pack.Change, error) {
	used, err := k.s.Used(ctx, tx, gone)
	if err != nil {
		return nil, err
	}
	for _, id := range gone {
		delete(c.next, id)
	}
	// One that stays, or is only ended, holds those that it names.
	for again := true; again; {
		again = false
		named := map[string]bool{}
		for _, other := range c.next {
			mark(named, &other.Org)
		}
		for _, id := range gone {
			if c.next[id] == nil && (used[id] || named[id]) {
				c.next[id] = ended(c.have[id], org.Today(tx.Time)-1)
				again = true
			}
		}
	}
	var changes []pack.Change
	for _, id := range gone {
		have := c.have[id]
		change := pack.Change{Kind: KindName, ID: id, Name: have.Org.Name, Action: pack.Removed}
		if end := c.next[id]; end != nil {
			day := end.Org.To.Display()
			change.Breaking = true
			change.Details = []pack.Detail{{Breaking: true, Vi: locale.Vi.T("org.pack.ends", day), En: locale.En.T("org.pack.ends", day)}}
			change.Content = step{keep: end}
		} else {
			change.Details = []pack.Detail{{Vi: locale.Vi.T("org.pack.goes"), En: locale.En.T("org.pack.goes")}}
			change.Content = step{delete: id}
		}
		changes = append(changes, change)
	}
	return changes, nil
}

// mark notes the organisations that one names.
func mark(named map[string]bool, o *org.Org) {
	for _, p := range o.Parents {
		named[p.ID] = true
	}
	for _, id := range o.Predecessors {
		named[id] = true
	}
	for _, id := range o.Successors {
		named[id] = true
	}
}

// ended is an organisation after the pack has left it: no pack brings it, and
// its last day is past. When the pack comes back, it goes on.
func ended(have *org.Kept, last viet.Date) *org.Kept {
	k := &org.Kept{Org: have.Org.Clone()}
	if have.Org.From.Set {
		last = max(last, have.Org.From.Date)
	}
	if !k.Org.To.Set || k.Org.To.Date > last {
		k.Org.To = org.On(last)
	}
	if have.Brought != nil {
		brought := have.Brought.Clone()
		brought.To = k.Org.To
		k.Brought = &brought
	}
	return k
}

// Apply makes the changes.
func (k kind) Apply(ctx context.Context, tx *store.Tx, by actor.Actor, _ *pack.Pack, changes []pack.Change) error {
	for _, c := range changes {
		do, ok := c.Content.(step)
		if !ok {
			return fmt.Errorf("organisation %s: a change that this kind did not make", c.ID)
		}
		var err error
		switch {
		case do.keep != nil:
			err = k.s.Keep(ctx, tx, by, *do.keep)
		case do.delete != "":
			err = k.s.Delete(ctx, tx, by, do.delete)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Remove deletes or ends all that a pack has brought.
func (k kind) Remove(ctx context.Context, tx *store.Tx, by actor.Actor, packID string) ([]pack.Change, error) {
	all, err := k.s.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	c := comparer{pack: packID, have: all, next: maps.Clone(all)}
	changes, err := k.remove(ctx, tx, &c, c.gone(func(string) bool { return true }))
	if err != nil {
		return nil, err
	}
	return changes, k.Apply(ctx, tx, by, nil, changes)
}
