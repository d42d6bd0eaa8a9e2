package dutydesk

import (
	"context"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/issue"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A reach is how many of a data set's issues a caller sees.
type reach int

const (
	none reach = iota
	own        // those that their own agency, or one that their post covers, owes
	all
)

// reaches tells how many issues of a data set the caller sees: as many as of all
// its tables.
func (d *Desk) reaches(ctx context.Context, con *contract.Contract) reach {
	least := all
	for _, o := range con.Objects {
		least = min(least, d.reachesTable(ctx, con.What(o)))
	}
	return least
}

func (d *Desk) reachesTable(ctx context.Context, what policy.What) reach {
	wrong, send := d.Door.Asks(ctx, policy.ReadQuarantine, what), d.Door.Asks(ctx, policy.Send, what)
	switch {
	case wrong.Allowed && wrong.Rows.All, send.Allowed && send.Rows.All, could(d.Door.Asks(ctx, policy.Approve, what)):
		return all
	case wrong.Allowed, send.Allowed:
		return own
	}
	return none
}

// Sets are the data sets of which a caller sees issues.
type Sets struct {
	Known map[string]*contract.Contract
	reach map[string]reach
}

// Sets looks for the data sets of which the caller sees issues.
func (d *Desk) Sets(ctx context.Context) (s Sets, err error) {
	d.Door.Sift(ctx, policy.ReadQuarantine)
	s = Sets{map[string]*contract.Contract{}, map[string]reach{}}
	for con, err := range contract.All(ctx, d.Contracts) {
		if err != nil {
			return s, err
		}
		if r := d.reaches(ctx, con); r != none {
			s.Known[con.ID], s.reach[con.ID] = con, r
		}
	}
	return s, nil
}

// ids lists the data sets of a reach that a filter names.
func (s *Sets) ids(f issue.Filter, which ...reach) []string {
	list := []string{}
	for id, r := range s.reach {
		if slices.Contains(which, r) && (f.Datasets == nil || slices.Contains(f.Datasets, id)) {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

// sees reports whether the caller sees an issue.
func (s *Sets) sees(ctx context.Context, i *issue.Issue) bool {
	r := s.reach[i.Dataset]
	return r == all || r == own && mine(ctx, i.Org)
}

// List lists the issues that the caller sees, as issue.Book.List does.
func (d *Desk) List(ctx context.Context, s Sets, f issue.Filter) (list []*issue.Issue, next string, err error) {
	f.Datasets = s.ids(f, own, all)
	for most := f.Limit; len(list) < most; {
		f.Limit = most - len(list)
		page, after, err := d.Issues.List(ctx, f)
		if err != nil {
			return nil, "", err
		}
		for _, i := range page {
			if s.sees(ctx, i) {
				list = append(list, i)
			}
		}
		if f.After, next = after, after; next == "" {
			break
		}
	}
	return list, next, nil
}

// Counts counts the issues that the caller sees.
func (d *Desk) Counts(ctx context.Context, s Sets, f issue.Filter) (issue.Counts, error) {
	whole, part := f, f
	whole.Datasets, part.Datasets = s.ids(f, all), s.ids(f, own)
	sum, err := d.Issues.Counts(ctx, whole)
	if err != nil || len(part.Datasets) == 0 {
		return sum, err
	}
	who := door.From(ctx).Who
	part.Orgs = nil
	for _, id := range append([]string{who.Org}, who.Covers...) {
		if id != "" && !slices.Contains(part.Orgs, id) && (len(f.Orgs) == 0 || slices.Contains(f.Orgs, id)) {
			part.Orgs = append(part.Orgs, id)
		}
	}
	if len(part.Orgs) == 0 {
		return sum, nil
	}
	more, err := d.Issues.Counts(ctx, part)
	sum.Open, sum.Overdue, sum.Closed, sum.InTime = sum.Open+more.Open, sum.Overdue+more.Overdue, sum.Closed+more.Closed, sum.InTime+more.InTime
	for severity, n := range more.BySev {
		sum.BySev[severity] += n
	}
	return sum, err
}

// OfSet counts the open issues of one data set, for a page about it; ok is false
// where the caller sees none of them.
func (d *Desk) OfSet(ctx context.Context, con *contract.Contract) (c issue.Counts, ok bool, err error) {
	s := Sets{map[string]*contract.Contract{con.ID: con}, map[string]reach{con.ID: d.reaches(ctx, con)}}
	if s.reach[con.ID] == none {
		return c, false, nil
	}
	c, err = d.Counts(ctx, s, issue.Filter{})
	return c, true, err
}

// A Look is one issue as the caller sees it, and what they may do about it.
type Look struct {
	*issue.Issue
	Con       *contract.Contract
	Obj       *contract.Object  // nil when the table is gone
	How       contract.Sentence // how it is mended
	Who       string            // who mends it: score.Sender, …
	Flagged   bool              // the records were accepted and carry the rule in _flags
	Answer    bool              // may say what the unit has found
	Assign    bool              // may say who looks after it
	Rows      bool              // may see the records that wait
	Deadlines []*deadline.Deadline
	Chain     []issue.Link // who hears of it, while it is open
	History   []issue.Event
}

// Find finds an issue that the caller sees. To whom it is hidden it is not there.
func (d *Desk) Find(ctx context.Context, id string) (*Look, error) {
	d.Door.Sift(ctx, policy.ReadQuarantine)
	i, err := d.Issues.Get(ctx, id)
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return nil, d.hidden(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	con, err := d.Contracts.Current(ctx, i.Dataset)
	if err != nil {
		return nil, err
	}
	r := d.reaches(ctx, con)
	if r == none || r == own && !mine(ctx, i.Org) {
		return nil, d.hidden(ctx, id)
	}
	l := &Look{Issue: i, Con: con}
	for _, o := range con.Objects {
		if o.Dataset == i.Object {
			l.Obj = o
		}
	}
	l.Answer, l.Assign = d.mayAct(ctx, l, policy.Send), d.mayAct(ctx, l, policy.Confirm)
	l.Rows = d.Door.Can(ctx, policy.ReadQuarantine, l.what())
	return l, nil
}

// hidden answers that there is no such issue, and writes the attempt down.
func (d *Desk) hidden(ctx context.Context, id string) error {
	return d.noted(ctx, policy.ReadQuarantine, policy.What{Kind: policy.KindDataset, ID: "issue " + short(id)}, fault.New(fault.NotFound, "issue.unknown", id), nil)
}

// what is the table of an issue as policies judge it.
func (l *Look) what() policy.What {
	if l.Obj == nil {
		return l.Con.What(l.Con.Objects[0])
	}
	return l.Con.What(l.Obj)
}

// mayAct reports whether the caller may do something about an issue: who may do
// it to all rows of the data set, and for those issues that their own agency owes,
// who may do it to some. The steward of who owes it answers, too.
func (d *Desk) mayAct(ctx context.Context, l *Look, action policy.Action) bool {
	decision := d.Door.Asks(ctx, action, l.what())
	switch {
	case decision.Allowed && decision.Rows.All:
		return true
	case !mine(ctx, l.Org):
		return false
	}
	return decision.Allowed || action == policy.Send && d.Door.Can(ctx, policy.ReadQuarantine, l.what())
}

// Whole adds to an issue how it is mended, its deadlines and its history.
func (d *Desk) Whole(ctx context.Context, id string) (*Look, error) {
	l, err := d.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	sc, err := d.Scores.Current(ctx, l.Dataset)
	if err != nil {
		return nil, err
	}
	for _, loss := range score.Losses(l.Con, sc) {
		if loss.Part.Object == l.Object && loss.Part.Rule == l.Rule {
			l.How, l.Who, l.Flagged = loss.How, loss.Who, loss.Flagged
			break
		}
	}
	if l.Deadlines, err = d.Deadlines.Of(ctx, issue.SubjectKind, l.ID); err != nil {
		return nil, err
	}
	if l.Open() && l.Org != "" {
		if l.Chain, err = d.Issues.Chain(ctx, l.Org); err != nil {
			return nil, err
		}
	}
	l.History, err = d.Issues.History(ctx, l.ID)
	return l, err
}

// change finds an issue, asks whether the caller may do something about it, does
// it and writes it down.
func (d *Desk) change(ctx context.Context, id string, action policy.Action, what string, do func(l *Look) error) (*Look, error) {
	d.Door.Sift(ctx, action)
	l, err := d.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	if action != policy.ReadQuarantine && !d.mayAct(ctx, l, action) {
		return nil, d.refused(ctx, action, l.what())
	}
	err = d.noted(ctx, action, l.what(), do(l), map[string]string{"change": what, "issue": l.ID})
	if err != nil {
		return nil, err
	}
	return d.Whole(ctx, id)
}

// Take keeps what the unit has found. The same answer a second time changes
// nothing: a form may be sent twice.
func (d *Desk) Take(ctx context.Context, id string, a issue.Answer) (*Look, error) {
	return d.change(ctx, id, policy.Send, "answer", func(l *Look) error {
		same := issue.Answer{Cause: l.Cause, Effect: l.Effect, Action: l.Action, Prevention: l.Prevention}
		if l.State == issue.Taken && same == trimmed(a) {
			return nil
		}
		_, err := d.Issues.Take(ctx, door.Actor(ctx), id, a)
		return err
	})
}

func trimmed(a issue.Answer) issue.Answer {
	for _, s := range []*string{&a.Cause, &a.Effect, &a.Action, &a.Prevention} {
		*s = strings.TrimSpace(*s)
	}
	return a
}

// Say adds a comment of whoever sees the issue; the same twice in a row is one.
func (d *Desk) Say(ctx context.Context, id, said string) (*Look, error) {
	return d.change(ctx, id, policy.ReadQuarantine, "comment", func(l *Look) error {
		by := door.Actor(ctx)
		history, err := d.Issues.History(ctx, id)
		if err != nil {
			return err
		}
		if len(history) > 0 && history[0].What == issue.Said && history[0].By.ID == by.ID && history[0].Text == strings.TrimSpace(said) {
			return nil
		}
		_, err = d.Issues.Say(ctx, by, id, said)
		return err
	})
}

// Assign says which account looks after an issue, "" = nobody in particular. It
// must work for the organisation that owes it.
func (d *Desk) Assign(ctx context.Context, id, account string) (*Look, error) {
	return d.change(ctx, id, policy.Confirm, "assign", func(l *Look) error {
		if account == l.Account {
			return nil
		}
		name := ""
		if account != "" {
			var orgs []string
			err := fault.New(fault.NotFound, "duties.account", account)
			if d.Account != nil {
				var e error
				if name, orgs, e = d.Account(ctx, account); e == nil {
					err = nil
				} else if fault.Of(e) == nil {
					return e
				}
			}
			if err != nil {
				return err
			}
			if !slices.Contains(orgs, l.Org) {
				return fault.New(fault.Invalid, "duties.account-org", name, l.ID)
			}
		}
		_, err := d.Issues.Assign(ctx, door.Actor(ctx), id, account, name)
		return err
	})
}

// LookOnTheSpot says why an issue has to be looked at on the spot.
func (d *Desk) LookOnTheSpot(ctx context.Context, id, why string) (*Look, error) {
	return d.change(ctx, id, policy.Send, "on-the-spot", func(*Look) error {
		_, err := d.Issues.LookOnTheSpot(ctx, door.Actor(ctx), id, why)
		return err
	})
}
