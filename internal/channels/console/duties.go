package console

import (
	"context"
	"net/url"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/scores"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/issue"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// shownDuties is how many issues and deadlines the page of a person's own work
// shows at most; the rest stands behind a link.
const shownDuties = 10

// A dutyView is an issue or a deadline that waits for the reader.
type dutyView struct {
	Address, What, Due, Band, Left string
	Duty                           string // what the deadline is for: one issue has several
}

// openIssues tells on a data set's page how many issues are open.
func (s *server) openIssues(ctx context.Context, con *contract.Contract, v *datasetView) error {
	if s.Duties == nil || !door.From(ctx).Known() {
		return nil
	}
	c, ok, err := s.Duties.OfSet(ctx, con)
	if err != nil || !ok {
		return err
	}
	v.Issues, v.IssuesLate, v.IssuesPath = int64(c.Open), int64(c.Overdue), "/issues?dataset="+url.QueryEscape(con.ID)
	return nil
}

// duties are the issues that the reader's agency, or the reader, has to mend, and
// the deadlines that run for them.
func (s *server) duties(ctx context.Context, v *workView) error {
	who := door.From(ctx).Who
	if s.Duties == nil || who.ID == "" && who.Org == "" {
		return nil
	}
	l := locale.From(ctx)
	office, err := s.Duties.Deadlines.Office(ctx)
	if err != nil {
		return err
	}
	now := s.Duties.Time()
	sets, err := s.Duties.Sets(ctx)
	if err != nil {
		return err
	}
	f := issue.Filter{States: []issue.State{issue.Fresh, issue.Taken}, Limit: shownDuties, Orgs: []string{who.Org}}
	if who.Org == "" {
		f.Orgs, f.Account = nil, who.ID
	}
	list, next, err := s.Duties.List(ctx, sets, f)
	if err != nil {
		return err
	}
	if v.MoreIssues = ""; next != "" {
		v.MoreIssues = "/issues?org=" + url.QueryEscape(who.Org)
	}
	for _, i := range list {
		one := dutyView{Address: issue.Path(i.ID), What: i.ID + ": " + scores.Said(l, i.Title), Band: "watch"}
		if !i.DueAt.IsZero() {
			one.Due = l.Time(i.DueAt)
			if now.After(i.DueAt) {
				one.Band, one.Left = "poor", l.T("duties.kept.overdue")
			}
		}
		v.Issues = append(v.Issues, one)
	}
	running := deadline.Filter{State: deadline.Open, Limit: shownDuties, Orgs: []string{who.Org}}
	if who.Org == "" {
		running.Orgs, running.Account = nil, who.ID
	}
	due, next, err := s.Duties.ListDeadlines(ctx, running)
	if err != nil {
		return err
	}
	if v.MoreDuties = ""; next != "" {
		v.MoreDuties = "/deadlines"
	}
	rules, err := s.Duties.Rules(ctx, due)
	if err != nil {
		return err
	}
	for _, d := range due {
		one := dutyView{Address: "/deadlines/" + url.PathEscape(d.ID), What: d.Title(l), Duty: rules[d.ID].Duty(l), Due: l.Time(d.DueAt), Band: "none"}
		if st, err := office.Standing(d, now); err == nil { // a year without a calendar: the day alone is told
			one.Left = st.Words(l)
			switch st.State {
			case deadline.Breached:
				one.Band = "poor"
			case deadline.Soon:
				one.Band = "watch"
			}
		}
		v.Duties = append(v.Duties, one)
	}
	return nil
}

// urgent is the band of a list of duties.
func urgent(all []dutyView) string {
	for _, d := range all {
		if d.Band == "poor" {
			return "poor"
		}
	}
	return "watch"
}

// dutiesTitle names the two lists.
func dutiesTitle(ctx context.Context, issues bool) string {
	if issues {
		return ui.Say(ctx, "duties.issues")
	}
	return ui.Say(ctx, "duties.deadlines")
}
