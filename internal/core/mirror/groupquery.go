package mirror

import (
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/cql2"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// Limits of a question for groups.
const (
	MostGroupColumns = 3
	MostMeasures     = 8
	mostGroups       = 100_000
)

// A GroupQuery says by which columns rows are grouped and what is told of each
// group.
type GroupQuery struct {
	By       []GroupBy // none: all rows are one group, where groups are not concealed
	Measures []MeasureOf
	Rows     ScanOptions  // which rows: its filters and AsOf; the rest is not looked at
	Order    []GroupOrder // nothing = by the groups' values
	Limit    int          // groups to answer at most; 0 = all
}

// A GroupBy is a column to group by.
type GroupBy struct {
	Column string
	Bucket Bucket   // of times
	Keep   []string // values that are told apart, the rest are one group, Other; nil = all are
}

// Other is the value of the group of all that GroupBy.Keep does not name. It is
// no character, so no text has it.
const Other = "\uffff"

// String writes a GroupBy as questions do.
func (b GroupBy) String() string {
	if b.Bucket == None {
		return b.Column
	}
	return b.Column + ":" + string(b.Bucket)
}

// A Func is what is told of a column's values in a group.
type Func string

// The functions.
const (
	SumAndAverage Func = ""
	Count         Func = "count"    // rows that have a value
	Distinct      Func = "distinct" // different values
	Sum           Func = "sum"
	Average       Func = "avg"
	Least         Func = "min"
	Greatest      Func = "max"
	Median        Func = "median"
	Percentile    Func = "p"
)

// A MeasureOf is a function of a column.
type MeasureOf struct {
	Func    Func
	Column  string
	Percent float64 // of Percentile
}

// String writes a MeasureOf as questions do.
func (m MeasureOf) String() string {
	switch m.Func {
	case SumAndAverage:
		return m.Column
	case Percentile:
		return "p" + strconv.FormatFloat(m.Percent, 'f', -1, 64) + ":" + m.Column
	}
	return string(m.Func) + ":" + m.Column
}

// CountTerm names the count of rows in an order.
const CountTerm = "count"

// A GroupOrder orders groups by what is asked of them: a column, a measure (both
// as the question writes them) or CountTerm. Absent values come last either way.
type GroupOrder struct {
	Term string
	Desc bool
}

// ReadGroups reads a question as it is written in an address: by
// "ngay:month,ma_xa", measures "sum:so_tien,p95:so_ngay", order "-sum:so_tien".
// A measure without a function is the sum and the average.
func ReadGroups(by, measures, order string) (q GroupQuery, err error) {
	for _, term := range terms(by) {
		q.By = append(q.By, readBy(term))
	}
	for _, term := range terms(measures) {
		m, err := readMeasure(term)
		if err != nil {
			return q, err
		}
		q.Measures = append(q.Measures, m)
	}
	for _, term := range terms(order) {
		name, desc := strings.CutPrefix(term, "-")
		if m, err := readMeasure(name); err == nil {
			name = m.String() // p95.0 is p95
		}
		q.Order = append(q.Order, GroupOrder{name, desc})
	}
	return q, nil
}

func terms(text string) (list []string) {
	for term := range strings.SplitSeq(text, ",") {
		if term = strings.TrimSpace(term); term != "" {
			list = append(list, term)
		}
	}
	return list
}

func readBy(term string) GroupBy {
	if i := strings.LastIndexByte(term, ':'); i > 0 && slices.Contains(buckets, Bucket(term[i+1:])) {
		return GroupBy{Column: term[:i], Bucket: Bucket(term[i+1:])}
	}
	return GroupBy{Column: term}
}

func readMeasure(term string) (MeasureOf, error) {
	name, column, found := strings.Cut(term, ":")
	if !found || column == "" {
		return MeasureOf{Column: term}, nil
	}
	switch f := Func(name); f {
	case Count, Distinct, Sum, Average, Least, Greatest, Median:
		return MeasureOf{Func: f, Column: column}, nil
	}
	digits, found := strings.CutPrefix(name, "p")
	percent, err := strconv.ParseFloat(digits, 64)
	if !found || err != nil || !(percent >= 0 && percent <= 100) || len(digits) > 8 || strings.ContainsAny(digits, "eExX+_") {
		return MeasureOf{}, fault.New(fault.Invalid, "groups.function", term)
	}
	return MeasureOf{Func: Percentile, Column: column, Percent: percent}, nil
}

// Columns are the names of the columns that a question is about, filters of
// columns included.
func (q GroupQuery) Columns() (names []string) {
	for _, b := range q.By {
		names = append(names, b.Column)
	}
	for _, m := range q.Measures {
		names = append(names, m.Column)
	}
	return append(names, cql2.Properties(q.Rows.Where)...)
}

// Groupable reports whether rows can be grouped by a column, and by which
// buckets of time. A moment can be grouped by buckets alone.
func Groupable(c *contract.Column) (values bool, times []Bucket) {
	if c.Array || c.Sealed {
		return false, nil
	}
	switch c.Type {
	case contract.Text, contract.Integer, contract.Boolean:
		return true, nil
	case contract.Date, contract.PartialDate:
		return true, buckets[1:]
	case contract.Timestamp:
		return false, buckets
	}
	return false, nil
}

// Functions are those that a column can be measured by.
func Functions(c *contract.Column) []Func {
	switch {
	case c.Array || c.Sealed:
		return []Func{Count}
	case c.Type == contract.Integer || c.Type == contract.Decimal || c.Type == contract.Float:
		return []Func{Count, Distinct, Sum, Average, Least, Greatest, Median, Percentile, SumAndAverage}
	case c.Type == contract.Date || c.Type == contract.PartialDate || c.Type == contract.Time || c.Type == contract.Timestamp:
		return []Func{Count, Distinct, Least, Greatest}
	case c.Type == contract.Text || c.Type == contract.Boolean:
		return []Func{Count, Distinct}
	}
	return []Func{Count}
}
