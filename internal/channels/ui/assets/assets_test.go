package assets

import (
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func get(t *testing.T, s *Set, method, path, encoding string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

func built(t *testing.T) *Set {
	t.Helper()
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryNamedFileIsServed(t *testing.T) {
	s := built(t)
	for _, path := range append([]string{s.Style, s.Theme, s.Script, s.Icon, s.Licences}, s.Fonts...) {
		res := get(t, s, http.MethodGet, path, "")
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != http.StatusOK || len(body) == 0 || res.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: status %d, %d bytes, encoding %q", path, res.StatusCode, len(body), res.Header.Get("Content-Encoding"))
		}
	}
}

func TestCompressed(t *testing.T) {
	s := built(t)
	plain, err := io.ReadAll(get(t, s, http.MethodGet, s.Style, "gzip;q=0").Body)
	if err != nil {
		t.Fatal(err)
	}
	res := get(t, s, http.MethodGet, s.Style, "br, gzip")
	if got := res.Header.Get("Content-Encoding"); got != "gzip" {
		t.Fatalf("encoding %q, want gzip", got)
	}
	unpacked, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(plain) {
		t.Error("the compressed style sheet is not the plain one")
	}
}

func TestRefused(t *testing.T) {
	s := built(t)
	tests := []struct {
		method, path string
		want         int
	}{
		{http.MethodGet, Prefix, http.StatusNotFound},
		{http.MethodGet, Prefix + "manifest.json", http.StatusNotFound},
		{http.MethodGet, Prefix + "../assets.go", http.StatusNotFound},
		{http.MethodGet, s.Style + ".gz", http.StatusNotFound},
		{http.MethodPost, s.Style, http.StatusMethodNotAllowed},
	}
	for _, tt := range tests {
		if got := get(t, s, tt.method, tt.path, "").StatusCode; got != tt.want {
			t.Errorf("%s %s: status %d, want %d", tt.method, tt.path, got, tt.want)
		}
	}
}

// A page must work with no way out: nothing in the files may make a browser ask
// another host, and nothing may need eval.
func TestNoRequestToAnotherHost(t *testing.T) {
	s := built(t)
	away := regexp.MustCompile(`(?:url\(\s*["']?|@import\s*["']|\bimport\(?\s*["']|fetch\(\s*["']|src=["'])(?:https?:)?//`)
	files, err := fs.Glob(s.files, "*.[cjs]*") // css, js, svg
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		content, err := fs.ReadFile(s.files, name)
		if err != nil {
			t.Fatal(err)
		}
		if found := away.FindString(string(content)); found != "" {
			t.Errorf("%s asks another host: %s", name, found)
		}
	}
}

// A first page must come within 300 kB on a slow line; the page itself and its
// type need the rest. Charts are not in it: were they bundled into the script
// of all pages, this would fail.
func TestFirstLoadIsSmall(t *testing.T) {
	s := built(t)
	total := 0
	for _, path := range []string{s.Style, s.Theme, s.Script} {
		res := get(t, s, http.MethodGet, path, "gzip")
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		total += len(body)
	}
	const most = 110_000
	if total > most {
		t.Errorf("style and scripts of every page are %d bytes compressed, want at most %d", total, most)
	}
}

func TestLoadSaysWhatIsMissing(t *testing.T) {
	if _, err := load(fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "make assets") {
		t.Errorf("got %v, want an error that names make assets", err)
	}
}
