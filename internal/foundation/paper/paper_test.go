package paper

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var (
	update = flag.Bool("update", false, "rewrite the golden files")
	keep   = flag.String("keep", "", "a folder to leave the papers in, to be looked at")
)

func papers(t testing.TB) map[string]*Paper {
	return map[string]*Paper{"bao-cao": report(), "quyet-dinh": decision(t), "cong-van": official()}
}

func asDOCX(t testing.TB, p *Paper) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := DOCX(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPDF(t testing.TB, p *Paper) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := PDF(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSameBytes(t *testing.T) {
	for name, p := range papers(t) {
		docx, pdf := asDOCX(t, p), asPDF(t, p)
		if !bytes.Equal(docx, asDOCX(t, p)) {
			t.Errorf("%s: two documents of one paper differ", name)
		}
		if !bytes.Equal(pdf, asPDF(t, p)) {
			t.Errorf("%s: two PDFs of one paper differ", name)
		}
		if *keep != "" {
			for ending, data := range map[string][]byte{".docx": docx, ".pdf": pdf} {
				if err := os.WriteFile(filepath.Join(*keep, name+ending), data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
