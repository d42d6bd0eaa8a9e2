package app

import (
	"github.com/phohien/phohien/internal/apps/progress"
	"github.com/phohien/phohien/internal/channels/plandesk"
	"github.com/phohien/phohien/internal/channels/progressdesk"
)

// plans is where plans, tasks, targets and duties are read; what units have told of them
// is what the heads of units have approved.
func (a *App) plans() *plandesk.Desk {
	return &plandesk.Desk{
		Door: a.door, Contracts: a.Contracts, Records: a.Truth, CodeLists: a.Dictionary, Orgs: a.Orgs, Now: a.clock.Now, Told: a.Progress.Told,
	}
}

// openProgress opens what units report on plans, month by month.
func (a *App) openProgress() {
	a.Progress = progress.NewStore(a.Store.Control(), a.Deadlines, a.Notices)
}

// monthly is where that is written and decided on.
func (a *App) monthly(plans *plandesk.Desk) *progressdesk.Desk {
	return &progressdesk.Desk{Door: a.door, Store: a.Progress, Plans: plans, Orgs: a.Orgs}
}
