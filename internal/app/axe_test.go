package app

import (
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/apps/campaign"
	"github.com/phohien/phohien/internal/apps/progress"
	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/foundation/actor"
)

// notLinked are pages that the demo's administrator does not come to by following
// links: they belong to an account that has signed in, or to something that
// nobody has begun in a new demo. The tests named look at them with axe.
var notLinked = map[string]string{
	"/admin/accounts/slips":   "admin: walks of accounts",
	"/admin/pack-files/{key}": "TestOperatePages: a pack that was sent",
	"/admin/system/backup":    "a part of a page",
	"/admin/hand-overs/{id}":  "admin: walks of hand-overs",
	"/admin/reviews/{id}":     "TestBrowser_reviews",
	"/admin/usage":            "admin: walk of the ledger of uses",
	"/batches/{id}/layout":    "console: walks of reading",
	"/i/{code}":               "TestMailOfIssues",
	"/inbox":                  "TestDuties_notices: the operator is no person",
	"/datasets":               "sends on to the front page",
	"/drafts/{id}":            "console: walks of the wizard",
	"/erasures/{id}":          "the walk of an erasure",
	"/erasures/{id}/paper":    "the walk of an erasure",
	"/exports/new":            "TestBrowser_exports",
	"/exports/{id}":           "TestBrowser_exports",
	"/first":                  "signin: walks",
	"/login/step":             "signin: walks",
	"/me/confirm":             "signin: walks",
	"/me/keys":                "signin: walks",
	"/me/security":            "signin: walks",
}

// seeds are addresses that stand behind a form.
var seeds = []string{"/", "/login", "/activate", "/units?q=Pho+Hien", "/erasures/new?dataset=hy-tro-cap-xa-hoi", "/search?q=dan+cu", "/datasets/hy-he-thong.he_thong/records"}

// notPages are routes that answer with no page.
var notPages = regexp.MustCompile(`\.(xlsx|csv|json|yaml|html|docx|pdf)$|/export$|^/(en|vi)$|/$`)

// TestAxe_everyPage plays some days of the demo, follows the links of its pages
// as its administrator until every route has been met with a real address, and
// lets axe look at each on a desk; on a telephone none is wider than the window. make
// soak lets axe look at the dark colours of each, and at what is touched on a
// telephone, which make test does for the pages that packages try themselves.
func TestAxe_everyPage(t *testing.T) {
	a, _ := played(t)
	if err := a.Demo(t.Context()); err != nil {
		t.Fatal(err)
	}
	reviewing(t, a)
	server := httptest.NewServer(a.Handler())
	t.Cleanup(server.Close)
	met := crawl(t, a, server.URL)
	for _, r := range a.Routes() {
		if r.Door != "site" || r.Method != "GET" || notPages.MatchString(r.Path) {
			continue
		}
		_, there := met[r.Path]
		if _, known := notLinked[r.Path]; there == known {
			t.Errorf("%s: met by a link: %v, in the list of those that are not: %v", r.Path, there, known)
		}
	}
	b := browsertest.New(t, server.URL)
	b.Look(1366, 900, "light")
	b.Open("/?token=" + a.Token())
	for _, pattern := range slices.Sorted(maps.Keys(met)) {
		b.Look(1366, 900, "light")
		b.Open(met[pattern])
		b.Axe(pattern)
		if browsertest.Thorough() {
			b.Look(1366, 900, "dark")
			b.Colours(pattern + " (dark)")
		}
		b.Look(390, 844, "light")
		b.Fits(pattern)
		if browsertest.Thorough() {
			b.Targets(pattern + " (phone)")
		}
		b.Settle()
	}
}

// reviewing begins a review of the register, and shows a ranking to the units, as the
// province's governors do.
func reviewing(t *testing.T, a *App) {
	t.Helper()
	c, err := a.Campaigns.Make(t.Context(), actor.System, campaign.Plan{Subject: campaign.Systems, Title: "Rà soát hệ thống", Fields: []string{"lop"}, Lead: "hy-skhcn", Days: 5})
	if err == nil {
		_, err = a.Campaigns.Open(t.Context(), actor.System, c.ID, []campaign.Object{{ID: "A01", Name: "Nền tảng tích hợp", Org: "hy-skhcn", Values: map[string]string{"lop": "2"}}})
	}
	if err == nil {
		_, err = a.Govern.Show(t.Context(), actor.System, "Xếp hạng năm", "hy-skhcn", 5)
	}
	month, ref := progress.Month(time.Now().AddDate(0, 1, 0).Format("2006-01")), progress.Ref{Kind: progress.Task, Code: "hy26-II.14.1"}
	if err == nil {
		_, err = a.Progress.Open(t.Context(), actor.System, progress.Plan{Period: month, Lead: "hy-skhcn"}, []progress.Item{{Ref: ref, Title: "Bệnh án điện tử", Leads: []string{"hy-syt"}}})
	}
	if err == nil {
		_, err = a.Progress.Raise(t.Context(), actor.System, month, "hy-syt", ref, progress.Difficulty, "Chưa có kinh phí")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// most is how many pages a crawl looks at.
const most = 1500

var href = regexp.MustCompile(`href="(/[^"#]*)`)

// crawl follows links from the front page and gives for each page's route the
// first address that was met.
func crawl(t *testing.T, a *App, base string) map[string]string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	mux := http.NewServeMux()
	for _, r := range a.Routes() {
		if r.Door == "site" && r.Method == "GET" {
			mux.Handle("GET "+r.Path, http.NotFoundHandler())
		}
	}
	met, queued, times := map[string]string{}, map[string]bool{}, map[string]int{}
	queue := append([]string{"/?token=" + a.Token()}, seeds...)
	for n := 0; len(queue) > 0 && n < most; n++ {
		at := queue[0]
		queue = queue[1:]
		text, page := readPage(t, client, base+at)
		if !page {
			continue
		}
		if p := patternOf(mux, at); p != "" && met[p] == "" && n > 0 {
			met[p] = at
		}
		for _, m := range href.FindAllStringSubmatch(text, -1) {
			next := strings.ReplaceAll(m[1], "&amp;", "&")
			p := patternOf(mux, next)
			if p == "" || notPages.MatchString(p) || queued[next] || strings.Contains(next, "lang=") || times[p] >= 12 {
				continue
			}
			queued[next] = true
			times[p]++
			queue = append(queue, next)
		}
	}
	return met
}

// readPage asks for an address; page: it is one of ours and all is well.
func readPage(t *testing.T, client *http.Client, address string) (text string, page bool) {
	t.Helper()
	resp, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // read
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body), resp.StatusCode == http.StatusOK && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html")
}

// patternOf is the route of an address, "" for none of a page.
func patternOf(mux *http.ServeMux, address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	_, pattern := mux.Handler(&http.Request{Method: "GET", URL: u, Host: "localhost"})
	_, path, _ := strings.Cut(pattern, " ")
	return path
}
