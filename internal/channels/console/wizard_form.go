package console

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/draft"
)

// The form of a draft names its fields by place: "o0.title" is of the first
// table, "o0.c3.title" of its fourth column. A table or column stands in the
// form when its title does.

// fill changes a draft as a form says.
func fill(d *draft.Draft, form url.Values) error {
	line := func(name string, into *string) {
		if form.Has(name) {
			*into = oneLine(form.Get(name))
		}
	}
	line("id", &d.ID)
	line("title", &d.Title)
	line("about", &d.About)
	for i := range d.CodeLists {
		line("l"+strconv.Itoa(i)+".name", &d.CodeLists[i].Name)
	}
	for i := range d.Objects {
		at := "o" + strconv.Itoa(i) + "."
		if form.Has(at + "title") {
			fillObject(d, i, at, form)
		}
	}
	return answers(d, form)
}

// oneLine takes a text field as one line without spaces around it.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func fillObject(d *draft.Draft, i int, at string, form url.Values) {
	o := &d.Objects[i]
	o.Title = oneLine(form.Get(at + "title"))
	if form.Has(at + "name") {
		d.RenameObject(i, oneLine(form.Get(at+"name")))
	}
	names := make([]string, len(o.Columns))
	for j := range o.Columns {
		names[j] = o.Columns[j].Name
		if field := at + "c" + strconv.Itoa(j) + ".name"; form.Has(field) {
			names[j] = oneLine(form.Get(field))
		}
	}
	d.RenameColumns(i, names)
	var key []string
	for j := range o.Columns {
		place := at + "c" + strconv.Itoa(j) + "."
		if form.Has(place + "title") {
			fillColumn(o, j, place, form)
		}
		if form.Has(place+"key") && !o.Columns[j].LeftOut {
			key = append(key, o.Columns[j].Name)
		}
	}
	o.SetKey(key)
	if mode := contract.Mode(form.Get(at + "mode")); form.Has(at+"mode") && slices.Contains(draftModes(o), mode) {
		o.Mode = mode
	}
}

func fillColumn(o *draft.Object, j int, at string, form url.Values) {
	c := &o.Columns[j]
	out := !form.Has(at + "in")
	if out != c.LeftOut {
		o.Leave(j, out)
	}
	if out {
		return
	}
	c.Title = oneLine(form.Get(at + "title"))
	c.Required = form.Has(at + "required")
	c.SetSort(form.Get(at + "sort"))
	if list := form.Get(at + "list"); form.Has(at + "list") {
		if c.Reference != nil && list != referred(c) {
			c.Reference = nil
		}
		if !strings.HasPrefix(list, "ref:") && (c.Type == contract.Text || c.Type == contract.Integer) {
			c.SetList(list)
		}
	}
	if form.Has(at + "aliases") {
		c.Aliases = aliases(form.Get(at + "aliases"))
	}
	switch class := draft.Class(form.Get(at + "class")); class {
	case draft.None, draft.Basic, draft.Sensitive:
		c.Personal.Class = class
	}
}

// referred is how the form names the data set that a column refers to.
func referred(c *draft.Column) string { return "ref:" + c.Reference.Dataset }

// aliases reads other headings, separated by semicolons.
func aliases(text string) (all []string) {
	for one := range strings.SplitSeq(text, ";") {
		if one = oneLine(one); one != "" && !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all
}

// draftModes are the modes that a table of a draft can have; "" is the
// platform's own choice: merge with a key, append without.
func draftModes(o *draft.Object) []contract.Mode {
	if len(o.Key) == 0 {
		return []contract.Mode{"", contract.Replace}
	}
	all := []contract.Mode{"", contract.Append, contract.Replace}
	if o.Sender != "" && o.Period != "" {
		all = append(all, contract.Slice)
	}
	return all
}

// answers takes the questions whose answer is another than before; one that was
// left as it was shall not undo what the form says beside it.
func answers(d *draft.Draft, form url.Values) error {
	for i := range d.Doubts {
		q := d.Doubts[i]
		field := "q" + strconv.Itoa(i)
		if !form.Has(field) || len(q.Options) == 0 {
			continue
		}
		option, err := strconv.Atoi(form.Get(field))
		if err != nil || option == q.Chosen {
			continue
		}
		if err := d.Choose(q.ID, option); err != nil {
			return err
		}
	}
	return nil
}
