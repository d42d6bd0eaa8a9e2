package org

import (
	"context"
	"slices"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// Put makes an organisation, or changes it to what is given. What a pack brings
// later does not overwrite it.
func (s *Store) Put(ctx context.Context, by actor.Actor, base Base, o Org) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		all, err := load(ctx, tx)
		if err != nil {
			return err
		}
		return s.put(ctx, tx, by, all, base, o)
	})
}

// put checks the organisation among all others and writes it. Faults that were
// there before and are not its own do not stand in the way. What is as it was is
// not written: a form may be sent twice.
func (s *Store) put(ctx context.Context, tx *store.Tx, by actor.Actor, all map[string]*Kept, base Base, o Org) error {
	o = o.Clone()
	o.Tidy()
	k := Kept{Org: o}
	there, have := Nothing, all[o.ID]
	if have != nil {
		k.Pack, k.Brought, there = have.Pack, have.Brought, have.Org.Base()
	}
	switch {
	case base == Nothing && there != Nothing:
		return fault.New(fault.Conflict, "people.orgs.there", o.ID)
	case there == o.Base():
		return nil
	}
	if !base.is(there) {
		if have == nil {
			return fault.New(fault.NotFound, "org.never", o.ID)
		}
		who, when, err := lastBy(ctx, tx, "orgs", o.ID)
		if err != nil {
			return err
		}
		return &Changed[Org]{Wanted: o, Now: have.Org, fault: fault.New(fault.Conflict, "org.changed", have.Org.Name, who, when)}
	}
	orgs := plain(all)
	before := Check(orgs)
	orgs[o.ID] = &k.Org
	for _, f := range Check(orgs) {
		if f.Org == o.ID || !slices.ContainsFunc(before, func(b Finding) bool { return b.Org == f.Org && b.Field == f.Field && b.Err.Key == f.Err.Key }) {
			return f.Err
		}
	}
	return s.Keep(ctx, tx, by, k)
}

// change loads one organisation, lets f change it, and puts it.
func (s *Store) change(ctx context.Context, by actor.Actor, id string, base Base, f func(tx *store.Tx, o *Org) error) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		all, err := load(ctx, tx)
		if err != nil {
			return err
		}
		have := all[id]
		if have == nil {
			return fault.New(fault.NotFound, "org.never", id)
		}
		o := have.Org.Clone()
		if err := f(tx, &o); err != nil {
			return err
		}
		return s.put(ctx, tx, by, all, base, o)
	})
}

// Move puts an organisation under another from a day on, "" = under none. What
// was so before that day stays.
func (s *Store) Move(ctx context.Context, by actor.Actor, id string, base Base, parent string, from viet.Date) error {
	return s.change(ctx, by, id, base, func(_ *store.Tx, o *Org) error {
		o.Parents = slices.DeleteFunc(o.Parents, func(p DatedParent) bool { return p.From.Set && p.From.Date >= from })
		for i := range o.Parents {
			o.Parents[i].Span = o.Parents[i].until(from)
		}
		if parent != "" {
			o.Parents = append(o.Parents, DatedParent{parent, Span{From: On(from)}})
		}
		return nil
	})
}

// Recode gives an organisation a new code from a day on, "" = none. Its former
// codes stay in their time.
func (s *Store) Recode(ctx context.Context, by actor.Actor, id string, base Base, code string, from viet.Date) error {
	return s.change(ctx, by, id, base, func(_ *store.Tx, o *Org) error {
		o.Codes = slices.DeleteFunc(o.Codes, func(c DatedCode) bool { return c.From.Set && c.From.Date >= from })
		for i := range o.Codes {
			o.Codes[i].Span = o.Codes[i].until(from)
		}
		if code != "" {
			o.Codes = append(o.Codes, DatedCode{code, Span{From: On(from)}})
		}
		return nil
	})
}

// until ends a span on the day before, unless it ends earlier.
func (s Span) until(day viet.Date) Span { return s.meet(Span{To: On(day - 1)}) }

// End says that an organisation is no more after its last day, and what it
// became.
func (s *Store) End(ctx context.Context, by actor.Actor, id string, base Base, last viet.Date, successors ...string) error {
	return s.change(ctx, by, id, base, func(_ *store.Tx, o *Org) error {
		if o.To.Set && o.To.Date < last {
			return fault.New(fault.Conflict, "org.ended", id, o.To.Display())
		}
		o.To = On(last)
		for _, next := range successors {
			if !slices.Contains(o.Successors, next) {
				o.Successors = append(o.Successors, next)
			}
		}
		return nil
	})
}
