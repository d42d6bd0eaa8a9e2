package odcs

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// documents returns every document under testdata, by path.
func documents(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir("testdata", func(path string, e fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".odcs.yaml") {
			return err
		}
		all[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func mustRead(t testing.TB, text string) *Document {
	t.Helper()
	d, err := Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// scalars calls f for the path of every single value.
func scalars(n *node, path string, f func(path string, n *node)) {
	switch n.shape {
	case scalar:
		f(path, n)
	case mapping:
		for _, e := range n.entries {
			scalars(e.value, join(path, e.key), f)
		}
	case sequence:
		for i, it := range n.items {
			scalars(it.value, joinIndex(path, i), f)
		}
	}
}

// flat lists every single value by path.
func flat(d *Document) map[string]any {
	all := map[string]any{}
	scalars(d.root, "", func(path string, n *node) { all[path] = n.value })
	return all
}

var newValues = []any{
	"x", "Đường Nguyễn Huệ", "", " ", "1", "1.0", "007", "true", "null", "~", "yes", "2025-07-01", "12:30",
	"a: b", "a #b", "# a", "- a", "-", "? a", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "'a'", `"a"`, `it's "so"`,
	"[a]", "{a}", "a, b", "a]", "a}", ":a", "a:", "a:b", "<<", "=", "---", "...", " a", "a ", "\ta", "a\t", "a\tb",
	"a\nb", "a\nb\n", "a\n\nb", "\na", "a\n\n", "a\r\nb", "  a\n b", "a \nb", "\u0000", "\u007f", "\u0085", "\u2028", "\ufeffa", "\u00a0",
	`\`, `\n`, "😀", "Dòng một\nDòng hai: có dấu\n", strings.Repeat("Chữ có dấu rất dài ", 40),
	nil, true, false, 0, -1, int64(math.MaxInt64), uint64(math.MaxUint64), 0.1, 1.0, -2.5e-7, 1e21, 0.1 + 0.2, math.MaxFloat64,
}

// TestSetEveryScalar changes each value of each document, alone: the bytes
// before and behind stay, and reading shows that one change and no other.
func TestSetEveryScalar(t *testing.T) {
	for name, text := range documents(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			d, err := Read(text)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(d.Bytes(), text) {
				t.Fatal("Bytes differ from what was read")
			}
			i := 0
			scalars(d.root, "", func(path string, n *node) {
				i++
				p, _ := d.find(path)
				if p.shared {
					if _, err := d.Set(path, "x"); code(err) != ErrShared {
						t.Errorf("Set(%s) of a shared value: %v", path, err)
					}
					return
				}
				for k := range 4 {
					setOne(t, d, path, newValues[(i*4+k)%len(newValues)])
				}
			})
			if i == 0 {
				t.Fatal("no scalars found")
			}
		})
	}
}

// TestSetEveryValue sets every kind of new value at every style of old one.
func TestSetEveryValue(t *testing.T) {
	d, err := Read(documents(t)["testdata/vietnamese/ho-so.odcs.yaml"])
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"/name", "/version", "/status", "/tags/0", "/tags/2", "/description/purpose", "/description/usage",
		"/schema/0/description", "/schema/0/properties/0/description", "/schema/0/properties/2/description",
		"/schema/0/properties/0/logicalTypeOptions/maxLength", "/schema/0/properties/2/customProperties/2/value",
		"/schema/0/properties/2/quality/0/description", "/customProperties/1/value/bốn", "/schema/0/properties/1/description",
	} {
		for _, value := range newValues {
			setOne(t, d, path, value)
		}
	}
}

func code(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func setOne(t *testing.T, d *Document, path string, value any) {
	t.Helper()
	p, ok := d.find(path)
	if !ok {
		t.Fatalf("no %s", path)
	}
	edited, err := d.Set(path, value)
	if err != nil {
		t.Errorf("Set(%s, %q) on %q: %v", path, value, p.node.text, err)
		return
	}
	head := len(d.text) - len(d.body)
	start := head + p.node.token.Position.Offset
	if p.node.absent {
		start = head + p.node.end
	}
	end := head + p.node.end
	got := edited.Bytes()
	if !bytes.HasPrefix(got, d.text[:start]) || !bytes.HasSuffix(got, d.text[end:]) {
		t.Errorf("Set(%s, %q) changed bytes outside the value:\n%s", path, value, got)
	}
	want, _ := normal(value)
	before, after := flat(d), flat(edited)
	if !reflect.DeepEqual(after[path], want) {
		t.Errorf("Set(%s, %#v) reads back as %#v", path, value, after[path])
	}
	delete(before, path)
	delete(after, path)
	if !reflect.DeepEqual(before, after) {
		t.Errorf("Set(%s, %q) changed another value", path, value)
	}
}
