package explore

import (
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui/assets"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// people are persons, with names of fields that no language takes as they are.
const people = `apiVersion: v3.1.0
kind: DataContract
id: nguoi
name: Người được trợ giúp
version: 1.0.0
status: active
schema:
  - name: nguoi
    properties:
      - {name: so-cccd, businessName: Số định danh, logicalType: string, primaryKey: true, required: true, examples: ["001090000000"], customProperties: [{property: phohien.personal, value: {class: basic, kind: personal_id}}]}
      - {name: "1 tên", businessName: Họ và tên, logicalType: string, examples: [Nguyễn Thị Thử], customProperties: [{property: phohien.personal, value: {class: basic, kind: name}}]}
      - {name: Key, logicalType: string}
      - {name: tien, logicalType: number, physicalType: "decimal(10,2)"}
      - {name: luc, logicalType: timestamp}
      - {name: con, logicalType: boolean}
`

// rights answer every question with one decision.
type rights struct{ policy.Decision }

func (r *rights) Allow(policy.Who, policy.Action, policy.What, policy.Purpose) policy.Decision {
	return r.Decision
}

// explored is a server of the API and of the pages of this package.
func explored(t *testing.T) (*apitest.Province, *httptest.Server) {
	t.Helper()
	p := apitest.New(t, "packs/viet-nam/data/vn-tinh.csv", "packs/viet-nam/data/vn-xa.csv", "packs/hung-yen/data/hy-xa.csv")
	p.Put(t, people)
	files, err := assets.Load()
	if err != nil {
		t.Fatal(err)
	}
	pages := site.New(p.Guard, p.Door, files, p.Log)
	New(Deps{Site: pages, Contracts: p.Contracts, CodeLists: p.CodeLists})
	mux := http.NewServeMux()
	mux.Handle("/", pages)
	mux.Handle("/api/v1/", p.API(t))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return p, server
}

// page is a page as somebody reads it who has signed in.
func page(t *testing.T, address string) string {
	t.Helper()
	r, err := http.NewRequest("GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Phohien-Token", apitest.Token)
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v\n%.500s", address, resp.Status, err, text)
	}
	return string(text)
}

// code is what stands in a piece of code of a page.
func code(t *testing.T, page, id string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `<pre id="`+id+`"`)
	_, rest, there := strings.Cut(rest, "<code>")
	text, _, ended := strings.Cut(rest, "</code>")
	if !ok || !there || !ended {
		t.Fatalf("no code %s", id)
	}
	return html.UnescapeString(text)
}

// run runs a program with the key in its environment.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "PHOHIEN_KEY="+apitest.Token, "GO111MODULE=off", "PYTHONIOENCODING=utf-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// The programs of the page run as they stand there and read the table: all of it
// first, and nothing when nothing has changed since.
func TestAPI_programs(t *testing.T) {
	_, server := explored(t)
	text := page(t, server.URL+"/datasets/hy-xa/api?lang=vi")
	dir := t.TempDir()
	modules, err := filepath.Abs("../../../web/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	for name, id := range map[string]string{"main.go": "program-go", "dong_bo.py": "program-python", "dong-bo.ts": "program-typescript"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(code(t, text, id)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out := run(t, dir, "gofmt", "-l", "main.go"); out != "" {
		t.Errorf("gofmt would write %s otherwise", out)
	}
	run(t, dir, "node", filepath.Join(modules, "typescript/bin/tsc"), "--strict", "--noUncheckedIndexedAccess", "--target", "ES2022", "--module", "ES2022", "--lib", "ES2022,DOM", "dong-bo.ts")
	if err := os.Rename(filepath.Join(dir, "dong-bo.js"), filepath.Join(dir, "dong-bo.mjs")); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "go", "build", "-o", "dong-bo", "main.go")
	for language, command := range map[string][]string{"Go": {"./dong-bo"}, "Python": {"python3", "dong_bo.py"}, "TypeScript": {"node", "dong-bo.mjs"}} {
		out := run(t, dir, command[0], command[1:]...)
		if n := strings.Count(out, "+ "); n != 86 || !strings.Contains(out, "+ 11953 ") || !strings.Contains(out, "Phường Phố Hiến") {
			t.Errorf("%s reads %d records:\n%.300s", language, n, out)
		}
		_, since, ok := strings.Cut(strings.TrimSpace(out), "next_since: ")
		if again := run(t, dir, command[0], append(command[1:], since)...); !ok || strings.Contains(again, "+ ") {
			t.Errorf("%s reads again what has not changed:\n%.300s", language, again)
		}
	}
}

// The page names this table's fields, a key that there is, and each kind of file;
// of a table about persons it shows the contract's examples, and no record.
func TestAPI_page(t *testing.T) {
	p, server := explored(t)
	text := page(t, server.URL+"/datasets/hy-xa/api?lang=vi")
	for _, want := range []string{server.URL + "/api/v1/datasets/hy-xa/records/11953", "/groups?by=loai", "records.geojson", "records.arrow", "records?loai=", `<code translate="no">ma_xa</code>`, `href="/api/v1/codelists/`} {
		if !strings.Contains(html.UnescapeString(text), want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	con, err := p.Contracts.Current(t.Context(), "nguoi")
	if err != nil {
		t.Fatal(err)
	}
	p.Door.Policies = &rights{policy.Decision{Allowed: true, Rows: policy.Rows{All: true}, Columns: map[string]policy.Sight{"1 tên": {Mask: policy.LastFour}, "tien": {Mask: policy.Hidden}}}}
	text = page(t, server.URL+"/datasets/nguoi/api?lang=vi")
	for _, want := range []string{"records/001090000000", "F1Ten", `"1 tên": string | null;`, "được che"} {
		if !strings.Contains(html.UnescapeString(text), want) {
			t.Errorf("%q is not on the page of %s", want, con.Name)
		}
	}
	for _, no := range []string{"records.geojson", "so-cccd=", "measure=tien"} {
		if strings.Contains(html.UnescapeString(text), no) {
			t.Errorf("%q is on the page of %s", no, con.Name)
		}
	}
	s := sample{table: table{con: con, obj: con.Objects[0]}, address: "http://localhost"}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(s.programs()[1].Text), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "go", "vet", "main.go")
	if out := run(t, dir, "gofmt", "-l", "main.go"); out != "" {
		t.Errorf("gofmt would write %s otherwise", out)
	}
}

// Names of Go are made of whatever a field is called, each another.
func TestGoName(t *testing.T) {
	for name, want := range map[string]string{"ma_xa": "MaXa", "Mã số thuế": "MaSoThue", "1 tên": "F1Ten", "đơn-vị": "DonVi", "+": "F"} {
		if got := goName(name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
	s := sample{table: table{obj: &contract.Object{Columns: []contract.Column{{Name: "a b"}, {Name: "a_b"}, {Name: "key"}}}}}
	if row := s.goRow(); !strings.Contains(row, "AB ") || !strings.Contains(row, "AB2 ") || !strings.Contains(row, "Key2 ") {
		t.Error(row)
	}
}

func TestAPI_browser(t *testing.T) {
	_, server := explored(t)
	b := browsertest.New(t, server.URL)
	b.Open("/?token=" + apitest.Token)
	for _, look := range browsertest.Looks() {
		b.See(look)
		b.Open("/datasets/hy-xa/api?lang=" + look.Lang)
		b.Judge("api-" + look.Name)
	}
}
