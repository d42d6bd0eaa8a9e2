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

// fill changes a draft as a form says: answers last, since one may choose what the form
// says beside it as well.
func fill(d *draft.Draft, form url.Values) error {
	c := changesOf(d, form)
	answers := draft.Changes{Answers: c.Answers}
	c.Answers = nil
	if err := c.Apply(d); err != nil {
		return err
	}
	chooseModes(d, form)
	return answers.Apply(d)
}

// changesOf reads what a form changes of a draft.
func changesOf(d *draft.Draft, form url.Values) (c draft.Changes) {
	c.ID, c.Title, c.About = given(form, "id"), given(form, "title"), given(form, "about")
	for i := range d.CodeLists {
		if name := given(form, "l"+strconv.Itoa(i)+".name"); name != nil {
			c.Lists = append(c.Lists, draft.ListChange{At: i, Name: *name})
		}
	}
	for i := range d.Objects {
		if at := "o" + strconv.Itoa(i) + "."; form.Has(at + "title") {
			c.Objects = append(c.Objects, objectChange(&d.Objects[i], i, at, form))
		}
	}
	for i := range d.Doubts {
		option, err := strconv.Atoi(form.Get("q" + strconv.Itoa(i)))
		if err == nil && len(d.Doubts[i].Options) > 0 {
			c.Answers = append(c.Answers, draft.Answer{Question: d.Doubts[i].ID, Option: option})
		}
	}
	return c
}

// given is a field of a form, nil when it is not there.
func given(form url.Values, name string) *string {
	if !form.Has(name) {
		return nil
	}
	text := form.Get(name)
	return &text
}

func objectChange(o *draft.Object, i int, at string, form url.Values) draft.ObjectChange {
	c := draft.ObjectChange{At: i, Title: given(form, at+"title"), Name: given(form, at+"name"), Key: &[]int{}}
	for j := range o.Columns {
		place := at + "c" + strconv.Itoa(j) + "."
		if form.Has(place + "title") {
			c.Columns = append(c.Columns, columnChange(j, place, form))
		} else if form.Has(place + "name") {
			c.Columns = append(c.Columns, draft.ColumnChange{At: j, Name: given(form, place+"name")})
		}
		if form.Has(place + "key") {
			*c.Key = append(*c.Key, j)
		}
	}
	return c
}

// chooseModes takes the modes of a form that the tables can have with the key that they
// have now: those on the page were of the key that they had.
func chooseModes(d *draft.Draft, form url.Values) {
	for i := range d.Objects {
		o, mode := &d.Objects[i], given(form, "o"+strconv.Itoa(i)+".mode")
		if mode != nil && slices.Contains(o.Modes(), contract.Mode(*mode)) {
			o.Mode = contract.Mode(*mode)
		}
	}
}

func columnChange(j int, at string, form url.Values) draft.ColumnChange {
	out, required := !form.Has(at+"in"), form.Has(at+"required")
	c := draft.ColumnChange{At: j, Name: given(form, at+"name"), Title: given(form, at+"title"), LeftOut: &out, Required: &required, Sort: given(form, at+"sort"), List: given(form, at+"list")}
	if text := given(form, at+"aliases"); text != nil {
		aliases := strings.Split(*text, ";")
		c.Aliases = &aliases
	}
	if class := draft.Class(form.Get(at + "class")); class != "" {
		c.Personal = &class
	}
	return c
}
