package api_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"mime"
	"mime/multipart"
	"os"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/operate"
	"github.com/phohien/phohien/internal/core/workbook"
)

// book makes a small workbook of one sheet.
func book(t *testing.T, sheet string, rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetSheetRow(sheet, cell, &row); err != nil {
			t.Fatal(err)
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// openBook reads a workbook that the API has sent.
func openBook(t *testing.T, a *answer) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func (a *answer) fileName() string {
	a.t.Helper()
	_, params, err := mime.ParseMediaType(a.response.Header.Get("Content-Disposition"))
	if err != nil {
		a.t.Fatal(err)
	}
	return params["filename"]
}

func TestExport(t *testing.T) {
	h := filled(t)
	const base = "/api/v1/datasets/hy-xa/records"
	read := func(a *answer, comma rune) [][]string {
		t.Helper()
		a.want(200)
		r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(a.body, []byte("\ufeff"))))
		r.Comma = comma
		rows, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	all := h.get(base + ".csv")
	rows := read(all, ',')
	if len(rows) != 87 || len(rows[0]) != 14 || rows[0][0] != "Mã xã, phường" || all.fileName() != "hy-xa.csv" || !bytes.HasPrefix(all.body, []byte("\ufeff")) {
		t.Errorf("%d rows, heading %v, %s", len(rows), rows[0], all.fileName())
	}
	rows = read(h.get(base+".csv?names=true&plain=true&separator=semicolon&fields=ma_xa,dan_so&loai=phuong"), ';')
	if len(rows) < 2 || len(rows) == 87 || strings.Join(rows[0], "|") != "ma_xa|dan_so" || strings.Join(rows[1], "|") != "11953|68982" {
		t.Errorf("%d rows, %v", len(rows), rows[:2])
	}
	if rows = read(h.get(base+".csv?as_of=0"), ','); len(rows) != 1 {
		t.Errorf("%d rows before the first batch", len(rows))
	}
	var none recordPage
	h.get(base + "?as_of=0&loai=phuong").want(200).into(&none)
	if len(none.Items) != 0 {
		t.Errorf("%d records found before the first batch", len(none.Items))
	}
	h.get(base+".csv?khong_co=1").problem(400, "column.unknown")
	h.get(base+".csv?as_of=99").problem(404, "api.no-such-seq")
	h.get("/api/v1/datasets/khong-co/records.csv").problem(404, "dataset.unknown")

	f := openBook(t, h.get(base+".xlsx?eq.loai=phuong&fields=ma_xa,ten_xa,dan_so").want(200))
	cells, err := f.GetRows(f.GetSheetList()[0])
	if err != nil {
		t.Fatal(err)
	}
	if len(cells) < 2 || len(cells) > 86 || cells[1][0] != "11953" || cells[1][1] != "Phường Phố Hiến" {
		t.Errorf("%d rows, %v", len(cells), cells[:2])
	}
	h.get(base+".xlsx?plain=true").problem(400, "column.unknown")
}

func TestTemplate(t *testing.T) {
	h := newHarness(t)
	a := h.get("/api/v1/datasets/hy-xa/template.xlsx").want(200)
	f := openBook(t, a)
	if a.fileName() != "hy-xa-mau.xlsx" {
		t.Errorf("name %s", a.fileName())
	}
	sheet := f.GetSheetList()[0]
	found := false
	for _, name := range f.GetSheetList() {
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if strings.Contains(strings.Join(row, "|"), workbook.TokenHeading) {
				found, sheet = true, name
			}
		}
	}
	if !found {
		t.Errorf("no sheet for data among %v", f.GetSheetList())
	}
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprint(rows); !strings.Contains(text, "Mã xã, phường") {
		t.Errorf("rows %s", text)
	}
	h.get("/api/v1/datasets/khong-co/template.xlsx").problem(404, "dataset.unknown")
}

func TestRecipes(t *testing.T) {
	h := newHarness(t)
	const path = "/api/v1/datasets/hy-xa/recipes/so-y-te"
	put := func(path, body string) *answer {
		t.Helper()
		return h.ask("PUT", path, strings.NewReader(body), "Content-Type: application/json")
	}
	h.get(path).problem(404, "api.no-recipe")
	const said = `{"table":"Trang 2","columns":{"Mã":"ma_xa","Ghi chú":""},"reads":{"dien_tich_km2":{"numbers":"vietnamese"}},"off":["tone"],` +
		`"layout":{"header_from":3,"header_to":4,"last":0,"columns":[{"heading":"Mã","role":"data"},{"heading":"TT","role":"number"}]}}`
	put(path, said).want(200)
	var got map[string]any
	h.get(path).want(200).into(&got)
	if got["table"] != "Trang 2" || got["columns"].(map[string]any)["Mã"] != "ma_xa" {
		t.Errorf("%v", got)
	}
	h.get("/api/v1/datasets/hy-xa/recipes/don-vi-khac").problem(404, "api.no-recipe")
	put("/api/v1/datasets/hy-xa/recipes/-", `{"table":"Dữ liệu"}`).want(200)
	h.get("/api/v1/datasets/hy-xa/recipes/don-vi-khac").want(200).into(&got)
	if got["table"] != "Dữ liệu" {
		t.Errorf("nobody in particular: %v", got)
	}
	put(path, `{}`).problem(400, "api.recipe-empty")
	put(path, `{"bang":"x"}`).problem(422, "api.request")
	put(path, `{"reads":{"a":{"days":"hai"}}}`).problem(422, "api.request")
	put(path, `{"layout":{"header_from":3,"header_to":1,"last":0,"columns":[{"heading":"a","role":"data"}]}}`).problem(400, "layout.bad-heading")
	h.ask("PUT", path, strings.NewReader(said), "Content-Type: application/json", "X-Phohien-Token: ").problem(401, "door.sign-in")
	h.ask("DELETE", path, nil).want(204)
	h.ask("DELETE", "/api/v1/datasets/hy-xa/recipes/-", nil).want(204)
	h.get(path).problem(404, "api.no-recipe")
}

// households is a list as a commune types it: titles, a heading, running
// numbers, a total and signatures.
func households(t *testing.T) []byte {
	rows := [][]any{
		{"ỦY BAN NHÂN DÂN XÃ MẪU"}, {"DANH SÁCH CƠ SỞ Y TẾ NĂM 2026"}, {},
		{"STT", "Mã cơ sở", "Tên cơ sở", "Loại hình", "Số giường"},
	}
	kinds := []string{"Bệnh viện", "Trạm y tế", "Phòng khám"}
	for i := range 40 {
		rows = append(rows, []any{i + 1, "CS" + string(rune('0'+i/10)) + string(rune('0'+i%10)), "Cơ sở số " + string(rune('A'+i%26)), kinds[i%3], 10 + i})
	}
	rows = append(rows, []any{"Tổng cộng", nil, nil, nil, 1180}, []any{}, []any{nil, nil, nil, "NGƯỜI LẬP BIỂU"})
	return book(t, "Cơ sở", rows...)
}

func TestDraft(t *testing.T) {
	h := filled(t)
	var d api.Proposal
	h.ask("POST", "/api/v1/drafts?name=co-so-y-te-2026.xlsx", bytes.NewReader(households(t)), "Content-Type: application/octet-stream").want(200).into(&d)
	con, err := operate.ReadContract(strings.NewReader(d.YAML), nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, d.YAML)
	}
	var names []string
	for _, c := range con.Objects[0].Columns {
		names = append(names, c.Name)
	}
	if got := strings.Join(names, " "); got != "ma_co_so ten_co_so loai_hinh so_giuong" {
		t.Errorf("columns %s", got)
	}
	if len(d.Draft.Samples) != 1 || d.Draft.Objects[0].Rows != 40 || len(d.Notes) != 0 {
		t.Errorf("samples %v, notes %v", d.Draft.Samples, d.Notes)
	}
	if len(d.Problems) != 0 || len(d.Reasons) < 4 || d.Reasons[0].Vi == "" || d.Reasons[0].En == "" || len(d.Lists) != 1 {
		t.Errorf("problems %v, %d reasons, %d lists", d.Problems, len(d.Reasons), len(d.Lists))
	}

	// Several files at once, in a form; a column of commune codes refers to the
	// data set of communes.
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for name, text := range map[string][]byte{
		"truong.csv": []byte("Mã trường;Mã xã;Số lớp\nT1;11953;10\nT2;11953;12\nT3;11980;9\nT4;11983;8\nT5;12007;7\nT6;12019;6\n"),
		"co-so.xlsx": households(t),
	} {
		p, err := w.CreateFormFile("file", name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	d = api.Proposal{}
	h.ask("POST", "/api/v1/drafts", &form, "Content-Type: "+w.FormDataContentType()).want(200).into(&d)
	if len(d.Draft.Samples) != 2 || len(d.Draft.Objects) != 2 {
		t.Errorf("%d samples, %d tables", len(d.Draft.Samples), len(d.Draft.Objects))
	}
	if !strings.Contains(d.YAML, "phohien.unit") {
		t.Errorf("communes are not recognised:\n%s", d.YAML)
	}

	h.ask("POST", "/api/v1/drafts", strings.NewReader("%PDF-1.7\n"), "Content-Type: application/octet-stream").want(400)
	h.ask("POST", "/api/v1/drafts", strings.NewReader(""), "Content-Type: application/octet-stream").want(400)
	h.ask("POST", "/api/v1/drafts", bytes.NewReader(book(t, "Trống")), "Content-Type: application/octet-stream").want(400)
	h.ask("POST", "/api/v1/drafts", bytes.NewReader(households(t)), "X-Phohien-Token: ").problem(401, "door.sign-in")
	secret := book(t, "Trang 1", []any{"MẬT"}, []any{"Mã", "Tên"}, []any{"1", "Một"}, []any{"2", "Hai"})
	h.ask("POST", "/api/v1/drafts", bytes.NewReader(secret), "Content-Type: application/octet-stream").problem(403, "file.secret")
	left, err := os.ReadDir(h.province.Temp)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("samples have left %v", left)
	}
}

// twoSheets is a workbook with a sheet for each table of hai-bang.
func twoSheets(t *testing.T) []byte {
	t.Helper()
	f := excelize.NewFile()
	for name, rows := range map[string][][]any{
		"Trường học": {{"Mã trường", "Tên trường"}, {"T1", "Trường Một"}, {"T2", "Trường Hai"}},
		"Lớp học":    {{"Mã lớp", "Sĩ số"}, {"1A", 30}, {"1B", 31}, {"1C", 32}},
	} {
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			if err := f.SetSheetRow(name, fmt.Sprintf("A%d", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.DeleteSheet("Sheet1"); err != nil {
		t.Fatal(err)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
