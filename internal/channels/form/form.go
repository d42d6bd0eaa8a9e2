// Package form makes the form of one record out of a contract: what is asked for,
// with which help and bounds, and what was written in it as values that the
// corridor takes. Any data set with phohien.origin: platform gets it.
//
// A record that is written by hand goes the way of every file: it is a batch of
// one line, so checks, history, undo and score are those of all rows.
package form

import (
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// A Kind is how a field is asked for.
type Kind string

// The kinds.
const (
	Line   Kind = "line"   // one line of text, a number or a time
	Area   Kind = "area"   // long text
	Day    Kind = "day"    // a date
	Choice Kind = "choice" // one of Options
)

// A Field is a column as a form asks for it.
type Field struct {
	Name     string // of the column
	Title    string
	Help     string
	Kind     Kind
	Mode     string // inputmode: numeric, decimal, text
	Required bool
	Most     int // characters, 0 = as many as one likes
	Options  []Option
	Suggest  []Option // may be chosen, others may be written
	Value    string   // as it stands in the field
	Problem  string   // what is wrong with it
	Fixed    bool     // shown and not asked for
	Example  string
	Lang     string // of what is written: "vi", or "" where it is no words
}

// ID is the field's id on the page.
func (f Field) ID() string { return "field-" + f.Name }

// An Option is a value that may be chosen.
type Option struct{ Value, Text string }

// mostOptions is how long a list of codes may be to be chosen from; of a longer
// one the code is written.
const mostOptions = 500

// longText is the length from which a text gets a field of several lines.
const longText = 300

// NewPlace is the last part of the address where a record of a data set is written.
const NewPlace = "new-record"

// Asked reports whether a form can ask for a column: files come by the corridor's
// other doors.
func Asked(c *contract.Column) bool { return c.Type != contract.File }

// Fits reports whether records of an object can be written by hand: those that
// the platform keeps itself, with a key to know them by.
func Fits(con *contract.Contract, obj *contract.Object) bool {
	if con.Origin != contract.FromPlatform || con.Retired || !obj.HasKey() {
		return false
	}
	for i := range obj.Columns {
		if c := &obj.Columns[i]; c.Required && !Asked(c) {
			return false
		}
	}
	return true
}

// Fields are the fields of an object's columns in the contract's order.
func Fields(l locale.Lang, obj *contract.Object, names dictionary.Names) []Field {
	most := map[int]int{}
	for i := range obj.Rules {
		r := &obj.Rules[i]
		if r.Kind == contract.RuleLength && len(r.Columns) == 1 {
			if n, err := strconv.Atoi(r.Max); err == nil {
				most[r.Columns[0]] = n
			}
		}
	}
	var all []Field
	for i := range obj.Columns {
		c := &obj.Columns[i]
		if !Asked(c) {
			continue
		}
		f := Field{
			Name: c.Name, Title: c.Title, Help: ui.InLanguage(l, c.About), Kind: Line, Mode: "text", Required: c.Required, Most: most[i],
			Example: ui.Example(l, c), Options: options(l, c, names),
		}
		if c.About == "" {
			f.Help = ""
		}
		f.shape(c)
		if bounds := bounds(l, obj, i); bounds != "" {
			f.Help = strings.TrimSpace(f.Help + " " + bounds)
		}
		all = append(all, f)
	}
	return all
}

// shape settles how a field looks by the type of its column.
func (f *Field) shape(c *contract.Column) {
	switch c.Type {
	case contract.Integer:
		f.Mode = "numeric"
	case contract.Decimal, contract.Float:
		f.Mode = "decimal"
	case contract.Date:
		f.Kind = Day
	case contract.JSON, contract.Geometry:
		f.Kind = Area
	case contract.Text:
		f.Lang = "vi"
		if f.Most >= longText {
			f.Kind = Area
		}
	}
	if len(f.Options) > 0 {
		f.Kind, f.Lang = Choice, ""
	}
}

// options are the codes of a column's list, or yes and no.
func options(l locale.Lang, c *contract.Column, names dictionary.Names) []Option {
	if c.Type == contract.Boolean {
		return []Option{{"true", l.T("page.boolean.true")}, {"false", l.T("page.boolean.false")}}
	}
	if c.CodeList == "" {
		return nil
	}
	codes := names.Valid(c.CodeList)
	if len(codes) > mostOptions {
		return nil
	}
	var all []Option
	for _, code := range codes {
		all = append(all, Option{code.Code, code.Name})
	}
	return all
}

// bounds says within what a number or a date has to be.
func bounds(l locale.Lang, obj *contract.Object, column int) string {
	for i := range obj.Rules {
		r := &obj.Rules[i]
		if r.Kind != contract.RuleRange || len(r.Columns) != 1 || r.Columns[0] != column {
			continue
		}
		c := &obj.Columns[column]
		least, largest := shown(l, c, r.Min), shown(l, c, r.Max)
		switch {
		case r.Min != "" && r.Max != "":
			return l.T("form.between", least, largest)
		case r.Min != "":
			return l.T("form.from", least)
		case r.Max != "":
			return l.T("form.up-to", largest)
		}
	}
	return ""
}

// shown writes a canonical text as people read it.
func shown(l locale.Lang, c *contract.Column, text string) string {
	switch c.Type {
	case contract.Integer:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return l.Number(n)
		}
	case contract.Decimal, contract.Float, contract.Date, contract.PartialDate:
		if text != "" {
			return ui.Value(l, c, text)
		}
	}
	return text
}

// Written is a canonical text as it stands in a field.
func Written(l locale.Lang, c *contract.Column, text string) string {
	switch c.Type {
	case contract.Decimal, contract.Float:
		if l == locale.Vi {
			return strings.Replace(text, ".", ",", 1)
		}
	case contract.PartialDate:
		if p, _, err := viet.ParsePartialDate([]byte(text)); err == nil && l == locale.Vi {
			return p.Display()
		}
	case contract.Timestamp:
		if at, err := time.Parse(time.RFC3339Nano, text); err == nil && at.Nanosecond() == 0 && l == locale.Vi {
			return at.In(record.VietnamTime).Format("02/01/2006 15:04:05")
		}
	}
	return text
}

// Fill puts canonical values into fields. A code that is valid no more stays
// among those that can be chosen.
func Fill(l locale.Lang, obj *contract.Object, fields []Field, cells map[string]string) {
	for i := range fields {
		f := &fields[i]
		c := &obj.Columns[obj.Column(f.Name)]
		f.Value = Written(l, c, cells[f.Name])
		f.keep(f.Value)
	}
}

// Refill puts what was written back into fields, with what is wrong with it.
func Refill(l locale.Lang, fields []Field, values map[string]string, wrong []Problem) {
	for i := range fields {
		f := &fields[i]
		if v, there := values[f.Name]; there && !f.Fixed {
			f.Value = v
			f.keep(v)
		}
		for _, p := range wrong {
			if p.Column == f.Name && f.Problem == "" {
				f.Problem = p.In(l)
			}
		}
	}
}

func (f *Field) keep(value string) {
	if f.Kind != Choice || value == "" {
		return
	}
	for _, o := range f.Options {
		if o.Value == value {
			return
		}
	}
	f.Options = append(f.Options, Option{value, value})
}

// Named are the fields of these names, in their order.
func Named(fields []Field, names ...string) []Field {
	var some []Field
	for _, name := range names {
		for _, f := range fields {
			if f.Name == name {
				some = append(some, f)
			}
		}
	}
	return some
}
