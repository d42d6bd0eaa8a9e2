package workbook

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// A TemplateInput is what a template is made of.
type TemplateInput struct {
	Contract *contract.Contract
	Lists    func(id string) *dictionary.CodeList
	Language locale.Lang
	Now      time.Time
}

const (
	templateHeading = 5
	// templateRows is how far down the checks of cells reach.
	templateRows = 20_000
)

// Template writes the workbook in which units fill in a data set: a sheet for
// each object with its headings, notes, lists, checks and one example row.
//
// The example row is known by its mark in the column TokenHeading, which holds
// for exactly the cells that were written: a row that somebody typed over is
// data (IsExample).
func Template(ctx context.Context, w io.Writer, in TemplateInput) error {
	if in.Now.IsZero() {
		in.Now = time.Now()
	}
	t := in.Language.T
	guide := t("workbook.guide")
	f, err := newFile(guide, t("workbook.template.title", in.Contract.Name), "", in.Now)
	if err != nil {
		return err
	}
	defer f.Close()
	b := &templateBook{in: &in, f: f, looks: newLooks(f)}
	b.lists = &lister{f: f, looks: b.looks, lang: in.Language, lists: in.Lists, today: viet.DateOf(in.Now.In(locale.Zone)), ranges: map[string]string{}}
	m := Mark{Kind: KindTemplate, Contract: in.Contract.ID, Version: in.Contract.Version, Digest: in.Contract.Digest}
	for _, o := range in.Contract.Objects {
		if err := ctx.Err(); err != nil {
			return err
		}
		sheet := sheetName(f, o.Title, t("workbook.lists"), MarkSheet)
		if err := b.sheet(sheet, o); err != nil {
			return err
		}
		m.Sheets = append(m.Sheets, DataSheet{sheet, o.Dataset, templateHeading})
	}
	if err := b.guide(guide); err != nil {
		return err
	}
	if err := m.write(f); err != nil {
		return err
	}
	if err := b.arrange(guide, m.Sheets); err != nil {
		return err
	}
	f.SetActiveSheet(0)
	return write(f, w)
}

// arrange puts the sheets to fill in first, then what is there to read. Titles
// of printed pages are names bound to the place of a sheet: they come last.
func (b *templateBook) arrange(guide string, sheets []DataSheet) error {
	move := []string{guide}
	if b.lists.sheet != "" {
		move = append(move, b.lists.sheet)
	}
	for _, name := range move {
		if err := b.f.MoveSheet(name, MarkSheet); err != nil {
			return err
		}
	}
	if err := printed(b.f, guide, 0, true); err != nil {
		return err
	}
	for _, s := range sheets {
		if err := printed(b.f, s.Sheet, templateHeading, true); err != nil {
			return err
		}
	}
	return nil
}

type templateBook struct {
	in    *TemplateInput
	f     *excelize.File
	looks *looks
	lists *lister
}

func (b *templateBook) said(s contract.Sentence) string {
	if b.in.Language == locale.En {
		return s.En
	}
	return s.Vi
}

func (b *templateBook) sheet(name string, o *contract.Object) error {
	if _, err := b.f.NewSheet(name); err != nil {
		return err
	}
	t := b.in.Language.T
	p := &page{f: b.f, looks: b.looks, sheet: name}
	for i := range o.Columns { // whole columns first: cells that stand on them keep their own look
		if err := b.column(name, o, i); err != nil {
			return err
		}
	}
	n := len(o.Columns)
	p.put(0, 1, t("workbook.template.title", o.Title), lookTitle)
	p.put(0, 2, t("workbook.template.how"), lookPlain)
	p.put(0, 3, t("workbook.template.must"), lookPlain)
	p.put(0, 4, t("workbook.template.example"), look{size: 12, italic: true, colour: sampleText})
	heads := headings(o)
	cells := b.example(o)
	for i := range o.Columns {
		p.put(i, templateHeading, starred(o, i, heads[i]), headLook(&o.Columns[i]))
		k := typedLook(&o.Columns[i])
		k.italic, k.colour = true, sampleText
		v, k := exampleCell(&o.Columns[i], cells[i], k)
		p.put(i, templateHeading+1, v, k)
		if p.err == nil {
			p.err = note(b.f, name, ref(i, templateHeading), b.about(o, i))
		}
	}
	p.put(n, templateHeading, TokenHeading, lookToken)
	p.put(n, templateHeading+1, exampleMark(o, cells), lookToken)
	p.height(templateHeading, 40)
	if p.err != nil {
		return p.err
	}
	if err := note(b.f, name, ref(0, templateHeading+1), t("workbook.template.example-note")); err != nil {
		return err
	}
	if err := b.f.SetColVisible(name, letter(n), false); err != nil {
		return err
	}
	return freeze(b.f, name, templateHeading)
}

// starred marks the heading of a required column with a star, which the
// platform reads over; where it would not, the colour must do.
func starred(o *contract.Object, i int, heading string) string {
	if o.Columns[i].Required && recognised(o, heading+" *") == i {
		return heading + " *"
	}
	return heading
}

func headLook(c *contract.Column) look {
	if c.Required {
		return lookMust
	}
	return lookHead
}

// column sets the look, the width and the checks of a whole column.
func (b *templateBook) column(sheet string, o *contract.Object, i int) error {
	c := &o.Columns[i]
	k := templateLook(c)
	id, err := b.looks.id(k)
	if err != nil {
		return err
	}
	if err := b.f.SetColStyle(sheet, letter(i), id); err != nil {
		return err
	}
	longest := max(units(c.Title)*2/3, units(c.Example), 12)
	if err := b.f.SetColWidth(sheet, letter(i), letter(i), float64(min(longest+4, 40))); err != nil {
		return err
	}
	dv, err := b.lists.choice(o, i)
	if err != nil {
		return err
	}
	style := excelize.DataValidationErrorStyleStop
	if dv == nil {
		dv = bounds(o, i, ref(i, templateHeading+1))
		style = excelize.DataValidationErrorStyleWarning
	} else if r := ruleOf(o, i, contract.RuleCodeList); r != nil && r.Severity != contract.Reject {
		style = excelize.DataValidationErrorStyleWarning
	}
	if dv == nil {
		return nil
	}
	dv.SetSqref(ref(i, templateHeading+1) + ":" + ref(i, templateHeading+templateRows))
	must := b.must(o, i)
	dv.SetError(style, shorten(c.Title, 32), shorten(b.in.Language.T("workbook.template.check", must), 250))
	return b.f.AddDataValidation(sheet, dv)
}

// templateLook is the number format of a column to fill in.
func templateLook(c *contract.Column) look {
	switch c.Type {
	case contract.Integer:
		return look{format: "0"}
	case contract.Decimal:
		if c.Scale == 0 {
			return look{format: "0"}
		}
		return look{format: "#,##0." + strings.Repeat("0", c.Scale)}
	case contract.Float:
		return look{format: "General"}
	}
	return look{format: "@"}
}

// must lists what the rules ask of one column.
func (b *templateBook) must(o *contract.Object, i int) string {
	var all []string
	for j := range o.Rules {
		r := &o.Rules[j]
		if len(r.Columns) != 1 || r.Columns[0] != i || r.Severity == contract.Note {
			continue
		}
		switch r.Kind {
		case contract.RuleRequired, contract.RuleSet, contract.RuleKey:
			continue // said by the star, or about all rows together
		case contract.RuleType:
			if o.Columns[i].Type == contract.Text {
				continue // any text
			}
		}
		all = append(all, b.asked(&o.Columns[i], r))
	}
	// "số nguyên" goes without saying before "số nguyên từ 1 đến 30".
	return strings.Join(slices.DeleteFunc(all, func(s string) bool {
		return slices.ContainsFunc(all, func(longer string) bool { return longer != s && strings.HasPrefix(longer, s) })
	}), "; ")
}

// asked is what one rule asks for; code lists are called by their names.
func (b *templateBook) asked(c *contract.Column, r *contract.Rule) string {
	if r.Kind == contract.RuleCodeList && b.in.Lists != nil {
		if l := b.in.Lists(r.CodeList); l != nil {
			return b.in.Language.T("workbook.template.of-list", l.Name)
		}
	}
	return strings.TrimSuffix(b.said(r.Expected), ".")
}

// about is the note on a heading: meaning, what is asked, an example.
func (b *templateBook) about(o *contract.Object, i int) string {
	c, t := &o.Columns[i], b.in.Language.T
	var lines []string
	if c.About != "" {
		lines = append(lines, c.About)
	}
	if c.Required {
		lines = append(lines, t("workbook.template.required"))
	} else {
		lines = append(lines, t("workbook.template.optional"))
	}
	if must := b.must(o, i); must != "" {
		lines = append(lines, t("workbook.template.need", must))
	}
	if e := b.exampleOf(o, i); e != "" && !strings.Contains(b.must(o, i), e) {
		lines = append(lines, t("workbook.template.for-example", e))
	}
	return shorten(strings.Join(lines, "\n"), maxComment)
}

// guide writes how to fill the template in, and a table of its columns.
func (b *templateBook) guide(sheet string) error {
	t := b.in.Language.T
	p := &page{f: b.f, looks: b.looks, sheet: sheet}
	for i, w := range []float64{30, 12, 44, 56, 26} {
		p.width(i, w)
	}
	p.put(0, 1, t("workbook.template.guide", b.in.Contract.Name), lookTitle)
	row := 2
	steps := []string{t("workbook.template.step.fill"), t("workbook.template.step.type")}
	if b.lists.sheet != "" {
		steps = append(steps, t("workbook.template.step.list"))
	}
	steps = append(steps, t("workbook.template.step.keep"), t("workbook.template.step.example"), t("workbook.template.step.send"))
	for i, text := range steps {
		row++
		p.put(0, row, t("workbook.step", i+1), lookLabel)
		p.put(1, row, text, lookPlain)
	}
	for _, o := range b.in.Contract.Objects {
		row += 2
		p.put(0, row, o.Title, lookStrong)
		row++
		for i, h := range []string{t("workbook.field"), t("workbook.required"), t("workbook.meaning"), t("workbook.need"), t("workbook.example")} {
			p.put(i, row, h, lookHead)
		}
		for i := range o.Columns {
			row++
			must := ""
			if o.Columns[i].Required {
				must = t("workbook.yes")
			}
			p.put(0, row, o.Columns[i].Title, lookTable)
			p.put(1, row, must, lookTable)
			p.put(2, row, o.Columns[i].About, lookTable)
			p.put(3, row, b.must(o, i), lookTable)
			p.put(4, row, b.exampleOf(o, i), lookTable)
		}
	}
	return p.err
}
