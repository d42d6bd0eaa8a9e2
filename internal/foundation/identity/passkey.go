package identity

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// maxCredential bounds what a browser may answer; an answer has about 2 KB.
const maxCredential = 64 << 10

// mostPasskeys is how many an account may have.
const mostPasskeys = 10

// newRelyingParty is nil for a site that passkeys cannot be bound to: without a
// name, or with an address of digits.
func newRelyingParty(site Site) (*webauthn.WebAuthn, error) {
	if _, err := netip.ParseAddr(site.ID); err == nil || site.ID == "" {
		return nil, nil
	}
	name := site.Name
	if name == "" {
		name = site.ID
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: site.ID, RPDisplayName: name, RPOrigins: site.Origins,
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys for %s: %w", site.ID, err)
	}
	return w, nil
}

// A passkeyUser is an account as package webauthn sees it.
type passkeyUser struct {
	account Account
	keys    []passkey
}

func (u passkeyUser) WebAuthnID() []byte          { return []byte(u.account.ID) }
func (u passkeyUser) WebAuthnName() string        { return u.account.Login }
func (u passkeyUser) WebAuthnDisplayName() string { return u.account.Name }
func (u passkeyUser) WebAuthnCredentials() []webauthn.Credential {
	var out []webauthn.Credential
	for _, k := range u.keys {
		out = append(out, k.credential)
	}
	return out
}

type passkey struct {
	Method
	credential webauthn.Credential
}

func passkeysOf(ctx context.Context, tx *store.Tx, account string) ([]passkey, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, name, credential, blocked_at, made_at, used_at FROM account_passkeys WHERE account = $1 ORDER BY made_at, id`, account)
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []passkey
	for rows.Next() {
		k := passkey{Method: Method{Kind: FactorPasskey}}
		var text, blocked, made, used string
		if err := rows.Scan(&k.ID, &k.Name, &text, &blocked, &made, &used); err != nil {
			return nil, err
		}
		var bad error
		k.Blocked = blocked != ""
		k.MadeAt, err = parseOr(made)
		k.UsedAt, bad = parseOr(used)
		if err := errors.Join(err, bad, json.Unmarshal([]byte(text), &k.credential)); err != nil {
			return nil, fmt.Errorf("passkey %s: %w", k.ID, err)
		}
		out = append(out, k)
	}
	return out, rows.Err()
}

// A Challenge is what a factor is asked with.
type Challenge struct {
	Options json.RawMessage // passkey: for navigator.credentials.get
	SentTo  string          // SMS: the last digits of the number
}

// Challenge asks for a passkey, or sends a code, in a sign-in that waits for a
// factor or in a session that is to be strengthened.
func (s *Service) Challenge(ctx context.Context, token string, kind Factor) (Challenge, error) {
	now, err := s.tick(ctx)
	if err != nil {
		return Challenge{}, err
	}
	var h holder
	if sum, ok := tokenDigest(sessionPrefix, token); ok {
		ses, err := s.check(ctx, token)
		if err != nil {
			return Challenge{}, err
		}
		h = holder{digest: hex.EncodeToString(sum[:]), account: ses.Account}
	} else {
		p, a, st, _, r, err := s.under(ctx, token)
		if err != nil {
			return Challenge{}, err
		}
		if err := s.read(ctx, func(tx *store.Tx) error { return s.waitsFor(ctx, tx, p, a, st, StepFactor, now, r) }); err != nil {
			return Challenge{}, err
		}
		h = holder{digest: p.digest, account: a}
	}
	switch kind {
	case FactorPasskey:
		return s.challengePasskey(ctx, h)
	case FactorSMS:
		return s.challengeSMS(ctx, h, now)
	}
	return Challenge{}, nil // codes of apps and lists are asked for by nothing but a field
}

var errNoPasskeys = fault.New(fault.Unavailable, "identity.passkey.none")

func (s *Service) passkeyUser(ctx context.Context, account Account) (u passkeyUser, err error) {
	u.account = account
	if s.keys == nil {
		return u, errNoPasskeys
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		u.keys, err = passkeysOf(ctx, tx, account.ID)
		return err
	})
	return u, err
}

func (s *Service) challengePasskey(ctx context.Context, h holder) (Challenge, error) {
	u, err := s.passkeyUser(ctx, h.account)
	if err != nil {
		return Challenge{}, err
	}
	if len(u.keys) == 0 {
		return Challenge{}, fault.New(fault.NotFound, "identity.no-factor")
	}
	options, data, err := s.keys.BeginLogin(u)
	if err != nil {
		return Challenge{}, fmt.Errorf("passkey: %w", err)
	}
	return s.asked(ctx, h, ceremonyPasskey, options, data)
}

// asked keeps the data of a challenge and gives its options.
func (s *Service) asked(ctx context.Context, h holder, kind string, options any, data *webauthn.SessionData) (Challenge, error) {
	kept, err := json.Marshal(data)
	if err != nil {
		return Challenge{}, err
	}
	shown, err := json.Marshal(options)
	if err != nil {
		return Challenge{}, err
	}
	return Challenge{Options: shown}, s.keepCeremony(ctx, h, kind, kept, pendingFor)
}

// SetUpPasskey begins to make a passkey; the options are for
// navigator.credentials.create.
func (s *Service) SetUpPasskey(ctx context.Context, token string) (Challenge, error) {
	h, err := s.holder(ctx, token)
	if err != nil {
		return Challenge{}, err
	}
	u, err := s.passkeyUser(ctx, h.account)
	if err != nil {
		return Challenge{}, err
	}
	if len(u.keys) >= mostPasskeys {
		return Challenge{}, fault.New(fault.Conflict, "identity.passkey.many", mostPasskeys)
	}
	options, data, err := s.keys.BeginRegistration(u, webauthn.WithExclusions(webauthn.Credentials(u.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return Challenge{}, fmt.Errorf("passkey: %w", err)
	}
	return s.asked(ctx, h, ceremonyPasskeyNew, options, data)
}

// ConfirmPasskey keeps the passkey that a browser has made.
func (s *Service) ConfirmPasskey(ctx context.Context, token string, attestation []byte, name string) (Step, error) {
	if s.keys == nil {
		return Step{}, errNoPasskeys
	}
	parsed, err := ParseAttestation(attestation)
	if err != nil {
		return Step{}, err
	}
	if name, err = factorName(name); err != nil {
		return Step{}, err
	}
	return s.enrol(ctx, token, ceremonyPasskeyNew, FactorPasskey, func(ctx context.Context, tx *store.Tx, h holder, secret []byte, now time.Time) error {
		var data webauthn.SessionData
		if err := json.Unmarshal(secret, &data); err != nil {
			return err
		}
		// A challenge is answered once, rightly or wrongly.
		if err := dropCeremony(ctx, tx, h.digest, ceremonyPasskeyNew); err != nil {
			return err
		}
		credential, err := s.keys.CreateCredential(passkeyUser{account: h.account}, data, parsed)
		if err != nil {
			return fault.New(fault.Denied, "identity.passkey.wrong").Because(err)
		}
		text, err := json.Marshal(credential)
		if err != nil {
			return err
		}
		id := base64.RawURLEncoding.EncodeToString(credential.ID)
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM account_passkeys WHERE id = $1`, id).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return fault.New(fault.Conflict, "identity.passkey.known")
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO account_passkeys (id, account, name, credential, blocked_at, made_at, used_at) VALUES ($1, $2, $3, $4, '', $5, $6)`,
			id, h.account.ID, name, string(text), store.Stamp(now), store.Stamp(now))
		return err
	})
}

// ParseAttestation reads what a browser answers when it has made a passkey.
func ParseAttestation(text []byte) (*protocol.ParsedCredentialCreationData, error) {
	if len(text) > maxCredential {
		return nil, fault.New(fault.TooLarge, "identity.passkey.unread")
	}
	p, err := protocol.ParseCredentialCreationResponseBytes(text)
	if err != nil {
		return nil, fault.New(fault.Invalid, "identity.passkey.unread").Because(err)
	}
	return p, nil
}

// ParseAssertion reads what a browser answers when a passkey was shown.
func ParseAssertion(text []byte) (*protocol.ParsedCredentialAssertionData, error) {
	if len(text) > maxCredential {
		return nil, fault.New(fault.TooLarge, "identity.passkey.unread")
	}
	p, err := protocol.ParseCredentialRequestResponseBytes(text)
	if err != nil {
		return nil, fault.New(fault.Invalid, "identity.passkey.unread").Because(err)
	}
	return p, nil
}

func (s *Service) provePasskey(ctx context.Context, tx *store.Tx, tell teller, a Account, holder string, assertion []byte, now time.Time) error {
	if s.keys == nil {
		return errNoPasskeys
	}
	parsed, err := ParseAssertion(assertion)
	if err != nil {
		return err
	}
	data, err := s.takeChallenge(ctx, tx, holder, now)
	if err != nil {
		return err
	}
	keys, err := passkeysOf(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	credential, err := s.keys.ValidateLogin(passkeyUser{a, keys}, data, parsed)
	if err != nil {
		return fault.New(fault.Denied, "identity.passkey.wrong").Because(err)
	}
	return s.keepUse(ctx, tx, tell, a, keys, credential, now)
}

// takeChallenge reads the data of a challenge and makes it void: the same
// answer is not right twice.
func (s *Service) takeChallenge(ctx context.Context, tx *store.Tx, holder string, now time.Time) (data webauthn.SessionData, err error) {
	c, err := s.ceremonyOf(ctx, tx, holder, ceremonyPasskey, now)
	if err != nil {
		return data, err
	}
	if err := dropCeremony(ctx, tx, holder, ceremonyPasskey); err != nil {
		return data, err
	}
	return data, json.Unmarshal(c.secret, &data)
}

// keepUse keeps the counter of a passkey. One that has gone back means that two
// devices hold the same key: it is blocked.
func (s *Service) keepUse(ctx context.Context, tx *store.Tx, tell teller, a Account, keys []passkey, credential *webauthn.Credential, now time.Time) error {
	id := base64.RawURLEncoding.EncodeToString(credential.ID)
	for _, k := range keys {
		if k.ID == id && k.Blocked {
			return fault.New(fault.Denied, "identity.passkey.blocked")
		}
	}
	if credential.Authenticator.CloneWarning {
		if _, err := tx.ExecContext(ctx, `UPDATE account_passkeys SET blocked_at = $1 WHERE id = $2`, store.Stamp(now), id); err != nil {
			return err
		}
		if err := tell(Event{Action: "passkey.block", Account: a.ID, By: System, Why: "identity.passkey.blocked", Loud: true}); err != nil {
			return err
		}
		return fault.New(fault.Denied, "identity.passkey.blocked")
	}
	text, err := json.Marshal(credential)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE account_passkeys SET credential = $1, used_at = $2 WHERE id = $3`, string(text), store.Stamp(now), id)
	return err
}

// BeginPasskey asks for a passkey without a login: whose it is, its answer
// says. The token goes to FinishPasskey.
func (s *Service) BeginPasskey(ctx context.Context, from Origin) (token string, c Challenge, err error) {
	if _, err := s.tick(ctx); err != nil {
		return "", c, err
	}
	if s.keys == nil {
		return "", c, errNoPasskeys
	}
	options, data, err := s.keys.BeginDiscoverableLogin()
	if err != nil {
		return "", c, fmt.Errorf("passkey: %w", err)
	}
	token = newToken(pendingPrefix)
	sum, _ := tokenDigest(pendingPrefix, token)
	c, err = s.asked(ctx, holder{digest: hex.EncodeToString(sum[:])}, ceremonyPasskey, options, data)
	return token, c, err
}

// FinishPasskey signs in with a passkey alone: the device has made sure of its
// owner (finger, face or PIN), so it is both of the two factors.
func (s *Service) FinishPasskey(ctx context.Context, token string, assertion []byte, from Origin) (Step, error) {
	now, err := s.tick(ctx)
	if err != nil {
		return Step{}, err
	}
	r, err := s.Rules(ctx)
	if err != nil {
		return Step{}, err
	}
	if s.keys == nil {
		return Step{}, errNoPasskeys
	}
	parsed, err := ParseAssertion(assertion)
	if err != nil {
		return Step{}, err
	}
	sum, ok := tokenDigest(pendingPrefix, token)
	if !ok {
		return Step{}, fault.New(fault.Denied, "identity.challenge.over")
	}
	claimed, err := s.Account(ctx, string(parsed.Response.UserHandle))
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return Step{}, err
	}
	g := s.guardOf(claimed.Login, from, r)
	_, err = s.step(ctx, func(tx *store.Tx, tell teller) (Step, error) {
		if err := g.try(ctx, tx, now, r); err != nil {
			return Step{}, err
		}
		err := s.judgePasskey(ctx, tx, tell, claimed, hex.EncodeToString(sum[:]), parsed, now)
		if f := fault.Of(err); f != nil {
			told := g.failed(tell, Event{Action: "sign-in", Account: claimed.ID, By: nobody, Why: f.Key, IP: address(from.IP), Detail: map[string]string{"factor": string(FactorPasskey)}})
			return Step{}, errors.Join(refused{err}, told)
		}
		if err != nil {
			return Step{}, err
		}
		return Step{}, g.passed(ctx, tx)
	})
	if err != nil {
		return Step{}, err
	}
	if err := s.mayEnter(ctx, claimed, from, now); err != nil {
		return Step{}, err
	}
	st, err := s.standing(ctx, claimed, now)
	if err != nil {
		return Step{}, err
	}
	p := newPending(claimed, wayPasskey, from, now)
	p.factor = FactorPasskey
	return s.start(ctx, claimed, st, p, now, r, func(tx *store.Tx) error { return nil })
}

func (s *Service) judgePasskey(ctx context.Context, tx *store.Tx, tell teller, a Account, holder string, parsed *protocol.ParsedCredentialAssertionData, now time.Time) error {
	data, err := s.takeChallenge(ctx, tx, holder, now)
	if err != nil {
		return err
	}
	wrong := fault.New(fault.Denied, "identity.passkey.wrong")
	if a.ID == "" {
		return wrong
	}
	keys, err := passkeysOf(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	u := passkeyUser{a, keys}
	_, credential, err := s.keys.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return u, nil }, data, parsed)
	if err != nil {
		return wrong.Because(err)
	}
	return s.keepUse(ctx, tx, tell, a, keys, credential, now)
}
