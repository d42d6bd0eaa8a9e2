package viet

import (
	"math"
	"strconv"
)

// Spreadsheets count days. Excel's count of 1900 gives 1 to 1900-01-01 and has a
// day 60, 29/02/1900, that never was (taken over from Lotus 1-2-3; ECMA-376
// part 1, 18.17.4.1); the count of 1904 gives 0 to 1904-01-01. Neither knows
// dates before its first.

const (
	serialBase1900 = Date(-25569) // 1899-12-30, from day 61 on
	serialBase1904 = Date(-24107) // 1904-01-01
	falseLeapDay   = 60
)

// FromSerial gives the day that a spreadsheet counts as n. It refuses days
// before the count begins, the false day, days after 9999, and a count with a
// time of day, for which there is TimeFromSerial.
func FromSerial(n float64, epoch1904 bool) (Date, error) {
	whole := math.Floor(n)
	if whole != n {
		if math.IsNaN(n) {
			return 0, failSerial(n)
		}
		return 0, fail(CodeDateHasTime, strconv.FormatFloat(n, 'f', -1, 64))
	}
	return fromSerial(whole, epoch1904)
}

// TimeFromSerial gives the moment that a spreadsheet counts as n, on the clocks
// of Viet Nam, in microseconds since 1970-01-01T00:00:00Z, rounded to
// milliseconds, which is as exact as spreadsheets count.
func TimeFromSerial(n float64, epoch1904 bool) (micros int64, err error) {
	whole := math.Floor(n)
	d, err := fromSerial(whole, epoch1904)
	if err != nil {
		return 0, err
	}
	millis := int64(math.Round((n - whole) * 86400e3))
	return int64(d)*day + millis*1000 - vietNam, nil
}

func fromSerial(whole float64, epoch1904 bool) (Date, error) {
	base, first := serialBase1900, 1.0
	if epoch1904 {
		base, first = serialBase1904, 0
	}
	switch {
	case !(whole >= first && whole <= float64(lastDate-base)):
		return 0, failSerial(whole)
	case epoch1904:
	case whole == falseLeapDay:
		return 0, fail(CodeDateSerialFalse, "60")
	case whole < falseLeapDay:
		base++
	}
	return base + Date(whole), nil
}

func failSerial(n float64) *Error {
	return fail(CodeDateSerialRange, strconv.FormatFloat(n, 'g', -1, 64))
}

// ParseDateOrder is ParseDate for a column whose order is known, from
// DateEvidence or from a person. The canonical form, the year first, and dates
// in words are read in each order.
func ParseDateOrder(b []byte, order DateOrder) (d Date, std bool, err error) {
	switch order {
	case DayFirst:
		return ParseDate(b)
	case Serial, Serial1904:
		if n, ok := serialNumber(b); ok {
			d, err = FromSerial(n, order == Serial1904)
			return d, err == nil, err
		}
		return ParseDate(b)
	}
	f, ok := scanFigures(b)
	if !ok || f.size[0] > 2 || f.size[1] > 2 || f.size[2] > 4 {
		return ParseDate(b)
	}
	dd, mm, yy := f.v[0], f.v[1], f.v[2]
	if order&^ShortYears == MonthFirst {
		dd, mm = mm, dd
	}
	switch {
	case f.size[2] == 2 && order&ShortYears != 0:
		yy = shortYear(yy)
	case f.size[2] == 2:
		return 0, false, fail(CodeDateTwoDigits, b)
	case f.size[2] != 4:
		return 0, false, fail(CodeDateSyntax, b)
	}
	if f.n < len(b) && !midnight(b[f.n:]) {
		if clockFollows(b[f.n:]) {
			return 0, false, fail(CodeDateHasTime, b)
		}
		return 0, false, fail(CodeDateSyntax, b)
	}
	if dd == 0 || mm == 0 {
		return 0, false, fail(CodeDatePartial, b)
	}
	d, err = newDate(b, yy, mm, dd)
	return d, err == nil, err
}

// shortYear gives the century that spreadsheets give to a year of two digits.
func shortYear(y int) int {
	if y < 30 {
		return 2000 + y
	}
	return 1900 + y
}

// serialNumber reads a day count of up to 7 digits, with zeros or a time of day
// behind the point.
func serialNumber(b []byte) (float64, bool) {
	n, places, point := 0.0, 0.0, false
	if len(b) == 0 || len(b) > 24 || b[0] == '.' {
		return 0, false
	}
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
			n = n*10 + float64(c-'0')
			if point {
				places++
			} else if i >= 7 {
				return 0, false
			}
		case c == '.' && !point:
			point = true
		default:
			return 0, false
		}
	}
	return n / math.Pow(10, places), true
}

// threeFigures are three numbers with the same mark between them, and how many
// bytes they take.
type threeFigures struct {
	v, size [3]int
	n       int
}

// scanFigures reads three numbers of at most five digits at the beginning of b.
func scanFigures(b []byte) (f threeFigures, ok bool) {
	mark := byte(0)
	for i := range f.v {
		start := f.n
		for f.n < len(b) && b[f.n] >= '0' && b[f.n] <= '9' && f.n-start < 5 {
			f.v[i] = f.v[i]*10 + int(b[f.n]-'0')
			f.n++
		}
		if f.size[i] = f.n - start; f.size[i] == 0 {
			return f, false
		}
		if i == 2 {
			break
		}
		if f.n >= len(b) || !dateMark(b[f.n]) || i == 1 && b[f.n] != mark {
			return f, false
		}
		mark = b[f.n]
		f.n++
	}
	return f, true
}
