package corridor

import (
	"github.com/phohien/phohien/internal/core/ingest/layout"
)

// A Reading is how a file was read: what a person must be able to look at and
// correct.
type Reading struct {
	Kind      string   `json:"kind"`                // csv, xlsx, xls, ods, docx, html, json, xml, parquet, dbf …
	Path      string   `json:"path,omitempty"`      // of the file inside the archive that was sent
	Charset   string   `json:"charset,omitempty"`   // of a text file, in words
	Separator string   `json:"separator,omitempty"` // of a text file
	Tables    []string `json:"tables"`              // names of the tables in the file
	Table     int      `json:"table"`               // the one that was read
	// Layout is how its rows and columns were understood; nil for a plain CSV
	// file whose first line is the heading.
	Layout     *layout.Layout `json:"layout,omitempty"`
	Remembered bool           `json:"remembered,omitempty"` // by what was said of an earlier file
	Sure       bool           `json:"sure"`                 // false: a person should look at the layout first
	Header     []string       `json:"header"`               // headings as read, "" = not read
	Places     []int          `json:"places"`               // by column of the object: place in Header, -1 = the file lacks it
	Unknown    []string       `json:"unknown"`              // headings that no field knows
	Missing    []string       `json:"missing"`              // titles of required fields that no heading feeds; the file cannot be read before that is settled
	Dropped    []layout.Drop  `json:"dropped"`              // rows that are not data, by role
	Rescues    []RescueCount  `json:"rescues"`              // cells that were mended while they were read
	Notes      []Note         `json:"notes"`                // what readers and layout have to say
}

// A RescueCount counts the cells of a column that one rule has mended.
type RescueCount struct {
	Column   string      `json:"column"`
	Title    string      `json:"title"`
	Rule     string      `json:"rule"` // quality.Rescues
	Name     Words       `json:"name"` // the rule in words
	Count    int64       `json:"count"`
	Examples [][2]string `json:"examples"` // before and after, a few
}

// Words is a text in both languages.
type Words struct {
	Vi string `json:"vi"`
	En string `json:"en"`
}

// Examples show what a batch would do, up to twenty rows of each kind. Cells
// stand in the order of the object's columns.
type Examples struct {
	Inserted    []Example `json:"inserted"`
	Updated     []Example `json:"updated"`
	Withdrawn   []Example `json:"withdrawn"`
	Quarantined []Example `json:"quarantined"`
}

// An Example is one row of a preview.
type Example struct {
	Line   int64    `json:"line,omitempty"`   // in the file
	Key    string   `json:"key,omitempty"`    // as record.KeyText spells it
	Cells  []string `json:"cells"`            // of a quarantined row as sent, of others as they would be stored
	Before []string `json:"before,omitempty"` // of an updated row: what is there
	Faults []string `json:"faults,omitempty"` // of a quarantined row: ids of the broken rules
}
