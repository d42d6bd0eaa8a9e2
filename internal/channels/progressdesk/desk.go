// Package progressdesk is what pages need of monthly progress: who opens and closes a
// period, what is asked of whom, who fills in the sheet of a unit, who decides on it, who
// answers what units raise. Everything that is written, and every refusal, is in the log.
package progressdesk

import (
	"context"
	"slices"

	"github.com/phohien/phohien/internal/apps/plan"
	"github.com/phohien/phohien/internal/apps/progress"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/plandesk"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// ID is what periods are called in the log and in policies.
const ID = "progress"

// What periods are to the policies: governors, who put code lists into force, open and
// close them and answer what units raise.
var What = policy.What{Kind: policy.KindCodeList, ID: ID}

// A Desk is where monthly progress is kept.
type Desk struct {
	Door  *door.Door
	Store *progress.Store
	Plans *plandesk.Desk
	Orgs  plandesk.Orgs
}

// Leads reports whether the caller opens and closes periods.
func (d *Desk) Leads(ctx context.Context) bool { return d.Door.Can(ctx, policy.EditContract, What) }

// follows reports whether the caller sees all sheets: who leads, and who may approve
// whatever anybody proposes.
func (d *Desk) follows(ctx context.Context) bool {
	return d.Leads(ctx) || d.Door.Can(ctx, policy.Approve, What)
}

// mine reports whether a unit is the caller's own, or one that their post covers.
func mine(ctx context.Context, unit string) bool {
	who := door.From(ctx).Who
	return unit != "" && (unit == who.Org || slices.Contains(who.Covers, unit))
}

// filling is what the policies are asked about the words of a unit's sheet: those who send
// the data of their agency fill it in, those who confirm it send it.
func filling(unit string) policy.What {
	return policy.What{Kind: policy.KindDataset, ID: ID, Owner: unit}
}

// deciding is what the policies are asked about the approval of a unit's sheet.
func deciding(sh *progress.Sheet) policy.What {
	w := policy.What{Kind: policy.KindCodeList, ID: ID, Owner: sh.Org}
	if sh.SentBy.ID != "" {
		w.Proposer = sh.SentBy.Kind + ":" + sh.SentBy.ID
	}
	return w
}

func (d *Desk) did(ctx context.Context, action policy.Action, what policy.What, err error, change string, m progress.Month, unit string) error {
	detail := map[string]string{"change": "progress-" + change, "period": string(m)}
	if unit != "" {
		detail["agency"] = unit
	}
	return d.Door.Did(ctx, action, what, err, detail)
}

// A Period is a period with the sheets of it that the caller sees.
type Period struct {
	*progress.Period
	Sheets []*progress.Sheet
	Whole  bool // all sheets
}

// List gives the periods that the caller may know of, the newest first.
func (d *Desk) List(ctx context.Context) (all []*Period, err error) {
	d.Door.Sift(ctx, policy.OwnAccount)
	list, err := d.Store.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		one, err := d.seen(ctx, p)
		if err != nil {
			return nil, err
		}
		if one.Whole || len(one.Sheets) > 0 {
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b *Period) int { return -compare(a.Period.Period, b.Period.Period) })
	return all, nil
}

func compare(a, b progress.Month) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (d *Desk) seen(ctx context.Context, p *progress.Period) (*Period, error) {
	sheets, err := d.Store.Sheets(ctx, p.Period)
	if err != nil {
		return nil, err
	}
	one := &Period{Period: p, Whole: d.follows(ctx)}
	for _, sh := range sheets {
		if one.Whole || mine(ctx, sh.Org) {
			one.Sheets = append(one.Sheets, sh)
		}
	}
	return one, nil
}

// Find gives one period; one that the caller may not know of is not there.
func (d *Desk) Find(ctx context.Context, m progress.Month) (*Period, error) {
	p, err := d.Store.Get(ctx, m)
	if err != nil {
		return nil, err
	}
	d.Door.Sift(ctx, policy.OwnAccount)
	one, err := d.seen(ctx, p)
	if err == nil && !one.Whole && len(one.Sheets) == 0 {
		return nil, fault.New(fault.NotFound, "progress.unknown", string(m))
	}
	return one, err
}

// Open opens a period: what is not done of the province's own plans is asked of who leads
// it. Without an agency that coordinates it is the caller's own.
func (d *Desk) Open(ctx context.Context, p progress.Plan) (*progress.Period, error) {
	if _, err := d.Door.May(ctx, policy.EditContract, What); err != nil {
		return nil, err
	}
	if p.Lead == "" {
		p.Lead = door.From(ctx).Who.Org
	}
	items, err := d.items(ctx, p.Lead)
	var out *progress.Period
	if err == nil {
		out, err = d.Store.Open(ctx, door.Actor(ctx), p, items)
	}
	return out, d.did(ctx, policy.EditContract, What, err, "opened", p.Period, "")
}

// items is what is asked: tasks that are not done, and targets that the platform does not
// measure by itself. What a plan gives to units together is asked of whoever coordinates,
// who speaks for all, and of each of them.
func (d *Desk) items(ctx context.Context, lead string) (all []progress.Item, err error) {
	province, err := d.Plans.Province(ctx)
	if err != nil {
		return nil, err
	}
	tasks, err := d.Plans.Tasks(ctx)
	if err != nil {
		return nil, err
	}
	targets, err := d.Plans.Targets(ctx)
	if err != nil {
		return nil, err
	}
	units, err := d.units(ctx, lead)
	if err != nil {
		return nil, err
	}
	add := func(kind progress.Kind, p *plan.Part) {
		if leads := units(p.Leads); len(leads) > 0 && p.Province == province {
			all = append(all, progress.Item{Ref: progress.Ref{Kind: kind, Code: p.ID}, Title: p.Title, Leads: leads})
		}
	}
	for i := range tasks {
		if !tasks[i].Told.Done {
			add(progress.Task, &tasks[i].Part)
		}
	}
	for i := range targets {
		if t := &targets[i]; t.From != plandesk.FromPlatform {
			add(progress.Target, &t.Part)
		}
	}
	return all, nil
}

// units says which units report on what a plan gives to others: units themselves; for
// units together, or bodies that have no part in the platform, the one that coordinates,
// and each of the units.
func (d *Desk) units(ctx context.Context, lead string) (func(leads []string) []string, error) {
	snap, err := d.Orgs.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	today := d.Plans.Today()
	tree := snap.Tree(today)
	return func(leads []string) (list []string) {
		put := func(unit string) {
			if !slices.Contains(list, unit) {
				list = append(list, unit)
			}
		}
		for _, id := range leads {
			o, ok := snap.Get(id, today)
			switch {
			case !ok:
				put(lead)
			case !o.Collective:
				put(id)
			default:
				put(lead)
				for _, b := range tree {
					if !b.Org.Collective && b.Org.Level == o.Level && b.Org.Province == o.Province {
						put(b.Org.ID)
					}
				}
			}
		}
		return list
	}, nil
}

// Close closes a period by the words that count now.
func (d *Desk) Close(ctx context.Context, m progress.Month) error {
	if _, err := d.Door.May(ctx, policy.EditContract, What); err != nil {
		return err
	}
	standings, err := d.standings(ctx)
	detail := map[string]string{"change": "progress-closed", "period": string(m)}
	if err == nil {
		var p *progress.Period
		if p, err = d.Store.Close(ctx, door.Actor(ctx), m, d.Store.Now(), standings); err == nil {
			detail["hash"] = p.Hash // the log proves it once more
		}
	}
	return d.Door.Did(ctx, policy.EditContract, What, err, detail)
}

func (d *Desk) standings(ctx context.Context) (map[progress.Ref]progress.Standing, error) {
	tasks, err := d.Plans.Tasks(ctx)
	if err != nil {
		return nil, err
	}
	targets, err := d.Plans.Targets(ctx)
	if err != nil {
		return nil, err
	}
	all := map[progress.Ref]progress.Standing{}
	for _, t := range tasks {
		all[progress.Ref{Kind: progress.Task, Code: t.ID}] = progress.Standing{State: t.State, Why: t.Why}
	}
	for _, t := range targets {
		all[progress.Ref{Kind: progress.Target, Code: t.ID}] = progress.Standing{Value: t.Now}
	}
	return all, nil
}

// Verify recomputes the snapshot of a closed period.
func (d *Desk) Verify(ctx context.Context, m progress.Month) (*progress.Verdict, error) {
	if _, err := d.Find(ctx, m); err != nil {
		return nil, err
	}
	return d.Store.Verify(ctx, m)
}

// A Line is a line of a sheet with what the plan says of it.
type Line struct {
	progress.Line
	Task   *plandesk.Task   // of a task that is still in the register
	Target *plandesk.Target // likewise
	Shared bool             // the plan gives it to units together
}

// A Sheet is the sheet of a unit with its lines and what the caller may do with it.
type Sheet struct {
	*progress.Sheet
	Of        *Period
	Lines     []Line
	MayFill   bool
	MaySend   bool
	MayDecide bool
	MayBack   bool // to open again what was approved
}

// Sheet gives the sheet of a unit; one that the caller may not know of is not there.
func (d *Desk) Sheet(ctx context.Context, m progress.Month, unit string) (*Sheet, error) {
	one, err := d.Find(ctx, m)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(one.Sheets, func(sh *progress.Sheet) bool { return sh.Org == unit }) {
		return nil, fault.New(fault.NotFound, "progress.no-sheet", unit)
	}
	sh, lines, err := d.Store.Sheet(ctx, m, unit)
	if err != nil {
		return nil, err
	}
	tasks, err := d.Plans.Tasks(ctx)
	if err != nil {
		return nil, err
	}
	targets, err := d.Plans.Targets(ctx)
	if err != nil {
		return nil, err
	}
	s := &Sheet{Sheet: sh, Of: one, Lines: make([]Line, len(lines))}
	for i, l := range lines {
		s.Lines[i] = Line{Line: l}
		var leads []string
		switch l.Kind {
		case progress.Task:
			if at := slices.IndexFunc(tasks, func(t plandesk.Task) bool { return t.ID == l.Code }); at >= 0 {
				s.Lines[i].Task, leads = &tasks[at], tasks[at].Leads
			}
		case progress.Target:
			if at := slices.IndexFunc(targets, func(t plandesk.Target) bool { return t.ID == l.Code }); at >= 0 {
				s.Lines[i].Target, leads = &targets[at], targets[at].Leads
			}
		}
		s.Lines[i].Shared = len(leads) > 0 && !slices.Contains(leads, unit)
	}
	for _, a := range []policy.Action{policy.Send, policy.Confirm, policy.Approve} {
		d.Door.Sift(ctx, a)
	}
	open := one.State == progress.Open
	s.MayFill = open && sh.Fills() && d.fills(ctx, unit)
	s.MaySend = open && sh.Fills() && mine(ctx, unit) && d.Door.Can(ctx, policy.Confirm, filling(unit))
	s.MayDecide = open && sh.State == progress.Sent && d.heads(ctx, sh)
	s.MayBack = open && sh.State == progress.Approved && d.Leads(ctx)
	return s, nil
}

// fills reports whether the caller writes in the sheet of a unit. Who sends all data of a
// register does not report for other units.
func (d *Desk) fills(ctx context.Context, unit string) bool {
	return mine(ctx, unit) && d.Door.Can(ctx, policy.Send, filling(unit))
}

// heads reports whether the caller decides on the sheet of a unit.
func (d *Desk) heads(ctx context.Context, sh *progress.Sheet) bool {
	a := d.Door.Asks(ctx, policy.Approve, deciding(sh))
	return mine(ctx, sh.Org) && (a.Allowed || a.NeedsStrong)
}

// known refuses a sheet that the caller may not know of.
func (d *Desk) known(ctx context.Context, m progress.Month, unit string) error {
	one, err := d.Find(ctx, m)
	if err == nil && !slices.ContainsFunc(one.Sheets, func(sh *progress.Sheet) bool { return sh.Org == unit }) {
		err = fault.New(fault.NotFound, "progress.no-sheet", unit)
	}
	return err
}

// Save keeps words of a unit's sheet. Those that come when it may no longer be filled in
// are kept beside it, so that nothing of a telephone without network is lost.
func (d *Desk) Save(ctx context.Context, m progress.Month, unit string, saved []progress.Saved) ([]progress.Answer, error) {
	if err := d.known(ctx, m, unit); err != nil {
		return nil, err
	}
	if _, err := d.Door.May(ctx, policy.Send, filling(unit)); err != nil {
		return nil, err
	}
	var answers []progress.Answer
	err := d.theirs(ctx, unit)
	if err == nil {
		answers, err = d.Store.Save(ctx, door.Actor(ctx), m, unit, saved)
	}
	return answers, d.did(ctx, policy.Send, filling(unit), err, "saved", m, unit)
}

// theirs refuses who does not work for a unit.
func (d *Desk) theirs(ctx context.Context, unit string) error {
	if mine(ctx, unit) {
		return nil
	}
	return fault.New(fault.Denied, "progress.not-theirs")
}

// Settle chooses between two words of a line.
func (d *Desk) Settle(ctx context.Context, m progress.Month, unit, word string, c progress.Choice) error {
	if err := d.known(ctx, m, unit); err != nil {
		return err
	}
	if _, err := d.Door.May(ctx, policy.Send, filling(unit)); err != nil {
		return err
	}
	err := d.theirs(ctx, unit)
	if err == nil {
		_, err = d.Store.Resolve(ctx, door.Actor(ctx), m, unit, word, c)
	}
	return d.did(ctx, policy.Send, filling(unit), err, "settled", m, unit)
}

// Send puts a sheet before the head of its unit.
func (d *Desk) Send(ctx context.Context, m progress.Month, unit string, nothing bool) error {
	if err := d.known(ctx, m, unit); err != nil {
		return err
	}
	if _, err := d.Door.May(ctx, policy.Confirm, filling(unit)); err != nil {
		return err
	}
	err := d.theirs(ctx, unit)
	if err == nil {
		err = d.Store.Send(ctx, door.Actor(ctx), m, unit, nothing)
	}
	return d.did(ctx, policy.Confirm, filling(unit), err, "sent", m, unit)
}

// decides asks whether the caller may decide on a sheet.
func (d *Desk) decides(ctx context.Context, m progress.Month, unit string) (*Sheet, error) {
	sh, err := d.Sheet(ctx, m, unit)
	if err != nil {
		return nil, err
	}
	if sh.State == progress.Approved && d.Leads(ctx) {
		_, err = d.Door.May(ctx, policy.EditContract, What)
		return sh, err
	}
	if _, err = d.Door.May(ctx, policy.Approve, deciding(sh.Sheet)); err == nil {
		err = d.theirs(ctx, unit)
	}
	return sh, err
}

// Approve makes the words of a sheet count.
func (d *Desk) Approve(ctx context.Context, m progress.Month, unit string) error {
	sh, err := d.decides(ctx, m, unit)
	if err != nil {
		return err
	}
	return d.did(ctx, policy.Approve, deciding(sh.Sheet), d.Store.Approve(ctx, door.Actor(ctx), m, unit), "approved", m, unit)
}

// Back sends a sheet back with a reason: its head one that was sent, who coordinates also
// one that was approved.
func (d *Desk) Back(ctx context.Context, m progress.Month, unit, why string) error {
	sh, err := d.decides(ctx, m, unit)
	if err != nil {
		return err
	}
	return d.did(ctx, policy.Approve, deciding(sh.Sheet), d.Store.Back(ctx, door.Actor(ctx), m, unit, why), "back", m, unit)
}

// Matters are what units have raised in a period, as far as the caller sees their sheets.
func (d *Desk) Matters(ctx context.Context, m progress.Month) (list []*progress.Matter, err error) {
	all, err := d.Store.Matters(ctx, progress.MatterFilter{Period: m})
	if err != nil {
		return nil, err
	}
	whole := d.follows(ctx)
	for _, one := range all {
		if whole || mine(ctx, one.Org) {
			list = append(list, one)
		}
	}
	return list, nil
}

// Matter gives one matter; one that the caller may not know of is not there.
func (d *Desk) Matter(ctx context.Context, m progress.Month, id string) (*progress.Matter, error) {
	d.Door.Sift(ctx, policy.OwnAccount)
	one, err := d.Store.Matter(ctx, id)
	if err != nil {
		return nil, err
	}
	if one.Period != m || !d.follows(ctx) && !mine(ctx, one.Org) {
		return nil, fault.New(fault.NotFound, "progress.no-such-matter")
	}
	return one, nil
}

// Reply answers a matter.
func (d *Desk) Reply(ctx context.Context, m progress.Month, id, answer string) error {
	if _, err := d.Door.May(ctx, policy.EditContract, What); err != nil {
		return err
	}
	return d.did(ctx, policy.EditContract, What, d.Store.Reply(ctx, door.Actor(ctx), id, answer), "answered", m, "")
}

// Escalate hands on a matter that is beyond the coordinator's power.
func (d *Desk) Escalate(ctx context.Context, m progress.Month, id, to, why string) error {
	if _, err := d.Door.May(ctx, policy.EditContract, What); err != nil {
		return err
	}
	return d.did(ctx, policy.EditContract, What, d.Store.Escalate(ctx, door.Actor(ctx), id, to, why), "escalated", m, "")
}

// Agencies names units by their ids.
func (d *Desk) Agencies(ctx context.Context) (func(id string) string, error) {
	return d.Plans.Agencies(ctx)
}

// Usual says what a new period is like by default: of the month whose figures are cut
// next.
func (d *Desk) Usual() progress.Plan {
	today := d.Plans.Today()
	at := today.Time()
	if at.Day() >= progress.UsualCut {
		at = at.AddDate(0, 1, 1-at.Day())
	}
	return progress.Plan{Period: progress.Month(at.Format("2006-01")), Cut: progress.UsualCut}
}
