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
	"github.com/phohien/phohien/internal/foundation/locale"
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
	view, err := d.through(ctx, action, d.Asks(ctx, action, con.What(obj)), con, obj)
	if err != nil {
		return nil
	}
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
	if st.State == corridor.Applying { // how many rows are written is how many change
		st.Done, st.Total = 0, 0
	}
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
	view := d.Peek(ctx, policy.Read, con, obj)
	whole, err := d.whole(ctx, view)
	if err == nil && whole {
		return r
	}
	d.strip(&r, own)
	keys := false
	if err == nil {
		keys, err = d.seesKeys(ctx, view, contract.Mode(r.Mode))
	}
	if err != nil {
		d.Log.ErrorContext(ctx, "whether a report may be shown", slog.Any("err", err))
	}
	late := keys && (obj.OrderBy < 0 || view.Clear(obj.OrderBy))
	veil(&r, keys, late)
	return r
}

// seesKeys reports whether a view shows which rows there are: all of them, with
// what tells them apart.
func (d *Door) seesKeys(ctx context.Context, view *record.View, mode contract.Mode) (bool, error) {
	if view == nil || !view.AllRows() {
		return false, nil
	}
	o := view.Object()
	columns := slices.Clone(o.Key)
	if mode == contract.Slice {
		columns = append(columns, o.Sender, o.Period)
	}
	for _, i := range columns {
		if i >= 0 && !view.Clear(i) {
			return false, nil
		}
	}
	return d.Records.Through(view).NoneHeld(ctx)
}

// veil leaves out of a report what tells a right guess of a value that is masked
// from a wrong one: a row with the right value is unchanged, another is changed.
// Whoever does not see the keys is not told which rows are there either.
func veil(r *corridor.Report, keys, late bool) {
	if r.Undoes != "" { // it counts what the batch had changed
		keys, r.Read, r.Accepted = false, 0, 0
	}
	r.Veiled, r.There = corridor.VeilChanges, r.Updated+r.Unchanged
	if !late { // what is late is told by a column that is masked
		r.Late = 0
	}
	gone := []string{"hold.missing-columns"}
	if !keys {
		r.Veiled, r.There = corridor.VeilRows, 0
		r.Inserted, r.Withdrawn, r.Late, r.Missing, r.Mended = 0, 0, 0, 0, 0
		if r.Examples != nil {
			r.Examples.Inserted = []corridor.Example{} // made anew by strip
		}
		gone = append(gone, "hold.withdraws", "note.missing-keys")
	}
	r.Updated, r.Unchanged = 0, 0
	r.Holds, r.Notes = uncounted(r.Holds, gone), append(uncounted(r.Notes, gone), sayVeil(r.Veiled))
}

func sayVeil(veiled string) corridor.Note {
	key := "door.veiled-rows"
	if veiled == corridor.VeilChanges {
		key = "door.veiled-changes"
	}
	return corridor.Note{Key: key, Vi: locale.Vi.T(key), En: locale.En.T(key)}
}

// uncounted puts a sentence without figures in place of some notes.
func uncounted(notes []corridor.Note, gone []string) []corridor.Note {
	out := make([]corridor.Note, 0, len(notes)+1)
	for _, n := range notes {
		if slices.Contains(gone, n.Key) {
			key := n.Key + "-veiled"
			n.Vi, n.En = locale.Vi.T(key), locale.En.T(key)
		}
		out = append(out, n)
	}
	return out
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
