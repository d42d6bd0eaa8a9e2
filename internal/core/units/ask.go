package units

import (
	"slices"
	"strings"

	"github.com/phohien/phohien/viet"
)

// An Ask is a text in one cell, whatever it holds: the id or the code of a unit,
// its name, or a whole address.
type Ask struct {
	Text   string
	At     viet.Date // at which it is meant; NoDay when that is not known
	To     viet.Date // to which the unit is followed; NoDay: it stays as it was at At
	Within string    // names or codes of provinces, with commas; of a village its commune, by code or id
	Level  Level     // "" for whatever fits: a commune first
}

// An Answer is what a text means.
type Answer struct {
	AddressResult
	Steps []Passage // by which the unit that was named became the one that answers
}

// A Passage is one change.
type Passage struct {
	Change
	From, To Unit
}

// Ask reads a text. It is sure by the rules of Resolve and Address; the steps say
// how a unit of another day led to the answer. Of days before First nothing is sure:
// the candidates are those of that day.
func (ix *Index) Ask(q Ask) Answer {
	early := false
	for _, day := range []*viet.Date{&q.At, &q.To} {
		if *day != NoDay && *day < ix.first {
			*day, early = ix.first, true
		}
	}
	a := ix.ask(q)
	if early {
		a.Sure, a.Why, a.Since, a.Village = false, WhyEarly, ix.first, Result{}
		if a.Confidence = ConfidenceNone; len(a.Units) > 0 {
			a.Confidence = ConfidenceLow
		}
	}
	return a
}

func (ix *Index) ask(q Ask) Answer {
	a := ix.plainly(q)
	named := ix.namedBy(q, &a)
	if q.To != NoDay && a.Sure {
		named = a.Units
		from := q.At
		if from == NoDay {
			from = a.Units[0].From
		}
		if next := ix.Convert(a.Units[0].UID, from, q.To); next.Why != WhySame {
			a.Result, a.Village = next, Result{}
			if a.Confidence = ConfidenceLow; next.Sure {
				a.Confidence = ConfidenceHigh
			} else if len(next.Units) == 0 {
				a.Confidence = ConfidenceNone
			}
		}
	}
	if len(named) == 1 {
		for _, u := range a.Units {
			for _, step := range ix.Way(named[0].UID, u.UID) {
				if !slices.ContainsFunc(a.Steps, func(p Passage) bool { return p.From.UID == step.From.UID && p.To.UID == step.To.UID }) {
					a.Steps = append(a.Steps, step)
				}
			}
		}
	}
	return a
}

// plainly answers as of the day itself.
func (ix *Index) plainly(q Ask) Answer {
	text := tidy(q.Text)
	if u, ok := ix.ByUID(text); ok {
		return ix.known(u, q)
	}
	level := q.Level
	if level == "" && digits(text) {
		level = map[int]Level{2: Province, 3: District}[len(text)]
	}
	switch level {
	case Province, District, Village:
		return ix.ofLevel(level, q)
	}
	a := Answer{AddressResult: ix.Address(q.Text, q.At, provincesOf(q.Within)...)}
	if q.Level != "" || len(a.Units) > 0 {
		return a
	}
	for _, level := range []Level{Province, District} {
		if other := ix.ofLevel(level, q); len(other.Units) > 0 && (other.Sure || other.Why == WhyDay) {
			return other
		}
	}
	return a
}

// HasProvince reports whether a name or code is that of a province on a day.
func (ix *Index) HasProvince(name string, on viet.Date) bool {
	found, _ := ix.provinces(Query{Province: name, On: on})
	return len(found) > 0
}

func provincesOf(within string) []string {
	if strings.TrimSpace(within) == "" {
		return nil
	}
	return []string{within}
}

// known answers a text that is the id of a unit.
func (ix *Index) known(u Unit, q Ask) Answer {
	r := Result{Units: []Unit{u}, Sure: true, Why: WhyCode}
	if !u.ValidOn(q.At) {
		day := u.From
		if day == NoDay {
			day = u.To
		}
		r = ix.Convert(u.UID, day, q.At)
	}
	return answered(q, r)
}

// ofLevel answers a text that names a unit other than a commune.
func (ix *Index) ofLevel(level Level, q Ask) Answer {
	text, above, parted := strings.Cut(tidy(q.Text), ",")
	query := Query{Province: tidy(q.Within), On: q.At}
	if parted && level != Village {
		query.Province = tidy(above)
	}
	switch level {
	case Village:
		return answered(q, ix.villageWithin(q, tidy(q.Text)))
	case District:
		provinces, how := ix.provinces(query)
		if how == fitNone {
			return answered(q, Result{Why: WhyNoProvince})
		}
		query.District = text
		uids, f := ix.districts(query, provinces)
		return answered(q, ix.oneOf(uids, max(f, how), query, WhyNoDistrict))
	}
	if parted { // nothing stands above a province
		return answered(q, Result{Why: WhyNoProvince})
	}
	uids, f := ix.provinces(Query{Province: text, On: q.At})
	return answered(q, ix.oneOf(uids, f, query, WhyNoProvince))
}

// oneOf is sure of one unit alone that fits.
func (ix *Index) oneOf(uids []string, f fit, q Query, none Why) Result {
	var found []Unit
	for _, uid := range uids {
		if u, ok := ix.ByUID(uid); ok && !hasUnit(found, uid) {
			found = append(found, u)
		}
	}
	switch {
	case len(found) == 0 || f == fitNone:
		return Result{Why: none}
	case len(found) > 1 && q.On == NoDay:
		return Result{Units: few(found), Why: WhyDay}
	case len(found) > 1:
		return Result{Units: few(found), Why: WhySeveral}
	case f >= fitNear:
		return Result{Units: found, Why: WhyNear}
	}
	return Result{Units: found, Sure: true, Why: WhyName}
}

// villageWithin finds a village in the commune that is named.
func (ix *Index) villageWithin(q Ask, text string) Result {
	commune, ok := ix.ByUID(q.Within)
	if !ok {
		commune, ok = ix.ByCode(Commune, tidy(q.Within), q.At)
	}
	if !ok {
		return Result{Why: WhyNone}
	}
	return ix.ResolveVillage(commune.UID, text, q.At)
}

func answered(q Ask, r Result) Answer {
	a := Answer{AddressResult: AddressResult{Result: r, Text: q.Text, Confidence: ConfidenceNone}}
	switch {
	case r.Sure:
		a.Confidence = ConfidenceHigh
	case len(r.Units) > 0:
		a.Confidence = ConfidenceLow
	}
	return a
}

// namedBy is the unit of another day that the text names, where the answer came
// from there.
func (ix *Index) namedBy(q Ask, a *Answer) []Unit {
	if u, ok := ix.ByUID(tidy(q.Text)); ok {
		return []Unit{u}
	}
	if ix.last == NoDay || q.At == NoDay {
		return nil
	}
	day := ix.last
	switch a.Why {
	case WhyBefore, WhySplit, WhyVillage:
	case WhyLater, WhyMade:
		day++
	default:
		return nil
	}
	if other := ix.Address(q.Text, day, provincesOf(q.Within)...); other.Sure {
		return other.Units
	}
	return nil
}

// Way lists the changes that lead from a unit to another one, either way along
// time, the first one first; nothing when none do.
func (ix *Index) Way(from, to string) []Passage {
	if way := ix.along(from, to, map[string]bool{}); way != nil {
		return way
	}
	return ix.along(to, from, map[string]bool{})
}

// along goes forward in time.
func (ix *Index) along(from, to string, seen map[string]bool) []Passage {
	if seen[from] {
		return nil
	}
	seen[from] = true
	for _, c := range ix.after[from] {
		step := Passage{Change: c, From: ix.units[ix.byUID[c.Old]], To: ix.units[ix.byUID[c.New]]}
		if c.New == to {
			return []Passage{step}
		}
		if rest := ix.along(c.New, to, seen); rest != nil {
			return append([]Passage{step}, rest...)
		}
	}
	return nil
}
