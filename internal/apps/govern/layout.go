package govern

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Layout says what the yearly dossier holds, and in which order.
type Layout struct {
	Title    string    `yaml:"title" json:"title"` // abstract of the paper
	Sections []Section `yaml:"sections" json:"sections"`
	Digest   string    `yaml:"-" json:"-"`
	Pack     string    `yaml:"-" json:"-"`
}

// A Section is a part of the dossier: a heading, a text, and what is written below it
// from the data of the moment.
type Section struct {
	Heading string   `yaml:"heading" json:"heading"` // "" goes on under the heading before
	Text    string   `yaml:"text" json:"text"`       // a line is a paragraph
	Parts   []string `yaml:"parts" json:"parts"`     // codes of DossierParts
	Table   string   `yaml:"table" json:"table"`     // caption of its tables of measures
}

// A DossierPart is what may stand in a section.
type DossierPart struct {
	Code  string
	Title contract.Sentence
}

// The parts that are no tables of measures.
const (
	partInventory  = "kiem-ke"
	partQuality    = "sau-tieu-chi"
	partRanking    = "xep-hang"
	partIssues     = "van-de"
	partSharing    = "chia-se"
	partMaturity   = "truong-thanh"
	partPriorities = "uu-tien"
)

// DossierParts are all of them: tables of measures by set and by group come last.
func DossierParts() []DossierPart {
	all := []DossierPart{
		{partInventory, contract.Sentence{Vi: "Kiểm kê, kèm phụ lục danh sách bộ dữ liệu", En: "Inventory, with the list as an annex"}},
		{partQuality, contract.Sentence{Vi: "Điểm theo sáu tiêu chí", En: "Scores by the six criteria"}},
		{partRanking, contract.Sentence{Vi: "Xếp hạng các đơn vị", En: "Ranking of units"}},
		{partIssues, contract.Sentence{Vi: "Vấn đề dữ liệu", En: "Data issues"}},
		{partSharing, contract.Sentence{Vi: "Chia sẻ dữ liệu", En: "Sharing"}},
		{partMaturity, contract.Sentence{Vi: "Mức trưởng thành", En: "Maturity"}},
		{partPriorities, contract.Sentence{Vi: "Các bộ dữ liệu cần ưu tiên", En: "Data sets that come first"}},
		{"quan-tri", contract.Sentence{Vi: "Chỉ số: mọi nhóm của quản trị dữ liệu", En: "Measures: all groups of data governance"}},
		{"kien-truc", contract.Sentence{Vi: "Chỉ số: mọi nhóm của kiến trúc số", En: "Measures: all groups of the architecture"}},
	}
	for _, g := range Groups {
		all = append(all, DossierPart{g.ID, contract.Sentence{Vi: "Chỉ số: " + g.Title.Vi, En: "Measures: " + g.Title.En}})
	}
	return all
}

// groupsOf are the groups of measures that a part shows, nil when it shows none.
func groupsOf(part string) (all []string) {
	for _, g := range Groups {
		if part == g.Set || part == g.ID {
			all = append(all, g.ID)
		}
	}
	return all
}

// The bounds of a layout.
const (
	MostSections   = 30
	longestHeading = 200
	longestText    = 4000
)

// LayoutKind is the kind of a layout in a pack.
const LayoutKind = "DossierLayout"

// What texts of a layout may have filled in.
const (
	fillYear = "{nam}"
	fillTime = "{luc}"
)

var filled = regexp.MustCompile(`\{[^{}]*\}?|\}`)

// ParseLayout reads a layout in YAML, strictly.
func ParseLayout(text []byte) (l *Layout, err error) {
	defer func() {
		if r := recover(); r != nil { // the YAML parser panics on some broken input
			l, err = nil, wrong(1, "Không đọc được YAML: %v.", "This YAML cannot be read: %v.", r)
		}
	}()
	var d struct {
		Kind   string `yaml:"kind"`
		Layout `yaml:",inline"`
	}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&d); err != nil && !errors.Is(err, io.EOF) {
		line, _, what := pack.YAMLError(err)
		return nil, wrong(max(line, 1), "Không đọc được bố cục: %s.", "The layout cannot be read: %s.", what)
	}
	if d.Kind != LayoutKind {
		return nil, wrong(1, "kind phải là %s.", "kind must be %s.", LayoutKind)
	}
	if e := d.Check(); e != nil {
		if e.Line > 0 {
			e.Line = pack.ItemLine(text, "sections", e.Line-1)
		}
		e.Line = max(e.Line, 1)
		return nil, e
	}
	return &d.Layout, nil
}

// Check refuses what is no layout, and names the version by its content. The line of
// what is wrong is the number of the section, 0 for the whole.
func (l *Layout) Check() *Error {
	l.Title = strings.TrimSpace(l.Title)
	switch {
	case l.Title == "" || utf8.RuneCountInString(l.Title) > longestHeading:
		return wrong(0, "Ghi trích yếu của hồ sơ, không quá %d ký tự.", "Write the abstract of the dossier, of at most %d characters.", longestHeading)
	case len(l.Sections) == 0 || len(l.Sections) > MostSections:
		return wrong(0, "Hồ sơ cần từ 1 đến %d mục.", "The dossier needs 1 to %d sections.", MostSections)
	}
	if e := fills(0, l.Title); e != nil {
		return e
	}
	at := map[string]int{}
	for i := range l.Sections {
		s := &l.Sections[i]
		s.Heading, s.Text, s.Table = strings.TrimSpace(s.Heading), strings.TrimSpace(strings.ReplaceAll(s.Text, "\r\n", "\n")), strings.TrimSpace(s.Table)
		if len(s.Parts) == 0 {
			s.Parts = nil // an empty list says the same, and is the same version
		}
		if e := s.check(i + 1); e != nil {
			return e
		}
		for _, part := range s.Parts {
			if before := at[part]; before > 0 {
				return wrong(i+1, "Mục %d: nội dung “%s” đã có ở mục %d. Mỗi nội dung chỉ đưa vào một lần.", "Section %d: %q stands in section %d already. Each part stands once.", i+1, partName(part).Vi, before)
			}
			at[part] = i + 1
		}
	}
	text, err := json.Marshal(l)
	if err != nil {
		return wrong(0, "Bố cục: %v.", "The layout: %v.", err)
	}
	sum := sha256.Sum256(text)
	l.Digest = hex.EncodeToString(sum[:])
	return nil
}

func (s *Section) check(n int) *Error {
	switch {
	case s.Heading == "" && s.Text == "" && len(s.Parts) == 0:
		return wrong(n, "Mục %d trống: ghi tiêu đề, đoạn mở đầu hoặc chọn nội dung, hoặc bỏ mục này.", "Section %d is empty: give it a heading, a text or a part, or leave it out.", n)
	case utf8.RuneCountInString(s.Heading) > longestHeading || strings.Contains(s.Heading, "\n"):
		return wrong(n, "Mục %d: tiêu đề là một dòng, không quá %d ký tự.", "Section %d: the heading is one line of at most %d characters.", n, longestHeading)
	case utf8.RuneCountInString(s.Table) > longestHeading || strings.Contains(s.Table, "\n"):
		return wrong(n, "Mục %d: tên bảng chỉ số là một dòng, không quá %d ký tự.", "Section %d: the caption is one line of at most %d characters.", n, longestHeading)
	case utf8.RuneCountInString(s.Text) > longestText:
		return wrong(n, "Mục %d: đoạn mở đầu dài quá %d ký tự. Viết ngắn lại.", "Section %d: the text has more than %d characters.", n, longestText)
	}
	var codes []string
	for _, p := range DossierParts() {
		codes = append(codes, p.Code)
	}
	for _, part := range s.Parts {
		if !slices.Contains(codes, part) {
			return wrong(n, "Mục %[1]d: không có nội dung “%[2]s”. Chọn trong: %[3]s.", "Section %[1]d: there is no part %[2]q. Choose among: %[3]s.", n, part, strings.Join(codes, ", "))
		}
	}
	for _, text := range []string{s.Heading, s.Text, s.Table} {
		if e := fills(n, text); e != nil {
			return e
		}
	}
	return nil
}

// fills refuses what cannot be filled in: a paper with {nm} in it would be signed.
func fills(n int, text string) *Error {
	for _, one := range filled.FindAllString(text, -1) {
		if one != fillYear && one != fillTime {
			where, place := "Trích yếu", "The abstract"
			if n > 0 {
				where, place = fmt.Sprintf("Mục %d", n), fmt.Sprintf("Section %d", n)
			}
			return &Error{n, fmt.Sprintf("%s: “%s” không thay được bằng số liệu. Chỉ dùng %s (năm báo cáo) và %s (lúc lập).", where, one, fillYear, fillTime),
				fmt.Sprintf("%s: %q cannot be filled in. Only %s (the year) and %s (the time) can.", place, one, fillYear, fillTime)}
		}
	}
	return nil
}

func partName(code string) contract.Sentence {
	for _, p := range DossierParts() {
		if p.Code == code {
			return p.Title
		}
	}
	return contract.Sentence{Vi: code, En: code}
}

// A LayoutVersion is one version of the layout.
type LayoutVersion struct {
	*Layout
	Made
}

const layoutID = "dossier"

func layouts(ctx context.Context, tx *store.Tx, where string) (list []*LayoutVersion, err error) {
	err = stored(ctx, tx, "dossier_layouts", where, func(l *Layout, pack string, made Made) {
		l.Pack = pack
		list = append(list, &LayoutVersion{l, made})
	})
	return list, err
}

// Layouts are all versions, the newest first; none where no pack has brought one.
func (d *Desk) Layouts(ctx context.Context) (list []*LayoutVersion, err error) {
	err = d.db.Read(ctx, func(tx *store.Tx) error {
		list, err = layouts(ctx, tx, `ORDER BY made_at DESC, digest`)
		return err
	})
	return list, err
}

// Layout is the one in force; where there is none, as in a data folder whose packs are
// older, the one that the platform ships.
func (d *Desk) Layout(ctx context.Context) (l *Layout, err error) {
	err = d.db.Read(ctx, func(tx *store.Tx) error {
		l, err = d.layout(ctx, tx)
		return err
	})
	return l, err
}

func (d *Desk) layout(ctx context.Context, tx *store.Tx) (*Layout, error) {
	list, err := layouts(ctx, tx, `WHERE state = 'current'`)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return d.deps().Layout()
	}
	return list[0].Layout, nil
}

// PutLayout puts a layout in force, for a reason. match is the digest of the one that
// was changed: when somebody else has put another in force since, that is a fault
// "dossier.changed" and nothing is written over.
func (d *Desk) PutLayout(ctx context.Context, by actor.Actor, match, why string, l *Layout) error {
	if e := l.Check(); e != nil {
		return fault.New(fault.Invalid, "dossier.wrong", contract.Sentence{Vi: e.Vi, En: e.En})
	}
	why, err := reason.Of(why, reason.Most, fault.New(fault.Invalid, "dossier.why"))
	if err != nil {
		return err
	}
	return d.db.Write(ctx, func(tx *store.Tx) error {
		now, err := d.layout(ctx, tx)
		switch {
		case err != nil:
			return err
		case now.Digest != match:
			return fault.New(fault.Conflict, "dossier.changed")
		case now.Digest == l.Digest:
			return fault.New(fault.Invalid, "dossier.same")
		}
		return keep(ctx, tx, "dossier_layouts", by, why, layoutID, l.Digest, l.Pack, l)
	})
}

// LayoutKind takes the layout from packs. One that the province has changed stays.
func (d *Desk) LayoutKind() pack.Kind { return layoutKind{} }

type layoutKind struct{}

func (layoutKind) Name() string { return LayoutKind }

// Diff reads the layout and compares it with the one in force.
func (layoutKind) Diff(ctx context.Context, tx *store.Tx, p *pack.Pack, docs []pack.Document) (changes []pack.Change, problems []pack.Problem, err error) {
	all, err := layouts(ctx, tx, `WHERE state = 'current'`)
	if err != nil {
		return nil, nil, err
	}
	for i, doc := range docs {
		l, err := ParseLayout(doc.Text)
		var e *Error
		if err == nil && i > 0 {
			err = wrong(1, "Gói chỉ có một bố cục hồ sơ.", "A pack has one layout of the dossier.")
		}
		switch {
		case errors.As(err, &e):
			problems = append(problems, pack.Problem{Path: doc.Path, Line: e.Line, Column: 1, Severity: "error", MessageVi: e.Vi, MessageEn: e.En})
			continue
		case err != nil:
			return nil, nil, err
		}
		l.Pack = p.ID
		change := pack.Change{Kind: LayoutKind, ID: layoutID, Name: layoutName, Path: doc.Path, Action: pack.Added, Content: l}
		if len(all) > 0 {
			change.Action = pack.Changed
			switch now := all[0]; {
			case now.Pack == "":
				change.Action = pack.Same
				change.Details = []pack.Detail{{Vi: "Tỉnh đã sửa bố cục này; giữ bản của tỉnh.", En: "The province has changed this layout; its own version stays."}}
			case now.Digest == l.Digest:
				change.Action = pack.Same
			}
		}
		changes = append(changes, change)
	}
	if len(docs) == 0 && len(all) > 0 && all[0].Pack == p.ID {
		changes = append(changes, layoutGone())
	}
	return changes, problems, nil
}

const layoutName = "Bố cục hồ sơ kiểm tra, đánh giá dữ liệu"

func layoutGone() pack.Change {
	return pack.Change{Kind: LayoutKind, ID: layoutID, Name: layoutName, Action: pack.Removed,
		Details: []pack.Detail{{Vi: "Hồ sơ theo bố cục mặc định của nền tảng.", En: "The dossier has the layout that the platform ships."}}}
}

// Apply makes the changes.
func (layoutKind) Apply(ctx context.Context, tx *store.Tx, by actor.Actor, p *pack.Pack, changes []pack.Change) error {
	for _, c := range changes {
		switch l, ok := c.Content.(*Layout); {
		case c.Action == pack.Same:
		case c.Action == pack.Removed:
			if err := retire(ctx, tx, "dossier_layouts", c.ID); err != nil {
				return err
			}
		case !ok:
			return fmt.Errorf("layout: a change that this kind did not make")
		default:
			if err := keep(ctx, tx, "dossier_layouts", by, packVersion(p), c.ID, l.Digest, l.Pack, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// Remove retires what a pack has brought.
func (layoutKind) Remove(ctx context.Context, tx *store.Tx, _ actor.Actor, packID string) ([]pack.Change, error) {
	all, err := layouts(ctx, tx, `WHERE state = 'current'`)
	if err != nil || len(all) == 0 || all[0].Pack != packID {
		return nil, err
	}
	return []pack.Change{layoutGone()}, retire(ctx, tx, "dossier_layouts", layoutID)
}
