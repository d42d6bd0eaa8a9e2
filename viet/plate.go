package viet

import (
	"strings"
	"unicode/utf8"
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

// The letters of plates (Circular 79/2024/TT-BCA and those that amend it; the
// sets are as plates in use have them). I, J, O, Q and W never occur.
const (
	plateSeries = "ABCDEFGHKLMNPSTUVXYZ" // cars, and the first letter of motorcycles
	plateSecond = "ABCDEFHKLMNPRSTUVXYZ" // the second letter of motorcycles
	plateArmy   = "ABCDEFGHKLMNPRSTUVXYZ"
)

// longestPlate is how many characters a plate has without separators; the
// longest are diplomatic, 80123NG456.
const longestPlate = 10

// ParsePlate reads a number plate, with or without separators, in capitals or
// not. std tells whether the text was anything but Plate.Text.
func ParsePlate(s string) (p Plate, std bool, err error) {
	var buf [longestPlate]byte
	text, kind, err := readPlate(buf[:0], s)
	if err != nil {
		return Plate{}, false, err
	}
	p = Plate{Text: s, Kind: kind}
	if std = string(text) != s; std {
		p.Text = string(text)
	}
	if kind != PlateArmy {
		p.Province = p.Text[:2]
	}
	return p, std, nil
}

// CheckPlate checks a number plate as it is written, with or without
// separators.
func CheckPlate(s string) error {
	var buf [longestPlate]byte
	_, _, err := readPlate(buf[:0], s)
	return err
}

// readPlate appends the plate without separators to dst and says its kind.
func readPlate(dst []byte, s string) (text []byte, kind PlateKind, err error) {
	text, ok := appendPlate(dst, s)
	if ok {
		kind, ok = plateKind(text)
	}
	if !ok {
		return nil, "", fail(CodePlateSyntax, s)
	}
	if kind != PlateArmy && !plateProvince(int(text[0]-'0')*10+int(text[1]-'0')) {
		return nil, "", fail(CodePlateProvince, s, string(text[:2]))
	}
	return text, kind, nil
}

// appendPlate appends s in capitals, without separators, Đ as D. It gives up
// where s is longer than a plate.
func appendPlate(dst []byte, s string) ([]byte, bool) {
	for i := 0; i < len(s); {
		c, n := s[i], 1
		switch {
		case c == ' ' || c == '-' || c == '.' || c == '_':
			i++
			continue
		case c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		case c >= utf8.RuneSelf:
			var r rune
			r, n = utf8.DecodeRuneInString(s[i:])
			switch r {
			case '\u00A0', '\u2013':
				i += n
				continue
			case 'Đ', 'Ð', 'đ', 'ð':
				c = 'D'
			default:
				return nil, false
			}
		}
		if len(dst) == longestPlate {
			return nil, false
		}
		dst = append(dst, c)
		i += n
	}
	return dst, true
}

// plateKind tells the family of a plate without separators.
func plateKind(text []byte) (PlateKind, bool) {
	if len(text) < 5 {
		return "", false
	}
	if !digitAt(text, 0) { // ^[letters]{2}\d{3,6}$
		return PlateArmy, len(text) <= 8 && oneOf(plateArmy, text[0]) && oneOf(plateArmy, text[1]) && digitsFrom(text, 2)
	}
	if !digitAt(text, 1) {
		return "", false
	}
	if digitAt(text, 2) { // ^\d{5}(NG|QT|CV|NN)\d{2,3}$
		if len(text) != 9 && len(text) != 10 || !digitAt(text, 3) || !digitAt(text, 4) || !digitsFrom(text, 7) {
			return "", false
		}
		switch string(text[5:7]) {
		case "NG", "QT", "CV", "NN":
			return PlateDiplomatic, true
		}
		return "", false
	}
	letters := 1
	if !digitAt(text, 3) {
		letters = 2
	}
	serial := len(text) - 2 - letters
	// R trailers; LD, DA and so on look like two letters of a motorcycle, so they come first.
	if (serial == 4 || serial == 5) && digitsFrom(text, 2+letters) {
		switch string(text[2 : 2+letters]) {
		case "LD", "DA", "RM", "MK", "HC", "KT", "MD", "CD", "TD", "LB", "CT", "R":
			return PlateSpecial, true
		}
	}
	if !oneOf(plateSeries, text[2]) {
		return "", false
	}
	if letters == 1 { // cars, and motorcycles with a digit from 1 to 9 in the series
		long := len(text) == 9 && text[3] != '0'
		return PlateCivil, (serial == 4 || serial == 5 || long) && digitsFrom(text, 3)
	}
	return PlateCivil, oneOf(plateSecond, text[3]) && (serial == 4 || serial == 5) && digitsFrom(text, 4)
}

func oneOf(set string, c byte) bool { return strings.IndexByte(set, c) >= 0 }

func digitAt(b []byte, i int) bool { return b[i]-'0' <= 9 }

func digitsFrom(b []byte, i int) bool {
	for _, c := range b[i:] {
		if c-'0' > 9 {
			return false
		}
	}
	return true
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
