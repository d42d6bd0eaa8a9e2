package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/reviewdesk"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/review"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// An AccountReview is a review of accounts and roles.
type AccountReview struct {
	ID       string     `json:"id"`
	BegunAt  string     `json:"begun_at" format:"date-time"`
	BegunBy  DutyActor  `json:"begun_by"`
	DueOn    string     `json:"due_on" format:"date" doc:"The last day"`
	Overdue  bool       `json:"overdue"`
	EndedAt  string     `json:"ended_at,omitempty" format:"date-time" doc:"Absent: it is open"`
	EndedBy  *DutyActor `json:"ended_by,omitempty"`
	Why      string     `json:"why,omitempty" doc:"It was finished with accounts left"`
	Accounts int        `json:"accounts"`
	Decided  int        `json:"decided" doc:"Of these"`
}

// An AccountReviewDetail is a review, agency by agency.
type AccountReviewDetail struct {
	AccountReview
	Agencies []ReviewedAgency `json:"agencies" nullable:"false"`
}

// A ReviewedAgency is how far a review has come in one organisation.
type ReviewedAgency struct {
	Org      string `json:"org" doc:"Id, \"\" for accounts without one"`
	Name     string `json:"name"`
	Accounts int    `json:"accounts"`
	Decided  int    `json:"decided"`
	Marked   int    `json:"marked" doc:"Not decided, and something deserves a look"`
	Unmarked int    `json:"unmarked" doc:"Not decided, and nothing does: these may be kept at once"`
}

// A ReviewedAccount is an account of a review: what it had when that began, and what
// was decided.
type ReviewedAccount struct {
	Account   string         `json:"account"`
	Login     string         `json:"login,omitempty" doc:"As it is now, like name and state"`
	Name      string         `json:"name,omitempty"`
	State     identity.State `json:"state,omitempty"`
	Org       string         `json:"org"`
	Roles     []string       `json:"roles" nullable:"false"`
	Posts     []string       `json:"posts" nullable:"false" doc:"Titles and agencies"`
	Beyond    []string       `json:"beyond" nullable:"false" doc:"Roles that no post brings"`
	Marks     []review.Mark  `json:"marks" nullable:"false" doc:"What deserves a look: unused, never, post (ended), no-post, beyond, conflict, no-factor, org (ended)"`
	Unused    int            `json:"unused_days"`
	Verdict   review.Verdict `json:"verdict,omitempty" enum:"kept,changed,closed" doc:"Absent: nobody has decided"`
	Why       string         `json:"why,omitempty"`
	By        *DutyActor     `json:"by,omitempty"`
	DecidedAt string         `json:"decided_at,omitempty" format:"date-time"`
}

// AccountReviewNamed names a review.
type AccountReviewNamed struct {
	ID string `path:"id" maxLength:"40" doc:"Id of the review"`
}

type (
	reviewList struct {
		Body struct {
			Items  []AccountReview `json:"items" nullable:"false" doc:"The newest first"`
			NextOn string          `json:"next_on,omitempty" format:"date" doc:"When the next begins by itself; absent while one is open"`
		}
	}
	reviewAnswer struct{ Body AccountReviewDetail }
	reviewMade   struct {
		Location string `header:"Location"`
		Body     AccountReviewDetail
	}
	reviewedList struct {
		Body struct {
			Items []ReviewedAccount `json:"items" nullable:"false"`
			Next  string            `json:"next,omitempty" doc:"Give it as after; absent on the last page"`
			Total int               `json:"total"`
		}
	}
)

// noAgency asks for accounts without an organisation, where nothing asks for all.
const noAgency = "-"

// accountReviewRoutes are of the reviews that are due every six months. The desk asks
// besides, of each account, whether the caller may decide on it.
func (s *Server) accountReviewRoutes() {
	if s.Reviews == nil {
		return
	}
	need, decide := needAccounts, door.Of(policy.Confirm, policy.KindAccount)
	at := Prefix + "/account-reviews"
	op := func(id, method, path, vi, en, more string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: at + path, Summary: vi + " / " + en, Description: more, Tags: []string{"account-reviews"}, DefaultStatus: http.StatusOK}
	}
	register(s, need, op("list-account-reviews", http.MethodGet, "", "Các đợt rà soát tài khoản", "Reviews of accounts", ""), func(ctx context.Context, in *struct {
		Limit int `query:"limit" minimum:"1" maximum:"200" default:"20"`
	}) (*reviewList, error) {
		all, err := s.Reviews.List(ctx, in.Limit)
		if err != nil {
			return nil, err
		}
		out := &reviewList{}
		out.Body.Items = []AccountReview{}
		for i := range all {
			out.Body.Items = append(out.Body.Items, s.accountReview(&all[i]))
		}
		out.Body.NextOn, err = s.Reviews.NextOn(ctx)
		return out, err
	})
	begin := op("begin-account-review", http.MethodPost, "", "Bắt đầu đợt rà soát tài khoản", "Begin a review of all accounts in use", "One at a time: 409 while one is open.")
	begin.DefaultStatus = http.StatusCreated
	register(s, need, begin, func(ctx context.Context, in *struct {
		Body struct {
			DueOn *viet.Date `json:"due_on,omitempty" format:"date" doc:"The last day; absent: in 30 days"`
		}
	}) (*reviewMade, error) {
		c, err := s.Reviews.Begin(ctx, dayText(in.Body.DueOn))
		one, err := s.oneReview(ctx, c.ID, err)
		if err != nil {
			return nil, err
		}
		return &reviewMade{at + "/" + c.ID, one.Body}, nil
	})
	register(s, need, op("get-account-review", http.MethodGet, "/{id}", "Một đợt rà soát tài khoản", "One review, agency by agency", ""), func(ctx context.Context, in *AccountReviewNamed) (*reviewAnswer, error) {
		return s.oneReview(ctx, in.ID, nil)
	})
	register(s, need, op("list-reviewed-accounts", http.MethodGet, "/{id}/accounts", "Các tài khoản của đợt rà soát", "Accounts of a review", ""), s.reviewedAccounts)
	register(s, decide, op("decide-on-account", http.MethodPost, "/{id}/accounts/{account}/decide", "Quyết định về một tài khoản", "Keep an account, note that it was changed, or close it",
		"One with marks is kept for a reason. changed: its roles, posts, agency or state do differ by now. closed disables it. Nobody decides on their own account."), func(ctx context.Context, in *struct {
		AccountReviewNamed
		Account string `path:"account" maxLength:"40" doc:"Id of the account"`
		Body    struct {
			Verdict review.Verdict `json:"verdict" enum:"kept,changed,closed"`
			Why     string         `json:"why,omitempty" maxLength:"400"`
		}
	}) (*reviewAnswer, error) {
		return s.oneReview(ctx, in.ID, s.Reviews.Decide(ctx, in.ID, in.Account, in.Body.Verdict, in.Body.Why))
	})
	register(s, decide, op("keep-unmarked-accounts", http.MethodPost, "/{id}/keep", "Giữ các tài khoản không có dấu hiệu của một cơ quan", "Keep all accounts of an agency that nothing is to be said about", "But your own, and those closed since."), func(ctx context.Context, in *struct {
		AccountReviewNamed
		Body struct {
			Org string `json:"org" maxLength:"80" doc:"Id of the agency; \"\": accounts without one"`
		}
	}) (*reviewAnswer, error) {
		return s.oneReview(ctx, in.ID, s.Reviews.KeepUnmarked(ctx, in.ID, in.Body.Org))
	})
	register(s, need, op("finish-account-review", http.MethodPost, "/{id}/finish", "Kết thúc đợt rà soát tài khoản", "Finish a review", ""), func(ctx context.Context, in *struct {
		AccountReviewNamed
		Body struct {
			Why string `json:"why,omitempty" maxLength:"2000" doc:"Where accounts are left"`
		}
	}) (*reviewAnswer, error) {
		return s.oneReview(ctx, in.ID, s.Reviews.Finish(ctx, in.ID, in.Body.Why))
	})
	report := op("get-account-review-report", http.MethodGet, "/{id}/report.csv", "Báo cáo đợt rà soát tài khoản", "A review as a table", "In the reader's language.")
	report.Responses = map[string]*huma.Response{"200": fileOf("text/csv", "")}
	register(s, need, report, func(ctx context.Context, in *AccountReviewNamed) (*huma.StreamResponse, error) {
		name, table, err := s.Reviews.Report(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return s.streamed(ctx, "text/csv; charset=utf-8", name, func(d *download) error {
			_, err := d.Write(table)
			return err
		}), nil
	})
}

func (s *Server) accountReview(c *review.Campaign) AccountReview {
	out := AccountReview{ID: c.ID, BegunAt: stamped(c.BegunAt), BegunBy: dutyActor(c.BegunBy), DueOn: c.DueOn, Overdue: c.Overdue(s.Reviews.Today()), EndedAt: stamped(c.EndedAt), Why: c.Why, Accounts: c.Lines, Decided: c.Done}
	if !c.Open() {
		by := dutyActor(c.EndedBy)
		out.EndedBy = &by
	}
	return out
}

// oneReview tells a review, once err is nothing.
func (s *Server) oneReview(ctx context.Context, id string, err error) (*reviewAnswer, error) {
	if err != nil {
		return nil, err
	}
	w, err := s.Reviews.Look(ctx, id)
	if err != nil {
		return nil, err
	}
	out := AccountReviewDetail{s.accountReview(&w.Campaign), []ReviewedAgency{}}
	for _, a := range w.Agencies(locale.From(ctx)) {
		out.Agencies = append(out.Agencies, ReviewedAgency{a.ID, a.Name, a.Lines, a.Done, a.Marked, a.Keepable})
	}
	return &reviewAnswer{out}, nil
}

func (s *Server) reviewedAccounts(ctx context.Context, in *struct {
	AccountReviewNamed
	Page
	Org  string `query:"org" maxLength:"80" doc:"Of one agency; \"-\": without one"`
	Open bool   `query:"open" doc:"Those alone on which nobody has decided"`
}) (*reviewedList, error) {
	w, err := s.Reviews.Look(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	lines := slices.DeleteFunc(w.List, func(l review.Line) bool {
		return in.Org != "" && l.Org != in.Org && (in.Org != noAgency || l.Org != "") || in.Open && l.Verdict != ""
	})
	slices.SortFunc(lines, func(a, b review.Line) int { return cmp.Compare(a.Account, b.Account) })
	out := &reviewedList{}
	out.Body.Items, out.Body.Total = []ReviewedAccount{}, len(lines)
	lines = slices.DeleteFunc(lines, func(l review.Line) bool { return l.Account <= in.After })
	if len(lines) > in.Limit {
		lines, out.Body.Next = lines[:in.Limit], lines[in.Limit-1].Account
	}
	for i := range lines {
		out.Body.Items = append(out.Body.Items, reviewedAccount(&w, &lines[i]))
	}
	return out, nil
}

func reviewedAccount(w *reviewdesk.Whole, l *review.Line) ReviewedAccount {
	a := w.Accounts[l.Account]
	out := ReviewedAccount{
		Account: l.Account, Login: a.Login, Name: a.Name, State: a.State, Org: l.Org, Roles: append([]string{}, l.Had.Roles...), Posts: append([]string{}, l.Had.Posts...),
		Beyond: append([]string{}, l.Had.Beyond...), Marks: append([]review.Mark{}, l.Had.Marks...), Unused: l.Had.Unused, Verdict: l.Verdict, Why: l.Why, DecidedAt: stamped(l.At),
	}
	if l.Verdict != "" {
		by := dutyActor(l.By)
		out.By = &by
	}
	return out
}
