package calendar

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/phohien/phohien/viet"
)

// The most that a file of days may have.
const (
	maxRows = 20_000
	maxSpan = 31 // days in one row
)

// ReadCSV reads days from a CSV file with a heading, in one of three shapes, told
// by its columns:
//
//	date,kind,act[,name]                 what WriteCSV writes: one row a day
//	ngay,ten,loai,den_ngay,…             the data set vn-ngay-nghi-le: loai nghi_le, from ngay to den_ngay
//	date,start_utc,end_utc,name_vi,type  date-holidays: type public, start_utc to end_utc in the time of Viet Nam
//
// Days of observance, which are worked, are left out. The second and the third
// shape have neither exchanged days nor the second day of National Day: a
// calendar for due dates needs the yearly decisions besides, in the first shape.
func ReadCSV(r io.Reader) ([]Day, error) {
	in := csv.NewReader(r)
	in.ReuseRecord = true
	heading, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("calendar: heading: %w", err)
	}
	heading[0] = strings.TrimPrefix(heading[0], "\uFEFF")
	read, err := shapeOf(slices.Clone(heading))
	if err != nil {
		return nil, err
	}
	var days []Day
	for rows := 0; ; rows++ {
		row, err := in.Read()
		switch {
		case errors.Is(err, io.EOF):
			return days, nil
		case err != nil:
			return nil, fmt.Errorf("calendar: %w", err)
		case rows == maxRows:
			return nil, fmt.Errorf("calendar: more than %d rows", maxRows)
		}
		line, _ := in.FieldPos(0)
		if days, err = read(days, row); err != nil {
			return nil, fmt.Errorf("calendar: line %d: %w", line, err)
		}
	}
}

// A rowReader appends the days of a row.
type rowReader func(days []Day, row []string) ([]Day, error)

// shapeOf tells the shape of a file by its heading.
func shapeOf(heading []string) (rowReader, error) {
	at := func(names ...string) ([]int, bool) {
		places := make([]int, len(names))
		for i, name := range names {
			if places[i] = slices.Index(heading, name); places[i] < 0 {
				return nil, false
			}
		}
		return places, true
	}
	if p, ok := at("date", "kind", "act"); ok {
		return ownRow(p, slices.Index(heading, "name")), nil
	}
	if p, ok := at("ngay", "ten", "loai", "den_ngay"); ok {
		return packRow(p), nil
	}
	if p, ok := at("start_utc", "end_utc", "name_vi", "type"); ok {
		return holidayRow(p), nil
	}
	return nil, fmt.Errorf("calendar: heading %q: want date,kind,act, or ngay,ten,loai,den_ngay, or start_utc,end_utc,name_vi,type", strings.Join(heading, ","))
}

func ownRow(p []int, name int) rowReader {
	return func(days []Day, row []string) ([]Day, error) {
		date, err := parseDate(row[p[0]])
		if err != nil {
			return nil, err
		}
		d := Day{Date: date, Kind: Kind(strings.TrimSpace(row[p[1]])), Act: strings.Clone(row[p[2]])}
		if name >= 0 {
			d.Name = strings.Clone(row[name])
		}
		if !d.Kind.Valid() {
			return nil, fmt.Errorf("kind %q: want work, off, swap_work or swap_off", d.Kind)
		}
		return append(days, d), nil
	}
}

func packRow(p []int) rowReader {
	return func(days []Day, row []string) ([]Day, error) {
		if row[p[2]] != "nghi_le" {
			return days, nil
		}
		first, err := parseDate(row[p[0]])
		if err != nil {
			return nil, err
		}
		last, err := parseDate(row[p[3]])
		if err != nil {
			return nil, err
		}
		return appendSpan(days, first, last, row[p[1]])
	}
}

func holidayRow(p []int) rowReader {
	return func(days []Day, row []string) ([]Day, error) {
		if row[p[3]] != "public" {
			return days, nil
		}
		first, err := parseMoment(row[p[0]])
		if err != nil {
			return nil, err
		}
		after, err := parseMoment(row[p[1]])
		if err != nil {
			return nil, err
		}
		return appendSpan(days, first, after-1, row[p[2]])
	}
}

func appendSpan(days []Day, first, last viet.Date, name string) ([]Day, error) {
	if last < first || last-first >= maxSpan {
		return nil, fmt.Errorf("from %s to %s: want 1 to %d days", first, last, maxSpan)
	}
	name = strings.Clone(name)
	for d := first; d <= last; d++ {
		days = append(days, Day{Date: d, Kind: Off, Name: name})
	}
	return days, nil
}

func parseDate(s string) (viet.Date, error) {
	d, _, err := viet.ParseDate(viet.Trim([]byte(s)))
	if err != nil {
		return 0, fmt.Errorf("date %q: %w", s, err)
	}
	return d, nil
}

// parseMoment gives the day in Viet Nam that begins at a moment.
func parseMoment(s string) (viet.Date, error) {
	micros, _, err := viet.ParseTime(viet.Trim([]byte(s)))
	if err != nil {
		return 0, fmt.Errorf("moment %q: %w", s, err)
	}
	const day, zone = int64(24 * 3600 * 1e6), int64(7 * 3600 * 1e6)
	if (micros+zone)%day != 0 {
		return 0, fmt.Errorf("moment %q is not midnight in Viet Nam", s)
	}
	return viet.Date((micros + zone) / day), nil
}

// WriteCSV writes days in the first shape of ReadCSV.
func WriteCSV(w io.Writer, days []Day) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"date", "kind", "act", "name"}); err != nil {
		return err
	}
	for _, d := range days {
		if err := out.Write([]string{d.Date.String(), string(d.Kind), d.Act, d.Name}); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
