package draft

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/odcs"
)

// Resolved is the draft as the contract that it would be.
func (d *Draft) Resolved() (*contract.Contract, error) {
	text, err := d.YAML()
	if err != nil {
		return nil, err
	}
	doc, err := odcs.Read(text)
	if err != nil {
		return nil, err
	}
	con, findings := contract.Resolve(doc, contract.Options{})
	if con == nil {
		return nil, &contract.Refused{Findings: findings}
	}
	return con, nil
}

// Preview is Resolved without the code lists that are only proposed: the judge
// cannot know them yet.
func (d *Draft) Preview() (*contract.Contract, error) {
	seen := *d
	seen.Objects = slices.Clone(d.Objects)
	for i := range seen.Objects {
		o := &seen.Objects[i]
		o.Columns = slices.Clone(o.Columns)
		for j := range o.Columns {
			if slices.ContainsFunc(d.CodeLists, func(l CodeListDraft) bool { return l.ID == o.Columns[j].CodeList }) {
				o.Columns[j].CodeList = ""
			}
		}
	}
	return seen.Resolved()
}

// Create makes the data set of a draft: its code lists and its contract come
// into force together, or not at all. How the samples write numbers is
// remembered for the files to come.
func (s *Store) Create(ctx context.Context, by actor.Actor, id, version string) (*contract.Contract, error) {
	w, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if n := len(w.Draft.Validate()); n > 0 {
		return nil, fault.New(fault.Invalid, "draft.not-ready", int64(n))
	}
	con, err := w.Draft.Resolved()
	if err != nil {
		return nil, err
	}
	err = s.control.Write(ctx, func(tx *store.Tx) error {
		w, err := editable(ctx, tx, id, version)
		if err != nil {
			return err
		}
		made, err := s.install(ctx, tx, by, w.Draft)
		if err != nil {
			return err
		}
		lists, err := json.Marshal(made)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE drafts SET state = 'created', before = '', dataset = $1, lists = $2, changed_at = $3 WHERE id = $4`,
			w.Draft.ID, string(lists), tx.Now, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, o := range con.Objects {
		if err := s.recipes.Keep(ctx, by, o.Dataset, "", w.Draft.Objects[i].Recipe()); err != nil {
			return nil, err
		}
	}
	return con, nil
}

// Recipe is what the draft knows about how files write their cells.
func (o *Object) Recipe() *recipe.Recipe {
	r := &recipe.Recipe{Reads: map[string]recipe.Reading{}}
	for i := range o.Columns {
		c := &o.Columns[i]
		style := map[Style]string{Vietnamese: "vietnamese", English: "english"}[c.Style]
		if style != "" && !c.LeftOut && (c.Type == contract.Integer || c.Type == contract.Decimal || c.Type == contract.Float) {
			r.Reads[c.Name] = recipe.Reading{Numbers: style}
		}
	}
	return r
}

// install brings the lists and the contract of a draft into force and returns
// the lists that were not there.
func (s *Store) install(ctx context.Context, tx *store.Tx, by actor.Actor, d *Draft) (made []string, err error) {
	var docs []pack.Document
	for _, l := range d.Lists() {
		text, err := l.YAML()
		if err != nil {
			return nil, err
		}
		docs = append(docs, pack.Document{Kind: dictionary.KindName, Path: l.ID, Text: text})
	}
	changes, err := put(ctx, tx, by, s.lists.Kind(), docs)
	if err != nil {
		return nil, err
	}
	for _, c := range changes {
		switch c.Action {
		case pack.Added:
			made = append(made, c.ID)
		case pack.Changed:
			return nil, fault.New(fault.Conflict, "draft.list-taken", c.ID)
		}
	}
	text, err := d.YAML()
	if err != nil {
		return nil, err
	}
	kind := s.contracts.Kind()
	changes, err = put(ctx, tx, by, kind, []pack.Document{{Kind: kind.Name(), Path: d.ID, Text: text}})
	if err == nil && (len(changes) != 1 || changes[0].Action != pack.Added) {
		err = fault.New(fault.Conflict, "draft.id-taken", d.ID)
	}
	return made, err
}

// put applies documents that belong to no pack.
func put(ctx context.Context, tx *store.Tx, by actor.Actor, kind pack.Kind, docs []pack.Document) ([]pack.Change, error) {
	p := &pack.Pack{}
	changes, problems, err := kind.Diff(ctx, tx, p, docs)
	if err != nil {
		return nil, err
	}
	if err := pack.Refuse(problems); err != nil {
		return nil, err
	}
	// What else belongs to no pack stays.
	changes = slices.DeleteFunc(changes, func(c pack.Change) bool { return c.Action == pack.Removed })
	return changes, kind.Apply(ctx, tx, by, p, changes)
}

// Revoke undoes Create: the contract, and the code lists that came with it and
// nothing else uses, are no longer in force, and the draft can be worked on
// again. Whether the data set may go is the caller's to decide.
func (s *Store) Revoke(ctx context.Context, by actor.Actor, dataset string) (*Work, error) {
	w, err := s.Made(ctx, dataset)
	if err != nil {
		return nil, err
	}
	if w == nil {
		return nil, fault.New(fault.NotFound, "draft.not-made", dataset)
	}
	idle, err := s.idle(ctx, w)
	if err != nil {
		return nil, err
	}
	err = s.control.Write(ctx, func(tx *store.Tx) error {
		gone := []pack.Change{{ID: dataset, Action: pack.Removed}}
		if err := s.contracts.Kind().Apply(ctx, tx, by, nil, gone); err != nil {
			return fmt.Errorf("retiring %s: %w", dataset, err)
		}
		gone = gone[:0]
		for _, id := range idle {
			gone = append(gone, pack.Change{ID: id, Action: pack.Removed})
		}
		if err := s.lists.Kind().Apply(ctx, tx, by, nil, gone); err != nil {
			return fmt.Errorf("retiring the lists of %s: %w", dataset, err)
		}
		_, err := tx.ExecContext(ctx, `UPDATE drafts SET state = 'open', dataset = '', lists = '[]', changed_at = $1 WHERE id = $2`, tx.Now, w.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.Get(ctx, w.ID)
}

// idle lists the code lists made with a draft that no other contract in force
// names.
func (s *Store) idle(ctx context.Context, w *Work) ([]string, error) {
	idle := slices.Clone(w.Lists)
	for con, err := range contract.All(ctx, s.contracts) {
		if err != nil {
			return nil, err
		}
		if con.ID == w.Dataset || con.Retired {
			continue
		}
		for _, o := range con.Objects {
			idle = slices.DeleteFunc(idle, func(id string) bool {
				return slices.ContainsFunc(o.Columns, func(c contract.Column) bool { return c.CodeList == id })
			})
		}
	}
	return idle, nil
}
