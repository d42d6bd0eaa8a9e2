package keys

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Calendar says how signing keys of a purpose follow each other.
type Calendar struct {
	Use   time.Duration // how long one key signs
	Ahead time.Duration // how long before its first use a key is published, at least
	Keep  time.Duration // how long after its last use it is published: the life of what it signs
}

// A SigningKey is an Ed25519 key with its time. The private half is there only
// while the key signs.
type SigningKey struct {
	ID          string // kid
	Public      ed25519.PublicKey
	Private     ed25519.PrivateKey // nil: not in use now
	From, Until time.Time
}

// Signing gives the published keys of a purpose, oldest first: those that have
// signed, the one that signs now (the only one with a private half), and the
// next. Keys are made and retired by the calendar as a side effect.
func (v *Vault) Signing(ctx context.Context, purpose string, c Calendar) ([]SigningKey, error) {
	if err := checkPurpose(purpose); err != nil {
		return nil, err
	}
	now := v.control.Now()
	var rows []row
	err := v.control.Read(ctx, func(tx *store.Tx) (err error) {
		rows, err = find(ctx, tx, kindSign, purpose)
		return err
	})
	if err == nil && due(rows, c, now) {
		err = v.control.Write(ctx, func(tx *store.Tx) error {
			if rows, err = find(ctx, tx, kindSign, purpose); err != nil {
				return err
			}
			if err := v.turn(ctx, tx, purpose, rows, c); err != nil {
				return err
			}
			rows, err = find(ctx, tx, kindSign, purpose)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("signing keys of %s: %w", purpose, err)
	}
	return v.published(rows, c, now)
}

// due reports whether the calendar asks for a change.
func due(rows []row, c Calendar, now time.Time) bool {
	last := ""
	for _, r := range rows {
		if r.state == shredded {
			continue
		}
		last = max(last, r.until)
		if r.wrapped != "" && r.until <= store.Stamp(now) {
			return true // its private half may go
		}
	}
	return last <= store.Stamp(now.Add(c.Ahead))
}

// turn retires keys whose time is over, and makes the next.
func (v *Vault) turn(ctx context.Context, tx *store.Tx, purpose string, rows []row, c Calendar) error {
	generation, last := 0, ""
	for _, r := range rows {
		generation = r.generation
		if r.state == shredded {
			continue
		}
		last = max(last, r.until)
		if r.wrapped != "" && r.until <= tx.Now {
			if _, err := tx.ExecContext(ctx, `UPDATE keys SET state = 'past', wrapped = '', changed_at = $1 WHERE id = $2`, tx.Now, r.id); err != nil {
				return err
			}
		}
	}
	// After a long stand-still the next key begins now, not when the last ended.
	for from := max(last, atOnce(tx)); from <= store.Stamp(tx.Time.Add(c.Ahead)); {
		begin, err := store.ParseStamp(from)
		if err != nil {
			return err
		}
		generation++
		r, err := v.newSigner(purpose, generation)
		if err != nil {
			return err
		}
		r.from, r.until = from, store.Stamp(begin.Add(c.Use))
		if err := insert(ctx, tx, r); err != nil {
			return err
		}
		from = r.until
	}
	return nil
}

// atOnce is when a key begins that is needed now: a little before, since the
// clocks of nodes differ.
func atOnce(tx *store.Tx) string { return store.Stamp(tx.Time.Add(-time.Minute)) }

func (v *Vault) newSigner(purpose string, generation int) (row, error) {
	seed := newSecret()
	public, ok := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	if !ok {
		return row{}, fmt.Errorf("signing key of %s: no public half", purpose)
	}
	r := newRow(kindSign, purpose, generation)
	r.public = base64.RawURLEncoding.EncodeToString(public)
	r.wrap(v.masterNow(), seed)
	return r, nil
}

func (v *Vault) published(rows []row, c Calendar, now time.Time) (list []SigningKey, err error) {
	signs := -1
	for _, r := range rows {
		if r.state == shredded {
			continue
		}
		k := SigningKey{ID: r.id}
		if k.From, err = store.ParseStamp(r.from); err != nil {
			return nil, err
		}
		if k.Until, err = store.ParseStamp(r.until); err != nil {
			return nil, err
		}
		public, err := base64.RawURLEncoding.DecodeString(r.public)
		if err != nil || len(public) != ed25519.PublicKeySize {
			return nil, fault.New(fault.Unavailable, "keys.damaged", r.purpose, r.id).Because(err)
		}
		if k.Public = public; now.After(k.Until.Add(c.Keep)) {
			continue
		}
		list = append(list, k)
		if !now.Before(k.From) && now.Before(k.Until) {
			signs = len(list) - 1
			seed, err := r.unwrap(v.masterNow())
			if err != nil {
				return nil, err
			}
			k.Private = ed25519.NewKeyFromSeed(seed)
			if !k.Public.Equal(k.Private.Public()) {
				return nil, fault.New(fault.Unavailable, "keys.damaged", r.purpose, r.id)
			}
			list[signs] = k
		}
	}
	if signs < 0 {
		return nil, fault.New(fault.Unavailable, "keys.clock", now.Format(time.RFC3339))
	}
	return list, nil
}

// RevokeSigning takes a signing key out of use at once, because somebody else
// may have it: what it has signed is worth nothing any more. The one that was
// to follow begins now.
func (v *Vault) RevokeSigning(ctx context.Context, purpose, id string) error {
	return v.control.Write(ctx, func(tx *store.Tx) error {
		rows, err := find(ctx, tx, kindSign, purpose)
		if err != nil {
			return err
		}
		gone := -1
		for i, r := range rows {
			if r.id == id && r.state != shredded {
				gone = i
			}
		}
		if gone < 0 {
			return fault.New(fault.NotFound, "keys.unknown", id)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE keys SET state = 'shredded', wrapped = '', changed_at = $1 WHERE id = $2`, tx.Now, id); err != nil {
			return err
		}
		if rows[gone].from > tx.Now || rows[gone].until <= tx.Now {
			return nil // it did not sign now
		}
		for _, next := range rows[gone+1:] {
			if next.state != shredded {
				_, err = tx.ExecContext(ctx, `UPDATE keys SET use_from = $1, changed_at = $2 WHERE id = $3`, atOnce(tx), tx.Now, next.id)
				return err
			}
		}
		return nil // Signing makes one
	})
}
