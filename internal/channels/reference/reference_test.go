package reference

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui/assets"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// served is a server of the reference, with the document that it tells of.
func served(t *testing.T) (*httptest.Server, []byte) {
	t.Helper()
	p := apitest.New(t)
	files, err := assets.Load()
	if err != nil {
		t.Fatal(err)
	}
	s, json := site.New(p.Guard, p.Door, files, p.Log), p.API(t)
	New(s, json.Document)
	document, err := json.Document()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server, document
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestReference: nobody needs to sign in; every operation of the document stands in
// the list and in full on the page of its group, with its parameters and an
// example; every structure that is named is told there.
func TestReference(t *testing.T) {
	server, document := served(t)
	b, err := readBook(document)
	if err != nil {
		t.Fatal(err)
	}
	status, index := get(t, server.URL+Path+"?lang=vi")
	if status != http.StatusOK || len(index) > 200_000 {
		t.Fatalf("%d, %d bytes", status, len(index))
	}
	n := 0
	for i := range b.groups {
		g := &b.groups[i]
		_, page := get(t, server.URL+Path+"/"+g.tag+"?lang=vi")
		if len(page) > 600_000 {
			t.Errorf("%s: %d bytes", g.tag, len(page))
		}
		for _, op := range g.operations {
			n++
			if at := `href="` + Path + "/" + g.tag + "#" + op.ID + `"`; !strings.Contains(index, at) {
				t.Errorf("%s is not in the list", op.ID)
			}
			if !strings.Contains(page, `<article class="card" id="`+op.ID+`"`) || !strings.Contains(page, `id="curl-`+op.ID+`"`) || !strings.Contains(page, half(locale.Vi, op.Summary)) {
				t.Errorf("%s is not told on the page of %s", op.ID, g.tag)
			}
			for _, p := range op.Parameters {
				if !strings.Contains(page, `<code translate="no">`+p.Name+`</code>`) {
					t.Errorf("%s: parameter %s is not told", op.ID, p.Name)
				}
			}
		}
		for _, part := range strings.Split(page, `href="#schema-`)[1:] {
			name, _, _ := strings.Cut(part, `"`)
			if !strings.Contains(page, `id="schema-`+name+`"`) {
				t.Errorf("%s: the structure %s is named and not told", g.tag, name)
			}
		}
	}
	var paths struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(document, &paths); err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, item := range paths.Paths {
		want += len(item)
	}
	if n != want || want == 0 {
		t.Errorf("%d operations are told, the document has %d", n, want)
	}
	if status, _ := get(t, server.URL+Path+"/khong-co"); status != http.StatusNotFound && status != http.StatusUnauthorized {
		t.Errorf("a group that is none: %d", status)
	}
}

// The search of the list finds without marks, in either language, without a
// script.
func TestReference_find(t *testing.T) {
	server, _ := served(t)
	for q, want := range map[string]string{"ket+xuat+parquet": "", "xuat+parquet": "export-records-parquet", "undo": "undo-batch", "ho%C3%A0n+t%C3%A1c": "undo-batch"} {
		_, page := get(t, server.URL+Path+"?lang=vi&q="+q)
		if want != "" && (!strings.Contains(page, "#"+want+`"`) || strings.Contains(page, `#list-datasets"`)) {
			t.Errorf("%s does not find %s alone", q, want)
		}
	}
	if _, page := get(t, server.URL+Path+"?q=%3Cscript%3E"); strings.Contains(page, "<script>") || !strings.Contains(page, "&lt;script&gt;") {
		t.Error("what was asked for is not shown as text")
	}
}

// Most of what the document says of operations and parameters is told in
// Vietnamese too, and nothing is translated that the document no longer says.
func TestReference_vietnamese(t *testing.T) {
	_, document := served(t)
	b, err := readBook(document)
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, g := range b.groups {
		for _, op := range g.operations {
			said[op.Description] = true
			for _, p := range op.Parameters {
				said[p.Description] = true
			}
			if op.RequestBody != nil {
				said[op.RequestBody.Description] = true
			}
		}
	}
	delete(said, "")
	var missing []string
	for text := range said {
		if _, ok := translated[text]; !ok {
			missing = append(missing, text)
		}
	}
	if 5*len(missing) > len(said) {
		t.Errorf("%d of %d descriptions are not in Vietnamese:\n%s", len(missing), len(said), strings.Join(missing, "\n"))
	}
	for text := range translated {
		if !strings.Contains(string(document), strings.Trim(jsonText(t, text), `"`)) {
			t.Errorf("translated and not in the document: %s", text)
		}
	}
}

func jsonText(t *testing.T, text string) string {
	t.Helper()
	b, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestReference_browser(t *testing.T) {
	server, _ := served(t)
	b := browsertest.New(t, server.URL)
	for _, page := range []struct{ name, path string }{{"reference", Path}, {"reference-records", Path + "/records"}} {
		for _, look := range browsertest.Looks() {
			b.See(look)
			b.Open(page.path + "?lang=" + look.Lang)
			b.Judge(page.name + "-" + look.Name)
		}
	}
	b.Look(1366, 900, "light")
	b.Open(Path + "?lang=vi")
	typed := `{const q = document.querySelector("#q"); q.value = "Hoàn tác Undo-batch"; q.dispatchEvent(new Event("input"))}`
	browsertest.Eval[any](b, typed)
	if n := browsertest.Eval[int](b, `[...document.querySelectorAll("[data-find]")].filter((li) => li.offsetParent !== null).length`); n != 1 {
		t.Errorf("%d operations are left, want 1", n)
	}
	b.Settle()
}
