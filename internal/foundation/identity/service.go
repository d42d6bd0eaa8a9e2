package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/oklog/ulid/v2"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/keys"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Deps is what the service stands on. DB, Keys and Record are needed; what else
// is nil is done without.
type Deps struct {
	DB   *store.DB // control
	Keys *keys.Ring
	Now  func() time.Time // the store's clock when nil

	// Record keeps an event for good. Answers wait for it; an event that it
	// refused is kept and handed over again by Relay, so it may come twice under
	// one ID.
	Record func(ctx context.Context, e Event) error
	// Alarm is told of events that somebody must look at now.
	Alarm func(ctx context.Context, e Event)

	// Posts are the posts that a person holds on a day.
	Posts func(ctx context.Context, personID string, on time.Time) ([]Post, error)
	// Place says where an organisation stands in the tree.
	Place func(ctx context.Context, orgID string, on time.Time) (Place, error)
	// OrgName is the name of an organisation; ok is false when there is none.
	OrgName func(ctx context.Context, orgID string) (name string, ok bool, err error)
	// Conflict refuses roles that one person may not hold together.
	Conflict func(roles []string) error
	// Inside reports whether an address is in a network that the administrator
	// calls inside. Nil: nobody is.
	Inside func(ip netip.Addr) bool

	SMS  Sender // nil: codes by SMS are not offered
	Site Site
	Cost Cost // of password hashes; DefaultCost when zero
}

// A Site is the address that people sign in at. Passkeys are bound to it;
// without an ID they are not offered.
type Site struct {
	Name    string   // for people, on authenticators
	ID      string   // a domain name, e.g. "dulieu.hungyen.gov.vn"; no address of digits
	Origins []string // e.g. "https://dulieu.hungyen.gov.vn"
}

// A Post is what the register of people and posts says of one of them.
type Post struct {
	ID    string
	Org   string
	Title string
	Roles []string
	Units []string // codes of administrative units that it covers, "*" = every one
}

// A Place is an organisation's place in the tree on a day.
type Place struct {
	Above  []string // the organisations above it, nearest first
	Covers []string // ids and codes of itself and those below
	Units  []string // codes of the administrative units it is competent for
}

// An Origin is where a request comes from.
type Origin struct {
	IP       netip.Addr
	Agent    string // the browser, as it calls itself
	Business bool   // a business application: fewer failures are forgiven
}

// A Service keeps accounts, signs people in and knows their sessions. It is
// safe for use by many goroutines.
type Service struct {
	d     Deps
	db    *store.DB
	hash  *hasher
	seal  sealer
	rules rulesCache
	live  *sessionCache
	clock clockGuard
	keys  *webauthn.WebAuthn // nil: passkeys are not offered

	sessionOf *store.Question

	relaying sync.Mutex
}

// New makes a Service and hands over the events that an earlier one could not.
func New(ctx context.Context, d Deps) (*Service, error) {
	if d.DB == nil || d.Keys == nil || d.Record == nil {
		return nil, errors.New("identity: DB, Keys and Record are needed")
	}
	if d.Now == nil {
		d.Now = d.DB.Now
	}
	if d.Cost == (Cost{}) {
		d.Cost = DefaultCost
	}
	if err := d.Cost.check(); err != nil {
		return nil, err
	}
	s := &Service{d: d, db: d.DB, live: newSessionCache(), sessionOf: d.DB.Question(sessionQuestion)}
	s.hash = newHasher(d.Cost)
	var err error
	if s.seal, err = newSealer(d.Keys); err != nil {
		return nil, err
	}
	if s.keys, err = newRelyingParty(d.Site); err != nil {
		return nil, err
	}
	if err := s.clock.load(ctx, s.db); err != nil {
		return nil, err
	}
	if _, err := s.Rules(ctx); err != nil {
		return nil, err
	}
	// What the log does not take now stays until the next time.
	_ = s.Relay(ctx)
	return s, nil
}

// Run writes what sessions have seen, once a minute, until ctx ends; then once
// more. The caller owns the goroutine.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return s.Flush(context.WithoutCancel(ctx))
		case <-tick.C:
			// A minute that could not be written is written with the next one;
			// after a crash a session may seem idle a little early, never late.
			_ = s.Flush(ctx)
			_ = s.Relay(ctx)
		}
	}
}

// now is the service's clock as it is stored.
func (s *Service) now() time.Time { return s.d.Now().UTC().Truncate(time.Microsecond) }

func newID(now time.Time) string {
	return ulid.MustNew(ulid.Timestamp(now), ulid.DefaultEntropy()).String()
}

// day is a date in Viet Nam, where mandates and grants begin and end at
// midnight.
func day(t time.Time) string { return t.In(locale.Zone).Format(time.DateOnly) }

func stampOr(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return store.Stamp(t)
}

func parseOr(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return store.ParseStamp(s)
}

// change runs a write that leaves events: they are kept with what they tell of
// in one transaction and handed to the log before change returns. An error of
// the log is returned after the change has been made: the event is not lost.
func (s *Service) change(ctx context.Context, fn func(tx *store.Tx, tell teller) error) error {
	var events []Event
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		events = nil
		return fn(tx, func(e Event) error {
			e, err := s.keep(ctx, tx, e)
			events = append(events, e)
			return err
		})
	})
	if err != nil {
		return err
	}
	return s.handOver(ctx, events)
}

// A teller keeps an event in the transaction under way.
type teller func(e Event) error

func (s *Service) read(ctx context.Context, fn func(tx *store.Tx) error) error {
	return s.db.Read(ctx, fn)
}

// backwards is how far a clock may go back without being taken for wrong, and
// how far forward codes may be off.
const backwards = 5 * time.Minute

// A clockGuard remembers the latest instant it was shown, also over restarts: a
// clock that has gone back would let sessions and codes live again.
type clockGuard struct {
	mu     sync.Mutex
	latest time.Time
	loud   time.Time // when the alarm was last given
}

const clockMark = "clock"

func (g *clockGuard) load(ctx context.Context, db *store.DB) error {
	var text string
	err := db.Read(ctx, func(tx *store.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT value FROM signin_marks WHERE name = $1`, clockMark).Scan(&text)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("clock of sign-in: %w", err)
	}
	g.latest, err = store.ParseStamp(text)
	return err
}

// see takes note of an instant and reports whether it is to be trusted; alarm
// is true once for each time it is not.
func (g *clockGuard) see(now time.Time) (ok, alarm bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now.Before(g.latest.Add(-backwards)) {
		alarm = g.loud.IsZero()
		g.loud = now
		return false, alarm
	}
	g.loud = time.Time{}
	if now.After(g.latest) {
		g.latest = now
	}
	return true, false
}

func (g *clockGuard) seen() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.latest
}

func (g *clockGuard) set(t time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.latest, g.loud = t, time.Time{}
}

// tick is the clock for everything that lets somebody in.
func (s *Service) tick(ctx context.Context) (time.Time, error) {
	now := s.now()
	ok, alarm := s.clock.see(now)
	if alarm {
		// The refusal below does not wait for the log: nobody is let in.
		_ = s.change(context.WithoutCancel(ctx), func(_ *store.Tx, tell teller) error {
			return tell(Event{Action: "clock.back", By: System, Result: ResultRefused, Loud: true,
				Detail: map[string]string{"latest": store.Stamp(s.clock.seen())}})
		})
	}
	if !ok {
		return now, fault.New(fault.Unavailable, "identity.clock", s.clock.seen(), now)
	}
	return now, nil
}

// AcceptClock takes the clock as it is now for right, after it had run ahead
// and was put back: all sessions and everything under way end with it.
func (s *Service) AcceptClock(ctx context.Context, by Actor) error {
	now := s.now()
	err := s.change(ctx, func(tx *store.Tx, tell teller) error {
		for _, q := range []string{`DELETE FROM sessions`, `DELETE FROM signin_pending`, `DELETE FROM signin_ceremonies`, `DELETE FROM signin_failures`} {
			if _, err := tx.ExecContext(ctx, q); err != nil {
				return err
			}
		}
		if err := keepMark(ctx, tx, clockMark, store.Stamp(now)); err != nil {
			return err
		}
		tx.OnCommit(func() { s.live.clear(); s.clock.set(now) })
		return tell(Event{Action: "clock.accept", By: by, Loud: true})
	})
	if err != nil {
		return fmt.Errorf("accepting the clock: %w", err)
	}
	return nil
}

func keepMark(ctx context.Context, tx *store.Tx, name, value string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO signin_marks (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}
