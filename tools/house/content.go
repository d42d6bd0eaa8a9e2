package house

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// The expressions are put together from pieces, so that this file does not
// break its own rules.
var (
	machinePaths = regexp.MustCompile(`(?:^|[\s"'` + "`" + `=:(])(/(?:home|Users|root|work)/[\w.-]+)`)
	registries   = regexp.MustCompile(`(?i)\b(?:` + strings.Join([]string{
		`registry\.` + `npmjs\.org`, `registry\.` + `yarnpkg\.com`, `npm\.` + `pkg\.github\.com`,
		`proxy\.` + `golang\.org`, `sum\.` + `golang\.org`, `goproxy\.` + `(?:io|cn)`,
		`(?:deb|security|ftp)\.` + `debian\.org`, `files\.` + `pythonhosted\.org`,
		`static\.` + `crates\.io`, `repo1?\.` + `maven\.(?:apache\.)?org`,
	}, "|") + `)\b`)
	unfinished = regexp.MustCompile(`\b(?:TO` + `DO|FIX` + `ME|X` + `XX)\b`)
	secrets    = []*regexp.Regexp{
		regexp.MustCompile(`-----BEGIN [A-Z ]*PRIV` + `ATE KEY-----`),
		regexp.MustCompile(`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`),
		regexp.MustCompile(`\b(?:ghp|gho|ghs|github_pat)_[A-Za-z0-9_]{30,}\b`),
		regexp.MustCompile(`\bnpm_[A-Za-z0-9]{36}\b`),
		regexp.MustCompile(`\bxox[abprs]-[A-Za-z0-9-]{10,}\b`),
		regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{15,}`),
	}
)

// Content says what in a file may not be there.
func Content(f File) []string {
	var wrong []string
	for n, line := range strings.Split(f.Text, "\n") {
		for _, what := range inLine(f, line) {
			wrong = append(wrong, fmt.Sprintf("%s:%d: %s", f.Path, n+1, what))
		}
	}
	return wrong
}

func inLine(f File, line string) []string {
	var wrong []string
	// Test inputs are other people's bytes; a path in them leads nowhere.
	if found := machinePaths.FindStringSubmatch(line); found != nil && !inTestdata(f.Path) {
		wrong = append(wrong, "a path of one machine: "+found[1])
	}
	if found := registries.FindString(line); found != "" {
		wrong = append(wrong, "a registry's host: "+found)
	}
	if found := unfinished.FindString(line); found != "" && f.isGo() {
		wrong = append(wrong, "unfinished: "+found)
	}
	for _, secret := range secrets {
		if secret.MatchString(line) {
			wrong = append(wrong, "looks like a secret") // which is not repeated here
		}
	}
	return wrong
}

// Lock says what is wrong with an npm lock file: it names digests, never the
// addresses that packages were fetched from.
func Lock(f File) ([]string, error) {
	var lock struct {
		Packages map[string]struct {
			Resolved  string `json:"resolved"`
			Integrity string `json:"integrity"`
		} `json:"packages"`
	}
	if err := json.Unmarshal([]byte(f.Text), &lock); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path, err)
	}
	var wrong []string
	for name, p := range lock.Packages {
		if p.Resolved != "" {
			wrong = append(wrong, fmt.Sprintf("%s: %s has a download address", f.Path, name))
		}
		if name != "" && p.Integrity == "" {
			wrong = append(wrong, fmt.Sprintf("%s: %s has no digest", f.Path, name))
		}
	}
	return wrong, nil
}

// Docs says which packages do not say what they are for.
func Docs(packages []Package) []string {
	var wrong []string
	for _, p := range packages {
		want := "Package " + p.Name + " "
		if p.Name == "main" {
			want = "Command "
		}
		if !strings.Contains("\n"+p.Doc, "\n"+want) {
			wrong = append(wrong, fmt.Sprintf("package %s: no doc comment that begins %q", p.Path, want))
		}
	}
	return wrong
}

// Today says where code takes the day of a moment without saying whose day: a
// server's clock may be another's, and between midnight and seven in the morning
// it is yesterday elsewhere.
func Today(f File) (wrong []string) {
	if !f.isGo() || f.isTest() || inTestdata(f.Path) || strings.HasPrefix(f.Path, "viet/") {
		return nil
	}
	for n, line := range strings.Split(f.Text, "\n") {
		if strings.Contains(line, "viet.Date"+"Of(") && !strings.Contains(line, ".In(") && !strings.Contains(line, "viet.Zone") {
			wrong = append(wrong, fmt.Sprintf("%s:%d: a day of no place: viet.DateOf(t.In(viet.Zone)), or org.Today", f.Path, n+1))
		}
	}
	return wrong
}

// DefaultClient says where code asks other hosts past our own transport, which
// alone checks whom it talks to: http.DefaultClient and what uses it.
func DefaultClient(f File) ([]string, error) {
	if !f.isGo() || f.isTest() || inTestdata(f.Path) {
		return nil, nil
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, f.Path, f.Text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	name := importName(parsed, "net/http")
	if name == "" {
		return nil, nil
	}
	var wrong []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		use, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if of, ok := use.X.(*ast.Ident); ok && of.Name == name && usesDefaultClient[use.Sel.Name] {
			wrong = append(wrong, fmt.Sprintf("%s: http.%s asks past our transport", set.Position(use.Pos()), use.Sel.Name))
		}
		return true
	})
	return wrong, nil
}

var usesDefaultClient = map[string]bool{
	"DefaultClient": true, "DefaultTransport": true, "Get": true, "Head": true, "Post": true, "PostForm": true,
}

// importName is the name by which a file knows a package, "" when it does not.
func importName(f *ast.File, imported string) string {
	for _, spec := range f.Imports {
		if value, err := strconv.Unquote(spec.Path.Value); err != nil || value != imported {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(imported)
	}
	return ""
}

// PackNames says where code on the floors names a pack: a pack is content, and
// code that knows one by name has stopped being general.
func PackNames(f File, packs []string) ([]string, error) {
	if !strings.HasPrefix(f.Path, "internal/") || !f.isGo() || f.isTest() || inTestdata(f.Path) {
		return nil, nil
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, f.Path, f.Text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var wrong []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		text, ok := n.(*ast.BasicLit)
		if !ok || text.Kind != token.STRING {
			return true
		}
		for _, pack := range packs {
			if wordIn(text.Value, pack) {
				wrong = append(wrong, fmt.Sprintf("%s: names the pack %s", set.Position(text.Pos()), pack))
			}
		}
		return true
	})
	return wrong, nil
}

// wordIn reports whether id stands in text and is not a part of a longer id.
func wordIn(text, id string) bool {
	found, err := regexp.MatchString(`(?:^|[^a-z0-9-])`+regexp.QuoteMeta(id)+`(?:[^a-z0-9-]|$)`, text)
	return err == nil && found
}
