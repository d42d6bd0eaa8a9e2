// Package sheet reads lists that people keep in spreadsheets, of staff or of terms
// say, for pages that take a list in: out of a file of any kind that uploads may
// have, the first table with the columns that make it the list.
package sheet

import (
	"context"
	"errors"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/intake"
	"github.com/phohien/phohien/internal/core/ingest/layout"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A List says what is looked for, and what is wrong with a file that has it not.
type List struct {
	Column   func(heading string) int // of the list that a heading means, -1 = none
	Needed   []int                    // columns without which a table is another
	Most     int64                    // bytes of the file
	MostRows int

	Large, None, Many, Empty *fault.Error // too many bytes; no such table; too many rows; none
}

// A Row is one row: its cells as they stand in the file, by column of the list.
type Row struct {
	Line  int // in its table
	Cells map[int]string
}

// Read reads the list. The file lies on the disk while it is read, no longer; one
// with a mark of state secrets is refused whole.
func (l *List) Read(ctx context.Context, body io.Reader, name string) (rows []Row, err error) {
	dir, err := os.MkdirTemp("", "phohien-list-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	f, err := os.CreateTemp(dir, "list-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, err := io.Copy(f, io.LimitReader(body, l.Most+1))
	if err != nil {
		return nil, fault.New(fault.Invalid, "page.form").Because(err)
	}
	if size > l.Most {
		return nil, l.Large
	}
	limits := ingest.DefaultLimits
	limits.Unpacked, limits.Rows = 256<<20, 200_000
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	b, err := intake.Open(ctx, ingest.File{ReaderAt: f, Size: size, Name: name, Temp: dir, Limits: limits}, intake.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	for i, t := range b.Tables() {
		src, err := l.table(b, i, t)
		if err != nil {
			return nil, err
		}
		if src == nil {
			continue
		}
		if rows, err = l.rows(src); err != nil {
			return nil, err
		}
		return rows, b.Sweep()
	}
	return nil, l.None
}

// table opens a table if it has the columns that are needed, nil otherwise.
func (l *List) table(b *intake.Book, i int, t ingest.Table) (ingest.Source, error) {
	g, err := b.Open(i)
	if err != nil {
		return nil, err
	}
	sample, err := layout.Take(g, layout.SampleRows)
	if err != nil || len(sample.Rows) == 0 {
		return nil, err
	}
	p := layout.Recognise(t, sample, func(h string) bool { return l.Column(h) >= 0 })
	var found []int
	for _, c := range p.Layout.Columns {
		if c.Role == layout.Data {
			found = append(found, l.Column(c.Heading))
		}
	}
	if slices.ContainsFunc(l.Needed, func(c int) bool { return !slices.Contains(found, c) }) {
		return nil, nil
	}
	if g, err = b.Open(i); err != nil {
		return nil, err
	}
	return p.Layout.Apply(g, t)
}

func (l *List) rows(src ingest.Source) (rows []Row, err error) {
	var means []int
	for _, h := range src.Header() {
		means = append(means, l.Column(h))
	}
	var block ingest.Block
	for {
		chunk, err := src.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		chunk.Parse(&block)
		for i := range block.Records() {
			r := Row{Line: int(block.Lines[i]), Cells: map[int]string{}}
			for c := range min(len(means), block.Cells(i)) {
				if means[c] >= 0 {
					r.Cells[means[c]] = string(block.Cell(i, c))
				}
			}
			if rows = append(rows, r); len(rows) > l.MostRows {
				return nil, l.Many
			}
		}
	}
	if len(rows) == 0 {
		return nil, l.Empty
	}
	return rows, nil
}
