package explore_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/channels/explore"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui/assets"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/viet"
)

const persons = `kind: DataContract
apiVersion: v3.1.0
id: thu-nguoi
name: Người thử (dữ liệu tạo ra)
version: 1.0.0
status: active
schema:
  - name: nguoi
    logicalType: object
    physicalType: table
    properties:
      - {name: ma, businessName: Mã, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: ten, businessName: Họ tên, logicalType: string}
      - {name: sinh, businessName: Ngày sinh, logicalType: date}
      - {name: tien, businessName: Số tiền, logicalType: number, physicalType: "decimal(12,2)"}
      - name: cccd
        businessName: Số định danh
        logicalType: string
        customProperties:
          - {property: phohien.personal, value: {class: basic, kind: personal_id}}
`

// looked is a province with communes and generated persons, and its pages.
func looked(t *testing.T) (*apitest.Province, *httptest.Server) {
	t.Helper()
	return served(t, apitest.Begin(t, "communes, persons", func(p *apitest.Province) {
		p.Fill(t, "packs/viet-nam/data/vn-tinh.csv", "packs/viet-nam/data/vn-xa.csv", "packs/hung-yen/data/hy-xa.csv")
		p.Put(t, persons)
	}))
}

// served gives a province its pages.
func served(t *testing.T, p *apitest.Province) (*apitest.Province, *httptest.Server) {
	t.Helper()
	set, err := assets.Load()
	if err != nil {
		t.Fatal(err)
	}
	pages := site.New(p.Guard, p.Door, set, p.Log)
	explore.New(explore.Deps{Site: pages, Contracts: p.Contracts, Records: p.Truth, Mirror: p.Mirror, CodeLists: p.CodeLists})
	mux := http.NewServeMux()
	mux.Handle("/api/", p.API(t))
	mux.Handle("/", pages)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return p, server
}

// ask asks for a page as somebody who has signed in: with a body by POST.
func ask(t *testing.T, address string, form url.Values) (int, string) {
	t.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://"+r.URL.Host)
	r.AddCookie((&guard.Guard{Token: apitest.Token}).Session(r))
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestRecordsPage(t *testing.T) {
	p, server := looked(t)
	base := server.URL + "/datasets/hy-xa/records"
	get := func(query url.Values) string {
		t.Helper()
		status, text := ask(t, base+"?"+query.Encode(), nil)
		if status != http.StatusOK {
			t.Fatalf("%v: %d\n%s", query, status, text)
		}
		return text
	}
	has := func(text string, all ...string) {
		t.Helper()
		for _, want := range all {
			if !strings.Contains(text, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
	}
	has(get(url.Values{"q": {"pho hien"}}), "1 bản ghi khớp, trong số 86", "Phường Phố Hiến", `/api/v1/datasets/hy-xa/records.csv?filter=`)
	has(get(url.Values{"c1": {"dan_so"}, "o1": {"gt"}, "v1": {"68.981"}, "q": {"phường"}}), "Phường Phố Hiến", "bản ghi khớp")
	has(get(url.Values{"c1": {"loai"}, "o1": {"eq"}, "v1": {"Phường"}}), "bản ghi khớp, trong số 86", "Phường Phố Hiến")
	has(get(url.Values{"filter": {"ten_xa = 'Xã Văn Giang'"}}), "1 bản ghi khớp")
	has(get(url.Values{"q": {"không có ở đâu"}}), "Không có bản ghi nào khớp")
	has(get(url.Values{"on": {"30/6/2025"}}), "0 bản ghi khớp")
	has(get(url.Values{"lines": {"1", "3"}}), `name="c3"`, `value="4"`)

	// Pages in Vietnamese order, each once, at one state.
	query := url.Values{"sort": {"ten_xa"}}
	var names []string
	for range 3 {
		text := get(query)
		for _, m := range regexp.MustCompile(`title="((?:Xã|Phường) [^"]*)"`).FindAllStringSubmatch(text, -1) {
			if !strings.Contains(m[1], ",") {
				names = append(names, m[1])
			}
		}
		after := regexp.MustCompile(`name="after" value="([^"]*)"`).FindStringSubmatch(text)
		if after == nil {
			break
		}
		query.Set("after", after[1])
		query.Set("at", regexp.MustCompile(`name="at" value="([^"]*)"`).FindStringSubmatch(text)[1])
	}
	names = slices.Compact(names)
	if len(names) < 80 || !slices.IsSortedFunc(names, func(a, b string) int { return strings.Compare(viet.SortKey(a), viet.SortKey(b)) }) {
		t.Errorf("%d names: %q", len(names), names)
	}

	for query, want := range map[string]string{
		"filter=dan_so+%3E": "dừng giữa chừng", "c1=dan_so&o1=gt&v1=nhi%E1%BB%81u": "không nhận giá trị “nhiều”",
		"c1=dan_so&o1=contains&v1=1": "không dùng được với trường", "on=mai": "Không đọc được ngày", "sort=khong": "Không có trường",
	} {
		status, text := ask(t, base+"?"+query, nil)
		if status != http.StatusBadRequest || !strings.Contains(text, want) || !strings.Contains(text, `id="q"`) {
			t.Errorf("%s: %d, want %q on the page", query, status, want)
		}
	}

	// What tells of persons goes in the body, also to the next page.
	var body strings.Builder
	body.WriteString("ma,ten,sinh,tien,cccd\n")
	for i := range 120 {
		fmt.Fprintf(&body, "N%03d,Người Mẫu %d,1990-01-%02d,%d.50,%012d\n", i, i, 1+i%28, i*1000, i)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if r, err := p.Corridor.Send(ctx, actor.System, corridor.Request{Dataset: "thu-nguoi", Name: "nguoi.csv", Body: strings.NewReader(body.String())}); err != nil || r.Accepted != 120 {
		t.Fatal(r, err)
	}
	address := server.URL + "/datasets/thu-nguoi/records"
	_, text := ask(t, address, nil)
	has(text, `method="post"`, "120 bản ghi")
	status, text := ask(t, address, url.Values{"c1": {"cccd"}, "o1": {"eq"}, "v1": {"000000000007"}})
	has(text, "1 bản ghi khớp", "Người Mẫu 7")
	if status != http.StatusOK || strings.Contains(text, "records.csv") {
		t.Errorf("%d, or a number stands in the address of a file", status)
	}
	_, text = ask(t, address, url.Values{"c1": {"tien"}, "o1": {"ge"}, "v1": {"100.000,5"}, "lines": {"2"}, "c2": {"sinh"}, "o2": {"le"}, "v2": {"15/1/1990"}})
	has(text, "Người Mẫu 112")
}

func TestRecordsPage_browser(t *testing.T) {
	_, server := looked(t)
	b := browsertest.New(t, server.URL)
	b.Open("/?token=" + apitest.Token)
	for _, look := range browsertest.Looks() {
		b.See(look)
		for page, path := range map[string]string{"all": "/datasets/hy-xa/records?lang=" + look.Lang, "some": "/datasets/hy-xa/records?q=van&sort=-dan_so&lines=2&c1=dan_so&o1=gt&v1=1000&lang=" + look.Lang} {
			b.Open(path)
			b.Judge("records-" + page + "-" + look.Name)
		}
	}
	b.Look(1366, 900, "light")
	b.Open("/datasets/hy-xa/records?lang=vi")
	b.Click(`th:nth-child(3) button.sort`)
	b.Until(`document.querySelector("th[aria-sort=ascending]") !== null && location.search.includes("sort=ten_xa")`)
	b.Click(`button[name=after]`)
	b.Until(`location.search.includes("after=") && document.querySelectorAll("tbody tr").length === 36`)
}
