package corridor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A row of the control table.
type row struct {
	Status
	contractID, mode, digest, undoes string
	sender                           string
	recipe                           *recipe.Recipe
	rows                             *policy.Rows
	confirmed, again                 bool
	seq, bytes                       int64
}

const rowColumns = `id, dataset, contract, kind, state, name, mode, confirmed, again, digest, bytes, by_kind, by_id, by_name,
	received_at, changed_at, seq, report, fault, undoes, sender, recipe, only_rows, by_org`

// list reads rows of the control table.
func (c *Corridor) list(ctx context.Context, rest string, args ...any) (out []row, err error) {
	err = c.Store.Control().Read(ctx, func(tx *store.Tx) (err error) {
		rows, err := tx.QueryContext(ctx, `SELECT `+rowColumns+` FROM batches `+rest, args...)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			r, err := c.scanRow(rows.Scan)
			if err != nil {
				return err
			}
			out = append(out, r)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("batches: %w", err)
	}
	return out, nil
}

func (c *Corridor) scanRow(scan func(...any) error) (r row, err error) {
	var state, received, changed, report, faults, said, only string
	var confirmed, again int
	err = scan(&r.ID, &r.Dataset, &r.contractID, &r.Kind, &state, &r.Name, &r.mode, &confirmed, &again, &r.digest, &r.bytes,
		&r.By.Kind, &r.By.ID, &r.By.Name, &received, &changed, &r.seq, &report, &faults, &r.undoes, &r.sender, &said, &only, &r.By.Org)
	if err != nil {
		return r, err
	}
	r.State, r.confirmed, r.again = State(state), confirmed != 0, again != 0
	r.Cancellable = r.State == Received || r.State == Staged || r.State == Checked
	var e1, e2, e3, e4, e5 error
	r.Received, e1 = store.ParseStamp(received)
	r.Simulated = c.simulated(r.Received)
	r.Changed, e2 = store.ParseStamp(changed)
	if report != "" {
		if r.Report, e3 = c.readReport([]byte(report)); r.Report != nil {
			r.Report.State = r.State
		}
	}
	if faults != "" {
		if faults, e4 = c.readText(faults); e4 == nil {
			e4 = json.Unmarshal([]byte(faults), &r.Fault)
		}
	}
	if said != "" {
		r.recipe = &recipe.Recipe{}
		if said, e5 = c.readText(said); e5 == nil {
			e5 = json.Unmarshal([]byte(said), r.recipe)
		}
	}
	var e6 error
	if only != "" {
		r.rows = &policy.Rows{}
		e6 = json.Unmarshal([]byte(only), r.rows)
	}
	return r, errors.Join(e1, e2, e3, e4, e5, e6)
}

// present prefers what this process knows about a batch on its way.
func (c *Corridor) present(r row) Status {
	c.mu.Lock()
	w := c.live[r.ID]
	c.mu.Unlock()
	if w != nil {
		return w.snapshot()
	}
	return r.Status
}

// Status says how far a batch has come.
func (c *Corridor) Status(ctx context.Context, id string) (Status, error) {
	c.mu.Lock()
	w := c.live[id] // before the row is read: after that it may be over
	c.mu.Unlock()
	if w != nil {
		return w.snapshot(), nil
	}
	r, err := c.row(ctx, id)
	if err != nil {
		return Status{}, err
	}
	return c.present(r), nil
}

// NoBatch says that there is no batch of an id.
func NoBatch(id string) error { return fault.New(fault.NotFound, "batch.not-there", id) }

func (c *Corridor) row(ctx context.Context, id string) (row, error) {
	list, err := c.list(ctx, `WHERE id = $1`, id)
	if err != nil {
		return row{}, err
	}
	if len(list) == 0 {
		return row{}, NoBatch(id)
	}
	return list[0], nil
}

// Batches lists batches, newest first, of one object or (dataset "") of all;
// after is the id of the last one seen, next is "" at the end.
func (c *Corridor) Batches(ctx context.Context, dataset, after string, limit int) (page []Status, next string, err error) {
	if limit < 1 || limit > 1000 {
		limit = 1000
	}
	if after == "" {
		after = "~" // behind every ULID
	}
	rest, args := `WHERE id < $1 ORDER BY id DESC LIMIT $2`, []any{after, limit + 1}
	if dataset != "" {
		rest, args = `WHERE dataset = $1 AND id < $2 ORDER BY id DESC LIMIT $3`, []any{dataset, after, limit + 1}
	}
	list, err := c.list(ctx, rest, args...)
	if err != nil {
		return nil, "", err
	}
	if len(list) > limit {
		list = list[:limit]
		next = list[limit-1].ID
	}
	for _, r := range list {
		page = append(page, c.present(r))
	}
	return page, next, nil
}

// Watch gives every change of a batch, the present state first; changes that
// follow fast are given as one. The channel is closed at the end, or when ctx
// ends.
func (c *Corridor) Watch(ctx context.Context, id string) (<-chan Status, error) {
	out := make(chan Status, 1)
	// Asked for first: of a batch that is no longer on its way the control table
	// knows the last state.
	c.mu.Lock()
	w := c.live[id]
	c.mu.Unlock()
	if w == nil { // over, or the process that walked it is gone
		s, err := c.Status(ctx, id)
		if err != nil {
			return nil, err
		}
		out <- s
		close(out)
		return out, nil
	}
	go w.tell(ctx, out) // ends with ctx or the walk; holds nothing of the corridor
	return out, nil
}

// Wait blocks until a condition holds, the batch has ended or ctx ends, and
// returns the last state seen.
func (c *Corridor) Wait(ctx context.Context, id string, until func(Status) bool) (Status, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changes, err := c.Watch(ctx, id)
	if err != nil {
		return Status{}, err
	}
	var last Status
	for s := range changes {
		if last = s; until(s) {
			return s, nil
		}
	}
	if err := ctx.Err(); err != nil {
		return last, err
	}
	return last, nil
}

// tell sends the walk's states until it is over.
func (w *walk) tell(ctx context.Context, out chan<- Status) {
	defer close(out)
	for {
		over := false
		select {
		case <-w.done:
			over = true // this state is the last, whatever it is
		default:
		}
		changed := w.changes()
		s := w.snapshot()
		select {
		case out <- s:
		case <-ctx.Done():
			return
		}
		if over || s.State.Final() {
			return
		}
		select {
		case <-changed:
		case <-w.done:
		case <-ctx.Done():
			return
		}
	}
}

// snapshot is the walk's state now.
func (w *walk) snapshot() Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.status
}

// changes is closed at the next change.
func (w *walk) changes() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.changed == nil {
		w.changed = make(chan struct{})
	}
	return w.changed
}

// update changes the state and tells those who watch.
func (w *walk) update(f func(*Status)) {
	w.mu.Lock()
	before := w.status.State
	f(&w.status)
	w.status.Changed = w.c.Now().UTC()
	if w.changed != nil {
		close(w.changed)
		w.changed = nil
	}
	now := w.status
	w.mu.Unlock()
	if w.c.Observer != nil && now.State != before {
		w.c.Observer.Reached(before, now)
	}
}

func (w *walk) place(n int) { w.update(func(s *Status) { s.Place = n }) }

// progress tells how much of the stage under way is done, not too often.
func (w *walk) progress(done, total int64) {
	now := time.Now()
	w.mu.Lock()
	quiet := now.Sub(w.told) < 100*time.Millisecond && done != total
	if !quiet {
		w.told = now
	}
	w.mu.Unlock()
	if !quiet {
		w.update(func(s *Status) { s.Done, s.Total = done, total })
	}
}
