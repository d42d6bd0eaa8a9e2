package ingest

import (
	"io"
	"time"
)

// A File is bytes as an office sent them, lying where they can be read again
// and anywhere.
type File struct {
	io.ReaderAt
	Size   int64
	Name   string // as sent: for people and for nothing else; what a file is, its bytes tell
	Temp   string // folder for what must be unpacked; whoever made it removes it
	Limits Limits
}

// All reads the file from its beginning.
func (f File) All() *io.SectionReader { return io.NewSectionReader(f.ReaderAt, 0, f.Size) }

// A Book is a file opened: the tables that were found in it.
type Book interface {
	// Tables lists the tables in the order of the file.
	Tables() []Table
	// Open reads a table from its beginning. It may be called again, also while
	// another Grid is being read; a Grid needs no closing.
	Open(table int) (Grid, error)
	// Findings tells what a person should know about the file, complete once
	// all Grids have been read to their end.
	Findings() []Finding
	// Close lets go of the file and of what was unpacked.
	Close() error
}

// A Table is one table of a Book: a sheet, a table of a document, the whole of
// a CSV file.
type Table struct {
	Name    string   // of the sheet; "" when the file is one table without a name
	Hidden  bool     // the sheet is hidden
	Header  []string // headings, when the format itself has them (JSON, Parquet, DBF); nil: they are rows of the Grid
	Merged  []Range  // merged cells
	Margins []string // texts in the head and foot of its pages
	Note    string   // a table of a document: the paragraph that stands above it

	HiddenRows    int64 // how many rows are hidden; they are read all the same
	HiddenColumns int
}

// A Range is a rectangle of cells: rows from 1, columns from 0, ends included.
type Range struct {
	FirstRow, LastRow       int64
	FirstColumn, LastColumn int
}

// A Grid is a table as it lies in its file, before anybody has said which row
// is the heading. Chunks give all rows that are not blank, whole, with the
// number of the row in the sheet (the physical line of a text file) in
// Block.Lines, and judge nothing: every record is Sound or Quotes.
//
// Cells are text, in spellings that can be read in one way only: a number cell
// is written with a point and without groups ("1234.5"; "1.2340" instead of
// "1.234", which may be a thousand), a day 2006-01-02, a moment without zone
// 2006-01-02 15:04:05, true and false; text cells stay as they are. A cell that
// holds an error of its program is that error, "#N/A". Of merged cells the
// first holds the value.
type Grid interface {
	// Next returns the next run of rows, io.EOF after the last. Calls must not
	// overlap.
	Next() (Chunk, error)
	// Offset is how many bytes of the file have been read, for progress.
	Offset() int64
}

// A Finding is something a person should know about how a file was read: the
// key of a sentence and its values.
type Finding struct {
	Key  string
	Args []any
}

// Limits bound what one file may ask of the machine. A file beyond a limit is
// refused with a message that names the limit.
type Limits struct {
	Bytes       int64         // of the file
	Unpacked    int64         // of what comes out of it, all told
	Ratio       int64         // of unpacked bytes to packed ones, once they are more than a few megabytes
	Entries     int           // in an archive
	Tables      int           // in a file
	Rows        int64         // of one table
	Columns     int           // of one table
	RecordBytes int           // of one record, also how far an open quote may reach
	Time        time.Duration // for reading it
}

// DefaultLimits is what one upload may hold.
var DefaultLimits = Limits{
	Bytes: 64 << 30, Unpacked: 256 << 30, Ratio: 1000, Entries: 10_000, Tables: 1000,
	Rows: 1 << 31, Columns: 2000, RecordBytes: 4 << 20, Time: 6 * time.Hour,
}
