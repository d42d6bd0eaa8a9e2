package viet

import (
	"slices"
	"strings"
)

// The Check functions take an identifier in its canonical form, in NFC and
// trimmed. They say whether it can exist, never whether it does. An error for
// which IsWarning is true is a doubt, not a reason to refuse.

// A Kind names an identifier in contracts and rules: "cccd", "tax_code".
type Kind string

// The kinds that Check knows.
const (
	KindCCCD      Kind = "cccd"
	KindCMND      Kind = "cmnd"
	KindPassport  Kind = "passport"
	KindTaxCode   Kind = "tax_code"
	KindBHXH      Kind = "bhxh"
	KindBHYT      Kind = "bhyt"
	KindAgency    Kind = "agency_code"
	KindDossier   Kind = "dossier_number"
	KindProcedure Kind = "procedure_code"
	KindDocument  Kind = "document_number"
	KindParcel    Kind = "parcel_code"
	KindPlate     Kind = "plate"
	KindPhone     Kind = "phone"
	KindProvince  Kind = "province_code"
	KindCommune   Kind = "commune_code"

	KindForeignPassport Kind = "foreign_passport"
	KindEmail           Kind = "email"
	KindBudgetUnit      Kind = "budget_unit_code"
	KindPostcode        Kind = "postcode"
)

var checks = map[Kind]func(string) error{
	KindCCCD: CheckCCCD, KindCMND: CheckCMND, KindPassport: CheckPassport,
	KindTaxCode: CheckTaxCode, KindBHXH: CheckBHXH, KindBHYT: CheckBHYT,
	KindAgency: CheckAgencyCode, KindDossier: CheckDossierNumber, KindProcedure: CheckProcedureCode,
	KindDocument: CheckDocumentNumber, KindParcel: CheckParcelCode,
	KindPlate: CheckPlate, KindPhone: CheckPhone,
	KindProvince: CheckProvinceCode, KindCommune: CheckCommuneCode,
	KindForeignPassport: CheckForeignPassport, KindEmail: CheckEmail,
	KindBudgetUnit: CheckBudgetUnitCode, KindPostcode: CheckPostcode,
}

// Kinds lists all kinds in order.
func Kinds() []Kind {
	kinds := make([]Kind, 0, len(checks))
	for k := range checks {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	return kinds
}

// Checker gives the check of a kind, to be looked up once for a column.
func Checker(k Kind) (check func(string) error, ok bool) {
	check, ok = checks[k]
	return check, ok
}

// Check checks s as an identifier of kind k.
func Check(k Kind, s string) error {
	check, ok := checks[k]
	if !ok {
		return fail(CodeKind, s, k)
	}
	return check(s)
}

// Mask hides all but the last four characters, as the tax law does where it
// publishes personal identification numbers. What has at most four is hidden
// whole.
func Mask(s string) string {
	r := []rune(s)
	show := 4
	if len(r) <= show {
		show = 0
	}
	return strings.Repeat("*", len(r)-show) + string(r[len(r)-show:])
}

// allDigits tells whether s is n digits.
func allDigits(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// number reads digits that allDigits has seen.
func number(s string) int {
	v := 0
	for i := 0; i < len(s); i++ {
		v = v*10 + int(s[i]-'0')
	}
	return v
}

// CheckProvinceCode checks the form of a province code, two digits. Whether
// there is such a province depends on the day.
func CheckProvinceCode(s string) error {
	if !allDigits(s, 2) || s == "00" {
		return fail(CodeProvince, s)
	}
	return nil
}

// CheckCommuneCode checks the form of a commune code, five digits. The same
// code names different communes before and after 1 July 2025, so that it means
// something only with a date.
func CheckCommuneCode(s string) error {
	if !allDigits(s, 5) || s == "00000" {
		return fail(CodeCommune, s)
	}
	return nil
}

// CheckBudgetUnitCode checks the form of the code of a unit that has to do with
// the state budget (mã số đơn vị có quan hệ với ngân sách), 7 digits. Its parts
// are not checked: the rules in force are not confirmed.
func CheckBudgetUnitCode(s string) error {
	if !allDigits(s, 7) || s == "0000000" {
		return fail(CodeBudgetUnit, s)
	}
	return nil
}

// CheckPostcode checks the form of a national post code, 5 digits (Decision
// 2475/QĐ-BTTTT of 2017). Which codes are in use since the provinces merged is
// not confirmed.
func CheckPostcode(s string) error {
	if !allDigits(s, 5) || s == "00000" {
		return fail(CodePostcode, s)
	}
	return nil
}
