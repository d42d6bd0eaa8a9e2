package issue

import (
	"context"
	"strings"

	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Rung is a post to whose holders an issue goes.
type Rung string

// The rungs, in the order in which an issue climbs them: the stewards of the unit
// that has to mend it, from the beginning; its head, when 80 % of the time are
// gone; the chief data officer of the province, when it is late.
const (
	Steward Rung = "steward"
	Head    Rung = "head"
	Chief   Rung = "cdo"
)

// Rungs are all of them.
var Rungs = []Rung{Steward, Head, Chief}

// From is the share of a deadline, in percent, from which on a rung is told.
func (r Rung) From() int {
	switch r {
	case Head:
		return 80
	case Chief:
		return 100
	}
	return 0
}

// In names the rung.
func (r Rung) In(l locale.Lang) string {
	switch r {
	case Head:
		return l.T("issue.rung.head")
	case Chief:
		return l.T("issue.rung.cdo")
	}
	return l.T("issue.rung.steward")
}

// A Link is a rung of an issue's chain with the accounts that hold the post today,
// none where nobody does.
type Link struct {
	Rung
	Accounts []string
}

// Chain is whom an issue of a unit goes to, one after another.
func (b *Book) Chain(ctx context.Context, org string) (all []Link, err error) {
	err = b.Control.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = b.links(ctx, tx, org, 100)
		return err
	})
	return all, err
}

// links are the rungs that are told at a mark.
func (b *Book) links(ctx context.Context, tx *store.Tx, org string, mark int) (all []Link, err error) {
	for _, r := range Rungs {
		if r.From() > mark {
			continue
		}
		l := Link{Rung: r}
		if b.Holders != nil {
			if l.Accounts, err = b.Holders(ctx, tx, r, org); err != nil {
				return nil, err
			}
		}
		all = append(all, l)
	}
	return all, nil
}

// audience is who hears of issues of a unit at a mark. In the place of those whose
// post nobody holds the unit itself is told, and why.
func (b *Book) audience(ctx context.Context, tx *store.Tx, org string, mark int) (to notify.Audience, err error) {
	links, err := b.links(ctx, tx, org, mark)
	if err != nil {
		return to, err
	}
	var vi, en []string
	for _, l := range links {
		if to.Accounts = append(to.Accounts, l.Accounts...); len(l.Accounts) == 0 {
			vi, en = append(vi, l.In(locale.Vi)), append(en, l.In(locale.En))
		}
	}
	if len(vi) > 0 {
		to.Org = org
		to.NoteVi, to.NoteEn = locale.Vi.T("issue.vacant", strings.Join(vi, ", ")), locale.En.T("issue.vacant", strings.Join(en, ", "))
	}
	return to, nil
}

// Climb says whom a mark of a deadline of an issue is told: those of its chain, and
// who looks after it. It is a [notify.Chain].
func (b *Book) Climb(ctx context.Context, tx *store.Tx, d *deadline.Deadline, mark int) (to notify.Audience, ok bool, err error) {
	if d.Kind != SubjectKind {
		return to, false, nil
	}
	i, err := get(ctx, tx, d.Subject.ID)
	if err != nil {
		return to, false, err
	}
	if to, err = b.audience(ctx, tx, d.Org, mark); err != nil {
		return to, false, err
	}
	if i.Account != "" {
		to.Accounts = append(to.Accounts, i.Account)
	}
	return to, true, nil
}
