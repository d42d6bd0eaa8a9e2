package orgdesk

import (
	"context"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// Deputy reports whether a title is a deputy's, as titles say it.
func Deputy(title string) bool { return strings.HasPrefix(viet.Fold(title), "pho ") }

// Post finds a post with who holds it.
func (d *Desk) Post(ctx context.Context, id string) (*org.Snapshot, org.Post, org.Person, error) {
	snap, err := d.Orgs.Snapshot(ctx)
	if err != nil {
		return nil, org.Post{}, org.Person{}, err
	}
	p, ok := snap.Post(id)
	if !ok {
		return nil, p, org.Person{}, fault.New(fault.NotFound, "org.no-post", id)
	}
	person, err := d.Orgs.Person(ctx, p.Person)
	return snap, p, person, err
}

// PostHistory tells the changes of a post, the newest first.
func (d *Desk) PostHistory(ctx context.Context, p *org.Post) ([]Revision, error) {
	all, err := d.Orgs.PostHistory(ctx, p.ID)
	l := locale.From(ctx)
	return revisions(p, all[:min(len(all), mostChanges)], (*org.Post).Base, func(before, after *org.Post) []Difference { return d.PostDifferences(l, before, after) }), err
}

// Assign gives a person a post, from today on unless it says otherwise.
func (d *Desk) Assign(ctx context.Context, p org.Post) (org.Post, error) {
	if !p.From.Set {
		p.From = org.On(d.Orgs.Today())
	}
	p.Deputy = Deputy(p.Title)
	err := known(p.Roles)
	if err == nil {
		err = d.Together(ctx, p.Person, p.Roles)
	}
	made := p
	if err == nil {
		if made, err = d.Orgs.Assign(ctx, door.Actor(ctx), p); err != nil {
			made = p
		}
	}
	return made, d.posted(ctx, made, err, "assign", p.Person)
}

// ChangePost changes a post: its title, roles, units, days or decision. base is what
// the editor had before them, here and below.
func (d *Desk) ChangePost(ctx context.Context, base org.Base, p org.Post) error {
	_, have, _, err := d.Post(ctx, p.ID)
	if err != nil {
		return err
	}
	p.Person, p.Org, p.Deputy = have.Person, have.Org, Deputy(p.Title)
	if err = known(p.Roles); err == nil {
		err = d.Together(ctx, p.Person, p.Roles)
	}
	if err == nil {
		err = d.Orgs.ChangePost(ctx, door.Actor(ctx), base, p)
	}
	return d.posted(ctx, p, err, "change", have.Person)
}

// EndPost ends a post after its last day.
func (d *Desk) EndPost(ctx context.Context, id string, base org.Base, last viet.Date) error {
	_, p, _, err := d.Post(ctx, id)
	if err != nil {
		return err
	}
	return d.posted(ctx, p, d.Orgs.EndPost(ctx, door.Actor(ctx), id, base, last), "end", p.Person)
}

// RestorePost puts a post back to what it was before one of its changes.
func (d *Desk) RestorePost(ctx context.Context, id string, base org.Base, revision string) error {
	_, p, _, err := d.Post(ctx, id)
	if err != nil {
		return err
	}
	history, err := d.Orgs.PostHistory(ctx, id)
	for _, rev := range history {
		if err == nil && rev.ID == revision && rev.Before != nil {
			err = d.Together(ctx, p.Person, rev.Before.Roles)
		}
	}
	if err == nil {
		err = d.Orgs.RestorePost(ctx, door.Actor(ctx), id, base, revision)
	}
	return d.posted(ctx, p, err, "restore", p.Person)
}

// Preview says what handing a post over would do, and does nothing.
func (d *Desk) Preview(ctx context.Context, id, to string, on viet.Date, note string) (org.HandOver, error) {
	h, err := d.Orgs.PreviewHandOver(ctx, door.Actor(ctx), id, to, on)
	if err == nil {
		err = d.Together(ctx, to, h.Old.Roles)
	}
	h.Note = note
	return h, err
}

// HandOver passes a post to another person from a day on.
func (d *Desk) HandOver(ctx context.Context, id, to string, on viet.Date, note string) (org.HandOver, error) {
	_, post, _, err := d.Post(ctx, id)
	if err != nil {
		return org.HandOver{}, err
	}
	h := org.HandOver{Old: post, New: post}
	if err = d.Together(ctx, to, post.Roles); err == nil {
		if h, err = d.Orgs.HandOver(ctx, door.Actor(ctx), id, to, on, note); err != nil {
			h.New = post
		}
	}
	return h, d.posted(ctx, h.New, err, "hand-over", h.Old.Person, h.New.Person)
}

// Said is what a hand-over says of a thing that passes over, with the names of roles
// in the place of their ids.
func (d *Desk) Said(l locale.Lang, h *org.HandOver, text string) string {
	for _, id := range h.Old.Roles {
		text = strings.ReplaceAll(text, id, d.RoleName(l, id))
	}
	return text
}

// UndoHandOver gives a post back, as if it had not been handed over.
func (d *Desk) UndoHandOver(ctx context.Context, id string) (org.HandOver, error) {
	h, err := d.Orgs.UndoHandOver(ctx, door.Actor(ctx), id)
	return h, d.posted(ctx, h.Old, err, "hand-back", h.Old.Person, h.New.Person)
}

// posted writes down what was done to a post, and ends the sessions of those who
// held or hold it: what they may do has changed.
func (d *Desk) posted(ctx context.Context, p org.Post, err error, change string, people ...string) error {
	err = d.did(ctx, policy.ManageAccounts, p.Org, err, map[string]string{"change": "post." + change, "post": p.ID, "roles": strings.Join(p.Roles, " ")})
	if err != nil {
		return err
	}
	for _, person := range people {
		if err := d.Accounts.PostsChanged(ctx, door.Actor(ctx), person); err != nil {
			return err
		}
	}
	return nil
}

// known refuses roles that nobody may be given.
func known(roles []string) error {
	for _, role := range roles {
		if !slices.Contains(identity.Grantable(), role) {
			return fault.New(fault.Invalid, "identity.role", role)
		}
	}
	return nil
}

// Together refuses roles of a post that do not go with those given to the person's
// accounts themselves; those of other posts the register looks at.
func (d *Desk) Together(ctx context.Context, person string, roles []string) error {
	accounts, err := d.Accounts.Accounts(ctx, identity.Filter{Person: person})
	if err != nil {
		return err
	}
	all := slices.Clone(roles)
	for _, a := range accounts {
		grants, err := d.Accounts.Grants(ctx, a.ID)
		if err != nil {
			return err
		}
		for _, g := range grants {
			if g.To == "" || g.To >= d.Orgs.Today().String() {
				all = append(all, g.Role)
			}
		}
	}
	return d.Policies.Conflict(all)
}

// FindPerson finds the person that a text means: by login, address, id or whole name.
// It never guesses.
func (d *Desk) FindPerson(ctx context.Context, text string) (org.Person, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return org.Person{}, fault.New(fault.Invalid, "people.no-person", text)
	}
	a, err := d.Accounts.ByLogin(ctx, text)
	if err == nil && a.PersonID != "" {
		return d.Orgs.Person(ctx, a.PersonID)
	}
	if err != nil && fault.Of(err) == nil {
		return org.Person{}, err
	}
	for _, find := range []func(context.Context, string) (org.Person, error){d.Orgs.PersonByEmail, d.Orgs.Person} {
		p, err := find(ctx, text)
		if err == nil || fault.Of(err) == nil {
			return p, err
		}
	}
	people, err := d.Orgs.People(ctx, text, "", 6)
	if err != nil {
		return org.Person{}, err
	}
	switch len(people) {
	case 0:
		return org.Person{}, fault.New(fault.Invalid, "people.no-person", text)
	case 1:
		return people[0], nil
	}
	var near []string
	for _, p := range people {
		near = append(near, strings.TrimSpace(p.Name+" "+p.Email))
	}
	return org.Person{}, fault.New(fault.Invalid, "people.which-person", text, strings.Join(near, "; "))
}
