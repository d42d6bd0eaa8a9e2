package register_test

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/channels/api/apitest"
)

// A sheet is a sheet of a review as the API tells of it.
type sheet struct {
	State    string
	Batch    string
	Answered int
	Items    []struct {
		Place                int
		Object, Name, Result string
		Verdict              string
		Had, Said            map[string]string
	}
	May []string
}

func (s sheet) of(t *testing.T, object string) int {
	t.Helper()
	for _, l := range s.Items {
		if l.Object == object {
			return l.Place
		}
	}
	t.Fatalf("no line of %s", object)
	return 0
}

// campaign opens a review of the register for two agencies.
func (w *world) campaign() (path string) {
	w.t.Helper()
	plan := map[string]any{"subject": "systems", "title": "Rà soát hệ thống năm 2026", "basis": "12/KH-SKHCN", "fields": []string{"lop", "linh_vuc", "nguoi_su_dung"}, "orgs": []string{"hy-syt", "hy-snv"}, "days": 5}
	w.api("an", "POST", "/api/v1/campaigns", plan, 403, nil)
	var c struct {
		ID     string
		State  string
		Lead   string
		Sheets []struct{ Org string }
	}
	w.api("binh", "POST", "/api/v1/campaigns", plan, 200, &c)
	w.api("an", "GET", "/api/v1/campaigns/"+c.ID, nil, 404, nil) // a draft is the leader's own
	w.api("binh", "POST", "/api/v1/campaigns/"+c.ID+"/open", nil, 200, &c)
	if c.State != "open" || len(c.Sheets) != 2 || c.Lead != "hy-skhcn" {
		w.t.Fatalf("%+v", c)
	}
	return "/campaigns/" + c.ID
}

// TestCampaign_api: two agencies answer for their own systems, another person
// approves, and the register has it, as one batch.
func TestCampaign_api(t *testing.T) {
	w := opened(t)
	path := w.campaign()
	at, ours := "/api/v1"+path, "/api/v1"+path+"/sheets/hy-syt"
	var s sheet
	w.api("an", "GET", ours, nil, 200, &s)
	if len(s.Items) != 7 || s.Items[0].Had["linh_vuc"] != "y-te" || strings.Join(s.May, " ") != "answer send" {
		t.Fatalf("%+v", s)
	}
	w.api("giang", "GET", ours, nil, 404, nil)
	w.api("giang", "GET", at, nil, 200, nil)
	w.api("giang", "POST", ours+"/answers", map[string]any{"answers": []any{map[string]any{"place": 1, "verdict": "kept"}}}, 404, nil)
	w.api("dung", "POST", ours+"/answers", map[string]any{"answers": []any{map[string]any{"place": 1, "verdict": "kept"}}}, 404, nil) // owns the register, not the agency
	w.api("binh", "POST", ours+"/answers", map[string]any{"answers": []any{map[string]any{"place": 1, "verdict": "kept"}}}, 403, nil)

	answer := func(object, verdict string, values map[string]string, why string) map[string]any {
		return map[string]any{"place": s.of(t, object), "verdict": verdict, "values": values, "why": why}
	}
	var all []any
	for _, l := range s.Items[3:] {
		all = append(all, map[string]any{"place": l.Place, "verdict": "kept"})
	}
	all = append(all, answer("C74", "changed", map[string]string{"nguoi_su_dung": "Bác sĩ"}, ""), answer("C75", "gone", nil, "Không triển khai"), answer("C76", "changed", map[string]string{"lop": "9"}, ""),
		map[string]any{"verdict": "new", "name": "Quản lý tiêm chủng", "values": map[string]string{"loai": "phan-mem", "linh_vuc": "Y tế", "chuc_nang": "Theo dõi tiêm chủng"}})
	w.api("an", "POST", ours+"/send", nil, 409, nil)
	w.api("an", "POST", ours+"/answers", map[string]any{"answers": all}, 200, &s)
	if s.Answered != 8 {
		t.Fatalf("%d answered", s.Answered)
	}
	// A value that the register refuses is told before the sheet goes out.
	if text := w.api("an", "POST", ours+"/send", nil, 400, nil); !strings.Contains(text, "CSDL ngành y tế") {
		t.Errorf("%s", text)
	}
	w.api("an", "POST", ours+"/answers", map[string]any{"answers": []any{answer("C76", "changed", map[string]string{"lop": "3"}, "")}}, 200, nil)
	w.api("an", "POST", ours+"/send", nil, 200, &s)
	w.api("an", "POST", ours+"/approve", nil, 403, nil)
	w.api("dung", "POST", ours+"/approve", nil, 404, nil)
	if text := w.api("binh", "GET", "/api/v1/systems/C74", nil, 200, nil); strings.Contains(text, "Bác sĩ") {
		t.Error("written before it was approved")
	}
	w.api("binh", "POST", ours+"/approve", nil, 200, &s)
	if s.State != "approved" || s.Batch == "" {
		t.Fatalf("%+v", s)
	}
	values := func(id string) map[string]string {
		var one struct{ Values map[string]string }
		w.api("binh", "GET", "/api/v1/systems/"+id, nil, 200, &one)
		return one.Values
	}
	if v := values("C74"); v["nguoi_su_dung"] != "Bác sĩ" || v["da_xac_nhan"] != "true" || v["lop_suy_ra"] != "false" {
		t.Errorf("C74: %v", v)
	}
	if v := values("C75"); v["trang_thai"] != "" || v["can_cu_trang_thai"] != "Không triển khai" {
		t.Errorf("C75: %v", v)
	}
	if v := values("C76"); v["lop"] != "3" {
		t.Errorf("C76: %v", v)
	}
	year := regexp.MustCompile(`HY-\d{4}-0001`).FindString(w.api("binh", "GET", "/api/v1/systems?owner=hy-syt&q=tiem+chung", nil, 200, nil))
	if v := values(year); v["chu_quan"] != "hy-syt" || v["trang_thai"] != "de-xuat" || v["linh_vuc"] != "y-te" || v["ten"] != "Quản lý tiêm chủng" {
		t.Errorf("%s: %v", year, v)
	}
	w.api("binh", "POST", ours+"/approve", nil, 409, nil)

	// What is closed changes nothing.
	theirs := at + "/sheets/hy-snv"
	w.api("giang", "GET", theirs, nil, 200, &s)
	w.api("an", "POST", at+"/close", map[string]string{"why": "x"}, 403, nil)
	w.api("binh", "POST", at+"/close", map[string]string{"why": "Hết thời gian"}, 200, nil)
	w.api("giang", "POST", theirs+"/answers", map[string]any{"answers": []any{map[string]any{"place": s.Items[0].Place, "verdict": "kept"}}}, 409, nil)
}

// TestCampaign_moved: what somebody else has changed meanwhile is not written over.
func TestCampaign_moved(t *testing.T) {
	w := opened(t)
	path := w.campaign()
	ours := "/api/v1" + path + "/sheets/hy-syt"
	var s sheet
	w.api("an", "GET", ours, nil, 200, &s)
	var all []any
	for _, l := range s.Items {
		all = append(all, map[string]any{"place": l.Place, "verdict": "kept"})
	}
	all[0] = map[string]any{"place": s.of(t, "C74"), "verdict": "changed", "values": map[string]string{"nguoi_su_dung": "Bác sĩ"}}
	w.api("an", "POST", ours+"/answers", map[string]any{"answers": all}, 200, nil)
	w.api("an", "POST", ours+"/send", nil, 200, nil)
	form := w.page("an", "/systems/C74/edit", 200)
	seq := regexp.MustCompile(`name="seq" value="(\d+)"`).FindStringSubmatch(form)
	if seq == nil {
		t.Fatal("no seq in the form")
	}
	w.post("an", "/systems/C74/edit", map[string]string{"seq": seq[1], "nguoi_su_dung": "Điều dưỡng", "why": "sửa"}, 303)
	if text := w.api("binh", "POST", ours+"/approve", nil, 409, nil); !strings.Contains(text, "Bệnh án điện tử") {
		t.Error(text)
	}
	w.api("binh", "POST", ours+"/back", map[string]string{"why": "Giá trị đã đổi"}, 200, &s)
	if s.State != "back" {
		t.Errorf("%+v", s)
	}
}

// TestCampaign_pages: a sheet is filled in by hand and by a spreadsheet, half of it
// kept, then sent, looked at and approved on the pages.
func TestCampaign_pages(t *testing.T) {
	w := opened(t)
	path := w.campaign()
	ours := path + "/sheets/hy-syt"
	w.page("binh", "/campaigns", 200, "Rà soát hệ thống năm 2026", "Đang mở", "Rà soát danh mục bộ dữ liệu")
	w.page("an", "/campaigns", 200, "Rà soát hệ thống năm 2026", "!Lập đợt")
	w.page("binh", path, 200, "Sở Y tế", "Sở Nội vụ", "Đóng đợt rà soát")
	w.page("an", path, 200, "Sở Y tế", "!Sở Nội vụ tỉnh", "!Đóng đợt rà soát")
	w.page("binh", "/campaigns/new?subject=systems", 200, "Lớp kiến trúc", "!Mã trong kế hoạch")
	w.post("binh", "/campaigns/new", map[string]string{"subject": "systems", "title": "x", "lead": "hy-skhcn", "days": "x", "field": "lop"}, 400, "ngày làm việc")
	text := w.page("an", ours, 200, "Bệnh án điện tử", "Giữ nguyên", "Còn 7 dòng chưa trả lời")
	one := regexp.MustCompile(`name="l(\d+)-there"`).FindStringSubmatch(text)[1]
	w.post("an", ours+"/answers", map[string]string{"l" + one + "-there": "1", "l" + one + "-verdict": "gone"}, 400, "lý do không còn")
	w.post("an", ours+"/answers", map[string]string{"l" + one + "-there": "1", "l" + one + "-verdict": "kept"}, 303)
	w.page("an", ours, 200, "Còn 6 dòng chưa trả lời")

	// The sheet as a workbook, there and back.
	status, book, _ := w.ask("an", http.MethodGet, ours+"/phieu.xlsx", nil, "")
	if status != 200 {
		t.Fatal(status)
	}
	change := func(edit func(f *excelize.File, name string, rows [][]string)) io.Reader {
		f, err := excelize.OpenReader(strings.NewReader(book))
		must(t, err)
		name := f.GetSheetName(0)
		rows, err := f.GetRows(name)
		must(t, err)
		if len(rows) != 8 || rows[0][0] != "Dòng" || rows[0][3] != "Kết quả rà soát" {
			t.Fatalf("%q", rows)
		}
		edit(f, name, rows)
		var b bytes.Buffer
		must(t, f.Write(&b))
		must(t, f.Close())
		return &b
	}
	users := func(rows [][]string) int {
		for i, h := range rows[0] {
			if strings.HasPrefix(h, "Người sử dụng") || strings.HasPrefix(h, "Đối tượng") {
				return i + 1
			}
		}
		t.Fatalf("%q", rows[0])
		return 0
	}
	text = w.upload("an", ours+"/file", change(func(f *excelize.File, name string, rows [][]string) {
		must(t, f.SetCellStr(name, "D3", "Xong"))
		must(t, f.SetCellStr(name, "D4", "Không còn"))
		must(t, f.SetCellStr(name, "A5", "999"))
	}), 400)
	text = unescape(text)
	for _, want := range []string{"3 dòng trong tệp", "Xong", "lý do không còn", "999"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q", want)
		}
	}
	w.page("an", ours, 200, "Còn 6 dòng chưa trả lời")
	text = w.upload("an", ours+"/file", change(func(f *excelize.File, name string, rows [][]string) {
		for i := 3; i <= 8; i++ {
			must(t, f.SetCellStr(name, fmt.Sprintf("D%d", i), "Giữ nguyên"))
		}
		at, err := excelize.CoordinatesToCellName(users(rows), 4)
		must(t, err)
		must(t, f.SetCellStr(name, "D4", "có thay đổi"))
		must(t, f.SetCellStr(name, at, "Người dân"))
	}), 200, "Người dân")
	answers := regexp.MustCompile(`name="answers" value="([^"]*)"`).FindStringSubmatch(text)
	if answers == nil {
		t.Fatal("nothing to take")
	}
	w.page("an", ours, 200, "Còn 6 dòng chưa trả lời") // looked at, not kept
	w.post("an", ours+"/take", map[string]string{"answers": unescape(answers[1])}, 303)
	w.page("an", ours, 200, "Gửi phiếu", "!dòng chưa trả lời;")
	w.post("an", ours+"/send", nil, 303)
	w.page("an", ours, 200, "Đã gửi, chờ duyệt", "!Duyệt phiếu")
	w.page("binh", ours, 200, "Duyệt phiếu", "Người dân")
	w.post("binh", ours+"/back", map[string]string{"why": ""}, 400, "Ghi lý do")
	w.post("binh", ours+"/approve", nil, 303)
	w.page("an", ours, 200, "Đã duyệt")
}

// upload sends a file of a page.
func (w *world) upload(as, path string, file io.Reader, want int, holds ...string) string {
	w.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	must(w.t, m.WriteField("token", apitest.Form))
	part, err := m.CreateFormFile("file", "phieu.xlsx")
	must(w.t, err)
	_, err = io.Copy(part, file)
	must(w.t, err)
	must(w.t, m.Close())
	got, text, _ := w.ask(as, http.MethodPost, path, &b, m.FormDataContentType())
	w.holds(path, got, want, text, holds)
	return text
}

func unescape(text string) string { return html.UnescapeString(text) }
