package xlsx

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// sender makes a workbook with all that a return slip must keep or drop.
func sender(t *testing.T) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	date := "dd/mm/yyyy"
	style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &date, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFEE00"}}})
	must(t, err)
	must(t, f.SetSheetName("Sheet1", "Danh sách & <1>"))
	_, err = f.NewSheet("Khác")
	must(t, err)
	const s = "Danh sách & <1>"
	for at, v := range map[string]any{
		"A1": "DANH SÁCH", "A2": "Họ tên", "B2": "Ngày sinh", "C2": "Tổng", "A3": "An", "B3": 44561, "C3": 1.5,
		"A4": "Bình", "B4": 44562, "A5": "Cường & <Dung>", "B5": 44563, "C5": true, "A6": "cuối", "A9": "An",
	} {
		must(t, f.SetCellValue(s, at, v))
	}
	must(t, f.SetCellStyle(s, "B3", "B6", style))
	must(t, f.SetCellFormula(s, "C4", "SUM(C3,1)"))
	must(t, f.SetCellRichText(s, "A6", []excelize.RichTextRun{{Text: "đậm ", Font: &excelize.Font{Bold: true}}, {Text: "thường"}}))
	must(t, f.MergeCell(s, "A1", "C1"))
	must(t, f.MergeCell(s, "E3", "E4"))
	must(t, f.MergeCell(s, "E5", "F6"))
	must(t, f.SetColWidth(s, "A", "A", 33))
	must(t, f.SetRowHeight(s, 5, 40))
	must(t, f.SetRowVisible(s, 5, false))
	must(t, f.SetPanes(s, &excelize.Panes{Freeze: true, YSplit: 2, XSplit: 1, TopLeftCell: "B3", ActivePane: "bottomRight"}))
	must(t, f.AddComment(s, excelize.Comment{Cell: "A3", Author: "x", Text: "ghi chú"}))
	rule := excelize.NewDataValidation(true)
	rule.Sqref = "A3:A9"
	must(t, rule.SetDropList([]string{"a", "b"}))
	must(t, f.AddDataValidation(s, rule))
	must(t, f.SetConditionalFormat(s, "C3:C9", []excelize.ConditionalFormatOptions{{Type: "cell", Criteria: ">", Value: "1", Format: &style}}))
	must(t, f.AutoFilter(s, "A2:C9", nil))
	must(t, f.SetDefinedName(&excelize.DefinedName{Name: "vung", RefersTo: "Khác!$A$1"}))
	must(t, f.SetHeaderFooter(s, &excelize.HeaderFooterOptions{OddFooter: "&CTrang &P"}))
	landscape := "landscape"
	must(t, f.SetPageLayout(s, &excelize.PageLayoutOptions{Orientation: &landscape}))
	b, err := f.WriteToBuffer()
	must(t, err)
	return b.Bytes()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func filtered(t testing.TB, data []byte, sheet int, rows ...int64) []byte {
	t.Helper()
	var out bytes.Buffer
	err := Filter(context.Background(), fileOf(t, data), &out, sheet, func(r int64) bool { return slices.Contains(rows, r) })
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestFilter(t *testing.T) {
	copied := filtered(t, sender(t), 0, 1, 2, 4, 5, 6)
	const want = `sheet "Danh sách & <1>" merged=[{1 1 0 2} {4 5 4 5}] margins=["Trang"]
1: ["DANH SÁCH"]
2: ["Họ tên" "Ngày sinh" "Tổng"]
3: ["Bình" "2022-01-01"]
4: ["Cường & <Dung>" "2022-01-02" "true"]
5: ["đậm thường"]
`
	if got := list(t, copied); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	f, err := excelize.OpenReader(bytes.NewReader(copied))
	must(t, err)
	defer f.Close()
	const s = "Danh sách & <1>"
	if got := f.GetSheetList(); !reflect.DeepEqual(got, []string{s}) {
		t.Errorf("sheets %q", got)
	}
	if w, err := f.GetColWidth(s, "A"); err != nil || w != 33 {
		t.Errorf("width %v, %v", w, err)
	}
	if h, err := f.GetRowHeight(s, 4); err != nil || h != 40 {
		t.Errorf("height %v, %v", h, err)
	}
	if v, err := f.GetRowVisible(s, 4); err != nil || !v {
		t.Errorf("row 4 visible %v, %v", v, err)
	}
	if p, err := f.GetPanes(s); err != nil || !p.Freeze || p.YSplit != 2 || p.XSplit != 1 || p.TopLeftCell != "B3" {
		t.Errorf("panes %+v, %v", p, err)
	}
	if v, err := f.GetCellValue(s, "B3"); err != nil || v != "01/01/2022" {
		t.Errorf("B3 %q, %v", v, err)
	}
	if runs, err := f.GetCellRichText(s, "A5"); err != nil || len(runs) != 2 || runs[0].Font == nil || !runs[0].Font.Bold {
		t.Errorf("A5 %+v, %v", runs, err)
	}
	if l, err := f.GetPageLayout(s); err != nil || *l.Orientation != "landscape" {
		t.Errorf("layout %+v, %v", l, err)
	}
	// What a slip does with it.
	red, err := f.NewStyle(&excelize.Style{Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FF0000"}}})
	must(t, err)
	must(t, f.SetCellStyle(s, "A3", "A3", red))
	must(t, f.AddComment(s, excelize.Comment{Cell: "A3", Author: "x", Text: "thiếu họ"}))
	again, err := f.WriteToBuffer()
	must(t, err)
	if got := list(t, again.Bytes()); got != want {
		t.Errorf("after excelize\n%s\nwant\n%s", got, want)
	}
	for _, gone := range []string{"dataValidation", "conditionalFormatting", "autoFilter", "legacyDrawing", "definedName", "<f>", "Khác", "dimension"} {
		if bytes.Contains(unzipped(t, copied), []byte(gone)) {
			t.Errorf("%s has stayed", gone)
		}
	}
}

// unzipped is all parts, one behind the other.
func unzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	must(t, err)
	var all []byte
	for _, f := range z.File {
		r, err := f.Open()
		must(t, err)
		b, err := io.ReadAll(r)
		must(t, err)
		all = append(append(all, b...), '\n')
	}
	return all
}

// TestFilter_odd: the copy of an odd file reads as the kept rows of it.
func TestFilter_odd(t *testing.T) {
	for name, parts := range odd {
		data := zipped(t, parts())
		t.Run(name, func(t *testing.T) {
			book, err := Open(context.Background(), fileOf(t, data))
			if err != nil {
				var out bytes.Buffer
				other := Filter(context.Background(), fileOf(t, data), &out, 0, func(int64) bool { return true })
				if f := fault.Of(err); f != nil && f.Key != "file.xlsx.entity" && other == nil {
					t.Errorf("opening: %v, copying: no fault", err)
				}
				return
			}
			defer book.Close()
			want, err := readGrid(book, 0)
			if err != nil {
				t.Skip("not readable")
			}
			copied := filtered(t, data, 0, lines(want)...)
			again, err := Open(context.Background(), fileOf(t, copied))
			if err != nil {
				t.Fatal(err)
			}
			defer again.Close()
			got, err := readGrid(again, 0)
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range got {
				if r.line != int64(i+1) || !reflect.DeepEqual(r.cells, want[i].cells) {
					t.Errorf("row %d: %d %q, want %q", i+1, r.line, r.cells, want[i].cells)
				}
			}
			if len(got) != len(want) {
				t.Errorf("%d rows, want %d", len(got), len(want))
			}
			if f, err := excelize.OpenReader(bytes.NewReader(copied)); err != nil {
				t.Error(err)
			} else if err := errors.Join(f.SetCellValue(f.GetSheetName(0), "A1", "x"), f.Close()); err != nil {
				t.Error(err)
			}
		})
	}
}

func lines(rows []gridRow) (all []int64) {
	for _, r := range rows {
		all = append(all, r.line)
	}
	return all
}

// TestFilter_kept: of any book and any choice of rows, those rows are left.
func TestFilter_kept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(drawCell), 1, 5), 1, 12).Draw(t, "rows")
		data := write(t, rows, rapid.Bool().Draw(t, "stream"))
		choice := rapid.SliceOfN(rapid.Bool(), 12, 12).Draw(t, "choice")
		book, err := Open(context.Background(), fileOfBytes(data))
		if err != nil {
			t.Fatal(err)
		}
		defer book.Close()
		all, err := readGrid(book, 0)
		if err != nil {
			t.Fatal(err)
		}
		var want [][]string
		for _, r := range all {
			if choice[r.line-1] {
				want = append(want, r.cells)
			}
		}
		var out bytes.Buffer
		if err := Filter(context.Background(), fileOfBytes(data), &out, 0, func(r int64) bool { return choice[r-1] }); err != nil {
			t.Fatal(err)
		}
		again, err := Open(context.Background(), fileOfBytes(out.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		left, err := readGrid(again, 0)
		if err != nil {
			t.Fatal(err)
		}
		var got [][]string
		for _, r := range left {
			got = append(got, r.cells)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("left %q, want %q", got, want)
		}
	})
}

func TestFilter_refuses(t *testing.T) {
	data := zipped(t, sheetBook(`<row><c><v>1</v></c></row>`))
	all := func(int64) bool { return true }
	if err := Filter(context.Background(), fileOf(t, data), io.Discard, 1, all); !fault.Is(err, "file.xlsx.no-sheet") {
		t.Error(err)
	}
	if err := Filter(context.Background(), fileOf(t, []byte("x")), io.Discard, 0, all); !errors.Is(err, ErrNotXLSX) {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := Filter(ctx, fileOf(t, data), io.Discard, 0, all); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestClients_filter opens a copy in LibreOffice, which make clients installs.
func TestClients_filter(t *testing.T) {
	if os.Getenv("PHOHIEN_CLIENTS") == "" {
		t.Skip("heavy clients are for make clients")
	}
	office, err := exec.LookPath("soffice")
	must(t, err)
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "copy.xlsx"), filtered(t, sender(t), 0, 1, 2, 4, 5, 6), 0o600))
	cmd := exec.Command(office, "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir", dir, filepath.Join(dir, "copy.xlsx"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got, err := os.ReadFile(filepath.Join(dir, "copy.csv"))
	must(t, err)
	want := "DANH SÁCH,,\nHọ tên,Ngày sinh,Tổng\nBình,01/01/2022,\nCường & <Dung>,02/01/2022,TRUE\nđậm thường,,\n"
	if strings.ReplaceAll(string(got), "\r", "") != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
