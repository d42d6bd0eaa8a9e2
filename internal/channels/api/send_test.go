package api_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/viet/charset"
)

// coSo is a small data set with a key, a sender and a period.
const coSo = `apiVersion: v3.1.0
kind: DataContract
id: co-so
name: Cơ sở y tế
version: 1.0.0
status: active
schema:
  - name: co_so
    logicalType: object
    customProperties:
      - {property: phohien.sender, value: don_vi}
      - {property: phohien.period, value: ky}
    properties:
      - {name: ma, businessName: Mã cơ sở, logicalType: string, logicalTypeOptions: {pattern: '^CS\d{2}$'}, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: ten, businessName: Tên cơ sở, logicalType: string, required: true}
      - {name: so_giuong, businessName: Số giường, logicalType: integer, logicalTypeOptions: {minimum: 0, maximum: 2000}}
      - {name: don_vi, businessName: Đơn vị gửi, logicalType: string}
      - {name: ky, businessName: Kỳ, logicalType: string}
`

// haiBang has two tables.
const haiBang = `apiVersion: v3.1.0
kind: DataContract
id: hai-bang
name: Hai bảng
version: 1.0.0
status: active
schema:
  - name: truong
    businessName: Trường học
    logicalType: object
    properties:
      - {name: ma_truong, businessName: Mã trường, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: ten_truong, businessName: Tên trường, logicalType: string}
  - name: lop
    businessName: Lớp học
    logicalType: object
    properties:
      - {name: ma_lop, businessName: Mã lớp, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: si_so, businessName: Sĩ số, logicalType: integer}
`

// coSoBook is a sheet with titles above and a total below; one line is wrong.
func coSoBook(t *testing.T, heading ...any) []byte {
	t.Helper()
	return book(t, "Cơ sở",
		[]any{"SỞ Y TẾ TỈNH MẪU"}, []any{"DANH SÁCH CƠ SỞ Y TẾ"}, []any{},
		heading,
		[]any{1, "CS01", "Bệnh viện Đa khoa", 500, "So Y te", "2026"},
		[]any{2, "CS02", "Trạm y tế xã Một", 10, "So Y te", "2026"},
		[]any{3, "CS03", "Trạm y tế xã Hai", 9000, "So Y te", "2026"},
		[]any{4, "CS04", "Trạm y tế xã Ba", 8, "So Y te", "2026"},
		[]any{"Tổng cộng", nil, nil, 9518},
	)
}

var coSoHeading = []any{"STT", "Mã cơ sở", "Tên cơ sở", "Số giường", "Đơn vị gửi", "Kỳ"}

// sendFile sends a file of any kind with parameters "name=value&…".
func (h *harness) sendFile(dataset, query string, body []byte, headers ...string) *answer {
	h.t.Helper()
	all := append([]string{"Content-Type: application/octet-stream", "Prefer: wait=30"}, headers...)
	return h.ask("POST", "/api/v1/datasets/"+dataset+"/batches?"+query, bytes.NewReader(body), all...)
}

// TestWorkbook sends a workbook as an office types it, looks, has it read again,
// confirms it, and fetches the slip of the line that did not pass.
func TestWorkbook(t *testing.T) {
	h := newHarness(t)
	h.province.Put(t, coSo)
	file := coSoBook(t, coSoHeading...)

	var tried corridor.Report
	h.ask("POST", "/api/v1/datasets/co-so/try?name=co-so.xlsx&sender=so-y-te", bytes.NewReader(file), "Content-Type: application/octet-stream").want(200).into(&tried)
	if tried.Read != 4 || tried.Accepted != 3 || tried.Quarantined != 1 || tried.Inserted != 3 || tried.Reading.Kind != "xlsx" || len(tried.Examples.Inserted) != 3 || len(tried.Examples.Quarantined) != 1 {
		t.Errorf("tried: %+v", tried)
	}
	var none recordPage
	h.get("/api/v1/datasets/co-so/records").want(200).into(&none)
	if len(none.Items) != 0 {
		t.Errorf("a dry run has left %d records", len(none.Items))
	}
	var before struct{ Items []api.Batch }
	h.get("/api/v1/datasets/co-so/batches").want(200).into(&before)
	if len(before.Items) != 0 {
		t.Errorf("a dry run has left %d batches", len(before.Items))
	}

	var b api.Batch
	h.sendFile("co-so", "name=co-so.xlsx&sender=so-y-te&preview=true", file).want(200).into(&b)
	if b.State != corridor.Held || b.Report.Holds[0].Key != "hold.preview" || b.Report.Sender != "so-y-te" || len(b.Report.Examples.Inserted) != 3 {
		t.Fatalf("%+v\n%+v", b, b.Report)
	}
	path := "/api/v1/batches/" + b.ID
	var listed struct{ Items []api.Batch }
	h.get("/api/v1/datasets/co-so/batches").want(200).into(&listed)
	if r := listed.Items[0].Report; r == nil || r.Reading == nil || r.Examples != nil {
		t.Errorf("a list shows rows of data: %+v", r)
	}
	var l api.Look
	h.get(path + "/look").want(200).into(&l)
	if l.Batch != b.ID || len(l.Tables) != 1 || l.Tables[0].Name != "Cơ sở" || len(l.Rows) < 8 || l.Reading.Layout.HeaderFrom != 4 {
		t.Fatalf("%+v", l)
	}
	roles := map[int64]string{}
	for _, r := range l.Rows {
		roles[r.Line] = string(r.Role)
	}
	if roles[1] != "title" || roles[4] != "heading" || roles[5] != "data" || roles[9] != "total" {
		t.Errorf("roles %v", roles)
	}
	h.get(path+"/look?recipe=%7B").problem(400, "api.recipe-json")
	h.get(path+"/look?recipe="+url.QueryEscape(`{"la":1}`)).problem(400, "api.recipe-json")
	h.get("/api/v1/batches/khong-co/look").problem(404, "batch.not-there")

	// Read again: the beds are not wanted.
	body, err := json.Marshal(map[string]any{"recipe": map[string]any{"columns": map[string]string{"Số giường": ""}}, "remember": true})
	if err != nil {
		t.Fatal(err)
	}
	var again api.Batch
	h.ask("POST", path+"/reread", bytes.NewReader(body), "Content-Type: application/json", "Prefer: wait=30").want(200).into(&again)
	if again.ID != b.ID || again.State != corridor.Held || again.Report.Quarantined != 0 || again.Report.Accepted != 4 {
		t.Errorf("read again: %+v\n%+v", again, again.Report)
	}
	h.get("/api/v1/datasets/co-so/recipes/so-y-te").want(200)
	h.ask("DELETE", "/api/v1/datasets/co-so/recipes/so-y-te", nil).want(204)
	h.ask("POST", path+"/reread", strings.NewReader(`{"recipe":{}}`), "Content-Type: application/json", "Prefer: wait=30").want(200).into(&again)
	if again.Report.Quarantined != 1 {
		t.Errorf("recognised anew: %+v", again.Report)
	}
	h.ask("POST", path+"/reread", strings.NewReader(`{"recipe":{"bang":1}}`), "Content-Type: application/json").problem(422, "api.request")

	var on api.Batch
	h.ask("POST", path+"/confirm", nil).want(200).into(&on)
	if on.ID != b.ID {
		t.Errorf("confirmed as %s, want %s", on.ID, b.ID)
	}
	h.province.Wait(t, b.ID)
	h.get(path).want(200).into(&on)
	if on.State != corridor.Scored || on.Report.Accepted != 3 || on.Report.Quarantined != 1 {
		t.Errorf("%+v\n%+v", on, on.Report)
	}
	h.get(path+"/look").problem(409, "batch.not-held")
	h.ask("POST", path+"/confirm", nil).problem(409, "batch.not-held")

	slip := h.get(path + "/slip.xlsx?unit=So+Y+te").want(200)
	if name := slip.fileName(); !strings.HasPrefix(name, "Phieu-bo-sung-co-so-") {
		t.Errorf("name %s", name)
	}
	f := openBook(t, slip)
	at := ""
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if strings.Contains(strings.Join(row, "|"), "9000") {
				at = sheet
			}
		}
	}
	if at == "" {
		t.Errorf("the wrong line is on no sheet of %v", f.GetSheetList())
	}
	h.get("/api/v1/batches/khong-co/slip.xlsx").problem(404, "batch.not-there")

	var turnout api.Turnout
	h.get("/api/v1/datasets/co-so/senders").want(200).into(&turnout)
	if turnout.Sender != "don_vi" || turnout.Period != "ky" || len(turnout.Items) != 1 || turnout.Items[0].Rows != 3 || turnout.Items[0].Open != 1 {
		t.Errorf("%+v", turnout)
	}
}

// TestSlip_none: a batch without lines that did not pass has no slip.
func TestSlip_none(t *testing.T) {
	h := newHarness(t)
	h.province.Put(t, coSo)
	var b api.Batch
	h.send("co-so", "a.csv", []byte("ma,ten\nCS01,Một\n")).want(201).into(&b)
	h.get("/api/v1/batches/"+b.ID+"/slip.xlsx").problem(404, "slip.no-lines")
}

// TestMapping_open: headings that feed no required field are asked about, never
// guessed.
func TestMapping_open(t *testing.T) {
	h := newHarness(t)
	h.province.Put(t, coSo)
	file := coSoBook(t, "STT", "Ký hiệu đơn vị", "Tên cơ sở", "Số giường", "Đơn vị gửi", "Kỳ")
	var b api.Batch
	// A program is told at once; where somebody looks, the batch waits.
	h.sendFile("co-so", "name=co-so.xlsx", file).want(200).into(&b)
	if b.State != corridor.Failed || b.Fault.Key != "header.missing" {
		t.Fatalf("%+v", b)
	}
	b = api.Batch{}
	h.sendFile("co-so", "name=co-so.xlsx&preview=true", file).want(200).into(&b)
	if b.State != corridor.Held || b.Report.Reading == nil || len(b.Report.Reading.Missing) != 1 {
		t.Fatalf("%+v\n%+v", b, b.Report)
	}
	path := "/api/v1/batches/" + b.ID
	h.ask("POST", path+"/confirm", nil).problem(409, "batch.mapping-open")
	h.ask("POST", path+"/reread", strings.NewReader(`{"recipe":{"columns":{"Ký hiệu đơn vị":"ma"}},"remember":true}`), "Content-Type: application/json", "Prefer: wait=30").want(200).into(&b)
	if len(b.Report.Reading.Missing) != 0 || b.Report.Accepted != 3 {
		t.Fatalf("%+v", b.Report)
	}
	h.ask("POST", path+"/confirm", nil).want(200)
	h.province.Wait(t, b.ID)
	// The next file of the same kind is read without a question.
	h.sendFile("co-so", "name=co-so.xlsx", file).want(201).into(&b)
	if b.Report.Unchanged != 3 {
		t.Errorf("%+v %+v", b.Report, b.Report.Reading)
	}
	// What somebody says with the file itself is not remembered.
	h.sendFile("co-so", "name=co-so.xlsx&recipe="+url.QueryEscape(`{"columns":{"Ký hiệu đơn vị":"ma"}}`), file).want(201)
	h.sendFile("co-so", "recipe=%7B", file).problem(400, "api.recipe-json")
	h.sendFile("co-so", "table="+url.QueryEscape("Không có"), file)
}

// TestKinds sends the same rows in several kinds of file.
func TestKinds(t *testing.T) {
	h := newHarness(t)
	h.province.Put(t, coSo)
	tcvn3 := inTCVN3(t, "ma;ten;so_giuong\nCS01;Bệnh viện Đa khoa tỉnh;500\nCS02;Trạm y tế phường Hồng Châu;10\nCS05;Trạm y tế xã Quảng Châu;9\n")
	for name, c := range map[string]struct {
		body      []byte
		mediaType string
	}{
		"a.ndjson":   {[]byte(`{"ma":"CS01","ten":"Bệnh viện","so_giuong":500}` + "\n" + `{"ma":"CS02","ten":"Trạm","so_giuong":1}` + "\n"), "application/json"},
		"a.html":     {[]byte(`<html><table><tr><th>Mã cơ sở</th><th>Tên cơ sở</th></tr><tr><td>CS01</td><td>Một</td></tr><tr><td>CS02</td><td>Hai</td></tr></table></html>`), "text/html"},
		"tcvn3.csv":  {tcvn3, "text/csv"},
		"khong.duoi": {[]byte("ma\tten\nCS01\tMột\n"), ""},
	} {
		var r corridor.Report
		h.ask("POST", "/api/v1/datasets/co-so/try?name="+name, bytes.NewReader(c.body), "Content-Type: "+c.mediaType).want(200).into(&r)
		if r.Accepted == 0 || r.Quarantined != 0 || r.Reading.Kind == "" {
			t.Errorf("%s: %+v", name, r)
		}
		if name == "tcvn3.csv" && (r.Reading.Charset == "" || r.Examples.Inserted[0].Cells[1] != "Bệnh viện Đa khoa tỉnh") {
			t.Errorf("%+v\n%+v", r.Reading, r.Examples.Inserted)
		}
	}
	h.ask("POST", "/api/v1/datasets/co-so/try", strings.NewReader("%PDF-1.7\n%%EOF"), "Content-Type: application/pdf").want(400)
	h.ask("POST", "/api/v1/datasets/co-so/try", strings.NewReader("a=b"), "Content-Type: application/x-www-form-urlencoded").problem(400, "api.media-type")
	h.ask("POST", "/api/v1/datasets/khong-co/try", strings.NewReader("ma\n1\n"), "Content-Type: text/csv").problem(404, "dataset.unknown")
}

// TestSeveral sends one workbook to a contract with two tables.
func TestSeveral(t *testing.T) {
	h := newHarness(t)
	h.province.Put(t, haiBang)
	file := twoSheets(t)
	var b api.Batch
	h.sendFile("hai-bang", "name=hai.xlsx", file).want(201).into(&b)
	if b.Dataset != "hai-bang.truong" || b.Report.Accepted != 2 || len(b.Also) != 1 || b.Also[0].Dataset != "hai-bang.lop" || b.Also[0].Report.Accepted != 3 {
		t.Errorf("%+v", b)
	}
	h.sendFile("hai-bang", "name=hai.xlsx&preview=true", file).want(200)
	h.sendFile("hai-bang", "name=hai.xlsx", file, "Prefer: ").want(202)
	h.sendFile("hai-bang", "name=la.csv", []byte("la,hoac\n1,2\n")).problem(400, "book.nothing-fits")
	h.ask("POST", "/api/v1/datasets/hai-bang/try", bytes.NewReader(file), "Content-Type: text/csv").problem(400, "api.which-object")
}

// inTCVN3 writes a text in the encoding of before Unicode: a byte for each
// letter.
func inTCVN3(t *testing.T, text string) []byte {
	t.Helper()
	shown, ok := charset.Unfix(charset.TCVN3, []byte(text))
	if !ok {
		t.Fatalf("%q is not in TCVN3", text)
	}
	var b []byte
	for _, r := range string(shown) {
		if r > 0xff {
			t.Fatalf("%q is no letter of TCVN3", r)
		}
		b = append(b, byte(r))
	}
	return b
}
