package admin_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/phohien/phohien/internal/channels/accountdesk"
	"github.com/phohien/phohien/internal/channels/admin"
	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/logdesk"
	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui/assets"
	"github.com/phohien/phohien/internal/channels/usagedesk"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/keys"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/usage"
)

// A rulesWorld is a province with its rules, log and ledger, in which the caller
// has the role that the test gives.
type rulesWorld struct {
	*apitest.Province
	t        *testing.T
	base     string
	policies *policy.Policies
	log      *audit.Log
	logDir   string
	ledger   *usage.Ledger
	accounts *identity.Service

	mu    sync.Mutex
	roles []string
	noted []door.Entry
}

func (w *rulesWorld) as(roles ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.roles = roles
}

func (w *rulesWorld) notes() []door.Entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]door.Entry(nil), w.noted...)
}

func newRulesWorld(t *testing.T) *rulesWorld {
	t.Helper()
	p := apitest.New(t)
	w := &rulesWorld{Province: p, t: t}
	dir := t.TempDir()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	w.policies, err = policy.Open(t.Context(), p.Control)
	ok(err)
	ring, err := keys.Open(filepath.Join(dir, "keys", "master.key"))
	ok(err)
	w.logDir = filepath.Join(dir, "audit")
	w.log, err = audit.Open(audit.Options{Dir: w.logDir, Origin: "phohien/thu/audit", Signer: ring.Signer("audit/checkpoint"), Log: p.Log})
	ok(err)
	t.Cleanup(func() { ok(w.log.Close()) })
	w.ledger, err = usage.Open(t.Context(), p.Control, ring, filepath.Join(dir, "usage"))
	ok(err)
	t.Cleanup(func() { ok(w.ledger.Close()) })
	w.accounts, err = identity.New(t.Context(), identity.Deps{
		DB: p.Control, Keys: ring, Cost: identity.Cost{KiB: 64, Passes: 1, Threads: 1}, Record: func(context.Context, identity.Event) error { return nil },
		Alarm: func(context.Context, identity.Event) {}, Conflict: w.policies.Conflict,
	})
	ok(err)

	p.Door.Policies = w.policies
	known := p.Door.Known
	p.Door.Known = func(r *http.Request) (*door.Caller, error) {
		c, err := known(r)
		if c != nil {
			w.mu.Lock()
			c.Who.Roles, c.Who.Strong, c.Who.Inside = append([]string{policy.RoleOfficial}, w.roles...), true, true
			w.mu.Unlock()
		}
		return c, err
	}
	p.Door.Record = func(ctx context.Context, e door.Entry) error {
		w.mu.Lock()
		w.noted = append(w.noted, e)
		w.mu.Unlock()
		_, err := w.log.Append(ctx, audit.Entry{
			Actor: audit.Actor{Kind: e.Caller.Actor.Kind, ID: e.Caller.Actor.ID, Name: e.Caller.Actor.Name}, Action: string(e.Action), Object: e.Kind + ":" + e.ID,
			Dest: e.Caller.At + " " + e.Caller.Host, Result: e.Result, Detail: e.Detail,
		})
		return err
	}
	set, err := assets.Load()
	ok(err)
	pages := site.New(p.Guard, p.Door, set, p.Log)
	orgs := org.NewStore(p.Control, org.Deps{})
	admin.New(admin.Deps{
		Site: pages, Accounts: accountdesk.New(&orgdesk.Desk{Door: p.Door, Orgs: orgs, Accounts: w.accounts, Policies: w.policies}), Orgs: orgs, Policies: w.policies, Audit: &logdesk.Desk{Log: w.log, Door: p.Door, Dir: w.logDir}, Usage: &usagedesk.Desk{Ledger: w.ledger, Door: p.Door, Policies: w.policies},
		Contracts: p.Contracts, Records: p.Truth,
	})
	server := httptest.NewServer(pages)
	t.Cleanup(server.Close)
	w.base = server.URL
	return w
}

// browse opens a browser that has signed in.
func (w *rulesWorld) browse(path string) *browsertest.Browser {
	w.t.Helper()
	b := browsertest.New(w.t, w.base)
	b.Open(path + "?token=" + apitest.Token)
	return b
}

func text(b *browsertest.Browser, selector string) string {
	return browsertest.Eval[string](b, `[...document.querySelectorAll(`+fmt.Sprintf("%q", selector)+`)].map((e) => e.innerText).join("\n")`)
}

func has(t *testing.T, b *browsertest.Browser, selector string, want ...string) {
	t.Helper()
	got := text(b, selector)
	for _, s := range want {
		if !strings.Contains(got, s) {
			t.Errorf("%s: %s does not say %q:\n%s", b.Here(), selector, s, got)
		}
	}
}

func fill(b *browsertest.Browser, selector, value string) {
	browsertest.Eval[bool](b, fmt.Sprintf(`(document.querySelector(%q).value = %q, true)`, selector, value))
}

// TestBench asks who can read a column of personal data, and why, without a
// script; the answer is what the policies say.
func TestBench(t *testing.T) {
	w := newRulesWorld(t)
	w.as(policy.RoleAdmin)
	if _, err := w.accounts.Add(t.Context(), actor.Actor{Kind: "person", ID: "quan-tri", Name: "Quản trị"}, identity.NewAccount{Login: "an.nguyen", Name: "Người Thử Một", Kind: "person", OrgID: "hy-syt"}); err != nil {
		t.Fatal(err)
	}
	b := w.browse("/admin/policies")
	b.Scripts(false)
	b.Do(chromedp.Navigate(w.base + "/admin/policies/test"))
	fill(b, "#bench-of", "dataset:hy-tro-cap-xa-hoi")
	fill(b, "#bench-column", "so_dinh_danh")
	fill(b, "#bench-role", policy.RoleSteward)
	browsertest.Eval[bool](b, `(document.querySelector("#bench").submit(), true)`)
	b.Until(`document.querySelector("#answer")`)
	b.Scripts(true)
	b.Open(strings.TrimPrefix(b.Here(), w.base))
	has(t, b, "#answer", "Được phép", "toàn bộ bản ghi", "Cán bộ đầu mối dữ liệu", "cần nêu mục đích")
	has(t, b, "#why", "can-bo.doc-cua-co-quan", "truong.co-ban-dau-moi")
	has(t, b, "#who", "Công chúng", "Cán bộ phân tích", "so_dinh_danh")
	b.Seen("rules-bench")

	// Named for what, the steward sees the number; an analyst never does.
	ask := func(more url.Values) {
		q := url.Values{"of": {"dataset:hy-tro-cap-xa-hoi"}, "action": {"read"}, "stands": {"own"}}
		for k, v := range more {
			q[k] = v
		}
		b.Open("/admin/policies/test?" + q.Encode())
	}
	ask(url.Values{"role": {policy.RoleSteward}, "purpose": {"giai-quyet-tthc"}, "strong": {"yes"}, "column": {"so_dinh_danh"}})
	has(t, b, "#columns", "so_dinh_danh", "đầy đủ")
	ask(url.Values{"role": {policy.RoleAnalyst}})
	has(t, b, "#answer", "Không được phép")
	ask(url.Values{"account": {"an.nguyen"}})
	has(t, b, "#answer", "Người Thử Một", "Cán bộ có tài khoản")
	ask(url.Values{"role": {policy.RoleSteward}, "org": {"hy-syt"}})
	has(t, b, "#answer", "Sở Y tế")
	b.Seen("rules-bench-all")
	ask(url.Values{"account": {"khong-co"}})
	if text(b, "[role=alert]") == "" || text(b, "#answer") != "" {
		t.Error("an account that is not there is answered for")
	}
	b.Open("/admin/policies/test?of=kind%3Aaudit&action=read-audit&role=compliance_officer")
	has(t, b, "#answer", "Được phép")
	w.as(policy.RoleAnalyst)
	b.Open("/admin/policies/test")
	has(t, b, "h1", "Không được phép")
}

// TestPolicyEdit: what is wrong is told by line, what changes for whom before it
// does, and a change can be undone.
func TestPolicyEdit(t *testing.T) {
	w := newRulesWorld(t)
	w.as(policy.RoleAdmin)
	b := w.browse("/admin/policies")
	has(t, b, "#policies", "Dữ liệu mở không có dữ liệu cá nhân", "mo.bo-du-lieu", "Gói nghiệp vụ viet-nam")
	b.Seen("rules-policies")
	b.Open("/admin/policies/phan-mem.dung-chung")
	have, err := w.policies.Get(t.Context(), "phan-mem.dung-chung")
	if err != nil {
		t.Fatal(err)
	}
	fill(b, "#rule-text", strings.Replace(have.Text, `Role::"service"`, `Role::"servise"`, 1))
	b.Click("button[value=check]")
	b.Until(`document.querySelector(".rule-findings")`)
	has(t, b, ".rule-findings", "Dòng", "servise", "service")
	// Who would get what is shown before it is so.
	wider := strings.Replace(have.Text, `Action::"aggregate"`, `Action::"aggregate", Action::"export"`, 1)
	fill(b, "#rule-text", wider)
	b.Click("button[value=check]")
	b.Until(`document.querySelector("#effects")`)
	has(t, b, "#edit table", "Phần mềm của hệ thống khác", "xuất tệp")
	b.Seen("rules-policy-effects")
	if v, err := w.policies.Get(t.Context(), have.ID); err != nil || v.Text != have.Text {
		t.Error("looking changed it")
	}
	fill(b, "#rule-note", "thử cho đọc")
	b.Click("button[value=save]")
	b.Until(`location.search.includes("done=changed")`)
	if v, err := w.policies.Get(t.Context(), have.ID); err != nil || v.Text != strings.TrimSpace(wider) || v.Note != "thử cho đọc" || v.By.ID != "web" {
		t.Errorf("%+v, %v", v, err)
	}
	b.Click("#history tbody tr:first-child td:first-child a")
	b.Until(`document.querySelector(".rule-diff")`)
	has(t, b, ".rule-diff ins", `Action::"export"`)
	b.Seen("rules-policy-history")
	b.Click("#undo button")
	b.Until(`location.search.includes("undone")`)
	if v, err := w.policies.Get(t.Context(), have.ID); err != nil || v.Text != have.Text {
		t.Errorf("%+v, %v", v, err)
	}
	// A new one, first without an id.
	b.Open("/admin/policies/new")
	fill(b, "#rule-text", `permit (principal, action, resource);`)
	b.Click("button[value=save]")
	b.Until(`document.querySelector("[role=alert]")`)
	fill(b, "#rule-text", "@id(\"thu.moi\")\n@vi(\"Cán bộ được xem chính sách.\")\npermit (principal in Role::\"official\", action == Action::\"test-policy\", resource is Policy);")
	b.Click("button[value=save]")
	b.Until(`location.pathname.endsWith("thu.moi")`)
	has(t, b, "h1", "Cán bộ được xem chính sách.")
	browsertest.Eval[bool](b, `document.querySelector("#remove").open = true`)
	fill(b, "#remove-note", "không cần nữa")
	b.Click("#remove button")
	b.Until(`location.search.includes("done=revoked")`)
	if v, err := w.policies.Get(t.Context(), "thu.moi"); err != nil || !v.Removed {
		t.Errorf("%+v, %v", v, err)
	}
	// The change that would shut everybody out is refused, and said why.
	resp := w.post("/admin/policies/he-thong.quan-tri/remove", url.Values{"note": {"theo ông 033099001234"}, "match": {w.digest("he-thong.quan-tri")}})
	if resp.status != 400 || !strings.Contains(resp.body, "Lý do, căn cứ có dãy số") || !strings.Contains(resp.body, `value="theo ông 033099001234"`) {
		t.Errorf("a reason with somebody's number: %d %.2000s", resp.status, resp.body)
	}
	resp = w.post("/admin/policies/he-thong.quan-tri/remove", url.Values{"note": {"x"}, "match": {w.digest("he-thong.quan-tri")}})
	if resp.status != 409 || !strings.Contains(resp.body, "role=\"alert\"") {
		t.Errorf("%d", resp.status)
	}
	// Of two who have it open the second is told who has changed it, and saves over it only then.
	seen := w.digest(have.ID)
	if resp := w.post("/admin/policies/"+have.ID, url.Values{"text": {have.Text + "\n// lần một"}, "match": {seen}, "note": {"một"}, "do": {"save"}}); resp.status != 303 {
		t.Fatalf("%d %s", resp.status, resp.body)
	}
	resp = w.post("/admin/policies/"+have.ID, url.Values{"text": {have.Text + "\n// lần hai"}, "match": {seen}, "note": {"hai"}, "do": {"save"}})
	if resp.status != 409 || !strings.Contains(resp.body, "vừa được") || !strings.Contains(resp.body, "// lần hai") || !strings.Contains(resp.body, "// lần một") || !strings.Contains(resp.body, `value="`+w.digest(have.ID)) {
		t.Errorf("%d %s", resp.status, resp.body)
	}
	// Who may only try policies changes none.
	w.as(policy.RoleCompliance)
	if resp := w.post("/admin/policies/mo.bo-du-lieu/remove", url.Values{"match": {w.digest("mo.bo-du-lieu")}}); resp.status != 403 {
		t.Errorf("%d", resp.status)
	}
	found := false
	for _, e := range w.notes() {
		found = found || e.Action == policy.EditPolicy && e.Result == "done" && e.ID == have.ID
	}
	if !found {
		t.Error("the change is not in the log")
	}
}

func (w *rulesWorld) digest(id string) string {
	w.t.Helper()
	v, err := w.policies.Get(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return v.Digest
}

type posted struct {
	status int
	body   string
}

// post sends a form of the session.
func (w *rulesWorld) post(path string, f url.Values) posted {
	w.t.Helper()
	f.Set("token", apitest.Form)
	return w.send(http.MethodPost, path, f.Encode())
}

func (w *rulesWorld) send(method, path, body string) posted {
	w.t.Helper()
	r, err := http.NewRequest(method, w.base+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(w.Guard.Session(r))
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return posted{resp.StatusCode, string(text)}
}

// TestAuditPages: the log is searched, an entry is proved, the whole is verified,
// and a changed byte is found.
func TestAuditPages(t *testing.T) {
	w := newRulesWorld(t)
	for i := range 120 {
		if _, err := w.log.Append(t.Context(), audit.Entry{
			Actor: audit.Actor{Kind: "person", ID: fmt.Sprint("nguoi-", i%3), Name: "Trần Thị Thử"}, Org: "hy-syt", RealIP: "10.0.0.9", Dest: "console localhost",
			Action: "read", Object: "dataset:hy-xa", Purpose: "thong-ke-bao-cao", Basis: "Luật 91/2025/QH15", Result: []string{audit.Allow, audit.Deny}[i%2], Why: []string{"mo.bo-du-lieu"},
			Trace: strings.Repeat("a", 32), Detail: map[string]string{"rows": fmt.Sprint(i)},
		}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.log.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.as(policy.RoleCompliance)
	b := w.browse("/admin/audit")
	fill(b, "#find-entries-text", "tran thi thu")
	fill(b, "#find-entries-result", "deny")
	browsertest.Eval[bool](b, `(document.querySelector("#find-entries").submit(), true)`)
	b.Until(`location.search.includes("text=")`)
	has(t, b, "#entries", "Trần Thị Thử", "hy-syt", "Từ chối", "dataset:hy-xa")
	if strings.Contains(text(b, "#entries tbody"), "Cho phép") {
		t.Error("entries that were not asked for")
	}
	b.Seen("rules-audit")
	before := len(strings.Split(text(b, "#entries tbody"), "\n"))
	b.Click("#older a")
	b.Until(`location.search.includes("before=")`)
	if n := len(strings.Split(text(b, "#entries tbody"), "\n")); n == 0 || n >= before {
		t.Errorf("%d lines on the second page, %d on the first", n, before)
	}
	b.Open("/admin/audit/7")
	has(t, b, ".page-state", "Chứng minh được")
	has(t, b, "#entry", "10.0.0.9", "Luật 91/2025/QH15", "thong-ke-bao-cao", "mo.bo-du-lieu", "rows: 6", strings.Repeat("a", 32))
	b.Seen("rules-audit-entry")
	receipt, err := audit.ParseReceipt([]byte(w.send("GET", "/admin/audit/7/receipt.json", "").body))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := receipt.Check(w.log.Key()); err != nil {
		t.Error(err)
	}
	// Case 12: nothing of yesterday was changed. The checkpoint was kept elsewhere.
	old := string(w.log.Checkpoint().Note)
	b.Open("/admin/audit")
	fill(b, "#verify-checkpoint", old)
	b.Click("#verify button")
	b.Until(`document.querySelector("#verified")`)
	has(t, b, "#verified", "Không mục nào trong", "giây", "Bắt đầu lúc")
	has(t, b, ".page-state", "Nguyên vẹn")
	b.Seen("rules-audit-verified")
	// With none given, the last of yesterday that lies beside the log.
	yesterday := time.Now().Add(-24 * time.Hour).UTC()
	kept := filepath.Join(w.logDir, "checkpoints", yesterday.Format("2006"), yesterday.Format("01-02T15Z"))
	if err := os.MkdirAll(filepath.Dir(kept), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(kept, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := w.post("/admin/audit/verify", url.Values{}); got.status != 200 || !strings.Contains(got.body, "Không mục nào trong") || !strings.Contains(got.body, "Nguyên vẹn") {
		t.Errorf("%d %.2000s", got.status, got.body)
	}
	if got := w.post("/admin/audit/verify", url.Values{"checkpoint": {strings.Replace(old, "audit\n", "audit\n9", 1)}}); got.status != 200 || !strings.Contains(got.body, "Chưa so được") {
		t.Errorf("a forged checkpoint: %d", got.status)
	}
	for _, format := range audit.Formats {
		got := w.send("GET", "/admin/audit/export?format="+format, "")
		if got.status != 200 || strings.Count(got.body, "\n") < 100 {
			t.Errorf("%s: %d, %d lines", format, got.status, strings.Count(got.body, "\n"))
		}
	}
	if got := w.send("GET", "/admin/audit/export?format=la", ""); got.status != 400 {
		t.Errorf("%d", got.status)
	}
	if got := w.send("GET", "/admin/audit?from=hom-qua", ""); got.status != 200 || !strings.Contains(got.body, `role="alert"`) {
		t.Errorf("%d", got.status)
	}
	if page := w.send("GET", "/admin/audit/verify.html", ""); page.status != 200 || !strings.Contains(page.body, "<html") {
		t.Errorf("%d", page.status)
	}
	last := w.notes()[len(w.notes())-1]
	if last.Action != policy.ReadAudit {
		t.Errorf("reading is not in the log: %+v", last)
	}
	// A byte of an entry that is changed is found.
	path := filepath.Join(w.logDir, "payload", "000000.log")
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	at := int64(strings.Index(string(body), "Thị Thử") + 2)
	if _, err := f.WriteAt([]byte{body[at] ^ 1}, at); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	got := w.post("/admin/audit/verify", url.Values{})
	if got.status != 200 || !strings.Contains(got.body, "band-poor") || !strings.Contains(got.body, "payload/000000.log") || strings.Contains(got.body, "Nguyên vẹn") {
		t.Errorf("%d: a changed byte is not told", got.status)
	}
	w.as(policy.RoleAnalyst)
	if got := w.send("GET", "/admin/audit", ""); got.status != 403 {
		t.Errorf("%d", got.status)
	}
}

// TestUsagePages: who used a person's data is told for a stated reason only, and
// each look leaves a line.
func TestUsagePages(t *testing.T) {
	w := newRulesWorld(t)
	const number = "033090000123"
	for i := range 60 {
		u := &usage.Use{Door: "console", Action: "read", Actor: actor.Actor{Kind: "person", ID: "can-bo", Name: "Cán bộ một cửa"}, Org: []string{"hy-syt", "hy-stc"}[i%2],
			Purpose: "giai-quyet-tthc", Text: "hồ sơ 12", Basis: "Luật 91/2025/QH15", Kinds: []string{"name", "personal_id"}, Dataset: "hy-tro-cap-xa-hoi",
			Subjects: w.ledger.Subjects(number)}
		if err := w.ledger.Record(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	w.as(policy.RoleCompliance)
	b := w.browse("/admin/usage")
	has(t, b, "#counts", "hy-tro-cap-xa-hoi", "Sở Y tế", "30")
	b.Seen("rules-usage")
	fill(b, "#of-person-number", "0330 9000 0123")
	fill(b, "#of-person-purpose", "thanh-tra-kiem-tra")
	fill(b, "#of-person-reason", "Đơn khiếu nại 15/ĐKN")
	b.Click("#of-person button")
	b.Until(`document.querySelector("#found")`)
	has(t, b, "#found", "Cán bộ một cửa", "họ tên", "Giải quyết thủ tục hành chính", "hồ sơ 12")
	if strings.Contains(b.Here(), "0330") || strings.Contains(browsertest.Eval[string](b, `document.querySelector("#of-person-number").value`), "0330") {
		t.Error("the number is in the address or the form")
	}
	b.Seen("rules-usage-person")
	b.Click("#more button")
	b.Until(`document.querySelectorAll("#found tbody tr").length === 11`) // ten, and the first look itself
	// Without a reason nothing is read and no line is left.
	lines := func() int {
		list, _, err := w.ledger.List(t.Context(), usage.Use{Door: "thử", Actor: actor.Actor{Kind: "person", ID: "x", Name: "x"}, Purpose: "thanh-tra-kiem-tra", Basis: "x"}, usage.Filter{Dataset: usage.Dataset, From: time.Now().Add(-time.Hour), To: time.Now().Add(time.Hour), Page: usage.Page{Limit: 1000}})
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	n := lines()
	if got := w.post("/admin/usage/person", url.Values{"number": {number}, "purpose": {"thanh-tra-kiem-tra"}}); got.status != 400 || strings.Contains(got.body, number) || strings.Contains(got.body, "Cán bộ một cửa") {
		t.Errorf("%d", got.status)
	}
	if m := lines(); m != n+1 { // its own look
		t.Errorf("%d lines, then %d", n, m)
	}
	got := w.post("/admin/usage/lines", url.Values{"dataset": {"hy-tro-cap-xa-hoi"}, "org": {"Sở Y tế [hy-syt]"}, "used-for": {"giai-quyet-tthc"}, "purpose": {"thanh-tra-kiem-tra"}, "reason": {"kiểm tra quý IV"}})
	if got.status != 200 || strings.Count(got.body, "Cán bộ một cửa") != 30 {
		t.Errorf("%d, %d lines", got.status, strings.Count(got.body, "Cán bộ một cửa"))
	}
	if text := fmt.Sprint(w.notes()); strings.Contains(text, number) {
		t.Error("the number was written down")
	}
	for _, role := range []string{policy.RoleAdmin, policy.RoleSteward} {
		w.as(role)
		if got := w.send("GET", "/admin/usage", ""); got.status != 403 {
			t.Errorf("%s: %d", role, got.status)
		}
	}
}

// TestClassification: what nobody has decided is red; a decision becomes a new
// version of the contract, and can be undone.
func TestClassification(t *testing.T) {
	w := newRulesWorld(t)
	w.Put(t, apitest.Unclassified)
	w.as(policy.RoleGovernor)
	b := w.browse("/admin/classification")
	has(t, b, "#sets tbody tr:first-child", "Sổ theo dõi hộ", "Chưa phân loại")
	b.Seen("rules-classes")
	b.Open("/admin/classification/thu-so-ho")
	has(t, b, ".class-fields", "Số CCCD", "Đề xuất", "giấy tờ tùy thân")
	b.Seen("rules-class")
	b.Type("#class-reason", "Quyết định 12/QĐ-UBND")
	b.Click(".class-editor button[type=submit]")
	b.Until(`location.search.includes("done=")`)
	con, err := w.Contracts.Current(t.Context(), "thu-so-ho")
	if err != nil {
		t.Fatal(err)
	}
	o := con.Objects[0]
	if p := o.Columns[o.Column("so_cccd")].Personal; p.Class != contract.BasicPersonal || p.Kind != "personal_id" || con.Access != policy.AccessRestricted || con.Class == "" {
		t.Errorf("%+v %s %s", p, con.Access, con.Class)
	}
	has(t, b, ".page-state", "Đã phân loại")
	b.Click("#undo button")
	b.Until(`location.search.includes("undone")`)
	if con, err = w.Contracts.Current(t.Context(), "thu-so-ho"); err != nil || con.Access != "" {
		t.Errorf("%v, %v", con, err)
	}
	// A refusal keeps what was chosen.
	got := w.post("/admin/classification/thu-so-ho", url.Values{"digest": {con.Digest}, "access": {"shared"}, "class": {"core"}, "column/ho/chu_ho": {"sensitive:health"}, "reason": {"Theo đơn của 033095001234"}})
	if got.status != 400 || !strings.Contains(got.body, `value="sensitive:health" selected`) || !strings.Contains(got.body, `value="core" selected`) || !strings.Contains(got.body, "Theo đơn của 033095001234") {
		t.Errorf("%d %s", got.status, got.body)
	}
	// What was opened before somebody else decided is not written over.
	if got := w.post("/admin/classification/thu-so-ho", url.Values{"digest": {"cu"}, "access": {"shared"}, "class": {"other"}, "reason": {"Thử"}}); got.status != 409 {
		t.Errorf("%d", got.status)
	}
	w.as(policy.RoleSteward)
	if got := w.send("GET", "/admin/classification", ""); got.status != 403 {
		t.Errorf("%d", got.status)
	}
}
