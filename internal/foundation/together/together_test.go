package together_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/phohien/phohien/internal/foundation/together"
)

// What comes during a commit goes into the next ones, in order and within the
// bound, and each is answered for its own.
func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		odd := errors.New("odd")
		begin, gate := make(chan struct{}, 10), make(chan struct{})
		var batches [][]int
		q := together.New(4, func(_ context.Context, items []int) error {
			batches = append(batches, slices.Clone(items))
			begin <- struct{}{}
			<-gate
			if items[0]%2 == 1 {
				return odd
			}
			return nil
		})
		answers := make([]error, 8)
		var g sync.WaitGroup
		for i := range 8 {
			g.Go(func() { answers[i] = q.Do(t.Context(), i) })
			synctest.Wait() // the first is being committed, the others wait in order
		}
		for range 3 {
			gate <- struct{}{}
		}
		g.Wait()
		q.Close()
		want := [][]int{{0}, {1, 2, 3, 4}, {5, 6, 7}}
		if !slices.EqualFunc(batches, want, slices.Equal[[]int]) {
			t.Errorf("batches %v, want %v", batches, want)
		}
		for i, err := range answers {
			if (err != nil) != (i > 0) {
				t.Errorf("%d: %v", i, err)
			}
		}
	})
}

// Who stops waiting gets an answer at once; the others are committed.
func TestQueue_cancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		committed := 0
		q := together.New(10, func(ctx context.Context, items []int) error {
			<-gate
			committed += len(items)
			return ctx.Err()
		})
		ctx, cancel := context.WithCancel(t.Context())
		var first, second error
		var g sync.WaitGroup
		g.Go(func() { first = q.Do(ctx, 1) })
		synctest.Wait()
		g.Go(func() { second = q.Do(t.Context(), 2) })
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(gate)
		g.Wait()
		q.Close()
		if !errors.Is(first, context.Canceled) || second != nil || committed != 2 {
			t.Errorf("%v, %v, %d committed", first, second, committed)
		}
		if err := q.Do(ctx, 3); !errors.Is(err, context.Canceled) {
			t.Errorf("an ended context is taken: %v", err)
		}
	})
}

func TestQueue_many(t *testing.T) {
	sum := 0
	q := together.New(100, func(_ context.Context, items []int) error {
		for _, n := range items {
			sum += n // commits come one after the other
		}
		return nil
	})
	var g sync.WaitGroup
	for range 50 {
		g.Go(func() {
			for n := range 100 {
				if err := q.Do(t.Context(), n); err != nil {
					t.Error(err)
				}
			}
		})
	}
	g.Wait()
	q.Close()
	if want := 50 * 99 * 100 / 2; sum != want {
		t.Errorf("sum %d, want %d", sum, want)
	}
}
