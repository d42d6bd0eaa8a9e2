package dictionary

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Store keeps every version of every code list and of every term in the control
// database.
type Store struct {
	// TryTerm, when it is set, runs the rules of a term that is proposed, published
	// or comes in a pack; what it returns is why the term is refused.
	TryTerm func(context.Context, *Term) error

	db *store.DB

	mu        sync.Mutex
	read      map[string]*CodeList // by id, digest, state and pack; lists never change
	book      *Book                // the terms in force …
	bookSteps int64                // … after so many steps of all terms …
	bookAt    int64                // … when the database had committed so many transactions
}

// NewStore makes a Store over the control database.
func NewStore(control *store.DB) *Store { return &Store{db: control, read: map[string]*CodeList{}} }

// maxRead bounds the cache; when it is full it starts again.
const maxRead = 256

// A Version is one version of a code list as it was installed.
type Version struct {
	ID, Digest, Version, Pack, State, InstalledAt, InstalledBy string
}

// Put makes a list the current version. The same content again changes nothing;
// an older version put again is current again.
func (s *Store) Put(ctx context.Context, by actor.Actor, l *CodeList) error {
	return s.db.Write(ctx, func(tx *store.Tx) error { return put(ctx, tx, by, l) })
}

func put(ctx context.Context, tx *store.Tx, by actor.Actor, l *CodeList) error {
	have, err := inForce(ctx, tx, l.ID)
	if err != nil {
		return err
	}
	if have != nil && have.Digest == l.Digest && have.State == "current" && have.Pack == l.Pack {
		return nil
	}
	content, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE code_lists SET state = 'past' WHERE id = $1 AND state <> 'past'`, l.ID); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO code_lists (id, digest, version, pack, content, state, installed_at, installed_by)
		VALUES ($1, $2, $3, $4, $5, 'current', $6, $7)
		ON CONFLICT (id, digest) DO UPDATE SET state = 'current', pack = excluded.pack,
			installed_at = excluded.installed_at, installed_by = excluded.installed_by`,
		l.ID, l.Digest, l.Version, l.Pack, string(content), tx.Now, by.ID)
	return err
}

const versionColumns = `id, digest, version, pack, state, installed_at, installed_by`

func scanVersion(row interface{ Scan(...any) error }, more ...any) (*Version, error) {
	var v Version
	err := row.Scan(append([]any{&v.ID, &v.Digest, &v.Version, &v.Pack, &v.State, &v.InstalledAt, &v.InstalledBy}, more...)...)
	return &v, err
}

func inForce(ctx context.Context, tx *store.Tx, id string) (*Version, error) {
	v, err := scanVersion(tx.QueryRowContext(ctx, `SELECT `+versionColumns+` FROM code_lists WHERE id = $1 AND state <> 'past'`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return v, err
}

// Exists reports whether a list is there, inside a transaction of the control
// database.
func Exists(ctx context.Context, tx *store.Tx, id string) (bool, error) {
	v, err := inForce(ctx, tx, id)
	return v != nil && v.State == "current", err
}

// Current returns a code list in force, also when it is retired. One that is
// not known is a fault "codelist.unknown".
func (s *Store) Current(ctx context.Context, id string) (*CodeList, error) {
	return s.one(ctx, id, `SELECT `+versionColumns+`, content FROM code_lists WHERE id = $1 AND state <> 'past'`, id)
}

// Version returns one version of a list, by its digest.
func (s *Store) Version(ctx context.Context, id, digest string) (*CodeList, error) {
	return s.one(ctx, id, `SELECT `+versionColumns+`, content FROM code_lists WHERE id = $1 AND digest = $2`, id, digest)
}

func (s *Store) one(ctx context.Context, id, query string, args ...any) (l *CodeList, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		var text string
		v, err := scanVersion(tx.QueryRowContext(ctx, query, args...), &text)
		if errors.Is(err, sql.ErrNoRows) {
			return fault.New(fault.NotFound, "codelist.unknown", id)
		}
		if err != nil {
			return err
		}
		l, err = s.parse(v, text)
		return err
	})
	return l, err
}

// Versions lists the versions of a list, the one that was installed last first.
func (s *Store) Versions(ctx context.Context, id string) (list []Version, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+versionColumns+` FROM code_lists WHERE id = $1 ORDER BY installed_at DESC, digest`, id)
		if err != nil {
			return err
		}
		defer rows.Close() // rows.Err is asked below
		list = nil
		for rows.Next() {
			v, err := scanVersion(rows)
			if err != nil {
				return err
			}
			list = append(list, *v)
		}
		return rows.Err()
	})
	return list, err
}

// List returns the lists in force, retired ones too, by id: at most limit of
// those behind after.
func (s *Store) List(ctx context.Context, after string, limit int) ([]*CodeList, error) {
	var list []*CodeList
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+versionColumns+`, content FROM code_lists WHERE id > $1 AND state <> 'past' ORDER BY id LIMIT $2`, after, limit)
		if err != nil {
			return err
		}
		defer rows.Close() // rows.Err is asked below
		list = nil
		for rows.Next() {
			var text string
			v, err := scanVersion(rows, &text)
			if err != nil {
				return err
			}
			l, err := s.parse(v, text)
			if err != nil {
				return err
			}
			list = append(list, l)
		}
		return rows.Err()
	})
	return list, err
}

// Remove retires a list: contracts that name it can no longer be judged by it.
func (s *Store) Remove(ctx context.Context, by actor.Actor, id string) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		v, err := inForce(ctx, tx, id)
		if err != nil {
			return err
		}
		if v == nil {
			return fault.New(fault.NotFound, "codelist.unknown", id)
		}
		return retire(ctx, tx, by, id)
	})
}

func retire(ctx context.Context, tx *store.Tx, by actor.Actor, id string) error {
	_, err := tx.ExecContext(ctx, `UPDATE code_lists SET state = 'retired', installed_at = $1, installed_by = $2 WHERE id = $3 AND state = 'current'`, tx.Now, by.ID, id)
	return err
}

// parse reads the stored form of a version, from the cache when it can.
func (s *Store) parse(v *Version, text string) (*CodeList, error) {
	key := v.ID + " " + v.Digest + " " + v.State + " " + v.Pack
	s.mu.Lock()
	l := s.read[key]
	s.mu.Unlock()
	if l != nil {
		return l, nil
	}
	l = &CodeList{}
	if err := json.Unmarshal([]byte(text), l); err != nil {
		return nil, fmt.Errorf("code list %s: %w", v.ID, err)
	}
	if err := l.finish(); err != nil {
		return nil, fmt.Errorf("code list %s: %w", v.ID, err)
	}
	if l.Digest != v.Digest {
		return nil, fmt.Errorf("code list %s: the stored content is not version %s", v.ID, v.Digest)
	}
	l.Pack, l.Retired = v.Pack, v.State == "retired"
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.read) >= maxRead {
		clear(s.read)
	}
	s.read[key] = l
	return l, nil
}
