package termdesk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/odcs"
)

// Reasons are why a column stands for no term, as contracts write them.
var Reasons = []string{"ky-thuat", "tu-do", "dac-thu", "dan-xuat", "cho-thuat-ngu"}

// A Mapped is a column with the term that it stands for, and those that it may
// stand for.
type Mapped struct {
	Use
	Term      *dictionary.Term // in force; nil without
	Proposals []dictionary.Proposal
}

// proposed is how many terms are proposed for a column, and sampled how many of
// its values are looked at.
const (
	proposed = 5
	sampled  = 50
)

// Mapping lists the columns of a data set, or of one of its objects.
func (d *Desk) Mapping(ctx context.Context, con *contract.Contract, only *contract.Object) ([]Mapped, error) {
	book, err := d.Terms.Book(ctx)
	if err != nil {
		return nil, err
	}
	var all []Mapped
	for _, o := range con.Objects {
		if only != nil && o != only {
			continue
		}
		var values [][]string
		if d.Records != nil && d.Door.CanSet(ctx, policy.EditContract, con) {
			if values, err = d.sample(ctx, o); err != nil {
				return nil, err
			}
		}
		for i := range o.Columns {
			c := &o.Columns[i]
			q := question(c)
			if values != nil {
				q.Values = values[i]
			}
			all = append(all, Mapped{Use{con, o, c}, book.Term(c.Term), book.Propose(q, proposed)})
		}
	}
	return all, nil
}

// sample looks at some values of each column of text. They are compared with what
// terms ask for and not kept: what is told of them is whether they fit.
func (d *Desk) sample(ctx context.Context, o *contract.Object) ([][]string, error) {
	view, err := record.NewView(o, policy.Everything, nil)
	if err != nil {
		return nil, err
	}
	rows, err := d.Records.Through(view).List(ctx, "", sampled, record.Latest)
	if err != nil {
		return nil, err
	}
	values := make([][]string, len(o.Columns))
	for _, r := range rows {
		for i := range o.Columns {
			if v, ok := r.Values[o.Columns[i].Name].(string); ok && v != "" {
				values[i] = append(values[i], v)
			}
		}
	}
	return values, nil
}

// logical are the types of contracts by those of columns.
var logical = map[contract.Type]string{
	contract.Text: "string", contract.Integer: "integer", contract.Decimal: "number", contract.Float: "number", contract.Boolean: "boolean",
	contract.Date: "date", contract.PartialDate: "date", contract.Time: "time", contract.Timestamp: "timestamp",
	contract.JSON: "object", contract.Geometry: "object", contract.File: "object",
}

func question(c *contract.Column) dictionary.Question {
	q := dictionary.Question{
		Name: c.Name, Title: c.Title, Aliases: c.Aliases, Logical: logical[c.Type], Partial: c.Type == contract.PartialDate, Identifier: c.Identifier, CodeList: c.CodeList,
	}
	if c.Array {
		q.Logical = "array"
	}
	return q
}

// A Choice is what somebody has decided about a column: a term, a reason why there
// is none, or neither.
type Choice struct {
	Object, Column string // names in the contract
	Term, Reason   string
}

// Decided writes choices into a contract and gives its new text. Every byte that
// no choice is about stays as it was. What stands there already is not written
// again.
func Decided(doc *odcs.Document, choices []Choice) ([]byte, error) {
	for _, c := range choices {
		if c.Term != "" && !dictionary.TermID.MatchString(c.Term) {
			return nil, fault.New(fault.Invalid, "lexicon.choice", c.Column, c.Term)
		}
		if c.Reason != "" && (c.Term != "" || !slices.Contains(Reasons, c.Reason)) {
			return nil, fault.New(fault.Invalid, "lexicon.choice", c.Column, c.Reason)
		}
		var err error
		if doc, err = c.write(doc); err != nil {
			return nil, err
		}
	}
	return doc.Bytes(), nil
}

func (c *Choice) write(doc *odcs.Document) (*odcs.Document, error) {
	at, err := c.place(doc)
	if err != nil {
		return nil, err
	}
	name, value := "phohien.term", c.Term
	if c.Reason != "" {
		name, value = "phohien.notMapped", c.Reason
	}
	list := at + "/customProperties"
	have, there := doc.Value(list)
	items, _ := have.([]any)
	standing := -1
	for i, item := range items {
		if m, ok := item.(map[string]any); ok && (m["property"] == "phohien.term" || m["property"] == "phohien.notMapped") {
			standing = i
		}
	}
	entry := odcs.CustomProperty{Property: name, Value: value}
	switch {
	case value == "" && standing < 0:
		return doc, nil
	case value == "" && len(items) == 1: // no list is left empty
		return byHand(doc.Delete(list))
	case value == "":
		return byHand(doc.Delete(fmt.Sprintf("%s/%d", list, standing)))
	case standing >= 0:
		if doc, err = byHand(doc.Set(fmt.Sprintf("%s/%d/property", list, standing), name)); err != nil {
			return nil, err
		}
		return byHand(doc.Set(fmt.Sprintf("%s/%d/value", list, standing), value))
	case there:
		return byHand(doc.Insert(list+"/-", entry))
	}
	return byHand(doc.Insert(list, []odcs.CustomProperty{entry}))
}

// place is the JSON Pointer of the column's property.
func (c *Choice) place(doc *odcs.Document) (string, error) {
	for i, o := range doc.Contract().Schema {
		for j, p := range o.Properties {
			if o.Name == c.Object && p.Name == c.Column {
				return fmt.Sprintf("/schema/%d/properties/%d", i, j), nil
			}
		}
	}
	return "", fault.New(fault.NotFound, "lexicon.no-column", c.Column)
}

// byHand puts an edit that cannot be made alone into words.
func byHand(doc *odcs.Document, err error) (*odcs.Document, error) {
	if err == nil {
		return doc, nil
	}
	path := "/"
	var e *odcs.Error
	if errors.As(err, &e) && e.Path != "" {
		path = e.Path
	}
	return nil, fault.New(fault.Conflict, "lexicon.by-hand", path).Because(err)
}
