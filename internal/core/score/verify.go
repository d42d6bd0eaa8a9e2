package score

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Check is what a recount found of the counts that were kept.
type Check struct {
	Dataset    string
	At         time.Time
	Seq        int64 // state of the data set that was counted
	Agrees     bool
	Difference string // table, figure, kept and recounted; "" when they agree
}

// Verify counts a data set record by record and holds the counts that are kept,
// and those that the sums of the store make now, against that. When they do not
// agree it says so, keeps what was found record by record, and goes on.
func (s *Scorer) Verify(ctx context.Context, datasetID string) (Check, error) {
	c, err := s.Contracts.Current(ctx, datasetID)
	if err != nil {
		return Check{}, err
	}
	leave, err := s.enter(ctx, datasetID)
	if err != nil {
		return Check{}, err
	}
	defer leave()
	check, err := s.verify(ctx, c)
	if err != nil {
		return check, fmt.Errorf("recount of %s: %w", datasetID, err)
	}
	return check, s.recordCheck(ctx, check)
}

func (s *Scorer) verify(ctx context.Context, c *contract.Contract) (Check, error) {
	check := Check{Dataset: c.ID, At: s.Now().UTC().Truncate(time.Microsecond)}
	basis, err := s.basis(ctx, c)
	if err != nil {
		return check, err
	}
	kept, have, err := s.kept(ctx, c.ID)
	if err != nil {
		return check, err
	}
	const tries = 3 // a batch may commit between two counts
	for range tries {
		sums, err := s.countAll(ctx, c, s.tally)
		if err != nil {
			return check, err
		}
		found, err := s.countAll(ctx, c, s.recount)
		if err != nil {
			return check, err
		}
		check.Seq, check.Difference = found.Seq, ""
		if sums.Seq != found.Seq {
			continue
		}
		// Kept counts may be of a state before, or wait to be counted again.
		if have && kept.Basis == basis && kept.Seq == found.Seq {
			check.Difference = differ(c, kept, found, false)
		}
		if check.Difference == "" {
			check.Difference = differ(c, sums, found, true)
		}
		if check.Agrees = check.Difference == ""; check.Agrees {
			return check, nil
		}
		now, err := s.basis(ctx, c)
		if err != nil {
			return check, err
		}
		if found.Basis = now; found.unfinished() {
			found.Basis = ""
		}
		if now == basis {
			return check, s.keep(ctx, c, found, compute(c, found, s.Now()))
		}
		basis, have = now, false // what is kept speaks of another state
	}
	// Batches come faster than records can be counted: nothing is known to be
	// wrong, the next night looks again.
	check.Agrees, check.Difference = true, ""
	return check, nil
}

// differ names the first figure in which two counts differ. Times move with the
// clock: they are compared only of counts made together.
func differ(c *contract.Contract, a, b counts, together bool) string {
	for i, o := range c.Objects {
		if i >= len(a.Objects) || i >= len(b.Objects) {
			return o.Dataset + ": tables"
		}
		x, y := a.Objects[i], b.Objects[i]
		for _, f := range []struct {
			name string
			a, b int64
		}{
			{"rows", x.Rows, y.Rows}, {"shown", x.Shown, y.Shown}, {"open", x.Open, y.Open}, {"unread", x.Unread, y.Unread}, {"standardised", x.Standardised, y.Standardised},
		} {
			if f.a != f.b {
				return fmt.Sprintf("%s: %s %d → %d", o.Dataset, f.name, f.a, f.b)
			}
		}
		for what, m := range map[string][2]map[string]int64{"": {x.Broken, y.Broken}, " (withheld)": {x.Withheld, y.Withheld}} {
			if d := differIn(m[0], m[1]); d != "" {
				return o.Dataset + ": " + d + what
			}
		}
		// What a record says of its time is kept out of the log.
		if together && !x.Newest.Equal(y.Newest) {
			return o.Dataset + ": newest"
		}
		if together && !x.Confirmed.Equal(y.Confirmed) {
			return o.Dataset + ": confirmed"
		}
	}
	return ""
}

func differIn(a, b map[string]int64) string {
	ids := slices.Concat(slices.Collect(maps.Keys(a)), slices.Collect(maps.Keys(b)))
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if a[id] != b[id] {
			return fmt.Sprintf("%s %d → %d", id, a[id], b[id])
		}
	}
	return ""
}

func (s *Scorer) recordCheck(ctx context.Context, k Check) error {
	agrees := 0
	if k.Agrees {
		agrees = 1
	}
	return s.Control.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO score_recounts (dataset, recounted_at, seq, agrees, difference) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (dataset) DO UPDATE SET recounted_at = excluded.recounted_at, seq = excluded.seq,
				agrees = excluded.agrees, difference = excluded.difference`,
			k.Dataset, store.Stamp(k.At), k.Seq, agrees, strings.ToValidUTF8(k.Difference, "?"))
		return err
	})
}

// VerifyAll recounts every data set in force. What cannot be counted, or does
// not agree, is told to the caller and does not keep the others from being
// counted.
func (s *Scorer) VerifyAll(ctx context.Context, tell func(Check, error)) error {
	for c, err := range contract.All(ctx, s.Contracts) {
		if err != nil {
			return err
		}
		if c.Retired {
			continue
		}
		check, err := s.Verify(ctx, c.ID)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		check.Dataset = c.ID
		tell(check, err)
	}
	return nil
}

// Checks are the last recount of each data set.
func (s *Scorer) Checks(ctx context.Context) (all map[string]Check, err error) {
	err = s.Control.Read(ctx, func(tx *store.Tx) error {
		all = map[string]Check{}
		rows, err := tx.QueryContext(ctx, `SELECT dataset, recounted_at, seq, agrees, difference FROM score_recounts`)
		if err != nil {
			return err
		}
		defer rows.Close() // rows.Err is asked below
		for rows.Next() {
			var k Check
			var at string
			var agrees int
			if err := rows.Scan(&k.Dataset, &at, &k.Seq, &agrees, &k.Difference); err != nil {
				return err
			}
			if k.At, err = store.ParseStamp(at); err != nil {
				return err
			}
			k.Agrees = agrees == 1
			all[k.Dataset] = k
		}
		return rows.Err()
	})
	return all, err
}
