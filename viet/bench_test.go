package viet

import "testing"

var sink int64

// cell is a benchmark of one call for one cell.
type cell struct {
	name string
	call func(b []byte)
	text string
	free bool // must not allocate
}

var cells = []cell{
	{"Clean/ascii", func(b []byte) { Clean(b) }, "BHXH-2026-000123", true},
	{"Clean/vietnamese", func(b []byte) { Clean(b) }, "Phường Phố Hiến, tỉnh Hưng Yên", true},
	{"Clean/trim", func(b []byte) { Clean(b) }, " Phường Phố Hiến\u00a0", true},
	{"Clean/decomposed", func(b []byte) { Clean(b) }, "Phu\u031bo\u031b\u0300ng Phô\u0301 Hiê\u0301n", false},
	{"ParseInteger", func(b []byte) { v, _, _ := ParseInteger(b, StyleAuto); sink += v }, "1234567", true},
	{"ParseInteger/grouped", func(b []byte) { v, _, _ := ParseInteger(b, StyleAuto); sink += v }, "1.234.567", true},
	{"ParseDecimal", func(b []byte) { v, _, _ := ParseDecimal(b, 18, 2, StyleAuto); sink += v }, "1234567.25", true},
	{"ParseDecimal/grouped", func(b []byte) { v, _, _ := ParseDecimal(b, 18, 2, StyleAuto); sink += v }, "1.234.567,25", true},
	{"ParseFloat", func(b []byte) { v, _, _ := ParseFloat(b, StyleAuto); sink += int64(v) }, "21.028511", true},
	{"ParseFloat/17digits", func(b []byte) { v, _, _ := ParseFloat(b, StyleAuto); sink += int64(v) }, "105.80481700000001", true},
	{"ParseDate", func(b []byte) { v, _, _ := ParseDate(b); sink += int64(v) }, "2026-11-22", true},
	{"ParseDate/slashes", func(b []byte) { v, _, _ := ParseDate(b); sink += int64(v) }, "22/11/2026", true},
	{"ParsePartialDate", func(b []byte) { v, _, _ := ParsePartialDate(b); sink += int64(v.Year) }, "2000-03", true},
	{"ParseTime", func(b []byte) { v, _, _ := ParseTime(b); sink += v }, "2026-11-22T08:30:00+07:00", true},
	{"ParseTime/local", func(b []byte) { v, _, _ := ParseTime(b); sink += v }, "22/11/2026 08:30:00", true},
	{"ParseBool", func(b []byte) { ParseBool(b) }, "true", true},
}

type text struct {
	name string
	call func(s string)
	text string
	free bool
}

var foldBuffer [128]byte

var texts = []text{
	{"NFC/ascii", func(s string) { NFC(s) }, "BHXH-2026-000123", true},
	{"NFC/vietnamese", func(s string) { NFC(s) }, "Phường Phố Hiến, tỉnh Hưng Yên", true},
	{"BadRune/ascii", func(s string) { BadRune(s) }, "BHXH-2026-000123", true},
	{"BadRune/vietnamese", func(s string) { BadRune(s) }, "Phường Phố Hiến, tỉnh Hưng Yên", true},
	{"Fold/folded", func(s string) { Fold(s) }, "phuong pho hien, tinh hung yen", true},
	{"Fold/vietnamese", func(s string) { Fold(s) }, "Phường Phố Hiến, tỉnh Hưng Yên", false},
	{"AppendFold/vietnamese", func(s string) { AppendFold(foldBuffer[:0], s) }, "Phường Phố Hiến, tỉnh Hưng Yên", true},
	{"FoldTone/vietnamese", func(s string) { FoldTone(s) }, "Phường Phố Hiến, tỉnh Hưng Yên", false},
	{"SortKey/vietnamese", func(s string) { SortKey(s) }, "Phường Phố Hiến, tỉnh Hưng Yên", false},
	{"CheckCCCD", func(s string) { CheckCCCD(s) }, "033095001234", true},
	{"CheckTaxCode", func(s string) { CheckTaxCode(s) }, "0314409058-002", true},
	{"FoldTone/folded", func(s string) { FoldTone(s) }, "phuong pho hien", true},
	{"Slug", func(s string) { Slug(s) }, "Phường Phố Hiến (mới)", false},
	{"IsSyllable", func(s string) { IsSyllable(s) }, "nghiêng", true},
}

// sound has a value of each kind, the slowest that passes.
var sound = map[Kind]string{
	KindCCCD: "033095001234", KindCMND: "145678901", KindPassport: "P01234567", KindForeignPassport: "AB1234567",
	KindTaxCode: "0314409058-002", KindBHXH: "3320123456", KindBHYT: "GD4332012345678",
	KindAgency: "H15.50.05.13", KindDossier: "H15.50.05.13-261008-0975", KindProcedure: "2.000815.000.00.00.H31",
	KindDocument: "194/2025/QĐ-BTTTT", KindParcel: "w7emmq81cxzt", KindPlate: "29MĐ-234.56", KindPhone: "+84 912 345 678",
	KindProvince: "33", KindCommune: "11953", KindEmail: "so.yt+baocao@hung-yen.gov.vn", KindBudgetUnit: "1031234", KindPostcode: "17000",
}

func TestCheck_NoAllocations(t *testing.T) {
	for _, k := range Kinds() {
		check, _ := Checker(k)
		s, ok := sound[k]
		if err := check(s); !ok || err != nil {
			t.Errorf("%s: %q, %v", k, s, err)
		}
		if n := testing.AllocsPerRun(100, func() { check(s) }); n > 0 {
			t.Errorf("%s allocates %v times", k, n)
		}
	}
}

// Five million a second are 200 ns each.
func BenchmarkCheck(b *testing.B) {
	for _, k := range Kinds() {
		check, _ := Checker(k)
		s := sound[k]
		b.Run(string(k), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				check(s)
			}
		})
	}
}

// A column may be wrong from top to bottom, a name in each cell.
func BenchmarkCheck_Refused(b *testing.B) {
	for _, k := range Kinds() {
		check, _ := Checker(k)
		b.Run(string(k), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				check("0312345678x-y")
			}
		})
	}
}

func TestNoAllocations(t *testing.T) {
	for _, c := range cells {
		b := []byte(c.text)
		if n := testing.AllocsPerRun(100, func() { c.call(b) }); c.free && n > 0 {
			t.Errorf("%s allocates %v times", c.name, n)
		}
	}
	for _, c := range texts {
		if n := testing.AllocsPerRun(100, func() { c.call(c.text) }); c.free && n > 0 {
			t.Errorf("%s allocates %v times", c.name, n)
		}
	}
}

func BenchmarkCell(b *testing.B) {
	for _, c := range cells {
		b.Run(c.name, func(b *testing.B) {
			in := []byte(c.text)
			b.ReportAllocs()
			for b.Loop() {
				c.call(in)
			}
		})
	}
}

func BenchmarkText(b *testing.B) {
	for _, c := range texts {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.call(c.text)
			}
		})
	}
}
