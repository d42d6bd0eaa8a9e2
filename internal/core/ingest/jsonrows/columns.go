package jsonrows

import (
	"slices"
	"strconv"
)

// A key is a member's name at its place in the records.
type key struct {
	name    string
	outer   *key
	kids    []*key
	byName  map[string]*key
	record  uint64 // in which it was seen last
	order   int    // in which keys were first seen
	column  int    // -1: none
	valued  bool   // it held a value that is no object, …
	null    bool   // … or null
	object  bool   // it held an object whose members are columns
	closed  bool   // its objects are one cell
	dropped bool   // it is not read
}

// find looks for a member; next is where it is expected.
func (k *key) find(name []byte, next *int) *key {
	if i := *next; i < len(k.kids) && k.kids[i].name == string(name) {
		*next = i + 1
		return k.kids[i]
	}
	kid := k.byName[string(name)]
	if kid != nil {
		if i := slices.Index(k.kids[:min(len(k.kids), 64)], kid); i >= 0 {
			*next = i + 1
		}
	}
	return kid
}

// open marks that the members of k are columns.
func (k *key) open(w *walker) {
	if w.learn != nil {
		k.object = true
	}
}

// columns gathers the columns of a table while its records are read for the
// first time.
type columns struct {
	root   *key
	record uint64
	keys   []*key
	limit  int
	count  int // of keys that have held something
	geo    bool
	kind   string   // the first record's "type", as it is written
	rename []string // headings that had to be changed
	order  []*key
	heads  []string
}

func newColumns(limit int) *columns {
	return &columns{root: &key{column: -1}, limit: limit}
}

// newFeatures gathers the columns of GeoJSON features: their properties, their
// id and their geometry as JSON.
func newFeatures(limit int) *columns {
	c := newColumns(limit)
	c.geo = true
	for _, name := range []string{"type", "bbox"} {
		c.add(c.root, name).dropped = true
	}
	c.add(c.root, "geometry").closed = true
	return c
}

// begin starts the next record, or the same one again.
func (c *columns) begin() { c.record++ }

func (c *columns) add(outer *key, name string) *key {
	k := &key{name: name, outer: outer, order: len(c.keys), column: -1}
	c.keys = append(c.keys, k)
	if outer.byName == nil {
		outer.byName = map[string]*key{}
	}
	outer.byName[name] = k
	outer.kids = append(outer.kids, k)
	return k
}

// member judges a member that was read: kid is nil when it is new.
func (c *columns) member(w *walker, outer, kid *key, n mark, next *int) (*key, status) {
	if kid == nil {
		if len(c.keys) > 2*c.limit+16 {
			w.wrong = wrong{at: n.from - 1, what: tooManyColumns}
			return nil, bad
		}
		kid = c.add(outer, string(w.nameOf(n)))
		*next = len(outer.kids)
	}
	if kid.record == c.record {
		w.wrong = wrong{n.from - 1, duplicate, kid.name}
		return nil, bad
	}
	kid.record = c.record
	return kid, done
}

// value notes that a member held something.
func (c *columns) value(w *walker, k *key, v value) status {
	if !k.valued && !k.null {
		if c.count++; c.count > c.limit {
			w.wrong = wrong{at: w.at, what: tooManyColumns}
			return bad
		}
		if k.outer == c.root && k.name == "type" {
			c.kind = string(w.data[v.from:v.to])
		}
	}
	if v.kind == nothing {
		k.null = true
	} else {
		k.valued = true
	}
	return done
}

// isFeature tells whether the record that was read first is one of GeoJSON.
func (c *columns) isFeature() bool {
	return c.kind == "Feature" && c.root.byName["properties"] != nil && c.root.byName["geometry"] != nil
}

// finish numbers the columns and gives their headings.
func (c *columns) finish() []string {
	for _, k := range c.keys {
		// What is null here and an object there has its values in its members.
		if !k.dropped && (k.valued || k.null && !k.object) {
			c.order = append(c.order, k)
		}
	}
	if c.geo {
		slices.SortStableFunc(c.order, func(a, b *key) int { return c.rank(a) - c.rank(b) })
	}
	taken := map[string]bool{}
	if c.geo { // what people called their properties stays
		for _, k := range c.order {
			if c.rank(k) == 1 {
				taken[c.path(k)] = true
			}
		}
	}
	done := map[string]bool{}
	for i, k := range c.order {
		k.column = i
		c.heads = append(c.heads, c.heading(k, taken, done))
	}
	return c.heads
}

func (c *columns) heading(k *key, taken, done map[string]bool) string {
	head := c.path(k)
	if c.geo && c.rank(k) != 1 && taken[head] {
		head = "feature." + head
	}
	plain := head
	for n := 2; done[head]; n++ {
		head = plain + " (" + strconv.Itoa(n) + ")"
	}
	if head != plain {
		c.rename = append(c.rename, head)
	}
	done[head] = true
	return head
}

// rank orders the columns of features: id, properties, the rest, geometry.
func (c *columns) rank(k *key) int {
	for k.outer != c.root {
		k = k.outer
	}
	switch k.name {
	case "id":
		return 0
	case "properties":
		return 1
	case "geometry":
		return 3
	}
	return 2
}

// path joins the names that lead to a key; those of features leave out
// "properties".
func (c *columns) path(k *key) string {
	head := k.name
	for k = k.outer; k != c.root && k != nil; k = k.outer {
		if c.geo && k.outer == c.root && k.name == "properties" {
			break
		}
		head = k.name + "." + head
	}
	return head
}
