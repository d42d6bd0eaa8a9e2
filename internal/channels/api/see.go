package api

import (
	"context"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// see finds the one object of an address and the view through which the caller
// sees its rows.
func (s *Server) see(ctx context.Context, action policy.Action, address string) (*contract.Contract, *contract.Object, *record.View, error) {
	con, obj, err := s.object(ctx, action, address)
	if err != nil {
		return nil, nil, nil, err
	}
	view, err := s.Door.See(ctx, action, con, obj)
	return con, obj, view, err
}

// may finds what an address names, obj nil for a whole data set of several
// objects, and asks the policies.
func (s *Server) may(ctx context.Context, action policy.Action, address string) (*contract.Contract, *contract.Object, error) {
	con, obj, err := s.lookup(ctx, action, address)
	if err != nil {
		return nil, nil, err
	}
	return con, obj, s.Door.MaySet(ctx, action, con, obj)
}

// mayObject is may for one object.
func (s *Server) mayObject(ctx context.Context, action policy.Action, address string) (*contract.Contract, *contract.Object, error) {
	con, obj, err := s.object(ctx, action, address)
	if err != nil {
		return nil, nil, err
	}
	return con, obj, s.Door.MaySet(ctx, action, con, obj)
}

// batch finds a batch with its object and asks the policies.
func (s *Server) batch(ctx context.Context, action policy.Action, id string) (corridor.Status, *contract.Contract, *contract.Object, error) {
	st, con, obj, err := s.Door.FindBatch(ctx, action, s.Contracts, s.Corridor, id)
	if err != nil {
		return st, nil, nil, err
	}
	return st, con, obj, s.Door.MayBatch(ctx, action, con, obj, st)
}

// shown is a batch as the caller may see it.
func (s *Server) shown(ctx context.Context, st corridor.Status) (corridor.Status, error) {
	con, obj, err := s.written(ctx, st.Dataset)
	if err != nil {
		return st, err
	}
	return s.Door.Shown(ctx, con, obj, st), nil
}
