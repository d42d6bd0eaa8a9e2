package api

import (
	"context"
	"math"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// GroupAnswer is figures of groups.
type GroupAnswer struct {
	Seq      int64           `json:"seq" doc:"Batch whose state it is"`
	Smallest int             `json:"smallest" doc:"Groups of fewer rows are left out, and others that would tell how many those are; 1: none are"`
	By       []GroupColumn   `json:"by" nullable:"false"`
	Measures []MeasureColumn `json:"measures" nullable:"false"`
	Groups   []GroupRow      `json:"groups" nullable:"false"`
	LeftOut  int64           `json:"left_out" doc:"Rows of groups that are left out"`
	More     bool            `json:"more" doc:"The limit cut groups off"`
	Units    *GroupUnits     `json:"units,omitempty" doc:"With units_at: what the figures are in the units of that day"`
}

// GroupColumn is a column that was asked for.
type GroupColumn struct {
	Name   string        `json:"name"`
	Title  string        `json:"title"`
	Bucket mirror.Bucket `json:"bucket,omitempty" enum:"hour,day,week,month,quarter,year" doc:"Stretch of time"`
}

// MeasureColumn is a measure that was asked for.
type MeasureColumn struct {
	Name     string      `json:"name"`
	Title    string      `json:"title"`
	Function mirror.Func `json:"function,omitempty" enum:"count,distinct,sum,avg,min,max,median,p" doc:"Absent: sum and average"`
	Percent  *float64    `json:"percent,omitempty" minimum:"0" maximum:"100" doc:"Of the function p"`
}

// GroupRow is one group.
type GroupRow struct {
	Values   []*string     `json:"values" nullable:"false" doc:"In the order of by; null: no value"`
	Count    int64         `json:"count"`
	Measures []GroupFigure `json:"measures" nullable:"false" doc:"In the order of measures"`

	Unit      *Unit         `json:"unit,omitempty" doc:"With units_at: the unit of that day; absent in rows that could not be placed"`
	Estimated bool          `json:"estimated,omitempty" doc:"A part came in by a share"`
	Shares    []UnitShare   `json:"shares,omitempty" nullable:"false" doc:"The shares that were used"`
	Unplaced  *UnitUnplaced `json:"unplaced,omitempty" doc:"Why the row could not be placed; its values are those of the data"`
}

// GroupFigure sums up a column over the rows of a group that have a value.
type GroupFigure struct {
	Value   *string  `json:"value,omitempty" doc:"Of a measure with a function, in canonical form; absent: no row, or too few, have a value"`
	Sum     *string  `json:"sum" doc:"Of a measure without a function: exact; null: too few rows have a value"`
	Average *float64 `json:"average"`
}

type groupInput struct {
	Addressed
	By      string `query:"by" required:"true" maxLength:"1000" doc:"Up to three fields, separated by commas. Behind a day or a moment a stretch of time: :hour (moments alone), :day, :week (ISO 8601), :month, :quarter, :year, by the calendar and clock of Viet Nam" example:"ngay:month,ma_xa"`
	Measure string `query:"measure" maxLength:"2000" doc:"Up to eight measures, separated by commas: function, colon, field. Functions: count (rows with a value), distinct, sum, avg, min, max, median, p0 to p100. A field alone is its sum and average" example:"sum:so_tien,p95:so_ngay"`
	Order   string `query:"order" maxLength:"1000" doc:"What groups are put in order by: a field of by, a measure as it was written, or count (rows); a minus before it: the largest first. Absent values come last" example:"-sum:so_tien"`
	Limit   int    `query:"limit" minimum:"0" maximum:"100000" doc:"Groups to answer at most; 0: all, of which there may be 100,000"`
	Filter  string `query:"filter" maxLength:"8000" doc:"CQL2 text (OGC 21-065r2): which records"`
	ValidAt string `query:"valid_at" maxLength:"40" doc:"Records that held on this day (yyyy-mm-dd) or at this time, by the contract's validity columns"`
	AsOf    string `query:"as_of" maxLength:"40" doc:"State after this batch, or at this time (RFC 3339, or a day)"`
	MinSeq  int64  `query:"min_seq" minimum:"0" doc:"Refuse to answer from a state before this batch"`

	UnitsAt   string `query:"units_at" maxLength:"20" doc:"Recast the groups to the administrative units of this day: 2025-07-02 or 2/7/2025. One field of by holds units; only counts and sums, without order and limit. Units that went whole into another are exact; divided ones go by the shares of the register, what has none stands in rows of its own" example:"2025-07-01"`
	UnitsFrom string `query:"units_from" maxLength:"20" doc:"Day on which the codes in the data are meant, where no field says it; the day of the last batch when absent"`
}

func (s *Server) groupRoutes() {
	register(s, door.Each(policy.Aggregate, policy.KindDataset).ForAll(), huma.Operation{
		OperationID: "get-groups", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/groups",
		Summary: "Số liệu tổng hợp theo nhóm / Figures of groups", Tags: []string{"records"},
		Description: "Filter, valid_at and any other parameter named like a field, or eq.<field>, say which records. Who may see groups but no rows, and whoever asks by what is known of persons, gets counts, sums and averages of groups that are large enough, of the newest state and without filters. Fields that are masked can be neither grouped by nor measured nor filtered by.",
	}, s.groups)
}

func (s *Server) groups(ctx context.Context, in *groupInput) (*struct{ Body GroupAnswer }, error) {
	con, obj, err := s.object(ctx, policy.Aggregate, in.ID)
	if err != nil {
		if !door.From(ctx).Known() { // nor is it said what there is
			return nil, door.NotSignedIn()
		}
		return nil, err
	}
	q, err := in.query(exchangeOf(ctx).r, obj)
	if err != nil {
		if _, denied := s.Door.May(ctx, policy.Aggregate, con.What(obj)); denied != nil {
			return nil, denied
		}
		return nil, err
	}
	d, err := s.Door.Figures(ctx, con, obj, Dated(obj, q, in.UnitsAt != ""))
	if err == nil && !door.From(ctx).Known() { // who has signed in answers for what they ask
		err = s.Limits.Search(exchangeOf(ctx).r)
	}
	if err != nil {
		return nil, err
	}
	out := GroupAnswer{Smallest: max(d.SmallestGroup, 1), Groups: []GroupRow{}, By: groupColumns(obj, q.By), Measures: measureColumns(obj, q.Measures)}
	seq, err := s.stateOf(ctx, con, in.AsOf, in.MinSeq)
	if err != nil || seq == 0 {
		return &struct{ Body GroupAnswer }{out}, err // nothing had been sent yet
	}
	if in.AsOf != "" {
		q.Rows.AsOf = seq
	}
	if _, err := s.Mirror.CatchUp(ctx, obj, seq); err != nil {
		return nil, err
	}
	if in.UnitsAt != "" {
		if err := s.groupsInUnits(ctx, in, con, obj, d, q, &out); err != nil {
			return nil, err
		}
		return &struct{ Body GroupAnswer }{out}, nil
	}
	found, err := s.Mirror.Groups(ctx, obj, d, q)
	if err != nil {
		return nil, err
	}
	out.Seq, out.LeftOut, out.More = found.Seq, found.LeftOut, found.More
	for _, g := range found.Groups {
		out.Groups = append(out.Groups, groupRow(q, g))
	}
	return &struct{ Body GroupAnswer }{out}, nil
}

// query reads what is asked for.
func (in *groupInput) query(r *http.Request, obj *contract.Object) (mirror.GroupQuery, error) {
	q, err := mirror.ReadGroups(in.By, in.Measure, in.Order)
	if err != nil {
		return q, err
	}
	q.Limit = in.Limit
	if len(q.By) == 0 {
		return q, fault.New(fault.Invalid, "groups.columns", mirror.MostGroupColumns, mirror.MostMeasures)
	}
	q.Rows, err = rowsAsked(r, obj, Narrowing{Filter: in.Filter, ValidAt: in.ValidAt}, "by", "measure", "order", "limit", "units_at", "units_from")
	return q, err
}

// rowsAsked reads which rows figures are about. Parameters of lists that figures
// do not have are refused: nobody shall believe they have been heard.
func rowsAsked(r *http.Request, obj *contract.Object, narrowing Narrowing, own ...string) (o mirror.ScanOptions, err error) {
	taken := append([]string{"as_of", "min_seq", "lang", "filter", "valid_at"}, own...)
	for _, name := range ownParameters {
		if r.URL.Query().Has(name) && !slices.Contains(taken, name) && obj.Column(name) < 0 {
			return o, fault.New(fault.Invalid, "api.groups-parameter", name)
		}
	}
	narrowed, err := which(r, obj, narrowing, own...)
	o.Where = narrowed.Where
	return o, err
}

func groupRow(q mirror.GroupQuery, g mirror.Group) GroupRow {
	row := GroupRow{Values: g.Values, Count: g.Count, Measures: []GroupFigure{}}
	for i, m := range g.Measures {
		row.Measures = append(row.Measures, figure(q.Measures[i].Func, m))
	}
	return row
}

func figure(of mirror.Func, m *mirror.Measure) GroupFigure {
	switch {
	case m == nil:
		return GroupFigure{}
	case of != mirror.SumAndAverage:
		return GroupFigure{Value: &m.Value}
	}
	f := GroupFigure{Sum: &m.Sum}
	if !math.IsNaN(m.Average) && !math.IsInf(m.Average, 0) { // JSON has neither
		f.Average = &m.Average
	}
	return f
}

func groupColumns(obj *contract.Object, by []mirror.GroupBy) []GroupColumn {
	all := []GroupColumn{}
	for _, b := range by {
		all = append(all, GroupColumn{b.Column, titleOf(obj, b.Column), b.Bucket})
	}
	return all
}

func measureColumns(obj *contract.Object, measures []mirror.MeasureOf) []MeasureColumn {
	all := []MeasureColumn{}
	for _, m := range measures {
		c := MeasureColumn{Name: m.Column, Title: titleOf(obj, m.Column), Function: m.Func}
		if m.Func == mirror.Percentile {
			c.Percent = &m.Percent
		}
		all = append(all, c)
	}
	return all
}

func titleOf(obj *contract.Object, name string) string {
	if i := obj.Column(name); i >= 0 {
		return obj.Columns[i].Title
	}
	return name
}
