package api

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// ReadAs says who sends a file and how it is to be read.
type ReadAs struct {
	Sender string `query:"sender" maxLength:"200" doc:"Who sends: a code or a name. What people say about its files is remembered by it"`
	Table  string `query:"table" maxLength:"255" doc:"Name of the sheet that is read"`
	Recipe string `query:"recipe" maxLength:"30000" doc:"How to read the file: a RecipeRecipe as JSON, in the place of what is remembered. One that is longer goes to reread"`
}

// recipe is how the file is to be read, nil when nothing was said. A sheet alone
// does not put aside what else is remembered of the sender.
func (in ReadAs) recipe(ctx context.Context, kept recipes, obj *contract.Object) (*recipe.Recipe, error) {
	if in.Recipe != "" || in.Table == "" || obj == nil {
		return ReadRecipe(in.Recipe, in.Table)
	}
	r, err := kept.Find(ctx, obj.Dataset, in.Sender)
	if err != nil {
		return nil, err
	}
	if r == nil {
		r = &recipe.Recipe{}
	}
	r.Table = in.Table
	return r, nil
}

// ReadRecipe reads a recipe as JSON, "" being none; table names the sheet in the
// place of the recipe's. It is nil when neither says anything.
func ReadRecipe(text, table string) (*recipe.Recipe, error) {
	if text == "" && table == "" {
		return nil, nil
	}
	r := &recipe.Recipe{}
	if text != "" {
		d := json.NewDecoder(strings.NewReader(text))
		d.DisallowUnknownFields()
		err := d.Decode(r)
		if err == nil && d.More() {
			err = errTrailing
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "api.recipe-json", err.Error()).Because(err)
		}
	}
	if table != "" {
		r.Table = table
	}
	return r, checkRecipe(r)
}

var errTrailing = errors.New("something stands behind the recipe")
