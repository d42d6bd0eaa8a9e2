package viet

// CheckBHXH checks a social insurance number, 10 digits.
func CheckBHXH(s string) error {
	if !allDigits(s, 10) {
		return fail(CodeBHXH, Mask(s))
	}
	return nil
}

// CheckBHYT checks a health insurance card number in one of the three forms in
// circulation: 2 letters and 13 digits (before April 2021), the social
// insurance number (from then on), or the personal identification number (from
// 15 August 2025), which can come with its warnings.
func CheckBHYT(s string) error {
	switch {
	case len(s) == 15 && capitalLetter(s[0]) && capitalLetter(s[1]) && allDigits(s[2:], 13):
		return nil
	case allDigits(s, 10):
		return nil
	case allDigits(s, 12):
		return doubtCCCD(s)
	}
	return fail(CodeBHYT, Mask(s))
}

func capitalLetter(c byte) bool { return c >= 'A' && c <= 'Z' }
