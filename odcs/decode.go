package odcs

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"sync"
)

// A layout says which field of a model struct holds which key.
type layout struct {
	fields []fieldLayout // in the order they are written
	byKey  map[string]int
	extra  int // index of the field that takes the rest, or -1
	pos    int
}

type fieldLayout struct {
	key    string
	index  int
	always bool // written even when zero
}

var layouts sync.Map // reflect.Type → *layout

func layoutOf(t reflect.Type) *layout {
	if l, ok := layouts.Load(t); ok {
		return l.(*layout)
	}
	l := &layout{byKey: map[string]int{}, extra: -1, pos: -1}
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("odcs")
		key, option, _ := strings.Cut(tag, ",")
		switch {
		case f.Name == "Pos":
			l.pos = i
		case option == "extra":
			l.extra = i
		case tagged:
			l.byKey[key] = len(l.fields)
			l.fields = append(l.fields, fieldLayout{key, i, option == "always"})
		}
	}
	layouts.Store(t, l)
	return l
}

// A decoder fills itself from a node, where the shape alone does not say how.
// It returns false when the node does not fit.
type decoder interface{ decode(n *node) bool }

// decode fills the model from the tree. It never fails: what does not fit a
// field goes to Extra.
func decode(n *node, into any) { decodeStruct(n, reflect.ValueOf(into).Elem()) }

func decodeStruct(n *node, into reflect.Value) {
	l := layoutOf(into.Type())
	if l.pos >= 0 {
		into.Field(l.pos).Set(reflect.ValueOf(n.pos))
	}
	for i := range n.entries {
		e := &n.entries[i]
		if f, ok := l.byKey[e.key]; ok {
			field := l.fields[f]
			if decodeValue(e.value, into.Field(field.index)) || field.always && e.value.isNull() {
				continue
			}
		}
		if l.extra < 0 {
			continue
		}
		extra := into.Field(l.extra)
		if extra.IsNil() {
			extra.Set(reflect.MakeMap(extra.Type()))
		}
		extra.SetMapIndex(reflect.ValueOf(e.key), anyValue(e.value.plainValue()))
	}
	if p, ok := into.Addr().Interface().(*CustomProperty); ok {
		if v := n.get("value"); v != nil {
			p.ValuePos = v.pos
		}
	}
}

// anyValue wraps a value for a map or list of any, where a nil needs its type.
func anyValue(v any) reflect.Value {
	if v == nil {
		return reflect.Zero(reflect.TypeFor[any]())
	}
	return reflect.ValueOf(v)
}

// decodeValue stores a node in a field and reports whether the field can hold
// it without loss.
func decodeValue(n *node, into reflect.Value) bool {
	if d, ok := into.Addr().Interface().(decoder); ok {
		return d.decode(n)
	}
	switch into.Kind() {
	case reflect.String:
		return decodeString(n, into)
	case reflect.Bool:
		v, ok := n.value.(bool)
		into.SetBool(v)
		return ok
	case reflect.Int:
		v, ok := asInt(n.value)
		into.SetInt(v)
		return ok && n.shape == scalar
	case reflect.Float64:
		v, ok := asFloat(n.value)
		into.SetFloat(v)
		return ok && n.shape == scalar
	case reflect.Interface:
		v := n.plainValue()
		into.Set(anyValue(v))
		return v != nil
	case reflect.Map:
		if n.shape != mapping {
			return false
		}
		into.Set(reflect.ValueOf(n.plainValue()).Convert(into.Type()))
		return true
	case reflect.Pointer:
		return decodePointer(n, into)
	case reflect.Slice:
		return decodeSlice(n, into)
	case reflect.Struct:
		if n.shape != mapping {
			return false
		}
		decodeStruct(n, into)
		return true
	}
	return false
}

// decodeString also takes the spelling of a number or a truth value: "version:
// 1.0" without quotes is a common slip, which Check reports.
func decodeString(n *node, into reflect.Value) bool {
	if n.shape != scalar || n.value == nil {
		return false
	}
	into.SetString(n.text)
	return true
}

func decodePointer(n *node, into reflect.Value) bool {
	target := reflect.New(into.Type().Elem())
	if !decodeValue(n, target.Elem()) {
		return false
	}
	into.Set(target)
	return true
}

// decodeSlice takes a list whose every item fits; one that does not sends the
// whole list to Extra, and the items that fit are kept in the field as well.
func decodeSlice(n *node, into reflect.Value) bool {
	if n.shape != sequence {
		return false
	}
	if len(n.items) == 0 {
		return true
	}
	elem := into.Type().Elem()
	list := reflect.MakeSlice(into.Type(), 0, len(n.items))
	whole := true
	for _, it := range n.items {
		v := reflect.New(elem).Elem()
		if !decodeValue(it.value, v) && !(elem.Kind() == reflect.Interface) {
			whole = false
			continue
		}
		list = reflect.Append(list, v)
	}
	into.Set(list)
	return whole
}

func (t *Team) decode(n *node) bool {
	if n.shape == mapping {
		decodeStruct(n, reflect.ValueOf(t).Elem())
		return true
	}
	if n.shape != sequence {
		return false
	}
	t.Pos, t.List = n.pos, true
	return decodeSlice(n, reflect.ValueOf(&t.Members).Elem())
}

func (r *References) decode(n *node) bool {
	if n.shape == sequence {
		r.List = true
		return decodeSlice(n, reflect.ValueOf(&r.Names).Elem())
	}
	if n.shape != scalar || n.value == nil {
		return false
	}
	r.Names = []string{n.text}
	return true
}

func asFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return 0, false
}

func asInt(v any) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v), true
		}
	}
	return 0, false
}
