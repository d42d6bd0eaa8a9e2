package quality

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/ingest"
)

// OpenLinesSource is a Source over quarantine lines, to be judged again. The
// line of each is its id. Lines whose record could not be split, or of which a
// cell is not kept as it was sent, are left out: no rule that changes can mend
// them, and what they show must not become data.
type OpenLinesSource struct {
	object *contract.Object
	rr     array.RecordReader
	at     int64
}

// ReadOpenLines makes a Source of a reader with the columns id, raw and faults
// (record.OpenQuarantineSchema).
func ReadOpenLines(o *contract.Object, rr array.RecordReader) *OpenLinesSource {
	return &OpenLinesSource{object: o, rr: rr}
}

// Header implements ingest.Source.
func (s *OpenLinesSource) Header() []string { return Header(s.object) }

// Offset implements ingest.Source.
func (s *OpenLinesSource) Offset() int64 { return s.at }

// Next implements ingest.Source.
func (s *OpenLinesSource) Next() (ingest.Chunk, error) {
	if !s.rr.Next() {
		return nil, end(s.rr.Err())
	}
	rec := s.rr.RecordBatch()
	column := func(name string) int { return rec.Schema().FieldIndices(name)[0] }
	ids, raws, faults := rec.Column(column("id")).(*array.Int64), rec.Column(column("raw")).(*array.String), rec.Column(column("faults")).(*array.String)
	c := &linesChunk{}
	for i := range int(rec.NumRows()) {
		if strings.Contains(" "+faults.Value(i), " _row.") {
			continue
		}
		var cells []string
		if err := json.Unmarshal([]byte(raws.Value(i)), &cells); err != nil {
			return nil, fmt.Errorf("quarantine line %d: %w", ids.Value(i), err)
		}
		if slices.ContainsFunc(cells, altered) {
			continue
		}
		// A contract that has grown since: the new columns were not sent.
		for len(cells) < len(s.object.Columns) {
			cells = append(cells, "")
		}
		c.ids = append(c.ids, ids.Value(i))
		c.cells = append(c.cells, cells[:len(s.object.Columns)])
	}
	s.at += rec.NumRows()
	return c, nil
}

type linesChunk struct {
	ids   []int64
	cells [][]string
}

// Parse implements ingest.Chunk.
func (c *linesChunk) Parse(b *ingest.Block) {
	b.Reset(nil)
	for i, id := range c.ids {
		cells := make([][]byte, len(c.cells[i]))
		for k, s := range c.cells[i] {
			cells[k] = []byte(s)
		}
		b.Add(id, cells...)
	}
}

// end is io.EOF unless reading went wrong.
func end(err error) error {
	if err != nil {
		return err
	}
	return io.EOF
}
