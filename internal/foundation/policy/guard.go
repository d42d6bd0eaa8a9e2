package policy

import (
	"slices"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// mendable reports whether somebody could still sign in and change the
// policies: the holder of some role, or somebody whom a policy names.
func (set *snapshot) mendable() bool {
	for _, who := range set.menders() {
		if set.allow(&who, SignIn, &What{Kind: KindSelf}, Purpose{}).Allowed && set.allow(&who, EditPolicy, &What{Kind: KindPolicy}, Purpose{}).Allowed {
			return true
		}
	}
	return false
}

// menders are those who might: the holder of each role, by day, with a second
// factor, and every person whom a policy about this names.
func (set *snapshot) menders() []Who {
	var list []Who
	for _, r := range set.settings.RoleList {
		if r.ID != RolePublic && r.ID != RoleEmergency {
			list = append(list, Who{Kind: "person", ID: "?", Roles: []string{RoleOfficial, r.ID}, Units: []string{"*"}, Strong: true, Inside: true})
		}
	}
	for _, r := range set.rules {
		if e := r.principal.entity; r.permit && e.Type == typePerson && !e.IsZero() {
			list = append(list, Who{Kind: "person", ID: string(e.ID), Roles: []string{RoleOfficial}, Units: []string{"*"}, Strong: true, Inside: true})
		}
	}
	return list
}

// danger warns of what a policy opens or shuts more widely than its author may
// have meant.
func (f *findings) danger(r *rule) {
	line, column := find(r.text, "permit")
	anybody := r.principal == (scope{}) && r.permit
	switch {
	case anybody && r.condition == nil && r.resource == (scope{}):
		f.warn(line, column, "Chính sách cho phép mọi người, kể cả không có tài khoản, với mọi đối tượng, không có điều kiện.",
			"This permits everybody, also without an account, everything, without a condition.")
	case anybody && r.condition == nil:
		f.warn(line, column, "Chính sách cho phép mọi người, kể cả không có tài khoản, không có điều kiện.",
			"This permits everybody, also without an account, without a condition.")
	case r.permit && r.condition == nil && r.resource == (scope{}) && r.words.rows == rowsAll && r.shows():
		f.warn(line, column, "Chính sách cho xem mọi bản ghi của mọi đối tượng, không có điều kiện.",
			"This shows every row of everything, without a condition.")
	}
	if r.permit && r.sees() && r.words.sight.Mask == Clear && !r.words.purpose && !r.mentions("personal") {
		f.warn(line, column, "Chính sách cho xem đầy đủ trường thông tin mà không xét có phải dữ liệu cá nhân hay không và không đòi nêu mục đích.",
			"This shows columns in clear whether they are personal or not, and asks for no purpose.")
	}
	if !r.permit && r.principal == (scope{}) && r.condition == nil {
		line, column = find(r.text, "forbid")
		f.warn(line, column, "Chính sách cấm mọi người, không có điều kiện; không chính sách cho phép nào thắng được.",
			"This forbids it to everybody, without a condition; no permit outweighs it.")
	}
}

// shows reports whether a policy is about actions that show rows.
func (r *rule) shows() bool {
	for _, i := range r.actions {
		if bringsRows(actions[i]) {
			return true
		}
	}
	return false
}

// sees reports whether a policy is about columns.
func (r *rule) sees() bool { return slices.Contains(r.actions, place[see]) }

// mentions reports whether the condition looks at an attribute.
func (r *rule) mentions(attribute cedar.String) bool {
	if r.condition == nil {
		return false
	}
	found := false
	for _, c := range (*ast.Policy)(r.condition.AST()).Conditions {
		ast.Inspect(ast.NewNode(c.Body), func(n ast.IsNode) bool {
			if a, ok := n.(ast.NodeTypeAccess); ok && a.Value == attribute {
				found = true
			}
			return true
		})
	}
	return found
}
