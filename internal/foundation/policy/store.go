package policy

import (
	"context"
	"database/sql"
	_ "embed" // the bootstrap policies
	"errors"
	"fmt"
	"slices"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

//go:embed bootstrap.cedar
var bootstrap string

// A Version is one change of one policy.
type Version struct {
	Seq       int64       `json:"seq"` // names the change
	ID        string      `json:"id"`
	Version   int64       `json:"version"` // of this id, from 1
	Text      string      `json:"text"`
	Digest    string      `json:"digest"`
	Pack      string      `json:"pack,omitempty"`
	Removed   bool        `json:"removed,omitempty"`
	Note      string      `json:"note,omitempty"`
	By        actor.Actor `json:"by"`
	ChangedAt string      `json:"changed_at"`
}

// Open reads the policies of the control database. While none is in force an
// administrator may install a pack that brings them, and nobody anything else.
func Open(ctx context.Context, control *store.DB) (*Policies, error) {
	p := &Policies{db: control}
	err := control.Read(ctx, func(tx *store.Tx) error {
		set, err := p.load(ctx, tx)
		if err == nil {
			p.put(set)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("policies: %w", err)
	}
	return p, nil
}

// put makes a snapshot the one in force, unless a newer one already is.
func (p *Policies) put(set *snapshot) {
	for {
		have := p.now.Load()
		if have != nil && have.seq >= set.seq || p.now.CompareAndSwap(have, set) {
			return
		}
	}
}

// Refresh looks whether another process has changed the policies and takes
// over what is in force; one short query when nothing has.
func (p *Policies) Refresh(ctx context.Context) error {
	err := p.db.Read(ctx, func(tx *store.Tx) error {
		seq, err := last(ctx, tx)
		if err != nil || seq == p.now.Load().seq {
			return err
		}
		set, err := p.load(ctx, tx)
		if err == nil {
			p.put(set)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("policies: %w", err)
	}
	return nil
}

// last is the number of the last change, 0 when there has been none.
func last(ctx context.Context, tx *store.Tx) (seq int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(seq), 0) FROM policies`).Scan(&seq)
	return seq, err
}

const versionColumns = `seq, id, version, content, digest, pack, removed, note, by_kind, by_id, by_name, changed_at`

// inForce is the condition on a change p that no later one of its id follows.
const inForce = `p.version = (SELECT MAX(q.version) FROM policies q WHERE q.id = p.id)`

func scan(row interface{ Scan(...any) error }) (Version, error) {
	var v Version
	var removed int64
	err := row.Scan(&v.Seq, &v.ID, &v.Version, &v.Text, &v.Digest, &v.Pack, &removed, &v.Note, &v.By.Kind, &v.By.ID, &v.By.Name, &v.ChangedAt)
	v.Removed = removed != 0
	return v, err
}

func versions(ctx context.Context, tx *store.Tx, query string, args ...any) ([]Version, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // rows.Err is asked below
	var list []Version
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// load compiles what is in force; texts that are in force already are not read
// again. A stored text that is not what its digest
// says, or that this program does not understand, is an error and not left out:
// a forbid that silently went missing would open what it shuts.
func (p *Policies) load(ctx context.Context, tx *store.Tx) (*snapshot, error) {
	seq, err := last(ctx, tx)
	if err != nil {
		return nil, err
	}
	list, err := versions(ctx, tx, `SELECT `+versionColumns+` FROM policies p WHERE removed = 0 AND `+inForce+` ORDER BY id`)
	if err != nil {
		return nil, err
	}
	begins := !slices.ContainsFunc(list, func(v Version) bool { return v.ID != SettingsID })
	if begins {
		list = append(list, Version{Text: bootstrap})
	}
	f := &findings{}
	s := noSettings()
	var rules []*rule
	for _, v := range list {
		if v.Digest != "" && v.Digest != digest(v.Text) {
			return nil, fmt.Errorf("policy %s: the stored text is not version %d", v.ID, v.Version)
		}
		if v.ID == SettingsID {
			s = f.readSettings(v.Text)
		} else if r := p.compiled(v); r != nil {
			rules = append(rules, r)
		} else {
			rules = append(rules, f.readFile(v.Text)...)
		}
	}
	if !Broken(f.list) {
		f.list = append(f.list, check(rules, s)...)
	}
	if Broken(f.list) {
		return nil, &Refusal{Findings: f.list}
	}
	set := assemble(seq, rules, s)
	set.begins = begins
	return set, nil
}

// compiled finds a policy among those in force.
func (p *Policies) compiled(v Version) *rule {
	have := p.now.Load()
	if have == nil {
		return nil
	}
	if r := have.byID[v.ID]; r != nil && r.text == v.Text {
		return r
	}
	return nil
}

// current is the last change of an id; nil when there has been none.
func current(ctx context.Context, tx *store.Tx, id string) (*Version, error) {
	v, err := scan(tx.QueryRowContext(ctx, `SELECT `+versionColumns+` FROM policies p WHERE id = $1 AND `+inForce, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &v, nil
}

// insert adds a change behind all others.
func insert(ctx context.Context, tx *store.Tx, by actor.Actor, v Version) (Version, error) {
	seq, err := last(ctx, tx)
	if err != nil {
		return v, err
	}
	have, err := current(ctx, tx, v.ID)
	if err != nil {
		return v, err
	}
	v.Seq, v.Version, v.By, v.ChangedAt = seq+1, 1, by, tx.Now
	if have != nil {
		v.Version = have.Version + 1
	}
	removed := 0
	if v.Digest = digest(v.Text); v.Removed {
		v.Text, v.Digest, removed = "", "", 1
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO policies (seq, id, version, content, digest, pack, removed, note, by_kind, by_id, by_name, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		v.Seq, v.ID, v.Version, v.Text, v.Digest, v.Pack, removed, v.Note, v.By.Kind, v.By.ID, v.By.Name, v.ChangedAt)
	return v, err
}

// settle judges what the changes of a transaction have led to and puts it in
// force when the transaction commits.
func (p *Policies) settle(ctx context.Context, tx *store.Tx) error {
	set, err := p.load(ctx, tx)
	if err != nil {
		return err
	}
	if !set.mendable() {
		return fault.New(fault.Conflict, "policy.lockout")
	}
	tx.OnCommit(func() { p.put(set) })
	return nil
}

// List returns the policies in force, the settings among them, by id.
func (p *Policies) List(ctx context.Context) (list []Version, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		list, err = versions(ctx, tx, `SELECT `+versionColumns+` FROM policies p WHERE removed = 0 AND `+inForce+` ORDER BY id`)
		return err
	})
	return list, err
}

// Get returns the last change of a policy, also when that took it away.
func (p *Policies) Get(ctx context.Context, id string) (Version, error) {
	var v *Version
	err := p.db.Read(ctx, func(tx *store.Tx) (err error) {
		v, err = current(ctx, tx, id)
		return err
	})
	if err != nil {
		return Version{}, err
	}
	if v == nil {
		return Version{}, fault.New(fault.NotFound, "policy.unknown", id)
	}
	return *v, nil
}

// History returns the changes of a policy, or of all of them when id is "", the
// last first: at most limit of those before the change before (0 = from the
// last).
func (p *Policies) History(ctx context.Context, id string, before int64, limit int) (list []Version, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		list, err = versions(ctx, tx, `SELECT `+versionColumns+` FROM policies WHERE (id = $1 OR $1 = '') AND (seq < $2 OR $2 = 0) ORDER BY seq DESC LIMIT $3`,
			id, before, limit)
		return err
	})
	return list, err
}
