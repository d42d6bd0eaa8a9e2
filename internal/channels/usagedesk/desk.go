// Package usagedesk is what the API and the pages have in common about the ledger of
// whose data was used: nobody reads it without a purpose and a reason, which stand in
// the ledger as a line of its own and in the log. Who may is what the routes ask.
package usagedesk

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/internal/foundation/usage"
)

// A Desk is where the ledger is read.
type Desk struct {
	*usage.Ledger
	Door     *door.Door
	Policies *policy.Policies
}

// Stated is why somebody reads.
type Stated struct {
	Purpose string // code
	Reason  string // in their words
}

// reader is who reads and why; without a reason nothing is read.
func (d *Desk) reader(ctx context.Context, why Stated) (usage.Use, error) {
	c := door.From(ctx)
	purposes := d.Policies.Purposes()
	i := slices.IndexFunc(purposes, func(p policy.PurposeOf) bool { return p.Code == why.Purpose })
	none := fault.New(fault.Invalid, "ledger.no-reason")
	text, err := reason.Of(why.Reason, reason.Most, none)
	if err == nil && i < 0 {
		err = none
	}
	if err != nil {
		return usage.Use{}, err
	}
	p := purposes[i]
	return usage.Use{
		Door: c.At, Action: string(policy.ReadUsage), Actor: c.Actor, Org: c.Who.Org,
		Purpose: p.Code, Text: text, Basis: cmp.Or(p.Basis, text), Trace: c.Trace,
	}, nil
}

// read reads for somebody. The ledger has its own line; the log says that somebody
// looked, and never whom at.
func (d *Desk) read(ctx context.Context, why Stated, find func(reader usage.Use) ([]usage.Use, string, error)) (list []usage.Use, next string, err error) {
	reader, err := d.reader(ctx, why)
	if err == nil {
		list, next, err = find(reader)
	}
	if err = d.Door.Did(ctx, policy.ReadUsage, policy.What{Kind: policy.KindUsage}, err, map[string]string{"stated": why.Purpose}); err != nil {
		return nil, "", err
	}
	return list, next, nil
}

// OfPerson gives the uses of the data of the person with a number, newest first. next
// continues the list, "" at its end.
func (d *Desk) OfPerson(ctx context.Context, why Stated, number string, p usage.Page) (list []usage.Use, next string, err error) {
	return d.read(ctx, why, func(reader usage.Use) ([]usage.Use, string, error) {
		number = strings.Join(strings.Fields(number), "")
		if len(number) < 6 || len(number) > 20 {
			return nil, "", fault.New(fault.Invalid, "ledger.number-wrong")
		}
		return d.ForSubject(ctx, reader, number, p)
	})
}

// A Filter narrows lines of the ledger.
type Filter struct {
	Dataset, UsedFor, Org string    // "" = any; UsedFor is the code of a purpose
	From, To              time.Time // zero To: now
	usage.Page                      // of lines that are gone through
}

// Lines gives lines of the ledger without the persons, newest first: those of a page
// that the filter lets through, which may be none while next goes on.
func (d *Desk) Lines(ctx context.Context, why Stated, f Filter) (list []usage.Use, next string, err error) {
	return d.read(ctx, why, func(reader usage.Use) ([]usage.Use, string, error) {
		if f.To.IsZero() {
			f.To = time.Now()
		}
		list, next, err := d.List(ctx, reader, usage.Filter{Dataset: f.Dataset, From: f.From, To: f.To, Page: f.Page})
		return slices.DeleteFunc(list, func(u usage.Use) bool {
			return f.Org != "" && u.Org != f.Org || f.UsedFor != "" && u.Purpose != f.UsedFor
		}), next, err
	})
}

// A Total is how much an organisation used a data set, by whom; no person is in it.
type Total struct {
	Dataset, Org, Kind string
	Uses, Persons      int64
}

// Totals adds up the last days, the most used first.
func (d *Desk) Totals(ctx context.Context, days int) ([]Total, error) {
	now := time.Now()
	all, err := d.Counts(ctx, "", now.AddDate(0, 0, -days), now)
	if err != nil {
		return nil, err
	}
	var list []Total
	at := map[Total]int{}
	for _, c := range all {
		key := Total{Dataset: c.Dataset, Org: c.Org, Kind: c.Kind}
		i, there := at[key]
		if !there {
			i = len(list)
			at[key], list = i, append(list, key)
		}
		list[i].Uses += c.Uses
		list[i].Persons += c.Persons
	}
	slices.SortStableFunc(list, func(a, b Total) int { return cmp.Compare(b.Uses, a.Uses) })
	return list, nil
}
