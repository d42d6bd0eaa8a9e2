// Package xlsx reads the workbooks of Excel 2007 and later (.xlsx, .xlsm), and
// of the programs that write them in their own ways. It is made for sheets of a
// million rows: no tree is built, a cell costs no allocation, and nothing is
// kept in memory in proportion to the file.
//
// Open unpacks each sheet once and cuts it between rows; Chunk.Parse, which may
// run on any goroutine, reads the cells. What is wrong inside a row is found by
// Parse and returned by the Grid's Next, at the latest instead of io.EOF.
//
// Formulas are not computed, macros not run, links not followed: the values
// that Excel stored are what counts.
package xlsx

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells"
)

// ErrNotXLSX says that a file is no workbook of this kind: no zip, or a zip of
// something else.
var ErrNotXLSX = errors.New("no XLSX workbook")

// Open opens a workbook.
func Open(ctx context.Context, f ingest.File) (ingest.Book, error) {
	b, err := open(ctx, f, tuning{blockBytes, stringsHeld})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// A tuning is what tests make small.
type tuning struct{ block, strings int }

func open(ctx context.Context, f ingest.File, tune tuning) (*book, error) {
	opening, stop := context.WithCancel(ctx)
	defer stop()
	group, within := errgroup.WithContext(opening)
	p, err := openPack(within, f)
	if err != nil {
		return nil, err
	}
	b := &book{ctx: ctx, limits: f.Limits, size: f.Size, spool: &spool{dir: f.Temp}}
	b.parsers.New = func() any { return new(parser) }
	if err := b.workbook(p); err != nil {
		return nil, err
	}
	group.SetLimit(2)
	group.Go(func() error { return b.readStrings(within, p, f.Temp, tune.strings) })
	for i := range b.entries {
		group.Go(func() error { return b.cut(within, p, i, tune.block) })
	}
	if err := group.Wait(); err != nil {
		if closing := b.Close(); closing != nil {
			return nil, errors.Join(err, closing)
		}
		return nil, err
	}
	return b, nil
}

// A book is a workbook opened.
type book struct {
	ctx      context.Context // of the one who opened it
	limits   ingest.Limits
	size     int64
	spool    *spool
	strings  *sharedStrings
	formats  []cells.Format // of cells
	date1904 bool
	entries  []sheetEntry
	sheets   []*sheet
	parsers  sync.Pool

	stringsPart string

	mu       sync.Mutex
	findings []ingest.Finding
	tallies  []tallies // by sheet, of the reading that got farthest
}

// tallies are what was found in the cells of a sheet.
type tallies struct{ formulas, lost tally }

func (b *book) workbook(p *pack) error {
	w, err := p.workbook()
	if err != nil {
		return err
	}
	b.date1904, b.entries, b.tallies = w.date1904, w.sheets, make([]tallies, len(w.sheets))
	for _, e := range w.sheets {
		b.sheets = append(b.sheets, &sheet{Table: ingest.Table{Name: e.name, Hidden: e.hidden}})
	}
	if w.macros {
		b.find("file.xlsx.macros")
	}
	if w.apart > 0 {
		b.find("file.xlsx.apart", w.apart)
	}
	b.strings, b.stringsPart = &sharedStrings{}, w.strings
	if w.styles != "" {
		t, err := p.tokens(w.styles)
		if err != nil {
			return err
		}
		if b.formats, err = readStyles(t); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) find(key string, args ...any) {
	b.findings = append(b.findings, ingest.Finding{Key: key, Args: args})
}

// readStrings takes the shared strings into memory or a file.
func (b *book) readStrings(ctx context.Context, p *pack, dir string, held int) error {
	if b.stringsPart == "" {
		return nil
	}
	o, err := p.open(b.stringsPart)
	if err != nil {
		return err
	}
	most := b.limits.RecordBytes
	if most <= 0 {
		most = longest
	}
	return unpackAhead(ctx, o, func(r io.Reader) error {
		t, err := readTokens(b.stringsPart, r)
		if err != nil {
			return err
		}
		s := stringsReader{sharedStrings: b.strings, dir: dir, max: most, held: held}
		return s.read(t)
	})
}

// cut unpacks a sheet.
func (b *book) cut(ctx context.Context, p *pack, i, size int) error {
	o, err := p.open(b.entries[i].part)
	if err != nil {
		return err
	}
	return unpackAhead(ctx, o, func(r io.Reader) error {
		t, err := readTokens(b.entries[i].part, r)
		if err != nil {
			return err
		}
		c := cutter{tokens: t, sheet: b.sheets[i], limits: b.limits, spool: b.spool, size: size}
		return c.read()
	})
}

// Tables implements ingest.Book.
func (b *book) Tables() []ingest.Table {
	all := make([]ingest.Table, len(b.sheets))
	for i, s := range b.sheets {
		all[i] = s.Table
	}
	return all
}

// Open implements ingest.Book.
func (b *book) Open(table int) (ingest.Grid, error) {
	return &grid{book: b, sheet: b.sheets[table], entry: b.entries[table], table: table, waiting: map[*chunk]bool{}}, nil
}

// Findings implements ingest.Book.
func (b *book) Findings() []ingest.Finding {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := slices.Clone(b.findings)
	if n, where := b.first(func(t tallies) tally { return t.formulas }); n > 0 {
		all = append(all, ingest.Finding{Key: "file.xlsx.formulas", Args: append([]any{n}, where...)})
	}
	if n, where := b.first(func(t tallies) tally { return t.lost }); n > 0 {
		all = append(all, ingest.Finding{Key: "file.xlsx.lost", Args: append([]any{n}, where...)})
	}
	return all
}

// first sums a tally over the sheets and names the sheet and cell of the first.
func (b *book) first(of func(tallies) tally) (n int64, where []any) {
	for i, t := range b.tallies {
		one := of(t)
		if one.n > 0 && n == 0 {
			where = []any{b.sheets[i].Name, cellName(one.row, one.column)}
		}
		n += one.n
	}
	return n, where
}

// Close implements ingest.Book.
func (b *book) Close() error {
	return errors.Join(b.strings.close(), b.spool.close())
}

// A grid reads a sheet.
type grid struct {
	book  *book
	sheet *sheet
	entry sheetEntry
	table int
	at    atomic.Int64 // the next block

	mu      sync.Mutex
	err     error // of Parse
	seen    tallies
	waiting map[*chunk]bool // handed out and not parsed yet
}

// Next implements ingest.Grid. What is wrong inside a row is found by Parse;
// io.EOF is not returned before all that was handed out has been parsed once,
// so a file that is refused never looks as if it were merely shorter.
func (g *grid) Next() (ingest.Chunk, error) {
	if err := cmp.Or(g.failed(), g.book.ctx.Err()); err != nil {
		return nil, err
	}
	at := int(g.at.Load())
	if at == len(g.sheet.blocks) {
		return nil, cmp.Or(g.settle(), io.EOF)
	}
	g.at.Add(1)
	c := &chunk{grid: g, block: g.sheet.blocks[at]}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting[c] = true
	return c, nil
}

func (g *grid) failed() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.err
}

// settle parses what others have not parsed yet: the few chunks on their way.
func (g *grid) settle() error {
	g.mu.Lock()
	left := slices.Collect(maps.Keys(g.waiting))
	g.mu.Unlock()
	var b ingest.Block
	for _, c := range left {
		if err := g.book.ctx.Err(); err != nil {
			return err
		}
		c.Parse(&b)
	}
	return g.failed()
}

// Offset implements ingest.Grid. The sheet has been unpacked before; this is
// its share of the file.
func (g *grid) Offset() int64 {
	if len(g.sheet.blocks) == 0 {
		return g.book.size
	}
	return int64(float64(g.book.size) * float64(g.at.Load()) / float64(len(g.sheet.blocks)))
}

func (g *grid) columns() int {
	if n := g.book.limits.Columns; n > 0 {
		return min(n, sheetColumns)
	}
	return sheetColumns
}

// done takes over what was found in a chunk, the first time it is parsed.
func (g *grid) done(c *chunk, found tallies, err error) {
	g.mu.Lock()
	if !g.waiting[c] {
		g.mu.Unlock()
		return
	}
	delete(g.waiting, c)
	g.err = cmp.Or(g.err, err)
	g.seen.formulas.merge(found.formulas)
	g.seen.lost.merge(found.lost)
	seen := g.seen
	g.mu.Unlock()
	g.book.mu.Lock()
	defer g.book.mu.Unlock()
	best := &g.book.tallies[g.table]
	if seen.formulas.n+seen.lost.n > best.formulas.n+best.lost.n {
		*best = seen
	}
}
