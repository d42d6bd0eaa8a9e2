package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
)

const (
	// openHomes is the most data-set files that are open at once.
	openHomes = 48
	// idleHome is how long an unused file stays open.
	idleHome = time.Minute
	// homeWait is how long Dataset waits when all openHomes are in use. A
	// caller that holds one home and asks for another could otherwise wait for
	// ever.
	homeWait = 10 * time.Second
)

// A home is one entry of the cache. Its fields are guarded by homes.mu, except
// that db and err never change once ready is closed.
type home struct {
	db    *DB
	err   error
	ready chan struct{}
	steps int // how many home steps it has had

	refs int
	used time.Time
}

// homes are the open data-set databases.
type homes struct {
	mu    sync.Mutex
	open  map[string]*home
	freed chan struct{} // closed and renewed whenever a home is given back
	steps []Step
}

// Dataset returns a data set's home, making it when it has none, and a function
// that must be called when the caller is done with it. A home that a caller
// holds is never closed. At most 48 files are open; when all are in use,
// Dataset waits.
func (s *Store) Dataset(ctx context.Context, id string) (*DB, func(), error) {
	if err := checkID(id); err != nil {
		return nil, nil, err
	}
	h, first, err := s.homes.take(ctx, id, s.engine == SQLite)
	if err != nil {
		return nil, nil, err
	}
	release := sync.OnceFunc(func() { s.homes.give(h) })
	if first {
		h.db, h.err = s.openHome(context.WithoutCancel(ctx), id) // others wait for it too
		close(h.ready)
	} else {
		select {
		case <-h.ready:
		case <-ctx.Done():
			release()
			return nil, nil, context.Cause(ctx)
		}
	}
	if h.err == nil {
		if err := s.migrateHome(ctx, h); err != nil {
			release()
			return nil, nil, err
		}
		return h.db, release, nil
	}
	s.homes.forget(id, h)
	release()
	return nil, nil, h.err
}

// take returns the entry of id with one more user; first tells the caller to
// open it.
func (c *homes) take(ctx context.Context, id string, limited bool) (h *home, first bool, err error) {
	var patience <-chan time.Time
	for {
		c.mu.Lock()
		if h := c.open[id]; h != nil {
			h.refs++
			c.mu.Unlock()
			return h, false, nil
		}
		full := limited && len(c.open) >= openHomes
		var old *home
		if full {
			old = c.evict(time.Now())
		}
		if !full || old != nil {
			h := &home{ready: make(chan struct{}), refs: 1}
			c.open[id] = h
			c.mu.Unlock()
			// A checkpoint that fails on closing is made up for at the next opening.
			_ = old.close()
			return h, true, nil
		}
		freed := c.freed
		c.mu.Unlock()
		if patience == nil {
			t := time.NewTimer(homeWait)
			defer t.Stop()
			patience = t.C
		}
		select {
		case <-freed:
		case <-patience:
			return nil, false, fault.New(fault.Unavailable, "store.too-many-open", openHomes)
		case <-ctx.Done():
			return nil, false, context.Cause(ctx)
		}
	}
}

// has reports whether a home is open for sure. One that nobody uses may be
// removed from a server by others.
func (c *homes) has(id, engine string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.open[id]
	return h != nil && (h.refs > 0 || engine == SQLite) && h.steps > 0
}

// evict takes the longest unused home out of the cache, if one was unused
// before the given time.
func (c *homes) evict(before time.Time) *home {
	var oldest string
	for id, h := range c.open {
		if h.refs == 0 && h.used.Before(before) && (oldest == "" || h.used.Before(c.open[oldest].used)) {
			oldest = id
		}
	}
	if oldest == "" {
		return nil
	}
	h := c.open[oldest]
	delete(c.open, oldest)
	return h
}

func (c *homes) give(h *home) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h.refs--
	h.used = time.Now()
	close(c.freed)
	c.freed = make(chan struct{})
}

// forget removes an entry that could not be opened.
func (c *homes) forget(id string, h *home) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[id] == h {
		delete(c.open, id)
	}
}

// without runs f while id has no open home.
func (c *homes) without(id string, f func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h := c.open[id]; h != nil {
		if h.refs > 0 {
			return fault.New(fault.Conflict, "store.in-use", id)
		}
		delete(c.open, id)
		if err := h.close(); err != nil {
			return err
		}
	}
	return f()
}

func (c *homes) closeAll() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var err error
	for id, h := range c.open {
		err = errors.Join(err, h.close())
		delete(c.open, id)
	}
	return err
}

func (h *home) close() error {
	if h == nil || h.db == nil {
		return nil
	}
	return h.db.close()
}

// sweep closes files that nobody has used for a while.
func (s *Store) sweep() {
	tick := time.NewTicker(idleHome / 4)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
			if s.engine == SQLite {
				s.homes.closeIdle(time.Now().Add(-idleHome))
			}
		}
	}
}

func (c *homes) closeIdle(before time.Time) {
	for {
		c.mu.Lock()
		h := c.evict(before)
		c.mu.Unlock()
		if h == nil {
			return
		}
		// A checkpoint that fails on closing is made up for at the next opening.
		_ = h.close()
	}
}

// openHome opens or makes the database of one data set.
func (s *Store) openHome(ctx context.Context, id string) (*DB, error) {
	if s.engine == Postgres {
		return s.schemaHome(ctx, id)
	}
	return openFile(ctx, &s.home, id, s.path(id))
}
