package quality

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/jsontext"
	"github.com/phohien/phohien/viet"
)

// An Explanation says to people why a quarantine line breaks a rule. It is made
// from the line's raw cells when somebody asks, so that no value is stored in a
// sentence.
type Explanation struct {
	Rule     string
	Column   string            // name of the field where the fault is shown, "" when the rule is about the whole line
	Title    string            // its title
	Value    string            // its raw cell; "" also for a line that could not be split
	Expected contract.Sentence // what the rule asks for; mostly the rest of a sentence: "số nguyên từ 1 đến 30"
	Why      contract.Sentence // whole sentences: what is wrong with this value, and how to mend it
	Group    contract.Group
	Severity contract.Severity
}

// Explain words one broken rule of a quarantine line (record.QuarantineLine):
// rule is one of its Faults, raw its Raw cells. Pages and interfaces show Why as
// it stands, beside Title and Value; Expected is for tables of rules and for
// programs. A rule that the contract no longer has is said to be gone, and has
// no Group and no Severity then.
func Explain(o *contract.Object, rule string, raw []string) Explanation {
	at := slices.IndexFunc(o.Rules, func(r contract.Rule) bool { return r.ID == rule })
	if at >= 0 {
		return explain(o, &o.Rules[at], raw)
	}
	if at = slices.IndexFunc(systemRules, func(r contract.Rule) bool { return r.ID == rule }); at < 0 {
		gone := sayf("Quy tắc “%s” không còn trong đặc tả hiện hành của bộ dữ liệu; bản ghi được xét lại theo các quy tắc mới.",
			"The rule “%s” is no longer in the data set's contract; the record is judged again by the new rules.", rule)
		return Explanation{Rule: rule, Expected: gone, Why: gone}
	}
	r := systemRules[at]
	return Explanation{Rule: rule, Expected: r.Expected, Why: whyLine(o, rule, raw), Group: r.Group, Severity: contract.Reject}
}

func explain(o *contract.Object, r *contract.Rule, raw []string) Explanation {
	e := Explanation{Rule: r.ID, Expected: r.Expected, Group: r.Group, Severity: r.Severity}
	cells := make([]string, len(r.Columns)) // of the rule's columns; a contract may have grown since
	for i, c := range r.Columns {
		if c < len(raw) {
			cells[i] = raw[c]
		}
	}
	if len(r.Columns) > 0 {
		c := &o.Columns[r.Columns[0]]
		e.Column, e.Title, e.Value = c.Name, c.Title, cells[0]
	}
	e.Why = why(o, r, cells)
	return e
}

// sayf words a sentence in both languages with the same values.
func sayf(vi, en string, args ...any) contract.Sentence {
	return contract.Sentence{Vi: fmt.Sprintf(vi, args...), En: fmt.Sprintf(en, args...)}
}

// add puts a sentence behind another.
func add(s, more contract.Sentence) contract.Sentence {
	return contract.Sentence{Vi: s.Vi + " " + more.Vi, En: s.En + " " + more.En}
}

// quoted is as much of a value as a sentence should carry.
func quoted(value string) string {
	const longest = 80
	if utf8.RuneCountInString(value) > longest {
		value = string([]rune(value)[:longest]) + "…"
	}
	return "“" + value + "”"
}

// why says what is wrong with the cells of a rule of the contract.
func why(o *contract.Object, r *contract.Rule, cells []string) contract.Sentence {
	if r.Kind == contract.RuleSQL || r.Kind == contract.RuleSet {
		return whyTogether(o, r, cells)
	}
	if len(r.Columns) == 0 {
		return demand(r, "Bản ghi không đạt.", "The record does not pass.")
	}
	c := &o.Columns[r.Columns[0]]
	v := quoted(cells[0])
	if strings.TrimSpace(cells[0]) == "" && r.Kind != contract.RuleRequired && r.Kind != contract.RuleResolve { // the contract has grown since
		return readsNow()
	}
	switch r.Kind {
	case contract.RuleType:
		return whyUnread(c, cells[0])
	case contract.RuleRequired:
		return add(whyMissing(cells[0]), example(c))
	case contract.RulePattern:
		s := demand(r, v+" không đúng mẫu quy định.", v+" does not have the form that is asked for.")
		if c.Example != "" && strings.Contains(s.Vi, c.Example) {
			return s
		}
		return add(s, example(c))
	case contract.RuleLength:
		text, _ := viet.Clean([]byte(cells[0]))
		n := utf8.RuneCount(text)
		return add(demand(r, fmt.Sprintf("%s có %d ký tự.", v, n), fmt.Sprintf("%s has %d characters.", v, n)), example(c))
	case contract.RuleRange:
		return demand(r, v+" nằm ngoài phạm vi.", v+" is out of range.")
	case contract.RuleMultiple:
		return demand(r, v+" không phải là bội số cần có.", v+" is not the multiple that is needed.")
	case contract.RuleValues:
		return demand(r, v+" không có trong các giá trị được dùng.", v+" is not among the values in use.")
	case contract.RuleCodeList, contract.RuleReference:
		return add(demand(r, v+" không tìm thấy, hoặc không còn hiệu lực.", v+" is not found, or is no longer valid."),
			sayf("Kiểm tra lại mã; nếu mã đúng thì bổ sung vào nơi quản lý mã trước.", "Check the code; if it is right, have it added where the codes are kept first."))
	case contract.RuleItems:
		return demand(r, v+" không đúng cấu trúc.", v+" has another structure.")
	case contract.RuleResolve:
		return whyUnresolved(o, r, cells)
	case contract.RuleIdent:
		return whyNotIdentifier(r, cells[0])
	case contract.RuleKey:
		key := quoted(strings.Join(cells, "; "))
		return sayf("Khóa %s có ở nhiều dòng của tệp, nội dung các dòng khác nhau nên không biết dòng nào đúng. Giữ lại một dòng đúng rồi gửi lại.",
			"The key %s stands on several lines of the file with different content, so nobody knows which is right. Keep the right line and send it again.", key)
	case contract.RuleUnique:
		return sayf("Giá trị %s đã có ở bản ghi khác của tệp hoặc của bộ dữ liệu. Mỗi giá trị chỉ dùng cho một bản ghi: sửa ở bản ghi sai rồi gửi lại.",
			"The value %s stands in another record of the file or of the data set. Each value belongs to one record: mend the wrong one and send it again.", quoted(strings.Join(cells, "; ")))
	}
	return demand(r, v+" không đạt.", v+" does not pass.")
}

// whyNotIdentifier says what package viet finds about an identifier.
func whyNotIdentifier(r *contract.Rule, cell string) contract.Sentence {
	text, _ := viet.Clean([]byte(cell))
	err := viet.Check(r.Identifier, string(text))
	if err == nil {
		return readsNow()
	}
	return contract.Sentence{Vi: viet.MessageVi(err), En: viet.MessageEn(err)}
}

// demand says what is wrong, then what is asked for.
func demand(r *contract.Rule, vi, en string) contract.Sentence {
	if whole(r.Expected.Vi) { // the contract's own message
		return contract.Sentence{Vi: vi + " " + r.Expected.Vi, En: en + " " + r.Expected.En}
	}
	return contract.Sentence{Vi: vi + " Cần: " + r.Expected.Vi + ".", En: en + " Needed: " + r.Expected.En + "."}
}

// whole reports whether a text is a sentence by itself.
func whole(text string) bool {
	first, _ := utf8.DecodeRuneInString(text)
	return unicode.IsUpper(first)
}

// example is one right value.
func example(c *contract.Column) contract.Sentence {
	if c.Type == contract.Boolean { // true and false are no words of an office
		return contract.Sentence{Vi: "Ví dụ đúng: có.", En: "A right example: true."}
	}
	value := c.Example
	if value == "" {
		value = rightValues[c.Type]
	}
	if value == "" {
		return sayf("Xem đặc tả của trường “%s”.", "See the specification of the field “%s”.", c.Title)
	}
	s := sayf("Ví dụ đúng: %s.", "A right example: %s.", value)
	if c.Example != "" {
		s.Vi = "Ví dụ đúng: " + c.ShownExample() + "."
	}
	return s
}

var rightValues = map[contract.Type]string{
	contract.Integer: "1234", contract.Decimal: "1234.5", contract.Float: "1234.5",
	contract.Date: "22/11/2026", contract.PartialDate: "22/11/2026", contract.Time: "08:30:00", contract.Timestamp: "2026-11-22T08:30:00+07:00",
	contract.Geometry: "POINT(106.05 20.65)",
}

func whyMissing(cell string) contract.Sentence {
	if strings.TrimSpace(cell) == "" {
		return sayf("Ô để trống, trong khi trường này bắt buộc có giá trị. Điền giá trị rồi gửi lại.",
			"The cell is empty, while this field must have a value. Fill it in and send the line again.")
	}
	return sayf("%s được coi là chưa có giá trị, trong khi trường này bắt buộc có giá trị. Điền giá trị thật rồi gửi lại.",
		"%s counts as no value, while this field must have one. Fill in the real value and send the line again.", quoted(cell))
}

// whyTogether explains a rule over several fields by their values.
func whyTogether(o *contract.Object, r *contract.Rule, cells []string) contract.Sentence {
	said := contract.Sentence{Vi: strings.TrimSuffix(r.Expected.Vi, ".") + ".", En: strings.TrimSuffix(r.Expected.En, ".") + "."}
	if !whole(said.Vi) {
		said = contract.Sentence{Vi: "Cần: " + said.Vi, En: "Needed: " + said.En}
	}
	var have []string
	for i, c := range r.Columns {
		have = append(have, o.Columns[c].Title+" = "+quoted(cells[i]))
	}
	if len(have) == 0 {
		return said
	}
	list := strings.Join(have, ", ")
	return add(said, sayf("Dòng này ghi: %s.", "This line says: %s.", list))
}

// whyLine explains the platform's own rules, which are about a whole line.
func whyLine(o *contract.Object, rule string, raw []string) contract.Sentence {
	switch rule {
	case RowFew:
		return sayf("Dòng này có %d ô, ít hơn số cột ở dòng tiêu đề, nên không biết ô nào thuộc cột nào. Thêm dấu phân cách cho ô còn thiếu; ô có xuống dòng phải đặt trong ngoặc kép. Ví dụ đúng với ba cột: 01,,5",
			"This line has %d cells, fewer than there are headings, so nobody knows which cell belongs where. Put in the missing separators; a cell with a line break must be quoted. A right example with three columns: 01,,5", len(raw))
	case RowMany:
		return sayf("Dòng này có %d ô, nhiều hơn số cột ở dòng tiêu đề. Giá trị có chứa dấu phân cách phải đặt trong ngoặc kép. Ví dụ đúng: \"Số 5, đường Phố Hiến\"",
			"This line has %d cells, more than there are headings. A value that holds the separator must be quoted. A right example: \"Số 5, đường Phố Hiến\"", len(raw))
	case RowQuotes:
		at := slices.IndexFunc(raw, strayQuote) + 1
		return sayf("Ô thứ %d có chữ đứng sau dấu ngoặc kép đóng. Dấu ngoặc kép trong nội dung phải viết thành hai dấu liền nhau. Ví dụ đúng: \"Trường \"\"Chu Văn An\"\"\"",
			"Cell %d has text behind its closing quote. A quote inside a value is written twice. A right example: \"Trường \"\"Chu Văn An\"\"\"", at)
	case Owner:
		return sayf("Khóa %s đang thuộc đơn vị gửi khác, nên dòng này không được ghi đè. Đề nghị đơn vị đang quản lý bản ghi đó gửi, hoặc sửa lại khóa.",
			"The key %s belongs to another sender, so this line must not replace its record. Have that unit send it, or mend the key.", quoted(keyOf(o, raw)))
	}
	return sayf("Khóa %s đã có trong bộ dữ liệu với nội dung khác, mà lần gửi này chỉ thêm bản ghi mới. Sửa lại khóa, hoặc gửi theo cách cập nhật.",
		"The key %s is in the data set with other content, and this batch only adds records. Mend the key, or send the file as an update.", quoted(keyOf(o, raw)))
}

// strayQuote reports whether a cell of a broken record is the one at fault: it
// is kept with its quotes.
func strayQuote(cell string) bool {
	if !strings.HasPrefix(cell, `"`) {
		return false
	}
	inner := strings.ReplaceAll(cell[1:], `""`, "")
	i := strings.IndexByte(inner, '"')
	return i >= 0 && i < len(inner)-1
}

func keyOf(o *contract.Object, raw []string) string {
	var parts []string
	for _, c := range o.Key {
		if c < len(raw) {
			parts = append(parts, raw[c])
		}
	}
	return strings.Join(parts, "; ")
}

// whyUnread says why a cell could not be read as the type of its column, by
// reading it again.
func whyUnread(c *contract.Column, raw string) contract.Sentence {
	if s, bad := whyText(c, raw); bad {
		return s
	}
	if altered(raw) { // only its beginning has been kept
		return sayf("Giá trị rất dài, chỉ giữ lại phần đầu để xem; cả giá trị không đọc được theo kiểu của trường (một ô nhận tối đa %d byte). Kiểm tra dòng này ở tệp đã gửi: thường do thiếu dấu ngoặc kép đóng.",
			"The value is very long and only its beginning is kept for show; as a whole it cannot be read as the field's type (a cell holds at most %d bytes). Look at this line of the file: often a closing quote is missing.", maxCell)
	}
	cell, _ := viet.Clean([]byte(raw))
	if len(cell) == 0 {
		return readsNow()
	}
	r := newReader(c, scratch(c))
	_, _, _, err := r.read([]byte(raw), nil)
	var reason *viet.Error
	switch {
	case err == nil:
		return readsNow()
	case errors.As(err, &reason):
		s := contract.Sentence{Vi: viet.MessageVi(err), En: viet.MessageEn(err)}
		if c.Type == contract.Integer && reason.Code == viet.CodeNumberSyntax {
			s = sayf("%s không phải là số nguyên.", "%s is not a whole number.", quoted(string(cell)))
		}
		if c.Type == contract.Integer || !strings.Contains(s.Vi, "Ghi ") { // it does not show how to write it
			s = add(s, example(c))
		}
		return s
	case errors.Is(err, errTooLong):
		return sayf("Giá trị dài %d byte, vượt mức %d byte của một ô. Chia nhỏ giá trị, hoặc gửi thành tệp kèm theo.",
			"The value has %d bytes, more than the %d that a cell holds. Divide it, or send it as a file beside the record.", len(raw), maxCell)
	case errors.Is(err, errCharacter):
		return sayf("Chuỗi JSON có mã ký tự viết dở (\\ud800 đến \\udfff đứng một mình). Xuất lại giá trị từ phần mềm nguồn.",
			"The JSON text has half of a character (\\ud800 to \\udfff standing alone). Export the value again.")
	case errors.Is(err, errTime):
		return sayf("%s không phải là giờ trong ngày. Ghi giờ từ 00 đến 23, phút và giây từ 00 đến 59, ví dụ 08:30:00 hoặc 08:30.",
			"%s is not a time of day. Write hours 00 to 23, minutes and seconds 00 to 59, such as 08:30:00 or 08:30.", quoted(raw))
	case errors.Is(err, errPrecision):
		return whyCoarse(c, raw)
	case errors.Is(err, errJSON):
		return whyJSON(c, cell)
	case errors.Is(err, errShape):
		return whyGeometry(c, cell)
	case errors.Is(err, errFile):
		return sayf("%s không phải là thông tin của tệp kèm theo. Ghi đối tượng JSON có đủ sha256 (64 chữ số hệ 16, chữ thường), name, mediaType, bytes. Ví dụ đúng: {\"sha256\":\"9f86…0a08\",\"name\":\"quyet-dinh.pdf\",\"mediaType\":\"application/pdf\",\"bytes\":12345}.",
			"%s does not describe a file. Write a JSON object with sha256 (64 hexadecimal digits in lower case), name, mediaType and bytes. A right example: {\"sha256\":\"9f86…0a08\",\"name\":\"quyet-dinh.pdf\",\"mediaType\":\"application/pdf\",\"bytes\":12345}.", quoted(raw))
	}
	return contract.Sentence{Vi: err.Error(), En: err.Error()}
}

// readsNow is said of a cell that today's contract can read.
func readsNow() contract.Sentence {
	return sayf("Đặc tả đã thay đổi: theo đặc tả hiện hành giá trị này đọc được, bản ghi sẽ được xét lại.",
		"The contract has changed: by today's contract this value can be read, and the record will be judged again.")
}

// whyText finds bytes and characters that no cell may have. Structured values
// have white space of their own, and escapes for the rest.
func whyText(c *contract.Column, raw string) (contract.Sentence, bool) {
	place := func(i int) int { return utf8.RuneCountInString(raw[:i]) + 1 }
	if i := strings.Index(raw, nulMark); i >= 0 {
		return sayf("Ký tự thứ %d là ký tự rỗng (NUL, hiện là %s): dữ liệu hỏng khi xuất hoặc khi truyền. Xuất lại tệp từ phần mềm nguồn.",
			"Character %d is NUL (shown as %s): the data was damaged when it was exported or sent. Export the file again.", place(i), nulMark), true
	}
	inner := string(viet.Trim([]byte(raw))) // what stands at the ends is cut off without a word
	r, i, bad := viet.BadRune(inner)
	i += strings.Index(raw, inner)
	structured := c.Type == contract.JSON || c.Type == contract.Geometry || c.Type == contract.File
	switch {
	case !bad || structured && r != utf8.RuneError:
		return contract.Sentence{}, false
	case r == utf8.RuneError:
		return sayf("Ký tự thứ %d không thuộc bảng mã UTF-8 hoặc đã mất từ trước (hiện là %c), thường do tệp lưu bằng bảng mã khác (TCVN3, VNI, Windows-1258). Lưu lại tệp dưới dạng “CSV UTF-8” rồi gửi.",
			"Character %d is not UTF-8 or was lost before (shown as %c), mostly because the file was saved in another encoding (TCVN3, VNI, Windows-1258). Save it as “CSV UTF-8” and send it again.", place(i), utf8.RuneError), true
	case unicode.Is(unicode.M, r):
		return sayf("Ký tự thứ %d (U+%04X) là dấu đứng một mình, không có chữ cái mang dấu. Gõ lại chữ đó bằng bảng mã Unicode. Ví dụ đúng: Nguyễn Thị Ánh.",
			"Character %d (U+%04X) is a mark without a letter to carry it. Type the letter again in Unicode. A right example: Nguyễn Thị Ánh.", place(i), r), true
	case unicode.IsControl(r):
		return sayf("Ký tự thứ %d (U+%04X) là ký tự điều khiển, không nhìn thấy được. Xóa ký tự đó rồi gửi lại.",
			"Character %d (U+%04X) is a control character, which nobody can see. Remove it and send the line again.", place(i), r), true
	}
	return sayf("Ký tự thứ %d (U+%04X) không dùng được trong dữ liệu: ký tự đổi chiều chữ hoặc mã không gán cho ký tự nào. Xóa ký tự đó rồi gửi lại.",
		"Character %d (U+%04X) cannot be used in data: it turns the direction of text or stands for no character. Remove it and send the line again.", place(i), r), true
}

func whyCoarse(c *contract.Column, raw string) contract.Sentence {
	if c.Finest == "month" {
		return sayf("%s chỉ có năm; trường này cần ít nhất tháng và năm. Ví dụ đúng: 2026-11 hoặc 11/2026.",
			"%s is only a year; this field needs at least month and year. A right example: 2026-11 or 11/2026.", quoted(raw))
	}
	return sayf("%s chưa đủ ngày, tháng, năm. Ví dụ đúng: 2026-11-22 hoặc 22/11/2026.",
		"%s does not have day, month and year. A right example: 2026-11-22 or 22/11/2026.", quoted(raw))
}

func whyJSON(c *contract.Column, cell []byte) contract.Sentence {
	right := sayf(`Ví dụ đúng: {"so_nha":"5","duong":"Phố Hiến"}.`, `A right example: {"so_nha":"5","duong":"Phố Hiến"}.`)
	if c.Array {
		right = sayf(`Ví dụ đúng: ["A","B"].`, `A right example: ["A","B"].`)
	}
	if s, bad := brokenJSON(cell); bad {
		return add(s, right)
	}
	if _, err := jsontext.Canonical(cell); err != nil {
		return add(sayf("JSON có tên trường lặp lại, ký tự NUL, số lớn hơn 1e400 hoặc lồng quá %d cấp.",
			"The JSON has a member twice, a NUL character, a number beyond 1e400 or more than %d levels.", jsontext.Deepest), right)
	}
	if c.Array {
		return add(sayf("%s không phải là danh sách JSON, tức là các phần tử đặt trong ngoặc vuông.", "%s is not a JSON list, that is items in square brackets.", quoted(string(cell))), right)
	}
	return add(sayf("%s không phải là đối tượng JSON, tức là các trường đặt trong ngoặc nhọn.", "%s is not a JSON object, that is members in curly brackets.", quoted(string(cell))), right)
}

// brokenJSON says where a text stops being JSON.
func brokenJSON(cell []byte) (contract.Sentence, bool) {
	var syntax *json.SyntaxError
	var any json.RawMessage
	if !errors.As(json.Unmarshal(cell, &any), &syntax) {
		return contract.Sentence{}, false
	}
	at := utf8.RuneCount(cell[:min(int(max(syntax.Offset, 1)), len(cell))])
	return sayf("JSON viết sai ở ký tự thứ %d của %s.", "The JSON is wrong at character %d of %s.", at, quoted(string(cell))), true
}

func whyGeometry(c *contract.Column, cell []byte) contract.Sentence {
	right := sayf("Ví dụ đúng: %s.", "A right example: %s.", rightShape(c.Shape))
	if cell[0] == '{' {
		if s, bad := brokenJSON(cell); bad {
			return add(s, right)
		}
	}
	g, _, err := parseGeometry(cell)
	switch {
	case err != nil || g == nil:
		return add(sayf("%s không phải là hình học GeoJSON hoặc WKT đọc được. Mỗi điểm cần đúng hai số, kinh độ rồi vĩ độ (WGS 84), không kèm độ cao; không khai hệ tọa độ khác (crs).",
			"%s is not a geometry in GeoJSON or WKT. Each corner needs two numbers, longitude then latitude (WGS 84), without height; no other reference system (crs) may be declared.", quoted(string(cell))), right)
	case c.Shape != "" && !strings.EqualFold(g.GeoJSONType(), c.Shape):
		return add(sayf("Hình học này có dạng %s, trong khi trường nhận dạng %s.", "This geometry is a %s, while the field takes a %s.", g.GeoJSONType(), c.Shape), right)
	}
	if p, bad := offEarth(g); bad {
		s := sayf("Tọa độ (%s; %s) không phải là kinh độ từ -180 đến 180 và vĩ độ từ -90 đến 90. Tọa độ VN-2000 tính bằng mét phải chuyển sang WGS 84 trước khi gửi.",
			"The position (%s; %s) is not a longitude from -180 to 180 and a latitude from -90 to 90. Metres of VN-2000 must be turned into WGS 84 first.", plainFloat(p[0]), plainFloat(p[1]))
		if onEarth(orb.Point{p[1], p[0]}) {
			s = sayf("Tọa độ (%s; %s) có vẻ đảo thứ tự: phải ghi kinh độ trước, vĩ độ sau.", "The position (%s; %s) seems to be turned round: write the longitude first, then the latitude.", plainFloat(p[0]), plainFloat(p[1]))
		}
		return add(s, right)
	}
	return add(sayf("Hình học chưa đủ: đường cần ít nhất 2 điểm; đường bao của vùng cần ít nhất 4 điểm và điểm cuối phải trùng điểm đầu; nhóm cần ít nhất một phần.",
		"The geometry is not complete: a line needs 2 corners; the ring of a polygon needs 4 and must end where it begins; a collection needs a part."), right)
}

func rightShape(shape string) string {
	switch strings.ToLower(shape) {
	case "linestring":
		return "LINESTRING(106.05 20.65,106.06 20.66)"
	case "polygon":
		return "POLYGON((106 20.6,106.1 20.6,106.1 20.7,106 20.6))"
	case "multipoint":
		return "MULTIPOINT((106.05 20.65),(106.06 20.66))"
	case "multilinestring":
		return "MULTILINESTRING((106.05 20.65,106.06 20.66))"
	case "multipolygon":
		return "MULTIPOLYGON(((106 20.6,106.1 20.6,106.1 20.7,106 20.6)))"
	}
	return rightValues[contract.Geometry]
}

// offEarth finds a corner that has no place on Earth.
func offEarth(g orb.Geometry) (orb.Point, bool) {
	b := g.Bound()
	for _, p := range []orb.Point{b.Min, b.Max} {
		if !onEarth(p) || math.IsNaN(p[0]+p[1]) {
			return p, true
		}
	}
	return orb.Point{}, false
}

func plainFloat(f float64) string { return string(viet.AppendFloat(nil, f)) }
