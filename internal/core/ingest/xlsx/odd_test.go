package xlsx

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

var update = flag.Bool("update", false, "write the golden listings anew")

const (
	sstHead   = `<sst xmlns="` + mainNS + `">`
	sheetHead = `<worksheet xmlns="` + mainNS + `">`
)

// odd are workbooks as other programs, and those who mean harm, write them.
var odd = map[string]func() map[string]string{
	"plain": func() map[string]string {
		return sheetBook(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>`+
			`<row r="2"><c r="A2"><v>1.234</v></c><c r="B2" s="1"><v>44561</v></c></row>`, "xl/sharedStrings.xml",
			sstHead+`<si><t>Họ &amp; tên</t></si><si><r><rPr><b/></rPr><t>Ngày </t></r><r><t>sinh</t></r><rPh sb="0" eb="1"><t>PHONETIC</t></rPh></si></sst>`)
	},
	"prefixed": func() map[string]string {
		p := sheetBook("")
		p["xl/worksheets/sheet1.xml"] = `<x:worksheet xmlns:x="` + mainNS + `"><x:sheetData><x:row r="3"><x:c t='inlineStr' r='B3'><x:is><x:t>một</x:t></x:is></x:c><x:c r="C3"><x:v>2</x:v></x:c></x:row>` +
			`<x:row r="4"><x:c r="A4" t="str"><x:f>A1&amp;"x"</x:f><x:v>ba</x:v></x:c></x:row></x:sheetData><x:mergeCells><x:mergeCell ref="B3:C4"/></x:mergeCells></x:worksheet>`
		return p
	},
	"without-references": func() map[string]string {
		return sheetBook(`<row><c><v>1</v></c><c t="inlineStr"><is><t>hai</t></is></c></row><row/><row><c/><c><v>3</v></c></row><row r="10"><c><v>4</v></c></row><row><c r="C11"><v>5</v></c><c><v>6</v></c></row>`)
	},
	"cdata-comments": func() map[string]string {
		return sheetBook(`<!-- <row r="9"><c r="A9"><v>9</v></c></row> --><row r="1"><c r="A1" t="inlineStr"><is><t><![CDATA[</row><b> & "]]></t></is></c><?pi </row> ?><c r="B1" t="str"><v>a<!-- x -->b</v></c><c r="C1"><v><![CDATA[12]]></v></c></row>`)
	},
	"texts": func() map[string]string {
		return sheetBook(`<row r="1"><c r="A1" t="inlineStr"><is><t xml:space="preserve"> hai  dòng_x000D_&#10;cuối </t></is></c><c r="B1" t="inlineStr"><is><t>_x005F_x000D_ _xD83D__xDE00_ _x0000_ _xZZ00_</t></is></c>` +
			`<c r="C1" t="inlineStr"><is><t>a&lt;b&gt;&quot;&apos;&#x41;&#66;</t></is></c><c r="D1" t="str"><f>T</f><v>x&amp;y</v></c><c r="E1" t="b"><v>1</v></c><c r="F1" t="e"><f>NA()</f><v>#N/A</v></c><c r="G1" t="b"><v>0</v></c></row>`)
	},
	"numbers": func() map[string]string {
		var b strings.Builder
		for _, v := range []string{"0", "-0", "12", "1.234", "12.345", "123.456", "1234.567", "0.125", "-1.234", "1.2340", "1.500", "5.0", "-0.0",
			"0.1", "0.30000000000000004", "0.10000000000000001", "1E+20", "1.5E-3", "1.2345678901234567E+19", "12345678901234567890", "1E+300", "7.0000000000000007E-2",
			"007", "+5", "NaN", "INF", "0x10", "1e999", "abc", " 42 ", "1.", ".5", "-", "99999999999.990005", "1.2345E3"} {
			b.WriteString(`<row><c t="str"><v>` + v + `</v></c><c><v>` + v + `</v></c></row>`)
		}
		return sheetBook(b.String())
	},
	"dates": func() map[string]string {
		var b strings.Builder
		for _, v := range []string{"0", "1", "59", "60", "61", "-1", "44561", "44561.354166666664", "44561.999999999", "2958465", "2958466", "0.5", "1.5", "0.99999999", "abc", "1E+5"} {
			b.WriteString(`<row><c t="str"><v>` + v + `</v></c>`)
			for _, s := range []string{"1", "2", "3", "4"} {
				b.WriteString(`<c s="` + s + `"><v>` + v + `</v></c>`)
			}
			b.WriteString(`</row>`)
		}
		b.WriteString(`<row><c t="d"><v>2026-11-22T08:30:00Z</v></c><c t="d" s="1"><v>2026-11-22T00:00:00</v></c><c t="d"><v>2026-11-22</v></c><c t="d"><v>today</v></c></row>`)
		return sheetBook(b.String())
	},
	"codes": func() map[string]string {
		p := sheetBook(`<row><c s="1"><v>33001012345</v></c><c s="1"><v>1.5</v></c><c s="1"><v>-5</v></c><c s="2"><v>7</v></c><c s="3"><v>0.25</v></c></row>`)
		p["xl/styles.xml"] = `<styleSheet xmlns="` + mainNS + `"><numFmts><numFmt numFmtId="164" formatCode="000000000000"/><numFmt numFmtId="165" formatCode="&quot;Xã &quot;0"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="10"/></cellXfs></styleSheet>`
		return p
	},
	"date1904": func() map[string]string {
		p := sheetBook(`<row><c s="1"><v>0</v></c><c s="1"><v>43099</v></c><c s="2"><v>43099.5</v></c></row>`)
		p["xl/workbook.xml"] = strings.Replace(p["xl/workbook.xml"], "<sheets>", `<workbookPr date1904="1"/><sheets>`, 1)
		return p
	},
	"formulas": func() map[string]string {
		return sheetBook(`<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>A1+1</f></c><c r="C1"><f>A1+2</f><v>3</v></c></row><row r="2"><c r="A2"><v>1</v></c><c r="B2"><f t="shared" si="0"/></c><c r="C2" t="str"><f>""</f><v></v></c></row>`)
	},
	"lost-strings": func() map[string]string {
		return sheetBook(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>7</v></c><c r="C1" t="s"><v>-1</v></c><c r="D1" t="s"><v>x</v></c><c r="E1" t="s"><v>99999999999999999999</v></c></row>`, "xl/sharedStrings.xml", sstHead+`<si/></sst>`)
	},
	"disorder": func() map[string]string {
		return sheetBook(`<row r="5"><c r="C5"><v>3</v></c><c r="A5"><v>1</v></c><c r="A5"><v>2</v></c></row><row r="2"><c r="B2"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>`)
	},
	"hidden": func() map[string]string {
		p := bareParts(3, "")
		for _, i := range []string{"1", "2", "3"} {
			p["xl/worksheets/sheet"+i+".xml"] = sheetHead + `<cols><col min="2" max="3" hidden="1"/><col min="5" max="5" width="9"/></cols><sheetData><row r="1" hidden="1"><c r="A1"><v>` + i + `</v></c></row><row r="2" hidden="0"><c r="A2" t="inlineStr"><is><t>hidden="1"</t></is></c></row></sheetData>` +
				`<headerFooter><oddHeader>&amp;L&amp;"Times New Roman,Bold"&amp;14UBND TỈNH&amp;CMẬT&amp;R&amp;D</oddHeader><oddFooter>&amp;CTrang &amp;P/&amp;N &amp;KFF0000&amp;&amp; cuối</oddFooter></headerFooter></worksheet>`
		}
		p["xl/workbook.xml"] = strings.Replace(p["xl/workbook.xml"], `sheetId="2"`, `sheetId="2" state="hidden"`, 1)
		p["xl/workbook.xml"] = strings.Replace(p["xl/workbook.xml"], `sheetId="3"`, `sheetId="3" state="veryHidden"`, 1)
		return p
	},
	"names-of-parts": func() map[string]string {
		p := sheetBook(`<row><c t="s"><v>0</v></c></row>`)
		p["XL\\Worksheets\\Sheet1.XML"] = p["xl/worksheets/sheet1.xml"]
		delete(p, "xl/worksheets/sheet1.xml")
		p["xl/SharedStrings.xml"] = sstHead + `<si><t>đúng</t></si></sst>`
		p["xl/_rels/workbook.xml.rels"] = `<Relationships><Relationship Target="/xl/worksheets/sheet1.xml" Id="rId1" Type="` + relNS + `/worksheet"/><Relationship Id="s" Type="` + relNS + `/sharedStrings" Target="..\xl\sharedstrings.xml"/></Relationships>`
		return p
	},
	"strict": func() map[string]string {
		p := sheetBook(`<row r="1"><c r="A1" t="d" s="1"><v>2026-01-31</v></c><c r="B1"><v>5</v></c></row>`)
		for name, text := range p {
			text = strings.ReplaceAll(text, relNS, "http://purl.oclc.org/ooxml/officeDocument/relationships")
			p[name] = strings.ReplaceAll(text, mainNS, "http://purl.oclc.org/ooxml/spreadsheetml/main")
		}
		return p
	},
	"charts-macros": func() map[string]string {
		p := sheetBook(`<row><c><v>1</v></c></row>`, "xl/vbaProject.bin", "macro")
		p["xl/workbook.xml"] = strings.Replace(p["xl/workbook.xml"], "<sheets>", `<sheets><sheet name="Biểu đồ" sheetId="9" r:id="c1"/>`, 1)
		p["xl/_rels/workbook.xml.rels"] = strings.Replace(p["xl/_rels/workbook.xml.rels"], "</Rel", `<Relationship Id="c1" Type="`+relNS+`/chartsheet" Target="chartsheets/sheet1.xml"/></Rel`, 1)
		return p
	},
	"utf16": func() map[string]string {
		p := sheetBook("")
		text := `<?xml version="1.0" encoding="UTF-16"?><worksheet xmlns="` + mainNS + `"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Phường Hồng Châu</t></is></c></row></sheetData></worksheet>`
		var b bytes.Buffer
		b.WriteString("\xFF\xFE")
		for _, u := range utf16.Encode([]rune(text)) {
			b.Write([]byte{byte(u), byte(u >> 8)})
		}
		p["xl/worksheets/sheet1.xml"] = b.String()
		return p
	},
	"bom": func() map[string]string {
		p := sheetBook(`<row><c><v>1</v></c></row>`)
		for name, text := range p {
			p[name] = "\uFEFF" + text
		}
		return p
	},
	"empty-sheet": func() map[string]string { return sheetBook("") },
	"empty-columns": func() map[string]string { // formatted to the last column, filled in three
		var b strings.Builder
		for r := range 3 {
			b.WriteString(`<row r="` + string(rune('1'+r)) + `"><c r="A1"><v>1</v></c><c r="C1"><v>3</v></c>`)
			for c := 3; c < sheetColumns; c++ {
				b.WriteString(`<c r="` + columnName(c) + `1" s="1"/>`)
			}
			b.WriteString(`</row>`)
		}
		return sheetBook(b.String())
	},
	"too-many-columns": func() map[string]string {
		return sheetBook(`<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="XFD2"><v>1</v></c></row>`)
	},
	"beyond-columns": func() map[string]string {
		return sheetBook(`<row r="1"><c r="ZZZZ1"><v>1</v></c></row>`)
	},
	"doctype": func() map[string]string {
		p := sheetBook("")
		p["xl/worksheets/sheet1.xml"] = `<!DOCTYPE worksheet [<!ENTITY a "b">]><worksheet><sheetData><row><c t="str"><v>&a;</v></c></row></sheetData></worksheet>`
		return p
	},
	"doctype-workbook": func() map[string]string {
		p := sheetBook("")
		p["xl/workbook.xml"] = `<!DOCTYPE x SYSTEM "file:///etc/passwd">` + p["xl/workbook.xml"]
		return p
	},
	"entity": func() map[string]string { return sheetBook(`<row><c t="str"><v>a&nbsp;b</v></c></row>`) },
	"entity-shared": func() map[string]string {
		return sheetBook("", "xl/sharedStrings.xml", sstHead+`<si><t>a&xxe;</t></si></sst>`)
	},
	"broken-tag": func() map[string]string {
		return sheetBook(`<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2><v>1</v></c></row>`)
	},
	"broken-cell": func() map[string]string {
		return sheetBook(`<row r="1"><c r="A1"><v>1</v></row><row r="2"><c r="A2"><v>2</v></c></row>`)
	},
	"no-end": func() map[string]string {
		p := sheetBook("")
		p["xl/worksheets/sheet1.xml"] = sheetHead + `<sheetData><row r="1"><c r="A1"><v>1</v></c>`
		return p
	},
	"windows-1252": func() map[string]string {
		p := sheetBook("")
		p["xl/worksheets/sheet1.xml"] = `<?xml version="1.0" encoding="windows-1252"?><worksheet/>`
		return p
	},
	"missing-sheet": func() map[string]string { p := sheetBook(""); delete(p, "xl/worksheets/sheet1.xml"); return p },
	"no-relation":   func() map[string]string { p := sheetBook(""); delete(p, "xl/_rels/workbook.xml.rels"); return p },
	"no-sheets":     func() map[string]string { p := sheetBook(""); p["xl/workbook.xml"] = `<workbook/>`; return p },
	"document":      func() map[string]string { p := sheetBook(""); p["xl/workbook.xml"] = `<document/>`; return p },
	"binary": func() map[string]string {
		return map[string]string{"xl/workbook.bin": "x", "[Content_Types].xml": "<Types/>"}
	},
	"other-zip": func() map[string]string {
		return map[string]string{"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}
	},
	"odd-dimension": func() map[string]string {
		p := sheetBook(`<row r="1048576"><c r="A1048576"><v>1</v></c></row>`)
		p["xl/worksheets/sheet1.xml"] = strings.Replace(p["xl/worksheets/sheet1.xml"], "<sheetData>", `<dimension ref="A1:XFD99999999"/><sheetData>`, 1)
		return p
	},
	"absurd-rows": func() map[string]string {
		return sheetBook(`<row r="99999999999999999999"><c><v>1</v></c></row><row r="-5"><c><v>2</v></c></row><row r="0"><c><v>3</v></c></row>`)
	},
	"row-in-row": func() map[string]string { return sheetBook(`<row r="1"><row r="2"><c><v>1</v></c></row></row>`) },
	"blank-cells": func() map[string]string {
		return sheetBook(`<row r="1"><c r="A1" t="inlineStr"><is><t>  </t></is></c></row><row r="2"><c r="B2"><v>2</v></c><c r="C2" t="inlineStr"><is><t> </t></is></c><c r="D2" s="1"/></row>`)
	},
	"alternate-parts": func() map[string]string {
		p := sheetBook(`<row><c><v>1</v></c></row>`)
		p["xl/worksheets/sheet1.xml"] = strings.Replace(p["xl/worksheets/sheet1.xml"], "</worksheet>", `<mergeCells><mergeCell ref="A1"/><mergeCell ref="$A$1:$B$2"/><mergeCell ref="B1:A2"/><mergeCell ref="A1:XFE9"/></mergeCells><extLst><ext><mergeCell ref="C1:D1"/></ext></extLst></worksheet>`, 1)
		return p
	},
}

// TestOpen_odd compares what is read of odd files with listings that a person
// has looked at.
func TestOpen_odd(t *testing.T) {
	for name, parts := range odd {
		t.Run(name, func(t *testing.T) {
			data := zipped(t, parts())
			got := list(t, data)
			if len(got) > 4000 {
				t.Fatalf("the listing has %d bytes", len(got))
			}
			file := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			// Cut into the smallest pieces it is the same.
			f := fileOf(t, data)
			if small := listWith(f, tuning{64, 16}); small != got {
				t.Errorf("in small pieces\n%s\nwant\n%s", small, got)
			}
		})
	}
}
