package score_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/score"
)

// TestBook holds the book that is kept in memory against one that is read anew,
// and against the roll-up of the days.
func TestBook(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		c := w.install("song", fmt.Sprintf(lively, "", "date"))
		still := w.weighing("yen", "1", 80)
		book := func(s *score.Scorer, from string) *score.Book {
			t.Helper()
			b, err := s.Book(ctx, from)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		empty := book(w.scorer, "2026-11-25") // asked for before there is anything
		w.apply(c, change{insert: []row{{"ma": "A"}}, accepted: 1, digest: "a"})
		w.score(c)
		w.score(still)
		for range 12 {
			w.now = w.now.Add(3 * 24 * time.Hour)
			if err := w.scorer.Age(ctx); err != nil {
				t.Fatal(err)
			}
		}
		kept, fresh := book(w.scorer, "2026-11-25"), book(score.New(w.scorer.Deps), "2026-11-25")
		past, err := w.scorer.Days(ctx, "2026-11-25")
		if err != nil {
			t.Fatal(err)
		}
		var days []string
		for day := time.Date(2026, 11, 25, 5, 0, 0, 0, time.UTC); len(days) < 40; day = day.AddDate(0, 0, 1) {
			days = append(days, score.DayOf(day))
		}
		ids := []string{"song", "yen"}
		means := kept.Means(ids, days)
		moved := false
		for i, day := range days {
			for _, id := range ids {
				a, there := kept.On(id, day)
				b, too := fresh.On(id, day)
				if there != too || !reflect.DeepEqual(a, b) {
					t.Errorf("%s on %s: kept %v %+v, read %v %+v", id, day, there, a, too, b)
				}
			}
			want, there := score.RollOn(past, day, func(string) bool { return true })
			got, too := kept.RollOn(ids, day)
			if there != too || value(got.Overall) != value(want.Overall) || value(means[i].Value) != value(want.Overall) {
				t.Errorf("%s: the book has %s, the mean %s, the days %s", day, value(got.Overall), value(means[i].Value), value(want.Overall))
			}
			moved = moved || i > 0 && value(means[i].Value) != value(means[i-1].Value)
		}
		if !moved {
			t.Error("nothing moves, so nothing was tried")
		}
		if _, there := empty.On("song", "2027-01-01"); there {
			t.Error("a book has changed under its reader")
		}
	})
}
