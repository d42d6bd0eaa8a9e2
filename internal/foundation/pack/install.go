package pack

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Kind is a sort of content that packs bring. The room that owns the content
// implements it; all its methods run inside the one transaction of the control
// database in which a pack is installed.
type Kind interface {
	// Name is the value of "kind:" in its documents.
	Name() string
	// Diff compares the documents with what this pack has brought before, and
	// reports every problem in them. What the pack brought and no longer holds
	// is a change to Removed.
	Diff(ctx context.Context, tx *store.Tx, p *Pack, docs []Document) ([]Change, []Problem, error)
	// Apply makes the changes that Diff named.
	Apply(ctx context.Context, tx *store.Tx, by actor.Actor, p *Pack, changes []Change) error
	// Remove retires all that a pack has brought. What others have made with it,
	// such as the rows of a data set, stays.
	Remove(ctx context.Context, tx *store.Tx, by actor.Actor, packID string) ([]Change, error)
}

// Action says what happens to one piece of content.
type Action string

// The actions.
const (
	Added   Action = "added"
	Changed Action = "changed"
	Same    Action = "same"
	Removed Action = "removed"
)

// A Change is what installing or removing a pack does to one piece of content.
type Change struct {
	Kind     string   `json:"kind"`
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Path     string   `json:"path,omitempty"` // file inside the pack
	Action   Action   `json:"action"`
	Breaking bool     `json:"breaking"`
	Details  []Detail `json:"details,omitempty"`

	Content any `json:"-"` // what the kind's Diff hands to its Apply
}

// A Detail is one difference within a Change.
type Detail struct {
	Breaking bool   `json:"breaking"`
	Vi       string `json:"vi"`
	En       string `json:"en"`
}

// A Plan is what installing a pack would do, for a person to look at first.
type Plan struct {
	Manifest
	Digest   string    `json:"digest"`
	From     string    `json:"from,omitempty"` // version that is installed, "" = none
	Changes  []Change  `json:"changes"`
	Problems []Problem `json:"problems,omitempty"` // warnings and notes; errors are a Refusal
}

// Breaking reports whether installing needs a person's consent.
func (p *Plan) Breaking() bool {
	return slices.ContainsFunc(p.Changes, func(c Change) bool { return c.Breaking })
}

// Empty reports whether installing would change nothing.
func (p *Plan) Empty() bool {
	return !slices.ContainsFunc(p.Changes, func(c Change) bool { return c.Action != Same })
}

// Packs installs, lists and removes packs.
type Packs struct {
	// Clock stamps what packs bring, in UTC and whole microseconds; nil: the store's.
	Clock func() time.Time

	db    *store.DB
	kinds []Kind // in the order in which they are applied; removed the other way round
}

// New makes Packs over the control database.
func New(control *store.DB, kinds ...Kind) *Packs { return &Packs{db: control, kinds: kinds} }

// errDryRun ends the transaction of Diff, which must leave nothing.
var errDryRun = errors.New("pack: only looking")

// Diff says what Install would do with these packs, and does nothing.
func (s *Packs) Diff(ctx context.Context, packs ...*Pack) ([]Plan, error) {
	plans, err := s.install(ctx, actor.System, packs, true, true)
	if errors.Is(err, errDryRun) {
		return plans, nil
	}
	return nil, err
}

// Install installs packs, or upgrades those that are there, all or nothing in
// one transaction, those required before those that require them. A plan with
// breaking changes needs consent; without it Install changes nothing and
// returns the plans with a Conflict fault "pack.breaking".
func (s *Packs) Install(ctx context.Context, by actor.Actor, consent bool, packs ...*Pack) ([]Plan, error) {
	return s.install(ctx, by, packs, consent, false)
}

func (s *Packs) install(ctx context.Context, by actor.Actor, packs []*Pack, consent, dry bool) ([]Plan, error) {
	ordered, err := Order(packs)
	if err != nil {
		return nil, err
	}
	var plans []Plan
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		plans = nil
		if s.Clock != nil {
			tx.Time = s.Clock()
			tx.Now = store.Stamp(tx.Time)
		}
		for _, p := range ordered {
			plan, err := s.one(ctx, tx, by, p)
			if err != nil {
				return err
			}
			plans = append(plans, *plan)
		}
		for i := range plans {
			if plans[i].Breaking() && !consent {
				return fault.New(fault.Conflict, "pack.breaking", plans[i].ID, plans[i].Version)
			}
		}
		if dry {
			return errDryRun
		}
		return nil
	})
	return plans, err
}

// one installs one pack inside the transaction.
func (s *Packs) one(ctx context.Context, tx *store.Tx, by actor.Actor, p *Pack) (*Plan, error) {
	plan := &Plan{Manifest: p.Manifest, Digest: p.Digest}
	err := tx.QueryRowContext(ctx, `SELECT version FROM packs WHERE id = $1`, p.ID).Scan(&plan.From)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	if err := required(ctx, tx, p); err != nil {
		return nil, err
	}
	if err := s.known(p); err != nil {
		return nil, err
	}
	// Each kind is applied before the next one looks, so that contracts see the
	// code lists that come with them. After an error nothing more is applied, but
	// all kinds look, so that every problem is reported at once.
	var problems []Problem
	for _, k := range s.kinds {
		changes, found, err := k.Diff(ctx, tx, p, p.of(k.Name()))
		if err != nil {
			return nil, fmt.Errorf("pack %s: %s: %w", p.ID, k.Name(), err)
		}
		problems = append(problems, found...)
		plan.Changes = append(plan.Changes, changes...)
		if Refuse(problems) != nil {
			continue
		}
		if err := k.Apply(ctx, tx, by, p, changes); err != nil {
			return nil, fmt.Errorf("pack %s: %s: %w", p.ID, k.Name(), err)
		}
	}
	if err := Refuse(problems); err != nil {
		return nil, err
	}
	plan.Problems = problems
	return plan, record(ctx, tx, by, p)
}

// known refuses documents of a kind that nobody takes.
func (s *Packs) known(p *Pack) error {
	var names []string
	for _, k := range s.kinds {
		names = append(names, k.Name())
	}
	var problems []Problem
	for _, d := range p.Documents {
		if !slices.Contains(names, d.Kind) {
			problems = append(problems, Problem{
				Path: d.Path, Line: 1, Column: 1, Severity: "error",
				MessageVi: fmt.Sprintf("Không có loại nội dung “%s”. Có: %s.", d.Kind, strings.Join(names, ", ")),
				MessageEn: fmt.Sprintf("There is no kind %q. There are: %s.", d.Kind, strings.Join(names, ", ")),
			})
		}
	}
	return Refuse(problems)
}

// required checks that the packs this one stands on are there.
func required(ctx context.Context, tx *store.Tx, p *Pack) error {
	for _, id := range p.Requires {
		var version string
		err := tx.QueryRowContext(ctx, `SELECT version FROM packs WHERE id = $1`, id).Scan(&version)
		if errors.Is(err, sql.ErrNoRows) {
			return fault.New(fault.Conflict, "pack.requires", p.ID, id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func record(ctx context.Context, tx *store.Tx, by actor.Actor, p *Pack) error {
	manifest, err := json.Marshal(p.Manifest)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO packs (id, version, digest, manifest, installed_at, installed_by) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET version = excluded.version, digest = excluded.digest, manifest = excluded.manifest,
			installed_at = excluded.installed_at, installed_by = excluded.installed_by`,
		p.ID, p.Version, p.Digest, string(manifest), tx.Now, by.ID)
	return err
}

// Order puts packs behind those they require. Packs that require each other in
// a circle, and two with one id, are refused.
func Order(packs []*Pack) ([]*Pack, error) {
	byID := map[string]*Pack{}
	for _, p := range packs {
		if byID[p.ID] != nil {
			return nil, fault.New(fault.Invalid, "pack.twice", p.ID)
		}
		byID[p.ID] = p
	}
	var ordered []*Pack
	state := map[string]int{} // 1 = on the way, 2 = done
	var visit func(p *Pack) error
	visit = func(p *Pack) error {
		switch state[p.ID] {
		case 1:
			return fault.New(fault.Invalid, "pack.circle", p.ID)
		case 2:
			return nil
		}
		state[p.ID] = 1
		for _, id := range p.Requires {
			if next := byID[id]; next != nil {
				if err := visit(next); err != nil {
					return err
				}
			}
		}
		state[p.ID] = 2
		ordered = append(ordered, p)
		return nil
	}
	for _, p := range packs {
		if err := visit(p); err != nil {
			return nil, err
		}
	}
	return ordered, nil
}

// Installed is a pack that is there.
type Installed struct {
	Manifest
	Digest      string `json:"digest"`
	InstalledAt string `json:"installed_at"`
	InstalledBy string `json:"installed_by"`
}

// List returns the packs that are there, by id.
func (s *Packs) List(ctx context.Context) ([]Installed, error) {
	var list []Installed
	err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = installed(ctx, tx)
		return err
	})
	return list, err
}

func installed(ctx context.Context, tx *store.Tx) ([]Installed, error) {
	rows, err := tx.QueryContext(ctx, `SELECT manifest, digest, installed_at, installed_by FROM packs ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // rows.Err is asked below
	var list []Installed
	for rows.Next() {
		var p Installed
		var manifest string
		if err := rows.Scan(&manifest, &p.Digest, &p.InstalledAt, &p.InstalledBy); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(manifest), &p.Manifest); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

// Remove takes a pack away, unless another requires it. Its contracts and code
// lists are retired: no new data comes in by them, but the rows of the data
// sets, their history and the versions they were judged by stay.
func (s *Packs) Remove(ctx context.Context, by actor.Actor, id string) ([]Change, error) {
	return s.remove(ctx, by, id, true)
}

// Contents lists what a pack that is there has brought, as what Remove would take
// away, and does nothing. That another requires it does not matter.
func (s *Packs) Contents(ctx context.Context, id string) ([]Change, error) {
	return s.remove(ctx, actor.System, id, false)
}

func (s *Packs) remove(ctx context.Context, by actor.Actor, id string, really bool) ([]Change, error) {
	var changes []Change
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		changes = nil
		list, err := installed(ctx, tx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(list, func(p Installed) bool { return p.ID == id }) {
			return fault.New(fault.NotFound, "pack.unknown", id)
		}
		for _, p := range list {
			if really && slices.Contains(p.Requires, id) {
				return fault.New(fault.Conflict, "pack.needed", id, p.ID)
			}
		}
		for _, k := range slices.Backward(s.kinds) {
			gone, err := k.Remove(ctx, tx, by, id)
			if err != nil {
				return fmt.Errorf("pack %s: %s: %w", id, k.Name(), err)
			}
			changes = append(changes, gone...)
		}
		if !really {
			return errDryRun
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM packs WHERE id = $1`, id)
		return err
	})
	if err != nil && (really || !errors.Is(err, errDryRun)) {
		return nil, err
	}
	return changes, nil
}
