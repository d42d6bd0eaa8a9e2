package odcs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestReadRefuses(t *testing.T) {
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&bomb, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	var wide strings.Builder
	for i := range maxKeys + 1 {
		fmt.Fprintf(&wide, "k%d: 1\n", i)
	}
	tests := []struct {
		name, text, code string
		pos              Pos
	}{
		{"empty", "", ErrShape, Pos{}},
		{"only a comment", "# không có gì\n", ErrShape, Pos{}},
		{"a list", "- a\n", ErrShape, Pos{1, 1}},
		{"a value", "abc", ErrShape, Pos{1, 1}},
		{"a key twice", "id: a\ntên: b\ntên: c\n", ErrDuplicate, Pos{3, 1}},
		{"a key twice, spelled otherwise", "a: {x: 1, \"x\": 2}\n", ErrDuplicate, Pos{1, 11}},
		{"two documents", "id: a\n---\nid: b\n", ErrMulti, Pos{2, 1}},
		{"alias to nothing", "a: *b\n", ErrAlias, Pos{1, 4}},
		{"alias inside itself", "a: &a [*a]\n", ErrAlias, Pos{1, 8}},
		{"not UTF-8", "id: \xff\n", ErrEncoding, Pos{1, 5}},
		{"UTF-16", "\xff\xfei\x00d\x00", ErrEncoding, Pos{1, 1}},
		{"NUL", "id: a\x00b\n", ErrEncoding, Pos{1, 6}},
		{"infinity", "đ: .inf\n", ErrValue, Pos{1, 4}},
		{"giant exponent", "a: 1e999999999\n", ErrValue, Pos{1, 4}},
		{"unknown tag", "a: !thing b\n", ErrValue, Pos{1, 4}},
		{"list as key", "? [a]\n: b\n", "", Pos{}},
		{"broken flow", "a: [b\n", ErrSyntax, Pos{1, 4}},
		{"tab indent", "a:\n\tb: c\n", ErrSyntax, Pos{}},
		{"nested too deep", "a: " + deep, ErrTooLarge, Pos{}},
		{"dashes too deep", strings.Repeat("- ", 5000) + "a", ErrTooLarge, Pos{}},
		{"alias bomb", bomb.String(), ErrTooLarge, Pos{}},
		{"too many keys", wide.String(), ErrTooLarge, Pos{}},
		{"too many commas", "a: [" + strings.Repeat("x, ", maxCommas+1) + "]", ErrTooLarge, Pos{}},
		{"too long", strings.Repeat("#", maxSize+1), ErrTooLarge, Pos{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read([]byte(test.text))
			e, ok := err.(*Error)
			if !ok {
				t.Fatalf("Read gave %v, want an *Error", err)
			}
			if test.code != "" && e.Code != test.code {
				t.Errorf("code %s (%v), want %s", e.Code, e, test.code)
			}
			if test.pos != (Pos{}) && e.Pos != test.pos {
				t.Errorf("at %v, want %v: %v", e.Pos, test.pos, e)
			}
			if e.MessageVi == "" || e.MessageEn == "" {
				t.Errorf("a message is empty: %#v", e)
			}
		})
	}
}

func TestReadValues(t *testing.T) {
	tests := []struct {
		text string
		want any
	}{
		{"1", int64(1)}, {"-7", int64(-7)}, {"+7", int64(7)}, {"010", int64(10)}, {"0x1F", int64(31)}, {"0o17", int64(15)},
		{"9223372036854775808", json.Number("9223372036854775808")}, {"1.5", 1.5}, {"1e3", 1000.0}, {".5", 0.5}, {"1.", 1.0},
		{"0.12345678901234567891", json.Number("0.12345678901234567891")}, {"+1.50", 1.5}, {"1_000", "1_000"},
		{"true", true}, {"False", false}, {"yes", "yes"}, {"~", nil}, {"", nil}, {"null", nil}, {"2022-10-01", "2022-10-01"},
		{"1.2.3", "1.2.3"}, {"'1'", "1"}, {`"\u0110\n"`, "Đ\n"}, {"!!str 1", "1"}, {"!!int \"1\"", int64(1)}, {"!!float 1", 1.0},
		{"|\n  a\n  b", "a\nb"}, {">-\n  a\n  b\n", "a b"}, {"một\n  hai", "một hai"},
		{"[1, {a: b}]", []any{int64(1), map[string]any{"a": "b"}}}, {"{}", map[string]any{}},
	}
	for _, test := range tests {
		d, err := Read([]byte("v: " + test.text))
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		if got, _ := d.Value("/v"); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q reads as %#v, want %#v", test.text, got, test.want)
		}
	}
}

func TestPositions(t *testing.T) {
	for _, newline := range []string{"\n", "\r\n"} {
		text := strings.ReplaceAll("tên: \"Đặc tả\"\nschema:\n- name: bảng\n  properties:\n  - {name: mã, required: true}\n  -   name: 'tên'\n      customProperties:\n      - property: x\n        value: một\n", "\n", newline)
		d := mustRead(t, text)
		for path, want := range map[string]Pos{
			"/tên": {1, 6}, "/schema/0/name": {3, 9}, "/schema/0/properties/0/required": {5, 26},
			"/schema/0/properties/1/name": {6, 13}, "/schema/0/properties/1/customProperties/0/value": {9, 16},
		} {
			if got, ok := d.Pos(path); !ok || got != want {
				t.Errorf("%q %s at %v, want %v", newline, path, got, want)
			}
		}
		p := d.Contract().Schema[0].Properties[1]
		if p.Pos != (Pos{6, 7}) || p.CustomProperties[0].Pos != (Pos{8, 9}) || p.CustomProperties[0].ValuePos != (Pos{9, 16}) {
			t.Errorf("model positions %v %v %v", p.Pos, p.CustomProperties[0].Pos, p.CustomProperties[0].ValuePos)
		}
	}
}

func TestAliasesAndMerge(t *testing.T) {
	d := mustRead(t, "base: &b {a: 1, b: 2}\nuse: *b\nmore:\n  <<: *b\n  b: 3\n")
	got, _ := d.Value("")
	want := map[string]any{
		"base": map[string]any{"a": int64(1), "b": int64(2)},
		"use":  map[string]any{"a": int64(1), "b": int64(2)},
		"more": map[string]any{"a": int64(1), "b": int64(3)},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, path := range []string{"/base/a", "/use/a", "/more/a"} {
		if _, err := d.Set(path, 5); code(err) != ErrShared {
			t.Errorf("Set(%s): %v, want %s", path, err, ErrShared)
		}
	}
	if _, err := d.Set("/more/b", 5); err != nil {
		t.Error(err)
	}
}

func TestModel(t *testing.T) {
	d, err := Read(documents(t)["testdata/examples/all/full-example.odcs.yaml"])
	if err != nil {
		t.Fatal(err)
	}
	c := d.Contract()
	if c.Version != "1.1.0" || c.Domain != "seller" || c.Description.Usage != "Predict sales over time" || *c.Servers[0].Port != 5432 {
		t.Errorf("head of the contract: %+v", c)
	}
	if c.Team.List || len(c.Team.Members) != 3 || c.Price.PriceAmount != 9.95 || len(c.SLAProperties) != 8 {
		t.Errorf("team %+v price %+v", c.Team, c.Price)
	}
	o := c.Schema[0]
	if len(o.Properties) != 3 || len(o.Relationships[0].From.Names) != 2 || o.Properties[1].Relationships[0].To.Names[0] != "receivers.id" {
		t.Errorf("object: %+v", o)
	}
	q := o.Properties[2].Quality[0]
	if name, operands, ok := q.Operator(); !ok || name != "mustBe" || operands[0] != int64(0) || q.Kind() != "library" {
		t.Errorf("rule: %+v", q)
	}
	if v, ok := c.CustomProperties.Get("dataprocClusterName"); !ok || !reflect.DeepEqual(v, []any{"cluster name"}) {
		t.Errorf("custom property: %v", v)
	}
	if len(c.Extra) != 0 {
		t.Errorf("Extra: %v", c.Extra)
	}
}

func TestModelKeepsWhatDoesNotFit(t *testing.T) {
	d := mustRead(t, "version: 1.0\nname: [a]\nkhác: 1\nschema:\n- name: x\n  required: maybe\n  properties: {a: b}\ncustomProperties:\n- property: p\n  value:\n")
	c := d.Contract()
	if c.Version != "1.0" || !reflect.DeepEqual(c.Extra, map[string]any{"name": []any{"a"}, "khác": int64(1)}) {
		t.Errorf("version %q, extra %v", c.Version, c.Extra)
	}
	if len(c.CustomProperties) != 1 || c.CustomProperties[0].Extra != nil {
		t.Errorf("custom properties %+v", c.CustomProperties)
	}
}

func TestJSON(t *testing.T) {
	for name, text := range documents(t) {
		d, err := Read(text)
		if err != nil {
			t.Fatal(name, err)
		}
		b, err := d.JSON()
		if err != nil {
			t.Fatal(name, err)
		}
		again, err := Read(b) // JSON is YAML
		if err != nil {
			t.Fatal(name, err)
		}
		if !reflect.DeepEqual(asJSON(flat(again)), asJSON(flat(d))) {
			t.Errorf("%s: JSON holds other values", name)
		}
		if !bytes.HasPrefix(b, []byte("{")) || !json.Valid(b) {
			t.Errorf("%s: not a JSON object", name)
		}
	}
}

// asJSON makes 1.0 and 1 the same number, as JSON does.
func asJSON(values map[string]any) map[string]any {
	for path, v := range values {
		if i, ok := asInt(v); ok {
			values[path] = i
		}
	}
	return values
}

func FuzzRead(f *testing.F) {
	for _, text := range documents(f) {
		f.Add(text)
	}
	f.Add([]byte("a: &b !!str |+ # c\n  d\n\ne: {f: [g, *b], ? h : i}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := Read(text)
		if err != nil {
			if _, ok := err.(*Error); !ok {
				t.Fatalf("not an *Error: %v", err)
			}
			return
		}
		if !bytes.Equal(d.Bytes(), text) {
			t.Fatal("Bytes differ from what was read")
		}
		d.Check()
		if _, err := d.JSON(); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzSet(f *testing.F) {
	for _, text := range documents(f) {
		f.Add(text, uint(7), "Đường: #1")
	}
	f.Fuzz(func(t *testing.T, text []byte, which uint, value string) {
		d, err := Read(text)
		if err != nil {
			return
		}
		var paths []string
		scalars(d.root, "", func(path string, _ *node) { paths = append(paths, path) })
		if len(paths) == 0 {
			return
		}
		path := paths[which%uint(len(paths))]
		edited, err := d.Set(path, value)
		if err != nil {
			if _, ok := err.(*Error); !ok {
				t.Fatalf("not an *Error: %v", err)
			}
			return
		}
		before, after := flat(d), flat(edited)
		if after[path] != value {
			t.Fatalf("Set(%s, %q) reads back as %#v", path, value, after[path])
		}
		delete(before, path)
		delete(after, path)
		if !reflect.DeepEqual(before, after) {
			t.Fatalf("Set(%s, %q) changed another value", path, value)
		}
	})
}
