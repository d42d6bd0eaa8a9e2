package plandesk

import (
	"cmp"
	"context"
	"slices"

	"github.com/phohien/phohien/internal/apps/plan"
	"github.com/phohien/phohien/internal/foundation/org"
)

// A Plan is a plan with what it has.
type Plan struct {
	*plan.Document
	Bases   []*plan.Document
	Below   []*plan.Document // plans that rest on it
	Own     bool             // of the province that keeps the plans
	Tasks   int
	Targets int
	Duties  int
	States  plan.Tally
	Reached int // targets
	Valued  int // targets of which a value is known
}

// A Unit is how one unit stands in what it leads.
type Unit struct {
	ID     string // "" = tasks that the plans give to nobody
	Tasks  int
	States plan.Tally
}

// An Overview is how all plans stand together.
type Overview struct {
	Plans   []Plan
	Loops   [][]string // documents that rest on one another in a circle
	Tasks   []Task     // that were looked at
	Targets []Target
	Duties  []plan.Duty
	Units   []Unit
	States  plan.Tally
	Late    []Task // behind their last day, the longest first
	Soon    []Task // due within thirty days, the nearest first
}

// soonDays is how long before its last day a task is told of as near.
const soonDays = 30

// Overview counts the plans that the caller reads: all of them, those of the province
// that keeps them, or one.
func (d *Desk) Overview(ctx context.Context, which func(*plan.Document) bool) (*Overview, error) {
	shelf, err := d.Shelf(ctx)
	if err != nil {
		return nil, err
	}
	province, err := d.Province(ctx)
	if err != nil {
		return nil, err
	}
	tasks, err := d.tasks(ctx, true)
	if err != nil {
		return nil, err
	}
	targets, err := d.targets(ctx, true)
	if err != nil {
		return nil, err
	}
	duties, err := d.duties(ctx, true)
	if err != nil {
		return nil, err
	}
	o := &Overview{Loops: shelf.Loops, States: plan.Tally{}}
	at := map[string]int{}
	for _, doc := range shelf.Plans() {
		if which != nil && !which(doc) {
			continue
		}
		at[doc.ID] = len(o.Plans)
		o.Plans = append(o.Plans, Plan{Document: doc, Bases: shelf.Bases(doc.ID), Below: shelf.Below(doc.ID), Own: doc.Own(province), States: plan.Tally{}})
	}
	units := map[string]*Unit{}
	for _, t := range tasks {
		i, ok := at[t.Document]
		if !ok {
			continue
		}
		p := &o.Plans[i]
		p.Tasks++
		p.States[t.State]++
		o.States[t.State]++
		o.Tasks = append(o.Tasks, t)
		if units[t.Lead] == nil {
			units[t.Lead] = &Unit{ID: t.Lead, States: plan.Tally{}}
		}
		units[t.Lead].Tasks++
		units[t.Lead].States[t.State]++
		switch {
		case t.State == plan.Late:
			o.Late = append(o.Late, t)
		case (t.State == plan.InTime || t.State == plan.NotYet) && t.Due.Dated() && t.Days <= soonDays:
			o.Soon = append(o.Soon, t)
		}
	}
	for _, t := range targets {
		if i, ok := at[t.Document]; ok {
			p := &o.Plans[i]
			p.Targets++
			if t.Now != nil {
				p.Valued++
			}
			if t.Verdict == plan.Reached {
				p.Reached++
			}
			o.Targets = append(o.Targets, t)
		}
	}
	for _, y := range duties {
		if i, ok := at[y.Document]; ok {
			o.Plans[i].Duties++
			o.Duties = append(o.Duties, y)
		}
	}
	for _, u := range units {
		o.Units = append(o.Units, *u)
	}
	slices.SortFunc(o.Units, func(a, b Unit) int {
		return cmp.Or(cmp.Compare(b.States[plan.Late], a.States[plan.Late]), cmp.Compare(b.Tasks, a.Tasks), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(o.Late, func(a, b Task) int { return cmp.Or(cmp.Compare(b.Days, a.Days), cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(o.Soon, func(a, b Task) int { return cmp.Or(cmp.Compare(a.Days, b.Days), cmp.Compare(a.ID, b.ID)) })
	return o, nil
}

// Order puts what the province ordered before what others did, and of tasks those behind
// their last day first, the longest before all; the rest stays as plans have it.
func Order(tasks []Task, province string) {
	slices.SortStableFunc(tasks, func(a, b Task) int {
		if first := ownFirst(a.Province, b.Province, province); first != 0 {
			return first
		}
		return cmp.Compare(behind(b), behind(a))
	})
}

// OrderTargets is Order for targets: those that were measured come first.
func OrderTargets(targets []Target, province string) {
	slices.SortStableFunc(targets, func(a, b Target) int {
		if first := ownFirst(a.Province, b.Province, province); first != 0 {
			return first
		}
		return cmp.Compare(rank(b), rank(a))
	})
}

// OrderDuties is Order for duties.
func OrderDuties(duties []plan.Duty, province string) {
	slices.SortStableFunc(duties, func(a, b plan.Duty) int { return ownFirst(a.Province, b.Province, province) })
}

func ownFirst(a, b, province string) int {
	switch mine, yours := a == province, b == province; {
	case mine == yours:
		return 0
	case mine:
		return -1
	}
	return 1
}

func behind(t Task) int {
	if t.State == plan.Late {
		return t.Days
	}
	return 0
}

func rank(t Target) int {
	if t.Now != nil {
		return 1
	}
	return 0
}

// Collectives are the names under which plans give something to a unit together with
// others: those of its level in its province.
func (d *Desk) Collectives(ctx context.Context, unit string) ([]string, error) {
	if d.Orgs == nil {
		return nil, nil
	}
	snap, err := d.Orgs.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	today := org.Today(d.Now())
	one, ok := snap.Get(unit, today)
	if !ok || one.Collective {
		return nil, nil
	}
	var all []string
	for _, b := range snap.Tree(today) {
		if b.Org.Collective && b.Org.Level == one.Level && b.Org.Province == one.Province {
			all = append(all, b.Org.ID)
		}
	}
	return all, nil
}
