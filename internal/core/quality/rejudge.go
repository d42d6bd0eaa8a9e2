package quality

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/ingest"
)

// Rows is a Source over rows that are there already, to be judged again as if
// they had just been sent. The line of each is its place, or for an object
// without key its row number.
type Rows struct {
	object *contract.Object
	rr     array.RecordReader
	at     int64
}

// ReadRows makes a Source of a reader whose columns are Object.StoredFields.
func ReadRows(o *contract.Object, rr array.RecordReader) *Rows {
	return &Rows{object: o, rr: rr}
}

// Header implements ingest.Source.
func (r *Rows) Header() []string { return Header(r.object) }

// Header names all columns of an object, as MapHeader finds them without doubt.
func Header(o *contract.Object) []string {
	names := make([]string, len(o.Columns))
	for i := range o.Columns {
		names[i] = o.Columns[i].Name
	}
	return names
}

// Offset implements ingest.Source.
func (r *Rows) Offset() int64 { return r.at }

// Next implements ingest.Source.
func (r *Rows) Next() (ingest.Chunk, error) {
	if !r.rr.Next() {
		return nil, end(r.rr.Err())
	}
	rec := r.rr.RecordBatch()
	c := &rowsChunk{rows: r, from: r.at}
	// The reader's record ends with the next call, the chunk lives longer.
	for i := range int(rec.NumRows()) {
		c.add(rec, i)
	}
	r.at += rec.NumRows()
	return c, nil
}

// A rowsChunk holds the canonical texts of a run of rows.
type rowsChunk struct {
	rows  *Rows
	from  int64
	lines []int64
	cells [][]byte
}

func (c *rowsChunk) add(rec arrow.RecordBatch, i int) {
	o := c.rows.object
	at := 0
	line := c.from + int64(i) + 1
	if !o.HasKey() {
		line = rec.Column(0).(*array.Int64).Value(i)
		at = 1
	}
	c.lines = append(c.lines, line)
	for k := range o.Columns {
		text := CellText(&o.Columns[k], rec, at, i)
		c.cells = append(c.cells, append([]byte(nil), text...))
		at += len(o.Columns[k].Fields(k))
	}
}

// Parse implements ingest.Chunk.
func (c *rowsChunk) Parse(b *ingest.Block) {
	b.Reset(nil)
	n := len(c.rows.object.Columns)
	for i, line := range c.lines {
		b.Add(line, c.cells[i*n:(i+1)*n]...)
	}
}

// Rejudged gives the keys whose judgement has changed, with the new one: what
// was standardised when the row came stays, broken rules are those of now,
// "w:" for warnings and "r:" for rules that would reject the row today.
// Existing must have been called after Judge.
func (w *Workshop) Rejudged(ctx context.Context, p *Program, v *Verdict) (array.RecordReader, error) {
	o := p.Object
	key := o.KeyFields()
	var tokens []string
	for _, severity := range []struct {
		of     contract.Severity
		prefix string
	}{{contract.Warn, "w:"}, {contract.Reject, "r:"}} {
		for i := range p.Rules {
			if v.Broken[i] > 0 && p.Rules[i].Severity == severity.of {
				tokens = append(tokens, "CASE WHEN w."+word(i)+" & "+bit(i)+" <> 0 THEN "+quoteText(severity.prefix+p.Rules[i].ID)+" END")
			}
		}
	}
	kept := "nullif(array_to_string(list_filter(string_split(e._flags, ' '), lambda x: starts_with(x, 'f:')), ' '), '')"
	flags := "nullif(concat_ws(' ', " + strings.Join(append([]string{kept}, tokens...), ", ") + "), '')"
	on := "s._line = e._row"
	if o.HasKey() {
		on = equal("s", "e", key)
	}
	return w.stream(ctx, append(append([]contract.Field{}, key...), contract.FlagsField),
		"SELECT "+list("e.", key)+", "+flags+" AS _flags FROM staged s JOIN existing e ON "+on+" LEFT JOIN verdict w ON s._n = w._n WHERE "+
			flags+" IS DISTINCT FROM e._flags ORDER BY "+list("e.", key))
}

// Accepted gives the lines of the accepted rows: when quarantine lines are
// judged again, the ids of those that pass now.
func (w *Workshop) Accepted(ctx context.Context, v *Verdict) (array.RecordReader, error) {
	return w.stream(ctx, []contract.Field{{Name: "id", Kind: contract.KindInteger, Column: -1}},
		"SELECT s._line AS id FROM staged s"+w.without(v)+" ORDER BY 1")
}
