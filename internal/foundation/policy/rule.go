package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/cedar-policy/cedar-go"
	publicast "github.com/cedar-policy/cedar-go/ast"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// A rule is one policy, read and compiled.
type rule struct {
	id, text, digest string
	tree             *ast.Policy // as it was read
	broken           bool        // something was wrong with it already
	permit           bool
	actions          []int // by place; all of them when the policy names none
	principal        scope
	resource         scope
	condition        *cedar.Policy // the policy without its scope; nil when nothing more is asked
	tests            []test        // what the condition begins with
	sure             bool          // the condition is these tests and no more
	grain            grain         // how finely it tells columns apart
	climbs           bool          // its condition asks whether the resource is in something
	words            words
	reason           Reason
}

// A grain is how finely a policy tells columns apart.
type grain uint8

const (
	byLevel grain = iota // by how personal they are
	byKind               // also by what they hold
	byName               // each
)

// words are the annotations: what Cedar's yes and no cannot say.
type words struct {
	vi, en, basis string
	rows          rowsWord
	sight         Sight
	masked        bool // the policy says how
	group         int
	purpose       bool // holds once a purpose is named; of a forbid: until then
	strong        bool // likewise a second factor
}

// rowsWord is the value of @rows.
type rowsWord uint8

const (
	rowsUnsaid rowsWord = iota
	rowsNone
	rowsUnit
	rowsOrg
	rowsUnitOrOrg
	rowsAll
)

var rowsWords = []string{"", "none", "unit", "org", "unit-or-org", "all"}

// A scope is what stands before the condition: who, or what.
type scope struct {
	typ    cedar.EntityType // "is T"; "" = any
	entity cedar.EntityUID  // "== E" or "in E"; zero = any
	eq     bool
}

// key is where the scope stands in the index: the narrowest of what it names.
func (s scope) key() cedar.EntityUID {
	if s.entity.IsZero() {
		return cedar.EntityUID{Type: s.typ}
	}
	if s.entity.Type == typeColumn { // found by its data set
		set, _ := columnOf(s.entity)
		return cedar.EntityUID{Type: typeDataset, ID: cedar.String(set)}
	}
	return s.entity
}

// columnOf takes apart the id of a column, "data set/name".
func columnOf(e cedar.EntityUID) (set, name string) {
	id := string(e.ID)
	at := strings.LastIndexByte(id, '/')
	if at < 0 {
		return "", ""
	}
	return id[:at], id[at+1:]
}

// readScope takes apart a principal or resource of the policy.
func readScope(n ast.IsScopeNode) scope {
	switch n := n.(type) {
	case ast.ScopeTypeEq:
		return scope{entity: n.Entity, eq: true}
	case ast.ScopeTypeIn:
		return scope{entity: n.Entity}
	case ast.ScopeTypeIs:
		return scope{typ: n.Type}
	case ast.ScopeTypeIsIn:
		return scope{typ: n.Type, entity: n.Entity}
	default: // ScopeTypeAll: the parser makes no other
		return scope{}
	}
}

// compile makes a rule of a policy that has been parsed. What is wrong with it
// goes into the findings; the rule is usable when none of them is an error.
func (f *findings) compile(p piece, policy *cedar.Policy) *rule {
	tree := (*ast.Policy)(policy.AST())
	r := &rule{text: p.text, tree: tree, permit: policy.Effect() == cedar.Permit, principal: readScope(tree.Principal), resource: readScope(tree.Resource)}
	sum := sha256.Sum256([]byte(p.text))
	r.digest = hex.EncodeToString(sum[:])
	before := len(f.list)
	r.id = strings.TrimSpace(string(policy.Annotations()["id"]))
	f.policy = r.id
	f.actions(r, tree)
	f.annotations(r, policy)
	r.broken = Broken(f.list[before:])
	if len(tree.Conditions) > 0 {
		bare := *tree
		bare.Principal, bare.Action, bare.Resource = ast.ScopeTypeAll{}, ast.ScopeTypeAll{}, ast.ScopeTypeAll{}
		r.condition = cedar.NewPolicyFromAST((*publicast.Policy)(&bare))
	}
	r.tests, r.sure = lift(tree.Conditions)
	for _, c := range tree.Conditions {
		ast.Inspect(ast.NewNode(c.Body), func(n ast.IsNode) bool {
			switch n := n.(type) {
			case ast.NodeTypeAccess:
				switch n.Value {
				case "name":
					r.grain = byName
				case "kind":
					r.grain = max(r.grain, byKind)
				}
			case ast.NodeTypeIn, ast.NodeTypeIsIn:
				r.climbs = true
			case ast.NodeValue:
				if e, ok := n.Value.(cedar.EntityUID); ok && e.Type == typeColumn {
					r.grain = byName
				}
			}
			return true
		})
	}
	if r.resource.entity.Type == typeColumn {
		r.grain = byName
	}
	return r
}

// actions reads which actions the policy is about.
func (f *findings) actions(r *rule, tree *ast.Policy) {
	var named []cedar.EntityUID
	switch n := tree.Action.(type) {
	case ast.ScopeTypeEq:
		named = []cedar.EntityUID{n.Entity}
	case ast.ScopeTypeIn:
		named = []cedar.EntityUID{n.Entity}
	case ast.ScopeTypeInSet:
		named = n.Entities
		if len(named) == 0 {
			f.wrong(tree.Position.Line, tree.Position.Column, "Danh sách hành động để trống.", "The list of actions is empty.")
		}
	default: // every action but see, which is never meant by leaving it out
		for i := range len(actions) - 1 {
			r.actions = append(r.actions, i)
		}
		return
	}
	for _, e := range named {
		i, ok := place[Action(e.ID)]
		if e.Type != typeAction || !ok {
			f.unknown(r.text, string(e.ID), actionWord, actionWords())
			continue
		}
		if !slices.Contains(r.actions, i) {
			r.actions = append(r.actions, i)
		}
	}
}

func actionWords() []string {
	list := make([]string, len(actions))
	for i, a := range actions {
		list[i] = string(a)
	}
	return list
}

// find gives the line and column, from 1, where a quoted word, or else the word
// itself, first stands.
func find(text, word string) (line, column int) {
	at := strings.Index(text, strconv.Quote(word))
	if at < 0 {
		if at = strings.Index(text, word); at < 0 {
			return 1, 1
		}
	}
	line = 1 + strings.Count(text[:at], "\n")
	start := strings.LastIndexByte(text[:at], '\n') + 1
	return line, 1 + len([]rune(text[start:at]))
}
