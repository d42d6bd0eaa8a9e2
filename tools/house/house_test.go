package house

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../.."

func repository(t *testing.T) []File {
	t.Helper()
	files, err := Files(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("%d files found below %s: this is not the repository", len(files), root)
	}
	return files
}

func packages(t *testing.T) []Package {
	t.Helper()
	list, err := Packages(repository(t))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func complain(t *testing.T, wrong []string) {
	t.Helper()
	for _, w := range wrong {
		t.Error(w)
	}
}

func TestFloors(t *testing.T) { complain(t, Floors(packages(t))) }

func TestPackagesSayWhatTheyAreFor(t *testing.T) { complain(t, Docs(packages(t))) }

func TestContent(t *testing.T) {
	for _, f := range repository(t) {
		complain(t, Content(f))
	}
}

func TestLockFilesNameNoAddress(t *testing.T) {
	found := false
	for _, f := range repository(t) {
		if path.Base(f.Path) == "package-lock.json" {
			found = true
			wrong, err := Lock(f)
			if err != nil {
				t.Fatal(err)
			}
			complain(t, wrong)
		}
	}
	if !found {
		t.Error("no lock file found: packages from npm are not pinned")
	}
}

func TestToday(t *testing.T) {
	for _, f := range repository(t) {
		complain(t, Today(f))
	}
	if len(Today(File{Path: "internal/a/a.go", Text: "day := viet.Date" + "Of(now)"})) != 1 {
		t.Error("a day of no place is let through")
	}
}

func TestNoDefaultClient(t *testing.T) {
	for _, f := range repository(t) {
		wrong, err := DefaultClient(f)
		if err != nil {
			t.Fatal(err)
		}
		complain(t, wrong)
	}
}

func TestNoPackIsNamed(t *testing.T) {
	entries, err := os.ReadDir(filepath.Join(root, "packs"))
	if err != nil {
		t.Fatal(err)
	}
	var packs []string
	for _, e := range entries {
		if e.IsDir() {
			packs = append(packs, e.Name())
		}
	}
	for _, f := range repository(t) {
		wrong, err := PackNames(f, packs)
		if err != nil {
			t.Fatal(err)
		}
		complain(t, wrong)
	}
}

// The rules themselves: each must refuse what it is for, and only that.

func TestArrow(t *testing.T) {
	tests := []struct {
		from, to string
		refused  bool
	}{
		{"internal/core/record", "internal/foundation/store", false},
		{"internal/core/record", "internal/core/contract", false},
		{"internal/core/record/inner", "internal/core/record", false},
		{"internal/core/record", "internal/core/corridor", true},
		{"internal/core/record", "internal/core/unheard", true},
		{"internal/foundation/store", "internal/core/record", true},
		{"internal/foundation/store", "odcs", false},
		{"internal/channels/api", "internal/core/corridor", false},
		{"internal/channels/api", "internal/app", true},
		{"internal/apps/desk", "internal/app", true},
		{"internal/apps/desk", "internal/channels/ui", true},
		{"internal/app", "internal/apps/desk", false},
		{"internal/app", "internal/channels/ui", false},
		{"internal/attic", "internal/core/record", true},
		{"cmd/phohien", "internal/app", false},
		{"internal/app", "cmd/phohien", true},
		{"cmd/phohien", "cmd/phohien/inner", false},
		{"cmd/phohien", "cmd/other/inner", true},
		{"odcs", "internal/foundation/fault", true},
		{"odcs", "viet", true},
		{"odcs/schema", "odcs", false},
		{"tools/load", "internal/core/corridor", false},
	}
	for _, tt := range tests {
		if why := arrow(tt.from, tt.to); (why != "") != tt.refused {
			t.Errorf("%s → %s: got %q, want refused = %v", tt.from, tt.to, why, tt.refused)
		}
	}
}

func TestFloorsOfSmallHouses(t *testing.T) {
	pkg := func(p string, imports ...string) Package {
		made := Package{Path: p, Imports: map[string][]string{}}
		for _, i := range imports {
			made.Imports[i] = nil
		}
		return made
	}
	tests := []struct {
		name   string
		house  []Package
		wanted string
	}{
		{"templ in core", []Package{pkg("internal/core/score", "github.com/a-h/templ")}, "imports templ"},
		{"templ in channels", []Package{pkg("internal/channels/ui", "github.com/a-h/templ")}, ""},
		{"circle by way of an inner package", []Package{
			pkg("internal/foundation/a/inner", Module+"/internal/foundation/b"),
			pkg("internal/foundation/b", Module+"/internal/foundation/a"),
		}, "imports itself"},
		{"two that share a third", []Package{
			pkg("internal/foundation/a", Module+"/internal/foundation/c"),
			pkg("internal/foundation/b", Module+"/internal/foundation/c"),
		}, ""},
	}
	for _, tt := range tests {
		got := strings.Join(Floors(tt.house), "\n")
		if (tt.wanted == "") != (got == "") || !strings.Contains(got, tt.wanted) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.wanted)
		}
	}
}

func TestContentRules(t *testing.T) {
	tests := []struct {
		path, text string
		wanted     string
	}{
		{"a.go", `open("/ho` + `me/lan/data")`, "machine"},
		{"a.sh", `cd /wo` + `rk/main`, "machine"},
		{"a.go", `http.Handle("/homepage", h)`, ""},
		{"odcs/testdata/a.yaml", `path: /ho` + `me/lan`, ""},
		{"a.md", `https://registry.` + `npmjs.org/x`, "registry"},
		{"a.go", `// TO` + `DO: later`, "unfinished"},
		{"a.md", `a list of what is TO` + `DO`, ""},
		{"a.go", `const s = "FORTODOX"`, ""},
		{"a.pem", `-----BEGIN EC PRIV` + `ATE KEY-----`, "secret"},
	}
	for _, tt := range tests {
		got := strings.Join(Content(File{tt.path, tt.text}), "\n")
		if (tt.wanted == "") != (got == "") || !strings.Contains(got, tt.wanted) {
			t.Errorf("%s %q: got %q, want %q", tt.path, tt.text, got, tt.wanted)
		}
	}
}

func TestLock(t *testing.T) {
	tests := []struct {
		text  string
		wrong int
	}{
		{`{"packages": {"": {}, "node_modules/a": {"integrity": "sha512-x"}}}`, 0},
		{`{"packages": {"node_modules/a": {"integrity": "sha512-x", "resolved": "https://a/b.tgz"}}}`, 1},
		{`{"packages": {"node_modules/a": {}}}`, 1},
	}
	for _, tt := range tests {
		wrong, err := Lock(File{"package-lock.json", tt.text})
		if err != nil || len(wrong) != tt.wrong {
			t.Errorf("%s: got %v, %v, want %d complaints", tt.text, wrong, err, tt.wrong)
		}
	}
}

func TestSourceRules(t *testing.T) {
	const head = "package a\nimport \"net/http\"\n"
	tests := []struct {
		path, text     string
		client, packed bool
	}{
		{"internal/a/a.go", head + `var c = http.DefaultClient`, true, false},
		{"internal/a/a.go", head + `func f() { http.Get("x") }`, true, false},
		{"internal/a/a_test.go", head + `func f() { http.Get("x") }`, false, false},
		{"internal/a/a.go", head + `func f(s T) { s.Get("x"); _ = http.MethodGet }`, false, false},
		{"internal/a/a.go", "package a\nimport web \"net/http\"\n" + `var c = web.DefaultClient`, true, false},
		{"internal/a/a.go", "package a\n" + `const p = "thai-binh"`, false, true},
		{"internal/a/a.go", "package a\n" + `const p = "packs/thai-binh/pack.yaml"`, false, true},
		{"internal/a/a.go", "package a\n" + `const p = "thai-binh-moi"`, false, false},
		{"internal/a/a.go", "package a\n// as in thai-binh\n", false, false},
		{"cmd/a/a.go", "package a\n" + `const p = "thai-binh"`, false, false},
	}
	for _, tt := range tests {
		f := File{tt.path, tt.text}
		client, err := DefaultClient(f)
		if err != nil {
			t.Fatal(err)
		}
		packed, err := PackNames(f, []string{"thai-binh"})
		if err != nil {
			t.Fatal(err)
		}
		if (len(client) > 0) != tt.client || (len(packed) > 0) != tt.packed {
			t.Errorf("%s %q: got %v and %v", tt.path, tt.text, client, packed)
		}
	}
}
