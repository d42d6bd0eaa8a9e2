package viet

import "time"

// Zone is the time of Viet Nam, UTC+7 all year. It is fixed here so that no
// time zone database is needed.
var Zone = time.FixedZone("+07", 7*60*60)

const (
	second   = int64(1e6) // micros
	minute   = 60 * second
	hour     = 60 * minute
	day      = 24 * hour
	vietNam  = 7 * hour                    // what to take off to come to UTC
	firstUTC = int64(firstDate) * day      // 0001-01-01T00:00:00Z
	lastUTC  = (int64(lastDate)+1)*day - 1 // 9999-12-31T23:59:59.999999Z
)

// ParseTime reads a moment, in microseconds since 1970-01-01T00:00:00Z.
// Canonical is RFC 3339 with a zone ("2006-01-02T15:04:05+07:00"). Also
// accepted, with std true: a space instead of "T", no zone (then it is the
// time of Viet Nam), no seconds, days written 2/1/2006, and hours of the half
// day followed by SA or CH (sáng, chiều) or AM or PM. Digits below the microsecond are cut off,
// with std true. A day without an hour is refused: a moment is not made up.
func ParseTime(b []byte) (micros int64, std bool, err error) {
	if len(b) == 0 {
		return 0, false, fail(CodeEmpty, b)
	}
	if len(b) > longestDate {
		return 0, false, fail(CodeTimeSyntax, b)
	}
	var d Date
	n := 10
	if y, m, dd, ok := isoDate(b[:min(n, len(b))]); ok {
		d, err = newDate(b, y, m, dd)
	} else {
		std = true
		var p parts
		if p, n, err = figures(b); err == nil && n > 0 {
			d, err = newDate(b, p.Year, p.Month, p.Day)
		}
	}
	switch {
	case err != nil:
		return 0, false, err
	case n == 0:
		return 0, false, fail(CodeTimeSyntax, b)
	case n == len(b):
		return 0, false, fail(CodeTimeMissing, b)
	}
	c, plain, err := clock(b[n:])
	if err != nil {
		return 0, false, fail(Code(err), b)
	}
	micros = int64(d)*day + c.micros - c.offset
	// Both the UTC text and the text at +07:00 must have years of four digits.
	if micros < firstUTC || micros > lastUTC-vietNam {
		return 0, false, fail(CodeDateYear, b)
	}
	return micros, std || !plain, nil
}

// A clockTime is the part of a moment after the day.
type clockTime struct {
	micros int64 // since midnight
	offset int64 // of the zone, in micros
}

// Errors without a value, for ParseTime to add one.
var (
	errTimeSyntax = &Error{Code: CodeTimeSyntax}
	errTimeLeap   = &Error{Code: CodeTimeLeapSecond}
	errTime24     = &Error{Code: CodeTime24}
	errTimeRange  = &Error{Code: CodeTimeRange}
	errTimeZone   = &Error{Code: CodeTimeZone}
)

// clock reads what follows the day, "T15:04:05.999+07:00" or " 3:04 CH", to the
// end of b. plain tells whether it was as RFC 3339 wants it.
func clock(b []byte) (c clockTime, plain bool, err error) {
	if len(b) < 5 || b[0] != 'T' && b[0] != 't' && b[0] != ' ' {
		return c, false, errTimeSyntax
	}
	plain = b[0] == 'T'
	h, b, w := upToTwo(b[1:])
	if w == 0 || len(b) == 0 || b[0] != ':' {
		return c, false, errTimeSyntax
	}
	plain = plain && w == 2
	m, b, w := upToTwo(b[1:])
	if w != 2 {
		return c, false, errTimeSyntax
	}
	s := 0
	if len(b) > 0 && b[0] == ':' {
		if s, b, w = upToTwo(b[1:]); w != 2 {
			return c, false, errTimeSyntax
		}
	} else {
		plain = false
	}
	var frac int64
	if len(b) > 0 && b[0] == '.' {
		var cut, ok bool
		if frac, b, cut, ok = fraction(b[1:]); !ok {
			return c, false, errTimeSyntax
		}
		plain = plain && !cut
	}
	if h, b, err = halfDay(h, b); err != nil {
		return c, false, err
	}
	switch {
	case h == 24:
		return c, false, errTime24
	case s == 60 && m == 59:
		return c, false, errTimeLeap
	case h > 24 || m > 59 || s > 59:
		return c, false, errTimeRange
	}
	c.micros = int64(h)*hour + int64(m)*minute + int64(s)*second + frac
	var zoned bool
	c.offset, zoned, err = zone(b)
	return c, plain && zoned, err
}

// upToTwo reads one or two digits.
func upToTwo(b []byte) (v int, rest []byte, width int) {
	for width < 2 && width < len(b) && b[width] >= '0' && b[width] <= '9' {
		v = v*10 + int(b[width]-'0')
		width++
	}
	return v, b[width:], width
}

// fraction reads the digits behind the seconds; cut tells whether there were
// more than six.
func fraction(b []byte) (micros int64, rest []byte, cut, ok bool) {
	unit, i := second, 0
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		unit /= 10
		micros += int64(b[i]-'0') * unit
	}
	return micros, b[i:], i > 6, i > 0 && i <= 9
}

// halfDay turns the hour of "3:04 CH" into 15 and cuts the mark off.
func halfDay(h int, b []byte) (int, []byte, error) {
	t := b
	if len(t) == 3 && t[0] == ' ' {
		t = t[1:]
	}
	if len(t) != 2 {
		return h, b, nil
	}
	afternoon := false
	switch string([]byte{t[0] &^ 0x20, t[1] &^ 0x20}) {
	case "CH", "PM":
		afternoon = true
	case "SA", "AM":
	default:
		return h, b, nil
	}
	if h < 1 || h > 12 {
		return h, b, errTimeRange
	}
	if h %= 12; afternoon {
		h += 12
	}
	return h, nil, nil
}

// zone reads the zone at the end of a moment; none is the time of Viet Nam.
// plain tells whether it was as RFC 3339 wants it.
func zone(b []byte) (offset int64, plain bool, err error) {
	switch {
	case len(b) == 0:
		return vietNam, false, nil
	case len(b) == 1 && b[0] == 'Z':
		return 0, true, nil
	case len(b) == 1 && b[0] == 'z':
		return 0, false, nil
	case len(b) < 3 || b[0] != '+' && b[0] != '-':
		return 0, false, errTimeZone
	}
	h, rest, w := upToTwo(b[1:])
	m := 0
	if w != 2 {
		return 0, false, errTimeZone
	}
	if len(rest) > 0 {
		if plain = rest[0] == ':'; plain {
			rest = rest[1:]
		}
		if m, rest, w = upToTwo(rest); w != 2 || len(rest) > 0 {
			return 0, false, errTimeZone
		}
	}
	if h > 23 || m > 59 {
		return 0, false, errTimeZone
	}
	offset = int64(h)*hour + int64(m)*minute
	if b[0] == '-' {
		return -offset, plain && offset != 0, nil // -00:00 is "zone not known"
	}
	return offset, plain, nil
}

// AppendTime appends the canonical text of a moment, at +07:00:
// 2006-01-02T15:04:05+07:00, with six decimals if it is not a whole second.
func AppendTime(dst []byte, micros int64) []byte {
	local := micros + vietNam
	dst = appendMoment(dst, local)
	if f := mod(local, second); f != 0 {
		dst = appendInt(append(dst, '.'), int(f), 6)
	}
	return append(dst, "+07:00"...)
}

// AppendTimeUTC appends a moment as UTC text of fixed width, which sorts by
// bytes: 2006-01-02T15:04:05.000000Z.
func AppendTimeUTC(dst []byte, micros int64) []byte {
	dst = append(appendMoment(dst, micros), '.')
	return append(appendInt(dst, int(mod(micros, second)), 6), 'Z')
}

// appendMoment appends the day and the time of day in whole seconds.
func appendMoment(dst []byte, micros int64) []byte {
	t := mod(micros, day)
	dst = append(AppendDate(dst, Date((micros-t)/day)), 'T')
	dst = append(appendInt(dst, int(t/hour), 2), ':')
	dst = append(appendInt(dst, int(t%hour/minute), 2), ':')
	return appendInt(dst, int(t%minute/second), 2)
}

// mod is the remainder that is never negative.
func mod(v, by int64) int64 {
	if v %= by; v < 0 {
		v += by
	}
	return v
}
