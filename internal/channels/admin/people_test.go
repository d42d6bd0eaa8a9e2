package admin_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/channels/accountdesk"
	"github.com/phohien/phohien/internal/channels/admin"
	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/keydesk"
	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/channels/reviewdesk"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui/assets"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/identity/review"
	"github.com/phohien/phohien/internal/foundation/keys"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// A peopleWorld is a province with its organisations, accounts and programs.
type peopleWorld struct {
	*apitest.Province
	t        testing.TB
	base     string
	orgs     *org.Store
	accounts *identity.Service
	clients  *clients.Registry

	mu    sync.Mutex
	noted []door.Entry
}

func newPeopleWorld(t testing.TB) *peopleWorld {
	t.Helper()
	p := apitest.New(t)
	w := &peopleWorld{Province: p, t: t}
	ctx := context.Background()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	policies, err := policy.Open(ctx, p.Control)
	ok(err)
	ring, err := keys.Open(filepath.Join(t.TempDir(), "keys", "master.key"))
	ok(err)
	vault, err := keys.OpenVault(ctx, p.Control, ring)
	ok(err)
	w.orgs = org.NewStore(p.Control, org.Deps{Conflict: policies.Conflict})
	w.accounts, err = identity.New(ctx, identity.Deps{
		DB: p.Control, Keys: ring, Cost: identity.Cost{KiB: 64, Passes: 1, Threads: 1}, Record: func(context.Context, identity.Event) error { return nil },
		Alarm: func(context.Context, identity.Event) {}, Conflict: policies.Conflict,
		OrgName: func(ctx context.Context, id string) (string, bool, error) {
			s, err := w.orgs.Snapshot(ctx)
			if err != nil {
				return "", false, err
			}
			o, ok := s.Org(id)
			if !ok {
				return "", false, nil
			}
			return o.Name, true, nil
		},
		Posts: func(ctx context.Context, person string, on time.Time) ([]identity.Post, error) {
			s, err := w.orgs.Snapshot(ctx)
			if err != nil {
				return nil, err
			}
			var all []identity.Post
			for _, p := range s.Posts(person, viet.DateOf(on.In(viet.Zone))) {
				all = append(all, identity.Post{ID: p.ID, Org: p.Org, Title: p.Title, Roles: p.Roles, Units: p.Units})
			}
			return all, nil
		},
	})
	ok(err)
	w.clients, err = clients.Open(ctx, clients.Deps{Control: p.Control, Vault: vault, Issuer: "https://kho.example", Endpoint: "https://kho.example/api/v1/oauth/token", Log: p.Log})
	ok(err)
	t.Cleanup(func() { ok(w.clients.Close(ctx)) })
	p.Door.Record = func(_ context.Context, e door.Entry) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.noted = append(w.noted, e)
		return nil
	}
	set, err := assets.Load()
	ok(err)
	pages := site.New(p.Guard, p.Door, set, p.Log)
	accounts := accountdesk.New(&orgdesk.Desk{Door: p.Door, Orgs: w.orgs, Accounts: w.accounts, Policies: policies})
	admin.New(admin.Deps{Site: pages, Accounts: accounts, Clients: &keydesk.Desk{Registry: w.clients, Door: p.Door, Orgs: w.orgs}, Orgs: w.orgs, Policies: policies, Contracts: p.Contracts,
		Reviews: &reviewdesk.Desk{Service: review.New(p.Control, review.Deps{Accounts: w.accounts, Orgs: w.orgs}), Accounts: accounts}})
	server := httptest.NewServer(pages)
	t.Cleanup(server.Close)
	w.base = server.URL
	return w
}

// noteOf is the last thing written down with a change.
func (w *peopleWorld) noteOf(change string) (door.Entry, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range slices.Backward(w.noted) {
		if e.Detail["change"] == change {
			return e, true
		}
	}
	return door.Entry{}, false
}

func (w *peopleWorld) ask(method, path, kind string, body io.Reader) (int, string, string) {
	w.t.Helper()
	r, err := http.NewRequest(method, w.base+path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	r.AddCookie(w.Guard.Session(r))
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Location"), string(text)
}

func (w *peopleWorld) get(path string) (int, string) {
	w.t.Helper()
	status, _, text := w.ask(http.MethodGet, path, "", nil)
	return status, text
}

// post sends a form of the caller's session.
func (w *peopleWorld) post(path string, pairs ...string) (status int, location, text string) {
	w.t.Helper()
	f := url.Values{"token": {apitest.Form}}
	for i := 0; i < len(pairs); i += 2 {
		f.Add(pairs[i], pairs[i+1])
	}
	return w.ask(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(f.Encode()))
}

// sendList sends a file to the import.
func (w *peopleWorld) sendList(name string, file []byte) (int, string) {
	w.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormField("token")
	if err == nil {
		_, err = io.WriteString(part, apitest.Form)
	}
	if err == nil {
		part, err = form.CreateFormFile("file", name)
	}
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	status, _, text := w.ask(http.MethodPost, "/admin/accounts/import", form.FormDataContentType(), &b)
	return status, text
}

// generatedPeople is a spreadsheet of people who do not exist, as an office
// writes it: a title above, running numbers, heads of columns in other words.
func generatedPeople(t testing.TB, n int) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	offices := [][2]string{{"hy-syt", ""}, {"", "Sở Nội vụ"}, {"hy-ubnd-pho-hien", ""}, {"hy-skhcn", ""}}
	put := func(row int, cells ...any) {
		if err := f.SetSheetRow("Sheet1", fmt.Sprint("A", row), &cells); err != nil {
			t.Fatal(err)
		}
	}
	put(1, "DANH SÁCH CÁN BỘ ĐỀ NGHỊ CẤP TÀI KHOẢN")
	put(3, "STT", "Họ và tên", "Email", "Điện thoại", "Mã cơ quan", "Đơn vị", "Chức vụ", "Vai trò", "Dữ liệu giả lập")
	for i := range n {
		office := offices[i%len(offices)]
		put(4+i, i+1, fmt.Sprintf("Nguyễn Văn Mẫu %s", letters(i)), fmt.Sprintf("mau.%d@phohien.example", i), fmt.Sprintf("09%08d", 10000000+i), office[0], office[1], "Công chức", "Cán bộ nhập liệu", "x")
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// letters numbers people by syllables, as names have no digits.
func letters(i int) string {
	first := []string{"An", "Bình", "Cường", "Dũng", "Giang", "Hà", "Hùng", "Khánh", "Lan", "Minh"}
	return first[i/100%10] + " " + first[i/10%10] + " " + first[i%10]
}

// TestPeople_import takes four hundred people from a spreadsheet in one go, and
// nobody twice.
func TestPeople_import(t *testing.T) {
	w := newPeopleWorld(t)
	file := generatedPeople(t, 400)
	began := time.Now()
	// Three provinces have such a department: which one is asked once.
	_, text := w.sendList("danh-sach.xlsx", file)
	if asked := strings.Count(text, `name="org-`); asked != 1 {
		t.Fatalf("%d questions: %s", asked, plainText(text))
	}
	status, _, text := w.post("/admin/accounts/import", "rows", kept(t, text), "org-5", "hy-snv")
	if status != 200 || !strings.Contains(text, "Nhập toàn bộ danh sách") {
		t.Fatalf("looking at the list: %d\n%s", status, plainText(text))
	}
	if all, err := w.accounts.Accounts(t.Context(), identity.Filter{}); err != nil || len(all) != 0 {
		t.Fatalf("looking has made %d accounts: %v", len(all), err)
	}
	status, _, text = w.post("/admin/accounts/import/confirm", "rows", kept(t, text))
	if status != 200 || !strings.Contains(text, "Đã tạo 400 tài khoản") {
		t.Fatalf("importing: %d\n%s", status, plainText(text))
	}
	t.Logf("400 people looked at and imported in %v", time.Since(began))
	all, err := w.accounts.Accounts(t.Context(), identity.Filter{Limit: 1000})
	if err != nil || len(all) != 400 {
		t.Fatalf("%d accounts, %v", len(all), err)
	}
	roles, err := w.accounts.Roles(t.Context(), all[0])
	if err != nil || !slices.Contains(roles, policy.RoleEntry) {
		t.Errorf("roles %v, %v", roles, err)
	}
	if e, ok := w.noteOf("import"); !ok || e.Result != "done" || e.Detail["accounts"] != "400" {
		t.Errorf("written down as %+v", e)
	}
	// The same list again makes nobody twice.
	_, text = w.sendList("danh-sach.xlsx", file)
	_, _, text = w.post("/admin/accounts/import", "rows", kept(t, text), "org-5", "hy-snv")
	if !strings.Contains(text, "Đã có tài khoản") {
		t.Errorf("again: %s", plainText(text))
	}
	if status, _, _ = w.post("/admin/accounts/import/confirm", "rows", kept(t, text)); status != 200 {
		t.Errorf("again: %d", status)
	}
	if all, err = w.accounts.Accounts(t.Context(), identity.Filter{Limit: 1000}); err != nil || len(all) != 400 {
		t.Errorf("after the second time %d accounts, %v", len(all), err)
	}
}

// TestPeople_importProblems says what is wrong with each line, asks what is not
// clear, and writes nothing until all is right.
func TestPeople_importProblems(t *testing.T) {
	w := newPeopleWorld(t)
	list := "Họ và tên,Email,Cơ quan,Chức vụ,Vai trò\n" +
		"Trần Thị Mẫu An,an@phohien.example,Sở Y tế,Chuyên viên,Cán bộ đầu mối dữ liệu\n" +
		"Trần Thị Mẫu Bình,khong-phai-thu,Sở Y tế,Chuyên viên,\n" +
		"Trần Thị Mẫu Cúc,cuc@phohien.example,Sở Y tế,Chuyên viên,Thần đồng\n" +
		"Trần Thị Mẫu Dung,dung@phohien.example,Sở Y,Chuyên viên,\n" +
		"Trần Thị Mẫu Em,em@phohien.example,Sở Y tế,Kỹ sư,\"data_engineer, data_entry\"\n"
	status, text := w.sendList("ds.csv", []byte(list))
	if status != 200 {
		t.Fatalf("%d %s", status, plainText(text))
	}
	for _, want := range []string{"thư điện tử không đúng dạng", "Không có vai trò “Thần đồng”", "Chọn cơ quan", "Bộ phận Kỹ thuật vận hành hệ thống, không nhập dữ liệu nghiệp vụ", "Kiểm tra lại với cơ quan đã chọn"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q\n%s", want, plainText(text))
		}
	}
	if strings.Contains(text, "Nhập toàn bộ danh sách") {
		t.Error("a list with problems can be imported")
	}
	w.post("/admin/accounts/import/confirm", "rows", kept(t, text))
	if all, err := w.orgs.People(t.Context(), "Mẫu", "", 10); err != nil || len(all) != 0 {
		t.Errorf("%d people were written, %v", len(all), err)
	}
	// The answer to the question is taken.
	if _, _, text = w.post("/admin/accounts/import", "rows", kept(t, text), "org-5", "hy-syt"); strings.Contains(text, "Chọn cơ quan") {
		t.Error("the answer is asked for again")
	}
	for name, file := range map[string]string{"no names": "a,b\n1,2\n", "nobody": "Họ và tên,Email\n", "no table": "\x00\x01\x02"} {
		if status, text := w.sendList("x.csv", []byte(file)); status < 400 || status >= 500 {
			t.Errorf("%s: %d %s", name, status, plainText(text))
		}
	}
}

var (
	keptRows  = regexp.MustCompile(`name="rows" value="([^"]*)"`)
	anyTag    = regexp.MustCompile(`(?s)<(script|style|datalist)\b.*?</(script|style|datalist)>|<[^>]*>`)
	manyBlank = regexp.MustCompile(`\s+`)
)

// kept is the list that a page carries.
func kept(t testing.TB, text string) string {
	t.Helper()
	m := keptRows.FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("the page carries no list: %s", plainText(text))
	}
	return strings.NewReplacer("&#34;", `"`, "&quot;", `"`, "&amp;", "&", "&#39;", "'", "&lt;", "<", "&gt;", ">").Replace(m[1])
}

func plainText(text string) string {
	if i := strings.Index(text, "<main"); i >= 0 {
		text = text[i:]
	}
	text = manyBlank.ReplaceAllString(anyTag.ReplaceAllString(text, " "), " ")
	return text[:min(len(text), 1500)]
}

var tester = actor.Actor{Kind: "person", ID: "thu", Name: "Người thử"}

// someone makes a generated person with a post and an account.
func (w *peopleWorld) someone(login, name, title string, roles ...string) (identity.Account, org.Post) {
	w.t.Helper()
	ctx := context.Background()
	byTester := tester
	p, err := w.orgs.AddPerson(ctx, byTester, org.Person{Name: name, Email: login + "@phohien.example", Generated: true})
	if err != nil {
		w.t.Fatal(err)
	}
	var post org.Post
	if title != "" {
		post, err = w.orgs.Assign(ctx, byTester, org.Post{Person: p.ID, Org: "hy-syt", Title: title, Roles: roles, Span: org.Span{From: org.On(org.Today(time.Now()) - 30)}})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	a, err := w.accounts.Add(ctx, tester, identity.NewAccount{Login: login, Name: name, Email: p.Email, PersonID: p.ID, OrgID: "hy-syt"})
	if err != nil {
		w.t.Fatal(err)
	}
	return a, post
}

// TestPeople_account changes an account in each way that its page offers.
func TestPeople_account(t *testing.T) {
	w := newPeopleWorld(t)
	a, _ := w.someone("mau-an", "Lê Thị Mẫu An", "Kỹ sư dữ liệu", policy.RoleEngineer)
	path := "/admin/accounts/" + a.ID
	_, text := w.get(path)
	for _, want := range []string{"Dữ liệu giả lập", "Vai trò không giao được cùng", "Bộ phận Kỹ thuật vận hành hệ thống", "Chờ kích hoạt"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, c := range []struct {
		name, what string
		status     int
		says       string
		pairs      []string
	}{
		{"a role", "grant", 303, "", []string{"role", policy.RoleAnalyst}},
		{"a role that does not go with another", "grant", 409, "không nhập dữ liệu nghiệp vụ", []string{"role", policy.RoleEntry}},
		{"no role", "grant", 400, "", []string{"role", "vua"}},
		{"another name", "change", 303, "", []string{"name", "Lê Thị Mẫu Ánh", "email", "anh@phohien.example", "org", "Sở Y tế [hy-syt]"}},
		{"what somebody else has changed since", "change", 409, "đã được người khác sửa", []string{"name", "Lê", "seen", "cu"}},
		{"an organisation that is not there", "change", 400, "khong-co", []string{"name", "Lê", "org", "khong-co"}},
		{"disabling without a reason", "disable", 400, "Cần ghi lý do", nil},
		{"disabling", "disable", 303, "", []string{"why", "nghỉ hưu"}},
		{"opening again", "open", 303, "", nil},
		{"resetting factors unseen", "reset", 400, "xác minh", nil},
		{"resetting factors", "reset", 303, "", []string{"sure", "yes"}},
		{"ending sessions", "end", 303, "", nil},
		{"another thing", "bay", 404, "", nil},
	} {
		if c.what == "change" { // the form names what it was made from
			now, err := w.accounts.Account(t.Context(), a.ID)
			if err != nil {
				t.Fatal(err)
			}
			c.pairs = append(c.pairs, "seen", accountdesk.Digest(now))
		}
		status, _, text := w.post(path+"/"+c.what, c.pairs...)
		if status != c.status {
			t.Errorf("%s: %d, want %d\n%s", c.name, status, c.status, plainText(text))
		}
		if !strings.Contains(text, c.says) {
			t.Errorf("%s: the page lacks %q\n%s", c.name, c.says, plainText(text))
		}
	}
	if e, ok := w.noteOf("disable"); !ok || e.ID != a.ID || e.Action != policy.ManageAccounts || e.Result != "done" {
		t.Errorf("written down as %+v", e)
	}
	grants, err := w.accounts.Grants(t.Context(), a.ID)
	if err != nil || len(grants) != 1 {
		t.Fatalf("grants %v, %v", grants, err)
	}
	if status, _, _ := w.post(path+"/revoke", "grant", "khac"); status != 409 {
		t.Errorf("revoking another's grant: %d", status)
	}
	if status, _, _ := w.post(path+"/revoke", "grant", grants[0].ID); status != 303 {
		t.Errorf("revoking: %d", status)
	}
	// A post does not bring what does not go with a role of the account itself.
	if _, err := w.accounts.Grant(t.Context(), tester, identity.Grant{Account: a.ID, Role: policy.RoleCDO}); err != nil {
		t.Fatal(err)
	}
	if status, _, text := w.post("/admin/posts", "back", path, "person", "mau-an", "org", "hy-syt", "title", "Cán bộ tuân thủ", "role", policy.RoleCompliance); status != 409 || !strings.Contains(text, "giám sát độc lập") {
		t.Errorf("a post against a role: %d %s", status, plainText(text))
	}
	if status, to, text := w.post("/admin/posts", "back", path, "person", "mau-an", "org", "hy-syt", "title", "Chuyên viên"); status != 303 || to != path+"?done=assigned" {
		t.Errorf("a post: %d %s %s", status, to, plainText(text))
	}
	// A form without the session's token writes nothing.
	if status, _, _ := w.ask(http.MethodPost, path+"/disable", "application/x-www-form-urlencoded", strings.NewReader("why=x")); status != 403 {
		t.Errorf("a form of another's: %d", status)
	}
}

// TestPeople_new adds one person, and one company under a mandate.
func TestPeople_new(t *testing.T) {
	w := newPeopleWorld(t)
	person := []string{"kind", "person", "name", "Phạm Thị Mẫu", "email", "mau@phohien.example", "org", "hy-syt", "title", "Chuyên viên", "role", policy.RoleSteward}
	status, to, text := w.post("/admin/accounts/new", person...)
	if status != 303 || !strings.HasPrefix(to, "/admin/accounts/0") {
		t.Fatalf("%d %s\n%s", status, to, plainText(text))
	}
	if status, _, text = w.post("/admin/accounts/new", person...); status != 409 || !strings.Contains(text, "đã có tài khoản") {
		t.Errorf("the same again: %d %s", status, plainText(text))
	}
	if status, _, text = w.post("/admin/accounts/new", "kind", "person", "name", "Phạm Mẫu", "org", "sở y", "title", "x"); status < 400 || !strings.Contains(text, "hy-syt") || !strings.Contains(text, `value="Phạm Mẫu"`) {
		t.Errorf("an organisation that is not clear: %d %s", status, plainText(text))
	}
	status, _, text = w.post("/admin/accounts/new", "kind", "company", "name", "Công ty Mẫu", "login", "cty-mau", "org", "hy-skhcn", "mandate-paper", "12/QĐ-SKHCN ngày 01/11/2026", "mandate-from", "1/11/2026", "mandate-to", "31/12/2030")
	if status != 303 {
		t.Errorf("a company: %d %s", status, plainText(text))
	}
	if status, _, text = w.post("/admin/accounts/new", "kind", "company", "name", "Công ty Mẫu", "login", "cty-mau-2", "org", "hy-skhcn"); status < 400 || status > 499 {
		t.Errorf("a company without a mandate: %d %s", status, plainText(text))
	}
}

// TestPeople_handOver hands a post over on one screen, and takes it back.
func TestPeople_handOver(t *testing.T) {
	w := newPeopleWorld(t)
	_, post := w.someone("mau-truoc", "Hoàng Văn Mẫu Trước", "Cán bộ đầu mối dữ liệu", policy.RoleSteward)
	after, _ := w.someone("mau-sau", "Hoàng Thị Mẫu Sau", "")
	b := w.browse("/admin/posts/" + post.ID + "/hand-over")
	b.Do(chromedp.SetValue(chromedp.CSS(`#who-to`), "mau-sau"))
	b.Click(`#who button[type=submit]`)
	b.Until(`document.querySelector("#preview .hand-items")`)
	b.Seen("people-hand-over")
	if got := browsertest.Eval[string](b, `document.querySelector("#preview").innerText`); !strings.Contains(got, "Hoàng Thị Mẫu Sau") || !strings.Contains(got, "đầu mối") {
		t.Errorf("the preview says %q", got)
	}
	b.Click(`#hand-over button[type=submit]`)
	b.Until(`document.querySelector(".notice-done")`)
	roles, err := w.accounts.Roles(t.Context(), after)
	if err != nil || !slices.Contains(roles, policy.RoleSteward) {
		t.Errorf("the new holder's roles are %v, %v", roles, err)
	}
	b.Seen("people-hand-over-done")
	b.Click(`#undo button[type=submit]`)
	b.Until(`document.querySelector(".notice-done") && document.body.innerText.includes("Đã hoàn tác bàn giao")`)
	if roles, err = w.accounts.Roles(t.Context(), after); err != nil || slices.Contains(roles, policy.RoleSteward) {
		t.Errorf("after undoing the roles are %v, %v", roles, err)
	}
	if _, ok := w.noteOf("post.hand-back"); !ok {
		t.Error("undoing was not written down")
	}
	b.Settle()
	id := post.ID
	if status, _, text := w.post("/admin/posts/"+id+"/hand-over", "to", "mau-truoc", "on", time.Now().Format("2/1/2006")); status < 400 || !strings.Contains(text, "đang giữ chính chức vụ này") {
		t.Errorf("to the holder: %d %s", status, plainText(text))
	}
	if status, _, _ := w.post("/admin/posts/"+id+"/hand-over", "to", "mau-sau", "on", "1/1/2001"); status < 400 || status > 499 {
		t.Errorf("before the post began: %d", status)
	}
}

// TestPeople_orgs changes an organisation in each way that its page offers.
func TestPeople_orgs(t *testing.T) {
	w := newPeopleWorld(t)
	if status, to, text := w.post("/admin/organisations/new", "id", "hy-trung-tam-mau", "name", "Trung tâm Mẫu", "level", "service-unit", "province", "33", "parent", "hy-skhcn", "from", "1/1/2026"); status != 303 || to != "/admin/organisations/hy-trung-tam-mau?done=made" {
		t.Fatalf("%d %s %s", status, to, plainText(text))
	}
	if status, _, text := w.post("/admin/organisations/new", "id", "hy-syt", "name", "Sở khác", "level", "province"); status != 409 || !strings.Contains(text, "không dùng lại") {
		t.Errorf("an id again: %d %s", status, plainText(text))
	}
	path := "/admin/organisations/hy-trung-tam-mau"
	for _, c := range [][]string{
		{"change", "name", "Trung tâm Mẫu số", "level", "service-unit"},
		{"recode", "code", "H31.99", "on", "1/6/2026"},
		{"move", "parent", "Sở Y tế [hy-syt]", "on", "1/7/2026"},
		{"end", "on", "31/12/2030", "successor", "hy-syt"},
	} {
		if status, _, text := w.post(path+"/"+c[0], c[1:]...); status != 303 {
			t.Errorf("%s: %d %s", c[0], status, plainText(text))
		}
		if e, ok := w.noteOf(c[0]); !ok || e.ID != "hy-trung-tam-mau" || e.Action != policy.ManageOrg {
			t.Errorf("%s is written down as %+v", c[0], e)
		}
	}
	_, text := w.get(path)
	for _, want := range []string{"Trung tâm Mẫu số", "H31.99", "từ ngày 01/06/2026", "Sở Y tế – từ ngày 01/07/2026", `<span class="was">Trung tâm Mẫu</span>`, "Người dùng trên web"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q\n%s", want, plainText(text))
		}
	}
	if status, _, text := w.post("/admin/organisations/hy-syt/move", "parent", "hy-trung-tam-mau", "on", "1/8/2026"); status < 400 || status > 499 {
		t.Errorf("under itself: %d %s", status, plainText(text))
	}
	if _, text = w.get("/admin/organisations?q=so+y+te"); !strings.Contains(text, "/admin/organisations/hy-syt") {
		t.Error("the search finds nothing")
	}
	if _, text = w.get("/admin/organisations?on=hom-nao"); !strings.Contains(text, "không phải là một ngày") {
		t.Error("a day that is none is taken")
	}
	if status, _ := w.get("/admin/organisations/khong-co"); status != 404 {
		t.Errorf("none: %d", status)
	}
}

// TestPeople_clients makes a program with keys that are shown once.
func TestPeople_clients(t *testing.T) {
	w := newPeopleWorld(t)
	status, to, text := w.post("/admin/clients/new", "id", "mot-cua", "name", "Phần mềm một cửa (mẫu)", "contact", "Trung tâm mẫu", "org", "hy-syt", "scopes", "read:co-so-y-te", "role", policy.RoleService)
	if status != 303 || !strings.HasPrefix(to, "/admin/clients/mot-cua") {
		t.Fatalf("%d %s %s", status, to, plainText(text))
	}
	b := w.browse("/admin/clients/mot-cua")
	b.Click(`#new-key > summary`)
	b.Do(chromedp.SetValue(chromedp.CSS(`#new-key-label`), "máy chủ số 1"))
	b.Click(`#new-key button[type=submit]`)
	b.Until(`document.querySelector("[data-secret]")`)
	secret := browsertest.Eval[string](b, `document.querySelector("[data-secret]").innerText`)
	b.Seen("people-key")
	p, err := w.clients.Verify(t.Context(), secret)
	if err != nil || p.ID != "mot-cua" {
		t.Fatalf("the key shown is %v, %v", p, err)
	}
	b.Open("/admin/clients/mot-cua")
	b.Seen("people-client")
	b.Settle()
	if strings.Contains(browsertest.Eval[string](b, `document.documentElement.innerHTML`), secret) {
		t.Error("the key is shown twice")
	}
	path := "/admin/clients/mot-cua"
	const public = `{"kty":"EC","crv":"P-256","kid":"may-1","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`
	if status, _, text := w.post(path+"/credentials", "kind", "jwk", "label", "ký", "jwk", public); status != 303 {
		t.Errorf("a public key: %d %s", status, plainText(text))
	}
	if status, _, _ := w.post(path+"/credentials", "kind", "jwk", "label", "ký", "jwk", "không phải khóa"); status < 400 || status > 499 {
		t.Errorf("no key: %d", status)
	}
	if status, _, _ := w.post(path+"/credentials", "kind", "key", "label", "lâu", "days", "9999"); status < 400 || status > 499 {
		t.Errorf("a key for ever: %d", status)
	}
	// A new one beside the old, then the old is revoked.
	_, _, text = w.post(path+"/credentials", "kind", "key", "label", "máy chủ số 1", "credential", p.Credential)
	if !strings.Contains(text, "Khóa cũ vẫn dùng được") {
		t.Errorf("replacing says %s", plainText(text))
	}
	if _, err := w.clients.Verify(t.Context(), secret); err != nil {
		t.Errorf("the old key: %v", err)
	}
	if status, _, _ := w.post(path+"/revoke", "credential", p.Credential); status != 303 {
		t.Errorf("revoking: %d", status)
	}
	if _, err := w.clients.Verify(t.Context(), secret); err == nil {
		t.Error("a revoked key works")
	}
	for what, state := range map[string]clients.State{"suspend": clients.Suspended, "close": clients.Closed} {
		w.post(path + "/" + what)
		if c, err := w.clients.Find(t.Context(), "mot-cua"); err != nil || c.State != state && c.State != clients.Closed {
			t.Errorf("%s: %v %v", what, c.State, err)
		}
	}
}

// TestPeople_emergency shows the sealed code once.
func TestPeople_emergency(t *testing.T) {
	w := newPeopleWorld(t)
	code := regexp.MustCompile(`([0-9A-Z]{5}-){7}[0-9A-Z]{5}`)
	status, _, text := w.post("/admin/emergency", "name", "Tài khoản khẩn cấp mẫu")
	first := code.FindString(text)
	if status != 200 || first == "" {
		t.Fatalf("%d %s", status, plainText(text))
	}
	_, text = w.get("/admin/emergency")
	if strings.Contains(text, first) || !strings.Contains(text, "Đã niêm phong") {
		t.Errorf("afterwards: %s", plainText(text))
	}
	all, err := w.accounts.Accounts(t.Context(), identity.Filter{Kind: identity.KindEmergency})
	if err != nil || len(all) != 1 {
		t.Fatalf("%v %v", all, err)
	}
	_, _, text = w.post("/admin/emergency", "account", all[0].ID)
	if next := code.FindString(text); next == "" || next == first {
		t.Errorf("sealed again: %q after %q", next, first)
	}
}

func (w *peopleWorld) browse(path string) *browsertest.Browser {
	w.t.Helper()
	b := browsertest.New(w.t, w.base)
	b.Open(path + "?token=" + apitest.Token)
	return b
}

// TestPeople_browser walks through a list of four hundred people, from the file
// to the printed slips, and looks at the pages.
func TestPeople_browser(t *testing.T) {
	w := newPeopleWorld(t)
	file := filepath.Join(t.TempDir(), "danh-sach.xlsx")
	if err := os.WriteFile(file, generatedPeople(t, 400), 0o600); err != nil {
		t.Fatal(err)
	}
	b := w.browse("/admin/accounts/import")
	b.Seen("people-import")
	b.Do(chromedp.SetUploadFiles(chromedp.CSS(`#send-file`), []string{file}))
	b.Click(`#send button[type=submit]`)
	b.Until(`document.querySelector("#enrolment")`)
	b.Seen("people-import-list")
	b.Do(chromedp.SetValue(chromedp.CSS(`#org-5`), "hy-snv"))
	b.Click(`#enrolment button[type=submit]`)
	b.Until(`document.querySelector("button[formaction]")`)
	b.Seen("people-import-ready")
	b.Click(`button[formaction]`)
	b.Until(`document.querySelector("#slips")`)
	b.Seen("people-import-done")
	b.Click(`#slips button[type=submit]`)
	b.Until(`document.querySelectorAll(".slip-card").length === 400`)
	if sheets := browsertest.Eval[int](b, `document.querySelectorAll(".slip-sheet").length`); sheets != 50 {
		t.Errorf("%d sheets", sheets)
	}
	if marked := browsertest.Eval[int](b, `document.querySelectorAll(".slip-card-mark").length`); marked != 400 {
		t.Errorf("%d slips are marked as generated", marked)
	}
	if broken := browsertest.Eval[int](b, `[...document.querySelectorAll(".slip-card-qr")].filter((i) => !i.complete || i.naturalWidth === 0).length`); broken != 0 {
		t.Errorf("%d QR codes are not drawn", broken)
	}
	b.Settle()
	printed(t, b, 50)

	// A slip opens what it says.
	code := browsertest.Eval[string](b, `document.querySelector(".slip-card-code").innerText`)
	if _, err := w.accounts.Activate(t.Context(), code, identity.Origin{}); err != nil {
		t.Errorf("the code of a slip: %v", err)
	}
	all, err := w.accounts.Accounts(t.Context(), identity.Filter{Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"index": "/admin", "accounts": "/admin/accounts", "account": "/admin/accounts/" + all[0].ID, "new": "/admin/accounts/new", "organisations": "/admin/organisations",
		"organisation": "/admin/organisations/hy-syt", "emergency": "/admin/emergency", "clients": "/admin/clients", "client-new": "/admin/clients/new", "hand-overs": "/admin/hand-overs",
		"org-new": "/admin/organisations/new", "org-find": "/admin/organisations?q=so",
	} {
		if !browsertest.Thorough() { // TestAxe_everyPage of the app looks at them
			break
		}
		b.Open(path)
		b.Seen("people-" + name)
	}
	b.Open("/admin/accounts/" + all[0].ID + "?lang=en")
	b.Judge("people-account-en")
}

// printed prints the page as the browser would and counts the sheets.
func printed(t *testing.T, b *browsertest.Browser, want int) {
	t.Helper()
	var sheets int
	b.Do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		got, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true), PrintBackground: new(true)})
		if err != nil {
			return err
		}
		sheets = bytes.Count(got.Data, []byte("/Type /Page\n")) + bytes.Count(got.Data, []byte("/Type /Page "))
		if dir := os.Getenv("PHOHIEN_SHOTS"); dir != "" {
			return os.WriteFile(filepath.Join(dir, "people-slips.pdf"), got.Data, 0o600)
		}
		return nil
	}))
	if sheets != want {
		t.Errorf("printed on %d sheets, want %d", sheets, want)
	}
}
