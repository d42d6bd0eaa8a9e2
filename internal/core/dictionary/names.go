package dictionary

import (
	"context"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet"
)

// Names are code lists in force, for showing what their codes mean on a day.
type Names struct {
	lists map[string]*CodeList
	on    viet.Date
}

// NamesOf opens the lists of these ids; "" and lists that are not there are left
// out, their codes speak for themselves. lists may be nil.
func NamesOf(ctx context.Context, lists interface {
	Current(ctx context.Context, id string) (*CodeList, error)
}, on viet.Date, ids ...string) (Names, error) {
	n := Names{lists: map[string]*CodeList{}, on: on}
	if lists == nil {
		return n, nil
	}
	for _, id := range ids {
		if id == "" || n.lists[id] != nil {
			continue
		}
		list, err := lists.Current(ctx, id)
		if err != nil && fault.KindOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return n, err
		}
		n.lists[id] = list
	}
	return n, nil
}

// Name is the name of a code, "" when the list does not say.
func (n Names) Name(list, code string) string {
	l := n.lists[list]
	if l == nil {
		return ""
	}
	found, ok := l.Find(code, n.on)
	if !ok {
		return ""
	}
	return found.Name
}

// Title is what a list is called, its id when it has no name.
func (n Names) Title(list string) string {
	if l := n.lists[list]; l != nil && l.Name != "" {
		return l.Name
	}
	return list
}

// List is one of the lists, nil when it is not there.
func (n Names) List(id string) *CodeList { return n.lists[id] }

// Valid are the codes of a list that hold on the day, in the list's order.
func (n Names) Valid(list string) (all []Code) {
	if l := n.lists[list]; l != nil {
		for _, code := range l.Codes {
			if l.Valid(code.Code, n.on) {
				all = append(all, code)
			}
		}
	}
	return all
}
