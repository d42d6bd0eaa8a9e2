package score_test

import (
	"math"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/score"
)

const owned = `
customProperties: [{property: phohien.owner, value: so-thu}]
schema:
  - name: tram
    customProperties: [{property: phohien.expectation, value: {records: 120}}]
    properties:
      - {name: ma, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
      - {name: ten, logicalType: string, required: true}
      - {name: Số giường, physicalName: giuong, logicalType: integer, logicalTypeOptions: {minimum: 0, maximum: 100}}
    quality:
      - {id: du-hang, type: library, metric: rowCount, mustBeGreaterThan: 1000, dimension: accuracy}
`

// What a loss says that mending adds is what the score gains when it alone is
// mended.
func TestLosses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		lines := map[string]string{"giuong.range": "ten.required", "ten.required": "giuong.range"}
		set := func(id string, without string) (*contract.Contract, score.Score) {
			c := w.install(id, owned)
			rows := stations(80)
			for i := range rows {
				rows[i]["ten"] = "A"
				if i < 8 && without != score.Standardised {
					rows[i]["_flags"] = "f:ten"
				}
			}
			ch := change{insert: rows}
			for i, rule := range []string{"giuong.range", "ten.required", "giuong.range ten.required"} {
				key := string(rune('X' + i))
				if rule == without {
					rule = "ma.type" // still kept out, by something else
				} else if rule == "giuong.range ten.required" && lines[without] != "" {
					rule = lines[without]
				}
				ch.lines = append(ch.lines, [2]string{key, rule})
			}
			w.apply(c, ch)
			return c, w.score(c)
		}
		c, s := set("goc", "")
		losses := score.Losses(c, s)
		by := map[string]score.Loss{}
		for i, l := range losses {
			by[l.Part.Rule] = l
			if i > 0 && l.Adds > losses[i-1].Adds {
				t.Errorf("%s adds more than what stands before it", l.Part.Rule)
			}
		}
		for rule, want := range map[string]struct {
			who     string
			records int64
			waits   bool
		}{
			"giuong.range": {score.Sender, 2, true}, "ten.required": {score.Sender, 2, true}, "du-hang": {score.Owner, 0, false},
			score.Standardised: {score.Sender, 8, false}, score.Expectation: {score.Owner, 40, false},
		} {
			l, there := by[rule]
			if !there || l.Who != want.who || l.Records != want.records || l.Waits != want.waits || l.How.Vi == "" || l.How.En == "" || l.Adds <= 0 {
				t.Errorf("%s: %+v, want %+v", rule, l, want)
			}
		}
		if len(losses) != 5 {
			t.Errorf("%d losses: %+v", len(losses), losses)
		}
		_, spelt := set("chuan", score.Standardised)
		if got := *of(spelt, contract.Clean).Value - *of(s, contract.Clean).Value; math.Abs(got-by[score.Standardised].Points) > 1e-9 {
			t.Errorf("spelling adds %v to sạch, said %v", got, by[score.Standardised].Points)
		}
		if got := *spelt.Overall - *s.Overall; math.Abs(got-by[score.Standardised].Adds) > 1e-9 {
			t.Errorf("spelling adds %v, said %v", got, by[score.Standardised].Adds)
		}
		// The rows that lack a name are told to have one, and stay kept out.
		_, named := set("ten", "ten.required")
		if got := *of(named, contract.Complete).Value - *of(s, contract.Complete).Value; math.Abs(got-by["ten.required"].Points) > 1e-9 {
			t.Errorf("names add %v to đủ, said %v", got, by["ten.required"].Points)
		}
		// Đủ with all records there: what the cells alone give.
		full := of(s, contract.Complete)
		cells := *full.Value / (80.0 / 120)
		if got := cells - *full.Value; math.Abs(got-by[score.Expectation].Points) > 1e-9 {
			t.Errorf("records add %v to đủ, said %v", got, by[score.Expectation].Points)
		}
		nobody := w.install("khong-chu", beds+"    quality:\n      - {id: it, type: library, metric: rowCount, mustBeGreaterThan: 5}\n")
		w.apply(nobody, change{insert: stations(2)})
		if l := score.Losses(nobody, w.score(nobody)); len(l) != 1 || l[0].Who != score.Platform {
			t.Errorf("nobody answers for it: %+v", l)
		}
		perfect := w.install("dep", beds)
		w.apply(perfect, change{insert: stations(2)})
		if l := score.Losses(perfect, w.score(perfect)); len(l) != 0 {
			t.Errorf("nothing is lost: %+v", l)
		}
	})
}
