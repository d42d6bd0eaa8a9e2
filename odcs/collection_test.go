package odcs

import (
	"bytes"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestInsertAndDelete(t *testing.T) {
	const text = "# đầu\nid: a # mã\nschema:\n- name: x\n  properties:\n    - name: p # cột\n      tags: [một, \"hai\"]\n    - {name: q}\n  rules:\n    - {property: x}\n    - {property: y, value: 1} # hai\n\n# cuối\nstatus: active\n"
	tests := []struct {
		name, path string
		value      any // nil with del
		del        bool
		want       string // text becomes this by replacing cut with put
		cut, put   string
	}{
		{name: "key at the end", path: "/name", value: "Tên: đủ", cut: "status: active\n", put: "status: active\nname: \"Tên: đủ\"\n"},
		{name: "key in a list item", path: "/schema/0/properties/0/required", value: true, cut: "\"hai\"]\n", put: "\"hai\"]\n      required: true\n"},
		{name: "key in flow style", path: "/schema/0/properties/1/required", value: true, cut: "{name: q}", put: "{name: q, required: true}"},
		{name: "item in flow style", path: "/schema/0/properties/0/tags/-", value: "a, b", cut: "\"hai\"]", put: "\"hai\", \"a, b\"]"},
		{name: "item in block style", path: "/schema/0/properties/-", value: Property{Name: "mới", Required: true, Tags: []string{"t"}},
			cut: "- {name: q}\n", put: "- {name: q}\n    - name: mới\n      required: true\n      tags:\n        - t\n"},
		{name: "item among items on one line", path: "/schema/0/rules/-", value: map[string]any{"property": "phohien.access", "value": map[string]any{"a": "b, c"}},
			cut: "    - {property: y, value: 1} # hai\n", put: "    - {property: y, value: 1} # hai\n    - {property: phohien.access, value: {a: \"b, c\"}}\n"},
		{name: "mapping", path: "/description", value: map[string]any{"usage": "u", "purpose": "dòng 1\ndòng 2"},
			cut: "status: active\n", put: "status: active\ndescription:\n  purpose: |-\n    dòng 1\n    dòng 2\n  usage: u\n"},
		{name: "delete first key", path: "/id", del: true, cut: "id: a # mã\n", put: ""},
		{name: "delete last key", path: "/status", del: true, cut: "status: active\n", put: ""},
		{name: "delete flow item", path: "/schema/0/properties/0/tags/0", del: true, cut: "[một, \"hai\"]", put: "[\"hai\"]"},
		{name: "delete last flow item", path: "/schema/0/properties/0/tags/1", del: true, cut: "[một, \"hai\"]", put: "[một]"},
		{name: "delete only flow entry", path: "/schema/0/properties/1/name", del: true, cut: "{name: q}", put: "{}"},
		{name: "delete block item", path: "/schema/0/properties/0", del: true, cut: "    - name: p # cột\n      tags: [một, \"hai\"]\n", put: ""},
		{name: "delete first key of an item", path: "/schema/0/properties/0/name", del: true, cut: "- name: p # cột\n      tags", put: "- tags"},
	}
	for _, newline := range []string{"\n", "\r\n"} {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				lines := func(s string) string { return strings.ReplaceAll(s, "\n", newline) }
				d := mustRead(t, lines(text))
				var edited *Document
				var err error
				if test.del {
					edited, err = d.Delete(test.path)
				} else {
					edited, err = d.Insert(test.path, test.value)
				}
				if err != nil {
					t.Fatal(err)
				}
				want := lines(strings.Replace(text, test.cut, test.put, 1))
				if got := string(edited.Bytes()); got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}

func TestEditRefuses(t *testing.T) {
	d := mustRead(t, "a:\n  b: 1\nc: [x]\nd:\n  - 1\n")
	tests := []struct {
		name string
		edit func() (*Document, error)
		code string
	}{
		{"set a place that is not there", func() (*Document, error) { return d.Set("/x", 1) }, ErrNoPlace},
		{"set a mapping", func() (*Document, error) { return d.Set("/a", 1) }, ErrEdit},
		{"set to a list", func() (*Document, error) { return d.Set("/a/b", []any{1}) }, ErrValue},
		{"set to broken text", func() (*Document, error) { return d.Set("/a/b", "\xff") }, ErrValue},
		{"insert what is there", func() (*Document, error) { return d.Insert("/a/b", 1) }, ErrNoPlace},
		{"insert in the middle", func() (*Document, error) { return d.Insert("/d/0", 1) }, ErrNoPlace},
		{"insert into a value", func() (*Document, error) { return d.Insert("/a/b/c", 1) }, ErrNoPlace},
		{"insert a channel", func() (*Document, error) { return d.Insert("/a/c", make(chan int)) }, ErrValue},
		{"delete the only entry", func() (*Document, error) { return d.Delete("/a/b") }, ErrEdit},
		{"delete the only item", func() (*Document, error) { return d.Delete("/d/0") }, ErrEdit},
		{"delete everything", func() (*Document, error) { return d.Delete("") }, ErrNoPlace},
	}
	for _, test := range tests {
		edited, err := test.edit()
		if edited != nil || code(err) != test.code {
			t.Errorf("%s: %v, want %s", test.name, err, test.code)
		}
		if e, ok := err.(*Error); ok && (e.MessageVi == "" || e.MessageEn == "") {
			t.Errorf("%s: a message is empty", test.name)
		}
	}
}

// TestInsertEverywhere adds an entry to every collection of every document and
// deletes it again: the bytes come back.
func TestInsertEverywhere(t *testing.T) {
	values := []any{"Tên: mới", map[string]any{"a": []any{int64(1), "x\ny\n"}, "b": map[string]any{}}, []any{"a", []any{}}, nil, 1.5}
	for name, text := range documents(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			d, err := Read(text)
			if err != nil {
				t.Fatal(err)
			}
			tried, done := 0, 0
			collections(d.root, "", func(path string, n *node) {
				p, _ := d.find(path)
				if p.shared {
					return
				}
				key, target := "mới", path+"/mới"
				if n.shape == sequence {
					key, target = "-", joinIndex(path, len(n.items))
				}
				value := values[tried%len(values)]
				tried++
				edited, err := d.Insert(path+"/"+key, value)
				if err != nil {
					t.Logf("Insert(%s/%s): %v", path, key, err)
					return
				}
				done++
				if got, _ := edited.Value(target); !reflect.DeepEqual(got, value) {
					t.Errorf("%s reads back as %#v, want %#v", target, got, value)
				}
				back, err := edited.Delete(target)
				if err != nil {
					t.Errorf("Delete(%s): %v", target, err)
					return
				}
				if !bytes.Equal(back.Bytes(), text) {
					t.Errorf("Delete(%s) did not undo the insert:\n%s", target, back.Bytes())
				}
			})
			if done < tried {
				t.Errorf("%d of %d inserts refused", tried-done, tried)
			}
		})
	}
}

func collections(n *node, path string, f func(path string, n *node)) {
	if n.shape != scalar {
		f(path, n)
	}
	for _, e := range n.entries {
		collections(e.value, join(path, e.key), f)
	}
	for i, it := range n.items {
		collections(it.value, joinIndex(path, i), f)
	}
}

// TestDeleteEverything deletes each entry of each document alone; what is left
// are the old lines, some gone.
func TestDeleteEverything(t *testing.T) {
	for name, text := range documents(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			d, err := Read(text)
			if err != nil {
				t.Fatal(err)
			}
			collections(d.root, "", func(path string, n *node) {
				for i := range max(len(n.entries), len(n.items)) {
					at := joinIndex(path, i)
					if n.shape == mapping {
						at = join(path, n.entries[i].key)
					}
					edited, err := d.Delete(at)
					if err != nil {
						if !slices.Contains([]string{ErrShared, ErrEdit}, code(err)) || code(err) == ErrEdit && len(n.entries)+len(n.items) > 1 {
							t.Errorf("Delete(%s): %v", at, err)
						}
						continue
					}
					got := edited.Bytes()
					if len(got) >= len(text) || !bytes.HasPrefix(text, got[:commonPrefix(text, got)]) || !isCut(text, got) {
						t.Errorf("Delete(%s) did more than cut", at)
					}
				}
			})
		})
	}
}

func commonPrefix(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// isCut tells whether after is before with one run of bytes taken out.
func isCut(before, after []byte) bool {
	n := commonPrefix(before, after)
	return bytes.HasSuffix(before, after[n:])
}
