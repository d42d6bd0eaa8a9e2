package govern

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Desk keeps measures and declarations, and makes figures of them.
type Desk struct {
	deps func() Deps
	db   *store.DB
	temp string // folder for the engine's own files
}

// New makes a Desk over the control database. What it measures is asked for when a
// figure is made; temp is a folder for the engine's own files.
func New(control *store.DB, temp string, deps func() Deps) *Desk {
	return &Desk{deps: deps, db: control, temp: temp}
}

// Made is how a version came about, and whether it is in force.
type Made struct {
	State  string // current, past, retired
	Why    string
	By     actor.Actor
	MadeAt string
}

// A Version is one version of a measure.
type Version struct {
	*Measure
	Made
}

// stored goes through the versions in a table, of measures or of layouts, and checks
// each as it was checked when it came.
func stored[T any, V interface {
	*T
	Check() *Error
}](ctx context.Context, tx *store.Tx, table, where string, take func(v V, pack string, made Made), args ...any) error {
	return tx.Each(ctx, func(row func(...any) error) error {
		var made Made
		var content, pack, by string
		if err := row(&content, &pack, &made.State, &made.Why, &by, &made.MadeAt); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(by), &made.By); err != nil {
			return err
		}
		v := V(new(T))
		if err := json.Unmarshal([]byte(content), v); err != nil {
			return err
		}
		if wrong := v.Check(); wrong != nil {
			return wrong
		}
		take(v, pack, made)
		return nil
	}, `SELECT content, pack, state, why, by, made_at FROM `+table+` `+where, args...)
}

func versions(ctx context.Context, tx *store.Tx, where string, args ...any) (list []*Version, err error) {
	err = stored(ctx, tx, "measures", where, func(m *Measure, pack string, made Made) {
		m.Pack = pack
		list = append(list, &Version{m, made})
	}, args...)
	return list, err
}

// Measures are those in force, by id.
func (d *Desk) Measures(ctx context.Context) (list []*Measure, err error) {
	err = d.db.Read(ctx, func(tx *store.Tx) error {
		all, err := versions(ctx, tx, `WHERE state = 'current' ORDER BY id`)
		list = nil
		for _, v := range all {
			list = append(list, v.Measure)
		}
		return err
	})
	return list, err
}

// measure is the one in force of an id.
func (d *Desk) measure(ctx context.Context, id string) (m *Measure, err error) {
	err = d.db.Read(ctx, func(tx *store.Tx) (err error) {
		m, err = current(ctx, tx, id)
		return err
	})
	return m, err
}

func current(ctx context.Context, tx *store.Tx, id string) (*Measure, error) {
	list, err := versions(ctx, tx, `WHERE id = $1 AND state = 'current'`, id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fault.New(fault.NotFound, "measure.unknown", id)
	}
	return list[0].Measure, nil
}

// Versions are those of one measure, the newest first; one that is not known is a
// fault "measure.unknown".
func (d *Desk) Versions(ctx context.Context, id string) (list []*Version, err error) {
	err = d.db.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = versions(ctx, tx, `WHERE id = $1 ORDER BY made_at DESC, digest`, id)
		return err
	})
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, "measure.unknown", id)
	}
	return list, err
}

// Put puts a measure in force, for a reason, when its SELECT can be answered. The
// version before stays, and put again it is in force again. base is the digest of the
// version that was changed, "" when that does not matter: when somebody else has put
// another in force since, that is a fault "measure.changed".
func (d *Desk) Put(ctx context.Context, by actor.Actor, base, why string, m *Measure) error {
	if e := m.Check(); e != nil {
		return fault.New(fault.Invalid, "measure.wrong", contract.Sentence{Vi: e.Vi, En: e.En})
	}
	why, err := reason.Of(why, reason.Most, fault.New(fault.Invalid, "measure.why", m.ID))
	if err != nil {
		return err
	}
	if !m.Declared() {
		if f, err := d.figure(ctx, m); err != nil {
			return err
		} else if f.Broken != "" {
			return fault.New(fault.Invalid, "measure.sql", m.ID, f.Broken)
		}
	}
	return d.db.Write(ctx, func(tx *store.Tx) error {
		list, err := versions(ctx, tx, `WHERE id = $1 AND state = 'current'`, m.ID)
		if err != nil {
			return err
		}
		if base != "" && len(list) > 0 && list[0].Digest != base && list[0].Digest != m.Digest {
			when, err := store.ParseStamp(list[0].MadeAt)
			if err != nil {
				return err
			}
			return fault.New(fault.Conflict, "measure.changed", m.ID, list[0].By.Name, when)
		}
		return put(ctx, tx, by, why, m)
	})
}

func put(ctx context.Context, tx *store.Tx, by actor.Actor, why string, m *Measure) error {
	return keep(ctx, tx, "measures", by, why, m.ID, m.Digest, m.Pack, m)
}

// keep puts a version in force, in the place of the one of the same id.
func keep(ctx context.Context, tx *store.Tx, table string, by actor.Actor, why, id, digest, pack string, what any) error {
	content, err := json.Marshal(what)
	if err != nil {
		return err
	}
	who, err := json.Marshal(by)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE `+table+` SET state = 'past' WHERE id = $1 AND state <> 'past'`, id); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO `+table+` (id, digest, pack, content, state, why, by, made_at) VALUES ($1, $2, $3, $4, 'current', $5, $6, $7)
		ON CONFLICT (id, digest) DO UPDATE SET state = 'current', pack = excluded.pack, why = excluded.why, by = excluded.by, made_at = excluded.made_at`,
		id, digest, pack, string(content), why, string(who), tx.Now)
	return err
}

// A Declaration is what somebody has declared for a period.
type Declaration struct {
	Measure, Period string
	Value           *float64 // nil: withdrawn
	Evidence, Note  string
	By              actor.Actor
	At              string
}

// Declare keeps a value that somebody answers for: with its evidence, or it is
// refused ("measure.evidence"); of a measure that the platform measures none is taken
// ("measure.measured").
func (d *Desk) Declare(ctx context.Context, by actor.Actor, one Declaration) (err error) {
	for _, text := range []*string{&one.Evidence, &one.Note} {
		if *text, err = reason.Of(*text, reason.Most, nil); err != nil {
			return err
		}
	}
	return d.db.Write(ctx, func(tx *store.Tx) error {
		m, err := current(ctx, tx, one.Measure)
		switch {
		case err != nil:
			return err
		case !m.Declared():
			return fault.New(fault.Conflict, "measure.measured", one.Measure)
		case one.Period == "":
			return fault.New(fault.Invalid, "measure.period", one.Measure)
		case one.Evidence == "" && one.Value != nil:
			return fault.New(fault.Invalid, "measure.evidence", one.Measure)
		}
		who, err := json.Marshal(by)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO measure_declarations (measure, period, place, value, evidence, note, by, at)
			VALUES ($1, $2, (SELECT COALESCE(MAX(place), 0) + 1 FROM measure_declarations WHERE measure = $1 AND period = $2), $3, $4, $5, $6, $7)`,
			one.Measure, one.Period, one.Value, one.Evidence, one.Note, string(who), tx.Now)
		return err
	})
}

// Declarations are what has been declared for a measure, the last first.
func (d *Desk) Declarations(ctx context.Context, measure string) (list []Declaration, err error) {
	err = d.db.Read(ctx, func(tx *store.Tx) error {
		list, err = declared(ctx, tx, `WHERE measure = $1 ORDER BY period DESC, place DESC`, measure)
		return err
	})
	return list, err
}

func declared(ctx context.Context, tx *store.Tx, where string, args ...any) (list []Declaration, err error) {
	err = tx.Each(ctx, func(row func(...any) error) error {
		var one Declaration
		var value sql.NullFloat64
		var by string
		if err := row(&one.Measure, &one.Period, &value, &one.Evidence, &one.Note, &by, &one.At); err != nil {
			return err
		}
		if value.Valid {
			one.Value = &value.Float64
		}
		err := json.Unmarshal([]byte(by), &one.By)
		list = append(list, one)
		return err
	}, `SELECT measure, period, value, evidence, note, by, at FROM measure_declarations `+where, args...)
	return list, err
}

// Kind takes measures from packs. One that the province has changed stays as it is.
func (d *Desk) Kind() pack.Kind { return kind{d} }

type kind struct{ d *Desk }

func (kind) Name() string { return MeasuresKind }

// Diff reads the measures and compares them with those in force.
func (k kind) Diff(ctx context.Context, tx *store.Tx, p *pack.Pack, docs []pack.Document) (changes []pack.Change, problems []pack.Problem, err error) {
	all, err := versions(ctx, tx, `WHERE state = 'current' ORDER BY id`)
	if err != nil {
		return nil, nil, err
	}
	have := map[string]*Version{}
	for _, v := range all {
		have[v.ID] = v
	}
	seen := map[string]bool{}
	for _, doc := range docs {
		list, err := Parse(doc.Text)
		var e *Error
		if errors.As(err, &e) {
			problems = append(problems, pack.Problem{Path: doc.Path, Line: e.Line, Column: 1, Severity: "error", MessageVi: e.Vi, MessageEn: e.En})
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		for _, m := range list {
			if seen[m.ID] {
				problems = append(problems, pack.Problem{Path: doc.Path, Line: 1, Column: 1, Severity: "error",
					MessageVi: fmt.Sprintf("Chỉ số “%s” ghi hai lần trong gói.", m.ID), MessageEn: fmt.Sprintf("The measure %q stands twice in the pack.", m.ID)})
				continue
			}
			seen[m.ID] = true
			m.Pack = p.ID
			changes = append(changes, compare(doc, have[m.ID], m))
		}
	}
	for _, v := range all {
		if v.Pack == p.ID && !seen[v.ID] {
			changes = append(changes, removal(v))
		}
	}
	return changes, problems, nil
}

func compare(doc pack.Document, now *Version, m *Measure) pack.Change {
	change := pack.Change{Kind: MeasuresKind, ID: m.ID, Name: m.Title, Path: doc.Path, Action: pack.Added, Content: m}
	switch {
	case now == nil:
	case now.Pack == "":
		change.Action = pack.Same
		change.Details = []pack.Detail{{Vi: "Tỉnh đã sửa chỉ số này; giữ bản của tỉnh.", En: "The province has changed this measure; its own version stays."}}
	case now.Digest == m.Digest:
		change.Action = pack.Same
	default:
		change.Action = pack.Changed
	}
	return change
}

func removal(v *Version) pack.Change {
	return pack.Change{Kind: MeasuresKind, ID: v.ID, Name: v.Title, Action: pack.Removed,
		Details: []pack.Detail{{Vi: "Chỉ số không còn được tính.", En: "The measure is no longer reckoned."}}}
}

func retire(ctx context.Context, tx *store.Tx, table, id string) error {
	_, err := tx.ExecContext(ctx, `UPDATE `+table+` SET state = 'retired' WHERE id = $1 AND state = 'current'`, id)
	return err
}

// packVersion is why a version is there that a pack has brought.
func packVersion(p *pack.Pack) string { return "Gói " + p.ID + " " + p.Version }

// Apply makes the changes.
func (k kind) Apply(ctx context.Context, tx *store.Tx, by actor.Actor, p *pack.Pack, changes []pack.Change) error {
	for _, c := range changes {
		if c.Action == pack.Same {
			continue
		}
		if c.Action == pack.Removed {
			if err := retire(ctx, tx, "measures", c.ID); err != nil {
				return err
			}
			continue
		}
		m, ok := c.Content.(*Measure)
		if !ok {
			return fmt.Errorf("measure %s: a change that this kind did not make", c.ID)
		}
		if err := put(ctx, tx, by, packVersion(p), m); err != nil {
			return err
		}
	}
	return nil
}

// Remove retires what a pack has brought.
func (k kind) Remove(ctx context.Context, tx *store.Tx, _ actor.Actor, packID string) (changes []pack.Change, err error) {
	all, err := versions(ctx, tx, `WHERE state = 'current' AND pack = $1 ORDER BY id`, packID)
	for _, v := range all {
		if err := retire(ctx, tx, "measures", v.ID); err != nil {
			return nil, err
		}
		changes = append(changes, removal(v))
	}
	return changes, err
}
