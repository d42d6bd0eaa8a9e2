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
	r := w.rules[id]
	if r == nil {
		// The contract has changed since: what is left is the rule's id.
		return Broken{Rule: id,
			MessageVi: locale.Vi.T("fault.gone", id), MessageEn: locale.En.T("fault.gone", id),
			ExpectedVi: locale.Vi.T("fault.gone", id), ExpectedEn: locale.En.T("fault.gone", id)}
	}
	f := Broken{Rule: id, Group: r.Group, Severity: r.Severity, ExpectedVi: r.Expected.Vi, ExpectedEn: r.Expected.En}
	if len(r.Columns) > 0 {
		c := &w.obj.Columns[r.Columns[0]]
		f.Column, f.Title = c.Name, c.Title
		f.Value = w.values(r.Columns, raw)
	}
	f.MessageVi, f.MessageEn = message(locale.Vi, r, f), message(locale.En, r, f)
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

// longest is how much of a value a sentence quotes.
const longest = 160

func message(l locale.Lang, r *contract.Rule, f Broken) string {
	value := f.Value
	if utf8.RuneCountInString(value) > longest {
		value = string([]rune(value)[:longest]) + "…"
	}
	expected := Demand(l, r)
	switch {
	case f.Column == "":
		return expected
	case len(r.Columns) > 1 && value != "":
		return l.T("fault.values", expected, value)
	case value == "":
		return l.T("fault.empty", f.Title, expected)
	}
	return l.T("fault.value", f.Title, value, expected)
}

// Demand is the sentence of what a rule asks for. Contracts word it in two ways:
// as a whole sentence, or as the rest of "must be …".
func Demand(l locale.Lang, r *contract.Rule) string {
	said := r.Expected.Vi
	if l == locale.En {
		said = r.Expected.En
	}
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
