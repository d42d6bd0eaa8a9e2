package policy

import (
	"slices"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// A test is a comparison at the head of a condition that needs no Cedar: one
// attribute of the resource with words. Most policies about columns begin with
// one, and most columns fail it.
type test struct {
	attribute string
	words     []string
	equal     bool // it is one of them; else it is none of them
}

// lift takes the tests off the head of a policy's first condition. all says
// that nothing else is in its conditions. Cedar judges from the left and stops
// at the first part that does not hold, so a test may be taken only when every
// part before it was.
func lift(conditions []ast.ConditionType) (tests []test, all bool) {
	if len(conditions) == 0 || conditions[0].Condition != ast.ConditionWhen {
		return nil, false
	}
	tests, all = liftNode(conditions[0].Body, nil)
	return tests, all && len(conditions) == 1
}

// liftNode goes down the left side of "a && b && c".
func liftNode(n ast.IsNode, tests []test) ([]test, bool) {
	if and, ok := n.(ast.NodeTypeAnd); ok {
		tests, all := liftNode(and.Left, tests)
		if !all {
			return tests, false
		}
		return liftNode(and.Right, tests)
	}
	var of ast.IsNode
	t := test{equal: true}
	ok := false
	switch n := n.(type) {
	case ast.NodeTypeEquals:
		of = n.Left
		t.words, ok = stringsOf([]ast.IsNode{n.Right})
	case ast.NodeTypeNotEquals:
		of, t.equal = n.Left, false
		t.words, ok = stringsOf([]ast.IsNode{n.Right})
	case ast.NodeTypeContains:
		of = n.Right
		if list, is := n.Left.(ast.NodeTypeSet); is {
			t.words, ok = stringsOf(list.Elements)
		}
	}
	name, is := attribute(of)
	holder, word, _ := strings.Cut(name, ".")
	if !ok || !is || holder != "resource" || !slices.Contains([]string{"access", "class", "personal", "kind", "name"}, word) {
		return tests, false
	}
	t.attribute = word
	return append(tests, t), true
}

// stringsOf reads strings; false when there is anything else.
func stringsOf(nodes []ast.IsNode) ([]string, bool) {
	list := make([]string, 0, len(nodes))
	for _, n := range nodes {
		value, _ := n.(ast.NodeValue)
		word, ok := value.Value.(cedar.String)
		if !ok {
			return nil, false
		}
		list = append(list, string(word))
	}
	return list, len(list) > 0
}

// passes reports whether the tests of a policy hold; when they do not, neither
// does its condition.
func (q *request) passes(r *rule) bool {
	for _, t := range r.tests {
		var has string
		switch t.attribute {
		case "access":
			has = known(accesses, q.what.Access, AccessRestricted)
		case "class":
			has = known(classes, q.what.Class, "")
		case "personal":
			if has = q.level; q.column != nil {
				has = q.column.pii()
			}
		case "kind":
			if q.column == nil {
				return true // Cedar says what is wrong with it
			}
			has = q.column.Kind
		case "name":
			if q.column == nil || q.resource.ID == "" {
				return true
			}
			has = q.column.Name
		}
		if slices.Contains(t.words, has) != t.equal {
			return false
		}
	}
	return true
}

// columnOnly reports whether the tests look at what only columns have.
func (r *rule) columnOnly() bool {
	return slices.ContainsFunc(r.tests, func(t test) bool { return t.attribute == "kind" || t.attribute == "name" })
}
