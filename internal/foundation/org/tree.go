package org

import (
	"cmp"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync/atomic"

	"github.com/phohien/phohien/viet"
)

// A tree is all organisations, made for questions. It never changes.
type tree struct {
	orgs   []*Org             // in the order in which lists show them
	index  map[string]int32   // by id
	after  [][]int32          // successors, both ways of saying it joined
	before [][]int32          // predecessors
	names  map[string][]int32 // by key
	keys   []string           // of the names, to be searched
	codes  []codeUse          // by key, to find all that begin with one
	days   []viet.Date
	views  []atomic.Pointer[view] // views[i]: from days[i-1] to the day before days[i]
}

// A codeUse is one code of one organisation in its time.
type codeUse struct {
	key string
	org int32
	Span
}

// A view is the tree between two days on which something changed.
type view struct {
	valid    []bool
	parent   []int32 // -1 = none
	paths    [][]string
	order    []string // ids, each followed by all below it
	in, out  []int32  // an organisation and all below it are order[in:out]
	depth    []int32
	covers   [][]string          // ids and codes of order, each organisation's from..to as in ids
	units    map[string][]string // by province: its code and the codes of units that organisations govern
	position []int32             // of order in orgs
}

func newTree(all map[string]*Org) *tree {
	t := &tree{index: make(map[string]int32, len(all)), names: map[string][]int32{}}
	t.sort(all)
	t.after, t.before = make([][]int32, len(t.orgs)), make([][]int32, len(t.orgs))
	days := map[viet.Date]bool{}
	mark := func(s Span) {
		if s.From.Set {
			days[s.From.Date] = true
		}
		if s.To.Set {
			days[s.To.Date+1] = true
		}
	}
	for i, o := range t.orgs {
		key := nameKey(o.Name)
		t.names[key], t.keys = append(t.names[key], int32(i)), append(t.keys, key)
		mark(o.Span)
		for _, p := range o.Parents {
			mark(p.Span)
		}
		for _, c := range o.Codes {
			mark(c.Span)
			t.codes = append(t.codes, codeUse{codeKey(c.Code), int32(i), c.Span})
		}
		for _, id := range o.Successors {
			t.link(int32(i), id)
		}
		for _, id := range o.Predecessors {
			if from, ok := t.index[id]; ok {
				t.link(from, o.ID)
			}
		}
	}
	slices.SortStableFunc(t.codes, func(a, b codeUse) int { return cmp.Compare(a.key, b.key) })
	t.days = slices.Sorted(maps.Keys(days))
	t.views = make([]atomic.Pointer[view], len(t.days)+1)
	return t
}

// sort puts single bodies before names for several, and those by name.
func (t *tree) sort(all map[string]*Org) {
	type keyed struct {
		o   *Org
		key string
	}
	list := make([]keyed, 0, len(all))
	for _, o := range all {
		list = append(list, keyed{o, viet.SortKey(o.Name)})
	}
	slices.SortFunc(list, func(a, b keyed) int {
		if a.o.Collective != b.o.Collective {
			if a.o.Collective {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.o.ID, b.o.ID))
	})
	for i, k := range list {
		t.orgs = append(t.orgs, k.o)
		t.index[k.o.ID] = int32(i)
	}
}

// link says once that one became the other.
func (t *tree) link(from int32, id string) {
	to, ok := t.index[id]
	if !ok || slices.Contains(t.after[from], to) {
		return
	}
	t.after[from] = append(t.after[from], to)
	t.before[to] = append(t.before[to], from)
}

// on gives the view of a day, made when it is first asked for.
func (t *tree) on(day viet.Date) *view {
	at := &t.views[sort.Search(len(t.days), func(i int) bool { return t.days[i] > day })]
	v := at.Load()
	if v == nil {
		v = t.look(day)
		at.Store(v) // two may make it at once; they are the same
	}
	return v
}

// look makes the view of a day.
func (t *tree) look(day viet.Date) *view {
	n := len(t.orgs)
	v := &view{
		valid: make([]bool, n), parent: make([]int32, n), paths: make([][]string, n), in: make([]int32, n), out: make([]int32, n),
		depth: make([]int32, n), units: map[string][]string{},
	}
	below := make([][]int32, n)
	var roots []int32
	for i, o := range t.orgs {
		v.parent[i] = -1
		if v.valid[i] = o.Covers(day); !v.valid[i] {
			continue
		}
		// A superior that is not there on the day is none.
		if p, ok := t.index[o.ParentOn(day)]; ok && t.orgs[p].Covers(day) {
			v.parent[i] = p
			below[p] = append(below[p], int32(i))
		} else {
			roots = append(roots, int32(i))
		}
		if o.Province != "" && o.UnitCode != "" && !slices.Contains(v.units[o.Province], o.UnitCode) {
			v.units[o.Province] = append(v.units[o.Province], o.UnitCode)
		}
	}
	v.walk(t, below, roots, nil)
	v.gather(t, day)
	return v
}

// walk numbers organisations so that all below one stand right behind it. Check
// has seen that there is no circle; the depth is that of offices.
func (v *view) walk(t *tree, below [][]int32, list []int32, above []string) {
	for _, i := range list {
		path := append([]string{t.orgs[i].ID}, above...)
		v.paths[i], v.in[i], v.depth[i] = path, int32(len(v.order)), int32(len(above))
		v.order = append(v.order, t.orgs[i].ID)
		v.position = append(v.position, i)
		v.walk(t, below, below[i], path)
		v.out[i] = int32(len(v.order))
	}
}

// gather lists, for each organisation, the ids and codes of all from it down.
func (v *view) gather(t *tree, day viet.Date) {
	var flat []string
	starts := make([]int, len(v.order)+1)
	for at, i := range v.position {
		starts[at] = len(flat)
		flat = append(flat, t.orgs[i].ID)
		if code := t.orgs[i].CodeOn(day); code != "" {
			flat = append(flat, code)
		}
	}
	starts[len(v.order)] = len(flat)
	v.covers = make([][]string, len(t.orgs))
	for i := range t.orgs {
		if v.valid[i] {
			from, to := starts[v.in[i]], starts[v.out[i]]
			v.covers[i] = flat[from:to:to]
		}
	}
}

// find gives an organisation that is there on a day.
func (t *tree) find(id string, day viet.Date) (*view, int32, bool) {
	i, ok := t.index[id]
	if !ok {
		return nil, 0, false
	}
	v := t.on(day)
	return v, i, v.valid[i]
}

// follow goes along successors, or predecessors, to those that are there on a
// day; it does not go past them.
func (t *tree) follow(from int32, ways [][]int32, day viet.Date) []string {
	v := t.on(day)
	var out []string
	seen := map[int32]bool{}
	queue := []int32{from}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		switch {
		case seen[i]:
		case v.valid[i]:
			out = append(out, t.orgs[i].ID)
		default:
			queue = append(queue, ways[i]...)
		}
		seen[i] = true
	}
	return out
}

// coded gives the organisations whose code on a day is this one, or, below, one
// that continues it by a group.
func (t *tree) coded(code string, day viet.Date, below bool) []*Org {
	key := codeKey(strings.TrimSpace(code))
	if key == "" {
		return nil
	}
	v := t.on(day)
	var out []*Org
	from, _ := slices.BinarySearchFunc(t.codes, key, func(c codeUse, k string) int { return cmp.Compare(c.key, k) })
	for _, c := range t.codes[from:] {
		if !strings.HasPrefix(c.key, key) {
			break
		}
		same := c.key == key || below && c.key[len(key)] == '.'
		if same && v.valid[c.org] && c.Covers(day) && !slices.Contains(out, t.orgs[c.org]) {
			out = append(out, t.orgs[c.org])
		}
	}
	return out
}
