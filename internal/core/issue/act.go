package issue

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

func sortFound(list []found) {
	slices.SortFunc(list, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.object, b.object), cmp.Compare(a.rule, b.rule), cmp.Compare(a.source, b.source))
	})
}

// longest is how many characters a text of an answer or a comment has at most.
const longest = 4000

// text puts what somebody has written in order; too much is a fault "issue.long",
// what may be a person's number "comment.number".
func text(s string) (string, error) {
	s, _ = viet.NFC(strings.TrimSpace(s))
	if len([]rune(s)) > longest {
		return "", fault.New(fault.Invalid, "issue.long", longest)
	}
	if reason.Number(s) {
		return "", fault.New(fault.Invalid, "comment.number")
	}
	return s, nil
}

// act changes an issue for somebody.
func (b *Book) act(ctx context.Context, by actor.Actor, id string, what, said string, do func(tx *store.Tx, i *Issue) error) (out *Issue, err error) {
	err = b.Control.Write(ctx, func(tx *store.Tx) error {
		i, err := get(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := do(tx, i); err != nil {
			return err
		}
		i.ChangedAt = b.Now()
		if err := save(ctx, tx, i); err != nil {
			return err
		}
		out = i
		return note(ctx, tx, by, i.ChangedAt, i, what, said)
	})
	return out, err
}

// Take keeps what the unit has found: the cause is asked for, the rest may follow.
// The clock of the review ends with it. An issue that is closed takes no answer
// ("issue.closed").
func (b *Book) Take(ctx context.Context, by actor.Actor, id string, a Answer) (*Issue, error) {
	var err error
	for _, s := range []*string{&a.Cause, &a.Effect, &a.Action, &a.Prevention} {
		if *s, err = text(*s); err != nil {
			return nil, err
		}
	}
	if a.Cause == "" {
		return nil, fault.New(fault.Invalid, "issue.cause", id)
	}
	return b.act(ctx, by, id, Answered, a.Cause, func(tx *store.Tx, i *Issue) error {
		if !i.Open() {
			return fault.New(fault.Conflict, "issue.closed", id)
		}
		i.State, i.Cause, i.Effect, i.Action, i.Prevention = Taken, a.Cause, a.Effect, a.Action, a.Prevention
		return b.done(ctx, tx, by, id, clockReview)
	})
}

// Say adds a comment.
func (b *Book) Say(ctx context.Context, by actor.Actor, id, said string) (*Issue, error) {
	said, err := text(said)
	if err != nil {
		return nil, err
	}
	if said == "" {
		return nil, fault.New(fault.Invalid, "issue.nothing-said", id)
	}
	return b.act(ctx, by, id, Said, said, func(*store.Tx, *Issue) error { return nil })
}

// Assign names the account that looks after an issue, "" for nobody.
func (b *Book) Assign(ctx context.Context, by actor.Actor, id, account, name string) (*Issue, error) {
	return b.act(ctx, by, id, Assigned, name, func(_ *store.Tx, i *Issue) error {
		if !i.Open() {
			return fault.New(fault.Conflict, "issue.closed", id)
		}
		i.Account = account
		return nil
	})
}

// LookOnTheSpot says why an issue has to be looked at on the spot: the time for
// mending is longer then, counted from when it was found.
func (b *Book) LookOnTheSpot(ctx context.Context, by actor.Actor, id, why string) (*Issue, error) {
	why, err := text(why)
	if err != nil {
		return nil, err
	}
	if why == "" {
		return nil, fault.New(fault.Invalid, "issue.spot-why", id)
	}
	return b.act(ctx, by, id, Field, why, func(tx *store.Tx, i *Issue) error {
		switch {
		case !i.Open():
			return fault.New(fault.Conflict, "issue.closed", id)
		case i.AtField:
			return fault.New(fault.Conflict, "issue.spot-already", id)
		}
		i.AtField = true
		if b.Deadlines == nil || i.Org == "" {
			return nil
		}
		d, err := b.start(ctx, tx, i, clockField, i.FoundAt)
		if err != nil {
			return err
		}
		i.DueAt = d.DueAt
		return b.cancel(ctx, tx, by, i.ID, clockMend, why)
	})
}

// cancel calls a clock off.
func (b *Book) cancel(ctx context.Context, tx *store.Tx, by actor.Actor, id, clock, why string) error {
	list, err := b.Deadlines.OfIn(ctx, tx, SubjectKind, id)
	if err != nil {
		return err
	}
	for _, d := range list {
		if d.Clock == clock && !d.Ended() {
			if _, err := b.Deadlines.CancelIn(ctx, tx, by, d.ID, why); err != nil {
				return err
			}
		}
	}
	return nil
}
