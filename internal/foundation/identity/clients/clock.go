package clients

import (
	"sync"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// jump is by how much the clock may run differently from time itself.
const jump = 5 * time.Minute

// A clockGuard notices a clock that was set: tokens made by a wrong clock live
// for ever or never. It compares the clock with one that only grows.
type clockGuard struct {
	mu    sync.Mutex
	wall  time.Time
	since time.Duration
	wrong error
}

func (g *clockGuard) start(now time.Time, since time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.wall, g.since, g.wrong = now.Round(0), since, nil
}

// check answers a fault once the clock has jumped; first only the first time.
// Drift below the jump is forgiven: clocks are pulled straight all the time.
func (g *clockGuard) check(now time.Time, since time.Duration) (err error, first bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.wrong != nil {
		return g.wrong, false
	}
	off := now.Round(0).Sub(g.wall) - (since - g.since)
	if off.Abs() > jump {
		g.wrong = fault.New(fault.Unavailable, "clients.clock", day(now))
		return g.wrong, true
	}
	if since-g.since > time.Hour {
		g.wall, g.since = now.Round(0), since
	}
	return nil, false
}

// clockHolds refuses to issue by a clock that jumped.
func (r *Registry) clockHolds() error {
	err, first := r.guard.check(r.Now(), r.Since())
	if first {
		r.Log.Error("clients: the clock has jumped by more than five minutes; no tokens are issued until an administrator accepts it")
		if r.Alarm != nil {
			r.Alarm(err)
		}
	}
	return err
}

// AcceptClock says that the clock is right as it is, after a jump: a machine
// that slept, a clock that was set right.
func (r *Registry) AcceptClock() { r.guard.start(r.Now(), r.Since()) }
