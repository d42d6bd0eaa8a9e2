package signin_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A sender sends what no browser would, and keeps cookies by itself.
type sender struct {
	*world
	cookies map[string]*http.Cookie
}

func (w *world) sender() *sender { return &sender{w, map[string]*http.Cookie{}} }

// send posts a form or, with nil, gets a page; redirects are not followed.
func (s *sender) send(path string, form url.Values, headers ...string) (*http.Response, string) {
	s.t.Helper()
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	r, err := http.NewRequest(method, s.base+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", s.base)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	for _, c := range s.cookies {
		r.AddCookie(c)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		s.t.Fatal(err)
	}
	for _, c := range resp.Cookies() {
		if s.cookies[c.Name] = c; c.MaxAge < 0 {
			delete(s.cookies, c.Name)
		}
	}
	return resp, string(text)
}

// signIn signs in with a password alone.
func (s *sender) signIn(login string) {
	s.t.Helper()
	resp, text := s.send("/login", url.Values{"login": {login}, "password": {strong}})
	if resp.StatusCode != http.StatusSeeOther || s.cookies[door.AccountCookie] == nil {
		s.t.Fatalf("signing in: %s\n%s", resp.Status, text)
	}
}

// token is what the forms of the session carry.
func (s *sender) token() string {
	s.t.Helper()
	_, text := s.send("/me", nil)
	found := regexp.MustCompile(`name="phohien-token" content="([^"]+)"`).FindStringSubmatch(text)
	if found == nil {
		s.t.Fatal("no token on the page")
	}
	return found[1]
}

func TestCookies(t *testing.T) {
	w := newWorld(t)
	w.official("ha.thi.oanh", "Hà Thị Oanh", policy.RoleEntry)
	s := w.sender()
	s.signIn("ha.thi.oanh")
	c := s.cookies[door.AccountCookie]
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Secure || c.MaxAge != 0 {
		t.Errorf("the session's cookie is %+v", c)
	}
	w.outside()
	resp, _ := s.send("/login", url.Values{"login": {"ha.thi.oanh"}, "password": {strong}})
	c = s.cookies["phohien_signin"]
	if resp.Header.Get("Location") != "/login/step" && resp.Header.Get("Location") != "/login/step?back=%2F" || c == nil || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/login" || c.MaxAge > 600 {
		t.Errorf("sent to %q with the cookie %+v", resp.Header.Get("Location"), c)
	}
}

// TestBack: one comes back to a page of ours, never to another site's and never to
// the pages of signing in.
func TestBack(t *testing.T) {
	w := newWorld(t)
	w.official("dang.van.quy", "Đặng Văn Quý", policy.RoleEntry)
	for back, want := range map[string]string{
		"":                      "/",
		"/datasets/hy-xa?q=a":   "/datasets/hy-xa?q=a",
		"https://evil.example/": "/https:/evil.example/",
		"//evil.example":        "/evil.example",
		`/\evil.example`:        "/evil.example",
		"/\t/evil.example":      "/evil.example",
		"\n//evil.example":      "/evil.example",
		"/login?back=/login":    "/",
		"/login/step":           "/",
		"/logout":               "/",
		"/activate":             "/",
		"javascript:alert(1)":   "/javascript:alert(1)",
		"/loginless":            "/loginless",
		"/x\r\nSet-Cookie: a=b": "/xSet-Cookie:%20a=b",
	} {
		resp, _ := w.sender().send("/login", url.Values{"login": {"dang.van.quy"}, "password": {strong}, "back": {back}})
		if got := resp.Header.Get("Location"); got != want && got != strings.ReplaceAll(want, "%20", " ") {
			t.Errorf("back to %q leads to %q, want %q", back, got, want)
		}
	}
}

// TestNobodyLearns: a login that does not exist, one that is locked by a person
// and a wrong password get the same answer.
func TestNobodyLearns(t *testing.T) {
	w := newWorld(t)
	w.official("co.that", "Có Thật", policy.RoleEntry)
	locked := w.official("bi.khoa", "Bị Khóa", policy.RoleEntry)
	if err := w.SetState(ctx, boss, locked.ID, identity.Locked, "thử"); err != nil {
		t.Fatal(err)
	}
	var want []byte
	for _, login := range []string{"co.that", "bi.khoa", "khong.co"} {
		resp, text := w.sender().send("/login", url.Values{"login": {login}, "password": {"sai"}})
		got := []byte(strings.ReplaceAll(text, login, "…"))
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", login, resp.Status)
		}
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Errorf("the answer to %s tells it from others", login)
		}
		w.wait(time.Minute)
	}
}

// TestForms: no form of the session is taken without its token, or from another
// site; nothing of one's own is shown to nobody.
func TestForms(t *testing.T) {
	w := newWorld(t)
	a := w.official("ngo.van.rong", "Ngô Văn Rồng", policy.RoleEntry)
	s := w.sender()
	s.signIn("ngo.van.rong")
	token := s.token()
	other := w.official("ta.thi.sen", "Tạ Thị Sen", policy.RoleEntry)
	posts := []string{"/logout", "/me/org", "/me/password", "/me/sessions", "/me/factors/remove", "/me/recovery", "/me/enrol/totp", "/me/enrol/totp/confirm",
		"/me/keys", "/me/keys/revoke", "/me/purpose", "/me/factor", "/me/challenge/passkey", "/me/challenge/sms"}
	for _, path := range posts {
		if resp, _ := s.send(path, url.Values{}); resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s without a token: %s", path, resp.Status)
		}
		if resp, _ := s.send(path, url.Values{"token": {token + "x"}}); resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s with a wrong token: %s", path, resp.Status)
		}
		if resp, _ := s.send(path, url.Values{"token": {token}}, "Origin", "https://evil.example"); resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s from another site: %s", path, resp.Status)
		}
		if resp, _ := w.sender().send(path, url.Values{"token": {token}}); resp.StatusCode != http.StatusUnauthorized && path != "/logout" {
			t.Errorf("%s by nobody: %s", path, resp.Status)
		}
	}
	for _, path := range []string{"/login", "/login/passkey/options", "/activate", "/first", "/emergency"} {
		if resp, _ := w.sender().send(path, url.Values{}, "Origin", "https://evil.example"); resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s from another site: %s", path, resp.Status)
		}
	}
	for _, path := range []string{"/me", "/me/security", "/me/keys", "/me/purpose", "/me/confirm"} {
		resp, text := w.sender().send(path, nil)
		if resp.StatusCode != http.StatusUnauthorized || !strings.Contains(text, `href="/login?back=`+url.QueryEscape(path)+`"`) || resp.Header.Get("WWW-Authenticate") != "" {
			t.Errorf("%s by nobody: %s", path, resp.Status)
		}
	}
	// Another's session and key are not to be had by their ids.
	mine := w.sender()
	mine.signIn("ta.thi.sen")
	theirs := must[[]identity.Session](t)(w.Sessions(ctx, a.ID))
	if resp, _ := mine.send("/me/sessions", url.Values{"token": {mine.token()}, "id": {theirs[0].ID}}); resp.StatusCode != http.StatusNotFound {
		t.Errorf("ending another's session: %s", resp.Status)
	}
	if n := len(must[[]identity.Session](t)(w.Sessions(ctx, other.ID))); n == 0 {
		t.Error("one's own session has gone")
	}
	if resp, _ := mine.send("/me/purpose", url.Values{"token": {mine.token()}, "purpose": {"tu-dat-ra"}, "text": {"x"}}); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a purpose that there is not: %s", resp.Status)
	}
}

// TestLimits: an address that tries too often is told to wait.
func TestLimits(t *testing.T) {
	w := newWorld(t)
	s := w.sender()
	var resp *http.Response
	for range 40 {
		resp, _ = s.send("/login/cancel", url.Values{})
	}
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" {
		t.Errorf("the fortieth try: %s, Retry-After %q", resp.Status, resp.Header.Get("Retry-After"))
	}
}

// TestKeysAreTold: the log hears of keys that were made and revoked, and never the
// key itself.
func TestKeysAreTold(t *testing.T) {
	w := newWorld(t)
	w.official("phan.van.tu", "Phan Văn Tú", policy.RoleEntry)
	s := w.sender()
	s.signIn("phan.van.tu")
	_, text := s.send("/me/keys", url.Values{"token": {s.token()}, "label": {"Thử"}, "days": {"30"}, "scope": {"all"}})
	key := regexp.MustCompile(`phk_[A-Za-z0-9_-]+`).FindString(text)
	if key == "" {
		t.Fatal("no key on the page")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	last := w.wrote[len(w.wrote)-1]
	if last.Detail["did"] != "key.make" || last.Result != "done" || strings.Contains(last.Detail["key"], key) {
		t.Errorf("the log holds %+v", last)
	}
}
