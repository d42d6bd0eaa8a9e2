// Package parts is what pages of work are made of, whatever they are about: a head,
// facts, marks and forms. It knows no more than what is to be shown.
package parts

import "github.com/a-h/templ"

// A Head stands above a page.
type Head struct {
	Crumbs        []Link
	Title, Lead   string
	Vi            bool // the title is data: Vietnamese in any language
	Bands         []Band
	Problem, Done string // why what was asked for was not done; what has just been done
	Tabs          []Link
}

// The small ones among the parts have no types of their own, so that pages may write
// them without the names of their fields.

// A Link is a page of ours; Here is the one that is open.
type Link = struct {
	Text, Path string
	Here       bool
}

// A Band is a mark in words and colour: good, watch, poor or none.
type Band = struct{ Kind, Text string }

// A Fact is a name with what it stands for.
type Fact struct {
	Name, Value, Link string
	Under             string // a second line
	Code, Vi          bool
	Lines             []string // instead of Value
}

// A Form posts fields to a path; with Get it asks for a page.
type Form struct {
	ID, Path, Token string
	Get             bool
	Files           bool
	Title, Hint     string
	Folded          bool // opened by a click on its title
	Fields          []Field
	Hidden          []Hidden
	Submit          string
	Danger          bool
	Small           bool   // a button in a table
	Button          string // classes of the button, where they are not those of Danger and Small
}

// Hidden is a value that goes along.
type Hidden = struct{ Name, Value string }

// A Field is one thing to fill in. Kind is that of an input, or "select", "check",
// "checks", "area", "day", "digits", "file".
type Field struct {
	Name, Label, Value, Hint, Kind string
	Required                       bool
	Picks                          []Pick
	Suggest                        []Pick // offered while typing
	Wide                           bool
	Problem                        string // what is wrong with it
}

// A Pick is one of several to choose from.
type Pick = struct {
	Value, Text string
	Chosen      bool
	Off         bool // cannot be chosen; Text says why
}

// button gives the classes of a form's button.
func (f *Form) button() string {
	classes := "btn"
	switch {
	case f.Button != "":
		return f.Button
	case f.Danger:
		classes += " btn-outline-danger"
	case !f.Small:
		classes += " btn-primary"
	}
	if f.Small {
		classes += " btn-sm"
	}
	return classes
}

func inputType(kind string) string {
	switch kind {
	case "", "day", "digits":
		return "text"
	}
	return kind
}

// describes ties a field to its hint, and to what is wrong with it.
func describes(form string, f Field) templ.Attributes {
	all := templ.Attributes{}
	if f.Hint != "" || f.Problem != "" {
		all["aria-describedby"] = form + "-" + f.Name + "-hint"
	}
	if f.Problem != "" {
		all["aria-invalid"] = "true"
	}
	return all
}
