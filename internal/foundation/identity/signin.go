package identity

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Factor is a way to prove who one is, beside a password.
type Factor string

// The factors.
const (
	FactorTOTP     Factor = "totp"     // a code of an authenticator app
	FactorPasskey  Factor = "passkey"  //
	FactorSMS      Factor = "sms"      // a code sent to a telephone
	FactorRecovery Factor = "recovery" // one of the codes printed for the day the others are lost
	FactorSealed   Factor = "sealed"   // the sealed code of the emergency account
)

// A StepKind says what comes next.
type StepKind string

// The steps of a sign-in.
const (
	StepDone     StepKind = "done"
	StepFactor   StepKind = "factor"   // show one of Factors: Challenge (passkey, SMS), then Finish
	StepPassword StepKind = "password" // choose a password: SetPassword
	StepEnrol    StepKind = "enrol"    // set one of Factors up: SetUp…, then Confirm…
)

// A Step is where a sign-in stands.
type Step struct {
	Kind     StepKind
	Token    string    // names the sign-in under way; keep it in the browser, not in an address
	Ends     time.Time // when it must be begun again
	Name     string    // whose account it is
	Factors  []Factor
	Why      string   // StepPassword: "first", "required", "aged"; StepEnrol: "required", "weak"
	Need     int      // StepPassword: characters at least
	Alone    bool     // StepPassword: without a second factor, so four classes of characters are needed
	Recovery []string // codes that are shown this once
	Issued   *Issued  // StepDone
}

// pendingFor is how long a sign-in may take, pendingTries how many wrong
// answers it survives.
const (
	pendingFor   = 10 * time.Minute
	pendingTries = 5
)

// A pending is a sign-in under way.
type pending struct {
	digest   string
	account  string
	version  int64
	kind     string // a way… constant
	slip     string
	factor   Factor
	weak     bool
	chosen   bool
	tries    int
	ip       string
	agent    string
	business bool
	ends     time.Time

	token string // only while the call that made or used it runs
}

const (
	wayIn       = "signin"
	wayActivate = "activate"
	wayPasskey  = "passkey"
)

// Begin starts a sign-in with login and password. A wrong password and a login
// that does not exist are answered alike, and take as long.
func (s *Service) Begin(ctx context.Context, login, password string, from Origin) (Step, error) {
	now, err := s.tick(ctx)
	if err != nil {
		return Step{}, err
	}
	r, err := s.Rules(ctx)
	if err != nil {
		return Step{}, err
	}
	clean, err := cleanPassword(password)
	if fault.Is(err, "identity.password.long") {
		return Step{}, err
	}
	// A password or login that cannot exist is wrong like any other.
	impossible := err != nil
	folded, err := foldLogin(login)
	if err != nil {
		folded, impossible = "?"+clip(login, 4*maxLogin), true
	}
	g := s.guardOf(folded, from, r)
	var a Account
	var hash string
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		if err := g.try(ctx, tx, now, r); err != nil {
			return err
		}
		a, err = scanAccount(tx.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM accounts a WHERE a.login_folded = $1`, folded))
		if errors.Is(err, sql.ErrNoRows) {
			a, err = Account{}, nil
		}
		if err == nil {
			hash, err = passwordOf(ctx, tx, a.ID)
		}
		return err
	})
	if err != nil {
		return Step{}, err
	}
	if impossible {
		hash = ""
	}
	ok, old, err := s.hash.check(ctx, clean, hash)
	if err != nil {
		return Step{}, err
	}
	if !ok {
		return Step{}, s.wrong(ctx, g, Event{Action: "sign-in", Account: a.ID, By: nobody, Why: "identity.wrong", IP: address(from.IP),
			Detail: map[string]string{"login": s.seal.digest("login", folded)[:12]}})
	}
	if err := s.mayEnter(ctx, a, from, now); err != nil {
		return Step{}, err
	}
	if !old {
		hash = ""
	}
	return s.enter(ctx, a, clean, hash, g, from, now, r)
}

// wrong keeps a failure and gives the one answer to all of them.
func (s *Service) wrong(ctx context.Context, g guard, e Event) error {
	if err := s.change(ctx, func(_ *store.Tx, tell teller) error { return g.failed(tell, e) }); err != nil {
		return err
	}
	return fault.New(fault.Denied, "identity.wrong")
}

// mayEnter says to somebody who has proved who it is why the account does not
// open.
func (s *Service) mayEnter(ctx context.Context, a Account, from Origin, now time.Time) error {
	var err error
	switch {
	case a.State == Locked:
		err = fault.New(fault.Denied, "identity.locked.person")
	case a.State == Disabled && a.Why == WhyInactive:
		err = fault.New(fault.Denied, "identity.disabled.inactive")
	case a.State != Active:
		err = fault.New(fault.Denied, "identity.disabled")
	case !a.inMandate(now):
		err = fault.New(fault.Denied, "identity.mandate.over", shown(a.MandateFrom), shown(a.MandateTo))
	default:
		return nil
	}
	told := s.change(ctx, func(_ *store.Tx, tell teller) error {
		return tell(Event{Action: "sign-in", Account: a.ID, By: a.Actor(), Result: ResultRefused, Why: fault.Of(err).Key, IP: address(from.IP)})
	})
	if told != nil {
		return told
	}
	return err
}

// enter goes on after a right password; old is its hash when that was made at
// another cost than today's.
func (s *Service) enter(ctx context.Context, a Account, clean, old string, g guard, from Origin, now time.Time, r Rules) (Step, error) {
	st, err := s.standing(ctx, a, now)
	if err != nil {
		return Step{}, err
	}
	rehashed := ""
	if old != "" {
		if rehashed, err = s.hash.make(ctx, clean); err != nil {
			return Step{}, err
		}
	}
	p := newPending(a, wayIn, from, now)
	p.weak = r.need(false).check(clean, a) != nil
	return s.start(ctx, a, st, p, now, r, func(tx *store.Tx) error {
		if rehashed != "" {
			_, err := tx.ExecContext(ctx, `UPDATE accounts SET password_hash = $1 WHERE id = $2 AND password_hash = $3`, rehashed, a.ID, old)
			if err != nil {
				return err
			}
		}
		return g.passed(ctx, tx)
	})
}

func newPending(a Account, kind string, from Origin, now time.Time) *pending {
	p := &pending{account: a.ID, version: a.Version, kind: kind, ip: address(from.IP), agent: clip(from.Agent, maxAgent), business: from.Business, ends: now.Add(pendingFor)}
	p.token = newToken(pendingPrefix)
	sum, _ := tokenDigest(pendingPrefix, p.token)
	p.digest = hex.EncodeToString(sum[:])
	return p
}

// start writes a new sign-in under way and takes its first step.
func (s *Service) start(ctx context.Context, a Account, st standing, p *pending, now time.Time, r Rules, also func(tx *store.Tx) error) (Step, error) {
	return s.step(ctx, func(tx *store.Tx, tell teller) (Step, error) {
		if err := also(tx); err != nil {
			return Step{}, err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO signin_pending (digest, account, version, kind, slip, factor, weak, chosen, tries, ip, agent, business, ends_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11, $12)`,
			p.digest, p.account, p.version, p.kind, p.slip, string(p.factor), number(p.weak), number(p.chosen), p.ip, p.agent, number(p.business), store.Stamp(p.ends))
		if err != nil {
			return Step{}, fmt.Errorf("sign-in: %w", err)
		}
		return s.next(ctx, tx, tell, p, a, st, now, r)
	})
}

// step runs a change that moves a sign-in on. A session that the log did not
// take note of is not handed out.
func (s *Service) step(ctx context.Context, fn func(tx *store.Tx, tell teller) (Step, error)) (Step, error) {
	var step Step
	var refusal error
	err := s.change(ctx, func(tx *store.Tx, tell teller) error {
		var err error
		step, err = fn(tx, tell)
		// What is refused has been counted and told: that is kept.
		if refusal = nil; isRefusal(err) {
			refusal, err = err, nil
		}
		return err
	})
	if err != nil && step.Issued != nil {
		err = errors.Join(err, s.withdraw(ctx, step.Issued.Session))
	}
	if err := errors.Join(err, refusal); err != nil {
		return Step{}, err
	}
	return step, nil
}

// A refused answer is an error whose traces are kept.
type refused struct{ error }

func (r refused) Unwrap() error { return r.error }

func isRefusal(err error) bool {
	var r refused
	return errors.As(err, &r)
}

// withdraw takes back a session that could not be recorded.
func (s *Service) withdraw(ctx context.Context, ses Session) error {
	return s.db.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		tx.OnCommit(func() { s.live.dropAccount(ses.Account.ID) })
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE id = $1`, ses.ID)
		return err
	})
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// needsFactor reports whether somebody must show a second factor: outside the
// inner networks everybody, some roles anywhere.
func (s *Service) needsFactor(r Rules, roles []string, ip string) bool {
	return r.FactorAlways || anyOf(roles, r.FactorRoles) || !s.inside(ip)
}

// next decides what a sign-in still lacks, and makes the session when it lacks
// nothing.
func (s *Service) next(ctx context.Context, tx *store.Tx, tell teller, p *pending, a Account, st standing, now time.Time, r Rules) (Step, error) {
	have, err := s.methodsOf(ctx, tx, a.ID)
	if err != nil {
		return Step{}, err
	}
	must := s.needsFactor(r, st.roles, p.ip)
	step := Step{Kind: p.asks(a, st, have, must, now, r), Token: p.token, Ends: p.ends, Name: a.Name}
	switch step.Kind {
	case StepFactor:
		step.Factors = have.offered(s)
		return step, nil
	case StepPassword:
		n := r.need(must || have.any())
		step.Need, step.Alone, step.Why = n.length, n.classes, "aged"
		if a.RequirePasswordChange {
			step.Why = "required"
		}
		if p.kind == wayActivate {
			step.Why = "first"
		}
		return step, nil
	case StepEnrol:
		step.Factors, step.Why = s.offered(a), "required"
		if !must {
			step.Why = "weak"
		}
		return step, nil
	}
	if step.Issued, err = s.finish(ctx, tx, tell, p, a, st, now, r); err != nil {
		return Step{}, err
	}
	step.Token, step.Ends = "", time.Time{}
	return step, nil
}

// finish makes the session and clears what led to it.
func (s *Service) finish(ctx context.Context, tx *store.Tx, tell teller, p *pending, a Account, st standing, now time.Time, r Rules) (*Issued, error) {
	if err := dropPending(ctx, tx, p.digest); err != nil {
		return nil, err
	}
	if err := s.forgive(ctx, tx, a.Login); err != nil {
		return nil, err
	}
	if err := keepMark(ctx, tx, clockMark, store.Stamp(s.clock.seen())); err != nil {
		return nil, err
	}
	from := Origin{IP: parseAddr(p.ip), Agent: p.agent, Business: p.business}
	issued, err := s.issue(ctx, tx, a, st, from, p.factor, now, r)
	if err != nil {
		return nil, err
	}
	return issued, tell(Event{Action: "sign-in", Account: a.ID, By: a.Actor(), IP: p.ip,
		Detail: map[string]string{"factor": string(p.factor), "session": issued.Session.ID}})
}

func dropPending(ctx context.Context, tx *store.Tx, digest string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM signin_ceremonies WHERE holder = $1`, digest); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM signin_pending WHERE digest = $1`, digest)
	return err
}

// pendingBy reads a sign-in under way; one that is over, or whose account has
// changed meanwhile, must be begun again.
func (s *Service) pendingBy(ctx context.Context, tx *store.Tx, token string, now time.Time) (*pending, Account, error) {
	over := fault.New(fault.Denied, "identity.pending.over")
	sum, ok := tokenDigest(pendingPrefix, token)
	if !ok {
		return nil, Account{}, over
	}
	p := &pending{digest: hex.EncodeToString(sum[:]), token: token}
	var weak, chosen, business int
	var ends string
	err := tx.QueryRowContext(ctx, `SELECT account, version, kind, slip, factor, weak, chosen, tries, ip, agent, business, ends_at FROM signin_pending WHERE digest = $1`, p.digest).
		Scan(&p.account, &p.version, &p.kind, &p.slip, &p.factor, &weak, &chosen, &p.tries, &p.ip, &p.agent, &business, &ends)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, Account{}, over
	}
	if err != nil {
		return nil, Account{}, fmt.Errorf("sign-in under way: %w", err)
	}
	p.weak, p.chosen, p.business = weak != 0, chosen != 0, business != 0
	if p.ends, err = parseOr(ends); err != nil {
		return nil, Account{}, err
	}
	a, err := accountByID(ctx, tx, p.account)
	if err != nil {
		return nil, a, err
	}
	usable := a.State == Active || a.State == Invited && p.kind == wayActivate
	if !now.Before(p.ends) || a.Version != p.version || !usable || !a.inMandate(now) {
		return nil, a, over
	}
	return p, a, nil
}

// under reads a sign-in under way together with what its account holds, for a
// call that then moves it on.
func (s *Service) under(ctx context.Context, token string) (p *pending, a Account, st standing, now time.Time, r Rules, err error) {
	if now, err = s.tick(ctx); err != nil {
		return
	}
	if r, err = s.Rules(ctx); err != nil {
		return
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		p, a, err = s.pendingBy(ctx, tx, token, now)
		return err
	})
	if err != nil {
		return
	}
	st, err = s.standing(ctx, a, now)
	return
}

// A Proof is the answer to StepFactor.
type Proof struct {
	Kind      Factor
	Code      string // of an app, a message, the list of recovery codes
	Assertion []byte // of a passkey: what the browser answered, as JSON
}

// Finish shows a second factor in a sign-in under way.
func (s *Service) Finish(ctx context.Context, token string, proof Proof) (Step, error) {
	_, _, st, now, r, err := s.under(ctx, token)
	if err != nil {
		return Step{}, err
	}
	return s.step(ctx, func(tx *store.Tx, tell teller) (Step, error) {
		p, a, err := s.pendingBy(ctx, tx, token, now)
		if err != nil {
			return Step{}, err
		}
		if err := s.waitsFor(ctx, tx, p, a, st, StepFactor, now, r); err != nil {
			return Step{}, err
		}
		from := Origin{IP: parseAddr(p.ip), Agent: p.agent, Business: p.business}
		if err := s.prove(ctx, tx, tell, a, p.digest, proof, from, now, r); err != nil {
			if isRefusal(err) {
				err = errors.Join(err, p.wrong(ctx, tx))
			}
			return Step{}, err
		}
		p.factor = proof.Kind
		if _, err := tx.ExecContext(ctx, `UPDATE signin_pending SET factor = $1 WHERE digest = $2`, string(p.factor), p.digest); err != nil {
			return Step{}, err
		}
		return s.next(ctx, tx, tell, p, a, st, now, r)
	})
}

// wrong counts a wrong answer; after some the sign-in begins again.
func (p *pending) wrong(ctx context.Context, tx *store.Tx) error {
	p.tries++
	if p.tries >= pendingTries {
		return dropPending(ctx, tx, p.digest)
	}
	_, err := tx.ExecContext(ctx, `UPDATE signin_pending SET tries = $1 WHERE digest = $2`, p.tries, p.digest)
	return err
}

// prove judges a proof for an account. A wrong one is counted, told and comes
// back as a refusal.
func (s *Service) prove(ctx context.Context, tx *store.Tx, tell teller, a Account, holder string, proof Proof, from Origin, now time.Time, r Rules) error {
	g := s.guardOf(a.Login, from, r)
	if err := g.try(ctx, tx, now, r); err != nil {
		return err
	}
	var err error
	switch proof.Kind {
	case FactorTOTP:
		err = s.proveTOTP(ctx, tx, a.ID, proof.Code, now)
	case FactorRecovery:
		err = s.proveRecovery(ctx, tx, a.ID, proof.Code, now)
	case FactorSMS:
		err = s.proveSMS(ctx, tx, a.ID, holder, proof.Code, now)
	case FactorPasskey:
		err = s.provePasskey(ctx, tx, tell, a, holder, proof.Assertion, now)
	default:
		return fault.New(fault.Invalid, "identity.factor", clip(string(proof.Kind), 20))
	}
	if f := fault.Of(err); f != nil && f.Kind != fault.Internal {
		told := g.failed(tell, Event{Action: "factor.show", Account: a.ID, By: a.Actor(), Why: f.Key, IP: address(from.IP), Detail: map[string]string{"factor": string(proof.Kind)}})
		if told != nil {
			return told
		}
		return refused{err}
	}
	if err != nil {
		return err
	}
	if err := tell(Event{Action: "factor.show", Account: a.ID, By: a.Actor(), IP: address(from.IP), Detail: map[string]string{"factor": string(proof.Kind)}}); err != nil {
		return err
	}
	return g.passed(ctx, tx)
}

// SetPassword chooses the password that a sign-in under way asks for.
func (s *Service) SetPassword(ctx context.Context, token, password string) (Step, error) {
	p, a, st, now, r, err := s.under(ctx, token)
	if err != nil {
		return Step{}, err
	}
	hash, err := s.newPassword(ctx, a, st, password, p.ip)
	if err != nil {
		return Step{}, err
	}
	return s.step(ctx, func(tx *store.Tx, tell teller) (Step, error) {
		p, a, err := s.pendingBy(ctx, tx, token, now)
		if err != nil {
			return Step{}, err
		}
		if err := s.waitsFor(ctx, tx, p, a, st, StepPassword, now, r); err != nil {
			return Step{}, err
		}
		if p.kind == wayActivate {
			if err := s.activate(ctx, tx, tell, p, a, now); err != nil {
				return Step{}, err
			}
			a.State = Active
		}
		if err := s.setPassword(ctx, tx, a, hash, now); err != nil {
			return Step{}, err
		}
		a.Version, a.RequirePasswordChange, a.PasswordSet = a.Version+1, false, now
		p.version, p.chosen, p.weak = a.Version, true, false
		if _, err := tx.ExecContext(ctx, `UPDATE signin_pending SET version = $1, chosen = 1, weak = 0 WHERE digest = $2`, p.version, p.digest); err != nil {
			return Step{}, err
		}
		if err := tell(Event{Action: "password.set", Account: a.ID, By: a.Actor(), IP: p.ip}); err != nil {
			return Step{}, err
		}
		return s.next(ctx, tx, tell, p, a, st, now, r)
	})
}

// asks says what a sign-in still lacks. Whoever has set factors up shows one
// before anything is changed; a passkey alone asks for no password at all.
func (p *pending) asks(a Account, st standing, have methods, must bool, now time.Time, r Rules) StepKind {
	old := p.kind == wayActivate || a.RequirePasswordChange || r.aged(a, st.roles, now)
	switch {
	case p.factor == "" && have.any():
		return StepFactor
	case p.kind != wayPasskey && !p.chosen && old:
		return StepPassword
	case p.factor == "" && (must || p.weak):
		return StepEnrol
	}
	return StepDone
}

// waitsFor reads what a sign-in lacks and refuses a call that is not its turn.
func (s *Service) waitsFor(ctx context.Context, tx *store.Tx, p *pending, a Account, st standing, want StepKind, now time.Time, r Rules) error {
	have, err := s.methodsOf(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	if p.asks(a, st, have, s.needsFactor(r, st.roles, p.ip), now, r) != want {
		return fault.New(fault.Conflict, "identity.pending.order")
	}
	return nil
}

// Resume gives the step that a sign-in under way waits for, for a page that is
// loaded again.
func (s *Service) Resume(ctx context.Context, token string) (Step, error) {
	_, _, st, now, r, err := s.under(ctx, token)
	if err != nil {
		return Step{}, err
	}
	return s.step(ctx, func(tx *store.Tx, tell teller) (Step, error) {
		p, a, err := s.pendingBy(ctx, tx, token, now)
		if err != nil {
			return Step{}, err
		}
		return s.next(ctx, tx, tell, p, a, st, now, r)
	})
}

// Cancel forgets a sign-in under way.
func (s *Service) Cancel(ctx context.Context, token string) error {
	sum, ok := tokenDigest(pendingPrefix, token)
	if !ok {
		return nil
	}
	return s.db.Write(ctx, func(tx *store.Tx) error { return dropPending(ctx, tx, hex.EncodeToString(sum[:])) })
}

// Strengthen shows a second factor in a session that has none yet, or shows it
// again: then StrongAt is now.
func (s *Service) Strengthen(ctx context.Context, ses Session, proof Proof, from Origin) (Session, error) {
	now, err := s.tick(ctx)
	if err != nil {
		return ses, err
	}
	r, err := s.Rules(ctx)
	if err != nil {
		return ses, err
	}
	_, err = s.step(ctx, func(tx *store.Tx, tell teller) (Step, error) {
		if err := s.prove(ctx, tx, tell, ses.Account, holderOf(ses), proof, from, now, r); err != nil {
			return Step{}, err
		}
		if err := s.forgive(ctx, tx, ses.Account.Login); err != nil {
			return Step{}, err
		}
		return Step{}, s.strengthen(ctx, tx, ses, proof.Kind, now)
	})
	if err == nil {
		ses.StrongAt, ses.StrongBy = now, proof.Kind
	}
	return ses, err
}

func (s *Service) strengthen(ctx context.Context, tx *store.Tx, ses Session, by Factor, now time.Time) error {
	if err := s.updateSession(ctx, tx, ses, `strong_at`, store.Stamp(now)); err != nil {
		return err
	}
	return s.updateSession(ctx, tx, ses, `strong_by`, string(by))
}

func holderOf(ses Session) string { return hex.EncodeToString(ses.digest[:]) }

// methods are the factors that an account has set up.
type methods struct {
	totp, sms, passkeys, recovery int
}

// any reports whether a second factor must be shown, whichever can be just now:
// recovery codes alone are none.
func (m methods) any() bool { return m.totp+m.sms+m.passkeys > 0 }

// offered are those that can be shown here.
func (m methods) offered(s *Service) []Factor {
	var out []Factor
	if m.passkeys > 0 && s.keys != nil {
		out = append(out, FactorPasskey)
	}
	if m.totp > 0 {
		out = append(out, FactorTOTP)
	}
	if m.sms > 0 && s.d.SMS != nil {
		out = append(out, FactorSMS)
	}
	if m.recovery > 0 {
		out = append(out, FactorRecovery)
	}
	return out
}

// offered are the factors that an account can set up.
func (s *Service) offered(a Account) []Factor {
	out := []Factor{FactorTOTP}
	if s.keys != nil {
		out = slices.Insert(out, 0, FactorPasskey)
	}
	if s.d.SMS != nil && a.Phone != "" {
		out = append(out, FactorSMS)
	}
	return out
}

func (s *Service) methodsOf(ctx context.Context, tx *store.Tx, account string) (m methods, err error) {
	err = tx.QueryRowContext(ctx, `SELECT
			(SELECT count(*) FROM account_factors WHERE account = $1 AND kind = 'totp'),
			(SELECT count(*) FROM account_factors WHERE account = $1 AND kind = 'sms'),
			(SELECT count(*) FROM account_passkeys WHERE account = $1),
			(SELECT count(*) FROM account_recovery WHERE account = $1 AND used_at = '')`, account).
		Scan(&m.totp, &m.sms, &m.passkeys, &m.recovery)
	if err != nil {
		return m, fmt.Errorf("factors: %w", err)
	}
	return m, nil
}
