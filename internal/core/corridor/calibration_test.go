package corridor_test

import (
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/core/score/calibrate"
)

var updateCalibration = flag.Bool("update-calibration", false, "rewrite the table of docs/score.md")

// tolerance is how far a score may be from what the faults say it must be.
const tolerance = 0.2

// TestCalibration sends data whose faults are known cell by cell through the
// corridor. The generator shares nothing with the rules: what they find, and
// what the score says, is held against its own list.
func TestCalibration(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var table strings.Builder
		table.WriteString("| share of rows per fault | criterion or group | must be | is | seeded | found | precision | recall |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
		for i, rate := range []float64{0, 0.01, 0.03, 0.08} {
			calibrateOnce(t, h, calibrate.Options{Seed: uint64(i + 1), Rows: 1500, Rate: rate, Now: h.now.Now()}, &table)
		}
		t.Log("\n" + table.String())
		goldenTable(t, table.String())
	})
}

func calibrateOnce(t *testing.T, h *house, o calibrate.Options, table *strings.Builder) {
	t.Helper()
	d := calibrate.Make(o)
	list, err := dictionary.Parse([]byte("kind: CodeList\nid: "+calibrate.CodeList+"\nname: Hình thức\nversion: 1.0.0\ncodes:\n- {code: "+
		strings.Join(calibrate.Codes, ", name: Có}\n- {code: ")+", name: Có}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.lists.Put(t.Context(), clerk, list); err != nil {
		t.Fatal(err)
	}
	h.put(calibrate.ParentContract)
	h.send(calibrate.Parents, d.Parents)
	h.put(calibrate.NationalContract)
	h.send(calibrate.National, d.National)
	id := fmt.Sprintf("%s-%d", calibrate.Dataset, o.Seed)
	con := h.put(strings.Replace(d.Contract(), "id: "+calibrate.Dataset+"\n", "id: "+id+"\n", 1))
	r := h.send(id, d.CSV, func(r *corridor.Request) { r.Confirm = true })
	want := d.Truth()
	if int(r.Read) != d.Rows || int(r.Accepted) != want.Accepted {
		t.Errorf("rate %v: read %d of %d, accepted %d, must be %d", o.Rate, r.Read, d.Rows, r.Accepted, want.Accepted)
	}
	scorer := score.New(score.Deps{Control: h.store.Control(), Contracts: h.contracts, CodeLists: h.lists, Records: h.truth, Mirror: h.mirror, Now: h.now.Now})
	got, err := scorer.Current(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	line := func(format string, values ...any) {
		fmt.Fprintf(table, "| %g %% | "+format+" |\n", append([]any{100 * o.Rate}, values...)...)
	}
	for _, c := range got.Criteria {
		must, there := want.Criteria[string(c.ID)]
		if there != (c.Value != nil) {
			t.Errorf("rate %v: %s measured %v, must be %v: %s", o.Rate, c.ID, c.Value != nil, there, c.Why.Vi)
		} else if there {
			if math.Abs(*c.Value-must) > tolerance {
				t.Errorf("rate %v: %s is %.3f, must be %.3f", o.Rate, c.ID, *c.Value, must)
			}
			line("%s | %.2f | %.2f | | | |", c.Title.Vi, must, *c.Value)
		}
	}
	if math.Abs(*got.Overall-want.Overall) > tolerance {
		t.Errorf("rate %v: overall is %.3f, must be %.3f", o.Rate, *got.Overall, want.Overall)
	}
	line("**điểm chung** | **%.2f** | **%.2f** | | | |", want.Overall, *got.Overall)
	found := detected(t, h, con.Objects[0], d)
	groups(t, d, found, o.Rate, line)
}

// A cell is a place in the file and what is said to be wrong with it.
type cell struct {
	line          int
	column, group string
}

// detected are the cells that the platform calls wrong: in quarantine, and by
// the flags of accepted rows.
func detected(t *testing.T, h *house, obj *contract.Object, d *calibrate.Data) map[cell][]cell {
	t.Helper()
	rules := map[string]*contract.Rule{}
	for i := range obj.Rules {
		rules[obj.Rules[i].ID] = &obj.Rules[i]
	}
	found := map[cell][]cell{} // by its first column: all the columns that the rule speaks of
	add := func(line int, id string) {
		r := rules[id]
		if r == nil {
			c := cell{line, "", "format"} // a line that is no record
			found[c] = []cell{c}
			return
		}
		var all []cell
		for _, c := range r.Columns {
			all = append(all, cell{line, obj.Columns[c].Store, string(r.Group)})
		}
		found[all[0]] = append(found[all[0]], all...)
	}
	for after := int64(0); ; {
		lines, err := h.truth.Quarantine(t.Context(), obj, record.Filter{State: record.StateOpen}, after, 500)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			after = l.ID
			for _, id := range l.Faults {
				add(int(l.Line), id)
			}
		}
		if len(lines) == 0 {
			break
		}
	}
	for after := ""; ; {
		rows, err := h.truth.List(t.Context(), obj, after, 500, record.Latest)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			after = r.Key
			for _, flag := range r.Flags {
				if id, broken := strings.CutPrefix(flag, "w:"); broken {
					add(d.Lines[r.Key], id)
				}
			}
		}
		if len(rows) == 0 {
			return found
		}
	}
}

// groups holds what was found against what was seeded, group by group. Data
// that break their rules plainly leave no room: every fault is found and nothing
// else.
func groups(t *testing.T, d *calibrate.Data, found map[cell][]cell, rate float64, line func(string, ...any)) {
	t.Helper()
	seeded := map[cell]bool{}
	count := map[string][3]int{} // by group: seeded, found, of these seeded
	for _, f := range d.Faults {
		c := cell{f.Line, f.Column, f.Group}
		if !seeded[c] {
			n := count[f.Group]
			n[0]++
			count[f.Group] = n
		}
		seeded[c] = true
	}
	recalled := map[cell]bool{}
	for first, all := range found {
		n := count[first.group]
		n[1]++
		if slices.ContainsFunc(all, func(c cell) bool { return seeded[c] }) {
			n[2]++
		} else {
			t.Logf("rate %v: not seeded: %+v", rate, first)
		}
		count[first.group] = n
		for _, c := range all {
			if seeded[c] {
				recalled[c] = true
			}
		}
	}
	missed := map[string]int{}
	for c := range seeded {
		if !recalled[c] {
			missed[c.group]++
			t.Logf("rate %v: not found: %+v", rate, c)
		}
	}
	if rate > 0 && len(count) != 8 {
		t.Errorf("rate %v: %d groups, want 8", rate, len(count))
	}
	for _, g := range slices.Sorted(maps.Keys(count)) {
		n := count[g]
		precision, recall := ratio(n[2], n[1]), ratio(n[0]-missed[g], n[0])
		if precision < 0.995 || recall < 0.995 {
			t.Errorf("rate %v, %s: precision %.4f, recall %.4f of %d seeded", rate, g, precision, recall, n[0])
		}
		line("`%s` | | | %d | %d | %.3f | %.3f", g, n[0], n[1], precision, recall)
	}
}

func ratio(a, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(a) / float64(of)
}

// goldenTable holds the table against the one that is printed in the document.
func goldenTable(t *testing.T, table string) {
	t.Helper()
	const from, to = "<!-- calibration -->\n", "<!-- /calibration -->\n"
	name := filepath.Join("..", "..", "..", "docs", "score.md")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), from)
	have, after, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatal("docs/score.md has no place for the table")
	}
	if *updateCalibration {
		if err := os.WriteFile(name, []byte(before+from+table+to+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have != table {
		t.Errorf("docs/score.md does not say what was measured; -update-calibration writes\n%s", table)
	}
}
