package corridor

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/mattn/go-sqlite3"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// kindUndo is a batch that undoes another.
const kindUndo = "undo"

// Cancel stops a batch before its commit begins; after that it is too late and
// the batch can only be undone.
func (c *Corridor) Cancel(ctx context.Context, by actor.Actor, id string) (Status, error) {
	r, err := c.row(ctx, id)
	if err != nil {
		return Status{}, err
	}
	c.mu.Lock()
	w := c.live[id]
	c.mu.Unlock()
	if w == nil {
		if r.State == Held { // nobody walks it: leave it lying
			if err := c.setState(ctx, id, Cancelled); err != nil {
				return Status{}, err
			}
			return c.Status(ctx, id)
		}
		return r.Status, fault.New(fault.Conflict, "batch.too-late", id)
	}
	if c.putAside(w) {
		c.Log.Info("batch cancelled while it waited", "batch", id, "by", by.ID)
		return w.snapshot(), nil
	}
	w.mu.Lock()
	late := w.commit
	if !late {
		w.cancel(errCancelled)
	}
	w.mu.Unlock()
	if late {
		return w.snapshot(), fault.New(fault.Conflict, "batch.too-late", id)
	}
	c.Log.Info("batch cancelled", "batch", id, "by", by.ID)
	if c.withdraw(w) { // nobody walks it yet: it need not wait for its turn to end
		w.never(context.Cause(w.ctx))
		w.mu.Lock()
		unkept := w.unkept
		w.mu.Unlock()
		if unkept && c.ctx.Err() == nil {
			c.tasks.Go(w.keepLater)
		} else {
			c.drop(w)
		}
	}
	return c.Wait(ctx, id, func(s Status) bool { return s.State.Final() })
}

// putAside takes a batch that waits for its turn out of its lane and ends it;
// false when it is walking already.
func (c *Corridor) putAside(w *walk) bool {
	c.mu.Lock()
	l := c.lanes[w.contractID]
	at := -1
	if l != nil {
		at = slices.Index(l.queue, w)
	}
	if at > 0 {
		l.queue = slices.Delete(l.queue, at, at+1)
		for i, next := range l.queue {
			next.place(i)
		}
	}
	c.mu.Unlock()
	if at <= 0 {
		return false
	}
	w.cancel(errCancelled)
	if err := w.clean(); err != nil {
		c.Log.Error("batch leaves files behind", "batch", w.id, "error", err)
	}
	w.end(Cancelled, nil)
	c.mu.Lock()
	delete(c.live, w.id)
	c.mu.Unlock()
	close(w.done)
	return true
}

// Undo restores what a batch replaced, as a batch of its own. Rows that changed
// since are left and listed in its report.
func (c *Corridor) Undo(ctx context.Context, by actor.Actor, id string) (Status, error) {
	r, err := c.row(ctx, id)
	if err != nil {
		return Status{}, err
	}
	if !r.State.Acknowledged() || r.State == Undone || r.seq == 0 {
		return r.Status, fault.New(fault.Conflict, "batch.nothing-to-undo", id)
	}
	switch r.Kind {
	case record.KindHold, record.KindRelease, record.KindErase:
		return r.Status, fault.New(fault.Conflict, "erase.no-undo", id)
	}
	if err := c.refuse(by); err != nil {
		return r.Status, err
	}
	con, obj, err := c.object(ctx, r.Dataset)
	if err != nil {
		return Status{}, err
	}
	w := c.newWalk(con, obj, kindUndo, by)
	w.undoes, w.undoesSeq = id, r.seq
	w.status.Name = r.Name
	if err := c.insert(ctx, w); err != nil {
		return Status{}, err
	}
	if err := c.admit(ctx, w); err != nil {
		return Status{}, err
	}
	return w.snapshot(), nil
}

// undo walks an undo.
func (w *walk) undo() error {
	b, left, err := w.c.Truth.Undo(w.ctx, w.obj, w.undoesSeq)
	if err != nil {
		return err
	}
	b.ID, b.Contract, b.By, b.Source, b.Kind = w.id, w.con, w.by, w.status.Name, kindUndo
	report := &Report{
		Batch: w.id, Dataset: w.obj.Dataset, Contract: w.con.Version, Digest: w.con.Digest, Mode: kindUndo, Source: w.status.Name, Undoes: w.undoes,
		Read: b.Inserted + b.Updated, Accepted: b.Inserted + b.Updated, Inserted: b.Inserted, Updated: b.Updated, Withdrawn: b.Withdrawn, Left: left,
		Standardised: []ColumnCount{}, Reasons: []Reason{}, Holds: []Note{}, Notes: []Note{},
	}
	if len(left) > 0 {
		report.Notes = append(report.Notes, note("note.undo-left", len(left)))
	}
	return w.apply(b, report)
}

// Check reads and judges a file against an object, and commits nothing. lines,
// when not nil, is given the rejected lines in the order of the file.
func (c *Corridor) Check(ctx context.Context, con *contract.Contract, obj *contract.Object, name string, body io.Reader, rec *recipe.Recipe, lines func(line int64, key string, raw, faults string) error) (Report, error) {
	f, release, err := c.asFile(ctx, name, body)
	if err != nil {
		return Report{}, err
	}
	defer release()
	o, err := c.open(ctx, obj, f, rec)
	if err != nil {
		return Report{}, err
	}
	defer func() { _ = o.close() }() // only read
	if err := o.complete(); err != nil {
		return Report{}, err
	}
	// The file is staged lightly first, which is twice as fast and does for all
	// files whose keys stand once.
	r, err := c.check(ctx, con, obj, o, true, lines)
	if errors.Is(err, quality.ErrTwins) {
		r, err = c.check(ctx, con, obj, o, false, lines)
	}
	r.Source = filepath.Base(name)
	return r, err
}

func (c *Corridor) check(ctx context.Context, con *contract.Contract, obj *contract.Object, o *opening, light bool, lines func(line int64, key string, raw, faults string) error) (Report, error) {
	j := &judging{c: c, con: con, obj: obj, opening: o, mode: obj.Mode, alone: true}
	defer j.close()
	r, err := j.unkept(ctx, light)
	if err == nil && lines != nil && r.Quarantined > 0 {
		err = j.eachLine(ctx, lines)
	}
	return r, err
}

// unkept reads and judges the file of an opening without keeping anything of
// it. Lightly is faster, and does for a file that is compared with nothing.
func (j *judging) unkept(ctx context.Context, light bool) (Report, error) {
	dir, err := os.MkdirTemp(j.c.WorkDir, "check-")
	if err != nil {
		return Report{}, noSpace(err)
	}
	j.dir = filepath.Join(dir, "workshop")
	j.leave = func() { _ = os.RemoveAll(dir) } // the work folder is emptied at start
	src, err := j.opening.source()
	if err != nil {
		return Report{}, err
	}
	if err := j.stage(ctx, src, !light); err != nil {
		return Report{}, noSpace(err)
	}
	if err := j.opening.book.Sweep(); err != nil {
		return Report{}, err
	}
	if err := j.judge(ctx); err != nil {
		return Report{}, noSpace(err)
	}
	r := j.report(nil)
	if r.Holds, err = j.holds(ctx, r); err != nil {
		return Report{}, err
	}
	if len(r.Holds) > 0 {
		r.State = Held
	}
	return *r, nil
}

// note is a sentence in both languages.
func note(key string, args ...any) Note {
	return Note{Key: key, Vi: locale.Vi.T(key, args...), En: locale.En.T(key, args...)}
}

func join(list []string) string { return strings.Join(list, "; ") }

// notThere reports whether a data set or list does not exist (yet).
func notThere(err error) bool { return fault.KindOf(err) == fault.NotFound && err != nil }

func unknownColumn(dataset, column string) error {
	return fault.New(fault.Invalid, "reference.no-column", dataset, column)
}

// noSpace gives an error about a full disk its sentence.
func noSpace(err error) error {
	var lite sqlite3.Error
	if errors.Is(err, syscall.ENOSPC) || errors.As(err, &lite) && lite.Code == sqlite3.ErrFull || err != nil && strings.Contains(err.Error(), "No space left on device") {
		return fault.New(fault.Unavailable, "disk.full").Because(err)
	}
	return err
}
