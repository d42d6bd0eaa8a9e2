package api

import (
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"

	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/score"
)

// A Quality is the score of a data set at one moment.
type Quality struct {
	Dataset  string             `json:"dataset"`
	Formula  string             `json:"formula" doc:"Version of the formulas"`
	Seq      int64              `json:"seq" doc:"State of the data set that was scored"`
	At       time.Time          `json:"at"`
	Overall  *float64           `json:"overall,omitempty" minimum:"0" maximum:"100" doc:"Mean of the measured criteria; absent when none is measured"`
	Band     string             `json:"band" doc:"good, watch, poor or none"`
	Criteria []QualityCriterion `json:"criteria" nullable:"false" doc:"The six, in the order of the law's phrase"`
	Losses   []QualityLoss      `json:"losses" nullable:"false" doc:"Each lost point: who can mend it and what that adds; what adds most comes first"`
}

// A QualityLoss is what one part takes from the score.
type QualityLoss struct {
	Criterion contract.Criterion `json:"criterion" enum:"dung,du,sach,song,thong-nhat,dung-chung"`
	Rule      string             `json:"rule"`
	Column    string             `json:"column" doc:"\"\" for the whole record"`
	Object    string             `json:"object" doc:"Address of the table"`
	Title     contract.Sentence  `json:"title"`
	Records   int64              `json:"records" doc:"That break it, or are not there; 0 where no records are counted"`
	Points    float64            `json:"points" doc:"What the criterion gains when this alone is mended"`
	Adds      float64            `json:"adds" doc:"What the overall score gains when this alone is mended"`
	Who       string             `json:"who" enum:"sender,owner,platform" doc:"Who can mend it"`
	How       contract.Sentence  `json:"how"`
	Rows      string             `json:"rows,omitempty" doc:"Where its rows wait, for who may read them"`
	Flag      string             `json:"flag,omitempty" doc:"What its rows carry in _flags: they were accepted"`
}

// A QualityCriterion is one of the six criteria.
type QualityCriterion struct {
	ID    contract.Criterion `json:"id" enum:"dung,du,sach,song,thong-nhat,dung-chung"`
	Title contract.Sentence  `json:"title"`
	Value *float64           `json:"value,omitempty" minimum:"0" maximum:"100" doc:"Absent when it is not measured: never 0, never 100"`
	Why   contract.Sentence  `json:"why" doc:"Why it is not measured, or how the value came about"`
	Parts []QualityPart      `json:"parts" nullable:"false"`

	Sharing *QualitySharing `json:"sharing,omitempty" doc:"Of dung-chung alone, which is not scored: how the data set may be used, and is"`
}

// A QualitySharing is how a data set may be used, and is.
type QualitySharing struct {
	Access    string `json:"access" doc:"open, shared or restricted; \"\": nobody has decided"`
	Consumers int64  `json:"consumers" doc:"Agencies and programs besides the owner's that used it within the last days; readers who have not signed in count as one"`
	Uses      int64  `json:"uses" doc:"Theirs"`
	Last      string `json:"last" doc:"Day of the last by the clock of Viet Nam, \"\" for none"`
	Days      int    `json:"days"`
}

// A QualityPart is what one rule adds to a criterion.
type QualityPart struct {
	Rule       string            `json:"rule" doc:"Id of a rule, or one of the platform that begins with _"`
	Column     string            `json:"column" doc:"\"\" for the whole record"`
	Object     string            `json:"object" doc:"Address of the table"`
	Title      contract.Sentence `json:"title"`
	Weight     float64           `json:"weight" doc:"Share of the criterion in percent, 0 for a factor"`
	Valid      int64             `json:"valid"`
	Population int64             `json:"population"`
	Value      float64           `json:"value" minimum:"0" maximum:"100"`
}

func (s *Server) qualityRoutes() {
	register(s, door.Each(policy.Describe, policy.KindDataset), huma.Operation{
		OperationID: "get-quality", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/quality",
		Summary: "Điểm chất lượng dữ liệu / The score", Tags: []string{"quality"},
		Responses: withNotModified(map[string]*huma.Response{"200": jsonOf[Quality](s)}),
	}, s.getQuality)
	register(s, door.Each(policy.Describe, policy.KindDataset), huma.Operation{
		OperationID: "get-quality-days", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/quality/days",
		Summary: "Điểm chất lượng theo ngày / The score day by day", Tags: []string{"quality"},
	}, s.getQualityDays)
}

func (s *Server) getQuality(ctx context.Context, in *Addressed) (*huma.StreamResponse, error) {
	con, _, err := s.may(ctx, policy.Describe, in.ID)
	if err != nil {
		return nil, err
	}
	sc, err := s.Scores.Current(ctx, con.ID)
	if err != nil {
		return nil, err
	}
	q := Quality{Dataset: sc.Dataset, Formula: sc.Formula, Seq: sc.Seq, At: sc.At, Overall: sc.Overall, Band: sc.Band, Criteria: []QualityCriterion{}, Losses: []QualityLoss{}}
	for _, c := range sc.Criteria {
		w := QualityCriterion{ID: c.ID, Title: c.Title, Value: c.Value, Why: c.Why, Parts: []QualityPart{}}
		if c.Sharing != nil {
			w.Sharing = &QualitySharing{c.Sharing.Access, c.Sharing.Consumers, c.Sharing.Uses, c.Sharing.Last, score.SharedDays}
		}
		for _, p := range c.Parts {
			w.Parts = append(w.Parts, QualityPart{p.Rule, p.Column, p.Object, p.Title, p.Weight, p.Valid, p.Population, p.Value})
		}
		q.Criteria = append(q.Criteria, w)
	}
	for _, l := range score.Losses(con, sc) {
		one := QualityLoss{
			Criterion: l.Criterion, Rule: l.Part.Rule, Column: l.Part.Column, Object: l.Part.Object, Title: l.Part.Title,
			Records: l.Records, Points: l.Points, Adds: l.Adds, Who: l.Who, How: l.How,
		}
		if l.Waits {
			one.Rows = Prefix + "/datasets/" + url.PathEscape(l.Part.Object) + "/quarantine?rule=" + url.QueryEscape(l.Part.Rule)
		}
		if l.Flagged {
			one.Flag = "w:" + l.Part.Rule
		}
		q.Losses = append(q.Losses, one)
	}
	return tagged(ctx, q)
}

// A QualityDay is what a data set ended a day with.
type QualityDay struct {
	RollupDay
	Formula string `json:"formula" doc:"Version of the formulas of that day"`
}

type qualityDays struct {
	Body struct {
		Items []QualityDay `json:"items" nullable:"false" doc:"The oldest first; days before the first score are left out"`
	}
}

func (s *Server) getQualityDays(ctx context.Context, in *struct {
	Addressed
	Days int `query:"days" minimum:"1" maximum:"366" default:"90" doc:"How many days back"`
}) (*qualityDays, error) {
	con, _, err := s.may(ctx, policy.Describe, in.ID)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	past, err := s.Scores.DaysOf(ctx, con.ID, score.DayOf(now.AddDate(0, 0, -in.Days)))
	if err != nil {
		return nil, err
	}
	out := &qualityDays{}
	out.Body.Items = []QualityDay{}
	for ago := in.Days; ago >= 0; ago-- {
		day := score.DayOf(now.AddDate(0, 0, -ago))
		d, there := score.On(past, day)
		if !there || d.Weight == 0 {
			continue
		}
		one := QualityDay{RollupDay{Day: day, Overall: d.Overall, Criteria: map[contract.Criterion]*float64{}}, d.Formula}
		for _, c := range d.Criteria {
			one.Criteria[c.ID] = c.Value
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}
