package plandesk

import (
	"cmp"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/apps/plan"
	"github.com/phohien/phohien/viet"
)

// A Facet is one way to narrow a list.
type Facet string

// The facets.
const (
	ByPlan     Facet = "plan"
	ByUnit     Facet = "unit"
	BySupport  Facet = "with" // a unit that takes part
	ByState    Facet = "state"
	ByKind     Facet = "kind"
	ByPriority Facet = "priority"
	ByGroup    Facet = "group"
	ByArea     Facet = "area"
	ByHow      Facet = "measure"
	ByVerdict  Facet = "verdict"
	ByCadence  Facet = "cadence"
)

// Unset stands for a value that nobody has named.
const Unset = "-"

// A Filter narrows a list: what is not in it leaves nothing out.
type Filter struct {
	Words  string
	Chosen map[Facet]string
}

// Narrows reports whether anything is left out.
func (f Filter) Narrows() bool {
	if strings.TrimSpace(f.Words) != "" {
		return true
	}
	for _, v := range f.Chosen {
		if v != "" {
			return true
		}
	}
	return false
}

// A Count is how many have a value, if the other facets stay as they are.
type Count struct {
	Value string
	N     int
}

// Counts are those of each facet, the most first.
type Counts map[Facet][]Count

// narrow keeps what fits and counts each facet. A thing has any number of values of a
// facet; none is Unset.
func narrow[T any](all []T, f Filter, facets []Facet, texts func(T) []string, values func(T, Facet) []string) (kept []T, counts Counts) {
	words := strings.Fields(viet.Fold(f.Words))
	sums := map[Facet]map[string]int{}
	for _, facet := range facets {
		sums[facet] = map[string]int{}
		if v := f.Chosen[facet]; v != "" {
			sums[facet][v] = 0
		}
	}
	of := func(one T, facet Facet) []string {
		if list := values(one, facet); len(list) > 0 {
			return list
		}
		return []string{Unset}
	}
	for _, one := range all {
		if !fits(words, texts(one)...) {
			continue
		}
		var misses []Facet
		for _, facet := range facets {
			if v := f.Chosen[facet]; v != "" && !slices.Contains(of(one, facet), v) {
				misses = append(misses, facet)
			}
		}
		if len(misses) == 0 {
			kept = append(kept, one)
		}
		for _, facet := range facets {
			if len(misses) == 0 || len(misses) == 1 && misses[0] == facet {
				for _, v := range of(one, facet) {
					sums[facet][v]++
				}
			}
		}
	}
	counts = Counts{}
	for facet, by := range sums {
		for v, n := range by {
			counts[facet] = append(counts[facet], Count{v, n})
		}
		slices.SortFunc(counts[facet], func(a, b Count) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Value, b.Value)) })
	}
	return kept, counts
}

func one(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

// TaskFacets are those of tasks, in the order in which they are offered.
func TaskFacets() []Facet {
	return []Facet{ByState, ByPlan, ByUnit, BySupport, ByGroup, ByKind, ByPriority}
}

// NarrowTasks keeps the tasks that fit a filter. A unit's tasks are those it leads.
func NarrowTasks(all []Task, f Filter) ([]Task, Counts) {
	return narrow(all, f, TaskFacets(), func(t Task) []string { return []string{t.ID, t.Title, t.Product, t.Section} }, func(t Task, facet Facet) []string {
		switch facet {
		case ByState:
			return one(string(t.State))
		case ByPlan:
			return one(t.Document)
		case ByUnit:
			return t.Leads
		case BySupport:
			return t.Support
		case ByGroup:
			return one(t.Group)
		case ByKind:
			return one(t.Kind)
		}
		return one(t.Priority)
	})
}

// TargetFacets are those of targets.
func TargetFacets() []Facet { return []Facet{ByVerdict, ByPlan, ByUnit, ByArea, ByHow} }

// NarrowTargets keeps the targets that fit a filter.
func NarrowTargets(all []Target, f Filter) ([]Target, Counts) {
	return narrow(all, f, TargetFacets(), func(t Target) []string { return []string{t.ID, t.Title, t.Section} }, func(t Target, facet Facet) []string {
		switch facet {
		case ByVerdict:
			return one(string(t.Verdict))
		case ByPlan:
			return one(t.Document)
		case ByUnit:
			return t.Leads
		case ByArea:
			return one(t.Area)
		}
		return one(string(t.How))
	})
}

// DutyFacets are those of duties.
func DutyFacets() []Facet { return []Facet{ByPlan, ByUnit, ByKind, ByCadence} }

// NarrowDuties keeps the duties that fit a filter.
func NarrowDuties(all []plan.Duty, f Filter) ([]plan.Duty, Counts) {
	return narrow(all, f, DutyFacets(), func(t plan.Duty) []string { return []string{t.ID, t.Title, t.Section} }, func(t plan.Duty, facet Facet) []string {
		switch facet {
		case ByPlan:
			return one(t.Document)
		case ByUnit:
			return t.Leads
		case ByKind:
			return one(t.Kind)
		}
		return t.Cadences
	})
}
