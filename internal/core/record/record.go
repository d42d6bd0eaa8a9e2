// Package record is the record store: the truth of every data set, its
// history, quarantine and outbox, all in one file (or PostgreSQL schema) and
// written in one transaction.
//
// Each schema object of a contract has two tables: <table> with the current
// rows and <table>_h with the versions that were closed. A version began with
// the batch in _seq and ended with the batch in _end; who, when, from which
// file and under which contract stand once, in _batches. docs/decisions.md says
// where the tables differ from the first design and why.
//
// Batches of one data set are numbered 1, 2, 3 … The number is the data set's
// clock: "as of 7" is the state after batch 7, 0 the state before the first, and
// Latest whatever is there now.
package record

import (
	"math"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/actor"
)

// Latest asks a read for the present state.
const Latest int64 = math.MaxInt64

// A Stream opens a fresh reader over rows; it may be called more than once (the
// truth and the mirror each read it). A nil Stream has no rows. The caller
// releases the reader.
type Stream func() (array.RecordReader, error)

// A Batch is what one transaction writes. The streams are sorted by key; rows
// of Inserts and Updates have the fields of Object.StoredFields without _seq
// (and, for an object without key, without _row: they are numbered in order).
type Batch struct {
	ID       string // ULID
	Contract *contract.Contract
	Object   *contract.Object
	By       actor.Actor
	Source   string // where it came from: file name, address
	Digest   string // SHA-256 of the original in hex, "" without
	Kind     string // "load", "undo", "rejudge", "release"
	Undoes   int64  // seq that this batch undoes, 0 without

	Inserts   Stream // new keys
	Updates   Stream // keys that exist with another hash: the old version is closed
	Withdraws Stream // key fields only: the current row is closed and removed
	Reflags   Stream // key fields and _flags: same value, new judgement; no new version

	Quarantine Stream // QuarantineSchema: lines that did not pass
	Close      Stream // one int64 column "id": quarantine lines that this batch mends or replaces
	CloseAs    string // state they get: Mended, Replaced or Undone
	Replace    Stream // one int64 column "id": open quarantine lines in whose place a newer line of this batch stands
	Reopen     Stream // one int64 column "id": closed quarantine lines that are open again (undo)

	Inserted, Updated, Withdrawn, Quarantined int64 // what the streams hold, checked against what was written
	Reflagged                                 int64

	// Bytes is about how much the rows take in memory, for the check of free
	// space; when 0 it is estimated from the counts.
	Bytes int64
	// Progress, when set, is told how many rows have been written so far.
	Progress func(rows int64)

	// Report renders the batch's report once its number and time are known; it
	// is stored with the batch and is what every door answers.
	Report func(seq int64, at time.Time) ([]byte, error)
}

// A Commit is the proof of a batch in the truth.
type Commit struct {
	Seq int64
	At  time.Time // never earlier than the commit before
}

// A Row is one version of a record as the doors show it.
type Row struct {
	Key    string         // canonical text of the key, see KeyText
	Seq    int64          // batch that wrote it
	End    int64          // batch that closed it, 0 = current
	Values map[string]any // by column name of the contract, in the JSON form of DESIGN §4.4
	Nil    map[string]string
	Flags  []string
}

// A Change is one step that a follower must take to stay equal to the truth.
type Change struct {
	Key       string
	Seq       int64
	Withdrawn bool // a tombstone: Row is empty
	Row       *Row
}

// The states of a quarantine line.
const (
	StateOpen = "open"
	Mended    = "mended"   // the row came again and passed
	Replaced  = "replaced" // a newer line with the same key stands in its place
	Undone    = "undone"   // the batch that brought it was undone
)

// A QuarantineLine is one line of a file that did not pass.
type QuarantineLine struct {
	ID     int64
	Seq    int64    // batch that brought it
	Batch  string   // that batch's id
	Line   int64    // line in the file as sent
	Key    string   // "" when the key could not be read
	Raw    []string // cells as sent, in the order of the object's columns
	Faults []string // ids of the broken rules
	State  string   // open, mended, replaced, undone
	Closed int64    // batch that closed it
	At     time.Time
}

// QuarantineSchema is what Batch.Quarantine carries: the line in the file, the
// key as KeyText writes it (null when it could not be read), the cells as a JSON
// list of strings, and the ids of the broken rules separated by one space.
var QuarantineSchema = arrow.NewSchema([]arrow.Field{
	{Name: "line", Type: arrow.PrimitiveTypes.Int64},
	{Name: "key", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "raw", Type: arrow.BinaryTypes.String},
	{Name: "faults", Type: arrow.BinaryTypes.String},
}, nil)

// OpenQuarantineSchema is what OpenQuarantine reads.
var OpenQuarantineSchema = arrow.NewSchema([]arrow.Field{
	{Name: "id", Type: arrow.PrimitiveTypes.Int64},
	{Name: "seq", Type: arrow.PrimitiveTypes.Int64},
	{Name: "line", Type: arrow.PrimitiveTypes.Int64},
	{Name: "key", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "raw", Type: arrow.BinaryTypes.String},
	{Name: "faults", Type: arrow.BinaryTypes.String},
}, nil)

// IDSchema is what Batch.Close and Batch.Reopen carry.
var IDSchema = arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.PrimitiveTypes.Int64}}, nil)
