package corridor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/store"
)

// personalOriginals is how long files with personal data are kept when the
// contract says nothing: afterwards only their digest (DESIGN §4.11).
var personalOriginals = contract.Period{Days: 90}

// An Expiry says what Expire has done.
type Expiry struct {
	Originals int64 // files as sent that were removed
	Bytes     int64
	Contracts int // that were looked at
}

// Expire ends what is over: files as sent whose time is past go, and holds whose
// last day is past are released. It is called daily; calling it again does no
// harm.
func (c *Corridor) Expire(ctx context.Context, now time.Time) (Expiry, error) {
	var done Expiry
	var failed error
	for con, err := range contract.All(ctx, c.Contracts) {
		if err = errors.Join(err, ctx.Err()); err != nil { // called off, or not to be listed
			return done, errors.Join(err, failed)
		}
		done.Contracts++
		for _, obj := range con.Objects {
			if err := c.lapse(ctx, obj, now); err != nil {
				failed = errors.Join(failed, fmt.Errorf("holds of %s: %w", obj.Dataset, err))
			}
		}
	}
	if failed != nil {
		return done, failed
	}
	return done, c.expireOriginals(ctx, now, &done)
}

// keptFor is how long files as sent for a contract are kept; zero = for ever.
func keptFor(con *contract.Contract) contract.Period {
	if !con.Retention.Originals.IsZero() {
		return con.Retention.Originals
	}
	for _, obj := range con.Objects {
		for i := range obj.Columns {
			if obj.Columns[i].Personal.Is() {
				return personalOriginals
			}
		}
	}
	return contract.Period{}
}

// expireOriginals removes files of which every batch that has them is out of
// time. A batch that waits for a person keeps its file.
func (c *Corridor) expireOriginals(ctx context.Context, now time.Time, done *Expiry) error {
	before := map[string]string{} // by contract
	for con, err := range contract.All(ctx, c.Contracts) {
		if err != nil {
			return err
		}
		if p := keptFor(con); !p.IsZero() {
			before[con.ID] = store.Stamp(p.Before(now))
		}
	}
	over := map[string]bool{} // by digest: no batch wants it any more
	err := c.Store.Control().Read(ctx, func(tx *store.Tx) (err error) {
		rows, err := tx.QueryContext(ctx, `SELECT digest, contract, max(received_at), max(CASE WHEN state IN ('scored', 'failed', 'cancelled', 'interrupted', 'undone') THEN 0 ELSE 1 END)
			FROM batches WHERE digest <> '' GROUP BY digest, contract`)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var digest, contractID, received string
			var live int
			if err := rows.Scan(&digest, &contractID, &received, &live); err != nil {
				return err
			}
			limit, ends := before[contractID]
			past := ends && received < limit && live == 0
			if was, seen := over[digest]; seen {
				past = past && was
			}
			over[digest] = past
		}
		return rows.Err()
	})
	if err != nil {
		return err
	}
	for digest, past := range over {
		if !past {
			continue
		}
		if err := c.expireOriginal(ctx, digest, done); err != nil {
			return err
		}
	}
	return nil
}

func (c *Corridor) expireOriginal(ctx context.Context, digest string, done *Expiry) error {
	kept := ""
	err := c.Store.Control().Read(ctx, func(tx *store.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT coalesce(max(kept), '') FROM originals WHERE digest = $1`, digest).Scan(&kept)
	})
	if err != nil {
		return err
	}
	for _, file := range []string{digest, kept} {
		if file == "" {
			continue
		}
		info, err := c.Blobs.Stat(file)
		if notThere(err) {
			continue
		}
		if err != nil {
			return err
		}
		if err := c.gone(ctx, digest, "", goneExpired); err != nil {
			return err
		}
		if err := c.Blobs.Remove(file); err != nil {
			return err
		}
		done.Originals++
		done.Bytes += info.Bytes
	}
	return nil
}
