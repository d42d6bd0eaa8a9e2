package score

import (
	"fmt"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// titles name the criteria as the law does.
var titles = map[contract.Criterion]contract.Sentence{
	contract.Valid:      {Vi: "Đúng", En: "Valid"},
	contract.Complete:   {Vi: "Đủ", En: "Complete"},
	contract.Clean:      {Vi: "Sạch", En: "Clean"},
	contract.Live:       {Vi: "Sống", En: "Live"},
	contract.Consistent: {Vi: "Thống nhất", En: "Consistent"},
	contract.Shared:     {Vi: "Dùng chung", En: "Shared"},
}

var (
	titleStandardised = contract.Sentence{Vi: "Bản ghi gửi đã đúng cách viết chuẩn, không phải chuẩn hóa", En: "Records sent in the standard spelling"}
	titleExpectation  = contract.Sentence{Vi: "Số bản ghi so với số dự kiến", En: "Records against the expected number"}

	titleTerms = contract.Sentence{Vi: "Trường đã gắn với thuật ngữ của từ điển dữ liệu dùng chung", En: "Properties that stand for a term of the shared dictionary"}

	noRecords   = contract.Sentence{Vi: "Bộ dữ liệu chưa có bản ghi nào.", En: "The data set has no records yet."}
	notShared   = contract.Sentence{Vi: "Chưa thống kê việc khai thác, chia sẻ dữ liệu nên tiêu chí này chưa đo.", En: "Use of the data is not counted yet, so this is not measured."}
	allWithheld = contract.Sentence{Vi: "mọi giá trị đều thuộc diện có nhưng không được cung cấp", En: "all values are withheld"}
)

// nothing says why a criterion has no value although there are records.
var nothing = map[contract.Criterion]contract.Sentence{
	contract.Valid:    {Vi: "Đặc tả chưa có quy tắc nào về tính đúng.", En: "The contract has no rule about validity."},
	contract.Complete: {Vi: "Đặc tả chưa quy định trường bắt buộc và số bản ghi dự kiến.", En: "The contract names neither required properties nor an expected number of records."},
	contract.Clean:    {Vi: "Chưa có bản ghi nào đạt để đo.", En: "There is no accepted record to measure."},
	contract.Live:     {Vi: "Đặc tả chưa cam kết tần suất cập nhật.", En: "The contract promises no frequency of updates."},
	contract.Consistent: {
		Vi: "Đặc tả chưa có trường nào gắn với thuật ngữ, dùng danh mục (bảng mã) hoặc mã đơn vị hành chính.",
		En: "The contract has no property with a term, a code list or a code of an administrative unit.",
	},
}

// noTerms is said of consistency where there is no dictionary.
var noTerms = contract.Sentence{
	Vi: "Chưa có từ điển dữ liệu dùng chung nên chưa tính việc gắn trường với thuật ngữ.",
	En: "There is no shared dictionary, so the mapping to its terms is not counted.",
}

func ruleTitle(o *contract.Object, r *contract.Rule) contract.Sentence {
	// A rule over many rows names its columns in its own words.
	if len(r.Columns) == 0 || r.Kind == contract.RuleKey || r.Kind == contract.RuleSet {
		return contract.Sentence{Vi: upperFirst(r.Expected.Vi), En: upperFirst(r.Expected.En)}
	}
	title := o.Columns[r.Columns[0]].Title
	return contract.Sentence{Vi: title + ": " + r.Expected.Vi, En: title + ": " + r.Expected.En}
}

func upperFirst(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}

func notInstalled(r *contract.Rule, what string) contract.Sentence {
	if r.CodeList != "" {
		return contract.Sentence{Vi: fmt.Sprintf("danh mục “%s” chưa được cài đặt", what), En: fmt.Sprintf("the code list %q is not installed", what)}
	}
	return contract.Sentence{Vi: fmt.Sprintf("bộ dữ liệu “%s” chưa có dữ liệu để đối chiếu", what), En: fmt.Sprintf("the data set %q has no data to compare with", what)}
}

func noExpectation(dataset string) contract.Sentence {
	return contract.Sentence{Vi: fmt.Sprintf("bộ dữ liệu “%s” chưa có bản ghi nào", dataset), En: fmt.Sprintf("the data set %q has no records yet", dataset)}
}

func expectationTitle(e expected) contract.Sentence {
	if e.From == "" {
		return titleExpectation
	}
	return contract.Sentence{
		Vi: fmt.Sprintf("Số bản ghi so với số bản ghi của bộ dữ liệu “%s”", e.From),
		En: fmt.Sprintf("Records against the number of records of %q", e.From),
	}
}

func ageTitle(o *contract.Object, own bool, f contract.Frequency) contract.Sentence {
	vi, en := "Đợt gửi gần nhất có xác nhận dữ liệu", "Last batch that confirmed rows"
	if own {
		title := o.Columns[f.Column].Title
		vi, en = title+" mới nhất", "Newest "+title
	}
	return contract.Sentence{
		Vi: vi + ", so với cam kết " + span(locale.Vi, f.Every) + " một lần",
		En: en + ", against the promise of once in " + span(locale.En, f.Every),
	}
}

// span writes a time in the greatest unit that tells it well: 1,5 ngày.
func span(l locale.Lang, d time.Duration) string {
	for _, u := range []struct {
		unit         time.Duration
		vi, one, all string
	}{
		{24 * time.Hour, "ngày", "day", "days"}, {time.Hour, "giờ", "hour", "hours"}, {time.Minute, "phút", "minute", "minutes"},
	} {
		if d < u.unit && u.unit > time.Minute {
			continue
		}
		n := float64(d) / float64(u.unit)
		text := strings.TrimSuffix(l.Float(n, 1), l.Float(0.5, 1)[1:2]+"0")
		switch {
		case l == locale.Vi:
			return text + " " + u.vi
		case text == "1":
			return text + " " + u.one
		}
		return text + " " + u.all
	}
	return ""
}

// words gather what is to be said about one criterion.
type words struct {
	id               contract.Criterion
	contract         *contract.Contract
	counts           counts
	population, open int64

	serious []contract.Sentence // parts of the key below 100
	said    []contract.Sentence // how the value came about
	left    []contract.Sentence // rules that are not measured
}

func (w *words) unmeasured(title, why contract.Sentence) {
	w.left = append(w.left, contract.Sentence{
		Vi: "Chưa đo “" + title.Vi + "”: " + strings.TrimRight(why.Vi, ".!") + ".",
		En: "Not measured “" + title.En + "”: " + strings.TrimRight(why.En, ".!") + ".",
	})
}

// identity notes a key that is not right throughout: bad records with such a
// fault must not flow.
func (w *words) identity(o *contract.Object, r *contract.Rule, p Part) {
	if p.Value >= 100 || len(r.Columns) == 0 || r.Severity == contract.Note {
		return
	}
	key := map[int]bool{}
	for _, c := range o.Key {
		key[c] = true
	}
	for _, c := range r.Columns {
		if !key[c] {
			return
		}
	}
	bad := p.Population - p.Valid
	w.serious = append(w.serious, contract.Sentence{
		Vi: fmt.Sprintf("Nghiêm trọng: trường khóa phải đạt 100; số bản ghi chưa đạt: %s (%s). Sửa ngay tại nguồn rồi gửi lại; các bản ghi này không được cung cấp.", locale.Vi.Number(bad), p.Title.Vi),
		En: fmt.Sprintf("Serious: key properties must reach 100; records that do not: %s (%s). Mend them at the source at once and send them again; these records are not passed on.", locale.En.Number(bad), p.Title.En),
	})
}

func (w *words) terms(mapped, all int64) {
	w.said = append(w.said, contract.Sentence{
		Vi: fmt.Sprintf("Số trường đã gắn với thuật ngữ của từ điển dữ liệu dùng chung: %s/%s.", locale.Vi.Number(mapped), locale.Vi.Number(all)),
		En: fmt.Sprintf("Properties that stand for a term of the shared dictionary: %s of %s.", locale.En.Number(mapped), locale.En.Number(all)),
	})
}

func (w *words) expected(p Part) {
	w.said = append(w.said, contract.Sentence{
		Vi: fmt.Sprintf("Nhân với tỷ lệ bản ghi hiện có trên số dự kiến: %s/%s.", locale.Vi.Number(p.Valid), locale.Vi.Number(p.Population)),
		En: fmt.Sprintf("Times the records there are of those expected: %s of %s.", locale.En.Number(p.Valid), locale.En.Number(p.Population)),
	})
}

func (w *words) age(newest time.Time, age, every time.Duration) {
	w.said = append(w.said, contract.Sentence{
		Vi: fmt.Sprintf("Dữ liệu mới đến %s, cách đây %s; cam kết cập nhật %s một lần.", locale.Vi.Time(newest), span(locale.Vi, age), span(locale.Vi, every)),
		En: fmt.Sprintf("The data reach to %s, %s ago; updates are promised once in %s.", locale.En.Time(newest), span(locale.En, age), span(locale.En, every)),
	})
}

func (w *words) noMoment(o *contract.Object, own bool, column int) {
	why := contract.Sentence{Vi: "chưa có đợt gửi nào xác nhận dữ liệu", En: "no batch has confirmed rows yet"}
	title := contract.Sentence{Vi: "Độ mới của dữ liệu", En: "Age of the data"}
	if own {
		name := o.Columns[column].Title
		why = contract.Sentence{
			Vi: fmt.Sprintf("trường “%s” chưa có giá trị thời gian nào đến hôm nay", name),
			En: fmt.Sprintf("the property %q holds no time up to today", name),
		}
	}
	w.unmeasured(title, why)
}

// why joins everything into one text.
func (w *words) why(cr *Criterion) contract.Sentence {
	if w.population == 0 {
		return noRecords
	}
	all := w.serious
	switch {
	case cr.Value != nil:
		all = append(all, w.basis(cr.Parts)...)
		all = append(all, w.said...)
	case len(w.left) == 0:
		all = append(all, nothing[w.id])
	}
	all = append(all, w.left...)
	if w.id == contract.Consistent && w.contract.Terms == nil {
		all = append(all, noTerms)
	}
	var vi, en []string
	for _, s := range all {
		vi, en = append(vi, s.Vi), append(en, s.En)
	}
	return contract.Sentence{Vi: strings.Join(vi, " "), En: strings.Join(en, " ")}
}

// basis says of how many rules and records the value is, and which part is the
// lowest. The age of data and the mapping to terms say all this themselves.
func (w *words) basis(parts []Part) []contract.Sentence {
	rules := 0
	var lowest *Part
	for i := range parts {
		p := &parts[i]
		if p.Rule == Age || p.Rule == Expectation || p.Rule == Terms {
			continue
		}
		rules++
		if p.Value < 100 && (lowest == nil || p.Value < lowest.Value) {
			lowest = p
		}
	}
	if rules == 0 {
		return nil
	}
	all := []contract.Sentence{{
		Vi: fmt.Sprintf("Tính theo %s nội dung kiểm tra trên %s bản ghi, gồm %s bản ghi chưa đạt.", locale.Vi.Number(int64(rules)), locale.Vi.Number(w.population), locale.Vi.Number(w.open)),
		En: fmt.Sprintf("From %s checks of %s records, %s of them in quarantine.", locale.En.Number(int64(rules)), locale.En.Number(w.population), locale.En.Number(w.open)),
	}}
	if lowest != nil {
		all = append(all, contract.Sentence{
			Vi: fmt.Sprintf("Thấp nhất: %s (%s/%s).", lowest.Title.Vi, locale.Vi.Number(lowest.Valid), locale.Vi.Number(lowest.Population)),
			En: fmt.Sprintf("Lowest: %s (%s of %s).", lowest.Title.En, locale.En.Number(lowest.Valid), locale.En.Number(lowest.Population)),
		})
	}
	return all
}
