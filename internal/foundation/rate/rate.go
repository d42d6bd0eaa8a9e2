// Package rate says how often somebody may do something: try a password, send
// a file, search. Each key, an address or an account, has a bucket of tokens
// that fills with time (golang.org/x/time/rate); what is kept is bounded,
// however many keys there are.
//
// The buckets are in memory: they begin full after a start. What must outlive
// one, such as the lock of an account, is not their work.
package rate

import (
	"container/list"
	"crypto/sha256"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// A Limit is how much may be done at once, and how long it takes until once
// more is allowed.
type Limit struct {
	Burst int
	Every time.Duration
}

// The limits of what an outsider can do, for each address. An office may stand
// behind one address: they hold off programs, not colleagues who sign in at
// eight. Accounts have a lock of their own besides.
var (
	SignIn = Limit{Burst: 30, Every: 2 * time.Second}
	Upload = Limit{Burst: 120, Every: 500 * time.Millisecond}
	Search = Limit{Burst: 40, Every: 200 * time.Millisecond}
)

// DefaultKeys is how many keys a Limiter remembers.
const DefaultKeys = 1 << 16

// A Limiter counts for many keys.
type Limiter struct {
	limit Limit
	most  int

	mu    sync.Mutex
	known map[key]*list.Element // of *bucket
	used  list.List             // the bucket used last comes first
}

// A key is of one size, however long the text is that somebody sends.
type key [sha256.Size]byte

type bucket struct {
	key    key
	tokens *rate.Limiter
	full   time.Time // when it will be full again, and can be forgotten
}

// New returns a Limiter that remembers at most as many keys; 0 stands for
// DefaultKeys. When there are more, the one that was used longest ago is
// forgotten and begins anew: who has that many addresses is not held off by
// counting addresses, and others must not be locked out by them.
func New(l Limit, keys int) *Limiter {
	if keys <= 0 {
		keys = DefaultKeys
	}
	return &Limiter{limit: l, most: keys, known: map[key]*list.Element{}}
}

// Allow takes a token of a key. When there is none it says how long to wait.
func (l *Limiter) Allow(of string) (ok bool, retryAfter time.Duration) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(sha256.Sum256([]byte(of)), now)
	r := b.tokens.ReserveN(now, 1)
	if !r.OK() { // a limit without a burst allows nothing
		return false, l.limit.Every
	}
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return false, wait
	}
	missing := float64(l.limit.Burst) - b.tokens.TokensAt(now)
	b.full = now.Add(time.Duration(missing * float64(l.limit.Every)))
	return true, 0
}

// bucket finds the bucket of a key, or makes it.
func (l *Limiter) bucket(k key, now time.Time) *bucket {
	if e, ok := l.known[k]; ok {
		l.used.MoveToFront(e)
		return e.Value.(*bucket)
	}
	l.forget(now)
	b := &bucket{key: k, tokens: rate.NewLimiter(rate.Every(l.limit.Every), l.limit.Burst), full: now}
	l.known[k] = l.used.PushFront(b)
	return b
}

// forget makes room: the buckets used longest ago go as long as they are full
// again, which forgets nothing; two for each new one, so that memory shrinks.
// At the bound the oldest goes whatever is in it.
func (l *Limiter) forget(now time.Time) {
	for range 2 {
		e := l.used.Back()
		if e == nil {
			return
		}
		b := e.Value.(*bucket)
		if b.full.After(now) && len(l.known) < l.most {
			return
		}
		l.used.Remove(e)
		delete(l.known, b.key)
	}
}

// Len is how many keys are remembered.
func (l *Limiter) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.known)
}

// Check is Allow as a fault, which the doors answer with 429 and Retry-After.
func (l *Limiter) Check(of string) error {
	ok, wait := l.Allow(of)
	if ok {
		return nil
	}
	return fault.New(fault.TooMany, "rate.too-many", seconds(wait))
}

// RetryAfter is how many seconds the sender of a request that Check refused
// should wait.
func RetryAfter(err error) (seconds int, refused bool) {
	f := fault.Of(err)
	if f == nil || f.Key != "rate.too-many" || len(f.Args) == 0 {
		return 0, false
	}
	seconds, refused = f.Args[0].(int)
	return seconds, refused
}

// seconds are whole ones, rounded up: who comes back after them is let in.
func seconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }
