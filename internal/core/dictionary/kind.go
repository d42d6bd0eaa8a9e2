package dictionary

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/store"
)

// KindName is the kind of a code list in a pack.
const KindName = "CodeList"

// Kind takes code lists from packs.
func (s *Store) Kind() pack.Kind { return kind{s} }

type kind struct{ s *Store }

func (kind) Name() string { return KindName }

// Diff reads the lists and compares them with what is in force.
func (k kind) Diff(ctx context.Context, tx *store.Tx, p *pack.Pack, docs []pack.Document) ([]pack.Change, []pack.Problem, error) {
	var changes []pack.Change
	var problems []pack.Problem
	seen := map[string]bool{}
	for _, d := range docs {
		l, err := Parse(d.Text, p.File)
		if err != nil {
			problems = append(problems, asProblem(d.Path, err))
			continue
		}
		if seen[l.ID] {
			problems = append(problems, asProblem(d.Path, wrong(1, 1, "Danh mục “%s” ghi ở hai tệp của gói.", "The list %q stands in two files of the pack.", l.ID)))
			continue
		}
		seen[l.ID] = true
		l.Pack = p.ID
		change, err := k.compare(ctx, tx, p, d, l)
		var broken *Error
		switch {
		case errors.As(err, &broken):
			problems = append(problems, asProblem(d.Path, err))
		case err != nil:
			return nil, nil, err
		default:
			changes = append(changes, change)
		}
	}
	gone, err := ownedBy(ctx, tx, p.ID)
	if err != nil {
		return nil, nil, err
	}
	for _, id := range gone {
		if !seen[id] {
			changes = append(changes, removal(id))
		}
	}
	return changes, problems, nil
}

func asProblem(path string, err error) pack.Problem {
	p := pack.Problem{Path: path, Line: 1, Column: 1, Severity: "error", MessageVi: err.Error(), MessageEn: err.Error()}
	var e *Error
	if errors.As(err, &e) {
		p.Line, p.Column, p.MessageVi, p.MessageEn = e.Line, e.Column, e.Vi, e.En
		if e.Path != "" {
			p.Path = e.Path
		}
	}
	return p
}

// compare says what one list changes.
func (k kind) compare(ctx context.Context, tx *store.Tx, p *pack.Pack, d pack.Document, l *CodeList) (pack.Change, error) {
	change := pack.Change{Kind: KindName, ID: l.ID, Name: l.Name, Path: d.Path, Action: pack.Added, Content: l}
	have, err := inForce(ctx, tx, l.ID)
	if err != nil || have == nil {
		return change, err
	}
	if have.State == "current" && have.Pack != "" && have.Pack != p.ID {
		return change, wrong(1, 1, "Danh mục “%s” đã do gói “%s” mang đến. Đổi id.", "The list %q comes with the pack %q. Use another id.", l.ID, have.Pack)
	}
	if have.State == "current" && have.Digest == l.Digest && have.Pack == p.ID {
		change.Action = pack.Same
		return change, nil
	}
	var text string
	if err := tx.QueryRowContext(ctx, `SELECT content FROM code_lists WHERE id = $1 AND digest = $2`, l.ID, have.Digest).Scan(&text); err != nil {
		return change, err
	}
	old, err := k.s.parse(have, text)
	if err != nil {
		return change, err
	}
	if have.State == "current" {
		change.Action = pack.Changed
	}
	change.Details = Diff(old, l)
	for _, one := range change.Details {
		change.Breaking = change.Breaking || one.Breaking
	}
	return change, nil
}

// Diff says what changes between two versions of a list. A code that leaves, or
// whose time shrinks, breaks rows that hold it.
func Diff(old, new *CodeList) []pack.Detail {
	var details []pack.Detail
	add := func(breaking bool, vi, en string, args ...any) {
		details = append(details, pack.Detail{Breaking: breaking, Vi: fmt.Sprintf(vi, args...), En: fmt.Sprintf(en, args...)})
	}
	if old.Name != new.Name {
		add(false, "Đổi tên: “%s” thành “%s”.", "The name changes: from %q to %q.", old.Name, new.Name)
	}
	said := map[string]bool{}
	for i := range old.Codes {
		code := old.Codes[i].Code
		if said[code] {
			continue
		}
		said[code] = true
		switch was, is := old.spans(code), new.spans(code); {
		case is == "":
			add(true, "Bỏ mã “%s” (%s).", "The code %q (%s) is removed.", code, old.Codes[i].Name)
		case was != is:
			add(true, "Mã “%s” đổi thời gian hiệu lực: %s, nay %s.", "The code %q changes its time: %s, now %s.", code, was, is)
		default:
			for n, at := range old.byCode[code] {
				diffCode(&old.Codes[at], &new.Codes[new.byCode[code][n]], add)
			}
		}
	}
	for i := range new.Codes {
		if code := new.Codes[i].Code; !old.Known(code) && !said[code] {
			said[code] = true
			add(false, "Thêm mã “%s” (%s).", "The code %q (%s) is added.", code, new.Codes[i].Name)
		}
	}
	return details
}

// diffCode says what changes in a code at one time.
func diffCode(old, new *Code, add func(breaking bool, vi, en string, args ...any)) {
	if old.Parent != new.Parent {
		add(false, "Mã “%s” đổi mã cấp trên: “%s” thành “%s”.", "The code %q changes its parent: from %q to %q.", old.Code, old.Parent, new.Parent)
	}
	if old.Name != new.Name {
		add(false, "Mã “%s” đổi tên: “%s” thành “%s”.", "The code %q changes its name: from %q to %q.", old.Code, old.Name, new.Name)
	}
	if was, is := strings.Join(old.Aliases, "”, “"), strings.Join(new.Aliases, "”, “"); was != is {
		add(false, "Mã “%s” đổi cách viết khác được chấp nhận: “%s” thành “%s”.", "The code %q changes its aliases: from “%s” to “%s”.", old.Code, was, is)
	}
}

// spans writes the times of a code, "" when it is not there.
func (l *CodeList) spans(code string) string {
	out := ""
	for _, i := range l.byCode[code] {
		if out != "" {
			out += ", "
		}
		out += l.Codes[i].From.String() + "…" + l.Codes[i].To.String()
	}
	return out
}

func removal(id string) pack.Change {
	return pack.Change{Kind: KindName, ID: id, Name: id, Action: pack.Removed, Breaking: true, Details: []pack.Detail{{
		Breaking: true,
		Vi:       "Danh mục ngừng hiệu lực: quy tắc dùng danh mục này chưa đo được nữa.",
		En:       "The list is retired: rules that use it can no longer be measured.",
	}}}
}

func ownedBy(ctx context.Context, tx *store.Tx, packID string) ([]string, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id FROM code_lists WHERE pack = $1 AND state = 'current' ORDER BY id`, packID)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // rows.Err is asked below
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// Apply makes the changes.
func (k kind) Apply(ctx context.Context, tx *store.Tx, by actor.Actor, _ *pack.Pack, changes []pack.Change) error {
	for _, c := range changes {
		if c.Action == pack.Removed {
			if err := retire(ctx, tx, by, c.ID); err != nil {
				return err
			}
			continue
		}
		l, ok := c.Content.(*CodeList)
		if !ok {
			return fmt.Errorf("code list %s: a change that this kind did not make", c.ID)
		}
		if err := put(ctx, tx, by, l); err != nil {
			return err
		}
	}
	return nil
}

// Remove retires what a pack has brought.
func (k kind) Remove(ctx context.Context, tx *store.Tx, by actor.Actor, packID string) ([]pack.Change, error) {
	ids, err := ownedBy(ctx, tx, packID)
	if err != nil {
		return nil, err
	}
	var changes []pack.Change
	for _, id := range ids {
		if err := retire(ctx, tx, by, id); err != nil {
			return nil, err
		}
		changes = append(changes, removal(id))
	}
	return changes, nil
}
