package identity

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/foundation/policy"
)

// cacheFor is how long what was read from the database is believed. What this
// program changes is forgotten at once; only what another one does over the
// same database may be seen this much later.
const cacheFor = 10 * time.Second

// mostCached bounds the memory: about 1 KB each.
const mostCached = 20_000

type digestKey = [sha256.Size]byte

// A sessionCache holds the sessions in use.
type sessionCache struct {
	mu    sync.Mutex
	by    map[digestKey]*cached
	dirty map[digestKey]time.Time // last use that is not yet in the database
	gen   uint64                  // grows with every drop: what was read before it is not put in after it
}

type cached struct {
	session Session
	loaded  time.Time
	who     *policy.Who
	whoAt   time.Time
}

func newSessionCache() *sessionCache {
	return &sessionCache{by: map[digestKey]*cached{}, dirty: map[digestKey]time.Time{}}
}

func (c *sessionCache) generation() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gen
}

func (c *sessionCache) get(digest digestKey, now time.Time) (Session, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.by[digest]
	if e == nil || !fresh(e.loaded, now) {
		return Session{}, false
	}
	return e.session, true
}

// fresh also says no when the clock has gone back.
func fresh(since, now time.Time) bool {
	age := now.Sub(since)
	return age >= 0 && age < cacheFor
}

// put keeps what was read, and returns it with the last use that only memory
// knows.
func (c *sessionCache) put(ses Session, now time.Time, gen uint64) Session {
	c.mu.Lock()
	defer c.mu.Unlock()
	if seen, ok := c.dirty[ses.digest]; ok && seen.After(ses.SeenAt) {
		ses.SeenAt = seen
	}
	if e := c.by[ses.digest]; e != nil && e.session.SeenAt.After(ses.SeenAt) {
		ses.SeenAt = e.session.SeenAt
	}
	if gen != c.gen {
		return ses
	}
	if len(c.by) >= mostCached {
		clear(c.by) // they are read again as they are used
	}
	c.by[ses.digest] = &cached{session: ses, loaded: now}
	return ses
}

func (c *sessionCache) touch(digest digestKey, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.by[digest]; e != nil && now.After(e.session.SeenAt) {
		e.session.SeenAt = now
	}
	if now.After(c.dirty[digest]) {
		c.dirty[digest] = now
	}
}

func (c *sessionCache) drop(digest digestKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.by, digest)
}

func (c *sessionCache) dropAccount(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for digest, e := range c.by {
		if e.session.Account.ID == id {
			delete(c.by, digest)
		}
	}
	c.gen++
}

func (c *sessionCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.by)
	clear(c.dirty)
	c.gen++
}

func (c *sessionCache) takeDirty() map[digestKey]time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.dirty
	c.dirty = map[digestKey]time.Time{}
	return d
}

func (c *sessionCache) putDirty(back map[digestKey]time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for digest, seen := range back {
		if seen.After(c.dirty[digest]) {
			c.dirty[digest] = seen
		}
	}
}

func (c *sessionCache) who(digest digestKey, now time.Time) (policy.Who, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.by[digest]
	if e == nil || e.who == nil || !fresh(e.whoAt, now) || day(e.whoAt) != day(now) {
		return policy.Who{}, false
	}
	return *e.who, true
}

func (c *sessionCache) keepWho(digest digestKey, w policy.Who, now time.Time, gen uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.by[digest]; e != nil && gen == c.gen {
		e.who, e.whoAt = &w, now
	}
}
