package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"

	"github.com/cedar-policy/cedar-go"
)

// A snapshot is a set of policies, compiled. It never changes.
type snapshot struct {
	seq      int64 // of the last change in it
	version  string
	begins   bool    // only the bootstrap policies are in force
	rules    []*rule // sorted by id
	byID     map[string]*rule
	settings *settings
	index    []map[cedar.EntityUID]map[cedar.EntityUID][]*rule // by action, then who, then what
	contexts cache[facts]
	things   cache[thing]
	named    register
	decided  decided
}

// assemble makes a snapshot of rules and settings.
func assemble(seq int64, rules []*rule, s *settings) *snapshot {
	set := &snapshot{seq: seq, rules: slices.Clone(rules), settings: s, index: make([]map[cedar.EntityUID]map[cedar.EntityUID][]*rule, len(actions))}
	set.named.now.Store(&sync.Map{})
	slices.SortFunc(set.rules, func(a, b *rule) int { return strings.Compare(a.id, b.id) })
	sum := sha256.New()
	sum.Write([]byte(s.digest))
	set.byID = make(map[string]*rule, len(set.rules))
	for _, r := range set.rules {
		set.byID[r.id] = r
		sum.Write([]byte(r.id + "\n" + r.digest + "\n"))
		who, what := r.principal.key(), r.resource.key()
		for _, a := range r.actions {
			if set.index[a] == nil {
				set.index[a] = map[cedar.EntityUID]map[cedar.EntityUID][]*rule{}
			}
			if set.index[a][who] == nil {
				set.index[a][who] = map[cedar.EntityUID][]*rule{}
			}
			set.index[a][who][what] = append(set.index[a][who][what], r)
		}
	}
	set.version = hex.EncodeToString(sum.Sum(nil)[:6])
	return set
}

// each calls f with the policies that can be about a request: those that stand
// in the index under one of its keys. All others name somebody or something
// else.
func (set *snapshot) each(q *request, f func(*rule)) {
	for i, who := range q.keys {
		if slices.Contains(q.keys[:i], who) {
			continue // a role named twice, or somebody without an id
		}
		byThing := set.index[q.action][who]
		if byThing == nil {
			continue
		}
		for j, what := range q.things {
			if slices.Contains(q.things[:j], what) {
				continue // something without an id
			}
			for _, r := range byThing[what] {
				f(r)
			}
		}
	}
}

// A verdict is what the policies say about one action, columns aside.
type verdict struct {
	allowed         bool
	purpose, strong bool // what is missing
	rows            Rows
	group           int
	because         []Reason
}

// judge asks the policies about one action.
func (set *snapshot) judge(q *request) verdict {
	var v verdict
	q.ready()
	q.permits.clear()
	q.forbids.clear()
	set.each(q, func(r *rule) {
		if q.scoped(r) {
			q.batch(r).add(q, r)
		}
	})
	q.permits.judge(q)
	q.forbids.judge(q)
	var stop, soft, pending []*rule
	for _, r := range q.permits.met {
		if q.met(r) {
			v.permit(q, r)
		} else {
			pending = append(pending, r)
		}
	}
	for _, r := range q.forbids.met {
		switch {
		case !r.words.purpose && !r.words.strong:
			stop = append(stop, r)
		case !q.met(r):
			soft = append(soft, r)
		}
	}
	for _, failed := range [][]*rule{q.permits.failed, q.forbids.failed} {
		for _, r := range failed {
			stop = append(stop, &rule{reason: broken(r)})
		}
	}
	v.settle(q, stop, soft, pending)
	return v
}

// batch is where a policy is judged.
func (q *request) batch(r *rule) *batch {
	if r.permit {
		return &q.permits
	}
	return &q.forbids
}

// met reports whether what a policy requires has been shown.
func (q *request) met(r *rule) bool {
	return (!r.words.purpose || q.facts.purpose != "") && (!r.words.strong || q.facts.strong)
}

// permit adds what one policy gives.
func (v *verdict) permit(q *request, r *rule) {
	if !v.rows.add(q, r.words.rows) && touchesRows(actions[q.action]) && r.words.rows != rowsNone {
		return // it gives rows by a unit or an agency, and there are none
	}
	v.allowed = true
	v.because = append(v.because, r.reason)
	if r.words.group > 0 && (v.group == 0 || r.words.group < v.group) {
		v.group = r.words.group
	}
}

// settle closes a verdict: a single forbid outweighs every permit.
func (v *verdict) settle(q *request, stop, soft, pending []*rule) {
	switch {
	case len(stop) > 0:
		*v = verdict{because: reasons(stop)}
	case len(soft) > 0 && (v.allowed || len(pending) > 0):
		v.refuse(q, reasons(soft), append(soft, pendingUnless(v.allowed, pending)...))
	case v.allowed:
		v.hint(q, pending)
	case len(pending) > 0:
		v.refuse(q, reasons(pending), pending[:1])
	default:
		*v = verdict{because: []Reason{defaultReason}}
	}
}

// hint says what would give more rows than those that are given already.
func (v *verdict) hint(q *request, pending []*rule) {
	for _, r := range pending {
		rows := v.rows
		if v.rows.All || !rows.add(q, r.words.rows) {
			continue
		}
		if rows.All || len(rows.Units) != len(v.rows.Units) || len(rows.Orgs) != len(v.rows.Orgs) {
			v.purpose = v.purpose || r.words.purpose && q.facts.purpose == ""
			v.strong = v.strong || r.words.strong && !q.facts.strong
		}
	}
}

// pendingUnless is what waits, when nothing is allowed without it.
func pendingUnless(allowed bool, pending []*rule) []*rule {
	if allowed {
		return nil
	}
	return pending[:1]
}

// refuse says what would have to be shown.
func (v *verdict) refuse(q *request, because []Reason, needs []*rule) {
	*v = verdict{because: because}
	for _, r := range needs {
		v.purpose = v.purpose || r.words.purpose && q.facts.purpose == ""
		v.strong = v.strong || r.words.strong && !q.facts.strong
	}
}

func reasons(rules []*rule) []Reason {
	list := make([]Reason, len(rules))
	for i, r := range rules {
		list[i] = r.reason
	}
	return list
}

var defaultReason = Reason{Effect: "default", Vi: "Chưa có chính sách nào cho phép việc này.", En: "No policy permits this."}

var unknownReason = Reason{Effect: "default", Vi: "Hệ thống không biết loại đối tượng, hành động hoặc tài khoản này nên từ chối.",
	En: "This kind of thing, action or account is not known, so it is refused."}

// broken is the reason of a policy whose condition could not be judged.
func broken(r *rule) Reason {
	return Reason{Policy: r.id, Effect: "forbid",
		Vi: "Không tính được điều kiện của chính sách “" + r.id + "”, nên mọi việc thuộc phạm vi của chính sách này bị từ chối. Quản trị hệ thống cần sửa chính sách.",
		En: "The condition of the policy “" + r.id + "” could not be judged, so all it is about is refused. The administrator has to mend it."}
}

// add widens rows by what a policy gives; false when it gives none.
func (w *Rows) add(q *request, word rowsWord) bool {
	given := false
	if q.who.Kind == "" && word != rowsAll {
		return false // without an account nobody covers anything
	}
	if word == rowsAll {
		w.All, given = true, true
	}
	if (word == rowsUnit || word == rowsUnitOrOrg) && q.what.UnitColumn != "" && len(q.who.Units) > 0 {
		given = true
		if slices.Contains(q.who.Units, "*") {
			w.All = true
		} else {
			w.Units = q.who.Units
		}
	}
	if (word == rowsOrg || word == rowsUnitOrOrg) && q.what.OrgColumn != "" && len(q.who.Covers) > 0 {
		w.Orgs, given = q.who.Covers, true
	}
	return given
}

// allow answers a question.
func (set *snapshot) allow(who *Who, action Action, what *What, purpose Purpose) Decision {
	q := requests.Get().(*request)
	defer q.done()
	if !q.ask(set, who, action, what, purpose) {
		return Decision{Because: []Reason{unknownReason}, Version: set.version}
	}
	v := set.judge(q)
	d := Decision{Allowed: v.allowed, NeedsPurpose: v.purpose, NeedsStrong: v.strong, Because: v.because, Version: set.version}
	if !v.allowed {
		return d
	}
	if touchesRows(action) && what.hasRows() {
		d.Rows = v.rows.clean()
	}
	if action == Aggregate {
		d.SmallestGroup = set.smallest(q, &v)
	}
	if bringsRows(action) && len(what.Columns) > 0 {
		set.columns(q, &d)
	}
	return d
}

// clean leaves out what "all" already holds.
func (w Rows) clean() Rows {
	if w.All {
		return Rows{All: true}
	}
	return w
}

// smallest is the size below which groups are not shown; 0 for who may see all
// rows anyway.
func (set *snapshot) smallest(q *request, v *verdict) int {
	action := q.action
	q.action, q.facts.action = place[Read], string(Read)
	read := set.judge(q)
	q.action, q.facts.action = action, string(actions[action])
	switch {
	case read.allowed && read.rows.All:
		return 0
	case v.group > 0:
		return v.group
	}
	return set.settings.SmallestGroup
}
