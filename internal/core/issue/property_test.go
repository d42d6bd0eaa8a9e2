package issue_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/issue"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// A model is a data set told record by record.
type model struct {
	rows  map[string]row
	lines map[int64]line
}

var (
	senders = []string{"A", "B", "Xã Ă"}
	rules   = []string{"giuong.range", "giuong.type", "ma.pattern", "noi_gui.required"}
)

// open tells which issues are open, with their records: those of rules that some
// record breaks, for each sender whose rows or lines do. A line in quarantine is the
// newer version of the row with its key, and speaks for it.
func (m *model) open() map[string]int64 {
	broken := map[string]bool{}
	hidden := map[string]bool{}
	count := map[string]int64{}
	for _, l := range m.lines {
		hidden[l.ma] = true
		for _, rule := range strings.Fields(l.faults) {
			broken[rule] = true
			count[rule+" "+l.sender]++
		}
	}
	for ma, r := range m.rows {
		for _, flag := range strings.Fields(r.flags) {
			rule := flag[2:]
			broken[rule] = broken[rule] || !hidden[ma]
			count[rule+" "+r.sender]++
		}
	}
	maps.DeleteFunc(count, func(k string, _ int64) bool {
		rule, _, _ := strings.Cut(k, " ")
		return !broken[rule]
	})
	return count
}

// step draws one batch, and does it to both.
func (m *model) step(t *rapid.T, w *world, c *contract.Contract) {
	var ch change
	draw := func(prefix string, least int) string {
		list := rapid.SliceOfNDistinct(rapid.SampledFrom(rules), least, 2, rapid.ID[string]).Draw(t, "rules")
		for n := range list {
			list[n] = prefix + list[n]
		}
		return strings.Join(list, " ")
	}
	for k := range 6 {
		ma := fmt.Sprint("T", k)
		r, there := m.rows[ma]
		switch act := rapid.SampledFrom([]string{"", "write", "reflag", "withdraw"}).Draw(t, "act"); {
		case act == "write" && !there:
			r = row{ma, rapid.SampledFrom(senders).Draw(t, "sender"), draw("w:", 0)}
			ch.insert, m.rows[ma] = append(ch.insert, r), r
		case act == "reflag" && there:
			r.flags = draw("r:", 0)
			ch.reflag, m.rows[ma] = append(ch.reflag, r), r
		case act == "withdraw" && there:
			ch.withdraw = append(ch.withdraw, ma)
			delete(m.rows, ma)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(m.lines)) {
		if rapid.Bool().Draw(t, "close") {
			ch.closing = append(ch.closing, id)
			delete(m.lines, id)
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "lines") {
		ma := fmt.Sprint("T", rapid.IntRange(0, 9).Draw(t, "ma"))
		ch.lines = append(ch.lines, line{ma, rapid.SampledFrom(senders).Draw(t, "from"), draw("", 1)})
	}
	for n, id := range w.send(c, ch) {
		m.lines[id] = ch.lines[n]
	}
}

// Random histories: after every batch an issue is open exactly when its rule fails
// for that sender in the newest state, one line for each, and routing again changes
// nothing in the book.
func TestIssuesFollowTheData(t *testing.T) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue { // a table is made for each
		t.Cleanup(func() { _ = flag.Set(f.Name, f.DefValue) })
		_ = flag.Set(f.Name, "8")
	}
	for engine, cfg := range map[string]func(testing.TB) store.Config{store.SQLite: storetest.SQLite, store.Postgres: storetest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			w := newWorld(t, cfg(t))
			n := 0
			rapid.Check(t, func(rt *rapid.T) {
				n++
				c := w.install(fmt.Sprint("tram-", n))
				m := &model{rows: map[string]row{}, lines: map[int64]line{}}
				w.send(c, change{insert: []row{{ma: "T999", sender: "A"}}}) // so that something is measured
				for range rapid.IntRange(1, 5).Draw(rt, "batches") {
					m.step(rt, w, c)
					m.compare(rt, w, c.ID)
				}
			})
		})
	}
}

func (m *model) compare(t *rapid.T, w *world, dataset string) {
	got := map[string]int64{}
	for k, i := range w.book(dataset, issue.Fresh, issue.Taken) {
		got[k] = i.Records
	}
	if want := m.open(); !maps.Equal(got, want) {
		t.Fatalf("open %v, want %v\n%+v", got, want, m)
	}
	before := w.told(dataset)
	w.ok(w.Route(w.Context(), dataset))
	if after := w.told(dataset); before != after {
		t.Fatalf("a second look changed the book\n%s\n%s", before, after)
	}
}

// told is the whole book of a data set with its histories.
func (w *world) told(dataset string) string {
	var b strings.Builder
	all := w.book(dataset)
	for _, k := range slices.Sorted(maps.Keys(all)) {
		line, err := json.Marshal(all[k])
		w.ok(err)
		fmt.Fprintf(&b, "%s %s\n", line, w.history(all[k].ID))
	}
	return b.String()
}
