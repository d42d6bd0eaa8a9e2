package accountdesk

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// TemplateName is what the file of WriteTemplate is called.
const TemplateName = "danh-sach-can-bo.xlsx"

// WriteTemplate writes a workbook to fill in, with the roles and organisations that a
// list may name.
func (d *Desk) WriteTemplate(ctx context.Context, w io.Writer) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	const sheet = "Danh sách"
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	var head []any
	for _, c := range columns {
		head = append(head, c.title)
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}})
	if err != nil {
		return err
	}
	last, err := excelize.ColumnNumberToName(len(head))
	if err != nil {
		return err
	}
	text, err := f.NewStyle(&excelize.Style{NumFmt: 49}) // telephone numbers and codes keep their zeros
	if err != nil {
		return err
	}
	if err := errors.Join(f.SetColStyle(sheet, "A:"+last, text), f.SetColWidth(sheet, "A", last, 22), f.SetSheetRow(sheet, "A1", &head), f.SetRowStyle(sheet, 1, 1, bold)); err != nil {
		return err
	}
	if err := d.templateLists(ctx, f); err != nil {
		return err
	}
	return f.Write(w)
}

// templateLists are the roles and organisations that a list may name.
func (d *Desk) templateLists(ctx context.Context, f *excelize.File) error {
	snap, err := d.Posts.Orgs.Snapshot(ctx)
	if err != nil {
		return err
	}
	lists := map[string][][]any{"Vai trò": {{"Vai trò", "Mã"}}, "Cơ quan": {{"Cơ quan, đơn vị", "Mã cơ quan"}}}
	for _, id := range identity.Grantable() {
		if id != policy.RoleOfficial {
			lists["Vai trò"] = append(lists["Vai trò"], []any{d.Posts.RoleName(locale.Vi, id), id})
		}
	}
	for _, b := range snap.Tree(orgdesk.Today()) {
		if !b.Org.Collective {
			lists["Cơ quan"] = append(lists["Cơ quan"], []any{b.Org.Name, b.Org.ID})
		}
	}
	for _, name := range []string{"Vai trò", "Cơ quan"} {
		if _, err := f.NewSheet(name); err != nil {
			return err
		}
		if err := f.SetColWidth(name, "A", "B", 40); err != nil {
			return err
		}
		for i, row := range lists[name] {
			if err := f.SetSheetRow(name, fmt.Sprint("A", i+1), &row); err != nil {
				return err
			}
		}
	}
	return nil
}
