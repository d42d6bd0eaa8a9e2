package draft

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/phohien/phohien/viet"
)

// marks are all that a cell could be.
type marks uint64

// The marks.
const (
	digitsOnly  marks = 1 << iota
	leadingZero       // digits that begin with 0
	numberVi          // a number as 1.234,5 is written
	numberEn          // a number as 1,234.5 or 1234.5 is written
	wholeVi           // and it is whole
	wholeEn
	eitherStyle // one mark before exactly three digits: 1.234
	exponent
	date       // viet.ParseDate
	dayMonth   // a date whose day could be a month as well: 03/04/2025
	monthFirst // no date, but month/day/year would be one: 04/25/2025
	shortYear  // a date but for its year of two digits
	year       // 1900 to 2100
	partial    // a month or a year, no day
	timestamp  // viet.ParseTime
	clock      // 07:30
	truth      // true, false, có, không, đúng, sai
	zeroOne    // 0, 1
	cross      // x
	missing    // "đang cập nhật", "-", "n/a": words for no value
	faulty     // #N/A and the other errors of spreadsheets
	badText    // characters that have no place in stored text
	upper      // letters, all of them capitals
	personName // looks like a Vietnamese person's name
	long       // more than 100 characters
	spaced     // has a blank inside
	several    // values divided by ";"
	cccd
	cmnd
	passport
	taxCode
	bhxh
	bhyt
	phone
	agency
	dossier
	procedure
	document
	parcel
	plate
	province
	commune
	email
	url
	wkt
	geoJSON
	jsonText
	stamp // a date or time with a time of day
	quarter
)

// numberRead is a cell read as a number in one style.
type numberRead struct {
	value       float64
	whole, frac int // digits
}

// A reading is what one look at a cell gave.
type reading struct {
	marks marks
	vi    numberRead
	en    numberRead
	day   viet.Date // with the mark date
	runes int
}

// look finds out all that a cell, cleaned and not empty, could be.
func look(b []byte) reading {
	r := reading{runes: utf8.RuneCount(b)}
	s := scan(b)
	if r.runes > 100 {
		r.marks |= long
	}
	if s.blank {
		r.marks |= spaced
	}
	if _, _, bad := viet.BadRune(string(b)); bad {
		r.marks |= badText
		return r
	}
	if r.runes > 300 { // nothing that is looked for is longer, but shapes
		r.marks |= structured(b)
		return r
	}
	if s.digits > 0 {
		r.numbers(b, s)
		r.dates(b, s)
		r.marks |= identifiers(b, s)
	}
	r.marks |= words(b, s)
	r.marks |= structured(b)
	return r
}

// A scanned cell by the classes of its bytes.
type scanned struct {
	digits, letters, dots, commas, dashes, slashes, colons int
	others                                                 int // anything else, blanks aside
	blank, wide                                            bool
}

func scan(b []byte) (s scanned) {
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			s.digits++
		case c == '.':
			s.dots++
		case c == ',':
			s.commas++
		case c == '-':
			s.dashes++
		case c == '/':
			s.slashes++
		case c == ':':
			s.colons++
		case c == ' ' || c == '\t' || c == '\n':
			s.blank = true
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			s.letters++
		case c >= utf8.RuneSelf:
			s.letters++
			s.wide = true
		default:
			s.others++
		}
	}
	return s
}

// numbers reads a number in both styles.
func (r *reading) numbers(b []byte, s scanned) {
	if s.slashes+s.colons > 0 || s.letters > 4 || s.others > 1 || s.dashes > 2 {
		return
	}
	if s.digits == len(b) {
		r.marks |= digitsOnly
		if b[0] == '0' && len(b) > 1 {
			r.marks |= leadingZero
		}
		if len(b) == 1 && b[0] <= '1' {
			r.marks |= zeroOne
		}
	}
	if s.letters > 0 {
		r.scientific(b, s)
		return
	}
	n, ok := cut(b)
	if !ok {
		return
	}
	if v, ok := n.read(',', '.'); ok {
		r.en = v
		r.marks |= numberEn
		if v.frac == 0 {
			r.marks |= wholeEn
		}
	}
	if v, ok := n.read('.', ','); ok {
		r.vi = v
		r.marks |= numberVi
		if v.frac == 0 {
			r.marks |= wholeVi
		}
	}
	if r.marks&numberEn != 0 && r.marks&numberVi != 0 && (r.en.frac != r.vi.frac) {
		r.marks |= eitherStyle
	}
}

// scientific reads 1.5E+07, which has no other sense.
func (r *reading) scientific(b []byte, s scanned) {
	if s.letters != 1 || s.wide || !bytes.ContainsAny(b, "eE") {
		return
	}
	v, _, err := viet.ParseFloat(b, viet.StylePlain)
	if err == nil {
		r.marks |= numberEn | numberVi | exponent
		r.en = numberRead{value: v, frac: 1}
		r.vi = r.en
	}
}

// A cutNumber is the digits between the marks of a number.
type cutNumber struct {
	text  []byte
	neg   bool
	marks [24]byte
	at    [24]int // digits before each mark
	n     int
	total int
}

// cut takes a number apart; each mark must stand between digits.
func cut(b []byte) (n cutNumber, ok bool) {
	if b[0] == '-' || b[0] == '+' {
		n.neg = b[0] == '-'
		b = b[1:]
	}
	n.text = b
	mark := true
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			n.total++
			mark = false
		case mark || c != '.' && c != ',' && c != ' ' || n.n == len(n.at):
			return n, false
		default:
			n.marks[n.n], n.at[n.n] = c, n.total
			n.n++
			mark = true
		}
	}
	return n, !mark && n.total <= 30
}

// read reads the number with one mark for thousands and one for decimals.
func (n *cutNumber) read(group, decimal byte) (numberRead, bool) {
	last := n.n
	whole := n.total
	if last > 0 && n.marks[last-1] == decimal {
		last--
		whole = n.at[last]
	}
	kind := byte(0)
	for i := range last {
		m := n.marks[i]
		if m != group && m != ' ' || kind != 0 && m != kind {
			return numberRead{}, false
		}
		kind = m
		next := whole
		if i+1 < last {
			next = n.at[i+1]
		}
		if next-n.at[i] != 3 || i == 0 && (n.at[0] > 3 || n.text[0] == '0') {
			return numberRead{}, false
		}
	}
	v, scale := 0.0, 1.0
	seen := 0
	for _, c := range n.text {
		if c < '0' || c > '9' {
			continue
		}
		v = v*10 + float64(c-'0')
		if seen++; seen > whole {
			scale *= 10
		}
	}
	if n.neg {
		v = -v
	}
	return numberRead{v / scale, whole, n.total - whole}, true
}

// dates reads days, months, years, moments and times of day.
func (r *reading) dates(b []byte, s scanned) {
	if len(b) < 4 || len(b) > 40 || s.digits > 20 {
		return
	}
	if s.colons > 0 {
		r.moment(b, s)
		return
	}
	if s.digits == 4 && len(b) == 4 {
		if b[0] == '1' && b[1] == '9' || b[0] == '2' && b[1] == '0' {
			r.marks |= year | partial
		}
		return
	}
	separated := s.slashes == 2 || s.dashes == 2 || s.dots == 2
	inWords := s.letters > 0 && s.blank
	if s.letters > 0 && !inWords || !separated && !inWords && s.slashes+s.dashes+s.dots != 1 {
		return
	}
	if inWords && !bytes.ContainsAny(b[:1], "nNtT") || !inWords && !separated && len(b) != 6 && len(b) != 7 {
		return
	}
	if separated || inWords {
		if d, _, err := viet.ParseDate(b); err == nil {
			r.marks |= date
			r.day = d
			r.order(b)
			return
		}
	}
	if _, _, err := viet.ParsePartialDate(b); err == nil {
		r.marks |= partial
		return
	}
	if separated {
		r.marks |= wrongOrder(b)
	}
}

func (r *reading) moment(b []byte, s scanned) {
	if _, _, err := viet.ParseTime(b); err == nil {
		r.marks |= timestamp
		if d, _, err := viet.ParseDate(b); err == nil { // midnight: a day as programs write it
			r.marks |= date
			r.day = d
			r.order(b)
			return
		}
		r.marks |= stamp
		return
	}
	if d, _, err := viet.ParseDate(b); err == nil {
		r.marks |= date
		r.day = d
		return
	}
	if s.letters == 0 && (s.digits == 3 || s.digits == 4 || s.digits == 6) && s.slashes+s.dashes == 0 {
		r.marks |= clock
	}
}

// order marks a date that a reader of the American order would read otherwise.
func (r *reading) order(b []byte) {
	p := parts(b)
	if p[0] >= 1 && p[0] <= 12 && p[1] <= 12 && p[0] != p[1] {
		r.marks |= dayMonth
	}
}

func wrongOrder(b []byte) marks {
	p := parts(b)
	switch {
	case p[0] >= 1 && p[0] <= 12 && p[1] > 12 && p[1] <= 31 && p[2] >= 1900:
		return monthFirst
	case p[0] >= 1 && p[0] <= 31 && p[1] >= 1 && p[1] <= 12 && p[2] >= 0 && p[2] < 100:
		return shortYear
	}
	return 0
}

// parts are the three numbers of a date in figures, as they stand.
func parts(b []byte) (p [3]int) {
	at := 0
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			if p[at] < 100000 {
				p[at] = p[at]*10 + int(c-'0')
			}
		case at == 2 || c != '/' && c != '-' && c != '.':
			return p
		default:
			at++
		}
	}
	return p
}

// fine takes a doubt of package viet for a pass.
func fine(err error) bool { return err == nil || viet.IsWarning(err) }

// identifiers tries the numbers of the state that a cell could be by its form.
func identifiers(b []byte, s scanned) (m marks) {
	if len(b) > 40 {
		return 0
	}
	if s.digits == len(b) {
		return digitIdentifiers(string(b))
	}
	text := string(b)
	try := func(possible bool, check func(string) error, as marks) {
		if possible && fine(check(text)) {
			m |= as
		}
	}
	first := b[0]
	capital := first >= 'A' && first <= 'Z'
	digit := first >= '0' && first <= '9'
	try(s.letters == 0 && s.digits >= 9 && s.digits <= 12 && s.commas+s.slashes == 0, viet.CheckPhone, phone)
	try(s.digits == 13 && s.dashes == 1 && len(b) == 14, viet.CheckTaxCode, taxCode)
	if s.wide && s.slashes == 0 {
		return m
	}
	try(s.slashes > 0 && digit && s.letters > 0, viet.CheckDocumentNumber, document)
	if s.blank {
		try(digit && s.letters > 0 && s.letters <= 3 && len(b) < 14, viet.CheckPlate, plate)
		return m
	}
	try(s.dots > 0 && s.dashes == 0 && len(b) >= 6, viet.CheckAgencyCode, agency)
	try(s.dashes == 2 && s.letters > 0 && len(b) >= 15, viet.CheckDossierNumber, dossier)
	try(s.dots > 0 && digit && len(b) >= 8 && b[1] == '.', viet.CheckProcedureCode, procedure)
	try(digit && s.letters > 0 && s.letters <= 3 && len(b) >= 7 && len(b) <= 13, viet.CheckPlate, plate)
	try(capital && len(b) == 15, viet.CheckBHYT, bhyt)
	try(capital && len(b) == 8, viet.CheckPassport, passport)
	try(s.letters > 0 && s.letters+s.digits == len(b) && len(b) >= 8 && len(b) <= 14, viet.CheckParcelCode, parcel)
	return m
}

func digitIdentifiers(text string) (m marks) {
	switch len(text) {
	case 2:
		m |= province
	case 5:
		m |= commune
	case 9:
		m |= cmnd
	case 10:
		m |= bhxh
		if fine(viet.CheckTaxCode(text)) {
			m |= taxCode
		}
	case 12:
		if fine(viet.CheckCCCD(text)) {
			m |= cccd
		}
	}
	// Twelve digits with 0 in front are a personal number, never a telephone's.
	if (text[0] == '0' && (len(text) == 10 || len(text) == 11) || len(text) >= 11 && text[:2] == "84") && fine(viet.CheckPhone(text)) {
		m |= phone
	}
	return m
}

// truths are the words for yes and no that nothing else is meant by.
var truths = map[string]bool{
	"true": true, "false": true, "có": true, "không": true, "đúng": true, "sai": true, "yes": true, "no": true,
	"co": true, "khong": true, "dung": true,
}

// noValue are words that stand where a value is not known.
var noValue = map[string]bool{
	"-": true, "--": true, "–": true, "—": true, "…": true, "...": true, ".": true, "/": true, "?": true, "n/a": true, "na": true,
	"null": true, "none": true, "nan": true, "đang cập nhật": true, "chưa cập nhật": true, "chưa có": true,
	"chưa có thông tin": true, "không có": true, "không rõ": true, "chưa rõ": true, "không xác định": true, "trống": true,
}

// words finds what is told by letters.
func words(b []byte, s scanned) (m marks) {
	if b[0] == '#' && spreadsheetError(string(b)) {
		return faulty
	}
	if s.digits == 0 && len(b) <= 30 {
		lower := strings.ToLower(string(b))
		switch {
		case truths[lower]:
			m |= truth
		case lower == "x":
			m |= cross
		case noValue[lower]:
			m |= missing
		}
	}
	if bytes.IndexByte(b, '@') > 0 && mailAddress(string(b)) {
		m |= email
	}
	if bytes.HasPrefix(b, []byte("http://")) || bytes.HasPrefix(b, []byte("https://")) || bytes.HasPrefix(b, []byte("www.")) {
		m |= url
	}
	if bytes.IndexByte(b, ';') > 0 {
		m |= several
	}
	if s.letters > 1 && s.digits == 0 {
		m |= nameMarks(b, s)
	}
	if s.digits > 0 && s.letters > 0 && len(b) <= 24 && isQuarter(b) {
		m |= quarter
	}
	return m
}

func spreadsheetError(s string) bool {
	switch s {
	case "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!":
		return true
	}
	return false
}

func mailAddress(s string) bool {
	name, host, _ := strings.Cut(s, "@")
	return name != "" && !strings.ContainsAny(s, " ,;<>()") && strings.IndexByte(host, '.') > 0 &&
		!strings.HasSuffix(host, ".") && !strings.Contains(host, "@")
}

// isQuarter knows "Quý I/2025", "Q1/2025", "quý 1 năm 2025".
func isQuarter(b []byte) bool {
	t := strings.ToUpper(viet.Fold(string(b)))
	rest, ok := strings.CutPrefix(t, "QUY")
	if !ok {
		if rest, ok = strings.CutPrefix(t, "Q"); !ok {
			return false
		}
	}
	rest = strings.TrimSpace(rest)
	n := strings.IndexFunc(rest, func(r rune) bool { return r != 'I' && r != 'V' && (r < '1' || r > '4') })
	return n > 0 && n <= 3
}

// nameMarks looks at the words of a cell without digits.
func nameMarks(b []byte, s scanned) (m marks) {
	hasLower, hasUpper := false, false
	words, capitals, start := 0, 0, true
	for _, r := range string(b) {
		switch {
		case r == ' ' || r == '\t':
			start = true
			continue
		case unicode.IsUpper(r):
			hasUpper = true
			if start {
				capitals++
			}
		case unicode.IsLower(r):
			hasLower = true
		}
		if start {
			words++
		}
		start = false
	}
	if hasUpper && !hasLower {
		m |= upper
	}
	plain := s.dots+s.commas+s.dashes+s.slashes+s.colons+s.others == 0
	if plain && words >= 2 && words <= 6 && capitals == words && surnames[firstWord(b)] {
		m |= personName
	}
	return m
}

func firstWord(b []byte) string {
	w, _, _ := bytes.Cut(b, []byte{' '})
	if len(w) > 12 {
		return ""
	}
	return strings.ToLower(string(w))
}

// surnames are the family names that nearly all Vietnamese bear, with the most
// common of other ethnic groups.
var surnames = func() map[string]bool {
	all := map[string]bool{}
	for _, s := range strings.Fields(`nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý đào đoàn
		vương trịnh trương đinh lâm phùng mai tô hà tạ lương chu châu cao thái tống nông hứa triệu la lò vi quách lưu thạch kim kiều
		đàm diệp bạch doãn giang khổng lại lục mạc nghiêm ninh ông quan tăng từ văn viên giàng vàng sùng thào mùa y h' siu ksor rơ điểu`) {
		all[s] = true
	}
	return all
}()

var shapeWords = []string{"POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON"}

// structured finds geometries and JSON.
func structured(b []byte) marks {
	switch b[0] {
	case '{', '[':
		if !json.Valid(b) {
			return 0
		}
		if b[0] == '{' && bytes.Contains(b, []byte(`"coordinates"`)) {
			return geoJSON | jsonText
		}
		return jsonText
	}
	if s := shapeOf(b); s != "" && b[len(b)-1] == ')' {
		return wkt
	}
	return 0
}

// shapeOf names the shape of a WKT text in lower case, "" when it is none.
func shapeOf(b []byte) string {
	found := ""
	for _, w := range shapeWords {
		if len(b) > len(w)+1 && strings.EqualFold(string(b[:len(w)]), w) && (b[len(w)] == ' ' || b[len(w)] == '(') {
			found = strings.ToLower(w)
		}
	}
	return found
}
