package policy

import (
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cedar-policy/cedar-go"
)

// A request is a question in Cedar's words. Its entities are made when a
// condition looks at them, which most do not.
type request struct {
	set       *snapshot
	who       *Who
	what      *What
	principal cedar.EntityUID
	resource  cedar.EntityUID
	action    int
	level     string // most personal column
	facts     facts
	column    *Column // of the action see

	asker   cedar.Entity      // of the principal, once made
	target  cedar.Entity      // of the resource, once made
	asked   bool              // asker is made
	aimed   bool              // target is made
	parents bool              // the condition being judged asks what stands in what
	keys    []cedar.EntityUID // where the principal stands in the index
	things  []cedar.EntityUID // where the resource stands
	env     cedar.Request

	permits, forbids batch
	tiers            [3][]*rule // policies about columns, by grain
	classes          []class
}

// facts are what a condition finds in context.
type facts struct {
	strong, inside        bool
	own, covered, above   bool
	everywhere            bool
	proposer, approver    bool
	approvals             int8
	purpose, rows, action string
}

var requests = sync.Pool{New: func() any { return &request{} }}

// ask readies a request; false when nothing of the kind can be asked.
func (q *request) ask(set *snapshot, who *Who, action Action, what *What, purpose Purpose) bool {
	typ, ok := kinds[what.Kind]
	asker, known := askers[who.Kind]
	at, does := place[action]
	if !ok || !known || !does || action == see {
		return false
	}
	q.set, q.who, q.what, q.action, q.column = set, who, what, at, nil
	q.principal = cedar.EntityUID{Type: asker, ID: cedar.String(who.ID)}
	q.resource = cedar.EntityUID{Type: typ, ID: cedar.String(what.ID)}
	q.asked, q.aimed = false, false
	q.level = personalLevel(what)
	q.facts = facts{strong: who.Strong, inside: who.Inside, action: string(action)}
	if what.Owner != "" {
		q.facts.own = what.Owner == who.Org
		q.facts.covered = q.facts.own || slices.Contains(who.Covers, what.Owner)
		q.facts.above = q.facts.own || slices.Contains(who.Orgs, what.Owner)
	}
	if who.Kind == "" {
		q.facts.own, q.facts.covered, q.facts.above = false, false, false
	}
	q.facts.everywhere = slices.Contains(who.Units, "*")
	q.facts.proposer = what.Proposer != "" && what.Proposer == who.Kind+":"+who.ID
	q.facts.approver = slices.Contains(what.Approvers, who.Kind+":"+who.ID)
	q.facts.approvals = int8(max(0, min(what.Approvals, 2)))
	if _, ok := set.settings.purposes[purpose.Code]; ok {
		q.facts.purpose = purpose.Code
	}
	q.place()
	return true
}

// done gives the request back; it holds on to nothing of who asked.
func (q *request) done() {
	q.who, q.what, q.column, q.set = nil, nil, nil, nil
	q.asker, q.target, q.env = cedar.Entity{}, cedar.Entity{}, cedar.Request{}
	requests.Put(q)
}

// personalLevel is the most personal of the columns.
func personalLevel(what *What) string {
	level := 0
	for i := range what.Columns {
		level = max(level, slices.Index(personal, what.Columns[i].pii()))
	}
	return personal[level]
}

// place lists where policies about this principal and this resource stand.
func (q *request) place() {
	q.keys = append(q.keys[:0], cedar.EntityUID{}, cedar.EntityUID{Type: q.principal.Type}, q.principal, publicRole)
	if q.who.Kind != "" {
		for _, role := range q.who.Roles {
			if role != RolePublic {
				q.keys = append(q.keys, cedar.EntityUID{Type: typeRole, ID: cedar.String(role)})
			}
		}
		for _, org := range q.who.Orgs {
			q.keys = append(q.keys, cedar.EntityUID{Type: typeOrg, ID: cedar.String(org)})
		}
		if q.who.Org != "" && !slices.Contains(q.who.Orgs, q.who.Org) {
			q.keys = append(q.keys, cedar.EntityUID{Type: typeOrg, ID: cedar.String(q.who.Org)})
		}
	}
	q.things = append(q.things[:0], cedar.EntityUID{}, cedar.EntityUID{Type: q.resource.Type}, q.resource)
	q.owner()
}

func (q *request) owner() {
	owner := cedar.EntityUID{Type: typeOrg, ID: cedar.String(q.what.Owner)}
	if q.what.Owner != "" && owner != q.resource {
		q.things = append(q.things, owner)
	}
}

var publicRole = cedar.EntityUID{Type: typeRole, ID: RolePublic}

// look turns the request to the columns of what was asked for.
func (q *request) look(rows string) {
	q.action = place[see]
	q.facts.rows = rows
	q.things = append(q.things[:0], cedar.EntityUID{}, cedar.EntityUID{Type: typeColumn}, cedar.EntityUID{Type: typeDataset, ID: cedar.String(q.what.ID)})
	q.owner()
}

// at turns it to one column.
func (q *request) at(c *Column) {
	q.column, q.aimed = c, false
	q.resource = cedar.EntityUID{Type: typeColumn, ID: cedar.String(q.what.ID + "/" + c.Name)}
}

// of turns it to columns that are alike.
func (q *request) of(c *Column) {
	q.column, q.aimed = c, false
	q.resource = cedar.EntityUID{Type: typeColumn}
}

// in reports whether the scope of a policy holds, exactly as Cedar has it.
func (s scope) in(self cedar.EntityUID, above []cedar.EntityUID) bool {
	switch {
	case s.typ != "" && s.typ != self.Type:
		return false
	case s.entity.IsZero() || s.entity == self:
		return true
	}
	return !s.eq && s.entity.ID != "" && slices.Contains(above, s.entity)
}

// scoped reports whether a policy is about this request.
func (q *request) scoped(r *rule) bool {
	return slices.Contains(r.actions, q.action) && r.principal.in(q.principal, q.keys[3:]) && r.resource.in(q.resource, q.above())
}

// above lists what the resource stands in: its owner, of a column its data set.
func (q *request) above() []cedar.EntityUID {
	if q.column != nil {
		return q.things[2:]
	}
	return q.things[min(3, len(q.things)):]
}

// A batch is policies that Cedar judges in one go. They are all permits or all
// forbids: beside a forbid that holds, Cedar does not name permits.
type batch struct {
	rules  []*rule
	climbs bool
	met    []*rule // those whose condition holds
	failed []*rule // those whose condition could not be judged
}

// All makes a batch a set of policies, as Cedar's authorizer wants it.
func (b *batch) All() iter.Seq2[cedar.PolicyID, *cedar.Policy] {
	return func(yield func(cedar.PolicyID, *cedar.Policy) bool) {
		for _, r := range b.rules {
			if !yield(cedar.PolicyID(r.id), r.condition) {
				return
			}
		}
	}
}

func (b *batch) clear() { *b = batch{rules: b.rules[:0], met: b.met[:0], failed: b.failed[:0]} }

// add puts a policy whose scope holds into the batch, unless it is settled
// without Cedar.
func (b *batch) add(q *request, r *rule) {
	if !q.passes(r) {
		return
	}
	if r.condition == nil || r.sure && (q.column != nil || !r.columnOnly()) {
		b.met = append(b.met, r)
		return
	}
	b.rules = append(b.rules, r)
	b.climbs = b.climbs || r.climbs
}

// judge fills met and failed.
func (b *batch) judge(q *request) {
	if len(b.rules) == 0 {
		return
	}
	q.parents = b.climbs
	_, diagnostic := cedar.Authorize(b, q, q.env)
	for _, r := range diagnostic.Reasons {
		b.met = append(b.met, q.set.byID[string(r.PolicyID)])
	}
	for _, e := range diagnostic.Errors {
		b.failed = append(b.failed, q.set.byID[string(e.PolicyID)])
	}
}

// ready fills in what conditions read.
func (q *request) ready() {
	q.env = cedar.Request{Principal: q.principal, Action: cedar.EntityUID{Type: typeAction, ID: cedar.String(actions[q.action])}, Resource: q.resource,
		Context: q.set.contexts.get(q.facts, facts.record)}
}

// Get gives Cedar the entities of the request.
func (q *request) Get(uid cedar.EntityUID) (cedar.Entity, bool) {
	switch uid {
	case q.principal:
		if !q.asked {
			q.asker, q.asked = cedar.Entity{UID: uid, Parents: cedar.NewEntityUIDSet(q.keys[3:]...)}, true
		}
		return q.asker, true
	case q.resource:
		if !q.aimed {
			q.target, q.aimed = cedar.Entity{UID: uid, Attributes: q.attributes()}, true
		}
		if !q.parents {
			return q.target, true
		}
		e := q.target
		e.Parents = cedar.NewEntityUIDSet(q.above()...)
		return e, true
	}
	return cedar.Entity{}, false
}

// A thing is what conditions find in resource.
type thing struct {
	access, class, personal string
	units, orgs             bool
	column                  bool
	kind, name              string
}

func (q *request) attributes() cedar.Record {
	t := thing{access: known(accesses, q.what.Access, AccessRestricted), class: known(classes, q.what.Class, ""), personal: q.level,
		units: q.what.UnitColumn != "", orgs: q.what.OrgColumn != ""}
	if q.column == nil {
		return q.set.things.get(t, thing.record)
	}
	t.column, t.personal, t.kind = true, q.column.pii(), q.column.Kind
	if q.resource.ID != "" {
		t.name = q.column.Name
		return q.set.named.get(t)
	}
	return q.set.things.get(t, thing.record)
}

func (t thing) record() cedar.Record {
	m := cedar.RecordMap{"access": cedar.String(t.access), "class": cedar.String(t.class), "personal": cedar.String(t.personal),
		"units": cedar.Boolean(t.units), "orgs": cedar.Boolean(t.orgs)}
	if t.column {
		m["kind"], m["name"] = cedar.String(t.kind), cedar.String(t.name)
	}
	return cedar.NewRecord(m)
}

func (f facts) record() cedar.Record {
	return cedar.NewRecord(cedar.RecordMap{
		"strong": cedar.Boolean(f.strong), "inside": cedar.Boolean(f.inside), "own": cedar.Boolean(f.own), "covered": cedar.Boolean(f.covered),
		"above": cedar.Boolean(f.above), "everywhere": cedar.Boolean(f.everywhere), "proposer": cedar.Boolean(f.proposer), "approver": cedar.Boolean(f.approver), "approvals": cedar.Long(f.approvals),
		"purpose": cedar.String(f.purpose), "rows": cedar.String(f.rows), "action": cedar.String(f.action),
	})
}

// A register keeps the records of single columns, which are as many as there
// are columns in all data sets.
type register struct {
	now  atomic.Pointer[sync.Map] // by thing
	kept atomic.Int64
}

// maxRegister bounds it; when it is full it starts again.
const maxRegister = 50_000

func (g *register) get(t thing) cedar.Record {
	m := g.now.Load()
	if r, ok := m.Load(t); ok {
		return r.(cedar.Record)
	}
	if g.kept.Add(1) > maxRegister {
		g.kept.Store(0)
		m = &sync.Map{}
		g.now.Store(m)
	}
	r := t.record()
	m.Store(t, r)
	return r
}

// A cache keeps records that are few and are asked for all the time. Reading
// takes no lock.
type cache[K comparable] struct {
	now atomic.Pointer[map[K]cedar.Record]
	mu  sync.Mutex
}

// maxCache bounds it; when it is full it starts again.
const maxCache = 4096

func (c *cache[K]) get(k K, make func(K) cedar.Record) cedar.Record {
	if m := c.now.Load(); m != nil {
		if r, ok := (*m)[k]; ok {
			return r
		}
	}
	return c.put(k, make(k))
}

func (c *cache[K]) put(k K, r cedar.Record) cedar.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := map[K]cedar.Record{k: r}
	if m := c.now.Load(); m != nil && len(*m) < maxCache {
		for k, r := range *m {
			next[k] = r
		}
	}
	c.now.Store(&next)
	return r
}
