package mirror_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// households are rows with three columns to group by and one to sum.
func households() *contract.Contract {
	o := &contract.Object{
		Contract: "ho", Name: "ho", Title: "Hộ", Dataset: "ho", Table: "ho", Key: []int{0}, Mode: contract.Merge,
		OrderBy: -1, Sender: -1, Period: -1, ValidFrom: -1, ValidTo: -1, ScopeUnit: 1, ScopeAgency: -1,
		Columns: []contract.Column{
			{Name: "ma", Title: "Mã", Store: "ma", Type: contract.Text},
			{Name: "xa", Title: "Xã", Store: "xa", Type: contract.Text},
			{Name: "loai", Title: "Loại", Store: "loai", Type: contract.Text},
			{Name: "nam", Title: "Năm", Store: "nam", Type: contract.Integer},
			{Name: "tien", Title: "Tiền", Store: "tien", Type: contract.Decimal, Precision: 18, Scale: 2},
		},
	}
	return &contract.Contract{ID: "ho", Version: "1.0.0", Digest: "d", Objects: []*contract.Object{o}}
}

// fillHouseholds draws rows so that groups of every size come about.
func fillHouseholds(w *world, c *contract.Contract, r *rand.Rand, n int) (all []row) {
	for i := range n {
		one := row{"ma": fmt.Sprintf("H%05d", i), "_hash": fmt.Appendf(nil, "%016d", i)}
		if x := r.IntN(9); x > 0 {
			one["xa"] = fmt.Sprint("x", int(float64(x*x)/10)) // uneven
		}
		one["loai"] = fmt.Sprint("l", min(r.IntN(6), r.IntN(6)))
		one["nam"] = 2020 + min(r.IntN(5), r.IntN(5))
		if r.IntN(3) == 0 {
			one["tien"] = fmt.Sprintf("%d.50", r.IntN(1000))
		}
		all = append(all, one)
	}
	w.both(c, change{insert: all})
	return all
}

// TestGroups_tellsNoFew: no answer tells of fewer than k rows, neither itself nor
// by what is missing of a total, nor by any other answer over fewer of the same
// columns; and it is the same however often and in whatever order one asks.
func TestGroups_tellsNoFew(t *testing.T) {
	const k = 10
	for seed := range uint64(6) {
		w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
		c := households()
		obj := c.Objects[0]
		r := rand.New(rand.NewPCG(seed, 1))
		all := fillHouseholds(w, c, r, 60+int(seed)*150)
		d := policy.Decision{Allowed: true, Rows: policy.Rows{All: true}, SmallestGroup: k}
		ask := func(by ...string) mirror.Groups {
			t.Helper()
			g, err := w.mirror.Groups(t.Context(), obj, d, asked(by, "tien"))
			if err != nil {
				t.Fatal(err)
			}
			return g
		}
		shownOf := map[string]map[string]bool{} // by columns asked for: groups that are shown
		for _, by := range [][]string{{"xa"}, {"loai"}, {"nam"}, {"xa", "loai"}, {"loai", "nam"}, {"xa", "nam"}, {"xa", "loai", "nam"}} {
			g := ask(by...)
			shown := map[string]bool{}
			shownOf[fmt.Sprint(by)] = shown
			rows := g.LeftOut
			for _, one := range g.Groups {
				if one.Count < k {
					t.Errorf("%v %v: %d rows", by, words(one.Values), one.Count)
				}
				rows += one.Count
				shown[words(one.Values)] = true
				n, with := 0, 0
				for _, x := range all {
					if keyOf(x, by) == words(one.Values) {
						n++
						if x["tien"] != nil {
							with++
						}
					}
				}
				if int64(n) != one.Count || one.Measures[0] != nil && with < k {
					t.Errorf("%v %v: %d rows counted as %d, a sum over %d", by, words(one.Values), n, one.Count, with)
				}
			}
			if g.LeftOut != 0 && g.LeftOut < k || rows != int64(len(all)) {
				t.Errorf("%v: %d rows left out, %d in all", by, g.LeftOut, rows)
			}
			// What a total by fewer columns has over the shown ones.
			for set := range 1<<len(by) - 1 {
				fewer := pick(by, set)
				cells, few := map[string]map[string]int{}, map[string]bool{}
				for _, x := range all {
					if cells[keyOf(x, fewer)] == nil {
						cells[keyOf(x, fewer)] = map[string]int{}
					}
					cells[keyOf(x, fewer)][keyOf(x, by)]++
				}
				for total, parts := range cells {
					if len(fewer) > 0 && !shownOf[fmt.Sprint(fewer)][total] {
						few[total] = true
						for part := range parts {
							if shown[part] {
								t.Errorf("%v: %s is shown, though %s by %v is not", by, part, total, fewer)
							}
						}
						continue
					}
					n, groups := 0, 0
					for part, rows := range parts {
						if !shown[part] {
							groups++
							n += rows
						}
					}
					if groups == 1 || groups > 0 && n < k {
						t.Errorf("%v: %s by %v tells of %d rows in %d hidden groups", by, total, fewer, n, groups)
					}
				}
			}
			// Asked in another order nothing else is shown.
			other := pick(by, 1<<len(by)-1)
			for i, j := 0, len(other)-1; i < j; i, j = i+1, j-1 {
				other[i], other[j] = other[j], other[i]
			}
			turned := ask(other...)
			if len(turned.Groups) != len(g.Groups) {
				t.Errorf("%v: %d groups, in another order %d", by, len(g.Groups), len(turned.Groups))
			}
			for _, one := range turned.Groups {
				for i, j := 0, len(one.Values)-1; i < j; i, j = i+1, j-1 {
					one.Values[i], one.Values[j] = one.Values[j], one.Values[i]
				}
				if !shown[words(one.Values)] {
					t.Errorf("%v: %s is shown in another order", by, words(one.Values))
				}
			}
		}
	}
}

// asked is a question by columns, with sum and average of others.
func asked(by []string, measures ...string) mirror.GroupQuery {
	q, err := mirror.ReadGroups(strings.Join(by, ","), strings.Join(measures, ","), "")
	if err != nil {
		panic(err)
	}
	return q
}

func words(values []*string) string {
	var all []string
	for _, v := range values {
		if v == nil {
			all = append(all, "<nil>")
			continue
		}
		all = append(all, *v)
	}
	return strings.Join(all, "|")
}

func keyOf(x row, by []string) string {
	var all []string
	for _, name := range by {
		all = append(all, fmt.Sprint(x[name]))
	}
	return strings.Join(all, "|")
}

func pick(by []string, set int) (some []string) {
	for i, name := range by {
		if set&(1<<i) != 0 {
			some = append(some, name)
		}
	}
	return some
}

func TestGroups(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	c := households()
	obj := c.Objects[0]
	var all []row
	for i := range 40 {
		all = append(all, row{"ma": fmt.Sprintf("H%03d", i), "xa": []string{"a", "b"}[i%2], "loai": "l", "nam": 2025, "tien": "1.25", "_hash": fmt.Appendf(nil, "%016d", i)})
	}
	w.both(c, change{insert: all})
	open := policy.Decision{Allowed: true, Rows: policy.Rows{All: true}, SmallestGroup: 10}
	masked := open
	masked.Columns = map[string]policy.Sight{"xa": {Mask: policy.Hidden}, "tien": {Mask: policy.Hidden}}
	hiddenKey := open
	hiddenKey.Columns = map[string]policy.Sight{"ma": {Mask: policy.Hidden}}
	unit := open
	unit.Rows = policy.Rows{Units: []string{"a"}}
	everything := policy.Decision{Allowed: true, Rows: policy.Rows{All: true}}
	for _, test := range []struct {
		name   string
		d      policy.Decision
		q      mirror.GroupQuery
		want   string // groups in short
		refuse string
	}{
		{"counts", open, asked([]string{"xa"}, "tien"), "a 20 25.00 1.25; b 20 25.00 1.25", ""},
		{"the rows of a unit", unit, asked([]string{"xa"}), "a 20", ""},
		{"who may see rows sees groups of one", everything, asked([]string{"ma"}), "", ""},
		{"a hidden key", hiddenKey, asked([]string{"xa"}), "a 20; b 20", ""},
		{"a masked column", masked, asked([]string{"xa"}), "", "view.column"},
		{"a masked measure", masked, asked([]string{"loai"}, "tien"), "", "view.column"},
		{"beside masked ones", masked, asked([]string{"loai", "nam"}), "l 2025 40", ""},
		{"a key", open, asked([]string{"ma"}), "left 40", ""},
		{"nothing", open, mirror.GroupQuery{}, "", "groups.columns"},
		{"twice", open, asked([]string{"xa", "xa"}), "", "groups.twice"},
		{"a number to group by", open, asked([]string{"tien"}), "", "groups.by"},
		{"a text to sum", open, asked([]string{"xa"}, "loai"), "", "groups.measure"},
		{"unknown", open, asked([]string{"xa", "la"}), "", "column.unknown"},
		{"refused", policy.Decision{}, asked([]string{"xa"}), "", "view.no-rows"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := w.mirror.Groups(t.Context(), obj, test.d, test.q)
			if test.refuse != "" {
				if !fault.Is(err, test.refuse) {
					t.Fatalf("%v, want %s", err, test.refuse)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var list []string
			for _, g := range got.Groups {
				line := fmt.Sprintf("%s %d", strings.ReplaceAll(words(g.Values), "|", " "), g.Count)
				for _, m := range g.Measures {
					line += fmt.Sprintf(" %s %v", m.Sum, m.Average)
				}
				list = append(list, line)
			}
			if got.LeftOut > 0 {
				list = append(list, fmt.Sprint("left ", got.LeftOut))
			}
			if s := strings.Join(list, "; "); s != test.want && test.want != "" || test.want == "" && len(got.Groups) != 40 {
				t.Errorf("%s, want %s", s, test.want)
			}
		})
	}
}
