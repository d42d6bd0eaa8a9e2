package app

import "github.com/phohien/phohien/internal/channels/plandesk"

// plans is where plans, tasks, targets and duties are read.
func (a *App) plans() *plandesk.Desk {
	return &plandesk.Desk{Door: a.door, Contracts: a.Contracts, Records: a.Truth, CodeLists: a.Dictionary, Orgs: a.Orgs, Now: a.clock.Now}
}
