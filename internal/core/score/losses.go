package score

import (
	"cmp"
	"slices"

	"github.com/phohien/phohien/internal/core/contract"
)

// Who can mend what a score lacks.
const (
	Sender   = "sender"   // the unit that sends the data
	Owner    = "owner"    // the organisation that answers for the data set and its contract
	Platform = "platform" // who runs the platform
)

// A Loss is what one part takes from a score.
type Loss struct {
	Criterion      contract.Criterion
	CriterionTitle contract.Sentence
	Part           Part
	Records        int64   // that break it; of Expectation those that are not there; 0 where no records are counted
	Points         float64 // what the criterion gains when this alone is mended
	Adds           float64 // what the overall score gains
	Who            string
	How            contract.Sentence
	Waits          bool // its rows wait in quarantine
	Flagged        bool // its rows were accepted and carry the rule in _flags
}

// Losses tells for each lost point of a score who can mend it, how, and what
// mending adds: what adds most comes first. Each is told as if it alone were
// mended; together they add what is missing to 100.
func Losses(c *contract.Contract, s Score) []Loss {
	measured := 0
	for _, cr := range s.Criteria {
		if cr.Value != nil && cr.ID != contract.Shared {
			measured++
		}
	}
	list := []Loss{}
	for _, cr := range s.Criteria {
		if cr.Value == nil || cr.ID == contract.Shared {
			continue
		}
		for _, p := range cr.Parts {
			if p.Value >= 100 {
				continue
			}
			l := Loss{Criterion: cr.ID, CriterionTitle: cr.Title, Part: p, Points: points(cr.Parts, p)}
			l.Adds = l.Points / float64(measured)
			l.explain(c)
			list = append(list, l)
		}
	}
	slices.SortStableFunc(list, func(a, b Loss) int { return cmp.Compare(b.Adds, a.Adds) })
	return list
}

// points is what a criterion gains when one of its parts becomes 100.
func points(parts []Part, p Part) float64 {
	tables := map[string]bool{}
	lack, weights, factor := 0.0, 0.0, 1.0 // of the part's table
	for _, other := range parts {
		tables[other.Object] = true
		switch {
		case other.Object != p.Object:
		case other.Rule == Expectation:
			factor = other.Value / 100
		default:
			lack += other.Weight * (100 - other.Value) / 100
			weights += other.Weight
		}
	}
	if p.Rule != Expectation {
		return p.Weight * (100 - p.Value) / 100 * factor
	}
	if weights == 0 { // the factor is all that the table has
		weights = 100 / float64(len(tables))
	}
	return (weights - lack) * (1 - factor)
}

// explain says who can mend a loss, and how.
func (l *Loss) explain(c *contract.Contract) {
	if l.Part.Rule != Age {
		l.Records = l.Part.Population - l.Part.Valid
	}
	switch l.Part.Rule {
	case Standardised:
		l.Who, l.How = Sender, howSpelling
	case Expectation:
		l.Who, l.How = Owner, howExpectation
	case Age:
		l.Who, l.How = Sender, howAge
	case Terms:
		l.Who, l.How, l.Records = Owner, howTerms, 0
	default:
		l.rule(c)
	}
	// Where nobody answers for the data set, whoever runs the platform has to find
	// out who does.
	if l.Who == Owner && c.Owner == "" {
		l.Who, l.How = Platform, howNobody
	}
}

func (l *Loss) rule(c *contract.Contract) {
	l.Who, l.How = Sender, howSource
	if c.Origin == contract.FromPlatform {
		l.Who, l.How = Owner, howDesk
	}
	r := ruleOf(c, l.Part)
	if r == nil {
		return
	}
	l.Waits, l.Flagged = r.Severity == contract.Reject, r.Severity == contract.Warn
	switch r.Kind {
	case contract.RuleSet:
		l.Who, l.How, l.Records = Owner, howSet, 0
		l.Waits, l.Flagged = false, false
	case contract.RuleCodeList, contract.RuleReference:
		if c.Origin != contract.FromPlatform {
			l.How = howReference
		}
	case contract.RuleKey, contract.RuleUnique:
		if c.Origin != contract.FromPlatform {
			l.How = howTwice
		}
	}
}

func ruleOf(c *contract.Contract, p Part) *contract.Rule {
	for _, o := range c.Objects {
		if o.Dataset != p.Object {
			continue
		}
		for i := range o.Rules {
			if o.Rules[i].ID == p.Rule {
				return &o.Rules[i]
			}
		}
	}
	return nil
}

var (
	howSource      = contract.Sentence{Vi: "Sửa tại nguồn rồi gửi lại các bản ghi này.", En: "Mend these records at the source and send them again."}
	howDesk        = contract.Sentence{Vi: "Cơ quan chủ quản sửa các bản ghi này trên nền tảng.", En: "The owner mends these records here."}
	howSpelling    = contract.Sentence{Vi: "Gửi theo cách viết chuẩn (ngày, số, khoảng trắng, bảng mã) để không phải chuẩn hóa.", En: "Send the standard spelling (dates, numbers, blanks, encoding), so that nothing has to be standardised."}
	howExpectation = contract.Sentence{Vi: "Đôn đốc gửi các bản ghi còn thiếu; nếu số dự kiến không còn đúng thì sửa đặc tả.", En: "See that the records that are not there are sent; if the expected number is out of date, change the contract."}
	howAge         = contract.Sentence{Vi: "Gửi dữ liệu mới theo đúng kỳ đã cam kết.", En: "Send new data, as often as was promised."}
	howTerms       = contract.Sentence{Vi: "Gắn từng trường còn lại với thuật ngữ của từ điển, hoặc ghi lý do không gắn, trong đặc tả.", En: "Name a term of the dictionary for each property that has none, or say why there is none, in the contract."}
	howReference   = contract.Sentence{Vi: "Sửa mã tại nguồn rồi gửi lại; nếu mã đúng mà danh mục hoặc bộ dữ liệu đối chiếu chưa có thì báo cơ quan chủ quản danh mục đó.", En: "Mend the code at the source and send it again; if the code is right and the list or data set lacks it, tell the owner of that."}
	howTwice       = contract.Sentence{Vi: "Xác định bản ghi nào đúng, bỏ hoặc sửa bản ghi trùng tại nguồn rồi gửi lại.", En: "Find out which record is right, drop or mend the other at the source and send again."}
	howSet         = contract.Sentence{Vi: "Quy tắc tính trên cả bộ dữ liệu: cơ quan chủ quản xem lại số liệu chung, rồi yêu cầu đơn vị gửi bổ sung.", En: "A rule over the whole set: the owner looks at the figures and asks the senders for what is missing."}
	howNobody      = contract.Sentence{Vi: "Đặc tả chưa ghi cơ quan chủ quản: đơn vị vận hành nền tảng xác định cơ quan chủ quản trước.", En: "The contract names no owner: who runs the platform has to find the owner first."}
)
