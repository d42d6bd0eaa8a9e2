package score

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// outside adds what the records' own judgements do not tell.
func (s *Scorer) outside(ctx context.Context, c *contract.Contract, o *contract.Object, n *objectCounts) (err error) {
	if n.Missing, err = s.missing(ctx, c, o); err != nil {
		return err
	}
	if n.Expected, err = s.expected(ctx, c, o); err != nil {
		return err
	}
	n.Sets = map[string]figure{}
	for i := range o.Rules {
		if r := &o.Rules[i]; r.Kind == contract.RuleSet {
			f, err := s.figure(ctx, o, r, n.Rows)
			if err != nil {
				return fmt.Errorf("rule %s: %w", r.ID, err)
			}
			n.Sets[r.ID] = f
		}
	}
	return nil
}

// figure judges a rule over the whole set, on the mirror: only there the SQL of
// a contract runs, and under guard.
func (s *Scorer) figure(ctx context.Context, o *contract.Object, r *contract.Rule, rows int64) (figure, error) {
	if rows == 0 {
		return figure{Why: contract.Sentence{Vi: "chưa có bản ghi nào đạt", En: "there is no accepted record yet"}}, nil
	}
	if r.Metric == "rowCount" {
		return figure{Value: float64(rows), Broken: !within(r.Bound, float64(rows))}, nil
	}
	value, ok, err := s.ask(ctx, o, setSQL(o, r))
	if f := fault.Of(err); f != nil && f.Kind != fault.Internal && f.Kind != fault.Cancelled {
		// The rule's own SQL, or a mirror that is being made: the other
		// criteria are not the worse for it.
		why := contract.Sentence{Vi: locale.Vi.Error(err), En: locale.En.Error(err)}
		return figure{Why: why, Soon: f.Kind == fault.Unavailable}, nil
	}
	if err != nil {
		return figure{}, err
	}
	if !ok {
		return figure{Why: contract.Sentence{Vi: "câu kiểm tra không trả về một số", En: "the query does not give one number"}}, nil
	}
	if r.Percent {
		value = 100 * value / float64(rows)
	}
	return figure{Value: value, Broken: !within(r.Bound, value)}, nil
}

// ask runs a query for one number.
func (s *Scorer) ask(ctx context.Context, o *contract.Object, sql string) (value float64, ok bool, err error) {
	head, _, err := s.Records.Head(ctx, o.Contract)
	if err != nil {
		return 0, false, err
	}
	if _, err := s.Mirror.CatchUp(ctx, o, head); err != nil {
		return 0, false, err
	}
	known := func(address string) bool { return address == o.Dataset }
	a, err := s.Mirror.QueryWhole(ctx, sql, known, mirror.QueryOptions{Rows: 2})
	if err != nil {
		return 0, false, err
	}
	defer a.Release()
	rows := int64(0)
	for a.Next() {
		rec := a.RecordBatch()
		if rows += rec.NumRows(); rec.NumCols() != 1 {
			return 0, false, a.Err()
		}
		if rec.NumRows() == 1 && rec.Column(0).IsValid(0) {
			value, err = strconv.ParseFloat(rec.Column(0).ValueStr(0), 64)
			ok = err == nil
		}
	}
	return value, ok && rows == 1, a.Err()
}

// setSQL writes the query of a rule over the whole set.
func setSQL(o *contract.Object, r *contract.Rule) string {
	from := " FROM " + columns.QuoteIdent(o.Dataset)
	var names []string
	for _, c := range r.Columns {
		names = append(names, columns.QuoteIdent(o.Columns[c].Store))
	}
	switch r.Metric {
	case "sql":
		return strings.ReplaceAll(r.SQL, "${object}", columns.QuoteIdent(o.Dataset))
	case "nullValues":
		return "SELECT count(*)" + from + " WHERE " + names[0] + " IS NULL"
	case "missingValues":
		where := names[0] + " IS NULL"
		if len(r.Values) > 0 {
			where += " OR " + names[0] + " IN (" + literals(&o.Columns[r.Columns[0]], r.Values) + ")"
		}
		return "SELECT count(*)" + from + " WHERE " + where
	case "invalidValues":
		return "SELECT count(*)" + from + " WHERE " + invalid(&o.Columns[r.Columns[0]], names[0], r)
	}
	// duplicateValues: rows whose values stand more than once together.
	list := strings.Join(names, ", ")
	return "SELECT coalesce(sum(n), 0) FROM (SELECT count(*) AS n" + from +
		" WHERE " + strings.Join(names, " IS NOT NULL AND ") + " IS NOT NULL GROUP BY " + list + ") WHERE n > 1"
}

// invalid writes that a value is not allowed; an absent one is not invalid.
func invalid(c *contract.Column, name string, r *contract.Rule) string {
	var parts []string
	if len(r.Values) > 0 {
		parts = append(parts, name+" NOT IN ("+literals(c, r.Values)+")")
	}
	if r.Pattern != "" {
		parts = append(parts, "NOT regexp_full_match("+name+", "+columns.QuoteText(r.Pattern)+")")
	}
	return strings.Join(parts, " OR ")
}

// literals writes canonical texts as values of a column's type. What is none,
// such as "N/A" among numbers, is no value that could be there.
func literals(c *contract.Column, texts []string) string {
	kind := map[contract.Type]string{
		contract.Integer: "BIGINT", contract.Float: "DOUBLE", contract.Boolean: "BOOLEAN", contract.Date: "DATE", contract.Timestamp: "TIMESTAMP",
		contract.Decimal: fmt.Sprintf("DECIMAL(%d,%d)", c.Precision, c.Scale),
	}[c.Type]
	all := make([]string, len(texts))
	for i, t := range texts {
		if all[i] = columns.QuoteText(t); kind != "" {
			if c.Type == contract.Timestamp {
				all[i] = columns.QuoteText(strings.TrimSuffix(strings.Replace(t, "T", " ", 1), "Z"))
			}
			all[i] = "TRY_CAST(" + all[i] + " AS " + kind + ")"
		}
	}
	return strings.Join(all, ", ")
}

// within compares a figure with its bound.
func within(b contract.Bound, v float64) bool {
	switch b.Op {
	case "=":
		return v == b.A
	case "!=":
		return v != b.A
	case ">":
		return v > b.A
	case ">=":
		return v >= b.A
	case "<":
		return v < b.A
	case "<=":
		return v <= b.A
	case "between":
		return b.A <= v && v <= b.B
	case "not-between":
		return v < b.A || b.B < v
	}
	return false
}
