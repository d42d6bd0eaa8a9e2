package xlsx

import (
	"bytes"
	"math"
	"strconv"

	"github.com/phohien/phohien/internal/core/ingest/cells"
)

// canonical spells the number of a cell as ingest.Grid promises. It returns v,
// a piece of v or a piece of the grown scratch; what is no number stays as it
// is.
func canonical(v []byte, scratch *[]byte) []byte {
	whole, decimals := shape(v)
	switch {
	case whole > 0 && decimals == 0: // an integer, however long
		if v[0] == '-' && len(bytes.Trim(v[1:], "0")) == 0 {
			return v[1:2]
		}
		return v
	case whole > 0 && decimals > 0 && whole+decimals <= 15 && (whole == 1 || v[len(v)-decimals-1-whole] != '0'):
		return trimDecimals(v, whole, scratch) // so few digits are the shortest already
	case !numeric(v):
		return v
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil || math.IsInf(f, 0) {
		return v
	}
	if f == 0 {
		f = 0 // not -0
	}
	from := len(*scratch)
	*scratch = strconv.AppendFloat(*scratch, f, 'f', -1, 64)
	if len(*scratch)-from > 40 {
		*scratch = strconv.AppendFloat((*scratch)[:from], f, 'E', -1, 64)
		return (*scratch)[from:]
	}
	out := (*scratch)[from:]
	if whole, decimals = shape(out); decimals > 0 {
		return trimDecimals(out, whole, scratch)
	}
	return out
}

// shape counts the digits before and behind the point of -123.45; 0, 0 for any
// other form.
func shape(v []byte) (whole, decimals int) {
	i := 0
	if len(v) > 0 && v[0] == '-' {
		i = 1
	}
	from := i
	for i < len(v) && v[i]-'0' <= 9 {
		i++
	}
	whole = i - from
	if i == len(v) {
		return whole, 0
	}
	if v[i] != '.' {
		return 0, 0
	}
	for i++; i < len(v) && v[i]-'0' <= 9; i++ {
		decimals++
	}
	if i < len(v) || decimals == 0 {
		return 0, 0
	}
	return whole, decimals
}

// trimDecimals drops zeros at the end of -123.450, and keeps one behind 1.234,
// which would read as a thousand.
func trimDecimals(v []byte, whole int, scratch *[]byte) []byte {
	v = bytes.TrimRight(v, "0")
	point := bytes.IndexByte(v, '.')
	if point == len(v)-1 {
		v = v[:point]
		if string(v) == "-0" {
			v = v[1:]
		}
		return v
	}
	if len(v)-point-1 != 3 || whole > 3 || v[point-whole] == '0' {
		return v
	}
	from := len(*scratch)
	*scratch = append(append(*scratch, v...), '0')
	return (*scratch)[from:]
}

// numeric says whether v has nothing but the characters of a decimal number:
// "inf" and hexadecimal ones are text.
func numeric(v []byte) bool {
	for _, c := range v {
		if c-'0' > 9 && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return false
		}
	}
	return len(v) > 0
}

const (
	secondsOfDay = 86400
	lastSerial   = 2958466   // 1 January 10000
	lastDay      = 2932896   // 31 December 9999, in days from 1970
	epoch1900    = -25569    // 30 December 1899, in days from 1970
	epoch1904    = -24107    // 1 January 1904
	leap1900     = 60        // 29 February 1900, a day that never was
	maxElapsed   = 1_000_000 // days
)

// appendSerial appends what a serial number stands for; ok is false for numbers
// that are no day or time, which stay numbers. The format decides what is
// shown, as on the sheet: of a moment in a cell of days, the day.
func appendSerial(to, v []byte, k cells.Kind, date1904 bool) (out []byte, ok bool) {
	if !numeric(v) {
		return to, false
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil || f < 0 || f >= lastSerial {
		return to, false
	}
	days := int64(f)
	seconds := int64(math.Round((f - float64(days)) * secondsOfDay))
	if seconds == secondsOfDay {
		days, seconds = days+1, 0
	}
	switch k {
	case cells.Clock:
		return appendClock(to, seconds/3600, seconds), true
	case cells.Duration:
		if days > maxElapsed {
			return to, false
		}
		return appendClock(to, days*24+seconds/3600, seconds), true
	}
	switch {
	case date1904:
		days += epoch1904
	case days == 0 || days == leap1900:
		return to, false
	case days < leap1900:
		days += epoch1900 + 1
	default:
		days += epoch1900
	}
	if days > lastDay {
		return to, false
	}
	to = appendDay(to, days)
	if k == cells.Moment {
		to = appendClock(append(to, ' '), seconds/3600, seconds)
	}
	return to, true
}

// appendDay appends a day by its distance from 1970.
func appendDay(to []byte, days int64) []byte {
	z := days + 719468
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	month := mp + 3
	year := yoe + era*400
	if month > 12 {
		month, year = month-12, year+1
	}
	to = appendTwo(appendTwo(to, year/100), year%100)
	to = appendTwo(append(to, '-'), month)
	return appendTwo(append(to, '-'), doy-(153*mp+2)/5+1)
}

func appendClock(to []byte, hours, seconds int64) []byte {
	if hours < 10 {
		to = append(to, '0')
	}
	to = strconv.AppendInt(to, hours, 10)
	to = appendTwo(append(to, ':'), seconds/60%60)
	return appendTwo(append(to, ':'), seconds%60)
}

func appendTwo(to []byte, n int64) []byte { return append(to, byte('0'+n/10), byte('0'+n%10)) }

// isoMoment spells the date of a cell of type "d", 2026-11-22T08:30:00, as the
// others; ok is false for what is none.
func isoMoment(v []byte, k cells.Kind) (out []byte, ok bool) {
	v = bytes.TrimSuffix(v, []byte("Z"))
	if len(v) < 10 || v[4] != '-' || v[7] != '-' {
		return v, false
	}
	for _, i := range []int{0, 1, 2, 3, 5, 6, 8, 9} {
		if v[i]-'0' > 9 {
			return v, false
		}
	}
	date, rest := v[:10], v[10:]
	if len(rest) == 0 || k == cells.Day {
		return date, true
	}
	if i := bytes.IndexByte(rest, '.'); i >= 0 {
		rest = rest[:i]
	}
	if len(rest) != 9 || rest[3] != ':' || rest[6] != ':' {
		return v, false
	}
	if k == cells.Clock {
		return rest[1:], true
	}
	if k == cells.General && string(rest[1:]) == "00:00:00" {
		return date, true
	}
	return append(append(bytes.Clone(date), ' '), rest[1:]...), true
}

// appendPadded appends a code as its format shows it: the zeros in front belong
// to it. ok is false for what is no code.
func appendPadded(to, v []byte, digits int) (out []byte, ok bool) {
	whole, decimals := shape(v)
	if whole != len(v) || decimals > 0 || whole >= digits {
		return to, false
	}
	for range digits - whole {
		to = append(to, '0')
	}
	return append(to, v...), true
}
