package api

import (
	"context"
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// GroupAnswer is figures of groups.
type GroupAnswer struct {
	Seq      int64         `json:"seq" doc:"Batch whose state it is"`
	Smallest int           `json:"smallest" doc:"Groups of fewer rows are left out, and others that would tell how many those are"`
	By       []GroupColumn `json:"by" nullable:"false"`
	Measures []GroupColumn `json:"measures" nullable:"false"`
	Groups   []GroupRow    `json:"groups" nullable:"false"`
	LeftOut  int64         `json:"left_out" doc:"Rows of groups that are left out"`
}

// GroupColumn is a column that was asked for.
type GroupColumn struct {
	Name  string `json:"name"`
	Title string `json:"title"`
}

// GroupRow is one group.
type GroupRow struct {
	Values   []*string     `json:"values" nullable:"false" doc:"In the order of by; null: no value"`
	Count    int64         `json:"count"`
	Measures []GroupFigure `json:"measures" nullable:"false" doc:"In the order of measures"`
}

// GroupFigure sums up a column over the rows of a group that have a value.
type GroupFigure struct {
	Sum     *string  `json:"sum" doc:"Exact; null: too few rows have a value"`
	Average *float64 `json:"average"`
}

type groupInput struct {
	Addressed
	By      string `query:"by" required:"true" maxLength:"1000" doc:"Names of up to three fields, separated by commas" example:"loai"`
	Measure string `query:"measure" maxLength:"2000" doc:"Names of fields with numbers, separated by commas"`
}

func (s *Server) groupRoutes() {
	register(s, door.Each(policy.Aggregate, policy.KindDataset).ForAll(), huma.Operation{
		OperationID: "get-groups", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/groups",
		Summary: "Số liệu tổng hợp theo nhóm / Figures of groups", Tags: []string{"records"},
		Description: "Counts, sums and averages. Groups that are too small are left out. There are no filters; fields that are masked can be neither grouped by nor summed.",
	}, s.groups)
}

func (s *Server) groups(ctx context.Context, in *groupInput) (*struct{ Body GroupAnswer }, error) {
	for name := range exchangeOf(ctx).r.URL.Query() {
		if !slices.Contains([]string{"by", "measure", "lang"}, name) {
			return nil, fault.New(fault.Invalid, "api.groups-filter", name)
		}
	}
	con, obj, err := s.object(ctx, policy.Aggregate, in.ID)
	if err != nil {
		if !door.From(ctx).Known() { // nor is it said what there is
			return nil, door.NotSignedIn()
		}
		return nil, err
	}
	d, err := s.Door.May(ctx, policy.Aggregate, con.What(obj))
	if err != nil {
		return nil, err
	}
	q := mirror.GroupQuery{By: names(in.By), Measures: names(in.Measure)}
	d = door.ForGroups(d, obj, append(slices.Clone(q.By), q.Measures...))
	head, _, err := s.Records.Head(ctx, con.ID)
	if err != nil {
		return nil, err
	}
	out := GroupAnswer{Smallest: max(d.SmallestGroup, 1), Groups: []GroupRow{}, By: titled(obj, q.By), Measures: titled(obj, q.Measures)}
	if head == 0 {
		return &struct{ Body GroupAnswer }{out}, nil // nothing has been sent yet
	}
	if _, err := s.Mirror.CatchUp(ctx, obj, head); err != nil {
		return nil, err
	}
	found, err := s.Mirror.Groups(ctx, obj, d, q)
	if err != nil {
		return nil, err
	}
	out.Seq, out.LeftOut = found.Seq, found.LeftOut
	for _, g := range found.Groups {
		row := GroupRow{Values: g.Values, Count: g.Count, Measures: []GroupFigure{}}
		for _, m := range g.Measures {
			row.Measures = append(row.Measures, figure(m))
		}
		out.Groups = append(out.Groups, row)
	}
	return &struct{ Body GroupAnswer }{out}, nil
}

func figure(m *mirror.Measure) GroupFigure {
	if m == nil {
		return GroupFigure{}
	}
	f := GroupFigure{Sum: &m.Sum}
	if !math.IsNaN(m.Average) && !math.IsInf(m.Average, 0) { // JSON has neither
		f.Average = &m.Average
	}
	return f
}

func names(text string) (list []string) {
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			list = append(list, name)
		}
	}
	return list
}

func titled(obj *contract.Object, list []string) []GroupColumn {
	all := []GroupColumn{}
	for _, name := range list {
		c := GroupColumn{Name: name, Title: name}
		if i := obj.Column(name); i >= 0 {
			c.Title = obj.Columns[i].Title
		}
		all = append(all, c)
	}
	return all
}
