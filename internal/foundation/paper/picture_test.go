package paper

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// pixels is how wide pages are drawn to be compared.
const pixels = 160

// drawn are the pages of a PDF as small grey pictures, drawn by Poppler, which
// make setup installs.
func drawn(t *testing.T, pdf []byte) []*image.Gray {
	t.Helper()
	tool, err := exec.LookPath("pdftoppm")
	if err != nil {
		t.Fatalf("the pictures of papers need pdftoppm (make setup installs it): %v", err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "paper.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tool, "-gray", "-scale-to-x", fmt.Sprint(pixels), "-scale-to-y", "-1", file, filepath.Join(dir, "page")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if len(out) > 0 {
		t.Errorf("Poppler complains of the PDF: %s", out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "page-*.pgm"))
	if err != nil {
		t.Fatal(err)
	}
	var list []*image.Gray
	for _, f := range files { // Glob sorts them
		list = append(list, grey(t, f))
	}
	return list
}

// grey reads a picture as Poppler writes it (PGM, P5).
func grey(t *testing.T, file string) *image.Gray {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var w, h, most int
	if _, err := fmt.Sscanf(string(data[:min(len(data), 40)]), "P5\n%d %d\n%d\n", &w, &h, &most); err != nil || most != 255 {
		t.Fatalf("%s: no grey picture (%v)", file, err)
	}
	img := image.NewGray(image.Rect(0, 0, w, h))
	if n := copy(img.Pix, data[len(data)-w*h:]); n != w*h {
		t.Fatalf("%s: %d of %d points", file, n, w*h)
	}
	return img
}

// block is the side of the squares that are compared: about a line high.
const block = 8

// alike is how far two pages may differ, as the mean difference of grey in the
// square where they differ most, of 255. Other versions of Poppler smooth
// letters a little differently; text made bold differs by 21, a line that moved by
// far more.
const alike = 14.0

// apart is how far two pages differ. Pages of different size differ wholly.
func apart(a, b *image.Gray) float64 {
	if a.Bounds() != b.Bounds() {
		return 255
	}
	worst := 0.0
	for y := 0; y < a.Rect.Dy(); y += block {
		for x := 0; x < a.Rect.Dx(); x += block {
			var sum, n float64
			for yy := y; yy < min(y+block, a.Rect.Dy()); yy++ {
				for xx := x; xx < min(x+block, a.Rect.Dx()); xx++ {
					d := float64(a.GrayAt(xx, yy).Y) - float64(b.GrayAt(xx, yy).Y)
					sum += max(d, -d)
					n++
				}
			}
			worst = max(worst, sum/n)
		}
	}
	return worst
}

func TestPictures(t *testing.T) {
	for name, p := range papers(t) {
		pages := drawn(t, asPDF(t, p))
		for i, page := range pages {
			file := filepath.Join("testdata", fmt.Sprintf("%s-%d.png", name, i+1))
			if *update {
				var b bytes.Buffer
				if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, page); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v (make it with -update)", err)
			}
			img, err := png.Decode(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			want, is := img.(*image.Gray)
			if !is {
				t.Fatalf("%s is not grey", file)
			}
			if d := apart(page, want); d > alike {
				t.Errorf("page %d of %s differs by %.0f from its picture; look at it, then run with -update", i+1, name, d)
			}
		}
		if extra, err := filepath.Glob(fmt.Sprintf("testdata/%s-*.png", name)); err != nil || len(extra) != len(pages) {
			t.Errorf("%s has %d pages and %d pictures (%v)", name, len(pages), len(extra), err)
		}
	}
}

// What a clerk would see is seen by the comparison.
func TestPictures_seeMistakes(t *testing.T) {
	right := drawn(t, asPDF(t, report()))
	for what, spoil := range map[string]func(*Paper){
		"no parent":       func(p *Paper) { p.Parent = "" },
		"one more line":   func(p *Paper) { p.Abstract += " của các sở, ban, ngành, địa phương" },
		"a wider column":  func(p *Paper) { columnsOf(p)[0].Width = 17 },
		"other alignment": func(p *Paper) { columnsOf(p)[4].Align = Left },
		"bold": func(p *Paper) {
			p.Body[1] = Paragraph{Runs: []Run{{Text: p.Body[1].(Paragraph).Runs[0].Text, Bold: true}}}
		},
	} {
		p := report()
		spoil(p)
		if d := apart(right[0], drawn(t, asPDF(t, p))[0]); d <= alike {
			t.Errorf("%s: differs by %.1f alone, which passes", what, d)
		} else {
			t.Logf("%s: %.0f", what, d)
		}
	}
}

// columnsOf are those of the paper's first table.
func columnsOf(p *Paper) []Column {
	for _, b := range p.Body {
		if table, is := b.(Table); is {
			return table.Columns
		}
	}
	return nil
}

// The text can be copied: another reader finds it.
func TestPDF_readByOthers(t *testing.T) {
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Fatalf("needs pdftotext (make setup installs it): %v", err)
	}
	cmd := exec.Command(tool, "-layout", "-", "-")
	cmd.Stdin = bytes.NewReader(asPDF(t, report()))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text := strings.Join(strings.Fields(string(out)), " ")
	for _, want := range []string{"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Kết quả kiểm tra, đánh giá dữ liệu năm 2026", "2 Sở Nông nghiệp và Môi trường 33 5.870.441 94,8%", "I. KIỂM KÊ NỘI DUNG DỮ LIỆU", "xem xét, chỉ đạo./.", "- Lưu: VT, CĐS."} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
}

// TestClients_papers opens the documents in LibreOffice, which make clients
// installs: it reads every word in order, and needs as many pages as our PDF.
func TestClients_papers(t *testing.T) {
	if os.Getenv("PHOHIEN_CLIENTS") == "" {
		t.Skip("heavy clients are for make clients")
	}
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range papers(t) {
		dir, docx := t.TempDir(), asDOCX(t, p)
		file := filepath.Join(dir, name+".docx")
		if err := os.WriteFile(file, docx, 0o600); err != nil {
			t.Fatal(err)
		}
		opened := map[string][]byte{}
		for ending, to := range map[string]string{"pdf": "pdf", "txt": "txt:Text (encoded):UTF8"} {
			cmd := exec.Command(office, "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to", to, "--outdir", dir, file)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v: %s", name, err, out)
			}
			if opened[ending], err = os.ReadFile(filepath.Join(dir, name+"."+ending)); err != nil {
				t.Fatal(err)
			}
		}
		// Where LibreOffice lacks the font it takes one of other heights.
		if got, own := len(drawn(t, opened["pdf"])), len(drawn(t, asPDF(t, p))); got < own-1 || got > own+1 {
			t.Errorf("%s has %d pages in LibreOffice, %d in our PDF", name, got, own)
		}
		parts, _ := unpacked(t, docx)
		got := strings.Join(strings.Fields(strings.TrimPrefix(string(opened["txt"]), "\ufeff")), " ")
		if want := strings.Join(texts(t, parts["word/document.xml"]), " "); got != want {
			t.Errorf("%s says in LibreOffice\n%s\nwant\n%s", name, got, want)
		}
	}
}
