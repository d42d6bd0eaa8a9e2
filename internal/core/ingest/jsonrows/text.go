package jsonrows

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// escape is how many bytes the escape at the beginning of d takes; 0 when it is
// none, or half of a pair.
func escape(d []byte) int {
	if len(d) < 2 {
		return 0
	}
	switch d[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		r, ok := unit(d)
		if !ok {
			return 0
		}
		if !utf16.IsSurrogate(r) {
			return 6
		}
		if second, ok := unit(d[6:]); ok && utf16.DecodeRune(r, second) != utf8.RuneError {
			return 12
		}
	}
	return 0
}

// unit reads \uXXXX.
func unit(d []byte) (rune, bool) {
	if len(d) < 6 || d[0] != '\\' || d[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range d[2:6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// unescape appends what a text that escape has accepted stands for.
func unescape(dst, s []byte) []byte {
	for {
		i := bytes.IndexByte(s, '\\')
		if i < 0 || i+1 >= len(s) {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		s = s[i:]
		n := max(2, escape(s))
		switch c := s[1]; c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, _ := unit(s)
			if n == 12 {
				second, _ := unit(s[6:])
				r = utf16.DecodeRune(r, second)
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, c)
		}
		s = s[n:]
	}
}

// compact appends JSON without the white space between its tokens.
func compact(dst, s []byte) []byte {
	inside := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case inside && c == '\\' && i+1 < len(s):
			dst = append(dst, c, s[i+1])
			i++
			continue
		case c == '"':
			inside = !inside
		case !inside && (c == ' ' || c == '\n' || c == '\r' || c == '\t'):
			continue
		}
		dst = append(dst, s[i])
	}
	return dst
}

// maxExponent bounds how long a number without exponent gets.
const maxExponent = 400

// unambiguous tells whether a number can be read in one way only as it stands.
func unambiguous(n []byte) bool {
	dot := -1
	for i, c := range n {
		if c == '.' {
			dot = i
		} else if c|0x20 == 'e' {
			return false
		}
	}
	return dot < 0 || len(n)-dot != 4
}

// spell appends a number without exponent, and with a fourth decimal where
// three could be taken for a group of thousands.
func spell(dst, n []byte) []byte {
	if i := bytes.IndexAny(n, "eE"); i >= 0 {
		shift, err := strconv.Atoi(strings.TrimPrefix(string(n[i+1:]), "+"))
		if err != nil || shift > maxExponent || shift < -maxExponent {
			return append(dst, n...)
		}
		n = shifted(string(n[:i]), shift)
	}
	dst = append(dst, n...)
	if !unambiguous(n) {
		dst = append(dst, '0')
	}
	return dst
}

// shifted moves the point of a number.
func shifted(mantissa string, shift int) []byte {
	sign := ""
	if strings.HasPrefix(mantissa, "-") {
		sign, mantissa = "-", mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits, point := whole+fraction, len(whole)+shift
	if point > len(digits) {
		digits += strings.Repeat("0", point-len(digits))
	}
	if point < 1 {
		digits, point = strings.Repeat("0", 1-point)+digits, 1
	}
	whole = strings.TrimLeft(digits[:point-1], "0") + digits[point-1:point]
	if fraction = digits[point:]; fraction != "" {
		fraction = "." + fraction
	}
	return []byte(sign + whole + fraction)
}
