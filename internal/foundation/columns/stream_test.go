//go:build duckdb_arrow && linux

package columns_test

import (
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/phohien/phohien/internal/foundation/columns"
)

// What an append takes outside of Go's memory is given back: DuckDB asks for the
// schema of the rows, and released none of them. A server that took a batch each
// second lost 60 MB an hour.
func TestAppend_leavesNothing(t *testing.T) {
	const fields, appends = 300, 500
	var all []arrow.Field
	for i := range fields {
		all = append(all, arrow.Field{Name: fmt.Sprintf("cot_%03d", i), Type: arrow.PrimitiveTypes.Int64})
	}
	schema := arrow.NewSchema(all, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i := range fields {
		b.Field(i).(*array.Int64Builder).Append(int64(i))
	}
	rec := b.NewRecordBatch()
	c := conn(t, open(t, columns.Options{Threads: 1, MemoryLimit: 64 << 20}))
	ddl, err := columns.CreateTable(columns.Table{Temp: true, Name: "t"}, schema)
	if err != nil {
		t.Fatal(err)
	}
	run(t, c, ddl)
	add := func(times int) {
		t.Helper()
		for range times {
			rr, err := array.NewRecordReader(schema, []arrow.RecordBatch{rec})
			if err != nil {
				t.Fatal(err)
			}
			if n, err := c.Append(t.Context(), rr, columns.Table{Temp: true, Name: "t"}); n != 1 || err != nil {
				t.Fatal(n, err)
			}
			rr.Release()
		}
	}
	add(200) // all that is kept for the next one is there
	before := resident(t)
	add(appends)
	// 1.3 kB for each field of each append were 130 MB more.
	if grown := resident(t) - before; grown > 80<<20 {
		t.Errorf("%d appends of %d fields left %d MB behind", appends, fields, grown>>20)
	}
}

// resident is how many bytes the process has in memory.
func resident(t *testing.T) int64 {
	t.Helper()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
