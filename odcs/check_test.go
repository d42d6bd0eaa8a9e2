package odcs

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
)

const head = "apiVersion: v3.1.0\nkind: DataContract\nid: a\nversion: 1.0.0\nstatus: draft\n"

// oldButNew are examples that say v3.0.2 and use what v3.1.0 brought: judged by
// their own version they have errors, as upstream's own schema says.
var oldButNew = []string{
	"testdata/examples/quality/column-completeness.odcs.yaml",
	"testdata/examples/data-types/all-data-types.odcs.yaml",
	"testdata/examples/stakeholders/basic-four-dpo.odcs.yaml",
}

func TestCheckExamples(t *testing.T) {
	for name, text := range documents(t) {
		d, err := Read(text)
		if err != nil {
			t.Fatal(name, err)
		}
		if got, want := HasErrors(d.Check()), slices.Contains(oldButNew, name); got != want {
			t.Errorf("%s: errors %v, want %v: %v", name, got, want, d.Check())
		}
		newest, err := d.Set("/apiVersion", "v3.1.0")
		if err != nil {
			t.Fatal(name, err)
		}
		if findings := newest.Check(); len(findings) != 0 {
			t.Errorf("%s judged by v3.1.0: %v", name, findings)
		}
	}
}

func TestCheckVersions(t *testing.T) {
	body := strings.TrimPrefix(head, "apiVersion: v3.1.0\n")
	tests := []struct {
		version string
		want    []string // "severity code"
	}{
		{"v3.1.0", nil}, {"v3.0.2", nil}, {"v3.0.1", nil}, {"v3.0.0", nil},
		{"v3.2.0", []string{"warning unknown-version"}},
		{"v2.2.2", []string{"warning unknown-version"}},
		{"newest", []string{"warning unknown-version"}},
		{"3.1.0", []string{"error not-allowed"}},
		{"3", []string{"error type"}},
		{"", []string{"error missing"}},
	}
	for _, test := range tests {
		text := body
		if test.version != "" {
			text = "apiVersion: " + test.version + "\n" + body
		}
		var got []string
		for _, f := range mustRead(t, text).Check() {
			got = append(got, string(f.Severity)+" "+f.Code)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%q: %v, want %v", test.version, got, test.want)
		}
	}
}

func TestCheckUnknownVersionLowers(t *testing.T) {
	d := mustRead(t, "apiVersion: v3.9.0\nkind: Thing\nid: a\nversion: '1'\nstatus: draft\nschema: [{name: a}, {name: a}]\n")
	findings := d.Check()
	if HasErrors(findings) || len(findings) != 3 {
		t.Errorf("findings %v, want three warnings", findings)
	}
}

func TestCheckFindings(t *testing.T) {
	property := func(s string) string { return "schema:\n- name: t\n  properties:\n  - name: p\n" + s }
	rule := func(s string) string { return property("    quality:\n    - " + s + "\n") }
	tests := []struct {
		name, text string
		code, path string
		line, col  int
		vi, en     string // a part of the message
	}{
		{"missing name", "schema:\n- description: x\n", FoundMissing, "/schema/0/name", 7, 3, "Bảng thứ 1 thiếu mục bắt buộc “name”", `object number 1 lacks the required key "name"`},
		{"mistyped key", property("    requird: true\n"), FoundUnknownKey, "/schema/0/properties/0/requird", 10, 5, "Có phải là “required”?", `Did you mean "required"?`},
		{"unknown key at the top", "owner: x\n", FoundUnknownKey, "/owner", 6, 1, "“customProperties”", `no key "owner"`},
		{"number for text", "name: 5\n", FoundType, "/name", 6, 7, `Đặt trong dấu nháy: "5"`, `Put it in quotes: "5"`},
		{"text for list", "tags: a\n", FoundType, "/tags", 6, 7, "phải là danh sách", "must be a list"},
		{"null for text", "name:\n", FoundType, "/name", 6, 1, "Điền giá trị", "Fill it in"},
		{"enum", property("    logicalType: text\n"), FoundEnum, "/schema/0/properties/0/logicalType", 10, 18, "string, date, timestamp", "string, date, timestamp"},
		{"pattern", property("    id: mã số\n"), FoundPattern, "/schema/0/properties/0/id", 10, 9, "không đúng dạng", "required form"},
		{"range", property("    logicalType: string\n    logicalTypeOptions: {maxLength: -1}\n"), FoundRange, "/schema/0/properties/0/logicalTypeOptions/maxLength", 11, 37, "phải từ 0 trở lên", "must be at least 0"},
		{"no operator", rule("metric: nullValues"), FoundChoice, "/schema/0/properties/0/quality/0", 11, 7, "thiếu một trong các mục: mustBe", "needs one of: mustBe"},
		{"two operators", rule("{metric: nullValues, mustBe: 1, mustNotBe: 2}"), FoundChoice, "/schema/0/properties/0/quality/0", 11, 7, "mustBe, mustNotBe", "mustBe, mustNotBe"},
		{"operand of a wrong type", rule("{metric: nullValues, mustBeLessThan: x}"), FoundType, "/schema/0/properties/0/quality/0/mustBeLessThan", 11, 44, "phải là số", "must be a number"},
		{"too few items", rule("{metric: nullValues, mustBeBetween: [1]}"), FoundRange, "/schema/0/properties/0/quality/0/mustBeBetween", 11, 43, "cần ít nhất 2", "at least 2"},
		{"equal items", rule("{metric: nullValues, mustBeBetween: [1, 1]}"), FoundRepeated, "/schema/0/properties/0/quality/0/mustBeBetween", 11, 43, "giống nhau", "are equal"},
		{"key of another type", rule("{type: text, description: a, query: b}"), FoundForbidden, "/schema/0/properties/0/quality/0/query", 11, 36, "đổi “type”", `change "type"`},
		{"from on a property", property("    relationships: [{from: t.p, to: t.p}]\n"), FoundForbidden, "/schema/0/properties/0/relationships/0/from", 10, 22, "không viết mục “from”", `"from" must not stand`},
		{"bad reference", property("    relationships: [{to: bảng.cột}]\n"), FoundChoice, "/schema/0/properties/0/relationships/0/to", 10, 26, "bảng.trường", "object.property"},
		{"team of a wrong type", "team: x\n", FoundType, "/team", 6, 7, "nhóm các mục “mục: giá trị” hoặc danh sách", "a mapping"},
		{"team member", "team:\n- {username: a, rol: b}\n", FoundUnknownKey, "/team/0/rol", 7, 17, "Có phải là “role”?", `"role"`},
		{"object name twice", "schema:\n- name: t\n- name: t\n", FoundDuplicateName, "/schema/1/name", 8, 9, "hai bảng cùng tên “t”", `Two objects are named "t"; the first on line 7`},
		{"property name twice", property("  - name: p\n"), FoundDuplicateName, "/schema/0/properties/1/name", 10, 11, "hai trường cùng tên", "Two properties"},
		{"inner property name twice", property("    logicalType: object\n    properties: [{name: x}, {name: x}]\n"), FoundDuplicateName, "/schema/0/properties/0/properties/1/name", 11, 36, "hai trường", "Two properties"},
		{"key position twice", property("    primaryKey: true\n    primaryKeyPosition: 1\n  - {name: q, primaryKey: true, primaryKeyPosition: 1}\n"), FoundKeyPosition, "/schema/0/properties/1/primaryKeyPosition", 12, 53, "vị trí khoá chính 1", "primaryKeyPosition 1"},
		{"key without position", property("    primaryKey: true\n    primaryKeyPosition: 1\n  - {name: q, primaryKey: true}\n"), FoundKeyPosition, "/schema/0/properties", 9, 3, "không rõ thứ tự", "order is open"},
		{"code without quotes", property("    examples: [01]\n"), FoundAmbiguous, "/schema/0/properties/0/examples/0", 10, 16, `viết "01"`, `write "01"`},
		{"old boolean", property("    examples: [no]\n"), FoundAmbiguous, "/schema/0/properties/0/examples/0", 10, 16, "true/false", "true/false"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			findings := mustRead(t, head+test.text).Check()
			if len(findings) != 1 {
				t.Fatalf("findings %v, want one", findings)
			}
			f := findings[0]
			if f.Code != test.code || f.Path != test.path || f.Line != test.line || f.Column != test.col {
				t.Errorf("got %v, want %d:%d %s %s", f, test.line, test.col, test.code, test.path)
			}
			if !strings.Contains(f.MessageVi, test.vi) || !strings.Contains(f.MessageEn, test.en) {
				t.Errorf("messages %q and %q, want %q and %q in them", f.MessageVi, f.MessageEn, test.vi, test.en)
			}
		})
	}
}

func TestCheckRuleOfOldVersionWithoutOperator(t *testing.T) {
	d := mustRead(t, strings.Replace(head, "v3.1.0", "v3.0.2", 1)+"schema:\n- name: t\n  quality:\n  - {type: sql, query: select 1}\n  - {type: text, description: x}\n")
	for _, f := range d.Check() {
		if f.Path != "/schema/0/quality/0" || f.Code != FoundNoOperator && f.Code != FoundChoice {
			t.Errorf("unexpected %v", f)
		}
	}
	if len(d.Check()) != 1 {
		t.Errorf("findings %v, want one", d.Check())
	}
}

func TestSchemasCompile(t *testing.T) {
	if got := Versions(); !slices.Equal(got, []string{"v3.0.2", "v3.1.0"}) || got[len(got)-1] != Latest {
		t.Errorf("versions %v", got)
	}
	for _, s := range schemas() {
		if _, err := s.compile(); err != nil {
			t.Error(err)
		}
	}
}

func TestCheckConcurrently(t *testing.T) {
	d := mustRead(t, head+"name: 5\n")
	want := d.Check()
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			if got := d.Check(); !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
	wait.Wait()
}

// large makes a contract of about the given size.
func large(size int) []byte {
	var b strings.Builder
	b.WriteString(head + "schema:\n")
	for o := 0; b.Len() < size; o++ {
		fmt.Fprintf(&b, "- name: table_%d\n  physicalType: table\n  description: Bảng số %d của bộ dữ liệu\n  properties:\n", o, o)
		for p := range 20 {
			fmt.Fprintf(&b, "  - name: column_%d\n    businessName: Trường thông tin số %d\n    logicalType: string\n    physicalType: varchar(%d)\n    logicalTypeOptions:\n      maxLength: %d\n    required: %t\n    description: \"Mô tả của trường, viết trong dấu nháy\"\n", p, p, p+1, p+1, p%2 == 0)
			if p%4 == 0 {
				b.WriteString("    quality:\n    - metric: nullValues\n      mustBe: 0\n      dimension: completeness\n      severity: error\n")
			}
		}
	}
	return []byte(b.String())
}

func BenchmarkReadCheck(b *testing.B) {
	ordinary, err := Read(documents(b)["testdata/vietnamese/ho-so.odcs.yaml"])
	if err != nil {
		b.Fatal(err)
	}
	for _, bench := range []struct {
		name string
		text []byte
	}{{"ordinary", ordinary.Bytes()}, {"192KB", large(192 << 10)}} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(bench.text)))
			for b.Loop() {
				d, err := Read(bench.text)
				if err != nil {
					b.Fatal(err)
				}
				if findings := d.Check(); len(findings) > 0 {
					b.Fatal(findings)
				}
			}
		})
	}
}
