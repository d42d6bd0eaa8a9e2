package workbook

import (
	"cmp"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// guide writes the sheet of the slip that says what is asked for and how to
// mend it, and gives its name.
func (in *SlipInput) guide(f *excelize.File, l *looks, inOwn bool) (string, error) {
	t := in.Language.T
	name := sheetName(f, t("workbook.guide"))
	if _, err := f.NewSheet(name); err != nil {
		return "", err
	}
	p := &page{f: f, looks: l, sheet: name}
	p.width(0, 34)
	p.width(1, 90)
	p.width(2, 14)
	row := 1
	p.put(0, row, t("workbook.slip.title"), lookTitle)
	row += 2
	p.put(0, row, t("workbook.slip.to", in.unit()), lookStrong)
	row++
	for _, pair := range [][2]string{
		{t("workbook.slip.dataset"), in.Title}, {t("workbook.slip.batch"), in.Batch}, {t("workbook.slip.file"), in.File},
		{t("workbook.slip.received"), in.Language.Time(in.Received)}, {t("workbook.slip.count"), in.Language.Number(in.Total)},
	} {
		row++
		p.put(0, row, pair[0], lookLabel)
		p.put(1, row, pair[1], lookWrapped)
	}
	row += 2
	row = in.reasons(p, row)
	row += 2
	p.put(0, row, t("workbook.slip.how"), lookStrong)
	for _, step := range in.steps(inOwn) {
		row++
		p.put(0, row, t("workbook.step", step.n), lookLabel)
		p.put(1, row, step.text, lookWrapped)
	}
	if in.left() > 0 {
		row += 2
		p.put(0, row, in.rest(), lookStrong)
	}
	if in.Contact != "" {
		row += 2
		p.put(0, row, t("workbook.slip.contact", in.Contact), lookPlain)
	}
	if p.err == nil {
		p.err = printed(f, name, 0, false)
	}
	return name, p.err
}

type step struct {
	n    int
	text string
}

func (in *SlipInput) steps(inOwn bool) []step {
	open := in.Language.T("workbook.slip.step.open")
	if inOwn {
		open = in.Language.T("workbook.slip.step.open-own")
	}
	var all []step
	for _, text := range []string{
		open,
		in.Language.T("workbook.slip.step.mend"),
		in.Language.T("workbook.slip.step.keep"),
		in.Language.T("workbook.slip.step.delete"),
		in.Language.T("workbook.slip.step.save"),
		in.Language.T("workbook.slip.step.send"),
	} {
		all = append(all, step{len(all) + 1, text})
	}
	return all
}

// reasons counts the lines by what is asked for, most first.
func (in *SlipInput) reasons(p *page, row int) int {
	type reason struct {
		title, asked string
		lines        int
	}
	t := in.Language.T
	counts := map[[2]string]int{}
	for i := range in.Lines {
		seen := map[[2]string]bool{}
		for _, f := range in.Lines[i].Faults {
			k := [2]string{t("workbook.slip.whole"), f.Asked}
			if f.Column >= 0 {
				k[0] = in.Object.Columns[f.Column].Title
			}
			if !seen[k] {
				seen[k] = true
				counts[k]++
			}
		}
	}
	var all []reason
	for k, n := range counts {
		all = append(all, reason{k[0], k[1], n})
	}
	slices.SortFunc(all, func(a, b reason) int {
		return cmp.Or(cmp.Compare(b.lines, a.lines), strings.Compare(a.title, b.title), strings.Compare(a.asked, b.asked))
	})
	p.put(0, row, t("workbook.slip.asked"), lookStrong)
	row++
	p.put(0, row, t("workbook.field"), lookHead)
	p.put(1, row, t("workbook.slip.need"), lookHead)
	p.put(2, row, t("workbook.slip.lines"), lookHead)
	for _, r := range all {
		row++
		p.put(0, row, r.title, lookTable)
		p.put(1, row, r.asked, lookTable)
		p.put(2, row, r.lines, lookTable)
	}
	return row
}

// rest says how many lines the slip has no room for.
func (in *SlipInput) rest() string {
	if in.Rest == "" {
		return in.Language.T("workbook.slip.left", int64(len(in.Lines)), in.left())
	}
	return in.Language.T("workbook.slip.left-at", int64(len(in.Lines)), in.left(), in.Rest)
}

// printed sets a sheet up for paper: A4, the margins of official documents,
// all columns on one page's width, the heading on every page.
func printed(f *excelize.File, sheet string, heading int, landscape bool) error {
	a4, wide, tall, orientation := 9, 1, 0, "portrait"
	if landscape {
		orientation = "landscape"
	}
	if err := f.SetPageLayout(sheet, &excelize.PageLayoutOptions{Size: &a4, Orientation: &orientation, FitToWidth: &wide, FitToHeight: &tall}); err != nil {
		return err
	}
	fit := true
	if err := f.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	side, left, edge := 0.6, 1.2, 0.8 // inches: 15, 30 and 20 mm
	if err := f.SetPageMargins(sheet, &excelize.PageLayoutMarginsOptions{Left: &left, Right: &side, Top: &edge, Bottom: &edge}); err != nil {
		return err
	}
	if heading == 0 {
		return nil
	}
	return f.SetDefinedName(&excelize.DefinedName{
		Name: "_xlnm.Print_Titles", Scope: sheet,
		RefersTo: "'" + strings.ReplaceAll(sheet, "'", "''") + "'!$" + itoa(heading) + ":$" + itoa(heading),
	})
}
