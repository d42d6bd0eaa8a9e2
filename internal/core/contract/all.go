package contract

import (
	"context"
	"iter"
)

// atOnce is how many contracts All reads in one go.
const atOnce = 500

// All goes through all contracts of a store in the order of their ids. What
// cannot be listed comes as the last pair, with its error and no contract.
func All(ctx context.Context, s interface {
	List(ctx context.Context, after string, limit int) ([]*Contract, error)
}) iter.Seq2[*Contract, error] {
	return func(yield func(*Contract, error) bool) {
		for after := ""; ; {
			list, err := s.List(ctx, after, atOnce)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, c := range list {
				if !yield(c, nil) {
					return
				}
				after = c.ID
			}
			if len(list) < atOnce {
				return
			}
		}
	}
}
