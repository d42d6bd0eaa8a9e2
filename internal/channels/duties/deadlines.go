package duties

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/dutydesk"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

const shownDuties = 50

// A dutyRow is one deadline in a list.
type dutyRow struct {
	Path, Title, Org, Due, Clock string
	Stand                        bandView
	Subject                      string // page of what it belongs to
}

type dutiesView struct {
	Head   headView
	Filter formView
	Rows   []dutyRow
	Next   string
}

func (s *pages) deadlineRoutes() {
	own := door.Of(policy.OwnAccount, policy.KindSelf)
	s.Handle("GET /deadlines", own, s.deadlines)
	s.Handle("GET /deadlines/{id}", own, s.deadline)
	act := door.Each(policy.EditContract, policy.KindCodeList)
	for _, what := range []string{dutydesk.Pause, dutydesk.Resume, dutydesk.Move, dutydesk.Cancel} {
		s.Handle("POST /deadlines/{id}/"+what, act, s.timed(what))
	}
}

func (s *pages) dutyRow(ctx context.Context, names dutydesk.Names, office *deadline.Office, rule deadline.Clock, d *deadline.Deadline) dutyRow {
	l := locale.From(ctx)
	return dutyRow{Path: "/deadlines/" + url.PathEscape(d.ID), Title: d.Title(l), Org: names.Of(d.Org), Due: l.Time(d.DueAt), Clock: d.Clock + ": " + rule.Duty(l),
		Stand: standing(l, office, d, s.Desk.Time()), Subject: d.Path}
}

// ruleTabs are the pages about time limits side by side.
func ruleTabs(l locale.Lang, here string) []linkView {
	all := []linkView{{Text: l.T("duties.deadlines"), Path: "/deadlines"}, {Text: l.T("duties.clocks"), Path: "/clocks"}, {Text: l.T("duties.calendar"), Path: "/calendar"}}
	for n := range all {
		all[n].Here = all[n].Path == here
	}
	return all
}

func (s *pages) deadlines(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	q := r.URL.Query()
	who := door.From(ctx).Who
	whose, state := cmp.Or(q.Get("whose"), "unit"), cmp.Or(q.Get("state"), string(deadline.Open))
	if who.Org == "" && q.Get("whose") == "" {
		whose = "all"
	}
	f := deadline.Filter{State: deadline.State(state), After: q.Get("after"), Limit: shownDuties}
	switch whose {
	case "me":
		f.Account = who.ID
	case "unit":
		f.Orgs = []string{cmp.Or(who.Org, "-")}
	case "all":
	default:
		return fault.New(fault.Invalid, "duties.whose", whose)
	}
	if state == "any" {
		f.State = ""
	}
	list, next, err := s.Desk.ListDeadlines(ctx, f)
	if err != nil {
		return err
	}
	names, office, err := s.Desk.NamesAndOffice(ctx)
	if err != nil {
		return err
	}
	rules, err := s.Desk.Rules(ctx, list)
	if err != nil {
		return err
	}
	v := dutiesView{Head: headView{Title: l.T("duties.deadlines"), Lead: l.T("duties.deadlines.lead"), Tabs: ruleTabs(l, "/deadlines")}}
	for _, d := range list { // by the time they are due: what is late comes first
		v.Rows = append(v.Rows, s.dutyRow(ctx, names, office, rules[d.ID], d))
	}
	states := []Pick{}
	for _, one := range []deadline.State{deadline.Open, deadline.Soon, deadline.Breached, deadline.Held, deadline.Done, deadline.Cancelled} {
		states = append(states, Pick{Value: string(one), Text: l.T("duties.state." + string(one))})
	}
	v.Filter = formView{ID: "filter", Path: "/deadlines", Get: true, Submit: l.T("duties.filter"), Fields: []fieldView{
		{Name: "whose", Label: l.T("duties.whose-label"), Kind: "select", Picks: picks(whose, Pick{Value: "me", Text: l.T("duties.whose.me")}, Pick{Value: "unit", Text: l.T("duties.whose.unit")}, Pick{Value: "all", Text: l.T("duties.whose.all")})},
		{Name: "state", Label: l.T("duties.book.state"), Kind: "select", Picks: picks(state, append(states, Pick{Value: "any", Text: l.T("duties.every")})...)},
	}}
	if next != "" {
		v.Next = ui.Address("/deadlines", "whose", whose, "state", state, "after", next)
	}
	return s.Show(w, r, s.Page(r, v.Head.Title, "deadlines"), dutiesPage(v))
}

type dutyView struct {
	Head    headView
	Facts   []factView
	Forms   []formView
	History []eventRow
}

func (s *pages) deadline(w http.ResponseWriter, r *http.Request) error {
	v, err := s.dutyView(r, r.PathValue("id"), nil)
	if err != nil {
		return err
	}
	return s.Show(w, r, s.Page(r, v.Head.Title, "deadlines"), dutyPage(v))
}

func (s *pages) dutyView(r *http.Request, id string, f url.Values) (v dutyView, err error) {
	ctx := r.Context()
	l := locale.From(ctx)
	d, err := s.Desk.FindDeadline(ctx, id)
	if err != nil {
		return v, err
	}
	names, office, err := s.Desk.NamesAndOffice(ctx)
	if err != nil {
		return v, err
	}
	v.Head = headView{Crumbs: []linkView{{Text: l.T("duties.deadlines"), Path: "/deadlines"}}, Title: d.Title(l), Done: done(r), Bands: []bandView{standing(l, office, d.Deadline, s.Desk.Time())}}
	v.Facts = []factView{
		{Name: l.T("duties.book.due"), Value: l.Time(d.DueAt)},
		{Name: l.T("duties.started"), Value: l.Time(d.StartedAt)},
		{Name: l.T("duties.owes"), Value: names.Of(d.Org), Vi: true},
		{Name: l.T("duties.clock"), Value: d.Clock + ": " + d.Rule.Duty(l), Link: "/clocks/" + url.PathEscape(d.Clock), Under: l.T("duties.version", d.Version)},
		{Name: l.T("duties.limit"), Value: d.Rule.Limit(l)},
		{Name: l.T("duties.source"), Value: sourceOf(d.Rule.Definition), Vi: true, Under: l.T("duties.sure." + string(d.Rule.Sure))},
	}
	if d.Path != "" {
		v.Facts = append(v.Facts, factView{Name: l.T("duties.about"), Value: l.T("duties.open-subject"), Link: d.Path})
	}
	if d.Account != "" {
		v.Facts = append(v.Facts, factView{Name: l.T("duties.account-of"), Value: s.accountName(ctx, d.Account), Vi: true})
	}
	if d.Why != "" {
		v.Facts = append(v.Facts, factView{Name: l.T("duties.why"), Value: d.Why, Vi: true})
	}
	path := "/deadlines/" + url.PathEscape(d.ID)
	form := func(what string, danger bool, fields ...fieldView) {
		one := formView{ID: what, Path: path + "/" + what, Token: token(ctx), Title: l.T("duties.do." + what), Folded: len(fields) > 0, Submit: l.T("duties.do." + what), Fields: fields}
		if danger {
			one.Button = "btn btn-danger"
		}
		v.Forms = append(v.Forms, one)
	}
	why := fieldView{Name: "why", Label: l.T("duties.why"), Value: f.Get("why"), Kind: "area", Required: true}
	if !d.Ended() {
		switch {
		case d.Pauses && d.Paused():
			form(dutydesk.Resume, false)
		case d.Pauses && d.Unit != deadline.FixedDay:
			form(dutydesk.Pause, false, why)
		}
		if d.Moves {
			form(dutydesk.Move, false, fieldView{Name: "to", Label: l.T("duties.new-day"), Value: f.Get("to"), Kind: "day", Required: true},
				fieldView{Name: "why", Label: l.T("duties.basis"), Value: f.Get("why"), Kind: "area", Required: true})
			form(dutydesk.Cancel, true, why)
		}
	}
	for _, e := range slices.Backward(d.History) {
		text := e.Why
		if e.What == "moved" || e.What == "recounted" || e.What == "resumed" {
			text = l.T("duties.now-due", l.Time(e.DueAt)) + " " + text
		}
		v.History = append(v.History, eventRow{l.T("duties.time." + e.What), text, e.By.Name, l.Time(e.When)})
	}
	return v, nil
}

// sourceOf names where a limit is written.
func sourceOf(d deadline.Definition) string {
	if d.Article == "" {
		return d.Act
	}
	return d.Article + ", " + d.Act
}

// timed does something to a deadline.
func (s *pages) timed(what string) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := s.Form(w, r, mostForm)
		if err != nil {
			return err
		}
		id := r.PathValue("id")
		var to time.Time
		if what == dutydesk.Move {
			day, _, bad := viet.ParseDate([]byte(trim(f, "to")))
			if bad != nil {
				err = fault.New(fault.Invalid, "deadline.day", trim(f, "to"))
			}
			to = dutydesk.Closing(day)
		}
		if _, found := s.Desk.FindDeadline(r.Context(), id); found != nil { // before any word of what was filled in
			return found
		}
		if err == nil {
			_, err = s.Desk.ActOn(r.Context(), id, what, f.Get("why"), to)
		}
		if err != nil {
			return s.again(w, r, err, "deadlines", func(problem string) (headView, templ.Component, error) {
				v, err := s.dutyView(r, id, f)
				v.Head.Problem = problem
				for n := range v.Forms {
					v.Forms[n].Folded = v.Forms[n].Folded && v.Forms[n].ID != what
				}
				return v.Head, dutyPage(v), err
			})
		}
		http.Redirect(w, r, "/deadlines/"+url.PathEscape(id)+"?done="+what, http.StatusSeeOther)
		return nil
	}
}
