package policy

import (
	"slices"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// check looks at policies together and against the settings: ids that stand
// twice, types and roles that there are not.
func check(rules []*rule, s *settings) []Finding {
	f := &findings{}
	seen := map[string]bool{}
	for _, r := range rules {
		f.policy = r.id
		if seen[r.id] {
			line, column := find(r.text, "@id")
			f.wrong(line, column, "Mã chính sách “%s” ghi hai lần.", "The policy's id %q stands twice.", r.id)
		}
		seen[r.id] = true
		f.scope(r, r.principal, askerTypes, s)
		f.scope(r, r.resource, thingTypes, s)
		for _, c := range r.tree.Conditions {
			ast.Inspect(ast.NewNode(c.Body), func(n ast.IsNode) bool {
				f.named(r, n, s)
				return true
			})
		}
	}
	return f.list
}

// The types that may stand in the scope of a principal and of a resource.
var (
	askerTypes = typeWords(askers, "Role", "Organisation")
	thingTypes = typeWords(kinds, "Column")
)

func typeWords(m map[string]cedar.EntityType, list ...string) []string {
	for _, t := range m {
		list = append(list, string(t))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// scope checks whom or what a policy is about.
func (f *findings) scope(r *rule, sc scope, types []string, s *settings) {
	for _, t := range []string{string(sc.typ), string(sc.entity.Type)} {
		if t != "" && !slices.Contains(types, t) {
			f.unknown(r.text, t, kindWord, types)
			return
		}
	}
	if !sc.entity.IsZero() {
		f.entity(r, sc.entity, s)
	}
}

// named checks the entities that a condition names.
func (f *findings) named(r *rule, n ast.IsNode, s *settings) {
	switch n := n.(type) {
	case ast.NodeValue:
		if e, ok := n.Value.(cedar.EntityUID); ok {
			f.entity(r, e, s)
		}
	case ast.NodeTypeIs:
		if t := string(n.EntityType); !slices.Contains(askerTypes, t) && !slices.Contains(thingTypes, t) {
			f.unknown(r.text, t, kindWord, slices.Concat(askerTypes, thingTypes))
		}
	}
}

// entity checks a single one that is named.
func (f *findings) entity(r *rule, e cedar.EntityUID, s *settings) {
	switch id := string(e.ID); {
	case id == "":
		line, column := find(r.text, string(e.Type))
		f.wrong(line, column, "Mã trong %s để trống.", "The id in %s is empty.", e)
	case e.Type == typeColumn:
		if set, name := columnOf(e); set == "" || name == "" {
			line, column := find(r.text, id)
			f.wrong(line, column, "Trường thông tin viết là Column::\"bộ-dữ-liệu/tên_trường\", không phải %s.", "A column is written Column::\"data-set/name\", not %s.", e)
		}
	case e.Type == typeRole && s.roles[id] == nil:
		f.unknown(r.text, id, roleWord, s.roleWords())
	case e.Type == typeAction && place[Action(id)] == 0 && Action(id) != actions[0]:
		f.unknown(r.text, id, actionWord, actionWords())
	}
}
