package app

import (
	"context"

	"github.com/phohien/phohien/internal/foundation/actor"
)

// nameOf is the name of an account; of what has none its id; the
// operator and the platform acting by itself have names of their own.
func (a *App) nameOf(ctx context.Context, id string) string {
	if id == actor.System.ID {
		return actor.System.Name
	}
	if id == operator.ID {
		return operator.Name
	}
	if one, err := a.Accounts.Account(ctx, id); err == nil && one.Name != "" {
		return one.Name
	}
	return id
}
