// Package rankdesk is what the API and the pages have in common about the ranking of
// units: who sees what of it before it is public, who may object for which unit, who
// answers and publishes. Everything that is written is in the log.
package rankdesk

import (
	"context"
	"slices"

	"github.com/phohien/phohien/internal/apps/govern"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// What rankings are to the policies: governors, who put code lists into force, show,
// answer, publish and withdraw them; who approves sees all of them.
var What = policy.What{Kind: policy.KindCodeList, ID: "rankings"}

// A Desk is where rankings are kept.
type Desk struct {
	Door   *door.Door
	Govern *govern.Desk
}

// Governs reports whether the caller shows and publishes rankings.
func (d *Desk) Governs(ctx context.Context) bool { return d.Door.Can(ctx, policy.EditContract, What) }

// Sees reports whether the caller sees rankings whole before they are public.
func (d *Desk) Sees(ctx context.Context) bool {
	approves := d.Door.Asks(ctx, policy.Approve, What)
	return d.Governs(ctx) || approves.Allowed || approves.NeedsStrong
}

// mine reports whether a unit is the caller's own, or one that their post covers.
func mine(ctx context.Context) func(org string) bool {
	who := door.From(ctx).Who
	return func(org string) bool {
		return org != "" && who.Kind == "person" && (org == who.Org || slices.Contains(who.Covers, org))
	}
}

// theirs is what the policies are asked of who objects for a unit.
func theirs(org string) policy.What {
	return policy.What{Kind: policy.KindDataset, ID: What.ID, Owner: org}
}

// MayObject reports whether the caller may object for a unit: its steward.
func (d *Desk) MayObject(ctx context.Context, org string) bool {
	c := d.Door.Asks(ctx, policy.Confirm, theirs(org))
	return mine(ctx)(org) && c.Allowed && c.Rows.All
}

// Mine reports whether a unit is the caller's own.
func (d *Desk) Mine(ctx context.Context, org string) bool { return mine(ctx)(org) }

// List gives the rankings that the caller may know of, the newest first.
func (d *Desk) List(ctx context.Context) (all []*govern.PublishedRanking, err error) {
	list, err := d.Govern.Rankings(ctx)
	if err != nil || d.Sees(ctx) {
		return list, err
	}
	for _, r := range list {
		if seen := r.Seen(mine(ctx)); seen != nil {
			all = append(all, seen)
		}
	}
	return all, nil
}

// Public is the newest ranking that is public, nil when none is: whole for everybody.
func Public(list []*govern.PublishedRanking) *govern.PublishedRanking {
	for _, r := range list {
		if r.State == govern.Published {
			return r
		}
	}
	return nil
}

// Find gives one ranking as the caller may see it; one that they may not know of is not
// there.
func (d *Desk) Find(ctx context.Context, id string) (*govern.PublishedRanking, error) {
	r, err := d.Govern.RankingOf(ctx, id)
	if err != nil || d.Sees(ctx) {
		return r, err
	}
	if seen := r.Seen(mine(ctx)); seen != nil {
		return seen, nil
	}
	return nil, fault.New(fault.NotFound, "ranking.unknown", id)
}

func (d *Desk) did(ctx context.Context, action policy.Action, what policy.What, err error, change, id string) error {
	return d.Door.Did(ctx, action, what, err, map[string]string{"change": "ranking-" + change, "ranking": id})
}

// governed does something that governors do.
func (d *Desk) governed(ctx context.Context, change, id string, do func() (*govern.PublishedRanking, error)) (*govern.PublishedRanking, error) {
	if _, err := d.Door.May(ctx, policy.EditContract, What); err != nil {
		return nil, err
	}
	r, err := do()
	if r != nil {
		id = r.ID
	}
	return r, d.did(ctx, policy.EditContract, What, err, change, id)
}

// Show counts the ranking and shows it to each unit.
func (d *Desk) Show(ctx context.Context, title string, days int) (*govern.PublishedRanking, error) {
	return d.governed(ctx, "shown", "", func() (*govern.PublishedRanking, error) {
		return d.Govern.Show(ctx, door.Actor(ctx), title, door.From(ctx).Who.Org, days)
	})
}

// Recount counts a preview again.
func (d *Desk) Recount(ctx context.Context, id string) (*govern.PublishedRanking, error) {
	return d.governed(ctx, "recounted", id, func() (*govern.PublishedRanking, error) { return d.Govern.Recount(ctx, door.Actor(ctx), id) })
}

// AnswerTo answers an objection.
func (d *Desk) AnswerTo(ctx context.Context, id, objection string, accept bool, said string) (*govern.PublishedRanking, error) {
	return d.governed(ctx, "answered", id, func() (*govern.PublishedRanking, error) {
		return d.Govern.AnswerTo(ctx, door.Actor(ctx), id, objection, accept, said)
	})
}

// Publish makes a ranking public.
func (d *Desk) Publish(ctx context.Context, id string) (*govern.PublishedRanking, error) {
	return d.governed(ctx, "published", id, func() (*govern.PublishedRanking, error) { return d.Govern.Publish(ctx, door.Actor(ctx), id) })
}

// Withdraw takes a ranking back for a reason.
func (d *Desk) Withdraw(ctx context.Context, id, why string) (*govern.PublishedRanking, error) {
	return d.governed(ctx, "withdrawn", id, func() (*govern.PublishedRanking, error) { return d.Govern.Withdraw(ctx, door.Actor(ctx), id, why) })
}

// Object objects for a unit.
func (d *Desk) Object(ctx context.Context, id, org, why, evidence string) (*govern.PublishedRanking, error) {
	if _, err := d.Find(ctx, id); err != nil {
		return nil, err
	}
	d.Door.Sift(ctx, policy.Confirm)
	var r *govern.PublishedRanking
	err := error(fault.New(fault.Denied, "ranking.not-theirs"))
	if d.MayObject(ctx, org) {
		r, err = d.Govern.Object(ctx, door.Actor(ctx), id, org, why, evidence)
	}
	if err := d.did(ctx, policy.Confirm, theirs(org), err, "objected", id); err != nil {
		return nil, err
	}
	if d.Sees(ctx) {
		return r, nil
	}
	return r.Seen(mine(ctx)), nil
}
