package ui

import (
	"slices"

	"github.com/phohien/phohien/internal/core/corridor"
)

// A Step is one stage of a batch's walk as it is drawn.
type Step struct {
	Name  string // received, staged, checked, applied, mirrored, scored
	Class string // "", done, active, stopped
}

var stepNames = []string{"received", "staged", "checked", "applied", "mirrored", "scored"}

// Steps places a batch on its walk.
func Steps(state corridor.State) []Step {
	steps := make([]Step, len(stepNames))
	for i, n := range stepNames {
		steps[i].Name = n
	}
	at := slices.Index(stepNames, string(state))
	here := "active"
	switch state {
	case corridor.Scored, corridor.Undone:
		at = len(steps)
	case corridor.Applying:
		at = slices.Index(stepNames, "applied")
	case corridor.Held:
		at, here = slices.Index(stepNames, "checked"), "stopped"
	case corridor.Failed, corridor.Cancelled, corridor.Interrupted:
		return steps
	}
	for i := range steps {
		switch {
		case i < at:
			steps[i].Class = "done"
		case i == at:
			steps[i].Class = here
		}
	}
	return steps
}

// StateBand is the colour of a batch's state.
func StateBand(state corridor.State) string {
	switch state {
	case corridor.Scored, corridor.Applied, corridor.Mirrored:
		return "good"
	case corridor.Held:
		return "watch"
	case corridor.Failed, corridor.Interrupted:
		return "poor"
	}
	return "none"
}
