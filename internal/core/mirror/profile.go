package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
)

// A Profile sums up the columns of an object. It may be shared with others who
// ask the same: nobody changes it.
type Profile struct {
	Seq     int64 // batch that the mirror had reached, or the one asked for
	Rows    int64
	Columns []ColumnProfile // as the object has them
}

// Seen says what a profile tells of a column.
type Seen string

// What is told of columns.
const (
	InClear  Seen = "clear"
	Masked   Seen = "masked"   // nothing: the reader does not see it in clear
	Sealed   Seen = "sealed"   // nothing: it is encrypted here too
	Personal Seen = "personal" // how many values there are, and none of them
)

// A ColumnProfile is what the values of one column are like.
type ColumnProfile struct {
	Seen    Seen
	Present int64            // rows with a value
	Absent  int64            // rows without
	Why     map[string]int64 // of those without: for which reason, where one is known

	Distinct int64 // different values, -1 when they are not counted
	Exact    bool  // Distinct is exact, otherwise within some per cent

	Least, Greatest string // of numbers and times, in canonical form; "" without

	Mean      *float64
	Quantiles []Quantile // of numbers: 5, 25, 50, 75 and 95 per cent
	Bins      []Bin      // of numbers: at most 20, equally wide

	Shortest, Longest int64    // characters of texts
	Length            *float64 // of texts, on average

	Frequent []Frequent // of texts, truths and short lists of numbers: at most 10, the most frequent first
	Bucket   Bucket     // of times: how wide the stretches are
	Times    []TimeBin  // of times, none left out between the first and the last
}

// A Quantile is the value below which a share of all values lie.
type Quantile struct {
	Percent float64
	Value   float64
	Exact   bool
}

// A Bin is how many numbers lie from one to another, the last included in the
// last bin alone.
type Bin struct {
	From, To float64
	Count    int64
}

// A Frequent value with how many rows have it.
type Frequent struct {
	Value string
	Count int64
}

// A TimeBin is how many times lie in a stretch.
type TimeBin struct {
	Begin time.Time // by the clock of Viet Nam
	Label string    // as groups write it
	Count int64
}

// Limits of a profile.
const (
	mostBins      = 20
	mostFrequent  = 10
	mostTimes     = 60
	exactDistinct = 100_000   // up to about so many different values they are counted one by one
	exactRows     = 2_000_000 // up to so many rows quantiles are exact
	mostReasons   = 10_000    // different combinations of reasons that are read
)

var quantiles = []float64{5, 25, 50, 75, 95}

// Profile sums up the columns that a view shows in clear, over the rows that it
// shows. Of what o says only its filters and AsOf are taken.
func (m *Mirror) Profile(ctx context.Context, v *record.View, o ScanOptions) (Profile, error) {
	if err := m.knowHolds(ctx, v); err != nil {
		return Profile{}, err
	}
	p, err := m.picture(ctx, &scan{tables: of(v.Object()), truth: m.truth, o: o.whichRows(), view: v})
	if err != nil {
		return Profile{}, err
	}
	f := &profiler{picture: p}
	out, err := remembered(ctx, m.answers, p, f.question(), func() (Profile, error) { return f.take(ctx) })
	return out, errors.Join(err, p.close())
}

// A profiler takes one profile in two readings: the first finds how wide the
// values lie, the second counts within that.
type profiler struct {
	*picture
	out Profile
}

// question names all that the answer depends on beside the state of the table.
func (f *profiler) question() string {
	var seen strings.Builder
	for i := range f.obj.Columns {
		fmt.Fprintf(&seen, "%q %s %s\n", f.obj.Columns[i].Name, f.seen(i), f.obj.Columns[i].Type)
	}
	return "profile\n" + f.from + f.where + "\n" + seen.String()
}

func (f *profiler) seen(i int) Seen {
	c := &f.obj.Columns[i]
	switch {
	case !f.view.Clear(i):
		return Masked
	case c.Sealed:
		return Sealed
	case c.Personal.Is(): // whose values a reader sees is written down row by row, elsewhere
		return Personal
	}
	return InClear
}

func (f *profiler) take(ctx context.Context) (Profile, error) {
	f.out = Profile{Seq: f.seq, Columns: make([]ColumnProfile, len(f.obj.Columns))}
	for i := range f.out.Columns {
		f.out.Columns[i] = ColumnProfile{Seen: f.seen(i), Distinct: -1, Why: map[string]int64{}}
	}
	if err := f.single(ctx, []figure{{"count(*)", func(s *string) error { return whole64(s, &f.out.Rows) }}}); err != nil {
		return f.out, err
	}
	if err := f.single(ctx, f.extents()); err != nil {
		return f.out, err
	}
	for i := range f.out.Columns {
		if c := &f.out.Columns[i]; c.Seen == InClear || c.Seen == Personal {
			c.Absent = f.out.Rows - c.Present
		}
	}
	if err := f.counts(ctx); err != nil {
		return f.out, err
	}
	return f.out, f.reasons(ctx)
}

// A figure is one aggregate and where it goes.
type figure struct {
	sql string
	put func(text *string) error
}

// single asks for figures over all rows at once.
func (f *profiler) single(ctx context.Context, all []figure) error {
	if len(all) == 0 {
		return nil
	}
	parts := make([]string, len(all))
	for i, one := range all {
		parts[i] = "CAST(" + one.sql + " AS VARCHAR)"
	}
	return f.each(ctx, "SELECT "+strings.Join(parts, ", ")+" FROM "+f.from+f.where, func(cell func(int) *string) error {
		for i, one := range all {
			if err := one.put(cell(i)); err != nil {
				return fmt.Errorf("figure %s: %w", one.sql, err)
			}
		}
		return nil
	})
}

func whole64(text *string, to *int64) (err error) {
	if text != nil {
		*to, err = strconv.ParseInt(*text, 10, 64)
	}
	return err
}

// real reads a number; what is none stays away.
func real(text *string, to **float64) error {
	if text == nil {
		return nil
	}
	v, err := strconv.ParseFloat(*text, 64)
	if err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
		*to = &v
	}
	return err
}

// kinds of columns, by what is told of them.
func isNumber(c *contract.Column) bool {
	return c.Type == contract.Integer || c.Type == contract.Decimal || c.Type == contract.Float
}

func isTime(c *contract.Column) bool {
	return c.Type == contract.Date || c.Type == contract.PartialDate || c.Type == contract.Timestamp
}

func isPlain(c *contract.Column) bool {
	return !c.Array && c.Type != contract.JSON && c.Type != contract.Geometry && c.Type != contract.File
}

func (f *profiler) name(i int) string { return list("", f.obj.Columns[i].Fields(i)[:1]) }

// extents are the figures of the first reading.
func (f *profiler) extents() (all []figure) {
	for i := range f.out.Columns {
		out, c, name := &f.out.Columns[i], &f.obj.Columns[i], f.name(i)
		if out.Seen != InClear && out.Seen != Personal {
			continue
		}
		all = append(all, figure{"count(" + name + ")", func(s *string) error { return whole64(s, &out.Present) }})
		if out.Seen != InClear || !isPlain(c) {
			continue
		}
		all = append(all, figure{"approx_count_distinct(" + name + ")", func(s *string) error { return whole64(s, &out.Distinct) }})
		switch {
		case isNumber(c):
			all = append(all, f.ends(out, c, name)...)
			all = append(all, figure{"avg(" + name + ")", func(s *string) error { return real(s, &out.Mean) }}, f.quantiles(out, name))
		case isTime(c), c.Type == contract.Time:
			all = append(all, f.ends(out, c, name)...)
		case c.Type == contract.Text:
			all = append(all,
				figure{"min(length(" + name + "))", func(s *string) error { return whole64(s, &out.Shortest) }},
				figure{"max(length(" + name + "))", func(s *string) error { return whole64(s, &out.Longest) }},
				figure{"avg(length(" + name + "))", func(s *string) error { return real(s, &out.Length) }})
		}
	}
	return all
}

func (f *profiler) ends(out *ColumnProfile, c *contract.Column, name string) []figure {
	put := func(of Func, to *string) figure {
		m := measure{of: MeasureOf{Func: of}, column: c}
		return figure{string(of) + "(" + name + ")", func(s *string) error {
			if s != nil {
				*to, _ = m.canonical(*s)
			}
			return nil
		}}
	}
	return []figure{put(Least, &out.Least), put(Greatest, &out.Greatest)}
}

// quantiles are exact as long as that is quick.
func (f *profiler) quantiles(out *ColumnProfile, name string) figure {
	function, exact := "quantile_cont", true
	if f.out.Rows > exactRows {
		function, exact = "approx_quantile", false
	}
	shares := make([]string, len(quantiles))
	for i, q := range quantiles {
		shares[i] = strconv.FormatFloat(q/100, 'f', -1, 64)
	}
	return figure{fmt.Sprintf("%s(CAST(%s AS DOUBLE), [%s])", function, name, strings.Join(shares, ", ")), func(s *string) error {
		if s == nil {
			return nil
		}
		values := strings.Split(strings.Trim(*s, "[]"), ",")
		if len(values) != len(quantiles) {
			return fmt.Errorf("%d quantiles in %q", len(values), *s)
		}
		for i, text := range values {
			v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
			if err != nil {
				return err
			}
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				out.Quantiles = append(out.Quantiles, Quantile{quantiles[i], v, exact})
			}
		}
		return nil
	}}
}

// reasons counts why values are absent.
func (f *profiler) reasons(ctx context.Context) error {
	query := fmt.Sprintf("SELECT _nil, CAST(count(*) AS VARCHAR) FROM %s%s GROUP BY 1 LIMIT %d", f.from, f.and("_nil IS NOT NULL"), mostReasons)
	return f.each(ctx, query, func(cell func(int) *string) error {
		var rows int64
		if err := whole64(cell(1), &rows); err != nil {
			return err
		}
		var why map[string]string
		if err := json.Unmarshal([]byte(*cell(0)), &why); err != nil {
			return fmt.Errorf("reasons in %s: %w", f.obj.Dataset, err)
		}
		for name, reason := range why {
			i := f.obj.Column(name)
			if i < 0 {
				continue
			}
			if c := &f.out.Columns[i]; c.Seen == InClear || c.Seen == Personal {
				c.Why[reason] += rows
			}
		}
		return nil
	})
}

// and adds a condition to those of the scan.
func (f *profiler) and(condition string) string {
	if f.where == "" {
		return " WHERE " + condition
	}
	return f.where + " AND " + condition
}

func (p Profile) size() int64 {
	n := int64(64)
	for _, c := range p.Columns {
		n += 300 + int64(32*len(c.Quantiles)+32*len(c.Bins)+64*len(c.Times)+48*len(c.Why)+len(c.Least)+len(c.Greatest))
		for _, one := range c.Frequent {
			n += 32 + int64(len(one.Value))
		}
	}
	return n
}

// Quantile is the value of a percentage, nil without.
func (c *ColumnProfile) Quantile(percent float64) *Quantile {
	if i := slices.IndexFunc(c.Quantiles, func(q Quantile) bool { return q.Percent == percent }); i >= 0 {
		return &c.Quantiles[i]
	}
	return nil
}
