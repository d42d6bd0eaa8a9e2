package audit

import (
	"time"
)

// The states of the clock that an entry was stamped with. The weightiest holds.
const (
	ClockSynced   = "synced"   // the system says that its time comes from a time source
	ClockUnsynced = "unsynced" // the system says that it does not
	ClockUnknown  = "unknown"  // the system does not say
	ClockHeld     = "held"     // the clock stood behind the last entry: the time goes on from there
	ClockJumped   = "jumped"   // the clock jumped in the last hour
)

const (
	// tolerated is how far the wall clock may part from the monotonic one.
	tolerated = 5 * time.Minute
	// remembered is how long a jump shows in each entry.
	remembered = time.Hour
)

// A clock stamps entries: never backwards, and with an alarm when the system's
// time jumps. It belongs to one goroutine.
type clock struct {
	wall   func() time.Time
	mono   func() time.Duration // since some moment; never set, never jumps
	source func() string        // what the system says of its time

	last    int64 // last stamp, microseconds since 1970
	offset  time.Duration
	jumped  time.Duration // when, on the monotonic clock
	hasJump bool
	said    string // by the source, asked once a second
	asked   time.Duration
	started bool
}

// start begins to watch. last is the time of the log's last entry; a wall clock
// far before it has been set back while nobody watched.
func (c *clock) start(last int64) (jump time.Duration, alarm bool) {
	c.last = last
	now, mono := c.wall(), c.mono()
	c.offset = time.Duration(now.UnixNano()) - mono
	c.said, c.asked, c.started = c.source(), mono, true
	if behind := now.Sub(time.UnixMicro(last)); last > 0 && behind < -tolerated {
		c.jumped, c.hasJump = mono, true
		return behind, true
	}
	return 0, false
}

// look compares the wall clock with the monotonic one.
func (c *clock) look() (jump time.Duration, alarm bool) {
	now, mono := c.wall(), c.mono()
	if mono-c.asked >= time.Second {
		c.said, c.asked = c.source(), mono
	}
	offset := time.Duration(now.UnixNano()) - mono
	jump = offset - c.offset
	if jump <= tolerated && jump >= -tolerated {
		return 0, false
	}
	c.offset, c.jumped, c.hasJump = offset, mono, true
	return jump, true
}

// stamp gives the next entry its time and says how good it is.
func (c *clock) stamp(now int64) (at int64, health string) {
	at = max(now, c.last+1)
	health = c.said
	if at-now > int64(time.Second/time.Microsecond) {
		health = ClockHeld
	}
	if c.hasJump {
		if c.mono()-c.jumped < remembered {
			health = ClockJumped
		} else {
			c.hasJump = false
		}
	}
	c.last = at
	return at, health
}
