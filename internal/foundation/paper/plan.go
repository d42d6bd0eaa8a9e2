package paper

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"slices"
	"strings"
)

// Both writers draw what this file lays down: the parts of a paper with their
// words, numbers, sizes and distances. All measures are points.

const mm = 72 / 25.4

// The page: A4, margins within 20–25, 20–25, 30–35 and 15–20 mm.
const (
	paperShort, paperLong                              = 210 * mm, 297 * mm
	marginTop, marginBottom, marginLeft, marginRight   = 20 * mm, 20 * mm, 30 * mm, 15 * mm
	numberAt                                           = 10 * mm // from the edge to the top of the page number
	bodySize, headSize, mottoSize, tableSize, copySize = 14.0, 12.0, 13.0, 12.0, 11.0
	firstLine                                          = 12.7 * mm
	paragraphGap                                       = 6.0
	padX, padY                                         = 1.5 * mm, 2.0
	leftHead                                           = 70 * mm // of the two columns that head and signature stand in
	signRoom                                           = 64.0    // for hand and seal
)

// A section is the body or an annex: pages of one direction, counted by
// themselves.
type section struct {
	wide     bool
	elements []element
}

// room is how wide text may be.
func (s section) room() float64 {
	if s.wide {
		return paperLong - marginLeft - marginRight
	}
	return paperShort - marginLeft - marginRight
}

type element interface{ element() }

// A para is a paragraph, or a line drawn in its place when rule is above 0.
type para struct {
	runs          []Run
	size          float64
	align         Align
	first, left   float64 // indents
	before, after float64
	keep          bool // with what follows
	outline       int  // rank as a heading, 0 for none
	rule          float64
}

// columns are two columns that belong together, in rows: head and signature.
type columns [][2][]para

// A grid is a table; its caption and unit are paras before it.
type grid struct {
	widths []float64
	aligns []Align
	head   []string
	rows   []Row
	keep   bool // its last row with what follows
}

// A picture is a figure, its size in points.
type picture struct {
	data          []byte
	width, height float64
	alt           string
	keep          bool
}

type newPage struct{}

func (para) element()    {}
func (columns) element() {}
func (grid) element()    {}
func (picture) element() {}
func (newPage) element() {}

// A planner lays down one section after the other.
type planner struct {
	p   *Paper
	r   *ruler
	sec section
	n   counter
}

// plan says what stands in a paper.
func plan(p *Paper) ([]section, error) {
	if strings.TrimSpace(p.Issuer) == "" {
		return nil, errors.New("no issuing body")
	}
	r, err := rulers()
	if err != nil {
		return nil, err
	}
	pl := &planner{p: p, r: r}
	pl.head()
	if err := pl.body(p.Body); err != nil {
		return nil, err
	}
	pl.finish()
	pl.sign()
	sections := []section{pl.sec}
	for i, a := range p.Annexes {
		pl.sec, pl.n = section{wide: a.Landscape}, counter{}
		pl.annexHead(i, a)
		if err := pl.body(a.Body); err != nil {
			return nil, fmt.Errorf("annex %d: %w", i+1, err)
		}
		sections = append(sections, pl.sec)
	}
	return sections, nil
}

func (pl *planner) put(e ...element) { pl.sec.elements = append(pl.sec.elements, e...) }

// centred is a text in the middle of a column, its lines about equally long.
func (pl *planner) centred(text string, bold bool, size, width float64) para {
	r := Run{Bold: bold}
	r.Text = pl.r.balanced(clean(text, true), r.face(), size, width)
	return para{runs: []Run{r}, size: size, align: Centre, keep: true}
}

// under is a line below a centred text, as long as a part of its last line.
func (pl *planner) under(above para, part, after float64) para {
	last := above.runs[0].Text
	last = last[strings.LastIndexByte(last, '\n')+1:]
	return para{rule: part * pl.r.width(last, above.runs[0].face(), above.size), align: Centre, before: 3.5, after: after, keep: true}
}

// Parts of a text's width that the lines below it have: the motto's is as long
// as the motto, those of the issuing body and of titles a third to a half.
const (
	wholeRule = 1.0
	shortRule = 0.4
)

func (pl *planner) head() {
	p, rightHead := pl.p, pl.sec.room()-leftHead
	var left []para
	if p.Parent != "" {
		left = append(left, pl.centred(capitals(p.Parent), false, headSize, leftHead))
	}
	issuer := pl.centred(capitals(p.Issuer), true, headSize, leftHead)
	left = append(left, issuer, pl.under(issuer, shortRule, 0))
	number := []para{{runs: []Run{{Text: clean("Số: "+p.numbered(), false)}}, size: mottoSize, align: Centre, before: paragraphGap, keep: true}}
	if p.Kind == "" && p.Abstract != "" {
		about := pl.centred("V/v "+p.Abstract, false, headSize, leftHead)
		about.before = paragraphGap
		number = append(number, about)
	}
	name := pl.centred(country, true, headSize, rightHead)
	says := pl.centred(motto, true, mottoSize, rightHead)
	day := para{runs: []Run{{Text: clean(p.where()+", "+p.day(), false), Italic: true}}, size: mottoSize, align: Centre, before: paragraphGap, keep: true}
	// Number and day stand on one row, however many lines the bodies take.
	pl.put(columns{{left, {name, says, pl.under(says, wholeRule, 0)}}, {number, {day}}})
	if p.Kind != "" {
		title := pl.centred(capitals(p.Kind), true, bodySize, pl.sec.room())
		title.before = 18
		pl.put(title)
		if p.Abstract != "" {
			title = pl.centred(p.Abstract, true, bodySize, 0.85*pl.sec.room())
			pl.put(title)
		}
		pl.put(pl.under(title, shortRule, 12))
	} else {
		pl.put(para{size: bodySize, keep: true})
	}
	pl.to()
}

// to writes who the paper is for: one on the line of "Kính gửi:", several below
// it with their dashes under the colon.
func (pl *planner) to() {
	list := pl.p.To
	if len(list) == 0 {
		return
	}
	if len(list) == 1 {
		pl.put(para{runs: []Run{{Text: dear + " " + ending(clean(list[0], false), "")}}, size: bodySize, align: Centre, after: 12, keep: true})
		return
	}
	opening := pl.r.width(dear, 0, bodySize)
	longest := 0.0
	for _, to := range list {
		longest = max(longest, pl.r.width("- "+to+";", 0, bodySize))
	}
	left := max(firstLine, (pl.sec.room()-opening-longest)/2)
	pl.put(para{runs: []Run{{Text: dear}}, size: bodySize, align: Left, left: left, keep: true})
	for i, to := range list {
		mark, after := ";", 0.0
		if i == len(list)-1 {
			mark, after = ".", 12
		}
		pl.put(para{runs: []Run{{Text: "- " + ending(clean(to, false), mark)}}, size: bodySize, align: Left, left: left + opening, after: after, keep: true})
	}
}

// ending gives a line of a list its mark, whatever it ended with.
func ending(s, mark string) string { return strings.TrimRight(s, " .;,") + mark }

func (pl *planner) annexHead(i int, a Annex) {
	label := annexed
	if len(pl.p.Annexes) > 1 {
		label += " " + roman(i+1)
	}
	room := pl.sec.room()
	name := pl.centred(label, true, bodySize, room)
	name.outline = 1
	title := pl.centred(capitals(a.Title), true, bodySize, 0.85*room)
	of := pl.centred(pl.p.belongs(), false, bodySize, 0.85*room)
	of.runs[0].Italic = true
	// The width of italics differs a little; break again in their own.
	of.runs[0].Text = pl.r.balanced(clean(pl.p.belongs(), false), of.runs[0].face(), bodySize, 0.85*room)
	pl.put(name, title, of, pl.under(of, shortRule, 12))
}

func (pl *planner) body(blocks []Block) error {
	for i, b := range blocks {
		if err := pl.block(b); err != nil {
			return fmt.Errorf("block %d: %w", i+1, err)
		}
	}
	return nil
}

func (pl *planner) block(b Block) error {
	switch b := b.(type) {
	case Paragraph:
		q := para{runs: cleaned(b.Runs), size: bodySize, align: b.Align, after: paragraphGap}
		if b.Align == Justify {
			q.first = firstLine
		}
		pl.put(q)
	case Division:
		pl.division(b)
	case List:
		for _, item := range b.Items {
			pl.put(para{runs: append([]Run{{Text: "- "}}, cleaned(item)...), size: bodySize, first: firstLine, after: paragraphGap})
		}
	case Table:
		return pl.table(b)
	case Figure:
		return pl.figure(b)
	case PageBreak:
		pl.put(newPage{})
	default:
		return fmt.Errorf("no block of a paper: %T", b)
	}
	return nil
}

func cleaned(runs []Run) []Run {
	out := slices.Clone(runs)
	for i := range out {
		out[i].Text = clean(out[i].Text, false)
	}
	return out
}

func (pl *planner) division(d Division) {
	mark := pl.n.next(d.Level)
	rank := int(d.Level)
	title := clean(d.Title, false)
	switch d.Level {
	case Part, Chapter:
		over := pl.centred(mark, true, bodySize, pl.sec.room())
		over.before, over.outline = 12, rank
		below := pl.centred(capitals(title), true, bodySize, 0.85*pl.sec.room())
		below.after = paragraphGap
		if title == "" {
			over.after = paragraphGap
			pl.put(over)
		} else {
			pl.put(over, below)
		}
		if len(d.Text) > 0 {
			pl.put(para{runs: cleaned(d.Text), size: bodySize, first: firstLine, after: paragraphGap})
		}
		return
	case Heading:
		title = capitals(title)
	}
	q := para{size: bodySize, first: firstLine, after: paragraphGap}
	// The numbers of articles and headings are bold always, those of clauses and
	// points only with their title.
	bold := title != "" || d.Level == Article || d.Level == Heading
	q.runs = []Run{{Text: mark, Bold: bold}}
	if title != "" {
		q.runs[0].Text += " " + title
		q.outline = rank
	}
	if len(d.Text) > 0 {
		q.runs = append(q.runs, Run{Text: " "})
		q.runs = append(q.runs, cleaned(d.Text)...)
	} else {
		q.keep = title != ""
	}
	if d.Level == Heading {
		q.before = paragraphGap
	}
	pl.put(q)
}

func (pl *planner) table(t Table) error {
	if len(t.Columns) == 0 {
		return errors.New("a table without columns")
	}
	g := grid{}
	for _, c := range t.Columns {
		g.head = append(g.head, clean(c.Head, true))
		align := c.Align
		if align == Justify {
			align = Left
		}
		g.aligns = append(g.aligns, align)
	}
	for i, row := range t.Rows {
		if len(row.Cells) != len(t.Columns) {
			return fmt.Errorf("row %d has %d cells, the table %d columns", i+1, len(row.Cells), len(t.Columns))
		}
		cells := make([]string, len(row.Cells))
		for j, c := range row.Cells {
			cells[j] = clean(c, true)
		}
		g.rows = append(g.rows, Row{Cells: cells, Bold: row.Bold})
	}
	g.widths = pl.widths(t.Columns, g)
	if t.Caption != "" {
		q := pl.centred(t.Caption, true, bodySize-1, pl.sec.room())
		q.before, q.after = paragraphGap, 4
		pl.put(q)
	}
	if t.Unit != "" {
		pl.put(para{runs: []Run{{Text: clean(t.Unit, false), Italic: true}}, size: tableSize, align: Right, after: 3, keep: true})
	}
	pl.put(g)
	pl.put(para{size: paragraphGap, rule: 0})
	return nil
}

// widths shares the room among columns. What has no width of its own gets first
// what its widest word needs, then of the rest what its texts ask for.
func (pl *planner) widths(list []Column, g grid) []float64 {
	room := pl.sec.room()
	widths, asks := make([]float64, len(list)), make([]float64, len(list))
	var taken, least float64
	for i, c := range list {
		if c.Width > 0 {
			widths[i] = c.Width * mm
			taken += widths[i]
			continue
		}
		whole, most := pl.r.natural(g.head[i], 1, tableSize)
		whole = min(whole, 2*most) // heads may well break
		for _, row := range g.rows {
			f := face(0)
			if row.Bold {
				f = 1
			}
			w, m := pl.r.natural(row.Cells[i], f, tableSize)
			whole, most = max(whole, w), max(most, m)
		}
		most = min(most, room/3)
		widths[i] = most + 2*padX + 1
		asks[i] = max(0, min(whole, room/2)-most)
		least += widths[i]
	}
	free := grant(widths, asks, room-taken-least)
	for i, c := range list {
		if c.Width <= 0 && free > 0 {
			widths[i] += free * widths[i] / (room - taken - free)
		}
	}
	// Too much for the page: all give way alike.
	var sum float64
	for _, w := range widths {
		sum += w
	}
	if sum > room {
		for i := range widths {
			widths[i] *= room / sum
		}
	}
	return widths
}

// mostPixels is what a figure may have: A4 at 600 dots an inch.
const mostPixels = 35_000_000

// flat reads a picture and writes it as every reader takes it: eight bits, white
// where it let the page through.
func flat(data []byte) (flat []byte, size image.Point, err error) {
	head, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, size, err
	}
	if head.Width*head.Height > mostPixels {
		return nil, size, fmt.Errorf("%d × %d pixels are too many", head.Width, head.Height)
	}
	from, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, size, err
	}
	size = from.Bounds().Size()
	to := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(to, to.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(to, to.Bounds(), from, from.Bounds().Min, draw.Over)
	var out bytes.Buffer
	if err := png.Encode(&out, to); err != nil {
		return nil, size, err
	}
	return out.Bytes(), size, nil
}

// grant gives columns what they ask for, small wishes before great ones, and
// says what is left of the room.
func grant(widths, asks []float64, free float64) float64 {
	for free > 0.01 {
		open := 0
		for _, ask := range asks {
			if ask > 0 {
				open++
			}
		}
		if open == 0 {
			break
		}
		each := free / float64(open)
		for i, ask := range asks {
			if give := min(ask, each); give > 0 {
				widths[i], asks[i], free = widths[i]+give, ask-give, free-give
			}
		}
	}
	return free
}

func (pl *planner) figure(f Figure) error {
	data, size, err := flat(f.PNG)
	if err != nil {
		return fmt.Errorf("figure: %w", err)
	}
	high := paperLong - marginTop - marginBottom
	if pl.sec.wide {
		high = paperShort - marginTop - marginBottom
	}
	width := f.Width * mm
	if width <= 0 || width > pl.sec.room() {
		width = pl.sec.room()
	}
	height := width * float64(size.Y) / float64(size.X)
	if most := high * 0.8; height > most { // so that its caption fits below it
		width, height = width*most/height, most
	}
	pl.put(picture{data, width, height, clean(f.Alt, false), f.Caption != ""})
	if f.Caption != "" {
		q := pl.centred(f.Caption, false, bodySize-1, pl.sec.room())
		q.runs[0].Italic, q.after, q.keep = true, paragraphGap, false
		pl.put(q)
	}
	return nil
}

// finish ends the body with "./." when its last words end a sentence, and keeps
// them with the signature.
func (pl *planner) finish() {
	// The gap that a table leaves is not text.
	for i := len(pl.sec.elements) - 1; i >= 0; i-- {
		switch e := pl.sec.elements[i].(type) {
		case para:
			if last := len(e.runs) - 1; last >= 0 && !e.keep {
				if text := strings.TrimRight(e.runs[last].Text, " "); strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "/.") {
					e.runs[last].Text = text + "/."
				}
			}
			e.keep = true
			pl.sec.elements[i] = e
			if len(e.runs) > 0 {
				return
			}
		case grid:
			e.keep = true
			pl.sec.elements[i] = e
			return
		case picture:
			e.keep = true
			pl.sec.elements[i] = e
			return
		default:
			return
		}
	}
}

// sign lays down where the paper goes, left, and who signs it, right.
func (pl *planner) sign() {
	left := []para{{runs: []Run{{Text: sendTo, Bold: true, Italic: true}}, size: headSize, align: Left}}
	list := slices.Clone(pl.p.CopyTo)
	if !slices.ContainsFunc(list, func(s string) bool { return strings.HasPrefix(s, filed) }) {
		list = append(list, filed+": VT")
	}
	for i, to := range list {
		mark := ";"
		if i == len(list)-1 {
			mark = "."
		}
		left = append(left, para{runs: []Run{{Text: "- " + ending(clean(to, false), mark)}}, size: copySize, align: Left})
	}
	room := pl.sec.room() - leftHead
	var right []para
	for _, by := range append(slices.Clone(pl.p.Sign.Authority), pl.p.Sign.Position) {
		if by != "" {
			right = append(right, pl.centred(capitals(by), true, bodySize, room))
		}
	}
	name := pl.centred(pl.p.Sign.Name, true, bodySize, room)
	name.before, name.keep = signRoom, false
	right = append(right, name)
	pl.put(para{size: paragraphGap, keep: true}, columns{{left, right}})
}
