package explore_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/channels/guard"
)

// edit sends the form of the page, with a file where one is given.
func edit(t *testing.T, server *httptest.Server, fields map[string]string, file string) (status int, to, text string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if file != "" {
		f, err := w.CreateFormFile("file", "dac-ta.yaml")
		if err == nil {
			_, err = io.WriteString(f, file)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, server.URL+"/datasets/hy-xa/contract/edit", &b)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Origin", server.URL)
	r.AddCookie((&guard.Guard{Token: apitest.Token}).Session(r))
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Location"), string(body)
}

// hidden is a hidden field of the form.
func hidden(t *testing.T, text, name string) string {
	t.Helper()
	_, after, there := strings.Cut(text, `name="`+name+`" value="`)
	if !there {
		t.Fatalf("the page has no field %s", name)
	}
	value, _, _ := strings.Cut(after, `"`)
	return value
}

func TestContractEdit(t *testing.T) {
	p, server := contractPages(t)
	has := func(text string, all ...string) {
		t.Helper()
		for _, want := range all {
			if !strings.Contains(text, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
	}
	status, text := page(t, server, "/datasets/hy-xa/contract/edit", true)
	has(text, "Thay đặc tả", "Văn bản đặc tả", "ghi_chu_true", `enctype="multipart/form-data"`)
	if status != http.StatusOK || strings.Contains(text, `id="findings"`) {
		t.Fatalf("%d, or something is said of what nobody has checked", status)
	}
	_, text2 := page(t, server, "/datasets/hy-xa/contract", true)
	has(text2, "/datasets/hy-xa/contract/edit", "Dùng lại bản này", "/contract/edit?version=")
	token, match := hidden(t, text, "token"), hidden(t, text, "match")
	con, err := p.Contracts.Current(t.Context(), "hy-xa")
	if err != nil {
		t.Fatal(err)
	}
	if match != con.Digest {
		t.Errorf("the form is for %s, in force is %s", match, con.Digest)
	}
	document, err := p.Contracts.Document(t.Context(), con.ID, con.Digest)
	if err != nil {
		t.Fatal(err)
	}
	now := string(document)
	form := func(text string, more ...string) map[string]string {
		f := map[string]string{"token": token, "match": match, "do": "check", "text": strings.ReplaceAll(text, "\n", "\r\n")}
		for i := 0; i < len(more); i += 2 {
			f[more[i]] = more[i+1]
		}
		return f
	}
	digest := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}

	_, _, text = edit(t, server, form(now), "")
	has(text, "giống hệt phiên bản đang áp dụng")
	_, _, text = edit(t, server, form(strings.Replace(now, "logicalType: string", "logicalType: chuỗi", 1)), "")
	has(text, "Lỗi", "Dòng ", "chưa có gì thay đổi"[1:], "logicalType: chuỗi")
	_, _, text = edit(t, server, form(strings.Replace(now, "id: hy-xa\n", "id: hy-xa-khac\n", 1)), "")
	has(text, "khác bộ dữ liệu đang mở")
	_, _, text = edit(t, server, form("a: [b"), "")
	has(text, "Lỗi", "a: [b")

	next := strings.Replace(now, "version: 1.91.0", "version: 1.92.0", 1)
	next = strings.Replace(next, "name: Xã, phường tỉnh Hưng Yên", "name: Xã, phường của tỉnh Hưng Yên", 1)
	_, _, text = edit(t, server, form("bỏ qua"), next) // by file
	has(text, "Tương thích", "Đổi tên", "bản ghi đang có", "Lý do thay đổi", "xã, phường"[1:], `name="do" value="save"`)
	if got := hidden(t, text, "checked"); got != digest(next) {
		t.Errorf("checked is %s, not %s", got, digest(next))
	}
	save := []string{"do", "save", "checked", digest(next), "reason", "Theo Công văn số 12"}
	for name, c := range map[string]struct {
		fields map[string]string
		status int
		want   string
	}{
		"without a reason": {form(next, append(save, "reason", " ")...), http.StatusBadRequest, "Chưa ghi lý do"},
		"not as checked":   {form(next+"# thêm\n", save...), http.StatusOK, "đã đổi sau lần kiểm tra"},
		"without a token":  {form(next, append(save, "token", "khac")...), http.StatusForbidden, ""},
		"of another":       {form(next, append(save, "match", digest("khác"))...), http.StatusConflict, "được người khác thay"},
	} {
		status, to, text := edit(t, server, c.fields, "")
		if status != c.status || to != "" || !strings.Contains(text, c.want) {
			t.Errorf("%s: %d %q, want %d with %q", name, status, to, c.status, c.want)
		}
	}
	if con, err := p.Contracts.Current(t.Context(), "hy-xa"); err != nil || con.Digest != match {
		t.Fatalf("it was changed: %v", err)
	}
	status, to, text := edit(t, server, form(next, save...), "")
	if status != http.StatusSeeOther || !strings.HasPrefix(to, "/datasets/hy-xa/contract?done=changed") {
		t.Fatalf("%d %q\n%.2000s", status, to, text)
	}
	_, text = page(t, server, "/datasets/hy-xa/contract?done=changed", true)
	has(text, "Đã áp dụng đặc tả mới", "Theo Công văn số 12", "1.92.0", "Xã, phường của tỉnh")
	if con, err := p.Contracts.Current(t.Context(), "hy-xa"); err != nil || con.Digest != digest(next) {
		t.Fatalf("in force is another text: %v", err)
	}

	// Going back is a change like any other: with the same diff first, and consent.
	_, text = page(t, server, "/datasets/hy-xa/contract/edit?version=1.90.0", true)
	has(text, "Sẽ thay đổi gì", "không tương thích", "Dùng lại phiên bản 1.90.0", `name="consent"`)
	back := map[string]string{"token": token, "match": hidden(t, text, "match"), "checked": hidden(t, text, "checked"), "do": "save", "reason": "Quay lại", "text": textOf(t, text)}
	if status, to, text = edit(t, server, back, ""); status != http.StatusConflict || !strings.Contains(text, "đồng ý trước khi áp dụng") {
		t.Errorf("without consent: %d %q", status, to)
	}
	back["consent"] = "yes"
	if status, _, text = edit(t, server, back, ""); status != http.StatusSeeOther {
		t.Errorf("going back: %d\n%.1500s", status, text)
	}
	list, err := p.Contracts.Versions(t.Context(), "hy-xa")
	if err != nil || list[0].Version != "1.90.0" || list[0].State != "current" || list[0].Note != "Quay lại" {
		t.Errorf("%+v %v", list, err)
	}
	if status, _ := page(t, server, "/datasets/hy-xa/contract/edit?version=9.9.9", true); status != http.StatusNotFound {
		t.Errorf("a version that is not there: %d", status)
	}
	if status, _ := page(t, server, "/datasets/hy-xa/contract/edit", false); status != http.StatusUnauthorized {
		t.Errorf("a stranger: %d", status)
	}
}

// textOf is what stands in the field of a page, as a browser reads it.
func textOf(t *testing.T, text string) string {
	t.Helper()
	_, after, _ := strings.Cut(text, `id="edit-text"`)
	_, after, _ = strings.Cut(after, ">\n")
	inside, _, there := strings.Cut(after, "</textarea>")
	if !there {
		t.Fatal("the page has no text")
	}
	return plainText(inside)
}

func TestContractEdit_browser(t *testing.T) {
	_, server := contractPages(t)
	b := browsertest.New(t, server.URL)
	b.Open("/?token=" + apitest.Token)
	for _, look := range browsertest.Looks() {
		b.See(look)
		for page, path := range map[string]string{"page": "/contract?x", "edit": "/contract/edit?x", "back": "/contract/edit?version=1.90.0"} {
			b.Open("/datasets/hy-xa" + path + "&lang=" + url.QueryEscape(look.Lang))
			b.Judge("contract-" + page + "-" + look.Name)
		}
	}
	// By hand, as officials do it: mend, check, look, reason, put in force.
	b.Look(1366, 900, "light")
	b.Open("/datasets/hy-xa/contract/edit?lang=vi")
	b.Until(`(field => { field.value = field.value.replace("version: 1.91.0", "version: 1.93.0"); return true })(document.querySelector("#edit-text"))`)
	b.Click(`button[value=check]`)
	b.Until(`document.querySelector("#diff") !== null`)
	b.Until(`(document.querySelector("#edit-reason").value = "Thử") !== ""`)
	b.Click(`button[value=save]`)
	b.Until(`location.search.includes("done=changed") && document.querySelector("#versions").textContent.includes("1.93.0")`)
}
