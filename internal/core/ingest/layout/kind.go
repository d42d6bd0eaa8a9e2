package layout

import "strings"

// A kind is what a cell looks like.
type kind uint8

const (
	empty kind = iota
	number
	day
	words
)

func kindOf(s string) kind {
	switch {
	case s == "":
		return empty
	case dayLike(s):
		return day
	case figure(s):
		return number
	}
	return words
}

// figure tells whether a cell can stand in a column of numbers: digits with
// marks, in parentheses or with %, a dash or x for none, an error of the
// program.
func figure(s string) bool {
	if len(s) > 40 {
		return false
	}
	switch s {
	case "-", "–", "—", "x", "X", "...", "…", "*", "**", "0":
		return true
	}
	if s[0] == '#' {
		return len(s) > 2 && s[1] >= 'A' && s[1] <= 'Z'
	}
	s = strings.TrimSuffix(strings.TrimPrefix(s, "("), ")")
	s = strings.TrimSpace(strings.TrimSuffix(s, "%"))
	s = strings.TrimLeft(s, "+-−")
	digits, marks := 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' || c == ',' || c == ' ' || c == 0xC2 || c == 0xA0:
			marks++
		case (c == 'E' || c == 'e') && digits > 0 && i+1 < len(s):
		case (c == '+' || c == '-') && i > 0 && (s[i-1] == 'E' || s[i-1] == 'e'):
		default:
			return false
		}
	}
	return digits > 0 && marks <= digits+1
}

// dayLike tells whether a cell is written as a day (1/2/2025, 2025-02-01,
// 01.02.2025), a clock behind it or not.
func dayLike(s string) bool {
	if len(s) < 6 || len(s) > 19 || s[0] < '0' || s[0] > '9' {
		return false
	}
	if i := strings.IndexByte(s, ' '); i > 0 {
		s = s[:i]
	}
	var parts [3]int
	at := 0
	var mark byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			parts[at]++
		case (c == '/' || c == '-' || c == '.') && at < 2 && (mark == 0 || mark == c):
			mark = c
			at++
		default:
			return false
		}
	}
	short := func(n int) bool { return n == 1 || n == 2 }
	return at == 2 && short(parts[1]) && (short(parts[0]) && (parts[2] == 4 || parts[2] == 2) || parts[0] == 4 && short(parts[2]))
}
