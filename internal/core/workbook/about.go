package workbook

import (
	"strings"

	"github.com/xuri/excelize/v2"
)

// described puts what there is to say of whose data these are into the
// workbook's properties.
func described(f *excelize.File, about [][2]string) error {
	if len(about) == 0 {
		return nil
	}
	p, err := f.GetDocProps()
	if err != nil {
		return err
	}
	var all []string
	for _, line := range about {
		all = append(all, line[0]+": "+line[1])
	}
	p.Description = strings.Join(all, "\n")
	return f.SetDocProps(p)
}

// about adds the sheet that says it, behind the data.
func (b *bookExport) about() error {
	if len(b.opts.About) == 0 {
		return nil
	}
	name := sheetName(b.f, b.opts.Language.T("workbook.export.about"))
	if _, err := b.f.NewSheet(name); err != nil {
		return err
	}
	sw, err := b.f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	label, err := b.looks.id(lookHead)
	if err != nil {
		return err
	}
	text, err := b.looks.id(look{format: "@", wrap: true})
	if err != nil {
		return err
	}
	if err := sw.SetColWidth(1, 1, 24); err != nil {
		return err
	}
	if err := sw.SetColWidth(2, 2, maxWidth); err != nil {
		return err
	}
	for i, line := range b.opts.About {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := sw.SetRow(cell, []any{excelize.Cell{StyleID: label, Value: line[0]}, excelize.Cell{StyleID: text, Value: line[1]}}); err != nil {
			return err
		}
	}
	return sw.Flush()
}
