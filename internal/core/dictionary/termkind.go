package dictionary

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/store"
)

// TermsKind is the kind of a file of terms in a pack.
const TermsKind = "Terms"

// TermsKind takes terms from packs. What a pack brings is in force at once; a term
// of which the province has published its own version stays as it is, and the plan
// says so.
func (s *Store) TermsKind() pack.Kind { return termsKind{s} }

type termsKind struct{ s *Store }

func (termsKind) Name() string { return TermsKind }

// Diff reads the terms and compares them with those in force.
func (k termsKind) Diff(ctx context.Context, tx *store.Tx, p *pack.Pack, docs []pack.Document) ([]pack.Change, []pack.Problem, error) {
	if brought, err := broughtTerms(ctx, tx, p.ID); err != nil || !brought && len(docs) == 0 {
		return nil, nil, err
	}
	have, err := k.s.readBook(ctx, tx, k.s.keptBook())
	if err != nil {
		return nil, nil, err
	}
	var changes []pack.Change
	var problems []pack.Problem
	seen := map[string]bool{}
	for _, d := range docs {
		list, err := ParseTerms(d.Text)
		if err != nil {
			problems = append(problems, asProblem(d.Path, err))
			continue
		}
		for i, t := range list {
			t.Pack = p.ID
			if seen[t.ID] {
				problems = append(problems, problemAt(d, i, wrong(1, 1, "Thuật ngữ “%s” ghi hai lần trong gói.", "The term %q stands twice in the pack.", t.ID)))
				continue
			}
			seen[t.ID] = true
			if now := have.Term(t.ID); now == nil || now.Digest != t.Digest {
				if err := k.s.try(ctx, t); err != nil {
					problems = append(problems, problemAt(d, i, err))
					continue
				}
			}
			change, err := compareTerm(p, d, have.Term(t.ID), t)
			if err != nil {
				problems = append(problems, problemAt(d, i, err))
				continue
			}
			changes = append(changes, change)
		}
	}
	for _, t := range have.Terms() {
		if t.Pack == p.ID && !seen[t.ID] {
			changes = append(changes, termRemoval(t.ID, t.Title))
		}
	}
	return changes, problems, nil
}

// problemAt tells what is wrong with the n-th term of a file.
func problemAt(d pack.Document, n int, err error) pack.Problem {
	p := asProblem(d.Path, err)
	p.Line = pack.ItemLine(d.Text, "terms", n)
	if f := fault.Of(err); f != nil {
		p.MessageVi, p.MessageEn = locale.Vi.Error(f), locale.En.Error(f)
	}
	return p
}

// compareTerm says what one term changes.
func compareTerm(p *pack.Pack, d pack.Document, now, t *Term) (pack.Change, error) {
	change := pack.Change{Kind: TermsKind, ID: t.ID, Name: t.Title, Path: d.Path, Action: pack.Added, Content: t}
	switch {
	case now == nil:
		return change, nil
	case now.Pack == "":
		change.Action, change.Content = pack.Same, nil
		change.Details = []pack.Detail{{
			Vi: fmt.Sprintf("Tỉnh đã công bố phiên bản %s của thuật ngữ này; giữ bản của tỉnh.", now.Version),
			En: fmt.Sprintf("The province has published version %s of this term; it stays.", now.Version),
		}}
		return change, nil
	case now.Pack != p.ID:
		return change, wrong(1, 1, "Thuật ngữ “%s” đã do gói “%s” mang đến. Đổi mã.", "The term %q comes with the pack %q. Use another id.", t.ID, now.Pack)
	case now.Digest == t.Digest:
		change.Action = pack.Same
		return change, nil
	}
	change.Action, change.Details = pack.Changed, DiffTerms(now, t)
	for _, one := range change.Details {
		change.Breaking = change.Breaking || one.Breaking
	}
	return change, nil
}

// A field of a term, as changes are told.
type termField struct {
	vi, en string
	of     func(*Term) string
}

var termFields = []termField{
	{"Tên", "Title", func(t *Term) string { return t.Title }},
	{"Tên tiếng Anh", "English title", func(t *Term) string { return t.TitleEn }},
	{"Tên chuẩn", "Name", func(t *Term) string { return t.Name }},
	{"Tên chuẩn tiếng Anh", "English name", func(t *Term) string { return t.NameEn }},
	{"Định nghĩa", "Definition", func(t *Term) string { return t.Definition }},
	{"Định nghĩa tiếng Anh", "English definition", func(t *Term) string { return t.DefinitionEn }},
	{"Ngữ cảnh sử dụng", "Usage", func(t *Term) string { return t.Usage }},
	{"Nhóm", "Group", func(t *Term) string { return t.Group + " / " + t.Classification }},
	{"Thực thể", "Entity", func(t *Term) string { return t.Entity }},
	{"Quan hệ", "Relation", func(t *Term) string { return t.Relation }},
	{"Đơn vị tạo lập", "Creating unit", func(t *Term) string { return t.CreatingUnit }},
	{"Đơn vị sở hữu", "Owning unit", func(t *Term) string { return t.OwningUnit }},
	{"Ngôn ngữ", "Languages", func(t *Term) string { return strings.Join(t.Languages, ", ") }},
	{"Phiên bản", "Version", func(t *Term) string { return t.Version }},
	{"Văn bản liên quan", "Documents", func(t *Term) string { return strings.Join(t.Documents, "; ") }},
	{"Từ đồng nghĩa", "Synonyms", func(t *Term) string { return strings.Join(t.Synonyms, "; ") }},
	{"Thuật ngữ liên quan", "Related terms", func(t *Term) string { return strings.Join(t.Related, ", ") }},
	{"Thuộc tính nghiệp vụ", "Business attributes", func(t *Term) string { return strings.Join(t.BusinessAttributes, "; ") }},
	{"Tên kỹ thuật", "Technical name", func(t *Term) string { return t.TechnicalName }},
	{"Kiểu RDF", "RDF type", func(t *Term) string { return t.RDFType }},
	{"Quan hệ giữa các trường", "Relations of fields", func(t *Term) string { return strings.Join(t.FieldRelations, "; ") }},
	{"Thuộc tính kỹ thuật", "Technical attributes", func(t *Term) string { return strings.Join(t.TechnicalAttributes, "; ") }},
	{"Cách chuẩn hóa", "Normalising", func(t *Term) string { return strings.Join(t.Normalise, ", ") }},
	{"Ánh xạ quốc tế", "International mapping", func(t *Term) string { return strings.Join(t.International, "; ") }},
	{"Ví dụ đúng", "Right examples", func(t *Term) string { return strings.Join(t.Passes, "; ") }},
	{"Ví dụ sai", "Wrong examples", func(t *Term) string { return strings.Join(t.Fails, "; ") }},
	{"Nguồn", "Source", func(t *Term) string { return t.Source }},
}

// DiffTerms says what changes between two versions of a term. Other rules break
// what was right before.
func DiffTerms(old, new *Term) []pack.Detail {
	var details []pack.Detail
	for _, f := range termFields {
		if was, is := f.of(old), f.of(new); was != is {
			details = append(details, pack.Detail{
				Vi: fmt.Sprintf("%s: “%s” thành “%s”.", f.vi, was, is), En: fmt.Sprintf("%s: from %q to %q.", f.en, was, is),
			})
		}
	}
	if !old.Property.equal(new.Property) {
		details = append(details, pack.Detail{
			Breaking: true,
			Vi:       "Kiểu hoặc quy tắc thay đổi: dữ liệu của các trường dùng thuật ngữ này được kiểm tra lại.",
			En:       "Type or rules change: the data of the fields that use this term is judged again.",
		})
	}
	return details
}

// equal compares fragments as JSON has them: a number read from YAML is the same
// as one read from the store.
func (f Fragment) equal(g Fragment) bool {
	a, err := json.Marshal(f)
	b, also := json.Marshal(g)
	return err == nil && also == nil && bytes.Equal(a, b)
}

func termRemoval(id, title string) pack.Change {
	return pack.Change{Kind: TermsKind, ID: id, Name: title, Action: pack.Removed, Details: []pack.Detail{{
		Vi: "Thuật ngữ hết hiệu lực: các trường dùng thuật ngữ này không còn thừa hưởng quy tắc của nó.",
		En: "The term expires: the fields that use it no longer inherit its rules.",
	}}}
}

// Apply makes the changes.
func (k termsKind) Apply(ctx context.Context, tx *store.Tx, by actor.Actor, p *pack.Pack, changes []pack.Change) error {
	why := "Gói " + p.ID + " " + p.Version
	for _, c := range changes {
		if c.Action == pack.Same {
			continue
		}
		if c.Action == pack.Removed {
			if err := expireTerm(ctx, tx, by, c.ID, why); err != nil {
				return err
			}
			continue
		}
		t, ok := c.Content.(*Term)
		if !ok {
			return fmt.Errorf("term %s: a change that this kind did not make", c.ID)
		}
		if err := publishTerm(ctx, tx, by, t, why); err != nil {
			return err
		}
	}
	return nil
}

// publishTerm puts a version in force, whether it was there before or not.
func publishTerm(ctx context.Context, tx *store.Tx, by actor.Actor, t *Term, why string) error {
	if err := replaceTerm(ctx, tx, by, t.ID, why); err != nil {
		return err
	}
	err := addTerm(ctx, tx, by, t, Published, why)
	var f *fault.Error
	if !errors.As(err, &f) || f.Key != "term.same" {
		return err
	}
	list, err := termVersions(ctx, tx, `WHERE id = $1 AND digest = $2`, t.ID, t.Digest)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE terms SET state = $1, pack = $2, changed_at = $3 WHERE id = $4 AND digest = $5`,
		string(Published), t.Pack, tx.Now, t.ID, t.Digest); err != nil {
		return err
	}
	return moved(ctx, tx, by, t.ID, t.Digest, list[0].State, Published, why)
}

// expireTerm takes a term out of force.
func expireTerm(ctx context.Context, tx *store.Tx, by actor.Actor, id, why string) error {
	var digest string
	err := tx.QueryRowContext(ctx, `SELECT digest FROM terms WHERE id = $1 AND state = $2`, id, string(Published)).Scan(&digest)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE terms SET state = $1, changed_at = $2 WHERE id = $3 AND digest = $4`, string(Expired), tx.Now, id, digest); err != nil {
		return err
	}
	return moved(ctx, tx, by, id, digest, Published, Expired, why)
}

// broughtTerms reports whether terms of a pack are in force.
func broughtTerms(ctx context.Context, tx *store.Tx, packID string) (yes bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM terms WHERE pack = $1 AND state = $2)`, packID, string(Published)).Scan(&yes)
	return yes, err
}

// Remove takes out of force what a pack has brought.
func (k termsKind) Remove(ctx context.Context, tx *store.Tx, by actor.Actor, packID string) ([]pack.Change, error) {
	if brought, err := broughtTerms(ctx, tx, packID); err != nil || !brought {
		return nil, err
	}
	have, err := k.s.readBook(ctx, tx, k.s.keptBook())
	if err != nil {
		return nil, err
	}
	var changes []pack.Change
	for _, t := range slices.Clone(have.Terms()) {
		if t.Pack != packID {
			continue
		}
		if err := expireTerm(ctx, tx, by, t.ID, "Gỡ gói "+packID); err != nil {
			return nil, err
		}
		changes = append(changes, termRemoval(t.ID, t.Title))
	}
	return changes, nil
}
