package org

import (
	"maps"
	"regexp"
	"slices"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet"
)

// A Finding is one thing wrong with an organisation.
type Finding struct {
	Org   string
	Field string // name in JSON and in packs: "parents"
	Entry int    // position in that field, 0 when it is no list
	Err   *fault.Error
}

var (
	validID   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,79}$`)
	validUnit = regexp.MustCompile(`^(\d{2}|\d{5})$`)
	province  = regexp.MustCompile(`^\d{2}$`)
)

// Check says what is wrong with these organisations, which are all there are:
// the form of each, that what it names is there, that on no day an organisation
// is its own superior, and that on no day two have one code.
func Check(all map[string]*Org) []Finding {
	var found []Finding
	for _, id := range slices.Sorted(maps.Keys(all)) {
		c := checker{all: all, o: all[id]}
		c.form()
		c.codes()
		c.parents()
		c.links()
		found = append(found, c.found...)
	}
	found = append(found, circles(all)...)
	return append(found, sameCodes(all)...)
}

type checker struct {
	all   map[string]*Org
	o     *Org
	found []Finding
}

func (c *checker) say(field string, entry int, err *fault.Error) {
	c.found = append(c.found, Finding{c.o.ID, field, entry, err})
}

func (c *checker) form() {
	o := c.o
	if !validID.MatchString(o.ID) {
		c.say("id", 0, fault.New(fault.Invalid, "org.bad-id", o.ID))
	}
	if o.Name == "" {
		c.say("name", 0, fault.New(fault.Invalid, "org.no-name", o.ID))
	}
	if !slices.Contains(Levels(), o.Level) {
		c.say("level", 0, fault.New(fault.Invalid, "org.bad-level", o.ID, string(o.Level), levelNames()))
	}
	if o.Province != "" && !province.MatchString(o.Province) {
		c.say("province", 0, fault.New(fault.Invalid, "org.bad-province", o.ID, o.Province))
	}
	if (o.Unit == "") != (o.UnitCode == "") || o.UnitCode != "" && !validUnit.MatchString(o.UnitCode) {
		c.say("unit", 0, fault.New(fault.Invalid, "org.bad-unit", o.ID))
	}
	if o.Empty() {
		c.say("validTo", 0, fault.New(fault.Invalid, "org.bad-span", o.ID, o.From.Display(), o.To.Display()))
	}
}

func levelNames() []string {
	var names []string
	for _, l := range Levels() {
		names = append(names, string(l))
	}
	return names
}

func (c *checker) codes() {
	for i, code := range c.o.Codes {
		if viet.CheckAgencyCode(code.Code) != nil {
			c.say("codes", i, fault.New(fault.Invalid, "org.bad-code", c.o.ID, code.Code))
		}
		if code.Empty() {
			c.say("codes", i, fault.New(fault.Invalid, "org.bad-span", c.o.ID, code.From.Display(), code.To.Display()))
		}
		for _, other := range c.o.Codes[:i] {
			if other.Overlaps(code.Span) {
				c.say("codes", i, fault.New(fault.Invalid, "org.two-codes", c.o.ID, other.Code, code.Code))
			}
		}
	}
}

func (c *checker) parents() {
	for i, p := range c.o.Parents {
		switch {
		case p.ID == c.o.ID:
			c.say("parents", i, fault.New(fault.Invalid, "org.own-parent", c.o.ID))
		case c.all[p.ID] == nil:
			c.say("parents", i, fault.New(fault.Invalid, "org.no-parent", c.o.ID, p.ID))
		case p.Empty():
			c.say("parents", i, fault.New(fault.Invalid, "org.bad-span", c.o.ID, p.From.Display(), p.To.Display()))
		}
		for _, other := range c.o.Parents[:i] {
			if other.Overlaps(p.Span) {
				c.say("parents", i, fault.New(fault.Invalid, "org.two-parents", c.o.ID, other.ID, p.ID))
			}
		}
	}
}

func (c *checker) links() {
	c.named("predecessors", c.o.Predecessors)
	c.named("successors", c.o.Successors)
}

func (c *checker) named(field string, ids []string) {
	for i, id := range ids {
		if id == c.o.ID || c.all[id] == nil {
			c.say(field, i, fault.New(fault.Invalid, "org.bad-link", c.o.ID, id))
		}
	}
}

// circles finds organisations that stand above themselves on some day. What
// happens on a day happened first on a day on which a relation began, or in the
// open past, so those are all the days to look at.
func circles(all map[string]*Org) []Finding {
	starts := map[viet.Date]bool{}
	open := false
	for _, o := range all {
		for _, p := range o.Parents {
			if p.From.Set {
				starts[p.From.Date] = true
			} else {
				open = true
			}
		}
	}
	days := slices.Sorted(maps.Keys(starts))
	if open {
		days = slices.Insert(days, 0, firstDay)
	}
	var found []Finding
	said := map[string]bool{}
	for _, day := range days {
		for _, id := range circle(all, day) {
			if said[id] {
				continue
			}
			said[id] = true
			entry := slices.IndexFunc(all[id].Parents, func(p DatedParent) bool { return p.Covers(day) })
			found = append(found, Finding{id, "parents", entry, fault.New(fault.Invalid, "org.circle", id, all[id].ParentOn(day))})
		}
	}
	return found
}

// firstDay stands for the open past.
const firstDay = viet.Date(-1 << 31)

// circle gives the organisations that stand above themselves on a day, in
// order. Longer ways up than there are organisations do not exist without one.
func circle(all map[string]*Org, day viet.Date) []string {
	const (
		unknown = iota
		onTheWay
		sound
		round
	)
	state := make(map[string]int, len(all))
	var in []string
	for id := range all {
		var way []string
		at := id
		for all[at] != nil && state[at] == unknown {
			state[at] = onTheWay
			way = append(way, at)
			if at = all[at].ParentOn(day); at == "" {
				break
			}
		}
		if state[at] == onTheWay { // back on this very way
			for _, member := range way[slices.Index(way, at):] {
				state[member] = round
				in = append(in, member)
			}
		}
		for _, member := range way {
			if state[member] == onTheWay {
				state[member] = sound
			}
		}
	}
	slices.Sort(in)
	return in
}

// sameCodes finds codes that two organisations have on one day. The second by
// id is told.
func sameCodes(all map[string]*Org) []Finding {
	type use struct {
		id    string
		entry int
		span  Span
	}
	uses := map[string][]use{}
	var found []Finding
	for _, id := range slices.Sorted(maps.Keys(all)) {
		o := all[id]
		for i, c := range o.Codes {
			key, span := codeKey(c.Code), c.meet(o.Span)
			for _, u := range uses[key] {
				if u.id != id && u.span.Overlaps(span) {
					found = append(found, Finding{id, "codes", i, fault.New(fault.Invalid, "org.code-taken", id, c.Code, u.id)})
				}
			}
			uses[key] = append(uses[key], use{id, i, span})
		}
	}
	return found
}

// codeKey brings both forms of an agency's code to one.
func codeKey(code string) string {
	if key, err := viet.AgencyCode(code); err == nil {
		return key
	}
	return code
}
