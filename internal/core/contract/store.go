package contract

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/odcs"
)

// Store keeps every version of every contract in the control database. The
// document itself is kept, byte for byte; contracts are resolved from it when
// they are asked for.
type Store struct {
	// Try, when it is set, runs the rules of what is put or comes in a pack; a
	// contract with a rule that cannot be judged is refused.
	Try Trial
	// Terms, when it is set, gives the terms in force, from which contracts inherit.
	Terms Books

	db *store.DB

	mu       sync.Mutex
	resolved map[string]*Contract // by id and digest; contracts never change
	current  map[string]inForceAt // by id: what Current answered last
}

// Books gives the terms that are in force: now, or inside a reading transaction. A
// [*dictionary.Store] does.
type Books interface {
	Book(ctx context.Context) (*dictionary.Book, error)
	BookIn(ctx context.Context, tx *store.Tx) (*dictionary.Book, error)
}

// An inForceAt is the contract in force while the database has committed so many
// transactions.
type inForceAt struct {
	commits int64
	*Contract
}

// NewStore makes a Store over the control database.
func NewStore(control *store.DB) *Store {
	return &Store{db: control, resolved: map[string]*Contract{}, current: map[string]inForceAt{}}
}

// maxResolved bounds the cache; when it is full it starts again.
const maxResolved = 4096

// A Version is one version of a contract as it was installed.
type Version struct {
	ID          string `json:"id"`
	Digest      string `json:"digest"`
	Version     string `json:"version"`
	Pack        string `json:"pack,omitempty"`
	State       string `json:"state"` // current, retired or past
	InstalledAt string `json:"installed_at"`
	InstalledBy string `json:"installed_by"`
	Note        string `json:"note,omitempty"`    // why, in the words of who did it
	ByHand      bool   `json:"by_hand,omitempty"` // changed here, not as a pack brought it
}

// Put makes a document the current version of its contract and returns it, with
// what is to be said about it. A document with errors is refused with a
// [*Refused]. The same bytes again change nothing; an older version put again
// is current again.
func (s *Store) Put(ctx context.Context, by actor.Actor, doc *odcs.Document, pack string) (*Contract, []Finding, error) {
	opts, err := s.options(ctx, pack)
	if err != nil {
		return nil, nil, err
	}
	opts.Try = s.Try
	c, findings := Resolve(doc, opts)
	if c == nil {
		return nil, findings, &Refused{Findings: findings}
	}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		_, err := put(ctx, tx, by, c, doc.Bytes(), history{hand: pack != ""})
		return err
	})
	if err != nil {
		return nil, findings, err
	}
	return c, findings, nil
}

// Refused is a document that is no usable contract.
type Refused struct{ Findings []Finding }

func (r *Refused) Error() string {
	for _, f := range r.Findings {
		if f.Severity == SeverityError {
			return "contract: " + f.String()
		}
	}
	return "contract: refused"
}

// Unwrap makes it a fault of kind Invalid.
func (r *Refused) Unwrap() error {
	errors := 0
	for _, f := range r.Findings {
		if f.Severity == SeverityError {
			errors++
		}
	}
	return fault.New(fault.Invalid, "contract.invalid", errors)
}

// put writes a version and makes it current. It reports whether anything
// changed.
func put(ctx context.Context, tx *store.Tx, by actor.Actor, c *Contract, document []byte, h history) (bool, error) {
	have, err := inForce(ctx, tx, c.ID)
	if err != nil {
		return false, err
	}
	if err := registerFree(ctx, tx, c); err != nil {
		return false, err
	}
	if have != nil && have.Digest == c.Digest && have.State == "current" && have.Pack == c.Pack {
		return false, nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE contracts SET state = 'past' WHERE id = $1 AND state <> 'past'`, c.ID); err != nil {
		return false, err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO contracts (id, digest, version, pack, document, state, installed_at, installed_by, note, by_hand)
		VALUES ($1, $2, $3, $4, $5, 'current', $6, $7, $8, $9)
		ON CONFLICT (id, digest) DO UPDATE SET state = 'current', pack = excluded.pack,
			installed_at = excluded.installed_at, installed_by = excluded.installed_by, note = excluded.note, by_hand = excluded.by_hand`,
		c.ID, c.Digest, c.Version, c.Pack, string(document), tx.Now, by.ID, h.note, flag(h.hand))
	return err == nil, err
}

// flag is a truth as both engines keep it.
func flag(is bool) int {
	if is {
		return 1
	}
	return 0
}

const versionColumns = `id, digest, version, pack, state, installed_at, installed_by, note, by_hand`

func scanVersion(row interface{ Scan(...any) error }, more ...any) (*Version, error) {
	var v Version
	var hand int
	err := row.Scan(append([]any{&v.ID, &v.Digest, &v.Version, &v.Pack, &v.State, &v.InstalledAt, &v.InstalledBy, &v.Note, &hand}, more...)...)
	v.ByHand = hand != 0
	return &v, err
}

// inForce is the version that is current or retired; nil when there is none.
func inForce(ctx context.Context, tx *store.Tx, id string) (*Version, error) {
	v, err := scanVersion(tx.QueryRowContext(ctx, `SELECT `+versionColumns+` FROM contracts WHERE id = $1 AND state <> 'past'`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return v, err
}

// Current returns the contract of a data set, also when it is retired. A data
// set that is not known is a fault "dataset.unknown".
func (s *Store) Current(ctx context.Context, id string) (*Contract, error) {
	return s.lasting(id, func() (*Contract, error) { return s.one(ctx, id, `id = $1 AND state <> 'past'`, id) })
}

// lasting keeps what was read under a key until something has been committed.
func (s *Store) lasting(key string, read func() (*Contract, error)) (*Contract, error) {
	commits, alone := s.db.Commits()
	if alone {
		s.mu.Lock()
		last, ok := s.current[key]
		s.mu.Unlock()
		if ok && last.commits == commits {
			return last.Contract, nil
		}
	}
	c, err := read()
	if err == nil && alone {
		s.mu.Lock()
		if len(s.current) >= maxResolved {
			clear(s.current)
		}
		s.current[key] = inForceAt{commits, c}
		s.mu.Unlock()
	}
	return c, err
}

// Version returns one version of a contract, by the digest of its document.
func (s *Store) Version(ctx context.Context, id, digest string) (*Contract, error) {
	return s.one(ctx, id, `id = $1 AND digest = $2`, id, digest)
}

// one reads the version that a condition is about; its document only when it is
// not known.
func (s *Store) one(ctx context.Context, id, where string, args ...any) (c *Contract, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		book, err := s.bookIn(ctx, tx)
		if err != nil {
			return err
		}
		v, err := scanVersion(tx.QueryRowContext(ctx, `SELECT `+versionColumns+` FROM contracts WHERE `+where, args...))
		if errors.Is(err, sql.ErrNoRows) {
			return fault.New(fault.NotFound, "dataset.unknown", id)
		}
		if err != nil {
			return err
		}
		if c = s.known(v, book); c != nil {
			return nil
		}
		var document string
		if err := tx.QueryRowContext(ctx, `SELECT document FROM contracts WHERE `+where, args...).Scan(&document); err != nil {
			return err
		}
		c, err = s.resolve(v, document, book)
		return err
	})
	return c, err
}

// Document returns the text of one version, byte for byte.
func (s *Store) Document(ctx context.Context, id, digest string) ([]byte, error) {
	var text string
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT document FROM contracts WHERE id = $1 AND digest = $2`, id, digest).Scan(&text)
		if errors.Is(err, sql.ErrNoRows) {
			return fault.New(fault.NotFound, "dataset.unknown", id)
		}
		return err
	})
	return []byte(text), err
}

// Versions lists the versions of a contract, the newest first.
func (s *Store) Versions(ctx context.Context, id string) ([]Version, error) {
	var list []Version
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+versionColumns+` FROM contracts WHERE id = $1 ORDER BY installed_at DESC, by_hand DESC, digest`, id)
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

// Since tells by id since when the contracts in force are.
func (s *Store) Since(ctx context.Context) (all map[string]time.Time, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		all = map[string]time.Time{}
		return tx.Each(ctx, func(scan func(...any) error) error {
			var id, at string
			if err := scan(&id, &at); err != nil {
				return err
			}
			since, err := store.ParseStamp(at)
			all[id] = since
			return err
		}, `SELECT id, installed_at FROM contracts WHERE state <> 'past'`)
	})
	return all, err
}

// List returns contracts in force, retired ones too, by id: at most limit of
// those behind after.
func (s *Store) List(ctx context.Context, after string, limit int) ([]*Contract, error) {
	var list []*Contract
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		book, err := s.bookIn(ctx, tx)
		if err != nil {
			return err
		}
		versions, err := listed(ctx, tx, after, limit)
		if err != nil {
			return err
		}
		list = make([]*Contract, len(versions))
		for i, v := range versions {
			// Documents are long, and most contracts are known.
			if list[i] = s.known(v, book); list[i] != nil {
				continue
			}
			var document string
			if err := tx.QueryRowContext(ctx, `SELECT document FROM contracts WHERE id = $1 AND digest = $2`, v.ID, v.Digest).Scan(&document); err != nil {
				return err
			}
			if list[i], err = s.resolve(v, document, book); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// listed are the versions in force behind an id.
func listed(ctx context.Context, tx *store.Tx, after string, limit int) (list []*Version, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+versionColumns+` FROM contracts WHERE id > $1 AND state <> 'past' ORDER BY id LIMIT $2`, after, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // rows.Err is asked below
	for rows.Next() {
		v, err := scanVersion(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

func (v *Version) key() string { return v.ID + " " + v.Digest + " " + v.State + " " + v.Pack }

// known is the contract of a version that has been resolved before, nil when it
// has not.
func (s *Store) known(v *Version, book *dictionary.Book) *Contract {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.resolved[v.key()]; c != nil && c.holds(book) {
		return c
	}
	return nil
}

// book gives the terms in force, nil without a dictionary.
func (s *Store) book(ctx context.Context) (*dictionary.Book, error) {
	if s.Terms == nil {
		return nil, nil
	}
	return s.Terms.Book(ctx)
}

func (s *Store) bookIn(ctx context.Context, tx *store.Tx) (*dictionary.Book, error) {
	if s.Terms == nil {
		return nil, nil
	}
	return s.Terms.BookIn(ctx, tx)
}

// options are those of a document that is to come in.
func (s *Store) options(ctx context.Context, pack string) (Options, error) {
	book, err := s.book(ctx)
	opts := Options{Pack: pack}
	if book != nil {
		opts.Terms = book
	}
	return opts, err
}

// Remove retires a contract: nothing new comes in by it, the rows stay.
func (s *Store) Remove(ctx context.Context, by actor.Actor, id string) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		v, err := inForce(ctx, tx, id)
		if err != nil {
			return err
		}
		if v == nil {
			return fault.New(fault.NotFound, "dataset.unknown", id)
		}
		return retire(ctx, tx, by, id)
	})
}

func retire(ctx context.Context, tx *store.Tx, by actor.Actor, id string) error {
	_, err := tx.ExecContext(ctx, `UPDATE contracts SET state = 'retired', installed_at = $1, installed_by = $2 WHERE id = $3 AND state = 'current'`, tx.Now, by.ID, id)
	return err
}

// resolve gives the contract of a stored version with the terms in force, from the
// cache when it can.
func (s *Store) resolve(v *Version, document string, book *dictionary.Book) (*Contract, error) {
	if c := s.known(v, book); c != nil {
		return c, nil
	}
	c, err := stored(v, document, book)
	if err != nil {
		return nil, err
	}
	c.Retired = v.State == "retired"
	for _, o := range c.Objects {
		o.judged = o.asJudged() // each request asks, some more than once
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.resolved) >= maxResolved {
		clear(s.resolved)
	}
	s.resolved[v.key()] = c
	return c, nil
}

// stored reads a stored document. A data set stays readable whatever becomes of the
// dictionary: with terms that do not fit it inherits nothing.
func stored(v *Version, document string, book *dictionary.Book) (*Contract, error) {
	doc, err := odcs.Read([]byte(document))
	if err != nil {
		return nil, fmt.Errorf("contract %s: %w", v.ID, err)
	}
	if book != nil {
		if c, _ := Resolve(doc, Options{Pack: v.Pack, Terms: book}); c != nil {
			return c, nil
		}
	}
	c, findings := Resolve(doc, Options{Pack: v.Pack})
	if c == nil {
		return nil, fmt.Errorf("contract %s, stored by another version of the program: %s", v.ID, (&Refused{findings}).Error())
	}
	c.depend(book)
	return c, nil
}

// bare is a stored contract as its document alone has it.
func bare(v *Version, document string) (*Contract, error) { return stored(v, document, nil) }
