package api_test

import (
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// TestClassify: what is proposed is decided with a reason, by who may classify, and
// taken back; what others changed since is not taken back with it.
func TestClassify(t *testing.T) {
	k := newKeepers(t, policy.RoleGovernor)
	k.province.Put(t, apitest.Unclassified)
	var list struct{ Items []api.ClassifiedSet }
	k.get("/api/v1/classifications", "Test-Role: "+k.role).want(200).into(&list)
	if len(list.Items) < 2 || list.Items[0].ID != "thu-so-ho" || list.Items[0].State != "none" || list.Items[0].Open != 4 {
		t.Errorf("%+v", list.Items)
	}
	k.get("/api/v1/classifications", "Test-Role: "+policy.RoleAnalyst).problem(403, "door.denied")
	at := "/datasets/thu-so-ho/classification"
	var one api.ClassificationDetail
	k.get("/api/v1"+at, "Test-Role: "+k.role).want(200).into(&one)
	o := one.Objects[0]
	if o.Access != policy.AccessRestricted || len(o.Columns) != 4 || o.Columns[2].Proposed.Kind != "personal_id" || !o.Columns[2].Differs || o.Columns[2].Now.Class != "" || o.Columns[2].Why[0].Vi == "" {
		t.Errorf("%+v", o)
	}
	first := one.Digest
	decide := func(more anyOf) *answer {
		body := anyOf{"digest": one.Digest, "access": o.Access, "class": o.Class, "reason": "Quyết định 12/QĐ-UBND", "columns": []anyOf{
			{"column": "ma", "class": "none"}, {"column": "chu_ho", "class": "basic", "kind": "name"}, {"object": "ho", "column": "so_cccd", "class": "basic", "kind": "personal_id"}, {"column": "so_khau", "class": "none"}}}
		for name, v := range more {
			body[name] = v
		}
		return k.send("PUT", at, body)
	}
	decide(anyOf{"digest": "cu"}).problem(409, "classes.changed")
	decide(anyOf{"reason": " "}).problem(400, "contract.no-reason")
	decide(anyOf{"columns": []anyOf{{"column": "khong_co", "class": "none"}}}).problem(400, "column.unknown")
	decide(anyOf{"columns": []anyOf{{"column": "ma", "class": "basic", "kind": "khong-co"}}}).problem(400, "classes.refused")
	decide(anyOf{"access": "open"}).problem(400, "classes.refused") // names of persons are not opened
	k.role = policy.RoleSteward
	decide(nil).problem(404, "dataset.unknown") // nobody has said that others may know of it
	k.role = policy.RoleGovernor
	decide(nil).want(200).into(&one)
	if one.State != "whole" || one.Personal != 2 || one.Access != policy.AccessRestricted || one.Digest == first {
		t.Errorf("%+v", one.ClassifiedSet)
	}
	versions, err := k.province.Contracts.Versions(t.Context(), "thu-so-ho")
	if err != nil || versions[0].Note != "Quyết định 12/QĐ-UBND" {
		t.Errorf("%+v, %v", versions, err)
	}

	// Somebody who may classify, and not change contracts, takes back no other change.
	second := one.Digest
	renamed := strings.Replace(apitest.Unclassified, "Số khẩu", "Số nhân khẩu", 1)
	k.province.Put(t, renamed)
	con, err := k.province.Contracts.Current(t.Context(), "thu-so-ho")
	if err != nil {
		t.Fatal(err)
	}
	k.province.Door.Policies = without{k.province.Policies, policy.EditContract}
	k.send("POST", at+"/undo", anyOf{"digest": con.Digest, "to": second}).problem(403, "door.denied")
	k.province.Door.Policies = k.province.Policies
	k.send("POST", at+"/undo", anyOf{"digest": con.Digest, "to": second}).want(200).into(&one)
	k.province.Door.Policies = without{k.province.Policies, policy.EditContract}
	k.send("POST", at+"/undo", anyOf{"digest": second, "to": first}).want(200).into(&one)
	if one.State != "none" || one.Digest != first {
		t.Errorf("%+v", one.ClassifiedSet)
	}
	k.send("POST", at+"/undo", anyOf{"digest": second, "to": first}).problem(409, "classes.changed")
	// Nor what no list of changes tells, such as who sees which rows.
	scoped := strings.Replace(apitest.Unclassified, "    physicalType: table\n", "    physicalType: table\n    customProperties: [{property: phohien.scope, value: {agency: chu_ho}}]\n", 1)
	k.province.Put(t, scoped)
	if con, err = k.province.Contracts.Current(t.Context(), "thu-so-ho"); err != nil || con.Digest == first {
		t.Fatal(err)
	}
	k.send("POST", at+"/undo", anyOf{"digest": con.Digest, "to": first}).problem(403, "door.denied")
	k.province.Put(t, apitest.Unclassified)
	k.send("POST", at+"/undo", anyOf{"digest": first, "to": "khong-co"}).want(404)
	if con, err = k.province.Contracts.Current(t.Context(), "thu-so-ho"); err != nil || con.Objects[0].Columns[2].Personal != (contract.Personal{}) {
		t.Errorf("%+v, %v", con, err)
	}
}

// without are policies that refuse one action to everybody.
type without struct {
	*policy.Policies
	action policy.Action
}

func (w without) Allow(who policy.Who, action policy.Action, what policy.What, purpose policy.Purpose) policy.Decision {
	if action == w.action {
		return policy.Decision{}
	}
	return w.Policies.Allow(who, action, what, purpose)
}

// TestAskPolicies: the test bench says who may do what, and why.
func TestAskPolicies(t *testing.T) {
	k := newKeepers(t, policy.RoleCompliance)
	var got api.PolicyAnswer
	k.send("POST", "/policies/test", anyOf{"of": "dataset:hy-tro-cap-xa-hoi", "action": "read", "role": policy.RoleSteward, "stands": "own", "purpose": "giai-quyet-tthc", "strong": true}).want(200).into(&got)
	if !got.Allowed || !got.AllRows || len(got.Columns) == 0 || len(got.WhoCan) == 0 || got.Version == "" || !strings.HasPrefix(got.Vi, "Được phép") {
		t.Errorf("%+v", got)
	}
	counts := false
	for _, p := range got.Policies {
		counts = counts || p.Counts && p.Effect == "permit" && p.Vi != ""
	}
	if !counts {
		t.Errorf("no policy had a part: %+v", got.Policies)
	}
	k.send("POST", "/policies/test", anyOf{"of": "dataset:hy-tro-cap-xa-hoi", "column": "so_dinh_danh", "action": "read", "role": policy.RoleAnalyst, "org": "hy-syt"}).want(200).into(&got)
	if got.Allowed || len(got.Columns) != 0 {
		t.Errorf("an analyst: %+v", got.PolicySays)
	}
	k.send("POST", "/policies/test", anyOf{"of": "kind:audit", "action": "read-audit", "role": policy.RoleCompliance}).want(200).into(&got)
	if !got.Allowed {
		t.Errorf("%+v", got.PolicySays)
	}
	k.send("POST", "/policies/test", anyOf{"of": "dataset:khong-co", "action": "read", "role": policy.RoleSteward}).problem(400, "rules.no-object")
	k.send("POST", "/policies/test", anyOf{"of": "kind:audit", "action": "khong-co", "role": policy.RoleSteward}).problem(400, "rules.no-action")
	k.send("POST", "/policies/test", anyOf{"of": "kind:audit", "action": "read-audit", "role": "khong-co"}).problem(400, "rules.no-role")
	k.send("POST", "/policies/test", anyOf{"of": "kind:audit", "action": "read-audit", "account": "khong-co"}).want(404)
	k.send("POST", "/policies/test", anyOf{"of": "kind:audit", "action": "read-audit", "role": policy.RoleSteward, "org": "khong-co"}).problem(400, "people.no-org")
	k.role = policy.RoleAnalyst
	k.send("POST", "/policies/test", anyOf{"of": "kind:audit", "action": "read-audit", "role": policy.RoleSteward}).problem(403, "door.denied")
}
