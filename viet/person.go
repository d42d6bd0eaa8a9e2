package viet

// A CCCD is a personal identification number (số định danh cá nhân) taken
// apart. It has no check digit. It says where a birth was first registered and
// never where somebody lives; the codes of provinces merged since stay.
type CCCD struct {
	Number    string
	Place     string // 3 digits: the province before 1 July 2025, or a country
	PlaceName string // "" if Place is not a province
	BirthYear int
	Male      bool // as registered at birth
	Serial    string
}

// ParseCCCD takes a number of 12 digits apart. With a warning as error, the
// parts are filled all the same.
func ParseCCCD(s string) (CCCD, error) {
	if !allDigits(s, 12) {
		return CCCD{}, fail(CodeCCCDSyntax, Mask(s))
	}
	b := int(s[3] - '0')
	id := CCCD{
		Number:    s,
		Place:     s[:3],
		PlaceName: birthPlace(s),
		BirthYear: 1900 + 100*(b/2) + number(s[4:6]),
		Male:      b%2 == 0,
		Serial:    s[6:],
	}
	return id, doubtCCCD(s)
}

// CheckCCCD checks a personal identification number. An unknown place is a
// warning: births abroad have codes of countries, and how births are coded
// since the provinces merged is not published.
func CheckCCCD(s string) error {
	if !allDigits(s, 12) {
		return fail(CodeCCCDSyntax, Mask(s))
	}
	return doubtCCCD(s)
}

// doubtCCCD looks at 12 digits. Its result is an error interface, so that no
// doubt is nil.
func doubtCCCD(s string) error {
	switch {
	case s[3] >= '4':
		return warn(CodeCCCDCentury, Mask(s), s[3:4])
	case birthPlace(s) == "":
		return warn(CodeCCCDPlace, Mask(s), s[:3])
	}
	return nil
}

// CheckBirthYear compares the year of birth. A difference is a warning, since
// there are errors in both registers.
func (c CCCD) CheckBirthYear(year int) error {
	if year != c.BirthYear {
		return warn(CodeCCCDYear, Mask(c.Number), c.BirthYear, year)
	}
	return nil
}

// CheckSex compares the sex. A difference is a warning, since it can change by law.
func (c CCCD) CheckSex(male bool) error {
	if male != c.Male {
		return warn(CodeCCCDSex, Mask(c.Number))
	}
	return nil
}

// CheckCMND checks an identity card number of the old kind, 9 digits.
func CheckCMND(s string) error {
	if !allDigits(s, 9) {
		return fail(CodeCMND, Mask(s))
	}
	return nil
}

// CheckPassport checks the number of a Vietnamese passport.
func CheckPassport(s string) error {
	if len(s) >= 8 && len(s) <= 9 && s[0] >= 'A' && s[0] <= 'Z' && allDigits(s[1:], len(s)-1) {
		return nil
	}
	return fail(CodePassport, Mask(s))
}

// CheckForeignPassport checks the number of a passport or paper of a foreigner,
// of which only this is common: 5 to 20 capitals and digits.
func CheckForeignPassport(s string) error {
	if len(s) < 5 || len(s) > 20 {
		return fail(CodeForeignPassport, Mask(s))
	}
	for i := 0; i < len(s); i++ {
		if !digitOrCapital(s[i]) {
			return fail(CodeForeignPassport, Mask(s))
		}
	}
	return nil
}

func birthPlace(cccd string) string {
	if cccd[0] != '0' {
		return ""
	}
	return oldProvinces[number(cccd[1:3])]
}

// oldProvinces are the 63 provinces before 1 July 2025 by their codes, which
// personal identification numbers keep.
var oldProvinces = [100]string{
	1: "Hà Nội", 2: "Hà Giang", 4: "Cao Bằng", 6: "Bắc Kạn", 8: "Tuyên Quang",
	10: "Lào Cai", 11: "Điện Biên", 12: "Lai Châu", 14: "Sơn La", 15: "Yên Bái",
	17: "Hòa Bình", 19: "Thái Nguyên", 20: "Lạng Sơn", 22: "Quảng Ninh", 24: "Bắc Giang",
	25: "Phú Thọ", 26: "Vĩnh Phúc", 27: "Bắc Ninh", 30: "Hải Dương", 31: "Hải Phòng",
	33: "Hưng Yên", 34: "Thái Bình", 35: "Hà Nam", 36: "Nam Định", 37: "Ninh Bình",
	38: "Thanh Hóa", 40: "Nghệ An", 42: "Hà Tĩnh", 44: "Quảng Bình", 45: "Quảng Trị",
	46: "Thừa Thiên Huế", 48: "Đà Nẵng", 49: "Quảng Nam", 51: "Quảng Ngãi", 52: "Bình Định",
	54: "Phú Yên", 56: "Khánh Hòa", 58: "Ninh Thuận", 60: "Bình Thuận", 62: "Kon Tum",
	64: "Gia Lai", 66: "Đắk Lắk", 67: "Đắk Nông", 68: "Lâm Đồng", 70: "Bình Phước",
	72: "Tây Ninh", 74: "Bình Dương", 75: "Đồng Nai", 77: "Bà Rịa - Vũng Tàu",
	79: "Thành phố Hồ Chí Minh", 80: "Long An", 82: "Tiền Giang", 83: "Bến Tre",
	84: "Trà Vinh", 86: "Vĩnh Long", 87: "Đồng Tháp", 89: "An Giang", 91: "Kiên Giang",
	92: "Cần Thơ", 93: "Hậu Giang", 94: "Sóc Trăng", 95: "Bạc Liêu", 96: "Cà Mau",
}
