package explore_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// counted is a province with series over time, and its pages.
func counted(t *testing.T) (*apitest.Province, *httptest.Server) {
	t.Helper()
	return served(t, apitest.Begin(t, "series", func(p *apitest.Province) {
		p.Fill(t, "packs/viet-nam/data/vn-tinh.csv", "packs/viet-nam/data/vn-xa.csv", "packs/hung-yen/data/hy-xa.csv")
		p.Put(t, persons)
		p.Send(t, "hy-thoi-tiet-gio", "packs/hung-yen/data/hy-thoi-tiet-gio.csv.gz")
		p.Send(t, "vn-chi-so-phat-trien", "packs/viet-nam/data/vn-chi-so-phat-trien.csv")
		p.Put(t, visited)
		var body strings.Builder
		body.WriteString("ma,xa,ngay,tien,cccd\n")
		for i := range 400 { // twelve communes, 18 months
			fmt.Fprintf(&body, "L%03d,Xã số %d,%s,%d000,%012d\n", i, i*7%16%12, time.Date(2024, 1, 1+i*i%540, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), 50+i%7*30, i)
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		if r, err := p.Corridor.Send(ctx, actor.System, corridor.Request{Dataset: "thu-luot", Name: "luot.csv", Body: strings.NewReader(body.String())}); err != nil || r.Accepted != 400 {
			t.Fatal(r, err)
		}
	}))
}

const visited = `kind: DataContract
apiVersion: v3.1.0
id: thu-luot
name: Lượt chi trả thử (dữ liệu tạo ra)
version: 1.0.0
status: active
schema:
  - name: luot
    logicalType: object
    physicalType: table
    properties:
      - {name: ma, businessName: Mã lượt, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: xa, businessName: Xã, logicalType: string}
      - {name: ngay, businessName: Ngày chi, logicalType: date}
      - {name: tien, businessName: Số tiền (đồng), logicalType: integer}
      - name: cccd
        businessName: Số định danh
        logicalType: string
        customProperties:
          - {property: phohien.personal, value: {class: basic, kind: personal_id}}
`

// few conceals groups from everybody.
type few struct{ door.Policies }

func (f few) Allow(who policy.Who, action policy.Action, what policy.What, purpose policy.Purpose) policy.Decision {
	d := f.Policies.Allow(who, action, what, purpose)
	if action == policy.Aggregate {
		d.SmallestGroup = 10
	}
	return d
}

// cellsOf are the figures of a chart's table: label and cells of its rows.
func cellsOf(page string) (rows []string) {
	_, table, _ := strings.Cut(page, `id="chart-table"`)
	table, _, _ = strings.Cut(table, "</table>")
	tags := regexp.MustCompile(`<[^>]*>`)
	for _, row := range strings.Split(table, "<tr>")[1:] {
		var cells []string
		for _, cell := range regexp.MustCompile(`(?s)<t[hd][^>]*>(.*?)</t[hd]>`).FindAllStringSubmatch(row, -1) {
			cells = append(cells, strings.TrimSpace(tags.ReplaceAllString(cell[1], "")))
		}
		rows = append(rows, strings.Join(cells, " | "))
	}
	return rows
}

func TestChartPage(t *testing.T) {
	p, server := counted(t)
	chart := func(path string, status int) (string, []string) {
		t.Helper()
		got, text := ask(t, server.URL+"/datasets/"+path, nil)
		if got != status {
			t.Fatalf("%s: %d\n%.1500s", path, got, text)
		}
		return text, cellsOf(text)
	}
	// Weather by the hour: the mean temperature of each day.
	text, rows := chart("hy-thoi-tiet-gio/chart", 200)
	if len(rows) != 1+496 || !strings.HasPrefix(rows[0], "Thời điểm | Trung bình: Nhiệt độ") || !strings.HasPrefix(rows[1], "10/05/2025 | ") || !strings.HasPrefix(rows[496], "01/01/2024 | ") {
		t.Errorf("%d rows: %q …", len(rows), rows[:min(3, len(rows))])
	}
	if !strings.Contains(text, "/api/v1/datasets/hy-thoi-tiet-gio/groups?by=thoi_diem%3Aday&amp;measure=avg%3Anhiet_do") {
		t.Error("the address of the same in the API is not there")
	}
	_, rows = chart("hy-thoi-tiet-gio/chart?of=do_am&fn=max&bucket=month&from=2024-02-01&to=2024-03-31", 200)
	if len(rows) != 3 || rows[1][:7] != "03/2024" || rows[2][:7] != "02/2024" {
		t.Errorf("%q", rows)
	}
	_, rows = chart("hy-thoi-tiet-gio/chart?of=_rows&bucket=day&from=2024-02-01&to=1/2/2024", 200)
	if len(rows) != 2 || rows[1] != "01/02/2024 | 24" {
		t.Errorf("%q", rows)
	}
	_, rows = chart("hy-thoi-tiet-gio/chart?bucket=quarter&of=_rows&to=2024-06-30", 200)
	if len(rows) != 3 || rows[1] != "quý II/2024 | 2.184" {
		t.Errorf("%q", rows)
	}
	// Series of the World Bank: by year, each indicator by itself.
	_, rows = chart("vn-chi-so-phat-trien/chart", 200)
	if len(rows) < 30 || strings.Count(rows[0], "|") != 4 || !strings.HasPrefix(rows[1], "2024 | ") {
		t.Errorf("%d rows: %q", len(rows), rows[:min(3, len(rows))])
	}
	// More values than lines: the rest together.
	_, rows = chart("thu-luot/chart?of=_rows&bucket=year&split=xa", 200)
	if len(rows) < 2 || !strings.Contains(rows[0], "Các giá trị khác") || strings.Count(rows[0], "|") > 10 {
		t.Errorf("%q", rows)
	}
	for path, want := range map[string]string{
		"hy-thoi-tiet-gio/chart?of=khong": "Không vẽ được", "hy-thoi-tiet-gio/chart?fn=mode": "Không có cách tính", "hy-thoi-tiet-gio/chart?bucket=giay": "Không chia được",
		"hy-thoi-tiet-gio/chart?from=hom-qua": "không phải ngày", "hy-thoi-tiet-gio/chart?split=nhiet_do": "Không vẽ được",
	} {
		if text, _ := chart(path, 400); !strings.Contains(text, want) {
			t.Errorf("%s does not say %q", path, want)
		}
	}
	if text, _ := chart("hy-thoi-tiet-gio/chart?from=2030-01-01", 200); !strings.Contains(text, "Không có bản ghi nào trong khoảng thời gian") {
		t.Error("an empty period is not said to be empty")
	}
	// A table without time offers no chart.
	if text, _ := chart("vn-xa/profile", 200); strings.Contains(text, "/datasets/khong-co") {
		t.Error("never")
	}
	chart("khong-co/chart", 404)
	chart("khong-co/profile", 404)

	// Where groups are concealed, there are fewer things to choose and no small groups.
	p.Door.Policies = few{p.Door.Policies}
	text, rows = chart("hy-thoi-tiet-gio/chart?bucket=month", 200)
	if len(rows) != 18 || strings.Contains(text, `name="from"`) || strings.Contains(text, `value="median"`) || strings.Contains(text, `value="week"`) || !strings.Contains(text, "Chỉ hiện nhóm từ 10 bản ghi") {
		t.Errorf("%d rows", len(rows))
	}
	if text, _ := chart("hy-thoi-tiet-gio/chart?fn=max", 400); !strings.Contains(text, "Không có cách tính") {
		t.Error("the greatest is told")
	}
}

func TestProfilePage(t *testing.T) {
	_, server := counted(t)
	get := func(path string) string {
		t.Helper()
		status, text := ask(t, server.URL+path, nil)
		if status != http.StatusOK {
			t.Fatalf("%s: %d", path, status)
		}
		return text
	}
	text := get("/datasets/hy-xa/profile")
	for _, want := range []string{"Tính trên 86 bản ghi", "Thống kê trường", "Số giá trị khác nhau", "profile-histogram", "Trung vị", `href="/api/v1/datasets/hy-xa/profile"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if text := get("/datasets/thu-nguoi/profile"); !strings.Contains(text, "Chưa có bản ghi nào") {
		t.Error("an empty set is not said to be empty")
	}
	text = get("/datasets/thu-luot/profile")
	if !strings.Contains(text, "Dữ liệu cá nhân: chỉ cho biết số bản ghi có giá trị") {
		t.Error("personal fields are not said to be")
	}
}

func TestNumbersPages_browser(t *testing.T) {
	_, server := counted(t)
	b := browsertest.New(t, server.URL)
	b.Open("/?token=" + apitest.Token)
	for _, look := range browsertest.Looks() {
		b.See(look)
		for page, path := range map[string]string{
			"profile": "/datasets/hy-xa/profile", "profile-persons": "/datasets/thu-luot/profile", "chart-weather": "/datasets/hy-thoi-tiet-gio/chart",
			"chart-bank": "/datasets/vn-chi-so-phat-trien/chart", "chart-bars": "/datasets/thu-luot/chart?of=_rows&split=_none&bucket=month",
		} {
			b.Open(path + map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + "lang=" + look.Lang)
			if strings.HasPrefix(page, "chart") {
				b.Until(`document.querySelector(".chart-box canvas") !== null`)
				if label := browsertest.Eval[string](b, `document.querySelector(".chart-box").getAttribute("aria-label") ?? ""`); label == "" {
					t.Errorf("%s %s: the drawing says nothing of itself", page, look.Name)
				}
			}
			b.Judge(page + "-" + look.Name)
		}
	}
	b.Settle()
	// A choice is an address.
	b.Look(1366, 900, "light")
	b.Open("/datasets/hy-thoi-tiet-gio/chart?lang=vi")
	browsertest.Eval[bool](b, `(() => { document.querySelector("#chart-bucket").value = "month"; return true })()`)
	b.Click(`.chart-do button`)
	b.Until(`location.search.includes("bucket=month") && document.querySelectorAll("#chart-table tbody tr").length === 17`)
}
