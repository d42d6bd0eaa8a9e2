package ods

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells/cellstest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func open(data []byte) (ingest.Book, error) {
	return Open(context.Background(), cellstest.File("a.ods", data))
}

// The listing was compared with what LibreOffice shows and writes as CSV.
func TestGolden(t *testing.T) {
	b, err := open(fixture(t, "so-lieu.ods"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := cellstest.List(b)
	if err != nil {
		t.Fatal(err)
	}
	cellstest.Golden(t, "so-lieu.txt", list)
}

// spreadsheet packs a content.xml of these tables, and other parts.
func spreadsheet(t testing.TB, tables string, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	parts = append([]string{"mimetype", mimetype, content, head + tables + tail}, parts...)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err == nil {
			_, err = w.Write([]byte(parts[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	head = `<?xml version="1.0"?><o:document-content xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><o:body><o:spreadsheet>`
	tail = `</o:spreadsheet></o:body></o:document-content>`
)

func row(cells ...string) string { return "<table-row>" + strings.Join(cells, "") + "</table-row>" }

func value(kind, attr string) string {
	return fmt.Sprintf(`<table-cell office:value-type="%s" %s/>`, kind, attr)
}

func text(s string) string {
	return `<table-cell office:value-type="string">` + s + `</table-cell>`
}

func TestCells(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{value("float", `office:value="1.234"`), "1.2340"},
		{value("float", `office:value="1.5E-7"`), "0.00000015"},
		{value("percentage", `office:value="0.5"`), "0.5"},
		{value("currency", `office:value="1234567" office:currency="VND"`), "1234567"},
		{`<table-cell office:value-type="float" office:value="1234"><text:p>001234</text:p></table-cell>`, "001234"},
		{`<table-cell office:value-type="float" office:value="1234.5"><text:p>1.235</text:p></table-cell>`, "1234.5"},
		{value("date", `office:date-value="2026-01-31"`), "2026-01-31"},
		{value("date", `office:date-value="2026-01-31T08:30:00.5"`), "2026-01-31 08:30:00"},
		{value("time", `office:time-value="PT08H30M00.000000000S"`), "08:30:00"},
		{value("time", `office:time-value="PT100H"`), "100:00:00"},
		{value("time", `office:time-value="P1DT1H"`), "25:00:00"},
		{value("time", `office:time-value="soon"`), "soon"},
		{value("boolean", `office:boolean-value="false"`), "false"},
		{value("string", `office:string-value="a&amp;b"`), "a&b"},
		{text(`<text:p>a<text:span>b</text:span><text:s text:c="3"/>c</text:p><text:p/><text:p>d<text:line-break/>e</text:p>`), "ab   c\n\nd\ne"},
		{text(`<office:annotation><text:p>kín</text:p></office:annotation><text:p>x</text:p>`), "x"},
		{`<covered-table-cell office:value-type="string"><text:p>che</text:p></covered-table-cell>` + text(`<text:p>y</text:p>`), "|y"},
		{`<table-cell number-columns-repeated="3"/>`, "|||"},
	} {
		in := strings.ReplaceAll(c.in, `number-columns`, `table:number-columns`)
		b, err := open(spreadsheet(t, `<table table:name="T">`+row(in, text("<text:p>.</text:p>"))+`</table>`))
		if err != nil {
			t.Fatal(err)
		}
		g, err := b.Open(0)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := cellstest.Read(g, func(_ int64, cells []string) { got = strings.Join(cells, "|") }); err != nil {
			t.Fatal(err)
		}
		if want := strings.TrimSuffix(c.want, "|") + "|."; got != want {
			t.Errorf("%s: %q, want %q", c.in, got, want)
		}
	}
}

func TestRefused(t *testing.T) {
	limits := func(change func(*ingest.Limits)) func(*ingest.File) {
		return func(f *ingest.File) { change(&f.Limits) }
	}
	one := `<table table:name="T">` + row(text("<text:p>x</text:p>")) + `</table>`
	many := `<table table:name="T"><table-row table:number-rows-repeated="1000000000">` + text("<text:p>x</text:p>") + `</table-row></table>`
	wide := `<table table:name="T"><table-row><table-cell table:number-columns-repeated="16384" office:value-type="float" office:value="1"/></table-row></table>`
	for name, c := range map[string]struct {
		data   []byte
		change func(*ingest.File)
		key    string
	}{
		"password":       {fixture(t, "mat-khau.ods"), nil, "ods.password"},
		"no sheet":       {spreadsheet(t, ""), nil, "ods.no-sheet"},
		"cut":            {spreadsheet(t, one[:len(one)-8]), nil, "ods.damaged"},
		"other parts":    {spreadsheet(t, one, "x", "y"), nil, ""},
		"rows repeated":  {spreadsheet(t, many), nil, "grid.too-many-rows"},
		"wide":           {spreadsheet(t, wide), nil, "grid.too-many-columns"},
		"tables":         {spreadsheet(t, one+one), limits(func(l *ingest.Limits) { l.Tables = 1 }), "grid.too-many-tables"},
		"entries":        {spreadsheet(t, one, "x", "y"), limits(func(l *ingest.Limits) { l.Entries = 2 }), "zipped.too-many-entries"},
		"unpacked":       {spreadsheet(t, one), limits(func(l *ingest.Limits) { l.Unpacked = 100 }), "zipped.too-large"},
		"long row":       {spreadsheet(t, `<table>`+row(text("<text:p>"+strings.Repeat("x", 5<<20)+"</text:p>"))+`</table>`), nil, "grid.row-too-long"},
		"bomb":           {spreadsheet(t, `<table>`+row(text(strings.Repeat(" ", 64<<20)))+`</table>`), limits(func(l *ingest.Limits) { l.Ratio = 100 }), "zipped.bomb"},
		"file too large": {spreadsheet(t, one), limits(func(l *ingest.Limits) { l.Bytes = 10 }), "file.too-large"},
		"no zip end":     {spreadsheet(t, one)[:200], nil, "zipped.damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			f := cellstest.File("a.ods", c.data)
			if c.change != nil {
				c.change(&f)
			}
			b, err := Open(context.Background(), f)
			if err == nil {
				_, err = cellstest.List(b)
			}
			if (c.key == "") != (err == nil) || c.key != "" && !fault.Is(err, c.key) {
				t.Errorf("got %v, want %s", err, c.key)
			}
		})
	}
	if _, err := open(store(content, []byte(`<!DOCTYPE a [<!ENTITY b "c">]>`+head+one+tail))); !fault.Is(err, "ods.doctype") {
		t.Errorf("DTD: %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Open(ctx, cellstest.File("a.ods", spreadsheet(t, one))); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for _, data := range []string{"", "PK", "a,b\n", "%PDF"} {
		if _, err := open([]byte(data)); !errors.Is(err, ErrNotODS) && !fault.Is(err, "zipped.damaged") {
			t.Errorf("%q: %v", data, err)
		}
	}
}

func expected(err error) bool { return errors.Is(err, ErrNotODS) || fault.Of(err) != nil }

// FuzzODS reads what somebody made of content.xml.
func FuzzODS(f *testing.F) {
	z, err := zip.NewReader(bytes.NewReader(fixture(f, "so-lieu.ods")), int64(len(fixture(f, "so-lieu.ods"))))
	if err != nil {
		f.Fatal(err)
	}
	r, err := z.Open(content)
	if err != nil {
		f.Fatal(err)
	}
	var whole bytes.Buffer
	if _, err := whole.ReadFrom(r); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.Bytes())
	f.Add([]byte(head + `<table table:name="T">` + row(text("<text:p>x</text:p>")) + `</table>` + tail))
	f.Add([]byte(`<!DOCTYPE a [<!ENTITY x "y">]>` + head + tail))
	f.Fuzz(func(t *testing.T, data []byte) {
		file := store(content, data)
		cellstest.Fuzz(t, func() (ingest.Book, error) { return open(file) }, expected)
	})
}

// store packs one entry without deflating it.
func store(name string, data []byte) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err == nil {
		_, err = w.Write(data)
	}
	if err != nil || z.Close() != nil {
		return nil
	}
	return b.Bytes()
}

// FuzzArchive reads what somebody made of the whole file.
func FuzzArchive(f *testing.F) {
	f.Add(fixture(f, "so-lieu.ods"))
	f.Add(store(content, []byte(head+tail)))
	f.Fuzz(func(t *testing.T, data []byte) {
		cellstest.Fuzz(t, func() (ingest.Book, error) { return open(data) }, expected)
	})
}

// BenchmarkODS reads 100,000 rows of ten cells.
func BenchmarkODS(b *testing.B) {
	line := row(value("float", `office:value="123456"`), text("<text:p>Nguyễn Văn An</text:p>"), value("date", `office:date-value="1990-01-31"`), text("<text:p>Nam</text:p>"),
		value("float", `office:value="12345"`), value("float", `office:value="1234567.89"`), value("float", `office:value="7.1234"`), value("boolean", `office:boolean-value="true"`),
		value("date", `office:date-value="2026-01-31T08:30:00"`), text("<text:p>Ghi chú số 5</text:p>"))
	data := spreadsheet(b, `<table table:name="T">`+strings.Repeat(line, 100_000)+`</table>`)
	b.ReportAllocs()
	for b.Loop() {
		book, err := open(data)
		if err != nil {
			b.Fatal(err)
		}
		g, err := book.Open(0)
		if err != nil {
			b.Fatal(err)
		}
		rows := 0
		if err := drain(g, &rows); err != nil || rows != 100_000 {
			b.Fatal(rows, err)
		}
	}
	b.ReportMetric(float64(b.N)*100_000/b.Elapsed().Seconds(), "rows/s")
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MB-sys")
}

func drain(g ingest.Grid, rows *int) error {
	var block ingest.Block
	for {
		c, err := g.Next()
		if err != nil {
			if err.Error() == "EOF" {
				return nil
			}
			return err
		}
		c.Parse(&block)
		*rows += block.Records()
	}
}
