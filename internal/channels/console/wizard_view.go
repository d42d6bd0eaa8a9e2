package console

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/faults"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/draft"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

type wizardStartView struct {
	SignedIn bool
	Token    string
	Drafts   []draftRow
}

type draftRow struct{ Path, Title, Samples, Changed, By string }

type wizardView struct {
	Path, Token, Version string
	ID, Title, About     string
	Samples              string
	Undo                 bool
	Personal             string // "" = no personal data
	Notes                []string
	Problems             []draftProblem
	Questions            []questionView
	Objects              []draftObjectView
	Lists                []draftListView
}

type draftProblem struct{ Anchor, Text string }

type questionView struct {
	Field, Ask, Place string
	Options           []choice
}

type draftObjectView struct {
	At, Name, Title, Rows string
	Several               bool
	Modes                 []choice
	Why                   []string
	Columns               []draftColumnView
	Preview               *judgedView
}

type draftColumnView struct {
	At, Heading, Name, Title string
	In, Required, Key        bool
	Sorts, Lists, Classes    []choice
	SortWords                string
	Aliases, Fill, Distinct  string
	Example                  string
	MadeUp                   bool
	Why                      []string
	Personal                 string // mark, "" = none
	Sensitive                bool
	List                     string // the code list, in words; "" = none
}

type draftListView struct {
	Field, ID, Name string
	Codes           []codeView
	More            int64
}

// A judgedView is rows of the sample as they would be judged.
type judgedView struct {
	Heads      []headView
	Rows       []judgedRow
	Good, Bad  string
	AnyBad     bool
	Impossible string // why they could not be judged
}

type judgedRow struct {
	Line  string
	Good  bool
	Cells []judgedCell
	Whys  []string
}

type judgedCell struct {
	Label, Text string
	Bad, Number bool
}

func (s *server) draftRows(ctx context.Context, list []*draft.Work) (rows []draftRow) {
	lang := locale.From(ctx)
	for _, w := range list {
		rows = append(rows, draftRow{
			Path: "/drafts/" + w.ID, Title: w.Draft.Title, Samples: sampleNames(w), By: w.By.Name, Changed: ui.Ago(lang, w.Changed, s.Now()),
		})
	}
	return rows
}

func sampleNames(w *draft.Work) string {
	names := make([]string, len(w.Samples))
	for i, f := range w.Samples {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}

// wizardView is a draft with the rows of its samples as they would be judged.
func (s *server) wizardView(ctx context.Context, w *draft.Work) (*wizardView, error) {
	lang, d := locale.From(ctx), w.Draft
	v := &wizardView{
		Path: "/drafts/" + w.ID, Version: w.Version, ID: d.ID, Title: d.Title, About: d.About, Samples: sampleNames(w), Undo: w.Undo,
	}
	if class := d.Personal(); class != draft.None {
		v.Personal = lang.T("wizard.personal." + string(class))
	}
	for _, n := range w.Notes {
		v.Notes = append(v.Notes, n.In(lang))
	}
	problems := d.Validate()
	for _, p := range problems {
		v.Problems = append(v.Problems, draftProblem{anchor(p.Where), lang.Of(p.Vi, p.En)})
	}
	for i, q := range d.Doubts {
		v.Questions = append(v.Questions, questionOf(lang, d, i, q))
	}
	lists, err := s.listChoices(ctx, d)
	if err != nil {
		return nil, err
	}
	for i := range d.Objects {
		v.Objects = append(v.Objects, objectOf(lang, d, i, lists))
	}
	for i := range d.CodeLists {
		v.Lists = append(v.Lists, listOf(d, i)...)
	}
	if len(problems) == 0 {
		err = s.judge(ctx, w, v)
	}
	return v, err
}

// anchor is where on the page a place of the draft stands.
func anchor(where string) string {
	parts := strings.Split(where, "/")
	switch {
	case len(parts) >= 4 && parts[0] == "objects" && parts[2] == "columns":
		return "#o" + parts[1] + ".c" + parts[3]
	case len(parts) >= 2 && parts[0] == "objects":
		return "#o" + parts[1]
	}
	return "#about-set"
}

func questionOf(l locale.Lang, d *draft.Draft, i int, q draft.Question) questionView {
	v := questionView{Field: "q" + strconv.Itoa(i), Ask: q.Ask.In(l)}
	if o := d.Object(q.Object); o != nil && len(d.Objects) > 1 {
		v.Place = o.Title
	}
	for n, o := range q.Options {
		v.Options = append(v.Options, choice{strconv.Itoa(n), o.Say.In(l), n == q.Chosen})
	}
	return v
}

func objectOf(l locale.Lang, d *draft.Draft, i int, lists []choice) draftObjectView {
	o := &d.Objects[i]
	v := draftObjectView{At: "o" + strconv.Itoa(i), Name: o.Name, Title: o.Title, Rows: l.Number(o.Rows), Several: len(d.Objects) > 1}
	for _, m := range o.Modes() {
		shown := m
		if m == "" {
			shown = contract.Append
			if len(o.Key) > 0 {
				shown = contract.Merge
			}
		}
		v.Modes = append(v.Modes, choice{string(m), l.T("page.mode." + string(shown)), m == o.Mode})
	}
	for _, n := range o.Why {
		v.Why = append(v.Why, n.In(l))
	}
	for j := range o.Columns {
		if o.Columns[j].Heading == "" && o.Columns[j].LeftOut {
			continue // no column of the table: blank, or running numbers
		}
		v.Columns = append(v.Columns, columnOf(l, d, o, j, v.At, lists))
	}
	return v
}

func columnOf(l locale.Lang, d *draft.Draft, o *draft.Object, j int, at string, lists []choice) draftColumnView {
	c := &o.Columns[j]
	v := draftColumnView{
		At: at + ".c" + strconv.Itoa(j), Heading: c.Heading, Name: c.Name, Title: c.Title, In: !c.LeftOut, Required: c.Required,
		Key: slices.Contains(o.Key, c.Name), Sorts: sortChoices(l, c), SortWords: sortWords(l, c.Sort()), Lists: listsFor(l, c, lists), Aliases: strings.Join(c.Aliases, "; "),
		Fill: l.T("wizard.fill", int64(c.Fill*100+0.5), c.Distinct), MadeUp: c.MadeUp, Sensitive: c.Personal.Class == draft.Sensitive,
	}
	for _, one := range v.Lists {
		switch {
		case !one.Chosen || one.Value == "":
		case slices.ContainsFunc(d.CodeLists, func(l draft.CodeListDraft) bool { return l.ID == one.Value }) || c.Reference != nil:
			v.List = one.Text
		default:
			v.List = l.T("wizard.list-badge", one.Text)
		}
	}
	if len(c.Examples) > 0 {
		v.Example = c.Examples[0]
	}
	for _, class := range []draft.Class{draft.None, draft.Basic, draft.Sensitive} {
		v.Classes = append(v.Classes, choice{string(class), l.T("wizard.class." + string(class)), class == c.Personal.Class || class == draft.None && c.Personal.Class == ""})
	}
	if c.Personal.Class == draft.Basic || c.Personal.Class == draft.Sensitive {
		v.Personal = l.T("wizard.class." + string(c.Personal.Class))
		if kind := "draft.pii." + c.Personal.Kind; l.Has(kind) {
			v.Personal += ": " + l.T(kind)
		}
	}
	for _, n := range c.Why {
		v.Why = append(v.Why, n.In(l))
	}
	return v
}

// sortChoices are what a column can hold, in words; what it holds now is among
// them whatever it is.
func sortChoices(l locale.Lang, c *draft.Column) (all []choice) {
	sorts := draft.Sorts()
	if !slices.Contains(sorts, c.Sort()) {
		sorts = append([]string{c.Sort()}, sorts...)
	}
	for _, sort := range sorts {
		all = append(all, choice{sort, ui.Capital(sortWords(l, sort)), sort == c.Sort()})
	}
	return all
}

func sortWords(l locale.Lang, sort string) string {
	switch what, name, two := strings.Cut(sort, ":"); {
	case two && what == "unit":
		return l.T("wizard.unit." + name)
	case two:
		return l.T("draft.kind." + name)
	}
	return l.T("draft.type." + sort)
}

// listChoices are the code lists that a column can have: those proposed, then
// those there are.
func (s *server) listChoices(ctx context.Context, d *draft.Draft) (all []choice, err error) {
	lang := locale.From(ctx)
	for _, list := range d.CodeLists {
		all = append(all, choice{list.ID, lang.T("wizard.list-proposed", list.Name, int64(len(list.Codes))), false})
	}
	k, _, err := s.Known(ctx)
	if err != nil {
		return nil, err
	}
	for _, list := range k.Lists {
		all = append(all, choice{list.ID, list.Name, false})
	}
	return all, nil
}

func listsFor(l locale.Lang, c *draft.Column, lists []choice) []choice {
	if c.Type != contract.Text && c.Type != contract.Integer {
		return nil
	}
	all := []choice{{"", l.T("wizard.list-none"), c.CodeList == "" && c.Reference == nil}}
	if c.Reference != nil {
		all = append(all, choice{draft.ListReference + c.Reference.Dataset, l.T("wizard.list-reference", c.Reference.Dataset), true})
	}
	for _, one := range lists {
		one.Chosen = one.Value == c.CodeList && c.Reference == nil
		all = append(all, one)
	}
	return all
}

// shownCodes is how many codes of a proposed list stand on the page.
const shownCodes = 60

// listOf shows a proposed list, when a column uses it.
func listOf(d *draft.Draft, i int) []draftListView {
	list := &d.CodeLists[i]
	if !slices.ContainsFunc(d.Lists(), func(l draft.CodeListDraft) bool { return l.ID == list.ID }) {
		return nil
	}
	v := draftListView{Field: "l" + strconv.Itoa(i) + ".name", ID: list.ID, Name: list.Name}
	for n, c := range list.Codes {
		if n == shownCodes {
			v.More = int64(len(list.Codes) - n)
			break
		}
		v.Codes = append(v.Codes, codeView{Code: c.Code, Name: c.Name})
	}
	return []draftListView{v}
}

// judge shows rows of the samples as the contract would judge them.
func (s *server) judge(ctx context.Context, w *draft.Work, v *wizardView) error {
	rows, err := s.Drafts.Rows(w)
	if err != nil {
		return err
	}
	con, err := w.Draft.Preview()
	if err != nil {
		return err
	}
	for i := range w.Draft.Objects {
		if i < len(con.Objects) && len(rows[i]) > 0 {
			if v.Objects[i].Preview, err = s.judged(ctx, w.Draft, i, con, rows[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// judged judges rows of one table. The rows are in the order of the sample, and
// so are the columns of the draft that came from it.
func (s *server) judged(ctx context.Context, d *draft.Draft, i int, con *contract.Contract, rows []draft.Row) (*judgedView, error) {
	lang, o, obj := locale.From(ctx), &d.Objects[i], con.Objects[i]
	v := &judgedView{}
	var in []int // the columns that are read
	for j := range o.Columns {
		if c := &o.Columns[j]; !c.LeftOut && j < len(rows[0].Cells) {
			in = append(in, j)
			v.Heads = append(v.Heads, headView{Title: c.Title, Number: isFigure(c.Type)})
		}
	}
	file, lines, err := asFile(o, in, rows)
	if err != nil {
		return nil, err
	}
	words, err := faults.For(obj)
	if err != nil {
		return nil, err
	}
	bad := map[int64][]faults.Broken{}
	_, err = s.Corridor.Check(ctx, con, obj, d.Title+".csv", bytes.NewReader(file), o.Recipe(), func(line int64, key, raw, broken string) error {
		l := record.QuarantineLine{Line: line, Key: key, Faults: strings.Fields(broken)}
		if err := json.Unmarshal([]byte(raw), &l.Raw); err != nil {
			return fmt.Errorf("cells of line %d: %w", line, err)
		}
		bad[line] = words.Of(l)
		return nil
	})
	if e := fault.Of(err); e != nil && e.Kind != fault.Internal {
		v.Impossible = lang.Error(err)
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("rows of %s: %w", d.ID, err)
	}
	v.fill(lang, d, o, in, rows, lines, bad)
	return v, nil
}

func isFigure(t contract.Type) bool {
	return t == contract.Integer || t == contract.Decimal || t == contract.Float
}

// asFile writes rows as a CSV file, with the line on which each begins.
func asFile(o *draft.Object, in []int, rows []draft.Row) (file []byte, lines []int64, err error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	cells := make([]string, len(in))
	for n, j := range in {
		cells[n] = o.Columns[j].Name
	}
	write := func() error { return w.Write(cells) }
	err = write()
	for _, r := range rows {
		w.Flush()
		lines = append(lines, int64(bytes.Count(b.Bytes(), []byte{'\n'}))+1)
		for n, j := range in {
			cells[n] = ""
			if j < len(r.Cells) {
				cells[n] = r.Cells[j]
			}
		}
		if err == nil {
			err = write()
		}
	}
	w.Flush()
	return b.Bytes(), lines, err
}

// fill puts the rows in the order of the file together with what is wrong with
// them.
func (v *judgedView) fill(l locale.Lang, d *draft.Draft, o *draft.Object, in []int, rows []draft.Row, lines []int64, bad map[int64][]faults.Broken) {
	good := 0
	for n, r := range rows {
		row := judgedRow{Line: l.Number(r.Line)}
		wrong := map[string]bool{}
		for _, f := range bad[lines[n]] {
			row.Whys = append(row.Whys, l.Of(f.MessageVi, f.MessageEn))
			wrong[f.Column] = true
		}
		for _, j := range in {
			c := &o.Columns[j]
			cell := judgedCell{Label: c.Title, Number: isFigure(c.Type), Bad: wrong[c.Name]}
			if j < len(r.Cells) {
				cell.Text = r.Cells[j]
			}
			if why := outside(l, d, c, cell.Text); why != "" {
				cell.Bad, row.Whys = true, append(row.Whys, why)
			}
			row.Cells = append(row.Cells, cell)
		}
		if row.Good = len(row.Whys) == 0; row.Good {
			good++
		}
		v.Rows = append(v.Rows, row)
	}
	v.Good, v.Bad, v.AnyBad = l.Number(int64(good)), l.Number(int64(len(rows)-good)), good < len(rows)
}

// outside says that a cell is not in a list that is only proposed: the judge
// does not know it yet.
func outside(l locale.Lang, d *draft.Draft, c *draft.Column, cell string) string {
	if c.CodeList == "" || c.Unit != "" || strings.TrimSpace(cell) == "" {
		return ""
	}
	for _, list := range d.CodeLists {
		if list.ID != c.CodeList {
			continue
		}
		value := strings.Join(strings.Fields(cell), " ")
		for _, code := range list.Codes {
			if code.Code == value || slices.Contains(code.Aliases, value) {
				return ""
			}
		}
		return l.T("wizard.outside", c.Title, cell, list.Name)
	}
	return ""
}

type createdView struct {
	Path, Token, SetPath, Title string
	CanSend                     bool
	Sample                      string
	TemplatePath                string
}

// createdView is what can be done with a data set that was just made.
func (s *server) createdView(ctx context.Context, w *draft.Work) (*createdView, error) {
	con, err := s.Contracts.Current(ctx, w.Dataset)
	if err != nil {
		return nil, err
	}
	set := "/datasets/" + url.PathEscape(con.ID)
	v := &createdView{
		Path: "/drafts/" + w.ID, SetPath: set, Title: con.Name, Sample: sampleNames(w),
		TemplatePath: set + "/template.xlsx",
	}
	v.CanSend = s.Drafts.CanSend(ctx, w, con)
	return v, nil
}
