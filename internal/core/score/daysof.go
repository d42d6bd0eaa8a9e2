package score

import (
	"context"

	"github.com/phohien/phohien/internal/foundation/store"
)

// DaysOf is Days of one data set.
func (s *Scorer) DaysOf(ctx context.Context, dataset, from string) ([]Day, error) {
	var all []Day
	err := s.Control.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.QueryContext(ctx, `
			SELECT score_day, weight, formula, overall, criteria FROM score_days
			WHERE dataset = $1 AND score_day >= coalesce((SELECT max(b.score_day) FROM score_days b WHERE b.dataset = $1 AND b.score_day < $2), $2)
			ORDER BY score_day`, dataset, from)
		if err != nil {
			return err
		}
		defer rows.Close() // rows.Err is asked below
		all = nil
		for rows.Next() {
			var criteria string
			var d Day
			if err := rows.Scan(&d.Day, &d.Weight, &d.Formula, &d.Overall, &criteria); err != nil {
				return err
			}
			if d.Criteria, err = readValues(criteria); err != nil {
				return err
			}
			all = append(all, d)
		}
		return rows.Err()
	})
	return all, err
}
