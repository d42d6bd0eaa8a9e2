package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// ProfileAnswer sums up the fields of a table.
type ProfileAnswer struct {
	Seq     int64           `json:"seq" doc:"Batch whose state it is"`
	Rows    int64           `json:"rows"`
	Columns []ProfileColumn `json:"columns" nullable:"false" doc:"In the contract's order"`
}

// ProfileColumn is what the values of one field are like.
type ProfileColumn struct {
	Name     string            `json:"name"`
	Title    string            `json:"title"`
	Type     contract.Type     `json:"type"`
	Seen     mirror.Seen       `json:"seen" enum:"clear,masked,sealed,personal" doc:"masked, sealed: nothing is told; personal: how many values there are, and none of them"`
	Present  *int64            `json:"present,omitempty" doc:"Rows with a value"`
	Absent   *int64            `json:"absent,omitempty"`
	Why      map[string]int64  `json:"why,omitempty" doc:"Rows without a value by the reason, where one is known: unknown, not-collected, withheld"`
	Distinct *int64            `json:"distinct,omitempty" doc:"Different values"`
	Exact    bool              `json:"distinct_exact,omitempty" doc:"Otherwise distinct is within some per cent"`
	Min      *string           `json:"min,omitempty" doc:"Of numbers and times, in canonical form"`
	Max      *string           `json:"max,omitempty"`
	Mean     *float64          `json:"mean,omitempty"`
	Quantile []ProfileQuantile `json:"quantiles,omitempty" doc:"Of numbers: 5, 25, 50, 75, 95 per cent"`
	Bins     []ProfileBin      `json:"bins,omitempty" doc:"Of numbers: at most 20, equally wide; the last one holds its end too"`
	Shortest *int64            `json:"shortest,omitempty" doc:"Characters of texts"`
	Longest  *int64            `json:"longest,omitempty"`
	Length   *float64          `json:"mean_length,omitempty"`
	Frequent []ProfileValue    `json:"frequent,omitempty" doc:"At most ten values, the most frequent first"`
	Bucket   string            `json:"bucket,omitempty" enum:"hour,day,week,month,quarter,year,decade,century" doc:"How wide the stretches of times are"`
	Times    []ProfileTime     `json:"times,omitempty" doc:"How many values lie in each stretch of time"`
}

// ProfileQuantile is the value below which a share of all values lie.
type ProfileQuantile struct {
	Percent float64 `json:"percent"`
	Value   float64 `json:"value"`
	Exact   bool    `json:"exact"`
}

// ProfileBin is how many numbers lie from one to another.
type ProfileBin struct {
	From  float64 `json:"from"`
	To    float64 `json:"to"`
	Count int64   `json:"count"`
}

// ProfileValue is a value with how many rows have it.
type ProfileValue struct {
	Value string `json:"value"`
	Count int64  `json:"count"`
}

// ProfileTime is a stretch of time with how many values lie in it.
type ProfileTime struct {
	From  string `json:"from" doc:"As groups write it"`
	Count int64  `json:"count"`
}

type profileInput struct {
	Addressed
	Filter  string `query:"filter" maxLength:"8000" doc:"CQL2 text (OGC 21-065r2): which records"`
	ValidAt string `query:"valid_at" maxLength:"40" doc:"Records that held on this day (yyyy-mm-dd) or at this time, by the contract's validity columns"`
	AsOf    string `query:"as_of" maxLength:"40" doc:"State after this batch, or at this time (RFC 3339, or a day)"`
	MinSeq  int64  `query:"min_seq" minimum:"0" doc:"Refuse to answer from a state before this batch"`
}

func (s *Server) profileRoutes() {
	register(s, door.Each(policy.Read, policy.KindDataset), huma.Operation{
		OperationID: "get-profile", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/profile",
		Summary: "Thống kê các trường / What the fields hold", Tags: []string{"records"},
		Description: "Over the rows and the fields that the caller sees. Filter, valid_at and any other parameter named like a field, or eq.<field>, say which records. Who may see groups but no rows gets none.",
	}, s.profile)
}

func (s *Server) profile(ctx context.Context, in *profileInput) (*struct{ Body ProfileAnswer }, error) {
	con, obj, view, err := s.see(ctx, policy.Read, in.ID)
	if err != nil {
		return nil, err
	}
	rows, err := rowsAsked(exchangeOf(ctx).r, obj, Narrowing{Filter: in.Filter, ValidAt: in.ValidAt})
	if err != nil {
		return nil, err
	}
	for _, name := range (mirror.GroupQuery{Rows: rows}).Columns() {
		if i := obj.Column(name); i >= 0 && obj.Columns[i].Personal.Is() { // it would be of one person, and nobody would know
			return nil, fault.New(fault.Denied, "profile.personal-filter", obj.Columns[i].Title)
		}
	}
	out := ProfileAnswer{Columns: []ProfileColumn{}}
	seq, err := s.stateOf(ctx, con, in.AsOf, in.MinSeq)
	if err != nil || seq == 0 {
		return &struct{ Body ProfileAnswer }{out}, err // nothing had been sent yet
	}
	if in.AsOf != "" {
		rows.AsOf = seq
	}
	if _, err := s.Mirror.CatchUp(ctx, obj, seq); err != nil {
		return nil, err
	}
	p, err := s.Mirror.Profile(ctx, view, rows)
	if err != nil {
		return nil, err
	}
	out.Seq, out.Rows = p.Seq, p.Rows
	for i := range p.Columns {
		out.Columns = append(out.Columns, profileColumn(&obj.Columns[i], &p.Columns[i]))
	}
	return &struct{ Body ProfileAnswer }{out}, nil
}

func profileColumn(c *contract.Column, p *mirror.ColumnProfile) ProfileColumn {
	out := ProfileColumn{Name: c.Name, Title: c.Title, Type: c.Type, Seen: p.Seen}
	if p.Seen == mirror.Masked || p.Seen == mirror.Sealed {
		return out
	}
	out.Present, out.Absent, out.Why, out.Mean, out.Length, out.Bucket = &p.Present, &p.Absent, p.Why, p.Mean, p.Length, string(p.Bucket)
	if p.Distinct >= 0 {
		out.Distinct, out.Exact = &p.Distinct, p.Exact
	}
	if p.Least != "" || p.Greatest != "" {
		out.Min, out.Max = &p.Least, &p.Greatest
	}
	if p.Length != nil {
		out.Shortest, out.Longest = &p.Shortest, &p.Longest
	}
	for _, q := range p.Quantiles {
		out.Quantile = append(out.Quantile, ProfileQuantile(q))
	}
	for _, b := range p.Bins {
		out.Bins = append(out.Bins, ProfileBin(b))
	}
	for _, f := range p.Frequent {
		out.Frequent = append(out.Frequent, ProfileValue(f))
	}
	for _, t := range p.Times {
		out.Times = append(out.Times, ProfileTime{t.Label, t.Count})
	}
	return out
}
