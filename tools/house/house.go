// Package house holds the rules of the house as tests: which package may import
// which (the floors of the design), and what no file of the repository may
// contain. It reads the sources alone and needs nothing built.
//
// This package is imported by no other; its code is what its tests share.
package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Module is the path that our own imports begin with.
const Module = "github.com/phohien/phohien"

// A Package is one folder of Go files, as the rules see it.
type Package struct {
	Path    string              // "internal/core/record", relative to the module
	Imports map[string][]string // what its files import, with the files that do; no tests
	Doc     string              // its doc comment
	Name    string
}

// ours gives the paths of ours that the package imports, relative to the module.
func (p Package) ours() []string {
	var list []string
	for imported := range p.Imports {
		if rel, ok := strings.CutPrefix(imported, Module+"/"); ok {
			list = append(list, rel)
		}
	}
	slices.Sort(list)
	return list
}

// A File is one source file that belongs to the repository.
type File struct {
	Path string // with slashes, relative to the root
	Text string
}

func (f File) isGo() bool   { return path.Ext(f.Path) == ".go" }
func (f File) isTest() bool { return strings.HasSuffix(f.Path, "_test.go") }

// builtFolders are made by the build, or hold a province; they are in .gitignore.
var builtFolders = []string{".git", ".make", "bin", "data", "data-demo", "web/node_modules", "internal/channels/ui/assets/dist"}

// Files reads the repository's files below root, leaving out what is built,
// what is not text, and what is too big to have been written by hand.
func Files(root string) ([]File, error) {
	var files []File
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if slices.Contains(builtFolders, rel) || strings.HasPrefix(path.Base(rel), ".dist-") {
				return fs.SkipDir
			}
			return nil
		}
		text, ok, err := read(name, d)
		if ok {
			files = append(files, File{rel, text})
		}
		return err
	})
	return files, err
}

const byHand = 2 << 20

func read(name string, d fs.DirEntry) (text string, ok bool, err error) {
	info, err := d.Info()
	if err != nil || !info.Mode().IsRegular() || info.Size() > byHand {
		return "", false, err
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return "", false, err
	}
	return string(content), !strings.ContainsRune(string(content[:min(len(content), 8000)]), 0), nil
}

// Packages parses the Go files, tests aside, into the packages they make.
func Packages(files []File) ([]Package, error) {
	found := map[string]*Package{}
	for _, f := range files {
		if !f.isGo() || f.isTest() || inTestdata(f.Path) {
			continue
		}
		dir := path.Dir(f.Path)
		p := found[dir]
		if p == nil {
			p = &Package{Path: dir, Imports: map[string][]string{}}
			found[dir] = p
		}
		if err := p.add(f); err != nil {
			return nil, err
		}
	}
	list := make([]Package, 0, len(found))
	for _, p := range found {
		list = append(list, *p)
	}
	slices.SortFunc(list, func(a, b Package) int { return strings.Compare(a.Path, b.Path) })
	return list, nil
}

func (p *Package) add(f File) error {
	parsed, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Text, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return err
	}
	p.Name = parsed.Name.Name
	if parsed.Doc != nil && !ast.IsGenerated(parsed) {
		p.Doc += parsed.Doc.Text()
	}
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		p.Imports[imported] = append(p.Imports[imported], f.Path)
	}
	return nil
}

func inTestdata(name string) bool {
	return strings.HasPrefix(name, "testdata/") || strings.Contains(name, "/testdata/")
}
