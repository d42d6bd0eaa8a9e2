package mirror

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
)

// What a row of the second reading tells.
const (
	saysDifferent = "different"
	saysFrequent  = "frequent"
	saysBin       = "bin"
	saysTime      = "time"
)

// counts is the second reading: each part reads one column alone.
func (f *profiler) counts(ctx context.Context) error {
	var parts []string
	ask := func(i int, says, value, n, more, from string) {
		parts = append(parts, fmt.Sprintf("(SELECT '%d', '%s', CAST(%s AS VARCHAR), CAST(%s AS VARCHAR), CAST(%s AS VARCHAR) FROM %s)", i, says, value, n, more, from))
	}
	for i := range f.out.Columns {
		out, c, name := &f.out.Columns[i], &f.obj.Columns[i], f.name(i)
		if out.Seen != InClear || !isPlain(c) || out.Present == 0 {
			continue
		}
		rows := f.from + f.and(name+" IS NOT NULL")
		switch {
		case f.frequents(out, c):
			ask(i, saysFrequent, "v", "n", "count(*) OVER ()", fmt.Sprintf("(SELECT %s AS v, count(*) AS n FROM %s GROUP BY 1) ORDER BY n DESC, v LIMIT %d", name, rows, mostFrequent))
		case out.Distinct <= exactDistinct:
			ask(i, saysDifferent, "NULL", "count(DISTINCT "+name+")", "NULL", rows)
		}
		if isNumber(c) {
			if first, width, bins := f.bins(out, c); bins > 0 {
				bin := fmt.Sprintf("least(%d, CAST(floor((CAST(%s AS DOUBLE) - %s) / %s) AS INTEGER))", bins-1, name, plain(first), plain(width))
				ask(i, saysBin, bin, "count(*)", "NULL", rows+" GROUP BY "+bin)
			}
		}
		if isTime(c) {
			if out.Bucket = f.bucket(out, c); out.Bucket != None {
				begin := beginning(name, c.Type, out.Bucket)
				ask(i, saysTime, begin, "count(*)", "NULL", rows+" GROUP BY "+begin)
			}
		}
	}
	if len(parts) == 0 {
		return nil
	}
	times := map[int]map[time.Time]int64{}
	err := f.each(ctx, strings.Join(parts, " UNION ALL "), func(cell func(int) *string) error {
		i, err := strconv.Atoi(*cell(0))
		if err != nil {
			return err
		}
		var n int64
		if err := whole64(cell(3), &n); err != nil {
			return err
		}
		return f.count(i, *cell(1), cell(2), n, cell(4), times)
	})
	for i, counts := range times {
		c := &f.out.Columns[i]
		c.Times = stretches(c.Bucket, counts)
	}
	return err
}

// count takes one row of the second reading.
func (f *profiler) count(i int, says string, value *string, n int64, more *string, times map[int]map[time.Time]int64) error {
	out := &f.out.Columns[i]
	switch says {
	case saysDifferent:
		out.Distinct, out.Exact = n, true
	case saysFrequent:
		out.Exact = true
		out.Frequent = append(out.Frequent, Frequent{*value, n})
		return whole64(more, &out.Distinct)
	case saysBin:
		bin, err := strconv.Atoi(*value)
		if err != nil || bin < 0 || bin >= len(out.Bins) {
			return fmt.Errorf("bin %s of %d: %w", *value, len(out.Bins), err)
		}
		out.Bins[bin].Count += n
	case saysTime:
		if value == nil {
			return nil // no day of the calendar
		}
		begin, err := time.ParseInLocation("2006-01-02T15", *value, record.VietnamTime)
		if err != nil {
			return nil // before the first year or after the last that has four digits
		}
		if times[i] == nil {
			times[i] = map[time.Time]int64{}
		}
		times[i][begin] += n
	}
	return nil
}

// frequents reports whether values are worth to be counted one by one: texts
// that come again, truths, and numbers of which there are few.
func (f *profiler) frequents(out *ColumnProfile, c *contract.Column) bool {
	switch c.Type {
	case contract.Boolean:
		return true
	case contract.Text:
		return out.Distinct <= 1000 || out.Distinct <= 1_000_000 && out.Distinct < out.Present*4/5
	case contract.Integer:
		return c.CodeList != "" || out.Distinct <= mostBins
	}
	return false
}

// bins makes the empty bins of a column of numbers: equally wide, of whole
// numbers where the column has these.
func (f *profiler) bins(out *ColumnProfile, c *contract.Column) (first, width float64, bins int) {
	least, err := strconv.ParseFloat(out.Least, 64)
	if err != nil {
		return 0, 0, 0
	}
	greatest, err := strconv.ParseFloat(out.Greatest, 64)
	if err != nil || math.IsInf(greatest-least, 0) {
		return 0, 0, 0
	}
	bins, width = mostBins, (greatest-least)/mostBins
	if c.Type == contract.Integer {
		width = math.Ceil((greatest - least + 1) / mostBins)
		bins = int(math.Ceil((greatest - least + 1) / width))
	}
	if width <= 0 || least+width == least { // one value, or numbers too large to be told apart
		bins, width = 1, 1
	}
	for i := range bins {
		out.Bins = append(out.Bins, Bin{From: least + float64(i)*width, To: least + float64(i+1)*width})
	}
	if c.Type != contract.Integer {
		out.Bins[bins-1].To = greatest
	}
	return least, width, bins
}

// plain writes a number as SQL reads a DOUBLE.
func plain(f float64) string { return "CAST('" + strconv.FormatFloat(f, 'g', -1, 64) + "' AS DOUBLE)" }

// The wide stretches that only a profile has.
const (
	decade  Bucket = "decade"
	century Bucket = "century"
)

// bucket is the narrowest stretch of which there are not too many between the
// first and the last value.
func (f *profiler) bucket(out *ColumnProfile, c *contract.Column) Bucket {
	first, ok := when(out.Least)
	last, ok2 := when(out.Greatest)
	if !ok || !ok2 {
		return None
	}
	choice := []Bucket{Hour, Day, Week, Month, Quarter, Year, decade, century}
	switch c.Type {
	case contract.Date:
		choice = choice[1:]
	case contract.PartialDate: // of which often the year alone is known
		choice = choice[5:]
	}
	for _, b := range choice {
		if last.Sub(first) <= mostTimes*shortest[b] {
			return b
		}
	}
	return None
}

const day = 24 * time.Hour

// shortest is how long a stretch is at least, about.
var shortest = map[Bucket]time.Duration{
	Hour: time.Hour, Day: day, Week: 7 * day, Month: 30 * day, Quarter: 91 * day, Year: 365 * day, decade: 3652 * day, century: 36524 * day,
}

// when reads a day, perhaps of which only the year or the month is known, or a
// moment.
func when(text string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02T15:04:05.999999-07:00", time.DateOnly, "2006-01", "2006"} {
		if t, err := time.ParseInLocation(layout, text, record.VietnamTime); err == nil {
			return t.In(record.VietnamTime), true
		}
	}
	return time.Time{}, false
}

// beginning writes where the stretch of a value begins.
func beginning(name string, t contract.Type, bucket Bucket) string {
	if t == contract.PartialDate {
		name = "TRY_CAST(left(" + name + ", 4) || '-01-01' AS DATE)"
	}
	return "strftime(" + timeBucket(name, t, bucket) + ", '%Y-%m-%dT%H')"
}

// stretches puts the counts in order, and nothing where there is none.
func stretches(bucket Bucket, counts map[time.Time]int64) (all []TimeBin) {
	var first, last time.Time
	for t := range counts {
		if first.IsZero() || t.Before(first) {
			first = t
		}
		if last.IsZero() || t.After(last) {
			last = t
		}
	}
	for t := first; !t.After(last) && len(all) < 4*mostTimes; t = next(bucket, t) {
		all = append(all, TimeBin{t, BucketLabel(bucket, t), counts[t]})
	}
	return all
}

func next(bucket Bucket, t time.Time) time.Time {
	switch bucket {
	case Hour:
		return t.Add(time.Hour)
	case Day:
		return t.AddDate(0, 0, 1)
	case Week:
		return t.AddDate(0, 0, 7)
	case Month:
		return t.AddDate(0, 1, 0)
	case Quarter:
		return t.AddDate(0, 3, 0)
	case Year:
		return t.AddDate(1, 0, 0)
	case decade:
		return t.AddDate(10, 0, 0)
	}
	return t.AddDate(100, 0, 0)
}

// BucketLabel writes the stretch that begins at a time as groups do.
func BucketLabel(bucket Bucket, begin time.Time) string {
	begin = begin.In(record.VietnamTime)
	switch bucket {
	case Hour:
		return begin.Format("2006-01-02T15:00:00-07:00")
	case Day:
		return begin.Format(time.DateOnly)
	case Week:
		year, week := begin.ISOWeek()
		return fmt.Sprintf("%04d-W%02d", year, week)
	case Month:
		return begin.Format("2006-01")
	case Quarter:
		return fmt.Sprintf("%04d-Q%d", begin.Year(), (int(begin.Month())+2)/3)
	}
	return begin.Format("2006")
}
