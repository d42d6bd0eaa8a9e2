// Package orgdesk is what the API and the pages have in common about organisations
// and posts: making, changing and ending them, telling who changed what and putting
// it back, and handing posts over. Everything that is written is in the log, and
// whose post was touched signs in anew. Who may is what the routes ask.
package orgdesk

import (
	"context"
	"errors"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// A Desk is where organisations and posts are changed.
type Desk struct {
	Door     *door.Door
	Orgs     *org.Store
	Accounts *identity.Service
	Policies *policy.Policies
}

// did writes down that something was done, or that it failed. Who was second is told
// in what the two differ.
func (d *Desk) did(ctx context.Context, action policy.Action, id string, err error, detail map[string]string) error {
	err = d.told(ctx, err)
	return d.Door.Did(ctx, action, policy.What{Kind: policy.KindOrg, ID: id}, err, detail)
}

// told adds to the refusal of who was second what they have written and what is there.
func (d *Desk) told(ctx context.Context, err error) error {
	var o *org.Changed[org.Org]
	var p *org.Changed[org.Post]
	var fields []Difference
	switch {
	case errors.As(err, &o):
		snap, e := d.Orgs.Snapshot(ctx)
		if e != nil {
			return e
		}
		fields = Differences(locale.From(ctx), snap, &o.Wanted, &o.Now)
	case errors.As(err, &p):
		fields = d.PostDifferences(locale.From(ctx), &p.Wanted, &p.Now)
	default:
		return err
	}
	clash := &door.Clash{Err: err}
	for _, f := range fields {
		clash.Differ(locale.From(ctx), f.Name, f.Title, f.Before, f.After)
	}
	return clash
}

// An Addition is an organisation that is to be made.
type Addition struct {
	ID, Name, NameEn string
	Level            org.Level
	Province, Code   string
	Parent           string // id of the body above it, "" = none
	From             org.Day
}

// Add makes an organisation. An id that was ever used is a Conflict.
func (d *Desk) Add(ctx context.Context, a Addition) error {
	o := org.Org{ID: a.ID, Name: a.Name, NameEn: a.NameEn, Level: a.Level, Province: a.Province, Span: org.Span{From: a.From}}
	if a.Code != "" {
		o.Codes = []org.DatedCode{{Code: a.Code, Span: o.Span}}
	}
	if a.Parent != "" {
		o.Parents = []org.DatedParent{{ID: a.Parent, Span: o.Span}}
	}
	return d.changed(ctx, a.ID, "add", d.Orgs.Put(ctx, door.Actor(ctx), org.Nothing, o))
}

func (d *Desk) changed(ctx context.Context, id, change string, err error) error {
	return d.did(ctx, policy.ManageOrg, id, err, map[string]string{"change": change})
}

// A Text is what an organisation is called and what is said of it.
type Text struct {
	Name, NameEn string
	Level        org.Level
	Note         string
}

// Change writes other texts over those of an organisation. base is what the editor
// had before them, here and below.
func (d *Desk) Change(ctx context.Context, id string, base org.Base, text Text) error {
	snap, err := d.Orgs.Snapshot(ctx)
	if err != nil {
		return err
	}
	have, ok := snap.Org(id)
	if !ok {
		return fault.New(fault.NotFound, "org.never", id)
	}
	o := have.Clone()
	o.Name, o.NameEn, o.Level, o.Note = text.Name, text.NameEn, text.Level, text.Note
	return d.changed(ctx, id, "change", d.Orgs.Put(ctx, door.Actor(ctx), base, o))
}

// Move puts an organisation under another from a day on, "" = under none.
func (d *Desk) Move(ctx context.Context, id string, base org.Base, parent string, from viet.Date) error {
	return d.changed(ctx, id, "move", d.Orgs.Move(ctx, door.Actor(ctx), id, base, parent, from))
}

// Recode gives an organisation a new code from a day on, "" = none.
func (d *Desk) Recode(ctx context.Context, id string, base org.Base, code string, from viet.Date) error {
	return d.changed(ctx, id, "recode", d.Orgs.Recode(ctx, door.Actor(ctx), id, base, code, from))
}

// End says that an organisation is no more after its last day, and what it became.
func (d *Desk) End(ctx context.Context, id string, base org.Base, last viet.Date, successors ...string) error {
	return d.changed(ctx, id, "end", d.Orgs.End(ctx, door.Actor(ctx), id, base, last, successors...))
}

// Restore puts an organisation back to what it was before one of its changes.
func (d *Desk) Restore(ctx context.Context, id string, base org.Base, revision string) error {
	return d.changed(ctx, id, "restore", d.Orgs.Restore(ctx, door.Actor(ctx), id, base, revision))
}

// A Revision is one change of an organisation or a post, each field before and after.
type Revision struct {
	ID      string
	At      string // as store.Stamp writes it
	By      actor.Actor
	Made    bool // it was not there before
	Fields  []Difference
	Restore bool // it may be put back to what it was before
}

// revisions compares what stood before each change with what stood after it.
func revisions[T any](now *T, all []org.Revision[T], base func(*T) org.Base, differences func(before, after *T) []Difference) (list []Revision) {
	after := now
	for _, rev := range all {
		one := Revision{ID: rev.ID, At: rev.ChangedAt, By: rev.By, Made: rev.Before == nil}
		if rev.Before != nil {
			one.Fields, one.Restore = differences(rev.Before, after), base(rev.Before) != base(now)
			after = rev.Before
		}
		list = append(list, one)
	}
	return list
}

// mostChanges is how many changes of a thing are told.
const mostChanges = 50

// History tells the changes of an organisation, the newest first.
func (d *Desk) History(ctx context.Context, snap *org.Snapshot, o *org.Org) ([]Revision, error) {
	all, err := d.Orgs.History(ctx, o.ID)
	l := locale.From(ctx)
	return revisions(o, all[:min(len(all), mostChanges)], (*org.Org).Base, func(before, after *org.Org) []Difference { return Differences(l, snap, before, after) }), err
}
