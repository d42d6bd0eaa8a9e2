package deadline_test

import (
	"testing"
	"time"

	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet/calendar"
)

func limit(dir deadline.Direction, n int, u deadline.Unit) deadline.Clock {
	return deadline.Clock{Definition: deadline.Definition{ID: "CLK-99", Direction: dir, Amount: n, Unit: u}}
}

func on(dir deadline.Direction, text string) deadline.Clock {
	return deadline.Clock{Definition: deadline.Definition{ID: "CLK-99", Direction: dir, Unit: deadline.FixedDay, On: text}}
}

func TestOffice_Due(t *testing.T) {
	plain, full := office(t), office(t, compensated(t)...)
	wd := func(n int) deadline.Clock { return limit(deadline.Within, n, deadline.WorkingDays) }
	for name, c := range map[string]struct {
		o         *deadline.Office
		c         deadline.Clock
		at, event string
		want      string
	}{
		// Wednesday 3 February 2027. Counted: Thu 4; Fri 5 to Tue 9 is Tết in the
		// data; Wed 10, Thu 11, Fri 12, Mon 15.
		"Tết 2027 as in the data": {plain, wd(5), "2027-02-03 10:00", "", "2027-02-15 17:00"},
		// Sat 6 and Sun 7 are compensated on Wed 10 and Thu 11. Counted: Thu 4,
		// Fri 12, Mon 15, Tue 16, Wed 17.
		"Tết 2027 with compensated days": {full, wd(5), "2027-02-03 10:00", "", "2027-02-17 17:00"},
		"over the turn of the year":      {full, wd(3), "2026-12-30 09:00", "", "2027-01-05 17:00"},
		"at the cut-off":                 {full, wd(2), "2026-11-19 17:00", "", "2026-11-23 17:00"},
		"after the cut-off":              {full, wd(2), "2026-11-19 17:01", "", "2026-11-24 17:00"},
		"on a Sunday":                    {full, wd(1), "2026-11-22 09:00", "", "2026-11-24 17:00"},

		// STANDARDS §28.8: declared at 16:50 on a Friday.
		"24 hours":           {full, limit(deadline.Within, 24, deadline.Hours24), "2026-11-20 16:50", "", "2026-11-21 16:50"},
		"72 hours":           {full, limit(deadline.Within, 72, deadline.Hours24), "2026-11-20 16:50", "", "2026-11-23 16:50"},
		"72 hours, any year": {full, limit(deadline.Within, 72, deadline.Hours24), "2031-01-01 00:00", "", "2031-01-04 00:00"},

		"days":                            {full, limit(deadline.Within, 10, deadline.Days), "2026-11-10 18:30", "", "2026-11-20 17:00"},
		"days, to a Sunday":               {full, limit(deadline.Within, 10, deadline.Days), "2026-11-12 08:00", "", "2026-11-23 17:00"},
		"days, into Tết":                  {full, limit(deadline.Within, 60, deadline.Days), "2026-12-08 08:00", "", "2027-02-12 17:00"},
		"again, on a Sunday":              {full, limit(deadline.Every, 7, deadline.Days), "2026-11-15 08:00", "", "2026-11-22 17:00"},
		"months, to a shorter one":        {full, limit(deadline.Every, 6, deadline.Months), "2026-08-31 08:00", "", "2027-02-28 17:00"},
		"months, within":                  {full, limit(deadline.Within, 3, deadline.Months), "2026-11-06 08:00", "", "2027-02-12 17:00"},
		"years":                           {full, limit(deadline.Every, 3, deadline.Years), "2028-02-29 08:00", "", "2031-02-28 17:00"},
		"kept for years":                  {full, limit(deadline.Keep, 5, deadline.Years), "2026-11-22 08:00", "", "2031-11-22 17:00"},
		"working days before":             {full, limit(deadline.Before, 7, deadline.WorkingDays), "2027-01-01 08:00", "2027-02-17 09:00", "2027-02-01 17:00"},
		"hours before":                    {full, limit(deadline.Before, 2, deadline.Hours24), "2027-01-01 08:00", "2027-02-17 09:00", "2027-02-17 07:00"},
		"a month before":                  {full, limit(deadline.Before, 1, deadline.Months), "2027-01-01 08:00", "2027-03-31 09:00", "2027-02-28 17:00"},
		"a day":                           {full, on(deadline.Within, "31/12/2026"), "2026-11-22 08:00", "", "2026-12-31 17:00"},
		"a day that is past":              {full, on(deadline.Within, "31/12/2025"), "2026-11-22 08:00", "", "2025-12-31 17:00"},
		"a day each year":                 {full, on(deadline.Within, "20/12"), "2026-11-22 08:00", "", "2026-12-20 17:00"},
		"on the day itself":               {full, on(deadline.Within, "20/12"), "2026-12-20 23:00", "", "2026-12-20 17:00"},
		"the day after":                   {full, on(deadline.Within, "20/12"), "2026-12-21 00:00", "", "2027-12-20 17:00"},
		"before a day each year":          {full, on(deadline.Before, "31/12"), "2026-11-22 08:00", "", "2026-12-30 17:00"},
		"before a day, on that day":       {full, on(deadline.Before, "31/1"), "2027-01-31 08:00", "", "2028-01-30 17:00"},
		"before a day each month":         {full, on(deadline.Before, "15"), "2026-11-22 08:00", "", "2026-12-14 17:00"},
		"before a day, the day before it": {full, on(deadline.Before, "15"), "2026-11-14 08:00", "", "2026-11-14 17:00"},
		"the 31st of a shorter month":     {full, on(deadline.Within, "31"), "2027-02-01 08:00", "", "2027-02-28 17:00"},
		"over the turn of the year, day":  {full, on(deadline.Within, "5"), "2026-12-06 08:00", "", "2027-01-05 17:00"},
	} {
		var event time.Time
		if c.event != "" {
			event = at(t, c.event)
		}
		got, err := c.o.Due(c.c, at(t, c.at), event)
		if err != nil || show(got) != c.want {
			t.Errorf("%s: %s, %v, want %s", name, show(got), err, c.want)
		}
	}
}

// What the calendar does not know is not guessed.
func TestOffice_unknownYear(t *testing.T) {
	o := office(t)
	for name, c := range map[string]struct {
		c  deadline.Clock
		at string
	}{
		"working days into 2028": {limit(deadline.Within, 5, deadline.WorkingDays), "2027-12-29 08:00"},
		"days into 2028":         {limit(deadline.Within, 60, deadline.Days), "2027-12-29 08:00"},
		"received in 2025":       {limit(deadline.Within, 5, deadline.WorkingDays), "2025-12-01 08:00"},
	} {
		_, err := o.Due(c.c, at(t, c.at), time.Time{})
		if !fault.Is(err, "deadline.year") {
			t.Errorf("%s: %v", name, err)
		}
		if year := fault.Of(err); year != nil && year.Args[0] != 2028 && year.Args[0] != 2025 {
			t.Errorf("%s: says %v", name, year.Args)
		}
	}
	_, err := o.Due(limit(deadline.Before, 7, deadline.WorkingDays), at(t, "2026-12-01 08:00"), time.Time{})
	want(t, err, "deadline.event")
}

// A day that is worked in exchange counts, one off in exchange does not.
func TestOffice_exchanged(t *testing.T) {
	o := office(t, calendar.Day{Date: day(t, "2026-12-12"), Kind: calendar.SwapWork}, calendar.Day{Date: day(t, "2026-12-14"), Kind: calendar.SwapOff})
	for n, want := range map[int]string{1: "2026-12-12 17:00", 2: "2026-12-15 17:00"} {
		got, err := o.Due(limit(deadline.Within, n, deadline.WorkingDays), at(t, "2026-12-11 08:00"), time.Time{})
		if err != nil || show(got) != want {
			t.Errorf("%d: %s, %v, want %s", n, show(got), err, want)
		}
	}
}

func TestHours_Check(t *testing.T) {
	for _, bad := range [][]string{
		{"07:30", "07:00", "13:00", "17:00", "17:00"}, {"07:30", "11:30", "11:00", "17:00", "17:00"}, {"07:30", "11:30", "13:00", "12:00", "17:00"},
		{"08:00", "08:00", "17:00", "17:00", "17:00"}, {"07:30", "11:30", "13:00", "17:00", "07:30"}, {"00:00", "00:00", "00:00", "00:00", "00:00"},
	} {
		if err := hours(t, bad...).Check(); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
	if err := hours(t, "08:00", "08:00", "08:00", "16:00", "16:30").Check(); err != nil {
		t.Errorf("without a break: %v", err)
	}
	for _, bad := range []string{"", "7:30", "07.30", "24:01", "07:60", "+7:30", "0a:30"} {
		var tod deadline.TimeOfDay
		if err := tod.UnmarshalText([]byte(bad)); !fault.Is(err, "deadline.hours.text") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestDefinition_Limit(t *testing.T) {
	for _, c := range []struct {
		c      deadline.Clock
		vi, en string
	}{
		{limit(deadline.Within, 5, deadline.WorkingDays), "5 ngày làm việc", "5 working days"},
		{limit(deadline.Within, 1, deadline.WorkingDays), "1 ngày làm việc", "1 working day"},
		{limit(deadline.Within, 72, deadline.Hours24), "72 giờ", "72 hours"},
		{limit(deadline.Before, 7, deadline.WorkingDays), "trước ít nhất 7 ngày làm việc", "at least 7 working days before"},
		{limit(deadline.Every, 6, deadline.Months), "6 tháng một lần", "once in 6 months"},
		{limit(deadline.Keep, 5, deadline.Years), "lưu ít nhất 5 năm", "kept for at least 5 years"},
		{on(deadline.Before, "31/12"), "trước ngày 31/12 hằng năm", "before 31/12 each year"},
		{on(deadline.Within, "31/12/2026"), "đến hết ngày 31/12/2026", "by 31/12/2026"},
		{on(deadline.Before, "15"), "trước ngày 15 hằng tháng", "before day 15 of each month"},
	} {
		if got := c.c.Limit(locale.Vi); got != c.vi {
			t.Errorf("%q, want %q", got, c.vi)
		}
		if got := c.c.Limit(locale.En); got != c.en {
			t.Errorf("%q, want %q", got, c.en)
		}
	}
}
