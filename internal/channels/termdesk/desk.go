// Package termdesk is what all doors to the shared dictionary do: find terms, say
// where they are used and how much of the data is mapped to them, let them go
// their way to publication, and bring them in and out as files. It asks the
// policies, and writes down what was done.
package termdesk

import (
	"context"
	"errors"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/reason"
)

// A Desk serves the doors to the dictionary. Terms, Door, Contracts and Try are
// needed.
type Desk struct {
	Door      *door.Door
	Terms     *dictionary.Store
	Contracts contracts
	Try       tryer
	Records   samples                         // nil: mappings are proposed by headings alone
	Changed   func(ctx context.Context) error // told that terms have come into force or gone; may be nil
	Orgs      orgs                            // nil: units that terms name are known by their ids alone
	Now       func() time.Time                // time.Now when nil
}

func (d *Desk) now() time.Time {
	if d.Now == nil {
		return time.Now()
	}
	return d.Now()
}

// contracts is what this package needs of contract.Store.
type contracts interface {
	List(ctx context.Context, after string, limit int) ([]*contract.Contract, error)
}

// tryer is what this package needs of package corridor.
type tryer interface {
	TryTerms(ctx context.Context, terms []*dictionary.Term, values [][]string, lang locale.Lang) ([][]corridor.TermVerdict, error)
}

// samples is what this package needs of record.Truth.
type samples interface {
	Through(v *record.View) *record.Reader
}

// What is the dictionary, or one of its terms, as policies judge it.
func What(id string) policy.What { return policy.What{Kind: policy.KindCodeList, ID: id} }

// public reports whether versions in a state are for everybody: those that are or
// were in force. Others are work among those who have an account.
func public(s dictionary.State) bool {
	return s == dictionary.Published || s == dictionary.Replaced || s == dictionary.Expired
}

// Versions lists the versions of a term that the caller may know of, the one in
// force first, then those that changed last. A term without one is a fault
// "term.unknown".
func (d *Desk) Versions(ctx context.Context, id string) ([]*dictionary.TermVersion, error) {
	all, err := d.Terms.TermVersions(ctx, id)
	if err != nil {
		return nil, err
	}
	var first, others []*dictionary.TermVersion
	for _, v := range all {
		switch {
		case v.State == dictionary.Published:
			first = append(first, v)
		case public(v.State) || door.From(ctx).Known():
			others = append(others, v)
		}
	}
	if all = append(first, others...); len(all) == 0 {
		return nil, fault.New(fault.NotFound, "term.unknown", id)
	}
	return all, nil
}

// Version is one of the versions that the caller may know of, by its digest or the
// first eight signs of it or more.
func (d *Desk) Version(ctx context.Context, id, digest string) (*dictionary.TermVersion, error) {
	all, err := d.Versions(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, v := range all {
		if v.Digest == digest || len(digest) >= 8 && len(digest) < len(v.Digest) && v.Digest[:len(digest)] == digest {
			return v, nil
		}
	}
	return nil, fault.New(fault.NotFound, "term.no-version", id, digest)
}

// SeesOpinions reports whether the caller reads what has been said about versions:
// whoever has a part in the dictionary.
func (d *Desk) SeesOpinions(ctx context.Context, id string) bool {
	return d.Door.Can(ctx, policy.Draft, Mine(ctx, id)) || d.Door.Can(ctx, policy.EditContract, What(id)) || d.Door.Can(ctx, policy.Approve, What(id))
}

// proposer is who has proposed a version, as policies name people.
func (d *Desk) proposer(ctx context.Context, v *dictionary.TermVersion) (string, error) {
	history, err := d.Terms.TermHistory(ctx, v.ID)
	if err != nil {
		return "", err
	}
	for _, m := range history {
		if m.Digest == v.Digest && m.From == "" {
			return m.By.Kind + ":" + m.By.ID, nil
		}
	}
	return "", nil
}

// needs is what a step asks of the policies: approving is a right of its own, a
// proposer may withdraw, all else is for those who keep the dictionary.
func (d *Desk) needs(ctx context.Context, v *dictionary.TermVersion, to dictionary.State) (policy.Action, policy.What, error) {
	what := What(v.ID)
	switch to {
	case dictionary.Approved:
		by, err := d.proposer(ctx, v)
		what.Proposer = by
		return policy.Approve, what, err
	case dictionary.Withdrawn:
		if a := door.Actor(ctx); v.ProposedBy == a.ID && a.ID != "" {
			return policy.Draft, Mine(ctx, v.ID), nil
		}
	}
	return policy.EditContract, what, nil
}

// A Step is one that a version may make now.
type Step struct {
	To  dictionary.State
	May bool // the caller may let it
}

// Steps are the steps that a version may make now.
func (d *Desk) Steps(ctx context.Context, v *dictionary.TermVersion) ([]Step, error) {
	var all []Step
	for _, to := range dictionary.Next(v.State) {
		action, what, err := d.needs(ctx, v, to)
		if err != nil {
			return nil, err
		}
		own := to == dictionary.Approved && v.ProposedBy == door.Actor(ctx).ID
		all = append(all, Step{To: to, May: !own && d.Door.Can(ctx, action, what)})
	}
	return all, nil
}

// Move lets a version make a step. When it brings a term into force or takes one
// out, the data of the fields that use it is judged again.
func (d *Desk) Move(ctx context.Context, m dictionary.Move) error {
	v, err := d.Version(ctx, m.ID, m.Digest)
	if err != nil {
		return err
	}
	m.Digest = v.Digest
	action, what, err := d.needs(ctx, v, m.To)
	if err != nil {
		return err
	}
	if _, err := d.Door.May(ctx, action, what); err != nil {
		return err
	}
	err = d.Terms.Move(ctx, door.Actor(ctx), m)
	err = d.did(ctx, action, m.ID, err, map[string]string{"change": "move", "from": string(v.State), "to": string(m.To), "version": v.Version, "digest": v.Digest, "reason": reason.Noted(m.Why)})
	if err == nil && d.Changed != nil && (m.To == dictionary.Published || m.To == dictionary.Expired) {
		err = d.Changed(ctx)
	}
	return err
}

// did writes down that something was done, or that it failed, and gives err back.
func (d *Desk) did(ctx context.Context, action policy.Action, id string, err error, detail map[string]string) error {
	return d.Door.Did(ctx, action, What(id), err, detail)
}

// Propose makes a version of a term a proposal, for a reason. Its examples must be
// judged as they say ("term.examples"), and its number must be a new one
// ("term.number").
func (d *Desk) Propose(ctx context.Context, t *dictionary.Term, why string) (*dictionary.TermVersion, error) {
	have, err := d.kept(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	what, err := d.draftOf(ctx, t, have)
	if err != nil {
		return nil, err
	}
	if _, err := d.Door.May(ctx, policy.Draft, what); err != nil {
		return nil, err
	}
	v, err := d.propose(ctx, d.named(ctx, t), have, why)
	id := t.ID
	if v != nil {
		id = v.ID
	}
	return v, d.did(ctx, policy.Draft, id, err, map[string]string{"change": "propose", "version": t.Version, "reason": reason.Noted(why)})
}

func (d *Desk) propose(ctx context.Context, t *dictionary.Term, have []*dictionary.TermVersion, why string) (*dictionary.TermVersion, error) {
	if err := numbered(have, t); err != nil {
		return nil, err
	}
	looked, err := checked(t)
	if err != nil {
		return nil, err
	}
	wrong, err := d.examples(ctx, looked)
	if err == nil {
		err = wrong[0]
	}
	if err != nil {
		return nil, err
	}
	return d.Terms.Propose(ctx, door.Actor(ctx), t, why)
}

// kept are the versions of a term that are there, none of one that is new.
func (d *Desk) kept(ctx context.Context, id string) ([]*dictionary.TermVersion, error) {
	if id == "" {
		return nil, nil
	}
	all, err := d.Terms.TermVersions(ctx, id)
	if fault.Is(err, "term.unknown") {
		return nil, nil
	}
	return all, err
}

// numbered refuses other content under the number of a version that is there.
func numbered(have []*dictionary.TermVersion, t *dictionary.Term) error {
	for _, v := range have {
		if v.Version == t.Version && v.State != dictionary.Withdrawn {
			return fault.New(fault.Conflict, "term.number", t.Version, t.ID)
		}
	}
	return nil
}

// checked is a term put in order, as the store would keep it; one without id is
// looked at under an id that stands for the next free one.
func checked(t *dictionary.Term) (*dictionary.Term, error) {
	looked := *t
	if looked.ID == "" {
		looked.ID = "moi:ID-000"
	}
	if err := looked.Check(); err != nil {
		var e *dictionary.Error
		if errors.As(err, &e) {
			return nil, fault.New(fault.Invalid, "term.wrong", e).Because(err)
		}
		return nil, err
	}
	return &looked, nil
}

// examples judges the examples of terms by their rules; the result is what is wrong
// with each, nil for nothing.
func (d *Desk) examples(ctx context.Context, terms ...*dictionary.Term) ([]error, error) {
	values := make([][]string, len(terms))
	for i, t := range terms {
		values[i] = append(append([]string{}, t.Passes...), t.Fails...)
	}
	verdicts, err := d.Try.TryTerms(ctx, terms, values, locale.From(ctx))
	if err != nil {
		return nil, err
	}
	wrong := make([]error, len(terms))
	for n, t := range terms {
		for i, v := range verdicts[n] {
			switch right := i < len(t.Passes); {
			case wrong[n] != nil:
			case right && !v.Passes:
				wrong[n] = fault.New(fault.Invalid, "term.example-right", v.Value, firstOf(v.Faults))
			case !right && v.Passes:
				wrong[n] = fault.New(fault.Invalid, "term.example-wrong", v.Value)
			}
		}
	}
	return wrong, nil
}

func firstOf(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

// Say adds the caller's opinion about a version that is being consulted on.
func (d *Desk) Say(ctx context.Context, id, digest string, agrees bool, text string) error {
	// An opinion is the caller's agency's, whoever owns the term.
	if _, err := d.Door.May(ctx, policy.Draft, Mine(ctx, id)); err != nil {
		return err
	}
	v, err := d.Version(ctx, id, digest)
	if err == nil {
		by := door.Actor(ctx)
		err = d.Terms.Say(ctx, id, dictionary.Opinion{Digest: v.Digest, Org: by.Org, Agrees: agrees, Text: text, By: by})
		agreed := "no"
		if agrees {
			agreed = "yes"
		}
		err = d.did(ctx, policy.Draft, id, err, map[string]string{"change": "opinion", "digest": v.Digest, "agrees": agreed})
	}
	return err
}

// MostTried is how many values are judged at once, and LongestTried how many
// characters one has.
const (
	MostTried    = 100
	LongestTried = 1000
)

// Judge says what a version's rules say of values. Nothing is kept.
func (d *Desk) Judge(ctx context.Context, v *dictionary.TermVersion, values []string) ([]corridor.TermVerdict, error) {
	if len(values) == 0 || len(values) > MostTried {
		return nil, fault.New(fault.Invalid, "term.try-many", int64(MostTried))
	}
	verdicts, err := d.Try.TryTerms(ctx, []*dictionary.Term{v.Term}, [][]string{values}, locale.From(ctx))
	if err != nil {
		return nil, err
	}
	return verdicts[0], nil
}

// Undo is the version that was in force before the one that is, and what putting
// it back asks for; nil when there is none.
func Undo(versions []*dictionary.TermVersion, history []dictionary.TermMove) *dictionary.TermVersion {
	for _, m := range history { // the last first
		if m.To != dictionary.Replaced {
			continue
		}
		for _, v := range versions {
			if v.Digest == m.Digest && v.State == dictionary.Replaced {
				return v
			}
		}
	}
	return nil
}

// ChangedAt reads when a version changed last, zero when it does not say.
func ChangedAt(v *dictionary.TermVersion) time.Time {
	t, err := time.Parse(time.RFC3339Nano, v.ChangedAt)
	if err != nil {
		return time.Time{}
	}
	return t
}
