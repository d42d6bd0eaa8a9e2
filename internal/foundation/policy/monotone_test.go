package policy

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// wider names something that d shows or allows and e does not, "" when there is
// nothing.
func wider(d, e Decision) string {
	switch {
	case !d.Allowed:
		return ""
	case !e.Allowed:
		return "it is allowed"
	case d.Rows.All && !e.Rows.All:
		return "all rows"
	case !e.Rows.All && (!subset(d.Rows.Units, e.Rows.Units) || !subset(d.Rows.Orgs, e.Rows.Orgs)):
		return "more rows"
	case d.SmallestGroup < e.SmallestGroup:
		return "smaller groups"
	case d.Rows.All != e.Rows.All:
		return "" // fewer rows: of these more columns may be seen, as of one's own
	}
	for name, s := range e.Columns {
		if d.Columns[name].stricter(s) != d.Columns[name] {
			return "more of " + name
		}
	}
	return ""
}

func subset(a, b []string) bool {
	for _, s := range a {
		if !slices.Contains(b, s) {
			return false
		}
	}
	return true
}

// forbids are what somebody might add.
const forbids = `
@id("y.1") @vi("y") forbid (principal, action == Action::"read", resource) when { context.inside };
@id("y.2") @vi("y") @strong("required") forbid (principal in Role::"official", action, resource);
@id("y.3") @vi("y") @mask("last4") @match("true") forbid (principal, action == Action::"see", resource is Column) when { resource.kind == "personal_id" };
@id("y.4") @vi("y") @mask("hash") forbid (principal is Person, action == Action::"see", resource);
@id("y.5") @vi("y") @purpose("required") @mask("year") forbid (principal, action == Action::"see", resource) when { resource.name == "c1" };
@id("y.6") @vi("y") forbid (principal, action in [Action::"aggregate", Action::"export"], resource is Dataset) unless { context.own };
`

// TestMonotone: another forbid never lets anybody do or see more, nor does one
// permit less; and without an account no personal column is ever seen in clear.
func TestMonotone(t *testing.T) {
	set := extended(t)
	f := &findings{}
	extra := f.readFile(forbids)
	f.types(extra)
	if len(f.list) > 0 {
		t.Fatal(f.list)
	}
	var fewer, narrower []*snapshot
	for i, r := range set.rules {
		if r.permit {
			fewer = append(fewer, assemble(3, slices.Delete(slices.Clone(set.rules), i, i+1), set.settings))
		}
	}
	for _, r := range extra {
		narrower = append(narrower, assemble(3, append(slices.Clone(set.rules), r), set.settings))
	}
	rapid.Check(t, func(t *rapid.T) {
		who, action, what, purpose := drawAsk(t)
		d := set.allow(&who, action, &what, purpose)
		for i, other := range slices.Concat(narrower, fewer) {
			if more := wider(other.allow(&who, action, &what, purpose), d); more != "" {
				t.Fatalf("%s, by set %d (of %d with one forbid more): %+v", more, i, len(narrower), d)
			}
		}
		nobody := set.allow(&Anonymous, action, &what, purpose)
		for i := range what.Columns {
			if c := &what.Columns[i]; nobody.Allowed && bringsRows(action) && c.pii() != "none" && nobody.Columns[c.Name] != (Sight{Mask: Hidden}) {
				t.Fatalf("without an account %s is seen: %v", c.Name, nobody.Columns[c.Name])
			}
		}
	})
}

// TestFailClosed: a policy that cannot be judged refuses what it is about, and a
// column policy hides the column; others are not touched.
func TestFailClosed(t *testing.T) {
	set := shipped(t)
	f := &findings{}
	// The checks refuse arithmetic; what has slipped in all the same must not open anything.
	bad := f.readFile(`
@id("z.1") @vi("z") @rows("all") permit (principal, action == Action::"read", resource is Dataset) when { 9223372036854775807 + context.approvals > 0 };
@id("z.2") @vi("z") permit (principal, action == Action::"see", resource) when { resource.kind == "name" && 9223372036854775807 + context.approvals > 0 };`)
	who := Who{Kind: "person", ID: "an", Org: "o1", Roles: []string{RoleOfficial, RoleSteward}, Strong: true}
	what := What{Kind: KindDataset, ID: "d1", Owner: "o1", Approvals: 1, Columns: []Column{{Name: "a", PII: "none"}, {Name: "b", PII: "basic", Kind: "name"}}}
	purpose := Purpose{Code: "giai-quyet-tthc"}
	if d := set.allow(&who, Read, &what, purpose); !d.Allowed || !d.Sees("b") {
		t.Fatalf("before: %+v", d)
	}
	d := assemble(2, append(slices.Clone(set.rules), bad[0]), set.settings).allow(&who, Read, &what, purpose)
	if d.Allowed || d.NeedsPurpose || len(d.Because) != 1 || d.Because[0].Policy != "z.1" {
		t.Errorf("a permit that cannot be judged: %+v", d)
	}
	d = assemble(2, append(slices.Clone(set.rules), bad[1]), set.settings).allow(&who, Read, &what, purpose)
	if !d.Allowed || !d.Sees("a") || d.Columns["b"].Mask != Hidden {
		t.Errorf("a column that cannot be judged: %+v", d)
	}
	if !Broken((func() []Finding { f.types(bad); return f.list })()) {
		t.Error("arithmetic passes the check")
	}
}

// TestUnknown: what the program does not know is refused.
func TestUnknown(t *testing.T) {
	set := shipped(t)
	admin := Who{Kind: "person", ID: "an", Roles: []string{RoleAdmin}}
	for _, c := range []struct {
		who    Who
		action Action
		what   What
	}{
		{Who{Kind: "robot", Roles: admin.Roles}, Describe, What{Kind: KindDataset}}, {admin, "describe-all", What{Kind: KindDataset}},
		{admin, Describe, What{Kind: "room"}}, {admin, see, What{Kind: KindDataset}}, {admin, Describe, What{}},
	} {
		if d := set.allow(&c.who, c.action, &c.what, Purpose{}); d.Allowed || len(d.Because) != 1 || d.Version == "" {
			t.Errorf("%v %s %v: %+v", c.who, c.action, c.what, d)
		}
	}
	// Without a kind nobody has a role or an organisation.
	forged := Who{Roles: []string{RoleAdmin, RoleSteward}, Org: "o1", Orgs: []string{"o1"}, Covers: []string{"o1"}, Units: []string{"*"}}
	what := What{Kind: KindDataset, Owner: "o1", UnitColumn: "x", OrgColumn: "y"}
	for _, a := range Actions() {
		if d := set.allow(&forged, a, &what, Purpose{}); d.Allowed {
			t.Errorf("without an account: %s", a)
		}
	}
}
