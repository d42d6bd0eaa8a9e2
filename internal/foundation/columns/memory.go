//go:build duckdb_arrow

package columns

import (
	"context"
	"fmt"
	"runtime"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// What a load of a large file holds in DuckDB is decided here. For a million rows
// of seventeen fields its allocator held 250 MB at the peak; with what follows 85.
//
//   - Row groups are short. Each thread that adds rows holds whole row groups
//     unpacked, and where rows must keep their order several side by side.
//   - Batches are cut to the length of a row group, so that every group is full.
//     DuckDB puts groups that are not full together at a checkpoint: it held
//     700 MB meanwhile.
//   - While rows are only added, or only read in their order, few blocks are
//     needed, and the others are let go (StreamLimit). DuckDB would keep all that
//     it has written or read as long as its limit allows.

// RowGroup is how many rows a row group of a file holds: 117 MB of unpacked rows
// become 15. DuckDB's own length is 122,880; its vectors are of 2,048.
const RowGroup = 16_384

// What StreamLimit allows, in bytes: for each field that a thread writes one block of
// values and one of what is null, and some blocks besides.
const (
	fieldMemory = 2 * 256 << 10
	otherMemory = 16 << 20
	sortMemory  = 32 << 20 // and what SortLimit adds, at least …
	sortRow     = 64       // … and for each row
)

// StreamLimit is a limit of memory under which threads (0 = all cores) can add
// rows of so many fields, or read them in their order, but not sort or join.
func StreamLimit(fields, threads int) int64 {
	if threads == 0 {
		threads = runtime.NumCPU()
	}
	return otherMemory + int64(fields)*int64(threads)*fieldMemory
}

// usualValue is up to how many bytes the values of rows have on the average for
// which StreamLimit is enough: a block for 16,384 of them has room for 32.
const usualValue = 24

// Long reports whether the rows of a record are longer than StreamLimit reckons
// with, as texts of pages or boundaries are: no lower limit is set for them.
func Long(rec arrow.RecordBatch) bool {
	var bytes int64
	for _, c := range rec.Columns() {
		switch a := c.(type) {
		case *array.String:
			bytes += int64(len(a.ValueBytes()))
		case *array.Binary:
			bytes += int64(len(a.ValueBytes()))
		default:
			bytes += 8 * rec.NumRows()
		}
	}
	return bytes > usualValue*rec.NumRows()*rec.NumCols()
}

// SortLimit is a limit of memory under which so many rows can be put in order as
// they are written: what does not fit is spilled, and the more there is of it the
// more of its parts are open at once. Without it five million rows took 2.7 GB.
func SortLimit(fields, threads int, rows int64) int64 {
	return StreamLimit(fields, threads) + sortMemory + rows*sortRow
}

// Limit lets the instance use no more memory than bytes (0, or more than it was
// opened with: as much as that), also after Lock, and lets go of blocks beyond.
// It fails, and changes nothing, while more is in use. A query that runs and
// needs more than the limit fails.
func (db *DB) Limit(ctx context.Context, bytes int64) error {
	// RESET would be said and not done: DuckDB notes the default and leaves the
	// instance that runs at the limit it has.
	limit := db.usual
	if bytes > 0 && (db.memory == 0 || bytes < db.memory) {
		limit = inBytes(bytes)
	}
	return db.each(ctx, []string{"SET GLOBAL memory_limit = " + QuoteText(limit)})
}

func inBytes(n int64) string { return fmt.Sprintf("%dB", n) }
