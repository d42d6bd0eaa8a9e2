// Package draft proposes the contract of a data set from sample files: columns,
// types, key, code lists, other headings, the reporting period, which columns
// hold personal data, each with the reason and, where the files cannot tell,
// with a question. A Draft is a value that a person looks at and changes; it
// writes itself as an ODCS document that the platform accepts.
//
// Look reads a sample once, in memory that does not grow with the file.
// Propose turns what was seen into a Draft. Nothing of a personal value gets
// into a Draft: its examples are made up, and the text says so.
package draft

import (
	"encoding/json"
	"math"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// A Draft is a contract in the making. It may be kept as JSON.
type Draft struct {
	ID        string          `json:"id"`
	Title     string          `json:"title"`
	About     string          `json:"about,omitempty"` // what the data are for
	Owner     string          `json:"owner,omitempty"` // organisation's id
	Samples   []string        `json:"samples,omitempty"`
	Objects   []Object        `json:"objects"`
	CodeLists []CodeListDraft `json:"code_lists,omitempty"`
	Doubts    []Question      `json:"doubts,omitempty"`
}

// An Object is one table of the draft. Key, Period, Sender and the validity
// name columns by Column.Name.
type Object struct {
	Name      string        `json:"name"`
	Title     string        `json:"title"`
	Columns   []Column      `json:"columns"`
	Key       []string      `json:"key,omitempty"`
	Mode      contract.Mode `json:"mode,omitempty"` // "" = the platform's default
	Period    string        `json:"period,omitempty"`
	Sender    string        `json:"sender,omitempty"`
	ValidFrom string        `json:"valid_from,omitempty"`
	ValidTo   string        `json:"valid_to,omitempty"`
	Rows      int64         `json:"rows"`             // of all samples
	Tables    []int         `json:"tables,omitempty"` // which of the samples, from 0
	Why       []Note        `json:"why,omitempty"`
}

// A Column is one column of the draft.
type Column struct {
	Heading   string        `json:"heading"` // of the first sample
	Name      string        `json:"name"`
	Title     string        `json:"title"`
	About     string        `json:"about,omitempty"`
	Type      contract.Type `json:"type"`
	Precision int           `json:"precision,omitempty"`
	Scale     int           `json:"scale,omitempty"`
	Finest    string        `json:"finest,omitempty"` // of a partial date: year, month, day
	Shape     string        `json:"shape,omitempty"`  // of a geometry
	Required  bool          `json:"required,omitempty"`
	Unique    bool          `json:"unique,omitempty"`
	Aliases   []string      `json:"aliases,omitempty"`
	CodeList  string        `json:"code_list,omitempty"`
	Reference *Reference    `json:"reference,omitempty"`
	Unit      string        `json:"unit,omitempty"` // province, commune
	Kind      viet.Kind     `json:"kind,omitempty"` // identifier, as package viet knows it
	Personal  Personal      `json:"personal"`
	Pattern   string        `json:"pattern,omitempty"`
	MaxLength int           `json:"max_length,omitempty"`
	Min       string        `json:"min,omitempty"`
	Max       string        `json:"max,omitempty"`
	Style     Style         `json:"style,omitempty"` // how the sample writes numbers, when not plainly
	Examples  []string      `json:"examples,omitempty"`
	MadeUp    bool          `json:"made_up,omitempty"` // the examples are made up: the column is personal
	LeftOut   bool          `json:"left_out,omitempty"`
	Fill      float64       `json:"fill"` // share of rows with a value
	Distinct  int64         `json:"distinct"`
	Why       []Note        `json:"why,omitempty"`
}

// A Style is how numbers are written.
type Style string

// The styles.
const (
	Vietnamese Style = "vi" // 1.234.567,5
	English    Style = "en" // 1,234,567.5
)

// A Reference points at a column of a data set that exists.
type Reference struct {
	Dataset string `json:"dataset"`
	Column  string `json:"column"`
}

// Personal says whether a column holds personal data (Luật 91/2025/QH15, Nghị
// định 356/2025/NĐ-CP).
type Personal struct {
	Class Class  `json:"class"`
	Kind  string `json:"kind,omitempty"` // name, birth, personal_id, phone …
}

// A Class is how far personal data are protected.
type Class string

// The classes.
const (
	None      Class = "none"
	Basic     Class = "basic"
	Sensitive Class = "sensitive"
)

// A CodeListDraft is a code list proposed from the values of a column.
type CodeListDraft struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Codes []Code `json:"codes"`
}

// A Code is one entry of a proposed list.
type Code struct {
	Code    string   `json:"code"`
	Name    string   `json:"name"`
	Aliases []string `json:"aliases,omitempty"`
	Rows    int64    `json:"rows,omitempty"` // how often the sample has it
}

// A Question is what the samples cannot decide. The draft already holds the
// first option.
type Question struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Column  string   `json:"column,omitempty"`
	Ask     Note     `json:"ask"`
	Options []Option `json:"options,omitempty"`
	Chosen  int      `json:"chosen"`
}

// An Option is one answer, and what it changes.
type Option struct {
	Say  Note `json:"say"`
	Edit Edit `json:"edit"`
}

// An Edit is what an answer changes in the object or column of its question;
// what is empty stays.
type Edit struct {
	Key       []string      `json:"key,omitempty"`
	NoKey     bool          `json:"no_key,omitempty"`
	Mode      contract.Mode `json:"mode,omitempty"`
	Type      contract.Type `json:"type,omitempty"`
	Precision int           `json:"precision,omitempty"`
	Scale     int           `json:"scale,omitempty"`
	Finest    string        `json:"finest,omitempty"`
	Style     Style         `json:"style,omitempty"`
	CodeList  string        `json:"code_list,omitempty"`
	NoList    bool          `json:"no_list,omitempty"`
	Class     Class         `json:"class,omitempty"`
	LeftOut   bool          `json:"left_out,omitempty"`
}

// A Note is a sentence of the catalogues with its values.
type Note struct {
	Key  string `json:"key"`
	Args []any  `json:"args,omitempty"`
}

func say(key string, args ...any) Note { return Note{key, args} }

// In gives the sentence in a language. Values that are keys of the catalogues
// themselves, as the names of identifiers are, are put into words too.
func (n Note) In(l locale.Lang) string {
	args := make([]any, len(n.Args))
	for i, a := range n.Args {
		args[i] = a
		if s, ok := a.(string); ok && strings.HasPrefix(s, "draft.") && l.Has(s) {
			args[i] = l.T(s)
		}
	}
	return l.T(n.Key, args...)
}

// UnmarshalJSON reads a note; whole numbers come back as such, since sentences
// write them otherwise than others.
func (n *Note) UnmarshalJSON(b []byte) error {
	type plain Note
	var p plain
	if err := json.Unmarshal(b, &p); err != nil {
		return err
	}
	for i, a := range p.Args {
		if f, ok := a.(float64); ok && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			p.Args[i] = int64(f)
		}
	}
	*n = Note(p)
	return nil
}

// Object finds a table by its name.
func (d *Draft) Object(name string) *Object {
	for i := range d.Objects {
		if d.Objects[i].Name == name {
			return &d.Objects[i]
		}
	}
	return nil
}

// Column finds a column by its name.
func (o *Object) Column(name string) *Column {
	for i := range o.Columns {
		if o.Columns[i].Name == name {
			return &o.Columns[i]
		}
	}
	return nil
}

// Personal is the highest class of the draft's columns.
func (d *Draft) Personal() Class {
	highest := None
	for i := range d.Objects {
		for j := range d.Objects[i].Columns {
			switch c := &d.Objects[i].Columns[j]; {
			case c.LeftOut:
			case c.Personal.Class == Sensitive:
				return Sensitive
			case c.Personal.Class == Basic:
				highest = Basic
			}
		}
	}
	return highest
}
