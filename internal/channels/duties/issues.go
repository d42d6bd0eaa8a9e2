package duties

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/dutydesk"
	"github.com/phohien/phohien/internal/channels/scores"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/issue"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

const shownIssues = 50

func dayOf(t time.Time) viet.Date { return viet.DateOf(t.In(viet.Zone)) }

// An issueRow is one line of the list.
type issueRow struct {
	ID, Path, What      string
	Set, Org, Records   string
	Severity, Due       bandView
	State, DueAt, Count string
}

type issuesView struct {
	Head    headView
	Figures []factView
	Filter  formView
	Rows    []issueRow
	Next    string
	Book    string
	Empty   string
}

func (s *pages) issueRoutes() {
	see := door.Each(policy.ReadQuarantine, policy.KindDataset)
	s.Handle("GET /issues", see, s.issues)
	s.Handle("GET /issues/book", see, s.book)
	s.Handle("GET /issues/{id}", see, s.issue)
	s.Handle("GET /i/{code}", see, s.short)
	s.Handle("POST /issues/{id}/answer", door.Each(policy.Send, policy.KindDataset), s.acted("answered", func(ctx context.Context, id string, f url.Values) error {
		_, err := s.Desk.Take(ctx, id, issue.Answer{Cause: f.Get("cause"), Effect: f.Get("effect"), Action: f.Get("action"), Prevention: f.Get("prevention")})
		return err
	}))
	s.Handle("POST /issues/{id}/comments", see, s.acted("said", func(ctx context.Context, id string, f url.Values) error {
		_, err := s.Desk.Say(ctx, id, f.Get("text"))
		return err
	}))
	s.Handle("POST /issues/{id}/assign", door.Each(policy.Confirm, policy.KindDataset), s.acted("assigned", func(ctx context.Context, id string, f url.Values) error {
		_, err := s.Desk.Assign(ctx, id, f.Get("account"))
		return err
	}))
	s.Handle("POST /issues/{id}/on-the-spot", door.Each(policy.Send, policy.KindDataset), s.acted("on-the-spot", func(ctx context.Context, id string, f url.Values) error {
		_, err := s.Desk.LookOnTheSpot(ctx, id, f.Get("why"))
		return err
	}))
}

// asked is what an address chooses of the issues.
func asked(q url.Values, now time.Time) (f issue.Filter, err error) {
	f = issue.Filter{Rule: trim(q, "rule"), Account: trim(q, "account"), After: q.Get("after"), Limit: shownIssues}
	if set := trim(q, "dataset"); set != "" {
		f.Datasets = []string{set}
	}
	if org := trim(q, "org"); org != "" {
		f.Orgs = []string{org}
	}
	switch state := q.Get("state"); {
	case state == "" || state == "open":
		f.States = []issue.State{issue.Fresh, issue.Taken}
	case state == "all":
	case slices.Contains(issue.States, issue.State(state)):
		f.States = []issue.State{issue.State(state)}
	default:
		return f, fault.New(fault.Invalid, "duties.state", state)
	}
	if severity := issue.Severity(q.Get("severity")); severity != "" {
		if !slices.Contains(issue.Severities, severity) {
			return f, fault.New(fault.Invalid, "duties.severity", string(severity))
		}
		f.Severity = severity
	}
	if q.Get("overdue") != "" {
		f.Overdue = now
		if f.States = slices.DeleteFunc(slices.Clone(f.States), func(st issue.State) bool { return st == issue.Closed }); len(f.States) == 0 {
			f.States = []issue.State{issue.Fresh, issue.Taken}
		}
	}
	return f, nil
}

func (s *pages) issues(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	q := r.URL.Query()
	f, err := asked(q, s.Desk.Time())
	if err != nil {
		return err
	}
	sets, err := s.Desk.Sets(ctx)
	if err != nil {
		return err
	}
	counts, err := s.Desk.Counts(ctx, sets, issue.Filter{Datasets: f.Datasets, Orgs: f.Orgs, Rule: f.Rule})
	if err != nil {
		return err
	}
	list, next, err := s.Desk.List(ctx, sets, f)
	if err != nil {
		return err
	}
	names, office, err := s.Desk.NamesAndOffice(ctx)
	if err != nil {
		return err
	}
	v := issuesView{Head: headView{Title: l.T("duties.issues"), Lead: l.T("duties.issues.lead"), Done: done(r)}, Empty: l.T("duties.issues.none")}
	v.Figures = []factView{
		{Name: l.T("duties.open"), Value: l.Number(int64(counts.Open))}, {Name: l.T("duties.overdue"), Value: l.Number(int64(counts.Overdue))},
		{Name: issue.Red.In(l), Value: l.Number(int64(counts.BySev[issue.Red]))}, {Name: issue.Yellow.In(l), Value: l.Number(int64(counts.BySev[issue.Yellow]))},
		{Name: l.T("duties.closed"), Value: l.Number(int64(counts.Closed))},
	}
	orgs := map[string]bool{}
	for _, i := range list {
		orgs[i.Org] = true
		row := issueRow{
			ID: i.ID, Path: issue.Path(i.ID), What: ui.Capital(scores.Said(l, i.Title)), Set: dutydesk.SourceWords(l, sets.Known[i.Dataset], i), Org: names.Of(i.Org),
			Severity: bandView{severityBand(i.Severity), i.Severity.In(l)}, State: ui.Capital(i.State.In(l)), Records: recordsWords(l, i),
		}
		if row.Org == "" {
			row.Org = l.T("page.no-owner")
		}
		if i.Open() {
			text, band := leftWords(l, office, i.DueAt, s.Desk.Time())
			row.Due = bandView{band, text}
		} else {
			row.Due = bandView{"none", dutydesk.KeptWords(l, i, s.Desk.Time())}
		}
		if !i.DueAt.IsZero() {
			row.DueAt = l.Time(i.DueAt)
		}
		v.Rows = append(v.Rows, row)
	}
	v.Filter = issueFilter(l, q, sets, names, orgs)
	keep := url.Values{}
	for _, name := range []string{"state", "severity", "dataset", "org", "rule", "overdue"} {
		if value := q.Get(name); value != "" {
			keep.Set(name, value)
		}
	}
	if v.Book = "/issues/book"; len(keep) > 0 {
		v.Book += "?" + keep.Encode()
	}
	if next != "" {
		keep.Set("after", next)
		v.Next = "/issues?" + keep.Encode()
	}
	return s.Show(w, r, s.Page(r, v.Head.Title, "issues"), issuesPage(v))
}

func severityBand(s issue.Severity) string {
	return map[issue.Severity]string{issue.Red: "poor", issue.Yellow: "watch", issue.Green: "good"}[s]
}

func recordsWords(l locale.Lang, i *issue.Issue) string {
	if i.Records == 0 {
		return ""
	}
	return l.T("duties.records", i.Records)
}

func issueFilter(l locale.Lang, q url.Values, sets dutydesk.Sets, names dutydesk.Names, orgs map[string]bool) formView {
	f := formView{ID: "filter", Path: "/issues", Get: true, Submit: l.T("duties.filter")}
	var owned []Pick
	var of []Pick
	for id, con := range sets.Known {
		of = append(of, Pick{Value: id, Text: con.Name})
		orgs[con.Owner] = true
	}
	orgs[q.Get("org")] = true
	for id := range orgs {
		if id != "" {
			owned = append(owned, Pick{Value: id, Text: names.Of(id)})
		}
	}
	for _, list := range [][]Pick{of, owned} {
		slices.SortFunc(list, func(a, b Pick) int { return cmp.Or(strings.Compare(a.Text, b.Text), strings.Compare(a.Value, b.Value)) })
	}
	every := Pick{Text: l.T("duties.every")}
	states := []Pick{{Value: "open", Text: l.T("duties.open")}, {Value: "all", Text: l.T("duties.every")}}
	for _, one := range issue.States {
		states = append(states, Pick{Value: string(one), Text: ui.Capital(one.In(l))})
	}
	severities := []Pick{every}
	for _, one := range issue.Severities {
		severities = append(severities, Pick{Value: string(one), Text: one.In(l)})
	}
	f.Fields = []fieldView{
		{Name: "state", Label: l.T("duties.book.state"), Kind: "select", Picks: picks(cmp.Or(q.Get("state"), "open"), states...)},
		{Name: "severity", Label: l.T("duties.book.severity"), Kind: "select", Picks: picks(q.Get("severity"), severities...)},
		{Name: "dataset", Label: l.T("page.dataset"), Kind: "select", Picks: picks(q.Get("dataset"), append([]Pick{every}, of...)...)},
		{Name: "org", Label: l.T("duties.book.unit"), Kind: "select", Picks: picks(q.Get("org"), append([]Pick{every}, owned...)...)},
		{Name: "overdue", Label: l.T("duties.overdue-alone"), Kind: "check", Value: overdueValue(q)},
	}
	if rule := q.Get("rule"); rule != "" {
		f.Hidden = append(f.Hidden, hiddenView{Name: "rule", Value: rule})
	}
	return f
}

func overdueValue(q url.Values) string {
	if q.Get("overdue") != "" {
		return "true"
	}
	return ""
}

// An issueView is one issue, ready to show.
type issueView struct {
	Head      headView
	Facts     []factView
	Rows      string // page with the records, "" when there is none for the reader
	RowsText  string
	How       string
	Deadlines []dutyRow
	Chain     []factView // who hears of it from when on
	Answer    *formView
	Said      []factView // what the unit has said
	Comment   formView
	Spot      *formView
	Assign    *formView
	History   []eventRow
}

type eventRow struct{ What, Text, By, At string }

func (s *pages) issue(w http.ResponseWriter, r *http.Request) error {
	v, err := s.issueView(r, r.PathValue("id"), nil)
	if err != nil {
		return err
	}
	return s.Show(w, r, s.Page(r, v.Head.Title, "issues"), issuePage(v))
}

// short leads from the short address of an issue to its page.
func (s *pages) short(w http.ResponseWriter, r *http.Request) error {
	l, err := s.Desk.Find(r.Context(), issue.OfShort(r.PathValue("code")))
	if err != nil {
		return err
	}
	http.Redirect(w, r, issue.Path(l.ID), http.StatusSeeOther)
	return nil
}

// acted does what a form on an issue's page asks for.
func (s *pages) acted(what string, do func(ctx context.Context, id string, f url.Values) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := s.Form(w, r, mostForm)
		if err != nil {
			return err
		}
		id := r.PathValue("id")
		if err := do(r.Context(), id, f); err != nil {
			return s.again(w, r, err, "issues", func(problem string) (headView, templ.Component, error) {
				v, err := s.issueView(r, id, f)
				v.Head.Problem = problem
				if err == nil && f.Has("text") { // a comment was refused
					v.Comment.Fields[0].Problem = problem
				}
				return v.Head, issuePage(v), err
			})
		}
		http.Redirect(w, r, issue.Path(id)+"?done="+what, http.StatusSeeOther)
		return nil
	}
}

// issueView is an issue with its forms; f is what was filled in before.
func (s *pages) issueView(r *http.Request, id string, f url.Values) (v issueView, err error) {
	ctx := r.Context()
	l := locale.From(ctx)
	i, err := s.Desk.Whole(ctx, id)
	if err != nil {
		return v, err
	}
	names, office, err := s.Desk.NamesAndOffice(ctx)
	if err != nil {
		return v, err
	}
	v.Head = headView{
		Crumbs: []linkView{{Text: l.T("duties.issues"), Path: "/issues"}}, Title: i.ID + ": " + scores.Said(l, i.Title), Done: done(r),
		Bands: []bandView{{severityBand(i.Severity), i.Severity.In(l)}, {stateBand(i.State), ui.Capital(i.State.In(l))}},
	}
	set := "/datasets/" + url.PathEscape(i.Object)
	v.Facts = []factView{
		{Name: l.T("page.dataset"), Value: i.Con.Name, Link: set, Vi: true},
		{Name: l.T("duties.rule"), Value: i.Rule, Link: set + "/contract"},
		{Name: l.T("duties.book.field"), Value: dutydesk.FieldWords(l, i.Con, i.Issue), Vi: true},
		{Name: l.T("duties.book.group"), Value: dutydesk.GroupWords(l, i.Group)},
		{Name: l.T("duties.book.found"), Value: l.Time(i.FoundAt)},
		{Name: l.T("duties.book.unit"), Value: cmp.Or(names.Of(i.Org), l.T("page.no-owner")), Vi: true},
	}
	if i.Source != "" {
		v.Facts = append(v.Facts, factView{Name: l.T("duties.sender"), Value: cmp.Or(i.SourceName, i.Source), Vi: true})
	}
	if i.Account != "" {
		v.Facts = append(v.Facts, factView{Name: l.T("duties.account-of"), Value: s.accountName(ctx, i.Account), Vi: true})
	}
	if i.Records > 0 {
		v.Facts = append(v.Facts, factView{Name: l.T("page.rows"), Value: l.T("duties.records", i.Records)})
	}
	if i.Before != nil {
		v.Facts = append(v.Facts, factView{Name: l.T("duties.before"), Value: l.Float(*i.Before, 1)})
	}
	if i.After != nil {
		v.Facts = append(v.Facts, factView{Name: l.T("duties.after"), Value: l.Float(*i.After, 1)})
	}
	due := factView{Name: l.T("duties.book.due"), Value: l.T("duties.kept.none")}
	if !i.DueAt.IsZero() {
		due.Value = l.Time(i.DueAt)
	}
	if i.Open() {
		due.Under, _ = leftWords(l, office, i.DueAt, s.Desk.Time())
	} else {
		due.Under = dutydesk.KeptWords(l, i.Issue, s.Desk.Time())
	}
	v.Facts = append(v.Facts, due)
	if i.Reopened > 0 {
		v.Facts = append(v.Facts, factView{Name: l.T("duties.reopened"), Value: l.Number(int64(i.Reopened))})
	}
	if i.Identity {
		v.Facts = append(v.Facts, factView{Name: l.T("duties.identity"), Value: l.T("duties.identity.lead")})
	}
	if i.Waiting > 0 && i.Rows {
		v.Rows, v.RowsText = set+"/quarantine?state=open&rule="+url.QueryEscape(i.Rule), l.T("duties.see-rows", i.Waiting)
	}
	v.How = scores.Said(l, i.How)
	rules, err := s.Desk.Rules(ctx, i.Deadlines)
	if err != nil {
		return v, err
	}
	for _, d := range i.Deadlines {
		v.Deadlines = append(v.Deadlines, s.dutyRow(ctx, names, office, rules[d.ID], d))
	}
	for _, link := range i.Chain {
		var who []string
		for _, id := range link.Accounts {
			who = append(who, s.accountName(ctx, id))
		}
		rung := factView{Name: ui.Capital(link.In(l)), Value: strings.Join(who, ", "), Under: l.T("duties.chain.from-" + strconv.Itoa(link.From())), Vi: len(who) > 0}
		if len(who) == 0 {
			rung.Value = l.T("duties.chain.nobody")
		}
		v.Chain = append(v.Chain, rung)
	}
	for _, one := range []struct{ key, text string }{{"duties.book.cause", i.Cause}, {"duties.book.effect", i.Effect}, {"duties.book.action", i.Action}, {"duties.book.prevention", i.Prevention}} {
		if one.text != "" {
			v.Said = append(v.Said, factView{Name: l.T(one.key), Value: one.text, Vi: true})
		}
	}
	if err := s.issueForms(ctx, &v, i, f); err != nil {
		return v, err
	}
	for _, e := range i.History {
		text := e.Text
		if e.What == issue.Opened || e.What == issue.Changed || e.What == issue.Back {
			text = recordsWords(l, &issue.Issue{Records: e.Records})
		}
		v.History = append(v.History, eventRow{l.T("duties.event." + e.What), text, e.By.Name, l.Time(e.At)})
	}
	return v, nil
}

func stateBand(s issue.State) string {
	return map[issue.State]string{issue.Fresh: "poor", issue.Taken: "watch", issue.Closed: "good"}[s]
}

func (s *pages) accountName(ctx context.Context, id string) string {
	if s.Desk.Account != nil {
		if name, _, err := s.Desk.Account(ctx, id); err == nil {
			return name
		}
	}
	return id
}

// issueForms adds the forms that the caller may use.
func (s *pages) issueForms(ctx context.Context, v *issueView, i *dutydesk.Look, f url.Values) error {
	l := locale.From(ctx)
	path := issue.Path(i.ID)
	written := func(name, kept string) string {
		if f.Has(name) {
			return f.Get(name)
		}
		return kept
	}
	v.Comment = formView{ID: "comment", Path: path + "/comments", Token: token(ctx), Submit: l.T("duties.say"),
		Fields: []fieldView{{Name: "text", Label: l.T("duties.comment"), Value: written("text", ""), Kind: "area", Required: true}}}
	if !i.Open() {
		return nil
	}
	if i.Answer {
		v.Answer = &formView{ID: "answer", Path: path + "/answer", Token: token(ctx), Submit: l.T("duties.answer.do"), Fields: []fieldView{
			{Name: "cause", Label: l.T("duties.book.cause"), Hint: l.T("duties.cause.hint"), Value: written("cause", i.Cause), Kind: "area", Required: true},
			{Name: "effect", Label: l.T("duties.book.effect"), Value: written("effect", i.Effect), Kind: "area"},
			{Name: "action", Label: l.T("duties.book.action"), Value: written("action", i.Action), Kind: "area"},
			{Name: "prevention", Label: l.T("duties.book.prevention"), Value: written("prevention", i.Prevention), Kind: "area"},
		}}
		if !i.AtField {
			v.Spot = &formView{ID: "spot", Path: path + "/on-the-spot", Token: token(ctx), Title: l.T("duties.spot"), Folded: true, Hint: l.T("duties.spot.lead"), Submit: l.T("duties.spot.do"),
				Fields: []fieldView{{Name: "why", Label: l.T("duties.why"), Value: written("why", ""), Kind: "area", Required: true}}}
		}
	}
	if i.Assign && s.Colleagues != nil && i.Org != "" {
		people, err := s.Colleagues(ctx, i.Org)
		if err != nil {
			return err
		}
		v.Assign = &formView{ID: "assign", Path: path + "/assign", Token: token(ctx), Submit: l.T("duties.assign.do"), Fields: []fieldView{
			{Name: "account", Label: l.T("duties.account-of"), Kind: "select", Picks: picks(i.Account, append([]Pick{{Text: l.T("duties.nobody")}}, people...)...)},
		}}
	}
	return nil
}

// A bookView is the book as a paper.
type bookView struct {
	Back, CSV, XLSX string
	Heads           []string
	Rows            [][]string
	Day             string
}

func (s *pages) book(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	q := r.URL.Query()
	if q.Get("state") == "" {
		q.Set("state", "all") // a book has all lines, unless it is narrowed
	}
	f, err := asked(q, s.Desk.Time())
	if err != nil {
		return err
	}
	sets, err := s.Desk.Sets(ctx)
	if err != nil {
		return err
	}
	list, err := s.Desk.Book(ctx, sets, f)
	if err != nil {
		return err
	}
	names, err := s.Desk.Names(ctx)
	if err != nil {
		return err
	}
	v := bookView{Back: "/issues", Heads: dutydesk.BookHeads(l), Day: l.Date(s.Desk.Time())}
	for _, i := range list {
		v.Rows = append(v.Rows, s.Desk.BookRow(l, sets, names, i))
	}
	same := url.Values{"lang": {string(l)}}
	for _, name := range []string{"severity", "dataset", "org", "rule", "overdue"} {
		if value := q.Get(name); value != "" {
			same.Set(name, value)
		}
	}
	if state := q.Get("state"); state != "all" {
		same.Set("state", state)
	}
	if same.Has("overdue") {
		same.Set("overdue", "true")
	}
	for format, into := range map[string]*string{"csv": &v.CSV, "xlsx": &v.XLSX} {
		same.Set("format", format)
		*into = "/api/v1/issues/book?" + same.Encode()
	}
	return s.Show(w, r, s.Page(r, l.T("duties.book"), "issues"), bookPage(v))
}
