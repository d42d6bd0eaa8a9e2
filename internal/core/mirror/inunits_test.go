package mirror_test

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/core/units/unitstest"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/viet"
)

func date(t testing.TB, s string) viet.Date {
	t.Helper()
	d, err := unitstest.Day(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// threeCommunes: A and B went whole into C, which took A's code over; D was
// divided, by shares or not.
func threeCommunes(t testing.TB, shares bool) *units.Index {
	unit := func(uid, code, from, to string) units.Unit {
		return units.Unit{UID: uid, Code: code, Level: units.Commune, Name: uid, Full: "Xã " + uid, From: date(t, from), To: date(t, to)}
	}
	rows := units.Rows{
		Units: []units.Unit{
			unit("A", "00001", "", "2025-06-30"), unit("B", "00002", "", "2025-06-30"), unit("D", "00004", "", "2025-06-30"),
			unit("C", "00001", "2025-07-01", ""), unit("E", "00005", "2025-07-01", ""), unit("F", "00006", "2025-07-01", ""),
		},
		Changes: []units.Change{
			{Old: "A", New: "C", Kind: "merge"}, {Old: "B", New: "C", Kind: "merge"}, {Old: "D", New: "E", Kind: "split"}, {Old: "D", New: "F", Kind: "split"},
		},
	}
	if shares {
		rows.Changes[2].Share, rows.Changes[3].Share = 700_000, 300_000
	}
	return units.Build(rows)
}

func unitRows() (all []row) {
	for i, r := range []row{
		{"xa": "00001", "so_ngay": 1, "tien": "10.50", "sot": 37.5, "ngay": "2025-06-30"}, // A
		{"xa": "00001", "so_ngay": 2, "tien": "20.50", "ngay": "2025-07-01"},              // C
		{"xa": "00002", "so_ngay": 4, "tien": "1.00", "ngay": "2024-01-01"},               // B
		{"xa": "00002", "so_ngay": 8, "ngay": "2026-01-01"},                               // nothing any more
		{"xa": "00004", "so_ngay": 10, "tien": "0.01", "ngay": "2024-01-01"},              // D, divided
		{"xa": "00001", "so_ngay": 16},                                                    // of which day?
		{"xa": "00005", "so_ngay": 32},                                                    // E at all times
		{"so_ngay": 64, "ngay": "2024-01-01"},
	} {
		r["ma"], r["_hash"] = fmt.Sprintf("K%d", i), fmt.Appendf(nil, "%016d", i)
		all = append(all, r)
	}
	return all
}

// told writes an answer in a few lines.
func told(g mirror.UnitGroups) string {
	var b strings.Builder
	figures := func(count int64, all []*mirror.Measure) {
		fmt.Fprint(&b, count)
		for _, m := range all {
			if m == nil {
				b.WriteString(" -")
			} else {
				b.WriteString(" " + m.Value + m.Sum)
			}
		}
	}
	for _, u := range g.Units {
		fmt.Fprintf(&b, "%s %s: ", words(u.Values), u.Unit.UID)
		figures(u.Count, u.Measures)
		for _, d := range u.Shares {
			fmt.Fprintf(&b, " (%d of %s)", d.Share, d.Unit.UID)
		}
		b.WriteString("\n")
	}
	for _, u := range g.Unplaced {
		fmt.Fprintf(&b, "%s %s: ", words(u.Values), u.Why)
		figures(u.Count, u.Measures)
		b.WriteString("\n")
	}
	for _, w := range g.Warnings {
		b.WriteString(w.Say(locale.Vi) + "\n")
	}
	b.WriteString("= ")
	figures(g.Count, g.Total)
	b.WriteString(" ~ ")
	figures(g.EstimatedCount, g.Estimated)
	b.WriteString(" ? ")
	figures(g.UnplacedCount, g.Open)
	return b.String()
}

func TestGroupsInUnits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		c := visits()
		w.both(c, change{insert: unitRows()})
		d := policy.Decision{Allowed: true, Rows: policy.Rows{All: true}}
		ask := func(d policy.Decision, in mirror.InUnits, at string, by []string, measures ...string) (mirror.UnitGroups, error) {
			q := asked(by, measures...)
			in.Column, in.Level, in.At = "xa", units.Commune, date(t, at)
			return w.mirror.GroupsInUnits(t.Context(), c.Objects[0], d, q, in)
		}
		for _, one := range []struct {
			name, at string
			in       mirror.InUnits
			want     string
		}{
			{"today, the share not known", "2026-08-01", mirror.InUnits{Index: threeCommunes(t, false), Dated: "ngay"},
				`00001 C: 3 7 32.00 3
00005 E: 1 32 - 0
<nil> empty: 1 64 - 0
00001 day: 1 16 - 0
00004 split: 1 10 0.01 1
00002 unknown: 1 8 - 0
Đã quy đổi 2 số liệu theo đơn vị hành chính ngày 01/08/2026.
1 số liệu chưa chia được vì chưa có tỷ lệ: Xã D.
3 số liệu có đơn vị hành chính không có hoặc không kế tục được vào ngày đó, chưa quy đổi được.
= 8 137 32.01 4 ~ 0 0 0.00 0 ? 4 98 0.01 1`},
			{"today, by shares", "2026-08-01", mirror.InUnits{Index: threeCommunes(t, true), Dated: "ngay"},
				`00001 C: 3 7 32.00 3
00005 E: 2 39 0.01 1 (700000 of D)
00006 F: 0 3 0.00 0 (300000 of D)
<nil> empty: 1 64 - 0
00001 day: 1 16 - 0
00002 unknown: 1 8 - 0
Đã quy đổi 3 số liệu theo đơn vị hành chính ngày 01/08/2026.
1 số liệu được chia theo tỷ lệ, là số ước tính: Xã D.
3 số liệu có đơn vị hành chính không có hoặc không kế tục được vào ngày đó, chưa quy đổi được.
= 8 137 32.01 4 ~ 1 10 0.01 1 ? 3 88 0.00 0`},
		} {
			g, err := ask(d, one.in, one.at, []string{"xa"}, "sum:so_ngay", "tien", "count:tien")
			if err != nil {
				t.Fatal(err)
			}
			if got := sorted(told(g)); got != sorted(one.want) {
				t.Errorf("%s:\n%s\nwant\n%s", one.name, told(g), one.want)
			}
		}
		for _, one := range []struct {
			key string
			d   policy.Decision
			in  mirror.InUnits
			by  []string
			of  string
		}{
			{"groups.units-by", d, mirror.InUnits{}, []string{"ngay:month"}, "sum:tien"},
			{"groups.units-measure", d, mirror.InUnits{}, []string{"xa"}, "avg:tien"},
			{"groups.units-few", policy.Decision{Allowed: true, Rows: policy.Rows{All: true}, SmallestGroup: 5}, mirror.InUnits{Dated: "ngay"}, []string{"xa"}, "sum:tien"},
		} {
			one.in.Index = threeCommunes(t, true)
			_, err := ask(one.d, one.in, "2026-08-01", one.by, one.of)
			var f *fault.Error
			if !errors.As(err, &f) || f.Key != one.key {
				t.Errorf("%v, want %s", err, one.key)
			}
		}
	})
}

func sorted(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// TestGroupsInUnits_properties: whatever the rows, the shares and the day, what is
// told of units and what waits make up the whole.
func TestGroupsInUnits_properties(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	d := policy.Decision{Allowed: true, Rows: policy.Rows{All: true}}
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		c := visits()
		c.ID, c.Objects[0].Contract, c.Objects[0].Dataset, c.Objects[0].Table = fmt.Sprint("kham", n), fmt.Sprint("kham", n), fmt.Sprint("kham", n), fmt.Sprint("kham", n)
		var rows []row
		for i := range rapid.IntRange(1, 12).Draw(rt, "rows") {
			rows = append(rows, row{
				"ma": fmt.Sprintf("K%d", i), "_hash": fmt.Appendf(nil, "%016d", i),
				"xa":   rapid.SampledFrom([]string{"00001", "00002", "00004", "00005", "00009"}).Draw(rt, "code"),
				"ngay": rapid.SampledFrom([]string{"2024-02-01", "2025-06-30", "2025-07-01", "2026-01-01"}).Draw(rt, "day"),
				"tien": fmt.Sprintf("%d.%02d", rapid.IntRange(-500, 500).Draw(rt, "whole"), rapid.IntRange(0, 99).Draw(rt, "cents")),
				"bhyt": rapid.Bool().Draw(rt, "card"),
			})
		}
		w.both(c, change{insert: rows})
		q := asked([]string{"bhyt", "xa"}, "sum:tien")
		plain, err := w.mirror.Groups(t.Context(), c.Objects[0], d, q)
		if err != nil {
			rt.Fatal(err)
		}
		in := mirror.InUnits{Index: threeCommunes(t, rapid.Bool().Draw(rt, "shares")), Column: "xa", Level: units.Commune, Dated: "ngay",
			At: date(t, rapid.SampledFrom([]string{"2024-01-01", "2025-07-01", "2026-01-01"}).Draw(rt, "at"))}
		g, err := w.mirror.GroupsInUnits(t.Context(), c.Objects[0], d, q, in)
		if err != nil {
			rt.Fatal(err)
		}
		want, wantCount := whole(rt, plain.Groups)
		var placed, waiting []mirror.Group
		for _, u := range g.Units {
			placed = append(placed, u.Group)
			if !u.Unit.ValidOn(in.At) {
				rt.Errorf("%s is no unit of %s", u.Unit.UID, in.At)
			}
		}
		for _, u := range g.Unplaced {
			waiting = append(waiting, u.Group)
		}
		sum, count := whole(rt, append(placed, waiting...))
		open, openCount := whole(rt, waiting)
		if sum.Cmp(want) != 0 || count != wantCount || g.Count != wantCount || g.UnplacedCount != openCount {
			rt.Errorf("%s of %d rows, want %s of %d: %s", sum, count, want, wantCount, told(g))
		}
		if total := number(rt, g.Total[0]); total.Cmp(want) != 0 || number(rt, g.Open[0]).Cmp(open) != 0 {
			rt.Errorf("total %s, want %s: %s", total, want, told(g))
		}
	})
}

func whole(t *rapid.T, groups []mirror.Group) (sum *big.Rat, count int64) {
	sum = new(big.Rat)
	for _, g := range groups {
		count += g.Count
		if g.Measures[0] != nil {
			sum.Add(sum, number(t, g.Measures[0]))
		}
	}
	return sum, count
}

func number(t *rapid.T, m *mirror.Measure) *big.Rat {
	n, ok := new(big.Rat).SetString(m.Value)
	if !ok {
		t.Fatalf("%q is no number", m.Value)
	}
	return n
}
