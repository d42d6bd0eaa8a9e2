package app

import (
	"context"
	"slices"

	"github.com/phohien/phohien/internal/apps/campaign"
	"github.com/phohien/phohien/internal/channels/duties"
	"github.com/phohien/phohien/internal/channels/dutydesk"
	"github.com/phohien/phohien/internal/core/issue"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/seal"
	"github.com/phohien/phohien/internal/foundation/store"
)

// openDuties opens the clocks of duties, and the notices that they give.
func (a *App) openDuties() error {
	texts, err := seal.TextsFor(a.ring, "notify")
	if err != nil {
		return err
	}
	a.Deadlines = deadline.NewStore(a.Store.Control())
	a.Notices = notify.NewStore(a.Store.Control(), notify.Deps{
		Texts: texts, Allow: a.Config.Outgoing, Mailbox: a.mailbox, Members: a.members, Base: a.issuer(), Log: a.Log,
	})
	a.Campaigns = campaign.NewStore(a.Store.Control(), a.Deadlines, a.Notices)
	return nil
}

// tickDeadlines gives the notices that are due.
func (a *App) tickDeadlines(ctx context.Context) error {
	_, err := a.Deadlines.Tick(ctx, a.Notices.OfDeadlines(a.Issues.Climb))
	return err
}

// mailbox is where an account gets e-mail. One that nobody can sign in to gets
// none: what a notice leads to could not be read.
func (a *App) mailbox(ctx context.Context, account string) (notify.Mailbox, error) {
	one, err := a.Accounts.Account(ctx, account)
	if err != nil {
		return notify.Mailbox{}, err
	}
	if one.State != identity.Active {
		return notify.Mailbox{}, fault.New(fault.Denied, "notify.reason.not-active")
	}
	return notify.Mailbox{Address: one.Email, Lang: a.Config.Lang}, nil
}

// members are the accounts of those who hold a post in an organisation today. Those
// that cannot get e-mail are among them: their delivery says why.
func (a *App) members(ctx context.Context, tx *store.Tx, id string) (all []string, err error) {
	posts, err := a.Orgs.HoldersIn(ctx, tx, id, "", org.Today(a.clock.Now()))
	if err != nil {
		return nil, err
	}
	err = a.accountsOf(ctx, tx, posts, func(one identity.Account) {
		if !slices.Contains(all, one.ID) {
			all = append(all, one.ID)
		}
	})
	return all, err
}

// accountsOf hands over each account of those who hold posts.
func (a *App) accountsOf(ctx context.Context, tx *store.Tx, posts []org.Post, take func(identity.Account)) error {
	for _, p := range posts {
		accounts, err := a.Accounts.OfPersonIn(ctx, tx, p.Person)
		if err != nil {
			return err
		}
		for _, one := range accounts {
			take(one)
		}
	}
	return nil
}

// rungRoles are the roles that make somebody hold a post of the chain of issues.
var rungRoles = map[issue.Rung]string{issue.Steward: policy.RoleSteward, issue.Head: policy.RoleHead, issue.Chief: policy.RoleCDO}

// holders are the active accounts that hold a post of the chain of issues today, by
// a post or by a role given to the account itself; of the chief data officer there
// is one for the whole province.
func (a *App) holders(ctx context.Context, tx *store.Tx, rung issue.Rung, id string) (all []string, err error) {
	role, today := rungRoles[rung], org.Today(a.clock.Now())
	if rung == issue.Chief {
		id = ""
	}
	add := func(one identity.Account) {
		if one.State == identity.Active && !slices.Contains(all, one.ID) {
			all = append(all, one.ID)
		}
	}
	posts, err := a.Orgs.HoldersIn(ctx, tx, id, role, today)
	if err != nil {
		return nil, err
	}
	if err := a.accountsOf(ctx, tx, posts, add); err != nil {
		return nil, err
	}
	granted, err := a.Accounts.GrantedIn(ctx, tx, role)
	if err != nil || len(granted) == 0 {
		return all, err
	}
	here, err := a.members(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	for _, g := range granted {
		// A role without an organisation is one wherever the account works.
		if id == "" || g.Where == id || g.Where == "" && (g.OrgID == id || slices.Contains(here, g.ID)) {
			add(g.Account)
		}
	}
	return all, nil
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
