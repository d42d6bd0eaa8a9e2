package paper

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

// A mark is a text as a PDF draws it.
type mark struct {
	page int // from 1
	x, y float64
	text string
}

var (
	streams = regexp.MustCompile(`(?s)/Length (\d+)>>\nstream\n`)
	shows   = regexp.MustCompile(`(?s)BT (-?[\d.]+) (-?[\d.]+) Td \(((?:[^\\()]|\\.)*)\) Tj ET`)
	escapes = regexp.MustCompile(`(?s)\\(.)`)
)

// marks reads what the pages of a PDF show, in the order in which they do.
func marks(t *testing.T, pdf []byte) (list []mark, pages int) {
	t.Helper()
	for _, at := range streams.FindAllSubmatchIndex(pdf, -1) {
		size, err := strconv.Atoi(string(pdf[at[2]:at[3]]))
		if err != nil {
			t.Fatal(err)
		}
		z, err := zlib.NewReader(bytes.NewReader(pdf[at[1] : at[1]+size]))
		if err != nil {
			continue // not packed: no page
		}
		content, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		found := shows.FindAllSubmatch(content, -1)
		if found == nil {
			continue
		}
		pages++
		for _, m := range found {
			x, errX := strconv.ParseFloat(string(m[1]), 64)
			y, errY := strconv.ParseFloat(string(m[2]), 64)
			if errX != nil || errY != nil {
				t.Fatal(errX, errY)
			}
			raw := escapes.ReplaceAllFunc(m[3], func(e []byte) []byte {
				if e[1] == 'r' {
					return []byte{'\r'}
				}
				return e[1:]
			})
			codes := make([]uint16, len(raw)/2)
			for i := range codes {
				codes[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
			}
			list = append(list, mark{pages, x, y, string(utf16.Decode(codes))})
		}
	}
	return list, pages
}

func wordsOf(list []mark) []string {
	var b strings.Builder
	for _, m := range list {
		b.WriteString(m.text)
		if !strings.HasSuffix(m.text, " ") {
			b.WriteByte('\n')
		}
	}
	return strings.Fields(b.String())
}

// said is what a paper says, in the order of reading, without what the writers
// add to it.
func said(p *Paper) string {
	var out []string
	say := func(s ...string) { out = append(out, s...) }
	runs := func(list []Run) {
		for _, r := range list {
			say(r.Text)
		}
	}
	body := func(list []Block) {
		for _, b := range list {
			switch b := b.(type) {
			case Paragraph:
				runs(b.Runs)
			case Division:
				say(b.Title)
				runs(b.Text)
			case List:
				for _, item := range b.Items {
					runs(item)
				}
			case Table:
				say(b.Caption, b.Unit)
				for _, c := range b.Columns {
					say(c.Head)
				}
				for _, r := range b.Rows {
					say(r.Cells...)
				}
			case Figure:
				say(b.Caption)
			}
		}
	}
	say(p.Parent, p.Issuer, country, motto, "/"+p.Symbol)
	if p.Kind == "" {
		say("V/v", p.Abstract, p.Place)
	} else {
		say(p.Place, p.Kind, p.Abstract)
	}
	say(p.To...)
	body(p.Body)
	say(p.CopyTo...)
	say(p.Sign.Authority...)
	say(p.Sign.Position, p.Sign.Name)
	for _, a := range p.Annexes {
		say("Phụ lục", a.Title)
		body(a.Body)
	}
	return strings.Join(out, " ")
}

// bare is a word without what may be added to its end, in small letters.
func bare(w string) string {
	return strings.ToLower(strings.Trim(w, ".,;:/ -"))
}

func TestPDF_saysEveryWordInOrder(t *testing.T) {
	for name, p := range papers(t) {
		list, _ := marks(t, asPDF(t, p))
		got := wordsOf(list)
		at := 0
		for _, want := range strings.Fields(said(p)) {
			if bare(want) == "" {
				continue
			}
			from := at
			for at < len(got) && bare(got[at]) != bare(want) && !strings.HasSuffix(bare(got[at]), "/"+bare(want)) {
				at++
			}
			if at == len(got) {
				t.Fatalf("%s: %q is not among what follows %q", name, want, got[max(0, from-8):from])
			}
			at++
		}
	}
}

func TestPDF_pages(t *testing.T) {
	for name, want := range map[string]int{"bao-cao": 5, "quyet-dinh": 4, "cong-van": 1} {
		if _, got := marks(t, asPDF(t, papers(t)[name])); got != want {
			t.Errorf("%s has %d pages, want %d", name, got, want)
		}
	}
}

// Numbers stand in the middle of the upper margin, from the second page on, and
// annexes count by themselves.
func TestPDF_numbersOfPages(t *testing.T) {
	list, _ := marks(t, asPDF(t, report()))
	got := map[int]string{}
	for _, m := range list {
		if high := map[bool]float64{true: paperShort, false: paperLong}[m.page > 2]; m.y > high-marginTop {
			got[m.page] += m.text
		}
	}
	if want := map[int]string{2: "2", 4: "2", 5: "3"}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("numbers by page: %v, want %v", got, want)
	}
}

// Nothing is drawn outside the margins.
func TestPDF_margins(t *testing.T) {
	p := report()
	long := strings.Repeat("benh-vien-so-yt", 20)
	p.Body = append(p.Body, Text("Mã "+long), Table{Columns: []Column{{Head: "Mã", Width: 20}, {Head: strings.Repeat("W", 400)}}, Rows: []Row{{Cells: []string{long, "漢字 😀"}}}})
	p.Annexes = nil
	r, err := rulers()
	if err != nil {
		t.Fatal(err)
	}
	list, _ := marks(t, asPDF(t, p))
	var joined strings.Builder
	for _, m := range list {
		joined.WriteString(strings.TrimSuffix(m.text, " "))
		text := strings.TrimSuffix(m.text, " ")
		if m.x < marginLeft-0.1 || m.x+r.width(text, 2, tableSize-1) > paperShort-marginRight+1 {
			t.Errorf("page %d: %q begins at %.1f and leaves the margins", m.page, text, m.x)
		}
		if m.y < marginBottom-0.1 {
			t.Errorf("page %d: %q stands at %.1f, in the lower margin", m.page, text, m.y)
		}
	}
	if !strings.Contains(joined.String(), long) {
		t.Error("a word that was cut is not whole any more")
	}
}

// A table that goes over pages has its head on each, and none of its rows is cut.
func TestPDF_tableHeads(t *testing.T) {
	list, pages := marks(t, asPDF(t, report()))
	heads := map[int]int{}
	for _, m := range list {
		if strings.TrimSpace(m.text) == "STT" {
			heads[m.page]++
		}
	}
	for page := 3; page <= pages; page++ {
		if heads[page] != 1 {
			t.Errorf("page %d has %d heads of the annex's table", page, heads[page])
		}
	}
}

// A row that no page can hold goes on on the next, whole.
func TestPDF_rowHigherThanPage(t *testing.T) {
	var cell []string
	for i := range 300 {
		cell = append(cell, "dòng-"+itoa(i+1))
	}
	p := &Paper{Issuer: "Sở Y tế", Kind: "Báo cáo", Body: []Block{Table{
		Columns: []Column{{Head: "Một", Width: 40}, {Head: "Hai"}},
		Rows:    []Row{{Cells: []string{strings.Join(cell, "\n"), "ngắn"}}, {Cells: []string{"sau", "cùng"}}},
	}}}
	list, pages := marks(t, asPDF(t, p))
	if pages < 6 {
		t.Errorf("300 lines on %d pages", pages)
	}
	var got []string
	for _, m := range list {
		if strings.HasPrefix(m.text, "dòng-") {
			got = append(got, m.text)
		}
		if m.y < marginBottom {
			t.Errorf("page %d: %q in the lower margin", m.page, m.text)
		}
	}
	if !slices.Equal(got, cell) {
		t.Errorf("%d lines of 300, or in another order", len(got))
	}
}

// Whatever the length of the body, the signature has two of its lines on its
// page, a heading never ends a page, and no line of a paragraph stands alone.
func TestPDF_keepsTogether(t *testing.T) {
	const filler = "dữ liệu dùng chung của tỉnh được cập nhật đúng hạn và đối chiếu hằng tháng "
	moved := 0
	for n := range 45 {
		p := &Paper{Issuer: "Sở Y tế", Kind: "Báo cáo", Abstract: "thử", Place: "Hưng Yên", Sign: Sign{Position: "NGƯỜIKÝ"}}
		for range n {
			p.Body = append(p.Body, Text("một"))
		}
		p.Body = append(p.Body, Division{Level: Heading, Title: "ĐẦUMỤC"}, Text(strings.Repeat(filler, 4)+"CUỐI"))
		list, _ := marks(t, asPDF(t, p))
		lines := map[int]map[float64]bool{} // of the last paragraph, by page
		pageOf := map[string]int{}
		inside := false
		for _, m := range list {
			word := strings.Trim(m.text, " ./")
			pageOf[word] = m.page
			switch {
			case word == "dữ":
				inside = true
			case word == "Nơi":
				inside = false
			}
			if inside && m.y < paperLong-marginTop { // not the number of the page
				if lines[m.page] == nil {
					lines[m.page] = map[float64]bool{}
				}
				lines[m.page][m.y] = true
			}
		}
		for page, on := range lines {
			if len(on) < 2 {
				t.Errorf("%d fillers: one line alone on page %d", n, page)
			}
		}
		first := slices.Min(slices.Collect(maps.Keys(lines)))
		if pageOf["ĐẦUMỤC"] != first {
			t.Errorf("%d fillers: the heading is on page %d, its text begins on %d", n, pageOf["ĐẦUMỤC"], first)
		}
		if pageOf["NGƯỜIKÝ"] != pageOf["CUỐI"] {
			t.Errorf("%d fillers: the signature is on page %d, the last line on %d", n, pageOf["NGƯỜIKÝ"], pageOf["CUỐI"])
		}
		if first != pageOf["CUỐI"] || pageOf["NGƯỜIKÝ"] > 1 {
			moved++
		}
	}
	if moved < 5 {
		t.Errorf("only %d of the papers put it to the test", moved)
	}
}

// Words of a justified line reach both margins.
func TestPDF_justified(t *testing.T) {
	r, err := rulers()
	if err != nil {
		t.Fatal(err)
	}
	p := &Paper{Issuer: "Sở Y tế", Kind: "Báo cáo", Body: []Block{Text(strings.Repeat("kho dữ liệu dùng chung ", 30))}}
	list, _ := marks(t, asPDF(t, p))
	ends, rows := map[float64]float64{}, 0
	for _, m := range list {
		if w := strings.TrimSpace(m.text); slices.Contains([]string{"kho", "dữ", "liệu", "dùng", "chung"}, w) {
			ends[m.y] = max(ends[m.y], m.x+r.width(w, 0, bodySize))
		}
	}
	for _, end := range ends {
		if end > paperShort-marginRight-0.1 && end < paperShort-marginRight+0.1 {
			rows++
		}
	}
	if rows != len(ends)-1 { // all but the last
		t.Errorf("%d of %d lines reach the right margin", rows, len(ends))
	}
}
