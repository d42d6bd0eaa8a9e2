package docx

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells/cellstest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

func open(data []byte) (ingest.Book, error) {
	return Open(context.Background(), cellstest.File("a.docx", data))
}

func fixture(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/bao-cao.docx")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestGolden(t *testing.T) {
	b, err := open(fixture(t))
	if err != nil {
		t.Fatal(err)
	}
	list, err := cellstest.List(b)
	if err != nil {
		t.Fatal(err)
	}
	cellstest.Golden(t, "bao-cao.txt", list)
}

const (
	head = `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:body>`
	tail = `<w:sectPr/></w:body></w:document>`
)

// pack makes a document of entries, unpacked, so that fuzzing reaches the XML.
func pack(entries ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: entries[i], Method: zip.Store})
		if err == nil {
			_, err = w.Write([]byte(entries[i+1]))
		}
		if err != nil {
			return nil
		}
	}
	if z.Close() != nil {
		return nil
	}
	return b.Bytes()
}

func document(body string) []byte { return pack("word/document.xml", head+body+tail) }

func p(text string) string    { return "<w:p><w:r><w:t>" + text + "</w:t></w:r></w:p>" }
func tc(inside string) string { return "<w:tc>" + inside + "</w:tc>" }
func tbl(rows ...string) string {
	return "<w:tbl><w:tblPr/><w:tr>" + strings.Join(rows, "</w:tr><w:tr>") + "</w:tr></w:tbl>"
}

func TestCells(t *testing.T) {
	for _, c := range []struct{ name, cell, want string }{
		{"runs", `<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:t>Nguyễn</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve"> An</w:t></w:r></w:p>`, "Nguyễn An"},
		{"paragraphs", p("a") + "<w:p/>" + p("b"), "a\n\nb"},
		{"breaks", "<w:p><w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:tab/><w:t>c</w:t></w:r></w:p>", "a\nb\tc"},
		{"deleted", "<w:p><w:del><w:r><w:delText>cũ</w:delText></w:r></w:del><w:ins><w:r><w:t>mới</w:t></w:r></w:ins></w:p>", "mới"},
		{"moved", "<w:p><w:moveFrom><w:r><w:t>cũ</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>mới</w:t></w:r></w:moveTo></w:p>", "mới"},
		{"field", `<w:p><w:r><w:fldChar w:fldCharType="begin"/><w:instrText>DATE</w:instrText><w:fldChar w:fldCharType="separate"/><w:t>01/02/2026</w:t><w:fldChar w:fldCharType="end"/></w:r></w:p>`, "01/02/2026"},
		{"simple field", `<w:p><w:fldSimple w:instr="=SUM(ABOVE)"><w:r><w:t>12</w:t></w:r></w:fldSimple></w:p>`, "12"},
		{"control", `<w:sdt><w:sdtPr><w:alias w:val="x"/></w:sdtPr><w:sdtContent>` + p("y") + `</w:sdtContent></w:sdt>`, "y"},
		{"nested", p("a") + tbl(tc(p("b"))+tc(p("c")), tc(p("d"))) + p("e"), "a\nb\nc\nd\ne"},
		{"text box", `<w:p><w:r><mc:AlternateContent><mc:Choice><w:txbxContent>` + p("hộp") + `</w:txbxContent></mc:Choice><mc:Fallback><w:t>hộp</w:t></mc:Fallback></mc:AlternateContent><w:t>x</w:t></w:r></w:p>`, "x"},
		{"entities", p("a &lt; b &amp; c"), "a < b & c"},
	} {
		b, err := open(document(tbl(tc(c.cell) + tc(p(".")))))
		if err != nil {
			t.Fatal(c.name, err)
		}
		g, err := b.Open(0)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		if err := cellstest.Read(g, func(_ int64, cells []string) { got = cells }); err != nil {
			t.Fatal(c.name, err)
		}
		if !slices.Equal(got, []string{c.want, "."}) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestMarks(t *testing.T) {
	box := "<w:p><w:r><w:txbxContent>" + p("MẬT") + "</w:txbxContent></w:r></w:p>"
	inTable := tbl(tc("<w:p><w:r><w:txbxContent>"+p("TỐI MẬT")+"</w:txbxContent><w:t>1</w:t></w:r></w:p>") + tc(p("2")))
	data := pack("word/document.xml", head+box+p(strings.Repeat("dài ", 20))+p("Biểu 1")+inTable+p("giữa")+tbl(tc(p("3")))+tail,
		"word/header1.xml", `<w:hdr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">`+p("đầu trang")+`</w:hdr>`)
	b, err := open(data)
	if err != nil {
		t.Fatal(err)
	}
	tables := b.Tables()
	if got, want := tables[0].Margins, []string{"đầu trang", "MẬT", "Biểu 1", "TỐI MẬT", "giữa"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := tables[1].Margins; !slices.Equal(got, []string{"đầu trang"}) || tables[0].Note != "Biểu 1" || tables[1].Note != "giữa" || tables[1].Name != "Bảng 2" {
		t.Errorf("%q %+v", got, tables)
	}
}

// A table whose rows were deleted, shifted, and written by another program
// with other prefixes.
func TestRows(t *testing.T) {
	body := strings.ReplaceAll(tbl(tc(p("a"))+tc(p("b")), "<w:trPr><w:del/></w:trPr>"+tc(p("c")), `<w:trPr><w:gridBefore w:val="1"/><w:hidden/></w:trPr>`+tc(p("d")))+`</w:body></w:document>`, "w:", "ns0:")
	b, err := open(pack("word/document.xml", `<ns0:document xmlns:ns0="http://purl.oclc.org/ooxml/wordprocessingml/main"><ns0:body>`+body))
	if err != nil {
		t.Fatal(err)
	}
	list, err := cellstest.List(b)
	if err != nil {
		t.Fatal(err)
	}
	want := "== \"Bảng 1\" hidden=false rows hidden=1 columns hidden=0\n1: [\"a\" \"b\"]\n2: [\"\" \"d\"]\nfinding docx.deleted [1]\n"
	if list != want {
		t.Errorf("got\n%s\nwant\n%s", list, want)
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		key  string
	}{
		"no table":  {document(p("x")), "docx.no-table"},
		"cut":       {pack("word/document.xml", head+tbl(tc(p("x")))), "docx.damaged"},
		"not XML":   {document("<>"), "docx.damaged"},
		"DTD":       {pack("word/document.xml", `<!DOCTYPE a [<!ENTITY b "c">]>`+head+tail), "docx.doctype"},
		"long cell": {document(tbl(tc(p(strings.Repeat("x", 5<<20))))), "grid.row-too-long"},
		"wide":      {document(tbl(strings.Repeat(`<w:tc><w:tcPr><w:gridSpan w:val="1000"/></w:tcPr>`+p("x")+"</w:tc>", 4))), "grid.too-many-columns"},
		"tables":    {document(strings.Repeat(tbl(tc(p("x"))), 1001)), "grid.too-many-tables"},
	} {
		b, err := open(c.data)
		if err == nil {
			_, err = cellstest.List(b)
		}
		if !fault.Is(err, c.key) {
			t.Errorf("%s: got %v, want %s", name, err, c.key)
		}
	}
	for _, data := range [][]byte{nil, []byte("a,b"), pack("xl/workbook.xml", "<a/>"), pack("_rels/.rels", `<Relationships><Relationship Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`, "xl/workbook.xml", "")} {
		if _, err := open(data); !errors.Is(err, ErrNotDOCX) {
			t.Errorf("%.20q: %v", data, err)
		}
	}
}

func FuzzDOCX(f *testing.F) {
	f.Add([]byte(head + p("x") + tbl(tc(p("x"))+tc(`<w:tcPr><w:gridSpan w:val="2"/><w:vMerge w:val="restart"/></w:tcPr>`+p("y")), tc("<w:tcPr><w:vMerge/></w:tcPr>"+tbl(tc("")))) + tail))
	f.Add([]byte("<w:document></w:tbl></w:document>"))
	f.Add([]byte(head + "<w:p><w:txbxContent>" + tbl(tc("<w:txbxContent/>")) + "</w:txbxContent></w:p>" + tail))
	f.Fuzz(func(t *testing.T, data []byte) {
		file := pack("word/document.xml", string(data))
		cellstest.Fuzz(t, func() (ingest.Book, error) { return open(file) }, func(err error) bool {
			return errors.Is(err, ErrNotDOCX) || fault.Of(err) != nil
		})
	})
}
