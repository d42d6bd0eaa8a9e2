package policy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/internal/foundation/store"
)

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Unwrap makes a refusal a fault of kind Invalid that names the first thing
// wrong.
func (r *Refusal) Unwrap() error {
	for _, f := range r.Findings {
		if f.Severity == "error" {
			return fault.New(fault.Invalid, "policy.invalid", f.Policy, f.Line, f.Column)
		}
	}
	return fault.New(fault.Invalid, "policy.invalid", "", 0, 0)
}

// Check looks at a text as Put would and says what is wrong with it, or
// dangerous in it. It changes nothing.
func (p *Policies) Check(id, text string) []Finding {
	_, list := p.now.Load().read(id, text)
	return list
}

// read reads one policy, or the settings, against a set of policies.
func (set *snapshot) read(id, text string) (*snapshot, []Finding) {
	f := &findings{policy: id}
	rules := slices.DeleteFunc(slices.Clone(set.rules), func(r *rule) bool { return r.id == id })
	s := set.settings
	var changed []*rule
	if id == SettingsID {
		if next := f.readSettings(text); next != nil {
			s = next
		}
	} else {
		one := f.readFile(text)
		switch {
		case Broken(f.list):
		case len(one) != 1:
			f.policy = id
			f.wrong(1, 1, "Mỗi lần lưu đúng một chính sách; văn bản này có %d.", "One policy is saved at a time; this text has %d.", len(one))
		case one[0].id != id:
			f.policy = id
			line, column := find(text, "@id")
			f.wrong(line, column, "@id(%q) khác mã của chính sách đang sửa (%s).", "@id(%q) is not the id of the policy that is being edited (%s).", one[0].id, id)
		default:
			rules = append(rules, one...)
			changed = one
		}
	}
	if Broken(f.list) {
		return nil, f.list
	}
	if f.list = append(f.list, check(rules, s)...); !Broken(f.list) {
		f.types(changed)
	}
	if Broken(f.list) {
		return nil, f.list
	}
	for _, r := range changed {
		f.danger(r)
	}
	return assemble(set.seq, rules, s), f.list
}

// Put stores a policy, or with the id "settings" roles, purposes and masks, and
// puts it in force. match is the digest of the text that was edited, "" for a
// new one: when somebody has changed it meanwhile that is a Conflict. A text
// that cannot be used is a *Refusal; one that would leave nobody able to mend
// the policies is a Conflict "policy.lockout".
func (p *Policies) Put(ctx context.Context, by actor.Actor, id, text, note, match string) (v Version, warnings []Finding, err error) {
	text = strings.ReplaceAll(strings.TrimSpace(text), "\r\n", "\n")
	if note, err = reason.Of(note, reason.Most, nil); err != nil {
		return v, nil, err
	}
	if id != SettingsID && !policyID.MatchString(id) {
		return v, nil, fault.New(fault.Invalid, "policy.id", id)
	}
	err = p.db.Write(ctx, func(tx *store.Tx) error {
		set, err := p.load(ctx, tx)
		if err != nil {
			return err
		}
		if set.begins {
			set = assemble(set.seq, nil, set.settings) // the bootstrap ends with the first policy
		}
		have, err := current(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := same(id, have, match); err != nil {
			return err
		}
		next, list := set.read(id, text)
		if next == nil {
			return &Refusal{Findings: list}
		}
		warnings = list
		if have != nil && !have.Removed && have.Text == text {
			v = *have
			return nil
		}
		if v, err = insert(ctx, tx, by, Version{ID: id, Text: text, Note: note}); err != nil {
			return err
		}
		return p.settle(ctx, tx)
	})
	return v, warnings, err
}

// same refuses who edited another text than the one in force, and says who has
// changed it and when.
func same(id string, have *Version, match string) error {
	switch {
	case have == nil && match == "", have != nil && have.Removed && match == "", have != nil && !have.Removed && match == have.Digest:
		return nil
	case have == nil:
		return fault.New(fault.NotFound, "policy.unknown", id)
	}
	return have.changed()
}

// changed says who changed a policy last, and when.
func (v *Version) changed() error {
	when, err := store.ParseStamp(v.ChangedAt)
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "policy.changed", v.ID, v.By.Name, when)
}

// Remove takes a policy out of force. Its history stays.
func (p *Policies) Remove(ctx context.Context, by actor.Actor, id, note, match string) (v Version, err error) {
	if note, err = reason.Of(note, reason.Most, nil); err != nil {
		return v, err
	}
	err = p.db.Write(ctx, func(tx *store.Tx) error {
		have, err := current(ctx, tx, id)
		if err != nil {
			return err
		}
		if have == nil || have.Removed {
			return fault.New(fault.NotFound, "policy.unknown", id)
		}
		if err := same(id, have, match); err != nil {
			return err
		}
		if id == SettingsID {
			return fault.New(fault.Conflict, "policy.settings-stay")
		}
		if v, err = insert(ctx, tx, by, Version{ID: id, Removed: true, Note: note}); err != nil {
			return err
		}
		return p.settle(ctx, tx)
	})
	return v, err
}

// Undo takes back a change, by its Seq, when no later one of the same policy
// stands on it: the text before it is in force again.
func (p *Policies) Undo(ctx context.Context, by actor.Actor, seq int64, note string) (v Version, err error) {
	if note, err = reason.Of(note, reason.Most, nil); err != nil {
		return v, err
	}
	err = p.db.Write(ctx, func(tx *store.Tx) error {
		list, err := versions(ctx, tx, `SELECT `+versionColumns+` FROM policies WHERE seq = $1`, seq)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return fault.New(fault.NotFound, "policy.no-change", seq)
		}
		have, err := current(ctx, tx, list[0].ID)
		if err != nil {
			return err
		}
		if have.Seq != seq {
			return have.changed()
		}
		before, err := versions(ctx, tx, `SELECT `+versionColumns+` FROM policies WHERE id = $1 AND version = $2`, have.ID, have.Version-1)
		if err != nil {
			return err
		}
		back := Version{ID: have.ID, Removed: true, Note: note}
		if len(before) == 1 {
			back.Text, back.Pack, back.Removed = before[0].Text, before[0].Pack, before[0].Removed
		}
		if back.Removed && have.ID == SettingsID {
			return fault.New(fault.Conflict, "policy.settings-stay")
		}
		if v, err = insert(ctx, tx, by, back); err != nil {
			return err
		}
		return p.settle(ctx, tx)
	})
	return v, err
}
