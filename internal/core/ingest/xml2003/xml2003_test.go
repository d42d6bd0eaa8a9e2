package xml2003

import (
	"context"
	"errors"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells/cellstest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

const report = `<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:x="urn:schemas-microsoft-com:office:excel" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet" xmlns:html="http://www.w3.org/TR/REC-html40">
<Styles><Style ss:ID="d"><NumberFormat ss:Format="Short Date"/></Style><Style ss:ID="p"><NumberFormat ss:Format="000000000000"/></Style><Style ss:ID="m"><NumberFormat ss:Format="dd/mm/yyyy\ hh:mm"/></Style></Styles>
<Worksheet ss:Name="Hộ nghèo"><Table><Column/><Column ss:Hidden="1" ss:Span="1"/>
<Row><Cell ss:MergeAcross="2"><Data ss:Type="String">DANH SÁCH</Data></Cell><Cell><Data ss:Type="String">x</Data></Cell></Row>
<Row ss:Index="4" ss:Hidden="1"><Cell><Data ss:Type="Number">1.234</Data></Cell><Cell ss:Index="3" ss:StyleID="p"><Data ss:Type="Number">33085001234</Data></Cell>
<Cell ss:StyleID="d"><Data ss:Type="DateTime">1985-03-15T00:00:00.000</Data></Cell><Cell ss:StyleID="m"><Data ss:Type="DateTime">2026-01-31T00:00:00.000</Data></Cell><Cell><Data ss:Type="DateTime">1899-12-31T08:30:00.000</Data></Cell></Row>
<Row><Cell><ss:Data ss:Type="String" xmlns="http://www.w3.org/TR/REC-html40">rich <B>text</B></ss:Data><Comment><Data>kín</Data></Comment></Cell><Cell><Data ss:Type="Boolean">1</Data></Cell><Cell><Data ss:Type="Error">#N/A</Data></Cell></Row>
</Table><WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel"><PageSetup><Header x:Data="&amp;C&amp;&quot;Arial&quot;MẬT"/></PageSetup><Visible>SheetHidden</Visible></WorksheetOptions></Worksheet>
<Worksheet ss:Name="Trống"><Table/></Worksheet></Workbook>`

func open(data string) (ingest.Book, error) {
	return Open(context.Background(), cellstest.File("a.xls", []byte(data)))
}

func TestGolden(t *testing.T) {
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(report)
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range []string{report, utf16} {
		b, err := open(data)
		if err != nil {
			t.Fatal(err)
		}
		list, err := cellstest.List(b)
		if err != nil {
			t.Fatal(err)
		}
		cellstest.Golden(t, "bao-cao.txt", list)
	}
}

func TestRefused(t *testing.T) {
	const head = `<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">`
	for data, key := range map[string]string{
		head + "</Workbook>":                    "xml2003.no-sheet",
		head + "<Worksheet><Table>":             "xml2003.damaged",
		head + "<Worksheet><Visible>":           "xml2003.damaged",
		`<!DOCTYPE a [<!ENTITY b "c">]>` + head: "xml2003.doctype",
		head + `<Worksheet xmlns:ss="x"><Row><Cell ss:Index="16000"><Data>x</Data></Cell></Row></Worksheet></Workbook>`:  "grid.too-many-columns",
		head + `<Worksheet xmlns:ss="x"><Row ss:Index="200000"><Cell><Data>x</Data></Cell></Row></Worksheet></Workbook>`: "grid.too-many-rows",
	} {
		b, err := open(data)
		if err == nil {
			_, err = cellstest.List(b)
		}
		if !fault.Is(err, key) {
			t.Errorf("%.90s: got %v, want %s", data, err, key)
		}
	}
	for _, data := range []string{"", "<html>", "a,b", "<?xml version='1.0'?><a/>"} {
		if _, err := open(data); !errors.Is(err, ErrNotXML2003) {
			t.Errorf("%q: %v", data, err)
		}
	}
}

func FuzzXML2003(f *testing.F) {
	f.Add(report)
	f.Add(`<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Row><Worksheet><Cell></Row></Worksheet><Row><Cell/></Row></Workbook>`)
	f.Fuzz(func(t *testing.T, data string) {
		cellstest.Fuzz(t, func() (ingest.Book, error) { return open(data) }, func(err error) bool {
			return errors.Is(err, ErrNotXML2003) || fault.Of(err) != nil
		})
	})
}
