// Package registers reads the data sets that keep a register of the platform's own
// (contract.For) as whoever asks sees them: the register of systems and what stands
// beside it, plans with their tasks, targets and duties.
package registers

import (
	"context"
	"slices"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// Sets is what this package needs of contract.Store.
type Sets interface {
	door.Sets
	For(ctx context.Context, register string) (*contract.Contract, error)
}

// Records is what this package needs of record.Truth.
type Records interface {
	Through(v *record.View) *record.Reader
}

// CodeLists is what this package needs of dictionary.Store.
type CodeLists interface {
	Current(ctx context.Context, id string) (*dictionary.CodeList, error)
}

// A Reader reads registers.
type Reader struct {
	Door    *door.Door
	Sets    Sets
	Records Records
}

// A Table is an object with the rows of it that the caller reads.
type Table struct {
	Con  *contract.Contract
	Obj  *contract.Object
	View *record.View
}

// Table finds a table and asks whether its rows may be seen.
func (r *Reader) Table(ctx context.Context, action policy.Action, address string) (Table, error) {
	con, obj, err := r.Door.Find(ctx, action, r.Sets, address)
	if err != nil {
		return Table{}, err
	}
	if obj == nil {
		return Table{}, fault.New(fault.NotFound, "dataset.unknown", address)
	}
	view, err := r.Door.See(ctx, action, con, obj)
	return Table{con, obj, view}, err
}

// Peek is Table for what is shown besides: false when the caller does not read it, or
// it is not there.
func (r *Reader) Peek(ctx context.Context, address string) (Table, bool, error) {
	con, obj, err := door.Lookup(ctx, r.Sets, address)
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return Table{}, false, nil
	}
	if err != nil || obj == nil {
		return Table{}, false, err
	}
	view := r.Door.Peek(ctx, policy.Read, con, obj)
	return Table{con, obj, view}, view != nil, nil
}

// page is how many rows are read at a time.
const page = 2000

// Each hands over the rows behind a key in the order of keys, until told to stop.
func (r *Reader) Each(ctx context.Context, t Table, after string, f func(record.Row) bool) error {
	for {
		list, err := r.Records.Through(t.View).List(ctx, after, page, record.Latest)
		if err != nil {
			return err
		}
		for _, row := range list {
			if !f(row) {
				return nil
			}
		}
		if len(list) < page {
			return nil
		}
		after = list[len(list)-1].Key
	}
}

// RowOf is a record by the columns of the stores, as CSV writes it; what is null is not
// in it.
func RowOf(obj *contract.Object, r record.Row) map[string]string {
	row := make(map[string]string, len(obj.Columns))
	for i := range obj.Columns {
		c := &obj.Columns[i]
		if text := form.Text(r.Values[c.Name]); text != "" {
			row[c.Store] = text
		}
	}
	return row
}

// NamesOf are the names of codes in all objects of a contract on a day.
func NamesOf(ctx context.Context, lists CodeLists, con *contract.Contract, today viet.Date) (dictionary.Names, error) {
	var ids []string
	for _, o := range con.Objects {
		for _, id := range o.CodeLists() {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return dictionary.NamesOf(ctx, lists, today, ids...)
}
