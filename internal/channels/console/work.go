package console

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/scores"
	"github.com/phohien/phohien/internal/channels/shelf"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/approval"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// What the page of a person's own work shows at most.
const (
	lookedBatches = 300 // newest batches among which theirs are looked for
	shownSends    = 10
	shownMissing  = 5 // names of those who have not sent
	shownRequests = 50
	shownDue      = 6 // that stand open
)

// workView is what waits for the reader, what is most urgent first.
type workView struct {
	Token    string
	Nothing  bool
	Issues   []dutyView
	Duties   []dutyView
	Late     []dueView
	never    []dueView // late too: nothing has ever come; they stand behind the others
	Sets     []ownSetView
	Turns    []dueTurnView
	Requests []requestView
	Held     []sendView
	Waiting  []waitingView
	Slips    []sendView
	Sends    []sendView

	MoreIssues, MoreDuties string // pages with the rest, "" when there is none
}

// A dueView is a data set whose new data are promised.
type dueView struct{ Address, Name, When string }

// An ownSetView is a data set of the reader's with its score and what it lacks most.
type ownSetView struct {
	dueView
	Overall     string
	Grade       ui.Grade
	Lacks, Plus string // the point that is worth most and that the agency can mend, "" for none
	ScorePath   string
	value       float64 // unmeasured stand behind all
}

// A dueTurnView is how far the senders of a data set are with a period.
type dueTurnView struct {
	Address, Name, Period string
	Sent, Of              string
	Missing               string // names of some who have not sent
	More                  int64
	All                   bool
}

// A waitingView is a data set with records to be mended.
type waitingView struct {
	Address, Name, Slip string
	Lines               int64
}

// A sendView is a batch with what the reader may do to it.
type sendView struct {
	batchRow
	SetName       string
	Address       string
	Slip, Cards   string
	Confirm, Undo bool
	Why           string // why it is held
	Open          string
}

// A requestView waits for a decision of the reader.
type requestView struct{ Address, What, By, Until string }

func (s *server) workRoutes() {
	s.Handle("GET /work", door.Each(policy.Describe, policy.KindDataset), s.work)
	s.Offer(ui.Entry{Place: "work", Address: "/work", Text: "work.title", Group: ui.MenuWork}, s.hasWork)
}

// hasWork reports whether there is anything that the caller may have to do: to
// send for their own agency, to confirm, or to approve.
func (s *server) hasWork(ctx context.Context) bool {
	c := door.From(ctx)
	if !c.Known() {
		return false
	}
	what := policy.What{Kind: policy.KindDataset, Owner: c.Who.Org, Access: policy.AccessRestricted}
	core := what
	core.Class, core.Approvals = "core", approval.Needed
	for _, one := range []struct {
		action policy.Action
		what   policy.What
	}{{policy.Send, what}, {policy.Confirm, what}, {policy.Approve, core}} {
		if d := s.Door.Asks(ctx, one.action, one.what); d.Allowed || d.NeedsStrong {
			return true
		}
	}
	return false
}

// work shows what the reader has to do.
func (s *server) work(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if !door.From(ctx).Known() {
		return door.NotSignedIn()
	}
	all, err := s.shelf.Known(ctx)
	if err != nil {
		return err
	}
	p := s.Page(r, ui.Say(ctx, "work.title"), "work")
	v := workView{Token: p.Token}
	for _, e := range all {
		if e.Retired || !s.mine(ctx, e.Contract) {
			continue
		}
		v.due(ctx, e)
		v.set(ctx, s.Door, e)
		if err := s.waitingLines(ctx, e, &v); err != nil {
			return err
		}
		if err := s.dueTurns(ctx, e.Contract, &v); err != nil {
			return err
		}
	}
	v.Late = append(v.Late, v.never...)
	slices.SortStableFunc(v.Sets, func(a, b ownSetView) int {
		return cmp.Or(cmp.Compare(a.value, b.value), strings.Compare(viet.SortKey(a.Name), viet.SortKey(b.Name)))
	})
	if err := s.sends(ctx, &v); err != nil {
		return err
	}
	if err := s.decisions(ctx, &v); err != nil {
		return err
	}
	if err := s.duties(ctx, &v); err != nil {
		return err
	}
	v.Nothing = len(v.Issues)+len(v.Duties)+len(v.Late)+len(v.Turns)+len(v.Requests)+len(v.Held)+len(v.Waiting)+len(v.Slips) == 0
	return s.Show(w, r, p, workPage(v))
}

// mine reports whether a data set is the caller's to keep: their agency answers
// for it, they send a part of it, or they act for no agency and send to all.
func (s *server) mine(ctx context.Context, con *contract.Contract) bool {
	who := door.From(ctx).Who
	return slices.ContainsFunc(con.Objects, func(o *contract.Object) bool {
		d := s.Door.Asks(ctx, policy.Send, con.What(o))
		return d.Allowed && (who.Org == "" || con.Owner == who.Org || slices.Contains(who.Covers, con.Owner) || !d.Rows.All)
	})
}

// set tells how good a data set is and what it lacks.
func (v *workView) set(ctx context.Context, d *door.Door, e shelf.Entry) {
	lang := locale.From(ctx)
	one := ownSetView{
		dueView: dueView{Address: setPath(e.ID), Name: e.Name}, Overall: ui.Score(lang, e.Score.Overall), Grade: ui.GradeOf(e.Score.Overall),
		ScorePath: setPath(e.ID) + "/score", value: math.Inf(1),
	}
	if e.Score.Overall != nil {
		one.value = *e.Score.Overall
	}
	if e.Standing.Rows > 0 {
		one.When = ui.Say(ctx, "work.set-rows", e.Standing.Rows, lang.Time(e.Updated()))
	}
	for _, l := range scores.Losses(ctx, d, e.Contract, e.Score) {
		if l.Who != score.Platform {
			one.Lacks, one.Plus = l.What, l.Plus
			break
		}
	}
	v.Sets = append(v.Sets, one)
}

// due tells when new data are promised, and whether they are late: sống says
// both.
func (v *workView) due(ctx context.Context, e shelf.Entry) {
	if e.Frequency.Every <= 0 {
		return
	}
	for _, c := range e.Score.Criteria {
		if c.ID != contract.Live || c.Value == nil {
			continue
		}
		if *c.Value < 100 {
			v.Late = append(v.Late, dueView{Address: setPath(e.ID), Name: e.Name, When: scores.Said(locale.From(ctx), c.Why)})
		}
		return
	}
	if e.Standing.Rows == 0 { // promised, and nothing has ever come
		v.never = append(v.never, dueView{Address: setPath(e.ID), Name: e.Name, When: ui.Say(ctx, "work.never")})
	}
}

// waitingLines counts the records to be mended that the reader may see.
func (s *server) waitingLines(ctx context.Context, e shelf.Entry, v *workView) error {
	if e.Open == 0 {
		return nil
	}
	for _, o := range e.Objects {
		view := s.Door.Peek(ctx, policy.ReadQuarantine, e.Contract, o)
		if view == nil {
			continue
		}
		counts, err := s.Records.Through(view).QuarantineCounts(ctx)
		if err != nil {
			return err
		}
		if counts.Lines > 0 {
			at := setPath(o.Dataset)
			v.Waiting = append(v.Waiting, waitingView{Address: at + "/quarantine", Name: o.Title, Slip: at + "/slip.xlsx", Lines: counts.Lines})
		}
	}
	return nil
}

// dueTurns tells who has not sent for the last period of a data set.
func (s *server) dueTurns(ctx context.Context, con *contract.Contract, v *workView) error {
	for _, o := range con.Objects {
		if o.Sender < 0 || o.Period < 0 {
			continue
		}
		view := s.Door.Peek(ctx, policy.Read, con, o)
		if view == nil {
			continue
		}
		t, _, err := s.turnTable(ctx, view)
		if err != nil {
			return err
		}
		var all turnoutView
		if t.fill(&all, ""); len(t.periods) == 0 {
			continue
		}
		one := dueTurnView{
			Address: setPath(o.Dataset) + "/senders?period=" + url.QueryEscape(all.Chosen.Value), Name: o.Title, Period: all.Chosen.Title,
			Sent: all.Chosen.Sent, Of: all.Chosen.Of, Missing: strings.Join(all.Missing[:min(len(all.Missing), shownMissing)], "; "),
			More: int64(max(0, len(all.Missing)-shownMissing)), All: len(all.Missing) == 0,
		}
		v.Turns = append(v.Turns, one)
	}
	return nil
}

// sends looks through the newest batches for those that wait for the reader, and
// for the reader's own.
func (s *server) sends(ctx context.Context, v *workView) error {
	seen := 0
	for after := ""; seen < lookedBatches; {
		list, next, err := s.Corridor.Batches(ctx, "", after, 100)
		if err != nil {
			return err
		}
		for _, st := range list {
			seen++
			if err := s.oneSend(ctx, st, v); err != nil {
				return err
			}
		}
		if after = next; next == "" {
			break
		}
	}
	return nil
}

func (s *server) oneSend(ctx context.Context, st corridor.Status, v *workView) error {
	held, own := st.State == corridor.Held, door.Own(ctx, st)
	if !held && !own {
		return nil
	}
	con, obj, err := s.setOf(ctx, st)
	if err != nil {
		return err
	}
	if !s.Door.Can(ctx, policy.Describe, door.WhatBatch(policy.Describe, con, obj, st)) {
		return nil
	}
	st = s.Door.Shown(ctx, con, obj, st)
	one := sendView{batchRow: s.batchRow(ctx, st), SetName: con.Name, Address: "/batches/" + url.PathEscape(st.ID)}
	can := func(a policy.Action) bool { return s.Door.CanBatch(ctx, a, con, obj, st) }
	if held && can(policy.Confirm) {
		one.Confirm = st.Report == nil || st.Report.Reading == nil || len(st.Report.Reading.Missing) == 0
		if st.Report != nil && len(st.Report.Holds) > 0 {
			one.Why = note(locale.From(ctx), st.Report.Holds[0])
		}
		v.Held = append(v.Held, one)
	}
	if !own || st.Kind == "undo" {
		return nil
	}
	if len(v.Sends) < shownSends {
		one.Undo = can(policy.Undo) && st.State.Final() && st.State.Acknowledged() && st.State != corridor.Undone
		v.Sends = append(v.Sends, one)
	}
	return s.openSlip(ctx, con, obj, st, one, v)
}

// openSlip keeps a batch of the reader's that has lines which nobody has mended.
func (s *server) openSlip(ctx context.Context, con *contract.Contract, obj *contract.Object, st corridor.Status, one sendView, v *workView) error {
	if st.Report == nil || st.Report.Quarantined == 0 || len(v.Slips) == shownSends {
		return nil
	}
	view := s.Door.Peek(ctx, policy.ReadQuarantine, con, obj)
	if view == nil {
		return nil
	}
	const most = 1000
	lang := locale.From(ctx)
	lines, err := s.Records.Through(view).Quarantine(ctx, record.Filter{State: record.StateOpen, Batch: st.ID}, 0, most)
	if err != nil || len(lines) == 0 {
		return err
	}
	one.Open, one.Slip, one.Cards = lang.T("work.lines", int64(len(lines))), one.Address+"/slip.xlsx", setPath(obj.Dataset)+"/quarantine?batch="+url.QueryEscape(st.ID)+"&state="+record.StateOpen
	if len(lines) == most {
		one.Open = lang.T("work.lines-most", int64(most))
	}
	v.Slips = append(v.Slips, one)
	return nil
}

// decisions are requests that wait for the reader: exports that several persons
// approve, and erasures.
func (s *server) decisions(ctx context.Context, v *workView) error {
	lang := locale.From(ctx)
	if s.Exports != nil {
		list, err := s.Exports.ExportRequests(ctx, shownRequests)
		if err != nil {
			return err
		}
		for _, a := range list {
			if a.Approve {
				v.Requests = append(v.Requests, requestView{"/exports/" + url.PathEscape(a.Ask.ID), lang.T("work.export", a.Title), a.By.Name, lang.Time(a.Until)})
			}
		}
	}
	if s.Erasing == nil || !s.Erasing.Serves(ctx) {
		return nil
	}
	list, _, err := s.Erasing.List(ctx, "", shownRequests)
	if err != nil {
		return err
	}
	for _, e := range list {
		if len(e.Mine) > 0 {
			v.Requests = append(v.Requests, requestView{"/erasures/" + url.PathEscape(e.ID), lang.T("work.erasure"), e.By.Name, ""})
		}
	}
	return nil
}
