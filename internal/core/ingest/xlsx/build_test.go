package xlsx

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/ingest"
)

const (
	mainNS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relNS  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	pkgNS  = "http://schemas.openxmlformats.org/package/2006/relationships"
)

// bareParts are the parts of a workbook of so many sheets without the sheets.
func bareParts(sheets int, xfs string) map[string]string {
	var list, rels strings.Builder
	for i := 1; i <= sheets; i++ {
		fmt.Fprintf(&list, `<sheet name="Sheet%d" sheetId="%d" r:id="rId%d"/>`, i, i, i)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i, relNS, i)
	}
	fmt.Fprintf(&rels, `<Relationship Id="rId98" Type="%s/styles" Target="styles.xml"/>`, relNS)
	fmt.Fprintf(&rels, `<Relationship Id="rId99" Type="%s/sharedStrings" Target="sharedStrings.xml"/>`, relNS)
	return map[string]string{
		"[Content_Types].xml":        `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"_rels/.rels":                `<Relationships xmlns="` + pkgNS + `"><Relationship Id="rId1" Type="` + relNS + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="` + mainNS + `" xmlns:r="` + relNS + `"><sheets>` + list.String() + `</sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="` + pkgNS + `">` + rels.String() + `</Relationships>`,
		"xl/styles.xml":              `<styleSheet xmlns="` + mainNS + `"><cellXfs>` + xfs + `</cellXfs></styleSheet>`,
	}
}

// sheetBook is a workbook of one sheet with these rows; more parts replace or
// add to it.
func sheetBook(sheetData string, more ...string) map[string]string {
	parts := bareParts(1, `<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="20"/><xf numFmtId="46"/>`)
	parts["xl/worksheets/sheet1.xml"] = `<worksheet xmlns="` + mainNS + `"><sheetData>` + sheetData + `</sheetData></worksheet>`
	for i := 0; i+1 < len(more); i += 2 {
		parts[more[i]] = more[i+1]
	}
	return parts
}

// zipped packs parts, in the order of their names.
func zipped(tb testing.TB, parts map[string]string) []byte {
	tb.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		w, err := z.Create(name)
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := io.WriteString(w, parts[name]); err != nil {
			tb.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func fileOf(tb testing.TB, data []byte) ingest.File {
	return ingest.File{ReaderAt: bytes.NewReader(data), Size: int64(len(data)), Temp: tb.TempDir(), Limits: ingest.DefaultLimits}
}

// A row of a sheet as read.
type gridRow struct {
	line  int64
	cells []string
}

// readGrid reads a sheet to its end.
func readGrid(book ingest.Book, table int) ([]gridRow, error) {
	g, err := book.Open(table)
	if err != nil {
		return nil, err
	}
	var rows []gridRow
	var b ingest.Block
	for {
		c, err := g.Next()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		c.Parse(&b)
		for i := range b.Records() {
			r := gridRow{line: b.Lines[i]}
			for k := range b.Cells(i) {
				r.cells = append(r.cells, string(b.Cell(i, k)))
			}
			rows = append(rows, r)
		}
	}
}

// list shows a whole book as text, for comparing by eye.
func list(tb testing.TB, data []byte) string {
	tb.Helper()
	return listWith(fileOf(tb, data), tuning{blockBytes, stringsHeld})
}

func listWith(f ingest.File, tune tuning) string {
	var out strings.Builder
	book, err := open(context.Background(), f, tune)
	if err != nil {
		return "refused: " + err.Error() + "\n"
	}
	defer book.Close()
	for i, t := range book.Tables() {
		fmt.Fprintf(&out, "sheet %q", t.Name)
		if t.Hidden {
			out.WriteString(" hidden")
		}
		if t.HiddenRows > 0 || t.HiddenColumns > 0 {
			fmt.Fprintf(&out, " hidden-rows=%d hidden-columns=%d", t.HiddenRows, t.HiddenColumns)
		}
		if len(t.Merged) > 0 {
			fmt.Fprintf(&out, " merged=%v", t.Merged)
		}
		if len(t.Margins) > 0 {
			fmt.Fprintf(&out, " margins=%q", t.Margins)
		}
		out.WriteString("\n")
		rows, err := readGrid(book, i)
		for _, r := range rows {
			fmt.Fprintf(&out, "%d: %q\n", r.line, r.cells)
		}
		if err != nil {
			fmt.Fprintf(&out, "stopped: %v\n", err)
		}
	}
	for _, f := range book.Findings() {
		fmt.Fprintf(&out, "finding: %s %v\n", f.Key, f.Args)
	}
	return out.String()
}
