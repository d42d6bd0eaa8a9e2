package systems

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/registry"
	"github.com/phohien/phohien/internal/core/registry/moves"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// Flow reads the process as its data set has it now; an empty one when it is not
// installed or not the caller's to read.
func (d *Desk) Flow(ctx context.Context) (registry.Flow, error) {
	var objects [2][]registry.Row
	for i, name := range []string{stepsObject, needsObject} {
		t, ok, err := d.reader().Peek(ctx, d.set(ctx, contract.RegisterProcess)+name)
		if err != nil || !ok {
			return registry.Flow{}, err
		}
		if objects[i], err = d.rows(ctx, t, "", nil); err != nil {
			return registry.Flow{}, err
		}
	}
	return registry.NewFlow(objects[0], objects[1])
}

// A Step is one out of a system's state, with what is missing for it.
type Step struct {
	registry.Step
	Missing []registry.Missing
	May     bool // the caller may ask for it, once nothing is missing
}

// Steps are those out of a system's state.
func (d *Desk) Steps(ctx context.Context, s System) ([]Step, error) {
	flow, err := d.Flow(ctx)
	if err != nil {
		return nil, err
	}
	var all []Step
	for _, step := range flow.Next(s.State()) {
		refused, err := d.mayAsk(ctx, step, s)
		if err != nil {
			return nil, err
		}
		// A second factor is asked for when it comes to that.
		may := refused == nil || fault.Is(refused, door.NeedsStrong)
		all = append(all, Step{step, d.missing(flow, step, s, ""), may})
	}
	return all, nil
}

// missing is what a system lacks for a step. The reason of the move becomes the
// basis of the state: as long as none is written it is not told as missing.
func (d *Desk) missing(flow registry.Flow, step registry.Step, s System, why string) []registry.Missing {
	with := s.System
	if step.From != step.To {
		with.Row = registry.Row{}
		for k, v := range s.Row {
			with.Row[k] = v
		}
		if with.Row[colBasis] = why; why == "" {
			with.Row[colBasis] = "?"
		}
	}
	return flow.Check(step.From, step.To, with)
}

// mayAsk says why the caller may not ask for a step, nil when they may: they have
// one of its roles, and either send rows of the system's agency or approve what
// others propose.
func (d *Desk) mayAsk(ctx context.Context, step registry.Step, s System) (refused, err error) {
	if !d.has(ctx, step.Propose) {
		return fault.New(fault.Denied, "register.role", d.roles(step.Propose)), nil
	}
	con, obj, err := door.Lookup(ctx, d.Contracts, d.Register(ctx))
	if err != nil {
		return nil, err
	}
	approves := d.Door.Asks(ctx, policy.Approve, con.What(obj))
	switch {
	case d.theirs(ctx, con, obj, s.Owner()), approves.Allowed:
		return nil, nil
	case approves.NeedsStrong:
		return door.NotStrong(), nil
	}
	return fault.New(fault.Denied, "register.not-theirs", s.Name()), nil
}

// theirs reports whether the caller may write rows of an agency.
func (d *Desk) theirs(ctx context.Context, con *contract.Contract, obj *contract.Object, agency string) bool {
	decision := d.Door.Asks(ctx, policy.Send, con.What(obj))
	return decision.Allowed && (decision.Rows.All || agency != "" && slices.Contains(decision.Rows.Orgs, agency))
}

// MayEdit reports whether the caller may change a system's row.
func (d *Desk) MayEdit(ctx context.Context, s System) bool {
	con, obj, err := door.Lookup(ctx, d.Contracts, d.Register(ctx))
	return err == nil && !con.Retired && d.theirs(ctx, con, obj, s.Owner())
}

// MayPropose reports whether the caller may propose a system.
func (d *Desk) MayPropose(ctx context.Context) bool {
	con, obj, err := door.Lookup(ctx, d.Contracts, d.Register(ctx))
	return err == nil && !con.Retired && d.Door.Can(ctx, policy.Send, con.What(obj))
}

// has reports whether the caller has one of the roles. Who works without roles,
// the operator of the server, has those of an administrator and none of these.
func (d *Desk) has(ctx context.Context, roles []string) bool {
	who := door.From(ctx).Who
	return slices.ContainsFunc(roles, who.Has)
}

// A roleList names roles in the reader's language.
type roleList struct{ vi, en []string }

// In is the list as one text.
func (r roleList) In(l locale.Lang) string {
	if l == locale.Vi {
		return strings.Join(r.vi, ", ")
	}
	return strings.Join(r.en, ", ")
}

func (d *Desk) roles(ids []string) roleList {
	var known []policy.Role
	if d.Roles != nil {
		known = d.Roles()
	}
	var all roleList
	for _, id := range ids {
		vi, en := id, id
		for _, r := range known {
			if r.ID == id {
				vi, en = r.Vi, r.En
			}
		}
		all.vi, all.en = append(all.vi, vi), append(all.en, en)
	}
	return all
}

// RoleNames names roles for a reader.
func (d *Desk) RoleNames(l locale.Lang, ids []string) string { return d.roles(ids).In(l) }

// A Lacking says what a system lacks for a step.
type Lacking struct {
	Missing []registry.Missing
	fault   *fault.Error
}

// Error implements error.
func (l *Lacking) Error() string { return l.fault.Error() }

// Unwrap is the fault that the doors speak of.
func (l *Lacking) Unwrap() error { return l.fault }

// Parts are the missing things as doors list them.
func (l *Lacking) Parts(lang locale.Lang) (all [][2]string) {
	for _, m := range l.Missing {
		all = append(all, [2]string{m.Column, lang.Of(m.Says.Vi, m.Says.En)})
	}
	return all
}

// lacks are missing things as one text in a sentence.
type lacks []registry.Missing

// In is the list as one text.
func (m lacks) In(l locale.Lang) string {
	all := make([]string, len(m))
	for i, one := range m {
		all[i] = l.Of(one.Says.Vi, one.Says.En)
	}
	return strings.Join(all, "; ")
}

func newLacking(s System, missing []registry.Missing) *Lacking {
	return &Lacking{missing, fault.New(fault.Conflict, "register.lacks", s.Name(), lacks(missing))}
}

// step finds a step of the process.
func (d *Desk) step(ctx context.Context, from, to registry.State) (registry.Flow, registry.Step, error) {
	flow, err := d.Flow(ctx)
	if err != nil {
		return flow, registry.Step{}, err
	}
	step, ok := flow.Step(from, to)
	if !ok {
		return flow, step, fault.New(fault.Conflict, "register.no-step", d.stateName(ctx, from), d.stateName(ctx, to))
	}
	return flow, step, nil
}

// stateName is the name of a state's code, the code itself when it has none.
func (d *Desk) stateName(ctx context.Context, s registry.State) string {
	_, obj, names, err := d.Names(ctx)
	if err != nil {
		return string(s)
	}
	if i := obj.Column(colState); i >= 0 {
		if name := names.Name(obj.Columns[i].CodeList, string(s)); name != "" {
			return name
		}
	}
	return string(s)
}

// Ask asks for a system to be moved. What it lacks is a *Lacking.
func (d *Desk) Ask(ctx context.Context, id string, to registry.State, why string) (*moves.Request, error) {
	s, err := d.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	r, err := d.ask(ctx, s, to, why)
	detail := map[string]string{"change": "system-ask", "system": id, "from": string(s.State()), "to": string(to)}
	if r != nil {
		detail["request"], detail["reason"] = r.ID, r.Why
	}
	return r, d.noted(ctx, policy.Send, err, detail)
}

func (d *Desk) ask(ctx context.Context, s System, to registry.State, why string) (*moves.Request, error) {
	flow, step, err := d.step(ctx, s.State(), to)
	if err != nil {
		return nil, err
	}
	refused, err := d.mayAsk(ctx, step, s)
	if err = errors.Join(refused, err); err != nil {
		return nil, err
	}
	if why, err = moves.Reason(why); err != nil {
		return nil, err
	}
	if missing := d.missing(flow, step, s, why); len(missing) > 0 {
		return nil, newLacking(s, missing)
	}
	return d.Moves.Ask(ctx, door.Actor(ctx), s.ID(), step.From, step.To, why)
}

// noted writes down what was done with the register, or that it failed.
func (d *Desk) noted(ctx context.Context, action policy.Action, err error, detail map[string]string) error {
	return d.Door.Did(ctx, action, policy.What{Kind: policy.KindDataset, ID: d.Register(ctx)}, err, detail)
}

// A Request is a move that was asked for, as the caller sees it.
type Request struct {
	*moves.Request
	Own       bool
	MayDecide bool
}

// Requests are those of a system, the newest first.
func (d *Desk) Requests(ctx context.Context, s System) ([]Request, error) {
	list, err := d.Moves.Of(ctx, s.ID())
	if err != nil || len(list) == 0 {
		return nil, err
	}
	flow, err := d.Flow(ctx)
	if err != nil {
		return nil, err
	}
	me := door.Actor(ctx)
	all := make([]Request, len(list))
	for i, r := range list {
		step, ok := flow.Step(r.From, r.To)
		all[i] = Request{r, r.Own(me), ok && r.State == moves.Waiting && !r.Own(me) && d.has(ctx, step.Approve)}
	}
	return all, nil
}

// Decide approves or refuses a request. Approved, the system is moved at once, by
// who approves and for the reason of who asked.
func (d *Desk) Decide(ctx context.Context, id, request string, approve bool, said string) (*moves.Request, error) {
	s, err := d.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	r, err := d.Moves.Get(ctx, request)
	if err == nil && r.System != id {
		err = fault.New(fault.NotFound, "moves.unknown", request)
	}
	if err != nil {
		return nil, err
	}
	flow, step, err := d.step(ctx, r.From, r.To)
	if err != nil {
		return nil, err
	}
	con, obj, err := door.Lookup(ctx, d.Contracts, d.Register(ctx))
	if err != nil {
		return nil, err
	}
	what := con.What(obj)
	what.Proposer = r.By.Kind + ":" + r.By.ID
	if _, err := d.Door.May(ctx, policy.Approve, what); err != nil {
		return nil, err
	}
	if !d.has(ctx, step.Approve) {
		return nil, fault.New(fault.Denied, "register.approver", d.roles(step.Approve))
	}
	by := door.Actor(ctx)
	if err := r.Decidable(by); err != nil {
		return nil, err
	}
	detail := map[string]string{"change": "system-refuse", "system": id, "request": r.ID, "proposer": what.Proposer}
	if !approve {
		r, err = d.Moves.Refuse(ctx, by, r.ID, said)
		return r, d.noted(ctx, policy.Approve, err, detail)
	}
	detail["change"] = "system-move"
	if missing := d.missing(flow, step, s, r.Why); len(missing) > 0 {
		return nil, newLacking(s, missing)
	}
	cells := map[string]string{colState: string(r.To), colBasis: r.Why, colConfirmed: "true"}
	if r.From != r.To {
		cells[colSince] = d.today().String()
	}
	st, err := d.Forms.Put(ctx, policy.Approve, nil, form.Edit{
		Con: con, Obj: obj, Key: s.Key, Seq: s.Seq, Cells: cells, Why: locale.Vi.T("register.moved", r.By.Name, r.Why), Repeat: "move-" + r.ID,
	})
	if err != nil {
		return nil, err
	}
	r, err = d.Moves.Approve(ctx, by, r.ID, said, st.ID)
	detail["batch"] = st.ID
	return r, d.noted(ctx, policy.Approve, err, detail)
}

// Withdraw ends a request that the caller made.
func (d *Desk) Withdraw(ctx context.Context, id, request string) (*moves.Request, error) {
	if _, err := d.Find(ctx, id); err != nil {
		return nil, err
	}
	r, err := d.Moves.Withdraw(ctx, door.Actor(ctx), request)
	return r, d.noted(ctx, policy.Send, err, map[string]string{"change": "system-withdraw", "system": id, "request": request})
}
