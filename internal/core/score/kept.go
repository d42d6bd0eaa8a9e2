package score

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// basis is a digest of all that the counts of a data set depend on. Data sets
// and code lists that rules compare with count only by being there: when their
// content changes, the corridor judges the records anew, which is a batch.
func (s *Scorer) basis(ctx context.Context, c *contract.Contract) (string, error) {
	head, _, err := s.Records.Head(ctx, c.ID)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n%d\n", Formula, c.Basis, head)
	if c.Frequency.Every > 0 && c.Frequency.Object >= 0 {
		// A day that was still to come yesterday counts from today on.
		fmt.Fprintf(&b, "%s\n", DayOf(s.Now()))
	}
	for _, o := range c.Objects {
		missing, err := s.missing(ctx, c, o)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%v\n", missing)
		expected, err := s.expected(ctx, c, o)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%v\n", expected)
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:]), nil
}

// kept returns the counts of a data set as they were last kept.
func (s *Scorer) kept(ctx context.Context, datasetID string) (k counts, have bool, err error) {
	var text, basis string
	err = s.Control.Read(ctx, func(tx *store.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT basis, counts FROM score_counts WHERE dataset = $1`, datasetID).Scan(&basis, &text)
		have = err == nil
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil || !have {
		return k, false, err
	}
	if err := json.Unmarshal([]byte(text), &k); err != nil {
		return k, false, fmt.Errorf("kept counts: %w", err)
	}
	k.Basis = basis
	return k, true, nil
}

// keep replaces the kept counts and adds to the history when something has
// changed since its last entry.
func (s *Scorer) keep(ctx context.Context, c *contract.Contract, k counts, now Score) error {
	text, err := s.written(ctx, c, &k)
	if err != nil {
		return err
	}
	criteria, err := writeValues(now.Criteria)
	if err != nil {
		return err
	}
	at := store.Stamp(k.At)
	return s.Control.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO score_counts (dataset, seq, basis, counted_at, counts) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (dataset) DO UPDATE SET seq = excluded.seq, basis = excluded.basis,
				counted_at = excluded.counted_at, counts = excluded.counts`,
			k.Dataset, k.Seq, k.Basis, at, string(text)); err != nil {
			return err
		}
		if err := s.day(ctx, tx, c, now); err != nil {
			return err
		}
		var same int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM score_history
			WHERE dataset = $1 AND seq = $2 AND formula = $3 AND criteria = $4
				AND scored_at = (SELECT max(scored_at) FROM score_history WHERE dataset = $1)`,
			k.Dataset, k.Seq, now.Formula, criteria).Scan(&same); err != nil || same > 0 {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO score_history (dataset, scored_at, seq, formula, overall, band, criteria) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (dataset, scored_at) DO UPDATE SET seq = excluded.seq, formula = excluded.formula,
				overall = excluded.overall, band = excluded.band, criteria = excluded.criteria`,
			k.Dataset, at, k.Seq, now.Formula, now.Overall, now.Band, criteria)
		return err
	})
}

// missing names the rules of an object that cannot be judged, by their ids, and
// what is missing.
func (s *Scorer) missing(ctx context.Context, c *contract.Contract, o *contract.Object) (map[string]string, error) {
	m := map[string]string{}
	for i := range o.Rules {
		r := &o.Rules[i]
		var there bool
		var what string
		var err error
		switch {
		case r.CodeList != "":
			what = r.CodeList
			there, err = found(s.CodeLists.Current(ctx, what))
		case r.Reference != nil:
			what = r.Reference.Dataset
			there, err = s.loaded(ctx, c, what)
		default:
			continue
		}
		if err != nil {
			return nil, err
		}
		if !there {
			m[r.ID] = what
		}
	}
	return m, nil
}

// found turns "there is none" into false.
func found[T any](_ T, err error) (bool, error) {
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return false, nil
	}
	return err == nil, err
}

// loaded reports whether a data set is installed and has ever had a batch: as
// long as it has not, saying that it lacks a value says nothing.
func (s *Scorer) loaded(ctx context.Context, c *contract.Contract, address string) (bool, error) {
	other, _, err := s.object(ctx, c, address)
	if other == nil || err != nil {
		return false, err
	}
	head, _, err := s.Records.Head(ctx, other.ID)
	return head > 0, err
}

// object finds the contract and object of an address, nil when there is none.
func (s *Scorer) object(ctx context.Context, own *contract.Contract, address string) (*contract.Contract, *contract.Object, error) {
	id, _, _ := strings.Cut(address, ".")
	c := own
	if id != own.ID {
		var err error
		if c, err = s.Contracts.Current(ctx, id); err != nil {
			if fault.KindOf(err) == fault.NotFound {
				return nil, nil, nil
			}
			return nil, nil, err
		}
	}
	for _, o := range c.Objects {
		if o.Dataset == address {
			return c, o, nil
		}
	}
	return nil, nil, nil
}

// expected tells how many records an object should have: Known is false when
// the contract names no number, or another data set that has none yet.
func (s *Scorer) expected(ctx context.Context, c *contract.Contract, o *contract.Object) (expected, error) {
	e := o.Expect
	if e.Records > 0 {
		return expected{Known: true, Records: e.Records}, nil
	}
	if e.Dataset == "" {
		return expected{}, nil
	}
	other, obj, err := s.object(ctx, c, e.Dataset)
	if other == nil || err != nil {
		return expected{Missing: e.Dataset}, err
	}
	n, err := s.Records.Count(ctx, obj)
	if n == 0 {
		return expected{Missing: e.Dataset}, err
	}
	return expected{Known: true, Records: n, From: e.Dataset}, err
}
