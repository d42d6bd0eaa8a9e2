package console_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
)

// poorHouses is a set whose files the tests below make as offices do.
const poorHouses = `apiVersion: v3.1.0
kind: DataContract
id: ho-ngheo
name: Hộ nghèo, hộ cận nghèo
version: 1.0.0
status: active
schema:
- name: ho
  businessName: Hộ
  properties:
  - {name: ma_ho, logicalType: string, primaryKey: true, required: true, businessName: Mã hộ, logicalTypeOptions: {pattern: '^H\d{4}$'}, examples: [H0001]}
  - {name: chu_ho, logicalType: string, required: true, businessName: Họ và tên chủ hộ}
  - {name: thon, logicalType: string, required: true, businessName: Thôn}
  - {name: so_khau, logicalType: integer, required: true, businessName: Số nhân khẩu, logicalTypeOptions: {minimum: 1, maximum: 20}, examples: ['4']}
  - {name: dien_tich, logicalType: number, businessName: Diện tích nhà ở (m²), physicalType: 'decimal(10,2)', examples: ['62.5']}
  - {name: ngay_ra_soat, logicalType: date, businessName: Ngày rà soát}
`

const housesThere = "ma_ho,chu_ho,thon,so_khau,dien_tich,ngay_ra_soat\n" +
	"H0001,Nguyễn Văn An,Thôn Đông,4,62.5,2026-03-01\nH0002,Trần Thị Bình,Thôn Đông,3,48,2026-03-01\nH0003,Lê Văn Cường,Thôn Đoài,5,71.25,2026-03-02\n"

// oldFont is text as it looks when it was typed in .VnTime.
var oldFont = []string{"NguyÔn V¨n An", "TrÇn ThÞ B×nh", "Lª V¨n C\u00adêng", "Ph¹m ThÞ Dung", "Hoµng V¨n §øc", "Vò ThÞ Hoa", "§ç V¨n Hïng", "Bïi ThÞ Lan"}

// house is one row of the list, its running number aside.
func house(i int) []any {
	village := "Thôn Đông"
	if i%3 == 0 {
		village = "Thôn Đoài"
	}
	row := []any{fmt.Sprintf("H%04d", i), oldFont[(i-1)%len(oldFont)], village, 2 + i%5, 40.5 + float64(i), fmt.Sprintf("%02d/03/2026", 1+i%27), "xem sổ"}
	switch i {
	case 7:
		row[0] = "H7" // not the form of a code
	case 11:
		row[3] = "bốn"
	}
	return row
}

// list makes a workbook as an office has it: titles, a heading of two rows,
// running numbers, a total, signatures.
func list(t testing.TB, houses int) string {
	t.Helper()
	f := excelize.NewFile()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const sheet = "Danh sách"
	ok(f.SetSheetName("Sheet1", sheet))
	_, err := f.NewSheet("Hướng dẫn")
	ok(err)
	ok(f.SetCellValue("Hướng dẫn", "A1", "Ghi mỗi hộ một dòng."))
	row := func(line int, cells ...any) {
		at, err := excelize.CoordinatesToCellName(1, line)
		ok(err)
		ok(f.SetSheetRow(sheet, at, &cells))
	}
	row(1, "UBND XÃ TÂN TIẾN")
	row(2, "DANH SÁCH HỘ NGHÈO, HỘ CẬN NGHÈO NĂM 2026")
	row(4, "STT", "Mã hộ", "Chủ hộ", nil, "Nhân khẩu và nhà ở", nil, "Ngày rà soát", "Ghi chú nội bộ")
	row(5, nil, nil, "Tên người đại diện", "Thôn", "Số nhân khẩu", "Diện tích nhà ở (m²)", nil, nil)
	for _, m := range [][2]string{{"A4", "A5"}, {"B4", "B5"}, {"C4", "D4"}, {"E4", "F4"}, {"G4", "G5"}, {"H4", "H5"}, {"A2", "H2"}} {
		ok(f.MergeCell(sheet, m[0], m[1]))
	}
	for i := 1; i <= houses; i++ {
		row(5+i, append([]any{i}, house(i)...)...)
	}
	row(6+houses, "Tổng cộng", nil, nil, nil, houses*4, houses*60, nil, nil)
	row(8+houses, nil, "Người lập biểu", nil, nil, nil, "TM. ỦY BAN NHÂN DÂN")
	row(9+houses, nil, "(Ký, ghi rõ họ tên)", nil, nil, nil, "CHỦ TỊCH")
	path := filepath.Join(t.TempDir(), "Danh sach ho ngheo 2026.xlsx")
	ok(f.SaveAs(path))
	ok(f.Close())
	return path
}

// office is a province with the list's contract and three records.
func office(t testing.TB) (*apitest.Province, *httptest.Server) {
	t.Helper()
	p, server := opened(t)
	p.Put(t, poorHouses)
	r := send(t, p, "ho-ngheo", "co-san.csv", []byte(housesThere))
	if r.State != corridor.Scored || r.Inserted != 3 {
		t.Fatalf("the first records: %+v", r)
	}
	return p, server
}

// newest is the newest batch of the list.
func newest(t testing.TB, p *apitest.Province) corridor.Status {
	t.Helper()
	all, _, err := p.Corridor.Batches(context.Background(), "ho-ngheo", "", 1)
	if err != nil {
		t.Fatal(err)
	}
	return p.Wait(t, all[0].ID)
}

// pick chooses an option of a select by the text of the row it stands in.
func (b *browser) pick(heading, value string) {
	b.T.Helper()
	if !eval[bool](b, fmt.Sprintf(`(() => {
		const row = [...document.querySelectorAll(".mapping tbody tr")].find((r) => r.querySelector("strong")?.textContent === %q);
		const select = row?.querySelector("select");
		if (!select) return false;
		select.value = %q;
		return select.value === %q;
	})()`, heading, value, value)) {
		b.T.Fatalf("no choice %q for the heading %q", value, heading)
	}
}

// TestPreview_list sends a workbook as an office has it, says what nobody could
// know, looks at what it would do, and writes it.
func TestPreview_list(t *testing.T) {
	p, server := office(t)
	b := openBrowser(t, server.URL)
	b.Look(1366, 900, "light")
	b.signIn()
	b.Open("/datasets/ho-ngheo")
	b.Seen("send")
	b.Do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{list(t, 30)}), chromedp.SendKeys(chromedp.CSS("#sender"), "UBND xã Tân Tiến"))
	if name := eval[string](b, `document.querySelector("[data-upload-name]").textContent`); name != "Danh sach ho ngheo 2026.xlsx" {
		t.Errorf("file named %q", name)
	}
	b.Click("form[data-upload] button[type=submit]")

	// Whose name the column bears nobody can know: it is asked.
	b.Until(`location.pathname.startsWith("/batches/") && document.querySelector(".preview .chips") !== null`)
	if st := newest(t, p); st.State != corridor.Held || st.Report.Sender != "UBND xã Tân Tiến" {
		t.Fatalf("the batch is %s, sent by %q: %+v", st.State, st.Report.Sender, st.Fault)
	}
	if n := eval[int](b, `document.querySelectorAll("form[action$='/confirm']").length`); n != 0 {
		t.Error("a batch whose headings are not settled can be confirmed")
	}
	b.Seen("preview-stuck")
	b.Click(".preview .actions a.btn")
	b.Until(`document.querySelector(".mapping") !== null`)
	b.Seen("editor")
	if n := eval[int](b, `document.querySelectorAll(".mapping tr.asked").length`); n < 2 {
		t.Errorf("%d columns are asked for, want the name and the inner notes at least", n)
	}
	for _, role := range []string{"title", "heading", "data"} {
		if n := eval[int](b, `document.querySelectorAll(".sheet tbody tr.role-`+role+`").length`); n == 0 {
			t.Errorf("no row is drawn as %s", role)
		}
	}

	// A person may say that the heading has other rows, and change their mind.
	b.Do(chromedp.SetValue(chromedp.CSS("#header-from"), "5"))
	b.Click(".layout-end button[value=look]")
	b.Until(`document.querySelector("#header-from").value === "5" && !document.querySelector(".mapping").innerText.includes("Chủ hộ / Tên người đại diện")`)
	b.Do(chromedp.SetValue(chromedp.CSS("#header-from"), "4"))
	b.Click(".layout-end button[value=look]")
	b.Until(`document.querySelector("#header-from").value === "4" && document.querySelector(".mapping").innerText.includes("Chủ hộ / Tên người đại diện")`)

	// One field cannot take two columns.
	b.pick("Chủ hộ / Tên người đại diện", "f:chu_ho")
	b.pick("Ghi chú nội bộ", "f:chu_ho")
	b.Click(".layout-end button[value=read]")
	b.Until(`document.querySelector(".notice-poor") !== null`)
	if text := eval[string](b, `document.querySelector(".notice-poor").textContent`); !strings.Contains(text, "Họ và tên chủ hộ") {
		t.Errorf("said %q", text)
	}
	b.pick("Chủ hộ / Tên người đại diện", "f:chu_ho")
	b.pick("Ghi chú nội bộ", "-")
	b.Click(".layout-end input[name=remember]")
	b.Click(".layout-end button[value=read]")

	b.Until(`location.pathname.startsWith("/batches/") && !location.pathname.endsWith("layout") && document.querySelector("#examples") !== null`)
	st := newest(t, p)
	r := st.Report
	if st.State != corridor.Held || r.Read != 30 || r.Quarantined != 2 || r.Updated+r.Unchanged != 3 || r.Inserted != 25 {
		t.Fatalf("held as %+v", r)
	}
	if line := eval[string](b, `document.querySelector(".preview-line").textContent`); !strings.HasPrefix(line, "Sẽ thêm 25, cập nhật 3, thu hồi 0; 2 bản ghi chưa đạt.") {
		t.Errorf("in one line: %q", line)
	}
	reading := eval[string](b, `document.querySelector("#reading").innerText`)
	for _, want := range []string{"bảng tính Excel", "Danh sách", "dòng 4 đến 5", "Dòng tổng cộng", "TCVN3", "Nguyễn Văn An"} {
		if !strings.Contains(reading, want) {
			t.Errorf("how it was read does not say %q:\n%s", want, reading)
		}
	}
	if text := eval[string](b, `document.querySelector("#example-quarantined").innerText`); !strings.Contains(text, "bốn") && !strings.Contains(text, "số nguyên") {
		t.Errorf("what does not pass: %s", text)
	}
	if n := eval[int](b, `document.querySelectorAll("#example-updated ins").length`); n == 0 {
		t.Error("no changed cell is marked")
	}
	b.Seen("preview")

	// A rule that mends can be switched off, and is on again afterwards.
	b.Click(".preview .actions a.btn")
	b.Until(`document.querySelector("input[name=use][value=tcvn3]") !== null`)
	b.Seen("editor-settled")
	b.Click("input[name=use][value=tcvn3]")
	b.Click(".layout-end button[value=read]")
	b.Until(`!location.pathname.endsWith("layout") && document.querySelector("#reading") !== null && !document.querySelector("#reading").innerText.includes("TCVN3")`)
	if st = newest(t, p); !strings.Contains(fmt.Sprint(st.Report.Examples.Updated), "NguyÔn") {
		t.Errorf("with the rule off: %+v", st.Report.Examples.Updated)
	}
	b.Click(".preview .actions a.btn")
	b.Until(`document.querySelector("input[name=use][value=tcvn3]") !== null`)
	b.Click("input[name=use][value=tcvn3]")
	b.Click(".layout-end button[value=read]")
	b.Until(`!location.pathname.endsWith("layout") && document.querySelector("#reading") !== null && document.querySelector("#reading").innerText.includes("TCVN3")`)

	b.Click(`form[action$="/confirm"] button`)
	b.Until(`document.querySelector("#report") !== null && document.querySelector(".page-state").innerText.includes("Hoàn thành")`)
	if done := newest(t, p); done.ID != st.ID || done.State != corridor.Scored || done.Report.Inserted != 25 {
		t.Errorf("went on as %+v", done.Report)
	}
	b.Until(`document.querySelector("#reading") !== null`)
	b.Seen("written")

	// The next file of the unit is read as was said of this one.
	b.Open("/datasets/ho-ngheo")
	if who := eval[string](b, `document.querySelector("#sender").value + "|" + document.querySelector("#senders option").value`); who != "UBND xã Tân Tiến|UBND xã Tân Tiến" {
		t.Errorf("the sender is %q", who)
	}
	b.Do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{list(t, 34)}))
	b.Click("form[data-upload] button[type=submit]")
	b.Until(`location.pathname.startsWith("/batches/") && document.querySelector("#examples") !== null`)
	if st = newest(t, p); st.Report.Inserted != 4 || !st.Report.Reading.Remembered {
		t.Errorf("the next file: %+v", st.Report)
	}
	b.Click(`form[action$="/cancel"] button`)
	b.Until(`document.querySelector(".page-state").innerText.includes("hủy")`)
	b.Settle()
}

// TestLayout_rows moves the heading, gives a row another role and goes back to
// what is recognised, all without a script.
func TestLayout_rows(t *testing.T) {
	p, server := office(t)
	b := openBrowser(t, server.URL)
	b.signIn()
	b.Open("/datasets/ho-ngheo")
	b.Do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{list(t, 12)}))
	b.Click("form[data-upload] button[type=submit]")
	b.Until(`location.pathname.startsWith("/batches/") && document.querySelector(".preview .chips") !== null`)
	id := newest(t, p).ID
	b.Open("/batches/" + id + "/layout")
	b.Do(chromedp.SetValue(chromedp.CSS("#header-from"), "4"), chromedp.SetValue(chromedp.CSS("#header-to"), "5"))
	b.Click(".layout-end button[value=look]")
	b.Until(`document.querySelector("#header-from").value === "4" && document.querySelector(".mapping").innerText.includes("Chủ hộ / Tên người đại diện")`)
	b.Click(`.layout-end a[href*="auto"]`)
	b.Until(`location.search.includes("auto") && document.querySelector("#header-to").value === "5"`)
	b.Do(chromedp.SetValue(chromedp.CSS(`select[name="row.6"]`), "note"))
	b.Click(".layout-end button[value=look]")
	b.Until(`document.querySelector(".sheet tbody tr.role-note") !== null`)
	if line := eval[string](b, `document.querySelector(".sheet tbody tr.role-note th").textContent`); line != "6" {
		t.Errorf("the note is row %s", line)
	}
	// The other sheet.
	b.Do(chromedp.SetValue(chromedp.CSS("#table"), "Hướng dẫn"))
	b.Click(".layout-end button[value=look]")
	b.Until(`document.querySelector("#table").value === "Hướng dẫn"`)
	b.Seen("editor-other-sheet")
	b.Open("/batches/" + id + "/layout?lang=en")
	b.Shot("editor-en")
	b.Axe("the editor in English")
	b.Settle()
}

// cases is a set that villages report by month, sent as a crosstab.
const cases = `apiVersion: v3.1.0
kind: DataContract
id: so-vu
name: Số vụ việc theo thôn
version: 1.0.0
status: active
schema:
- name: vu
  businessName: Vụ việc
  properties:
  - {name: thon, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true, businessName: Thôn}
  - {name: thang, logicalType: string, primaryKey: true, primaryKeyPosition: 2, required: true, businessName: Tháng}
  - {name: so_vu, logicalType: integer, required: true, businessName: Số vụ}
- name: can_bo
  businessName: Cán bộ phụ trách
  properties:
  - {name: ma_cb, logicalType: string, primaryKey: true, required: true, businessName: Mã cán bộ}
  - {name: ho_ten, logicalType: string, required: true, businessName: Họ tên cán bộ}
`

func crosstab(t testing.TB) string {
	t.Helper()
	f := excelize.NewFile()
	rows := [][]any{{"SỐ VỤ VIỆC NĂM 2026"}, nil, {"TT", "Thôn", "Tháng 1", "Tháng 2", "Tháng 3", "Tháng 4"}}
	for i, v := range []string{"Thôn Đông", "Thôn Đoài", "Thôn Nam", "Thôn Bắc"} {
		rows = append(rows, []any{i + 1, v, i, i + 1, i + 2, i + 3})
	}
	for i, r := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &r); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "so-vu.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPreview_crosstab sends a table that runs sideways: its settings are shown,
// and the column of values is asked for.
func TestPreview_crosstab(t *testing.T) {
	p, server := opened(t)
	p.Put(t, cases)
	b := openBrowser(t, server.URL)
	b.signIn()
	b.Open("/datasets/so-vu.vu")
	b.Shot("send-several")
	b.Axe("sending to a set of several tables")
	b.Do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{crosstab(t)}))
	b.Click("form[data-upload] button[type=submit]")
	b.Until(`location.pathname.startsWith("/batches/") && document.querySelector(".preview") !== null`)
	id := eval[string](b, `location.pathname.split("/").pop()`)
	b.Open("/batches/" + id + "/layout")
	b.Seen("editor-crosstab")
	if n := eval[int](b, `[...document.querySelectorAll(".mapping select")].filter((s) => s.value === "x").length`); n != 4 {
		t.Fatalf("%d columns of the crosstab, want 4", n)
	}
	label := eval[string](b, `document.querySelector("#cross-label").value`)
	value := eval[string](b, `document.querySelector("#cross-value").value`)
	b.pick(label, "f:thang")
	b.pick(value, "f:so_vu")
	b.Click(".layout-end button[value=read]")
	b.Until(`!location.pathname.endsWith("layout") && document.querySelector("#examples") !== null`)
	if st := p.Wait(t, id); st.Report.Inserted != 16 || st.Report.Quarantined != 0 {
		t.Errorf("a crosstab of 4 × 4: %+v", st.Report)
	}
	b.Seen("preview-crosstab")
	b.Open("/batches/" + id + "/layout")
	b.Click("input[name=cross-off]")
	b.Click(".layout-end button[value=look]")
	b.Until(`document.querySelector("input[name=cross-off]") === null && document.querySelector(".mapping") !== null`)
	if n := eval[int](b, `[...document.querySelectorAll(".mapping select")].filter((s) => s.value === "x").length`); n != 0 {
		t.Errorf("%d columns are still of the crosstab", n)
	}
	b.Settle()
}

// TestSend_book sends a workbook whose sheets feed the tables of a set.
func TestSend_book(t *testing.T) {
	p, server := opened(t)
	p.Put(t, cases)
	f := excelize.NewFile()
	if err := f.SetSheetName("Sheet1", "Vụ việc"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.NewSheet("Cán bộ phụ trách"); err != nil {
		t.Fatal(err)
	}
	for sheet, rows := range map[string][][]any{
		"Vụ việc":          {{"Thôn", "Tháng", "Số vụ"}, {"Thôn Đông", "Tháng 1", 3}, {"Thôn Đoài", "Tháng 1", 5}},
		"Cán bộ phụ trách": {{"Mã cán bộ", "Họ tên cán bộ"}, {"CB01", "Nguyễn Thử Một"}},
	} {
		for i, r := range rows {
			if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &r); err != nil {
				t.Fatal(err)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "ca-hai.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	b := openBrowser(t, server.URL)
	b.signIn()
	b.Open("/datasets/so-vu.can_bo")
	b.Do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{path}))
	b.Click("input[name=book]")
	b.Click("form[data-upload] button[type=submit]")
	b.Until(`location.pathname === "/batches"`)
	all, _, err := p.Corridor.Batches(context.Background(), "", "", 10)
	if err != nil || len(all) != 2 {
		t.Fatalf("%d batches, %v", len(all), err)
	}
	for _, st := range all {
		if st = p.Wait(t, st.ID); st.State != corridor.Held || st.Report.Inserted == 0 {
			t.Errorf("%s: %s %+v", st.Dataset, st.State, st.Report)
		}
	}
	b.Settle()
}

// TestPreview_withdrawn shows what a replacement would take away, and that a
// file of an old encoding was read as what it is.
func TestPreview_withdrawn(t *testing.T) {
	p, server := office(t)
	text := "Mã hộ;Họ và tên chủ hộ;Thôn;Số nhân khẩu\nH0001;Nguy\xD4n V\xA8n An;Th\xABn \xA7\xABng;4\nH0002;Tr\xC7n Th\xDE B\xD7nh;Th\xABn \xA7\xABng;3\n" +
		"H0009;Ph\xB9m Th\xDE Dung;Th\xABn \xA7o\xB5i;6\nH0010;Ho\xB5ng V\xA8n \xA7\xF8c;Th\xABn \xA7\xABng;2\nH0011;V\xF2 Th\xDE Hoa;Th\xABn \xA7\xABng;2\n"
	path := filepath.Join(t.TempDir(), "ho-ngheo-tcvn3.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	b := openBrowser(t, server.URL)
	b.signIn()
	b.Open("/datasets/ho-ngheo")
	b.Do(chromedp.SetValue(chromedp.CSS("#mode"), "replace"), chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{path}))
	b.Click("form[data-upload] button[type=submit]")
	b.Until(`location.pathname.startsWith("/batches/") && document.querySelector("#examples") !== null`)
	st := newest(t, p)
	if st.Report.Withdrawn != 1 || st.Report.Inserted != 3 {
		t.Errorf("%+v", st.Report)
	}
	if text := eval[string](b, `document.querySelector("#example-withdrawn").innerText`); !strings.Contains(text, "Lê Văn Cường") {
		t.Errorf("what would be withdrawn: %s", text)
	}
	for _, want := range []string{"TCVN3", "dấu chấm phẩy"} {
		if text := eval[string](b, `document.querySelector("#reading").innerText`); !strings.Contains(text, want) {
			t.Errorf("how it was read does not say %q: %s", want, text)
		}
	}
	b.Seen("preview-withdrawn")
	// Its reading can be corrected too, though nothing had to be laid out.
	b.Click(".preview .actions a.btn")
	b.Until(`document.querySelector(".mapping") !== null`)
	b.Seen("editor-csv")
	b.Click(".layout-end button[value=read]")
	b.Until(`!location.pathname.endsWith("layout") && document.querySelector("#examples") !== null`)
	if again := newest(t, p); again.Report.Inserted != 3 || (again.Report.Reading.Layout == nil) != (st.Report.Reading.Layout == nil) {
		t.Errorf("read again with nothing changed: %+v", again.Report.Reading)
	}
	b.Settle()
}

// TestLayout_door: only a held batch can be read in another way, and only by
// who has the token.
func TestLayout_door(t *testing.T) {
	p, server := office(t)
	written := newest(t, p)
	resp, body := get(t, server.URL+"/batches/"+written.ID+"/layout")
	if resp.StatusCode != http.StatusConflict || !strings.Contains(body, "Gửi lại tệp") {
		t.Errorf("the layout of a written batch: %s", resp.Status)
	}
	st, err := p.Corridor.Receive(context.Background(), actor.System,
		corridor.Request{Dataset: "ho-ngheo", Name: "a.csv", Body: strings.NewReader(housesThere), Preview: true})
	if err != nil {
		t.Fatal(err)
	}
	if st = p.Wait(t, st.ID); st.State != corridor.Held {
		t.Fatalf("a preview is %s", st.State)
	}
	r, err := http.NewRequest(http.MethodPost, server.URL+"/batches/"+st.ID+"/layout", strings.NewReader("token=sai&do=read&table=&table-was=&layout={}"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err = http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusUnauthorized && resp.StatusCode != http.StatusForbidden {
		t.Errorf("without the token: %s %v", resp.Status, err)
	}
	resp, body = get(t, server.URL+"/batches/"+st.ID, stranger)
	if resp.StatusCode != http.StatusUnauthorized || strings.Contains(body, "/layout") || strings.Contains(body, p.Guard.Token) {
		t.Errorf("who has not signed in is shown a batch: %s", resp.Status)
	}
}
