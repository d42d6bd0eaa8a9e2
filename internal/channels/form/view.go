package form

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// A Shown difference is one as people read it. Mine is what the reader had written,
// when somebody else's change stands against it.
type Shown struct{ Column, Title, Before, After, Mine string }

// Show words differences: codes by their names, values as they are written here.
func Show(l locale.Lang, obj *contract.Object, names dictionary.Names, all []Difference) []Shown {
	shown := make([]Shown, len(all))
	for i, d := range all {
		c := &obj.Columns[obj.Column(d.Column)]
		shown[i] = Shown{Column: d.Column, Title: d.Title, Before: Worded(l, c, names, d.Before), After: Worded(l, c, names, d.After)}
	}
	return shown
}

// ShowChanged words what somebody else has changed beside what was written in the
// form.
func ShowChanged(l locale.Lang, obj *contract.Object, names dictionary.Names, all []Difference, values map[string]string) []Shown {
	shown := Show(l, obj, names, all)
	for i := range shown {
		mine := values[shown[i].Column]
		if name := names.Name(obj.Columns[obj.Column(shown[i].Column)].CodeList, mine); name != "" {
			mine = name
		}
		shown[i].Mine = cmp.Or(mine, "–")
	}
	return shown
}

// Worded is a canonical text as people read it; nothing is a dash.
func Worded(l locale.Lang, c *contract.Column, names dictionary.Names, text string) string {
	if text == "" {
		return "–"
	}
	if name := names.Name(c.CodeList, text); name != "" {
		return name
	}
	switch c.Type {
	case contract.Boolean:
		return l.T("page.boolean." + text)
	case contract.Timestamp:
		return ui.Value(l, c, text)
	}
	return shown(l, c, text)
}

func (p Problem) said(ctx context.Context) string { return p.In(locale.From(ctx)) }

func idOf(fields []Field, column string) string {
	for _, f := range fields {
		if f.Name == column && column != "" {
			return f.ID()
		}
	}
	return ""
}

func (f Field) shownValue() string {
	for _, o := range f.Options {
		if o.Value == f.Value {
			return o.Text
		}
	}
	if f.Value == "" {
		return "–"
	}
	return f.Value
}

// attributes are those that not every field has.
func (f Field) attributes() templ.Attributes {
	a := templ.Attributes{"aria-describedby": f.ID() + "-help", "autocomplete": "off", "inputmode": f.Mode}
	if f.Most > 0 {
		a["maxlength"] = strconv.Itoa(f.Most)
	}
	if f.Lang != "" {
		a["lang"] = f.Lang
	}
	if len(f.Suggest) > 0 {
		a["list"] = f.ID() + "-list"
	}
	return a
}

// dayAttributes let the browser offer a calendar, unless what stands in the field
// is no day, which a calendar would not show.
func (f Field) dayAttributes() templ.Attributes {
	if _, err := time.Parse(time.DateOnly, f.Value); err != nil && f.Value != "" {
		return templ.Attributes{"type": "text"}
	}
	return templ.Attributes{"type": "date"}
}

func moment(text string) (time.Time, error) { return time.Parse(time.RFC3339Nano, text) }
