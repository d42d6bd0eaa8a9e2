package clients_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
)

// A pair is a key of a client's.
type pair struct {
	algorithm jose.SignatureAlgorithm
	private   any
	public    []byte // JWK
	kid       string
}

func newPair(t testing.TB, algorithm jose.SignatureAlgorithm) pair {
	t.Helper()
	var private, public any
	switch algorithm {
	case jose.ES256:
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		private, public = k, k.Public()
	case jose.EdDSA:
		pub, k, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		private, public = k, pub
	case jose.RS256:
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		private, public = k, k.Public()
	}
	kid := rand.Text()
	text, err := json.Marshal(jose.JSONWebKey{Key: public, KeyID: kid})
	if err != nil {
		t.Fatal(err)
	}
	return pair{algorithm, private, text, kid}
}

type values map[string]any

func claimsFor(client string, now time.Time) values {
	return values{"iss": client, "sub": client, "aud": endpoint, "jti": rand.Text(), "exp": now.Add(time.Minute).Unix(), "iat": now.Unix()}
}

func (v values) with(name string, value any) values {
	v = maps.Clone(v)
	if v[name] = value; value == nil {
		delete(v, name)
	}
	return v
}

// sign makes an assertion with any header.
func (p pair) sign(t testing.TB, header values, claims any) string {
	t.Helper()
	opts := &jose.SignerOptions{}
	for name, v := range header {
		opts = opts.WithHeader(jose.HeaderKey(name), v)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: p.algorithm, Key: p.private}, opts)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func asserting(assertion string, more ...string) clients.TokenRequest {
	return clients.TokenRequest{Form: form(append([]string{
		"client_assertion", assertion,
		"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, more...)...)}
}

func register(t testing.TB, r *clients.Registry, client string, p pair) clients.Credential {
	t.Helper()
	c, err := r.Register(t.Context(), admin, client, p.public, wish("máy chủ 1"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAssertion(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		r := open(t, p)
		for _, algorithm := range []jose.SignatureAlgorithm{jose.ES256, jose.EdDSA, jose.RS256} {
			c := create(t, r, clients.Client{})
			k := newPair(t, algorithm)
			register(t, r, c.ID, k)
			for name, q := range map[string]clients.TokenRequest{
				"named key":     asserting(k.sign(t, values{"kid": k.kid}, claimsFor(c.ID, p.clock.now()))),
				"only key":      asserting(k.sign(t, nil, claimsFor(c.ID, p.clock.now()))),
				"issuer":        asserting(k.sign(t, nil, claimsFor(c.ID, p.clock.now()).with("aud", []string{issuer})), "client_id", c.ID),
				"slow clock":    asserting(k.sign(t, nil, claimsFor(c.ID, p.clock.now().Add(-110*time.Second)))),
				"fast clock":    asserting(k.sign(t, nil, claimsFor(c.ID, p.clock.now().Add(50*time.Second)))),
				"fractions":     asserting(k.sign(t, nil, claimsFor(c.ID, p.clock.now()).with("exp", float64(p.clock.now().Unix())+30.5))),
				"nbf":           asserting(k.sign(t, nil, claimsFor(c.ID, p.clock.now()).with("nbf", p.clock.now().Unix()))),
				"without iat":   asserting(k.sign(t, nil, claimsFor(c.ID, p.clock.now()).with("iat", nil))),
				"typ and thumb": asserting(k.sign(t, values{"typ": "JWT", "x5t": "abc"}, claimsFor(c.ID, p.clock.now()))),
			} {
				got, err := r.Token(t.Context(), q)
				if err != nil {
					t.Errorf("%s, %s: %v", algorithm, name, err)
					continue
				}
				if _, err := r.Verify(t.Context(), got.AccessToken); err != nil {
					t.Errorf("%s, %s: %v", algorithm, name, err)
				}
				if _, err := r.Token(t.Context(), q); !fault.Is(err, "clients.replayed") {
					t.Errorf("%s, %s: taken twice: %v", algorithm, name, err)
				}
			}
		}
	})
}

func TestAssertion_refused(t *testing.T) {
	p := onSQLite(t)
	r := open(t, p)
	c := create(t, r, clients.Client{Grants: clients.Grants{Algorithms: []string{"ES256"}}})
	other := create(t, r, clients.Client{})
	k, k2, foreign, ed := newPair(t, jose.ES256), newPair(t, jose.ES256), newPair(t, jose.ES256), newPair(t, jose.EdDSA)
	register(t, r, c.ID, k)
	register(t, r, c.ID, k2)
	register(t, r, other.ID, foreign)
	if _, err := r.Register(t.Context(), admin, c.ID, ed.public, wish("x")); !fault.Is(err, "clients.key-algorithm") {
		t.Errorf("a key that the client may not use: %v", err)
	}
	now := p.clock.now()
	good := claimsFor(c.ID, now)
	kid := values{"kid": k.kid}
	with := func(name string, v any) string { return k.sign(t, kid, claimsFor(c.ID, now).with(name, v)) }
	jwk := jose.JSONWebKey{Key: foreign.private.(*ecdsa.PrivateKey).Public(), KeyID: k.kid}
	for name, try := range map[string]struct{ assertion, key string }{
		"signed by another":      {foreign.sign(t, kid, good), "clients.not-known"},
		"no kid of two":          {k.sign(t, nil, good), "clients.not-known"},
		"unknown kid":            {k.sign(t, values{"kid": "x"}, good), "clients.not-known"},
		"the wrong kid":          {k.sign(t, values{"kid": k2.kid}, good), "clients.not-known"},
		"none":                   {raw(values{"alg": "none", "kid": k.kid}, good, nil), "clients.not-known"},
		"None":                   {raw(values{"alg": "None", "kid": k.kid}, good, nil), "clients.not-known"},
		"HS256 of the public":    {raw(values{"alg": "HS256", "kid": k.kid}, good, k.public), "clients.not-known"},
		"another algorithm":      {ed.sign(t, kid, good), "clients.not-known"},
		"embedded jwk":           {foreign.sign(t, values{"kid": k.kid, "jwk": jwk}, good), "clients.not-known"},
		"embedded jwk, own key":  {k.sign(t, values{"kid": k.kid, "jwk": jwk}, good), "clients.not-known"},
		"jku":                    {k.sign(t, values{"kid": k.kid, "jku": "https://example.org/jwks"}, good), "clients.not-known"},
		"x5u":                    {k.sign(t, values{"kid": k.kid, "x5u": "https://example.org/c"}, good), "clients.not-known"},
		"crit":                   {k.sign(t, values{"kid": k.kid, "crit": []string{"exp"}, "exp": 1}, good), "clients.not-known"},
		"b64":                    {k.sign(t, values{"kid": k.kid, "b64": true}, good), "clients.not-known"},
		"access token typ":       {k.sign(t, values{"kid": k.kid, "typ": "at+jwt"}, good), "clients.not-known"},
		"another's name":         {k.sign(t, kid, claimsFor(other.ID, now)), "clients.not-known"},
		"nobody's name":          {k.sign(t, kid, claimsFor("khong-co", now)), "clients.not-known"},
		"no sub":                 {with("sub", nil), "clients.not-known"},
		"another iss":            {with("iss", other.ID), "clients.assertion-issuer"},
		"no aud":                 {with("aud", nil), "clients.assertion-audience"},
		"another aud":            {with("aud", "https://example.org"), "clients.assertion-audience"},
		"several aud":            {with("aud", []string{endpoint, "https://example.org"}), "clients.assertion-audience"},
		"aud of no kind":         {with("aud", 7), "clients.assertion-claims"},
		"no jti":                 {with("jti", nil), "clients.assertion-id"},
		"long jti":               {with("jti", strings.Repeat("x", 300)), "clients.assertion-id"},
		"no exp":                 {with("exp", nil), "clients.assertion-expiry"},
		"exp too far":            {with("exp", now.Add(7*time.Minute).Unix()), "clients.assertion-expiry"},
		"exp past":               {with("exp", now.Add(-61*time.Second).Unix()), "clients.assertion-expired"},
		"exp beyond numbers":     {with("exp", 1e300), "clients.assertion-time"},
		"exp negative":           {with("exp", -5), "clients.assertion-time"},
		"exp as text":            {with("exp", "2026"), "clients.assertion-claims"},
		"iat in the future":      {with("iat", now.Add(2*time.Minute).Unix()), "clients.assertion-clock"},
		"iat long ago":           {with("iat", now.Add(-7*time.Minute).Unix()), "clients.assertion-clock"},
		"nbf in the future":      {with("nbf", now.Add(2*time.Minute).Unix()), "clients.assertion-clock"},
		"oversized":              {with("x", strings.Repeat("x", 9000)), "clients.large"},
		"claims of another kind": {k.sign(t, kid, []string{"x"}), "clients.not-known"},
		"empty":                  {"", "clients.not-known"},
		"two parts":              {"a.b", "clients.not-known"},
		"JSON serialisation":     {`{"payload":"e30","signatures":[]}`, "clients.not-known"},
	} {
		_, err := r.Token(t.Context(), asserting(try.assertion))
		refused2(t, name, err, try.key)
	}
	_, err := r.Token(t.Context(), asserting(k.sign(t, kid, good), "client_id", other.ID))
	refused2(t, "client_id of another", err, "clients.not-known")
	// After all that the good one is still good.
	if _, err := r.Token(t.Context(), asserting(k.sign(t, kid, good))); err != nil {
		t.Error(err)
	}
	// Revoked and expired keys.
	list, err := r.Credentials(t.Context(), clients.Program, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, cred := range list {
		if strings.Contains(cred.Public, k2.kid) {
			if err := r.Revoke(t.Context(), clients.Program, c.ID, cred.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, err = r.Token(t.Context(), asserting(k2.sign(t, values{"kid": k2.kid}, claimsFor(c.ID, now))))
	refused2(t, "revoked key", err, "clients.not-known")
	p.clock.pass(91 * 24 * time.Hour)
	_, err = r.Token(t.Context(), asserting(k.sign(t, kid, claimsFor(c.ID, p.clock.now()))))
	if err == nil {
		t.Error("an expired key signs in")
	}
}

func refused2(t *testing.T, name string, err error, key string) {
	t.Helper()
	if !fault.Is(err, key) {
		t.Errorf("%s: %v, want %s", name, err, key)
	}
}

// raw makes a token by hand: unsigned, or signed with HMAC under any bytes.
func raw(header, claims values, secret []byte) string {
	part := func(v any) string {
		b, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := part(header) + "." + part(claims)
	if secret == nil {
		return text + "."
	}
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// An assertion used before a restart, or on another node, is not taken again.
func TestAssertion_replayDurable(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		r, other := open(t, p), open(t, p)
		c := create(t, r, clients.Client{})
		k := newPair(t, jose.EdDSA)
		register(t, r, c.ID, k)
		q := asserting(k.sign(t, nil, claimsFor(c.ID, p.clock.now()).with("exp", p.clock.now().Add(5*time.Minute).Unix())))
		if _, err := r.Token(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		p.clock.pass(3 * time.Second)
		_, err := other.Token(t.Context(), q)
		refused(t, err, clients.InvalidClient, "clients.replayed")
		_, err = open(t, p).Token(t.Context(), q)
		refused(t, err, clients.InvalidClient, "clients.replayed")
		p.clock.pass(5*time.Minute + 55*time.Second) // its last moment
		_, err = open(t, p).Token(t.Context(), q)
		refused(t, err, clients.InvalidClient, "clients.replayed")
		p.clock.pass(3 * time.Second)
		_, err = open(t, p).Token(t.Context(), q)
		refused(t, err, clients.InvalidClient, "clients.assertion-expired")
	})
}

// Of many who send one assertion at once, exactly one gets a token.
func TestAssertion_raced(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		nodes := []*clients.Registry{open(t, p), open(t, p)}
		c := create(t, nodes[0], clients.Client{})
		k := newPair(t, jose.EdDSA)
		register(t, nodes[0], c.ID, k)
		p.clock.pass(3 * time.Second)
		if _, err := nodes[1].Verify(t.Context(), "x"); err == nil { // it looks, and learns of the key
			t.Fatal("x opens")
		}
		for round := range 20 {
			q := asserting(k.sign(t, nil, claimsFor(c.ID, p.clock.now())))
			var won atomic.Int32
			var g sync.WaitGroup
			for i := range 8 {
				g.Go(func() {
					switch _, err := nodes[i%2].Token(t.Context(), q); {
					case err == nil:
						won.Add(1)
					case !fault.Is(err, "clients.replayed"):
						t.Errorf("round %d: %v", round, err)
					}
				})
			}
			if g.Wait(); won.Load() != 1 {
				t.Fatalf("round %d: %d tokens for one assertion", round, won.Load())
			}
		}
	})
}

func TestRegister_refused(t *testing.T) {
	p := onSQLite(t)
	r := open(t, p)
	c := create(t, r, clients.Client{})
	private := func(k any) string {
		b, err := json.Marshal(jose.JSONWebKey{Key: k})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GODEBUG", "rsa1024min=0")
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	es := newPair(t, jose.ES256)
	for name, try := range map[string]struct{ key, want string }{
		"private EC":      {private(es.private), "clients.private-key"},
		"private Ed25519": {private(newPair(t, jose.EdDSA).private), "clients.private-key"},
		"shared secret":   {`{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`, "clients.private-key"},
		"P-384":           {private(p384.Public()), "clients.key-kind"},
		"RSA 1024":        {private(weak.Public()), "clients.weak-key"},
		"for encryption":  {strings.Replace(string(es.public), "{", `{"use":"enc",`, 1), "clients.key-kind"},
		"another alg":     {strings.Replace(string(es.public), "{", `{"alg":"ES512",`, 1), "clients.key-kind"},
		"off the curve":   {`{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"}`, "clients.bad-key"},
		"not JSON":        {`-----BEGIN PUBLIC KEY-----`, "clients.bad-key"},
		"empty":           {``, "clients.bad-key"},
		"large":           {fmt.Sprintf(`{"kty":"OKP","x":%q}`, strings.Repeat("x", 5000)), "clients.key-large"},
	} {
		_, err := r.Register(t.Context(), admin, c.ID, []byte(try.key), wish("x"))
		if !fault.Is(err, try.want) {
			t.Errorf("%s: %v, want %s", name, err, try.want)
		}
	}
	register(t, r, c.ID, es)
	if _, err := r.Register(t.Context(), admin, c.ID, es.public, wish("x")); !fault.Is(err, "clients.key-taken") {
		t.Errorf("the same key twice: %v", err)
	}
}

// Access tokens that were tampered with.
func TestVerify_tampered(t *testing.T) {
	p := onSQLite(t)
	r := open(t, p)
	c := create(t, r, clients.Client{})
	secret, _ := newSecret(t, r, c.ID)
	got, err := r.Token(t.Context(), clients.TokenRequest{Authorization: basicHeader(c.ID, secret), Form: form()})
	if err != nil {
		t.Fatal(err)
	}
	good := got.AccessToken
	part := strings.Split(good, ".")
	set, err := r.JWKS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	public := []byte(set.Keys[0].Key.(ed25519.PublicKey))
	var claims values
	text, _ := base64.RawURLEncoding.DecodeString(part[1])
	if err := json.Unmarshal(text, &claims); err != nil {
		t.Fatal(err)
	}
	own := newPair(t, jose.EdDSA)
	for name, token := range map[string]string{
		"none":            raw(values{"alg": "none", "typ": "at+jwt"}, claims, nil),
		"HS256":           raw(values{"alg": "HS256", "kid": set.Keys[0].KeyID, "typ": "at+jwt"}, claims, public),
		"another key":     own.sign(t, values{"kid": set.Keys[0].KeyID, "typ": "at+jwt"}, claims),
		"no signature":    part[0] + "." + part[1] + ".",
		"another payload": part[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"client_id":"x"}`)) + "." + part[2],
		"a part more":     good + ".x",
		"a line more":     good + "\n",
		"padded":          good + "==",
		"empty":           "",
		"dots":            "..",
		"oversized":       good + strings.Repeat("x", 9000),
		"an assertion":    own.sign(t, nil, claimsFor(c.ID, p.clock.now())),
	} {
		if _, err := r.Verify(t.Context(), token); err == nil {
			t.Errorf("%s opens", name)
		}
	}
	for i := range len(good) {
		wrong := []byte(good)
		wrong[i] ^= 1
		if _, err := r.Verify(t.Context(), string(wrong)); err == nil {
			t.Fatalf("character %d can be changed", i)
		}
	}
	if _, err := r.Verify(t.Context(), good); err != nil {
		t.Error(err)
	}
}
