package guard_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/guard"
)

var proxy = []netip.Prefix{netip.MustParsePrefix("10.0.0.5/32")}

// TestMark: what a proxy of ours says of a request counts, what anybody else
// says does not.
func TestMark(t *testing.T) {
	for _, c := range []struct {
		name    string
		front   guard.Front
		remote  string
		tls     bool
		headers []string // name, value, …
		status  int
		secure  bool
		client  string
	}{
		{name: "straight", remote: "203.0.113.7:1", status: 200, client: "203.0.113.7"},
		{name: "straight, by TLS", remote: "203.0.113.7:1", tls: true, status: 200, secure: true, client: "203.0.113.7"},
		{name: "a stranger who says so", remote: "203.0.113.7:1", status: 200, client: "203.0.113.7",
			headers: []string{"X-Forwarded-Proto", "https", "X-Forwarded-For", "127.0.0.1"}},
		{name: "by our proxy", front: guard.Front{Proxies: proxy}, remote: "10.0.0.5:1", status: 200, secure: true, client: "203.0.113.7",
			headers: []string{"X-Forwarded-Proto", "https", "X-Forwarded-For", "203.0.113.7"}},
		{name: "by our proxy, in the clear", front: guard.Front{Proxies: proxy}, remote: "10.0.0.5:1", status: 200, client: "203.0.113.7",
			headers: []string{"X-Forwarded-Proto", "http", "X-Forwarded-For", "203.0.113.7"}},
		{name: "two values, one of the client's", front: guard.Front{Proxies: proxy}, remote: "10.0.0.5:1", status: 200, client: "10.0.0.5",
			headers: []string{"X-Forwarded-Proto", "https", "X-Forwarded-Proto", "http"}},
		{name: "past the proxy", front: guard.Front{Proxies: proxy, Only: true}, remote: "10.0.0.6:1", status: 421,
			headers: []string{"X-Forwarded-For", "10.0.0.5"}},
		{name: "not past the proxy", front: guard.Front{Proxies: proxy, Only: true}, remote: "10.0.0.5:1", status: 200, client: "10.0.0.5"},
		{name: "this machine", front: guard.Front{Proxies: proxy, Only: true}, remote: "127.0.0.1:1", status: 200, client: "127.0.0.1"},
		{name: "this machine, IPv6", front: guard.Front{Proxies: proxy, Only: true}, remote: "[::1]:1", status: 200, client: "::1"},
		{name: "no address", front: guard.Front{Proxies: proxy, Only: true}, remote: "?", status: 421},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		if c.tls {
			r.TLS = &tls.ConnectionState{}
		}
		for i := 0; i < len(c.headers); i += 2 {
			r.Header.Add(c.headers[i], c.headers[i+1])
		}
		w := httptest.NewRecorder()
		c.front.Mark(guard.Headers(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if guard.Secure(r) != c.secure || guard.Client(r).String() != c.client {
				t.Errorf("%s: secure %v from %s, want %v from %s", c.name, guard.Secure(r), guard.Client(r), c.secure, c.client)
			}
		}))).ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s: %d, want %d", c.name, w.Code, c.status)
		}
		if got := w.Header().Get("Strict-Transport-Security") != ""; got != c.secure {
			t.Errorf("%s: HSTS %v, want %v", c.name, got, c.secure)
		}
		if c.status != 200 && (!strings.Contains(w.Body.String(), "máy chủ trung gian") || !strings.Contains(w.Body.String(), "proxy")) {
			t.Errorf("%s: %q", c.name, w.Body)
		}
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "203.0.113.7:1"
	r.Header.Set("X-Forwarded-For", "127.0.0.1")
	if guard.Secure(r) || guard.Client(r).String() != "203.0.113.7" {
		t.Errorf("a request that was not marked: %v, %v", guard.Secure(r), guard.Client(r))
	}
}

// TestHeaders: nothing inline, nothing evaluated, no frame; and a door may set
// its own.
func TestHeaders(t *testing.T) {
	w := httptest.NewRecorder()
	guard.Headers(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Referrer-Policy", "no-referrer")
	})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
		"Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		"Permissions-Policy": "camera=()",
	} {
		if got := w.Header().Get(name); !strings.Contains(got, want) || strings.Contains(got, "unsafe") {
			t.Errorf("%s: %q, want %q in it", name, got, want)
		}
	}
}
