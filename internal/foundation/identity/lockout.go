package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// delayFrom is the failure after which the next try has to wait: a second, then
// two, four, … up to delayMost.
const (
	delayFrom = 3
	delayMost = time.Minute
)

// A counter counts failures of one login or one address. It is told of a try
// before the try is judged, so that many at once do not get past it.
type counter struct {
	id      string
	limit   int
	delays  bool // tries wait longer and longer before the lock
	address bool

	failures, locks int
	last, until     time.Time
	full            bool // this try was the last one allowed
}

// loginCounter counts for a login whether or not it exists: both behave alike.
func (s *Service) loginCounter(folded string, from Origin, r Rules) counter {
	limit := r.Failures
	if from.Business {
		limit = r.FailuresBusiness
	}
	return counter{id: s.seal.digest("login", folded), limit: limit, delays: true}
}

func (s *Service) addressCounter(ip netip.Addr, r Rules) counter {
	return counter{id: s.seal.digest("address", network(ip)), limit: r.FailuresIP, address: true}
}

// network is the address that failures are counted for: of IPv6 the /64 that
// one subscriber has.
func network(ip netip.Addr) string {
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	if !ip.IsValid() {
		return ""
	}
	return ip.String()
}

func (c *counter) load(ctx context.Context, tx *store.Tx) error {
	var last, until string
	err := tx.QueryRowContext(ctx, `SELECT failures, locks, last_at, until_at FROM signin_failures WHERE id = $1`, c.id).
		Scan(&c.failures, &c.locks, &last, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("failures: %w", err)
	}
	var bad error
	c.last, err = parseOr(last)
	c.until, bad = parseOr(until)
	return errors.Join(err, bad)
}

// waits refuses a try that comes too early.
func (c *counter) waits(now time.Time) error {
	if !now.Before(c.until) {
		return nil
	}
	left := c.until.Sub(now).Round(time.Second)
	switch {
	case c.address:
		return fault.New(fault.Denied, "identity.locked.address", c.until)
	case c.failures >= c.limit:
		return fault.New(fault.Denied, "identity.locked", c.until)
	}
	return fault.New(fault.Denied, "identity.wait", max(1, int(left.Seconds())))
}

// try counts one, or refuses it.
func (c *counter) try(ctx context.Context, tx *store.Tx, now time.Time, r Rules) error {
	if err := c.load(ctx, tx); err != nil {
		return err
	}
	if err := c.waits(now); err != nil {
		return err
	}
	if c.failures >= c.limit || now.Sub(c.last) > r.window() {
		c.failures = 0
	}
	if now.Sub(c.last) > 24*time.Hour {
		c.locks = 0
	}
	c.failures++
	c.last, c.until = now, time.Time{}
	switch {
	case c.failures >= c.limit:
		c.full = true
		lock := time.Duration(r.LockMinutes) * time.Minute << min(c.locks, 10)
		c.until = now.Add(min(lock, time.Duration(r.LockMinutesMost)*time.Minute))
		c.locks++
	case c.delays && c.failures >= delayFrom:
		c.until = now.Add(min(time.Second<<(c.failures-delayFrom), delayMost))
	}
	return c.save(ctx, tx)
}

// passed takes a try back that was right, but not yet the whole sign-in. What
// others have tried meanwhile stays counted.
func (c *counter) passed(ctx context.Context, tx *store.Tx) error {
	mine := c.last
	if err := c.load(ctx, tx); err != nil {
		return err
	}
	c.failures = max(0, c.failures-1)
	if c.last.Equal(mine) {
		c.until = time.Time{}
	}
	if c.full {
		c.locks = max(0, c.locks-1)
		c.full = false
	}
	return c.save(ctx, tx)
}

func (c *counter) save(ctx context.Context, tx *store.Tx) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO signin_failures (id, failures, locks, last_at, until_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET failures = excluded.failures, locks = excluded.locks, last_at = excluded.last_at, until_at = excluded.until_at`,
		c.id, c.failures, c.locks, store.Stamp(c.last), stampOr(c.until))
	return err
}

// A guard is the counters that a try goes through.
type guard []*counter

// guardOf counts for the address and, when a login is known or claimed, for it.
func (s *Service) guardOf(folded string, from Origin, r Rules) guard {
	var g guard
	if from.IP.IsValid() {
		c := s.addressCounter(from.IP, r)
		g = append(g, &c)
	}
	if folded != "" {
		c := s.loginCounter(folded, from, r)
		g = append(g, &c)
	}
	return g
}

// try counts on all; when one refuses, none has counted.
func (g guard) try(ctx context.Context, tx *store.Tx, now time.Time, r Rules) error {
	for _, c := range g {
		if err := c.load(ctx, tx); err != nil {
			return err
		}
		if err := c.waits(now); err != nil {
			return err
		}
	}
	for _, c := range g {
		if err := c.try(ctx, tx, now, r); err != nil {
			return err
		}
	}
	return nil
}

func (g guard) passed(ctx context.Context, tx *store.Tx) error {
	for _, c := range g {
		if err := c.passed(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// failed tells of a try that was wrong, and of the lock that it brought.
func (g guard) failed(tell teller, e Event) error {
	e.Result = ResultRefused
	if err := tell(e); err != nil {
		return err
	}
	for _, c := range g {
		if !c.full {
			continue
		}
		lock := Event{Action: "account.lock", Account: e.Account, By: System, Why: "identity.locked", IP: e.IP, Detail: map[string]string{"until": store.Stamp(c.until)}}
		if c.address {
			lock.Action, lock.Account, lock.Why, lock.Loud = "address.lock", "", "identity.locked.address", true
		}
		if err := tell(lock); err != nil {
			return err
		}
	}
	return nil
}

// forgive forgets the failures of a login.
func (s *Service) forgive(ctx context.Context, tx *store.Tx, login string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM signin_failures WHERE id = $1`, s.seal.digest("login", login))
	return err
}
