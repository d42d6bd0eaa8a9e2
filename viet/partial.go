package viet

// A PartialDate is a date of which the day, or the day and the month, may not
// be known, as the law allows for dates of birth. What is not known is 0; the
// package never fills in 01/01.
type PartialDate struct {
	Year  int // 1 to 9999
	Month int // 1 to 12, or 0
	Day   int // 1 to 31, or 0; 0 if Month is
}

// A Precision says how much of a date is known.
type Precision string

// The precisions of a PartialDate.
const (
	PrecisionYear  Precision = "year"
	PrecisionMonth Precision = "month"
	PrecisionDay   Precision = "day"
)

// Precision says how much of p is known.
func (p PartialDate) Precision() Precision {
	switch {
	case p.Month == 0:
		return PrecisionYear
	case p.Day == 0:
		return PrecisionMonth
	}
	return PrecisionDay
}

// Date gives the day, if it is known.
func (p PartialDate) Date() (Date, bool) {
	if p.Precision() != PrecisionDay {
		return 0, false
	}
	d, err := NewDate(p.Year, p.Month, p.Day)
	return d, err == nil
}

// Span gives the first and the last day that p can be.
func (p PartialDate) Span() (first, last Date) {
	switch p.Precision() {
	case PrecisionYear:
		return dateOf(p.Year, 1, 1), dateOf(p.Year, 12, 31)
	case PrecisionMonth:
		return dateOf(p.Year, p.Month, 1), dateOf(p.Year, p.Month, daysIn(p.Year, p.Month))
	}
	d := dateOf(p.Year, p.Month, p.Day)
	return d, d
}

// String gives the canonical text: 2000, 2000-03 or 2000-03-09.
func (p PartialDate) String() string {
	var buf [16]byte
	return string(AppendPartialDate(buf[:0], p))
}

// Display gives the text for people: 2000, 03/2000 or 09/03/2000.
func (p PartialDate) Display() string {
	var buf [16]byte
	b := buf[:0]
	if p.Day > 0 {
		b = append(appendInt(b, p.Day, 2), '/')
	}
	if p.Month > 0 {
		b = append(appendInt(b, p.Month, 2), '/')
	}
	return string(appendInt(b, p.Year, 4))
}

// AppendPartialDate appends the canonical text of p.
func AppendPartialDate(dst []byte, p PartialDate) []byte {
	dst = appendInt(dst, p.Year, 4)
	if p.Month > 0 {
		dst = appendInt(append(dst, '-'), p.Month, 2)
	}
	if p.Day > 0 {
		dst = appendInt(append(dst, '-'), p.Day, 2)
	}
	return dst
}

// ParsePartialDate reads a date, or a month, or a year. Canonical is yyyy,
// yyyy-mm or yyyy-mm-dd; also accepted, with std true: what ParseDate accepts,
// 03/2000, 3-2000, 2000/03, "tháng 3 năm 2000", "năm 2000", and zeros for what
// is not known: 00/03/2000, 00/00/2000.
func ParsePartialDate(b []byte) (p PartialDate, std bool, err error) {
	if len(b) == 0 {
		return p, false, fail(CodeEmpty, b)
	}
	if y, m, d, ok := isoDate(b); ok && d > 0 {
		if _, err := newDate(b, y, m, d); err != nil {
			return p, false, err
		}
		return PartialDate{y, m, d}, false, nil
	}
	if p, std, ok := yearOrMonth(b); ok {
		return checked(p, std, b)
	}
	if q, n, err := figures(b); err == nil && n > 0 && q.Day == 0 {
		if n < len(b) && !midnight(b[n:]) {
			return p, false, fail(CodeDateSyntax, b)
		}
		if q.Month == 0 {
			return checked(parts{Year: q.Year}, true, b)
		}
		return checked(q, true, b)
	}
	d, std, err := ParseDate(b)
	if err == nil {
		p.Year, p.Month, p.Day = d.YMD()
		return p, std, nil
	}
	if Code(err) != CodeDatePartial {
		return p, false, err
	}
	q, err := words(b)
	if err != nil || q.Month == 0 && q.Day != 0 {
		return p, false, fail(CodeDateSyntax, b)
	}
	return checked(q, true, b)
}

// checked turns the parts of a year or month into a PartialDate.
func checked(q parts, std bool, b []byte) (PartialDate, bool, error) {
	switch {
	case q.Year < 1:
		return PartialDate{}, false, fail(CodeDateYear, b)
	case q.Month > 12:
		return PartialDate{}, false, fail(CodeDateMonth, b, q.Month)
	}
	return PartialDate(q), std, nil
}

// yearOrMonth reads 2000, 2000-03, 2000/3, 03/2000, 3-2000 and 3.2000.
func yearOrMonth(b []byte) (p parts, std, ok bool) {
	mark := -1
	for i, c := range b {
		if dateMark(c) {
			if mark >= 0 {
				return p, false, false
			}
			mark = i
		}
	}
	if mark < 0 {
		p.Year, ok = figure(b)
		return p, false, ok && len(b) == 4
	}
	left, ok1 := figure(b[:mark])
	right, ok2 := figure(b[mark+1:])
	if !ok1 || !ok2 || len(b) > 7 {
		return p, false, false
	}
	switch l, r := mark, len(b)-mark-1; {
	case l == 4 && r <= 2 && right > 0:
		return parts{Year: left, Month: right}, b[mark] != '-' || r != 2, true
	case r == 4 && l <= 2 && left > 0:
		return parts{Year: right, Month: left}, true, true
	case l == 4 && r <= 2:
		return parts{Year: left}, true, true // 2000-00
	case r == 4 && l <= 2:
		return parts{Year: right}, true, true // 00/2000
	}
	return p, false, false
}

// MarshalText gives the canonical text.
func (p PartialDate) MarshalText() ([]byte, error) { return AppendPartialDate(nil, p), nil }

// UnmarshalText reads what ParsePartialDate reads.
func (p *PartialDate) UnmarshalText(b []byte) error {
	v, _, err := ParsePartialDate(b)
	if err == nil {
		*p = v
	}
	return err
}
