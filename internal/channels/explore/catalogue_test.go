package explore_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/channels/explore"
	"github.com/phohien/phohien/internal/channels/lineage"
	"github.com/phohien/phohien/internal/channels/shelf"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui/assets"
	"github.com/phohien/phohien/internal/foundation/usage"
)

// readings are uses that a ledger has counted.
type readings []usage.Count

func (c readings) Counts(_ context.Context, dataset string, _, _ time.Time) (list []usage.Count, err error) {
	for _, one := range c {
		if one.Dataset == dataset {
			list = append(list, one)
		}
	}
	return list, nil
}

// catalogued is a province with communes that others have read, and its pages.
func catalogued(t *testing.T) (*apitest.Province, *httptest.Server) {
	t.Helper()
	p := apitest.New(t, "packs/viet-nam/data/vn-tinh.csv", "packs/viet-nam/data/vn-xa.csv", "packs/hung-yen/data/hy-xa.csv")
	set, err := assets.Load()
	if err != nil {
		t.Fatal(err)
	}
	named := func(_ context.Context, id string) string { return "tên " + id }
	pages := site.New(p.Guard, p.Door, set, p.Log)
	explore.New(explore.Deps{
		Site: pages, Contracts: p.Contracts, Records: p.Truth, Mirror: p.Mirror, Scores: p.Scores, Changed: p.Corridor.RejudgeChanged,
		Shelf: &shelf.Shelf{Door: p.Door, Contracts: p.Contracts, Scores: p.Scores, Orgs: p.Orgs},
		Lineage: &lineage.Desk{Door: p.Door, Contracts: p.Contracts, Corridor: p.Corridor, OrgName: named, Clients: named, Now: time.Now, Uses: readings{
			{Dataset: "hy-xa", Day: "2026-11-20", Kind: "person", ID: "tai-khoan-mot", Org: "hy-syt", Uses: 3},
			{Dataset: "hy-xa", Day: "2026-11-22", Kind: "person", ID: "tai-khoan-hai", Org: "hy-syt", Uses: 2},
			{Dataset: "hy-xa", Day: "2026-11-21", Kind: "program", ID: "lien-thong", Org: "hy-skhcn", Uses: 40},
		}},
	})
	mux := http.NewServeMux()
	mux.Handle("/", pages)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return p, server
}

func says(t *testing.T, text string, all ...string) {
	t.Helper()
	for _, want := range all {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestCatalogue(t *testing.T) {
	p, server := catalogued(t)
	address := server.URL + "/datasets/hy-xa/catalogue"
	status, text := ask(t, address, nil)
	if status != http.StatusOK {
		t.Fatalf("%d\n%s", status, text)
	}
	says(t, text, "Còn thiếu 3 mục", `href="/datasets/hy-xa/catalogue#f-retention"`, `id="f-retention"`, `id="f-owner_agency_code"`, "Sở Nội vụ – cán bộ đầu mối dữ liệu",
		"Theo đặc tả: mở: ai cũng khai thác được", "Đang lấy từ nội dung khác của đặc tả: theo yêu cầu (API), đóng gói (tệp)", "Lấy từ cam kết cập nhật")
	send := func(change url.Values) (int, string) {
		t.Helper()
		form := url.Values{"token": {apitest.Form}, "match": {hidden(t, text, "match")}, "reason": {"Rà soát"}}
		for name, values := range change {
			form[name] = values
		}
		return ask(t, address, form)
	}
	for name, c := range map[string]struct {
		change url.Values
		says   []string
	}{
		"a value that is none": {url.Values{"field": {"layer", "head"}, "layer": {"khac"}, "head": {"Giám đốc Sở Nội vụ"}}, []string{`<a href="#f-layer">Lớp dữ liệu: “khac” có giá trị không dùng được. Chọn trong: `, `aria-describedby="h-layer" aria-invalid`, "Giám đốc Sở Nội vụ", "Rà soát"}},
		"no reason":            {url.Values{"field": {"retention"}, "retention": {"10 năm"}, "reason": {" "}}, []string{"Chưa ghi lý do", `value="10 năm"`}},
		"somebody's number":    {url.Values{"field": {"retention"}, "retention": {"10 năm"}, "reason": {"Theo ông 033099001234"}}, []string{`<strong class="field-wrong">Lý do, căn cứ có dãy số`, `value="10 năm"`, `value="Theo ông 033099001234"`}},
		"against the contract": {url.Values{"field": {"share_mode", "head"}, "share_mode": {"mac_dinh"}, "head": {"Giám đốc Sở Nội vụ"}}, []string{"Chưa lưu, còn 1 mục cần sửa", `<a href="#f-share_mode">Hình thức chia sẻ: chọn “dùng chung: cơ quan nhà nước được chia sẻ khi đề nghị”, nhưng bộ dữ liệu đã được xác định là dữ liệu mở. Chọn “mở: ai cũng khai thác được”.`,
			`aria-describedby="h-share_mode" aria-invalid`, `<strong class="field-wrong">Hình thức chia sẻ`, `<option value="mac_dinh" selected>`, "Giám đốc Sở Nội vụ"}},
		"nothing":          {url.Values{"field": {"layer"}, "layer": {"tong_hop"}}, []string{"Không có mục nào thay đổi"}},
		"another's change": {url.Values{"field": {"retention"}, "retention": {"10 năm"}, "match": {"khac"}}, []string{"đã được người khác thay"}},
		"itself":           {url.Values{"field": {"lineage"}, "lineage": {"hy-xa"}}, []string{"chính bộ dữ liệu này"}},
	} {
		status, got := send(c.change)
		if status < 400 || status > 499 {
			t.Errorf("%s: %d", name, status)
		}
		says(t, got, c.says...)
		for _, never := range []string{"share_mode:", "phohien.", "Đặc tả chưa dùng được"} {
			if strings.Contains(got, never) {
				t.Errorf("%s: the page speaks of %q", name, never)
			}
		}
	}
	if status, _ := send(url.Values{"token": {"khac"}, "field": {"retention"}, "retention": {"10 năm"}}); status != http.StatusForbidden {
		t.Errorf("a form of somebody else: %d", status)
	}

	// What was on the form changes, the rest stays; the former version can be used again.
	before, err := p.Contracts.Current(t.Context(), "hy-xa")
	if err != nil {
		t.Fatal(err)
	}
	if status, got := send(url.Values{"field": {"retention", "archive_rule", "access_methods", "lineage"}, "retention": {"Vĩnh viễn"}, "archive_rule": {"Không hủy"},
		"access_methods": {"api", "sync"}, "lineage": {"vn-xa, hy-xa-ranh-gioi"}}); status != http.StatusSeeOther {
		t.Fatalf("%d\n%s", status, got)
	}
	now, err := p.Contracts.Current(t.Context(), "hy-xa")
	if err != nil {
		t.Fatal(err)
	}
	said, was := now.Described(), before.Described()
	if said["retention"] != "Vĩnh viễn" || said["access_methods"] != "api, sync" || said["scope"] != was["scope"] || said["lineage"] != was["lineage"] {
		t.Errorf("%v", said)
	}
	status, text = ask(t, address+"?done=changed", nil)
	says(t, text, "Còn thiếu 1 mục", "Đã lưu thông tin danh mục", "/datasets/hy-xa/contract#versions")
	if _, versions := ask(t, server.URL+"/datasets/hy-xa/contract", nil); status != http.StatusOK || !strings.Contains(versions, "/datasets/hy-xa/contract/edit?version="+before.Digest) ||
		!strings.Contains(versions, "Thời hạn lưu trữ") {
		t.Error("the former version is not offered, or the change not told")
	}
	if status, _ := page(t, server, "/datasets/khong-co/catalogue", true); status != http.StatusNotFound {
		t.Errorf("of no data set: %d", status)
	}
	if status, _ := page(t, server, "/datasets/hy-xa/catalogue", false); status == http.StatusOK {
		t.Errorf("without an account: %d", status)
	}
}

func TestLineage(t *testing.T) {
	_, server := catalogued(t)
	status, text := ask(t, server.URL+"/datasets/hy-xa/lineage", nil)
	if status != http.StatusOK {
		t.Fatalf("%d\n%s", status, text)
	}
	says(t, text, "hy-xa.csv", "github.com/tranngocminhhieu", "data/hy-xa.csv", `href="/datasets/vn-xa/lineage"`, "Được tạo từ", "45 lượt khai thác, 2 cơ quan và hệ thống",
		"tên hy-syt", "tên lien-thong – tên hy-skhcn", "22/11/2026")
	for _, person := range []string{"tai-khoan-mot", "tai-khoan-hai"} {
		if strings.Contains(text, person) {
			t.Errorf("a person is named: %s", person)
		}
	}
	if _, text = ask(t, server.URL+"/datasets/vn-xa/lineage", nil); !strings.Contains(text, `href="/datasets/hy-xa/lineage"`) {
		t.Error("what is made from it is not named")
	}
	says(t, text, "Tạo ra", "Được đối chiếu bởi", "Chưa có lượt khai thác nào")
}

func TestBrowser_catalogue(t *testing.T) {
	_, server := catalogued(t)
	b := browsertest.New(t, server.URL)
	b.Open("/?token=" + apitest.Token)
	for _, look := range browsertest.Looks() {
		b.See(look)
		for _, place := range []string{"catalogue", "lineage"} {
			b.Open("/datasets/hy-xa/" + place + "?lang=" + look.Lang)
			b.Judge(place + "-" + look.Name)
		}
	}
	b.Settle()
}
