package odcs

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// A Merged is a place that mine changes in a [Merge].
type Merged struct {
	Name string // the way to it by names: "schema xa properties ma classification"
	Kept bool   // false: theirs changes it too, or it cannot be changed alone
}

// ownWords say of which version a document is: a merge leaves them as theirs has
// them.
var ownWords = []string{"apiVersion", "kind", "id", "version", "status"}

// Merge carries over into theirs what mine changes of base, where theirs does not
// change it too. Items of a list are known by their property, name or id, so that it
// does not matter where they stand; a list of anything else is one value. What was
// changed is told by place, in the order of mine; all of theirs besides stays as it
// is, byte for byte.
func Merge(base, mine, theirs *Document) (*Document, []Merged) {
	m := merger{doc: theirs}
	m.walk("", "", tree(base), tree(mine), tree(theirs))
	// Positions in lists hold while values are set and items are added at the end;
	// what goes, goes from the end on.
	slices.SortStableFunc(m.edits, func(a, b edit) int {
		if a.kind == remove && b.kind == remove {
			return -byPosition(a.path, b.path)
		}
		return cmp.Compare(a.kind, b.kind)
	})
	for _, e := range m.edits {
		m.all[e.place].Kept = m.do(e)
	}
	return m.doc, m.all
}

// missing stands for what is not there.
type missing struct{}

func tree(d *Document) any {
	v, ok := d.Value("")
	if !ok {
		return missing{}
	}
	return v
}

// What an edit does, in the order in which edits are done.
const (
	set = iota
	replace
	add
	remove
)

type edit struct {
	kind  int
	path  string
	value any
	place int // in merger.all
}

type merger struct {
	doc   *Document
	all   []Merged
	edits []edit
}

func (m *merger) walk(path, name string, base, mine, theirs any) {
	if reflect.DeepEqual(base, mine) || reflect.DeepEqual(mine, theirs) {
		return
	}
	if b, mi, t, ok := three[map[string]any](base, mine, theirs); ok {
		for _, key := range slices.Sorted(maps.Keys(union(b, mi))) {
			if path == "" && slices.Contains(ownWords, key) {
				continue
			}
			m.walk(path+"/"+escaped(key), name+" "+key, valueOf(b, key), valueOf(mi, key), valueOf(t, key))
		}
		return
	}
	if b, mi, t, ok := three[[]any](base, mine, theirs); ok && m.items(path, name, b, mi, t) {
		return
	}
	m.all = append(m.all, Merged{Name: strings.TrimSpace(name)})
	if !reflect.DeepEqual(base, theirs) {
		return
	}
	e := edit{path: path, value: mine, place: len(m.all) - 1}
	switch _, gone := mine.(missing); {
	case gone:
		e.kind = remove
	case theirs == missing{}:
		e.kind = add
	case single(mine) && single(theirs):
		e.kind = set
	default:
		e.kind = replace
	}
	m.edits = append(m.edits, e)
}

// items merges lists whose items have names; false: they have none.
func (m *merger) items(path, name string, base, mine, theirs []any) bool {
	b, names, ok := named(base)
	mi, more, ok2 := named(mine)
	t, _, ok3 := named(theirs)
	if !ok || !ok2 || !ok3 {
		return false
	}
	for _, key := range append(more, slices.DeleteFunc(names, func(key string) bool { return mi[key] != nil })...) {
		at := path + "/-"
		if i := slices.IndexFunc(theirs, func(one any) bool { return nameOf(one) == key }); i >= 0 {
			at = path + "/" + strconv.Itoa(i)
		}
		m.walk(at, name+" "+key, valueOf(b, key), valueOf(mi, key), valueOf(t, key))
	}
	return true
}

// do makes one edit; false: the place cannot be changed alone.
func (m *merger) do(e edit) bool {
	doc, err := m.doc, error(nil)
	switch e.kind {
	case set:
		doc, err = doc.Set(e.path, e.value)
	case replace:
		if doc, err = doc.Delete(e.path); err == nil {
			doc, err = doc.Insert(e.path, e.value)
		}
	case add:
		doc, err = doc.Insert(e.path, e.value)
	case remove:
		doc, err = doc.Delete(e.path)
	}
	if err == nil {
		m.doc = doc
	}
	return err == nil
}

func three[T any](base, mine, theirs any) (b, m, t T, ok bool) {
	b, ok1 := base.(T)
	m, ok2 := mine.(T)
	t, ok3 := theirs.(T)
	return b, m, t, ok1 && ok2 && ok3
}

func union(a, b map[string]any) map[string]any {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func valueOf(of map[string]any, key string) any {
	if v, ok := of[key]; ok {
		return v
	}
	return missing{}
}

func single(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

// named gives the items of a list by name, and the names in order; false when one
// has none, or two have the same.
func named(list []any) (by map[string]any, names []string, ok bool) {
	by = map[string]any{}
	for _, one := range list {
		name := nameOf(one)
		if _, twice := by[name]; name == "" || twice {
			return nil, nil, false
		}
		by[name], names = one, append(names, name)
	}
	return by, names, true
}

// nameOf is what an item of a list is known by, "" for nothing.
func nameOf(item any) string {
	fields, _ := item.(map[string]any)
	for _, key := range []string{"property", "name", "id"} {
		if name, _ := fields[key].(string); name != "" {
			return name
		}
	}
	return ""
}

func escaped(key string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(key) }

// byPosition orders paths by their steps, positions by their number.
func byPosition(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "/"), strings.Split(b, "/"), func(x, y string) int {
		i, err := strconv.Atoi(x)
		j, err2 := strconv.Atoi(y)
		if err == nil && err2 == nil {
			return cmp.Compare(i, j)
		}
		return cmp.Compare(x, y)
	})
}
