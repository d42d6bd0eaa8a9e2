package quality

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/core/units/unitstest"
	"github.com/phohien/phohien/viet"
)

const placed = `
  - name: dong
    properties:
      - {name: so, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}
      - name: don_vi
        logicalType: string
        required: true
        customProperties:
          - {property: phohien.unitFrom, value: {commune: xa, district: huyen, province: "=33", on: ngay%s}}
      - {name: xa, logicalType: string}
      - {name: huyen, logicalType: string}
      - {name: ngay, logicalType: date}
`

// register is a district with two communes, of which one was split and one
// changed whole.
func register(t *testing.T) *units.Index {
	t.Helper()
	day := func(s string) viet.Date {
		d, _, err := viet.ParseDate([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	end, begin := day("2025-06-30"), day("2025-07-01")
	old := func(uid, code, kind, name, full string) units.Unit {
		return units.Unit{UID: uid, Code: code, Level: units.Commune, Type: kind, Name: name, Full: full, Province: "T33", District: "H1", From: units.NoDay, To: end}
	}
	now := func(uid, code, name string) units.Unit {
		return units.Unit{UID: uid, Code: code, Level: units.Commune, Type: "xa", Name: name, Full: "Xã " + name, Province: "T33", From: begin, To: units.NoDay}
	}
	return units.Build(units.Rows{
		Units: []units.Unit{
			{UID: "T33", Code: "33", Level: units.Province, Type: "tinh", Name: "Hưng Yên", Full: "Tỉnh Hưng Yên", From: units.NoDay, To: units.NoDay},
			{UID: "H1", Code: "325", Level: units.District, Type: "huyen", Name: "Văn Lâm", Full: "Huyện Văn Lâm", Province: "T33", From: units.NoDay, To: end},
			old("A", "11989", "xa", "Lạc Đạo", "Xã Lạc Đạo"), old("B", "11986", "thi_tran", "Như Quỳnh", "Thị trấn Như Quỳnh"),
			now("C", "11992", "Lạc Đạo"), now("D", "11995", "Đại Đồng"), now("E", "11986", "Như Quỳnh"),
		},
		Changes: []units.Change{
			{Old: "A", New: "C", Kind: "split", On: begin}, {Old: "A", New: "D", Kind: "split", On: begin}, {Old: "B", New: "E", Kind: "merge", On: begin},
		},
	})
}

// TestResolve: what the other columns name beyond doubt is filled in; what they
// do not is put aside, and what the sender has said stays.
func TestResolve(t *testing.T) {
	ix := register(t)
	const head = "so,don_vi,xa,huyen,ngay\n"
	const body = `1,,Xã Lạc Đạo,H. Văn Lâm,2024-05-01
2,,nhu quynh,van lam,2024-05-01
3,,Lạc Đáo,Văn Lâm,2024-05-01
4,B,,,
5,,Như Quỳnh,,2026-01-01
6,,Lạc Đạo,Văn Lâm,2026-01-01
7,  ,,,2024-05-01
8,,11986,,
`
	for _, c := range []struct {
		name, more string
		checked    bool
		broken     string
		values     string // of the rows that passed
	}{
		{"as it was on its date", "", false, "don_vi.resolve 3 6 7 8", "1 A; 2 B; 4 B; 5 E"},
		{"a check alone", "", true, "don_vi.resolve 3 6 7 8", ""},
		{"followed to today", ", convertTo: today", false, "don_vi.resolve 1 3 6 7 8", "2 E; 4 B; 5 E"},
		{"followed back, as a code", `, convertTo: "2024-01-01", as: code`, false, "don_vi.resolve 3 6 7 8", "1 11989; 2 11986; 4 B; 5 11986"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := object(t, fmt.Sprintf(placed, c.more))
			b := judge(t, o, head+body, benchOptions{units: ix, checked: c.checked})
			if got := b.broken(t); got != c.broken {
				t.Errorf("broken %q, want %q", got, c.broken)
			}
			if c.checked { // keeps no values
				return
			}
			if got := b.filled(t); got != c.values {
				t.Errorf("values %q, want %q", got, c.values)
			}
			for _, l := range b.lines(t) {
				if strings.TrimSpace(l.raw[1]) != "" {
					t.Errorf("line %d is kept with %q, which nobody sent", l.line, l.raw[1])
				}
			}
		})
	}
	t.Run("without the heading", func(t *testing.T) {
		o := object(t, fmt.Sprintf(placed, ""))
		b := judge(t, o, "so,xa,huyen,ngay\n1,Xã Lạc Đạo,Văn Lâm,2024-05-01\n2,Xã Lạc Lối,Văn Lâm,2024-05-01\n", benchOptions{units: ix})
		if got := b.broken(t) + " | " + b.filled(t); got != "don_vi.resolve 2 | 1 A" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("no register", func(t *testing.T) {
		o := object(t, fmt.Sprintf(placed, ""))
		b := judge(t, o, "so,xa,huyen,ngay\n1,Xã Lạc Đạo,Văn Lâm,2024-05-01\n", benchOptions{})
		if got := b.broken(t); got != "don_vi.resolve 1" {
			t.Errorf("broken %q", got)
		}
	})
}

// filled lists key and unit of the rows that passed.
func (b *bench) filled(t *testing.T) string {
	t.Helper()
	rows, err := b.conn.Query(t.Context(), "SELECT so, don_vi FROM staged WHERE don_vi IS NOT NULL ORDER BY _n")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var so, unit string
		if err := rows.Scan(&so, &unit); err != nil {
			t.Fatal(err)
		}
		all = append(all, so+" "+unit)
	}
	return strings.Join(all, "; ")
}

func TestExplainWith(t *testing.T) {
	ix := register(t)
	o := object(t, fmt.Sprintf(placed, ", convertTo: today"))
	for _, c := range []struct {
		raw  []string
		want []string
	}{
		{[]string{"1", "", "Xã Lạc Đạo", "Văn Lâm", "2024-05-01"}, []string{"đã chia về nhiều đơn vị", "Xã Lạc Đạo, Tỉnh Hưng Yên (C); Xã Đại Đồng, Tỉnh Hưng Yên (D)"}},
		{[]string{"1", "", "Lạc Đáo", "Văn Lâm", "2024-05-01"}, []string{"viết khác dấu", "Xã Lạc Đạo, Huyện Văn Lâm, Tỉnh Hưng Yên (A)"}},
		{[]string{"1", "", "", "", ""}, []string{"chưa ghi tên hoặc mã"}},
		{[]string{"1", "", "Như Quỳnh", "Văn Lâm", "2024-05-01"}, []string{"đọc được"}}, // the register has grown since
	} {
		e := ExplainWith(ix, o, "don_vi.resolve", c.raw)
		for _, want := range c.want {
			if !strings.Contains(e.Why.Vi, want) {
				t.Errorf("%v: %q does not say %q", c.raw, e.Why.Vi, want)
			}
		}
		if e.Group != contract.Referential || e.Severity != contract.Reject || e.Column != "don_vi" {
			t.Errorf("%+v", e)
		}
	}
	if e := ExplainWith(nil, o, "don_vi.resolve", []string{"1", "", "x", "", ""}); !strings.Contains(e.Why.Vi, "“x”") {
		t.Errorf("without a register: %q", e.Why.Vi)
	}
}

// TestUnitFrom: what a contract may not say.
func TestUnitFrom(t *testing.T) {
	o := object(t, fmt.Sprintf(placed, ""))
	i := o.Column("don_vi")
	if f := o.Columns[i].UnitFrom; f == nil || f.ProvinceIs != "33" || f.Commune != o.Column("xa") || f.On != o.Column("ngay") {
		t.Fatalf("%+v", f)
	}
	if !slices.ContainsFunc(o.Rules, func(r contract.Rule) bool { return r.ID == "don_vi.resolve" }) {
		t.Error("no rule")
	}
}

// BenchmarkResolve reads 100,000 rows that name every commune of before 1 July
// 2025 in turn.
func BenchmarkResolve(b *testing.B) {
	ix, err := unitstest.Register{}.Index(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	o := object(b, strings.ReplaceAll(fmt.Sprintf(placed, ""), `province: "=33", `, ""))
	var old []units.Unit
	for _, u := range ix.All() {
		if u.District != "" && u.Level == units.Commune {
			old = append(old, u)
		}
	}
	var file strings.Builder
	file.WriteString("so,xa,huyen,ngay\n")
	const rows = 100_000
	for i := range rows {
		u := old[i%len(old)]
		fmt.Fprintf(&file, "%d,%s,%s,2024-05-01\n", i, u.Full, ix.Parents(u)[0].Full)
	}
	for _, resolver := range []struct {
		name string
		r    Resolver
	}{{"with", ix}, {"without", nil}} {
		b.Run(resolver.name, func(b *testing.B) {
			p, err := Compile(o)
			if err != nil {
				b.Fatal(err)
			}
			p.Units = resolver.r
			for b.Loop() {
				src, err := ingest.OpenCSV(strings.NewReader(file.String()), ingest.DefaultLimits)
				if err != nil {
					b.Fatal(err)
				}
				m, err := MapHeader(o, src.Header())
				if err != nil {
					b.Fatal(err)
				}
				s := NewStage(b.Context(), p, src, m, true)
				for s.Next() {
				}
				s.Release()
				if s.Err() != nil || s.Rows() != rows {
					b.Fatal(s.Rows(), s.Err())
				}
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
