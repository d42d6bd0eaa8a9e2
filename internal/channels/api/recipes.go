package api

import (
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"

	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A RecipeNamed names what is remembered of a sender.
type RecipeNamed struct {
	Addressed
	Sender string `path:"sender" maxLength:"200" doc:"Who sends, as in sender of a batch; - is nobody in particular" example:"so-y-te"`
}

// sender is "" for nobody in particular, which no path can spell.
func (in *RecipeNamed) sender() string {
	if in.Sender == "-" {
		return ""
	}
	return in.Sender
}

type recipeAnswer struct {
	Body recipe.Recipe
}

func (s *Server) recipeRoutes() {
	path := Prefix + "/datasets/{id}/recipes/{sender}"
	register(s, door.Each(policy.Send, policy.KindDataset), huma.Operation{
		OperationID: "get-recipe", Method: http.MethodGet, Path: path,
		Summary: "Cách đọc tệp đã ghi nhớ / How the files of a sender are read", Tags: []string{"batches"},
		Description: "What the next file of the sender will be read by: what is remembered for it, or else for nobody in particular. 404: each file is recognised anew.",
	}, s.getRecipe)
	register(s, door.Each(policy.Send, policy.KindDataset), huma.Operation{
		OperationID: "put-recipe", Method: http.MethodPut, Path: path,
		Summary: "Ghi nhớ cách đọc tệp / Remember how the files of a sender are read", Tags: []string{"batches"},
		Description: "In the place of what was remembered. What the recipe leaves out is recognised in each file.",
	}, s.putRecipe)
	register(s, door.Each(policy.Send, policy.KindDataset), huma.Operation{
		OperationID: "forget-recipe", Method: http.MethodDelete, Path: path,
		Summary: "Bỏ cách đọc tệp đã ghi nhớ / Forget it", Tags: []string{"batches"}, DefaultStatus: http.StatusNoContent,
	}, s.forgetRecipe)
}

func (s *Server) getRecipe(ctx context.Context, in *RecipeNamed) (*recipeAnswer, error) {
	_, obj, err := s.mayObject(ctx, policy.Send, in.ID)
	if err != nil {
		return nil, err
	}
	r, err := s.Recipes.Find(ctx, obj.Dataset, in.sender())
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, fault.New(fault.NotFound, "api.no-recipe", obj.Dataset, in.Sender)
	}
	return &recipeAnswer{*r}, nil
}

func (s *Server) putRecipe(ctx context.Context, in *struct {
	RecipeNamed
	Body recipe.Recipe
}) (*recipeAnswer, error) {
	_, obj, err := s.mayObject(ctx, policy.Send, in.ID)
	if err != nil {
		return nil, err
	}
	if err := checkRecipe(&in.Body); err != nil {
		return nil, err
	}
	if in.Body.IsZero() {
		return nil, fault.New(fault.Invalid, "api.recipe-empty")
	}
	if err := s.Recipes.Keep(ctx, door.Actor(ctx), obj.Dataset, in.sender(), &in.Body); err != nil {
		return nil, err
	}
	return &recipeAnswer{in.Body}, nil
}

func (s *Server) forgetRecipe(ctx context.Context, in *RecipeNamed) (*struct{}, error) {
	_, obj, err := s.mayObject(ctx, policy.Send, in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.Recipes.Keep(ctx, door.Actor(ctx), obj.Dataset, in.sender(), nil)
}

// checkRecipe refuses what could not be applied to any file.
func checkRecipe(r *recipe.Recipe) error {
	if r.Layout != nil {
		return r.Layout.Check()
	}
	return nil
}
