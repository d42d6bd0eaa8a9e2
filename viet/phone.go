package viet

// ParsePhone reads a telephone number of Viet Nam and gives it in E.164,
// "+84912345678". Spaces, dots, hyphens and brackets are taken out, and the
// mobile numbers of 11 digits given up in 2018 become those of today; std tells
// whether the text was anything but the result.
func ParsePhone(s string) (e164 string, std bool, err error) {
	var n phone
	if _, ok := n.read(s); !ok {
		return "", false, fail(phoneFault(s), s)
	}
	if len(s) == 12 && s[:3] == "+84" && s[3:] == string(n.d[1:n.n]) {
		return s, false, nil
	}
	e164 = "+84" + string(n.d[1:n.n])
	return e164, e164 != s, nil
}

// CheckPhone checks a telephone number with or without separators. A prefix
// given up in 2018 is a warning.
func CheckPhone(s string) error {
	var n phone
	old, ok := n.read(s)
	switch {
	case !ok:
		return fail(phoneFault(s), s)
	case old:
		return warn(CodePhonePrefix, s, string(n.d[:n.n]))
	}
	return nil
}

// A phone is a number in its national form, 0912345678, the form of today.
type phone struct {
	d [20]byte
	n int
}

// read reads a number; old tells that its prefix was given up.
func (p *phone) read(s string) (old, ok bool) {
	if !p.digits(s) {
		return false, false
	}
	if p.n == 11 && p.d[1] == '1' {
		prefix, ok := oldPrefixes[string(p.d[:4])]
		if !ok {
			return false, false
		}
		copy(p.d[:], prefix)
		copy(p.d[3:], p.d[4:p.n])
		p.n--
		old = true
	}
	return old, p.mobile() || p.landline()
}

// digits takes the digits of s, beginning with 0 instead of +84.
func (p *phone) digits(s string) bool {
	plus := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c-'0' <= 9:
			if p.n == len(p.d) {
				return false
			}
			p.d[p.n] = c
			p.n++
		case c == '+' && p.n == 0 && !plus:
			plus = true
		case c == ' ' || c == '.' || c == '-' || c == '(' || c == ')':
		default:
			return false
		}
	}
	d := p.d[:p.n]
	switch {
	case plus && len(d) > 2 && d[0] == '8' && d[1] == '4':
		if d[2] == '0' { // also +84 (0) 912…
			p.cut(2)
		} else {
			p.cut(1)
		}
	case plus:
		return false
	case len(d) > 4 && string(d[:4]) == "0084":
		p.cut(3)
	case len(d) >= 11 && d[0] == '8' && d[1] == '4':
		p.cut(1)
	}
	return p.n > 0 && p.d[0] == '0'
}

// cut takes n digits off the front and makes the next the 0 of the country.
func (p *phone) cut(n int) {
	copy(p.d[:], p.d[n:p.n])
	p.n -= n
	p.d[0] = '0'
}

// mobile matches ^0[35789]\d{8}$.
func (p *phone) mobile() bool {
	if p.n != 10 {
		return false
	}
	switch p.d[1] {
	case '3', '5', '7', '8', '9':
		return true
	}
	return false
}

// landline matches ^02\d{9}$.
func (p *phone) landline() bool { return p.n == 11 && p.d[1] == '2' }

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
	var d [16]byte
	n := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ' || c == '.' || c == '-':
		case n == len(d), c-'0' > 9 && !(c == '+' && n == 0):
			return CodePhoneSyntax
		default:
			d[n] = c
			n++
		}
	}
	switch {
	case n >= 8 && n <= 15 && d[0] == '+' && !(d[1] == '8' && d[2] == '4'):
		return CodePhoneForeign
	case n >= 3 && n <= 10 && d[0] == '1':
		return CodePhoneShort
	}
	return CodePhoneSyntax
}
