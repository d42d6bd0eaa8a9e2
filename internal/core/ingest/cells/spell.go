package cells

import (
	"bytes"
	"math"
	"strconv"
	"time"
)

// AppendNumber spells a number so that it can be read in one way only: with a
// point, without groups, and not with three decimals where 1.234 may be a
// thousand.
func AppendNumber(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return append(dst, "#NUM!"...)
	case f == math.Trunc(f) && math.Abs(f) <= 1<<53:
		return strconv.AppendInt(dst, int64(f), 10)
	}
	n := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if len(dst)-n > 40 {
		return strconv.AppendFloat(dst[:n], f, 'E', -1, 64)
	}
	whole := dst[n:]
	if whole[0] == '-' {
		whole = whole[1:]
	}
	if point := bytes.IndexByte(whole, '.'); point > 0 && point <= 3 && len(whole)-point == 4 && whole[0] != '0' {
		dst = append(dst, '0')
	}
	return dst
}

const (
	lastSerial  = 2958466   // 1 January 10000
	leap1900    = 60        // 29 February 1900, which Lotus 1-2-3 invented and Excel kept
	maxDuration = 1_000_000 // days
)

// AppendValue spells a number of a cell by the cell's format: as a day, a
// moment, a time of day, a duration, a code with its leading zeros, a number.
// The format decides what is said, as on the sheet: of a moment in a cell of
// days, the day. Serial numbers count days from 31/12/1899, or 01/01/1904; one
// that is no day stays a number.
func AppendValue(dst []byte, f float64, format Format, from1904 bool) []byte {
	switch format.Kind {
	case Padded:
		if f >= 0 && f == math.Trunc(f) && f <= 1<<53 {
			return appendPadded(dst, int64(f), format.Digits)
		}
	case Duration:
		if f >= 0 && f <= maxDuration {
			return AppendDuration(dst, int64(math.Round(f*86400)))
		}
	case Clock:
		if f >= 0 && f < lastSerial {
			return AppendDuration(dst, int64(math.Round(f*86400))%86400)
		}
	case Day, Moment:
		if f < 0 || f >= lastSerial {
			break
		}
		day := int64(f)
		rest := int64(math.Round((f - float64(day)) * 86400))
		if rest == 86400 {
			day, rest = day+1, 0
		}
		switch {
		case from1904:
			day += 1462
		case day == 0 || day == leap1900:
			return AppendNumber(dst, f)
		case day < leap1900:
			day++
		}
		dst = date(dst, day)
		if format.Kind == Moment {
			dst = AppendDuration(append(dst, ' '), rest)
		}
		return dst
	}
	return AppendNumber(dst, f)
}

func date(dst []byte, day int64) []byte {
	return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(day)).AppendFormat(dst, time.DateOnly)
}

// AppendDuration spells seconds as 15:04:05; hours may pass 24.
func AppendDuration(dst []byte, seconds int64) []byte {
	dst = appendPadded(dst, seconds/3600, 2)
	dst = append(dst, ':')
	dst = appendPadded(dst, seconds/60%60, 2)
	dst = append(dst, ':')
	return appendPadded(dst, seconds%60, 2)
}

func appendPadded(dst []byte, n int64, digits int) []byte {
	from := len(dst)
	dst = strconv.AppendInt(dst, n, 10)
	if missing := digits - (len(dst) - from); missing > 0 {
		for range missing {
			dst = append(dst, '0')
		}
		copy(dst[from+missing:], dst[from:len(dst)-missing])
		for i := range missing {
			dst[from+i] = '0'
		}
	}
	return dst
}
