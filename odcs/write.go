package odcs

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// An object is a mapping whose keys keep their order.
type object []member

type member struct {
	key   string
	value any // a scalar, object, or []any
}

// Write writes a contract as a new document. An empty APIVersion becomes
// [Latest], an empty Kind becomes DataContract; everything else is the
// caller's, and [Document.Check] tells what is missing. To change a document
// that exists use its Set, Insert and Delete, which keep its comments.
func Write(c Contract) ([]byte, error) {
	if c.APIVersion == "" {
		c.APIVersion = Latest
	}
	if c.Kind == "" {
		c.Kind = "DataContract"
	}
	o, err := encodeModel(c)
	if err != nil {
		return nil, err
	}
	e := emitter{newline: "\n"}
	e.members(o.(object), 0)
	text := []byte(e.out.String())
	d, err := Read(text)
	if err != nil {
		return nil, fmt.Errorf("odcs: Write: %w", err)
	}
	if !reflect.DeepEqual(d.root.plainValue(), unordered(o)) {
		return nil, fail(ErrEdit, Pos{},
			"Ghi ra rồi đọc lại không cho cùng một đặc tả.", "What was written does not read back as the same contract.")
	}
	return text, nil
}

// encodeModel turns model structs, maps, lists and scalars into objects, lists
// and scalars.
func encodeModel(v any) (any, error) { return encodeValue(reflect.ValueOf(v)) }

func encodeValue(v reflect.Value) (any, error) {
	switch v.Kind() {
	case reflect.Invalid:
		return nil, nil
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil, nil
		}
		return encodeValue(v.Elem())
	case reflect.Struct:
		return encodeStruct(v)
	case reflect.Map:
		return encodeMap(v)
	case reflect.Slice, reflect.Array:
		list := make([]any, v.Len())
		for i := range list {
			item, err := encodeValue(v.Index(i))
			if err != nil {
				return nil, err
			}
			list[i] = item
		}
		return list, nil
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() && !validText(v.String()) {
			return nil, fail(ErrEncoding, Pos{}, "Chuỗi ký tự không phải UTF-8.", "The text is not UTF-8.")
		}
	}
	if s, ok := normal(v.Interface()); ok {
		return s, nil
	}
	return nil, fail(ErrValue, Pos{},
		"Không viết được giá trị kiểu %s vào đặc tả.", "A value of type %s cannot be written to a contract.", v.Type())
}

func validText(s string) bool { return strings.ToValidUTF8(s, "") == s }

func encodeMap(v reflect.Value) (any, error) {
	if v.Type().Key().Kind() != reflect.String {
		return nil, fail(ErrValue, Pos{}, "Tên mục phải là chữ.", "The keys of a mapping must be text.")
	}
	o := make(object, 0, v.Len())
	for _, key := range v.MapKeys() {
		value, err := encodeValue(v.MapIndex(key))
		if err != nil {
			return nil, err
		}
		o = append(o, member{key.String(), value})
	}
	slices.SortFunc(o, func(a, b member) int { return strings.Compare(a.key, b.key) })
	return o, nil
}

func encodeStruct(v reflect.Value) (any, error) {
	switch model := v.Interface().(type) {
	case Team:
		if model.List {
			return encodeModel(model.Members)
		}
	case References:
		if !model.List && len(model.Names) == 1 {
			return model.Names[0], nil
		}
		return encodeModel(model.Names)
	}
	l := layoutOf(v.Type())
	var extra map[string]any
	if l.extra >= 0 {
		extra = v.Field(l.extra).Interface().(map[string]any)
	}
	o := object{}
	for _, f := range l.fields {
		field := v.Field(f.index)
		if _, ok := extra[f.key]; ok || !f.always && isEmpty(field) {
			continue
		}
		value, err := encodeValue(field)
		if err != nil {
			return nil, err
		}
		o = append(o, member{f.key, value})
	}
	for _, key := range slices.Sorted(maps.Keys(extra)) {
		value, err := encodeModel(extra[key])
		if err != nil {
			return nil, err
		}
		o = append(o, member{key, value})
	}
	return o, nil
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice:
		return v.Len() == 0
	case reflect.Map:
		return v.IsNil()
	case reflect.Struct:
		r, ok := v.Interface().(References)
		return ok && len(r.Names) == 0 && !r.List
	}
	return v.IsZero()
}

// unordered turns what encodeModel gives into what node.plainValue gives.
func unordered(v any) any {
	switch v := v.(type) {
	case object:
		m := make(map[string]any, len(v))
		for _, f := range v {
			m[f.key] = unordered(f.value)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = unordered(v[i])
		}
		return list
	}
	return v
}

// An emitter writes values in block style.
type emitter struct {
	out     strings.Builder
	newline string
}

func (e *emitter) indent(columns int) { e.out.WriteString(strings.Repeat(" ", columns)) }

// members writes the lines of a mapping, each ended by a line break.
func (e *emitter) members(o object, column int) {
	for _, f := range o {
		e.indent(column)
		e.member(f, column)
	}
}

func (e *emitter) member(f member, column int) {
	e.out.WriteString(inline(f.key, false) + ":")
	e.after(f.value, column, column+2)
}

// after writes a value behind a key or a dash. nested is the column of the
// value's own lines.
func (e *emitter) after(v any, column, nested int) {
	switch v := v.(type) {
	case object:
		if len(v) > 0 {
			e.out.WriteString(e.newline)
			e.members(v, nested)
			return
		}
	case []any:
		if len(v) > 0 {
			e.out.WriteString(e.newline)
			e.items(v, nested)
			return
		}
	case string:
		if mark := literalMark(v); mark != "" && strings.Contains(strings.TrimSuffix(v, "\n"), "\n") {
			e.out.WriteString(" " + mark + blockLines(v, strings.Repeat(" ", column+2), e.newline) + e.newline)
			return
		}
	}
	e.out.WriteString(" " + flowText(v, false) + e.newline)
}

func (e *emitter) items(list []any, column int) {
	for _, v := range list {
		e.indent(column)
		e.item(v, column)
	}
}

// item writes "- value"; a mapping begins on the line of its dash.
func (e *emitter) item(v any, column int) {
	e.out.WriteString("-")
	if o, ok := v.(object); ok && len(o) > 0 {
		e.out.WriteString(" ")
		e.member(o[0], column+2)
		e.members(o[1:], column+2)
		return
	}
	e.after(v, column, column+2)
}

// flowText writes a value on one line. inside tells that brackets already stand
// around it.
func flowText(v any, inside bool) string {
	switch v := v.(type) {
	case object:
		parts := make([]string, len(v))
		for i, f := range v {
			parts[i] = inline(f.key, true) + ": " + flowText(f.value, true)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = flowText(v[i], true)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return inline(v, inside)
}
