package console

import (
	"context"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/viet"
)

// codesOf are the code lists of an object's columns, for showing names.
func (s *server) codesOf(ctx context.Context, obj *contract.Object) (dictionary.Names, error) {
	return dictionary.NamesOf(ctx, s.CodeLists, viet.DateOf(s.Now().In(viet.Zone)), obj.CodeLists()...)
}

// fewCodes is how many codes stand in full beside a field.
const fewCodes = 12

// entries are the codes of a short list with their names; nil for a long one.
func entries(names dictionary.Names, list string) (all []codeView) {
	if l := names.List(list); l == nil || len(l.Codes) > fewCodes {
		return nil
	}
	for _, code := range names.Valid(list) {
		all = append(all, codeView{code.Code, code.Name})
	}
	return all
}

type codeView struct{ Code, Name string }
