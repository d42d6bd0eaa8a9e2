package api

import (
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/policy"

	"context"
	"maps"
	"slices"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/draft"
)

// A knowledge is what the platform has already, for a draft to refer to. The
// keys of a data set are read when a column is first compared with it; err is
// what broke then.
type knowledge struct {
	draft.Known
	err error
}

// mostKeys bounds a data set whose keys a draft is compared with.
const mostKeys = 200_000

func (s *Server) known(ctx context.Context) (*knowledge, error) {
	k := &knowledge{}
	for after := ""; ; {
		list, err := s.CodeLists.List(ctx, after, 500)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			break
		}
		for _, l := range list {
			if !l.Retired {
				k.Lists = append(k.Lists, l)
			}
		}
		after = list[len(list)-1].ID
	}
	tables, err := s.asker().addressed(ctx)
	if err != nil {
		return nil, err
	}
	for _, address := range slices.Sorted(maps.Keys(tables)) {
		con, obj := tables[address].Contract, tables[address].Object
		if con.Retired || !s.Door.Can(ctx, policy.Describe, con.What(obj)) {
			continue
		}
		k.Sets = append(k.Sets, s.knownSet(ctx, k, con, obj))
	}
	return k, nil
}

// knownSet describes a data set to a draft.
func (s *Server) knownSet(ctx context.Context, k *knowledge, con *contract.Contract, o *contract.Object) draft.Set {
	set := draft.Set{Dataset: o.Dataset, Title: o.Title}
	for _, c := range o.Columns {
		set.Headings = append(append(set.Headings, c.Name, c.Title), c.Aliases...)
	}
	column := -1
	if len(o.Key) == 1 {
		column = o.Key[0]
	}
	for _, unit := range contract.UnitSets { // keyed by code and time
		if unit.Dataset == o.Dataset {
			column = o.Column(unit.Column)
		}
	}
	if column < 0 || o.Columns[column].Type != contract.Text {
		return set
	}
	// Who may not see the keys gets no reference proposed by them.
	view := s.Door.Peek(ctx, policy.Read, con, o)
	if view == nil || !view.Clear(column) {
		return set
	}
	set.Column = o.Columns[column].Name
	var keys map[string]bool
	set.Has = func(value string) bool {
		if keys == nil && k.err == nil {
			keys, k.err = s.keys(ctx, view, column)
		}
		return keys[value]
	}
	return set
}

// keys reads the values of a column of text; none of a set too large to compare
// with.
func (s *Server) keys(ctx context.Context, view *record.View, column int) (map[string]bool, error) {
	keys := map[string]bool{}
	values, more, err := s.Records.Through(view).Distinct(ctx, column, mostKeys)
	if err != nil || more {
		return keys, err
	}
	for _, v := range values {
		keys[v] = true
	}
	return keys, nil
}
