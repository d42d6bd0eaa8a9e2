package score_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/store"
)

// TestStandings tells what was counted last, also of counts that an earlier
// program has kept.
func TestStandings(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		c := w.install("song", fmt.Sprintf(lively, "", "date"))
		stand := func(s *score.Scorer) score.Standing {
			t.Helper()
			all, err := s.Standings(ctx, []*contract.Contract{c})
			if err != nil {
				t.Fatal(err)
			}
			return all["song"]
		}
		if one := stand(w.scorer); one.Rows != 0 || !one.Changed.IsZero() || one.Score.Overall != nil {
			t.Errorf("before the first batch: %+v", one)
		}
		w.apply(c, change{insert: []row{{"ma": "A"}}, accepted: 1, digest: "a"})
		w.score(c)
		first := stand(w.scorer)
		if first.Rows != 1 || first.Changed.IsZero() {
			t.Errorf("after it: %+v", first)
		}
		counts := func() (text string) {
			t.Helper()
			err := w.scorer.Control.Read(ctx, func(tx *store.Tx) error {
				return tx.QueryRowContext(ctx, `SELECT counts FROM score_counts WHERE dataset = $1`, "song").Scan(&text)
			})
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		old, _, found := strings.Cut(counts(), `,"contract":`)
		if !found {
			t.Fatalf("the counts do not name the contract: %s", counts())
		}
		err := w.scorer.Control.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE score_counts SET counts = $1`, old+"}")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if again := stand(score.New(w.scorer.Deps)); again.Rows != 1 || !again.Changed.Equal(first.Changed) || !strings.Contains(counts(), c.Digest) {
			t.Errorf("of older counts: %+v\n%s", again, counts())
		}
		// Sống goes down with the clock alone.
		w.now = w.now.Add(15 * 24 * time.Hour)
		want, err := w.scorer.Current(ctx, "song")
		if err != nil {
			t.Fatal(err)
		}
		if later := stand(w.scorer); value(later.Score.Overall) != value(want.Overall) || value(later.Score.Overall) == value(first.Score.Overall) {
			t.Errorf("later %s, want %s, before %s", value(later.Score.Overall), value(want.Overall), value(first.Score.Overall))
		}
	})
}

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
