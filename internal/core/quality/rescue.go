package quality

import (
	"bytes"
	"regexp"
	"strconv"
	"unsafe"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/viet"
	"github.com/phohien/phohien/viet/charset"
)

// A Rescue is one rule by which a cell is mended while it is read (sửa lỗi
// phông chữ, bảng mã). Each has a name, is counted by column, can be switched
// off, and leaves the original file as it was: reading it again with the rule
// off gives the cells back.
type Rescue uint8

// The rescues. None is the zero value.
const (
	None           Rescue = iota
	RescueNFC             // letters composed of several characters, precomposed
	RescueSpaces          // spaces at the ends, runs of spaces
	RescueTone            // tone marks where no style of spelling puts them
	RescueTCVN3           // text typed in .VnTime
	RescueVNI             // text typed in VNI-Times
	RescueVIQR            // Co^.ng ho`a
	RescueDigits          // the letters O and l for 0 and 1
	RescueZeros           // zeros lost at the beginning of an identifier
	RescueExponent        // 3.3095001234E+10
	RescuePhone           // telephone prefixes given up in 2018, a lost zero
	RescueSerial          // days as the count of a spreadsheet
	RescueNumber          // 1.234 or 1,234, decided by the column
	RescueDay             // 03/04/2026, the month first, decided by the column
	RescueForm            // words as the column's term has them written
	rescues
)

// Rescues describes all rescues, by their value.
var Rescues = [rescues]struct {
	Name   string
	Vi, En string
}{
	{},
	{"nfc", "Chuyển sang Unicode dựng sẵn", "Letters precomposed"},
	{"spaces", "Bỏ dấu cách thừa", "Needless spaces taken out"},
	{"tone", "Đặt lại dấu thanh đúng chỗ", "Tone marks put in their place"},
	{"tcvn3", "Chuyển từ phông .VnTime (TCVN3) sang Unicode", "Turned from .VnTime (TCVN3) to Unicode"},
	{"vni", "Chuyển từ phông VNI sang Unicode", "Turned from VNI to Unicode"},
	{"viqr", "Chuyển từ VIQR sang Unicode", "Turned from VIQR to Unicode"},
	{"digits", "Sửa chữ O, l gõ thay số 0, 1", "The letters O, l typed for 0, 1"},
	{"zeros", "Bù số 0 bị mất ở đầu mã số", "Zeros lost at the beginning of identifiers given back"},
	{"exponent", "Viết lại số bị rút gọn dạng 1,2E+10", "Numbers shortened to 1.2E+10 written out"},
	{"phone", "Đổi đầu số điện thoại cũ, bù số 0 ở đầu", "Old telephone prefixes replaced, a lost zero given back"},
	{"serial", "Đổi số thứ tự ngày của bảng tính thành ngày", "Day counts of spreadsheets turned into days"},
	{"number", "Đọc dấu chấm, dấu phẩy theo cách viết của cả cột", "Points and commas read as the column has them"},
	{"day", "Đọc ngày theo thứ tự tháng/ngày của cả cột", "Days read month first, as the column has them"},
	{"form", "Viết theo cách của từ điển dùng chung", "Written as the shared dictionary has it"},
}

// RescueByName finds a rescue.
func RescueByName(name string) (Rescue, bool) {
	for r := None + 1; r < rescues; r++ {
		if Rescues[r].Name == name {
			return r, true
		}
	}
	return None, false
}

// A Hint is what the evidence of a column, or a person, says of how its cells
// are to be read.
type Hint struct {
	Style viet.Style      // of numbers that can be read in two ways
	Order viet.DateOrder  // of days
	Font  charset.Charset // that text was typed in, "" = Unicode
	Off   uint32          // rescues that are switched off, as bits
}

func (h *Hint) on(r Rescue) bool { return h.Off&(1<<r) == 0 }

// A long identifier begins with at most two zeros (the places of birth 001 to
// 096), so a number that lacks more digits has not only lost zeros. Codes of
// units are short and may have more.
const (
	mostZeros = 2
	shortCode = 5
)

// fonts gives the rescue of a font.
var fonts = map[charset.Charset]Rescue{
	charset.TCVN3: RescueTCVN3, charset.TCVN3Capitals: RescueTCVN3, charset.VNI: RescueVNI, charset.VIQR: RescueVIQR,
}

// fixedDigits finds the patterns of identifiers of a fixed number of digits.
var fixedDigits = regexp.MustCompile(`^\^?(?:\\d|\[0-9\])\{(\d{1,2})\}\$?$`)

// widthOf is the number of digits that every value of a column has, 0 when the
// contract does not say.
func widthOf(o *contract.Object, c *contract.Column, at int) int {
	switch c.Identifier {
	case viet.KindCCCD:
		return 12
	case viet.KindTaxCode, viet.KindBHXH:
		return 10
	case viet.KindCMND:
		return 9
	case viet.KindCommune:
		return 5
	case viet.KindProvince:
		return 2
	}
	switch c.Unit {
	case "commune":
		return 5
	case "province":
		return 2
	}
	for i := range o.Rules {
		if r := &o.Rules[i]; r.Kind == contract.RulePattern && r.Columns[0] == at {
			if m := fixedDigits.FindStringSubmatch(r.Pattern); m != nil {
				n, _ := strconv.Atoi(m[1]) // two digits
				return n
			}
		}
	}
	return 0
}

// font turns a cell typed in an old font. What cannot be turned stays, and is
// judged as it is.
func (r *reader) font(raw []byte) []byte {
	rescue := fonts[r.hint.Font]
	if !r.hint.on(rescue) {
		return raw
	}
	out, changed, err := charset.FixColumn(r.hint.Font, raw)
	if err != nil || !changed {
		return raw
	}
	r.used, r.hinted = rescue, true
	return out
}

// mendText applies the rescues of text; the cell is clean. Nearly all cells need
// none, so what is cheap to see comes first.
func (r *reader) mendText(cell []byte, look viet.Glance) []byte {
	if len(r.column.Normalise) > 0 && r.hint.on(RescueForm) {
		for _, form := range r.column.Normalise {
			if out, changed := form.Write(cell); changed {
				cell, r.used = out, RescueForm
			}
		}
		look = viet.Look(cell)
	}
	if r.width > 0 || r.column.Identifier != "" {
		if out, ok := r.mendIdentifier(cell); ok {
			return out
		}
		return cell
	}
	plain := look&viet.GlancePlain != 0
	// Plain text has no other spaces than the common one. Text of several lines
	// keeps its form.
	if r.hint.on(RescueSpaces) && (look&viet.GlanceGaps != 0 || !plain && bytes.IndexByte(cell, '\n') < 0 && bytes.IndexByte(cell, '\t') < 0) {
		if out, changed := viet.FixSpaces(cell); changed {
			cell, r.used = out, max(r.used, RescueSpaces)
		}
	}
	if r.hint.on(RescueTone) && (look&viet.GlanceTones != 0 || !plain) {
		if out, changed := viet.FixTone(cell); changed {
			cell, r.used = out, RescueTone
		}
	}
	return cell
}

// mendIdentifier tries what commonly happens to identifiers; a mending counts
// only when the result is right in form.
func (r *reader) mendIdentifier(cell []byte) (out []byte, ok bool) {
	if r.right(cell) {
		return cell, true
	}
	if r.column.Identifier == viet.KindPhone {
		return r.mendPhone(cell)
	}
	try, used := cell, None
	if r.hint.on(RescueExponent) {
		if b, changed, err := viet.FixExponent(try); err == nil && changed {
			try, used = b, RescueExponent
		}
	}
	if r.hint.on(RescueDigits) {
		if b, changed := viet.FixDigits(try); changed {
			try, used = b, RescueDigits
		}
	}
	if r.hint.on(RescueZeros) && r.width > 0 && !r.right(try) && (r.width <= shortCode || r.width-len(try) <= mostZeros) {
		if b, changed := viet.FixZeros(try, r.width); changed {
			try, used = b, RescueZeros
		}
	}
	if used == None || !r.right(try) || r.check != nil && r.check(string(try)) != nil {
		return cell, false // what would still be doubtful is not mended
	}
	r.used = used
	return try, true
}

// right reports whether a cell has the form of the column's identifier.
func (r *reader) right(cell []byte) bool {
	if r.check != nil {
		err := r.check(unsafe.String(unsafe.SliceData(cell), len(cell))) // it keeps nothing
		return err == nil || viet.IsWarning(err) && viet.Code(err) != viet.CodePhonePrefix
	}
	if len(cell) != r.width {
		return false
	}
	for _, c := range cell {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// mendPhone gives today's number, in the form in which it is dialled at home.
func (r *reader) mendPhone(cell []byte) ([]byte, bool) {
	if !r.hint.on(RescuePhone) {
		return cell, false
	}
	text := string(bytes.ReplaceAll(cell, []byte(" "), nil))
	e164, _, err := viet.ParsePhone(text)
	if err != nil && len(text) == 9 && text[0] != '0' { // a spreadsheet took the zero
		e164, _, err = viet.ParsePhone("0" + text)
	}
	if err != nil && !viet.IsWarning(err) || len(e164) < 4 {
		return cell, false
	}
	r.used = RescuePhone
	return append([]byte{'0'}, e164[len("+84"):]...), true
}

// styled reads a number as the column's style has it, if it can be read in two
// ways: one separator with three digits behind it. What that style cannot read
// is read as it stands, which spreadsheets' own numbers are.
func (r *reader) styled(cell, canon []byte) ([]byte, bool) {
	if r.hint.Style == viet.StyleAuto || !r.hint.on(RescueNumber) || !twofold(cell) {
		return canon, false
	}
	r.style = r.hint.Style
	out, _, err := r.parse(r, cell, canon)
	r.style = viet.StyleAuto
	if err != nil {
		return canon, false
	}
	r.used, r.hinted = RescueNumber, true
	return out, true
}

// twofold reports whether a number may be read in two ways.
func twofold(cell []byte) bool {
	at := len(cell) - 4
	return at >= 1 && (cell[at] == '.' || cell[at] == ',') && !bytes.ContainsAny(cell[:at], ".,")
}

// ordered reports whether days are not written as ParseDate has them.
func (r *reader) ordered() bool {
	return r.hint.Order&^viet.ShortYears == viet.MonthFirst || r.hint.Order&viet.ShortYears != 0
}

// unread gives a cell that could not be read a second chance.
func (r *reader) unread(cell, canon []byte, first error) ([]byte, bool, error) {
	switch r.column.Type {
	case contract.Integer, contract.Decimal, contract.Float:
		return r.unreadNumber(cell, canon, first)
	case contract.Date, contract.PartialDate, contract.Timestamp:
		return r.unreadDay(cell, canon, first)
	}
	return canon, false, first
}

func (r *reader) unreadNumber(cell, canon []byte, first error) ([]byte, bool, error) {
	if r.hint.on(RescueDigits) {
		if b, changed := viet.FixDigits(cell); changed {
			if out, _, err := r.parse(r, b, canon); err == nil {
				r.used = RescueDigits
				return out, true, nil
			}
		}
	}
	if r.column.Type == contract.Integer && r.hint.on(RescueExponent) {
		if b, changed, err := viet.FixExponent(cell); err == nil && changed {
			if out, _, err := r.parse(r, b, canon); err == nil {
				r.used = RescueExponent
				return out, true, nil
			}
		}
	}
	return canon, false, first
}

func (r *reader) unreadDay(cell, canon []byte, first error) ([]byte, bool, error) {
	if order := r.hint.Order &^ viet.ShortYears; (order == viet.Serial || order == viet.Serial1904) && r.hint.on(RescueSerial) {
		if out, ok := r.serial(cell, canon, order == viet.Serial1904); ok {
			r.used, r.hinted = RescueSerial, true
			return out, true, nil
		}
	}
	if r.hint.on(RescueDigits) {
		if b, changed := viet.FixDigits(cell); changed {
			if out, _, err := r.parse(r, b, canon); err == nil {
				r.used = RescueDigits
				return out, true, nil
			}
		}
	}
	return canon, false, first
}

// serial reads the day count of a spreadsheet.
func (r *reader) serial(cell, canon []byte, epoch1904 bool) ([]byte, bool) {
	n, err := strconv.ParseFloat(string(cell), 64)
	if err != nil || n < 366 || n > 2958465 {
		return canon, false
	}
	var text []byte
	if r.column.Type == contract.Timestamp {
		us, err := viet.TimeFromSerial(n, epoch1904)
		if err != nil {
			return canon, false
		}
		text = viet.AppendTime(nil, us)
	} else {
		d, err := viet.FromSerial(n, epoch1904)
		if err != nil {
			return canon, false
		}
		text = viet.AppendDate(nil, d)
	}
	out, _, err := r.parse(r, text, canon)
	return out, err == nil
}

// monthFirst spells a day that is written with the month first as 2006-01-02,
// so that every reader of days takes it; anything else stays.
func (r *reader) monthFirst(cell []byte) []byte {
	if len(cell) < 6 || cell[0] < '0' || cell[0] > '9' || len(cell) > 4 && cell[4] == '-' {
		return cell
	}
	d, std, err := viet.ParseDateOrder(cell, r.hint.Order)
	if err != nil || !std {
		return cell
	}
	r.used, r.hinted = RescueDay, true
	return viet.AppendDate(nil, d)
}
