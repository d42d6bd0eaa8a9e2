package ingest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// chunkBytes is how much of a file one chunk holds: large enough that the cost
// of handing it over vanishes, small enough that two workers share small files.
const chunkBytes = 1 << 20

// CSV reads RFC 4180 files and what Vietnamese offices make of them: comma,
// semicolon, tab or bar as separator, LF, CRLF or CR, with or without BOM.
type CSV struct {
	r      io.Reader
	limits Limits
	header []string
	comma  byte
	quote  byte
	end    byte // '\n', or '\r' in files of old Macintosh programs
	grid   bool // all rows are given and none is judged: see CSVBook
	chunk  int  // chunkBytes; tests cut small files into many

	rest   []byte // read but not cut yet
	eof    bool
	offset int64
	line   int64
}

var utf8BOM = []byte{0xEF, 0xBB, 0xBF}

// OpenCSV reads the heading of a file. A file that is no CSV is refused with
// what to do about it.
func OpenCSV(r io.Reader, limits Limits) (*CSV, error) {
	return openCSV(r, limits, chunkBytes)
}

func openCSV(r io.Reader, limits Limits, chunk int) (*CSV, error) {
	c := &CSV{r: r, limits: limits, quote: '"', end: '\n', line: 1, chunk: chunk}
	if err := c.more(chunkBytes); err != nil {
		return nil, err
	}
	c.rest = bytes.TrimPrefix(c.rest, utf8BOM)
	if err := c.recognise(); err != nil {
		return nil, err
	}
	return c, c.readHeader()
}

// Header implements Source.
func (c *CSV) Header() []string { return c.header }

// Offset implements Source.
func (c *CSV) Offset() int64 { return c.offset - int64(len(c.rest)) }

// Separator is the separator found.
func (c *CSV) Separator() byte { return c.comma }

// more reads until rest holds at least n bytes or the file ends.
func (c *CSV) more(n int) error {
	if cap(c.rest) < n {
		grown := make([]byte, len(c.rest), n)
		copy(grown, c.rest)
		c.rest = grown
	}
	for !c.eof && len(c.rest) < n {
		k, err := c.r.Read(c.rest[len(c.rest):n])
		c.rest = c.rest[:len(c.rest)+k]
		c.offset += int64(k)
		if c.offset > c.limits.Bytes {
			return fault.New(fault.TooLarge, "file.too-large", c.limits.Bytes)
		}
		if errors.Is(err, io.EOF) {
			c.eof = true
		} else if err != nil {
			return fmt.Errorf("reading the file: %w", err)
		}
	}
	return nil
}

// signatures are the first bytes of files that people send under the name of
// CSV, and what they really are.
var signatures = []struct{ bytes, kind string }{
	{"PK\x03\x04", "xlsx"},
	{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "xls"},
	{"%PDF", "pdf"},
	{"\x1F\x8B", "gzip"},
	{"7z\xBC\xAF\x27\x1C", "7z"},
	{"Rar!", "rar"},
	{"\xFF\xD8\xFF", "image"},
	{"\x89PNG", "image"},
	{"PAR1", "parquet"},
}

// recognise refuses what is not CSV in UTF-8, and finds the line ending.
func (c *CSV) recognise() error {
	b := c.rest
	if len(bytes.TrimSpace(b)) == 0 && c.eof {
		return refused("file.empty")
	}
	for _, s := range signatures {
		if bytes.HasPrefix(b, []byte(s.bytes)) {
			return refused("file.not-csv", s.kind)
		}
	}
	if len(b) >= 2 && (binary.BigEndian.Uint16(b) == 0xFEFF || binary.BigEndian.Uint16(b) == 0xFFFE) {
		return refused("file.utf16")
	}
	if bytes.IndexByte(b, '\n') < 0 && bytes.IndexByte(b, '\r') >= 0 {
		c.end = '\r'
	}
	return nil
}

func (c *CSV) readHeader() error {
	for {
		c.comma = separator(c.rest, c.end)
		n, err := c.record(c.rest, 0)
		if err != nil {
			return err
		}
		if n < 0 {
			if err := c.grow(); err != nil {
				return err
			}
			continue
		}
		line := trimEnd(c.rest[:n])
		if len(bytes.TrimSpace(line)) == 0 && (n < len(c.rest) || !c.eof) { // blank lines before the heading
			c.cut(n)
			continue
		}
		if i := bytes.IndexByte(line, 0); i >= 0 {
			return refused("file.binary", c.line)
		}
		if !utf8.Valid(line) {
			return refused("file.encoding", c.line)
		}
		var b Block
		b.parse(line, c.line, c.form(), 0)
		if b.Records() != 1 {
			return refused("file.empty")
		}
		if n := b.Cells(0); n > c.limits.Columns {
			return fault.New(fault.TooLarge, "file.too-many-columns", n, c.limits.Columns)
		}
		for i := range b.Cells(0) {
			c.header = append(c.header, string(bytes.TrimSpace(b.Cell(0, i))))
		}
		for n := len(c.header); n > 0 && c.header[n-1] == ""; n-- { // "a,b,c,," as spreadsheets write it
			c.header = c.header[:n-1]
		}
		if len(c.header) == 0 {
			return refused("file.no-header")
		}
		c.cut(n)
		return nil
	}
}

// separator is the candidate that cuts the heading into most cells. Each is
// tried by the rules of quotes it would have, since a heading of two lines in
// one quoted cell ends elsewhere for another separator.
func separator(data []byte, end byte) byte {
	best, most := byte(','), 0
	for _, s := range []byte{',', ';', '\t', '|'} {
		heading := scanner{data: data, form: form{s, '"', end}}
		heading.next()
		if heading.cells > most {
			best, most = s, heading.cells
		}
	}
	return best
}

func (c *CSV) cut(n int) []byte {
	head := c.rest[:n:n]
	c.line += int64(bytes.Count(head, []byte{c.end}))
	c.rest = c.rest[n:]
	return head
}

// grow makes room for a record that is longer than what was read.
func (c *CSV) grow() error {
	if len(c.rest) > c.limits.RecordBytes {
		if line, open := c.openQuote(); open {
			return refused("csv.quote-open", line)
		}
		return fault.New(fault.TooLarge, "csv.record-too-long", c.line, c.limits.RecordBytes)
	}
	// One byte past the limit tells a record that fits from one that does not.
	return c.more(min(2*len(c.rest)+chunkBytes, c.limits.RecordBytes+1))
}

// openQuote tells whether the first record of rest is one that a quote keeps
// open, and on which line that quote stands.
func (c *CSV) openQuote() (line int64, open bool) {
	s := scanner{data: c.rest, form: c.form()}
	s.next()
	return c.line + int64(bytes.Count(c.rest[:s.opened], []byte{c.end})), s.open
}

// record returns where the record that begins at i ends (behind its line
// ending), or -1 when its end has not been read yet.
func (c *CSV) record(data []byte, i int) (int, error) {
	s := scanner{data: data, at: i, form: c.form()}
	if s.next() {
		return s.at, nil
	}
	if !c.eof || len(data) < len(c.rest) {
		return -1, nil
	}
	if s.open {
		return 0, refused("csv.quote-open", c.line+int64(bytes.Count(data[:s.opened], []byte{c.end})))
	}
	return len(data), nil
}

// Next implements Source.
func (c *CSV) Next() (Chunk, error) {
	if err := c.more(c.chunk); err != nil {
		return nil, err
	}
	if len(c.rest) == 0 {
		return nil, io.EOF
	}
	n, err := c.border()
	if err != nil {
		return nil, err
	}
	chunk := &csvChunk{line: c.line, csv: c}
	tail := c.rest[n:]
	chunk.data = c.cut(n)
	// The chunk keeps the buffer; what is left moves to a new one.
	c.rest = append(make([]byte, 0, c.chunk+len(tail)), tail...)
	return chunk, nil
}

// border is the end of the last whole record in the next chunk of rest, or of
// the first record when that alone is longer.
func (c *CSV) border() (int, error) {
	for n := c.chunk; ; n *= 2 {
		for n > len(c.rest) && !c.eof {
			if err := c.grow(); err != nil {
				return 0, err
			}
		}
		data := c.rest[:min(n, len(c.rest))]
		last, err := c.lastRecord(data)
		if last > 0 || err != nil {
			return last, err
		}
	}
}

// lastRecord is the end of the last whole record in data, the beginning of
// rest; 0 when there is none.
func (c *CSV) lastRecord(data []byte) (int, error) {
	whole := c.eof && len(data) == len(c.rest)
	if bytes.IndexByte(data, c.quote) < 0 { // without quotes each line is a record
		if whole {
			return len(data), nil
		}
		return bytes.LastIndexByte(data, c.end) + 1, nil
	}
	last := 0
	for last < len(data) {
		n, err := c.record(data, last)
		if err != nil {
			return 0, err
		}
		if n < 0 {
			break
		}
		last = n
	}
	return last, nil
}

// A csvChunk is whole records of a CSV file.
type csvChunk struct {
	line int64 // physical line of its first byte
	data []byte
	csv  *CSV
}

// Parse implements Chunk.
func (k *csvChunk) Parse(b *Block) {
	width := len(k.csv.header)
	if k.csv.grid {
		width = unjudged
	}
	b.parse(k.data, k.line, k.csv.form(), width)
}

// A form is the bytes that give a text file its form.
type form struct{ comma, quote, end byte }

func (c *CSV) form() form { return form{c.comma, c.quote, c.end} }

// unjudged is the width of a file whose heading nobody knows yet.
const unjudged = -1

// A scanner finds the ends of records.
type scanner struct {
	form
	data   []byte
	at     int
	cells  int  // separators seen, over all records
	open   bool // the data ended inside a quoted cell …
	opened int  // … that was opened here
}

// next moves behind the next record; false when the data ends before it does.
func (s *scanner) next() bool {
	d, quote := s.data, s.quote
	for i := s.at; i < len(d); {
		if d[i] == quote { // a quoted cell
			s.opened = i
			i++
			for {
				n := bytes.IndexByte(d[i:], quote)
				if n < 0 {
					s.open = true
					return false
				}
				i += n + 1
				if i >= len(d) || d[i] != quote {
					break
				}
				i++
			}
		}
		for i < len(d) && d[i] != s.comma && d[i] != s.end {
			i++
		}
		if i >= len(d) {
			return false
		}
		i++
		if d[i-1] == s.end {
			s.at = i
			return true
		}
		s.cells++
	}
	return false
}

// trimEnd drops the line ending.
func trimEnd(line []byte) []byte {
	if n := len(line); n > 0 && (line[n-1] == '\n' || line[n-1] == '\r') {
		line = line[:n-1]
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}

func (b *Block) reset(data []byte) {
	b.data = data
	b.Lines, b.Broken, b.Skipped = b.Lines[:0], b.Broken[:0], 0
	b.cells, b.start, b.arena = b.cells[:0], append(b.start[:0], 0), b.arena[:0]
}

// Patterns of eight equal bytes: cells are looked through eight bytes at a time.
const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// parse splits whole records; width is the number of headings, 0 for the
// heading itself.
func (b *Block) parse(d []byte, line int64, f form, width int) {
	b.reset(d)
	comma, quote, end := f.comma, f.quote, f.end
	commas, ends := ones*uint64(comma), ones*uint64(end)
	for i := 0; i < len(d); {
		begin, first := line, len(b.cells)
		broken := Sound
		for { // one cell a turn
			var cell span
			if i < len(d) && d[i] == quote {
				var clean bool
				var lines int64
				cell, i, lines, clean = b.quoted(d, i, f)
				line += lines
				if !clean {
					broken = Quotes
				}
			} else {
				from := i
				for ; i+8 <= len(d); i += 8 {
					x := binary.LittleEndian.Uint64(d[i:])
					y, z := x^commas, x^ends // a zero byte where one stands
					if found := ((y-ones)&^y | (z-ones)&^z) & highs; found != 0 {
						i += bits.TrailingZeros64(found) / 8 // the lowest is exact
						break
					}
				}
				for i < len(d) && d[i] != comma && d[i] != end {
					i++
				}
				cell = span{int32(from), int32(i)}
				if i > from && d[i-1] == '\r' && end == '\n' && (i >= len(d) || d[i] == end) {
					cell.to--
				}
			}
			b.cells = append(b.cells, cell)
			if i >= len(d) || d[i] == end {
				i++
				line++
				break
			}
			i++
			if i >= len(d) { // the data ends behind a separator: one more, empty cell
				b.cells = append(b.cells, span{})
				break
			}
		}
		b.close(begin, first, width, broken)
	}
}

// close ends the record whose cells begin at first.
func (b *Block) close(line int64, first, width int, broken Defect) {
	n := len(b.cells) - first
	if (n == 1 || width != 0) && b.empty(first) {
		b.cells = b.cells[:first]
		b.Skipped++
		return
	}
	if width > 0 && broken == Sound {
		switch {
		case n < width:
			broken = FewCells
		case n > width && !b.empty(first+width):
			broken = ManyCells
		}
	}
	b.Lines = append(b.Lines, line)
	b.start = append(b.start, int32(len(b.cells)))
	b.Broken = append(b.Broken, broken)
}

// empty reports whether nothing but blanks stands in the cells from i on.
func (b *Block) empty(i int) bool {
	for _, s := range b.cells[i:] {
		if s.from != s.to && len(bytes.TrimSpace(b.bytes(s))) > 0 {
			return false
		}
	}
	return true
}

// quoted reads the quoted cell that begins at i; it returns the cell, where its
// separator or line ending stands, the line endings inside, and whether nothing
// stood between the closing quote and the separator; when something did, the
// cell is all of it, quotes included.
func (b *Block) quoted(d []byte, i int, f form) (cell span, next int, lines int64, clean bool) {
	comma, quote, end := f.comma, f.quote, f.end
	i++
	from := i
	escaped := false
	for {
		n := bytes.IndexByte(d[i:], quote)
		if n < 0 { // cannot happen: the border was put behind a closed quote
			i = len(d)
			break
		}
		i += n
		if i+1 >= len(d) || d[i+1] != quote {
			break
		}
		escaped = true
		i += 2
	}
	inside := d[from:min(i, len(d))]
	lines = int64(bytes.Count(inside, []byte{end}))
	i++
	behind := i
	for i < len(d) && d[i] != comma && d[i] != end {
		i++
	}
	tail := d[min(behind, len(d)):min(i, len(d))]
	if len(bytes.Trim(tail, " \r")) > 0 { // as sent, for the person who has to mend it
		to := i
		if d[to-1] == '\r' && end == '\n' && (to >= len(d) || d[to] == end) {
			to--
		}
		return span{int32(from - 1), int32(to)}, i, lines, false
	}
	if !escaped {
		return span{int32(from), int32(from + len(inside))}, i, lines, true
	}
	at := len(b.arena)
	for j := 0; j < len(inside); j++ {
		b.arena = append(b.arena, inside[j])
		if inside[j] == quote {
			j++
		}
	}
	return span{^int32(at), int32(len(b.arena))}, i, lines, true
}
