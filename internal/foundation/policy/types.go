package policy

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"
)

// Attributes of a resource and of the context, for people who write policies
// and for the check of types. request.go fills them in.
var (
	thingWords   = []string{"access", "class", "personal", "units", "orgs", "kind", "name"}
	contextWords = []string{"strong", "inside", "own", "covered", "above", "everywhere", "proposer", "approver", "approvals", "purpose", "rows", "action"}
)

const thingType = `{ access: String, class: String, personal: String, units: Bool, orgs: Bool }`

const columnType = `{ access: String, class: String, personal: String, units: Bool, orgs: Bool, kind: String, name: String }`

const contextType = `{ strong: Bool, inside: Bool, own: Bool, covered: Bool, above: Bool, everywhere: Bool, proposer: Bool, approver: Bool, approvals: Long, purpose: String, rows: String, action: String }`

// validator checks that conditions compare like with like and read what is
// there.
var validator = sync.OnceValue(func() *validate.Validator {
	var b strings.Builder
	who := slices.Sorted(maps.Values(askers))
	what := slices.Sorted(maps.Values(kinds))
	b.WriteString("entity Role;\n")
	for _, t := range who {
		fmt.Fprintf(&b, "entity %s in [Role, Organisation];\n", t)
	}
	for _, t := range what {
		fmt.Fprintf(&b, "entity %s in [Organisation] %s;\n", t, thingType)
	}
	fmt.Fprintf(&b, "entity Column in [Dataset, Organisation] %s;\n", columnType)
	for _, a := range actions {
		on := what
		if a == see {
			on = []cedar.EntityType{typeColumn}
		}
		fmt.Fprintf(&b, "action %q appliesTo { principal: %s, resource: %s, context: %s };\n", a, written(who), written(on), contextType)
	}
	var s schema.Schema
	if err := s.UnmarshalCedar([]byte(b.String())); err != nil {
		panic("policy: schema: " + err.Error()) // made of constants
	}
	resolved, err := s.Resolve()
	if err != nil {
		panic("policy: schema: " + err.Error()) // made of constants
	}
	return validate.New(resolved)
})

// written lists types as a schema has them.
func written(types []cedar.EntityType) string {
	list := make([]string, len(types))
	for i, t := range types {
		list[i] = string(t)
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// types checks the conditions of policies.
func (f *findings) types(rules []*rule) {
	for _, r := range rules {
		f.policy = r.id
		before := len(f.list)
		for _, c := range r.tree.Conditions {
			ast.Inspect(ast.NewNode(c.Body), func(n ast.IsNode) bool { f.node(r, n); return true })
		}
		if len(f.list) > before || r.broken {
			continue
		}
		if err := validator().Policy(r.id, r.tree); err != nil {
			said, _, _ := strings.Cut(err.Error(), "\n")
			said = strings.TrimPrefix(said, "for policy `"+r.id+"`, ")
			line, column := find(r.text, "when")
			vi, en := validatorWords(said)
			f.wrong(line, column, "%[1]s", "%[2]s", "Điều kiện không dùng được: "+vi+".", "The condition cannot be used: "+en+".")
		}
	}
}

var (
	notFound     = regexp.MustCompile("attribute `(.*)` on entity type `(.*)` not found")
	incompatible = regexp.MustCompile(`the types (.*) and (.*) are not compatible`)
)

// validatorWords puts what the check of types says into both languages.
func validatorWords(said string) (vi, en string) {
	if m := notFound.FindStringSubmatch(said); m != nil {
		return fmt.Sprintf("%s không có thuộc tính “%s”", m[2], m[1]), fmt.Sprintf("%s has no attribute “%s”", m[2], m[1])
	}
	if m := incompatible.FindStringSubmatch(said); m != nil {
		return fmt.Sprintf("so sánh hai kiểu khác nhau, %s và %s", m[1], m[2]), said
	}
	if strings.Contains(said, "applicable action") {
		return "phần trong ngoặc sau permit, forbid không khớp với ai hoặc đối tượng nào; vai trò viết principal in Role::\"…\", cơ quan viết in Organisation::\"…\", trường thông tin chỉ đi với hành động see",
			"nobody and nothing fits what stands in brackets; a role is written principal in Role::\"…\", an agency in Organisation::\"…\", columns go with the action see only"
	}
	return said, said
}

// values are the words that some attributes have.
var values = map[string][]string{
	"resource.access": accesses, "resource.class": classes[1:], "resource.personal": personal, "context.rows": {"all", "some"},
	"context.action": actionWords()[:len(actions)-1],
}

// node checks one node of a condition.
func (f *findings) node(r *rule, n ast.IsNode) {
	switch n := n.(type) {
	case ast.NodeTypeAccess:
		name, ok := attribute(n)
		if !ok {
			return
		}
		holder, word, _ := strings.Cut(name, ".")
		if holder != "resource" && holder != "context" {
			line, column := find(r.text, name)
			f.wrong(line, column, "%[1]s không có thuộc tính. Người hỏi: viết principal in Role::\"…\" hoặc principal in Organisation::\"…\"; điều khác có trong context.",
				"%[1]s has no attributes. Who asks: principal in Role::\"…\" or principal in Organisation::\"…\"; the rest is in context.", holder)
			return
		}
		list := map[string][]string{"resource": thingWords, "context": contextWords}[holder]
		if !slices.Contains(list, word) {
			f.unknown(r.text, word, attributeWord, list)
		}
	case ast.NodeTypeEquals:
		f.equals(r, n.Left, n.Right)
		f.equals(r, n.Right, n.Left)
	case ast.NodeTypeNotEquals:
		f.equals(r, n.Left, n.Right)
		f.equals(r, n.Right, n.Left)
	case ast.NodeTypeAdd, ast.NodeTypeSub, ast.NodeTypeMult, ast.NodeTypeNegate, ast.NodeTypeExtensionCall:
		line, column := find(r.text, "when")
		f.wrong(line, column, "Điều kiện chỉ so sánh, không tính toán và không gọi hàm: bỏ phép tính, hàm trong điều kiện.",
			"A condition compares; it does not calculate and calls no functions. Take them out.")
	}
}

// attribute names resource.x and context.x.
func attribute(n ast.IsNode) (string, bool) {
	a, ok := n.(ast.NodeTypeAccess)
	if !ok {
		return "", false
	}
	v, ok := a.Arg.(ast.NodeTypeVariable)
	return string(v.Name) + "." + string(a.Value), ok
}

// equals checks the word that an attribute is compared with: one that it never
// has makes the policy silently empty, or a forbid silently toothless.
func (f *findings) equals(r *rule, left, right ast.IsNode) {
	name, ok := attribute(left)
	list := values[name]
	v, is := right.(ast.NodeValue)
	word, text := v.Value.(cedar.String)
	if !ok || !is || !text || list == nil || word == "" || slices.Contains(list, string(word)) {
		return
	}
	f.unknown(r.text, string(word), noun{"giá trị của " + name, "value of " + name}, list)
}
