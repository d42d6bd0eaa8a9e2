package clients

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/keys"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Deps is what a Registry works with.
type Deps struct {
	Control  *store.DB
	Vault    *keys.Vault
	Issuer   string // as in the discovery document, e.g. https://kho.hungyen.gov.vn
	Endpoint string // address of the token endpoint

	Above func(ctx context.Context, org string) ([]string, error) // that organisation and those above it, nearest first
	Below func(ctx context.Context, org string) ([]string, error) // ids and codes of that organisation and those below it

	Now   func() time.Time     // time.Now when nil
	Since func() time.Duration // grows evenly whatever the clock does; from the system when nil
	Alarm func(error)          // told of a clock that jumps; may be nil
	Log   *slog.Logger         // slog.Default() when nil
}

// A Registry keeps clients and credentials, gives tokens and verifies them. It
// is safe for use by many goroutines.
type Registry struct {
	Deps
	digestKey []byte
	guard     clockGuard
	used      *replay

	book       atomic.Pointer[book]
	looked     atomic.Int64 // when the version was last seen to be the book's, by Since
	refreshing sync.Mutex

	signers atomic.Pointer[signers]
	known   known // access tokens whose signature was right

	touched struct {
		sync.Mutex
		at      map[string]time.Time // credentials used since the last flush
		flushed time.Duration
	}
}

// Open reads what there is.
func Open(ctx context.Context, d Deps) (*Registry, error) {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Since == nil {
		start := time.Now()
		d.Since = func() time.Duration { return time.Since(start) }
	}
	if d.Log == nil {
		d.Log = slog.Default()
	}
	r := &Registry{Deps: d, digestKey: d.Vault.Ring().Key("clients/secret")}
	r.guard.start(d.Now(), d.Since())
	r.touched.at = map[string]time.Time{}
	r.touched.flushed = d.Since()
	if err := r.load(ctx); err != nil {
		return nil, fmt.Errorf("clients: %w", err)
	}
	if err := r.loadSigners(ctx); err != nil {
		return nil, fmt.Errorf("clients: %w", err)
	}
	var err error
	if r.used, err = openReplay(ctx, d.Control, r.now()); err != nil {
		return nil, fmt.Errorf("clients: %w", err)
	}
	return r, nil
}

// Close writes down when credentials were last used.
func (r *Registry) Close(ctx context.Context) error {
	r.used.queue.Close()
	return r.Flush(ctx)
}

func (r *Registry) now() time.Time { return r.Now().UTC() }

// write changes tables and tells all nodes that they have changed.
func (r *Registry) write(ctx context.Context, fn func(tx *store.Tx) error) error {
	err := r.Control.Write(ctx, func(tx *store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE client_version SET version = version + 1 WHERE id = 1`)
		return err
	})
	if err != nil {
		return err
	}
	// What was decided holds from now on, here at once.
	return r.load(ctx)
}

// Create adds a client.
func (r *Registry) Create(ctx context.Context, by identity.Actor, c Client) (Client, error) {
	if c.ID == "" {
		c.ID = "pm-" + random(base36, 12)
	}
	if c.State == "" {
		c.State = Active
	}
	if err := c.check(); err != nil {
		return Client{}, err
	}
	grants, err := json.Marshal(c.Grants)
	if err != nil {
		return Client{}, err
	}
	c.MadeBy = by
	err = r.write(ctx, func(tx *store.Tx) error {
		c.MadeAt = tx.Time
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM clients WHERE id = $1`, c.ID).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return fault.New(fault.Conflict, "clients.taken", c.ID)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO clients (id, name, org, contact, grants, state, valid_from, valid_to,
			made_at, made_by_kind, made_by_id, made_by_name, changed_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			c.ID, c.Name, c.Org, c.Contact, string(grants), string(c.State), stamp(c.ValidFrom), stamp(c.ValidTo),
			tx.Now, by.Kind, by.ID, by.Name, tx.Now)
		return err
	})
	if err != nil {
		return Client{}, fmt.Errorf("client: %w", err)
	}
	return c, nil
}

// Change replaces what a client is and may do; id, maker and state stay.
func (r *Registry) Change(ctx context.Context, c Client) error {
	if err := c.check(); err != nil {
		return err
	}
	grants, err := json.Marshal(c.Grants)
	if err != nil {
		return err
	}
	return r.write(ctx, func(tx *store.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE clients SET name = $1, org = $2, contact = $3, grants = $4, valid_from = $5, valid_to = $6, changed_at = $7
			WHERE id = $8 AND state <> 'closed'`,
			c.Name, c.Org, c.Contact, string(grants), stamp(c.ValidFrom), stamp(c.ValidTo), tx.Now, c.ID)
		return one(res, err, c.ID)
	})
}

// SetState suspends a client, lets it work again, or closes it for good. Its
// keys and tokens stop working at once here, within two seconds elsewhere.
func (r *Registry) SetState(ctx context.Context, id string, s State) error {
	if s != Active && s != Suspended && s != Closed {
		return fault.New(fault.Invalid, "clients.bad-state", string(s))
	}
	return r.write(ctx, func(tx *store.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE clients SET state = $1, changed_at = $2 WHERE id = $3 AND state <> 'closed'`, string(s), tx.Now, id)
		return one(res, err, id)
	})
}

func one(res sql.Result, err error, id string) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "clients.unknown", id)
	}
	return err
}

// Find gives a client.
func (r *Registry) Find(ctx context.Context, id string) (Client, error) {
	list, err := r.list(ctx, ` WHERE id = $1`, id)
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, "clients.unknown", id)
	}
	if err != nil {
		return Client{}, err
	}
	return list[0], nil
}

// List gives all clients by id, or those of one organisation.
func (r *Registry) List(ctx context.Context, org string) ([]Client, error) {
	if org == "" {
		return r.list(ctx, ` ORDER BY id`)
	}
	return r.list(ctx, ` WHERE org = $1 ORDER BY id`, org)
}

func (r *Registry) list(ctx context.Context, where string, args ...any) (list []Client, err error) {
	err = r.Control.Read(ctx, func(tx *store.Tx) error {
		list, err = readClients(ctx, tx, where, args...)
		return err
	})
	return list, err
}

func readClients(ctx context.Context, tx *store.Tx, where string, args ...any) (list []Client, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, name, org, contact, grants, state, valid_from, valid_to,
		made_at, made_by_kind, made_by_id, made_by_name FROM clients`+where, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var c Client
		var grants, from, to, made string
		if err := rows.Scan(&c.ID, &c.Name, &c.Org, &c.Contact, &grants, &c.State, &from, &to,
			&made, &c.MadeBy.Kind, &c.MadeBy.ID, &c.MadeBy.Name); err != nil {
			return nil, err
		}
		err := errors.Join(json.Unmarshal([]byte(grants), &c.Grants),
			unstamp(from, &c.ValidFrom), unstamp(to, &c.ValidTo), unstamp(made, &c.MadeAt))
		if err != nil {
			return nil, fmt.Errorf("client %s: %w", c.ID, err)
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return store.Stamp(t)
}

func unstamp(text string, into *time.Time) (err error) {
	if text != "" {
		*into, err = store.ParseStamp(text)
	}
	return err
}
