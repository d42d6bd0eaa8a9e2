package policy

import (
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cedar-policy/cedar-go"
	publicast "github.com/cedar-policy/cedar-go/ast"
	"pgregory.net/rapid"
)

func shipped(t testing.TB) *snapshot {
	t.Helper()
	p, _, err := Load(os.DirFS("../../../packs/viet-nam/policies"))
	if err != nil {
		t.Fatal(err)
	}
	return p.now.Load()
}

// more are policies of the sorts that provinces and agreements add.
const more = `
@id("x.1") @vi("x") @rows("all") permit (principal == Program::"p1", action in [Action::"read", Action::"describe"], resource == Dataset::"d1");
@id("x.2") @vi("x") permit (principal == Program::"p1", action == Action::"see", resource in Dataset::"d1") when { ["c1", "c2"].contains(resource.name) };
@id("x.3") @vi("x") @mask("year") forbid (principal, action == Action::"see", resource == Column::"d1/c1");
@id("x.4") @vi("x") @rows("unit") permit (principal in Organisation::"o1", action == Action::"read", resource in Organisation::"o2");
@id("x.5") @vi("x") forbid (principal is Company, action, resource is Dataset) unless { resource in Organisation::"o1" };
@id("x.6") @vi("x") @rows("all") @purpose("required") permit (principal is Person in Role::"analyst", action == Action::"read", resource is Dataset in Organisation::"o2");
@id("x.7") @vi("x") forbid (principal in Organisation::"o2", action == Action::"export", resource) when { principal in Role::"data_steward" && !(resource in Organisation::"o2") };
@id("x.8") @vi("x") forbid (principal, action, resource == Organisation::"o1") when { resource has access && resource.access == "restricted" && context.inside };
@id("x.9") @vi("x") @mask("hash") permit (principal, action == Action::"see", resource is Column) when { resource.kind == "name" || resource == Column::"d2/c3" };
@id("x.10") @vi("x") @mask("hidden") forbid (principal, action == Action::"see", resource in Column::"d2/c0");
@id("x.11") @vi("x") @mask("year") forbid (principal, action == Action::"see", resource) when { resource.personal != "none" && resource.kind == "birth" && context.inside };
@id("x.12") @vi("x") @rows("all") permit (principal, action == Action::"read", resource is Dataset) when { "open" == resource.access && resource.class == "core" };
@id("x.13") @vi("x") forbid (principal, action == Action::"read", resource) when { context.inside && resource.class != "" } when { resource.access == "shared" };
@id("x.14") @vi("x") forbid (principal, action == Action::"read", resource) unless { resource.class != "important" } when { resource.access != "open" };
@id("x.15") @vi("x") forbid (principal, action == Action::"read", resource is Batch) when { resource.access == "open" && (resource.class == "core" && resource.personal == "basic") };
@id("x.16") @vi("x") forbid (principal, action, resource) when { (resource.access == "open" || resource.class == "core") && resource.personal == "basic" };
@id("x.17") @vi("x") @mask("hash") forbid (principal, action == Action::"see", resource is Column) when { resource.kind == "name" && resource.name == "c2" };
`

func extended(t testing.TB) *snapshot {
	t.Helper()
	set := shipped(t)
	f := &findings{}
	rules := f.readFile(more)
	f.types(rules)
	if len(f.list) > 0 {
		t.Fatal(f.list)
	}
	all := slices.Concat(set.rules, rules)
	if list := check(all, set.settings); len(list) > 0 {
		t.Fatal(list)
	}
	return assemble(2, all, set.settings)
}

func someOf(t *rapid.T, label string, list ...string) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(list), 0, len(list), rapid.ID[string]).Draw(t, label)
}

func drawWho(t *rapid.T) Who {
	one := func(label string, list ...string) string { return rapid.SampledFrom(list).Draw(t, label) }
	return Who{Kind: one("kind", "", "person", "person", "program", "company", "emergency", "system"), ID: one("id", "", "p1", "p2"), Org: one("org", "", "o1", "o2", "o3"),
		Orgs: someOf(t, "orgs", "o1", "o2", "o3"), Covers: someOf(t, "covers", "o1", "o2"), Units: someOf(t, "units", "11953", "*"),
		Roles: someOf(t, "roles", allRoles...), Strong: rapid.Bool().Draw(t, "strong"), Inside: rapid.Bool().Draw(t, "inside")}
}

func drawWhat(t *rapid.T) What {
	one := func(label string, list ...string) string { return rapid.SampledFrom(list).Draw(t, label) }
	w := What{Kind: one("what", KindDataset, KindDataset, KindDataset, KindBatch, KindContract, KindOrg, KindSelf, KindPolicy, KindAccount), ID: one("thing", "d1", "d2", "o1", ""),
		Owner: one("owner", "", "o1", "o2"), Access: one("access", "", AccessOpen, AccessShared, AccessRestricted, "odd"), Class: one("class", "", "core", "important", "other"),
		UnitColumn: one("unit", "", "c0"), OrgColumn: one("agency", "", "c0"), Proposer: one("proposer", "", "person:p1", "program:p1"), Approvals: rapid.IntRange(-1, 3).Draw(t, "approvals"),
		Approvers: rapid.SampledFrom([][]string{nil, {"person:p1"}, {"person:p2", "program:p1"}}).Draw(t, "approvers")}
	for i := range rapid.IntRange(0, 4).Draw(t, "columns") {
		w.Columns = append(w.Columns, Column{Name: fmt.Sprintf("c%d", i), PII: one("pii", "", "none", "basic", "sensitive", "odd"), Kind: one("holds", "", "personal_id", "name", "birth", "health")})
	}
	return w
}

func drawAsk(t *rapid.T) (Who, Action, What, Purpose) {
	return drawWho(t), rapid.SampledFrom(actions[:len(actions)-1]).Draw(t, "action"), drawWhat(t), Purpose{Code: rapid.SampledFrom([]string{"", "giai-quyet-tthc", "không có"}).Draw(t, "purpose")}
}

// whole judges a policy as Cedar itself does, scope and all, with every entity
// made.
func whole(t *rapid.T, q *request, r *rule) bool {
	entities := cedar.EntityMap{
		q.principal: {UID: q.principal, Parents: cedar.NewEntityUIDSet(q.keys[3:]...)},
		q.resource:  {UID: q.resource, Parents: cedar.NewEntityUIDSet(q.above()...), Attributes: q.attributes()},
	}
	set := cedar.PolicyMap{"x": cedar.NewPolicyFromAST((*publicast.Policy)(r.tree))}
	_, diagnostic := cedar.Authorize(set, entities, q.env)
	if len(diagnostic.Errors) > 0 {
		t.Fatalf("%s: %v", r.id, diagnostic.Errors)
	}
	return len(diagnostic.Reasons) > 0
}

// TestIndex: what the index and the scopes find is exactly what Cedar finds by
// judging every policy whole, for actions and for columns.
func TestIndex(t *testing.T) {
	set := extended(t)
	rapid.Check(t, func(t *rapid.T) {
		who, action, what, purpose := drawAsk(t)
		q := &request{}
		if !q.ask(set, &who, action, &what, purpose) {
			return
		}
		compare := func() {
			q.ready()
			found := map[string]bool{}
			set.each(q, func(r *rule) {
				if q.scoped(r) && q.condition(r) == Holds {
					if found[r.id] {
						t.Fatalf("%s is found twice", r.id)
					}
					found[r.id] = true
				}
			})
			for _, r := range set.rules {
				// A policy that names no action is about all but the look at columns.
				want := whole(t, q, r) && !(actions[q.action] == see && len(r.actions) == len(actions)-1)
				if got := found[r.id]; got != want {
					t.Fatalf("%s: %v by the index, %v by Cedar", r.id, got, want)
				}
			}
		}
		compare()
		q.look("some")
		for i := range what.Columns {
			q.at(&what.Columns[i])
			compare()
		}
	})
}

// TestClasses: columns that are judged once for all that are alike are seen as
// if each had been judged by every policy.
func TestClasses(t *testing.T) {
	set := extended(t)
	rapid.Check(t, func(t *rapid.T) {
		who, action, what, purpose := drawAsk(t)
		d := set.allow(&who, action, &what, purpose)
		if !d.Allowed || !bringsRows(action) {
			return
		}
		q := &request{}
		q.ask(set, &who, action, &what, purpose)
		rows := "some"
		if d.Rows.All {
			rows = "all"
		}
		q.look(rows)
		q.ready()
		for i := range what.Columns {
			c := &what.Columns[i]
			q.at(c)
			want, _, _ := set.glimpse(q, set.about(q)).sight(set.settings.mask(c.pii(), c.Kind))
			if got := d.Columns[c.Name]; got != want {
				t.Fatalf("%s: %v, judged alone %v", c.Name, got, want)
			}
		}
	})
}

// about lists the policies about columns that name who asks.
func (set *snapshot) about(q *request) []*rule {
	return slices.DeleteFunc(slices.Clone(set.rules), func(r *rule) bool {
		return !slices.Contains(r.actions, place[see]) || !r.principal.in(q.principal, q.keys[3:])
	})
}

// TestShipped: every file of the standard set is named in it, and every policy
// speaks both languages.
func TestShipped(t *testing.T) {
	set := shipped(t)
	names, err := fs.Glob(os.DirFS("../../../packs/viet-nam/policies"), "*.cedar")
	if err != nil || !slices.Equal(names, set.settings.Files) {
		t.Errorf("files %v, named %v, %v", names, set.settings.Files, err)
	}
	for _, r := range set.rules {
		if r.words.en == r.words.vi || !strings.HasSuffix(r.words.vi, ".") || !strings.HasSuffix(r.words.en, ".") {
			t.Errorf("%s: %q %q", r.id, r.words.vi, r.words.en)
		}
	}
	for _, role := range set.settings.RoleList {
		if role.Vi == role.ID {
			t.Errorf("the role %s has no name", role.ID)
		}
	}
	for _, a := range actions {
		if vi, en := a.Words(); vi == string(a) || en == "" {
			t.Errorf("the action %s has no words", a)
		}
	}
}

// TestParallel: many ask at once and get what one who asks alone gets.
func TestParallel(t *testing.T) {
	alone, together := crowded(t, 100), crowded(t, 100)
	var want []Decision
	for _, a := range askings() {
		want = append(want, alone.allow(&a.who, a.action, &a.what, a.purpose))
	}
	var g sync.WaitGroup
	for range 8 {
		g.Go(func() {
			for range 50 {
				for i, a := range askings() {
					if got := together.allow(&a.who, a.action, &a.what, a.purpose); !reflect.DeepEqual(got, want[i]) {
						t.Errorf("%s: %+v, alone %+v", a.name, got, want[i])
					}
				}
			}
		})
	}
	g.Wait()
}
