package corridor

import (
	"context"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Hold keeps a record from leaving by any door but those of the steward, the
// auditor and the person, as a batch of its own. When it returns no door gives
// the record out any more.
func (c *Corridor) Hold(ctx context.Context, by actor.Actor, dataset string, h record.Hold) (Status, error) {
	con, obj, err := c.object(ctx, dataset)
	if err != nil {
		return Status{}, err
	}
	return c.alone(ctx, by, con, obj, record.KindHold, "", func(w *walk) error {
		return w.write(func(b record.Batch) (record.Commit, error) { return c.Truth.Hold(w.bare(), b, h) })
	})
}

// Release ends a hold of a kind.
func (c *Corridor) Release(ctx context.Context, by actor.Actor, dataset, key, kind string) (Status, error) {
	con, obj, err := c.object(ctx, dataset)
	if err != nil {
		return Status{}, err
	}
	return c.alone(ctx, by, con, obj, record.KindRelease, "", func(w *walk) error {
		return w.write(func(b record.Batch) (record.Commit, error) { return c.Truth.Release(w.bare(), b, key, kind) })
	})
}

// alone does something in the turn of a data set, as a batch that is no file,
// and waits for it. id is "" for a new batch.
func (c *Corridor) alone(ctx context.Context, by actor.Actor, con *contract.Contract, obj *contract.Object, kind, id string, do func(w *walk) error) (Status, error) {
	if err := c.refuse(by); err != nil {
		return Status{}, err
	}
	w := c.newWalk(con, obj, kind, by)
	w.act = func() error { return do(w) }
	if id != "" {
		w.id, w.status.ID = id, id
	}
	if err := c.insertAgain(ctx, w); err != nil {
		return Status{}, err
	}
	if err := c.admit(ctx, w); err != nil {
		return Status{}, err
	}
	s, err := c.Wait(ctx, w.id, func(s Status) bool { return s.State.Final() })
	if err != nil {
		return s, err
	}
	if s.State == Interrupted {
		return s, fault.New(fault.Unavailable, "server.stopping")
	}
	return s, s.Fault.Err()
}

// insertAgain makes a batch known, also one that was begun before the program
// stopped.
func (c *Corridor) insertAgain(ctx context.Context, w *walk) error {
	_, err := c.row(ctx, w.id)
	if notThere(err) {
		return c.insert(ctx, w)
	}
	if err != nil {
		return err
	}
	return c.setState(ctx, w.id, Received)
}

// bare is the walk's context without its end: what commits is not called off.
func (w *walk) bare() context.Context { return context.WithoutCancel(w.ctx) }

// write commits a batch that has no rows of a file, and lets everything follow.
func (w *walk) write(do func(b record.Batch) (record.Commit, error)) error {
	if err := w.begin(); err != nil {
		return err
	}
	report := emptyReport(w)
	commit, err := do(record.Batch{ID: w.id, Contract: w.con, Object: w.obj, By: w.by, Kind: w.kind,
		Report: func(seq int64, at time.Time) ([]byte, error) {
			report.Seq, report.CommittedAt, report.State = seq, store.Stamp(at), Applied
			return w.c.keptReport(w.obj, report)
		}})
	if err != nil {
		return err
	}
	ctx := w.bare()
	report.Seq = commit.Seq
	w.update(func(s *Status) { s.State, s.Report = Applied, report })
	if err := w.c.settle(ctx, w.contractID, w.id); err != nil {
		return err
	}
	if err := w.follow(ctx, &side{}, commit.Seq); err != nil {
		w.c.Log.Warn("mirror stays behind", "dataset", w.obj.Dataset, "error", err)
	}
	if w.c.Score != nil {
		if err := w.c.Score(ctx, w.contractID); err != nil {
			w.c.Log.Error("score is not brought up to date", "dataset", w.contractID, "error", err)
		}
	}
	w.end(Scored, nil)
	return nil
}
