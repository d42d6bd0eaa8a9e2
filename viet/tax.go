package viet

// A TaxKind says whose a tax code is, as far as its form tells.
type TaxKind string

// The kinds of tax codes.
const (
	TaxEntity TaxKind = "entity" // 10 digits: organisations, and individuals before 1 July 2025
	TaxBranch TaxKind = "branch" // 13 digits: a dependent unit
	TaxPerson TaxKind = "person" // 12 digits: the personal identification number
)

// A TaxCode is a tax code (mã số thuế) taken apart.
type TaxCode struct {
	Kind   TaxKind
	Number string // 10 or 12 digits
	Branch string // 3 digits, or ""
}

// String gives the code as it is displayed: 0314409058-002.
func (t TaxCode) String() string {
	if t.Branch == "" {
		return t.Number
	}
	return t.Number + "-" + t.Branch
}

// ParseTaxCode takes a tax code apart: 10 digits, 13 with or without the
// hyphen, or 12. A warning comes only for the 12 digits of a person, with the
// parts filled all the same.
func ParseTaxCode(s string) (TaxCode, error) {
	if len(s) == 12 {
		if !allDigits(s, 12) {
			return TaxCode{}, fail(CodeTaxSyntax, s)
		}
		return TaxCode{Kind: TaxPerson, Number: s}, doubtCCCD(s)
	}
	t := TaxCode{Kind: TaxEntity, Number: s}
	switch {
	case len(s) == 14 && s[10] == '-':
		t = TaxCode{Kind: TaxBranch, Number: s[:10], Branch: s[11:]}
	case len(s) == 13:
		t = TaxCode{Kind: TaxBranch, Number: s[:10], Branch: s[10:]}
	}
	switch {
	case !allDigits(t.Number, 10), t.Kind == TaxBranch && !allDigits(t.Branch, 3):
		return TaxCode{}, fail(CodeTaxSyntax, s)
	case t.Number[2:9] == "0000000":
		return TaxCode{}, fail(CodeTaxSerial, s)
	case t.Branch == "000":
		return TaxCode{}, fail(CodeTaxBranch, s)
	case taxDigit(t.Number) != int(t.Number[9]-'0'):
		return TaxCode{}, fail(CodeTaxCheck, s)
	}
	return t, nil
}

// CheckTaxCode checks a tax code with its check digit.
func CheckTaxCode(s string) error {
	_, err := ParseTaxCode(s)
	return err
}

// taxDigit gives the check digit of the first nine digits; 10 means that no
// code begins with them.
func taxDigit(s string) int {
	sum := 0
	for i, weight := range [9]int{31, 29, 23, 19, 17, 13, 7, 5, 3} {
		sum += weight * int(s[i]-'0')
	}
	return 10 - sum%11
}
