package units

import (
	"cmp"
	"math"
	"math/big"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// A Figure is what is counted of a unit on a day: persons, đồng, square metres,
// whole numbers that may be added. Averages, rates and shares may not: recast
// what they were made of, and divide again.
type Figure struct {
	Unit    string // uid, or code on the day
	On      viet.Date
	Numbers []int64 // as many in every figure
}

// A Sum is what falls to one unit of the other day.
type Sum struct {
	Unit      Unit
	Numbers   []int64
	Figures   int  // how many figures went in, wholly or in part
	Estimated bool // a part of one went in by its share
	Shares    []Division
}

// A Division says by which share a part of a unit went into another.
type Division struct {
	Unit  Unit // that was divided
	Share Share
}

// An Unplaced figure could not be recast (chưa chia được).
type Unplaced struct {
	Figure     int // place in the input
	Unit       Unit
	Numbers    []int64
	Why        Why
	Candidates []Unit
}

// Sums is a table of figures in the units of another day. For every number the
// sum over Units and Remainder is that of the input.
type Sums struct {
	On        viet.Date
	Units     []Sum // in the order of their codes
	Unplaced  []Unplaced
	Remainder []int64 // sum of Unplaced
	Estimated []int64 // what of the sum over Units was divided by shares
	Warnings  []Warning
}

// A Warning says what a reader of the sums must know.
type Warning struct {
	Key   string
	Units []Unit // that it speaks of
	Count int    // of figures
	On    viet.Date
}

// Say words a warning.
func (w Warning) Say(l locale.Lang) string {
	var names []string
	for _, u := range w.Units[:min(len(w.Units), most)] {
		names = append(names, u.Full)
	}
	if len(w.Units) > most {
		names = append(names, "…")
	}
	list := strings.Join(names, ", ")
	switch w.Key {
	case WarnRecast:
		return l.T("units.recast.recast", w.On.Display(), w.Count)
	case WarnShares:
		return l.T("units.recast.shares", w.Count, list)
	case WarnUnplaced:
		return l.T("units.recast.unplaced", w.Count, list)
	}
	return l.T("units.recast.unknown", w.Count)
}

// The warnings.
const (
	WarnRecast   = "recast"   // figures of other days were recast
	WarnShares   = "shares"   // units were divided by shares: an estimate
	WarnUnplaced = "unplaced" // units were divided and the shares are not known
	WarnUnknown  = "unknown"  // units that the register does not have on the day
)

// SumOn recasts figures to the units of a day and adds them up. Numbers that are
// divided stay whole: each piece gets its share rounded down, and what is over
// goes, one by one, to the pieces that lost most (largest remainder, Hamilton's
// method), so that nothing is lost. It fails when figures have different numbers
// of numbers, or a sum leaves the range of int64.
func (ix *Index) SumOn(figures []Figure, to viet.Date, shares Shares) (Sums, error) {
	out := Sums{On: to}
	if len(figures) > 0 {
		out.Remainder = make([]int64, len(figures[0].Numbers))
		out.Estimated = make([]int64, len(figures[0].Numbers))
	}
	at := map[string]int{}
	var recast, unknown int
	var divided, open []Unit
	dividedFigures, openFigures := 0, 0
	for i := range figures {
		f := &figures[i]
		if len(f.Numbers) != len(out.Remainder) {
			return Sums{}, fault.New(fault.Invalid, "units.recast.columns", i+1, len(f.Numbers), len(out.Remainder))
		}
		r := ix.Recast(f.Unit, f.On, to, shares)
		if !r.Placed {
			left := Unplaced{Figure: i, Unit: r.Unit, Numbers: slices.Clone(f.Numbers), Why: r.Why}
			for _, p := range r.Pieces {
				left.Candidates = append(left.Candidates, p.Unit)
			}
			if !add(out.Remainder, f.Numbers) {
				return Sums{}, fault.New(fault.Invalid, "units.recast.range", i+1)
			}
			out.Unplaced = append(out.Unplaced, left)
			if len(r.Pieces) == 0 {
				unknown++
				continue
			}
			openFigures++
			open = appendUnit(open, r.Unit)
			continue
		}
		if r.Why != WhySame {
			recast++
		}
		exact := len(r.Pieces) == 1 && r.Pieces[0].Whole
		if !exact {
			dividedFigures++
			divided = appendUnit(divided, r.Unit)
			if !add(out.Estimated, f.Numbers) {
				return Sums{}, fault.New(fault.Invalid, "units.recast.range", i+1)
			}
		}
		parts := divide(f.Numbers, r.Pieces)
		for k, p := range r.Pieces {
			n, ok := at[p.Unit.UID]
			if !ok {
				n = len(out.Units)
				at[p.Unit.UID] = n
				out.Units = append(out.Units, Sum{Unit: p.Unit, Numbers: make([]int64, len(f.Numbers))})
			}
			s := &out.Units[n]
			s.Figures++
			if !exact {
				s.Estimated = true
				s.divides(r.Unit, *p.Share)
			}
			if !add(s.Numbers, parts[k]) {
				return Sums{}, fault.New(fault.Invalid, "units.recast.range", i+1)
			}
		}
	}
	slices.SortFunc(out.Units, func(a, b Sum) int {
		return cmp.Or(cmp.Compare(a.Unit.Code, b.Unit.Code), cmp.Compare(a.Unit.UID, b.Unit.UID))
	})
	for _, w := range []Warning{
		{Key: WarnRecast, Count: recast, On: to}, {Key: WarnShares, Count: dividedFigures, Units: divided},
		{Key: WarnUnplaced, Count: openFigures, Units: open}, {Key: WarnUnknown, Count: unknown},
	} {
		if w.Count > 0 {
			out.Warnings = append(out.Warnings, w)
		}
	}
	return out, nil
}

// divides notes a share once.
func (s *Sum) divides(u Unit, share Share) {
	if !slices.ContainsFunc(s.Shares, func(d Division) bool { return d.Unit.UID == u.UID }) {
		s.Shares = append(s.Shares, Division{u, share})
	}
}

func appendUnit(list []Unit, u Unit) []Unit {
	if hasUnit(list, u.UID) {
		return list
	}
	return append(list, u)
}

// add adds numbers to a sum; false when one leaves the range.
func add(sum, numbers []int64) bool {
	for i, n := range numbers {
		if n > 0 && sum[i] > math.MaxInt64-n || n < 0 && sum[i] < math.MinInt64-n {
			return false
		}
		sum[i] += n
	}
	return true
}

// divide gives each piece its numbers.
func divide(numbers []int64, pieces []Piece) [][]int64 {
	parts := make([][]int64, len(pieces))
	for i := range parts {
		parts[i] = make([]int64, len(numbers))
	}
	weights := make([]float64, len(pieces))
	for i, p := range pieces {
		weights[i] = float64(*p.Share)
	}
	for n, number := range numbers {
		for i, part := range apportion(number, weights) {
			parts[i][n] = part
		}
	}
	return parts
}

// apportion divides a number by weights into whole numbers that add up to it, by
// the largest remainder; of equal remainders the first counts.
func apportion(number int64, weights []float64) []int64 {
	parts := make([]int64, len(weights))
	if len(weights) == 1 {
		parts[0] = number
		return parts
	}
	sum := new(big.Rat)
	exact := make([]*big.Rat, len(weights))
	for i, w := range weights {
		exact[i] = new(big.Rat).SetFloat64(w)
		sum.Add(sum, exact[i])
	}
	whole := new(big.Rat).SetInt(new(big.Int).Abs(big.NewInt(number)))
	left := new(big.Int).Set(whole.Num())
	floors := make([]*big.Int, len(weights))
	order := make([]int, len(weights))
	for i := range exact {
		exact[i].Mul(exact[i].Quo(exact[i], sum), whole)
		floors[i] = new(big.Int).Quo(exact[i].Num(), exact[i].Denom())
		exact[i].Sub(exact[i], new(big.Rat).SetInt(floors[i]))
		left.Sub(left, floors[i])
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return exact[b].Cmp(exact[a]) })
	for _, i := range order[:left.Int64()] {
		floors[i].Add(floors[i], big.NewInt(1))
	}
	for i, f := range floors {
		if number < 0 {
			f.Neg(f)
		}
		parts[i] = f.Int64()
	}
	return parts
}
