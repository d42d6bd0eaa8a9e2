package clients

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/keys"
)

// Life is how long an access token lasts.
const Life = 15 * time.Minute

// Calendar of the keys that sign access tokens: a month each, published a week
// before their first use, and a day after their last.
var calendar = keys.Calendar{Use: 30 * 24 * time.Hour, Ahead: 7 * 24 * time.Hour, Keep: 24 * time.Hour}

const (
	signPurpose = "access-tokens"
	signersFor  = time.Minute // how long signing keys are used without a look at the calendar
)

// Claims of an access token (RFC 9068).
type Claims struct {
	Issuer     string `json:"iss"`
	Subject    string `json:"sub"`
	Audience   string `json:"aud"`
	Expires    int64  `json:"exp"`
	Issued     int64  `json:"iat"`
	ID         string `json:"jti"`
	Client     string `json:"client_id"`
	Scope      string `json:"scope,omitempty"`
	Credential string `json:"cred"` // what the client signed in with: revoking it ends the token
}

// signers are the published keys, as of one reading.
type signers struct {
	read   time.Duration
	keys   []keys.SigningKey
	header string                     // first part of what is signed now
	secret ed25519.PrivateKey         // signs now
	public map[string]keys.SigningKey // by first part of the token
}

func (r *Registry) loadSigners(ctx context.Context) error {
	s := &signers{read: r.Since(), public: map[string]keys.SigningKey{}}
	var err error
	if s.keys, err = r.Vault.Signing(ctx, signPurpose, calendar); err != nil {
		return err
	}
	for _, k := range s.keys {
		head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"EdDSA","kid":"` + k.ID + `","typ":"at+jwt"}`))
		s.public[head] = k
		if k.Private != nil {
			s.header, s.secret = head, k.Private
		}
	}
	r.signers.Store(s)
	return nil
}

// JWKS gives the public keys of access tokens (RFC 7517): the next one too, so
// that who caches them is ready.
func (r *Registry) JWKS(ctx context.Context) (jose.JSONWebKeySet, error) {
	if err := r.loadSigners(ctx); err != nil {
		return jose.JSONWebKeySet{}, err
	}
	var set jose.JSONWebKeySet
	for _, k := range r.signers.Load().keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.Public, KeyID: k.ID, Algorithm: string(jose.EdDSA), Use: "sig"})
	}
	return set, nil
}

// RevokeSigner ends a signing key that somebody else may have, and with it all
// access tokens that it has signed.
func (r *Registry) RevokeSigner(ctx context.Context, kid string) error {
	if err := r.Vault.RevokeSigning(ctx, signPurpose, kid); err != nil {
		return err
	}
	return r.loadSigners(ctx)
}

// issue makes an access token.
func (r *Registry) issue(c *Client, credential *Credential, scope string, now time.Time) (string, time.Time, error) {
	s := r.signers.Load()
	// Nothing outlives what it was got with.
	expires := earliest(now.Add(Life), credential.Expires, c.ValidTo).Truncate(time.Second)
	payload, err := json.Marshal(Claims{
		Issuer: r.Issuer, Subject: c.ID, Audience: r.Issuer, Expires: expires.Unix(), Issued: now.Unix(),
		ID: rand.Text(), Client: c.ID, Scope: scope, Credential: credential.ID,
	})
	if err != nil {
		return "", expires, err
	}
	b := make([]byte, 0, len(s.header)+1+base64.RawURLEncoding.EncodedLen(len(payload))+1+86)
	b = append(append(b, s.header...), '.')
	b = base64.RawURLEncoding.AppendEncode(b, payload)
	signature := ed25519.Sign(s.secret, b)
	b = base64.RawURLEncoding.AppendEncode(append(b, '.'), signature)
	if len(b) > largest {
		return "", expires, fault.New(fault.TooLarge, "clients.large", len(b), largest)
	}
	return string(b), expires, nil
}

func earliest(times ...time.Time) time.Time {
	first := times[0]
	for _, t := range times[1:] {
		if !t.IsZero() && t.Before(first) {
			first = t
		}
	}
	return first
}

// readAccess gives the claims of an access token that one of our keys has
// signed. We wrote it, so its header is, byte for byte, one of the few that we
// write: there is no algorithm to be confused about, and nothing of it is parsed
// before the signature is right.
func (r *Registry) readAccess(token string, now time.Time) (claims Claims, err error) {
	sum := sha256.Sum256([]byte(token))
	s := r.signers.Load()
	head, rest, _ := strings.Cut(token, ".")
	key, ok := s.public[head]
	// The decoder of base64 skips line breaks: one token would have many forms.
	if !ok || strings.ContainsAny(rest, "\r\n") {
		return claims, errBadToken
	}
	if claims, ok = r.known.get(sum); !ok {
		payload, signature, found := strings.Cut(rest, ".")
		sig, err := base64.RawURLEncoding.Strict().DecodeString(signature)
		if !found || err != nil || len(sig) != ed25519.SignatureSize || !ed25519.Verify(key.Public, []byte(token[:len(head)+1+len(payload)]), sig) {
			return claims, errBadToken
		}
		text, err := base64.RawURLEncoding.Strict().DecodeString(payload)
		if err != nil {
			return claims, errBadToken
		}
		if err := json.Unmarshal(text, &claims); err != nil {
			return claims, errBadToken
		}
		r.known.put(sum, claims)
	}
	switch {
	case claims.Issuer != r.Issuer || claims.Audience != r.Issuer:
		return claims, errBadToken
	case now.Unix() >= claims.Expires:
		return claims, fault.New(fault.Denied, "clients.token-expired", day(time.Unix(claims.Expires, 0)))
	case claims.Issued > now.Add(skew).Unix():
		return claims, fault.New(fault.Denied, "clients.token-early", day(now))
	}
	return claims, nil
}

var errBadToken = fault.New(fault.Denied, "clients.bad-token")

// known remembers tokens whose signature was found right: a program sends the
// same one for minutes. Time, client and credential are looked at each time.
type known struct {
	mu       sync.Mutex
	new, old map[[32]byte]Claims
}

const knownTokens = 4096 // of each generation

func (k *known) get(sum [32]byte) (Claims, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c, ok := k.new[sum]
	if !ok {
		c, ok = k.old[sum]
	}
	return c, ok
}

func (k *known) put(sum [32]byte, c Claims) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.new == nil || len(k.new) >= knownTokens {
		k.old, k.new = k.new, make(map[[32]byte]Claims, knownTokens)
	}
	k.new[sum] = c
}
