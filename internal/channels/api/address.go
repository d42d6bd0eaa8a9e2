package api

import (
	"context"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// lookup finds what an address names: "id", or "id.object" when the contract
// has several objects. obj is nil when "id" alone does not say which one.
func (s *Server) lookup(ctx context.Context, address string) (con *contract.Contract, obj *contract.Object, err error) {
	return Lookup(ctx, s.Contracts, address)
}

// Lookup is lookup for the pages, which know the same addresses.
func Lookup(ctx context.Context, from interface {
	Current(ctx context.Context, id string) (*contract.Contract, error)
}, address string) (*contract.Contract, *contract.Object, error) {
	id, name, named := strings.Cut(address, ".")
	con, err := from.Current(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if !named {
		if len(con.Objects) == 1 {
			return con, con.Objects[0], nil
		}
		return con, nil, nil
	}
	for _, o := range con.Objects {
		if o.Dataset == address || o.Name == name {
			return con, o, nil
		}
	}
	return nil, nil, fault.New(fault.NotFound, "dataset.unknown", address)
}

// object finds the one object of an address.
func (s *Server) object(ctx context.Context, address string) (*contract.Contract, *contract.Object, error) {
	con, obj, err := s.lookup(ctx, address)
	if err == nil && obj == nil {
		err = fault.New(fault.Invalid, "api.which-object", address, strings.Join(addresses(con), ", "))
	}
	return con, obj, err
}

func addresses(con *contract.Contract) []string {
	all := make([]string, len(con.Objects))
	for i, o := range con.Objects {
		all[i] = o.Dataset
	}
	return all
}
