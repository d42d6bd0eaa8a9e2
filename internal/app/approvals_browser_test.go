package app

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/channels/door"
)

// as gives a browser the session of a visitor.
func as(b *browsertest.Browser, base string, v *visitor) {
	b.T.Helper()
	_, err := chromedp.Call(b.Ctx, network.SetCookie, network.SetCookieParams{Name: door.AccountCookie, Value: v.cookie, URL: base})
	if err != nil {
		b.T.Fatal(err)
	}
}

// pictures looks at a page on a desk and on a telephone, in both languages.
func pictures(b *browsertest.Browser, path, name string) {
	b.T.Helper()
	for _, lang := range []string{"en", "vi"} {
		u, err := url.Parse(path)
		if err != nil {
			b.T.Fatal(err)
		}
		q := u.Query()
		q.Set("lang", lang)
		u.RawQuery = q.Encode()
		for _, width := range []int64{390, 1366} {
			b.Look(width, 900, "light")
			b.Open(u.String())
			what := name + "-" + lang + map[int64]string{390: "-phone", 1366: ""}[width]
			b.Fits(what)
			if lang == "vi" && width == 1366 {
				b.Axe(what)
			} else if lang == "vi" {
				b.Targets(what)
			}
			b.Shot(what)
		}
	}
	b.Settle()
}

// TestBrowser_exports asks for an export on the page of the data set, approves it
// as two others, and fetches it.
func TestBrowser_exports(t *testing.T) {
	l := newApprovalLand(t)
	server := httptest.NewServer(l.Handler())
	t.Cleanup(server.Close)
	b := browsertest.New(t, server.URL)
	b.Look(1366, 900, "light")
	as(b, server.URL, l.steward)
	b.Open("/datasets/" + landSet)
	b.Click(`a[href^="/exports/new"]`)
	pictures(b, "/exports/new?dataset="+landSet, "exports-new")
	b.Do(
		chromedp.SetValue("#ask-purpose", "thong-ke-bao-cao"), chromedp.SendKeys("#ask-task", "Tổng hợp báo cáo quý IV"),
		chromedp.SetValue("#ask-where-1", "ma_xa"), chromedp.SendKeys("#ask-where-1-is", commune),
		chromedp.Click(`input[name=field][value=ho_ten]`),
	)
	b.Click("#ask button")
	b.Until(`document.querySelector(".notice-done")`)
	where, err := url.Parse(b.Here())
	if err != nil {
		t.Fatal(err)
	}
	page := where.Path
	pictures(b, page, "exports-waiting")
	if browsertest.Eval[bool](b, `!!document.querySelector("#approve")`) {
		t.Error("who asks is offered to approve")
	}
	for i, v := range []*visitor{l.second, l.cdo} {
		as(b, server.URL, v)
		b.Open("/exports")
		b.Click(`#waiting a[href="` + page + `"]`)
		if i == 0 {
			pictures(b, "/exports", "exports-list")
			pictures(b, page, "exports-decide")
		}
		b.Click("#approve button") // nothing is confirmed yet
		b.Until(`document.querySelector("[role=alert]")`)
		b.Do(chromedp.Click("#approve input[name=sure]"))
		b.Click("#approve button")
		b.Until(`document.querySelector(".notice-done")`)
	}
	as(b, server.URL, l.steward)
	b.Open(page)
	pictures(b, page, "exports-approved")
	form := url.Values{"token": {l.steward.csrf}}
	w := l.ask(l.steward, post(page+"/file", "application/x-www-form-urlencoded", []byte(form.Encode())))
	if w.Code != 200 || strings.Count(w.Body.String(), "Người Mẫu") != 12 || !strings.Contains(w.Header().Get("Content-Disposition"), landSet+".csv") {
		t.Errorf("%d %v\n%s", w.Code, w.Header(), w.Body)
	}
	if w := l.ask(l.second, post(page+"/file", "application/x-www-form-urlencoded", []byte(url.Values{"token": {l.second.csrf}}.Encode()))); w.Code != 403 {
		t.Errorf("somebody else fetches by the page: %d", w.Code)
	}
	b.Open(page)
	b.Click("#withdraw summary")
	b.Click("#withdraw button")
	b.Until(`document.querySelector(".notice-done")`)
	b.Settle()
}
