package api

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/dutydesk"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/issue"
	"github.com/phohien/phohien/internal/core/workbook"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// An Issue is a data issue: what is wrong with a data set, who has to mend it at
// its source, and by when.
type Issue struct {
	ID         string             `json:"id" example:"SC-2026-0001"`
	Dataset    string             `json:"dataset"`
	Object     string             `json:"object" doc:"Address of the table"`
	Rule       string             `json:"rule" doc:"Id of a rule, or one of the platform that begins with _"`
	Field      string             `json:"field" doc:"\"\" for the whole record or set"`
	Title      contract.Sentence  `json:"title"`
	Criterion  contract.Criterion `json:"criterion"`
	Group      contract.Group     `json:"group" doc:"Group of errors"`
	Severity   issue.Severity     `json:"severity" enum:"do,vang,xanh" doc:"Red, yellow, green: how much of the data it spoils"`
	Identity   bool               `json:"identity,omitempty" doc:"It is in what records are known by: those go no further"`
	Source     string             `json:"source,omitempty" doc:"Who sends those records, as their column has it; absent for the set as a whole"`
	SourceName string             `json:"source_name,omitempty"`
	Records    int64              `json:"records" doc:"That break the rule now; 0 where none are counted"`
	Waiting    int64              `json:"waiting" doc:"Of these: lines that did not pass"`
	Org        string             `json:"org" doc:"That has to mend it; \"\" when nobody answers for the data set"`
	OrgName    string             `json:"org_name"`
	Account    string             `json:"account,omitempty" doc:"That looks after it"`
	State      issue.State        `json:"state" enum:"moi,dang_xu_ly,hoan_thanh" doc:"New, being mended, done"`
	OnTheSpot  bool               `json:"on_the_spot,omitempty" doc:"It has to be looked at on the spot"`
	FoundAt    time.Time          `json:"found_at"`
	ChangedAt  time.Time          `json:"changed_at"`
	DueAt      *time.Time         `json:"due_at,omitempty" doc:"By when it has to be mended; absent when not known"`
	ClosedAt   *time.Time         `json:"closed_at,omitempty"`
	Overdue    bool               `json:"overdue"`
	Reopened   int                `json:"reopened,omitempty" doc:"How often it has come back"`
	Before     *float64           `json:"before,omitempty" doc:"Value of the rule when it was found, 0 to 100"`
	After      *float64           `json:"after,omitempty" doc:"… when it was closed"`
	IssueAnswer
}

// An IssueAnswer is what the unit has found.
type IssueAnswer struct {
	Cause      string `json:"cause" maxLength:"20000" doc:"What the unit has found at the source"`
	Effect     string `json:"effect,omitempty" maxLength:"20000" doc:"What it does to work"`
	Action     string `json:"action,omitempty" maxLength:"20000" doc:"How it is mended"`
	Prevention string `json:"prevention,omitempty" maxLength:"20000" doc:"How it is kept from coming back"`
}

// An IssueDetail is an issue with all that is known of it.
type IssueDetail struct {
	Issue
	How       contract.Sentence `json:"how" doc:"How it is mended; empty once it is closed"`
	Rows      string            `json:"rows,omitempty" doc:"Where its records wait, for who may read them"`
	May       []string          `json:"may" nullable:"false" doc:"What the caller may do: answer, comment, on-the-spot, assign"`
	Deadlines []Deadline        `json:"deadlines" nullable:"false"`
	Chain     []IssueRung       `json:"chain,omitempty" doc:"Who hears of it, one after another; absent once it is closed"`
	History   []IssueEvent      `json:"history" nullable:"false" doc:"The last first"`
}

// An IssueRung is a post to whose holders an issue goes.
type IssueRung struct {
	Post string `json:"post" enum:"steward,head,cdo" doc:"The data stewards of the unit that has to mend it, its head, the chief data officer"`
	From int    `json:"from" enum:"0,80,100" doc:"Percent of the time to mend it that are gone when they are told"`
	Held bool   `json:"held" doc:"Somebody holds the post today; otherwise the unit is told in their place"`
}

// An IssueEvent is one line of an issue's history.
type IssueEvent struct {
	What    string    `json:"what" doc:"opened, changed, taken, said, field, assigned, closed, reopened"`
	Text    string    `json:"text,omitempty"`
	Records int64     `json:"records" doc:"That broke the rule then"`
	By      DutyActor `json:"by"`
	At      time.Time `json:"at"`
}

// A DutyActor is who did something.
type DutyActor struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

func dutyActor(a actor.Actor) DutyActor { return DutyActor{a.Kind, a.Name} }

// IssueCounts are how many issues there are.
type IssueCounts struct {
	Open    int `json:"open"`
	Overdue int `json:"overdue" doc:"Of those open"`
	Red     int `json:"red" doc:"Of those open"`
	Yellow  int `json:"yellow"`
	Green   int `json:"green"`
	Closed  int `json:"closed"`
	InTime  int `json:"in_time" doc:"Of those closed"`
}

type issueList struct {
	Body struct {
		Items  []Issue     `json:"items" nullable:"false" doc:"Those due first"`
		Next   string      `json:"next,omitempty" doc:"Give it as cursor; absent on the last page"`
		Counts IssueCounts `json:"counts" doc:"Of all that fit, whatever their state"`
	}
}

type issueAnswer struct{ Body IssueDetail }

// An IssueFilter chooses issues.
type IssueFilter struct {
	Dataset  string `query:"dataset" maxLength:"128" doc:"Id of a data set"`
	Org      string `query:"org" maxLength:"80" doc:"Id of the organisation that has to mend it"`
	State    string `query:"state" enum:"moi,dang_xu_ly,hoan_thanh,open" doc:"open: all that are not done"`
	Severity string `query:"severity" enum:"do,vang,xanh"`
	Rule     string `query:"rule" maxLength:"200" doc:"Id of a rule"`
	Overdue  bool   `query:"overdue" doc:"Those that are late alone"`
}

func (in *IssueFilter) filter(now time.Time) issue.Filter {
	f := issue.Filter{Rule: in.Rule, Severity: issue.Severity(in.Severity)}
	if in.Dataset != "" {
		f.Datasets = []string{in.Dataset}
	}
	if in.Org != "" {
		f.Orgs = []string{in.Org}
	}
	switch in.State {
	case "":
	case "open":
		f.States = []issue.State{issue.Fresh, issue.Taken}
	default:
		f.States = []issue.State{issue.State(in.State)}
	}
	if in.Overdue {
		f.Overdue = now
		f.States = slices.DeleteFunc([]issue.State{issue.Fresh, issue.Taken}, func(s issue.State) bool { return in.State != "" && in.State != "open" && string(s) != in.State })
		if len(f.States) == 0 { // what is done is late no more
			f.Datasets = []string{}
		}
	}
	return f
}

// Cursored asks for a part of a list that goes on behind a cursor.
type Cursored struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"How many items at most"`
	Cursor string `query:"cursor" maxLength:"2000" doc:"The next of the page before"`
}

// IssueNamed names an issue.
type IssueNamed struct {
	ID string `path:"id" maxLength:"40" doc:"Number of the issue" example:"SC-2026-0001"`
}

func (s *Server) issueRoutes() {
	if s.Duties == nil {
		return
	}
	see := door.Each(policy.ReadQuarantine, policy.KindDataset)
	register(s, see, huma.Operation{
		OperationID: "list-issues", Method: http.MethodGet, Path: Prefix + "/issues",
		Summary: "Lỗi dữ liệu cần khắc phục / Data issues", Tags: []string{"issues"},
		Description: "One for each failing rule and sender, of the data sets whose lines that did not pass the caller may see. Who sees some rows alone sees those that their own agency has to mend.",
	}, s.listIssues)
	book := &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{
		"text/csv": {Schema: &huma.Schema{Type: "string"}}, xlsxType: {Schema: &huma.Schema{Type: "string", Format: "binary"}},
	}}
	register(s, see, huma.Operation{
		OperationID: "issue-book", Method: http.MethodGet, Path: Prefix + "/issues/book",
		Summary: "Sổ tay theo dõi chất lượng dữ liệu / The book of issues", Tags: []string{"issues"},
		Description: "The columns of the official form in its order, then cause, effect, prevention and whether the time was kept.",
		Responses:   map[string]*huma.Response{"200": book},
	}, s.issueBook)
	register(s, see, huma.Operation{
		OperationID: "issue-figures", Method: http.MethodGet, Path: Prefix + "/issues/figures",
		Summary: "Tình hình khắc phục theo cơ quan / How agencies keep the time limits", Tags: []string{"issues"},
	}, s.issueFigures)
	register(s, see, huma.Operation{
		OperationID: "get-issue", Method: http.MethodGet, Path: Prefix + "/issues/{id}",
		Summary: "Một lỗi dữ liệu / One issue", Tags: []string{"issues"},
	}, func(ctx context.Context, in *IssueNamed) (*issueAnswer, error) {
		return s.lookedAt(ctx)(s.Duties.Whole(ctx, in.ID))
	})
	register(s, door.Each(policy.Send, policy.KindDataset), huma.Operation{
		OperationID: "answer-issue", Method: http.MethodPost, Path: Prefix + "/issues/{id}/answer",
		Summary: "Ghi nguyên nhân, biện pháp khắc phục / Say what the unit has found", Tags: []string{"issues"},
		Description: "The cause is needed. The issue is being mended from then on; it closes by itself when data comes that passes.",
	}, func(ctx context.Context, in *struct {
		IssueNamed
		Body IssueAnswer
	}) (*issueAnswer, error) {
		return s.lookedAt(ctx)(s.Duties.Take(ctx, in.ID, issue.Answer{Cause: in.Body.Cause, Effect: in.Body.Effect, Action: in.Body.Action, Prevention: in.Body.Prevention}))
	})
	register(s, see, huma.Operation{
		OperationID: "comment-issue", Method: http.MethodPost, Path: Prefix + "/issues/{id}/comments",
		Summary: "Thêm ý kiến / Add a comment", Tags: []string{"issues"},
	}, func(ctx context.Context, in *struct {
		IssueNamed
		Body struct {
			Text string `json:"text" maxLength:"20000"`
		}
	}) (*issueAnswer, error) {
		return s.lookedAt(ctx)(s.Duties.Say(ctx, in.ID, in.Body.Text))
	})
	register(s, door.Each(policy.Confirm, policy.KindDataset), huma.Operation{
		OperationID: "assign-issue", Method: http.MethodPost, Path: Prefix + "/issues/{id}/assign",
		Summary: "Giao người theo dõi / Say who looks after it", Tags: []string{"issues"},
	}, func(ctx context.Context, in *struct {
		IssueNamed
		Body struct {
			Account string `json:"account" maxLength:"80" doc:"Id of an account of the organisation that has to mend it; \"\" for nobody"`
		}
	}) (*issueAnswer, error) {
		return s.lookedAt(ctx)(s.Duties.Assign(ctx, in.ID, in.Body.Account))
	})
	register(s, door.Each(policy.Send, policy.KindDataset), huma.Operation{
		OperationID: "look-on-the-spot", Method: http.MethodPost, Path: Prefix + "/issues/{id}/on-the-spot",
		Summary: "Ghi nhận phải xác minh thực địa / It has to be looked at on the spot", Tags: []string{"issues"},
		Description: "The time for mending is longer then, counted from when it was found.",
	}, func(ctx context.Context, in *struct {
		IssueNamed
		Body struct {
			Why string `json:"why" maxLength:"20000"`
		}
	}) (*issueAnswer, error) {
		return s.lookedAt(ctx)(s.Duties.LookOnTheSpot(ctx, in.ID, in.Body.Why))
	})
}

func (s *Server) listIssues(ctx context.Context, in *struct {
	IssueFilter
	Cursored
}) (*issueList, error) {
	sets, err := s.Duties.Sets(ctx)
	if err != nil {
		return nil, err
	}
	c, err := readCursor(in.Cursor, "issues")
	if err != nil {
		return nil, err
	}
	f := in.filter(s.Duties.Time())
	n, err := s.Duties.Counts(ctx, sets, f)
	if err != nil {
		return nil, err
	}
	f.After, f.Limit = c.Key, in.Limit
	list, next, err := s.Duties.List(ctx, sets, f)
	if err != nil {
		return nil, err
	}
	names, err := s.Duties.Names(ctx)
	if err != nil {
		return nil, err
	}
	out := &issueList{}
	out.Body.Items = []Issue{}
	for _, i := range list {
		out.Body.Items = append(out.Body.Items, s.issueOf(names, i))
	}
	if next != "" {
		out.Body.Next = cursor{Key: next}.text("issues")
	}
	out.Body.Counts = IssueCounts{n.Open, n.Overdue, n.BySev[issue.Red], n.BySev[issue.Yellow], n.BySev[issue.Green], n.Closed, n.InTime}
	return out, nil
}

func (s *Server) issueOf(names dutydesk.Names, i *issue.Issue) Issue {
	v := Issue{
		ID: i.ID, Dataset: i.Dataset, Object: i.Object, Rule: i.Rule, Field: i.Field, Title: i.Title, Criterion: i.Criterion, Group: i.Group,
		Severity: i.Severity, Identity: i.Identity, Source: i.Source, SourceName: i.SourceName, Records: i.Records, Waiting: i.Waiting,
		Org: i.Org, OrgName: names.Of(i.Org), Account: i.Account, State: i.State, OnTheSpot: i.AtField, FoundAt: i.FoundAt, ChangedAt: i.ChangedAt,
		DueAt: stampOf(i.DueAt), ClosedAt: stampOf(i.ClosedAt), Overdue: i.Open() && !i.DueAt.IsZero() && s.Duties.Time().After(i.DueAt),
		Reopened: i.Reopened, Before: i.Before, After: i.After, IssueAnswer: IssueAnswer{i.Cause, i.Effect, i.Action, i.Prevention},
	}
	return v
}

// stampOf is a time that may be none.
func stampOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// lookedAt answers with an issue.
func (s *Server) lookedAt(ctx context.Context) func(*dutydesk.Look, error) (*issueAnswer, error) {
	return func(l *dutydesk.Look, err error) (*issueAnswer, error) {
		if err != nil {
			return nil, err
		}
		names, office, err := s.Duties.NamesAndOffice(ctx)
		if err != nil {
			return nil, err
		}
		v := IssueDetail{Issue: s.issueOf(names, l.Issue), How: l.How, May: []string{"comment"}, Deadlines: []Deadline{}, History: []IssueEvent{}}
		if l.Answer && l.Open() {
			v.May = append(v.May, "answer")
			if !l.AtField {
				v.May = append(v.May, "on-the-spot")
			}
		}
		if l.Assign && l.Open() {
			v.May = append(v.May, "assign")
		}
		if l.Rows && l.Waiting > 0 {
			v.Rows = Prefix + "/datasets/" + l.Object + "/quarantine?state=open&rule=" + l.Rule
		}
		for _, d := range l.Deadlines {
			v.Deadlines = append(v.Deadlines, s.deadlineOf(ctx, names, office, d))
		}
		for _, link := range l.Chain {
			v.Chain = append(v.Chain, IssueRung{Post: string(link.Rung), From: link.From(), Held: len(link.Accounts) > 0})
		}
		for _, e := range l.History {
			v.History = append(v.History, IssueEvent{e.What, e.Text, e.Records, dutyActor(e.By), e.At})
		}
		return &issueAnswer{v}, nil
	}
}

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

func (s *Server) issueBook(ctx context.Context, in *struct {
	IssueFilter
	Format string `query:"format" enum:"csv,xlsx" default:"csv"`
}) (*huma.StreamResponse, error) {
	sets, err := s.Duties.Sets(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.Duties.Book(ctx, sets, in.filter(s.Duties.Time()))
	if err != nil {
		return nil, err
	}
	names, err := s.Duties.Names(ctx)
	if err != nil {
		return nil, err
	}
	l := locale.From(ctx)
	rows := [][]string{dutydesk.BookHeads(l)}
	for _, i := range list {
		rows = append(rows, s.Duties.BookRow(l, sets, names, i))
	}
	var b bytes.Buffer
	kind, write := "text/csv; charset=utf-8", func() error { return workbook.WriteCSV(&b, rows) }
	if in.Format == "xlsx" {
		kind, write = xlsxType, func() error { return workbook.WriteXLSX(&b, l.T("duties.book.sheet"), rows) }
	}
	if err := write(); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		_, w := humago.Unwrap(hc)
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Disposition", `attachment; filename="so-tay-theo-doi.`+in.Format+`"`)
		w.WriteHeader(http.StatusOK)
		// A reader who has gone away is no fault of ours.
		_, _ = w.Write(b.Bytes())
	}}, nil
}

// IssueFigures are how an agency keeps the time limits.
type IssueFigures struct {
	Org     string   `json:"org"`
	OrgName string   `json:"org_name"`
	Open    int      `json:"open"`
	Overdue int      `json:"overdue" doc:"Of those open"`
	Closed  int      `json:"closed"`
	InTime  int      `json:"in_time" doc:"Of those closed"`
	Late    int      `json:"late" doc:"Of those closed"`
	Mean    *float64 `json:"mean_working_days,omitempty" doc:"From finding to closing; absent when none is closed"`
}

type issueFigures struct {
	Body struct {
		Items []IssueFigures `json:"items" nullable:"false" doc:"By organisation"`
		Total IssueFigures   `json:"total"`
	}
}

func (s *Server) issueFigures(ctx context.Context, in *IssueFilter) (*issueFigures, error) {
	sets, err := s.Duties.Sets(ctx)
	if err != nil {
		return nil, err
	}
	list, sum, err := s.Duties.Figures(ctx, sets, in.filter(s.Duties.Time()))
	if err != nil {
		return nil, err
	}
	names, err := s.Duties.Names(ctx)
	if err != nil {
		return nil, err
	}
	one := func(g *dutydesk.OrgFigures) IssueFigures {
		return IssueFigures{g.Org, names.Of(g.Org), g.Open, g.Overdue, g.Closed, g.InTime, g.Late, g.Mean}
	}
	out := &issueFigures{}
	out.Body.Items, out.Body.Total = []IssueFigures{}, one(sum)
	slices.SortFunc(list, func(a, b *dutydesk.OrgFigures) int { return strings.Compare(a.Org, b.Org) })
	for _, g := range list {
		out.Body.Items = append(out.Body.Items, one(g))
	}
	return out, nil
}

// A Deadline is a duty with the time that is left for it.
type Deadline struct {
	ID          string         `json:"id"`
	Clock       string         `json:"clock" example:"CLK-12" doc:"Rule of law that it runs under"`
	Version     int            `json:"version" doc:"… in this version"`
	Kind        string         `json:"subject_kind" doc:"What it belongs to: issue, …"`
	Subject     string         `json:"subject"`
	Path        string         `json:"path,omitempty" doc:"Page of what it belongs to"`
	TitleVi     string         `json:"title_vi"`
	TitleEn     string         `json:"title_en,omitempty"`
	Org         string         `json:"org" doc:"That owes it"`
	OrgName     string         `json:"org_name"`
	Account     string         `json:"account,omitempty" doc:"That looks after it"`
	State       deadline.State `json:"state" enum:"open,soon,breached,held,done,done-late,cancelled"`
	StartedAt   time.Time      `json:"started_at"`
	DueAt       time.Time      `json:"due_at"`
	DoneAt      *time.Time     `json:"done_at,omitempty"`
	CancelledAt *time.Time     `json:"cancelled_at,omitempty"`
	Moved       int            `json:"moved,omitempty" doc:"How often it was extended"`
	Why         string         `json:"why,omitempty" doc:"It was called off"`
	Left        string         `json:"left" doc:"What is left, in the reader's words"`
	WorkingDays *int           `json:"working_days,omitempty" doc:"Left, where it counts working days; less than 0 when late"`
}

func (s *Server) deadlineOf(ctx context.Context, names dutydesk.Names, office *deadline.Office, d *deadline.Deadline) Deadline {
	now := s.Duties.Time()
	v := Deadline{
		ID: d.ID, Clock: d.Clock, Version: d.Version, Kind: d.Kind, Subject: d.Subject.ID, Path: d.Path, TitleVi: d.TitleVi, TitleEn: d.TitleEn, Org: d.Org,
		OrgName: names.Of(d.Org), Account: d.Account, State: d.State(now), StartedAt: d.StartedAt, DueAt: d.DueAt, DoneAt: stampOf(d.DoneAt),
		CancelledAt: stampOf(d.CancelledAt), Moved: d.Moved, Why: d.Why,
	}
	st, err := office.Standing(d, now)
	if err != nil { // a year without a calendar: what is left cannot be counted
		v.Left = locale.From(ctx).Error(err)
		return v
	}
	v.Left = st.Words(locale.From(ctx))
	if st.Unit == deadline.WorkingDays {
		v.WorkingDays = &st.WorkingDays
	}
	return v
}
