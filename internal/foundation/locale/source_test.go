package locale

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestSource reads the program's sources: every key of a fault and of a
// sentence must be in the catalogues, with as many values as it needs.
func TestSource(t *testing.T) {
	uses := 0
	for dir, sources := range packagesOf(t, filepath.Join("..", "..", "..")) {
		p := newSource(sources)
		for _, f := range sources {
			p.check(t, f, &uses)
		}
		_ = dir
	}
	if uses < 40 {
		t.Errorf("only %d uses of keys found: is the test looking in the right place?", uses)
	}
}

// TestSource_finds tries the finder itself.
func TestSource_finds(t *testing.T) {
	const text = `package x
const errTwo = "file.two"
func refused(n int, key string, args ...any) error { return fault.New(fault.Invalid, key, args...) }
func f(l Lang, args []any) {
	_ = fault.New(fault.Invalid, "file.one", 1)
	_ = fault.New(fault.Invalid, errTwo)
	_ = refused(3, "file.three", 1, 2)
	l.T("word.four", args...)
	from(ctx).T("word.five", 1)
	fault.New(fault.Invalid, pick())
}`
	f, err := parser.ParseFile(token.NewFileSet(), "x.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	newSource([]*ast.File{f}).uses(f, func(u use) {
		got = append(got, u.key+"/"+strconv.Itoa(u.args))
	})
	want := []string{"/0", "file.one/1", "file.three/2", "file.two/0", "word.five/1", "word.four/-1"}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}

// packagesOf parses the sources below root, tests aside, by folder.
func packagesOf(t *testing.T, root string) map[string][]*ast.File {
	t.Helper()
	all := map[string][]*ast.File{}
	for _, top := range []string{"internal", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") ||
				strings.Contains(filepath.ToSlash(name), "/testdata/") {
				return err
			}
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			f, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			all[filepath.Dir(name)] = append(all[filepath.Dir(name)], f)
			return nil
		})
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	return all
}

var fset = token.NewFileSet()

// A source is one package: its text constants and the functions that hand a
// key on to fault.New.
type source struct {
	consts   map[string]string
	wrappers map[string]int // name → position of the parameter that is the key
}

func newSource(sources []*ast.File) *source {
	p := &source{map[string]string{}, map[string]int{}}
	for _, f := range sources {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, v := range n.Values {
					if text, ok := literal(v); ok && i < len(n.Names) {
						p.consts[n.Names[i].Name] = text
					}
				}
			case *ast.FuncDecl:
				if at := keyParameter(n); at >= 0 {
					p.wrappers[n.Name.Name] = at
				}
			}
			return true
		})
	}
	return p
}

// keyParameter finds, in func f(…, key string, args ...any) that calls
// fault.New(kind, key, args...) or T(key, args...), the position of key; -1 in
// any other.
func keyParameter(f *ast.FuncDecl) int {
	if f.Body == nil {
		return -1
	}
	var names []string
	for _, field := range f.Type.Params.List {
		for _, name := range field.Names {
			names = append(names, name.Name)
		}
	}
	at := -1
	ast.Inspect(f.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || !call.Ellipsis.IsValid() || len(call.Args) < 2 {
			return true
		}
		if key, ok := call.Args[len(call.Args)-2].(*ast.Ident); ok && (isFaultNew(call) || isT(call)) {
			at = max(at, slices.Index(names, key.Name))
		}
		return true
	})
	return at
}

func isFaultNew(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "New" || len(call.Args) < 2 {
		return false
	}
	of, ok := sel.X.(*ast.Ident)
	return ok && of.Name == "fault"
}

func isT(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "T" && len(call.Args) > 0
}

// isKept tells fault.New(kind, f.Key, args...): a fault made again from where it
// was kept.
func isKept(call *ast.CallExpr, at int) bool {
	sel, ok := call.Args[at].(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Key" && call.Ellipsis.IsValid()
}

// A use is a place where a key is named; args is -1 when they are not counted
// there, key is "" when it is no constant.
type use struct {
	pos   token.Pos
	key   string
	args  int
	fault bool
}

func (p *source) uses(f *ast.File, found func(use)) {
	var inWrapper bool
	ast.Inspect(f, func(n ast.Node) bool {
		if decl, ok := n.(*ast.FuncDecl); ok {
			_, inWrapper = p.wrappers[decl.Name.Name]
		}
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		at, isFault := p.keyArgument(call)
		if at < 0 || at >= len(call.Args) || isFault && inWrapper && call.Ellipsis.IsValid() || isKept(call, at) {
			return true
		}
		u := use{pos: call.Pos(), args: len(call.Args) - at - 1, fault: isFault}
		if call.Ellipsis.IsValid() {
			u.args = -1
		}
		u.key, _ = p.text(call.Args[at])
		if u.key != "" || isFault {
			found(u)
		}
		return true
	})
}

// keyArgument says which argument of a call is a key, -1 when none is.
func (p *source) keyArgument(call *ast.CallExpr) (at int, isFault bool) {
	switch fun := call.Fun.(type) {
	case *ast.SelectorExpr:
		if isFaultNew(call) {
			return 1, true
		}
		if at, ok := p.wrappers[fun.Sel.Name]; ok {
			return at, true
		}
		if isT(call) {
			return 0, false
		}
	case *ast.Ident:
		if at, ok := p.wrappers[fun.Name]; ok {
			return at, true
		}
	}
	return -1, false
}

func (p *source) text(e ast.Expr) (string, bool) {
	if text, ok := literal(e); ok {
		return text, true
	}
	if name, ok := e.(*ast.Ident); ok {
		text, ok := p.consts[name.Name]
		return text, ok
	}
	return "", false
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

func (p *source) check(t *testing.T, f *ast.File, total *int) {
	p.uses(f, func(u use) {
		*total++
		where := fset.Position(u.pos)
		switch s, ok := sentences[Vi][u.key]; {
		case u.key == "":
			t.Errorf("%s: the key of a fault must be a constant", where)
		case !ok:
			t.Errorf("%s: %s has no sentence in the catalogues", where, u.key)
		case u.args >= 0 && u.args < s.args():
			t.Errorf("%s: %s needs %d values, gets %d", where, u.key, s.args(), u.args)
		}
	})
}
