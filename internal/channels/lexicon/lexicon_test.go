package lexicon_test

import (
	"bytes"
	"context"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/channels/explore"
	"github.com/phohien/phohien/internal/channels/lexicon"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/termdesk"
	"github.com/phohien/phohien/internal/channels/ui/assets"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/actor"
)

// A world is a province with the pages of its dictionary.
type world struct {
	*apitest.Province
	t    *testing.T
	base string
}

func opened(t *testing.T) *world {
	t.Helper()
	p := apitest.New(t)
	set, err := assets.Load()
	if err != nil {
		t.Fatal(err)
	}
	pages := site.New(p.Guard, p.Door, set, p.Log)
	explore.New(explore.Deps{Site: pages, Contracts: p.Contracts, Records: p.Truth, Mirror: p.Mirror, Scores: p.Scores, Terms: p.CodeLists.Book})
	lexicon.New(lexicon.Deps{
		Site: pages, Contracts: p.Contracts, CodeLists: p.CodeLists, Records: p.Truth, Orgs: p.Orgs, Changed: p.Corridor.RejudgeChanged,
		Desk: &termdesk.Desk{Door: p.Door, Terms: p.CodeLists, Contracts: p.Contracts, Try: p.Corridor, Records: p.Truth, Changed: p.Corridor.RejudgeChanged},
	})
	server := httptest.NewServer(pages)
	t.Cleanup(server.Close)
	return &world{p, t, server.URL}
}

func (w *world) ask(method, path, kind string, body io.Reader, signedIn bool) (int, string, string) {
	w.t.Helper()
	r, err := http.NewRequest(method, w.base+path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if signedIn {
		r.AddCookie(w.Guard.Session(r))
	}
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

// page fails the test unless the page is there, has some texts and lacks others,
// which stand behind a "!".
func (w *world) page(path string, want ...string) string {
	w.t.Helper()
	status, _, text := w.ask(http.MethodGet, path, "", nil, true)
	if status != http.StatusOK {
		w.t.Fatalf("%s: %d\n%.600s", path, status, text)
	}
	w.has(path, text, want...)
	return text
}

func (w *world) has(what, text string, want ...string) {
	w.t.Helper()
	for _, one := range want {
		if not, is := strings.CutPrefix(one, "!"); is == strings.Contains(text, not) {
			w.t.Errorf("%s: %q", what, one)
		}
	}
}

// post sends a form of the caller's session.
func (w *world) post(path string, pairs ...string) (status int, location, text string) {
	w.t.Helper()
	f := url.Values{"token": {apitest.Form}}
	for i := 0; i < len(pairs); i += 2 {
		f.Add(pairs[i], pairs[i+1])
	}
	return w.ask(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(f.Encode()), true)
}

// done fails the test unless a form was taken.
func (w *world) done(status int, location, text string) string {
	w.t.Helper()
	if status != http.StatusSeeOther {
		alert := regexp.MustCompile(`role="alert">[^<]*`).FindString(text)
		w.t.Fatalf("%d %s", status, alert)
	}
	return location
}

// formOf is the fields of a proposal.
func formOf(change ...string) []string {
	fields := []string{
		"title", "Ngày sinh (thử)", "name", "NgaySinhThu", "definition", "Ngày, tháng, năm một người được sinh ra.", "usage", "Dùng khi cần biết tuổi.", "group", "Thử nghiệm",
		"version", "1.0", "data_type", "date", "valid", "1990-01-31\n31/01/1990", "invalid", "hôm qua\r\n32/13/1990", "synonyms", "Sinh ngày\nNgày tháng năm sinh", "why", "Biểu mẫu hộ tịch cần.",
	}
	for i := 0; i < len(change); i += 2 {
		for j := 0; j < len(fields); j += 2 {
			if fields[j] == change[i] {
				fields = append(fields[:j], fields[j+2:]...)
				break
			}
		}
		fields = append(fields, change[i], change[i+1])
	}
	return fields
}

var other = actor.Actor{Kind: "person", ID: "khac", Name: "Người khác (mẫu)"}

// approve lets somebody else approve a version.
func (w *world) approve(id, digest string) {
	w.t.Helper()
	if err := w.CodeLists.Move(context.Background(), other, dictionary.Move{ID: id, Digest: digest, To: dictionary.Approved, Why: "thử"}); err != nil {
		w.t.Fatal(err)
	}
}

// TestDictionary walks from a proposal to its publication, to a second version, and
// back.
func TestDictionary(t *testing.T) {
	w := opened(t)
	w.page("/dictionary", "Từ điển dữ liệu dùng chung", "không phải danh mục chính thức của quốc gia", `href="/dictionary/new"`, `href="/dictionary/coverage"`, `aria-current="page"`)
	w.page("/dictionary/new", `name="definition"`, `name="code_list"`, `<option value="dan-toc"`)

	// What is wrong is said where it was typed.
	for _, c := range []struct{ field, value, says string }{
		{"definition", "ngày sinh", "phải là một câu"},
		{"valid", "1990-01-31\nhôm qua", "Ví dụ đúng “hôm qua”"},
		{"invalid", "1990-01-31\nhôm qua", "Ví dụ sai “1990-01-31”"},
		{"max_length", "nhiều", "không phải là số"},
		{"rules", "quality: [", "Không đọc được phần quy tắc khác"},
		{"why", " ", "lý do"},
	} {
		status, _, text := w.post("/dictionary/new", formOf(c.field, c.value, "data_type", "date")...)
		if status != http.StatusBadRequest {
			t.Errorf("%s: %d", c.field, status)
		}
		w.has(c.field, text, c.says, "Ngày sinh (thử)")
	}
	to := w.done(w.post("/dictionary/new", formOf()...))
	at, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	id, digest := strings.TrimPrefix(at.Path, "/dictionary/"), at.Query().Get("version")
	w.page(to, "Đã gửi đề xuất", "Tiếp nhận, rà soát", "!Công bố</summary>", "Sinh ngày", "Biểu mẫu hộ tịch cần.", "Chưa có trường nào ánh xạ")
	w.page("/dictionary", `id="underway"`, "version="+digest)
	if status, _, _ := w.ask(http.MethodGet, to, "", nil, false); status != http.StatusNotFound {
		t.Errorf("a proposal is shown to everybody: %d", status)
	}

	path := "/dictionary/" + id
	move := func(to, version string, more ...string) (int, string, string) {
		return w.post(path+"/move", append([]string{"version", version, "to", to, "why", "Theo kết luận họp (mẫu)"}, more...)...)
	}
	w.done(move("ra_soat", digest))
	if status, _, text := move("tham_van", digest); status != http.StatusBadRequest || !strings.Contains(text, "không dùng được") {
		t.Errorf("a consultation without a last day: %d", status)
	}
	w.done(move("tham_van", digest, "until", time.Now().AddDate(0, 0, 5).Format(time.DateOnly)))
	w.page(to, "Lấy ý kiến đến hết ngày", `action="`+path+`/opinions"`, "!Phê duyệt</summary>") // who has proposed it does not approve
	if status, _, text := w.post(path+"/opinions", "version", digest, "agrees", "no"); status != http.StatusBadRequest || !strings.Contains(text, "phải nêu lý do") {
		t.Errorf("an objection without reason: %d", status)
	}
	w.done(w.post(path+"/opinions", "version", digest, "agrees", "yes", "text", "Nhất trí <b>"))
	w.page(to, "Nhất trí &lt;b&gt;", "!Nhất trí <b>")
	w.approve(id, digest)
	w.done(move("cong_bo", digest))
	w.page(path, "band-good", "Giá trị phải thế nào", "Theo kết luận họp (mẫu)", "31/01/1990")
	if status, _, text := w.ask(http.MethodGet, path, "", nil, false); status != http.StatusOK || strings.Contains(text, "Nhất trí") || strings.Contains(text, `name="values"`) {
		t.Errorf("the page for everybody: %d", status)
	}

	// Values are tried on the page.
	status, _, text := w.post(path+"/try", "version", digest, "values", "31/01/1990\nmai\n")
	if status != http.StatusOK {
		t.Errorf("%d", status)
	}
	w.has("try", text, "Đạt</span>", "Chưa đạt</span>", "<code>mai</code>")
	if status, _, text = w.post(path+"/try", "values", " "); status != http.StatusBadRequest || !strings.Contains(text, "Mỗi lần thử") {
		t.Errorf("nothing to try: %d", status)
	}
	if status, _, _ := w.ask(http.MethodPost, path+"/try", "application/x-www-form-urlencoded", strings.NewReader("token=sai&values=1"), true); status != http.StatusForbidden {
		t.Errorf("a form of another page: %d", status)
	}

	// Another version, beside the first, and back.
	w.page("/dictionary/new?term="+id, `value="1.1"`, "Ngày sinh (thử)", "31/01/1990")
	if status, _, text := w.post("/dictionary/new", formOf("term", id, "usage", "Dùng trên giấy tờ.")...); status != http.StatusConflict || !strings.Contains(text, "Số phiên bản “1.0”") {
		t.Errorf("other content under the same number: %d", status)
	}
	second, err := url.Parse(w.done(w.post("/dictionary/new", formOf("term", id, "usage", "Dùng trên giấy tờ.", "version", "1.1")...)))
	if err != nil {
		t.Fatal(err)
	}
	next := second.Query().Get("version")
	w.page(second.String(), "Ngữ cảnh sử dụng: “Dùng khi cần biết tuổi.” thành “Dùng trên giấy tờ.”.", "không phải phiên bản đang hiệu lực")
	w.done(move("ra_soat", next))
	w.done(move("tham_van", next, "until", time.Now().AddDate(0, 0, 5).Format(time.DateOnly)))
	w.done(w.post(path+"/opinions", "version", next, "agrees", "yes"))
	w.approve(id, next)
	w.done(move("cong_bo", next))
	page := w.page(path, "Dùng trên giấy tờ.", "Đưa phiên bản 1.0 có hiệu lực trở lại")
	if !strings.Contains(page, `name="version" value="`+digest+`"`) {
		t.Error("the undo names another version")
	}
	w.done(move("cong_bo", digest))
	w.page(path, "Dùng khi cần biết tuổi.", "Đã thay thế")

	w.page("/dictionary?q=sinh+ngay", path)
	w.page("/dictionary?q=zzz+khong+co", "Không có thuật ngữ nào khớp")
	w.page("/dictionary?group="+url.QueryEscape("Thử nghiệm"), path, "Tìm thấy 1 thuật ngữ")
	w.page("/dictionary?page=999")
	if status, _, _ := w.ask(http.MethodGet, "/dictionary/khong:ID-999", "", nil, true); status != http.StatusNotFound {
		t.Errorf("a term that is not there: %d", status)
	}
}

// send sends a file to the import.
func (w *world) send(name string, file []byte) (int, string) {
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
	status, _, text := w.ask(http.MethodPost, "/dictionary/import", form.FormDataContentType(), &b, true)
	return status, text
}

const sheet = "Tên thuật ngữ,Tên chuẩn,Định nghĩa,Ngữ cảnh sử dụng,Nhóm,Phiên bản,Kiểu dữ liệu,Độ dài lớn nhất,Ví dụ đúng,Ví dụ sai\n" +
	"Trường mẫu một,TruongMauMot,Định nghĩa của trường mẫu số một.,Dùng khi thử.,Mẫu,1.0,string,3,a | b,abcd | abcde\n" +
	"Trường mẫu hai,truong_mau,Định nghĩa của trường mẫu số hai.,Dùng khi thử.,Mẫu,1.0,string,3,a | b,abcd | abcde\n"

// TestImport looks at a file and keeps the rows that are right.
func TestImport(t *testing.T) {
	w := opened(t)
	w.page("/dictionary/import", "Xem trước", `type="file"`)
	if status, text := w.send("x.csv", []byte("a,b\n1,2\n")); status != http.StatusBadRequest || !strings.Contains(text, "không có bảng nào") {
		t.Errorf("no terms: %d", status)
	}
	status, text := w.send("thuat-ngu.csv", []byte(sheet))
	if status != http.StatusOK {
		t.Fatalf("%d", status)
	}
	w.has("look", text, "Chưa lưu gì", "Cột Tên chuẩn", "viết liền", "Tạo 1 đề xuất", "1 dòng sai không được nạp")
	kept := regexp.MustCompile(`name="rows" value="([^"]*)"`).FindStringSubmatch(text)
	if kept == nil {
		t.Fatal("the page does not carry the rows")
	}
	rows := strings.NewReplacer("&#34;", `"`, "&quot;", `"`, "&amp;", "&", "&lt;", "<", "&gt;", ">", "&#39;", "'").Replace(kept[1])
	if status, _, _ = w.post("/dictionary/import/confirm", "rows", rows, "why", " "); status != http.StatusBadRequest {
		t.Errorf("without a reason: %d", status)
	}
	if status, _, _ = w.post("/dictionary/import/confirm", "rows", "[]", "why", "thử"); status != http.StatusBadRequest {
		t.Errorf("without rows: %d", status)
	}
	status, _, text = w.post("/dictionary/import/confirm", "rows", rows, "why", "Rà soát (mẫu)")
	if status != http.StatusOK {
		t.Fatalf("%d", status)
	}
	w.has("kept", text, "Đã tạo 1 đề xuất", `href="/dictionary/tinh:ID-001?version=`)
	w.page("/dictionary/tinh:ID-001", "Trường mẫu một", "Rà soát (mẫu)")
}

const people = `# Lời ghi ở đầu tệp
apiVersion: v3.1.0
kind: DataContract
id: thu-nguoi
name: Người (thử)
version: 1.0.0
status: active
schema:
  - name: nguoi
    businessName: Người
    properties:
      - {name: ma, businessName: Mã, logicalType: string, primaryKey: true, primaryKeyPosition: 1, customProperties: [{property: phohien.notMapped, value: dac-thu}]}
      - name: ho_ten # lời ghi của người viết
        businessName: Họ tên (thử)
        logicalType: string
      - {name: ghi_chu, businessName: Lời nhắn, logicalType: string}
`

// TestMapping maps fields, and takes that back.
func TestMapping(t *testing.T) {
	w := opened(t)
	to := w.done(w.post("/dictionary/new", formOf("title", "Họ tên (thử)", "name", "HoTenThu", "definition", "Tên gọi đầy đủ của một người thử.", "data_type", "string",
		"min_length", "2", "valid", "Lê Mẫu\nAn", "invalid", "A\nB", "synonyms", "")...))
	at, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	id, digest := strings.TrimPrefix(at.Path, "/dictionary/"), at.Query().Get("version")
	for _, m := range []dictionary.Move{{To: dictionary.Reviewed}, {To: dictionary.Consulted, Until: time.Now().AddDate(0, 0, 5).Format(time.DateOnly)}} {
		m.ID, m.Digest, m.Why = id, digest, "thử"
		if err := w.CodeLists.Move(context.Background(), other, m); err != nil {
			t.Fatal(err)
		}
	}
	w.done(w.post("/dictionary/"+id+"/opinions", "version", digest, "agrees", "yes"))
	w.approve(id, digest)
	w.done(w.post("/dictionary/"+id+"/move", "version", digest, "to", "cong_bo"))
	w.Put(t, people)

	page := w.page("/dictionary/mapping/thu-nguoi", "chỉ có nghĩa ở bộ dữ liệu này", "trùng tên", `value="term:`+id+`"`, "33,3%")
	now := regexp.MustCompile(`name="digest" value="([0-9a-f]+)"`).FindStringSubmatch(page)[1]
	save := func(pairs ...string) (int, string, string) {
		return w.post("/datasets/thu-nguoi/mapping", append([]string{"digest", now, "reason", "Ánh xạ (mẫu)"}, pairs...)...)
	}
	if status, _, text := save("field/nguoi/ma", "reason:dac-thu"); status != http.StatusBadRequest || !strings.Contains(text, "Chưa có thay đổi") {
		t.Errorf("nothing chosen: %d", status)
	}
	if status, _, text := save("field/nguoi/ho_ten", "", "other/nguoi/ho_ten", "ph:ID-99999"); status != http.StatusBadRequest || !strings.Contains(text, "Không dùng được") {
		t.Errorf("a term that is not in force: %d", status)
	}
	all := []string{"field/nguoi/ma", "", "field/nguoi/ho_ten", "term:" + id, "field/nguoi/ghi_chu", "reason:tu-do"}
	status, _, text := save(all...)
	if status != http.StatusConflict {
		t.Fatalf("a change that narrows what is right needs consent: %d", status)
	}
	w.has("consent", text, `name="consent"`, `value="reason:tu-do" selected`, "Ánh xạ (mẫu)")
	w.done(save(append(all, "consent", "yes")...))
	con, err := w.Contracts.Current(context.Background(), "thu-nguoi")
	if err != nil {
		t.Fatal(err)
	}
	document, err := w.Contracts.Document(context.Background(), con.ID, con.Digest)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# Lời ghi ở đầu tệp", "# lời ghi của người viết", "phohien.term", "value: tu-do"} {
		if !strings.Contains(string(document), want) {
			t.Errorf("the contract lacks %q\n%s", want, document)
		}
	}
	if columns := con.Objects[0].Columns; columns[0].NotMapped != "" || columns[1].Term != id || columns[2].NotMapped != "tu-do" {
		t.Errorf("%+v", columns)
	}
	if status, _, _ := save("field/nguoi/ma", "reason:ky-thuat"); status != http.StatusConflict {
		t.Errorf("what was changed meanwhile is overwritten: %d", status)
	}
	w.page("/datasets/thu-nguoi/contract", "/dictionary/"+id, "Họ tên (thử)", "/dictionary/mapping/thu-nguoi", "Không có thuật ngữ: văn bản tự do")
	w.page("/dictionary/"+id, "Người (thử)", "!Chưa có trường nào ánh xạ")
	w.page("/dictionary/coverage", "/dictionary/mapping/thu-nguoi", "Theo cơ quan chủ quản")

	page = w.page("/dictionary/mapping/thu-nguoi", "66,7%", "Hoàn tác")
	back := regexp.MustCompile(`name="version" value="([0-9a-f]+)"`).FindStringSubmatch(page)[1]
	w.done(w.post("/datasets/thu-nguoi/mapping/undo", "digest", con.Digest, "version", back))
	if con, err = w.Contracts.Current(context.Background(), "thu-nguoi"); err != nil || con.Digest != now {
		t.Errorf("the contract is not as it was: %v", err)
	}
}

// TestLists shows code lists on a day, with those below others.
func TestLists(t *testing.T) {
	w := opened(t)
	const text = "kind: CodeList\nid: thu-nganh\nname: Ngành (thử)\nversion: \"1\"\ncodes:\n  - {code: A, name: Nông nghiệp}\n  - {code: \"01\", name: Trồng trọt, parent: A, validTo: 2025-06-30}\n  - {code: \"011\", name: Cây lâu năm, parent: \"01\", validTo: 2025-06-30}\n"
	l, err := dictionary.Parse([]byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.CodeLists.Put(context.Background(), actor.System, l); err != nil {
		t.Fatal(err)
	}
	w.page("/codelists", `href="/codelists/thu-nganh"`, "Phân cấp", "Danh mục (bảng mã)")
	w.page("/codelists/thu-nganh?on=1/1/2025", "Trồng trọt", "└ ", "\u2003└ ", "Thuộc 01:", "3 mã, trong 3 mã")
	w.page("/codelists/thu-nganh?on=2025-07-01", "!Trồng trọt", "1 mã, trong 3 mã")
	w.page("/codelists/thu-nganh?on=all", "Trồng trọt", "Mọi thời kỳ")
	w.page("/codelists/thu-nganh?on=mai", "không phải là một ngày", `aria-invalid="true"`)
	w.page("/codelists/dan-toc", "Trường đang dùng danh mục", "export?format=csv")
	if status, _, _ := w.ask(http.MethodGet, "/codelists/khong-co", "", nil, true); status != http.StatusNotFound {
		t.Errorf("%d", status)
	}
	if status, _, _ := w.ask(http.MethodGet, "/codelists/dan-toc", "", nil, false); status != http.StatusOK {
		t.Errorf("not for everybody: %d", status)
	}
}

// TestListEdit changes a code list in the browser: what is wrong stands at its line
// and nothing is kept, a code with a new meaning is asked about, two editors do not
// write over each other, and the former version can be put into force again.
func TestListEdit(t *testing.T) {
	w := opened(t)
	const text = "kind: CodeList\nid: thu-loai\nname: Loại (thử)\nversion: 1.0.0\ncodes:\n  - {code: A, name: Trường học}\n  - {code: B, name: Bệnh viện, validTo: 2025-06-30}\n"
	l, err := dictionary.Parse([]byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.CodeLists.Put(context.Background(), actor.System, l); err != nil {
		t.Fatal(err)
	}
	const path = "/codelists/thu-loai"
	w.page(path, `href="/codelists/thu-loai/edit"`)
	w.page(path+"/edit?code=A", `value="Trường học"`, "Tải về để sửa")
	look := func(status int, want []string, pairs ...string) string {
		t.Helper()
		got, _, text := w.post(path+"/edit/code", pairs...)
		if got != status {
			t.Fatalf("%d, want %d", got, status)
		}
		w.has("look", html.UnescapeString(text), want...)
		return text
	}
	field := func(text, name string) string {
		m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("no field %s", name)
		}
		return html.UnescapeString(m[1])
	}
	look(400, []string{"Mã chưa ghi được: ", "!dòng cần sửa", `!data-label="Dòng"`, "cùng thời gian hiệu lực: “Bệnh viện”"}, "code", "B", "name", "Phòng khám", "from", "01/06/2025")
	look(400, []string{"Mã chưa ghi được: Mã “C”: “31/02/2026” không phải ngày có thật. Ghi ngày/tháng/năm", "!dòng"}, "code", "C", "name", "C", "from", "31/02/2026")
	look(400, []string{"mã cấp trên “X” không có trong danh mục"}, "code", "C", "name", "C", "parent", "X")
	look(400, []string{"quay lại chính một mã đã qua"}, "code", "A", "name", "Trường học", "parent", "A")
	look(400, []string{"Không có gì thay đổi"}, "code", "A", "name", "Trường học")
	text1 := look(200, []string{"Phiên bản 1.0.1 sẽ thay đổi", "Thêm mã “C” (Chợ)", "!nghĩa khác"}, "code", "C", "name", "Chợ", "from", "01/01/2026")
	text2 := look(200, []string{"nghĩa khác", "“Trường học” → “Nhà máy”"}, "code", "A", "name", "Nhà máy")
	w.has("no reason", second(w.post(path+"/edit", "match", field(text1, "match"), "rows", field(text1, "rows"))), "lý do")
	w.done(w.post(path+"/edit", "match", field(text1, "match"), "rows", field(text1, "rows"), "why", "Thêm chợ theo quyết định mới"))
	w.page(path, "Chợ", "1.0.1", "1 thay đổi ở phiên bản 1.0.1", "Khôi phục phiên bản 1.0.0")
	w.has("two editors", second(w.post(path+"/edit", "match", field(text2, "match"), "rows", field(text2, "rows"), "renamed", "1", "why", "Đổi tên")), "Người khác vừa đổi danh mục")
	text2 = look(200, nil, "code", "A", "name", "Nhà máy")
	w.has("a new meaning", second(w.post(path+"/edit", "match", field(text2, "match"), "rows", field(text2, "rows"), "why", "Đổi tên")), "dùng lại với nghĩa khác")
	w.has("somebody's number", second(w.post(path+"/again", "match", field(text2, "match"), "version", l.Digest, "why", "Theo ông 033099001234")), "Lý do, căn cứ có dãy số", `value="Theo ông 033099001234"`, "Trường học")
	w.done(w.post(path+"/again", "match", field(text2, "match"), "version", l.Digest, "why", "Thêm nhầm"))
	if now, err := w.CodeLists.Current(t.Context(), "thu-loai"); err != nil || now.Digest != l.Digest {
		t.Errorf("%+v, %v", now, err)
	}
	var b bytes.Buffer
	f := multipart.NewWriter(&b)
	for _, err := range []error{f.WriteField("token", apitest.Form), func() error {
		part, err := f.CreateFormFile("file", "loai.csv")
		if err == nil {
			_, err = part.Write([]byte("Mã,Tên,Từ ngày,Đến ngày\nA,Trường học,,\nB,Bệnh viện,,30/06/2025\nB,Trạm y tế,1/6/2025,\n"))
		}
		return err
	}(), f.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	status, _, answer := w.ask(http.MethodPost, path+"/edit/sheet", f.FormDataContentType(), &b, true)
	if status != 400 {
		t.Fatalf("%d", status)
	}
	w.has("sheet", answer, ">4</td>", "Trạm y tế")
}

func second(_ int, _, text string) string { return html.UnescapeString(text) }

// TestWords: the pages are whole in both languages, and the Vietnamese ones have no
// English in them.
func TestWords(t *testing.T) {
	w := opened(t)
	tags := regexp.MustCompile(`(?s)<(script|style)\b.*?</(script|style)>|<footer.*?</footer>|<code.*?</code>|<a [^>]*lang="en".*?</a>|<[^>]*>`)
	english := regexp.MustCompile(`(?i)\b(the|of|and|dataset|record|not|is|with|must|term|dictionary|mapping|version|propose|none)\b`)
	for _, path := range []string{"/dictionary", "/dictionary/coverage", "/dictionary/import", "/dictionary/new", "/codelists", "/codelists/dan-toc", "/dictionary/mapping/hy-xa"} {
		text := tags.ReplaceAllString(w.page(path), " ")
		if found := english.FindAllString(text, -1); found != nil {
			t.Errorf("%s: %q", path, found)
		}
		if strings.Contains(text, "lexicon.") {
			t.Errorf("%s: a sentence is missing", path)
		}
		w.page(path+"?lang=en", `<html lang="en"`)
		w.page(path + "?lang=vi")
	}
}

// TestDictionary_seen looks at the pages on a desk and on a phone, in both
// languages and colours.
func TestDictionary_seen(t *testing.T) {
	w := opened(t)
	proposed := w.done(w.post("/dictionary/new", formOf()...))
	b := browsertest.New(t, w.base)
	b.Open("/?token=" + apitest.Token)
	for name, path := range map[string]string{
		"dictionary": "/dictionary", "dictionary-term": strings.Split(proposed, "#")[0], "dictionary-new": "/dictionary/new", "dictionary-import": "/dictionary/import",
		"dictionary-coverage": "/dictionary/coverage", "dictionary-mapping": "/dictionary/mapping/hy-xa", "codelists": "/codelists", "codelist": "/codelists/dan-toc",
	} {
		for _, look := range browsertest.Looks() {
			sep := "?"
			if strings.Contains(path, "?") {
				sep = "&"
			}
			b.See(look)
			b.Open(path + sep + "lang=" + look.Lang)
			b.Judge(name + "-" + look.Name)
		}
	}
}
