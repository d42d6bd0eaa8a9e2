package quality

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/odcs"
)

// allTypes is a table with a column of each type, named after it.
var allTypes = map[string]string{
	"chu": "logicalType: string", "so": "logicalType: integer", "tien": "logicalType: number, physicalType: 'decimal(18,2)'",
	"le": "logicalType: number, physicalType: 'decimal(18,18)'", "thuc": "logicalType: number", "dung": "logicalType: boolean",
	"ngay": "logicalType: date", "sinh": "logicalType: date", "luc": "logicalType: timestamp", "gio": "logicalType: time",
	"goi": "logicalType: object", "cho": "logicalType: object", "tep": "logicalType: object",
}

var typeMarks = map[string]string{
	"sinh": "{property: phohien.precision, value: year}", "cho": "{property: phohien.geometry, value: point}", "tep": "{property: phohien.file, value: true}",
}

// fullRow is a row of that table, in the order of the names.
var fullRow = map[string]string{
	"chu": "a", "so": "5", "tien": "9999999999999999.99", "le": "0.999999999999999999", "thuc": "2.5", "dung": "true", "ngay": "2025-07-01", "sinh": "2024",
	"luc": "2025-07-01T07:30:00+07:00", "gio": "07:30:00", "goi": "{}", "cho": "POINT(105 21)", "tep": "",
}

// tried resolves a table of all types, with something more on one column and on
// the object; nil when the contract is refused before its rules are tried.
func tried(t testing.TB, on, option, mark, quality string, try contract.Trial) (*contract.Object, []contract.Finding) {
	t.Helper()
	var b strings.Builder
	b.WriteString("apiVersion: v3.1.0\nkind: DataContract\nid: thu\nversion: 1.0.0\nstatus: active\nschema:\n  - name: bang\n    properties:\n      - {name: ma, logicalType: string, primaryKey: true}\n")
	for _, name := range slices.Sorted(maps.Keys(allTypes)) {
		marks := typeMarks[name]
		fmt.Fprintf(&b, "      - {name: %s, %s", name, allTypes[name])
		if name == on && option != "" {
			b.WriteString(", " + option)
		}
		if name == on && mark != "" {
			marks = strings.Trim(marks+", "+mark, ", ")
		}
		fmt.Fprintf(&b, ", customProperties: [%s]}\n", marks)
	}
	b.WriteString(quality)
	doc, err := odcs.Read([]byte(b.String()))
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	con, findings := contract.Resolve(doc, contract.Options{Try: try})
	if con == nil {
		return nil, findings
	}
	return con.Objects[0], findings
}

// judgeFull judges one whole row by the rules of an object.
func judgeFull(t testing.TB, o *contract.Object) error {
	t.Helper()
	names := append([]string{"ma"}, slices.Sorted(maps.Keys(allTypes))...)
	row := []string{"m"}
	for _, n := range names[1:] {
		row = append(row, fullRow[n])
	}
	needs := map[string]table{}
	day := func(n string) contract.Field { return contract.Field{Name: n, Kind: contract.KindDate} }
	for i := range o.Rules {
		name := map[contract.RuleKind]string{contract.RuleCodeList: "code", contract.RuleReference: "value"}[o.Rules[i].Kind]
		if name != "" {
			needs[o.Rules[i].ID] = table{fields: []contract.Field{{Name: name, Kind: contract.KindText}, day("valid_from"), day("valid_to")}, rows: [][]string{{"a", "", ""}, {"07", "", ""}, {"x y", "2020-01-01", ""}}}
		}
	}
	b, err := tryJudge(t, o, csvOf(names, row), benchOptions{needs: needs})
	if b != nil && b.Workshop != nil {
		if err := b.end(); err != nil {
			t.Error(err)
		}
	}
	return err
}

// TestTryAgrees: what a trial lets through a batch does not fail on, and what it
// refuses says what and how.
func TestTryAgrees(t *testing.T) {
	for _, c := range []struct{ sql, refused string }{
		{"so > 0", ""}, {"so + 1", "đúng hoặc sai"}, {"chu", "đúng hoặc sai"}, {"CASE WHEN so > 1 THEN chu END", "đúng hoặc sai"}, {"dung", ""}, {"dung AND so", ""}, {"so > ten_la", "không có trường “ten_la”"},
		{"ngay > sinh", "CAST(left(sinh, 4) AS INTEGER)"}, {"sinh <= ngay", "Trường “sinh”"}, {"ngay BETWEEN '2020-01-01' AND sinh", "Trường “sinh”"}, {"CAST(left(sinh, 4) AS INTEGER) <= year(ngay)", ""},
		{"so LIKE '1%'", "Không có phép tính hay hàm"}, {"chu LIKE 1", "Không có phép tính hay hàm"}, {"so > chu", "số nguyên"}, {"chu > 5", "CAST"}, {"year(sinh) > 1", "year(VARCHAR)"},
		{"ngay > '2025-01-01'", ""}, {"luc > ngay", ""}, {"gio > '07:00'", ""}, {"goi->>'a' = '1'", ""}, {"tien > so", ""}, {"thuc = tien", ""}, {"cho__minx > so", ""},
		{"count(so) > 0", "một bản ghi"}, {"row_number() over () > so", "một bản ghi"}, {"so > random()", "một bản ghi"}, {"so IN (SELECT 1)", "một bản ghi"}, {"so IN (SELECT so FROM staged)", "một bản ghi"}, {"unnest([so]) > 1", "một bản ghi"},
		{"regexp_matches(chu, '(')", "Máy kiểm tra trả lời"}, {"regexp_matches(chu, chu)", ""}, {"chu SIMILAR TO '['", "Máy kiểm tra trả lời"},
		{"so / 0 > 1", ""}, {"so % 0 = 1", ""}, {"so * so * so > 1", ""}, {"CAST(chu AS INTEGER) > 1", ""}, {"CAST(chu AS DATE) > ngay", ""},
		{"so > 1), (so < 2", "Máy kiểm tra trả lời"}, {"so > 1 OR", "sai cú pháp"}, {"chua_co(so)", "“chua_co”"}, {"getenv(chu) = 'a'", "“getenv”"}, {"current_user = chu", "“current_user”"},
		{"list_transform([so], x -> x + 1)[1] > 1", ""}, {"chu COLLATE NOCASE = 'a'", ""},
	} {
		o, findings := tried(t, "", "", "", fmt.Sprintf("    quality:\n      - {type: custom, engine: phohien, id: quy-tac, implementation: %q}\n", c.sql), nil)
		if o == nil {
			t.Errorf("%s: refused without a trial: %+v", c.sql, findings)
			continue
		}
		no := Try(o)
		err := judgeFull(t, o)
		switch {
		case c.refused == "" && (len(no) > 0 || err != nil):
			t.Errorf("%s: trial %+v, batch %v", c.sql, no, err)
		case c.refused != "" && len(no) != 1:
			t.Errorf("%s: let through; a batch says %v", c.sql, err)
		case c.refused != "" && !strings.Contains(no[0].Why.Vi, c.refused):
			t.Errorf("%s: says %q, not %q", c.sql, no[0].Why.Vi, c.refused)
		}
	}
}

// TestNoRuleFails: every other rule that a contract may hold, on every type that
// takes it, is judged.
func TestNoRuleFails(t *testing.T) {
	type on struct{ option, mark string }
	library := func(metric, arguments string) on {
		return on{option: "quality: [{type: library, metric: " + metric + ", mustBe: 0, arguments: {" + arguments + "}}]"}
	}
	all := []on{
		{mark: "{property: phohien.codeList, value: a}"}, {mark: "{property: phohien.codeList, value: {list: a, on: ngay}}"}, {mark: "{property: phohien.reference, value: {dataset: b}}"},
		library("missingValues", "missingValues: [N/A, '0', null, '0) OR (1=1', '2025', \"a\\0b\"]"),
		library("invalidValues", "validValues: ['1', '2']"), library("invalidValues", "validValues: [true]"), library("invalidValues", "validValues: ['2025-01-01', '0001-01-01']"),
		library("invalidValues", "validValues: ['1e308']"), library("invalidValues", "validValues: ['07:00:00']"), {option: "unique: true"},
	}
	for _, bound := range []string{"-5", "0.5", "1e25", "1e37", "-1e300", "1.5e-29", "123456789012345678901234567890.123456789", "'0001-01-01'", "'9999-12-31'", "'2025'", "'9999-12-31T23:59:59Z'", "'24:00:00'"} {
		for _, name := range []string{"minimum", "exclusiveMaximum", "multipleOf"} {
			all = append(all, on{option: "logicalTypeOptions: {" + name + ": " + bound + "}"})
		}
	}
	for _, p := range []string{"a{1000}", "(?:(?:a{30}){30})", `\p{Script=Latin}`, `\p{Kawi}`, "[^]", "[]", "(?i)đ", `\0`, `\cA`, "^$", "(?:[一-龥]{1,30}){1,30}", "(x+x+)+y"} {
		all = append(all, on{option: "logicalTypeOptions: {pattern: '" + p + "'}"})
	}
	plain, _ := tried(t, "", "", "", "", nil)
	judged := 0
	for _, a := range all {
		for _, name := range slices.Sorted(maps.Keys(allTypes)) {
			o, _ := tried(t, name, a.option, a.mark, "", nil)
			if o == nil || len(o.Rules) == len(plain.Rules) { // no rule came of it
				continue
			}
			judged++
			no := Try(o)
			for _, n := range no {
				if !strings.Contains(a.option, `\0b`) { // a text with NUL: refused, and that is right
					t.Errorf("%s %+v: %s", name, a, n.Why.Vi)
				}
			}
			if judged%7 == 0 && len(no) == 0 { // each seventh by a batch too
				if err := judgeFull(t, o); err != nil {
					t.Errorf("%s %+v: a batch fails: %v", name, a, err)
				}
			}
		}
	}
	t.Logf("%d rules judged", judged)
	if judged < 80 {
		t.Errorf("only %d rules were judged", judged)
	}
}

// TestRefusedAtItsPlace: the finding stands where the rule stands and names it.
func TestRefusedAtItsPlace(t *testing.T) {
	o, findings := tried(t, "", "", "", "    quality:\n      - {type: custom, engine: phohien, id: tot, implementation: 'so > 0'}\n      - {type: custom, engine: phohien, id: cap-sau-sinh, implementation: 'ngay > sinh'}\n", Try)
	if o != nil {
		t.Fatal("let in")
	}
	for _, f := range findings {
		if f.Severity == contract.SeverityError {
			if f.Path != "/schema/0/quality/1" || f.Code != contract.CodeSQL || !strings.Contains(f.MessageVi, "“cap-sau-sinh”") || !strings.Contains(f.MessageEn, "cap-sau-sinh") {
				t.Errorf("%+v", f)
			}
			return
		}
	}
	t.Errorf("no error among %+v", findings)
}

// TestDecimalBounds: a bound with more decimals than the column, or beyond it,
// judges as the number it is.
func TestDecimalBounds(t *testing.T) {
	for _, c := range []struct{ options, breaks string }{
		{"minimum: 1.005", "r1 r2"}, {"exclusiveMinimum: 1.005", "r1 r2"}, {"maximum: 1.005", "r3"}, {"exclusiveMaximum: 1.005", "r3"},
		{"minimum: 1", "r1"}, {"exclusiveMinimum: 1", "r1 r2"}, {"maximum: 1", "r3"}, {"exclusiveMaximum: 1", "r2 r3"},
		{"minimum: -1.005", "r1"}, {"minimum: 1e30", "r1 r2 r3"}, {"maximum: 1e30", ""}, {"maximum: -1e30", "r1 r2 r3"}, {"exclusiveMaximum: 1e-29", "r2 r3"},
	} {
		o := object(t, "  - name: bang\n    properties:\n      - {name: ma, logicalType: string, primaryKey: true}\n      - {name: x, logicalType: number, physicalType: 'decimal(6,2)', logicalTypeOptions: {"+c.options+"}}\n")
		b := judge(t, o, "ma,x\na,-1.01\nb,1.00\nc,1.01\n", benchOptions{})
		var want []string
		for f := range strings.FieldsSeq(c.breaks) {
			want = append(want, f[1:])
		}
		got := strings.TrimPrefix(strings.TrimPrefix(b.broken(t), "x.range"), " ")
		if got != strings.Join(want, " ") {
			t.Errorf("%s: rows %q break it, not %q", c.options, got, strings.Join(want, " "))
		}
		if err := b.end(); err != nil {
			t.Error(err)
		}
	}
}

// TestCodesOfOtherTypes: a code list on a column of numbers compares numbers,
// whatever else the list holds.
func TestCodesOfOtherTypes(t *testing.T) {
	o := object(t, "  - name: bang\n    properties:\n      - {name: ma, logicalType: string, primaryKey: true}\n      - {name: x, logicalType: integer, customProperties: [{property: phohien.codeList, value: a}]}\n      - {name: y, logicalType: integer, quality: [{type: library, metric: missingValues, mustBe: 0, arguments: {missingValues: [N/A, '-1']}}]}\n")
	day := func(n string) contract.Field { return contract.Field{Name: n, Kind: contract.KindDate} }
	codes := table{fields: []contract.Field{{Name: "code", Kind: contract.KindText}, day("valid_from"), day("valid_to")}, rows: [][]string{{"07", "", ""}, {"khac", "", ""}}}
	b := judge(t, o, "ma,x,y\na,7,1\nb,8,-1\nc,,\n", benchOptions{needs: map[string]table{"x.code-list": codes}})
	if got := b.broken(t); got != "x.code-list 2 3; y.required 2 3" && got != "x.code-list 2; y.required 2 3" {
		t.Errorf("broken: %s", got)
	}
}

func BenchmarkTryTerm(b *testing.B) {
	list, err := dictionary.ParseTerms([]byte(`kind: Terms
source: tự viết
terms:
  - {id: "ph:ID-001", title: Họ và tên, name: HoVaTen, definition: Tên gọi đầy đủ của một người., usage: Mọi nơi., group: Dân cư, version: "1.0",
     property: {logicalType: string, logicalTypeOptions: {minLength: 2, maxLength: 255, pattern: ".+"}}, valid: [aa, bb], invalid: [a, b]}
`))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := contract.TermContract(Try, list[0]); err != nil {
			b.Fatal(err)
		}
	}
}

// TestTryOnce: what has passed is not run again, however the document is called;
// another rule, another type or another key is.
func TestTryOnce(t *testing.T) {
	rule := func(sql string) string {
		return "    quality:\n      - {id: thu-mot-lan, type: custom, engine: phohien, implementation: '" + sql + "'}\n"
	}
	object := func(on, option, sql string) *contract.Object {
		o, findings := tried(t, on, option, "", rule(sql), nil)
		if o == nil {
			t.Fatal(findings)
		}
		return o
	}
	once := object("", "", "so > 5 OR le > 0.25")
	if no := Try(once); len(no) > 0 {
		t.Fatal(no)
	}
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none")) // where no trial can be made
	if no := Try(object("", "", "so > 5 OR le > 0.25")); len(no) > 0 {
		t.Errorf("it ran again: %v", no)
	}
	for name, o := range map[string]*contract.Object{
		"another rule": object("", "", "so > 6 OR le > 0.25"), "another bound": object("so", "logicalTypeOptions: {maximum: 71}", "so > 5 OR le > 0.25"),
	} {
		if no := Try(o); len(no) != 1 || no[0].Rule != -1 {
			t.Errorf("%s did not run: %v", name, no)
		}
	}
}
