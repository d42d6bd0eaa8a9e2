package units_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// pieces writes a recasting: uid, share ("?" when not known), "whole".
func pieces(r units.Recasting) string {
	var all []string
	for _, p := range r.Pieces {
		s := p.Unit.UID + " "
		if p.Share == nil {
			s += "?"
		} else {
			s += fmt.Sprint(*p.Share)
		}
		if p.Whole {
			s += " whole"
		}
		all = append(all, s)
	}
	return strings.Join(all, "; ")
}

func TestIndex_Recast(t *testing.T) {
	const before, after = "2024-12-31", "2026-01-01"
	divided := units.Shares{{"X11989.2025-03-01", "X11992.2025-07-01"}: 700_000, {"X11989.2025-03-01", "X11995.2025-07-01"}: 300_000}
	for _, c := range []struct {
		name, unit, from, to string
		shares               units.Shares
		want                 string
		placed               bool
		why                  units.Why
	}{
		{"the same day", "11953", before, before, nil, "X11953.2025-03-01 1000000 whole", true, units.WhySame},
		{"merged whole, by code", "11953", before, after, nil, "X11953.2025-07-01 1000000 whole", true, units.WhyChange},
		{"merged whole, by uid", "X11953.2025-03-01", before, after, nil, "X11953.2025-07-01 1000000 whole", true, units.WhyChange},
		{"divided, shares not known", "11989", before, after, nil, "X11992.2025-07-01 ?; X11995.2025-07-01 ?", false, units.WhySplit},
		{"divided by shares", "11989", before, after, divided, "X11992.2025-07-01 700000; X11995.2025-07-01 300000", true, units.WhySplit},
		{"one share alone is not enough", "11989", before, after, units.Shares{{"X11989.2025-03-01", "X11992.2025-07-01"}: 700_000}, "X11992.2025-07-01 ?; X11995.2025-07-01 ?", false, units.WhySplit},
		{"shares that miss the whole", "11989", before, after, units.Shares{{"X11989.2025-03-01", "X11992.2025-07-01"}: 700_000, {"X11989.2025-03-01", "X11995.2025-07-01"}: 200_000}, "X11992.2025-07-01 ?; X11995.2025-07-01 ?", false, units.WhySplit},
		{"nothing of it went to one of them", "11989", before, after, units.Shares{{"X11989.2025-03-01", "X11992.2025-07-01"}: units.Whole, {"X11989.2025-03-01", "X11995.2025-07-01"}: 0}, "X11992.2025-07-01 1000000; X11995.2025-07-01 0", true, units.WhySplit},
		{"a province forward", "34", before, after, nil, "T33.2025-07-01 1000000 whole", true, units.WhyChange},
		{"a province backward", "33", after, before, nil, "T33.2025-03-01 ?; T34.2025-03-01 ?", false, units.WhyMade},
		{"a province backward by shares", "33", after, before, units.Shares{{"T33.2025-07-01", "T33.2025-03-01"}: 400_000, {"T33.2025-07-01", "T34.2025-03-01"}: 600_000}, "T33.2025-03-01 400000; T34.2025-03-01 600000", true, units.WhyMade},
		{"a commune made of several, backward", "X03046.2025-07-01", after, before, nil, "X03022.2025-03-01 ?; X03046.2025-03-01 ?", false, units.WhyMade},
		{"a commune that was kept, backward", "X00859.2025-07-01", after, before, nil, "X00859.2025-03-01 1000000 whole", true, units.WhyChange},
		{"a commune made of a part of one, backward", "X21997.2025-07-01", after, before, nil, "X21997.2025-03-01 1000000 whole", true, units.WhyChange},
		{"an island district", "H318.2025-03-01", before, after, nil, "X11948.2025-07-01 1000000 whole", true, units.WhyChange},
		{"another day", "X11953.2025-07-01", before, after, nil, "", false, units.WhyUnknown},
		{"no code", "1195", before, after, nil, "", false, units.WhyUnknown},
		{"a code of two times", "11953", "", after, nil, "", false, units.WhyDay},
	} {
		r := vietnam.Recast(c.unit, day(c.from), day(c.to), c.shares)
		if pieces(r) != c.want || r.Placed != c.placed || r.Why != c.why {
			t.Errorf("%s: %s (%v, %s), want %s (%v, %s)", c.name, pieces(r), r.Placed, r.Why, c.want, c.placed, c.why)
		}
	}
}

// TestIndex_Recast_table: shares of the table of changes itself, over two
// changes one after the other, and what the table does not say.
func TestIndex_Recast_table(t *testing.T) {
	unit := func(uid, from, to string) units.Unit {
		return units.Unit{UID: uid, Code: uid, Level: units.Commune, Name: uid, Full: "Xã " + uid, From: day(from), To: day(to)}
	}
	ix := units.Build(units.Rows{
		Units: []units.Unit{
			unit("A", "", "2025-06-30"), unit("B", "2025-07-01", "2026-06-30"), unit("C", "2025-07-01", ""),
			unit("D", "2026-07-01", ""), unit("E", "2026-07-01", ""), unit("F", "", "2025-06-30"), unit("G", "", "2025-06-30"), unit("H", "2025-07-01", "2025-12-31"),
		},
		Changes: []units.Change{
			{Old: "A", New: "B", Kind: "split", Share: 250_000}, {Old: "A", New: "C", Kind: "split", Share: 750_000},
			{Old: "B", New: "D", Kind: "split", Share: 333_333}, {Old: "B", New: "E", Kind: "split", Share: 666_667},
			{Old: "F", New: "C", Kind: "split", Share: 500_000}, // the other half went where nobody knows
			{Old: "G", New: "H", Kind: "merge"},                 // which ended, and nothing follows
		},
	})
	for _, c := range []struct {
		unit, from, to, want string
		placed               bool
		why                  units.Why
	}{
		{"A", "2024-01-01", "2025-08-01", "B 250000; C 750000", true, units.WhySplit},
		{"A", "2024-01-01", "2026-08-01", "C 750000; D 83333; E 166667", true, units.WhySplit},
		{"B", "2025-08-01", "2026-08-01", "D 333333; E 666667", true, units.WhySplit},
		{"F", "2024-01-01", "2026-08-01", "C ?", false, units.WhySplit},
		{"G", "2024-01-01", "2026-08-01", "", false, units.WhyUnknown},
		{"D", "2026-08-01", "2025-08-01", "B 1000000 whole", true, units.WhyChange},
		{"C", "2026-08-01", "2024-01-01", "A ?; F ?", false, units.WhyMade},
	} {
		r := ix.Recast(c.unit, day(c.from), day(c.to), nil)
		if pieces(r) != c.want || r.Placed != c.placed || r.Why != c.why {
			t.Errorf("%s on %s: %s (%v, %s), want %s (%v, %s)", c.unit, c.to, pieces(r), r.Placed, r.Why, c.want, c.placed, c.why)
		}
	}
}

// TestIndex_Recast_register counts the whole register: what is exact, what is
// divided, in both directions.
func TestIndex_Recast_register(t *testing.T) {
	before, after := day("2025-06-30"), day("2025-07-01")
	var exact, open, exactBack, openBack int
	for _, u := range vietnam.All() {
		switch {
		case u.Level != units.Commune:
		case u.To != units.NoDay:
			if r := vietnam.Recast(u.UID, before, after, nil); r.Placed {
				exact++
			} else if open++; r.Why != units.WhySplit || len(r.Pieces) < 2 {
				t.Errorf("%s: %s (%s)", u.UID, pieces(r), r.Why)
			}
		default:
			if r := vietnam.Recast(u.UID, after, before, nil); r.Placed {
				exactBack++
			} else if openBack++; r.Why != units.WhyMade && r.Why != units.WhyUnknown {
				t.Errorf("%s backward: %s (%s)", u.UID, pieces(r), r.Why)
			}
		}
	}
	if exact != mergedWhole || open != dividedNation {
		t.Errorf("forward %d exact, %d open; want %d, %d", exact, open, mergedWhole, dividedNation)
	}
	const madeOfOne = 140 // 121 kept, 8 renamed, 3 of another type, 3 made of a part of one, 5 island districts
	if exactBack != madeOfOne || exactBack+openBack != communesAfter {
		t.Errorf("backward %d exact, %d open; want %d exact of %d", exactBack, openBack, madeOfOne, communesAfter)
	}
}

func TestIndex_SumOn(t *testing.T) {
	before, after := day("2024-12-31"), day("2026-01-01")
	figures := []units.Figure{
		{"11953", before, []int64{1000, 5}},             // Phường Hiến Nam, whole into Phố Hiến
		{"X11956.2025-03-01", before, []int64{2000, 7}}, // another part of Phố Hiến
		{"11953", after, []int64{30, 1}},                // Phố Hiến already
		{"11989", before, []int64{1001, -3}},            // Lạc Đạo, divided
		{"99999", before, []int64{4, 0}},                // nobody knows
	}
	s, err := vietnam.SumOn(figures, after, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Units) != 1 || s.Units[0].Unit.UID != "X11953.2025-07-01" || !slices.Equal(s.Units[0].Numbers, []int64{3030, 13}) || s.Units[0].Figures != 3 || s.Units[0].Estimated {
		t.Errorf("sums %+v", s.Units)
	}
	if !slices.Equal(s.Remainder, []int64{1005, -3}) || len(s.Unplaced) != 2 || uids(s.Unplaced[0].Candidates) != "X11992.2025-07-01 X11995.2025-07-01" || s.Unplaced[1].Why != units.WhyUnknown {
		t.Errorf("remainder %v: %+v", s.Remainder, s.Unplaced)
	}
	said := func(s units.Sums, l locale.Lang) string {
		var all []string
		for _, w := range s.Warnings {
			all = append(all, w.Say(l))
		}
		return strings.Join(all, "\n")
	}
	if got, want := said(s, locale.Vi), "Đã quy đổi 2 số liệu theo đơn vị hành chính ngày 01/01/2026.\n"+
		"1 số liệu chưa chia được vì chưa có tỷ lệ: Xã Lạc Đạo.\n"+
		"1 số liệu có đơn vị hành chính không có hoặc không kế tục được vào ngày đó, chưa quy đổi được."; got != want {
		t.Errorf("warnings\n%s\nwant\n%s", got, want)
	}

	s, err = vietnam.SumOn(figures, after, units.Shares{{"X11989.2025-03-01", "X11992.2025-07-01"}: 700_000, {"X11989.2025-03-01", "X11995.2025-07-01"}: 300_000})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Units) != 3 || !slices.Equal(s.Units[1].Numbers, []int64{701, -2}) || !slices.Equal(s.Units[2].Numbers, []int64{300, -1}) || !s.Units[1].Estimated {
		t.Errorf("sums by shares %+v", s.Units)
	}
	if got := said(s, locale.En); !strings.Contains(got, "1 figures were divided by shares and are estimates: Xã Lạc Đạo.") {
		t.Errorf("warnings %s", got)
	}

	var f *fault.Error
	if _, err := vietnam.SumOn([]units.Figure{{"11953", before, []int64{1}}, {"11953", before, nil}}, after, nil); !errors.As(err, &f) || f.Key != "units.recast.columns" {
		t.Errorf("figures of different lengths: %v", err)
	}
	if _, err := vietnam.SumOn([]units.Figure{{"11953", before, []int64{math.MaxInt64}}, {"11953", before, []int64{1}}}, after, nil); !errors.As(err, &f) || f.Key != "units.recast.range" {
		t.Errorf("a sum out of range: %v", err)
	}
	if s, err := vietnam.SumOn(nil, after, nil); err != nil || len(s.Units) != 0 || len(s.Warnings) != 0 {
		t.Errorf("nothing: %+v, %v", s, err)
	}
}

// TestIndex_SumOn_properties: nothing is lost and nothing is made up, whatever
// the figures and shares; units of the day itself stay as they are.
func TestIndex_SumOn_properties(t *testing.T) {
	days := []viet.Date{day("2025-06-30"), day("2025-07-01")}
	var communes [2][]units.Unit
	for _, u := range vietnam.All() {
		if u.Level == units.Commune {
			side := 0
			if u.To == units.NoDay {
				side = 1
			}
			communes[side] = append(communes[side], u)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		from, to := rapid.IntRange(0, 1).Draw(t, "from"), rapid.IntRange(0, 1).Draw(t, "to")
		shares := units.Shares{}
		var figures []units.Figure
		input := make([]int64, 3)
		for range rapid.IntRange(1, 30).Draw(t, "figures") {
			u := rapid.SampledFrom(communes[from]).Draw(t, "unit")
			if rapid.Bool().Draw(t, "has shares") {
				left := units.Whole
				list := vietnam.Recast(u.UID, days[from], days[to], nil).Pieces
				for i, p := range list {
					share := left
					if i+1 < len(list) {
						share = units.Share(rapid.IntRange(0, int(left)).Draw(t, "share"))
					}
					shares[units.Pair{From: u.UID, To: p.Unit.UID}] = share
					left -= share
				}
			}
			f := units.Figure{Unit: u.UID, On: days[from], Numbers: make([]int64, len(input))}
			for i := range f.Numbers {
				f.Numbers[i] = rapid.Int64Range(math.MinInt64/64, math.MaxInt64/64).Draw(t, "number")
				input[i] += f.Numbers[i]
			}
			figures = append(figures, f)
		}
		s, err := vietnam.SumOn(figures, days[to], shares)
		if err != nil {
			t.Fatal(err)
		}
		got := slices.Clone(s.Remainder)
		var divided []int64
		for i, f := range figures {
			if i == 0 {
				divided = make([]int64, len(f.Numbers))
			}
			if r := vietnam.Recast(f.Unit, f.On, days[to], shares); r.Placed && !r.Pieces[0].Whole {
				for k, n := range f.Numbers {
					divided[k] += n
				}
			}
		}
		if !slices.Equal(s.Estimated, divided) {
			t.Errorf("%v are said to be estimates, want %v", s.Estimated, divided)
		}
		for _, sum := range s.Units {
			if sum.Estimated != (len(sum.Shares) > 0) {
				t.Errorf("%s: estimated %v by %v", sum.Unit.UID, sum.Estimated, sum.Shares)
			}
			if !sum.Unit.ValidOn(days[to]) {
				t.Errorf("%s is no unit of %s", sum.Unit.UID, days[to])
			}
			for i, n := range sum.Numbers {
				got[i] += n
			}
		}
		if !slices.Equal(got, input) {
			t.Errorf("placed and remainder %v, want %v", got, input)
		}
		if from == to && (len(s.Unplaced) > 0 || len(s.Warnings) > 0) {
			t.Errorf("on its own day: %+v, %v", s.Unplaced, s.Warnings)
		}
		for _, f := range figures {
			r := vietnam.Recast(f.Unit, days[from], days[to], shares)
			if sum := vietnam.Convert(f.Unit, days[from], days[to]); sum.Sure != (len(r.Pieces) == 1 && r.Pieces[0].Whole) {
				t.Errorf("%s: Convert sure %v, Recast %s", f.Unit, sum.Sure, pieces(r))
			}
			if from == to && pieces(r) != f.Unit+" 1000000 whole" {
				t.Errorf("%s on its own day: %s", f.Unit, pieces(r))
			}
		}
	})
}

func BenchmarkIndex_SumOn(b *testing.B) {
	before, after := day("2025-06-30"), day("2025-07-01")
	var figures []units.Figure
	for _, u := range vietnam.All() {
		if u.Level == units.Commune && u.To != units.NoDay {
			figures = append(figures, units.Figure{Unit: u.UID, On: before, Numbers: []int64{12_345, 678}})
		}
	}
	for b.Loop() {
		if _, err := vietnam.SumOn(figures, after, nil); err != nil {
			b.Fatal(err)
		}
	}
}
