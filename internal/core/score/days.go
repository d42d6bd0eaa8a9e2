package score

import (
	"context"
	"database/sql"
	"errors"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Age brings the day of every data set up to date: data grow old without
// anybody writing. Where nothing has changed since the last day that was
// written, nothing is written.
func (s *Scorer) Age(ctx context.Context) error {
	for c, err := range contract.All(ctx, s.Contracts) {
		if err == nil {
			err = s.age(ctx, c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// age is Age of one data set.
func (s *Scorer) age(ctx context.Context, c *contract.Contract) error {
	if c.Retired {
		return s.retire(ctx, c.ID)
	}
	sc, err := s.Current(ctx, c.ID)
	if err != nil {
		return err
	}
	return s.Control.Write(ctx, func(tx *store.Tx) error { return s.day(ctx, tx, c, sc) })
}

// retire ends the share of a data set in roll-ups.
func (s *Scorer) retire(ctx context.Context, dataset string) error {
	return s.Control.Write(ctx, func(tx *store.Tx) error {
		last, there, err := lastDay(ctx, tx, dataset)
		if err != nil || !there || last.Weight == 0 {
			return err
		}
		last.Day, last.Weight = DayOf(s.Now()), 0
		return s.writeDay(ctx, tx, dataset, last)
	})
}

// day writes what a data set has reached today, unless that is what it reached
// last.
func (s *Scorer) day(ctx context.Context, tx *store.Tx, c *contract.Contract, sc Score) error {
	now := Day{DayOf(s.Now()), c.Weight, sc.Formula, sc.Overall, sc.Criteria}
	last, there, err := lastDay(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	if there && last.Weight == now.Weight && last.Formula == now.Formula && sameValues(last.Criteria, now.Criteria) {
		return nil
	}
	return s.writeDay(ctx, tx, c.ID, now)
}

func sameValues(a, b []Criterion) bool {
	x, err := writeValues(a)
	y, err2 := writeValues(b)
	return err == nil && err2 == nil && x == y
}

func lastDay(ctx context.Context, tx *store.Tx, dataset string) (d Day, there bool, err error) {
	var criteria string
	err = tx.QueryRowContext(ctx, `SELECT score_day, weight, formula, overall, criteria FROM score_days WHERE dataset = $1
		ORDER BY score_day DESC LIMIT 1`, dataset).Scan(&d.Day, &d.Weight, &d.Formula, &d.Overall, &criteria)
	if errors.Is(err, sql.ErrNoRows) {
		return d, false, nil
	}
	if err == nil {
		d.Criteria, err = readValues(criteria)
	}
	return d, err == nil, err
}

func (s *Scorer) writeDay(ctx context.Context, tx *store.Tx, dataset string, d Day) error {
	criteria, err := writeValues(d.Criteria)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO score_days (dataset, score_day, weight, formula, overall, criteria) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (dataset, score_day) DO UPDATE SET weight = excluded.weight, formula = excluded.formula,
			overall = excluded.overall, criteria = excluded.criteria`,
		dataset, d.Day, d.Weight, d.Formula, d.Overall, criteria)
	if err == nil {
		tx.OnCommit(func() { s.noted(dataset, d) })
	}
	return err
}
