package issue

import (
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/score"
)

// A key names an issue within its data set.
type key struct{ object, rule, source string }

// What is found is what a data set has now under one key.
type found struct {
	key
	sentIn    *contract.Object // table whose records break the rule; nil: not told by records
	part      score.Part
	criterion contract.Criterion
	group     contract.Group
	identity  bool
	records   int64
	waiting   int64
	mends     string // score.Sender, score.Owner, score.Platform
}

// find tells what is wrong with a data set, by its score. settled are the rules of
// which is known that nobody breaks them any more, or that are gone: what else is
// missing was not measured.
func find(c *contract.Contract, s score.Score) (all []found, settled func(key) bool) {
	measured := map[[2]string]bool{}
	for _, cr := range s.Criteria {
		for _, p := range cr.Parts {
			measured[[2]string{p.Object, p.Rule}] = true
		}
	}
	for _, l := range score.Losses(c, s) {
		if l.Part.Rule == score.Standardised || l.Part.Rule == score.Terms {
			continue // nothing of the data is wrong
		}
		f := found{key: key{l.Part.Object, l.Part.Rule, ""}, part: l.Part, criterion: l.Criterion, records: l.Records, mends: l.Who}
		o, r := ruleOf(c, l.Part)
		switch {
		case l.Part.Rule == score.Age:
			f.group = contract.Stale
			if l.Part.Value >= 75 {
				continue // a little late is not worth a line in the book
			}
		case l.Part.Rule == score.Expectation:
			f.group = contract.Missing
		case r == nil || r.Severity == contract.Note:
			continue
		default:
			f.group, f.identity = r.Group, identity(o, r)
		}
		if r != nil && r.Kind != contract.RuleSet {
			f.sentIn = o
		}
		all = append(all, f)
	}
	settled = func(k key) bool {
		o, r := ruleOf(c, score.Part{Object: k.object, Rule: k.rule})
		ours := k.rule == score.Age || k.rule == score.Expectation
		return o == nil || r == nil && !ours || measured[[2]string{k.object, k.rule}]
	}
	return all, settled
}

// bySource divides a fault among those who have sent its records.
func (f found) bySource(faulty []record.Faulty) (all []found) {
	for _, w := range faulty {
		if w.Rule != f.rule || w.Rows+w.Open == 0 {
			continue
		}
		own := f
		own.source, own.records, own.waiting = w.Sender, w.Rows+w.Open, w.Open
		all = append(all, own)
	}
	if len(all) == 0 { // counted otherwise than by its rows
		all = append(all, f)
	}
	return all
}

// identity reports whether a rule is about what records are known by: the key, or a
// number of the state that belongs to one person or body.
func identity(o *contract.Object, r *contract.Rule) bool {
	if r.Kind == contract.RuleKey {
		return true
	}
	for _, i := range r.Columns {
		for _, k := range o.Key {
			if i == k && r.Kind != contract.RuleReference && r.Kind != contract.RuleSQL {
				return true
			}
		}
		if r.Kind == contract.RuleIdent && o.Columns[i].Personal.Kind == "personal_id" {
			return true
		}
	}
	return false
}

func ruleOf(c *contract.Contract, p score.Part) (*contract.Object, *contract.Rule) {
	for _, o := range c.Objects {
		if o.Dataset != p.Object {
			continue
		}
		for i := range o.Rules {
			if o.Rules[i].ID == p.Rule {
				return o, &o.Rules[i]
			}
		}
		return o, nil
	}
	return nil, nil
}
