package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/review"
	"github.com/phohien/phohien/internal/foundation/policy"
)

type slips struct{ Items []api.ActivationSlip }

type accounts struct {
	Items []api.UserAccount
	Next  string
	Total int
}

// refuses asks at routes as who may not, and as nobody.
func (k *keepers) refuses(routes map[string]any) {
	k.t.Helper()
	own := k.role
	defer func() { k.role = own }()
	for route, body := range routes {
		method, path, _ := strings.Cut(route, " ")
		for _, role := range []string{policy.RoleSteward, policy.RoleGovernor, policy.RoleCompliance} {
			k.role = role
			k.send(method, path, body).want(403)
		}
		text, err := json.Marshal(body)
		if err != nil {
			k.t.Fatal(err)
		}
		k.ask(method, "/api/v1"+path, bytes.NewReader(text), nobody, "Content-Type: application/json").want(401)
	}
}

// TestAccounts takes an account all the way, from adding a person to closing it. The log
// has each step, and neither a code nor who it is.
func TestAccounts(t *testing.T) {
	k := newKeepers(t, policy.RoleAdmin)
	person := anyOf{"name": "Phạm Thị Mẫu", "email": "mau@phohien.example", "phone": "0910000001", "org": "hy-syt", "title": "Chuyên viên", "roles": []string{policy.RoleSteward}}
	var one api.UserAccountDetail
	k.send("POST", "/accounts", person).want(201).into(&one)
	id, path := one.ID, "/accounts/"+one.ID
	if one.State != identity.Invited || one.Org != "hy-syt" || one.Email != "mau@phohien.example" || len(one.Posts) != 1 || one.Posts[0].Roles[0] != policy.RoleSteward || one.Login == "" {
		t.Fatalf("%+v", one)
	}
	k.send("POST", "/accounts", person).problem(409, "people.has-account")
	for key, more := range map[string]anyOf{"people.no-org": {"org": "khong-co"}, "people.import.role": {"roles": []string{"than-dong"}}} {
		bad := anyOf{"name": "Phạm Văn Mẫu", "org": "hy-syt", "title": "x"}
		for name, v := range more {
			bad[name] = v
		}
		k.send("POST", "/accounts", bad).problem(400, key)
	}
	k.send("POST", "/accounts", anyOf{"name": "Phạm Văn Mẫu", "org": "hy-syt", "title": "x", "state": "active"}).want(422)

	var first, made slips
	k.send("POST", "/accounts/slips", anyOf{"accounts": []string{id}}).want(200).into(&first)
	k.send("POST", "/accounts/slips", anyOf{"accounts": []string{id, id}}).want(200).into(&made)
	slip := made.Items[0]
	if len(made.Items) != 1 || slip.Login != one.Login || slip.Account != id || !strings.HasSuffix(slip.URL, "#"+slip.Code) || len(slip.QR) == 0 || slip.Ends == "" {
		t.Errorf("%+v", slip)
	}
	k.send("POST", "/accounts/slips", anyOf{"accounts": []string{}}).problem(400, "people.slips.none")
	k.send("POST", "/accounts/slips", anyOf{"accounts": []string{"khong-co"}}).problem(404, "identity.no-account")
	if _, err := k.province.Accounts.Activate(t.Context(), first.Items[0].Code, identity.Origin{}); err == nil {
		t.Error("a slip that was made again opens")
	}
	step, err := k.province.Accounts.Activate(t.Context(), slip.Code, identity.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = k.province.Accounts.SetPassword(t.Context(), step.Token, "Bốn mùa gió thổi qua phố 2026!"); err != nil {
		t.Fatal(err)
	}
	k.get("/api/v1" + path).want(200).into(&one)
	if one.State != identity.Active || one.PasswordSet == "" {
		t.Fatalf("%+v", one)
	}

	k.send("POST", path+"/end-sessions", anyOf{"session": "khac"}).want(404)
	k.send("POST", path+"/end-sessions", anyOf{}).want(200)
	k.send("POST", path+"/require-password-change", nil).want(200).into(&one)
	if !one.MustChange {
		t.Error("no other password is asked for")
	}
	k.send("POST", path+"/reset-factors", anyOf{"checked": false}).problem(400, "people.reset.unsure")
	k.send("POST", path+"/reset-factors", anyOf{"checked": true}).want(200)
	k.send("POST", path+"/unlock", nil).want(200)
	k.send("PUT", path, anyOf{"base": "khac", "name": "Phạm Thị Mẫu Mới"}).problem(409, "people.account-changed")
	k.send("PUT", path, anyOf{"base": one.Digest, "name": "Phạm Thị Mẫu Mới", "org": "hy-snv", "email": "mau@phohien.example"}).want(200).into(&one)
	if one.Name != "Phạm Thị Mẫu Mới" || one.Org != "hy-snv" || one.Phone != "" {
		t.Errorf("%+v", one)
	}
	k.send("PUT", path, anyOf{"base": one.Digest, "name": "Mẫu", "org": "khong-co"}).problem(400, "people.no-org")
	k.send("POST", path+"/grants", anyOf{"role": policy.RoleEntry, "org": "hy-syt", "valid_from": "2026-01-01", "valid_to": "2099-12-31"}).want(200).into(&one)
	if len(one.Grants) != 1 || one.Grants[0].ValidTo != "2099-12-31" || one.Grants[0].Org != "hy-syt" || one.Roles[0] != policy.RoleEntry {
		t.Fatalf("%+v", one)
	}
	k.send("POST", path+"/grants", anyOf{"role": policy.RoleService}).want(400)
	k.send("POST", path+"/grants/khac/revoke", nil).problem(409, "people.no-grant")
	k.send("POST", path+"/grants/"+one.Grants[0].ID+"/revoke", nil).want(200).into(&one)
	k.send("POST", path+"/state", anyOf{"state": "locked"}).problem(400, "people.no-why")
	k.send("POST", path+"/state", anyOf{"state": "erased", "why": "x"}).want(422)
	for _, state := range []identity.State{identity.Locked, identity.Active, identity.Disabled} {
		k.send("POST", path+"/state", anyOf{"state": state, "why": "Nghỉ việc"}).want(200).into(&one)
		if one.State != state || state != identity.Active && one.Why != "Nghỉ việc" {
			t.Errorf("%s: %+v", state, one)
		}
	}
	k.send("POST", path+"/state", anyOf{"state": "locked", "why": "Nghỉ việc"}).problem(409, "identity.state")
	k.get("/api/v1/accounts/khong-co").problem(404, "identity.no-account")

	if got := strings.Join(k.changes(id), " "); got != "add post invite invite end end require reset reset unlock change change change grant grant revoke revoke lock lock open disable lock" {
		t.Errorf("the log: %s", got)
	}
	for _, secret := range []string{slip.Code, "mau@phohien", one.Login, "Mẫu", "0910000001"} {
		if k.said(secret) {
			t.Errorf("the log has %q", secret)
		}
	}
	k.findAccounts(id)
	k.emergency()
	k.takePeople()
	none := anyOf{"name": "A", "org": "hy-syt", "title": "x"}
	k.refuses(map[string]any{
		"GET /accounts": nil, "POST /accounts/search": anyOf{}, "POST /accounts": none, "GET " + path: nil, "PUT " + path: anyOf{"base": "x", "name": "A"}, "POST " + path + "/unlock": nil,
		"POST " + path + "/state": anyOf{"state": "active"}, "POST " + path + "/grants": anyOf{"role": policy.RoleAdmin}, "POST /accounts/slips": anyOf{"accounts": []string{id}},
		"POST /accounts/import": anyOf{"people": []anyOf{{"name": "A"}}}, "GET /accounts/import/template.xlsx": nil, "POST /emergency-accounts": anyOf{"name": "A"},
	})
}

// findAccounts adds a company beside the account there is, and lists both.
func (k *keepers) findAccounts(id string) {
	k.t.Helper()
	company := anyOf{"name": "Công ty Mẫu", "login": "cty-mau", "org": "hy-skhcn", "mandate": anyOf{"paper": "12/QĐ-SKHCN", "valid_from": "2026-11-01", "valid_to": "2030-12-31"}}
	var one api.UserAccountDetail
	k.send("POST", "/accounts/companies", company).want(201).into(&one)
	if one.Kind != identity.KindCompany || one.Mandate == nil || one.Mandate.ValidTo != "2030-12-31" {
		k.t.Errorf("%+v", one)
	}
	k.send("POST", "/accounts/companies", company).problem(409, "identity.login.taken")
	delete(company, "mandate")
	k.send("POST", "/accounts/companies", company).want(422)
	var list accounts
	for text, want := range map[string]string{"": id, "pham thi mau": id, "MAU@phohien": id, "cty-m": one.ID} {
		if k.send("POST", "/accounts/search", anyOf{"text": text, "limit": 1}).want(200).into(&list); list.Items[0].ID != want || (list.Next != "") != (text == "") || list.Total < 1 {
			k.t.Errorf("%q finds %+v", text, list)
		}
	}
	for query, want := range map[string]string{"org=hy-skhcn": one.ID, "state=disabled": id, "limit=1&after=" + id: one.ID} {
		if k.get("/api/v1/accounts?" + query).want(200).into(&list); len(list.Items) != 1 || list.Items[0].ID != want || list.Next != "" {
			k.t.Errorf("%q finds %+v", query, list)
		}
	}
	k.get("/api/v1/accounts?state=tries").want(200).into(&list)
	if len(list.Items) != 0 {
		k.t.Errorf("%+v", list)
	}
	k.get("/api/v1/accounts?state=khac").want(422)
}

// emergency makes an emergency account and its next code.
func (k *keepers) emergency() {
	k.t.Helper()
	var first, next struct{ ID, Code string }
	k.send("POST", "/emergency-accounts", anyOf{"name": "Tài khoản khẩn cấp mẫu"}).want(201).into(&first)
	k.send("POST", "/emergency-accounts/"+first.ID+"/reseal", nil).want(200).into(&next)
	if first.Code == "" || next.Code == first.Code || next.ID != first.ID {
		k.t.Errorf("%+v %+v", first, next)
	}
	if _, _, err := k.province.Accounts.UseEmergency(k.t.Context(), next.Code, "Thử", identity.Origin{}); err != nil {
		k.t.Fatal(err)
	}
	var list struct{ Items []api.EmergencyAccount }
	if k.get("/api/v1/emergency-accounts").want(200).into(&list); len(list.Items) != 1 || list.Items[0].Sealed || list.Items[0].Used == "" {
		k.t.Errorf("%+v", list)
	}
	var one api.UserAccountDetail
	if k.get("/api/v1/accounts/" + first.ID).want(200).into(&one); one.Kind != identity.KindEmergency || len(one.Sessions) != 1 {
		k.t.Fatalf("%+v", one)
	}
	if k.send("POST", "/accounts/"+first.ID+"/end-sessions", anyOf{"session": one.Sessions[0].ID}).want(200).into(&one); len(one.Sessions) != 0 {
		k.t.Errorf("%+v", one.Sessions)
	}
	k.send("POST", "/emergency-accounts/"+first.ID+"/reseal", nil).want(200).into(&next)
	k.send("POST", "/emergency-accounts", anyOf{"name": " "}).want(400)
	k.send("POST", "/emergency-accounts/khong-co/reseal", nil).want(404)
	if k.get("/api/v1/emergency-accounts").want(200).into(&list); len(list.Items) != 1 || !list.Items[0].Sealed {
		k.t.Errorf("%+v", list)
	}
	if got := strings.Join(k.changes(first.ID), " "); got != "emergency reseal end reseal" || k.said(first.Code) || k.said(next.Code) {
		k.t.Errorf("the log: %s", got)
	}
}

// takePeople reads a list out of a file, answers its question, and takes it: all or none.
func (k *keepers) takePeople() {
	k.t.Helper()
	file := "Họ và tên,Email,Cơ quan,Chức vụ,Vai trò\n" +
		"Trần Thị Mẫu An,an@phohien.example,Sở Nội vụ,Chuyên viên,Cán bộ đầu mối dữ liệu\n" +
		"Trần Thị Mẫu Cúc,cuc@phohien.example,Sở Nội vụ,Phó phòng,Thần đồng\n"
	var read struct {
		api.PeopleReport
		People []api.PersonLine
	}
	k.ask("POST", "/api/v1/accounts/import/read?name=ds.csv", strings.NewReader(file), "Content-Type: application/octet-stream").want(200).into(&read)
	if len(read.People) != 2 || read.Questions != 2 || read.Written || read.People[0].Roles[0] != "Cán bộ đầu mối dữ liệu" || len(read.Outcomes[0].Candidates) < 2 {
		k.t.Fatalf("%+v", read)
	}
	for i := range read.People {
		read.People[i].Org = "hy-snv"
	}
	var got api.PeopleReport
	k.send("POST", "/accounts/import", anyOf{"people": read.People}).want(200).into(&got)
	if got.Written || got.Wrong != 1 || len(got.Outcomes[1].Problems) != 1 || got.Outcomes[1].Problems[0].Type != api.TypePrefix+"people.import.role" {
		k.t.Errorf("%+v", got)
	}
	read.People[1].Roles = nil
	for _, c := range []struct {
		query    string
		accounts int
		written  bool
	}{{"?preview=true", 2, false}, {"", 2, true}, {"", 0, true}} {
		k.send("POST", "/accounts/import"+c.query, anyOf{"people": read.People}).want(200).into(&got)
		if got.Written != c.written || got.Accounts != c.accounts || got.Wrong+got.Questions != 0 {
			k.t.Errorf("%q: %+v", c.query, got)
		}
	}
	if !got.Outcomes[0].Has || got.Outcomes[0].Login == "" {
		k.t.Errorf("again: %+v", got.Outcomes)
	}
	k.send("POST", "/accounts/import", anyOf{"people": []anyOf{}}).want(422)
	k.ask("POST", "/api/v1/accounts/import/read", strings.NewReader("a,b\n1,2\n"), "Content-Type: application/octet-stream").problem(400, "people.import.no-names")
	if a := k.get("/api/v1/accounts/import/template.xlsx").want(200); a.fileName() != "danh-sach-can-bo.xlsx" || !strings.HasPrefix(string(a.body), "PK") {
		k.t.Errorf("the template %s of %d bytes", a.fileName(), len(a.body))
	}
	if got := strings.Join(k.changes(""), " "); strings.Count(got, "import") != 2 || k.said("cuc@") {
		k.t.Errorf("the log: %s", got)
	}
}

// TestAccountReviews goes through a review: keeps those without marks at once, one for
// a reason, closes one, and finishes with one left.
func TestAccountReviews(t *testing.T) {
	k := newKeepers(t, policy.RoleAdmin)
	var ids []string
	for i, org := range []string{"hy-syt", "hy-syt", "hy-snv", "hy-snv"} {
		var one api.UserAccountDetail
		k.send("POST", "/accounts", anyOf{"name": "Lê Văn Mẫu", "email": fmt.Sprintf("le.%d@phohien.example", i), "org": org, "title": "Chuyên viên"}).want(201).into(&one)
		ids = append(ids, one.ID)
	}
	k.send("POST", "/accounts/"+ids[1]+"/grants", anyOf{"role": policy.RoleSteward}).want(200) // that no post brings
	k.send("POST", "/account-reviews", anyOf{"due_on": "2020-01-01"}).problem(400, "review.due")
	var c api.AccountReviewDetail
	k.send("POST", "/account-reviews", anyOf{}).want(201).into(&c)
	path := "/account-reviews/" + c.ID
	if c.Accounts != 4 || c.Decided != 0 || c.Overdue || c.EndedAt != "" || len(c.Agencies) != 2 {
		t.Fatalf("%+v", c)
	}
	k.send("POST", "/account-reviews", anyOf{}).problem(409, "review.open")

	var page struct {
		Items []api.ReviewedAccount
		Next  string
		Total int
	}
	k.get("/api/v1" + path + "/accounts?limit=3").want(200).into(&page)
	if len(page.Items) != 3 || page.Total != 4 || page.Items[1].Account != ids[1] || len(page.Items[1].Marks) != 1 || page.Items[1].Marks[0] != review.Beyond || page.Items[1].Beyond[0] != policy.RoleSteward {
		t.Fatalf("%+v", page)
	}
	k.get("/api/v1" + path + "/accounts?limit=3&after=" + page.Next).want(200).into(&page)
	if len(page.Items) != 1 || page.Items[0].Account != ids[3] || page.Next != "" {
		t.Errorf("%+v", page)
	}

	decide := func(account, verdict, why string) *answer {
		return k.send("POST", path+"/accounts/"+account+"/decide", anyOf{"verdict": verdict, "why": why})
	}
	decide(ids[1], "kept", "").problem(400, "review.kept-why")
	decide(ids[1], "changed", "").problem(409, "review.not-changed")
	decide(ids[1], "khac", "").want(422)
	decide("khong-co", "kept", "").want(404)
	decide(ids[1], "kept", "Phụ trách tạm thời").want(200).into(&c)
	if c.Decided != 1 {
		t.Errorf("%+v", c)
	}
	decide(ids[2], "closed", "Công dân 033099001234 tố cáo").problem(400, "reason.number")
	var one api.UserAccountDetail
	if k.get("/api/v1/accounts/" + ids[2]).want(200).into(&one); one.State == identity.Disabled {
		t.Error("what could not be decided has disabled the account")
	}
	decide(ids[2], "closed", "Đã nghỉ việc").want(200)
	if k.get("/api/v1/accounts/" + ids[2]).want(200).into(&one); one.State != identity.Disabled || !strings.Contains(one.Why, "Đã nghỉ việc") {
		t.Errorf("%+v", one)
	}
	k.send("POST", path+"/keep", anyOf{"org": "hy-syt"}).want(200).into(&c)
	if c.Decided != 3 || c.Agencies[0].Unmarked+c.Agencies[1].Unmarked != 1 {
		t.Errorf("%+v", c)
	}
	k.get("/api/v1" + path + "/accounts?open=true&org=hy-snv").want(200).into(&page)
	if len(page.Items) != 1 || page.Items[0].Account != ids[3] {
		t.Errorf("%+v", page)
	}
	if k.get("/api/v1" + path + "/accounts?org=-").want(200).into(&page); len(page.Items) != 0 {
		t.Errorf("%+v", page)
	}
	k.refuses(map[string]any{
		"GET /account-reviews": nil, "POST /account-reviews": anyOf{}, "GET " + path: nil, "GET " + path + "/accounts": nil, "GET " + path + "/report.csv": nil,
		"POST " + path + "/accounts/" + ids[3] + "/decide": anyOf{"verdict": "kept"}, "POST " + path + "/keep": anyOf{"org": "hy-snv"}, "POST " + path + "/finish": anyOf{"why": "x"},
	})
	k.send("POST", path+"/finish", anyOf{}).problem(409, "review.left")
	k.send("POST", path+"/finish", anyOf{"why": "Người rà soát nghỉ phép"}).want(200).into(&c)
	if c.EndedAt == "" || c.EndedBy == nil || c.Why == "" || c.Decided != 3 {
		t.Errorf("%+v", c)
	}
	decide(ids[3], "closed", "").problem(409, "review.ended")
	k.send("POST", "/account-reviews/khong-co/keep", anyOf{"org": ""}).want(404)
	report := k.get("/api/v1" + path + "/report.csv").want(200)
	if text := string(report.body); strings.Count(text, "Lê Văn Mẫu") != 4 || !strings.Contains(text, "Phụ trách tạm thời") || !strings.HasSuffix(report.fileName(), ".csv") {
		t.Errorf("%s: %s", report.fileName(), text)
	}
	var list struct {
		Items  []api.AccountReview
		NextOn string `json:"next_on"`
	}
	k.get("/api/v1/account-reviews").want(200).into(&list)
	if len(list.Items) != 1 || list.Items[0].ID != c.ID || list.NextOn <= time.Now().Format(time.DateOnly) {
		t.Errorf("%+v", list)
	}
	for id, want := range map[string]string{ids[0]: "add review.kept", ids[1]: "add grant review.kept review.changed review.kept", ids[2]: "add review.closed review.closed", ids[3]: "add review.closed",
		"": "review.begin review.begin review.begin review.finish review.finish"} {
		if got := strings.Join(k.changes(id), " "); got != want {
			t.Errorf("the log of %q: %s", id, got)
		}
	}
}
