package termdesk

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/pack"
)

// Fields is the fragment of a term as simple fields, all of them text as forms and
// sheets have them; Rest is the YAML of what they do not say.
type Fields struct {
	Type                 string // logicalType
	MinLength, MaxLength string
	Pattern              string
	Minimum, Maximum     string
	CodeList             string // phohien.codeList
	Identifier           string // phohien.identifier
	Unit                 string // phohien.unit
	Personal             string // phohien.personal: none, basic:kind, sensitive:kind
	Rest                 string
}

// Types are what Fields.Type may be.
var Types = []string{"string", "integer", "number", "boolean", "date", "time", "timestamp", "object", "array"}

// options are the simple fields that stand in logicalTypeOptions.
func (f *Fields) options() []struct {
	name string
	text *string
} {
	return []struct {
		name string
		text *string
	}{{"minLength", &f.MinLength}, {"maxLength", &f.MaxLength}, {"pattern", &f.Pattern}, {"minimum", &f.Minimum}, {"maximum", &f.Maximum}}
}

// customs are the simple fields that stand in customProperties.
func (f *Fields) customs() []struct {
	name string
	text *string
} {
	return []struct {
		name string
		text *string
	}{{"phohien.codeList", &f.CodeList}, {"phohien.identifier", &f.Identifier}, {"phohien.unit", &f.Unit}, {"phohien.personal", &f.Personal}}
}

// FieldsOf takes a fragment apart.
func FieldsOf(fragment dictionary.Fragment) (Fields, error) {
	var f Fields
	rest, err := plain(fragment)
	if err != nil {
		return f, err
	}
	if t, ok := rest["logicalType"].(string); ok {
		f.Type = t
		delete(rest, "logicalType")
	}
	if options, ok := rest["logicalTypeOptions"].(map[string]any); ok {
		for _, o := range f.options() {
			switch v := options[o.name].(type) {
			case string:
				*o.text = v
			case float64:
				*o.text = strconv.FormatFloat(v, 'f', -1, 64)
			default:
				continue
			}
			delete(options, o.name)
		}
		if len(options) == 0 {
			delete(rest, "logicalTypeOptions")
		}
	}
	f.takeCustoms(rest)
	if len(rest) == 0 {
		return f, nil
	}
	text, err := yaml.Marshal(rest)
	f.Rest = string(text)
	return f, err
}

// takeCustoms moves the custom properties of simple values into their fields.
func (f *Fields) takeCustoms(rest map[string]any) {
	items, ok := rest["customProperties"].([]any)
	if !ok {
		return
	}
	var left []any
	for _, item := range items {
		m, _ := item.(map[string]any)
		text := simple(m["value"])
		taken := false
		for _, c := range f.customs() {
			if m["property"] == c.name && *c.text == "" && text != "" && len(m) == 2 {
				*c.text, taken = text, true
			}
		}
		if !taken {
			left = append(left, item)
		}
	}
	if rest["customProperties"] = left; len(left) == 0 {
		delete(rest, "customProperties")
	}
}

// simple writes a value of a custom property as one text, "" when it is no simple
// one.
func simple(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case map[string]any:
		class, _ := v["class"].(string)
		kind, _ := v["kind"].(string)
		switch {
		case len(v) == 1 && class != "":
			return class
		case len(v) == 2 && class != "" && kind != "":
			return class + ":" + kind
		}
	}
	return ""
}

// Fragment puts the fields together. A number that is none is a fault
// "term.field-number", YAML that cannot be read "term.field-yaml".
func (f Fields) Fragment() (dictionary.Fragment, error) {
	rest, err := restOf(f.Rest)
	if err != nil {
		return nil, err
	}
	if f.Type != "" {
		rest["logicalType"] = f.Type
	}
	options, _ := rest["logicalTypeOptions"].(map[string]any)
	if options == nil {
		options = map[string]any{}
	}
	for _, o := range f.options() {
		text := strings.TrimSpace(*o.text)
		switch {
		case text == "":
		case o.name == "pattern":
			options[o.name] = text
		case strings.HasSuffix(o.name, "imum") && (f.Type == "date" || f.Type == "timestamp" || f.Type == "time"): // bounds that are days and times
			options[o.name] = text
		default:
			n, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return nil, fault.New(fault.Invalid, "term.field-number", text)
			}
			options[o.name] = n
		}
	}
	if len(options) > 0 {
		rest["logicalTypeOptions"] = options
	}
	customs, _ := rest["customProperties"].([]any)
	for _, c := range f.customs() {
		text := strings.TrimSpace(*c.text)
		if text == "" {
			continue
		}
		var value any = text
		if c.name == "phohien.personal" {
			class, kind, _ := strings.Cut(text, ":")
			personal := map[string]any{"class": class}
			if kind != "" {
				personal["kind"] = kind
			}
			value = personal
		}
		customs = append(customs, map[string]any{"property": c.name, "value": value})
	}
	if len(customs) > 0 {
		rest["customProperties"] = customs
	}
	return rest, nil
}

// restOf reads the YAML of further rules.
func restOf(text string) (rest map[string]any, err error) {
	defer func() {
		if r := recover(); r != nil { // the YAML parser panics on some broken input
			rest, err = nil, fault.New(fault.Invalid, "term.field-yaml", r)
		}
	}()
	rest = map[string]any{}
	if strings.TrimSpace(text) == "" {
		return rest, nil
	}
	var read map[string]any
	if err := yaml.Unmarshal([]byte(text), &read); err != nil {
		_, _, what := pack.YAMLError(err)
		return nil, fault.New(fault.Invalid, "term.field-yaml", what)
	}
	if rest, err = plain(read); err != nil {
		return nil, fault.New(fault.Invalid, "term.field-yaml", err.Error())
	}
	return rest, nil
}

// plain is a value as JSON has it, with maps and lists of its own.
func plain(value map[string]any) (map[string]any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, err
	}
	if out == nil { // null
		out = map[string]any{}
	}
	return out, nil
}
