package app

import (
	"sync/atomic"
	"time"
)

// A clock stamps data: batches, commits, scores, contracts. It shows the real
// time but while a demo plays its generated days, when it is set by the play.
// Accounts, keys and the audit log have the real time always.
type clock struct{ set atomic.Pointer[time.Time] }

// Now is in UTC and whole microseconds.
func (c *clock) Now() time.Time {
	if t := c.set.Load(); t != nil {
		return *t
	}
	return time.Now().UTC().Truncate(time.Microsecond)
}

// turn sets the clock, which then stands still; it is never turned back.
func (c *clock) turn(to time.Time) {
	if now := c.set.Load(); now != nil && to.Before(*now) {
		return
	}
	to = to.UTC().Truncate(time.Microsecond)
	c.set.Store(&to)
}

// release gives the real time back.
func (c *clock) release() { c.set.Store(nil) }

// played reports whether the clock is set.
func (c *clock) played() bool { return c.set.Load() != nil }
