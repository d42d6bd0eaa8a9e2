package paper

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (make it with -update)", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; run with -update and read the difference", file)
	}
}

// unpacked gives the parts of a document by name, and their names in order.
func unpacked(t *testing.T, docx []byte) (map[string][]byte, []string) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string][]byte{}
	var names []string
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if parts[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		names = append(names, f.Name)
	}
	return parts, names
}

func TestDOCX_golden(t *testing.T) {
	for name, p := range papers(t) {
		parts, _ := unpacked(t, asDOCX(t, p))
		golden(t, name+".document.xml", parts["word/document.xml"])
		if name == "quyet-dinh" {
			golden(t, "content-types.xml", parts["[Content_Types].xml"])
			for _, part := range []string{"docProps/core.xml", "word/styles.xml", "word/header1.xml", "word/_rels/document.xml.rels"} {
				golden(t, path.Base(part), parts[part])
			}
		}
	}
}

// Every part is well-formed, has a type, and is there when a relation names it.
func TestDOCX_package(t *testing.T) {
	for name, p := range papers(t) {
		parts, names := unpacked(t, asDOCX(t, p))
		if names[0] != "[Content_Types].xml" {
			t.Errorf("%s: the first part is %s", name, names[0])
		}
		for part, text := range parts {
			if strings.HasSuffix(part, ".png") {
				continue
			}
			dec := xml.NewDecoder(bytes.NewReader(text))
			for {
				tok, err := dec.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%s: %s: %v", name, part, err)
				}
				start, is := tok.(xml.StartElement)
				if !is {
					continue
				}
				for _, a := range start.Attr {
					dir := map[string]string{"_rels/.rels": "", "word/_rels/document.xml.rels": "word/"}[part]
					if a.Name.Local == "Target" && parts[dir+a.Value] == nil {
						t.Errorf("%s: %s names %s, which is not there", name, part, a.Value)
					}
					if a.Name.Local == "PartName" && parts[strings.TrimPrefix(a.Value, "/")] == nil {
						t.Errorf("%s: the type of %s, which is not there", name, a.Value)
					}
				}
			}
		}
	}
}

// texts are the words of a document in order.
func texts(t *testing.T, document []byte) []string {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(document))
	var b strings.Builder
	inside := false
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return strings.Fields(b.String())
		}
		if err != nil {
			t.Fatal(err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			inside = tok.Name.Local == "t"
			if tok.Name.Local == "br" {
				b.WriteByte('\n')
			}
		case xml.EndElement:
			inside = false
			if tok.Name.Local == "p" {
				b.WriteByte('\n')
			}
		case xml.CharData:
			if inside {
				b.Write(tok)
			}
		}
	}
}

// Both files say the same words in the same order; the PDF has beside them only
// numbers of pages and heads that repeat.
func TestBothSayTheSame(t *testing.T) {
	for _, name := range []string{"quyet-dinh", "cong-van"} { // no table of theirs goes over a page
		p := papers(t)[name]
		parts, _ := unpacked(t, asDOCX(t, p))
		want := strings.Join(texts(t, parts["word/document.xml"]), " ")
		list, _ := marks(t, asPDF(t, p))
		for i := 0; i < len(list); {
			if list[i].text == "2" && list[i].y > paperLong-marginTop {
				list = append(list[:i], list[i+1:]...)
				continue
			}
			i++
		}
		// A word in two styles is two marks in the PDF; spaces do not tell.
		got := strings.Join(wordsOf(list), " ")
		if strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
			t.Errorf("%s: the PDF says\n%s\nthe document\n%s", name, got, want)
		}
	}
}

func TestHostileText(t *testing.T) {
	p := official()
	p.Issuer = "Sở <w:p> & \"Công\" nghệ \x00\x1f\ufffe\xff"
	p.Abstract = "a]]>b\u200b e\u0302\u0323" // ệ in pieces
	p.Body = []Block{Table{Columns: []Column{{Head: "<b>"}}, Rows: []Row{{Cells: []string{"\tmột\r\nhai (\\) 😀"}}}}, Text("")}
	parts, _ := unpacked(t, asDOCX(t, p))
	got := strings.Join(texts(t, parts["word/document.xml"]), " ")
	for _, want := range []string{`SỞ <W:P> & "CÔNG" NGHỆ`, "a]]>b ệ", "một hai (\\) 😀"} {
		if !strings.Contains(got, want) {
			t.Errorf("the document lacks %q: %s", want, got)
		}
	}
	list, _ := marks(t, asPDF(t, p))
	got = strings.Join(wordsOf(list), " ")
	for _, want := range []string{`SỞ <W:P> & "CÔNG" NGHỆ`, "a]]>b ệ", "một hai (\\) □"} {
		if !strings.Contains(got, want) {
			t.Errorf("the PDF lacks %q: %s", want, got)
		}
	}
}
