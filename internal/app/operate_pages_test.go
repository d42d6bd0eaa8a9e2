package app

import (
	"archive/zip"
	"bytes"
	"fmt"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/audit"
)

// A clicker goes through pages as a browser without scripts does.
type clicker struct {
	t    *testing.T
	c    *http.Client
	base string
}

func newClicker(t *testing.T, a *App, base string) *clicker {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	k := &clicker{t, &http.Client{Jar: jar}, base}
	k.get("/?token="+a.Token(), 200)
	return k
}

// answer reads a page as the words on it, with its address.
func (k *clicker) answer(resp *http.Response, err error, want int) (where, page string) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		k.t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		k.t.Fatal(err)
	}
	where = resp.Request.URL.RequestURI()
	if resp.StatusCode != want {
		k.t.Fatalf("%s: %d, want %d: %s", where, resp.StatusCode, want, said(string(body)))
	}
	return where, string(body)
}

func (k *clicker) get(path string, want int) (where, page string) {
	k.t.Helper()
	resp, err := k.c.Get(k.base + path)
	return k.answer(resp, err, want)
}

var hiddenField = regexp.MustCompile(`name="(token|seen)" value="([^"]*)"`)

// press sends the form of a page that goes to an address, with what is ticked.
func (k *clicker) press(page, action string, want int, more ...string) (where, next string) {
	k.t.Helper()
	_, form, found := strings.Cut(page, `action="`+action+`"`)
	if !found {
		k.t.Fatalf("no form to %s: %s", action, said(page))
	}
	form, _, _ = strings.Cut(form, "</form>")
	values := url.Values{}
	for _, m := range hiddenField.FindAllStringSubmatch(form, -1) {
		values.Set(m[1], html.UnescapeString(m[2]))
	}
	for i := 0; i+1 < len(more); i += 2 {
		values.Set(more[i], more[i+1])
	}
	resp, err := k.c.PostForm(k.base+action, values)
	return k.answer(resp, err, want)
}

// send sends a pack's file by the form of the page of packs.
func (k *clicker) send(name string, file []byte, want int) (where, page string) {
	k.t.Helper()
	_, list := k.get("/admin/packs", 200)
	m := hiddenField.FindStringSubmatch(list)
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	if err := form.WriteField("token", m[2]); err != nil {
		k.t.Fatal(err)
	}
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		k.t.Fatal(err)
	}
	if _, err := part.Write(file); err != nil {
		k.t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		k.t.Fatal(err)
	}
	resp, err := k.c.Post(k.base+"/admin/pack-files", form.FormDataContentType(), &b)
	return k.answer(resp, err, want)
}

var tags = regexp.MustCompile(`(?s)<(style|script|head).*?</(style|script|head)>|<[^>]*>`)

// said is a page without its tags.
func said(page string) string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(page, " "))), " ")
}

func says(t *testing.T, page string, want ...string) {
	t.Helper()
	words := said(page)
	for _, w := range want {
		if !strings.Contains(words, w) {
			t.Errorf("the page does not say %q: %.3000s", w, words)
		}
	}
}

// packZip is the small pack of the tests as an archive, with files changed.
func packZip(t *testing.T, change func(name, text string) string) []byte {
	t.Helper()
	dir := filepath.Join("..", "..", "cmd", "phohien", "testdata", "goi")
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		w, err := z.Create("goi/" + filepath.ToSlash(name))
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, change(name, string(text)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asIs(_, text string) string { return text }

// logged looks for an entry of the log by the change that it tells of.
func logged(t *testing.T, a *App, change, result string) (found audit.Recorded) {
	t.Helper()
	for n := a.Audit.Size() - 1; n >= 0; n-- {
		e, err := a.Audit.Entry(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		if e.Detail["change"] == change && e.Result == result {
			return e
		}
	}
	t.Errorf("the log has no %s of %s", result, change)
	return found
}

// TestOperatePages installs, upgrades and removes packs, looks at the state of the
// platform and backs it up, all from the browser.
func TestOperatePages(t *testing.T) {
	c := config(t.TempDir())
	c.BackupDir = filepath.Join(t.TempDir(), "sao lưu")
	a := open(t, c)
	server := httptest.NewServer(a.Handler())
	t.Cleanup(server.Close)
	k := newClicker(t, a, server.URL)

	t.Run("a pack that comes with the program, with what it requires", func(t *testing.T) {
		k.t = t
		_, page := k.get("/admin/packs", 200)
		says(t, page, "Chưa cài gói nào", "Danh mục dùng chung quốc gia", "Tỉnh Hà Tĩnh")
		_, plan := k.get("/admin/packs/ha-tinh/install", 200)
		says(t, plan, "Cài Danh mục dùng chung quốc gia, phiên bản", "Cài Tỉnh Hà Tĩnh, phiên bản 1.0.0", "Xác nhận cài", "Tương thích", "viet-nam: chưa cài")
		if have, err := a.Packs.List(t.Context()); err != nil || len(have) != 0 {
			t.Fatalf("looking installed %+v, %v", have, err)
		}
		_, page = k.press(plan, "/admin/packs/ha-tinh/install", 409, "seen", "another plan")
		says(t, page, "chưa làm gì")
		where, page := k.press(plan, "/admin/packs/ha-tinh/install", 200)
		if where != "/admin/packs/ha-tinh?done=pack-install" {
			t.Errorf("led to %s", where)
		}
		says(t, page, "Đã cài gói", "gỡ gói là hoàn tác việc cài", "cơ quan, tổ chức", "MIT")
		if e := logged(t, a, "install", audit.Done); e.Object != "pack:ha-tinh" || e.Detail["version"] != "1.0.0" || e.Action != "install-pack" {
			t.Errorf("in the log: %+v", e)
		}
		_, page = k.get("/admin/packs/viet-nam", 200)
		says(t, page, "gói Tỉnh Hà Tĩnh đang cần gói này", "bộ dữ liệu", "danh mục", "chính sách", "Chưa có dữ liệu")
		k.get("/admin/packs/khong-co", 404)
		k.get("/admin/packs/khong-co/install", 404)
		k.get("/admin/packs/khong-co/remove", 404)
	})
	t.Run("undone", func(t *testing.T) {
		k.t = t
		_, page := k.get("/admin/packs/ha-tinh/remove", 200)
		says(t, page, "Gỡ gói Tỉnh Hà Tĩnh", "hoàn tác việc cài")
		where, _ := k.press(page, "/admin/packs/ha-tinh/remove", 200)
		if where != "/admin/packs?done=pack-remove" {
			t.Errorf("led to %s", where)
		}
		logged(t, a, "remove", audit.Done)
		have, err := a.Packs.List(t.Context())
		if err != nil || len(have) != 1 {
			t.Errorf("installed %+v, %v", have, err)
		}
		if left, err := a.Orgs.Snapshot(t.Context()); err != nil {
			t.Error(err)
		} else if _, there := left.Org("ht-skhcn"); there {
			t.Error("an organisation of the pack is left")
		}
	})
	t.Run("hostile files", func(t *testing.T) {
		k.t = t
		for name, file := range map[string][]byte{
			"trong tệp nén chỉ ra ngoài": zipOf(t, "../evil.yaml", "x"), "không phải tệp nén": []byte("no archive at all"), "không phải gói nghiệp vụ": zipOf(t, "a.txt", "x"),
			"Các lỗi trong gói": zipOf(t, "pack.yaml", "id: A\n"),
		} {
			_, page := k.send("goi.zip", file, 400)
			says(t, page, name)
		}
		// Nothing is left of what was refused.
		if left, err := os.ReadDir(filepath.Join(c.Data, "tmp", "packs")); err != nil || len(left) != 0 {
			t.Errorf("left: %v, %v", left, err)
		}
	})
	t.Run("a pack that is sent, upgraded, removed", func(t *testing.T) { k.t = t; sentPack(t, a, k) })
	t.Run("backup", func(t *testing.T) { k.t = t; backUpByPage(t, a, k, c) })
	t.Run("who is nobody", func(t *testing.T) {
		for _, path := range []string{"/admin/packs", "/admin/packs/viet-nam/install", "/admin/system", "/admin/system/backup"} {
			resp, err := http.Get(server.URL + path)
			if err != nil || resp.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s: %v, %v", path, resp, err)
			}
		}
	})
	t.Run("looks", func(t *testing.T) { operateLooks(t, a, server.URL, k) })
}

func zipOf(t *testing.T, name, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sentPack(t *testing.T, a *App, k *clicker) {
	where, plan := k.send("goi.zip", packZip(t, asIs), 200)
	if !strings.HasPrefix(where, "/admin/pack-files/") {
		t.Fatalf("led to %s", where)
	}
	says(t, plan, "Xác nhận cài", "thêm", "thu-co-so")
	_, page := k.press(plan, where, 200)
	says(t, page, "Đã cài gói")
	k.get(where, 404) // it is used up
	if _, err := a.Corridor.Send(t.Context(), actor.System, corridor.Request{
		Dataset: "thu-co-so", Name: "a.csv", Body: strings.NewReader("ma,ten\nCS001,Một\n"),
	}); err != nil {
		t.Fatal(err)
	}
	// The next version takes a data set away.
	next := packZip(t, func(name, text string) string {
		switch {
		case name == "pack.yaml":
			return regexp.MustCompile(`(?m)^version: .*$`).ReplaceAllString(text, "version: 9.0.0")
		case strings.Contains(text, "id: thu-co-so\n"):
			return strings.Replace(text, "id: thu-co-so\n", "id: thu-co-so-moi\n", 1)
		}
		return text
	})
	where, plan = k.send("goi.zip", next, 200)
	says(t, plan, "Có thay đổi không tương thích", "Không tương thích:", "Nâng cấp không hoàn tác được", "gỡ")
	_, page = k.press(plan, where, 409)
	says(t, page, "chọn ô chấp nhận")
	_, page = k.press(page, where, 200, "breaking", "yes")
	says(t, page, "Đã nâng cấp gói", "9.0.0")
	if e := logged(t, a, "upgrade", audit.Done); e.Detail["version"] != "9.0.0" || e.Detail["from"] == "" {
		t.Errorf("in the log: %+v", e)
	}
	// One that is thrown away is gone.
	where, plan = k.send("goi.zip", packZip(t, asIs), 200)
	k.press(plan, where+"/drop", 200)
	k.get(where, 404)
}

func backUpByPage(t *testing.T, a *App, k *clicker, c Config) {
	_, page := k.get("/admin/system", 200)
	says(t, page, "Tình trạng hệ thống", "chưa sao lưu lần nào", "Dữ liệu gốc", "SQLite", "DuckDB", "Sao lưu ngay", "Chưa có bản sao lưu nào")
	// The browser's word does not count.
	where, _ := k.press(page, "/admin/system/backup", 200, "dir", "/tmp/elsewhere")
	if !strings.HasPrefix(where, "/admin/system") {
		t.Errorf("led to %s", where)
	}
	a.backups.done.Wait()
	_, page = k.get("/admin/system", 200)
	says(t, page, "Đã sao lưu xong", "Trọn vẹn", "phohien restore '"+c.BackupDir)
	if strings.Contains(said(page), "chưa sao lưu lần nào") {
		t.Error("still no backup")
	}
	if _, page = k.get("/admin/system/backup", 200); strings.Contains(page, "<html") || strings.Contains(page, "hx-get") {
		t.Errorf("the part of the page: %s", page)
	}
	logged(t, a, "backup.begin", audit.Done)
	if e := logged(t, a, "backup", audit.Done); e.Detail["bytes"] == "" {
		t.Errorf("in the log: %+v", e)
	}
	list, err := os.ReadDir(c.BackupDir)
	if err != nil || len(list) != 1 {
		t.Fatalf("backups %v, %v", list, err)
	}
	if _, err := Restore(t.Context(), filepath.Join(c.BackupDir, list[0].Name()), filepath.Join(t.TempDir(), "lai")); err != nil {
		t.Error(err)
	}

	// One that fails leaves nothing and says so.
	if err := os.Rename(filepath.Join(c.Data, "usage"), filepath.Join(c.Data, "usage-away")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.Data, "usage"), nil, 0o000); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Until(a.backups.last.At.Truncate(time.Second).Add(time.Second))) // names are by the second
	_, page = k.get("/admin/system", 200)
	k.press(page, "/admin/system/backup", 200)
	a.backups.done.Wait()
	if err := errorsOf(os.Remove(filepath.Join(c.Data, "usage")), os.Rename(filepath.Join(c.Data, "usage-away"), filepath.Join(c.Data, "usage"))); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 { // root reads what nobody may
		_, page = k.get("/admin/system", 200)
		says(t, page, "không thành, không để lại gì")
		logged(t, a, "backup", audit.Failed)
		if list, err := os.ReadDir(c.BackupDir); err != nil || len(list) != 1 {
			t.Errorf("backups after one that failed: %v, %v", list, err)
		}
	}
}

func errorsOf(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// operateLooks looks at the pages on a desk and on a telephone.
func operateLooks(t *testing.T, a *App, base string, k *clicker) {
	b := browsertest.New(t, base)
	b.Look(1366, 900, "light")
	b.Open("/?token=" + a.Token())
	for name, path := range map[string]string{
		"packs": "/admin/packs", "packs-one": "/admin/packs/viet-nam", "packs-install": "/admin/packs/hung-yen/install", "packs-remove": "/admin/packs/thu/remove", "system": "/admin/system",
	} {
		pictures(b, path, "operate-"+name)
	}
	// A backup goes on under the reader's eyes, and the page follows.
	b.Open("/admin/system")
	b.Click("#back-up button")
	b.Until(`document.querySelector("#backup-progress .notice-done") !== null`)
	b.Settle()
}

// TestBackupDir: a folder that would be part of its own backups is refused.
func TestBackupDir(t *testing.T) {
	for _, dir := range []string{"relative", "/data/p", "/data/p/backups", "/data", "/"} {
		c := config("/data/p")
		if c.BackupDir = dir; c.Validate() == nil {
			t.Errorf("%s is taken", dir)
		}
	}
	for _, dir := range []string{"", "/data/p-backups", "/backup"} {
		c := config("/data/p")
		c.BackupDir = dir
		if err := c.Validate(); err != nil {
			t.Errorf("%q: %v", dir, err)
		}
	}
	a := open(t, config(t.TempDir()))
	if _, err := a.BeginBackup(t.Context(), actor.System); err == nil {
		t.Error("a backup began without a folder")
	}
	if s := fmt.Sprint(a.backupState(t.Context())); strings.Contains(s, "running") {
		t.Error(s)
	}
}
