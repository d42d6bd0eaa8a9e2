package score

import (
	"time"

	"github.com/phohien/phohien/internal/core/contract"
)

// Formula is the version of the formulas in this file. A change of a formula is
// a new version, here and in docs/score.md and docs/cach-tinh-diem.md.
const Formula = "2026.2"

// layerWeights weigh the kinds of rules (STANDARDS §8.1). Those that a
// criterion does not have leave their share to the others.
var layerWeights = map[contract.Layer]float64{contract.Structure: 20, contract.Business: 30, contract.CrossCheck: 50}

// From these values on a score is xanh, vàng; below it is đỏ.
const (
	goodFrom  = 90
	watchFrom = 75
)

// order is the order of the criteria in the law's phrase.
var order = []contract.Criterion{contract.Valid, contract.Complete, contract.Clean, contract.Live, contract.Consistent, contract.Shared}

// compute turns counts into a score.
func compute(c *contract.Contract, k counts, now time.Time) Score {
	s := Score{Dataset: k.Dataset, Formula: Formula, Seq: k.Seq, At: k.At}
	var measured []float64
	for _, id := range order {
		cr := criterion(id, c, k, now)
		s.Criteria = append(s.Criteria, cr)
		if cr.Value != nil && id != contract.Shared {
			measured = append(measured, *cr.Value)
		}
	}
	if len(measured) > 0 {
		v := mean(measured)
		s.Overall = &v
	}
	s.Band = Band(s.Overall)
	return s
}

// Band names the band of a value; nil is not measured.
func Band(v *float64) string {
	switch {
	case v == nil:
		return None
	case *v >= goodFrom:
		return Good
	case *v >= watchFrom:
		return Watch
	}
	return Poor
}

// mean averages values. It sums what they lack: a hundred stays exactly a
// hundred.
func mean(values []float64) float64 {
	lack := 0.0
	for _, v := range values {
		lack += 100 - v
	}
	return 100 - lack/float64(len(values))
}

// criterion computes one criterion: the mean over the tables in which it is
// measured.
func criterion(id contract.Criterion, c *contract.Contract, k counts, now time.Time) Criterion {
	cr := Criterion{ID: id, Title: titles[id], Parts: []Part{}}
	w := words{id: id, contract: c, counts: k}
	if id == contract.Shared {
		cr.Why = notShared
		return cr
	}
	var values []float64
	var tables [][]Part
	for i, o := range c.Objects {
		t := table{id: id, contract: c, object: o, counts: &k.Objects[i], words: &w}
		if t.counts.population() == 0 {
			if f := c.Frequency; id == contract.Live && f.Every > 0 && f.Object == i {
				w.noMoment(o, true, f.Column)
			}
			continue
		}
		w.population += t.counts.population()
		w.open += t.counts.Open
		if v, measured := t.value(k, now); measured {
			values, tables = append(values, v), append(tables, t.parts)
		}
	}
	for _, parts := range tables {
		for _, p := range parts {
			p.Weight /= float64(len(tables))
			cr.Parts = append(cr.Parts, p)
		}
	}
	if len(values) > 0 {
		v := mean(values)
		cr.Value = &v
	}
	cr.Why = w.why(&cr)
	return cr
}

// A table computes one criterion of one object.
type table struct {
	id       contract.Criterion
	contract *contract.Contract
	object   *contract.Object
	counts   *objectCounts
	words    *words

	parts  []Part
	layers []contract.Layer // of parts
	cells  []bool           // of parts: counts cells, so that more cells weigh more
}

func (t *table) add(layer contract.Layer, cells bool, p Part) {
	p.Object = t.object.Dataset
	t.parts, t.layers, t.cells = append(t.parts, p), append(t.layers, layer), append(t.cells, cells)
}

// value is the weighted mean of the parts, times the factor of đủ.
func (t *table) value(k counts, now time.Time) (v float64, measured bool) {
	for i := range t.object.Rules {
		if r := &t.object.Rules[i]; r.Criterion == t.id && r.Severity != contract.Note {
			t.rule(r)
		}
	}
	switch n := t.counts; {
	case t.id == contract.Clean && n.Shown > 0:
		t.add(contract.Structure, false, counted(Part{Rule: Standardised, Title: titleStandardised}, n.Shown-n.Standardised, n.Shown))
	case t.id == contract.Live:
		t.age(k, now)
	case t.id == contract.Consistent:
		t.terms()
	}
	t.weigh()
	factor := t.expectation()
	if len(t.parts) == 0 {
		return 0, false
	}
	lack, all := 0.0, 0.0
	for _, p := range t.parts {
		lack += p.Weight * (100 - p.Value)
		all += p.Weight
	}
	if all == 0 { // only the factor is there
		return 100 * factor, true
	}
	return (100 - lack/all) * factor, true
}

// counted completes a part by the rule's formula: 100 × valid / population.
func counted(p Part, valid, population int64) Part {
	p.Valid, p.Population = max(valid, 0), population
	p.Value = 100 * float64(p.Valid) / float64(population)
	return p
}

// rule adds the part of a rule, unless it cannot be judged.
func (t *table) rule(r *contract.Rule) {
	p := Part{Rule: r.ID, Title: ruleTitle(t.object, r)}
	if len(r.Columns) > 0 {
		p.Column = t.object.Columns[r.Columns[0]].Name
	}
	n := t.counts
	if what, missing := n.Missing[r.ID]; missing {
		t.words.unmeasured(p.Title, notInstalled(r, what))
		return
	}
	if r.Kind == contract.RuleSet {
		f, there := n.Sets[r.ID]
		if !there || f.Why != (contract.Sentence{}) {
			// Titles of such rules are often alike: only the id tells them apart.
			t.words.unmeasured(contract.Sentence{Vi: p.Title.Vi + " (" + r.ID + ")", En: p.Title.En + " (" + r.ID + ")"}, f.Why)
			return
		}
		valid := int64(1)
		if f.Broken {
			valid = 0
		}
		t.add(r.Layer, false, counted(p, valid, 1))
		return
	}
	population := n.population() - n.Withheld[r.ID]
	if population <= 0 {
		t.words.unmeasured(p.Title, allWithheld)
		return
	}
	t.add(r.Layer, r.Kind == contract.RuleRequired, counted(p, population-n.Broken[r.ID]-n.Unread, population))
	t.words.identity(t.object, r, t.parts[len(t.parts)-1])
}

// terms adds the share of columns that stand for a term in force of the shared
// dictionary and are kept as it is. A column that says why it stands for none is
// left out, and so is everything where there is no dictionary.
func (t *table) terms() {
	if t.contract.Terms == nil {
		return
	}
	var mapped, all int64
	for i := range t.object.Columns {
		c := &t.object.Columns[i]
		if c.NotMapped != "" {
			continue
		}
		if all++; c.Term != "" && t.contract.Terms[c.Term] != "" && !c.TermDiffers {
			mapped++
		}
	}
	if all == 0 {
		return
	}
	t.add(contract.Structure, false, counted(Part{Rule: Terms, Title: titleTerms}, mapped, all))
	t.words.terms(mapped, all)
}

// weigh gives each layer its weight and each part of a layer an equal share of
// it; among required values, which đủ counts cell by cell, the share goes by
// the number of cells.
func (t *table) weigh() {
	parts, cells := map[contract.Layer]float64{}, map[contract.Layer]float64{}
	required, total := map[contract.Layer]float64{}, 0.0
	for i, layer := range t.layers {
		if parts[layer] == 0 {
			total += layerWeights[layer]
		}
		parts[layer]++
		if t.cells[i] {
			required[layer]++
			cells[layer] += float64(t.parts[i].Population)
		}
	}
	for i, layer := range t.layers {
		share := 100 * layerWeights[layer] / total / parts[layer]
		if t.cells[i] {
			share *= required[layer] * float64(t.parts[i].Population) / cells[layer]
		}
		t.parts[i].Weight = share
	}
}

// expectation is the factor min(1, records / expected) of đủ, 1 without an
// expectation. It is shown as a part of its own.
func (t *table) expectation() float64 {
	e := t.counts.Expected
	if t.id != contract.Complete {
		return 1
	}
	if !e.Known {
		if e.Missing != "" {
			t.words.unmeasured(titleExpectation, noExpectation(e.Missing))
		}
		return 1
	}
	p := counted(Part{Rule: Expectation, Title: expectationTitle(e)}, min(t.counts.Rows, e.Records), e.Records)
	t.add(contract.Structure, false, p)
	t.words.expected(p)
	return p.Value / 100
}

// age adds the age of the newest data: 100 within the promised period, from
// there in a straight line to 0 when a whole period has been missed.
func (t *table) age(k counts, now time.Time) {
	f := t.contract.Frequency
	own := f.Object >= 0
	if f.Every == 0 || own && t.contract.Objects[f.Object] != t.object {
		return
	}
	newest := t.counts.Newest
	if !own {
		if t.object != firstWithRecords(t.contract, k) {
			return // one part for the data set, not one a table
		}
		newest = confirmed(k)
	}
	if newest.IsZero() {
		t.words.noMoment(t.object, own, f.Column)
		return
	}
	age := max(now.Sub(newest), 0)
	value := 100 * min(1, max(0, 2-float64(age)/float64(f.Every)))
	p := Part{Rule: Age, Title: ageTitle(t.object, own, f), Population: 1, Value: value}
	if own {
		p.Column = t.object.Columns[f.Column].Name
	}
	if age <= f.Every {
		p.Valid = 1
	}
	t.add(contract.Business, false, p)
	t.words.age(newest, age, f.Every)
}

func firstWithRecords(c *contract.Contract, k counts) *contract.Object {
	for i, o := range c.Objects {
		if k.Objects[i].population() > 0 {
			return o
		}
	}
	return nil
}

// confirmed is the last load of the data set that confirmed rows, of whichever
// table.
func confirmed(k counts) time.Time {
	var last time.Time
	for i := range k.Objects {
		if at := k.Objects[i].Confirmed; at.After(last) {
			last = at
		}
	}
	return last
}
