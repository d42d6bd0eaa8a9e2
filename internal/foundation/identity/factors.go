package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// What waits for an answer.
const (
	ceremonyTOTP       = "totp"        // an app being set up
	ceremonyPasskeyNew = "passkey-new" // a passkey being made
	ceremonyPasskey    = "passkey"     // a passkey being shown
	ceremonySMSNew     = "sms-new"     // a telephone being set up
	ceremonySMS        = "sms"         // a code under way
)

// freshFor is how long ago somebody must have proved who it is to change what
// proves it.
const freshFor = 15 * time.Minute

// A holder is who sets a factor up: in a sign-in that asks for it, or in a
// session.
type holder struct {
	digest  string
	account Account
	pending *pending
	session Session
}

// holder reads a token of either kind and refuses one that may not change
// factors: a stolen password or an open screen is not enough.
func (s *Service) holder(ctx context.Context, token string) (holder, error) {
	if strings.HasPrefix(token, pendingPrefix) {
		p, a, st, now, r, err := s.under(ctx, token)
		if err != nil {
			return holder{}, err
		}
		err = s.read(ctx, func(tx *store.Tx) error { return s.waitsFor(ctx, tx, p, a, st, StepEnrol, now, r) })
		return holder{digest: p.digest, account: a, pending: p}, err
	}
	ses, err := s.check(ctx, token)
	if err != nil {
		return holder{}, err
	}
	var have methods
	err = s.read(ctx, func(tx *store.Tx) error {
		have, err = s.methodsOf(ctx, tx, ses.Account.ID)
		return err
	})
	if err != nil {
		return holder{}, err
	}
	return holder{digest: holderOf(ses), account: ses.Account, session: ses}, mayChange(ses, have, s.now())
}

func mayChange(ses Session, have methods, now time.Time) error {
	if ses.Account.Kind == KindEmergency {
		return fault.New(fault.Denied, "identity.not-editable")
	}
	if have.any() && now.Sub(ses.StrongAt) > freshFor {
		return fault.New(fault.Denied, "identity.show-factor")
	}
	if !have.any() && now.Sub(ses.MadeAt) > freshFor {
		return fault.New(fault.Denied, "identity.sign-in-again")
	}
	return nil
}

// keepCeremony keeps what an answer is judged by; an older one of its kind is
// void.
func (s *Service) keepCeremony(ctx context.Context, h holder, kind string, secret []byte, lasts time.Duration) error {
	now := s.now()
	return s.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO signin_ceremonies (holder, kind, account, secret, tries, made_at, ends_at) VALUES ($1, $2, $3, $4, 0, $5, $6)
			ON CONFLICT (holder, kind) DO UPDATE SET account = excluded.account, secret = excluded.secret, tries = 0, made_at = excluded.made_at, ends_at = excluded.ends_at`,
			h.digest, kind, h.account.ID, s.seal.seal(kind+"/"+h.digest, secret), store.Stamp(now), store.Stamp(now.Add(lasts)))
		if err != nil {
			return fmt.Errorf("challenge: %w", err)
		}
		return nil
	})
}

// A ceremony is what was kept.
type ceremony struct {
	account string
	secret  []byte
	tries   int
	made    time.Time
}

// ceremonyOf reads what an answer is judged by.
func (s *Service) ceremonyOf(ctx context.Context, tx *store.Tx, holder, kind string, now time.Time) (c ceremony, err error) {
	var sealed, made, ends string
	err = tx.QueryRowContext(ctx, `SELECT account, secret, tries, made_at, ends_at FROM signin_ceremonies WHERE holder = $1 AND kind = $2`, holder, kind).
		Scan(&c.account, &sealed, &c.tries, &made, &ends)
	if errors.Is(err, sql.ErrNoRows) {
		return c, fault.New(fault.Denied, "identity.challenge.over")
	}
	if err != nil {
		return c, fmt.Errorf("challenge: %w", err)
	}
	end, err := parseOr(ends)
	if err != nil {
		return c, err
	}
	if c.made, err = parseOr(made); err != nil {
		return c, err
	}
	if !now.Before(end) {
		return c, fault.New(fault.Denied, "identity.challenge.over")
	}
	c.secret, err = s.seal.open(kind+"/"+holder, sealed)
	return c, err
}

func dropCeremony(ctx context.Context, tx *store.Tx, holder, kind string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM signin_ceremonies WHERE holder = $1 AND kind = $2`, holder, kind)
	return err
}

// enrol finishes setting a factor up and, in a sign-in, moves it on. The first
// factor brings recovery codes with it.
func (s *Service) enrol(ctx context.Context, token, kind string, factor Factor, confirm func(ctx context.Context, tx *store.Tx, h holder, secret []byte, now time.Time) error) (Step, error) {
	h, err := s.holder(ctx, token)
	if err != nil {
		return Step{}, err
	}
	now, r := s.now(), Rules{}
	if r, err = s.Rules(ctx); err != nil {
		return Step{}, err
	}
	st, err := s.standing(ctx, h.account, now)
	if err != nil {
		return Step{}, err
	}
	return s.step(ctx, func(tx *store.Tx, tell teller) (Step, error) {
		c, err := s.ceremonyOf(ctx, tx, h.digest, kind, now)
		if err != nil {
			return Step{}, err
		}
		if err := confirm(ctx, tx, h, c.secret, now); err != nil {
			if fault.Of(err) == nil {
				return Step{}, err
			}
			return Step{}, errors.Join(refused{err}, s.missed(ctx, tx, h.digest, kind, c))
		}
		if err := dropCeremony(ctx, tx, h.digest, kind); err != nil {
			return Step{}, err
		}
		if err := tell(Event{Action: "factor.add", Account: h.account.ID, By: h.account.Actor(), Detail: map[string]string{"factor": string(factor)}}); err != nil {
			return Step{}, err
		}
		return s.enrolled(ctx, tx, tell, h, token, factor, st, now, r)
	})
}

// missed counts a wrong answer; after some the challenge is void.
func (s *Service) missed(ctx context.Context, tx *store.Tx, holder, kind string, c ceremony) error {
	if c.tries+1 >= pendingTries {
		return dropCeremony(ctx, tx, holder, kind)
	}
	_, err := tx.ExecContext(ctx, `UPDATE signin_ceremonies SET tries = tries + 1 WHERE holder = $1 AND kind = $2`, holder, kind)
	return err
}

func (s *Service) enrolled(ctx context.Context, tx *store.Tx, tell teller, h holder, token string, factor Factor, st standing, now time.Time, r Rules) (step Step, err error) {
	have, err := s.methodsOf(ctx, tx, h.account.ID)
	if err != nil {
		return Step{}, err
	}
	var codes []string
	if have.recovery == 0 {
		if codes, err = s.makeRecovery(ctx, tx, h.account.ID); err != nil {
			return Step{}, err
		}
	}
	step.Kind = StepDone
	if h.pending == nil {
		err = s.strengthen(ctx, tx, h.session, factor, now)
	} else {
		p, a, bad := s.pendingBy(ctx, tx, token, now)
		if bad != nil {
			return Step{}, bad
		}
		p.factor = factor
		if _, err := tx.ExecContext(ctx, `UPDATE signin_pending SET factor = $1 WHERE digest = $2`, string(factor), p.digest); err != nil {
			return Step{}, err
		}
		step, err = s.next(ctx, tx, tell, p, a, st, now, r)
	}
	step.Recovery = codes
	return step, err
}

// A Method is a factor that an account has set up.
type Method struct {
	ID      string
	Kind    Factor
	Name    string
	MadeAt  time.Time
	UsedAt  time.Time
	Blocked bool // a passkey that may have been copied
	Left    int  // recovery codes not used yet

	secret string
}

// Methods lists the factors of an account; the recovery codes are one.
func (s *Service) Methods(ctx context.Context, account string) (out []Method, err error) {
	err = s.read(ctx, func(tx *store.Tx) error {
		for _, kind := range []Factor{FactorTOTP, FactorSMS} {
			more, err := factorsOf(ctx, tx, account, kind)
			if err != nil {
				return err
			}
			out = append(out, more...)
		}
		keys, err := passkeysOf(ctx, tx, account)
		if err != nil {
			return err
		}
		for _, k := range keys {
			out = append(out, k.Method)
		}
		have, err := s.methodsOf(ctx, tx, account)
		if err == nil && (have.recovery > 0 || have.any()) {
			out = append(out, Method{Kind: FactorRecovery, Left: have.recovery})
		}
		return err
	})
	return out, err
}

func factorsOf(ctx context.Context, tx *store.Tx, account string, kind Factor) ([]Method, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, kind, name, secret, made_at, used_at FROM account_factors WHERE account = $1 AND kind = $2 ORDER BY id`, account, string(kind))
	if err != nil {
		return nil, fmt.Errorf("factors: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []Method
	for rows.Next() {
		var m Method
		var made, used string
		if err := rows.Scan(&m.ID, &m.Kind, &m.Name, &m.secret, &made, &used); err != nil {
			return nil, err
		}
		var bad error
		m.MadeAt, err = parseOr(made)
		m.UsedAt, bad = parseOr(used)
		if err := errors.Join(err, bad); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, rows.Err()
}

// RemoveMethod takes a factor off one's own account. The last one stays where
// one is needed.
func (s *Service) RemoveMethod(ctx context.Context, token, id string) error {
	h, err := s.holder(ctx, token)
	if err != nil {
		return err
	}
	if h.pending != nil {
		return fault.New(fault.Conflict, "identity.pending.order")
	}
	r, err := s.Rules(ctx)
	if err != nil {
		return err
	}
	st, err := s.standing(ctx, h.account, s.now())
	if err != nil {
		return err
	}
	return s.change(ctx, func(tx *store.Tx, tell teller) error {
		removed := int64(0)
		for _, q := range []string{`DELETE FROM account_factors WHERE account = $1 AND id = $2`, `DELETE FROM account_passkeys WHERE account = $1 AND id = $2`} {
			res, err := tx.ExecContext(ctx, q, h.account.ID, id)
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			removed += n
		}
		if removed == 0 {
			return fault.New(fault.NotFound, "identity.no-factor")
		}
		have, err := s.methodsOf(ctx, tx, h.account.ID)
		if err != nil {
			return err
		}
		if !have.any() && s.needsFactor(r, st.roles, h.session.IP) {
			return fault.New(fault.Conflict, "identity.last-factor")
		}
		return tell(Event{Action: "factor.remove", Account: h.account.ID, By: h.session.Actor(), Detail: map[string]string{"id": clip(id, 100)}})
	})
}

// ResetMethods takes all factors off an account whose owner has lost them; its
// sessions end, and the next sign-in asks to set one up. Whoever does it for
// somebody else has made sure of who asks.
func (s *Service) ResetMethods(ctx context.Context, by Actor, account string) error {
	return s.change(ctx, func(tx *store.Tx, tell teller) error {
		if _, err := accountByID(ctx, tx, account); err != nil {
			return err
		}
		if err := dropFactors(ctx, tx, account); err != nil {
			return err
		}
		if err := s.bump(ctx, tx, account); err != nil {
			return err
		}
		return tell(Event{Action: "factor.reset", Account: account, By: by, Loud: true})
	})
}

func dropFactors(ctx context.Context, tx *store.Tx, account string) error {
	for _, q := range []string{`DELETE FROM account_factors WHERE account = $1`, `DELETE FROM account_passkeys WHERE account = $1`,
		`DELETE FROM account_recovery WHERE account = $1`, `DELETE FROM signin_ceremonies WHERE account = $1`} {
		if _, err := tx.ExecContext(ctx, q, account); err != nil {
			return err
		}
	}
	return nil
}

const (
	recoveryCodes  = 10
	recoveryGroups = 2
)

// NewRecovery makes new recovery codes for the account of a session; the old
// ones are void.
func (s *Service) NewRecovery(ctx context.Context, token string) (codes []string, err error) {
	h, err := s.holder(ctx, token)
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, func(tx *store.Tx, tell teller) error {
		have, err := s.methodsOf(ctx, tx, h.account.ID)
		if err != nil {
			return err
		}
		if !have.any() {
			return fault.New(fault.Conflict, "identity.recovery.alone")
		}
		if codes, err = s.makeRecovery(ctx, tx, h.account.ID); err != nil {
			return err
		}
		return tell(Event{Action: "factor.recovery", Account: h.account.ID, By: h.account.Actor()})
	})
	return codes, err
}

func (s *Service) makeRecovery(ctx context.Context, tx *store.Tx, account string) ([]string, error) {
	if _, err := tx.ExecContext(ctx, `DELETE FROM account_recovery WHERE account = $1`, account); err != nil {
		return nil, err
	}
	var codes []string
	for len(codes) < recoveryCodes {
		code := newCode(recoveryGroups)
		if slices.Contains(codes, code) {
			continue
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO account_recovery (digest, account, used_at) VALUES ($1, $2, '')`, s.recoveryDigest(account, code), account); err != nil {
			return nil, err
		}
		codes = append(codes, code)
	}
	return codes, nil
}

func (s *Service) recoveryDigest(account, code string) string {
	return s.seal.digest("recovery", account+"/"+strings.ReplaceAll(code, "-", ""))
}

func (s *Service) proveRecovery(ctx context.Context, tx *store.Tx, account, text string, now time.Time) error {
	code, ok := readCode(text, recoveryGroups)
	if !ok {
		return fault.New(fault.Denied, "identity.code.wrong")
	}
	res, err := tx.ExecContext(ctx, `UPDATE account_recovery SET used_at = $1 WHERE digest = $2 AND used_at = ''`, store.Stamp(now), s.recoveryDigest(account, code))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return fault.New(fault.Denied, "identity.code.wrong")
	}
	return nil
}
