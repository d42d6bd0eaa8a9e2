package viet

import "unicode/utf8"

// The most that RFC 5321, 4.5.3.1, lets a mailbox have, in bytes.
const (
	longestEmail = 254
	longestLocal = 64
	longestLabel = 63
)

// CheckEmail checks the form of an e-mail address as offices use them: the
// dot-atom of RFC 5322 before the @, and a domain of at least two labels (RFC
// 1123). Quoted names, addresses in brackets and letters beyond ASCII (RFC 6531)
// are refused, since most mail servers of the state do not take them.
func CheckEmail(s string) error {
	at := -1
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '@' && at < 0:
			at = i
		case c >= utf8.RuneSelf:
			r, _ := utf8.DecodeRuneInString(s[i:])
			return fail(CodeEmailMarks, s, string(r))
		}
	}
	if at < 1 || at > longestLocal || len(s) > longestEmail || !emailLocal(s[:at]) || !emailDomain(s[at+1:]) {
		return fail(CodeEmail, s)
	}
	return nil
}

// atoms are the characters of a dot-atom besides the dot.
var atoms = func() (set [256]bool) {
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~" {
		set[c] = true
	}
	return set
}()

// emailLocal checks what stands before the @: atoms with single dots between.
func emailLocal(s string) bool {
	dot := true
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case atoms[c]:
			dot = false
		case c == '.' && !dot:
			dot = true
		default:
			return false
		}
	}
	return !dot
}

// emailDomain checks labels of letters, digits and inner hyphens; the last is no
// number.
func emailDomain(s string) bool {
	labels, start, letter := 0, 0, false
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] != '.' {
			c := s[i]
			switch {
			case c|0x20 >= 'a' && c|0x20 <= 'z':
				letter = true
			case c-'0' <= 9, c == '-':
			default:
				return false
			}
			continue
		}
		if n := i - start; n == 0 || n > longestLabel || s[start] == '-' || s[i-1] == '-' {
			return false
		}
		if i == len(s) {
			return labels > 0 && letter && i-start >= 2
		}
		labels, start, letter = labels+1, i+1, false
	}
	return false
}
