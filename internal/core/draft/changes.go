package draft

import (
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet"
)

// Changes are what a person changes of a draft. What is nil stays.
type Changes struct {
	ID      *string        `json:"id,omitempty" maxLength:"200" doc:"Of the data set"`
	Title   *string        `json:"title,omitempty" maxLength:"500"`
	About   *string        `json:"about,omitempty" maxLength:"2000" doc:"What the data are for"`
	Lists   []ListChange   `json:"lists,omitempty" maxItems:"500" nullable:"false"`
	Objects []ObjectChange `json:"objects,omitempty" maxItems:"100" nullable:"false"`
	Answers []Answer       `json:"answers,omitempty" maxItems:"1000" nullable:"false" doc:"To questions. One that has this answer already is left as it is, with what was changed beside it"`
}

// A ListChange names a proposed code list.
type ListChange struct {
	At   int    `json:"at" minimum:"0" doc:"Place in code_lists of the draft, from 0"`
	Name string `json:"name" maxLength:"500"`
}

// An ObjectChange changes a table.
type ObjectChange struct {
	At      int            `json:"at" minimum:"0" doc:"Place in objects of the draft, from 0"`
	Name    *string        `json:"name,omitempty" maxLength:"200"`
	Title   *string        `json:"title,omitempty" maxLength:"500"`
	Key     *[]int         `json:"key,omitempty" maxItems:"50" doc:"Places of the columns of the key; none: no key. Those that were in it keep their order, others come behind"`
	Mode    *contract.Mode `json:"mode,omitempty" enum:",append,replace,slice" doc:"Empty: the platform's own, merge with a key, append without"`
	Columns []ColumnChange `json:"columns,omitempty" maxItems:"2000" nullable:"false"`
}

// A ColumnChange changes a column.
type ColumnChange struct {
	At       int       `json:"at" minimum:"0" doc:"Place in columns of the table, from 0"`
	Name     *string   `json:"name,omitempty" maxLength:"200"`
	Title    *string   `json:"title,omitempty" maxLength:"500"`
	LeftOut  *bool     `json:"left_out,omitempty" doc:"It becomes no field; nothing else is changed of it then"`
	Required *bool     `json:"required,omitempty"`
	Sort     *string   `json:"sort,omitempty" maxLength:"100" doc:"What it holds: a type (integer), an identifier (kind:cccd) or a code of an administrative unit (unit:commune)"`
	List     *string   `json:"list,omitempty" maxLength:"200" doc:"Id of its code list, of a text or an integer; empty: none, nor a reference to a data set"`
	Aliases  *[]string `json:"aliases,omitempty" maxItems:"50" doc:"Other headings of it in files"`
	Personal *Class    `json:"personal,omitempty" enum:"none,basic,sensitive" doc:"What it tells of persons"`
}

// An Answer is one to a question of a draft.
type Answer struct {
	Question string `json:"question" minLength:"1" maxLength:"200" doc:"Its id"`
	Option   int    `json:"option" minimum:"0" doc:"From 0"`
}

// Apply changes a draft. What names nothing is a fault of kind Invalid: the draft is
// then to be thrown away.
func (c *Changes) Apply(d *Draft) error {
	line(&d.ID, c.ID)
	line(&d.Title, c.Title)
	line(&d.About, c.About)
	for _, l := range c.Lists {
		if l.At >= len(d.CodeLists) {
			return fault.New(fault.Invalid, "draft.no-place", l.At)
		}
		d.CodeLists[l.At].Name = oneLine(l.Name)
	}
	for i := range c.Objects {
		if err := c.Objects[i].apply(d); err != nil {
			return err
		}
	}
	for _, a := range c.Answers {
		if slices.ContainsFunc(d.Doubts, func(q Question) bool { return q.ID == a.Question && q.Chosen == a.Option }) {
			continue
		}
		if !slices.ContainsFunc(d.Doubts, func(q Question) bool { return q.ID == a.Question }) {
			return fault.New(fault.Invalid, "draft.no-question", a.Question)
		}
		if err := d.Choose(a.Question, a.Option); err != nil {
			return err
		}
	}
	return nil
}

// line writes a text as one line without spaces around it, if there is one.
func line(into *string, text *string) {
	if text != nil {
		*into = oneLine(*text)
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func (c *ObjectChange) apply(d *Draft) error {
	if c.At >= len(d.Objects) {
		return fault.New(fault.Invalid, "draft.no-place", c.At)
	}
	o := &d.Objects[c.At]
	line(&o.Title, c.Title)
	if c.Name != nil {
		d.RenameObject(c.At, oneLine(*c.Name))
	}
	names := make([]string, len(o.Columns))
	for j := range o.Columns {
		names[j] = o.Columns[j].Name
	}
	for _, one := range c.Columns {
		if one.At >= len(names) {
			return fault.New(fault.Invalid, "draft.no-place", one.At)
		}
		line(&names[one.At], one.Name)
	}
	d.RenameColumns(c.At, names)
	for i := range c.Columns {
		if err := c.Columns[i].apply(o); err != nil {
			return err
		}
	}
	o.keepHeadings()
	if c.Key != nil {
		var key []string
		for _, at := range *c.Key {
			if at < 0 || at >= len(o.Columns) {
				return fault.New(fault.Invalid, "draft.no-place", at)
			}
			if !o.Columns[at].LeftOut {
				key = append(key, o.Columns[at].Name)
			}
		}
		o.SetKey(key)
	}
	if c.Mode != nil {
		if !slices.Contains(o.Modes(), *c.Mode) {
			return fault.New(fault.Invalid, "draft.no-choice", string(*c.Mode), o.Title)
		}
		o.Mode = *c.Mode
	}
	return nil
}

// keepHeadings makes the heading that a column had in the sample one of its other
// headings, once it is called otherwise: the offices' files go on having it.
func (o *Object) keepHeadings() {
	taken := map[string]bool{}
	for i := range o.Columns {
		if c := &o.Columns[i]; !c.LeftOut {
			for _, name := range append([]string{c.Name, c.Title}, c.Aliases...) {
				taken[viet.Identifier(name)] = true
			}
		}
	}
	for i := range o.Columns {
		c := &o.Columns[i]
		if key := viet.Identifier(c.Heading); !c.LeftOut && key != "" && !taken[key] {
			taken[key] = true
			c.Aliases = append(c.Aliases, c.Heading)
		}
	}
}

func (c *ColumnChange) apply(o *Object) error {
	to := &o.Columns[c.At]
	if c.LeftOut != nil && *c.LeftOut != to.LeftOut {
		o.Leave(c.At, *c.LeftOut)
	}
	if to.LeftOut {
		return nil
	}
	line(&to.Title, c.Title)
	if c.Required != nil {
		to.Required = *c.Required
	}
	if c.Sort != nil {
		if *c.Sort != to.Sort() && !slices.Contains(Sorts(), *c.Sort) {
			return fault.New(fault.Invalid, "draft.no-choice", *c.Sort, to.Title)
		}
		to.SetSort(*c.Sort)
	}
	if c.List != nil {
		to.list(*c.List)
	}
	if c.Aliases != nil {
		to.Aliases = nil
		for _, one := range *c.Aliases {
			if one = oneLine(one); one != "" && !slices.Contains(to.Aliases, one) {
				to.Aliases = append(to.Aliases, one)
			}
		}
	}
	if c.Personal != nil {
		if !slices.Contains([]Class{None, Basic, Sensitive}, *c.Personal) {
			return fault.New(fault.Invalid, "draft.no-choice", string(*c.Personal), to.Title)
		}
		to.Personal.Class = *c.Personal
	}
	return nil
}

// ListReference begins what stands for the data set that a column refers to where code
// lists are chosen.
const ListReference = "ref:"

// list takes what was chosen of code lists and the data set referred to. What the
// column holds now may have no list.
func (c *Column) list(id string) {
	if c.Reference != nil && id != ListReference+c.Reference.Dataset {
		c.Reference = nil
	}
	if !strings.HasPrefix(id, ListReference) && (c.Type == contract.Text || c.Type == contract.Integer) {
		c.SetList(id)
	}
}

// Modes are the modes that a table can have; "" is the platform's own choice: merge
// with a key, append without.
func (o *Object) Modes() []contract.Mode {
	if len(o.Key) == 0 {
		return []contract.Mode{"", contract.Replace}
	}
	all := []contract.Mode{"", contract.Append, contract.Replace}
	if o.Sender != "" && o.Period != "" {
		all = append(all, contract.Slice)
	}
	return all
}
