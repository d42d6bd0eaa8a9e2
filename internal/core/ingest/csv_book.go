package ingest

import (
	"bytes"
	"context"
	"io"
	"sync"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet/charset"
)

// A CSVBook is a text file of cells: any separator, " or ' around cells, LF,
// CRLF, CR and mixtures of them, UTF-8, UTF-16 and the charsets of before. Its
// one table gives all rows from the first.
type CSVBook struct {
	Dialect
	ctx    context.Context
	file   File
	sample sample

	mu    sync.Mutex
	stray map[int64]bool // lines in another charset than the file's, the first few
	first int64          // the first of them
}

// strayLines is how many lines in another charset are told apart; a line is
// met again when the file is read again.
const strayLines = 1000

// OpenCSVBook finds out how a text file is written. It reads less than a
// megabyte, however large the file is.
func OpenCSVBook(ctx context.Context, f File) (*CSVBook, error) {
	return OpenCSVBookAs(ctx, f, CSVHints{})
}

// OpenCSVBookAs opens a text file as a person said it is written.
func OpenCSVBookAs(ctx context.Context, f File, h CSVHints) (*CSVBook, error) {
	if f.Size > f.Limits.Bytes {
		return nil, fault.New(fault.TooLarge, "file.too-large", f.Limits.Bytes)
	}
	s, err := sampleOf(f)
	if err != nil {
		return nil, err
	}
	if s.whole && len(bytes.TrimSpace(bytes.TrimPrefix(s.head, utf8BOM))) == 0 {
		return nil, refused("file.empty")
	}
	b := &CSVBook{ctx: ctx, file: f, sample: s, stray: map[int64]bool{}}
	if b.Dialect, err = s.dialect(h); err != nil {
		return nil, err
	}
	return b, b.checkHead()
}

// checkHead refuses what is no table of text: zero bytes, rows of more columns
// than a table may have.
func (b *CSVBook) checkHead() error {
	text, err := decoded(b.sample.head, b.Charset)
	if err != nil {
		return err
	}
	// A zero byte in the heading, or many of them: no text. A few in cells are
	// faults of those cells, and whoever judges them says so.
	look := text[:min(len(text), 64<<10)]
	first := bytes.IndexByte(look, b.End)
	if i := bytes.IndexByte(look, 0); i >= 0 && (i < first || bytes.Count(look, []byte{0})*20 > len(look)) {
		return refused("file.binary", 1+int64(bytes.Count(text[:i], []byte{b.End})))
	}
	var block Block
	block.parse(bytes.TrimPrefix(text, utf8BOM), 1, b.form(), unjudged)
	for i := range min(block.Records(), 100) {
		if n := block.Cells(i); n > b.file.Limits.Columns {
			return fault.New(fault.TooLarge, "file.too-many-columns", n, b.file.Limits.Columns)
		}
	}
	return nil
}

func (b *CSVBook) form() form { return form{b.Separator, b.Quote, b.End} }

// Tables implements Book.
func (b *CSVBook) Tables() []Table { return []Table{{}} }

// Close implements Book.
func (b *CSVBook) Close() error { return nil }

// Open implements Book.
func (b *CSVBook) Open(int) (Grid, error) {
	raw := &countingReader{r: b.file.All()}
	var r io.Reader = raw
	switch b.Charset {
	case charset.UTF8:
	case charset.UTF16LE, charset.UTF16BE:
		r = charset.NewReader(r, b.Charset)
	default:
		r = newLineDecoder(r, b.Charset, b.note)
	}
	if b.MixedEnds {
		r = &endsReader{r: r}
	}
	limits := b.file.Limits
	limits.Bytes = 4 * max(b.file.Size, 1<<20) // checked before; decoding makes it longer
	c := &CSV{r: r, limits: limits, comma: b.Separator, quote: b.Quote, end: b.End, grid: true, line: 1, chunk: chunkBytes}
	if err := c.more(chunkBytes); err != nil {
		return nil, err
	}
	c.rest = bytes.TrimPrefix(c.rest, utf8BOM)
	if b.Told {
		if _, n := toldSeparator(c.rest); n > 0 {
			c.cut(n)
		}
	}
	return &csvGrid{csv: c, book: b, raw: raw}, nil
}

// note remembers a line that is in another charset than the file.
func (b *CSVBook) note(line int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.first == 0 || line < b.first {
		b.first = line
	}
	if len(b.stray) < strayLines {
		b.stray[line] = true
	}
}

// Findings implements Book.
func (b *CSVBook) Findings() []Finding {
	var out []Finding
	switch {
	case !b.Sure:
		out = append(out, Finding{"csv.charset-unsure", []any{b.Charset.String()}})
	case b.Charset == charset.UTF8, b.Charset == charset.UTF16LE, b.Charset == charset.UTF16BE: // exact
	default:
		out = append(out, Finding{"csv.charset", []any{b.Charset.String()}})
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch n := len(b.stray); {
	case n == 0:
	case b.Charset == charset.UTF8:
		out = append(out, Finding{"csv.not-utf8", []any{n, b.first}})
	default:
		out = append(out, Finding{"csv.utf8-lines", []any{n, b.first, b.Charset.String()}})
	}
	if b.MixedEnds {
		out = append(out, Finding{Key: "csv.mixed-ends"})
	}
	return out
}

// A csvGrid reads a text file as it lies.
type csvGrid struct {
	csv  *CSV
	book *CSVBook
	raw  *countingReader
}

// Offset implements Grid.
func (g *csvGrid) Offset() int64 {
	if g.book.Charset == charset.UTF8 {
		return g.csv.Offset()
	}
	return g.raw.n
}

// Next implements Grid.
func (g *csvGrid) Next() (Chunk, error) {
	if err := g.book.ctx.Err(); err != nil {
		return nil, err
	}
	chunk, err := g.csv.Next()
	if err != nil {
		return nil, err
	}
	if limit := g.book.file.Limits.Rows; g.csv.line-1 > limit {
		return nil, fault.New(fault.TooLarge, "csv.too-many-rows", limit)
	}
	if g.book.Charset == charset.UTF8 {
		g.strays(chunk.(*csvChunk))
	}
	return chunk, nil
}

// strays notes the lines that are not UTF-8. Their cells stay as they are: the
// rows do not pass and go back to be mended.
func (g *csvGrid) strays(k *csvChunk) {
	if utf8.Valid(k.data) {
		return
	}
	line, rest := k.line, k.data
	for len(rest) > 0 {
		n := bytes.IndexByte(rest, g.csv.end) + 1
		if n == 0 {
			n = len(rest)
		}
		if !utf8.Valid(rest[:n]) {
			g.book.note(line)
		}
		rest, line = rest[n:], line+1
	}
}

// RawText gives the bytes of a chunk of a text file, unparsed, for what looks
// through them faster than cell by cell.
func RawText(c Chunk) (data []byte, ok bool) {
	if k, is := c.(*csvChunk); is {
		return k.data, true
	}
	return nil, false
}
