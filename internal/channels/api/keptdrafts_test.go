package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/draft"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// fees is a file of receipts, one a line.
func fees() string {
	var b strings.Builder
	b.WriteString("Mã phiếu,Đơn vị nộp,Ngày nộp,Loại,Số tiền\n")
	for i := range 30 {
		fmt.Fprintf(&b, "PH%03d,Cơ sở số %d,%02d/%02d/2026,%s,%d000\n", i, i, i%28+1, i%12+1, []string{"A", "B", "C"}[i%3], i+1)
	}
	return b.String()
}

// TestKeptDrafts goes the whole way of a data set from a sample to its first rows, and
// back: a draft that is kept, changed, put into force by who may, its sample sent by
// who may.
func TestKeptDrafts(t *testing.T) {
	k := newKeepers(t, policy.RoleGovernor)
	begin := func(query string) (got api.Proposal) {
		t.Helper()
		k.ask("POST", "/api/v1/drafts"+query, strings.NewReader(fees()), "Content-Type: text/csv", "Test-Role: "+k.role).want(200).into(&got)
		return got
	}
	if got := begin("?name=phieu-thu.csv"); got.Kept != nil {
		t.Errorf("kept though nobody asked: %+v", got.Kept)
	}
	one := begin("?name=phieu-thu.csv&keep=true")
	if one.Kept == nil || one.Kept.State != draft.Open || one.Kept.Samples[0] != "phieu-thu.csv" || len(one.Draft.Objects) != 1 {
		t.Fatalf("%+v", one.Kept)
	}
	at := "/drafts/" + one.Kept.ID
	var list struct{ Items []api.KeptDraft }
	k.get("/api/v1/drafts", "Test-Role: "+k.role).want(200).into(&list)
	if len(list.Items) != 1 || list.Items[0].ID != one.Kept.ID {
		t.Errorf("%+v", list.Items)
	}
	k.get("/api/v1/drafts", "Test-Role: "+policy.RoleAnalyst).problem(403, "door.denied")

	// What is wrong is told, and changes nothing; two editors do not write over another.
	version := one.Kept.Version
	column := func(c anyOf) anyOf {
		return anyOf{"version": version, "objects": []anyOf{{"at": 0, "columns": []anyOf{c}}}}
	}
	k.send("PATCH", at, column(anyOf{"at": 99, "title": "Không có"})).problem(400, "draft.no-place")
	k.send("PATCH", at, column(anyOf{"at": 0, "sort": "kind:khong-co"})).problem(400, "draft.no-choice")
	k.send("PATCH", at, anyOf{"version": version, "objects": []anyOf{{"at": 0, "mode": "slice"}}}).problem(400, "draft.no-choice")
	k.send("PATCH", at, anyOf{"version": version, "answers": []anyOf{{"question": "khong-co", "option": 0}}}).problem(400, "draft.no-question")
	k.send("PATCH", at, anyOf{"version": "cu", "title": "Muộn"}).problem(409, "draft.changed")
	k.send("PATCH", "/drafts/khong-co", anyOf{"version": version, "title": "A"}).problem(404, "draft.unknown")
	k.send("PATCH", at, anyOf{"version": version, "id": "thu-phieu-thu", "title": "Phiếu thu", "objects": []anyOf{{"at": 0, "name": "phieu", "title": "Phiếu", "key": []int{0},
		"columns": []anyOf{{"at": 1, "title": "Bên nộp", "name": "ben_nop", "required": true, "personal": "none", "aliases": []string{"Người nộp tiền"}}, {"at": 3, "left_out": true}}}}}).want(200).into(&one)
	o := &one.Draft.Objects[0]
	if one.Draft.ID != "thu-phieu-thu" || one.Draft.Title != "Phiếu thu" || o.Name != "phieu" || len(o.Key) != 1 || o.Key[0] != o.Columns[0].Name {
		t.Errorf("%+v", one.Draft)
	}
	if c := o.Columns[1]; c.Name != "ben_nop" || c.Title != "Bên nộp" || !c.Required || strings.Join(c.Aliases, ";") != "Người nộp tiền;Đơn vị nộp" || !o.Columns[3].LeftOut {
		t.Errorf("%+v", o.Columns)
	}
	k.send("POST", at+"/back", anyOf{"version": one.Kept.Version}).want(200).into(&one)
	if one.Draft.ID == "thu-phieu-thu" {
		t.Error("the change is still there")
	}
	k.send("POST", at+"/back", anyOf{"version": one.Kept.Version}).want(200).into(&one) // and again: it is back
	if len(one.Problems) > 0 {
		t.Fatalf("%+v", one.Problems)
	}

	// Who drafts does not put into force.
	version = one.Kept.Version
	k.role = policy.RoleSteward
	k.send("POST", at+"/create", anyOf{"version": version}).problem(403, "door.denied")
	k.role = policy.RoleGovernor
	k.send("POST", at+"/create", anyOf{"version": "cu"}).problem(409, "draft.changed")
	k.send("POST", at+"/create", anyOf{"version": version}).want(200).into(&one)
	if one.Kept.State != draft.Created {
		t.Errorf("%+v", one.Kept)
	}
	k.get("/api/v1/datasets/thu-phieu-thu").want(200)
	k.send("POST", at+"/create", anyOf{"version": version}).want(409)

	// Who may put into force does not send.
	k.send("POST", at+"/send", nil).problem(403, "door.forbidden")
	k.role = policy.RoleSteward
	k.send("POST", at+"/send", nil).problem(403, "door.denied") // of no agency
	k.province.Door.Policies = letting{k.province.Policies, []policy.Action{policy.Send, policy.Confirm}}
	var sent struct{ Items []api.Batch }
	k.send("POST", at+"/send", nil).want(202).into(&sent)
	if len(sent.Items) != 1 || sent.Items[0].Dataset != "thu-phieu-thu" {
		t.Fatalf("%+v", sent.Items)
	}
	id := sent.Items[0].ID
	reaches := func(state corridor.State) {
		t.Helper()
		if _, err := k.province.Corridor.Wait(t.Context(), id, func(s corridor.Status) bool { return s.State == state }); err != nil {
			t.Fatal(err)
		}
	}
	reaches(corridor.Held)
	k.send("POST", at+"/send", nil).problem(404, "draft.no-sample")
	k.send("POST", "/batches/"+id+"/confirm", nil).want(200)
	reaches(corridor.Scored)

	// A data set with rows goes only when that is said.
	k.role = policy.RoleGovernor
	k.send("POST", "/datasets/thu-phieu-thu/revoke", anyOf{}).problem(409, "wizard.has-rows")
	k.send("POST", "/datasets/thu-phieu-thu/revoke", anyOf{"retire": true}).want(200).into(&one)
	if one.Kept.State != draft.Open {
		t.Errorf("%+v", one.Kept)
	}
	k.send("POST", "/datasets/khong-co/revoke", anyOf{}).want(404)
	k.send("DELETE", at, nil).want(204)
	k.get("/api/v1"+at, "Test-Role: "+k.role).problem(404, "draft.unknown")
	if got := strings.Join(k.changes("thu-phieu-thu"), " "); got != "create create create revoke" {
		t.Errorf("the log: %s", got)
	}
}

// letting are policies that allow some actions to everybody.
type letting struct {
	*policy.Policies
	actions []policy.Action
}

func (l letting) Allow(who policy.Who, action policy.Action, what policy.What, purpose policy.Purpose) policy.Decision {
	if slices.Contains(l.actions, action) {
		return policy.Decision{Allowed: true, Rows: policy.Rows{All: true}}
	}
	return l.Policies.Allow(who, action, what, purpose)
}

// askDrafts tries what goes on with kept drafts, classifications and the test bench of
// policies, for the document.
func askDrafts(h *harness) {
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/drafts", ""}, {"GET", "/drafts/khong-co", ""}, {"PATCH", "/drafts/khong-co", `{"version":"x"}`}, {"POST", "/drafts/khong-co/back", `{"version":"x"}`},
		{"POST", "/drafts/khong-co/create", `{"version":"x"}`}, {"POST", "/drafts/khong-co/send", ""}, {"DELETE", "/drafts/khong-co", ""}, {"POST", "/datasets/hy-xa/revoke", `{}`},
		{"GET", "/classifications", ""}, {"GET", "/datasets/hy-xa/classification", ""}, {"PUT", "/datasets/hy-xa/classification", `{"digest":"x","reason":"thử"}`},
		{"POST", "/datasets/hy-xa/classification/undo", `{"digest":"x","to":"y"}`}, {"POST", "/policies/test", `{"of":"dataset:hy-xa","action":"read","role":"public"}`},
	} {
		h.ask(c.method, "/api/v1"+c.path, strings.NewReader(c.body), "Content-Type: application/json")
	}
}
