package app

import (
	"context"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// acted reports whether the holder of a post has acted in it: whether the log has
// anything that an account of theirs did for the post's organisation since they
// were given it. Looking after one's own account is not acting. Of somebody who
// holds several posts in one organisation the log does not say in which they
// acted: then anything counts.
func (a *App) acted(ctx context.Context, id string) (bool, error) {
	snap, err := a.Orgs.Snapshot(ctx)
	if err != nil {
		return false, err
	}
	post, ok := snap.Post(id)
	if !ok {
		return false, nil
	}
	accounts, err := a.Accounts.Accounts(ctx, identity.Filter{Person: post.Person})
	if err != nil {
		return false, err
	}
	since := begins(id)
	if post.From.Set {
		since = later(since, startOf(post.From.Date))
	}
	for _, account := range accounts {
		found, err := a.didSince(ctx, account.ID, post.Org, id, since)
		if found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// begins is when a post was made: its id says so.
func begins(id string) time.Time {
	u, err := ulid.ParseStrict(id)
	if err != nil {
		return time.Time{}
	}
	return ulid.Time(u.Time())
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// startOf is the first moment of a day in Viet Nam.
func startOf(d viet.Date) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, d.String(), record.VietnamTime)
	if err != nil {
		return time.Time{}
	}
	return t
}

// notActing are what people do with their own accounts.
var notActing = []string{string(policy.OwnAccount), string(policy.SignIn), string(policy.Describe)}

// didSince reports whether an account has done anything for an organisation since
// a time, other than with itself and with handing over the post itself.
func (a *App) didSince(ctx context.Context, account, org, post string, since time.Time) (bool, error) {
	for from := int64(0); ; {
		page, err := a.Audit.Entries(ctx, audit.Query{Actor: account, Org: org, Since: since, Result: audit.Done, From: from, Limit: 1000})
		if err != nil {
			return false, err
		}
		for _, e := range page.Entries {
			own := e.Object == "account:"+account || slices.Contains(notActing, e.Action)
			if !own && e.Detail["post"] != post {
				return true, nil
			}
		}
		if !page.More {
			return false, nil
		}
		from = page.Next
	}
}
