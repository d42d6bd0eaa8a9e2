package draft

import (
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/viet"
)

// RenameObject gives a table another name.
func (d *Draft) RenameObject(i int, name string) {
	old := d.Objects[i].Name
	if old == name {
		return
	}
	d.Objects[i].Name = name
	for q := range d.Doubts {
		if d.Doubts[q].Object == old {
			d.Doubts[q].Object = name
		}
	}
}

// RenameColumns gives the columns of a table other names, by place; what names
// a column, such as the key, follows.
func (d *Draft) RenameColumns(i int, names []string) {
	o := &d.Objects[i]
	now := map[string]string{}
	for j := range min(len(names), len(o.Columns)) {
		c := &o.Columns[j]
		if c.Name != names[j] {
			now[c.Name], c.Name = names[j], names[j]
		}
	}
	follow := func(name *string) {
		if to, ok := now[*name]; ok {
			*name = to
		}
	}
	for k := range o.Key {
		follow(&o.Key[k])
	}
	for _, name := range []*string{&o.Period, &o.Sender, &o.ValidFrom, &o.ValidTo} {
		follow(name)
	}
	for q := range d.Doubts {
		if d.Doubts[q].Object != o.Name {
			continue
		}
		follow(&d.Doubts[q].Column)
		for n := range d.Doubts[q].Options {
			for k := range d.Doubts[q].Options[n].Edit.Key {
				follow(&d.Doubts[q].Options[n].Edit.Key[k])
			}
		}
	}
}

// SetKey makes these columns the key. Those that were in it keep their order,
// others come behind.
func (o *Object) SetKey(names []string) {
	key := slices.DeleteFunc(slices.Clone(o.Key), func(k string) bool { return !slices.Contains(names, k) })
	for _, n := range names {
		if !slices.Contains(key, n) {
			key = append(key, n)
		}
	}
	if len(key) == 0 && o.Mode != contract.Replace {
		o.Mode = "" // nothing else works without a key
	}
	o.Key = key
}

// Leave takes a column out of the draft, or brings it back.
func (o *Object) Leave(column int, out bool) {
	c := &o.Columns[column]
	c.LeftOut = out
	if !out {
		return
	}
	for _, name := range []*string{&o.Period, &o.Sender, &o.ValidFrom, &o.ValidTo} {
		if *name == c.Name {
			*name = ""
		}
	}
	o.SetKey(slices.DeleteFunc(slices.Clone(o.Key), func(k string) bool { return k == c.Name }))
}

// What a column holds is named by one word: a type ("integer"), an identifier
// ("kind:cccd") or a code of an administrative unit ("unit:commune").

// Sort names what a column holds.
func (c *Column) Sort() string {
	switch {
	case c.Unit != "":
		return "unit:" + c.Unit
	case c.Kind != "":
		return "kind:" + string(c.Kind)
	}
	return string(c.Type)
}

// Sorts are what a column can be said to hold.
func Sorts() []string {
	all := []string{
		string(contract.Text), string(contract.Integer), string(contract.Decimal), string(contract.Float), string(contract.Boolean),
		string(contract.Date), string(contract.PartialDate), string(contract.Time), string(contract.Timestamp), "unit:province", "unit:commune",
	}
	for _, k := range viet.Kinds() {
		all = append(all, "kind:"+string(k))
	}
	return all
}

// SetSort changes what a column holds. A word that names nothing changes
// nothing.
func (c *Column) SetSort(sort string) {
	if sort == c.Sort() || !slices.Contains(Sorts(), sort) {
		return
	}
	what, name, _ := strings.Cut(sort, ":")
	c.Unit, c.Kind, c.Pattern, c.Unique = "", "", "", c.Unique && c.Type == contract.Text
	switch what {
	case "unit", "kind":
		c.apply(Edit{Type: contract.Text})
		c.CodeList, c.Reference, c.MaxLength, c.Examples = "", nil, 0, nil
		if what == "kind" {
			c.Kind = viet.Kind(name)
		} else {
			c.Unit = name
		}
	default:
		e := Edit{Type: contract.Type(sort)}
		switch e.Type {
		case contract.Decimal:
			e.Precision, e.Scale = 18, 4
		case contract.PartialDate:
			e.Finest = "year"
		}
		c.apply(e)
		c.MaxLength = 0
		if e.Type != contract.Text && e.Type != contract.Integer {
			c.Reference = nil
		}
	}
}

// SetList lets a code list say what a column may hold, "" none.
func (c *Column) SetList(id string) {
	if id == c.CodeList {
		return
	}
	c.CodeList, c.Examples = id, nil
	if id != "" {
		c.Unit, c.Kind, c.Pattern, c.Reference = "", "", "", nil
	}
}
