package policy

import (
	"context"
	"strings"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Difference is what installing or removing a pack does to one policy.
type Difference struct {
	Brought
	Added, Changed, Removed bool // none of them: it stays as it is
	Widens                  bool // somebody may be able to do more than before
	Kept                    bool // the province has a text of its own, which stays in force
	Vi, En                  string
}

// Compare says what a pack changes, inside a transaction of the control
// database. A policy that the province has changed or taken away stays as the
// province has it; the pack's text goes into the history.
func (p *Policies) Compare(ctx context.Context, tx *store.Tx, packID string, brought []Brought) ([]Difference, []Finding, error) {
	first, err := last(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	set, err := p.load(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	f := &findings{list: misfits(brought, set.settings)}
	seen := map[string]bool{}
	var list []Difference
	for _, b := range brought {
		if seen[b.ID] {
			continue // said by misfits
		}
		seen[b.ID] = true
		d, err := difference(ctx, tx, f, packID, b)
		if err != nil {
			return nil, nil, err
		}
		d.Widens = d.Widens && first > 0
		list = append(list, d)
	}
	gone, err := leaving(ctx, tx, packID, seen)
	return append(list, gone...), f.list, err
}

// misfits checks what a pack brings against its own settings or, when it has
// none, those in force.
func misfits(brought []Brought, s *settings) []Finding {
	byID := map[string]string{}
	var rules []*rule
	for _, b := range brought {
		byID[b.ID] = b.Path
		if b.rule != nil {
			rules = append(rules, b.rule)
		} else {
			s = (&findings{}).readSettings(b.Text)
		}
	}
	list := check(rules, s)
	for i := range list {
		list[i].Policy = strings.TrimSpace(byID[list[i].Policy] + " " + list[i].Policy)
	}
	return list
}

// difference compares one policy of a pack with what is in force.
func difference(ctx context.Context, tx *store.Tx, f *findings, packID string, b Brought) (Difference, error) {
	d := Difference{Brought: b}
	have, err := current(ctx, tx, b.ID)
	if err != nil {
		return d, err
	}
	d.Vi, d.En = b.says()
	if have == nil {
		d.Added, d.Widens = true, b.rule == nil || b.rule.permit
		return d, nil
	}
	mine, err := lastOf(ctx, tx, b.ID, packID)
	if err != nil {
		return d, err
	}
	switch {
	case have.Pack != "" && have.Pack != packID && !have.Removed:
		f.policy = b.Path
		f.wrong(1, 1, "Chính sách “%s” đã do gói “%s” mang đến. Đổi @id.", "The policy %q comes with the pack %q. Use another @id.", b.ID, have.Pack)
	case mine != nil && !mine.Removed && mine.Digest == digest(b.Text):
		d.Kept = have.Pack == ""
	case have.Pack == "":
		d.Changed, d.Kept = true, true
		d.Vi, d.En = "Tỉnh đã sửa chính sách này: bản của tỉnh giữ nguyên hiệu lực, bản mới của gói lưu trong lịch sử.",
			"The province has changed this policy: its text stays in force, the pack's new one goes into the history."
	case have.Removed:
		d.Added, d.Widens = true, b.rule == nil || b.rule.permit
	default:
		d.Changed, d.Widens = true, true
	}
	return d, nil
}

// says tells what the policy does, in its own words.
func (b Brought) says() (vi, en string) {
	switch {
	case b.rule == nil:
		return "Vai trò, vai trò không kiêm nhiệm, mục đích khai thác, cách che mặc định.", "Roles, roles that exclude each other, purposes, usual masks."
	case b.rule.permit:
		return "Cho phép: " + b.rule.words.vi, "Permits: " + b.rule.words.en
	}
	return "Cấm: " + b.rule.words.vi, "Forbids: " + b.rule.words.en
}

// lastOf is the last text that a pack has brought under an id.
func lastOf(ctx context.Context, tx *store.Tx, id, packID string) (*Version, error) {
	list, err := versions(ctx, tx, `SELECT `+versionColumns+` FROM policies WHERE id = $1 AND pack = $2 ORDER BY version DESC LIMIT 1`, id, packID)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// leaving lists what a pack has brought and no longer holds.
func leaving(ctx context.Context, tx *store.Tx, packID string, seen map[string]bool) ([]Difference, error) {
	have, err := versions(ctx, tx, `SELECT `+versionColumns+` FROM policies p WHERE pack = $1 AND removed = 0 AND `+inForce+` ORDER BY id`, packID)
	if err != nil {
		return nil, err
	}
	var list []Difference
	for _, v := range have {
		if seen[v.ID] {
			continue
		}
		b := Brought{ID: v.ID, Text: v.Text}
		if v.ID != SettingsID {
			for _, r := range (&findings{}).readFile(v.Text) {
				b.rule = r
			}
		}
		d := Difference{Brought: b, Removed: true, Widens: b.rule == nil || !b.rule.permit}
		d.Vi, d.En = b.says()
		list = append(list, d)
	}
	return list, nil
}

// Bring makes the changes that Compare named. They are in force when the
// transaction commits.
func (p *Policies) Bring(ctx context.Context, tx *store.Tx, by actor.Actor, packID string, list []Difference) error {
	changed := false
	for _, d := range list {
		if !d.Added && !d.Changed && !d.Removed {
			continue
		}
		have, err := current(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		changed = true
		if _, err := insert(ctx, tx, by, Version{ID: d.ID, Text: d.Text, Pack: packID, Removed: d.Removed}); err != nil {
			return err
		}
		if d.Kept && have != nil {
			if _, err := insert(ctx, tx, have.By, Version{ID: d.ID, Text: have.Text, Removed: have.Removed, Note: have.Note}); err != nil {
				return err
			}
		}
	}
	if !changed {
		return nil
	}
	return p.settle(ctx, tx)
}

// Retire takes away what a pack has brought; what the province wrote itself
// stays.
func (p *Policies) Retire(ctx context.Context, tx *store.Tx, by actor.Actor, packID string) ([]Difference, error) {
	list, err := leaving(ctx, tx, packID, nil)
	if err != nil {
		return nil, err
	}
	return list, p.Bring(ctx, tx, by, packID, list)
}

// Begun reports whether any policy was ever stored: then Begin has nothing to do,
// and nobody needs to read what it would store.
func (p *Policies) Begun(ctx context.Context) (begun bool, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		seq, err := last(ctx, tx)
		begun = seq > 0
		return err
	})
	return begun, err
}

// Begin stores the policies of a pack's folder when none have been stored yet,
// so that a new platform has rules from its first minute. Installing the pack
// itself later changes nothing in them.
func (p *Policies) Begin(ctx context.Context, by actor.Actor, packID, path string, document []byte, open func(string) ([]byte, error)) error {
	return p.db.Write(ctx, func(tx *store.Tx) error {
		seq, err := last(ctx, tx)
		if err != nil || seq > 0 {
			return err
		}
		all, list := ReadPack(path, document, open)
		if Broken(list) {
			return &Refusal{Findings: list}
		}
		changes, list, err := p.Compare(ctx, tx, packID, all)
		if err != nil {
			return err
		}
		if Broken(list) {
			return &Refusal{Findings: list}
		}
		return p.Bring(ctx, tx, by, packID, changes)
	})
}
