package intake

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/archive"
	"github.com/phohien/phohien/internal/core/ingest/secrecy"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet/charset"
)

// A Part is one file of a Book: the file itself, or one in an archive.
type Part struct {
	Path      string // within the archive; "" when it is the file itself
	Kind      Kind
	Charset   charset.Charset // of a text file
	Separator byte            // of a CSV file
}

// A Book is a file opened, whatever its kind. Part describes it; an archive of
// several files that can be read has the Kind of the archive and a Part for each
// table.
type Book struct {
	Part
	opts     Options
	limits   ingest.Limits
	ctx      context.Context
	cancel   context.CancelFunc
	parts    []*part
	tables   []ingest.Table
	places   []place
	findings []ingest.Finding
	unpacked []*archive.Unpacked

	mu      sync.Mutex
	read    []bool           // which tables were read to their end
	watches []*secrecy.Watch // Grids given out
}

type part struct {
	Part
	book ingest.Book
}

// A place is where a table of the book lies.
type place struct{ part, table int }

// Tables implements ingest.Book. With several files in an archive the names
// are "file › sheet".
func (b *Book) Tables() []ingest.Table { return b.tables }

// PartOf is the file in which a table lies.
func (b *Book) PartOf(table int) Part { return b.parts[b.places[table].part].Part }

// Open implements ingest.Book. The Grid is guarded against marks of secrecy.
func (b *Book) Open(table int) (g ingest.Grid, err error) {
	defer recovered(&err)
	at := b.places[table]
	inner, err := b.parts[at.part].book.Open(at.table)
	if err != nil {
		return nil, b.late(err)
	}
	w := secrecy.Guard(inner, table, b.tables[table])
	b.mu.Lock()
	b.watches = append(b.watches, w)
	b.mu.Unlock()
	return &grid{Grid: w, book: b, table: table}, nil
}

// Plain gives the file as a Source, the fastest way there is, when it is CSV in
// UTF-8 whose first line is the heading and whose other lines are data. The
// Source is guarded as Grids are.
func (b *Book) Plain() (ingest.Source, bool, error) {
	c, ok := b.parts[0].book.(*ingest.CSVBook)
	if !ok || len(b.parts) > 1 {
		return nil, false, nil
	}
	inner, ok, err := c.Plain()
	if err != nil || !ok {
		return nil, false, err
	}
	return &source{grid{Grid: secrecy.GuardSource(inner), book: b}, inner.Header()}, true, nil
}

// Sweep reads the tables that nobody has read to their end, for marks of
// secrecy alone: a file is refused for the mark on a sheet that no data set
// wants as well. Call it before anything of the file is kept.
func (b *Book) Sweep() error {
	for i := range b.tables {
		b.mu.Lock()
		done := b.read[i]
		b.mu.Unlock()
		if done {
			continue
		}
		g, err := b.Open(i)
		for err == nil {
			_, err = g.Next()
		}
		if !errors.Is(err, io.EOF) {
			return err
		}
	}
	return nil
}

// Findings implements ingest.Book. With several files in an archive, each
// file's findings come behind its name.
func (b *Book) Findings() []ingest.Finding {
	out := append([]ingest.Finding{}, b.findings...)
	for _, p := range b.parts {
		found := p.book.Findings()
		if len(found) > 0 && len(b.parts) > 1 {
			out = append(out, ingest.Finding{Key: "intake.in-file", Args: []any{p.Path}})
		}
		out = append(out, found...)
	}
	return out
}

// Close implements ingest.Book. No Grid may be read any more.
func (b *Book) Close() error {
	b.cancel()
	for _, w := range b.watches {
		w.Wait()
	}
	var errs []error
	for _, p := range b.parts {
		errs = append(errs, p.book.Close())
	}
	for _, u := range b.unpacked {
		errs = append(errs, u.Close())
	}
	return errors.Join(errs...)
}

func (b *Book) find(key string, args ...any) {
	b.findings = append(b.findings, ingest.Finding{Key: key, Args: args})
}

// late gives the limit of time its own sentence, and the damage that makes a
// reader panic.
func (b *Book) late(err error) error {
	if errors.Is(err, secrecy.ErrPanicked) {
		return fault.New(fault.Invalid, "intake.damaged").Because(err)
	}
	if errors.Is(err, context.DeadlineExceeded) && b.ctx.Err() != nil {
		return context.Cause(b.ctx)
	}
	return err
}

// A grid watches the time, and that a reader never ends the program.
type grid struct {
	ingest.Grid
	book  *Book
	table int
}

// Next implements ingest.Grid.
func (g *grid) Next() (c ingest.Chunk, err error) {
	defer recovered(&err)
	if err := g.book.ctx.Err(); err != nil {
		return nil, g.book.late(err)
	}
	c, err = g.Grid.Next()
	if errors.Is(err, io.EOF) {
		g.book.mu.Lock()
		g.book.read[g.table] = true
		g.book.mu.Unlock()
	}
	return c, g.book.late(err)
}

type source struct {
	grid
	header []string
}

// Header implements ingest.Source.
func (s *source) Header() []string { return s.header }
