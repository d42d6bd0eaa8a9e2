package odcs

import (
	"reflect"
	"slices"
	"strings"
)

// ruleName names a quality rule by what stays when it is reworded.
func ruleName(q QualityRule) (id, name string) {
	for _, n := range []string{q.Name, q.Metric, q.Rule, q.Query, q.Description} {
		if n != "" {
			return q.ID, n
		}
	}
	return q.ID, q.Kind()
}

func (c *comparison) rules(path, name string, a, b []QualityRule) {
	match := pair(a, b, ruleName)
	for j, q := range b {
		at := joinIndex(path, j)
		_, label := ruleName(q)
		i := match.old(j)
		if i < 0 {
			c.add(ChangedRuleAdded, at, under(name, label), nil, label, addedRule(q))
			continue
		}
		c.rule(at, under(name, label), a[i], q)
	}
	for _, i := range match.removed() {
		_, label := ruleName(a[i])
		c.add(ChangedRuleRemoved, joinIndex(path, i), under(name, label), label, nil, widened)
	}
}

// refuses tells whether a broken rule keeps data out: its severity is error, or
// it lists the values allowed.
func refuses(q QualityRule) bool {
	return q.Kind() != "text" && (strings.EqualFold(q.Severity, "error") || q.Values() != nil)
}

func addedRule(q QualityRule) verdict {
	if refuses(q) {
		return narrowed
	}
	return verdict{vi: "Quy tắc chỉ cảnh báo hoặc mô tả.", en: "The rule only warns or describes."}
}

func (c *comparison) rule(path, name string, a, b QualityRule) {
	if old, new := a.Values(), b.Values(); !reflect.DeepEqual(old, new) {
		c.add(ChangedValidValues, path, name, anyList(old), anyList(new), valuesVerdict(old, new))
	}
	oldOp, oldOperands, _ := a.Operator()
	newOp, newOperands, _ := b.Operator()
	if oldOp != newOp || !reflect.DeepEqual(oldOperands, newOperands) {
		v := widened
		if refuses(b) && !looser(oldOp, newOp, oldOperands, newOperands) {
			v = narrowed
		}
		c.add(ChangedRule, path, name, operatorText(oldOp, oldOperands), operatorText(newOp, newOperands), v)
	}
	if a.Kind() != b.Kind() || a.Query != b.Query || a.Unit != b.Unit || !reflect.DeepEqual(a.Implementation, b.Implementation) {
		v := neutral
		if refuses(b) {
			v = narrowed
		}
		c.add(ChangedRule, path, name, a.Kind(), b.Kind(), v)
	}
	if !strings.EqualFold(a.Severity, b.Severity) {
		v := widened
		if strings.EqualFold(b.Severity, "error") {
			v = narrowed
		}
		c.add(ChangedRule, path+"/severity", name, a.Severity, b.Severity, v)
	}
	except := append([]string{"arguments", "validValues", "type", "query", "unit", "implementation", "severity"}, operators...)
	c.fields(path, name, reflect.ValueOf(a), reflect.ValueOf(b), except...)
	oldArguments, newArguments := without(a.Arguments, "validValues"), without(b.Arguments, "validValues")
	if !reflect.DeepEqual(oldArguments, newArguments) {
		v := neutral
		if refuses(b) {
			v = narrowed
		}
		c.add(ChangedRule, path+"/arguments", name, oldArguments, newArguments, v)
	}
}

func anyList(list []any) any {
	if list == nil {
		return nil
	}
	return list
}

func without(m map[string]any, key string) map[string]any {
	rest := map[string]any{}
	for k, v := range m {
		if k != key {
			rest[k] = v
		}
	}
	return rest
}

func valuesVerdict(old, new []any) verdict {
	switch {
	case new == nil:
		return widened
	case old == nil:
		return narrowed
	}
	for _, v := range old {
		if !slices.ContainsFunc(new, func(w any) bool { return reflect.DeepEqual(v, w) }) {
			return narrowed
		}
	}
	return widened
}

// looser tells whether the new comparison admits all the old one did.
func looser(oldOp, newOp string, old, new []any) bool {
	if newOp == "" {
		return true
	}
	if oldOp != newOp {
		return false
	}
	first, ok := compareLimits(old[0], new[0])
	if !ok {
		return false
	}
	last, _ := compareLimits(old[len(old)-1], new[len(new)-1])
	switch newOp {
	case "mustBeLessThan", "mustBeLessOrEqualTo":
		return first <= 0
	case "mustBeGreaterThan", "mustBeGreaterOrEqualTo":
		return first >= 0
	case "mustBeBetween":
		return first >= 0 && last <= 0
	case "mustNotBeBetween":
		return first <= 0 && last >= 0
	}
	return false
}

func operatorText(name string, operands []any) any {
	if name == "" {
		return nil
	}
	parts := make([]string, len(operands))
	for i, o := range operands {
		parts[i] = text(o)
	}
	return name + " " + strings.Join(parts, " ")
}
