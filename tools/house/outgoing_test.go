package house

import (
	"strings"
	"testing"
)

func TestOutgoing(t *testing.T) {
	used := map[string]bool{}
	for _, f := range repository(t) {
		wrong, err := Outgoing(f)
		if err != nil {
			t.Fatal(err)
		}
		complain(t, wrong)
		if outgoingExceptions[f.Path] != "" {
			found, err := reachesOut(f)
			if err != nil {
				t.Fatal(err)
			}
			used[f.Path] = len(found) > 0
		}
	}
	for path := range outgoingExceptions {
		if !used[path] {
			t.Errorf("%s is an exception that nothing needs any more", path)
		}
	}
}

func TestOutgoingRule(t *testing.T) {
	const head = "package a\nimport (\n\"net\"\n\"net/http\"\n\"net/http/httputil\"\n\"golang.org/x/crypto/acme\"\n\"crypto/tls\"\n)\n"
	for _, tt := range []struct {
		path, text string
		wanted     string
	}{
		{"internal/a/a.go", head + `var c = http.DefaultClient`, "DefaultClient"},
		{"internal/a/a.go", head + `var c = &http.Client{Timeout: 5}`, "Client"},
		{"internal/a/a.go", head + `var c = new(http.Client)`, "Client"},
		{"internal/a/a.go", head + `var c http.Client`, "Client"},
		{"internal/a/a.go", head + `var c = &http.Transport{}`, "Transport"},
		{"internal/a/a.go", head + `func f() { http.Post("x", "y", nil) }`, "Post"},
		{"internal/a/a.go", head + `func f() { net.Dial("tcp", "x") }`, "net.Dial"},
		{"internal/a/a.go", head + `var d net.Dialer`, "Dialer"},
		{"internal/a/a.go", head + `func f() { net.LookupHost("x") }`, "LookupHost"},
		{"internal/a/a.go", head + `func f() { tls.Dial("tcp", "x", nil) }`, "tls.Dial"},
		{"internal/a/a.go", head + `var p = &httputil.ReverseProxy{Director: f}`, "ReverseProxy without Transport"},
		{"internal/a/a.go", head + `var p = &httputil.ReverseProxy{Transport: t}`, ""},
		{"internal/a/a.go", head + `var p = httputil.NewSingleHostReverseProxy(u)`, "NewSingleHost"},
		{"internal/a/a.go", head + `var c = &acme.Client{DirectoryURL: "x"}`, "Client without HTTPClient"},
		{"internal/a/a.go", head + `var c = &acme.Client{HTTPClient: c}`, ""},
		{"internal/a/a.go", head + `func f(c *http.Client, t *http.Transport) error { return c.Get("x") }`, ""},
		{"internal/a/a.go", head + `type T struct { http *http.Client }`, ""},
		{"internal/a/a.go", "package a\nimport web \"net/http\"\n" + `var c = web.Client{}`, "Client"},
		{"internal/a/a.go", head + `func f() { net.Listen("tcp", "x"); _ = http.MethodGet; _ = net.SplitHostPort }`, ""},
		{"internal/a/a_test.go", head + `func f() { http.Get("x") }`, ""},
		{"cmd/phohien/a.go", head + `func f() { http.Get("x") }`, "http.Get"},
		{"cmd/phohien/client.go", head + `var c = &http.Client{}`, ""},
		{"tools/a/a.go", head + `var c = &http.Client{}`, ""},
	} {
		wrong, err := Outgoing(File{tt.path, tt.text})
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(wrong, "\n")
		if (tt.wanted == "") != (got == "") || !strings.Contains(got, tt.wanted) {
			t.Errorf("%s: got %q, want %q", strings.TrimPrefix(tt.text, head), got, tt.wanted)
		}
	}
}
