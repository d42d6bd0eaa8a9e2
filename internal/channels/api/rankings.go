package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/apps/govern"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/rankdesk"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A Ranking is the ranking of units as the caller sees it: before it is public, their
// own units alone.
type Ranking struct {
	ID          string              `json:"id"`
	Title       string              `json:"title"`
	State       govern.RankingState `json:"state" enum:"preview,published,withdrawn"`
	CountedAt   time.Time           `json:"counted_at"`
	DueAt       time.Time           `json:"due_at" doc:"Until then units may object"`
	PublishedAt *time.Time          `json:"published_at,omitempty"`
	Why         string              `json:"why,omitempty" doc:"Why it was withdrawn"`
	Units       []RankedUnit        `json:"units" nullable:"false"`
	Objections  []RankingObjection  `json:"objections" nullable:"false" doc:"Those of the caller's units; all for who governs"`
}

// A RankedUnit is where a unit stands.
type RankedUnit struct {
	Org      string               `json:"org"`
	Place    int                  `json:"place,omitempty" doc:"Absent where it is not measured, and before the ranking is public"`
	Score    *float64             `json:"score,omitempty" doc:"Absent: not measured"`
	Sets     int                  `json:"sets"`
	Measured int                  `json:"measured"`
	Open     int                  `json:"open" doc:"Issues that are not closed"`
	Overdue  int                  `json:"overdue"`
	Datasets []govern.StandingSet `json:"datasets" nullable:"false" doc:"Of the caller's units"`
	Reasons  []govern.RankReason  `json:"reasons" nullable:"false" doc:"What takes most points, of the caller's units"`
}

// A RankingObjection is what a unit says against its figures.
type RankingObjection struct {
	ID       string    `json:"id"`
	Org      string    `json:"org"`
	Why      string    `json:"why"`
	Evidence string    `json:"evidence,omitempty"`
	By       DutyActor `json:"by"`
	MadeAt   time.Time `json:"made_at"`
	Verdict  string    `json:"verdict" enum:",accepted,refused" doc:"Empty: not answered"`
	Said     string    `json:"said,omitempty"`
}

// RankingNamed names a ranking.
type RankingNamed struct {
	ID string `path:"id" maxLength:"40"`
}

type rankingAnswer struct{ Body Ranking }

type rankingList struct {
	Body struct {
		Items []Ranking `json:"items" nullable:"false" doc:"The newest first"`
	}
}

func (s *Server) rankingRoutes() {
	read, lead := door.Of(policy.Describe, policy.KindCodeList), door.Of(policy.EditContract, policy.KindCodeList)
	at := Prefix + "/rankings"
	op := func(id, method, path, vi, en string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: vi + " / " + en, Tags: []string{"rankings"}, DefaultStatus: http.StatusOK}
	}
	register(s, read, op("list-rankings", http.MethodGet, at, "Các bảng xếp hạng đơn vị", "Rankings of units"), s.listRankings)
	register(s, read, op("get-ranking", http.MethodGet, at+"/{id}", "Một bảng xếp hạng", "One ranking"), func(ctx context.Context, in *RankingNamed) (*rankingAnswer, error) {
		return s.ranked(func(d *rankdesk.Desk) (*govern.PublishedRanking, error) { return d.Find(ctx, in.ID) })
	})
	register(s, lead, op("show-ranking", http.MethodPost, at, "Lập dự kiến xếp hạng, lấy ý kiến đơn vị", "Show a ranking to the units before it is public"), func(ctx context.Context, in *struct {
		Body struct {
			Title string `json:"title" minLength:"1" maxLength:"300"`
			Days  int    `json:"days" minimum:"1" maximum:"60" doc:"Working days to object in"`
		}
	}) (*rankingAnswer, error) {
		return s.ranked(func(d *rankdesk.Desk) (*govern.PublishedRanking, error) {
			return d.Show(ctx, in.Body.Title, in.Body.Days)
		})
	})
	register(s, door.Each(policy.Confirm, policy.KindDataset), op("object-to-ranking", http.MethodPost, at+"/{id}/objections", "Kiến nghị về dự kiến xếp hạng", "Object for one's unit"), func(ctx context.Context, in *struct {
		RankingNamed
		Body struct {
			Org      string `json:"org" minLength:"1" maxLength:"80"`
			Why      string `json:"why" minLength:"1" maxLength:"2000"`
			Evidence string `json:"evidence,omitempty" maxLength:"2000"`
		}
	}) (*rankingAnswer, error) {
		return s.ranked(func(d *rankdesk.Desk) (*govern.PublishedRanking, error) {
			return d.Object(ctx, in.ID, in.Body.Org, in.Body.Why, in.Body.Evidence)
		})
	})
	register(s, lead, op("answer-objection", http.MethodPost, at+"/{id}/objections/{objection}/answer", "Trả lời kiến nghị", "Answer an objection"), func(ctx context.Context, in *struct {
		RankingNamed
		Objection string `path:"objection" maxLength:"40"`
		Body      struct {
			Accept bool   `json:"accept"`
			Said   string `json:"said" minLength:"1" maxLength:"2000" doc:"What changes, or why not"`
		}
	}) (*rankingAnswer, error) {
		return s.ranked(func(d *rankdesk.Desk) (*govern.PublishedRanking, error) {
			return d.AnswerTo(ctx, in.ID, in.Objection, in.Body.Accept, in.Body.Said)
		})
	})
	register(s, lead, op("recount-ranking", http.MethodPost, at+"/{id}/recount", "Tính lại dự kiến xếp hạng", "Count a preview again"), func(ctx context.Context, in *RankingNamed) (*rankingAnswer, error) {
		return s.ranked(func(d *rankdesk.Desk) (*govern.PublishedRanking, error) { return d.Recount(ctx, in.ID) })
	})
	register(s, lead, op("publish-ranking", http.MethodPost, at+"/{id}/publish", "Công bố xếp hạng", "Publish a ranking"), func(ctx context.Context, in *RankingNamed) (*rankingAnswer, error) {
		return s.ranked(func(d *rankdesk.Desk) (*govern.PublishedRanking, error) { return d.Publish(ctx, in.ID) })
	})
	register(s, lead, op("withdraw-ranking", http.MethodPost, at+"/{id}/withdraw", "Thu hồi bảng xếp hạng", "Withdraw a ranking"), func(ctx context.Context, in *struct {
		RankingNamed
		Body struct {
			Why string `json:"why" minLength:"1" maxLength:"2000"`
		}
	}) (*rankingAnswer, error) {
		return s.ranked(func(d *rankdesk.Desk) (*govern.PublishedRanking, error) { return d.Withdraw(ctx, in.ID, in.Body.Why) })
	})
}

// ranked does something with a ranking and tells how it stands then.
func (s *Server) ranked(do func(*rankdesk.Desk) (*govern.PublishedRanking, error)) (*rankingAnswer, error) {
	if s.Ranks == nil {
		return nil, fault.New(fault.NotFound, "api.no-such-path", Prefix+"/rankings")
	}
	r, err := do(s.Ranks)
	if err != nil {
		return nil, err
	}
	return &rankingAnswer{rankingOf(r)}, nil
}

func (s *Server) listRankings(ctx context.Context, _ *struct{}) (*rankingList, error) {
	if s.Ranks == nil {
		return nil, fault.New(fault.NotFound, "api.no-such-path", Prefix+"/rankings")
	}
	list, err := s.Ranks.List(ctx)
	out := &rankingList{}
	out.Body.Items = []Ranking{}
	for _, r := range list {
		out.Body.Items = append(out.Body.Items, rankingOf(r))
	}
	return out, err
}

func rankingOf(r *govern.PublishedRanking) Ranking {
	out := Ranking{ID: r.ID, Title: r.Title, State: r.State, CountedAt: r.CountedAt, DueAt: r.DueAt, PublishedAt: someTime(r.PublishedAt), Why: r.Why, Units: []RankedUnit{}, Objections: []RankingObjection{}}
	for _, u := range r.Units {
		out.Units = append(out.Units, RankedUnit{u.Org, u.Place, u.Score, u.Sets, u.Measured, u.Open, u.Overdue, append([]govern.StandingSet{}, u.Datasets...), append([]govern.RankReason{}, u.Reasons...)})
	}
	for _, o := range r.Objections {
		out.Objections = append(out.Objections, RankingObjection{o.ID, o.Org, o.Why, o.Evidence, dutyActor(o.By), o.MadeAt, o.Verdict, o.Said})
	}
	return out
}
