package cells

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

func TestAppendNumber(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0", math.Copysign(0, -1): "0", 1: "1", -12: "-12", 1.5: "1.5", 1.234: "1.2340", -1.234: "-1.2340", 123.456: "123.4560",
		1234.567: "1234.567", 0.125: "0.125", 1.2345: "1.2345", 1e15: "1000000000000000", 123456789012: "123456789012",
		1e-7: "0.0000001", 1e300: "1E+300", 1e-300: "1E-300", 12345678901234567890: "12345678901234567000",
		math.NaN(): "#NUM!", math.Inf(1): "#NUM!",
	} {
		if got := string(AppendNumber([]byte("x"), f)); got != "x"+want {
			t.Errorf("%v: %s, want %s", f, got, want)
		}
	}
}

func TestAppendValue(t *testing.T) {
	day, moment, clock, hours := Format{Kind: Day}, Format{Kind: Moment}, Format{Kind: Clock}, Format{Kind: Duration}
	for _, c := range []struct {
		f        float64
		format   Format
		from1904 bool
		want     string
	}{
		{45000, day, false, "2023-03-15"},
		{45000.5, day, false, "2023-03-15"},
		{45000.9999999, moment, false, "2023-03-16 00:00:00"},
		{45000.354166666664, moment, false, "2023-03-15 08:30:00"},
		{1, day, false, "1900-01-01"},
		{59, day, false, "1900-02-28"},
		{60, day, false, "60"},
		{61, day, false, "1900-03-01"},
		{0, day, false, "0"},
		{-1, day, false, "-1"},
		{2958465, day, false, "9999-12-31"},
		{2958466, day, false, "2958466"},
		{0, day, true, "1904-01-01"},
		{43538, day, true, "2023-03-15"},
		{0.3541666666666667, clock, false, "08:30:00"},
		{1.5, hours, false, "36:00:00"},
		{1234567890, Format{Kind: Padded, Digits: 12}, false, "001234567890"},
		{1.5, Format{Kind: Padded, Digits: 3}, false, "1.5"},
		{123456, Format{Kind: Padded, Digits: 3}, false, "123456"},
		{1.234, Format{}, false, "1.2340"},
	} {
		if got := string(AppendValue(nil, c.f, c.format, c.from1904)); got != c.want {
			t.Errorf("%v as %v: %s, want %s", c.f, c.format, got, c.want)
		}
	}
}

func TestParseFormat(t *testing.T) {
	for code, want := range map[string]Kind{
		"General": General, "Standard": General, "": General, "0.00": General, "#,##0": General, "0.00E+00": General, "0%": General,
		"General;[Red]-General": General, `#,##0 "đồng"`: General, `#,##0\ [$₫-42A]`: General, "# ?/?": General, `"Ngày" 0`: General,
		`_-* #,##0.00\ _₫_-;\-* #,##0.00\ _₫_-`: General, "[Red]0": General, `#,##0\d`: General,
		"dd/mm/yyyy": Day, `d\-mmm\-yy`: Day, "[$-42A]d mmmm yyyy;@": Day, "mmm-yy": Day, "mm": Day, `"ngày" dd "tháng" mm "năm" yyyy`: Day,
		"yyyy-mm-dd hh:mm:ss": Moment, "m/d/yy h:mm AM/PM": Moment, "h:mm": Clock, "mm:ss.0": Clock, "h:mm AM/PM": Clock,
		"[h]:mm:ss": Duration, "[mm]:ss": Duration, "@": Text, "000000000000": Padded, "0": General,
	} {
		if got := ParseFormat(code); got.Kind != want {
			t.Errorf("%s: %v, want %v", code, got, want)
		}
	}
	if got := ParseFormat("00000"); got.Digits != 5 {
		t.Error(got)
	}
	for id, want := range map[int]Kind{0: General, 14: Day, 22: Moment, 21: Clock, 46: Duration, 49: Text, 4: General} {
		if BuiltIn(id).Kind != want {
			t.Errorf("format %d: %v", id, BuiltIn(id))
		}
	}
}

func FuzzFormat(f *testing.F) {
	for _, s := range []string{"dd/mm/yyyy", `"`, `\`, "[", "[h", "&L&\"A", "&K", "&12", "am/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ParseFormat(s)
		for _, m := range Margins(s) {
			if strings.TrimSpace(m) == "" {
				t.Errorf("%q: blank margin", s)
			}
		}
	})
}

func TestMargins(t *testing.T) {
	for code, want := range map[string][]string{
		"":                                   nil,
		`&L&"Arial,Bold"&14MẬT&RTrang &P/&N`: {"MẬT", "Trang /"},
		"&CỦy ban nhân dân\nxã A && B":       {"Ủy ban nhân dân", "xã A & B"},
		"&K01+000Tối mật&":                   {"Tối mật&"},
	} {
		if got := Margins(code); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", code, got, want)
		}
	}
}

func TestRows(t *testing.T) {
	limits := ingest.DefaultLimits
	limits.Columns, limits.Rows, limits.RecordBytes = 4, 10_000, 100
	r := NewRows("S", limits)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(r.Begin(2))
	must(r.Put(2, []byte("c")))
	must(r.Put(0, []byte("a")))
	must(r.Put(9, []byte("  ")))
	r.End()
	row := r.Last()
	must(r.Begin(3))
	must(r.Put(1, []byte(" ")))
	if r.End() {
		t.Error("a blank row was kept")
	}
	must(r.Add(4, row))
	c := r.Take()
	must(r.Add(5, row))
	var b ingest.Block
	for _, k := range []ingest.Chunk{c, r.Take()} {
		k.Parse(&b)
		for i := range b.Records() {
			if b.Cells(i) != 3 || string(b.Cell(i, 0)) != "a" || len(b.Cell(i, 1)) != 0 || string(b.Cell(i, 2)) != "c" {
				t.Errorf("row %d: %d cells", b.Lines[i], b.Cells(i))
			}
		}
	}
	if b.Lines[0] != 5 || r.Take() != nil {
		t.Error(b.Lines)
	}
	must(r.Begin(6))
	if err := r.Put(4, []byte("x")); !fault.Is(err, "grid.too-many-columns") {
		t.Error(err)
	}
	if err := r.Put(0, []byte(strings.Repeat("x", 101))); !fault.Is(err, "grid.row-too-long") {
		t.Error(err)
	}
	if err := r.Begin(10_001); !fault.Is(err, "grid.too-many-rows") {
		t.Error(err)
	}
	for n, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 16383: "XFD"} {
		if Column(n) != want {
			t.Errorf("%d: %s", n, Column(n))
		}
	}
}
