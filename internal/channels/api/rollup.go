package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A Rollup is the score of several data sets together.
type Rollup struct {
	Formula  string            `json:"formula" doc:"Version of the formulas"`
	At       time.Time         `json:"at"`
	Overall  *float64          `json:"overall,omitempty" minimum:"0" maximum:"100" doc:"Mean of the data sets' overall scores by their weights; absent when none is measured"`
	Band     string            `json:"band" doc:"good, watch, poor or none"`
	Measured int               `json:"measured" doc:"Data sets with an overall score"`
	Of       int               `json:"of" doc:"Data sets that the reader may know of"`
	Criteria []RollupCriterion `json:"criteria" nullable:"false" doc:"The six, in the order of the law's phrase"`
	Datasets []RollupMember    `json:"datasets" nullable:"false" doc:"The lowest first, those that are not measured last"`
	History  []RollupDay       `json:"history" nullable:"false" doc:"The oldest first; days before the first score are left out"`
}

// A RollupCriterion is one criterion over several data sets.
type RollupCriterion struct {
	ID         contract.Criterion `json:"id" enum:"dung,du,sach,song,thong-nhat,dung-chung"`
	Title      contract.Sentence  `json:"title"`
	Value      *float64           `json:"value,omitempty" minimum:"0" maximum:"100" doc:"Absent when it is measured nowhere"`
	Measured   int                `json:"measured" doc:"Data sets in which it is measured"`
	Of         int                `json:"of"`
	Unmeasured []RollupUnmeasured `json:"unmeasured" nullable:"false" doc:"Data sets that do not count here, neither as 0 nor as 100"`
	Sharing    *RollupSharing     `json:"sharing,omitempty" doc:"Of dung-chung alone, which is not scored: how the data sets may be used and are"`
}

// A RollupSharing is how several data sets may be used, and are.
type RollupSharing struct {
	Open       int `json:"open" doc:"Data sets that anybody may use"`
	Shared     int `json:"shared" doc:"… that agencies share"`
	Restricted int `json:"restricted" doc:"… that are given out with consent"`
	Undecided  int `json:"undecided" doc:"… of which nobody has decided"`
	Used       int `json:"used" doc:"… that somebody besides their owner used within the last days"`
	Days       int `json:"days"`
}

// A RollupUnmeasured says why a criterion of a data set is not measured.
type RollupUnmeasured struct {
	Dataset string            `json:"dataset"`
	Why     contract.Sentence `json:"why"`
}

// A RollupMember is a data set with its share.
type RollupMember struct {
	Dataset string   `json:"dataset"`
	Name    string   `json:"name"`
	Owner   string   `json:"owner"`
	Weight  float64  `json:"weight" doc:"phohien.weight of its contract"`
	Overall *float64 `json:"overall,omitempty"`
	Band    string   `json:"band"`
}

// A RollupDay is what a day ended with.
type RollupDay struct {
	Day      string                          `json:"day" format:"date" doc:"By the clock of Viet Nam"`
	Overall  *float64                        `json:"overall,omitempty"`
	Criteria map[contract.Criterion]*float64 `json:"criteria" doc:"Values by criterion, null when it is not measured"`
}

type rollupQuery struct {
	Days int `query:"days" minimum:"0" maximum:"366" default:"30" doc:"Days of history"`
}

type rollupAnswer struct{ Body Rollup }

func (s *Server) rollupRoutes() {
	register(s, door.Each(policy.Describe, policy.KindDataset), huma.Operation{
		OperationID: "get-scores", Method: http.MethodGet, Path: Prefix + "/scores",
		Summary: "Điểm chất lượng của toàn tỉnh / The score of the province", Tags: []string{"quality"},
		Description: "Over the data sets in force that the reader may know of.",
	}, func(ctx context.Context, in *rollupQuery) (*rollupAnswer, error) {
		return s.rollup(ctx, in.Days, func(*contract.Contract) bool { return true })
	})
	register(s, door.Each(policy.Describe, policy.KindDataset), huma.Operation{
		OperationID: "get-organisation-score", Method: http.MethodGet, Path: Prefix + "/organisations/{id}/score",
		Summary: "Điểm chất lượng của một cơ quan / The score of an organisation", Tags: []string{"quality"},
		Description: "Over the data sets in force that the organisation, or one below it today, answers for and that the reader may know of.",
	}, s.getOrganisationScore)
}

func (s *Server) getOrganisationScore(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"80"`
	Days int    `query:"days" minimum:"0" maximum:"366" default:"30" doc:"Days of history"`
}) (*rollupAnswer, error) {
	s.Door.Sift(ctx, policy.Describe)
	snap, on, err := s.organisations(ctx, "")
	if err != nil {
		return nil, err
	}
	if _, known := snap.Org(in.ID); !known {
		return nil, fault.New(fault.NotFound, "org.never", in.ID)
	}
	return s.rollup(ctx, in.Days, func(c *contract.Contract) bool {
		return c.Owner == in.ID || c.Owner != "" && snap.Within(c.Owner, in.ID, on)
	})
}

// rollup rolls up the data sets that belong to it and that the caller may know
// of: a score says something of the data, so it goes as far as their names.
func (s *Server) rollup(ctx context.Context, days int, belongs func(*contract.Contract) bool) (*rollupAnswer, error) {
	s.Door.Sift(ctx, policy.Describe)
	members, err := s.Scores.Members(ctx, func(c *contract.Contract) bool {
		return belongs(c) && s.Door.CanSet(ctx, policy.Describe, c)
	})
	if err != nil {
		return nil, err
	}
	now := time.Now()
	r := score.Roll(members)
	out := Rollup{
		Formula: score.Formula, At: now.UTC(), Overall: r.Overall, Band: r.Band, Measured: r.Measured, Of: r.Of,
		Criteria: []RollupCriterion{}, Datasets: []RollupMember{}, History: []RollupDay{},
	}
	for _, c := range r.Criteria {
		one := RollupCriterion{ID: c.ID, Title: c.Title, Value: c.Value, Measured: c.Measured, Of: c.Of, Unmeasured: []RollupUnmeasured{}}
		for _, u := range c.Unmeasured {
			one.Unmeasured = append(one.Unmeasured, RollupUnmeasured{u.Dataset, u.Why})
		}
		if sh := c.Sharing; sh != nil {
			one.Sharing = &RollupSharing{sh.Open, sh.Shared, sh.Restricted, sh.Undecided, sh.Used, score.SharedDays}
		}
		out.Criteria = append(out.Criteria, one)
	}
	slices.SortStableFunc(members, func(a, b score.Member) int {
		return cmp.Compare(lowest(a.Score.Overall), lowest(b.Score.Overall))
	})
	known := map[string]bool{}
	for _, m := range members {
		known[m.Dataset] = true
		out.Datasets = append(out.Datasets, RollupMember{m.Dataset, m.Name, m.Owner, m.Weight, m.Score.Overall, m.Score.Band})
	}
	out.History, err = s.rollupDays(ctx, now, days, known)
	return &rollupAnswer{out}, err
}

// lowest orders values, those that are not measured last.
func lowest(v *float64) float64 {
	if v == nil {
		return 101
	}
	return *v
}

func (s *Server) rollupDays(ctx context.Context, now time.Time, days int, known map[string]bool) ([]RollupDay, error) {
	list := []RollupDay{}
	if days == 0 {
		return list, nil
	}
	all, err := s.Scores.Days(ctx, score.DayOf(now.AddDate(0, 0, -days)))
	if err != nil {
		return nil, err
	}
	for ago := days; ago >= 0; ago-- {
		day := score.DayOf(now.AddDate(0, 0, -ago))
		r, there := score.RollOn(all, day, func(id string) bool { return known[id] })
		if !there {
			continue
		}
		d := RollupDay{Day: day, Overall: r.Overall, Criteria: map[contract.Criterion]*float64{}}
		for _, c := range r.Criteria {
			d.Criteria[c.ID] = c.Value
		}
		list = append(list, d)
	}
	return list, nil
}
