package quality

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
)

func TestMapHeader(t *testing.T) {
	o := object(t, `
- name: a
  properties:
  - {name: maHo, physicalName: ma_ho, logicalType: string, primaryKey: true, businessName: Mã hộ}
  - {name: ten, logicalType: string, required: true, businessName: Họ tên}
  - {name: ngay, logicalType: date, businessName: Ngày, customProperties: [{property: phohien.aliases, value: [ngày cấp, Date of issue]}]}
  - {name: Ngày cấp, physicalName: ngay_cap_2, logicalType: date}
  - {name: so, logicalType: integer, businessName: Số}
  - {name: số, physicalName: so_2, logicalType: integer}
`)
	for _, c := range []struct {
		header  string
		cells   []int
		unknown string
		err     string
	}{
		{"maHo,ten", []int{0, 1, -1, -1, -1, -1}, "", ""},
		{"ma_ho,Họ tên", []int{0, 1, -1, -1, -1, -1}, "", ""},
		{"MÃ HỘ,HO TEN", []int{0, 1, -1, -1, -1, -1}, "", ""},
		{" Mã hộ , ten ", []int{0, 1, -1, -1, -1, -1}, "", ""},
		{"ten,Mã-Hộ", []int{1, 0, -1, -1, -1, -1}, "", ""},
		{"Ma\u0303 h\u00f4\u0323,ten", []int{0, 1, -1, -1, -1, -1}, "", ""}, // letters with marks apart
		{"maHo,ten,Date of issue,ngay", nil, "", "header.twice"},
		{"maHo,ten,Ngày cấp", []int{0, 1, -1, 2, -1, -1}, "", ""}, // the exact name beats an alias
		{"maHo,ten,ngày cấp", []int{0, 1, 2, -1, -1, -1}, "", ""}, // so does the exact alias
		{"maHo,ten,NGAY CAP", nil, "", "header.ambiguous"},
		{"maHo,ten,so,số", []int{0, 1, -1, -1, 2, 3}, "", ""},
		{"maHo,ten,SO", nil, "", "header.ambiguous"},
		{"maHo,ten,ten", nil, "", "header.twice"},
		{"maHo,ten,ghi chú,x", []int{0, 1, -1, -1, -1, -1}, "ghi chú,x", ""},
		{"maHo,ten,,ghi chú", []int{0, 1, -1, -1, -1, -1}, "ghi chú", ""},
		{"maHo", nil, "", "header.missing"},
		{"ten", nil, "", "header.missing"},
		{"a,b", nil, "", "header.nothing"},
	} {
		m, err := MapHeader(o, strings.Split(c.header, ","))
		if c.err != "" {
			if !fault.Is(err, c.err) {
				t.Errorf("%s: %+v %v, want %s", c.header, m, err, c.err)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(m.Cell, c.cells) || strings.Join(m.Unknown, ",") != c.unknown {
			t.Errorf("%s: %+v %v, want %v and %s", c.header, m, err, c.cells, c.unknown)
		}
	}
	m, err := MapHeader(o, []string{"maHo", "ten", "so"})
	if err != nil || !reflect.DeepEqual(m.Missing, []int{2, 3, 5}) {
		t.Errorf("missing %v %v", m, err)
	}
	if _, err := MapHeader(o, Header(o)); err != nil {
		t.Errorf("own names: %v", err)
	}
}

var days = []contract.Field{{Name: "valid_from", Kind: contract.KindDate}, {Name: "valid_to", Kind: contract.KindDate}}

func allowed(name string, rows ...[]string) table {
	return table{append([]contract.Field{{Name: name, Kind: contract.KindText}}, days...), rows}
}

// Each kind of rule, kept and broken, and silent about what is not there.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		name, schema, file string
		needs              map[string]table
		existing           *table
		mode               contract.Mode
		want               string
	}{
		{"required", "- {name: b, logicalType: string, required: true}\n  - {name: c, logicalType: integer, required: true}",
			"a,b,c\n1,x,1\n2,,1\n3, ,1\n4,x,\n5,x,y\n6,\n", nil, nil, "", "b.required 2 3; c.type 5; c.required 4; _row.few 6"},
		{"missing values", "- {name: b, logicalType: string, quality: [{type: library, metric: missingValues, mustBe: 0, arguments: {missingValues: [N/A, '-']}}]}",
			"a,b\n1,x\n2,N/A\n3,-\n4,\n5,n/a\n", nil, nil, "", "b.required 2 3 4"},
		{"pattern", "- {name: b, logicalType: string, logicalTypeOptions: {pattern: '[A-Z]{2}|\\d+'}}",
			"a,b\n1,AB\n2,ABC\n3,xAB\n4,12\n5,\n6,\"AB\nAB\"\n", nil, nil, "", "b.pattern 2 3 6"},
		{"length in characters", "- {name: b, logicalType: string, logicalTypeOptions: {minLength: 2, maxLength: 3}}",
			"a,b\n1,Hồ\n2,H\n3,Hồng\n4,\n5,😀😀\n6,Ho\u0302\u0300n\n", nil, nil, "", "b.length 2 3"},
		{"range", "- {name: b, logicalType: integer, logicalTypeOptions: {minimum: -2, exclusiveMaximum: 5}}\n  - {name: c, logicalType: number, physicalType: 'decimal(5,2)', logicalTypeOptions: {exclusiveMinimum: 0, maximum: 1.5}}\n  - {name: d, logicalType: number, logicalTypeOptions: {maximum: 0.1}}",
			"a,b,c,d\n1,-2,0.01,0.1\n2,-3,0,0.11\n3,4,1.50,\n4,5,1.51,-9e99\n5,,,\n", nil, nil, "", "b.range 2 4; c.range 2 4; d.range 2"},
		{"range of moments", "- {name: b, logicalType: date, logicalTypeOptions: {minimum: '2000-01-01', maximum: '2025-12-31'}}\n  - {name: c, logicalType: timestamp, logicalTypeOptions: {minimum: '2020-01-01T00:00:00+07:00'}}\n  - {name: d, logicalType: time, logicalTypeOptions: {minimum: '07:00:00', maximum: '17:00:00'}}",
			"a,b,c,d\n1,2000-01-01,2020-01-01T00:00:00+07:00,07:00\n2,1999-12-31,2019-12-31T23:59:59.999999+07:00,06:59:59\n3,2025-12-31,2020-01-01 00:00,17:00:00\n4,1/1/2026,2019-12-31T17:00:00Z,17:00:01\n5,,,\n", nil, nil, "", "b.range 2 4; c.range 2; d.range 2 4"},
		{"partial dates at the bounds", "- name: b\n    logicalType: date\n    customProperties: [{property: phohien.precision, value: year}]\n    logicalTypeOptions: {minimum: '2000-03-15', maximum: '2010-06-15'}",
			"a,b\n1,2000\n2,1999\n3,2000-03\n4,2000-02\n5,2000-03-14\n6,2000-03-15\n7,2010\n8,2011\n9,2010-06\n10,2010-07\n11,2010-06-16\n12,2010-06-15\n13,\n", nil, nil, "", "b.range 2 4 5 8 10 11"},
		{"multiple", "- {name: b, logicalType: integer, logicalTypeOptions: {multipleOf: 5}}\n  - {name: c, logicalType: number, physicalType: 'decimal(5,2)', logicalTypeOptions: {multipleOf: 0.25}}\n  - {name: d, logicalType: number, logicalTypeOptions: {multipleOf: 0.1}}",
			"a,b,c,d\n1,10,0.5,0.3\n2,11,0.3,0.35\n3,0,-0.75,-0.7\n4,,,\n", nil, nil, "", "b.multiple 2; c.multiple 2; d.multiple 2"},
		{"values", "- {name: b, logicalType: string, quality: [{type: library, metric: invalidValues, mustBe: 0, arguments: {validValues: [Nam, Nữ, \"O'N\"]}}]}\n  - {name: c, logicalType: integer, quality: [{type: library, metric: invalidValues, mustBe: 0, arguments: {validValues: [1, 2]}}]}",
			"a,b,c\n1,Nam,1\n2,nam,3\n3,N\u01b0\u0303,2\n4,,\n5,O'N,1\n", nil, nil, "", "b.values 2; c.values 2"},
		{"code list, any day and on the day of another column", "- {name: ngay, logicalType: date}\n  - {name: b, logicalType: string, customProperties: [{property: phohien.codeList, value: {list: l, on: ngay}}]}",
			"a,ngay,b\n1,2025-01-01,x\n2,2024-12-31,x\n3,2025-06-30,x\n4,2025-07-01,x\n5,,x\n6,2025-01-01,y\n7,2025-01-01,\n8,,z\n9,31/02/2025,x\n",
			map[string]table{"b.code-list": allowed("code", []string{"x", "2025-01-01", "2025-06-30"}, []string{"z", "", ""})}, nil, "", "ngay.type 9; b.code-list 2 4 6"},
		{"code list on the day of the batch", "- {name: b, logicalType: string, customProperties: [{property: phohien.codeList, value: l}]}",
			"a,b\n1,x\n2,cũ\n3,mới\n4,\n5,lạ\n", map[string]table{"b.code-list": allowed("code", []string{"x", "", ""}, []string{"cũ", "", "2001-01-01"}, []string{"mới", "9998-01-01", ""})}, nil, "", "b.code-list 2 3 5"},
		{"code list with two spans of one code", "- {name: ngay, logicalType: timestamp}\n  - {name: b, logicalType: string, customProperties: [{property: phohien.codeList, value: {list: l, on: ngay}}]}",
			"a,ngay,b\n1,2020-12-31T23:59:59+07:00,x\n2,2021-01-01T00:00:00+07:00,x\n3,2025-01-01T00:00:00+07:00,x\n", map[string]table{"b.code-list": allowed("code", []string{"x", "", "2020-12-31"}, []string{"x", "2025-01-01", ""})}, nil, "", "b.code-list 2"},
		{"empty code list", "- {name: b, logicalType: string, customProperties: [{property: phohien.codeList, value: l}]}",
			"a,b\n1,x\n2,\n", map[string]table{"b.code-list": allowed("code")}, nil, "", "b.code-list 1"},
		{"reference", "- {name: b, logicalType: string, customProperties: [{property: phohien.reference, value: {dataset: xa, severity: reject}}]}",
			"a,b\n1,01\n2,1\n3,\n4,02\n", map[string]table{"b.reference": allowed("value", []string{"01", "", ""}, []string{"02", "", "1999-01-01"})}, nil, "", "b.reference 2"},
		{"reference on a day", "- {name: ngay, logicalType: date}\n  - {name: b, logicalType: string, customProperties: [{property: phohien.reference, value: {dataset: xa, on: ngay}}]}",
			"a,ngay,b\n1,1998-12-31,02\n2,1999-01-02,02\n3,,02\n4,,03\n", map[string]table{"b.reference": allowed("value", []string{"02", "", "1999-01-01"})}, nil, "", "b.reference 2 4"},
		{"unit of today", "- {name: b, logicalType: string, customProperties: [{property: phohien.unit, value: commune}]}",
			"a,b\n1,01\n2,02\n3,\n", map[string]table{"b.unit": allowed("value", []string{"01", "2000-01-01", ""}, []string{"02", "", "1999-01-01"})}, nil, "", "b.unit 2"},
		{"shape of JSON", "- {name: b, logicalType: array, items: {logicalType: string}, logicalTypeOptions: {minItems: 1, maxItems: 2, uniqueItems: true}}",
			"a,b\n1,\"[\"\"x\"\"]\"\n2,[]\n3,\"[\"\"x\"\",\"\"x\"\"]\"\n4,\n5,[1]\n6,{}\n", nil, nil, "", "b.type 6; b.items 2 3 5"},
		{"SQL, failing for some rows", "- {name: b, logicalType: integer}\n  - {name: c, logicalType: integer}\n  quality:\n  - {id: chia, type: custom, engine: phohien, implementation: '100 // b >= c'}\n  - {id: ep, type: custom, engine: phohien, implementation: 'CAST(a AS INTEGER) < 9'}",
			"a,b,c\n1,10,10\n2,10,11\n3,0,1\n4,,1\n5,1,\nx,1,1\n9,1,1\n", nil, nil, "", "chia 2; ep 7"},
		{"unique in the file and in the data set", "- {name: b, logicalType: string, unique: true}\n  - {name: c, logicalType: integer}",
			"a,b,c\n1,x,\n2,x,\n3,y,\n4,,\n5,,\n6,cũ,\n7,đổi,\n8,tự,\n", nil,
			&table{[]contract.Field{{Name: "a", Kind: contract.KindText}, contract.HashField, contract.FlagsField, {Name: "b", Kind: contract.KindText}},
				[][]string{{"90", "aGhoaGhoaGhoaGhoaGhoaA==", "", "cũ"}, {"7", "aGhoaGhoaGhoaGhoaGhoaA==", "", "khác"}, {"8", "aGhoaGhoaGhoaGhoaGhoaA==", "", "tự"}, {"91", "aGhoaGhoaGhoaGhoaGhoaA==", "", ""}}}, "", "b.unique 1 2 6"},
		{"equal rows are one row", "- {name: b, logicalType: string, unique: true}", "a,b\n1,x\n2,y\n1, x\n", nil, nil, "", ""},
		{"different rows of one key", "- {name: b, logicalType: string}\n  - {name: c, logicalType: integer}", "a,b,c\n1,x,\n2,y,\n1,z,\n,x,\n,z,\n3,a,1\n3,a,01\n4,a,x\n4,a,y\n", nil, nil, "", "a.required 4 5; c.type 8 9; key 1 3 8 9"},
		{"key that another sender owns", "- {name: b, logicalType: string}\n  customProperties: [{property: phohien.sender, value: b}]", "a,b\n1,Sở A\n2,Sở A\n3,Sở B\n4,\n", nil,
			&table{[]contract.Field{{Name: "a", Kind: contract.KindText}, contract.HashField, contract.FlagsField, {Name: "b", Kind: contract.KindText}},
				[][]string{{"1", "aGhoaGhoaGhoaGhoaGhoaA==", "", "Sở A"}, {"2", "aGhoaGhoaGhoaGhoaGhoaA==", "", "Sở B"}, {"4", "aGhoaGhoaGhoaGhoaGhoaA==", "", "Sở B"}}}, "", "_owner 2"},
		{"append of a key that is there", "- {name: b, logicalType: string}", "a,b\n1,x\n2,y\n", nil,
			&table{[]contract.Field{{Name: "a", Kind: contract.KindText}, contract.HashField, contract.FlagsField}, [][]string{{"1", "aGhoaGhoaGhoaGhoaGhoaA==", ""}}}, contract.Append, "_exists 1"},
		{"records that cannot be split", "- {name: b, logicalType: string, required: true}", "a,b\n1\n1,2,3\n\"1\"x,2\n4,x\n", nil, nil, "", "_row.few 1; _row.many 2; _row.quotes 3"},
		{"all rows bad", "- {name: b, logicalType: integer, required: true}", "a,b\n1,x\n2,\n,3\n", nil, nil, "", "a.required 3; b.type 1; b.required 2"},
		{"no rows", "- {name: b, logicalType: integer, required: true, unique: true}", "a,b\n", nil, nil, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := object(t, "\n- name: o\n  properties:\n  - {name: a, logicalType: string, primaryKey: true}\n  "+c.schema+"\n")
			b := judge(t, o, c.file, benchOptions{needs: c.needs, existing: c.existing, mode: c.mode})
			if got := b.broken(t); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
			lines := b.lines(t)
			if int64(len(lines)) != b.v.Rejected {
				t.Errorf("%d lines of %d rejected rows", len(lines), b.v.Rejected)
			}
			if c.existing != nil {
				return
			}
			// A check alone comes to the same, but that it needs the whole file to compare rows of one key.
			if light, err := tryJudge(t, o, c.file, benchOptions{needs: c.needs, mode: c.mode, checked: true}); err == nil {
				if got := light.broken(t); got != c.want {
					t.Errorf("checked:\n got %s\nwant %s", got, c.want)
				}
			} else if err != ErrTwins {
				t.Error(err)
			}
		})
	}
}

// More rules than one word, and than two words, have bits.
func TestManyRules(t *testing.T) {
	for _, n := range []int{1, 30, 31, 62, 70, 130} { // two rules a column
		schema := "\n- name: o\n  properties:\n  - {name: a, logicalType: string, primaryKey: true}\n"
		head, first, second := "a", "1", "2"
		for i := range n {
			schema += fmt.Sprintf("  - {name: c%d, logicalType: integer, logicalTypeOptions: {maximum: 5}}\n", i)
			head += fmt.Sprintf(",c%d", i)
			first += ",x"
			if i == n-1 || i == 0 {
				second += ",9"
			} else {
				second += ",1"
			}
		}
		o := object(t, schema)
		b := judge(t, o, head+"\n"+first+"\n"+second+"\n3\n", benchOptions{})
		if want := (len(o.Rules) + 5 + 61) / 62; b.v.words != want {
			t.Errorf("%d columns: %d words, want %d", n, b.v.words, want)
		}
		for i, r := range b.p.Rules {
			want := int64(0)
			switch {
			case r.ID == RowFew:
				want = 1
			case r.Kind == contract.RuleType && len(r.Columns) > 0 && r.Columns[0] > 0:
				want = 1
			case r.Kind == contract.RuleRange && (r.Columns[0] == 1 || r.Columns[0] == n):
				want = 1
			}
			if b.v.Broken[i] != want {
				t.Errorf("%d columns: %s broken by %d rows, want %d", n, r.ID, b.v.Broken[i], want)
			}
		}
		lines := b.lines(t)
		if len(lines) != 3 || strings.Count(lines[0].faults, ".type") != n || lines[2].faults != RowFew {
			t.Errorf("%d columns: %+.300v", n, lines)
		}
		if want := fmt.Sprintf("c%d.range", n-1); !strings.HasSuffix(lines[1].faults, want) {
			t.Errorf("%s, want …%s", lines[1].faults, want)
		}
	}
}

// A rule from a pack looks at its own row and at nothing else.
func TestForbiddenSQL(t *testing.T) {
	for _, sql := range []string{
		"b IN (SELECT b FROM existing)", "(SELECT count(*) FROM read_csv(''/etc/passwd'')) > 0", "getenv(''HOME'') = b", "(SELECT count(*) FROM duckdb_settings()) > 0", "current_setting(''threads'') > 0", "b = (SELECT max(b) FROM staged)",
	} {
		o := object(t, "\n- name: o\n  properties:\n  - {name: a, logicalType: string, primaryKey: true}\n  - {name: b, logicalType: string}\n  quality:\n  - {id: xau, type: custom, engine: phohien, implementation: 'b IS NULL'}\n")
		// Resolving a contract refuses these already; the workshop does not rely on it.
		for i := range o.Rules {
			if o.Rules[i].ID == "xau" {
				o.Rules[i].SQL = strings.ReplaceAll(sql, "''", "'")
			}
		}
		_, err := tryJudge(t, o, "a,b\n1,x\n", benchOptions{})
		if sql == "b = (SELECT max(b) FROM staged)" {
			continue // reads its own file: allowed or not, it leaks nothing
		}
		if f := fault.Of(err); f == nil || f.Kind == fault.Internal || !strings.Contains(err.Error(), "xau") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// A line in quarantine shows each cell as it was sent.
func TestLinesShowWhatWasSent(t *testing.T) {
	o := object(t, `
- name: o
  properties:
  - {name: a, logicalType: string}
  - {name: b, logicalType: integer}
  - {name: c, logicalType: number, physicalType: 'decimal(9,2)'}
  - {name: d, logicalType: number}
  - {name: e, logicalType: boolean}
  - {name: f, logicalType: date}
  - {name: g, logicalType: date, customProperties: [{property: phohien.precision, value: year}]}
  - {name: h, logicalType: time}
  - {name: i, logicalType: timestamp}
  - {name: k, logicalType: object}
  - {name: l, logicalType: object, customProperties: [{property: phohien.geometry, value: any}]}
  - {name: m, logicalType: string, required: true}
`)
	cell := rapid.OneOf(
		rapid.SampledFrom([]string{"", " ", "0", "-0", "1", "1.0", "1.50", " 7 ", "1.234.567,5", "1e3", "0.1", "true", "Có", "2025-01-31", "31/1/2025", "2000", "7:30", "07:30:00", "2026-11-22T08:30:00+07:00", "2026-11-22T08:30:00.0+07:00", "2026-11-22T01:30:00Z", "22/11/2026 8:30", "{}", `{"b": 1, "a": 2}`, "POINT(1 2)", `{"type":"Point","coordinates":[1,2]}`, "a\x00b", "\xff", "Ho\u0302\u0300", "\u00a0x", `"`, "a,b", "a\nb", "a\r\nb", strings.Repeat("ế", 1500), strings.Repeat("1", 2100)}),
		rapid.StringN(0, 20, -1),
	)
	rapid.Check(t, func(rt *rapid.T) {
		records := [][]string{Header(o)}
		for range rapid.IntRange(1, 8).Draw(rt, "rows") {
			r := make([]string, len(o.Columns))
			for i := range r[:len(r)-1] {
				r[i] = cell.Draw(rt, "cell")
			}
			if strings.TrimSpace(strings.Join(r, "")) == "" {
				r[0] = "x" // a blank line is skipped
			}
			records = append(records, r)
		}
		b := judge(t, o, csvOf(records...), benchOptions{})
		lines := b.lines(t)
		if len(lines) != len(records)-1 {
			rt.Fatalf("%d lines, want %d", len(lines), len(records)-1)
		}
		for i, l := range lines {
			for c, sent := range records[i+1] {
				want := readable([]byte(sent))
				if strings.Contains(l.faults+" ", o.Columns[c].Store+".type ") {
					want = readable(shown([]byte(sent)))
				}
				if l.raw[c] != want {
					rt.Fatalf("column %s: %q, sent %q", o.Columns[c].Name, l.raw[c], sent)
				}
			}
		}
		if err := b.end(); err != nil {
			rt.Fatal(err)
		}
	})
}

// What only looks like the cell that was sent is not read again as data.
func TestAltered(t *testing.T) {
	for cell, want := range map[string]bool{
		"": false, "Phố Hiến…": false, "a␀b": true, "a\uFFFDb": true, strings.Repeat("x", 5000): false,
		string(shown([]byte(strings.Repeat("x", 2001)))): true, string(shown([]byte(strings.Repeat("ế", 1000)))): true, strings.Repeat("x", 2000): false,
		readable([]byte("\x00")): true, readable([]byte("\xe3")): true,
	} {
		if got := altered(cell); got != want {
			t.Errorf("%.30q: %v", cell, got)
		}
	}
}
