// Package reviewdesk is what the API and the pages have in common about reviews of
// accounts: beginning one, deciding on each account, finishing, and the report. Nobody
// decides on their own account, and every step is in the log. Who may enter is what the
// routes ask; who may decide on an account is asked here.
package reviewdesk

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/accountdesk"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/review"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/viet"
)

// A Desk is where accounts are reviewed.
type Desk struct {
	*review.Service
	Accounts *accountdesk.Desk
}

func (d *Desk) did(ctx context.Context, action policy.Action, id string, err error, detail map[string]string) error {
	return d.Accounts.Posts.Door.Did(ctx, action, policy.What{Kind: policy.KindAccount, ID: id}, err, detail)
}

// Begin begins a review. due is its last day, "" = the usual one.
func (d *Desk) Begin(ctx context.Context, due string) (review.Campaign, error) {
	c, err := d.Service.Begin(ctx, door.Actor(ctx), due)
	return c, d.did(ctx, policy.ManageAccounts, "", err, map[string]string{"change": "review.begin", "review": c.ID, "due": c.DueOn, "accounts": strconv.Itoa(c.Lines)})
}

// Finish ends a review. While accounts are left, why says why.
func (d *Desk) Finish(ctx context.Context, id, why string) error {
	c, err := d.Service.Finish(ctx, door.Actor(ctx), id, why)
	return d.did(ctx, policy.ManageAccounts, "", err, map[string]string{"change": "review.finish", "review": id, "accounts": strconv.Itoa(c.Lines), "left": strconv.Itoa(c.Lines - c.Done)})
}

// may asks whether the caller may decide on an account: nobody does on their own.
func (d *Desk) may(ctx context.Context, a identity.Account) error {
	_, err := d.Accounts.Posts.Door.May(ctx, policy.Confirm, policy.What{Kind: policy.KindAccount, ID: a.ID, Owner: a.OrgID, Proposer: a.Kind + ":" + a.ID})
	if err == nil {
		_, err = d.Accounts.Posts.Door.May(ctx, policy.ManageAccounts, policy.What{Kind: policy.KindAccount, ID: a.ID, Owner: a.OrgID})
	}
	return err
}

// Decide keeps what the caller decided of one account; to close it also disables it.
func (d *Desk) Decide(ctx context.Context, id, account string, v review.Verdict, why string) error {
	a, err := d.Accounts.Account(ctx, account)
	if err != nil {
		return err
	}
	if err := d.may(ctx, a); err != nil {
		return err
	}
	if err := d.looksAfter(ctx); err != nil {
		return err
	}
	return d.decided(ctx, id, a, v, d.decide(ctx, id, a, v, why))
}

func (d *Desk) decided(ctx context.Context, id string, a identity.Account, v review.Verdict, err error) error {
	return d.did(ctx, policy.Confirm, a.ID, err, map[string]string{"change": "review." + string(v), "review": id})
}

func (d *Desk) decide(ctx context.Context, id string, a identity.Account, v review.Verdict, why string) error {
	if c, err := d.Get(ctx, id); err != nil || !c.Open() {
		return cmp.Or(err, error(fault.New(fault.Conflict, "review.ended")))
	}
	if v == review.Closed && !gone(a) {
		if err := d.closable(ctx, id, a, why); err != nil {
			return err
		}
		said := strings.TrimSuffix(locale.Vi.T("reviews.close.state")+": "+strings.TrimSpace(why), ": ")
		if err := d.Accounts.Service.SetState(ctx, door.Actor(ctx), a.ID, identity.Disabled, said); err != nil {
			return err
		}
	}
	_, err := d.Service.Decide(ctx, door.Actor(ctx), id, a.ID, v, why)
	return err
}

// closable refuses, before an account is disabled, what could not be decided afterwards.
func (d *Desk) closable(ctx context.Context, id string, a identity.Account, why string) error {
	if _, err := reason.Of(why, reason.Most, nil); err != nil {
		return err
	}
	lines, err := d.Lines(ctx, id)
	if err == nil && !slices.ContainsFunc(lines, func(l review.Line) bool { return l.Account == a.ID }) {
		err = fault.New(fault.NotFound, "review.no-line", a.ID)
	}
	return err
}

// gone reports whether an account has been closed already.
func gone(a identity.Account) bool { return a.State == identity.Disabled || a.State == identity.Erased }

// KeepUnmarked keeps all accounts of an agency that nothing is to be said about, but
// the caller's own and those closed since: that is said of each by itself.
func (d *Desk) KeepUnmarked(ctx context.Context, id, agency string) error {
	if err := d.looksAfter(ctx); err != nil {
		return err
	}
	if _, err := d.Get(ctx, id); err != nil {
		return err
	}
	lines, err := d.Lines(ctx, id)
	if err != nil {
		return err
	}
	for _, line := range lines {
		if line.Org != agency || line.Verdict != "" || len(line.Had.Marks) > 0 || line.Account == door.Actor(ctx).ID {
			continue
		}
		a, err := d.Accounts.Account(ctx, line.Account)
		if err != nil {
			return err
		}
		if gone(a) {
			continue
		}
		if err := d.may(ctx, a); err != nil {
			return err
		}
		_, err = d.Service.DecideFirst(ctx, door.Actor(ctx), id, a.ID, review.Kept, "")
		if fault.Is(err, "review.decided") {
			continue // somebody else was first
		}
		if err = d.decided(ctx, id, a, review.Kept, err); err != nil {
			return err
		}
	}
	return nil
}

// looksAfter asks whether the caller looks after accounts: who decides on them is shown
// all of them.
func (d *Desk) looksAfter(ctx context.Context) error {
	_, err := d.Accounts.Posts.Door.May(ctx, policy.ManageAccounts, policy.What{Kind: policy.KindAccount})
	return err
}

// A Whole is a review with its accounts as they are now.
type Whole struct {
	review.Campaign
	List     []review.Line
	Accounts map[string]identity.Account
	Snap     *org.Snapshot
}

// Look reads a review.
func (d *Desk) Look(ctx context.Context, id string) (w Whole, err error) {
	if w.Campaign, err = d.Get(ctx, id); err != nil {
		return w, err
	}
	if w.List, err = d.Lines(ctx, id); err != nil {
		return w, err
	}
	if w.Snap, err = d.Orgs.Snapshot(ctx); err != nil {
		return w, err
	}
	all, err := d.Accounts.Every(ctx, identity.Filter{})
	w.Accounts = map[string]identity.Account{}
	for _, a := range all {
		w.Accounts[a.ID] = a
	}
	return w, err
}

// An Agency is how far a review has come in one organisation.
type Agency struct {
	ID, Name            string // "", and words for it, of accounts without one
	Lines, Done, Marked int    // Marked are not decided
	Keepable            int    // not decided and without marks
}

// Agencies adds up a review, by name.
func (w *Whole) Agencies(l locale.Lang) (all []Agency) {
	at := map[string]int{}
	for _, line := range w.List {
		i, ok := at[line.Org]
		if !ok {
			i = len(all)
			at[line.Org] = i
			all = append(all, Agency{ID: line.Org, Name: cmp.Or(w.Snap.Name(line.Org), l.T("reviews.no-org"))})
		}
		a := &all[i]
		a.Lines++
		switch {
		case line.Verdict != "":
			a.Done++
		case len(line.Had.Marks) > 0:
			a.Marked++
		default:
			a.Keepable++
		}
	}
	slices.SortFunc(all, func(a, b Agency) int { return cmp.Compare(viet.Fold(a.Name), viet.Fold(b.Name)) })
	return all
}
