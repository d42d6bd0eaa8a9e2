package workbook_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/core/workbook"
)

var plainRows = [][]string{{"Mã", "Tên"}, {"007", "Xã Hồng Châu"}, {"=1+1", "@SUM(A1)"}, {"+84", "dòng một\ndòng hai"}, {"", `"a", b`}}

func TestWriteCSV(t *testing.T) {
	var b bytes.Buffer
	if err := workbook.WriteCSV(&b, plainRows); err != nil {
		t.Fatal(err)
	}
	want := "\ufeffMã,Tên\n007,Xã Hồng Châu\n'=1+1,'@SUM(A1)\n+84,\"dòng một\ndòng hai\"\n,\"\"\"a\"\", b\"\n"
	if b.String() != want {
		t.Errorf("%q", b.String())
	}
}

// What is written is text when it is read again, and what is typed below too.
func TestWriteXLSX(t *testing.T) {
	var b bytes.Buffer
	if err := workbook.WriteXLSX(&b, "Thuật ngữ", plainRows); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Thuật ngữ", excelize.Options{RawCellValue: true})
	if err != nil || !slices.EqualFunc(rows, plainRows, slices.Equal[[]string]) {
		t.Errorf("%q %v", rows, err)
	}
	for _, cell := range []string{"A2", "A3", "B3"} {
		kind, err := f.GetCellType("Thuật ngữ", cell)
		if formula, e := f.GetCellFormula("Thuật ngữ", cell); err != nil || e != nil || formula != "" || kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
			t.Errorf("%s is of type %v, formula %q, %v %v", cell, kind, formula, err, e)
		}
	}
	id, err := f.GetColStyle("Thuật ngữ", "A")
	if err != nil {
		t.Fatal(err)
	}
	if style, err := f.GetStyle(id); err != nil || style.NumFmt != 49 {
		t.Errorf("the column is not text: %+v %v", style, err)
	}
	if panes, err := f.GetPanes("Thuật ngữ"); err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("%+v %v", panes, err)
	}
}

func TestWriteXLSX_empty(t *testing.T) {
	var b bytes.Buffer
	if err := workbook.WriteXLSX(&b, "Trống", nil); err != nil {
		t.Fatal(err)
	}
}
