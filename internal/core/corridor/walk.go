package corridor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/secrecy"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/blob"
	"github.com/phohien/phohien/internal/foundation/crashpoint"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A walk is one batch on its way.
type walk struct {
	c          *Corridor
	id         string
	contractID string
	con        *contract.Contract
	obj        *contract.Object
	kind       string
	by         actor.Actor
	request    Request
	undoes     string       // batch to undo …
	undoesSeq  int64        // … and its number
	resumed    bool         // was held before: until its commit the control table keeps it so
	act        func() error // what a batch does that is no file, set by alone
	quiet      bool         // of our own accord: control knows it only once there is something to write

	dir, path, digest string
	bytes             int64

	ctx    context.Context
	cancel context.CancelCauseFunc
	done   chan struct{}

	mu      sync.Mutex
	status  Status
	changed chan struct{}
	told    time.Time
	commit  bool // the commit has begun: no cancelling any more
	unkept  bool // the final state is not in the control table, say because the disk is full
}

// errCancelled is the cause of a walk that a person stopped.
var errCancelled = errors.New("cancelled by a person")

// run walks the batch to its end; whatever happens, the batch then has a final
// state.
func (w *walk) run() {
	defer close(w.done)
	defer w.cancel(nil)
	if w.c.Observer != nil {
		w.c.Observer.Begun(w.snapshot())
	}
	var err error
	switch {
	case w.act != nil:
		err = w.act()
	case w.kind == kindUndo:
		err = w.undo()
	case w.kind == kindRejudge:
		err = w.rejudge()
	case w.kind == kindRelease:
		err = w.release()
	default:
		err = w.load()
	}
	if err := w.clean(); err != nil {
		w.c.Log.Error("batch leaves files behind", "batch", w.id, "error", err)
	}
	if err != nil {
		w.fail(err)
	}
}

// never ends a walk that was taken out of the queue.
func (w *walk) never(cause error) {
	defer close(w.done)
	if err := w.clean(); err != nil {
		w.c.Log.Error("batch leaves files behind", "batch", w.id, "error", err)
	}
	w.fail(cause)
}

func (w *walk) clean() error {
	err := os.RemoveAll(w.dir)
	if w.path != "" { // not kept
		if e := os.Remove(w.path); !errors.Is(e, os.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// fail ends a walk that came to nothing.
func (w *walk) fail(err error) {
	w.mu.Lock()
	state := w.status.State
	w.mu.Unlock()
	switch {
	case state.Acknowledged():
		// The rows are durable; mirror and score will follow by themselves.
		w.c.Log.Error("batch is committed, but what follows it failed", "batch", w.id, "dataset", w.obj.Dataset, "error", err)
		if !state.Final() {
			w.end(Applied, nil)
		}
	case errors.Is(context.Cause(w.ctx), errCancelled):
		w.end(Cancelled, nil)
	case w.c.ctx.Err() != nil && w.resumed:
		w.update(func(s *Status) { s.State, s.Cancellable, s.Place = Held, false, 0 }) // as the control table has it
	case w.c.ctx.Err() != nil:
		w.end(Interrupted, nil)
	case secrecy.Refused(err):
		if err := w.forgetFile(); err != nil {
			w.c.Log.Error("name of a refused file is not forgotten", "batch", w.id, "error", err)
		}
		w.end(Failed, keepFault(err))
	default:
		if fault.Of(err) == nil {
			w.c.Log.Error("batch failed", "batch", w.id, "dataset", w.obj.Dataset, "error", err)
		}
		w.end(Failed, keepFault(err))
	}
}

// forgetFile takes out of the control table what tells of a file that must leave
// nothing behind: its name and its digest.
func (w *walk) forgetFile() error {
	ctx := context.WithoutCancel(w.ctx)
	w.update(func(s *Status) { s.Name = "" })
	return w.c.Store.Control().Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE batches SET name = '', digest = '', bytes = 0 WHERE id = $1`, w.id)
		return err
	})
}

// end puts a final state into the control table, then tells everybody.
func (w *walk) end(s State, f *Fault) {
	w.mu.Lock()
	report := w.status.Report
	w.mu.Unlock()
	if report != nil {
		r := *report
		r.State = s
		report = &r
	}
	// A batch that ends is worth waiting for also while the program stops.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), time.Minute)
	defer cancel()
	err := w.keep(ctx, s, report, f)
	if err != nil {
		w.c.Log.Error("batch's state is not kept yet", "batch", w.id, "state", s, "error", err)
	}
	w.mu.Lock()
	w.unkept = err != nil
	w.mu.Unlock()
	w.update(func(st *Status) { st.State, st.Report, st.Fault, st.Cancellable, st.Place = s, report, f, false, 0 })
}

// keepLater tries until the final state is kept. A program that ends before
// that settles the batch at its next start.
func (w *walk) keepLater() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-w.c.ctx.Done():
			return
		case <-tick.C:
		}
		s := w.snapshot()
		if err := w.keep(w.c.ctx, s.State, s.Report, s.Fault); err == nil {
			w.c.Log.Info("batch's state is kept now", "batch", w.id, "state", s.State)
			w.c.drop(w)
			return
		}
	}
}

// keep writes the state, and what goes with it, into the control table.
func (w *walk) keep(ctx context.Context, s State, report *Report, f *Fault) error {
	var reportJSON, faultJSON []byte
	var err error
	if report != nil {
		if reportJSON, err = w.c.keptReport(w.obj, report); err != nil {
			return err
		}
	}
	if f != nil {
		if faultJSON, err = json.Marshal(f); err != nil {
			return err
		}
	}
	var seq int64
	if report != nil {
		seq = report.Seq
	}
	return w.c.Store.Control().Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE batches SET state = $1, report = $2, fault = $3, seq = $4, changed_at = $5 WHERE id = $6`,
			string(s), string(reportJSON), w.c.keptText(w.obj, faultJSON), seq, store.Stamp(w.c.Now()), w.id)
		return err
	})
}

// move goes on to a state that is worth telling, but not worth a write: what
// is not applying yet leaves nothing behind when the program stops.
func (w *walk) move(s State) { w.update(func(st *Status) { st.State, st.Done, st.Total = s, 0, 0 }) }

// load walks a file.
func (w *walk) load() error {
	select { // wait for a workshop
	case w.c.slots <- struct{}{}:
		defer func() { <-w.c.slots }()
	case <-w.ctx.Done():
		return context.Cause(w.ctx)
	}
	// The contract may have changed while the batch waited.
	var err error
	if w.con, w.obj, err = w.c.object(w.ctx, w.obj.Dataset); err != nil {
		return err
	}
	if err := w.again(); err != nil {
		return err
	}
	judgedBy, err := w.c.fingerprint(w.ctx, w.con)
	if err != nil {
		return err
	}
	o, release, err := w.open()
	if err != nil {
		return noSpace(err)
	}
	defer release()
	if o.unmapped() {
		return w.askAbout(o)
	}
	j, err := w.stage(o, judgedBy)
	if err != nil {
		return noSpace(err)
	}
	defer j.close()
	if err := o.book.Sweep(); err != nil {
		return err
	}
	w.move(Staged)
	crashpoint.Hit(crashpoint.AfterStage)
	kept := w.adopt()
	defer func() { _ = kept.wait() }() // the file is ours until it is kept
	if err := j.judge(w.ctx); err != nil {
		return noSpace(err)
	}
	if err := j.within(w.ctx, w.request.Rows); err != nil {
		return err
	}
	report := j.report(w)
	holds, err := j.holds(w.ctx, report)
	if err != nil {
		return err
	}
	if w.request.Preview {
		holds = append(holds, note("hold.preview"))
	}
	w.move(Checked)
	if len(holds) > 0 && !w.request.Confirm {
		if err := kept.wait(); err != nil {
			return err
		}
		if report.Examples, err = j.examples(w.ctx); err != nil {
			return err
		}
		w.hold(report, holds)
		return nil
	}
	if err := w.c.firstJudged(w.ctx, w.contractID, judgedBy); err != nil {
		return err
	}
	release() // up to 8 MB of a workbook
	if w.bytes >= onDiskFrom {
		// What the reading has left behind, 30 MB of a million rows, would lie
		// there until the writing is done.
		debug.FreeOSMemory()
	}
	return w.apply(j.batch(w, report), report, kept.wait)
}

// hold ends a walk that waits for a person.
func (w *walk) hold(report *Report, holds []Note) {
	report.Holds = holds
	w.update(func(s *Status) { s.Report = report })
	w.end(Held, nil)
}

// askAbout ends a walk whose headings do not feed the required columns: where a
// person looks, it waits for what they say; a program is told at once.
func (w *walk) askAbout(o *opening) error {
	if !w.request.Preview {
		return o.complete()
	}
	if err := o.book.Sweep(); err != nil {
		return err
	}
	if err := w.adopt().wait(); err != nil {
		return err
	}
	r := emptyReport(w)
	r.State, r.Mode, r.Sender = Checked, string(w.request.Mode), w.request.Sender
	r.Reading = o.reading
	w.hold(r, append(o.ask, note("hold.preview")))
	return nil
}

// file opens the file: as it was spooled, or as it is kept, from which an erasure
// may have taken lines.
func (w *walk) file() (blob.File, error) {
	if w.path == "" {
		return w.c.original(w.ctx, w.digest)
	}
	return blob.OpenFile(w.path)
}

// open opens the file and understands it, by what a person said of it or of
// earlier files of the sender.
func (w *walk) open() (o *opening, release func(), err error) {
	rec, err := w.c.recipeFor(w.ctx, w.obj, w.request.Sender, w.request.Recipe)
	if err != nil {
		return nil, nil, err
	}
	f, err := w.file()
	if err != nil {
		return nil, nil, fmt.Errorf("spooled file: %w", err)
	}
	temp := filepath.Join(w.dir, "unpacked")
	if err := os.MkdirAll(temp, 0o700); err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	o, err = w.c.open(w.ctx, w.obj, ingest.File{ReaderAt: f, Size: f.Size(), Name: w.status.Name, Temp: temp, Limits: w.c.Limits}, rec)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return o, sync.OnceFunc(func() {
		if err := errors.Join(o.close(), f.Close()); err != nil {
			w.c.Log.Error("file does not close", "batch", w.id, "error", err)
		}
	}), nil
}

// stage reads the file into a workshop. Rows that are known to be there as they
// are go no further, unless some key may stand twice in the file: then it is
// read again, whole.
func (w *walk) stage(o *opening, judgedBy string) (*judging, error) {
	known, err := w.known(judgedBy)
	if err != nil {
		return nil, err
	}
	if o.mapping.Token >= 0 {
		known = nil // the rows of a slip are few, and each matters
	}
	for {
		src, err := o.source()
		if err != nil {
			return nil, err
		}
		j := &judging{c: w.c, con: w.con, obj: w.obj, opening: o, mode: w.request.Mode, confirm: w.request.Confirm, dir: w.dir + "/workshop", walk: w}
		if err = j.stageKnowing(w.ctx, src, true, known); err == nil {
			return j, nil
		}
		j.close()
		if known == nil || !errors.Is(err, quality.ErrTwins) {
			return nil, err
		}
		known = nil
	}
}

// Bounds of the sets whose rows are looked up before the workshop: below, it is
// not worth the trouble; above, their hashes would take too much memory.
const (
	knownFrom = 10_000
	knownTo   = 20_000_000
)

// known gives the hashes of the rows that are there, when a row with one of them
// is sure to be unchanged: rows are merged by key, they were judged by what is
// in force now, no line waits to be mended, and the mirror stands at the head.
// Otherwise nil.
func (w *walk) known(judgedBy string) (*quality.Known, error) {
	// Whose a row is must be looked at, also when it is there already.
	if w.request.Mode != contract.Merge || w.request.Rows != nil {
		return nil, nil
	}
	p, err := quality.Compile(w.obj)
	if err != nil || !p.CanSkip() {
		return nil, err
	}
	then, err := w.c.judgedBy(w.ctx, w.contractID)
	if err != nil || then != judgedBy {
		return nil, err
	}
	waiting, err := w.c.Truth.QuarantineCounts(w.ctx, w.obj)
	if err != nil || waiting.Lines > 0 {
		return nil, err
	}
	rows, ok, err := w.c.Mirror.Existing(w.ctx, w.obj)
	if err != nil || !ok {
		return nil, err
	}
	defer rows.Release()
	n, _, err := w.c.Mirror.Count(w.ctx, w.obj, mirror.ScanOptions{})
	if err != nil || n < w.c.knownFrom() || n > knownTo {
		return nil, err
	}
	return quality.ReadKnown(rows, n)
}

func (c *Corridor) knownFrom() int64 {
	if c.KnownFrom > 0 {
		return c.KnownFrom
	}
	return knownFrom
}

// again refuses a file that is only added a second time: append has no key to
// compare, so the content is all there is to go by.
func (w *walk) again() error {
	if w.request.Mode != contract.Append || w.obj.HasKey() || w.request.Again {
		return nil
	}
	s, found, err := w.c.Truth.HasDigest(w.ctx, w.obj, w.digest)
	if err != nil || !found {
		return err
	}
	return fault.New(fault.Conflict, "batch.sent-before", s.ID, s.At)
}

// A keeping is an original on its way into the blob store.
type keeping struct {
	done chan struct{}
	err  error
}

// adopt keeps the original, now that staging has looked at it. Making it
// durable takes the disk about as long as the rules take, so both go on side by
// side; the batch is not committed before wait has returned nil.
func (w *walk) adopt() *keeping {
	k := &keeping{done: make(chan struct{})}
	if w.path == "" { // it is there from before
		close(k.done)
		return k
	}
	go func() {
		defer close(k.done)
		keep := w.c.Blobs.Adopt
		if w.con.Sealed() {
			keep = w.c.Blobs.AdoptSealed
		}
		k.err = noSpace(keep(w.path, w.digest))
	}()
	return k
}

func (k *keeping) wait() error {
	<-k.done
	return k.err
}

// begin marks the point from which a batch cannot be cancelled: the intent is
// kept so that the next start knows where to look.
func (w *walk) begin() error {
	w.mu.Lock()
	cause := context.Cause(w.ctx)
	if cause == nil {
		w.commit = true
	}
	w.mu.Unlock()
	if cause != nil {
		return cause
	}
	if err := w.keep(w.ctx, Applying, nil, nil); err != nil {
		return err
	}
	w.update(func(s *Status) { s.State, s.Cancellable, s.Done, s.Total = Applying, false, 0, 0 })
	return nil
}
