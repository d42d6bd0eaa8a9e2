package draft

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/odcs"
)

// Contract writes the draft as an ODCS contract. A draft with a problem (see
// Validate) gives a contract with that problem.
func (d *Draft) Contract() odcs.Contract {
	c := odcs.Contract{
		APIVersion: odcs.Latest, Kind: "DataContract", ID: d.ID, Name: d.Title, Version: "1.0.0", Status: "draft",
	}
	if d.About != "" {
		c.Description = &odcs.Description{Purpose: d.About}
	}
	if d.Owner != "" {
		c.CustomProperties = custom("phohien.owner", d.Owner)
	}
	for i := range d.Objects {
		c.Schema = append(c.Schema, d.Objects[i].schema())
	}
	return c
}

// YAML is the contract as a document.
func (d *Draft) YAML() ([]byte, error) { return odcs.Write(d.Contract()) }

func custom(name string, value any) odcs.CustomProperties {
	return odcs.CustomProperties{{Property: name, Value: value}}
}

func (o *Object) schema() odcs.SchemaObject {
	s := odcs.SchemaObject{Name: o.Name, PhysicalName: o.Name, LogicalType: "object", PhysicalType: "table", BusinessName: o.Title}
	add := func(name, value string) {
		if value != "" {
			s.CustomProperties = append(s.CustomProperties, odcs.CustomProperty{Property: name, Value: value})
		}
	}
	add("phohien.mode", string(o.Mode))
	add("phohien.sender", o.Sender)
	add("phohien.period", o.Period)
	for i := range o.Columns {
		// Policies choose rows by the commune they belong to.
		if c := &o.Columns[i]; c.Unit == "commune" {
			s.CustomProperties = append(s.CustomProperties, odcs.CustomProperty{Property: "phohien.scope", Value: map[string]any{"unit": c.Name}})
			break
		}
	}
	validity := map[string]any{}
	if o.ValidFrom != "" {
		validity["from"] = o.ValidFrom
	}
	if o.ValidTo != "" {
		validity["to"] = o.ValidTo
	}
	if len(validity) > 0 {
		s.CustomProperties = append(s.CustomProperties, odcs.CustomProperty{Property: "phohien.validity", Value: validity})
	}
	for i := range o.Columns {
		if c := &o.Columns[i]; !c.LeftOut {
			s.Properties = append(s.Properties, c.property(slices.Index(o.Key, c.Name)+1))
		}
	}
	return s
}

// logical are the ODCS types of ours.
var logical = map[contract.Type]string{
	contract.Text: "string", contract.Integer: "integer", contract.Decimal: "number", contract.Float: "number", contract.Boolean: "boolean",
	contract.Date: "date", contract.PartialDate: "date", contract.Time: "time", contract.Timestamp: "timestamp",
	contract.JSON: "object", contract.Geometry: "object", contract.File: "object",
}

func (c *Column) property(key int) odcs.Property {
	p := odcs.Property{
		Name: c.Name, PhysicalName: c.Name, BusinessName: c.Title, Description: c.about(), LogicalType: first(logical[c.Type], string(c.Type)),
		PrimaryKey: key > 0, PrimaryKeyPosition: key, Required: c.Required || key > 0, Unique: c.Unique,
	}
	switch c.Type {
	case contract.Decimal:
		p.PhysicalType = fmt.Sprintf("decimal(%d,%d)", c.Precision, c.Scale)
	case contract.Float:
		p.PhysicalType = "double"
	}
	for _, e := range c.Examples {
		p.Examples = append(p.Examples, c.typed(e))
	}
	p.LogicalTypeOptions = c.options()
	p.CustomProperties = c.customs()
	return p
}

func (c *Column) about() string {
	if !c.MadeUp || len(c.Examples) == 0 {
		return c.About
	}
	note := "Ví dụ là giá trị đặt ra, không phải của ai. The example is made up."
	if c.About == "" {
		return note
	}
	return c.About + " " + note
}

func (c *Column) options() odcs.Options {
	o := odcs.Options{}
	if c.Pattern != "" {
		o["pattern"] = c.Pattern
	}
	if c.MaxLength > 0 {
		o["maxLength"] = int64(c.MaxLength)
	}
	if c.Min != "" {
		o["minimum"] = c.typed(c.Min)
	}
	if c.Max != "" {
		o["maximum"] = c.typed(c.Max)
	}
	if len(o) == 0 {
		return nil
	}
	return o
}

// typed is a text as the YAML value that the type asks for.
func (c *Column) typed(s string) any {
	switch c.Type {
	case contract.Integer:
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n
		}
	case contract.Decimal, contract.Float:
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return f
		}
	case contract.Boolean:
		if v, err := strconv.ParseBool(s); err == nil {
			return v
		}
	}
	return s
}

func (c *Column) customs() (list odcs.CustomProperties) {
	add := func(name string, value any) {
		list = append(list, odcs.CustomProperty{Property: name, Value: value})
	}
	if len(c.Aliases) > 0 {
		add("phohien.aliases", c.Aliases)
	}
	if c.Type == contract.PartialDate {
		add("phohien.precision", first(c.Finest, "day"))
	}
	if c.Type == contract.Geometry {
		add("phohien.geometry", first(c.Shape, "any"))
	}
	switch {
	case c.Unit != "":
		add("phohien.unit", c.Unit)
	case c.CodeList != "":
		add("phohien.codeList", c.CodeList)
	case c.Reference != nil:
		r := map[string]any{"dataset": c.Reference.Dataset}
		if c.Reference.Column != "" {
			r["column"] = c.Reference.Column
		}
		add("phohien.reference", r)
	case c.Kind != "":
		add("phohien.identifier", string(c.Kind))
	}
	switch c.Personal.Class {
	case Basic, Sensitive:
		add("phohien.personal", map[string]any{"class": string(c.Personal.Class), "kind": first(c.Personal.Kind, "other")})
	default:
		if contract.ImpliedBy(c.Kind).Is() {
			add("phohien.personal", map[string]any{"class": string(contract.NotPersonal)})
		}
	}
	return list
}

// YAML is the list as a document of a pack.
func (l *CodeListDraft) YAML() ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "kind: %s\nid: %s\nname: %s\nversion: 1.0.0\nsource: %s\ncodes:\n",
		dictionary.KindName, quoted(l.ID), quoted(l.Name), quoted("Dữ liệu mẫu của đơn vị gửi"))
	for _, c := range l.Codes {
		fmt.Fprintf(&b, "  - {code: %s, name: %s", quoted(c.Code), quoted(c.Name))
		for i, a := range c.Aliases {
			b.WriteString([]string{", aliases: [", ", "}[min(i, 1)] + quoted(a))
		}
		if len(c.Aliases) > 0 {
			b.WriteByte(']')
		}
		b.WriteString("}\n")
	}
	text := []byte(b.String())
	if _, err := dictionary.Parse(text, nil); err != nil {
		return nil, fmt.Errorf("code list %s: %w", l.ID, err)
	}
	return text, nil
}

// quoted writes a text as JSON does, which YAML reads as the same text whatever
// it looks like.
func quoted(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil { // a string always has a JSON form
		return strconv.Quote(s)
	}
	return strings.TrimSpace(b.String())
}
