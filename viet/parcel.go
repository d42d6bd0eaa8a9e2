package viet

import "strings"

// The code of a land parcel (mã định danh thửa đất, Circular
// 19/2026/TT-BNNMT) is the GeoHash of a point inside the parcel, 12 characters.
// It is given once and stored; never compute it again from a corrected survey.

const (
	geoHashAlphabet = "0123456789bcdefghjkmnpqrstuvwxyz"
	parcelLength    = 12
)

// CheckParcelCode checks the form of a parcel code.
func CheckParcelCode(s string) error {
	if len(s) != parcelLength {
		return fail(CodeParcel, s)
	}
	for i := 0; i < len(s); i++ {
		if strings.IndexByte(geoHashAlphabet, s[i]) < 0 {
			return fail(CodeParcel, s)
		}
	}
	return nil
}

// ParcelCode makes the code of a parcel from a point inside it, in degrees of
// WGS 84.
func ParcelCode(lat, lon float64) string { return GeoHash(lat, lon, parcelLength) }

// GeoHash gives the GeoHash of a point in degrees, with so many characters.
func GeoHash(lat, lon float64, length int) string {
	south, north, west, east := -90.0, 90.0, -180.0, 180.0
	hash := make([]byte, length)
	bit := 0
	for i := range hash {
		v := 0
		for range 5 {
			v <<= 1
			if bit%2 == 0 {
				v |= halve(&west, &east, lon)
			} else {
				v |= halve(&south, &north, lat)
			}
			bit++
		}
		hash[i] = geoHashAlphabet[v]
	}
	return string(hash)
}

// halve keeps the half of the range in which v lies, and gives 1 for the upper.
func halve(low, high *float64, v float64) int {
	middle := (*low + *high) / 2
	if v >= middle {
		*low = middle
		return 1
	}
	*high = middle
	return 0
}

// ParcelPoint gives the middle of the cell that a parcel code names.
func ParcelPoint(code string) (lat, lon float64, err error) {
	if err := CheckParcelCode(code); err != nil {
		return 0, 0, err
	}
	south, north, west, east := -90.0, 90.0, -180.0, 180.0
	bit := 0
	for i := range len(code) {
		v := strings.IndexByte(geoHashAlphabet, code[i])
		for shift := 4; shift >= 0; shift-- {
			low, high := &south, &north
			if bit%2 == 0 {
				low, high = &west, &east
			}
			if middle := (*low + *high) / 2; v>>shift&1 == 1 {
				*low = middle
			} else {
				*high = middle
			}
			bit++
		}
	}
	return (south + north) / 2, (west + east) / 2, nil
}
