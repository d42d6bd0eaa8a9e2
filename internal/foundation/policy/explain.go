package policy

import (
	"fmt"
	"slices"
	"strings"
)

// An Explanation is a decision with the part that each policy had in it.
type Explanation struct {
	Decision Decision  `json:"decision"`
	Vi       string    `json:"vi"`
	En       string    `json:"en"`
	Policies []Step    `json:"policies"`          // about the action, by id
	Columns  []Looking `json:"columns,omitempty"` // in the order of the data set
}

// A Step is one policy that was looked at.
type Step struct {
	Policy    string `json:"policy"`
	Effect    string `json:"effect"` // "permit" or "forbid"
	Scope     bool   `json:"scope"`  // it is about who asks and what is asked for
	Condition string `json:"condition,omitempty"`
	Counts    bool   `json:"counts"` // it had a part in the decision
	Text      string `json:"text"`   // Cedar
	Basis     string `json:"basis,omitempty"`
	Says      Reason `json:"says"` // its own sentences
	Vi        string `json:"vi"`   // what it contributes
	En        string `json:"en"`
}

// A Looking is why a column is seen as it is.
type Looking struct {
	Column   string `json:"column"`
	Mask     Mask   `json:"mask,omitempty"`
	Match    bool   `json:"match,omitempty"`
	Vi       string `json:"vi"`
	En       string `json:"en"`
	Policies []Step `json:"policies"`
}

// Results of a condition in a Step.
const (
	Holds     = "true"
	HoldsNot  = "false"
	HoldsFail = "error" // it could not be judged
)

// Explain answers as Allow does and says why: every policy that could be about
// the question, whether it is, whether its condition holds, and what it gives
// or takes.
func (p *Policies) Explain(who Who, action Action, what What, purpose Purpose) Explanation {
	set := p.now.Load()
	e := Explanation{Decision: set.allow(&who, action, &what, purpose)}
	q := requests.Get().(*request)
	defer q.done()
	if !q.ask(set, &who, action, &what, purpose) {
		e.Vi, e.En = unknownReason.Vi, unknownReason.En
		return e
	}
	e.Vi, e.En = Say(&e.Decision, &what, action)
	q.ready()
	e.Policies = set.steps(q, q.scoped, q.gives)
	if e.Decision.Allowed && bringsRows(action) {
		rows := "some"
		if e.Decision.Rows.All {
			rows = "all"
		}
		q.look(rows)
		q.ready()
		for i := range what.Columns {
			e.Columns = append(e.Columns, set.looking(q, &what.Columns[i], e.Decision.Columns[what.Columns[i].Name]))
		}
	}
	return e
}

// looking explains one column.
func (set *snapshot) looking(q *request, c *Column, s Sight) Looking {
	q.at(c)
	q.env.Resource = q.resource
	l := Looking{Column: c.Name, Mask: s.Mask, Match: s.Match}
	l.Vi, l.En = s.words()
	l.Policies = set.steps(q, q.scoped, q.shows)
	if !slices.ContainsFunc(l.Policies, func(s Step) bool { return s.Counts }) {
		l.Vi += "; không có chính sách nào nói riêng nên theo cách che mặc định"
		l.En += "; no policy says otherwise, so it is masked as usual"
	}
	return l
}

// steps goes through the policies that stand under the keys of a request.
func (set *snapshot) steps(q *request, scoped func(*rule) bool, gives func(*rule) (vi, en string, counts bool)) []Step {
	var list []Step
	set.each(q, func(r *rule) {
		s := Step{Policy: r.id, Effect: r.reason.Effect, Scope: scoped(r), Text: r.text, Basis: r.words.basis, Says: r.reason}
		switch {
		case !s.Scope:
			s.Vi, s.En = "Không áp dụng: không đúng người hoặc đối tượng nêu ở đầu chính sách.", "Not about this: it names somebody or something else."
		default:
			if s.Condition = q.condition(r); s.Condition == Holds {
				s.Vi, s.En, s.Counts = gives(r)
			} else if s.Condition == HoldsNot {
				s.Vi, s.En = "Không áp dụng: điều kiện không thoả.", "Not about this: its condition does not hold."
			} else {
				b := broken(r)
				s.Vi, s.En, s.Counts = b.Vi, b.En, true
			}
		}
		list = append(list, s)
	})
	slices.SortStableFunc(list, func(a, b Step) int { return strings.Compare(a.Policy, b.Policy) })
	return list
}

// condition judges the condition of one policy.
func (q *request) condition(r *rule) string {
	var b batch
	b.add(q, r)
	b.judge(q)
	switch {
	case len(b.failed) > 0:
		return HoldsFail
	case len(b.met) > 0:
		return Holds
	}
	return HoldsNot
}

// gives says what a policy whose condition holds does to the decision.
func (q *request) gives(r *rule) (vi, en string, counts bool) {
	needVi, needEn := q.needs(r)
	switch {
	case !r.permit && (r.words.purpose || r.words.strong) && q.met(r):
		return "Điều cấm được gỡ: đã đủ điều kiện.", "What it asks for has been shown, so it forbids nothing.", false
	case !r.permit:
		return "Cấm" + needVi + ".", "Forbids" + needEn + ".", true
	case !q.met(r):
		return "Cho phép" + needVi + ".", "Permits" + needEn + ".", true
	}
	var rows Rows
	if !touchesRows(actions[q.action]) || !q.what.hasRows() || r.words.rows == rowsNone {
		return "Cho phép.", "Permits.", true
	}
	if !rows.add(q, r.words.rows) {
		return "Không cho bản ghi nào: người hỏi không phụ trách địa bàn, cơ quan nào, hoặc bộ dữ liệu không có trường địa bàn, cơ quan.",
			"Gives no rows: who asks covers no unit or agency, or the data set has no column for them.", false
	}
	vi, en = rows.clean().words()
	return "Cho phép: " + vi + ".", "Permits: " + en + ".", true
}

// needs says what a policy requires and has not been shown.
func (q *request) needs(r *rule) (vi, en string) {
	purpose, strong := r.words.purpose && q.facts.purpose == "", r.words.strong && !q.facts.strong
	when, whenEn := " khi", " once"
	if !r.permit {
		when, whenEn = " đến khi", " until"
	}
	switch {
	case purpose && strong:
		return when + " nêu mục đích và xác thực lớp hai", whenEn + " a purpose is named and a second factor is shown"
	case purpose:
		return when + " nêu mục đích", whenEn + " a purpose is named"
	case strong:
		return when + " xác thực lớp hai", whenEn + " a second factor is shown"
	}
	return "", ""
}

// shows says what a policy does to how a column is seen.
func (q *request) shows(r *rule) (vi, en string, counts bool) {
	vi, en = r.words.sight.words()
	needVi, needEn := q.needs(r)
	switch {
	case !r.permit && (r.words.purpose || r.words.strong) && q.met(r):
		return "Điều cấm được gỡ: đã đủ điều kiện.", "What it asks for has been shown, so it forbids nothing.", false
	case !r.permit:
		return "Không cho thấy hơn: " + vi + needVi + ".", "No more is seen than: " + en + needEn + ".", true
	}
	return "Cho thấy: " + vi + needVi + ".", "Shows: " + en + needEn + ".", q.met(r)
}

// words says how a column is seen.
func (s Sight) words() (vi, en string) {
	w := map[Mask][2]string{
		Clear: {"đầy đủ", "in clear"}, LastFour: {"bốn ký tự cuối", "the last four characters"}, Year: {"chỉ năm", "the year only"},
		Commune: {"chỉ từ cấp xã", "from the commune on"}, Hash: {"mã băm", "a keyed hash"}, Hidden: {"ẩn", "hidden"},
	}[s.Mask]
	vi, en = w[0], w[1]
	if s.Match && s.Mask != Clear {
		vi, en = vi+", tra cứu được bằng đúng giá trị", en+", may be looked up by the exact value"
	}
	return vi, en
}

// words says which rows.
func (w Rows) words() (vi, en string) {
	if w.All {
		return "toàn bộ bản ghi", "all rows"
	}
	var v, e []string
	if len(w.Units) > 0 {
		v = append(v, "đơn vị hành chính "+few(w.Units))
		e = append(e, "the units "+few(w.Units))
	}
	if len(w.Orgs) > 0 {
		v = append(v, "cơ quan "+few(w.Orgs))
		e = append(e, "the agencies "+few(w.Orgs))
	}
	if len(v) == 0 {
		return "không bản ghi nào", "no rows"
	}
	return "bản ghi thuộc " + strings.Join(v, " hoặc "), "rows of " + strings.Join(e, " or ")
}

// few writes the first of a list.
func few(list []string) string {
	const most = 5
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s … (%d)", strings.Join(list[:most], ", "), len(list))
}

// Say puts a decision into one sentence.
func Say(d *Decision, what *What, action Action) (vi, en string) {
	var v, e []string
	more := ""
	switch {
	case d.NeedsPurpose && d.NeedsStrong:
		more = "nêu mục đích và xác thực lớp hai|a purpose is named and a second factor is shown"
	case d.NeedsPurpose:
		more = "nêu mục đích|a purpose is named"
	case d.NeedsStrong:
		more = "xác thực lớp hai|a second factor is shown"
	}
	moreVi, moreEn, _ := strings.Cut(more, "|")
	if !d.Allowed {
		if more != "" {
			return "Chưa được phép: cần " + moreVi + ".", "Not yet: it is allowed once " + moreEn + "."
		}
		return "Không được phép.", "Not allowed."
	}
	if touchesRows(action) && what.hasRows() {
		vi, en := d.Rows.words()
		v, e = append(v, vi), append(e, en)
	}
	if d.SmallestGroup > 0 {
		v = append(v, fmt.Sprintf("chỉ số liệu tổng hợp, nhóm từ %d trở lên", d.SmallestGroup))
		e = append(e, fmt.Sprintf("totals only, of groups of %d or more", d.SmallestGroup))
	}
	for i := range what.Columns {
		if s, masked := d.Columns[what.Columns[i].Name]; masked {
			vi, en := s.words()
			v, e = append(v, what.Columns[i].Name+": "+vi), append(e, what.Columns[i].Name+": "+en)
		}
	}
	if more != "" {
		v, e = append(v, "thấy nhiều hơn khi "+moreVi), append(e, "more is seen once "+moreEn)
	}
	if len(v) == 0 {
		return "Được phép.", "Allowed."
	}
	return "Được phép: " + strings.Join(v, "; ") + ".", "Allowed: " + strings.Join(e, "; ") + "."
}
