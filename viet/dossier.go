package viet

import (
	"regexp"
	"strings"
)

// A DossierNumber is the number of an administrative dossier (mã hồ sơ thủ tục
// hành chính, Circular 01/2018/TT-VPCP) taken apart. The serial starts again
// each day.
type DossierNumber struct {
	Agency   string
	Received Date
	Serial   string
}

// ParseDossierNumber takes <agency>-<YYMMDD>-<serial> apart.
func ParseDossierNumber(s string) (DossierNumber, error) {
	agency, rest, _ := strings.Cut(s, "-")
	day, serial, _ := strings.Cut(rest, "-")
	if len(agency) > longestAgency || !agencyToday(agency) && !agencyOld(agency) ||
		!allDigits(day, 6) || len(serial) < 4 || len(serial) > 7 || !allDigits(serial, len(serial)) {
		return DossierNumber{}, fail(CodeDossier, s)
	}
	received, err := NewDate(2000+number(day[:2]), number(day[2:4]), number(day[4:]))
	if err != nil {
		return DossierNumber{}, fail(CodeDossierDate, s, day)
	}
	return DossierNumber{agency, received, serial}, nil
}

// CheckDossierNumber checks the number of an administrative dossier.
func CheckDossierNumber(s string) error {
	_, err := ParseDossierNumber(s)
	return err
}

// CheckProcedureCode checks the code of an administrative procedure in the
// national database, "2.000815", with or without the agency ".000.00.00.H31".
func CheckProcedureCode(s string) error {
	if len(s) >= 8 && allDigits(s[:1], 1) && s[1] == '.' && allDigits(s[2:8], 6) {
		rest := s[8:]
		if rest == "" || strings.HasPrefix(rest, ".000.00.00.") && agencyOld(rest[1:]) {
			return nil
		}
	}
	return fail(CodeProcedure, s)
}

// A DocumentNumber is the number and symbol of an official document (số, ký
// hiệu văn bản). It is unique only together with who issued it and the year.
type DocumentNumber struct {
	Number string // "2352", "66.22"
	Year   int    // 0 unless the text has it, as normative acts do
	Symbol string // "QĐ-UBND", "QH15"
}

var documentNumber = regexp.MustCompile(`^(\d{1,5}(?:\.\d{1,3})?)(?:/(\d{4}))?/([A-ZĐ]+[a-z]?[A-ZĐ0-9]*(?:-[A-ZĐa-zđ0-9&]+)*)$`)

// ParseDocumentNumber takes the number of a document apart. Spaces, other
// dashes, and Ð or Ɖ for Đ are mended, with std true.
func ParseDocumentNumber(s string) (n DocumentNumber, std bool, err error) {
	tidy := documentTidier.Replace(s)
	m := documentNumber.FindStringSubmatch(tidy)
	if m == nil {
		return DocumentNumber{}, false, fail(CodeDocument, s)
	}
	n = DocumentNumber{Number: m[1], Symbol: m[3]}
	if m[2] != "" {
		n.Year = number(m[2])
	}
	return n, tidy != s, nil
}

var documentTidier = strings.NewReplacer(
	" ", "", "\u00A0", "", "\t", "",
	"\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2014", "-", "\u2212", "-",
	"Ð", "Đ", "Ɖ", "Đ",
)

// String gives the canonical text.
func (n DocumentNumber) String() string {
	if n.Year == 0 {
		return n.Number + "/" + n.Symbol
	}
	return n.Number + "/" + string(appendInt(nil, n.Year, 4)) + "/" + n.Symbol
}

// CheckDocumentNumber checks the canonical text of a document number.
func CheckDocumentNumber(s string) error {
	if !documentNumber.MatchString(s) {
		return fail(CodeDocument, s)
	}
	return nil
}
