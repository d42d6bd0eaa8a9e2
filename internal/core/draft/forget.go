package draft

import (
	"context"
	"errors"
	"fmt"

	"github.com/phohien/phohien/internal/foundation/blob"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Forget takes a person out of all drafts: samples that hold them go, with the
// rows that are shown of them; what a draft has learnt from samples is cleaned.
// Doing it again does no harm.
func (s *Store) Forget(ctx context.Context, holds func(ctx context.Context, f blob.File) (bool, error), clean func(text string) (string, bool)) error {
	s.files.Lock()
	defer s.files.Unlock()
	var all []*Work
	err := s.control.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = query(ctx, tx, `SELECT `+columns+` FROM drafts`)
		return err
	})
	if err != nil {
		return fmt.Errorf("drafts: %w", err)
	}
	for _, w := range all {
		holding := false
		for _, digest := range w.digests() {
			yes, err := s.sampleHolds(ctx, digest, holds)
			if err != nil {
				return err
			}
			holding = holding || yes
		}
		if holding {
			if err := s.forgetSamples(ctx, w); err != nil {
				return err
			}
		}
	}
	return s.cleanTexts(ctx, clean)
}

func (s *Store) sampleHolds(ctx context.Context, digest string, holds func(context.Context, blob.File) (bool, error)) (bool, error) {
	f, err := s.samples.Open(digest)
	if fault.Is(err, "blob.unknown") {
		return false, nil // after a restore: backups hold no samples
	}
	if err != nil {
		return false, err
	}
	yes, err := holds(ctx, f)
	return yes, errors.Join(err, f.Close())
}

func (s *Store) forgetSamples(ctx context.Context, w *Work) error {
	err := s.control.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE drafts SET samples = '[]', shown = '', changed_at = $1 WHERE id = $2`, tx.Now, w.ID)
		return err
	})
	if err != nil {
		return err
	}
	return s.drop(ctx, w)
}

func (s *Store) cleanTexts(ctx context.Context, clean func(string) (string, bool)) error {
	return s.control.Write(ctx, func(tx *store.Tx) error {
		for _, column := range []string{"draft", "before", "notes", "samples"} {
			texts, err := textsOf(ctx, tx, column)
			if err != nil {
				return err
			}
			for _, t := range texts {
				cleaned, changed := clean(t[1])
				if !changed {
					continue
				}
				if _, err := tx.ExecContext(ctx, `UPDATE drafts SET `+column+` = $1 WHERE id = $2`, cleaned, t[0]); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// textsOf lists a column of all drafts, with their ids.
func textsOf(ctx context.Context, tx *store.Tx, column string) (all [][2]string, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, `+column+` FROM drafts`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var t [2]string
		if err := rows.Scan(&t[0], &t[1]); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, rows.Err()
}
