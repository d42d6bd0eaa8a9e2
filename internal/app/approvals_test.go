package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// important is the contract of the persons with another classification.
func important(class, version string) string {
	text := strings.Replace(landContract, "phohien.class, value: other", "phohien.class, value: "+class, 1)
	return strings.Replace(text, "version: 1.0.0", "version: "+version, 1)
}

// An approvalLand is a land whose data set with persons is important, with those
// who ask and decide.
type approvalLand struct {
	*land
	t                                         *testing.T
	steward, weak, second, governor, cdo      *visitor
	official, engineer, compliance, elsewhere *visitor
}

func newApprovalLand(t *testing.T) *approvalLand {
	l := &approvalLand{land: settle(t, storetest.SQLite(t), population{}), t: t}
	(&province{l.App}).adopt(t, important("important", "1.1.0"))
	n := 500
	in := func(role, at string, strong bool) *visitor {
		n++
		v := &visitor{who: role, where: at}
		l.signIn(t, v, role, at, n)
		if strong {
			l.strengthen(t, v)
		}
		return v
	}
	l.steward, l.second = in(policy.RoleSteward, ownerOrg, true), in(policy.RoleSteward, ownerOrg, true)
	l.weak = in(policy.RoleGovernor, otherOrg, false)
	l.governor, l.cdo = in(policy.RoleGovernor, otherOrg, true), in(policy.RoleCDO, otherOrg, true)
	l.official, l.engineer = in(policy.RoleOfficial, ownerOrg, true), in(policy.RoleEngineer, ownerOrg, true)
	l.compliance, l.elsewhere = in(policy.RoleCompliance, otherOrg, true), in(policy.RoleSteward, otherOrg, true)
	return l
}

// call asks the API for JSON.
func (l *approvalLand) call(v *visitor, path, body string, want int) (out api.ExportRequest) {
	l.t.Helper()
	w := l.ask(v, post("/api/v1/exports"+path, "application/json", []byte(body)))
	if w.Code != want {
		l.t.Fatalf("POST /exports%s as %s: %d, want %d: %s", path, v.name(), w.Code, want, w.Body)
	}
	if want < 300 {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			l.t.Fatal(err)
		}
	}
	return out
}

func (l *approvalLand) see(v *visitor, id string) (int, api.ExportRequest) {
	l.t.Helper()
	w := l.ask(v, get("/api/v1/exports/"+id))
	var out api.ExportRequest
	if w.Code == http.StatusOK {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			l.t.Fatal(err)
		}
	}
	return w.Code, out
}

const exportWish = `{"dataset":"` + landSet + `","fields":["ho_so","ho_ten","muc_huong"],"where":[{"field":"ma_xa","value":"` + commune + `"}],
	"purpose":"thong-ke-bao-cao","task":"báo cáo quý","fetches":2,"names":true,"plain":true}`

func (l *approvalLand) approve(v *visitor, r api.ExportRequest, want int) api.ExportRequest {
	l.t.Helper()
	return l.call(v, "/"+r.ID+"/approve", `{"digest":"`+r.Digest+`"}`, want)
}

func (l *approvalLand) fetch(v *visitor, r api.ExportRequest) *httptest.ResponseRecorder {
	return l.ask(v, post("/api/v1/exports/"+r.ID+"/file", "application/json", nil))
}

// TestApprovedExport walks a request through: asked, approved by two others,
// fetched exactly as approved, and no more often.
func TestApprovedExport(t *testing.T) {
	l := newApprovalLand(t)
	direct := func() int {
		return l.ask(l.steward, get("/api/v1/datasets/"+landSet+"/records.csv")).Code
	}
	if code := direct(); code != http.StatusForbidden {
		t.Errorf("an important data set is exported without approval: %d", code)
	}
	l.call(l.official, "", exportWish, http.StatusForbidden)                                                          // may not export it at all
	l.call(l.steward, "", `{"dataset":"`+openSet+`","purpose":"thong-ke-bao-cao","task":"thử"}`, http.StatusConflict) // needs no approval
	r := l.call(l.steward, "", exportWish, http.StatusCreated)
	if r.State != "waiting" || r.Records != 12 || r.Class != "important" || !r.AllRows || r.Fields[1].Mask != "" || r.Fields[1].Personal != "basic" {
		t.Fatalf("%+v", r)
	}

	// Who may know of it, and who decides.
	for v, want := range map[*visitor]int{l.steward: 200, l.second: 200, l.governor: 200, l.cdo: 200, l.compliance: 200, l.official: 404, l.engineer: 404, l.elsewhere: 404} {
		if code, _ := l.see(v, r.ID); code != want {
			t.Errorf("%s sees the request: %d, want %d", v.name(), code, want)
		}
	}
	l.approve(l.steward, r, http.StatusForbidden)
	l.approve(l.compliance, r, http.StatusForbidden)
	l.approve(l.elsewhere, r, http.StatusNotFound)
	l.approve(l.weak, r, http.StatusForbidden) // no second factor
	other := l.call(l.steward, "", strings.Replace(exportWish, `"ho_ten"`, `"suc_khoe"`, 1), http.StatusCreated)
	l.call(l.second, "/"+r.ID+"/approve", `{"digest":"`+other.Digest+`"}`, http.StatusConflict)
	if w := l.fetch(l.steward, r); w.Code != http.StatusConflict {
		t.Errorf("fetched without approval: %d", w.Code)
	}
	if got := l.approve(l.second, r, http.StatusOK); got.Approvals != 1 || got.State != "waiting" || slices.Contains(got.May, "approve") {
		t.Errorf("after one: %+v", got)
	}
	l.approve(l.second, r, http.StatusForbidden) // nobody counts twice
	if w := l.fetch(l.steward, r); w.Code != http.StatusConflict {
		t.Errorf("fetched with one approval: %d", w.Code)
	}

	// What comes in between does not change what was approved.
	by := actor.Actor{Kind: "person", ID: "can-bo-gui", Name: "Cán bộ gửi (thử)", Org: ownerOrg}
	st, err := l.Corridor.Receive(t.Context(), by, corridor.Request{Dataset: landSet, Name: "sau.csv", Body: strings.NewReader(population{}.file(400)), Confirm: true})
	if err == nil {
		st, err = l.Corridor.Wait(t.Context(), st.ID, func(s corridor.Status) bool { return s.State.Final() })
	}
	if err != nil || st.Report == nil || st.Report.Updated != 4 {
		t.Fatalf("%+v %v", st, err)
	}
	if got := l.approve(l.cdo, r, http.StatusOK); got.State != "approved" || got.Approvals != 2 {
		t.Errorf("after two: %+v", got)
	}
	if w := l.fetch(l.second, r); w.Code != http.StatusForbidden {
		t.Errorf("somebody else fetches: %d", w.Code)
	}
	first := l.fetch(l.steward, r)
	lines := strings.Split(strings.TrimSpace(first.Body.String()), "\n")
	if first.Code != http.StatusOK || len(lines) != 13 || strings.TrimSpace(lines[0]) != "ho_so,ho_ten,muc_huong" || !strings.Contains(first.Body.String(), "Người Mẫu 00") {
		t.Fatalf("%d\n%s", first.Code, first.Body)
	}
	if strings.Contains(first.Body.String(), ",501") || strings.Contains(first.Body.String(), "9999") {
		t.Errorf("newer than what was approved:\n%s", first.Body)
	}
	if second := l.fetch(l.steward, r); second.Code != http.StatusOK || second.Body.String() != first.Body.String() {
		t.Errorf("the second time: %d", second.Code)
	}
	if w := l.fetch(l.steward, r); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "approval.ended.used") {
		t.Errorf("a third time: %d %s", w.Code, w.Body)
	}
	if code := direct(); code != http.StatusForbidden {
		t.Errorf("approval of one export opened another: %d", code)
	}
	l.inLog(r.ID, "export-ask:export", "export-approve:approve", "export-approve:approve", "export-fetch:export", "export-fetch:export")
	uses, err := l.usesOf(landSet)
	if err != nil || uses == 0 {
		t.Errorf("%d uses of personal data in the ledger, %v", uses, err)
	}
}

// inLog checks what the log has of a request, in order.
func (l *approvalLand) inLog(request string, want ...string) {
	l.t.Helper()
	if _, err := l.Audit.Seal(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
	var got []string
	reader, err := audit.OpenReader(filepath.Join(l.Config.Data, "audit"))
	if err != nil {
		l.t.Fatal(err)
	}
	page, err := reader.Entries(l.t.Context(), audit.Query{Text: request, Limit: 1000})
	if err != nil {
		l.t.Fatal(err)
	}
	for _, e := range page.Entries {
		if e.Detail["request"] == request && e.Result == audit.Done {
			got = append(got, e.Detail["change"]+":"+e.Action)
		}
	}
	if !slices.Equal(got, want) {
		l.t.Errorf("the log has %v, want %v", got, want)
	}
}

// usesOf counts the persons whose data was used for the purpose of the requests.
func (l *approvalLand) usesOf(dataset string) (n int64, err error) {
	counts, err := l.Usage.Counts(l.t.Context(), dataset, time.Now().AddDate(0, 0, -1), time.Now().AddDate(0, 0, 1))
	for _, c := range counts {
		n += c.Persons
	}
	return n, err
}

// TestApprovedExport_ends: a request that was refused, withdrawn, has expired or
// whose data was classified higher since gives nothing.
func TestApprovedExport_ends(t *testing.T) {
	l := newApprovalLand(t)
	approved := func() api.ExportRequest {
		r := l.call(l.steward, "", exportWish, http.StatusCreated)
		l.approve(l.second, r, http.StatusOK)
		return l.approve(l.governor, r, http.StatusOK)
	}
	gone := func(r api.ExportRequest, key string) {
		t.Helper()
		if w := l.fetch(l.steward, r); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), key) {
			t.Errorf("%s: %d %s", key, w.Code, w.Body)
		}
	}
	refused := approved()
	l.call(l.second, "/"+refused.ID+"/refuse", `{"digest":"`+refused.Digest+`"}`, http.StatusBadRequest)
	l.call(l.second, "/"+refused.ID+"/refuse", `{"digest":"`+refused.Digest+`","why":"Phạm vi quá rộng."}`, http.StatusOK)
	gone(refused, "approval.ended.refused")
	withdrawn := approved()
	l.call(l.second, "/"+withdrawn.ID+"/withdraw", `{}`, http.StatusForbidden)
	l.call(l.steward, "/"+withdrawn.ID+"/withdraw", `{}`, http.StatusOK)
	gone(withdrawn, "approval.ended.withdrawn")
	late := l.call(l.steward, "", strings.Replace(exportWish, `"fetches"`, fmt.Sprintf(`"until":%q,"fetches"`, time.Now().Add(1500*time.Millisecond).Format(time.RFC3339Nano)), 1), http.StatusCreated)
	for _, got := l.see(l.steward, late.ID); got.State != "expired"; _, got = l.see(l.steward, late.ID) {
		time.Sleep(50 * time.Millisecond)
	}
	higher := approved()
	(&province{l.App}).adopt(t, important("core", "1.2.0"))
	if _, got := l.see(l.steward, higher.ID); got.State != "void" || len(got.May) != 0 {
		t.Errorf("classified higher: %+v", got)
	}
	gone(higher, "approval.ended.void")
	gone(higher, "approval.ended.void") // for good
	if err := l.expireRequests(context.Background()); err != nil {
		t.Fatal(err)
	}
	l.inLog(late.ID, "export-ask:export", "export-expire:export")
	l.inLog(refused.ID, "export-ask:export", "export-approve:approve", "export-approve:approve", "export-refuse:approve")
	again := l.call(l.steward, "", exportWish, http.StatusCreated) // and is asked again
	if again.Class != "core" {
		t.Errorf("%+v", again)
	}
}

// TestApprovedExport_asked: a request tells of no person, and names what is there.
func TestApprovedExport_asked(t *testing.T) {
	l := newApprovalLand(t)
	for change, key := range map[string]string{
		`"ma_xa"|"ho_ten"`:                                 "approval.personal-filter",
		`"ma_xa"|"khong_co"`:                               "column.unknown",
		`"ho_so"|"khong_co"`:                               "column.unknown",
		`thong-ke-bao-cao|tu-dat-ra`:                       "approval.no-purpose",
		`báo cáo quý|`:                                     "approval.no-task",
		`"value":"` + commune + `"|"value":"00000"`:        "approval.no-records",
		`"names":true|"names":true,"until":"2020-01-01"`:   "approval.until",
		`"names":true|"names":true,"until":"2099-01-01"`:   "approval.until",
		`"dataset":"` + landSet + `"|"dataset":"khong-co"`: "dataset.unknown",
	} {
		from, to, _ := strings.Cut(change, "|")
		w := l.ask(l.steward, post("/api/v1/exports", "application/json", []byte(strings.Replace(exportWish, from, to, 1))))
		if w.Code < 400 || w.Code >= 500 || !strings.Contains(w.Body.String(), "problem:"+key) {
			t.Errorf("%s: %d %s", change, w.Code, w.Body)
		}
	}
}

// TestApprovedExport_strong: a fetch is not spent on columns that a second factor
// would fill; where none of them is in the file, none is asked for.
func TestApprovedExport_strong(t *testing.T) {
	l := newApprovalLand(t)
	plain := &visitor{who: "không xác thực lớp hai", where: ownerOrg}
	l.signIn(t, plain, policy.RoleSteward, ownerOrg, 590)
	for fields, want := range map[string]int{`"ho_so","ho_ten"`: http.StatusForbidden, `"ho_so","muc_huong"`: http.StatusOK} {
		r := l.call(plain, "", strings.Replace(exportWish, `"ho_so","ho_ten","muc_huong"`, fields, 1), http.StatusCreated)
		l.approve(l.second, r, http.StatusOK)
		l.approve(l.governor, r, http.StatusOK)
		w := l.fetch(plain, r)
		if w.Code != want || want == http.StatusForbidden && !strings.Contains(w.Body.String(), "problem:door.strong") {
			t.Errorf("%s: %d %s", fields, w.Code, w.Body)
		}
		spent := 0
		if want == http.StatusOK {
			spent = 1
		}
		if _, got := l.see(plain, r.ID); len(got.Fetched) != spent {
			t.Errorf("%s: %d fetches spent, want %d", fields, len(got.Fetched), spent)
		}
	}
}
