package api

import (
	"context"
	"strings"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// lookup finds what an address names that a caller has given: "id", or
// "id.object" when the contract has several objects. obj is nil when "id" alone
// does not say which one.
func (s *Server) lookup(ctx context.Context, action policy.Action, address string) (con *contract.Contract, obj *contract.Object, err error) {
	return s.Door.Find(ctx, action, s.Contracts, address)
}

// object finds the one object of an address that a caller has given.
func (s *Server) object(ctx context.Context, action policy.Action, address string) (*contract.Contract, *contract.Object, error) {
	con, obj, err := s.lookup(ctx, action, address)
	if err == nil && obj == nil {
		err = fault.New(fault.Invalid, "api.which-object", address, strings.Join(addresses(s.Door.KnownObjects(ctx, con)), ", "))
	}
	return con, obj, err
}

// written finds the object of an address that the platform has written down.
func (s *Server) written(ctx context.Context, address string) (*contract.Contract, *contract.Object, error) {
	con, obj, err := door.Lookup(ctx, s.Contracts, address)
	if err == nil && obj == nil {
		err = fault.New(fault.Invalid, "api.which-object", address, strings.Join(addresses(con.Objects), ", "))
	}
	return con, obj, err
}

func addresses(objects []*contract.Object) []string {
	all := make([]string, len(objects))
	for i, o := range objects {
		all[i] = o.Dataset
	}
	return all
}
