package console_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/draft"
	"github.com/phohien/phohien/internal/core/record"
)

// households writes a workbook as a commune would: a title, the heading on the
// fourth row, running numbers, a total and a signature; one row has a broken
// day of birth and one a wrong number.
func households(t testing.TB, rows int) string {
	t.Helper()
	f := excelize.NewFile()
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	set := func(cell string, values ...any) {
		if err := f.SetSheetRow("Sheet1", cell, &values); err != nil {
			t.Fatal(err)
		}
	}
	set("A1", "ỦY BAN NHÂN DÂN XÃ THỬ NGHIỆM")
	set("A2", "DANH SÁCH HỘ NGHÈO, HỘ CẬN NGHÈO NĂM 2026")
	set("A4", "STT", "Mã hộ", "Họ và tên chủ hộ", "Ngày sinh", "Loại hộ", "Số nhân khẩu", "Thu nhập bình quân (đồng)")
	for i := range rows {
		day := fmt.Sprintf("%02d/%02d/19%02d", i%28+1, i%12+1, 50+i%40)
		if i == 7 {
			day = "31/02/1970"
		}
		people := any(i%5 + 1)
		if i == 11 {
			people = "ba"
		}
		set("A"+strconv.Itoa(5+i), i+1, fmt.Sprintf("HN%04d", i+1), "Người Thử Nghiệm "+string(rune('A'+i%26)), day,
			[]string{"Nghèo", "Cận nghèo"}[i%2], people, fmt.Sprintf("%d.%03d.000,5", 1+i%3, 100+i))
	}
	end := 5 + rows
	set("B"+strconv.Itoa(end), "Tổng cộng", "", "", "", 3*rows)
	set("F"+strconv.Itoa(end+2), "NGƯỜI LẬP BIỂU")
	name := filepath.Join(t.TempDir(), "Danh sách hộ nghèo 2026.xlsx")
	if err := f.SaveAs(name); err != nil {
		t.Fatal(err)
	}
	return name
}

// keep writes a file of these bytes.
func keep(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// post sends a form as a browser that is signed in.
func post(t testing.TB, p *apitest.Province, address, contentType string, body io.Reader) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, address, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	r.AddCookie(p.Guard.Session(httptest.NewRequest("GET", "/", nil)))
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

func begin(t testing.TB, p *apitest.Province, base string, files ...string) (*http.Response, string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	if err := form.WriteField("token", apitest.Form); err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		w, err := form.CreateFormFile("file", filepath.Base(name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return post(t, p, base+"/datasets/new", form.FormDataContentType(), &b)
}

// left counts the files that are kept of samples.
func left(t testing.TB, p *apitest.Province) (n int) {
	t.Helper()
	err := filepath.WalkDir(p.Samples, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestWizard makes a data set of a workbook in the browser, on a phone and at a
// desk, sends the sample, and undoes what was made.
func TestWizard(t *testing.T) {
	for name, width := range map[string]int64{"desk": 1366, "phone": 390} {
		t.Run(name, func(t *testing.T) { wizardWalk(t, name, width) })
	}
}

func wizardWalk(t *testing.T, name string, width int64) {
	p, server := opened(t)
	b := openBrowser(t, server.URL)
	b.Look(width, 844, "light")
	b.signIn()
	began := time.Now()
	b.Open("/datasets/new")
	b.Shot("wizard-start-" + name)
	b.Axe("the start of the wizard")
	b.Do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{households(t, 40)}))
	b.Click("form[data-samples] button[type=submit]")
	b.Until(`location.pathname.startsWith("/drafts/") && document.readyState === "complete"`)
	b.Fits(name)
	b.Shot("wizard-draft-" + name)
	b.Axe("a draft")
	if text := eval[string](b, `document.querySelector(".draft-columns").innerText`); !strings.Contains(text, "Dữ liệu cá nhân cơ bản") {
		t.Errorf("personal columns bear no mark:\n%s", text)
	}
	rows := eval[int](b, `document.querySelectorAll(".judged tbody tr").length`)
	bad := eval[string](b, `[...document.querySelectorAll(".judged tr.row-bad")].map((r) => r.innerText).join("\n")`)
	if rows != 20 || !strings.Contains(bad, "31/02/1970") || !strings.Contains(bad, "\tba") && !strings.Contains(bad, "“ba”") {
		t.Errorf("%d rows are shown; not passing:\n%s", rows, bad)
	}

	// A change, undone, and one that stays.
	b.set("#title", "Hộ nghèo toàn xã")
	b.Click(".wizard-bar button[value=save]")
	b.Until(`document.querySelector("h1").innerText === "Hộ nghèo toàn xã" && document.querySelector("button[value=back]") !== null`)
	b.Click("button[value=back]")
	b.Until(`document.querySelector("h1").innerText !== "Hộ nghèo toàn xã" && document.readyState === "complete"`)
	b.set("#id", "Sai Mã")
	b.Click(".wizard-bar button[value=create]")
	b.Until(`location.hash === "#problems" && document.querySelectorAll("#problems li").length === 1`)
	b.Shot("wizard-problem-" + name)
	b.set("#id", "ho-ngheo-"+name)
	b.Click(".wizard-bar button[value=create]")
	b.Until(`document.querySelector("button[value=send]") !== null`)
	took := time.Since(began)
	b.Shot("wizard-created-" + name)
	b.Axe("a data set that was made")
	t.Logf("from the file to the data set in %s", took.Round(time.Millisecond))

	// The page of the set: its files, and the undoing.
	b.Open("/datasets/ho-ngheo-" + name)
	b.Shot("wizard-set-" + name)
	b.Axe("a data set that was made from samples")
	b.Fits(name)
	b.Click(".undo-made summary")
	b.Click(".undo-made button")
	b.Until(`location.pathname.startsWith("/drafts/") && document.querySelector("button[value=create]") !== null`)
	if con, err := p.Contracts.Current(context.Background(), "ho-ngheo-"+name); err != nil || !con.Retired {
		t.Errorf("undone, and in force: %v", err)
	}
	b.Click(".wizard-bar button[value=create]")
	b.Until(`document.querySelector("button[value=send]") !== null`)

	// The sample as data.
	b.Click("button[value=send]")
	b.Until(`location.pathname.startsWith("/batches/")`)
	id := strings.TrimPrefix(eval[string](b, `location.pathname`), "/batches/")
	st := p.Wait(t, id)
	if st.State != corridor.Held || st.Report == nil || st.Report.Read != 40 || st.Report.Quarantined != 2 {
		t.Errorf("the sample as data: %s %+v, fault %+v", st.State, st.Report, st.Fault)
	}
	if n := left(t, p); n != 0 {
		t.Errorf("%d files of the samples are left", n)
	}
	b.Settle()
}

// TestWizardTwoSheets: each sheet with a table becomes a table.
func TestWizardTwoSheets(t *testing.T) {
	p, server := opened(t)
	f := excelize.NewFile()
	if _, err := f.NewSheet("Cán bộ"); err != nil {
		t.Fatal(err)
	}
	if err := f.SetSheetName("Sheet1", "Đơn vị"); err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		unit, person := []any{fmt.Sprintf("DV%02d", i), fmt.Sprintf("Đơn vị số %d", i), i * 3}, []any{fmt.Sprintf("CB%02d", i), fmt.Sprintf("Người %d", i), "DV01"}
		if i == 0 {
			unit, person = []any{"Mã đơn vị", "Tên đơn vị", "Biên chế"}, []any{"Mã cán bộ", "Họ và tên", "Mã đơn vị"}
		}
		if err := errors.Join(f.SetSheetRow("Đơn vị", "A"+strconv.Itoa(i+1), &unit), f.SetSheetRow("Cán bộ", "A"+strconv.Itoa(i+1), &person)); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(t.TempDir(), "to-chuc.xlsx")
	if err := errors.Join(f.SaveAs(name), f.Close()); err != nil {
		t.Fatal(err)
	}
	resp, body := begin(t, p, server.URL, name)
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s\n%s", resp.Status, body)
	}
	_, page := get(t, server.URL+resp.Header.Get("Location"), p.Guard.Session(httptest.NewRequest("GET", "/", nil)))
	for _, want := range []string{`name="o0.title" value="Đơn vị"`, `name="o1.title" value="Cán bộ"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	version := regexp.MustCompile(`name="version" value="([^"]+)"`).FindStringSubmatch(page)[1]
	form := url.Values{"token": {apitest.Form}, "version": {version}, "do": {"create"}, "id": {"to-chuc"}}
	resp, body = post(t, p, server.URL+resp.Header.Get("Location"), "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s\n%s", resp.Status, body)
	}
	con, err := p.Contracts.Current(context.Background(), "to-chuc")
	if err != nil || len(con.Objects) != 2 {
		t.Fatalf("%+v, %v", con, err)
	}
	to := server.URL + "/drafts/" + draftMade(t, p, "to-chuc")
	resp, body = post(t, p, to, "application/x-www-form-urlencoded", strings.NewReader(url.Values{"token": {apitest.Form}, "do": {"send"}}.Encode()))
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/batches" {
		t.Fatalf("%s\n%s", resp.Status, body)
	}
	list, _, err := p.Corridor.Batches(context.Background(), "", "", 5)
	if err != nil {
		t.Fatal(err)
	}
	sent := map[string]int64{}
	for _, b := range list {
		if st := p.Wait(t, b.ID); st.Report != nil {
			sent[st.Dataset] = st.Report.Read
		}
	}
	if len(sent) != 2 || sent[con.Objects[0].Dataset] != 11 || sent[con.Objects[1].Dataset] != 11 {
		t.Errorf("the sheets as data: %v", sent)
	}
}

func draftMade(t testing.TB, p *apitest.Province, dataset string) string {
	t.Helper()
	w, err := p.Drafts.Store.Made(context.Background(), dataset)
	if err != nil || w == nil {
		t.Fatalf("%s was made of %+v, %v", dataset, w, err)
	}
	return w.ID
}

// TestWizardVietnamese finds no English word in our own text.
func TestWizardVietnamese(t *testing.T) {
	p, server := opened(t)
	resp, _ := begin(t, p, server.URL, keep(t, "phieu.csv", "Mã,Tên,Mức\nA1,Một,1\nA2,Hai,0\nA3,Ba,1\n"))
	tags := regexp.MustCompile(`(?s)<(script|style)\b.*?</(script|style)>|<code.*?</code>|<a href="[^"]*" lang="en".*?</a>|<[^>]*>`)
	english := regexp.MustCompile(`(?i)\b(the|of|and|batch|upload|dataset|record|undo|file|error|not|is|with|must|draft|sample|column|type|key|list|none|null|true|false|update|name|row|save)\b`)
	for _, path := range []string{"/datasets/new", resp.Header.Get("Location"), "/drafts/khong-co"} {
		_, body := get(t, server.URL+path, p.Guard.Session(httptest.NewRequest("GET", "/", nil)))
		if found := english.FindAllString(tags.ReplaceAllString(body, " "), -1); found != nil {
			t.Errorf("%s: %q", path, found)
		}
	}
}

// TestWizardRefuses: what is no sample is answered, and nothing of it is kept.
func TestWizardRefuses(t *testing.T) {
	p, server := opened(t)
	for name, file := range map[string]string{
		"a mark of secrecy": keep(t, "a.csv", "Mã,Tên,Độ mật\n1,Một,Tối mật\n2,Hai,\n"),
		"an empty file":     keep(t, "b.csv", ""),
		"a picture":         keep(t, "c.xlsx", "\x89PNG\r\n\x1a\n0000000000000000000000"),
		"no table":          keep(t, "d.txt", "chỉ một dòng\n"),
	} {
		resp, body := begin(t, p, server.URL, file)
		if resp.StatusCode < 400 || resp.StatusCode >= 500 || !strings.Contains(body, "page-error") {
			t.Errorf("%s: %s", name, resp.Status)
		}
	}
	if resp, _ := begin(t, p, server.URL); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("no file: %s", resp.Status)
	}
	if n := left(t, p); n != 0 {
		t.Errorf("%d files are left of what was refused", n)
	}
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	if err := errors.Join(form.WriteField("token", "sai"), form.Close()); err != nil {
		t.Fatal(err)
	}
	if resp, _ := post(t, p, server.URL+"/datasets/new", form.FormDataContentType(), &b); resp.StatusCode != http.StatusForbidden {
		t.Errorf("a wrong token: %s", resp.Status)
	}
	resp, _ := begin(t, p, server.URL, keep(t, "e.csv", "Mã,Tên\nA1,Một\nA2,Hai\nA3,Ba\n"))
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatal(resp.Status)
	}
	// Rows of samples are for those who have shown the token.
	for _, path := range []string{resp.Header.Get("Location"), resp.Header.Get("Location") + "/contract.yaml"} {
		if resp, _ := get(t, server.URL+path, stranger); resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s for anybody: %s", path, resp.Status)
		}
	}
}

// TestWizardForm: what a form says is what the draft becomes.
func TestWizardForm(t *testing.T) {
	p, server := opened(t)
	var text strings.Builder
	text.WriteString("Mã phiếu,Người nộp,Ngày nộp,Loại,Số tiền,Mức\n")
	for i := range 30 { // a level of 0 or 1 may be a number, or yes and no
		fmt.Fprintf(&text, "PH%03d,Người %d,%02d/%02d/2026,%s,%d000,%d\n", i, i, i%28+1, i%12+1, []string{"A", "B", "C"}[i%3], i+1, i%2)
	}
	resp, body := begin(t, p, server.URL, keep(t, "phieu-thu.csv", text.String()))
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s\n%s", resp.Status, body)
	}
	to := server.URL + resp.Header.Get("Location")
	id := strings.TrimPrefix(resp.Header.Get("Location"), "/drafts/")
	store := p.Drafts.Store
	w, err := store.Get(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	question, other := -1, -1
	for i, q := range w.Draft.Doubts {
		for n, o := range q.Options {
			if q.Column == "muc" && n != q.Chosen && o.Edit.Type == contract.Boolean {
				question, other = i, n
			}
		}
	}
	if question < 0 {
		t.Fatalf("nothing is asked about 0 and 1: %+v", w.Draft.Doubts)
	}
	form := url.Values{
		"token": {apitest.Form}, "version": {w.Version}, "do": {"save"},
		"title": {"  Phiếu   thu "}, "id": {"phieu-thu"}, "o0.title": {"Phiếu thu"}, "o0.c0.key": {"on"},
		"q" + strconv.Itoa(question): {strconv.Itoa(other)},
	}
	o := &w.Draft.Objects[0]
	for j, c := range o.Columns {
		at := fmt.Sprintf("o0.c%d.", j)
		form.Set(at+"title", c.Title)
		form.Set(at+"name", c.Name)
		form.Set(at+"sort", c.Sort())
		form.Set(at+"class", string(c.Personal.Class))
		form.Set(at+"list", c.CodeList)
		form.Set(at+"in", "on")
	}
	form.Set("o0.c0.name", "ma_so")
	form.Set("o0.c1.class", "sensitive")
	form.Set("o0.c1.aliases", "Họ tên;  Người   nộp tiền ;;")
	form.Set("o0.c3.list", "")
	form.Set("o0.c3.required", "on")
	form.Del("o0.c4.in")
	if resp, body = post(t, p, to, "application/x-www-form-urlencoded", strings.NewReader(form.Encode())); resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s\n%s", resp.Status, body)
	}
	if w, err = store.Get(context.Background(), id); err != nil {
		t.Fatal(err)
	}
	d := w.Draft
	c := d.Objects[0].Columns
	if d.Title != "Phiếu thu" || d.ID != "phieu-thu" || len(d.Objects[0].Key) != 1 || d.Objects[0].Key[0] != "ma_so" {
		t.Errorf("draft %q %q, key %v", d.Title, d.ID, d.Objects[0].Key)
	}
	if c[1].Personal.Class != draft.Sensitive || strings.Join(c[1].Aliases, "|") != "Họ tên|Người nộp tiền" {
		t.Errorf("column %+v", c[1])
	}
	if c[5].Type != contract.Boolean || c[3].CodeList != "" || !c[3].Required || !c[4].LeftOut {
		t.Errorf("columns %+v", c[2:])
	}
	_, page := get(t, to, p.Guard.Session(httptest.NewRequest("GET", "/", nil)))
	if !strings.Contains(page, "Dữ liệu cá nhân nhạy cảm") || strings.Count(page, "row-bad") != 0 {
		t.Error("the page does not show what was said")
	}
	resp, _ = post(t, p, to, "application/x-www-form-urlencoded", strings.NewReader(url.Values{"token": {apitest.Form}, "version": {w.Version}, "do": {"discard"}}.Encode()))
	if resp.StatusCode != http.StatusSeeOther || left(t, p) != 0 {
		t.Errorf("discarded: %s, %d files", resp.Status, left(t, p))
	}
}

// TestWizardTaken: an id that is in use is not taken over.
func TestWizardTaken(t *testing.T) {
	p, server := opened(t)
	resp, _ := begin(t, p, server.URL, keep(t, "hy-xa.csv", "Mã,Tên\nA1,Một\nA2,Hai\nA3,Ba\n"))
	to := server.URL + resp.Header.Get("Location")
	_, page := get(t, to, p.Guard.Session(httptest.NewRequest("GET", "/", nil)))
	version := regexp.MustCompile(`name="version" value="([^"]+)"`).FindStringSubmatch(page)[1]
	before, err := p.Contracts.Current(context.Background(), "hy-xa")
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"token": {apitest.Form}, "version": {version}, "do": {"create"}, "id": {"hy-xa"}}
	resp, _ = post(t, p, to, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	if resp.StatusCode != http.StatusConflict {
		t.Errorf("taking over: %s", resp.Status)
	}
	if after, err := p.Contracts.Current(context.Background(), "hy-xa"); err != nil || after.Digest != before.Digest {
		t.Errorf("the contract that was there: %v, %v", after, err)
	}
	// Somebody else's edit is not undone by an older page.
	resp, _ = post(t, p, to, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	if resp.StatusCode != http.StatusConflict {
		t.Errorf("an older page: %s", resp.Status)
	}
}

// TestDownloads follows the addresses of a set's files.
func TestDownloads(t *testing.T) {
	p, server := opened(t, files...)
	fetch := func(path string) (*http.Response, []byte) {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(p.Guard.Session(r))
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err = errors.Join(err, resp.Body.Close()); err != nil {
			t.Fatal(err)
		}
		return resp, body
	}
	_, obj, err := p.Contracts.Object(context.Background(), "hy-xa")
	if err != nil {
		t.Fatal(err)
	}
	all, err := p.Truth.List(context.Background(), obj, "", 1000, record.Latest)
	if err != nil {
		t.Fatal(err)
	}
	wards := 0
	for _, r := range all {
		if r.Values["loai"] == "phuong" {
			wards++
		}
	}
	resp, body := fetch("/datasets/hy-xa/export.csv")
	if n := bytes.Count(body, []byte("\n")); resp.StatusCode != 200 || n != len(all)+1 {
		t.Errorf("CSV: %s, %d lines of %d", resp.Status, n, len(all)+1)
	}
	if _, body = fetch("/datasets/hy-xa/export.csv?loai=phuong"); bytes.Count(body, []byte("\n")) != wards+1 || wards == 0 {
		t.Errorf("CSV of %d wards has %d lines", wards, bytes.Count(body, []byte("\n")))
	}
	for _, path := range []string{"/datasets/hy-xa/export.xlsx?loai=phuong", "/datasets/hy-xa/template.xlsx"} {
		_, body := fetch(path)
		f, err := excelize.OpenReader(bytes.NewReader(body))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	if resp, _ := fetch("/datasets/hy-xa/export.csv?khong_co=1"); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a field that is not there: %s", resp.Status)
	}
	if resp, _ := fetch("/datasets/khong-co/export.csv"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a set that is not there: %s", resp.Status)
	}
}

// set types a value into a field.
func (b *browser) set(field, value string) {
	b.T.Helper()
	b.Do(chromedp.SetValue(chromedp.CSS(field), value))
}
