// Package shelf is the list of data sets as the pages and the API show it: found
// by words whatever their accents, narrowed by facets, in the order of the
// Vietnamese alphabet. It reads contracts and what was counted last, and opens no
// data set.
package shelf

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/atlas"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// A Shelf knows all data sets. Its zero value with its fields set is ready.
type Shelf struct {
	Door      *door.Door
	Contracts lister
	Scores    standings
	Orgs      orgs // nil: no agency has an electronic code

	mu    sync.Mutex
	about map[string]*card // by digest of the contract
}

// lister is what this package needs of contract.Store.
type lister interface {
	List(ctx context.Context, after string, limit int) ([]*contract.Contract, error)
}

// standings is what this package needs of score.Scorer.
type standings interface {
	Standings(ctx context.Context, list []*contract.Contract) (map[string]score.Standing, error)
}

// A card is what of a contract is looked for and sorted by. It never changes.
type card struct {
	texts string // folded: name, purpose, owner, titles
	order string // Vietnamese sort key of the name
	place bool
	time  bool
	lacks int // required fields of the catalogue that the contract leaves empty
}

// An Entry is a data set on the shelf.
type Entry struct {
	*contract.Contract
	score.Standing
	Lacks int // how many required fields of the catalogue it lacks
	card  *card
}

// Member is the entry's share in a roll-up.
func (e Entry) Member() score.Member {
	return score.Member{Dataset: e.ID, Name: e.Name, Owner: e.Owner, Weight: e.Weight, Score: e.Score}
}

// Updated is when the last batch came, zero without one.
func (e Entry) Updated() time.Time { return e.Changed }

// Known are the data sets that the caller may know of.
func (s *Shelf) Known(ctx context.Context) ([]Entry, error) {
	s.Door.Sift(ctx, policy.Describe)
	var list []*contract.Contract
	for con, err := range contract.All(ctx, s.Contracts) {
		if err != nil {
			return nil, err
		}
		if s.Door.CanSet(ctx, policy.Describe, con) {
			list = append(list, con)
		}
	}
	stand, err := s.Scores.Standings(ctx, list)
	if err != nil {
		return nil, err
	}
	codes, err := s.codes(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]Entry, len(list))
	for i, con := range list {
		all[i] = Entry{Contract: con, Standing: stand[con.ID], card: s.card(con)}
		all[i].Lacks = all[i].lacking(codes(con.Owner))
	}
	return all, nil
}

// mostCards bounds what is remembered; when it is full it starts again.
const mostCards = 10_000

func (s *Shelf) card(con *contract.Contract) *card {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.about[con.Basis]; c != nil {
		return c
	}
	if s.about == nil || len(s.about) >= mostCards {
		s.about = map[string]*card{}
	}
	c := cardOf(con)
	s.about[con.Basis] = c
	return c
}

func cardOf(con *contract.Contract) *card {
	texts := []string{con.ID, con.Name, con.Owner, con.OwnerName, con.Purpose}
	c := &card{order: viet.SortKey(con.Name), lacks: lacks(con)}
	for _, o := range con.Objects {
		texts = append(texts, o.Title)
		for i := range o.Columns {
			column := &o.Columns[i]
			texts = append(texts, column.Title)
			switch column.Type {
			case contract.Date, contract.Timestamp, contract.PartialDate:
				c.time = true
			}
		}
		c.place = c.place || atlas.Fits(o)
		c.time = c.time || o.Period >= 0
	}
	c.texts = viet.Fold(strings.Join(texts, "\n"))
	return c
}
