//go:build duckdb_arrow

package parquet

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A grid is the rows of the file as they come from DuckDB.
type grid struct {
	book   *book
	conn   *columns.Conn
	reader array.RecordReader
	rows   *cells.Rows
	row    int64
	bytes  int64 // of cells
}

// Open implements ingest.Book.
func (b *book) Open(table int) (ingest.Grid, error) {
	if table != 0 || b.db == nil {
		return nil, fmt.Errorf("parquet: no table %d", table)
	}
	c, err := b.db.Conn(b.ctx)
	if err != nil {
		return nil, err
	}
	g := &grid{book: b, conn: c, rows: cells.NewRows("", b.limits)}
	list := make([]string, len(b.columns))
	for i, col := range b.columns {
		list[i] = col.sql
	}
	g.reader, err = c.Arrow(b.ctx, "SELECT "+strings.Join(list, ", ")+" FROM "+b.source())
	if err != nil {
		return nil, errors.Join(b.cause(err), c.Close())
	}
	b.mu.Lock()
	b.grids = append(b.grids, g)
	b.mu.Unlock()
	return g, nil
}

// Offset implements ingest.Grid. DuckDB does not say where it reads: the share
// of the rows stands for that of the bytes.
func (g *grid) Offset() int64 {
	if g.row >= g.book.rows {
		return g.book.size
	}
	return int64(float64(g.book.size) * float64(g.row) / float64(g.book.rows))
}

// Next implements ingest.Grid.
func (g *grid) Next() (ingest.Chunk, error) {
	if g.reader == nil {
		return nil, io.EOF
	}
	for g.reader.Next() {
		if err := g.batch(g.reader.RecordBatch()); err != nil {
			return nil, errors.Join(err, g.close())
		}
		if g.rows.Full() {
			return g.rows.Take(), nil
		}
	}
	if err := g.reader.Err(); err != nil {
		return nil, errors.Join(g.book.cause(err), g.close())
	}
	if err := g.close(); err != nil {
		return nil, err
	}
	if c := g.rows.Take(); c != nil {
		return c, nil
	}
	return nil, io.EOF
}

// batch copies rows out of DuckDB's memory.
func (g *grid) batch(rec arrow.RecordBatch) error {
	all := make([]arrow.Array, rec.NumCols())
	for i := range all {
		all[i] = rec.Column(i)
	}
	for r := range int(rec.NumRows()) {
		g.row++
		if err := g.rows.Begin(g.row); err != nil {
			return err
		}
		for c, a := range all {
			if a.IsNull(r) {
				continue
			}
			data := g.rows.Data()
			from := len(data)
			data, err := cell(data, a, r)
			if err != nil {
				return err
			}
			g.bytes += int64(len(data) - from)
			if err := g.rows.Set(c, data, from); err != nil {
				return err
			}
		}
		g.rows.End()
	}
	if g.bytes > g.book.limits.Unpacked {
		return fault.New(fault.TooLarge, "file.parquet.unpacked", g.book.limits.Unpacked)
	}
	return nil
}

// cell appends a value.
func cell(data []byte, a arrow.Array, r int) ([]byte, error) {
	switch a := a.(type) {
	case *array.String:
		return append(data, a.Value(r)...), nil
	case *array.Float64:
		return appendFloat(data, a.Value(r)), nil
	}
	return nil, fmt.Errorf("parquet: a column came as %s", a.DataType())
}

// close ends the query, and forgets the grid.
func (g *grid) close() error {
	g.book.mu.Lock()
	g.book.grids = slices.DeleteFunc(g.book.grids, func(o *grid) bool { return o == g })
	g.book.mu.Unlock()
	return g.end()
}

func (g *grid) end() error {
	if g.reader == nil {
		return nil
	}
	g.reader.Release()
	g.reader = nil
	return g.conn.Close()
}
