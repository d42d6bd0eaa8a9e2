// Package layout tells the data of a sheet from what stands around it: titles,
// headings of several rows, columns of running numbers, totals, signatures,
// blank lines, and tables that run sideways (thôn × tháng). What it recognises
// is a Layout, which a person can look at and correct; Apply then reads a Grid
// by it.
//
// One set of rules (rules.go) says what a row is, for the rows that a person is
// shown and for those that are read, so that what was shown is what happens.
// A row is taken for something else than data only on evidence that stands in
// the row itself; every row that is not read is counted by its role.
package layout

import (
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A Layout says which rows and columns of a Grid are data. It can be kept and
// used for the next file of the same sender.
type Layout struct {
	First      int64    `json:"first,omitempty"` // first row that belongs to this table, its titles included; those above are another table's. 0 = from the top
	HeaderFrom int64    `json:"header_from"`     // first row of the heading; 0: the grid has none and columns are named by their letters
	HeaderTo   int64    `json:"header_to"`       // its last row; without a heading, the last row above the data
	Last       int64    `json:"last"`            // last row of the table; 0 = to the end
	Columns    []Column `json:"columns"`         // by place in the sheet, from the first
	Cross      *Cross   `json:"cross,omitempty"`

	// Section is the heading of a new column that holds the label of the group
	// a row stands in ("I. Khối Đảng"); "" = labels of groups are not read.
	Section string `json:"section,omitempty"`
	// Sums: rows numbered I, II or A, B among rows numbered 1, 2 are groups also
	// when figures, their sums, stand in them.
	Sums bool `json:"sums,omitempty"`
	// Keep lists roles of rows that are read as data all the same.
	Keep []RowRole `json:"keep,omitempty"`
	// Said is what a person said of single rows of one file.
	Said map[int64]RowRole `json:"said,omitempty"`
	// Own: the format has headings of its own (JSON, Parquet, DBF), all rows are data.
	Own bool `json:"own,omitempty"`
}

// A Column is one column of the sheet.
type Column struct {
	Heading string `json:"heading"` // rows of the heading joined by " / ", merged cells spread
	Role    Role   `json:"role"`
	// Fill: a cell that is merged over several rows holds for each of them.
	Fill bool `json:"fill,omitempty"`
}

// A Role says what a column is for.
type Role string

// The roles of columns.
const (
	Data   Role = "data"
	Number Role = "number" // running numbers (STT): not read
	Ignore Role = "ignore" // not read: a person said so, or it is blank
	Spread Role = "spread" // one of the columns of a crosstab
)

// A RowRole says what a row is.
type RowRole string

// The roles of rows.
const (
	Title      RowRole = "title"
	Heading    RowRole = "heading"
	Numbering  RowRole = "numbering" // numbers of the columns under the heading
	DataRow    RowRole = "data"
	Section    RowRole = "section" // the label of a group of rows
	Total      RowRole = "total"
	Repeat     RowRole = "repeat" // the heading, printed again
	BlankRow   RowRole = "blank"  // nothing, or nothing but its running number
	Signature  RowRole = "signature"
	Note       RowRole = "note"
	OtherTable RowRole = "other-table"
)

// RowRoles lists the roles in the order in which they are counted.
var RowRoles = []RowRole{Title, Heading, Numbering, DataRow, Section, Total, Repeat, BlankRow, Signature, Note, OtherTable}

// A Cross turns the Spread columns of a crosstab into rows: each label gives a
// row with the fixed columns, the label and its value. Where all values of a
// label are empty there is no row.
type Cross struct {
	Label string `json:"label"` // heading of the new column of labels, e.g. "Tháng"
	Value string `json:"value"` // heading of the new column of values
	// Labels are what each Spread column is called, in their order.
	Labels []string `json:"labels"`
	// Measures are, for a crosstab with several values under each label, the
	// headings of the columns into which the Spread columns go, in their order;
	// columns of one label give one row.
	Measures []string `json:"measures,omitempty"`
}

// Remembered is the Layout as it is kept for the next file: without what was
// said of single rows.
func (l Layout) Remembered() Layout {
	l.Said = nil
	return l
}

const (
	headerWithin = 10_000 // rows within which a heading must end
	maxColumns   = 20_000
	crossCells   = 4_000 // cells that one row of a crosstab may become
)

// Check says what keeps a Layout, which a person may have edited, from being
// applied.
func (l Layout) Check() error {
	if len(l.Columns) == 0 || len(l.Columns) > maxColumns {
		return refused("layout.no-columns")
	}
	if l.HeaderFrom < 0 || l.HeaderTo < l.HeaderFrom || l.HeaderTo > headerWithin {
		return refused("layout.bad-heading", l.HeaderFrom, l.HeaderTo, headerWithin)
	}
	if l.Last != 0 && l.Last <= l.HeaderTo || l.First > l.HeaderTo+1 {
		return refused("layout.bad-rows", l.Last, l.HeaderTo)
	}
	fixed, spread := 0, 0
	for i, c := range l.Columns {
		switch c.Role {
		case Data:
			fixed++
		case Spread:
			spread++
		case Number, Ignore:
		default:
			return refused("layout.bad-role", Letters(i), string(c.Role))
		}
	}
	if fixed+spread == 0 {
		return refused("layout.no-columns")
	}
	return l.checkCross(fixed, spread)
}

func (l Layout) checkCross(fixed, spread int) error {
	x := l.Cross
	switch {
	case x == nil && spread > 0:
		return refused("layout.cross-none", spread)
	case x == nil:
		return nil
	case spread == 0 || len(x.Labels) != spread || len(x.Measures) != 0 && len(x.Measures) != spread:
		return refused("layout.cross-labels", spread, len(x.Labels))
	case x.Label == "" || len(x.Measures) == 0 && x.Value == "":
		return refused("layout.cross-heading")
	case spread*(fixed+2) > crossCells:
		return fault.New(fault.TooLarge, "layout.cross-too-wide", spread, fixed)
	}
	return nil
}

// Letters is the name of a column of a sheet: A, B … Z, AA …
func Letters(column int) string {
	var b [8]byte
	i := len(b)
	for n := column + 1; n > 0 && i > 0; n = (n - 1) / 26 {
		i--
		b[i] = byte('A' + (n-1)%26)
	}
	return string(b[i:])
}

// A Guess is what a row is taken for, and why; data needs no reason, its Why is
// empty.
type Guess struct {
	Line int64
	Role RowRole
	Why  ingest.Finding
}

func refused(key string, args ...any) error { return fault.New(fault.Invalid, key, args...) }
