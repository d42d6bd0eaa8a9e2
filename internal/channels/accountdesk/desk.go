// Package accountdesk is what the API and the pages have in common about the accounts
// of people and companies: finding, adding and changing them, locking and closing them,
// giving roles, taking lists of people, activation slips and emergency accounts.
// Everything that is written is in the log, codes never. Who may is what the routes ask.
package accountdesk

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// A Desk is where accounts are looked after. What it says of roles and organisations
// is that of Posts.
type Desk struct {
	*identity.Service
	Posts *orgdesk.Desk
}

// New makes a desk beside that of organisations and posts, for the same accounts.
func New(posts *orgdesk.Desk) *Desk { return &Desk{posts.Accounts, posts} }

// did writes down that something was done to an account, or that it failed, and gives
// err back.
func (d *Desk) did(ctx context.Context, id, change string, err error, detail map[string]string) error {
	if detail == nil {
		detail = map[string]string{}
	}
	detail["change"] = change
	return d.Posts.Door.Did(ctx, policy.ManageAccounts, policy.What{Kind: policy.KindAccount, ID: id}, err, detail)
}

// Every reads all accounts that a filter chooses.
func (d *Desk) Every(ctx context.Context, f identity.Filter) (all []identity.Account, err error) {
	f.Limit = 1000
	for {
		part, err := d.Accounts(ctx, f)
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
		if len(part) < f.Limit {
			return all, nil
		}
		f.After = part[len(part)-1].ID
	}
}

// What may be asked for besides the states of accounts.
const (
	Tries  = "tries"  // kept out by too many failures just now
	Unused = "unused" // disabled, because nobody used them
)

// A Wish narrows a list of accounts; "" is any.
type Wish struct {
	Text  string // part of the name, the login or the address, with or without marks
	Org   string
	State string // an identity.State, Tries or Unused
}

// A List is the accounts that were asked for, in the order they were made.
type List struct {
	Found, All []identity.Account
	Locks      map[string]time.Time // until when too many failures keep one out
}

// Find lists accounts.
func (d *Desk) Find(ctx context.Context, w Wish) (list List, err error) {
	if list.All, err = d.Every(ctx, identity.Filter{}); err != nil {
		return list, err
	}
	if list.Locks, err = d.Locks(ctx, list.All); err != nil {
		return list, err
	}
	for _, a := range list.All {
		if w.takes(a, list.Locks) {
			list.Found = append(list.Found, a)
		}
	}
	return list, nil
}

func (w *Wish) takes(a identity.Account, locks map[string]time.Time) bool {
	if w.Org != "" && a.OrgID != w.Org {
		return false
	}
	if text := viet.Fold(w.Text); text != "" && !strings.Contains(viet.Fold(a.Name)+" "+viet.Fold(a.Login)+" "+strings.ToLower(a.Email), text) {
		return false
	}
	switch w.State {
	case "":
		return true
	case Tries:
		return !locks[a.ID].IsZero()
	case Unused:
		return a.State == identity.Disabled && a.Why == identity.WhyInactive
	}
	return string(a.State) == w.State
}

// Held are the roles of an account, by posts and by itself, besides the one that
// everybody has.
func (d *Desk) Held(ctx context.Context, a identity.Account) ([]string, error) {
	all, err := d.Roles(ctx, a)
	return slices.DeleteFunc(all, func(id string) bool { return id == policy.RoleOfficial }), err
}

// A Whole is an account with all that is told of it.
type Whole struct {
	identity.Account
	Snap      *org.Snapshot
	Until     time.Time // too many failures keep it out until then; zero: they do not
	Generated bool      // of sample data: no real person
	Roles     []string
	Posts     []org.Post // that its person holds, held and will hold
	Grants    []identity.Grant
	Methods   []identity.Method // what its owner shows besides the password
	Sessions  []identity.Session
}

// Look reads an account. Of an emergency account there is less: it has neither roles
// of its own nor factors.
func (d *Desk) Look(ctx context.Context, id string) (w Whole, err error) {
	if w.Account, err = d.Account(ctx, id); err != nil {
		return w, err
	}
	if w.Snap, err = d.Posts.Orgs.Snapshot(ctx); err != nil {
		return w, err
	}
	if w.Roles, err = d.Roles(ctx, w.Account); err != nil {
		return w, err
	}
	locks, err := d.Locks(ctx, []identity.Account{w.Account})
	if err != nil {
		return w, err
	}
	w.Until = locks[id]
	if w.Generated, err = d.generated(ctx, w.Account); err != nil {
		return w, err
	}
	if w.PersonID != "" {
		w.Posts = w.Snap.AllPosts(w.PersonID)
	}
	if w.Kind != identity.KindEmergency {
		if w.Grants, err = d.Service.Grants(ctx, id); err != nil {
			return w, err
		}
		if w.Methods, err = d.Service.Methods(ctx, id); err != nil {
			return w, err
		}
	}
	w.Sessions, err = d.Service.Sessions(ctx, id)
	return w, err
}

// generated reports whether an account is of a person made up for sample data.
func (d *Desk) generated(ctx context.Context, a identity.Account) (bool, error) {
	if a.PersonID == "" {
		return false, nil
	}
	p, err := d.Posts.Orgs.Person(ctx, a.PersonID)
	return p.Generated, err
}
