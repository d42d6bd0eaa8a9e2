package app

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const matrixFile = "testdata/matrix.txt"

// TestMatrix asks at every route as everybody, and compares what comes of it
// with a table that people read: testdata/matrix.txt.
func TestMatrix(t *testing.T) {
	l := settle(t, storetest.SQLite(t), population{})
	got := l.matrix(t, l.visitors(t))
	if *update {
		if err := os.MkdirAll(filepath.Dir(matrixFile), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(matrixFile, []byte(matrixHead+strings.Join(got, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(matrixFile)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, block := range blocks(string(text)) {
		name, _, _ := strings.Cut(block, "\n")
		want[name] = block
	}
	for _, block := range got {
		name, _, _ := strings.Cut(block, "\n")
		switch was, there := want[name]; {
		case !there:
			t.Errorf("%q is not in %s. Whoever adds a route says who may use it: read what comes of it below; if that is meant, run go test -tags duckdb_arrow ./internal/app -run TestMatrix -update and review the change of the table; if not, change the route's door.Need or the policies.\n%s", name, matrixFile, block)
		case was != block:
			t.Errorf("who may what has changed. If that is meant, run go test -tags duckdb_arrow ./internal/app -run TestMatrix -update and review the change of the table.\nwas:\n%s\nis:\n%s", was, block)
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("%q is in %s and at no door: run the test with -update", name, matrixFile)
	}
}

// TestMatrix_postgres: on PostgreSQL everybody sees the same as in the table, at
// the routes through which programs read rows; in make soak also at the pages, which
// read through the same rooms.
func TestMatrix_postgres(t *testing.T) {
	text, err := os.ReadFile(matrixFile)
	if err != nil {
		t.Fatal(err)
	}
	storetest.EachConfig(t, func(t *testing.T, s store.Config) {
		if s.URL == "" {
			t.Skip("TestMatrix does it")
		}
		l := settle(t, s, population{})
		everybody := l.visitors(t)
		for _, r := range l.Routes() {
			if r.Need.Action != policy.Read && r.Need.Action != policy.ReadQuarantine && r.Need.Action != policy.Export || r.Method != "GET" {
				continue
			}
			if !strings.HasPrefix(r.Path, "/api/") && os.Getenv("PHOHIEN_SOAK") == "" {
				continue
			}
			if block := l.block(t, r, everybody); !strings.Contains(string(text), block) {
				t.Errorf("not as in %s:\n%s", matrixFile, block)
			}
		}
	})
}

const matrixHead = `# Ai vào được cửa nào, thấy được gì
#
# Bảng này do kiểm thử (internal/app, TestMatrix) lập: mở toàn bộ nền tảng với chính sách chuẩn, cho mỗi vai trò ở mỗi nơi đăng nhập thật
# rồi gọi từng địa chỉ. Đổi chính sách hoặc thêm địa chỉ mà bảng đổi theo thì kiểm thử báo lỗi cho tới khi có người đọc lại bảng.
# Made by a test: every address is asked by every role in every place. A change must be read and accepted by a person.
#
# Bộ dữ liệu trong bảng ("nguoi-huong"): dùng riêng, do Sở Y tế (cơ quan chủ quản) quản lý, có dữ liệu cá nhân cơ bản và nhạy cảm;
# 20 bản ghi đạt, trong đó 12 thuộc xã (phường Phố Hiến), 8 thuộc xã khác; 5 dòng chưa đạt (HS-9x).
#   cơ quan chủ quản  người của Sở Y tế
#   cơ quan khác      người của Sở Nội vụ
#   xã                người của UBND phường Phố Hiến, chỉ phụ trách phường này
#   mọi nơi           như nhau ở cả ba nơi
#
#   được                    được thực hiện; "thấy n hồ sơ": số bản ghi có trong câu trả lời; "rõ họ tên", "rõ sức khỏe": thấy dữ liệu cá nhân
#                           cơ bản, nhạy cảm không bị che
#   qua cửa (mã lỗi)        được phép, nhưng yêu cầu dùng để thử không thực hiện được (không có đối tượng, tệp rỗng, đợt đã hủy)
#   không được phép (403)   chính sách từ chối
#   như không có (404)      không được biết là có: trả lời đúng như với mã không tồn tại
#   phải đăng nhập (401)    chưa có tài khoản

`

// blocks are the parts of the table, without what stands above.
func blocks(text string) []string {
	_, text, _ = strings.Cut(text, "\n\n")
	parts := strings.Split(text, "\n\n")
	for i := range parts {
		parts[i] = strings.TrimSuffix(parts[i], "\n") + "\n"
	}
	return parts
}

func (l *land) matrix(t *testing.T, everybody []*visitor) (all []string) {
	t.Helper()
	routes := l.Routes()
	slices.SortStableFunc(routes, func(a, b Route) int { return cmp.Compare(ends(a), ends(b)) })
	for _, r := range routes {
		if !r.Need.Open && r.Need.Action == "" {
			t.Errorf("%s %s says of no action what it is for: give it a door.Need (docs/policy.md), door.Open only where nobody has to be known", r.Method, r.Path)
			continue
		}
		all = append(all, l.block(t, r, everybody))
	}
	return all
}

// ends is how much of a session a route may end: such come last, signing out
// behind all others.
func ends(r Route) int {
	switch {
	case r.Method == "POST" && strings.Contains(r.Path, "logout"):
		return 2
	case r.Method == "POST" && strings.HasPrefix(r.Path, "/me"):
		return 1
	}
	return 0
}

// block is what comes of one route for everybody.
func (l *land) block(t *testing.T, r Route, everybody []*visitor) string {
	t.Helper()
	came := map[string][]*visitor{}
	for _, v := range everybody {
		w := l.ask(v, l.request(t, r, v))
		if w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s %s as %s: %d %.400s", r.Method, r.Path, v.name(), w.Code, w.Body)
		}
		what := outcome(w)
		if hidden := l.hidden(t, r, v, w); hidden {
			what = "như không có (404)"
		}
		came[what] = append(came[what], v)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s  (%s)\n", strings.TrimSpace(r.Method+" "+r.Path), purposeOf(r.Need))
	for _, what := range order(came) {
		fmt.Fprintf(&b, "  %s\n", what)
		lines := roleLines(came[what], everybody)
		switch known := len(everybody) - 1; { // all but the public, who come first
		case len(came[what]) == known && !slices.Contains(came[what], everybody[0]):
			lines = []string{"mọi người có tài khoản"}
		case len(came[what]) == len(everybody):
			lines = []string{"mọi người"}
		}
		for _, line := range lines {
			fmt.Fprintf(&b, "      %s\n", line)
		}
	}
	return b.String()
}

// order puts what shows most first.
func order(came map[string][]*visitor) []string {
	var all []string
	for what := range came {
		all = append(all, what)
	}
	rank := func(s string) int {
		return slices.IndexFunc([]string{"được", "qua", "cần", "không", "như", "phải"}, func(p string) bool { return strings.HasPrefix(s, p) })
	}
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), -cmp.Compare(len(a), len(b)), -cmp.Compare(a, b))
	})
	return all
}

// roleLines puts the places of one role together.
func roleLines(some, everybody []*visitor) (lines []string) {
	for i, v := range some {
		if slices.ContainsFunc(some[:i], func(o *visitor) bool { return o.who == v.who }) {
			continue
		}
		same := func(list []*visitor) (places []string) {
			for _, o := range list {
				if o.who == v.who {
					places = append(places, o.where)
				}
			}
			return places
		}
		where, all := same(some), same(everybody)
		switch {
		case len(all) == 1:
			lines = append(lines, v.who)
		case len(where) == len(all):
			lines = append(lines, v.who+" [mọi nơi]")
		default:
			lines = append(lines, v.who+" ["+strings.Join(where, "; ")+"]")
		}
	}
	return lines
}

var kinds = map[string]string{
	policy.KindDataset: "bộ dữ liệu", policy.KindBatch: "đợt gửi", policy.KindContract: "đặc tả", policy.KindPack: "gói nghiệp vụ",
	policy.KindUnit: "đơn vị hành chính", policy.KindServer: "máy chủ", policy.KindSelf: "tài khoản của mình", policy.KindCodeList: "danh mục",
	policy.KindOrg: "cơ quan", policy.KindAccount: "tài khoản", policy.KindPolicy: "chính sách", policy.KindAudit: "nhật ký",
	policy.KindUsage: "lịch sử khai thác",
}

func purposeOf(n door.Need) string {
	if n.Open {
		return "không cần tài khoản"
	}
	vi, _ := n.Action.Words()
	kind := kinds[n.Kind]
	if kind == "" {
		kind = n.Kind
	}
	return vi + ": " + kind
}

var (
	refs    = regexp.MustCompile(`\bHS-\d\d\b`) // by itself: recovery codes are random letters
	someone = regexp.MustCompile(`Người Mẫu \d\d`)
)

// outcome puts an answer into words.
func outcome(w *httptest.ResponseRecorder) string {
	body := plainText(w.Body.Bytes())
	switch {
	case w.Code < 400:
		text := "được"
		if n := distinct(refs, body); n > 0 {
			text += fmt.Sprintf(": thấy %d hồ sơ", n)
		}
		if n := distinct(someone, body); n > 0 {
			text += fmt.Sprintf(", rõ họ tên %d người", n)
		}
		if strings.Contains(body, "Bình thường") {
			text += ", rõ sức khỏe"
		}
		return text
	case w.Code == http.StatusUnauthorized:
		return "phải đăng nhập (401)"
	case w.Code == http.StatusForbidden && (strings.Contains(body, "problem:door.purpose") || strings.Contains(body, "/me/purpose")):
		return "cần nêu mục đích (403)"
	case w.Code == http.StatusForbidden && (strings.Contains(body, "problem:door.strong") || strings.Contains(body, "/me/confirm")):
		return "cần xác thực lớp hai (403)"
	case w.Code == http.StatusForbidden:
		return "không được phép (403)"
	}
	return fmt.Sprintf("qua cửa (%d)", w.Code)
}

func distinct(re *regexp.Regexp, text string) int {
	all := re.FindAllString(text, -1)
	slices.Sort(all)
	return len(slices.Compact(all))
}

// plainText is what an answer says: of a workbook the text of its parts.
func plainText(body []byte) string {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return string(body)
	}
	var b strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return err.Error()
		}
		if _, err := io.Copy(&b, r); err != nil {
			return err.Error()
		}
		if err := r.Close(); err != nil {
			return err.Error()
		}
	}
	return b.String()
}

// request makes a sensible request at a route: of the data set with persons, of
// its batches and rows. What changes something is asked of what cannot change:
// a batch that was cancelled, a pack that is not there, an empty file.
func (l *land) request(t *testing.T, r Route, v *visitor) *http.Request {
	t.Helper()
	return l.requestOf(t, r, v, l.idOf(r))
}

// idOf is what a route is asked about.
func (l *land) idOf(r Route) string {
	method := cmp.Or(r.Method, "GET")
	batch := l.held
	if method == "POST" {
		batch = l.stopped
	}
	if strings.HasSuffix(r.Path, "slip.xlsx") || strings.HasSuffix(r.Path, "receipt") {
		batch = l.batch
	}
	switch {
	case strings.Contains(r.Path, "/revoke"):
	case strings.Contains(r.Path, "/classification/") && method == "GET":
		return landSet
	case strings.Contains(r.Path, "/classification/"):
		return openSet
	case strings.Contains(r.Path, "/organisations/"):
		return ownerOrg
	case strings.Contains(r.Path, "/codelists/"):
		return "dan-toc"
	case strings.Contains(r.Path, "/policies/") && method == "GET":
		return "mo.dac-ta"
	case strings.Contains(r.Path, "/exports/"):
		return l.export
	case strings.Contains(r.Path, "/issues/{id}"):
		return l.anIssue()
	case strings.Contains(r.Path, "/deadlines/{id}"):
		return l.aDeadline()
	case strings.Contains(r.Path, "/clocks/{id}"):
		return "CLK-11"
	case strings.Contains(r.Path, "/datasets/"):
		return landSet
	case strings.Contains(r.Path, "/batches/"):
		return batch
	}
	return nobodys
}

// nobodys is the id of nothing.
const nobodys = "khong-co"

// hidden tells that a visitor was told of a data set or a batch that it is not
// there, and makes sure that nothing tells it from one that is not: what one may
// not know of must answer as what does not exist does.
func (l *land) hidden(t *testing.T, r Route, v *visitor, w *httptest.ResponseRecorder) bool {
	t.Helper()
	id, other := l.idOf(r), ""
	switch {
	case strings.Contains(r.Path, "/datasets/{id}"), strings.Contains(r.Path, "/classification/{id}"):
		other = "khong-co-gi"
	case strings.Contains(r.Path, "/batches/{id}"):
		other = "01JDZZZZZZZZZZZZZZZZZZZZZZ"
	case strings.Contains(r.Path, "/issues/{id}"), strings.Contains(r.Path, "/deadlines/{id}"):
		other = "SC-2000-0001"
	}
	if other == "" || id == nobodys || w.Code < 400 {
		return false
	}
	told := l.ask(v, l.requestOf(t, r, v, other))
	same := func(w *httptest.ResponseRecorder, id string) string {
		return strings.ReplaceAll(plain(w), id, "ID")
	}
	switch w.Code {
	case http.StatusNotFound:
		return same(w, id) == same(told, other)
	case http.StatusUnauthorized:
		if mine, nothing := same(w, id), same(told, other); mine != nothing {
			t.Errorf("%s %s as %s, who has not signed in: what is there answers\n%s\nand what is not\n%s", r.Method, r.Path, v.name(), mine, nothing)
		}
	case http.StatusForbidden:
		if told.Code != http.StatusForbidden && !l.mayKnow(v, r, id) {
			t.Errorf("%s %s as %s, who may not know of it, answers 403, and of what is not there %d", r.Method, r.Path, v.name(), told.Code)
		}
	}
	return false
}

// mayKnow tells whether a visitor is shown a data set, or a batch, in the list
// of them, or reads rows of the set.
func (l *land) mayKnow(v *visitor, r Route, id string) bool {
	if strings.Contains(r.Path, "/batches/{id}") {
		w := l.ask(v, get("/api/v1/batches?limit=500"))
		return w.Code == http.StatusOK && strings.Contains(w.Body.String(), id)
	}
	for _, kind := range []string{"issues", "deadlines"} {
		if strings.Contains(r.Path, "/"+kind+"/{id}") {
			return l.ask(v, get("/api/v1/"+kind+"/"+id)).Code == http.StatusOK
		}
	}
	w := l.ask(v, get("/api/v1/datasets?limit=500"))
	return w.Code == http.StatusOK && strings.Contains(w.Body.String(), `"`+id+`"`) || l.ask(v, get("/api/v1/datasets/"+id+"/records")).Code == http.StatusOK
}

func (l *land) requestOf(t *testing.T, r Route, v *visitor, id string) *http.Request {
	t.Helper()
	method := cmp.Or(r.Method, "GET")
	key := l.key
	if strings.Contains(r.Path, "{key}") {
		key = l.rowName(t, v)
	}
	path := strings.NewReplacer("{id}", id, "{key}", key, "{uid}", "X11953.2025-07-01", "{sender}", commune, "{action}", "undo", "{month}", "2026-01", "{index}", "1", "{edition}", "999999", "{$}", "").Replace(r.Path)
	path = regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(path, "khong-co")
	if path == "/" && r.Path == "/" {
		path = "/khong-co"
	}
	mediaType, body := l.body(r, v)
	req := httptest.NewRequest(method, path, bytes.NewReader(body))
	req.URL.RawQuery = queries[method+" "+r.Path]
	if mediaType != "" {
		req.Header.Set("Content-Type", mediaType)
	}
	return req
}

var queries = map[string]string{
	"POST /api/v1/datasets/{id}/batches": "preview=true&name=rong.csv",
	"POST /api/v1/datasets/{id}/try":     "name=thu.csv",
	"POST /api/v1/drafts":                "name=mau.csv",
	"GET /exports/new":                   "dataset=" + coreSet,
	"GET /api/v1/units":                  "q=pho+hien",
	"GET /api/v1/unit-of":                "commune=Ph%C6%B0%E1%BB%9Dng+Ph%E1%BB%91+Hi%E1%BA%BFn",
	"GET /api/v1/datasets/{id}/records":  "limit=100",
	"GET /api/v1/search":                 "q=ho+so",
	"GET /api/v1/resolve":                "unit=Ph%C6%B0%E1%BB%9Dng+Ph%E1%BB%91+Hi%E1%BA%BFn",
}

// body is what a route that writes is sent.
func (l *land) body(r Route, v *visitor) (mediaType string, body []byte) {
	if r.Method == "GET" || r.Method == "" {
		return "", nil
	}
	switch r.Method + " " + r.Path {
	case "POST /api/v1/datasets/{id}/batches":
		return "text/csv", []byte(landHead)
	case "POST /api/v1/datasets/{id}/try":
		return "text/csv", []byte(landHead + population{}.line(0, "HS-00", 777))
	case "POST /api/v1/drafts":
		return "text/csv", []byte("ma,ten\n1,Một\n2,Hai\n")
	case "POST /api/v1/exports": // its time is over
		return "application/json", []byte(`{"dataset":"` + coreSet + `","purpose":"thong-ke-bao-cao","task":"thử","until":"2020-01-01"}`)
	case "POST /admin/reviews": // its day is past
		return "application/x-www-form-urlencoded", []byte(url.Values{"token": {v.csrf}, "due": {"01/01/2020"}}.Encode())
	case "POST /exports/new":
		return "application/x-www-form-urlencoded", []byte(url.Values{"token": {v.csrf}, "dataset": {coreSet}, "field": {"ten"}, "purpose": {"thong-ke-bao-cao"},
			"task": {"thử"}, "until": {"01/01/2020"}}.Encode())
	case "POST /exports/{id}/approve": // of another text
		return "application/x-www-form-urlencoded", []byte(url.Values{"token": {v.csrf}, "sure": {"yes"}, "digest": {"khac"}}.Encode())
	case "POST /api/v1/exports/{id}/approve", "POST /api/v1/exports/{id}/refuse":
		return "application/json", []byte(`{"digest":"khac","why":"thử"}`)
	case "POST /exports/{id}/refuse":
		return "application/x-www-form-urlencoded", []byte(url.Values{"token": {v.csrf}, "why": {"thử"}, "digest": {"khac"}}.Encode())
	case "POST /api/v1/query":
		return "application/json", []byte(`{"sql":"SELECT ho_so, ho_ten, suc_khoe FROM \"` + landSet + `\""}`)
	case "POST /query":
		return "application/x-www-form-urlencoded", []byte(url.Values{"sql": {`SELECT ho_so, ho_ten, suc_khoe FROM "` + landSet + `" WHERE ho_so <> '033270009999'`}}.Encode())
	case "POST /api/v1/datasets/{id}/contract/check":
		return "application/json", []byte(`{"document":"id: thu"}`)
	case "PUT /api/v1/datasets/{id}/contract": // of no version
		return "application/json", []byte(`{"document":"id: thu","reason":"thử"}`)
	case "POST /api/v1/batches/{id}/reread":
		return "application/json", []byte(`{"recipe":{}}`)
	case "POST /api/v1/datasets/{id}/holds":
		return "application/json", []byte(`{"key":"2026-10~033270009999","kind":"quality","basis":"thử"}`)
	case "POST /api/v1/datasets/{id}/holds/release":
		return "application/json", []byte(`{"key":"2026-10~033270009999","kind":"quality","reason":"thử"}`)
	case "POST /api/v1/datasets/{id}/erasures":
		return "application/json", []byte(`{"key":"2026-10~033270009999","basis":"thử"}`)
	case "POST /api/v1/datasets/{id}/erasures/plan":
		return "application/json", []byte(`{"key":"2026-10~033270009999"}`)
	case "POST /api/v1/erasures/plan":
		return "application/json", []byte(`{"number":"033270009999"}`)
	case "POST /api/v1/erasures":
		return "application/json", []byte(`{"number":"033270009999","basis":"thử"}`)
	case "POST /api/v1/erasures/{id}/run":
		return "application/json", []byte(`{"confirm":"033270009999"}`)
	case "POST /api/v1/erasures/{id}/refuse":
		return "application/json", []byte(`{"reason":"thử"}`)
	case "POST /erasures":
		return "application/x-www-form-urlencoded", []byte(url.Values{"token": {v.csrf}, "number": {"033270009999"}, "basis": {"thử"}}.Encode())
	case "POST /api/v1/issues/{id}/answer": // without a cause
		return "application/json", []byte(`{"cause":""}`)
	case "POST /api/v1/issues/{id}/comments":
		return "application/json", []byte(`{"text":""}`)
	case "POST /api/v1/issues/{id}/assign":
		return "application/json", []byte(`{"account":"khong-co"}`)
	case "POST /api/v1/issues/{id}/on-the-spot", "POST /api/v1/deadlines/{id}/pause", "POST /api/v1/deadlines/{id}/cancel": // without a reason
		return "application/json", []byte(`{"why":""}`)
	case "POST /api/v1/deadlines/{id}/move":
		return "application/json", []byte(`{"to":"2026-12-01","basis":""}`)
	case "PUT /api/v1/clocks/{id}":
		return "application/json", []byte(`{"id":"CLK-11","eventVi":"x","eventEn":"","dutyVi":"x","dutyEn":"","direction":"within","unit":"wd","amount":5,"act":"x","sure":"U","base":1,"why":""}`)
	case "PUT /api/v1/calendar/days":
		return "application/json", []byte(`{"year":2026,"days":[],"why":""}`)
	case "POST /api/v1/calendar/changes/{edition}/undo":
		return "application/json", []byte(`{}`)
	case "PUT /api/v1/codelists/{id}/codes": // of no version, and without a reason
		return "application/json", []byte(`{"base":"khac","items":[{"code":"X","name":"X"}]}`)
	case "POST /api/v1/codelists/{id}/codes":
		return "application/json", []byte(`{"base":"khac","code":"X","name":"X"}`)
	case "POST /api/v1/codelists/{id}/again", "POST /api/v1/measures/{id}/again", "POST /api/v1/dossier/layout/again":
		return "application/json", []byte(`{"base":"khac","digest":"khac","why":"thử"}`)
	case "PUT /api/v1/measures/{id}":
		return "application/json", []byte(`{"base":"khac","sql":"","why":""}`)
	case "POST /api/v1/measures/{id}/declarations":
		return "application/json", []byte(`{"period":""}`)
	case "PUT /api/v1/dossier/layout":
		return "application/json", []byte(`{"base":"khac","title":"","sections":[],"why":""}`)
	case "PUT /api/v1/datasets/{id}/classification": // of no version
		return "application/json", []byte(`{"digest":"khac","reason":"thử"}`)
	case "POST /api/v1/datasets/{id}/classification/undo":
		return "application/json", []byte(`{"digest":"khac","to":"khac"}`)
	case "PATCH /api/v1/drafts/{id}", "POST /api/v1/drafts/{id}/back", "POST /api/v1/drafts/{id}/create":
		return "application/json", []byte(`{"version":"khac"}`)
	case "POST /api/v1/policies/test":
		return "application/json", []byte(`{"of":"kind:audit","action":"read-audit","role":"data_steward"}`)
	case "POST /api/v1/policies/{id}/check":
		return "application/json", []byte(`{"text":"permit ("}`)
	case "PUT /api/v1/policies/{id}": // no policy
		return "application/json", []byte(`{"text":"permit ("}`)
	case "POST /api/v1/policies/{id}/remove":
		return "application/json", []byte(`{"base":"khac","note":"thử"}`)
	case "POST /api/v1/policies/{id}/undo":
		return "application/json", []byte(`{"seq":999999}`)
	case "POST /api/v1/organisations": // an id that no organisation can have
		return "application/json", []byte(`{"id":"","name":"","level":""}`)
	case "PUT /api/v1/organisations/{id}": // of another state
		return "application/json", []byte(`{"base":"khac","name":"x","level":"province"}`)
	case "POST /api/v1/organisations/{id}/move", "POST /api/v1/organisations/{id}/recode", "POST /api/v1/organisations/{id}/end", "POST /api/v1/posts/{id}/end":
		return "application/json", []byte(`{"base":"khac","on":"2026-01-01"}`)
	case "POST /api/v1/organisations/{id}/restore", "POST /api/v1/posts/{id}/restore":
		return "application/json", []byte(`{"base":"khac","revision":"khac"}`)
	case "POST /api/v1/accounts": // in no organisation
		return "application/json", []byte(`{"name":"x","org":"khong-co","title":"x"}`)
	case "POST /api/v1/accounts/companies":
		return "application/json", []byte(`{"name":"x","login":"x","org":"khong-co","mandate":{"paper":"x","valid_from":"2026-01-01","valid_to":"2026-12-31"}}`)
	case "PUT /api/v1/accounts/{id}":
		return "application/json", []byte(`{"base":"khac","name":"x"}`)
	case "POST /api/v1/accounts/{id}/state":
		return "application/json", []byte(`{"state":"active"}`)
	case "POST /api/v1/accounts/{id}/reset-factors": // without having made sure
		return "application/json", []byte(`{"checked":false}`)
	case "POST /api/v1/accounts/{id}/grants":
		return "application/json", []byte(`{"role":"khong-co"}`)
	case "POST /api/v1/accounts/import": // of nobody
		return "application/json", []byte(`{"people":[{"name":""}]}`)
	case "POST /api/v1/accounts/slips": // for nobody
		return "application/json", []byte(`{"accounts":[]}`)
	case "POST /api/v1/emergency-accounts":
		return "application/json", []byte(`{"name":""}`)
	case "POST /api/v1/account-reviews": // its day is past
		return "application/json", []byte(`{"due_on":"2020-01-01"}`)
	case "POST /api/v1/account-reviews/{id}/accounts/{account}/decide":
		return "application/json", []byte(`{"verdict":"kept"}`)
	case "POST /api/v1/account-reviews/{id}/keep":
		return "application/json", []byte(`{"org":""}`)
	case "POST /api/v1/posts":
		return "application/json", []byte(`{"person":"khong-co","org":"khong-co","title":"x"}`)
	case "PUT /api/v1/posts/{id}":
		return "application/json", []byte(`{"base":"khac","title":"x"}`)
	case "POST /api/v1/posts/{id}/hand-over":
		return "application/json", []byte(`{"to":"khong-co","on":"2026-01-01"}`)
	case "PUT /api/v1/notice-channels/{id}":
		return "application/json", []byte(`{"kind":"mail","name":"","on":false,"why":""}`)
	case "PUT /api/v1/notices/preference":
		return "application/json", []byte(`{"mail":["urgent"]}`)
	case "POST /api/v1/operate/backup":
		return "application/json", []byte(`{"dir":"tuong-doi"}`)
	}
	if r.Door == "site" && (strings.HasSuffix(r.Path, "/batches") || r.Path == "/datasets/new") {
		return upload(v.csrf)
	}
	if r.Door == "site" {
		return "application/x-www-form-urlencoded", []byte(url.Values{"token": {v.csrf}}.Encode())
	}
	if r.Door == "api" {
		return "application/json", []byte(`{}`)
	}
	return "application/octet-stream", nil
}

// upload is a form of a page with an empty file.
func upload(token string) (mediaType string, body []byte) {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for _, field := range [][2]string{{"token", token}, {"preview", "true"}} {
		_ = form.WriteField(field[0], field[1]) // into memory
	}
	file, _ := form.CreateFormFile("file", "rong.csv")
	_, _ = file.Write([]byte(landHead))
	_ = form.Close()
	return form.FormDataContentType(), b.Bytes()
}

// rowName is what a visitor calls the row of file number HS-00: its key, or the
// opaque id that a list has shown.
func (l *land) rowName(t *testing.T, v *visitor) string {
	t.Helper()
	w := l.ask(v, get("/api/v1/datasets/"+landSet+"/records?limit=100"))
	var list struct {
		Items []struct {
			Key string `json:"_key"`
			Ref string `json:"ho_so"`
		}
	}
	if w.Code != http.StatusOK {
		return l.key
	}
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	for _, item := range list.Items {
		if item.Ref == "HS-00" {
			return item.Key
		}
	}
	return l.key
}

// TestRoutes_registered: nothing answers beside the routes that doors register
// with what they are for. What stands here is known and public.
func TestRoutes_registered(t *testing.T) {
	known := []string{
		`internal/app/open.go: mux.Handle("/", pages)`, `internal/app/open.go: mux.Handle("/api/", json)`, `internal/app/open.go: mux.Handle("/healthz", json)`,
		`internal/app/open.go: mux.Handle(operate.Prefix, operators)`, `internal/app/open.go: mux.Handle(operate.MetricsPath, operators)`, `internal/app/open.go: mux.Handle(api.DiscoveryPath, json)`, `internal/app/open.go: mux.Handle(api.LabelPath, json)`,
		`internal/app/open.go: mux.Handle(reference.Path, pages)`, `internal/app/open.go: mux.Handle(reference.Path+"/", pages)`, // of the site
		`internal/channels/api/server.go: s.mux.HandleFunc("GET "+Prefix+"/"+name, func(w http.ResponseWriter, r *http.Request) {`, // the OpenAPI document
		`internal/channels/operate/operate.go: s.mux.HandleFunc(method+" "+path, s.Door.Guarded(need, s.fail, handle))`,
		`internal/channels/site/site.go: s.mux.Handle(assets.Prefix, files)`,
		`internal/channels/site/site.go: s.mux.HandleFunc(pattern, s.Door.Guarded(need, s.Fail, f))`,
	}
	call := regexp.MustCompile(`(?m)^.*(mux|Mux)\.Handle(Func)?\(.*$|^.*huma\.(Register|Get|Post|Put|Patch|Delete|AutoRegister)\(.*$`)
	for _, root := range []string{"internal/app", "internal/channels"} {
		err := filepath.WalkDir(filepath.Join("..", "..", root), func(path string, e os.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "apitest") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, line := range call.FindAllString(string(text), -1) {
				where := strings.TrimPrefix(filepath.ToSlash(path), "../../") + ": " + strings.TrimSpace(line)
				if !slices.Contains(known, where) && !strings.Contains(line, "huma.Register(s.api, op,") {
					t.Errorf("%s\nanswers without the policies being asked. Register it with what it is for: register in api, route in operate, Handle of site.Site.", where)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
