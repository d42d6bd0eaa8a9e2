package viet

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"
)

// A Style says which marks the numbers of a file use for thousands and for the
// decimal point.
type Style uint8

const (
	// StyleAuto accepts each number that can be read in only one way:
	// "1.234.567,5", "1,234,567.5", "1 234,5", "1,5". A single mark before
	// exactly three digits is ambiguous: "1,234" is refused, and "1.234" is
	// refused as a whole number. ParseDecimal and ParseFloat take the point in
	// "1.234" for a decimal point, since that is the canonical form, which must
	// always parse to itself.
	StyleAuto Style = iota
	// StyleVietnamese is 1.234.567,5 and nothing else: "1.234" is 1234, "1.5"
	// is refused.
	StyleVietnamese
	// StyleEnglish is 1,234,567.5 and nothing else: "1,234" is 1234, "1,5" is
	// refused.
	StyleEnglish
	// StylePlain has no mark for thousands; the decimal mark is the point.
	StylePlain
)

// The canonical text of a number is plain: an optional "-", digits without a
// leading zero, and if need be a point and more digits. "-0" is not canonical.

// ParseInteger reads a whole number. Decimals that are all zero are dropped
// ("12.0", "1.234,00"), with std true.
func ParseInteger(b []byte, style Style) (v int64, std bool, err error) {
	if v, ok := plainInteger(b); ok {
		return v, false, nil
	}
	var n plain
	if err := n.read(b, style, true); err != nil {
		return 0, false, err
	}
	if n.exponent {
		return 0, false, fail(CodeNumberExponent, b)
	}
	if !zeros(n.frac()) {
		return 0, false, fail(CodeNumberWhole, b)
	}
	std = n.std || len(n.frac()) > 0
	u, ok := digits(n.whole())
	switch {
	case !ok:
	case !n.neg && u <= math.MaxInt64:
		return int64(u), std, nil
	case n.neg && u <= -math.MinInt64:
		return int64(-u), std || u == 0, nil
	}
	return 0, false, fail(CodeNumberRange, b, "-9223372036854775808", "9223372036854775807")
}

// plainInteger reads canonical whole numbers of up to 18 digits.
func plainInteger(b []byte) (int64, bool) {
	d := b
	if len(d) > 0 && d[0] == '-' {
		d = d[1:]
	}
	if len(d) == 0 || len(d) > 18 || d[0] == '0' && len(b) > 1 {
		return 0, false
	}
	var v int64
	for _, c := range d {
		c -= '0'
		if c > 9 {
			return 0, false
		}
		v = v*10 + int64(c)
	}
	if len(d) != len(b) {
		v = -v
	}
	return v, true
}

// MaxPrecision is the most digits ParseDecimal can hold.
const MaxPrecision = 18

// ParseDecimal reads an exact number with up to precision digits, scale of them
// behind the point, and gives it as a whole number of 10^-scale: "12.5" with
// scale 2 is 1250. More decimals than scale are an error unless they are zeros,
// which are dropped with std true. Fewer decimals than scale are canonical.
// The precision must be between 1 and MaxPrecision, the scale between 0 and the
// precision.
func ParseDecimal(b []byte, precision, scale int, style Style) (unscaled int64, std bool, err error) {
	if precision < 1 || precision > MaxPrecision || scale < 0 || scale > precision {
		return 0, false, fail(CodeNumberType, b, precision, scale)
	}
	if v, ok := plainInteger(b); ok && len(b) <= precision-scale {
		return v * pow10[scale], false, nil
	}
	if v, whole, frac, ok := plainDecimal(b); ok && style != StyleVietnamese && frac <= scale && whole <= precision-scale {
		return v * pow10[scale-frac], false, nil
	}
	var n plain
	if err := n.read(b, style, false); err != nil {
		return 0, false, err
	}
	if n.exponent {
		return 0, false, fail(CodeNumberExponent, b)
	}
	std = n.std
	whole, frac := bytes.TrimLeft(n.whole(), "0"), n.frac()
	if len(frac) > scale {
		if !zeros(frac[scale:]) {
			return 0, false, fail(CodeNumberScale, b, scale)
		}
		frac, std = frac[:scale], true
	}
	if len(whole) > precision-scale {
		return 0, false, fail(CodeNumberPrecision, b, precision, scale, precision-scale)
	}
	w, _ := digits(whole)
	f, _ := digits(frac)
	v := int64(w)*pow10[scale] + int64(f)*pow10[scale-len(frac)]
	if n.neg {
		return -v, std || v == 0, nil
	}
	return v, std, nil
}

var pow10 = [MaxPrecision + 1]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// plainDecimal reads canonical numbers with a point, of 2 to 17 digits, and
// says how many of them are before and behind it. It leaves all zeros to the slow way, for
// "-0.0".
func plainDecimal(b []byte) (v int64, whole, frac int, ok bool) {
	d := b
	if len(d) > 0 && d[0] == '-' {
		d = d[1:]
	}
	if len(d) < 3 || len(d) > 18 || d[0] == '0' && d[1] != '.' {
		return 0, 0, 0, false
	}
	point := -1
	for i, c := range d {
		if c == '.' && point < 0 {
			point = i
			continue
		}
		c -= '0'
		if c > 9 {
			return 0, 0, 0, false
		}
		v = v*10 + int64(c)
	}
	if point <= 0 || point == len(d)-1 || v == 0 {
		return 0, 0, 0, false
	}
	if len(d) != len(b) {
		v = -v
	}
	return v, point, len(d) - 1 - point, true
}

// ParseFloat reads a number that need not be exact, to the nearest float64. It
// refuses NaN, infinity, hexadecimal digits, and numbers too large or too close
// to zero for a float64. An exponent is accepted ("1.5e-7").
func ParseFloat(b []byte, style Style) (v float64, std bool, err error) {
	if v, ok := plainInteger(b); ok && len(b) <= 15 {
		return float64(v), false, nil
	}
	// Up to 15 digits and a power of ten are both exact in a float64, so one
	// division rounds once, as the standard asks.
	if v, _, frac, ok := plainDecimal(b); ok && len(b) <= 16 && style != StyleVietnamese {
		return float64(v) / float64(pow10[frac]), false, nil
	}
	var n plain
	if err := n.read(b, style, false); err != nil {
		return 0, false, err
	}
	v, err = strconv.ParseFloat(string(n.text()), 64)
	if err != nil {
		return 0, false, fail(CodeNumberFloatRange, b)
	}
	if v == 0 {
		if !zeros(n.whole()) || !zeros(n.frac()) {
			return 0, false, fail(CodeNumberFloatRange, b)
		}
		return 0, n.std || n.neg || n.exponent, nil // not -0
	}
	if n.exponent { // canonical only where AppendFloat writes one
		var out [32]byte
		return v, n.std || string(AppendFloat(out[:0], v)) != string(b), nil
	}
	return v, n.std, nil
}

// maxNumber is the longest number in bytes; longer ones are refused.
const maxNumber = 128

// A plain is a number without the marks of its style. It holds its own bytes, so
// that it can live on the stack.
type plain struct {
	buf      [maxNumber + 1]byte // [-]whole[.frac][e[-]exponent]
	size     int                 // of the text in buf
	start    int                 // of whole
	point    int                 // where the point is, or end
	end      int                 // of frac
	neg      bool
	exponent bool
	std      bool // the text was not plain
}

func (n *plain) text() []byte  { return n.buf[:n.size] }
func (n *plain) whole() []byte { return n.buf[n.start:n.point] }
func (n *plain) frac() []byte  { return n.buf[min(n.point+1, n.end):n.end] }

// read takes the marks of a style out of b. whole says that the caller wants a
// whole number, for which a single point is ambiguous in StyleAuto.
func (n *plain) read(b []byte, style Style, whole bool) error {
	if len(b) == 0 {
		return fail(CodeEmpty, b)
	}
	if len(b) > maxNumber {
		return fail(CodeNumberSyntax, b)
	}
	rest := n.sign(b)
	m, code := findMarks(rest)
	if code != "" {
		return fail(code, b)
	}
	group, decimal, code := m.roles(style, whole)
	if code != "" {
		return fail(code, b)
	}
	if group != 0 && !m.grouped(rest, decimal) {
		return fail(CodeNumberGroups, b)
	}
	n.std = n.std || group != 0 || decimal == ','
	n.fill(rest[:m.end], decimal)
	if w := n.whole(); len(w) > 1 && w[0] == '0' {
		n.std = true
	}
	if m.end < len(rest) && !n.power(rest[m.end:]) {
		return fail(CodeNumberSyntax, b)
	}
	return nil
}

// sign notes and cuts the sign of b: "-", "+" or U+2212.
func (n *plain) sign(b []byte) []byte {
	switch {
	case b[0] == '-':
		n.neg = true
		return b[1:]
	case b[0] == '+':
		n.std = true
		return b[1:]
	case len(b) >= 3 && string(b[:3]) == "\u2212":
		n.neg, n.std = true, true
		return b[3:]
	}
	return b
}

// fill copies the digits of b.
func (n *plain) fill(b []byte, decimal byte) {
	if n.neg {
		n.add('-')
	}
	n.start, n.point = n.size, -1
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			n.add(c)
		case c == decimal:
			n.point = n.size
			n.add('.')
		}
	}
	if n.end = n.size; n.point < 0 {
		n.point = n.end
	}
}

func (n *plain) add(c byte) {
	n.buf[n.size] = c
	n.size++
}

// power checks an exponent, "e+05", and copies it.
func (n *plain) power(b []byte) bool {
	n.exponent = true
	n.add('e')
	b = b[1:]
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		n.add(b[0])
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 6 {
		return false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
		n.add(c)
	}
	return true
}

// marks are the separators found in a number.
type marks struct {
	dots, commas, spaces int
	last                 byte // the last mark: '.', ',' or ' '
	first                int  // digits before the first mark
	leadingZero          bool
	after                int // digits after the last mark
	end                  int // where the digits stop, len or the place of an exponent
}

// findMarks goes once over an unsigned number. Each mark must stand between two
// digits.
func findMarks(b []byte) (m marks, code string) {
	m.first = -1
	run := 0 // digits since the last mark
	i := 0
	for i < len(b) {
		c := b[i]
		if c >= '0' && c <= '9' {
			run++
			i++
			continue
		}
		mark, size := markAt(b[i:])
		if mark == 0 {
			break
		}
		if run == 0 {
			return m, CodeNumberSyntax
		}
		if m.first < 0 {
			m.first = run
		}
		switch mark {
		case '.':
			m.dots++
		case ',':
			m.commas++
		case ' ':
			m.spaces++
		}
		m.last, run = mark, 0
		i += size
	}
	m.end, m.after = i, run
	if i < len(b) && (run == 0 && m.first < 0 || b[i]|0x20 != 'e') {
		return m, odd(b[i:], i > 0)
	}
	if run == 0 {
		return m, CodeNumberSyntax
	}
	m.leadingZero = b[0] == '0'
	return m, ""
}

// odd says what is wrong with a number that goes on with b.
func odd(b []byte, afterDigits bool) (code string) {
	r, _ := utf8.DecodeRune(b)
	switch {
	case !afterDigits && notFinite(b):
		return CodeNumberFinite
	case afterDigits && (r == '%' || r == '₫' || r == 'đ' || r == 'Đ' || r == '$' || r == '€'):
		return CodeNumberUnit
	case afterDigits && unitWord(b):
		return CodeNumberUnit
	}
	return CodeNumberSyntax
}

func notFinite(b []byte) bool {
	switch Fold(string(b)) {
	case "nan", "inf", "infinity", "∞":
		return true
	}
	return false
}

func unitWord(b []byte) bool {
	switch Fold(string(b)) {
	case "d", "dong", "vnd", "usd", "trieu", "trieu dong", "ty", "ty dong", "nghin", "nghin dong", "nguoi", "ha", "m2", "km", "kg", "tan":
		return true
	}
	return false
}

// markAt gives the separator b begins with, ' ' for each kind of space, and its
// size in bytes; 0 if b begins with none. A space must come before a digit, so
// that a unit after a number is not taken for a mark.
func markAt(b []byte) (mark byte, size int) {
	switch c := b[0]; {
	case c == '.' || c == ',':
		return c, 1
	case c == ' ':
		mark, size = ' ', 1
	case c == 0xC2 && len(b) > 1 && b[1] == 0xA0:
		mark, size = ' ', 2
	case c == 0xE2 && len(b) > 2 && b[1] == 0x80 && (b[2] == 0x89 || b[2] == 0xAF): // thin, narrow no-break
		mark, size = ' ', 3
	default:
		return 0, 0
	}
	return mark, size
}

// roles decides which mark groups thousands and which is the decimal one; 0 is
// none. A code says why that cannot be decided.
func (m marks) roles(style Style, whole bool) (group, decimal byte, code string) {
	kinds := 0
	for _, n := range []int{m.dots, m.commas, m.spaces} {
		if n > 0 {
			kinds++
		}
	}
	switch {
	case kinds == 0:
		return 0, 0, ""
	case kinds == 3:
		return 0, 0, CodeNumberSyntax
	}
	switch style {
	case StylePlain:
		if m.dots == 1 && kinds == 1 {
			return 0, '.', ""
		}
		return 0, 0, CodeNumberStyle
	case StyleVietnamese:
		return m.fixed('.', ',', m.dots, m.commas)
	case StyleEnglish:
		return m.fixed(',', '.', m.commas, m.dots)
	}
	return m.guess(kinds, whole)
}

// fixed gives the roles in a style with a group and a decimal mark, of which
// the number has so many. Spaces may group in either style.
func (m marks) fixed(group, decimal byte, groups, decimals int) (byte, byte, string) {
	switch {
	case decimals > 1, decimals == 1 && m.last != decimal, groups > 0 && m.spaces > 0:
		return 0, 0, CodeNumberStyle
	case decimals == 0:
		decimal = 0
	}
	if m.spaces > 0 {
		return ' ', decimal, ""
	}
	if groups == 0 {
		group = 0
	}
	if groups == 1 && decimals == 0 && (m.after != 3 || m.first > 3) {
		return 0, 0, CodeNumberStyle // "1.5": the other style
	}
	return group, decimal, ""
}

// guess gives the roles in StyleAuto, where the number itself must show them.
func (m marks) guess(kinds int, whole bool) (group, decimal byte, code string) {
	if kinds == 2 { // the last mark is the decimal one, and there is one of it
		group, decimal = '.', m.last
		switch {
		case m.spaces > 0:
			group = ' '
		case m.last == '.':
			group = ','
		}
		if m.last == ' ' || m.count(m.last) != 1 {
			return 0, 0, CodeNumberSyntax
		}
		return group, decimal, ""
	}
	if m.spaces > 0 || m.dots+m.commas > 1 {
		return m.last, 0, ""
	}
	if m.after == 3 && m.first <= 3 && !m.leadingZero && (whole || m.last == ',') {
		return 0, 0, CodeNumberAmbiguous
	}
	return 0, m.last, ""
}

func (m marks) count(mark byte) int {
	switch mark {
	case '.':
		return m.dots
	case ',':
		return m.commas
	}
	return m.spaces
}

// grouped checks that the marks before the decimal one cut the digits in groups
// of three, after a first group of one to three.
func (m marks) grouped(b []byte, decimal byte) bool {
	if m.first > 3 || m.leadingZero {
		return false
	}
	first, run := true, 0
	for i := 0; i < m.end; {
		c := b[i]
		if c >= '0' && c <= '9' {
			run++
			i++
			continue
		}
		if !first && run != 3 {
			return false
		}
		if c == decimal {
			return true
		}
		_, size := markAt(b[i:])
		first, run = false, 0
		i += size
	}
	return run == 3
}

func zeros(b []byte) bool {
	for _, c := range b {
		if c != '0' {
			return false
		}
	}
	return true
}

// digits reads a whole number; false if it is larger than a uint64.
func digits(b []byte) (uint64, bool) {
	var v uint64
	for _, c := range b {
		d := uint64(c - '0')
		if v > (math.MaxUint64-d)/10 {
			return 0, false
		}
		v = v*10 + d
	}
	return v, true
}

// AppendInteger appends the canonical text of v.
func AppendInteger(dst []byte, v int64) []byte {
	return strconv.AppendInt(dst, v, 10)
}

// AppendDecimal appends the canonical text of unscaled·10^-scale, with exactly
// scale decimals, as DuckDB and PostgreSQL write it.
func AppendDecimal(dst []byte, unscaled int64, scale int) []byte {
	if scale <= 0 {
		return strconv.AppendInt(dst, unscaled, 10)
	}
	u := uint64(unscaled)
	if unscaled < 0 {
		dst = append(dst, '-')
		u = -u
	}
	var buf [20]byte
	d := strconv.AppendUint(buf[:0], u, 10)
	for i := len(d); i <= scale; i++ {
		dst = append(dst, '0')
	}
	return insertPoint(dst, d, scale)
}

// insertPoint appends d and puts a point before the last scale digits of dst.
func insertPoint(dst, d []byte, scale int) []byte {
	dst = append(dst, d...)
	dst = append(dst, 0)
	at := len(dst) - 1 - scale
	copy(dst[at+1:], dst[at:len(dst)-1])
	dst[at] = '.'
	return dst
}

// AppendFloat appends the shortest text that parses to v again, written as JSON
// writes it: with an exponent only below 1e-6 and from 1e21. v must be finite;
// for others it appends "null", as there is no such number.
func AppendFloat(dst []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(dst, "null"...)
	}
	if v == 0 {
		return append(dst, '0') // also for -0
	}
	if abs := math.Abs(v); abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(dst, v, 'f', -1, 64)
	}
	dst = strconv.AppendFloat(dst, v, 'e', -1, 64)
	if n := len(dst); n >= 4 && dst[n-4] == 'e' && dst[n-2] == '0' { // e-09 to e-9
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}
