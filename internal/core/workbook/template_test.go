package workbook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/layout"
	"github.com/phohien/phohien/internal/core/ingest/xlsx"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/foundation/locale"
)

func template(t testing.TB, lang locale.Lang) (*contract.Contract, []byte) {
	t.Helper()
	c := resolved(t, households)
	var b bytes.Buffer
	if err := Template(context.Background(), &b, TemplateInput{Contract: c, Lists: lists(t), Language: lang, Now: now}); err != nil {
		t.Fatal(err)
	}
	return c, b.Bytes()
}

func TestTemplate(t *testing.T) {
	for _, lang := range locale.Languages() {
		_, file := template(t, lang)
		golden(t, "template."+string(lang)+".golden", dump(t, file))
		keep(t, "template."+string(lang)+".xlsx", file)
	}
}

// book opens a workbook as the platform does when it comes back.
func book(t testing.TB, file []byte) ingest.Book {
	t.Helper()
	b, err := xlsx.Open(context.Background(), ingest.File{
		ReaderAt: bytes.NewReader(file), Size: int64(len(file)), Name: "x.xlsx", Temp: t.TempDir(), Limits: ingest.DefaultLimits,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// rowsOf reads a sheet by its name: the cells of each row by its number.
func rowsOf(t testing.TB, b ingest.Book, sheet string) map[int64][]string {
	t.Helper()
	at := slices.IndexFunc(b.Tables(), func(t ingest.Table) bool { return t.Name == sheet })
	if at < 0 {
		t.Fatalf("no sheet %q among %+v", sheet, b.Tables())
	}
	g, err := b.Open(at)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[int64][]string{}
	var block ingest.Block
	for {
		chunk, err := g.Next()
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		chunk.Parse(&block)
		for i := range block.Records() {
			for c := range block.Cells(i) {
				rows[block.Lines[i]] = append(rows[block.Lines[i]], string(block.Cell(i, c)))
			}
		}
	}
}

// A template that comes back is known, its headings find their columns, and its
// example is no data until somebody types over it.
func TestTemplate_comesBack(t *testing.T) {
	c, file := template(t, locale.Vi)
	m, ok, err := ReadMark(book(t, file))
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if m.Kind != KindTemplate || m.Contract != c.ID || m.Version != c.Version || m.Digest != c.Digest || len(m.Sheets) != 2 {
		t.Fatalf("mark %+v", m)
	}
	for i, s := range m.Sheets {
		o := c.Objects[i]
		if s.Dataset != o.Dataset {
			t.Errorf("sheet %q holds %s", s.Sheet, s.Dataset)
		}
		rows := rowsOf(t, book(t, file), s.Sheet)
		head := rows[s.Heading]
		if len(head) == 0 || head[len(head)-1] != TokenHeading {
			t.Fatalf("heading %q", head)
		}
		mapping, err := quality.MapHeader(o, head[:len(head)-1])
		if err != nil || len(mapping.Missing)+len(mapping.Unknown) > 0 {
			t.Fatalf("%q: %+v, %v", head, mapping, err)
		}
		example := rows[s.Heading+1]
		cells := make([]string, len(o.Columns))
		for c, at := range mapping.Cell {
			cells[c] = example[at]
		}
		token := example[len(example)-1]
		if !IsExample(o, token, cells) {
			t.Errorf("the example is taken for data: %q %s", cells, token)
		}
		if IsExample(o, "", cells) || IsExample(o, "vi-du:", cells) {
			t.Error("data is taken for an example")
		}
		cells[0] = "HO002"
		if IsExample(o, token, cells) {
			t.Error("an example that was typed over is left out")
		}
	}
}

// The checks of days hold for the days of the calendar alone.
func TestDayFormula(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	r := &contract.Rule{Min: "2026-01-01", Max: "2026-12-31"}
	formula := dayFormula("A1", r)
	if len(formula) > excelize.MaxFieldLength {
		t.Errorf("%d characters", len(formula))
	}
	if err := f.SetCellFormula("Sheet1", "B1", "="+formula); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"22/11/2026": "TRUE", "31/12/2026": "TRUE", "29/02/2026": "FALSE", "31/04/2026": "FALSE", "22/11/2025": "FALSE", "1/1/2026": "FALSE", "01/13/2026": "FALSE",
	} {
		if err := f.SetCellStr("Sheet1", "A1", text); err != nil {
			t.Fatal(err)
		}
		got, err := f.CalcCellValue("Sheet1", "B1")
		if err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", text, got, err, want)
		}
	}
}

// A slip that comes back is known too, line by line.
func TestSlip_comesBack(t *testing.T) {
	in := slipInput(t, locale.Vi)
	var out bytes.Buffer
	if err := Slip(context.Background(), &out, in); err != nil {
		t.Fatal(err)
	}
	m, ok, err := ReadMark(book(t, out.Bytes()))
	if err != nil || !ok || m.Kind != KindSlip || m.Batch != in.Batch || len(m.Sheets) != 1 {
		t.Fatalf("%+v %v %v", m, ok, err)
	}
	rows := rowsOf(t, book(t, out.Bytes()), m.Sheets[0].Sheet)
	head := rows[m.Sheets[0].Heading]
	mapping, err := quality.MapHeader(in.Object, head)
	if err != nil || len(mapping.Missing) > 0 || fmt.Sprint(mapping.Unknown) != "[Lý do Dòng trong tệp]" {
		t.Fatalf("%q: %+v, %v", head, mapping, err)
	}
	for i, l := range in.Lines {
		row := rows[m.Sheets[0].Heading+1+int64(i)]
		if row[len(head)-1] != l.Token {
			t.Errorf("token %q, want %q", row[len(head)-1], l.Token)
		}
		for c := range l.Cells {
			got, want := row[mapping.Cell[c]], l.Cells[c]
			if len(l.Cells) != len(in.Object.Columns) {
				want = "" // a line that was not split stands in its reason
			}
			if in.Object.Columns[c].Type == contract.Date && want != "31/04/2026" && want != "" {
				want = want[8:] + "/" + want[5:7] + "/" + want[:4]
			}
			if got != want {
				t.Errorf("line %d, %s: %q, want %q", i, in.Object.Columns[c].Title, got, want)
			}
		}
	}
}

func TestReadMark_others(t *testing.T) {
	if m, ok, err := ReadMark(book(t, sheetOf(t, 2))); ok || err != nil {
		t.Errorf("%+v %v %v", m, ok, err)
	}
}

// Also without its mark a workbook of ours is read as any other: words above,
// heading, rows.
func TestLayout(t *testing.T) {
	in := slipInput(t, locale.Vi)
	in.Lines = many(t, 20).Lines
	var slip bytes.Buffer
	if err := Slip(context.Background(), &slip, in); err != nil {
		t.Fatal(err)
	}
	c, filled := template(t, locale.Vi)
	for _, w := range []struct {
		name, sheet string
		file        []byte
		object      *contract.Object
		heading     int64
	}{
		{"slip", "Cần sửa", slip.Bytes(), in.Object, 6},
		{"template", "Hộ gia đình 2026 khảo sát", filled, c.Objects[0], templateHeading},
		{"second sheet of a template", "Thành viên", filled, c.Objects[1], templateHeading},
	} {
		b := book(t, w.file)
		at := slices.IndexFunc(b.Tables(), func(t ingest.Table) bool { return t.Name == w.sheet })
		g, err := b.Open(at)
		if err != nil {
			t.Fatal(err)
		}
		s, err := layout.Take(g, layout.SampleRows)
		if err != nil {
			t.Fatal(err)
		}
		p := layout.Recognise(b.Tables()[at], s, func(h string) bool { return recognised(w.object, h) >= 0 })
		if p.Layout.HeaderFrom != w.heading || p.Layout.HeaderTo != w.heading {
			t.Errorf("%s: heading %d to %d", w.name, p.Layout.HeaderFrom, p.Layout.HeaderTo)
		}
		for i, col := range p.Layout.Columns {
			if col.Role != layout.Data && recognised(w.object, col.Heading) >= 0 {
				t.Errorf("%s: column %d “%s” is %s", w.name, i, col.Heading, col.Role)
			}
		}
	}
}
