package clients

import (
	"context"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A book is all clients and credentials in force, as of one version.
type book struct {
	version     int64
	clients     map[string]*Client
	credentials map[string]*Credential
	keys        map[string][]registered // public keys by client
}

// registered is a public key of a client.
type registered struct {
	credential *Credential
	key        jose.JSONWebKey
	algorithm  jose.SignatureAlgorithm
}

const (
	lookEvery = 2 * time.Second  // how late a change made elsewhere is seen
	lookAtAll = 60 * time.Second // without a look for so long nobody is let in
	flushUsed = time.Minute
)

// load reads the book.
func (r *Registry) load(ctx context.Context) error {
	b := &book{clients: map[string]*Client{}, credentials: map[string]*Credential{}, keys: map[string][]registered{}}
	started := r.Since()
	err := r.Control.Read(ctx, func(tx *store.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT version FROM client_version WHERE id = 1`).Scan(&b.version); err != nil {
			return err
		}
		list, err := readClients(ctx, tx, ` WHERE state <> 'closed'`)
		if err != nil {
			return err
		}
		for i := range list {
			b.clients[list[i].ID] = &list[i]
		}
		creds, err := readCredentials(ctx, tx, ` WHERE revoked_at = '' AND expires_at > $1`, store.Stamp(r.now()))
		for i := range creds {
			if err := b.add(&creds[i]); err != nil {
				return err
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	r.looked.Store(int64(started))
	// A slower reader must not bring back what a faster one has replaced.
	for {
		have := r.book.Load()
		if have != nil && have.version > b.version || r.book.CompareAndSwap(have, b) {
			return nil
		}
	}
}

func (b *book) add(c *Credential) error {
	b.credentials[c.ID] = c
	if c.Kind != JWK {
		return nil
	}
	key, algorithm, err := parseKey(c.Public)
	if err != nil {
		return err
	}
	b.keys[c.Subject] = append(b.keys[c.Subject], registered{c, key, algorithm})
	return nil
}

// current gives the book, looking first whether it is still the newest when
// nobody has looked for a while. One caller looks; the others go on with what
// is there.
func (r *Registry) current(ctx context.Context) (*book, error) {
	age := r.Since() - time.Duration(r.looked.Load())
	if age < lookEvery {
		return r.book.Load(), nil
	}
	if age < lookAtAll {
		if !r.refreshing.TryLock() {
			return r.book.Load(), nil
		}
	} else {
		r.refreshing.Lock()
	}
	defer r.refreshing.Unlock()
	if r.Since()-time.Duration(r.looked.Load()) < lookEvery {
		return r.book.Load(), nil
	}
	err := r.look(context.WithoutCancel(ctx))
	if err != nil && age >= lookAtAll {
		return nil, fault.New(fault.Unavailable, "clients.blind").Because(err)
	}
	if err != nil {
		r.Log.WarnContext(ctx, "clients: cannot see whether accounts have changed", "error", err)
	}
	return r.book.Load(), nil
}

// look compares versions, and does what is due now and then.
func (r *Registry) look(ctx context.Context) error {
	started := r.Since()
	var version int64
	err := r.Control.Read(ctx, func(tx *store.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT version FROM client_version WHERE id = 1`).Scan(&version)
	})
	if err != nil {
		return err
	}
	if version != r.book.Load().version {
		if err := r.load(ctx); err != nil {
			return err
		}
	}
	r.looked.Store(int64(started))
	if s := r.signers.Load(); r.Since()-s.read >= signersFor {
		if err := r.loadSigners(ctx); err != nil {
			return err
		}
	}
	r.touched.Lock()
	due := r.Since()-r.touched.flushed >= flushUsed
	r.touched.Unlock()
	if due {
		return r.Flush(ctx)
	}
	return nil
}
