package corridor

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/crashpoint"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// smallSet is the number of rows below which the mirror waits until somebody
// scans: a table costs more than it gives.
const smallSet = 10_000

// apply commits a batch: the truth first, the mirror beside it where it stands
// close by, then what follows from the outbox.
//
// before, when given, must succeed before the commit.
func (w *walk) apply(b record.Batch, report *Report, before ...func() error) error {
	if err := w.begin(); err != nil {
		return err
	}
	total := b.Inserted + b.Updated + b.Withdrawn + b.Quarantined
	b.Progress = func(n int64) { w.progress(n, total) }
	b.Report = func(seq int64, at time.Time) ([]byte, error) {
		for _, f := range before {
			if err := f(); err != nil {
				return nil, err
			}
		}
		report.Seq, report.CommittedAt, report.State = seq, store.Stamp(at), Applied
		return w.c.keptReport(w.obj, report)
	}
	// From here on a person cannot cancel; only the program's end can.
	ctx := context.WithoutCancel(w.ctx)
	side := w.beside(ctx, b)
	commit, err := w.c.Truth.Apply(ctx, b)
	if err != nil {
		return errors.Join(err, side.abandon())
	}
	report.Seq = commit.Seq
	w.update(func(s *Status) { s.State, s.Report = Applied, report })
	if err := w.c.settle(ctx, w.contractID, w.id); err != nil {
		return errors.Join(err, side.abandon())
	}
	if err := w.follow(ctx, side, commit.Seq); err != nil {
		// It follows when somebody asks; the truth is what counts.
		w.c.Log.Warn("mirror stays behind", "dataset", w.obj.Dataset, "error", err)
	}
	w.move(Mirrored)
	if w.c.Score != nil {
		if err := w.c.Score(ctx, w.contractID); err != nil {
			w.c.Log.Error("score is not brought up to date", "dataset", w.contractID, "error", err)
		}
	}
	w.end(Scored, nil)
	if b.Inserted+b.Withdrawn+b.Updated > 0 {
		w.c.dependentsOf(ctx, w.obj, b.Updated+b.Withdrawn == 0)
	}
	if err := w.c.forget(ctx, w.con); err != nil {
		w.c.Log.Error("history is not trimmed", "dataset", w.contractID, "error", err)
	}
	return nil
}

// A side is the mirror's half of a batch, written while the truth writes its
// own.
//
// On PostgreSQL it is written right after: there the server needs the other
// processor, and who sent the batch should not wait for both.
type side struct {
	step  *mirror.Step
	write func() error
	done  chan error // nil: not begun
}

// wait ends the writing, doing it now if it has not begun.
func (s *side) wait() error {
	if s.done == nil {
		return s.write()
	}
	return <-s.done
}

// beside starts writing the mirror when its table stands exactly where the
// batch begins and the set is large enough to be worth it.
func (w *walk) beside(ctx context.Context, b record.Batch) *side {
	if b.Kind == kindUndo {
		// An undo's rows are read from the truth, where after the commit they are
		// no longer what they were: only the mirror's own following is right.
		return &side{}
	}
	head, _, err := w.c.Truth.Head(ctx, w.contractID)
	if err != nil {
		return &side{}
	}
	has, err := w.c.Mirror.Has(ctx, w.obj.Dataset)
	if err != nil || !has && (head > 0 || b.Inserted < smallSet) {
		return &side{}
	}
	step, err := w.c.Mirror.Begin(ctx, w.obj, head)
	if fault.Is(err, mirror.ErrBehind) { // as after a batch of a sister object
		if _, err = w.c.Mirror.Follow(ctx, w.obj); err == nil {
			step, err = w.c.Mirror.Begin(ctx, w.obj, head)
		}
	}
	if err != nil {
		if !fault.Is(err, mirror.ErrBehind) {
			w.c.Log.Warn("mirror is not written beside the truth", "dataset", w.obj.Dataset, "error", err)
		}
		return &side{}
	}
	step.WithoutHistory = b.Contract.NoHistory
	s := &side{step: step, write: func() error { return step.Write(ctx, b.Inserts, b.Updates, b.Withdraws, b.Reflags) }}
	if w.c.Store.Engine() == store.SQLite { // the truth takes one processor, the mirror the other
		s.done = make(chan error, 1)
		go func() { s.done <- s.write() }()
	}
	return s
}

func (s *side) commit(ctx context.Context, seq int64) error {
	if s.step == nil {
		return nil
	}
	if err := s.wait(); err != nil {
		return errors.Join(err, s.step.Abandon())
	}
	return s.step.Commit(ctx, seq)
}

// follow completes the mirror's half, or lets the mirror follow from the truth.
// A small set without a table waits until somebody scans it.
func (w *walk) follow(ctx context.Context, s *side, seq int64) error {
	if s.step != nil {
		err := s.commit(ctx, seq)
		if err == nil {
			return nil
		}
		w.c.Log.Warn("mirror's half is dropped", "dataset", w.obj.Dataset, "error", err)
	} else if has, err := w.c.Mirror.Has(ctx, w.obj.Dataset); err != nil || !has {
		return err
	}
	_, err := w.c.Mirror.Follow(ctx, w.obj)
	return err
}

// forget trims what the contract says is not kept, once a day and data set.
func (c *Corridor) forget(ctx context.Context, con *contract.Contract) error {
	if con.History.IsZero() {
		return nil
	}
	now := c.Now()
	today := now.UTC().Format(time.DateOnly)
	c.mu.Lock()
	done := c.trimmed[con.ID] == today
	c.trimmed[con.ID] = today
	c.mu.Unlock()
	if done {
		return nil
	}
	seq, err := c.Truth.SeqBefore(ctx, con.ID, con.History.Before(now))
	if err != nil || seq <= 0 {
		return err
	}
	for _, obj := range con.Objects {
		n, err := c.Truth.Trim(ctx, obj, seq)
		if err != nil {
			return err
		}
		if n > 0 { // trimming makes no new number for the mirror to see
			if err := c.Mirror.Drop(ctx, obj.Dataset); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *side) abandon() error {
	if s.step == nil {
		return nil
	}
	if s.done != nil {
		<-s.done
	}
	return s.step.Abandon()
}

// settle rolls forward from the data set's outbox: what happened becomes an
// event, once, and the batch's row in control says that it is committed. Doing
// it twice does no harm.
func (c *Corridor) settle(ctx context.Context, contractID, batchID string) error {
	out, err := c.Truth.Outbox(ctx, contractID)
	if err != nil {
		return err
	}
	for _, o := range out {
		err := c.Store.Control().Write(ctx, func(tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO events (dataset, seq, kind, relayed_at, payload) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
				contractID, o.Seq, o.Kind, store.Stamp(c.Now()), string(o.Payload))
			return err
		})
		if err != nil {
			return fmt.Errorf("relay of %s %d: %w", contractID, o.Seq, err)
		}
		crashpoint.Hit(crashpoint.AfterRelay)
		if err := c.Truth.Relayed(ctx, contractID, o.Seq); err != nil {
			return err
		}
	}
	report, err := c.Truth.BatchReport(ctx, contractID, batchID)
	if err != nil {
		return err
	}
	s, _, err := c.Truth.FindBatch(ctx, contractID, batchID)
	if err != nil {
		return err
	}
	var done Report
	if err := json.Unmarshal(report, &done); err != nil {
		return fmt.Errorf("report of batch %s: %w", batchID, err)
	}
	return c.Store.Control().Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE batches SET state = $1, report = $2, seq = $3, changed_at = $4 WHERE id = $5`,
			string(Applied), string(report), s.Seq, store.Stamp(c.Now()), batchID); err != nil {
			return err
		}
		return undone(ctx, tx, store.Stamp(c.Now()), done.Undoes)
	})
}

// undone says anew which batches are undone, from what a new undo undid down the
// line: if that was itself an undo, what it undid may stand again. A batch is
// undone while any of its undos stands, as in the truth: two of them stand at
// once when the first was undone, the batch undone again, and then the first
// undo's undo undone.
func undone(ctx context.Context, tx *store.Tx, now, id string) error {
	for id != "" {
		var stands int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM batches WHERE dataset = (SELECT dataset FROM batches WHERE id = $1)
			AND undoes = $1 AND state IN ('applied', 'mirrored', 'scored')`, id).Scan(&stands); err != nil {
			return err
		}
		query := `UPDATE batches SET state = 'scored', changed_at = $1 WHERE id = $2 AND state = 'undone'`
		if stands > 0 {
			query = `UPDATE batches SET state = 'undone', changed_at = $1 WHERE id = $2 AND state <> 'undone'`
		}
		if _, err := tx.ExecContext(ctx, query, now, id); err != nil {
			return err
		}
		err := tx.QueryRowContext(ctx, `SELECT undoes FROM batches WHERE id = $1`, id).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return nil // made before this control table
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// settleAll decides, at start, about every batch that was on its way.
func (c *Corridor) settleAll(ctx context.Context) error {
	open, err := c.list(ctx, `WHERE state IN ('received', 'staged', 'checked', 'applying', 'applied', 'mirrored') ORDER BY id`)
	if err != nil {
		return err
	}
	for _, r := range open {
		if err := c.settleOne(ctx, r); err != nil {
			return fmt.Errorf("settling batch %s of %s: %w", r.ID, r.Dataset, err)
		}
	}
	return nil
}

func (c *Corridor) settleOne(ctx context.Context, r row) error {
	if err := c.lastWriter(ctx, r.contractID); err != nil {
		return err
	}
	_, found, err := c.Truth.FindBatch(ctx, r.contractID, r.ID)
	if err != nil {
		return err
	}
	if found {
		if err := c.settle(ctx, r.contractID, r.ID); err != nil {
			return err
		}
		// Mirror and score follow when they are asked for. What refers to these
		// rows may not have been told that they have changed.
		_, obj, err := c.object(ctx, r.Dataset)
		if err == nil {
			c.dependentsOf(ctx, obj, false)
		} else if !notThere(err) {
			return err
		}
		return c.setState(ctx, r.ID, Scored)
	}
	return c.setState(ctx, r.ID, Interrupted)
}

// lastWriter waits until nobody writes a data set. The process before this one
// may be dead while the PostgreSQL server still carries out the commit it asked
// for: what is not there yet may be there in a moment.
func (c *Corridor) lastWriter(ctx context.Context, contractID string) error {
	there, err := c.Store.Exists(ctx, contractID)
	if err != nil || !there {
		return err
	}
	db, release, err := c.Store.Dataset(ctx, contractID)
	if err != nil {
		return err
	}
	defer release()
	return db.Write(ctx, func(*store.Tx) error { return nil })
}

func (c *Corridor) setState(ctx context.Context, id string, s State) error {
	return c.Store.Control().Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE batches SET state = $1, changed_at = $2 WHERE id = $3`, string(s), store.Stamp(c.Now()), id)
		return err
	})
}

// lastRead is how many rows the last file that was the whole of an object had, 0
// when there was none.
func (c *Corridor) lastRead(ctx context.Context, dataset string) (int64, error) {
	list, err := c.list(ctx, `WHERE dataset = $1 AND kind = 'load' AND mode = 'replace' AND state IN ('applied', 'mirrored', 'scored') ORDER BY seq DESC LIMIT 1`, dataset)
	if err != nil || len(list) == 0 || list[0].Report == nil {
		return 0, err
	}
	return list[0].Report.Read, nil
}
