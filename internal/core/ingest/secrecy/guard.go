package secrecy

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// Refused tells whether err refuses a file for its mark. Nothing of the file
// may be kept then: no copy, no rows, no name of a sheet.
func Refused(err error) bool {
	f := fault.Of(err)
	return f != nil && (f.Key == "file.secret" || strings.HasPrefix(f.Key, "file.secret-"))
}

// Check looks for marks beside the cells: in the heads and feet of pages, above
// the tables, in the names of sheets.
func Check(tables []ingest.Table) error {
	for i, t := range tables {
		for _, text := range append([]string{t.Note}, t.Margins...) {
			if mark := partOf(text); mark != "" {
				return fault.New(fault.Denied, "file.secret-margin", mark, i+1)
			}
		}
		if r := readLine([]byte(t.Name)); r.mark == HighlySec || r.mark == TopSecret || r.labelled {
			return fault.New(fault.Denied, "file.secret-sheet", r.mark, i+1)
		}
	}
	return nil
}

// Guard watches over a table while it is read: Next fails with file.secret as
// soon as a chunk with a mark would be handed out, at the latest in place of
// io.EOF. number is the place of the table in its book, from 0.
func Guard(g ingest.Grid, number int, t ingest.Table) *Watch {
	return &Watch{inner: g, finder: newFinder(number, t.Header)}
}

// GuardSource watches over a file whose heading is known, as Guard does.
func GuardSource(s ingest.Source) ingest.Source {
	return &guardedSource{Watch: Watch{inner: s, finder: newFinder(0, s.Header())}, header: s.Header()}
}

type guardedSource struct {
	Watch
	header []string
}

// Header implements ingest.Source.
func (g *guardedSource) Header() []string { return g.header }

// A Watch is an ingest.Grid that is guarded. A mark must be found before the
// chunk that holds it is given away, so chunks are parsed here, some of them
// ahead and side by side, and handed on as they are; only text files, where the
// bytes can be looked through before, are parsed by who asks.
type Watch struct {
	inner   ingest.Grid
	finder  finder
	blocks  sync.Pool
	ahead   []*parsed // being parsed, in the order of the table
	ended   error     // what inner said last
	failed  error
	running sync.WaitGroup
}

// Offset implements ingest.Grid.
func (g *Watch) Offset() int64 { return g.inner.Offset() }

// Wait returns when nothing of the table is being parsed any more. Whoever
// closes the book of a table that was not read to its end calls it before.
func (g *Watch) Wait() { g.running.Wait() }

// Next implements ingest.Grid.
func (g *Watch) Next() (ingest.Chunk, error) {
	if g.failed == nil {
		g.failed = g.finder.found // in the heading of a Source
	}
	if g.failed != nil {
		return nil, g.failed
	}
	for g.ended == nil && len(g.ahead) < max(2, runtime.GOMAXPROCS(0)) {
		var chunk ingest.Chunk
		if chunk, g.ended = g.inner.Next(); g.ended != nil {
			break
		}
		if text, is := ingest.RawText(chunk); is {
			if g.finder.settled() && !possible(text) {
				return chunk, nil
			}
			p := g.take(chunk)
			p.parse()
			return g.give(p)
		}
		p := g.take(chunk)
		g.ahead = append(g.ahead, p)
		g.running.Go(p.parse)
	}
	if len(g.ahead) > 0 {
		p := g.ahead[0]
		g.ahead = g.ahead[1:]
		return g.give(p)
	}
	g.failed = g.ended
	if errors.Is(g.ended, io.EOF) {
		if err := g.finder.end(); err != nil {
			g.failed = err
		}
	}
	return nil, g.failed
}

// ErrPanicked is in the chain of the error for a chunk whose reader panicked.
var ErrPanicked = errors.New("parsing panicked")

// take readies a chunk for parsing.
func (g *Watch) take(chunk ingest.Chunk) *parsed {
	block, _ := g.blocks.Get().(*ingest.Block)
	if block == nil {
		block = new(ingest.Block)
	}
	return &parsed{chunk: chunk, block: block, blocks: &g.blocks, done: make(chan struct{})}
}

// give hands on a chunk that holds no mark.
func (g *Watch) give(p *parsed) (ingest.Chunk, error) {
	<-p.done
	if g.failed = p.err; g.failed == nil {
		g.failed = g.finder.block(p.block, p.hits)
	}
	if g.failed != nil {
		return nil, g.failed
	}
	return p, nil
}

// A parsed chunk gives away the block it was parsed into.
type parsed struct {
	chunk  ingest.Chunk
	block  *ingest.Block
	hits   []int // records with a cell that may be a mark
	err    error
	done   chan struct{}
	blocks *sync.Pool
}

// parse parses the chunk and looks through its cells.
func (p *parsed) parse() {
	defer close(p.done)
	defer func() {
		// A file must never end the program, whatever it holds.
		if r := recover(); r != nil {
			p.err = fmt.Errorf("%w: %v\n%s", ErrPanicked, r, debug.Stack())
		}
	}()
	p.chunk.Parse(p.block)
	for i := range p.block.Records() {
		for c := range p.block.Cells(i) {
			if cell := p.block.Cell(i, c); len(cell) >= shortest && possible(cell) {
				p.hits = append(p.hits, i)
				break
			}
		}
	}
}

// Parse implements ingest.Chunk.
func (p *parsed) Parse(b *ingest.Block) {
	if p.block == nil { // a second time
		p.chunk.Parse(b)
		return
	}
	*b, *p.block = *p.block, *b
	p.blocks.Put(p.block)
	p.block = nil
}

// shortest is the length in bytes of the shortest mark.
const shortest = len("mật")

// titleRows is how many rows of a table are looked at one by one, since the
// heading and what stands above it must be among them.
const titleRows = 100

// Widths, in cells that are not blank: what may be a row of titles or of
// signatures, and how much wider the rows of the table must be to prove it.
const (
	titleWidth = 3
	footWidth  = 2
	widerBy    = 2
	tableWidth = 5
)

// A finder finds the mark of one table, row by row.
type finder struct {
	table   int
	columns []bool // columns of marks
	any     bool   // there are such columns
	seen    int64  // rows
	widest  int    // cells of the widest row so far
	titled  bool   // the heading is known: no titles
	found   error

	lone  *place // "Mật" alone in its row: a mark if the table has more columns
	title *place // a mark beside others, perhaps above the heading …
	wider int    // … if a row as wide as this follows
	foot  *place // a mark beside others, perhaps below the data
}

type place struct {
	mark string
	line int64
}

func newFinder(table int, header []string) finder {
	f := finder{table: table}
	if header == nil {
		return f
	}
	f.titled = true
	f.widest = len(header)
	for i, h := range header {
		switch r := read([]byte(h)); {
		case r.heading:
			f.column(i)
		case r.labelled || r.mark != "" && len(header) == 1:
			f.found = f.refuse(place{r.mark, 1})
		}
	}
	f.seen = 1
	return f
}

func (f *finder) column(i int) {
	for len(f.columns) <= i {
		f.columns = append(f.columns, false)
	}
	f.columns[i], f.any = true, true
}

func (f *finder) refuse(p place) error {
	return fault.New(fault.Denied, "file.secret", p.mark, f.table+1, p.line)
}

// settled tells whether only rows that hold a mark need to be looked at.
func (f *finder) settled() bool {
	return (f.titled || f.seen >= titleRows) && f.lone == nil && f.title == nil && f.foot == nil
}

// block looks through parsed rows; hits are those that may hold a mark.
func (f *finder) block(b *ingest.Block, hits []int) error {
	for i := range b.Records() {
		hit := len(hits) > 0 && hits[0] == i
		if hit {
			hits = hits[1:]
		}
		if hit || !f.settled() || b.Cells(i) > f.widest {
			if err := f.row(b, i, hit); err != nil {
				return err
			}
		}
		f.seen++
	}
	return nil
}

// row weighs one row.
func (f *finder) row(b *ingest.Block, i int, hit bool) error {
	filled := 0
	for c := range b.Cells(i) {
		if !ingest.Blank(b.Cell(i, c)) {
			filled++
		}
	}
	if f.title != nil && filled >= f.wider {
		return f.refuse(*f.title)
	}
	if f.title != nil && f.seen >= titleRows {
		f.title = nil
	}
	if f.lone != nil && filled > 1 {
		return f.refuse(*f.lone)
	}
	if filled > footWidth {
		f.foot = nil
	}
	if hit {
		if err := f.cells(b, i, filled); err != nil {
			return err
		}
	}
	f.widest = max(f.widest, filled)
	return nil
}

// cells weighs the cells of a row that may hold a mark.
func (f *finder) cells(b *ingest.Block, i, filled int) error {
	labelled := false // the cell before says that a mark follows
	for c := range b.Cells(i) {
		cell := b.Cell(i, c)
		if ingest.Blank(cell) {
			continue
		}
		r := reading{}
		if len(cell) >= shortest && possible(cell) {
			r = read(cell)
		}
		at := place{r.mark, b.Lines[i]}
		switch {
		case r.heading:
			f.column(c)
		case r.mark == "":
		case r.labelled || labelled || f.any && c < len(f.columns) && f.columns[c]:
			return f.refuse(at)
		case filled == 1:
			if r.strong || f.widest > 1 || f.seen == 0 {
				return f.refuse(at)
			}
			if f.lone == nil && !f.titled {
				f.lone = &at
			}
		case !f.titled && f.widest < titleWidth && filled <= titleWidth && f.seen < titleRows:
			f.title, f.wider = &at, filled+widerBy
		case r.strong && filled <= footWidth && f.widest >= tableWidth:
			f.foot = &at
		}
		labelled = r.heading
	}
	return nil
}

// end is called when all rows have been seen.
func (f *finder) end() error {
	if f.foot != nil {
		return f.refuse(*f.foot)
	}
	return nil
}
