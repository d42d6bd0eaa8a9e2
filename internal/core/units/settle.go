package units

import (
	"slices"
	"strings"

	"github.com/phohien/phohien/viet"
)

// A settled answer knows the unit of before by which it was found.
type settled struct {
	Result
	old Result // on the last day with districts, where the answer comes from there and is not sure
}

// settle is Resolve for names that nobody has put into columns: the province may
// be one that is no more, an old commune may stand before the new province, and
// a day may come before the names that are used.
func (ix *Index) settle(q Query) settled {
	r := ix.Resolve(q)
	if r.Sure || q.On == NoDay || ix.last == NoDay {
		return settled{Result: r}
	}
	code := digits(q.Commune) && len(q.Commune) == 5
	switch {
	case code && r.Why == WhyNone:
		return settled{Result: ix.elsewhen(q, r)}
	case code:
		return settled{Result: r}
	case q.On > ix.last:
		return ix.asBefore(q, r)
	case r.Why == WhyNone || r.Why == WhyNoProvince:
		return settled{Result: ix.asLater(q, r)}
	}
	return settled{Result: r}
}

// elsewhen gives what became of the unit that a code meant on another day, or
// what it was made of, for a person to choose from.
func (ix *Index) elsewhen(q Query, r Result) Result {
	for _, u := range ix.Codes(Commune, q.Commune, NoDay) {
		day := u.To
		if day == NoDay || day > q.On && u.From != NoDay {
			day = u.From
		}
		for _, other := range ix.Convert(u.UID, day, q.On).Units {
			r.Units = append(r.Units, other)
			r.Why = WhyElse
		}
	}
	r.Units = few(r.Units)
	return r
}

// asBefore reads names as those of the last day with districts and follows what
// became of the commune. now is what they mean on the day itself; when that is a
// list of several units it stays.
func (ix *Index) asBefore(q Query, now Result) settled {
	switch now.Why {
	case WhySplit, WhyNone, WhyNear, WhyNoProvince, WhyNoDistrict:
	default:
		return settled{Result: now}
	}
	on := q.On
	named, fit := ix.provinces(Query{Province: q.Province, On: ix.last})
	if fit == fitNear {
		return settled{Result: now}
	}
	mixed := ix.predecessors(q)
	first := named
	if q.District == "" { // nothing says that all of it is of before
		first = append(slices.Clip(named), mixed...)
	}
	q.On = ix.last
	var old Result
	for _, provinces := range [][]string{first, mixed} {
		if q.Province != "" && len(provinces) == 0 {
			continue
		}
		q.Province = ix.codesOf(provinces)
		r := ix.resolve(q)
		if len(old.Units) == 0 || r.Sure {
			old = r
		}
		if old.Sure || len(old.Units) > 0 && old.Why != WhyNoDistrict {
			break
		}
	}
	if len(old.Units) == 0 && now.Why == WhyNoProvince && len(named) > 0 { // a commune of today behind a province of before
		q.On, q.Province = on, ix.codesOf(ix.successors(named))
		now.Units = ix.resolve(q).Units
	}
	if len(old.Units) == 0 || now.Why == WhyNear && !old.Sure {
		return settled{Result: now}
	}
	return settled{Result: ix.followed(old, ix.last, on, WhyBefore), old: old}
}

// asLater reads names as those of the first day without districts and gives what
// the commune was made of.
func (ix *Index) asLater(q Query, now Result) Result {
	if q.District != "" {
		return now
	}
	on := q.On
	q.On = ix.last + 1
	later := ix.resolve(q)
	if !later.Sure {
		return now
	}
	return ix.followed(later, q.On, on, WhyLater)
}

// followed gives what the units of one day are on another.
func (ix *Index) followed(r Result, from, to viet.Date, sure Why) Result {
	out := Result{Sure: r.Sure, Why: r.Why}
	for _, u := range r.Units {
		next := ix.Convert(u.UID, from, to)
		if !next.Sure {
			out.Sure, out.Why = false, next.Why
		}
		for _, n := range next.Units {
			if !slices.Contains(out.Units, n) {
				out.Units = append(out.Units, n)
			}
		}
	}
	out.Units = few(out.Units)
	if out.Sure = out.Sure && len(out.Units) == 1; out.Sure {
		out.Why = sure
	}
	return out
}

// predecessors are the provinces of before that went into those a query names on
// its day.
func (ix *Index) predecessors(q Query) []string {
	var uids []string
	now, fit := ix.provinces(q)
	if fit >= fitNear {
		return nil
	}
	for _, uid := range now {
		for _, c := range ix.before[uid] {
			uids = append(uids, c.Old)
		}
	}
	return uids
}

// successors are the provinces into which those went.
func (ix *Index) successors(uids []string) []string {
	var next []string
	for _, uid := range uids {
		for _, c := range ix.after[uid] {
			next = append(next, c.New)
		}
	}
	return next
}

// codesOf writes provinces as a query has them.
func (ix *Index) codesOf(uids []string) string {
	codes := make([]string, 0, len(uids))
	for _, uid := range uids {
		if code := ix.units[ix.byUID[uid]].Code; !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return strings.Join(codes, ",")
}

// islands answers an address that names no commune. Five districts had none, and
// became one whole.
func (ix *Index) islands(q Query) settled {
	none := settled{Result: Result{Why: WhyEmpty}}
	if q.District == "" || q.On == NoDay || ix.last == NoDay || q.On <= ix.last {
		return none
	}
	on := q.On
	q.On = ix.last
	provinces, fit := ix.provinces(q)
	if fit >= fitNear {
		return none
	}
	districts, fit := ix.districts(q, provinces)
	if fit >= fitNear || len(districts) != 1 {
		return none
	}
	if r := ix.Convert(districts[0], ix.last, on); r.Sure && r.Units[0].Level == Commune {
		return settled{Result: Result{Units: r.Units, Sure: true, Why: WhyBefore}}
	}
	return none
}
