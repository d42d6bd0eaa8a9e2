package register_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/apps/campaign"
	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/campaigndesk"
	"github.com/phohien/phohien/internal/channels/campaigns"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/entry"
	"github.com/phohien/phohien/internal/channels/explore"
	"github.com/phohien/phohien/internal/channels/finder"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/channels/lookup"
	"github.com/phohien/phohien/internal/channels/register"
	"github.com/phohien/phohien/internal/channels/registers"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/systems"
	"github.com/phohien/phohien/internal/channels/ui/assets"
	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/registry"
	"github.com/phohien/phohien/internal/core/registry/moves"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// who are the people of the tests: the token names one of them.
var who = map[string]policy.Who{
	"an":    {Kind: "person", ID: "an", Org: "hy-syt", Orgs: []string{"hy-syt"}, Covers: []string{"hy-syt"}, Roles: []string{"public", "official", "data_steward"}},
	"binh":  {Kind: "person", ID: "binh", Org: "hy-skhcn", Orgs: []string{"hy-skhcn"}, Covers: []string{"hy-skhcn"}, Roles: []string{"public", "official", "data_governor"}, Strong: true},
	"chi":   {Kind: "person", ID: "chi", Org: "hy-skhcn", Orgs: []string{"hy-skhcn"}, Covers: []string{"hy-skhcn"}, Roles: []string{"public", "official", "cdo"}, Strong: true},
	"dung":  {Kind: "person", ID: "dung", Org: "hy-skhcn", Orgs: []string{"hy-skhcn"}, Covers: []string{"hy-skhcn"}, Roles: []string{"public", "official", "data_steward"}},
	"giang": {Kind: "person", ID: "giang", Org: "hy-snv", Orgs: []string{"hy-snv"}, Covers: []string{"hy-snv"}, Roles: []string{"public", "official", "data_steward"}},
	"may":   {Kind: "program", ID: "may", Org: "hy-skhcn", Orgs: []string{"hy-skhcn"}, Covers: []string{"hy-skhcn"}, Roles: []string{"public", "service"}},
}

// A world is a province with its register, its API and its pages, under the
// policies that the packs bring.
type world struct {
	t      *testing.T
	p      *apitest.Province
	desk   *systems.Desk
	finder *lookup.Finder
	server *httptest.Server
}

func opened(t *testing.T) *world {
	t.Helper()
	p := apitest.Begin(t, "register", func(p *apitest.Province) { fill(t, p) })
	policies, err := policy.Open(t.Context(), p.Control)
	must(t, err)
	p.Door.Policies = policies
	p.Door.Known = func(r *http.Request) (*door.Caller, error) {
		name := r.Header.Get("X-Phohien-Token")
		w, ok := who[name]
		if !ok {
			return nil, nil
		}
		return &door.Caller{Who: w, Actor: actor.Actor{Kind: w.Kind, ID: w.ID, Name: "Cán bộ " + name, Org: w.Org}, CSRF: apitest.Form}, nil
	}
	w := &world{t: t, p: p, finder: lookup.New(p.Door)}
	notes := moves.NewStore(p.Control)
	forms := &form.Desk{Door: p.Door, Records: p.Truth, Corridor: p.Corridor, Notes: notes}
	w.desk = &systems.Desk{
		Door: p.Door, Contracts: p.Contracts, Records: p.Truth, Corridor: p.Corridor, CodeLists: p.CodeLists, Orgs: p.Orgs, Forms: forms, Finder: w.finder, Moves: notes,
		Roles: policies.Roles, Platform: "A02", Version: "thử",
	}
	reviews := &campaigndesk.Desk{
		Door: p.Door, Campaigns: campaign.NewStore(p.Control, p.Duties.Deadlines, p.Duties.Notices), Orgs: p.Orgs,
		Sources: map[campaign.Subject]campaigndesk.Source{campaign.Systems: systems.Review{Desk: w.desk}},
	}
	json := api.New(api.Deps{
		Guard: p.Guard, Door: p.Door, Contracts: p.Contracts, Records: p.Truth, Mirror: p.Mirror, Scores: p.Scores, Corridor: p.Corridor, CodeLists: p.CodeLists,
		Recipes: p.Recipes, Orgs: p.Orgs, Log: p.Log, Version: "thử", Temp: p.Temp, Finder: w.finder, Systems: w.desk, Campaigns: reviews,
	})
	set, err := assets.Load()
	must(t, err)
	pages := site.New(p.Guard, p.Door, set, p.Log)
	tabs := explore.New(explore.Deps{Site: pages, Contracts: p.Contracts, Records: p.Truth, Mirror: p.Mirror, Scores: p.Scores})
	campaigns.New(campaigns.Deps{Site: pages, Desk: reviews})
	register.New(register.Deps{Site: pages, Desk: w.desk, Orgs: p.Orgs})
	finder.New(finder.Deps{Site: pages, Finder: w.finder, Systems: w.desk})
	entry.New(entry.Deps{Site: pages, Contracts: p.Contracts, Records: p.Truth, CodeLists: p.CodeLists, Desk: forms, Tabs: tabs, Batches: p.Corridor})
	mux := http.NewServeMux()
	mux.Handle("/api/", json)
	mux.Handle(api.LabelPath, json)
	mux.Handle("/", pages)
	w.server = httptest.NewServer(mux)
	t.Cleanup(w.server.Close)
	w.index()
	return w
}

// fill brings what the packs ship for the register.
func fill(t *testing.T, p *apitest.Province) {
	t.Helper()
	for dataset, file := range map[string]string{
		"hy-he-thong.he_thong": "hung-yen/data/hy-he-thong.csv", "hy-he-thong.ket_noi": "hung-yen/data/hy-he-thong-ket-noi.csv",
		"hy-he-thong.dich_vu_thue": "hung-yen/data/hy-he-thong-thue.csv", "hy-he-thong-quy-trinh.buoc": "hung-yen/data/hy-he-thong-buoc.csv",
		"hy-he-thong-quy-trinh.dieu_kien": "hung-yen/data/hy-he-thong-dieu-kien.csv", "vn-csdl-quoc-gia": "viet-nam/data/vn-csdl-quoc-gia.csv",
	} {
		f, err := os.Open(apitest.File(t, "packs/"+file))
		must(t, err)
		r, err := p.Corridor.Send(t.Context(), actor.System, corridor.Request{Dataset: dataset, Name: file, Body: f, Confirm: true})
		must(t, errors.Join(err, f.Close()))
		if r.Quarantined > 0 || r.Accepted == 0 {
			t.Fatalf("%s: %+v", dataset, r)
		}
	}
}

// index makes the search of the systems that there are.
func (w *world) index() {
	w.t.Helper()
	con, err := w.p.Contracts.Current(w.t.Context(), "hy-he-thong")
	must(w.t, err)
	obj := con.Objects[0]
	list, err := w.p.Truth.List(w.t.Context(), obj, "", 1000, record.Latest)
	must(w.t, err)
	var entries []catalog.Entry
	for _, r := range list {
		var row registry.Row = registers.RowOf(obj, r)
		entries = append(entries, catalog.Entry{Kind: catalog.System, ID: row.ID(), Title: row["ten"], Text: row["chuc_nang"], Codes: []string{row.ID()}, Address: api.SystemPath(row.ID()), Sight: lookup.OfRow(con, obj, row["chu_quan"])})
	}
	must(w.t, w.finder.Put(entries, []*contract.Contract{con}))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask sends a request as somebody, "" as nobody.
func (w *world) ask(as, method, path string, body io.Reader, media string) (int, string, http.Header) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, w.server.URL+path, body)
	must(w.t, err)
	r.Header.Set("X-Phohien-Token", as)
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	must(w.t, err)
	text, err := io.ReadAll(resp.Body)
	must(w.t, errors.Join(err, resp.Body.Close()))
	return resp.StatusCode, string(text), resp.Header
}

// api asks the API and reads its answer.
func (w *world) api(as, method, path string, body any, want int, into any) string {
	w.t.Helper()
	var in io.Reader
	media := ""
	if body != nil {
		b, err := json.Marshal(body)
		must(w.t, err)
		in, media = bytes.NewReader(b), "application/json"
	}
	status, text, _ := w.ask(as, method, path, in, media)
	if status != want {
		w.t.Fatalf("%s %s as %s: %d, want %d\n%.600s", method, path, as, status, want, text)
	}
	if into != nil {
		must(w.t, json.Unmarshal([]byte(text), into))
	}
	return text
}

// page opens a page, which must hold what is wanted; "!" in front: must not.
func (w *world) page(as, path string, status int, want ...string) string {
	w.t.Helper()
	got, text, _ := w.ask(as, http.MethodGet, path, nil, "")
	w.holds(path, got, status, text, want)
	return text
}

func (w *world) holds(path string, got, status int, text string, want []string) {
	w.t.Helper()
	if got != status {
		w.t.Fatalf("%s: %d, want %d\n%.1500s", path, got, status, main(text))
	}
	plain := html.UnescapeString(text)
	for _, s := range want {
		if no, is := strings.CutPrefix(s, "!"); is == strings.Contains(plain, no) && is {
			w.t.Errorf("%s holds %q", path, no)
		} else if !is && !strings.Contains(plain, s) {
			w.t.Errorf("%s lacks %q", path, s)
		}
	}
}

// post sends a form of a page and gives where it leads.
func (w *world) post(as, path string, fields map[string]string, status int, want ...string) string {
	w.t.Helper()
	v := url.Values{"token": {apitest.Form}}
	for k, s := range fields {
		v.Set(k, s)
	}
	got, text, head := w.ask(as, http.MethodPost, path, strings.NewReader(v.Encode()), "application/x-www-form-urlencoded")
	w.holds(path, got, status, text, want)
	return head.Get("Location")
}

// TestList: the register for who may read it, narrowed, and its other faces.
func TestList(t *testing.T) {
	w := opened(t)
	var list struct {
		Items []struct {
			ID, Name, State, Owner string
			OwnerName              string `json:"owner_name"`
		}
		Next   string
		Total  int
		Facets map[string][]struct {
			Value string
			Count int
		}
	}
	w.api("giang", "GET", "/api/v1/systems?limit=50", nil, 200, &list)
	if list.Total != 249 || len(list.Items) != 50 || list.Next != list.Items[49].ID || len(list.Facets["state"]) < 3 {
		t.Errorf("%d systems, %d on the page, next %q, %v", list.Total, len(list.Items), list.Next, list.Facets["state"])
	}
	w.api("giang", "GET", "/api/v1/systems?state=van-hanh&owner=hy-skhcn&q=lgsp", nil, 200, &list)
	if list.Total != 1 || list.Items[0].ID != "A01" || list.Items[0].OwnerName == "" {
		t.Errorf("narrowed: %+v", list)
	}
	w.api("", "GET", "/api/v1/systems", nil, 401, nil)
	w.api("giang", "GET", "/api/v1/systems/ZZ9", nil, 404, nil)
	var nation struct {
		Items []struct {
			ID    string
			Links []map[string]string
		}
	}
	w.api("giang", "GET", "/api/v1/systems/national", nil, 200, &nation)
	links := 0
	for _, n := range nation.Items {
		links += len(n.Links)
	}
	if len(nation.Items) != 15 || links == 0 {
		t.Errorf("%d national databases with %d connections", len(nation.Items), links)
	}
	if text := w.api("giang", "GET", "/api/v1/systems/lists", nil, 200, nil); strings.Count(text, `"hole":true`) != 3 {
		t.Errorf("not three holes: %.300s", text)
	}
	if text := w.api("giang", "GET", "/api/v1/systems/nas?format=csv", nil, 200, nil); strings.Count(text, "\n") != 250 || !strings.HasPrefix(text, "\ufeffasset_id,name,kind") {
		t.Errorf("%d lines: %.100s", strings.Count(text, "\n"), text)
	}
	if text := w.api("giang", "GET", "/api/v1/systems/nas", nil, 200, nil); !strings.Contains(text, `"format":"phohien/nas/1"`) {
		t.Errorf("%.200s", text)
	}
	if text := w.api("giang", "GET", "/api/v1/systems/nas?format=xlsx", nil, 200, nil); !strings.HasPrefix(text, "PK") {
		t.Error("no workbook")
	}
	w.page("giang", "/systems", 200, "Sổ đăng ký hệ thống thông tin", "Có 249 hệ thống", `href="/systems/A01"`, "Đề xuất hệ thống mới", "?page=2")
	w.page("giang", "/systems?state=van-hanh&lang=en", 200, "12 systems", `href="/systems/A01"`, "!href=\"/systems/A02\"")
	w.page("giang", "/systems/fields", 200, "Còn trống", "Đang xây dựng")
	w.page("giang", "/systems/national", 200, "Cơ sở dữ liệu quốc gia về dân cư")
	w.page("", "/systems", 401)
}

// TestOne: everything of a system, with what it lacks to be moved in plain words.
func TestOne(t *testing.T) {
	w := opened(t)
	var one struct {
		Values map[string]string
		Links  []map[string]string
		Rents  []struct{ Verdict string }
		Steps  []struct {
			To      string
			Missing []struct {
				Column string
				Says   struct{ Vi string }
			}
			May bool
		}
		Similar []struct{ ID string }
	}
	w.api("dung", "GET", "/api/v1/systems/A02", nil, 200, &one)
	if one.Values["trang_thai"] != "de-xuat" || len(one.Steps) != 1 || one.Steps[0].To != "tham-dinh" || len(one.Steps[0].Missing) == 0 || !one.Steps[0].May {
		t.Errorf("%+v", one)
	}
	if w.api("giang", "GET", "/api/v1/systems/A02", nil, 200, &one); one.Steps[0].May {
		t.Error("the steward of another agency may ask for the step")
	}
	w.page("dung", "/systems/A02", 200, "Nền tảng tổng hợp, phân tích dữ liệu cấp tỉnh", "Trình thẩm định", "Chức danh người đứng đầu chịu trách nhiệm", "Cán bộ đầu mối dữ liệu", "Cán bộ quản trị dữ liệu", `href="/systems/A02/edit"`, "Ghi vào (", "Hệ thống chưa báo số liệu")
	w.page("giang", "/systems/A02", 200, "!href=\"/systems/A02/edit\"")
	w.page("dung", "/systems/A01", 200, "Dịch vụ thuê", "Kết nối")
	w.page("giang", "/systems/ZZ9", 404)
}

// ready fills in what A02 lacks for its appraisal, through the form.
func (w *world) ready() {
	w.t.Helper()
	text := w.page("dung", "/systems/A02/edit", 200, "Cấp độ đề xuất", `value="Nền tảng tổng hợp, phân tích dữ liệu cấp tỉnh"`)
	w.post("dung", "/systems/A02/edit", map[string]string{
		"seq": hidden(w.t, text, "seq"), "phu_trach": "Giám đốc Sở Khoa học và Công nghệ", "dau_moi": "Chuyên viên Phòng Chuyển đổi số",
		"cap_do_de_xuat": "3", "nguon_kinh_phi": "Ngân sách tỉnh", "why": "Bổ sung hồ sơ thẩm định",
	}, 303)
}

func hidden(t *testing.T, page, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no %s on the page", name)
	}
	return html.UnescapeString(m[1])
}

// TestMove: what is missing is told; who asks does not approve; another person of
// the right role does, and the register, its history and the log have it.
func TestMove(t *testing.T) {
	w := opened(t)
	move := map[string]string{"to": "tham-dinh", "why": "Theo tờ trình 12/TTr-SKHCN"}
	text := w.api("dung", "POST", "/api/v1/systems/A02/move", move, 409, nil)
	if !strings.Contains(text, "register.lacks") || !strings.Contains(text, `"location":"phu_trach"`) || !strings.Contains(text, "Chức danh cán bộ đầu mối") {
		t.Errorf("%s", text)
	}
	w.ready()
	w.api("giang", "POST", "/api/v1/systems/A02/move", move, 403, nil)
	w.api("chi", "POST", "/api/v1/systems/A02/move", move, 403, nil)
	if text := w.api("dung", "POST", "/api/v1/systems/A02/move", map[string]string{"to": "van-hanh", "why": "Vận hành luôn"}, 409, nil); !strings.Contains(text, "register.no-step") {
		t.Errorf("%s", text)
	}
	var r struct{ ID, State, Batch string }
	w.api("dung", "POST", "/api/v1/systems/A02/move", move, 202, &r)
	if r.State != "waiting" {
		t.Errorf("%+v", r)
	}
	w.api("dung", "POST", "/api/v1/systems/A02/move", move, 409, nil)
	at := "/api/v1/systems/A02/moves/" + r.ID
	empty := map[string]string{}
	w.api("dung", "POST", at+"/approve", empty, 403, nil)
	w.api("giang", "POST", at+"/approve", empty, 403, nil)
	w.api("chi", "POST", at+"/approve", empty, 403, nil) // a chief, but this step is the governors'
	w.page("binh", "/systems/A02", 200, "Theo tờ trình 12/TTr-SKHCN", "Chờ phê duyệt", "/moves/"+r.ID+"/approve")
	w.page("dung", "/systems/A02", 200, "Rút đề nghị", "!/moves/"+r.ID+"/approve")
	w.post("binh", "/systems/A02/moves/"+r.ID+"/refuse", nil, 400, "Ghi lý do")
	if to := w.post("binh", "/systems/A02/moves/"+r.ID+"/approve", map[string]string{"why": "Đồng ý"}, 303); !strings.Contains(to, "done=approved") {
		t.Errorf("leads to %q", to)
	}
	w.page("dung", "/systems/A02", 200, "Đang thẩm định", "Đã phê duyệt", "Cán bộ binh", "Phê duyệt đề nghị của Cán bộ dung", "Bổ sung hồ sơ thẩm định")
	var one struct{ Values map[string]string }
	w.api("dung", "GET", "/api/v1/systems/A02", nil, 200, &one)
	if one.Values["trang_thai"] != "tham-dinh" || one.Values["can_cu_trang_thai"] != "Theo tờ trình 12/TTr-SKHCN" || one.Values["da_xac_nhan"] != "true" || one.Values["trang_thai_tu"] == "" {
		t.Errorf("%v", one.Values)
	}
	w.api("binh", "POST", at+"/approve", empty, 409, nil)
}

// TestEdit: of two who change a system at once the second sees what changed, and
// bad input is told beside its field.
func TestEdit(t *testing.T) {
	w := opened(t)
	first := w.page("dung", "/systems/A02/edit", 200)
	seq := hidden(t, first, "seq")
	w.ready()
	w.post("dung", "/systems/A02/edit", map[string]string{"seq": seq, "tien_do": "40", "why": "Cập nhật tiến độ"}, 409, "Người khác đã sửa", "Chức danh cán bộ đầu mối", "Chuyên viên Phòng Chuyển đổi số", `value="40"`)
	now := hidden(t, w.page("dung", "/systems/A02/edit", 200), "seq")
	w.post("dung", "/systems/A02/edit", map[string]string{"seq": now, "tien_do": "bốn mươi", "why": "x"}, 400, "“bốn mươi” không phải số nguyên", `value="bốn mươi"`)
	w.post("dung", "/systems/A02/edit", map[string]string{"seq": now, "tien_do": "140", "why": "x"}, 400, "Tiến độ")
	w.post("dung", "/systems/A02/edit", map[string]string{"seq": now, "tien_do": "40"}, 400, "Ghi lý do")
	w.post("dung", "/systems/A02/edit", map[string]string{"seq": now, "trang_thai": "van-hanh", "tien_do": "40", "why": "Cập nhật tiến độ"}, 303)
	w.page("dung", "/systems/A02", 200, "Đề xuất", "Cập nhật tiến độ", "40")
	w.page("giang", "/systems/A02/edit", 403)
	var one struct{ Values map[string]string }
	if w.api("dung", "GET", "/api/v1/systems/A02", nil, 200, &one); one.Values["trang_thai"] != "de-xuat" {
		t.Error("a form has changed the state")
	}
}

// TestPropose: nobody builds again what is there without saying why.
func TestPropose(t *testing.T) {
	w := opened(t)
	values := map[string]any{"ten": "Kho dữ liệu dùng chung của tỉnh", "loai": "csdl", "lop": 2, "linh_vuc": "chuyen-doi-so", "chu_quan": "hy-syt", "chuc_nang": "Tiếp nhận, hợp nhất, chia sẻ dữ liệu giữa các cơ quan trong tỉnh"}
	text := w.api("an", "POST", "/api/v1/systems", map[string]any{"values": values}, 409, nil)
	if !strings.Contains(text, "register.alike") || !strings.Contains(text, "systems/A03") {
		t.Errorf("%s", text)
	}
	var similar struct {
		Items []struct {
			ID   string
			Near bool
		}
	}
	w.api("an", "GET", "/api/v1/systems/similar?name="+url.QueryEscape("Kho dữ liệu dùng chung"), nil, 200, &similar)
	if len(similar.Items) == 0 || similar.Items[0].ID != "A03" || !similar.Items[0].Near {
		t.Errorf("%+v", similar.Items)
	}
	if w.api("", "GET", "/api/v1/systems/similar?name=kho", nil, 401, nil); len(similar.Items) == 0 {
		t.Error("nothing")
	}
	var made struct {
		ID    string
		Batch struct{ State string }
	}
	w.api("an", "POST", "/api/v1/systems", map[string]any{"values": values, "why_new": "Kho của tỉnh chưa lưu được ảnh y tế"}, 201, &made)
	if !regexp.MustCompile(`^HY-\d{4}-0001$`).MatchString(made.ID) {
		t.Errorf("%+v", made)
	}
	var one struct{ Values map[string]string }
	w.api("an", "GET", "/api/v1/systems/"+made.ID, nil, 200, &one)
	if one.Values["trang_thai"] != "de-xuat" || one.Values["da_xac_nhan"] != "true" || !strings.Contains(one.Values["ghi_chu"], "ảnh y tế") {
		t.Errorf("%v", one.Values)
	}
	if text := w.api("an", "POST", "/api/v1/systems", map[string]any{"values": map[string]any{"ten": "Hệ thống quan trắc mực nước ao nuôi", "khong_co": 1}}, 400, nil); !strings.Contains(text, "form.wrong") {
		t.Errorf("%s", text)
	}
	other := map[string]any{"ten": "Hệ thống quan trắc mực nước ao nuôi", "loai": "csdl", "chu_quan": "hy-skhcn", "chuc_nang": "Đo mực nước"}
	w.api("an", "POST", "/api/v1/systems", map[string]any{"values": other}, 403, nil) // another agency's
	// By the pages: what is like it is shown before the last step.
	w.page("an", "/systems/new", 200, "Tìm hệ thống tương tự", `value="hy-syt"`, "!name=\"trang_thai\"")
	fields := map[string]string{"ten": "Nền tảng tích hợp và chia sẻ dữ liệu cấp tỉnh", "loai": "nen-tang", "chu_quan": "hy-syt", "chuc_nang": "Kết nối, chia sẻ dữ liệu", "do": "check"}
	v := url.Values{"token": {apitest.Form}}
	for k, s := range fields {
		v.Set(k, s)
	}
	_, text, _ = w.ask("an", http.MethodPost, "/systems/new", strings.NewReader(v.Encode()), "application/x-www-form-urlencoded")
	w.holds("/systems/new", 200, 200, text, []string{"Hệ thống tương tự đã có", `href="/systems/A01"`, "Lý do vẫn cần xây dựng mới"})
	fields["do"], fields["checked"] = "save", hidden(t, text, "checked")
	w.post("an", "/systems/new", fields, 409, "Đã có hệ thống tương tự")
	fields["why_new"] = "Nền tảng của tỉnh chưa nhận ảnh y tế"
	if to := w.post("an", "/systems/new", fields, 303); !strings.HasSuffix(to, "-0002?done=proposed") {
		t.Errorf("leads to %q", to)
	}
}

// TestHeartbeat: a program reports; the same again is the same batch; other figures
// take the place of the earlier ones; promises are held against them.
func TestHeartbeat(t *testing.T) {
	w := opened(t)
	at := "/api/v1/systems/A01/heartbeat"
	beat := map[string]any{"from": "2026-11-20T00:00:00+07:00", "to": "2026-11-21T00:00:00+07:00", "measured": "tu-dong", "availability": 99.931, "users": 412, "requests": 1000, "errors": 3}
	var first, second struct{ Batch, State string }
	w.api("may", "POST", at, beat, 200, &first)
	w.api("may", "POST", at, beat, 200, &second)
	if first.Batch == "" || first.Batch != second.Batch {
		t.Errorf("%+v %+v", first, second)
	}
	beat["errors"] = 5
	if w.api("may", "POST", at, beat, 200, &second); first.Batch == second.Batch {
		t.Error("other figures are the same batch")
	}
	con, err := w.p.Contracts.Current(t.Context(), "hy-he-thong-hoat-dong")
	must(t, err)
	list, err := w.p.Truth.List(t.Context(), con.Objects[0], "", 10, record.Latest)
	must(t, err)
	if len(list) != 1 || list[0].Values["loi"] != int64(5) || fmt.Sprint(list[0].Values["kha_dung"]) != "99.931" || list[0].Values["co_quan"] != "hy-skhcn" {
		t.Errorf("%+v", list)
	}
	beat["errors"] = 5000
	if text := w.api("may", "POST", at, beat, 400, nil); !strings.Contains(text, "register.beat") || !strings.Contains(text, "lỗi") {
		t.Errorf("%s", text)
	}
	w.api("may", "POST", "/api/v1/systems/ZZ9/heartbeat", beat, 404, nil)
	w.api("giang", "POST", at, map[string]any{"from": "2026-11-20T00:00:00+07:00", "to": "2026-11-21T00:00:00+07:00", "measured": "tu-dong", "users": 1}, 403, nil)
	w.page("dung", "/systems/A01", 200, "Báo cáo gần nhất", "412")
}

// TestLabel: nobody gives a label to themselves; with one in the register it is
// public.
func TestLabel(t *testing.T) {
	w := opened(t)
	if text := w.api("", "GET", api.LabelPath, nil, 404, nil); !strings.Contains(text, "register.no-label") {
		t.Errorf("%s", text)
	}
	seq := hidden(t, w.page("dung", "/systems/A02/edit", 200), "seq")
	w.post("dung", "/systems/A02/edit", map[string]string{"seq": seq, "nhan_ma": "NT-0001", "nhan_tuan_thu": "Tuân thủ", "why": "Nhãn được cấp"}, 303)
	if text := w.api("", "GET", api.LabelPath, nil, 200, nil); !strings.Contains(text, `"id":"NT-0001"`) || !strings.Contains(text, `"format":"phohien/platform-label/1"`) {
		t.Errorf("%s", text)
	}
}

// TestSearch: the one search shows who may read the register its systems, and
// nobody else; what is typed without marks is found, completed, and marked.
func TestSearch(t *testing.T) {
	w := opened(t)
	var found struct {
		Items []struct {
			ID, Kind, Address string
			InTitle           []struct{ From, To int } `json:"in_name"`
		}
		Total  int
		Facets map[string][]struct{ Value string }
	}
	w.api("giang", "GET", "/api/v1/search?q=kho+du+lieu+dung+chung&kind=system", nil, 200, &found)
	if found.Total == 0 || found.Items[0].ID != "A03" || found.Items[0].Address != "/systems/A03" || len(found.Items[0].InTitle) == 0 {
		t.Errorf("%+v", found)
	}
	if w.api("", "GET", "/api/v1/search?q=kho+du+lieu", nil, 200, &found); found.Total != 0 || len(found.Items) != 0 {
		t.Errorf("a stranger finds %+v", found.Items)
	}
	w.api("giang", "GET", "/api/v1/search?kind=khong", nil, 400, nil)
	if text := w.api("giang", "GET", "/api/v1/search/suggest?q=kho+d", nil, 200, nil); !strings.Contains(text, "Kho dữ liệu") {
		t.Errorf("%s", text)
	}
	if text := w.api("", "GET", "/api/v1/search/suggest?q=kho+d", nil, 200, nil); strings.Contains(text, "Kho") {
		t.Errorf("a stranger is told %s", text)
	}
	w.page("giang", "/search?q=kho+du+lieu+dung+chung", 200, `href="/systems/A03"`, "<mark>", "Hệ thống", "Có ")
	w.page("", "/search?q=kho", 200, "Không tìm thấy", "!Kho dữ liệu")
	w.page("giang", "/systems", 200, `action="/search"`)
}

// TestEntry: every data set that the platform keeps gets a form; others do not.
func TestEntry(t *testing.T) {
	w := opened(t)
	w.page("dung", "/datasets/hy-he-thong.thanh_phan/new-record", 200, "Ghi bản ghi mới")
	w.post("dung", "/datasets/hy-he-thong.thanh_phan/new-record", map[string]string{"he_thong": "A02", "why": "x"}, 400, "cần sửa")
	con, err := w.p.Contracts.Current(t.Context(), "hy-he-thong")
	must(t, err)
	fields := map[string]string{"he_thong": "A02", "ma": "tp-1", "ten": "Phân hệ tổng hợp", "why": "Danh sách thành phần"}
	for _, c := range con.Objects[1].Columns {
		if c.Required && fields[c.Name] == "" {
			fields[c.Name] = c.Example
		}
		if c.Name == "co_quan" {
			fields[c.Name] = "hy-skhcn"
		}
	}
	if to := w.post("dung", "/datasets/hy-he-thong.thanh_phan/new-record", fields, 303); !strings.HasSuffix(to, "done=saved") {
		t.Errorf("leads to %q", to)
	}
	w.post("dung", "/datasets/hy-he-thong.thanh_phan/new-record", fields, 409, "Đã có bản ghi")
	text := w.page("dung", "/datasets/hy-he-thong.thanh_phan/edit-record?key=A02~tp-1", 200, "Phân hệ tổng hợp")
	fields["_key"], fields["_seq"], fields["ten"] = hidden(t, text, "_key"), hidden(t, text, "_seq"), "Phân hệ báo cáo"
	if to := w.post("dung", "/datasets/hy-he-thong.thanh_phan/edit-record", fields, 303); to != "/datasets/hy-he-thong.thanh_phan/record-history?done=saved&key=A02~tp-1" {
		t.Errorf("what was changed leads to %q", to)
	}
	w.page("dung", "/datasets/hy-he-thong.thanh_phan/record-history?key=A02~tp-1&done=saved", 200, "Đã lưu bản ghi.")
	fields["ten"] = "Phân hệ thống kê"
	w.post("dung", "/datasets/hy-he-thong.thanh_phan/edit-record", fields, 409, "Người khác đã sửa", "Phân hệ tổng hợp", "Phân hệ báo cáo", "Phân hệ thống kê")
	w.page("dung", "/datasets/vn-csdl-quoc-gia/new-record", 403)
	const table = "/datasets/hy-he-thong.he_thong/edit-record"
	w.page("an", table+"?key=A02", 403, "thuộc, hoặc sau khi sửa sẽ thuộc, cơ quan, địa bàn khác")
	const edit, history = `href="/datasets/hy-he-thong.he_thong/edit-record?key=`, `href="/datasets/hy-he-thong.he_thong/record-history?key=`
	w.page("an", "/datasets/hy-he-thong.he_thong/records?q=C74", 200, edit+`C74"`, history+`C74"`)
	w.page("an", "/datasets/hy-he-thong.he_thong/records?q=A02", 200, history+`A02"`, "!"+edit+`A02"`)
	w.page("an", "/datasets/hy-he-thong.he_thong/record-history?key=A02", 200, "!"+`action="/datasets/hy-he-thong.he_thong/edit-record"`)
	w.page("an", "/datasets/hy-he-thong.he_thong/record-history?key=C74", 200, `action="/datasets/hy-he-thong.he_thong/edit-record"`)
	text = w.page("an", table+"?key=C74", 200)
	away := map[string]string{"_key": "C74", "_seq": hidden(t, text, "_seq"), "chu_quan": "hy-snv", "why": "Chuyển chủ quản"}
	w.post("an", table, away, 403, "sau khi sửa sẽ thuộc", `value="Chuyển chủ quản"`)
	w.page("dung", "/systems/A02", 200, "Phân hệ báo cáo")
}

// TestRecordHistory: each change of a record with who, when, before and after; one
// that is undone leaves what was changed since.
func TestRecordHistory(t *testing.T) {
	w := opened(t)
	const table = "/datasets/hy-he-thong.he_thong"
	w.page("dung", table+"/records", 200, `href="`+table+`/edit-record?key=A02"`, `href="`+table+`/record-history?key=A02"`)
	text := w.page("dung", table+"/edit-record?key=A02", 200)
	fields := map[string]string{"_key": "A02", "_seq": hidden(t, text, "_seq"), "ten": "Nền tảng phân tích", "why": "Tên theo quyết định mới"}
	w.post("dung", table+"/edit-record", fields, 303)
	list, _, err := w.p.Corridor.Batches(t.Context(), "hy-he-thong.he_thong", "", 1)
	must(t, err)
	w.p.Wait(t, list[0].ID)
	text = main(w.page("dung", table+"/record-history?key=A02", 200, "Cán bộ dung", "Tên theo quyết định mới", "Nền tảng phân tích", "Hoàn tác thay đổi này", "Xem, hoàn tác cả đợt"))
	if strings.Count(text, "Hoàn tác thay đổi này") != 1 {
		t.Error("the batch of the whole register is undone from one record")
	}
	if !strings.Contains(text, `action="/batches/`+list[0].ID+`/undo"`) {
		t.Error("the change cannot be undone from the page")
	}
	st, err := w.p.Corridor.Undo(t.Context(), actor.System, list[0].ID)
	must(t, err)
	w.p.Wait(t, st.ID)
	text = w.page("dung", table+"/record-history?key=A02", 200, "Hoàn tác một đợt trước đó")
	if strings.Contains(text, "Hoàn tác thay đổi này") {
		t.Error("what is undone is offered again")
	}
	w.page("dung", table+"/record-history?key=khong-co", 404, "không có bản ghi này")
	if text = w.page("dung", "/systems/A02", 200); strings.Contains(main(text), ">Nền tảng phân tích<") && !strings.Contains(text, "Hoàn tác một đợt trước đó") {
		t.Error("the system's own page does not tell of the undoing")
	}
}

// TestSheet: the rows of a table go out to a spreadsheet, are changed there and come
// back. What does not pass waits, what was not changed stays, and before that is
// confirmed nothing is written.
func TestSheet(t *testing.T) {
	w := opened(t)
	const table = "/datasets/hy-he-thong.he_thong"
	w.page("dung", table+"/records", 200, "Tải về để sửa", `href="`+table+`?mode=merge#send"`)
	_, text, _ := w.ask("dung", http.MethodGet, "/api/v1"+table+"/records.xlsx?filter="+url.QueryEscape("chu_quan = 'hy-skhcn'"), nil, "")
	f, err := excelize.OpenReader(strings.NewReader(text))
	must(t, err)
	sheet := f.GetSheetName(0)
	rows, err := f.GetRows(sheet)
	must(t, err)
	if len(rows) < 11 {
		t.Fatalf("%d rows", len(rows))
	}
	name, kind := slices.Index(rows[0], "Tên hệ thống"), slices.Index(rows[0], "Loại")
	for n := range rows[1:] {
		line := n + 2
		cell, _ := excelize.CoordinatesToCellName(name+1, line)
		wrong, _ := excelize.CoordinatesToCellName(kind+1, line)
		switch {
		case n == 0:
			must(t, f.SetCellValue(sheet, cell, "Tên đã sửa trong bảng"))
		case n%10 == 5: // one in ten
			must(t, f.SetCellValue(sheet, wrong, "không có loại này"))
		}
	}
	var b bytes.Buffer
	must(t, f.Write(&b))
	bad := int64((len(rows) - 1 + 4) / 10)
	status, answer, _ := w.ask("dung", http.MethodPost, "/api/v1"+table+"/batches?mode=merge&preview=true&name=sua.xlsx", &b, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	if status != 202 && status != 201 && status != 200 {
		t.Fatalf("%d %s", status, answer)
	}
	var st struct {
		ID string `json:"batch"`
	}
	must(t, json.Unmarshal([]byte(answer), &st))
	held, err := w.p.Corridor.Wait(t.Context(), st.ID, func(s corridor.Status) bool { return s.State == corridor.Held || s.State.Final() })
	must(t, err)
	if held.State != corridor.Held || held.Report.Updated != 1 || held.Report.Quarantined != bad || held.Report.Inserted+held.Report.Withdrawn != 0 {
		t.Fatalf("%s %+v", held.State, held.Report)
	}
	w.page("dung", table+"/records?q=sua+trong+bang", 200, "!Tên đã sửa trong bảng")
	_, err = w.p.Corridor.Confirm(t.Context(), actor.System, st.ID)
	must(t, err)
	w.p.Wait(t, st.ID)
	w.page("dung", table+"/records?q=sua+trong+bang", 200, "Tên đã sửa trong bảng")
}

// main is what stands in the middle of a page.
func main(page string) string {
	if i := strings.Index(page, `<main`); i >= 0 {
		return page[i:]
	}
	return page
}
