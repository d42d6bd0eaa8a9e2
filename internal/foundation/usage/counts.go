package usage

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
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

// A sum is what is added to a count.
type sum struct{ uses, persons int }

// count adds uses to the counts of their day.
func count(ctx context.Context, tx *store.Tx, list []*entry) error {
	sums := map[key]sum{}
	for _, e := range list {
		k := key{e.Dataset, dayOf(e.Time), e.Actor.Kind, e.Actor.ID, e.Org}
		s := sums[k]
		sums[k] = sum{s.uses + 1, s.persons + e.Persons}
	}
	return addUp(ctx, tx, sums)
}

// addUp adds sums to the counts, in one order, so that two programs that do it at
// once do not wait for each other.
func addUp(ctx context.Context, tx *store.Tx, sums map[key]sum) error {
	order := slices.SortedFunc(maps.Keys(sums), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.dataset, b.dataset), cmp.Compare(a.day, b.day), cmp.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id), cmp.Compare(a.org, b.org))
	})
	var all rows
	for _, k := range order {
		all.add(k.dataset, k.day, k.kind, k.id, k.org, sums[k].uses, sums[k].persons)
	}
	return all.insert(ctx, tx, `INSERT INTO usage_counts (dataset, day, actor_kind, actor_id, org, uses, persons) VALUES `,
		` ON CONFLICT (dataset, day, actor_kind, actor_id, org)
		DO UPDATE SET uses = usage_counts.uses + excluded.uses, persons = usage_counts.persons + excluded.persons`)
}

// Program is the kind of actors that are counted one by one; of people it is
// counted which agency they are of.
const Program = "program"

// writeSeen is how long uses that tell of no person wait to be written together.
const writeSeen = 10 * time.Second

// Seen counts a use of data that tells of no person: which agency, or which
// program, used which data set on which day, never which person. It answers at
// once. What was seen is written together some seconds later, and before anybody
// asks; a program that is killed loses what it has not written, as nothing hangs on
// one reading of such data.
func (l *Ledger) Seen(dataset string, by actor.Actor, org string) {
	k := key{dataset: dataset, day: dayOf(l.control.Now()), kind: by.Kind, org: org}
	if by.Kind == Program {
		k.id = by.ID
	}
	l.seenMu.Lock()
	defer l.seenMu.Unlock()
	if l.seen == nil {
		l.seen = map[key]sum{}
	}
	s := l.seen[k]
	s.uses++
	l.seen[k] = s
}

// write writes what was seen; what cannot be written waits for the next time.
func (l *Ledger) write(ctx context.Context) error {
	l.seenMu.Lock()
	sums := l.seen
	l.seen = nil
	l.seenMu.Unlock()
	if len(sums) == 0 {
		return nil
	}
	err := l.control.Write(ctx, func(tx *store.Tx) error { return addUp(ctx, tx, sums) })
	if err == nil {
		return nil
	}
	l.seenMu.Lock()
	defer l.seenMu.Unlock()
	if l.seen == nil {
		l.seen = map[key]sum{}
	}
	for k, s := range sums {
		now := l.seen[k]
		now.uses += s.uses
		l.seen[k] = now
	}
	return err
}

// writeOften writes what was seen until the ledger is closed.
func (l *Ledger) writeOften() {
	defer close(l.written)
	tick := time.NewTicker(writeSeen)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			// What fails is tried again: at the next tick, by whoever asks for
			// counts, and by Close, which tell.
			_ = l.write(context.Background())
		case <-l.closed:
			return
		}
	}
}

// A Consumer is an agency's people, or a program, that used a data set within some
// days.
type Consumer struct {
	Dataset, Kind, ID, Org string // ID is that of a program, "" for people
	Uses                   int64
	Last                   string // day in Viet Nam
}

// Consumers gives who used each data set from one day to another, both counted.
func (l *Ledger) Consumers(ctx context.Context, from, to time.Time) (list []Consumer, err error) {
	if err := l.write(ctx); err != nil {
		return nil, err
	}
	err = l.control.Read(ctx, func(tx *store.Tx) (err error) {
		list = nil
		rows, err := tx.QueryContext(ctx, `SELECT dataset, actor_kind, who, org, CAST(sum(uses) AS BIGINT), max(day) FROM (
				SELECT dataset, actor_kind, CASE WHEN actor_kind = '`+Program+`' THEN actor_id ELSE '' END AS who, org, uses, day FROM usage_counts
				WHERE day >= $1 AND day <= $2) used
			GROUP BY dataset, actor_kind, who, org ORDER BY dataset, actor_kind, who, org`, dayOf(from), dayOf(to))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var c Consumer
			if err := rows.Scan(&c.Dataset, &c.Kind, &c.ID, &c.Org, &c.Uses, &c.Last); err != nil {
				return err
			}
			list = append(list, c)
		}
		return rows.Err()
	})
	return list, err
}

// Counts gives the counts of a data set, or of all with "", by data set, day and
// consumer, from one day to another, both counted.
func (l *Ledger) Counts(ctx context.Context, dataset string, from, to time.Time) (list []Count, err error) {
	if err := l.write(ctx); err != nil {
		return nil, err
	}
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
