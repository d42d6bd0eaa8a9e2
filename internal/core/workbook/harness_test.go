package workbook

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"html"
	"io"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/odcs"
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
		t.Errorf("%s differs; run with -update and read the difference", path)
	}
}

// households is a contract as communes fill it in.
const households = `apiVersion: v3.1.0
kind: DataContract
id: ho-khao-sat
name: Hộ khảo sát chuyển đổi số
version: 1.2.0
status: active
schema:
- name: ho
  businessName: 'Hộ gia đình [2026]: khảo sát'
  properties:
  - {name: ma, logicalType: string, primaryKey: true, businessName: Mã hộ, description: Mã do xã cấp cho hộ., examples: [HO001], logicalTypeOptions: {pattern: 'HO[0-9]{3}'}}
  - {name: chu_ho, logicalType: string, required: true, businessName: Họ và tên chủ hộ, examples: [Nguyễn Văn Mẫu]}
  - {name: dinh_danh, logicalType: string, businessName: Số định danh cá nhân, examples: ['033090000123'], logicalTypeOptions: {pattern: '[0-9]{12}'}}
  - {name: gioi, logicalType: string, businessName: Giới tính, quality: [{type: library, metric: invalidValues, mustBe: 0, arguments: {validValues: [Nam, Nữ]}}]}
  - {name: loai, logicalType: string, required: true, businessName: Loại hộ, customProperties: [{property: phohien.codeList, value: loai-ho}]}
  - {name: so_nguoi, logicalType: integer, businessName: Số người, logicalTypeOptions: {minimum: 1, maximum: 30}}
  - {name: thu_nhap, logicalType: number, physicalType: 'decimal(12,2)', businessName: 'Thu nhập (triệu đồng)', logicalTypeOptions: {exclusiveMinimum: 0}}
  - {name: ngay, logicalType: date, required: true, businessName: Ngày khảo sát, logicalTypeOptions: {minimum: '2026-01-01'}}
  - {name: mang, logicalType: boolean, businessName: Có mạng Internet}
  - {name: xa, logicalType: string, businessName: Mã xã, examples: ['11953'], customProperties: [{property: phohien.unit, value: commune}]}
- name: nguoi
  businessName: Thành viên
  properties:
  - {name: ma_ho, logicalType: string, primaryKey: true, primaryKeyPosition: 1, businessName: Mã hộ, examples: [HO001]}
  - {name: thu_tu, logicalType: integer, primaryKey: true, primaryKeyPosition: 2, businessName: Số thứ tự}
  - {name: sinh, logicalType: date, businessName: Ngày sinh, customProperties: [{property: phohien.precision, value: year}]}
`

func resolved(t testing.TB, text string) *contract.Contract {
	t.Helper()
	doc, err := odcs.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c, findings := contract.Resolve(doc, contract.Options{})
	if contract.Broken(findings) {
		t.Fatalf("%+v", findings)
	}
	return c
}

func lists(t testing.TB) func(string) *dictionary.CodeList {
	t.Helper()
	l, err := dictionary.Parse([]byte(`kind: CodeList
id: loai-ho
name: Loại hộ
version: 1.0.0
codes:
- {code: '01', name: Hộ nghèo}
- {code: '02', name: Hộ cận nghèo}
- {code: '03', name: Hộ khác}
- {code: '04', name: Hộ đã bỏ, validTo: '2025-01-01'}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	return func(id string) *dictionary.CodeList {
		if id == l.ID {
			return l
		}
		return nil
	}
}

var now = time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC)

// sound looks for what makes a spreadsheet offer to repair a file: parts that
// stand twice, are missing, have no type or are no XML, and texts that are too
// long for their place.
func sound(t testing.TB, file []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range z.File {
		if _, twice := parts[f.Name]; twice {
			t.Errorf("%s stands twice", f.Name)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(text)
		for d := xml.NewDecoder(bytes.NewReader(text)); err == nil; {
			_, err = d.Token()
		}
		if err != io.EOF {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	types := parts["[Content_Types].xml"]
	named := regexp.MustCompile(`PartName="/([^"]+)"`)
	for _, m := range named.FindAllStringSubmatch(types, -1) {
		if _, ok := parts[m[1]]; !ok {
			t.Errorf("%s has a type and is missing", m[1])
		}
	}
	referred := map[string]bool{"[Content_Types].xml": true}
	target := regexp.MustCompile(`Target="([^"]+)"`)
	for name, text := range parts {
		if !strings.HasSuffix(name, ".rels") {
			continue
		}
		referred[name] = true
		for _, m := range target.FindAllStringSubmatch(text, -1) {
			to := path.Join(path.Dir(path.Dir(name)), m[1])
			if strings.HasPrefix(m[1], "/") {
				to = m[1][1:]
			}
			if _, ok := parts[to]; !ok {
				t.Errorf("%s points at %s, which is missing", name, to)
			}
			referred[to] = true
		}
	}
	for name := range parts {
		if !referred[name] {
			t.Errorf("nothing points at %s", name)
		}
		if !strings.Contains(types, `PartName="/`+name+`"`) && !strings.Contains(types, `Extension="`+strings.TrimPrefix(path.Ext(name), ".")+`"`) {
			t.Errorf("%s has no type", name)
		}
	}
	bounded := regexp.MustCompile(`(error|prompt|errorTitle|promptTitle|formula1)(?:="([^"]*)"|>([^<]*)<)`)
	limits := map[string]int{"error": 255, "prompt": 255, "errorTitle": 32, "promptTitle": 32, "formula1": 255}
	for name, text := range parts {
		for _, m := range bounded.FindAllStringSubmatch(text, -1) {
			if n := units(html.UnescapeString(m[2] + m[3])); n > limits[m[1]] && strings.HasPrefix(name, "xl/worksheets") {
				t.Errorf("%s: %s of %d characters", name, m[1], n)
			}
		}
	}
}

// dump writes a workbook as text, cell by cell.
func dump(t testing.TB, file []byte) string {
	t.Helper()
	sound(t, file)
	f, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Theme == nil { // or all colours read as none
		f.Theme = excelize.NewFile().Theme
	}
	var b strings.Builder
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, sheet := range f.GetSheetList() {
		seen, err := f.GetSheetVisible(sheet)
		check(err)
		panes, err := f.GetPanes(sheet)
		check(err)
		fmt.Fprintf(&b, "== %s", sheet)
		if !seen {
			b.WriteString(" (hidden)")
		}
		if i == f.GetActiveSheetIndex() {
			b.WriteString(" (open)")
		}
		if panes.Freeze {
			fmt.Fprintf(&b, " (frozen to row %d)", panes.YSplit)
		}
		b.WriteByte('\n')
		rows, err := f.GetRows(sheet)
		check(err)
		for r := range rows {
			for c := range rows[r] {
				dumpCell(t, &b, f, sheet, ref(c, r+1))
			}
		}
		dvs, err := f.GetDataValidations(sheet)
		check(err)
		for _, dv := range dvs {
			fmt.Fprintf(&b, "check %s: %s %s %s %s", dv.Sqref, dv.Type, dv.Operator, dv.Formula1, dv.Formula2)
			if dv.Error != nil {
				fmt.Fprintf(&b, " [%s: %s]", *dv.ErrorTitle, *dv.Error)
			}
			b.WriteByte('\n')
		}
		comments, err := f.GetComments(sheet)
		check(err)
		for _, c := range comments {
			fmt.Fprintf(&b, "note %s: %q\n", c.Cell, c.Text)
		}
		for c := range 30 {
			seen, err := f.GetColVisible(sheet, letter(c))
			check(err)
			if !seen {
				fmt.Fprintf(&b, "hidden column %s\n", letter(c))
			}
		}
	}
	names := f.GetDefinedName()
	slices.SortFunc(names, func(a, b excelize.DefinedName) int { return strings.Compare(a.Scope, b.Scope) })
	for _, n := range names {
		fmt.Fprintf(&b, "name %s (%s) = %s\n", n.Name, n.Scope, n.RefersTo)
	}
	return b.String()
}

func dumpCell(t testing.TB, b *strings.Builder, f *excelize.File, sheet, at string) {
	t.Helper()
	value, err := f.GetCellValue(sheet, at, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	id, err := f.GetCellStyle(sheet, at)
	if err != nil {
		t.Fatal(err)
	}
	style, err := f.GetStyle(id)
	if err != nil {
		t.Fatal(err)
	}
	if value == "" && len(style.Fill.Color) == 0 {
		return
	}
	kind, err := f.GetCellType(sheet, at)
	if err != nil {
		t.Fatal(err)
	}
	formula, err := f.GetCellFormula(sheet, at)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(b, "%s %q", at, value)
	if kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
		b.WriteString(" number")
	}
	if formula != "" {
		fmt.Fprintf(b, " FORMULA %q", formula)
	}
	switch {
	case style.CustomNumFmt != nil:
		fmt.Fprintf(b, " %s", *style.CustomNumFmt)
	case style.NumFmt == 49:
		b.WriteString(" @")
	case style.NumFmt != 0:
		fmt.Fprintf(b, " format %d", style.NumFmt)
	}
	if len(style.Fill.Color) > 0 {
		fmt.Fprintf(b, " fill %s", style.Fill.Color[0])
	}
	b.WriteByte('\n')
}

// keep leaves a workbook for people to open, when PHOHIEN_TEST_WORKBOOKS names a
// folder.
func keep(t testing.TB, name string, file []byte) {
	t.Helper()
	if dir := os.Getenv("PHOHIEN_TEST_WORKBOOKS"); dir != "" {
		if err := os.WriteFile(dir+"/"+name, file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
