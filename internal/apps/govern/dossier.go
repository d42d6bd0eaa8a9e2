package govern

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/issue"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/paper"
)

// A Rank is where a unit stands among those that answer for data.
type Rank struct {
	Place    int // from 1; units with the same score share one
	Org      string
	Score    *float64 // nil = chưa đo: behind all others, without a place
	Sets     int
	Measured int // data sets with a score
	Open     int // issues that are not closed
	Overdue  int // of these: past their day
}

// Ranking orders the owners of data sets by the mean of their scores (score.Roll, by
// the contracts' weights); generated data are left out. keep chooses the data sets.
func (d *Desk) Ranking(ctx context.Context, keep func(*contract.Contract) bool) ([]Rank, error) {
	members, err := d.deps().Scores.Members(ctx, func(c *contract.Contract) bool {
		return c.Owner != "" && c.Provenance.Kind != contract.GeneratedData && keep(c)
	})
	if err != nil {
		return nil, err
	}
	byOwner := map[string][]score.Member{}
	for _, m := range members {
		byOwner[m.Owner] = append(byOwner[m.Owner], m)
	}
	var list []Rank
	for owner, sets := range byOwner {
		roll := score.Roll(sets)
		r := Rank{Org: owner, Score: roll.Overall, Sets: roll.Of, Measured: roll.Measured}
		counts, err := d.deps().Issues.Counts(ctx, issue.Filter{Orgs: []string{owner}})
		if err != nil {
			return nil, err
		}
		r.Open, r.Overdue = counts.Open, counts.Overdue
		list = append(list, r)
	}
	slices.SortFunc(list, byScore)
	for i := range list {
		switch {
		case list[i].Score == nil:
		case i > 0 && list[i-1].Score != nil && *list[i-1].Score == *list[i].Score:
			list[i].Place = list[i-1].Place
		default:
			list[i].Place = i + 1
		}
	}
	return list, nil
}

// byScore puts the best first, and behind all others what is not measured.
func byScore(a, b Rank) int {
	switch {
	case a.Score == nil && b.Score == nil:
	case a.Score == nil:
		return 1
	case b.Score == nil:
		return -1
	default:
		if c := cmp.Compare(*b.Score, *a.Score); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.Org, b.Org)
}

// A Head is what only the one who signs knows of a paper.
type Head struct {
	Parent, Issuer, Symbol, Place string // as paper.Paper has them
	Position                      string // of who signs
	To                            []string
}

// Dossier is the yearly inspection dossier of the data that keep chooses (Hồ sơ kiểm
// tra, đánh giá dữ liệu hằng năm), laid out as the layout in force says, from the data
// of this moment. Number and date are blank.
func (d *Desk) Dossier(ctx context.Context, h Head, orgName func(string) string, keep func(*contract.Contract) bool) (*paper.Paper, error) {
	now := d.deps().Now()
	layout, err := d.Layout(ctx)
	if err != nil {
		return nil, err
	}
	members, err := d.deps().Scores.Members(ctx, keep)
	if err != nil {
		return nil, err
	}
	figures, err := d.Figures(ctx)
	if err != nil {
		return nil, err
	}
	ranks, err := d.Ranking(ctx, keep)
	if err != nil {
		return nil, err
	}
	w := writer{ctx: ctx, d: d, members: members, figures: figures, ranks: ranks, name: orgName}
	w.fill = strings.NewReplacer(fillYear, fmt.Sprint(now.In(locale.Zone).Year()), fillTime, locale.Vi.Time(now))
	for i := range layout.Sections {
		if err := w.section(&layout.Sections[i]); err != nil {
			return nil, err
		}
	}
	return &paper.Paper{
		Parent: h.Parent, Issuer: h.Issuer, Symbol: h.Symbol, Place: h.Place, Year: now.In(locale.Zone).Year(), Made: now,
		Kind: "Báo cáo", Abstract: w.fill.Replace(layout.Title),
		To: h.To, Body: w.blocks, Sign: paper.Sign{Position: h.Position},
		Annexes: w.annexes,
	}, nil
}

// A writer gathers the body of a dossier.
type writer struct {
	ctx     context.Context
	d       *Desk
	members []score.Member
	figures []Figure
	ranks   []Rank
	name    func(string) string
	fill    *strings.Replacer
	tables  int // how many there are so far
	blocks  []paper.Block
	annexes []paper.Annex
}

func (w *writer) add(b ...paper.Block)   { w.blocks = append(w.blocks, b...) }
func (w *writer) say(s string, a ...any) { w.add(paper.Text(fmt.Sprintf(s, a...))) }
func (w *writer) heading(title string)   { w.add(paper.Division{Level: paper.Heading, Title: title}) }
func number(v *float64, unit string) string {
	if v == nil {
		return "chưa đo"
	}
	s := locale.Vi.Float(*v, 1)
	if unit == "percent" {
		s += "%"
	}
	return s
}

// caption numbers a table.
func (w *writer) caption(title string) string {
	w.tables++
	return fmt.Sprintf("Bảng %d. %s", w.tables, title)
}

// section writes a heading, its text, and its parts; groups of measures that follow
// one another are one table.
func (w *writer) section(s *Section) error {
	if s.Heading != "" {
		w.heading(w.fill.Replace(s.Heading))
	}
	for line := range strings.SplitSeq(s.Text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			w.add(paper.Text(w.fill.Replace(line)))
		}
	}
	var groups []string
	for i, part := range s.Parts {
		if groups = append(groups, groupsOf(part)...); len(groups) == 0 {
			if err := w.part(part); err != nil {
				return err
			}
			continue
		}
		if i+1 == len(s.Parts) || groupsOf(s.Parts[i+1]) == nil {
			w.add(w.measures(w.caption(cmp.Or(w.fill.Replace(s.Table), "Chỉ số")), groups...))
			groups = nil
		}
	}
	return nil
}

func (w *writer) part(code string) error {
	switch code {
	case partInventory:
		return w.listed()
	case partQuality:
		w.quality()
	case partRanking:
		w.ranking()
	case partIssues:
		return w.issues()
	case partSharing:
		w.sharing()
	case partMaturity:
		w.maturity()
	case partPriorities:
		w.priorities()
	}
	return nil
}

// listed tells how many data sets there are, and lists them in an annex.
func (w *writer) listed() error {
	standings, rows, open, err := w.inventory()
	if err != nil {
		return err
	}
	w.say("Có %s bộ dữ liệu đang có hiệu lực, với %s bản ghi và %s bản ghi chờ bổ sung. Danh sách tại Phụ lục.",
		locale.Vi.Number(int64(standings)), locale.Vi.Number(rows), locale.Vi.Number(open))
	w.annexes = append(w.annexes, w.annex())
	return nil
}

func (w *writer) inventory() (sets int, rows, open int64, err error) {
	var list []*contract.Contract
	for _, m := range w.members {
		c, err := w.d.deps().Contracts.Current(w.ctx, m.Dataset)
		if err != nil {
			return 0, 0, 0, err
		}
		list = append(list, c)
	}
	standings, err := w.d.deps().Scores.Standings(w.ctx, list)
	for _, s := range standings {
		rows += s.Rows
		open += s.Open
	}
	return len(list), rows, open, err
}

// measures is a table of the figures of some groups.
func (w *writer) measures(caption string, groups ...string) paper.Table {
	t := paper.Table{Caption: caption, Columns: []paper.Column{
		{Head: "Mã", Width: 18}, {Head: "Chỉ số"}, {Head: "Giá trị", Width: 22, Align: paper.Right}, {Head: "Điểm (0–5)", Width: 18, Align: paper.Centre}, {Head: "Cách có số liệu", Width: 28},
	}}
	for _, f := range w.figures {
		if !slices.Contains(groups, f.Group) {
			continue
		}
		points, how := "", "Đo tự động"
		if f.Score != nil {
			points = fmt.Sprint(*f.Score)
		}
		switch {
		case f.Declared != nil:
			how = "Khai báo: " + f.Declared.Evidence
		case !f.Auto:
			how = "Khai báo"
		}
		t.Rows = append(t.Rows, paper.Row{Cells: []string{f.ID, f.Title, number(f.Value, f.Unit), points, how}})
	}
	return t
}

func (w *writer) quality() {
	roll := score.Roll(w.members)
	t := paper.Table{Caption: w.caption("Điểm theo sáu tiêu chí"), Columns: []paper.Column{
		{Head: "Tiêu chí"}, {Head: "Điểm", Width: 25, Align: paper.Right}, {Head: "Số bộ dữ liệu đã đo", Width: 40, Align: paper.Right},
	}}
	for _, c := range roll.Criteria {
		value, of := number(c.Value, ""), fmt.Sprintf("%d/%d", c.Measured, c.Of)
		if c.Sharing != nil {
			value, of = "không chấm điểm", fmt.Sprintf("%d/%d có nơi khai thác", c.Sharing.Used, c.Of)
		}
		t.Rows = append(t.Rows, paper.Row{Cells: []string{c.Title.Vi, value, of}})
	}
	t.Rows = append(t.Rows, paper.Row{Bold: true, Cells: []string{"Điểm chung", number(roll.Overall, ""), fmt.Sprintf("%d/%d", roll.Measured, roll.Of)}})
	w.add(t)
}

func (w *writer) ranking() {
	if len(w.ranks) == 0 {
		return
	}
	r := paper.Table{Caption: w.caption("Xếp hạng chất lượng dữ liệu của các đơn vị"), Columns: []paper.Column{
		{Head: "Hạng", Width: 15, Align: paper.Centre}, {Head: "Đơn vị"}, {Head: "Điểm", Width: 20, Align: paper.Right},
		{Head: "Số bộ dữ liệu", Width: 25, Align: paper.Right}, {Head: "Vấn đề đang mở", Width: 28, Align: paper.Right}, {Head: "Quá hạn", Width: 20, Align: paper.Right},
	}}
	for _, one := range w.ranks {
		place := ""
		if one.Place > 0 {
			place = fmt.Sprint(one.Place)
		}
		r.Rows = append(r.Rows, paper.Row{Cells: []string{place, w.name(one.Org), number(one.Score, ""), fmt.Sprint(one.Sets), fmt.Sprint(one.Open), fmt.Sprint(one.Overdue)}})
	}
	w.add(r)
}

func (w *writer) issues() error {
	ids := make([]string, len(w.members))
	for i, m := range w.members {
		ids[i] = m.Dataset
	}
	c, err := w.d.deps().Issues.Counts(w.ctx, issue.Filter{Datasets: ids})
	if err != nil {
		return err
	}
	w.say("Đang có %d vấn đề dữ liệu chưa hoàn thành (Đỏ %d, Vàng %d, Xanh %d), trong đó %d vấn đề quá hạn; đã hoàn thành %d vấn đề, %d vấn đề đúng hạn.",
		c.Open, c.BySev[issue.Red], c.BySev[issue.Yellow], c.BySev[issue.Green], c.Overdue, c.Closed, c.InTime)
	return nil
}

func (w *writer) sharing() {
	open, shared, restricted, undecided := 0, 0, 0, 0
	for _, m := range w.members {
		c, err := w.d.deps().Contracts.Current(w.ctx, m.Dataset)
		if err != nil {
			continue // gone since the list was made
		}
		switch c.Access {
		case "open":
			open++
		case "shared":
			shared++
		case "restricted":
			restricted++
		default:
			undecided++
		}
	}
	w.say("Dữ liệu mở: %d bộ; dữ liệu dùng chung: %d bộ; dữ liệu dùng riêng: %d bộ; chưa xác định: %d bộ.", open, shared, restricted, undecided)
}

func (w *writer) maturity() {
	maturity := MaturityOf(w.figures, "quan-tri")
	if maturity.Mean != nil {
		w.say("Mức trưởng thành quản trị dữ liệu: %s trên 5 (%s), tính trên %d/%d chỉ số đã có số liệu, %d chỉ số đo tự động.",
			locale.Vi.Float(*maturity.Mean, 2), maturity.Band.Title.Vi, maturity.Measured, maturity.Of, maturity.Auto)
	}
}

func (w *writer) priorities() {
	var worst []score.Member
	for _, m := range w.members {
		if m.Score.Overall != nil {
			worst = append(worst, m)
		}
	}
	slices.SortFunc(worst, func(a, b score.Member) int { return cmp.Compare(*a.Score.Overall, *b.Score.Overall) })
	var items [][]paper.Run
	for _, m := range worst[:min(5, len(worst))] {
		if *m.Score.Overall >= 90 {
			break
		}
		items = append(items, []paper.Run{{Text: fmt.Sprintf("%s (%s): %s điểm; %s khắc phục theo các vấn đề đã mở.", m.Name, m.Dataset, number(m.Score.Overall, ""), cmp.Or(w.name(m.Owner), "cơ quan chủ quản"))}})
	}
	if len(items) > 0 {
		w.say("Các bộ dữ liệu cần ưu tiên:")
		w.add(paper.List{Items: items})
	}
}

// annex lists the data sets.
func (w *writer) annex() paper.Annex {
	t := paper.Table{Columns: []paper.Column{
		{Head: "STT", Width: 12, Align: paper.Centre}, {Head: "Bộ dữ liệu"}, {Head: "Mã", Width: 45}, {Head: "Cơ quan chủ quản", Width: 60}, {Head: "Điểm", Width: 20, Align: paper.Right},
	}}
	for i, m := range w.members {
		t.Rows = append(t.Rows, paper.Row{Cells: []string{fmt.Sprint(i + 1), m.Name, m.Dataset, w.name(m.Owner), number(m.Score.Overall, "")}})
	}
	return paper.Annex{Title: "Danh sách bộ dữ liệu", Landscape: true, Body: []paper.Block{t}}
}
