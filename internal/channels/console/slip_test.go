package console_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
)

// surveys is a set that the communes of Hưng Yên send month by month.
const surveys = `apiVersion: v3.1.0
kind: DataContract
id: khao-sat-xa
name: Khảo sát kỹ năng số theo xã
version: 1.0.0
status: active
schema:
- name: phieu
  businessName: Phiếu khảo sát
  customProperties:
  - {property: phohien.sender, value: ma_xa}
  - {property: phohien.period, value: ky}
  properties:
  - {name: ma, logicalType: string, primaryKey: true, businessName: Mã phiếu, logicalTypeOptions: {pattern: '^P\d{4}$'}, examples: [P0001]}
  - {name: ma_xa, logicalType: string, required: true, businessName: 'Mã xã, phường', customProperties: [{property: phohien.unit, value: commune}, {property: phohien.reference, value: {dataset: hy-xa, column: ma_xa}}]}
  - {name: ky, logicalType: date, required: true, businessName: Kỳ khảo sát, customProperties: [{property: phohien.precision, value: month}]}
  - {name: dinh_danh, logicalType: string, businessName: Số định danh cá nhân, logicalTypeOptions: {pattern: '^\d{12}$'}, examples: ['033090000123']}
  - {name: so_nguoi, logicalType: integer, required: true, businessName: Số người trong hộ, logicalTypeOptions: {minimum: 1, maximum: 30}}
  - {name: ngay, logicalType: date, required: true, businessName: Ngày khảo sát}
`

// surveyed is a province with the packs and sendings of the survey.
func surveyed(t testing.TB) (*apitest.Province, *httptest.Server) {
	t.Helper()
	p, server := opened(t, files...)
	p.Put(t, surveys)
	return p, server
}

// send sends text as a file and waits for its end.
func send(t testing.TB, p *apitest.Province, dataset, name string, body []byte) corridor.Report {
	t.Helper()
	r, err := p.Corridor.Send(context.Background(), actor.Actor{Kind: "person", ID: "thu", Name: "Cán bộ đầu mối dữ liệu"},
		corridor.Request{Dataset: dataset, Name: name, Body: bytes.NewReader(body), Confirm: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const surveyHead = "ma,ma_xa,ky,dinh_danh,so_nguoi,ngay\n"

// months are sendings of many communes over some months.
func months(t testing.TB, p *apitest.Province) {
	t.Helper()
	units := []string{"11953", "11977", "11980", "11983", "11992", "11995", "12004"}
	var b strings.Builder
	b.WriteString(surveyHead)
	n := 0
	for m := 6; m <= 11; m++ {
		for i, u := range units {
			if (m+i)%5 == 0 {
				continue
			}
			for range 4 {
				n++
				fmt.Fprintf(&b, "P%04d,%s,2026-%02d,0330900%05d,%d,%02d/%02d/2026\n", n, u, m, n, 1+n%(28+i), 1+n%28, m)
			}
		}
	}
	b.WriteString("P9001,11980,2026-11,033090000001,45,01/11/2026\nP9002,12007,2026-11,033090000001,0,01/11/2026\n")
	send(t, p, "khao-sat-xa", "thang-11.csv", []byte(b.String()))
}

// bad is a sending with faults of every kind that a card shows.
const bad = surveyHead +
	"P0001,11953,2026-10,033090000123,4,01/10/2026\n" +
	"P0002,11953,2026-10,33090000124,3,02/10/2026\n" +
	"X3,11977,2026-10,033090000125,4,03/10/2026\n" +
	"P0004,11977,2026-10,,45,31/02/2026\n" +
	"P0005,99999,2026-10,033090000126,,05-10-2026\n"

func TestSlip(t *testing.T) {
	p, server := surveyed(t)
	batch := send(t, p, "khao-sat-xa", "loi.csv", []byte(bad)).Batch
	for path, name := range map[string]string{
		"/batches/" + batch + "/slip.xlsx":  "Phieu-bo-sung-khao-sat-xa-" + batch[len(batch)-8:] + ".xlsx",
		"/datasets/khao-sat-xa/slip.xlsx":   "Phieu-bo-sung-khao-sat-xa-",
		"/datasets/vn-tinh/slip.xlsx":       "",
		"/batches/khong-co/slip.xlsx":       "",
		"/batches/" + batch + "x/slip.xlsx": "",
	} {
		resp, body := get(t, server.URL+path)
		if name == "" {
			if resp.StatusCode != 404 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
				t.Errorf("%s: %s, %s", path, resp.Status, resp.Header.Get("Content-Type"))
			}
			continue
		}
		if got := resp.Header.Get("Content-Disposition"); resp.StatusCode != 200 || !strings.Contains(got, name) {
			t.Errorf("%s: %s, %q", path, resp.Status, got)
		}
		f, err := excelize.OpenReader(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := f.GetRows("Cần sửa")
		if err != nil {
			t.Fatal(err)
		}
		if last := rows[len(rows)-1]; !strings.HasPrefix(last[len(last)-1], "PH1-") {
			t.Errorf("%s: no token in %q", path, last)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestReceipt(t *testing.T) {
	p, server := surveyed(t)
	batch := send(t, p, "khao-sat-xa", "loi.csv", []byte(bad)).Batch
	resp, body := get(t, server.URL+"/batches/"+batch+"/receipt")
	if resp.StatusCode != 200 {
		t.Fatal(resp.Status)
	}
	for _, want := range []string{"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", batch, "loi.csv", server.URL + "/batches/" + batch, "/GTN", " byte)"} {
		if !strings.Contains(body, want) {
			t.Errorf("the receipt lacks %q", want)
		}
	}
	if resp, _ := get(t, server.URL+"/batches/khong-co/receipt"); resp.StatusCode != 404 {
		t.Errorf("a batch that is not there: %s", resp.Status)
	}
	undo, err := p.Corridor.Undo(context.Background(), actor.System, batch)
	if err != nil {
		t.Fatal(err)
	}
	p.Wait(t, undo.ID)
	if resp, _ := get(t, server.URL+"/batches/"+undo.ID+"/receipt"); resp.StatusCode != 404 {
		t.Errorf("an undo has a receipt: %s", resp.Status)
	}
}

func TestTurnoutPage(t *testing.T) {
	p, server := surveyed(t)
	if resp, _ := get(t, server.URL+"/datasets/hy-xa/senders"); resp.StatusCode != 404 {
		t.Errorf("a set without senders: %s", resp.Status)
	}
	if _, body := get(t, server.URL+"/datasets/khao-sat-xa/senders"); !strings.Contains(body, "Chưa có đơn vị nào gửi") {
		t.Error("an empty set is not said to be empty")
	}
	months(t, p)
	_, body := get(t, server.URL+"/datasets/khao-sat-xa/senders")
	for _, want := range []string{"Phường Phố Hiến", "Chưa gửi", "6/86", "80 đơn vị", "Đã gửi", "% không lỗi", "Đã gửi, chưa đạt"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	_, body = get(t, server.URL+"/datasets/khao-sat-xa/senders?period=2026-08")
	if !strings.Contains(body, "chưa gửi, kỳ 08/2026") {
		t.Error("another period cannot be chosen")
	}
}

// TestSlipPages looks at the pages on a desk and on a phone.
func TestSlipPages(t *testing.T) {
	p, server := surveyed(t)
	months(t, p)
	batch := send(t, p, "khao-sat-xa", "loi.csv", []byte(bad)).Batch
	b := openBrowser(t, server.URL)
	b.signIn()
	for _, look := range browsertest.Looks() {
		b.See(look)
		for _, page := range []struct{ name, path string }{
			{"slip-batch", "/batches/" + batch + "?"},
			{"slip-lines", "/datasets/khao-sat-xa/quarantine?batch=" + batch + "&"},
			{"slip-cards", "/datasets/khao-sat-xa/quarantine?view=cards&"},
			{"slip-receipt", "/batches/" + batch + "/receipt?"},
			{"slip-senders", "/datasets/khao-sat-xa/senders?"},
		} {
			b.Open(page.path + "lang=" + look.Lang)
			name := page.name + "-" + look.Name
			b.Judge(name)
			if page.name == "slip-lines" {
				cards := eval[bool](b, `document.querySelector(".line-cards").checkVisibility()`)
				table := eval[bool](b, `document.querySelector("table.lines").checkVisibility()`)
				if cards != look.Phone() || table == look.Phone() {
					t.Errorf("%s: cards %v, table %v", name, cards, table)
				}
			}
		}
	}
}

// TestSlipPrint looks at the receipt as it is printed, and copies the list of who
// has not sent.
func TestSlipPrint(t *testing.T) {
	p, server := surveyed(t)
	months(t, p)
	batch := send(t, p, "khao-sat-xa", "loi.csv", []byte(bad)).Batch
	b := openBrowser(t, server.URL)
	b.signIn()
	b.Look(794, 1123, "light")
	b.Open("/batches/" + batch + "/receipt")
	if _, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	for selector, want := range map[string]bool{".masthead": false, ".paper-tools": false, ".page-footer": false, ".paper .qr": true, ".paper-signs": true} {
		if got := eval[bool](b, `document.querySelector("`+selector+`").checkVisibility()`); got != want {
			t.Errorf("%s is printed: %v", selector, got)
		}
	}
	b.Shot("slip-receipt-print")
	pdf, err := chromedp.Call(b.Ctx, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true)})
	if err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("PHOHIEN_SHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "slip-receipt.pdf"), pdf.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if pages := bytes.Count(pdf.Data, []byte("/Type /Page\n")); pages != 1 {
		t.Errorf("the receipt takes %d pages", pages)
	}
	b.Look(390, 900, "light")
	b.Open("/datasets/khao-sat-xa/senders")
	b.Click("[data-copy]")
	b.Until(`document.querySelector("[data-copy]").textContent === "Đã sao chép" || getSelection().toString().includes("Xã")`)
	b.Settle()
}
