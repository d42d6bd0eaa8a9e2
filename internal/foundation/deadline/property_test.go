package deadline_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/viet"
)

// instant draws a minute of the year from October 2026 on, Tết in the middle.
func instant(rt *rapid.T, name string) time.Time {
	first := time.Date(2026, 10, 1, 0, 0, 0, 0, viet.Zone)
	return first.Add(time.Duration(rapid.IntRange(0, 365*24*60/2).Draw(rt, name)) * time.Minute).UTC()
}

// A limit of working days never ends on a day off, and as many working days lie
// between as the rule gives.
func TestDue_neverOff(t *testing.T) {
	o := office(t, compensated(t)...)
	cal := o.Calendar()
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(rt, "n")
		from := instant(rt, "from")
		due, err := o.Due(limit(deadline.Within, n, deadline.WorkingDays), from, time.Time{})
		if err != nil {
			rt.Fatal(err)
		}
		last := viet.DateOf(due.In(viet.Zone))
		if working, err := cal.IsWorking(last); err != nil || !working {
			rt.Fatalf("from %s, %d days: due on %s, a day off, %v", show(from), n, last, err)
		}
		begins, err := cal.Start(from, 17*time.Hour)
		if err != nil {
			rt.Fatal(err)
		}
		if got, err := cal.Between(begins, last); err != nil || got != n {
			rt.Fatalf("from %s: %d working days until %s, want %d; %v", show(from), got, last, n, err)
		}
		days, err := o.Due(limit(deadline.Within, n, deadline.Days), from, time.Time{})
		if err != nil {
			rt.Fatal(err)
		}
		if working, err := cal.IsWorking(viet.DateOf(days.In(viet.Zone))); err != nil || !working || days.Sub(from) < time.Duration(n-1)*24*time.Hour {
			rt.Fatalf("from %s, %d days of the calendar: due at %s, %v", show(from), n, show(days), err)
		}
	})
}

// Whatever is paused and resumed: it is never due earlier, the share of the time
// never falls, and stands still while it is paused.
func TestPause_property(t *testing.T) {
	cfg := storetest.SQLite(t)
	w := newWorld(t, cfg)
	rapid.Check(t, func(rt *rapid.T) {
		ctx := t.Context()
		from := instant(rt, "from")
		w.c.mu.Lock()
		w.c.now = from
		w.c.mu.Unlock()
		clock := rapid.SampledFrom([]string{"CLK-11", "CLK-13", "CLK-14", "CLK-22.notice", "CLK-20", "CLK-33.half"}).Draw(rt, "clock")
		d, err := w.Start(ctx, by, spec(clock))
		if err != nil {
			rt.Fatal(err)
		}
		o, err := w.Office(ctx)
		if err != nil {
			rt.Fatal(err)
		}
		due, share := d.DueAt, 0.0
		look := func(now time.Time) deadline.Standing {
			rt.Helper()
			st, err := o.Standing(d, now)
			if err != nil {
				rt.Fatal(err)
			}
			if st.Share < share-1e-9 {
				rt.Fatalf("%s from %s: share falls from %v to %v at %s, pauses %v", clock, show(from), share, st.Share, show(now), d.Pauses)
			}
			share = st.Share
			return st
		}
		for range rapid.IntRange(1, 6).Draw(rt, "steps") {
			now := w.c.time().Add(time.Duration(rapid.IntRange(1, 4*24*60).Draw(rt, "minutes")) * time.Minute)
			w.c.mu.Lock()
			w.c.now = now
			w.c.mu.Unlock()
			before := look(now)
			switch {
			case d.Paused():
				if d, err = w.Resume(ctx, by, d.ID); err != nil {
					rt.Fatal(err)
				}
				if after := look(now); after.Share > before.Share+1e-9 {
					rt.Fatalf("%s: the share jumps from %v to %v on resuming", clock, before.Share, after.Share)
				}
			case !now.After(d.DueAt):
				if d, err = w.Pause(ctx, by, d.ID, "chờ xác minh"); err != nil {
					rt.Fatal(err)
				}
			default:
				if before.Share < 1 {
					rt.Fatalf("%s: late, and the share is %v", clock, before.Share)
				}
			}
			if d.DueAt.Before(due) {
				rt.Fatalf("%s: due at %s before, at %s now", clock, show(due), show(d.DueAt))
			}
			due = d.DueAt
			if d.Unit == deadline.WorkingDays {
				if working, err := o.Calendar().IsWorking(viet.DateOf(due.In(viet.Zone))); err != nil || !working {
					rt.Fatalf("%s: due on a day off, %s, %v", clock, show(due), err)
				}
			}
		}
	})
}

// Half the time is gone when half the time is gone, and not before: notices come
// at their share.
func TestTick_atItsShare(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	rapid.Check(t, func(rt *rapid.T) {
		ctx := t.Context()
		from := instant(rt, "from")
		turn := func(to time.Time) {
			w.c.mu.Lock()
			w.c.now = to
			w.c.mu.Unlock()
		}
		turn(from)
		clock := rapid.SampledFrom([]string{"CLK-11", "CLK-14", "CLK-20"}).Draw(rt, "clock")
		d, err := w.Start(ctx, by, spec(clock))
		if err != nil {
			rt.Fatal(err)
		}
		o, err := w.Office(ctx)
		if err != nil {
			rt.Fatal(err)
		}
		told := &teller{}
		for hour := 0; ; hour++ {
			now := from.Add(time.Duration(hour) * time.Hour)
			turn(now)
			if _, err := w.Tick(ctx, told); err != nil {
				rt.Fatal(err)
			}
			st, err := o.Standing(d, now)
			if err != nil {
				rt.Fatal(err)
			}
			given := 0
			for _, m := range told.of(d.ID) {
				given = m
			}
			want := 0
			for _, m := range []int{50, 80} {
				if st.Share*100 >= float64(m)-1e-6 {
					want = m
				}
			}
			if now.After(d.DueAt) {
				want = 100
			}
			if given != want {
				rt.Fatalf("%s from %s: %d %% told at %s, when %.4f are gone", clock, show(from), given, show(now), st.Share)
			}
			if want == 100 {
				return
			}
		}
	})
}
