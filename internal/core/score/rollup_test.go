package score_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/score"
)

func all(*contract.Contract) bool { return true }

// weighing installs a set of one table of which so many in a hundred are right.
func (w *world) weighing(id string, weight string, good int) *contract.Contract {
	w.t.Helper()
	c := w.install(id, "customProperties: [{property: phohien.weight, value: "+weight+"}]"+beds)
	var lines [][2]string
	for i := range 100 - good {
		lines = append(lines, [2]string{fmt.Sprintf("XX%04d", i), "giuong.range giuong.type ma.type"})
	}
	w.apply(c, change{insert: stations(good), lines: lines})
	return c
}

// A roll-up is the mean by weights; what is not measured stands apart with its
// reason and counts neither as 0 nor as 100.
func TestRollup(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.weighing("nang", "3", 100)
		w.weighing("nhe", "1", 60)
		w.install("trong", beds) // no rows
		members, err := w.scorer.Members(ctx, all)
		if err != nil {
			t.Fatal(err)
		}
		r := score.Roll(members)
		valid := r.Criteria[0]
		if got := value(valid.Value); got != "90" || valid.Measured != 2 || valid.Of != 3 {
			t.Errorf("đúng %s of %d of %d, want 90 of 2 of 3", got, valid.Measured, valid.Of)
		}
		if len(valid.Unmeasured) != 1 || valid.Unmeasured[0].Dataset != "trong" || valid.Unmeasured[0].Why.Vi == "" {
			t.Errorf("not measured: %+v", valid.Unmeasured)
		}
		if live := r.Criteria[3]; live.Value != nil || len(live.Unmeasured) != 3 {
			t.Errorf("sống: %+v", live)
		}
		// overall of the light set: đúng 60, đủ 100, sạch 100.
		want := (3*100 + (60.0+100+100)/3) / 4
		if r.Overall == nil || math.Abs(*r.Overall-want) > 1e-9 || r.Measured != 2 || r.Band != score.Good {
			t.Errorf("overall %s of %d, want %v", value(r.Overall), r.Measured, want)
		}
		if only, err := w.scorer.Members(ctx, func(c *contract.Contract) bool { return c.ID == "nhe" }); err != nil || value(score.Roll(only).Criteria[0].Value) != "60" {
			t.Errorf("who may know of one set only: %v %v", only, err)
		}
		if none := score.Roll(nil); none.Overall != nil || none.Band != score.None || len(none.Criteria) != 6 {
			t.Errorf("nothing: %+v", none)
		}
	})
}

// Days keep what a day ended with: one row for a day on which something changed,
// none for the others; the weights are those of the day.
func TestDays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		c := w.install("song", fmt.Sprintf(lively, "", "date"))
		w.apply(c, change{insert: []row{{"ma": "A"}}, accepted: 1, digest: "a"})
		still := w.weighing("yen", "1", 80)
		w.score(c)
		w.score(still)
		rows := func() string {
			var b strings.Builder
			days, err := w.scorer.Days(ctx, "2000-01-01")
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range []string{"song", "yen"} {
				for _, d := range days[id] {
					fmt.Fprintf(&b, "%s %s %s; ", id, d.Day, value(d.Criteria[3].Value))
				}
			}
			return b.String()
		}
		age := func(by time.Duration) {
			w.now = w.now.Add(by)
			for range 2 {
				if err := w.scorer.Age(ctx); err != nil {
					t.Fatal(err)
				}
			}
		}
		first := "song 2026-11-22 100; yen 2026-11-22 chưa đo; "
		if got := rows(); got != first {
			t.Errorf("after the batch: %s", got)
		}
		age(9 * 24 * time.Hour) // still within the promise of ten days
		if got := rows(); got != first {
			t.Errorf("nothing has changed: %s", got)
		}
		age(6 * 24 * time.Hour) // the fifteenth day: half of the second period
		age(time.Hour)
		if got := rows(); !strings.HasPrefix(got, "song 2026-11-22 100; song 2026-12-07 49.58") || strings.Count(got, "song") != 2 || strings.Count(got, "yen") != 1 {
			t.Errorf("grown old: %s", got)
		}
		days, err := w.scorer.Days(ctx, "2026-12-01")
		if err != nil {
			t.Fatal(err)
		}
		every := func(string) bool { return true }
		before, ok := score.RollOn(days, "2026-12-06", every)
		after, ok2 := score.RollOn(days, "2026-12-07", every)
		if !ok || !ok2 || value(before.Criteria[3].Value) != "100" || *after.Criteria[3].Value > 50 || before.Of != 2 {
			t.Errorf("%v %v: before %+v after %+v", ok, ok2, before.Criteria[3], after.Criteria[3])
		}
		if _, ok := score.RollOn(days, "2026-11-21", every); ok {
			t.Error("there is a score of a day before the first")
		}
		if history, err := w.scorer.History(ctx, "song", 10); err != nil || len(history) != 1 {
			t.Errorf("the history has %d entries: %v", len(history), err)
		}
	})
}
