package xlsx

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/klauspost/compress/s2"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// blockText is how much text one Chunk may give: a short cell can name a long
// shared string, over and over.
const blockText = 128 << 20

// A chunk is a block of rows, packed.
type chunk struct {
	grid *grid
	block
}

// Parse implements ingest.Chunk.
func (k *chunk) Parse(b *ingest.Block) {
	p := k.grid.book.parsers.Get().(*parser) //nolint:forcetypeassert // it holds nothing else
	defer k.grid.book.parsers.Put(p)
	b.Reset(nil)
	if err := p.unpack(k); err != nil {
		k.grid.done(k, tallies{}, err)
		return
	}
	p.rows(b)
	k.grid.done(k, p.tallies, p.err)
}

// tail is how many zero bytes stand behind the XML, so that looking a few bytes
// ahead needs no check.
const tail = 16

// A parser reads rows. It is made for speed: what nearly all cells look like is
// read byte by byte, the rest by lex.
type parser struct {
	g      *grid
	d      []byte
	i      int
	packed []byte
	data   []byte

	row     int64
	inRow   bool
	next    int   // column of the next cell that does not say
	cells   []ref // of the row
	sorted  bool
	scratch []byte // texts that had to be made
	text    int    // bytes given in this block
	err     error

	tallies
}

// A ref is a cell of the row that is being read.
type ref struct {
	column int
	text   []byte
}

// A tally counts cells of one kind and names the first.
type tally struct {
	n      int64
	row    int64
	column int
}

func (t *tally) add(row int64, column int) {
	t.merge(tally{1, row, column})
}

func (t *tally) merge(o tally) {
	if o.n > 0 && (t.n == 0 || o.row < t.row || o.row == t.row && o.column < t.column) {
		t.row, t.column = o.row, o.column
	}
	t.n += o.n
}

// unpack begins a chunk.
func (p *parser) unpack(k *chunk) error {
	packed, err := k.grid.book.spool.get(k.place, p.packed)
	if err != nil {
		return err
	}
	if k.held == nil {
		p.packed = packed
	}
	if need := k.unpacked + tail; cap(p.data) < need {
		p.data = make([]byte, need+need/8) // blocks differ by less than a row
	}
	d, err := s2.Decode(p.data[:cap(p.data)], packed)
	if err != nil {
		return fmt.Errorf("reading the unpacked workbook: %w", err)
	}
	clear(d[len(d) : len(d)+tail])
	p.g, p.d, p.i, p.row, p.inRow = k.grid, d[:len(d)+tail], 0, k.before, false
	p.err, p.text, p.tallies = nil, 0, tallies{}
	return nil
}

// rows reads all rows of the block.
func (p *parser) rows(b *ingest.Block) {
	end := len(p.d) - tail
	for p.err == nil {
		if p.d[p.i] != '<' { // at the end stand zeros
			n := bytes.IndexByte(p.d[p.i:end], '<')
			if n < 0 {
				n = end - p.i
			}
			if len(bytes.TrimSpace(p.d[p.i:p.i+n])) > 0 { // text between cells: a tag that lost its beginning
				p.malformed(nil)
				break
			}
			if p.i += n; p.i == end {
				break
			}
		}
		if c := p.d[p.i+2]; p.d[p.i+1] == 'c' && (c == ' ' || c == '>') && p.inRow {
			p.i += 2
			p.cell()
			continue
		}
		tok, n, err := lex(p.d[p.i:end])
		if n == 0 || err != nil {
			p.malformed(err)
			break
		}
		p.i += n
		p.tag(b, tok)
	}
	if p.inRow && p.err == nil {
		p.malformed(nil)
	}
}

func (p *parser) tag(b *ingest.Block, tok token) {
	switch {
	case tok.is("row") && tok.kind == tagStart:
		if p.inRow {
			p.malformed(nil)
			return
		}
		p.row = nextRow(tok, p.row)
		p.inRow, p.next, p.sorted = true, 0, true
		p.cells, p.scratch = p.cells[:0], p.scratch[:0]
		if tok.closed {
			p.endRow(b)
		}
	case tok.is("row") && tok.kind == tagEnd && p.inRow:
		p.endRow(b)
	case tok.kind == tagEnd: // what it ends has not begun: something went wrong before
		p.malformed(nil)
	case tok.is("c") && tok.kind == tagStart && p.inRow:
		// Read the tag again from its attributes: it has a prefix or the like.
		p.i -= len(tok.raw) - 1 - len(tok.prefix) - len(tok.name)
		p.cell()
	case tok.kind == tagStart:
		p.skip(tok)
	}
}

func (p *parser) malformed(err error) {
	if err == nil {
		err = errMalformed
	}
	p.refuse(xmlFault(p.g.entry.part, err))
}

func (p *parser) refuse(err error) {
	if p.err == nil {
		p.err = err
	}
	p.i = len(p.d) - tail
}

// The types of cells.
const (
	numberCell = iota
	sharedCell
	textCell // t="str": of a formula
	inlineCell
	boolCell
	errorCell
	dateCell
)

func cellType(t []byte) int {
	switch string(t) {
	case "s":
		return sharedCell
	case "n", "":
		return numberCell
	case "b":
		return boolCell
	case "e":
		return errorCell
	case "d":
		return dateCell
	case "inlineStr":
		return inlineCell
	}
	return textCell
}

// cell reads a cell from behind its name on.
func (p *parser) cell() {
	d, i := p.d, p.i
	column, style, typ := p.next, 0, numberCell
	for {
		c := d[i]
		switch {
		case c == '>':
			p.i = i + 1
			p.place(column)
			p.content(column, style, typ)
			return
		case c == '/' && d[i+1] == '>':
			p.i = i + 2
			p.place(column)
			return
		case c <= ' ':
			if c == 0 {
				p.malformed(nil)
				return
			}
			i++
			continue
		case c == 'r' && d[i+1] == '=' && d[i+2] == '"': // r="AB12", as it nearly always is
			if n, to := quickColumn(d, i+3); to > 0 {
				column, i = n, to
				continue
			}
		}
		from := i
		for d[i] > ' ' && d[i] != '=' && d[i] != '>' {
			i++
		}
		name := d[from:i]
		for d[i] <= ' ' && d[i] != 0 {
			i++
		}
		if d[i] != '=' {
			p.malformed(nil)
			return
		}
		for i++; d[i] <= ' ' && d[i] != 0; {
			i++
		}
		quote := d[i]
		if quote != '"' && quote != '\'' {
			p.malformed(nil)
			return
		}
		i++
		from = i
		for d[i] != quote && d[i] != 0 {
			i++
		}
		if d[i] == 0 {
			p.malformed(nil)
			return
		}
		value := d[from:i]
		i++
		if len(name) != 1 {
			continue
		}
		switch name[0] {
		case 'r':
			if n, ok := columnOf(value); ok {
				column = n
			}
		case 's':
			style = digits(value)
		case 't':
			typ = cellType(value)
		}
	}
}

// quickColumn reads the column of AB12" and where the next attribute begins; 0
// for a name of another form.
func quickColumn(d []byte, i int) (column, to int) {
	from := i
	for d[i]-'A' < 26 && i < from+3 {
		column = column*26 + int(d[i]-'A') + 1
		i++
	}
	if i == from {
		return 0, 0
	}
	for d[i]-'0' <= 9 {
		i++
	}
	if d[i] != '"' {
		return 0, 0
	}
	return column - 1, i + 1
}

// place notes that a cell stands in a column.
func (p *parser) place(column int) {
	if column < p.next {
		p.sorted = false
	}
	p.next = column + 1
}

// columnOf reads the column of a cell's name; ok is false when it has none.
func columnOf(ref []byte) (column int, ok bool) {
	i := 0
	for ; i < len(ref) && i < 4; i++ {
		c := lower(ref[i]) - 'a'
		if c >= 26 {
			break
		}
		column = column*26 + int(c) + 1
	}
	return column - 1, i > 0
}

// digits reads a small number, -1 when it is none.
func digits(s []byte) int {
	s = bytes.TrimSpace(s)
	n := 0
	for _, c := range s {
		if c-'0' > 9 || n > 1<<40 {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	if len(s) == 0 {
		return -1
	}
	return n
}

// content reads what is between <c> and </c>.
func (p *parser) content(column, style, typ int) {
	d := p.d
	var formula, valued bool
	var value []byte
	var raw bool // value has been unescaped
	for {
		i := p.i
		if d[i] != '<' {
			n := bytes.IndexByte(d[i:], '<')
			if n < 0 {
				p.malformed(nil)
				return
			}
			i += n
			p.i = i
		}
		if d[i+1] == 'v' && d[i+2] == '>' { // <v>…</v>
			from := i + 3
			to := from
			for d[to] != '<' && d[to] != 0 {
				to++
			}
			if d[to+1] == '/' && d[to+2] == 'v' && d[to+3] == '>' {
				value, raw, valued = d[from:to], false, true
				p.i = to + 4
				continue
			}
		}
		if d[i+1] == '/' && d[i+2] == 'c' && d[i+3] == '>' {
			p.i = i + 4
			break
		}
		if from, to, end := quickInline(d[i : len(d)-tail]); end > 0 {
			value, raw, valued, typ = d[i+from:i+to], false, true, inlineCell
			p.i = i + end
			continue
		}
		tok, n, err := lex(d[i : len(d)-tail])
		if n == 0 || err != nil {
			p.malformed(err)
			return
		}
		p.i = i + n
		if tok.kind == tagEnd {
			if tok.is("c") {
				break
			}
			p.malformed(nil)
			return
		}
		if tok.kind != tagStart {
			continue
		}
		switch {
		case tok.is("f"):
			formula = true
			p.skip(tok)
		case tok.is("v"):
			valued = true
			value, raw = p.collect(tok, true), true
		case tok.is("is"):
			valued, typ = true, inlineCell
			value, raw = p.collect(tok, false), true
		default:
			p.skip(tok)
		}
		if p.err != nil {
			return
		}
	}
	if formula && (!valued || len(value) == 0 && typ != textCell) {
		p.formulas.add(p.row, column)
		return
	}
	if valued && len(value) > 0 {
		p.value(column, style, typ, value, raw)
	}
}

var (
	inlineStart = []byte("<is><t>")
	inlineKept  = []byte(`<is><t xml:space="preserve">`)
	inlineEnd   = []byte("</t></is>")
)

// quickInline finds the text of an inline string of the form nearly all have,
// <is><t>…</t></is>, and its end; 0 for another.
func quickInline(d []byte) (from, to, end int) {
	switch {
	case bytes.HasPrefix(d, inlineStart):
		from = len(inlineStart)
	case bytes.HasPrefix(d, inlineKept):
		from = len(inlineKept)
	default:
		return 0, 0, 0
	}
	to = from
	for to < len(d) && d[to] != '<' { // most are short
		to++
	}
	if !bytes.HasPrefix(d[to:], inlineEnd) {
		return 0, 0, 0
	}
	return from, to, to + len(inlineEnd)
}

// skip reads to the end of the element that begins with start.
func (p *parser) skip(start token) {
	if start.closed {
		return
	}
	for depth := 1; depth > 0; {
		tok, n, err := lex(p.d[p.i : len(p.d)-tail])
		if n == 0 || err != nil {
			p.malformed(err)
			return
		}
		p.i += n
		switch {
		case tok.kind == tagStart && !tok.closed:
			depth++
		case tok.kind == tagEnd:
			depth--
		}
	}
}

// collect reads the text of an element: all of it, or that of its <t> without
// phonetic runs.
func (p *parser) collect(start token, all bool) []byte {
	from := len(p.scratch)
	if start.closed {
		return nil
	}
	var phonetic, inText int
	for depth := 1; depth > 0; {
		tok, n, err := lex(p.d[p.i : len(p.d)-tail])
		if n == 0 || err != nil {
			p.malformed(err)
			return nil
		}
		p.i += n
		switch tok.kind {
		case text:
			if all || inText > 0 && phonetic == 0 {
				if p.scratch, err = tok.appendText(p.scratch); err != nil {
					p.malformed(err)
					return nil
				}
			}
		case tagStart, tagEnd:
			if tok.closed {
				continue
			}
			step := 1
			if tok.kind == tagEnd {
				step = -1
			}
			depth += step
			if tok.is("t") {
				inText += step
			} else if tok.is("rPh") {
				phonetic += step
			}
		}
	}
	return p.scratch[from:]
}

// value puts the value of a cell into the row.
func (p *parser) value(column, style, typ int, v []byte, raw bool) {
	switch typ {
	case sharedCell:
		t, ok := p.g.book.strings.get(int64(digits(v)), &p.scratch)
		if !ok {
			p.lost.add(p.row, column)
			return
		}
		v = t
	case numberCell:
		v = p.number(bytes.TrimSpace(v), style)
	case boolCell:
		switch v = bytes.TrimSpace(v); string(v) {
		case "1":
			v = cellTrue
		case "0":
			v = cellFalse
		}
	case dateCell:
		v, _ = isoMoment(bytes.TrimSpace(v), p.format(style).Kind)
	default:
		v = p.unescaped(v, raw)
	}
	p.cells = append(p.cells, ref{column, v})
}

func (p *parser) unescaped(v []byte, raw bool) []byte {
	if !raw && !plain(v) {
		from := len(p.scratch)
		var err error
		if p.scratch, err = unescape(p.scratch, v); err != nil {
			p.malformed(err)
			return nil
		}
		v = p.scratch[from:]
	}
	if bytes.Contains(v, []byte("_x")) {
		from := len(p.scratch)
		p.scratch = decodeEscapes(p.scratch, v)
		v = p.scratch[from:]
	}
	return v
}

func (p *parser) format(style int) cells.Format {
	if style < 0 || style >= len(p.g.book.formats) {
		return cells.Format{}
	}
	return p.g.book.formats[style]
}

func (p *parser) number(v []byte, style int) []byte {
	f := p.format(style)
	from, ok := len(p.scratch), false
	switch f.Kind {
	case cells.General, cells.Text:
	case cells.Padded:
		p.scratch, ok = appendPadded(p.scratch, v, f.Digits)
	default:
		p.scratch, ok = appendSerial(p.scratch, v, f.Kind, p.g.book.date1904)
	}
	if ok {
		return p.scratch[from:]
	}
	return canonical(v, &p.scratch)
}

// endRow puts the row into the block, as far as its cells hold something.
func (p *parser) endRow(b *ingest.Block) {
	p.inRow = false
	row := p.cells
	if !p.sorted {
		row = p.inOrder()
	}
	for len(row) > 0 && blank(row[len(row)-1].text) {
		row = row[:len(row)-1]
	}
	if n := len(row); n > 0 && row[n-1].column >= p.g.columns() {
		last := row[n-1].column
		if last < sheetColumns {
			p.refuse(fault.New(fault.TooLarge, "file.xlsx.columns", p.g.sheet.Name, cellName(p.row, last), p.g.columns()))
		} else {
			p.malformed(nil)
		}
		return
	}
	next, size := 0, 0
	for _, c := range row {
		size += len(c.text)
	}
	if limit := p.g.book.limits.RecordBytes; limit > 0 && size > limit {
		p.refuse(fault.New(fault.TooLarge, "file.xlsx.row-too-long", p.g.sheet.Name, p.row, limit))
		return
	}
	if p.text += size; p.text > blockText {
		p.refuse(fault.New(fault.TooLarge, "file.xlsx.texts", p.g.sheet.Name, p.row))
		return
	}
	for _, c := range row {
		if c.column > next {
			b.Skip(c.column - next)
		}
		b.Put(c.text)
		next = c.column + 1
	}
	b.End(p.row, ingest.Sound)
}

// inOrder sorts the cells of a row that were not in order; of two for the same
// place the last is meant.
func (p *parser) inOrder() []ref {
	slices.SortStableFunc(p.cells, func(a, b ref) int { return cmp.Compare(a.column, b.column) })
	out := p.cells[:0]
	for _, c := range p.cells {
		if n := len(out); n > 0 && out[n-1].column == c.column {
			out[n-1] = c
			continue
		}
		out = append(out, c)
	}
	return out
}

func blank(t []byte) bool {
	return len(t) == 0 || t[0] <= ' ' && len(bytes.TrimSpace(t)) == 0 || t[0] >= 0x80 && len(bytes.TrimSpace(t)) == 0
}

var cellTrue, cellFalse = []byte("true"), []byte("false")
