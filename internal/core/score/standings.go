package score

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Standing is what lists tell of a data set: its score as it was counted last,
// and what that count saw.
type Standing struct {
	Score   Score
	Rows    int64     // current rows of all its objects
	Open    int64     // records that wait to be mended
	Changed time.Time // when the last batch that was counted was committed; zero = none
}

// fresh is how long a standing is told before sống is worked out anew.
const fresh = time.Minute

// A stood is a standing that was worked out from one count.
type stood struct {
	basis, counted, digest string
	at                     time.Time
	Standing
}

// Standings tells how data sets stand without opening them: every batch is
// counted when it is through, so what was counted last is what there is. What
// has not been counted by its contract of today, or on this day, is counted now.
func (s *Scorer) Standings(ctx context.Context, list []*contract.Contract) (map[string]Standing, error) {
	kept, err := s.counted(ctx)
	if err != nil {
		return nil, err
	}
	all := make(map[string]Standing, len(list))
	now := s.Now()
	for _, c := range list {
		one, err := s.standing(ctx, c, kept[c.ID], now)
		if err != nil {
			return nil, fmt.Errorf("standing of %s: %w", c.ID, err)
		}
		all[c.ID] = one
	}
	return all, nil
}

// counted names the last count of each data set.
func (s *Scorer) counted(ctx context.Context) (all map[string][2]string, err error) {
	err = s.Control.Read(ctx, func(tx *store.Tx) error {
		all = map[string][2]string{}
		rows, err := tx.QueryContext(ctx, `SELECT dataset, basis, counted_at FROM score_counts`)
		if err != nil {
			return err
		}
		defer rows.Close() // rows.Err is asked below
		for rows.Next() {
			var id, basis, at string
			if err := rows.Scan(&id, &basis, &at); err != nil {
				return err
			}
			all[id] = [2]string{basis, at}
		}
		return rows.Err()
	})
	return all, err
}

func (s *Scorer) standing(ctx context.Context, c *contract.Contract, kept [2]string, now time.Time) (Standing, error) {
	basis, counted := kept[0], kept[1]
	s.mu.Lock()
	have := s.stood[c.ID]
	s.mu.Unlock()
	if have != nil && have.basis == basis && have.counted == counted && have.digest == c.Basis && now.Sub(have.at).Abs() < fresh {
		return have.Standing, nil
	}
	k, valid, err := s.kept(ctx, c.ID)
	if err != nil {
		return Standing{}, err
	}
	newDay := c.Frequency.Every > 0 && c.Frequency.Object >= 0 && DayOf(k.At) != DayOf(now)
	if !valid || k.Basis == "" || k.Contract != c.Basis || newDay {
		if k, err = s.follow(ctx, c); err != nil {
			return Standing{}, err
		}
	}
	sc, err := s.beside(ctx, c, compute(c, k, now))
	if err != nil {
		return Standing{}, err
	}
	one := Standing{Score: sc, Changed: k.Changed}
	for i := range k.Objects {
		one.Rows += k.Objects[i].Rows
		one.Open += k.Objects[i].Open
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stood == nil {
		s.stood = map[string]*stood{}
	}
	s.stood[c.ID] = &stood{k.Basis, store.Stamp(k.At), c.Basis, now, one}
	return one, nil
}

// follow counts a data set if it has to be, and returns what is kept of it then.
// Counts of earlier programs do not say by which contract they were made; their
// basis does, or they had been made anew.
func (s *Scorer) follow(ctx context.Context, c *contract.Contract) (counts, error) {
	if _, err := s.Current(ctx, c.ID); err != nil {
		return counts{}, err
	}
	k, _, err := s.kept(ctx, c.ID)
	if err != nil || k.Contract == c.Basis {
		return k, err
	}
	text, err := s.written(ctx, c, &k)
	if err != nil {
		return k, err
	}
	return k, s.Control.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE score_counts SET counts = $1 WHERE dataset = $2 AND basis = $3`, string(text), c.ID, k.Basis)
		return err
	})
}

// written is the JSON of counts; what lists need besides is added here, where
// every count passes.
func (s *Scorer) written(ctx context.Context, c *contract.Contract, k *counts) (text []byte, err error) {
	k.Contract = c.Basis
	if _, k.Changed, err = s.Records.Head(ctx, c.ID); err != nil {
		return nil, err
	}
	return json.Marshal(k)
}
