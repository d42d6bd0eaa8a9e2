package viet

import "strings"

// Agency codes (mã định danh điện tử của cơ quan, Decision 20/2020/QĐ-TTg) go
// from left to right, H31.14; the older form goes from right to left and is
// filled with zeros, 000.00.14.H31. Only the first group has a meaning that
// may be read from the code; names come from the official list.

const longestAgency = 35

// CheckAgencyCode checks an agency code in the form of today or the older one.
func CheckAgencyCode(s string) error {
	switch {
	case len(s) > longestAgency:
		return fail(CodeAgencyLength, s)
	case agencyToday(s), agencyOld(s), agencyOther(s):
		return nil
	}
	return fail(CodeAgency, s)
}

// AgencyCode gives the form of today of an agency code in either form:
// "000.00.14.H31" gives "H31.14", what is in the form of today stays. That the
// groups turn round and the zeros go is how the codes in use compare; no act
// says so.
func AgencyCode(s string) (string, error) {
	if err := CheckAgencyCode(s); err != nil {
		return "", err
	}
	if !agencyOld(s) {
		return s, nil
	}
	groups := strings.Split(s, ".")
	code := groups[3]
	for i := 2; i >= 0; i-- {
		if strings.Trim(groups[i], "0") == "" {
			continue
		}
		code += "." + groups[i]
	}
	return code, nil
}

// OldAgencyCode gives the older form of an agency code, in which there is room
// for two groups of two digits and one of three below the first. Codes of
// newer levels do not fit.
func OldAgencyCode(s string) (string, error) {
	if agencyOld(s) {
		return s, nil
	}
	if !agencyToday(s) {
		return "", fail(CodeAgency, s)
	}
	groups := strings.Split(s, ".")
	old := [4]string{"000", "00", "00", groups[0]}
	for i, g := range groups[1:] {
		at := 2 - i
		if at < 0 || !allDigits(g, len(old[at])) || strings.Trim(g, "0") == "" {
			return "", fail(CodeAgencyNoOldForm, s)
		}
		old[at] = g
	}
	return strings.Join(old[:], "."), nil
}

// agencyToday matches ^[A-Y]\d{2}(\.[0-9A-Z]+)*$.
func agencyToday(s string) bool {
	if len(s) < 3 || s[0] < 'A' || s[0] > 'Y' || !allDigits(s[1:3], 2) {
		return false
	}
	for rest := s[3:]; rest != ""; {
		if rest[0] != '.' {
			return false
		}
		n := 1
		for n < len(rest) && digitOrCapital(rest[n]) {
			n++
		}
		if n == 1 {
			return false
		}
		rest = rest[n:]
	}
	return true
}

// agencyOld matches ^\d{3}\.\d{2}\.\d{2}\.[A-Y]\d{2}$.
func agencyOld(s string) bool {
	return len(s) == 13 && allDigits(s[:3], 3) && s[3] == '.' && allDigits(s[4:6], 2) && s[6] == '.' &&
		allDigits(s[7:9], 2) && s[9] == '.' && agencyToday(s[10:])
}

// agencyOther matches ^Z\d{2}[0-9A-Z]{1,32}$, the codes of bodies outside the
// state.
func agencyOther(s string) bool {
	if len(s) < 4 || len(s) > 35 || s[0] != 'Z' || !allDigits(s[1:3], 2) || s[1:3] == "00" {
		return false
	}
	for i := 3; i < len(s); i++ {
		if !digitOrCapital(s[i]) {
			return false
		}
	}
	return true
}

func digitOrCapital(c byte) bool { return c >= '0' && c <= '9' || capitalLetter(c) }
