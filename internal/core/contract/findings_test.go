package contract_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
)

// contractWith puts pieces of YAML into an otherwise fine contract.
func contractWith(top, object, property string) string {
	indent := func(s, by string) string {
		if s == "" {
			return ""
		}
		return by + strings.ReplaceAll(s, "\n", "\n"+by) + "\n"
	}
	return `apiVersion: v3.1.0
kind: DataContract
id: thu
name: Thử
version: 1.0.0
status: active
` + indent(top, "") + `schema:
  - name: bang
` + indent(object, "    ") + `    properties:
      - name: ma
        logicalType: string
        primaryKey: true
        primaryKeyPosition: 1
      - name: ngay
        logicalType: date
      - name: x
` + indent(property, "        ")
}

func TestFindings(t *testing.T) {
	for _, c := range []struct {
		name                  string
		top, object, property string
		code                  contract.Finding
		says                  string // part of the Vietnamese sentence
	}{
		{"unknown property, near", "", "", "logicalType: string\ncustomProperties:\n  - {property: phohien.codelist, value: a}", finding("error", contract.CodeCustom), "phohien.codeList?"},
		{"unknown property, far", "", "", "logicalType: string\ncustomProperties:\n  - {property: phohien.zzzzzzzzzzzz, value: a}", finding("error", contract.CodeCustom), "Ở đây có: phohien.aliases"},
		{"property at the wrong level", "", "", "logicalType: string\ncustomProperties:\n  - {property: phohien.mode, value: merge}", finding("error", contract.CodeCustom), "thuộc về bảng"},
		{"wrong value", "customProperties:\n  - {property: phohien.origin, value: nowhere}", "", "logicalType: string", finding("error", contract.CodeValue), "source hoặc platform"},
		{"twice", "customProperties:\n  - {property: phohien.weight, value: 1}\n  - {property: phohien.weight, value: 2}", "", "logicalType: string", finding("error", contract.CodeTwice), "hai lần"},
		{"series", "customProperties:\n  - {property: phohien.storage, value: series}", "", "logicalType: string", finding("error", contract.CodeStorage), "series"},
		{"empty period", "customProperties:\n  - {property: phohien.history, value: P0D}", "", "logicalType: string", finding("error", contract.CodeValue), "bằng không"},
		{"no such column", "", "customProperties:\n  - {property: phohien.sender, value: dau}", "logicalType: string", finding("error", contract.CodeColumn), "ma, ngay, x"},
		{"column of a wrong type", "", "customProperties:\n  - {property: phohien.orderBy, value: ma}", "logicalType: string", finding("error", contract.CodeColumn), "integer, date, timestamp"},
		{"slice without sender", "", "customProperties:\n  - {property: phohien.mode, value: slice}", "logicalType: string", finding("error", contract.CodeMode), "phohien.sender"},
		{"decimal too wide", "", "", "logicalType: number\nphysicalType: decimal(38,10)", finding("error", contract.CodeType), "decimal(18,10)"},
		{"decimal upside down", "", "", "logicalType: number\nphysicalType: decimal(4,6)", finding("error", contract.CodeType), "0 ≤ s ≤ p"},
		{"precision of a text", "", "", "logicalType: string\ncustomProperties:\n  - {property: phohien.precision, value: year}", finding("error", contract.CodeType), "logicalType: date"},
		{"geometry of a text", "", "", "logicalType: string\ncustomProperties:\n  - {property: phohien.geometry, value: point}", finding("error", contract.CodeType), "logicalType: object"},
		{"unit of a number", "", "", "logicalType: integer\ncustomProperties:\n  - {property: phohien.unit, value: commune}", finding("error", contract.CodeType), "số 0 ở đầu"},
		{"sealed number", "", "", "logicalType: integer\ncustomProperties:\n  - {property: phohien.sealed, value: true}", finding("error", contract.CodeSealed), "logicalType: string"},
		{"sealed key", "", "", "logicalType: string\nprimaryKey: true\ncustomProperties:\n  - {property: phohien.sealed, value: true}", finding("error", contract.CodeSealed), "khóa của bảng"},
		{"sealed sender", "", "customProperties:\n  - {property: phohien.sender, value: x}", "logicalType: string\ncustomProperties:\n  - {property: phohien.sealed, value: true}", finding("error", contract.CodeSealed), "đơn vị gửi"},
		{"sealed scope", "", "customProperties:\n  - {property: phohien.scope, value: {unit: x}}", "logicalType: string\ncustomProperties:\n  - {property: phohien.sealed, value: true}", finding("error", contract.CodeSealed), "phân quyền theo dòng"},
		{"look-ahead", "", "", "logicalType: string\nlogicalTypeOptions: {pattern: '(?=a).*'}", finding("error", contract.CodePattern), "nhìn trước"},
		{"bound of a wrong type", "", "", "logicalType: date\nlogicalTypeOptions: {minimum: '1/2/2020'}", finding("error", contract.CodeBound), "2025-07-01"},
		{"bound of half a number", "", "", "logicalType: integer\nlogicalTypeOptions: {minimum: 1.5}", finding("error", contract.CodeBound), "số nguyên"},
		{"empty range", "", "", "logicalType: integer\nlogicalTypeOptions: {minimum: 5, exclusiveMaximum: 5}", finding("error", contract.CodeBound), "không có giá trị nào"},
		{"lengths upside down", "", "", "logicalType: string\nlogicalTypeOptions: {minLength: 5, maxLength: 4}", finding("error", contract.CodeBound), "minLength 5"},
		{"SQL with a semicolon", "", "", "logicalType: integer\nquality:\n  - {type: custom, engine: phohien, implementation: 'x > 1; drop table x'}", finding("error", contract.CodeSQL), "“;”"},
		{"SQL statement", "", "", "logicalType: integer\nquality:\n  - {type: custom, engine: phohien, implementation: 'select x'}", finding("error", contract.CodeSQL), "SELECT"},
		{"SQL without a column", "", "quality:\n  - {type: custom, engine: phohien, implementation: '1 = 1'}", "logicalType: integer", finding("error", contract.CodeSQL), "không nhắc đến trường nào"},
		{"SQL with an open quote", "", "", "logicalType: integer\nquality:\n  - {type: custom, engine: phohien, implementation: \"x > 'a\"}", finding("error", contract.CodeSQL), "chưa đóng"},
		{"SQL hidden behind dollars", "", "", "logicalType: integer\nquality:\n  - {type: custom, engine: phohien, implementation: 'x > $$;$$'}", finding("error", contract.CodeSQL), "“$”"},
		{"query that is no query", "", "quality:\n  - {type: sql, query: 'drop table x', mustBe: 0}", "logicalType: integer", finding("error", contract.CodeSQL), "SELECT"},
		{"unknown variable", "", "quality:\n  - {type: sql, query: 'select count(*) from ${objct}', mustBe: 0}", "logicalType: integer", finding("error", contract.CodeSQL), "${objct}"},
		{"unknown severity", "", "", "logicalType: integer\nquality:\n  - {type: library, metric: nullValues, mustBe: 0, severity: fatal}", finding("error", contract.CodeRule), "fatal"},
		{"bound that is no number", "", "", "logicalType: integer\nquality:\n  - {type: library, metric: nullValues, mustBe: none}", finding("error", contract.CodeRule), "phải là số"},
		{"values of a wrong type", "", "", "logicalType: integer\nquality:\n  - {type: library, metric: invalidValues, mustBe: 0, arguments: {validValues: [a]}}", finding("error", contract.CodeRule), "“a” không phải số nguyên"},
		{"another engine", "", "", "logicalType: integer\nquality:\n  - {type: custom, engine: soda, implementation: 'x'}", finding("info", contract.CodeNotJudged), "soda"},
		{"words", "", "", "logicalType: integer\nquality:\n  - {type: text, description: 'đúng'}", finding("info", contract.CodeNotJudged), "lời văn"},
		{"frequency", "slaProperties:\n  - {property: frequency, value: 3, unit: fortnight}", "", "logicalType: string", finding("error", contract.CodeSLA), "fortnight"},
		{"file outside the pack", "servers:\n  - {server: a, type: local, path: ../x.csv, format: csv}", "", "logicalType: string", finding("error", contract.CodeServer), "../x.csv"},
		{"unique object", "", "", "logicalType: object\nunique: true", finding("error", contract.CodeType), "Bỏ unique"},
		{"time zone", "", "", "logicalType: timestamp\nlogicalTypeOptions: {defaultTimezone: Etc/UTC}", finding("warning", contract.CodeZone), "+07:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, findings := contract.Resolve(read(t, contractWith(c.top, c.object, c.property)), contract.Options{})
			if (got == nil) != (c.code.Severity == contract.SeverityError) {
				t.Errorf("contract: %v", got != nil)
			}
			for _, f := range findings {
				if f.Code == c.code.Code && f.Severity == c.code.Severity && strings.Contains(f.MessageVi, c.says) {
					if f.MessageEn == "" || f.Line < 2 || strings.Contains(f.MessageVi+f.MessageEn, "%!") {
						t.Errorf("finding %+v", f)
					}
					return
				}
			}
			t.Errorf("findings %v; want %s %s with %q", findings, c.code.Severity, c.code.Code, c.says)
		})
	}
}

func finding(severity, code string) contract.Finding {
	f := contract.Finding{Code: code, Severity: contract.SeverityError}
	switch severity {
	case "warning":
		f.Severity = contract.SeverityWarning
	case "info":
		f.Severity = contract.SeverityInfo
	}
	return f
}

// More columns than the engines hold are refused when the contract comes, not
// when the first file does.
func TestTooWide(t *testing.T) {
	var b strings.Builder
	b.WriteString(contractWith("", "", "logicalType: string"))
	for i := range 1000 {
		fmt.Fprintf(&b, "      - {name: cot %d, logicalType: string}\n", i)
	}
	c, findings := contract.Resolve(read(t, b.String()), contract.Options{})
	if c != nil || len(findings) != 1 || findings[0].Code != contract.CodeWide {
		t.Errorf("1,003 columns: %v", findings)
	}
}

// A contract without any phohien.* has working defaults.
func TestDefaults(t *testing.T) {
	c, findings := contract.Resolve(read(t, contractWith("", "", "logicalType: number")), contract.Options{})
	if c == nil || len(findings) != 0 {
		t.Fatalf("findings %v", findings)
	}
	o := c.Objects[0]
	if c.Weight != 1 || c.Origin != contract.FromSource || c.Storage != contract.Rows || c.Hold != contract.DefaultHold || c.NoHistory || !c.History.IsZero() ||
		c.Frequency != (contract.Frequency{Object: -1, Column: -1}) {
		t.Errorf("contract %+v", c)
	}
	if o.Mode != contract.Merge || o.Dataset != "thu" || o.Sender != -1 || o.Period != -1 || o.OrderBy != -1 || o.ValidFrom != -1 || o.ValidTo != -1 {
		t.Errorf("object %+v", o)
	}
	keyless, _ := contract.Resolve(read(t, strings.ReplaceAll(contractWith("", "", "logicalType: number"), "        primaryKey: true\n        primaryKeyPosition: 1\n", "")), contract.Options{})
	if keyless == nil || keyless.Objects[0].Mode != contract.Append {
		t.Error("without a key the mode is append")
	}
}

func TestTypes(t *testing.T) {
	for _, c := range []struct {
		property string
		want     string
	}{
		{"logicalType: string", "text(0,0)"},
		{"logicalType: number", "float(0,0)"},
		{"logicalType: number\nphysicalType: NUMERIC( 9 , 2 )", "decimal(9,2)"},
		{"logicalType: number\nphysicalType: decimal(18)", "decimal(18,0)"},
		{"logicalType: number\nphysicalType: float(3,2)", "float(0,0)"},
		{"logicalType: number\nphysicalType: int", "integer(0,0)"},
		{"logicalType: time", "time(0,0)"},
		{"logicalType: array", "json(0,0)"},
		{"physicalType: varchar(20)", "text(0,0)"},
		{"physicalType: BIGINT", "integer(0,0)"},
		{"physicalType: double precision", "float(0,0)"},
		{"physicalType: decimal(5,1)", "decimal(5,1)"},
		{"physicalType: TIMESTAMP WITH TIME ZONE", "timestamp(0,0)"},
		{"physicalType: bool", "boolean(0,0)"},
		{"physicalType: jsonb", "json(0,0)"},
		{"description: no type at all", "text(0,0)"},
		{"logicalType: date\ncustomProperties:\n  - {property: phohien.precision, value: year}", "partial-date(0,0)"},
		{"logicalType: object\ncustomProperties:\n  - {property: phohien.geometry, value: any}", "geometry(0,0)"},
		{"logicalType: object\ncustomProperties:\n  - {property: phohien.file, value: true}", "file(0,0)"},
	} {
		got, findings := contract.Resolve(read(t, contractWith("", "", c.property)), contract.Options{})
		if got == nil {
			t.Errorf("%q: %v", c.property, findings)
			continue
		}
		col := got.Objects[0].Columns[2]
		if s := fmt.Sprintf("%s(%d,%d)", col.Type, col.Precision, col.Scale); s != c.want {
			t.Errorf("%q is %s, want %s", c.property, s, c.want)
		}
	}
}

func TestFrequency(t *testing.T) {
	for unit, want := range map[string]time.Duration{"h": 2 * time.Hour, "d": 48 * time.Hour, "w": 14 * 24 * time.Hour, "m": 60 * 24 * time.Hour, "years": 730 * 24 * time.Hour} {
		c, findings := contract.Resolve(read(t, contractWith("slaProperties:\n  - {property: frequency, value: 2, unit: "+unit+", element: ngay}", "", "logicalType: string")), contract.Options{})
		if c == nil || c.Frequency.Every != want || c.Frequency.Column != 1 {
			t.Errorf("2 %s: %+v %v", unit, c, findings)
		}
	}
}

// The columns that an expression names, and the names they have in the stores.
func TestSQL(t *testing.T) {
	c, findings := contract.Resolve(read(t, `apiVersion: v3.1.0
kind: DataContract
id: thu
version: 1.0.0
status: active
schema:
  - name: bang
    properties:
      - {name: Số nam, logicalType: integer}
      - {name: Số nữ, physicalName: nu, logicalType: integer}
      - {name: date, logicalType: date}
      - {name: Tổng, logicalType: integer}
    quality:
      - type: custom
        name: a
        engine: phohien
        implementation: |
          -- "Tổng" in a comment is no column
          "Số nam" + "Số nữ" = Tổng AND 'Tổng' <> "date"::text AND date >= DATE '2020-01-01' AND round(nu) = NU
`), contract.Options{})
	if c == nil {
		t.Fatal(findings)
	}
	r := rule(t, c.Objects[0], "a")
	want := `"so_nam" + "nu" = "tong" AND 'Tổng' <> "date"::text AND "date" >= DATE '2020-01-01' AND round("nu") = "nu"`
	if r.SQL != want {
		t.Errorf("SQL\n got %s\nwant %s", r.SQL, want)
	}
	if fmt.Sprint(r.Columns) != "[0 1 3 2]" {
		t.Errorf("columns %v", r.Columns)
	}
}

func rule(t *testing.T, o *contract.Object, id string) contract.Rule {
	t.Helper()
	for _, r := range o.Rules {
		if r.ID == id {
			return r
		}
	}
	t.Fatalf("no rule %s", id)
	return contract.Rule{}
}

func TestShape(t *testing.T) {
	c, findings := contract.Resolve(read(t, contractWith("", "", `logicalType: array
logicalTypeOptions: {minItems: 1, maxItems: 2, uniqueItems: true}
items:
  logicalType: object
  properties:
    - {name: ma, logicalType: string, required: true}
    - {name: so, logicalType: integer}
    - {name: ngay, logicalType: date}`)), contract.Options{})
	if c == nil {
		t.Fatal(findings)
	}
	shape := rule(t, c.Objects[0], "x.items").Shape
	for text, where := range map[string]string{
		`[{"ma":"a"}]`: "ok",
		`[{"ma":"a","so":1},{"ma":"b","so":"9223372036854775807"}]`: "ok",
		`[]`:                               "",
		`[{"ma":"a"},{"ma":"a"}]`:          "/1",
		`[{"so":1}]`:                       "/0/ma",
		`[{"ma":"a","so":1.5}]`:            "/0/so",
		`[{"ma":"a","ngay":"31/02/2020"}]`: "/0/ngay",
		`[{"ma":"a","them":[]}]`:           "ok",
		`{"ma":"a"}`:                       "",
		`[`:                                "",
		`[{"ma":"a"}] x`:                   "",
	} {
		got, ok := shape.Check([]byte(text))
		if (where == "ok") != ok || !ok && got != where {
			t.Errorf("%s: %q, %v; want %q", text, got, ok, where)
		}
	}
}
