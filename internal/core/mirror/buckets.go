package mirror

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A Bucket is a stretch of time that values are put together by, of the calendar
// and the clock of Viet Nam.
type Bucket string

// The buckets. Weeks begin on Mondays and are numbered as ISO 8601 does.
const (
	None    Bucket = ""
	Hour    Bucket = "hour"
	Day     Bucket = "day"
	Week    Bucket = "week"
	Month   Bucket = "month"
	Quarter Bucket = "quarter"
	Year    Bucket = "year"
)

var buckets = []Bucket{Hour, Day, Week, Month, Quarter, Year}

// nested are the buckets that hold each other, from coarse to fine. Weeks cut
// months and years.
var nested = []Bucket{Year, Quarter, Month, Day, Hour}

// A groupColumn is a column to group by that was found.
type groupColumn struct {
	at     int
	column *contract.Column
	field  contract.Field
	bucket Bucket
	keep   []string
}

func newGroupColumn(v *record.View, by GroupBy) (groupColumn, error) {
	obj := v.Object()
	i := obj.Column(by.Column)
	if i < 0 {
		return groupColumn{}, fault.New(fault.Invalid, "column.unknown", by.Column, obj.Dataset)
	}
	if err := v.Column(i, false); err != nil {
		return groupColumn{}, err
	}
	c := &obj.Columns[i]
	field := c.Fields(i)[0]
	if c.Sealed {
		return groupColumn{}, sealedColumn(obj, field)
	}
	values, times := Groupable(c)
	switch {
	case by.Bucket == None && !values && len(times) > 0:
		return groupColumn{}, fault.New(fault.Invalid, "groups.needs-bucket", c.Title, c.Name)
	case by.Bucket == None && !values:
		return groupColumn{}, fault.New(fault.Invalid, "groups.by", c.Title)
	case by.Bucket != None && !slices.Contains(times, by.Bucket):
		return groupColumn{}, fault.New(fault.Invalid, "groups.bucket", c.Title, string(by.Bucket))
	}
	return groupColumn{i, c, field, by.Bucket, by.Keep}, nil
}

// expression is what rows are grouped by.
func (c groupColumn) expression() string {
	name := columns.QuoteIdent(c.field.Name)
	switch {
	case c.bucket != None && c.column.Type == contract.PartialDate:
		name = partialBucket(name, c.bucket)
	case c.bucket != None:
		name = timeBucket(name, c.column.Type, c.bucket)
	}
	if c.keep == nil {
		return name
	}
	text := groupColumn{column: c.column, bucket: c.bucket}.label(name)
	places := []string{columns.QuoteText(Other)}
	for _, value := range c.keep {
		places = append(places, columns.QuoteText(value))
	}
	return fmt.Sprintf("CASE WHEN %[1]s IS NULL THEN NULL WHEN %[1]s IN (%[2]s) THEN %[1]s ELSE %[3]s END", text, strings.Join(places, ", "), columns.QuoteText(Other))
}

// label writes a group's value as a text.
func (c groupColumn) label(name string) string {
	if c.bucket == None || c.column.Type == contract.PartialDate || c.keep != nil {
		return "CAST(" + name + " AS VARCHAR)"
	}
	return bucketLabel(name, c.bucket)
}

// timeBucket is the beginning of the bucket that a day or a moment is in.
func timeBucket(name string, t contract.Type, bucket Bucket) string {
	if t == contract.Timestamp {
		name = local(name)
	}
	return "date_trunc('" + string(bucket) + "', " + name + ")"
}

// local is a stored moment, which is in UTC, by the clock of Viet Nam, which has
// not been changed since 1975 and is not for any time before.
func local(name string) string { return "(" + name + " + INTERVAL 7 HOUR)" }

func bucketLabel(begin string, bucket Bucket) string {
	switch bucket {
	case Hour:
		return "strftime(" + begin + ", '%Y-%m-%dT%H:00:00+07:00')"
	case Day:
		return "strftime(" + begin + ", '%Y-%m-%d')"
	case Week:
		return "strftime(" + begin + ", '%G-W%V')"
	case Month:
		return "strftime(" + begin + ", '%Y-%m')"
	case Quarter:
		return "strftime(" + begin + ", '%Y-Q') || CAST(quarter(" + begin + ") AS VARCHAR)"
	}
	return "strftime(" + begin + ", '%Y')"
}

// partialBucket is the same of a day of which perhaps only the year or the month
// is known; absent where it is not known closely enough.
func partialBucket(name string, bucket Bucket) string {
	whole := func(expression string) string {
		return "CASE WHEN length(" + name + ") = 10 THEN " + expression + " END"
	}
	switch bucket {
	case Day:
		return whole(name)
	case Week:
		return whole("strftime(TRY_CAST(" + name + " AS DATE), '%G-W%V')")
	case Month:
		return "CASE WHEN length(" + name + ") >= 7 THEN left(" + name + ", 7) END"
	case Quarter:
		return fmt.Sprintf("CASE WHEN length(%[1]s) >= 7 THEN left(%[1]s, 4) || '-Q' || CAST((CAST(substr(%[1]s, 6, 2) AS INTEGER) + 2) // 3 AS VARCHAR) END", name)
	}
	return "left(" + name + ", 4)"
}

// grains is in how many ways the column can be grouped by, from coarse to as
// asked for: a month is part of a quarter, and that of a year.
func (c groupColumn) grains() int { return len(c.coarser()) }

// coarser are those ways.
func (c groupColumn) coarser() []Bucket {
	bucket := c.bucket
	switch {
	case bucket == None && c.column.Type == contract.Date:
		bucket = Day
	case bucket == None && c.column.Type == contract.PartialDate:
		return []Bucket{Year, None}
	case bucket == None:
		return []Bucket{None}
	}
	return nested[:slices.Index(nested, bucket)+1]
}

// coarse is the group of a value at a grain above 0.
func (c groupColumn) coarse(value string, grain int) string {
	all := c.coarser()
	if grain == len(all) {
		return value
	}
	switch all[grain-1] {
	case Year:
		return value[:min(len(value), 4)]
	case Quarter:
		month, err := strconv.Atoi(value[min(len(value), 5):min(len(value), 7)])
		if err != nil {
			return value
		}
		return fmt.Sprintf("%s-Q%d", value[:4], (month+2)/3)
	case Month:
		return value[:min(len(value), 7)]
	}
	return value[:min(len(value), 10)]
}

// moment writes a stored moment, in UTC as SQL writes it, as the platform does.
func moment(text string) string {
	t, err := time.Parse("2006-01-02 15:04:05.999999", text)
	if err != nil {
		return text
	}
	return t.In(record.VietnamTime).Format("2006-01-02T15:04:05.999999-07:00")
}

// compareTexts and compareNumbers order figures, absent ones last either way.
func compareTexts(a, b *string, desc bool) int {
	if a == nil || b == nil {
		return absent(a == nil, b == nil)
	}
	return turned(strings.Compare(*a, *b), desc)
}

func compareNumbers(a, b *float64, desc bool) int {
	if a == nil || b == nil {
		return absent(a == nil, b == nil)
	}
	return turned(cmp.Compare(*a, *b), desc)
}

func absent(a, b bool) int {
	switch {
	case a && b:
		return 0
	case a:
		return 1
	}
	return -1
}

func turned(order int, desc bool) int {
	if desc {
		return -order
	}
	return order
}
