package orgdesk

import (
	"strings"

	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
)

// A Difference is a field that has another value, each as people read it.
type Difference struct {
	Name, Title   string
	Before, After string
}

type differences []Difference

func (d *differences) add(name, title, before, after string) {
	if before != after {
		*d = append(*d, Difference{name, title, before, after})
	}
}

// Differences are the fields in which two contents of an organisation differ.
func Differences(l locale.Lang, snap *org.Snapshot, before, after *org.Org) []Difference {
	names := func(ids []string) string {
		var all []string
		for _, id := range ids {
			all = append(all, snap.Name(id))
		}
		return strings.Join(all, "; ")
	}
	codes := func(o *org.Org) string {
		var all []string
		for _, c := range o.Codes {
			all = append(all, c.Code+" ("+Days(l, c.Span)+")")
		}
		return strings.Join(all, "; ")
	}
	parents := func(o *org.Org) string {
		var all []string
		for _, above := range o.Parents {
			all = append(all, snap.Name(above.ID)+" ("+Days(l, above.Span)+")")
		}
		return strings.Join(all, "; ")
	}
	var d differences
	d.add("name", l.T("org.field.name"), before.Name, after.Name)
	d.add("name_en", l.T("org.field.nameEn"), before.NameEn, after.NameEn)
	d.add("level", l.T("org.field.level"), l.T("org.level."+string(before.Level)), l.T("org.level."+string(after.Level)))
	d.add("province", l.T("org.field.province"), before.Province, after.Province)
	d.add("unit_code", l.T("org.field.unitCode"), before.UnitCode, after.UnitCode)
	d.add("valid", l.T("people.days"), Days(l, before.Span), Days(l, after.Span))
	d.add("codes", l.T("org.field.codes"), codes(before), codes(after))
	d.add("parents", l.T("org.field.parents"), parents(before), parents(after))
	d.add("predecessors", l.T("org.field.predecessors"), names(before.Predecessors), names(after.Predecessors))
	d.add("successors", l.T("org.field.successors"), names(before.Successors), names(after.Successors))
	d.add("sources", l.T("org.field.sources"), strings.Join(before.Sources, "; "), strings.Join(after.Sources, "; "))
	d.add("note", l.T("org.field.note"), before.Note, after.Note)
	return d
}

// PostDifferences are the fields in which two contents of a post differ.
func (d *Desk) PostDifferences(l locale.Lang, before, after *org.Post) []Difference {
	var all differences
	all.add("title", l.T("people.title"), before.Title, after.Title)
	all.add("valid", l.T("people.days"), Days(l, before.Span), Days(l, after.Span))
	all.add("roles", l.T("people.roles"), d.RoleNames(l, before.Roles), d.RoleNames(l, after.Roles))
	all.add("units", l.T("people.units"), strings.Join(before.Units, ", "), strings.Join(after.Units, ", "))
	all.add("mandate_no", l.T("people.mandate-no"), before.MandateNo, after.MandateNo)
	all.add("mandate_date", l.T("people.mandate-date"), before.MandateDate.Display(), after.MandateDate.Display())
	return all
}

// Days writes the days of something.
func Days(l locale.Lang, s org.Span) string {
	switch {
	case s.From.Set && s.To.Set:
		return l.T("people.span.from-to", s.From.Display(), s.To.Display())
	case s.From.Set:
		return l.T("people.span.from", s.From.Display())
	case s.To.Set:
		return l.T("people.span.to", s.To.Display())
	}
	return l.T("people.span.open")
}

// RoleName names a role for people.
func (d *Desk) RoleName(l locale.Lang, id string) string {
	for _, role := range d.Policies.Roles() {
		if role.ID == id {
			return l.Of(role.Vi, role.En)
		}
	}
	return id
}

// RoleNames names roles for people.
func (d *Desk) RoleNames(l locale.Lang, ids []string) string {
	var all []string
	for _, id := range ids {
		all = append(all, d.RoleName(l, id))
	}
	return strings.Join(all, ", ")
}
