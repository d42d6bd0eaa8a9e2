// Package layout tells the data of a sheet from what stands around it: titles,
// headings of several rows, columns of running numbers, totals, signatures,
// blank lines, and tables that run sideways (thôn × tháng). What it recognises
// is a Layout, which a person can look at and correct; Apply then reads a Grid
// by it.
package layout

// A Layout says which rows and columns of a Grid are data. It can be kept and
// used for the next file of the same sender.
type Layout struct {
	HeaderFrom int64    `json:"header_from"` // first row of the heading; 0: the grid has none and columns are named by their letters
	HeaderTo   int64    `json:"header_to"`   // its last row
	Last       int64    `json:"last"`        // last row of the table; 0 = to the end
	Columns    []Column `json:"columns"`     // by place in the sheet, from the first
	Cross      *Cross   `json:"cross,omitempty"`
}

// A Column is one column of the sheet.
type Column struct {
	Heading string `json:"heading"` // rows of the heading joined by " / ", merged cells spread
	Role    Role   `json:"role"`
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

// A Cross turns the Spread columns of a crosstab into rows: each gives a row
// with the fixed columns, the column's label and its value. Cells that are
// empty give no row.
type Cross struct {
	Label string `json:"label"` // heading of the new column of labels, e.g. "Tháng"
	Value string `json:"value"` // heading of the new column of values
	// Labels are what each Spread column is called, in their order.
	Labels []string `json:"labels"`
}
