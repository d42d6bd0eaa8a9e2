package site_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/channels/ui/assets"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/policy"
)

const token = "ma-cua-lan-khoi-dong"

type yes struct{}

func (yes) Allow(who policy.Who, _ policy.Action, _ policy.What, _ policy.Purpose) policy.Decision {
	return policy.Decision{Allowed: who.Kind != ""}
}

// newSite is a site with one page for everybody and one for those who are known,
// whose cookie is "can-bo".
func newSite(t *testing.T) *site.Site {
	t.Helper()
	files, err := assets.Load()
	if err != nil {
		t.Fatal(err)
	}
	g := &guard.Guard{Hosts: guard.Loopback, Token: token}
	d := &door.Door{Policies: yes{}, Log: slog.New(slog.DiscardHandler), Record: func(context.Context, door.Entry) error { return nil }, Use: func(context.Context, door.Use) error { return nil },
		Known: func(r *http.Request) (*door.Caller, error) {
			if _, err := r.Cookie("can-bo"); err != nil {
				return nil, nil
			}
			return &door.Caller{Who: policy.Who{Kind: "person", ID: "an"}, Actor: actor.Actor{Kind: "person", ID: "an", Name: "Nguyễn <An>"}, CSRF: "mot-lan"}, nil
		}}
	s := site.New(g, d, files, slog.New(slog.DiscardHandler))
	s.Offer(ui.Entry{Place: "rieng", Address: "/rieng", Text: "page.batches"}, func(ctx context.Context) bool { return door.From(ctx).Known() })
	page := func(w http.ResponseWriter, r *http.Request) error {
		return s.Show(w, r, s.Page(r, "Trang <thử>", "datasets"), nothing{})
	}
	s.Handle("GET /chung", door.Open, page)
	s.Handle("GET /rieng", door.Of(policy.Describe, policy.KindPack), page)
	s.Handle("POST /rieng", door.Of(policy.Describe, policy.KindPack), func(w http.ResponseWriter, r *http.Request) error {
		if err := s.FormToken(r.Context(), r.FormValue("token")); err != nil {
			return err
		}
		http.Redirect(w, r, "/chung", http.StatusSeeOther)
		return nil
	})
	return s
}

// TestMenu: entries stand under the headings of their groups, a group of one without
// a heading, one without a group behind all.
func TestMenu(t *testing.T) {
	s := newSite(t)
	s.Offer(ui.Entry{Place: "q", Address: "/hoi", Text: "page.batches", Group: ui.MenuQuality}, nil)
	s.Offer(ui.Entry{Place: "w", Address: "/viec", Text: "page.batches", Group: ui.MenuWork}, nil)
	body := ask(s, "GET", "/chung", "", known).Body.String()
	last := -1
	for _, part := range []string{`href="/viec"`, `<details class="menu-group" name="menu"><summary aria-current="true">Dữ liệu</summary>`, `href="/" aria-current="page"`, `href="/batches"`, `href="/hoi"`, `href="/units"`, `href="/rieng"`} {
		at := strings.Index(body[max(last, 0):], part)
		if at < 0 {
			t.Fatalf("%s is not there, or stands before what it should follow", part)
		}
		last = max(last, 0) + at
	}
	if n := strings.Count(body, "<details class=\"menu-group\""); n != 1 {
		t.Errorf("%d groups have a heading", n)
	}
}

// TestMenuLeadsToNoRefusal: a page that does not open for the reader is not in the
// menu, whoever offers it; one that does is.
func TestMenuLeadsToNoRefusal(t *testing.T) {
	s := newSite(t)
	shut := func(http.ResponseWriter, *http.Request) error { return nil }
	for path, need := range map[string]door.Need{
		"/cua-can-bo": door.Of(policy.Describe, policy.KindUnit), "/moi-bo": door.Each(policy.Describe, policy.KindDataset),
		"/moi-nguoi": door.Of(policy.Describe, policy.KindCodeList).ForAll(), "/tu-do": door.Open, "/cam": door.Of(policy.Operate, policy.KindPack),
	} {
		s.Handle("GET "+path, need, shut)
		s.Offer(ui.Entry{Place: path, Address: path, Text: "page.batches"}, nil)
	}
	s.Door.Policies = noOperator{}
	for who, want := range map[string][]string{"public": {"/moi-nguoi", "/tu-do"}, "known": {"/cua-can-bo", "/moi-bo", "/moi-nguoi", "/tu-do"}} {
		change := func(*http.Request) {}
		if who == "known" {
			change = known
		}
		body := ask(s, "GET", "/chung", "", change).Body.String()
		for _, path := range []string{"/cua-can-bo", "/moi-bo", "/moi-nguoi", "/tu-do", "/cam"} {
			if shown := strings.Contains(body, `href="`+path+`"`); shown != slices.Contains(want, path) {
				t.Errorf("%s: %s is in the menu: %v", who, path, shown)
			}
		}
	}
}

// noOperator lets everybody do everything but operate.
type noOperator struct{}

func (noOperator) Allow(_ policy.Who, a policy.Action, _ policy.What, _ policy.Purpose) policy.Decision {
	return policy.Decision{Allowed: a != policy.Operate}
}

type nothing struct{}

func (nothing) Render(context.Context, io.Writer) error { return nil }

func ask(s *site.Site, method, path, form string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(form))
	r.Host = "localhost"
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func known(r *http.Request) { r.AddCookie(&http.Cookie{Name: "can-bo", Value: "1"}) }

// TestFrame: the frame in both languages, escaped, with nothing inline, and a menu
// of what the reader may follow.
func TestFrame(t *testing.T) {
	s := newSite(t)
	inline := regexp.MustCompile(`(?i)<script(?:[^>]*)>[^<]|<style|\sstyle="|\son[a-z]+="`)
	for lang, other := range map[string]string{"vi": "en", "en": "vi"} {
		w := ask(s, "GET", "/chung?lang="+lang, "", known)
		body := w.Body.String()
		if w.Code != http.StatusOK || !strings.Contains(body, `<html lang="`+lang+`"`) || !strings.Contains(body, "lang="+other) {
			t.Errorf("%s: %d %.600s", lang, w.Code, body)
		}
		if inline.MatchString(body) || strings.Contains(body, "<thử>") || strings.Contains(body, "<An>") || !strings.Contains(body, "&lt;An&gt;") {
			t.Errorf("%s: something is inline or not escaped: %s", lang, inline.FindString(body))
		}
		for _, link := range regexp.MustCompile(`(?:href|src|action)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
			if u, err := url.Parse(link[1]); err != nil || u.Host != "" || u.Scheme != "" {
				t.Errorf("%s: a link leads away: %q", lang, link[1])
			}
		}
		if !strings.Contains(body, `href="/rieng"`) || strings.Contains(ask(s, "GET", "/chung", "").Body.String(), `href="/rieng"`) {
			t.Errorf("%s: the menu is not for whom it is", lang)
		}
		if c := w.Result().Cookies(); len(c) != 1 || c[0].Name != ui.LanguageCookie || c[0].Value != lang || !c[0].HttpOnly {
			t.Errorf("%s: cookies %v", lang, c)
		}
	}
	if body := ask(s, "GET", "/chung", "", func(r *http.Request) { r.Header.Set("Accept-Language", "en") }).Body.String(); !strings.Contains(body, `<html lang="vi"`) {
		t.Error("a browser set to English is not asked in Vietnamese first")
	}
}

// TestPublic: what is open is open, all else asks to sign in; forms and writes
// must come from our own pages.
func TestPublic(t *testing.T) {
	s := newSite(t)
	from := func(origin string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Origin", origin); r.Header.Set("Sec-Fetch-Site", "cross-site") }
	}
	host := func(r *http.Request) { r.Host = "xau.example" }
	for _, c := range []struct {
		method, path, form string
		change             []func(*http.Request)
		want               int
	}{
		{"GET", "/chung", "", nil, 200}, {"GET", "/rieng", "", nil, 401}, {"GET", "/rieng", "", []func(*http.Request){known}, 200}, {"GET", "/khong-co", "", nil, 401},
		{"GET", "/khong-co", "", []func(*http.Request){known}, 404}, {"GET", "/chung", "", []func(*http.Request){host}, 421},
		{"POST", "/rieng", "token=mot-lan", []func(*http.Request){known}, 303}, {"POST", "/rieng", "token=khac", []func(*http.Request){known}, 403}, {"POST", "/rieng", "", []func(*http.Request){known}, 403},
		{"POST", "/rieng", "token=mot-lan", []func(*http.Request){known, from("https://xau.example")}, 403}, {"POST", "/session", "token=sai", nil, 401},
	} {
		w := ask(s, c.method, c.path, c.form, c.change...)
		if w.Code != c.want {
			t.Errorf("%s %s %q: %d, want %d", c.method, c.path, c.form, w.Code, c.want)
		}
		if w.Header().Get("WWW-Authenticate") != "" {
			t.Errorf("%s %s: a page asks by its form, not by a box of the browser", c.method, c.path)
		}
	}
	for _, r := range s.Routes() {
		if r.Need.Action == "" && !r.Need.Open {
			t.Errorf("%s says of no action what it is for", r.Pattern)
		}
	}
}

// TestBack: after signing in one goes on where one was, never to another host,
// and the token stays in no address.
func TestBack(t *testing.T) {
	s := newSite(t)
	for back, want := range map[string]string{"/chung?x=1": "/chung?x=1", "//xau.example/a": "/xau.example/a", `/\xau.example`: "/xau.example", "https://xau.example/": "/https:/xau.example/", "/\t/xau.example": "/xau.example", "": "/"} {
		w := ask(s, "POST", "/session", url.Values{"token": {token}, "back": {back}}.Encode())
		if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != want {
			t.Errorf("back %q: %d to %q, want %q", back, w.Code, got, want)
		}
	}
	w := ask(s, "GET", "/chung?token="+token+"&x=1", "")
	if w.Header().Get("Location") != "/chung?x=1" || len(w.Result().Cookies()) != 1 || !w.Result().Cookies()[0].HttpOnly {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w := ask(s, "GET", "/chung?token=sai", ""); w.Code != http.StatusUnauthorized || len(w.Result().Cookies()) != 0 {
		t.Errorf("a wrong token: %d %v", w.Code, w.Header())
	}
}
