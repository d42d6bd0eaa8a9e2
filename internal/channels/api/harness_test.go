package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api/apitest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// files are what the packs bring for the sets that the tests look at, those they
// refer to first.
var files = []string{
	"packs/viet-nam/data/vn-tinh.csv", "packs/viet-nam/data/vn-xa.csv",
	"packs/hung-yen/data/hy-co-quan.csv", "packs/hung-yen/data/hy-xa.csv", "packs/hung-yen/data/hy-nhiem-vu.csv",
}

// harness is a province behind a real HTTP server. Every answer it hands out
// has been held against the OpenAPI document.
type harness struct {
	t        *testing.T
	province *apitest.Province
	server   *httptest.Server
	doc      *document
}

func newHarness(t *testing.T, sent ...string) *harness {
	t.Helper()
	p := apitest.New(t, sent...)
	s := p.API(t)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return &harness{t, p, server, readDocument(t, s)}
}

type answer struct {
	t        *testing.T
	request  *http.Request
	response *http.Response
	body     []byte
}

// ask sends a request with the token and headers "Name: value".
func (h *harness) ask(method, path string, body io.Reader, headers ...string) *answer {
	h.t.Helper()
	r, err := http.NewRequest(method, h.server.URL+path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("X-Phohien-Token", apitest.Token)
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
		if value == "" {
			r.Header.Del(name)
		}
		if name == "Host" {
			r.Host = value
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		h.t.Fatal(err)
	}
	got, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		h.t.Fatal(err)
	}
	a := &answer{h.t, r, resp, got}
	if err := h.doc.check(r, resp, got); err != nil {
		h.t.Errorf("answer against the document: %v", err)
	}
	return a
}

func (h *harness) get(path string, headers ...string) *answer {
	h.t.Helper()
	return h.ask("GET", path, nil, headers...)
}

func (h *harness) send(dataset, name string, body []byte, headers ...string) *answer {
	h.t.Helper()
	all := append([]string{"Content-Type: text/csv", "Prefer: wait=30", "Content-Disposition: attachment; filename=\"" + name + "\""}, headers...)
	return h.ask("POST", "/api/v1/datasets/"+dataset+"/batches", bytes.NewReader(body), all...)
}

// want fails the test unless the status is this one.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.response.StatusCode != status {
		a.t.Fatalf("%s %s: %s, want %d\n%.800s", a.request.Method, a.request.URL, a.response.Status, status, a.body)
	}
	return a
}

// problem fails the test unless the answer is this problem.
func (a *answer) problem(status int, key string) *answer {
	a.t.Helper()
	a.want(status)
	var p struct{ Type string }
	a.into(&p)
	if p.Type != "urn:phohien:problem:"+key {
		a.t.Errorf("%s %s: %s, want %s", a.request.Method, a.request.URL, p.Type, key)
	}
	return a
}

func (a *answer) into(v any) {
	a.t.Helper()
	reflect.ValueOf(v).Elem().SetZero() // what the answer leaves out is not what an earlier one said
	if err := json.Unmarshal(a.body, v); err != nil {
		a.t.Fatalf("%s: %v\n%.400s", a.request.URL, err, a.body)
	}
}

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (rewrite with -update and read it):\n%s", name, got)
	}
}

func fileOf(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(apitest.File(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
