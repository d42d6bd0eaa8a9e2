package calendar

import (
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/viet"
)

func date(t testing.TB, s string) viet.Date {
	t.Helper()
	d, _, err := viet.ParseDate([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// country gives the holidays of the data set that comes with the platform.
func country(t testing.TB, more ...Day) *Calendar {
	t.Helper()
	f, err := os.Open("../../packs/viet-nam/data/vn-ngay-nghi-le.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	days, err := ReadCSV(f)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(append(days, more...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// swaps are made up in the form of a yearly decision.
func swaps(t testing.TB) []Day {
	return []Day{
		{date(t, "2026-08-31"), SwapOff, "1/TB", "Nghỉ bù"},
		{date(t, "2026-09-01"), Off, "1/TB", "Quốc khánh"},
		{date(t, "2026-08-22"), SwapWork, "1/TB", "Làm bù"},
	}
}

func TestIsWorking(t *testing.T) {
	c := country(t, swaps(t)...)
	for s, want := range map[string]bool{
		"2026-01-01": false, "2026-01-02": true, // Friday
		"2026-02-15": false, "2026-02-16": false, "2026-02-17": false, "2026-02-20": false, "2026-02-23": true,
		"2026-04-26": false, // Giỗ Tổ, a Sunday
		"2026-04-30": false, "2026-05-01": false, "2026-05-04": true,
		"2026-08-22": true, "2026-08-31": false, "2026-09-01": false, "2026-09-02": false, "2026-09-03": true,
		"2026-11-20": true, // a day of observance
		"2026-11-21": false,
	} {
		if got, err := c.IsWorking(date(t, s)); got != want || err != nil {
			t.Errorf("IsWorking(%s) = %v, %v", s, got, err)
		}
	}
	if d, ok := c.Day(date(t, "2026-08-22")); !ok || d.Act != "1/TB" {
		t.Errorf("%+v, %v", d, ok)
	}
}

func TestDue(t *testing.T) {
	c := country(t, swaps(t)...)
	tests := []struct {
		received string
		days     int
		cutoff   time.Duration
		want     string
	}{
		// Five working days over Tết 2026, off from Monday 16 to Friday 20 February.
		{"2026-02-12T10:00:00+07:00", 5, 0, "2026-02-26"},
		{"2026-02-13T17:00:00+07:00", 5, 0, "2026-02-27"},
		{"2026-02-13T17:00:01+07:00", 5, 0, "2026-03-02"}, // after hours: begins on Monday 23
		{"2026-02-18T09:00:00+07:00", 5, 0, "2026-03-02"}, // sent on the second day of Tết
		{"2026-02-13T16:30:00+07:00", 5, 16 * time.Hour, "2026-03-02"},
		{"2026-02-13T10:00:00Z", 5, 0, "2026-02-27"}, // 17:00 in Viet Nam
		{"2026-02-13T10:00:01Z", 5, 0, "2026-03-02"},
		// The exchanged Saturday counts, the exchanged Monday does not.
		{"2026-08-21T08:00:00+07:00", 1, 0, "2026-08-22"},
		{"2026-08-28T08:00:00+07:00", 1, 0, "2026-09-03"},
		{"2026-11-20T08:00:00+07:00", 0, 0, "2026-11-20"},
		{"2026-11-20T18:00:00+07:00", 0, 0, "2026-11-23"},
	}
	for _, tt := range tests {
		at, err := time.Parse(time.RFC3339, tt.received)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.Due(at, tt.days, tt.cutoff); err != nil || got.String() != tt.want {
			t.Errorf("Due(%s, %d) = %s, %v, want %s", tt.received, tt.days, got, err, tt.want)
		}
	}
	if _, err := c.Due(time.Now(), -1, 0); !errors.Is(err, ErrDays) {
		t.Errorf("got %v", err)
	}
}

// A year without data is not known, and says so, however it is come to.
func TestUnknownYears(t *testing.T) {
	c := country(t)
	last := c.Years()[len(c.Years())-1]
	want := func(err error, year int) {
		t.Helper()
		var unknown *UnknownYearError
		if !errors.As(err, &unknown) || unknown.Year != year {
			t.Errorf("got %v, want the year %d", err, year)
		}
	}
	beyond, err := viet.NewDate(last+1, 6, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.IsWorking(beyond)
	want(err, last+1)
	_, err = c.Due(beyond.Time(), 1, 0)
	want(err, last+1)
	_, err = c.Due(beyond.Time().Add(20*time.Hour), 1, 0)
	want(err, last+1)
	end, err := viet.NewDate(last, 12, 31)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.AddWorkingDays(end, 3)
	want(err, last+1)
	_, err = c.Between(end, beyond)
	want(err, last+1)
	_, err = c.AddWorkingDays(date(t, "1999-01-04"), -3)
	want(err, 1999)
	if c.Known(beyond) || !c.Known(end) {
		t.Error("Known differs")
	}

	few, err := New([]Day{{date(t, "2027-01-01"), Off, "", ""}})
	if err != nil || len(few.Years()) != 0 {
		t.Errorf("one day makes a year known: %v, %v", few.Years(), err)
	}
	named, err := New(nil, 2027, 2026, 2027)
	if err != nil || !slices.Equal(named.Years(), []int{2026, 2027}) {
		t.Errorf("%v, %v", named.Years(), err)
	}
	if _, err := New([]Day{{date(t, "2027-01-01"), "holiday", "", ""}}); err == nil {
		t.Error("no such kind")
	}
}

// A due date is never on a day off, whatever the calendar; and counting days
// between gives back what was added.
func TestDue_Property(t *testing.T) {
	rng := rand.New(rand.NewPCG(2026, 11))
	start := date(t, "2026-01-01")
	for range 300 {
		var days []Day
		kinds := []Kind{Work, Off, SwapWork, SwapOff}
		for range rng.IntN(250) {
			days = append(days, Day{Date: start + viet.Date(rng.IntN(730)), Kind: kinds[rng.IntN(4)]})
		}
		c, err := New(days, 2026, 2027)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			n := rng.IntN(60)
			at := start.Time().Add(time.Duration(rng.Int64N(int64(500 * 24 * time.Hour))))
			due, err := c.Due(at, n, time.Duration(rng.IntN(24))*time.Hour)
			if err != nil {
				var unknown *UnknownYearError
				if !errors.As(err, &unknown) {
					t.Fatal(err)
				}
				continue
			}
			if ok, err := c.IsWorking(due); !ok || err != nil {
				t.Fatalf("due on %s, a day off, %v", due, err)
			}
			if due < viet.DateOf(at.In(viet.Zone)) {
				t.Fatalf("received %s, due %s", at, due)
			}
			back, err := c.AddWorkingDays(due, -n)
			if err != nil {
				t.Fatal(err)
			}
			for _, pair := range [][2]viet.Date{{back, due}, {due, back}} {
				want := n
				if pair[1] < pair[0] {
					want = -n
				}
				if got, err := c.Between(pair[0], pair[1]); got != want || err != nil {
					t.Fatalf("Between(%s, %s) = %d, %v, want %d", pair[0], pair[1], got, err, want)
				}
			}
		}
	}
}

func TestReadCSV(t *testing.T) {
	const own = "date,kind,act,name\n2026-08-22,swap_work,1/TB,Làm bù\n2026-08-31,swap_off,1/TB,\"Nghỉ, bù\"\n"
	days, err := ReadCSV(strings.NewReader("\uFEFF" + own))
	if err != nil || len(days) != 2 || days[1].Name != "Nghỉ, bù" || days[0].Kind != SwapWork {
		t.Fatalf("%+v, %v", days, err)
	}
	var out strings.Builder
	if err := WriteCSV(&out, days); err != nil || out.String() != own {
		t.Errorf("%q, %v", out.String(), err)
	}
	const holidays = `date,start_utc,end_utc,name_vi,type,rule
2026-02-16,2026-02-15T17:00:00.000Z,2026-02-20T17:00:00.000Z,"Giao thừa Tết Nguyên Đán",public,"1 day before vietnamese 1-0-1 P5D"
2026-02-17,2026-02-16T17:00:00.000Z,2026-02-17T17:00:00.000Z,"Tết Nguyên Đán",public,"vietnamese 1-0-1"
2026-11-20,2026-11-19T17:00:00.000Z,2026-11-20T17:00:00.000Z,"Ngày Nhà giáo Việt Nam",observance,"11-20"
`
	days, err = ReadCSV(strings.NewReader(holidays))
	if err != nil || len(days) != 6 || days[0].Date.String() != "2026-02-16" || days[4].Date.String() != "2026-02-20" {
		t.Errorf("%+v, %v", days, err)
	}
	c, err := New(days)
	if err != nil || !slices.Equal(c.Years(), []int{2026}) || len(c.Days()) != 5 {
		t.Errorf("%v, %v", c.Days(), err)
	}
	for _, bad := range []string{
		"", "a,b\n", "date,kind,act\n2026-02-30,off,\n", "date,kind,act\n2026-02-03,holiday,\n", "date,kind,act\n2026-02-03\n",
		"ngay,ten,loai,den_ngay\n2026-02-03,x,nghi_le,2026-02-01\n", "ngay,ten,loai,den_ngay\n2026-02-03,x,nghi_le,2026-12-01\n",
		"start_utc,end_utc,name_vi,type\n2026-02-15T17:30:00Z,2026-02-16T17:00:00Z,x,public\n",
	} {
		if days, err := ReadCSV(strings.NewReader(bad)); err == nil {
			t.Errorf("%q gives %v", bad, days)
		}
	}
}

// All years of the data set are known and have their ten days.
func TestCountry(t *testing.T) {
	c := country(t)
	if y := c.Years(); y[0] != 2015 || y[len(y)-1] != 2035 || len(y) != 21 {
		t.Errorf("%v", y)
	}
	off := map[int]int{}
	for _, d := range c.Days() {
		off[year(d.Date)]++
	}
	for _, y := range c.Years() {
		if off[y] < 9 || off[y] > 10 { // Giỗ Tổ may be on 30/4
			t.Errorf("%d has %d days off", y, off[y])
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add("date,kind,act\n2026-08-22,swap_work,1/TB\n")
	f.Add("ngay,ten,loai,den_ngay\n2026-02-16,x,nghi_le,2026-02-20\n")
	f.Add("start_utc,end_utc,name_vi,type\n2026-02-15T17:00:00Z,2026-02-20T17:00:00Z,x,public\n")
	f.Fuzz(func(t *testing.T, s string) {
		days, err := ReadCSV(strings.NewReader(s))
		if err != nil {
			return
		}
		c, err := New(days)
		if err != nil {
			t.Fatalf("New refuses what ReadCSV read: %v", err)
		}
		for _, d := range days {
			if got, err := c.AddWorkingDays(d.Date, 5); err == nil {
				if ok, _ := c.IsWorking(got); !ok {
					t.Fatalf("%s is off", got)
				}
			}
		}
	})
}

func BenchmarkDue(b *testing.B) {
	c := country(b)
	at := date(b, "2026-02-12").Time().Add(10 * time.Hour)
	for b.Loop() {
		if _, err := c.Due(at, 5, 0); err != nil {
			b.Fatal(err)
		}
	}
}
