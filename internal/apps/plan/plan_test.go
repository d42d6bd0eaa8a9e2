package plan

import (
	"testing"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet"
)

func day(t *testing.T, text string) viet.Date {
	t.Helper()
	d, _, err := viet.ParseDate([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDueOf(t *testing.T) {
	for _, c := range []struct {
		text, condition string
		kind            Kind
		last            string
	}{
		{"2026-10-15", "", ByDay, "2026-10-15"}, {"2026-02", "", ByMonth, "2026-02-28"}, {"2028-02", "", ByMonth, "2028-02-29"}, {"2026-Q1", "", ByQuarter, "2026-03-31"},
		{"2026-Q4", "", ByQuarter, "2026-12-31"}, {" 2026 ", "", ByYear, "2026-12-31"}, {"yearly", "", Yearly, ""}, {"continuous", "", Continuous, ""},
		{"", "ngay sau văn bản hướng dẫn của Chính phủ", AfterAct, ""}, {"", "", Unsaid, ""}, {"2026", "theo lộ trình bộ, ngành", ByYear, "2026-12-31"},
	} {
		d, err := DueOf(c.text, c.condition)
		if err != nil || d.Kind != c.kind || d.Act != c.condition || d.Dated() != (c.last != "") || d.Dated() && d.Last != day(t, c.last) {
			t.Errorf("%q, %q: %+v, %v", c.text, c.condition, d, err)
		}
	}
	for _, text := range []string{"2026-Q5", "2026-Q0", "0000-Q1", "2026-13", "2026-02-30", "quý I", "26", "2026-10-15-01"} {
		if d, err := DueOf(text, ""); !fault.Is(err, "plan.bad-due") {
			t.Errorf("%q: %+v, %v", text, d, err)
		}
	}
}

func TestStand(t *testing.T) {
	due := func(text, condition string) Due {
		d, err := DueOf(text, condition)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	today, year := day(t, "2026-11-23"), due("2026", "")
	for _, c := range []struct {
		name  string
		start viet.Date
		due   Due
		told  Told
		want  Standing
	}{
		{"done on the last day", 0, due("2026-10", ""), Told{Begun: true, Done: true, On: day(t, "2026-10-31")}, Standing{DoneInTime, DoneBy, 0}},
		{"done a day late", 0, due("2026-10", ""), Told{Begun: true, Done: true, On: day(t, "2026-11-01")}, Standing{DoneLate, DoneAfter, 1}},
		{"done, of no day", 0, due("", ""), Told{Done: true, On: today}, Standing{DoneInTime, DoneUndated, 0}},
		{"done, after an act", 0, due("", "theo lộ trình"), Told{Done: true, On: today}, Standing{DoneInTime, DoneUndated, 0}},
		{"late though begun", 0, due("2026-Q3", ""), Told{Begun: true}, Standing{Late, DueBehind, 54}},
		{"late, and nobody has told", 0, due("2025", ""), Told{}, Standing{Late, DueBehind, 327}},
		{"the last day is in time", 0, due("2026-11-23", ""), Told{Begun: true}, Standing{InTime, DueAhead, 0}},
		{"under way", 0, year, Told{Begun: true}, Standing{InTime, DueAhead, 38}},
		{"under way, of no day", 0, due("", ""), Told{Begun: true}, Standing{InTime, BegunUndated, 0}},
		{"goes on", 0, due("continuous", ""), Told{}, Standing{InTime, GoesOn, 0}},
		{"every year", 0, due("yearly", ""), Told{}, Standing{InTime, GoesOn, 0}},
		{"not to begin yet", day(t, "2027-01-01"), due("2027", ""), Told{}, Standing{NotYet, StartAhead, 403}},
		{"nobody has told", 0, year, Told{}, Standing{NotYet, NobodyReports, 38}},
		{"waits for an act", 0, due("", "ngay sau văn bản hướng dẫn của Chính phủ"), Told{}, Standing{NotYet, WaitsForAct, 0}},
		{"of no day", 0, due("", ""), Told{}, Standing{NotYet, NoDate, 0}},
	} {
		if got := Stand(today, c.start, c.due, c.told); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
