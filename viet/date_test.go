package viet

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestDate_EveryDay(t *testing.T) {
	d := firstDate
	for tm := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC); tm.Year() <= 9999; tm = tm.AddDate(0, 0, 1) {
		y, m, day := d.YMD()
		if y != tm.Year() || m != int(tm.Month()) || day != tm.Day() || dateOf(y, m, day) != d || d.Weekday() != tm.Weekday() {
			t.Fatalf("day %d is %d-%d-%d %v, want %v", d, y, m, day, d.Weekday(), tm)
		}
		d++
	}
	if d-1 != lastDate {
		t.Errorf("the last day is %d, want %d", d-1, lastDate)
	}
}

func TestParseDate(t *testing.T) {
	tests := []struct {
		in, want string
		std      bool
		code     string
	}{
		{"2026-11-22", "2026-11-22", false, ""},
		{"0001-01-01", "0001-01-01", false, ""},
		{"9999-12-31", "9999-12-31", false, ""},
		{"2024-02-29", "2024-02-29", false, ""},
		{"22/11/2026", "2026-11-22", true, ""},
		{"2/9/1945", "1945-09-02", true, ""},
		{"02-09-1945", "1945-09-02", true, ""},
		{"2.9.1945", "1945-09-02", true, ""},
		{"1945/09/02", "1945-09-02", true, ""},
		{"1945-9-2", "1945-09-02", true, ""},
		{"ngày 2 tháng 9 năm 1945", "1945-09-02", true, ""},
		{"Ngày 02 tháng 09 năm 1945", "1945-09-02", true, ""},
		{"2 tháng 9, 1945", "1945-09-02", true, ""},
		{"2026-11-22T00:00:00", "2026-11-22", true, ""},
		{"2026-11-22T00:00:00.000Z", "2026-11-22", true, ""},
		{"2026-11-22 00:00:00+07:00", "2026-11-22", true, ""},
		{"22/11/2026 0:00:00", "2026-11-22", true, ""},
		{"22/11/2026 12:00:00 SA", "2026-11-22", true, ""},
		{"22/11/2026 08:30", "", false, CodeDateHasTime},
		{"31/02/2024", "", false, CodeDateDay},
		{"2023-02-29", "", false, CodeDateDay},
		{"29/02/1900", "", false, CodeDateDay},
		{"31-04-2024", "", false, CodeDateDay},
		{"32/01/2024", "", false, CodeDateDayNumber},
		{"12/31/2024", "", false, CodeDateMonth},
		{"2024-13-01", "", false, CodeDateMonth},
		{"2024-00-01", "", false, CodeDateMonth},
		{"0000-01-01", "", false, CodeDateYear},
		{"10000-01-01", "", false, CodeDateSyntax},
		{"1/2/24", "", false, CodeDateTwoDigits},
		{"ngày 1 tháng 2 năm 24", "", false, CodeDateTwoDigits},
		{"00/03/2000", "", false, CodeDatePartial},
		{"tháng 3 năm 2000", "", false, CodeDatePartial},
		{"45292", "", false, CodeDateSerial},
		{"20240102", "", false, CodeDateSyntax},
		{"01/02-2024", "", false, CodeDateSyntax},
		{"2024-1-02x", "", false, CodeDateSyntax},
		{"năm 2000 tháng 3", "", false, CodeDateSyntax},
		{"ngày tháng năm", "", false, CodeDateSyntax},
		{"không rõ", "", false, CodeDateSyntax},
		{"/", "", false, CodeDateSyntax},
		{"", "", false, CodeEmpty},
	}
	for _, tt := range tests {
		d, std, err := ParseDate([]byte(tt.in))
		got := ""
		if err == nil {
			got = d.String()
		}
		if got != tt.want || std != tt.std || Code(err) != tt.code {
			t.Errorf("ParseDate(%q) = %q, %v, %v, want %q, %v, %q", tt.in, got, std, err, tt.want, tt.std, tt.code)
		}
	}
}

func TestDateMessages(t *testing.T) {
	_, _, err := ParseDate([]byte("31/02/2024"))
	if got, want := MessageVi(err), "Ngày 31/02/2024 không có trong lịch: tháng 2 năm 2024 có 29 ngày."; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := MessageEn(err), "31/02/2024 is not in the calendar: month 2 of 2024 has 29 days."; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := err.Error(), "viet: date.not_in_calendar: not in the calendar"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestParsePartialDate(t *testing.T) {
	tests := []struct {
		in, want string
		std      bool
		code     string
	}{
		{"2000", "2000", false, ""},
		{"2000-03", "2000-03", false, ""},
		{"2000-03-09", "2000-03-09", false, ""},
		{"03/2000", "2000-03", true, ""},
		{"3-2000", "2000-03", true, ""},
		{"2000/03", "2000-03", true, ""},
		{"2000-3", "2000-03", true, ""},
		{"9/3/2000", "2000-03-09", true, ""},
		{"00/03/2000", "2000-03", true, ""},
		{"00/00/2000", "2000", true, ""},
		{"2000-00-00", "2000", true, ""},
		{"00/2000", "2000", true, ""},
		{"tháng 3 năm 2000", "2000-03", true, ""},
		{"năm 2000", "2000", true, ""},
		{"ngày 9 tháng 3 năm 2000", "2000-03-09", true, ""},
		{"13/2000", "", false, CodeDateMonth},
		{"2000-13", "", false, CodeDateMonth},
		{"30/02/2000", "", false, CodeDateDay},
		{"0000", "", false, CodeDateYear},
		{"00/00/0000", "", false, CodeDateYear},
		{"15/00/2000", "", false, CodeDateSyntax},
		{"00", "", false, CodeDateSyntax},
		{"03/00", "", false, CodeDateSyntax},
		{"ngày 9 năm 2000", "", false, CodeDateSyntax},
		{"", "", false, CodeEmpty},
	}
	for _, tt := range tests {
		p, std, err := ParsePartialDate([]byte(tt.in))
		got := ""
		if err == nil {
			got = p.String()
		}
		if got != tt.want || std != tt.std || Code(err) != tt.code {
			t.Errorf("ParsePartialDate(%q) = %q, %v, %v, want %q, %v, %q", tt.in, got, std, err, tt.want, tt.std, tt.code)
		}
	}
	first, last := PartialDate{Year: 2000, Month: 2}.Span()
	if first.String() != "2000-02-01" || last.Display() != "29/02/2000" {
		t.Errorf("February 2000 is %v to %v", first, last)
	}
	if _, ok := (PartialDate{Year: 2000}).Date(); ok {
		t.Error("a year became a day")
	}
}

func TestParseTime(t *testing.T) {
	tests := []struct {
		in, want string
		std      bool
		code     string
	}{
		{"2026-11-22T08:30:00+07:00", "2026-11-22T01:30:00.000000Z", false, ""},
		{"2026-11-22T01:30:00Z", "2026-11-22T01:30:00.000000Z", false, ""},
		{"2026-11-22T01:30:00.5Z", "2026-11-22T01:30:00.500000Z", false, ""},
		{"2026-11-22T01:30:00.123456-05:30", "2026-11-22T07:00:00.123456Z", false, ""},
		{"2026-11-22T01:30:00.123456789Z", "2026-11-22T01:30:00.123456Z", true, ""},
		{"1969-12-31T23:59:59.9Z", "1969-12-31T23:59:59.900000Z", false, ""},
		{"2026-11-22T08:30:00", "2026-11-22T01:30:00.000000Z", true, ""},
		{"2026-11-22 08:30:00", "2026-11-22T01:30:00.000000Z", true, ""},
		{"2026-11-22 08:30", "2026-11-22T01:30:00.000000Z", true, ""},
		{"22/11/2026 08:30", "2026-11-22T01:30:00.000000Z", true, ""},
		{"22/11/2026 8:30:15", "2026-11-22T01:30:15.000000Z", true, ""},
		{"22/11/2026 8:30:15 CH", "2026-11-22T13:30:15.000000Z", true, ""},
		{"22/11/2026 12:30 AM", "2026-11-21T17:30:00.000000Z", true, ""},
		{"22/11/2026 13:30 CH", "", false, CodeTimeRange},
		{"2026-11-22T08:30:00+0700", "2026-11-22T01:30:00.000000Z", true, ""},
		{"2026-11-22T08:30:00+07", "2026-11-22T01:30:00.000000Z", true, ""},
		{"2026-11-22T08:30:00-00:00", "2026-11-22T08:30:00.000000Z", true, ""},
		{"2026-11-22t08:30:00z", "2026-11-22T08:30:00.000000Z", true, ""},
		{"2026-11-22T24:00:00Z", "", false, CodeTime24},
		{"2026-11-22T23:59:60Z", "", false, CodeTimeLeapSecond},
		{"2026-11-22T25:00:00Z", "", false, CodeTimeRange},
		{"2026-11-22T10:60:00Z", "", false, CodeTimeRange},
		{"2026-11-22T10:00:00+25:00", "", false, CodeTimeZone},
		{"2026-11-22T10:00:00 Hanoi", "", false, CodeTimeZone},
		{"2026-11-22", "", false, CodeTimeMissing},
		{"22/11/2026", "", false, CodeTimeMissing},
		{"31/02/2026 08:30", "", false, CodeDateDay},
		{"0001-01-01T00:00:00+07:00", "", false, CodeDateYear},
		{"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z", false, ""},
		{"9999-12-31T23:59:59Z", "", false, CodeDateYear},
		{"08:30", "", false, CodeTimeSyntax},
		{"2026-11-22T8", "", false, CodeTimeSyntax},
		{"", "", false, CodeEmpty},
	}
	for _, tt := range tests {
		micros, std, err := ParseTime([]byte(tt.in))
		got := ""
		if err == nil {
			got = string(AppendTimeUTC(nil, micros))
		}
		if got != tt.want || std != tt.std || Code(err) != tt.code {
			t.Errorf("ParseTime(%q) = %q, %v, %v, want %q, %v, %q", tt.in, got, std, err, tt.want, tt.std, tt.code)
		}
	}
}

func TestAppendTime(t *testing.T) {
	at := time.Date(2026, 11, 22, 18, 30, 15, 1500000, time.UTC).UnixMicro()
	if got, want := string(AppendTime(nil, at)), "2026-11-23T01:30:15.001500+07:00"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := string(AppendTime(nil, 0)), "1970-01-01T07:00:00+07:00"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-11-22", "2/9/1945", "ngày 2 tháng 9 năm 1945", "2026-11-22T00:00:00Z", "31/02/2024", "03/2000", "00/00/2000"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if d, std, err := ParseDate(b); err == nil {
			text := AppendDate(nil, d)
			if again, againStd, err := ParseDate(text); err != nil || againStd || again != d || !d.Valid() {
				t.Fatalf("ParseDate(%q) = %v, and that gives %v, %v, %v", b, d, again, againStd, err)
			}
			if std == (string(text) == string(b)) {
				t.Fatalf("ParseDate(%q) = %v, std %v", b, d, std)
			}
			p, pstd, err := ParsePartialDate(b)
			if pd, ok := p.Date(); err != nil || !ok || pd != d || pstd != std {
				t.Fatalf("ParseDate(%q) = %v, ParsePartialDate gives %v, %v, %v", b, d, p, pstd, err)
			}
		}
		if p, std, err := ParsePartialDate(b); err == nil {
			text := AppendPartialDate(nil, p)
			if again, againStd, err := ParsePartialDate(text); err != nil || againStd || again != p {
				t.Fatalf("ParsePartialDate(%q) = %v, and that gives %v, %v, %v", b, p, again, againStd, err)
			}
			if std == (string(text) == string(b)) {
				t.Fatalf("ParsePartialDate(%q) = %v, std %v", b, p, std)
			}
		}
	})
}

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2026-11-22T08:30:00+07:00", "2026-11-22T01:30:00.5Z", "22/11/2026 8:30 CH", "0001-01-01T00:00:00Z"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, std, err := ParseTime(b)
		if err != nil {
			return
		}
		if !std { // the standard library is the referee
			want, err := time.Parse(time.RFC3339Nano, string(b))
			if err != nil || want.UnixMicro() != v {
				t.Fatalf("ParseTime(%q) = %d, time.Parse gives %v, %v", b, v, want, err)
			}
		}
		for _, text := range [][]byte{AppendTime(nil, v), AppendTimeUTC(nil, v)} {
			if again, std, err := ParseTime(text); err != nil || std || again != v {
				t.Fatalf("ParseTime(%q) = %d, and %q gives %d, %v, %v", b, v, text, again, std, err)
			}
		}
	})
}

func TestDate_Text(t *testing.T) {
	var d Date
	if err := d.UnmarshalText([]byte("2/9/1945")); err != nil || d.String() != "1945-09-02" {
		t.Errorf("got %v, %v", d, err)
	}
	if b, err := d.MarshalText(); string(b) != "1945-09-02" || err != nil {
		t.Errorf("got %q, %v", b, err)
	}
	if err := d.UnmarshalText([]byte("31/02/2024")); Code(err) != CodeDateDay || d.String() != "1945-09-02" {
		t.Errorf("got %v, %v", d, err)
	}
	if got := DateOf(d.Time()); got != d {
		t.Errorf("got %v, want %v", got, d)
	}
	if got := d.Time().UTC().Format(time.RFC3339); got != "1945-09-01T17:00:00Z" {
		t.Errorf("midnight in Viet Nam is %s", got)
	}
	if _, err := NewDate(2023, 2, 29); !errors.Is(err, &Error{Code: CodeDateDay}) || errors.Is(err, &Error{Code: CodeDateMonth}) {
		t.Errorf("got %v", err)
	}
	var p PartialDate
	if err := p.UnmarshalText([]byte("03/2000")); err != nil || p.Display() != "03/2000" || p.Precision() != PrecisionMonth {
		t.Errorf("got %v, %v", p, err)
	}
	if b, err := p.MarshalText(); string(b) != "2000-03" || err != nil {
		t.Errorf("got %q, %v", b, err)
	}
}

func TestMessage_OtherErrors(t *testing.T) {
	if got := MessageVi(nil); got != "" {
		t.Errorf("nil says %q", got)
	}
	other := errors.New("disk full")
	if MessageVi(other) != "disk full" || Code(other) != "" || IsWarning(other) {
		t.Error("an error from elsewhere was taken for ours")
	}
	_, _, err := ParseDate([]byte("31/02/2024"))
	if wrapped := fmt.Errorf("row 3: %w", err); MessageVi(wrapped) != MessageVi(err) || Code(wrapped) != CodeDateDay {
		t.Errorf("wrapped: %v", wrapped)
	}
}
