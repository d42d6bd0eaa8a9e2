package orgpack

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/pack"
)

// fieldNames are the fields of an organisation in the order in which changes of
// them are told; the catalogues name them under org.field.*.
var fieldNames = []string{
	"name", "nameEn", "level", "province", "unit", "unitCode", "validFrom", "validTo", "codes", "parents",
	"predecessors", "successors", "collective", "inferred", "toBeFormed", "sources", "note",
}

// fields are the values of an organisation by field, as JSON.
type fields map[string]json.RawMessage

func fieldsOf(o *org.Org) (fields, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	var f fields
	return f, json.Unmarshal(text, &f)
}

// equal reports whether a pack brings what it brought before.
func equal(brought, next *org.Org) (bool, error) {
	if brought == nil {
		return false, nil
	}
	was, err := json.Marshal(brought)
	if err != nil {
		return false, err
	}
	will, err := json.Marshal(next)
	return bytes.Equal(was, will), err
}

func (f fields) org() (o org.Org, err error) {
	text, err := json.Marshal(f)
	if err != nil {
		return o, err
	}
	return o, json.Unmarshal(text, &o)
}

// A merged organisation is what the pack says, but for what an administrator
// has changed since the pack brought it.
type merged struct {
	org     org.Org
	details []pack.Detail
	kept    []keptField
	changed bool
}

// A keptField is a change made by hand that the pack does not overwrite.
type keptField struct {
	name string
	err  *fault.Error
}

// merge joins what the pack brought before, what is there and what it brings
// now, field by field.
func merge(brought *org.Org, have, next *org.Org) (m merged, err error) {
	base := &org.Org{}
	if brought != nil {
		base = brought
	}
	was, err := fieldsOf(base)
	if err != nil {
		return m, err
	}
	is, err := fieldsOf(have)
	if err != nil {
		return m, err
	}
	will, err := fieldsOf(next)
	if err != nil {
		return m, err
	}
	for _, name := range fieldNames {
		if string(will[name]) == string(is[name]) {
			continue
		}
		// Empty and never brought is not a change by hand.
		if string(is[name]) != string(was[name]) {
			err := fault.New(fault.Conflict, "org.pack.kept", fieldName(name), next.ID, shown(is[name]), shown(will[name]))
			m.kept = append(m.kept, keptField{name, err})
			m.details = append(m.details, pack.Detail{Vi: locale.Vi.Error(err), En: locale.En.Error(err)})
			continue
		}
		m.changed = true
		m.details = append(m.details, pack.Detail{Vi: told(locale.Vi, name, is[name], will[name]), En: told(locale.En, name, is[name], will[name])})
		if will[name] == nil {
			delete(is, name)
		} else {
			is[name] = will[name]
		}
	}
	m.org, err = is.org()
	return m, err
}

func told(l locale.Lang, name string, from, to json.RawMessage) string {
	return l.T("org.pack.changes", fieldName(name), shown(from), shown(to))
}

// A fieldName is said in the reader's language.
type fieldName string

// In gives the name of the field.
func (f fieldName) In(l locale.Lang) string { return l.T("org.field." + string(f)) }

// A shown value is the JSON of a field, as people read it.
type shown json.RawMessage

// In writes texts without quotes and what is not there in words.
func (s shown) In(l locale.Lang) string {
	if len(s) == 0 {
		return l.T("org.pack.nothing")
	}
	var text string
	if json.Unmarshal(s, &text) == nil {
		if text == "" {
			return l.T("org.pack.nothing")
		}
		return fmt.Sprintf("“%s”", text)
	}
	return string(s)
}
