package paper

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// producer is what the file's properties name as the program.
const producer = "Phố Hiến"

// family is the name under which the library knows the font.
const family = "serif"

var styles = [4]string{"", "B", "I", "BI"}

// An item is a part of a page that no page break cuts: a line, a row, a block.
type item struct {
	before float64 // space above it, not at the top of a page
	height float64
	after  float64 // space below it, which may fall off the page
	keep   bool    // on the page of the next one
	breaks bool    // a new page begins here; nothing is drawn
	again  *item
	draw   func(top float64)
}

// A printer draws one paper.
type printer struct {
	f      *fpdf.Fpdf
	r      *ruler
	loaded [4]bool
	sec    section
	items  []item
	figure int // counts pictures
}

func writePDF(w io.Writer, p *Paper, sections []section) error {
	r, err := rulers()
	if err != nil {
		return err
	}
	pr := &printer{f: fpdf.New("P", "pt", "A4", ""), r: r}
	pr.properties(p)
	for _, s := range sections {
		pr.sec, pr.items = s, nil
		for _, e := range s.elements {
			pr.lay(e)
		}
		pr.paginate()
	}
	var out bytes.Buffer
	if err := pr.f.Output(&out); err != nil {
		return err
	}
	text, err := identified(out.Bytes())
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func (pr *printer) properties(p *Paper) {
	f, made := pr.f, p.made()
	f.SetMargins(0, 0, 0)
	f.SetAutoPageBreak(false, 0)
	f.SetCatalogSort(true)
	f.SetLang("vi")
	f.SetProducer(producer, true)
	f.SetTitle(p.title(), true)
	f.SetAuthor(clean(p.Issuer, false), true)
	f.SetCreationDate(made)
	f.SetModificationDate(made)
	f.AddOutputIntent(fpdf.OutputIntentType{SubtypeIdent: fpdf.OutputIntent_GTS_PDFA1, OutputConditionIdentifier: "sRGB", Info: "sRGB IEC61966-2.1", ICCProfile: sRGB()})
	f.SetXmpMetadata(xmp(p))
}

// xmp says in the file's metadata what it is, and that it keeps to PDF/A-2b
// (ISO 19005-2, 6.6).
func xmp(p *Paper) []byte {
	made := p.made().Format("2006-01-02T15:04:05Z")
	var b bytes.Buffer
	fmt.Fprintf(&b, `<?xpacket begin="%s" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
<dc:format>application/pdf</dc:format><dc:language><rdf:Bag><rdf:li>vi</rdf:li></rdf:Bag></dc:language>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq></dc:creator>
<xmp:CreateDate>%s</xmp:CreateDate><xmp:ModifyDate>%s</xmp:ModifyDate>
<pdf:Producer>%s</pdf:Producer>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>`, "\ufeff", escaped(p.title()), escaped(clean(p.Issuer, false)), made, made, producer)
	return b.Bytes()
}

func escaped(s string) string {
	var b strings.Builder
	// A strings.Builder refuses nothing.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

// identified gives the file the identifier that PDF/A asks for (ISO 32000-1,
// 14.4) and the library does not write: a digest of all the rest. It goes into
// the trailer, behind all that is found by its place.
func identified(file []byte) ([]byte, error) {
	mark := []byte("\ntrailer\n<<\n")
	at := bytes.LastIndex(file, mark)
	if at < 0 {
		return nil, errors.New("no trailer in the PDF")
	}
	at += len(mark)
	sum := sha256.Sum256(file)
	return slices.Concat(file[:at], fmt.Appendf(nil, "/ID [<%x> <%x>]\n", sum[:16], sum[:16]), file[at:]), nil
}

// style sets the font, and loads it when it is the first time.
func (pr *printer) style(f face, size float64) {
	if !pr.loaded[f] {
		// The library keeps what it is given and reads it again at the end.
		pr.f.AddUTF8FontFromBytes(family, styles[f], bytes.Clone(outlines[f]))
		pr.loaded[f] = true
	}
	pr.f.SetFont(family, styles[f], size)
}

// lay turns an element into items.
func (pr *printer) lay(e element) {
	switch e := e.(type) {
	case para:
		pr.items = append(pr.items, pr.para(e, marginLeft, pr.sec.room())...)
	case columns:
		pr.items = append(pr.items, pr.columns(e))
	case grid:
		pr.items = append(pr.items, pr.grid(e)...)
	case picture:
		pr.items = append(pr.items, pr.picture(e))
	case newPage:
		pr.items = append(pr.items, item{breaks: true})
	}
}

// para lays down the lines of a paragraph. Its first two lines stay together,
// and so do its last two.
func (pr *printer) para(p para, x, room float64) []item {
	if p.rule > 0 {
		draw := func(top float64) {
			pr.f.SetLineWidth(0.75)
			pr.f.Line(x+(room-p.rule)/2, top, x+(room+p.rule)/2, top)
		}
		return []item{{before: p.before, height: 0.75, after: p.after, keep: p.keep, draw: draw}}
	}
	var items []item
	lines := pr.r.lines(p.runs, p.size, room-p.left, p.first)
	for i, l := range lines {
		indent := p.left
		if i == 0 {
			indent += p.first
		}
		it := item{height: p.size * lineHeight, keep: p.keep && i == len(lines)-1 || i == 0 && len(lines) > 1 || i == len(lines)-2}
		if i == 0 {
			it.before = p.before
		}
		if i == len(lines)-1 {
			it.after = p.after
		}
		it.draw = func(top float64) {
			if i == 0 && p.outline > 0 {
				pr.style(0, p.size) // bookmarks are written in the current font's encoding
				pr.f.Bookmark(clean(textOf(p.runs), false), p.outline-1, top)
			}
			pr.line(l, p.align, x+indent, room-indent, top, p.size)
		}
		items = append(items, it)
	}
	return items
}

func textOf(runs []Run) string {
	var b strings.Builder
	for _, r := range runs {
		b.WriteString(r.Text)
	}
	return b.String()
}

// line draws a line. A word is drawn with the space that follows, so that text
// which is copied has its spaces.
func (pr *printer) line(l line, align Align, x, room, top, size float64) {
	spread := 0.0
	switch {
	case align == Centre:
		x += (room - l.width) / 2
	case align == Right:
		x += room - l.width
	case align == Justify && !l.ends && len(l.words) > 1:
		spread = max(0, (room-l.width)/float64(len(l.words)-1))
	}
	base := top + ascent*size
	for i, w := range l.words {
		if i > 0 {
			x += w.gap + spread
		}
		for j, p := range w.pieces {
			text := pr.r.drawable(p.text, p.face)
			if j == len(w.pieces)-1 && i < len(l.words)-1 {
				text += " "
			}
			pr.style(p.face, size)
			pr.f.Text(x, base, text)
			x += p.width
		}
	}
}

// stack is a column of paras as one item.
func (pr *printer) stack(list []para, x, room float64) item {
	var all []item
	for _, p := range list {
		all = append(all, pr.para(p, x, room)...)
	}
	var sum float64
	for _, it := range all {
		sum += it.before + it.height + it.after
	}
	return item{height: sum, draw: func(top float64) {
		for _, it := range all {
			it.draw(top + it.before)
			top += it.before + it.height + it.after
		}
	}}
}

func (pr *printer) columns(c columns) item {
	var rows [][2]item
	var all item
	for _, row := range c {
		two := [2]item{pr.stack(row[0], marginLeft, leftHead), pr.stack(row[1], marginLeft+leftHead, pr.sec.room()-leftHead)}
		rows = append(rows, two)
		all.height += max(two[0].height, two[1].height)
	}
	all.draw = func(top float64) {
		for _, two := range rows {
			two[0].draw(top)
			two[1].draw(top)
			top += max(two[0].height, two[1].height)
		}
	}
	return all
}

// grid lays down a table: its head, drawn again on each page, and its rows. A row
// that no page can hold is cut between lines.
func (pr *printer) grid(g grid) []item {
	var total float64
	for _, w := range g.widths {
		total += w
	}
	x := marginLeft + (pr.sec.room()-total)/2
	centred := slices.Repeat([]Align{Centre}, len(g.head))
	head := pr.row(g, x, pr.cells(g, g.head, true), centred)
	head.keep = true
	items := []item{head}
	most := pr.bottom() - marginTop - head.height
	for _, r := range g.rows {
		cells := pr.cells(g, r.Cells, r.Bold)
		for {
			fits := int((most - 2*padY) / (tableSize * lineHeight))
			now, later := cells, [][]line(nil)
			if longest(cells) > fits && fits > 0 {
				now, later = split(cells, fits)
			}
			it := pr.row(g, x, now, g.aligns)
			it.again = &head
			items = append(items, it)
			if later == nil {
				break
			}
			cells = later
		}
	}
	items[len(items)-1].keep = g.keep || len(items) == 1
	return items
}

func (pr *printer) cells(g grid, texts []string, bold bool) [][]line {
	cells := make([][]line, len(texts))
	for i, text := range texts {
		cells[i] = pr.r.lines([]Run{{Text: text, Bold: bold}}, tableSize, max(g.widths[i]-2*padX, 1), 0)
	}
	return cells
}

func longest(cells [][]line) int {
	n := 0
	for _, c := range cells {
		n = max(n, len(c))
	}
	return n
}

// split cuts a row after a number of lines.
func split(cells [][]line, at int) (now, later [][]line) {
	for _, c := range cells {
		n := min(at, len(c))
		now, later = append(now, c[:n]), append(later, c[n:])
	}
	return now, later
}

func (pr *printer) row(g grid, x float64, cells [][]line, aligns []Align) item {
	height := float64(longest(cells))*tableSize*lineHeight + 2*padY
	return item{height: height, draw: func(top float64) {
		at := x
		pr.f.SetLineWidth(0.5)
		for i, c := range cells {
			w := g.widths[i]
			pr.f.Rect(at, top, w, height, "D")
			y := top + (height-float64(len(c))*tableSize*lineHeight)/2
			for _, l := range c {
				pr.line(l, aligns[i], at+padX, w-2*padX, y, tableSize)
				y += tableSize * lineHeight
			}
			at += w
		}
	}}
}

func (pr *printer) picture(p picture) item {
	pr.figure++
	name := fmt.Sprintf("figure-%d", pr.figure)
	opts := fpdf.ImageOptions{ImageType: "PNG"}
	pr.f.RegisterImageOptionsReader(name, opts, bytes.NewReader(p.data))
	return item{before: paragraphGap, height: p.height, after: paragraphGap, keep: p.keep, draw: func(top float64) {
		pr.f.ImageOptions(name, marginLeft+(pr.sec.room()-p.width)/2, top, p.width, p.height, false, opts, 0, "")
	}}
}

// bottom is where pages of the section end.
func (pr *printer) bottom() float64 {
	if pr.sec.wide {
		return paperShort - marginBottom
	}
	return paperLong - marginBottom
}

// paginate puts the items on pages: those that keep together on one, unless no
// page can hold them.
func (pr *printer) paginate() {
	number, y, top := 0, 0.0, true
	begin := func() {
		number++
		pr.begin(number)
		y, top = marginTop, true
	}
	place := func(it item) {
		if !top {
			y += it.before
		}
		if it.draw != nil {
			it.draw(y)
		}
		y, top = y+it.height+it.after, false
	}
	begin()
	bottom := pr.bottom() + 0.01
	for i := 0; i < len(pr.items); {
		if pr.items[i].breaks {
			if !top {
				begin()
			}
			i++
			continue
		}
		j := i + 1
		for j < len(pr.items) && pr.items[j-1].keep && !pr.items[j].breaks {
			j++
		}
		if !top && y+extent(pr.items[i:j]) > bottom {
			begin()
			if head := pr.items[i].again; head != nil {
				place(*head)
			}
		}
		for ; i < j; i++ {
			it := pr.items[i]
			if !top && y+it.before+it.height > bottom {
				begin()
				if it.again != nil {
					place(*it.again)
				}
			}
			place(it)
		}
	}
}

// extent is how high items are together.
func extent(items []item) (sum float64) {
	for _, it := range items {
		sum += it.before + it.height + it.after
	}
	return sum - items[len(items)-1].after
}

// begin opens a page with its number, which the first does not show.
func (pr *printer) begin(number int) {
	way, width := "P", paperShort
	if pr.sec.wide {
		way, width = "L", paperLong
	}
	pr.f.AddPageFormat(way, fpdf.SizeType{Wd: paperShort, Ht: paperLong})
	if number == 1 {
		return
	}
	text := fmt.Sprint(number)
	pr.style(0, bodySize)
	pr.f.Text((width-pr.r.width(text, 0, bodySize))/2, numberAt+ascent*bodySize, text)
}
