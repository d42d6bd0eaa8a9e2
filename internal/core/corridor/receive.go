package corridor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
	"unicode/utf8"

	"github.com/oklog/ulid/v2"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

func tooLarge(most int64) error { return fault.New(fault.TooLarge, "file.too-large", most) }

// Receive takes a file, puts it at the end of its data set's queue and returns
// at once. With an IdempotencyKey that an earlier batch of the data set had, it
// answers with that batch, unless that one came to nothing.
func (c *Corridor) Receive(ctx context.Context, by actor.Actor, in Request) (Status, error) {
	if err := c.refuse(by); err != nil {
		return Status{}, err
	}
	con, obj, err := c.object(ctx, in.Dataset)
	if err != nil {
		return Status{}, err
	}
	mode := in.Mode
	if mode == "" {
		mode = obj.Mode
	}
	if err := allowed(obj, mode); err != nil {
		return Status{}, err
	}
	if len(in.IdempotencyKey) > 200 || !utf8.ValidString(in.IdempotencyKey) {
		return Status{}, fault.New(fault.Invalid, "batch.bad-idempotency-key")
	}
	if s, found, err := c.repeated(ctx, obj.Dataset, in.IdempotencyKey); err != nil || found {
		return s, err
	}
	w := c.newWalk(con, obj, "load", by)
	w.request, w.request.Mode = in, mode
	if len(in.Sender) > 200 || !utf8.ValidString(in.Sender) {
		return Status{}, fault.New(fault.Invalid, "batch.bad-sender")
	}
	if err := w.spool(ctx); err != nil {
		return Status{}, errors.Join(err, w.clean())
	}
	if err := c.insert(ctx, w); err != nil {
		err = errors.Join(err, w.clean())
		// Two sent the same key at once: the other one was first.
		if s, found, again := c.repeated(ctx, obj.Dataset, in.IdempotencyKey); again == nil && found {
			return s, nil
		}
		return Status{}, err
	}
	if err := c.admit(ctx, w); err != nil {
		return Status{}, err
	}
	return w.snapshot(), nil
}

// refuse turns away who may not begin anything just now.
func (c *Corridor) refuse(by actor.Actor) error {
	if c.Refuse == nil {
		return nil
	}
	return c.Refuse(by)
}

// simulated tells whether a moment lies in generated days.
func (c *Corridor) simulated(received time.Time) bool {
	return c.Simulated != nil && c.Simulated(received)
}

// admit lets a walk enter unless the corridor is closing.
func (c *Corridor) admit(ctx context.Context, w *walk) error {
	c.mu.Lock()
	closed := c.closed
	c.mu.Unlock()
	if closed {
		w.end(Interrupted, nil)
		return fault.New(fault.Unavailable, "server.stopping")
	}
	if c.Observer != nil {
		c.Observer.Received(ctx, w.snapshot())
	}
	c.enter(w)
	return nil
}

// allowed refuses a mode that the object cannot do.
func allowed(o *contract.Object, mode contract.Mode) error {
	switch mode {
	case contract.Append:
		return nil
	case contract.Merge, contract.Replace:
		if o.HasKey() {
			return nil
		}
		return fault.New(fault.Invalid, "mode.needs-key", string(mode), o.Dataset)
	case contract.Slice:
		if o.HasKey() && o.Sender >= 0 && o.Period >= 0 {
			return nil
		}
		return fault.New(fault.Invalid, "mode.needs-slice", o.Dataset)
	}
	return fault.New(fault.Invalid, "mode.unknown", string(mode))
}

// newWalk makes a walk that nobody knows yet.
func (c *Corridor) newWalk(con *contract.Contract, obj *contract.Object, kind string, by actor.Actor) *walk {
	now := c.Now().UTC()
	w := &walk{
		c: c, id: ulid.MustNew(ulid.Timestamp(now), ulid.DefaultEntropy()).String(), contractID: con.ID,
		con: con, obj: obj, kind: kind, by: by, done: make(chan struct{}),
	}
	w.ctx, w.cancel = context.WithCancelCause(c.ctx)
	w.dir = filepath.Join(c.WorkDir, w.id)
	w.status = Status{ID: w.id, Dataset: obj.Dataset, State: Received, Kind: kind, By: by, Received: now, Changed: now, Cancellable: true, Simulated: c.simulated(now)}
	return w
}

// spool keeps the body in a file of the walk's own and takes its digest.
func (w *walk) spool(ctx context.Context) (err error) {
	if w.request.Name != "" {
		w.status.Name = filepath.Base(w.request.Name)
	}
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	// In the blob store's own folder, so that keeping it is a matter of a name.
	w.path = filepath.Join(w.c.Blobs.TempDir(), w.id)
	f, err := os.OpenFile(w.path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	sum := sha256.New()
	w.bytes, err = spoolCopy(ctx, teeWriter{f, sum}, w.request.Body, w.c.Limits.Bytes)
	w.request.Body = nil
	if err := errors.Join(err, f.Close()); err != nil {
		return noSpace(err)
	}
	w.digest = hex.EncodeToString(sum.Sum(nil))
	w.status.Total = w.bytes
	return nil
}

// teeWriter writes to both; the second never fails.
type teeWriter struct {
	file, sum interface{ Write([]byte) (int, error) }
}

func (t teeWriter) Write(p []byte) (int, error) {
	n, err := t.file.Write(p)
	_, _ = t.sum.Write(p[:n]) // a hash does not fail
	return n, err
}

// insert makes the batch known.
func (c *Corridor) insert(ctx context.Context, w *walk) error {
	var said []byte
	if !w.request.Recipe.IsZero() {
		var err error
		if said, err = json.Marshal(w.request.Recipe); err != nil {
			return err
		}
	}
	var rows []byte
	if w.request.Rows != nil {
		var err error
		if rows, err = json.Marshal(w.request.Rows); err != nil {
			return err
		}
	}
	return c.Store.Control().Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO batches (id, dataset, contract, kind, state, name, mode, confirmed, again, idempotency, digest, bytes,
			by_kind, by_id, by_name, received_at, changed_at, seq, report, fault, undoes, sender, recipe, only_rows, by_org)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 0, '', '', $18, $19, $20, $21, $22)`,
			w.id, w.obj.Dataset, w.contractID, w.kind, string(Received), w.status.Name, string(w.request.Mode), number(w.request.Confirm), number(w.request.Again),
			w.request.IdempotencyKey, w.digest, w.bytes, w.by.Kind, w.by.ID, w.by.Name, store.Stamp(w.status.Received), store.Stamp(w.status.Received), w.undoes, w.request.Sender, c.keptText(w.obj, said), string(rows), w.by.Org)
		return err
	})
}

func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// repeated finds the batch that had this key before. One that came to nothing
// gives its key back.
func (c *Corridor) repeated(ctx context.Context, dataset, key string) (s Status, found bool, err error) {
	if key == "" {
		return Status{}, false, nil
	}
	list, err := c.list(ctx, `WHERE dataset = $1 AND idempotency = $2`, dataset, key)
	if err != nil || len(list) == 0 {
		return Status{}, false, err
	}
	switch s = c.present(list[0]); s.State {
	case Failed, Cancelled, Interrupted:
		err := c.Store.Control().Write(ctx, func(tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE batches SET idempotency = '' WHERE id = $1`, s.ID)
			return err
		})
		return Status{}, false, err
	}
	return s, true, nil
}

// Sent finds the batch that was received with a key.
func (c *Corridor) Sent(ctx context.Context, dataset, key string) (s Status, found bool, err error) {
	list, err := c.list(ctx, `WHERE dataset = $1 AND idempotency = $2`, dataset, key)
	if err != nil || len(list) == 0 {
		return Status{}, false, err
	}
	return c.present(list[0]), true, nil
}

// Send is Receive, and then waits until the batch has ended.
func (c *Corridor) Send(ctx context.Context, by actor.Actor, in Request) (Report, error) {
	s, err := c.Receive(ctx, by, in)
	if err != nil {
		return Report{}, err
	}
	s, err = c.Wait(ctx, s.ID, func(s Status) bool { return s.State.Final() })
	if err != nil {
		return Report{}, err
	}
	if s.Report == nil {
		return Report{Batch: s.ID, Dataset: s.Dataset, State: s.State, Reasons: []Reason{}}, s.Fault.Err()
	}
	return *s.Report, s.Fault.Err()
}

// Err is the fault as an error again, nil for none.
func (f *Fault) Err() error {
	if f == nil {
		return nil
	}
	args := make([]any, len(f.Args))
	for i, a := range f.Args {
		args[i] = a
	}
	return fault.New(kinds[f.Kind], f.Key, args...)
}

var kinds = map[string]fault.Kind{
	"internal": fault.Internal, "invalid": fault.Invalid, "not-found": fault.NotFound, "denied": fault.Denied,
	"conflict": fault.Conflict, "too-large": fault.TooLarge, "unavailable": fault.Unavailable, "too-many": fault.TooMany, "cancelled": fault.Cancelled,
}

// keepFault puts an error into the form that is kept. What nobody prepared for
// the reader is kept as one neutral sentence; the caller logs it whole.
func keepFault(err error) *Fault {
	f := fault.Of(err)
	if f == nil {
		return &Fault{Kind: "internal", Key: "internal", Args: []string{}}
	}
	out := &Fault{Key: f.Key, Args: make([]string, len(f.Args))}
	for name, kind := range kinds {
		if kind == f.Kind {
			out.Kind = name
		}
	}
	for i, a := range f.Args {
		out.Args[i] = fmt.Sprint(a)
	}
	return out
}
