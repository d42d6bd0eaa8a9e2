package app

import (
	"bytes"
	"encoding/csv"
	"io/fs"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/odcs"
)

// ask asks the running program with a body.
func (p *province) ask(t *testing.T, path, mediaType, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Host = "localhost"
	r.AddCookie(p.guard.Session(r))
	r.Header.Set("Content-Type", mediaType)
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, r)
	return w
}

var formToken = regexp.MustCompile(`name="token" value="([^"]*)"`)

// token is what a page has in its form for a browser that has signed in.
func (p *province) token(t *testing.T, page string) string {
	t.Helper()
	r := httptest.NewRequest("GET", page, nil)
	r.Host = "localhost"
	r.AddCookie(p.guard.Session(r))
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, r)
	found := formToken.FindStringSubmatch(w.Body.String())
	if w.Code != 200 || found == nil {
		t.Fatalf("%s: %d, no form", page, w.Code)
	}
	return found[1]
}

// form sends a form of a page, as its reader does.
func (p *province) form(t *testing.T, page, to string, fields map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	f := url.Values{}
	f.Set("token", p.token(t, page))
	for name, text := range fields {
		f.Set(name, text)
	}
	return p.ask(t, to, "application/x-www-form-urlencoded", f.Encode())
}

// listOnPage is cases 1 and 2 on the page for lists: each line gets the unit of its
// day or waits, and nothing that was sent is changed.
func (p *province) listOnPage(t *testing.T) {
	for day, want := range map[string]string{"30/6/2025": "Phường Hiến Nam", "2/7/2025": "Phường Phố Hiến"} {
		w := p.form(t, "/units/resolve", "/units/resolve", map[string]string{"text": "11953", "at": day})
		if w.Code != 200 || !strings.Contains(w.Body.String(), ">"+want+"</a>") || strings.Contains(w.Body.String(), `id="resolved-queue"`) {
			t.Errorf("%s: %d, the page does not name %s alone", day, w.Code, want)
		}
		var list struct{ Items []api.Resolved }
		p.get(t, "/api/v1/resolve?unit=11953&at="+url.QueryEscape(day), &list)
		if len(list.Items) != 1 || !list.Items[0].Sure || list.Items[0].Unit.FullName != want {
			t.Errorf("%s: %+v", day, list.Items)
		}
	}
	const pasted = "Xã Lạc Đạo\tHuyện Văn Lâm\tHưng Yên\nTT. Như Quỳnh, huyện Văn Lâm, Hưng Yên\nxã Không Có, Hưng Yên\n"
	w := p.form(t, "/units/resolve", "/units/resolve", map[string]string{"text": pasted, "at": "1/8/2025", "within": "33"})
	page := w.Body.String()
	queue, sure, found := strings.Cut(page, "TT. Như Quỳnh, huyện Văn Lâm, Hưng Yên</")
	if !found {
		queue, sure, _ = strings.Cut(page, "<h3>Đã xác định</h3>")
	}
	for _, want := range []string{"Xã Lạc Đạo, Huyện Văn Lâm, Hưng Yên", "X11992.2025-07-01", "X11995.2025-07-01", "xã Không Có, Hưng Yên", "Không tìm thấy"} {
		if !strings.Contains(queue, want) {
			t.Errorf("the queue lacks %s", want)
		}
	}
	if !strings.Contains(sure, "X12004.2025-07-01") {
		t.Error("Như Quỳnh is not resolved")
	}
	w = p.form(t, "/units/resolve", "/units/resolve", map[string]string{"text": pasted, "at": "1/8/2025", "within": "33", "format": "csv"})
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 4 || rows[1][3] != "Chờ chọn" || rows[1][4] != "" || rows[2][3] != "Đã xác định" || rows[2][4] != "X12004.2025-07-01" || rows[3][3] != "Không tìm thấy" {
		t.Errorf("%v %v", rows, err)
	}
	if w := p.form(t, "/units/resolve", "/units/resolve", map[string]string{"text": pasted, "format": "xlsx"}); w.Code != 200 || !bytes.HasPrefix(w.Body.Bytes(), []byte("PK")) {
		t.Errorf("workbook: %d", w.Code)
	}
	for text, want := range map[string]string{"": "Chưa có mã, tên hoặc địa chỉ nào", "11953": "không phải là một ngày"} {
		if w := p.form(t, "/units/resolve", "/units/resolve", map[string]string{"text": text, "at": "mai"}); w.Code != 400 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%q: %d", text, w.Code)
		}
	}
	// A province that there is not is said once, above, with how many lines it keeps from an answer.
	w = p.form(t, "/units/resolve", "/units/resolve", map[string]string{"text": "Phường Phố Hiến\nXã Lạc Đạo\nPhường Phố Hiến, Hưng Yên\n", "at": "1/8/2025", "within": "Xứ Lạ"})
	if page := w.Body.String(); w.Code != 200 || strings.Count(page, "Không có tỉnh, thành phố") != 1 || !strings.Contains(page, "“Xứ Lạ” vào ngày được hỏi: 2 dòng") || !strings.Contains(page, "X11953.2025-07-01") {
		t.Errorf("%d %.5000s", w.Code, page)
	}
	w = p.form(t, "/units/resolve", "/units/resolve", map[string]string{"text": "Phường Phố Hiến\n", "at": "1/8/2025", "within": "33, Xứ Lạ"})
	if page := w.Body.String(); w.Code != 200 || !strings.Contains(page, "không có tỉnh, thành phố “Xứ Lạ” vào ngày 01/08/2025, tên này được bỏ qua") || !strings.Contains(page, "X11953.2025-07-01") {
		t.Errorf("%d %.5000s", w.Code, page)
	}
	// Of a day before the oldest list nothing is known, which is said once too.
	w = p.form(t, "/units/resolve", "/units/resolve", map[string]string{"text": "11953\n11956\n", "at": "1/1/1000"})
	if page := w.Body.String(); w.Code != 200 || !strings.Contains(page, "2 dòng hỏi theo ngày trước 01/03/2025") || !strings.Contains(page, "<h3 id=\"resolved-queue\">") || !strings.Contains(page, "X11953.2025-03-01") {
		t.Errorf("%d %.5000s", w.Code, page)
	}
	var early struct{ Items []api.Resolved }
	p.get(t, "/api/v1/resolve?unit=11953&at=1000-01-01", &early)
	if one := early.Items[0]; one.Sure || one.Why != "early" || len(one.Candidates) != 1 || !strings.Contains(one.Message, "01/03/2025") {
		t.Errorf("%+v", early)
	}
	file := "--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n" + p.token(t, "/units/resolve") +
		"\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"ds.csv\"\r\n\r\nSTT,Xã,Huyện,Tỉnh,Ngày\n1,Phường Hiến Nam,TP. Hưng Yên,Hưng Yên,15/10/2024\n2,11953,,,\n\r\n--b--\r\n"
	w = p.ask(t, "/units/resolve/file", "multipart/form-data; boundary=b", file)
	if page := w.Body.String(); w.Code != 200 || !strings.Contains(page, "X11953.2025-03-01") || !strings.Contains(page, `id="resolved-queue"`) || !strings.Contains(page, "cần biết ngày") {
		t.Errorf("a file: %d", w.Code)
	}
}

// villages: a table of villages becomes part of the register by the terms of its
// contract alone, whatever it is called; records that contradict others are
// refused.
func (p *province) villages(t *testing.T) {
	pack, err := Shipped("hung-yen")
	if err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(pack, "contracts/hy-thon-to-dan-pho.yaml")
	if err != nil {
		t.Fatal(err)
	}
	own := strings.NewReplacer("hy-thon-to-dan-pho", "thon-cua-xa", "          - {property: phohien.codeList, value: loai-thon}\n", "").Replace(string(text))
	doc, err := odcs.Read([]byte(own))
	if err != nil {
		t.Fatal(err)
	}
	if _, findings, err := p.Contracts.Put(t.Context(), actor.System, doc, ""); err != nil {
		t.Fatalf("%v\n%v", err, findings)
	}
	const head = "uid,ten,ten_day_du,loai,xa_uid,ma_xa,hieu_luc_tu,hieu_luc_den,ke_tuc_uid,tach_tu_uid\n"
	r := p.send(t, "thon-cua-xa", "thon.csv", []byte(head+
		"V11989.001.2025-03-01,Đông Mẫu,Thôn Đông Mẫu,thon,X11989.2025-03-01,11989,2025-03-01,2025-06-30,V11992.001.2025-07-01,\n"+
		"V11992.001.2025-07-01,Đông Mẫu,Thôn Đông Mẫu,thon,X11992.2025-07-01,11992,2025-07-01,,,\n"+
		"V11953.001.2025-07-01,5,Tổ dân phố 5,to_dan_pho,X11953.2025-07-01,11953,2025-07-01,2026-06-30,,\n"+
		"V11953.002.2026-07-01,5A,Tổ dân phố 5A,to_dan_pho,X11953.2025-07-01,11953,2026-07-01,,,V11953.001.2025-07-01\n"+
		"V11953.003.2026-07-01,5B,Tổ dân phố 5B,to_dan_pho,X11953.2025-07-01,11953,2026-07-01,,,V11953.001.2025-07-01\n"))
	if r.Inserted != 5 {
		t.Fatalf("%+v", r)
	}
	var list struct{ Items []api.Unit }
	p.get(t, "/api/v1/units/X11953.2025-07-01/villages?on=2026-08-01", &list)
	if len(list.Items) != 2 || list.Items[0].FullName != "Tổ dân phố 5A" || list.Items[0].Level != "village" {
		t.Errorf("%+v", list.Items)
	}
	if page := p.get(t, "/units/X11953.2025-07-01?on=1/1/2026", nil); !strings.Contains(page, "Tổ dân phố 5<") || strings.Contains(page, "Tổ dân phố 5A") {
		t.Error("the page of the commune does not show its village of the day")
	}
	var detail api.UnitDetail
	p.get(t, "/api/v1/units/V11953.001.2025-07-01", &detail)
	if len(detail.After) != 2 || detail.After[0].Kind != "split" || detail.After[0].On.String() != "2026-07-01" {
		t.Errorf("%+v", detail.After)
	}
	// The village of a divided commune says where the line belongs.
	var found struct{ Items []api.Resolved }
	p.get(t, "/api/v1/resolve?at=2026-08-01&unit="+url.QueryEscape("Thôn Đông Mẫu, xã Lạc Đạo, huyện Văn Lâm, Hưng Yên"), &found)
	if one := found.Items[0]; !one.Sure || one.Why != "village" || one.Unit.UID != "X11992.2025-07-01" || one.Village == nil || one.Village.UID != "V11992.001.2025-07-01" {
		t.Errorf("%+v", one)
	}

	village := map[string]string{"uid": "V11953.004.2026-07-01", "ten": "5A", "ten_day_du": "Tổ dân phố 5A", "loai": "to_dan_pho", "xa_uid": "X11953.2025-07-01", "ma_xa": "11953", "hieu_luc_tu": "2026-07-01"}
	fields := func(change map[string]string) map[string]string {
		all := map[string]string{"why": "Theo nghị quyết"}
		for name, text := range village {
			all[name] = text
		}
		for name, text := range change {
			all[name] = text
		}
		return all
	}
	for want, change := range map[string]map[string]string{
		"trùng tên hoặc trùng mã với “Tổ dân phố 5A”":                     nil,
		"Không dùng lại mã cũ":                                            {"uid": "V11953.001.2026-07-01", "ten": "Mới", "ten_day_du": "Tổ dân phố Mới"},
		"quay vòng lại chính nó":                                          {"ten": "Quay", "ten_day_du": "Tổ dân phố Quay", "hieu_luc_den": "2026-12-31", "ke_tuc_uid": "V11953.004.2026-07-01"},
		"có hiệu lực vào những ngày mà “Phường Phố Hiến” (X11953.2025-07": {"uid": "V11953.004.2025-01-01", "ten": "Sớm", "ten_day_du": "Tổ dân phố Sớm", "hieu_luc_tu": "2025-01-01"},
	} {
		w := p.form(t, "/datasets/thon-cua-xa/new-record", "/datasets/thon-cua-xa/new-record", fields(change))
		if w.Code != 400 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%v: %d, the page does not say %q", change, w.Code, want)
			for _, said := range regexp.MustCompile(`(?s)<[^>]*(?:alert|invalid-feedback|form-error)[^>]*>.{0,300}`).FindAllString(w.Body.String(), 3) {
				t.Log(said)
			}
		}
	}
	if w := p.form(t, "/datasets/thon-cua-xa/new-record", "/datasets/thon-cua-xa/new-record", fields(map[string]string{"ten": "6", "ten_day_du": "Tổ dân phố 6"})); w.Code != 303 {
		t.Errorf("a village that is right: %d", w.Code)
	}
	p.get(t, "/api/v1/units/X11953.2025-07-01/villages?on=2026-08-01", &list)
	if len(list.Items) != 3 {
		t.Errorf("%+v", list.Items)
	}
}

// figuresOfAnotherDay: any table with a code of units is read in the units of a
// day, and what cannot be attributed stands apart.
func (p *province) figuresOfAnotherDay(t *testing.T) {
	p.put(t, "ho-dan", `
      - {name: so, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: ma_xa, logicalType: string, customProperties: [{property: phohien.unit, value: {level: commune, on: ngay}}]}
      - {name: ngay, logicalType: date}
      - {name: khau, logicalType: integer}
`)
	p.send(t, "ho-dan", "ho.csv", []byte("so,ma_xa,ngay,khau\n1,11953,2025-06-30,4\n2,11956,2024-05-01,3\n3,11989,2024-05-01,10\n4,12004,2026-01-01,6\n"))
	ask := func(at string) (g api.GroupAnswer) {
		p.get(t, "/api/v1/datasets/ho-dan/groups?by=ma_xa&measure=sum:khau&units_at="+at, &g)
		return g
	}
	g := ask("2026-08-01")
	if len(g.Groups) != 3 || *g.Groups[0].Measures[0].Value != "7" || g.Groups[2].Unplaced == nil || *g.Groups[2].Measures[0].Value != "10" || *g.Units.Total.Measures[0].Value != "23" {
		t.Fatalf("%+v", g)
	}
	// Somebody enters by which shares the commune was divided: an estimate, said so.
	r := p.send(t, "vn-don-vi-thay-doi", "ty-le.csv", []byte("uid_cu,uid_moi,loai_thay_doi,ty_le,doi_ten,doi_loai,doi_ma,ngay_hieu_luc,can_cu\n"+
		"X11989.2025-03-01,X11992.2025-07-01,split,0.7,false,false,true,2025-07-01,Thử\nX11989.2025-03-01,X11995.2025-07-01,split,0.3,true,false,true,2025-07-01,Thử\n"))
	if r.Updated != 2 {
		t.Fatalf("%+v", r)
	}
	g = ask("2026-08-01")
	said := ""
	for _, w := range g.Units.Warnings {
		said += w.Message + "\n"
	}
	if len(g.Groups) != 4 || !g.Groups[1].Estimated || *g.Groups[1].Measures[0].Value != "7" || g.Groups[1].Shares[0].Share != 0.7 || *g.Groups[2].Measures[0].Value != "3" ||
		*g.Units.Estimated.Measures[0].Value != "10" || *g.Units.Total.Measures[0].Value != "23" || g.Units.Unplaced.Count != 0 || !strings.Contains(said, "được chia theo tỷ lệ, là số ước tính: Xã Lạc Đạo") {
		t.Errorf("%+v %+v %s", g.Groups, g.Units, said)
	}
}
