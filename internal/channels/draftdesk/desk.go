// Package draftdesk is what the API and the pages have in common about drafts of data
// sets that are kept: who sees them, making the data set, sending the samples as data,
// and taking the data set back. What comes into force is in the log.
package draftdesk

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/draft"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A Desk is where drafts are worked on.
type Desk struct {
	*draft.Store
	Door      *door.Door
	Contracts door.Sets
	Records   records
	Corridor  walk
}

// Known tells what the platform has already; failed is asked when the draft is made.
type Known = func(ctx context.Context) (k draft.Known, failed func() error, err error)

// records is what this package needs of record.Truth.
type records interface {
	Head(ctx context.Context, contractID string) (int64, time.Time, error)
	record.Counter
}

// walk is what this package needs of package corridor.
type walk interface {
	ReceiveBook(ctx context.Context, by actor.Actor, in corridor.Request) ([]corridor.Status, error)
}

// Sees reports whether the caller may see a draft, which shows rows of its samples:
// who began it, and those who put contracts into force.
func (d *Desk) Sees(ctx context.Context, w *draft.Work) bool {
	a := door.Actor(ctx)
	return w.By.Kind == a.Kind && w.By.ID == a.ID || d.Door.Can(ctx, policy.EditContract, what(w))
}

func what(w *draft.Work) policy.What {
	return policy.What{Kind: policy.KindContract, ID: w.Draft.ID, Owner: w.Draft.Owner}
}

// Find finds a draft that the caller may see.
func (d *Desk) Find(ctx context.Context, id string) (*draft.Work, error) {
	w, err := d.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if !d.Sees(ctx, w) {
		return nil, fault.New(fault.NotFound, "draft.unknown", id)
	}
	return w, nil
}

// looked is how many drafts are looked at for those that the caller may see.
const looked = 1000

// Newest lists the newest drafts that the caller may see, of at most most. Drafts that
// nobody has touched for long go first.
func (d *Desk) Newest(ctx context.Context, most int) ([]*draft.Work, error) {
	if err := d.Expire(ctx); err != nil {
		return nil, err
	}
	list, err := d.List(ctx, looked)
	list = slices.DeleteFunc(list, func(w *draft.Work) bool { return !d.Sees(ctx, w) })
	return list[:min(len(list), most)], err
}

// Begin makes a draft of sample files.
func (d *Desk) Begin(ctx context.Context, files []ingest.File, known Known) (*draft.Work, error) {
	k, failed, err := known(ctx)
	if err != nil {
		return nil, err
	}
	w, err := d.Store.Begin(ctx, door.Actor(ctx), files, k)
	if broke := failed(); err == nil && broke != nil {
		err = errors.Join(broke, d.Discard(ctx, w.ID))
	}
	return w, err
}

// MayCreate asks whether the caller may put a draft into force. Whoever drafts
// proposes; to put a contract into force is somebody's duty.
func (d *Desk) MayCreate(ctx context.Context, w *draft.Work) error {
	_, err := d.Door.May(ctx, policy.EditContract, what(w))
	return err
}

// Create makes the data set of a draft as its version is.
func (d *Desk) Create(ctx context.Context, w *draft.Work, version string) error {
	if err := d.MayCreate(ctx, w); err != nil {
		return err
	}
	err := d.free(ctx, w.Draft.ID)
	if err == nil {
		_, err = d.Store.Create(ctx, door.Actor(ctx), w.ID, version)
	}
	return d.did(ctx, what(w), map[string]string{"change": "create", "draft": w.ID}, err)
}

// free refuses the id of a data set that is there. Rows of an earlier one of this id
// would be taken for rows of the new one.
func (d *Desk) free(ctx context.Context, id string) error {
	old, err := d.Contracts.Current(ctx, id)
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	if err != nil || old == nil {
		return err
	}
	seq, _, err := d.Records.Head(ctx, id)
	if err == nil && (seq > 0 || !old.Retired) {
		err = fault.New(fault.Conflict, "draft.id-taken", id)
	}
	return err
}

// SendSamples sends the samples of a draft, whose data set has been made, as data to be
// looked at before they count. The samples are then no longer kept here.
func (d *Desk) SendSamples(ctx context.Context, w *draft.Work) (all []corridor.Status, err error) {
	if w.Dataset == "" || len(w.Samples) == 0 {
		return nil, fault.New(fault.NotFound, "draft.no-sample")
	}
	con, err := d.Contracts.Current(ctx, w.Dataset)
	if err != nil {
		return nil, err
	}
	rows, err := d.Door.MaySend(ctx, con, nil, "")
	if err != nil {
		return nil, err
	}
	for i := range w.Samples {
		list, err := d.sendOne(ctx, w, i, corridor.Request{Dataset: con.ID, Name: w.Samples[i].Name, Preview: true, Rows: rows, IdempotencyKey: "draft-" + w.ID + "-" + strconv.Itoa(i)})
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, d.Sent(ctx, w.ID)
}

// CanSend reports whether the caller may send the samples.
func (d *Desk) CanSend(ctx context.Context, w *draft.Work, con *contract.Contract) bool {
	return len(w.Samples) > 0 && !con.Retired && d.Door.CanSet(ctx, policy.Send, con)
}

func (d *Desk) sendOne(ctx context.Context, w *draft.Work, i int, in corridor.Request) (list []corridor.Status, err error) {
	f, err := d.Sample(w, i)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	in.Body = f
	return d.Corridor.ReceiveBook(ctx, door.Actor(ctx), in)
}

// Revoke undoes the making of a data set that holds no rows, or, if retire says so,
// retires one that does. left is how many rows it holds.
func (d *Desk) Revoke(ctx context.Context, address string, retire bool) (w *draft.Work, left int64, err error) {
	con, _, err := d.Door.Find(ctx, policy.EditContract, d.Contracts, address)
	if err != nil {
		return nil, 0, err
	}
	if err := d.Door.MaySet(ctx, policy.EditContract, con, nil); err != nil {
		return nil, 0, err
	}
	if left, err = record.CountAll(ctx, d.Records, con); err != nil {
		return nil, 0, err
	}
	if left > 0 && !retire { // somebody may have sent data since the page was shown
		return nil, left, fault.New(fault.Conflict, "wizard.has-rows", con.Name, left)
	}
	w, err = d.Store.Revoke(ctx, door.Actor(ctx), con.ID)
	return w, left, d.did(ctx, con.What(con.Objects[0]), map[string]string{"change": "revoke", "rows": strconv.FormatInt(left, 10)}, err)
}

// did writes down that something came into force or out of it, or not, and gives err
// back.
func (d *Desk) did(ctx context.Context, of policy.What, detail map[string]string, err error) error {
	return d.Door.Did(ctx, policy.EditContract, of, err, detail)
}
