// Package recordtest gives tests the streams of a batch from plain rows.
package recordtest

import (
	"bytes"
	"encoding/json"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/phohien/phohien/internal/core/record"
)

// A Row is a record by store name, in the JSON that Arrow reads.
type Row = map[string]any

// Rows makes a stream of rows; fields they lack are null. It has two records, so that
// what counts rows across records is tried. Of no rows it is nil.
func Rows(schema *arrow.Schema, all []Row) record.Stream {
	if len(all) == 0 {
		return nil
	}
	return func() (array.RecordReader, error) {
		text, err := json.Marshal(all)
		if err != nil {
			return nil, err
		}
		rec, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, bytes.NewReader(text))
		if err != nil {
			return nil, err
		}
		defer rec.Release()
		half := rec.NumRows() / 2
		a, b := rec.NewSlice(0, half), rec.NewSlice(half, rec.NumRows())
		defer a.Release()
		defer b.Release()
		return array.NewRecordReader(schema, []arrow.RecordBatch{a, b})
	}
}
