package corridor

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/intake"
	"github.com/phohien/phohien/internal/core/ingest/layout"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// Confirm lets a held batch go on: the kept file is walked again, against what
// is there by then, and nothing holds it any more. A batch whose headings do
// not feed the required columns must be read again by a Recipe first.
func (c *Corridor) Confirm(ctx context.Context, by actor.Actor, id string) (Status, error) {
	r, err := c.held(ctx, id)
	if err != nil {
		return r.Status, err
	}
	if r.Report != nil && slices.ContainsFunc(r.Report.Holds, func(n Note) bool { return n.Key == "hold.mapping" }) {
		return r.Status, fault.New(fault.Conflict, "batch.mapping-open", join(r.Report.Reading.Missing))
	}
	c.Log.Info("batch confirmed", "batch", id, "by", by.ID)
	return c.resume(ctx, by, r, Request{Confirm: true, Recipe: r.recipe})
}

// Reread reads a held batch again by what a person says of its file; it is held
// again, for a look at what it would do now. With remember the next files of
// the sender are read the same way.
func (c *Corridor) Reread(ctx context.Context, by actor.Actor, id string, rec recipe.Recipe, remember bool) (Status, error) {
	r, err := c.held(ctx, id)
	if err != nil {
		return r.Status, err
	}
	if rec.Layout != nil {
		if err := rec.Layout.Check(); err != nil {
			return r.Status, err
		}
	}
	rec.Here = true
	text, err := json.Marshal(rec)
	if err != nil {
		return r.Status, err
	}
	_, obj, err := c.object(ctx, r.Dataset)
	if err != nil {
		return r.Status, err
	}
	if err := c.Store.Control().Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE batches SET recipe = $1 WHERE id = $2`, c.keptText(obj, text), id)
		return err
	}); err != nil {
		return r.Status, err
	}
	if remember {
		if err := c.Recipes.Keep(ctx, by, r.Dataset, r.sender, &rec); err != nil {
			return r.Status, err
		}
	}
	return c.resume(ctx, by, r, Request{Preview: true, Recipe: &rec})
}

func (c *Corridor) held(ctx context.Context, id string) (row, error) {
	r, err := c.row(ctx, id)
	if err != nil {
		return r, err
	}
	if r.State != Held {
		return r, fault.New(fault.Conflict, "batch.not-held", id)
	}
	return r, nil
}

// resume walks a held batch again, from the file that was kept. Until it
// commits the control table has it as held, so that the program may stop at any
// moment.
func (c *Corridor) resume(ctx context.Context, by actor.Actor, r row, in Request) (Status, error) {
	if err := c.refuse(by); err != nil {
		return r.Status, err
	}
	con, obj, err := c.object(ctx, r.Dataset)
	if err != nil {
		return r.Status, err
	}
	w := c.newWalk(con, obj, "load", r.By)
	w.id, w.resumed = r.ID, true
	w.dir = filepath.Join(c.WorkDir, w.id)
	w.request = in
	w.request.Dataset, w.request.Name, w.request.Mode, w.request.Again, w.request.Sender, w.request.Rows = r.Dataset, r.Name, contract.Mode(r.mode), r.again, r.sender, r.rows
	w.digest, w.bytes = r.digest, r.bytes
	w.status.ID, w.status.Name, w.status.Received, w.status.Total = r.ID, r.Name, r.Received, r.bytes
	w.status.Simulated = r.Simulated
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return r.Status, noSpace(err)
	}
	if err := c.takeOver(ctx, w); err != nil {
		return r.Status, err
	}
	// Somebody else may have confirmed it and it is through already.
	if _, err := c.held(ctx, r.ID); err != nil {
		c.drop(w)
		return r.Status, err
	}
	if err := c.admit(ctx, w); err != nil {
		c.drop(w)
		return r.Status, err
	}
	return w.snapshot(), nil
}

// takeOver makes a walk the one that is known by its id. The walk that has just
// put the batch on hold may not have left yet: it is waited for.
func (c *Corridor) takeOver(ctx context.Context, w *walk) error {
	for {
		c.mu.Lock()
		old := c.live[w.id]
		if old == nil {
			c.live[w.id] = w
		}
		c.mu.Unlock()
		switch {
		case old == nil:
			return nil
		case !old.snapshot().State.Final():
			return fault.New(fault.Conflict, "batch.not-held", w.id)
		}
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// examplesEach is how many rows of each kind a preview shows.
const examplesEach = 20

// examples shows what the batch would do.
func (j *judging) examples(ctx context.Context) (*Examples, error) {
	e := &Examples{Inserted: []Example{}, Updated: []Example{}, Withdrawn: []Example{}, Quarantined: []Example{}}
	rows, err := j.shop.Examples(ctx, j.moves, quality.ToInsert, examplesEach)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		e.Inserted = append(e.Inserted, Example{Line: r.Line, Key: r.Key, Cells: r.Cells})
	}
	if rows, err = j.shop.Examples(ctx, j.moves, quality.ToUpdate, examplesEach); err != nil {
		return nil, err
	}
	for _, r := range rows {
		before, err := j.there(ctx, r.Key)
		if err != nil {
			return nil, err
		}
		e.Updated = append(e.Updated, Example{Line: r.Line, Key: r.Key, Cells: r.Cells, Before: before})
	}
	keys, err := j.shop.GoingKeys(ctx, j.moves, examplesEach)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		cells, err := j.there(ctx, k)
		if err != nil {
			return nil, err
		}
		e.Withdrawn = append(e.Withdrawn, Example{Key: k, Cells: cells})
	}
	if j.verdict.Rejected == 0 {
		return e, nil
	}
	enough := io.EOF
	err = j.eachLine(ctx, func(line int64, key, raw, faults string) error {
		x := Example{Line: line, Key: key}
		if err := json.Unmarshal([]byte(raw), &x.Cells); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		x.Faults = splitFaults(faults)
		e.Quarantined = append(e.Quarantined, x)
		if len(e.Quarantined) == examplesEach {
			return enough
		}
		return nil
	})
	if err == enough {
		err = nil
	}
	return e, err
}

// there gives the cells of a current row.
func (j *judging) there(ctx context.Context, key string) ([]string, error) {
	r, err := j.c.Truth.Get(ctx, j.obj, key, record.Latest)
	if err != nil {
		return nil, err
	}
	held, err := j.c.Truth.HoldsOf(ctx, j.obj, key)
	if err != nil {
		return nil, err
	}
	cells := make([]string, len(j.obj.Columns))
	for i := range j.obj.Columns {
		if len(held) > 0 { // it leaves by no door, a preview is one
			cells[i] = record.Veil
			continue
		}
		if cells[i], err = shownValue(r.Values[j.obj.Columns[i].Name]); err != nil {
			return nil, err
		}
	}
	return cells, nil
}

// shownValue writes a value of the API as a cell would hold it.
func shownValue(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	}
	b, err := json.Marshal(v)
	return string(b), err
}

// Try reads a file and says what it would do, with examples, and keeps nothing
// of it.
func (c *Corridor) Try(ctx context.Context, by actor.Actor, in Request) (Report, error) {
	con, obj, err := c.object(ctx, in.Dataset)
	if err != nil {
		return Report{}, err
	}
	mode := in.Mode
	if mode == "" {
		mode = obj.Mode
	}
	if err := allowed(obj, mode); err != nil {
		return Report{}, err
	}
	select { // wait for a workshop
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return Report{}, ctx.Err()
	}
	f, release, err := c.asFile(ctx, in.Name, in.Body)
	if err != nil {
		return Report{}, err
	}
	defer release()
	rec, err := c.recipeFor(ctx, obj, in.Sender, in.Recipe)
	if err != nil {
		return Report{}, err
	}
	o, err := c.open(ctx, obj, f, rec)
	if err != nil {
		return Report{}, err
	}
	defer func() { _ = o.close() }() // only read
	if o.unmapped() {
		w := &walk{c: c, con: con, obj: obj, kind: "load"}
		r := emptyReport(w)
		r.State, r.Mode, r.Sender, r.Source, r.Reading, r.Holds = Held, string(mode), in.Sender, f.Name, o.reading, o.ask
		return *r, o.book.Sweep()
	}
	j := &judging{c: c, con: con, obj: obj, opening: o, mode: mode, confirm: in.Confirm}
	defer j.close()
	r, err := j.unkept(ctx, false)
	if err != nil {
		return Report{}, err
	}
	if err := j.within(ctx, in.Rows); err != nil {
		return Report{}, err
	}
	r.Source, r.Sender = f.Name, in.Sender
	r.Examples, err = j.examples(ctx)
	return r, err
}

// A Look is what a person needs to see of a held batch's file to say how it is
// to be read.
type Look struct {
	Reading Reading        `json:"reading"`
	Tables  []ingest.Table `json:"tables"`
	Sample  layout.Sample  `json:"sample"`
	Rows    []layout.Guess `json:"rows"` // what each row of the sample is
	Doubts  []Note         `json:"doubts"`
	Recipe  recipe.Recipe  `json:"recipe"`
}

// LookInto opens the file of a held batch, by a recipe or (nil) as it was read.
func (c *Corridor) LookInto(ctx context.Context, id string, rec *recipe.Recipe) (Look, error) {
	r, err := c.held(ctx, id)
	if err != nil {
		return Look{}, err
	}
	_, obj, err := c.object(ctx, r.Dataset)
	if err != nil {
		return Look{}, err
	}
	if rec == nil {
		rec = r.recipe
	} else {
		said := *rec
		said.Here = true
		rec = &said
	}
	if rec, err = c.recipeFor(ctx, obj, r.sender, rec); err != nil {
		return Look{}, err
	}
	body, err := c.original(ctx, r.digest)
	if err != nil {
		return Look{}, err
	}
	defer func() { _ = body.Close() }() // only read
	f, release, err := c.asFile(ctx, r.Name, body)
	if err != nil {
		return Look{}, err
	}
	defer release()
	o, err := c.open(ctx, obj, f, rec)
	if err != nil {
		return Look{}, err
	}
	defer func() { _ = o.close() }() // only read
	t := o.book.Tables()[o.reading.Table]
	if o.plain { // nothing was laid out: show how it would be
		g, err := o.book.Open(0)
		if err != nil {
			return Look{}, err
		}
		if o.sample, err = layout.Take(g, layout.SampleRows); err != nil {
			return Look{}, err
		}
		p := layout.Recognise(t, o.sample, quality.Knows(obj))
		o.reading.Layout = &p.Layout
	}
	return Look{
		Reading: *o.reading, Tables: o.book.Tables(), Sample: o.sample, Rows: layout.Explain(*o.reading.Layout, t, o.sample),
		Doubts: o.ask, Recipe: o.recipe,
	}, nil
}

// ReceiveBook takes a file for a contract of several objects: each table feeds
// the object whose columns it has, as a batch of its own. For a single object
// it is Receive.
func (c *Corridor) ReceiveBook(ctx context.Context, by actor.Actor, in Request) ([]Status, error) {
	con, err := c.Contracts.Current(ctx, in.Dataset)
	if err != nil || len(con.Objects) == 1 {
		s, err := c.Receive(ctx, by, in) // an object's own address is no contract
		return []Status{s}, err
	}
	f, release, err := c.asFile(ctx, in.Name, in.Body)
	if err != nil {
		return nil, err
	}
	defer release()
	feeds, err := c.feeds(ctx, con, f)
	if err != nil {
		return nil, err
	}
	var all []Status
	for _, obj := range con.Objects {
		table, ok := feeds[obj.Dataset]
		if !ok {
			continue
		}
		one := in
		one.Dataset, one.Body = obj.Dataset, io.NewSectionReader(f, 0, f.Size)
		if one.IdempotencyKey != "" {
			one.IdempotencyKey += " " + obj.Name
		}
		if one.Recipe, err = c.recipeFor(ctx, obj, in.Sender, nil); err != nil {
			return all, err
		}
		if one.Recipe == nil {
			one.Recipe = &recipe.Recipe{}
		}
		one.Recipe.Table = table
		s, err := c.Receive(ctx, by, one)
		if err != nil {
			return all, err
		}
		all = append(all, s)
	}
	return all, nil
}

// feeds finds the table that feeds each object: the one of its name, or the one
// whose headings fit it best.
func (c *Corridor) feeds(ctx context.Context, con *contract.Contract, f ingest.File) (map[string]string, error) {
	book, err := intake.Open(ctx, f, intake.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = book.Close() }() // only read
	out := map[string]string{}
	for _, obj := range con.Objects {
		best, most := -1, 0
		for i, t := range book.Tables() {
			n, err := fits(book, obj, i, nil)
			if err != nil {
				return nil, err
			}
			if sameName(t.Name, obj) && n > 0 {
				n += 1000
			}
			if n > most {
				best, most = i, n
			}
		}
		if best >= 0 && (most >= 1000 || 2*most >= len(obj.Columns)) {
			out[obj.Dataset] = book.Tables()[best].Name
		}
	}
	if len(out) == 0 {
		var names []string
		for _, t := range book.Tables() {
			names = append(names, t.Name)
		}
		return nil, fault.New(fault.Invalid, "book.nothing-fits", join(names))
	}
	return out, nil
}

// sameName reports whether a table is called as an object is.
func sameName(table string, o *contract.Object) bool {
	name := viet.Identifier(table)
	for _, n := range []string{o.Name, o.Title, o.Table} {
		if viet.Identifier(n) == name {
			return true
		}
	}
	return false
}

// splitFaults reads the ids of broken rules of a quarantine line.
func splitFaults(text string) []string { return strings.Fields(text) }
