package units

import (
	"cmp"
	"slices"

	"github.com/phohien/phohien/viet"
)

// Convert says which unit stands, on day to, for the unit that is known by uid
// on day from. It is sure when the unit is there on both days, or became one
// unit whole, or was made of one alone; a unit that was divided, or made of
// several, gives candidates.
func (ix *Index) Convert(uid string, from, to viet.Date) Result {
	u, ok := ix.ByUID(uid)
	switch {
	case !ok || !u.ValidOn(from):
		return Result{Why: WhyUnknown}
	case u.ValidOn(to):
		return Result{Units: []Unit{u}, Sure: true, Why: WhySame}
	}
	forward := u.To != NoDay && u.To < to
	found, divided := ix.follow(u, to, forward)
	switch {
	case len(found) == 0:
		return Result{Why: WhyUnknown}
	case len(found) == 1 && !divided:
		return Result{Units: found, Sure: true, Why: WhyChange}
	case forward:
		return Result{Units: few(found), Why: WhySplit}
	}
	return Result{Units: few(found), Why: WhyMade}
}

// follow walks the changes from a unit to the units of a day. divided tells that
// the unit did not go, or come, whole: a part of it went elsewhere, even when
// only one of the units of that day is known.
func (ix *Index) follow(u Unit, to viet.Date, forward bool) (found []Unit, divided bool) {
	seen := map[string]bool{u.UID: true}
	for next := []Unit{u}; len(next) > 0; {
		at := next[0]
		next = next[1:]
		changes := ix.before[at.UID]
		if forward {
			changes = ix.after[at.UID]
		}
		for _, c := range changes {
			uid := c.Old
			if forward {
				uid = c.New
				divided = divided || c.Kind == "split"
			}
			if seen[uid] {
				continue
			}
			seen[uid] = true
			step := ix.units[ix.byUID[uid]]
			if step.ValidOn(to) {
				found = append(found, step)
			} else {
				next = append(next, step)
			}
		}
	}
	slices.SortFunc(found, func(a, b Unit) int { return cmp.Compare(a.Code, b.Code) })
	return found, divided
}

// A Step is a change as one of its two units sees it.
type Step struct {
	Change
	Unit Unit // the other one
}

// History gives what a unit was made of and what became of it.
func (ix *Index) History(uid string) (before, after []Step) {
	for _, c := range ix.before[uid] {
		before = append(before, Step{c, ix.units[ix.byUID[c.Old]]})
	}
	for _, c := range ix.after[uid] {
		after = append(after, Step{c, ix.units[ix.byUID[c.New]]})
	}
	for _, list := range [][]Step{before, after} {
		slices.SortFunc(list, func(a, b Step) int { return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.Unit.Code, b.Unit.Code)) })
	}
	return before, after
}
