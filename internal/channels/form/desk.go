package form

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/faults"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/registry/moves"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A Desk writes records by hand. Its zero value with its fields set is ready.
type Desk struct {
	Door     *door.Door
	Records  Records
	Corridor Corridor
	Notes    Notes // nil: reasons stand in the log of what was done alone
	// Further says what is wrong with a record against others, beyond the rules of
	// its contract; nil: nothing is.
	Further func(ctx context.Context, obj *contract.Object, cells map[string]string) ([]Problem, error)

	mu    sync.Mutex
	locks map[string]*sync.Mutex // by address: who looks at a record and then writes it
}

// Records is what this package needs of record.Truth.
type Records interface {
	Through(v *record.View) *record.Reader
	Batches(ctx context.Context, contractID string, after int64, limit int) ([]record.Summary, error)
}

// Corridor is what this package needs of corridor.Corridor.
type Corridor interface {
	Receive(ctx context.Context, by actor.Actor, in corridor.Request) (corridor.Status, error)
	Try(ctx context.Context, by actor.Actor, in corridor.Request) (corridor.Report, error)
	Wait(ctx context.Context, id string, until func(corridor.Status) bool) (corridor.Status, error)
}

// Notes is what this package needs of moves.Store.
type Notes interface {
	Note(ctx context.Context, batch, why string) error
	Notes(ctx context.Context, batches []string) (map[string]string, error)
}

// An Edit is one record as somebody wants it.
type Edit struct {
	Con    *contract.Contract
	Obj    *contract.Object
	Key    string            // of the record that is changed, "" for a new one
	Seq    int64             // version of it that was looked at
	Cells  map[string]string // canonical texts; of a record that is changed, columns that are not in it stay
	Why    string
	Repeat string // the same text again is the same batch; "" = no such thing
}

// A Wrong says what is wrong with a record that somebody wrote.
type Wrong struct {
	Problems []Problem
	fault    *fault.Error
}

// NewWrong makes one of at least one problem.
func NewWrong(problems []Problem) *Wrong {
	first := problems[0]
	return &Wrong{problems, fault.New(fault.Invalid, "form.wrong", said{first.Sentence}, int64(len(problems)))}
}

// said is a sentence as a value of another.
type said struct{ contract.Sentence }

// In is the sentence in a language, within another one.
func (s said) In(l locale.Lang) string { return strings.TrimSuffix(l.Of(s.Vi, s.En), ".") }

// Error implements error.
func (w *Wrong) Error() string { return w.fault.Error() }

// Unwrap is the fault that the doors speak of.
func (w *Wrong) Unwrap() error { return w.fault }

// Parts are the problems as doors list them: where and what.
func (w *Wrong) Parts(l locale.Lang) (all [][2]string) {
	for _, p := range w.Problems {
		all = append(all, [2]string{cmp.Or(p.Column, "record"), p.In(l)})
	}
	return all
}

// A Changed says what somebody else has changed since the record was looked at.
type Changed struct {
	Now    record.Row
	Fields []Difference
	fault  *fault.Error
}

// Error implements error.
func (c *Changed) Error() string { return c.fault.Error() }

// Unwrap is the fault that the doors speak of.
func (c *Changed) Unwrap() error { return c.fault }

// Parts are the fields that changed, as doors list them.
func (c *Changed) Parts(l locale.Lang) (all [][2]string) {
	for _, f := range c.Fields {
		all = append(all, [2]string{f.Column, l.T("form.changed-field", f.Title, f.Before, f.After)})
	}
	return all
}

// A Difference is one field before and after a change, in canonical form.
type Difference struct {
	Column        string
	Title         string
	Before, After string
}

// Differences are the fields in which two states of a record differ, in the
// contract's order.
func Differences(obj *contract.Object, before, after map[string]string) (all []Difference) {
	for i := range obj.Columns {
		c := &obj.Columns[i]
		if b, a := before[c.Name], after[c.Name]; Asked(c) && a != b {
			all = append(all, Difference{c.Name, c.Title, b, a})
		}
	}
	return all
}

// Load finds a record that somebody wants to change. Who sees some of its columns
// masked does not: what is masked would be written back.
func (d *Desk) Load(ctx context.Context, con *contract.Contract, obj *contract.Object, key string) (record.Row, error) {
	view, err := d.Door.See(ctx, policy.Read, con, obj)
	if err != nil {
		return record.Row{}, err
	}
	if view.Masked() {
		return record.Row{}, fault.New(fault.Denied, "form.masked", obj.Title)
	}
	row, err := d.Records.Through(view).Get(ctx, key, record.Latest)
	if err != nil {
		return row, err
	}
	for i := range obj.Columns {
		if c := &obj.Columns[i]; !Asked(c) && row.Values[c.Name] != nil {
			return row, fault.New(fault.Invalid, "form.has-file", c.Title)
		}
	}
	return row, nil
}

// Own refuses a record that is another agency's or place's to write, before somebody
// fills in a form that would be refused.
func (d *Desk) Own(ctx context.Context, con *contract.Contract, obj *contract.Object, key string) error {
	decision, err := d.Door.May(ctx, policy.Send, con.What(obj))
	if err != nil {
		return err
	}
	mine, err := d.owns(ctx, obj, decision, key)
	if err == nil && !mine {
		err = fault.New(fault.Denied, "form.others", obj.Title)
	}
	return err
}

// Mine reports whether the caller may change a record by a form.
func (d *Desk) Mine(ctx context.Context, con *contract.Contract, obj *contract.Object, key string) (bool, error) {
	decision := d.Door.Asks(ctx, policy.Send, con.What(obj))
	if !decision.Allowed || !Fits(con, obj) {
		return false, nil
	}
	return d.owns(ctx, obj, decision, key)
}

// owns reports whether a record is among those that a decision is about. Whether it
// is there is all that is asked: nothing is shown, so nothing is masked.
func (d *Desk) owns(ctx context.Context, obj *contract.Object, decision policy.Decision, key string) (bool, error) {
	if decision.Rows.All {
		return true, nil
	}
	view, err := record.NewView(obj, policy.Decision{Allowed: true, Rows: decision.Rows}, nil)
	if err != nil {
		return false, err
	}
	view.ShowHeld()
	_, err = d.Records.Through(view).Get(ctx, key, record.Latest)
	if fault.Is(err, "record.unknown") {
		return false, nil
	}
	return err == nil, err
}

// Changeable gives what tells of a record, seen in clear, whether the caller may
// change it by a form. The policies are asked once for all.
func Changeable(ctx context.Context, d *door.Door, con *contract.Contract, obj *contract.Object) (func(row *record.Row) bool, error) {
	decision := d.Asks(ctx, policy.Send, con.What(obj))
	if !decision.Allowed || !Fits(con, obj) {
		return func(*record.Row) bool { return false }, nil
	}
	mine, err := record.NewView(obj, policy.Decision{Allowed: true, Rows: decision.Rows}, nil)
	if err != nil {
		return nil, err
	}
	return mine.Holds, nil
}

// Save writes a record for who may send it. What is wrong with it is a *Wrong, and
// nothing is kept; a record that somebody else has changed meanwhile is a
// *Changed.
func (d *Desk) Save(ctx context.Context, e Edit) (corridor.Status, error) {
	rows, err := d.Door.MaySend(ctx, e.Con, e.Obj, contract.Merge)
	if err != nil {
		return corridor.Status{}, err
	}
	return d.Put(ctx, policy.Send, rows, e)
}

// Put is Save for who has been asked already: rows are those that may be written,
// nil for all, and action is what the log is told.
func (d *Desk) Put(ctx context.Context, action policy.Action, rows *policy.Rows, e Edit) (st corridor.Status, err error) {
	if e.Why, err = moves.Reason(e.Why); err != nil {
		return st, err
	}
	lock := d.lock(e.Obj.Dataset)
	lock.Lock()
	defer lock.Unlock()
	by := door.Actor(ctx)
	body, err := d.looked(ctx, by, rows, e)
	if err != nil {
		return st, err
	}
	st, err = d.send(ctx, by, request(e.Obj, body, rows, e.Repeat))
	if err == nil && d.Notes != nil {
		err = d.Notes.Note(ctx, st.ID, e.Why)
	}
	noted := d.Door.Done(ctx, action, e.Con.What(e.Obj), err, map[string]string{"change": "record", "batch": st.ID, "reason": e.Why})
	return st, errors.Join(err, noted)
}

// PutAll is Put for several records of one object, with one reason: they are one
// batch, which is written whole or not at all. What is wrong with one of them is told
// as that of its place in all.
func (d *Desk) PutAll(ctx context.Context, action policy.Action, con *contract.Contract, obj *contract.Object, all []Edit, why, repeat string) (st corridor.Status, err error) {
	if why, err = moves.Reason(why); err != nil {
		return st, err
	}
	lock := d.lock(obj.Dataset)
	lock.Lock()
	defer lock.Unlock()
	by := door.Actor(ctx)
	var records [][]byte
	for i, e := range all {
		body, err := d.looked(ctx, by, nil, e)
		if err != nil {
			return st, &InPlace{i, err}
		}
		records = append(records, body[1:len(body)-1]) // without the brackets of a list of one
	}
	body := slices.Concat([]byte{'['}, bytes.Join(records, []byte{','}), []byte{']'})
	st, err = d.send(ctx, by, request(obj, body, nil, repeat))
	if err == nil && d.Notes != nil {
		err = d.Notes.Note(ctx, st.ID, why)
	}
	noted := d.Door.Done(ctx, action, con.What(obj), err, map[string]string{"change": "records", "batch": st.ID, "reason": why})
	return st, errors.Join(err, noted)
}

// Look says what is wrong with a record that somebody wants to write, and writes
// nothing.
func (d *Desk) Look(ctx context.Context, e Edit) error {
	_, err := d.looked(ctx, door.Actor(ctx), nil, e)
	return err
}

// looked is a record that was looked at and judged, as a file of one line.
func (d *Desk) looked(ctx context.Context, by actor.Actor, rows *policy.Rows, e Edit) ([]byte, error) {
	cells, err := d.cells(ctx, e)
	if err != nil {
		return nil, err
	}
	body, err := Body(e.Obj, cells)
	if err != nil {
		return nil, err
	}
	if err := d.judge(ctx, by, e.Obj, cells, request(e.Obj, body, rows, e.Repeat)); err != nil {
		return nil, err
	}
	if d.Further != nil {
		wrong, err := d.Further(ctx, e.Obj, cells)
		if err != nil {
			return nil, err
		}
		if len(wrong) > 0 {
			return nil, NewWrong(wrong)
		}
	}
	return body, nil
}

// request is what the corridor is asked for a file of records.
func request(obj *contract.Object, body []byte, rows *policy.Rows, repeat string) corridor.Request {
	return corridor.Request{
		Dataset: obj.Dataset, Name: obj.Table + ".json", Body: bytes.NewReader(body), Mode: contract.Merge, Confirm: true, Rows: rows, IdempotencyKey: repeat,
	}
}

// InPlace is what was wrong with one of several records.
type InPlace struct {
	At  int // from 0
	Err error
}

// Error implements error.
func (p *InPlace) Error() string { return fmt.Sprintf("record %d: %v", p.At+1, p.Err) }

// Unwrap is what was wrong.
func (p *InPlace) Unwrap() error { return p.Err }

func (d *Desk) lock(address string) *sync.Mutex {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.locks == nil {
		d.locks = map[string]*sync.Mutex{}
	}
	if d.locks[address] == nil {
		d.locks[address] = &sync.Mutex{}
	}
	return d.locks[address]
}

// cells are all values that the record is to have: those that are there, and over
// them what was written.
func (d *Desk) cells(ctx context.Context, e Edit) (map[string]string, error) {
	if e.Key == "" {
		return e.Cells, d.isNew(ctx, e)
	}
	now, err := d.Load(ctx, e.Con, e.Obj, e.Key)
	if err != nil {
		return nil, err
	}
	before := Cells(e.Obj, now)
	if now.Seq != e.Seq {
		return nil, d.changed(ctx, e, now, before)
	}
	cells := map[string]string{}
	for name, text := range before {
		cells[name] = text
	}
	for name, text := range e.Cells {
		cells[name] = text
	}
	for _, k := range e.Obj.Key {
		if c := &e.Obj.Columns[k]; cells[c.Name] != before[c.Name] {
			return nil, NewWrong([]Problem{problem(c.Name, "form.key-fixed", c.Title)})
		}
	}
	if len(Differences(e.Obj, before, cells)) == 0 {
		return nil, fault.New(fault.Invalid, "form.same")
	}
	return cells, nil
}

// changed tells what the record was when it was looked at and what it is now.
func (d *Desk) changed(ctx context.Context, e Edit, now record.Row, cells map[string]string) error {
	c := &Changed{Now: now, fault: fault.New(fault.Conflict, "form.changed")}
	view := d.Door.Peek(ctx, policy.Read, e.Con, e.Obj)
	if view == nil {
		return c
	}
	versions, err := d.Records.Through(view).History(ctx, e.Key)
	if err != nil {
		return err
	}
	for _, v := range versions {
		if v.Seq == e.Seq {
			c.Fields = Differences(e.Obj, Cells(e.Obj, v), cells)
		}
	}
	return c
}

// isNew refuses a new record under a key that another has, whether the writer sees
// that one or not: the corridor would take it for a change.
func (d *Desk) isNew(ctx context.Context, e Edit) error {
	view, err := record.NewView(e.Obj, policy.Everything, d.Door.Secrets)
	if err != nil {
		return err
	}
	view.ShowHeld()
	key, ok, err := KeyOf(e.Obj, e.Cells)
	if err != nil || !ok {
		return err // what is missing the corridor says
	}
	_, err = d.Records.Through(view).Get(ctx, key, record.Latest)
	switch {
	case err == nil:
		return fault.New(fault.Conflict, "form.exists", strings.Join(keyTexts(e.Obj, e.Cells), ", "))
	case fault.Is(err, "record.unknown"), fault.KindOf(err) == fault.NotFound:
		return nil
	}
	return err
}

func keyTexts(obj *contract.Object, cells map[string]string) (all []string) {
	for _, k := range obj.Key {
		all = append(all, cells[obj.Columns[k].Name])
	}
	return all
}

// KeyOf is the key under which a record of these cells is kept, false when a part
// of it is missing.
func KeyOf(obj *contract.Object, cells map[string]string) (string, bool, error) {
	texts := keyTexts(obj, cells)
	if len(texts) == 0 || slices.Contains(texts, "") {
		return "", false, nil
	}
	values := make([]any, len(texts))
	for i, k := range obj.Key {
		values[i] = texts[i]
		if obj.Columns[k].Type == contract.Timestamp {
			at, err := moment(texts[i])
			if err != nil {
				return "", false, fmt.Errorf("key of %s: %w", obj.Dataset, err)
			}
			values[i] = at
		}
	}
	return record.KeyText(obj, values), true, nil
}

// judge has the record judged as a file would be, and says what is wrong with it.
func (d *Desk) judge(ctx context.Context, by actor.Actor, obj *contract.Object, cells map[string]string, in corridor.Request) error {
	r, err := d.Corridor.Try(ctx, by, in)
	if err != nil || r.Quarantined == 0 {
		return err
	}
	words, err := faults.For(obj)
	if err != nil {
		return err
	}
	line := record.QuarantineLine{Raw: make([]string, len(obj.Columns))}
	for i := range obj.Columns {
		line.Raw[i] = cells[obj.Columns[i].Name]
	}
	for _, reason := range r.Reasons {
		if reason.Severity == string(contract.Reject) {
			line.Faults = append(line.Faults, reason.Rule)
		}
	}
	var wrong []Problem
	for _, b := range words.Of(line) {
		wrong = append(wrong, Problem{b.Column, contract.Sentence{Vi: b.MessageVi, En: b.MessageEn}})
	}
	if len(wrong) == 0 {
		return fmt.Errorf("a line of %s did not pass without a reason", obj.Dataset)
	}
	return NewWrong(wrong)
}

// send hands the record to the corridor and waits until it is durable.
func (d *Desk) send(ctx context.Context, by actor.Actor, in corridor.Request) (corridor.Status, error) {
	st, err := d.Corridor.Receive(ctx, by, in)
	if err != nil {
		return st, err
	}
	st, err = d.Corridor.Wait(ctx, st.ID, func(s corridor.Status) bool { return s.State.Acknowledged() || s.State.Final() })
	switch {
	case err != nil:
		return st, err
	case st.State.Acknowledged():
		return st, nil
	case st.Fault != nil:
		return st, st.Fault.Err()
	}
	return st, fault.New(fault.Unavailable, "form.stopped", st.ID)
}
