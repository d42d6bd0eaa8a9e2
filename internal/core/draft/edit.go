package draft

import (
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// Choose answers a question: it undoes nothing else of the draft and may be
// called again with another option.
func (d *Draft) Choose(question string, option int) error {
	for i := range d.Doubts {
		q := &d.Doubts[i]
		if q.ID != question {
			continue
		}
		o := d.Object(q.Object)
		if o == nil || option < 0 || option >= len(q.Options) {
			return fault.New(fault.Invalid, "draft.no-option", question, option)
		}
		q.Chosen = option
		return o.apply(q.Column, q.Options[option].Edit)
	}
	return fault.New(fault.NotFound, "draft.no-question", question)
}

func (o *Object) apply(column string, e Edit) error {
	switch {
	case e.NoKey:
		o.Key, o.Mode = nil, ""
	case len(e.Key) > 0:
		o.Key = append([]string(nil), e.Key...)
	}
	if e.Mode == contract.Merge {
		o.Mode = "" // the default with a key
	} else if e.Mode != "" {
		o.Mode = e.Mode
	}
	if column == "" {
		return nil
	}
	c := o.Column(column)
	if c == nil {
		return fault.New(fault.NotFound, "draft.no-column", column)
	}
	c.apply(e)
	return nil
}

func (c *Column) apply(e Edit) {
	if e.Type != "" {
		c.Type, c.Precision, c.Scale, c.Finest = e.Type, e.Precision, e.Scale, e.Finest
		c.Examples = nil // they were written for the type before
		if e.Type != contract.Integer && e.Type != contract.Decimal {
			c.Min, c.Max = "", ""
		}
		if e.Type != contract.Text {
			c.Pattern, c.MaxLength, c.CodeList, c.Unit, c.Kind = "", 0, "", "", ""
		}
	}
	if e.Style != "" {
		c.Style = e.Style
	}
	if e.CodeList != "" {
		c.CodeList, c.Examples = e.CodeList, nil
	}
	if e.NoList {
		c.CodeList = ""
	}
	if e.Class != "" {
		c.Personal.Class = e.Class
	}
	if e.LeftOut {
		c.LeftOut = true
	}
}
