package units

import (
	"cmp"
	"slices"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet"
)

// A FlawKind says what is wrong with a village.
type FlawKind string

// The flaws.
const (
	FlawOverlap FlawKind = "overlap" // two of one commune have one name, or one code, on the same day
	FlawReused  FlawKind = "reused"  // a code means another village than before, and no change says that it became that one
	FlawCircle  FlawKind = "circle"  // its successors lead back to it
	FlawOutside FlawKind = "outside" // it is in force on days on which its commune is not
)

// A Flaw is one of them.
type Flaw struct {
	Kind  FlawKind
	Unit  Unit
	Other Unit // the other village, or the commune
}

// Err is a flaw as an error that says how to mend it.
func (f Flaw) Err() *fault.Error {
	switch f.Kind {
	case FlawOverlap:
		return fault.New(fault.Invalid, "units.flaw.overlap", f.Unit.Full, f.Unit.UID, f.Other.Full, f.Other.UID)
	case FlawReused:
		return fault.New(fault.Invalid, "units.flaw.reused", f.Unit.Code, f.Unit.Full, f.Other.Full, f.Other.UID)
	case FlawCircle:
		return fault.New(fault.Invalid, "units.flaw.circle", f.Unit.Full, f.Unit.UID, f.Other.UID)
	}
	return fault.New(fault.Invalid, "units.flaw.outside", f.Unit.Full, f.Unit.UID, f.Other.Full, f.Other.UID)
}

// Flaws looks for what rows of villages contradict each other in. With no uids it
// looks at all of them, otherwise at what concerns one of these.
func Flaws(rows Rows, uids ...string) []Flaw {
	var all []Flaw
	byUID := make(map[string]Unit, len(rows.Units))
	within := map[string][]Unit{}
	for _, u := range rows.Units {
		byUID[u.UID] = u
		if u.Level == Village {
			within[u.Commune] = append(within[u.Commune], u)
		}
	}
	concerns := func(list ...Unit) bool {
		return len(uids) == 0 || slices.ContainsFunc(list, func(u Unit) bool { return slices.Contains(uids, u.UID) })
	}
	next := map[string][]string{}
	for _, c := range rows.Changes {
		if byUID[c.Old].Level == Village {
			next[c.Old] = append(next[c.Old], c.New)
		}
	}
	for _, list := range within {
		for i, u := range list {
			for _, other := range list[i+1:] {
				if concerns(u, other) {
					if kind, bad := clash(u, other, next); bad {
						all = append(all, Flaw{kind, later(u, other), earlier(u, other)})
					}
				}
			}
			if commune, ok := byUID[u.Commune]; ok && concerns(u) && beyond(u, commune) {
				all = append(all, Flaw{FlawOutside, u, commune})
			}
			if concerns(u) {
				if last, bad := circle(u.UID, next); bad {
					all = append(all, Flaw{FlawCircle, u, byUID[last]})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b Flaw) int {
		return cmp.Or(cmp.Compare(a.Unit.UID, b.Unit.UID), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Other.UID, b.Other.UID))
	})
	return all
}

// FlawsWithin are the flaws of the villages of a commune.
func (ix *Index) FlawsWithin(commune string) []Flaw {
	rows := Rows{}
	if u, ok := ix.ByUID(commune); ok {
		rows.Units = append(rows.Units, u)
	}
	for _, i := range ix.within[commune] {
		rows.Units = append(rows.Units, ix.units[i])
	}
	for at := 0; at < len(rows.Units); at++ { // and what they became, wherever that is
		for _, c := range ix.after[rows.Units[at].UID] {
			rows.Changes = append(rows.Changes, c)
			if next := ix.units[ix.byUID[c.New]]; next.Level == Village && !hasUnit(rows.Units, next.UID) {
				rows.Units = append(rows.Units, next)
			}
		}
	}
	return slices.DeleteFunc(Flaws(rows), func(f Flaw) bool { return f.Unit.Commune != commune })
}

// clash says how two villages of one commune contradict each other.
func clash(u, other Unit, next map[string][]string) (FlawKind, bool) {
	code := u.Code != "" && u.Code == other.Code
	name := keysOf(u.Full).tone == keysOf(other.Full).tone
	switch {
	case (code || name) && meet(u, other):
		return FlawOverlap, true
	case code && !name && !leads(earlier(u, other).UID, later(u, other).UID, next):
		return FlawReused, true
	}
	return "", false
}

// meet reports whether two units are in force on some same day.
func meet(u, other Unit) bool {
	ends := func(u Unit) viet.Date {
		if u.To == NoDay {
			return viet.Date(1<<31 - 1)
		}
		return u.To
	}
	return u.From <= ends(other) && other.From <= ends(u) // NoDay is before all days
}

func later(u, other Unit) Unit {
	if other.From > u.From || other.From == u.From && other.UID > u.UID {
		return other
	}
	return u
}

func earlier(u, other Unit) Unit {
	if later(u, other).UID == u.UID {
		return other
	}
	return u
}

// beyond reports whether a village is in force when its commune is not. A first
// day that nobody knows is none that could be wrong.
func beyond(u, commune Unit) bool {
	if u.From != NoDay && commune.From != NoDay && u.From < commune.From {
		return true
	}
	return commune.To != NoDay && (u.To == NoDay || u.To > commune.To)
}

// circle reports whether successors lead back, and from where.
func circle(uid string, next map[string][]string) (last string, bad bool) {
	seen := map[string]bool{}
	var walk func(at string) bool
	walk = func(at string) bool {
		for _, n := range next[at] {
			if n == uid {
				last = at
				return true
			}
			if !seen[n] {
				seen[n] = true
				if walk(n) {
					return true
				}
			}
		}
		return false
	}
	return last, walk(uid)
}

func leads(from, to string, next map[string][]string) bool {
	seen := map[string]bool{from: true}
	for list := []string{from}; len(list) > 0; list = list[1:] {
		for _, n := range next[list[0]] {
			if n == to {
				return true
			}
			if !seen[n] {
				seen[n] = true
				list = append(list, n)
			}
		}
	}
	return false
}
