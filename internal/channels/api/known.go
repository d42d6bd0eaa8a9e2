package api

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

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
	objects, err := s.objects(ctx)
	if err != nil {
		return nil, err
	}
	for _, address := range slices.Sorted(maps.Keys(objects)) {
		k.Sets = append(k.Sets, s.knownSet(ctx, k, objects[address]))
	}
	return k, nil
}

// knownSet describes a data set to a draft.
func (s *Server) knownSet(ctx context.Context, k *knowledge, o *contract.Object) draft.Set {
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
	set.Column = o.Columns[column].Name
	var keys map[string]bool
	set.Has = func(value string) bool {
		if keys == nil && k.err == nil {
			keys, k.err = s.keys(ctx, o, column)
		}
		return keys[value]
	}
	return set
}

// keys reads the values of a column of text.
func (s *Server) keys(ctx context.Context, o *contract.Object, column int) (keys map[string]bool, err error) {
	keys = map[string]bool{}
	n, err := s.Records.Count(ctx, o)
	if err != nil || n == 0 || n > mostKeys {
		return keys, err
	}
	value := contract.ArrowField(o.Columns[column].Fields(column)[0])
	value.Name = "value"
	schema := arrow.NewSchema([]arrow.Field{
		value,
		{Name: "valid_from", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
		{Name: "valid_to", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
	}, nil)
	rows, err := s.Records.Values(ctx, o, schema, column, -1, -1)
	if err != nil {
		return keys, err
	}
	defer rows.Release()
	for rows.Next() {
		texts, ok := rows.RecordBatch().Column(0).(*array.String)
		if !ok {
			return keys, errors.New("keys of " + o.Dataset + " are no texts")
		}
		for i := range texts.Len() {
			keys[string([]byte(texts.Value(i)))] = true // the record's memory is not ours
		}
	}
	return keys, rows.Err()
}
