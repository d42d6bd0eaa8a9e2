package corridor

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Rebuild makes the control database's list of committed batches again from the
// data sets' own files, which are the truth. Batches that came to nothing stand
// only in control and stay as they are. It returns how many batches it found.
func (c *Corridor) Rebuild(ctx context.Context) (int, error) {
	ids, err := c.Store.List(ctx)
	if err != nil {
		return 0, err
	}
	total := 0
	for _, id := range ids {
		for since := int64(0); ; {
			list, err := c.Truth.BatchesSince(ctx, id, since, 500)
			if err != nil {
				return total, fmt.Errorf("rebuilding from %s: %w", id, err)
			}
			if len(list) == 0 {
				break
			}
			for _, s := range list {
				since = s.Seq
				if err := c.relist(ctx, id, s); err != nil {
					return total, fmt.Errorf("rebuilding batch %s of %s: %w", s.ID, id, err)
				}
				total++
			}
		}
	}
	return total, nil
}

// relist writes one committed batch into the list; the batches come in their
// order, so that an undo finds the batch that it undoes.
func (c *Corridor) relist(ctx context.Context, contractID string, s record.Summary) error {
	text, err := c.Truth.BatchReport(ctx, contractID, s.ID)
	if err != nil {
		return err
	}
	var report Report
	if err := json.Unmarshal(text, &report); err != nil {
		return err
	}
	if report.Dataset == "" { // written by something else than the corridor
		report.Dataset = contractID
	}
	return c.Store.Control().Write(ctx, func(tx *store.Tx) error {
		at := store.Stamp(s.At)
		if _, err := tx.ExecContext(ctx, `INSERT INTO batches (id, dataset, contract, kind, state, name, mode, confirmed, again, idempotency, digest, bytes,
			by_kind, by_id, by_name, received_at, changed_at, seq, report, fault, undoes)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, '', $8, 0, $9, $10, $11, $12, $13, $14, $15, '', $16)
			ON CONFLICT (id) DO UPDATE SET state = excluded.state, seq = excluded.seq, report = excluded.report, changed_at = excluded.changed_at`,
			s.ID, report.Dataset, contractID, s.Kind, string(Scored), s.Source, report.Mode, s.Digest, s.ByKind, s.ByID, s.ByName, at, at, s.Seq, string(text), report.Undoes); err != nil {
			return err
		}
		return undone(ctx, tx, store.Stamp(c.Now()), s.ID)
	})
}
