//go:build duckdb_arrow

package columns

// #include "stream.h"
import "C"

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/cdata"
	bindings "github.com/duckdb/duckdb-go-bindings"
)

// view makes DuckDB's own view over a stream, which can be read once; release
// must be called when nobody reads it any more. The driver's RegisterView does the
// same and leaves a schema behind in C with each statement that reads the view.
func (c *Conn) view(rr array.RecordReader, name string) (release func(), err error) {
	stream := C.ph_stream_new()
	if stream == nil {
		return nil, errors.New("no memory for an Arrow stream")
	}
	cdata.ExportRecordReader(rr, (*cdata.CArrowArrayStream)(C.ph_stream_inner(stream)))
	if bindings.ArrowScan(c.raw, name, bindings.ArrowStream{Ptr: stream}) == bindings.StateError {
		C.ph_stream_free(stream)
		return nil, errors.New("DuckDB makes no view over the rows")
	}
	return func() { C.ph_stream_free(stream) }, nil
}
