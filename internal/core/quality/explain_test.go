package quality

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/core/contract"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (make it with -update)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update and read the difference. Got:\n%s", path, got)
	}
}

const explained = `
- name: ho_so
  properties:
  - {name: ma, logicalType: string, primaryKey: true, businessName: Mã hồ sơ, examples: [HS001], logicalTypeOptions: {pattern: 'HS[0-9]{3}', maxLength: 5}}
  - {name: ten, logicalType: string, required: true, businessName: Họ và tên, examples: [Nguyễn Văn An]}
  - {name: so, logicalType: integer, businessName: Số người, logicalTypeOptions: {minimum: 1, maximum: 30, multipleOf: 2}}
  - {name: tien, logicalType: number, physicalType: 'decimal(9,2)', businessName: Số tiền}
  - {name: diem, logicalType: number, businessName: Điểm}
  - {name: co, logicalType: boolean, businessName: Có bảo hiểm}
  - {name: ngay, logicalType: date, businessName: Ngày cấp, logicalTypeOptions: {minimum: '2000-01-01'}}
  - {name: sinh, logicalType: date, businessName: Ngày sinh, customProperties: [{property: phohien.precision, value: month}]}
  - {name: mat, logicalType: date, businessName: Ngày mất, customProperties: [{property: phohien.precision, value: day}]}
  - {name: gio, logicalType: time, businessName: Giờ mở cửa}
  - {name: luc, logicalType: timestamp, businessName: Cập nhật lúc}
  - {name: dia_chi, logicalType: object, businessName: Địa chỉ}
  - {name: nhan, logicalType: array, businessName: Nhãn, items: {logicalType: string}, logicalTypeOptions: {maxItems: 3}}
  - {name: vi_tri, logicalType: object, businessName: Vị trí, customProperties: [{property: phohien.geometry, value: point}]}
  - {name: ranh, logicalType: object, businessName: Ranh giới, customProperties: [{property: phohien.geometry, value: polygon}]}
  - {name: tep, logicalType: object, businessName: Bản chụp, customProperties: [{property: phohien.file, value: true}]}
  - {name: gioi, logicalType: string, businessName: Giới tính, quality: [{type: library, metric: invalidValues, mustBe: 0, arguments: {validValues: [Nam, Nữ]}}]}
  - {name: xa, logicalType: string, businessName: Mã xã, customProperties: [{property: phohien.codeList, value: vn-xa}]}
  - {name: so_the, logicalType: string, unique: true, businessName: Số thẻ}
  - {name: khac, logicalType: string, businessName: Ghi chú, quality: [{type: library, metric: missingValues, mustBe: 0, arguments: {missingValues: [N/A]}}]}
  quality:
  - {id: sinh-truoc-mat, type: custom, engine: phohien, implementation: 'sinh <= mat', customProperties: [{property: phohien.message, value: {vi: Ngày sinh phải trước ngày mất., en: The birth must come before the death.}}]}
`

// Every sentence that people read about a line in quarantine.
func TestExplain(t *testing.T) {
	o := object(t, explained)
	var b strings.Builder
	say := func(rule string, raw []string) {
		e := Explain(o, rule, raw)
		value := e.Value
		if len(value) > 100 {
			value = fmt.Sprintf("(%d bytes)", len(value))
		}
		fmt.Fprintf(&b, "%s %q [%s · %s · %s]\n  vi: %s\n  en: %s\n\n", rule, value, e.Title, e.Group, e.Severity, e.Why.Vi, e.Why.En)
		for _, s := range []string{e.Why.Vi, e.Why.En} {
			if !utf8.ValidString(s) || s == "" || strings.Contains(s, "%!") || strings.Contains(s, "cell.") || !strings.ContainsAny(s[len(s)-1:], ".5\"") {
				t.Errorf("%s of %q: %q", rule, raw, s)
			}
		}
	}
	cell := func(column, raw, rule string) {
		i := o.Column(column)
		if i < 0 {
			t.Fatal(column)
		}
		cells := make([]string, len(o.Columns))
		cells[i] = raw
		say(rule, cells)
	}
	for _, c := range []struct{ column, raw string }{
		{"ten", "An\x07Bình"}, {"ten", "A\u202eB"}, {"ten", "\u0301A"}, {"ten", "Nguy\uFFFDn"}, {"ten", "A␀B"}, {"ten", strings.Repeat("x", maxShown) + "…"}, {"ten", "An"},
		{"so", "mười"}, {"so", "1.234"}, {"so", "1,5"}, {"so", "99999999999999999999"}, {"so", "12 người"}, {"so", "1e3"}, {"so", "1.23.456"},
		{"tien", "1.234"}, {"tien", "1,234"}, {"tien", "0.125"}, {"tien", "12345678"}, {"tien", "1e999"}, {"tien", "NaN"},
		{"diem", "1e999"}, {"diem", "NaN"}, {"diem", "∞"}, {"diem", "0x10"},
		{"co", "chắc"},
		{"ngay", "31/02/2025"}, {"ngay", "2025-02-31"}, {"ngay", "1/13/2025"}, {"ngay", "1/2/25"}, {"ngay", "45292"}, {"ngay", "2025"}, {"ngay", "hôm qua"}, {"ngay", "0000-01-01"}, {"ngay", "2025-01-01 08:30"}, {"ngay", "32/01/2025"},
		{"sinh", "2020"}, {"sinh", "13/2020"}, {"mat", "2020-03"},
		{"gio", "25:00"}, {"gio", "sáng"},
		{"luc", "2025-01-01"}, {"luc", "2025-01-01T24:00:00"}, {"luc", "2025-01-01 08:00 ICT"}, {"luc", "2025-01-01T08:61:00"},
		{"dia_chi", "Phố Hiến"}, {"dia_chi", `{"a":1,}`}, {"dia_chi", "[1]"}, {"dia_chi", `{"a":1,"a":2}`}, {"dia_chi", `{"a":"\ud800"}`}, {"nhan", `{"a":1}`}, {"nhan", "A, B"},
		{"vi_tri", "105"}, {"vi_tri", `{"type":"Point","coordinates":[105]}`}, {"vi_tri", `{"type":"Point","coordinates":[105,21,5]}`}, {"vi_tri", `{"type":"Point"`},
		{"vi_tri", "LINESTRING(105 21,106 22)"}, {"vi_tri", "POINT(20.65 106.05)"}, {"vi_tri", "POINT(554000 2280000)"}, {"ranh", "POLYGON((106 20,107 20,107 21))"},
		{"tep", "anh.png"},
	} {
		store := o.Columns[o.Column(c.column)].Store
		cell(c.column, c.raw, store+".type")
	}
	cell("ten", "", "ten.required")
	cell("khac", "N/A", "khac.required")
	cell("ma", "X1", "ma.pattern")
	cell("ma", "HS00100", "ma.length")
	cell("so", "99", "so.range")
	cell("so", "3", "so.multiple")
	cell("ngay", "1999-12-31", "ngay.range")
	cell("gioi", "nam giới", "gioi.values")
	cell("xa", "99999", "xa.code-list")
	cell("nhan", `["a","b","c","d"]`, "nhan.items")
	cell("so_the", "T1", "so_the.unique")
	cell("ma", "HS001", "key")
	both := make([]string, len(o.Columns))
	both[o.Column("sinh")], both[o.Column("mat")] = "2020-05", "2019-01-01"
	say("sinh-truoc-mat", both)
	both[0] = "HS001"
	say(Owner, both)
	say(Exists, both)
	say(RowFew, []string{"HS001", "An"})
	say(RowMany, make([]string, 23))
	say(RowQuotes, []string{"HS001", `"An" Bình`, "2"})
	say("luat-cu", both)
	cell("so", "", "so.range") // a line of a contract that had fewer columns
	golden(t, "explain.golden", b.String())

	if e := Explain(o, "so.range", []string{"HS001"}); e.Column != "so" || e.Value != "" || e.Title != "Số người" || e.Group != contract.Outlier || e.Severity != contract.Reject {
		t.Errorf("%+v", e)
	}
	// Every rule of the contract and of the platform has words.
	p, err := Compile(o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Rules {
		if e := Explain(o, p.Rules[i].ID, both); e.Why.Vi == "" || e.Why.En == "" || strings.Contains(e.Why.Vi, "không còn trong đặc tả") {
			t.Errorf("%s: %+v", p.Rules[i].ID, e)
		}
	}
}
