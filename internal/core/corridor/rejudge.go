package corridor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sort"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/oklog/ulid/v2"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/store"
)

// When a contract, a code list or a data set that others refer to changes, what
// is there was judged by rules that hold no longer. Two batches put it right:
// one gives current rows their new judgement, one lets quarantine lines in that
// pass now.
const (
	kindRejudge = "rejudge" // new flags on current rows
	kindRelease = "release" // quarantine lines that pass now
)

// gather is how long the re-judging waits for further changes: a pack that is
// loaded changes many data sets within a second.
const gather = 500 * time.Millisecond

// Rejudge asks for data sets to be judged again, and returns at once.
func (c *Corridor) Rejudge(contractIDs ...string) {
	c.mu.Lock()
	for _, id := range contractIDs {
		c.judged[id] = true
	}
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// RejudgeChanged asks for those data sets whose contract or code lists are not
// those their rows were last judged by. It is called after packs have changed,
// and at start.
func (c *Corridor) RejudgeChanged(ctx context.Context) error {
	for con, err := range contract.All(ctx, c.Contracts) {
		if err != nil {
			return err
		}
		now, err := c.fingerprint(ctx, con)
		if err != nil {
			return err
		}
		then, err := c.judgedBy(ctx, con.ID)
		if err != nil {
			return err
		}
		if then != "" && then != now {
			c.Rejudge(con.ID)
		}
	}
	return nil
}

// rejudgeLoop waits for changes, gathers them and walks the data sets one after
// the other.
func (c *Corridor) rejudgeLoop() {
	for {
		select {
		case <-c.wake:
		case <-c.ctx.Done():
			return
		}
		select {
		case <-time.After(gather):
		case <-c.ctx.Done():
			return
		}
		c.mu.Lock()
		var ids []string
		for id := range c.judged {
			ids = append(ids, id)
		}
		clear(c.judged)
		c.judging = true // from here on: what is no longer in the list is not done yet
		c.mu.Unlock()
		sort.Strings(ids)
		for _, id := range ids {
			if err := c.rejudgeAll(c.ctx, id); err != nil && c.ctx.Err() == nil {
				c.Log.Error("re-judging failed", "dataset", id, "error", err)
			}
		}
		c.mu.Lock()
		c.judging = false
		c.mu.Unlock()
	}
}

// Settled waits until nothing is left to be judged again and every batch has
// ended; for tests and for a command that is about to stop the program.
func (c *Corridor) Settled(ctx context.Context) error {
	for {
		c.mu.Lock()
		idle := len(c.judged) == 0 && len(c.lanes) == 0 && len(c.wake) == 0 && !c.judging
		c.mu.Unlock()
		if idle {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.ctx.Done():
			return c.ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// rejudgeAll judges every object of a contract again.
func (c *Corridor) rejudgeAll(ctx context.Context, contractID string) error {
	con, err := c.Contracts.Current(ctx, contractID)
	if notThere(err) {
		return nil
	}
	if err != nil {
		return err
	}
	head, _, err := c.Truth.Head(ctx, contractID)
	if err != nil || head == 0 {
		return err
	}
	then, err := c.judgedBy(ctx, contractID)
	if err != nil {
		return err
	}
	now, err := c.fingerprint(ctx, con)
	if err != nil {
		return err
	}
	for _, obj := range con.Objects {
		for _, kind := range []string{kindRejudge, kindRelease} {
			w := c.newWalk(con, obj, kind, actor.System)
			w.quiet = true
			if err := c.admit(ctx, w); err != nil {
				return err
			}
			select {
			case <-w.done:
			case <-ctx.Done():
				return ctx.Err()
			}
			if s := w.snapshot(); s.State == Failed {
				return fmt.Errorf("%s of %s: %w", kind, obj.Dataset, s.Fault.Err())
			}
		}
	}
	return c.judgedNow(ctx, contractID, then, now)
}

// fingerprint names everything that rows of a contract are judged by, but for
// the rows of other data sets.
func (c *Corridor) fingerprint(ctx context.Context, con *contract.Contract) (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, con.Basis)
	for _, o := range con.Objects {
		for i := range o.Rules {
			if id := o.Rules[i].CodeList; id != "" {
				list, err := c.Dictionary.Current(ctx, id)
				if err != nil {
					return "", err
				}
				fmt.Fprintln(sum, id, list.Digest)
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func (c *Corridor) judgedBy(ctx context.Context, contractID string) (fingerprint string, err error) {
	err = c.Store.Control().Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT fingerprint FROM judged WHERE contract = $1`, contractID)
		if err != nil {
			return err
		}
		for rows.Next() {
			if err := rows.Scan(&fingerprint); err != nil {
				return errors.Join(err, rows.Close())
			}
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	return fingerprint, err
}

func (c *Corridor) keepFingerprint(ctx context.Context, contractID, fingerprint string) error {
	return c.Store.Control().Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO judged (contract, fingerprint) VALUES ($1, $2)
			ON CONFLICT (contract) DO UPDATE SET fingerprint = excluded.fingerprint`, contractID, fingerprint)
		return err
	})
}

// owed begins what stands in the place of a fingerprint while a data set waits
// to be judged again because another one has changed.
const owed = "owed "

// judgedNow keeps by what a data set was judged, unless more has come to be owed
// meanwhile.
func (c *Corridor) judgedNow(ctx context.Context, contractID, then, now string) error {
	return c.Store.Control().Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO judged (contract, fingerprint) VALUES ($1, $2)
			ON CONFLICT (contract) DO UPDATE SET fingerprint = excluded.fingerprint WHERE judged.fingerprint = $3`, contractID, now, then)
		return err
	})
}

// firstJudged keeps by what a data set's first rows were judged. It is called
// before they are committed, with what was known before they were judged: what
// changes in between is then seen as a change.
func (c *Corridor) firstJudged(ctx context.Context, contractID, fingerprint string) error {
	have, err := c.judgedBy(ctx, contractID)
	if err != nil || have != "" {
		return err
	}
	return c.keepFingerprint(ctx, contractID, fingerprint)
}

// dependentsOf asks for the data sets whose rules compare with an object that
// has just changed. Data sets in which nothing waits for new rows are left
// alone when rows were only added.
func (c *Corridor) dependentsOf(ctx context.Context, obj *contract.Object, onlyAdded bool) {
	for con, err := range contract.All(ctx, c.Contracts) {
		if err != nil {
			c.Log.Error("data sets that refer to others cannot be listed", "dataset", obj.Dataset, "error", err)
			return
		}
		for _, o := range con.Objects {
			waits, err := c.waitsFor(ctx, o, obj.Dataset, onlyAdded)
			if err != nil {
				c.Log.Error("references cannot be looked at", "dataset", o.Dataset, "error", err)
			}
			if !waits {
				continue
			}
			// Kept first: what is owed is owed after a restart too.
			if err := c.keepFingerprint(ctx, con.ID, owed+ulid.Make().String()); err != nil {
				c.Log.Error("re-judging is not kept", "dataset", con.ID, "error", err)
			}
			c.Rejudge(con.ID)
		}
	}
}

// waitsFor reports whether the rows of o may be judged otherwise now that
// another data set has changed.
func (c *Corridor) waitsFor(ctx context.Context, o *contract.Object, dataset string, onlyAdded bool) (bool, error) {
	for i := range o.Rules {
		r := &o.Rules[i]
		refers := r.Kind == contract.RuleReference && r.Reference.Dataset == dataset
		if !refers && (r.Kind != contract.RuleResolve || !contract.InUnitRegister(dataset)) {
			continue
		}
		head, _, err := c.Truth.Head(ctx, o.Contract)
		if err != nil || head == 0 {
			return false, err
		}
		if !onlyAdded {
			return true, nil
		}
		waits, err := c.Truth.Breaks(ctx, o, r.ID)
		if err != nil || waits {
			return waits, err
		}
	}
	return false, nil
}

// rejudge judges current rows again; nothing is written when every judgement
// stands.
func (w *walk) rejudge() error {
	rr, err := w.c.Truth.Stream(w.ctx, w.obj, 0)
	if err != nil {
		return err
	}
	defer rr.Release()
	j := &judging{c: w.c, con: w.con, obj: w.obj, mode: contract.Merge, dir: w.dir + "/workshop"}
	defer j.close()
	if err := j.stage(w.ctx, quality.ReadRows(w.obj, rr), true); err != nil {
		return err
	}
	// Existing comes after Judge: the rows themselves are what is judged.
	if j.verdict, err = j.shop.Judge(w.ctx, j.program, j.mode); err != nil {
		return err
	}
	if err := j.existing(w.ctx); err != nil {
		return err
	}
	if j.head == 0 || j.staged.Rows() == 0 {
		return w.nothing()
	}
	reflags := func() (array.RecordReader, error) { return j.shop.Rejudged(w.ctx, j.program, j.verdict) }
	n, err := quality.CountRows(reflags())
	if err != nil || n == 0 {
		return errors.Join(err, w.nothing())
	}
	b := record.Batch{ID: w.id, Contract: w.con, Object: w.obj, By: w.by, Kind: kindRejudge, Reflags: reflags, Reflagged: n}
	report := emptyReport(w)
	report.Read, report.Accepted, report.Unchanged = j.staged.Rows(), j.staged.Rows(), j.staged.Rows()
	report.Notes = append(report.Notes, note("note.rejudged", n))
	for i, broken := range j.verdict.Broken {
		if broken > 0 {
			report.Reasons = append(report.Reasons, reasonOf(w.obj, &j.program.Rules[i], broken))
		}
	}
	if err := w.c.insert(w.ctx, w); err != nil {
		return err
	}
	return w.apply(b, report)
}

// release judges open quarantine lines again; those that pass enter as a batch
// of their own, the others stay as they are.
func (w *walk) release() error {
	rr, err := w.c.Truth.OpenQuarantine(w.ctx, w.obj)
	if err != nil {
		return err
	}
	defer rr.Release()
	j := &judging{c: w.c, con: w.con, obj: w.obj, mode: contract.Merge, dir: w.dir + "/workshop"}
	if !w.obj.HasKey() {
		j.mode = contract.Append
	}
	defer j.close()
	if err := j.stage(w.ctx, quality.ReadOpenLines(w.obj, rr), true); err != nil {
		return err
	}
	if j.staged.Rows() == 0 {
		return w.nothing()
	}
	if err := j.judge(w.ctx); err != nil {
		return err
	}
	if j.moves.Accepted == 0 {
		return w.nothing()
	}
	if err := w.c.insert(w.ctx, w); err != nil {
		return err
	}
	report := j.report(w)
	report.Mode = kindRelease
	// Lines that still do not pass were counted when they came.
	report.Read, report.Quarantined, report.Reasons = report.Accepted, 0, []Reason{}
	b := j.batch(w, report)
	b.Quarantined, b.Quarantine, b.Replace = 0, nil, nil
	b.Close = func() (array.RecordReader, error) { return j.shop.Accepted(w.ctx, j.verdict) }
	b.CloseAs = record.Mended
	report.Mended = report.Accepted
	return w.apply(b, report)
}

// nothing ends a walk that found nothing to do and that nobody has been told of.
func (w *walk) nothing() error {
	w.update(func(s *Status) { s.State = Scored })
	return nil
}

func emptyReport(w *walk) *Report {
	return &Report{
		Batch: w.id, Dataset: w.obj.Dataset, Contract: w.con.Version, Digest: w.con.Digest, Mode: w.kind, Source: w.status.Name,
		Standardised: []ColumnCount{}, Reasons: []Reason{}, Holds: []Note{}, Notes: []Note{},
	}
}

// eachLine gives the rejected lines of a check.
func (j *judging) eachLine(ctx context.Context, lines func(line int64, key, raw, faults string) error) error {
	rr, err := j.shop.Lines(ctx, j.program, j.verdict, record.QuarantineSchema)
	if err != nil {
		return err
	}
	defer rr.Release()
	for rr.Next() {
		rec := rr.RecordBatch()
		text := func(c, i int) string { return rec.Column(c).(*array.String).Value(i) }
		for i := range int(rec.NumRows()) {
			if err := lines(rec.Column(0).(*array.Int64).Value(i), text(1, i), text(2, i), text(3, i)); err != nil {
				return err
			}
		}
	}
	return rr.Err()
}
