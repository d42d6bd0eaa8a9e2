package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/issue"
	admin "github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/org"
)

// openIssues opens the book of data issues.
func (a *App) openIssues() {
	a.Issues = issue.New(issue.Deps{
		Control: a.Store.Control(), Contracts: a.Contracts, Records: a.Truth, Scores: a.Scorer, Deadlines: a.Deadlines, Notices: a.Notices,
		Source: a.sourceOf, Holders: a.holders, Now: a.clock.Now, Playing: a.clock.played,
	})
}

// scored counts a data set after a batch, and brings its issues up to that.
func (a *App) scored(ctx context.Context, id string) error {
	sc, err := a.Scorer.Update(ctx, id)
	if err != nil {
		return err
	}
	if err := a.Issues.RouteScored(ctx, sc); err != nil {
		return fmt.Errorf("issues of %s: %w", id, err)
	}
	return nil
}

// routeIssues brings the issues of all data sets up to their scores: data grows old,
// and contracts change, without a batch.
func (a *App) routeIssues(ctx context.Context) error {
	var all []error
	for con, err := range contract.All(ctx, a.Contracts) {
		if err != nil {
			return errors.Join(append(all, err)...)
		}
		if err := a.Issues.Route(ctx, con.ID); err != nil {
			all = append(all, fmt.Errorf("issues of %s: %w", con.ID, err))
		}
	}
	return errors.Join(all...)
}

// sourceOf tells who a value of the sender's column stands for: an organisation by
// its id, its code or the administrative unit that it governs.
func (a *App) sourceOf(ctx context.Context, _ *contract.Contract, obj *contract.Object, value string) (issue.Source, error) {
	var s issue.Source
	column := &obj.Columns[obj.Sender]
	orgs, err := a.Orgs.Snapshot(ctx)
	if err != nil {
		return s, err
	}
	today := org.Today(a.clock.Now())
	one, ok := orgs.Get(value, today)
	if !ok {
		one, ok = orgs.ByCode(value, today)
	}
	if !ok && column.Unit != "" {
		ix, err := a.units.Index(ctx)
		if err != nil {
			return s, err
		}
		for _, u := range ix.Codes(admin.Level(column.Unit), value, today) {
			if one, ok = orgs.OfUnit(u.UID, today); ok {
				break
			}
		}
	}
	if ok {
		return issue.Source{Name: one.Name, Org: one.ID}, nil
	}
	if column.CodeList != "" {
		list, err := a.Dictionary.Current(ctx, column.CodeList)
		switch f := fault.Of(err); {
		case f != nil && f.Kind == fault.NotFound:
		case err != nil:
			return s, err
		default:
			if c, ok := list.Find(value, today); ok {
				s.Name = c.Name
			}
		}
	}
	return s, nil
}
