// Package policypack takes policies from packs: documents of kind "Policies" and
// the Cedar files that they name. What may widen anybody's rights needs consent;
// what the province has changed stays as it is. It stands apart so that who only
// asks the policies need not know packs.
package policypack

import (
	"context"
	"fmt"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Begin stores the policies of a pack when none have been stored yet, so that a
// new platform has rules from its first minute. Installing the pack itself
// later changes nothing in them.
func Begin(ctx context.Context, p *policy.Policies, by actor.Actor, from *pack.Pack) error {
	for _, d := range from.Documents {
		if d.Kind != policy.KindName {
			continue
		}
		if err := p.Begin(ctx, by, from.ID, d.Path, d.Text, from.File); err != nil {
			return fmt.Errorf("pack %s: %w", from.ID, err)
		}
	}
	return nil
}

// Kind takes policies from packs.
func Kind(p *policy.Policies) pack.Kind { return kind{p} }

type kind struct{ p *policy.Policies }

func (kind) Name() string { return policy.KindName }

// Diff reads the policies and compares them with what is in force.
func (k kind) Diff(ctx context.Context, tx *store.Tx, p *pack.Pack, docs []pack.Document) ([]pack.Change, []pack.Problem, error) {
	var all []policy.Brought
	var problems []pack.Problem
	for _, d := range docs {
		brought, found := policy.ReadPack(d.Path, d.Text, p.File)
		all = append(all, brought...)
		problems = append(problems, asProblems(d.Path, found)...)
	}
	if pack.Refuse(problems) != nil {
		return nil, problems, nil
	}
	differences, found, err := k.p.Compare(ctx, tx, p.ID, all)
	if err != nil {
		return nil, nil, err
	}
	problems = append(problems, asProblems("", found)...)
	return asChanges(differences), problems, nil
}

func asProblems(path string, list []policy.Finding) []pack.Problem {
	problems := make([]pack.Problem, len(list))
	for i, f := range list {
		problems[i] = pack.Problem{Path: path, Line: f.Line, Column: f.Column, Severity: f.Severity, MessageVi: f.Vi, MessageEn: f.En}
		if f.Policy != "" {
			problems[i].Path = f.Policy
		}
	}
	return problems
}

func asChanges(list []policy.Difference) []pack.Change {
	changes := make([]pack.Change, len(list))
	for i, d := range list {
		c := pack.Change{Kind: policy.KindName, ID: d.ID, Name: d.ID, Path: d.Path, Action: pack.Same, Breaking: d.Widens, Content: d}
		switch {
		case d.Added:
			c.Action = pack.Added
		case d.Changed:
			c.Action = pack.Changed
		case d.Removed:
			c.Action = pack.Removed
		}
		if c.Action != pack.Same {
			c.Details = []pack.Detail{{Breaking: d.Widens, Vi: d.Vi, En: d.En}}
		}
		changes[i] = c
	}
	return changes
}

// Apply makes the changes.
func (k kind) Apply(ctx context.Context, tx *store.Tx, by actor.Actor, p *pack.Pack, changes []pack.Change) error {
	list := make([]policy.Difference, len(changes))
	for i, c := range changes {
		d, ok := c.Content.(policy.Difference)
		if !ok {
			return fmt.Errorf("policy %s: a change that this kind did not make", c.ID)
		}
		list[i] = d
	}
	return k.p.Bring(ctx, tx, by, p.ID, list)
}

// Remove retires what a pack has brought.
func (k kind) Remove(ctx context.Context, tx *store.Tx, by actor.Actor, packID string) ([]pack.Change, error) {
	gone, err := k.p.Retire(ctx, tx, by, packID)
	if err != nil {
		return nil, err
	}
	return asChanges(gone), nil
}
