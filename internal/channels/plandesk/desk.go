// Package plandesk is what the API and the pages have in common about plans: their
// documents, tasks, targets and reporting duties as the caller sees them, the state of
// each and why, and how the lists are narrowed and counted.
//
// The registers are data sets (docs/plans.md), found by what their contracts say
// (phohien.register) and read through the door.
package plandesk

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/apps/govern"
	"github.com/phohien/phohien/internal/apps/plan"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/registers"
	"github.com/phohien/phohien/internal/core/atlas"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// A Desk is where plans are read.
type Desk struct {
	Door      *door.Door
	Contracts registers.Sets
	Records   Records
	CodeLists registers.CodeLists
	Orgs      Orgs // nil: units have no names
	Now       func() time.Time
	// Figures are those of targets that the platform measures, or that were declared for
	// them, by the codes of targets; nil: nothing is measured.
	Figures func(ctx context.Context) (map[string]govern.Figure, error)
	// Told is what units have told of tasks and targets, by their codes; nil: nobody
	// has been asked.
	Told func(ctx context.Context) (map[string]plan.Told, error)

	mu   sync.Mutex
	kept map[string]kept // by register
}

// Records is what this package needs of record.Truth.
type Records interface {
	registers.Records
	Head(ctx context.Context, contractID string) (int64, time.Time, error)
}

// Orgs is what this package needs of org.Store.
type Orgs interface {
	Snapshot(ctx context.Context) (*org.Snapshot, error)
}

// kept is a register as it was read last: parsed once for all who see all of it.
type kept struct {
	digest string // of the contract
	head   int64
	rows   []plan.Row
}

// Today is the day by which everything is judged.
func (d *Desk) Today() viet.Date { return viet.DateOf(d.Now().In(viet.Zone)) }

// Set is the contract whose data set keeps a register; nil where none does.
func (d *Desk) Set(ctx context.Context, register string) (*contract.Contract, error) {
	con, err := d.Contracts.For(ctx, register)
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return nil, nil
	}
	return con, err
}

// rows are those of a register that the caller reads: none where it is not installed.
// besides says that they are only shown beside something else: who does not read them
// sees none, and is not refused.
func (d *Desk) rows(ctx context.Context, register string, besides bool) ([]plan.Row, error) {
	con, err := d.Set(ctx, register)
	if err != nil || con == nil {
		return nil, err
	}
	reader := &registers.Reader{Door: d.Door, Sets: d.Contracts, Records: d.Records}
	address := con.ID
	if len(con.Objects) > 0 {
		address = con.Objects[0].Dataset
	}
	var t registers.Table
	if besides {
		ok := false
		if t, ok, err = reader.Peek(ctx, address); err != nil || !ok {
			return nil, err
		}
	} else if t, err = reader.Table(ctx, policy.Read, address); err != nil {
		return nil, err
	}
	head, _, err := d.Records.Head(ctx, con.ID)
	if err != nil {
		return nil, err
	}
	return d.keep(register, t, head, func() (all []plan.Row, err error) {
		err = reader.Each(ctx, t, "", func(r record.Row) bool {
			all = append(all, registers.RowOf(t.Obj, r))
			return true
		})
		return all, err
	})
}

// keep gives what was read of a table when it has not moved since, to who sees all of
// it; otherwise it is read.
func (d *Desk) keep(name string, t registers.Table, head int64, read func() ([]plan.Row, error)) ([]plan.Row, error) {
	whole := t.View.Whole() && t.View.HidesHeld()
	if whole {
		d.mu.Lock()
		k, ok := d.kept[name]
		d.mu.Unlock()
		if ok && k.digest == t.Con.Digest && k.head == head {
			return k.rows, nil
		}
	}
	all, err := read()
	if err == nil && whole {
		d.mu.Lock()
		if d.kept == nil {
			d.kept = map[string]kept{}
		}
		d.kept[name] = kept{t.Con.Digest, head, all}
		d.mu.Unlock()
	}
	return all, err
}

// bodies are the names of the bodies that plans give tasks to, of the data set that the
// register of tasks refers its lead unit to: plans of others name bodies that are no
// organisations of the province.
func (d *Desk) bodies(ctx context.Context) (map[string]string, error) {
	con, err := d.Set(ctx, contract.RegisterTasks)
	if err != nil || con == nil || len(con.Objects) == 0 {
		return nil, err
	}
	obj := con.Objects[0]
	i := slices.IndexFunc(obj.Rules, func(r contract.Rule) bool {
		return r.Kind == contract.RuleReference && obj.Columns[r.Columns[0]].Store == plan.ColLead
	})
	if i < 0 {
		return nil, nil
	}
	reader := &registers.Reader{Door: d.Door, Sets: d.Contracts, Records: d.Records}
	t, ok, err := reader.Peek(ctx, obj.Rules[i].Reference.Dataset)
	if err != nil || !ok {
		return nil, err
	}
	head, _, err := d.Records.Head(ctx, t.Con.ID)
	if err != nil {
		return nil, err
	}
	rows, err := d.keep("bodies", t, head, func() (all []plan.Row, err error) {
		one := plan.Row{}
		err = reader.Each(ctx, t, "", func(r record.Row) bool {
			if id, ok := atlas.IDOf(t.View, &r); ok {
				one[id] = atlas.TitleOf(t.View, &r)
			}
			return true
		})
		return []plan.Row{one}, err
	})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0], nil
}

// Reads reports whether the caller reads the register of plans.
func (d *Desk) Reads(ctx context.Context) bool {
	con, err := d.Set(ctx, contract.RegisterPlans)
	return err == nil && con != nil && len(con.Objects) > 0 && d.Door.Can(ctx, policy.Read, con.What(con.Objects[0]))
}

// Shelf is the documents that the caller reads.
func (d *Desk) Shelf(ctx context.Context) (*plan.Shelf, error) { return d.shelf(ctx, false) }

// Beside is Shelf for what is named beside something else: of who does not read the
// register it is empty.
func (d *Desk) Beside(ctx context.Context) (*plan.Shelf, error) { return d.shelf(ctx, true) }

func (d *Desk) shelf(ctx context.Context, besides bool) (*plan.Shelf, error) {
	rows, err := d.rows(ctx, contract.RegisterPlans, besides)
	all := make([]plan.Document, len(rows))
	for i, r := range rows {
		all[i] = plan.DocumentOf(r)
	}
	return plan.NewShelf(all), err
}

// A Task is a task with its state.
type Task struct {
	plan.Task
	plan.Standing
	Told plan.Told
}

// Tasks are those that the caller reads, each with its state of today.
func (d *Desk) Tasks(ctx context.Context) ([]Task, error) { return d.tasks(ctx, false) }

func (d *Desk) tasks(ctx context.Context, besides bool) ([]Task, error) {
	rows, err := d.rows(ctx, contract.RegisterTasks, besides)
	if err != nil {
		return nil, err
	}
	told, err := d.told(ctx)
	if err != nil {
		return nil, err
	}
	today := d.Today()
	all := make([]Task, len(rows))
	for i, r := range rows {
		t := Task{Task: plan.TaskOf(r)}
		t.Told = told[t.ID]
		t.Standing = plan.Stand(today, t.Start, t.Due, t.Told)
		all[i] = t
	}
	return all, nil
}

func (d *Desk) told(ctx context.Context) (map[string]plan.Told, error) {
	if d.Told == nil {
		return nil, nil
	}
	return d.Told(ctx)
}

// Task gives one task; one that is not known, or not the caller's to see, is a fault
// "plan.no-task".
func (d *Desk) Task(ctx context.Context, id string) (Task, error) {
	all, err := d.Tasks(ctx)
	if err != nil {
		return Task{}, err
	}
	for _, t := range all {
		if t.ID == id {
			return t, nil
		}
	}
	return Task{}, fault.New(fault.NotFound, "plan.no-task", id)
}

// Duties are those that the caller reads.
func (d *Desk) Duties(ctx context.Context) ([]plan.Duty, error) { return d.duties(ctx, false) }

func (d *Desk) duties(ctx context.Context, besides bool) ([]plan.Duty, error) {
	rows, err := d.rows(ctx, contract.RegisterDuties, besides)
	all := make([]plan.Duty, len(rows))
	for i, r := range rows {
		all[i] = plan.DutyOf(r)
	}
	return all, err
}

// Province is the code of the province that keeps the plans, "" when that is not known.
func (d *Desk) Province(ctx context.Context) (string, error) {
	con, err := d.Set(ctx, contract.RegisterPlans)
	if err != nil || con == nil || d.Orgs == nil {
		return "", err
	}
	snap, err := d.Orgs.Snapshot(ctx)
	if err != nil {
		return "", err
	}
	if o, ok := snap.Get(con.Owner, d.Today()); ok {
		return o.Province, nil
	}
	return "", nil
}

// Knows reports whether a unit is an organisation that the platform knows.
func (d *Desk) Knows(ctx context.Context, unit string) (bool, error) {
	if d.Orgs == nil {
		return false, nil
	}
	snap, err := d.Orgs.Snapshot(ctx)
	if err != nil {
		return false, err
	}
	_, ok := snap.Org(unit)
	return ok, nil
}

// Agencies names units by their ids: organisations of the platform, else bodies that the
// plans name; an unknown one by its id.
func (d *Desk) Agencies(ctx context.Context) (func(id string) string, error) {
	var snap *org.Snapshot
	if d.Orgs != nil {
		var err error
		if snap, err = d.Orgs.Snapshot(ctx); err != nil {
			return nil, err
		}
	}
	bodies, err := d.bodies(ctx)
	if err != nil {
		return nil, err
	}
	return func(id string) string {
		if name := snap.Name(id); name != id {
			return name
		}
		return cmp.Or(bodies[id], id)
	}, nil
}

// Wording names codes of a register's columns.
type Wording struct {
	obj   *contract.Object
	names dictionary.Names
}

// Wording gives the words of the code lists of a register.
func (d *Desk) Wording(ctx context.Context, register string) (w Wording, err error) {
	con, err := d.Set(ctx, register)
	if err != nil || con == nil || len(con.Objects) == 0 {
		return w, err
	}
	w.obj = con.Objects[0]
	w.names, err = registers.NamesOf(ctx, d.CodeLists, con, d.Today())
	return w, err
}

// Of is what a code of a column is called; the code where nothing names it.
func (w Wording) Of(column, code string) string {
	if w.obj == nil || code == "" {
		return code
	}
	if i := w.obj.Column(column); i >= 0 {
		if name := w.names.Name(w.obj.Columns[i].CodeList, code); name != "" {
			return name
		}
	}
	return code
}

// fits reports whether every word stands in one of the texts, whatever its marks.
func fits(words []string, texts ...string) bool {
	if len(words) == 0 {
		return true
	}
	all := viet.Fold(strings.Join(texts, "\n"))
	for _, w := range words {
		if !strings.Contains(all, w) {
			return false
		}
	}
	return true
}
