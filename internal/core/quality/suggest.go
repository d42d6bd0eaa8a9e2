package quality

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/viet"
)

// A Proposal is a value that a broken cell most likely means, for a person to
// take over or not.
type Proposal struct {
	Value  string            // as a clerk would type it; a day is written dd/mm/yyyy
	Column int               // position of the column it belongs to
	How    contract.Sentence // how it was made from what was sent, a whole sentence
}

// Suggest gives the value to suggest for the cell that breaks a rule, see
// Propose.
func Suggest(o *contract.Object, rule string, raw []string, list func(id string) *dictionary.CodeList) (value string, column int, ok bool) {
	p, ok := Propose(o, rule, raw, list)
	return p.Value, p.Column, ok
}

// Propose mends the spelling of the cell that breaks a rule, when there is one
// way only to do so and the result passes all rules of its column that can be
// judged from the cell alone. It never fills in what is not there, and never
// touches words: an empty cell, a name, a day that does not exist have no
// proposal. list gives the code lists by their id, nil for one that is not
// installed.
func Propose(o *contract.Object, rule string, raw []string, list func(id string) *dictionary.CodeList) (Proposal, bool) {
	at := slices.IndexFunc(o.Rules, func(r contract.Rule) bool { return r.ID == rule })
	if at < 0 || len(o.Rules[at].Columns) != 1 || len(raw) != len(o.Columns) {
		return Proposal{}, false
	}
	switch o.Rules[at].Kind {
	case contract.RuleType, contract.RulePattern, contract.RuleLength, contract.RuleValues, contract.RuleCodeList, contract.RuleReference, contract.RuleIdent:
	default:
		return Proposal{}, false
	}
	s := &suggester{o: o, column: o.Rules[at].Columns[0], raw: raw, list: list, today: viet.DateOf(time.Now().In(vietnam))}
	s.c = &o.Columns[s.column]
	cell := raw[s.column]
	if altered(cell) || utf8.RuneCountInString(cell) > longestMended {
		return Proposal{}, false
	}
	clean, _ := viet.Clean([]byte(cell))
	s.cell = string(clean)
	if s.cell == "" {
		return Proposal{}, false
	}
	return s.propose()
}

// longestMended keeps whole paragraphs from being taken for codes.
const longestMended = 200

var vietnam = time.FixedZone("+07", 7*60*60)

// A suggester looks for the one right spelling of a cell.
type suggester struct {
	o      *contract.Object
	c      *contract.Column
	column int
	raw    []string
	cell   string // cleaned
	list   func(id string) *dictionary.CodeList
	today  viet.Date
}

// A mend is one way of reading a cell: all values it allows, mostly one.
type mend func(s *suggester) (values []string, how contract.Sentence)

// mends stand in the order of how sure they are: the first one with a value
// that passes decides. Two values of one mend that pass are a guess.
var mends = []mend{
	(*suggester).listed, (*suggester).fromCodes, (*suggester).day, (*suggester).dayNumber,
	(*suggester).digits, (*suggester).identity, (*suggester).taxCode, (*suggester).unitCode, (*suggester).phone,
	(*suggester).amount, (*suggester).spelling,
}

func (s *suggester) propose() (Proposal, bool) {
	for _, m := range mends {
		values, how := m(s)
		var right []string
		for _, v := range values {
			if v != s.cell && !slices.Contains(right, v) && s.passes(v) {
				right = append(right, v)
			}
		}
		switch len(right) {
		case 0:
		case 1:
			return Proposal{Value: right[0], Column: s.column, How: how}, true
		default:
			return Proposal{}, false
		}
	}
	return Proposal{}, false
}

// passes judges a value by the rules of its column.
func (s *suggester) passes(value string) bool {
	r := newReader(s.c, scratch(s.c))
	r.spell = true
	canon, present, _, err := r.read([]byte(value), nil)
	if err != nil || !present {
		return false
	}
	for i := range s.o.Rules {
		rule := &s.o.Rules[i]
		if len(rule.Columns) == 1 && rule.Columns[0] == s.column && !s.obeys(rule, string(canon)) {
			return false
		}
	}
	return true
}

// obeys judges a canonical value by one rule. What only the whole data set can
// tell is left to the next sending.
func (s *suggester) obeys(rule *contract.Rule, value string) bool {
	switch rule.Kind {
	case contract.RulePattern:
		re, err := regexp.Compile(`\A(?:` + rule.Pattern + `)\z`)
		return err == nil && re.MatchString(value)
	case contract.RuleLength:
		n := utf8.RuneCountInString(value)
		low, _ := strconv.Atoi(rule.Min) // "" = 0
		high, err := strconv.Atoi(rule.Max)
		return n >= low && (err != nil || n <= high)
	case contract.RuleValues:
		return slices.Contains(rule.Values, value)
	case contract.RuleRange:
		return within(s.c, rule, value)
	case contract.RuleCodeList:
		l := s.codes(rule.CodeList)
		return l != nil && l.Valid(value, s.on(rule))
	case contract.RuleRequired:
		return !slices.Contains(rule.Values, value)
	case contract.RuleIdent:
		return viet.Check(rule.Identifier, value) == nil // a doubt is too much for a suggestion
	}
	return true
}

// formed reports whether the column says what form its text has, so that a
// value can be judged at all.
func (s *suggester) formed() bool {
	return s.rule(contract.RulePattern) != nil || s.c.Identifier != ""
}

// holds reports whether the column may hold an identifier of a kind: it says
// so, or says of none and has a form.
func (s *suggester) holds(k viet.Kind) bool {
	return s.c.Type == contract.Text && (s.c.Identifier == k || s.c.Identifier == "" && s.formed())
}

// within compares a canonical value with the bounds of a range. Days and times
// of day are compared as text, which their canonical spelling allows.
func within(c *contract.Column, rule *contract.Rule, value string) bool {
	order := func(bound string) int { return strings.Compare(value, bound) }
	switch c.Type {
	case contract.Integer, contract.Decimal, contract.Float:
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return false
		}
		order = func(bound string) int {
			b, err := strconv.ParseFloat(bound, 64)
			switch {
			case err != nil || v < b:
				return -1
			case v > b:
				return 1
			}
			return 0
		}
	case contract.Date, contract.Time:
	default:
		return false // moments and partial dates are not mended into a range
	}
	if rule.Min != "" && (order(rule.Min) < 0 || rule.MinOut && order(rule.Min) == 0) {
		return false
	}
	return rule.Max == "" || order(rule.Max) < 0 || !rule.MaxOut && order(rule.Max) == 0
}

func (s *suggester) codes(id string) *dictionary.CodeList {
	if s.list == nil || id == "" {
		return nil
	}
	return s.list(id)
}

// on is the day at which a code must be valid.
func (s *suggester) on(rule *contract.Rule) viet.Date {
	if rule.On >= 0 && rule.On < len(s.raw) {
		if d, _, err := viet.ParseDate(viet.Trim([]byte(s.raw[rule.On]))); err == nil {
			return d
		}
	}
	return s.today
}

// rule finds the column's rule of a kind.
func (s *suggester) rule(kind contract.RuleKind) *contract.Rule {
	for i := range s.o.Rules {
		if r := &s.o.Rules[i]; r.Kind == kind && len(r.Columns) == 1 && r.Columns[0] == s.column {
			return r
		}
	}
	return nil
}

// listed finds the allowed value that differs in case, marks or spaces alone.
func (s *suggester) listed() ([]string, contract.Sentence) {
	r := s.rule(contract.RuleValues)
	if r == nil || s.c.Type != contract.Text {
		return nil, contract.Sentence{}
	}
	var values []string
	for _, v := range r.Values {
		if viet.Fold(v) == viet.Fold(s.cell) {
			values = append(values, v)
		}
	}
	return values, sayf("Viết lại đúng như giá trị được dùng.", "Written as the value in use.")
}

// fromCodes finds a code by its name, an alias, or the digits that a
// spreadsheet cut off.
func (s *suggester) fromCodes() ([]string, contract.Sentence) {
	r := s.rule(contract.RuleCodeList)
	if r == nil {
		return nil, contract.Sentence{}
	}
	l, on := s.codes(r.CodeList), s.on(r)
	if l == nil {
		return nil, contract.Sentence{}
	}
	if code, ok := l.Suggest(s.cell, on); ok {
		return []string{code.Code}, sayf("Mã của “%s” trong danh mục.", "The code of “%s” in the code list.", code.Name)
	}
	code := zeroForO(s.cell) // also alone: the list is the proof
	if !digitsOnly(code) {
		return nil, contract.Sentence{}
	}
	values := []string{code}
	if s.c.Type == contract.Text {
		for i := range l.Codes {
			if c := l.Codes[i].Code; len(c) > len(code) && strings.TrimLeft(c, "0") == strings.TrimLeft(code, "0") && digitsOnly(c) {
				values = append(values, c)
			}
		}
	}
	return values, sayf("Viết lại đúng mã trong danh mục (thêm số 0 ở đầu hoặc thay chữ O bằng số 0).",
		"Written as the code stands in the code list (leading zeros added, or a zero for the letter O).")
}

var numericDay = regexp.MustCompile(`^(\d{1,2})\s*([/.-])\s*(\d{1,2})\s*([/.-])\s*(\d{4})$`)

// day reads a day whose month stands first, if it cannot stand anywhere else.
func (s *suggester) day() ([]string, contract.Sentence) {
	if s.c.Type != contract.Date && s.c.Type != contract.PartialDate {
		return nil, contract.Sentence{}
	}
	m := numericDay.FindStringSubmatch(digits(s.cell))
	if m == nil || m[2] != m[4] {
		return nil, contract.Sentence{}
	}
	first, _ := strconv.Atoi(m[1])
	second, _ := strconv.Atoi(m[3])
	year, _ := strconv.Atoi(m[5])
	if d, err := viet.NewDate(year, second, first); err == nil {
		return []string{d.Display()}, sayf("Viết lại theo dạng ngày/tháng/năm.", "Written as day/month/year.")
	}
	// 31/04 has no reading at all: the fourth cannot be a month's number 31.
	if d, err := viet.NewDate(year, first, second); err == nil {
		return []string{d.Display()}, sayf("Tháng ghi trước ngày: chỉ đọc được là ngày %d tháng %d năm %d. Đề nghị kiểm tra lại với hồ sơ gốc.",
			"The month stands before the day: it can only be read as day %d, month %d, year %d. Compare it with the original paper.", second, first, year)
	}
	return nil, contract.Sentence{}
}

// The days that a spreadsheet's number may mean here: 1930 to 2063. Outside,
// five digits are more likely something else.
const firstDayNumber, lastDayNumber = 10959, 59900

// dayNumber reads the number by which spreadsheets keep a day.
func (s *suggester) dayNumber() ([]string, contract.Sentence) {
	if s.c.Type != contract.Date || len(s.cell) != 5 || !digitsOnly(s.cell) {
		return nil, contract.Sentence{}
	}
	n, _ := strconv.Atoi(s.cell)
	if n < firstDayNumber || n > lastDayNumber {
		return nil, contract.Sentence{}
	}
	d, err := viet.NewDate(1899, 12, 30)
	if err != nil {
		return nil, contract.Sentence{}
	}
	return []string{(d + viet.Date(n)).Display()}, sayf("%s là số thứ tự ngày của phần mềm bảng tính.", "%s is the number by which spreadsheets keep a day.", s.cell)
}

// digits reads letters among digits as the digits they look like, and a number
// that a spreadsheet shortened in full.
func (s *suggester) digits() ([]string, contract.Sentence) {
	text := digits(s.cell)
	if text == s.cell || !digitsOnly(strings.TrimPrefix(text, "-")) { // marks of thousands are a question of their own
		return nil, contract.Sentence{}
	}
	switch s.c.Type {
	case contract.Text:
		if !s.formed() && s.c.Unit == "" {
			return nil, contract.Sentence{}
		}
	case contract.Integer, contract.Decimal, contract.Float:
	default:
		return nil, contract.Sentence{}
	}
	if strings.ContainsAny(s.cell, "eE") {
		return []string{text}, sayf("Phần mềm bảng tính đã rút gọn số; viết lại đủ các chữ số.", "A spreadsheet shortened the number; written in full.")
	}
	return []string{text}, sayf("Thay chữ O, l, I bằng chữ số 0, 1.", "Digits for the letters O, l, I.")
}

// identity puts back the zeros that a spreadsheet cut off a personal
// identification number. The first digits must then name a province and the
// fourth a century.
func (s *suggester) identity() ([]string, contract.Sentence) {
	text := bare(digits(s.cell))
	if !s.holds(viet.KindCCCD) && (s.c.Type != contract.Text || s.c.Identifier != "" || s.rule(contract.RuleLength) == nil) ||
		len(text) < 10 || len(text) > 12 || !digitsOnly(text) {
		return nil, contract.Sentence{}
	}
	number, lost := viet.FixZeros([]byte(text), 12)
	if viet.CheckCCCD(string(number)) != nil {
		return nil, contract.Sentence{}
	}
	if lost {
		return []string{string(number)}, sayf("Số định danh cá nhân có 12 chữ số: thêm số 0 bị mất ở đầu.", "A personal identification number has 12 digits: lost zeros put back.")
	}
	return []string{string(number)}, sayf("Số định danh cá nhân: chỉ ghi chữ số, không có khoảng trắng, dấu, chữ cái.",
		"A personal identification number: digits alone, without spaces, marks and letters.")
}

// taxCode puts the hyphen of a tax code where it belongs and a lost zero back.
// The check digit must agree.
func (s *suggester) taxCode() ([]string, contract.Sentence) {
	text := bare(digits(s.cell))
	if !s.holds(viet.KindTaxCode) || !digitsOnly(text) {
		return nil, contract.Sentence{}
	}
	if len(text) == 9 || len(text) == 12 && strings.Contains(s.cell, "-") {
		text = "0" + text
	}
	if len(text) != 10 && len(text) != 13 {
		return nil, contract.Sentence{}
	}
	code, err := viet.ParseTaxCode(text)
	if err != nil {
		return nil, contract.Sentence{}
	}
	value := code.String()
	if !s.passes(value) {
		value = text
	}
	return []string{value}, sayf("Viết lại mã số thuế theo đúng dạng; chữ số kiểm tra khớp.", "The tax code in its right form; its check digit agrees.")
}

// unitCode puts lost zeros back before the code of an administrative unit.
func (s *suggester) unitCode() ([]string, contract.Sentence) {
	length := map[string]int{"province": 2, "commune": 5}[s.c.Unit]
	switch s.c.Identifier {
	case viet.KindProvince:
		length = 2
	case viet.KindCommune:
		length = 5
	}
	text := digits(s.cell)
	if length == 0 || !digitsOnly(text) {
		return nil, contract.Sentence{}
	}
	code, lost := viet.FixZeros([]byte(text), length)
	if !lost {
		return nil, contract.Sentence{}
	}
	return []string{string(code)}, sayf("Thêm số 0 bị mất ở đầu mã.", "Lost zeros put back before the code.")
}

// phone brings a telephone number into the form of its column, in columns that
// say they hold one.
func (s *suggester) phone() ([]string, contract.Sentence) {
	if !s.holds(viet.KindPhone) || s.c.Identifier == "" && !namesPhone(s.c) {
		return nil, contract.Sentence{}
	}
	text := digits(s.cell)
	if b := bare(text); len(b) == 9 && strings.ContainsRune("35789", rune(b[0])) {
		text = "0" + b // the zero that a spreadsheet cut off
	}
	e164, _, err := viet.ParsePhone(text)
	if err != nil {
		return nil, contract.Sentence{}
	}
	value := "0" + strings.TrimPrefix(e164, "+84")
	if !s.passes(value) {
		value = e164
	}
	return []string{value}, sayf("Viết lại số điện thoại theo dạng và đầu số hiện hành.", "The telephone number in its form and with its prefix of today.")
}

func namesPhone(c *contract.Column) bool {
	for _, n := range append([]string{c.Name, c.Title}, c.Aliases...) {
		n = "_" + viet.Identifier(n) + "_"
		for _, word := range []string{"_dien_thoai_", "_di_dong_", "_sdt_", "_phone_", "_dt_"} {
			if strings.Contains(n, word) {
				return true
			}
		}
	}
	return false
}

var currency = regexp.MustCompile(`(?i)^(.*\d)\s*(đ|₫|đồng|vnđ|vnd)\.?$`)

// amount takes the name of the đồng off a number, unless what stays could be
// read in two ways.
func (s *suggester) amount() ([]string, contract.Sentence) {
	switch s.c.Type {
	case contract.Integer, contract.Decimal, contract.Float:
	default:
		return nil, contract.Sentence{}
	}
	m := currency.FindStringSubmatch(s.cell)
	if m == nil {
		return nil, contract.Sentence{}
	}
	number := strings.TrimSpace(m[1])
	if i := strings.IndexAny(number, ".,"); i >= 0 && i == strings.LastIndexAny(number, ".,") && len(number)-i-1 == 3 {
		return nil, contract.Sentence{}
	}
	return []string{number}, sayf("Bỏ đơn vị tiền, chỉ ghi số.", "The number alone, without the unit of money.")
}

// spelling mends spaces and letter case inside codes, which hold a digit.
func (s *suggester) spelling() ([]string, contract.Sentence) {
	if s.c.Type != contract.Text || !s.formed() || !strings.ContainsAny(s.cell, "0123456789") {
		return nil, contract.Sentence{}
	}
	for _, r := range s.cell {
		if r >= utf8.RuneSelf { // words, not a code
			return nil, contract.Sentence{}
		}
	}
	how := sayf("Bỏ khoảng trắng thừa, viết đúng chữ hoa.", "Without spaces, and in capitals.")
	joined := strings.ReplaceAll(s.cell, " ", "")
	for _, v := range []string{joined, strings.ToUpper(s.cell), strings.ToUpper(joined)} {
		if v != s.cell && s.passes(v) {
			return []string{v}, how
		}
	}
	return nil, how
}

// bare takes spaces, dots and hyphens out of a number.
func bare(s string) string { return strings.NewReplacer(" ", "", ".", "", "-", "").Replace(s) }

func zeroForO(s string) string { return strings.NewReplacer("O", "0", "o", "0").Replace(s) }

// digits gives a cell with the digits that its letters look like, and its number
// in full.
func digits(cell string) string {
	b := []byte(cell)
	if full, changed, err := viet.FixExponent(b); err == nil && changed {
		b = full
	}
	b, _ = viet.FixDigits(b)
	return string(b)
}

func digitsOnly(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
