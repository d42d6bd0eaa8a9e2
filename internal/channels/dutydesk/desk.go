// Package dutydesk is what the API and the pages have in common about data
// issues, deadlines, the clocks of the law and notices: who may see and do what,
// and what is written down of it.
//
// An issue is seen by who may see what did not pass in its data set, by who
// decides on exports of it (the governors and the chief data officer follow
// quality), and, as far as their own agency owes it, by who sends to it. What one
// may not know of is not there.
package dutydesk

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/issue"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Desk is where issues are answered, deadlines are looked after and notices
// are read. Account and Now have defaults.
type Desk struct {
	Door      *door.Door
	Control   *store.DB
	Contracts Contracts
	Scores    Scores
	Orgs      *org.Store
	Issues    *issue.Book
	Deadlines *deadline.Store
	Notices   *notify.Store
	// Account gives the name of an account and the organisations that it works
	// for; one that is not known is a fault. nil: nobody can be assigned.
	Account func(ctx context.Context, id string) (name string, orgs []string, err error)
	Now     func() time.Time // nil: time.Now
}

// Contracts is what this package needs of contract.Store.
type Contracts interface {
	Current(ctx context.Context, id string) (*contract.Contract, error)
	List(ctx context.Context, after string, limit int) ([]*contract.Contract, error)
}

// Scores is what this package needs of package score.
type Scores interface {
	Current(ctx context.Context, datasetID string) (score.Score, error)
}

// Time is the time by which deadlines are judged.
func (d *Desk) Time() time.Time {
	if d.Now == nil {
		return time.Now()
	}
	return d.Now()
}

// Names of organisations by their ids, for people to read.
type Names struct {
	snap *org.Snapshot
}

// Names gives the names of organisations.
func (d *Desk) Names(ctx context.Context) (Names, error) {
	if d.Orgs == nil {
		return Names{}, nil
	}
	snap, err := d.Orgs.Snapshot(ctx)
	return Names{snap}, err
}

// NamesAndOffice gives what a list of duties is told with: the names of
// organisations, and the days and hours on which the office works.
func (d *Desk) NamesAndOffice(ctx context.Context) (Names, *deadline.Office, error) {
	names, err := d.Names(ctx)
	if err != nil {
		return names, nil, err
	}
	office, err := d.Deadlines.Office(ctx)
	return names, office, err
}

// Of names an organisation; one that is not known is called by its id.
func (n Names) Of(id string) string { return n.snap.Name(id) }

// mine reports whether an organisation is the caller's, or one that their post
// covers.
func mine(ctx context.Context, org string) bool {
	who := door.From(ctx).Who
	return org != "" && (org == who.Org || slices.Contains(who.Covers, org))
}

// could reports whether something is allowed, or will be once a purpose is named
// or a second factor shown.
func could(d policy.Decision) bool { return d.Allowed || d.NeedsPurpose || d.NeedsStrong }

// noted writes down what was done, or that it failed, and gives err back.
func (d *Desk) noted(ctx context.Context, action policy.Action, what policy.What, err error, detail map[string]string) error {
	return d.Door.Did(ctx, action, policy.What{Kind: what.Kind, ID: what.ID}, err, detail)
}

// refused is the refusal of what one may see and not do: written down, and with
// what would help.
func (d *Desk) refused(ctx context.Context, action policy.Action, what policy.What) error {
	if _, err := d.Door.May(ctx, action, what); err != nil {
		return err
	}
	return fault.New(fault.Denied, "door.denied") // allowed on other rows than these
}

// short keeps what a caller has typed within what the log should hold.
func short(id string) string {
	const longest = 100
	id = strings.ToValidUTF8(id, "\uFFFD")
	if r := []rune(id); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return id
}
