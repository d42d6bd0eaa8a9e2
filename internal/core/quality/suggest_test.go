package quality

import (
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/viet"
)

const suggested = `
- name: ho
  properties:
  - {name: ma, logicalType: string, businessName: Mã hộ, logicalTypeOptions: {pattern: 'HO[0-9]{3}'}}
  - {name: ten, logicalType: string, businessName: Họ và tên, logicalTypeOptions: {pattern: '[A-ZĐ ]+', maxLength: 20}}
  - {name: dinh_danh, logicalType: string, businessName: Số định danh, logicalTypeOptions: {pattern: '[0-9]{12}'}}
  - {name: do_dai, logicalType: string, businessName: Số giấy tờ, logicalTypeOptions: {minLength: 12, maxLength: 12}}
  - {name: thue, logicalType: string, businessName: Mã số thuế, logicalTypeOptions: {pattern: '[0-9]{10}(-[0-9]{3})?'}}
  - {name: dien_thoai, logicalType: string, businessName: Điện thoại, logicalTypeOptions: {pattern: '0[0-9]{9}'}}
  - {name: quoc_te, logicalType: string, businessName: Số điện thoại di động, logicalTypeOptions: {pattern: '[+]84[0-9]{9}'}}
  - {name: so_khac, logicalType: string, businessName: Số khác, logicalTypeOptions: {pattern: '[0-9]{10}'}}
  - {name: gioi, logicalType: string, businessName: Giới tính, quality: [{type: library, metric: invalidValues, mustBe: 0, arguments: {validValues: [Nam, Nữ]}}]}
  - {name: loai, logicalType: string, businessName: Loại, customProperties: [{property: phohien.codeList, value: loai}]}
  - {name: vung, logicalType: string, businessName: Vùng, customProperties: [{property: phohien.codeList, value: chua-co}]}
  - {name: xa, logicalType: string, businessName: Mã xã, customProperties: [{property: phohien.unit, value: commune}]}
  - {name: so, logicalType: integer, businessName: Số, logicalTypeOptions: {maximum: 1000}}
  - {name: tien, logicalType: number, physicalType: 'decimal(12,2)', businessName: Tiền}
  - {name: ngay, logicalType: date, businessName: Ngày, logicalTypeOptions: {minimum: '2000-01-01'}}
  - {name: sinh, logicalType: date, businessName: Sinh, customProperties: [{property: phohien.precision, value: year}]}
  - {name: co, logicalType: boolean, businessName: Có}
  - {name: cd, logicalType: string, businessName: Căn cước}
  - {name: mst, logicalType: string, businessName: MST}
  - {name: lien_he, logicalType: string, businessName: Liên hệ}
  - {name: ma_tinh, logicalType: string, businessName: Tỉnh}
  - {name: bat_buoc, logicalType: string, required: true, businessName: Bắt buộc}
  quality:
  - {id: doi, type: custom, engine: phohien, implementation: 'so > tien'}
`

// What is suggested, and what would be a guess.
func TestSuggest(t *testing.T) {
	o := object(t, suggested)
	for name, kind := range map[string]viet.Kind{"cd": viet.KindCCCD, "mst": viet.KindTaxCode, "lien_he": viet.KindPhone, "ma_tinh": viet.KindProvince} {
		i := o.Column(name)
		o.Columns[i].Identifier = kind
		o.Rules = append(o.Rules,
			contract.Rule{ID: name + ".ident", Kind: contract.RuleIdent, Columns: []int{i}, Identifier: kind, On: -1},
			contract.Rule{ID: name + ".ident-doubt", Kind: contract.RuleIdent, Columns: []int{i}, Identifier: kind, Doubt: true, Severity: contract.Warn, On: -1})
	}
	l, err := dictionary.Parse([]byte(`kind: CodeList
id: loai
name: Loại
version: 1.0.0
codes:
- {code: '01', name: Hộ nghèo, aliases: [nghèo]}
- {code: '02', name: Hộ cận nghèo}
- {code: '10', name: Hộ khác}
- {code: '03', name: Hộ cũ, validTo: '2020-01-01'}
- {code: '04', name: Trùng}
- {code: '05', name: trùng}
- {code: '006', name: Sáu}
- {code: '06', name: Lục}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	list := func(id string) *dictionary.CodeList {
		if id == "loai" {
			return l
		}
		return nil
	}
	const none = ""
	for _, c := range []struct{ column, rule, cell, want string }{
		{"loai", "code-list", "hộ nghèo", "01"},
		{"loai", "code-list", "HO NGHEO", "01"},
		{"loai", "code-list", "nghèo", "01"},
		{"loai", "code-list", "1", "01"},
		{"loai", "code-list", "O2", "02"},
		{"loai", "code-list", "1O", "10"},
		{"loai", "code-list", "3", none},        // no longer valid
		{"loai", "code-list", "Hộ cũ", none},    // no longer valid
		{"loai", "code-list", "Trùng", none},    // two codes
		{"loai", "code-list", "6", none},        // 06 or 006
		{"loai", "code-list", "hộ nghè", none},  // a guess
		{"loai", "code-list", "7", none},        // no such code
		{"vung", "code-list", "Miền Bắc", none}, // the list is not installed
		{"gioi", "values", "nam", "Nam"},
		{"gioi", "values", "NU", "Nữ"},
		{"gioi", "values", "nam giới", none},
		{"gioi", "values", "1", none},
		{"dinh_danh", "pattern", "33090000123", "033090000123"},
		{"dinh_danh", "pattern", "1090000123", "001090000123"},
		{"dinh_danh", "pattern", "O33O90000123", "033090000123"},
		{"dinh_danh", "pattern", "033 090 000 123", "033090000123"},
		{"dinh_danh", "pattern", "3.3090000123E+10", "033090000123"},
		{"dinh_danh", "pattern", "3.309E+10", none},   // digits are lost
		{"dinh_danh", "pattern", "99990000123", none}, // no province has 099
		{"dinh_danh", "pattern", "145123456", none},   // an old card of nine digits
		{"dinh_danh", "pattern", "0330900001234", none},
		{"do_dai", "length", "33090000123", "033090000123"},
		{"do_dai", "length", "ABC", none},
		{"thue", "pattern", "031440905-8002", "0314409058-002"},
		{"thue", "pattern", "0314409058002", "0314409058-002"},
		{"thue", "pattern", "0314409058 002", "0314409058-002"},
		{"thue", "pattern", "314409058", "0314409058"},
		{"thue", "pattern", "031440905-9002", none}, // the check digit disagrees
		{"thue", "pattern", "3144090", none},
		{"dien_thoai", "pattern", "0912.345.678", "0912345678"},
		{"dien_thoai", "pattern", "+84 912 345 678", "0912345678"},
		{"dien_thoai", "pattern", "01662345678", "0362345678"},
		{"dien_thoai", "pattern", "912345678", "0912345678"},
		{"dien_thoai", "pattern", "O912345678", "0912345678"},
		{"dien_thoai", "pattern", "123", none},
		{"dien_thoai", "pattern", "0912345678; 0912345679", none},
		{"quoc_te", "pattern", "0912345678", "+84912345678"},
		{"so_khac", "pattern", "01662345678", none}, // no telephone number: nobody knows
		{"so_khac", "pattern", "12345 67890", "1234567890"},
		{"ma", "pattern", "ho001", "HO001"},
		{"ma", "pattern", "HO 001", "HO001"},
		{"ma", "pattern", "HO01", none},
		{"ma", "pattern", "hồ 001", none},
		{"ten", "pattern", "nguyễn văn an", none}, // never a name
		{"ten", "pattern", "nguyen van an", none},
		{"ten", "length", "NGUYEN THI ANH TUYET MAI", none},
		{"ten", "type", "A\x07B", none},
		{"xa", "unit", "1234", "01234"},
		{"xa", "unit", "O1234", "01234"},
		{"xa", "unit", "11953", none},
		{"xa", "unit", "Phố Hiến", none},
		{"so", "type", "1O00", "1000"},
		{"so", "type", "1O0", none}, // one letter to two digits is too little to go by
		{"so", "type", "1.5E+2", none},
		{"so", "type", "50 đồng", "50"},
		{"so", "type", "1.234đ", none}, // a thousand or one
		{"so", "type", "12 người", none},
		{"so", "type", "1.234", none},
		{"so", "type", "9OOO", none}, // beyond the greatest
		{"so", "type", "mười", none},
		{"so", "range", "9999", none},
		{"tien", "type", "1.234.567,5 VNĐ", "1.234.567,5"},
		{"tien", "type", "0.125", none}, // rounding is nobody's right
		{"ngay", "type", "31/04/2025", none},
		{"ngay", "type", "04/25/2025", "25/04/2025"},
		{"ngay", "type", "25 / 4 / 2025", "25/04/2025"},
		{"ngay", "type", "25/O4/2025", "25/04/2025"},
		{"ngay", "type", "13/13/2025", none},
		{"ngay", "type", "04/25/1999", none}, // before the first day allowed
		{"ngay", "type", "45292", "01/01/2024"},
		{"ngay", "type", "99999", none},
		{"ngay", "type", "1/2/25", none},
		{"ngay", "type", "2025", none},
		{"ngay", "range", "1999-12-31", none},
		{"sinh", "type", "12/31/1990", "31/12/1990"},
		{"sinh", "type", "13/1990", none},
		{"co", "type", "chắc", none},
		{"bat_buoc", "required", "", none},
		{"cd", "ident", "33090000123", "033090000123"},
		{"cd", "ident", "0912345678", none}, // a telephone number
		{"mst", "ident", "031440905-8002", "0314409058-002"},
		{"mst", "ident", "0314409057", none},
		{"lien_he", "ident", "0912345678 ", none}, // right as it is
		{"lien_he", "ident", "912345678", "0912345678"},
		{"lien_he", "ident-doubt", "01662345678", "0362345678"},
		{"lien_he", "ident", "không có", none},
		{"ma_tinh", "ident", "1", "01"},
		{"ma_tinh", "ident", "0", none},
	} {
		i := o.Column(c.column)
		raw := make([]string, len(o.Columns))
		raw[i] = c.cell
		value, column, ok := Suggest(o, o.Columns[i].Store+"."+c.rule, raw, list)
		if value != c.want || ok != (c.want != none) || ok && column != i {
			t.Errorf("%s %q: got %q in column %d, %v; want %q", c.column, c.cell, value, column, ok, c.want)
		}
		p, _ := Propose(o, o.Columns[i].Store+"."+c.rule, raw, list)
		if ok && (!strings.HasSuffix(p.How.Vi, ".") || !strings.HasSuffix(p.How.En, ".")) {
			t.Errorf("%s %q: how %+v", c.column, c.cell, p.How)
		}
	}
	for _, rule := range []string{"doi", "gone", RowFew} {
		if _, _, ok := Suggest(o, rule, make([]string, len(o.Columns)), list); ok {
			t.Errorf("%s has a suggestion", rule)
		}
	}
	if _, _, ok := Suggest(o, "loai.code-list", []string{"hộ nghèo"}, list); ok {
		t.Error("a line that was not split has a suggestion")
	}
	if p, _ := Propose(o, "ngay.type", withCell(o.Column("ngay"), len(o.Columns), "04/25/2025"), list); !strings.Contains(p.How.Vi, "Tháng ghi trước ngày") {
		t.Errorf("a day turned round does not say so: %s", p.How.Vi)
	}
}

func withCell(at, n int, cell string) []string {
	raw := make([]string, n)
	raw[at] = cell
	return raw
}

// Whatever is sent, a suggestion is another value, and one that passes.
func FuzzSuggest(f *testing.F) {
	for _, s := range []string{"33O90000123", "04/25/2025", "031440905-8002", "1.234.567,5 VNĐ", "nguyễn văn an", "\xff", "３３", "3.3090000123E+10", "HO 001"} {
		f.Add(s)
	}
	o := object(f, suggested)
	f.Fuzz(func(t *testing.T, cell string) {
		for i := range o.Rules {
			r := &o.Rules[i]
			if len(r.Columns) != 1 {
				continue
			}
			raw := withCell(r.Columns[0], len(o.Columns), cell)
			p, ok := Propose(o, r.ID, raw, nil)
			if !ok {
				continue
			}
			s := &suggester{o: o, c: &o.Columns[p.Column], column: p.Column, raw: raw}
			if p.Value == cell || p.Column != r.Columns[0] || !s.passes(p.Value) {
				t.Errorf("%s of %q: %+v", r.ID, cell, p)
			}
		}
	})
}
