package units

import (
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// A Query names a commune as papers and sheets do: by names or codes, with a
// district before 1 July 2025, without one since. Province and District may be
// empty. Province may name several, with commas: the commune is in one of them.
type Query struct {
	Province, District, Commune string
	On                          viet.Date // NoDay when it is not known
}

// Why says why an answer is as it is.
type Why string

// The reasons.
const (
	WhyCode       Why = "code"        // sure: the code on that day
	WhyName       Why = "name"        // sure: the name, alone in its parent
	WhyBefore     Why = "before"      // sure: it named a unit of before, which became this one whole
	WhyChange     Why = "change"      // sure: what became of the unit
	WhySame       Why = "same"        // sure: the unit was there on both days
	WhyEmpty      Why = "empty"       // no commune is named
	WhyNoProvince Why = "no-province" // the province is not found on that day
	WhyNoDistrict Why = "no-district" // the district is not found on that day
	WhyNone       Why = "none"        // no such commune there on that day
	WhyNear       Why = "near"        // only names that are written otherwise, or of another type
	WhySeveral    Why = "several"     // several communes fit
	WhySplit      Why = "split"       // the unit was divided among several
	WhyMade       Why = "made"        // the unit was made of several
	WhyDay        Why = "day"         // it means different units on different days, and the day is not known
	WhyDiffers    Why = "differs"     // the code names a commune elsewhere than the names say
	WhyUnknown    Why = "unknown"     // no unit has this id, or none followed it
	WhyEarly      Why = "early"       // the day is before the first one of which anything is known
)

// A Result is the answer to a question.
type Result struct {
	Units []Unit // the unit when Sure, otherwise the candidates, maybe none
	Sure  bool
	Why   Why
	Since viet.Date // of WhyEarly: the first day of which anything is known; the candidates are of it
}

// most is how many candidates a person can choose among.
const most = 20

// Say words the reason.
func (r Result) Say(l locale.Lang) string {
	switch r.Why {
	case WhyCode:
		return l.T("units.why.code")
	case WhyName:
		return l.T("units.why.name")
	case WhyBefore:
		return l.T("units.why.before")
	case WhyChange:
		return l.T("units.why.change")
	case WhySame:
		return l.T("units.why.same")
	case WhyEmpty:
		return l.T("units.why.empty")
	case WhyNoProvince:
		return l.T("units.why.no-province")
	case WhyNoDistrict:
		return l.T("units.why.no-district")
	case WhyNone:
		return l.T("units.why.none")
	case WhyNear:
		return l.T("units.why.near")
	case WhySeveral:
		return l.T("units.why.several")
	case WhySplit:
		return l.T("units.why.split")
	case WhyMade:
		return l.T("units.why.made")
	case WhyDay:
		return l.T("units.why.day")
	case WhyDiffers:
		return l.T("units.why.differs")
	case WhyLater:
		return l.T("units.why.later")
	case WhyVillage:
		return l.T("units.why.village")
	case WhyDistrict:
		return l.T("units.why.district")
	case WhyStreet:
		return l.T("units.why.street")
	case WhyWords:
		return l.T("units.why.words")
	case WhyTwo:
		return l.T("units.why.two")
	case WhyCodes:
		return l.T("units.why.codes")
	case WhyElse:
		return l.T("units.why.else")
	case WhyEarly:
		return l.T("units.why.early", r.Since.Display())
	}
	return l.T("units.why.unknown")
}

// Resolve finds the commune that a query names on its day. A query that names a
// district on a day when there are none is read as a name of before; it is sure
// when that commune became one commune whole.
func (ix *Index) Resolve(q Query) Result {
	q.Province, q.District, q.Commune = tidy(q.Province), tidy(q.District), tidy(q.Commune)
	if q.Commune == "" {
		return Result{Why: WhyEmpty}
	}
	r := ix.resolve(q)
	if r.Sure || q.District == "" || q.On == NoDay || r.Why == WhyNoProvince {
		return r
	}
	if ix.last != NoDay && ix.last < q.On {
		return ix.fromBefore(q, ix.last, r)
	}
	return r
}

func tidy(s string) string {
	s, _ = viet.NFC(spaced(s))
	return s
}

// lastDistricts is the last day on which there were districts, NoDay when there
// still are, or never were.
func (ix *Index) lastDistricts() viet.Date {
	last := NoDay
	for i := range ix.units {
		if u := &ix.units[i]; u.Level == District {
			if u.To == NoDay {
				return NoDay
			}
			last = max(last, u.To)
		}
	}
	return last
}

// fromBefore reads a query with the units of an earlier day and follows what
// became of them.
func (ix *Index) fromBefore(q Query, last viet.Date, now Result) Result {
	on := q.On
	q.On = last
	old := ix.resolve(q)
	if len(old.Units) == 0 {
		return now
	}
	var found []Unit
	why := old.Why
	for _, u := range old.Units {
		next := ix.Convert(u.UID, last, on)
		if !next.Sure {
			why = next.Why
		}
		for _, n := range next.Units {
			if !slices.Contains(found, n) {
				found = append(found, n)
			}
		}
	}
	if old.Sure && len(found) == 1 && why == old.Why {
		return Result{Units: found, Sure: true, Why: WhyBefore}
	}
	return Result{Units: few(found), Why: why}
}

// resolve answers with the units of one day alone.
func (ix *Index) resolve(q Query) Result {
	provinces, how := ix.provinces(q)
	if how == fitNone {
		return Result{Why: WhyNoProvince}
	}
	districts, fitD := ix.districts(q, provinces)
	in := func(u *Unit) bool {
		return (provinces == nil || slices.Contains(provinces, u.Province)) && (districts == nil || slices.Contains(districts, u.District))
	}
	if digits(q.Commune) && len(q.Commune) == 5 {
		return ix.byItsCode(q, in, max(how, fitD))
	}
	if fitD == fitNone { // candidates from the province may still help
		found, _ := ix.named(q, Commune, q.Commune, func(u *Unit) bool { return provinces == nil || slices.Contains(provinces, u.Province) })
		return Result{Units: few(found), Why: WhyNoDistrict}
	}
	found, f := ix.named(q, Commune, q.Commune, in)
	switch {
	case len(found) == 0:
		return Result{Why: WhyNone}
	case len(found) > 1 && q.On == NoDay:
		return Result{Units: few(found), Why: WhyDay}
	case len(found) > 1:
		return Result{Units: few(found), Why: WhySeveral}
	case max(f, how, fitD) >= fitNear:
		return Result{Units: found, Why: WhyNear}
	}
	return Result{Units: found, Sure: true, Why: WhyName}
}

// byItsCode answers a query that gives the commune's code. Names beside it must
// agree: one of the two is wrong otherwise, and nobody knows which.
func (ix *Index) byItsCode(q Query, in func(*Unit) bool, parents fit) Result {
	found := ix.Codes(Commune, q.Commune, q.On)
	switch {
	case len(found) == 0:
		return Result{Why: WhyNone}
	case len(found) > 1:
		return Result{Units: few(found), Why: WhyDay}
	case !in(&found[0]) || parents >= fitNear:
		return Result{Units: found, Why: WhyDiffers}
	}
	return Result{Units: found, Sure: true, Why: WhyCode}
}

// provinces gives the uids of the provinces named, nil when none is; how well
// the names fit is that of the worst.
func (ix *Index) provinces(q Query) ([]string, fit) {
	var uids []string
	worst := fitExact
	for name := range strings.SplitSeq(q.Province, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		var found []Unit
		f := fitExact
		if digits(name) {
			found = ix.Codes(Province, name, q.On)
		} else {
			found, f = ix.named(q, Province, name, nil)
		}
		if len(found) == 0 {
			continue
		}
		worst = max(worst, f)
		for _, u := range found {
			uids = append(uids, u.UID)
		}
	}
	if q.Province != "" && len(uids) == 0 {
		return nil, fitNone
	}
	return uids, worst
}

// districts gives the uids of the districts named, nil when none is.
func (ix *Index) districts(q Query, provinces []string) ([]string, fit) {
	if q.District == "" {
		return nil, fitExact
	}
	in := func(u *Unit) bool { return provinces == nil || slices.Contains(provinces, u.Province) }
	var found []Unit
	f := fitExact
	if digits(q.District) && len(q.District) == 3 {
		for _, u := range ix.Codes(District, q.District, q.On) {
			if in(&u) {
				found = append(found, u)
			}
		}
	} else {
		found, f = ix.named(q, District, q.District, in)
	}
	if len(found) == 0 {
		return []string{}, fitNone
	}
	uids := make([]string, len(found))
	for i := range found {
		uids[i] = found[i].UID
	}
	return uids, f
}

// named finds the units of a level that fit a name of a query best, among those
// that are in.
func (ix *Index) named(q Query, level Level, text string, in func(*Unit) bool) ([]Unit, fit) {
	best := fitNone
	var found []int
	for _, r := range readings(level, text, plain(q.Province) && plain(q.District) && plain(q.Commune)) {
		for _, i := range ix.byName[named{level, r.keys.ascii}] {
			u := &ix.units[i]
			if !u.ValidOn(q.On) || in != nil && !in(u) {
				continue
			}
			switch f := r.fits(u, &ix.keys[i]); {
			case f < best:
				best, found = f, append(found[:0], i)
			case f == best && f != fitNone && !slices.Contains(found, i):
				found = append(found, i)
			}
		}
	}
	list := make([]Unit, len(found))
	for i, at := range found {
		list[i] = ix.units[at]
	}
	return list, best
}

func few(list []Unit) []Unit { return list[:min(len(list), most)] }
