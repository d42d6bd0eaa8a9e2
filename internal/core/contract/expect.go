package contract

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/phohien/phohien/viet"
)

// The sentences of what was expected, one function a kind of rule. They follow
// "Phải là …", "Expected …": official words, no regular expressions where an
// example says it better, dates as dd/mm/yyyy in Vietnamese.

// noun names the values of a column's type.
func noun(c *Column) Sentence {
	switch c.Type {
	case Integer:
		return Sentence{"số nguyên", "a whole number"}
	case Decimal:
		if c.Scale == 0 {
			return Sentence{
				fmt.Sprintf("số nguyên có tối đa %d chữ số", c.Precision),
				fmt.Sprintf("a whole number of at most %d digits", c.Precision),
			}
		}
		return Sentence{
			fmt.Sprintf("số có tối đa %d chữ số trước và %d chữ số sau dấu thập phân", c.Precision-c.Scale, c.Scale),
			fmt.Sprintf("a number with at most %d digits before and %d after the decimal point", c.Precision-c.Scale, c.Scale),
		}
	case Float:
		return Sentence{"số", "a number"}
	case Boolean:
		return Sentence{"có hoặc không", "yes or no"}
	case Date:
		return Sentence{"ngày (dd/mm/yyyy)", "a date (yyyy-mm-dd)"}
	case PartialDate:
		return partialNoun(c.Finest)
	case Time:
		return Sentence{"giờ trong ngày (hh:mm:ss)", "a time of day (hh:mm:ss)"}
	case Timestamp:
		return Sentence{"ngày và giờ (dd/mm/yyyy hh:mm:ss)", "a date and time (yyyy-mm-ddThh:mm:ss+07:00)"}
	case JSON:
		if c.Array {
			return Sentence{"danh sách JSON", "a JSON list"}
		}
		return Sentence{"đối tượng JSON", "a JSON object"}
	case Geometry:
		return geometryNoun(c.Shape)
	case File:
		return Sentence{"tệp kèm theo bản ghi", "a file beside the record"}
	}
	return Sentence{"văn bản không chứa ký tự điều khiển", "text without control characters"}
}

func partialNoun(finest string) Sentence {
	switch finest {
	case "year":
		return Sentence{"năm (yyyy), tháng (mm/yyyy) hoặc ngày (dd/mm/yyyy)", "a year (yyyy), month (yyyy-mm) or date (yyyy-mm-dd)"}
	case "month":
		return Sentence{"tháng (mm/yyyy) hoặc ngày (dd/mm/yyyy)", "a month (yyyy-mm) or date (yyyy-mm-dd)"}
	}
	return Sentence{"ngày (dd/mm/yyyy)", "a date (yyyy-mm-dd)"}
}

var shapes = map[string]Sentence{
	"point":           {"điểm", "point"},
	"linestring":      {"đường", "line"},
	"polygon":         {"vùng", "polygon"},
	"multipoint":      {"nhóm điểm", "multipoint"},
	"multilinestring": {"nhóm đường", "multiline"},
	"multipolygon":    {"nhóm vùng", "multipolygon"},
}

func geometryNoun(shape string) Sentence {
	s, ok := shapes[shape]
	if !ok {
		return Sentence{"đối tượng bản đồ (GeoJSON hoặc WKT)", "a geometry (GeoJSON or WKT)"}
	}
	return Sentence{
		fmt.Sprintf("đối tượng bản đồ dạng %s (GeoJSON hoặc WKT)", s.Vi),
		fmt.Sprintf("a geometry of type %s (GeoJSON or WKT)", s.En),
	}
}

// short is the noun of a range.
func short(c *Column) Sentence {
	switch c.Type {
	case Decimal:
		return Sentence{"số", "a number"}
	case Date, PartialDate:
		return Sentence{"ngày", "a date"}
	case Timestamp:
		return Sentence{"thời điểm", "a time"}
	case Time:
		return Sentence{"giờ", "a time of day"}
	}
	return noun(c)
}

func expectRange(c *Column, low, high bound) Sentence {
	n := short(c)
	ends := [2]Sentence{lowEnd(c, low), highEnd(c, high)}
	switch {
	case low.text != "" && high.text != "" && !low.strict && !high.strict:
		return Sentence{
			fmt.Sprintf("%s từ %s đến %s", n.Vi, low.said.Vi, high.said.Vi),
			fmt.Sprintf("%s from %s to %s", n.En, low.said.En, high.said.En),
		}
	case low.text != "" && high.text != "":
		return Sentence{n.Vi + " " + ends[0].Vi + " và " + ends[1].Vi, n.En + " " + ends[0].En + " and " + strings.TrimPrefix(ends[1].En, "of ")}
	case low.text != "":
		return Sentence{n.Vi + " " + ends[0].Vi, n.En + " " + ends[0].En}
	}
	return Sentence{n.Vi + " " + ends[1].Vi, n.En + " " + ends[1].En}
}

func isMoment(t Type) bool { return t == Date || t == PartialDate || t == Timestamp || t == Time }

func lowEnd(c *Column, b bound) Sentence {
	switch {
	case b.strict && isMoment(c.Type):
		return Sentence{"sau " + b.said.Vi, "after " + b.said.En}
	case b.strict:
		return Sentence{"lớn hơn " + b.said.Vi, "greater than " + b.said.En}
	case isMoment(c.Type):
		return Sentence{"từ " + b.said.Vi + " trở đi", "not before " + b.said.En}
	}
	return Sentence{"từ " + b.said.Vi + " trở lên", "of at least " + b.said.En}
}

func highEnd(c *Column, b bound) Sentence {
	switch {
	case b.strict && isMoment(c.Type):
		return Sentence{"trước " + b.said.Vi, "before " + b.said.En}
	case b.strict:
		return Sentence{"nhỏ hơn " + b.said.Vi, "less than " + b.said.En}
	case isMoment(c.Type):
		return Sentence{"không muộn hơn " + b.said.Vi, "not after " + b.said.En}
	}
	return Sentence{"không quá " + b.said.Vi, "of at most " + b.said.En}
}

func expectLength(low, high string) Sentence {
	switch {
	case low == high:
		return Sentence{"đúng " + low + " ký tự", "exactly " + low + " characters"}
	case low != "" && high != "":
		return Sentence{"từ " + low + " đến " + high + " ký tự", low + " to " + high + " characters"}
	case low != "":
		return Sentence{"ít nhất " + low + " ký tự", "at least " + low + " characters"}
	}
	return Sentence{"không quá " + high + " ký tự", "at most " + high + " characters"}
}

// digitPattern finds patterns that words say better: letters and hyphens, then
// digits.
var digitPattern = regexp.MustCompile(`^\^?([\p{L}-]{0,10})(?:\\d|\[0-9\])(?:\{(\d{1,3})\}|(\+))\$?$`)

// expectPattern words a pattern. Officials do not read regular expressions: what
// is not letters and digits is shown by the example, and as it is only where
// there is none.
func expectPattern(c *Column, pattern string) Sentence {
	s := Sentence{"giá trị đúng mẫu " + pattern, "a value of the form " + pattern}
	if m := digitPattern.FindStringSubmatch(pattern); m != nil {
		vi, en := m[2]+" chữ số", m[2]+" digits"
		if m[3] != "" {
			vi, en = "các chữ số", "digits"
		}
		if m[1] != "" {
			vi, en = "“"+m[1]+"” và "+vi, "“"+m[1]+"” and "+en
		}
		s = Sentence{"giá trị gồm " + vi, "a value made of " + en}
	} else if c.Example != "" {
		return Sentence{"giá trị viết đúng dạng như ví dụ " + c.Example, "a value written like the example " + c.Example}
	}
	if c.Example != "" {
		s.Vi += ", ví dụ " + c.Example
		s.En += ", for example " + c.Example
	}
	return s
}

const shownValues = 12

func expectValues(values []string) Sentence {
	shown := values
	var vi, en string
	if len(values) > shownValues {
		shown = values[:shownValues]
		vi = fmt.Sprintf(", … (tất cả %d giá trị)", len(values))
		en = fmt.Sprintf(", … (%d values in all)", len(values))
	}
	list := strings.Join(shown, ", ")
	return Sentence{"một trong: " + list + vi, "one of: " + list + en}
}

func expectCodeList(list, on string) Sentence {
	s := Sentence{fmt.Sprintf("mã có trong danh mục '%s'", list), fmt.Sprintf("a code of the code list '%s'", list)}
	return s.on(on, true)
}

func expectUnit(u UnitSet, on string) Sentence { return u.Name.on(on, true) }

func expectReference(ref *Reference, column, on string) Sentence {
	s := Sentence{fmt.Sprintf("giá trị có trong bộ dữ liệu '%s'", ref.Dataset), fmt.Sprintf("a value that stands in the data set '%s'", ref.Dataset)}
	if column != "" {
		s = Sentence{
			fmt.Sprintf("giá trị có trong trường '%s' của bộ dữ liệu '%s'", column, ref.Dataset),
			fmt.Sprintf("a value that stands in the column '%s' of the data set '%s'", column, ref.Dataset),
		}
	}
	return s.on(on, ref.Today)
}

// national adds that the other data set is what others must agree with.
func (s Sentence) national() Sentence {
	return Sentence{s.Vi + ", là dữ liệu của nguồn quốc gia để đối chiếu", s.En + ", which holds what the national source says"}
}

// on adds the day at which a code must be valid.
func (s Sentence) on(title string, today bool) Sentence {
	switch {
	case title != "":
		return Sentence{s.Vi + fmt.Sprintf(", còn hiệu lực vào ngày ghi ở trường '%s'", title), s.En + fmt.Sprintf(", valid on the day in '%s'", title)}
	case today:
		return Sentence{s.Vi + " còn hiệu lực", s.En + " that is valid today"}
	}
	return s
}

func expectItems(s *Shape) Sentence {
	if s.Type == "array" {
		return expectArray(s)
	}
	out := Sentence{"đối tượng JSON đúng cấu trúc đã khai báo", "a JSON object of the declared shape"}
	must := s.needed()
	if len(must) > 0 {
		out = Sentence{"đối tượng JSON có đủ các trường " + strings.Join(must, ", "), "a JSON object with the fields " + strings.Join(must, ", ")}
	}
	if n := counted(s.Min, s.Max, "trường", "fields"); n.Vi != "" {
		out.Vi, out.En = out.Vi+", "+n.Vi, out.En+", "+n.En
	}
	return out
}

func expectArray(s *Shape) Sentence {
	out := Sentence{"danh sách JSON đúng cấu trúc đã khai báo", "a JSON list of the declared shape"}
	if n := counted(s.Min, s.Max, "phần tử", "items"); n.Vi != "" {
		out = Sentence{"danh sách JSON có " + n.Vi, "a JSON list of " + n.En}
	}
	if s.Unique {
		out.Vi, out.En = out.Vi+", không lặp lại", out.En+", without repeats"
	}
	return out
}

func counted(least, most int64, vi, en string) Sentence {
	switch {
	case least > 0 && most >= 0:
		return Sentence{fmt.Sprintf("từ %d đến %d %s", least, most, vi), fmt.Sprintf("%d to %d %s", least, most, en)}
	case least > 0:
		return Sentence{fmt.Sprintf("ít nhất %d %s", least, vi), fmt.Sprintf("at least %d %s", least, en)}
	case most >= 0:
		return Sentence{fmt.Sprintf("không quá %d %s", most, vi), fmt.Sprintf("at most %d %s", most, en)}
	}
	return Sentence{}
}

func (o *Object) titles(columns []int) string {
	var names []string
	for _, i := range columns {
		names = append(names, o.Columns[i].Title)
	}
	return strings.Join(names, ", ")
}

// figures name what a rule over the whole set counts.
var figures = map[string]Sentence{
	"rowCount":        {"số bản ghi", "the number of records"},
	"nullValues":      {"số bản ghi bỏ trống", "the number of records without a value in"},
	"missingValues":   {"số bản ghi thiếu giá trị", "the number of records with a missing value in"},
	"invalidValues":   {"số bản ghi có giá trị ngoài quy định", "the number of records with a value that is not allowed in"},
	"duplicateValues": {"số bản ghi có giá trị lặp lại", "the number of records with a repeated value in"},
	"sql":             {"kết quả phép kiểm tra", "the result of the check"},
}

func expectSet(o *Object, rule *Rule) Sentence {
	s := figures[rule.Metric]
	if rule.Percent {
		s.Vi = strings.Replace(s.Vi, "số bản ghi", "tỷ lệ bản ghi", 1)
		s.En = strings.Replace(s.En, "the number of", "the percentage of", 1)
	}
	if len(rule.Columns) > 0 && rule.Metric != "sql" {
		names := o.titles(rule.Columns)
		s.Vi += " ở trường " + names
		s.En += " " + names
	}
	b := expectBound(rule.Bound, rule.Percent)
	return Sentence{s.Vi + " " + b.Vi, s.En + " " + b.En}
}

func expectBound(b Bound, percent bool) Sentence {
	show := func(f float64) Sentence {
		text := plainText(f)
		out := Sentence{vietnameseNumber(text), text}
		if percent {
			out.Vi, out.En = out.Vi+" %", out.En+" %"
		}
		return out
	}
	one, two := show(b.A), show(b.B)
	switch b.Op {
	case "=":
		return Sentence{"bằng " + one.Vi, "equal to " + one.En}
	case "!=":
		return Sentence{"khác " + one.Vi, "not " + one.En}
	case ">":
		return Sentence{"lớn hơn " + one.Vi, "greater than " + one.En}
	case ">=":
		return Sentence{"từ " + one.Vi + " trở lên", "at least " + one.En}
	case "<":
		return Sentence{"nhỏ hơn " + one.Vi, "less than " + one.En}
	case "<=":
		return Sentence{"không quá " + one.Vi, "at most " + one.En}
	case "between":
		return Sentence{"từ " + one.Vi + " đến " + two.Vi, "from " + one.En + " to " + two.En}
	}
	return Sentence{"ngoài khoảng " + one.Vi + " đến " + two.Vi, "outside " + one.En + " to " + two.En}
}

// identifiers say what a right one looks like.
var identifiers = map[viet.Kind]Sentence{
	viet.KindCCCD:      {"số định danh cá nhân (12 chữ số)", "a personal identification number (12 digits)"},
	viet.KindCMND:      {"số chứng minh nhân dân cũ (9 chữ số)", "a number of an old identity card (9 digits)"},
	viet.KindPassport:  {"số hộ chiếu Việt Nam (1 chữ cái và 7 hoặc 8 chữ số)", "a number of a Vietnamese passport (1 letter and 7 or 8 digits)"},
	viet.KindTaxCode:   {"mã số thuế (10 chữ số có số kiểm tra đúng, thêm 3 chữ số cho đơn vị phụ thuộc, hoặc 12 chữ số của cá nhân)", "a tax code (10 digits with a right check digit, 3 more for a dependent unit, or the 12 digits of a person)"},
	viet.KindBHXH:      {"mã số bảo hiểm xã hội (10 chữ số)", "a social insurance number (10 digits)"},
	viet.KindBHYT:      {"mã số thẻ bảo hiểm y tế (2 chữ cái và 13 chữ số, 10 chữ số, hoặc 12 chữ số)", "a health insurance card number (2 letters and 13 digits, 10 digits, or 12 digits)"},
	viet.KindAgency:    {"mã định danh điện tử của cơ quan (như H31.14)", "an electronic code of an agency (like H31.14)"},
	viet.KindDossier:   {"mã hồ sơ thủ tục hành chính (mã cơ quan-ngày-số thứ tự)", "a number of an administrative dossier (agency-date-serial)"},
	viet.KindProcedure: {"mã thủ tục hành chính (như 2.000815)", "a code of an administrative procedure (like 2.000815)"},
	viet.KindDocument:  {"số, ký hiệu văn bản (như 2352/QĐ-UBND)", "a number and symbol of a document (like 2352/QĐ-UBND)"},
	viet.KindParcel:    {"mã định danh thửa đất (12 ký tự)", "a code of a land parcel (12 characters)"},
	viet.KindPlate:     {"biển số xe", "a number plate"},
	viet.KindPhone:     {"số điện thoại Việt Nam", "a telephone number of Viet Nam"},
	viet.KindProvince:  {"mã tỉnh (2 chữ số)", "a code of a province (2 digits)"},
	viet.KindCommune:   {"mã xã (5 chữ số)", "a code of a commune (5 digits)"},

	viet.KindForeignPassport: {"số hộ chiếu nước ngoài (5 đến 20 chữ cái in hoa và chữ số)", "a number of a foreign passport (5 to 20 capitals and digits)"},
	viet.KindEmail:           {"địa chỉ thư điện tử (như vanthu@hungyen.gov.vn)", "an e-mail address (like vanthu@hungyen.gov.vn)"},
	viet.KindBudgetUnit:      {"mã số đơn vị có quan hệ với ngân sách (7 chữ số)", "a code of a unit of the state budget (7 digits)"},
	viet.KindPostcode:        {"mã bưu chính (5 chữ số)", "a postcode (5 digits)"},
}

// ShownExample is the column's example as it is written in Vietnamese: days as
// dd/mm/yyyy. "" when there is none.
func (c *Column) ShownExample() string {
	if c.Type == Date || c.Type == PartialDate {
		if d, _, err := viet.ParseDate([]byte(c.Example)); err == nil {
			return d.Display()
		}
	}
	return c.Example
}
