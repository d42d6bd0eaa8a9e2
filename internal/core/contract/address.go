package contract

import (
	"context"
	"strings"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// Object finds an object of the contracts in force by its address: "id" for a
// contract with one object, "id.object" for one with several.
func (s *Store) Object(ctx context.Context, address string) (*Contract, *Object, error) {
	id, _, _ := strings.Cut(address, ".")
	c, err := s.Current(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	for _, o := range c.Objects {
		if o.Dataset == address {
			return c, o, nil
		}
	}
	all := make([]string, len(c.Objects))
	for i, o := range c.Objects {
		all[i] = o.Dataset
	}
	return nil, nil, fault.New(fault.NotFound, "dataset.which-object", address, strings.Join(all, ", "))
}
