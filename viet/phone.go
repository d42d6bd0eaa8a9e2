package viet

import "strings"

// ParsePhone reads a telephone number of Viet Nam and gives it in E.164,
// "+84912345678". Spaces, dots, hyphens and brackets are taken out, and the
// mobile numbers of 11 digits given up in 2018 become those of today; std tells
// whether the text was anything but the result.
func ParsePhone(s string) (e164 string, std bool, err error) {
	national, ok := nationalPhone(s)
	if !ok {
		return "", false, fail(phoneFault(s), s)
	}
	if today, ok := phoneToday(national); ok {
		national = today
	}
	if !mobile(national) && !landline(national) {
		return "", false, fail(phoneFault(s), s)
	}
	e164 = "+84" + national[1:]
	return e164, e164 != s, nil
}

// CheckPhone checks a telephone number with or without separators. A prefix
// given up in 2018 is a warning.
func CheckPhone(s string) error {
	e164, _, err := ParsePhone(s)
	if err != nil {
		return err
	}
	if national, _ := nationalPhone(s); len(national) == 11 && national[1] == '1' {
		return warn(CodePhonePrefix, s, "0"+e164[3:])
	}
	return nil
}

// nationalPhone gives the digits of s beginning with 0 instead of +84.
func nationalPhone(s string) (string, bool) {
	var buf [20]byte
	d := buf[:0]
	plus := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			if len(d) == len(buf) {
				return "", false
			}
			d = append(d, c)
		case c == '+' && len(d) == 0 && !plus:
			plus = true
		case c == ' ' || c == '.' || c == '-' || c == '(' || c == ')':
		default:
			return "", false
		}
	}
	digits := string(d)
	switch {
	case plus && strings.HasPrefix(digits, "84"):
		return "0" + strings.TrimPrefix(digits[2:], "0"), true // also +84 (0) 912…
	case plus:
		return "", false
	case strings.HasPrefix(digits, "0084"):
		return "0" + digits[4:], true
	case strings.HasPrefix(digits, "84") && len(digits) >= 11:
		return "0" + digits[2:], true
	}
	return digits, strings.HasPrefix(digits, "0")
}

// mobile matches ^0[35789]\d{8}$.
func mobile(n string) bool {
	return len(n) == 10 && strings.IndexByte("35789", n[1]) >= 0
}

// landline matches ^02\d{9}$.
func landline(n string) bool { return len(n) == 11 && n[1] == '2' }

// phoneToday gives the number of 10 digits that replaced a mobile number of 11.
func phoneToday(n string) (string, bool) {
	if len(n) != 11 {
		return "", false
	}
	prefix, ok := oldPrefixes[n[:4]]
	return prefix + n[4:], ok
}

// oldPrefixes maps the mobile prefixes given up in September to November 2018.
var oldPrefixes = map[string]string{
	"0162": "032", "0163": "033", "0164": "034", "0165": "035",
	"0166": "036", "0167": "037", "0168": "038", "0169": "039",
	"0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078",
	"0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",
	"0186": "056", "0188": "058", "0199": "059",
}

// phoneFault says what is wrong with a text that is no telephone number.
func phoneFault(s string) string {
	d := strings.NewReplacer(" ", "", ".", "", "-", "").Replace(s)
	switch {
	case len(d) <= 15 && strings.HasPrefix(d, "+") && !strings.HasPrefix(d, "+84") && allDigits(d[1:], len(d)-1) && len(d) >= 8:
		return CodePhoneForeign
	case strings.HasPrefix(d, "1") && len(d) >= 3 && len(d) <= 10 && allDigits(d, len(d)):
		return CodePhoneShort
	}
	return CodePhoneSyntax
}
