package viet

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestNumberEvidence(t *testing.T) {
	tests := []struct {
		cells string // separated by |
		style Style
		sure  bool
	}{
		{"", StyleAuto, true},
		{"1|2|300|-5|x|n/a", StyleAuto, true},
		{"1.234|12.500", StyleAuto, false},
		{"1,234", StyleAuto, false},
		{"1.234|1.234.567", StyleVietnamese, true},
		{"1.234|1.234.567,5", StyleVietnamese, true},
		{"1.234|2,5", StyleVietnamese, true},
		{"1 234,5", StyleVietnamese, true},
		{"-1.234.567|3", StyleVietnamese, true},
		{"1,234|1,234,567", StyleEnglish, true},
		{"1,234.5", StyleEnglish, true},
		{"1,234|2.5", StyleEnglish, true},
		{"1.234|0.123", StyleEnglish, true},
		{"1.234|1234.567", StyleEnglish, true},
		{"1.234,5|1,234.5", StyleAuto, false},
		{"1.234.567|2.5", StyleAuto, false},
		{"1.23.4|12.34,5|1,2,3|1.234,5.6", StyleAuto, true}, // misplaced marks prove nothing
		{"22/11/2026|0912.345.678|abc", StyleAuto, true},
	}
	for _, tt := range tests {
		var e NumberEvidence
		for _, c := range strings.Split(tt.cells, "|") {
			e.Observe([]byte(c))
		}
		if style, sure := e.Decide(); style != tt.style || sure != tt.sure {
			t.Errorf("%q: %v, %v, want %v, %v", tt.cells, style, sure, tt.style, tt.sure)
		}
	}
	var e NumberEvidence
	for _, c := range []string{"1.234", "1.234,5", "1,234.5", "7.654,3"} {
		e.Observe([]byte(c))
	}
	if vi, en, open := e.Proofs(); vi != "1.234,5" || en != "1,234.5" || open != 1 {
		t.Errorf("%q, %q, %d", vi, en, open)
	}
}

// What evidence decides must read the cells that proved it.
func FuzzNumberEvidence(f *testing.F) {
	for _, s := range []string{"1.234.567,5", "1,234.5", "1 234,5", "0.123", "1234.567"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var e NumberEvidence
		e.Observe([]byte(s))
		var d DateEvidence
		d.Observe([]byte(s))
		d.Decide()
		style, sure := e.Decide()
		if !sure || style == StyleAuto {
			return
		}
		if _, _, err := ParseFloat([]byte(s), style); err != nil && Code(err) != CodeNumberFloatRange {
			t.Fatalf("%q decided for %v, in which it is refused: %v", s, style, err)
		}
	})
}

func TestDateEvidence(t *testing.T) {
	tests := []struct {
		cells string
		order DateOrder
		sure  bool
	}{
		{"", DayFirst, true},
		{"2026-11-22|x", DayFirst, true},
		{"25/12/2024|02/03/2024", DayFirst, true},
		{"12/25/2024|02/03/2024", MonthFirst, true},
		{"02/03/2024", DayFirst, false},
		{"05/05/2024", DayFirst, true},
		{"25/12/2024|12/25/2024", DayFirst, false},
		{"45292|45293.5", Serial, true},
		{"45292|25/12/2024", DayFirst, false},
		{"45292|12/25/2024", MonthFirst, false},
		{"25/12/24", DayFirst | ShortYears, false},
		{"12-25-99", MonthFirst | ShortYears, false},
		{"11953|99999", DayFirst, true}, // codes, not days
		{"2024/25/12|25.12", DayFirst, true},
	}
	for _, tt := range tests {
		var e DateEvidence
		for _, c := range strings.Split(tt.cells, "|") {
			e.Observe([]byte(c))
		}
		if order, sure := e.Decide(); order != tt.order || sure != tt.sure {
			t.Errorf("%q: %v, %v, want %v, %v", tt.cells, order, sure, tt.order, tt.sure)
		}
	}
	var e DateEvidence
	for _, c := range []string{"25/12/2024 00:00", "12/25/2024", "01/02/2024"} {
		e.Observe([]byte(c))
	}
	if day, month, open := e.Proofs(); day != "25/12/2024" || month != "12/25/2024" || open != 1 {
		t.Errorf("%q, %q, %d", day, month, open)
	}
}

func TestParseDateOrder(t *testing.T) {
	tests := []struct {
		in    string
		order DateOrder
		want  string
		code  string
	}{
		{"02/03/2024", DayFirst, "2024-03-02", ""},
		{"02/03/2024", MonthFirst, "2024-02-03", ""},
		{"12-25-2024", MonthFirst, "2024-12-25", ""},
		{"12/25/2024 0:00:00", MonthFirst, "2024-12-25", ""},
		{"12/25/2024 8:30", MonthFirst, "", CodeDateHasTime},
		{"25/12/2024", MonthFirst, "", CodeDateMonth},
		{"2/30/2024", MonthFirst, "", CodeDateDay},
		{"00/12/2024", MonthFirst, "", CodeDatePartial},
		{"2024-12-25", MonthFirst, "2024-12-25", ""},
		{"2024/12/25", MonthFirst, "2024-12-25", ""},
		{"ngày 2 tháng 9 năm 1945", MonthFirst, "1945-09-02", ""},
		{"02/03/24", DayFirst, "", CodeDateTwoDigits},
		{"02/03/24", MonthFirst, "", CodeDateTwoDigits},
		{"02/03/24", DayFirst | ShortYears, "2024-03-02", ""},
		{"02/03/29", MonthFirst | ShortYears, "2029-02-03", ""},
		{"02/03/30", MonthFirst | ShortYears, "1930-02-03", ""},
		{"02/03/2024", DayFirst | ShortYears, "2024-03-02", ""},
		{"02/03/202", DayFirst | ShortYears, "", CodeDateSyntax},
		{"02/03/2024x", DayFirst | ShortYears, "", CodeDateSyntax},
		{"45292", Serial, "2024-01-01", ""},
		{"45292.0", Serial, "2024-01-01", ""},
		{"45292.5", Serial, "", CodeDateHasTime},
		{"43830", Serial1904, "2024-01-01", ""},
		{"60", Serial, "", CodeDateSerialFalse},
		{"0", Serial, "", CodeDateSerialRange},
		{"25/12/2024", Serial, "2024-12-25", ""},
		{"45292", DayFirst, "", CodeDateSerial},
		{"", MonthFirst, "", CodeEmpty},
		{"x", MonthFirst, "", CodeDateSyntax},
	}
	for _, tt := range tests {
		d, std, err := ParseDateOrder([]byte(tt.in), tt.order)
		if Code(err) != tt.code || err == nil && (d.String() != tt.want || std != (tt.in != tt.want)) {
			t.Errorf("ParseDateOrder(%q, %v) = %v, %v, %v, want %q, %q", tt.in, tt.order, d, std, err, tt.want, tt.code)
		}
	}
}

func TestFromSerial(t *testing.T) {
	tests := []struct {
		n         float64
		epoch1904 bool
		want      string
		code      string
	}{
		{1, false, "1900-01-01", ""},
		{59, false, "1900-02-28", ""},
		{60, false, "", CodeDateSerialFalse},
		{61, false, "1900-03-01", ""},
		{25569, false, "1970-01-01", ""},
		{2958465, false, "9999-12-31", ""},
		{2958466, false, "", CodeDateSerialRange},
		{0, false, "", CodeDateSerialRange},
		{-1, false, "", CodeDateSerialRange},
		{-1, true, "", CodeDateSerialRange},
		{0, true, "1904-01-01", ""},
		{60, true, "1904-03-01", ""},
		{2957003, true, "9999-12-31", ""},
		{2957004, true, "", CodeDateSerialRange},
		{1.5, false, "", CodeDateHasTime},
		{math.NaN(), false, "", CodeDateSerialRange},
		{math.Inf(1), false, "", CodeDateSerialRange},
	}
	for _, tt := range tests {
		d, err := FromSerial(tt.n, tt.epoch1904)
		if Code(err) != tt.code || err == nil && d.String() != tt.want {
			t.Errorf("FromSerial(%v, %v) = %v, %v, want %q, %q", tt.n, tt.epoch1904, d, err, tt.want, tt.code)
		}
		if strings.ContainsAny(MessageVi(err)+MessageEn(err), "{}") {
			t.Errorf("%v: %s", tt.n, MessageVi(err))
		}
	}
	// Each day after the false one is one more than the day before.
	for n := 61.0; n < 60000; n++ {
		a, err1 := FromSerial(n, false)
		b, err2 := FromSerial(n+1, false)
		if err1 != nil || err2 != nil || b != a+1 {
			t.Fatalf("%v: %v, %v, %v, %v", n, a, b, err1, err2)
		}
	}
	for n, want := range map[float64]string{
		45292.354166666664: "2024-01-01T08:30:00+07:00",
		45292:              "2024-01-01T00:00:00+07:00",
		45292.99999999999:  "2024-01-02T00:00:00+07:00",
	} {
		micros, err := TimeFromSerial(n, false)
		if got := time.UnixMicro(micros).In(Zone).Format(time.RFC3339Nano); err != nil || got != want {
			t.Errorf("TimeFromSerial(%v) = %s, %v, want %s", n, got, err, want)
		}
	}
	if _, err := TimeFromSerial(0.5, false); Code(err) != CodeDateSerialRange {
		t.Errorf("a time without a day: %v", err)
	}
}

func TestEvidence_NoAllocations(t *testing.T) {
	var n NumberEvidence
	var d DateEvidence
	for _, s := range []string{"1.234.567,5", "1.5", "25/12/2024", "45292", "Phường Phố Hiến", "123"} {
		b := []byte(s)
		if allocs := testing.AllocsPerRun(100, func() { n.Observe(b); d.Observe(b) }); allocs > 0 {
			t.Errorf("observing %q allocates %v times", s, allocs)
		}
	}
	for _, s := range []string{"12/25/2024", "12/25/24"} {
		b := []byte(s)
		if allocs := testing.AllocsPerRun(100, func() { ParseDateOrder(b, MonthFirst|ShortYears) }); allocs > 0 {
			t.Errorf("reading %q allocates %v times", s, allocs)
		}
	}
}

func BenchmarkEvidence(b *testing.B) {
	var n NumberEvidence
	var d DateEvidence
	for name, call := range map[string]func([]byte){"number": n.Observe, "date": d.Observe} {
		for _, s := range []string{"1.234.567,5", "25/12/2024", "1234567"} {
			in := []byte(s)
			b.Run(name+"/"+s, func(b *testing.B) {
				for b.Loop() {
					call(in)
				}
			})
		}
	}
}
