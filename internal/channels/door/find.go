package door

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// What somebody may not know of answers as what there is not: the same status,
// the same words, a refusal in the log for both. Who knows of it and lacks the
// right at hand is told so. Without an account both answer that one has to sign
// in: afterwards it may be there.

// Sets finds contracts by their id.
type Sets interface {
	Current(ctx context.Context, id string) (*contract.Contract, error)
}

// Batches finds batches by their id.
type Batches interface {
	Status(ctx context.Context, id string) (corridor.Status, error)
}

// Lookup finds what an address names: "id", or "id.object" when the contract has
// several objects. obj is nil when "id" alone does not say which one. It asks
// nobody: it is for addresses that the platform itself has written down.
func Lookup(ctx context.Context, sets Sets, address string) (con *contract.Contract, obj *contract.Object, err error) {
	id, name, named := strings.Cut(address, ".")
	if con, err = sets.Current(ctx, id); err != nil {
		return nil, nil, err
	}
	if !named {
		if len(con.Objects) == 1 {
			return con, con.Objects[0], nil
		}
		return con, nil, nil
	}
	for _, o := range con.Objects {
		if o.Dataset == address || o.Name == name {
			return con, o, nil
		}
	}
	return nil, nil, fault.New(fault.NotFound, "dataset.unknown", address)
}

// Find is Lookup for an address that a caller has given, who is going to do
// action there. The policies are still to be asked.
func (d *Door) Find(ctx context.Context, action policy.Action, sets Sets, address string) (*contract.Contract, *contract.Object, error) {
	con, obj, err := Lookup(ctx, sets, address)
	switch {
	case fault.KindOf(err) == fault.NotFound && err != nil:
		return nil, nil, d.nothing(ctx, action, policy.What{Kind: policy.KindDataset, ID: address}, err)
	case err != nil:
		return nil, nil, err
	case obj != nil && d.Knows(ctx, con, obj) || obj == nil && len(d.KnownObjects(ctx, con)) > 0:
		return con, obj, nil
	}
	// Of a contract that is not there the id is named, of an object the address.
	missing := con.ID
	if len(d.KnownObjects(ctx, con)) > 0 {
		missing = address
	}
	if obj == nil {
		obj = con.Objects[0]
	}
	return nil, nil, d.nothing(ctx, action, con.What(obj), fault.New(fault.NotFound, "dataset.unknown", missing))
}

// KnownObjects are the objects of a contract that the caller may know of.
func (d *Door) KnownObjects(ctx context.Context, con *contract.Contract) (all []*contract.Object) {
	for _, o := range con.Objects {
		if d.Knows(ctx, con, o) {
			all = append(all, o)
		}
	}
	return all
}

// FindBatch finds a batch that a caller has named, with its object. The policies
// are still to be asked.
func (d *Door) FindBatch(ctx context.Context, action policy.Action, sets Sets, batches Batches, id string) (corridor.Status, *contract.Contract, *contract.Object, error) {
	st, err := batches.Status(ctx, id)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		err = d.nothing(ctx, action, policy.What{Kind: policy.KindBatch, ID: id}, err)
	}
	if err != nil {
		return corridor.Status{}, nil, nil, err
	}
	con, obj, err := Lookup(ctx, sets, st.Dataset)
	if err != nil {
		return corridor.Status{}, nil, nil, err
	}
	if obj == nil {
		obj = con.Objects[0]
	}
	if !d.knowsBatch(ctx, con, obj, st) {
		return corridor.Status{}, nil, nil, d.nothing(ctx, action, WhatBatch(action, con, obj, st), corridor.NoBatch(id))
	}
	return st, con, obj, nil
}

// ofSets and ofBatches are what is done to data sets and batches, the most usual
// first: whoever may do one of these may know that there is one.
var (
	ofSets = []policy.Action{policy.Describe, policy.Read, policy.Send, policy.Aggregate, policy.Export, policy.ReadQuarantine, policy.Confirm, policy.Undo, policy.Cancel,
		policy.EditContract, policy.Classify, policy.Approve, policy.Hold, policy.AskErase, policy.Erase}
	ofBatches = []policy.Action{policy.Describe, policy.ReadQuarantine, policy.Send, policy.Confirm, policy.Undo, policy.Cancel}
)

// Knows tells whether the caller may know that there is an object.
func (d *Door) Knows(ctx context.Context, con *contract.Contract, obj *contract.Object) bool {
	what := con.What(obj)
	return slices.ContainsFunc(ofSets, func(a policy.Action) bool { return d.aware(ctx, a, what) })
}

func (d *Door) knowsBatch(ctx context.Context, con *contract.Contract, obj *contract.Object, st corridor.Status) bool {
	return slices.ContainsFunc(ofBatches, func(a policy.Action) bool { return d.aware(ctx, a, WhatBatch(a, con, obj, st)) })
}

// aware tells that something is allowed, or would be with a purpose or a second
// factor: to say which of them is missing is to say that it is there.
func (d *Door) aware(ctx context.Context, action policy.Action, what policy.What) bool {
	decision := d.Asks(ctx, action, what)
	return decision.Allowed || From(ctx).Known() && (decision.NeedsPurpose || decision.NeedsStrong)
}

// nothing answers that there is no such thing, and writes the attempt down.
func (d *Door) nothing(ctx context.Context, action policy.Action, what policy.What, err error) error {
	if !From(ctx).Known() {
		err = fault.New(fault.Denied, SignIn)
	}
	what.ID = shorten(what.ID)
	return errors.Join(err, d.note(ctx, action, what, "deny", "door.unknown", nil))
}

// shorten keeps what a caller has typed within what the log should hold.
func shorten(id string) string {
	const longest = 100
	if r := []rune(strings.ToValidUTF8(id, "\uFFFD")); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return strings.ToValidUTF8(id, "\uFFFD")
}
