package console

import (
	"context"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet"
)

// codes are the code lists of an object's columns, for showing names.
type codes struct {
	lists map[string]*dictionary.CodeList
	today viet.Date
}

func (s *server) codesOf(ctx context.Context, obj *contract.Object) (codes, error) {
	c := codes{lists: map[string]*dictionary.CodeList{}, today: viet.DateOf(s.Now())}
	if s.CodeLists == nil {
		return c, nil
	}
	for i := range obj.Columns {
		id := obj.Columns[i].CodeList
		if id == "" || c.lists[id] != nil {
			continue
		}
		list, err := s.CodeLists.Current(ctx, id)
		if fault.KindOf(err) == fault.NotFound && err != nil {
			continue // the codes speak for themselves then
		}
		if err != nil {
			return c, err
		}
		c.lists[id] = list
	}
	return c, nil
}

// name is the name of a code, "" when the list does not say.
func (c codes) name(list, code string) string {
	l := c.lists[list]
	if l == nil {
		return ""
	}
	found, ok := l.Find(code, c.today)
	if !ok {
		return ""
	}
	return found.Name
}

// title is what a list is called.
func (c codes) title(list string) string {
	if l := c.lists[list]; l != nil && l.Name != "" {
		return l.Name
	}
	return list
}

// fewCodes is how many codes stand in full beside a field.
const fewCodes = 12

// entries are the codes of a short list with their names; nil for a long one.
func (c codes) entries(list string) []codeView {
	l := c.lists[list]
	if l == nil || len(l.Codes) > fewCodes {
		return nil
	}
	var all []codeView
	for _, code := range l.Codes {
		if l.Valid(code.Code, c.today) {
			all = append(all, codeView{code.Code, code.Name})
		}
	}
	return all
}

type codeView struct{ Code, Name string }
