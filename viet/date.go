package viet

import (
	"strconv"
	"time"
)

// A Date is a day of the Gregorian calendar between 0001-01-01 and 9999-12-31,
// counted from 1970-01-01 as day 0. It is what DuckDB and Arrow store.
type Date int32

const (
	firstDate Date = -719162 // 0001-01-01
	lastDate  Date = 2932896 // 9999-12-31
)

// NewDate makes a Date, or says why there is no such day.
func NewDate(year, month, day int) (Date, error) {
	var buf [16]byte
	text := strconv.AppendInt(buf[:0], int64(day), 10)
	text = strconv.AppendInt(append(text, '/'), int64(month), 10)
	text = strconv.AppendInt(append(text, '/'), int64(year), 10)
	return newDate(text, year, month, day)
}

// newDate is NewDate for a text that said so.
func newDate(text []byte, year, month, day int) (Date, error) {
	switch {
	case year < 1 || year > 9999:
		return 0, fail(CodeDateYear, text)
	case month < 1 || month > 12:
		return 0, fail(CodeDateMonth, text, month)
	case day < 1 || day > 31:
		return 0, fail(CodeDateDayNumber, text, day)
	case day > daysIn(year, month):
		return 0, fail(CodeDateDay, text, displayDate(year, month, day), month, year, daysIn(year, month))
	}
	return dateOf(year, month, day), nil
}

// DateOf gives the day of t in t's own zone. t must be within the years 1 to 9999.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return dateOf(y, int(m), d)
}

// dateOf counts the days with years that begin in March, so that the leap day
// comes last (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
func dateOf(year, month, day int) Date {
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400 // year is not negative here
	yoe := year - era*400
	doy := (153*(month-3)+2)/5 + day - 1
	return Date(era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468)
}

// YMD gives the year, month and day.
func (d Date) YMD() (year, month, day int) {
	z := int(d) + 719468
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	year, month, day = yoe+era*400, mp+3, doy-(153*mp+2)/5+1
	if month > 12 {
		year, month = year+1, month-12
	}
	return year, month, day
}

// Valid tells whether d is within the years 1 to 9999.
func (d Date) Valid() bool { return d >= firstDate && d <= lastDate }

// Weekday gives the day of the week.
func (d Date) Weekday() time.Weekday {
	return time.Weekday(((int(d)+4)%7 + 7) % 7)
}

// Time gives midnight of d in Viet Nam.
func (d Date) Time() time.Time {
	y, m, day := d.YMD()
	return time.Date(y, time.Month(m), day, 0, 0, 0, 0, Zone)
}

// String gives the canonical text, 2006-01-02.
func (d Date) String() string {
	var buf [16]byte
	return string(AppendDate(buf[:0], d))
}

// Display gives the text for people, 02/01/2006.
func (d Date) Display() string { return displayDate(d.YMD()) }

func displayDate(year, month, day int) string {
	var buf [16]byte
	b := append(appendInt(buf[:0], day, 2), '/')
	b = append(appendInt(b, month, 2), '/')
	return string(appendInt(b, year, 4))
}

// MarshalText gives the canonical text.
func (d Date) MarshalText() ([]byte, error) { return AppendDate(nil, d), nil }

// UnmarshalText reads what ParseDate reads.
func (d *Date) UnmarshalText(b []byte) error {
	v, _, err := ParseDate(b)
	if err == nil {
		*d = v
	}
	return err
}

// AppendDate appends the canonical text of d, 2006-01-02.
func AppendDate(dst []byte, d Date) []byte {
	y, m, day := d.YMD()
	dst = append(appendInt(dst, y, 4), '-')
	dst = append(appendInt(dst, m, 2), '-')
	return appendInt(dst, day, 2)
}

// appendInt appends a number that is not negative with at least width digits.
func appendInt(dst []byte, v, width int) []byte {
	var buf [20]byte
	i := len(buf)
	for v > 0 || width > 0 {
		i--
		buf[i] = byte('0' + v%10)
		v /= 10
		width--
	}
	return append(dst, buf[i:]...)
}

var monthDays = [13]int8{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

func daysIn(year, month int) int {
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 29
	}
	return int(monthDays[month])
}

// ParseDate reads a day. Canonical is 2006-01-02; also accepted, with std true:
// 2/1/2006 and 02/01/2006 (always the day first), with "-" or "." instead of
// "/"; 2006/01/02; "ngày 2 tháng 9 năm 1945"; and each of the forms in figures
// followed by midnight ("2006-01-02T00:00:00+07:00", "2/1/2006 0:00:00"), as
// spreadsheets and databases write days. Years have four digits.
func ParseDate(b []byte) (d Date, std bool, err error) {
	if y, m, day, ok := isoDate(b); ok {
		d, err = newDate(b, y, m, day)
		return d, false, err
	}
	if len(b) == 0 {
		return 0, false, fail(CodeEmpty, b)
	}
	if len(b) > longestDate {
		return 0, false, fail(CodeDateSyntax, b)
	}
	p, n, err := figures(b)
	if err != nil {
		return 0, false, err
	}
	if n == 0 {
		if p, err = words(b); err != nil {
			return 0, false, err
		}
		n = len(b)
	}
	if n < len(b) && !midnight(b[n:]) {
		if clockFollows(b[n:]) {
			return 0, false, fail(CodeDateHasTime, b)
		}
		return 0, false, fail(CodeDateSyntax, b)
	}
	if p.Day == 0 || p.Month == 0 {
		return 0, false, fail(CodeDatePartial, b)
	}
	d, err = newDate(b, p.Year, p.Month, p.Day)
	return d, err == nil, err
}

const longestDate = 64 // bytes; the longest, in words with marks apart, stays below

// isoDate reads the figures of 2006-01-02.
func isoDate(b []byte) (year, month, day int, ok bool) {
	if len(b) != 10 || b[4] != '-' || b[7] != '-' {
		return 0, 0, 0, false
	}
	year, ok1 := figure(b[:4])
	month, ok2 := figure(b[5:7])
	day, ok3 := figure(b[8:])
	return year, month, day, ok1 && ok2 && ok3
}

// figure reads a short number of nothing but digits.
func figure(b []byte) (int, bool) {
	v := 0
	for _, c := range b {
		c -= '0'
		if c > 9 {
			return 0, false
		}
		v = v*10 + int(c)
	}
	return v, len(b) > 0
}

// parts are the numbers of a date as written; 0 is one that is not given.
type parts struct{ Year, Month, Day int }

// figures reads a date of three numbers with the same mark between them, at the
// beginning of b, and how many bytes that took. n is 0 if b is not of that
// form.
func figures(b []byte) (p parts, n int, err error) {
	f, ok := scanFigures(b)
	if !ok {
		if f.size[0] > 0 && f.size[1] == 0 {
			err = serial(b, f.size[0])
		}
		return p, 0, err
	}
	v, size := f.v, f.size
	n = f.n
	switch {
	case size[0] == 4 && size[1] <= 2 && size[2] <= 2:
		return parts{v[0], v[1], v[2]}, n, nil
	case size[2] == 4 && size[0] <= 2 && size[1] <= 2:
		return parts{v[2], v[1], v[0]}, n, nil
	case size[0] <= 2 && size[1] <= 2 && size[2] <= 2:
		return p, 0, fail(CodeDateTwoDigits, b)
	}
	return p, 0, fail(CodeDateSyntax, b)
}

func dateMark(c byte) bool { return c == '/' || c == '-' || c == '.' }

// serial recognises the day count of a spreadsheet, 45292, which may be counted
// from 1900 or from 1904 and so is refused.
func serial(b []byte, digits int) error {
	if digits == 5 && len(b) == 5 {
		return fail(CodeDateSerial, b)
	}
	return nil
}

// words reads "ngày 2 tháng 9 năm 1945", with or without the marks, "ngày" and
// "năm". What is not given is 0: "tháng 9 năm 1945" has no day.
func words(b []byte) (p parts, err error) {
	var state, want byte // state: the last part read, 'd', 'm' or 'y'; want: the part just named
	text := Fold(string(b))
	for len(text) > 0 {
		word := text
		text = ""
		for i := 0; i < len(word); i++ {
			if word[i] == ' ' || word[i] == ',' {
				word, text = word[:i], word[i+1:]
				break
			}
		}
		switch word {
		case "":
			continue
		case "ngay", "thang", "nam":
			if want != 0 {
				return p, fail(CodeDateSyntax, b)
			}
			want = map[string]byte{"ngay": 'd', "thang": 'm', "nam": 'y'}[word]
			continue
		}
		v, err := strconv.ParseUint(word, 10, 16)
		if err != nil {
			return p, fail(CodeDateSyntax, b)
		}
		if want == 0 {
			want = map[byte]byte{0: 'd', 'm': 'y'}[state]
		}
		ok := false
		switch want {
		case 'd':
			ok, p.Day = state == 0 && len(word) <= 2 && v > 0, int(v)
		case 'm':
			ok, p.Month = (state == 0 || state == 'd') && len(word) <= 2 && v > 0, int(v)
		case 'y':
			ok, p.Year = state == 'm' || state == 0, int(v)
			if len(word) == 2 {
				return p, fail(CodeDateTwoDigits, b)
			}
			ok = ok && len(word) == 4
		}
		if !ok {
			return p, fail(CodeDateSyntax, b)
		}
		state, want = want, 0
	}
	if state != 'y' || want != 0 {
		return p, fail(CodeDateSyntax, b)
	}
	return p, nil
}

// midnight tells whether b, which follows a date, says 00:00 and nothing more:
// " 0:00", "T00:00:00.000Z", "T00:00:00+07:00".
func midnight(b []byte) bool {
	c, _, err := clock(b)
	return err == nil && c.micros == 0
}

// clockFollows tells whether b looks like a time of day.
func clockFollows(b []byte) bool {
	return len(b) > 1 && (b[0] == ' ' || b[0]|0x20 == 't') && b[1] >= '0' && b[1] <= '9'
}
