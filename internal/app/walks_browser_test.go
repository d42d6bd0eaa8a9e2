package app

import (
	"bytes"
	"encoding/csv"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// countedHouseholds are counted with the codes of communes as they were on a day.
const countedHouseholds = `apiVersion: v3.1.0
kind: DataContract
id: ho-dan
name: Hộ dân theo xã (dữ liệu giả lập)
version: 1.0.0
status: active
schema:
  - name: ho
    businessName: Hộ dân
    properties:
      - {name: so, businessName: Số hộ, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: ma_xa, businessName: "Mã xã, phường", logicalType: string, customProperties: [{property: phohien.unit, value: {level: commune, on: ngay}}]}
      - {name: ngay, businessName: Ngày ghi, logicalType: date}
      - {name: khau, businessName: Số nhân khẩu, logicalType: integer}
customProperties:
  - {property: phohien.owner, value: ` + otherOrg + `}
  - {property: phohien.access, value: open}
  - {property: phohien.provenance, value: {kind: generated}}
`

// A walker goes through the pages of one province with one browser.
type walker struct {
	*dutyLand
	*browsertest.Browser
	base string
}

// TestBrowser_walks: what agencies, communes and governors do one after the other,
// each at their own pages, on a desk at night and on a telephone by day. It belongs to
// make soak: it takes minutes.
func TestBrowser_walks(t *testing.T) {
	if os.Getenv("PHOHIEN_SOAK") == "" {
		t.Skip("make soak")
	}
	l := &dutyLand{land: &land{App: withPacks(t, "viet-nam", "hung-yen")}, t: t}
	p := &province{l.App}
	p.adopt(t, strings.NewReplacer("value: hy-syt}", "value: "+otherOrg+"}, {property: phohien.access, value: shared}").Replace(stations))
	p.adopt(t, countedHouseholds)
	p.send(t, "tram", "tram.csv", []byte("ma,noi_gui,giuong\nT1,Phố Hiến,10\nT2,Phố Hiến,20\nT3,Tân Hưng,30\nT4,Phố Hiến,500\n"))
	p.registerOf(t, "33")
	if err := l.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	in := func(n int, role, at string) *visitor {
		v := &visitor{who: role, where: at}
		l.signIn(t, v, role, at, n)
		return v
	}
	l.steward, l.other = in(961, policy.RoleSteward, otherOrg), in(962, policy.RoleSteward, ownerOrg)
	l.clerk = in(963, policy.RoleEntry, communeOrg)
	l.governor, l.cdo = in(964, policy.RoleGovernor, "hy-skhcn"), in(965, policy.RoleCDO, "hy-skhcn")
	l.strengthen(t, l.governor) // approving asks for it
	l.strengthen(t, l.cdo)

	server := httptest.NewServer(l.Handler())
	t.Cleanup(server.Close)
	w := &walker{l, browsertest.New(t, server.URL), server.URL}
	for _, walk := range []struct {
		name string
		walk func(*testing.T)
	}{
		{"a review of the catalogue", w.review},
		{"a term of an agency", w.term},
		{"villages of a commune", w.villages},
		{"figures in the units of another day", w.figures},
		{"records in a spreadsheet", w.spreadsheet},
		{"an objection to a ranking", w.objection},
	} {
		t.Run(walk.name, func(t *testing.T) {
			outer := w.T
			w.T, w.t = t, t
			defer func() { w.T, w.t = outer, outer.(*testing.T) }()
			walk.walk(t)
		})
	}
}

// registerOf sends of the national register of units what belongs to one province.
func (p *province) registerOf(t *testing.T, code string) {
	t.Helper()
	known := map[string]bool{}
	for _, set := range []struct {
		id   string
		keep func(row map[string]string) bool
	}{
		{"vn-tinh", func(row map[string]string) bool { return row["ma"] == code }},
		{"vn-huyen", func(row map[string]string) bool { return row["ma_tinh"] == code }},
		{"vn-xa", func(row map[string]string) bool {
			known[row["uid"]] = row["ma_tinh"] == code
			return row["ma_tinh"] == code
		}},
		{"vn-don-vi-thay-doi", func(row map[string]string) bool { return known[row["uid_cu"]] }},
	} {
		text, err := os.ReadFile(apitest.File(t, "packs/viet-nam/data/"+set.id+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var some bytes.Buffer
		out := csv.NewWriter(&some)
		for n, row := range rows {
			named := map[string]string{}
			for i, head := range rows[0] {
				named[head] = row[i]
			}
			if n == 0 || set.keep(named) {
				if err := out.Write(row); err != nil {
					t.Fatal(err)
				}
			}
		}
		out.Flush()
		if r := p.send(t, set.id, set.id+".csv", some.Bytes()); r.Inserted == 0 || r.Quarantined > 0 {
			t.Fatalf("%s: %+v", set.id, r)
		}
	}
}

// as lets somebody sit down before the browser, at a page.
func (w *walker) as(v *visitor, path string) {
	w.T.Helper()
	as(w.Browser, w.base, v)
	w.Look(1366, 900, "light")
	w.Open(path)
}

// english looks at the page in the other language too.
func (w *walker) english(name string) {
	w.T.Helper()
	at, err := url.Parse(w.Here())
	if err != nil {
		w.T.Fatal(err)
	}
	q := at.Query()
	for _, lang := range []string{"en", "vi"} {
		q.Set("lang", lang)
		at.RawQuery = q.Encode()
		w.Open(at.RequestURI())
		if lang == "en" {
			w.Seen("walk-" + name + "-en")
		}
	}
}

// write fills in fields: a selector, then what is written.
func (w *walker) write(pairs ...string) {
	w.T.Helper()
	for i := 0; i < len(pairs); i += 2 {
		w.Do(chromedp.SetValue(chromedp.CSS(pairs[i]), pairs[i+1]))
	}
}

// press presses a button and waits for the page behind it; an alert there is what it
// says, "" for none.
func (w *walker) press(selector string) (alert string) {
	w.T.Helper()
	browsertest.Eval[bool](w.Browser, `globalThis.left = true`)
	w.Click(selector)
	w.Until(`globalThis.left === undefined && document.readyState === "complete" && document.documentElement.classList.contains("js")`)
	return browsertest.Eval[string](w.Browser, `document.querySelector("main [role=alert]")?.innerText ?? ""`)
}

// done presses a button that is to do what it says.
func (w *walker) done(selector string) {
	w.T.Helper()
	if alert := w.press(selector); alert != "" {
		w.T.Fatalf("at %s: %s", w.Here(), alert)
	}
}

// here is the path of the page.
func (w *walker) here() string {
	w.T.Helper()
	at, err := url.Parse(w.Here())
	if err != nil {
		w.T.Fatal(err)
	}
	return at.Path
}

func (w *walker) says(want string) {
	w.T.Helper()
	if text := browsertest.Eval[string](w.Browser, `document.querySelector("main").innerText`); !strings.Contains(text, want) {
		w.T.Errorf("%s does not say %q:\n%s", w.here(), want, text)
	}
}

// review: an agency answers a review of the catalogue, is asked to mend its sheet, and
// another approves it.
func (w *walker) review(t *testing.T) {
	w.as(w.governor, "/campaigns/new?subject=datasets")
	w.write("#title", "Rà soát danh mục dữ liệu năm 2026", "#basis", "Kế hoạch số 12/KH-UBND (mẫu)", "#days", "5")
	for _, field := range []string{"steward_user", "retention", "access_methods"} {
		w.Click(`input[name=field][value=` + field + `]`)
	}
	w.Click("details summary:has(+ fieldset)")
	w.Click(`input[name=org][value=` + otherOrg + `]`)
	w.Seen("walk-review-new")
	w.done("main form .actions button")
	campaign := w.here()
	w.Seen("walk-review-draft")
	w.done(`form[action$="/open"] button`)

	w.as(w.steward, "/campaigns")
	w.Seen("walk-review-list")
	w.done("main table a")
	w.Seen("walk-review-one")
	w.done("main table a")
	sheet := w.here()
	w.Seen("walk-review-sheet")
	w.english("review-sheet")
	row := browsertest.Eval[string](w.Browser, `document.querySelector("#lines-title").closest("section").querySelector("fieldset:has(legend .register-code) input[type=hidden]").name.replace("-there", "")`)
	at := func(name string) string { return `[name="` + row + "-" + name + `"]` }
	browsertest.Eval[bool](w.Browser, `document.querySelectorAll("input[value=kept]").forEach((e) => e.click()) === undefined`)
	w.Click(at("verdict") + "[value=changed]")
	w.Click("fieldset:has(" + at("verdict") + ") details summary")
	w.write(at("why"), "Theo quy định mới về lưu trữ")
	if alert := w.press(`form[action*="/answers"] button`); !strings.Contains(alert, "không có giá trị nào khác") {
		t.Errorf("a change without a change: %q", alert)
	}
	w.Seen("walk-review-refused")
	// What was typed is still there, for all lines.
	if kept := browsertest.Eval[bool](w.Browser, `document.querySelector('`+at("why")+`').value.startsWith("Theo quy") && document.querySelectorAll("input[type=radio]:checked").length === document.querySelectorAll("input[name$=there]").length`); !kept {
		t.Error("what was typed is lost")
	}
	w.write(at("retention"), "10 năm")
	w.done(`form[action*="/answers"] button`)
	w.Seen("walk-review-saved")
	w.done(`form[action$="/send"] button`)
	w.Seen("walk-review-sent")

	w.as(w.governor, sheet)
	w.Seen("walk-review-decide")
	w.write("#back-why", "Ghi rõ thời hạn lưu trữ theo Thông tư của Bộ")
	w.done(`form[action$="/back"] button`)
	w.as(w.steward, sheet)
	w.says("Ghi rõ thời hạn lưu trữ")
	w.Seen("walk-review-back")
	w.write(at("retention"), "20 năm")
	w.done(`form[action*="/answers"] button`)
	w.done(`form[action$="/send"] button`)
	if browsertest.Eval[bool](w.Browser, `!!document.querySelector('form[action$="/approve"]')`) {
		t.Error("who sent the sheet is offered to approve it")
	}
	w.as(w.governor, sheet)
	w.done(`form[action$="/approve"] button`)
	w.Seen("walk-review-approved")
	w.Open(campaign)
	w.Seen("walk-review-end")
	w.english("review-end")

	all, err := w.Contracts.List(t.Context(), "", 500)
	if err != nil {
		t.Fatal(err)
	}
	for _, con := range all {
		if con.Owner == otherOrg && con.Described()["retention"] == "20 năm" {
			return
		}
	}
	t.Error("no contract has what was approved")
}

// term: a steward proposes a term of their agency; others look, agree, approve and
// publish it.
func (w *walker) term(t *testing.T) {
	w.as(w.steward, "/dictionary")
	w.done(`a[href="/dictionary/new"]`)
	w.Seen("walk-term-form")
	w.write("#f-title", "Số giường bệnh kế hoạch", "#f-name", "SoGiuongBenhKeHoach", "#f-definition", "Số giường bệnh được giao theo kế hoạch năm.",
		"#f-usage", "Dùng khi lập kế hoạch và báo cáo.", "#f-group", "y-te", "#f-data_type", "integer", "#f-minimum", "0",
		"#f-valid", "10\n0", "#f-invalid", "-1\n5", "#form-why", "Báo cáo của Sở cần.")
	if alert := w.press("main form .actions button"); !strings.Contains(alert, "Ví dụ sai “5”") {
		t.Errorf("a wrong example that passes: %q", alert)
	}
	w.Seen("walk-term-refused")
	w.write("#f-invalid", "-1\nnhiều")
	w.done("main form .actions button")
	term := w.here()
	w.Seen("walk-term-proposed")
	w.english("term-proposed")
	if browsertest.Eval[bool](w.Browser, `!!document.querySelector("#step-ra_soat")`) {
		t.Error("who proposes is offered the steps of others")
	}
	version := browsertest.Eval[string](w.Browser, `location.pathname + "?version=" + new URLSearchParams(location.search).get("version")`)
	step := func(v *visitor, to string, more ...string) {
		t.Helper()
		w.as(v, version)
		w.Click("#step-" + to + " summary")
		w.write(more...)
		w.write("#why-"+to, "Theo kết luận họp (mẫu)")
		if to == "tham_van" {
			w.Seen("walk-term-step")
		}
		w.done("#step-" + to + " button")
	}
	step(w.governor, "ra_soat")
	until := time.Now().In(viet.Zone).AddDate(0, 0, 10)
	step(w.governor, "tham_van", "#until-tham_van", until.Format(time.DateOnly))
	w.as(w.other, version)
	w.Click("#opinions input[value=no]")
	if alert := w.press("#opinions form button"); !strings.Contains(alert, "phải nêu lý do") || !browsertest.Eval[bool](w.Browser, `document.querySelector("#opinions input[value=no]").checked`) {
		t.Errorf("an objection without a reason: %q", alert)
	}
	w.write("#opinion-text", "Nên nêu rõ giường kế hoạch của từng năm.")
	w.Seen("walk-term-opinion")
	w.done("#opinions form button")
	// An objection stands until its agency takes it back, or until the last day.
	w.as(w.cdo, version)
	w.Click("#step-phe_duyet summary")
	w.write("#why-phe_duyet", "Theo kết luận họp (mẫu)")
	if alert := w.press("#step-phe_duyet button"); !strings.Contains(alert, "đến hết ngày "+until.Format("02/01/2006")) {
		t.Errorf("approved over an objection: %q", alert)
	}
	w.Seen("walk-term-objected")
	w.as(w.other, version)
	w.Click("#opinions input[value=yes]")
	w.write("#opinion-text", "Đã ghi rõ (mẫu).")
	w.done("#opinions form button")
	step(w.cdo, "phe_duyet")
	step(w.governor, "cong_bo")
	w.as(w.steward, term)
	w.Seen("walk-term-published")
	w.english("term-published")
	if found, err := w.Dictionary.TermVersions(t.Context(), strings.TrimPrefix(term, "/dictionary/")); err != nil || found[0].State != "cong_bo" {
		t.Errorf("%+v %v", found, err)
	}
}

// villages: a commune writes down its villages by hand: a new one, one that gets
// another name, two that become one, and some that are wrong.
func (w *walker) villages(t *testing.T) {
	const set = "/datasets/hy-thon-to-dan-pho"
	w.as(w.clerk, set)
	w.done(`a[href="` + set + `/new-record"]`)
	w.Seen("walk-village-form")
	w.english("village-form")
	write := func(uid, name, from string) {
		t.Helper()
		w.write("#field-uid", uid, "#field-ten", name, "#field-ten_day_du", "Tổ dân phố "+name, "#field-loai", "to_dan_pho", "#field-xa_uid", "X11953.2025-07-01",
			"#field-ma_xa", "11953", "#field-hieu_luc_tu", from, "#why", "Nghị quyết về thôn, tổ dân phố (mẫu)")
	}
	save := "main form.record-form .actions button"
	for uid, name := range map[string]string{"V11953.001.2025-07-01": "1", "V11953.002.2025-07-01": "2", "V11953.003.2025-07-01": "3"} {
		w.Open(set + "/new-record")
		write(uid, name, "2025-07-01")
		w.done(save)
	}
	w.Seen("walk-village-saved")

	// Wrong: the name of another one, and one of another commune.
	write("V11953.009.2025-07-01", "2", "2025-07-01")
	if alert := w.press(save); !strings.Contains(alert, "trùng tên hoặc trùng mã với “Tổ dân phố 2”") {
		t.Errorf("the same name twice: %q", alert)
	}
	w.Seen("walk-village-wrong")
	w.write("#field-ten", "Chung", "#field-ten_day_du", "Tổ dân phố Chung", "#field-hieu_luc_den", "2024-12-31")
	if alert := w.press(save); alert == "" {
		t.Error("it ends before it begins")
	}
	w.Seen("walk-village-wrong-days")
	w.write("#field-hieu_luc_den", "", "#field-uid", "V11977.001.2025-07-01", "#field-ma_xa", "11977", "#field-xa_uid", "X11977.2025-07-01")
	if alert := w.press(save); !strings.Contains(alert, "địa bàn khác") {
		t.Errorf("a village of another commune: %q", alert)
	}
	w.Seen("walk-village-elsewhere")

	// Another name; and two that become one: the new ones, then the end of the old ones.
	for uid, name := range map[string]string{"V11953.004.2026-07-01": "Đông", "V11953.005.2026-07-01": "Hòa Bình"} {
		w.Open(set + "/new-record")
		write(uid, name, "2026-07-01")
		w.done(save)
	}
	w.Open(set + "/records")
	w.Seen("walk-village-records")
	for old, next := range map[string]string{"V11953.001.2025-07-01": "V11953.004.2026-07-01", "V11953.002.2025-07-01": "V11953.005.2026-07-01", "V11953.003.2025-07-01": "V11953.005.2026-07-01"} {
		w.Open(set + "/edit-record?key=" + url.QueryEscape(old))
		w.write("#field-hieu_luc_den", "2026-06-30", "#field-ke_tuc_uid", next, "#why", "Nghị quyết sắp xếp thôn, tổ dân phố (mẫu)")
		if strings.Contains(old, ".003.") {
			w.Seen("walk-village-ends")
		}
		w.done(save)
	}
	w.Seen("walk-village-history")
	w.Open("/units/X11953.2025-07-01?on=1/8/2026")
	w.says("Tổ dân phố Hòa Bình")
	w.Seen("walk-village-unit")
	w.done(`a[href*="V11953.005"]`)
	w.says("Tổ dân phố 3")
	w.Seen("walk-village-merged")
	w.english("village-merged")
}

// figures: a table is read in the units of another day, with what is an estimate and
// what has no place.
func (w *walker) figures(t *testing.T) {
	p := &province{w.App}
	p.send(t, "ho-dan", "ho.csv", []byte("so,ma_xa,ngay,khau\n1,11953,2025-06-30,4\n2,11956,2024-05-01,3\n3,11989,2024-05-01,10\n4,12004,2026-01-01,6\n5,12004,2024-05-01,8\n6,99999,2024-05-01,2\n"))
	r := p.send(t, "vn-don-vi-thay-doi", "ty-le.csv", []byte("uid_cu,uid_moi,loai_thay_doi,ty_le,doi_ten,doi_loai,doi_ma,ngay_hieu_luc,can_cu\n"+
		"X11989.2025-03-01,X11992.2025-07-01,split,0.7,false,false,true,2025-07-01,Thử\nX11989.2025-03-01,X11995.2025-07-01,split,0.3,true,false,true,2025-07-01,Thử\n"))
	if r.Updated != 2 {
		t.Fatalf("%+v", r)
	}
	w.as(w.steward, "/datasets/ho-dan")
	w.done(`a[href="/datasets/ho-dan/units"]`)
	w.write("#units-at", "1/8/2026")
	w.done(".chart-form button")
	for _, want := range []string{"được chia theo tỷ lệ", "Phường Phố Hiến", "Xã Đình Dù", "Trong đó chưa quy đổi được"} {
		w.says(want)
	}
	w.Seen("walk-figures")
	w.english("figures")
	w.write("#units-at", "mai")
	if alert := w.press(".chart-form button"); !strings.Contains(alert, "mai") {
		t.Errorf("no day: %q", alert)
	}
	w.Seen("walk-figures-wrong")
}

// spreadsheet: records are taken out as a workbook, edited there and sent back.
func (w *walker) spreadsheet(t *testing.T) {
	w.as(w.steward, "/datasets/tram/records")
	w.Seen("walk-sheet-records")
	w.english("sheet-records")
	taken := w.ask(w.steward, get(browsertest.Eval[string](w.Browser, `document.querySelector(".records-edit a").getAttribute("href")`)))
	book, err := excelize.OpenReader(taken.Body)
	if err != nil {
		t.Fatalf("%d %v", taken.Code, err)
	}
	name := book.GetSheetName(0)
	rows, err := book.GetRows(name)
	if err != nil {
		t.Fatal(err)
	}
	beds := map[string]int{"T1": 15, "T3": 700} // another figure, and one that is too large
	for i, row := range rows {
		for j, text := range row {
			if n, change := beds[text]; change {
				cell, err := excelize.CoordinatesToCellName(j+3, i+1)
				if err == nil {
					err = book.SetCellInt(name, cell, int64(n))
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	file := filepath.Join(t.TempDir(), "tram.xlsx")
	if err := book.SaveAs(file); err != nil {
		t.Fatal(err)
	}
	w.done(`.records-edit a[href*="mode=merge"]`)
	if mode := browsertest.Eval[string](w.Browser, `document.querySelector("#mode").value`); mode != "merge" {
		t.Errorf("the form would send as %q", mode)
	}
	w.Do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
	w.Click("form[data-upload] button[type=submit]")
	w.Until(`location.pathname.startsWith("/batches/") && document.querySelector(".preview-line") !== null`)
	w.Seen("walk-sheet-preview")
	w.english("sheet-preview")
	w.Click(`form[action$="/confirm"] button`)
	w.Until(`document.querySelector("#report") !== null && document.querySelectorAll("[data-step].done").length === 6`)
	w.Seen("walk-sheet-report")
	count := func(name string) int {
		return browsertest.Eval[int](w.Browser, `Number(document.querySelector("#report [data-count=`+name+`]").textContent)`)
	}
	if read, updated, unchanged, quarantined := count("read"), count("updated"), count("unchanged"), count("quarantined"); read != 3 || updated != 1 || unchanged != 1 || quarantined != 1 {
		t.Errorf("read %d, updated %d, unchanged %d, not accepted %d", read, updated, unchanged, quarantined)
	}
}

// objection: a unit sees where it would stand, objects, is answered, and the ranking
// becomes public.
func (w *walker) objection(t *testing.T) {
	w.as(w.governor, "/governance")
	w.Click("#ranking details summary")
	w.write("#ranking-name", "Xếp hạng chất lượng dữ liệu năm 2026", "#ranking-days", "5")
	w.done("#ranking details button")
	ranking := w.here()
	w.Seen("walk-ranking-governor")

	w.as(w.steward, ranking)
	w.Seen("walk-ranking-own")
	w.english("ranking-own")
	w.Click(`details:has(form[action$="/objections"]) summary`)
	w.write(`#why-`+otherOrg, "   ", `#evidence-`+otherOrg, "Biên bản kiểm tra số 5 (mẫu)")
	if alert := w.press(`form[action$="/objections"] button`); !strings.Contains(alert, "Ghi nội dung kiến nghị") {
		t.Errorf("an objection that says nothing: %q", alert)
	}
	if kept := browsertest.Eval[string](w.Browser, `document.querySelector("#evidence-`+otherOrg+`").value`); !strings.HasPrefix(kept, "Biên bản") {
		t.Errorf("what was typed is lost: %q", kept)
	}
	w.write(`#why-`+otherOrg, "Trạm T4 có 50 giường, số 500 là do nhập nhầm; đã sửa tại nguồn.")
	w.done(`form[action$="/objections"] button`)
	w.Seen("walk-ranking-objected")
	w.as(w.other, ranking)
	if text := browsertest.Eval[string](w.Browser, `document.querySelector("main").innerText`); strings.Contains(text, "T4") {
		t.Error("another unit reads the objection")
	}

	w.as(w.governor, ranking)
	w.write(`form[action$="/answer"] textarea`, "Đã tính lại theo số liệu đã sửa.")
	w.Seen("walk-ranking-answer")
	w.done(`form[action$="/answer"] button[value=accepted]`)
	w.done(`form[action$="/recount"] button`)
	w.Seen("walk-ranking-answered")
	if browsertest.Eval[bool](w.Browser, `!!document.querySelector('form[action$="/publish"]')`) {
		t.Error("it is offered to be published while units may object")
	}
	err := w.Store.Control().Write(t.Context(), func(tx *store.Tx) error { // the days go by
		_, err := tx.ExecContext(t.Context(), `UPDATE rankings SET due_at = made_at`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Open(ranking)
	w.done(`form[action$="/publish"] button`)
	w.Seen("walk-ranking-published")
	w.english("ranking-published")
	w.as(w.other, ranking)
	w.says("Xếp hạng chất lượng dữ liệu năm 2026")
	w.Seen("walk-ranking-public")
}
