package api

import (
	"context"
	"time"

	"github.com/phohien/phohien/internal/core/atlas"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// GroupUnits says what figures are in the units of another day: how much of the
// whole is exact, how much is an estimate and how much waits.
type GroupUnits struct {
	At        viet.Date      `json:"at" format:"date"`
	Field     string         `json:"field" doc:"Field with the units"`
	Dated     string         `json:"dated,omitempty" doc:"Field with the day on which a record's code is meant"`
	From      *viet.Date     `json:"from,omitempty" format:"date" doc:"Day on which all codes are meant, where no field says it"`
	Total     GroupShare     `json:"total" doc:"Of all groups that were recast: as much before as after"`
	Estimated GroupShare     `json:"estimated" doc:"What of it was divided by shares"`
	Unplaced  GroupShare     `json:"unplaced" doc:"What of it could not be placed and stands in rows of its own"`
	Warnings  []GroupWarning `json:"warnings" nullable:"false"`
}

// A GroupShare is a part of the whole.
type GroupShare struct {
	Count    int64         `json:"count"`
	Measures []GroupFigure `json:"measures" nullable:"false" doc:"In the order of measures"`
}

// A GroupWarning is what a reader of the figures must know.
type GroupWarning struct {
	Key     string `json:"key" enum:"recast,shares,unplaced,unknown"`
	Count   int    `json:"count" doc:"Groups that it is about"`
	Message string `json:"message"`
}

// A UnitShare is by which share a part of a divided unit came in.
type UnitShare struct {
	UID      string  `json:"uid"`
	FullName string  `json:"full_name"`
	Share    float64 `json:"share" doc:"From 0 to 1, as the register of changes has it"`
}

// UnitUnplaced says why a row could not be placed.
type UnitUnplaced struct {
	Why        string `json:"why"`
	Message    string `json:"message"`
	Candidates []Unit `json:"candidates" nullable:"false"`
}

// unitColumn is the one field of a question that holds units.
func unitColumn(obj *contract.Object, by []mirror.GroupBy) (atlas.UnitColumn, error) {
	var found []atlas.UnitColumn
	for _, b := range by {
		for _, u := range atlas.UnitColumns(obj) {
			if b.Bucket == mirror.None && obj.Columns[u.Column].Name == b.Column {
				found = append(found, u)
			}
		}
	}
	if len(found) != 1 {
		return atlas.UnitColumn{}, fault.New(fault.Invalid, "groups.units-field", len(found))
	}
	return found[0], nil
}

// Dated is a question with the field that says on which day codes of units are
// meant: figures in the units of another day are asked for by it too.
func Dated(obj *contract.Object, q mirror.GroupQuery, inUnits bool) mirror.GroupQuery {
	if !inUnits {
		return q
	}
	if u, err := unitColumn(obj, q.By); err == nil && !u.UID && u.On >= 0 {
		q.By = append(q.By[:len(q.By):len(q.By)], mirror.GroupBy{Column: obj.Columns[u.On].Name, Bucket: mirror.Day})
	}
	return q
}

// InUnits prepares figures in the units of a day. from is the day on which codes
// are meant, "" for what the contract says, or the day sent.
func InUnits(ctx context.Context, register Units, obj *contract.Object, by []mirror.GroupBy, at, from string, sent, now time.Time) (in mirror.InUnits, err error) {
	u, err := unitColumn(obj, by)
	if err != nil {
		return in, err
	}
	if in.Index, err = UnitIndex(ctx, register); err != nil {
		return in, err
	}
	in.Column, in.Level, in.UID, in.From = obj.Columns[u.Column].Name, units.Level(u.Level), u.UID, u.OnDay
	if in.At, err = oneDay(at, now); err != nil {
		return in, err
	}
	switch {
	case u.UID:
	case from != "":
		in.From, err = oneDay(from, now)
	case u.On >= 0:
		in.Dated = obj.Columns[u.On].Name
	case in.From == units.NoDay && sent.IsZero():
		err = fault.New(fault.Invalid, "groups.units-from")
	case in.From == units.NoDay:
		in.From = viet.DateOf(sent.In(viet.Zone))
	}
	return in, err
}

// oneDay reads a day; all times are none.
func oneDay(text string, now time.Time) (viet.Date, error) {
	d, err := UnitDay(text, now)
	if err == nil && d == units.NoDay {
		err = fault.New(fault.Invalid, "units.day", text)
	}
	return d, err
}

// groupsInUnits answers a question in the units of a day.
func (s *Server) groupsInUnits(ctx context.Context, ask *groupInput, con *contract.Contract, obj *contract.Object, d policy.Decision, q mirror.GroupQuery, out *GroupAnswer) error {
	_, sent, err := s.Records.Head(ctx, con.ID)
	if err != nil {
		return err
	}
	if ask.AsOf != "" { // who sent those rows, and when, is another day
		sent = time.Time{}
	}
	in, err := InUnits(ctx, s.Units, obj, q.By, ask.UnitsAt, ask.UnitsFrom, sent, time.Now())
	if err != nil {
		return err
	}
	found, err := s.Mirror.GroupsInUnits(ctx, obj, d, q, in)
	if err != nil {
		return err
	}
	out.Seq, out.LeftOut = found.Seq, found.LeftOut
	l := locale.From(ctx)
	for _, g := range found.Units {
		row, u := groupRow(q, g.Group), unitOf(in.Index, g.Unit)
		row.Unit, row.Estimated = &u, g.Estimated
		for _, share := range g.Shares {
			row.Shares = append(row.Shares, UnitShare{share.Unit.UID, share.Unit.Full, float64(share.Share) / float64(units.Whole)})
		}
		out.Groups = append(out.Groups, row)
	}
	for _, g := range found.Unplaced {
		row := groupRow(q, g.Group)
		row.Unplaced = &UnitUnplaced{string(g.Why), units.Result{Why: g.Why}.Say(l), unitsOf(in.Index, g.Candidates)}
		out.Groups = append(out.Groups, row)
	}
	share := func(count int64, measures []*mirror.Measure) GroupShare {
		return GroupShare{count, groupRow(q, mirror.Group{Measures: measures}).Measures}
	}
	out.Units = &GroupUnits{
		At: in.At, Field: in.Column, Dated: in.Dated, Total: share(found.Count, found.Total), Estimated: share(found.EstimatedCount, found.Estimated),
		Unplaced: share(found.UnplacedCount, found.Open), Warnings: []GroupWarning{},
	}
	if !in.UID && in.Dated == "" {
		out.Units.From = &in.From
	}
	for _, w := range found.Warnings {
		out.Units.Warnings = append(out.Units.Warnings, GroupWarning{w.Key, w.Count, w.Say(l)})
	}
	return nil
}

func unitsOf(ix *units.Index, list []units.Unit) []Unit {
	all := make([]Unit, len(list))
	for i, u := range list {
		all[i] = unitOf(ix, u)
	}
	return all
}
