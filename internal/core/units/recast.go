package units

import (
	"cmp"
	"slices"

	"github.com/phohien/phohien/viet"
)

// A Share is a part of a whole in millionths: 250000 is a quarter. The table of
// changes has six decimals.
type Share int32

// Whole is all of it.
const Whole Share = 1_000_000

// A Pair is a unit and one that takes its place on another day, by uid.
type Pair struct{ From, To string }

// Shares says which part of a unit's figures belongs to each unit that takes its
// place. What it says counts before the table of changes. A caller has them from
// the population of villages, from area, or from an act; whatever the measure,
// the figures must go by the same.
type Shares map[Pair]Share

// A Piece is a unit of the other day that takes the place of a unit, or of a
// part of it.
type Piece struct {
	Unit  Unit
	Share *Share // of the figures of the unit that is recast; nil when it is not known
	Whole bool   // all of that unit is in this one, so that the figure is exact
	Why   Why    // WhySame, WhyChange; WhySplit, WhyMade of a part
}

// A Recasting says what a unit of one day is on another.
type Recasting struct {
	Unit   Unit    // "" when it is not known
	Pieces []Piece // in the order of their codes
	Placed bool    // the shares of all pieces are known and make up the whole
	Why    Why     // that of the pieces; WhyUnknown, WhyDay when there are none
}

// Recast says which units of day to take the place of a unit of day from. The
// unit is given by uid, or by its code on day from: five digits for a commune,
// three for a district, two for a province. Forward, a unit that went whole into
// another is one exact piece; of one that was divided each piece has the share
// that shares or the table of changes gives, nil without. Backward, a unit that
// was made of several is divided among them: the table has no shares for that,
// since it counts parts of the old unit, and only shares can give them.
//
// Pieces without a known share are candidates: nothing may be added to them.
func (ix *Index) Recast(unit string, from, to viet.Date, shares Shares) Recasting {
	u, why := ix.unitOf(unit, from)
	if why != "" {
		return Recasting{Why: why}
	}
	out := Recasting{Unit: u}
	if u.ValidOn(to) {
		whole := Whole
		out.Pieces, out.Placed, out.Why = []Piece{{Unit: u, Share: &whole, Whole: true, Why: WhySame}}, true, WhySame
		return out
	}
	w := walker{ix: ix, to: to, forward: u.To != NoDay && u.To < to, shares: shares, at: map[string]float64{}, way: map[string]bool{}}
	w.walk(u, 1, true)
	out.Pieces, out.Placed = w.pieces()
	switch {
	case len(out.Pieces) == 0:
		out.Why = WhyUnknown
	case out.Pieces[0].Whole:
		out.Why = WhyChange
	case w.forward:
		out.Why = WhySplit
	default:
		out.Why = WhyMade
	}
	for i := range out.Pieces {
		out.Pieces[i].Why = out.Why
	}
	return out
}

// unitOf finds a unit by uid, or by code on a day.
func (ix *Index) unitOf(unit string, on viet.Date) (Unit, Why) {
	if u, ok := ix.ByUID(unit); ok {
		if !u.ValidOn(on) {
			return Unit{}, WhyUnknown
		}
		return u, ""
	}
	level, ok := map[int]Level{2: Province, 3: District, codeLength: Commune}[len(unit)]
	if !ok || !digits(unit) {
		return Unit{}, WhyUnknown
	}
	list := ix.Codes(level, unit, on)
	switch len(list) {
	case 0:
		return Unit{}, WhyUnknown
	case 1:
		return list[0], ""
	}
	return Unit{}, WhyDay
}

// A walker goes from a unit to those of another day and carries the share along.
type walker struct {
	ix      *Index
	to      viet.Date
	forward bool
	shares  Shares
	found   []Unit
	at      map[string]float64 // share that arrived, by uid
	way     map[string]bool    // units on the way: a table that goes round in a circle must not be followed
	unknown bool               // a share on the way is not known
	lost    bool               // a part went to a unit of which nothing is known any more
	divided bool
}

func (w *walker) walk(u Unit, share float64, known bool) {
	if u.ValidOn(w.to) {
		if !hasUnit(w.found, u.UID) {
			w.found = append(w.found, u)
		}
		w.at[u.UID] += share
		w.unknown = w.unknown || !known
		return
	}
	steps := w.steps(u)
	if len(steps) == 0 || w.way[u.UID] {
		w.lost = true
		return
	}
	w.way[u.UID] = true
	for _, s := range steps {
		w.divided = w.divided || !s.whole
		w.walk(w.ix.units[w.ix.byUID[s.uid]], share*float64(s.share)/float64(Whole), known && s.known)
	}
	delete(w.way, u.UID)
}

// A route leads to a unit with a share.
type route struct {
	uid   string
	share Share
	known bool
	whole bool
}

// steps are what a unit became, or was made of.
func (w *walker) steps(u Unit) []route {
	changes := w.ix.before[u.UID]
	if w.forward {
		changes = w.ix.after[u.UID]
	}
	var all []route
	for _, c := range changes {
		s := route{uid: c.Old}
		if w.forward {
			s.uid, s.share, s.known = c.New, c.Share, c.Share > 0
		}
		if slices.ContainsFunc(all, func(have route) bool { return have.uid == s.uid }) {
			continue
		}
		if said, ok := w.shares[Pair{u.UID, s.uid}]; ok {
			s.share, s.known = said, said >= 0 && said <= Whole
		}
		all = append(all, s)
	}
	if len(all) == 1 && !(w.forward && changes[0].Kind == "split") {
		all[0].share, all[0].known, all[0].whole = Whole, true, true
	}
	return all
}

// pieces sums up. Shares of six decimals may miss the whole by half a millionth
// each; what misses it by more is a fault in the shares, and nothing is placed.
func (w *walker) pieces() ([]Piece, bool) {
	slices.SortFunc(w.found, func(a, b Unit) int { return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.UID, b.UID)) })
	all := make([]Piece, len(w.found))
	sum := 0.0
	for i, u := range w.found {
		all[i].Unit = u
		sum += w.at[u.UID]
	}
	if len(all) == 1 && !w.lost && !w.divided {
		whole := Whole
		all[0].Share, all[0].Whole = &whole, true
		return all, true
	}
	const slack = 1e-6 // a millionth for each piece
	if w.lost || w.unknown || len(all) == 0 || sum < 1-slack*float64(len(all)) || sum > 1+slack*float64(len(all)) {
		return all, false
	}
	weights := make([]float64, len(all))
	for i, u := range w.found {
		weights[i] = w.at[u.UID]
	}
	for i, share := range apportion(int64(Whole), weights) {
		s := Share(share)
		all[i].Share = &s
	}
	return all, true
}
