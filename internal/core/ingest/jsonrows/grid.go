package jsonrows

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// section reads a part of the text.
func (b *book) section(from, to int64) (*part, error) {
	r, counted := text(b.file, b.form)
	if b.form.wide {
		if _, err := io.CopyN(io.Discard, r, from); err != nil {
			return nil, fmt.Errorf("reading the file: %w", err)
		}
	} else {
		counted.n += from
		counted.r = io.NewSectionReader(b.file, counted.n, b.file.Size-counted.n)
	}
	return &part{io.LimitReader(r, to-from), counted}, nil
}

type part struct {
	r       io.Reader
	counted *counter
}

// Open implements ingest.Book.
func (b *book) Open(n int) (ingest.Grid, error) {
	if n < 0 || n >= len(b.tables) {
		return nil, fmt.Errorf("json: no table %d", n)
	}
	t := &b.tables[n]
	in, err := b.section(t.from, t.to)
	if err != nil {
		return nil, err
	}
	return &grid{ctx: b.ctx, in: in, table: t, chunk: b.chunk, line: t.line, limit: b.file.Limits.RecordBytes}, nil
}

// A grid cuts the records of a table.
type grid struct {
	ctx   context.Context
	in    *part
	table *table
	chunk int
	limit int
	line  int64
	rest  []byte
	eof   bool
}

// Offset implements ingest.Grid.
func (g *grid) Offset() int64 { return g.in.counted.n }

// Next implements ingest.Grid.
func (g *grid) Next() (ingest.Chunk, error) {
	if err := g.ctx.Err(); err != nil {
		return nil, err
	}
	for {
		if err := g.fill(max(g.chunk, 2*len(g.rest))); err != nil {
			return nil, err
		}
		g.skip()
		if len(g.rest) == 0 {
			if g.eof {
				return nil, io.EOF
			}
			continue
		}
		cut := g.border()
		if cut > 0 {
			return g.take(cut), nil
		}
		// All records have been measured; a file that changed since ends here.
		if g.eof || len(g.rest) > g.limit+g.chunk {
			return nil, fault.New(fault.Invalid, "file.json.truncated", g.line)
		}
	}
}

// fill reads until n bytes are there.
func (g *grid) fill(n int) error {
	if g.eof || len(g.rest) >= n {
		return nil
	}
	if cap(g.rest) < n {
		grown := make([]byte, len(g.rest), n)
		copy(grown, g.rest)
		g.rest = grown
	}
	k, err := io.ReadFull(g.in.r, g.rest[len(g.rest):n])
	g.rest = g.rest[:len(g.rest)+k]
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		g.eof = true
	case err != nil:
		return fmt.Errorf("reading the file: %w", err)
	}
	return nil
}

// skip drops what stands between records.
func (g *grid) skip() {
	n := between(g.rest, 0)
	g.line += int64(bytes.Count(g.rest[:n], []byte{'\n'}))
	g.rest = g.rest[n:]
}

// between is the place of the next byte that belongs to a record.
func between(d []byte, i int) int {
	for i < len(d) {
		switch d[i] {
		case ' ', '\t', '\n', '\r', ',', recordSeparator:
			i++
		default:
			return i
		}
	}
	return i
}

// border is the end of the last whole record of rest, 0 when there is none.
func (g *grid) border() int {
	if g.eof {
		return len(g.rest)
	}
	if g.table.lines {
		if i := bytes.LastIndexByte(g.rest, '\n'); i > 0 {
			return i + 1
		}
	}
	return lastObject(g.rest)
}

// lastObject is the end of the last whole object in d.
func lastObject(d []byte) int {
	last, depth := 0, 0
	for i := 0; i < len(d); i++ {
		switch d[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				last = i + 1
			}
		case '"':
			for i++; i < len(d) && d[i] != '"'; i++ {
				if d[i] == '\\' {
					i++
				}
			}
		}
	}
	return last
}

// take hands the first n bytes over; what is left moves to a new buffer.
func (g *grid) take(n int) *chunk {
	k := &chunk{data: g.rest[:n:n], line: g.line, table: g.table}
	tail := g.rest[n:]
	if !g.eof || len(tail) > 0 {
		g.rest = append(make([]byte, 0, g.chunk+len(tail)), tail...)
	} else {
		g.rest = nil
	}
	g.line += int64(bytes.Count(k.data, []byte{'\n'}))
	return k
}

// A chunk is whole records.
type chunk struct {
	data  []byte
	line  int64
	table *table
}

// walkers are kept from one chunk to the next.
var walkers = sync.Pool{New: func() any { return new(walker) }}

// Parse implements ingest.Chunk.
func (k *chunk) Parse(b *ingest.Block) {
	b.Reset(k.data)
	w := walkers.Get().(*walker)
	defer walkers.Put(w)
	c := k.table.columns
	w.data, w.at, w.whole, w.learn = k.data, 0, true, nil
	if len(c.order) > cap(w.vals) {
		w.vals = make([]value, len(c.order))
	}
	w.vals = w.vals[:len(c.order)]
	line, counted := k.line, 0
	for {
		begin := between(w.data, w.at)
		if begin >= len(w.data) {
			break
		}
		line += int64(bytes.Count(w.data[counted:begin], []byte{'\n'}))
		counted = begin
		clear(w.vals)
		w.at = begin
		if w.data[begin] != '{' || w.object(c.root, 0) != done {
			// Only a file that changed since it was opened comes here: what
			// cannot be read is shown, not lost.
			b.Put(w.data[begin:min(begin+100, len(w.data))])
			b.End(line, ingest.Quotes)
			break
		}
		for _, v := range w.vals {
			w.write(b, v)
		}
		b.End(line, ingest.Sound)
	}
	w.data = nil
}

// write adds a cell.
func (w *walker) write(b *ingest.Block, v value) {
	text := w.data[v.from:v.to]
	switch v.kind {
	case nothing:
		b.Skip(1)
		return
	case escaped:
		w.scratch = unescape(w.scratch[:0], text)
	case spaced:
		w.scratch = compact(w.scratch[:0], text)
	case number:
		if unambiguous(text) {
			b.Refer(int(v.from), int(v.to))
			return
		}
		w.scratch = spell(w.scratch[:0], text)
	default:
		b.Refer(int(v.from), int(v.to))
		return
	}
	b.Put(w.scratch)
}
