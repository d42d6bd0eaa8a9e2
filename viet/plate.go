package viet

import (
	"regexp"
	"strings"
)

// A PlateKind says which family a number plate is of. Whether it is on a car or
// on a motorcycle cannot be told: eight characters can be either.
type PlateKind string

// The families of number plates.
const (
	PlateCivil      PlateKind = "civil"
	PlateSpecial    PlateKind = "special" // LD, DA, MK, R, …; temporary ones (T) read as civil
	PlateDiplomatic PlateKind = "diplomatic"
	PlateArmy       PlateKind = "army"
)

// A Plate is a vehicle's number plate. Plates of persons are personal data.
type Plate struct {
	Text     string // without separators: "89A12345"
	Kind     PlateKind
	Province string // two digits, "" for the army
}

// The letters I, J, O, Q and W never occur.
var plateForms = []struct {
	kind PlateKind
	form *regexp.Regexp
}{
	// R trailers; LD, DA and so on look like two letters of a motorcycle, so they come first.
	{PlateSpecial, regexp.MustCompile(`^\d{2}(LD|DA|RM|MK|HC|KT|MD|CD|TD|LB|CT|R)\d{4,5}$`)},
	{PlateCivil, regexp.MustCompile(`^\d{2}[A-HK-NPS-VXYZ]\d{4,5}$`)},                     // cars
	{PlateCivil, regexp.MustCompile(`^\d{2}[A-HK-NPS-VXYZ][A-FHK-NPRS-VXYZ1-9]\d{4,5}$`)}, // motorcycles
	{PlateDiplomatic, regexp.MustCompile(`^\d{2}\d{3}(NG|QT|CV|NN)\d{2,3}$`)},
	{PlateArmy, regexp.MustCompile(`^[A-HK-NPR-VXYZ]{2}\d{3,6}$`)},
}

var plateTidier = strings.NewReplacer(
	" ", "", "-", "", ".", "", "_", "", "\u00A0", "", "\u2013", "", "Đ", "D", "Ð", "D", "đ", "D", "ð", "D",
)

// ParsePlate reads a number plate, with or without separators, in capitals or
// not. std tells whether the text was anything but Plate.Text.
func ParsePlate(s string) (p Plate, std bool, err error) {
	text := strings.ToUpper(plateTidier.Replace(s))
	for _, f := range plateForms {
		if !f.form.MatchString(text) {
			continue
		}
		p = Plate{Text: text, Kind: f.kind}
		if f.kind != PlateArmy {
			p.Province = text[:2]
			if !plateProvince(number(p.Province)) {
				return Plate{}, false, fail(CodePlateProvince, s, p.Province)
			}
		}
		return p, text != s, nil
	}
	return Plate{}, false, fail(CodePlateSyntax, s)
}

// CheckPlate checks a number plate as it is written, with or without
// separators.
func CheckPlate(s string) error {
	_, _, err := ParsePlate(s)
	return err
}

// plateProvince tells whether a number stands for a province on plates. A
// merged province keeps all its numbers.
func plateProvince(n int) bool {
	switch n {
	case 13, 42, 44, 45, 46, 87, 91, 96:
		return false
	}
	return n >= 11 && n <= 99
}
