package intake

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"
)

// Small builders of the files that the tests open.

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// zipOf packs pairs of names and contents.
func zipOf(t testing.TB, pairs ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		e, err := w.Create(pairs[i])
		must(t, err)
		_, err = io.WriteString(e, pairs[i+1])
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

func gzOf(t testing.TB, data string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, data)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

// A sheet of a workbook: its rows as XML, and what stands around them.
type sheet struct {
	name   string
	hidden bool
	rows   string // <row>…</row>
	before string // <cols> …
	after  string // <mergeCells> … <headerFooter>
}

const (
	spreadsheetml = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relationships = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packageRels   = "http://schemas.openxmlformats.org/package/2006/relationships"
	contentTypes  = "http://schemas.openxmlformats.org/package/2006/content-types"
	xmlHead       = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`
)

// xlsxParts gives the parts of a workbook as pairs for zipOf.
func xlsxParts(sheets ...sheet) []string {
	var types, list, rels strings.Builder
	var parts []string
	for i, s := range sheets {
		state := ""
		if s.hidden {
			state = ` state="hidden"`
		}
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, i+1)
		fmt.Fprintf(&list, `<sheet name="%s" sheetId="%d"%s r:id="rId%d"/>`, s.name, i+1, state, i+1)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i+1, relationships, i+1)
		parts = append(parts, fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1),
			xmlHead+`<worksheet xmlns="`+spreadsheetml+`">`+s.before+`<sheetData>`+s.rows+`</sheetData>`+s.after+`</worksheet>`)
	}
	n := len(sheets) + 1
	fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/styles" Target="styles.xml"/>`, n, relationships)
	return append([]string{
		"[Content_Types].xml", xmlHead + `<Types xmlns="` + contentTypes + `"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` + types.String() + `<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`,
		"_rels/.rels", xmlHead + `<Relationships xmlns="` + packageRels + `"><Relationship Id="rId1" Type="` + relationships + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml", xmlHead + `<workbook xmlns="` + spreadsheetml + `" xmlns:r="` + relationships + `"><sheets>` + list.String() + `</sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", xmlHead + `<Relationships xmlns="` + packageRels + `">` + rels.String() + `</Relationships>`,
		// Style 1 is a day.
		"xl/styles.xml", xmlHead + `<styleSheet xmlns="` + spreadsheetml + `"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>`,
	}, parts...)
}

func xlsxOf(t testing.TB, sheets ...sheet) []byte { return zipOf(t, xlsxParts(sheets...)...) }

// row writes a row of texts; cells that begin with "<" are XML of their own.
func row(n int, cells ...string) string {
	return rowWith(n, "", cells...)
}

func rowWith(n int, attributes string, cells ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<row r="%d"%s>`, n, attributes)
	for i, c := range cells {
		switch {
		case c == "":
		case strings.HasPrefix(c, "<c"):
			b.WriteString(c)
		default:
			fmt.Fprintf(&b, `<c r="%s%d" t="inlineStr"><is><t>%s</t></is></c>`, column(i), n, c)
		}
	}
	b.WriteString("</row>")
	return b.String()
}

func column(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}

// docxOf is a Word document with the given body.
func docxOf(t testing.TB, body string) []byte {
	const word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
	return zipOf(t,
		"[Content_Types].xml", xmlHead+`<Types xmlns="`+contentTypes+`"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
		"_rels/.rels", xmlHead+`<Relationships xmlns="`+packageRels+`"><Relationship Id="rId1" Type="`+relationships+`/officeDocument" Target="word/document.xml"/></Relationships>`,
		"word/document.xml", xmlHead+`<w:document xmlns:w="`+word+`"><w:body>`+body+`</w:body></w:document>`)
}

func wordTable(rows ...[]string) string {
	var b strings.Builder
	b.WriteString("<w:tbl>")
	for _, r := range rows {
		b.WriteString("<w:tr>")
		for _, c := range r {
			b.WriteString("<w:tc>" + wordPara(c) + "</w:tc>")
		}
		b.WriteString("</w:tr>")
	}
	return b.String() + "</w:tbl>"
}

func wordPara(text string) string { return "<w:p><w:r><w:t>" + text + "</w:t></w:r></w:p>" }

// oleOf is a compound file of one directory sector with streams of these names
// and nothing in them.
func oleOf(streams ...string) []byte {
	out := make([]byte, 512*3)
	copy(out, oleMagic)
	binary.LittleEndian.PutUint16(out[24:], 0x3E)
	binary.LittleEndian.PutUint16(out[26:], 3)
	binary.LittleEndian.PutUint16(out[28:], 0xFFFE)
	binary.LittleEndian.PutUint16(out[30:], 9)
	binary.LittleEndian.PutUint16(out[32:], 6)
	binary.LittleEndian.PutUint32(out[44:], 1) // sectors of the allocation table
	binary.LittleEndian.PutUint32(out[48:], 1) // the directory
	binary.LittleEndian.PutUint32(out[56:], 4096)
	binary.LittleEndian.PutUint32(out[60:], 0xFFFFFFFE)
	binary.LittleEndian.PutUint32(out[68:], 0xFFFFFFFE)
	for i := 76; i < 512; i += 4 {
		binary.LittleEndian.PutUint32(out[i:], 0xFFFFFFFF)
	}
	binary.LittleEndian.PutUint32(out[76:], 0)
	for i := 512; i < 1024; i += 4 {
		binary.LittleEndian.PutUint32(out[i:], 0xFFFFFFFF)
	}
	binary.LittleEndian.PutUint32(out[512:], 0xFFFFFFFD)
	binary.LittleEndian.PutUint32(out[516:], 0xFFFFFFFE)
	for i, name := range append([]string{"Root Entry"}, streams...) {
		e := out[1024+128*i:]
		units := utf16.Encode([]rune(name))
		for j, u := range units {
			binary.LittleEndian.PutUint16(e[2*j:], u)
		}
		binary.LittleEndian.PutUint16(e[64:], uint16(2*len(units)+2))
		e[66] = 2
		if i == 0 {
			e[66] = 5
			binary.LittleEndian.PutUint32(e[76:], 1)
		}
		binary.LittleEndian.PutUint32(e[116:], 0xFFFFFFFE)
	}
	return out
}
