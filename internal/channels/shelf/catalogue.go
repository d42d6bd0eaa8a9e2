package shelf

import (
	"context"
	"time"

	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// orgs is what this package needs of org.Store.
type orgs interface {
	Snapshot(ctx context.Context) (*org.Snapshot, error)
}

// The values of the facet Described.
const (
	Complete = "complete"
	Lacking  = "lacking"
)

// methods are the ways by which the platform hands a data set out once it may be
// shared: records by API, the whole as files.
func methods(con *contract.Contract) []string {
	switch con.Access {
	case policy.AccessOpen, policy.AccessShared:
		return []string{"api", "package"}
	}
	return nil
}

// Describe is what the catalogue says of a data set.
func (s *Shelf) Describe(ctx context.Context, con *contract.Contract) (catalog.Described, error) {
	stand, err := s.Scores.Standings(ctx, []*contract.Contract{con})
	if err != nil {
		return catalog.Described{}, err
	}
	return s.Measured(ctx, con, stand[con.ID].Score.Overall != nil)
}

// Measured is Describe of a data set whose score, or that it has none, is known.
func (s *Shelf) Measured(ctx context.Context, con *contract.Contract, measured bool) (catalog.Described, error) {
	codes, err := s.codes(ctx)
	if err != nil {
		return catalog.Described{}, err
	}
	return catalog.Of(con, catalog.Known{OwnerCode: codes(con.Owner), Measured: measured, Methods: methods(con)}), nil
}

// codes gives the electronic codes of agencies as of today.
func (s *Shelf) codes(ctx context.Context) (func(id string) string, error) {
	if s.Orgs == nil {
		return func(string) string { return "" }, nil
	}
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	today := org.Today(time.Now())
	return func(id string) string { return snap.Code(id, today) }, nil
}

// lacks is how many required fields a contract alone leaves empty: what the
// platform knows changes without it, and is counted when the list is asked for.
func lacks(con *contract.Contract) int {
	d := catalog.Of(con, catalog.Known{OwnerCode: "-", Measured: true, Methods: methods(con)})
	return len(d.Missing())
}

// lacking is how many required fields of the catalogue an entry lacks.
func (e Entry) lacking(code string) int {
	n := e.card.lacks
	if code == "" {
		n++
	}
	if e.Score.Overall == nil {
		n++
	}
	return n
}
