// Package packtest helps to test the kinds of content that rooms take from packs.
package packtest

import (
	"context"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Elsewhere is a kind of content that other rooms take from packs, and try there.
type Elsewhere string

// Name implements pack.Kind, as do all its methods.
func (e Elsewhere) Name() string { return string(e) }

// Diff finds nothing.
func (Elsewhere) Diff(context.Context, *store.Tx, *pack.Pack, []pack.Document) ([]pack.Change, []pack.Problem, error) {
	return nil, nil, nil
}

// Apply does nothing.
func (Elsewhere) Apply(context.Context, *store.Tx, actor.Actor, *pack.Pack, []pack.Change) error {
	return nil
}

// Remove removes nothing.
func (Elsewhere) Remove(context.Context, *store.Tx, actor.Actor, string) ([]pack.Change, error) {
	return nil, nil
}
