// Package faults puts into words why a line did not pass: which field, what was
// sent, what was expected. The store keeps only the cells and the ids of the
// broken rules, so that a value is worded for each reader when it is read.
package faults

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// A Broken is one rule that a line breaks.
type Broken struct {
	Rule       string            `json:"rule"`
	Column     string            `json:"column" doc:"Name of the field, \"\" when the rule is about the whole line"`
	Title      string            `json:"title" doc:"Its title"`
	Group      contract.Group    `json:"group,omitempty" doc:"Error group of the national guidance"`
	Severity   contract.Severity `json:"severity,omitempty"`
	Value      string            `json:"value" doc:"What was sent"`
	ExpectedVi string            `json:"expected_vi"`
	ExpectedEn string            `json:"expected_en"`
	MessageVi  string            `json:"message_vi"`
	MessageEn  string            `json:"message_en"`
}

// Words knows the rules of one object.
type Words struct {
	obj   *contract.Object
	rules map[string]*contract.Rule
	units quality.Resolver // the register of administrative units, or nil
}

// With is w with the register of units at hand, to list the candidates for a
// unit that could not be made out.
func (w *Words) With(units quality.Resolver) *Words {
	with := *w
	with.units = units
	return &with
}

// For prepares the words of an object's rules, those of the platform included.
func For(obj *contract.Object) (*Words, error) {
	p, err := quality.Compile(obj)
	if err != nil {
		return nil, err
	}
	w := &Words{obj: obj, rules: map[string]*contract.Rule{}}
	for _, list := range [][]contract.Rule{obj.Rules, p.Rules} {
		for i := range list {
			w.rules[list[i].ID] = &list[i]
		}
	}
	return w, nil
}

// Units is the register of units, or nil.
func (w *Words) Units() quality.Resolver { return w.units }

// Rule finds a rule by its id; nil when the contract has it no more.
func (w *Words) Rule(id string) *contract.Rule { return w.rules[id] }

// Of words all faults of a line.
func (w *Words) Of(l record.QuarantineLine) []Broken {
	all := make([]Broken, len(l.Faults))
	for i, id := range l.Faults {
		all[i] = w.fault(id, l.Raw)
	}
	return all
}

func (w *Words) fault(id string, raw []string) Broken {
	e := quality.ExplainWith(w.units, w.obj, id, raw)
	f := Broken{
		Rule: id, Column: e.Column, Title: e.Title, Group: e.Group, Severity: e.Severity,
		ExpectedVi: e.Expected.Vi, ExpectedEn: e.Expected.En, MessageVi: e.Why.Vi, MessageEn: e.Why.En,
	}
	if e.Column != "" {
		f.Value = w.values(w.rules[id].Columns, raw)
		f.MessageVi, f.MessageEn = e.Title+": "+e.Why.Vi, e.Title+": "+e.Why.En
	}
	return f
}

// values are the cells that a rule looks at, as they were sent.
func (w *Words) values(columns []int, raw []string) string {
	if len(raw) != len(w.obj.Columns) { // a broken line is kept as it stands in the file
		return ""
	}
	if len(columns) == 1 {
		return raw[columns[0]]
	}
	// Several cells are told apart by their titles.
	var all []string
	for _, c := range columns {
		if raw[c] != "" {
			all = append(all, w.obj.Columns[c].Title+": "+raw[c])
		}
	}
	return strings.Join(all, "; ")
}

// Demand is the sentence of what a rule asks for. Contracts word it in two ways:
// as a whole sentence, or as the rest of "must be …".
func Demand(l locale.Lang, r *contract.Rule) string {
	said := l.Of(r.Expected.Vi, r.Expected.En)
	first, _ := utf8.DecodeRuneInString(said)
	if unicode.IsUpper(first) || said == "" {
		return strings.TrimSuffix(said, ".") + "."
	}
	switch r.Kind {
	case contract.RuleRequired:
		return l.T("fault.must-hold-value", said)
	case contract.RuleLength, contract.RuleKey:
		return l.T("fault.must-have", said)
	case contract.RuleSQL, contract.RuleSet:
		return l.T("fault.must", said)
	}
	if strings.HasPrefix(said, "dấu ") || strings.HasPrefix(said, "số ô ") {
		return l.T("fault.must-have", said)
	}
	return l.T("fault.must-be", said)
}
