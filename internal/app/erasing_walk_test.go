package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// dutiful signs somebody in who has named a purpose, and shown a second factor if
// strong.
func (l *land) dutiful(t *testing.T, role, at string, n int, strong bool) *visitor {
	t.Helper()
	v := &visitor{who: role}
	s := l.signIn(t, v, role, at, n)
	if strong {
		s = l.strengthen(t, v)
	}
	if err := l.Accounts.SetPurpose(t.Context(), s, "quyen-chu-the", "đơn của chủ thể dữ liệu", "Luật 91/2025/QH15"); err != nil {
		t.Fatal(err)
	}
	return v
}

// seesRef reports whether somebody finds a record of the persons by its file
// number, in lists, exports and questions.
func (l *land) seesRef(t *testing.T, v *visitor, ref string) bool {
	t.Helper()
	found := false
	for _, path := range []string{"/api/v1/datasets/" + landSet + "/records?limit=100", "/datasets/" + landSet, "/datasets/" + landSet + "/quarantine?state=all", "/api/v1/datasets/" + landSet + "/records?ho_so=" + ref + "&limit=100"} {
		w := l.ask(v, get(path))
		if w.Code != http.StatusOK && !(w.Code == http.StatusForbidden && strings.Contains(path, "quarantine")) {
			t.Fatalf("%s: %d %.300s", path, w.Code, w.Body)
		}
		found = found || strings.Contains(plainText(w.Body.Bytes()), ref)
	}
	return found
}

// TestErasing_walk: in a browser, on a desk and on a phone, a steward holds a
// record back and lets it go again, asks for the erasure of a person, and another
// steward carries it out; the number is then nowhere, and was never part of an
// address.
func TestErasing_walk(t *testing.T) {
	for name, width := range map[string]int64{"1366": 1366, "390": 390} {
		t.Run(name, func(t *testing.T) {
			l := settle(t, storetest.SQLite(t), population{})
			first, second := l.dutiful(t, policy.RoleSteward, ownerOrg, 1, true), l.dutiful(t, policy.RoleSteward, ownerOrg, 2, true)
			other := l.dutiful(t, policy.RoleOfficial, ownerOrg, 3, false)
			server := httptest.NewServer(l.Handler())
			t.Cleanup(server.Close)
			b := browsertest.New(t, server.URL)
			number := population{}.number(0)
			told := l.watchAddresses(t, b)
			as := func(v *visitor) {
				if _, err := chromedp.Call(b.Ctx, network.SetCookie, network.SetCookieParams{Name: door.AccountCookie, Value: v.cookie, URL: server.URL}); err != nil {
					t.Fatal(err)
				}
			}
			look := func(page string) {
				b.Look(width, 900, "light")
				b.Fits(page)
				b.Shot("erasing-" + page + "-" + name)
				b.Axe(page)
				b.Settle()
			}
			fill := func(selector, text string) { b.Do(chromedp.SetValue(chromedp.CSS(selector), text)) }
			done := func() { b.Until(`document.querySelector(".notice-done") !== null`) }
			b.Look(width, 900, "light")

			// Hold.
			as(first)
			b.Open("/datasets/" + landSet)
			look("dataset")
			if !l.seesRef(t, other, "HS-00") {
				t.Fatal("the record is not there to begin with")
			}
			row := browsertest.Eval[int](b, `[...document.querySelectorAll("table.records tbody tr")].findIndex((r) => r.innerText.includes("HS-00")) + 1`)
			b.Click(fmt.Sprintf(`table.records tbody tr:nth-child(%d) form button`, row))
			b.Until(`document.querySelector("#hold-one") !== null`)
			look("record")
			fill("#hold-basis", "Đơn số 7 ngày 20/11/2026")
			fill("#hold-until", "31/12/2099")
			b.Click(`#hold button[type=submit]`)
			done()
			look("held")
			if l.seesRef(t, other, "HS-00") {
				t.Error("a record that is held is seen by others")
			}
			if !l.seesRef(t, first, "HS-00") {
				t.Error("the steward does not see it any more")
			}
			// Let go.
			b.Click(`#held tbody form button`)
			b.Until(`document.querySelector("#release-restriction") !== null`)
			look("release")
			fill("#release-restriction-reason", "Công văn 15 ngày 22/11/2026")
			b.Click(`#release-restriction button[type=submit]`)
			done()
			if !l.seesRef(t, other, "HS-00") {
				t.Error("a record that was let go is not seen")
			}

			b.Open("/datasets/" + landSet + "/quarantine")
			look("quarantine")
			b.Click(map[bool]string{true: `.line-card`, false: `table.lines`}[width < 576] + ` form[action$="/record"] button`)
			b.Until(`document.querySelector("#hold-one") !== null`)
			look("line")

			// Ask for the erasure of the person.
			b.Open("/erasures/new")
			look("new")
			fill("#person-number", number)
			fill("#person-basis", "Đơn số 8 ngày 21/11/2026")
			b.Click(`#person button[type=submit]`)
			done()
			look("plan")
			request := b.Here()
			if u, err := url.Parse(request); err != nil || !strings.HasPrefix(u.Path, "/erasures/") {
				t.Fatalf("at %s, %v", request, err)
			}
			if browsertest.Eval[bool](b, `document.querySelector("#carry-out") !== null`) {
				t.Error("who asked is offered to carry it out")
			}
			// Carried out by another steward.
			as(second)
			b.Open("/erasures")
			look("list")
			b.Click(`#requests tbody a`)
			b.Until(`document.querySelector("#carry-out") !== null`)
			look("carry-out")
			fill("#carry-out-confirm", population{}.number(1))
			b.Click(`#carry-out button[type=submit]`)
			b.Until(`document.querySelector(".notice-watch") !== null`)
			look("wrong-number")
			fill("#carry-out-confirm", number)
			b.Click(`#carry-out button[type=submit]`)
			b.Until(`document.querySelector("#look-again, #paper") !== null`)
			for end := time.Now().Add(time.Minute); browsertest.Eval[bool](b, `document.querySelector("#paper") === null`) && time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
				b.Click(`#look-again button[type=submit]`)
				b.Until(`document.querySelector("#look-again, #paper") !== null`)
			}
			look("done")
			b.Click(`#paper button[type=submit]`)
			b.Until(`document.querySelector("article.paper") !== null`)
			look("paper")
			b.Open(strings.TrimPrefix(b.Here(), server.URL) + "?lang=en")
			look("paper-en")
			for _, page := range []string{"/erasures", "/erasures/new", "/datasets/" + landSet + "/holds"} {
				b.Open(page + "?lang=en")
				look("en-" + strings.ReplaceAll(strings.Trim(page, "/"), "/", "-"))
			}

			for _, v := range []*visitor{first, second, other} {
				if l.seesRef(t, v, "HS-00") {
					t.Errorf("%s still finds the record", v.who)
				}
			}
			told(number)
			if holdsAnywhere(t, l.Config.Data, number) {
				t.Error("the number is still somewhere in the folder")
			}
			for _, e := range l.entries(t, "erase") {
				if e.Result == "done" && e.Detail["change"] == "erase" && e.Detail["rows"] == "1" {
					return
				}
			}
			t.Error("the log does not say who erased")
		})
	}
}

// entries are the entries of the log about an action.
func (l *land) entries(t *testing.T, action string) (list []struct {
	Result string
	Detail map[string]string
}) {
	t.Helper()
	w := l.ask(&visitor{key: l.Token()}, get("/api/v1/audit/entries?limit=1000&action="+action))
	var page struct {
		Items []struct {
			Result string
			Detail map[string]string
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s %v", w.Code, w.Body, err)
	}
	return page.Items
}

// watchAddresses keeps what the browser asks for; the func fails for a text in an
// address, in where a request says it comes from, or in the history.
func (l *land) watchAddresses(t *testing.T, b *browsertest.Browser) func(text string) {
	t.Helper()
	var mu sync.Mutex
	var seen bytes.Buffer
	err := chromedp.Listen(b.Ctx, func(ev any) {
		if ev, ok := ev.(*network.EventRequestWillBeSent); ok {
			mu.Lock()
			defer mu.Unlock()
			fmt.Fprintln(&seen, ev.Request.Method, ev.Request.URL, ev.DocumentURL, ev.Request.Headers["Referer"])
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(text string) {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if !strings.Contains(seen.String(), "POST ") || strings.Contains(seen.String(), text) {
			t.Errorf("the number is in an address:\n%s", seen.String())
		}
	}
}

// TestErasing_forms: without any script, with what people get wrong.
func TestErasing_forms(t *testing.T) {
	l := settle(t, storetest.SQLite(t), population{})
	clerk := l.dutiful(t, policy.RoleEntry, ownerOrg, 1, false)
	steward, second := l.dutiful(t, policy.RoleSteward, ownerOrg, 2, true), l.dutiful(t, policy.RoleSteward, ownerOrg, 3, true)
	commoner := l.dutiful(t, policy.RoleSteward, communeOrg, 4, true)
	post := func(v *visitor, path string, pairs ...string) *httptest.ResponseRecorder {
		t.Helper()
		f := url.Values{"token": {v.csrf}}
		for i := 0; i < len(pairs); i += 2 {
			f.Set(pairs[i], pairs[i+1])
		}
		r := httptest.NewRequest("POST", path, strings.NewReader(f.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := l.ask(v, r)
		if w.Header().Get("Cache-Control") != "no-store" && w.Code != http.StatusSeeOther {
			t.Errorf("%s may be kept: %q", path, w.Header().Get("Cache-Control"))
		}
		return w
	}
	said := func(w *httptest.ResponseRecorder, status int, words string) {
		t.Helper()
		if text := w.Body.String(); w.Code != status || !strings.Contains(text, words) {
			t.Errorf("%d, want %d with %q:\n%.3000s", w.Code, status, words, text)
		}
	}
	const set, basis = "/datasets/" + landSet, "Đơn số 8 ngày 21/11/2026"
	number, another := population{}.number(0), population{}.number(2)
	key := "2026-10~" + number
	legal := []string{"key", "2026-10~" + another, "kind", "legal", "basis", "Luật Lưu trữ, Điều 12", "until", "2099-01-01"}

	said(post(&visitor{cookie: steward.cookie, csrf: "sai"}, set+"/holds", "key", key), 403, "")
	said(post(steward, "/datasets/khong-co/holds", "key", key), 404, "khong-co")
	said(post(steward, set+"/holds", "key", "2026-10~033270009999", "kind", "legal", "basis", basis), 404, "Không có bản ghi này")
	said(post(steward, set+"/holds", "key", key, "kind", "legal", "basis", " "), 400, "Chưa nêu căn cứ")
	said(post(steward, set+"/holds", "key", key, "kind", "legal", "basis", basis, "until", "01/01/2020"), 400, "đã qua")
	said(post(steward, set+"/holds", "key", key, "kind", "legal", "basis", basis, "until", "sớm"), 400, "sớm")
	said(post(steward, set+"/holds", "key", key, "kind", "gì", "basis", basis), 400, "không có")
	said(post(commoner, set+"/holds", "key", key, "kind", "legal", "basis", basis), 403, "")
	said(post(clerk, set+"/record", "key", key), 200, "Yêu cầu xóa bản ghi này")
	said(post(commoner, set+"/record", "key", key), 403, "")
	said(post(steward, set+"/holds", legal...), 303, "")
	said(post(steward, set+"/holds", legal...), 409, "đang được tạm ngừng")
	said(post(steward, "/erasures", "dataset", landSet, "key", "2026-10~"+another, "basis", basis), 403, "Luật Lưu trữ, Điều 12")

	said(post(clerk, "/erasures", "basis", basis), 400, "Chưa rõ xóa gì")
	said(post(clerk, "/erasures", "number", "0123", "basis", basis), 400, "Ghi đủ 12 chữ số")
	said(post(clerk, "/erasures", "number", "033270009999", "basis", basis), 404, "Không tìm thấy dữ liệu nào")
	said(post(clerk, "/erasures", "number", number, "basis", ""), 400, "Chưa nêu căn cứ")
	w := post(clerk, "/erasures", "number", number, "basis", "đơn của số "+number)
	said(w, 400, "không được ghi số định danh")
	said(post(commoner, "/erasures", "number", number, "basis", basis), 403, "")
	w = post(clerk, "/erasures", "number", number, "basis", basis)
	said(w, 303, "")
	request, _, _ := strings.Cut(w.Header().Get("Location"), "?")
	if strings.Contains(w.Header().Get("Location"), number) {
		t.Errorf("sent on to %s", w.Header().Get("Location"))
	}
	page := l.ask(clerk, get(request)).Body.String()
	if !strings.Contains(page, "1 bản ghi") || strings.Contains(page, "carry-out") || strings.Contains(page, number) {
		t.Errorf("%s", page)
	}
	said(post(clerk, "/erasures", "number", number, "basis", basis), 409, "Đã có yêu cầu xóa đang chờ")
	said(post(clerk, request+"/run", "confirm", number), 403, "")
	said(l.ask(commoner, get(request)), 404, "Không có yêu cầu xóa mã")
	said(l.ask(steward, get(request+"/paper")), 409, "đang chờ thực hiện")
	said(post(steward, request+"/run", "confirm", "123"), 400, "Ghi đủ 12 chữ số")
	said(post(steward, request+"/run", "confirm", another), 400, "không phải số của yêu cầu này")
	said(post(steward, request+"/refuse", "reason", ""), 400, "Chưa nêu lý do từ chối")
	said(post(steward, request+"/plan"), 303, "")
	said(post(steward, request+"/run", "confirm", number), 303, "")
	l.erased(t, request[len("/erasures/"):])
	said(post(second, request+"/run", "confirm", number), 409, "không còn phần nào chờ")
	said(l.ask(second, get(request+"/paper")), 200, "BIÊN BẢN")
	said(l.ask(clerk, get(request+"?lang=en")), 200, "Erased")
	if holdsAnywhere(t, l.Config.Data, number) {
		t.Error("the number is still somewhere in the folder")
	}

	// A person of whom the law keeps everything.
	w = post(clerk, "/erasures", "number", another, "basis", basis)
	said(w, 303, "")
	request, _, _ = strings.Cut(w.Header().Get("Location"), "?")
	said(l.ask(clerk, get(request)), 200, "Luật Lưu trữ, Điều 12")
	said(post(second, request+"/run", "confirm", another), 303, "")
	said(l.ask(second, get(request)), 200, "Từ chối")
	verifiedLog(t, l)
}

func verifiedLog(t *testing.T, l *land) {
	t.Helper()
	if list := l.entries(t, "erase"); len(list) == 0 {
		t.Error("nothing stands in the log")
	}
	if text, err := strconv.Unquote(`"` + fmt.Sprint(l.entries(t, "ask-erase")) + `"`); err == nil && strings.Contains(text, population{}.number(0)) {
		t.Error("the log holds the number")
	}
}

// erased waits until a request is done.
func (l *land) erased(t *testing.T, id string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if r, err := l.Corridor.FindEraseRequest(t.Context(), id); err != nil || r.State == corridor.EraseDone {
			if err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("the erasure does not come to its end")
}
