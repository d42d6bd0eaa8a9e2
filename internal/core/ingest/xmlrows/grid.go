package xmlrows

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A grid reads the records of a table.
type grid struct {
	book   *book
	table  *table
	reader *reader
	rows   *cells.Rows

	matched int     // how many elements of the record's path are open
	open    []frame // elements inside the record, itself first
	values  [][]byte
	filled  []bool // columns that held something somewhere
	joined  []bool // columns that held several values
	stray   []string
	begun   int64 // where the record begins
	line    int64
	count   int64
	ended   bool
}

// A frame is an element that is open.
type frame struct {
	step *step // nil when the mapping does not name it
	name string
	text []byte
}

func newGrid(b *book, t *table) (*grid, error) {
	r, err := newReader(b.ctx, b.file)
	if err != nil {
		return nil, err
	}
	n := len(t.Header)
	return &grid{book: b, table: t, reader: r, rows: cells.NewRows(t.Name, b.file.Limits),
		values: make([][]byte, n), filled: make([]bool, n), joined: make([]bool, n)}, nil
}

// Offset implements ingest.Grid.
func (g *grid) Offset() int64 { return min(g.reader.budget.n, g.book.file.Size) }

// Next implements ingest.Grid.
func (g *grid) Next() (ingest.Chunk, error) {
	for !g.ended && !g.rows.Full() {
		found, err := g.record()
		if err != nil {
			return nil, err
		}
		if !found {
			g.ended = true
			g.conclude()
		}
	}
	if c := g.rows.Take(); c != nil {
		return c, nil
	}
	return nil, io.EOF
}

// conclude says what a person should know of the table.
func (g *grid) conclude() {
	var joined, absent []string
	for i, h := range g.table.Header {
		if g.joined[i] {
			joined = append(joined, h)
		}
		if !g.filled[i] {
			absent = append(absent, g.table.paths[i])
		}
	}
	for _, f := range []struct {
		key   string
		names []string
	}{{"file.xml.joined", joined}, {"file.xml.absent", absent}, {"file.xml.stray", g.stray}} {
		if len(f.names) > 0 {
			g.book.find(f.key, g.table.Name, strings.Join(f.names, ", "))
		}
	}
}

// record reads up to the end of the next record; false when there is none.
func (g *grid) record() (bool, error) {
	for {
		t, err := g.reader.next()
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			g.start(t)
		case xml.CharData:
			if n := len(g.open); n > 0 {
				g.open[n-1].text = append(g.open[n-1].text, t...)
			}
		case xml.EndElement:
			if end, err := g.end(); err != nil || end {
				return end, err
			}
		}
		if len(g.open) > 0 && g.reader.decoder.InputOffset()-g.begun > int64(g.reader.limits.RecordBytes) {
			return false, fault.New(fault.TooLarge, "file.xml.record-too-long", g.line, g.reader.limits.RecordBytes)
		}
	}
}

// start opens an element.
func (g *grid) start(t xml.StartElement) {
	switch {
	case len(g.open) > 0:
		outer := g.open[len(g.open)-1].step
		g.push(outer.kid(g.reader, t.Name), t.Name.Local)
	case g.reader.depth == g.matched+1 && g.matched < len(g.table.record) && g.is(g.table.record[g.matched], t.Name):
		if g.matched++; g.matched < len(g.table.record) {
			return
		}
		for i := range g.values {
			g.values[i] = g.values[i][:0]
		}
		g.begun, g.line = g.reader.decoder.InputOffset(), g.reader.line()
		g.push(g.table.step, t.Name.Local)
	default:
		return
	}
	g.attributes(t)
}

// attributes keeps the attributes of the element that was opened.
func (g *grid) attributes(t xml.StartElement) {
	s := g.open[len(g.open)-1].step
	for _, a := range t.Attr {
		if !counts(a) {
			continue
		}
		if column, ok := s.attr(g.reader, a.Name); ok {
			g.put(column, []byte(strings.TrimSpace(a.Value)))
		} else if strings.TrimSpace(a.Value) != "" {
			g.note("@" + a.Name.Local)
		}
	}
}

// is tells whether a name of a path means this one.
func (g *grid) is(part string, n xml.Name) bool {
	return part == n.Local || part == g.reader.prefixed(n)
}

func (s *step) kid(r *reader, n xml.Name) *step {
	if s == nil {
		return nil
	}
	if k := s.kids[r.prefixed(n)]; k != nil {
		return k
	}
	return s.kids[n.Local]
}

func (s *step) attr(r *reader, n xml.Name) (column int, ok bool) {
	if s == nil {
		return 0, false
	}
	if n.Space != "" {
		if column, ok = s.attrs[r.prefixed(n)]; ok {
			return column, true
		}
	}
	column, ok = s.attrs[n.Local]
	return column, ok
}

// push opens a frame; the text of those used before is used again.
func (g *grid) push(s *step, name string) {
	if n := len(g.open); n < cap(g.open) {
		g.open = g.open[:n+1]
		g.open[n] = frame{s, name, g.open[n].text[:0]}
		return
	}
	g.open = append(g.open, frame{step: s, name: name})
}

// end closes an element; true when it was a record.
func (g *grid) end() (bool, error) {
	n := len(g.open)
	if n == 0 {
		g.matched = min(g.matched, g.reader.depth)
		return false, nil
	}
	f := &g.open[n-1]
	if text := bytes.TrimSpace(f.text); len(text) > 0 {
		if f.step != nil && f.step.column >= 0 {
			g.put(f.step.column, text)
		} else {
			g.note("")
		}
	}
	g.open = g.open[:n-1]
	if n > 1 {
		return false, nil
	}
	g.matched = g.reader.depth
	return true, g.row()
}

// row gives the record to the run.
func (g *grid) row() error {
	if g.count++; g.count > g.reader.limits.Rows {
		return fault.New(fault.TooLarge, "file.xml.too-many-rows", g.table.Name, g.reader.limits.Rows)
	}
	if err := g.rows.Begin(g.line); err != nil {
		return err
	}
	for i, v := range g.values {
		if err := g.rows.Put(i, v); err != nil {
			return err
		}
	}
	g.rows.End()
	return nil
}

// separator stands between values that share a cell.
const separator = "; "

func (g *grid) put(column int, text []byte) {
	if len(text) == 0 {
		return
	}
	g.filled[column] = true
	if len(g.values[column]) > 0 {
		g.joined[column] = true
		g.values[column] = append(g.values[column], separator...)
	}
	g.values[column] = append(g.values[column], text...)
}

// maxStray is how many places outside of the mapping a finding names.
const maxStray = 8

// note remembers a place in a record that holds something and is no column.
func (g *grid) note(attribute string) {
	if len(g.stray) >= maxStray {
		return
	}
	var path []string
	for _, f := range g.open[1:] {
		path = append(path, f.name)
	}
	if attribute != "" || len(path) == 0 {
		path = append(path, attribute)
	}
	name := strings.Join(path, "/")
	if name == "" {
		name = "."
	}
	for _, s := range g.stray {
		if s == name {
			return
		}
	}
	g.stray = append(g.stray, name)
}
