package policy

import (
	"encoding/binary"
	"slices"
	"strconv"
	"sync"
)

// decided keeps decisions of a snapshot: people and programs ask the same about
// the same data set all day, and an answer takes microseconds. A decision depends
// on nothing but the snapshot and what question writes down; whatever changes it
// (policies, posts, roles, the contract, a purpose) makes another question.
type decided struct {
	mu   sync.RWMutex
	kept map[string]Decision // shared by all who ask: nobody changes one
}

// mostDecided bounds them, at about a kilobyte each; when it is full it starts
// again.
const mostDecided = 4096

func (d *decided) get(question []byte) (Decision, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	known, ok := d.kept[string(question)]
	return known, ok
}

func (d *decided) put(question []byte, decision Decision) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept == nil || len(d.kept) >= mostDecided {
		d.kept = map[string]Decision{}
	}
	d.kept[string(question)] = decision
}

// allowed is allow for questions that may have been asked before.
func (set *snapshot) allowed(who *Who, action Action, what *What, purpose Purpose) Decision {
	text := questions.Get().(*[]byte)
	defer questions.Put(text)
	*text = question((*text)[:0], who, action, what, purpose)
	if d, ok := set.decided.get(*text); ok {
		return d
	}
	d := set.allow(who, action, what, purpose)
	d.Rows.Units, d.Rows.Orgs = slices.Clone(d.Rows.Units), slices.Clone(d.Rows.Orgs) // the asker's own
	set.decided.put(*text, d)
	return d
}

var questions = sync.Pool{New: func() any { return new([]byte) }}

// question writes down all that a decision depends on, so that different
// questions have different texts: each part is preceded by its length.
func question(b []byte, who *Who, action Action, what *What, purpose Purpose) []byte {
	for _, s := range []string{who.Kind, who.ID, who.Org, string(action), what.Kind, what.ID, what.Owner, what.Access, what.Class,
		what.UnitColumn, what.OrgColumn, what.Proposer, purpose.Code} {
		b = part(b, s)
	}
	b = strconv.AppendBool(b, who.Strong)
	b = strconv.AppendBool(b, who.Inside)
	b = binary.AppendVarint(b, int64(what.Approvals))
	for _, list := range [][]string{who.Orgs, who.Covers, who.Units, who.Roles, what.Approvers} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, s := range list {
			b = part(b, s)
		}
	}
	for i := range what.Columns {
		c := &what.Columns[i]
		b = part(part(part(b, c.Name), c.PII), c.Kind)
	}
	return b
}

func part(b []byte, s string) []byte { return append(binary.AppendUvarint(b, uint64(len(s))), s...) }
