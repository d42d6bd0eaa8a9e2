package score_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// modelled has rules of every layer in several criteria, a promise and an
// expectation, so that each formula is tried. Its reference is to itself: it is
// always there.
const modelled = `
slaProperties:
  - {property: frequency, value: 10, unit: d, element: ngay}
schema:
  - name: tram
    customProperties: [{property: phohien.expectation, value: {records: 12}}]
    quality:
      - {id: hop-le, type: custom, engine: phohien, implementation: "so > 0", dimension: consistency, severity: warning}
      - {id: dem, type: custom, engine: phohien, implementation: "so > 1", severity: info}
      - {id: it-nhat, type: library, metric: rowCount, mustBeGreaterThan: 3, dimension: accuracy}
    properties:
      - {name: ma, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
      - {name: nam, logicalType: integer, primaryKey: true, primaryKeyPosition: 2}
      - {name: so, logicalType: integer, required: true, unique: true, logicalTypeOptions: {minimum: 0}}
      - {name: ngay, logicalType: date, required: true}
      - {name: cha, logicalType: string, customProperties: [{property: phohien.reference, value: {dataset: ID, column: ma}}]}
`

// A model is the formulas of docs/score.md, told record by record.
type model struct {
	rows  map[string]modelRow
	lines map[int64]modelLine
}

type modelRow struct {
	flags    []string
	withheld bool // of so
	day      int  // days before start at which ngay stands; below 0 = the future, 99 = absent
}

type modelLine struct {
	key    string
	faults []string
}

// entity is one record: what it breaks, and whether that of a row was respelled.
type entity struct {
	row, standardised, unread, withheld bool
	breaks                              map[string]bool
}

func (m *model) entities() []entity {
	byKey := map[string]*entity{}
	for key, r := range m.rows {
		e := &entity{row: true, withheld: r.withheld, breaks: map[string]bool{}}
		for _, f := range r.flags {
			if strings.HasPrefix(f, "f:") {
				e.standardised = true
			} else {
				e.breaks[f[2:]] = true
			}
		}
		byKey[key] = e
	}
	for id, l := range m.lines {
		key := l.key
		if key == "" {
			key = fmt.Sprint("line ", id)
		}
		if e := byKey[key]; e == nil || e.row {
			byKey[key] = &entity{breaks: map[string]bool{}}
		}
		for _, f := range l.faults {
			byKey[key].breaks[f] = true
			byKey[key].unread = byKey[key].unread || f == "_row.few"
		}
	}
	var all []entity
	for _, e := range byKey {
		all = append(all, *e)
	}
	return all
}

// share is 100 × valid / population of one rule.
func share(all []entity, counts, valid func(entity) bool) (v float64, population int) {
	good := 0
	for _, e := range all {
		if counts(e) {
			population++
			if valid(e) {
				good++
			}
		}
	}
	if population == 0 {
		return math.NaN(), 0
	}
	return 100 * float64(good) / float64(population), population
}

// weighted is the mean of layers, each the mean of its parts.
func weighted(layers map[float64][]float64) float64 {
	sum, weights := 0.0, 0.0
	for w, parts := range layers {
		mean := 0.0
		for _, v := range parts {
			mean += v / float64(len(parts))
		}
		sum, weights = sum+w*mean, weights+w
	}
	return sum / weights
}

// score computes the criteria; NaN is chưa đo.
func (m *model) score(now time.Time) map[contract.Criterion]float64 {
	out := map[contract.Criterion]float64{}
	all := m.entities()
	for _, id := range []contract.Criterion{contract.Valid, contract.Complete, contract.Clean, contract.Live, contract.Consistent, contract.Shared} {
		out[id] = math.NaN()
	}
	if len(all) == 0 {
		return out
	}
	any := func(entity) bool { return true }
	rule := func(id string) float64 {
		v, _ := share(all, any, func(e entity) bool { return !e.unread && !e.breaks[id] })
		return v
	}
	enough := 0.0
	if len(m.rows) > 3 {
		enough = 100
	}
	business := []float64{rule("so.range")}
	if len(m.rows) > 0 {
		business = append(business, enough)
	}
	out[contract.Valid] = weighted(map[float64][]float64{
		20: {rule("ma.type"), rule("nam.type"), rule("so.type"), rule("ngay.type"), rule("cha.type")}, 30: business,
	})

	cells, filled := 0, 0
	for _, e := range all {
		for _, id := range []string{"ma.required", "nam.required", "so.required", "ngay.required"} {
			if id == "so.required" && e.row && e.withheld {
				continue
			}
			cells++
			if !e.unread && !e.breaks[id] {
				filled++
			}
		}
	}
	out[contract.Complete] = 100 * float64(filled) / float64(cells) * math.Min(1, float64(len(m.rows))/12)

	structure := []float64{rule("key")}
	if v, n := share(all, func(e entity) bool { return e.row }, func(e entity) bool { return !e.standardised }); n > 0 {
		structure = append(structure, v)
	}
	out[contract.Clean] = weighted(map[float64][]float64{20: structure, 30: {rule("so.unique")}, 50: {rule("cha.reference")}})
	out[contract.Consistent] = rule("hop-le")
	out[contract.Live] = m.live(now)
	return out
}

func (m *model) live(now time.Time) float64 {
	newest := time.Time{}
	for _, r := range m.rows {
		// The clock of the test stands at noon: a day is over at the next 17:00 UTC.
		end := time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC).Add(-time.Duration(r.day) * day)
		if r.day != 99 && !end.After(now.Add(12*time.Hour)) && end.After(newest) {
			newest = end
		}
	}
	if newest.IsZero() {
		return math.NaN()
	}
	periods := math.Max(0, now.Sub(newest).Hours()/240)
	return 100 * math.Min(1, math.Max(0, 2-periods))
}

var (
	rowFlags   = []string{"f:ma", "f:so", "w:hop-le", "w:cha.reference", "r:so.range", "r:so.unique", "w:so.required", "w:dem", "w:da-bo"}
	lineFaults = []string{"so.range", "so.unique", "ma.required", "nam.type", "so.required", "ngay.required", "key", "cha.reference", "dem", "da-bo"}
)

// Random histories: after each batch the score is what the model says, and the
// recount agrees.
func TestScoreModel(t *testing.T) {
	for engine, cfg := range map[string]func(testing.TB) store.Config{store.SQLite: storetest.SQLite, store.Postgres: storetest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			w := newWorld(t, cfg(t))
			n := 0
			rapid.Check(t, func(rt *rapid.T) {
				n++
				w.now = start
				id := fmt.Sprint("bo-", n)
				c := w.install(id, strings.ReplaceAll(modelled, "ID", id))
				m := &model{rows: map[string]modelRow{}, lines: map[int64]modelLine{}}
				for range rapid.IntRange(1, 4).Draw(rt, "batches") {
					w.now = w.now.Add(time.Duration(rapid.IntRange(0, 8).Draw(rt, "days")) * day)
					m.step(rt, w, c)
					m.compare(rt, w.score(c), w.now)
				}
			})
		})
	}
}

func (m *model) compare(t *rapid.T, s score.Score, now time.Time) {
	want := m.score(now)
	sum, measured := 0.0, 0.0
	for _, cr := range s.Criteria {
		v := want[cr.ID]
		if math.IsNaN(v) != (cr.Value == nil) || cr.Value != nil && math.Abs(*cr.Value-v) > 1e-9 {
			t.Fatalf("%s is %s, want %v\n%s\n%+v", cr.ID, value(cr.Value), v, dump(s), m)
		}
		if cr.Value != nil {
			sum, measured = sum+v, measured+1
		}
	}
	if (s.Overall == nil) != (measured == 0) || s.Overall != nil && math.Abs(*s.Overall-sum/measured) > 1e-9 {
		t.Fatalf("overall %s, want %v of %v", value(s.Overall), sum, measured)
	}
}

// step draws one batch and does it to both.
func (m *model) step(t *rapid.T, w *world, c *contract.Contract) {
	var ch change
	drawFlags := func() []string {
		return slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(rapid.SampledFrom(rowFlags), 0, 3).Draw(t, "flags"))))
	}
	for k := range 8 {
		ma, nam := []string{"a", "Ă~/ %"}[k%2], 2020+k/2
		text := record.KeyText(c.Objects[0], []any{ma, int64(nam)})
		key := row{"ma": ma, "nam": nam}
		_, there := m.rows[text]
		switch act := rapid.SampledFrom([]string{"", "", "write", "write", "withdraw", "reflag"}).Draw(t, "act"); {
		case act == "write":
			r := modelRow{flags: drawFlags(), withheld: rapid.Bool().Draw(t, "withheld"), day: rapid.SampledFrom([]int{-30, -1, 0, 3, 9, 14, 25, 99}).Draw(t, "day")}
			full := row{"ma": ma, "nam": nam, "so": k, "_hash": []byte(rapid.StringMatching("[a-z]{16}").Draw(t, "hash"))}
			if r.day != 99 {
				full["ngay"] = start.Add(-time.Duration(r.day) * day).In(record.VietnamTime).Format(time.DateOnly)
			}
			if len(r.flags) > 0 {
				full["_flags"] = strings.Join(r.flags, " ")
			}
			if r.withheld {
				full["_nil"] = `{"so":"withheld","cha":"unknown"}`
			}
			if m.rows[text] = r; there {
				ch.update = append(ch.update, full)
			} else {
				ch.insert = append(ch.insert, full)
			}
		case act == "withdraw" && there:
			ch.withdraw = append(ch.withdraw, key)
			delete(m.rows, text)
		case act == "reflag" && there:
			r := m.rows[text]
			if r.flags = drawFlags(); len(r.flags) > 0 {
				key["_flags"] = strings.Join(r.flags, " ")
			}
			ch.reflag = append(ch.reflag, key)
			m.rows[text] = r
		}
	}
	for _, id := range slices.Sorted(maps.Keys(m.lines)) {
		if rapid.IntRange(0, 2).Draw(t, "close") == 0 {
			ch.closing = append(ch.closing, id)
			delete(m.lines, id)
		}
	}
	keys := []string{"", "a~2020", record.KeyText(c.Objects[0], []any{"Ă~/ %", int64(2020)}), "a~2021", "moi~1", "khong-phai-khoa"}
	var lines []modelLine
	for range rapid.IntRange(0, 4).Draw(t, "lines") {
		l := modelLine{key: rapid.SampledFrom(keys).Draw(t, "key"), faults: rapid.SliceOfNDistinct(rapid.SampledFrom(lineFaults), 1, 3, rapid.ID[string]).Draw(t, "faults")}
		if l.key == "" && rapid.Bool().Draw(t, "unread") {
			l.faults = []string{"_row.few"}
		}
		lines = append(lines, l)
		ch.lines = append(ch.lines, [2]string{l.key, strings.Join(l.faults, " ")})
	}
	seq := w.apply(c, ch)
	for i, l := range lines {
		m.lines[seq<<32|int64(i+1)] = l
	}
	m.checkIDs(t, w, c)
}

// checkIDs holds the model's ids of lines against those of the truth.
func (m *model) checkIDs(t *rapid.T, w *world, c *contract.Contract) {
	list, err := w.truth.Quarantine(w.t.Context(), c.Objects[0], record.Filter{State: record.StateOpen}, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var ids []int64
	for _, l := range list {
		ids = append(ids, l.ID)
	}
	if want := slices.Sorted(maps.Keys(m.lines)); !slices.Equal(ids, want) {
		t.Fatalf("open lines %v, the model has %v", ids, want)
	}
}
