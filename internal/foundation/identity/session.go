package identity

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Session is a signed-in account in one browser.
type Session struct {
	ID       string // to list and end it by; opens nothing
	Account  Account
	MadeAt   time.Time
	SeenAt   time.Time
	EndsAt   time.Time
	Idle     time.Duration
	StrongAt time.Time // when a second factor was shown; zero = never
	StrongBy Factor
	Org      string // that it acts for, "" = none
	IP       string // that it was opened from
	Agent    string
	Purpose  *Purpose // stated and still in force
	Inside   bool     // the request came from a network that the administrator calls inside

	digest  [sha256.Size]byte
	version int64
}

// A Purpose is why personal data is used in a session, stated once.
type Purpose struct {
	policy.Purpose
	Until time.Time // zero: as long as the session
}

// Strong reports whether a second factor was shown.
func (s Session) Strong() bool { return !s.StrongAt.IsZero() }

// IdleUntil is when the session ends if nothing more is done.
func (s Session) IdleUntil() time.Time {
	if t := s.SeenAt.Add(s.Idle); t.Before(s.EndsAt) {
		return t
	}
	return s.EndsAt
}

// Actor is who acts in the session, for the organisation that it acts for.
func (s Session) Actor() Actor {
	a := s.Account.Actor()
	a.Org = s.Org
	return a
}

// An Issued session with its token, which is shown to the browser once and kept
// nowhere.
type Issued struct {
	Token   string
	CSRF    string
	Session Session
}

// mostSessions is how many an account may have; the oldest goes.
const mostSessions = 20

// issue makes a session in a transaction that has found its owner to be right.
func (s *Service) issue(ctx context.Context, tx *store.Tx, a Account, st standing, from Origin, strong Factor, now time.Time, r Rules) (*Issued, error) {
	token := newToken(sessionPrefix)
	digest, _ := tokenDigest(sessionPrefix, token)
	ses := Session{ID: newID(now), Account: a, MadeAt: now, SeenAt: now, EndsAt: a.end(now, r), Idle: r.idle(st.roles), IP: address(from.IP),
		Agent: clip(from.Agent, maxAgent), digest: digest, version: a.Version}
	ses.Inside = s.inside(ses.IP)
	if strong != "" {
		ses.StrongAt, ses.StrongBy = now, strong
	}
	if orgs := st.orgs(a); len(orgs) > 0 {
		ses.Org = orgs[0]
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO sessions (id, digest, account, version, made_at, seen_at, ends_at, idle_seconds, strong_at, strong_by, org, ip, agent, purpose)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '')`,
		ses.ID, hex.EncodeToString(digest[:]), a.ID, a.Version, store.Stamp(now), store.Stamp(now), store.Stamp(ses.EndsAt), int(ses.Idle.Seconds()),
		stampOr(ses.StrongAt), string(strong), ses.Org, ses.IP, ses.Agent)
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM sessions WHERE account = $1 AND id NOT IN (SELECT id FROM sessions WHERE account = $1 ORDER BY id DESC LIMIT $2)`,
		a.ID, mostSessions)
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	_, err = tx.ExecContext(ctx, `UPDATE accounts SET last_at = $1, last_ip = $2, alive_at = $1 WHERE id = $3`, store.Stamp(now), ses.IP, a.ID)
	if err != nil {
		return nil, err
	}
	tx.OnCommit(func() { s.live.dropAccount(a.ID) })
	return &Issued{Token: token, CSRF: s.CSRF(ses), Session: ses}, nil
}

func address(ip netip.Addr) string {
	if !ip.IsValid() {
		return ""
	}
	return ip.Unmap().String()
}

func (s *Service) inside(ip string) bool {
	if s.d.Inside == nil {
		return false
	}
	addr, err := netip.ParseAddr(ip)
	return err == nil && s.d.Inside(addr)
}

// CSRF is the token that forms of a session carry.
func (s *Service) CSRF(ses Session) string {
	return base64.RawURLEncoding.EncodeToString(s.seal.ring.MAC("identity/csrf", ses.digest[:]))
}

const sessionColumns = `s.id, s.version, s.made_at, s.seen_at, s.ends_at, s.idle_seconds, s.strong_at, s.strong_by, s.org, s.ip, s.agent, s.purpose, s.digest`

func scanSession(row scanner) (Session, error) {
	var ses Session
	var idle int64
	var made, seen, ends, strong, purpose, digest string
	a, err := scanAccount(row, &ses.ID, &ses.version, &made, &seen, &ends, &idle, &strong, &ses.StrongBy, &ses.Org, &ses.IP, &ses.Agent, &purpose, &digest)
	if err != nil {
		return ses, err
	}
	ses.Account, ses.Idle = a, time.Duration(idle)*time.Second
	var errs [6]error
	ses.MadeAt, errs[0] = parseOr(made)
	ses.SeenAt, errs[1] = parseOr(seen)
	ses.EndsAt, errs[2] = parseOr(ends)
	ses.StrongAt, errs[3] = parseOr(strong)
	_, errs[4] = hex.Decode(ses.digest[:], []byte(digest))
	if purpose != "" {
		ses.Purpose = &Purpose{}
		errs[5] = json.Unmarshal([]byte(purpose), ses.Purpose)
	}
	return ses, errors.Join(errs[:]...)
}

// Check gives the session of a token, if it is alive, and notes that it was
// used. It is asked with every request and seldom reaches the database. A
// session that was opened inside, without a second factor, is not one outside.
func (s *Service) Check(ctx context.Context, token string, from Origin) (Session, error) {
	ses, err := s.check(ctx, token)
	if err != nil {
		return Session{}, err
	}
	ses.Inside = s.d.Inside != nil && from.IP.IsValid() && s.d.Inside(from.IP.Unmap())
	if !ses.Inside && !ses.Strong() {
		return Session{}, fault.New(fault.Denied, "identity.session.outside")
	}
	return ses, nil
}

func (s *Service) check(ctx context.Context, token string) (Session, error) {
	now, err := s.tick(ctx)
	if err != nil {
		return Session{}, err
	}
	digest, ok := tokenDigest(sessionPrefix, token)
	if !ok {
		return Session{}, fault.New(fault.Denied, "identity.session.none")
	}
	ses, ok := s.live.get(digest, now)
	if !ok {
		if ses, err = s.loadSession(ctx, digest, now); err != nil {
			return Session{}, err
		}
	}
	if err := ses.alive(now); err != nil {
		s.live.drop(digest)
		return Session{}, err
	}
	s.live.touch(digest, now)
	ses.SeenAt = now
	if p := ses.Purpose; p != nil && !p.Until.IsZero() && !now.Before(p.Until) {
		ses.Purpose = nil
	}
	return ses, nil
}

// alive says why a session is over.
func (s Session) alive(now time.Time) error {
	switch {
	case s.Account.State != Active || s.version != s.Account.Version || !s.Account.inMandate(now):
		return fault.New(fault.Denied, "identity.session.ended")
	case !now.Before(s.EndsAt):
		return fault.New(fault.Denied, "identity.session.over")
	case now.Sub(s.SeenAt) >= s.Idle:
		return fault.New(fault.Denied, "identity.session.idle", int(s.Idle.Minutes()))
	}
	return nil
}

func (s *Service) loadSession(ctx context.Context, digest [sha256.Size]byte, now time.Time) (ses Session, err error) {
	gen := s.live.generation()
	err = s.sessionOf.One(ctx, func(row *sql.Row) (err error) {
		ses, err = scanSession(row)
		return err
	}, hex.EncodeToString(digest[:]))
	if errors.Is(err, sql.ErrNoRows) {
		s.live.drop(digest)
		return ses, fault.New(fault.Denied, "identity.session.none")
	}
	if err != nil {
		return ses, fmt.Errorf("session: %w", err)
	}
	return s.live.put(ses, now, gen), nil
}

// sessionQuestion is asked when a session is not known: of each once, and again
// every few seconds.
const sessionQuestion = `SELECT ` + accountColumns + `, ` + sessionColumns + `
	FROM {sessions} s JOIN {accounts} a ON a.id = s.account WHERE s.digest = $1`

// Sessions lists the living sessions of an account, the newest first.
func (s *Service) Sessions(ctx context.Context, account string) ([]Session, error) {
	if err := s.Flush(ctx); err != nil {
		return nil, err
	}
	now := s.now()
	var out []Session
	err := s.read(ctx, func(tx *store.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+accountColumns+`, `+sessionColumns+`
			FROM sessions s JOIN accounts a ON a.id = s.account WHERE s.account = $1 ORDER BY s.id DESC`, account)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			ses, err := scanSession(rows)
			if err != nil {
				return err
			}
			if ses.alive(now) == nil {
				out = append(out, ses)
			}
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	return out, nil
}

// SignOut ends the session of a token.
func (s *Service) SignOut(ctx context.Context, ses Session) error {
	return s.endSessions(ctx, ses.Actor(), ses.Account.ID, "sign-out", func(id string) bool { return id == ses.ID })
}

// EndSession ends one session of an account; of another account's there is none
// by that id.
func (s *Service) EndSession(ctx context.Context, by Actor, account, id string) error {
	found := false
	err := s.endSessions(ctx, by, account, "session.end", func(have string) bool { found = found || have == id; return have == id })
	if err == nil && !found {
		return fault.New(fault.NotFound, "identity.no-session")
	}
	return err
}

// EndSessions ends all sessions of an account but the one whose id is given
// ("" = none is spared).
func (s *Service) EndSessions(ctx context.Context, by Actor, account, except string) error {
	return s.endSessions(ctx, by, account, "session.end", func(id string) bool { return id != except })
}

func (s *Service) endSessions(ctx context.Context, by Actor, account, action string, which func(id string) bool) error {
	return s.change(ctx, func(tx *store.Tx, tell teller) error {
		ids, err := texts(ctx, tx, `SELECT id FROM sessions WHERE account = $1 ORDER BY id`, account)
		if err != nil {
			return err
		}
		for _, id := range slices.DeleteFunc(ids, func(id string) bool { return !which(id) }) {
			if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE id = $1`, id); err != nil {
				return err
			}
			if err := tell(Event{Action: action, Account: account, By: by, Detail: map[string]string{"session": id}}); err != nil {
				return err
			}
		}
		tx.OnCommit(func() { s.live.dropAccount(account) })
		return nil
	})
}

// texts reads one column.
func texts(ctx context.Context, tx *store.Tx, query string, args ...any) ([]string, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, rows.Err()
}

// SetPurpose keeps why personal data is used from now on, for as long as the
// rules say or the session lasts.
func (s *Service) SetPurpose(ctx context.Context, ses Session, code, text, basis string) error {
	bad := func() error { return fault.New(fault.Invalid, "identity.purpose", maxText) }
	var err error
	if text, err = cleanText(text, maxText, bad); err != nil {
		return err
	}
	if basis, err = cleanText(basis, maxText, bad); err != nil {
		return err
	}
	if code == "" || len(code) > 100 || text == "" {
		return bad()
	}
	if reason.Number(text + " " + basis) {
		return fault.New(fault.Invalid, "reason.number")
	}
	r, err := s.Rules(ctx)
	if err != nil {
		return err
	}
	p := Purpose{Purpose: policy.Purpose{Code: code, Text: text, Basis: basis}}
	if r.PurposeMinutes > 0 {
		p.Until = s.now().Add(time.Duration(r.PurposeMinutes) * time.Minute)
	}
	kept, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return s.change(ctx, func(tx *store.Tx, tell teller) error {
		if err := s.updateSession(ctx, tx, ses, `purpose`, string(kept)); err != nil {
			return err
		}
		return tell(Event{Action: "purpose.state", Account: ses.Account.ID, By: ses.Actor(), Detail: map[string]string{"purpose": code, "basis": basis, "session": ses.ID}})
	})
}

// ActFor chooses the organisation that a session acts for, among those that its
// account has a post in.
func (s *Service) ActFor(ctx context.Context, ses Session, org string) error {
	orgs, err := s.Orgs(ctx, ses.Account)
	if err != nil {
		return err
	}
	if !slices.Contains(orgs, org) {
		return fault.New(fault.Denied, "identity.no-post", org)
	}
	return s.change(ctx, func(tx *store.Tx, tell teller) error {
		if err := s.updateSession(ctx, tx, ses, `org`, org); err != nil {
			return err
		}
		return tell(Event{Action: "session.act-for", Account: ses.Account.ID, By: ses.Actor(), Detail: map[string]string{"org": org, "session": ses.ID}})
	})
}

// updateSession sets one column of a session that is still there.
func (s *Service) updateSession(ctx context.Context, tx *store.Tx, ses Session, column, value string) error {
	res, err := tx.ExecContext(ctx, `UPDATE sessions SET `+column+` = $1 WHERE id = $2`, value, ses.ID)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(fault.New(fault.Denied, "identity.session.none"), err)
	}
	tx.OnCommit(func() { s.live.dropAccount(ses.Account.ID) })
	return nil
}

// Flush writes when sessions were last used.
func (s *Service) Flush(ctx context.Context) error {
	used := s.live.takeDirty()
	latest := s.clock.seen()
	if len(used) == 0 {
		return nil
	}
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		for digest, seen := range used {
			stamp := store.Stamp(seen)
			if _, err := tx.ExecContext(ctx, `UPDATE sessions SET seen_at = $1 WHERE digest = $2 AND seen_at < $1`, stamp, hex.EncodeToString(digest[:])); err != nil {
				return err
			}
		}
		return keepMark(ctx, tx, clockMark, store.Stamp(latest))
	})
	if err != nil {
		s.live.putDirty(used)
		return fmt.Errorf("last use of sessions: %w", err)
	}
	return nil
}
