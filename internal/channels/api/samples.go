package api

import (
	"context"

	"github.com/phohien/phohien/internal/core/draft"
)

// Known is what the platform has already, for the pages that draft a data set.
// Keys are read while the draft is made: failed tells afterwards what broke.
func (s *Server) Known(ctx context.Context) (known draft.Known, failed func() error, err error) {
	k, err := s.known(ctx)
	if err != nil {
		return draft.Known{}, nil, err
	}
	return k.Known, func() error { return k.err }, nil
}
