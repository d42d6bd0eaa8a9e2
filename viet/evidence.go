package viet

// What one cell leaves open, its column may show: 1.234 is a whole number where
// another cell says 1.234.567, and 02/03/2024 is in March where another says
// 25/03/2024. The evidence of a column is gathered from its cells, and says when
// they contradict each other.

// An example is the first cell that proved something.
type example struct {
	text [31]byte
	n    uint8
}

func (e *example) keep(b []byte) {
	if e.n == 0 {
		e.n = uint8(copy(e.text[:], b))
	}
}

func (e *example) String() string { return clip(string(e.text[:e.n])) }

// NumberEvidence gathers how the numbers of one column are written. The zero
// value is ready.
type NumberEvidence struct {
	comma, point int     // cells that prove the decimal mark
	open         int     // cells that can be read either way: 1.234
	commaExample example // 1.234.567,5
	pointExample example // 1,234,567.5
}

// Observe looks at one trimmed cell. What is no number says nothing.
func (e *NumberEvidence) Observe(b []byte) {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		b = b[1:]
	}
	if len(b) < 3 || len(b) > maxNumber || b[0] < '0' || b[0] > '9' {
		return
	}
	marked := false
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
		case c == '.' || c == ',':
			marked = true
		case c == ' ' || c >= 0x80: // spaces between groups, some of them wide
		default:
			return
		}
	}
	if !marked {
		return
	}
	m, code := findMarks(b)
	if code != "" || m.dots+m.commas == 0 {
		return
	}
	switch mark, proved := m.decimalMark(b); {
	case !proved:
		e.open++
	case mark == ',':
		e.comma++
		e.commaExample.keep(b)
	case mark == '.':
		e.point++
		e.pointExample.keep(b)
	}
}

// decimalMark says which is the decimal mark of the style a number is in, and
// whether the number proves it. 0 and proved means that its marks are misplaced
// and show nothing.
func (m marks) decimalMark(b []byte) (mark byte, proved bool) {
	decimal, group := m.last, byte(0)
	switch {
	case m.dots > 0 && m.commas > 0:
		if m.spaces > 0 || m.count(m.last) != 1 {
			return 0, true
		}
		group = '.'
		if m.last == '.' {
			group = ','
		}
	case m.spaces > 0:
		if m.last == ' ' || m.dots+m.commas != 1 {
			return 0, true
		}
		group = ' '
	case m.dots+m.commas > 1:
		decimal, group = 0, m.last
	case m.after == 3 && m.first <= 3 && !m.leadingZero:
		return 0, false
	}
	if group != 0 && !m.grouped(b, decimal) {
		return 0, true
	}
	if decimal == 0 { // several of one mark group; the other is the decimal one
		return '.' + ',' - group, true
	}
	return decimal, true
}

// Decide says how the numbers are written: StyleVietnamese where cells prove the
// decimal comma, or points for thousands; StyleEnglish where they prove the
// opposite. Without any proof it is StyleAuto: surely so if no cell needs more,
// not so if there are cells like 1.234. Cells that contradict each other give
// StyleAuto and false.
func (e *NumberEvidence) Decide() (style Style, sure bool) {
	switch {
	case e.comma > 0 && e.point > 0:
		return StyleAuto, false
	case e.comma > 0:
		return StyleVietnamese, true
	case e.point > 0:
		return StyleEnglish, true
	}
	return StyleAuto, e.open == 0
}

// Proofs gives the first cell that proves each style, "" if there is none, and
// how many cells can be read either way.
func (e *NumberEvidence) Proofs() (vietnamese, english string, open int) {
	return e.commaExample.String(), e.pointExample.String(), e.open
}

// A DateOrder says how the dates of a column are written.
type DateOrder uint8

const (
	// DayFirst is 31/12/2026, the order of Viet Nam and of ParseDate.
	DayFirst DateOrder = iota
	// MonthFirst is 12/31/2026.
	MonthFirst
	// Serial is the day count of a spreadsheet, 46387, from 1900; dates that are
	// written out are read with the day first.
	Serial
	// Serial1904 is the day count of a workbook that counts from 1904, which the
	// workbook says and its cells do not.
	Serial1904

	// ShortYears may be added to DayFirst and MonthFirst: years may have two
	// digits, 00 to 29 for 2000 to 2029, 30 to 99 for 1930 to 1999, as
	// spreadsheets read them.
	ShortYears DateOrder = 1 << 4
)

// DateEvidence gathers in which order the dates of one column are written. The
// zero value is ready.
type DateEvidence struct {
	day, month   int // cells that prove the order: 25/12 and 12/25
	open         int // cells that do not: 02/03
	short        int // cells with a year of two digits
	serial       int // cells with a day count
	written      int // all cells with day, month and year in figures
	dayExample   example
	monthExample example
}

// Observe looks at one trimmed cell. What is no date says nothing.
func (e *DateEvidence) Observe(b []byte) {
	if len(b) < 5 || b[0] < '0' || b[0] > '9' {
		return
	}
	if looksSerial(b) {
		e.serial++
		return
	}
	f, ok := scanFigures(b)
	if !ok {
		return
	}
	e.written++
	if f.size[0] == 4 || f.size[0] > 2 || f.size[1] > 2 {
		return // the year first has one order
	}
	if f.size[2] <= 2 {
		e.short++
	}
	switch a, b2 := f.v[0], f.v[1]; {
	case a > 12 && a <= 31 && b2 >= 1 && b2 <= 12:
		e.day++
		e.dayExample.keep(b[:f.n])
	case b2 > 12 && b2 <= 31 && a >= 1 && a <= 12:
		e.month++
		e.monthExample.keep(b[:f.n])
	case a != b2:
		e.open++
	}
}

// looksSerial tells whether b is a day count of the years 1954 to 2064, 20000 to
// 60000, perhaps with a time of day behind a point.
func looksSerial(b []byte) bool {
	if len(b) < 5 || len(b) > 5 && b[5] != '.' && b[5] != ',' {
		return false
	}
	days, ok := figure(b[:5])
	if !ok || days < 20000 || days > 60000 {
		return false
	}
	if len(b) == 5 {
		return true
	}
	_, ok = figure(b[6:])
	return ok
}

// Decide says in which order the dates are written. Proof of both orders, or
// day counts among dates written out, gives DayFirst and false: spreadsheets
// make such columns when they take 02/03 for a date of their own order and leave
// 25/03 as text, so that day and month of the counted ones are exchanged. Years
// of two digits are never sure. DayFirst and false is also the answer where all
// dates could be read either way.
func (e *DateEvidence) Decide() (order DateOrder, sure bool) {
	switch {
	case e.serial > 0 && e.written == 0:
		return Serial, true
	case e.day > 0 && e.month > 0:
		return DayFirst, false
	}
	sure = e.short == 0 && e.serial == 0
	switch {
	case e.month > 0:
		order = MonthFirst
	case e.open > 0 && e.day == 0:
		sure = false
	}
	if e.short > 0 {
		order |= ShortYears
	}
	return order, sure
}

// Proofs gives the first cell that proves each order, "" if there is none, and
// how many cells can be read either way.
func (e *DateEvidence) Proofs() (day, month string, open int) {
	return e.dayExample.String(), e.monthExample.String(), e.open
}
