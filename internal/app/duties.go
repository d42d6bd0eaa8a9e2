package app

import (
	"context"
	"slices"

	"github.com/phohien/phohien/internal/apps/campaign"
	"github.com/phohien/phohien/internal/channels/duties"
	"github.com/phohien/phohien/internal/channels/dutydesk"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/seal"
)

// openDuties opens the clocks of duties, and the notices that they give.
func (a *App) openDuties() error {
	texts, err := seal.TextsFor(a.ring, "notify")
	if err != nil {
		return err
	}
	a.Deadlines = deadline.NewStore(a.Store.Control())
	a.Notices = notify.NewStore(a.Store.Control(), notify.Deps{Texts: texts, Allow: a.Config.Outgoing, Log: a.Log})
	a.Campaigns = campaign.NewStore(a.Store.Control(), a.Deadlines, a.Notices)
	return nil
}

// tickDeadlines gives the notices that are due.
func (a *App) tickDeadlines(ctx context.Context) error {
	_, err := a.Deadlines.Tick(ctx, a.Notices.OfDeadlines())
	return err
}

// deliverNotices sends what waits to go out by e-mail and to webhooks.
func (a *App) deliverNotices(ctx context.Context) error {
	_, err := a.Notices.Deliver(ctx)
	return err
}

// dutyDesk is where issues are answered, deadlines looked after and notices read.
func (a *App) dutyDesk() *dutydesk.Desk {
	return &dutydesk.Desk{
		Door: a.door, Control: a.Store.Control(), Contracts: a.Contracts, Scores: a.Scorer, Orgs: a.Orgs, Issues: a.Issues, Deadlines: a.Deadlines, Notices: a.Notices,
		Account: a.worksFor,
	}
}

// worksFor gives the name of an account that can sign in, and the organisations
// that it works for today.
func (a *App) worksFor(ctx context.Context, id string) (name string, orgs []string, err error) {
	one, err := a.Accounts.Account(ctx, id)
	if err != nil {
		return "", nil, err
	}
	if one.OrgID != "" {
		orgs = []string{one.OrgID}
	}
	posts, err := a.Orgs.Posts(ctx, one.PersonID, org.Today(a.clock.Now()))
	if err != nil {
		return "", nil, err
	}
	for _, p := range posts {
		if one.PersonID != "" && !slices.Contains(orgs, p.Org) {
			orgs = append(orgs, p.Org)
		}
	}
	return one.Name, orgs, nil
}

// colleagues are the accounts of those who hold a post in an organisation today.
func (a *App) colleagues(ctx context.Context, id string) (list []duties.Pick, err error) {
	posts, err := a.Orgs.Holders(ctx, id, org.Today(a.clock.Now()))
	if err != nil {
		return nil, err
	}
	for _, p := range posts {
		accounts, err := a.Accounts.Accounts(ctx, identity.Filter{Person: p.Person, State: identity.Active})
		if err != nil {
			return nil, err
		}
		for _, one := range accounts {
			pick := duties.Pick{Value: one.ID, Text: one.Name}
			if p.Title != "" {
				pick.Text += " (" + p.Title + ")"
			}
			if !slices.ContainsFunc(list, func(have duties.Pick) bool { return have.Value == one.ID }) {
				list = append(list, pick)
			}
		}
	}
	return list, nil
}
