package api_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api/apitest"
)

// top is the root of the repository.
const top = "../../.."

// aClient is a copy of one of the clients in a folder of the test, with the
// document that a real server has answered.
func aClient(t *testing.T, h *harness, language string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), language)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(top, "clients", language))); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(h.server.URL + "/api/v1/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "openapi.json"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// run runs a command in a folder and returns what it prints.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	var wrong strings.Builder
	cmd.Stderr = &wrong
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, &wrong)
	}
	return string(out)
}

// toured holds what a client has printed against what there was to see: each line
// once, in this order.
func toured(t *testing.T, out string, lines ...string) {
	t.Helper()
	rest := out
	for _, line := range lines {
		_, after, ok := strings.Cut(rest, line)
		if !ok {
			t.Fatalf("%q is missing or out of order:\n%s", line, out)
		}
		rest = after
	}
}

// The clients that docs/api.md speaks of are generated from the document of a
// real server, compile, and find there what they look for.
func TestClients(t *testing.T) {
	h := newHarness(t)
	h.province.Put(t, khoa)
	file := filepath.Join(t.TempDir(), "khoa.csv")
	write := func(rows string) {
		if err := os.WriteFile(file, []byte("so,nam,limit,gia\n"+rows), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	// The one after the other: both send to the same data set.
	write("a/b,2020,L0,1.50\n100%,2021,L1,1.50\nThái Thụy,2022,L0,2\na b+c,2023,L1,3\n")
	dir := aClient(t, h, "go")
	run(t, dir, "go", "generate", "./...")
	run(t, dir, "go", "vet", "./...")
	out := run(t, dir, "go", "run", "-trimpath", ".", "-server", h.server.URL, "-key", apitest.Token, "-dataset", "khoa-kep", "-file", file)
	toured(t, out, "data set: khoa-kep Khóa kép\n", "batch: 4 read, 4 inserted\n", "records: 4\n", "changed: 4\n", "record: 100%25~2021 ", "record: a%2Fb~2020 map[gia:1.5 ",
		"problem: 404 urn:phohien:problem:dataset.unknown\n")

	write("x?y#z,2024,L0,1.50\n../up,2025,L1,1.50\n")
	dir = aClient(t, h, "ts")
	modules, err := filepath.Abs(filepath.Join(top, "web", "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "node", "node_modules/openapi-typescript/bin/cli.js", "openapi.json", "-o", "phohien.d.ts")
	run(t, dir, "node", "node_modules/typescript/bin/tsc", "-p", ".")
	out = run(t, dir, "node", "out/tour.js", h.server.URL, apitest.Token, "khoa-kep", file)
	toured(t, out, "data set: khoa-kep Khóa kép\n", "batch: 2 read, 2 inserted\n", "records: 6\n", "changed: 2\n", "record: a%2Fb~2020\n", "problem: 404 urn:phohien:problem:dataset.unknown\n")
}

// The TypeScript client is tried with the very versions that its package names.
func TestClients_versions(t *testing.T) {
	read := func(name string) map[string]string {
		text, err := os.ReadFile(filepath.Join(top, name))
		if err != nil {
			t.Fatal(err)
		}
		var p struct{ Dependencies, DevDependencies map[string]string }
		if err := json.Unmarshal(text, &p); err != nil {
			t.Fatal(err)
		}
		all := p.DevDependencies
		for name, version := range p.Dependencies {
			all[name] = version
		}
		return all
	}
	ours := read("web/package.json")
	for name, version := range read("clients/ts/package.json") {
		if ours[name] != version {
			t.Errorf("%s %s is tried as %q: pin the same in web/package.json", name, version, ours[name])
		}
	}
}
