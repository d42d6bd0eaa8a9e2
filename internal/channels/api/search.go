package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/cql2"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// An equality keeps the records whose field has a value, in canonical form.
type equality struct{ column, value string }

// among adds equalities to a filter, which may be nil.
func among(obj *contract.Object, equal []equality, filter cql2.Expr) cql2.Expr {
	var all cql2.And
	for _, e := range equal {
		c := &obj.Columns[obj.Column(e.column)]
		v := mirror.ValueOf(c, e.value)
		if at, err := time.Parse(storedMoment, e.value); err == nil && v.Kind == cql2.Timestamp {
			v.Text = at.Format(time.RFC3339Nano)
		}
		all = append(all, cql2.Compare{Property: cql2.Property{Name: c.Name}, Op: "=", Value: v})
	}
	if filter != nil {
		all = append(all, filter)
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// storedMoment is the canonical form of moments, in UTC.
const storedMoment = "2006-01-02 15:04:05.999999"

// ownParameters of a list of records; a field of the same name is asked for as
// eq.<field>.
var ownParameters = []string{"limit", "after", "as_of", "changed_since", "fields", "min_seq", "lang", "filter", "sort", "valid_at"}

// equalities reads the parameters that are named like fields. A parameter that
// is neither is refused: a filter with a slip of the pen would answer everything.
// own are further parameters of who asks.
func equalities(r *http.Request, obj *contract.Object, own ...string) ([]equality, error) {
	var all []equality
	query := r.URL.Query()
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if slices.Contains(ownParameters, name) || slices.Contains(own, name) {
			continue
		}
		column := strings.TrimPrefix(name, "eq.")
		i := obj.Column(column)
		if i < 0 {
			return nil, fault.New(fault.Invalid, "column.unknown", column, obj.Dataset)
		}
		for _, v := range query[name] {
			value, err := canonical(&obj.Columns[i], v)
			if err != nil {
				return nil, fault.New(fault.Invalid, "api.filter-value", column, v)
			}
			all = append(all, equality{column, value})
		}
	}
	return all, nil
}

// canonical checks that a text can be a value of a column.
func canonical(c *contract.Column, v string) (string, error) {
	var err error
	switch c.Type {
	case contract.Integer:
		_, err = strconv.ParseInt(v, 10, 64)
	case contract.Decimal, contract.Float:
		_, err = strconv.ParseFloat(v, 64)
	case contract.Boolean:
		_, err = strconv.ParseBool(v)
	case contract.Date:
		_, err = time.Parse(time.DateOnly, v)
	case contract.Timestamp:
		var t time.Time
		t, err = moment(v, false)
		v = t.UTC().Format(storedMoment)
	case contract.Geometry, contract.JSON:
		return "", fault.New(fault.Invalid, "api.filter-type", c.Name)
	}
	return v, err
}

// search finds records by value, in the mirror, which is brought up to the
// truth first.
func (q *recordQuery) search(ctx context.Context, seq int64, c cursor) (*RecordList, error) {
	if seq == 0 { // to the mirror 0 means the newest state
		return q.page(nil, seq), nil
	}
	if err := q.s.Limits.Search(exchangeOf(ctx).r); err != nil {
		return nil, err
	}
	if _, err := q.s.Mirror.CatchUp(ctx, q.obj, seq); err != nil {
		return nil, err
	}
	rows, err := q.s.Mirror.Through(q.view).Scan(ctx, mirror.ScanOptions{
		AsOf: seq, Limit: int64(q.in.Limit + 1), Where: q.Where, Sort: q.Sort, AfterKey: c.Key,
	})
	if err != nil {
		return nil, err
	}
	defer rows.Release()
	var list []record.Row
	for rows.Next() {
		list = append(list, rows.Row())
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return q.page(list, seq), nil
}
