package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/phohien/phohien/internal/channels/api"
)

// A document is the OpenAPI document of a server, to hold answers against.
// OpenAPI 3.1 schemas are JSON Schema 2020-12, so a JSON Schema validator reads
// them as they are.
type document struct {
	paths    map[string]map[string]any
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema
	seen     map[string]bool // operations that were answered
}

func readDocument(t testing.TB, s *api.Server) *document {
	t.Helper()
	text, err := s.Document()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	top := doc.(map[string]any)
	if v, _ := top["openapi"].(string); !strings.HasPrefix(v, "3.1") {
		t.Fatalf("openapi %q, want 3.1", v)
	}
	d := &document{paths: map[string]map[string]any{}, compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}, seen: map[string]bool{}}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource("mem:///openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	for path, item := range top["paths"].(map[string]any) {
		d.paths[path] = item.(map[string]any)
	}
	return d
}

// check holds one answer against the document: its path, method, status, media
// type and, when that is JSON, its body.
func (d *document) check(r *http.Request, resp *http.Response, body []byte) error {
	path, err := d.template(r.URL.EscapedPath())
	method := strings.ToLower(r.Method)
	op, ok := d.paths[path][method].(map[string]any)
	switch {
	case (err != nil && resp.StatusCode == http.StatusNotFound) || (err == nil && !ok && resp.StatusCode == http.StatusMethodNotAllowed):
		return d.validate("mem:///openapi.json#/components/schemas/Problem", body)
	case err != nil:
		return err
	case !ok:
		return fmt.Errorf("%s %s is not in the document", r.Method, path)
	}
	d.seen[method+" "+path] = true
	responses := op["responses"].(map[string]any)
	status := strconv.Itoa(resp.StatusCode)
	if _, ok := responses[status]; !ok {
		if resp.StatusCode < 400 {
			return fmt.Errorf("%s %s: status %s is not in the document", r.Method, path, status)
		}
		status = "default"
	}
	content, _ := responses[status].(map[string]any)["content"].(map[string]any)
	if len(body) == 0 {
		return nil
	}
	mediaType, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	if _, ok := content[mediaType]; !ok {
		return fmt.Errorf("%s %s %s: media type %s is not in the document", r.Method, path, status, mediaType)
	}
	if !strings.HasSuffix(mediaType, "json") {
		return nil
	}
	at := "mem:///openapi.json#" + pointer("paths", path, method, "responses", status, "content", mediaType, "schema")
	if err := d.validate(at, body); err != nil {
		return fmt.Errorf("%s %s %s: %w\n%.600s", r.Method, path, status, err, body)
	}
	return nil
}

// validate holds JSON against the schema at a place of the document.
func (d *document) validate(at string, body []byte) (err error) {
	schema := d.schemas[at]
	if schema == nil {
		if schema, err = d.compiler.Compile(at); err != nil {
			return err
		}
		d.schemas[at] = schema
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func pointer(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		p = strings.ReplaceAll(strings.ReplaceAll(p, "~", "~0"), "/", "~1")
		b.WriteString("/" + strings.NewReplacer("{", "%7B", "}", "%7D", "+", "%2B").Replace(p))
	}
	return b.String()
}

// template finds the path of the document that a request went to.
func (d *document) template(path string) (string, error) {
	want := strings.Split(path, "/")
	best, fixed := "", -1
	for p := range d.paths {
		have := strings.Split(p, "/")
		if len(have) != len(want) {
			continue
		}
		n := 0
		for i := range have {
			if have[i] == want[i] {
				n++
			} else if !strings.HasPrefix(have[i], "{") {
				n = -1
				break
			}
		}
		if n > fixed {
			best, fixed = p, n
		}
	}
	if fixed < 0 {
		return "", fmt.Errorf("%s is not in the document", path)
	}
	return best, nil
}

// TestDocument_refuses proves that the check can fail: answers that are wrong in
// one thing each are refused.
func TestDocument_refuses(t *testing.T) {
	h := newHarness(t)
	good := h.get("/api/v1/datasets")
	for name, spoil := range map[string]func(top, first map[string]any){
		"a number as text":        func(_, f map[string]any) { f["rows"] = "86" },
		"a member is missing":     func(_, f map[string]any) { delete(f, "name") },
		"an unknown member":       func(_, f map[string]any) { f["so_dong"] = 1 },
		"null for a list":         func(_, f map[string]any) { f["objects"] = nil },
		"a time that is no time":  func(_, f map[string]any) { f["updated_at"] = "hôm qua" },
		"an unknown member above": func(t, _ map[string]any) { t["tong"] = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			var top map[string]any
			if err := json.Unmarshal(good.body, &top); err != nil {
				t.Fatal(err)
			}
			spoil(top, top["items"].([]any)[0].(map[string]any))
			body, err := json.Marshal(top)
			if err != nil {
				t.Fatal(err)
			}
			if err := h.doc.check(good.request, good.response, body); err == nil {
				t.Error("accepted")
			}
		})
	}
	wrong := *good.response
	wrong.StatusCode = http.StatusTeapot - 200 // 218: a success that is not documented
	if err := h.doc.check(good.request, &wrong, good.body); err == nil {
		t.Error("an undocumented status is accepted")
	}
	wrong = *good.response
	wrong.Header = http.Header{"Content-Type": {"text/html"}}
	if err := h.doc.check(good.request, &wrong, good.body); err == nil {
		t.Error("an undocumented media type is accepted")
	}
}
