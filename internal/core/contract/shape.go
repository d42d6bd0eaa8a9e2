package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/phohien/phohien/odcs"
	"github.com/phohien/phohien/viet"
)

// A Shape is what a JSON value must look like: the declared items of an array,
// the declared properties of an object. Properties that are not declared are
// left alone.
type Shape struct {
	Type     string // object, array, or the logical type of a plain value; "" = anything
	Required bool   // must not be absent or null, as a field of an object
	Min, Max int64  // items of an array, properties of an object; Max -1 = open
	Unique   bool   // items of an array
	Must     []string
	Items    *Shape
	Fields   map[string]*Shape
}

// shapeOf reads the declared shape of a property.
func shapeOf(p *odcs.Property) *Shape {
	s := &Shape{Type: p.LogicalType, Required: p.Required, Max: -1}
	if s.Type == "" && (p.PhysicalType != "" || p.Items != nil || len(p.Properties) > 0) {
		s.Type = logicalOf(p)
	}
	least, most := "minProperties", "maxProperties"
	if s.Type == "array" {
		least, most = "minItems", "maxItems"
	}
	if n, ok := p.LogicalTypeOptions.Int(least); ok {
		s.Min = n
	}
	if n, ok := p.LogicalTypeOptions.Int(most); ok {
		s.Max = n
	}
	s.Unique, _ = p.LogicalTypeOptions["uniqueItems"].(bool)
	if list, ok := p.LogicalTypeOptions["required"].([]any); ok {
		for _, v := range list {
			s.Must = append(s.Must, plainText(v))
		}
	}
	if p.Items != nil {
		s.Items = shapeOf(p.Items)
	}
	if len(p.Properties) > 0 {
		s.Fields = map[string]*Shape{}
		for i := range p.Properties {
			s.Fields[p.Properties[i].Name] = shapeOf(&p.Properties[i])
		}
	}
	return s
}

// says reports whether the shape asks for more than its type.
func (s *Shape) says() bool {
	return s.Min > 0 || s.Max >= 0 || s.Unique || len(s.Must) > 0 || s.Items != nil || len(s.Fields) > 0
}

// needed lists the fields an object must have: those under "required" in their
// order, then the others by name.
func (s *Shape) needed() []string {
	must := slices.Clone(s.Must)
	for _, name := range slices.Sorted(maps.Keys(s.Fields)) {
		if s.Fields[name].Required && !slices.Contains(must, name) {
			must = append(must, name)
		}
	}
	return must
}

// Check judges a JSON text. where is the JSON Pointer of the first place that
// does not fit; ok tells that everything does.
func (s *Shape) Check(text []byte) (where string, ok bool) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || d.More() {
		return "", false
	}
	return s.check(v, "")
}

func (s *Shape) check(v any, at string) (string, bool) {
	switch s.Type {
	case "object":
		m, ok := v.(map[string]any)
		if !ok {
			return at, false
		}
		return s.checkObject(m, at)
	case "array":
		list, ok := v.([]any)
		if !ok {
			return at, false
		}
		return s.checkArray(list, at)
	}
	return at, plainFits(s.Type, v)
}

func (s *Shape) checkObject(m map[string]any, at string) (string, bool) {
	if n := int64(len(m)); n < s.Min || s.Max >= 0 && n > s.Max {
		return at, false
	}
	for _, name := range s.Must {
		if _, ok := m[name]; !ok {
			return at + "/" + name, false
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Fields)) {
		f := s.Fields[name]
		v, ok := m[name]
		if !ok || v == nil {
			if f.Required {
				return at + "/" + name, false
			}
			continue
		}
		if where, ok := f.check(v, at+"/"+name); !ok {
			return where, false
		}
	}
	return "", true
}

func (s *Shape) checkArray(list []any, at string) (string, bool) {
	if n := int64(len(list)); n < s.Min || s.Max >= 0 && n > s.Max {
		return at, false
	}
	seen := map[string]bool{}
	for i, v := range list {
		here := at + "/" + strconv.Itoa(i)
		if s.Unique {
			key, err := json.Marshal(v)
			if err != nil || seen[string(key)] {
				return here, false
			}
			seen[string(key)] = true
		}
		if s.Items != nil {
			if where, ok := s.Items.check(v, here); !ok {
				return where, false
			}
		}
	}
	return "", true
}

// plainFits tells whether a JSON value is of a plain logical type.
func plainFits(logical string, v any) bool {
	text, isText := v.(string)
	number, isNumber := v.(json.Number)
	var err error
	switch logical {
	case "string":
		return isText
	case "integer":
		if isText {
			number = json.Number(text) // beyond 2⁵³ numbers travel as text
		}
		_, err = number.Int64()
		return err == nil && (isText || isNumber)
	case "number":
		return isNumber
	case "boolean":
		_, ok := v.(bool)
		return ok
	case "date":
		_, _, err = viet.ParseDate([]byte(text))
	case "timestamp":
		_, _, err = viet.ParseTime([]byte(text))
	case "time":
		_, ok := clock(text)
		return isText && ok
	default:
		return true
	}
	return isText && err == nil
}

// clock reads HH:MM or HH:MM:SS and gives it with seconds.
func clock(s string) (string, bool) {
	var h, m, sec int
	switch len(s) {
	case 5:
		s += ":00"
	case 8:
	default:
		return "", false
	}
	if n, err := fmt.Sscanf(s, "%02d:%02d:%02d", &h, &m, &sec); err != nil || n != 3 || h > 23 || m > 59 || sec > 59 {
		return "", false
	}
	canonical := fmt.Sprintf("%02d:%02d:%02d", h, m, sec)
	return canonical, canonical == s
}

// text writes the shape for a comparison.
func (s *Shape) text() string {
	if s == nil {
		return ""
	}
	out := fmt.Sprint(s.Type, s.Required, s.Min, s.Max, s.Unique, s.Must, "[", s.Items.text(), "]{")
	for _, name := range slices.Sorted(maps.Keys(s.Fields)) {
		out += name + ":" + s.Fields[name].text() + ";"
	}
	return out + "}"
}
