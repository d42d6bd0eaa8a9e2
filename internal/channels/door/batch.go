package door

import (
	"context"

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

// MayBatch asks for an action on a batch.
func (d *Door) MayBatch(ctx context.Context, action policy.Action, con *contract.Contract, obj *contract.Object, st corridor.Status) error {
	_, err := d.May(ctx, action, WhatBatch(action, con, obj, st))
	return err
}

// Peek makes the view for an action if the caller may have one, nil otherwise:
// for what a page shows besides.
func (d *Door) Peek(ctx context.Context, action policy.Action, con *contract.Contract, obj *contract.Object) *record.View {
	view, err := record.NewView(obj, d.Asks(ctx, action, con.What(obj)), d.Secrets)
	if err != nil {
		return nil
	}
	From(ctx).watch(view)
	return view
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
	if !view.Whole() {
		return fault.New(fault.Denied, "door.not-whole", obj.Title)
	}
	return nil
}

// Shown leaves out of a batch's report the rows that the caller may not see: what
// was there before is for those who read the data set, the sender's own lines
// for the sender as well.
func (d *Door) Shown(ctx context.Context, con *contract.Contract, obj *contract.Object, st corridor.Status) corridor.Status {
	if st.Report == nil {
		return st
	}
	r := *st.Report
	if v := d.Peek(ctx, policy.Read, con, obj); v == nil || !v.Whole() {
		d.strip(&r, Own(ctx, st))
	}
	st.Report = &r
	return st
}

// ShownReport is Shown for the report of a file that the caller has just sent.
func (d *Door) ShownReport(ctx context.Context, con *contract.Contract, obj *contract.Object, r corridor.Report) corridor.Report {
	if v := d.Peek(ctx, policy.Read, con, obj); v == nil || !v.Whole() {
		d.strip(&r, true)
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
