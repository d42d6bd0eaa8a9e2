package xlsx

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/klauspost/compress/s2"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells"
	"github.com/phohien/phohien/internal/foundation/fault"
)

const (
	blockBytes   = 1 << 20 // of XML that one Chunk parses
	blockRows    = 4096    // bounds what gaps between cells can blow up
	mergesLimit  = 1 << 20
	sheetColumns = 16384 // of the format
	deepest      = 100   // elements within elements
)

// A sheet is a table unpacked: the XML of its rows, cut between rows and packed
// again by a quick method, and what stands before and behind it. What stands
// behind (merged cells, heads and feet of pages) must be known before the first
// row is read, so a sheet is unpacked whole when the book is opened.
type sheet struct {
	ingest.Table
	blocks []block
	rows   int64
}

// A block is a run of whole rows.
type block struct {
	place
	unpacked int
	before   int64 // number of the row before its first
}

// A cutter makes a sheet of its part.
type cutter struct {
	*tokens
	*sheet
	limits ingest.Limits
	spool  *spool
	size   int // blockBytes; tests take less
	prefix []byte
	rowEnd []byte
	last   int64    // number of the last row
	within []string // the elements that have begun and not ended
	packed []byte
}

func (c *cutter) read() error {
	for {
		tok, err := c.next()
		if err != nil {
			return err
		}
		switch tok.kind {
		case partEnd:
			return xmlFault(c.part, errMalformed)
		case tagEnd:
			err = c.leave(tok)
		case tagStart:
			if len(c.within) == 0 && !tok.is("worksheet") {
				return xmlFault(c.part, errMalformed)
			}
			err = c.element(tok)
		case text:
			continue
		}
		if err != nil {
			return err
		}
		if len(c.within) == 0 {
			return c.drain()
		}
	}
}

// element takes what matters from what stands around the rows.
func (c *cutter) element(tok token) error {
	switch {
	case isMargin(tok.name):
		return c.margin(tok)
	case tok.is("extLst"):
		return c.skip(tok)
	case tok.is("col") && tok.flag("hidden"):
		c.hideColumns(tok)
	case tok.is("mergeCell"):
		if err := c.merge(tok); err != nil {
			return err
		}
	}
	if tok.closed {
		return nil
	}
	if len(c.within) > deepest {
		return xmlFault(c.part, errMalformed)
	}
	c.within = append(c.within, string(tok.name))
	if tok.is("sheetData") {
		c.prefix = bytes.Clone(tok.prefix)
		return c.cutRows()
	}
	return nil
}

// leave checks that an end tag ends what began last: when tags are broken, rows
// must not be lost without a word.
func (c *cutter) leave(tok token) error {
	n := len(c.within) - 1
	if n < 0 || !tok.is(c.within[n]) {
		return xmlFault(c.part, errMalformed)
	}
	c.within = c.within[:n]
	return nil
}

// drain reads what stands behind the root, which is nothing, so that the sum of
// the part is checked.
func (c *cutter) drain() error {
	for !c.eof {
		c.at = len(c.buf)
		if err := c.fill(); err != nil {
			return err
		}
	}
	return nil
}

func (c *cutter) hideColumns(tok token) {
	from, ok := tok.number("min")
	to, ok2 := tok.number("max")
	if ok && ok2 && 1 <= from && from <= to {
		c.HiddenColumns = min(sheetColumns, c.HiddenColumns+int(min(to, sheetColumns)-min(from, sheetColumns))+1)
	}
}

func (c *cutter) merge(tok token) error {
	r, ok := rangeOf(tok.attr("ref"))
	if !ok || r.FirstRow == r.LastRow && r.FirstColumn == r.LastColumn {
		return nil
	}
	if len(c.Merged) >= mergesLimit {
		return fault.New(fault.TooLarge, "file.xlsx.merges", c.Name, mergesLimit)
	}
	c.Merged = append(c.Merged, r)
	return nil
}

// rangeOf reads B2:D5.
func rangeOf(ref string) (r ingest.Range, ok bool) {
	from, to, two := strings.Cut(ref, ":")
	if !two {
		to = from
	}
	var okTo bool
	r.FirstRow, r.FirstColumn, ok = cellAt(from)
	r.LastRow, r.LastColumn, okTo = cellAt(to)
	return r, ok && okTo && r.FirstRow <= r.LastRow && r.FirstColumn <= r.LastColumn
}

// cellAt reads D5 or $D$5.
func cellAt(ref string) (row int64, column int, ok bool) {
	ref = strings.ReplaceAll(ref, "$", "")
	n := 0
	for n < len(ref) && n < 3 && lower(ref[n])-'a' < 26 {
		column = column*26 + int(lower(ref[n])-'a') + 1
		n++
	}
	row, err := strconv.ParseInt(ref[n:], 10, 64)
	return row, column - 1, err == nil && 0 < row && row < 1<<40 && 0 < column && column <= sheetColumns
}

// isMargin tells the elements that are printed on each page.
func isMargin(name []byte) bool {
	switch string(name) {
	case "oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter":
		return true
	}
	return false
}

func (c *cutter) margin(tok token) error {
	s, err := c.textOf(tok)
	if err == nil && len(s) <= 1<<16 {
		c.Margins = append(c.Margins, cells.Margins(s)...)
	}
	return err
}

// cutRows cuts the rows into blocks, up to the end of sheetData.
func (c *cutter) cutRows() error {
	c.rowEnd = append(append([]byte("</"), c.prefix...), "row"...)
	for want := c.size; ; {
		for !c.eof && len(c.buf)-c.at < want {
			if err := c.fill(); err != nil {
				return err
			}
		}
		w := c.buf[c.at:]
		w = w[:min(len(w), want)]
		cut, err := c.border(w)
		if err != nil {
			return xmlFault(c.part, err)
		}
		if cut.at > 0 {
			if err := c.keep(w[:cut.at], cut); err != nil {
				return err
			}
			c.at += cut.at
			want = c.size
		}
		switch {
		case cut.done:
			return nil
		case cut.at > 0:
		case c.eof && c.at+len(w) == len(c.buf): // the rows have no end
			return xmlFault(c.part, errMalformed)
		case want > c.rowBytes():
			return fault.New(fault.TooLarge, "file.xlsx.row-too-long", c.Name, c.last+1, c.limits.RecordBytes)
		default:
			want *= 2
		}
	}
}

// rowBytes is how much XML one row may be: markup takes several times what it
// marks.
func (c *cutter) rowBytes() int { return min(max(c.limits.RecordBytes, c.size)*2, tokenBytes/2) }

// A border is where a block ends.
type border struct {
	at    int
	rows  int
	done  bool // </sheetData> stands there
	exact bool // found tag by tag, since there were comments or the like
}

// border finds the end of the last whole row in w, of the first 4096.
func (c *cutter) border(w []byte) (b border, err error) {
	if n := len(w); n > 0 && w[n-1] == '<' { // it may be the beginning of anything
		w = w[:n-1]
	}
	if hasAsides(w) {
		return c.exactBorder(w)
	}
	for b.rows < blockRows {
		n := behind(w, b.at, c.rowEnd)
		if n < 0 {
			break
		}
		end := bytes.IndexByte(w[n:], '>')
		if end < 0 || len(bytes.TrimSpace(w[n:n+end])) > 0 {
			break
		}
		b.at, b.rows = n+end+1, b.rows+1
	}
	if b.rows < blockRows {
		end := append(append([]byte("</"), c.prefix...), "sheetData"...)
		if n := bytes.Index(w[b.at:], end); n >= 0 {
			b.at, b.done = b.at+n, true
		}
	}
	if b.at == 0 && !b.done {
		return c.exactBorder(w)
	}
	return b, nil
}

// hasAsides says whether w may have comments, CDATA or processing instructions,
// in which anything may look like a tag.
func hasAsides(w []byte) bool {
	for _, mark := range []byte("!?") {
		for i := 0; ; {
			n := bytes.IndexByte(w[i:], mark)
			if n < 0 {
				break
			}
			i += n + 1
			if i > 1 && w[i-2] == '<' {
				return true
			}
		}
	}
	return false
}

// behind finds the first end tag in w from at on and gives what is behind it,
// -1 when there is none. It looks for the last letter of "row", the rarest.
func behind(w []byte, at int, tag []byte) int {
	for i := at + len(tag) - 1; i < len(w); {
		n := bytes.IndexByte(w[i:], 'w')
		if n < 0 {
			return -1
		}
		i += n + 1
		if bytes.Equal(w[i-len(tag):i], tag) {
			return i
		}
	}
	return -1
}

func (c *cutter) exactBorder(w []byte) (border, error) {
	b := border{exact: true}
	for i := 0; b.rows < blockRows; {
		tok, n, err := lex(w[i:])
		if err != nil {
			return b, err
		}
		if n == 0 {
			break
		}
		if tok.kind == tagEnd && tok.is("sheetData") {
			b.at, b.done = i, true
			break
		}
		i += n
		if tok.is("row") && (tok.kind == tagEnd || tok.closed) {
			b.at, b.rows = i, b.rows+1
		}
	}
	return b, nil
}

// keep packs a block away.
func (c *cutter) keep(w []byte, cut border) error {
	c.rows += int64(cut.rows)
	if c.limits.Rows > 0 && c.rows > c.limits.Rows {
		return fault.New(fault.TooLarge, "file.xlsx.rows", c.Name, c.limits.Rows)
	}
	before := c.last
	c.number(w, cut.exact)
	if len(bytes.TrimSpace(w)) == 0 {
		return nil
	}
	c.countHidden(w)
	if need := s2.MaxEncodedLen(len(w)); cap(c.packed) < need {
		c.packed = make([]byte, need)
	}
	at, err := c.spool.put(s2.Encode(c.packed[:cap(c.packed)], w))
	if err != nil {
		return err
	}
	c.blocks = append(c.blocks, block{at, len(w), before})
	return nil
}

// number finds the number of the last row in w: rows may leave theirs out.
func (c *cutter) number(w []byte, exact bool) {
	if !exact {
		start := append(append([]byte("<"), c.prefix...), "row"...)
		if at := bytes.LastIndex(w, start); at >= 0 {
			if tok, n, err := lex(w[at:]); n > 0 && err == nil && tok.is("row") {
				if r, ok := rowNumber(tok); ok {
					c.last = r
					return
				}
			}
		}
	}
	for i := 0; i < len(w); {
		tok, n, err := lex(w[i:])
		if n == 0 || err != nil {
			return // Parse meets it and tells
		}
		i += n
		if tok.kind == tagStart && tok.is("row") {
			c.last = nextRow(tok, c.last)
		}
	}
}

// nextRow is the number of a row behind the row last.
func nextRow(tok token, last int64) int64 {
	if r, ok := rowNumber(tok); ok {
		return r
	}
	return last + 1
}

func rowNumber(tok token) (int64, bool) {
	for a := tok.attrs; ; {
		at, rest, ok := nextAttribute(a)
		if !ok {
			return 0, false
		}
		if a = rest; len(at.name) != 1 || at.name[0] != 'r' || len(at.prefix) > 0 {
			continue
		}
		r := int64(0)
		for _, d := range at.value {
			if d-'0' > 9 || r > 1<<36 {
				return 0, false
			}
			r = r*10 + int64(d-'0')
		}
		return r, r > 0
	}
}

// countHidden counts the hidden rows of a block.
func (c *cutter) countHidden(w []byte) {
	for i := 0; ; {
		n := bytes.Index(w[i:], []byte("hidden"))
		if n < 0 {
			return
		}
		i += n
		if at := bytes.LastIndexByte(w[:i], '<'); at >= 0 {
			if tok, n, err := lex(w[at:]); n > 0 && err == nil && tok.kind == tagStart && tok.is("row") && tok.flag("hidden") {
				c.HiddenRows++
				i = max(i, at+n-len("hidden"))
			}
		}
		i += len("hidden")
	}
}
