package draft

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/odcs"
)

// A Decision is what a person decided: what a column tells of persons, or, with
// no column named, how the data set is classified.
type Decision struct {
	Object   string            `json:"object,omitempty"` // schema object's name; "" = the only one
	Column   string            `json:"column,omitempty"` // property's name
	Personal contract.Personal `json:"personal,omitzero"`

	Access string `json:"access,omitempty"` // of the data set; "" = stays
	Class  string `json:"class,omitempty"`  // likewise
}

// Apply writes decisions into a contract and gives its new text. Every byte that
// no decision is about stays as it was: comments, order, quoting, line ends. What
// stands there already is not written again. Whether the contract holds with them
// is for [contract.Store.Put] to say, which refuses to open personal data.
func Apply(doc *odcs.Document, decisions []Decision) ([]byte, error) {
	for _, d := range decisions {
		var err error
		if d.Column == "" {
			doc, err = d.set(doc)
		} else {
			doc, err = d.column(doc)
		}
		if err != nil {
			return nil, err
		}
	}
	return doc.Bytes(), nil
}

// unsay leaves out what the catalogue says of a data set where it contradicts a
// decision: what follows from the decision then stands there by itself.
func unsay(doc *odcs.Document, key string, wrong func(said string) bool) (*odcs.Document, error) {
	items, _ := doc.Value("/customProperties")
	list, _ := items.([]any)
	for i, item := range list {
		m, _ := item.(map[string]any)
		fields, _ := m["value"].(map[string]any)
		if said, there := fields[key].(string); m["property"] == "phohien.catalogue" && there && wrong(said) {
			return edited(doc.Delete(fmt.Sprintf("/customProperties/%d/value/%s", i, key)))
		}
	}
	return doc, nil
}

// set writes how the data set is classified.
func (d *Decision) set(doc *odcs.Document) (*odcs.Document, error) {
	for _, p := range []struct {
		name, value string
		values      []string
	}{
		{"phohien.access", d.Access, []string{policy.AccessOpen, policy.AccessShared, policy.AccessRestricted}},
		{"phohien.class", d.Class, []string{classCore, classImportant, classOther}},
	} {
		if p.value == "" {
			continue
		}
		if !slices.Contains(p.values, p.value) {
			return nil, fault.New(fault.Invalid, "classify.value", p.name, p.value, p.values)
		}
		var err error
		if doc, err = setCustom(doc, "", p.name, p.value); err != nil {
			return nil, err
		}
	}
	var err error
	if d.Access != "" {
		doc, err = unsay(doc, contract.KeyShareMode, func(said string) bool { return !contract.ModeFits(said, d.Access) })
	}
	if d.Class != "" && err == nil {
		doc, err = unsay(doc, contract.KeySensitive, func(said string) bool { return !contract.SensitivityFits(said, d.Class) })
	}
	return doc, err
}

// column writes what a column tells of persons.
func (d *Decision) column(doc *odcs.Document) (*odcs.Document, error) {
	value := map[string]any{"class": string(d.Personal.Class)}
	switch d.Personal.Class {
	case contract.NotPersonal:
	case contract.BasicPersonal, contract.SensitivePersonal:
		if d.Personal.Kind == "" {
			return nil, fault.New(fault.Invalid, "classify.no-kind", d.Column)
		}
		value["kind"] = d.Personal.Kind
	default:
		return nil, fault.New(fault.Invalid, "classify.value", d.Column, string(d.Personal.Class),
			[]string{string(contract.NotPersonal), string(contract.BasicPersonal), string(contract.SensitivePersonal)})
	}
	at, err := d.place(doc)
	if err != nil {
		return nil, err
	}
	if doc, err = setCustom(doc, at, "phohien.personal", value); err != nil {
		return nil, err
	}
	return unsay(doc, contract.KeyPersonal, func(said string) bool { return !contract.PersonalFits(said, d.Personal.Class) })
}

// place is the JSON Pointer of the column's property.
func (d *Decision) place(doc *odcs.Document) (string, error) {
	c := doc.Contract()
	for i, o := range c.Schema {
		if o.Name != d.Object && (d.Object != "" || len(c.Schema) != 1) {
			continue
		}
		for j, p := range o.Properties {
			if p.Name == d.Column {
				return fmt.Sprintf("/schema/%d/properties/%d", i, j), nil
			}
		}
	}
	return "", fault.New(fault.NotFound, "classify.no-column", d.Column, first(d.Object, c.ID))
}

// setCustom makes one custom property of the element at a path have a value.
func setCustom(doc *odcs.Document, at, name string, value any) (*odcs.Document, error) {
	list := at + "/customProperties"
	have, ok := doc.Value(list)
	if !ok {
		return edited(doc.Insert(list, []odcs.CustomProperty{{Property: name, Value: value}}))
	}
	items, _ := have.([]any)
	for i, item := range items {
		if m, ok := item.(map[string]any); ok && m["property"] == name {
			return replace(doc, fmt.Sprintf("%s/%d/value", list, i), m["value"], value)
		}
	}
	return edited(doc.Insert(list+"/-", odcs.CustomProperty{Property: name, Value: value}))
}

// replace changes a value member by member, so that its style and comments stay.
func replace(doc *odcs.Document, path string, old, value any) (*odcs.Document, error) {
	want, isMap := value.(map[string]any)
	have, wasMap := old.(map[string]any)
	switch {
	case !isMap && !wasMap:
		return edited(doc.Set(path, value))
	case !isMap || !wasMap || len(have) == 0:
		return nil, fault.New(fault.Conflict, "classify.by-hand", path)
	}
	var err error
	for _, key := range []string{"class", "kind"} {
		v, wanted := want[key]
		_, there := have[key]
		switch {
		case wanted && there:
			doc, err = doc.Set(path+"/"+key, v)
		case wanted:
			doc, err = doc.Insert(path+"/"+key, v)
		case there:
			doc, err = doc.Delete(path + "/" + key)
		}
		if err != nil {
			return edited(nil, err)
		}
	}
	return doc, nil
}

// edited puts an edit that cannot be made alone into words.
func edited(doc *odcs.Document, err error) (*odcs.Document, error) {
	if err != nil {
		return nil, fault.New(fault.Conflict, "classify.by-hand", pathOf(err)).Because(err)
	}
	return doc, nil
}

func pathOf(err error) string {
	var e *odcs.Error
	if errors.As(err, &e) && e.Path != "" {
		return e.Path
	}
	return "/"
}

// classKeys are the properties by which documents say how data are classified.
var classKeys = []string{"phohien.access", "phohien.class", "phohien.personal"}

// SameButClasses reports whether an old document differs from the present one in nothing
// but how data are classified, and in what decisions on that took out of the catalogue.
func SameButClasses(now, old *odcs.Document) bool {
	is, okNow := now.Value("")
	was, okOld := old.Value("")
	if !okNow || !okOld {
		return false
	}
	is, was = unclassified(is), unclassified(was)
	if has, had := catalogued(is), catalogued(was); has != nil {
		for _, key := range []string{contract.KeyShareMode, contract.KeySensitive, contract.KeyPersonal} {
			if _, there := has[key]; !there {
				delete(had, key)
			}
		}
	}
	return reflect.DeepEqual(is, was)
}

// catalogued is what a document tells the catalogue, nil for nothing.
func catalogued(document any) map[string]any {
	root, _ := document.(map[string]any)
	list, _ := root["customProperties"].([]any)
	for _, item := range list {
		if m, _ := item.(map[string]any); m["property"] == "phohien.catalogue" {
			fields, _ := m["value"].(map[string]any)
			return fields
		}
	}
	return nil
}

// unclassified is a value of a document without what classifies.
func unclassified(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, value := range v {
			if slices.Contains(classKeys, name) {
				continue
			}
			value = unclassified(value)
			if list, is := value.([]any); is && len(list) == 0 && name == "customProperties" {
				continue
			}
			out[name] = value
		}
		return out
	case []any:
		out := []any{}
		for _, item := range v {
			if m, is := item.(map[string]any); is {
				if name, is := m["property"].(string); is && slices.Contains(classKeys, name) {
					continue
				}
			}
			out = append(out, unclassified(item))
		}
		return out
	}
	return v
}
