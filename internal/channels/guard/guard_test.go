package guard_test

import (
	"net/http/httptest"
	"testing"

	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/foundation/fault"
)

var ours = &guard.Guard{Hosts: guard.Loopback, Token: "s3cret"}

func TestCheckHost(t *testing.T) {
	for _, c := range []struct {
		host string
		want string
	}{
		{"localhost:8080", ""},
		{"LOCALHOST", ""},
		{"127.0.0.1:8080", ""},
		{"[::1]:8080", ""},
		{"[::1]", ""},
		{"localhost.:8080", ""},
		{"evil.example", "door.host"},
		{"localhost.evil.example:8080", "door.host"},
		{"127.0.0.1.nip.example", "door.host"},
		{"", "door.host"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = c.host
		if got := key(ours.CheckHost(r)); got != c.want {
			t.Errorf("Host %q: %q, want %q", c.host, got, c.want)
		}
	}
}

func TestCheckWrite(t *testing.T) {
	for _, c := range []struct {
		name    string
		headers map[string]string
		want    string
	}{
		{"token in its own header", map[string]string{"X-Phohien-Token": "s3cret"}, ""},
		{"bearer", map[string]string{"Authorization": "bearer s3cret"}, ""},
		{"nothing", nil, "door.token-missing"},
		{"another", map[string]string{"Authorization": "Bearer s3cret2"}, "door.token-wrong"},
		{"basic", map[string]string{"Authorization": "Basic s3cret"}, "door.token-missing"},
		{"own page", map[string]string{"X-Phohien-Token": "s3cret", "Origin": "http://localhost:8080"}, ""},
		{"another port", map[string]string{"X-Phohien-Token": "s3cret", "Origin": "http://localhost:9090"}, "door.origin"},
		{"another site", map[string]string{"X-Phohien-Token": "s3cret", "Origin": "https://evil.example"}, "door.origin"},
		{"opaque", map[string]string{"X-Phohien-Token": "s3cret", "Origin": "null"}, "door.origin"},
		{"other scheme", map[string]string{"X-Phohien-Token": "s3cret", "Origin": "https://localhost:8080"}, "door.origin"},
		{"no origin, cross-site", map[string]string{"X-Phohien-Token": "s3cret", "Sec-Fetch-Site": "cross-site"}, "door.origin"},
	} {
		r := httptest.NewRequest("POST", "/", nil)
		r.Host = "localhost:8080"
		for name, value := range c.headers {
			r.Header.Set(name, value)
		}
		if got := key(ours.CheckWrite(r)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestNoTokenLetsNobodyIn(t *testing.T) {
	open := &guard.Guard{Hosts: guard.Loopback}
	if got := key(open.Match("")); got != "door.token-wrong" {
		t.Errorf("an empty token against an empty token: %q", got)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(open.Session(r))
	if open.InSession(r) {
		t.Error("a session without a token")
	}
}

func TestSession(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	if ours.InSession(r) {
		t.Error("in session without a cookie")
	}
	c := ours.Session(r)
	if c.Value == ours.Token || !c.HttpOnly {
		t.Errorf("cookie shows too much: %v", c)
	}
	r.AddCookie(c)
	if !ours.InSession(r) {
		t.Error("the cookie does not count")
	}
	next := &guard.Guard{Hosts: guard.Loopback, Token: "another"}
	if next.InSession(r) {
		t.Error("the cookie outlives the token")
	}
}

func key(err error) string {
	if f := fault.Of(err); f != nil {
		return f.Key
	}
	if err != nil {
		return err.Error()
	}
	return ""
}
