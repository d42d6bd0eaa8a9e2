package console_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/console"
	"github.com/phohien/phohien/internal/channels/explore"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui/assets"
	"github.com/phohien/phohien/internal/core/units/unitstest"
)

// files are what the packs bring for the sets that the tests look at, those they
// refer to first.
var files = []string{
	"packs/viet-nam/data/vn-tinh.csv", "packs/viet-nam/data/vn-xa.csv",
	"packs/hung-yen/data/hy-co-quan.csv", "packs/hung-yen/data/hy-xa.csv", "packs/hung-yen/data/hy-nhiem-vu.csv",
}

// site is a province with its API and its pages, as app puts them together.
func opened(t testing.TB, sent ...string) (*apitest.Province, *httptest.Server) {
	t.Helper()
	p := apitest.New(t, sent...)
	set, err := assets.Load()
	if err != nil {
		t.Fatal(err)
	}
	json := p.API(t)
	mux := http.NewServeMux()
	mux.Handle("/api/", json)
	mux.Handle("/healthz", json)
	pages := site.New(p.Guard, p.Door, set, p.Log)
	console.New(console.Deps{
		Site: pages, Tabs: explore.New(explore.Deps{Site: pages, Contracts: p.Contracts, Records: p.Truth, Mirror: p.Mirror, Scores: p.Scores}), Contracts: p.Contracts, Records: p.Truth, Scores: p.Scores, Corridor: p.Corridor, CodeLists: p.CodeLists, Units: unitstest.Register{},
		Drafts: p.Drafts, Known: json.Known, Orgs: p.Orgs,
	})
	mux.Handle("/", pages)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return p, server
}

// stranger is the cookie of nobody: asked with it, one has not signed in.
var stranger = &http.Cookie{Name: "la", Value: "1"}

// get asks for a page as a browser that has signed in, or with the cookies given.
func get(t testing.TB, address string, cookies ...*http.Cookie) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(cookies) == 0 {
		g := &guard.Guard{Token: apitest.Token}
		cookies = append(cookies, g.Session(r))
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// TestVietnamesePage finds no English word in the text of our own pages.
func TestVietnamesePage(t *testing.T) {
	p, server := opened(t, files...)
	bad := p.Send(t, "hy-xa", "packs/hung-yen/samples/hy-xa-loi.csv")
	tags := regexp.MustCompile(`(?s)<(script|style)\b.*?</(script|style)>|<[^>]*>`)
	// Data and names of files stand in code, in cells of the records and in the
	// values that were sent; what is left is ours.
	english := regexp.MustCompile(`(?i)\b(the|of|and|batch|upload|dataset|record|quarantine|cancel|undo|file|error|not|is|with|must|read|score|search|none|null|true|false|update|name)\b`)
	data := regexp.MustCompile(`(?s)<code.*?</code>|<dl class="sent".*?</dl>|phohien dataset list|hy-xa-loi\.csv|hy-xa\.csv|<a href="[^"]*" lang="en".*?</a>`)
	for _, path := range []string{"/", "/?q=khong+co+gi", "/batches", "/datasets/hy-xa", "/datasets/hy-xa/quarantine", "/batches/" + bad.Batch, "/datasets/khong-co"} {
		_, body := get(t, server.URL+path, p.Guard.Session(httptest.NewRequest("GET", "/", nil)))
		text := tags.ReplaceAllString(data.ReplaceAllString(body, " "), " ")
		if found := english.FindAllString(text, -1); found != nil {
			t.Errorf("%s: %q", path, found)
		}
		if !strings.Contains(body, `<html lang="vi"`) {
			t.Errorf("%s is not marked as Vietnamese", path)
		}
	}
}

func TestSearch(t *testing.T) {
	_, server := opened(t)
	for query, want := range map[string]bool{"xa phuong hung yen": true, "Xã, PHƯỜNG": true, "HY-XA": true, "thái bình": false} {
		_, body := get(t, server.URL+"/?q="+url.QueryEscape(query))
		if got := strings.Contains(body, `href="/datasets/hy-xa"`); got != want {
			t.Errorf("%s: found %v, want %v", query, got, want)
		}
	}
}

func TestLanguage(t *testing.T) {
	_, server := opened(t)
	resp, body := get(t, server.URL+"/?lang=en")
	if !strings.Contains(body, "Data sets") || resp.Header.Get("Content-Language") != "en" {
		t.Error("lang=en is not English")
	}
	if _, body = get(t, server.URL+"/", resp.Cookies()...); !strings.Contains(body, "Data sets") {
		t.Error("the choice is not remembered")
	}
	if resp, _ = get(t, server.URL+"/en"); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("/en: %s", resp.Status)
	}
}

func TestDoor(t *testing.T) {
	p, server := opened(t)
	resp, body := get(t, server.URL+"/?token=sai")
	if resp.StatusCode != http.StatusUnauthorized || len(resp.Cookies()) != 0 {
		t.Errorf("a wrong token: %s, cookies %v", resp.Status, resp.Cookies())
	}
	if strings.Contains(body, p.Guard.Token) {
		t.Error("the token is on the page")
	}
	resp, _ = get(t, server.URL+"/batches?after=x&token="+apitest.Token)
	if to := resp.Header.Get("Location"); to != "/batches?after=x" || len(resp.Cookies()) != 1 {
		t.Errorf("the right token: sent on to %q with %v", to, resp.Cookies())
	}
	resp, _ = get(t, server.URL+"//evil.example/?token="+apitest.Token)
	if to := resp.Header.Get("Location"); strings.HasPrefix(to, "//") {
		t.Errorf("sent on to %q", to)
	}
	for name, change := range map[string]func(r *http.Request){
		"another host":   func(r *http.Request) { r.Host = "evil.example" },
		"another origin": func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"no token":       func(*http.Request) {},
	} {
		r, err := http.NewRequest(http.MethodPost, server.URL+"/batches/x/undo", strings.NewReader("token=sai"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.AddCookie(p.Guard.Session(r)) // the cookie alone writes nothing
		change(r)
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode < 400 || resp.StatusCode > 421 {
			t.Errorf("%s: %s %v", name, resp.Status, err)
		}
	}
}
