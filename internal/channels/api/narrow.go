package api

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/cql2"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// Narrowing says which records of a table are meant, and in which order.
type Narrowing struct {
	Filter  string `query:"filter" maxLength:"8000" doc:"CQL2 text (OGC 21-065r2): which records, as in so_ho > 100 AND ACCENTI(CASEI(ten)) LIKE '%thai thuy%'"`
	Sort    string `query:"sort" maxLength:"1000" doc:"Names of fields, separated by commas; - in front: descending. Words sort in Vietnamese order, absent values come last"`
	ValidAt string `query:"valid_at" maxLength:"40" doc:"Records that held on this day (yyyy-mm-dd) or at this time, by the contract's validity columns"`
}

// Narrowed is a Narrowing that has been read.
type Narrowed struct {
	Where cql2.Expr // nil: all records
	Sort  []mirror.Sort
}

func (n Narrowed) asked() bool { return n.Where != nil || len(n.Sort) > 0 }

// Read reads what was asked for about an object.
func (n Narrowing) Read(obj *contract.Object) (out Narrowed, err error) {
	var all cql2.And
	if strings.TrimSpace(n.Filter) != "" {
		e, err := cql2.Parse(n.Filter)
		if err != nil {
			return out, err
		}
		all = append(all, e)
	}
	if n.ValidAt != "" {
		valid, err := validAt(obj, n.ValidAt)
		if err != nil {
			return out, err
		}
		all = append(all, valid...)
	}
	switch len(all) {
	case 0:
	case 1:
		out.Where = all[0]
	default:
		out.Where = all
	}
	out.Sort, err = sorting(obj, n.Sort)
	return out, err
}

// which reads which records an address asks for: by Narrowing, and by parameters
// that are named like fields. own are further parameters of the address.
func which(r *http.Request, obj *contract.Object, n Narrowing, own ...string) (Narrowed, error) {
	equal, err := equalities(r, obj, own...)
	if err != nil {
		return Narrowed{}, err
	}
	out, err := n.Read(obj)
	if err != nil {
		return out, err
	}
	out.Where = among(obj, equal, out.Where)
	return out, unnumbered(obj, out.Where)
}

// sorting reads names of fields, with - in front of those that descend.
func sorting(obj *contract.Object, text string) (all []mirror.Sort, err error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	for name := range strings.SplitSeq(text, ",") {
		// A "+" in a query that nobody encoded arrives as a space.
		name, desc := strings.CutPrefix(strings.TrimLeft(strings.TrimSpace(name), "+"), "-")
		i := obj.Column(name)
		if i < 0 {
			return nil, fault.New(fault.Invalid, "column.unknown", name, obj.Dataset)
		}
		switch obj.Columns[i].Type {
		case contract.Geometry, contract.JSON, contract.File:
			return nil, fault.New(fault.Invalid, "api.sort-type", name)
		}
		if slices.ContainsFunc(all, func(s mirror.Sort) bool { return s.Column == name }) {
			return nil, fault.New(fault.Invalid, "api.sort-twice", name)
		}
		all = append(all, mirror.Sort{Column: name, Desc: desc})
	}
	return all, nil
}

// validAt keeps what held then: from the first day or moment to the last one,
// both included; an end that is absent is open.
func validAt(obj *contract.Object, text string) (all []cql2.Expr, err error) {
	if obj.ValidFrom < 0 && obj.ValidTo < 0 {
		return nil, fault.New(fault.Invalid, "api.no-validity", obj.Title)
	}
	at, err := moment(text, false)
	if err != nil {
		return nil, fault.New(fault.Invalid, "api.valid-at", text)
	}
	day := at.In(record.VietnamTime).Format(time.DateOnly)
	if text != day { // a day is all of it
		text = at.Format(time.RFC3339Nano)
	}
	bound := func(column int, op string) {
		if column < 0 {
			return
		}
		p := cql2.Property{Name: obj.Columns[column].Name}
		v := cql2.Value{Kind: cql2.Text, Text: text}
		if obj.Columns[column].Type == contract.Date {
			v.Text = day
		}
		all = append(all, cql2.Or{cql2.Null{Property: p}, cql2.Compare{Property: p, Op: op, Value: v}})
	}
	bound(obj.ValidFrom, "<=")
	bound(obj.ValidTo, ">=")
	return all, nil
}

// Numbered reports whether a column holds numbers or addresses of persons, which
// stand in no address of ours.
func Numbered(c *contract.Column) bool {
	return c.Personal.Is() && slices.Contains(personalNumbers, c.Personal.Kind)
}

var personalNumbers = []string{"personal_id", "passport", "social_insurance", "health_insurance", "phone", "plate", "email"}

// unnumbered refuses conditions in an address that name a person by a number.
func unnumbered(obj *contract.Object, where cql2.Expr) error {
	for _, name := range cql2.Properties(where) {
		if i := obj.Column(name); i >= 0 && Numbered(&obj.Columns[i]) {
			return fault.New(fault.Invalid, "api.number-in-address", obj.Columns[i].Title, obj.Dataset)
		}
	}
	return nil
}
