package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/policy"
)

func step(t *testing.T, list []policy.Step, id string) policy.Step {
	t.Helper()
	i := slices.IndexFunc(list, func(s policy.Step) bool { return s.Policy == id })
	if i < 0 {
		t.Fatalf("%s is not among %d policies", id, len(list))
	}
	return list[i]
}

// TestExplain: who can read this column, and why.
func TestExplain(t *testing.T) {
	p := standard(t)
	steward := policy.Who{Kind: "person", ID: "an", Org: "so-yt", Roles: []string{policy.RoleOfficial, policy.RoleSteward}}
	e := p.Explain(steward, policy.Read, patients(), policy.Purpose{})
	if !e.Decision.Allowed || !strings.Contains(e.Vi, "ho_ten: ẩn") || !strings.Contains(e.Vi, "thấy nhiều hơn khi nêu mục đích") {
		t.Errorf("%s", e.Vi)
	}
	own := step(t, e.Policies, "dau-moi.cua-co-quan")
	if !own.Scope || own.Condition != policy.Holds || !own.Counts || own.Vi != "Cho phép: toàn bộ bản ghi." || !strings.Contains(own.Text, "data_steward") || own.Says.Vi == "" {
		t.Errorf("%+v", own)
	}
	shared := step(t, e.Policies, "can-bo.doc-dung-chung")
	if shared.Condition != policy.HoldsNot || shared.Counts || shared.Vi != "Không áp dụng: điều kiện không thoả." {
		t.Errorf("%+v", shared)
	}
	unit := step(t, e.Policies, "can-bo.doc-dia-ban")
	if unit.Counts || !strings.HasPrefix(unit.Vi, "Không cho bản ghi nào") {
		t.Errorf("%+v", unit)
	}
	name := e.Columns[4]
	why := step(t, name.Policies, "truong.co-ban-dau-moi")
	if name.Column != "ho_ten" || name.Mask != policy.Hidden || why.Counts || why.Vi != "Cho thấy: đầy đủ khi nêu mục đích." || why.Basis == "" {
		t.Errorf("%+v\n%+v", name, why)
	}
	if !strings.Contains(name.Vi, "cách che mặc định") {
		t.Errorf("%s", name.Vi)
	}
	purpose := policy.Purpose{Code: "giai-quyet-tthc"}
	if e := p.Explain(steward, policy.Read, patients(), purpose); e.Columns[4].Mask != policy.Clear || !step(t, e.Columns[4].Policies, "truong.co-ban-dau-moi").Counts {
		t.Errorf("with a purpose: %+v", e.Columns[4])
	}
	engineer := policy.Who{Kind: "person", ID: "k", Org: "so-yt", Roles: []string{policy.RoleEngineer}}
	e = p.Explain(engineer, policy.ReadQuarantine, patients(), purpose)
	if s := step(t, e.Columns[3].Policies, "truong.ky-thuat"); !s.Counts || s.Effect != "forbid" || s.Vi != "Không cho thấy hơn: mã băm." {
		t.Errorf("%+v", s)
	}
	e = p.Explain(steward, policy.Erase, patients(), purpose)
	if e.Decision.Allowed || !e.Decision.NeedsStrong || e.Decision.NeedsPurpose || e.Vi != "Chưa được phép: cần xác thực lớp hai." {
		t.Errorf("%+v", e)
	}
	if e := p.Explain(steward, "read-all", patients(), purpose); e.Decision.Allowed || e.Vi == "" {
		t.Errorf("%+v", e)
	}
	// A step is told for the decision as Allow gives it, with the same version.
	if e.Decision.Version != p.Version() {
		t.Error("another version")
	}
}

// TestMandate: a company acts only for the agency that its mandate names.
func TestMandate(t *testing.T) {
	p := standard(t)
	company := policy.Who{Kind: "company", ID: "0101234567", Org: "0101234567", Covers: []string{"so-yt"}, Roles: []string{policy.RoleCompany}}
	mine := with(patients(), func(w *policy.What) { w.Kind, w.Proposer = policy.KindBatch, "company:0101234567" })
	for _, c := range []struct {
		action policy.Action
		what   policy.What
		want   bool
	}{
		{policy.Send, patients(), true}, {policy.Send, with(patients(), func(w *policy.What) { w.Owner = "so-ct" }), false}, {policy.Read, patients(), false},
		{policy.Read, with(patients(), withoutPersonal), true}, {policy.Export, patients(), false}, {policy.Confirm, mine, false}, {policy.ReadQuarantine, mine, true},
		{policy.ReadQuarantine, patients(), false}, {policy.EditPolicy, policy.What{Kind: policy.KindPolicy}, false},
	} {
		d := p.Allow(company, c.action, c.what, policy.Purpose{})
		if d.Allowed != c.want {
			t.Errorf("%s of %s %s: %+v", c.action, c.what.Kind, c.what.Owner, d)
		}
	}
	if d := p.Allow(company, policy.ReadQuarantine, mine, policy.Purpose{}); !d.Sees("chan_doan") {
		t.Errorf("what it sent itself: %+v", d)
	}
	company.Covers = nil // the mandate is over
	if d := p.Allow(company, policy.Send, patients(), policy.Purpose{}); d.Allowed {
		t.Error("after the mandate")
	}
}

// TestEverywhere: a post that covers the whole province does not open other
// agencies' restricted data, and changes none of theirs.
func TestEverywhere(t *testing.T) {
	p := standard(t)
	who := policy.Who{Kind: "person", ID: "an", Org: "so-ct", Orgs: []string{"so-ct"}, Covers: []string{"so-ct"}, Units: []string{"*"},
		Roles: []string{policy.RoleOfficial, policy.RoleSteward}, Strong: true}
	purpose := policy.Purpose{Code: "giai-quyet-tthc"}
	restricted := with(patients(), func(w *policy.What) { w.Access = policy.AccessRestricted })
	if d := p.Allow(who, policy.Read, restricted, purpose); d.Rows.All || len(d.Rows.Units) > 0 {
		t.Errorf("restricted: %+v", d.Rows)
	}
	for _, a := range []policy.Action{policy.Send, policy.Confirm, policy.Undo, policy.ReadQuarantine} {
		if d := p.Allow(who, a, patients(), purpose); d.Rows.All {
			t.Errorf("%s: %+v", a, d.Rows)
		}
	}
	d := p.Allow(who, policy.Read, patients(), purpose)
	if !d.Rows.All || d.Sees("ho_ten") {
		t.Errorf("shared: all rows, masked: %+v", d)
	}
	who.Covers = append(who.Covers, "so-yt")
	if d := p.Allow(who, policy.Read, restricted, purpose); !d.Rows.All || d.Sees("ho_ten") {
		t.Errorf("of an agency that the post covers: %+v", d)
	}
}
