package plandesk

import (
	"context"

	"github.com/phohien/phohien/internal/apps/govern"
	"github.com/phohien/phohien/internal/apps/plan"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A Target is a target with what is known of it now.
type Target struct {
	plan.Target
	plan.Verdict
	Figure *govern.Figure // what measures it; nil = nothing does
	Told   plan.Told      // what its unit has told last
	Now    *float64       // the value that counts, nil = there is none
	From   Source
}

// A Source is where the value of a target comes from.
type Source string

// The sources.
const (
	Nowhere      Source = "none"
	FromPlatform Source = "measured" // by the platform, of what it holds
	FromEvidence Source = "declared" // with evidence
	FromReport   Source = "reported" // in a unit's monthly report
)

// Targets are those that the caller reads, each with its value of now.
func (d *Desk) Targets(ctx context.Context) ([]Target, error) { return d.targets(ctx, false) }

func (d *Desk) targets(ctx context.Context, besides bool) ([]Target, error) {
	rows, err := d.rows(ctx, contract.RegisterTargets, besides)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	var figures map[string]govern.Figure
	if d.Figures != nil {
		if figures, err = d.Figures(ctx); err != nil {
			return nil, err
		}
	}
	told, err := d.told(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]Target, len(rows))
	for i, r := range rows {
		t := Target{Target: plan.TargetOf(r), From: Nowhere}
		t.Told = told[t.ID]
		if f, ok := figures[t.ID]; ok {
			t.Figure = &f
		}
		t.take()
		t.Verdict = t.Judge(t.Now, t.Due.Dated() && t.Due.Last < d.Today())
		all[i] = t
	}
	return all, nil
}

// take chooses the value that counts: what the platform measures, else what was
// declared with evidence, else what the unit has told last.
func (t *Target) take() {
	switch {
	case t.Figure != nil && t.Figure.Value != nil:
		t.Now, t.From = t.Figure.Value, FromPlatform
		if t.Figure.Declared != nil {
			t.From = FromEvidence
		}
	case t.Told.Value != nil:
		t.Now, t.From = t.Told.Value, FromReport
	}
}

// Target gives one target; one that is not known, or not the caller's to see, is a
// fault "plan.no-target".
func (d *Desk) Target(ctx context.Context, id string) (Target, error) {
	all, err := d.Targets(ctx)
	if err != nil {
		return Target{}, err
	}
	for _, t := range all {
		if t.ID == id {
			return t, nil
		}
	}
	return Target{}, fault.New(fault.NotFound, "plan.no-target", id)
}
