package clients

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/phohien/phohien/internal/foundation/fault"
)

const (
	largest = 8 << 10 // bytes of a token of any kind
	skew    = 60 * time.Second
	longLag = 5 * time.Minute // an assertion lives at most
)

// An assertion that is refused before its signature is known to be right gets
// one neutral sentence; after that the sender is the client, and is told what
// to mend.
var errUnknown = fault.New(fault.Denied, "clients.not-known")

// header are the parameters that an assertion's header may have. Those that
// bring or point to a key (jwk, jku, x5c, x5u) would let the sender choose by
// what it is judged.
var header = map[string]bool{"alg": true, "kid": true, "typ": true, "x5t": true, "x5t#S256": true}

// claims of an assertion (RFC 7523 §3).
type assertionClaims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience audience `json:"aud"`
	ID       string   `json:"jti"`
	Expires  *instant `json:"exp"`
	Issued   *instant `json:"iat"`
	Begins   *instant `json:"nbf"`
}

// audience is one name, alone or as the only one of a list: an assertion for
// several could be used by one of them against another.
type audience string

func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if err := json.Unmarshal(b, &one); err == nil {
		*a = audience(one)
		return nil
	}
	var list []string
	if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	if len(list) == 1 {
		*a = audience(list[0])
	}
	return nil
}

// instant is a NumericDate (RFC 7519 §2), within the years that we can mean.
type instant struct{ time.Time }

func (t *instant) UnmarshalJSON(b []byte) error {
	var seconds float64
	if err := json.Unmarshal(b, &seconds); err != nil {
		return err
	}
	if math.IsNaN(seconds) || seconds < 0 || seconds > 1<<40 {
		return fault.New(fault.Invalid, "clients.assertion-time")
	}
	t.Time = time.UnixMilli(int64(seconds * 1000)).UTC()
	return nil
}

// byAssertion signs in with private_key_jwt.
func (r *Registry) byAssertion(ctx context.Context, b *book, assertion, clientID string) (*Client, *Credential, error) {
	claims, key, err := r.readAssertion(b, assertion, clientID)
	if err != nil {
		return nil, nil, err
	}
	now := r.now()
	if err := r.judge(claims, now); err != nil {
		return nil, nil, err
	}
	c := b.clients[key.credential.Subject]
	if !now.Before(key.credential.Expires) {
		return nil, nil, fault.New(fault.Denied, "clients.expired-credential", key.credential.Label, day(key.credential.Expires))
	}
	if !c.accepts(key.algorithm) {
		return nil, nil, fault.New(fault.Denied, "clients.key-algorithm", string(key.algorithm))
	}
	if err := r.used.take(ctx, c.ID, claims.ID, claims.Expires.Add(skew), now); err != nil {
		return nil, nil, err
	}
	return c, key.credential, nil
}

// readAssertion finds the key that an assertion must have been signed with, and
// gives the claims only when it was.
func (r *Registry) readAssertion(b *book, assertion, clientID string) (claims assertionClaims, key registered, err error) {
	if len(assertion) > largest {
		return claims, key, fault.New(fault.TooLarge, "clients.large", len(assertion), largest)
	}
	signed, err := jose.ParseSignedCompact(assertion, []jose.SignatureAlgorithm{jose.ES256, jose.EdDSA, jose.RS256})
	if err != nil {
		return claims, key, errUnknown.Because(err)
	}
	kid, ok := plainHeader(assertion)
	if !ok || len(signed.Signatures) != 1 || signed.Signatures[0].Header.JSONWebKey != nil {
		return claims, key, errUnknown
	}
	// Who it claims to be, to know whose key to try; nothing else is believed yet.
	var claimed struct {
		Subject string `json:"sub"`
	}
	if err := json.Unmarshal(signed.UnsafePayloadWithoutVerification(), &claimed); err != nil {
		return claims, key, errUnknown.Because(err)
	}
	if claimed.Subject == "" || clientID != "" && clientID != claimed.Subject || b.clients[claimed.Subject] == nil {
		return claims, key, errUnknown
	}
	key, ok = pick(b.keys[claimed.Subject], kid)
	if !ok || signed.Signatures[0].Header.Algorithm != string(key.algorithm) {
		return claims, key, errUnknown
	}
	payload, err := signed.Verify(key.key)
	if err != nil {
		return claims, key, errUnknown.Because(err)
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		if f := fault.Of(err); f != nil {
			return claims, key, f
		}
		return claims, key, fault.New(fault.Denied, "clients.assertion-claims").Because(err)
	}
	if claims.Subject != claimed.Subject {
		return claims, key, errUnknown // the same name twice, written differently
	}
	return claims, key, nil
}

// plainHeader reads the key's name; ok only when the header holds nothing but
// what we know.
func plainHeader(token string) (kid string, ok bool) {
	text, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return "", false
	}
	var h map[string]any
	if err := json.Unmarshal(raw, &h); err != nil {
		return "", false
	}
	for name := range h {
		if !header[name] {
			return "", false
		}
	}
	if v, there := h["kid"]; there {
		if kid, ok = v.(string); !ok {
			return "", false
		}
	}
	if v, there := h["typ"]; there {
		// RFC 7523 knows none; the draft that follows it says client-authentication+jwt.
		typ, ok := v.(string)
		if !ok || !strings.EqualFold(typ, "JWT") && !strings.EqualFold(typ, "client-authentication+jwt") {
			return "", false
		}
	}
	return kid, true
}

// pick finds the key by its name, or the only one when none is named.
func pick(keys []registered, kid string) (registered, bool) {
	if kid == "" && len(keys) == 1 {
		return keys[0], true
	}
	for _, k := range keys {
		if kid != "" && k.key.KeyID == kid {
			return k, true
		}
	}
	return registered{}, false
}

// judge holds the claims against RFC 7523 and our own bounds.
func (r *Registry) judge(c assertionClaims, now time.Time) error {
	switch {
	case c.Issuer != c.Subject:
		return fault.New(fault.Denied, "clients.assertion-issuer")
	case string(c.Audience) != r.Issuer && string(c.Audience) != r.Endpoint || c.Audience == "":
		return fault.New(fault.Denied, "clients.assertion-audience", r.Endpoint)
	case c.ID == "" || len(c.ID) > 256:
		return fault.New(fault.Denied, "clients.assertion-id")
	case c.Expires == nil:
		return fault.New(fault.Denied, "clients.assertion-expiry", int(longLag/time.Minute))
	case !now.Before(c.Expires.Add(skew)):
		return fault.New(fault.Denied, "clients.assertion-expired", day(c.Expires.Time), day(now))
	case c.Expires.After(now.Add(longLag + skew)):
		return fault.New(fault.Denied, "clients.assertion-expiry", int(longLag/time.Minute))
	case c.Issued != nil && (c.Issued.After(now.Add(skew)) || c.Issued.Before(now.Add(-longLag-skew))),
		c.Begins != nil && c.Begins.After(now.Add(skew)):
		return fault.New(fault.Denied, "clients.assertion-clock", day(now))
	}
	return nil
}
