// Package together lets many writers share one commit: what arrives while a
// commit is under way goes into the next one, and each writer is answered when
// its own part is durable.
package together

import (
	"context"
	"sync"
)

// A Queue collects items and commits them in batches. Make one with New.
type Queue[T any] struct {
	commit func(ctx context.Context, items []T) error
	most   int

	mu      sync.Mutex
	waiting []entry[T]
	busy    bool
	workers sync.WaitGroup
}

type entry[T any] struct {
	item T
	done chan error
}

// New makes a queue whose commit gets at most most items at a time, in the
// order they came. When it fails, it has failed for all of them.
func New[T any](most int, commit func(ctx context.Context, items []T) error) *Queue[T] {
	return &Queue[T]{commit: commit, most: most}
}

// Do hands in an item and waits until it is committed. When ctx ends first, the
// item may be committed all the same.
func (q *Queue[T]) Do(ctx context.Context, item T) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	e := entry[T]{item, make(chan error, 1)}
	q.mu.Lock()
	q.waiting = append(q.waiting, e)
	if !q.busy {
		q.busy = true
		// The commit is everybody's: it does not end with whoever came first.
		all := context.WithoutCancel(ctx)
		q.workers.Go(func() { q.work(all) })
	}
	q.mu.Unlock()
	select {
	case err := <-e.done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// work commits until nobody waits.
func (q *Queue[T]) work(ctx context.Context) {
	for {
		q.mu.Lock()
		n := min(len(q.waiting), q.most)
		batch := q.waiting[:n:n]
		q.waiting = q.waiting[n:]
		q.busy = n > 0
		q.mu.Unlock()
		if n == 0 {
			return
		}
		items := make([]T, n)
		for i, e := range batch {
			items[i] = e.item
		}
		err := q.commit(ctx, items)
		for _, e := range batch {
			e.done <- err
		}
	}
}

// Close waits for what was handed in.
func (q *Queue[T]) Close() { q.workers.Wait() }
