package contract

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/odcs"
)

// Kind takes documents of kind DataContract from packs. It stands behind the
// dictionary's kind, whose code lists contracts name.
func (s *Store) Kind() pack.Kind { return kind{s} }

type kind struct{ s *Store }

// Name is the kind that ODCS prescribes.
func (kind) Name() string { return "DataContract" }

// content is what Diff hands to Apply.
type content struct {
	contract *Contract
	document []byte
	merged   *merged // nil: nothing that was changed here is carried over
}

// merged is a pack's document with what was changed on the platform since the pack's
// last one.
type merged struct {
	contract *Contract
	document []byte
	note     string
}

// Diff resolves the documents and compares them with what is in force.
func (k kind) Diff(ctx context.Context, tx *store.Tx, p *pack.Pack, docs []pack.Document) ([]pack.Change, []pack.Problem, error) {
	var changes []pack.Change
	var problems []pack.Problem
	seen := map[string]string{}
	for _, d := range docs {
		c, text, wrong := k.readDocument(p, d)
		problems = append(problems, wrong...)
		if c == nil {
			continue
		}
		if other, twice := seen[c.ID]; twice {
			problems = append(problems, problem(d.Path, "Đặc tả “%s” đã có ở tệp %s.", "The contract %q stands in %s already.", c.ID, other))
			continue
		}
		seen[c.ID] = d.Path
		lists, err := missingLists(ctx, tx, d.Path, c)
		if err != nil {
			return nil, nil, err
		}
		problems = append(problems, lists...)
		change, carried, wrong, err := k.compare(ctx, tx, p, d, c)
		if err != nil {
			return nil, nil, err
		}
		problems = append(problems, wrong...)
		change.Content = content{c, text, carried}
		changes = append(changes, change)
	}
	for _, change := range changes {
		unknown, err := k.missingSets(ctx, tx, change, seen)
		if err != nil {
			return nil, nil, err
		}
		problems = append(problems, unknown...)
	}
	gone, err := ownedBy(ctx, tx, p.ID)
	if err != nil {
		return nil, nil, err
	}
	for _, g := range gone {
		if _, still := seen[g.ID]; !still {
			changes = append(changes, k.removal(g))
		}
	}
	return changes, problems, nil
}

func problem(path, vi, en string, args ...any) pack.Problem {
	return pack.Problem{Path: path, Line: 1, Column: 1, Severity: string(SeverityError), MessageVi: fmt.Sprintf(vi, args...), MessageEn: fmt.Sprintf(en, args...)}
}

// readDocument resolves one document; findings become problems of the file.
func (k kind) readDocument(p *pack.Pack, d pack.Document) (*Contract, []byte, []pack.Problem) {
	doc, err := odcs.Read(d.Text)
	if err != nil {
		var broken *odcs.Error
		if errors.As(err, &broken) {
			return nil, nil, []pack.Problem{{Path: d.Path, Line: broken.Pos.Line, Column: broken.Pos.Column, Severity: string(SeverityError), MessageVi: broken.MessageVi, MessageEn: broken.MessageEn}}
		}
		return nil, nil, []pack.Problem{problem(d.Path, "Không đọc được: %v.", "Cannot be read: %v.", err)}
	}
	c, findings := Resolve(doc, Options{Pack: p.ID, Try: k.s.Try})
	var problems []pack.Problem
	for _, f := range findings {
		problems = append(problems, pack.Problem{Path: d.Path, Line: f.Line, Column: f.Column, Severity: string(f.Severity), MessageVi: f.MessageVi, MessageEn: f.MessageEn})
	}
	if c == nil {
		return nil, nil, problems
	}
	for _, s := range c.Sources {
		if !p.Has(s.Path) {
			problems = append(problems, problem(d.Path, "Gói không có tệp %s mà đặc tả nêu ở servers.", "The pack has no file %s, which the contract names under servers.", s.Path))
		}
	}
	return c, doc.Bytes(), problems
}

// missingLists warns of code lists that nothing has brought yet: the rule is
// not measured until one does.
func missingLists(ctx context.Context, tx *store.Tx, path string, c *Contract) ([]pack.Problem, error) {
	var problems []pack.Problem
	said := map[string]bool{}
	for _, o := range c.Objects {
		for i := range o.Columns {
			list := o.Columns[i].CodeList
			if list == "" || said[list] {
				continue
			}
			said[list] = true
			there, err := dictionary.Exists(ctx, tx, list)
			if err != nil {
				return nil, err
			}
			if !there {
				p := problem(path, "Chưa có danh mục “%s” của trường “%s”; quy tắc chưa được đo cho đến khi cài danh mục.",
					"There is no code list %q of the property %q; the rule is not measured until one is installed.", list, o.Columns[i].Name)
				p.Severity = string(SeverityWarning)
				problems = append(problems, p)
			}
		}
	}
	return problems, nil
}

// missingSets warns of data sets that a catalogue says another is made from and that
// neither are there nor come in the same pack.
func (k kind) missingSets(ctx context.Context, tx *store.Tx, change pack.Change, seen map[string]string) ([]pack.Problem, error) {
	var problems []pack.Problem
	for _, id := range change.Content.(content).contract.Catalogue.Lineage {
		if _, comes := seen[id]; comes {
			continue
		}
		have, err := inForce(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if have == nil {
			vi, en := noSource(id)
			problems = append(problems, pack.Problem{Path: change.Path, Line: 1, Column: 1, Severity: string(SeverityWarning), MessageVi: vi, MessageEn: en})
		}
	}
	return problems, nil
}

// noSource says that a data set of the lineage is not there.
func noSource(id string) (vi, en string) {
	return fmt.Sprintf("phohien.catalogue nêu nguồn gốc dữ liệu từ bộ “%s” nhưng chưa có bộ này. Kiểm tra lại mã, hoặc cài gói có bộ đó.", id),
		fmt.Sprintf("phohien.catalogue names the data set %q under lineage, which is not there. Check the id, or install the pack that has it.", id)
}

// compare says what one document changes, and carries over what was changed here.
func (k kind) compare(ctx context.Context, tx *store.Tx, p *pack.Pack, d pack.Document, c *Contract) (pack.Change, *merged, []pack.Problem, error) {
	change := pack.Change{Kind: k.Name(), ID: c.ID, Name: c.Name, Path: d.Path, Action: pack.Added}
	if reads := c.Reads(); len(reads) > 0 {
		list := strings.Join(reads, ", ")
		change.Details = append(change.Details, pack.Detail{Vi: "Đối chiếu với bộ dữ liệu: " + list + ".", En: "Reads the data sets: " + list + "."})
	}
	have, err := inForce(ctx, tx, c.ID)
	if err != nil || have == nil {
		return change, nil, nil, err
	}
	if have.State == "current" && have.Pack != "" && have.Pack != p.ID {
		return change, nil, []pack.Problem{problem(d.Path, "Bộ dữ liệu “%s” đã do gói “%s” mang đến. Đổi id.", "The data set %q comes with the pack %q. Use another id.", c.ID, have.Pack)}, nil
	}
	if have.State == "current" && have.Digest == c.Digest && have.Pack == p.ID {
		change.Action, change.Details = pack.Same, nil
		return change, nil, nil, nil
	}
	var document string
	if err := tx.QueryRowContext(ctx, `SELECT document FROM contracts WHERE id = $1 AND digest = $2`, c.ID, have.Digest).Scan(&document); err != nil {
		return change, nil, nil, err
	}
	old, err := bare(have, document)
	if err != nil {
		return change, nil, nil, err
	}
	var carried *merged
	if have.State == "current" && have.ByHand {
		base, err := lastOf(ctx, tx, c.ID, p.ID)
		if err != nil {
			return change, nil, nil, err
		}
		if base != nil && base.digest == c.Digest {
			change.Action, change.Details = pack.Same, []pack.Detail{stays}
			return change, nil, nil, nil // the pack says what it said; the change made here stays
		}
		var said []pack.Detail
		carried, said = k.carry(p, base, document, d.Text)
		change.Details = append(change.Details, said...)
		if carried != nil {
			c = carried.contract
		} else {
			change.Details = append(change.Details, changedHere(have))
		}
	}
	// A retired contract comes back to the rows that were left: the same
	// questions are asked as for an upgrade.
	if have.State == "current" {
		change.Action = pack.Changed
	}
	for _, one := range Diff(old, c) {
		change.Details = append(change.Details, pack.Detail{Breaking: one.Breaking, Vi: one.Text.Vi, En: one.Text.En})
		change.Breaking = change.Breaking || one.Breaking
	}
	return change, carried, nil, nil
}

// stays says that a change made here is not touched.
var stays = pack.Detail{
	Vi: "Đặc tả đã được sửa trên nền tảng; gói không đổi đặc tả này nên bản sửa được giữ nguyên.",
	En: "The contract was changed on the platform; the pack does not change it, so it stays as it is.",
}

// A brought is a document as a pack brought it.
type brought struct{ digest, document string }

// lastOf is what a pack brought last for a contract; nil when that is not known.
func lastOf(ctx context.Context, tx *store.Tx, id, packID string) (*brought, error) {
	var b brought
	err := tx.QueryRowContext(ctx, `SELECT digest, document FROM contracts WHERE id = $1 AND pack = $2 AND by_hand = 0
		ORDER BY installed_at DESC LIMIT 1`, id, packID).Scan(&b.digest, &b.document)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &b, err
}

// carry carries over into a pack's new document what was changed here since its last
// one. What the pack has changed too is as the pack has it, and is told; nil when
// nothing can be carried over, or the result would be no contract.
func (k kind) carry(p *pack.Pack, base *brought, mine string, theirs []byte) (*merged, []pack.Detail) {
	if base == nil {
		return nil, nil
	}
	var docs [3]*odcs.Document
	for i, text := range [][]byte{[]byte(base.document), []byte(mine), theirs} {
		doc, err := odcs.Read(text)
		if err != nil {
			return nil, nil // an earlier program read it; the pack's takes its place, as is told
		}
		docs[i] = doc
	}
	doc, places := odcs.Merge(docs[0], docs[1], docs[2])
	var kept, lost []string
	for _, one := range places {
		if one.Kept {
			kept = append(kept, one.Name)
		} else {
			lost = append(lost, one.Name)
		}
	}
	if len(kept) == 0 {
		return nil, nil
	}
	c, findings := Resolve(doc, Options{Pack: p.ID, Try: k.s.Try})
	if c == nil || slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == SeverityError }) {
		return nil, nil
	}
	said := []pack.Detail{{
		Vi: fmt.Sprintf("Giữ lại các nội dung đã sửa trên nền tảng: %s.", strings.Join(kept, "; ")),
		En: fmt.Sprintf("What was changed on the platform is kept: %s.", strings.Join(kept, "; ")),
	}}
	if len(lost) > 0 {
		said = append(said, pack.Detail{
			Vi: fmt.Sprintf("Gói cũng sửa những nội dung đã sửa trên nền tảng sau đây, và bản của gói được dùng: %s. Bản sửa vẫn ở danh sách phiên bản.", strings.Join(lost, "; ")),
			En: fmt.Sprintf("The pack changes these too, and takes their place: %s. The changed version stays in the list of versions.", strings.Join(lost, "; ")),
		})
	}
	return &merged{c, doc.Bytes(), fmt.Sprintf("Giữ lại nội dung đã sửa trên nền tảng khi nâng gói %s lên phiên bản %s", p.Name, p.Version)}, said
}

// changedHere says that the pack's document takes the place of a change that was
// made on the platform: by this it is not lost, but no longer in force.
func changedHere(v *Version) pack.Detail {
	vi, en := "", ""
	if v.Note != "" {
		vi, en = " (lý do: "+v.Note+")", " (reason: "+v.Note+")"
	}
	return pack.Detail{
		Vi: fmt.Sprintf("Đặc tả đang áp dụng (%s) đã được sửa trên nền tảng%s; bản của gói sẽ thay bản sửa. Bản sửa vẫn ở danh sách phiên bản và dùng lại được.", v.Version, vi),
		En: fmt.Sprintf("The contract in force (%s) was changed on the platform%s; the pack's takes its place. The changed one stays in the list of versions and can be used again.", v.Version, en),
	}
}

func (k kind) removal(v Version) pack.Change {
	return pack.Change{Kind: k.Name(), ID: v.ID, Name: v.ID, Action: pack.Removed, Breaking: true, Details: []pack.Detail{{
		Breaking: true,
		Vi:       "Đặc tả ngừng hiệu lực: không nhận dữ liệu mới; bản ghi và lịch sử đã có được giữ nguyên.",
		En:       "The contract is retired: no new data comes in; the rows and their history stay.",
	}}}
}

// ownedBy lists the current contracts that a pack has brought.
func ownedBy(ctx context.Context, tx *store.Tx, packID string) ([]Version, error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+versionColumns+` FROM contracts WHERE pack = $1 AND state = 'current' ORDER BY id`, packID)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // rows.Err is asked below
	var list []Version
	for rows.Next() {
		v, err := scanVersion(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, *v)
	}
	return list, rows.Err()
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
		if c.Action == pack.Same {
			continue
		}
		new, ok := c.Content.(content)
		if !ok {
			return fmt.Errorf("contract %s: a change that this kind did not make", c.ID)
		}
		if _, err := put(ctx, tx, by, new.contract, new.document, history{}); err != nil {
			return err
		}
		// The pack's own stays among the versions: the next upgrade is compared with it.
		if m := new.merged; m != nil {
			if _, err := put(ctx, tx, by, m.contract, m.document, history{note: m.note, hand: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Remove retires what a pack has brought.
func (k kind) Remove(ctx context.Context, tx *store.Tx, by actor.Actor, packID string) ([]pack.Change, error) {
	list, err := ownedBy(ctx, tx, packID)
	if err != nil {
		return nil, err
	}
	var changes []pack.Change
	for _, v := range list {
		if err := retire(ctx, tx, by, v.ID); err != nil {
			return nil, err
		}
		changes = append(changes, k.removal(v))
	}
	return changes, nil
}
