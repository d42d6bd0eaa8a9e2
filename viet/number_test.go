package viet

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"
)

func TestParseInteger(t *testing.T) {
	tests := []struct {
		in    string
		style Style
		want  int64
		std   bool
		code  string
	}{
		{"0", StyleAuto, 0, false, ""},
		{"7", StyleAuto, 7, false, ""},
		{"-12", StyleAuto, -12, false, ""},
		{"123456789012345678", StyleAuto, 123456789012345678, false, ""},
		{"9223372036854775807", StyleAuto, math.MaxInt64, false, ""},
		{"-9223372036854775808", StyleAuto, math.MinInt64, false, ""},
		{"9223372036854775808", StyleAuto, 0, false, CodeNumberRange},
		{"-9223372036854775809", StyleAuto, 0, false, CodeNumberRange},
		{"99999999999999999999999", StyleAuto, 0, false, CodeNumberRange},
		{"+5", StyleAuto, 5, true, ""},
		{"007", StyleAuto, 7, true, ""},
		{"-0", StyleAuto, 0, true, ""},
		{"−5", StyleAuto, -5, true, ""},
		{"1.234.567", StyleAuto, 1234567, true, ""},
		{"1,234,567", StyleAuto, 1234567, true, ""},
		{"1 234 567", StyleAuto, 1234567, true, ""},
		{"1\u00a0234", StyleAuto, 1234, true, ""},
		{"1\u202f234", StyleAuto, 1234, true, ""},
		{"1.234", StyleAuto, 0, false, CodeNumberAmbiguous},
		{"1,234", StyleAuto, 0, false, CodeNumberAmbiguous},
		{"1.000", StyleAuto, 0, false, CodeNumberAmbiguous},
		{"1.234", StyleVietnamese, 1234, true, ""},
		{"1,234", StyleEnglish, 1234, true, ""},
		{"1,234", StyleVietnamese, 0, false, CodeNumberWhole},
		{"1.234", StyleEnglish, 0, false, CodeNumberWhole},
		{"1.000", StylePlain, 1, true, ""},
		{"1,234", StylePlain, 0, false, CodeNumberStyle},
		{"1.234,00", StyleAuto, 1234, true, ""},
		{"1.234,50", StyleAuto, 0, false, CodeNumberWhole},
		{"12.0", StyleAuto, 12, true, ""},
		{"12.5", StyleAuto, 0, false, CodeNumberWhole},
		{"0.123", StyleAuto, 0, false, CodeNumberWhole},
		{"1234.000", StyleAuto, 1234, true, ""},
		{"12.34.56", StyleAuto, 0, false, CodeNumberGroups},
		{"1.234.56", StyleAuto, 0, false, CodeNumberGroups},
		{"0.123.456", StyleAuto, 0, false, CodeNumberGroups},
		{"1234.567.890", StyleAuto, 0, false, CodeNumberGroups},
		{"1E+05", StyleAuto, 0, false, CodeNumberExponent},
		{"", StyleAuto, 0, false, CodeEmpty},
		{"-", StyleAuto, 0, false, CodeNumberSyntax},
		{"+-5", StyleAuto, 0, false, CodeNumberSyntax},
		{"5.", StyleAuto, 0, false, CodeNumberSyntax},
		{".5", StyleAuto, 0, false, CodeNumberSyntax},
		{"1..2", StyleAuto, 0, false, CodeNumberSyntax},
		{"1_000", StyleAuto, 0, false, CodeNumberSyntax},
		{"0x10", StyleAuto, 0, false, CodeNumberSyntax},
		{"12a", StyleAuto, 0, false, CodeNumberSyntax},
		{"12 đ", StyleAuto, 0, false, CodeNumberUnit},
		{"1.234.567 đồng", StyleAuto, 0, false, CodeNumberUnit},
		{"12%", StyleAuto, 0, false, CodeNumberUnit},
		{"12 người", StyleAuto, 0, false, CodeNumberUnit},
		{"٣", StyleAuto, 0, false, CodeNumberSyntax},
		{strings.Repeat("1", 500), StyleAuto, 0, false, CodeNumberSyntax},
	}
	for _, tt := range tests {
		got, std, err := ParseInteger([]byte(tt.in), tt.style)
		if got != tt.want || std != tt.std || Code(err) != tt.code {
			t.Errorf("ParseInteger(%q, %d) = %d, %v, %v, want %d, %v, %q", tt.in, tt.style, got, std, err, tt.want, tt.std, tt.code)
		}
	}
}

func TestParseDecimal(t *testing.T) {
	tests := []struct {
		in   string
		p, s int
		sty  Style
		want int64
		std  bool
		code string
	}{
		{"0", 10, 2, StyleAuto, 0, false, ""},
		{"12", 10, 2, StyleAuto, 1200, false, ""},
		{"12.5", 10, 2, StyleAuto, 1250, false, ""},
		{"12.50", 10, 2, StyleAuto, 1250, false, ""},
		{"-0.05", 10, 2, StyleAuto, -5, false, ""},
		{"0.00", 10, 2, StyleAuto, 0, false, ""},
		{"-0.00", 10, 2, StyleAuto, 0, true, ""},
		{"12.500", 10, 2, StyleAuto, 1250, true, ""},
		{"12.505", 10, 2, StyleAuto, 0, false, CodeNumberScale},
		{"1.234", 10, 3, StyleAuto, 1234, false, ""},
		{"1.234", 10, 3, StyleVietnamese, 1234000, true, ""},
		{"1.5", 10, 3, StyleVietnamese, 0, false, CodeNumberStyle},
		{"1,5", 10, 3, StyleVietnamese, 1500, true, ""},
		{"1,5", 10, 3, StyleEnglish, 0, false, CodeNumberStyle},
		{"1,234", 10, 3, StyleAuto, 0, false, CodeNumberAmbiguous},
		{"0,234", 10, 3, StyleAuto, 234, true, ""},
		{"1234,567", 10, 3, StyleAuto, 1234567, true, ""},
		{"1,5", 10, 3, StyleAuto, 1500, true, ""},
		{"1.234.567,5", 10, 1, StyleAuto, 12345675, true, ""},
		{"1,234,567.5", 10, 1, StyleAuto, 12345675, true, ""},
		{"1.234,5", 10, 1, StyleAuto, 12345, true, ""},
		{"1,234.5", 10, 1, StyleAuto, 12345, true, ""},
		{"1 234,5", 10, 1, StyleAuto, 12345, true, ""},
		{"1 234.5", 10, 1, StyleVietnamese, 0, false, CodeNumberStyle},
		{"1.234,567.8", 10, 1, StyleAuto, 0, false, CodeNumberSyntax},
		{"1.5,3", 10, 1, StyleAuto, 0, false, CodeNumberGroups},
		{"1,23,456.5", 10, 1, StyleAuto, 0, false, CodeNumberGroups},
		{"100", 4, 2, StyleAuto, 0, false, CodeNumberPrecision},
		{"99.99", 4, 2, StyleAuto, 9999, false, ""},
		{"-99.99", 4, 2, StyleAuto, -9999, false, ""},
		{"099.99", 4, 2, StyleAuto, 9999, true, ""},
		{"0.5", 1, 1, StyleAuto, 5, false, ""},
		{"912.7", 18, 17, StyleAuto, 0, false, CodeNumberPrecision},
		{"0", 2, 2, StyleAuto, 0, false, ""},
		{"999999999999999999", 18, 0, StyleAuto, 999999999999999999, false, ""},
		{"-999999999999999999", 18, 0, StyleAuto, -999999999999999999, false, ""},
		{"1000000000000000000", 18, 0, StyleAuto, 0, false, CodeNumberPrecision},
		{"0.999999999999999999", 18, 18, StyleAuto, 999999999999999999, false, ""},
		{"1e3", 18, 2, StyleAuto, 0, false, CodeNumberExponent},
		{"1,23457E+12", 18, 2, StyleAuto, 0, false, CodeNumberExponent},
		{"NaN", 18, 2, StyleAuto, 0, false, CodeNumberFinite},
		{"1", 19, 2, StyleAuto, 0, false, CodeNumberType},
		{"1", 5, 6, StyleAuto, 0, false, CodeNumberType},
	}
	for _, tt := range tests {
		got, std, err := ParseDecimal([]byte(tt.in), tt.p, tt.s, tt.sty)
		if got != tt.want || std != tt.std || Code(err) != tt.code {
			t.Errorf("ParseDecimal(%q, %d, %d, %d) = %d, %v, %v, want %d, %v, %q", tt.in, tt.p, tt.s, tt.sty, got, std, err, tt.want, tt.std, tt.code)
		}
	}
}

func TestParseFloat(t *testing.T) {
	tests := []struct {
		in   string
		sty  Style
		want float64
		std  bool
		code string
	}{
		{"0", StyleAuto, 0, false, ""},
		{"-0", StyleAuto, 0, true, ""},
		{"-0.0", StyleAuto, 0, true, ""},
		{"0.1", StyleAuto, 0.1, false, ""},
		{"1.234", StyleAuto, 1.234, false, ""},
		{"1.234", StyleVietnamese, 1234, true, ""},
		{"1,234", StyleAuto, 0, false, CodeNumberAmbiguous},
		{"1,5", StyleAuto, 1.5, true, ""},
		{"1.234.567,5", StyleAuto, 1234567.5, true, ""},
		{"1e21", StyleAuto, 1e21, true, ""},
		{"1e+21", StyleAuto, 1e21, false, ""},
		{"1e-7", StyleAuto, 1e-7, false, ""},
		{"1E5", StyleAuto, 100000, true, ""},
		{"1e999", StyleAuto, 0, false, CodeNumberFloatRange},
		{"1e-999", StyleAuto, 0, false, CodeNumberFloatRange},
		{"0e5", StyleAuto, 0, true, ""},
		{"1e", StyleAuto, 0, false, CodeNumberSyntax},
		{"1e+", StyleAuto, 0, false, CodeNumberSyntax},
		{"1e5x", StyleAuto, 0, false, CodeNumberSyntax},
		{"e5", StyleAuto, 0, false, CodeNumberSyntax},
		{"NaN", StyleAuto, 0, false, CodeNumberFinite},
		{"-Inf", StyleAuto, 0, false, CodeNumberFinite},
		{"+Infinity", StyleAuto, 0, false, CodeNumberFinite},
		{"0x1p-2", StyleAuto, 0, false, CodeNumberSyntax},
		{"123456789012345678.9", StyleAuto, 123456789012345678.9, false, ""},
		{"5e-324", StyleAuto, 5e-324, false, ""},
	}
	for _, tt := range tests {
		got, std, err := ParseFloat([]byte(tt.in), tt.sty)
		if got != tt.want || math.Signbit(got) != math.Signbit(tt.want) && got == 0 || std != tt.std && err == nil || Code(err) != tt.code {
			t.Errorf("ParseFloat(%q, %d) = %v, %v, %v, want %v, %v, %q", tt.in, tt.sty, got, std, err, tt.want, tt.std, tt.code)
		}
	}
}

func TestAppendDecimal(t *testing.T) {
	tests := []struct {
		v     int64
		scale int
		want  string
	}{
		{0, 0, "0"}, {0, 2, "0.00"}, {5, 2, "0.05"}, {-5, 2, "-0.05"}, {123, 2, "1.23"}, {-123456, 3, "-123.456"},
		{12, 0, "12"}, {math.MinInt64, 2, "-92233720368547758.08"}, {1, 18, "0.000000000000000001"},
	}
	for _, tt := range tests {
		if got := string(AppendDecimal(nil, tt.v, tt.scale)); got != tt.want {
			t.Errorf("AppendDecimal(%d, %d) = %q, want %q", tt.v, tt.scale, got, tt.want)
		}
	}
}

func FuzzParseInteger(f *testing.F) {
	for _, s := range []string{"0", "-12", "1.234.567", "1 234", "12.0", "−5", "9223372036854775808"} {
		f.Add([]byte(s), uint8(0))
	}
	f.Fuzz(func(t *testing.T, b []byte, style uint8) {
		v, _, err := ParseInteger(b, Style(style%4))
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || messages[e.Code].vi == "" {
				t.Fatalf("ParseInteger(%q): %v has no message", b, err)
			}
			return
		}
		text := AppendInteger(nil, v)
		for style := range Style(4) {
			if again, std, err := ParseInteger(text, style); err != nil || std || again != v {
				t.Fatalf("ParseInteger(%q) = %d, and %q gives %d, %v, %v", b, v, text, again, std, err)
			}
		}
	})
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"0", "-12.5", "1.234.567,50", "1 234,5", "0.000000000000000001", "99.99"} {
		f.Add([]byte(s), uint8(17), uint8(4))
	}
	f.Fuzz(func(t *testing.T, b []byte, p, s uint8) {
		precision := 1 + int(p)%MaxPrecision
		scale := int(s) % (precision + 1)
		v, std, err := ParseDecimal(b, precision, scale, StyleAuto)
		if err != nil {
			return
		}
		if v >= pow10[precision] || v <= -pow10[precision] {
			t.Fatalf("ParseDecimal(%q, %d, %d) = %d has too many digits", b, precision, scale, v)
		}
		text := AppendDecimal(nil, v, scale)
		again, againStd, err := ParseDecimal(text, precision, scale, StyleAuto)
		if err != nil || againStd || again != v {
			t.Fatalf("ParseDecimal(%q, %d, %d) = %d, and %q gives %d, %v, %v", b, precision, scale, v, text, again, againStd, err)
		}
		if !std { // plain text: math/big is the referee
			want, ok := new(big.Rat).SetString(string(b))
			got, _ := new(big.Rat).SetString(string(text))
			if !ok || got.Cmp(want) != 0 {
				t.Fatalf("ParseDecimal(%q, %d, %d) = %d", b, precision, scale, v)
			}
		}
	})
}

func FuzzParseFloat(f *testing.F) {
	for _, s := range []string{"0", "0.1", "-1.5e-7", "1.234.567,5", "123456789.123456", "1e21", "2.2250738585072011e-308"} {
		f.Add([]byte(s), 0.1)
	}
	f.Fuzz(func(t *testing.T, b []byte, x float64) {
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			text := AppendFloat(nil, x)
			if v, std, err := ParseFloat(text, StyleAuto); v != x || std || err != nil {
				t.Fatalf("ParseFloat(%q) = %v, %v, %v", text, v, std, err)
			}
			if want, _ := json.Marshal(x); x != 0 && string(text) != string(want) {
				t.Fatalf("AppendFloat(%v) = %s, JSON writes %s", x, text, want)
			}
		}
		v, std, err := ParseFloat(b, StyleAuto)
		if err != nil {
			return
		}
		if !std { // plain text: JSON is the referee
			var want float64
			if err := json.Unmarshal(b, &want); err != nil || want != v {
				t.Fatalf("ParseFloat(%q) = %v, JSON reads %v, %v", b, v, want, err)
			}
		}
		text := AppendFloat(nil, v)
		if again, std, err := ParseFloat(text, StyleAuto); again != v || std || err != nil {
			t.Fatalf("ParseFloat(%q) = %v, and %q gives %v, %v, %v", b, v, text, again, std, err)
		}
	})
}
