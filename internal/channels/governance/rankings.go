package governance

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/apps/govern"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/rankdesk"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// rankingRoutes are the pages of rankings before and after they are public.
func (s *pages) rankingRoutes() {
	read, govern := door.Of(policy.Describe, policy.KindCodeList), door.Of(policy.EditContract, policy.KindCodeList)
	s.Handle("POST /governance/rankings", govern, s.show)
	s.Handle("GET /governance/rankings/{id}", read, s.ranking)
	const one = "POST /governance/rankings/{id}"
	s.Handle(one+"/objections", door.Each(policy.Confirm, policy.KindDataset), s.onRanking(func(ctx context.Context, id string, f url.Values) error {
		_, err := s.Ranks.Object(ctx, id, f.Get("org"), f.Get("why"), f.Get("evidence"))
		return err
	}))
	s.Handle(one+"/answer", govern, s.onRanking(func(ctx context.Context, id string, f url.Values) error {
		_, err := s.Ranks.AnswerTo(ctx, id, f.Get("objection"), f.Get("verdict") == "accepted", f.Get("said"))
		return err
	}))
	s.Handle(one+"/recount", govern, s.onRanking(func(ctx context.Context, id string, _ url.Values) error {
		_, err := s.Ranks.Recount(ctx, id)
		return err
	}))
	s.Handle(one+"/publish", govern, s.onRanking(func(ctx context.Context, id string, _ url.Values) error {
		_, err := s.Ranks.Publish(ctx, id)
		return err
	}))
	s.Handle(one+"/withdraw", govern, s.onRanking(func(ctx context.Context, id string, f url.Values) error {
		_, err := s.Ranks.Withdraw(ctx, id, f.Get("why"))
		return err
	}))
}

// A rankingLine is one ranking in the list.
type rankingLine struct{ Path, Title, State, Band, When string }

var rankingBands = map[govern.RankingState]string{govern.Preview: score.Watch, govern.Published: score.Good, govern.Withdrawn: score.None}

func (s *pages) rankingLine(l locale.Lang, r *govern.PublishedRanking) rankingLine {
	v := rankingLine{Path: govern.RankingPath(r.ID), Title: r.Title, State: l.T("ranking.state." + string(r.State)), Band: rankingBands[r.State], When: l.T("ranking.until", r.DueAt)}
	switch r.State {
	case govern.Published:
		v.When = l.Time(r.PublishedAt)
	case govern.Withdrawn:
		v.When = l.Time(r.EndedAt)
	}
	return v
}

// ranks fills in what the front page shows of the ranking: the public one for all, the
// figures of the moment for who sees them before.
func (s *pages) ranks(ctx context.Context, v *frontView) error {
	l := locale.From(ctx)
	list, err := s.Ranks.List(ctx)
	if err != nil {
		return err
	}
	for _, r := range list {
		v.Rankings = append(v.Rankings, s.rankingLine(l, r))
	}
	v.Governs, v.Token = s.Ranks.Governs(ctx), door.From(ctx).CSRF
	v.RankingNote = l.T("ranking.none-yet")
	if r := rankdesk.Public(list); r != nil {
		v.RankingNote = l.T("ranking.published-as", r.Title, r.CountedAt)
		for _, u := range r.Units {
			v.Ranks = append(v.Ranks, s.rankOf(ctx, l, u.Rank))
		}
		return nil
	}
	if !s.Ranks.Sees(ctx) {
		return nil
	}
	v.RankingNote = l.T("ranking.only-you")
	live, err := s.Desk.Ranking(ctx, s.keep(ctx))
	for _, one := range live {
		v.Ranks = append(v.Ranks, s.rankOf(ctx, l, one))
	}
	return err
}

func (s *pages) show(w http.ResponseWriter, r *http.Request) error {
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	days, _ := strconv.Atoi(strings.TrimSpace(f.Get("days"))) // 0 is refused with what is wanted
	one, err := s.Ranks.Show(r.Context(), f.Get("title"), days)
	if err != nil {
		if site.Mendable(err) {
			return s.frontAgain(w, r, err)
		}
		return err
	}
	http.Redirect(w, r, govern.RankingPath(one.ID), http.StatusSeeOther)
	return nil
}

type rankingView struct {
	rankingLine
	Made, MadeBy, Counted, Due, Why, Published string
	Preview, Governs                           bool
	Front                                      bool // the reader may open the list of rankings
	Ranks                                      []rankView
	Own                                        []ownView
	Objections                                 []objectionView
	Token, Problem                             string
	Unanswered                                 int64  // objections
	Withdraw                                   string // the reason as it was written, when it was refused
	Closed                                     bool   // the time to object is over
}

// An ownView is a unit's own figures, with what they rest on.
type ownView struct {
	rankView
	Org       string
	Datasets  []setScore
	Reasons   []reasonView
	MayObject bool
	Objecting bool // what was written was refused
	Why       string
	Evidence  string
}

type setScore struct{ Name, Path, Score, Band string }

type reasonView struct{ Dataset, Path, Criterion, How, Records, Adds string }

type objectionView struct {
	ID, Org, Why, Evidence, By, When string
	Verdict, Said, Decided           string
	Answer                           string // as it was written, when it was refused
	Open                             bool
}

func (s *pages) ranking(w http.ResponseWriter, r *http.Request) error {
	return s.showRanking(w, r, nil)
}

// showRanking shows a ranking; wrong is why a form was refused, which keeps what was
// written in it.
func (s *pages) showRanking(w http.ResponseWriter, r *http.Request, wrong error) error {
	ctx := r.Context()
	one, err := s.Ranks.Find(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	v := s.rankingView(ctx, one, r.PostForm)
	page := s.Page(r, one.Title, place)
	if wrong == nil {
		return s.Show(w, r, page, rankingPage(v))
	}
	v.Problem = locale.From(ctx).Error(wrong)
	return s.ShowWrong(w, r, wrong, page, rankingPage(v))
}

// rankingView is a ranking as the caller may see it, with what they wrote when that was
// refused.
func (s *pages) rankingView(ctx context.Context, r *govern.PublishedRanking, typed url.Values) rankingView {
	l := locale.From(ctx)
	v := rankingView{rankingLine: s.rankingLine(l, r), Made: l.Time(r.MadeAt), MadeBy: r.MadeBy.Name, Counted: l.Time(r.CountedAt), Due: l.Time(r.DueAt), Why: r.Why, Preview: r.State == govern.Preview, Governs: s.Ranks.Governs(ctx), Token: door.From(ctx).CSRF}
	if !r.PublishedAt.IsZero() {
		v.Published = l.Time(r.PublishedAt)
	}
	v.Front = s.Door.Can(ctx, policy.Describe, policy.What{Kind: policy.KindDataset})
	sees := s.Ranks.Sees(ctx)
	v.Closed = s.Desk.Now().After(r.DueAt)
	for _, u := range r.Units {
		if sees || r.State == govern.Published {
			v.Ranks = append(v.Ranks, s.rankOf(ctx, l, u.Rank))
		}
		if !s.Ranks.Mine(ctx, u.Org) {
			continue
		}
		own := ownView{rankView: s.rankOf(ctx, l, u.Rank), Org: u.Org, MayObject: v.Preview && !v.Closed && s.Ranks.MayObject(ctx, u.Org)}
		if own.Objecting = typed.Has("evidence") && typed.Get("org") == u.Org; own.Objecting {
			own.Why, own.Evidence = typed.Get("why"), typed.Get("evidence")
		}
		names := map[string]string{}
		for _, d := range u.Datasets {
			names[d.ID] = d.Name
			one := setScore{d.Name, "/datasets/" + url.PathEscape(d.ID), l.T("governance.not-measured"), score.Band(d.Score)}
			if d.Score != nil {
				one.Score = l.Float(*d.Score, 1)
			}
			own.Datasets = append(own.Datasets, one)
		}
		for _, why := range u.Reasons {
			own.Reasons = append(own.Reasons, reasonView{names[why.Dataset], "/datasets/" + url.PathEscape(why.Dataset) + "/quality", why.Criterion.In(l), why.How.In(l), l.Number(why.Records), l.Float(why.Adds, 1)})
		}
		v.Own = append(v.Own, own)
	}
	for _, o := range r.Objections {
		one := objectionView{ID: o.ID, Org: s.Desk.OrgName(ctx, o.Org), Why: o.Why, Evidence: o.Evidence, By: o.By.Name, When: l.Time(o.MadeAt), Said: o.Said, Decided: o.DecidedBy.Name, Open: o.Open() && v.Preview}
		one.Verdict = l.T("ranking.verdict.open")
		if !o.Open() {
			one.Verdict = l.T("ranking.verdict." + o.Verdict)
		} else {
			v.Unanswered++
		}
		if typed.Get("objection") == o.ID {
			one.Answer = typed.Get("said")
		}
		v.Objections = append(v.Objections, one)
	}
	if !typed.Has("org") {
		v.Withdraw = typed.Get("why")
	}
	return v
}

func (s *pages) onRanking(do func(ctx context.Context, id string, f url.Values) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := s.Form(w, r, mostForm)
		if err != nil {
			return err
		}
		id := r.PathValue("id")
		if err := do(r.Context(), id, f); err != nil {
			if site.Mendable(err) {
				return s.showRanking(w, r, err)
			}
			return err
		}
		http.Redirect(w, r, govern.RankingPath(url.PathEscape(id)), http.StatusSeeOther)
		return nil
	}
}
