package clients

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Bounds of credentials.
const (
	longest = 366 * 24 * time.Hour // a credential lasts at most
	usual   = 90 * 24 * time.Hour  // when nobody says how long
	most    = 20                   // in force at once for one subject
)

// A Wish is what a new credential should be.
type Wish struct {
	Label  string        // what it is for
	For    time.Duration // how long it lasts; 90 days when zero
	Scopes []string      // narrower than the subject's; empty: as wide
}

// NewKey makes an API key for a client. The text is shown once: only a digest
// is kept.
func (r *Registry) NewKey(ctx context.Context, by identity.Actor, client string, w Wish) (text string, c Credential, err error) {
	return r.newSecret(ctx, by, Credential{Kind: Key, SubjectKind: Program, Subject: client}, w)
}

// NewSecret makes a client secret for the token endpoint.
func (r *Registry) NewSecret(ctx context.Context, by identity.Actor, client string, w Wish) (text string, c Credential, err error) {
	return r.newSecret(ctx, by, Credential{Kind: Secret, SubjectKind: Program, Subject: client}, w)
}

// NewPersonal makes an API key that acts for a person's account. Whether the
// account exists and may have one is for the caller to know.
func (r *Registry) NewPersonal(ctx context.Context, by identity.Actor, account string, w Wish) (text string, c Credential, err error) {
	return r.newSecret(ctx, by, Credential{Kind: Key, SubjectKind: Account, Subject: account}, w)
}

func (r *Registry) newSecret(ctx context.Context, by identity.Actor, c Credential, w Wish) (string, Credential, error) {
	prefix := prefixKey
	if c.Kind == Secret {
		prefix = prefixSecret
	}
	var text string
	c.ID, text = newSecret(prefix)
	c.digest = r.digest(text)
	c, err := r.add(ctx, by, c, w)
	if err != nil {
		return "", Credential{}, err
	}
	return text, c, nil
}

// add stores a credential.
func (r *Registry) add(ctx context.Context, by identity.Actor, c Credential, w Wish) (Credential, error) {
	if w.For == 0 {
		w.For = usual
	}
	switch {
	case w.For < 0 || w.For > longest:
		return Credential{}, fault.New(fault.Invalid, "clients.bad-expiry", int(longest/(24*time.Hour)))
	case !readable(w.Label, 200):
		return Credential{}, fault.New(fault.Invalid, "clients.no-label")
	case c.Subject == "":
		return Credential{}, fault.New(fault.NotFound, "clients.unknown", c.Subject)
	}
	if err := checkScopes(w.Scopes); err != nil {
		return Credential{}, err
	}
	scopes, err := json.Marshal(w.Scopes)
	if err != nil {
		return Credential{}, err
	}
	c.Label, c.Scopes, c.MadeBy = w.Label, w.Scopes, by
	err = r.write(ctx, func(tx *store.Tx) error {
		c.MadeAt, c.Expires = tx.Time, tx.Time.Add(w.For)
		if c.SubjectKind == Program {
			var n int
			if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM clients WHERE id = $1 AND state <> 'closed'`, c.Subject).Scan(&n); err != nil {
				return err
			}
			if n == 0 {
				return fault.New(fault.NotFound, "clients.unknown", c.Subject)
			}
		}
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM client_credentials
			WHERE subject_kind = $1 AND subject = $2 AND revoked_at = '' AND expires_at > $3`, c.SubjectKind, c.Subject, tx.Now).Scan(&n); err != nil {
			return err
		}
		if n >= most {
			return fault.New(fault.Conflict, "clients.many-credentials", n)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO client_credentials (id, kind, subject_kind, subject, label, digest, public, scopes,
			expires_at, revoked_at, used_at, made_at, made_by_kind, made_by_id, made_by_name)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '', $10, $11, $12, $13)`,
			c.ID, string(c.Kind), c.SubjectKind, c.Subject, c.Label, c.digest, c.Public, string(scopes),
			store.Stamp(c.Expires), tx.Now, by.Kind, by.ID, by.Name)
		return err
	})
	if err != nil {
		return Credential{}, fmt.Errorf("credential: %w", err)
	}
	return c, nil
}

// Revoke ends a credential and all access tokens that it has got. Naming the
// subject keeps one from ending another's.
func (r *Registry) Revoke(ctx context.Context, subjectKind, subject, id string) error {
	return r.write(ctx, func(tx *store.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE client_credentials SET revoked_at = $1
			WHERE id = $2 AND subject_kind = $3 AND subject = $4 AND revoked_at = ''`, tx.Now, id, subjectKind, subject)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return fault.New(fault.NotFound, "clients.no-credential", id)
	})
}

// RevokeAll ends all credentials of a subject: an account that was closed, a
// program that was broken into.
func (r *Registry) RevokeAll(ctx context.Context, subjectKind, subject string) error {
	return r.write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE client_credentials SET revoked_at = $1
			WHERE subject_kind = $2 AND subject = $3 AND revoked_at = ''`, tx.Now, subjectKind, subject)
		return err
	})
}

// Credentials lists what a subject signs in with, newest first, those that are
// over too.
func (r *Registry) Credentials(ctx context.Context, subjectKind, subject string) (list []Credential, err error) {
	if err := r.Flush(ctx); err != nil {
		return nil, err
	}
	err = r.Control.Read(ctx, func(tx *store.Tx) error {
		list, err = readCredentials(ctx, tx, ` WHERE subject_kind = $1 AND subject = $2 ORDER BY made_at DESC, id`, subjectKind, subject)
		return err
	})
	return list, err
}

func readCredentials(ctx context.Context, tx *store.Tx, where string, args ...any) (list []Credential, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, kind, subject_kind, subject, label, digest, public, scopes, expires_at, revoked_at, used_at,
		made_at, made_by_kind, made_by_id, made_by_name FROM client_credentials`+where, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var c Credential
		var scopes, expires, revoked, used, made string
		if err := rows.Scan(&c.ID, &c.Kind, &c.SubjectKind, &c.Subject, &c.Label, &c.digest, &c.Public, &scopes, &expires, &revoked, &used,
			&made, &c.MadeBy.Kind, &c.MadeBy.ID, &c.MadeBy.Name); err != nil {
			return nil, err
		}
		err := errors.Join(json.Unmarshal([]byte(scopes), &c.Scopes), unstamp(expires, &c.Expires), unstamp(revoked, &c.Revoked),
			unstamp(used, &c.Used), unstamp(made, &c.MadeAt))
		if err != nil {
			return nil, fmt.Errorf("credential %s: %w", c.ID, err)
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// touch notes that a credential was used.
func (r *Registry) touch(id string, now time.Time) {
	r.touched.Lock()
	defer r.touched.Unlock()
	r.touched.at[id] = now
}

// Flush writes down when credentials were last used.
func (r *Registry) Flush(ctx context.Context) error {
	r.touched.Lock()
	at := r.touched.at
	r.touched.at = map[string]time.Time{}
	r.touched.flushed = r.Since()
	r.touched.Unlock()
	if len(at) == 0 {
		return nil
	}
	err := r.Control.Write(ctx, func(tx *store.Tx) error {
		for id, t := range at {
			if _, err := tx.ExecContext(ctx, `UPDATE client_credentials SET used_at = $1 WHERE id = $2 AND used_at < $3`,
				store.Stamp(t), id, store.Stamp(t)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("last use of credentials: %w", err)
	}
	return nil
}
