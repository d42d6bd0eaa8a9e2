package door

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// Sift notes that a list asks for an action at each of its things, with Can.
func (d *Door) Sift(ctx context.Context, action policy.Action) {
	c := From(ctx)
	c.mu.Lock()
	c.asked = append(c.asked, action)
	c.mu.Unlock()
}

// MaySet asks for an action on a data set: on one of its objects, or on all when
// obj is nil.
func (d *Door) MaySet(ctx context.Context, action policy.Action, con *contract.Contract, obj *contract.Object) error {
	objects := con.Objects
	if obj != nil {
		objects = []*contract.Object{obj}
	}
	for _, o := range objects {
		if _, err := d.May(ctx, action, con.What(o)); err != nil {
			return err
		}
	}
	return nil
}

// CanSet is MaySet for what a page offers.
func (d *Door) CanSet(ctx context.Context, action policy.Action, con *contract.Contract) bool {
	for _, o := range con.Objects {
		if !d.Can(ctx, action, con.What(o)) {
			return false
		}
	}
	return true
}

// WhatBatch is a batch as policies judge it. Whoever sent it has proposed it;
// but to let a held batch go on says "I have looked", which the sender may: that
// is not an approval.
func WhatBatch(action policy.Action, con *contract.Contract, obj *contract.Object, st corridor.Status) policy.What {
	what := con.What(obj)
	what.Kind = policy.KindBatch
	if action != policy.Confirm {
		what.Proposer = st.By.Kind + ":" + st.By.ID
	}
	return what
}

// MayBatch asks for an action on a batch. Who has rights on some rows alone acts
// on their own batches and on those sent for the agencies that they act for:
// what others sent holds rows that are not theirs.
func (d *Door) MayBatch(ctx context.Context, action policy.Action, con *contract.Contract, obj *contract.Object, st corridor.Status) error {
	what := WhatBatch(action, con, obj, st)
	decision, err := d.May(ctx, action, what)
	if err != nil || theirs(ctx, action, decision, st) {
		return err
	}
	return errors.Join(fault.New(fault.Denied, "door.others-batch"), d.note(ctx, action, what, "deny", reasons(decision), nil))
}

// CanBatch is MayBatch for what a page offers.
func (d *Door) CanBatch(ctx context.Context, action policy.Action, con *contract.Contract, obj *contract.Object, st corridor.Status) bool {
	decision := d.Asks(ctx, action, WhatBatch(action, con, obj, st))
	return decision.Allowed && theirs(ctx, action, decision, st)
}

// theirs reports whether a batch is one that a decision on some rows is about.
func theirs(ctx context.Context, action policy.Action, decision policy.Decision, st corridor.Status) bool {
	switch action {
	case policy.Send, policy.Confirm, policy.Undo, policy.Cancel:
		return decision.Rows.All || Own(ctx, st) || slices.Contains(From(ctx).Who.Covers, st.By.Org)
	}
	return true
}

// Peek makes the view for an action if the caller may have one, nil otherwise:
// for what a page shows besides.
func (d *Door) Peek(ctx context.Context, action policy.Action, con *contract.Contract, obj *contract.Object) *record.View {
	view, err := record.NewView(obj, d.Asks(ctx, action, con.What(obj)), d.Secrets)
	if err != nil {
		return nil
	}
	d.held(ctx, action, view, con, obj)
	From(ctx).watch(view)
	return view
}

// whole reports whether a view shows all there is, records that are held
// included: what is shown as a file cannot leave some out.
func (d *Door) whole(ctx context.Context, view *record.View) (bool, error) {
	if view == nil {
		return false, nil
	}
	return d.Records.Through(view).Whole(ctx)
}

// Own reports whether the caller sent a batch.
func Own(ctx context.Context, st corridor.Status) bool {
	a := Actor(ctx)
	return a.ID != "" && st.By.Kind == a.Kind && st.By.ID == a.ID
}

// OwnOrWhole asks whether a caller may see the file of a batch: who sent it, and
// who sees all that did not pass.
func (d *Door) OwnOrWhole(ctx context.Context, con *contract.Contract, obj *contract.Object, st corridor.Status) error {
	if Own(ctx, st) {
		return nil
	}
	view, err := d.See(ctx, policy.ReadQuarantine, con, obj)
	if err != nil {
		return err
	}
	return d.Whole(ctx, view)
}

// Whole refuses what can only be shown as a whole to who does not see all of it.
func (d *Door) Whole(ctx context.Context, view *record.View) error {
	whole, err := d.whole(ctx, view)
	if err == nil && !whole {
		err = fault.New(fault.Denied, "door.not-whole", view.Object().Title)
	}
	return err
}

// SeesFile is OwnOrWhole for what a page shows besides: size and digest of a file
// tell of every value in it.
func (d *Door) SeesFile(ctx context.Context, con *contract.Contract, obj *contract.Object, st corridor.Status) bool {
	if Own(ctx, st) {
		return true
	}
	v := d.Peek(ctx, policy.ReadQuarantine, con, obj)
	return v != nil && v.Whole()
}

// Shown leaves out of a batch's report the rows that the caller may not see: what
// was there before is for those who read the data set, the sender's own lines
// for the sender as well.
func (d *Door) Shown(ctx context.Context, con *contract.Contract, obj *contract.Object, st corridor.Status) corridor.Status {
	if st.Report == nil {
		return st
	}
	r := d.shownReport(ctx, con, obj, *st.Report, Own(ctx, st))
	st.Report = &r
	return st
}

// ShownReport is Shown for the report of a file that the caller has just sent.
func (d *Door) ShownReport(ctx context.Context, con *contract.Contract, obj *contract.Object, r corridor.Report) corridor.Report {
	return d.shownReport(ctx, con, obj, r, true)
}

// shownReport strips a report unless all of the data set is seen; when that
// cannot be found out, too.
func (d *Door) shownReport(ctx context.Context, con *contract.Contract, obj *contract.Object, r corridor.Report, own bool) corridor.Report {
	whole, err := d.whole(ctx, d.Peek(ctx, policy.Read, con, obj))
	if err != nil {
		d.Log.ErrorContext(ctx, "whether a report may be shown", slog.Any("err", err))
	}
	if !whole {
		d.strip(&r, own)
	}
	return r
}

func (d *Door) strip(r *corridor.Report, own bool) {
	if r.Examples != nil {
		kept := &corridor.Examples{Inserted: []corridor.Example{}, Updated: []corridor.Example{}, Withdrawn: []corridor.Example{}, Quarantined: []corridor.Example{}}
		if own {
			kept.Inserted, kept.Quarantined = r.Examples.Inserted, r.Examples.Quarantined
		}
		r.Examples = kept
	}
	r.Left = nil // keys
	if r.Reading != nil && !own {
		reading := *r.Reading
		reading.Rescues = nil
		for _, c := range r.Reading.Rescues {
			c.Examples = nil
			reading.Rescues = append(reading.Rescues, c)
		}
		r.Reading = &reading
	}
}
