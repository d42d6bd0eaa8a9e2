package usage

import (
	"context"
	"errors"
	"time"

	"github.com/phohien/phohien/internal/foundation/store"
)

// A Count is how much one consumer used one data set on one day.
type Count struct {
	Dataset string `json:"dataset"`
	Day     string `json:"day"` // in Vietnam, yyyy-mm-dd
	Kind    string `json:"kind"`
	ID      string `json:"id"`
	Org     string `json:"org"`
	Uses    int64  `json:"uses"`
	Persons int64  `json:"persons"`
}

// key is what counts are added up by.
type key struct{ dataset, day, kind, id, org string }

// count adds uses to the counts of their day.
func count(ctx context.Context, tx *store.Tx, list []*entry) error {
	type sum struct{ uses, persons int }
	sums := map[key]sum{}
	var order []key
	for _, e := range list {
		k := key{e.Dataset, dayOf(e.Time), e.Actor.Kind, e.Actor.ID, e.Org}
		s, there := sums[k]
		if !there {
			order = append(order, k)
		}
		sums[k] = sum{s.uses + 1, s.persons + e.Persons}
	}
	var all rows
	for _, k := range order {
		all.add(k.dataset, k.day, k.kind, k.id, k.org, sums[k].uses, sums[k].persons)
	}
	return all.insert(ctx, tx, `INSERT INTO usage_counts (dataset, day, actor_kind, actor_id, org, uses, persons) VALUES `,
		` ON CONFLICT (dataset, day, actor_kind, actor_id, org)
		DO UPDATE SET uses = usage_counts.uses + excluded.uses, persons = usage_counts.persons + excluded.persons`)
}

// Counts gives the counts of a data set, or of all with "", by data set, day and
// consumer, from one day to another, both counted.
func (l *Ledger) Counts(ctx context.Context, dataset string, from, to time.Time) (list []Count, err error) {
	err = l.control.Read(ctx, func(tx *store.Tx) (err error) {
		rows, err := tx.QueryContext(ctx, `SELECT dataset, day, actor_kind, actor_id, org, uses, persons FROM usage_counts
			WHERE (dataset = $1 OR $2 = '') AND day >= $3 AND day <= $4
			ORDER BY dataset, day, actor_kind, actor_id, org`, dataset, dataset, dayOf(from), dayOf(to))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var c Count
			if err := rows.Scan(&c.Dataset, &c.Day, &c.Kind, &c.ID, &c.Org, &c.Uses, &c.Persons); err != nil {
				return err
			}
			list = append(list, c)
		}
		return rows.Err()
	})
	return list, err
}
