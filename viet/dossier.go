package viet

import "strings"

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

// ParseDocumentNumber takes the number of a document apart. Spaces, other
// dashes, and Ð or Ɖ for Đ are mended, with std true.
func ParseDocumentNumber(s string) (n DocumentNumber, std bool, err error) {
	number1, year, symbol, ok := documentParts(s)
	if !ok {
		tidy := documentTidier.Replace(s)
		if number1, year, symbol, ok = documentParts(tidy); !ok {
			return DocumentNumber{}, false, fail(CodeDocument, s)
		}
		std = tidy != s
	}
	n = DocumentNumber{Number: number1, Symbol: symbol}
	if year != "" {
		n.Year = number(year)
	}
	return n, std, nil
}

// documentParts matches
// ^(\d{1,5}(?:\.\d{1,3})?)(?:/(\d{4}))?/([A-ZĐ]+[a-z]?[A-ZĐ0-9]*(?:-[A-ZĐa-zđ0-9&]+)*)$.
func documentParts(s string) (number, year, symbol string, ok bool) {
	n := digitRun(s)
	if n < 1 || n > 5 {
		return "", "", "", false
	}
	if n < len(s) && s[n] == '.' {
		more := digitRun(s[n+1:])
		if more < 1 || more > 3 {
			return "", "", "", false
		}
		n += 1 + more
	}
	if n >= len(s) || s[n] != '/' {
		return "", "", "", false
	}
	number, symbol = s[:n], s[n+1:]
	if len(symbol) > 4 && symbol[4] == '/' && allDigits(symbol[:4], 4) {
		year, symbol = symbol[:4], symbol[5:]
	}
	return number, year, symbol, documentSymbol(symbol)
}

// digitRun gives the number of digits s begins with.
func digitRun(s string) int {
	n := 0
	for n < len(s) && s[n]-'0' <= 9 {
		n++
	}
	return n
}

// documentSymbol matches [A-ZĐ]+[a-z]?[A-ZĐ0-9]*(?:-[A-ZĐa-zđ0-9&]+)*.
func documentSymbol(s string) bool {
	const (
		begin   = iota // nothing yet
		letters        // [A-ZĐ]+
		rest           // [a-z]? and what follows
		dash           // just after a hyphen
		group          // after that
	)
	state := begin
	for i := 0; i < len(s); i++ {
		c := s[i]
		capital := c >= 'A' && c <= 'Z'
		small := c >= 'a' && c <= 'z'
		if c == 0xC4 && i+1 < len(s) && (s[i+1] == 0x90 || s[i+1] == 0x91) { // Đ, đ
			i++
			capital, small = s[i] == 0x90, s[i] == 0x91
			if small && state < dash {
				return false
			}
		}
		digit := c-'0' <= 9
		switch {
		case state >= dash && (capital || small || digit || c == '&'):
			state = group
		case capital && state <= letters:
			state = letters
		case capital && state == rest:
		case small && state == letters, digit && (state == letters || state == rest):
			state = rest
		case c == '-' && state != begin && state != dash:
			state = dash
		default:
			return false
		}
	}
	return state != begin && state != dash
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
	if _, _, _, ok := documentParts(s); !ok {
		return fail(CodeDocument, s)
	}
	return nil
}
