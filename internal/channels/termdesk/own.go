package termdesk

import (
	"cmp"
	"context"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// orgs is what this package needs of org.Store.
type orgs interface {
	Snapshot(ctx context.Context) (*org.Snapshot, error)
}

// Mine is the dictionary as far as the caller's own agency has a part in it: what
// it proposes for itself, and what it says about the proposals of others.
func Mine(ctx context.Context, id string) policy.What {
	what := What(id)
	what.Owner = door.From(ctx).Who.Org
	return what
}

// draftOf is a term as policies judge who proposes a version of it. One that is
// there belongs to the unit that it names as owning it, or else as creating it;
// where it names none, to nobody in particular. A new one that names none is the
// caller's own agency's.
func (d *Desk) draftOf(ctx context.Context, t *dictionary.Term, have []*dictionary.TermVersion) (policy.What, error) {
	unit := cmp.Or(t.OwningUnit, t.CreatingUnit)
	switch {
	case len(have) > 0:
		now := have[0].Term
		for _, v := range have {
			if v.State == dictionary.Published {
				now = v.Term
			}
		}
		unit = cmp.Or(now.OwningUnit, now.CreatingUnit)
	case unit == "":
		return Mine(ctx, t.ID), nil
	}
	what := What(t.ID)
	var err error
	what.Owner, err = d.unit(ctx, unit)
	return what, err
}

// unit is the id of the organisation that a term names by its id, code or name, or
// what it names where that is none of ours.
func (d *Desk) unit(ctx context.Context, named string) (string, error) {
	if d.Orgs == nil || named == "" {
		return named, nil
	}
	snap, err := d.Orgs.Snapshot(ctx)
	if err != nil {
		return "", err
	}
	today := org.Today(d.now())
	if o, ok := snap.Org(named); ok {
		return o.ID, nil
	}
	if o, ok := snap.ByCode(named, today); ok {
		return o.ID, nil
	}
	if found := snap.Named(named, today); len(found) == 1 {
		return found[0].ID, nil
	}
	return named, nil
}

// Begin asks whether the caller may propose a version of a term, "" = a new one.
func (d *Desk) Begin(ctx context.Context, id string) error {
	have, err := d.kept(ctx, id)
	if err != nil {
		return err
	}
	what, err := d.draftOf(ctx, &dictionary.Term{ID: id}, have)
	if err == nil {
		_, err = d.Door.May(ctx, policy.Draft, what)
	}
	return err
}

// MayPropose reports whether Begin would let the caller.
func (d *Desk) MayPropose(ctx context.Context, id string) (bool, error) {
	have, err := d.kept(ctx, id)
	if err != nil {
		return false, err
	}
	what, err := d.draftOf(ctx, &dictionary.Term{ID: id}, have)
	return err == nil && d.Door.Can(ctx, policy.Draft, what), err
}

// named is a term as it is proposed: who may propose for their own agency alone does
// so in its name.
func (d *Desk) named(ctx context.Context, t *dictionary.Term) *dictionary.Term {
	if t.OwningUnit != "" || t.CreatingUnit != "" || d.Door.Can(ctx, policy.Draft, What(t.ID)) {
		return t
	}
	own := *t
	own.CreatingUnit = door.From(ctx).Who.Org
	return &own
}
